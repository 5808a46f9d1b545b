//! What is kept of each file record segment: compact, linear in records, without an allocation of its own.
//!
//! Facts are kept chunk by chunk, as the walk finds them. A file may have facts in several segments; [`Files`] puts
//! those together.
//!
//! [`Files`]: crate::Files

use std::ops::Range;

use bitflags::bitflags;
use format::{FileReference, Guid, LinuxMetadata, Namespace, UpCase, Wtf8};
use volume::Extent;

use crate::details::Details;
use crate::name_hash::hash_stored;
use crate::problem::Problem;

bitflags! {
    /// What a segment is, and what else it holds.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Marks: u16 {
        /// The record is in use.
        const IN_USE = 1;
        /// The record has the directory flag.
        const DIRECTORY = 2;
        /// An update sequence did not match.
        const TORN = 4;
        /// It holds `$STANDARD_INFORMATION`.
        const STANDARD_INFORMATION = 8;
        /// It holds the (first extent of the) unnamed `$DATA`.
        const DATA = 16;
        /// Names in the directory are told apart by case.
        const CASE_SENSITIVE = 32;
        /// The two bits of reparse trust.
        const TRUST_1 = 64;
        const TRUST_2 = 128;
    }
}

/// The facts of one segment: 16 bytes, and its [`Details`].
#[derive(Clone, Debug)]
pub(crate) struct SegmentFacts {
    /// Index of the first byte of its details in the chunk's.
    pub details: u32,
    /// Index of its first name in the chunk, which has room for fewer than 12,000.
    pub first_name: u16,
    pub name_count: u16,
    /// Index in the chunk's [`Extra`]s, plus one; 0 for the many that have none.
    pub extra: u16,
    pub sequence_number: u16,
    pub link_count: u16,
    pub marks: Marks,
}

impl SegmentFacts {
    /// Indices of its names in the chunk.
    fn names(&self) -> Range<usize> {
        let start = usize::from(self.first_name);
        start..start + usize::from(self.name_count)
    }
}

/// One name, 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameFact {
    pub parent: FileReference,
    /// Index of its first byte in the chunk's text.
    start: u32,
    /// Where its attribute begins in the record.
    pub attribute_offset: u16,
    /// Bytes of WTF-8 (at most 765), namespace, and whether a surrogate is unpaired.
    packed: u16,
}

const LENGTH_BITS: u32 = 10;
const UNPAIRED: u16 = 1 << 15;

impl NameFact {
    /// Bytes of WTF-8.
    fn length(self) -> usize {
        usize::from(self.packed & ((1 << LENGTH_BITS) - 1))
    }

    pub fn namespace(self) -> Namespace {
        match (self.packed >> LENGTH_BITS) & 3 {
            1 => Namespace::Win32,
            2 => Namespace::Dos,
            3 => Namespace::Win32AndDos,
            _ => Namespace::Posix,
        }
    }

    pub fn has_unpaired_surrogate(self) -> bool {
        self.packed & UNPAIRED != 0
    }
}

/// What few segments have.
#[derive(Clone, Default, Debug)]
pub(crate) struct Extra {
    /// The segment's own number.
    pub record: u64,
    /// The base record of an extension record; 0 in a base record, as stored.
    base: FileReference,
    pub reparse_point: Value,
    /// Only that there is one, and where; what it says is in `holders`.
    pub attribute_list: Value,
    /// In the chunk's holders: the records that the attribute list names, the segment aside, each once, in stored order;
    /// `None` if it has no list, or one that cannot be read whole.
    pub holders: Option<Range<u32>>,
    /// What hardly any segment has.
    pub rare: Option<Box<Rare>>,
}

impl Extra {
    pub fn new(record: u64, base: FileReference) -> Extra {
        Extra { record, base, ..Extra::default() }
    }

    /// The base record of an extension record.
    pub fn base(&self) -> Option<FileReference> {
        (self.base.0 != 0).then_some(self.base)
    }

    /// Room for what hardly any segment has.
    pub fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}

/// What hardly any segment has.
#[derive(Clone, Default, Debug)]
pub(crate) struct Rare {
    pub object_id: Option<Guid>,
    pub extended_attributes: Value,
    pub linux: LinuxMetadata,
    /// The content of an Interix or Cygwin link file.
    pub foreign_link: Value,
}

/// A value: at hand, or in clusters that are read after the walk, in their order on the disk.
#[derive(Clone, Default, Debug)]
pub(crate) enum Value {
    /// The segment has none.
    #[default]
    Absent,
    /// In the record. `offset` is in bytes from the record's start.
    Resident {
        /// In the chunk's bytes.
        range: Range<u32>,
        offset: u16,
    },
    /// In clusters, or one extent of it.
    Clusters {
        /// In the chunk's cluster values.
        index: u32,
    },
    /// Was in clusters, and cannot be read.
    Unreadable {
        /// Bytes it claims.
        size: u64,
    },
}

impl Value {
    pub fn is_absent(&self) -> bool {
        matches!(self, Value::Absent)
    }
}

/// A value in clusters.
#[derive(Clone, Default, Debug)]
pub(crate) struct ClusterValue {
    /// In the chunk's extents.
    pub extents: Range<u32>,
    /// Bytes of the whole value, in the extent that begins it.
    pub size: Option<u64>,
    /// Bytes of it that were ever written; the rest reads as zeros.
    pub initialized_size: u64,
    /// Where what was read is, if it was.
    pub bytes: Option<ReadBytes>,
}

/// Where the bytes of a value are that was read out of clusters.
#[derive(Clone, Debug)]
pub(crate) struct ReadBytes {
    /// Which of the batches that were read.
    pub batch: u32,
    /// In its bytes.
    pub range: Range<u32>,
}

/// A name that a record not in use still has: 8 bytes. What else it says is read again where it matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FreeName {
    pub record: u32,
    pub hash: u32,
}

/// The facts of the segments in one chunk of the MFT.
#[derive(Clone, Default, Debug)]
pub(crate) struct ChunkFacts {
    /// Number of the first record of each of its blocks.
    pub blocks: Vec<u64>,
    /// For each slot the index of its segment plus one; 0 where there is none.
    pub slots: Vec<u16>,
    pub segments: Vec<SegmentFacts>,
    /// Packed, one after the other.
    details: Vec<u8>,
    pub names: Vec<NameFact>,
    /// The hash of each name, by which those that some path asks for are found.
    name_hashes: Vec<u32>,
    /// The names, one after the other, in WTF-8.
    text: Vec<u8>,
    /// The names of records not in use, in record order.
    pub free_names: Vec<FreeName>,
    pub extras: Vec<Extra>,
    /// Resident values.
    bytes: Vec<u8>,
    pub cluster_values: Vec<ClusterValue>,
    extents: Vec<Extent>,
    /// Records that attribute lists name.
    pub holders: Vec<FileReference>,
    pub problems: Vec<Problem>,
    /// Base records not in use that decode, whether they were kept or not.
    pub free_bases: u64,
    /// Slots with problems of their own.
    pub damaged: u64,
}

impl ChunkFacts {
    /// Adds a name to the segment that is being read.
    pub fn push_name(&mut self, up_case: &UpCase, name: &format::FileName<'_>, attribute_offset: u32) {
        self.name_hashes.push(hash_stored(up_case, name.name));
        let start = self.text.len();
        let unpaired = name.name.append_wtf8(&mut self.text);
        let length = u16::try_from(self.text.len() - start).unwrap_or(0);
        let namespace = (name.namespace as u16) << LENGTH_BITS;
        self.names.push(NameFact {
            parent: name.parent,
            start: format::bytes::offset32(start),
            attribute_offset: u16::try_from(attribute_offset).unwrap_or(u16::MAX),
            packed: length | namespace | if unpaired { UNPAIRED } else { 0 },
        });
    }

    /// Keeps details, and answers where.
    pub fn push_details(&mut self, details: &Details) -> u32 {
        let start = format::bytes::offset32(self.details.len());
        details.append(&mut self.details);
        start
    }

    /// The details of a segment of this chunk.
    pub fn details_of(&self, segment: &SegmentFacts) -> Details {
        Details::read(self.details.get(segment.details as usize..).unwrap_or_default())
    }

    /// Keeps a resident value.
    pub fn keep(&mut self, value: &[u8], offset: u32) -> Value {
        let start = format::bytes::offset32(self.bytes.len());
        self.bytes.extend_from_slice(value);
        let range = start..format::bytes::offset32(self.bytes.len());
        Value::Resident { range, offset: u16::try_from(offset).unwrap_or(u16::MAX) }
    }

    /// The text of a name of this chunk.
    pub fn name_text(&self, name: &NameFact) -> Wtf8<'_> {
        let start = name.start as usize;
        Wtf8::from_wtf8(self.text.get(start..start + name.length()).unwrap_or_default())
    }

    /// The names of a segment of this chunk.
    pub fn names_of(&self, segment: &SegmentFacts) -> &[NameFact] {
        self.names.get(segment.names()).unwrap_or_default()
    }

    /// The hashes of those names.
    pub fn name_hashes_of(&self, segment: &SegmentFacts) -> &[u32] {
        self.name_hashes.get(segment.names()).unwrap_or_default()
    }

    /// What else a segment of this chunk has.
    pub fn extra_of(&self, segment: &SegmentFacts) -> Option<&Extra> {
        self.extras.get(usize::from(segment.extra).checked_sub(1)?)
    }

    /// Keeps where a value in clusters lies.
    pub fn keep_clusters(&mut self, extents: &[Extent], size: Option<u64>, initialized_size: u64) -> Value {
        let start = format::bytes::offset32(self.extents.len());
        self.extents.extend_from_slice(extents);
        let extents = start..format::bytes::offset32(self.extents.len());
        let index = format::bytes::offset32(self.cluster_values.len());
        self.cluster_values.push(ClusterValue { extents, size, initialized_size, bytes: None });
        Value::Clusters { index }
    }

    /// The records that the attribute list of a segment of this chunk names, if it can be read whole.
    pub fn holders_of(&self, extra: &Extra) -> Option<&[FileReference]> {
        self.holders.get(indices(extra.holders.as_ref()?))
    }

    /// The bytes of a value in a record of this chunk.
    pub fn resident_bytes(&self, value: &Value) -> Option<&[u8]> {
        match value {
            Value::Resident { range, .. } => self.bytes.get(indices(range)),
            _ => None,
        }
    }

    /// A value of this chunk that lies in clusters.
    pub fn cluster_value(&self, value: &Value) -> Option<&ClusterValue> {
        match value {
            Value::Clusters { index } => self.cluster_values.get(*index as usize),
            _ => None,
        }
    }

    /// Where a value of this chunk lies, if it lies in clusters.
    pub fn extents_of(&self, value: &Value) -> &[Extent] {
        let extents = self.cluster_value(value).and_then(|value| self.extents.get(indices(&value.extents)));
        extents.unwrap_or_default()
    }

    /// Notes the names of a segment of this chunk that is not in use.
    pub fn note_free_names(&mut self, record: u64, segment: &SegmentFacts) {
        let record = u32::try_from(record).unwrap_or(u32::MAX);
        let hashes = self.name_hashes.get(segment.names()).unwrap_or_default();
        self.free_names.extend(hashes.iter().map(|hash| FreeName { record, hash: *hash }));
    }

    /// Empties the chunk and keeps its room, for the facts of another.
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.slots.clear();
        self.segments.clear();
        self.details.clear();
        self.names.clear();
        self.name_hashes.clear();
        self.free_names.clear();
        self.text.clear();
        self.extras.clear();
        self.bytes.clear();
        self.cluster_values.clear();
        self.extents.clear();
        self.holders.clear();
        self.problems.clear();
        (self.free_bases, self.damaged) = (0, 0);
    }
}

/// Adds the records that an attribute list names to those of its chunk, and answers where.
pub(crate) fn keep_holders(all: &mut Vec<FileReference>, holders: &[FileReference]) -> Range<u32> {
    let start = format::bytes::offset32(all.len());
    all.extend_from_slice(holders);
    start..format::bytes::offset32(all.len())
}

/// A range of indices as it is used.
pub(crate) fn indices(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stay_small() {
        assert_eq!(size_of::<NameFact>(), 16);
        assert_eq!(size_of::<SegmentFacts>(), 16);
        assert_eq!(size_of::<Extra>(), 72);
    }

    #[test]
    fn a_name_is_kept_whole() {
        let longest: Vec<u8> = std::iter::repeat_n(0x4E2D_u16.to_le_bytes(), 255).flatten().collect();
        let unpaired = [0x00, 0xD8];
        let mut chunk = ChunkFacts::default();
        for (stored, namespace) in [(&longest[..], Namespace::Posix), (&unpaired, Namespace::Win32AndDos)] {
            let parent = FileReference::new(5, 5);
            chunk.push_name(
                UpCase::unicode(),
                &format::FileName { parent, namespace, name: format::Utf16::new(stored) },
                0x98,
            );
        }
        let [first, second] = chunk.names[..] else { panic!("two names") };
        assert_eq!(chunk.name_text(&first).unit_count(), 255);
        assert_eq!((first.namespace(), first.has_unpaired_surrogate()), (Namespace::Posix, false));
        assert_eq!(chunk.name_text(&second).units().collect::<Vec<_>>(), [0xD800]);
        assert_eq!((second.namespace(), second.has_unpaired_surrogate()), (Namespace::Win32AndDos, true));
    }
}
