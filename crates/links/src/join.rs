//! Extension records, joined to the base records of their files.
//!
//! A base record's attribute list names the records that hold the rest of the file, and each of those names the base
//! record: both must agree, sequence numbers included. Where the list cannot be read, what the extension records say is
//! all there is.

use format::FileReference;
use rayon::prelude::*;
use volume::Volume;

use crate::facts::{ChunkFacts, Extra, Value};
use crate::files::{Files, Segment, next_sequence};
use crate::problem::{BaseIs, Cause, LinkIssue, Problem};

/// Which extension records belong to which base records.
#[derive(Default)]
pub(crate) struct Joined {
    /// Base record and extension record, by base record, then in the order of its attribute list.
    pub extensions: Vec<(u32, u32)>,
    pub problems: Vec<Problem>,
}

/// An extension record's word that it belongs to a base record.
struct Claim {
    base: u64,
    extension: u64,
}

/// Joins every extension record to its base record, where both agree.
pub(crate) fn join_extensions(volume: &Volume<'_>, files: &Files) -> Joined {
    let found: Vec<(Vec<Claim>, Vec<u64>, Vec<Problem>)> =
        files.chunks.par_iter().map(|chunk| claims_and_bases(volume, files, chunk)).collect();
    let mut claims = Vec::new();
    let mut bases = Vec::new();
    let mut joined = Joined::default();
    for (mut chunk_claims, mut chunk_bases, mut problems) in found {
        claims.append(&mut chunk_claims);
        bases.append(&mut chunk_bases);
        joined.problems.append(&mut problems);
    }
    claims.sort_unstable_by_key(|claim| (claim.base, claim.extension));
    let has_list = |claim: &&Claim| bases.binary_search(&claim.base).is_ok();
    let to_none = claims.iter().filter(|claim| !has_list(claim));
    joined.problems.extend(to_none.filter_map(|claim| not_listed(volume, files, claim)));
    let join_base = |base: &u64| {
        let start = claims.partition_point(|claim| claim.base < *base);
        let end = claims.partition_point(|claim| claim.base <= *base);
        join_one(volume, files, *base, claims.get(start..end).unwrap_or_default())
    };
    for mut one in bases.par_iter().filter_map(join_base).collect::<Vec<_>>() {
        joined.extensions.append(&mut one.extensions);
        joined.problems.append(&mut one.problems);
    }
    joined
}

/// What the extension records of a chunk say, the base records in it that have attribute lists, and the problems of
/// extension records whose file is gone.
fn claims_and_bases(volume: &Volume<'_>, files: &Files, chunk: &ChunkFacts) -> (Vec<Claim>, Vec<u64>, Vec<Problem>) {
    let (mut claims, mut bases, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (segment, extra) in files.segments_with_extra(chunk) {
        let Some(base) = extra.base() else {
            bases.extend((!extra.attribute_list.is_absent()).then_some(segment.record));
            continue;
        };
        match check_base(files, base, &segment) {
            Ok(()) => claims.push(Claim { base: base.record_number(), extension: segment.record }),
            Err(base_is) if segment.is_in_use() => {
                let issue = LinkIssue::OrphanedExtension { base, base_is, names: segment.name_texts() };
                problems.push(problem(volume, segment.record, BASE_REFERENCE, issue));
            }
            // What remains of a deleted file's records is no damage.
            Err(_) => {}
        }
    }
    (claims, bases, problems)
}

/// Whether the base record that an extension record names is that of its file.
fn check_base(files: &Files, reference: FileReference, extension: &Segment<'_>) -> Result<(), BaseIs> {
    let base = files.segment(reference.record_number()).ok_or(BaseIs::NotInUse)?;
    if base.is_extension() {
        return Err(BaseIs::Extension);
    }
    let sequence = base.facts.sequence_number;
    let same = sequence == reference.sequence_number() || reference.sequence_number() == 0;
    // A freed base record has counted on, and its extension records still name it as it was (libfsntfs `file_system.c`,
    // mft `mft.rs`).
    let same_before = sequence == next_sequence(reference.sequence_number());
    match (base.is_in_use(), extension.is_in_use()) {
        (true, true) if same => Ok(()),
        (false, false) if same || same_before => Ok(()),
        (false, _) => Err(BaseIs::NotInUse),
        (true, _) => Err(BaseIs::UsedAgain(sequence)),
    }
}

/// A record that an attribute list names.
struct Listed {
    holder: FileReference,
    place: usize,
    is_found: bool,
}

/// Joins the extension records that claim one base record, which has an attribute list.
fn join_one(volume: &Volume<'_>, files: &Files, base: u64, claims: &[Claim]) -> Option<Joined> {
    let segment = files.segment(base)?;
    let extra = segment.extra()?;
    let number = |record: u64| u32::try_from(record).unwrap_or(u32::MAX);
    let mut joined = Joined::default();
    let Some(holders) = segment.chunk.holders_of(extra) else {
        joined.extensions = claims.iter().map(|claim| (number(base), number(claim.extension))).collect();
        return Some(joined);
    };
    let as_listed = |(place, holder): (usize, &FileReference)| Listed { holder: *holder, place, is_found: false };
    let mut listed: Vec<Listed> = holders.iter().enumerate().map(as_listed).collect();
    listed.sort_unstable_by_key(|listed| listed.holder.record_number());
    for claim in claims {
        // A list may name several uses of one record, of which one is the record's now.
        let start = listed.partition_point(|listed| listed.holder.record_number() < claim.extension);
        let named = listed.iter_mut().skip(start).take_while(|listed| listed.holder.record_number() == claim.extension);
        match named.into_iter().find(|listed| is_same_use(files, listed.holder, &segment)) {
            Some(listed) => listed.is_found = true,
            None => joined.problems.extend(not_listed(volume, files, claim)),
        }
    }
    if segment.is_in_use() {
        joined.problems.extend(listed.iter().filter(|listed| !listed.is_found).map(|listed| {
            let issue = LinkIssue::ListedRecordMissing { holder: listed.holder };
            problem(volume, base, list_offset(extra), issue)
        }));
    }
    listed.retain(|listed| listed.is_found);
    listed.sort_unstable_by_key(|listed| listed.place);
    joined.extensions = listed.iter().map(|listed| (number(base), number(listed.holder.record_number()))).collect();
    Some(joined)
}

/// Whether an extension record is in the use that its base record's list names. Freed records have counted on.
fn is_same_use(files: &Files, holder: FileReference, base: &Segment<'_>) -> bool {
    let now = files.segment(holder.record_number()).map_or(0, |segment| segment.facts.sequence_number);
    let listed = holder.sequence_number();
    listed == now || !base.is_in_use() && next_sequence(listed) == now
}

/// The problem of an extension record that no attribute list names; none if it is not in use.
fn not_listed(volume: &Volume<'_>, files: &Files, claim: &Claim) -> Option<Problem> {
    let segment = files.segment(claim.extension).filter(Segment::is_in_use)?;
    let base = segment.extra()?.base()?;
    let issue = LinkIssue::ExtensionNotListed { base, names: segment.name_texts() };
    Some(problem(volume, claim.extension, BASE_REFERENCE, issue))
}

/// Where a record names its base record, in bytes from its start.
const BASE_REFERENCE: u32 = 0x20;

/// Where an attribute list begins in its record; the record's start if it lies in clusters.
fn list_offset(extra: &Extra) -> u32 {
    match &extra.attribute_list {
        Value::Resident { offset, .. } => u32::from(*offset),
        _ => 0,
    }
}

fn problem(volume: &Volume<'_>, record: u64, offset: u32, issue: LinkIssue) -> Problem {
    Problem { record: Some(record), offset: volume.image_offset(record, offset), cause: Cause::Link(issue) }
}
