//! From a description to an image file.

use std::fs::File;

use crate::build_error::BuildError;
use crate::clusters::Run;
use crate::description::{Geometry, Image, Volume};
use crate::output::Output;
use crate::tree::{Tree, system};
use crate::writer::{self, Plan};

/// Where everything of an image is.
#[derive(Clone, Debug)]
pub struct Built {
    /// In the order of the description.
    pub volumes: Vec<BuiltVolume>,
    /// Length of the image in bytes.
    pub size: u64,
}

/// Where a volume and its MFT are.
#[derive(Clone, Debug)]
pub struct BuiltVolume {
    /// Offset of the volume in the image, in bytes.
    pub start: u64,
    /// Length of the volume in bytes, its backup boot sector included.
    pub size: u64,
    /// Its sizes.
    pub geometry: Geometry,
    /// Where the MFT is, in clusters from `start`.
    pub mft: Vec<Run>,
    /// Where its mirror is: its first cluster from `start`.
    pub mirror: u64,
    /// How many segments the mirror has, the first of the MFT.
    pub mirror_records: u64,
    /// How many segments the MFT has.
    pub records: u64,
}

/// Writes the image of a description to an empty file: the same bytes for the same description.
///
/// The file keeps holes where the image is zero.
///
/// # Errors
///
/// A description of what NTFS cannot hold, or a file that cannot be written; what it then holds is of no use.
pub fn build(image: &Image, file: &File) -> Result<Built, BuildError> {
    image.volumes.iter().try_for_each(check)?;
    let trees: Vec<Tree<'_>> = image.volumes.iter().map(Tree::new).collect();
    let volumes = image.volumes.iter().zip(&trees);
    let plans: Vec<Plan> = volumes.map(|(volume, tree)| writer::plan(volume, tree)).collect::<Result<_, _>>()?;
    let (starts, size) = place_volumes(image, &plans, file)?;
    file.set_len(size)?;
    for (((volume, tree), plan), start) in image.volumes.iter().zip(&trees).zip(&plans).zip(&starts) {
        writer::write(volume, tree, plan, Output::to(file, *start))?;
    }
    let built = image.volumes.iter().zip(plans).zip(starts).map(|((volume, plan), start)| BuiltVolume {
        start,
        size: plan.size,
        geometry: volume.geometry,
        mft: plan.mft,
        mirror: plan.mirror,
        mirror_records: plan.mirror_records,
        records: plan.records,
    });
    Ok(Built { volumes: built.collect(), size })
}

/// How long the volume of a description is, in bytes, its backup boot sector included.
///
/// # Errors
///
/// A description of what NTFS cannot hold.
pub fn size_of(volume: &Volume) -> Result<u64, BuildError> {
    check(volume)?;
    Ok(writer::plan(volume, &Tree::new(volume))?.size)
}

/// Where each volume starts, and the length of the image. Writes the partition table.
fn place_volumes(image: &Image, plans: &[Plan], file: &File) -> Result<(Vec<u64>, u64), BuildError> {
    let Some(disk) = &image.disk else {
        let [plan] = plans else {
            return Err(BuildError::Partitions { partitions: 1, volumes: plans.len() });
        };
        return Ok((vec![0], plan.size));
    };
    if disk.partitions.len() != plans.len() {
        return Err(BuildError::Partitions { partitions: disk.partitions.len(), volumes: plans.len() });
    }
    let mut disk = disk.clone();
    for (partition, plan) in disk.partitions.iter_mut().zip(plans) {
        partition.size = plan.size.next_multiple_of(u64::from(disk.sector));
    }
    let table = disk.plan()?;
    let mut output = Output::to(file, 0);
    for piece in table.pieces() {
        output.write(piece.offset, &piece.bytes)?;
    }
    output.flush()?;
    Ok((table.starts, table.size))
}

/// What the writer takes for granted.
fn check(volume: &Volume) -> Result<(), BuildError> {
    volume.geometry.check()?;
    if volume.label.len() > LONGEST_LABEL {
        return Err(BuildError::LabelLength(volume.label.len()));
    }
    let mut least = system::FIRST_USER;
    for file in &volume.files {
        let record = file.reference.record_number();
        if record < least {
            return Err(BuildError::RecordNumber { record, least });
        }
        least = record + 1;
        let streams = file.extra.iter().flat_map(|extra| &extra.streams).map(|stream| stream.name.len());
        let mut lengths = file.names.iter().map(|name| name.units.len()).chain(streams);
        if let Some(units) = lengths.find(|units| !(1..=255).contains(units)) {
            return Err(BuildError::NameLength { record, units });
        }
    }
    Ok(())
}

/// UTF-16 units that `$VOLUME_NAME` has room for (`$AttrDef`).
pub const LONGEST_LABEL: usize = 128;
