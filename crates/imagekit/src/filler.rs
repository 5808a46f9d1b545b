//! Fills a volume with many files: the mix of a Windows system disk, from a seed.

use format::FileReference;

use crate::description::{Content, Extra, File, Name, Stored, Stream, Volume};
use crate::reparse::{Reparse, WofProvider, junction, symlink};
use crate::tree::{system, system_reference};

/// Of a hundred records: directories, links, compressed and deleted files; the rest are files.
const DIRECTORIES: u64 = 8;
const LINKS: u64 = 5;
const DELETED: u64 = 3;
/// Of a hundred files: those with further names, those with an 8.3 name, those that came from the network, those that are
/// compressed.
const HARD_LINKED: u64 = 12;
const SHORT_NAMED: u64 = 10;
const DOWNLOADED: u64 = 4;
const COMPRESSED: u64 = 6;
/// One file of so many has hundreds of names, as the store of a package manager has.
const PER_FILE_OF_MANY_NAMES: u64 = 20_000;
/// Directories are not deeper than this.
const DEEPEST: u32 = 24;
/// Files of one batch lie in the same directory.
const LARGEST_BATCH: u64 = 40;
/// UTF-16 units of the longest target.
const LONGEST_PATH: usize = 400;

const ARCHIVE: u32 = 0x20;
const POSIX: u8 = 0;
const WIN32: u8 = 1;
const DOS: u8 = 2;

const WORDS: [&str; 24] = [
    "report",
    "setup",
    "Microsoft",
    "kernel",
    "photo",
    "invoice",
    "backup",
    "module",
    "readme",
    "crypto",
    "Application",
    "cache",
    "index",
    "manifest",
    "telemetry",
    "Windows",
    "packages",
    "component",
    "resource",
    "draft",
    "Ünïcode",
    "журнал",
    "写真",
    "données",
];
const ENDINGS: [&str; 8] = [".txt", ".dll", ".manifest", ".jpg", ".docx", ".js", ".mui", ".json"];

/// Adds files behind those that are there until the volume has `records` base records, system files included.
///
/// The same seed adds the same files. Links lead to directories and files that are there, but for a few that dangle.
pub fn fill(volume: &mut Volume, records: u64, seed: u64) {
    let next = volume.files.last().map_or(system::FIRST_USER, |file| file.reference.record_number() + 1);
    let mut filler = Filler {
        random: Random(seed),
        time: volume.time,
        next,
        directories: vec![Directory { reference: system_reference(system::ROOT), path: String::new(), depth: 0 }],
        directory: 0,
        left: 0,
    };
    volume.files.reserve(usize::try_from(records.saturating_sub(next)).unwrap_or(0));
    while filler.next < records {
        let file = filler.file();
        volume.files.push(file);
    }
}

/// A directory that may get children.
struct Directory {
    reference: FileReference,
    /// Without the drive, and empty for the root.
    path: String,
    depth: u32,
}

struct Filler {
    random: Random,
    time: u64,
    /// The next record number, which makes every name unique.
    next: u64,
    directories: Vec<Directory>,
    /// Where the next files go, and how many of them.
    directory: usize,
    left: u64,
}

impl Filler {
    fn file(&mut self) -> File {
        if self.left == 0 {
            self.directory = self.random.below_usize(self.directories.len());
            self.left = 1 + self.random.below(LARGEST_BATCH);
        }
        self.left -= 1;
        let sequence = 1 + u16::try_from(self.random.below(20)).unwrap_or(0);
        let reference = FileReference::new(self.next, sequence);
        let file = match self.random.below(100) {
            0..DIRECTORIES => self.new_directory(reference),
            roll if roll < DIRECTORIES + LINKS => self.link(reference),
            roll => self.ordinary(reference, roll >= 100 - DELETED),
        };
        self.next += 1;
        file
    }

    fn new_directory(&mut self, reference: FileReference) -> File {
        let name = self.name("");
        let parent = &self.directories[self.directory];
        let (path, depth) = (format!("{}\\{name}", parent.path), parent.depth + 1);
        let file = self.named(reference, &name);
        if depth < DEEPEST && path.len() < LONGEST_PATH {
            self.directories.push(Directory { reference, path, depth });
        }
        File { is_directory: true, attributes: 0, content: None, ..file }
    }

    fn ordinary(&mut self, reference: FileReference, is_deleted: bool) -> File {
        let ending = ENDINGS[self.random.below_usize(ENDINGS.len())];
        let name = self.name(ending);
        let mut file = self.named(reference, &name);
        file.is_deleted = is_deleted;
        match self.random.below(100) {
            0..HARD_LINKED => self.add_names(&mut file),
            roll if roll < HARD_LINKED + SHORT_NAMED => self.add_short_name(&mut file),
            roll if roll < HARD_LINKED + SHORT_NAMED + DOWNLOADED => file.extra = Some(Box::new(downloaded())),
            roll if roll < HARD_LINKED + SHORT_NAMED + DOWNLOADED + COMPRESSED => self.compress(&mut file),
            _ => {}
        }
        file
    }

    fn link(&mut self, reference: FileReference) -> File {
        let name = self.name("");
        let target = self.target();
        let is_directory = self.random.below(2) == 0;
        let absolute: Vec<u16> = format!("C:{target}").encode_utf16().collect();
        let reparse = match self.random.below(4) {
            0 => symlink(&target.encode_utf16().collect::<Vec<u16>>()),
            1 => symlink(&absolute),
            2 if !is_directory => Ok(Reparse::LxSymlink { version: 2, target: target.replace('\\', "/").into_bytes() }),
            _ if is_directory => junction(&absolute),
            _ => symlink(&format!("..{target}").encode_utf16().collect::<Vec<u16>>()),
        };
        let file = self.named(reference, &name);
        let content = if is_directory { None } else { file.content.clone() };
        File { is_directory, content, attributes: 0, extra: reparse.ok().and_then(reparse_point), ..file }
    }

    /// A path on the volume; one of twenty leads nowhere.
    fn target(&mut self) -> String {
        let directory = self.random.below_usize(self.directories.len());
        let path = &self.directories[directory].path;
        if path.is_empty() || self.random.below(20) == 0 { format!("{path}\\missing") } else { path.clone() }
    }

    /// A file in the current directory, with a little content.
    fn named(&mut self, reference: FileReference, name: &str) -> File {
        let bytes = vec![b'x'; self.random.below_usize(300)].into_boxed_slice();
        File {
            reference,
            is_directory: false,
            is_deleted: false,
            names: vec![self.in_directory(self.directory, name, POSIX)],
            times: [self.time + reference.record_number() * 10_000_000; 4],
            attributes: ARCHIVE,
            content: Some(Content::Bytes(Stored { bytes, in_clusters: false })),
            extra: None,
        }
    }

    fn in_directory(&self, directory: usize, name: &str, namespace: u8) -> Name {
        let parent = self.directories[directory].reference;
        Name { parent, units: name.encode_utf16().collect(), namespace }
    }

    fn add_names(&mut self, file: &mut File) {
        let count = match self.random.below(PER_FILE_OF_MANY_NAMES * HARD_LINKED / 100) {
            0 => 200 + self.random.below(800),
            _ => 1 + self.random.below(3),
        };
        for number in 0..count {
            let directory = self.random.below_usize(self.directories.len());
            let name = self.name(&format!("-{number}"));
            file.names.push(self.in_directory(directory, &name, POSIX));
        }
    }

    fn add_short_name(&mut self, file: &mut File) {
        let short = format!("F{:06X}~1", self.next & 0xFF_FFFF);
        let short = self.in_directory(self.directory, &short, DOS);
        if let [long] = &mut file.names[..] {
            long.namespace = WIN32;
            file.names.push(short);
        }
    }

    fn compress(&mut self, file: &mut File) {
        let size = 4096 + self.random.below(100_000);
        let algorithm = u32::try_from(self.random.below(4)).unwrap_or(0);
        file.content = Some(Content::Hole(size));
        file.extra = reparse_point(Reparse::Wof(WofProvider::File { algorithm })).map(|mut extra| {
            let name = "WofCompressedData".encode_utf16().collect();
            extra.streams.push(Stream { name, content: Content::Zeros(size / 3) });
            extra
        });
    }

    fn name(&mut self, ending: &str) -> String {
        let first = WORDS[self.random.below_usize(WORDS.len())];
        let second = WORDS[self.random.below_usize(WORDS.len())];
        match self.random.below(10) {
            0 => format!("amd64_{first}-windows-{second}_31bf3856ad364e35_10.0.19041_none_{:08x}{ending}", self.next),
            1..4 => format!("{first}-{:x}{ending}", self.next),
            _ => format!("{first}_{second}_{:06x}{ending}", self.next),
        }
    }
}

/// What a browser leaves on a file from the network.
fn downloaded() -> Extra {
    let bytes: Box<[u8]> = (*b"[ZoneTransfer]\r\nZoneId=3\r\n").into();
    let content = Content::Bytes(Stored { bytes, in_clusters: false });
    let name = "Zone.Identifier".encode_utf16().collect();
    Extra { streams: vec![Stream { name, content }], ..Extra::default() }
}

fn reparse_point(reparse: Reparse) -> Option<Box<Extra>> {
    let bytes = reparse.encode().ok()?.into_boxed_slice();
    Some(Box::new(Extra { reparse: Some(Stored { bytes, in_clusters: false }), ..Extra::default() }))
}

/// Numbers that look random and are the same for the same seed.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// From 0 up to and without `limit`, which is not 0.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn below_usize(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::Geometry;

    fn volume() -> Volume {
        let geometry = Geometry::default();
        Volume { geometry, label: vec![], serial: 1, flags: 0, size: None, time: 0, mft_pieces: 1, files: vec![] }
    }

    #[test]
    fn the_same_seed_fills_the_same() {
        let (mut first, mut second, mut other) = (volume(), volume(), volume());
        fill(&mut first, 5000, 7);
        fill(&mut second, 5000, 7);
        fill(&mut other, 5000, 8);
        assert_eq!(first, second);
        assert_ne!(first, other);
        assert_eq!(first.files.len(), 5000 - 27);
    }

    #[test]
    fn the_mix_has_something_of_everything() {
        let mut volume = volume();
        fill(&mut volume, 20_000, 1);
        let count = |test: &dyn Fn(&File) -> bool| volume.files.iter().filter(|file| test(file)).count();
        let has_reparse = |file: &File| file.extra.as_ref().is_some_and(|extra| extra.reparse.is_some());
        assert!((1200..2400).contains(&count(&|file| file.is_directory)));
        assert!((1000..3000).contains(&count(&has_reparse)));
        assert!((300..900).contains(&count(&|file| file.is_deleted)));
        assert!(count(&|file| file.names.len() > 1) > 1000);
        let stream = |file: &File| file.extra.as_ref().is_some_and(|extra| !extra.streams.is_empty());
        assert!(count(&stream) > 500);
    }

    #[test]
    fn files_go_behind_those_that_are_there() {
        let mut volume = volume();
        fill(&mut volume, 100, 1);
        let before = volume.files.clone();
        fill(&mut volume, 200, 1);
        assert_eq!(volume.files[..73], before);
        assert_eq!(volume.files.last().map(|file| file.reference.record_number()), Some(199));
    }
}
