//! File record segments: header, attributes, update sequence.

use crate::attribute::{Attribute, low_u16, low_u32, put};

/// Bytes between two words of the update sequence, whatever the sector size.
///
/// Source: reference A.3 "Multi-sector fixup".
pub(crate) const STRIDE: usize = 512;

/// Offset of the update sequence array in a file record segment of NTFS 3.1.
const UPDATE_SEQUENCE_OFFSET: usize = 0x30;

/// The end marker and the four bytes after it.
const END_LENGTH: usize = 8;

/// The update sequence number of everything that is written: any would do.
const UPDATE_SEQUENCE_NUMBER: u16 = 1;

/// Record flag: in use.
pub(crate) const IN_USE: u16 = 0x1;
/// Record flag: has `$I30`.
pub(crate) const DIRECTORY: u16 = 0x2;
/// Record flag: in `$Extend`.
pub(crate) const IN_EXTEND: u16 = 0x4;
/// Record flag: has an index other than `$I30`.
pub(crate) const VIEW_INDEX: u16 = 0x8;

/// What the header of a segment says.
#[derive(Clone, Copy, Default)]
pub(crate) struct Header {
    pub number: u64,
    pub sequence: u16,
    pub link_count: u16,
    pub flags: u16,
    /// Reference of the base record; 0 in a base record.
    pub base: u64,
}

/// Bytes that the attributes of a segment of `record` bytes may take.
pub(crate) fn capacity(record: usize) -> usize {
    record - first_attribute_offset(record) - END_LENGTH
}

fn first_attribute_offset(record: usize) -> usize {
    (UPDATE_SEQUENCE_OFFSET + 2 * update_sequence_words(record)).next_multiple_of(8)
}

/// A segment of `record` bytes with `attributes`, which fit, each with the attribute id beside it.
///
/// Source: libfsntfs "MFT entry header"; reference A.3.
pub(crate) fn encode(header: &Header, attributes: &[(u16, Attribute)], record: usize) -> Vec<u8> {
    let mut out = vec![0; record];
    put(&mut out, 0, b"FILE");
    put(&mut out, 0x04, &low_u16(UPDATE_SEQUENCE_OFFSET));
    put(&mut out, 0x06, &low_u16(update_sequence_words(record)));
    put(&mut out, 0x10, &header.sequence.to_le_bytes());
    put(&mut out, 0x12, &header.link_count.to_le_bytes());
    put(&mut out, 0x14, &low_u16(first_attribute_offset(record)));
    put(&mut out, 0x16, &header.flags.to_le_bytes());
    put(&mut out, 0x1C, &low_u32(record));
    put(&mut out, 0x20, &header.base.to_le_bytes());
    put(&mut out, 0x28, &attributes.iter().map(|(id, _)| id + 1).max().unwrap_or(0).to_le_bytes());
    put(&mut out, 0x2C, &header.number.to_le_bytes()[..4]);
    let mut offset = first_attribute_offset(record);
    for (id, attribute) in attributes {
        let bytes = attribute.encode(*id);
        put(&mut out, offset, &bytes);
        offset += bytes.len();
    }
    put(&mut out, offset, &[0xFF; 4]);
    put(&mut out, 0x18, &low_u32(offset + END_LENGTH));
    protect(&mut out);
    out
}

/// Words of the update sequence array of a segment or an index block, the update sequence number included.
pub(crate) fn update_sequence_words(block: usize) -> usize {
    block / STRIDE + 1
}

/// Puts the update sequence number at the end of each 512 bytes, and what was there into the array.
///
/// Source: libfsntfs "The fix-up values"; reference A.3 "Multi-sector fixup".
pub(crate) fn protect(block: &mut [u8]) {
    let array = usize::from(u16::from_le_bytes([block[4], block[5]]));
    put(block, array, &UPDATE_SEQUENCE_NUMBER.to_le_bytes());
    for sector in 1..=block.len() / STRIDE {
        let tail = sector * STRIDE - 2;
        let kept = [block[tail], block[tail + 1]];
        put(block, array + 2 * sector, &kept);
        put(block, tail, &UPDATE_SEQUENCE_NUMBER.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offsets of the header as Windows (1,024 bytes) and mkntfs (4,096 bytes) write them: reference A.3.
    #[test]
    fn first_attributes_begin_where_windows_and_mkntfs_have_them() {
        assert_eq!(first_attribute_offset(1024), 0x38);
        assert_eq!(first_attribute_offset(4096), 0x48);
    }

    #[test]
    fn a_free_segment_ends_after_its_header() {
        let record = encode(&Header { number: 30, sequence: 1, ..Header::default() }, &[], 1024);
        assert_eq!(record[..8], [b'F', b'I', b'L', b'E', 0x30, 0, 3, 0]);
        assert_eq!(record[0x10..0x1C], [1, 0, 0, 0, 0x38, 0, 0, 0, 0x40, 0, 0, 0]);
        assert_eq!(record[0x2C..0x3C], [30, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..16]);
        assert_eq!([record[510], record[1022]], [1, 1]);
    }
}
