//! Links made by ntfs-3g on a volume of `mkntfs`: what the driver says of them on its mount, and what the program says.
//!
//! Where both mean the same, both reach the same file or none does; where they do not, the row says why.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

use crate::document::Document;
use crate::images::Images;
use crate::mount::{Mount, can_mount};
use crate::ntfs_3g_links::{Made, Reached, Row, absolute_links, links_of_linux, relative_links};
use crate::programs::{is_installed, run};

const IMAGE: &str = "volume.img";

#[test]
fn the_driver_and_the_program_agree_or_the_reference_says_why_not() {
    if !can_mount() || !is_installed("mkntfs") || !is_installed("setfattr") {
        return;
    }
    let rows: Vec<Row> = [absolute_links(), relative_links(), links_of_linux()].into_iter().flatten().collect();
    let images = Images::new();
    let image = images.path(IMAGE);
    fs::File::create_new(&image).and_then(|file| file.set_len(16 << 20)).expect("a file of 16 MiB");
    run("mkntfs", &["-F", "-q", "-f", image.to_str().expect("UTF-8")]);
    make(&image, &rows);
    let on_mount = observe(&image, &rows);
    let document = images.scan(&["--drive", "C=v0", IMAGE]);
    let complaints = rows.iter().zip(on_mount).flat_map(|(row, found)| complaints(row, found, &document));
    let complaints: Vec<String> = complaints.collect();
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

// What is made --------------------------------------------------------------------------------------------------------

fn make(image: &Path, rows: &[Row]) {
    {
        let mount = Mount::new("ntfs-3g", "rw", image);
        let path = |name: &str| mount.path().join(name);
        fs::create_dir_all(path("data/dir")).expect("directories");
        fs::create_dir(path("links")).expect("a directory");
        for name in ["data/leaf.txt", "data/dir/below.txt", "data/A long name.txt"] {
            fs::write(path(name), name).expect("a file");
        }
        let long = path("data/A long name.txt");
        run("setfattr", &["-n", "system.ntfs_dos_name", "-v", "ALONGN~1.TXT", long.to_str().expect("UTF-8")]);
        rows.iter().filter(|row| !row.needs_a_second_mount()).for_each(|row| make_link(mount.path(), row));
    }
    let mount = Mount::new("ntfs-3g", "rw,special_files=wsl", image);
    rows.iter().filter(|row| row.needs_a_second_mount()).for_each(|row| make_link(mount.path(), row));
}

fn make_link(mount: &Path, row: &Row) {
    let path = mount.join(row.path);
    match row.made {
        Made::Interix(target) | Made::Wsl(target) => symlink(target, path).expect("a link"),
        Made::HardLink(other) => fs::hard_link(mount.join(other), path).expect("a name"),
        Made::Junction(name) => set_reparse_point(&path, Kind::Directory, &mount_point(name)),
        Made::Relative(name) => set_reparse_point(&path, Kind::File, &symbolic_link(name, 1)),
        Made::Absolute(name) => set_reparse_point(&path, Kind::File, &symbolic_link(name, 0)),
        Made::RelativeDirectory(name) => set_reparse_point(&path, Kind::Directory, &symbolic_link(name, 1)),
    }
}

enum Kind {
    File,
    Directory,
}

/// Makes a file or directory, and gives it a reparse point.
fn set_reparse_point(path: &Path, kind: Kind, value: &[u8]) {
    match kind {
        Kind::File => fs::write(path, "").expect("a file"),
        Kind::Directory => fs::create_dir(path).expect("a directory"),
    }
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = path.to_str().expect("UTF-8");
    run("setfattr", &["-h", "-n", "system.ntfs_reparse_data", "-v", &format!("0x{hex}"), path]);
}

/// MS-FSCC 2.1.2.5: header length = 8; both names end in a NUL that is not counted, and the second one is empty.
fn mount_point(substitute: &str) -> Vec<u8> {
    let name: Vec<u8> = units(substitute);
    let length = number(name.len());
    let fields = [0, length, length + 2, 0];
    let data = [fields.map(u16::to_le_bytes).concat(), name, vec![0; 4]].concat();
    reparse_point(0xA000_0003, &data)
}

/// MS-FSCC 2.1.2.4: header length = 12; both names lie in the same place.
fn symbolic_link(substitute: &str, flags: u32) -> Vec<u8> {
    let name = units(substitute);
    let length = number(name.len());
    let fields = [0, length, 0, length];
    let data = [fields.map(u16::to_le_bytes).concat(), flags.to_le_bytes().to_vec(), name].concat();
    reparse_point(0xA000_000C, &data)
}

/// Tag, length of the data, two reserved bytes.
fn reparse_point(tag: u32, data: &[u8]) -> Vec<u8> {
    [&tag.to_le_bytes()[..], &number(data.len()).to_le_bytes(), &[0; 2], data].concat()
}

fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn number(length: usize) -> u16 {
    u16::try_from(length).expect("tests have short names")
}

// What is found -------------------------------------------------------------------------------------------------------

/// What a mount shows of a link.
struct OnMount {
    text: String,
    /// The number of the record, or an error.
    reached: Result<u64, String>,
    /// The number that is expected, if one is.
    expected: Option<u64>,
}

/// All of it from a second mount: some links show what they are only then.
fn observe(image: &Path, rows: &[Row]) -> Vec<OnMount> {
    let mount = Mount::new("ntfs-3g", "ro", image);
    let place = mount.path().to_str().expect("UTF-8").to_owned();
    let record = |path: &str| fs::metadata(mount.path().join(path)).map(|metadata| metadata.ino());
    let observed = rows.iter().map(|row| {
        let text = fs::read_link(mount.path().join(row.path));
        let text = text.map_or_else(|error| error.to_string(), |text| text.to_string_lossy().replace(&place, "MOUNT"));
        let expected = match row.reached {
            Reached::File(path) => Some(record(path).expect("the target is there")),
            _ => None,
        };
        OnMount { text, reached: record(row.path).map_err(|error| error.to_string()), expected }
    });
    observed.collect()
}

fn complaints(row: &Row, found: OnMount, document: &Document) -> Vec<String> {
    let path = format!(r"\{}", row.path.replace('/', r"\"));
    let mut complaints = Vec::new();
    if found.text != row.text {
        complaints.push(format!("{path}: readlink says {}, expected {}", found.text, row.text));
    }
    let reached = match (&found.reached, found.expected) {
        (Ok(record), Some(expected)) => *record == expected,
        (Err(error), None) => error.starts_with(row.reached.error()),
        _ => false,
    };
    if !reached {
        complaints.push(format!("{path}: stat -L says {:?}, expected {:?}", found.reached, row.reached));
    }
    let edge = document.link_of("v0", &path);
    complaints.extend(row.expected.complaint(&edge).map(|complaint| format!("{path}: {complaint}")));
    if row.is_agreement() != row.why.is_none() {
        complaints.push(format!("{path}: {:?} and {:?}, because {:?}", row.reached, row.expected, row.why));
    }
    complaints
}

impl Reached {
    /// How the message of the error begins.
    fn error(self) -> &'static str {
        match self {
            Reached::File(_) => "",
            Reached::Nothing => "No such file or directory",
            Reached::Loop => "Too many levels of symbolic links",
            Reached::NotADirectory => "Not a directory",
        }
    }
}

impl Row {
    /// Links of WSL are made with another option; and a file that was just given a reparse point has no further names
    /// until it is read anew.
    fn needs_a_second_mount(&self) -> bool {
        matches!(self.made, Made::Wsl(_) | Made::HardLink(_))
    }

    /// Whether the driver and Windows do the same with the link. Windows has no file for a malformed one either.
    fn is_agreement(&self) -> bool {
        match (self.reached, self.expected.status()) {
            (Reached::File(path), "resolved") => self.expected.target() == format!(r"\{}", path.replace('/', r"\")),
            (Reached::Nothing, "dangling" | "malformed") => true,
            (Reached::Loop, "loop") => true,
            (Reached::NotADirectory, "not_a_directory") => true,
            _ => false,
        }
    }
}
