//! From the slots of a chunk to facts.

use format::{
    Attribute, AttributeFlags, AttributeListEntries, AttributeType, FileAttributes, FileName, FileRecord,
    FileReference, Form, Guid, Issue, IssueKind, LinuxMetadata, NonResident, RecordFlags, SlotState,
    StandardInformation, UpCase, has_foreign_link_magic, is_free_base_record, is_marked_bad, slot_state,
};
use volume::{Cause, Chunk, Volume, VolumeIssue};

use crate::details::Details;
use crate::facts::{ChunkFacts, Extra, FreeName, Marks, Rare, SegmentFacts, Value, keep_holders};
use crate::name_hash::hash_stored;
use crate::problem::Problem;

/// Which slots become facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ExtractOptions {
    /// Records that are not in use as well.
    pub include_free: bool,
}

/// The facts of a chunk's slots. Slots that were never used, and records not in use unless they are asked for, are passed
/// over by their first bytes.
///
/// Facts are gathered in `room` and copied from there, so that they take what they need and no more: they outlive the
/// walk by far.
pub(crate) fn extract(
    volume: &Volume<'_>,
    up_case: &UpCase,
    options: ExtractOptions,
    room: &mut ChunkFacts,
    mut chunk: Chunk<'_>,
) -> ChunkFacts {
    room.clear();
    let mut extractor = Extractor { volume, up_case, options, chunk: room, issues: Vec::new() };
    while let Some(mut block) = chunk.next_block() {
        extractor.chunk.blocks.push(block.first_record);
        for (number, slot) in block.slots() {
            let place = extractor.visit(number, slot);
            extractor.chunk.slots.push(place);
        }
    }
    room.clone()
}

/// Issues of one record that are told apart: a hostile one can have thousands, and a few tell the story.
const MOST_ISSUES: usize = 16;

/// Facts of a chunk being gathered.
struct Extractor<'a, 'i> {
    volume: &'a Volume<'i>,
    up_case: &'a UpCase,
    options: ExtractOptions,
    chunk: &'a mut ChunkFacts,
    /// Of the record at hand, with offsets from its start.
    issues: Vec<Issue>,
}

/// The segment at hand, before it is pushed.
struct Segment {
    facts: SegmentFacts,
    details: Details,
    extra: Extra,
    has_extra: bool,
    /// The unnamed `$DATA` begins like a link file; whether it is one depends on the system attribute.
    link_file: Option<(Vec<u8>, u32)>,
}

impl Extractor<'_, '_> {
    /// Reads one slot as far as it is asked for, and answers its entry in the table of slots.
    #[inline]
    fn visit(&mut self, number: u64, slot: &mut [u8]) -> u16 {
        match slot_state(slot) {
            SlotState::NeverUsed => 0,
            SlotState::InUse | SlotState::NotARecord(_) => self.read(number, slot),
            SlotState::Free => {
                self.chunk.free_bases += u64::from(is_free_base_record(slot));
                if self.options.include_free { self.read(number, slot) } else { self.pass_over(number, slot) }
            }
        }
    }

    /// Reads one slot, and answers the index of its segment plus one; 0 if it holds no record.
    fn read(&mut self, number: u64, slot: &mut [u8]) -> u16 {
        let record = FileRecord::decode(slot, &mut self.issues);
        if let Some(record) = &record {
            self.issues.extend(record.check_own_number(number));
            self.read_record(number, record);
        }
        self.chunk.damaged += u64::from(!self.issues.is_empty());
        if let Some(more) = self.issues.len().checked_sub(MOST_ISSUES).filter(|more| *more > 0) {
            self.issues.truncate(MOST_ISSUES);
            let count = format::bytes::offset32(more);
            self.issues.push(Issue::new(0, IssueKind::MoreIssues { count }));
        }
        for issue in std::mem::take(&mut self.issues) {
            self.problem(number, issue.offset, Cause::Structure(issue.kind));
        }
        record.map_or(0, |_| u16::try_from(self.chunk.segments.len()).unwrap_or(0))
    }

    /// Takes of a record not in use what its names are, for links that dangle, and reports it if Windows marked it as torn.
    fn pass_over(&mut self, number: u64, slot: &mut [u8]) -> u16 {
        if is_marked_bad(slot) {
            self.chunk.damaged += 1;
            self.problem(number, 0, Cause::Structure(IssueKind::RecordMarkedBad));
        }
        // Its damage is reported where it is asked for.
        let Some(record) = FileRecord::decode(slot, &mut Vec::new()) else { return 0 };
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let free_name = |name: FileName<'_>| FreeName { record: number, hash: hash_stored(self.up_case, name.name) };
        self.chunk.free_names.extend(readable_names(&record).map(free_name));
        0
    }

    fn read_record(&mut self, number: u64, record: &FileRecord<'_>) {
        let header = record.header;
        let mut segment = Segment {
            facts: SegmentFacts {
                details: 0,
                first_name: u16::try_from(self.chunk.names.len()).unwrap_or(u16::MAX),
                name_count: 0,
                sequence_number: header.sequence_number,
                link_count: header.link_count,
                marks: marks(record),
                extra: 0,
            },
            details: Details::default(),
            extra: Extra::new(number, header.base_record),
            has_extra: header.is_extension(),
            link_file: None,
        };
        let mut may_have_had_list = self.issues.iter().any(|issue| hides_attributes(&issue.kind));
        for attribute in record.attributes() {
            match attribute {
                Ok(attribute) => {
                    // Attributes are in the order of their types.
                    may_have_had_list &= attribute.type_code.0 <= AttributeType::ATTRIBUTE_LIST.0;
                    self.read_attribute(number, &attribute, &mut segment);
                }
                Err(issue) => {
                    let is_before_names = self.chunk.names.len() == usize::from(segment.facts.first_name);
                    may_have_had_list |= is_before_names && hides_attributes(&issue.kind);
                    self.issues.push(issue);
                }
            }
        }
        if may_have_had_list && segment.extra.attribute_list.is_absent() {
            // What extension records say then counts, as where a list is damaged.
            segment.extra.attribute_list = Value::Unreadable { size: 0 };
            segment.has_extra = true;
        }
        self.push(segment);
    }

    fn push(&mut self, mut segment: Segment) {
        // Interix and Cygwin look for links only in files with the system attribute.
        if let Some((content, offset)) = segment.link_file.take()
            && (segment.details.attributes.contains(FileAttributes::SYSTEM) || segment.extra.base().is_some())
        {
            segment.extra.rare_mut().foreign_link = self.chunk.keep(&content, offset);
            segment.has_extra = true;
        }
        segment.facts.details = self.chunk.push_details(&segment.details);
        let names = self.chunk.names.len() - usize::from(segment.facts.first_name);
        segment.facts.name_count = u16::try_from(names).unwrap_or(u16::MAX);
        if !segment.facts.marks.contains(Marks::IN_USE) {
            self.chunk.note_free_names(segment.extra.record, &segment.facts);
        }
        if segment.has_extra {
            self.chunk.extras.push(segment.extra);
            segment.facts.extra = u16::try_from(self.chunk.extras.len()).unwrap_or(0);
        }
        self.chunk.segments.push(segment.facts);
    }

    #[inline]
    fn read_attribute(&mut self, number: u64, attribute: &Attribute<'_>, segment: &mut Segment) {
        match attribute.type_code {
            AttributeType::FILE_NAME => self.file_name(attribute),
            AttributeType::STANDARD_INFORMATION => self.standard_information(attribute, segment),
            AttributeType::DATA if attribute.name.is_empty() => self.data(attribute, segment),
            AttributeType::OBJECT_ID
            | AttributeType::ATTRIBUTE_LIST
            | AttributeType::REPARSE_POINT
            | AttributeType::EXTENDED_ATTRIBUTES => {
                self.read_rare_attribute(number, attribute, &mut segment.extra);
                segment.has_extra = true;
            }
            _ => {}
        }
    }

    /// Reads an attribute that few files have, and none has twice in one record.
    fn read_rare_attribute(&mut self, number: u64, attribute: &Attribute<'_>, extra: &mut Extra) {
        match attribute.type_code {
            AttributeType::OBJECT_ID if extra.rare.as_ref().is_none_or(|rare| rare.object_id.is_none()) => {
                extra.rare_mut().object_id = self.object_id(attribute);
            }
            AttributeType::ATTRIBUTE_LIST if extra.attribute_list.is_absent() => {
                self.attribute_list(number, attribute, extra);
            }
            AttributeType::REPARSE_POINT if extra.reparse_point.is_absent() => {
                extra.reparse_point = self.value(number, attribute);
            }
            AttributeType::EXTENDED_ATTRIBUTES
                if extra.rare.as_ref().is_none_or(|rare| rare.extended_attributes.is_absent()) =>
            {
                self.extended_attributes(number, attribute, extra.rare_mut());
            }
            _ => self.second(attribute),
        }
    }

    #[inline]
    fn file_name(&mut self, attribute: &Attribute<'_>) {
        let Some((value, offset)) = self.resident(attribute) else { return };
        let noted = self.issues.len();
        match FileName::decode(value, &mut self.issues) {
            Ok(name) => self.chunk.push_name(self.up_case, &name, attribute.offset),
            Err(issue) => self.issues.push(issue),
        }
        for issue in self.issues.iter_mut().skip(noted) {
            issue.offset = issue.offset.saturating_add(offset);
        }
    }

    #[inline]
    fn standard_information(&mut self, attribute: &Attribute<'_>, segment: &mut Segment) {
        let Some((value, offset)) = self.resident(attribute) else { return };
        let Segment { facts, details, .. } = segment;
        if facts.marks.contains(Marks::STANDARD_INFORMATION) {
            return self.second(attribute);
        }
        match StandardInformation::decode(value) {
            Ok(information) => {
                details.times = [information.created, information.modified, information.changed, information.accessed];
                details.attributes = information.attributes;
                facts.marks |= Marks::STANDARD_INFORMATION;
                facts.marks.set(Marks::CASE_SENSITIVE, information.is_case_sensitive());
                facts.marks.set(Marks::TRUST_1, information.reparse_trust() & 1 != 0);
                facts.marks.set(Marks::TRUST_2, information.reparse_trust() & 2 != 0);
                for (field, time) in (0..).zip(details.times) {
                    if time.is_out_of_range() {
                        self.issues.push(Issue::new(offset + 8 * field, IssueKind::TimeOutOfRange { ticks: time.0 }));
                    }
                }
            }
            Err(issue) => self.issues.push(issue.shifted(offset)),
        }
    }

    /// Size and clusters of the unnamed `$DATA`; content that may be a link file is set aside.
    #[inline]
    fn data(&mut self, attribute: &Attribute<'_>, segment: &mut Segment) {
        let (size, allocated) = match attribute.form {
            Form::Resident { value, value_offset } => {
                if has_foreign_link_magic(value) {
                    segment.link_file = Some((value.to_owned(), value_offset));
                }
                // What Windows reports for resident data: its size, rounded up to the 8 bytes of an attribute.
                (value.len() as u64, value.len().next_multiple_of(8) as u64)
            }
            Form::NonResident(place) if place.lowest_vcn.0 == 0 => {
                let taken = AttributeFlags::COMPRESSED | AttributeFlags::SPARSE;
                let total = place.total_allocated.filter(|_| attribute.flags.intersects(taken));
                (place.data_size, total.unwrap_or(place.allocated_size))
            }
            Form::NonResident(_) => return,
        };
        if segment.facts.marks.contains(Marks::DATA) {
            return self.second(attribute);
        }
        (segment.details.size, segment.details.allocated) = (size, allocated);
        segment.facts.marks |= Marks::DATA;
    }

    fn object_id(&mut self, attribute: &Attribute<'_>) -> Option<Guid> {
        let (value, offset) = self.resident(attribute)?;
        let guid = format::bytes::array(value, 0).map(Guid);
        if guid.is_none() {
            let (type_code, length) = (attribute.type_code, format::bytes::offset32(value.len()));
            self.issues.push(Issue::new(offset, IssueKind::ValueTooShort { type_code, length, needed: 16 }));
        }
        guid
    }

    fn attribute_list(&mut self, number: u64, attribute: &Attribute<'_>, extra: &mut Extra) {
        if let Form::NonResident(place) = attribute.form {
            extra.attribute_list = self.cluster_value(number, attribute, &place);
        }
        if let Form::Resident { value, value_offset } = attribute.form {
            extra.attribute_list = self.chunk.keep(&[], value_offset);
            let (holders, issue) = holders(value, number);
            extra.holders = holders.map(|holders| keep_holders(&mut self.chunk.holders, &holders));
            self.issues.extend(issue.map(|issue| issue.shifted(value_offset)));
        }
    }

    fn extended_attributes(&mut self, number: u64, attribute: &Attribute<'_>, rare: &mut Rare) {
        if let Form::Resident { value, value_offset } = attribute.form {
            let (linux, issue) = LinuxMetadata::decode(value);
            rare.linux = linux;
            rare.extended_attributes = self.chunk.keep(&[], value_offset);
            self.issues.extend(issue.map(|issue| issue.shifted(value_offset)));
        } else {
            rare.extended_attributes = self.value(number, attribute);
        }
    }

    /// The value of an attribute that must be resident, with its offset in the record.
    #[inline]
    fn resident<'v>(&mut self, attribute: &Attribute<'v>) -> Option<(&'v [u8], u32)> {
        match attribute.form {
            Form::Resident { value, value_offset } => Some((value, value_offset)),
            Form::NonResident(_) => {
                let type_code = attribute.type_code;
                self.issues.push(Issue::new(attribute.offset, IssueKind::MustBeResident { type_code }));
                None
            }
        }
    }

    fn second(&mut self, attribute: &Attribute<'_>) {
        let type_code = attribute.type_code;
        self.issues.push(Issue::new(attribute.offset, IssueKind::SecondAttribute { type_code }));
    }

    /// Keeps a value, or where it lies.
    fn value(&mut self, number: u64, attribute: &Attribute<'_>) -> Value {
        match attribute.form {
            Form::Resident { value, value_offset } => self.chunk.keep(value, value_offset),
            Form::NonResident(place) => self.cluster_value(number, attribute, &place),
        }
    }

    fn cluster_value(&mut self, number: u64, attribute: &Attribute<'_>, place: &NonResident<'_>) -> Value {
        let size = (place.lowest_vcn.0 == 0).then_some(place.data_size);
        let Some((extents, issues)) = self.volume.extents(place) else {
            let type_code = attribute.type_code;
            self.problem(number, attribute.offset, Cause::Volume(VolumeIssue::ValueNotHere { type_code }));
            return Value::Unreadable { size: place.data_size };
        };
        self.issues.extend(issues);
        self.chunk.keep_clusters(&extents, size, place.initialized_size)
    }

    fn problem(&mut self, number: u64, offset: u32, cause: Cause) {
        let offset = self.volume.image_offset(number, offset);
        self.chunk.problems.push(Problem { record: Some(number), offset, cause: cause.into() });
    }
}

/// Whether an attribute list may have been lost to an issue.
fn hides_attributes(kind: &IssueKind) -> bool {
    use IssueKind::*;
    match kind {
        FirstAttributeOutOfBounds { .. }
        | AttributeLength { .. }
        | AttributesNotEnded
        | BytesBehindEnd { .. }
        | UnknownAttributeType { .. } => true,
        AttributeHeaderTooShort { type_code, .. }
        | AttributeNameOutOfBounds { type_code, .. }
        | AttributeValueOutOfBounds { type_code, .. }
        | MappingPairsOutOfBounds { type_code, .. } => *type_code == AttributeType::ATTRIBUTE_LIST,
        _ => false,
    }
}

/// The names of a record that can be read, whatever else is wrong with it.
pub(crate) fn readable_names<'r>(record: &FileRecord<'r>) -> impl Iterator<Item = FileName<'r>> {
    record.attributes().flatten().filter_map(|attribute| match attribute.form {
        Form::Resident { value, .. } if attribute.type_code == AttributeType::FILE_NAME => {
            FileName::decode(value, &mut Vec::new()).ok()
        }
        _ => None,
    })
}

fn marks(record: &FileRecord<'_>) -> Marks {
    let mut marks = Marks::empty();
    marks.set(Marks::IN_USE, record.header.flags.contains(RecordFlags::IN_USE));
    marks.set(Marks::DIRECTORY, record.header.flags.contains(RecordFlags::DIRECTORY));
    marks.set(Marks::TORN, record.torn);
    marks
}

/// The records that an attribute list names, `own_number` aside, each once, in stored order; `None` if the list is
/// damaged, so that what it does not name proves nothing.
pub(crate) fn holders(list: &[u8], own_number: u64) -> (Option<Vec<FileReference>>, Option<Issue>) {
    let mut holders = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut issue = None;
    for entry in AttributeListEntries::new(list) {
        match entry {
            Ok(entry) => {
                // Attributes of one record mostly follow each other.
                let is_same = holders.last() == Some(&entry.holder);
                if !is_same && entry.holder.record_number() != own_number && seen.insert(entry.holder) {
                    holders.push(entry.holder);
                }
            }
            Err(found) => issue = Some(found),
        }
    }
    (issue.is_none().then_some(holders), issue)
}
