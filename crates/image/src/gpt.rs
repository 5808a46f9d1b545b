//! GUID partition tables.
//!
//! A GPT stands on the disk twice: a header in the second sector with its entry array behind it, and a backup header
//! in the last sector with its entry array in front of it.
//!
//! Source: UEFI 2.10, section 5.3 "GUID Partition Table (GPT) Disk Layout".

use std::io::Cursor;
use std::ops::Range;

use binrw::BinRead;

use crate::guid::Guid;
use crate::image::Image;
use crate::offset::ImageOffset;
use crate::partition::{Partition, PartitionType, Scheme, TableContents, TableEntry};
use crate::partition_issue::{GptHeaderDefect, PartitionIssue};

/// The sector sizes that disks have, in bytes.
const SECTOR_SIZES: [u64; 2] = [512, 4096];

const SIGNATURE: [u8; 8] = *b"EFI PART";

/// How many bytes of an entry array are read; 128 entries, which is what nearly every disk has, are 16 KiB. Linux
/// has a bound of the same size.
const MAXIMUM_ENTRY_ARRAY_SIZE: u32 = 4 << 20;

/// Size in bytes of the fields of a header; what follows them in its sector is reserved.
const SMALLEST_HEADER_SIZE: u32 = 92;

/// Size in bytes of the fields of an entry.
const SMALLEST_ENTRY_SIZE: u32 = 128;

/// Where the checksum of a header stands in it. It is taken for 0 when the checksum is computed.
const HEADER_CHECKSUM_RANGE: Range<usize> = 16..20;

/// The header of one of the two tables. Sectors are numbered from the start of the disk ("LBA").
///
/// Source: UEFI 2.10, table 5.5 "GPT Header".
#[derive(BinRead, Clone, Copy)]
#[br(little)]
struct Header {
    signature: [u8; 8],
    /// In bytes, from the signature on; what the checksum covers. In front of it stands the revision, 1.0 ever since.
    #[br(pad_before = 4)]
    header_size: u32,
    header_checksum: u32,
    /// Where this header is.
    #[br(pad_before = 4)]
    my_sector: u64,
    /// Where the other header is.
    alternate_sector: u64,
    /// First sector of the entry array. In front of it stand the first and last sector that partitions may use, and
    /// the GUID of the disk.
    #[br(pad_before = 32)]
    entries_sector: u64,
    entry_count: u32,
    /// In bytes, 128 · 2ⁿ.
    entry_size: u32,
    /// Of all entries, used or not.
    entries_checksum: u32,
}

/// The fields of an entry.
///
/// Source: UEFI 2.10, table 5.6 "GPT Partition Entry".
#[derive(BinRead)]
#[br(little)]
struct Entry {
    type_guid: [u8; 16],
    unique_guid: [u8; 16],
    first_sector: u64,
    /// Belongs to the partition.
    last_sector: u64,
    /// Behind the attributes.
    #[br(pad_before = 8)]
    name: [u16; 36],
}

/// One of the two headers, as far as it can be read.
struct FoundHeader {
    offset: ImageOffset,
    sector_size: u64,
    /// Present when the signature is right; the rest of it may still be wrong.
    header: Option<Header>,
    defect: Option<GptHeaderDefect>,
}

/// An entry array, as far as it can be read.
struct EntryArray {
    offset: ImageOffset,
    /// In bytes, never 0.
    entry_size: u32,
    bytes: Vec<u8>,
    issue: Option<PartitionIssue>,
}

/// A header with the entries that it leads to.
struct Table {
    found: FoundHeader,
    /// Absent when there is no header.
    entries: Option<EntryArray>,
}

/// How far a table can be trusted, from worst to best.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    NoHeader,
    HeaderBad,
    EntriesBad,
    Good,
}

impl Table {
    fn health(&self) -> Health {
        match &self.entries {
            None => Health::NoHeader,
            Some(_) if self.found.defect.is_some() => Health::HeaderBad,
            Some(entries) if entries.issue.is_some() => Health::EntriesBad,
            Some(_) => Health::Good,
        }
    }
}

/// Reads the GPT of an image and says whether there is one. `announced` is whether the MBR says so; if it does not,
/// there must be the signature of a primary header, or a good backup header.
///
/// Of the two tables the healthier one is used, and the primary one when they are equal.
pub(crate) fn read_gpt(image: &Image, announced: bool, contents: &mut TableContents) -> bool {
    let primary = find_primary_header(image);
    let backup = find_backup_header(image, &primary);
    if !announced {
        if primary.header.is_none() && backup.defect.is_some() {
            return false;
        }
        contents.issues.push(PartitionIssue::GptProtectiveMbrMissing { offset: ImageOffset(0) });
    }
    report_header_defects(&primary, &backup, &mut contents.issues);

    let primary = read_table(image, primary);
    let backup = read_table(image, backup);
    for entries in [&primary.entries, &backup.entries].into_iter().flatten() {
        contents.issues.extend(entries.issue.clone());
    }
    let used = if backup.health() > primary.health() {
        contents.issues.push(PartitionIssue::GptBackupUsed { offset: backup.found.offset });
        backup
    } else {
        primary
    };
    let Some(entries) = used.entries else {
        return false;
    };
    read_entries(&entries, used.found.sector_size, contents);
    true
}

/// The header in the second sector, whichever of the two sector sizes the disk has.
fn find_primary_header(image: &Image) -> FoundHeader {
    first_with_signature(SECTOR_SIZES.map(|sector_size| read_header(image, ImageOffset(sector_size), sector_size)))
}

/// The header that a good primary header names, otherwise the one in the last sector.
fn find_backup_header(image: &Image, primary: &FoundHeader) -> FoundHeader {
    if let (Some(header), None) = (primary.header, &primary.defect) {
        let offset = header.alternate_sector.saturating_mul(primary.sector_size);
        return read_header(image, ImageOffset(offset), primary.sector_size);
    }
    first_with_signature(SECTOR_SIZES.map(|sector_size| {
        let last_sector = (image.size() / sector_size).saturating_sub(1);
        read_header(image, ImageOffset(last_sector * sector_size), sector_size)
    }))
}

fn first_with_signature([small_sectors, large_sectors]: [FoundHeader; 2]) -> FoundHeader {
    if small_sectors.header.is_none() && large_sectors.header.is_some() { large_sectors } else { small_sectors }
}

fn read_header(image: &Image, offset: ImageOffset, sector_size: u64) -> FoundHeader {
    let no_header = |defect| FoundHeader { offset, sector_size, header: None, defect: Some(defect) };
    let bytes = image.read_array::<{ SMALLEST_HEADER_SIZE as usize }>(offset);
    let Some(header) = bytes.and_then(|bytes| Header::read(&mut Cursor::new(bytes)).ok()) else {
        return no_header(GptHeaderDefect::BeyondImage { image_size: image.size() });
    };
    if header.signature != SIGNATURE {
        return no_header(GptHeaderDefect::Signature { found: header.signature });
    }
    let defect = header_defect(image, offset, sector_size, &header);
    FoundHeader { offset, sector_size, header: Some(header), defect }
}

/// What is wrong with a header whose signature is right.
fn header_defect(image: &Image, offset: ImageOffset, sector_size: u64, header: &Header) -> Option<GptHeaderDefect> {
    if header.header_size < SMALLEST_HEADER_SIZE || u64::from(header.header_size) > sector_size {
        return Some(GptHeaderDefect::Size { found: header.header_size, sector_size });
    }
    let computed = header_checksum(image, offset, header.header_size);
    if header.header_checksum != computed {
        return Some(GptHeaderDefect::Checksum { found: header.header_checksum, computed });
    }
    let sector = offset.0 / sector_size;
    (header.my_sector != sector).then_some(GptHeaderDefect::Sector { found: header.my_sector, expected: sector })
}

/// The CRC-32 of a header of `size` bytes, at most a sector.
fn header_checksum(image: &Image, offset: ImageOffset, size: u32) -> u32 {
    let mut bytes = vec![0; size as usize];
    image.read_at(offset, &mut bytes);
    if let Some(own_checksum) = bytes.get_mut(HEADER_CHECKSUM_RANGE) {
        own_checksum.fill(0);
    }
    crc32fast::hash(&bytes)
}

fn report_header_defects(primary: &FoundHeader, backup: &FoundHeader, issues: &mut Vec<PartitionIssue>) {
    if let Some(defect) = primary.defect {
        issues.push(PartitionIssue::GptPrimaryHeaderBad { offset: primary.offset, defect });
    }
    if let Some(defect) = backup.defect {
        issues.push(PartitionIssue::GptBackupHeaderBad { offset: backup.offset, defect });
    }
}

fn read_table(image: &Image, found: FoundHeader) -> Table {
    let entries = found.header.map(|header| read_entry_array(image, &found, &header));
    Table { found, entries }
}

/// Reads as much of an entry array as the image has and the bound allows.
fn read_entry_array(image: &Image, found: &FoundHeader, header: &Header) -> EntryArray {
    let offset = ImageOffset(header.entries_sector.saturating_mul(found.sector_size));
    if header.entry_size < SMALLEST_ENTRY_SIZE || !header.entry_size.is_power_of_two() {
        let issue = PartitionIssue::GptEntrySize { offset: found.offset, found: header.entry_size };
        return EntryArray { offset, entry_size: SMALLEST_ENTRY_SIZE, bytes: Vec::new(), issue: Some(issue) };
    }
    let in_image = image.size().saturating_sub(offset.0) / u64::from(header.entry_size);
    let in_bound = MAXIMUM_ENTRY_ARRAY_SIZE / header.entry_size;
    let count = header.entry_count.min(in_bound).min(u32::try_from(in_image).unwrap_or(u32::MAX));
    // At most `MAXIMUM_ENTRY_ARRAY_SIZE`.
    let mut bytes = vec![0; (count * header.entry_size) as usize];
    image.read_at(offset, &mut bytes);

    let issue = if count < header.entry_count {
        Some(PartitionIssue::GptEntriesCutShort { offset, claimed: header.entry_count, read: count })
    } else {
        entries_checksum_issue(offset, header, &bytes)
    };
    EntryArray { offset, entry_size: header.entry_size, bytes, issue }
}

fn entries_checksum_issue(offset: ImageOffset, header: &Header, bytes: &[u8]) -> Option<PartitionIssue> {
    let computed = crc32fast::hash(bytes);
    let found = header.entries_checksum;
    (found != computed).then_some(PartitionIssue::GptEntriesChecksum { offset, found, computed })
}

fn read_entries(array: &EntryArray, sector_size: u64, contents: &mut TableContents) {
    let mut entry_offset = array.offset;
    for (number, bytes) in (1..).zip(array.bytes.chunks_exact(array.entry_size as usize)) {
        match read_entry(number, entry_offset, sector_size, bytes) {
            Ok(entry) => contents.entries.extend(entry),
            Err(issue) => contents.issues.push(issue),
        }
        entry_offset = ImageOffset(entry_offset.0.saturating_add(u64::from(array.entry_size)));
    }
}

/// The partition in an entry, or `None` in an unused one.
fn read_entry(
    number: u32,
    entry_offset: ImageOffset,
    sector_size: u64,
    bytes: &[u8],
) -> Result<Option<TableEntry>, PartitionIssue> {
    let Some(entry) = Entry::read(&mut Cursor::new(bytes)).ok().filter(|entry| entry.type_guid != [0; 16]) else {
        return Ok(None);
    };
    let Some((offset, size)) = byte_range(entry.first_sector, entry.last_sector, sector_size) else {
        let Entry { first_sector, last_sector, .. } = entry;
        return Err(PartitionIssue::GptEntryRange { offset: entry_offset, number, first_sector, last_sector });
    };
    let name: Vec<u16> = entry.name.into_iter().take_while(|unit| *unit != 0).collect();
    let partition = Partition {
        scheme: Scheme::Gpt,
        number: Some(number),
        offset,
        size,
        type_id: Some(PartitionType::Gpt(Guid(entry.type_guid))),
        name: (!name.is_empty()).then_some(name),
        guid: Some(Guid(entry.unique_guid)),
    };
    Ok(Some(TableEntry { entry_offset, number, partition }))
}

/// Offset and size in bytes of the sectors from `first` to `last`; `None` when there are none, or when 64 bits cannot
/// count their bytes.
fn byte_range(first: u64, last: u64, sector_size: u64) -> Option<(ImageOffset, u64)> {
    let size = last.checked_sub(first)?.checked_add(1)?.checked_mul(sector_size)?;
    let offset = first.checked_mul(sector_size)?;
    offset.checked_add(size)?;
    Some((ImageOffset(offset), size))
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_ENTRY_ARRAY_SIZE, SIGNATURE};
    use crate::image::Image;
    use crate::offset::ImageOffset;
    use crate::partition::{Partition, PartitionType, Scheme};
    use crate::partition_issue::{GptHeaderDefect, PartitionIssue};
    use crate::partition_table::{PartitionTable, read_partitions};
    use crate::test_disk::{boot_record, image_of, slot};

    /// Size of the test disks: 64 sectors.
    const DISK_SIZE: usize = 64 * 512;

    const PRIMARY_HEADER: usize = 512;
    const PRIMARY_ENTRIES: usize = 2 * 512;
    const BACKUP_ENTRIES: usize = 62 * 512;
    const BACKUP_HEADER: usize = 63 * 512;

    /// Where the fields are in a header.
    const HEADER_SIZE: usize = 12;
    const MY_SECTOR: usize = 24;
    const ALTERNATE_SECTOR: usize = 32;
    const ENTRIES_SECTOR: usize = 72;
    const ENTRY_COUNT: usize = 80;
    const ENTRY_SIZE: usize = 84;

    /// Where the fields are in an entry.
    const FIRST_SECTOR: usize = 32;
    const LAST_SECTOR: usize = 40;

    fn entry(number: u8, first_sector: u64, last_sector: u64, name: &str) -> Vec<u8> {
        let mut bytes = vec![0xEB; 16]; // type
        bytes.extend([number; 16]); // identity
        bytes.extend(first_sector.to_le_bytes());
        bytes.extend(last_sector.to_le_bytes());
        bytes.extend([0; 8]); // attributes
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(128, 0);
        bytes
    }

    /// Four entries: the first and the third are used.
    fn entries() -> Vec<u8> {
        [entry(1, 8, 15, "first"), vec![0; 128], entry(3, 16, 31, ""), vec![0; 128]].concat()
    }

    fn header(my_sector: u64, alternate_sector: u64, entries_sector: u64) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0, 0, 1, 0]); // revision 1.0
        bytes.extend(92_u32.to_le_bytes()); // header size
        bytes.extend([0; 4]); // header checksum
        bytes.extend([0; 4]); // reserved
        bytes.extend(my_sector.to_le_bytes());
        bytes.extend(alternate_sector.to_le_bytes());
        bytes.extend(3_u64.to_le_bytes()); // first usable sector
        bytes.extend(61_u64.to_le_bytes()); // last usable sector
        bytes.extend([0xDD; 16]); // GUID of the disk
        bytes.extend(entries_sector.to_le_bytes());
        bytes.extend(4_u32.to_le_bytes()); // entry count
        bytes.extend(128_u32.to_le_bytes()); // entry size
        bytes.extend(crc32fast::hash(&entries()).to_le_bytes()); // entries checksum
        let checksum = crc32fast::hash(&bytes);
        bytes[16..20].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The bytes of a disk with a good GPT.
    fn disk_bytes() -> Vec<u8> {
        let mut bytes = vec![0; DISK_SIZE];
        put(&mut bytes, 0, &boot_record(&[slot(0, 0xEE, 1, 63)]));
        put(&mut bytes, PRIMARY_HEADER, &header(1, 63, 2));
        put(&mut bytes, PRIMARY_ENTRIES, &entries());
        put(&mut bytes, BACKUP_ENTRIES, &entries());
        put(&mut bytes, BACKUP_HEADER, &header(63, 1, 62));
        bytes
    }

    fn put(bytes: &mut [u8], offset: usize, part: &[u8]) {
        bytes[offset..][..part.len()].copy_from_slice(part);
    }

    /// Changes a field of the primary header and makes its checksum right again.
    fn put_in_primary_header(bytes: &mut [u8], field: usize, value: &[u8]) {
        put(bytes, PRIMARY_HEADER + field, value);
        put(bytes, PRIMARY_HEADER + 16, &[0; 4]);
        let checksum = crc32fast::hash(&bytes[PRIMARY_HEADER..][..92]);
        put(bytes, PRIMARY_HEADER + 16, &checksum.to_le_bytes());
    }

    /// Changes a field of the first entry of both tables. Their checksums become wrong.
    fn put_in_first_entries(bytes: &mut [u8], field: usize, value: &[u8]) {
        put(bytes, PRIMARY_ENTRIES + field, value);
        put(bytes, BACKUP_ENTRIES + field, value);
    }

    fn disk(damage: impl FnOnce(&mut [u8])) -> Image {
        let mut bytes = disk_bytes();
        damage(&mut bytes);
        image_of(&bytes)
    }

    /// Number, first sector, number of sectors.
    fn summary(table: &PartitionTable) -> Vec<(u32, u64, u64)> {
        let summarise =
            |partition: &Partition| (partition.number.unwrap(), partition.offset.0 / 512, partition.size / 512);
        table.partitions.iter().map(summarise).collect()
    }

    const ALL: &[(u32, u64, u64)] = &[(1, 8, 8), (3, 16, 16)];

    fn check(image: &Image, partitions: &[(u32, u64, u64)], issues: &[PartitionIssue]) {
        let table = read_partitions(image);
        assert_eq!(table.scheme, Scheme::Gpt);
        assert_eq!(summary(&table), partitions);
        assert_eq!(table.issues, issues);
    }

    /// Checks that the backup table is used because of `defect` in the primary header.
    fn check_backup_used(image: &Image, defect: GptHeaderDefect) {
        check(image, ALL, &[primary_bad(defect), BACKUP_USED]);
    }

    fn primary_bad(defect: GptHeaderDefect) -> PartitionIssue {
        PartitionIssue::GptPrimaryHeaderBad { offset: ImageOffset(PRIMARY_HEADER as u64), defect }
    }

    fn backup_bad(defect: GptHeaderDefect) -> PartitionIssue {
        PartitionIssue::GptBackupHeaderBad { offset: ImageOffset(BACKUP_HEADER as u64), defect }
    }

    const BACKUP_USED: PartitionIssue = PartitionIssue::GptBackupUsed { offset: ImageOffset(BACKUP_HEADER as u64) };

    const NO_SIGNATURE: GptHeaderDefect = GptHeaderDefect::Signature { found: [0; 8] };

    #[test]
    fn used_entries_are_listed_with_all_their_fields() {
        let table = read_partitions(&disk(|_| {}));
        check(&disk(|_| {}), ALL, &[]);
        let expected = Partition {
            scheme: Scheme::Gpt,
            number: Some(1),
            offset: ImageOffset(8 * 512),
            size: 8 * 512,
            type_id: Some(PartitionType::Gpt(crate::Guid([0xEB; 16]))),
            name: Some("first".encode_utf16().collect()),
            guid: Some(crate::Guid([1; 16])),
        };
        assert_eq!(table.partitions[0], expected);
        assert_eq!(table.partitions[1].name, None);
    }

    #[test]
    fn a_name_may_fill_its_field_and_need_not_be_unicode() {
        let image = disk(|bytes| put_in_first_entries(bytes, 56, &[0x00, 0xD8].repeat(36)));
        assert_eq!(read_partitions(&image).partitions[0].name, Some(vec![0xD800; 36]));
    }

    #[test]
    fn a_good_header_is_enough_without_its_mbr() {
        let issue = PartitionIssue::GptProtectiveMbrMissing { offset: ImageOffset(0) };
        check(&disk(|bytes| bytes[..512].fill(0)), ALL, &[issue]);
    }

    #[test]
    fn a_good_backup_is_enough_without_the_first_sectors() {
        let missing = PartitionIssue::GptProtectiveMbrMissing { offset: ImageOffset(0) };
        check(&disk(|bytes| bytes[..8 * 512].fill(0)), ALL, &[missing, primary_bad(NO_SIGNATURE), BACKUP_USED]);
    }

    #[test]
    fn a_gpt_that_the_mbr_does_not_announce_is_left_alone() {
        let table = read_partitions(&disk(|bytes| put(bytes, 0, &boot_record(&[slot(0, 0x07, 40, 4)]))));
        assert_eq!((table.scheme, summary(&table), table.issues), (Scheme::Mbr, vec![(1, 40, 4)], vec![]));
    }

    #[test]
    fn the_slots_beside_an_announcement_count_only_without_a_gpt() {
        let hybrid = boot_record(&[slot(0, 0xEE, 1, 7), slot(0, 0x07, 8, 8)]);
        check(&disk(|bytes| put(bytes, 0, &hybrid)), ALL, &[]);

        let table = read_partitions(&disk(|bytes| {
            bytes.fill(0);
            put(bytes, 0, &hybrid);
        }));
        let issues = vec![primary_bad(NO_SIGNATURE), backup_bad(NO_SIGNATURE)];
        assert_eq!((table.scheme, summary(&table), table.issues), (Scheme::Mbr, vec![(2, 8, 8)], issues));
    }

    #[test]
    fn a_missing_primary_header_has_its_backup() {
        check_backup_used(&disk(|bytes| bytes[PRIMARY_HEADER..][..92].fill(0)), NO_SIGNATURE);
    }

    #[test]
    fn a_primary_header_with_a_wrong_checksum_has_its_backup() {
        let good = disk_bytes();
        let found = u32::from_le_bytes(*good[PRIMARY_HEADER + 16..].first_chunk().unwrap());
        let image = disk(|bytes| bytes[PRIMARY_HEADER + 16] ^= 1);
        check_backup_used(&image, GptHeaderDefect::Checksum { found: found ^ 1, computed: found });
    }

    #[test]
    fn a_primary_header_with_an_impossible_size_has_its_backup() {
        for size in [0, 91, 513, u32::MAX] {
            let image = disk(|bytes| put_in_primary_header(bytes, HEADER_SIZE, &size.to_le_bytes()));
            check_backup_used(&image, GptHeaderDefect::Size { found: size, sector_size: 512 });
        }
    }

    #[test]
    fn a_header_that_was_copied_to_another_sector_has_its_backup() {
        let image = disk(|bytes| put_in_primary_header(bytes, MY_SECTOR, &[7]));
        check_backup_used(&image, GptHeaderDefect::Sector { found: 7, expected: 1 });
    }

    #[test]
    fn a_damaged_backup_header_is_reported() {
        check(&disk(|bytes| bytes[BACKUP_HEADER..].fill(0)), ALL, &[backup_bad(NO_SIGNATURE)]);
    }

    #[test]
    fn a_cut_off_image_has_no_backup() {
        let bytes = disk_bytes();
        let issue = backup_bad(GptHeaderDefect::BeyondImage { image_size: 40 * 512 });
        check(&image_of(&bytes[..40 * 512]), ALL, &[issue]);
    }

    #[test]
    fn a_backup_header_beyond_all_disks_is_not_looked_for() {
        let image = disk(|bytes| put_in_primary_header(bytes, ALTERNATE_SECTOR, &[0xFF; 8]));
        let defect = GptHeaderDefect::BeyondImage { image_size: DISK_SIZE as u64 };
        check(&image, ALL, &[PartitionIssue::GptBackupHeaderBad { offset: ImageOffset(u64::MAX), defect }]);
    }

    #[test]
    fn a_damaged_header_is_better_than_none() {
        let table = read_partitions(&disk(|bytes| {
            bytes[PRIMARY_HEADER + 16] ^= 1;
            bytes[BACKUP_HEADER..].fill(0);
        }));
        let codes: Vec<_> = table.issues.iter().map(PartitionIssue::code).collect();
        assert_eq!(summary(&table), ALL);
        assert_eq!(codes, ["gpt-primary-header-bad", "gpt-backup-header-bad"]);
    }

    /// The checksum issue of the entries at `offset` when their first byte is 0xEA.
    fn checksum_issue(offset: usize) -> PartitionIssue {
        let mut damaged = entries();
        damaged[0] = 0xEA;
        PartitionIssue::GptEntriesChecksum {
            offset: ImageOffset(offset as u64),
            found: crc32fast::hash(&entries()),
            computed: crc32fast::hash(&damaged),
        }
    }

    #[test]
    fn damaged_entries_have_their_backup() {
        let image = disk(|bytes| bytes[PRIMARY_ENTRIES] = 0xEA);
        check(&image, ALL, &[checksum_issue(PRIMARY_ENTRIES), BACKUP_USED]);
    }

    #[test]
    fn damaged_entries_are_used_when_there_are_no_better_ones() {
        let image = disk(|bytes| put_in_first_entries(bytes, 0, &[0xEA]));
        check(&image, ALL, &[checksum_issue(PRIMARY_ENTRIES), checksum_issue(BACKUP_ENTRIES)]);
    }

    #[test]
    fn an_impossible_entry_size_has_its_backup() {
        for size in [0, 64, 127, 129, 384, u32::MAX] {
            let image = disk(|bytes| put_in_primary_header(bytes, ENTRY_SIZE, &size.to_le_bytes()));
            let issue = PartitionIssue::GptEntrySize { offset: ImageOffset(PRIMARY_HEADER as u64), found: size };
            check(&image, ALL, &[issue, BACKUP_USED]);
        }
    }

    #[test]
    fn larger_entries_are_read_at_their_distance() {
        // Entries of 256 bytes: the third one of 128 bytes is now the second.
        let table = read_partitions(&disk(|bytes| {
            bytes[BACKUP_HEADER..].fill(0);
            put_in_primary_header(bytes, ENTRY_SIZE, &[0, 1, 0, 0]);
        }));
        assert_eq!(summary(&table), [(1, 8, 8), (2, 16, 16)]);
    }

    #[test]
    fn no_more_entries_are_read_than_the_image_has() {
        let bytes = disk_bytes();
        let mut bytes = bytes[..PRIMARY_ENTRIES + 300].to_vec();
        put_in_primary_header(&mut bytes, ENTRY_COUNT, &[0xFF; 4]);
        let table = read_partitions(&image_of(&bytes));
        let cut_short = PartitionIssue::GptEntriesCutShort {
            offset: ImageOffset(PRIMARY_ENTRIES as u64),
            claimed: u32::MAX,
            read: 2,
        };
        assert_eq!(summary(&table), [(1, 8, 8)]);
        assert_eq!(table.issues[1], cut_short);
    }

    #[test]
    fn no_more_entries_are_read_than_the_bound_allows() {
        let mut bytes = disk_bytes();
        put_in_primary_header(&mut bytes, ENTRY_COUNT, &[0xFF; 4]);
        bytes[BACKUP_HEADER..].fill(0);
        let image = crate::test_disk::image_with(1 << 40, &[(0, &bytes)]);
        let cut_short = PartitionIssue::GptEntriesCutShort {
            offset: ImageOffset(PRIMARY_ENTRIES as u64),
            claimed: u32::MAX,
            read: MAXIMUM_ENTRY_ARRAY_SIZE / 128,
        };
        assert!(read_partitions(&image).issues.contains(&cut_short));
    }

    #[test]
    fn entries_beyond_all_disks_have_their_backup() {
        let image = disk(|bytes| put_in_primary_header(bytes, ENTRIES_SECTOR, &[0xFF; 8]));
        let cut_short = PartitionIssue::GptEntriesCutShort { offset: ImageOffset(u64::MAX), claimed: 4, read: 0 };
        check(&image, ALL, &[cut_short, BACKUP_USED]);
    }

    #[test]
    fn an_entry_without_a_range_is_not_listed() {
        let last_before_first = disk(|bytes| put_in_first_entries(bytes, LAST_SECTOR, &[7]));
        let past_64_bits = disk(|bytes| put_in_first_entries(bytes, LAST_SECTOR, &[0xFF; 8]));
        for (image, last_sector) in [(last_before_first, 7), (past_64_bits, u64::MAX)] {
            let table = read_partitions(&image);
            let issue = PartitionIssue::GptEntryRange {
                offset: ImageOffset(PRIMARY_ENTRIES as u64),
                number: 1,
                first_sector: 8,
                last_sector,
            };
            assert_eq!(summary(&table), [(3, 16, 16)]);
            assert!(table.issues.contains(&issue));
        }
    }

    #[test]
    fn overlapping_partitions_and_those_beyond_the_image_are_kept() {
        let table = read_partitions(&disk(|bytes| put_in_first_entries(bytes, LAST_SECTOR, &[64])));
        assert_eq!(summary(&table), [(1, 8, 57), (3, 16, 16)]);
        let codes: Vec<_> = table.issues.iter().map(PartitionIssue::code).collect();
        let expected = ["gpt-entries-checksum", "gpt-entries-checksum", "partition-beyond-image", "partitions-overlap"];
        assert_eq!(codes, expected);
    }

    #[test]
    fn every_byte_of_a_header_or_entry_may_be_anything() {
        for value in [0, 1, 0x7F, 0x80, 0xFF] {
            for field in 0..92 {
                read_partitions(&disk(|bytes| put_in_primary_header(bytes, field, &[value])));
            }
            for field in 0..128 {
                read_partitions(&disk(|bytes| put_in_first_entries(bytes, field, &[value])));
            }
        }
        read_partitions(&disk(|bytes| put_in_first_entries(bytes, FIRST_SECTOR, &[0xFF; 16])));
    }
}
