//! Small images that ask for much: every command comes to its end on each of them, soon, and within the memory that it
//! gives itself by default.
//!
//! Each image is sound to the byte. What it asks for is in its title.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use imagekit::build::{Built, build};
use tempfile::TempDir;

/// Longer than this nothing of the kind may take, on any machine that tests run on: the slowest takes a fifth of it here.
const LONGEST: Duration = Duration::from_secs(60);

/// An image that is gone when this is.
struct Bomb {
    _directory: TempDir,
    path: PathBuf,
    built: Built,
}

impl Bomb {
    fn build(spec: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bomb.img");
        let image = imagekit::spec::parse("bomb", spec).unwrap_or_else(|error| panic!("{error}")).image;
        let built = build(&image, &File::create_new(&path).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        Self { _directory: directory, path, built }
    }

    /// Runs the commands that look at everything.
    fn survives_all_commands(&self) {
        for command in ["info", "scan", "links", "audit"] {
            self.survives(&[command]);
        }
        self.survives(&["simulate", "--links", "follow", "--hard-links", "expand"]);
        self.survives(&["scan", "--all", "--deleted"]);
        self.survives(&["audit", "--deleted", "--format", "sarif"]);
        self.survives(&["refs", "/"]);
        self.survives(&["refs", "/$Extend"]);
    }

    fn survives(&self, arguments: &[&str]) {
        let (status, error) = run(arguments, &self.path);
        assert_eq!(status, Some(0), "{arguments:?}: {error}");
    }
}

/// Runs the program on an image, with its document thrown away: its exit status, and what it says.
fn run(arguments: &[&str], image: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    let (first, rest) = arguments.split_first().unwrap();
    command.args([first, "--quiet", "-o", "/dev/null"]).arg(image).args(rest);
    let begun = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    assert!(begun.elapsed() < LONGEST, "{arguments:?} took {:?}", begun.elapsed());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Directories in each other, from record 100 on, with names of `length` letters and `more` keys.
fn chain(spec: &mut String, count: usize, length: usize, more: &str) {
    for number in 0..count {
        let (record, parent) = (100 + number, if number == 0 { 5 } else { 99 + number });
        let name = "d".repeat(length);
        let _ = writeln!(spec, "[[file]]\nrecord = {record}\nparent = {parent}\nname = '{name}'\ndirectory = true");
        let _ = writeln!(spec, "{more}");
    }
}

/// So many names in a directory.
fn names(parent: usize, count: usize) -> String {
    let names: Vec<String> = (0..count).map(|number| format!("{{ parent = {parent}, name = 'n{number}' }}")).collect();
    format!("names = [{}]\n", names.join(", "))
}

/// A path of so many names.
fn one_letter_names(count: usize) -> String {
    vec!["d"; count].join("\\")
}

/// A symbolic link from the root with no name for people, so that there is room for another.
fn long_symlink(target: &str) -> String {
    format!("reparse = {{ tag = 'SYMLINK', substitute = '\\{target}', print = '', flags = 1 }}")
}

#[test]
fn many_names_with_the_longest_paths() {
    let mut spec = String::new();
    chain(&mut spec, 127, 255, "");
    let _ = writeln!(spec, "[[file]]\nparent = 226\nname = 'first'\n{}", names(226, 5_000));
    for number in 0..3_000 {
        let _ = writeln!(spec, "[[file]]\nparent = 226\nname = 'f{number}'\nsymlink = 'gone{number}'");
    }
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn one_link_with_many_names_and_a_target_of_thousands() {
    let mut spec = String::new();
    let target = one_letter_names(3_900);
    let _ = writeln!(spec, "[[file]]\npath = '\\first'\n{}\n{}", long_symlink(&target), names(5, 5_000));
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn a_thousand_links_with_the_longest_targets() {
    let mut spec = String::new();
    let target = one_letter_names(3_900);
    for number in 0..1_024 {
        let _ = writeln!(spec, "[[file]]\npath = '\\l{number}'\n{}", long_symlink(&target));
    }
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn links_that_each_go_all_the_way_down_to_the_next() {
    let mut spec = String::new();
    chain(&mut spec, 1_000, 1, "");
    let way = one_letter_names(1_000);
    for number in 0..63 {
        let _ = writeln!(
            spec,
            "[[file]]\nparent = 1099\nname = 'l{number}'\n{}",
            long_symlink(&format!("{way}\\l{}", number + 1))
        );
    }
    let _ = writeln!(
        spec,
        "[[file]]\nparent = 1099\nname = 'l63'\n{}\n{}",
        long_symlink(&format!("{way}\\l0")),
        names(1_099, 2_000)
    );
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn thousands_of_names_that_differ_in_case_only() {
    let mut spec = String::from("[[file]]\npath = '\\d'\ndirectory = true\ncase-sensitive = true\nrecord = 50\n");
    for number in 0..4_096_u32 {
        let letter = |bit: u32| if number >> bit & 1 == 0 { 'a' } else { 'A' };
        let name: String = (0..12).map(letter).collect();
        let _ = writeln!(spec, "[[file]]\nparent = 50\nname = '{name}'\nsymlink = '\\d\\{}'", name.to_lowercase());
    }
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn a_link_into_thousands_of_deleted_directories() {
    let mut spec = String::new();
    chain(&mut spec, 39_000, 1, "deleted = true");
    let _ = writeln!(spec, "[[file]]\npath = '\\down'\n{}", long_symlink(&one_letter_names(3_900)));
    // What is left to go adds up from link to link.
    let way = one_letter_names(3_900);
    for number in 0..10 {
        let target = if number == 9 { way.clone() } else { format!("l{}\\{way}", number + 1) };
        let _ = writeln!(spec, "[[file]]\npath = '\\l{number}'\n{}", long_symlink(&target));
    }
    let way = vec!["d"; 3_900].join("/");
    let _ = writeln!(spec, "[[file]]\npath = '\\wsl'\nlx-symlink = '{way}'");
    let up = vec![".."; 3_900].join("/");
    let _ = writeln!(spec, "[[file]]\npath = '\\up'\nlx-symlink = '{up}/down'");
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn junctions_that_double_the_paths_at_each_of_forty_levels() {
    let mut spec = String::new();
    for level in 0..40 {
        let _ = writeln!(spec, "[[file]]\npath = '\\level{level}'\ndirectory = true");
        for side in ["left", "right"] {
            let _ =
                writeln!(spec, "[[file]]\npath = '\\level{level}\\{side}'\njunction = 'C:\\level{}'", (level + 1) % 41);
        }
    }
    spec.push_str("[[file]]\npath = '\\level40\\leaf'\n");
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn links_to_streams_of_a_file_in_many_records() {
    let mut spec = String::new();
    let _ = writeln!(spec, "[[file]]\npath = '\\wide'\n{}", names(5, 6_000));
    for number in 0..2_000 {
        let _ = writeln!(spec, "[[file]]\npath = '\\s{number}'\nsymlink = '\\wide:stream'");
    }
    Bomb::build(&spec).survives_all_commands();
}

#[test]
fn parents_in_a_ring_of_thousands() {
    let mut spec = String::new();
    for number in 0..5_000 {
        let (record, parent) = (100 + number, 100 + (number + 1) % 5_000);
        let _ = writeln!(spec, "[[file]]\nrecord = {record}\nparent = {parent}\nname = 'r'\ndirectory = true");
    }
    Bomb::build(&spec).survives_all_commands();
}

/// The MFT says that it has all of an image of 8 TiB, nearly all of which is a hole of its file.
#[test]
fn an_mft_of_terabytes_in_a_hole() {
    let bomb = Bomb::build("[[file]]\npath = '\\a'\nnames = ['\\b']\n");
    let file = File::options().read(true).write(true).open(&bomb.path).unwrap();
    let [volume] = &bomb.built.volumes[..] else { panic!("one volume") };
    let clusters = (8_u64 << 40) / u64::from(volume.geometry.cluster);
    file.set_len(8 << 40).unwrap();
    // The sectors that the boot sector counts, at 0x28.
    file.write_all_at(&((8_u64 << 40) / 512 - 1).to_le_bytes(), volume.start + 0x28).unwrap();
    let record = volume.start + volume.mft[0].lcn.unwrap() * u64::from(volume.geometry.cluster);
    let mut bytes = [0; 1024];
    file.read_exact_at(&mut bytes, record).unwrap();
    let data = (0x38..0x300).step_by(8).find(|at| bytes[*at..].starts_with(&[0x80, 0, 0, 0])).unwrap();
    let pairs = data + 0x40;
    // One more run: from where the first begins on, for as many clusters as are left.
    let first_run = usize::from(bytes[pairs] & 15) + usize::from(bytes[pairs] >> 4) + 1;
    let rest = clusters - volume.mft[0].lcn.unwrap() - volume.mft[0].length - 1;
    let step = volume.mft[0].length.to_le_bytes();
    let run = [&[0x25][..], &rest.to_le_bytes()[..5], &step[..2], &[0]].concat();
    bytes[pairs + first_run..][..run.len()].copy_from_slice(&run);
    let size = (rest + volume.mft[0].length) * u64::from(volume.geometry.cluster);
    for (field, value) in [(0x18, rest + volume.mft[0].length - 1), (0x28, size), (0x30, size), (0x38, size)] {
        bytes[data + field..][..8].copy_from_slice(&value.to_le_bytes());
    }
    file.write_all_at(&bytes, record).unwrap();
    bomb.survives_all_commands();
}

#[test]
fn too_little_memory_is_one_line_and_no_file() {
    let mut spec = String::new();
    for number in 0..30_000 {
        let _ = writeln!(spec, "[[file]]\npath = '\\file {number}'");
    }
    let bomb = Bomb::build(&spec);
    let output = bomb.path.with_file_name("out.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    command.args(["scan", "--all", "--threads", "1", "--max-memory", "4M", "-o"]).arg(&output).arg(&bomb.path);
    let done = command.output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let message = "ntfslinks: more memory is needed than the limit of 4 MiB; --max-memory raises it\n";
    assert_eq!(String::from_utf8_lossy(&done.stderr), message);
    let left: Vec<_> =
        std::fs::read_dir(output.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["bomb.img"]);
    let (status, error) = run(&["scan", "--max-memory", "4 pounds"], &bomb.path);
    assert_eq!(
        (status, &error[..]),
        (Some(2), "ntfslinks: --max-memory 4 pounds: expected a size such as 500M or 4G\n")
    );
}
