//! Reparse tags: what kind of reparse point a file is.

use std::fmt;

/// The tag of a reparse point.
///
/// Bit 31: Microsoft's; bit 29: name surrogate, the file stands for another named entity; bit 28: a directory with this
/// tag may have children. Bits 12–15 number variants in the cloud and container families, so two tags are never compared
/// by their low bits alone.
///
/// Source: MS-FSCC 2.1.2.1 "Reparse Tags"; Windows SDK `winnt.h`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReparseTag(pub u32);

impl ReparseTag {
    /// Junctions and volume mount points.
    pub const MOUNT_POINT: Self = Self(0xA000_0003);
    /// Symbolic links of Windows.
    pub const SYMLINK: Self = Self(0xA000_000C);
    /// Symbolic links of WSL.
    pub const LX_SYMLINK: Self = Self(0xA000_001D);
    /// Symbolic-link layout, in the object namespace; not expected on disk.
    pub const GLOBAL_REPARSE: Self = Self(0xA000_0019);
    /// App execution aliases of Store apps.
    pub const APPEXECLINK: Self = Self(0x8000_001B);
    /// Objects of Server for NFS.
    pub const NFS: Self = Self(0x8000_0014);
    /// Compressed files.
    pub const WOF: Self = Self(0x8000_0017);
    /// Container placeholders.
    pub const WCI: Self = Self(0x8000_0018);
    /// Container placeholders that may have children.
    pub const WCI_1: Self = Self(0x9000_1018);

    /// Whether the tag is Microsoft's; others carry the GUID of their owner.
    pub fn is_microsoft(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// Whether the file stands for another named entity: what Windows' own tools take for a link.
    pub fn is_name_surrogate(self) -> bool {
        self.0 & 0x2000_0000 != 0
    }

    /// What is known of the tag.
    pub fn known(self) -> Option<&'static KnownTag> {
        KNOWN_TAGS.iter().find(|known| known.tag == self)
    }
}

impl fmt::Display for ReparseTag {
    /// `0xA0000003`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010X}", self.0)
    }
}

impl fmt::Debug for ReparseTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a tag is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TagFamily {
    /// Junctions and volume mount points.
    MountPoint,
    /// Windows symbolic links.
    Symlink,
    /// WSL symbolic links.
    WslSymlink,
    /// Server for NFS.
    Nfs,
    /// App execution aliases.
    AppExecLink,
    /// Links between container layers.
    WciLink,
    /// Object namespace links.
    GlobalReparse,
    /// Content kept by a cloud provider.
    Cloud,
    /// Windows Overlay Filter: compressed, or in a WIM.
    Wof,
    /// Data deduplication.
    Dedup,
    /// Container layers.
    Wci,
    /// Projected file system.
    Projfs,
    /// Hierarchical storage management.
    Hsm,
    /// Single-instance store.
    Sis,
    /// Distributed file system.
    Dfs,
    /// UNIX socket.
    AfUnix,
    /// WSL named pipe.
    WslFifo,
    /// WSL character device.
    WslCharacter,
    /// WSL block device.
    WslBlock,
    /// Anything else.
    Other,
}

/// One tag with its name and family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownTag {
    /// The tag.
    pub tag: ReparseTag,
    /// Its name in Microsoft's headers, or in those of its owner.
    pub name: &'static str,
    /// What it is about.
    pub family: TagFamily,
}

const fn known(tag: u32, name: &'static str, family: TagFamily) -> KnownTag {
    KnownTag { tag: ReparseTag(tag), name, family }
}

/// Every tag that is known by name.
///
/// Source: Windows SDK `winnt.h`, MS-FSCC 2.1.2.1, and for 0x6375 Cygwin.
pub const KNOWN_TAGS: &[KnownTag] = &[
    known(0xA000_0003, "IO_REPARSE_TAG_MOUNT_POINT", TagFamily::MountPoint),
    known(0xA000_000C, "IO_REPARSE_TAG_SYMLINK", TagFamily::Symlink),
    known(0xA000_001D, "IO_REPARSE_TAG_LX_SYMLINK", TagFamily::WslSymlink),
    known(0xA000_0019, "IO_REPARSE_TAG_GLOBAL_REPARSE", TagFamily::GlobalReparse),
    known(0xA000_0027, "IO_REPARSE_TAG_WCI_LINK", TagFamily::WciLink),
    known(0xA000_1027, "IO_REPARSE_TAG_WCI_LINK_1", TagFamily::WciLink),
    known(0xA000_001F, "IO_REPARSE_TAG_WCI_TOMBSTONE", TagFamily::Wci),
    known(0xA000_0022, "IO_REPARSE_TAG_PROJFS_TOMBSTONE", TagFamily::Projfs),
    known(0xA000_0028, "IO_REPARSE_TAG_DATALESS_CIM", TagFamily::Other),
    known(0xA000_0010, "IO_REPARSE_TAG_IIS_CACHE", TagFamily::Other),
    known(0x8000_001B, "IO_REPARSE_TAG_APPEXECLINK", TagFamily::AppExecLink),
    known(0x8000_0014, "IO_REPARSE_TAG_NFS", TagFamily::Nfs),
    known(0x8000_0023, "IO_REPARSE_TAG_AF_UNIX", TagFamily::AfUnix),
    known(0x8000_0024, "IO_REPARSE_TAG_LX_FIFO", TagFamily::WslFifo),
    known(0x8000_0025, "IO_REPARSE_TAG_LX_CHR", TagFamily::WslCharacter),
    known(0x8000_0026, "IO_REPARSE_TAG_LX_BLK", TagFamily::WslBlock),
    known(0x8000_0018, "IO_REPARSE_TAG_WCI", TagFamily::Wci),
    known(0x9000_1018, "IO_REPARSE_TAG_WCI_1", TagFamily::Wci),
    known(0x9000_001A, "IO_REPARSE_TAG_CLOUD", TagFamily::Cloud),
    known(0x9000_101A, "IO_REPARSE_TAG_CLOUD_1", TagFamily::Cloud),
    known(0x9000_201A, "IO_REPARSE_TAG_CLOUD_2", TagFamily::Cloud),
    known(0x9000_301A, "IO_REPARSE_TAG_CLOUD_3", TagFamily::Cloud),
    known(0x9000_401A, "IO_REPARSE_TAG_CLOUD_4", TagFamily::Cloud),
    known(0x9000_501A, "IO_REPARSE_TAG_CLOUD_5", TagFamily::Cloud),
    known(0x9000_601A, "IO_REPARSE_TAG_CLOUD_6", TagFamily::Cloud),
    known(0x9000_701A, "IO_REPARSE_TAG_CLOUD_7", TagFamily::Cloud),
    known(0x9000_801A, "IO_REPARSE_TAG_CLOUD_8", TagFamily::Cloud),
    known(0x9000_901A, "IO_REPARSE_TAG_CLOUD_9", TagFamily::Cloud),
    known(0x9000_A01A, "IO_REPARSE_TAG_CLOUD_A", TagFamily::Cloud),
    known(0x9000_B01A, "IO_REPARSE_TAG_CLOUD_B", TagFamily::Cloud),
    known(0x9000_C01A, "IO_REPARSE_TAG_CLOUD_C", TagFamily::Cloud),
    known(0x9000_D01A, "IO_REPARSE_TAG_CLOUD_D", TagFamily::Cloud),
    known(0x9000_E01A, "IO_REPARSE_TAG_CLOUD_E", TagFamily::Cloud),
    known(0x9000_F01A, "IO_REPARSE_TAG_CLOUD_F", TagFamily::Cloud),
    known(0x8000_0021, "IO_REPARSE_TAG_ONEDRIVE", TagFamily::Cloud),
    known(0x8000_0015, "IO_REPARSE_TAG_FILE_PLACEHOLDER", TagFamily::Cloud),
    known(0x9000_001C, "IO_REPARSE_TAG_PROJFS", TagFamily::Projfs),
    known(0x8000_001E, "IO_REPARSE_TAG_STORAGE_SYNC", TagFamily::Cloud),
    known(0x9000_0027, "IO_REPARSE_TAG_STORAGE_SYNC_FOLDER", TagFamily::Cloud),
    known(0x8000_0013, "IO_REPARSE_TAG_DEDUP", TagFamily::Dedup),
    known(0x8000_0017, "IO_REPARSE_TAG_WOF", TagFamily::Wof),
    known(0x8000_0007, "IO_REPARSE_TAG_SIS", TagFamily::Sis),
    known(0x8000_0008, "IO_REPARSE_TAG_WIM", TagFamily::Other),
    known(0xC000_0004, "IO_REPARSE_TAG_HSM", TagFamily::Hsm),
    known(0x8000_0006, "IO_REPARSE_TAG_HSM2", TagFamily::Hsm),
    known(0x8000_0005, "IO_REPARSE_TAG_DRIVE_EXTENDER", TagFamily::Other),
    known(0x8000_0009, "IO_REPARSE_TAG_CSV", TagFamily::Other),
    known(0x8000_000A, "IO_REPARSE_TAG_DFS", TagFamily::Dfs),
    known(0x8000_0012, "IO_REPARSE_TAG_DFSR", TagFamily::Other),
    known(0x8000_000B, "IO_REPARSE_TAG_FILTER_MANAGER", TagFamily::Other),
    known(0xC000_0014, "IO_REPARSE_TAG_APPXSTRM", TagFamily::Other),
    known(0x8000_0016, "IO_REPARSE_TAG_DFM", TagFamily::Other),
    known(0x8000_0020, "IO_REPARSE_TAG_UNHANDLED", TagFamily::Other),
    known(0x0000_0009, "IO_REPARSE_TAG_IFSTEST_CONGRUENT", TagFamily::Other),
    known(0x0000_000C, "IO_REPARSE_TAG_ARKIVIO", TagFamily::Other),
    known(0x0000_000E, "IO_REPARSE_TAG_COMMVAULT", TagFamily::Other),
    known(0x2000_000D, "IO_REPARSE_TAG_SOLUTIONSOFT", TagFamily::Other),
    known(0x0000_6375, "IO_REPARSE_TAG_CYGUNIX", TagFamily::Other),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_is_listed_twice() {
        let mut tags: Vec<_> = KNOWN_TAGS.iter().map(|known| known.tag).collect();
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), KNOWN_TAGS.len());
    }

    #[test]
    fn tags_that_share_their_low_bits_are_told_apart() {
        assert_eq!(ReparseTag(0xA000_0027).known().map(|known| known.family), Some(TagFamily::WciLink));
        assert_eq!(ReparseTag(0x9000_0027).known().map(|known| known.family), Some(TagFamily::Cloud));
        assert_eq!(ReparseTag(0x8000_0027).known(), None);
    }

    #[test]
    fn bits_say_whose_and_what() {
        assert!(ReparseTag::MOUNT_POINT.is_microsoft() && ReparseTag::MOUNT_POINT.is_name_surrogate());
        assert!(!ReparseTag::APPEXECLINK.is_name_surrogate());
        assert!(!ReparseTag(0x2000_000D).is_microsoft() && ReparseTag(0x2000_000D).is_name_surrogate());
        assert_eq!(ReparseTag(3).to_string(), "0x00000003");
    }

    #[test]
    fn the_cloud_family_is_one_mask() {
        for known in KNOWN_TAGS.iter().filter(|known| known.name.starts_with("IO_REPARSE_TAG_CLOUD")) {
            assert_eq!(known.tag.0 & 0xFFFF_0FFF, 0x9000_001A);
        }
    }
}
