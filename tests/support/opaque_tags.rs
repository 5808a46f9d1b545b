//! Tags that have a name and whose data is nobody's but their owner's.

/// Microsoft's tags whose data only Windows components read: tag, name without `IO_REPARSE_TAG_`, type in the graph.
///
/// Source: Windows SDK `winnt.h`; the types are those of the graph's contract.
pub const OPAQUE_TAGS: &[(u32, &str, &str)] = &[
    (0xA000_0027, "WCI_LINK", "wci_link"),
    (0xA000_1027, "WCI_LINK_1", "wci_link"),
    (0xA000_001F, "WCI_TOMBSTONE", "wci"),
    (0xA000_0022, "PROJFS_TOMBSTONE", "projfs"),
    (0xA000_0028, "DATALESS_CIM", "other"),
    (0xA000_0010, "IIS_CACHE", "other"),
    (0x9000_001A, "CLOUD", "cloud"),
    (0x8000_0021, "ONEDRIVE", "cloud"),
    (0x8000_0015, "FILE_PLACEHOLDER", "cloud"),
    (0x9000_001C, "PROJFS", "projfs"),
    (0x8000_001E, "STORAGE_SYNC", "cloud"),
    (0x9000_0027, "STORAGE_SYNC_FOLDER", "cloud"),
    (0x8000_0013, "DEDUP", "dedup"),
    (0x8000_0007, "SIS", "sis"),
    (0x8000_0008, "WIM", "other"),
    (0xC000_0004, "HSM", "hsm"),
    (0x8000_0006, "HSM2", "hsm"),
    (0x8000_0005, "DRIVE_EXTENDER", "other"),
    (0x8000_0009, "CSV", "other"),
    (0x8000_000A, "DFS", "dfs"),
    (0x8000_0012, "DFSR", "other"),
    (0x8000_000B, "FILTER_MANAGER", "other"),
    (0xC000_0014, "APPXSTRM", "other"),
    (0x8000_0016, "DFM", "other"),
    (0x8000_0020, "UNHANDLED", "other"),
];
