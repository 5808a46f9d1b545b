//! The system files: what is in them, and where.

use super::{Writer, bit};
use crate::attr_def::attr_def;
use crate::attribute::{InClusters, kind, put};
use crate::build_error::BuildError;
use crate::clusters::{Clusters, Run, bitmap_bytes};
use crate::description::Geometry;
use crate::draft::{Draft, Value};
use crate::record::Header;
use crate::tree::{system, system_reference};
use crate::up_case::{self, UpCase};

use super::indexes::units;
use super::plan::Plan;

/// Length of `$Boot` in bytes, on volumes of any size.
const BOOT_BYTES: u64 = 8192;
/// Length of `$AttrDef` in bytes.
const ATTR_DEF_BYTES: u64 = 2560;
/// Length of `$UpCase` in bytes.
const UP_CASE_BYTES: u64 = 128 << 10;
/// Length of `$LogFile` in bytes. Drivers want two restart pages and 48 log pages of 4,096 bytes at least; mkntfs writes
/// this much to the smallest volumes. All bytes 0xFF, it is an empty log.
///
/// Source: ntfs-3g `logfile.c`, `mkntfs.c`.
const LOG_FILE_BYTES: u64 = 256 << 10;
/// Bytes of the log that are written at once.
const LOG_PIECE: usize = 64 << 10;
/// Segments that the mirror has at least.
const LEAST_MIRROR_RECORDS: u64 = 4;

static BAD: [u16; 4] = units(b"$Bad");
static SDS: [u16; 4] = units(b"$SDS");
static INFO: [u16; 5] = units(b"$Info");

/// First cluster and length in bytes of a system file that lies in one piece.
#[derive(Clone, Copy)]
pub(super) struct Place(pub u64, pub u64);

/// The system files at the start of the volume.
pub(super) struct Fixed {
    boot: Place,
    pub mirror: Place,
    /// Segments that the mirror has: as many as a cluster, and at least four (reference A.1).
    pub mirror_records: u64,
    log_file: Place,
    attr_def: Place,
    up_case: Place,
    sds: Place,
}

impl Fixed {
    /// Takes their clusters, which are the first of the volume: `$Boot` has to be.
    pub fn take(geometry: &Geometry, clusters: &mut Clusters, sds_bytes: u64) -> Self {
        let mut take = |bytes| {
            let first = clusters.end();
            clusters.take(geometry.clusters(bytes));
            Place(first, bytes)
        };
        let record = u64::from(geometry.record);
        let mirror_bytes = (LEAST_MIRROR_RECORDS * record).max(u64::from(geometry.cluster));
        Self {
            boot: take(BOOT_BYTES),
            mirror: take(mirror_bytes),
            mirror_records: mirror_bytes / record,
            log_file: take(LOG_FILE_BYTES),
            attr_def: take(ATTR_DEF_BYTES),
            up_case: take(UP_CASE_BYTES),
            sds: take(sds_bytes),
        }
    }
}

impl<'a> Writer<'a> {
    /// Length in clusters and in bytes of the unnamed `$DATA` of a system file, as its names have it.
    pub(super) fn system_sizes(&self, number: u64) -> (u64, u64) {
        let size = match (number, self.plan) {
            (system::MFT, Some(plan)) => plan.records * u64::from(self.geometry.record),
            (system::BITMAP, Some(plan)) => bitmap_bytes(plan.clusters),
            _ => self.place(number).map_or(0, |Place(_, size)| size),
        };
        (self.geometry.offset(self.geometry.clusters(size)), size)
    }

    /// Where the unnamed `$DATA` of a system file is, if it is one of those at the start of the volume.
    fn place(&self, number: u64) -> Option<Place> {
        match number {
            system::MFT_MIRROR => Some(self.fixed.mirror),
            system::LOG_FILE => Some(self.fixed.log_file),
            system::ATTR_DEF => Some(self.fixed.attr_def),
            system::BOOT => Some(self.fixed.boot),
            system::UP_CASE => Some(self.fixed.up_case),
            _ => None,
        }
    }

    /// What a system file has beside times, names and indexes.
    pub(super) fn system_drafts(&self, number: u64) -> Vec<Draft<'a>> {
        let empty = || Draft::made(kind::DATA, Vec::new());
        if let Some(place) = self.place(number) {
            let mut drafts = vec![self.written(&[], place)];
            if number == system::UP_CASE {
                let info = up_case::info(UpCase::unicode()).to_vec();
                drafts.push(Draft { kind: kind::DATA, name: &INFO, value: Value::Made(info) });
            }
            return drafts;
        }
        match number {
            system::VOLUME => {
                let label = self.volume.label.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                let information = volume_information(self.volume.flags);
                let label = Draft::made(kind::VOLUME_NAME, label);
                vec![label, Draft::made(kind::VOLUME_INFORMATION, information), empty()]
            }
            system::BAD_CLUSTERS => vec![empty(), self.bad_clusters()],
            system::BITMAP => self.plan.map(|plan| self.bitmap(plan)).into_iter().collect(),
            system::SECURE => vec![self.written(&SDS, self.fixed.sds)],
            _ if system::RESERVED.contains(&number) => vec![empty()],
            _ => Vec::new(),
        }
    }

    fn written(&self, name: &'static [u16], Place(lcn, size): Place) -> Draft<'a> {
        let run = Run { lcn: Some(lcn), length: self.geometry.clusters(size) };
        let value = Value::Written(InClusters::new(size, vec![run], self.geometry.cluster));
        Draft { kind: kind::DATA, name, value }
    }

    fn bitmap(&self, plan: &Plan) -> Draft<'a> {
        let value = InClusters::new(bitmap_bytes(plan.clusters), plan.bitmap.clone(), self.geometry.cluster);
        Draft { kind: kind::DATA, name: &[], value: Value::Written(value) }
    }

    /// `$BadClus:$Bad`: as long as the volume, and none of it anywhere. It has no sparse flag on any volume.
    fn bad_clusters(&self) -> Draft<'a> {
        let length = self.plan.map_or(0, |plan| plan.clusters);
        let runs = vec![Run { lcn: None, length }];
        let value = InClusters::new(self.geometry.offset(length), runs, self.geometry.cluster);
        Draft { kind: kind::DATA, name: &BAD, value: Value::Written(InClusters { initialized: 0, ..value }) }
    }

    /// Writes what says where everything is: the system files, the free segments, the bitmaps and the boot sectors.
    pub(super) fn finish(mut self, plan: &Plan) -> Result<(), BuildError> {
        self.write_mft_segments(plan)?;
        for position in 0..self.tree.len() {
            let reference = self.tree.file(position).reference;
            if super::is_left_for_last(reference) && reference.record_number() != system::MFT {
                self.write_file(position)?;
            }
        }
        self.write_free_segments(plan)?;
        self.write_contents()?;
        self.write_bitmaps(plan)?;
        let boot_sector = boot_sector(&self.geometry, plan, self.output.start(), self.fixed.mirror, self.volume.serial);
        self.output.write(0, &boot_sector)?;
        self.output.write(plan.size - u64::from(self.geometry.sector), &boot_sector)?;
        Ok(self.output.flush()?)
    }

    fn write_mft_segments(&mut self, plan: &Plan) -> Result<(), BuildError> {
        let numbers = [system::MFT].into_iter().chain(system::MFT_EXTENSIONS);
        for (number, segment) in numbers.zip(&plan.mft_segments) {
            let base = system_reference(system::MFT);
            let header = super::header(self.tree.file(0), system_reference(number), number != base.record_number());
            self.write_record(&header, segment)?;
        }
        Ok(())
    }

    /// Segments that no file has are formatted, as Windows leaves them, so that each begins with "FILE".
    fn write_free_segments(&mut self, plan: &Plan) -> Result<(), BuildError> {
        for number in 0..plan.records {
            if !bit(&self.written, number) {
                self.write_record(&Header { number, sequence: 1, ..Header::default() }, &[])?;
            }
        }
        Ok(())
    }

    fn write_contents(&mut self) -> Result<(), BuildError> {
        let offset = |Place(lcn, _)| self.geometry.offset(lcn);
        let output = &mut self.output;
        output.write(offset(self.fixed.attr_def), &attr_def())?;
        output.write(offset(self.fixed.up_case), &UpCase::unicode().bytes())?;
        for piece in (0..LOG_FILE_BYTES).step_by(LOG_PIECE) {
            output.write(offset(self.fixed.log_file) + piece, &[0xFF; LOG_PIECE])?;
        }
        for (at, block) in &self.security.blocks {
            output.write(offset(self.fixed.sds) + at, block)?;
        }
        Ok(())
    }

    fn write_bitmaps(&mut self, plan: &Plan) -> Result<(), BuildError> {
        let first = |runs: &[Run]| runs.first().and_then(|run| run.lcn).unwrap_or(0);
        let offset = self.geometry.offset(first(&plan.bitmap));
        for (at, piece) in self.clusters.bitmap(plan.clusters) {
            self.output.write(offset + at, &piece)?;
        }
        self.output.write(self.geometry.offset(first(&plan.mft_bitmap)), &self.in_use)?;
        Ok(())
    }
}

/// The value of `$VOLUME_INFORMATION` of NTFS 3.1.
///
/// Source: libfsntfs "The volume information attribute"; reference A.9.
fn volume_information(flags: u16) -> Vec<u8> {
    let [low, high] = flags.to_le_bytes();
    vec![0, 0, 0, 0, 0, 0, 0, 0, 3, 1, low, high]
}

/// The boot sector of a volume that starts `start` bytes into its disk, and its backup, which counts for nothing: the
/// volume is one sector longer than it says.
///
/// Source: libfsntfs "The volume header"; reference A.1.
fn boot_sector(geometry: &Geometry, plan: &Plan, start: u64, mirror: Place, serial: u64) -> Vec<u8> {
    let sector = u64::from(geometry.sector);
    let mut out = vec![0; 512];
    put(&mut out, 0, &[0xEB, 0x52, 0x90]);
    put(&mut out, 3, b"NTFS    ");
    put(&mut out, 0x0B, &geometry.sector.to_le_bytes()[..2]);
    out[0x0D] = geometry.sectors_per_cluster_code();
    out[0x15] = 0xF8;
    put(&mut out, 0x18, &[0x3F, 0, 0xFF, 0]);
    // "Hidden sectors": those before the volume.
    put(&mut out, 0x1C, &(start / sector).to_le_bytes()[..4]);
    put(&mut out, 0x24, &[0x80, 0, 0x80, 0]);
    put(&mut out, 0x28, &(plan.size / sector - 1).to_le_bytes());
    put(&mut out, 0x30, &plan.mft.first().and_then(|run| run.lcn).unwrap_or(0).to_le_bytes());
    put(&mut out, 0x38, &mirror.0.to_le_bytes());
    out[0x40] = geometry.size_code(geometry.record);
    out[0x44] = geometry.size_code(Geometry::INDEX_BLOCK);
    put(&mut out, 0x48, &serial.to_le_bytes());
    put(&mut out, 0x1FE, &[0x55, 0xAA]);
    out
}
