//! Built volumes, and the programs that read them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ntfslinks_imagekit::build::build;
use ntfslinks_imagekit::description::Volume;
use tempfile::TempDir;

use crate::volumes::Case;

/// A volume in an image file.
pub struct BuiltVolume {
    /// For messages.
    pub name: String,
    pub path: PathBuf,
    /// Where in the file the volume starts, in bytes.
    pub start: u64,
    pub size: u64,
    /// Segments of the MFT.
    pub records: u64,
    pub description: Volume,
}

/// Volumes that are gone when this is.
pub struct Images {
    pub directory: TempDir,
    pub volumes: Vec<BuiltVolume>,
}

impl Images {
    pub fn build(cases: Vec<Case>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let volumes = cases.into_iter().flat_map(|case| build_case(case, directory.path())).collect();
        Self { directory, volumes }
    }

    /// The same, each volume in a file of its own, for readers that look for one at the start of a file.
    pub fn build_apart(cases: Vec<Case>) -> Self {
        let mut images = Self::build(cases);
        for volume in images.volumes.iter_mut().filter(|volume| volume.name.contains('/')) {
            let path = images.directory.path().join(volume.name.replace('/', "-"));
            cut_out(volume, &path);
            (volume.path, volume.start) = (path, 0);
        }
        images
    }
}

fn build_case(case: Case, directory: &Path) -> Vec<BuiltVolume> {
    let path = directory.join(format!("{}.img", case.name));
    let file = File::create_new(&path).unwrap();
    let built = build(&case.image, &file).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    assert_eq!(file.metadata().unwrap().len(), built.size, "{}", case.name);
    let is_bare = case.image.disk.is_none();
    let volumes = case.image.volumes.into_iter().zip(built.volumes).enumerate();
    let volumes = volumes.map(|(number, (description, built))| BuiltVolume {
        name: if is_bare { case.name.clone() } else { format!("{}/{number}", case.name) },
        path: path.clone(),
        start: built.start,
        size: built.size,
        records: built.records,
        description,
    });
    volumes.collect()
}

/// Copies a volume to a file of its own, holes kept.
fn cut_out(volume: &BuiltVolume, path: &Path) {
    let mut from = File::open(&volume.path).unwrap();
    let mut to = File::create_new(path).unwrap();
    to.set_len(volume.size).unwrap();
    from.seek(SeekFrom::Start(volume.start)).unwrap();
    let mut from = from.take(volume.size);
    let mut piece = Vec::new();
    while (&mut from).take(1 << 16).read_to_end(&mut piece).unwrap() > 0 {
        if piece.iter().all(|&byte| byte == 0) {
            to.seek_relative(piece.len() as i64).unwrap();
        } else {
            to.write_all(&piece).unwrap();
        }
        piece.clear();
    }
}

/// Readers whose faults are known: how they say their version, and the version that has the faults.
const KNOWN_VERSIONS: [(&str, &str, &str); 4] = [
    ("fls", "-V", "4.11.1"),
    ("ntfs-3g", "--version", "2022.10.3"),
    ("ntfsfix", "--version", "2022.10.3"),
    ("ntfsinfo", "--version", "2022.10.3"),
];

/// Whether a program is there, in the version whose faults are known if it has some; where it is not, this says so, and
/// the test that asks for it is left out.
pub fn is_installed(program: &str) -> bool {
    let known = KNOWN_VERSIONS.iter().find(|(name, ..)| *name == program);
    // Other programs differ in what they think of `--version`: that they start is enough.
    let option = known.map_or("--version", |(_, option, _)| option);
    match (Command::new(program).arg(option).output(), known) {
        (Err(_), _) => skipped(&format!("{program} is not installed")),
        (Ok(output), Some((_, _, version))) if !said(&output).contains(version) => {
            skipped(&format!("{program} is not {version}, the version whose faults are known"))
        }
        (Ok(_), _) => true,
    }
}

/// The same of a package of Python.
pub fn has_package(package: &str, version: &str) -> bool {
    let question = format!("import importlib.metadata as m; assert m.version('{package}') == '{version}'");
    let output = Command::new("python3").args(["-c", &question]).output();
    let is_there = output.is_ok_and(|output| output.status.success());
    is_there || skipped(&format!("Python has no {package} {version}, the version whose faults are known"))
}

/// Says why something is left out, past the harness, which hides what a test that passes prints.
pub fn skipped(why: &str) -> bool {
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).unwrap();
    false
}

/// What a program says, which has to succeed.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = output(program, arguments);
    let text = said(&output);
    assert!(output.status.success(), "{program} {}: {}\n{text}", arguments.join(" "), output.status);
    text
}

/// What became of a program.
pub fn output(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What a program said, errors at the end.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
