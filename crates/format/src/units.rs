//! Numbers that must not be mixed up: references, cluster numbers, GUIDs.

use std::fmt;

/// A file reference: which file record segment, and which of its uses.
///
/// Bits 0–47 are the file record number, bits 48–63 the sequence number. Whether such a segment exists, and whether it
/// is in that use, is not checked here.
///
/// Source: libfsntfs "The file reference"; Microsoft DevNotes `FILE_REFERENCE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileReference(pub u64);

impl FileReference {
    /// A reference from its two parts; bits of `record_number` above 47 are dropped, as on disk.
    pub fn new(record_number: u64, sequence_number: u16) -> Self {
        Self((record_number & 0xFFFF_FFFF_FFFF) | (u64::from(sequence_number) << 48))
    }

    /// The file record number, 48 bits.
    pub fn record_number(self) -> u64 {
        self.0 & 0xFFFF_FFFF_FFFF
    }

    /// The sequence number; 0 means "do not check".
    pub fn sequence_number(self) -> u16 {
        let [.., low, high] = self.0.to_le_bytes();
        u16::from_le_bytes([low, high])
    }
}

impl fmt::Display for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.record_number(), self.sequence_number())
    }
}

impl fmt::Debug for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Logical cluster number: a cluster of the volume, counted from its start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Lcn(pub u64);

/// Virtual cluster number: a cluster of one attribute's value, counted from the value's start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Vcn(pub u64);

/// A GUID as stored: the first three fields little-endian. Ordered by the stored bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads what [`Guid`] displays as, in either case: 32 hex digits with hyphens, without braces.
    pub fn parse(text: &str) -> Option<Guid> {
        let is_in_place = |(place, byte): (usize, u8)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        if text.len() != 36 || !text.bytes().enumerate().all(is_in_place) {
            return None;
        }
        let number = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
        let [a, b, c, d, e, g, h, i, tail @ ..] = number.to_be_bytes();
        let mut stored = [d, c, b, a, g, e, i, h, 0, 0, 0, 0, 0, 0, 0, 0];
        stored.iter_mut().skip(8).zip(tail).for_each(|(place, byte)| *place = byte);
        Some(Guid(stored))
    }
}

impl fmt::Display for Guid {
    /// Lower case, with hyphens, without braces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g, h, i, tail @ ..] = self.0;
        let first = u32::from_le_bytes([a, b, c, d]);
        let second = u16::from_le_bytes([e, g]);
        let third = u16::from_le_bytes([h, i]);
        write!(f, "{first:08x}-{second:04x}-{third:04x}-")?;
        for (position, byte) in tail.iter().enumerate() {
            let hyphen = if position == 2 { "-" } else { "" };
            write!(f, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_48_bits_of_number_and_16_of_sequence() {
        let reference = FileReference(0x0002_0000_0000_0028);
        assert_eq!(reference.record_number(), 40);
        assert_eq!(reference.sequence_number(), 2);
        assert_eq!(reference.to_string(), "40-2");
        assert_eq!(FileReference::new(40, 2), reference);
    }

    #[test]
    fn a_guid_prints_its_first_three_fields_from_little_endian() {
        // The microsoft basic data partition type, as GPT stores it.
        let stored = [0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7];
        assert_eq!(Guid(stored).to_string(), "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
        assert_eq!(Guid::parse("EBD0A0A2-b9e5-4433-87c0-68b6b72699c7"), Some(Guid(stored)));
        for wrong in [
            "",
            "ebd0a0a2b9e5443387c068b6b72699c7",
            "ebd0a0a2-b9e5-4433-87c0-68b6b72699c",
            "ébd0a0a-b9e5-4433-87c0-68b6b72699c7",
        ] {
            assert_eq!(Guid::parse(wrong), None, "{wrong}");
        }
    }
}
