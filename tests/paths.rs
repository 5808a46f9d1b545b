//! Where files are when their parents are not where they should be: paths, nodes, edges and problems of MFTs that no
//! driver would write.
//!
//! The expected graph is written as lines, in the order of the document: `ID KIND STATE PATHS` of a node, `edge SOURCE ->
//! TARGET NAME`, `problem CODE RECORD`. The root directory and `$MFT`, which every one of these MFTs has, are left out.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod mft_builder;

use std::collections::BTreeMap;

use serde_json::Value;

use mft_builder::{BYTES_PER_RECORD, DATA, DOS, FILE_NAME, Mft, POSIX, ROOT, Record, WIN32, reference};

/// Scans with `--all` and compares.
fn check(mft: &Mft, expected: &str) {
    check_selection(mft, &["--all"], expected);
}

fn check_selection(mft: &Mft, selection: &[&str], expected: &str) {
    let found = lines(&mft.scan(selection));
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected, "found:\n{}", found.join("\n"));
}

fn lines(graph: &Value) -> Vec<String> {
    let list = |key: &str| graph[key].as_array().unwrap().iter();
    let nodes = list("nodes").filter(|node| !is_of_the_builder(&node["id"])).map(node_line);
    let edges = list("edges").filter(|edge| !is_of_the_builder(&edge["target"])).map(edge_line);
    nodes.chain(edges).chain(list("problems").map(problem_line)).collect()
}

fn is_of_the_builder(id: &Value) -> bool {
    id == "v0:0-1" || id == "v0:5-5"
}

fn node_line(node: &Value) -> String {
    let paths = node.get("paths").and_then(Value::as_array).into_iter().flatten();
    let words = [&node["id"], &node["kind"], &node["state"]].into_iter().chain(paths);
    words.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

fn edge_line(edge: &Value) -> String {
    let [source, target, name, namespace] =
        ["source", "target", "name", "namespace"].map(|key| edge[key].as_str().expect("a hard link"));
    let mut line = format!("edge {source} -> {target} {name}");
    if namespace != "posix" {
        line += &format!(" {namespace}");
    }
    if let Some(short_name) = edge.get("short_name").and_then(Value::as_str) {
        line += &format!(" {short_name}");
    }
    if edge.get("deleted").is_some() {
        line += " deleted";
    }
    line
}

/// Every problem of these tests is one of a record, and lies in it.
fn problem_line(problem: &Value) -> String {
    let (record, offset) = (problem["record"].as_u64().unwrap(), problem["offset"].as_u64().unwrap());
    assert_eq!(offset / BYTES_PER_RECORD as u64, record, "{problem}");
    format!("problem {} {record}", problem["code"].as_str().unwrap())
}

/// The message of the only problem of that code.
fn message(mft: &Mft, code: &str) -> String {
    let graph = mft.scan(&["--all"]);
    let problems = graph["problems"].as_array().unwrap().iter();
    let messages: Vec<&str> =
        problems.filter(|problem| problem["code"] == code).filter_map(|problem| problem["message"].as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].to_owned()
}

// Ordinary names ------------------------------------------------------------------------------------------------------

#[test]
fn a_file_is_below_its_directories() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "a"))
        .with(Record::directory(41).name(reference(40, 1), "b"))
        .with(Record::file(42).name(reference(41, 1), "c"));
    check(
        &mft,
        r"
        v0:40-1 directory in_use \a
        v0:41-1 directory in_use \a\b
        v0:42-1 file in_use \a\b\c
        edge v0:5-5 -> v0:40-1 a
        edge v0:40-1 -> v0:41-1 b
        edge v0:41-1 -> v0:42-1 c
        ",
    );
}

#[test]
fn only_what_has_to_do_with_links_and_its_parents_are_there_by_default() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "a"))
        .with(Record::directory(41).name(reference(40, 1), "b"))
        .with(Record::file(42).name(reference(41, 1), "one").name(reference(41, 1), "two"))
        .with(Record::file(43).name(ROOT, "alone"));
    // \a is no parent of an exported node: a parent is not expanded further, so \a\b has no edge from it.
    check_selection(
        &mft,
        &[],
        r"
        v0:41-1 directory in_use \a\b
        v0:42-1 file in_use \a\b\one \a\b\two
        edge v0:41-1 -> v0:42-1 one
        edge v0:41-1 -> v0:42-1 two
        ",
    );
}

#[test]
fn names_of_one_file_are_in_the_order_of_their_units() {
    // U+FF61 comes after U+1F600 in UTF-16, whose first unit is 0xD83D, and before it in UTF-8.
    let names = ["b", "B", "a", "\u{FF61}", "\u{1F600}", "aa"];
    let file = names.iter().fold(Record::file(40), |file, name| file.name(ROOT, name));
    check(
        &Mft::new().with(file),
        "
        v0:40-1 file in_use \\B \\a \\aa \\b \\\u{1F600} \\\u{FF61}
        edge v0:5-5 -> v0:40-1 B
        edge v0:5-5 -> v0:40-1 a
        edge v0:5-5 -> v0:40-1 aa
        edge v0:5-5 -> v0:40-1 b
        edge v0:5-5 -> v0:40-1 \u{1F600}
        edge v0:5-5 -> v0:40-1 \u{FF61}
        ",
    );
}

#[test]
fn a_directory_with_several_names_has_a_path_for_each_and_its_children_one() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "z-first").name(ROOT, "a-second"))
        .with(Record::file(41).name(reference(40, 1), "x"));
    check(
        &mft,
        r"
        v0:40-1 directory in_use \a-second \z-first
        v0:41-1 file in_use \z-first\x
        edge v0:5-5 -> v0:40-1 a-second
        edge v0:5-5 -> v0:40-1 z-first
        edge v0:40-1 -> v0:41-1 x
        ",
    );
}

#[test]
fn a_reference_with_sequence_number_0_is_not_checked() {
    let mft = Mft::new()
        .with(Record::directory(40).sequence(7).name(reference(5, 0), "a"))
        .with(Record::file(41).name(reference(40, 0), "x"));
    check(
        &mft,
        r"
        v0:40-7 directory in_use \a
        v0:41-1 file in_use \a\x
        edge v0:5-5 -> v0:40-7 a
        edge v0:40-7 -> v0:41-1 x
        ",
    );
}

#[test]
fn a_name_that_is_not_unicode_is_kept_in_paths_and_edges() {
    let mft = Mft::new()
        .with(Record::directory(40).name_units(POSIX, ROOT, &[0xD800]))
        .with(Record::file(41).name(reference(40, 1), "x"))
        .with(Record::file(42).name_units(POSIX, ROOT, &[0x61, 0xDC00]))
        .with(Record::file(43).name_units(POSIX, ROOT, &[0xFFFD]));
    let graph = mft.scan(&["--all"]);
    let node = |record: u64| {
        let mut nodes = graph["nodes"].as_array().unwrap().iter();
        nodes.find(|node| node["record"] == record).expect("a node")
    };
    assert_eq!(node(40)["paths"][0], "\\\u{FFFD}");
    assert_eq!(node(40)["utf16"]["paths/0"], "5c0000d8");
    assert_eq!(node(41)["paths"][0], "\\\u{FFFD}\\x");
    assert_eq!(node(41)["utf16"]["paths/0"], "5c0000d85c007800");
    assert_eq!(node(42)["utf16"]["paths/0"], "5c00610000dc");
    assert_eq!(node(43)["paths"][0], "\\\u{FFFD}");
    assert_eq!(node(43).get("utf16"), None);
    let edges = graph["edges"].as_array().unwrap();
    let edge = |target: &str| edges.iter().find(|edge| edge["target"] == target).expect("an edge");
    assert_eq!(edge("v0:40-1")["utf16"]["name"], "00d8");
    assert_eq!(edge("v0:41-1").get("utf16"), None);
    assert_eq!(edge("v0:42-1")["utf16"]["name"], "610000dc");
}

// Short names ---------------------------------------------------------------------------------------------------------

#[test]
fn a_win32_name_and_its_dos_name_are_one_hard_link() {
    let mft = Mft::new().with(Record::file(40).name_in(DOS, ROOT, "LONGNA~1").name_in(WIN32, ROOT, "Long name"));
    check(
        &mft,
        r"
        v0:40-1 file in_use \Long name
        edge v0:5-5 -> v0:40-1 Long name win32 LONGNA~1
        ",
    );
    let node = &mft.scan(&["--all"])["nodes"][2];
    assert_eq!((&node["link_count"], &node["hard_links"]), (&2.into(), &1.into()));
}

#[test]
fn a_dos_name_alone_is_a_path() {
    let mft = Mft::new().with(Record::file(40).name_in(DOS, ROOT, "ONLY~1"));
    check(
        &mft,
        r"
        v0:40-1 file in_use \ONLY~1
        edge v0:5-5 -> v0:40-1 ONLY~1 dos
        ",
    );
}

#[test]
fn a_dos_name_in_another_directory_is_no_alias() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "d"))
        .with(Record::file(41).name_in(WIN32, ROOT, "Long name").name_in(DOS, reference(40, 1), "LONGNA~1"));
    // The pair would have the same parent: so it is a hard link of its own, and an edge.
    check(
        &mft,
        r"
        v0:40-1 directory in_use \d
        v0:41-1 file in_use \Long name \d\LONGNA~1
        edge v0:5-5 -> v0:40-1 d
        edge v0:5-5 -> v0:41-1 Long name win32
        edge v0:40-1 -> v0:41-1 LONGNA~1 dos
        ",
    );
}

#[test]
fn one_of_two_win32_names_has_the_only_dos_name() {
    let file = Record::file(40).name_in(WIN32, ROOT, "b first").name_in(WIN32, ROOT, "a second");
    // The first in stored order.
    check(
        &Mft::new().with(file.name_in(DOS, ROOT, "BFIRST~1")),
        r"
        v0:40-1 file in_use \a second \b first
        edge v0:5-5 -> v0:40-1 a second win32
        edge v0:5-5 -> v0:40-1 b first win32 BFIRST~1
        ",
    );
}

// Parents that are gone -----------------------------------------------------------------------------------------------

#[test]
fn a_parent_whose_record_was_used_again_is_missing() {
    let mft = Mft::new()
        .with(Record::directory(40).sequence(2).name(ROOT, "new"))
        .with(Record::file(41).name(reference(40, 1), "x"));
    check(
        &mft,
        r"
        v0:40-2 directory in_use \new
        v0:41-1 file in_use \$Orphan\40-1\x
        v0:40-1 missing
        edge v0:5-5 -> v0:40-2 new
        edge v0:40-1 -> v0:41-1 x
        problem stale-parent-reference 41
        ",
    );
}

#[test]
fn a_parent_that_is_no_record_is_missing_with_what_is_below() {
    let mft = Mft::new()
        .with(Record::directory(41).name(reference(45, 1), "never used"))
        .with(Record::directory(42).name(reference(1 << 40, 3), "past the end"))
        .with(Record::file(43).name(reference(41, 1), "x"))
        .with(Record::file(44).name(reference(45, 1), "y"))
        .with(Record::file(46).name(ROOT, "last"));
    check(
        &mft,
        r"
        v0:41-1 directory in_use \$Orphan\45-1\never used
        v0:42-1 directory in_use \$Orphan\1099511627776-3\past the end
        v0:43-1 file in_use \$Orphan\45-1\never used\x
        v0:44-1 file in_use \$Orphan\45-1\y
        v0:46-1 file in_use \last
        v0:1099511627776-3 missing
        v0:45-1 missing
        edge v0:5-5 -> v0:46-1 last
        edge v0:41-1 -> v0:43-1 x
        edge v0:1099511627776-3 -> v0:42-1 past the end
        edge v0:45-1 -> v0:41-1 never used
        edge v0:45-1 -> v0:44-1 y
        problem missing-parent 41
        problem missing-parent 42
        problem missing-parent 44
        ",
    );
}

#[test]
fn a_parent_that_was_freed_is_missing_to_a_file_in_use() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "d").freed(2))
        .with(Record::file(41).name(reference(40, 1), "x"));
    let orphan = r"
        v0:41-1 file in_use \$Orphan\40-1\x
        v0:40-1 missing
        edge v0:40-1 -> v0:41-1 x
        problem missing-parent 41
        ";
    check(&mft, orphan);
    check_selection(
        &mft,
        &["--all", "--deleted"],
        r"
        v0:40-2 directory deleted \d
        v0:41-1 file in_use \$Orphan\40-1\x
        v0:40-1 missing
        edge v0:5-5 -> v0:40-2 d
        edge v0:40-1 -> v0:41-1 x
        problem missing-parent 41
        ",
    );
}

#[test]
fn a_parent_that_is_a_file_has_the_edge_but_no_path() {
    let mft = Mft::new().with(Record::file(40).name(ROOT, "file")).with(Record::file(41).name(reference(40, 1), "x"));
    check(
        &mft,
        r"
        v0:40-1 file in_use \file
        v0:41-1 file in_use \$Orphan\40-1\x
        edge v0:5-5 -> v0:40-1 file
        edge v0:40-1 -> v0:41-1 x
        problem parent-not-a-directory 41
        ",
    );
}

#[test]
fn a_parent_that_is_an_extension_record_is_missing() {
    let mft = Mft::new()
        .with(
            Record::directory(40)
                .name(ROOT, "d")
                .attribute_list(&[(FILE_NAME, reference(40, 1)), (DATA, reference(42, 1))]),
        )
        .with(Record::file(41).name(reference(42, 1), "x"))
        .with(Record::extension(42, reference(40, 1)).attribute(DATA, Vec::new()));
    check(
        &mft,
        r"
        v0:40-1 directory in_use \d
        v0:41-1 file in_use \$Orphan\42-1\x
        v0:42-1 missing
        edge v0:5-5 -> v0:40-1 d
        edge v0:42-1 -> v0:41-1 x
        problem parent-not-a-directory 41
        ",
    );
}

#[test]
fn without_a_root_directory_everything_is_an_orphan_of_it() {
    let mft = Mft::without_root()
        .with(Record::directory(40).name(ROOT, "d"))
        .with(Record::file(41).name(reference(40, 1), "x"));
    // `$MFT` itself is in the root, too: its edge is left out here, its problem is not.
    check(
        &mft,
        r"
        v0:40-1 directory in_use \$Orphan\5-5\d
        v0:41-1 file in_use \$Orphan\5-5\d\x
        edge v0:40-1 -> v0:41-1 x
        edge v0:5-5 -> v0:40-1 d
        problem missing-parent 0
        problem missing-parent 40
        ",
    );
    let graph = mft.scan(&["--all"]);
    let root = graph["nodes"].as_array().unwrap().iter().find(|node| node["id"] == "v0:5-5").expect("a node");
    assert_eq!(*root, serde_json::json!({"id": "v0:5-5", "kind": "missing", "volume": "v0"}));
}

#[test]
fn a_directory_without_a_name_is_where_its_children_are_orphans() {
    let mft = Mft::new()
        .with(Record::directory(40))
        .with(Record::directory(41).name(reference(40, 1), "d"))
        .with(Record::file(42).name(reference(41, 1), "x"));
    check(
        &mft,
        r"
        v0:40-1 directory in_use
        v0:41-1 directory in_use \$Orphan\40-1\d
        v0:42-1 file in_use \$Orphan\40-1\d\x
        edge v0:40-1 -> v0:41-1 d
        edge v0:41-1 -> v0:42-1 x
        ",
    );
}

#[test]
fn a_file_with_one_good_parent_keeps_that_path() {
    let file = Record::file(41).name(reference(40, 9), "lost").name(ROOT, "found");
    check(
        &Mft::new().with(Record::directory(40).name(ROOT, "d")).with(file),
        r"
        v0:40-1 directory in_use \d
        v0:41-1 file in_use \$Orphan\40-9\lost \found
        v0:40-9 missing
        edge v0:5-5 -> v0:40-1 d
        edge v0:5-5 -> v0:41-1 found
        edge v0:40-9 -> v0:41-1 lost
        problem stale-parent-reference 41
        ",
    );
}

#[test]
fn missing_parents_are_in_the_order_of_the_bytes_of_their_ids() {
    let file =
        [9_u16, 10, 100].into_iter().fold(Record::file(40), |file, sequence| file.name(reference(7, sequence), "x"));
    check(
        &Mft::new().with(file.name(reference(30, 1), "y")),
        r"
        v0:40-1 file in_use \$Orphan\30-1\y \$Orphan\7-100\x \$Orphan\7-10\x \$Orphan\7-9\x
        v0:30-1 missing
        v0:7-10 missing
        v0:7-100 missing
        v0:7-9 missing
        edge v0:30-1 -> v0:40-1 y
        edge v0:7-10 -> v0:40-1 x
        edge v0:7-100 -> v0:40-1 x
        edge v0:7-9 -> v0:40-1 x
        problem missing-parent 40
        problem missing-parent 40
        problem missing-parent 40
        problem missing-parent 40
        ",
    );
}

// Cycles and depth ----------------------------------------------------------------------------------------------------

#[test]
fn a_directory_in_itself_is_cut_there() {
    let mft = Mft::new()
        .with(Record::directory(40).name(reference(40, 1), "self"))
        .with(Record::file(41).name(reference(40, 1), "x"));
    check(
        &mft,
        r"
        v0:40-1 directory in_use \$Orphan\40-1\self
        v0:41-1 file in_use \$Orphan\40-1\self\x
        edge v0:40-1 -> v0:40-1 self
        edge v0:40-1 -> v0:41-1 x
        problem parent-cycle 40
        ",
    );
}

#[test]
fn a_cycle_of_two_is_cut_at_its_lowest_record() {
    let mft = Mft::new()
        // The walk meets the cycle from below, through a record that is lower than any in it.
        .with(Record::directory(30).name(reference(41, 1), "into"))
        .with(Record::directory(40).name(reference(41, 1), "a"))
        .with(Record::directory(41).name(reference(40, 1), "b"))
        .with(Record::file(42).name(reference(41, 1), "x"));
    check(
        &mft,
        r"
        v0:30-1 directory in_use \$Orphan\41-1\a\b\into
        v0:40-1 directory in_use \$Orphan\41-1\a
        v0:41-1 directory in_use \$Orphan\41-1\a\b
        v0:42-1 file in_use \$Orphan\41-1\a\b\x
        edge v0:40-1 -> v0:41-1 b
        edge v0:41-1 -> v0:30-1 into
        edge v0:41-1 -> v0:40-1 a
        edge v0:41-1 -> v0:42-1 x
        problem parent-cycle 40
        ",
    );
}

/// Paths by record number, and the problems.
fn paths_and_problems(mft: &Mft, selection: &[&str]) -> (BTreeMap<u64, String>, Vec<String>) {
    let graph = mft.scan(selection);
    let nodes = graph["nodes"].as_array().unwrap().iter();
    let path = |node: &Value| Some((node["record"].as_u64()?, node["paths"][0].as_str()?.to_owned()));
    (nodes.filter_map(path).collect(), graph["problems"].as_array().unwrap().iter().map(problem_line).collect())
}

#[test]
fn a_cycle_of_a_thousand_is_cut_once() {
    let length = 1000;
    let mft = (0..length).fold(Mft::new(), |mft, place| {
        let above = 40 + (place + 1) % length;
        mft.with(Record::directory(40 + place).name(reference(above, 1), "d"))
    });
    let (paths, problems) = paths_and_problems(&mft, &["--all"]);
    assert_eq!(problems, ["problem parent-cycle 40"]);
    assert_eq!(paths[&40], r"\$Orphan\41-1\d");
    assert_eq!(paths[&1039], r"\$Orphan\41-1\d\d");
    assert_eq!(paths[&41], format!(r"\$Orphan\41-1{}", r"\d".repeat(1000)));
}

#[test]
fn a_path_that_is_too_long_begins_at_its_parent() {
    // Level 1 is record 40. A level has two units: 16,383 levels have 32,766, one more has more than there may be.
    let (levels, longest) = (20_000, 16_383);
    let mft = (1..=levels).fold(Mft::new(), |mft, level| {
        let parent = if level == 1 { ROOT } else { reference(38 + level, 1) };
        mft.with(Record::directory(39 + level).name(parent, "d"))
    });
    // A file with names at three levels, so that the document has these directories and not all 20,000 paths.
    let wanted = [longest, longest + 1, levels];
    let file = wanted.iter().fold(Record::file(30), |file, level| file.name(reference(39 + level, 1), "x"));
    let (paths, problems) = paths_and_problems(&mft.with(file), &[]);
    let long = format!(r"\$Long\{}-1", 39 + longest);
    assert_eq!(paths[&(39 + longest)], r"\d".repeat(16_383));
    assert_eq!(paths[&(39 + longest + 1)], format!(r"{long}\d"));
    assert_eq!(paths[&(39 + levels)], format!("{long}{}", r"\d".repeat(20_000 - 16_383)));
    // The name at level 16,383, and the directory below it; what lies deeper hangs below that.
    assert_eq!(
        problems,
        ["problem path-too-long 30".to_owned(), format!("problem path-too-long {}", 39 + longest + 1)]
    );
}

#[test]
fn the_longest_path_is_written_whole() {
    // 127 levels of a backslash and 255 units, and one more name: 254 units more fill 32,767, 255 are one too many.
    let name = "n".repeat(255);
    let mft = (0..127).fold(Mft::new(), |mft, level| {
        let parent = if level == 0 { ROOT } else { reference(39 + level, 1) };
        mft.with(Record::directory(40 + level).name(parent, &name))
    });
    let last = reference(40 + 126, 1);
    let (fits, long) = ("f".repeat(254), "l".repeat(255));
    let mft = mft.with(Record::file(300).name(last, &fits)).with(Record::file(301).name(last, &long));
    let (paths, problems) = paths_and_problems(&mft, &["--all"]);
    assert_eq!(paths[&300].encode_utf16().count(), 32_767);
    assert_eq!(paths[&301], format!(r"\$Long\166-1\{long}"));
    assert_eq!(problems, ["problem path-too-long 301"]);
}

// Extension records ---------------------------------------------------------------------------------------------------

#[test]
fn names_in_extension_records_belong_to_the_base_record() {
    let list = [(FILE_NAME, reference(40, 1)), (FILE_NAME, reference(42, 3)), (FILE_NAME, reference(41, 1))];
    let mft = Mft::new()
        .with(Record::file(40).name(ROOT, "in base").attribute_list(&list))
        .with(Record::extension(41, reference(40, 1)).name(ROOT, "in 41"))
        .with(Record::extension(42, reference(40, 1)).sequence(3).name(ROOT, "in 42"));
    check(
        &mft,
        r"
        v0:40-1 file in_use \in 41 \in 42 \in base
        edge v0:5-5 -> v0:40-1 in 41
        edge v0:5-5 -> v0:40-1 in 42
        edge v0:5-5 -> v0:40-1 in base
        ",
    );
    assert_eq!(mft.scan(&[])["volumes"][0]["counts"]["extension_records"], 2);
}

#[test]
fn an_extension_record_whose_base_record_is_gone_keeps_its_name_in_the_problem() {
    let extension = Record::extension(41, reference(40, 1)).name(ROOT, "lost name");
    let bases = [
        Record::file(40).sequence(2).name(ROOT, "again"),
        Record::file(40).name(ROOT, "freed").freed(2),
        Record::extension(40, reference(30, 1)),
    ];
    for base in bases {
        let mft = Mft::new().with(base).with(extension.clone()).with(Record::file(30).name(ROOT, "30"));
        let found = lines(&mft.scan(&["--all"]));
        assert!(found.contains(&"problem orphaned-extension-record 41".to_owned()), "{found:?}");
        assert!(!found.iter().any(|line| line.contains("lost name")), "{found:?}");
    }
    let message = message(&Mft::new().with(extension), "orphaned-extension-record");
    assert!(message.contains("40-1") && message.contains("\"lost name\""), "{message}");
}

#[test]
fn an_extension_record_that_no_list_names_is_not_attached() {
    let extension = Record::extension(41, reference(40, 1)).name(ROOT, "not listed");
    let without_list = Record::file(40).name(ROOT, "file");
    let other_list = without_list.clone().attribute_list(&[(FILE_NAME, reference(40, 1))]);
    let stale_list =
        without_list.clone().attribute_list(&[(FILE_NAME, reference(40, 1)), (FILE_NAME, reference(41, 9))]);
    let expected = r"
        v0:40-1 file in_use \file
        edge v0:5-5 -> v0:40-1 file
        problem extension-not-listed 41
        ";
    check(&Mft::new().with(without_list).with(extension.clone()), expected);
    check(&Mft::new().with(other_list).with(extension.clone()), expected);
    let mft = Mft::new().with(stale_list).with(extension);
    check(
        &mft,
        r"
        v0:40-1 file in_use \file
        edge v0:5-5 -> v0:40-1 file
        problem listed-record-missing 40
        problem extension-not-listed 41
        ",
    );
    assert!(message(&mft, "extension-not-listed").contains("\"not listed\""));
}

#[test]
fn a_list_that_names_another_files_record_is_a_problem() {
    let list = [(FILE_NAME, reference(40, 1)), (FILE_NAME, reference(41, 1)), (FILE_NAME, reference(99, 1))];
    let mft =
        Mft::new().with(Record::file(40).name(ROOT, "a").attribute_list(&list)).with(Record::file(41).name(ROOT, "b"));
    check(
        &mft,
        r"
        v0:40-1 file in_use \a
        v0:41-1 file in_use \b
        edge v0:5-5 -> v0:40-1 a
        edge v0:5-5 -> v0:41-1 b
        problem listed-record-missing 40
        problem listed-record-missing 40
        ",
    );
}

// What was deleted ----------------------------------------------------------------------------------------------------

#[test]
fn a_file_that_waits_for_its_deletion_says_so() {
    let mft = Mft::new()
        .with(Record::directory(11).sequence(11).name(ROOT, "$Extend"))
        .with(Record::directory(29).name(reference(11, 11), "$Deleted"))
        .with(Record::file(40).name(reference(29, 1), "00280000000000282F2C"))
        // Only the one in $Extend is meant.
        .with(Record::directory(41).name(ROOT, "$Deleted"))
        .with(Record::file(42).name(reference(41, 1), "x"));
    check(
        &mft,
        r"
        v0:11-11 directory in_use \$Extend
        v0:29-1 directory in_use \$Extend\$Deleted
        v0:40-1 file delete_pending \$Extend\$Deleted\00280000000000282F2C
        v0:41-1 directory in_use \$Deleted
        v0:42-1 file in_use \$Deleted\x
        edge v0:5-5 -> v0:11-11 $Extend
        edge v0:5-5 -> v0:41-1 $Deleted
        edge v0:11-11 -> v0:29-1 $Deleted
        edge v0:29-1 -> v0:40-1 00280000000000282F2C
        edge v0:41-1 -> v0:42-1 x
        ",
    );
}

#[test]
fn the_directory_of_pending_deletions_has_no_fixed_number() {
    // A volume of an older Windows gets it when a newer one mounts it.
    let mft = Mft::new()
        .with(Record::directory(11).sequence(11).name(ROOT, "$Extend"))
        .with(Record::directory(700).name(reference(11, 11), "$Deleted"))
        .with(Record::file(701).name(reference(700, 1), "x"));
    let graph = mft.scan(&["--all"]);
    let node = graph["nodes"].as_array().unwrap().iter().find(|node| node["record"] == 701).expect("a node");
    assert_eq!(node["state"], "delete_pending");
}

#[test]
fn a_deleted_file_in_a_deleted_directory_has_its_path() {
    // Freed records have counted on: the name in the file was valid when the directory's number was one lower.
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "d").freed(2))
        .with(Record::file(41).name(reference(40, 1), "x").freed(8));
    check_selection(
        &mft,
        &["--deleted"],
        r"
        v0:40-2 directory deleted \d
        v0:41-8 file deleted \d\x
        edge v0:5-5 -> v0:40-2 d
        edge v0:40-2 -> v0:41-8 x deleted
        ",
    );
    check_selection(&mft, &["--all"], "");
}

#[test]
fn a_sequence_number_that_wraps_around_skips_0() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "d").freed(1))
        .with(Record::file(41).name(reference(40, 0xFFFF), "x").freed(2));
    check_selection(
        &mft,
        &["--deleted"],
        r"
        v0:40-1 directory deleted \d
        v0:41-2 file deleted \d\x
        edge v0:5-5 -> v0:40-1 d
        edge v0:40-1 -> v0:41-2 x deleted
        ",
    );
}

#[test]
fn a_deleted_file_in_a_directory_whose_record_was_used_again_has_lost_its_path() {
    let mft = Mft::new()
        .with(Record::directory(40).sequence(2).name(ROOT, "new"))
        .with(Record::file(41).name(reference(40, 1), "x").freed(2));
    check_selection(
        &mft,
        &["--deleted"],
        r"
        v0:41-2 file deleted \$Orphan\40-1\x
        v0:40-1 missing
        edge v0:40-1 -> v0:41-2 x
        ",
    );
}

#[test]
fn a_deleted_file_in_a_directory_in_use_has_its_path() {
    let mft = Mft::new()
        .with(Record::directory(40).name(ROOT, "d"))
        .with(Record::file(41).name(reference(40, 1), "x").name(ROOT, "y").freed(2));
    check_selection(
        &mft,
        &["--deleted"],
        r"
        v0:40-1 directory in_use \d
        v0:41-2 file deleted \d\x \y
        edge v0:5-5 -> v0:41-2 y
        edge v0:40-1 -> v0:41-2 x
        ",
    );
}

#[test]
fn names_in_extension_records_of_a_deleted_file_are_there() {
    // They keep the base record's number as it was.
    let list = [(FILE_NAME, reference(40, 1)), (FILE_NAME, reference(41, 4))];
    let mft = Mft::new()
        .with(Record::file(40).name(ROOT, "a").attribute_list(&list).freed(2))
        .with(Record::extension(41, reference(40, 1)).name(ROOT, "b").freed(5));
    check_selection(
        &mft,
        &["--deleted"],
        r"
        v0:40-2 file deleted \a \b
        edge v0:5-5 -> v0:40-2 a
        edge v0:5-5 -> v0:40-2 b
        ",
    );
}
