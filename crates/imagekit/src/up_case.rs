//! `$UpCase`: which UTF-16 unit stands for which where names are compared.

use std::cmp::Ordering;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// How many units there are, surrogates included.
const UNITS: usize = 1 << 16;

/// How long the stream is, in bytes.
const SIZE: usize = 2 * UNITS;

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

/// The bits of the polynomial of [`checksum`], lowest power first. It is that of CRC-64/NVME.
const CHECKSUM_POLYNOMIAL: u64 = 0x9A6C_9329_AC4B_C9B5;

/// A table from each UTF-16 unit to its upper-case unit.
pub struct UpCase {
    units: Box<[u16; UNITS]>,
}

impl UpCase {
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
        Self { units }
    }

    /// What a unit is compared as.
    pub fn to_upper(&self, unit: u16) -> u16 {
        self.units[usize::from(unit)]
    }

    /// The stream as it is stored: 131,072 bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIZE);
        for unit in self.units.iter() {
            bytes.extend(unit.to_le_bytes());
        }
        bytes
    }

    /// The stream `$Info` beside it: a checksum of the table, and the version of Windows that made the volume, which is
    /// left 0 as `mkntfs` leaves it.
    ///
    /// Source: a volume made by Windows 10, whose checksum this is.
    pub fn info(&self) -> [u8; 32] {
        let mut info = [0; 32];
        info[..4].copy_from_slice(&32_u32.to_le_bytes()); // length
        info[8..16].copy_from_slice(&checksum(&self.bytes()).to_le_bytes());
        info
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

/// The checksum of a table: CRC-64, lowest bit first, of all ones at the start and inverted at the end.
fn checksum(bytes: &[u8]) -> u64 {
    let mut remainder = u64::MAX;
    for &byte in bytes {
        remainder ^= u64::from(byte);
        for _ in 0..8 {
            let carry = remainder & 1;
            remainder = (remainder >> 1) ^ (carry * CHECKSUM_POLYNOMIAL);
        }
    }
    !remainder
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{SIZE, UpCase, checksum};
    use crate::windows_image;

    /// `$Info` of the volume that Windows 10 (build 19041) made in `dfvfs-parent.vhd`. All 13 volumes of Windows 10 in
    /// the corpus and those of recent mkntfs have the same, but for version and build.
    const INFO: [u8; 32] = [
        0x20, 0, 0, 0, 0, 0, 0, 0, // length, reserved
        0x0C, 0x69, 0x1B, 0x6B, 0x77, 0x7E, 0xDC, 0xDA, // checksum
        10, 0, 0, 0, 0, 0, 0, 0, // version
        0x61, 0x4A, 0, 0, 0, 0, 0, 0, // build, service pack
    ];

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
    fn the_table_has_the_checksum_that_windows_stores() {
        // Fails too when a compiler's newer Unicode brings a pair: then `NEWER_PAIRS` lacks its upper-case letter.
        assert_eq!(UpCase::unicode().info()[..16], INFO[..16]);
    }

    #[test]
    fn the_table_is_that_of_a_windows_volume() {
        let Some(image) = windows_image::read() else { return };
        assert!(windows_image::holds(&image, &UpCase::unicode().bytes()));
    }

    #[test]
    fn the_info_of_a_windows_volume_has_this_length_and_checksum() {
        let Some(image) = windows_image::read() else { return };
        assert!(image.windows(INFO.len()).any(|bytes| bytes == INFO));
    }

    #[test]
    fn the_checksum_is_that_of_the_published_check_value() {
        // Catalogue of parametrised CRC algorithms, CRC-64/NVME: check.
        assert_eq!(checksum(b"123456789"), 0xAE8B_1486_0A79_9888);
    }

    #[test]
    fn units_are_stored_lowest_byte_first() {
        let bytes = UpCase::unicode().bytes();
        assert_eq!(bytes.len(), SIZE);
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
}
