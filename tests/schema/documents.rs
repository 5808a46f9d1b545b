//! The documents: of every fixture, of a volume in disorder, and of a disk with what no fixture has.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

use crate::mft_builder::{Mft, ROOT, Record, reference};

/// A document, and the arguments that gave it.
#[derive(Debug)]
pub struct Document {
    pub arguments: Vec<OsString>,
    pub value: Value,
}

/// The graphs of all images, each in every selection.
pub static GRAPHS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let of_graph =
        |(selection, images): (&&[&str], &Vec<OsString>)| document(&[&["scan", "--quiet"], *selection], images);
    let images = images();
    SELECTIONS.iter().flat_map(|selection| images.iter().map(move |images| (selection, images))).map(of_graph).collect()
});

/// The overviews of all images.
pub static INFOS: LazyLock<Vec<Document>> =
    LazyLock::new(|| images().iter().map(|images| document(&[&["info", "--format", "json"]], images)).collect());

/// The selections in which a graph is written.
const SELECTIONS: [&[&str]; 3] = [&[], &["--all"], &["--all", "--deleted", "--second-reader"]];

/// Images that are read together, with the options that say what they are to each other.
fn images() -> Vec<Vec<OsString>> {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let fixture = |name: &str| fixture(name).into_os_string();
    let mut images: Vec<Vec<OsString>> = fixtures().into_iter().map(|path| vec![path.into_os_string()]).collect();
    images.push([words(&["--drive", "C=v0"]), vec![fixture("demo")]].concat());
    // The volume says itself that it is C.
    images.push([words(&["--drive", "E=v0"]), vec![fixture("links")]].concat());
    let both = words(&["--drive", "C=v0", "--drive", "D=v1", "--map-guid", "11111111-2222-3333-4444-555555555555=v1"]);
    images.push([both, vec![fixture("demo"), fixture("links")]].concat());
    images.push([words(&["--drive", "C=v0", "--via-share", r"\\server\share=C:\"]), vec![fixture("demo")]].concat());
    images.push(vec![DISORDERLY_MFT.clone(); 12]);
    images.push(vec![RARE_DISK.clone()]);
    images
}

/// The fixture of a name.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).with_extension("img")
}

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<PathBuf> = entries.filter(|path| path.extension() == Some(OsStr::new("img"))).collect();
    fixtures.sort();
    fixtures
}

/// Runs the program. The answer may be bad, as that of `resolve` for a link that dangles.
fn output(arguments: &[OsString]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_ntfslinks")).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}: {errors}", output.status);
    output
}

/// What the program writes.
pub fn text(arguments: &[OsString]) -> String {
    String::from_utf8(output(arguments).stdout).expect("UTF-8")
}

/// The document that the program writes.
pub fn document(words: &[&[&str]], images: &[OsString]) -> Document {
    let words = words.concat().into_iter().map(OsString::from);
    document_of(words.chain(images.iter().cloned()).collect())
}

/// The document that the program writes of an object, which is the last argument.
pub fn answer(command: &str, images: &[OsString], object: &str) -> Document {
    let words = [command, "--quiet", "--format", "json"].map(OsString::from);
    document_of(words.into_iter().chain(images.iter().cloned()).chain([object.into()]).collect())
}

fn document_of(arguments: Vec<OsString>) -> Document {
    let value = serde_json::from_str(&text(&arguments)).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    Document { arguments, value }
}

/// A file for these tests, with a name that is not Unicode.
fn temporary_file(name: &str) -> PathBuf {
    let mut name = OsString::from(format!("schema-{name}-"));
    name.push(OsStr::from_bytes(b"\xFF"));
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Names that are not Unicode, parents that are gone, and problems.
pub static DISORDERLY_MFT: LazyLock<OsString> = LazyLock::new(|| {
    let file = ["\u{FF61}", "\u{1F600}", "B"].iter().fold(Record::file(41), |file, name| file.name(ROOT, name));
    let mft = Mft::new()
        .with(file.name_units(0, ROOT, &[0xD800]))
        .with(Record::file(40).name(reference(30, 7), "b").name(reference(4, 10), "x").name(reference(4, 9), "x"))
        .with(Record::directory(42).name_units(0, reference(1, 1), &[0x61, 0xDC00, 0x62]))
        .with(Record::file(43).name(reference(42, 1), "below").name(reference(42, 1), "a"))
        .with(Record::directory(44).name(reference(44, 1), "cycle").name(reference(42, 1), "again"))
        .with(Record::file(45).name(reference(42, 1), "gone").freed(2))
        .with(Record::extension(46, reference(45, 1)).name(ROOT, "orphaned"))
        .with(
            Record::file(47)
                .name(ROOT, "link")
                .attribute(0xC0, vec![3, 0, 0, 0xA0, 8, 0, 0, 0, 4, 0, 6, 0, 9, 0, 3, 0]),
        );
    let path = temporary_file("mft");
    fs::write(&path, mft.bytes()).unwrap();
    path.into_os_string()
});

/// What no fixture has.
pub static RARE_DISK: LazyLock<OsString> = LazyLock::new(|| {
    let spec = imagekit::spec::parse("rare.toml", include_str!("rare.toml")).unwrap();
    let path = temporary_file("disk");
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
    let built = imagekit::build::build(&spec.image, &file).unwrap();
    for damage in &spec.damages {
        imagekit::damage::apply(&file, &built, damage).unwrap();
    }
    path.into_os_string()
});
