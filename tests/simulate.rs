//! `simulate`: what a copy comes to, as text and as JSON.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const SPEC: &str = r"
[[file]]
path = '\scope\shared'
zeros = 2000
names = ['\scope\twin', '\elsewhere']

[[file]]
path = '\scope\link'
junction = 'C:\data'

[[file]]
path = '\scope\self'
junction = 'C:\scope'

[[file]]
path = '\data\file'
zeros = 7
";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ntfslinks")).args(arguments).output().unwrap()
}

fn image(directory: &TempDir) -> PathBuf {
    let (spec, image) = (directory.path().join("x.toml"), directory.path().join("x.img"));
    std::fs::write(&spec, SPEC).unwrap();
    let output = run(&["fixture", "build", "-q", spec.to_str().unwrap(), "-o", image.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    image
}

fn simulate(arguments: &[&str]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let image = image(&directory);
    let fixed = ["simulate", "-q", image.to_str().unwrap(), "--drive", "C=v0", "--scope", r"\scope"];
    let output = run(&[&fixed[..], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_person_gets_a_table_and_the_tools_that_copy_like_that() {
    let text = simulate(&["--links", "skip", "--hard-links", "expand"]);
    let lines = [
        r"\scope: a copy that skips links and makes files of hard links",
        "  carried       1 directory, 2 files, 3.9 KiB (4,000 bytes)",
        "  its own       0 files, 0 bytes with every hard link in it",
        "  shared        1 file, 1.9 KiB (2,000 bytes) with hard links elsewhere as well",
        "  doubled       1 file, 1.9 KiB (2,000 bytes) more than once",
        "                  1 file, 1.9 KiB (2,000 bytes) because hard links become files",
        "  missed        1 file, 7 bytes behind links that lead out, 1 of them",
        r"                  \scope\link → \data",
        "  links         2 skipped",
    ];
    let (table, tools) = text.split_once("Tools: ").expect("the tools");
    assert_eq!(table.lines().collect::<Vec<_>>(), lines);
    assert!(tools.contains("robocopy /XJ") && tools.contains("rsync without -H"), "{tools}");
}

#[test]
fn a_program_gets_every_number() {
    let document: Value =
        serde_json::from_str(&simulate(&["--links", "follow", "--hard-links", "keep", "--format", "json"])).unwrap();
    assert_eq!(document["schema"], "ntfslinks/simulation/1");
    let copy = &document["copies"][0];
    assert_eq!(copy["carried"], json!({"files": 2, "bytes": 2007}));
    assert_eq!((&copy["further_hard_links"], &copy["never_ends"]), (&json!(1), &json!(true)));
    assert_eq!(copy["loops"][0]["source_path"], r"\scope\self");
    let fates: Vec<&Value> = copy["link_fates"].as_array().unwrap().iter().map(|link| &link["fate"]).collect();
    assert_eq!(fates, ["followed", "leads_back"]);
}

#[test]
fn a_scope_that_is_no_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let image = image(&directory);
    let policy = ["--links", "copy", "--hard-links", "keep", "--scope"];
    for (scope, status) in [(r"\scope\link", 2), (r"\data\file", 2), (r"\nothing", 1)] {
        let output = run(&[&["simulate", image.to_str().unwrap()][..], &policy[..], &[scope]].concat());
        assert_eq!(output.status.code(), Some(status), "{scope}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{scope}");
    }
}
