//! `$UpCase`: which UTF-16 unit stands for which where names are compared.

use std::cmp::Ordering;
use std::hash::Hasher;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::utf16::Wtf8;

/// How many units there are, surrogates included.
const UNITS: usize = 1 << 16;

/// Upper-case letters of the pairs that are newer than Unicode 5.1, of which Windows' table is. Each range is the block
/// or the part of one where such letters were added, so that it holds those of later versions too. A
/// test of the table's checksum tells when a compiler brings a pair that none of them holds.
///
/// Source: Unicode Character Database, `DerivedAge.txt`.
const NEWER_PAIRS: [RangeInclusive<u16>; 17] = [
    0x037F..=0x037F, // Greek yot, 7.0
    0x0524..=0x052F, // Cyrillic, from 5.2
    0x10C7..=0x10C7, // Georgian, 6.1
    0x10CD..=0x10CD, // Georgian, 6.1
    0x13A0..=0x13F5, // Cherokee, whose small letters are of 8.0
    0x1C89..=0x1C89, // Cyrillic, 16.0
    0x1C90..=0x1CBF, // Georgian, 11.0
    0x2C2F..=0x2C2F, // Glagolitic, 14.0
    0x2C70..=0x2C70, // Latin, 5.2
    0x2C7E..=0x2C7F, // Latin, 5.2
    0x2CEB..=0x2CEB, // Coptic, 5.2
    0x2CED..=0x2CED, // Coptic, 5.2
    0x2CF2..=0x2CF2, // Coptic, 6.1
    0xA660..=0xA660, // Cyrillic, 6.0
    0xA698..=0xA698, // Cyrillic, 7.0
    0xA69A..=0xA69A, // Cyrillic, 7.0
    0xA78D..=0xA7FF, // Latin, from 6.0
];

/// A table from each UTF-16 unit to its upper-case unit: that of a volume, or the usual one.
#[derive(Clone, Debug)]
pub struct UpCase {
    units: Box<[u16; UNITS]>,
    is_usual_in_ascii: bool,
}

impl UpCase {
    /// How long the stream is, in bytes.
    pub const SIZE: usize = 2 * UNITS;

    /// Unicode's simple upper-case mappings, unit by unit, as far as Windows has them.
    ///
    /// A unit maps to itself where the mapping is none of one unit to one unit (ß, and all surrogates), and where
    /// Windows leaves it alone:
    ///
    /// * The upper-case letter leads back to another lower-case letter. So `ı`, `ſ` and `ς` are not `I`, `S` and `Σ`,
    ///   title-case digraphs (`ǅ`) stay apart, and no name outside ASCII equals one within.
    /// * The pair is newer than Unicode 5.1: Georgian and Cherokee small letters, for instance.
    ///
    /// That makes the very table that Windows writes, from Vista to 11 24H2, and `mkntfs` with it: no unit differs,
    /// and 973 do not map to themselves. Without the two rules it would be 217 more with Unicode 14. Windows XP knows
    /// fewer pairs: 338 of these map to themselves there, and `ς` maps to `Σ`.
    ///
    /// Source: Unicode Character Database, `Simple_Uppercase_Mapping`; the table of volumes made by Windows 10.
    pub fn unicode() -> &'static Self {
        static UNICODE: LazyLock<UpCase> = LazyLock::new(UpCase::generate);
        &UNICODE
    }

    fn generate() -> Self {
        let mut units = Box::new([0; UNITS]);
        for (unit, upper) in (0..=u16::MAX).zip(units.iter_mut()) {
            *upper = windows_upper_case(unit).unwrap_or(unit);
        }
        Self::new(units)
    }

    /// The table in the content of `$UpCase`; `None` if it is not 131,072 bytes long.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::SIZE {
            return None;
        }
        let mut units = Box::new([0; UNITS]);
        for (unit, stored) in units.iter_mut().zip(bytes.as_chunks::<2>().0) {
            *unit = u16::from_le_bytes(*stored);
        }
        Some(Self::new(units))
    }

    fn new(units: Box<[u16; UNITS]>) -> Self {
        let usual = (0..0x80_u8).map(|unit| u16::from(unit.to_ascii_uppercase()));
        let is_usual_in_ascii = units.iter().copied().zip(usual).all(|(upper, usual)| upper == usual);
        Self { units, is_usual_in_ascii }
    }

    /// Whether the letters of ASCII, and no other unit of it, are compared as their upper-case ones.
    #[inline]
    pub fn is_usual_in_ascii(&self) -> bool {
        self.is_usual_in_ascii
    }

    /// What a unit is compared as.
    #[inline]
    pub fn to_upper(&self, unit: u16) -> u16 {
        self.units.get(usize::from(unit)).copied().unwrap_or(unit)
    }

    /// A name as names are compared that are the same in any case.
    pub fn fold(&self, name: &[u16]) -> Box<[u16]> {
        name.iter().map(|unit| self.to_upper(*unit)).collect()
    }

    /// Feeds a hasher with what texts have in common that are the same in any case.
    pub fn hash_text(&self, text: Wtf8<'_>, hasher: &mut impl Hasher) {
        // All in one piece, since a hasher takes long for each.
        let mut folded: Vec<u8> = Vec::with_capacity(text.as_bytes().len());
        for run in text.as_bytes().chunk_by(|one, two| one.is_ascii() == two.is_ascii()) {
            if self.is_usual_in_ascii && run.is_ascii() {
                folded.extend(run.iter().map(u8::to_ascii_uppercase));
            } else {
                Wtf8::from_wtf8(run).units().for_each(|unit| append_apart(self.to_upper(unit), &mut folded));
            }
        }
        hasher.write(&folded);
    }

    /// Whether two names are the same in any case: of the same length, and unit by unit compared as the same.
    pub fn is_same(&self, left: impl Iterator<Item = u16>, right: impl Iterator<Item = u16>) -> bool {
        left.map(|unit| self.to_upper(unit)).eq(right.map(|unit| self.to_upper(unit)))
    }

    /// The stream as it is stored: 131,072 bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::SIZE);
        for unit in self.units.iter() {
            bytes.extend(unit.to_le_bytes());
        }
        bytes
    }

    /// Where one name stands to another in an index with the collation "file name": as their upper-case units say, then
    /// the shorter first, then as the first units that differ say.
    ///
    /// Case-sensitive directories have the same order. Never equal, but for equal names.
    ///
    /// Source: ntfs-3g `ntfs_names_full_collate`, as called for `COLLATION_FILE_NAME`; the indexes of Windows' volumes.
    pub fn compare(&self, left: &[u16], right: &[u16]) -> Ordering {
        for (&left_unit, &right_unit) in left.iter().zip(right) {
            // Most units are equal, and need no table for that.
            if left_unit != right_unit {
                let order = self.to_upper(left_unit).cmp(&self.to_upper(right_unit));
                if order.is_ne() {
                    return order;
                }
            }
        }
        left.len().cmp(&right.len()).then_with(|| left.cmp(right))
    }
}

/// Appends a unit so that no two texts get the same bytes: ASCII as it is, all else behind a byte that is none.
fn append_apart(unit: u16, out: &mut Vec<u8>) {
    const NOT_ASCII: u8 = 0xFF;
    match u8::try_from(unit) {
        Ok(ascii) if ascii.is_ascii() => out.push(ascii),
        _ => {
            out.push(NOT_ASCII);
            out.extend(unit.to_le_bytes());
        }
    }
}

/// The upper-case unit of a unit, if Windows has it.
fn windows_upper_case(unit: u16) -> Option<u16> {
    let lower = char::from_u32(u32::from(unit))?;
    let upper = simple_upper_case(lower)?;
    let upper_unit = u16::try_from(u32::from(upper)).ok()?;
    let leads_back = upper.to_lowercase().eq([lower]);
    let is_newer = NEWER_PAIRS.iter().any(|range| range.contains(&upper_unit));
    (leads_back && !is_newer).then_some(upper_unit)
}

/// Unicode's simple mapping of a letter; `None` where the letter has only a full one. The standard library has the full
/// ones, which are the same where they are one letter long.
///
/// Source: Unicode Character Database, `UnicodeData.txt`, of the letters that `SpecialCasing.txt` names.
fn simple_upper_case(lower: char) -> Option<char> {
    let mut full = lower.to_uppercase();
    if full.len() == 1 {
        return full.next();
    }
    // Small Greek letters with iota subscript: in full a capital and a capital iota, simply the title-case letter.
    let distance = match lower {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => 8,
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => 9,
        _ => return None,
    };
    char::from_u32(u32::from(lower) + distance)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::UpCase;

    fn upper(letter: char) -> char {
        let unit = u16::try_from(u32::from(letter)).unwrap();
        char::from_u32(u32::from(UpCase::unicode().to_upper(unit))).unwrap()
    }

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    /// The names stand in ascending order, and each is equal to itself only.
    fn check_order(names: &[&[u16]]) {
        for (left_index, left) in names.iter().enumerate() {
            for (right_index, right) in names.iter().enumerate() {
                let order = UpCase::unicode().compare(left, right);
                assert_eq!(order, left_index.cmp(&right_index), "{left:04X?} and {right:04X?}");
            }
        }
    }

    #[test]
    fn units_are_stored_lowest_byte_first() {
        let bytes = UpCase::unicode().bytes();
        assert_eq!(bytes.len(), UpCase::SIZE);
        assert_eq!(bytes[2 * 0x61..][..2], [0x41, 0]); // a is A
        assert_eq!(bytes[2 * 0x44F..][..2], [0x2F, 0x04]); // я is Я
    }

    #[test]
    fn ascii_maps_as_ascii_and_nothing_else_maps_into_it() {
        for unit in 0..=u16::MAX {
            let upper = UpCase::unicode().to_upper(unit);
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => assert_eq!(upper, u16::from(byte.to_ascii_uppercase())),
                _ => assert!(upper >= 0x80, "{unit:04X} maps to {upper:04X}"),
            }
        }
    }

    #[test]
    fn no_chain_of_mappings_is_left() {
        for unit in 0..=u16::MAX {
            let upper = UpCase::unicode().to_upper(unit);
            assert_eq!(UpCase::unicode().to_upper(upper), upper, "{unit:04X}");
        }
    }

    #[test]
    fn surrogates_map_to_themselves() {
        assert!((0xD800..=0xDFFF).all(|unit| UpCase::unicode().to_upper(unit) == unit));
    }

    /// Values from `UnicodeData.txt` of Unicode 14, column 12, but for those which Windows leaves alone.
    #[test]
    fn letters_map_as_unicode_or_windows_says() {
        // Ordinary pairs, near and far.
        assert_eq!(['é', 'я', 'ÿ', 'ɐ', 'ա'].map(upper), ['É', 'Я', 'Ÿ', 'Ɐ', 'Ա']);
        // Full mappings of two letters, of which three have a simple one.
        assert_eq!(['ß', 'ŉ', 'ᾀ', 'ᾳ', 'ῼ', 'ﬁ'].map(upper), ['ß', 'ŉ', 'ᾈ', 'ᾼ', 'ῼ', 'ﬁ']);
        // One-way mappings.
        assert_eq!(['ı', 'ſ', 'ς', 'µ', 'ǅ', 'ẛ', 'ϐ'].map(upper), ['ı', 'ſ', 'ς', 'µ', 'ǅ', 'ẛ', 'ϐ']);
        // The last pair of Unicode 5.1, then the first after it; Georgian, Cherokee.
        assert_eq!(['ԣ', 'ԥ', 'ა', 'ꭰ'].map(upper), ['Ԣ', 'ԥ', 'ა', 'ꭰ']);
    }

    #[test]
    fn as_many_units_map_as_on_windows() {
        let units = (0..=u16::MAX).filter(|&unit| UpCase::unicode().to_upper(unit) != unit);
        assert_eq!(units.count(), 973);
    }

    #[test]
    fn names_stand_in_the_order_of_a_windows_index() {
        let names = ["$Extend", ".", "A", "a", "AA", "Ab", "ab", "aBc", "B", "b", "TestFile1", "testfile1", "_", "é"];
        let names = names.map(units);
        check_order(&names.each_ref().map(Vec::as_slice));
    }

    #[test]
    fn a_tie_is_broken_by_the_first_difference() {
        // Not by the last: "aB" would come before "Ab".
        check_order(&[&units("AB"), &units("Ab"), &units("aB"), &units("ab")]);
    }

    #[test]
    fn lone_surrogates_and_empty_names_have_a_place() {
        check_order(&[&[], &[0xD800], &[0xD800, 0xDC00], &[0xDC00], &[0xFFFF]]);
    }

    #[test]
    fn a_prefix_comes_first_whatever_its_case() {
        assert_eq!(UpCase::unicode().compare(&units("ab"), &units("ABC")), Ordering::Less);
    }

    #[test]
    fn a_stored_table_is_read_as_it_is() {
        let mut bytes = UpCase::unicode().bytes();
        bytes[2 * 0x131..][..2].copy_from_slice(&0x49_u16.to_le_bytes());
        let table = UpCase::from_bytes(&bytes).unwrap();
        assert_eq!((table.to_upper(0x131), table.to_upper(0x61)), (0x49, 0x41));
        assert!(UpCase::from_bytes(&bytes[1..]).is_none());
    }
}
