//! The partitions of an image, whichever table lists them.

use crate::gpt;
use crate::image::Image;
use crate::mbr;
use crate::partition::{Partition, Scheme, TableContents, TableEntry};
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
    use super::read_partitions;
    use crate::offset::ImageOffset;
    use crate::partition::{Partition, Scheme};
    use crate::test_disk::image_of;

    #[test]
    fn an_image_without_a_table_may_be_one_volume() {
        let image = image_of(&[0; 2048]);
        let table = read_partitions(&image);
        assert_eq!((table.scheme, table.partitions.len(), table.disk_signature), (Scheme::None, 0, None));
        let whole = Partition::whole_image(&image);
        assert_eq!((whole.scheme, whole.number, whole.offset, whole.size), (Scheme::None, None, ImageOffset(0), 2048));
    }
}
