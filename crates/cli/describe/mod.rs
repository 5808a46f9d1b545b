//! An image back into a description: its tree and its links, so that a bug report is a text file.

mod disk;
mod file;
mod segments;

use std::collections::HashSet;

use format::{AttributeType, StandardInformation, VolumeInformation};
use image::{Image, Scheme};
use imagekit::build::{LONGEST_LABEL, size_of};
use imagekit::build_error::BuildError;
use imagekit::description;
use imagekit::up_case::UpCase;
use volume::{Volume, discover};

use self::file::Describer;
use self::segments::{Attribute, Value, read_file, read_files};
use crate::failure::Failure;
use crate::progress::Progress;

/// The record of `$MFT`, whose times are those of the system's files.
const MFT_RECORD: u64 = 0;
/// The record of `$Volume`.
const VOLUME_RECORD: u64 = 3;

/// How much of the contents of files goes into a description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Contents {
    /// All that is short enough.
    Kept,
    /// Only how long they are, and where links are kept as contents.
    LeftOut,
}

/// What an image holds, and what of it a description has no word for.
pub struct Described {
    pub image: description::Image,
    /// One sentence each.
    pub left_out: Vec<String>,
}

/// Describes all volumes of an image.
///
/// # Errors
/// It has none.
pub fn describe(image: &Image, contents: Contents, quiet: bool) -> Result<Described, Failure> {
    let discovery = discover(image)?;
    let slots = discovery.volumes.iter().map(|(volume, _)| volume.record_slots()).sum();
    let progress = Progress::start(slots, quiet);
    let mut left_out = Vec::new();
    let mut volumes = Vec::new();
    for (volume, problems) in &discovery.volumes {
        if !problems.is_empty() {
            left_out.push(format!(
                "what is damaged (`ntfslinks scan` lists it): {} problems of the volume",
                problems.len()
            ));
        }
        volumes.push(describe_volume(volume, contents, &|records| progress.advance(records), &mut left_out));
    }
    progress.finish();
    let disk = disk::describe(image, &discovery, &volumes, &mut left_out);
    Ok(Described { image: description::Image { disk, volumes }, left_out })
}

fn describe_volume(
    volume: &Volume<'_>,
    contents: Contents,
    progress: &dyn Fn(u64),
    left_out: &mut Vec<String>,
) -> description::Volume {
    let mut describer = Describer::new(volume, contents);
    let files = read_files(volume, description::FIRST_RECORD, progress).into_iter();
    let mut files: Vec<description::File> = files.filter_map(|segments| describer.file(segments)).collect();
    left_out.extend(describer.left_out());
    let repeated = remove_repeated_names(&mut files);
    if repeated > 0 {
        left_out.push(format!("names that their directory has already: {repeated}"));
    }
    let system = read_file(volume, VOLUME_RECORD);
    let (geometry, size) = geometry_and_size(volume, left_out);
    let mut described = description::Volume {
        geometry,
        label: resident(&system, AttributeType::VOLUME_NAME).map(label).unwrap_or_default(),
        serial: volume.boot.as_ref().map_or(0, |boot| boot.serial),
        flags: resident(&system, AttributeType::VOLUME_INFORMATION)
            .and_then(|value| VolumeInformation::decode(value).ok())
            .map_or(0, |information| information.flags.bits()),
        size,
        time: system_time(volume),
        mft_pieces: u32::try_from(volume.mft_extents().len()).unwrap_or(1).max(1),
        files,
    };
    let asked = (described.size, described.mft_pieces);
    fit(&mut described);
    if asked != (described.size, described.mft_pieces) {
        left_out.push(
            "the size of the volume, or in how many pieces its MFT lies: no volume of such files has them".to_owned(),
        );
    }
    described
}

/// Removes names that no index can have beside another, and says how many there were.
fn remove_repeated_names(files: &mut [description::File]) -> usize {
    let is_case_sensitive =
        |file: &&description::File| file.extra.as_ref().is_some_and(|extra| extra.extra_flags & 1 != 0);
    let case_sensitive: HashSet<_> = files.iter().filter(is_case_sensitive).map(|file| file.reference).collect();
    let up_case = UpCase::unicode();
    let mut known = HashSet::new();
    let mut removed = 0;
    for file in files.iter_mut().filter(|file| !file.is_deleted) {
        let before = file.names.len();
        file.names.retain(|name| {
            let is_raw = case_sensitive.contains(&name.parent);
            known.insert((name.parent, if is_raw { name.units.clone() } else { up_case.fold(&name.units) }))
        });
        removed += before - file.names.len();
    }
    removed
}

/// The sizes of the volume and its length, or the usual ones where it has some that the builder does not make.
fn geometry_and_size(volume: &Volume<'_>, left_out: &mut Vec<String>) -> (description::Geometry, Option<u64>) {
    let usual = description::Geometry { record: volume.bytes_per_record(), ..description::Geometry::default() };
    let (found, size) = match &volume.boot {
        Some(boot) => {
            let (sector, cluster) = (boot.bytes_per_sector, boot.bytes_per_cluster);
            // The backup boot sector stands behind the sectors that the volume counts.
            let size = boot.volume_size() + u64::from(sector);
            (description::Geometry { sector, cluster, ..usual }, Some(within_partition(volume, size, sector)))
        }
        None => (usual, None),
    };
    if let Err(error) = found.check() {
        left_out.push(format!("the sizes of the volume, the usual ones in their place: {error}"));
        return (description::Geometry::default(), None);
    }
    (found, size)
}

/// No more than the partition has: a damaged boot sector would reach into the next one.
fn within_partition(volume: &Volume<'_>, size: u64, sector: u32) -> u64 {
    let partition = &volume.partition;
    let has_table = partition.scheme != Scheme::None;
    if has_table { size.min(partition.size / u64::from(sector) * u64::from(sector)) } else { size }
}

/// Leaves out a size or pieces of the MFT that a volume with these files cannot have: a damaged boot sector says anything.
fn fit(volume: &mut description::Volume) {
    loop {
        match size_of(volume) {
            // How many can be said is known for sure only when they are tried.
            Err(BuildError::MftPieces { most, .. }) if volume.mft_pieces > 1 => {
                volume.mft_pieces = u32::try_from(most).unwrap_or(u32::MAX).clamp(1, volume.mft_pieces - 1);
            }
            Err(BuildError::TooSmall { .. } | BuildError::TooLarge { .. }) if volume.size.is_some() => {
                volume.size = None;
            }
            _ => return,
        }
    }
}

/// When the volume was formatted.
fn system_time(volume: &Volume<'_>) -> u64 {
    let attributes = read_file(volume, MFT_RECORD);
    let information = resident(&attributes, AttributeType::STANDARD_INFORMATION);
    information.and_then(|value| StandardInformation::decode(value).ok()).map_or(0, |information| information.created.0)
}

/// The value of the first attribute of a type, if it is in the record.
fn resident(attributes: &[Attribute], type_code: AttributeType) -> Option<&[u8]> {
    attributes.iter().find(|attribute| attribute.type_code == type_code).and_then(|attribute| match &attribute.value {
        Value::Resident(value) => Some(&value[..]),
        Value::InClusters { .. } => None,
    })
}

/// UTF-16 units of a label, as many as one can have; an odd last byte is dropped.
fn label(value: &[u8]) -> Vec<u16> {
    format::Utf16::new(value).units().take(LONGEST_LABEL).collect()
}
