//! Master boot records and the chain of extended boot records.
//!
//! Sources: UEFI 2.10, section 5.2 "LBA 0 Format"; for extended boot records, which no standard describes, Linux
//! `block/partitions/msdos.c` and Microsoft's TechNet page "How Basic Disks and Volumes Work".

use std::collections::BTreeSet;
use std::io::Cursor;

use binrw::BinRead;

use crate::image::Image;
use crate::offset::ImageOffset;
use crate::partition::{Partition, PartitionType, Scheme, TableContents, TableEntry};
use crate::partition_issue::PartitionIssue;

/// The sector size of nearly every disk with an MBR. An MBR does not say how large its sectors are.
const SMALL_SECTOR_SIZE: u64 = 512;

/// The other sector size that disks have.
const LARGE_SECTOR_SIZE: u64 = 4096;

/// What a volume's boot sector can say.
const SECTOR_SIZES: [u16; 4] = [512, 1024, 2048, 4096];

/// Size of a boot record in bytes; on a disk with larger sectors, the rest of its sector is unused.
const BOOT_RECORD_SIZE: usize = 512;

/// Where the slots stand in a boot record, in bytes.
const SLOT_OFFSETS: [u64; 4] = [0x1BE, 0x1CE, 0x1DE, 0x1EE];

/// The last two bytes of a boot record.
const BOOT_SIGNATURE: [u8; 2] = [0x55, 0xAA];

/// How many extended boot records are followed. Linux stops after 100 in a row without a
/// partition, and drive letters end at 26.
const MAXIMUM_CHAIN_LENGTH: usize = 1024;

/// The number of the last slot of an MBR. Logical partitions have the numbers behind it.
const LAST_PRIMARY_NUMBER: u32 = 4;

/// The first 512 bytes of a disk, or of an extended partition.
#[derive(BinRead)]
#[br(little)]
pub(crate) struct BootRecord {
    /// Of the boot sector of a volume. A boot record has code or zeros there.
    #[br(pad_before = 0x0B)]
    bytes_per_sector: u16,
    #[br(pad_before = 0x1AB)]
    disk_signature: u32,
    #[br(pad_before = 2)]
    slots: [Slot; 4],
    boot_signature: [u8; 2],
}

/// One of the four partition entries of a boot record.
#[derive(BinRead)]
#[br(little)]
struct Slot {
    /// 0x80 for the partition to boot from, else 0x00.
    status: u8,
    /// Cylinder, head and sector come in front of the type and behind it. They have no meaning since disks have more
    /// than 1,024 cylinders.
    #[br(pad_before = 3)]
    type_id: u8,
    /// In an extended boot record relative: to that record for a logical partition, to the first record of the chain
    /// for the link to the next one.
    #[br(pad_before = 3)]
    first_sector: u32,
    sector_count: u32,
}

impl Slot {
    fn is_used(&self) -> bool {
        self.type_id != 0 && self.sector_count != 0
    }

    /// Whether it is a container of logical partitions: CHS, LBA, and Linux's own type.
    fn is_extended(&self) -> bool {
        self.is_used() && matches!(self.type_id, 0x05 | 0x0F | 0x85)
    }

    /// Whether it announces a GPT.
    fn is_gpt_protective(&self) -> bool {
        self.is_used() && self.type_id == 0xEE
    }

    fn is_partition(&self) -> bool {
        self.is_used() && !self.is_extended() && !self.is_gpt_protective()
    }

    /// What the slot promises, if it is there with sectors of this size: an extended boot record, or a volume. A volume in
    /// the place of an extended boot record is one that another slot leads to.
    fn what_it_promises(&self, image: &Image, sector_size: u64) -> Option<BootRecord> {
        let record = read_any_record(image, byte_offset(u64::from(self.first_sector), sector_size))?;
        let is_right = record.boot_signature == BOOT_SIGNATURE && record.is_of_volume() != self.is_extended();
        is_right.then_some(record)
    }

    fn has_valid_status(&self) -> bool {
        matches!(self.status, 0x00 | 0x80)
    }

    /// Whether it cannot well be anything but a slot, although its neighbours are damaged.
    fn is_sound(&self, image: &Image) -> bool {
        let first_byte = u64::from(self.first_sector) * SMALL_SECTOR_SIZE;
        self.is_used() && self.has_valid_status() && first_byte != 0 && first_byte < image.size()
    }
}

impl BootRecord {
    /// Whether one of the slots announces a GPT.
    pub(crate) fn is_protective(&self) -> bool {
        self.slots.iter().any(Slot::is_gpt_protective)
    }

    /// The disk signature, if it is set.
    pub(crate) fn disk_signature(&self) -> Option<u32> {
        Some(self.disk_signature).filter(|signature| *signature != 0)
    }

    /// The size of a sector, for all slots alike: 4,096 bytes if more of them then lead to what must be there, or as many
    /// and more of those to a volume that says so itself; else 512.
    fn sector_size(&self, image: &Image) -> u64 {
        let evidence = |sector_size: u64| {
            let used = self.slots.iter().filter(|slot| slot.is_used());
            let found: Vec<BootRecord> = used.filter_map(|slot| slot.what_it_promises(image, sector_size)).collect();
            let own = found.iter().filter(|record| u64::from(record.bytes_per_sector) == sector_size).count();
            (found.len(), own)
        };
        if evidence(LARGE_SECTOR_SIZE) > evidence(SMALL_SECTOR_SIZE) { LARGE_SECTOR_SIZE } else { SMALL_SECTOR_SIZE }
    }

    /// Whether it is the boot sector of a volume, which says how large its sectors are (so do NTFS and FAT).
    fn is_of_volume(&self) -> bool {
        SECTOR_SIZES.contains(&self.bytes_per_sector)
    }

    /// The slots, each with its number (1 to 4) and its place in the image.
    fn numbered_slots(&self, record_offset: ImageOffset) -> impl Iterator<Item = (u32, ImageOffset, &Slot)> {
        (1..).zip(SLOT_OFFSETS).zip(&self.slots).map(move |((number, slot_offset), slot)| {
            (number, ImageOffset(record_offset.0.saturating_add(slot_offset)), slot)
        })
    }

    /// Whether these are four slots, and not the boot code and messages that a volume has in the same place: all of
    /// them have a valid status and one is used, or at least one is beyond doubt.
    fn lists_partitions(&self, image: &Image) -> bool {
        let all_valid = self.slots.iter().all(Slot::has_valid_status);
        (all_valid && self.slots.iter().any(Slot::is_used)) || self.slots.iter().any(|slot| slot.is_sound(image))
    }
}

/// The MBR of an image, or `None` when its first sector lists no partitions.
pub(crate) fn read_boot_record(image: &Image) -> Option<BootRecord> {
    let record = read_any_record(image, ImageOffset(0))?;
    (record.boot_signature == BOOT_SIGNATURE && record.lists_partitions(image)).then_some(record)
}

/// Reads the primary and logical partitions.
pub(crate) fn read_mbr(image: &Image, boot_record: &BootRecord, contents: &mut TableContents) {
    let sector_size = boot_record.sector_size(image);
    let mut visited = BTreeSet::new();
    for (number, slot_offset, slot) in boot_record.numbered_slots(ImageOffset(0)) {
        if slot.is_used() && !slot.has_valid_status() {
            contents.issues.push(PartitionIssue::MbrSlotStatus { offset: slot_offset, number, found: slot.status });
        }
        if slot.is_partition() {
            let partition = partition(number, slot, 0, sector_size);
            contents.entries.push(TableEntry { entry_offset: slot_offset, number, partition });
        }
    }
    for (_, slot_offset, slot) in boot_record.numbered_slots(ImageOffset(0)) {
        if slot.is_extended() {
            read_chain(image, Link::new(slot_offset, slot, 0), sector_size, &mut visited, contents);
        }
    }
}

/// A slot that leads to an extended boot record.
struct Link {
    slot_offset: ImageOffset,
    /// The sector of the record, counted from the start of the disk: at most a sum of two 32-bit numbers.
    record_sector: u64,
    /// How many sectors belong to the record and its partitions.
    sector_count: u64,
}

impl Link {
    /// The link in a slot, whose first sector is counted from `origin`.
    fn new(slot_offset: ImageOffset, slot: &Slot, origin: u64) -> Link {
        Link {
            slot_offset,
            record_sector: origin + u64::from(slot.first_sector),
            sector_count: slot.sector_count.into(),
        }
    }

    /// Whether a slot of the record is meant. Normally the third and fourth are unused, but OS/2 uses all four; what
    /// else stands there is garbage (Linux `msdos.c`).
    fn owns(&self, slot_number: u32, slot: &Slot) -> bool {
        let end = u64::from(slot.first_sector) + u64::from(slot.sector_count);
        slot_number <= 2 || end <= self.sector_count
    }
}

/// Follows a chain of extended boot records until it ends or is damaged. `first_link` is the slot of the extended
/// partition; `visited` has the sectors of the records read so far, in other chains too.
fn read_chain(
    image: &Image,
    first_link: Link,
    sector_size: u64,
    visited: &mut BTreeSet<u64>,
    contents: &mut TableContents,
) {
    let origin = first_link.record_sector;
    let mut next_link = Some(first_link);
    while let Some(link) = next_link.take() {
        let record = match read_linked_record(image, &link, sector_size, visited) {
            Ok(record) => record,
            Err(issue) => return contents.issues.push(issue),
        };
        for (slot_number, entry_offset, slot) in record.numbered_slots(byte_offset(link.record_sector, sector_size)) {
            if slot.is_partition() && link.owns(slot_number, slot) {
                let number = next_logical_number(&contents.entries);
                let partition = partition(number, slot, link.record_sector, sector_size);
                contents.entries.push(TableEntry { entry_offset, number, partition });
            } else if slot.is_extended() && next_link.is_none() {
                next_link = Some(Link::new(entry_offset, slot, origin));
            }
        }
    }
}

/// The record that `link` leads to, or the reason why the chain ends there.
fn read_linked_record(
    image: &Image,
    link: &Link,
    sector_size: u64,
    visited: &mut BTreeSet<u64>,
) -> Result<BootRecord, PartitionIssue> {
    let offset = link.slot_offset;
    let target = byte_offset(link.record_sector, sector_size);
    if visited.contains(&link.record_sector) {
        return Err(PartitionIssue::EbrChainLoop { offset, target });
    }
    if visited.len() >= MAXIMUM_CHAIN_LENGTH {
        return Err(PartitionIssue::EbrChainTooLong { offset, limit: MAXIMUM_CHAIN_LENGTH });
    }
    visited.insert(link.record_sector);
    let Some(record) = read_any_record(image, target) else {
        return Err(PartitionIssue::EbrBeyondImage { offset, target, image_size: image.size() });
    };
    if record.boot_signature != BOOT_SIGNATURE {
        return Err(PartitionIssue::EbrSignature { offset: target, found: record.boot_signature });
    }
    Ok(record)
}

/// Logical partitions are numbered from 5 on, however many primary ones there are. `entries` are in the order of their
/// numbers.
fn next_logical_number(entries: &[TableEntry]) -> u32 {
    let last_number = entries.last().map_or(0, |entry| entry.number);
    last_number.max(LAST_PRIMARY_NUMBER) + 1
}

/// The partition in a slot of the boot record in sector `record_sector`.
fn partition(number: u32, slot: &Slot, record_sector: u64, sector_size: u64) -> Partition {
    Partition {
        scheme: Scheme::Mbr,
        number: Some(number),
        offset: byte_offset(record_sector + u64::from(slot.first_sector), sector_size),
        size: u64::from(slot.sector_count) * sector_size,
        type_id: Some(PartitionType::Mbr(slot.type_id)),
        name: None,
        guid: None,
    }
}

/// Cannot overflow: a sector is a sum of at most three 32-bit numbers, and a sector size has 13 bits.
fn byte_offset(sector: u64, sector_size: u64) -> ImageOffset {
    ImageOffset(sector * sector_size)
}

/// The 512 bytes at `offset` as a boot record, whatever they are; `None` where the image does not have them.
fn read_any_record(image: &Image, offset: ImageOffset) -> Option<BootRecord> {
    let bytes: [u8; BOOT_RECORD_SIZE] = image.read_array(offset)?;
    BootRecord::read(&mut Cursor::new(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use crate::image::Image;
    use crate::offset::ImageOffset;
    use crate::partition::{Partition, PartitionType, Scheme};
    use crate::partition_issue::PartitionIssue;
    use crate::partition_table::read_partitions;
    use crate::test_disk::{boot_record, image_of, image_with, slot};

    /// Size of the test disks: 64 sectors.
    const DISK_SIZE: u64 = 64 * 512;

    /// A disk with a primary NTFS partition in sectors 1 to 9 and an extended partition in sectors 10 to 29, which
    /// holds logical partitions in sectors 11 to 14 and 21 to 24. `damage` may change it before it is opened.
    fn disk(damage: impl FnOnce(&mut [u8])) -> Image {
        let records = [
            (0, boot_record(&[slot(0x80, 0x07, 1, 9), slot(0, 0x0F, 10, 20)])),
            // The partition is counted from this record, the link from sector 10.
            (10, boot_record(&[slot(0, 0x07, 1, 4), slot(0, 0x05, 10, 5)])),
            (20, boot_record(&[slot(0, 0x83, 1, 4)])),
        ];
        let mut bytes = vec![0; 64 * 512];
        for (sector, record) in records {
            bytes[sector * 512..][..512].copy_from_slice(&record);
        }
        damage(&mut bytes);
        image_of(&bytes)
    }

    /// Number, offset in sectors, size in sectors and type of each partition.
    fn summary(partitions: &[Partition]) -> Vec<(u32, u64, u64, u8)> {
        let summarise = |partition: &Partition| {
            let Some(PartitionType::Mbr(type_id)) = partition.type_id else { panic!("{partition:?}") };
            (partition.number.unwrap(), partition.offset.0 / 512, partition.size / 512, type_id)
        };
        partitions.iter().map(summarise).collect()
    }

    const ALL: &[(u32, u64, u64, u8)] = &[(1, 1, 9, 0x07), (5, 11, 4, 0x07), (6, 21, 4, 0x83)];

    fn check(image: &Image, partitions: &[(u32, u64, u64, u8)], issues: &[PartitionIssue]) {
        let table = read_partitions(image);
        assert_eq!(table.scheme, Scheme::Mbr);
        assert_eq!(summary(&table.partitions), partitions);
        assert_eq!(table.issues, issues);
    }

    fn check_no_table(image: &Image) {
        let table = read_partitions(image);
        assert_eq!((table.scheme, table.partitions, table.issues), (Scheme::None, vec![], vec![]));
    }

    #[test]
    fn primary_and_logical_partitions_are_listed_in_disk_order() {
        check(&disk(|_| {}), ALL, &[]);
    }

    /// The boot sector of a volume with sectors of 4,096 bytes, as far as it is looked at.
    fn large_volume() -> Vec<u8> {
        let mut sector = vec![0; 512];
        sector[0x0B..0x0D].copy_from_slice(&4096u16.to_le_bytes());
        sector[510..].copy_from_slice(&[0x55, 0xAA]);
        sector
    }

    #[test]
    fn volumes_show_that_sectors_are_large_and_none_is_taken_for_another() {
        // With sectors of 512 bytes the second slot would lead to the first volume.
        let record = boot_record(&[slot(0, 0x07, 8, 8), slot(0, 0x07, 64, 8)]);
        let image = image_with(80 * 4096, &[(0, &record), (8 * 4096, &large_volume()), (64 * 4096, &large_volume())]);
        let offsets: Vec<u64> = read_partitions(&image).partitions.iter().map(|partition| partition.offset.0).collect();
        assert_eq!(offsets, [8 * 4096, 64 * 4096]);
    }

    #[test]
    fn a_volume_may_have_smaller_sectors_than_its_disk() {
        let mut small = large_volume();
        small[0x0B..0x0D].copy_from_slice(&512u16.to_le_bytes());
        let record = boot_record(&[slot(0, 0x07, 8, 8)]);
        let table = read_partitions(&image_with(80 * 4096, &[(0, &record), (8 * 4096, &small)]));
        assert_eq!(table.partitions[0].offset, ImageOffset(8 * 4096));
    }

    #[test]
    fn a_volume_is_no_extended_boot_record() {
        // With sectors of 512 bytes the extended partition would begin with the first volume.
        let record = boot_record(&[slot(0, 0x07, 8, 8), slot(0, 0x0F, 64, 10)]);
        let extended = boot_record(&[slot(0, 0x07, 1, 9)]);
        let pieces: [(u64, &[u8]); 3] = [(0, &record), (8 * 4096, &large_volume()), (64 * 4096, &extended)];
        let table = read_partitions(&image_with(80 * 4096, &pieces));
        let offsets: Vec<u64> = table.partitions.iter().map(|partition| partition.offset.0).collect();
        assert_eq!((offsets, table.issues), (vec![8 * 4096, 65 * 4096], vec![]));
    }

    #[test]
    fn an_extended_boot_record_shows_that_sectors_are_large() {
        let image = image_with(
            64 * 4096,
            &[
                (0, &boot_record(&[slot(0, 0x07, 1, 9), slot(0, 0x05, 10, 20)])),
                (10 * 4096, &boot_record(&[slot(0, 0x07, 1, 4)])),
            ],
        );
        let table = read_partitions(&image);
        let offsets: Vec<u64> = table.partitions.iter().map(|partition| partition.offset.0).collect();
        assert_eq!(offsets, [4096, 11 * 4096]);
        assert_eq!(table.issues, []);
    }

    #[test]
    fn the_disk_signature_is_that_of_the_mbr() {
        let with_signature = disk(|bytes| bytes[0x1B8..0x1BC].copy_from_slice(&[0xCD, 0xAB, 0x34, 0x12]));
        assert_eq!(read_partitions(&with_signature).disk_signature, Some(0x1234_ABCD));
        assert_eq!(read_partitions(&disk(|_| {})).disk_signature, None);
    }

    #[test]
    fn slots_are_numbered_by_their_place() {
        let record = boot_record(&[slot(0, 0, 0, 0), slot(0, 0x07, 20, 10), slot(0, 0, 0, 0), slot(0, 0x0C, 1, 2)]);
        check(&image_with(DISK_SIZE, &[(0, &record)]), &[(4, 1, 2, 0x0C), (2, 20, 10, 0x07)], &[]);
    }

    #[test]
    fn a_slot_without_type_or_without_sectors_is_empty() {
        let record = boot_record(&[slot(0, 0, 5, 5), slot(0, 0x07, 20, 0), slot(0, 0x07, 30, 1)]);
        check(&image_with(DISK_SIZE, &[(0, &record)]), &[(3, 30, 1, 0x07)], &[]);
    }

    #[test]
    fn a_boot_sector_without_slots_is_no_mbr() {
        check_no_table(&image_with(DISK_SIZE, &[(510, &[0x55, 0xAA])]));
        check_no_table(&image_with(DISK_SIZE, &[(0x1BE, &[b'B'; 64]), (510, &[0x55, 0xAA])]));
        check_no_table(&disk(|bytes| bytes[511] = 0));
        check_no_table(&image_of(&[0; 512]));
    }

    #[test]
    fn a_damaged_status_hides_no_partition() {
        let issue = PartitionIssue::MbrSlotStatus { offset: ImageOffset(0x1BE), number: 1, found: 0x33 };
        check(&disk(|bytes| bytes[0x1BE] = 0x33), ALL, &[issue]);
    }

    #[test]
    fn a_damaged_boot_signature_ends_the_chain() {
        let issue = PartitionIssue::EbrSignature { offset: ImageOffset(20 * 512), found: [0x55, 0xAB] };
        check(&disk(|bytes| bytes[20 * 512 + 511] = 0xAB), &ALL[..2], &[issue]);
    }

    #[test]
    fn a_chain_that_comes_back_is_left() {
        let issue =
            PartitionIssue::EbrChainLoop { offset: ImageOffset(10 * 512 + 0x1CE), target: ImageOffset(10 * 512) };
        // The first sector in the link of the first record.
        check(&disk(|bytes| bytes[10 * 512 + 0x1CE + 8] = 0), &ALL[..2], &[issue]);
    }

    #[test]
    fn a_chain_out_of_the_image_is_left() {
        let issue = PartitionIssue::EbrBeyondImage {
            offset: ImageOffset(10 * 512 + 0x1CE),
            target: ImageOffset(DISK_SIZE),
            image_size: DISK_SIZE,
        };
        check(&disk(|bytes| bytes[10 * 512 + 0x1CE + 8] = 54), &ALL[..2], &[issue]);
    }

    #[test]
    fn a_chain_longer_than_any_real_one_is_left() {
        // Each record lists no partition and links to the next sector, counted from sector 1.
        let mut bytes = boot_record(&[slot(0, 0x05, 1, 2000)]).to_vec();
        for next in 1..2000 {
            bytes.extend(boot_record(&[slot(0, 0x05, next, 1)]));
        }
        let issue = PartitionIssue::EbrChainTooLong { offset: ImageOffset(1024 * 512 + 0x1BE), limit: 1024 };
        check(&image_of(&bytes), &[], &[issue]);
    }

    #[test]
    fn a_logical_partition_may_stand_in_any_slot_but_garbage_is_none() {
        let slots = [slot(0, 0x05, 10, 5), slot(0, 0, 0, 0), slot(0, 0x07, 1, 4), slot(0, 0x4D, 99, 99)];
        check(&disk(|bytes| bytes[10 * 512..][..512].copy_from_slice(&boot_record(&slots))), ALL, &[]);
    }

    #[test]
    fn two_extended_partitions_are_both_read() {
        let image = image_with(
            DISK_SIZE,
            &[
                (0, &boot_record(&[slot(0, 0x85, 30, 10), slot(0, 0x05, 10, 10)])),
                (10 * 512, &boot_record(&[slot(0, 0x83, 1, 4)])),
                (30 * 512, &boot_record(&[slot(0, 0x07, 1, 4)])),
            ],
        );
        check(&image, &[(6, 11, 4, 0x83), (5, 31, 4, 0x07)], &[]);
    }

    #[test]
    fn a_partition_of_a_cut_off_image_is_kept() {
        let record = boot_record(&[slot(0, 0x07, 60, 9), slot(0, 0x07, 0xFFFF_FFFF, 0xFFFF_FFFF)]);
        let beyond = |offset, number, begin, end| PartitionIssue::PartitionBeyondImage {
            offset: ImageOffset(offset),
            number,
            begin: ImageOffset(begin),
            end: ImageOffset(end),
            image_size: DISK_SIZE,
        };
        check(
            &image_with(DISK_SIZE, &[(0, &record)]),
            &[(1, 60, 9, 0x07), (2, 0xFFFF_FFFF, 0xFFFF_FFFF, 0x07)],
            &[beyond(0x1BE, 1, 60 * 512, 69 * 512), beyond(0x1CE, 2, 0xFFFF_FFFF * 512, 2 * 0xFFFF_FFFF * 512)],
        );
    }

    #[test]
    fn overlapping_partitions_are_kept() {
        let record = boot_record(&[slot(0, 0x07, 1, 30), slot(0, 0x07, 5, 2), slot(0, 0x07, 30, 2)]);
        let overlap = |offset, number, begin| PartitionIssue::PartitionsOverlap {
            offset: ImageOffset(offset),
            number,
            begin: ImageOffset(begin),
            earlier_number: 1,
            earlier_end: ImageOffset(31 * 512),
        };
        check(
            &image_with(DISK_SIZE, &[(0, &record)]),
            &[(1, 1, 30, 0x07), (2, 5, 2, 0x07), (3, 30, 2, 0x07)],
            &[overlap(0x1CE, 2, 5 * 512), overlap(0x1DE, 3, 30 * 512)],
        );
    }

    #[test]
    fn every_byte_of_a_chain_may_be_anything() {
        for record_sector in [0, 10, 20] {
            for byte in 0x1BE..0x200 {
                for value in [0, 1, 0x05, 0x7F, 0x80, 0xEE, 0xFF] {
                    read_partitions(&disk(|bytes| bytes[record_sector * 512 + byte] = value));
                }
            }
        }
    }
}
