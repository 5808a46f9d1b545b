//! Damages of bitmaps and of the volume's flags.

use format::AttributeType;

use super::block::number;
use super::error::{DamageError, missing};
use super::volume::Volume;
use super::{AttributeAt, IndexAt, Wound};
use crate::attribute::kind;
use crate::tree::system;

pub(super) fn record_bitmap(volume: &Volume<'_>, record: u64) -> Result<Wound, DamageError> {
    let at = bitmap_at(system::MFT, Vec::new());
    flip("wrong-record-bitmap", volume, &at, record, format!("record {record}"), record)
}

pub(super) fn cluster_bitmap(volume: &Volume<'_>, cluster: u64) -> Result<Wound, DamageError> {
    let at = AttributeAt { name: Some(Vec::new()), ..AttributeAt::first(system::BITMAP, AttributeType::DATA) };
    flip("wrong-cluster-bitmap", volume, &at, cluster, format!("cluster {cluster}"), system::BITMAP)
}

pub(super) fn index_bitmap(volume: &Volume<'_>, index: &IndexAt, block: u64) -> Result<Wound, DamageError> {
    let at = bitmap_at(index.record, index.name.clone());
    flip(
        "wrong-index-bitmap",
        volume,
        &at,
        block,
        format!("index block {block} of record {}", index.record),
        index.record,
    )
}

fn bitmap_at(record: u64, name: Vec<u16>) -> AttributeAt {
    AttributeAt { name: Some(name), ..AttributeAt::first(record, AttributeType(kind::BITMAP)) }
}

/// Turns a bit of a bitmap over.
fn flip(
    kind: &'static str,
    volume: &Volume<'_>,
    at: &AttributeAt,
    bit: u64,
    whose: String,
    record: u64,
) -> Result<Wound, DamageError> {
    let mut bitmap = volume.value(at)?;
    let offset = usize::try_from(bit / 8).unwrap_or(usize::MAX);
    let byte = bitmap.bytes().get(offset).copied();
    let byte = byte.ok_or_else(|| missing(bitmap.name(), format!("a bit {bit} in {at}")))? ^ 1 << (bit % 8);
    bitmap.put(offset, &[byte])?;
    let state = if byte & 1 << (bit % 8) == 0 { "free" } else { "in use" };
    Ok(Wound::new(kind, record, format!("{whose}: {state} in {at} of record {}", at.record), bitmap.writes()))
}

pub(super) fn volume_flags(volume: &Volume<'_>, flags: u16) -> Result<Wound, DamageError> {
    let mut information = volume.value(&AttributeAt::first(system::VOLUME, AttributeType::VOLUME_INFORMATION))?;
    let before = number(information.bytes(), 0x0A, 2).unwrap_or(0);
    information.put(0x0A, &flags.to_le_bytes())?;
    let what = format!("{}: volume flags are {flags:#x}, were {before:#x}", information.name());
    Ok(Wound::new("volume-flags", system::VOLUME, what, information.writes()))
}
