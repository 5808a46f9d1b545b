//! `$MFTMirr`: a second copy of the first records of the MFT.

use format::{FileRecord, bytes};
use image::ImageOffset;

use crate::volume::Volume;

/// Records that every mirror holds. Larger ones have room for more, and Windows lets those grow old.
///
/// Source: libfsntfs "The MFT mirror"; volumes that Windows made with clusters of 2 MiB.
const MIRRORED_RECORDS: u64 = 4;

/// A record that is not the same as its copy in the mirror.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MirrorDifference {
    /// Where the copy lies.
    pub copy: ImageOffset,
    /// The first byte that differs, from the start of the record, update sequences undone and left out; `None` if the copy
    /// is torn, or no record.
    pub first_byte: Option<u32>,
}

impl Volume<'_> {
    /// How a record differs from its copy in the mirror, where the boot sector says that it is. What comes behind the bytes
    /// in use of both does not count, nor what only the update sequence is.
    ///
    /// `None` also where there is nothing to compare: of records that are in no mirror, of an extracted MFT, of a record
    /// that is torn itself, and where the image ends before the copy.
    pub fn mirror_difference(&self, record: u64) -> Option<MirrorDifference> {
        let start = self.clusters.as_ref()?.offset(self.boot?.mft_mirror)?;
        let size = u64::from(self.mft.bytes_per_record);
        let copy = start.checked_add(record.checked_mul(size)?).filter(|_| record < MIRRORED_RECORDS)?;
        let (mut own, mut mirrored) = (Vec::new(), vec![0; self.mft.bytes_per_record as usize]);
        self.read_slot(record, &mut own);
        if self.image.read_at(copy, &mut mirrored) < mirrored.len() {
            return None;
        }
        let own_used = undo(&mut own)?;
        let Some(used) = undo(&mut mirrored) else { return Some(MirrorDifference { copy, first_byte: None }) };
        let pairs = (0..).zip(own.iter().zip(&mirrored)).take(used.max(own_used));
        let sequence = update_sequence(&own);
        let mut differ = pairs.filter(|(at, (one, other))| one != other && !sequence.contains(at));
        differ.next().map(|(at, _)| MirrorDifference { copy, first_byte: Some(bytes::offset32(at)) })
    }
}

/// Undoes the update sequence of the record in a slot, and answers how many bytes it has in use; `None` if there is none
/// that is whole.
fn undo(slot: &mut [u8]) -> Option<usize> {
    // Its damage is reported by the walk, which reads it again.
    let record = FileRecord::decode(slot, &mut Vec::new()).filter(|record| !record.torn)?;
    Some(record.header.used_size as usize)
}

/// Where the update sequence of a record lies in it.
fn update_sequence(slot: &[u8]) -> std::ops::Range<usize> {
    let field = |offset| usize::from(bytes::u16_at(slot, offset).unwrap_or(0));
    let start = field(4);
    start..start + 2 * field(6)
}
