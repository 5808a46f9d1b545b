//! Every input of `tests/fuzz`, those of the corpus and those that once crashed, goes through its target, as it is and with
//! random changes: more of them with `NTFSLINKS_FULL=1`. None may panic.
//!
//! `NTFSLINKS_UPDATE=1` makes the corpus anew. `scripts/fuzz` looks for inputs that nobody thought of.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]
#![allow(clippy::duplicate_mod, reason = "the fuzzer takes the pipeline without what other tests share")]

#[path = "../support/fuzz_targets.rs"]
mod fuzz_targets;
#[path = "../built/random.rs"]
#[allow(dead_code, reason = "texts are for other tests")]
mod random;
mod seeds;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the corpus is for other tests")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fuzz_targets::changed_volume::changed_volume;
use fuzz_targets::{TARGETS, Target, documents_of, mft_of_records};
use random::Random;
use support::check_each;
use support::corpus::temporary_directory;

/// Bytes that make the most of a field: none, one, the signs, all.
const TELLING_BYTES: [u8; 6] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF];

/// Targets that read a whole image, which takes thousands of times longer than a structure.
const OF_IMAGES: [&str; 4] = ["access", "bare_mft", "threads", "volume"];

struct Input {
    target: &'static str,
    run: Target,
    path: PathBuf,
    bytes: Vec<u8>,
}

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name)
}

/// The files of a directory in the order of their names; none where there is no such directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn inputs() -> Vec<Input> {
    let mut inputs = Vec::new();
    for (target, run) in TARGETS.iter().copied() {
        for kind in ["corpus", "crashes"] {
            for path in files(&directory(kind).join(target)) {
                let bytes = fs::read(&path).expect("the input can be read");
                inputs.push(Input { target, run, path, bytes });
            }
        }
    }
    inputs
}

/// How often an input is changed.
fn changes_of(target: &str) -> u64 {
    let is_full = std::env::var_os("NTFSLINKS_FULL").is_some_and(|value| value == "1");
    match (OF_IMAGES.contains(&target), is_full) {
        (true, false) => 4,
        (true, true) => 200,
        (false, false) => 300,
        (false, true) => 20_000,
    }
}

/// A few changes one after the other: bytes set, taken away, doubled, cut off.
fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.between(1, 4) {
        if bytes.is_empty() {
            return bytes.extend(random.bytes(8));
        }
        let place = random.below(bytes.len());
        match random.below(8) {
            0 => bytes.truncate(place),
            1 => drop(bytes.remove(place)),
            2 => bytes.insert(place, random.number() as u8),
            3 => bytes.extend_from_within(place..),
            4 | 5 => bytes[place] = random.pick(&TELLING_BYTES),
            _ => bytes[place] ^= 1 << random.below(8),
        }
    }
}

/// Runs a target, and keeps the bytes that it panics of.
fn complaint(input: &Input, bytes: &[u8], how: &str) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| (input.run)(bytes))).err()?;
    let kept = temporary_directory().join(format!("fuzz-{}-{}", input.target, how.replace(' ', "-")));
    fs::write(&kept, bytes).expect("the input is kept");
    Some(format!("{} panics of {}, {how}; kept as {}", input.target, input.path.display(), kept.display()))
}

#[test]
fn no_input_and_no_change_of_one_makes_a_target_panic() {
    check_each(&inputs(), |input| {
        let mut complaints = Vec::from_iter(complaint(input, &input.bytes, "as it is"));
        for seed in 0..changes_of(input.target) {
            let mut bytes = input.bytes.clone();
            change(&mut bytes, &mut Random::new(seed));
            complaints.extend(complaint(input, &bytes, &format!("change {seed}")));
        }
        complaints
    });
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let names = |paths: Vec<PathBuf>| -> BTreeSet<String> {
        let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
        names.map(str::to_owned).collect()
    };
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(files(&directory("corpus"))), targets);
    assert!(names(files(&directory("crashes"))).is_subset(&targets));
    for target in &targets {
        assert!(!files(&directory("corpus").join(target)).is_empty(), "{target} has no input");
    }
}

/// A corpus from which a fuzzer gets no further than "no NTFS volume" would be of no use.
#[test]
fn the_images_of_the_corpus_are_read() {
    for target in OF_IMAGES {
        for path in files(&directory("corpus").join(target)) {
            let bytes = fs::read(&path).expect("the input can be read");
            let image = if target == "bare_mft" { mft_of_records(&bytes) } else { changed_volume(&bytes) };
            let documents = documents_of(&image);
            assert!(documents.starts_with(b"{"), "{}: {}", path.display(), String::from_utf8_lossy(&documents));
        }
    }
}

#[test]
fn the_corpus_is_made_anew_where_that_is_asked_for() {
    if std::env::var_os("NTFSLINKS_UPDATE").is_none_or(|value| value != "1") {
        return;
    }
    for ((target, name), bytes) in seeds::seeds() {
        let directory = directory("corpus").join(target);
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join(name), bytes).expect("the seed is written");
    }
}
