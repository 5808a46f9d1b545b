//! File record segments: the slots of the MFT.

use bitflags::bitflags;

use crate::attribute::Attributes;
use crate::bytes::{array, offset32, u16_at, u32_at, u64_at};
use crate::issue::{Issue, IssueKind};
use crate::multi_sector::undo_update_sequence;
use crate::units::FileReference;

bitflags! {
    /// Flags of a file record. Unknown bits occur in damaged records and are kept.
    ///
    /// Source: libfsntfs "MFT entry flags"; Microsoft DevNotes `FILE_RECORD_SEGMENT_HEADER`.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct RecordFlags: u16 {
        /// The segment belongs to a file.
        const IN_USE = 0x1;
        /// The file is a directory: it has an `$I30` index.
        const DIRECTORY = 0x2;
        /// A file below `$Extend`.
        const EXTEND = 0x4;
        /// The file has an index other than `$I30`.
        const VIEW_INDEX = 0x8;
        const _ = !0;
    }
}

/// What the first bytes of a slot say, before it is fixed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotState {
    /// Zeros where the signature would be: the slot has never held a record.
    NeverUsed,
    /// A record in use.
    InUse,
    /// A record that is not in use; its attributes may still tell of the file it was.
    Free,
    /// Neither a record nor zeros.
    NotARecord([u8; 4]),
}

/// What the slot holds, from its signature and flags.
///
/// A record marked `BAAD` counts as a record: what it holds is still read, and marked torn.
#[inline]
pub fn slot_state(slot: &[u8]) -> SlotState {
    match array::<4>(slot, 0) {
        Some(SIGNATURE | SIGNATURE_BAD) => match u16_at(slot, 0x16) {
            Some(flags) if flags & RecordFlags::IN_USE.bits() != 0 => SlotState::InUse,
            _ => SlotState::Free,
        },
        Some([0, 0, 0, 0]) if is_all_zeros(slot) => SlotState::NeverUsed,
        None => SlotState::NeverUsed,
        Some(signature) => SlotState::NotARecord(signature),
    }
}

/// A signature of zeros is not enough to take a slot for one that was never used: who wipes it hides a file.
fn is_all_zeros(slot: &[u8]) -> bool {
    slot.iter().all(|byte| *byte == 0)
}

/// Whether a slot that is not in use still holds the base record of a file: one whose attributes have a possible place.
///
/// Windows leaves slots that it marked `BAAD` and emptied, too.
#[inline]
pub fn is_free_base_record(slot: &[u8]) -> bool {
    let first_attribute = u16_at(slot, 0x14).unwrap_or(0);
    let has_attributes = first_attribute >= SMALLEST_HEADER && usize::from(first_attribute) < slot.len();
    has_attributes && u64_at(slot, 0x20) == Some(0)
}

/// Whether Windows marked the slot as torn.
#[inline]
pub fn is_marked_bad(slot: &[u8]) -> bool {
    array(slot, 0) == Some(SIGNATURE_BAD)
}

const SIGNATURE: [u8; 4] = *b"FILE";
const SIGNATURE_BAD: [u8; 4] = *b"BAAD";

/// The smallest header: that of NTFS before 3.1, without the record's own number.
const SMALLEST_HEADER: u16 = 0x2A;

/// The fixed fields of a file record segment, as stored.
///
/// Nothing is checked: every number is what the image says.
///
/// Source: libfsntfs "MFT entry header"; Microsoft DevNotes `FILE_RECORD_SEGMENT_HEADER`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileRecordHeader {
    /// How often the segment has been used; one higher than references to it once it is freed.
    pub sequence_number: u16,
    /// Number of `$FILE_NAME` attributes of the file, DOS names included; not meaningful in an extension record.
    pub link_count: u16,
    /// In use, directory.
    pub flags: RecordFlags,
    /// Bytes in use, from the start of the record.
    pub used_size: u32,
    /// The base record of an extension record; 0 in a base record.
    pub base_record: FileReference,
    /// The record's own number (low 32 bits), which NTFS before 3.1 and some formatters do not store.
    pub own_number: Option<u32>,
}

impl FileRecordHeader {
    /// Whether the segment holds further attributes of another file's record.
    pub fn is_extension(&self) -> bool {
        self.base_record.0 != 0
    }
}

/// One file record segment, its update sequence undone.
#[derive(Clone, Copy, Debug)]
pub struct FileRecord<'a> {
    bytes: &'a [u8],
    /// In bytes from the start of the record; checked to lie in it.
    first_attribute: usize,
    /// The end of the attributes, in bytes from the start of the record; checked.
    end: usize,
    /// The fixed fields.
    pub header: FileRecordHeader,
    /// Whether a part of the record was not written with the rest.
    pub torn: bool,
}

impl<'a> FileRecord<'a> {
    /// Undoes the update sequence of the record in `slot` and reads its header.
    ///
    /// What is wrong goes to `issues`, with offsets from the start of the record; a torn record is still a record. `None`
    /// where there is none: a slot that was never used, that holds something else, or that was freed or marked `BAAD` and
    /// emptied (which are issues).
    pub fn decode(slot: &'a mut [u8], issues: &mut Vec<Issue>) -> Option<FileRecord<'a>> {
        let marked_bad = match array::<4>(slot, 0)? {
            SIGNATURE => false,
            SIGNATURE_BAD => true,
            [0, 0, 0, 0] if is_all_zeros(slot) => return None,
            found => {
                issues.push(Issue::new(0, IssueKind::BadRecordSignature { found }));
                return None;
            }
        };
        if marked_bad {
            issues.push(Issue::new(0, IssueKind::RecordMarkedBad));
        }
        let whole = undo_update_sequence(slot, issues);
        let bytes: &'a [u8] = slot;
        let header = decode_header(bytes)?;
        let (first_attribute, end) = attribute_range(bytes, &header, issues);
        let may_be_emptied = marked_bad || !header.flags.contains(RecordFlags::IN_USE);
        if may_be_emptied && first_attribute == 0 {
            return None;
        }
        Some(FileRecord { bytes, first_attribute, end, header, torn: marked_bad || !whole })
    }

    /// The record's attributes in stored order.
    pub fn attributes(&self) -> Attributes<'a> {
        let bytes = self.bytes.get(..self.end).unwrap_or_default();
        Attributes::new(bytes, self.first_attribute, self.header.used_size as usize == self.end)
    }

    /// An issue if the record carries another number than that of its slot.
    ///
    /// Only a warning: the Linux formatter leaves 0 in records 16 to 23, and others never fill the field.
    pub fn check_own_number(&self, slot_number: u64) -> Option<Issue> {
        let found = self.header.own_number.filter(|number| *number != 0)?;
        let expected = u32::try_from(slot_number & 0xFFFF_FFFF).ok()?;
        (found != expected).then(|| Issue::new(0x2C, IssueKind::RecordNumberDiffers { expected, found }))
    }
}

fn decode_header(bytes: &[u8]) -> Option<FileRecordHeader> {
    let header = bytes.first_chunk::<0x30>()?;
    let has_own_number = u16_at(header, 4)? >= 0x30;
    Some(FileRecordHeader {
        sequence_number: u16_at(header, 0x10)?,
        link_count: u16_at(header, 0x12)?,
        flags: RecordFlags::from_bits_retain(u16_at(header, 0x16)?),
        used_size: u32_at(header, 0x18)?,
        base_record: FileReference(u64_at(header, 0x20)?),
        own_number: if has_own_number { u32_at(header, 0x2C) } else { None },
    })
}

/// Where the attributes begin and end, in bytes; an empty range where the header gives no possible place.
fn attribute_range(bytes: &[u8], header: &FileRecordHeader, issues: &mut Vec<Issue>) -> (usize, usize) {
    let limit = offset32(bytes.len());
    let end = if header.used_size <= limit {
        header.used_size
    } else {
        issues.push(Issue::new(0x18, IssueKind::UsedSizeOutOfBounds { used: header.used_size, limit }));
        limit
    };
    let first = u16_at(bytes, 0x14).unwrap_or(0);
    if first < SMALLEST_HEADER || u32::from(first) > end {
        issues.push(Issue::new(0x14, IssueKind::FirstAttributeOutOfBounds { first, limit: end }));
        return (0, 0);
    }
    (usize::from(first), end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute_type::AttributeType;

    /// A 1,024-byte record in use with an empty attribute list at 0x38.
    fn record() -> Vec<u8> {
        let mut record = vec![0; 1024];
        record[0..4].copy_from_slice(b"FILE");
        record[0x04..0x06].copy_from_slice(&0x30u16.to_le_bytes()); // update sequence array
        record[0x06..0x08].copy_from_slice(&3u16.to_le_bytes());
        record[0x10..0x12].copy_from_slice(&5u16.to_le_bytes()); // sequence number
        record[0x12..0x14].copy_from_slice(&2u16.to_le_bytes()); // link count
        record[0x14..0x16].copy_from_slice(&0x38u16.to_le_bytes()); // first attribute
        record[0x16..0x18].copy_from_slice(&3u16.to_le_bytes()); // in use, directory
        record[0x18..0x1C].copy_from_slice(&0x40u32.to_le_bytes()); // used
        record[0x1C..0x20].copy_from_slice(&1024u32.to_le_bytes()); // allocated
        record[0x2C..0x30].copy_from_slice(&40u32.to_le_bytes()); // own number
        record[0x38..0x3C].copy_from_slice(&[0xFF; 4]); // end marker
        record
    }

    fn check(mut record: Vec<u8>, expected: &[Issue]) -> Option<FileRecordHeader> {
        let mut issues = Vec::new();
        let decoded = FileRecord::decode(&mut record, &mut issues);
        let header = decoded.map(|record| {
            issues.extend(record.attributes().filter_map(Result::err));
            record.header
        });
        assert_eq!(issues, expected);
        header
    }

    #[test]
    fn a_header_is_read_as_stored() {
        let header = check(record(), &[]).expect("a record");
        assert_eq!(header.sequence_number, 5);
        assert_eq!(header.link_count, 2);
        assert_eq!(header.flags, RecordFlags::IN_USE | RecordFlags::DIRECTORY);
        assert_eq!(header.own_number, Some(40));
        assert!(!header.is_extension());
    }

    #[test]
    fn a_slot_says_what_it_holds() {
        assert_eq!(slot_state(&record()), SlotState::InUse);
        let mut free = record();
        free[0x16] = 2;
        assert_eq!(slot_state(&free), SlotState::Free);
        assert_eq!(slot_state(&[0; 1024]), SlotState::NeverUsed);
        let mut wiped = record();
        wiped[0..4].fill(0);
        assert_eq!(slot_state(&wiped), SlotState::NotARecord([0; 4]));
        assert_eq!(slot_state(b"INDX............"), SlotState::NotARecord(*b"INDX"));
        assert_eq!(slot_state(&[]), SlotState::NeverUsed);
    }

    #[test]
    fn a_slot_of_zeros_holds_no_record_and_no_issue() {
        assert_eq!(check(vec![0; 1024], &[]), None);
    }

    #[test]
    fn another_signature_is_an_issue() {
        let mut other = record();
        other[0..4].copy_from_slice(b"HOLE");
        assert_eq!(check(other, &[Issue::new(0, IssueKind::BadRecordSignature { found: *b"HOLE" })]), None);
    }

    #[test]
    fn a_record_marked_bad_is_still_read() {
        let mut bad = record();
        bad[0..4].copy_from_slice(b"BAAD");
        assert!(check(bad, &[Issue::new(0, IssueKind::RecordMarkedBad)]).is_some());
    }

    #[test]
    fn a_used_size_past_the_record_is_cut_to_it() {
        let mut long = record();
        long[0x18..0x1C].copy_from_slice(&1025u32.to_le_bytes());
        let issue = Issue::new(0x18, IssueKind::UsedSizeOutOfBounds { used: 1025, limit: 1024 });
        check(long, &[issue]);
    }

    #[test]
    fn a_first_attribute_outside_the_record_leaves_no_attributes() {
        for first in [0_u16, 0x29, 0x41, 0xFFFF] {
            let mut bad = record();
            bad[0x14..0x16].copy_from_slice(&first.to_le_bytes());
            let issue = Issue::new(0x14, IssueKind::FirstAttributeOutOfBounds { first, limit: 0x40 });
            check(bad, &[issue]);
        }
    }

    #[test]
    fn a_record_without_end_marker_is_an_issue() {
        let mut open = record();
        open[0x18..0x1C].copy_from_slice(&0x38u32.to_le_bytes());
        check(open, &[Issue::new(0x38, IssueKind::AttributesNotEnded)]);
    }

    #[test]
    fn used_bytes_behind_the_end_marker_are_an_issue() {
        let mut long = record();
        let used = u32_at(&long, 0x18).expect("a used size") + 8;
        long[0x18..0x1C].copy_from_slice(&used.to_le_bytes());
        check(long, &[Issue::new(0x38, IssueKind::BytesBehindEnd { count: 8 })]);
    }

    #[test]
    fn another_records_number_is_an_issue_and_no_number_is_not() {
        let mut bytes = record();
        let mut issues = Vec::new();
        let record = FileRecord::decode(&mut bytes, &mut issues).expect("a record");
        let differs = IssueKind::RecordNumberDiffers { expected: 41, found: 40 };
        assert_eq!(record.check_own_number(40), None);
        assert_eq!(record.check_own_number(41), Some(Issue::new(0x2C, differs)));
        assert!(
            record.attributes().all(|attribute| attribute.is_ok_and(|found| found.type_code != AttributeType::END))
        );
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_is_survived() {
        for length in 0..1024 {
            let mut cut = record();
            cut.truncate(length);
            let mut issues = Vec::new();
            let decoded = FileRecord::decode(&mut cut, &mut issues);
            let _ = decoded.map(|record| record.attributes().count());
        }
        for (position, value) in (0..0x60).flat_map(|position| [(position, 0), (position, 1), (position, 0xFF)]) {
            let mut flipped = record();
            flipped[position] = value;
            let mut issues = Vec::new();
            let decoded = FileRecord::decode(&mut flipped, &mut issues);
            let _ = decoded.map(|record| record.attributes().count());
        }
    }
}
