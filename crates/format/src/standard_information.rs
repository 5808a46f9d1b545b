//! `$STANDARD_INFORMATION`: times, attributes and flags of a file.

use bitflags::bitflags;

use crate::attribute_type::AttributeType;
use crate::bytes::{offset32, u32_at, u64_at};
use crate::file_time::FileTime;
use crate::issue::{Issue, IssueKind};

bitflags! {
    /// File attributes. Unknown bits are kept.
    ///
    /// Source: MS-FSCC 2.6 "File Attributes".
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub struct FileAttributes: u32 {
        /// Not to be written.
        const READ_ONLY = 0x1;
        /// Left out of listings.
        const HIDDEN = 0x2;
        /// Part of the operating system; also how Interix and Cygwin mark their link files.
        const SYSTEM = 0x4;
        /// A directory: not set on disk by Windows, which goes by the record's flag.
        const DIRECTORY = 0x10;
        /// To be backed up.
        const ARCHIVE = 0x20;
        /// Reserved.
        const DEVICE = 0x40;
        /// No other attribute.
        const NORMAL = 0x80;
        /// Need not reach the disk.
        const TEMPORARY = 0x100;
        /// Runs of zeros take no clusters.
        const SPARSE_FILE = 0x200;
        /// The file has a reparse point.
        const REPARSE_POINT = 0x400;
        /// Content is compressed.
        const COMPRESSED = 0x800;
        /// Content is not at hand.
        const OFFLINE = 0x1000;
        /// Left out of the content index.
        const NOT_CONTENT_INDEXED = 0x2000;
        /// Content is encrypted.
        const ENCRYPTED = 0x4000;
        /// Content is checked by checksums (ReFS).
        const INTEGRITY_STREAM = 0x8000;
        /// Reserved.
        const VIRTUAL = 0x1_0000;
        /// Left out of the integrity scan.
        const NO_SCRUB_DATA = 0x2_0000;
        /// Has extended attributes; on directories of cloud providers, "recall on open".
        const EA = 0x4_0000;
        /// To be kept at hand.
        const PINNED = 0x8_0000;
        /// Need not be kept at hand.
        const UNPINNED = 0x10_0000;
        /// Content is fetched when it is read.
        const RECALL_ON_DATA_ACCESS = 0x40_0000;
        const _ = !0;
    }
}

/// The value of `$STANDARD_INFORMATION`, as stored; its longer form adds nothing that is read here.
///
/// Source: libfsntfs "The standard information attribute"; the flags at 0x28: dfir_ntfs `Attributes.py`, and for
/// bit 0 a Windows 10 directory that holds `testfile1` and `TestFile1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandardInformation {
    /// When the file was created.
    pub created: FileTime,
    /// When its content last changed.
    pub modified: FileTime,
    /// When its record last changed.
    pub changed: FileTime,
    /// When its content was last read, as far as that was kept.
    pub accessed: FileTime,
    /// Read-only, hidden, reparse point, …
    pub attributes: FileAttributes,
    /// The word at 0x28, once a version number: bit 0 case-sensitive directory, bits 4–5 reparse trust.
    pub extra_flags: u32,
}

/// Bytes of the shorter form, which Windows still uses for its own records.
const SIZE: u32 = 48;

impl StandardInformation {
    /// Reads the value.
    ///
    /// # Errors
    /// The value is shorter than 48 bytes.
    #[inline]
    pub fn decode(value: &[u8]) -> Result<Self, Issue> {
        let Some(fixed) = value.first_chunk::<{ SIZE as usize }>() else {
            let type_code = AttributeType::STANDARD_INFORMATION;
            let kind = IssueKind::ValueTooShort { type_code, length: offset32(value.len()), needed: SIZE };
            return Err(Issue::new(0, kind));
        };
        let time = |offset| FileTime(u64_at(fixed, offset).unwrap_or(0));
        Ok(Self {
            created: time(0x00),
            modified: time(0x08),
            changed: time(0x10),
            accessed: time(0x18),
            attributes: FileAttributes::from_bits_retain(u32_at(fixed, 0x20).unwrap_or(0)),
            extra_flags: u32_at(fixed, 0x28).unwrap_or(0),
        })
    }

    /// Whether names in this directory are told apart by case.
    pub fn is_case_sensitive(&self) -> bool {
        self.extra_flags & 1 != 0
    }

    /// The two bits that dfir_ntfs takes for who made a reparse point: 0 not recorded, 1 untrusted, 2 trusted.
    pub fn reparse_trust(&self) -> u32 {
        (self.extra_flags >> 4) & 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> Vec<u8> {
        let mut value = vec![0; 48];
        for (index, offset) in [0x00, 0x08, 0x10, 0x18].into_iter().enumerate() {
            value[offset] = index as u8 + 1;
        }
        value[0x20..0x24].copy_from_slice(&0x0004_0420_u32.to_le_bytes());
        value[0x28] = 0x21; // trusted, case-sensitive
        value
    }

    #[test]
    fn fields_are_read_from_both_forms() {
        let long: Vec<u8> = value().into_iter().chain([0xEE; 24]).collect();
        for bytes in [value(), long] {
            let decoded = StandardInformation::decode(&bytes).expect("a value");
            let times = [decoded.created, decoded.modified, decoded.changed, decoded.accessed];
            assert_eq!(times, [FileTime(1), FileTime(2), FileTime(3), FileTime(4)]);
            let expected = FileAttributes::ARCHIVE | FileAttributes::REPARSE_POINT | FileAttributes::EA;
            assert_eq!(decoded.attributes, expected);
            assert!(decoded.is_case_sensitive());
            assert_eq!(decoded.reparse_trust(), 2);
        }
    }

    #[test]
    fn a_short_value_is_an_error() {
        let type_code = AttributeType::STANDARD_INFORMATION;
        let kind = IssueKind::ValueTooShort { type_code, length: 47, needed: 48 };
        assert_eq!(StandardInformation::decode(&value()[..47]), Err(Issue::new(0, kind)));
    }
}
