//! Images whose file changes while it is read: cut short, or grown; and images that are read without a map.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

#[allow(dead_code, reason = "only the corpus is used here")]
mod support;

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::corpus::Corpus;
use tempfile::TempDir;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ntfslinks"))
}

/// An image with so many files that reading it takes longer than to notice that it has begun.
fn image(directory: &TempDir) -> PathBuf {
    let files: String = (0..20_000).map(|number| format!("[[file]]\npath = '\\file {number}'\n")).collect();
    let (spec, image) = (directory.path().join("many.toml"), directory.path().join("many.img"));
    fs::write(&spec, files).expect("the spec is written");
    let built = program().args(["fixture", "build"]).arg(&spec).arg("-o").arg(&image).output().expect("it starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    image
}

/// Whether a process has opened a file, or mapped it.
fn has_opened(process: u32, image: &Path, option: &str) -> bool {
    if option == "--no-mmap" {
        let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
        return files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|path| path == image));
    }
    let name = image.to_str().expect("a path in UTF-8");
    fs::read_to_string(format!("/proc/{process}/maps")).is_ok_and(|maps| maps.contains(name))
}

fn signal(process: u32, signal: &str) {
    let sent = Command::new("kill").arg(signal).arg(process.to_string()).stderr(Stdio::null()).status();
    sent.expect("kill starts");
}

/// Scans an image into a file, and changes it as soon as the program has opened it. Answers what the program says; `None`
/// if it was done before.
fn scan_while_changing(image: &Path, option: &str, output: &Path, change: impl Fn(&File)) -> Option<Output> {
    let mut command = program();
    command.args(["scan", "--all", "--threads", "3", option, "-o"]).arg(output).arg(image);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let begun = Instant::now();
    while !has_opened(child.id(), image, option) {
        assert!(begun.elapsed() < Duration::from_secs(60), "the program opens its image");
        if child.try_wait().expect("the program can be waited for").is_some() {
            return None;
        }
    }
    signal(child.id(), "-STOP");
    let file = OpenOptions::new().write(true).open(image).expect("the image can be written");
    change(&file);
    signal(child.id(), "-CONT");
    let output = child.wait_with_output().expect("the program ends");
    Some(output)
}

/// Tries until a change comes while the image is read: neither before the program knows how long it is, nor when it is
/// done. `look` says whether it was so.
fn try_until(option: &str, change: impl Fn(&File), look: impl Fn(&Output, &Path) -> bool) {
    const TRIES: usize = 30;
    let directory = tempfile::tempdir().expect("a directory");
    let image = image(&directory);
    let original = fs::read(&image).expect("the image");
    let place = directory.path().join("out");
    fs::create_dir(&place).expect("a directory");
    let was_meanwhile = || {
        fs::write(&image, &original).expect("the image is written");
        let output = scan_while_changing(&image, option, &place.join("graph.json"), &change);
        let is_meant = output.is_some_and(|output| look(&output, &place));
        fs::remove_file(place.join("graph.json")).ok();
        is_meant
    };
    assert!((0..TRIES).any(|_| was_meanwhile()), "the change never came in time");
}

fn check_cut_short(option: &str, expected: &str) {
    // Less than a sector is left.
    let cut = |file: &File| file.set_len(100).expect("the image is cut short");
    try_until(option, cut, |output, place| {
        let message = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || message.contains("expected at least one sector") {
            return false;
        }
        assert_eq!(output.status.code(), Some(2), "{message}");
        let lines = message.lines().filter(|line| line.contains("at offset 0x")).count();
        assert_eq!(lines, 1, "{message}");
        assert!(message.ends_with(&format!("{expected}\n")), "{message}");
        let left: Vec<_> = fs::read_dir(place).expect("the directory").flatten().map(|file| file.file_name()).collect();
        assert!(left.is_empty(), "no output, and no part of one: {left:?}");
        true
    });
}

#[test]
fn a_mapped_image_that_is_cut_short_ends_with_one_line() {
    check_cut_short("--quiet", ": cannot be read any more: the file became shorter, or reading it failed");
}

#[test]
fn an_image_that_is_read_in_pieces_and_cut_short_ends_with_one_line() {
    check_cut_short("--no-mmap", ": cannot be read: the file became shorter while it was read");
}

#[test]
fn an_image_that_grows_is_a_problem() {
    for option in ["--quiet", "--no-mmap"] {
        let grow = |file: &File| {
            let before = file.metadata().expect("the image").len();
            file.set_len(before + 512).expect("the image grows");
        };
        try_until(option, grow, |output, place| {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let text = fs::read(place.join("graph.json")).expect("the graph");
            let document: Value = serde_json::from_slice(&text).expect("a document");
            let problems = document["problems"].as_array().expect("problems").iter();
            let codes: Vec<&str> = problems.filter_map(|problem| problem["code"].as_str()).collect();
            codes == ["image-changed"]
        });
    }
}

/// The same bytes, whichever way they are read.
#[test]
fn nothing_depends_on_how_an_image_is_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut images = vec![image(&directory)];
    if let Some(corpus) = Corpus::find() {
        images
            .extend(["charlie.dd", "dfvfs-fixed.vhd", "grr-mbr.dd", "libyal-links.mft"].map(|name| corpus.image(name)));
    }
    for image in images {
        for command in
            [&["scan", "--all", "--quiet", "--format", "json"][..], &["audit", "--quiet", "--format", "json"]]
        {
            let run = |option: &[&str]| program().args(command).args(option).arg(&image).output().expect("it starts");
            let (mapped, in_pieces) = (run(&[]), run(&["--no-mmap"]));
            assert_eq!(mapped.status.code(), in_pieces.status.code());
            assert!(mapped.stdout == in_pieces.stdout, "{} {command:?}", image.display());
        }
    }
}
