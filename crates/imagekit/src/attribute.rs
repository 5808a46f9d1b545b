//! Attributes: headers, and the values that are the same wherever they lie.

use crate::clusters::{Run, mapping_pairs};
use crate::description::{File, Name};

/// Attribute types, in the order in which a record stores them.
///
/// Source: libfsntfs "The attribute types"; reference A.5.
pub(crate) mod kind {
    pub const STANDARD_INFORMATION: u32 = 0x10;
    pub const ATTRIBUTE_LIST: u32 = 0x20;
    pub const FILE_NAME: u32 = 0x30;
    pub const OBJECT_ID: u32 = 0x40;
    pub const VOLUME_NAME: u32 = 0x60;
    pub const VOLUME_INFORMATION: u32 = 0x70;
    pub const DATA: u32 = 0x80;
    pub const INDEX_ROOT: u32 = 0x90;
    pub const INDEX_ALLOCATION: u32 = 0xA0;
    pub const BITMAP: u32 = 0xB0;
    pub const REPARSE_POINT: u32 = 0xC0;
    pub const EA_INFORMATION: u32 = 0xD0;
    pub const EXTENDED_ATTRIBUTES: u32 = 0xE0;
}

/// Flag of an attribute whose value has clusters that lie nowhere.
const SPARSE: u16 = 0x8000;

/// Clusters that a sparse value counts in, as a power of two.
const COMPRESSION_UNIT: u8 = 4;

/// One attribute, before it has a place in a record.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub kind: u32,
    /// UTF-16 units; empty for none.
    pub name: Vec<u16>,
    pub body: Body,
}

/// Where an attribute's value is.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Resident(Vec<u8>),
    InClusters(InClusters),
}

/// A value in clusters, or one extent of it.
#[derive(Clone, Debug)]
pub(crate) struct InClusters {
    pub runs: Vec<Run>,
    /// VCN of the first cluster of `runs`.
    pub lowest_vcn: u64,
    /// Length of the value in bytes.
    pub size: u64,
    /// Length in bytes of all its clusters.
    pub allocated: u64,
    /// Bytes that were ever written.
    pub initialized: u64,
    pub is_sparse: bool,
}

impl InClusters {
    /// A value of `size` bytes that fills `runs`.
    pub fn new(size: u64, runs: Vec<Run>, cluster: u32) -> Self {
        let allocated = runs.iter().map(|run| run.length).sum::<u64>() * u64::from(cluster);
        Self { runs, lowest_vcn: 0, size, allocated, initialized: size, is_sparse: false }
    }

    /// A value of `size` zero bytes without clusters, in whole compression units as Windows counts them.
    pub fn hole(size: u64, cluster: u32) -> Self {
        let unit = u64::from(cluster) << COMPRESSION_UNIT;
        let length = size.div_ceil(unit) << COMPRESSION_UNIT;
        let runs = if length == 0 { Vec::new() } else { vec![Run { lcn: None, length }] };
        Self { is_sparse: true, ..Self::new(size, runs, cluster) }
    }
}

impl Attribute {
    /// A nameless attribute whose value is in the record.
    pub fn resident(kind: u32, value: Vec<u8>) -> Self {
        Self { kind, name: Vec::new(), body: Body::Resident(value) }
    }

    /// A nameless attribute whose value is in clusters.
    pub fn in_clusters(kind: u32, value: InClusters) -> Self {
        Self { kind, name: Vec::new(), body: Body::InClusters(value) }
    }

    /// VCN of the first cluster of this extent; 0 for a resident value.
    pub fn lowest_vcn(&self) -> u64 {
        match &self.body {
            Body::Resident(_) => 0,
            Body::InClusters(value) => value.lowest_vcn,
        }
    }

    /// Bytes that it takes in a record.
    pub fn length(&self) -> usize {
        let value_length = match &self.body {
            Body::Resident(value) => value.len(),
            Body::InClusters(value) => mapping_pairs(&value.runs).len(),
        };
        (self.value_offset() + value_length).next_multiple_of(8)
    }

    fn header_length(&self) -> usize {
        match &self.body {
            Body::Resident(_) => 0x18,
            Body::InClusters(value) if value.is_sparse && value.lowest_vcn == 0 => 0x48,
            Body::InClusters(_) => 0x40,
        }
    }

    /// The name follows the header, and what it has for a value follows the name on a multiple of eight.
    fn value_offset(&self) -> usize {
        (self.header_length() + 2 * self.name.len()).next_multiple_of(8)
    }

    /// The attribute as it lies in a record, under the attribute id `id`.
    ///
    /// Source: libfsntfs "MFT attribute header"; reference A.5.
    pub fn encode(&self, id: u16) -> Vec<u8> {
        let mut out = vec![0; self.length()];
        put(&mut out, 0, &self.kind.to_le_bytes());
        put(&mut out, 4, &low_u32(self.length()));
        out[9] = low_u16(self.name.len())[0];
        put(&mut out, 10, &low_u16(self.header_length()));
        put(&mut out, 14, &id.to_le_bytes());
        for (position, unit) in self.name.iter().enumerate() {
            put(&mut out, self.header_length() + 2 * position, &unit.to_le_bytes());
        }
        match &self.body {
            Body::Resident(value) => self.encode_resident(value, &mut out),
            Body::InClusters(value) => self.encode_in_clusters(value, &mut out),
        }
        out
    }

    fn encode_resident(&self, value: &[u8], out: &mut [u8]) {
        put(out, 0x10, &low_u32(value.len()));
        put(out, 0x14, &low_u16(self.value_offset()));
        // "Indexed": Windows sets it on each $FILE_NAME (reference A.5).
        out[0x16] = u8::from(self.kind == kind::FILE_NAME);
        put(out, self.value_offset(), value);
    }

    fn encode_in_clusters(&self, value: &InClusters, out: &mut [u8]) {
        let length: u64 = value.runs.iter().map(|run| run.length).sum();
        out[8] = 1;
        let flags = if value.is_sparse { SPARSE } else { 0 };
        put(out, 0x0C, &flags.to_le_bytes());
        put(out, 0x10, &value.lowest_vcn.to_le_bytes());
        // -1 where there is no cluster.
        put(out, 0x18, &(value.lowest_vcn + length).wrapping_sub(1).to_le_bytes());
        put(out, 0x20, &low_u16(self.value_offset()));
        // Sizes are those of the whole value, and stand in its first extent only.
        if value.lowest_vcn == 0 {
            put(out, 0x28, &value.allocated.to_le_bytes());
            put(out, 0x30, &value.size.to_le_bytes());
            put(out, 0x38, &value.initialized.to_le_bytes());
            if value.is_sparse {
                out[0x22] = COMPRESSION_UNIT;
            }
        }
        put(out, self.value_offset(), &mapping_pairs(&value.runs));
    }
}

/// The value of `$STANDARD_INFORMATION`, 72 bytes.
///
/// Source: libfsntfs "The standard information attribute"; reference A.6.
pub(crate) fn standard_information(file: &File, attributes: u32, security_id: u32) -> Vec<u8> {
    let mut value = vec![0; 72];
    for (position, time) in file.times.iter().enumerate() {
        put(&mut value, 8 * position, &time.to_le_bytes());
    }
    put(&mut value, 0x20, &attributes.to_le_bytes());
    put(&mut value, 0x28, &file.extra.as_ref().map_or(0, |extra| extra.extra_flags).to_le_bytes());
    put(&mut value, 0x34, &security_id.to_le_bytes());
    value
}

/// What `$FILE_NAME` says beside the name.
#[derive(Clone, Copy)]
pub(crate) struct NameFacts {
    pub times: [u64; 4],
    pub allocated: u64,
    pub size: u64,
    pub attributes: u32,
    /// Reparse tag, or packed size of the extended attributes.
    pub tag_or_ea_size: u32,
}

/// The value of `$FILE_NAME`, and the key of an index entry.
///
/// Source: libfsntfs "The file name attribute"; reference A.8.
pub(crate) fn file_name(name: &Name, facts: &NameFacts) -> Vec<u8> {
    let mut value = vec![0; 0x42];
    put(&mut value, 0, &name.parent.0.to_le_bytes());
    for (position, time) in facts.times.iter().enumerate() {
        put(&mut value, 8 + 8 * position, &time.to_le_bytes());
    }
    put(&mut value, 0x28, &facts.allocated.to_le_bytes());
    put(&mut value, 0x30, &facts.size.to_le_bytes());
    put(&mut value, 0x38, &facts.attributes.to_le_bytes());
    put(&mut value, 0x3C, &facts.tag_or_ea_size.to_le_bytes());
    value[0x40] = low_u16(name.units.len())[0];
    value[0x41] = name.namespace;
    value.extend(name.units.iter().flat_map(|unit| unit.to_le_bytes()));
    value
}

/// Copies `bytes` to `offset`.
pub(crate) fn put(out: &mut [u8], offset: usize, bytes: &[u8]) {
    out[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// A small number in two bytes.
pub(crate) fn low_u16(value: usize) -> [u8; 2] {
    let [low, high, ..] = value.to_le_bytes();
    [low, high]
}

/// A small number in four bytes.
pub(crate) fn low_u32(value: usize) -> [u8; 4] {
    let [first, second, third, fourth, ..] = value.to_le_bytes();
    [first, second, third, fourth]
}
