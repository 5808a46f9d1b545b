//! A small raw volume in memory, for tests of where things lie: boot sectors, an `$MFT` in any runs of clusters, its
//! mirror, and attributes in clusters. Records come from the builder of bare MFTs and are laid out anew.
//!
//! Written from libfsntfs's format document ("The volume header", "Non-resident MFT attribute", "Data runs").
#![allow(dead_code, reason = "no test needs every part")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test that is wrong may stop")]

use crate::mft_builder::{ATTRIBUTE_LIST, DATA, ROOT, Record};

/// Clusters and the first of them; `None` is a sparse run.
pub type Run = (u64, Option<u64>);

/// Where the mirror of the first four records begins.
pub const MIRROR_LCN: u64 = 1;

/// Sizes in bytes, and how the boot sector writes them.
#[derive(Clone, Copy)]
pub struct Geometry {
    pub sector: usize,
    pub cluster: usize,
    pub record: usize,
    pub cluster_code: u8,
    pub record_code: i8,
}

impl Geometry {
    /// Sectors per cluster and the record size as Windows writes them: sectors up to 128 as their number, more of them as
    /// the negated logarithm; a record as the negated logarithm of its bytes.
    pub fn new(sector: usize, cluster: usize, record: usize) -> Geometry {
        let sectors = cluster / sector;
        let cluster_code = if sectors <= 128 { sectors as u8 } else { (256 - sectors.ilog2()) as u8 };
        Geometry { sector, cluster, record, cluster_code, record_code: -(record.ilog2() as i8) }
    }

    /// 512 bytes of the boot sector of a volume of so many clusters.
    pub fn boot_sector(self, clusters: u64, mft_lcn: u64) -> Vec<u8> {
        let mut boot = vec![0; 512];
        let mut put = |offset: usize, field: &[u8]| boot[offset..][..field.len()].copy_from_slice(field);
        put(0x00, b"\xEB\x52\x90NTFS    ");
        put(0x0B, &(self.sector as u16).to_le_bytes());
        put(0x0D, &[self.cluster_code]);
        put(0x15, &[0xF8]); // media
        put(0x28, &(clusters * (self.cluster / self.sector) as u64).to_le_bytes()); // total sectors
        put(0x30, &mft_lcn.to_le_bytes());
        put(0x38, &MIRROR_LCN.to_le_bytes());
        put(0x40, &self.record_code.to_le_bytes());
        put(0x44, &[0xF4]); // index records of 4,096 bytes
        put(0x48, &0x1122_3344_5566_7788_u64.to_le_bytes()); // serial number
        put(0x1FE, &[0x55, 0xAA]);
        boot
    }
}

/// An attribute in clusters, or one extent of it.
#[derive(Clone)]
pub struct Stored {
    type_code: u32,
    lowest_vcn: u64,
    runs: Vec<Run>,
    size: u64,
    initialized: u64,
}

impl Stored {
    pub fn new(type_code: u32, runs: &[Run], size: u64) -> Stored {
        Stored { type_code, lowest_vcn: 0, runs: runs.to_vec(), size, initialized: size }
    }

    /// An extent that begins at a later cluster of the value; its sizes are 0.
    pub fn from_vcn(lowest_vcn: u64, type_code: u32, runs: &[Run]) -> Stored {
        Stored { lowest_vcn, ..Stored::new(type_code, runs, 0) }
    }

    pub fn initialized(mut self, bytes: u64) -> Stored {
        self.initialized = bytes;
        self
    }

    fn bytes(&self, cluster: usize) -> Vec<u8> {
        let clusters: u64 = self.runs.iter().map(|(clusters, _)| clusters).sum();
        let mut bytes = vec![0; 0x40];
        let mut put = |offset: usize, field: &[u8]| bytes[offset..][..field.len()].copy_from_slice(field);
        put(0x00, &self.type_code.to_le_bytes());
        put(0x08, &[1, 0, 0x40]); // in clusters; no name, which would be at 0x40
        put(0x10, &self.lowest_vcn.to_le_bytes());
        put(0x18, &(self.lowest_vcn + clusters).wrapping_sub(1).to_le_bytes()); // highest VCN
        put(0x20, &0x40_u16.to_le_bytes()); // mapping pairs
        let allocated = if self.lowest_vcn == 0 { clusters * cluster as u64 } else { 0 };
        put(0x28, &allocated.to_le_bytes());
        put(0x30, &self.size.to_le_bytes());
        put(0x38, &self.initialized.to_le_bytes());
        let mut last = 0;
        for (clusters, lcn) in &self.runs {
            // Four bytes of length; four of distance from the last run, or none of a sparse one.
            bytes.push(if lcn.is_some() { 0x44 } else { 0x04 });
            bytes.extend((*clusters as u32).to_le_bytes());
            bytes.extend(lcn.map(|lcn| (lcn as i32 - last).to_le_bytes()).into_iter().flatten());
            last = lcn.map_or(last, |lcn| lcn as i32);
        }
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let length = bytes.len() as u32;
        bytes[0x04..0x08].copy_from_slice(&length.to_le_bytes());
        bytes
    }
}

/// The value of an attribute list: type, first cluster, reference of the holder, id of the attribute there.
pub fn list_value(entries: &[(u32, u64, u64, u16)]) -> Vec<u8> {
    let mut value = Vec::new();
    for (type_code, lowest_vcn, holder, id) in entries {
        value.extend(type_code.to_le_bytes());
        value.extend([32, 0, 0, 0x1A]); // length of the entry; no name, which would be at 0x1A
        value.extend(lowest_vcn.to_le_bytes());
        value.extend(holder.to_le_bytes());
        value.extend(id.to_le_bytes());
        value.extend([0; 6]); // padding
    }
    value
}

/// A volume: its bytes, and where the slots of its MFT lie.
#[derive(Clone)]
pub struct Volume {
    pub geometry: Geometry,
    pub bytes: Vec<u8>,
    pub mft_runs: Vec<Run>,
}

impl Volume {
    /// Boot sector, backup boot sector behind the clusters, and in the MFT its own record and the root directory.
    pub fn new(geometry: Geometry, clusters: u64, mft_runs: &[Run]) -> Volume {
        let counted = clusters as usize * geometry.cluster;
        let boot = geometry.boot_sector(clusters, mft_runs[0].1.unwrap());
        let mut bytes = vec![0; counted + geometry.sector];
        bytes[..512].copy_from_slice(&boot);
        bytes[counted..][..512].copy_from_slice(&boot);
        let mut volume = Volume { geometry, bytes, mft_runs: mft_runs.to_vec() };
        volume.put(&Record::directory(5).sequence(5).name(ROOT, "."), &[]);
        let size = volume.mft_clusters() * geometry.cluster as u64;
        volume.put_mft(&[Stored::new(DATA, mft_runs, size)], &[]);
        volume
    }

    pub fn mft_clusters(&self) -> u64 {
        self.mft_runs.iter().map(|(clusters, _)| clusters).sum()
    }

    /// Writes record 0, its attribute list if it has entries, and the mirror.
    pub fn put_mft(&mut self, stored: &[Stored], list: &[(u32, u64, u64, u16)]) {
        let mut record = Record::file(0).name(ROOT, "$MFT");
        if !list.is_empty() {
            record = record.attribute(ATTRIBUTE_LIST, list_value(list));
        }
        self.put(&record, stored);
        let record_0 = lay_out(&record, stored, self.geometry);
        self.put_clusters(MIRROR_LCN, &record_0);
    }

    /// Writes a record, with attributes in clusters, into its slot.
    pub fn put(&mut self, record: &Record, stored: &[Stored]) {
        let bytes = lay_out(record, stored, self.geometry);
        let number = u32::from_le_bytes(bytes[0x2C..0x30].try_into().unwrap());
        for (sector, part) in bytes.chunks(512).enumerate() {
            let place = self.place(u64::from(number), 512 * sector as u64) as usize;
            self.bytes[place..][..512].copy_from_slice(part);
        }
    }

    /// Where a byte of a record lies in the volume.
    pub fn place(&self, record: u64, offset: u64) -> u64 {
        let cluster = self.geometry.cluster as u64;
        let mut left = record * self.geometry.record as u64 + offset;
        for (clusters, lcn) in &self.mft_runs {
            if left < clusters * cluster {
                return lcn.unwrap() * cluster + left;
            }
            left -= clusters * cluster;
        }
        panic!("record {record} is not in the MFT");
    }

    pub fn put_clusters(&mut self, lcn: u64, bytes: &[u8]) {
        let place = lcn as usize * self.geometry.cluster;
        self.bytes[place..][..bytes.len()].copy_from_slice(bytes);
    }
}

/// A record of any size, with more attributes than resident ones: sorted by type, with ids in that order.
pub fn lay_out(record: &Record, stored: &[Stored], geometry: Geometry) -> Vec<u8> {
    let mut old = record.bytes();
    for stride in 1..=2 {
        old.copy_within(0x30 + 2 * stride..0x32 + 2 * stride, 512 * stride - 2);
    }
    let number = |at: usize| u32::from_le_bytes(old[at..at + 4].try_into().unwrap());
    let mut attributes = Vec::new();
    let mut offset = 0x38;
    while number(offset) != 0xFFFF_FFFF {
        let length = number(offset + 4) as usize;
        attributes.push(old[offset..][..length].to_vec());
        offset += length;
    }
    attributes.extend(stored.iter().map(|stored| stored.bytes(geometry.cluster)));
    attributes.sort_by_key(|attribute| attribute[0]);
    let words = geometry.record / 512 + 1;
    let first = (0x30 + 2 * words).next_multiple_of(8);
    let mut bytes = old[..0x30].to_vec();
    bytes.resize(first, 0);
    for (id, mut attribute) in (0_u16..).zip(attributes) {
        attribute[0x0E..0x10].copy_from_slice(&id.to_le_bytes());
        bytes.extend(attribute);
    }
    bytes.extend([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]); // end marker
    let used = bytes.len();
    assert!(used <= geometry.record, "a record does not fit");
    bytes.resize(geometry.record, 0);
    bytes[0x06..0x08].copy_from_slice(&(words as u16).to_le_bytes());
    bytes[0x14..0x16].copy_from_slice(&(first as u16).to_le_bytes());
    bytes[0x18..0x1C].copy_from_slice(&(used as u32).to_le_bytes());
    bytes[0x1C..0x20].copy_from_slice(&(geometry.record as u32).to_le_bytes());
    bytes[0x28..0x2A].copy_from_slice(&0x40_u16.to_le_bytes()); // next attribute id
    bytes[0x30..0x32].copy_from_slice(&[7, 0]); // update sequence number
    for stride in 1..words {
        let tail = 512 * stride - 2;
        bytes.copy_within(tail..tail + 2, 0x30 + 2 * stride);
        bytes[tail..tail + 2].copy_from_slice(&[7, 0]);
    }
    bytes
}
