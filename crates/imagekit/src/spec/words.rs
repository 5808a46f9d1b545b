//! Names of flags.

use format::FileAttributes;

use super::reader::{Read, Value};

/// File attributes by the words that a scan of the volume uses for them too.
///
/// Source: MS-FSCC 2.6 "File Attributes".
pub(super) const ATTRIBUTES: &[(&str, u32)] = &[
    ("read_only", FileAttributes::READ_ONLY.bits()),
    ("hidden", FileAttributes::HIDDEN.bits()),
    ("system", FileAttributes::SYSTEM.bits()),
    ("directory", FileAttributes::DIRECTORY.bits()),
    ("archive", FileAttributes::ARCHIVE.bits()),
    ("device", FileAttributes::DEVICE.bits()),
    ("normal", FileAttributes::NORMAL.bits()),
    ("temporary", FileAttributes::TEMPORARY.bits()),
    ("sparse_file", FileAttributes::SPARSE_FILE.bits()),
    ("reparse_point", FileAttributes::REPARSE_POINT.bits()),
    ("compressed", FileAttributes::COMPRESSED.bits()),
    ("offline", FileAttributes::OFFLINE.bits()),
    ("not_content_indexed", FileAttributes::NOT_CONTENT_INDEXED.bits()),
    ("encrypted", FileAttributes::ENCRYPTED.bits()),
    ("integrity_stream", FileAttributes::INTEGRITY_STREAM.bits()),
    ("virtual", FileAttributes::VIRTUAL.bits()),
    ("no_scrub_data", FileAttributes::NO_SCRUB_DATA.bits()),
    ("ea", FileAttributes::EA.bits()),
    ("pinned", FileAttributes::PINNED.bits()),
    ("unpinned", FileAttributes::UNPINNED.bits()),
    ("recall_on_data_access", FileAttributes::RECALL_ON_DATA_ACCESS.bits()),
];

/// Flags of `$VOLUME_INFORMATION`: every bit of the field.
///
/// Source: libfsntfs "Volume information attribute"; ntfs-3g `layout.h` (`VOLUME_FLAGS`).
pub(super) const VOLUME_FLAGS: &[(&str, u32)] = &[
    ("dirty", 0x1),
    ("resize_log", 0x2),
    ("upgrade", 0x4),
    ("mounted_on_nt4", 0x8),
    ("delete_usn_under_way", 0x10),
    ("repair_object_ids", 0x20),
    ("corruption_bugcheck", 0x40),
    ("short_names_disabled", 0x80),
    ("full_chkdsk_needed", 0x100),
    ("proactive_scan_needed", 0x200),
    ("txf_disabled", 0x400),
    ("scrub_disabled", 0x800),
    ("no_corruption_log", 0x1000),
    ("no_heat_gathering", 0x2000),
    ("chkdsk_under_way", 0x4000),
    ("modified_by_chkdsk", 0x8000),
];

/// A flag word: names in an array, or an integer.
pub(super) fn flags(value: Value<'_>, names: &[(&str, u32)], most: u32) -> Read<u32> {
    if !value.is_array() {
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number <= most);
        return number.ok_or_else(|| value.wrong(format!("an array of names, or an integer from 0 to {most}")));
    }
    let mut flags = 0;
    for name in value.array()? {
        flags |= name.word(names)?;
    }
    Ok(flags)
}

/// The inverse of [`flags`]: an integer where a bit has no name.
pub(super) fn flags_text(flags: u32, names: &[(&str, u32)]) -> String {
    let present: Vec<_> = names.iter().filter(|(_, bit)| flags & bit != 0).collect();
    if present.iter().fold(0, |named, (_, bit)| named | bit) != flags {
        return format!("{flags:#x}");
    }
    let names: Vec<_> = present.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    format!("[{}]", names.join(", "))
}

/// The inverse of [`Value::word`].
pub(super) fn word_for<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> Option<&'static str> {
    words.iter().find(|(_, known)| known == meaning).map(|(word, _)| *word)
}
