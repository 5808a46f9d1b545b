//! Damages of names and parents in the MFT. Indexes stay as they are.

use format::{AttributeType, FileReference};

use super::block::{Block, number};
use super::error::{DamageError, missing};
use super::field::FileNameField;
use super::volume::Volume;
use super::{AttributeAt, ParentFault, Wound};
use crate::record::DIRECTORY;

pub(super) fn field(
    volume: &Volume<'_>,
    record: u64,
    position: usize,
    FileNameField(field): FileNameField,
    value: u64,
) -> Result<Wound, DamageError> {
    let at = name_at(record, position);
    let mut name = volume.value(&at)?;
    let before = number(name.bytes(), field.offset, field.width).unwrap_or(0);
    let what = field.sentence(&format!("{}: {at}", name.name()), before, value);
    name.put(field.offset, &field.bytes(value)?)?;
    Ok(Wound::new(field.kind, record, what, name.writes()))
}

fn name_at(record: u64, position: usize) -> AttributeAt {
    AttributeAt { position, ..AttributeAt::first(record, AttributeType::FILE_NAME) }
}

pub(super) fn parent(
    volume: &Volume<'_>,
    record: u64,
    position: usize,
    fault: ParentFault,
) -> Result<Wound, DamageError> {
    let at = name_at(record, position);
    let mut name = volume.value(&at)?;
    let before = FileReference(number(name.bytes(), 0, 8).unwrap_or(0));
    let (kind, after, why) = match fault {
        ParentFault::Itself => ("self-parent", reference(volume, record)?, "the file itself"),
        ParentFault::Stale => ("stale-parent-sequence", other_use(before), "another use of its record"),
        ParentFault::File(file) => ("parent-is-file", file_reference(volume, file)?, "a file"),
        ParentFault::Missing => {
            ("missing-parent", FileReference::new(volume.built.records, 1), "a record that is not there")
        }
    };
    name.put(0, &after.0.to_le_bytes())?;
    let what = format!("{}: the parent of {at} is {after}, {why}, was {before}", name.name());
    Ok(Wound::new(kind, record, what, name.writes()))
}

/// The use of the record before this one, or the next if this is the first.
fn other_use(reference: FileReference) -> FileReference {
    let sequence = reference.sequence_number();
    let other = if sequence > 1 { sequence - 1 } else { sequence + 1 };
    FileReference::new(reference.record_number(), other)
}

/// The reference of a base record as its header has it.
pub(super) fn reference(volume: &Volume<'_>, record: u64) -> Result<FileReference, DamageError> {
    reference_of(&volume.segment(record)?, record)
}

fn reference_of(block: &Block, record: u64) -> Result<FileReference, DamageError> {
    Ok(FileReference(record | block.number(0x10, 2)? << 48))
}

fn file_reference(volume: &Volume<'_>, record: u64) -> Result<FileReference, DamageError> {
    let block = volume.segment(record)?;
    if is_directory(&block)? {
        return Err(missing(block.name(), "a file that is no directory"));
    }
    reference_of(&block, record)
}

fn is_directory(block: &Block) -> Result<bool, DamageError> {
    Ok(block.number(0x16, 2)? & u64::from(DIRECTORY) != 0)
}

pub(super) fn parent_loop(volume: &Volume<'_>, first: u64, second: u64) -> Result<Vec<Wound>, DamageError> {
    let into_each_other = [into_other(volume, first, second)?, into_other(volume, second, first)?];
    let wounds: Vec<Wound> = into_each_other.into_iter().flatten().collect();
    if wounds.is_empty() {
        let what = format!("record {first} and record {second} are in each other");
        return Err(DamageError::NoChange { what });
    }
    Ok(wounds)
}

/// A directory is in another by all its names; `None` if it is there already, as the inner of two is.
fn into_other(volume: &Volume<'_>, record: u64, other: u64) -> Result<Option<Wound>, DamageError> {
    let mut block = volume.segment(record)?;
    if !is_directory(&block)? {
        return Err(missing(block.name(), "a directory"));
    }
    let parent = reference(volume, other)?;
    let mut is_moved = false;
    for spot in block.attributes()?.into_iter().filter(|spot| spot.kind == AttributeType::FILE_NAME.0) {
        let value = block.value_range(&spot)?;
        is_moved |= block.number(value.start, 8)? != parent.0;
        block.put(value.start, &parent.0.to_le_bytes())?;
    }
    let what = format!("{}: its parent is {parent}, which it is the parent of", block.name());
    Ok(is_moved.then(|| Wound::new("parent-loop", record, what, block.writes())))
}
