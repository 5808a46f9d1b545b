//! `ntfslinks audit`: what it finds in real images, how it gates, and that its documents are what they claim to be.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod corpus;
mod formats;
mod gate;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "no test needs every part")]
mod support;
#[path = "../mft_builder/tight_schema.rs"]
#[allow(dead_code, reason = "no test needs every part")]
mod tight_schema;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's image with links of every kind.
fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.img")
}

/// Runs the program.
fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ntfslinks")).args(arguments).output().expect("the program starts")
}

/// Builds the image that a spec describes.
fn build(directory: &Path, name: &str, spec: &str) -> PathBuf {
    let (text, image) = (directory.join(format!("{name}.toml")), directory.join(name));
    std::fs::write(&text, spec).expect("the spec is written");
    let output =
        run([OsStr::new("fixture"), "build".as_ref(), "-q".as_ref(), text.as_ref(), "-o".as_ref(), image.as_ref()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    image
}
