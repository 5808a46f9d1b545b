//! Partition tables around volumes: MBR, with logical partitions too, and GPT.
//!
//! [`Disk::plan`] finds every partition its place, and [`Plan::pieces`] are the bytes of the tables. Sizes and offsets
//! are in bytes throughout; they become sectors only where they are written.
//!
//! Sources: UEFI 2.10, sections 5.2 "LBA 0 Format" and 5.3 "GUID Partition Table (GPT) Disk Layout". No standard
//! describes extended boot records, and UEFI leaves CHS addresses of an MBR to its writer: both are as `fdisk` and
//! `sfdisk` of util-linux write them, which Linux and Windows read alike.

use std::collections::BTreeMap;
use std::ops::Range;

use format::Guid;

/// Where partitions start when nothing else is asked for: on a multiple of 1 MiB, as Windows and Linux have it.
pub const DEFAULT_ALIGNMENT: u64 = 1 << 20;

/// The MBR type of NTFS, exFAT and HPFS volumes.
pub const NTFS_TYPE: u8 = 0x07;

/// The GPT type of volumes of Windows, `ebd0a0a2-b9e5-4433-87c0-68b6b72699c7`.
///
/// Source: Microsoft `PARTITION_BASIC_DATA_GUID`.
pub const BASIC_DATA_TYPE: Guid =
    Guid([0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7]);

/// The MBR type of an extended partition that is addressed by sector numbers.
const EXTENDED_TYPE: u8 = 0x0F;

/// The type of the link from one extended boot record to the next, whatever the extended partition's own type is.
const LINK_TYPE: u8 = 0x05;

/// The MBR type that announces a GPT.
const PROTECTIVE_TYPE: u8 = 0xEE;

/// Size of a boot record; on a disk with larger sectors the rest of its sector is zeros.
const BOOT_RECORD_SIZE: usize = 512;

/// How many slots an MBR has.
const SLOT_COUNT: usize = 4;

/// The number of the first logical partition.
const FIRST_LOGICAL_NUMBER: u32 = 5;

/// How many sectors 32-bit sector numbers reach.
const MBR_SECTORS: u64 = 1 << 32;

/// Size of a GPT header in bytes, without the zeros that fill its sector.
const HEADER_SIZE: u32 = 92;

/// How many entries a GPT has room for: as many as everyone writes, and as few as UEFI allows.
const ENTRY_COUNT: u32 = 128;

/// Size of a GPT entry in bytes.
const ENTRY_SIZE: u32 = 128;

/// Size of all the entries of a GPT in bytes. It is a whole number of sectors of any size.
const ENTRY_ARRAY_SIZE: u64 = 128 * 128;

/// How many UTF-16 units a GPT entry has for its name.
const NAME_UNITS: usize = 36;

/// A disk: its table and its partitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disk {
    /// Size of a sector in bytes: 512, 1,024, 2,048 or 4,096.
    pub sector: u32,
    /// Partitions without a `start` of their own start on multiples of this many bytes, itself a multiple of the
    /// sector. [`DEFAULT_ALIGNMENT`], or as little as a sector for a small image.
    pub alignment: u64,
    /// MBR or GPT.
    pub table: TableKind,
    /// In the order of their slots or entries. An MBR's extended partition has its slot where the first logical
    /// partition stands in this list.
    pub partitions: Vec<Partition>,
}

/// The kind of a partition table, and what identifies the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableKind {
    /// Master boot record.
    Mbr {
        /// The disk signature at 0x1B8.
        signature: u32,
    },
    /// GUID partition table, with a protective MBR.
    Gpt {
        /// The disk GUID.
        disk: Guid,
    },
}

/// One partition. What the other kind of table has is left out in silence.
///
/// Not checked: whether ids are unique, whether an MBR type means a container (an extended partition is made for
/// logical partitions, none is to be given), whether a name has a NUL in it, whether several are bootable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    /// Length in bytes, a multiple of the sector and not 0.
    pub size: u64,
    /// Where it starts, in bytes from the start of the disk, a multiple of the sector. Where `None`: the first
    /// aligned place behind the partitions before it in the list.
    pub start: Option<u64>,
    /// Whether it is in the extended partition; MBR only.
    ///
    /// Its extended boot record is in the sector in front of `start`, or, where that is `None`, in the first aligned
    /// place, and the partition one alignment behind it.
    pub is_logical: bool,
    /// The type in an MBR; not 0, which means "no partition".
    pub mbr_type: u8,
    /// The type in a GPT; not all zeros, which means "no partition".
    pub gpt_type: Guid,
    /// The unique id in a GPT.
    pub id: Guid,
    /// The name in a GPT, at most 36 UTF-16 units.
    pub name: Vec<u16>,
    /// Whether an MBR marks it active, or a GPT as "Legacy BIOS Bootable".
    pub is_bootable: bool,
}

impl Partition {
    /// A primary partition of an NTFS volume of `size` bytes at the next free place, with an id of zeros and no name.
    pub fn new(size: u64) -> Self {
        Self {
            size,
            start: None,
            is_logical: false,
            mbr_type: NTFS_TYPE,
            gpt_type: BASIC_DATA_TYPE,
            id: Guid([0; 16]),
            name: Vec::new(),
            is_bootable: false,
        }
    }
}

/// Where everything on a disk is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Where each partition starts, in bytes, in the order of [`Disk::partitions`].
    pub starts: Vec<u64>,
    /// The number that Linux and `fdisk` give each partition, in the order of [`Disk::partitions`]: its slot or entry
    /// from 1; logical partitions from 5, in the order of their starts.
    pub numbers: Vec<u32>,
    /// Size of the disk in bytes, a backup GPT included.
    pub size: u64,
    pieces: Vec<Piece>,
}

/// Bytes to write at a place of the disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// In bytes from the start of the disk.
    pub offset: u64,
    /// What is there.
    pub bytes: Vec<u8>,
}

impl Plan {
    /// The tables, in ascending order of offset. Everything outside of pieces and partitions is zeros.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// Why a disk cannot be laid out. Partitions are counted from 0 in fields, from 1 in messages; sizes and offsets are in
/// bytes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of a variant says what each field is")]
pub enum PartitionTableError {
    /// No disk has such sectors.
    #[error("sectors of {sector} bytes: expected 512, 1024, 2048 or 4096")]
    SectorSize { sector: u32 },
    /// Aligned partitions would not start on sectors.
    #[error("alignment of {alignment} bytes: expected a multiple of the sector, {sector} bytes")]
    Alignment { alignment: u64, sector: u32 },
    /// More slots are needed than an MBR has.
    #[error("{primary} primary partitions{}: an MBR has 4 slots", if *.extended { " and an extended one" } else { "" })]
    TooManyPrimaryPartitions { primary: usize, extended: bool },
    /// More entries are needed than a GPT has.
    #[error("{partitions} partitions: a GPT has 128 entries")]
    TooManyEntries { partitions: usize },
    /// Only an MBR knows logical partitions.
    #[error("partition {} is logical, which a GPT does not have", .partition + 1)]
    LogicalOnGpt { partition: usize },
    /// The type says that there is no partition.
    #[error("partition {} has the type 0, which means an unused slot", .partition + 1)]
    UnusedType { partition: usize },
    /// The size says that there is no partition.
    #[error("partition {} has no bytes", .partition + 1)]
    Empty { partition: usize },
    /// It would end inside a sector.
    #[error("partition {} has {size} bytes: expected a multiple of the sector, {sector} bytes", .partition + 1)]
    SizeNotInSectors { partition: usize, size: u64, sector: u32 },
    /// It would start inside a sector.
    #[error("partition {} starts at {start:#x}: expected a multiple of the sector, {sector} bytes", .partition + 1)]
    StartNotOnSector { partition: usize, start: u64, sector: u32 },
    /// A GPT entry has no room for the name.
    #[error("the name of partition {} has {units} UTF-16 units: a GPT has room for 36", .partition + 1)]
    NameTooLong { partition: usize, units: usize },
    /// It, or the extended boot record in front of it, is where the table is.
    #[error(
        "partition {} needs the disk from {start:#x} on: the partition table ends at {table_end:#x}",
        .partition + 1
    )]
    OverlapsTable { partition: usize, start: u64, table_end: u64 },
    /// It, or the extended boot record in front of it, is in another partition.
    #[error(
        "partition {} needs the disk from {start:#x} on: partition {} ends at {other_end:#x}",
        .partition + 1,
        .other + 1
    )]
    Overlap { partition: usize, start: u64, other: usize, other_end: u64 },
    /// A primary partition is between logical ones.
    #[error(
        "primary partition {} starts at {start:#x}, inside the extended partition at {extended_start:#x} to \
         {extended_end:#x}",
        .partition + 1
    )]
    InsideExtended { partition: usize, start: u64, extended_start: u64, extended_end: u64 },
    /// An MBR counts sectors with 32 bits.
    #[error("partition {} ends at {end:#x}: an MBR reaches to {limit:#x}", .partition + 1)]
    BeyondMbr { partition: usize, end: u64, limit: u64 },
    /// A disk of 2⁶⁴ bytes or more.
    #[error("partition {} of {size} bytes ends beyond 2^64 bytes", .partition + 1)]
    BeyondDisk { partition: usize, size: u64 },
}

use PartitionTableError as Error;

/// The place of a partition.
#[derive(Clone, Copy)]
struct Place {
    /// Where its extended boot record is, or the partition itself where it has none.
    first: u64,
    start: u64,
    end: u64,
}

impl Disk {
    /// Finds each partition its place and writes the tables.
    ///
    /// The disk is as small as it can be: it ends with its last partition, or with the backup GPT right behind that.
    ///
    /// # Errors
    ///
    /// One variant of [`PartitionTableError`] per reason why there is no such disk.
    pub fn plan(&self) -> Result<Plan, Error> {
        self.check_sizes()?;
        self.check_count()?;
        for (index, partition) in self.partitions.iter().enumerate() {
            self.check_partition(index, partition)?;
        }
        let places = self.places()?;
        self.check_overlaps(&places)?;
        match self.table {
            TableKind::Mbr { signature } => Ok(self.mbr(signature, &places)),
            TableKind::Gpt { disk } => self.gpt(disk, &places),
        }
    }

    fn sector_size(&self) -> u64 {
        u64::from(self.sector)
    }

    /// The first byte that the table at the start of the disk leaves free.
    fn table_end(&self) -> u64 {
        match self.table {
            TableKind::Mbr { .. } => self.sector_size(),
            // The protective MBR, the header, the entries.
            TableKind::Gpt { .. } => 2 * self.sector_size() + ENTRY_ARRAY_SIZE,
        }
    }

    fn check_sizes(&self) -> Result<(), Error> {
        let (sector, alignment) = (self.sector, self.alignment);
        if !matches!(sector, 512 | 1024 | 2048 | 4096) {
            return Err(Error::SectorSize { sector });
        }
        if alignment == 0 || !alignment.is_multiple_of(u64::from(sector)) {
            return Err(Error::Alignment { alignment, sector });
        }
        Ok(())
    }

    fn check_count(&self) -> Result<(), Error> {
        let partitions = self.partitions.len();
        if let TableKind::Gpt { .. } = self.table {
            let fits = partitions <= ENTRY_COUNT as usize;
            return if fits { Ok(()) } else { Err(Error::TooManyEntries { partitions }) };
        }
        let primary = self.partitions.iter().filter(|partition| !partition.is_logical).count();
        let extended = primary < partitions;
        if primary + usize::from(extended) > SLOT_COUNT {
            return Err(Error::TooManyPrimaryPartitions { primary, extended });
        }
        Ok(())
    }

    fn check_partition(&self, index: usize, partition: &Partition) -> Result<(), Error> {
        let sector = self.sector;
        let is_gpt = matches!(self.table, TableKind::Gpt { .. });
        let is_unused = if is_gpt { partition.gpt_type == Guid([0; 16]) } else { partition.mbr_type == 0 };
        if is_gpt && partition.is_logical {
            return Err(Error::LogicalOnGpt { partition: index });
        }
        if is_unused {
            return Err(Error::UnusedType { partition: index });
        }
        if partition.size == 0 {
            return Err(Error::Empty { partition: index });
        }
        if !partition.size.is_multiple_of(self.sector_size()) {
            return Err(Error::SizeNotInSectors { partition: index, size: partition.size, sector });
        }
        if let Some(start) = partition.start
            && !start.is_multiple_of(self.sector_size())
        {
            return Err(Error::StartNotOnSector { partition: index, start, sector });
        }
        if is_gpt && partition.name.len() > NAME_UNITS {
            return Err(Error::NameTooLong { partition: index, units: partition.name.len() });
        }
        Ok(())
    }

    fn places(&self) -> Result<Vec<Place>, Error> {
        let mut places = Vec::with_capacity(self.partitions.len());
        let mut free = self.table_end();
        for (index, partition) in self.partitions.iter().enumerate() {
            let place =
                self.place(partition, free).ok_or(Error::BeyondDisk { partition: index, size: partition.size })?;
            self.check_reach(index, place.end)?;
            free = free.max(place.end);
            places.push(place);
        }
        Ok(places)
    }

    /// The place of a partition when everything from `free` on is free; `None` when it ends beyond 2⁶⁴.
    fn place(&self, partition: &Partition, free: u64) -> Option<Place> {
        let boot_record_distance = match (partition.is_logical, partition.start) {
            (false, _) => 0,
            (true, Some(_)) => self.sector_size(),
            (true, None) => self.alignment,
        };
        let first = match partition.start {
            // At the very start of the disk there is no sector in front: then both are in the table, which is refused.
            Some(start) => start.saturating_sub(boot_record_distance),
            None => free.checked_next_multiple_of(self.alignment)?,
        };
        let start = match partition.start {
            Some(start) => start,
            None => first.checked_add(boot_record_distance)?,
        };
        Some(Place { first, start, end: start.checked_add(partition.size)? })
    }

    fn check_reach(&self, index: usize, end: u64) -> Result<(), Error> {
        let limit = MBR_SECTORS * self.sector_size();
        if matches!(self.table, TableKind::Mbr { .. }) && end > limit {
            return Err(Error::BeyondMbr { partition: index, end, limit });
        }
        Ok(())
    }

    fn check_overlaps(&self, places: &[Place]) -> Result<(), Error> {
        let mut sorted: Vec<(usize, Place)> = places.iter().copied().enumerate().collect();
        sorted.sort_by_key(|(index, place)| (place.first, *index));
        if let Some(&(partition, Place { first, .. })) = sorted.first()
            && first < self.table_end()
        {
            return Err(Error::OverlapsTable { partition, start: first, table_end: self.table_end() });
        }
        for pair in sorted.windows(2) {
            let ((other, before), (partition, behind)) = (pair[0], pair[1]);
            if behind.first < before.end {
                return Err(Error::Overlap { partition, start: behind.first, other, other_end: before.end });
            }
        }
        self.check_extended(places)
    }

    /// No primary partition may be between logical ones.
    fn check_extended(&self, places: &[Place]) -> Result<(), Error> {
        let Some(extended) = extended_range(&self.chain(places)) else { return Ok(()) };
        for (index, place) in places.iter().enumerate() {
            if !self.partitions[index].is_logical && extended.contains(&place.start) {
                return Err(Error::InsideExtended {
                    partition: index,
                    start: place.start,
                    extended_start: extended.start,
                    extended_end: extended.end,
                });
            }
        }
        Ok(())
    }

    /// The logical partitions, each with its index, in the order of their extended boot records.
    fn chain(&self, places: &[Place]) -> Vec<(usize, Place)> {
        let numbered = places.iter().copied().enumerate();
        let mut chain: Vec<_> = numbered.filter(|(index, _)| self.partitions[*index].is_logical).collect();
        chain.sort_by_key(|(_, place)| place.first);
        chain
    }
}

/// The extended partition around a chain: from its first extended boot record to the end of its last partition.
fn extended_range(chain: &[(usize, Place)]) -> Option<Range<u64>> {
    let ((_, first), (_, last)) = (chain.first()?, chain.last()?);
    Some(first.first..last.end)
}

/// One slot of a boot record, in sectors.
struct Slot {
    is_bootable: bool,
    type_byte: u8,
    /// From the start of the disk, for the CHS address.
    first_sector: u64,
    /// From where the slot counts its sectors: the start of the disk, or a boot record of the extended partition.
    base_sector: u64,
    sector_count: u64,
}

impl Slot {
    /// Status, first CHS address, type, last CHS address, first sector, number of sectors.
    ///
    /// Source: UEFI 2.10 table 5.2 "Legacy MBR Partition Record".
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![if self.is_bootable { 0x80 } else { 0 }];
        bytes.extend(cylinder_head_sector(self.first_sector));
        bytes.push(self.type_byte);
        bytes.extend(cylinder_head_sector(self.first_sector + self.sector_count - 1));
        bytes.extend(low_half(self.first_sector - self.base_sector));
        bytes.extend(low_half(self.sector_count));
        bytes
    }
}

/// The lower four bytes of a number of sectors of an MBR: all it has, since no partition is beyond 2³² sectors.
fn low_half(sectors: u64) -> [u8; 4] {
    let [a, b, c, d, ..] = sectors.to_le_bytes();
    [a, b, c, d]
}

/// The CHS address of a sector on a disk of 255 heads and 63 sectors a track. From cylinder 1,024 on it is the last one
/// that there is, `FE FF FF`: 1023/254/63.
///
/// This is what `fdisk` and Windows write. The upper two bits of the cylinder are in the byte of the sector, which
/// counts from 1.
fn cylinder_head_sector(sector_number: u64) -> [u8; 3] {
    let cylinder = sector_number / (255 * 63);
    if cylinder > 1023 {
        return [0xFE, 0xFF, 0xFF];
    }
    let [head, ..] = (sector_number / 63 % 255).to_le_bytes();
    let [sector, ..] = (sector_number % 63 + 1).to_le_bytes();
    let [cylinder_low, cylinder_high, ..] = cylinder.to_le_bytes();
    [head, sector | (cylinder_high << 6), cylinder_low]
}

/// A master boot record or an extended boot record, without code.
fn boot_record(signature: u32, slots: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0; 0x1B8];
    bytes.extend(signature.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(slots.concat());
    bytes.resize(BOOT_RECORD_SIZE - 2, 0);
    bytes.extend([0x55, 0xAA]);
    bytes
}

impl Disk {
    fn mbr(&self, signature: u32, places: &[Place]) -> Plan {
        let chain = self.chain(places);
        let (slots, numbers) = self.master_slots(places, &chain);
        let mut pieces = vec![Piece { offset: 0, bytes: boot_record(signature, &slots) }];
        pieces.extend(self.extended_boot_records(&chain));
        let size = places.iter().map(|place| place.end).fold(self.table_end(), u64::max);
        Plan { starts: places.iter().map(|place| place.start).collect(), numbers, size, pieces }
    }

    /// The used slots of the MBR, and the number of every partition.
    fn master_slots(&self, places: &[Place], chain: &[(usize, Place)]) -> (Vec<Vec<u8>>, Vec<u32>) {
        let logical_numbers: BTreeMap<usize, u32> =
            chain.iter().map(|(index, _)| *index).zip(FIRST_LOGICAL_NUMBER..).collect();
        let mut slots = Vec::new();
        let mut slot_numbers = 1..;
        let mut extended = extended_range(chain);
        let mut numbers = Vec::new();
        for (index, (partition, place)) in self.partitions.iter().zip(places).enumerate() {
            if let Some(number) = logical_numbers.get(&index) {
                numbers.push(*number);
                // Its slot is taken once, for the first of the logical partitions.
                if let Some(range) = extended.take() {
                    slots.push(self.container_slot(EXTENDED_TYPE, &range, 0));
                    slot_numbers.next();
                }
            } else {
                slots.push(self.partition_slot(partition, place, 0));
                numbers.extend(slot_numbers.next());
            }
        }
        (slots, numbers)
    }

    /// One boot record per logical partition: the partition, counted from this record, and the link to the next
    /// record, counted from the first.
    fn extended_boot_records(&self, chain: &[(usize, Place)]) -> Vec<Piece> {
        let first_record = chain.first().map_or(0, |(_, place)| place.first);
        let mut pieces = Vec::new();
        for (position, (index, place)) in chain.iter().enumerate() {
            let mut slots = vec![self.partition_slot(&self.partitions[*index], place, place.first)];
            if let Some((_, next)) = chain.get(position + 1) {
                slots.push(self.container_slot(LINK_TYPE, &(next.first..next.end), first_record));
            }
            pieces.push(Piece { offset: place.first, bytes: boot_record(0, &slots) });
        }
        pieces
    }

    fn partition_slot(&self, partition: &Partition, place: &Place, base: u64) -> Vec<u8> {
        let slot = Slot {
            is_bootable: partition.is_bootable,
            type_byte: partition.mbr_type,
            first_sector: place.start / self.sector_size(),
            base_sector: base / self.sector_size(),
            sector_count: partition.size / self.sector_size(),
        };
        slot.to_bytes()
    }

    fn container_slot(&self, type_byte: u8, range: &Range<u64>, base: u64) -> Vec<u8> {
        let slot = Slot {
            is_bootable: false,
            type_byte,
            first_sector: range.start / self.sector_size(),
            base_sector: base / self.sector_size(),
            sector_count: (range.end - range.start) / self.sector_size(),
        };
        slot.to_bytes()
    }
}

/// What both headers of a GPT say.
struct GptHeader {
    disk: Guid,
    first_usable_sector: u64,
    last_usable_sector: u64,
    entries_checksum: u32,
}

impl GptHeader {
    /// The header that is in `own_sector`.
    ///
    /// Source: UEFI 2.10 table 5.5 "GPT Header".
    fn to_bytes(&self, own_sector: u64, other_sector: u64, entries_sector: u64) -> Vec<u8> {
        let mut bytes = b"EFI PART".to_vec();
        bytes.extend(0x0001_0000_u32.to_le_bytes()); // revision 1.0
        bytes.extend(HEADER_SIZE.to_le_bytes());
        bytes.extend([0; 4]); // the checksum, taken while it is 0
        bytes.extend([0; 4]);
        bytes.extend(own_sector.to_le_bytes());
        bytes.extend(other_sector.to_le_bytes());
        bytes.extend(self.first_usable_sector.to_le_bytes());
        bytes.extend(self.last_usable_sector.to_le_bytes());
        bytes.extend(self.disk.0);
        bytes.extend(entries_sector.to_le_bytes());
        bytes.extend(ENTRY_COUNT.to_le_bytes());
        bytes.extend(ENTRY_SIZE.to_le_bytes());
        bytes.extend(self.entries_checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes);
        bytes[0x10..0x14].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }
}

impl Disk {
    fn gpt(&self, disk: Guid, places: &[Place]) -> Result<Plan, Error> {
        let size = self.gpt_disk_size(places)?;
        let entries = self.gpt_entries(places);
        let last_sector = size / self.sector_size() - 1;
        let backup_entries = last_sector * self.sector_size() - ENTRY_ARRAY_SIZE;
        let header = GptHeader {
            disk,
            first_usable_sector: self.table_end() / self.sector_size(),
            last_usable_sector: backup_entries / self.sector_size() - 1,
            entries_checksum: checksum_of_all_entries(&entries),
        };
        let backup_entries_sector = backup_entries / self.sector_size();
        let mut pieces = vec![
            Piece { offset: 0, bytes: protective_mbr(last_sector) },
            Piece { offset: self.sector_size(), bytes: header.to_bytes(1, last_sector, 2) },
            Piece { offset: 2 * self.sector_size(), bytes: entries.clone() },
            Piece { offset: backup_entries, bytes: entries },
            Piece {
                offset: last_sector * self.sector_size(),
                bytes: header.to_bytes(last_sector, 1, backup_entries_sector),
            },
        ];
        pieces.retain(|piece| !piece.bytes.is_empty());
        let numbers = (1..).take(places.len()).collect();
        Ok(Plan { starts: places.iter().map(|place| place.start).collect(), numbers, size, pieces })
    }

    /// The partitions, or one free sector where there are none, and the backup table behind them.
    fn gpt_disk_size(&self, places: &[Place]) -> Result<u64, Error> {
        let mut end = self.table_end() + self.sector_size();
        let mut last = 0;
        for (index, place) in places.iter().enumerate() {
            if place.end > end {
                (end, last) = (place.end, index);
            }
        }
        let size = self.partitions.get(last).map_or(0, |partition| partition.size);
        end.checked_add(ENTRY_ARRAY_SIZE + self.sector_size()).ok_or(Error::BeyondDisk { partition: last, size })
    }

    /// The used entries: type, id, first and last sector, attributes, name.
    ///
    /// Source: UEFI 2.10 table 5.6 "GPT Partition Entry".
    fn gpt_entries(&self, places: &[Place]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (position, (partition, place)) in (1..).zip(self.partitions.iter().zip(places)) {
            bytes.extend(partition.gpt_type.0);
            bytes.extend(partition.id.0);
            bytes.extend((place.start / self.sector_size()).to_le_bytes());
            bytes.extend((place.end / self.sector_size() - 1).to_le_bytes());
            // Bit 2 is "Legacy BIOS Bootable".
            let attributes: u64 = if partition.is_bootable { 1 << 2 } else { 0 };
            bytes.extend(attributes.to_le_bytes());
            bytes.extend(partition.name.iter().flat_map(|unit| unit.to_le_bytes()));
            bytes.resize(position * ENTRY_SIZE as usize, 0);
        }
        bytes
    }
}

/// The CRC-32 of the whole array of entries, of which `used` is the start and the rest zeros.
fn checksum_of_all_entries(used: &[u8]) -> u32 {
    let mut all = used.to_vec();
    all.resize(ENTRY_COUNT as usize * ENTRY_SIZE as usize, 0);
    crc32fast::hash(&all)
}

/// The MBR of a disk with a GPT: one partition over everything else, as far as an MBR reaches.
///
/// Its last CHS address is `FF FF FF`, as Windows and `fdisk` write it: UEFI has this for an address that cannot be
/// represented, and does not say with which geometry to try.
///
/// Source: UEFI 2.10 table 5.4 "Protective MBR Partition Record protecting the entire disk".
fn protective_mbr(last_sector: u64) -> Vec<u8> {
    let sector_count = u32::try_from(last_sector).unwrap_or(u32::MAX);
    let mut slot = vec![0x00, 0x00, 0x02, 0x00, PROTECTIVE_TYPE, 0xFF, 0xFF, 0xFF];
    slot.extend(1_u32.to_le_bytes());
    slot.extend(sector_count.to_le_bytes());
    boot_record(0, &[slot])
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    const DISK_ID: Guid =
        Guid([0x67, 0x45, 0x23, 0x01, 0xAB, 0x89, 0xEF, 0xCD, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF]);

    fn mbr(sector: u32, partitions: Vec<Partition>) -> Disk {
        let table = TableKind::Mbr { signature: 0x1234_5678 };
        Disk { sector, alignment: DEFAULT_ALIGNMENT, table, partitions }
    }

    fn gpt(sector: u32, partitions: Vec<Partition>) -> Disk {
        Disk { table: TableKind::Gpt { disk: DISK_ID }, ..mbr(sector, partitions) }
    }

    fn at(start: u64, size: u64) -> Partition {
        Partition { start: Some(start), ..Partition::new(size) }
    }

    fn logical(partition: Partition) -> Partition {
        Partition { is_logical: true, ..partition }
    }

    /// With an id that `number` sets apart, and a name.
    fn named(number: u8, name: &str, partition: Partition) -> Partition {
        Partition { id: Guid([number; 16]), name: name.encode_utf16().collect(), ..partition }
    }

    fn piece_at(plan: &Plan, offset: u64) -> &[u8] {
        &plan.pieces().iter().find(|piece| piece.offset == offset).unwrap().bytes
    }

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    /// CRC-32 of ISO 3309 bit by bit, as UEFI section 5.3.2 asks for.
    fn crc32(bytes: &[u8]) -> u32 {
        let mut remainder = u32::MAX;
        for byte in bytes {
            remainder ^= u32::from(*byte);
            for _ in 0..8 {
                remainder = (remainder >> 1) ^ if remainder & 1 == 1 { 0xEDB8_8320 } else { 0 };
            }
        }
        !remainder
    }

    #[test]
    fn an_mbr_has_signature_slot_and_boot_signature_where_uefi_says() {
        let partition = Partition { is_bootable: true, ..at(63 * 512, 1000 * 512) };
        let plan = mbr(512, vec![partition]).plan().unwrap();
        assert_eq!(plan.size, 1063 * 512);
        let record = piece_at(&plan, 0);
        assert_eq!(record.len(), 512);
        assert_eq!(&record[..0x1B8], [0; 0x1B8]);
        assert_eq!(record[0x1B8..0x1BE], hex("78 56 34 12 00 00"));
        // Active; sector 63 is C 0, H 1, S 1; NTFS; sector 1,062 = 16 * 63 + 54 is C 0, H 16, S 55; 63; 1,000.
        assert_eq!(record[0x1BE..0x1CE], hex("80 01 01 00 07 10 37 00 3F 00 00 00 E8 03 00 00"));
        assert_eq!(&record[0x1CE..0x1FE], [0; 0x30]);
        assert_eq!(record[0x1FE..], hex("55 AA"));
    }

    #[test]
    fn a_chs_address_ends_at_cylinder_1023() {
        // 2,048 = 32 * 63 + 32: the usual first partition.
        assert_eq!(cylinder_head_sector(2048), [0x20, 0x21, 0x00]);
        // Cylinder 300 = 0x12C, head 0, sector 1.
        assert_eq!(cylinder_head_sector(300 * 255 * 63), [0x00, 0x41, 0x2C]);
        assert_eq!(cylinder_head_sector(1024 * 255 * 63 - 1), [0xFE, 0xFF, 0xFF]);
        assert_eq!(cylinder_head_sector(1024 * 255 * 63), [0xFE, 0xFF, 0xFF]);
        assert_eq!(cylinder_head_sector(u64::from(u32::MAX)), [0xFE, 0xFF, 0xFF]);
    }

    /// Two logical partitions, the one further behind first in the list, between two primary ones.
    fn chain_of_two() -> Disk {
        let partitions = vec![
            at(512, 9 * 512),
            logical(at(40 * 512, 20 * 512)),
            at(60 * 512, 4 * 512),
            logical(at(11 * 512, 19 * 512)),
        ];
        mbr(512, partitions)
    }

    #[test]
    fn extended_boot_records_count_from_themselves_and_links_from_the_first_one() {
        let plan = chain_of_two().plan().unwrap();
        assert_eq!(plan.numbers, [1, 6, 3, 5]);
        // The second slot of the MBR: sectors 10 to 59.
        assert_eq!(piece_at(&plan, 0)[0x1CE..0x1DE], hex("00 00 0B 00 0F 00 3C 00 0A 00 00 00 32 00 00 00"));
        let first = piece_at(&plan, 10 * 512);
        // One sector behind this record, 19 sectors; the next record 29 sectors behind this one, 21 sectors with it.
        assert_eq!(first[0x1BE..0x1CE], hex("00 00 0C 00 07 00 1E 00 01 00 00 00 13 00 00 00"));
        assert_eq!(first[0x1CE..0x1DE], hex("00 00 28 00 05 00 3C 00 1D 00 00 00 15 00 00 00"));
        assert_eq!(first[0x1FE..], hex("55 AA"));
        let second = piece_at(&plan, 39 * 512);
        assert_eq!(second[0x1BE..0x1CE], hex("00 00 29 00 07 00 3C 00 01 00 00 00 14 00 00 00"));
        assert_eq!(&second[0x1CE..0x1FE], [0; 0x30]);
    }

    #[test]
    fn a_gpt_header_has_its_fields_where_uefi_says() {
        let partition = Partition { is_bootable: true, ..named(0x11, "D", at(6 * 4096, 10 * 4096)) };
        let plan = gpt(4096, vec![partition]).plan().unwrap();
        // Sectors 0 to 5 table, 6 to 15 partition, 16 to 19 backup entries, 20 backup header.
        assert_eq!(plan.size, 21 * 4096);
        let offsets: Vec<u64> = plan.pieces().iter().map(|piece| piece.offset / 4096).collect();
        assert_eq!(offsets, [0, 1, 2, 16, 20]);
        let protective = hex("00 00 02 00 EE FF FF FF 01 00 00 00 14 00 00 00");
        assert_eq!(piece_at(&plan, 0)[0x1BE..0x1CE], protective);

        let mut entry = BASIC_DATA_TYPE.0.to_vec();
        entry.extend([0x11; 16]);
        entry.extend(hex("06 00 00 00 00 00 00 00 0F 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 44 00"));
        entry.resize(128, 0);
        assert_eq!(piece_at(&plan, 2 * 4096), entry);
        assert_eq!(piece_at(&plan, 16 * 4096), entry);
        entry.resize(16384, 0);

        for (own, other, entries) in [(1_u8, 20, 2), (20, 1, 16)] {
            let header = piece_at(&plan, u64::from(own) * 4096);
            let mut expected = hex("45 46 49 20 50 41 52 54 00 00 01 00 5C 00 00 00 00 00 00 00 00 00 00 00");
            for sector in [own, other, 6, 15] {
                expected.extend([sector, 0, 0, 0, 0, 0, 0, 0]);
            }
            expected.extend(DISK_ID.0);
            expected.extend([entries, 0, 0, 0, 0, 0, 0, 0]);
            expected.extend(hex("80 00 00 00 80 00 00 00"));
            expected.extend(crc32(&entry).to_le_bytes());
            let checksum = crc32(&expected);
            expected[16..20].copy_from_slice(&checksum.to_le_bytes());
            assert_eq!(header, expected);
        }
    }

    #[test]
    fn partitions_without_a_start_are_on_multiples_of_the_alignment() {
        const MIB: u64 = 1 << 20;
        let partitions = || vec![Partition::new(3 * 512), logical(Partition::new(512)), logical(Partition::new(512))];
        let plan = mbr(512, partitions()).plan().unwrap();
        assert_eq!(plan.starts, [MIB, 3 * MIB, 5 * MIB]);
        let records: Vec<u64> = plan.pieces().iter().map(|piece| piece.offset).collect();
        assert_eq!(records, [0, 2 * MIB, 4 * MIB]);
        assert_eq!(plan.size, 5 * MIB + 512);

        let small = Disk { alignment: 512, ..mbr(512, partitions()) }.plan().unwrap();
        assert_eq!(small.starts, [512, 5 * 512, 7 * 512]);

        let plan = gpt(512, vec![Partition::new(512), at(8 * MIB, 512), Partition::new(512)]).plan().unwrap();
        assert_eq!(plan.starts, [MIB, 8 * MIB, 9 * MIB]);
        let small = Disk { alignment: 512, ..gpt(512, vec![Partition::new(512)]) }.plan().unwrap();
        assert_eq!(small.starts, [34 * 512]);
        assert_eq!(small.size, (34 + 1 + 33) * 512);
    }

    #[test]
    fn tables_without_partitions_are_tables() {
        assert_eq!(mbr(4096, Vec::new()).plan().unwrap().size, 4096);
        let plan = gpt(512, Vec::new()).plan().unwrap();
        assert_eq!(plan.size, (34 + 1 + 33) * 512);
        // The first and the last usable sector are one and the same.
        assert_eq!(piece_at(&plan, 512)[0x28..0x38], hex("22 00 00 00 00 00 00 00 22 00 00 00 00 00 00 00"));
    }

    #[test]
    fn a_protective_mbr_of_a_large_disk_covers_what_it_can() {
        let plan = gpt(512, vec![Partition::new(1 << 42)]).plan().unwrap();
        assert_eq!(piece_at(&plan, 0)[0x1CA..0x1CE], hex("FF FF FF FF"));
    }

    #[test]
    fn a_disk_may_end_where_an_mbr_ends() {
        let limit = 1 << 41;
        let plan = mbr(512, vec![at(512, limit - 512)]).plan().unwrap();
        assert_eq!(plan.size, limit);
        assert_eq!(piece_at(&plan, 0)[0x1C6..0x1CE], hex("01 00 00 00 FF FF FF FF"));
    }

    #[track_caller]
    fn refuse(disk: Disk, error: Error, message: &str) {
        assert_eq!(disk.plan(), Err(error.clone()));
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn sizes_that_no_disk_has_are_refused() {
        refuse(
            mbr(520, Vec::new()),
            Error::SectorSize { sector: 520 },
            "sectors of 520 bytes: expected 512, 1024, 2048 or 4096",
        );
        for alignment in [0, 4096 + 512] {
            refuse(
                Disk { alignment, ..mbr(4096, Vec::new()) },
                Error::Alignment { alignment, sector: 4096 },
                &format!("alignment of {alignment} bytes: expected a multiple of the sector, 4096 bytes"),
            );
        }
    }

    #[test]
    fn more_partitions_than_a_table_holds_are_refused() {
        let five = vec![Partition::new(512); 5];
        assert!(mbr(512, five[..4].to_vec()).plan().is_ok());
        refuse(
            mbr(512, five.clone()),
            Error::TooManyPrimaryPartitions { primary: 5, extended: false },
            "5 primary partitions: an MBR has 4 slots",
        );
        let mut with_logical = five;
        with_logical[4].is_logical = true;
        refuse(
            mbr(512, with_logical),
            Error::TooManyPrimaryPartitions { primary: 4, extended: true },
            "4 primary partitions and an extended one: an MBR has 4 slots",
        );
        assert!(gpt(512, vec![Partition::new(512); 128]).plan().is_ok());
        refuse(
            gpt(512, vec![Partition::new(512); 129]),
            Error::TooManyEntries { partitions: 129 },
            "129 partitions: a GPT has 128 entries",
        );
    }

    #[test]
    fn partitions_that_are_none_are_refused() {
        refuse(
            gpt(512, vec![logical(Partition::new(512))]),
            Error::LogicalOnGpt { partition: 0 },
            "partition 1 is logical, which a GPT does not have",
        );
        let unused = Partition { mbr_type: 0, gpt_type: Guid([0; 16]), ..Partition::new(512) };
        for disk in [mbr(512, vec![unused.clone()]), gpt(512, vec![unused])] {
            let message = "partition 1 has the type 0, which means an unused slot";
            refuse(disk, Error::UnusedType { partition: 0 }, message);
        }
        refuse(mbr(512, vec![Partition::new(0)]), Error::Empty { partition: 0 }, "partition 1 has no bytes");
    }

    #[test]
    fn values_that_a_partition_cannot_have_are_refused() {
        refuse(
            mbr(4096, vec![Partition::new(4096), Partition::new(512)]),
            Error::SizeNotInSectors { partition: 1, size: 512, sector: 4096 },
            "partition 2 has 512 bytes: expected a multiple of the sector, 4096 bytes",
        );
        refuse(
            mbr(512, vec![at(513, 512)]),
            Error::StartNotOnSector { partition: 0, start: 513, sector: 512 },
            "partition 1 starts at 0x201: expected a multiple of the sector, 512 bytes",
        );
        let name = |units| vec![Partition { name: vec![0x41; units], ..Partition::new(512) }];
        assert!(gpt(512, name(36)).plan().is_ok());
        refuse(
            gpt(512, name(37)),
            Error::NameTooLong { partition: 0, units: 37 },
            "the name of partition 1 has 37 UTF-16 units: a GPT has room for 36",
        );
        assert!(mbr(512, name(37)).plan().is_ok());
    }

    #[test]
    fn partitions_in_each_others_place_are_refused() {
        refuse(
            gpt(512, vec![at(33 * 512, 512)]),
            Error::OverlapsTable { partition: 0, start: 33 * 512, table_end: 34 * 512 },
            "partition 1 needs the disk from 0x4200 on: the partition table ends at 0x4400",
        );
        for start in [0, 512] {
            refuse(
                mbr(512, vec![logical(at(start, 512))]),
                Error::OverlapsTable { partition: 0, start: 0, table_end: 512 },
                "partition 1 needs the disk from 0x0 on: the partition table ends at 0x200",
            );
        }
        refuse(
            mbr(512, vec![at(1024, 1024), at(512, 1024)]),
            Error::Overlap { partition: 0, start: 1024, other: 1, other_end: 1536 },
            "partition 1 needs the disk from 0x400 on: partition 2 ends at 0x600",
        );
        // No sector is left for the extended boot record.
        refuse(
            mbr(512, vec![at(512, 512), logical(at(1024, 512))]),
            Error::Overlap { partition: 1, start: 512, other: 0, other_end: 1024 },
            "partition 2 needs the disk from 0x200 on: partition 1 ends at 0x400",
        );
        refuse(
            mbr(512, vec![logical(at(1024, 512)), at(1536, 512), logical(at(4096, 512))]),
            Error::InsideExtended { partition: 1, start: 1536, extended_start: 512, extended_end: 4608 },
            "primary partition 2 starts at 0x600, inside the extended partition at 0x200 to 0x1200",
        );
    }

    #[test]
    fn partitions_out_of_reach_are_refused() {
        refuse(
            mbr(512, vec![at(512, 1 << 41)]),
            Error::BeyondMbr { partition: 0, end: (1 << 41) + 512, limit: 1 << 41 },
            "partition 1 ends at 0x20000000200: an MBR reaches to 0x20000000000",
        );
        let size = u64::MAX - 511;
        refuse(
            gpt(512, vec![Partition::new(size)]),
            Error::BeyondDisk { partition: 0, size },
            "partition 1 of 18446744073709551104 bytes ends beyond 2^64 bytes",
        );
        // The partition has room, the backup table behind it has not.
        refuse(
            gpt(512, vec![Partition::new(512), at(1 << 63, (1 << 63) - 512)]),
            Error::BeyondDisk { partition: 1, size: (1 << 63) - 512 },
            "partition 2 of 9223372036854775296 bytes ends beyond 2^64 bytes",
        );
    }

    // What other tools read and write.

    /// The disks that other tools are asked about, each with sectors of 512 and 4,096 bytes.
    fn disks(sector: u32) -> [(&'static str, Disk); 4] {
        let bytes = |sectors: u64| sectors * u64::from(sector);
        let boot = Partition { is_bootable: true, ..at(bytes(63), bytes(1000)) };
        let primary = vec![boot.clone(), at(bytes(2048), bytes(5000)), at(bytes(16_450_000), bytes(9000))];
        let first_logical = logical(at(bytes(4096), bytes(2048)));
        let second_logical = logical(at(bytes(8192), bytes(3903)));
        // Only from the third one on does it matter that links count from the first boot record.
        let third_logical = logical(at(bytes(13_000), bytes(100)));
        let with_logical = vec![boot, first_logical, second_logical, third_logical, at(bytes(20_000), bytes(8))];
        let first_free = if sector == 512 { 34 } else { 6 };
        let two_named = vec![
            named(0x11, "Basic data partition", at(bytes(first_free), bytes(100))),
            named(0x22, "Großer Ärger", at(bytes(4096), bytes(4096))),
        ];
        let full = (0..128).map(|number| named(number, "p", Partition::new(bytes(256)))).collect();
        [
            ("primary", mbr(sector, primary)),
            ("logical", mbr(sector, with_logical)),
            ("named", gpt(sector, two_named)),
            ("full", gpt(sector, full)),
        ]
    }

    fn write_image(path: &Path, plan: &Plan) {
        let mut file = std::fs::File::create(path).unwrap();
        file.set_len(plan.size).unwrap();
        for piece in plan.pieces() {
            file.seek(SeekFrom::Start(piece.offset)).unwrap();
            file.write_all(&piece.bytes).unwrap();
        }
    }

    /// Standard output and error of a tool; `None`, said loudly, where it is not installed.
    fn run(tool: &str, arguments: &[&str], path: &Path, input: &str) -> Option<String> {
        let mut command = Command::new(tool);
        command.args(arguments).arg(path).env("LC_ALL", "C.UTF-8");
        // `fdisk` and its kin are where the search path of ordinary users does not lead.
        let search_path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{search_path}:/usr/sbin:/sbin"));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            eprintln!("SKIPPED: {tool} is not installed, nothing was compared with it");
            return None;
        };
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool}: {text}");
        Some(text.into_owned())
    }

    /// Every line with one space between its words.
    fn lines_of_words(text: &str) -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// The disk as a script for `fdisk`, the extended partition included.
    fn fdisk_script(disk: &Disk, plan: &Plan) -> String {
        let sector = u64::from(disk.sector);
        let mut script = match disk.table {
            TableKind::Mbr { signature } => format!("label: dos\nlabel-id: {signature:#x}\n"),
            TableKind::Gpt { disk: id } => {
                format!("label: gpt\nlabel-id: {id}\nfirst-lba: {}\n", disk.table_end() / sector)
            }
        };
        writeln!(script, "sector-size: {sector}").unwrap();
        let mut extended = disk
            .partitions
            .iter()
            .zip(&plan.starts)
            .filter(|(partition, _)| partition.is_logical)
            .map(|(partition, start)| (start / sector - 1, (start + partition.size) / sector));
        let extended = extended.next().map(|(start, end)| (start, extended.next_back().map_or(end, |(_, end)| end)));
        let mut is_extended_written = false;
        for ((partition, start), number) in disk.partitions.iter().zip(&plan.starts).zip(&plan.numbers) {
            if let Some((start, end)) = extended.filter(|_| partition.is_logical && !is_extended_written) {
                writeln!(script, "2: start={start}, size={}, type=f", end - start).unwrap();
                is_extended_written = true;
            }
            let (start, size) = (start / sector, partition.size / sector);
            write!(script, "{number}: start={start}, size={size}").unwrap();
            if let TableKind::Mbr { .. } = disk.table {
                writeln!(script, ", type=7{}", if partition.is_bootable { ", bootable" } else { "" }).unwrap();
            } else {
                let name = String::from_utf16(&partition.name).unwrap();
                writeln!(script, ", type={}, uuid={}, name=\"{name}\"", partition.gpt_type, partition.id).unwrap();
            }
        }
        script
    }

    #[test]
    fn fdisk_writes_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, theirs, script] = ["ours", "theirs", "script"].map(|name| folder.path().join(name));
        for (name, disk) in [512, 4096].into_iter().flat_map(disks) {
            let plan = disk.plan().unwrap();
            write_image(&ours, &plan);
            std::fs::File::create(&theirs).unwrap().set_len(plan.size).unwrap();
            std::fs::write(&script, fdisk_script(&disk, &plan)).unwrap();
            let commands = format!("I\n{}\nw\n", script.display());
            let arguments = ["-b", &disk.sector.to_string()];
            let Some(text) = run("fdisk", &arguments, &theirs, &commands) else { return };
            let mut theirs = std::fs::File::open(&theirs).unwrap();
            for piece in plan.pieces() {
                let mut bytes = vec![0; piece.bytes.len()];
                theirs.seek(SeekFrom::Start(piece.offset)).unwrap();
                theirs.read_exact(&mut bytes).unwrap();
                assert!(bytes == piece.bytes, "{name}, sector {}, at {:#x}: {text}", disk.sector, piece.offset);
            }
        }
    }

    #[test]
    fn sfdisk_reads_the_partitions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (name, disk) in disks(512) {
            let plan = disk.plan().unwrap();
            write_image(&path, &plan);
            let Some(dump) = run("sfdisk", &["--dump"], &path, "") else { return };
            let lines = lines_of_words(&dump);
            for ((partition, start), number) in disk.partitions.iter().zip(&plan.starts).zip(&plan.numbers) {
                let place = format!("{number} : start= {}, size= {}, ", start / 512, partition.size / 512);
                assert!(lines.iter().any(|line| line.contains(&place)), "{name}: {place} in {dump}");
            }
            let Some(verdict) = run("sfdisk", &["--verify"], &path, "") else { return };
            assert!(verdict.contains("No errors detected"), "{name}: {verdict}");
        }
    }

    #[test]
    fn fdisk_reads_the_partitions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (name, disk) in [512, 4096].into_iter().flat_map(disks) {
            let plan = disk.plan().unwrap();
            write_image(&path, &plan);
            let sector = u64::from(disk.sector);
            let arguments = ["-b", &sector.to_string(), "-o", "Start,Sectors,Type", "-l"];
            let Some(list) = run("fdisk", &arguments, &path, "") else { return };
            let lines = lines_of_words(&list);
            let kind =
                if matches!(disk.table, TableKind::Mbr { .. }) { "HPFS/NTFS/exFAT" } else { "Microsoft basic data" };
            for (partition, start) in disk.partitions.iter().zip(&plan.starts) {
                let line = format!("{} {} {kind}", start / sector, partition.size / sector);
                assert!(lines.contains(&line), "{name}: {line} in {list}");
            }
        }
    }

    /// `sgdisk` takes every file for a disk with sectors of 512 bytes.
    #[test]
    fn sgdisk_finds_no_problems() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (name, disk) in disks(512).into_iter().filter(|(_, disk)| matches!(disk.table, TableKind::Gpt { .. })) {
            let plan = disk.plan().unwrap();
            write_image(&path, &plan);
            let Some(verdict) = run("sgdisk", &["-v"], &path, "") else { return };
            assert!(verdict.contains("No problems found"), "{name}: {verdict}");
            let Some(list) = run("sgdisk", &["-p"], &path, "") else { return };
            assert!(list.contains("01234567-89AB-CDEF-0123-456789ABCDEF"), "{list}");
            let lines = lines_of_words(&list);
            for ((partition, start), number) in disk.partitions.iter().zip(&plan.starts).zip(&plan.numbers) {
                let line = format!("{number} {} {} ", start / 512, (start + partition.size) / 512 - 1);
                let found = lines.iter().find(|found| found.starts_with(&line));
                let partition_name = String::from_utf16(&partition.name).unwrap();
                let is_named = |found: &String| found.ends_with(&format!(" 0700 {partition_name}"));
                assert!(found.is_some_and(is_named), "{name}: {line} in {list}");
            }
        }
    }

    #[test]
    fn mmls_reads_the_partitions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (name, disk) in [512, 4096].into_iter().flat_map(disks) {
            let plan = disk.plan().unwrap();
            write_image(&path, &plan);
            let sector = u64::from(disk.sector);
            let Some(list) = run("mmls", &["-b", &sector.to_string()], &path, "") else { return };
            for (partition, start) in disk.partitions.iter().zip(&plan.starts) {
                let (first, count) = (start / sector, partition.size / sector);
                let line = format!("{first:010}   {:010}   {count:010}", first + count - 1);
                assert!(list.contains(&line), "{name}: {line} in {list}");
            }
        }
    }
}
