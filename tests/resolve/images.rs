//! Images from specs, in a directory of their own, and the program run on them.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output};

use imagekit::build::build;
use tempfile::TempDir;

use crate::document::Document;
use crate::support::corpus::temporary_directory;

/// Images that are gone when this is.
pub struct Images(TempDir);

impl Images {
    pub fn new() -> Self {
        Self(tempfile::tempdir_in(temporary_directory()).expect("a directory"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Builds an image from a spec.
    pub fn build(&self, name: &str, spec: &str) {
        let image = imagekit::spec::parse(name, spec).unwrap_or_else(|error| panic!("{error}\n{spec}")).image;
        let file = File::create_new(self.path(name)).expect("a new file");
        build(&image, &file).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Runs the program in the directory of the images.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
        command
            .current_dir(self.0.path())
            .args(["scan", "--quiet"])
            .args(arguments)
            .output()
            .expect("the program starts")
    }

    /// Scans images.
    pub fn scan(&self, arguments: &[&str]) -> Document {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Document::parse(&output.stdout)
    }

    /// What the program says where it refuses: one line, and nothing on standard output.
    pub fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{arguments:?}: {message}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        message
    }
}
