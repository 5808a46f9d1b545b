//! Damages of single fields: which values they get, and in which places.

use std::collections::{BTreeMap, BTreeSet};

use crate::spots::{Spot, bytes_at, protect};

/// One field with a wrong value.
#[derive(Clone, Copy, Debug)]
pub struct Case<'s> {
    pub spot: &'s Spot,
    /// What the value is, in words.
    pub kind: &'static str,
    pub value: u64,
}

impl Case<'_> {
    /// What is damaged, and how.
    pub fn title(&self) -> String {
        let Spot { structure, field, file, value: before, .. } = self.spot;
        let record = file.map_or(String::new(), |(_, record)| format!("record {record}: "));
        format!("{record}{structure}: {field} is {:#x} ({}), was {before:#x}", self.value, self.kind)
    }

    /// The bytes to write over those of a sound image, by their offsets.
    pub fn writes(&self, image: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let place = &self.spot.place;
        let sound = bytes_at(image, place);
        let mut bytes = sound.clone();
        bytes[self.spot.offset..][..self.spot.width].copy_from_slice(&self.value.to_le_bytes()[..self.spot.width]);
        if place.is_protected {
            protect(&mut bytes, &sound);
        }
        let mut writes = Vec::new();
        let mut rest = &bytes[..];
        for piece in &place.pieces {
            let (here, after) = rest.split_at((piece.end - piece.start) as usize);
            writes.push((piece.start, here.to_vec()));
            rest = after;
        }
        writes
    }
}

/// The wrong values of a field, each once.
fn values(spot: &Spot) -> Vec<(&'static str, u64)> {
    let most = u64::MAX >> (64 - 8 * spot.width);
    let values = [
        ("zero", Some(0)),
        ("one", Some(1)),
        ("the most it holds", Some(most)),
        ("the sign bit", Some(most / 2 + 1)),
        ("just past the end", Some(spot.bound.unwrap_or(spot.value.wrapping_add(1)))),
        ("one less", Some(spot.value.wrapping_sub(1))),
        ("into something else", spot.overlap),
        ("itself", spot.itself),
    ];
    let mut seen = BTreeSet::from([spot.value]);
    let values = values.into_iter().filter_map(|(kind, value)| Some((kind, value? & most)));
    values.filter(|(_, value)| seen.insert(*value)).collect()
}

/// Every wrong value of fields: of the first and last of each kind, or of `all`.
pub fn cases(spots: &[Spot], all: bool) -> Vec<Case<'_>> {
    let mut kinds: BTreeMap<(&str, &str), Vec<&Spot>> = BTreeMap::new();
    for spot in spots {
        kinds.entry((&spot.structure, spot.field)).or_default().push(spot);
    }
    let chosen = kinds.into_values().flat_map(|spots| match spots[..] {
        [first, .., last] if !all => vec![first, last],
        _ => spots,
    });
    let of_spot = |spot| values(spot).into_iter().map(move |(kind, value)| Case { spot, kind, value });
    chosen.flat_map(of_spot).collect()
}
