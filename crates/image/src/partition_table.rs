//! The partitions of an image, whichever table lists them.

use std::fmt;

use crate::gpt;
use crate::guid::Guid;
use crate::image::Image;
use crate::mbr;
use crate::offset::ImageOffset;
use crate::partition_issue::PartitionIssue;

/// What a partition table says, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionTable {
    /// Which table the image has.
    pub scheme: Scheme,
    /// The partitions in disk order: by offset, then by number. Without a table there are none: the whole image may
    /// be one volume, see [`Partition::whole_image`].
    pub partitions: Vec<Partition>,
    /// The disk signature of an MBR, by which Windows remembers drive letters; `None` without an MBR or when it is 0.
    pub disk_signature: Option<u32>,
    /// What is wrong, in the order it was found.
    pub issues: Vec<PartitionIssue>,
}

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
    /// Where it begins if the disk has sectors of 4,096 bytes. An MBR counts sectors without saying how large they
    /// are, and `offset` is the reading with 512; whoever finds no volume there tries here. Only present when it lies
    /// in the image.
    pub alternative_offset: Option<ImageOffset>,
    /// In bytes. Eight times as large from `alternative_offset` on.
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
            alternative_offset: None,
            size: image.size(),
            type_id: None,
            name: None,
            guid: None,
        }
    }

    /// First byte behind it.
    fn end(&self) -> ImageOffset {
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

/// Reads the partition table of an image.
///
/// A GPT is read where the MBR announces one (a slot of type 0xEE), and also where the MBR lists nothing but a GPT
/// header is found. An MBR with a GPT beside it that it does not announce is an MBR, as for Windows and Linux. A
/// sector without sound slots is no MBR, even with the boot signature that a volume's boot sector has as well.
///
/// A boot sector can look like an MBR by chance: whoever knows a file system looks for it at offset 0 first.
///
/// Bounded for any bytes: 1,024 extended boot records and 4 MiB of GPT entries are read at most.
///
/// Sources: UEFI 2.10, chapter 5 "GUID Partition Table (GPT) Disk Layout"; Linux `block/partitions/msdos.c` and
/// `block/partitions/efi.c`.
pub fn read_partitions(image: &Image) -> PartitionTable {
    let boot_record = mbr::read_boot_record(image);
    let announces_gpt = boot_record.as_ref().is_some_and(mbr::BootRecord::is_protective);
    let disk_signature = boot_record.as_ref().and_then(mbr::BootRecord::disk_signature);

    let mut contents = TableContents::default();
    if (announces_gpt || boot_record.is_none()) && gpt::read_gpt(image, announces_gpt, &mut contents) {
        return finished_table(image, Scheme::Gpt, disk_signature, contents);
    }
    let Some(boot_record) = boot_record else {
        return finished_table(image, Scheme::None, None, contents);
    };
    mbr::read_mbr(image, &boot_record, &mut contents);
    finished_table(image, Scheme::Mbr, disk_signature, contents)
}

/// Puts the partitions in disk order and compares them with the image and with each other.
fn finished_table(
    image: &Image,
    scheme: Scheme,
    disk_signature: Option<u32>,
    contents: TableContents,
) -> PartitionTable {
    let TableContents { mut entries, mut issues } = contents;
    entries.sort_by_key(|entry| (entry.partition.offset, entry.number));
    issues.extend(entries.iter().filter_map(|entry| beyond_image(image, entry)));
    issues.extend(overlaps(&entries));
    let partitions = entries.into_iter().map(|entry| entry.partition).collect();
    PartitionTable { scheme, partitions, disk_signature, issues }
}

fn beyond_image(image: &Image, entry: &TableEntry) -> Option<PartitionIssue> {
    let end = entry.partition.end();
    (end.0 > image.size()).then(|| PartitionIssue::PartitionBeyondImage {
        offset: entry.entry_offset,
        number: entry.number,
        begin: entry.partition.offset,
        end,
        image_size: image.size(),
    })
}

/// One issue for each partition that begins before the end of an earlier one. `entries` are in disk order.
fn overlaps(entries: &[TableEntry]) -> Vec<PartitionIssue> {
    let mut issues = Vec::new();
    let mut furthest: Option<&TableEntry> = None;
    for entry in entries {
        if let Some(earlier) = furthest
            && entry.partition.offset < earlier.partition.end()
        {
            issues.push(PartitionIssue::PartitionsOverlap {
                offset: entry.entry_offset,
                number: entry.number,
                begin: entry.partition.offset,
                earlier_number: earlier.number,
                earlier_end: earlier.partition.end(),
            });
        }
        if furthest.is_none_or(|earlier| earlier.partition.end() < entry.partition.end()) {
            furthest = Some(entry);
        }
    }
    issues
}

#[cfg(test)]
mod tests {
    use super::{Partition, PartitionType, Scheme, read_partitions};
    use crate::guid::Guid;
    use crate::offset::ImageOffset;
    use crate::test_disk::image_of;

    #[test]
    fn an_image_without_a_table_may_be_one_volume() {
        let image = image_of(&[0; 2048]);
        let table = read_partitions(&image);
        assert_eq!((table.scheme, table.partitions.len(), table.disk_signature), (Scheme::None, 0, None));
        let whole = Partition::whole_image(&image);
        assert_eq!((whole.scheme, whole.number, whole.offset, whole.size), (Scheme::None, None, ImageOffset(0), 2048));
    }

    #[test]
    fn types_and_schemes_are_printed_as_in_documents() {
        assert_eq!(PartitionType::Mbr(0x07).to_string(), "0x07");
        assert_eq!(PartitionType::Gpt(Guid([0; 16])).to_string(), "00000000-0000-0000-0000-000000000000");
        assert_eq!([Scheme::None, Scheme::Mbr, Scheme::Gpt].map(Scheme::as_str), ["none", "mbr", "gpt"]);
    }
}
