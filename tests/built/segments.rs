//! What a description leaves to its builder: which segments extend which file, and which values lie in clusters.
//!
//! Read out of the built image by a reader that shares nothing with the program, and only for volumes in good health.
//! What the files *are* is never taken from here: that is what the description says.
//!
//! Source: libfsntfs "MFT entry", "The MFT attribute header", "Data runs".

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use imagekit::build::BuiltVolume;

pub const STANDARD_INFORMATION: u32 = 0x10;
pub const FILE_NAME: u32 = 0x30;
pub const DATA: u32 = 0x80;
pub const REPARSE_POINT: u32 = 0xC0;

const END_MARKER: u32 = 0xFFFF_FFFF;
const IN_USE: u64 = 1;

/// Every segment of a volume's MFT.
pub struct Segments {
    volume: BuiltVolume,
    segments: Vec<Segment>,
}

/// One file record segment.
pub struct Segment {
    pub number: u64,
    pub sequence: u16,
    pub is_in_use: bool,
    /// The base record's number, of an extension record.
    pub base: Option<u64>,
    pub attributes: Vec<Attribute>,
}

/// One attribute of a segment.
pub struct Attribute {
    pub kind: u32,
    pub is_named: bool,
    /// In bytes from the start of the segment.
    pub offset: u64,
    pub value: Value,
}

/// Where an attribute's value is.
pub enum Value {
    /// In the segment, so many bytes from its start.
    Resident { offset: u64, bytes: Vec<u8> },
    /// From this cluster on; no cluster where the value is empty or a hole.
    InClusters { first: Option<u64> },
}

/// An attribute of a volume's segments.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    segments: &'a Segments,
    /// The record of the segment that holds it.
    pub record: u64,
    attribute: &'a Attribute,
}

impl Place<'_> {
    /// Where the attribute begins in the image.
    pub fn attribute_offset(&self) -> u64 {
        self.segments.image_offset(self.record, self.attribute.offset)
    }

    /// Where a byte of its value is in the image.
    pub fn value_offset(&self, byte: u64) -> u64 {
        let volume = &self.segments.volume;
        match self.attribute.value {
            Value::Resident { offset, .. } => self.segments.image_offset(self.record, offset + byte),
            Value::InClusters { first } => {
                volume.start + first.expect("a value that is somewhere") * u64::from(volume.geometry.cluster) + byte
            }
        }
    }

    pub fn is_resident(&self) -> bool {
        matches!(self.attribute.value, Value::Resident { .. })
    }
}

impl Segments {
    /// Reads the segments of a volume that was just built.
    pub fn read(image: &File, volume: &BuiltVolume) -> Segments {
        let mut segments = Segments { volume: volume.clone(), segments: Vec::new() };
        let pieces: Vec<(u64, u64)> = segments.pieces().collect();
        let mut mft = Vec::new();
        for (offset, length) in pieces {
            let mut piece = vec![0; length as usize];
            image.read_exact_at(&mut piece, offset).expect("the MFT lies in the image");
            mft.extend(piece);
        }
        let records = mft.chunks_exact(volume.geometry.record as usize).take(volume.records as usize);
        segments.segments = (0..).zip(records).map(|(number, record)| Segment::read(number, record)).collect();
        assert_eq!(segments.segments.len() as u64, volume.records, "the runs of the MFT hold all of it");
        segments
    }

    /// Place in the image and length of each piece of the MFT, in bytes.
    fn pieces(&self) -> impl Iterator<Item = (u64, u64)> {
        let BuiltVolume { start, geometry, mft, .. } = &self.volume;
        let cluster = u64::from(geometry.cluster);
        mft.iter().map(move |run| (start + run.lcn.expect("no hole in the MFT") * cluster, run.length * cluster))
    }

    /// Where a byte of a segment lies in the image.
    pub fn image_offset(&self, record: u64, offset: u64) -> u64 {
        let mut rest = record * u64::from(self.volume.geometry.record) + offset;
        for (place, length) in self.pieces() {
            if rest < length {
                return place + rest;
            }
            rest -= length;
        }
        panic!("record {record} is past the MFT")
    }

    /// The extension records, in use or not.
    pub fn extensions(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.base.is_some())
    }

    /// The segments of a file: the base record, then those that extend it.
    fn of_file(&self, record: u64) -> impl Iterator<Item = &Segment> {
        let base = self.segments.get(record as usize);
        base.into_iter().chain(self.extensions().filter(move |segment| segment.base == Some(record)))
    }

    /// The first attribute of a file that is of this type and passes the test.
    pub fn find(&self, record: u64, kind: u32, mut test: impl FnMut(&Attribute) -> bool) -> Option<Place<'_>> {
        let attributes =
            self.of_file(record).flat_map(|segment| segment.attributes.iter().map(move |found| (segment, found)));
        let mut wanted = attributes.filter(|(_, attribute)| attribute.kind == kind && !attribute.is_named);
        let (segment, attribute) = wanted.find(|(_, attribute)| test(attribute))?;
        Some(Place { segments: self, record: segment.number, attribute })
    }

    /// Whether the unnamed `$DATA` of a file lies in its record.
    pub fn has_resident_data(&self, record: u64) -> bool {
        self.find(record, DATA, |_| true).is_some_and(|place| place.is_resident())
    }
}

impl Segment {
    fn read(number: u64, stored: &[u8]) -> Segment {
        assert_eq!(&stored[..4], b"FILE", "record {number}");
        let bytes = restored(stored);
        let base = little_endian(&bytes[0x20..0x26]);
        let mut attributes = Vec::new();
        let mut offset = little_endian(&bytes[0x14..0x16]) as usize;
        while little_endian(&bytes[offset..offset + 4]) as u32 != END_MARKER {
            let length = little_endian(&bytes[offset + 4..offset + 8]) as usize;
            attributes.push(Attribute::read(&bytes[offset..offset + length], offset));
            offset += length;
        }
        Segment {
            number,
            sequence: little_endian(&bytes[0x10..0x12]) as u16,
            is_in_use: little_endian(&bytes[0x16..0x18]) & IN_USE != 0,
            // A base record's reference is 0. The MFT's own extension records name record 0, with a sequence number.
            base: (little_endian(&bytes[0x20..0x28]) != 0).then_some(base),
            attributes,
        }
    }
}

impl Attribute {
    pub fn resident_value(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Resident { bytes, .. } => Some(bytes),
            Value::InClusters { .. } => None,
        }
    }

    fn read(bytes: &[u8], offset: usize) -> Attribute {
        let value = if bytes[8] == 0 {
            let (start, length) = (little_endian(&bytes[0x14..0x16]), little_endian(&bytes[0x10..0x14]));
            let value = &bytes[start as usize..(start + length) as usize];
            Value::Resident { offset: offset as u64 + start, bytes: value.to_vec() }
        } else {
            Value::InClusters { first: first_cluster(&bytes[little_endian(&bytes[0x20..0x22]) as usize..]) }
        };
        let kind = little_endian(&bytes[..4]) as u32;
        Attribute { kind, is_named: bytes[9] != 0, offset: offset as u64, value }
    }
}

/// The first cluster of mapping pairs; its number is signed and never negative.
fn first_cluster(pairs: &[u8]) -> Option<u64> {
    let (length_bytes, lcn_bytes) = (usize::from(pairs[0] & 15), usize::from(pairs[0] >> 4));
    (lcn_bytes > 0).then(|| little_endian(&pairs[1 + length_bytes..1 + length_bytes + lcn_bytes]))
}

/// A record with the last two bytes of each 512 put back.
fn restored(stored: &[u8]) -> Vec<u8> {
    let mut record = stored.to_vec();
    let array = little_endian(&stored[4..6]) as usize;
    for stride in 1..=stored.len() / 512 {
        let saved = [stored[array + 2 * stride], stored[array + 2 * stride + 1]];
        record[512 * stride - 2..512 * stride].copy_from_slice(&saved);
    }
    record
}

pub fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
