//! Damages of directories' indexes and of index blocks.

use std::cmp::Ordering;

use format::FileReference;

use super::block::number;
use super::error::{DamageError, missing};
use super::field::{IndexBlockField, IndexEntryField};
use super::names::reference;
use super::records::torn;
use super::tree::{Entry, Tree, stored_block};
use super::volume::Volume;
use super::{IndexAt, Wound};
use crate::attribute::{NameFacts, file_name, low_u16};
use crate::description::Name;
use crate::up_case::UpCase;

/// Where the name is in an entry.
const NAME: usize = 0x10 + 0x42;

fn directory(record: u64) -> IndexAt {
    IndexAt { record, name: "$I30".encode_utf16().collect() }
}

/// An index of a directory and where it has a name.
fn find(volume: &Volume<'_>, record: u64, name: &[u16]) -> Result<(Tree, usize, usize), DamageError> {
    let tree = Tree::read(volume, &directory(record))?;
    let found = tree.find(|entry| entry.name() == name);
    let expected = || format!("an index entry {}", quoted(name));
    let (node, position) = found.ok_or_else(|| missing(format!("record {record}"), expected()))?;
    Ok((tree, node, position))
}

fn quoted(name: &[u16]) -> String {
    format!("{:?}", String::from_utf16_lossy(name))
}

pub(super) fn missing_entry(volume: &Volume<'_>, record: u64, name: &[u16]) -> Result<Wound, DamageError> {
    let (mut tree, node, position) = find(volume, record, name)?;
    let removed = tree.remove(node, position)?;
    let file = FileReference(number(&removed.bytes, 0, 8).unwrap_or(0));
    let what = format!("record {record}: the index has no entry {}, a name of {file}", quoted(name));
    Ok(Wound::new("missing-index-entry", record, what, tree.writes()?))
}

pub(super) fn extra_entry(
    volume: &Volume<'_>,
    record: u64,
    name: &[u16],
    file: FileReference,
) -> Result<Wound, DamageError> {
    if !(1..=255).contains(&name.len()) {
        return Err(missing(format!("record {record}"), "a name of 1 to 255 UTF-16 units"));
    }
    let mut tree = Tree::read(volume, &directory(record))?;
    let parent = reference(volume, record)?;
    let key = file_name(&Name { parent, units: name.into(), namespace: 0 }, &NOTHING_MORE);
    let entry = Entry::new(entry_bytes(file.0.to_le_bytes(), &key));
    tree.insert(entry, |other| UpCase::unicode().compare(&other.name(), name))?;
    let what = format!("record {record}: the index has an entry {} for {file}, which has no such name", quoted(name));
    Ok(Wound::new("extra-index-entry", record, what, tree.writes()?))
}

/// What an entry without a file says beside the name: an empty file.
const NOTHING_MORE: NameFacts =
    NameFacts { times: [0; 4], allocated: 0, size: 0, attributes: ARCHIVE, tag_or_ea_size: 0 };
/// `FILE_ATTRIBUTE_ARCHIVE`.
const ARCHIVE: u32 = 0x20;

/// A stored entry without a child.
pub(super) fn entry_bytes(head: [u8; 8], key: &[u8]) -> Vec<u8> {
    let length = (0x10 + key.len()).next_multiple_of(8);
    let mut bytes = [&head[..], &low_u16(length), &low_u16(key.len()), &[0; 4], key].concat();
    bytes.resize(length, 0);
    bytes
}

pub(super) fn entry_field(
    volume: &Volume<'_>,
    record: u64,
    name: &[u16],
    IndexEntryField(field): IndexEntryField,
    value: u64,
) -> Result<Wound, DamageError> {
    let (mut tree, node, position) = find(volume, record, name)?;
    let node = &mut tree.nodes[node];
    let offset = node.entries[position].offset + field.offset;
    let structure = format!("record {record}: index entry {}", quoted(name));
    let what = field.sentence(&structure, node.block.number(offset, field.width)?, value);
    node.block.put(offset, &field.bytes(value)?)?;
    Ok(Wound::new(field.kind, record, what, node.block.writes()))
}

pub(super) fn name_case(volume: &Volume<'_>, record: u64, name: &[u16]) -> Result<Wound, DamageError> {
    let (mut tree, node, position) = find(volume, record, name)?;
    let node = &mut tree.nodes[node];
    let offset = node.entries[position].offset + NAME;
    let swapped: Vec<u16> = name.iter().map(|&unit| swapped_case(unit)).collect();
    let bytes: Vec<u8> = swapped.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    node.block.put(offset, &bytes)?;
    let what = format!("record {record}: index entry {} is spelled {}", quoted(name), quoted(&swapped));
    Ok(Wound::new("wrong-index-name-case", record, what, node.block.writes()))
}

/// An ASCII letter in the other case; anything else as it is.
fn swapped_case(unit: u16) -> u16 {
    match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii_alphabetic() => u16::from(byte ^ 0x20),
        _ => unit,
    }
}

pub(super) fn order(volume: &Volume<'_>, record: u64, name: &[u16]) -> Result<Wound, DamageError> {
    let (mut tree, node, position) = find(volume, record, name)?;
    let entries = &tree.nodes[node].entries;
    let neighbour = if position + 1 < entries.len() { Some(position + 1) } else { position.checked_sub(1) };
    let neighbour = neighbour.ok_or_else(|| missing(tree.nodes[node].block.name(), "a second index entry"))?;
    let (first, second) = (position.min(neighbour), position.max(neighbour));
    let (before, after) = (quoted(&entries[second].name()), quoted(&entries[first].name()));
    tree.swap(node, first, second);
    let what = format!("record {record}: index entry {before} is before {after}, expected it behind");
    Ok(Wound::new("wrong-index-order", record, what, tree.writes()?))
}

pub(super) fn index_loop(volume: &Volume<'_>, index: &IndexAt) -> Result<Wound, DamageError> {
    let mut tree = Tree::read(volume, index)?;
    let (leaf, top) = tree.close_loop()?;
    let what =
        format!("record {}: the index block of VCN {leaf} leads to VCN {top}, from which it is reached", index.record);
    Ok(Wound::new("index-loop", index.record, what, tree.writes()?))
}

pub(super) fn torn_block(
    volume: &Volume<'_>,
    index: &IndexAt,
    block: u64,
    sector: usize,
    value: u16,
) -> Result<Wound, DamageError> {
    torn("torn-index-block", stored_block(volume, index, block)?, index.record, sector, value)
}

pub(super) fn block_field(
    volume: &Volume<'_>,
    index: &IndexAt,
    block: u64,
    IndexBlockField(field): IndexBlockField,
    value: u64,
) -> Result<Wound, DamageError> {
    let mut block = stored_block(volume, index, block)?.unprotect()?;
    let what = field.sentence(block.name(), block.number(field.offset, field.width)?, value);
    block.put(field.offset, &field.bytes(value)?)?;
    Ok(Wound::new(field.kind, index.record, what, block.writes()))
}

/// Where one key of a view stands to another: 32-bit numbers from the first to the last.
pub(super) fn compare_words(left: &[u8], right: &[u8]) -> Ordering {
    let words =
        |key: &[u8]| -> Vec<u32> { key.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect() };
    words(left).cmp(&words(right))
}
