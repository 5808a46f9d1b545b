//! One file: from its attributes to its description.

use std::collections::{BTreeMap, HashSet};

use format::{
    AttributeFlags, AttributeType, ExtendedAttributes, FileName, Guid, LARGEST_ATTRIBUTE_LIST, Namespace,
    StandardInformation, bytes, has_foreign_link_magic,
};
use imagekit::description::{Content, ExtendedAttribute, Extra, File, Geometry, Name, Stored, Stream};
use imagekit::extended_attributes::encode;
use imagekit::reparse::LARGEST_VALUE;
use imagekit::up_case::UpCase;
use volume::Volume;

use super::Contents;
use super::segments::{Attribute, Segments, Value};

/// The longest content that is written out, in bytes.
const LONGEST_CONTENT: u64 = 64 << 10;
/// The longest content that is looked at to see whether it is all zeros, in bytes.
const LONGEST_LOOK: u64 = 16 << 20;
/// Bytes of contents that are looked at in all, unless the image is smaller: what lies in an image once can be referred to
/// a million times.
const MOST_LOOKED_AT: u64 = 4 << 30;
/// The longest value of `$REPARSE_POINT` or `$EA` that is read, in bytes.
const LONGEST_VALUE: u64 = 64 << 10;

/// The shortest value of `$REPARSE_POINT` that a description can say, in bytes: a tag.
const SHORTEST_REPARSE_POINT: usize = 4;
/// Clusters that contents which are not written out may take in all: half of what a volume can have.
const MOST_ZERO_CLUSTERS: u64 = 1 << 31;
/// The longest content that a description can say, in bytes.
const LONGEST_SIZE: u64 = i64::MAX.cast_unsigned();
/// Bytes of attribute lists that names and streams may take: all but the entries of what there is one of.
const LIST_ROOM: u64 = LARGEST_ATTRIBUTE_LIST - 0x200;

/// What is said of attributes that do not decode.
const DAMAGED: &str = "damaged attributes";
/// What is said of contents that are not written out.
const CONTENTS: &str = "contents (long, compressed, encrypted, not in the image, or not wanted), zeros in their place";

/// The directory of the system's own indexes.
const EXTEND_RECORD: u64 = 11;
/// Names in it that every volume gets from the builder.
const BUILT_NAMES: [&str; 3] = ["$Quota", "$ObjId", "$Reparse"];

/// Describes the files of a volume, and counts what it has no words for.
pub struct Describer<'v, 'i> {
    volume: &'v Volume<'i>,
    contents: Contents,
    /// Bytes of contents that may still be looked at.
    looks_left: u64,
    /// Bytes of zeros that contents may still be described as: a damaged volume says any length, and a million times.
    zeros_left: u64,
    left_out: BTreeMap<&'static str, u64>,
}

impl<'v, 'i> Describer<'v, 'i> {
    pub fn new(volume: &'v Volume<'i>, contents: Contents) -> Self {
        let looks_left = volume.image.size().min(MOST_LOOKED_AT);
        let cluster = volume.boot.as_ref().map_or(Geometry::default().cluster, |boot| boot.bytes_per_cluster);
        let zeros_left = u64::from(cluster) * MOST_ZERO_CLUSTERS;
        Self { volume, contents, looks_left, zeros_left, left_out: BTreeMap::new() }
    }

    /// What was left out, one sentence each.
    pub fn left_out(self) -> impl Iterator<Item = String> {
        self.left_out.into_iter().map(|(what, count)| format!("{what}: {count}"))
    }

    fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }

    /// The description of one file; `None` for one that the builder makes by itself.
    pub fn file(&mut self, segments: Segments) -> Option<File> {
        let mut file = File {
            reference: segments.reference,
            is_directory: segments.is_directory,
            is_deleted: segments.is_deleted,
            names: Vec::new(),
            times: [0; 4],
            attributes: 0,
            content: None,
            extra: None,
        };
        let mut extra = Extra::default();
        for attribute in &segments.attributes {
            self.add(attribute, &mut file, &mut extra);
        }
        if file.names.iter().any(is_built) {
            return None;
        }
        self.remove_repeated_streams(&mut extra);
        self.fit_list(&mut file, &mut extra);
        file.extra = (extra != Extra::default()).then(|| Box::new(extra));
        // The builder adds them.
        file.attributes &= !file.implied_attributes();
        Some(file)
    }

    /// Removes streams that no file can have beside another.
    fn remove_repeated_streams(&mut self, extra: &mut Extra) {
        let up_case = UpCase::unicode();
        let mut known = HashSet::new();
        let count = extra.streams.len();
        extra.streams.retain(|stream| known.insert(up_case.fold(&stream.name)));
        (extra.streams.len()..count).for_each(|_| self.leave_out("streams that their file has already"));
    }

    /// Removes names and streams that no attribute list has room for: any number of segments can say that they are of a
    /// file.
    fn fit_list(&mut self, file: &mut File, extra: &mut Extra) {
        let mut room = LIST_ROOM;
        let mut fits = |name: &[u16]| {
            let left = room.checked_sub((0x1A + 2 * name.len()).next_multiple_of(8) as u64);
            room = left.unwrap_or(room);
            left.is_some()
        };
        let count = file.names.len() + extra.streams.len();
        file.names.retain(|_| fits(&[]));
        extra.streams.retain(|stream| fits(&stream.name));
        let removed = count - file.names.len() - extra.streams.len();
        (0..removed).for_each(|_| self.leave_out("names and streams that are too many for one file"));
    }

    fn add(&mut self, attribute: &Attribute, file: &mut File, extra: &mut Extra) {
        match attribute.type_code {
            AttributeType::STANDARD_INFORMATION => self.add_standard_information(attribute, file, extra),
            AttributeType::FILE_NAME => self.add_name(attribute, file),
            AttributeType::OBJECT_ID => extra.object_id = self.read(attribute).as_deref().and_then(object_id),
            AttributeType::DATA if attribute.name.is_empty() => file.content = Some(self.content(attribute)),
            AttributeType::DATA => {
                let content = self.content(attribute);
                extra.streams.push(Stream { name: attribute.name.clone(), content });
            }
            AttributeType::REPARSE_POINT => {
                let in_clusters = matches!(attribute.value, Value::InClusters { .. });
                let value = self.read(attribute);
                let has_length = |value: &Vec<u8>| (SHORTEST_REPARSE_POINT..=LARGEST_VALUE).contains(&value.len());
                if value.as_ref().is_some_and(|value| !has_length(value)) {
                    self.leave_out(DAMAGED);
                }
                extra.reparse = value.filter(has_length).map(|bytes| Stored { bytes: bytes.into(), in_clusters });
            }
            AttributeType::EXTENDED_ATTRIBUTES => {
                extra.extended_attributes = self.read(attribute).map(|value| self.entries(&value)).unwrap_or_default();
            }
            // What the builder makes of the rest: the list, indexes, and the summary of the extended attributes.
            AttributeType(0x20 | 0x90 | 0xA0 | 0xB0 | 0xD0) => {}
            AttributeType(0x50) => self.leave_out("security descriptors of single files"),
            _ => self.leave_out("attributes of other types"),
        }
    }

    /// A value that is not long.
    fn read(&mut self, attribute: &Attribute) -> Option<Vec<u8>> {
        let value = attribute.value.read(self.volume, LONGEST_VALUE);
        if value.is_none() {
            self.leave_out("values in clusters that cannot be read");
        }
        value
    }

    fn add_standard_information(&mut self, attribute: &Attribute, file: &mut File, extra: &mut Extra) {
        let value = self.read(attribute);
        let Some(information) = value.and_then(|value| StandardInformation::decode(&value).ok()) else {
            return self.leave_out(DAMAGED);
        };
        file.times =
            [information.created, information.modified, information.changed, information.accessed].map(|time| time.0);
        file.attributes = information.attributes.bits();
        extra.extra_flags = information.extra_flags;
    }

    fn entries(&mut self, value: &[u8]) -> Vec<ExtendedAttribute> {
        let mut entries = Vec::new();
        for entry in ExtendedAttributes::new(value).filter_map(Result::ok) {
            if entry.name.is_empty() {
                self.leave_out(DAMAGED);
                continue;
            }
            let (name, value) = (entry.name.to_vec(), entry.value.to_vec());
            entries.push(ExtendedAttribute { name, value, is_needed: entry.is_needed });
        }
        // Entries that lie closer together than they may need more room than they had.
        if encode(&entries).is_err() {
            self.leave_out(DAMAGED);
            entries.clear();
        }
        entries
    }

    fn add_name(&mut self, attribute: &Attribute, file: &mut File) {
        let value = self.read(attribute).unwrap_or_default();
        match FileName::decode(&value, &mut Vec::new()) {
            Ok(name) if !name.name.is_empty() => file.names.push(Name {
                parent: name.parent,
                units: name.name.units().collect(),
                namespace: namespace(name.namespace),
            }),
            _ => self.leave_out(DAMAGED),
        }
    }

    /// What a `$DATA` holds, as far as it is described.
    fn content(&mut self, attribute: &Attribute) -> Content {
        let size = attribute.value.size();
        let in_clusters = match &attribute.value {
            Value::Resident(_) => false,
            Value::InClusters { stream, flags, .. } => {
                let lies_nowhere = stream.extents().iter().all(|extent| extent.image_offset.is_none());
                if flags.contains(AttributeFlags::SPARSE) && lies_nowhere {
                    return Content::Hole(size.min(LONGEST_SIZE));
                }
                true
            }
        };
        let bytes = attribute.value.read(self.volume, LONGEST_LOOK.min(self.looks_left));
        self.looks_left -= bytes.as_ref().map_or(0, |bytes| bytes.len() as u64).min(self.looks_left);
        if in_clusters && size > 0 && bytes.as_ref().is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0)) {
            return self.zeros(size);
        }
        match bytes {
            Some(bytes) if self.keeps(&bytes) => Content::Bytes(Stored { bytes: bytes.into(), in_clusters }),
            // As long as it was, and as resident.
            Some(bytes) if !in_clusters => {
                self.leave_out(CONTENTS);
                Content::Bytes(Stored { bytes: vec![0; bytes.len()].into(), in_clusters })
            }
            _ => {
                self.leave_out(CONTENTS);
                self.zeros(size)
            }
        }
    }

    /// Zeros in clusters; a hole where they would take more clusters than a volume has.
    fn zeros(&mut self, size: u64) -> Content {
        match self.zeros_left.checked_sub(size) {
            Some(left) => {
                self.zeros_left = left;
                Content::Zeros(size)
            }
            None => {
                self.leave_out("contents that are longer than a volume, holes in their place");
                Content::Hole(size.min(LONGEST_SIZE))
            }
        }
    }

    /// Whether a content is written out. Those that are links always are.
    fn keeps(&self, bytes: &[u8]) -> bool {
        let is_kept = self.contents == Contents::Kept && bytes.len() as u64 <= LONGEST_CONTENT;
        is_kept || bytes.is_empty() || has_foreign_link_magic(bytes)
    }
}

/// Whether a name is that of an index that every volume gets from the builder.
fn is_built(name: &Name) -> bool {
    let is = |built: &&str| name.units.iter().copied().eq(built.encode_utf16());
    name.parent.record_number() == EXTEND_RECORD && BUILT_NAMES.iter().any(is)
}

fn namespace(namespace: Namespace) -> u8 {
    match namespace {
        Namespace::Posix => 0,
        Namespace::Win32 => 1,
        Namespace::Dos => 2,
        Namespace::Win32AndDos => 3,
    }
}

/// The id, and the three birth ids where there are any.
fn object_id(value: &[u8]) -> Option<(Guid, Option<[Guid; 3]>)> {
    let guid = |offset| bytes::array(value, offset).map(Guid);
    let births = guid(16).zip(guid(32)).zip(guid(48)).map(|((volume, object), domain)| [volume, object, domain]);
    Some((guid(0)?, births))
}
