//! One `[[file]]`, up to where its place in the tree matters.

use format::FileReference;

use super::error::{Problem, quoted};
use super::link::{self, LinkKind};
use super::reader::{Read, Table, Value};
use super::words::{self, ATTRIBUTES};
use super::{content, extended, names};
use crate::description::{Content, Extra, File, Stream};
use crate::foreign_link::SYSTEM;
use crate::tree::system;
use crate::up_case::UpCase;

/// All keys of `[[file]]`.
pub(super) const KEYS: &[&str] = &[
    "path",
    "parent",
    "name",
    "namespace",
    "dos",
    "names",
    "record",
    "sequence",
    "directory",
    "case-sensitive",
    "deleted",
    "created",
    "modified",
    "changed",
    "accessed",
    "time",
    "attributes",
    "extra-flags",
    "text",
    "hex",
    "zeros",
    "hole",
    "in-clusters",
    "no-content",
    "streams",
    "junction",
    "volume-mount-point",
    "symlink",
    "lx-symlink",
    "nfs-symlink",
    "interix-symlink",
    "interix-character",
    "interix-block",
    "cygwin-symlink",
    "app-exec-link",
    "wof",
    "reparse",
    "reparse-in-clusters",
    "object-id",
    "extended-attributes",
    "lx",
];

/// `FILE_ATTRIBUTE_ARCHIVE`, which Windows sets on every new file, and on no directory.
pub(super) const ARCHIVE: u32 = 0x20;
/// The bit of the extra flags that makes a directory case-sensitive.
pub(super) const CASE_SENSITIVE: u32 = 0x1;
/// The last number that Windows would use for a file record segment.
///
/// Source: Microsoft "NTFS overview", 4,294,967,295 files per volume.
pub(super) const LAST_RECORD: u64 = 0xFFFF_FFFF;

/// A file whose names and number wait for the other files.
pub(super) struct Draft<'a> {
    /// Without names, and with record number 0.
    pub file: File,
    pub record: Option<(u64, Value<'a>)>,
    pub names: Vec<names::Draft<'a>>,
    /// Where its table starts.
    pub offset: usize,
}

/// Reads one `[[file]]`; `time` is what its times are unless it says otherwise.
pub(super) fn read<'a>(table: Table<'a>, time: u64) -> Read<Draft<'a>> {
    let link = link::read(&table)?;
    let is_link_directory = link.as_ref().is_some_and(link::Link::is_directory_link);
    let explicit_directory = table.read("directory", Value::boolean)?;
    let is_directory = explicit_directory.unwrap_or(is_link_directory);
    let mut attributes = attributes(&table, is_directory)?;
    let mut extra = extra(&table, is_directory)?;
    let mut content = own_content(&table, is_directory, explicit_directory == Some(true))?;
    match link.map(|link| (link.value, link.kind)) {
        Some((_, LinkKind::Reparse(stored))) => extra.reparse = Some(stored),
        Some((value, LinkKind::Content(target))) => {
            check_alone(&table, value)?;
            attributes |= SYSTEM;
            content = Some(target);
        }
        None => {}
    }
    let sequence = table.read("sequence", |value| value.integer(1, u16::MAX.into()))?.unwrap_or(1);
    let file = File {
        reference: FileReference(sequence << 48),
        is_directory,
        is_deleted: table.boolean("deleted")?,
        names: Vec::new(),
        times: times(&table, time)?,
        attributes,
        content,
        extra: (extra != Extra::default()).then(|| Box::new(extra)),
    };
    let record = table.read("record", |value| Ok((value.integer(system::FIRST_USER, LAST_RECORD)?, value)))?;
    Ok(Draft { file, record, names: names::read(&table)?, offset: table.offset })
}

fn attributes(table: &Table<'_>, is_directory: bool) -> Read<u32> {
    let given = table.read("attributes", |value| words::flags(value, ATTRIBUTES, u32::MAX))?;
    Ok(given.unwrap_or(default_attributes(is_directory)))
}

/// What a new file or directory of Windows has.
pub(super) fn default_attributes(is_directory: bool) -> u32 {
    if is_directory { 0 } else { ARCHIVE }
}

/// Created, modified, changed, accessed.
fn times(table: &Table<'_>, default: u64) -> Read<[u64; 4]> {
    let all = table.read("time", Value::time)?.unwrap_or(default);
    let mut times = [all; 4];
    for (time, key) in times.iter_mut().zip(["created", "modified", "changed", "accessed"]) {
        *time = table.read(key, Value::time)?.unwrap_or(all);
    }
    Ok(times)
}

fn extra(table: &Table<'_>, is_directory: bool) -> Read<Extra> {
    let mut extra_flags = table.read("extra-flags", Value::integer_u32)?.unwrap_or(0);
    if table.boolean("case-sensitive")? {
        extra_flags |= CASE_SENSITIVE;
        if let (Some(value), false) = (table.get("case-sensitive"), is_directory) {
            return Err(value.problem("`case-sensitive` only on a directory", "it on a file"));
        }
    }
    Ok(Extra {
        extra_flags,
        reparse: None,
        object_id: table.read("object-id", link::object_id)?,
        extended_attributes: extended::read(table)?,
        streams: table.read("streams", streams)?.unwrap_or_default(),
    })
}

/// The unnamed `$DATA`, links in content aside.
fn own_content(table: &Table<'_>, is_directory: bool, is_directory_on_purpose: bool) -> Read<Option<Content>> {
    let content = content::read(table)?;
    let key = table.at_most_one(&content::KINDS)?;
    if table.boolean("no-content")? {
        return key
            .map_or(Ok(None), |key| Err(key.problem("no content beside `no-content`", format!("`{}`", key.key()))));
    }
    if let (Some(key), true, false) = (key, is_directory, is_directory_on_purpose) {
        let expected = "no content, because the link makes this a directory (with `directory = true` it may have some)";
        return Err(key.problem(expected, format!("`{}`", key.key())));
    }
    Ok(content.or_else(|| (!is_directory).then(|| content::bytes(Vec::new(), false))))
}

/// That a link which is the content of its file has no other content beside it.
fn check_alone(table: &Table<'_>, link: Value<'_>) -> Read<()> {
    let other = [&content::KINDS[..], &["no-content"]].concat();
    match other.iter().find_map(|key| table.get(key)) {
        Some(other) => {
            let expected = format!("no content beside `{}`, which is content itself", link.key());
            Err(other.problem(expected, format!("`{}`", other.key())))
        }
        None => Ok(()),
    }
}

fn streams(value: Value<'_>) -> Read<Vec<Stream>> {
    let mut streams: Vec<Stream> = Vec::new();
    // Sorted, so that a file with very many streams takes no square of time.
    let mut folded_names = std::collections::BTreeMap::new();
    for table in value.tables("file.streams", &["name", "text", "hex", "zeros", "hole", "in-clusters"])? {
        let table = table?;
        let name_value = table.get("name").ok_or_else(|| table.missing("name", "the name of a stream"))?;
        let name = name_value.units()?;
        check_length(&name, name_value)?;
        if let Some(first) = folded_names.insert(UpCase::unicode().fold(&name), name_value.offset()) {
            let found = format!("{} again", quoted(&String::from_utf16_lossy(&name)));
            let problem = name_value.problem("a name that no other stream of the file has", found);
            return Err(problem.clashing_with(first));
        }
        let content = content::read(&table)?.unwrap_or_else(|| content::bytes(Vec::new(), false));
        streams.push(Stream { name, content });
    }
    Ok(streams)
}

/// That a name has 1 to 255 units.
pub(super) fn check_length(units: &[u16], value: Value<'_>) -> Result<(), Problem> {
    if (1..=255).contains(&units.len()) {
        return Ok(());
    }
    Err(value.problem("a name of 1 to 255 UTF-16 units", format!("one of {} units", units.len())))
}
