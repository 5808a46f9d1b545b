//! The corpus of real images: beside the project, under its own licences, and not everywhere.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Images in containers that this program does not unwrap.
pub const REFUSED: &[&str] = &[
    "dfvfs-differential.vhd",
    "dfvfs-dynamic.vhd",
    "dfvfs-dynamic.vhdx",
    "dfvfs-windows.qcow2",
    "plaso-usnjrnl.qcow2",
    "plaso-vss.qcow2",
    "sleuthkit-two-partitions.E01",
];

/// The corpus, every image of it unpacked.
#[derive(Debug)]
pub struct Corpus {
    /// The packed images, `facts/`, `unpack`.
    packed: PathBuf,
    /// The images as sparse files: some are 250 GB long.
    unpacked: PathBuf,
}

impl Corpus {
    /// The corpus; `None`, said aloud, where there is none. Unpacks what is not there yet.
    pub fn find() -> Option<&'static Corpus> {
        static CORPUS: OnceLock<Option<Corpus>> = OnceLock::new();
        let corpus = CORPUS.get_or_init(Corpus::unpack).as_ref();
        if corpus.is_none() {
            // Not by a macro: what those print is not shown of a test that passes.
            writeln!(io::stderr(), "SKIPPED: no corpus at {}", packed().display()).expect("standard error");
        }
        corpus
    }

    fn unpack() -> Option<Corpus> {
        let packed = packed();
        if !packed.is_dir() {
            return None;
        }
        let corpus = Corpus { packed, unpacked: temporary_directory().join("corpus") };
        // Other test processes may be at it too.
        let lock = File::create(temporary_directory().join("corpus.lock")).expect("the lock file");
        lock.lock().expect("the lock");
        corpus.unpack_missing();
        Some(corpus)
    }

    /// Images appear under their names only when they are complete, so that an interrupted run does no harm.
    fn unpack_missing(&self) {
        fs::create_dir_all(&self.unpacked).expect("the directory of unpacked images");
        let missing: Vec<String> = self.names().into_iter().filter(|name| !self.unpacked.join(name).exists()).collect();
        if missing.is_empty() {
            return;
        }
        let unfinished = temporary_directory().join("corpus-unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).expect("what an interrupted run left");
        }
        let status = Command::new(self.packed.join("unpack")).arg(&unfinished).args(&missing).status();
        assert!(status.expect("unpack starts").success(), "unpack failed on {missing:?}");
        for name in missing {
            fs::rename(unfinished.join(&name), self.unpacked.join(&name)).expect("the unpacked image");
        }
        fs::remove_dir(&unfinished).expect("nothing is left to move");
    }

    /// The names of all images, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.packed).expect("the corpus").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> =
            entries.filter_map(|name| Some(name.to_str()?.strip_suffix(".tar.xz")?.to_owned())).collect();
        names.sort();
        names
    }

    /// The unpacked image.
    pub fn image(&self, name: &str) -> PathBuf {
        self.unpacked.join(name)
    }

    /// What an independent reader found in the image, as JSON.
    pub fn facts(&self, name: &str) -> Vec<u8> {
        let path = self.packed.join("facts").join(format!("{name}.json"));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Bytes of an image, less where it ends.
    pub fn bytes(&self, name: &str, offset: u64, length: usize) -> Vec<u8> {
        let file = File::open(self.image(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        read_at(&file, offset, length)
    }
}

/// Where the packed corpus would be.
fn packed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus")
}

/// Where tests may write.
pub fn temporary_directory() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Bytes of a file, less where it ends.
pub fn read_at(file: &File, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        let read = file.read_at(&mut bytes[filled..], offset + filled as u64).expect("the image can be read");
        if read == 0 {
            break;
        }
        filled += read;
    }
    bytes.truncate(filled);
    bytes
}
