//! Built images, and what the program says of the links in them.

use std::process::Command;

use serde_json::Value;
use tempfile::NamedTempFile;

/// The link, in images with one.
pub const LINK: &str = "v0:100-1";
/// What it leads to, if that is on its own volume.
pub const TARGET: &str = "v0:101-1";

/// Builds the image of a spec.
pub fn build(spec: &str) -> NamedTempFile {
    let file = NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let parsed = imagekit::spec::parse("spec.toml", spec).unwrap_or_else(|error| panic!("{error}\n{spec}"));
    imagekit::build::build(&parsed.image, file.as_file()).unwrap();
    file
}

/// The graph of an image, of all files in it.
pub fn scan(options: &[&str], image: &NamedTempFile) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    let output = command.args(["scan", "--quiet", "--all"]).args(options).arg(image.path()).output().unwrap();
    assert!(output.status.success(), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What became of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub link_type: String,
    pub status: String,
    pub target: String,
    pub notes: Vec<String>,
}

/// The verdict on the link at a record, if there is one.
pub fn verdict(graph: &Value, link: &str) -> Option<Verdict> {
    let edges = graph["edges"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["source"] == link && edge.get("status").is_some())?;
    let text = |key: &str| edge[key].as_str().unwrap().to_owned();
    let notes = edge.get("note").and_then(Value::as_array).into_iter().flatten();
    Some(Verdict {
        link_type: text("type"),
        status: text("status"),
        target: text("target"),
        notes: notes.map(|note| note.as_str().unwrap().to_owned()).collect(),
    })
}

impl Verdict {
    pub fn has(&self, note: &str) -> bool {
        self.notes.iter().any(|word| word == note)
    }

    /// Whether it leads to a file or directory of the images.
    pub fn is_reached(&self) -> bool {
        matches!(self.status.as_str(), "resolved" | "other_volume")
    }
}
