//! The partition table around the volumes.

use format::Guid;
use image::{Image, ImageOffset, PartitionType, Scheme};
use imagekit::build::size_of;
use imagekit::description;
use imagekit::partition_table::{DEFAULT_ALIGNMENT, Disk, Partition, TableKind};
use volume::Discovery;

/// Where an MBR has the disk's signature, in bytes.
const SIGNATURE_OFFSET: u64 = 0x1B8;
/// Where a GPT header has the disk's GUID, in bytes.
const DISK_GUID_OFFSET: u64 = 0x38;
/// Sector sizes that a GPT is looked for with.
const SECTORS: [u32; 2] = [512, 4096];

/// The disk, if the image has a partition table.
pub fn describe(
    image: &Image,
    discovery: &Discovery<'_>,
    volumes: &[description::Volume],
    left_out: &mut Vec<String>,
) -> Option<Disk> {
    let (sector, table) = table(image, discovery)?;
    let mut partitions = Vec::new();
    for ((volume, _), described) in discovery.volumes.iter().zip(volumes) {
        let found = &volume.partition;
        let size = size_of(described).unwrap_or(found.size).next_multiple_of(u64::from(sector));
        let mut partition = Partition::new(size);
        partition.start = Some(found.offset.0);
        // Slots 1 to 4 are those of the MBR itself.
        partition.is_logical = found.scheme == Scheme::Mbr && found.number.is_some_and(|number| number > 4);
        match found.type_id {
            Some(PartitionType::Mbr(type_byte)) => partition.mbr_type = type_byte,
            Some(PartitionType::Gpt(guid)) => partition.gpt_type = Guid(guid.0),
            None => {}
        }
        partition.id = found.guid.map_or(partition.id, |guid| Guid(guid.0));
        partition.name = found.name.clone().unwrap_or_default();
        partitions.push(partition);
    }
    let others = discovery.partitions.len().saturating_sub(partitions.len());
    if others > 0 {
        left_out.push(format!("partitions without an NTFS volume: {others}"));
    }
    Some(without_usual_starts(Disk { sector, alignment: DEFAULT_ALIGNMENT, table, partitions }, left_out))
}

/// The sector size and the kind of the table.
fn table(image: &Image, discovery: &Discovery<'_>) -> Option<(u32, TableKind)> {
    match discovery.partitions.first()?.scheme {
        Scheme::None => None,
        Scheme::Mbr => {
            let sector =
                discovery.volumes.first().and_then(|(volume, _)| volume.boot).map_or(512, |boot| boot.bytes_per_sector);
            let signature = u32::from_le_bytes(read(image, SIGNATURE_OFFSET));
            Some((sector, TableKind::Mbr { signature }))
        }
        Scheme::Gpt => {
            let has_header = |sector: &u32| &read::<8>(image, u64::from(*sector)) == b"EFI PART";
            let sector = SECTORS.into_iter().find(has_header).unwrap_or(512);
            let disk = Guid(read(image, u64::from(sector) + DISK_GUID_OFFSET));
            Some((sector, TableKind::Gpt { disk }))
        }
    }
}

/// The same disk without the starts, where its partitions come to lie at the same places without them, or cannot lie
/// where they were found.
fn without_usual_starts(disk: Disk, left_out: &mut Vec<String>) -> Disk {
    let starts: Vec<u64> = disk.partitions.iter().filter_map(|partition| partition.start).collect();
    let mut usual = disk.clone();
    usual.partitions.iter_mut().for_each(|partition| partition.start = None);
    match usual.plan() {
        Ok(plan) if plan.starts == starts => usual,
        _ if disk.plan().is_err() => {
            left_out.push("where the partitions start: they would overlap".to_owned());
            usual
        }
        _ => disk,
    }
}

/// Bytes of the image; zeros where it has none.
fn read<const N: usize>(image: &Image, offset: u64) -> [u8; N] {
    let mut buffer = [0; N];
    image.read_at(ImageOffset(offset), &mut buffer);
    buffer
}
