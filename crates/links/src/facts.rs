//! What is kept of each file record segment: compact, linear in records, without an allocation of its own.
//!
//! Facts are kept chunk by chunk, as the walk finds them. A file may have facts in several segments; [`Files`] puts
//! those together.
//!
//! [`Files`]: crate::Files

use std::ops::Range;

use bitflags::bitflags;
use format::{FileAttributes, FileReference, FileTime, Guid, LinuxMetadata, Namespace, Wtf8};
use volume::Extent;

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

/// The facts of one segment: 64 bytes.
#[derive(Clone, Debug)]
pub(crate) struct SegmentFacts {
    /// Created, modified, changed, accessed.
    pub times: [FileTime; 4],
    pub size: u64,
    pub allocated: u64,
    pub attributes: FileAttributes,
    /// Index of its first name in the chunk, which has room for fewer than 3,000.
    pub first_name: u16,
    pub name_count: u16,
    /// Index in the chunk's [`Extra`]s, plus one; 0 for the many that have none.
    pub extra: u16,
    pub sequence_number: u16,
    pub link_count: u16,
    pub marks: Marks,
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
    /// The base record of an extension record.
    pub base: Option<FileReference>,
    pub object_id: Option<Guid>,
    pub reparse_point: Value,
    pub extended_attributes: Value,
    pub linux: LinuxMetadata,
    /// The content of an Interix or Cygwin link file.
    pub foreign_link: Value,
    /// Only that there is one, and where; what it says is in `holders`.
    pub attribute_list: Value,
    /// The records that the attribute list names, itself aside, each once, in stored order; `None` if it has no list, or
    /// one that cannot be read whole.
    pub holders: Option<Vec<FileReference>>,
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
    Clusters(Box<ClusterValue>),
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
    pub extents: Vec<Extent>,
    /// Bytes of the whole value, in the extent that begins it.
    pub size: Option<u64>,
    /// Bytes of it that were ever written; the rest reads as zeros.
    pub initialized_size: u64,
    /// What was read, if it was.
    pub bytes: Option<Vec<u8>>,
}

/// The facts of the segments in one chunk of the MFT.
#[derive(Clone, Default, Debug)]
pub(crate) struct ChunkFacts {
    /// Number of the chunk's first record.
    pub first_record: u64,
    /// For each slot the index of its segment plus one; 0 where there is none.
    pub slots: Vec<u16>,
    pub segments: Vec<SegmentFacts>,
    pub names: Vec<NameFact>,
    /// The names, one after the other, in WTF-8.
    pub text: Vec<u8>,
    pub extras: Vec<Extra>,
    /// Resident values.
    pub bytes: Vec<u8>,
    pub problems: Vec<Problem>,
    /// Base records not in use that decode, whether they were kept or not.
    pub free_bases: u64,
    /// Slots with problems of their own.
    pub damaged: u64,
}

impl ChunkFacts {
    /// Adds a name to the segment that is being read.
    pub fn push_name(&mut self, name: &format::FileName<'_>, attribute_offset: u32) {
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
        let start = usize::from(segment.first_name);
        self.names.get(start..start + usize::from(segment.name_count)).unwrap_or_default()
    }

    /// What else a segment of this chunk has.
    pub fn extra_of(&self, segment: &SegmentFacts) -> Option<&Extra> {
        self.extras.get(usize::from(segment.extra).checked_sub(1)?)
    }

    /// The bytes of a value of this chunk, if they are at hand.
    pub fn value_bytes<'a>(&'a self, value: &'a Value) -> Option<&'a [u8]> {
        match value {
            Value::Resident { range, .. } => self.bytes.get(range.start as usize..range.end as usize),
            Value::Clusters(value) => value.bytes.as_deref(),
            Value::Absent | Value::Unreadable { .. } => None,
        }
    }

    /// Empties the chunk and keeps its room, for the facts of another.
    pub fn clear(&mut self, first_record: u64) {
        self.first_record = first_record;
        self.slots.clear();
        self.segments.clear();
        self.names.clear();
        self.text.clear();
        self.extras.clear();
        self.bytes.clear();
        self.problems.clear();
        (self.free_bases, self.damaged) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stay_small() {
        assert_eq!(size_of::<NameFact>(), 16);
        assert_eq!(size_of::<SegmentFacts>(), 64);
    }

    #[test]
    fn a_name_is_kept_whole() {
        let longest: Vec<u8> = std::iter::repeat_n(0x4E2D_u16.to_le_bytes(), 255).flatten().collect();
        let unpaired = [0x00, 0xD8];
        let mut chunk = ChunkFacts::default();
        for (stored, namespace) in [(&longest[..], Namespace::Posix), (&unpaired, Namespace::Win32AndDos)] {
            let parent = FileReference::new(5, 5);
            chunk.push_name(&format::FileName { parent, namespace, name: format::Utf16::new(stored) }, 0x98);
        }
        let [first, second] = chunk.names[..] else { panic!("two names") };
        assert_eq!(chunk.name_text(&first).unit_count(), 255);
        assert_eq!((first.namespace(), first.has_unpaired_surrogate()), (Namespace::Posix, false));
        assert_eq!(chunk.name_text(&second).units().collect::<Vec<_>>(), [0xD800]);
        assert_eq!((second.namespace(), second.has_unpaired_surrogate()), (Namespace::Win32AndDos, true));
    }
}
