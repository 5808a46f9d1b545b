//! Which segment holds which attribute of a file.

use format::{FileReference, LARGEST_ATTRIBUTE_LIST};

use crate::attribute::{Attribute, Body, InClusters, kind, low_u16, put};
use crate::clusters::{Clusters, Run, mapping_pairs};
use crate::description::Geometry;
use crate::record::capacity;

/// Room that a segment keeps for the header of an extent and the shortest mapping pairs.
const SMALLEST_EXTENT: usize = 0x50;

/// The segments of one file.
pub(crate) struct Placement {
    /// The base record first. Attributes keep the order of the file; each has its attribute id.
    pub segments: Vec<Vec<(u16, Attribute)>>,
    list: Option<List>,
}

/// An attribute list whose references are not filled in yet.
struct List {
    value: Vec<u8>,
    /// Offset of each entry, and which segment it leads to.
    entries: Vec<(usize, usize)>,
}

impl Placement {
    /// Fills in the attribute list, now that the segments have these references. Returns what is to be written at a
    /// cluster, where the list is not in the base record.
    pub fn refer(&mut self, references: &[FileReference]) -> Option<(u64, Vec<u8>)> {
        let List { mut value, entries } = self.list.take()?;
        for (offset, segment) in entries {
            put(&mut value, offset + 0x10, &references[segment].0.to_le_bytes());
        }
        let (_, list) = self.segments[0].iter_mut().find(|(_, attribute)| attribute.kind == kind::ATTRIBUTE_LIST)?;
        match &mut list.body {
            Body::Resident(in_record) => *in_record = value,
            Body::InClusters(in_clusters) => return Some((in_clusters.runs.first()?.lcn?, value)),
        }
        None
    }
}

/// Attributes that no number of segments can hold: the attribute list would be larger than 256 KiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ListTooLong {
    pub bytes: usize,
}

/// Spreads the attributes of a file, in stored order and each small enough for a segment of its own, over as few segments
/// as their order allows.
pub(crate) fn place(
    attributes: Vec<Attribute>,
    geometry: &Geometry,
    clusters: &mut Clusters,
) -> Result<Placement, ListTooLong> {
    let room = capacity(geometry.record as usize);
    if attributes.iter().map(Attribute::length).sum::<usize>() <= room {
        let segments = vec![numbered(attributes)];
        return Ok(Placement { segments, list: None });
    }
    let attributes: Vec<Attribute> =
        attributes.into_iter().flat_map(|attribute| extents(attribute, room, room)).collect();
    place_with_list(attributes, geometry, clusters)
}

/// The same for attributes of which some go beyond the base record, however small they are.
///
/// The order of entries is that of the attributes: by type, name and VCN (reference A.7).
pub(crate) fn place_with_list(
    attributes: Vec<Attribute>,
    geometry: &Geometry,
    clusters: &mut Clusters,
) -> Result<Placement, ListTooLong> {
    let room = capacity(geometry.record as usize);
    let list_length: usize = attributes.iter().map(entry_length).sum();
    if list_length as u64 > LARGEST_ATTRIBUTE_LIST {
        return Err(ListTooLong { bytes: list_length });
    }
    let list = list_attribute(list_length, &attributes, geometry, clusters);
    let holders = holders(&attributes, room, list.length());
    Ok(fill(attributes, &holders, list))
}

/// `$ATTRIBUTE_LIST` with nothing in it yet: in the base record beside the first attribute if both fit, else in clusters.
fn list_attribute(length: usize, attributes: &[Attribute], geometry: &Geometry, clusters: &mut Clusters) -> Attribute {
    let room = capacity(geometry.record as usize);
    let resident = Attribute::resident(kind::ATTRIBUTE_LIST, vec![0; length]);
    if resident.length() + attributes.first().map_or(0, Attribute::length) <= room {
        return resident;
    }
    let runs = clusters.take(geometry.clusters(length as u64));
    Attribute::in_clusters(kind::ATTRIBUTE_LIST, InClusters::new(length as u64, runs, geometry.cluster))
}

/// Which segment each attribute goes to: the base record as long as there is room beside the list, then one extension
/// record after the other. Attributes keep their order within each segment, and those of one type through all of them:
/// which of two names is the first means something, and whoever finds the MFT has to read its first extents before the
/// others (reference A.7).
fn holders(attributes: &[Attribute], room: usize, list_length: usize) -> Vec<usize> {
    let mut used = vec![list_length];
    let mut holders = Vec::new();
    let mut last_beyond_base = None;
    for attribute in attributes {
        let length = attribute.length();
        let last = used.len() - 1;
        let segment = if used[0] + length <= room && last_beyond_base != Some(attribute.kind) {
            0
        } else if last > 0 && used[last] + length <= room {
            last
        } else {
            used.push(0);
            last + 1
        };
        if segment > 0 {
            last_beyond_base = Some(attribute.kind);
        }
        used[segment] += length;
        holders.push(segment);
    }
    holders
}

/// Hands out attribute ids, and writes the entries of the list.
fn fill(attributes: Vec<Attribute>, holders: &[usize], list: Attribute) -> Placement {
    let count = holders.iter().max().map_or(1, |last| last + 1);
    let mut segments: Vec<Vec<(u16, Attribute)>> = vec![Vec::new(); count];
    let mut value = Vec::new();
    let mut entries = Vec::new();
    for (attribute, &segment) in attributes.into_iter().zip(holders) {
        let id = next_id(&segments[segment]);
        entries.push((value.len(), segment));
        value.extend(entry(&attribute, id));
        segments[segment].push((id, attribute));
    }
    let id = next_id(&segments[0]);
    // After $STANDARD_INFORMATION, the only type below it.
    let position = segments[0].partition_point(|(_, attribute)| attribute.kind < kind::ATTRIBUTE_LIST);
    segments[0].insert(position, (id, list));
    Placement { segments, list: Some(List { value, entries }) }
}

fn numbered(attributes: Vec<Attribute>) -> Vec<(u16, Attribute)> {
    (0..).zip(attributes).collect()
}

fn next_id(segment: &[(u16, Attribute)]) -> u16 {
    segment.iter().map(|(id, _)| id + 1).max().unwrap_or(0)
}

fn entry_length(attribute: &Attribute) -> usize {
    (0x1A + 2 * attribute.name.len()).next_multiple_of(8)
}

/// One entry of the list, without the reference of the segment.
///
/// Source: libfsntfs "The attribute list"; reference A.7.
fn entry(attribute: &Attribute, id: u16) -> Vec<u8> {
    let mut out = vec![0; entry_length(attribute)];
    put(&mut out, 0, &attribute.kind.to_le_bytes());
    put(&mut out, 4, &low_u16(entry_length(attribute)));
    out[6] = low_u16(attribute.name.len())[0];
    out[7] = 0x1A;
    put(&mut out, 8, &attribute.lowest_vcn().to_le_bytes());
    put(&mut out, 0x18, &id.to_le_bytes());
    for (position, unit) in attribute.name.iter().enumerate() {
        put(&mut out, 0x1A + 2 * position, &unit.to_le_bytes());
    }
    out
}

/// An attribute whose mapping pairs do not fit in `first` bytes becomes several extents, the first of at most `first`
/// bytes and the others of at most `others`.
pub(crate) fn extents(attribute: Attribute, first: usize, others: usize) -> Vec<Attribute> {
    let Body::InClusters(value) = &attribute.body else { return vec![attribute] };
    let mut extents: Vec<Attribute> = Vec::new();
    let mut rest: &[Run] = &value.runs;
    let mut lowest_vcn = 0;
    while !rest.is_empty() || extents.is_empty() {
        let limit = if extents.is_empty() { first } else { others };
        let pairs = limit.saturating_sub((0x48 + 2 * attribute.name.len()).next_multiple_of(8));
        let taken = runs_within(rest, pairs.max(SMALLEST_EXTENT - 0x48));
        let (runs, left) = rest.split_at(taken);
        let extent = InClusters { runs: runs.to_vec(), lowest_vcn, ..value.clone() };
        lowest_vcn += runs.iter().map(|run| run.length).sum::<u64>();
        extents.push(Attribute { body: Body::InClusters(extent), ..attribute.clone() });
        rest = left;
    }
    extents
}

/// How many of `runs` have mapping pairs of at most `limit` bytes; at least one where there is one.
fn runs_within(runs: &[Run], limit: usize) -> usize {
    // The cluster that a run counts from is that of the run before, so lengths add up run by run.
    let mut length = 1;
    let mut previous: Option<&Run> = None;
    for (count, run) in runs.iter().enumerate() {
        let pair = match previous {
            Some(previous) => mapping_pairs(&[*previous, *run]).len() - mapping_pairs(&[*previous]).len(),
            None => mapping_pairs(&[*run]).len() - 1,
        };
        if length + pair > limit && count > 0 {
            return count;
        }
        length += pair;
        previous = Some(run);
    }
    runs.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_behind_one_that_does_not_fit_stays_behind_it() {
        let name = |length| Attribute::resident(kind::FILE_NAME, vec![0; length]);
        // The third name would fit in the base record, as the content does.
        let attributes = [name(0x100), name(0x200), name(0x50), Attribute::resident(kind::DATA, vec![0; 8])];
        assert_eq!(holders(&attributes, 0x300, 0x60), [0, 1, 1, 0]);
    }
}
