//! What goes to standard output, to standard error, and into the exit status.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod mft_builder;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mft_builder::{Mft, Record, reference};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ntfslinks")).args(arguments).output().unwrap()
}

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "img")).collect()
}

fn links_image() -> String {
    format!("{}/fixtures/links.img", env!("CARGO_MANIFEST_DIR"))
}

/// Status 0 and nothing on standard error; answers standard output, which is text without control characters.
fn check(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!has_controls(&text), "{arguments:?}");
    text
}

/// Whether there is anything but text and line ends: escape codes, carriage returns of a progress bar.
fn has_controls(text: &str) -> bool {
    text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t'))
}

#[test]
fn a_pipe_gets_the_document_alone_and_standard_error_the_summary() {
    let output = run(&["scan", &links_image()]);
    assert_eq!(output.status.code(), Some(0));
    let document = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!has_controls(&document) && document.ends_with("}\n"));
    assert!(serde_json::from_str::<serde_json::Value>(&document).is_ok());
    let summary = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(!has_controls(&summary));
    let lines: Vec<&str> = summary.lines().collect();
    assert!(lines.len() <= 6, "a few lines: {summary}");
    let recipe = std::fs::read_to_string(links_image().replace(".img", ".json")).unwrap();
    let junctions = format!("junction {}", recipe.matches("\"type\": \"junction\"").count());
    for part in ["records in use", "files with 2+ names", &junctions, "problems", "reparse points"] {
        assert!(summary.contains(part), "no {part:?} in {summary}");
    }
}

#[test]
fn a_device_or_a_pipe_is_written_to_and_stays_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let name = pipe.to_str().unwrap().to_owned();
    let reader = std::thread::spawn(move || std::fs::read(pipe).unwrap());
    check(&["scan", "--quiet", "-o", &name, &links_image()]);
    let expected = check(&["scan", "--quiet", &links_image()]);
    assert_eq!(String::from_utf8(reader.join().unwrap()).unwrap(), expected);
    assert!(!Path::new(&name).metadata().unwrap().is_file());
}

#[test]
fn an_output_file_gets_what_a_pipe_gets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("graph.json");
    let output = run(&["scan", "-o", path.to_str().unwrap(), &links_image()]);
    assert!(output.status.success() && output.stdout.is_empty() && !output.stderr.is_empty());
    assert_eq!(std::fs::read_to_string(path).unwrap(), check(&["scan", "--quiet", &links_image()]));
}

#[test]
fn quiet_says_nothing() {
    for command in [&["scan", "--quiet"][..], &["scan", "-q", "--format", "ndjson"], &["info", "--quiet"]] {
        let text = check(&[command, &[&links_image()]].concat());
        assert!(!text.is_empty());
    }
}

#[test]
fn strict_is_status_1_if_there_are_problems() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mft").to_str().unwrap().to_owned();
    let damaged = Mft::new().with(Record::file(40).name(reference(30, 1), "orphan"));
    std::fs::write(&path, damaged.bytes()).unwrap();
    for command in ["scan", "info"] {
        for (image, strict, expected) in
            [(&path, "--strict", 1), (&path, "--quiet", 0), (&links_image(), "--strict", 0)]
        {
            let output = run(&[command, strict, image]);
            assert_eq!(output.status.code(), Some(expected), "{command} {strict} {image}");
            assert!(!output.stdout.is_empty());
        }
    }
}

#[test]
fn a_broken_pipe_is_a_quiet_stop() {
    let image = links_image();
    let commands: [&[&str]; 8] = [
        &["fixture", "example", "links"],
        &["fixture", "describe", "--quiet", &image],
        &["scan", "--all", &image],
        &["scan", "--quiet", "--format", "ndjson", &image],
        &["info", &image],
        &["schema", "graph"],
        &["completions", "bash"],
        &["man"],
    ];
    for arguments in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
        let child = command.args(arguments).stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_a_failure_with_one_line() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    let child = command.args(["scan", &links_image()]).stdout(full).stderr(std::process::Stdio::piped()).spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8_lossy(&output.stderr);
    assert!(line.contains("standard output cannot be written") && line.lines().count() == 1, "{line}");
}

#[test]
fn the_bytes_are_the_same_on_any_number_of_threads() {
    for image in fixtures() {
        for selection in [&["--deleted"][..], &["--all", "--format", "ndjson"]] {
            let with = |threads: &str| {
                check(&[&["scan", "--quiet", "--threads", threads], selection, &[image.to_str().unwrap()]].concat())
            };
            let one = with("1");
            assert!(["2", "7"].iter().all(|threads| with(threads) == one), "{image:?} {selection:?}");
        }
    }
}

#[test]
fn a_number_of_threads_that_makes_no_sense_is_refused() {
    for threads in ["0", "1025"] {
        let output = run(&["scan", "--threads", threads, &links_image()]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    }
}

#[test]
fn info_is_a_table_or_json() {
    let table = check(&["info", &links_image()]);
    for part in ["links.img", "raw, 2 MiB", "volume v0", "\"links\"", "NTFS 3.1", "sector 512 B", "reparse points"] {
        assert!(table.contains(part), "no {part:?} in {table}");
    }
    let info: serde_json::Value =
        serde_json::from_str(&check(&["info", "--format", "json", &links_image()])).expect("JSON");
    assert_eq!(info["schema"], "ntfslinks/info/1");
    assert_eq!(info["volumes"][0]["label"], "links");
}

const COMMANDS: [&str; 6] = ["scan", "info", "schema", "fixture", "completions", "man"];

#[test]
fn help_names_every_command() {
    let help = check(&["--help"]);
    for command in COMMANDS {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "no {command} in {help}");
        assert!(check(&[command, "--help"]).contains("Usage:"));
    }
    assert!(check(&["--version"]).starts_with("ntfslinks "));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = check(&["completions", shell]);
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
        assert!(script.contains("deleted"), "{shell}: options too");
    }
}

#[test]
fn manual_pages_render() {
    let page = check(&["man"]);
    assert!(page.contains(".TH ntfslinks 1") && page.contains(".SH SYNOPSIS"), "{page}");
    for command in COMMANDS {
        let page = check(&["man", command]);
        assert!(page.contains(".SH NAME") && page.contains(command), "{page}");
    }
    let page = check(&["man", "fixture", "build"]);
    assert!(page.contains(".SH NAME") && page.contains("build") && page.contains("seed"), "{page}");
    let output = run(&["man", "nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}

#[test]
fn a_command_line_that_makes_no_sense_is_status_2() {
    for arguments in [&["scan"][..], &["nonsense"], &["scan", "--nonsense", "x"], &["schema", "nonsense"], &[]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}
