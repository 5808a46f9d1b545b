//! `[[damage]]`: what to break, with the keys of its kind.

use format::{AttributeType, FileReference};

use super::names;
use super::reader::{Read, Table, Value, nearest};
use super::reparse_table;
use crate::damage::{Damage, KINDS, KeyInfo, KeyKind, KeyValue, Keys, KindInfo};
use crate::description::Volume;
use crate::tree::{Tree, system, system_reference};

/// All damages of a spec, in its order.
pub(super) fn read_all(value: Value<'_>, volumes: &[Volume]) -> Read<Vec<Damage>> {
    let trees: Vec<Tree<'_>> = volumes.iter().map(Tree::new).collect();
    value.array()?.map(|value| read(value, &trees)).collect()
}

fn read(value: Value<'_>, trees: &[Tree<'_>]) -> Read<Damage> {
    let table = value.any_table("damage")?;
    let kind = table.get("kind").ok_or_else(|| table.missing("kind", A_KIND))?;
    let kind = find_kind(kind)?;
    let mut allowed = vec!["kind", "volume"];
    allowed.extend(kind.keys.iter().map(|key| key.name));
    if allowed.contains(&"record") {
        allowed.push("file");
    }
    let table = table.allow(&allowed)?;
    let volume = table.read("volume", |value| {
        let index = value.as_integer().and_then(|index| usize::try_from(index).ok());
        let index = index.filter(|index| *index < trees.len());
        index.ok_or_else(|| value.wrong(format!("the index of a volume, which is less than {}", trees.len())))
    })?;
    let volume = volume.unwrap_or(0);
    let mut keys = Keys::default();
    for key in kind.keys {
        match (find_key(&table, key)?, trees.get(volume)) {
            (Some(value), Some(tree)) => {
                keys.0.insert(key.name.to_owned(), read_key(key, value, tree)?);
            }
            _ if key.is_required => return Err(table.missing(key.name, key.what)),
            _ => {}
        }
    }
    Damage::from_keys(kind.name, volume, &keys).map_err(|error| {
        let given = kind.keys.iter().find(|key| key.name == error.key).and_then(|key| table.get(key.name));
        match given {
            Some(value) => value.wrong(error.expected),
            None => table.missing(&error.key, error.expected),
        }
    })
}

/// There are too many to list in one line.
const A_KIND: &str = "a kind of damage, of those in `SPEC.md`";

fn find_kind(value: Value<'_>) -> Read<&'static KindInfo> {
    let name = value.string()?;
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        match nearest(name, &known) {
            Some(near) => value.wrong(format!("{A_KIND} (did you mean `{near}`?)")),
            None => value.wrong(A_KIND),
        }
    })
}

/// The value of a key; for `record`, that of `file` will do.
fn find_key<'a>(table: &Table<'a>, key: &KeyInfo) -> Read<Option<Value<'a>>> {
    match key.name {
        "record" => table.at_most_one(&["record", "file"]),
        name => Ok(table.get(name)),
    }
}

fn read_key(key: &KeyInfo, value: Value<'_>, tree: &Tree<'_>) -> Read<KeyValue> {
    let integer = match key.kind {
        KeyKind::Name => return value.units().map(KeyValue::Units),
        KeyKind::Hex => return value.hex().map(KeyValue::Bytes),
        KeyKind::Word(words) => {
            let words: Vec<_> = words.iter().map(|word| (*word, *word)).collect();
            return Ok(KeyValue::Word(value.word(&words)?.to_owned()));
        }
        KeyKind::Record => record(value, tree)?,
        KeyKind::Integer => value.integer(0, u64::MAX)?,
        KeyKind::Size => value.size()?,
        KeyKind::AttributeType => attribute_type(value)?,
        KeyKind::Tag => u64::from(reparse_table::read_tag(value)?.0),
        KeyKind::Reference => {
            let reference = value.as_str().and_then(names::reference).map(|reference| reference.0);
            let reference = reference.or_else(|| value.as_integer());
            reference.ok_or_else(|| value.wrong("a record number and a sequence number such as `\"47-3\"`"))?
        }
    };
    Ok(KeyValue::Integer(integer))
}

/// A record number, or the path of a file of the volume.
fn record(value: Value<'_>, tree: &Tree<'_>) -> Read<u64> {
    let (allows_number, expected) = match value.key() {
        "record" => (true, "a record number (a path is for `file`)"),
        "file" => (false, "the path of a file of the volume"),
        _ => (true, "a record number, or the path of a file of the volume"),
    };
    let number = value.as_integer().filter(|_| allows_number);
    let path = value.as_str().filter(|_| value.key() != "record");
    number.or_else(|| resolve(path?, tree)).ok_or_else(|| value.wrong(expected))
}

/// The record that a path leads to, letter by letter. One that is in use comes before one that is not.
fn resolve(path: &str, tree: &Tree<'_>) -> Option<u64> {
    let mut reference = system_reference(system::ROOT);
    for component in path.strip_prefix('\\')?.split('\\').filter(|component| !component.is_empty()) {
        let units: Vec<u16> = component.encode_utf16().collect();
        reference = child(tree, reference, &units, false).or_else(|| child(tree, reference, &units, true))?;
    }
    Some(reference.record_number())
}

fn child(tree: &Tree<'_>, parent: FileReference, units: &[u16], is_deleted: bool) -> Option<FileReference> {
    let files = (0..tree.len()).map(|position| tree.file(position)).filter(|file| file.is_deleted == is_deleted);
    let mut found = files.filter(|file| file.names.iter().any(|name| name.parent == parent && *name.units == *units));
    found.next().map(|file| file.reference)
}

/// The type of an attribute by number, or by name with `$` or without.
fn attribute_type(value: Value<'_>) -> Read<u64> {
    let named = |text: &str| {
        let mut types = (0x10..=0x100).step_by(0x10).map(AttributeType);
        types.find(|kind| kind.to_string().trim_start_matches('$') == text.trim_start_matches('$'))
    };
    let number = value.as_integer().filter(|number| *number <= u64::from(u32::MAX));
    let number = number.or_else(|| named(value.as_str()?).map(|kind| u64::from(kind.0)));
    number.ok_or_else(|| value.wrong("the type of an attribute such as `\"DATA\"` or `0x80`"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use format::FileReference;

    use super::KINDS;
    use crate::damage::{BytesAt, Damage, Fault, IndexEntryField, KindInfo, RecordCopy, RecordField};
    use crate::spec::parse;

    const FILES: &str = "[[file]]\npath = '\\a\\b.txt'\nrecord = 40\n[[file]]\npath = '\\gone'\ndeleted = true\n";

    fn damages(text: &str) -> Vec<Damage> {
        parse("spec.toml", &format!("{FILES}{text}")).unwrap_or_else(|error| panic!("{error}")).damages
    }

    #[test]
    fn records_are_found_by_number_and_by_path() {
        let check = |key: &str, record: u64| {
            let damage = &damages(&format!("[[damage]]\nkind = 'wrong-link-count'\n{key}\nvalue = 0x10\n"))[0];
            let fault = Fault::Record { record, field: RecordField::LINK_COUNT, value: 16 };
            assert_eq!(*damage, Damage { volume: 0, copy: RecordCopy::Mft, fault });
        };
        check("record = 999", 999);
        check("file = '\\a\\b.txt'", 40);
        // The directory that the path needs has the first number that is free.
        check("file = '\\a'", 27);
        check("file = '\\'", 5);
        check("file = '\\gone'", 41);
        check("file = '\\$Extend\\$Reparse'", 26);
    }

    #[test]
    fn keys_are_read_by_their_kind() {
        let text = "[[damage]]\nkind = 'extra-index-entry'\ndirectory = '\\a'\nname = { utf16 = '00d8' }\n\
            reference = '41-7'\n\
            [[damage]]\nkind = 'wrong-index-tag'\ndirectory = 27\nname = 'b.txt'\nvalue = 0xA000000C\n\
            [[damage]]\nkind = 'bytes'\nfile = '\\gone'\noffset = 0x30\nbytes = '00 ff'\ncopy = 'both'\n\
            [[damage]]\nkind = 'run-past-volume'\nrecord = 0\nattribute = 'BITMAP'\n\
            [[damage]]\nkind = 'extra-reparse-entry'\ntag = 'SYMLINK'\nreference = '41-7'\n";
        let damages = damages(text);
        let reference = FileReference::new(41, 7);
        assert_eq!(damages[0].fault, Fault::ExtraIndexEntry { directory: 27, name: vec![0xD800], reference });
        let (name, field) = ("b.txt".encode_utf16().collect(), IndexEntryField::TAG);
        assert_eq!(damages[1].fault, Fault::IndexEntry { directory: 27, name, field, value: 0xA000_000C });
        let at = BytesAt::Record { record: 41, offset: 0x30 };
        assert_eq!(
            (&damages[2].fault, damages[2].copy),
            (&Fault::Bytes { at, bytes: vec![0, 0xFF] }, RecordCopy::Both)
        );
        assert!(matches!(&damages[3].fault, Fault::Run { at, run: 0, .. } if at.kind.0 == 0xB0 && at.name.is_none()));
        assert_eq!(damages[4].fault, Fault::ExtraReparseEntry { tag: 0xA000_000C, reference });
    }

    /// The row of a kind in `SPEC.md`.
    fn row(kind: &KindInfo) -> String {
        let keys: Vec<String> = kind
            .keys
            .iter()
            .map(|key| if key.is_required { format!("`{}`", key.name) } else { format!("[`{}`]", key.name) })
            .collect();
        format!("| `{}` | {} | {} |", kind.name, kind.summary, keys.join(", "))
    }

    #[test]
    fn the_page_has_every_kind_and_key() {
        let page = include_str!("../../SPEC.md");
        let keys = KINDS.iter().flat_map(|kind| kind.keys).map(|key| format!("| `{}` | {} |", key.name, key.what));
        let keys: BTreeSet<String> = keys.collect();
        let missing: Vec<String> = KINDS.iter().map(row).chain(keys).filter(|row| !page.contains(row)).collect();
        assert!(missing.is_empty(), "rows that SPEC.md lacks:\n{}", missing.join("\n"));
    }
}
