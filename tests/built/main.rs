//! An image that was built from a description is scanned, and the document must be the one that the description
//! implies: for every geometry, every sound example of a spec, and as many random descriptions as there is time for.
//!
//! A sample of seeds runs by default; all of them with `NTFSLINKS_FULL=1`, as `scripts/check --full` does. A failure
//! names its seed; `NTFSLINKS_SEED=…` runs that seed alone, and keeps the image if it fails.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod expected_graph;
mod expected_reparse;
mod files;
mod letters;
mod link_edges;
mod link_tests;
#[path = "../support/opaque_tags.rs"]
mod opaque_tags;
mod places;
mod random;
mod random_description;
mod random_links;
mod random_reparse;
mod random_targets;
mod resolver;
mod segments;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the corpus is for other tests")]
mod support;
mod targets;
mod text;
#[path = "../mft_builder/tight_schema.rs"]
#[allow(dead_code, reason = "no test needs every part")]
mod tight_schema;
mod tree;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use imagekit::build::{Built, build};
use imagekit::build_error::BuildError;
use imagekit::description::{Geometry, Image};
use imagekit::spec::{EXAMPLES, Spec};
use jsonschema::Validator;
use serde_json::Value;
use tempfile::NamedTempFile;

use expected_graph::{Described, expected_graph};
use expected_reparse::{ExpectedReparse, expected_of_value};
use files::Selection;
use random_description::{geometries, random_description, random_volume};
use support::corpus::temporary_directory;
use tight_schema::{assert_valid, published, tightened, validator};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| validator(&tightened(published("graph"))));

/// Random descriptions of a full run.
const ALL_SEEDS: u64 = 1200;
/// Those of a sample.
const SAMPLE: u64 = 60;

const EVERYTHING: Selection = Selection { all: true, deleted: true };

fn is_full() -> bool {
    std::env::var_os("NTFSLINKS_FULL").is_some_and(|value| value == "1")
}

/// The only seed that is wanted.
fn one_seed() -> Option<u64> {
    std::env::var("NTFSLINKS_SEED").ok().map(|seed| seed.parse().expect("NTFSLINKS_SEED is a number"))
}

fn seeds(sample: u64, all: u64) -> Vec<u64> {
    match one_seed() {
        Some(seed) => vec![seed],
        None => (0..if is_full() { all } else { sample }).collect(),
    }
}

/// Builds an image in a file that goes when the test does.
fn built(image: &Image) -> (NamedTempFile, Built) {
    let file = NamedTempFile::new_in(temporary_directory()).expect("a temporary file");
    let built = build(image, file.as_file()).unwrap_or_else(|error| panic!("the image cannot be built: {error}"));
    (file, built)
}

/// Scans a built image, and answers how the document differs from what the description implies.
fn differences(described: &Described, selection: Selection) -> Vec<String> {
    expected_and_differences(described, selection).1
}

fn expected_and_differences(described: &Described, selection: Selection) -> (Value, Vec<String>) {
    let (file, built) = built(&described.image);
    let path = file.path().to_str().expect("a path in UTF-8");
    let expected = expected_graph(described, &built, file.as_file(), path, selection);
    let found = scanned(file.path(), selection);
    let mut differences = Vec::new();
    compare("", &expected, &found, &mut differences);
    if !differences.is_empty() && one_seed().is_some() {
        let (_, kept) = file.keep().expect("the image stays");
        differences.push(format!("the image is kept: {}", kept.display()));
    }
    (expected, differences)
}

fn scanned(path: &Path, selection: Selection) -> Value {
    let flags = [("--all", selection.all), ("--deleted", selection.deleted)];
    let arguments: Vec<&str> = flags.into_iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).collect();
    let output = support::scan(&arguments, path);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    assert_valid(&SCHEMA, &document, &path.display().to_string());
    // The only thing that is not compared: how a problem is worded is no part of the contract.
    for problem in document["problems"].as_array_mut().expect("problems") {
        problem.as_object_mut().expect("an object").remove("message").expect("a message");
    }
    document
}

/// Adds every place in which two documents differ.
fn compare(place: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let keys: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
            for key in keys {
                let [expected, found] = [expected, found].map(|object| object.get(key).unwrap_or(&Value::Null));
                compare(&format!("{place}/{key}"), expected, found, differences);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                let id = expected.get("id").and_then(Value::as_str).unwrap_or_default();
                compare(&format!("{place}/{index}({id})"), expected, found, differences);
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            let missing = expected.iter().filter(|item| !found.contains(item));
            differences.extend(missing.map(|item| format!("{place}: not found: {item}")));
            let surplus = found.iter().filter(|item| !expected.contains(item));
            differences.extend(surplus.map(|item| format!("{place}: not expected: {item}")));
            differences.push(format!("{place}: expected {} items, found {}", expected.len(), found.len()));
        }
        _ if expected == found => {}
        _ => differences.push(format!("{place}: expected {expected}, found {found}")),
    }
}

/// Runs one check, and says of a failure enough to see it, and how to see it again. A panic is a failure too.
fn complaints(what: &str, check: impl FnOnce() -> Vec<String>) -> Vec<String> {
    const MOST: usize = 12;
    let differences = catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        vec![text.unwrap_or_else(|| format!("panic: {:?}", panic.downcast_ref::<&str>()))]
    });
    let some: Vec<String> = differences.iter().take(MOST).map(|line| line.chars().take(600).collect()).collect();
    let complaint = format!("{what}: {} differences\n  {}", differences.len(), some.join("\n  "));
    if differences.is_empty() { Vec::new() } else { vec![complaint] }
}

/// What random descriptions are made to have: words of the document that occur in any sample. Without them a generator
/// that lost a feature would still pass.
const MUST_OCCUR: &[&str] = &[
    // States of files, and kinds of nodes.
    "in_use",
    "deleted",
    "delete_pending",
    "missing",
    "external",
    "malformed",
    // Partition tables.
    "none",
    "mbr",
    "gpt",
    // Types of reparse points and of foreign links.
    "junction",
    "mount_point",
    "symlink",
    "global_reparse",
    "wsl_symlink",
    "nfs_symlink",
    "nfs_special",
    "app_exec_link",
    "wci",
    "wci_link",
    "wof",
    "af_unix",
    "wsl_fifo",
    "wsl_char",
    "wsl_block",
    "cloud",
    "other",
    "interix_symlink",
    "interix_char",
    "interix_block",
    "cygwin_symlink",
    // Namespaces.
    "posix",
    "win32",
    "dos",
    "win32_and_dos",
    // Statuses of links.
    "resolved",
    "other_volume",
    "dangling",
    "not_a_directory",
    "loop",
    "expanding_loop",
    "too_many_hops",
    "not_followable",
    "remote",
    "device",
    // Notes of links.
    "ancestor",
    "type-mismatch",
    "route-dependent",
    "forward-slash",
    "trailing-dot-or-space",
    "dot-component",
    "not-followed-by-windows",
    "linux-ntfs3",
    "invalid-for-junction",
    "path-exists-on-this-volume",
    // Problems.
    "missing-parent",
    "stale-parent-reference",
    "parent-not-a-directory",
    "parent-cycle",
    "path-too-long",
    "time-out-of-range",
    "reparse-too-short",
    "reparse-slack",
    "reparse-data-too-long",
    "path-out-of-bounds",
    "reparse-data-malformed",
    "empty-substitute-name",
];

#[test]
fn a_scan_of_a_random_image_is_what_its_description_implies() {
    let seeds = seeds(SAMPLE, ALL_SEEDS);
    let seen = Mutex::new(BTreeSet::new());
    support::check_each(&seeds, |seed| {
        complaints(&format!("NTFSLINKS_SEED={seed}"), || {
            let (expected, differences) = expected_and_differences(&random_description(*seed), EVERYTHING);
            note_words(&expected, &mut seen.lock().expect("nothing panics with the lock"));
            differences
        })
    });
    let seen = seen.into_inner().expect("nothing panics with the lock");
    let unseen: Vec<&&str> = MUST_OCCUR.iter().filter(|word| !seen.contains(**word)).collect();
    assert!(unseen.is_empty() || seeds.len() == 1, "no description has {unseen:?}");
}

/// Gathers what is said with a word of the contract.
fn note_words(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| note_words(item, seen)),
        Value::Object(object) => {
            for (key, value) in object {
                if ["state", "kind", "scheme", "type", "namespace", "code", "status"].contains(&&key[..]) {
                    seen.extend(value.as_str().map(str::to_owned));
                }
                if key == "note" {
                    let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    seen.extend(words.map(str::to_owned));
                }
                note_words(value, seen);
            }
        }
        _ => {}
    }
}

#[test]
fn a_selection_of_files_has_what_it_needs_and_no_more() {
    let selections = [(false, false), (true, false), (false, true)].map(|(all, deleted)| Selection { all, deleted });
    let items: Vec<(u64, Selection)> =
        seeds(10, 100).into_iter().flat_map(|seed| selections.map(|selection| (seed, selection))).collect();
    support::check_each(&items, |(seed, selection)| {
        complaints(&format!("NTFSLINKS_SEED={seed} {selection:?}"), || {
            differences(&random_description(*seed), *selection)
        })
    });
}

/// The second reader sees the same: for what it can read, which is no MFT in pieces.
#[test]
fn the_second_reader_agrees_on_random_images() {
    let mut images: Vec<(u64, Image)> =
        seeds(30, 300).into_iter().map(|seed| (seed, random_description(seed).image)).collect();
    images.retain(|(_, image)| image.volumes.iter().all(|volume| volume.mft_pieces == 1));
    support::check_each(&images, |(seed, image)| {
        complaints(&format!("NTFSLINKS_SEED={seed}"), || {
            let (file, _) = built(image);
            let output = support::scan(&["--second-reader"], file.path());
            let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
            let problems = document["problems"].as_array().expect("problems").iter();
            let is_of_reader = |problem: &&Value| problem["code"].as_str().is_some_and(|it| it.starts_with("second-"));
            problems.filter(is_of_reader).map(ToString::to_string).collect()
        })
    });
}

#[test]
fn every_geometry_is_scanned_as_described() {
    let rounds = if is_full() { 5 } else { 1 };
    let items: Vec<_> =
        (0..rounds).flat_map(|round| geometries().into_iter().map(move |geometry| (round, geometry))).collect();
    support::check_each(&items, |(round, geometry)| {
        let seed = round * 1_000_000 + u64::from(geometry.cluster) + u64::from(geometry.record);
        complaints(&format!("{geometry:?}, seed {seed}"), || differences(&random_volume(seed, *geometry), EVERYTHING))
    });
}

/// As many pieces as there can be: each holds a record at least, since record 0 in two pieces could not be found.
#[test]
fn an_mft_in_as_many_pieces_as_there_can_be_is_read_whole() {
    let items: Vec<(u64, Geometry)> = seeds(3, 20)
        .into_iter()
        .flat_map(|seed| geometries().into_iter().filter(|it| it.cluster <= 4096).map(move |geometry| (seed, geometry)))
        .collect();
    support::check_each(&items, |(seed, geometry)| {
        complaints(&format!("{geometry:?}, seed {seed}"), || {
            let mut described = random_volume(*seed, *geometry);
            described.image.volumes[0].mft_pieces = u32::MAX;
            while let Err(BuildError::MftPieces { most, .. }) = build(&described.image, &tempfile::tempfile().unwrap())
            {
                described.image.volumes[0].mft_pieces = most as u32;
            }
            differences(&described, EVERYTHING)
        })
    });
}

#[test]
fn every_sound_example_of_a_spec_is_scanned_as_described() {
    let specs = EXAMPLES.iter().map(|example| (example.name, imagekit::spec::parse(example.name, example.text)));
    let specs = specs.map(|(name, spec)| (name, spec.unwrap_or_else(|error| panic!("{error}"))));
    // What damage implies is not to be known from a description.
    let sound: Vec<(&str, Spec)> = specs.filter(|(_, spec)| spec.damages.is_empty()).collect();
    assert!(sound.len() >= 3, "examples are missing: {}", sound.len());
    support::check_each(&sound, |(name, spec)| {
        let described = || Described { reparse: reparse_points(&spec.image), image: spec.image.clone() };
        complaints(name, || differences(&described(), EVERYTHING))
    });
}

/// `fixtures/demo.json`, for readers: what the example implies, not what was scanned. `NTFSLINKS_UPDATE=1` writes it.
#[test]
fn the_expectation_beside_the_demo_image_is_what_its_spec_implies() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let example = EXAMPLES.iter().find(|example| example.name == "links").expect("the example of links");
    let image = imagekit::spec::parse(example.name, example.text).unwrap_or_else(|error| panic!("{error}")).image;
    let (file, built) = built(&image);
    let described = Described { reparse: reparse_points(&image), image };
    let expected = expected_graph(&described, &built, file.as_file(), "fixtures/demo.img", EVERYTHING);
    let text = format!("{}\n", serde_json::to_string_pretty(&expected).expect("JSON"));
    let committed = fixtures.join("demo.json");
    if std::env::var_os("NTFSLINKS_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&committed, &text).expect("fixtures/demo.json is written");
    }
    let committed = std::fs::read_to_string(&committed).expect("fixtures/demo.json");
    assert!(committed == text, "fixtures/demo.json is not what the spec implies: NTFSLINKS_UPDATE=1 writes it anew");
}

/// What must be said of the reparse points of a description that has only their bytes.
fn reparse_points(image: &Image) -> BTreeMap<(usize, u64), ExpectedReparse> {
    let files =
        image.volumes.iter().enumerate().flat_map(|(index, volume)| volume.files.iter().map(move |file| (index, file)));
    let points = files.filter_map(|(index, file)| Some((index, file, file.extra.as_ref()?.reparse.as_ref()?)));
    points
        .map(|(index, file, reparse)| ((index, file.reference.record_number()), expected_of_value(&reparse.bytes)))
        .collect()
}

#[test]
fn the_same_description_is_the_same_bytes() {
    const LARGEST: u64 = 64 << 20;
    let read = |file: &File, length: u64| {
        use std::os::unix::fs::FileExt as _;
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, 0).expect("the image can be read");
        bytes
    };
    support::check_each(&seeds(20, 200), |seed| {
        complaints(&format!("NTFSLINKS_SEED={seed}"), || {
            let (one, built_once) = built(&random_description(*seed).image);
            let (other, built_again) = built(&random_description(*seed).image);
            assert_eq!(format!("{built_once:?}"), format!("{built_again:?}"));
            // What is longer is mostly holes, which take as long to read as bytes.
            let length = built_once.size.min(LARGEST);
            assert!(read(one.as_file(), length) == read(other.as_file(), length), "not the same bytes");
            Vec::new()
        })
    });
}
