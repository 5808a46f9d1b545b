//! `[volume]`, with `[disk]` around it or not.

use format::Guid;

use super::error::Problem;
use super::file;
use super::place::place;
use super::reader::{Read, Table, Value};
use super::words::{self, VOLUME_FLAGS};
use super::{default_serial, time};
use crate::description::{Geometry, Volume};
use crate::geometry::GeometryError;
use crate::partition_table::{DEFAULT_ALIGNMENT, Disk, Partition, TableKind};

/// Keys of a volume, on a disk or not.
pub(super) const KEYS: &[&str] =
    &["label", "serial", "sector", "cluster", "record", "size", "time", "dirty", "flags", "mft-pieces"];
/// Further keys of a volume on an MBR disk.
pub(super) const MBR_KEYS: [&str; 4] = ["start", "logical", "type", "bootable"];
/// Further keys of a volume on a GPT disk.
pub(super) const GPT_KEYS: [&str; 5] = ["start", "type", "id", "name", "bootable"];

/// Most units of a label: 256 bytes, by the `$AttrDef` of Windows and mkntfs.
const LONGEST_LABEL: usize = 128;
/// Most units of the name of a GPT partition.
const LONGEST_PARTITION_NAME: usize = 36;

/// `VOLUME_IS_DIRTY`
pub(super) const DIRTY: u16 = 0x1;

/// A disk without its partitions.
#[derive(Clone, Copy)]
pub(super) struct DiskTable {
    sector: u32,
    alignment: u64,
    table: TableKind,
}

/// A bare volume: `[volume]`, which may be missing, and `[[file]]`.
pub(super) fn bare(table: Option<Table<'_>>, files: Option<Value<'_>>) -> Read<Volume> {
    read(table.as_ref(), files, 512, 0)
}

/// `[disk]`
pub(super) fn disk(value: Value<'_>) -> Read<DiskTable> {
    let table = value.table("disk", &["table", "sector", "alignment", "signature", "id"])?;
    let kind = table.get("table").ok_or_else(|| table.missing("table", "one of `gpt` or `mbr`"))?;
    let is_gpt = kind.word(&[("gpt", true), ("mbr", false)])?;
    let (table, kind) = if is_gpt {
        let table = table.allow(&["table", "sector", "alignment", "id"])?;
        (table, TableKind::Gpt { disk: table.read("id", Value::guid)?.unwrap_or(default_disk_id()) })
    } else {
        let table = table.allow(&["table", "sector", "alignment", "signature"])?;
        let signature = table.read("signature", |value| value.hex_number(8))?;
        let signature = signature.and_then(|signature| u32::try_from(signature).ok());
        (table, TableKind::Mbr { signature: signature.unwrap_or(DEFAULT_SIGNATURE) })
    };
    let sector = table.read("sector", sector)?.unwrap_or(512);
    let alignment = table.read("alignment", |value| multiple_of_sector(value, sector))?.unwrap_or(DEFAULT_ALIGNMENT);
    Ok(DiskTable { sector, alignment, table: kind })
}

/// The disk with the volumes of `[[volume]]`. The size of a partition is that of its volume where the spec gives one,
/// and 0 where the volume is to be as small as it can be.
pub(super) fn on_disk(disk: DiskTable, volumes: Value<'_>) -> Read<(Disk, Vec<Volume>)> {
    let mut partitions = Vec::new();
    let mut read_volumes = Vec::new();
    let allowed = match disk.table {
        TableKind::Mbr { .. } => [KEYS, &MBR_KEYS, &["file"]].concat(),
        TableKind::Gpt { .. } => [KEYS, &GPT_KEYS, &["file"]].concat(),
    };
    if !volumes.is_array() {
        return Err(volumes.problem("`[[volume]]` beside `[disk]`", "`[volume]`"));
    }
    for (index, table) in volumes.array()?.enumerate() {
        let table = table.table("volume", &allowed)?;
        let volume = read(Some(&table), table.get("file"), disk.sector, index)?;
        partitions.push(partition(&table, &disk, volume.size.unwrap_or(0), index)?);
        read_volumes.push(volume);
    }
    let DiskTable { sector, alignment, table } = disk;
    Ok((Disk { sector, alignment, table, partitions }, read_volumes))
}

fn partition(table: &Table<'_>, disk: &DiskTable, size: u64, index: usize) -> Read<Partition> {
    let mut partition = Partition {
        start: table.read("start", |value| multiple_of_sector(value, disk.sector))?,
        is_bootable: table.boolean("bootable")?,
        id: default_partition_id(index),
        ..Partition::new(size)
    };
    if let TableKind::Mbr { .. } = disk.table {
        partition.is_logical = table.boolean("logical")?;
        if let Some(value) = table.get("type") {
            partition.mbr_type = u8::try_from(value.integer(1, 255)?).unwrap_or(u8::MAX);
        }
        return Ok(partition);
    }
    if let Some(value) = table.get("type") {
        partition.gpt_type = value.guid()?;
        if partition.gpt_type == Guid([0; 16]) {
            return Err(value.wrong("a type that is not all zeros, which means an unused entry"));
        }
    }
    partition.id = table.read("id", Value::guid)?.unwrap_or(partition.id);
    partition.name = table.read("name", |value| at_most(value, LONGEST_PARTITION_NAME))?.unwrap_or_default();
    Ok(partition)
}

fn read(table: Option<&Table<'_>>, files: Option<Value<'_>>, sector: u32, index: usize) -> Read<Volume> {
    let empty = toml::de::DeTable::new();
    let none = Table::whole(&empty);
    let table = table.unwrap_or(&none);
    let geometry = geometry(table, sector)?;
    let volume_time = table.read("time", Value::time)?.unwrap_or(time::DEFAULT);
    let mut drafts = Vec::new();
    for file in files.map(|files| files.tables("file", file::KEYS)).transpose()?.into_iter().flatten() {
        drafts.push(file::read(file?, volume_time)?);
    }
    Ok(Volume {
        geometry,
        label: table.read("label", |value| at_most(value, LONGEST_LABEL))?.unwrap_or_default(),
        serial: table.read("serial", |value| value.hex_number(16))?.unwrap_or(default_serial(index)),
        flags: flags(table)?,
        size: table.read("size", |value| multiple_of_sector(value, geometry.sector))?,
        time: volume_time,
        mft_pieces: table.read("mft-pieces", mft_pieces)?.unwrap_or(1),
        files: place(drafts, volume_time)?,
    })
}

/// The default size of a file record segment, in bytes.
pub(super) fn default_record(sector: u32) -> u32 {
    if sector > 1024 { 4096 } else { 1024 }
}

fn geometry(table: &Table<'_>, default_sector: u32) -> Read<Geometry> {
    let sector = table.read("sector", size_u32)?.unwrap_or(default_sector);
    let cluster = table.read("cluster", size_u32)?.unwrap_or(Geometry::default().cluster);
    let record = table.read("record", size_u32)?.unwrap_or(default_record(sector));
    let geometry = Geometry { sector, cluster, record };
    let Err(error) = geometry.check() else { return Ok(geometry) };
    let (key, expected) = match error {
        GeometryError::Sector(_) => ("sector", "512, 1024, 2048 or 4096".to_owned()),
        GeometryError::Cluster { sector, .. } => {
            ("cluster", format!("a power of two from {sector} (the sector) to 2097152"))
        }
        GeometryError::Record { sector, .. } => {
            ("record", format!("1024 or 4096, and no less than {sector} (the sector)"))
        }
    };
    // The last one is for a default that does not go with a given size.
    Err(table.get(key).map_or_else(|| table.missing(key, expected.clone()), |value| value.wrong(expected.clone())))
}

fn flags(table: &Table<'_>) -> Read<u16> {
    let flags = table.read("flags", |value| words::flags(value, VOLUME_FLAGS, u16::MAX.into()))?.unwrap_or(0);
    let dirty = if table.boolean("dirty")? { DIRTY } else { 0 };
    Ok(u16::try_from(flags).unwrap_or(u16::MAX) | dirty)
}

fn mft_pieces(value: Value<'_>) -> Read<u32> {
    let pieces = value.integer(1, u32::MAX.into())?;
    Ok(u32::try_from(pieces).unwrap_or(u32::MAX))
}

fn sector(value: Value<'_>) -> Read<u32> {
    let sector = value.as_integer().and_then(|sector| u32::try_from(sector).ok());
    let sector = sector.filter(|sector| matches!(sector, 512 | 1024 | 2048 | 4096));
    sector.ok_or_else(|| value.wrong("512, 1024, 2048 or 4096"))
}

fn size_u32(value: Value<'_>) -> Read<u32> {
    let size = value.size()?;
    u32::try_from(size).map_err(|_| value.wrong("a number of bytes below 4 GiB"))
}

fn multiple_of_sector(value: Value<'_>, sector: u32) -> Read<u64> {
    let size = value.size()?;
    if size > 0 && size.is_multiple_of(sector.into()) {
        return Ok(size);
    }
    Err(value.wrong(format!("a multiple of {sector} bytes (the sector) above 0")))
}

fn at_most(value: Value<'_>, most: usize) -> Result<Vec<u16>, Problem> {
    let units = value.units()?;
    if units.len() <= most {
        return Ok(units);
    }
    Err(value.problem(format!("at most {most} UTF-16 units"), format!("{} units", units.len())))
}

/// The signature of an MBR disk that gives none.
pub(super) const DEFAULT_SIGNATURE: u32 = 0x4E54_4653;

/// The id of a GPT disk that gives none.
pub(super) fn default_disk_id() -> Guid {
    default_partition_id_of(0)
}

/// The id of the GPT partition with this index where it gives none.
pub(super) fn default_partition_id(index: usize) -> Guid {
    default_partition_id_of(u8::try_from(index + 1).unwrap_or(u8::MAX))
}

/// A valid random GUID (version 4, variant 1) that nobody else has drawn, and a number.
fn default_partition_id_of(number: u8) -> Guid {
    Guid([0x73, 0x66, 0x74, 0x6E, 0x69, 0x6C, 0x6B, 0x4E, 0x80, 0x73, 0x69, 0x6D, 0x61, 0x67, 0x65, number])
}
