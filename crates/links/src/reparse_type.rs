//! What kind of link a reparse point is.

use format::{Guid, NfsObject, ReparseData, ReparseTag, TagFamily};

/// The kinds of links: what the edges of documents are called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LinkType {
    /// A directory that stands for another, by absolute path.
    Junction,
    /// A directory that stands for the root of a volume.
    MountPoint,
    /// A Windows symbolic link.
    Symlink,
    /// A symbolic link of WSL.
    WslSymlink,
    /// A symbolic link of Server for NFS.
    NfsSymlink,
    /// An app execution alias.
    AppExecLink,
    /// A link between container layers.
    WciLink,
    /// A link into the object namespace.
    GlobalReparse,
    /// A symbolic link of Interix or ntfs-3g, which is no reparse point.
    InterixSymlink,
    /// A symbolic link of Cygwin, which is no reparse point.
    CygwinSymlink,
}

impl LinkType {
    /// Every kind.
    pub const ALL: [LinkType; 10] = [
        LinkType::Junction,
        LinkType::MountPoint,
        LinkType::Symlink,
        LinkType::WslSymlink,
        LinkType::NfsSymlink,
        LinkType::AppExecLink,
        LinkType::WciLink,
        LinkType::GlobalReparse,
        LinkType::InterixSymlink,
        LinkType::CygwinSymlink,
    ];

    /// The word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkType::Junction => "junction",
            LinkType::MountPoint => "mount_point",
            LinkType::Symlink => "symlink",
            LinkType::WslSymlink => "wsl_symlink",
            LinkType::NfsSymlink => "nfs_symlink",
            LinkType::AppExecLink => "app_exec_link",
            LinkType::WciLink => "wci_link",
            LinkType::GlobalReparse => "global_reparse",
            LinkType::InterixSymlink => "interix_symlink",
            LinkType::CygwinSymlink => "cygwin_symlink",
        }
    }
}

/// What a reparse point is: a link, or something else.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReparseType {
    /// A link.
    Link(LinkType),
    /// Not a link: what the tag is about.
    NotALink(&'static str),
}

impl ReparseType {
    /// The words for what is no link.
    pub const NO_LINKS: [&str; 14] = [
        "nfs_special",
        "cloud",
        "wof",
        "dedup",
        "wci",
        "projfs",
        "hsm",
        "sis",
        "dfs",
        "af_unix",
        "wsl_fifo",
        "wsl_char",
        "wsl_block",
        "other",
    ];

    /// The type of a reparse point.
    pub fn of(tag: ReparseTag, data: &ReparseData<'_>) -> ReparseType {
        use LinkType::*;
        use ReparseType::{Link, NotALink};
        match tag.known().map_or(TagFamily::Other, |known| known.family) {
            TagFamily::MountPoint if is_volume_root(data) => Link(MountPoint),
            TagFamily::MountPoint => Link(Junction),
            TagFamily::Symlink => Link(Symlink),
            TagFamily::WslSymlink => Link(WslSymlink),
            TagFamily::Nfs if matches!(data, ReparseData::Nfs(NfsObject::Symlink(_))) => Link(NfsSymlink),
            TagFamily::Nfs => NotALink("nfs_special"),
            TagFamily::AppExecLink => Link(AppExecLink),
            TagFamily::WciLink => Link(WciLink),
            TagFamily::GlobalReparse => Link(GlobalReparse),
            TagFamily::Cloud => NotALink("cloud"),
            TagFamily::Wof => NotALink("wof"),
            TagFamily::Dedup => NotALink("dedup"),
            TagFamily::Wci => NotALink("wci"),
            TagFamily::Projfs => NotALink("projfs"),
            TagFamily::Hsm => NotALink("hsm"),
            TagFamily::Sis => NotALink("sis"),
            TagFamily::Dfs => NotALink("dfs"),
            TagFamily::AfUnix => NotALink("af_unix"),
            TagFamily::WslFifo => NotALink("wsl_fifo"),
            TagFamily::WslCharacter => NotALink("wsl_char"),
            TagFamily::WslBlock => NotALink("wsl_block"),
            TagFamily::Other => NotALink("other"),
        }
    }

    /// The word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            ReparseType::Link(link_type) => link_type.as_str(),
            ReparseType::NotALink(what) => what,
        }
    }
}

/// Whether a mount point's substitute name is exactly `\??\Volume{GUID}\`: the rule that CPython and PowerShell go by.
fn is_volume_root(data: &ReparseData<'_>) -> bool {
    let ReparseData::MountPoint { substitute_name: Some(name), .. } = data else { return false };
    if name.units().count() != VOLUME_ROOT_UNITS {
        return false;
    }
    let text = name.to_wtf8();
    let rest = text.as_wtf8().as_str().and_then(|text| text.strip_prefix(r"\??\"));
    let Some((volume, guid)) = rest.and_then(|rest| rest.split_at_checked(VOLUME.len())) else { return false };
    let guid = guid.strip_suffix(r"}\").and_then(Guid::parse);
    volume.eq_ignore_ascii_case(VOLUME) && guid.is_some()
}

const VOLUME: &str = "Volume{";
/// Units of the whole name.
const VOLUME_ROOT_UNITS: usize = r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\".len();

#[cfg(test)]
mod tests {
    use format::Utf16;

    use super::*;

    fn check(substitute: &str, expected: LinkType) {
        let stored: Vec<u8> = substitute.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let data = ReparseData::MountPoint { substitute_name: Some(Utf16::new(&stored)), print_name: None };
        assert_eq!(ReparseType::of(ReparseTag::MOUNT_POINT, &data), ReparseType::Link(expected), "{substitute}");
    }

    #[test]
    fn a_mount_point_leads_to_a_volume_and_nothing_below_it() {
        check(r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\", LinkType::MountPoint);
        check(r"\??\volume{01234567-89AB-CDEF-0123-456789abcdef}\", LinkType::MountPoint);
        check(r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\x", LinkType::Junction);
        check(r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}", LinkType::Junction);
        check(r"\??\Volume{not-a-guid}\", LinkType::Junction);
        check(r"\??\C:\x", LinkType::Junction);
        check("", LinkType::Junction);
    }
}
