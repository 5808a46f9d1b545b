//! A bare `$MFT` in memory, for tests of what no driver would write: 1,024-byte file records with resident attributes.
//!
//! Written from the layouts in libfsntfs's format document ("MFT entry", "The MFT attribute header", and a section per
//! attribute), and on purpose from nothing of ours: it must not share a mistake with the reader.
#![allow(dead_code, reason = "no test needs every attribute")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test that is wrong may stop")]

pub mod tight_schema;

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

pub const BYTES_PER_RECORD: usize = 1024;

/// The reference of the root directory, in which records of [`Mft::new`] lie.
pub const ROOT: u64 = reference(5, 5);

pub const STANDARD_INFORMATION: u32 = 0x10;
pub const ATTRIBUTE_LIST: u32 = 0x20;
pub const FILE_NAME: u32 = 0x30;
pub const OBJECT_ID: u32 = 0x40;
pub const DATA: u32 = 0x80;
pub const REPARSE_POINT: u32 = 0xC0;
pub const EXTENDED_ATTRIBUTES: u32 = 0xE0;

pub const POSIX: u8 = 0;
pub const WIN32: u8 = 1;
pub const DOS: u8 = 2;

const IN_USE: u16 = 1;
const DIRECTORY: u16 = 2;

/// Where the attributes of a record begin: after the header of 0x30 bytes and an update sequence array of 3 words.
const FIRST_ATTRIBUTE: usize = 0x38;
/// Bytes of the header of a resident attribute without a name.
const ATTRIBUTE_HEADER: usize = 0x18;

/// A file reference: 48 bits of record number, 16 of sequence number.
pub const fn reference(record: u64, sequence: u16) -> u64 {
    record | (sequence as u64) << 48
}

/// The bytes of a text as UTF-16LE.
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// One file record segment.
#[derive(Clone)]
pub struct Record {
    number: u64,
    sequence: u16,
    flags: u16,
    base: u64,
    /// Type and value.
    attributes: Vec<(u32, Vec<u8>)>,
}

impl Record {
    /// A file in use, sequence number 1, with the 48-byte `$STANDARD_INFORMATION` of a file without attributes.
    pub fn file(number: u64) -> Record {
        let record = Record { number, sequence: 1, flags: IN_USE, base: 0, attributes: Vec::new() };
        record.attribute(STANDARD_INFORMATION, vec![0; 48])
    }

    /// A directory in use.
    pub fn directory(number: u64) -> Record {
        let mut record = Record::file(number);
        record.flags |= DIRECTORY;
        record
    }

    /// An extension record of the file with the reference `base`.
    pub fn extension(number: u64, base: u64) -> Record {
        Record { number, sequence: 1, flags: IN_USE, base, attributes: Vec::new() }
    }

    pub fn sequence(mut self, sequence: u16) -> Record {
        self.sequence = sequence;
        self
    }

    /// Not in use any more; the sequence number is the one that the record has then.
    pub fn freed(mut self, sequence: u16) -> Record {
        self.flags &= !IN_USE;
        self.sequence(sequence)
    }

    /// Adds an attribute; attributes lie in the order of their types, those of one type in the order of adding.
    pub fn attribute(mut self, type_code: u32, value: Vec<u8>) -> Record {
        self.attributes.push((type_code, value));
        self.attributes.sort_by_key(|(type_code, _)| *type_code);
        self
    }

    /// Sets the file attributes in `$STANDARD_INFORMATION`.
    pub fn file_attributes(mut self, bits: u32) -> Record {
        self.attributes[0].1[0x20..0x24].copy_from_slice(&bits.to_le_bytes());
        self
    }

    /// Adds a name in the POSIX namespace.
    pub fn name(self, parent: u64, name: &str) -> Record {
        self.name_in(POSIX, parent, name)
    }

    pub fn name_in(self, namespace: u8, parent: u64, name: &str) -> Record {
        let units: Vec<u16> = name.encode_utf16().collect();
        self.name_units(namespace, parent, &units)
    }

    pub fn name_units(self, namespace: u8, parent: u64, units: &[u16]) -> Record {
        let mut value = vec![0; 0x42];
        value[0..8].copy_from_slice(&parent.to_le_bytes());
        value[0x40] = units.len() as u8;
        value[0x41] = namespace;
        value.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        self.attribute(FILE_NAME, value)
    }

    /// Adds an attribute list: for each attribute its type, and the reference of the record that holds it.
    pub fn attribute_list(self, entries: &[(u32, u64)]) -> Record {
        let mut value = Vec::new();
        for (type_code, holder) in entries {
            let mut entry = [0; 32];
            entry[0..4].copy_from_slice(&type_code.to_le_bytes());
            entry[4..6].copy_from_slice(&32_u16.to_le_bytes()); // length of the entry
            entry[7] = 0x1A; // where its name would be
            entry[0x10..0x18].copy_from_slice(&holder.to_le_bytes());
            value.extend(entry);
        }
        self.attribute(ATTRIBUTE_LIST, value)
    }

    /// Adds an `$EA` with one entry a name and value. The last one's distance reaches the end, as Windows has it.
    pub fn extended_attributes(self, entries: &[(&str, &[u8])]) -> Record {
        let mut value = Vec::new();
        for (name, content) in entries {
            let length = (8 + name.len() + 1 + content.len()).next_multiple_of(4);
            let mut entry = (length as u32).to_le_bytes().to_vec();
            entry.extend([0, name.len() as u8]);
            entry.extend((content.len() as u16).to_le_bytes());
            entry.extend([name.as_bytes(), &[0], content].concat());
            entry.resize(length, 0);
            value.extend(entry);
        }
        self.attribute(EXTENDED_ATTRIBUTES, value)
    }

    /// Where in the MFT the value of the attribute of a type begins, the first being number 0.
    pub fn value_offset(&self, type_code: u32, number: usize) -> u64 {
        let mut offset = FIRST_ATTRIBUTE;
        let mut before = number;
        for (found, value) in &self.attributes {
            if *found == type_code && before == 0 {
                return self.number * BYTES_PER_RECORD as u64 + (offset + ATTRIBUTE_HEADER) as u64;
            }
            before -= usize::from(*found == type_code);
            offset += attribute_length(value);
        }
        panic!("record {} has no such attribute {type_code:#x}", self.number);
    }

    /// The record as it lies on disk.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; FIRST_ATTRIBUTE];
        for (id, (type_code, value)) in (0_u16..).zip(&self.attributes) {
            bytes.extend(attribute_bytes(*type_code, id, value));
        }
        bytes.extend([0xFF; 4]); // end marker
        let used = bytes.len().next_multiple_of(8);
        assert!(used <= BYTES_PER_RECORD, "record {} does not fit", self.number);
        bytes.resize(BYTES_PER_RECORD, 0);
        let names = self.attributes.iter().filter(|(type_code, _)| *type_code == FILE_NAME).count();
        let mut put = |offset: usize, field: &[u8]| bytes[offset..][..field.len()].copy_from_slice(field);
        put(0x00, b"FILE");
        put(0x04, &0x30_u16.to_le_bytes()); // update sequence array
        put(0x06, &3_u16.to_le_bytes()); // its words: the number, and one a stride
        put(0x10, &self.sequence.to_le_bytes());
        put(0x12, &(names as u16).to_le_bytes()); // link count
        put(0x14, &(FIRST_ATTRIBUTE as u16).to_le_bytes());
        put(0x16, &self.flags.to_le_bytes());
        put(0x18, &(used as u32).to_le_bytes());
        put(0x1C, &(BYTES_PER_RECORD as u32).to_le_bytes());
        put(0x20, &self.base.to_le_bytes());
        put(0x28, &(self.attributes.len() as u16).to_le_bytes()); // next attribute id
        put(0x2C, &(self.number as u32).to_le_bytes());
        protect(&mut bytes);
        bytes
    }
}

fn attribute_length(value: &[u8]) -> usize {
    ATTRIBUTE_HEADER + value.len().next_multiple_of(8)
}

/// A resident attribute without a name.
fn attribute_bytes(type_code: u32, id: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(type_code.to_le_bytes());
    bytes.extend((attribute_length(value) as u32).to_le_bytes());
    bytes.extend([0, 0]); // resident, no name
    bytes.extend((ATTRIBUTE_HEADER as u16).to_le_bytes()); // where a name would be
    bytes.extend(0_u16.to_le_bytes()); // flags
    bytes.extend(id.to_le_bytes());
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend((ATTRIBUTE_HEADER as u16).to_le_bytes()); // where the value is
    bytes.extend([u8::from(type_code == FILE_NAME), 0]); // indexed
    bytes.extend(value);
    bytes.resize(attribute_length(value), 0);
    bytes
}

/// Saves the last two bytes of each 512 in the update sequence array, and puts the update sequence number there.
fn protect(record: &mut [u8]) {
    let number = [1, 0];
    record[0x30..0x32].copy_from_slice(&number);
    for stride in 1..=2 {
        let tail = 512 * stride - 2;
        record.copy_within(tail..tail + 2, 0x30 + 2 * stride);
        record[tail..tail + 2].copy_from_slice(&number);
    }
}

/// A bare MFT: records in their slots, zeros in the others.
#[derive(Clone)]
pub struct Mft(BTreeMap<u64, Record>);

impl Mft {
    /// `$MFT` and the root directory.
    pub fn new() -> Mft {
        Mft::without_root().with(Record::directory(5).sequence(5).name(ROOT, "."))
    }

    /// `$MFT` alone, by which a bare MFT is recognised.
    pub fn without_root() -> Mft {
        Mft(BTreeMap::new()).with(Record::file(0).name(ROOT, "$MFT"))
    }

    pub fn with(mut self, record: Record) -> Mft {
        self.0.insert(record.number, record);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let slots = self.0.keys().last().map_or(0, |last| *last as usize + 1);
        let mut bytes = vec![0; slots * BYTES_PER_RECORD];
        for (number, record) in &self.0 {
            bytes[*number as usize * BYTES_PER_RECORD..][..BYTES_PER_RECORD].copy_from_slice(&record.bytes());
        }
        bytes
    }

    /// What `ntfslinks scan` writes of it.
    pub fn scan(&self, arguments: &[&str]) -> Value {
        scan(&self.bytes(), arguments)
    }
}

/// What `ntfslinks scan` writes of an image with these bytes.
pub fn scan(image: &[u8], arguments: &[&str]) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    std::fs::write(&path, image).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    let output = command.args(["scan", "--quiet"]).args(arguments).arg(&path).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}
