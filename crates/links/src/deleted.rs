//! What once was where dangling links lead: records that are no longer in use, and still have their names.
//!
//! They are not kept by the walk over the volume, so this is a walk of its own, over free records alone, and only where
//! some link dangles.

use format::{AttributeType, FileName, FileRecord, FileReference, Form, SlotState, UpCase, WtfString, slot_state};
use volume::Chunk;

use crate::files::File;
use crate::name_index::{WantedNames, is_same_name};
use crate::resolved_links::LinkEdge;
use crate::resolver::{Resolver, VolumeView};
use crate::verdict::Target;

/// A name that a record not in use still has.
struct DeletedName {
    parent: FileReference,
    /// The base record, as stored.
    file: FileReference,
    text: WtfString,
}

/// A link that dangles, and the names that were not found below a directory.
struct Dangling {
    edge: usize,
    directory: FileReference,
    names: Vec<Vec<u16>>,
}

/// Names that are compared for one link at most: a volume can have deleted the same name very often.
const MOST_COMPARED: u32 = 1 << 16;

/// Adds to every dangling link the file not in use that had its path.
pub(crate) fn find_deleted_targets(resolver: &Resolver<'_>, edges: &mut [LinkEdge]) {
    for (volume, view) in resolver.volumes.iter().enumerate() {
        let dangling = (0..).zip(edges.iter()).filter_map(|(index, edge)| dangling_on(resolver, volume, index, edge));
        let dangling: Vec<Dangling> = dangling.collect();
        let names = dangling.iter().flat_map(|dangling| &dangling.names).map(Vec::as_slice);
        let wanted = WantedNames::new(view.up_case, names);
        if wanted.is_empty() {
            continue;
        }
        let deleted = deleted_names(view, &wanted);
        for Dangling { edge, directory, names } in dangling {
            let mut search = Search { names: &deleted, up_case: view.up_case, left: MOST_COMPARED };
            let found = search.find(directory, &names).map(|file| (volume, file));
            edges.get_mut(edge).into_iter().for_each(|edge| edge.verdict.deleted_target = found);
        }
    }
}

/// What a link misses, if it misses something on a volume.
fn dangling_on(resolver: &Resolver<'_>, volume: usize, index: usize, edge: &LinkEdge) -> Option<Dangling> {
    // Of a file that misses a stream, nothing is deleted.
    let at = edge.verdict.missing_at.as_ref().filter(|at| at.file.volume == volume)?;
    let Target::Missing(_, path) = &edge.verdict.target else { return None };
    resolver.file(at.file).filter(File::is_directory)?;
    let above = resolver.path_of(at).as_wtf8().unit_count();
    let below: Vec<u16> = path.as_wtf8().units().skip(above).collect();
    let names = below.split(|&unit| unit == u16::from(b'\\')).filter(|name| !name.is_empty());
    let names = names.map(<[u16]>::to_vec).collect();
    Some(Dangling { edge: index, directory: resolver.file(at.file)?.reference(), names })
}

/// The wanted names of records that are not in use, by parent and file.
fn deleted_names(view: &VolumeView<'_>, wanted: &WantedNames) -> Vec<DeletedName> {
    let of_chunk = |_: &mut (), chunk: Chunk<'_>| names_of_chunk(chunk, view.up_case, wanted);
    let mut names: Vec<DeletedName> = view.volume.walk(&|_| {}, || (), of_chunk).into_iter().flatten().collect();
    names.sort_by_key(|name| (name.parent, name.file));
    names
}

fn names_of_chunk(mut chunk: Chunk<'_>, up_case: &UpCase, wanted: &WantedNames) -> Vec<DeletedName> {
    let mut names = Vec::new();
    // Their damage is reported where they are asked for.
    let mut issues = Vec::new();
    while let Some(mut block) = chunk.next_block() {
        for (number, slot) in block.slots().filter(|(_, slot)| slot_state(slot) == SlotState::Free) {
            issues.clear();
            let Some(record) = FileRecord::decode(slot, &mut issues) else { continue };
            let own = FileReference::new(number, record.header.sequence_number);
            let file = if record.header.is_extension() { record.header.base_record } else { own };
            for attribute in record.attributes().flatten() {
                let Form::Resident { value, .. } = attribute.form else { continue };
                if attribute.type_code != AttributeType::FILE_NAME {
                    continue;
                }
                let Ok(name) = FileName::decode(value, &mut issues) else { continue };
                let text = name.name.to_wtf8();
                if wanted.find(up_case, text.as_wtf8()).is_some() {
                    names.push(DeletedName { parent: name.parent, file, text });
                }
            }
        }
    }
    names
}

/// A search for a path among deleted names.
struct Search<'n> {
    names: &'n [DeletedName],
    up_case: &'n UpCase,
    /// Names that may still be compared.
    left: u32,
}

impl Search<'_> {
    /// The file that names lead to from a directory, which children name as `parent`: of several, that with the lowest
    /// record.
    fn find(&mut self, parent: FileReference, names: &[Vec<u16>]) -> Option<FileReference> {
        let (name, rest) = names.split_first()?;
        let start = self.names.partition_point(|name| name.parent < parent);
        let children = self.names.get(start..)?.iter().take_while(|name| name.parent == parent);
        let mut lowest: Option<FileReference> = None;
        for child in children {
            let Some(left) = self.left.checked_sub(1) else { break };
            self.left = left;
            if !is_same_name(self.up_case, child.text.as_wtf8(), name) {
                continue;
            }
            let found = if rest.is_empty() { Some(child.file) } else { self.find(as_parent(child.file), rest) };
            let is_lower =
                |found: &FileReference| lowest.is_none_or(|lowest| found.record_number() < lowest.record_number());
            lowest = found.filter(is_lower).or(lowest);
        }
        lowest
    }
}

/// How children name a directory that is not in use: it has counted on since they were made.
fn as_parent(directory: FileReference) -> FileReference {
    FileReference::new(directory.record_number(), previous_sequence(directory.sequence_number()))
}

/// The sequence number of a record before it was freed; 0 is skipped.
fn previous_sequence(sequence: u16) -> u16 {
    match sequence {
        0 | 1 => u16::MAX,
        sequence => sequence - 1,
    }
}
