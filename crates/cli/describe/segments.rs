//! All segments of a volume's files, joined.

use std::collections::HashMap;

use format::{AttributeFlags, AttributeListEntries, AttributeType, FileRecord, FileReference, Form, RecordFlags};
use volume::{Extent, Stream, Volume};

/// A file's header and attributes.
pub struct Segments {
    /// The number of its base record, and the sequence number that references to the live file carry.
    pub reference: FileReference,
    pub is_directory: bool,
    pub is_deleted: bool,
    /// In the order of the attribute list, or of the record where there is none.
    pub attributes: Vec<Attribute>,
}

/// An attribute with all its extents.
pub struct Attribute {
    pub type_code: AttributeType,
    pub name: Vec<u16>,
    pub value: Value,
    /// Of its first extent.
    id: u16,
    /// The segment of its first extent.
    holder: u64,
}

/// Where a value is.
pub enum Value {
    Resident(Vec<u8>),
    InClusters { stream: Stream, size: u64, initialized: u64, flags: AttributeFlags, is_readable: bool },
}

/// Reads every file from `first` on. What does not decode is left out: the audit of an image is `scan`'s.
pub fn read_files(volume: &Volume<'_>, first: u64, progress: &dyn Fn(u64)) -> Vec<Segments> {
    let mut files: Vec<Segments> = Vec::new();
    let mut extensions: HashMap<FileReference, Vec<Attribute>> = HashMap::new();
    let mut slot = Vec::new();
    for number in first..volume.record_slots() {
        progress(1);
        volume.read_slot(number, &mut slot);
        let Some(record) = FileRecord::decode(&mut slot, &mut Vec::new()) else { continue };
        let attributes = attributes(volume, number, &record);
        if record.header.is_extension() {
            extensions.entry(record.header.base_record).or_default().extend(attributes);
        } else if !attributes.is_empty() {
            let is_deleted = !record.header.flags.contains(RecordFlags::IN_USE);
            let stored = record.header.sequence_number;
            // A freed segment has the next sequence number, and 0 is never one but where it is damaged.
            let sequence = if is_deleted {
                stored.checked_sub(1).filter(|live| *live > 0).unwrap_or(u16::MAX)
            } else {
                stored.max(1)
            };
            let is_directory = record.header.flags.contains(RecordFlags::DIRECTORY);
            let reference = FileReference::new(number, sequence);
            files.push(Segments { reference, is_directory, is_deleted, attributes });
        }
    }
    for file in &mut files {
        if let Some(further) = extensions.remove(&file.reference) {
            file.attributes.extend(further);
            join_extents(&mut file.attributes);
            put_in_order(volume, &mut file.attributes);
        }
    }
    files
}

/// The attributes of one record file, as the system's own files need them.
pub fn read_file(volume: &Volume<'_>, number: u64) -> Vec<Attribute> {
    let mut slot = Vec::new();
    volume.read_slot(number, &mut slot);
    let record = FileRecord::decode(&mut slot, &mut Vec::new());
    record.map(|record| attributes(volume, number, &record)).unwrap_or_default()
}

fn attributes(volume: &Volume<'_>, holder: u64, record: &FileRecord<'_>) -> Vec<Attribute> {
    let attributes = record.attributes().filter_map(Result::ok);
    let attributes = attributes.map(|attribute| {
        let value = match attribute.form {
            Form::Resident { value, .. } => Value::Resident(value.to_vec()),
            Form::NonResident(value) => {
                let extents = volume.extents(&value).map(|(extents, _)| extents);
                let is_readable = extents.is_some();
                let mut stream = Stream::default();
                extents.into_iter().flatten().for_each(|extent: Extent| {
                    stream.insert(extent);
                });
                let (size, initialized) = (value.data_size, value.initialized_size);
                Value::InClusters { stream, size, initialized, flags: attribute.flags, is_readable }
            }
        };
        Attribute {
            type_code: attribute.type_code,
            name: attribute.name.units().collect(),
            value,
            id: attribute.id,
            holder,
        }
    });
    attributes.collect()
}

/// Later extents of a value belong to the first, which has its sizes.
fn join_extents(attributes: &mut Vec<Attribute>) {
    let mut joined: Vec<Attribute> = Vec::new();
    let mut firsts: HashMap<(AttributeType, Vec<u16>), usize> = HashMap::new();
    for attribute in attributes.drain(..) {
        let key = (attribute.type_code, attribute.name.clone());
        let first = firsts.get(&key).and_then(|first| joined.get_mut(*first)).map(|first| &mut first.value);
        match (&attribute.value, first) {
            (Value::InClusters { stream: later, .. }, Some(Value::InClusters { stream, .. })) if !begins(later) => {
                for extent in later.extents() {
                    stream.insert(*extent);
                }
            }
            _ => {
                if matches!(&attribute.value, Value::InClusters { stream, .. } if begins(stream)) {
                    firsts.entry(key).or_insert(joined.len());
                }
                joined.push(attribute);
            }
        }
    }
    *attributes = joined;
}

/// Whether these extents begin a value.
fn begins(stream: &Stream) -> bool {
    stream.extents().first().is_none_or(|extent| extent.start == 0)
}

/// Names keep the order in which they were added only in the attribute list.
fn put_in_order(volume: &Volume<'_>, attributes: &mut [Attribute]) {
    let list = attributes.iter().find(|attribute| attribute.type_code == AttributeType::ATTRIBUTE_LIST);
    let Some(value) = list.and_then(|list| list.value.read(volume, format::LARGEST_ATTRIBUTE_LIST)) else { return };
    let entries = AttributeListEntries::new(&value).filter_map(Result::ok);
    let positions: HashMap<(u64, u16), usize> =
        entries.enumerate().map(|(position, entry)| ((entry.holder.record_number(), entry.id), position)).collect();
    attributes.sort_by_key(|attribute| positions.get(&(attribute.holder, attribute.id)).copied());
}

impl Value {
    /// The length of the value in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Value::Resident(value) => value.len() as u64,
            Value::InClusters { size, .. } => *size,
        }
    }

    /// The bytes, unless there are more than `limit` or the image does not have them.
    pub fn read(&self, volume: &Volume<'_>, limit: u64) -> Option<Vec<u8>> {
        match self {
            Value::Resident(value) => Some(value.clone()),
            Value::InClusters { stream, size, initialized, flags, is_readable } => {
                let is_plain = !flags.intersects(AttributeFlags::COMPRESSED | AttributeFlags::ENCRYPTED);
                if !is_readable || !is_plain || *size > limit || stream.available(volume.image) < *size {
                    return None;
                }
                let mut bytes = Vec::new();
                volume.append_value(stream, (*size).min(*initialized), &mut bytes);
                bytes.resize(usize::try_from(*size).ok()?, 0);
                Some(bytes)
            }
        }
    }
}
