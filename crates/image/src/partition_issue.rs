//! What can be wrong with a partition table.

use std::fmt;

use crate::offset::ImageOffset;

/// Something in a partition table that is not as it should be. What could be read stays in the table.
///
/// Printed as one sentence: where, what was expected, and what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionIssue {
    /// The status of an MBR slot is neither 0x00 nor 0x80. Its partition is listed.
    MbrSlotStatus {
        /// Where the slot is.
        offset: ImageOffset,
        /// Which slot, 1 to 4.
        number: u32,
        /// Its status byte.
        found: u8,
    },
    /// The chain of extended boot records leaves the image; the logical partitions behind are unknown.
    EbrBeyondImage {
        /// Where the slot is that leads there.
        offset: ImageOffset,
        /// Where it leads.
        target: ImageOffset,
        /// Size of the image in bytes.
        image_size: u64,
    },
    /// An extended boot record does not end with the boot signature; the logical partitions from there on are unknown.
    EbrSignature {
        /// Where the record is.
        offset: ImageOffset,
        /// Its last two bytes.
        found: [u8; 2],
    },
    /// The chain of extended boot records comes back to one that was read already, and is left there.
    EbrChainLoop {
        /// Where the slot is that leads back.
        offset: ImageOffset,
        /// Where it leads.
        target: ImageOffset,
    },
    /// The chain of extended boot records is longer than any real one, and is left there.
    EbrChainTooLong {
        /// Where the slot is that was not followed any more.
        offset: ImageOffset,
        /// How many records were read.
        limit: usize,
    },
    /// There is a GPT, but no MBR that announces it.
    GptProtectiveMbrMissing {
        /// Where the MBR should be.
        offset: ImageOffset,
    },
    /// The primary GPT header is not good.
    GptPrimaryHeaderBad {
        /// Where it is, or should be.
        offset: ImageOffset,
        /// What is wrong with it.
        defect: GptHeaderDefect,
    },
    /// The backup GPT header is not good.
    GptBackupHeaderBad {
        /// Where it is, or should be.
        offset: ImageOffset,
        /// What is wrong with it.
        defect: GptHeaderDefect,
    },
    /// The partitions are those of the backup table, because it is better than the primary one.
    GptBackupUsed {
        /// Where the backup header is.
        offset: ImageOffset,
    },
    /// The size of GPT entries is not 128 · 2ⁿ; the entries cannot be told apart, and none is read.
    GptEntrySize {
        /// Where the header is that says so.
        offset: ImageOffset,
        /// The size in bytes.
        found: u32,
    },
    /// The GPT has more entries than the image, or than are ever read. Their checksum is not checked.
    GptEntriesCutShort {
        /// Where the entries begin.
        offset: ImageOffset,
        /// How many there are by the header.
        claimed: u32,
        /// How many were read.
        read: u32,
    },
    /// The checksum of the GPT entries is wrong. They are used for what they are worth, if no better table exists.
    GptEntriesChecksum {
        /// Where the entries begin.
        offset: ImageOffset,
        /// The checksum in the header.
        found: u32,
        /// The checksum of the entries.
        computed: u32,
    },
    /// A GPT entry has its last sector in front of its first, or sectors that no disk can have. It is not listed.
    GptEntryRange {
        /// Where the entry is.
        offset: ImageOffset,
        /// The number its partition would have.
        number: u32,
        /// Its first sector.
        first_sector: u64,
        /// Its last sector.
        last_sector: u64,
    },
    /// A partition does not end in the image, and may not even begin there: the image was cut off, or the table is
    /// wrong. The partition is listed.
    PartitionBeyondImage {
        /// Where its entry is.
        offset: ImageOffset,
        /// Its number.
        number: u32,
        /// Its first byte.
        begin: ImageOffset,
        /// The first byte behind it.
        end: ImageOffset,
        /// Size of the image in bytes.
        image_size: u64,
    },
    /// A partition begins before another one has ended. Both are listed.
    PartitionsOverlap {
        /// Where the entry of the later partition is.
        offset: ImageOffset,
        /// The number of the later partition.
        number: u32,
        /// The first byte of the later partition.
        begin: ImageOffset,
        /// The number of the earlier partition.
        earlier_number: u32,
        /// The first byte behind the earlier partition.
        earlier_end: ImageOffset,
    },
}

/// What is wrong with a GPT header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GptHeaderDefect {
    /// Its place is not in the image.
    BeyondImage {
        /// Size of the image in bytes.
        image_size: u64,
    },
    /// There is something else in its place.
    Signature {
        /// The bytes there.
        found: [u8; 8],
    },
    /// Its size is less than its fields need, or more than a sector.
    Size {
        /// The size in bytes.
        found: u32,
        /// Size of a sector in bytes.
        sector_size: u64,
    },
    /// Its checksum is wrong.
    Checksum {
        /// The checksum in the header.
        found: u32,
        /// The checksum of the header.
        computed: u32,
    },
    /// It says that it is in another sector than where it was found.
    Sector {
        /// The sector it gives.
        found: u64,
        /// The sector it is in.
        expected: u64,
    },
}

impl PartitionIssue {
    /// Every code with its meaning, in the order of the variants.
    pub const CODES: &[(&str, &str)] = &[
        ("mbr-slot-status", "the status of an MBR slot is neither 0x00 nor 0x80; its partition is listed"),
        ("ebr-beyond-image", "the chain of extended boot records leaves the image; what follows is unknown"),
        ("ebr-signature", "an extended boot record lacks the boot signature; what follows is unknown"),
        ("ebr-chain-loop", "the chain of extended boot records comes back to a record that was read already"),
        ("ebr-chain-too-long", "the chain of extended boot records is longer than any real one; the rest is not read"),
        ("gpt-protective-mbr-missing", "there is a GPT, but no MBR that announces it"),
        ("gpt-primary-header-bad", "the GPT header in the second sector is missing or damaged"),
        ("gpt-backup-header-bad", "the GPT header in the last sector is missing or damaged"),
        ("gpt-backup-used", "the partitions are those of the backup GPT, because it is better than the primary one"),
        ("gpt-entry-size", "the size of GPT entries is not 128 times a power of two; none is read"),
        ("gpt-entries-cut-short", "the GPT has more entries than the image holds, or than are ever read"),
        ("gpt-entries-checksum", "the checksum of the GPT entries is wrong"),
        ("gpt-entry-range", "a GPT entry has no possible range of sectors; it is not listed"),
        ("partition-beyond-image", "a partition ends behind the end of the image; it is listed"),
        ("partitions-overlap", "a partition begins before another one has ended; both are listed"),
    ];

    /// The stable word for this kind of issue, one of [`PartitionIssue::CODES`].
    pub fn code(&self) -> &'static str {
        match self {
            PartitionIssue::MbrSlotStatus { .. } => "mbr-slot-status",
            PartitionIssue::EbrBeyondImage { .. } => "ebr-beyond-image",
            PartitionIssue::EbrSignature { .. } => "ebr-signature",
            PartitionIssue::EbrChainLoop { .. } => "ebr-chain-loop",
            PartitionIssue::EbrChainTooLong { .. } => "ebr-chain-too-long",
            PartitionIssue::GptProtectiveMbrMissing { .. } => "gpt-protective-mbr-missing",
            PartitionIssue::GptPrimaryHeaderBad { .. } => "gpt-primary-header-bad",
            PartitionIssue::GptBackupHeaderBad { .. } => "gpt-backup-header-bad",
            PartitionIssue::GptBackupUsed { .. } => "gpt-backup-used",
            PartitionIssue::GptEntrySize { .. } => "gpt-entry-size",
            PartitionIssue::GptEntriesCutShort { .. } => "gpt-entries-cut-short",
            PartitionIssue::GptEntriesChecksum { .. } => "gpt-entries-checksum",
            PartitionIssue::GptEntryRange { .. } => "gpt-entry-range",
            PartitionIssue::PartitionBeyondImage { .. } => "partition-beyond-image",
            PartitionIssue::PartitionsOverlap { .. } => "partitions-overlap",
        }
    }

    /// Where the structure is that shows it: a slot, a record, a header or an entry of the table, not the partition.
    pub fn offset(&self) -> ImageOffset {
        match self {
            PartitionIssue::MbrSlotStatus { offset, .. }
            | PartitionIssue::EbrBeyondImage { offset, .. }
            | PartitionIssue::EbrSignature { offset, .. }
            | PartitionIssue::EbrChainLoop { offset, .. }
            | PartitionIssue::EbrChainTooLong { offset, .. }
            | PartitionIssue::GptProtectiveMbrMissing { offset }
            | PartitionIssue::GptPrimaryHeaderBad { offset, .. }
            | PartitionIssue::GptBackupHeaderBad { offset, .. }
            | PartitionIssue::GptBackupUsed { offset }
            | PartitionIssue::GptEntrySize { offset, .. }
            | PartitionIssue::GptEntriesCutShort { offset, .. }
            | PartitionIssue::GptEntriesChecksum { offset, .. }
            | PartitionIssue::GptEntryRange { offset, .. }
            | PartitionIssue::PartitionBeyondImage { offset, .. }
            | PartitionIssue::PartitionsOverlap { offset, .. } => *offset,
        }
    }
}

impl fmt::Display for PartitionIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartitionIssue::MbrSlotStatus { offset, number, found } => {
                write!(f, "MBR slot {number} at {offset}: expected the status 0x00 or 0x80, found {found:#04x}")
            }
            PartitionIssue::EbrBeyondImage { offset, target, image_size } => write!(
                f,
                "slot at {offset}: expected an extended boot record at {target}, but the image ends at {image_size:#x}"
            ),
            PartitionIssue::EbrSignature { offset, found: [first, second] } => write!(
                f,
                "extended boot record at {offset}: expected the boot signature 55 aa in its last bytes, \
                 found {first:02x} {second:02x}"
            ),
            PartitionIssue::EbrChainLoop { offset, target } => write!(
                f,
                "slot at {offset}: expected a further extended boot record, found a link back to the one at {target}"
            ),
            PartitionIssue::EbrChainTooLong { offset, limit } => {
                write!(f, "slot at {offset}: expected at most {limit} extended boot records, found a link to one more")
            }
            PartitionIssue::GptProtectiveMbrMissing { offset } => {
                write!(f, "MBR at {offset}: expected a slot of type 0xee to announce the GPT, found none")
            }
            PartitionIssue::GptPrimaryHeaderBad { offset, defect } => {
                write!(f, "primary GPT header at {offset}: {defect}")
            }
            PartitionIssue::GptBackupHeaderBad { offset, defect } => {
                write!(f, "backup GPT header at {offset}: {defect}")
            }
            PartitionIssue::GptBackupUsed { offset } => write!(
                f,
                "backup GPT header at {offset}: expected to need the primary table only, found that one damaged and \
                 listed the partitions of the backup"
            ),
            PartitionIssue::GptEntrySize { offset, found } => write!(
                f,
                "GPT header at {offset}: expected entries of 128 bytes times a power of two, found {found} bytes"
            ),
            PartitionIssue::GptEntriesCutShort { offset, claimed, read } => {
                write!(f, "GPT entries at {offset}: expected {claimed} by the header, found {read} that can be read")
            }
            PartitionIssue::GptEntriesChecksum { offset, found, computed } => write!(
                f,
                "GPT entries at {offset}: expected the checksum {computed:#010x}, found {found:#010x} in the header"
            ),
            PartitionIssue::GptEntryRange { offset, number, first_sector, last_sector } => write!(
                f,
                "GPT entry {number} at {offset}: expected a range of sectors, found {first_sector} as its first and \
                 {last_sector} as its last"
            ),
            PartitionIssue::PartitionBeyondImage { offset, number, begin, end, image_size } => write!(
                f,
                "entry of partition {number} at {offset}: expected a partition within the {image_size:#x} bytes of \
                 the image, found one from {begin} to {end}"
            ),
            PartitionIssue::PartitionsOverlap { offset, number, begin, earlier_number, earlier_end } => write!(
                f,
                "entry of partition {number} at {offset}: expected it to begin behind partition {earlier_number}, \
                 which ends at {earlier_end}, found {begin}"
            ),
        }
    }
}

impl fmt::Display for GptHeaderDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GptHeaderDefect::BeyondImage { image_size } => {
                write!(f, "expected a header there, but the image ends at {image_size:#x}")
            }
            GptHeaderDefect::Signature { found } => {
                write!(f, "expected the signature \"EFI PART\", found \"{}\"", found.escape_ascii())
            }
            GptHeaderDefect::Size { found, sector_size } => {
                write!(f, "expected a size of 92 to {sector_size} bytes, found {found}")
            }
            GptHeaderDefect::Checksum { found, computed } => {
                write!(f, "expected the checksum {computed:#010x}, found {found:#010x}")
            }
            GptHeaderDefect::Sector { found, expected } => {
                write!(f, "expected its own sector number {expected}, found {found}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GptHeaderDefect, PartitionIssue};
    use crate::offset::ImageOffset;

    /// One issue of each kind at 0x200, with its sentence.
    fn one_of_each() -> Vec<(PartitionIssue, &'static str)> {
        let offset = ImageOffset(0x200);
        let target = ImageOffset(0x7E00);
        vec![
            (
                PartitionIssue::MbrSlotStatus { offset, number: 1, found: 3 },
                "MBR slot 1 at 0x200: expected the status 0x00 or 0x80, found 0x03",
            ),
            (
                PartitionIssue::EbrBeyondImage { offset, target, image_size: 4096 },
                "slot at 0x200: expected an extended boot record at 0x7e00, but the image ends at 0x1000",
            ),
            (
                PartitionIssue::EbrSignature { offset, found: [0, 0xAA] },
                "extended boot record at 0x200: expected the boot signature 55 aa in its last bytes, \
                 found 00 aa",
            ),
            (
                PartitionIssue::EbrChainLoop { offset, target },
                "slot at 0x200: expected a further extended boot record, found a link back to the one at 0x7e00",
            ),
            (
                PartitionIssue::EbrChainTooLong { offset, limit: 1024 },
                "slot at 0x200: expected at most 1024 extended boot records, found a link to one more",
            ),
            (
                PartitionIssue::GptProtectiveMbrMissing { offset },
                "MBR at 0x200: expected a slot of type 0xee to announce the GPT, found none",
            ),
            (
                PartitionIssue::GptPrimaryHeaderBad {
                    offset,
                    defect: GptHeaderDefect::Checksum { found: 0x12, computed: 0x1234_ABCD },
                },
                "primary GPT header at 0x200: expected the checksum 0x1234abcd, found 0x00000012",
            ),
            (
                PartitionIssue::GptBackupHeaderBad {
                    offset,
                    defect: GptHeaderDefect::Signature { found: *b"EFI\0PA\nT" },
                },
                "backup GPT header at 0x200: expected the signature \"EFI PART\", found \"EFI\\x00PA\\nT\"",
            ),
            (
                PartitionIssue::GptBackupUsed { offset },
                "backup GPT header at 0x200: expected to need the primary table only, found that one damaged and \
                 listed the partitions of the backup",
            ),
            (
                PartitionIssue::GptEntrySize { offset, found: 100 },
                "GPT header at 0x200: expected entries of 128 bytes times a power of two, found 100 bytes",
            ),
            (
                PartitionIssue::GptEntriesCutShort { offset, claimed: 128, read: 2 },
                "GPT entries at 0x200: expected 128 by the header, found 2 that can be read",
            ),
            (
                PartitionIssue::GptEntriesChecksum { offset, found: 0x12, computed: 0x1234_ABCD },
                "GPT entries at 0x200: expected the checksum 0x1234abcd, found 0x00000012 in the header",
            ),
            (
                PartitionIssue::GptEntryRange { offset, number: 3, first_sector: 9, last_sector: 8 },
                "GPT entry 3 at 0x200: expected a range of sectors, found 9 as its first and 8 as its last",
            ),
            (
                PartitionIssue::PartitionBeyondImage {
                    offset,
                    number: 1,
                    begin: target,
                    end: ImageOffset(0x8000),
                    image_size: 4096,
                },
                "entry of partition 1 at 0x200: expected a partition within the 0x1000 bytes of the image, \
                 found one from 0x7e00 to 0x8000",
            ),
            (
                PartitionIssue::PartitionsOverlap {
                    offset,
                    number: 2,
                    begin: target,
                    earlier_number: 1,
                    earlier_end: ImageOffset(0x8000),
                },
                "entry of partition 2 at 0x200: expected it to begin behind partition 1, which ends at 0x8000, \
                 found 0x7e00",
            ),
        ]
    }

    #[test]
    fn every_issue_says_where_what_was_expected_and_what_was_found() {
        for (issue, expected) in one_of_each() {
            assert_eq!(issue.to_string(), expected);
            assert_eq!(issue.offset(), ImageOffset(0x200), "{issue:?}");
        }
    }

    #[test]
    fn every_code_is_listed_once_and_belongs_to_an_issue() {
        let used: Vec<&str> = one_of_each().iter().map(|(issue, _)| issue.code()).collect();
        let listed: Vec<&str> = PartitionIssue::CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(used, listed);
    }

    #[test]
    fn every_header_defect_says_what_was_expected() {
        let check = |defect: GptHeaderDefect, expected: &str| assert_eq!(defect.to_string(), expected);
        check(
            GptHeaderDefect::BeyondImage { image_size: 0x1000 },
            "expected a header there, but the image ends at 0x1000",
        );
        check(GptHeaderDefect::Size { found: 9, sector_size: 512 }, "expected a size of 92 to 512 bytes, found 9");
        check(GptHeaderDefect::Sector { found: 7, expected: 1 }, "expected its own sector number 1, found 7");
    }
}
