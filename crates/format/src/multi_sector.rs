//! The update sequence: how NTFS tells an interrupted write of a multi-sector structure.
//!
//! Before a record is written, the last two bytes of each 512 are saved in the update sequence array and replaced by the
//! update sequence number; after reading, every stride must end in that number, and the saved bytes are put back.
//!
//! Source: libfsntfs "The fix-up values"; Microsoft DevNotes `MULTI_SECTOR_HEADER` (which gives the array's size in
//! bytes: images show 16-bit words, counting the update sequence number itself).

use crate::bytes::{array, offset32, u16_at, u32_at};
use crate::issue::{Issue, IssueKind};

/// The distance between protected words, in bytes: 512 on every disk, also on one with 4,096-byte sectors.
pub const UPDATE_SEQUENCE_STRIDE: usize = 512;

/// Puts the saved bytes of a file record back, and says whether every stride had been written.
///
/// A stride that does not end in the update sequence number is restored all the same (nothing better is known for those
/// two bytes) and is an issue, unless it lies wholly past the record's used bytes, where it harms nothing.
pub fn undo_update_sequence(record: &mut [u8], issues: &mut Vec<Issue>) -> bool {
    let offset = u16_at(record, 4).unwrap_or(0);
    let words = u16_at(record, 6).unwrap_or(0);
    let start = usize::from(offset);
    let end = start + 2 * usize::from(words);
    if words == 0 || start < 8 || end > UPDATE_SEQUENCE_STRIDE - 2 || end > record.len() {
        issues.push(Issue::new(4, IssueKind::UpdateSequenceOutOfBounds { offset, words }));
        return false;
    }
    let strides = record.len() / UPDATE_SEQUENCE_STRIDE;
    let mut whole = true;
    if usize::from(words) <= strides {
        let needed = u16::try_from(strides + 1).unwrap_or(u16::MAX);
        issues.push(Issue::new(6, IssueKind::UpdateSequenceTooShort { words, needed }));
        whole = false;
    }
    // The array may be longer than the record has strides (libfsntfs): the rest of it protects nothing.
    let number: [u8; 2] = array(record, start).unwrap_or_default();
    let used = u32_at(record, 0x18).map_or(usize::MAX, |used| used as usize);
    for stride in 0..strides.min(usize::from(words) - 1) {
        let saved: [u8; 2] = array(record, start + 2 * (stride + 1)).unwrap_or_default();
        let tail_offset = (stride + 1) * UPDATE_SEQUENCE_STRIDE - 2;
        let Some(tail) = record.get_mut(tail_offset..).and_then(<[u8]>::first_chunk_mut::<2>) else { break };
        let found = std::mem::replace(tail, saved);
        if found != number && stride * UPDATE_SEQUENCE_STRIDE < used {
            whole = false;
            let kind = IssueKind::TornRecord { expected: u16::from_le_bytes(number), found: u16::from_le_bytes(found) };
            issues.push(Issue::new(offset32(tail_offset), kind));
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 1,024-byte record whose strides end in update sequence number 7, with 0xA1A1 and 0xB2B2 saved.
    fn record() -> Vec<u8> {
        let mut record = vec![0; 1024];
        record[0..4].copy_from_slice(b"FILE");
        record[4..6].copy_from_slice(&0x30u16.to_le_bytes()); // update sequence array at 0x30
        record[6..8].copy_from_slice(&3u16.to_le_bytes()); // the number and two saved words
        record[0x18..0x1C].copy_from_slice(&1024u32.to_le_bytes()); // all bytes used
        record[0x30..0x36].copy_from_slice(&[7, 0, 0xA1, 0xA1, 0xB2, 0xB2]);
        record[510..512].copy_from_slice(&[7, 0]);
        record[1022..1024].copy_from_slice(&[7, 0]);
        record
    }

    fn check(mut record: Vec<u8>, whole: bool, expected: &[Issue]) -> Vec<u8> {
        let mut issues = Vec::new();
        assert_eq!(undo_update_sequence(&mut record, &mut issues), whole);
        assert_eq!(issues, expected);
        record
    }

    #[test]
    fn a_whole_record_gets_its_bytes_back() {
        let restored = check(record(), true, &[]);
        assert_eq!(restored[510..512], [0xA1, 0xA1]);
        assert_eq!(restored[1022..1024], [0xB2, 0xB2]);
    }

    #[test]
    fn a_stride_that_was_not_written_is_torn() {
        let mut torn = record();
        torn[1022] = 6;
        let issue = Issue::new(1022, IssueKind::TornRecord { expected: 7, found: 6 });
        check(torn, false, &[issue]);
    }

    #[test]
    fn a_torn_stride_past_the_used_bytes_harms_nothing() {
        let mut torn = record();
        torn[1022] = 6;
        torn[0x18..0x1C].copy_from_slice(&512u32.to_le_bytes());
        check(torn, true, &[]);
    }

    #[test]
    fn the_stride_is_512_in_a_4096_byte_record() {
        let mut record = vec![0; 4096];
        record[4..6].copy_from_slice(&0x30u16.to_le_bytes());
        record[6..8].copy_from_slice(&9u16.to_le_bytes());
        record[0x18..0x1C].copy_from_slice(&4096u32.to_le_bytes());
        for word in 0..9 {
            record[0x30 + 2 * word] = if word == 0 { 0x55 } else { word as u8 };
        }
        for stride in 1..=8 {
            record[512 * stride - 2] = 0x55;
        }
        let restored = check(record, true, &[]);
        assert_eq!((1..=8).map(|stride| restored[512 * stride - 2]).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn an_array_out_of_bounds_is_one_issue_and_changes_nothing() {
        for (offset, words) in [(0x1FC_u16, 3_u16), (0x30, 0), (0x30, 0x8000), (0xFFFF, 0xFFFF), (4, 3)] {
            let mut bad = record();
            bad[4..6].copy_from_slice(&offset.to_le_bytes());
            bad[6..8].copy_from_slice(&words.to_le_bytes());
            let issue = Issue::new(4, IssueKind::UpdateSequenceOutOfBounds { offset, words });
            assert_eq!(check(bad.clone(), false, &[issue]), bad);
        }
    }

    #[test]
    fn an_array_that_covers_one_stride_of_two_is_an_issue() {
        let mut short = record();
        short[6..8].copy_from_slice(&2u16.to_le_bytes());
        let issue = Issue::new(6, IssueKind::UpdateSequenceTooShort { words: 2, needed: 3 });
        assert_eq!(check(short, false, &[issue])[510..512], [0xA1, 0xA1]);
    }

    #[test]
    fn an_array_longer_than_the_record_is_legal() {
        let mut long = record();
        long[6..8].copy_from_slice(&9u16.to_le_bytes());
        check(long, true, &[]);
    }
}
