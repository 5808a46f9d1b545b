//! What stands at an offset, for people who expected something else there.

use std::fmt;

use crate::image::Image;
use crate::offset::ImageOffset;

/// How many bytes are searched: up to the end of the furthest signature, that of Btrfs.
const SEARCHED_SIZE: usize = BTRFS_SIGNATURE_OFFSET + 8;

/// Source: Linux `include/uapi/linux/btrfs_tree.h`, `struct btrfs_super_block`, which begins at 64 KiB.
const BTRFS_SIGNATURE_OFFSET: usize = 0x1_0040;

/// How many bytes must be 0 before a place is called empty.
const ZEROS_SIZE: usize = 64 << 10;

/// How many bytes must be readable before they are called text.
const TEXT_SIZE: usize = 4096;

/// What [`recognise`] has found. Printed as a noun phrase: "an ext4 file system".
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recognised {
    /// Something with a signature.
    Format(&'static str),
    /// Nothing but zeros.
    Zeros {
        /// How many bytes were looked at: 64 KiB, or up to the end of the image.
        size: usize,
    },
    /// UTF-8 without control characters other than tabulators and line ends.
    Text,
    /// None of these.
    Unknown {
        /// The first bytes, at most 16 of them.
        first_bytes: Vec<u8>,
    },
    /// The place is behind the end of the image.
    BeyondImage,
}

impl fmt::Display for Recognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recognised::Format(name) => f.write_str(name),
            Recognised::Zeros { size: ZEROS_SIZE } => f.write_str("only zeros in its first 64 KiB"),
            Recognised::Zeros { size } => write!(f, "only zeros in its {size} bytes"),
            Recognised::Text => f.write_str("text"),
            Recognised::Unknown { first_bytes } => {
                f.write_str("unknown data (first bytes:")?;
                for byte in first_bytes {
                    write!(f, " {byte:02x}")?;
                }
                f.write_str(")")
            }
            Recognised::BeyondImage => f.write_str("nothing, because the image ends before it"),
        }
    }
}

/// Names what begins at `at`, judged by its first 64 KiB and a few bytes.
///
/// A signature is believed: whether a valid file system or file follows it is not checked. NTFS is not among the
/// formats, and neither are partition tables.
pub fn recognise(image: &Image, at: ImageOffset) -> Recognised {
    let mut buffer = vec![0; SEARCHED_SIZE];
    let count = image.read_at(at, &mut buffer);
    buffer.truncate(count);
    recognise_bytes(&buffer)
}

fn recognise_bytes(bytes: &[u8]) -> Recognised {
    if bytes.is_empty() {
        return Recognised::BeyondImage;
    }
    if let Some(name) = ext_version(bytes).or_else(|| format_by_signature(bytes)) {
        return Recognised::Format(name);
    }
    let first = |size: usize| bytes.get(..size).unwrap_or(bytes);
    if first(ZEROS_SIZE).iter().all(|byte| *byte == 0) {
        return Recognised::Zeros { size: first(ZEROS_SIZE).len() };
    }
    if is_text(first(TEXT_SIZE)) {
        return Recognised::Text;
    }
    Recognised::Unknown { first_bytes: first(16).to_vec() }
}

/// Each format with the place of its signature. A file system comes before what its boot sector may hold besides.
///
/// Sources: libbde "BitLocker Drive Encryption (BDE) format specification"; Microsoft "exFAT file system
/// specification", 3.1.2 and "FAT: General Overview of On-Disk Format"; libfsrefs "Resilient File System (ReFS)",
/// volume header; LUKS1 and LUKS2 On-Disk Format Specifications; Linux `fs/xfs/libxfs/xfs_format.h`,
/// `fs/squashfs/squashfs_fs.h`; "Apple File System Reference", `nx_superblock_t`; Apple TN1150 "HFS Plus Volume
/// Format"; ECMA-119, 8.1; RFC 1952 and RFC 8878; the .xz File Format; PKWARE APPNOTE.TXT; 7-Zip `7zFormat.txt`;
/// SQLite "Database File Format"; libregf "Windows NT Registry File (REGF) format specification".
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (3, b"-FVE-FS-", "a BitLocker-encrypted volume"),
    (3, b"EXFAT   ", "an exFAT file system"),
    (3, b"ReFS\0\0\0\0", "a ReFS file system"),
    (0x36, b"FAT12   ", "a FAT12 file system"),
    (0x36, b"FAT16   ", "a FAT16 file system"),
    (0x52, b"FAT32   ", "a FAT32 file system"),
    (0, b"LUKS\xba\xbe", "a LUKS-encrypted volume"),
    (0, b"XFSB", "an XFS file system"),
    (0x20, b"NXSB", "an APFS container"),
    (0x400, b"H+\0\x04", "an HFS+ file system"),
    (0x400, b"HX\0\x05", "an HFS+ file system"),
    (0x8001, b"CD001", "an ISO 9660 file system"),
    (BTRFS_SIGNATURE_OFFSET, b"_BHRfS_M", "a Btrfs file system"),
    (0, b"hsqs", "a squashfs file system"),
    (0, b"\x1f\x8b\x08", "a gzip archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"SQLite format 3\0", "a SQLite database"),
    (0, b"regf", "a registry hive"),
];

fn format_by_signature(bytes: &[u8]) -> Option<&'static str> {
    SIGNATURES
        .iter()
        .find(|(offset, signature, _)| bytes.get(*offset..).is_some_and(|rest| rest.starts_with(signature)))
        .map(|(_, _, name)| *name)
}

/// Which of the three versions of one format: ext3 is ext2 with a journal, ext4 has features that ext3 does not know.
///
/// Source: Linux "ext4 Data Structures and Algorithms", "Super Block"; the features of ext3 are those that util-linux
/// `libblkid/src/superblocks/ext.c` gives it.
fn ext_version(bytes: &[u8]) -> Option<&'static str> {
    const JOURNAL: u32 = 0x4;
    const INCOMPATIBLE_IN_EXT3: u32 = 0x2 | 0x4 | 0x10; // file types, needs recovery, meta block groups
    const READ_ONLY_COMPATIBLE_IN_EXT3: u32 = 0x1 | 0x2 | 0x4; // sparse superblocks, large files, B-tree directories

    if bytes.get(0x438..0x43A)? != b"\x53\xef" {
        return None;
    }
    let features = |offset: usize| bytes.get(offset..)?.first_chunk().copied().map(u32::from_le_bytes);
    let (compatible, incompatible, read_only) = (features(0x45C)?, features(0x460)?, features(0x464)?);
    if incompatible & !INCOMPATIBLE_IN_EXT3 != 0 || read_only & !READ_ONLY_COMPATIBLE_IN_EXT3 != 0 {
        return Some("an ext4 file system");
    }
    Some(if compatible & JOURNAL != 0 { "an ext3 file system" } else { "an ext2 file system" })
}

/// Whether `bytes` are UTF-8 that a terminal can show. The last character may be cut off.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|character| !character.is_control() || matches!(character, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::{Recognised, SEARCHED_SIZE, recognise, recognise_bytes};
    use crate::offset::ImageOffset;
    use crate::test_disk::image_of;

    /// 64 KiB and a few bytes of 0xFF with `parts` at their offsets.
    fn data_with(parts: &[(usize, &[u8])]) -> Vec<u8> {
        let mut data = vec![0xFF; SEARCHED_SIZE];
        for (offset, part) in parts {
            data[*offset..][..part.len()].copy_from_slice(part);
        }
        data
    }

    fn check(data: &[u8], expected: &str) {
        assert_eq!(recognise_bytes(data).to_string(), expected);
    }

    #[test]
    fn formats_are_known_by_their_signatures() {
        check(&data_with(&[(3, b"-FVE-FS-")]), "a BitLocker-encrypted volume");
        check(&data_with(&[(3, b"EXFAT   ")]), "an exFAT file system");
        check(&data_with(&[(3, b"ReFS\0\0\0\0")]), "a ReFS file system");
        check(&data_with(&[(0x36, b"FAT16   ")]), "a FAT16 file system");
        check(&data_with(&[(0x52, b"FAT32   ")]), "a FAT32 file system");
        check(&data_with(&[(0, b"LUKS\xba\xbe")]), "a LUKS-encrypted volume");
        check(&data_with(&[(0x20, b"NXSB")]), "an APFS container");
        check(&data_with(&[(0x8001, b"CD001")]), "an ISO 9660 file system");
        check(&data_with(&[(0x1_0040, b"_BHRfS_M")]), "a Btrfs file system");
        check(&data_with(&[(0, b"PK\x03\x04")]), "a zip archive");
        check(&data_with(&[(0, b"regf")]), "a registry hive");
    }

    #[test]
    fn a_signature_that_is_cut_off_is_none() {
        check(b"reg", "text");
        check(&[0xFF; 0x439], "unknown data (first bytes: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff)");
    }

    #[test]
    fn the_versions_of_ext_differ_in_their_features() {
        let ext = |compatible: u8, incompatible: u8, read_only: u8| {
            data_with(&[
                (0x438, b"\x53\xef"),              // magic
                (0x45C, &[compatible, 0, 0, 0]),   // compatible features
                (0x460, &[incompatible, 0, 0, 0]), // incompatible features
                (0x464, &[read_only, 0, 0, 0]),    // features that forbid writing
            ])
        };
        check(&ext(0x38, 0x02, 0x03), "an ext2 file system"); // what mke2fs -t ext2 sets
        check(&ext(0x3C, 0x02, 0x03), "an ext3 file system"); // a journal
        check(&ext(0x3C, 0x42, 0x03), "an ext4 file system"); // a journal and extents
        check(&ext(0x38, 0x02, 0x0B), "an ext4 file system"); // huge files
    }

    #[test]
    fn zeros_are_called_zeros() {
        check(&[0; SEARCHED_SIZE], "only zeros in its first 64 KiB");
        check(&[0; 512], "only zeros in its 512 bytes");
    }

    #[test]
    fn printable_utf_8_is_text() {
        check("Grüße,\r\n\tworld\n".as_bytes(), "text");
        check(&"é".as_bytes()[..1], "unknown data (first bytes: c3)");
        check(b"a\x1b[2J", "unknown data (first bytes: 61 1b 5b 32 4a)");
        check(b"a\xffb", "unknown data (first bytes: 61 ff 62)");
        // The 4,096th byte is the first half of a character.
        check(format!("{}é", "a".repeat(4095)).as_bytes(), "text");
    }

    #[test]
    fn the_place_is_counted_from_the_start_of_the_image() {
        let image = image_of(&[[0xFF; 512], [b'a'; 512]].concat());
        assert_eq!(recognise(&image, ImageOffset(512)), Recognised::Text);
        assert_eq!(recognise(&image, ImageOffset(1024)), Recognised::BeyondImage);
        assert_eq!(recognise(&image, ImageOffset(u64::MAX)), Recognised::BeyondImage);
    }
}
