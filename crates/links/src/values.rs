//! Values that are looked at after the walk: those in clusters, read in the order in which they lie on the disk, and
//! reparse points, which are checked once all of them are at hand.

use format::{FileReference, ForeignLink, Issue, LinuxMetadata, ReparsePoint};
use image::ImageOffset;
use rayon::prelude::*;
use volume::{Stream, Volume, VolumeIssue};

use crate::extract::holders;
use crate::facts::{ChunkFacts, Extra, Value};
use crate::files::Files;
use crate::problem::{Cause, Problem};

/// A value that may lie in clusters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ValueKind {
    AttributeList,
    ReparsePoint,
    ExtendedAttributes,
}

impl ValueKind {
    fn of(self, extra: &Extra) -> &Value {
        match self {
            ValueKind::AttributeList => &extra.attribute_list,
            ValueKind::ReparsePoint => &extra.reparse_point,
            ValueKind::ExtendedAttributes => &extra.extended_attributes,
        }
    }

    fn of_mut(self, extra: &mut Extra) -> &mut Value {
        match self {
            ValueKind::AttributeList => &mut extra.attribute_list,
            ValueKind::ReparsePoint => &mut extra.reparse_point,
            ValueKind::ExtendedAttributes => &mut extra.extended_attributes,
        }
    }

    fn attribute_type(self) -> format::AttributeType {
        match self {
            ValueKind::AttributeList => format::AttributeType::ATTRIBUTE_LIST,
            ValueKind::ReparsePoint => format::AttributeType::REPARSE_POINT,
            ValueKind::ExtendedAttributes => format::AttributeType::EXTENDED_ATTRIBUTES,
        }
    }

    /// The most bytes that such a value can have: of reparse points the 16-bit length of reparse data and its header,
    /// 64 KiB of extended attributes.
    fn limit(self) -> u64 {
        match self {
            ValueKind::AttributeList => format::LARGEST_ATTRIBUTE_LIST,
            ValueKind::ReparsePoint => 24 + 0xFFFF,
            ValueKind::ExtendedAttributes => 64 * 1024,
        }
    }
}

/// One value to read.
struct Job {
    chunk: usize,
    /// Index of the [`Extra`] in the chunk.
    extra: usize,
    record: u64,
    kind: ValueKind,
    first_place: Option<ImageOffset>,
    /// By the attribute header, as is how much of it was ever written.
    size: u64,
    initialized_size: u64,
}

/// What a value says.
enum Content {
    /// The records that an attribute list names; `None` if it cannot be read whole.
    Holders(Option<Vec<FileReference>>),
    Linux(LinuxMetadata),
    Bytes(Option<Vec<u8>>),
}

impl Job {
    fn problem(&self, offset: Option<ImageOffset>, cause: Cause) -> Problem {
        Problem { record: Some(self.record), offset, cause }
    }

    fn bytes_to_read(&self) -> u64 {
        self.size.min(self.kind.limit())
    }

    fn read(&self, volume: &Volume<'_>, files: &Files) -> Option<(Content, Vec<Problem>)> {
        let extra = files.chunks.get(self.chunk)?.extras.get(self.extra)?;
        let stream = stream_of(files, extra, self.kind);
        let type_code = self.kind.attribute_type();
        let mut problems = Vec::new();
        let mut note = |issue| problems.push(self.problem(self.first_place, Cause::Volume(issue)));
        let (size, limit) = (self.size, self.kind.limit());
        if size > limit {
            note(VolumeIssue::ValueTooLarge { type_code, size, limit });
        }
        let wanted = self.bytes_to_read();
        let mut bytes = volume.read_value(&stream, wanted);
        let found = bytes.len() as u64;
        if found < wanted {
            note(VolumeIssue::ValueCutShort { type_code, size, found });
        }
        let initialized = usize::try_from(self.initialized_size).unwrap_or(usize::MAX);
        bytes.iter_mut().skip(initialized).for_each(|byte| *byte = 0);
        let (content, issue) = self.content(bytes);
        problems.extend(
            issue.map(|issue| self.problem(stream.image_offset(u64::from(issue.offset)), Cause::Structure(issue.kind))),
        );
        Some((content, problems))
    }

    fn content(&self, bytes: Vec<u8>) -> (Content, Option<Issue>) {
        match self.kind {
            ValueKind::AttributeList => {
                let (found, issue) = holders(&bytes, self.record);
                // A list that is cut short in the image is damaged too, wherever the cut is.
                (Content::Holders(found.filter(|_| bytes.len() as u64 == self.size)), issue)
            }
            ValueKind::ExtendedAttributes => {
                let (linux, issue) = LinuxMetadata::decode(&bytes);
                (Content::Linux(linux), issue)
            }
            // Of a value whose beginning is not in the image there is nothing to decode.
            ValueKind::ReparsePoint => (Content::Bytes(Some(bytes).filter(|bytes| !bytes.is_empty())), None),
        }
    }
}

/// Reads the values of some kinds that lie in clusters.
///
/// Honest values do not share clusters, so all of them together are no larger than the image: what goes beyond that is a
/// problem, and is not read.
pub(crate) fn read_cluster_values(volume: &Volume<'_>, files: &mut Files, kinds: &[ValueKind]) {
    let mut jobs = jobs(files, kinds);
    jobs.sort_unstable_by_key(|job| (job.first_place, job.record));
    let mut bytes_left = volume.image.size();
    let mut problems = Vec::new();
    jobs.retain(|job| match bytes_left.checked_sub(job.bytes_to_read()) {
        Some(left) => {
            bytes_left = left;
            true
        }
        None => {
            let issue = VolumeIssue::ValuesLargerThanImage { type_code: job.kind.attribute_type() };
            problems.push(job.problem(job.first_place, Cause::Volume(issue)));
            false
        }
    });
    let read: Vec<_> = jobs.par_iter().map(|job| job.read(volume, files)).collect();
    for (job, read) in jobs.iter().zip(read) {
        let extra = files.chunks.get_mut(job.chunk).and_then(|chunk| chunk.extras.get_mut(job.extra));
        let (Some(extra), Some((content, found))) = (extra, read) else { continue };
        problems.extend(found);
        match content {
            Content::Holders(holders) => extra.holders = holders,
            Content::Linux(linux) => extra.linux = linux,
            Content::Bytes(bytes) => {
                if let Value::Clusters(value) = job.kind.of_mut(extra) {
                    value.bytes = bytes;
                }
            }
        }
    }
    files.problems.append(&mut problems);
}

fn jobs(files: &Files, kinds: &[ValueKind]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (chunk, facts) in files.chunks.iter().enumerate() {
        for (position, extra) in facts.extras.iter().enumerate() {
            for kind in kinds {
                let Value::Clusters(value) = kind.of(extra) else { continue };
                let Some(size) = value.size else { continue };
                let first_place = value.extents.first().and_then(|extent| extent.image_offset);
                let (record, initialized_size) = (extra.record, value.initialized_size);
                jobs.push(Job { chunk, extra: position, record, kind: *kind, first_place, size, initialized_size });
            }
        }
    }
    jobs
}

/// All extents of a value that begins in a segment with this `extra`, those in other records of its file included.
fn stream_of(files: &Files, extra: &Extra, kind: ValueKind) -> Stream {
    let mut stream = Stream::default();
    let mut add = |value: &Value| {
        if let Value::Clusters(value) = value {
            value.extents.iter().for_each(|extent| {
                stream.insert(*extent);
            });
        }
    };
    add(kind.of(extra));
    let base = extra.base.map_or(extra.record, |base| base.record_number());
    if let Some(file) = files.file(base) {
        let others = file.extras().filter(|(_, other)| other.record != extra.record);
        others.for_each(|(_, other)| add(kind.of(other)));
    }
    stream
}

/// Decodes every reparse point and link file once, for what is wrong with it.
pub(crate) fn check_reparse_points(volume: &Volume<'_>, files: &mut Files) {
    let check_chunk = |chunk: &ChunkFacts| {
        let mut problems = Vec::new();
        for extra in &chunk.extras {
            let mut issues = Vec::new();
            if let Some(bytes) = chunk.value_bytes(&extra.reparse_point) {
                let error = ReparsePoint::decode(bytes, &mut issues).err();
                issues.extend(error);
            }
            report(volume, extra.record, &extra.reparse_point, issues, &mut problems);
            let link = chunk.value_bytes(&extra.foreign_link).and_then(ForeignLink::decode);
            report(volume, extra.record, &extra.foreign_link, link.and_then(Result::err), &mut problems);
        }
        problems
    };
    let found: Vec<Problem> = files.chunks.par_iter().flat_map_iter(check_chunk).collect();
    files.problems.extend(found);
}

/// Turns issues of a value, with offsets from its start, into problems.
fn report(
    volume: &Volume<'_>,
    record: u64,
    value: &Value,
    issues: impl IntoIterator<Item = Issue>,
    problems: &mut Vec<Problem>,
) {
    for issue in issues {
        let offset = match value {
            Value::Resident { offset, .. } => {
                volume.image_offset(record, u32::from(*offset).saturating_add(issue.offset))
            }
            Value::Clusters(value) => {
                let inside = u64::from(issue.offset);
                let extent = value.extents.iter().find(|extent| extent.start <= inside && inside < extent.end());
                extent.and_then(|extent| extent.image_offset?.checked_add(inside - extent.start))
            }
            Value::Absent | Value::Unreadable { .. } => None,
        };
        problems.push(Problem { record: Some(record), offset, cause: Cause::Structure(issue.kind) });
    }
}
