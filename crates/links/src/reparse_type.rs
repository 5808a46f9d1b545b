//! What kind of link a reparse point is.

use format::{Guid, NfsObject, ReparseData, ReparseTag, TagFamily};

/// What kind of link a reparse point is, if it is one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReparseType {
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
    /// Not a link: what the tag is about.
    NotALink(&'static str),
}

impl ReparseType {
    /// The type of a reparse point.
    pub fn of(tag: ReparseTag, data: &ReparseData<'_>) -> ReparseType {
        match tag.known().map_or(TagFamily::Other, |known| known.family) {
            TagFamily::MountPoint if is_volume_root(data) => ReparseType::MountPoint,
            TagFamily::MountPoint => ReparseType::Junction,
            TagFamily::Symlink => ReparseType::Symlink,
            TagFamily::WslSymlink => ReparseType::WslSymlink,
            TagFamily::Nfs if matches!(data, ReparseData::Nfs(NfsObject::Symlink(_))) => ReparseType::NfsSymlink,
            TagFamily::Nfs => ReparseType::NotALink("nfs_special"),
            TagFamily::AppExecLink => ReparseType::AppExecLink,
            TagFamily::WciLink => ReparseType::WciLink,
            TagFamily::GlobalReparse => ReparseType::GlobalReparse,
            TagFamily::Cloud => ReparseType::NotALink("cloud"),
            TagFamily::Wof => ReparseType::NotALink("wof"),
            TagFamily::Dedup => ReparseType::NotALink("dedup"),
            TagFamily::Wci => ReparseType::NotALink("wci"),
            TagFamily::Projfs => ReparseType::NotALink("projfs"),
            TagFamily::Hsm => ReparseType::NotALink("hsm"),
            TagFamily::Sis => ReparseType::NotALink("sis"),
            TagFamily::Dfs => ReparseType::NotALink("dfs"),
            TagFamily::AfUnix => ReparseType::NotALink("af_unix"),
            TagFamily::WslFifo => ReparseType::NotALink("wsl_fifo"),
            TagFamily::WslCharacter => ReparseType::NotALink("wsl_char"),
            TagFamily::WslBlock => ReparseType::NotALink("wsl_block"),
            TagFamily::Other => ReparseType::NotALink("other"),
        }
    }

    /// The word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            ReparseType::Junction => "junction",
            ReparseType::MountPoint => "mount_point",
            ReparseType::Symlink => "symlink",
            ReparseType::WslSymlink => "wsl_symlink",
            ReparseType::NfsSymlink => "nfs_symlink",
            ReparseType::AppExecLink => "app_exec_link",
            ReparseType::WciLink => "wci_link",
            ReparseType::GlobalReparse => "global_reparse",
            ReparseType::NotALink(what) => what,
        }
    }
}

/// Whether a mount point's substitute name is exactly `\??\Volume{GUID}\`: the rule that CPython and PowerShell go by.
fn is_volume_root(data: &ReparseData<'_>) -> bool {
    let ReparseData::MountPoint { substitute_name: Some(name), .. } = data else { return false };
    let text = name.to_wtf8();
    let rest = text.as_wtf8().as_str().and_then(|text| text.strip_prefix(r"\??\"));
    let Some((volume, guid)) = rest.and_then(|rest| rest.split_at_checked(VOLUME.len())) else { return false };
    let guid = guid.strip_suffix(r"}\").and_then(Guid::parse);
    volume.eq_ignore_ascii_case(VOLUME) && guid.is_some()
}

const VOLUME: &str = "Volume{";

#[cfg(test)]
mod tests {
    use format::Utf16;

    use super::*;

    fn check(substitute: &str, expected: ReparseType) {
        let stored: Vec<u8> = substitute.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let data = ReparseData::MountPoint { substitute_name: Some(Utf16::new(&stored)), print_name: None };
        assert_eq!(ReparseType::of(ReparseTag::MOUNT_POINT, &data), expected, "{substitute}");
    }

    #[test]
    fn a_mount_point_leads_to_a_volume_and_nothing_below_it() {
        check(r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\", ReparseType::MountPoint);
        check(r"\??\volume{01234567-89AB-CDEF-0123-456789abcdef}\", ReparseType::MountPoint);
        check(r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\x", ReparseType::Junction);
        check(r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}", ReparseType::Junction);
        check(r"\??\Volume{not-a-guid}\", ReparseType::Junction);
        check(r"\??\C:\x", ReparseType::Junction);
        check("", ReparseType::Junction);
    }
}
