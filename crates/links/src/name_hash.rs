//! A hash of names that is the same for names that are the same in any case.

use format::{UpCase, Utf16};

/// A unit in each of the four lanes of a group.
const LANES: u64 = 0x0001_0001_0001_0001;

/// The hash of a name as it is stored.
#[inline]
pub(crate) fn hash_stored(up_case: &UpCase, name: Utf16<'_>) -> u32 {
    let (groups, rest) = name.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    let (units, _) = rest.as_chunks::<2>();
    last.iter_mut().zip(units.as_flattened()).for_each(|(byte, stored)| *byte = *stored);
    let last = (!units.is_empty()).then_some(last);
    hash(up_case, groups.iter().copied().chain(last).map(u64::from_le_bytes))
}

/// The hash of a name of a path.
pub(crate) fn hash_units(up_case: &UpCase, name: &[u16]) -> u32 {
    let (groups, rest) = name.as_chunks::<4>();
    let mut last = [0; 4];
    last.iter_mut().zip(rest).for_each(|(place, unit)| *place = *unit);
    let last = (!rest.is_empty()).then_some(last);
    let group = |[a, b, c, d]: [u16; 4]| u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
    hash(up_case, groups.iter().copied().chain(last).map(group))
}

/// A hash of groups of four units, the first in the lowest bits; multiplied and rotated as rustc's own hasher does.
#[inline]
fn hash(up_case: &UpCase, groups: impl Iterator<Item = u64>) -> u32 {
    const FACTOR: u64 = 0xF135_7AEA_2E62_A9C5;
    let mix = |hash: u64, group| (hash.rotate_left(5) ^ upper_case(up_case, group)).wrapping_mul(FACTOR);
    // The high half of a product depends on all of its factors.
    (groups.fold(0, mix) >> 32) as u32
}

/// Four units as they are compared.
#[inline]
fn upper_case(up_case: &UpCase, group: u64) -> u64 {
    const NOT_ASCII: u64 = 0xFF80 * LANES;
    if group & NOT_ASCII == 0 && up_case.is_usual_in_ascii() {
        let from = |letter: u8| group + u64::from(0x80 - letter) * LANES;
        let is_lower = from(b'a') & !from(b'z' + 1) & (0x80 * LANES);
        return group ^ (is_lower >> 2);
    }
    (0..64).step_by(16).fold(0, |upper, lane| {
        let [low, high, ..] = (group >> lane).to_le_bytes();
        upper | u64::from(up_case.to_upper(u16::from_le_bytes([low, high]))) << lane
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_same(up_case: &UpCase, one: &[u16], other: &[u16]) {
        assert!(up_case.is_same(one.iter().copied(), other.iter().copied()));
        let stored: Vec<u8> = other.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        assert_eq!(hash_units(up_case, one), hash_stored(up_case, Utf16::new(&stored)), "{one:?} {other:?}");
    }

    #[test]
    fn names_that_are_the_same_in_any_case_have_one_hash() {
        let every_ascii: Vec<u16> = (1..0x80).collect();
        let longer = |text: &str, length: usize| text.encode_utf16().cycle().take(length).collect::<Vec<u16>>();
        for up_case in [UpCase::unicode().clone(), odd_table()] {
            for name in [every_ascii.clone(), longer("aZ{`@[", 37), longer("straße Éé 語\u{1F600}", 41)] {
                for length in 0..name.len() {
                    let (name, _) = name.split_at(length);
                    check_same(&up_case, name, name);
                    check_same(&up_case, name, &up_case.fold(name));
                }
            }
        }
    }

    /// A table of a hostile image: `x` is compared as `q`, and no other letter of ASCII as another.
    fn odd_table() -> UpCase {
        let units = (0..=u16::MAX).map(|unit| if unit == u16::from(b'x') { u16::from(b'q') } else { unit });
        UpCase::from_bytes(&units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap()
    }

    #[test]
    fn a_table_of_an_image_counts_in_ascii_too() {
        let [x, q] = [b'x', b'q'].map(u16::from);
        check_same(&odd_table(), &[x, x], &[q, x]);
        assert_ne!(hash_units(UpCase::unicode(), &[x]), hash_units(UpCase::unicode(), &[q]));
    }
}
