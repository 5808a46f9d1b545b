//! The MFT: a file whose own first record says where it lies.

use std::collections::HashSet;

use format::{
    Attribute, AttributeListEntries, AttributeListEntry, AttributeType, BootSector, FileRecord, FileReference, Form,
    Issue, LARGEST_ATTRIBUTE_LIST, NonResident, RecordFlags,
};
use image::{Image, ImageOffset};

use crate::clusters::ClusterMap;
use crate::problem::{Cause, Problem, VolumeIssue};
use crate::stream::{Extent, Stream};

/// Where the slots of the MFT lie, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Mft {
    /// The bytes of the slots, the first record's first.
    pub stream: Stream,
    /// Bytes of one slot.
    pub bytes_per_record: u32,
    /// How many slots there are; those without a place in the stream read as zeros.
    pub slots: u64,
}

/// The highest count of records that Windows' own implementation has.
const MOST_RECORDS: u64 = u32::MAX as u64;

impl Mft {
    /// An extracted MFT: the whole image is its slots.
    pub fn bare(image: &Image, bytes_per_record: u32, problems: &mut Vec<Problem>) -> Mft {
        let mut mft = Mft { bytes_per_record, ..Mft::default() };
        mft.stream.insert(Extent { start: 0, length: image.size(), image_offset: Some(ImageOffset(0)) });
        mft.set_size(image.size(), problems);
        if let Some(missing) =
            mft.own_size(image).and_then(|size| size.checked_sub(image.size())).filter(|size| *size > 0)
        {
            let issue = VolumeIssue::MftPastImage { missing };
            problems.push(Problem { record: Some(mft.slots), offset: None, cause: Cause::Volume(issue) });
        }
        mft
    }

    /// What the MFT's own record says of its size, in bytes.
    fn own_size(&self, image: &Image) -> Option<u64> {
        let mut slot = vec![0; self.bytes_per_record as usize];
        self.stream.read_at(image, 0, &mut slot);
        // Its damage is reported by the walk, which reads it again.
        let record = FileRecord::decode(&mut slot, &mut Vec::new())?;
        let mut data = record.attributes().flatten().filter_map(unnamed_data);
        data.find(|data| data.lowest_vcn.0 == 0).map(|data| data.data_size)
    }

    /// The MFT of a volume, found through its first record and that record's attribute list. `first_record` lies at
    /// `at` in the image, which is the mirror when record 0 itself cannot be used.
    ///
    /// `None` if the record does not say where any of the MFT lies.
    pub fn bootstrap(
        clusters: &ClusterMap<'_>,
        boot: &BootSector,
        first_record: &FileRecord<'_>,
        at: ImageOffset,
        problems: &mut Vec<Problem>,
    ) -> Option<Mft> {
        let mut bootstrap = Bootstrap {
            clusters,
            mft: Mft { bytes_per_record: boot.bytes_per_record, ..Mft::default() },
            bytes_left: clusters.image.size(),
            own_sequence: first_record.header.sequence_number,
            problems,
        };
        let mut size = None;
        for data in first_record.attributes().flatten().filter_map(unnamed_data) {
            size = size.or((data.lowest_vcn.0 == 0).then_some(data.data_size.min(data.initialized_size)));
            bootstrap.add_extents(&data, |_, offset| at.checked_add(u64::from(offset)));
        }
        let list = first_record.attributes().flatten().find(|found| found.type_code == AttributeType::ATTRIBUTE_LIST);
        if let Some(list) = list {
            bootstrap.follow_attribute_list(&list);
        }
        let mut mft = bootstrap.mft;
        mft.set_size(size?, problems);
        mft.report_missing_parts(clusters.image, size?, problems);
        (mft.slots > 0 && !mft.stream.extents().is_empty()).then_some(mft)
    }

    /// Counts the slots in `size` bytes.
    fn set_size(&mut self, size: u64, problems: &mut Vec<Problem>) {
        let bytes_per_record = u64::from(self.bytes_per_record);
        let size = size.min(self.stream.end());
        self.slots = (size / bytes_per_record).min(MOST_RECORDS);
        let rest = size % bytes_per_record;
        if rest != 0 {
            let offset = self.stream.image_offset(size - rest);
            problems.push(Problem {
                record: None,
                offset,
                cause: Cause::Volume(VolumeIssue::PartialRecord { bytes: rest }),
            });
        }
    }

    /// Where a byte of a record lies in the image.
    pub fn image_offset(&self, record: u64, offset_in_record: u32) -> Option<ImageOffset> {
        let start = record.checked_mul(u64::from(self.bytes_per_record))?;
        self.stream.image_offset(start.checked_add(u64::from(offset_in_record))?)
    }

    /// Reports what the `size` bytes of the MFT lack: parts that no run describes, and runs past the image's end.
    fn report_missing_parts(&self, image: &Image, size: u64, problems: &mut Vec<Problem>) {
        let bytes_per_record = u64::from(self.bytes_per_record);
        let mut problem = |position: u64, offset, issue| {
            problems.push(Problem { record: Some(position / bytes_per_record), offset, cause: Cause::Volume(issue) });
        };
        let missing_from = |covered: u64, end: u64| {
            let record = covered / bytes_per_record;
            VolumeIssue::MftExtentMissing { record, missing: end.saturating_sub(covered) }
        };
        let mut covered = 0;
        for extent in self.stream.extents() {
            if extent.start > covered {
                problem(covered, None, missing_from(covered, extent.start));
            }
            covered = extent.end();
            let in_image = extent.bytes_in_image(image);
            match extent.image_offset {
                // NTFS makes no holes in its MFT.
                None => problem(extent.start, None, missing_from(extent.start, extent.end())),
                Some(offset) if in_image < extent.length => {
                    let issue = VolumeIssue::MftPastImage { missing: extent.length - in_image };
                    problem(extent.start + in_image, offset.checked_add(in_image), issue);
                }
                Some(_) => {}
            }
        }
        if size > covered {
            problem(covered, None, missing_from(covered, size));
        }
    }
}

/// The unnamed `$DATA` in clusters that an attribute is, if it is one.
fn unnamed_data(attribute: Attribute<'_>) -> Option<NonResident<'_>> {
    match attribute.form {
        Form::NonResident(data) if attribute.type_code == AttributeType::DATA && attribute.name.is_empty() => {
            Some(data)
        }
        _ => None,
    }
}

/// An MFT being put together from the extents that records of its own name.
struct Bootstrap<'a, 'i> {
    clusters: &'a ClusterMap<'i>,
    mft: Mft,
    /// Honest extents do not overlap in the image, so together they are no larger than it.
    bytes_left: u64,
    /// Sequence number of record 0, which its extension records name.
    own_sequence: u16,
    problems: &'a mut Vec<Problem>,
}

impl Bootstrap<'_, '_> {
    /// Adds the extents of one `$DATA` attribute, up to the first that cannot be right; `place` tells, from the MFT as far
    /// as it is known, where a byte of its record lies.
    fn add_extents(&mut self, data: &NonResident<'_>, place: impl Fn(&Mft, u32) -> Option<ImageOffset>) {
        let (extents, issues) = self.clusters.extents(data);
        for issue in issues {
            self.problem(place(&self.mft, issue.offset), Cause::Structure(issue.kind));
        }
        for extent in extents {
            let in_image = extent.bytes_in_image(self.clusters.image);
            if in_image > self.bytes_left {
                let limit = self.clusters.image.size();
                self.problem(extent.image_offset, Cause::Volume(VolumeIssue::MftLargerThanImage { limit }));
                return;
            }
            if !self.mft.stream.insert(extent) {
                let record = extent.start / u64::from(self.mft.bytes_per_record);
                self.problem(extent.image_offset, Cause::Volume(VolumeIssue::MftExtentTwice { record }));
                return;
            }
            self.bytes_left -= in_image;
        }
    }

    /// Adds the extents that extension records hold.
    ///
    /// Such a record lies in the MFT itself, in a part that may become known only by another one: so the list is gone
    /// through until that brings nothing new. Entries keep their order (libfsntfs #35).
    fn follow_attribute_list(&mut self, list: &Attribute<'_>) {
        let value = self.list_value(list);
        let is_data = |entry: &AttributeListEntry<'_>| {
            entry.type_code == AttributeType::DATA && entry.name.is_empty() && entry.holder.record_number() != 0
        };
        let mut seen = HashSet::new();
        let holders = AttributeListEntries::new(&value).flatten().filter(is_data).map(|entry| entry.holder);
        let mut waiting: Vec<FileReference> = holders.filter(|holder| seen.insert(*holder)).collect();
        loop {
            let before = waiting.len();
            waiting.retain(|holder| !self.add_extension(*holder));
            if waiting.len() == before {
                break;
            }
        }
        for holder in waiting {
            let offset = self.mft.image_offset(holder.record_number(), 0);
            self.problem(offset, Cause::Volume(VolumeIssue::MftExtensionUnusable { holder }));
        }
    }

    fn list_value(&mut self, list: &Attribute<'_>) -> Vec<u8> {
        match list.form {
            Form::Resident { value, .. } => value.to_owned(),
            Form::NonResident(value) => {
                let (extents, _) = self.clusters.extents(&value);
                let size = usize::try_from(value.data_size.min(LARGEST_ATTRIBUTE_LIST)).unwrap_or(0);
                let mut stream = Stream::default();
                extents.into_iter().for_each(|extent| {
                    stream.insert(extent);
                });
                let mut bytes = vec![0; size];
                stream.read_at(self.clusters.image, 0, &mut bytes);
                let initialized = usize::try_from(value.initialized_size).unwrap_or(usize::MAX);
                bytes.iter_mut().skip(initialized).for_each(|byte| *byte = 0);
                bytes
            }
        }
    }

    /// Adds the extents that one extension record holds; `false` if it cannot be read (yet), or is not one of record 0.
    fn add_extension(&mut self, holder: FileReference) -> bool {
        let record_size = self.mft.bytes_per_record as usize;
        let Some(start) = holder.record_number().checked_mul(record_size as u64) else { return false };
        if self.mft.stream.image_offset(start).is_none() {
            return false;
        }
        let mut slot = vec![0; record_size];
        if self.mft.stream.read_at(self.clusters.image, start, &mut slot) < record_size as u64 {
            return false;
        }
        // Its damage is reported by the walk, which reads it again.
        let Some(record) = FileRecord::decode(&mut slot, &mut Vec::<Issue>::new()) else { return false };
        let header = record.header;
        let is_ours = header.flags.contains(RecordFlags::IN_USE)
            && header.base_record == FileReference::new(0, self.own_sequence)
            && header.is_extension()
            && header.sequence_number == holder.sequence_number();
        if !is_ours {
            return false;
        }
        let number = holder.record_number();
        for data in record.attributes().flatten().filter_map(unnamed_data) {
            self.add_extents(&data, |mft, offset| mft.image_offset(number, offset));
        }
        true
    }

    fn problem(&mut self, offset: Option<ImageOffset>, cause: Cause) {
        self.problems.push(Problem { record: Some(0), offset, cause });
    }
}
