//! One NTFS volume, or an extracted MFT that stands for one.

use format::{
    AttributeType, BOOT_SECTOR_SIZE, BootSector, BootSectorError, FileRecord, Form, Issue, NonResident, RecordFlags,
    SlotState, VolumeFlags, VolumeInformation, WtfString, slot_state,
};
use image::{Image, ImageOffset, Partition};

use crate::clusters::ClusterMap;
use crate::mft::Mft;
use crate::problem::{Cause, OpenError, Problem, VolumeIssue};
use crate::stream::{Extent, Stream};

/// What record 3 says of the volume; each part if it could be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VolumeState {
    /// The label; `None` if there is none.
    pub label: Option<WtfString>,
    /// Major and minor version.
    pub ntfs_version: Option<(u8, u8)>,
    /// Whether the volume was not unmounted, so that its log has not been played back.
    pub dirty: Option<bool>,
}

/// One NTFS volume of an image, opened.
#[derive(Debug)]
pub struct Volume<'i> {
    /// The image.
    pub image: &'i Image,
    /// Where the volume lies.
    pub partition: Partition,
    /// Its geometry; `None` of an extracted MFT.
    pub boot: Option<BootSector>,
    /// Label, version, state.
    pub state: VolumeState,
    pub(crate) clusters: Option<ClusterMap<'i>>,
    pub(crate) mft: Mft,
}

impl<'i> Volume<'i> {
    /// Opens the volume in `partition`, with its backup boot sector and MFT mirror where the first copies cannot be used.
    ///
    /// # Errors
    /// Neither boot sector can be used, or no record says where the MFT lies.
    pub fn open(image: &'i Image, partition: Partition, problems: &mut Vec<Problem>) -> Result<Volume<'i>, OpenError> {
        let primary = read_boot_sector(image, partition.offset);
        let backup = find_backup(image, &partition);
        let mut noted = Vec::new();
        let outcome = match primary {
            Ok(boot) => {
                let other = backup.filter(|(backup, _)| *backup != boot);
                noted.extend(other.map(|(backup, _)| {
                    let (here, there) = (Box::new(boot), Box::new(backup));
                    at(partition.offset, VolumeIssue::BootSectorsDiffer { here, there })
                }));
                open_by(image, &partition, boot, &mut noted).or_else(|error| {
                    let (backup, offset) = other.ok_or(error)?;
                    noted.clear();
                    noted.push(at(offset, VolumeIssue::BackupBootSectorForMft));
                    open_by(image, &partition, backup, &mut noted).map_err(|_| error)
                })
            }
            Err(reason) => {
                let (boot, offset) = backup.ok_or(OpenError::BootSector(reason))?;
                noted.push(at(offset, VolumeIssue::BackupBootSector { reason }));
                open_by(image, &partition, boot, &mut noted)
            }
        };
        let (boot, clusters, mft) = outcome?;
        problems.append(&mut noted);
        let mut volume =
            Volume { image, partition, boot: Some(boot), state: VolumeState::default(), clusters: Some(clusters), mft };
        volume.state = volume.read_state();
        Ok(volume)
    }

    /// Takes the whole image for an extracted MFT, if it begins with a file record.
    pub fn open_bare_mft(image: &'i Image, problems: &mut Vec<Problem>) -> Option<Volume<'i>> {
        Some(Volume::bare(image, first_record_size(image)?, problems))
    }

    /// Takes the whole image for an extracted MFT whose first record is lost, if the records after it say so.
    pub fn open_damaged_bare_mft(image: &'i Image, problems: &mut Vec<Problem>) -> Option<Volume<'i>> {
        let bytes_per_record = later_record_size(image)?;
        problems.push(Problem { record: Some(0), ..at(ImageOffset(0), VolumeIssue::FirstRecordUnusable) });
        Some(Volume::bare(image, bytes_per_record, problems))
    }

    fn bare(image: &'i Image, bytes_per_record: u32, problems: &mut Vec<Problem>) -> Volume<'i> {
        let mft = Mft::bare(image, bytes_per_record, problems);
        let partition = Partition::whole_image(image);
        let mut volume = Volume { image, partition, boot: None, state: VolumeState::default(), clusters: None, mft };
        volume.state = volume.read_state();
        volume
    }

    /// Bytes of one file record.
    pub fn bytes_per_record(&self) -> u32 {
        self.mft.bytes_per_record
    }

    /// How many slots the MFT has.
    pub fn record_slots(&self) -> u64 {
        self.mft.slots
    }

    /// The pieces of the MFT, by position.
    pub fn mft_extents(&self) -> &[Extent] {
        self.mft.stream.extents()
    }

    /// Where a byte of a record lies in the image; `None` if the slot has no place in it.
    pub fn image_offset(&self, record: u64, offset_in_record: u32) -> Option<ImageOffset> {
        self.mft.image_offset(record, offset_in_record)
    }

    /// Where a value that lies in clusters is; `None` of an extracted MFT, which has no clusters.
    ///
    /// Runs are read up to the first that is damaged; issues have their offset from the start of the record.
    pub fn extents(&self, value: &NonResident<'_>) -> Option<(Vec<Extent>, Vec<Issue>)> {
        self.clusters.as_ref().map(|clusters| clusters.extents(value))
    }

    /// Appends the first `size` bytes of the value that `stream` is, up to the first that the image does not have.
    ///
    /// Allocates no more than `size` bytes: the caller has checked it against what its kind of value can have.
    pub fn append_value(&self, stream: &Stream, size: u64, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        let length = usize::try_from(size.min(stream.available(self.image))).unwrap_or(0);
        bytes.resize(start + length, 0);
        stream.read_at(self.image, 0, bytes.get_mut(start..).unwrap_or_default());
    }

    /// Copies one slot of the MFT into `slot`, as it lies in the image; zeros where the image has no such slot.
    pub fn read_slot(&self, record: u64, slot: &mut Vec<u8>) {
        slot.clear();
        slot.resize(self.mft.bytes_per_record as usize, 0);
        if record < self.mft.slots {
            let start = record * u64::from(self.mft.bytes_per_record);
            self.mft.stream.read_at(self.image, start, slot);
        }
    }

    /// Label, version and state from record 3; its damage is reported by the walk, which reads it again.
    fn read_state(&self) -> VolumeState {
        const VOLUME_RECORD: u64 = 3;
        let mut slot = Vec::new();
        self.read_slot(VOLUME_RECORD, &mut slot);
        let mut state = VolumeState::default();
        let Some(record) = FileRecord::decode(&mut slot, &mut Vec::new()) else { return state };
        for attribute in record.attributes().flatten() {
            let Form::Resident { value, .. } = attribute.form else { continue };
            match attribute.type_code {
                AttributeType::VOLUME_NAME if !value.is_empty() => {
                    state.label = Some(format::Utf16::new(value).to_wtf8());
                }
                AttributeType::VOLUME_INFORMATION => {
                    let Ok(information) = VolumeInformation::decode(value) else { continue };
                    state.ntfs_version = Some((information.major_version, information.minor_version));
                    state.dirty = Some(information.flags.contains(VolumeFlags::DIRTY));
                }
                _ => {}
            }
        }
        state
    }
}

/// A problem of the volume as a whole.
fn at(offset: ImageOffset, issue: VolumeIssue) -> Problem {
    Problem { record: None, offset: Some(offset), cause: Cause::Volume(issue) }
}

/// Reads and checks the boot sector at a place.
pub fn read_boot_sector(image: &Image, offset: ImageOffset) -> Result<BootSector, BootSectorError> {
    let mut sector = [0; BOOT_SECTOR_SIZE];
    let length = image.read_at(offset, &mut sector);
    BootSector::decode(sector.get(..length).unwrap_or_default())
}

/// The backup boot sector: after the counted sectors, normally in the partition's last sector.
///
/// It is taken only where it lies at the place that its own numbers give, so that no stray copy is mistaken for it.
fn find_backup(image: &Image, partition: &Partition) -> Option<(BootSector, ImageOffset)> {
    let available = image.size().saturating_sub(partition.offset.0);
    let ends = [partition.size.min(available), available];
    let sector_sizes = [512, 1024, 2048, 4096];
    ends.into_iter().flat_map(|end| sector_sizes.map(|size| end.checked_sub(size))).flatten().find_map(|place| {
        let offset = partition.offset.checked_add(place)?;
        let boot = read_boot_sector(image, offset).ok()?;
        (place > 0 && boot.volume_size() == place).then_some((boot, offset))
    })
}

/// Finds the MFT by a boot sector: through record 0, or through its copy in the mirror.
fn open_by<'i>(
    image: &'i Image,
    partition: &Partition,
    boot: BootSector,
    problems: &mut Vec<Problem>,
) -> Result<(BootSector, ClusterMap<'i>, Mft), OpenError> {
    let start = partition.offset;
    let available = image.size().saturating_sub(start.0);
    if boot.volume_size() > available {
        let issue = VolumeIssue::VolumePastImage { volume_size: boot.volume_size(), available };
        problems.push(at(start, issue));
    }
    // A boot sector that counts too few sectors must not hide what lies behind them.
    let bytes_per_cluster = boot.bytes_per_cluster;
    let clusters = boot.clusters().max(partition.size.min(available) / u64::from(bytes_per_cluster));
    let clusters = ClusterMap { image, start, bytes_per_cluster, clusters };
    let mft = clusters.offset(boot.mft).unwrap_or(ImageOffset(u64::MAX));
    let mirror = clusters.offset(boot.mft_mirror).unwrap_or(ImageOffset(u64::MAX));
    // A whole record is better than a torn one, and of two alike the MFT's own is better than its copy.
    let attempts = [
        (mft, FirstRecord::MustBeWhole),
        (mirror, FirstRecord::MustBeWhole),
        (mft, FirstRecord::MayBeTorn),
        (mirror, FirstRecord::MayBeTorn),
    ];
    for (place, accept) in attempts {
        let mut noted = Vec::new();
        if let Some(found) = bootstrap_at(&clusters, &boot, place, accept, &mut noted) {
            let used_mirror = Problem { record: Some(0), ..at(mft, VolumeIssue::MirrorUsed) };
            problems.extend((place != mft).then_some(used_mirror));
            problems.append(&mut noted);
            return Ok((boot, clusters, found));
        }
    }
    Err(OpenError::NoMft { mft, mirror })
}

/// How much damage of record 0 is put up with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstRecord {
    MustBeWhole,
    MayBeTorn,
}

fn bootstrap_at(
    clusters: &ClusterMap<'_>,
    boot: &BootSector,
    at: ImageOffset,
    accept: FirstRecord,
    problems: &mut Vec<Problem>,
) -> Option<Mft> {
    let mut slot = vec![0; boot.bytes_per_record as usize];
    clusters.image.read_at(at, &mut slot);
    // Its damage is reported by the walk, which reads it again.
    let record = FileRecord::decode(&mut slot, &mut Vec::new())?;
    let is_mft = record.header.flags.contains(RecordFlags::IN_USE) && !record.header.is_extension();
    if !is_mft || record.torn && accept == FirstRecord::MustBeWhole {
        return None;
    }
    Mft::bootstrap(clusters, boot, &record, at, problems)
}

/// Bytes per record of an image that begins with a record, as an extracted MFT does.
fn first_record_size(image: &Image) -> Option<u32> {
    let mut start = [0; 0x20];
    image.read_at(ImageOffset(0), &mut start);
    let is_record = matches!(slot_state(&start), SlotState::InUse | SlotState::Free);
    let allocated = format::bytes::u32_at(&start, 0x1C).filter(|size| RECORD_SIZES.contains(size));
    is_record.then(|| allocated.unwrap_or(1024))
}

/// Bytes per record of an extracted MFT whose first record is lost: the size at which the next slots hold records that
/// carry the numbers of those slots.
fn later_record_size(image: &Image) -> Option<u32> {
    const SLOTS: u32 = 16;
    const ENOUGH: usize = 4;
    let is_in_its_slot = |size: u32, slot: u32| {
        let mut start = [0; 0x30];
        image.read_at(ImageOffset(u64::from(slot) * u64::from(size)), &mut start);
        matches!(slot_state(&start), SlotState::InUse | SlotState::Free)
            && format::bytes::u32_at(&start, 0x2C) == Some(slot)
    };
    RECORD_SIZES.into_iter().find(|size| (1..SLOTS).filter(|slot| is_in_its_slot(*size, *slot)).count() >= ENOUGH)
}

/// Sizes of file records that Windows makes, in bytes.
const RECORD_SIZES: [u32; 2] = [1024, 4096];
