//! Damages of `$Extend\$Reparse:$R` and `$Extend\$ObjId:$O`.

use format::FileReference;

use super::block::number;
use super::error::{DamageError, missing};
use super::indexes::{compare_words, entry_bytes};
use super::tree::{Entry, Tree};
use super::volume::Volume;
use super::{IndexAt, Wound};
use crate::tree::system;

/// The first eight bytes of an entry of `$R`: its data, of which there is none, is behind the key at 0x1C.
const REPARSE_HEAD: [u8; 8] = [0x1C, 0, 0, 0, 0, 0, 0, 0];

fn reparse_index(volume: &Volume<'_>) -> Result<Tree, DamageError> {
    Tree::read(volume, &IndexAt { record: system::REPARSE_POINTS, name: "$R".encode_utf16().collect() })
}

/// Takes the entry of a file out of `$R`.
fn take_reparse(tree: &mut Tree, record: u64) -> Result<Entry, DamageError> {
    let found = tree.find(|entry| number(entry.key(), 4, 6) == Some(record));
    let (node, position) = found.ok_or_else(|| missing("$Reparse:$R", format!("an entry of record {record}")))?;
    tree.remove(node, position)
}

/// Adds an entry to `$R` in its place.
fn add_reparse(tree: &mut Tree, tag: u32, reference: FileReference) -> Result<(), DamageError> {
    let key = [&tag.to_le_bytes()[..], &reference.0.to_le_bytes()].concat();
    let entry = Entry::new(entry_bytes(REPARSE_HEAD, &key));
    tree.insert(entry, |other| compare_words(other.key(), &key))
}

pub(super) fn missing_reparse(volume: &Volume<'_>, record: u64) -> Result<Wound, DamageError> {
    let mut tree = reparse_index(volume)?;
    take_reparse(&mut tree, record)?;
    let what = format!("$Reparse:$R: no entry of record {record}, a reparse point");
    Ok(Wound::new("missing-reparse-entry", system::REPARSE_POINTS, what, tree.writes()?))
}

pub(super) fn extra_reparse(volume: &Volume<'_>, tag: u32, reference: FileReference) -> Result<Wound, DamageError> {
    let mut tree = reparse_index(volume)?;
    add_reparse(&mut tree, tag, reference)?;
    let what = format!("$Reparse:$R: an entry of {reference} with tag {tag:#010x}, which it does not have");
    Ok(Wound::new("extra-reparse-entry", system::REPARSE_POINTS, what, tree.writes()?))
}

pub(super) fn reparse_tag(volume: &Volume<'_>, record: u64, tag: u32) -> Result<Wound, DamageError> {
    let mut tree = reparse_index(volume)?;
    let entry = take_reparse(&mut tree, record)?;
    let (before, reference) = (number(entry.key(), 0, 4).unwrap_or(0), number(entry.key(), 4, 8).unwrap_or(0));
    add_reparse(&mut tree, tag, FileReference(reference))?;
    let what = format!("$Reparse:$R: the entry of record {record} has tag {tag:#010x}, was {before:#010x}");
    Ok(Wound::new("wrong-reparse-entry-tag", system::REPARSE_POINTS, what, tree.writes()?))
}

pub(super) fn missing_object(volume: &Volume<'_>, record: u64) -> Result<Wound, DamageError> {
    let index = IndexAt { record: system::OBJECT_IDS, name: "$O".encode_utf16().collect() };
    let mut tree = Tree::read(volume, &index)?;
    let is_it = |entry: &Entry| {
        let data = number(&entry.bytes, 0, 2).and_then(|data| usize::try_from(data).ok());
        data.and_then(|data| number(&entry.bytes, data, 6)) == Some(record)
    };
    let found = tree.find(is_it);
    let (node, position) = found.ok_or_else(|| missing("$ObjId:$O", format!("an entry of record {record}")))?;
    tree.remove(node, position)?;
    let what = format!("$ObjId:$O: no entry of record {record}, which has an object id");
    Ok(Wound::new("missing-object-entry", system::OBJECT_IDS, what, tree.writes()?))
}
