//! Damages of attribute lists.

use format::AttributeType;

use super::block::number;
use super::error::{DamageError, missing};
use super::field::ListField;
use super::names::reference;
use super::segment::Range;
use super::volume::{Value, Volume, list_entries};
use super::{AttributeAt, Wound};

/// Where the reference of the holder is in an entry.
const HOLDER: usize = 0x10;

pub(super) fn field(
    volume: &Volume<'_>,
    record: u64,
    entry: Option<usize>,
    ListField(field): ListField,
    value: u64,
) -> Result<Wound, DamageError> {
    let (mut list, position, range) = find_entry(volume, record, entry)?;
    let offset = range.start + field.offset;
    let before = number(list.bytes(), offset, field.width).unwrap_or(0);
    let what = field.sentence(&format!("record {record}: attribute list entry {position}"), before, value);
    list.put(offset, &field.bytes(value)?)?;
    Ok(Wound::new(field.kind, record, what, list.writes()))
}

pub(super) fn list_loop(
    volume: &Volume<'_>,
    record: u64,
    entry: Option<usize>,
    to: Option<u64>,
) -> Result<Wound, DamageError> {
    let (mut list, position, range) = find_entry(volume, record, entry)?;
    let to = to.unwrap_or(record);
    let holder = reference(volume, to)?;
    list.put(range.start + HOLDER, &holder.0.to_le_bytes())?;
    let whose =
        if to == record { "the record of the list itself" } else { "a record that has no such attribute of it" };
    let what = format!("record {record}: attribute list entry {position} leads to {holder}, {whose}");
    Ok(Wound::new("attribute-list-loop", record, what, list.writes()))
}

/// An entry of a file's attribute list: its position and where it is in the list.
fn find_entry(volume: &Volume<'_>, record: u64, entry: Option<usize>) -> Result<(Value, usize, Range), DamageError> {
    let list = volume.value(&AttributeAt::first(record, AttributeType::ATTRIBUTE_LIST))?;
    let entries = list_entries(list.bytes(), &list.name())?;
    let is_elsewhere = |range: &Range| number(list.bytes(), range.start + HOLDER, 6) != Some(record);
    let position = entry.or_else(|| entries.iter().position(is_elsewhere));
    let found = position.and_then(|position| Some((position, entries.get(position)?.clone())));
    let (position, range) = found.ok_or_else(|| missing(list.name(), "such an entry of the attribute list"))?;
    Ok((list, position, range))
}
