//! Which NTFS volumes an image has.

use std::path::PathBuf;

use format::BootSectorError;
use image::{Image, ImageOffset, OneLine, Partition, PartitionIssue, Recognised, Scheme, read_partitions, recognise};

use crate::problem::{Cause, OpenError, Problem, VolumeIssue};
use crate::volume::{Volume, read_boot_sector};

/// What an image holds.
#[derive(Debug)]
pub struct Discovery<'i> {
    /// Every partition of its table, in disk order; none without a table.
    pub partitions: Vec<Partition>,
    /// What the MBR carries, by which Windows tells disks apart.
    pub disk_signature: Option<u32>,
    /// What is wrong with the table.
    pub partition_issues: Vec<PartitionIssue>,
    /// Partitions that claim to be NTFS but cannot be read.
    pub unreadable: Vec<Problem>,
    /// Every NTFS volume in disk order, with what opening it had to put up with.
    pub volumes: Vec<(Volume<'i>, Vec<Problem>)>,
}

/// Why an image has nothing to read.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// Nothing in the image is NTFS.
    #[error(
        "{}: no NTFS volume: expected an NTFS boot sector or a file record at {offset}, found {found}{}",
        OneLine(path.display()),
        in_partitions(*.partitions)
    )]
    NotNtfs {
        /// The image.
        path: PathBuf,
        /// Where NTFS was looked for.
        offset: ImageOffset,
        /// What is there instead.
        found: Recognised,
        /// How many partitions were looked at.
        partitions: usize,
    },
    /// Something claims to be NTFS but cannot be read.
    #[error("{}: the NTFS volume at {offset} cannot be read: {reason}", OneLine(path.display()))]
    Unreadable {
        /// The image.
        path: PathBuf,
        /// Where the volume begins.
        offset: ImageOffset,
        /// Why.
        reason: OpenError,
    },
}

fn in_partitions(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" (nor in any of its {count} partitions)"),
    }
}

/// Finds and opens every NTFS volume of an image.
///
/// Sector 0 is tried as NTFS first, since an MBR ends in the same `55 AA`; then the image as an extracted MFT; then each
/// partition, whatever its type id says; then, for an image without a table, the backup boot sector at its end; last, an
/// extracted MFT whose first record is lost.
///
/// # Errors
/// No volume can be read.
pub fn discover(image: &Image) -> Result<Discovery<'_>, DiscoverError> {
    let start = ImageOffset(0);
    let first_sector = read_boot_sector(image, start);
    if claims_ntfs(&first_sector) {
        return discover_at(image, start);
    }
    let mut problems = Vec::new();
    if let Some(volume) = Volume::open_bare_mft(image, &mut problems) {
        return Ok(Discovery::of_one(volume, problems));
    }
    let table = read_partitions(image);
    let mut volumes = Vec::new();
    let mut unreadable = Vec::new();
    for partition in &table.partitions {
        match open_partition(image, partition) {
            Ok(found) => volumes.push(found),
            Err(error) => unreadable.extend(error.map(|reason| (partition.offset, reason))),
        }
    }
    if volumes.is_empty() && table.scheme == Scheme::None {
        volumes.extend(open(image, Partition::whole_image(image)).ok());
    }
    if volumes.is_empty() {
        let mut problems = Vec::new();
        volumes.extend(Volume::open_damaged_bare_mft(image, &mut problems).map(|volume| (volume, problems)));
    }
    let path = || image.path().to_owned();
    match unreadable.first() {
        _ if !volumes.is_empty() => {
            let unreadable = unreadable.into_iter().map(|(offset, reason)| unreadable_volume(offset, reason)).collect();
            let (partitions, partition_issues, disk_signature) = (table.partitions, table.issues, table.disk_signature);
            Ok(Discovery { partitions, disk_signature, partition_issues, unreadable, volumes })
        }
        Some((offset, reason)) => Err(DiscoverError::Unreadable { path: path(), offset: *offset, reason: *reason }),
        None => {
            let partitions = table.partitions.len();
            let offset = table.partitions.first().map_or(start, |partition| partition.offset);
            Err(DiscoverError::NotNtfs { path: path(), offset, found: recognise(image, offset), partitions })
        }
    }
}

fn unreadable_volume(offset: ImageOffset, reason: OpenError) -> Problem {
    let cause = Cause::Volume(VolumeIssue::Unreadable { reason });
    Problem { record: None, offset: Some(offset), cause }
}

/// Opens the one NTFS volume that begins at `offset`, whatever the partition table says.
///
/// # Errors
/// There is none.
pub fn discover_at(image: &Image, offset: ImageOffset) -> Result<Discovery<'_>, DiscoverError> {
    let size = image.size().saturating_sub(offset.0);
    let partition = Partition { offset, size, ..Partition::whole_image(image) };
    let path = || image.path().to_owned();
    open(image, partition).map(|(volume, problems)| Discovery::of_one(volume, problems)).map_err(
        |reason| match reason {
            OpenError::BootSector(error) if !error.claims_ntfs() => {
                DiscoverError::NotNtfs { path: path(), offset, found: recognise(image, offset), partitions: 0 }
            }
            reason => DiscoverError::Unreadable { path: path(), offset, reason },
        },
    )
}

impl<'i> Discovery<'i> {
    fn of_one(volume: Volume<'i>, problems: Vec<Problem>) -> Self {
        Discovery {
            partitions: Vec::new(),
            disk_signature: None,
            partition_issues: Vec::new(),
            unreadable: Vec::new(),
            volumes: vec![(volume, problems)],
        }
    }
}

fn claims_ntfs(sector: &Result<format::BootSector, BootSectorError>) -> bool {
    sector.as_ref().map_or_else(BootSectorError::claims_ntfs, |_| true)
}

fn open(image: &Image, partition: Partition) -> Result<(Volume<'_>, Vec<Problem>), OpenError> {
    let mut problems = Vec::new();
    Volume::open(image, partition, &mut problems).map(|volume| (volume, problems))
}

/// Opens a partition if it is an NTFS volume; the error is absent if nothing in it claims to be one.
fn open_partition<'i>(
    image: &'i Image,
    partition: &Partition,
) -> Result<(Volume<'i>, Vec<Problem>), Option<OpenError>> {
    open(image, partition.clone()).map_err(|reason| match reason {
        OpenError::BootSector(error) if !error.claims_ntfs() => None,
        reason => Some(reason),
    })
}
