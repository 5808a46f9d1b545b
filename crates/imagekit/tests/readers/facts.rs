//! What a description says and what a reader found, in words that can be compared: a line for each fact.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ntfslinks_imagekit::description::{Content, ExtendedAttribute, File, Name, Volume};

/// A fact by its name, such as "28 attributes" of record 28.
pub type Facts = BTreeMap<String, String>;

/// A fact that a reader and a description do not agree on.
pub struct Difference {
    pub volume: String,
    pub fact: String,
    pub expected: String,
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { volume, fact, expected, found } = self;
        let fact = shortened(fact);
        write!(f, "{volume}: {fact}: expected {expected}, found {found}")
    }
}

/// Start and end of a text that is too long to print.
fn shortened(text: &str) -> String {
    if text.len() <= 120 {
        return text.to_owned();
    }
    let (start, end): (String, String) = (text.chars().take(50).collect(), text.chars().rev().take(50).collect());
    format!("{start}...{}", end.chars().rev().collect::<String>())
}

/// What stands for a fact that one side does not have.
const NOTHING: &str = "nothing";

/// Every fact that is not on both sides the same.
pub fn compare(volume: &str, expected: &Facts, found: &Facts) -> Vec<Difference> {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let text = |facts: &Facts, name| facts.get(name).map_or(NOTHING, String::as_str).to_owned();
    let both = names.into_iter().map(|name| (name, text(expected, name), text(found, name)));
    both.filter(|(_, expected, found)| expected != found)
        .map(|(name, expected, found)| Difference { volume: volume.to_owned(), fact: name.clone(), expected, found })
        .collect()
}

/// Something that a reader gets wrong. `*` stands for anything.
pub struct Fault {
    /// On which volumes.
    pub volumes: &'static str,
    /// Which fact.
    pub fact: &'static str,
    /// What is right.
    pub expected: &'static str,
    /// What the reader says.
    pub found: &'static str,
    /// Why the description is right: the bytes, and the section of the format that decides.
    pub because: &'static str,
}

impl Fault {
    fn explains(&self, difference: &Difference) -> bool {
        matches(self.volumes, &difference.volume)
            && matches(self.fact, &difference.fact)
            && matches(self.expected, &difference.expected)
            && matches(self.found, &difference.found)
    }
}

/// Complaints that are printed; the first say it.
const MOST_COMPLAINTS: usize = 60;

/// Fails where a difference has no fault of the reader to explain it, or a fault shows in no difference.
pub fn judge(reader: &str, differences: &[Difference], faults: &[Fault]) {
    let mut complaints: Vec<String> = differences
        .iter()
        .filter(|difference| !faults.iter().any(|fault| fault.explains(difference)))
        .map(Difference::to_string)
        .collect();
    let unused = faults.iter().filter(|fault| !differences.iter().any(|difference| fault.explains(difference)));
    complaints.extend(
        unused
            .map(|fault| format!("fault without a difference: {}: {} ({})", fault.volumes, fault.fact, fault.because)),
    );
    let count = complaints.len();
    complaints.truncate(MOST_COMPLAINTS);
    assert!(complaints.is_empty(), "{reader}: {count} complaints:\n{}", complaints.join("\n"));
}

/// Whether `text` is as `pattern` says, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(position) = text.find(part) else { return false };
        text = &text[position + part.len()..];
    }
    text.ends_with(end)
}

/// Units as text that says each: printable ASCII as it is, all others as `\u0041`.
pub fn escaped(units: &[u16]) -> String {
    let mut text = String::new();
    for &unit in units {
        match u8::try_from(unit) {
            Ok(byte @ 0x20..=0x7E) if byte != b'\\' => text.push(char::from(byte)),
            _ => text += &format!("\\u{unit:04X}"),
        }
    }
    text
}

/// A value by its length and checksum.
pub fn summary(bytes: &[u8]) -> String {
    format!("{} bytes {:08x}", bytes.len(), crc32fast::hash(bytes))
}

/// The same of what a description says.
pub fn content(content: &Content) -> String {
    match content {
        Content::Bytes(stored) => summary(&stored.bytes),
        Content::Zeros(size) | Content::Hole(size) => summary(&vec![0; usize::try_from(*size).unwrap()]),
    }
}

/// Attributes of `$STANDARD_INFORMATION`: 0x400 and 0x200 are added as the documentation of `File::attributes` says.
pub fn attributes(file: &File) -> u32 {
    let extra = file.extra.as_deref();
    let streams = extra.into_iter().flat_map(|extra| &extra.streams).map(|stream| &stream.content);
    let is_sparse = file.content.iter().chain(streams).any(|content| matches!(content, Content::Hole(_)));
    let is_reparse_point = extra.is_some_and(|extra| extra.reparse.is_some());
    file.attributes | if is_sparse { 0x200 } else { 0 } | if is_reparse_point { 0x400 } else { 0 }
}

/// The names in each live directory: by the directory's record, which name of which file.
pub fn children(volume: &Volume) -> BTreeMap<u64, Vec<(&File, &Name)>> {
    let live = volume.files.iter().filter(|file| !file.is_deleted);
    let is_directory = |name: &Name| {
        let mut directories = volume.files.iter().filter(|file| file.is_directory && !file.is_deleted);
        name.parent == crate::builder::root() || directories.any(|directory| directory.reference == name.parent)
    };
    let mut parents: BTreeMap<u64, bool> = BTreeMap::new();
    let mut children: BTreeMap<u64, Vec<(&File, &Name)>> = BTreeMap::new();
    for file in live {
        for name in &file.names {
            if *parents.entry(name.parent.0).or_insert_with(|| is_directory(name)) {
                children.entry(name.parent.record_number()).or_default().push((file, name));
            }
        }
    }
    children
}

/// The names of a live file or directory with the path that each is at, parts apart, in the order of records.
pub fn paths(volume: &Volume) -> Vec<(Vec<&[u16]>, &File, &Name)> {
    let children = children(volume);
    let mut paths = Vec::new();
    let mut open = vec![(5, Vec::new())];
    while let Some((directory, path)) = open.pop() {
        for &(file, name) in children.get(&directory).into_iter().flatten() {
            let mut path: Vec<&[u16]> = path.clone();
            path.push(&name.units);
            if file.is_directory && name.namespace != crate::builder::DOS {
                open.push((file.reference.record_number(), path.clone()));
            }
            paths.push((path, file, name));
        }
    }
    paths
}

/// All facts of all records, for readers that know all of them. Others take those that they know.
pub fn records(volume: &Volume) -> Facts {
    let mut facts = Facts::new();
    for file in &volume.files {
        let number = file.reference.record_number();
        let mut fact = |name: &str, value: String| facts.insert(format!("{number} {name}"), value);
        record(file, &mut fact);
    }
    for (directory, names) in children(volume).into_iter().filter(|(directory, _)| *directory != 5) {
        for (file, name) in names {
            let entry = format!("{directory} entry {}", escaped(&name.units));
            facts.insert(entry, index_entry(file, name));
        }
    }
    facts
}

/// Facts of one record.
fn record(file: &File, fact: &mut dyn FnMut(&str, String) -> Option<String>) {
    let deleted = u16::from(file.is_deleted);
    fact("sequence", (file.reference.sequence_number() + deleted).to_string());
    fact("in use", (!file.is_deleted).to_string());
    fact("directory", file.is_directory.to_string());
    fact("link count", file.names.len().to_string());
    fact("times", file.times.map(|time| time.to_string()).join(" "));
    fact("attributes", format!("{:#x}", attributes(file)));
    for name in &file.names {
        let Name { parent, units, namespace } = name;
        fact(&format!("name {parent} {}", escaped(units)), format!("namespace {namespace}"));
    }
    if let Some(unnamed) = &file.content {
        fact("data", content(unnamed));
    }
    let Some(extra) = &file.extra else { return };
    for stream in &extra.streams {
        fact(&format!("stream {}", escaped(&stream.name)), content(&stream.content));
    }
    if let Some(reparse) = &extra.reparse {
        fact("reparse point", summary(&reparse.bytes));
    }
    if let Some((id, births)) = &extra.object_id {
        let guids = [id].into_iter().chain(births.iter().flatten());
        fact(
            "object id",
            guids.map(|guid| guid.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).collect(),
        );
    }
    for ExtendedAttribute { name, value, is_needed } in &extra.extended_attributes {
        let name = String::from_utf8(name.clone()).unwrap();
        fact(&format!("extended attribute {name}"), format!("{} {}", u8::from(*is_needed), summary(value)));
    }
}

/// What an entry of a directory says: which file, and its facts repeated.
///
/// Source: libfsntfs "The file name attribute"; reference A.8: the tag of a reparse point, or the packed size of extended
/// attributes, which counts 5 bytes, name and value of each.
fn index_entry(file: &File, name: &Name) -> String {
    let size = match &file.content {
        Some(Content::Bytes(stored)) => stored.bytes.len() as u64,
        Some(Content::Zeros(size) | Content::Hole(size)) => *size,
        None => 0,
    };
    let directory = if file.is_directory { 0x1000_0000 } else { 0 };
    let extra = file.extra.as_deref();
    let tag = extra.and_then(|extra| extra.reparse.as_ref()).map(|reparse| {
        let [a, b, c, d, ..] = *reparse.bytes else { panic!("a value has a tag") };
        u32::from_le_bytes([a, b, c, d])
    });
    let packed = extra.map_or(0, |extra| {
        extra.extended_attributes.iter().map(|attribute| 5 + attribute.name.len() + attribute.value.len()).sum()
    });
    let tag = tag.unwrap_or(u32::try_from(packed).unwrap());
    let (reference, namespace) = (file.reference, name.namespace);
    format!("{reference} namespace {namespace} size {size} attributes {:#x} tag {tag:#x}", attributes(file) | directory)
}
