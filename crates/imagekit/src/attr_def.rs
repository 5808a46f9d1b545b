//! `$AttrDef`: the attributes that a volume may have.

/// How long the name of an entry is, in bytes: 64 UTF-16 units, the rest 0.
const NAME_SIZE: usize = 128;

/// How long an entry is, in bytes.
const ENTRY_SIZE: usize = NAME_SIZE + 32;

/// The entries, and one of zeros after them.
const SIZE: usize = (ENTRIES.len() + 1) * ENTRY_SIZE;

/// Values may be in an index.
const INDEXABLE: u32 = 0x02;
/// The attribute is always resident.
const RESIDENT: u32 = 0x40;
/// The attribute may be non-resident, and changes to it are logged then too.
const LOGGED: u32 = 0x80;

/// No upper limit of a length.
const UNLIMITED: u64 = u64::MAX;

/// One attribute.
struct Entry {
    name: &'static str,
    attribute_type: u32,
    flags: u32,
    /// In bytes, of the value.
    smallest_size: u64,
    /// In bytes, of the value.
    largest_size: u64,
}

const fn entry(name: &'static str, attribute_type: u32, flags: u32, smallest_size: u64, largest_size: u64) -> Entry {
    Entry { name, attribute_type, flags, smallest_size, largest_size }
}

const ENTRIES: [Entry; 15] = [
    entry("$STANDARD_INFORMATION", 0x10, RESIDENT, 48, 72),
    entry("$ATTRIBUTE_LIST", 0x20, LOGGED, 0, UNLIMITED),
    entry("$FILE_NAME", 0x30, RESIDENT | INDEXABLE, 68, 578),
    entry("$OBJECT_ID", 0x40, RESIDENT, 0, 256),
    entry("$SECURITY_DESCRIPTOR", 0x50, LOGGED, 0, UNLIMITED),
    entry("$VOLUME_NAME", 0x60, RESIDENT, 2, 256),
    entry("$VOLUME_INFORMATION", 0x70, RESIDENT, 12, 12),
    entry("$DATA", 0x80, 0, 0, UNLIMITED),
    entry("$INDEX_ROOT", 0x90, RESIDENT, 0, UNLIMITED),
    entry("$INDEX_ALLOCATION", 0xA0, LOGGED, 0, UNLIMITED),
    entry("$BITMAP", 0xB0, LOGGED, 0, UNLIMITED),
    entry("$REPARSE_POINT", 0xC0, LOGGED, 0, 16_384),
    entry("$EA_INFORMATION", 0xD0, RESIDENT, 8, 8),
    entry("$EA", 0xE0, 0, 0, 65_536),
    entry("$LOGGED_UTILITY_STREAM", 0x100, LOGGED, 0, 65_536),
];

/// The content of `$AttrDef`: 2,560 bytes.
///
/// The same on every volume of NTFS 3.1 that was looked at, whether Windows XP, Windows 10 or mkntfs made it.
///
/// Source: ntfs-3g `layout.h`, `ATTR_DEF`; the file of a volume made by Windows 10.
pub fn attr_def() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SIZE);
    for entry in &ENTRIES {
        let name = bytes.len();
        bytes.extend(entry.name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(name + NAME_SIZE, 0);
        bytes.extend(entry.attribute_type.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes()); // display rule
        bytes.extend(0_u32.to_le_bytes()); // collation
        bytes.extend(entry.flags.to_le_bytes());
        bytes.extend(entry.smallest_size.to_le_bytes());
        bytes.extend(entry.largest_size.to_le_bytes());
    }
    bytes.resize(SIZE, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::attr_def;
    use crate::windows_image;

    #[test]
    fn the_file_is_that_of_a_windows_volume() {
        let Some(image) = windows_image::read() else { return };
        assert!(windows_image::holds(&image, &attr_def()));
    }

    /// Bytes of the volume that Windows 10 made in `dfvfs-parent.vhd`.
    #[test]
    fn the_entry_of_reparse_points_has_the_bytes_of_windows() {
        let bytes = attr_def();
        assert_eq!(bytes.len(), 2_560);
        let entry = &bytes[11 * 160..12 * 160];
        assert_eq!(entry[..28], *b"$\0R\0E\0P\0A\0R\0S\0E\0_\0P\0O\0I\0N\0T\0");
        assert_eq!(entry[28..128], [0; 100]);
        let numbers = [
            0xC0, 0, 0, 0, // type
            0, 0, 0, 0, // display rule
            0, 0, 0, 0, // collation
            0x80, 0, 0, 0, // flags: logged
            0, 0, 0, 0, 0, 0, 0, 0, // smallest size
            0, 0x40, 0, 0, 0, 0, 0, 0, // largest size: 16,384
        ];
        assert_eq!(entry[128..], numbers);
    }

    #[test]
    fn an_empty_entry_ends_the_file() {
        assert_eq!(attr_def()[15 * 160..], [0; 160]);
    }
}
