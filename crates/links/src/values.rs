//! Values that are looked at after the walk: those in clusters, read in the order in which they lie on the disk, and
//! reparse points, which are checked once all of them are at hand.

use std::ops::Range;

use format::{FileReference, ForeignLink, Issue, LinuxMetadata, ReparsePoint};
use image::ImageOffset;
use rayon::prelude::*;
use volume::{Extent, Stream, Volume, VolumeIssue};

use crate::extract::holders;
use crate::facts::{ChunkFacts, Extra, ReadBytes, Value, keep_holders};
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
            ValueKind::ExtendedAttributes => {
                extra.rare.as_ref().map_or(&Value::Absent, |rare| &rare.extended_attributes)
            }
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
    /// In the bytes of the batch.
    Bytes(Option<Range<u32>>),
}

/// Values that one worker reads in one go.
#[derive(Default)]
struct Batch {
    /// Those that are kept, one after the other.
    bytes: Vec<u8>,
    /// Of each job; `None` if there is nothing to read.
    contents: Vec<Option<Content>>,
    problems: Vec<Problem>,
}

/// Bytes of values in clusters that are read for each byte that the image takes on disk, and beyond: values of a sound
/// image lie nowhere twice, but its file may be compressed.
const MOST_PER_BYTE: u64 = 4;
const ALWAYS: u64 = 64 << 20;

/// Values in a batch: enough that their bytes are one allocation of many.
const JOBS_PER_BATCH: usize = 128;

impl Batch {
    fn read(volume: &Volume<'_>, files: &Files, jobs: &[Job]) -> Batch {
        let mut batch = Batch::default();
        for job in jobs {
            let content = batch.read_one(volume, files, job);
            batch.contents.push(content);
        }
        batch.bytes.shrink_to_fit();
        batch
    }

    fn read_one(&mut self, volume: &Volume<'_>, files: &Files, job: &Job) -> Option<Content> {
        let chunk = files.chunks.get(job.chunk)?;
        let stream = stream_of(files, chunk, chunk.extras.get(job.extra)?, job.kind);
        let type_code = job.kind.attribute_type();
        let mut note = |issue| self.problems.push(job.problem(job.first_place, Cause::Volume(issue)));
        let (size, limit) = (job.size, job.kind.limit());
        if size > limit {
            note(VolumeIssue::ValueTooLarge { type_code, size, limit });
        }
        let wanted = job.bytes_to_read();
        let start = self.bytes.len();
        volume.append_value(&stream, wanted, &mut self.bytes);
        let bytes = self.bytes.get_mut(start..).unwrap_or_default();
        let found = bytes.len() as u64;
        if found < wanted {
            note(VolumeIssue::ValueCutShort { type_code, size, found });
        }
        let initialized = usize::try_from(job.initialized_size).unwrap_or(usize::MAX);
        bytes.iter_mut().skip(initialized).for_each(|byte| *byte = 0);
        let (content, issue) = self.content(job, start);
        self.problems.extend(
            issue.map(|issue| job.problem(stream.image_offset(u64::from(issue.offset)), Cause::Structure(issue.kind))),
        );
        Some(content)
    }

    /// What the value says whose bytes begin at `start` and are the last so far. They stay only if they are the content.
    fn content(&mut self, job: &Job, start: usize) -> (Content, Option<Issue>) {
        let bytes = self.bytes.get(start..).unwrap_or_default();
        let outcome = match job.kind {
            ValueKind::AttributeList => {
                let (found, issue) = holders(bytes, job.record);
                // A list that is cut short in the image is damaged too, wherever the cut is.
                (Content::Holders(found.filter(|_| bytes.len() as u64 == job.size)), issue)
            }
            ValueKind::ExtendedAttributes => {
                let (linux, issue) = LinuxMetadata::decode(bytes);
                (Content::Linux(linux), issue)
            }
            ValueKind::ReparsePoint => {
                let range = format::bytes::offset32(start)..format::bytes::offset32(self.bytes.len());
                // Of a value whose beginning is not in the image there is nothing to decode. One that is empty is too short.
                let is_there = job.size == 0 || !range.is_empty();
                return (Content::Bytes(is_there.then_some(range)), None);
            }
        };
        self.bytes.truncate(start);
        outcome
    }
}

impl Job {
    fn problem(&self, offset: Option<ImageOffset>, cause: Cause) -> Problem {
        Problem { record: Some(self.record), offset, cause }
    }

    fn bytes_to_read(&self) -> u64 {
        self.size.min(self.kind.limit())
    }

    /// Keeps what its value says.
    fn keep(&self, files: &mut Files, batch: u32, content: Content) -> Option<()> {
        let chunk = files.chunks.get_mut(self.chunk)?;
        let extra = chunk.extras.get_mut(self.extra)?;
        match content {
            Content::Holders(holders) => {
                let holders = holders.map(|holders| keep_holders(&mut chunk.holders, &holders));
                extra.holders = holders;
            }
            Content::Linux(linux) => extra.rare_mut().linux = linux,
            Content::Bytes(range) => {
                let Value::Clusters { index } = self.kind.of(extra) else { return None };
                let value = chunk.cluster_values.get_mut(*index as usize)?;
                value.bytes = range.map(|range| ReadBytes { batch, range });
            }
        }
        Some(())
    }
}

/// Reads the values of some kinds that lie in clusters.
///
/// Honest values do not share clusters, so all of them together are no larger than the image: what goes beyond that is a
/// problem, and is not read.
pub(crate) fn read_cluster_values(volume: &Volume<'_>, files: &mut Files, kinds: &[ValueKind]) {
    let mut jobs = jobs(files, kinds);
    jobs.sort_unstable_by_key(|job| (job.first_place, job.record));
    let image = volume.image;
    let mut bytes_left = image.allocated_size().saturating_mul(MOST_PER_BYTE).saturating_add(ALWAYS).min(image.size());
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
    let batches: Vec<Batch> = jobs.par_chunks(JOBS_PER_BATCH).map(|jobs| Batch::read(volume, files, jobs)).collect();
    for (jobs, mut batch) in jobs.chunks(JOBS_PER_BATCH).zip(batches) {
        let index = format::bytes::offset32(files.read_batches.len());
        files.read_batches.push(batch.bytes);
        problems.append(&mut batch.problems);
        for (job, content) in jobs.iter().zip(batch.contents) {
            content.and_then(|content| job.keep(files, index, content));
        }
    }
    files.problems.append(&mut problems);
}

fn jobs(files: &Files, kinds: &[ValueKind]) -> Vec<Job> {
    let jobs_of_chunk = |(index, chunk): (usize, &ChunkFacts)| {
        let mut jobs = Vec::new();
        if chunk.cluster_values.is_empty() {
            return jobs;
        }
        for (position, extra) in chunk.extras.iter().enumerate() {
            for kind in kinds {
                let Some(value) = chunk.cluster_value(kind.of(extra)) else { continue };
                let Some(size) = value.size else { continue };
                let first_place = chunk.extents_of(kind.of(extra)).first().and_then(|extent| extent.image_offset);
                let (record, initialized_size) = (extra.record, value.initialized_size);
                jobs.push(Job {
                    chunk: index,
                    extra: position,
                    record,
                    kind: *kind,
                    first_place,
                    size,
                    initialized_size,
                });
            }
        }
        jobs
    };
    files.chunks.par_iter().enumerate().flat_map_iter(jobs_of_chunk).collect()
}

/// All extents of a value that begins in a segment with this `extra`, those in other records of its file included.
fn stream_of(files: &Files, chunk: &ChunkFacts, extra: &Extra, kind: ValueKind) -> Stream {
    let mut stream = Stream::default();
    let mut add = |extents: &[Extent]| {
        extents.iter().for_each(|extent| {
            stream.insert(*extent);
        });
    };
    add(chunk.extents_of(kind.of(extra)));
    let base = extra.base().map_or(extra.record, |base| base.record_number());
    if let Some(file) = files.file(base) {
        let others = file.extras().filter(|(_, other)| other.record != extra.record);
        others.for_each(|(segment, other)| add(segment.chunk.extents_of(kind.of(other))));
    }
    stream
}

/// Decodes every reparse point and link file once, for what is wrong with it.
pub(crate) fn check_reparse_points(volume: &Volume<'_>, files: &mut Files) {
    let check_chunk = |chunk: &ChunkFacts| {
        let mut problems = Vec::new();
        for extra in &chunk.extras {
            let mut issues = Vec::new();
            if let Some(bytes) = files.value_bytes(chunk, &extra.reparse_point) {
                let error = ReparsePoint::decode(bytes, &mut issues).err();
                issues.extend(error);
            }
            report(volume, chunk, extra.record, &extra.reparse_point, issues, &mut problems);
            if let Some(rare) = &extra.rare {
                let link = chunk.resident_bytes(&rare.foreign_link).and_then(ForeignLink::decode);
                let issue = link.and_then(Result::err);
                report(volume, chunk, extra.record, &rare.foreign_link, issue, &mut problems);
            }
        }
        problems
    };
    let found: Vec<Problem> = files.chunks.par_iter().flat_map_iter(check_chunk).collect();
    files.problems.extend(found);
}

/// Turns issues of a value, with offsets from its start, into problems.
fn report(
    volume: &Volume<'_>,
    chunk: &ChunkFacts,
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
            Value::Clusters { .. } => {
                let inside = u64::from(issue.offset);
                let extent =
                    chunk.extents_of(value).iter().find(|extent| extent.start <= inside && inside < extent.end());
                extent.and_then(|extent| extent.image_offset?.checked_add(inside - extent.start))
            }
            Value::Absent | Value::Unreadable { .. } => None,
        };
        problems.push(Problem { record: Some(record), offset, cause: Cause::Structure(issue.kind) });
    }
}
