//! Exactly what is found in real images. Each finding follows from what `facts/NAME.json` says, read by an independent
//! reader, and the message repeats the value that shows it.

use serde_json::Value;

use crate::run;
use crate::support::corpus::Corpus;

fn audit(corpus: &Corpus, image: &str, options: &[&str]) -> Value {
    let path = corpus.image(image);
    let path = path.to_str().expect("a path in UTF-8");
    let output = run([&["audit", "--quiet", "--format", "json"], options, &[path]].concat());
    assert!(output.status.success(), "{image}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a document")
}

/// Rule, severity and path of every finding of an image that is not suppressed.
fn findings(corpus: &Corpus, image: &str, options: &[&str]) -> Vec<(String, String, String)> {
    let document = audit(corpus, image, options);
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let all = document["findings"].as_array().expect("findings").iter();
    all.map(|finding| (text(finding, "rule"), text(finding, "severity"), text(finding, "path"))).collect()
}

fn check(image: &str, options: &[&str], expected: &[(&str, &str, &str)]) {
    let Some(corpus) = Corpus::find() else { return };
    let found = findings(corpus, image, options);
    let found: Vec<(&str, &str, &str)> =
        found.iter().map(|(rule, severity, path)| (&rule[..], &severity[..], &path[..])).collect();
    assert_eq!(found, expected, "{image} {options:?}");
}

/// Its one link says `x:`, which nothing on the volume maps; with the letter it is resolved, and nothing is left to say.
#[test]
fn a_volume_with_a_link_by_a_letter_that_nobody_gave_it() {
    check("dfvfs-vss.raw", &[], &[("drive-letter-target", "note", r"\a_link")]);
    check("dfvfs-vss.raw", &["--drive", "X=v0"], &[]);
}

/// A file symlink, a junction and a directory symlink to `x:\testdir1` and below. The four WOF files have their streams.
#[test]
fn an_mft_with_links_of_three_kinds() {
    let note = |path| ("drive-letter-target", "note", path);
    check(
        "libyal-links.mft",
        &[],
        &[note(r"\file_symboliclink1"), note(r"\directory_junction1"), note(r"\directory_symboliclink1")],
    );
    // The directory is there three times for whoever follows its two links.
    check("libyal-links.mft", &["--drive", "X=v0"], &[("copy-inflation", "warning", "\\")]);
}

/// The junction `\??\P:\Pictures` has no print name (record 406: print offset 0x20, length 0). Marked and torn records that
/// are not in use bear no links.
#[test]
fn an_mft_with_a_junction_without_a_name_to_show() {
    let expected =
        [("drive-letter-target", "note", r"\Docs\Pictures"), ("empty-print-name", "note", r"\Docs\Pictures")];
    check("xways.mft", &[], &expected);
    // Pictures are not below Docs, and nothing below them has a name elsewhere.
    let expected = [("delete-blast-radius", "error", r"\Docs"), ("empty-print-name", "note", r"\Docs\Pictures")];
    check("xways.mft", &["--drive", "P=v0"], &expected);
}

/// Volumes that Windows made and that have no links: all copies of each fact agree.
#[test]
fn volumes_without_links_have_no_findings() {
    for image in ["clusters-2m.raw", "charlie.dd", "orc-xp.mft"] {
        check(image, &[], &[]);
    }
}

/// The first byte of record 0 that differs from its copy, update sequences undone: read off the bytes with a script, which
/// found no difference in records 0 to 3 of any other volume of the corpus.
#[test]
fn volumes_whose_mirror_differs() {
    let Some(corpus) = Corpus::find() else { return };
    for (image, first_byte) in [
        ("damaged-mft_file_missing_filename_attr.img", Some(0x98)),
        ("damaged-mft_table_entry_corruption.img", Some(0x18)),
        ("damaged-formatted_on_windows.img", None),
        ("clusters-2m.raw", None),
        ("grr-mbr.dd", None),
    ] {
        let document = audit(corpus, image, &[]);
        let findings = document["findings"].as_array().expect("findings").iter();
        let of_mirror = findings.filter(|finding| finding["rule"] == "torn-link-record");
        let found: Vec<(Option<u64>, Option<u64>)> =
            of_mirror.map(|finding| (finding["record"].as_u64(), finding["evidence"]["first_byte"].as_u64())).collect();
        let expected: Vec<(Option<u64>, Option<u64>)> =
            first_byte.into_iter().map(|first| (Some(0), Some(first))).collect();
        assert_eq!(found, expected, "{image}");
    }
}
