//! Looking up names: those of a volume that some path may ask for, by directory.
//!
//! Of all names those are kept whose text occurs in a target, and a few that are taken for one of them, so that the index
//! grows with the links.

use std::sync::atomic::{AtomicU64, Ordering};

use format::{UpCase, Wtf8};
use rayon::prelude::*;

use crate::components::Components;
use crate::files::{File, Files, NameId, Segment};
use crate::name_hash::hash_units;
use crate::paths::{Above, Paths};

/// Some names, by their hashes: some others may be taken for one of them.
#[derive(Debug, Default)]
pub(crate) struct NameFilter {
    /// Two bits of one word for each hash; no words if there are no names. Several threads set them.
    words: Vec<AtomicU64>,
}

impl NameFilter {
    /// The names of paths, as a volume's `$UpCase` compares them.
    pub fn of_paths<'n>(up_case: &UpCase, paths: impl ParallelIterator<Item = &'n Components> + Clone) -> NameFilter {
        let filter = NameFilter::with_room_for(paths.clone().map(Components::len).sum());
        paths.for_each(|path| {
            for (name, (before_colon, stream)) in path.iter().zip(path.with_streams()) {
                filter.add(hash_units(up_case, before_colon));
                // To Windows a colon ends a name, to POSIX it is part of one.
                stream.into_iter().for_each(|_| filter.add(hash_units(up_case, name)));
            }
        });
        filter
    }

    /// The names with some hashes.
    pub fn of_hashes(hashes: impl ParallelIterator<Item = u32> + Clone) -> NameFilter {
        let filter = NameFilter::with_room_for(hashes.clone().count());
        hashes.for_each(|hash| filter.add(hash));
        filter
    }

    fn with_room_for(names: usize) -> NameFilter {
        let count = (names / NAMES_PER_WORD).next_power_of_two().min(MOST_WORDS);
        let count = if names == 0 { 0 } else { count };
        NameFilter { words: std::iter::repeat_with(AtomicU64::default).take(count).collect() }
    }

    fn add(&self, hash: u32) {
        let (word, bits) = place(self.words.len(), hash);
        // Most have them already, and threads that write to the same place wait for each other.
        if let Some(word) = self.words.get(word).filter(|word| word.load(Ordering::Relaxed) & bits != bits) {
            word.fetch_or(bits, Ordering::Relaxed);
        }
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a name with this hash may be one of those.
    #[inline]
    pub fn may_have(&self, hash: u32) -> bool {
        let (word, bits) = place(self.words.len(), hash);
        self.words.get(word).is_some_and(|word| word.load(Ordering::Relaxed) & bits == bits)
    }
}

/// Names for each 64 bits. Of those that links ask for, most are asked for by many and have their two bits together; where no
/// name comes twice, one other name in sixty is taken for one of them.
const NAMES_PER_WORD: usize = 4;
/// As many words as a hash can choose from. Beyond four million names, more others are taken for one of them.
const MOST_WORDS: usize = 1 << 20;

/// The bits of a filter of `words` words, a power of two, that stand for a hash: by bits of the hash that do not overlap.
#[inline]
fn place(words: usize, hash: u32) -> (usize, u64) {
    let index = (hash >> 12) as usize & words.saturating_sub(1);
    (index, (1 << (hash % 64)) | (1 << ((hash >> 6) % 64)))
}

/// Names of files in use, by directory and hash.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    /// By key.
    names: Vec<IndexedName>,
    /// For each value of the keys' highest bits where the names begin whose keys have it; one more at the end.
    starts: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct IndexedName {
    key: u64,
    name: NameId,
}

impl NameIndex {
    /// Finds the wanted names of a volume, in one pass over the hashes of all.
    pub fn build(files: &Files, paths: &Paths, wanted: &NameFilter) -> NameIndex {
        if wanted.is_empty() {
            return NameIndex::default();
        }
        let names_of_chunk = |chunk| names_of_chunk(files, paths, wanted, chunk);
        let mut names: Vec<IndexedName> =
            (0..files.chunk_count()).into_par_iter().flat_map_iter(names_of_chunk).collect();
        names.par_sort_unstable();
        let buckets = names.len().next_power_of_two();
        let mut starts = vec![0; buckets + 1];
        for name in &names {
            starts.get_mut(bucket(buckets, name.key) + 1).into_iter().for_each(|count| *count += 1);
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        NameIndex { names, starts }
    }

    /// The names with a key.
    fn with_key(&self, key: u64) -> impl Iterator<Item = NameId> {
        let bucket = bucket(self.starts.len().saturating_sub(1), key);
        let range = self.starts.get(bucket).zip(self.starts.get(bucket.saturating_add(1)));
        let names = range.and_then(|(start, end)| self.names.get(*start as usize..*end as usize)).unwrap_or_default();
        // A hostile volume can fill one bucket.
        let first = names.partition_point(|name| name.key < key);
        names.iter().skip(first).take_while(move |name| name.key == key).map(|name| name.name)
    }

    /// The name in a directory that a text of a path means: after `$UpCase`, or unit by unit where the directory is
    /// case-sensitive; and how many names were compared for that, since a hostile volume has many that are nearly the same.
    ///
    /// Of several names that differ only in case, the one that is spelled so, or the first by units.
    pub fn find(&self, files: &Files, directory: &File<'_>, text: &[u16]) -> (Option<NameId>, usize) {
        let up_case = &files.up_case;
        let (mut best, mut compared): (Option<NameId>, usize) = (None, 0);
        for id in self.with_key(key(directory.record(), hash_units(up_case, text))) {
            compared += 1;
            let Some(found) = files.name(id).map(|name| name.text()) else { continue };
            if found.has_units(text) {
                return (Some(id), compared);
            }
            let is_same = !directory.is_case_sensitive() && is_same_name(up_case, found, text);
            let is_before =
                |other: NameId| files.name(other).is_some_and(|other| found.compare_units(other.text()).is_lt());
            if is_same && best.is_none_or(is_before) {
                best = Some(id);
            }
        }
        (best, compared)
    }
}

/// The wanted names of the files of one chunk of records. Nearly all are in base records, where only hashes are looked at.
fn names_of_chunk(files: &Files, paths: &Paths, wanted: &NameFilter, chunk: usize) -> Vec<IndexedName> {
    let mut found = Vec::new();
    let mut add = |file: &File<'_>, segment: &Segment<'_>| {
        for (name, hash) in segment.names().zip(segment.name_hashes()).filter(|(_, hash)| wanted.may_have(**hash)) {
            // Not the root's own entry `.`, which is no name in it, and none that closes a cycle of parents.
            if let Above::Directory(parent) = paths.above_name(files, file, &name) {
                found.push(IndexedName { key: key(parent, *hash), name: name.id });
            }
        }
    };
    let may_have = |segment: &Segment<'_>| segment.name_hashes().iter().any(|hash| wanted.may_have(*hash));
    for segment in files.segments_of_chunk(chunk).filter(|segment| segment.is_in_use() && may_have(segment)) {
        files.file_of_base(segment).iter().for_each(|file| add(file, &segment));
    }
    for file in files.files_with_extra(chunk).filter(File::is_in_use) {
        file.segments().skip(1).for_each(|segment| add(&file, &segment));
    }
    found
}

/// What stands for a directory and a hash. The product of an odd number, so that no two directories with hashes have one:
/// file record numbers have 32 bits in any MFT that is read.
fn key(directory: u64, hash: u32) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    (directory << 32 | u64::from(hash)).wrapping_mul(FACTOR)
}

/// Which of `buckets` buckets, a power of two, has the names with a key.
fn bucket(buckets: usize, key: u64) -> usize {
    let bits = key.checked_shr(u64::BITS - buckets.trailing_zeros()).unwrap_or(0);
    usize::try_from(bits).unwrap_or(0)
}

/// Whether a stored name is the one that a path's text means where case does not count.
pub(crate) fn is_same_name(up_case: &UpCase, name: Wtf8<'_>, text: &[u16]) -> bool {
    up_case.is_same(name.units(), text.iter().copied())
}
