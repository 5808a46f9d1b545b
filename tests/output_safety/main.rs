//! Output safety. Whatever an image says, and whatever its file is called, comes out inert in every format; the program
//! opens nothing that an image names, and writes nothing but what it was told to write.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod canaries;
mod commands;
mod errors;
mod hostile;
mod inert;
mod outputs;
mod read_back;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "no test needs every part")]
mod support;
mod system_calls;
mod terminal;
mod traced;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use commands::{CommandLine, every_command};
use hostile::Images;
use inert::Format;

/// The program as users call it, without the paths of cargo's libraries, which the loader would try.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Runs the program.
fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    program().args(arguments).output().expect("the program starts")
}

/// The file beside an image that has its spec.
const SPEC: &str = "spec.toml";

/// Builds the image that a spec describes.
fn build(directory: &Path, name: &OsStr, spec: &str) -> PathBuf {
    let (text, image) = (directory.join(SPEC), directory.join(name));
    std::fs::write(&text, spec).expect("the spec is written");
    let output =
        run([OsStr::new("fixture"), "build".as_ref(), "-q".as_ref(), text.as_ref(), "-o".as_ref(), image.as_ref()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    image
}

/// What is wrong with what a command writes: it is not inert, or no answer.
fn complaint(command: &CommandLine) -> Option<String> {
    let Output { status, stdout, stderr } = run(&command.arguments);
    let expected = i32::from(command.arguments.iter().any(|argument| argument == "--fail-on"));
    let checked = match status.code() {
        Some(code) if code == expected => {
            inert::check(command.format, &stdout).and_then(|()| inert::check(Format::Text, &stderr))
        }
        code => Err(format!("status {code:?}: {}", String::from_utf8_lossy(&stderr))),
    };
    checked.err().map(|complaint| format!("{:?}: {complaint}", command.arguments))
}

#[test]
fn all_that_an_image_says_comes_out_inert_in_every_format() {
    let images = Images::build();
    let commands: Vec<CommandLine> = images.all().into_iter().flat_map(every_command).collect();
    support::check_each(&commands, |command| complaint(command).into_iter().collect());
}
