//! The objects of JSON documents, nodes and edges aside (which [`crate::node_json`] writes: they are the bulk).
//!
//! A key that does not apply is absent, never null.

use std::collections::BTreeMap;
use std::fmt;

use format::Wtf8;
use image::Scheme;
use links::{MountSource, VolumeNames};
use serde::Serialize;

use crate::document::{Document, ImageDocument, SecondReaderResult, VolumeDocument};

/// What wrote a document.
#[derive(Serialize, Debug)]
pub struct Generator {
    name: &'static str,
    version: &'static str,
}

impl Generator {
    pub const THIS: Generator = Generator { name: "ntfslinks", version: env!("CARGO_PKG_VERSION") };
}

/// Units of strings that are not valid UTF-16, by key, as hex.
type Utf16Hex = BTreeMap<&'static str, String>;

/// A string as JSON can hold it; if that loses something, its units go to `lost` under `key`.
fn json_text(text: Wtf8<'_>, key: &'static str, lost: &mut Utf16Hex) -> String {
    if text.as_str().is_none() {
        lost.insert(key, utf16_hex(text));
    }
    let replacement = char::REPLACEMENT_CHARACTER;
    text.code_points().map(|code_point| char::from_u32(code_point).unwrap_or(replacement)).collect()
}

/// The UTF-16LE bytes of a string as hex.
pub fn utf16_hex(text: Wtf8<'_>) -> String {
    hex(text.units().flat_map(u16::to_le_bytes))
}

fn hex(bytes: impl Iterator<Item = u8>) -> String {
    let digits = bytes.flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// One image.
#[derive(Serialize, Debug)]
pub struct ImageEntry {
    id: String,
    path: String,
    format: &'static str,
    size: u64,
    /// Of a path that is not UTF-8.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    bytes: BTreeMap<&'static str, String>,
}

impl ImageEntry {
    pub fn new(index: usize, image: &ImageDocument<'_>) -> Self {
        let path = image.image.path();
        let stored = path.as_os_str().as_encoded_bytes();
        let lost = path.to_str().is_none().then(|| ("path", hex(stored.iter().copied())));
        Self {
            id: format!("i{index}"),
            bytes: lost.into_iter().collect(),
            path: path.to_string_lossy().into_owned(),
            format: if image.is_mft { "mft" } else { image.image.container().as_str() },
            size: image.image.size(),
        }
    }
}

/// Where a volume lies.
#[derive(Serialize, Debug)]
pub struct PartitionEntry {
    scheme: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    offset: u64,
    size: u64,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    utf16: Utf16Hex,
}

impl PartitionEntry {
    pub fn new(partition: &image::Partition) -> Self {
        let mut utf16 = Utf16Hex::new();
        let name = partition.name.as_ref().map(|units| {
            let stored: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            json_text(format::Utf16::new(&stored).to_wtf8().as_wtf8(), "name", &mut utf16)
        });
        Self {
            scheme: partition.scheme.as_str(),
            number: partition.number.filter(|_| partition.scheme != Scheme::None),
            offset: partition.offset.0,
            size: partition.size,
            type_id: partition.type_id.as_ref().map(ToString::to_string),
            name,
            guid: partition.guid.as_ref().map(ToString::to_string),
            utf16,
        }
    }
}

/// One volume.
#[derive(Serialize, Debug)]
pub struct VolumeEntry {
    id: String,
    image: String,
    partition: PartitionEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ntfs_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dirty: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_sector: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_cluster: Option<u32>,
    bytes_per_record: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    mount: Option<MountEntry>,
    counts: CountsEntry,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    utf16: Utf16Hex,
}

impl VolumeEntry {
    pub fn new(all: &Document<'_>, document: &VolumeDocument<'_>) -> Self {
        let volume = &document.volume;
        let boot = volume.boot.as_ref();
        let mut utf16 = Utf16Hex::new();
        let label = volume.state.label.as_ref().map(|label| json_text(label.as_wtf8(), "label", &mut utf16));
        Self {
            id: document.id(),
            image: format!("i{}", document.image),
            partition: PartitionEntry::new(&volume.partition),
            label,
            serial: boot.map(|boot| format!("{:016X}", boot.serial)),
            ntfs_version: volume.state.ntfs_version.map(|(major, minor)| format!("{major}.{minor}")),
            dirty: volume.state.dirty,
            bytes_per_sector: boot.map(|boot| boot.bytes_per_sector),
            bytes_per_cluster: boot.map(|boot| boot.bytes_per_cluster),
            bytes_per_record: volume.bytes_per_record(),
            mount: MountEntry::new(&all.names_of(document)),
            counts: CountsEntry::new(&document.graph.counts),
            utf16,
        }
    }
}

/// What a volume is called.
#[derive(Serialize, Debug)]
pub struct MountEntry {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    drive_letters: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volume_guids: Vec<String>,
    /// Of the letters, if there are any.
    source: &'static str,
    /// Of each name, where they do not all have the same.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<String, &'static str>,
}

impl MountEntry {
    /// `None` of a volume that nobody calls anything.
    fn new(names: &VolumeNames) -> Option<Self> {
        let letters = names.letters.iter().map(|(letter, source)| (format!("{}:", char::from(*letter)), *source));
        let guids = names.guids.iter().map(|(guid, source)| (guid.to_string(), *source));
        let (letters, guids): (Vec<_>, Vec<_>) = (letters.collect(), guids.collect());
        let (_, source) = *letters.iter().chain(&guids).next()?;
        let all: BTreeMap<String, &'static str> =
            letters.iter().chain(&guids).map(|(name, source)| (name.clone(), source.as_str())).collect();
        let is_one_source = all.values().all(|other| *other == source.as_str());
        let texts = |names: Vec<(String, MountSource)>| names.into_iter().map(|(name, _)| name).collect();
        Some(Self {
            drive_letters: texts(letters),
            volume_guids: texts(guids),
            source: source.as_str(),
            sources: if is_one_source { BTreeMap::new() } else { all },
        })
    }
}

/// How many there are of what.
#[derive(Serialize, Debug)]
pub struct CountsEntry {
    records: u64,
    in_use: u64,
    directories: u64,
    files: u64,
    extension_records: u64,
    names: u64,
    hard_linked_files: u64,
    reparse_points: u64,
    deleted: u64,
    damaged: u64,
}

impl CountsEntry {
    fn new(counts: &links::Counts) -> Self {
        Self {
            records: counts.records,
            in_use: counts.in_use,
            directories: counts.directories,
            files: counts.files,
            extension_records: counts.extension_records,
            names: counts.names,
            hard_linked_files: counts.hard_linked_files,
            reparse_points: counts.reparse_points,
            deleted: counts.deleted,
            damaged: counts.damaged,
        }
    }
}

/// What could not be decoded.
#[derive(Serialize, Debug)]
pub struct ProblemEntry {
    code: &'static str,
    /// Of a problem that concerns no volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    message: String,
}

impl ProblemEntry {
    fn new(image: Option<String>, volume: Option<String>, problem: &links::Problem) -> Self {
        Self {
            code: problem.cause.code(),
            image,
            volume,
            record: problem.record,
            offset: problem.offset.map(|offset| offset.0),
            message: problem.cause.to_string(),
        }
    }

    /// Every problem of a document in order: those of images first, then by volume, record, offset, code.
    pub fn all<'d>(document: &'d Document<'_>) -> impl Iterator<Item = ProblemEntry> + 'd {
        let of_images = document.images.iter().enumerate().flat_map(|(index, image)| {
            image.problems.iter().map(move |problem| ProblemEntry::new(Some(format!("i{index}")), None, problem))
        });
        let of_volumes = document.volumes.iter().flat_map(|volume| {
            volume.graph.problems.iter().map(move |problem| ProblemEntry::new(None, Some(volume.id()), problem))
        });
        of_images.chain(of_volumes)
    }
}

impl fmt::Display for ProblemEntry {
    /// `v0 record 40 at 0xa000: what is wrong (code)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.volume.as_deref().or(self.image.as_deref()).unwrap_or_default())?;
        if let Some(record) = self.record {
            write!(f, " record {record}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at {offset:#x}")?;
        }
        write!(f, ": {} ({})", self.message, self.code)
    }
}

/// What the second reader found.
#[derive(Serialize, Debug)]
pub struct SecondReaderEntry {
    name: &'static str,
    version: &'static str,
    records_compared: u64,
    differences: u64,
    failures: u64,
}

impl SecondReaderEntry {
    pub fn new(result: &SecondReaderResult) -> Self {
        Self {
            name: "ntfs",
            version: volume::SECOND_READER_VERSION,
            records_compared: result.records_compared,
            differences: result.differences,
            failures: result.failures,
        }
    }
}

/// A graph without its arrays.
#[derive(Serialize, Debug)]
pub struct GraphHeader {
    schema: &'static str,
    directed: bool,
    multigraph: bool,
    generator: Generator,
    #[serde(skip_serializing_if = "Option::is_none")]
    second_reader: Option<SecondReaderEntry>,
    images: Vec<ImageEntry>,
}

impl GraphHeader {
    pub fn new(document: &Document<'_>) -> Self {
        Self {
            schema: "ntfslinks/graph/1",
            directed: true,
            multigraph: true,
            generator: Generator::THIS,
            second_reader: document.second_reader.as_ref().map(SecondReaderEntry::new),
            images: document.images.iter().enumerate().map(|(index, image)| ImageEntry::new(index, image)).collect(),
        }
    }
}

/// How many objects a stream had: a cut-off file shows.
#[derive(Serialize, Debug, Default, Clone, Copy)]
pub struct EndCounts {
    pub volumes: u64,
    pub nodes: u64,
    pub edges: u64,
    pub problems: u64,
}
