//! The link graph of one volume: which files are exported, and the hard links between them and their directories.

use format::{FileReference, WtfString};
use rayon::prelude::*;
use volume::Volume;

use crate::extract::ExtractOptions;
use crate::files::{File, Files, HardLink, Name, NameId};
use crate::paths::{Parent, Paths, Place};
use crate::problem::{Cause, LinkIssue, Problem, sort_problems};
use crate::read::read_files;
use crate::resolved_links::LinkEdge;
use crate::verdict::Reached;

/// Which files are exported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Selection {
    /// Every base record in use, not only those that have to do with links.
    pub all: bool,
}

/// How many there are of what, in one volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Slots of the MFT.
    pub records: u64,
    /// Base records in use.
    pub in_use: u64,
    /// Those that are directories.
    pub directories: u64,
    /// Those that are not.
    pub files: u64,
    /// Extension records in use.
    pub extension_records: u64,
    /// Names outside the DOS namespace, of base records in use.
    pub names: u64,
    /// Files in use with two or more hard links.
    pub hard_linked_files: u64,
    /// Base records in use with a reparse point.
    pub reparse_points: u64,
    /// Base records not in use that decode.
    pub deleted: u64,
    /// Slots with damage of their own.
    pub damaged: u64,
}

/// The link graph of one volume.
#[derive(Debug)]
pub struct VolumeGraph {
    /// Its files.
    pub files: Files,
    /// Where its directories are.
    pub paths: Paths,
    /// How many there are of what.
    pub counts: Counts,
    /// For each position of [`Files`]: is the file exported?
    exported: Vec<bool>,
    edges: HardLinkEdges,
    /// By record, offset, code.
    pub problems: Vec<Problem>,
    /// The record of `\$Extend\$Deleted`, if there is one.
    deleted_directory: Option<FileReference>,
}

/// One hard link as an edge.
#[derive(Clone, Copy, Debug)]
pub struct HardLinkEdge<'a> {
    /// The directory.
    pub source: EdgeSource,
    /// The file that has the name.
    pub target: File<'a>,
    /// The name, and the 8.3 alias that belongs to it.
    pub link: HardLink<'a>,
}

/// Where the edge of a hard link begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EdgeSource {
    /// A file of the volume, by its record number.
    Record(u64),
    /// A reference that leads nowhere.
    Missing(FileReference),
}

/// An edge, with its names by where they are kept: 12 bytes. The first name leads to the target as well.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    name_record: u32,
    short_name_record: u32,
    name_index: u16,
    /// [`NO_SHORT_NAME`] without one.
    short_name_index: u16,
}

/// Chunks of the MFT whose edges are found at a time, for each thread.
const CHUNKS_PER_THREAD: usize = 16;

const NO_SHORT_NAME: u16 = u16::MAX;

impl Entry {
    fn new(name: NameId, short_name: Option<NameId>) -> Entry {
        let short_name = short_name.unwrap_or(NameId { record: 0, index: NO_SHORT_NAME });
        Entry {
            name_record: name.record,
            short_name_record: short_name.record,
            name_index: name.index,
            short_name_index: short_name.index,
        }
    }

    fn name(&self) -> NameId {
        NameId { record: self.name_record, index: self.name_index }
    }

    fn short_name(&self) -> Option<NameId> {
        let id = NameId { record: self.short_name_record, index: self.short_name_index };
        (id.index != NO_SHORT_NAME).then_some(id)
    }
}

/// The edges to the files of one chunk of records, in record order.
#[derive(Default)]
struct ChunkEdges {
    /// Position of the directory, and the edge.
    directories: Vec<(u32, Entry)>,
    missing: Vec<(FileReference, Entry)>,
    /// The files themselves, by record number.
    targets: Vec<u32>,
}

/// The hard links of exported files, by source: directories by position, then references that lead nowhere.
#[derive(Debug, Default)]
struct HardLinkEdges {
    /// For each position the index of its first edge; one more at the end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    missing: Vec<(FileReference, Entry)>,
}

impl VolumeGraph {
    /// Reads a volume and finds the place of each of its files; nothing is exported yet. `progress` is told the slots done
    /// with each chunk.
    pub fn read(
        volume: &Volume<'_>,
        found_before: Vec<Problem>,
        options: ExtractOptions,
        progress: &(dyn Fn(u64) + Sync),
    ) -> VolumeGraph {
        let mut files = read_files(volume, options, progress);
        let paths = Paths::build(&files);
        let mut problems = found_before;
        problems.append(&mut files.take_problems());
        let counts = count(volume, &files);
        problems.extend(check_names(volume, &files, &paths));
        sort_problems(&mut problems);
        VolumeGraph {
            deleted_directory: find_deleted_directory(&files),
            exported: Vec::new(),
            edges: HardLinkEdges::default(),
            files,
            paths,
            counts,
            problems,
        }
    }

    /// Adds problems that were found later.
    pub fn add_problems(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
        sort_problems(&mut self.problems);
    }

    /// The exported files at some positions, each with its position, in record order.
    pub fn exported_files(&self, positions: std::ops::Range<usize>) -> impl Iterator<Item = (usize, File<'_>)> {
        let exported = positions.filter(|position| self.exported.get(*position).copied().unwrap_or(false));
        exported.filter_map(|position| Some((position, self.files.file(self.files.record_at(position)?)?)))
    }

    /// The references that lead nowhere and have an edge, each once, by number and sequence.
    pub fn missing_parents(&self) -> Vec<FileReference> {
        let mut missing: Vec<FileReference> = self.edges.missing.iter().map(|(reference, _)| *reference).collect();
        missing.dedup();
        missing
    }

    /// Whether an edge begins at a directory.
    pub fn has_edges_from(&self, record: u64) -> bool {
        self.files.position(record).is_some_and(|position| !self.edges.of(position).is_empty())
    }

    /// How many edges begin at directories.
    pub fn directory_edge_count(&self) -> usize {
        self.edges.entries.len()
    }

    /// Some of the edges that begin at directories, by their numbers.
    pub fn directory_edges(&self, numbers: std::ops::Range<usize>) -> impl Iterator<Item = HardLinkEdge<'_>> {
        let starts = &self.edges.starts;
        // The edges of the positions before this one have lower numbers, or the number at hand.
        let mut next = starts.partition_point(|start| *start as usize <= numbers.start);
        numbers.filter_map(move |number| {
            while starts.get(next).is_some_and(|start| *start as usize <= number) {
                next += 1;
            }
            let source = EdgeSource::Record(self.files.record_at(next.checked_sub(1)?)?);
            self.edge(source, self.edges.entries.get(number)?)
        })
    }

    /// How many edges begin at records before this one, and at this one with a target that `comes_before` says does.
    pub fn count_edges_before(&self, source: u64, comes_before: impl Fn(u64) -> bool) -> usize {
        let Some(position) = self.files.position(source) else { return 0 };
        let start = self.edges.starts.get(position).map_or(0, |start| *start as usize);
        let target = |entry: &Entry| self.files.file_of_name(entry.name()).map_or(0, |file| file.record());
        start + self.edges.of(position).partition_point(|entry| comes_before(target(entry)))
    }

    /// The name that a link's edge begins at.
    pub fn name_of_link(&self, edge: &LinkEdge) -> Option<Name<'_>> {
        self.files.name(edge.name?)
    }

    /// The path of the name that a link's edge begins at.
    pub fn path_of_link(&self, edge: &LinkEdge) -> Option<WtfString> {
        let name = self.files.name(edge.name?)?;
        Some(self.paths.path_of_one(&self.files, &self.files.file(edge.source.record)?, &name))
    }

    /// The path of what a link leads to on this volume, with the stream that it is.
    pub fn path_of_reached(&self, reached: &Reached) -> WtfString {
        reached.path(&self.files, &self.paths)
    }

    /// The edges whose source is a reference that leads nowhere, by that reference, then by target.
    pub fn missing_parent_edges(&self) -> impl Iterator<Item = HardLinkEdge<'_>> {
        let edges = self.edges.missing.iter();
        edges.filter_map(|(reference, entry)| self.edge(EdgeSource::Missing(*reference), entry))
    }

    fn edge(&self, source: EdgeSource, entry: &Entry) -> Option<HardLinkEdge<'_>> {
        let name = self.files.name(entry.name())?;
        let short_name = entry.short_name().and_then(|id| self.files.name(id));
        let target = self.files.file_of_name(entry.name())?;
        Some(HardLinkEdge { source, target, link: HardLink { name, short_name } })
    }

    /// The edges of a file's hard links, exported or not, in the order of their names.
    pub fn hard_link_edges<'g>(&'g self, file: &File<'g>) -> Vec<HardLinkEdge<'g>> {
        let mut links = Vec::new();
        file.hard_links(&mut links);
        links.sort_by(|one, two| one.name.text().compare_units(two.name.text()));
        let edge = |link: HardLink<'g>| HardLinkEdge { source: self.source_of(file, &link.name), target: *file, link };
        links.into_iter().map(edge).collect()
    }

    /// Whether the file is deleted, and kept by Windows only until it is closed.
    pub fn is_delete_pending(&self, file: &File<'_>) -> bool {
        self.deleted_directory.is_some_and(|deleted| file.names().any(|name| name.parent() == deleted))
    }

    /// How the path of one of a file's names begins.
    pub fn place_of(&self, file: &File<'_>, name: &Name<'_>) -> Place {
        self.paths.place_of(&self.files, file, name)
    }

    /// Where the edge of a name begins.
    pub fn source_of(&self, file: &File<'_>, name: &Name<'_>) -> EdgeSource {
        let reference = name.parent();
        match self.files.parent(file, reference) {
            Parent::Directory(parent) => EdgeSource::Record(parent.record()),
            _ => match self.files.file(reference.record_number()) {
                // A file, or a record not in use, that is what the reference names: the node exists.
                Some(parent) if parent.reference() == reference => EdgeSource::Record(parent.record()),
                _ => EdgeSource::Missing(reference),
            },
        }
    }

    /// Marks what is exported, and gathers the edges of it. `targets` are the records that links lead to, in order.
    ///
    /// The edges are found twice, to be counted and to be put in their places: all of them at once, beside the places,
    /// would take more memory than anything else.
    pub fn select(&mut self, selection: Selection, targets: &[u64]) {
        let mut exported = vec![false; self.files.positions()];
        let mut export = |position: usize| exported.get_mut(position).into_iter().for_each(|entry| *entry = true);
        let mut edges = HardLinkEdges::with_room_for(self.files.positions());
        self.for_each_chunk_from_the_last(selection, targets, |chunk| {
            chunk.targets.iter().filter_map(|record| self.files.position(u64::from(*record))).for_each(&mut export);
            for (position, _) in &chunk.directories {
                export(*position as usize);
                edges.count(*position);
            }
        });
        edges.make_room();
        self.for_each_chunk_from_the_last(selection, targets, |chunk| edges.put(chunk));
        edges.sort_missing();
        (self.exported, self.edges) = (exported, edges);
    }

    /// Hands the edges of every chunk to `visit`, the last chunk's first. They are found on all threads, for a few chunks
    /// at a time.
    fn for_each_chunk_from_the_last(&self, selection: Selection, targets: &[u64], mut visit: impl FnMut(ChunkEdges)) {
        let is_target = |file: &File<'_>| targets.binary_search(&file.record()).is_ok();
        let wanted = |file: &File<'_>| selection.all || !file.is_in_use() || is_about_links(file) || is_target(file);
        let at_a_time = CHUNKS_PER_THREAD * rayon::current_num_threads();
        let mut end = self.files.chunk_count();
        while end > 0 {
            let start = end.saturating_sub(at_a_time);
            let chunks: Vec<ChunkEdges> =
                (start..end).into_par_iter().map(|chunk| self.edges_of_chunk(chunk, wanted)).collect();
            chunks.into_iter().rev().for_each(&mut visit);
            end = start;
        }
    }

    fn edges_of_chunk(&self, chunk: usize, wanted: impl Fn(&File<'_>) -> bool) -> ChunkEdges {
        let mut links = Vec::new();
        let mut edges = ChunkEdges::default();
        for file in self.files.files_of_chunk(chunk).filter(wanted) {
            edges.targets.push(u32::try_from(file.record()).unwrap_or(u32::MAX));
            file.hard_links(&mut links);
            // Edges from one directory to one file are in the order of their names.
            links.sort_by(|one, two| one.name.text().compare_units(two.name.text()));
            for link in &links {
                let entry = Entry::new(link.name.id, link.short_name.map(|name| name.id));
                match self.source_of(&file, &link.name) {
                    EdgeSource::Missing(reference) => edges.missing.push((reference, entry)),
                    EdgeSource::Record(record) => {
                        let position = self.files.position(record).unwrap_or(0);
                        edges.directories.push((format::bytes::offset32(position), entry));
                    }
                }
            }
        }
        edges
    }
}

/// Whether a file is exported though not every file is: it has several hard links, or is a link or reparse point.
fn is_about_links(file: &File<'_>) -> bool {
    file.is_reparse_point() || file.has_several_hard_links() || file.foreign_link().is_some()
}

/// Edges are sorted by source, in time linear in their number, because they come by target and name already: counted,
/// then put in their places from the last on.
impl HardLinkEdges {
    fn with_room_for(positions: usize) -> HardLinkEdges {
        HardLinkEdges { starts: vec![0; positions + 1], ..HardLinkEdges::default() }
    }

    fn count(&mut self, position: u32) {
        self.starts.get_mut(position as usize).into_iter().for_each(|count| *count += 1);
    }

    /// Makes room for the edges that were counted. Every start is its neighbour's for now, and is counted down to its
    /// own while the edges come in.
    fn make_room(&mut self) {
        let mut total = 0;
        for count in &mut self.starts {
            total += *count;
            *count = total;
        }
        self.entries = vec![Entry::default(); total as usize];
    }

    /// Puts the edges of a chunk in their places, those of the chunks after it being in theirs.
    fn put(&mut self, chunk: ChunkEdges) {
        for (position, entry) in chunk.directories.into_iter().rev() {
            let Some(start) = self.starts.get_mut(position as usize) else { continue };
            *start -= 1;
            self.entries.get_mut(*start as usize).into_iter().for_each(|place| *place = entry);
        }
        self.missing.extend(chunk.missing.into_iter().rev());
    }

    /// Sorts the edges whose source is missing, which have come last to first. Ids that are no records are in the order
    /// of their bytes.
    fn sort_missing(&mut self) {
        self.missing.reverse();
        self.missing.sort_by_cached_key(|(reference, _)| reference.to_string());
    }

    /// The edges of the directory at a position.
    fn of(&self, position: usize) -> &[Entry] {
        let (Some(start), Some(end)) = (self.starts.get(position), self.starts.get(position + 1)) else { return &[] };
        self.entries.get(*start as usize..*end as usize).unwrap_or_default()
    }
}

fn count(volume: &Volume<'_>, files: &Files) -> Counts {
    let count_chunk = |chunk: usize| {
        let mut counts = Counts::default();
        for file in files.files_of_chunk(chunk).filter(File::is_in_use) {
            counts.in_use += 1;
            counts.directories += u64::from(file.is_directory());
            counts.names += file.non_dos_names();
            counts.hard_linked_files += u64::from(!file.is_directory() && file.has_several_hard_links());
            counts.reparse_points += u64::from(file.is_reparse_point());
        }
        counts
    };
    let add = |one: Counts, two: Counts| Counts {
        in_use: one.in_use + two.in_use,
        directories: one.directories + two.directories,
        names: one.names + two.names,
        hard_linked_files: one.hard_linked_files + two.hard_linked_files,
        reparse_points: one.reparse_points + two.reparse_points,
        ..one
    };
    let sum = (0..files.chunk_count()).into_par_iter().map(count_chunk).reduce(Counts::default, add);
    Counts {
        records: volume.record_slots(),
        files: sum.in_use - sum.directories,
        extension_records: files.extension_records(),
        deleted: files.free_bases(),
        damaged: files.damaged_slots(),
        ..sum
    }
}

/// A problem for every name in use whose parent is not what it should be, or whose path is too long.
fn check_names(volume: &Volume<'_>, files: &Files, paths: &Paths) -> Vec<Problem> {
    let check_chunk = |chunk: usize| {
        let mut problems = Vec::new();
        for file in files.files_of_chunk(chunk).filter(File::is_in_use) {
            problems.extend(paths.excess_units(files, &file).map(|units| {
                let (record, offset) = (file.record(), volume.image_offset(file.record(), 0));
                Problem { record: Some(record), offset, cause: Cause::Link(LinkIssue::PathsTooLong { units }) }
            }));
            for name in file.names() {
                let Some(issue) = check_name(files, paths, &file, &name) else { continue };
                let (record, offset) = name.place();
                let offset = volume.image_offset(record, offset);
                problems.push(Problem { record: Some(record), offset, cause: Cause::Link(issue) });
            }
        }
        problems
    };
    let mut problems: Vec<Problem> = (0..files.chunk_count()).into_par_iter().flat_map_iter(check_chunk).collect();
    problems.extend(paths.cycles.iter().map(|(record, parent)| {
        let offset = volume.image_offset(*record, 0);
        Problem { record: Some(*record), offset, cause: Cause::Link(LinkIssue::ParentCycle { parent: *parent }) }
    }));
    problems
}

fn check_name(files: &Files, paths: &Paths, file: &File<'_>, name: &Name<'_>) -> Option<LinkIssue> {
    let parent = name.parent();
    match files.parent(file, parent) {
        Parent::Stale(found) => Some(LinkIssue::StaleParent { parent, found }),
        Parent::Missing => Some(LinkIssue::MissingParent { parent }),
        Parent::NotADirectory(found) => Some(LinkIssue::ParentNotADirectory { parent, found }),
        Parent::Directory(_) => match paths.place_of(files, file, name) {
            Place::Long(_) => {
                let above = paths.index_of(files, parent.record_number()).and_then(|index| paths.directory(index));
                let own = format::bytes::offset32(name.text().unit_count());
                Some(LinkIssue::PathTooLong { units: above.map_or(0, |above| above.units) + 1 + own })
            }
            _ => None,
        },
    }
}

/// The directory in which Windows 10 keeps files that are deleted but still open. It has no fixed number.
fn find_deleted_directory(files: &Files) -> Option<FileReference> {
    const EXTEND: u64 = 11;
    let is_in_extend = |file: &File<'_>, name: &Name<'_>| match files.parent(file, name.parent()) {
        Parent::Directory(parent) => parent.record() == EXTEND,
        _ => false,
    };
    let is_deleted = |file: &File<'_>, name: Name<'_>| {
        name.parent().record_number() == EXTEND && name.text().as_bytes() == b"$Deleted" && is_in_extend(file, &name)
    };
    let in_chunk = |chunk| {
        let mut directories = files.files_of_chunk(chunk).filter(|file| file.is_in_use() && file.is_directory());
        directories.find(|file| file.names().any(|name| is_deleted(file, name))).map(|file| file.reference())
    };
    (0..files.chunk_count()).into_par_iter().find_map_first(in_chunk)
}
