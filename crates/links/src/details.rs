//! Times, sizes and attributes of a segment, packed: they are the largest part of what is kept of most records, and most
//! of their bytes are zeros or say again what others said.

use format::{FileAttributes, FileTime};

/// What is written of a file beside its links.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Details {
    /// Created, modified, changed, accessed.
    pub times: [FileTime; 4],
    pub attributes: FileAttributes,
    /// Of the unnamed `$DATA`, in bytes.
    pub size: u64,
    pub allocated: u64,
}

/// How many numbers the details are packed as.
const NUMBERS: usize = 7;
/// Bytes of the word that says how long each number is, four bits for each.
const LENGTHS: usize = 4;

impl Details {
    /// Each number as its difference from one that it is mostly equal or close to.
    fn numbers(&self) -> [u64; NUMBERS] {
        let [created, modified, changed, accessed] = self.times.map(|time| time.0);
        let slack = self.allocated.wrapping_sub(self.size);
        let attributes = u64::from(self.attributes.bits());
        [created, modified ^ created, changed ^ modified, accessed ^ created, attributes, self.size, slack]
    }

    fn from_numbers(numbers: [u64; NUMBERS]) -> Details {
        let [created, modified, changed, accessed, attributes, size, slack] = numbers;
        let modified = modified ^ created;
        Details {
            times: [created, modified, changed ^ modified, accessed ^ created].map(FileTime),
            attributes: FileAttributes::from_bits_retain(u32::try_from(attributes).unwrap_or(0)),
            size,
            allocated: size.wrapping_add(slack),
        }
    }

    /// Appends the details, each number without its leading zero bytes.
    pub fn append(&self, out: &mut Vec<u8>) {
        let mut packed = [0; LENGTHS + 8 * NUMBERS];
        let mut lengths = 0_u32;
        let mut end = LENGTHS;
        for (index, number) in (0..).zip(self.numbers()) {
            // All eight bytes are copied, of which the next number covers those that do not count.
            if let Some(place) = packed.get_mut(end..).and_then(<[u8]>::first_chunk_mut) {
                *place = number.to_le_bytes();
            }
            let length = (u64::BITS - number.leading_zeros()).div_ceil(8);
            lengths |= length << (4 * index);
            end += length as usize;
        }
        if let Some(place) = packed.first_chunk_mut() {
            *place = lengths.to_le_bytes();
        }
        out.extend_from_slice(packed.get(..end).unwrap_or_default());
    }

    /// Reads the details that begin `bytes`.
    pub fn read(bytes: &[u8]) -> Details {
        let Some((lengths, mut rest)) = bytes.split_first_chunk() else { return Details::default() };
        let lengths = u32::from_le_bytes(*lengths);
        let mut numbers = [0; NUMBERS];
        for (index, number) in (0..).zip(&mut numbers) {
            let length = (lengths >> (4 * index)) & 0xF;
            let Some((stored, after)) = rest.split_at_checked(length as usize) else { break };
            *number = stored.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            rest = after;
        }
        Details::from_numbers(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(details: Details, expected_length: usize) {
        let mut bytes = vec![0xEE];
        details.append(&mut bytes);
        assert_eq!(bytes.len() - 1, expected_length);
        bytes.extend_from_slice(&[0xEE; 8]);
        assert_eq!(Details::read(&bytes[1..]), details);
    }

    #[test]
    fn what_is_equal_or_small_takes_little() {
        let time = FileTime(0x01DA_0000_0000_0001);
        let attributes = FileAttributes::ARCHIVE;
        check(Details::default(), 4);
        check(Details { times: [time; 4], attributes, size: 77, allocated: 80 }, 4 + 8 + 1 + 1 + 1);
        let modified = FileTime(time.0 + 0xFFFF);
        let times = [time, modified, modified, time];
        check(Details { times, attributes, size: 0, allocated: 0 }, 4 + 8 + 3 + 1);
    }

    #[test]
    fn any_numbers_come_back() {
        let extremes = [0, 1, u64::MAX, 1 << 63, 0xFF00, 0x00FF_FFFF_FFFF_FFFF];
        for (index, size) in extremes.into_iter().enumerate() {
            let other = |step: usize| extremes[(index + step) % extremes.len()];
            let times = [1, 2, 3, 4].map(|step| FileTime(other(step)));
            let attributes = FileAttributes::from_bits_retain(size as u32);
            let details = Details { times, attributes, size, allocated: other(5) };
            let mut bytes = Vec::new();
            details.append(&mut bytes);
            assert_eq!(Details::read(&bytes), details);
        }
    }

    #[test]
    fn bytes_that_end_early_are_survived() {
        let details = Details { size: u64::MAX, ..Details::default() };
        let mut bytes = Vec::new();
        details.append(&mut bytes);
        for length in 0..bytes.len() {
            Details::read(&bytes[..length]);
        }
    }
}
