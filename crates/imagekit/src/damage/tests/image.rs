//! The image that is damaged, and a reader of its bytes that shares nothing with what wrote them.

use std::fs::File;
use std::os::unix::fs::FileExt;

use format::{FileReference, Guid};

use crate::build::{Built, build};
use crate::damage::{Broken, Damage, DamageError, KeyValue, Keys, apply};
use crate::description::{Content, Extra, File as Described, Geometry, Image, Name, Stored, Volume};

/// Records of the image. Names of five units put the attribute behind the name at 0x100.
pub const SMALL: u64 = 27; // a directory with `a.txt`, `b.txt`, `other`
pub const A: u64 = 28; // sequence 5, "hello" in the record
pub const B: u64 = 29; // 10,000 bytes in clusters
pub const OTHER: u64 = 30; // a directory in `small`
pub const JUNCTION: u64 = 31;
pub const LINKED: u64 = 32; // `link00` to `link59` in the root: an attribute list and extension records
pub const OBJECT: u64 = 33; // an object id
pub const LARGE: u64 = 34; // a directory with `f000` to `f299`, in index blocks
pub const FIRST_OF_LARGE: u64 = 35;
pub const GONE: u64 = 335; // deleted; sequence 3, its record has 4
pub const FIRST_EXTENSION: u64 = 336;

/// Tag, data length 0x2C, reserved; substitute 0x14 at 0, print 0x8 at 0x16; `\??\C:\abc`, NUL, `C:\a`, NUL.
pub fn junction() -> Vec<u8> {
    let names: Vec<u16> = r"\??\C:\abc".encode_utf16().chain([0]).chain(r"C:\a".encode_utf16()).chain([0]).collect();
    let words = [0xA000_0003u32.to_le_bytes(), [0x28, 0, 0, 0], [0, 0, 0x14, 0], [0x16, 0, 8, 0]];
    words.into_iter().flatten().chain(names.into_iter().flat_map(u16::to_le_bytes)).collect()
}

fn file(record: u64, sequence: u16, parent: u64, name: &str, content: Option<Content>) -> Described {
    let name = Name {
        parent: FileReference::new(parent, if parent == 5 { 5 } else { 1 }),
        units: name.encode_utf16().collect(),
        namespace: 0,
    };
    Described {
        reference: FileReference::new(record, sequence),
        is_directory: false,
        is_deleted: false,
        names: vec![name],
        times: [133_000_000_000_000_000; 4],
        attributes: 0x20,
        content,
        extra: None,
    }
}

fn bytes(bytes: &[u8]) -> Option<Content> {
    Some(Content::Bytes(Stored { bytes: bytes.into(), in_clusters: false }))
}

fn directory(record: u64, parent: u64, name: &str) -> Described {
    Described { is_directory: true, attributes: 0, ..file(record, 1, parent, name, None) }
}

pub fn volume() -> Volume {
    let mut files = vec![
        directory(SMALL, 5, "small"),
        file(A, 5, SMALL, "a.txt", bytes(b"hello")),
        file(B, 1, SMALL, "b.txt", bytes(&[b'b'; 10_000])),
        directory(OTHER, SMALL, "other"),
        directory(JUNCTION, 5, "point"),
        file(LINKED, 1, 5, "link00", bytes(b"")),
        file(OBJECT, 1, 5, "known", bytes(b"")),
        directory(LARGE, 5, "large"),
    ];
    let value = Stored { bytes: junction().into(), in_clusters: false };
    files[4].extra = Some(Box::new(Extra { reparse: Some(value), ..Extra::default() }));
    let root = FileReference::new(5, 5);
    let link =
        |number: u32| Name { parent: root, units: format!("link{number:02}").encode_utf16().collect(), namespace: 0 };
    files[5].names.extend((1..60).map(link));
    files[6].extra = Some(Box::new(Extra { object_id: Some((Guid([0xAB; 16]), None)), ..Extra::default() }));
    files.extend((0..300).map(|number| file(FIRST_OF_LARGE + number, 1, LARGE, &format!("f{number:03}"), bytes(b""))));
    files.push(Described { is_deleted: true, ..file(GONE, 3, SMALL, "gone.txt", bytes(b"")) });
    Volume {
        geometry: Geometry::default(),
        label: Vec::new(),
        serial: 1,
        flags: 0,
        size: None,
        time: 133_000_000_000_000_000,
        mft_pieces: 1,
        files,
    }
}

/// An image on the disk, with its bytes before anything was damaged.
pub struct Subject {
    pub file: File,
    pub path: tempfile::TempPath,
    pub built: Built,
    pub before: Bytes,
}

pub fn subject() -> Subject {
    subject_of(volume())
}

pub fn subject_of(volume: Volume) -> Subject {
    let (file, path) = tempfile::NamedTempFile::new().unwrap().into_parts();
    let built = build(&Image { disk: None, volumes: vec![volume] }, &file).unwrap();
    let before = Bytes::read(&file);
    Subject { file, path, built, before }
}

impl Subject {
    /// Applies a damage that is given as in a spec, and takes its report at its word.
    pub fn damage(&self, kind: &str, keys: &str) -> (Vec<Broken>, Bytes) {
        let before = Bytes::read(&self.file);
        let broken = self.try_damage(kind, keys).unwrap_or_else(|error| panic!("{kind} {keys}: {error}"));
        let after = Bytes::read(&self.file);
        check_report(&before.0, &after.0, &broken);
        assert!(broken.iter().all(|broken| broken.kind == kind), "{broken:?}");
        (broken, after)
    }

    pub fn try_damage(&self, kind: &str, keys: &str) -> Result<Vec<Broken>, DamageError> {
        apply(&self.file, &self.built, &damage(kind, keys))
    }

    /// Puts the image back.
    pub fn restore(&self) {
        self.file.write_all_at(&self.before.0, 0).unwrap();
    }
}

/// `record=28 value=0x7 name='a.txt' bytes=#0011 copy=mirror`
pub fn damage(kind: &str, keys: &str) -> Damage {
    let value = |text: &str| match text.as_bytes()[0] {
        b'\'' => KeyValue::Units(text.trim_matches('\'').encode_utf16().collect()),
        b'#' => KeyValue::Bytes(
            text.as_bytes()[1..]
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect(),
        ),
        b'0'..=b'9' => KeyValue::Integer(match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
            None => text.parse().unwrap(),
        }),
        _ => KeyValue::Word(text.to_owned()),
    };
    let keys = keys.split_whitespace().map(|key| key.split_once('=').unwrap());
    let keys = Keys(keys.map(|(key, text)| (key.to_owned(), value(text))).collect());
    Damage::from_keys(kind, 0, &keys).unwrap_or_else(|error| panic!("{kind}: {error}"))
}

/// Every byte that changed is in the report, and nothing else is.
fn check_report(before: &[u8], after: &[u8], broken: &[Broken]) {
    let mut expected = before.to_vec();
    for change in broken.iter().flat_map(|broken| &broken.changes) {
        let (start, length) = (usize::try_from(change.offset).unwrap(), usize::try_from(change.length).unwrap());
        let shown = length.min(64);
        assert_eq!(change.before, before[start..start + shown]);
        if change.after.is_empty() {
            assert_eq!(start + length, before.len());
            expected.truncate(start);
            continue;
        }
        assert_eq!(change.after, after[start..start + shown]);
        assert_ne!(before[start], after[start], "a change begins with a byte that changed");
        assert_ne!(before[start + length - 1], after[start + length - 1], "and ends with one");
        expected[start..start + length].copy_from_slice(&after[start..start + length]);
    }
    assert!(expected == after, "a byte changed that the report does not have: {broken:#?}");
}

/// The bytes of an image that is one volume of 4,096-byte clusters and 1,024-byte records, its MFT in one piece.
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    fn read(file: &File) -> Self {
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        Self(bytes)
    }

    pub fn number(&self, offset: usize, width: usize) -> u64 {
        self.0[offset..offset + width].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub fn size(&self, offset: usize, width: usize) -> usize {
        usize::try_from(self.number(offset, width)).unwrap()
    }

    /// Where a record is: the boot sector says at 0x30 where the MFT begins.
    pub fn record_at(&self, record: u64) -> usize {
        self.size(0x30, 8) * 4096 + usize::try_from(record).unwrap() * 1024
    }

    /// Where a record's mirror is: 0x38 of the boot sector.
    pub fn mirror_at(&self, record: u64) -> usize {
        self.size(0x38, 8) * 4096 + usize::try_from(record).unwrap() * 1024
    }

    /// A record with the last words of its sectors back in their places. They have to be protected.
    pub fn record(&self, record: u64) -> Bytes {
        self.unprotected(self.record_at(record), 1024)
    }

    pub fn unprotected(&self, offset: usize, length: usize) -> Bytes {
        let mut block = Bytes(self.0[offset..offset + length].to_vec());
        let array = block.size(4, 2);
        assert_eq!(block.size(6, 2), length / 512 + 1);
        for sector in 1..=length / 512 {
            let (tail, word) = (sector * 512 - 2, array + 2 * sector);
            assert_eq!(block.0[tail..tail + 2], block.0[array..array + 2], "sector {sector} at {offset:#x}");
            let kept = [block.0[word], block.0[word + 1]];
            block.0[tail..tail + 2].copy_from_slice(&kept);
        }
        block
    }

    /// Where the first attribute of a type is in a record.
    pub fn attribute(&self, kind: u64) -> usize {
        let mut offset = self.size(0x14, 2);
        while self.number(offset, 4) != kind {
            assert_ne!(self.number(offset, 4), 0xFFFF_FFFF, "no attribute {kind:#x}");
            offset += self.size(offset + 4, 4);
        }
        offset
    }

    /// The first cluster of an attribute in one run: header byte, length, distance from 0.
    pub fn first_cluster(&self, attribute: usize) -> usize {
        let pairs = attribute + self.size(attribute + 0x20, 2);
        let header = self.size(pairs, 1);
        self.size(pairs + 1 + (header & 15), header >> 4)
    }

    /// Where an index block of a record is, blocks being one cluster each.
    pub fn index_block_at(&self, record: u64, block: usize) -> usize {
        let record = self.record(record);
        (record.first_cluster(record.attribute(0xA0)) + block) * 4096
    }

    /// The entries of an index in order, as head and key, with every node checked on the way.
    pub fn index(&self, record: u64) -> Vec<(u64, Vec<u8>)> {
        let bytes = self.record(record);
        let root = bytes.attribute(0x90);
        let value = root + bytes.size(root + 0x14, 2);
        assert_eq!(bytes.size(value + 0x14, 4), bytes.size(root + 0x10, 4) - 0x10, "the root ends with its value");
        let mut entries = Vec::new();
        self.node(record, &bytes, value + 0x10, 0, &mut entries);
        entries
    }

    fn node(&self, record: u64, bytes: &Bytes, header: usize, depth: usize, entries: &mut Vec<(u64, Vec<u8>)>) {
        assert!(depth < 5, "the index has no end");
        let mut offset = header + bytes.size(header, 4);
        loop {
            let (length, key, flags) = (bytes.size(offset + 8, 2), bytes.size(offset + 10, 2), bytes.0[offset + 12]);
            if flags & 1 != 0 {
                let block = bytes.size(offset + length - 8, 8);
                let child = self.unprotected(self.index_block_at(record, block), 4096);
                assert_eq!((&child.0[..4], child.size(0x10, 8)), (&b"INDX"[..], block));
                self.node(record, &child, 0x18, depth + 1, entries);
            }
            if flags & 2 != 0 {
                assert_eq!(offset + length, header + bytes.size(header + 4, 4), "the end entry ends the node");
                return;
            }
            entries.push((bytes.number(offset, 8), bytes.0[offset + 16..offset + 16 + key].to_vec()));
            offset += length;
        }
    }

    /// The names in a directory's index, in order, each with its reference.
    pub fn names(&self, record: u64) -> Vec<(String, u64)> {
        let name = |key: &[u8]| {
            let units: Vec<u16> = key[0x42..].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            String::from_utf16(&units).unwrap()
        };
        self.index(record).into_iter().map(|(head, key)| (name(&key), head)).collect()
    }
}
