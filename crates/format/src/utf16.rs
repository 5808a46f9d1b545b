//! NTFS strings: any 16-bit units, kept without loss.
//!
//! On disk a string is UTF-16LE in which surrogates need not be paired ([`Utf16`]). In memory it is kept as WTF-8
//! ([`Wtf8`]): UTF-8, with an unpaired surrogate encoded like any other three-byte code point. The two hold the same
//! information; WTF-8 takes half the room for most names, and is ready to be written where it is valid UTF-8.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

/// UTF-16LE units as they lie on disk. An odd last byte is not part of the string.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Utf16<'a>(&'a [u8]);

impl<'a> Utf16<'a> {
    /// The string in `bytes`, two to a unit.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The stored bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The 16-bit units in order.
    pub fn units(self) -> impl Iterator<Item = u16> + Clone + 'a {
        self.0.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit))
    }

    /// Whether there is no unit.
    pub fn is_empty(self) -> bool {
        self.0.len() < 2
    }

    /// Appends the string as WTF-8, and says whether it had an unpaired surrogate, so that it is not valid UTF-8.
    #[inline]
    pub fn append_wtf8(self, out: &mut Vec<u8>) -> bool {
        append_in_pieces(self.0.as_chunks::<2>().0, |unit| u16::from_le_bytes(*unit), out)
    }

    /// The string as owned WTF-8.
    pub fn to_wtf8(self) -> WtfString {
        let mut bytes = Vec::new();
        self.append_wtf8(&mut bytes);
        WtfString(bytes)
    }

    /// Whether the string equals an ASCII text.
    pub fn is_ascii_text(self, text: &str) -> bool {
        self.units().eq(text.bytes().map(u16::from))
    }
}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_wtf8().as_wtf8(), f)
    }
}

/// Units that are narrowed at once: most names are shorter.
const PIECE_UNITS: usize = 64;

/// Bytes of two strings that are compared at once.
const BLOCK: usize = 32;

/// Appends 16-bit units as WTF-8, as long as they are ASCII a whole piece at a time; `true` if one was an unpaired surrogate.
#[inline]
fn append_in_pieces<U>(units: &[U], to_unit: impl Fn(&U) -> u16, out: &mut Vec<u8>) -> bool {
    for (index, piece) in units.chunks(PIECE_UNITS).enumerate() {
        let mut narrowed = [0; PIECE_UNITS];
        // One pass over all of a piece, without a way out, so that it is done many units at a time.
        let mut all_bits = 0;
        for (narrow, unit) in narrowed.iter_mut().zip(piece) {
            let unit = to_unit(unit);
            all_bits |= unit;
            [*narrow, _] = unit.to_le_bytes();
        }
        if all_bits >= 0x80 {
            let rest = units.get(PIECE_UNITS * index..).unwrap_or_default();
            return append_units(rest.iter().map(to_unit), out);
        }
        out.extend_from_slice(narrowed.get(..piece.len()).unwrap_or_default());
    }
    false
}

/// Appends 16-bit units as WTF-8; `true` if one was an unpaired surrogate.
fn append_units(units: impl Iterator<Item = u16>, out: &mut Vec<u8>) -> bool {
    let mut unpaired = false;
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(character) if character.is_ascii() => out.push(character as u8),
            Ok(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(surrogate) => {
                unpaired = true;
                out.extend_from_slice(&encode_surrogate(surrogate.unpaired_surrogate()));
            }
        }
    }
    unpaired
}

/// A surrogate as the three bytes that UTF-8 would give its number.
fn encode_surrogate(unit: u16) -> [u8; 3] {
    let [low, high] = unit.to_le_bytes();
    [0xE0 | (high >> 4), 0x80 | ((high & 0x0F) << 2) | (low >> 6), 0x80 | (low & 0x3F)]
}

/// A borrowed WTF-8 string: what [`Utf16::append_wtf8`] wrote.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Wtf8<'a>(&'a [u8]);

impl<'a> Wtf8<'a> {
    /// The string in `bytes`, which must be WTF-8 (any UTF-8 is). Not checked: other bytes read as U+FFFD.
    #[inline]
    pub fn from_wtf8(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The WTF-8 bytes.
    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The string as UTF-8, unless it holds an unpaired surrogate.
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    /// The 16-bit units that NTFS stores.
    pub fn units(self) -> impl Iterator<Item = u16> + Clone + 'a {
        Units { code_points: CodePoints { rest: self.0 }, second_half: None }
    }

    /// Whether these are the 16-bit units that NTFS stores.
    pub fn has_units(self, units: &[u16]) -> bool {
        if self.0.is_ascii() {
            return self.0.len() == units.len()
                && self.0.iter().zip(units).all(|(byte, unit)| u16::from(*byte) == *unit);
        }
        self.units().eq(units.iter().copied())
    }

    /// How many 16-bit units NTFS stores for it.
    pub fn unit_count(self) -> usize {
        // One unit per leading byte, and a second one for four-byte sequences.
        self.0.iter().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(*byte >= 0xF0)).sum()
    }

    /// The code points, unpaired surrogates among them.
    pub fn code_points(self) -> impl Iterator<Item = u32> + Clone + 'a {
        CodePoints { rest: self.0 }
    }

    /// The order of the 16-bit units, which differs from that of the bytes above U+D7FF.
    pub fn compare_units(self, other: Wtf8<'_>) -> Ordering {
        // Long paths often begin alike: whole blocks at a time, then byte by byte.
        let (blocks, other_blocks) = (self.0.chunks_exact(BLOCK), other.0.chunks_exact(BLOCK));
        let same_blocks = BLOCK * blocks.zip(other_blocks).take_while(|(one, two)| one == two).count();
        let rest = self.0.iter().zip(other.0).skip(same_blocks);
        let same = same_blocks + rest.take_while(|(one, two)| one == two).count();
        match (self.0.get(same), other.0.get(same)) {
            // Up to U+D7FF (leading byte 0xED at most) the byte order is the unit order.
            (Some(one), Some(two)) if *one >= 0x80 && *two >= 0x80 => self.units().cmp(other.units()),
            (one, two) => one.cmp(&two),
        }
    }
}

impl fmt::Display for Wtf8<'_> {
    /// Unpaired surrogates as `\u{d800}`, all else as it is. For a terminal, escape control characters as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.as_str() {
            return f.write_str(text);
        }
        for code_point in self.code_points() {
            match char::from_u32(code_point) {
                Some(character) => f.write_char(character)?,
                None => write!(f, "\\u{{{code_point:x}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Wtf8<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// An owned WTF-8 string.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct WtfString(Vec<u8>);

impl WtfString {
    /// The string, borrowed.
    pub fn as_wtf8(&self) -> Wtf8<'_> {
        Wtf8(&self.0)
    }

    /// The string in `bytes`, which must be WTF-8. Not checked, as with [`Wtf8::from_wtf8`].
    pub fn from_wtf8(bytes: Vec<u8>) -> WtfString {
        WtfString(bytes)
    }

    /// Makes room for so many bytes to come.
    pub fn reserve(&mut self, bytes: usize) {
        self.0.reserve(bytes);
    }

    /// Appends 16-bit units that are no second half of a pair that the string's last one begins.
    pub fn push_units(&mut self, units: &[u16]) {
        append_in_pieces(units, |unit| *unit, &mut self.0);
    }
}

impl From<Wtf8<'_>> for WtfString {
    fn from(text: Wtf8<'_>) -> Self {
        Self(text.as_bytes().to_owned())
    }
}

impl From<String> for WtfString {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl FromIterator<u16> for WtfString {
    /// The string of these 16-bit units.
    fn from_iter<I: IntoIterator<Item = u16>>(units: I) -> Self {
        let mut bytes = Vec::new();
        append_units(units.into_iter(), &mut bytes);
        Self(bytes)
    }
}

impl fmt::Debug for WtfString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_wtf8(), f)
    }
}

/// Decodes WTF-8; a byte that cannot begin or go on a sequence is U+FFFD.
#[derive(Clone)]
struct CodePoints<'a> {
    rest: &'a [u8],
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (&first, after) = self.rest.split_first()?;
        let (length, bits) = match first {
            0x00..=0x7F => (0, u32::from(first)),
            0xC0..=0xDF => (1, u32::from(first & 0x1F)),
            0xE0..=0xEF => (2, u32::from(first & 0x0F)),
            0xF0..=0xF7 => (3, u32::from(first & 0x07)),
            _ => (0, 0xFFFD),
        };
        let (tail, rest) = after.split_at(length.min(after.len()));
        self.rest = rest;
        Some(tail.iter().fold(bits, |bits, byte| (bits << 6) | u32::from(byte & 0x3F)))
    }
}

/// The 16-bit units of code points.
#[derive(Clone)]
struct Units<'a> {
    code_points: CodePoints<'a>,
    /// Of a pair whose first half was answered.
    second_half: Option<u16>,
}

impl Iterator for Units<'_> {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        if let Some(unit) = self.second_half.take() {
            return Some(unit);
        }
        let code_point = self.code_points.next()?;
        // Surrogates among them.
        if let Ok(unit) = u16::try_from(code_point) {
            return Some(unit);
        }
        let Some(character) = char::from_u32(code_point) else { return Some(0xFFFD) };
        let mut pair = [0; 2];
        character.encode_utf16(&mut pair);
        let [first, second] = pair;
        self.second_half = Some(second);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    fn check_round_trip(units: &[u16]) -> WtfString {
        let stored = utf16(units);
        let text = Utf16::new(&stored).to_wtf8();
        assert_eq!(text.as_wtf8().units().collect::<Vec<_>>(), units, "units come back");
        assert_eq!(text.as_wtf8().unit_count(), units.len());
        text
    }

    #[test]
    fn every_sequence_of_units_survives() {
        let long: Vec<u16> = "A long name with over sixteen units – é.txt".encode_utf16().collect();
        assert_eq!(check_round_trip(&long).as_wtf8().as_str(), Some("A long name with over sixteen units – é.txt"));
        assert_eq!(check_round_trip(&[0xD83D, 0xDE00]).as_wtf8().as_str(), Some("😀"));
        assert_eq!(check_round_trip(&[0x61, 0xD800, 0x62]).as_wtf8().as_str(), None);
        assert_eq!(check_round_trip(&[0xDE00, 0xD83D]).as_wtf8().to_string(), "\\u{de00}\\u{d83d}");
        for unit in 0..=u16::MAX {
            check_round_trip(&[unit]);
        }
    }

    #[test]
    fn an_unpaired_surrogate_is_reported() {
        let mut out = Vec::new();
        assert!(Utf16::new(&utf16(&[0x61, 0xDC00])).append_wtf8(&mut out));
        assert!(!Utf16::new(&utf16(&[0xD83D, 0xDE00])).append_wtf8(&mut out));
    }

    #[test]
    fn an_odd_last_byte_is_left_out() {
        assert_eq!(Utf16::new(&[0x61, 0, 0x62]).to_wtf8().as_wtf8().as_str(), Some("a"));
    }

    #[test]
    fn order_is_that_of_the_units() {
        // U+FF5E is one unit above every surrogate; U+1F600 is two surrogates, though its UTF-8 bytes are greater.
        let mut names: Vec<Vec<u16>> =
            vec![vec![0xFF5E], vec![0xD83D, 0xDE00], vec![0xD800], vec![0x61], vec![0x61, 0x62], vec![0xD83D], vec![]];
        let mut texts: Vec<WtfString> = names.iter().map(|units| Utf16::new(&utf16(units)).to_wtf8()).collect();
        names.sort();
        texts.sort_by(|one, two| one.as_wtf8().compare_units(two.as_wtf8()));
        let sorted: Vec<Vec<u16>> = texts.iter().map(|text| text.as_wtf8().units().collect()).collect();
        assert_eq!(sorted, names);
    }

    #[test]
    fn bytes_that_are_not_wtf8_read_as_replacement_characters() {
        assert_eq!(Wtf8::from_wtf8(&[0x80, 0x61]).units().collect::<Vec<_>>(), [0xFFFD, 0x61]);
        assert_eq!(Wtf8::from_wtf8(&[0xF0]).units().count(), 1);
    }
}
