//! Looking up names: those of a volume that some path may ask for, by directory.
//!
//! Only names whose text occurs in a target are kept, so that the index grows with the links and not with the volume.

use format::{UpCase, Wtf8};
use rayon::prelude::*;

use crate::files::{File, Files, NameId};
use crate::paths::{Above, Paths};
use crate::stream_name::StreamName;

/// Texts of names that may be asked for, by their hashes in order.
#[derive(Debug, Default)]
pub(crate) struct WantedNames {
    hashes: Vec<u32>,
    /// One bit for each value that the low bits of a wanted hash have: nearly every other name is told by it alone.
    filter: Vec<u64>,
}

impl WantedNames {
    /// The names in `names`, as the table compares them.
    pub fn new<'n>(up_case: &UpCase, names: impl IntoIterator<Item = &'n [u16]>) -> WantedNames {
        let mut hashes: Vec<u32> = Vec::new();
        for name in names {
            // To Windows a colon ends a name, to POSIX it is part of one.
            let (before_colon, stream) = StreamName::split(name);
            hashes.push(hash(up_case, before_colon.iter().copied()));
            hashes.extend(stream.map(|_| hash(up_case, name.iter().copied())));
        }
        hashes.sort_unstable();
        hashes.dedup();
        let words = (hashes.len() / 4).next_power_of_two().max(1);
        let mut filter = vec![0; words];
        for hash in &hashes {
            let (word, bit) = place(words, *hash);
            filter.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        WantedNames { hashes, filter }
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The hash of a text, if it may be one of those.
    pub fn find(&self, up_case: &UpCase, text: Wtf8<'_>) -> Option<u32> {
        let hash = hash_text(up_case, text);
        let (word, bit) = place(self.filter.len(), hash);
        let may_be = self.filter.get(word).is_some_and(|word| word & bit != 0);
        (may_be && self.hashes.binary_search(&hash).is_ok()).then_some(hash)
    }
}

/// The bit of a filter of `words` words, a power of two, that stands for a hash.
fn place(words: usize, hash: u32) -> (usize, u64) {
    let index = hash as usize & (words * 64 - 1);
    (index / 64, 1 << (index % 64))
}

/// Names of files in use, by directory and hash.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    names: Vec<IndexedName>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct IndexedName {
    directory: u32,
    hash: u32,
    name: NameId,
}

impl NameIndex {
    /// Finds the wanted names of a volume, in one pass over all of its names.
    pub fn build(files: &Files, paths: &Paths, up_case: &UpCase, wanted: &WantedNames) -> NameIndex {
        if wanted.is_empty() {
            return NameIndex::default();
        }
        let names_of_chunk = |chunk| names_of_chunk(files, paths, up_case, wanted, chunk);
        let mut names: Vec<IndexedName> =
            (0..files.chunk_count()).into_par_iter().flat_map_iter(names_of_chunk).collect();
        names.par_sort_unstable();
        NameIndex { names }
    }

    /// The name in a directory that a text of a path means: after `$UpCase`, or unit by unit where the directory is
    /// case-sensitive.
    ///
    /// Of several names that differ only in case, the one that is spelled so, or the first by units.
    pub fn find(&self, files: &Files, up_case: &UpCase, directory: &File<'_>, text: &[u16]) -> Option<NameId> {
        let record = u32::try_from(directory.record()).ok()?;
        let key = (record, hash(up_case, text.iter().copied()));
        let start = self.names.partition_point(|name| (name.directory, name.hash) < key);
        let candidates = self.names.get(start..)?.iter().take_while(|name| (name.directory, name.hash) == key);
        let mut best: Option<NameId> = None;
        for id in candidates.map(|candidate| candidate.name) {
            let Some(found) = files.name(id).map(|name| name.text()) else { continue };
            if found.units().eq(text.iter().copied()) {
                return Some(id);
            }
            let is_same = !directory.is_case_sensitive() && is_same_name(up_case, found, text);
            let is_before =
                |other: NameId| files.name(other).is_some_and(|other| found.compare_units(other.text()).is_lt());
            if is_same && best.is_none_or(is_before) {
                best = Some(id);
            }
        }
        best
    }
}

fn names_of_chunk(
    files: &Files,
    paths: &Paths,
    up_case: &UpCase,
    wanted: &WantedNames,
    chunk: usize,
) -> Vec<IndexedName> {
    let mut found = Vec::new();
    for file in files.files_of_chunk(chunk).filter(File::is_in_use) {
        for name in file.names() {
            let Some(hash) = wanted.find(up_case, name.text()) else { continue };
            // Not the root's own entry `.`, which is no name in it, and none that closes a cycle of parents.
            if let Above::Directory(parent) = paths.above_name(files, &file, &name) {
                let directory = u32::try_from(parent).unwrap_or(u32::MAX);
                found.push(IndexedName { directory, hash, name: name.id });
            }
        }
    }
    found
}

/// Whether a stored name is the one that a path's text means where case does not count.
pub(crate) fn is_same_name(up_case: &UpCase, name: Wtf8<'_>, text: &[u16]) -> bool {
    up_case.is_same(name.units(), text.iter().copied())
}

/// The hash of a stored name. Most are ASCII, whose units are their bytes.
fn hash_text(up_case: &UpCase, text: Wtf8<'_>) -> u32 {
    let bytes = text.as_bytes();
    if bytes.is_ascii() {
        hash(up_case, bytes.iter().map(|byte| u16::from(*byte)))
    } else {
        hash(up_case, text.units())
    }
}

/// A hash of the upper-case units; multiplied and rotated as rustc's own hasher does.
fn hash(up_case: &UpCase, units: impl Iterator<Item = u16>) -> u32 {
    const FACTOR: u32 = 0x9E37_79B9;
    let mix = |hash: u32, unit| (hash.rotate_left(5) ^ u32::from(up_case.to_upper(unit))).wrapping_mul(FACTOR);
    let hash = units.fold(0, mix);
    // The low bits tell most names apart in the filter, and the product's are its poorest.
    hash ^ (hash >> 15)
}
