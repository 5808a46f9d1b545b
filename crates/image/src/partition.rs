//! Partitions: the places of volumes in an image.

use std::fmt;

use crate::guid::Guid;
use crate::image::Image;
use crate::offset::ImageOffset;
use crate::partition_issue::PartitionIssue;

/// Which kind of partition table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scheme {
    /// No partition table.
    None,
    /// Master boot record, with extended boot records for logical partitions.
    Mbr,
    /// GUID partition table.
    Gpt,
}

impl Scheme {
    /// The word for this scheme in documents: `none`, `mbr` or `gpt`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::None => "none",
            Scheme::Mbr => "mbr",
            Scheme::Gpt => "gpt",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The place of one volume in an image.
///
/// Offset and size are what the table says. Not checked: that they lie in the image, or apart from other partitions;
/// where they do not, the table has an issue that says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    /// Which table lists it.
    pub scheme: Scheme,
    /// MBR: the slot, 1 to 4, and from 5 on the logical partitions in chain order, as Linux numbers them. GPT: the
    /// index of the entry plus 1. `None` for a whole image.
    pub number: Option<u32>,
    /// First byte.
    pub offset: ImageOffset,
    /// In bytes.
    pub size: u64,
    /// What it is meant for; `None` for a whole image.
    pub type_id: Option<PartitionType>,
    /// GPT: the name in UTF-16 code units, without the first NUL and what follows it, and not checked to be valid
    /// UTF-16. `None` when it is empty, and in an MBR.
    pub name: Option<Vec<u16>>,
    /// GPT: the identity of this partition, which Windows uses in `\\?\Volume{…}`. `None` in an MBR.
    pub guid: Option<Guid>,
}

impl Partition {
    /// The whole of an image without a partition table, taken as one volume.
    pub fn whole_image(image: &Image) -> Partition {
        Partition {
            scheme: Scheme::None,
            number: None,
            offset: ImageOffset(0),
            size: image.size(),
            type_id: None,
            name: None,
            guid: None,
        }
    }

    /// First byte behind it.
    pub(crate) fn end(&self) -> ImageOffset {
        ImageOffset(self.offset.0.saturating_add(self.size))
    }
}

/// What a partition is meant for. Whether it holds that is not checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PartitionType {
    /// The type byte of an MBR slot; NTFS has 0x07 (and 0x27 when hidden).
    Mbr(u8),
    /// The type GUID of a GPT entry.
    Gpt(Guid),
}

impl fmt::Display for PartitionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartitionType::Mbr(type_id) => write!(f, "{type_id:#04x}"),
            PartitionType::Gpt(type_guid) => type_guid.fmt(f),
        }
    }
}

/// A used entry of a table, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct TableEntry {
    pub(crate) entry_offset: ImageOffset,
    pub(crate) number: u32,
    pub(crate) partition: Partition,
}

/// What reading a table has brought so far.
#[derive(Default)]
pub(crate) struct TableContents {
    pub(crate) entries: Vec<TableEntry>,
    pub(crate) issues: Vec<PartitionIssue>,
}

#[cfg(test)]
mod tests {
    use super::{PartitionType, Scheme};
    use crate::guid::Guid;

    #[test]
    fn types_and_schemes_are_printed_as_in_documents() {
        assert_eq!(PartitionType::Mbr(0x07).to_string(), "0x07");
        assert_eq!(PartitionType::Gpt(Guid([0; 16])).to_string(), "00000000-0000-0000-0000-000000000000");
        assert_eq!([Scheme::None, Scheme::Mbr, Scheme::Gpt].map(Scheme::as_str), ["none", "mbr", "gpt"]);
    }
}
