//! Where a volume's structures lie: the MFT in pieces, found through its own records; values in clusters; files whose
//! attributes lie in several records; and what is read when a piece of that is not there.
//!
//! Expected graphs are lines: `ID PATHS`, `-> SUBSTITUTE NAME` and `uid NUMBER` if there is one, `problem CODE RECORD
//! OFFSET` with the absolute offset in the image. Record 0 and the root directory are left out.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod mft_builder;
mod volume_builder;

use std::process::{Command, Output};

use serde_json::Value;

use mft_builder::{ATTRIBUTE_LIST, DATA, EXTENDED_ATTRIBUTES, FILE_NAME, REPARSE_POINT, ROOT, Record};
use mft_builder::{STANDARD_INFORMATION, reference, utf16};
use volume_builder::{Geometry, MIRROR_LCN, Run, Stored, Volume, lay_out, list_value};

const INDEX_ROOT: u32 = 0x90;
const MFT: u64 = reference(0, 1);

fn run(image: &[u8], arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    std::fs::write(&path, image).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    command.args(["scan", "--quiet", "--strict", "--all"]).args(arguments).arg(&path).output().unwrap()
}

/// The graph; the status is 1 if it has problems, else 0.
fn scan(image: &[u8], arguments: &[&str]) -> Value {
    let output = run(image, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    let graph: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}: {errors}", output.status));
    let has_problems = !graph["problems"].as_array().unwrap().is_empty();
    assert!(output.status.code() == Some(i32::from(has_problems)) && errors.is_empty(), "{}: {errors}", output.status);
    graph
}

fn check_image(image: &[u8], arguments: &[&str], expected: &[String]) -> Value {
    let graph = scan(image, arguments);
    let found = lines(&graph);
    let problems = &graph["problems"];
    assert_eq!(found, expected, "found:\n{}\n{problems:#}", found.join("\n"));
    graph
}

fn check(volume: &Volume, expected: &[&str]) -> Value {
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    check_image(&volume.bytes, &[], &expected)
}

/// And the second reader sees the same.
fn check_healthy(volume: &Volume, expected: &[&str]) {
    check(volume, expected);
    let graph = scan(&volume.bytes, &["--second-reader"]);
    let counts = ["differences", "failures"].map(|key| graph["second_reader"][key].as_u64().unwrap());
    assert_eq!(counts, [0, 0], "{:#}", graph["problems"]);
}

/// Status 2, nothing on standard output, one line that has all of `parts`.
fn check_refused(volume: &Volume, parts: &[&str]) {
    let output = run(&volume.bytes, &[]);
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(output.stdout.is_empty() && line.lines().count() == 1, "{line}");
    for part in parts {
        assert!(line.contains(part), "no {part:?} in {line:?}");
    }
}

fn lines(graph: &Value) -> Vec<String> {
    let list = |key: &str| graph[key].as_array().unwrap().iter();
    let nodes = list("nodes").filter(|node| node["id"] != "v0:0-1" && node["id"] != "v0:5-5");
    // Where links lead is for other tests.
    let records = nodes.filter(|node| node["kind"] != "external" && node["kind"] != "malformed").map(node_line);
    records.chain(list("problems").map(problem_line)).collect()
}

fn node_line(node: &Value) -> String {
    let paths = node.get("paths").and_then(Value::as_array).into_iter().flatten();
    let words = std::iter::once(&node["id"]).chain(paths).filter_map(Value::as_str);
    let mut line = words.collect::<Vec<_>>().join(" ");
    if let Some(target) = node["reparse"]["substitute_name"].as_str() {
        line += &format!(" -> {}...{}", &target[..8.min(target.len())], target.len());
    } else if node.get("reparse").is_some() {
        line += " -> ?";
    }
    if let Some(uid) = node["wsl"]["uid"].as_u64() {
        line += &format!(" uid {uid}");
    }
    line
}

fn problem_line(problem: &Value) -> String {
    let number = |key: &str| problem.get(key).and_then(Value::as_u64);
    let record = number("record").map_or("-".to_owned(), |record| record.to_string());
    let offset = number("offset").map_or("-".to_owned(), |offset| format!("{offset:#x}"));
    format!("problem {} {record} {offset}", problem["code"].as_str().unwrap())
}

/// A file below the root directory.
fn file(number: u64) -> Record {
    Record::file(number).name(ROOT, &format!("f{number}"))
}

/// The line of such a file.
fn line(number: u64) -> String {
    format!("v0:{number}-1 \\f{number}")
}

/// An absolute symbolic link of `units` units; the print name is empty.
fn symbolic_link(units: usize) -> Vec<u8> {
    let target = utf16(&format!(r"\??\C:\{}", "t".repeat(units - 7)));
    let mut value = 0xA000_000C_u32.to_le_bytes().to_vec();
    value.extend((12 + target.len() as u16).to_le_bytes()); // data length
    value.extend([0; 2]);
    value.extend([0, 0]); // offset of the substitute name
    value.extend((target.len() as u16).to_le_bytes());
    value.extend((target.len() as u16).to_le_bytes()); // offset of the print name
    value.extend([0; 6]); // its length; absolute
    value.extend(target);
    value
}

/// 1,024-byte records on clusters of 1,024.
fn small(mft_runs: &[Run]) -> Volume {
    Volume::new(Geometry::new(512, 1024, 1024), 200, mft_runs)
}

/// The same with the MFT in one run, of 64 records from cluster 8 on: record n begins at (8 + n) × 0x400.
fn plain() -> Volume {
    small(&[(64, Some(8))])
}

// The MFT in runs -----------------------------------------------------------------------------------------------------

#[test]
fn an_mft_in_several_runs_is_read_in_their_order() {
    let mut volume = small(&[(20, Some(100)), (20, Some(8)), (24, Some(150))]);
    for number in [19, 20, 39, 40, 63] {
        volume.put(&file(number), &[]);
    }
    check_healthy(&volume, &[19, 20, 39, 40, 63].map(line).each_ref().map(String::as_str));
}

#[test]
fn a_record_that_straddles_two_runs_is_put_together() {
    // Two clusters a record, runs of odd length: the first cluster of record 10 in one, the second in the other.
    let mut volume =
        Volume::new(Geometry::new(512, 512, 1024), 400, &[(21, Some(100)), (63, Some(8)), (44, Some(300))]);
    let numbers = [9, 10, 11, 41, 42, 63];
    numbers.iter().for_each(|number| volume.put(&file(*number), &[]));
    check(&volume, &numbers.map(line).each_ref().map(String::as_str));
    // Four clusters a record; record 10 has one of them in the first run and three in the second.
    let mut volume =
        Volume::new(Geometry::new(512, 1024, 4096), 400, &[(41, Some(200)), (91, Some(8)), (4, Some(300))]);
    let numbers = [9, 10, 11, 32, 33];
    numbers.iter().for_each(|number| volume.put(&file(*number), &[]));
    check(&volume, &numbers.map(line).each_ref().map(String::as_str));
}

#[test]
fn a_problem_of_a_straddling_record_lies_in_the_run_of_its_byte() {
    let mut volume = Volume::new(Geometry::new(512, 512, 1024), 400, &[(21, Some(100)), (63, Some(8))]);
    // Enough used bytes that the second 512 bytes count.
    volume.put(&file(10).attribute(DATA, vec![b'x'; 400]), &[]);
    volume.bytes[8 * 512 + 510] = 0xEE; // the tail of the second half, which is cluster 8
    check(&volume, &[&line(10), &format!("problem torn-record 10 {:#x}", 8 * 512 + 510)]);
}

// The MFT's own extension records -------------------------------------------------------------------------------------

/// An MFT whose record 0 has its first 20 clusters, and whose list names holders of more.
fn split() -> Volume {
    small(&[(20, Some(8)), (12, Some(60)), (12, Some(100)), (20, Some(140))])
}

const SPLIT_SIZE: u64 = 64 * 1024;

/// Writes record 0 with the first run and this list; entries are first cluster and holder.
fn put_split(volume: &mut Volume, list: &[(u64, u64)]) {
    let first = Stored::new(DATA, &volume.mft_runs[..1], SPLIT_SIZE);
    let own = [(STANDARD_INFORMATION, 0, MFT, 0), (FILE_NAME, 0, MFT, 2), (DATA, 0, MFT, 3)];
    let others = list.iter().map(|(vcn, holder)| (DATA, *vcn, *holder, 0));
    volume.put_mft(&[first], &own.into_iter().chain(others).collect::<Vec<_>>());
}

/// Writes an extension record of the MFT that holds one run.
fn put_extension(volume: &mut Volume, number: u64, vcn: u64, run: usize) {
    let stored = Stored::from_vcn(vcn, DATA, &[volume.mft_runs[run]]);
    volume.put(&Record::extension(number, MFT), &[stored]);
}

const SPLIT_FILES: [u64; 6] = [19, 21, 31, 40, 44, 63];

fn put_files(volume: &mut Volume) -> Vec<String> {
    SPLIT_FILES.iter().for_each(|number| volume.put(&file(*number), &[]));
    SPLIT_FILES.map(line).to_vec()
}

/// A whole split MFT: holders of the second, third and fourth run, and the list in this order of them.
fn check_split(holders: [u64; 3], order: [usize; 3]) {
    let mut volume = split();
    let expected = put_files(&mut volume);
    let vcns = [20, 32, 44];
    for index in 0..3 {
        put_extension(&mut volume, holders[index], vcns[index], index + 1);
    }
    put_split(&mut volume, &order.map(|index| (vcns[index], reference(holders[index], 1))));
    check_image(&volume.bytes, &[], &expected);
}

#[test]
fn extents_of_the_mft_in_extension_records_are_found() {
    check_split([15, 16, 17], [0, 1, 2]);
}

#[test]
fn an_extension_record_may_lie_in_an_extent_that_another_one_gives() {
    check_split([15, 25, 35], [0, 1, 2]);
}

#[test]
fn the_order_of_the_mfts_attribute_list_does_not_matter() {
    check_split([15, 16, 17], [2, 0, 1]);
    check_split([15, 25, 35], [2, 1, 0]);
}

#[test]
fn two_extents_of_the_mft_in_one_record_may_be_listed_apart() {
    let mut volume = split();
    let expected = put_files(&mut volume);
    let extents = [(20, 1), (44, 3)].map(|(vcn, run)| Stored::from_vcn(vcn, DATA, &[volume.mft_runs[run]]));
    volume.put(&Record::extension(15, MFT), &extents);
    put_extension(&mut volume, 16, 32, 2);
    put_split(&mut volume, &[(20, reference(15, 1)), (32, reference(16, 1)), (44, reference(15, 1))]);
    check_image(&volume.bytes, &[], &expected);
}

#[test]
fn a_holder_that_cannot_be_found_costs_only_its_extent() {
    let mut volume = split();
    put_files(&mut volume);
    put_extension(&mut volume, 15, 20, 1);
    put_extension(&mut volume, 17, 44, 3);
    put_split(&mut volume, &[(20, reference(15, 1)), (32, reference(16, 1)), (44, reference(17, 1))]);
    // Slot 16, at cluster 24, was never used. Records 32 to 43, of which 40 has a name, lie where it would say. The list
    // is the second attribute of record 0: after 0x38 bytes, 0x48 of $STANDARD_INFORMATION and a header of 0x18.
    let problems = [
        "problem listed-record-missing 0 0x2098".to_owned(),
        "problem mft-extension-unusable 0 0x6000".to_owned(),
        "problem mft-extent-missing 32 -".to_owned(),
    ];
    let expected: Vec<String> = [19, 21, 31, 44, 63].map(line).into_iter().chain(problems).collect();
    check_image(&volume.bytes, &[], &expected);
}

#[test]
fn what_an_extension_record_of_another_file_holds_is_not_the_mfts() {
    for (base, sequence) in [(reference(50, 1), 1), (reference(0, 1), 2)] {
        let mut volume = split();
        put_files(&mut volume);
        let stored = Stored::from_vcn(20, DATA, &volume.mft_runs[1..]);
        volume.put(&Record::extension(15, base).sequence(sequence), &[stored]);
        put_split(&mut volume, &[(20, reference(15, 1))]);
        let graph = scan(&volume.bytes, &[]);
        let found = lines(&graph);
        assert_eq!(found[0], line(19));
        assert!(found.contains(&"problem mft-extension-unusable 0 0x5c00".to_owned()), "{found:?}");
        assert!(found[1].starts_with("problem"), "{found:?}");
    }
}

#[test]
fn an_mfts_attribute_list_that_names_record_0_for_more_ends() {
    let mut volume = split();
    put_files(&mut volume);
    put_split(&mut volume, &[(20, MFT), (32, MFT), (44, reference(0, 9))]);
    let graph = scan(&volume.bytes, &[]);
    assert_eq!(lines(&graph)[0], line(19), "{:#}", graph["problems"]);
    // 44 of the 64 records that the data size counts are nowhere.
    assert!(!graph["problems"].as_array().unwrap().is_empty(), "44 records are missing and nothing says so");
}

#[test]
fn the_first_of_two_extents_that_claim_the_same_part_of_the_mft_is_used() {
    let mut volume = split();
    let mut expected = put_files(&mut volume);
    put_extension(&mut volume, 15, 20, 1);
    put_extension(&mut volume, 16, 32, 2);
    put_extension(&mut volume, 17, 44, 3);
    // Record 18 claims clusters 20 to 31 too, at a place of zeros.
    volume.put(&Record::extension(18, MFT), &[Stored::from_vcn(20, DATA, &[(12, Some(180))])]);
    let holders = [(20, 15), (20, 18), (32, 16), (44, 17)];
    put_split(&mut volume, &holders.map(|(vcn, record)| (vcn, reference(record, 1))));
    expected.push(format!("problem mft-extent-twice 0 {:#x}", 180 * 1024));
    check_image(&volume.bytes, &[], &expected);
}

#[test]
fn the_mfts_attribute_list_may_lie_in_clusters() {
    let mut volume = split();
    let expected = put_files(&mut volume);
    put_extension(&mut volume, 15, 20, 1);
    put_extension(&mut volume, 25, 32, 2);
    put_extension(&mut volume, 35, 44, 3);
    let own = [(STANDARD_INFORMATION, 0, MFT, 0), (FILE_NAME, 0, MFT, 2), (DATA, 0, MFT, 3)];
    // Entries of 32 bytes up to the second cluster of the list, where those that matter are.
    let filler = std::iter::repeat_n((0x100, 0, MFT, 9), 40);
    let others = [(20, 15), (32, 25), (44, 35)].map(|(vcn, record)| (DATA, vcn, reference(record, 1), 0));
    let list = list_value(&own.into_iter().chain(filler).chain(others).collect::<Vec<_>>());
    let attributes = [
        Stored::new(ATTRIBUTE_LIST, &[(1, Some(190)), (1, Some(180))], list.len() as u64),
        Stored::new(DATA, &volume.mft_runs[..1], SPLIT_SIZE),
    ];
    volume.put_mft(&attributes, &[]);
    volume.put_clusters(190, &list[..1024]);
    volume.put_clusters(180, &list[1024..]);
    check_image(&volume.bytes, &[], &expected);
}

#[test]
fn where_the_mfts_attribute_list_is_not_there_its_first_extent_is_read() {
    let mut volume = split();
    put_files(&mut volume);
    put_extension(&mut volume, 15, 20, 1);
    let attributes = [
        Stored::new(ATTRIBUTE_LIST, &[(1, Some(5000))], 128), // past the volume
        Stored::new(DATA, &volume.mft_runs[..1], SPLIT_SIZE),
    ];
    volume.put_mft(&attributes, &[]);
    let found = lines(&scan(&volume.bytes, &[]));
    assert_eq!(found[0], line(19));
    assert!(found.iter().any(|line| line.starts_with("problem data-run-past-volume 0 ")), "{found:?}");
}

// Record 0, mirror, boot sector, backup -------------------------------------------------------------------------------

/// Damage to record 0: zeros; a torn half that is used; another signature.
fn damaged_records() -> [Vec<u8>; 3] {
    let geometry = Geometry::new(512, 1024, 1024);
    let runs = Stored::new(DATA, &[(64, Some(8))], 64 * 1024);
    let record = Record::file(0).name(ROOT, "$MFT").attribute(0x50, vec![0; 400]);
    let whole = lay_out(&record, &[runs], geometry);
    let mut torn = whole.clone();
    torn[1022] ^= 0xFF;
    let mut other = whole;
    other[..4].copy_from_slice(b"INDX");
    [vec![0; 1024], torn, other]
}

#[test]
fn where_record_0_is_damaged_the_mirror_is_used() {
    for (damage, code) in
        damaged_records().into_iter().zip(["", "torn-record 0 0x23fe", "bad-record-signature 0 0x2000"])
    {
        let mut volume = plain();
        volume.put(&file(40), &[]);
        volume.put_clusters(8, &damage);
        let mut expected = vec![line(40), "problem mft-mirror-used 0 0x2000".to_owned()];
        if !code.is_empty() {
            expected.push(format!("problem {code}"));
        }
        let mut found = lines(&scan(&volume.bytes, &[]));
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn without_record_0_and_mirror_the_volume_is_refused_with_both_places() {
    for damage in [vec![0; 1024], damaged_records()[2].clone()] {
        let mut volume = plain();
        volume.put_clusters(8, &damage);
        volume.put_clusters(MIRROR_LCN, &damage);
        check_refused(&volume, &["at 0x0", "0x2000", "0x400", "expected a file record"]);
    }
}

#[test]
fn a_torn_record_0_is_better_than_none() {
    let mut volume = plain();
    volume.put(&file(40), &[]);
    volume.put_clusters(8, &damaged_records()[1]);
    volume.put_clusters(MIRROR_LCN, &[0; 1024]);
    check(&volume, &[&line(40), "problem torn-record 0 0x23fe"]);
}

#[test]
fn a_torn_copy_in_the_mirror_is_better_than_none() {
    let mut volume = plain();
    volume.put(&file(40), &[]);
    volume.put_clusters(8, &[0; 1024]);
    volume.put_clusters(MIRROR_LCN, &damaged_records()[1]);
    check(&volume, &[&line(40), "problem mft-mirror-used 0 0x2000"]);
}

#[test]
fn where_the_boot_sector_is_damaged_the_backup_is_used() {
    let mut volume = plain();
    volume.put(&file(40), &[]);
    volume.bytes[..512].fill(0);
    check(&volume, &[&line(40), &format!("problem backup-boot-sector-used - {:#x}", 200 * 1024)]);
}

#[test]
fn a_backup_that_names_another_mft_is_reported_and_not_used() {
    let mut volume = plain();
    volume.put(&file(40), &[]);
    let other = volume.geometry.boot_sector(200, 150);
    volume.put_clusters(200, &other);
    check(&volume, &[&line(40), "problem boot-sectors-differ - 0x0"]);
}

#[test]
fn offsets_count_from_the_start_of_the_image() {
    let mut volume = plain();
    volume.put(&file(40), &[]);
    volume.put(&Record::extension(41, reference(40, 7)).name(ROOT, "lost"), &[]);
    volume.bytes[48 * 1024 + 510] ^= 0xFF; // record 40, whose second half is not used
    volume.put_clusters(8, &[0; 1024]);
    let disk = [vec![0; 0x10_0000], volume.bytes].concat();
    let start = 0x10_0000;
    let expected = [
        line(40),
        format!("problem mft-mirror-used 0 {:#x}", start + 0x2000),
        format!("problem torn-record 40 {:#x}", start + 48 * 1024 + 510),
        format!("problem orphaned-extension-record 41 {:#x}", start + 49 * 1024 + 0x20),
    ];
    check_image(&disk, &["--offset", "0x100000"], &expected);
}

// Sizes of the MFT ----------------------------------------------------------------------------------------------------

#[test]
fn records_past_the_initialised_size_of_the_mft_are_not_read() {
    let mut volume = plain();
    [40, 41, 63].iter().for_each(|number| volume.put(&file(*number), &[]));
    volume.put_mft(&[Stored::new(DATA, &[(64, Some(8))], 64 * 1024).initialized(41 * 1024)], &[]);
    check(&volume, &[&line(40)]);
}

#[test]
fn a_part_of_a_record_at_the_end_of_the_mft_is_reported() {
    let mut volume = plain();
    [40, 41].iter().for_each(|number| volume.put(&file(*number), &[]));
    volume.put_mft(&[Stored::new(DATA, &[(64, Some(8))], 41 * 1024 + 512)], &[]);
    check(&volume, &[&line(40), &format!("problem mft-partial-record - {:#x}", (8 + 41) * 1024)]);
}

#[test]
fn a_data_size_beyond_the_runs_of_the_mft_is_reported() {
    let mut volume = plain();
    [40, 63].iter().for_each(|number| volume.put(&file(*number), &[]));
    volume.put_mft(&[Stored::new(DATA, &[(64, Some(8))], 100 * 1024)], &[]);
    check(&volume, &[&line(40), &line(63), "problem mft-extent-missing 64 -"]);
}

#[test]
fn a_sparse_run_of_the_mft_is_a_gap_in_its_records() {
    let mut volume = small(&[(20, Some(8)), (20, None), (24, Some(100))]);
    [19, 40, 63].iter().for_each(|number| volume.put(&file(*number), &[]));
    let found = lines(&scan(&volume.bytes, &[]));
    assert_eq!(found[..3], [19, 40, 63].map(line));
}

#[test]
fn a_run_of_the_mft_past_the_volume_ends_it() {
    let mut volume = small(&[(48, Some(8))]);
    [40, 47].iter().for_each(|number| volume.put(&file(*number), &[]));
    volume.put_mft(&[Stored::new(DATA, &[(48, Some(8)), (16, Some(190))], 64 * 1024)], &[]);
    // The issue is that of the mapping pairs of $DATA: after 0x38 bytes, 0x48 of $STANDARD_INFORMATION, 0x68 of
    // $FILE_NAME (0x18 + 0x42 + 8 bytes), 0x40 of its own header.
    let found = lines(&scan(&volume.bytes, &[]));
    let offset = 0x2000 + 0x38 + 0x48 + 0x68 + 0x40;
    assert_eq!(found[..3], [line(40), line(47), format!("problem data-run-past-volume 0 {offset:#x}")]);
}

#[test]
fn an_image_that_ends_in_the_mft_has_everything_before_it() {
    let mut volume = small(&[(40, Some(8)), (24, Some(150))]);
    [39, 40, 49, 50].iter().for_each(|number| volume.put(&file(*number), &[]));
    volume.bytes.truncate(160 * 1024); // records 40 to 49 are there
    let found = lines(&scan(&volume.bytes, &[]));
    assert_eq!(found[..3], [39, 40, 49].map(line));
    assert_eq!(found[3], "problem volume-past-image-end - 0x0");
    assert!(found[4].starts_with("problem mft-past-image-end 50 ") && found.len() == 5, "{found:?}");
}

// Values in clusters --------------------------------------------------------------------------------------------------

/// Record 40 is a symbolic link of 1,000 units, of 20 + 2,000 bytes, in these runs; its value lies in `pieces`.
fn link(runs: &[Run], pieces: &[(u64, &[u8])]) -> Volume {
    let mut volume = plain();
    volume.put(&file(40), &[Stored::new(REPARSE_POINT, runs, 2020)]);
    pieces.iter().for_each(|(lcn, bytes)| volume.put_clusters(*lcn, bytes));
    volume
}

const LINK: &str = r"v0:40-1 \f40 -> \??\C:\t...1000";

#[test]
fn a_reparse_point_in_clusters_is_read() {
    let value = symbolic_link(1000);
    check_healthy(&link(&[(2, Some(100))], &[(100, &value)]), &[LINK]);
    check_healthy(&link(&[(1, Some(180)), (1, Some(90))], &[(180, &value[..1024]), (90, &value[1024..])]), &[LINK]);
}

#[test]
fn a_hole_in_a_reparse_point_is_zeros() {
    let mut volume = plain();
    let value = symbolic_link(1500); // 3,020 bytes, the second 1,024 of which are not stored
    volume.put(&file(40), &[Stored::new(REPARSE_POINT, &[(1, Some(100)), (1, None), (1, Some(101))], 3020)]);
    volume.put_clusters(100, &value[..1024]);
    volume.put_clusters(101, &value[2048..]);
    let graph = check(&volume, &[r"v0:40-1 \f40 -> \??\C:\t...1500"]);
    let node = graph["nodes"].as_array().unwrap().iter().find(|node| node["record"] == 40).unwrap();
    let name = node["reparse"]["substitute_name"].as_str().unwrap();
    // Of the target, which begins at byte 20: 502 units, then 512 zeros.
    assert_eq!((&name[..502], &name[502..1014]), (&*format!(r"\??\C:\{}", "t".repeat(495)), &*"\0".repeat(512)));
    assert_eq!(name[1014..], "t".repeat(486));
}

/// A link whose first extent is held by `first`, the second by `second`, records of one file with its list in record 40.
fn link_in_two_records(holders: [u64; 2], list_order: [usize; 2]) -> Volume {
    let value = symbolic_link(1000);
    let mut volume = plain();
    let extents =
        [Stored::new(REPARSE_POINT, &[(1, Some(100))], 2020), Stored::from_vcn(1, REPARSE_POINT, &[(1, Some(120))])];
    let holder_reference = |holder: u64| reference(holder, 1);
    let id = |holder: u64| if holder == 40 { 3 } else { 0 };
    let entries =
        list_order.map(|index| (REPARSE_POINT, index as u64, holder_reference(holders[index]), id(holders[index])));
    let own = [(STANDARD_INFORMATION, 0, reference(40, 1), 0), (FILE_NAME, 0, reference(40, 1), 2)];
    let list = list_value(&own.into_iter().chain(entries).collect::<Vec<_>>());
    let held = |number: u64| -> Vec<Stored> {
        holders
            .iter()
            .zip(&extents)
            .filter(|(holder, _)| **holder == number)
            .map(|(_, extent)| extent.clone())
            .collect()
    };
    volume.put(&file(40).attribute(ATTRIBUTE_LIST, list), &held(40));
    for number in [41, 42] {
        if holders.contains(&number) {
            volume.put(&Record::extension(number, reference(40, 1)), &held(number));
        }
    }
    volume.put_clusters(100, &value[..1024]);
    volume.put_clusters(120, &value[1024..]);
    volume
}

#[test]
fn a_reparse_point_in_base_and_extension_record_is_read_whole() {
    // The second reader takes only the extent in the base record, and fails at its end.
    check(&link_in_two_records([40, 41], [0, 1]), &[LINK]);
}

#[test]
fn a_reparse_point_in_two_extension_records_is_read_whole() {
    check_healthy(&link_in_two_records([41, 42], [0, 1]), &[LINK]);
    check_healthy(&link_in_two_records([42, 41], [0, 1]), &[LINK]);
}

#[test]
fn a_reparse_point_whose_later_extent_is_listed_first_is_read_whole() {
    check(&link_in_two_records([41, 42], [1, 0]), &[LINK]);
}

#[test]
fn a_reparse_point_whose_later_extent_is_in_the_base_record_is_read_whole() {
    check(&link_in_two_records([41, 40], [0, 1]), &[LINK]);
}

#[test]
fn a_reparse_point_whose_end_is_past_the_image_is_cut_short() {
    let value = symbolic_link(1000);
    let mut volume = link(&[(1, Some(100)), (1, Some(199))], &[(100, &value[..1024])]);
    volume.bytes.truncate(199 * 1024);
    let found = lines(&scan(&volume.bytes, &[]));
    assert!(found.contains(&format!("problem value-cut-short 40 {:#x}", 100 * 1024)), "{found:?}");
    assert!(found.contains(&format!("problem reparse-data-too-long 40 {:#x}", 100 * 1024 + 4)), "{found:?}");
}

#[test]
fn nothing_is_made_up_for_a_reparse_point_whose_start_is_past_the_image() {
    let value = symbolic_link(1000);
    let mut volume = link(&[(1, Some(199)), (1, Some(100))], &[(100, &value[1024..])]);
    volume.bytes.truncate(199 * 1024);
    let graph = scan(&volume.bytes, &[]);
    let node = graph["nodes"].as_array().unwrap().iter().find(|node| node["record"] == 40).unwrap();
    assert!(lines(&graph).iter().any(|line| line.starts_with("problem value-cut-short 40 ")), "{:?}", lines(&graph));
    assert!(node["reparse"].get("tag").is_none(), "a tag of bytes that are not there: {}", node["reparse"]);
}

#[test]
fn a_hole_past_the_end_of_a_value_does_not_hide_that_it_is_cut_short() {
    let mut volume = plain();
    volume.put(&file(40), &[Stored::new(REPARSE_POINT, &[(1, Some(199)), (1, None)], 1020)]);
    volume.bytes.truncate(199 * 1024);
    let found = lines(&scan(&volume.bytes, &[]));
    assert!(found.iter().any(|line| line.starts_with("problem value-cut-short 40 ")), "{found:?}");
}

#[test]
fn a_reparse_point_that_claims_2_to_the_40_bytes_is_read_as_far_as_one_can_be() {
    let value = symbolic_link(1000);
    let mut volume = plain();
    volume.put(&file(40), &[Stored::new(REPARSE_POINT, &[(2, Some(100))], 1 << 40)]);
    volume.put_clusters(100, &value);
    let found = lines(&scan(&volume.bytes, &[]));
    assert_eq!(found[0], LINK);
    assert!(found.contains(&format!("problem value-too-large 40 {:#x}", 100 * 1024)), "{found:?}");
}

/// A file whose list is in clusters, and whose second name is in the extension record after it.
fn put_listed(volume: &mut Volume, number: u64, list_run: Run) -> Vec<u8> {
    let (base, extension) = (reference(number, 1), reference(number + 1, 1));
    let list = list_value(&[(STANDARD_INFORMATION, 0, base, 0), (FILE_NAME, 0, base, 2), (FILE_NAME, 0, extension, 0)]);
    volume.put(&file(number), &[Stored::new(ATTRIBUTE_LIST, &[list_run], list.len() as u64)]);
    volume.put(&Record::extension(number + 1, base).name(ROOT, &format!("second{number}")), &[]);
    list
}

#[test]
fn an_attribute_list_in_clusters_is_read() {
    let mut volume = plain();
    let list = put_listed(&mut volume, 40, (1, Some(100)));
    volume.put_clusters(100, &list);
    check_healthy(&volume, &[r"v0:40-1 \f40 \second40"]);
}

#[test]
fn two_attribute_lists_in_the_same_clusters_are_each_believed_about_their_own_file() {
    let mut volume = plain();
    let list = put_listed(&mut volume, 40, (1, Some(100)));
    put_listed(&mut volume, 50, (1, Some(100)));
    volume.put_clusters(100, &list);
    let found = lines(&scan(&volume.bytes, &[]));
    assert_eq!(found[..2], [r"v0:40-1 \f40 \second40".to_owned(), line(50)]);
    let extension = format!("problem extension-not-listed 51 {:#x}", (8 + 51) * 1024 + 0x20);
    assert!(found.contains(&extension), "{found:?}");
    assert!(found.iter().all(|line| !line.starts_with("problem") || line.contains(" 50 ") || line.contains(" 51 ")));
}

#[test]
fn where_an_attribute_list_is_not_in_the_image_extension_records_are_taken_at_their_word() {
    let mut volume = plain();
    put_listed(&mut volume, 40, (1, Some(199)));
    volume.bytes.truncate(199 * 1024);
    let found = lines(&scan(&volume.bytes, &[]));
    assert_eq!(found[0], r"v0:40-1 \f40 \second40");
    assert!(found.contains(&format!("problem value-cut-short 40 {:#x}", 199 * 1024)), "{found:?}");
}

#[test]
fn extended_attributes_in_clusters_are_read() {
    let mut value = vec![24, 0, 0, 0, 0, 6, 4, 0]; // length of the entry, flags, length of name and value
    value.extend(b"$LXUID\0");
    value.extend(1000_u32.to_le_bytes());
    value.resize(24, 0);
    let mut volume = plain();
    volume.put(&file(40), &[Stored::new(EXTENDED_ATTRIBUTES, &[(1, Some(100))], 24)]);
    volume.put_clusters(100, &value);
    check_healthy(&volume, &[r"v0:40-1 \f40 uid 1000"]);
}

// Geometry ------------------------------------------------------------------------------------------------------------

/// A volume of this geometry, with a file and a link in clusters.
fn check_geometry(geometry: Geometry) {
    let clusters = |bytes: usize| bytes.div_ceil(geometry.cluster) as u64;
    let mft_clusters = clusters(48 * geometry.record);
    let mft_lcn = MIRROR_LCN + clusters(geometry.record);
    let value_lcn = mft_lcn + mft_clusters;
    let value = symbolic_link(1000);
    let value_clusters = clusters(value.len());
    let runs = [(mft_clusters, Some(mft_lcn))];
    let mut volume = Volume::new(geometry, value_lcn + value_clusters + 1, &runs);
    volume.put(&file(40), &[Stored::new(REPARSE_POINT, &[(value_clusters, Some(value_lcn))], value.len() as u64)]);
    volume.put(&file(41), &[]);
    volume.put_clusters(value_lcn, &value);
    check_healthy(&volume, &[LINK, &line(41)]);
    let entry = &scan(&volume.bytes, &[])["volumes"][0];
    let sizes = ["bytes_per_sector", "bytes_per_cluster", "bytes_per_record"].map(|key| entry[key].as_u64().unwrap());
    assert_eq!(sizes, [geometry.sector, geometry.cluster, geometry.record].map(|size| size as u64));
    volume.bytes[..512].fill(0);
    let backup = (value_lcn + value_clusters + 1) * geometry.cluster as u64;
    check(&volume, &[LINK, &line(41), &format!("problem backup-boot-sector-used - {backup:#x}")]);
}

#[test]
fn every_cluster_size_up_to_64_kib_is_read() {
    (9..=16).for_each(|power| check_geometry(Geometry::new(512, 1 << power, 1024)));
    assert_eq!(Geometry::new(512, 64 << 10, 1024).cluster_code, 0x80);
}

#[test]
fn sectors_of_4096_bytes_are_read() {
    for cluster in [4096, 64 << 10] {
        check_geometry(Geometry::new(4096, cluster, 4096));
        check_geometry(Geometry::new(4096, cluster, 1024));
    }
}

#[test]
fn clusters_of_2_mib_are_read() {
    let geometry = Geometry::new(512, 2 << 20, 1024);
    assert_eq!(geometry.cluster_code, 0xF4);
    check_geometry(geometry);
}

#[test]
fn a_record_size_in_clusters_is_read() {
    check_geometry(Geometry { record_code: 2, ..Geometry::new(512, 512, 1024) });
    check_geometry(Geometry { record_code: 1, ..Geometry::new(512, 1024, 1024) });
    check_geometry(Geometry { record_code: 4, ..Geometry::new(512, 1024, 4096) });
    check_geometry(Geometry { record_code: 1, ..Geometry::new(4096, 4096, 4096) });
}

// Files in several records --------------------------------------------------------------------------------------------

/// Record 40, a base record with nothing but its list, and record 41 that holds everything; `listed` is how the list
/// names record 41.
fn put_emptied(volume: &mut Volume, everything: &Record, entries: &[u32], listed: u64) {
    // Attributes are listed in the order of their ids in record 41.
    let list: Vec<_> = (0..).zip(entries).map(|(id, type_code)| (*type_code, 0, listed, id)).collect();
    let base = Record::extension(40, 0).attribute(ATTRIBUTE_LIST, list_value(&list));
    volume.put(&base, &[]);
    volume.put(everything, &[]);
}

#[test]
fn a_file_may_have_everything_in_an_extension_record() {
    let mut volume = plain();
    let mut information = vec![0; 48];
    information[0x20] = 0x22; // archive, hidden
    let everything = Record::extension(41, reference(40, 1))
        .attribute(STANDARD_INFORMATION, information)
        .name(ROOT, "one")
        .name(ROOT, "two")
        .attribute(REPARSE_POINT, symbolic_link(20));
    let entries = [STANDARD_INFORMATION, FILE_NAME, FILE_NAME, REPARSE_POINT];
    put_emptied(&mut volume, &everything, &entries, reference(41, 1));
    check_healthy(&volume, &[r"v0:40-1 \one \two -> \??\C:\t...20"]);
    let graph = scan(&volume.bytes, &[]);
    let node = graph["nodes"].as_array().unwrap().iter().find(|node| node["record"] == 40).unwrap();
    assert_eq!(node["hard_links"], 2);
    assert_eq!(node["attributes"], serde_json::json!(["hidden", "archive"]));
}

#[test]
fn an_index_root_may_lie_in_an_extension_record() {
    let mut volume = plain();
    let mut index_root = vec![0; 48];
    index_root[0x00] = 0x30; // index of $FILE_NAME
    let list = [
        (STANDARD_INFORMATION, 0, reference(40, 1), 0),
        (FILE_NAME, 0, reference(40, 1), 2),
        (INDEX_ROOT, 0, reference(41, 1), 0),
    ];
    volume.put(&Record::directory(40).name(ROOT, "d").attribute(ATTRIBUTE_LIST, list_value(&list)), &[]);
    volume.put(&Record::extension(41, reference(40, 1)).attribute(INDEX_ROOT, index_root), &[]);
    volume.put(&Record::file(42).name(reference(40, 1), "f"), &[]);
    check_healthy(&volume, &[r"v0:40-1 \d", r"v0:42-1 \d\f"]);
}

#[test]
fn an_extension_record_that_the_list_names_with_another_sequence_number_is_not_the_files() {
    let mut volume = plain();
    let list = [(FILE_NAME, 0, reference(40, 1), 2), (FILE_NAME, 0, reference(41, 2), 0)];
    volume.put(&file(40).attribute(ATTRIBUTE_LIST, list_value(&list)), &[]);
    volume.put(&Record::extension(41, reference(40, 1)).name(ROOT, "other"), &[]);
    // The list follows $STANDARD_INFORMATION: after 0x38 + 0x48 bytes and a header of 0x18.
    let expected = [
        line(40),
        format!("problem listed-record-missing 40 {:#x}", 48 * 1024 + 0x98),
        format!("problem extension-not-listed 41 {:#x}", 49 * 1024 + 0x20),
    ];
    let graph = check_image(&volume.bytes, &[], &expected);
    let messages: Vec<&str> =
        graph["problems"].as_array().unwrap().iter().map(|problem| problem["message"].as_str().unwrap()).collect();
    assert!(messages[0].contains("41-2") && messages[1].contains("\"other\""), "{messages:?}");
}

#[test]
fn an_extension_record_of_the_file_that_had_the_base_record_before_is_an_orphan_with_its_name() {
    let mut volume = plain();
    let list = [(FILE_NAME, 0, reference(40, 3), 2), (FILE_NAME, 0, reference(41, 1), 0)];
    volume.put(&file(40).sequence(3).attribute(ATTRIBUTE_LIST, list_value(&list)), &[]);
    volume.put(&Record::extension(41, reference(40, 2)).name(ROOT, "former"), &[]);
    let expected = [
        r"v0:40-3 \f40".to_owned(),
        format!("problem listed-record-missing 40 {:#x}", 48 * 1024 + 0x98),
        format!("problem orphaned-extension-record 41 {:#x}", 49 * 1024 + 0x20),
    ];
    let graph = check_image(&volume.bytes, &[], &expected);
    let message = graph["problems"][1]["message"].as_str().unwrap();
    assert!(message.contains("40-2") && message.contains("sequence number 3") && message.contains("\"former\""));
}

#[test]
fn a_reference_to_the_base_record_without_a_sequence_number_is_not_checked() {
    let mut volume = plain();
    let list = [(FILE_NAME, 0, reference(40, 1), 2), (FILE_NAME, 0, reference(41, 1), 0)];
    volume.put(&file(40).attribute(ATTRIBUTE_LIST, list_value(&list)), &[]);
    volume.put(&Record::extension(41, reference(40, 0)).name(ROOT, "second"), &[]);
    check(&volume, &[r"v0:40-1 \f40 \second"]);
}
