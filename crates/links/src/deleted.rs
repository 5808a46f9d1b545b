//! What once was where dangling links lead: records that are no longer in use, and still have their names.
//!
//! The walk over the volume keeps hashes of their names. The records are read again where a link dangles that asks for one.

use format::{AttributeType, FileRecord, FileReference, Form, StandardInformation, UpCase, WtfString};
use rayon::prelude::*;

use crate::components::Components;
use crate::extract::readable_names;
use crate::name_hash::{hash_stored, hash_units};
use crate::name_index::{NameFilter, is_same_name};
use crate::reparse_type::LinkType;
use crate::resolved_links::LinkEdge;
use crate::resolver::{Resolver, VolumeView};

/// A name that a record not in use still has.
struct DeletedName {
    parent: FileReference,
    hash: u32,
    /// The base record, as stored.
    file: FileReference,
    /// Whether case counts in it, if it was a directory.
    is_case_sensitive: bool,
    text: WtfString,
}

/// A link that dangles, and the names that were not found below a directory.
struct Dangling<'l> {
    edge: usize,
    /// As its children name it.
    directory: FileReference,
    names: &'l Components,
    /// Whether case counts in that directory.
    is_case_sensitive: bool,
    /// Whether case counts in any, for who follows the link.
    is_exact: bool,
}

/// For the edges of dangling links the file not in use that had their path, if there is one. Each may compare so many
/// names: a volume can have deleted the same name very often.
pub(crate) fn find_deleted_targets(
    resolver: &Resolver<'_>,
    edges: &[LinkEdge],
    most_compared: u32,
) -> Vec<(usize, (usize, FileReference))> {
    let on_volume = |(volume, view): (usize, &VolumeView<'_>)| {
        let edges_by_index = edges.par_iter().enumerate();
        let dangling = edges_by_index.filter_map(|(index, edge)| dangling_on(resolver, volume, index, edge));
        // Few miss names all of which some record has that is not in use; the last one is the rarest.
        let free = NameFilter::of_hashes(free_name_hashes(view));
        let may_be_free = |name: &[u16]| free.may_have(hash_units(&view.files.up_case, name));
        let dangling = dangling.filter(|dangling| dangling.names.iter().rev().all(may_be_free));
        let dangling: Vec<Dangling<'_>> = dangling.collect();
        let names = dangling.par_iter().map(|dangling| dangling.names);
        let wanted = NameFilter::of_paths(&view.files.up_case, names);
        let deleted = if wanted.is_empty() { Vec::new() } else { deleted_names(view, &wanted) };
        let find = |dangling: &Dangling<'_>| {
            let (up_case, is_exact) = (&view.files.up_case, dangling.is_exact);
            let mut search = Search { names: &deleted, up_case, is_exact, left: most_compared };
            let found = search.find(dangling.directory, dangling.names, dangling.is_case_sensitive);
            found.map(|file| (dangling.edge, (volume, file)))
        };
        dangling.par_iter().filter_map(find).collect::<Vec<_>>()
    };
    resolver.volumes.iter().enumerate().flat_map(on_volume).collect()
}

/// The hashes of the names of all records that are not in use.
fn free_name_hashes<'v>(view: &'v VolumeView<'_>) -> impl ParallelIterator<Item = u32> + Clone + 'v {
    let chunks = (0..view.files.chunk_count()).into_par_iter();
    chunks.flat_map_iter(|chunk| view.files.free_names_of_chunk(chunk)).map(|name| name.hash)
}

/// What a link misses, if it misses something on a volume.
fn dangling_on<'l>(resolver: &Resolver<'_>, volume: usize, index: usize, edge: &'l LinkEdge) -> Option<Dangling<'l>> {
    let (directory, names) = edge.verdict.missing.as_ref().filter(|(directory, _)| directory.volume == volume)?;
    let file = resolver.file(*directory)?;
    let directory = if file.is_in_use() { file.reference() } else { as_parent(file.reference()) };
    let is_exact = edge.link_type == LinkType::InterixSymlink;
    Some(Dangling { edge: index, directory, names, is_case_sensitive: file.is_case_sensitive(), is_exact })
}

/// The wanted names of records that are not in use, by parent, hash and file.
fn deleted_names(view: &VolumeView<'_>, wanted: &NameFilter) -> Vec<DeletedName> {
    let of_chunk = |slot: &mut Vec<u8>, chunk| {
        let free = view.files.free_names_of_chunk(chunk).iter().filter(|name| wanted.may_have(name.hash));
        let mut records: Vec<u32> = free.map(|name| name.record).collect();
        records.dedup();
        let mut names = Vec::new();
        for record in records.into_iter().map(u64::from) {
            view.volume.read_slot(record, slot);
            names_of_record(record, slot, &view.files.up_case, wanted, &mut names);
        }
        names
    };
    let chunks = (0..view.files.chunk_count()).into_par_iter().map_init(Vec::new, of_chunk);
    let mut names: Vec<DeletedName> = chunks.flatten_iter().collect();
    names.sort_by_key(|name| (name.parent, name.hash, name.file));
    names
}

/// Adds the wanted names of one record that is not in use.
fn names_of_record(number: u64, slot: &mut [u8], up_case: &UpCase, wanted: &NameFilter, names: &mut Vec<DeletedName>) {
    // Their damage is reported where they are asked for.
    let Some(record) = FileRecord::decode(slot, &mut Vec::new()) else { return };
    let own = FileReference::new(number, record.header.sequence_number);
    let file = if record.header.is_extension() { record.header.base_record } else { own };
    for name in readable_names(&record) {
        let hash = hash_stored(up_case, name.name);
        if wanted.may_have(hash) {
            let is_case_sensitive = is_case_sensitive(&record);
            let text = name.name.to_wtf8();
            names.push(DeletedName { parent: name.parent, hash, file, is_case_sensitive, text });
        }
    }
}

fn is_case_sensitive(record: &FileRecord<'_>) -> bool {
    let mut information = record.attributes().flatten().filter_map(|attribute| match attribute.form {
        Form::Resident { value, .. } if attribute.type_code == AttributeType::STANDARD_INFORMATION => {
            StandardInformation::decode(value).ok()
        }
        _ => None,
    });
    information.next().is_some_and(|information| information.is_case_sensitive())
}

/// A search for a path among deleted names.
struct Search<'n> {
    names: &'n [DeletedName],
    up_case: &'n UpCase,
    /// Whether case counts in any directory.
    is_exact: bool,
    /// Names that may still be compared.
    left: u32,
}

impl Search<'_> {
    /// The file that names lead to from a directory, which children name as `parent`: of several, that with the lowest
    /// record. Name by name, since a hostile path has tens of thousands.
    fn find(&mut self, parent: FileReference, names: &Components, is_case_sensitive: bool) -> Option<FileReference> {
        let mut found = vec![(parent, is_case_sensitive)];
        let mut names = names.iter();
        let last = names.next_back()?;
        for name in names {
            let children = self.children(&found, name);
            found = children.map(|child| (as_parent(child.file), child.is_case_sensitive)).collect();
            if found.is_empty() {
                return None;
            }
        }
        self.children(&found, last).map(|child| child.file).min_by_key(|file| file.record_number())
    }

    /// What has a name in some directories, each given as children name it, and whether case counts there. Not all of it
    /// where that is too much to compare.
    fn children(&mut self, parents: &[(FileReference, bool)], name: &[u16]) -> impl Iterator<Item = &DeletedName> {
        let hash = hash_units(self.up_case, name);
        let mut children = Vec::new();
        for (parent, is_case_sensitive) in parents {
            let key = (*parent, hash);
            let start = self.names.partition_point(|name| (name.parent, name.hash) < key);
            let same = self.names.get(start..).unwrap_or_default().iter();
            let same = same.take_while(|name| (name.parent, name.hash) == key).take(self.left as usize);
            let before = children.len();
            children.extend(same.map(|child| (child, *is_case_sensitive)));
            self.left = self.left.saturating_sub(format::bytes::offset32(children.len() - before));
        }
        children.retain(|(child, is_case_sensitive)| self.is_meant(child, name, *is_case_sensitive));
        children.into_iter().map(|(child, _)| child)
    }

    /// Whether a name is the one that a path's text means, in a directory where case counts or not.
    fn is_meant(&self, child: &DeletedName, text: &[u16], is_case_sensitive: bool) -> bool {
        let name = child.text.as_wtf8();
        if self.is_exact || is_case_sensitive { name.has_units(text) } else { is_same_name(self.up_case, name, text) }
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
