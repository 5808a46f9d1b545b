//! From names to directories: looks up paths, makes missing directories, numbers the files, and finds names that clash.

use std::collections::HashMap;

use format::FileReference;

use super::error::{Problem, quoted};
use super::file::{Draft, LAST_RECORD};
use super::is_case_sensitive;
use super::names::{self, POSIX, Parent};
use super::reader::{Read, Value};
use crate::description::{File, Name};
use crate::tree::{SYSTEM_FILES, system, system_reference};
use crate::up_case::UpCase;

/// A directory or file by its position: the root, `$Extend`, the files of the spec, the directories made for them.
type Position = usize;

const ROOT: Position = 0;
const EXTEND: Position = 1;
const FIRST_FILE: Position = 2;

/// What a name leads to, as far as a path that goes on there cares.
#[derive(Clone, Copy)]
struct Node {
    is_directory: bool,
    is_deleted: bool,
    is_case_sensitive: bool,
}

/// A directory that no `[[file]]` gives.
struct Implicit<'a> {
    parent: Position,
    units: Box<[u16]>,
    /// The first of the files in it, or in a directory made in it: it gets its number just before that one.
    needed_by: usize,
    /// The key with the path that goes through it.
    value: Value<'a>,
}

/// The files of a volume in ascending order of record numbers; `time` is that of the directories made on the way.
pub(super) fn place(drafts: Vec<Draft<'_>>, time: u64) -> Read<Vec<File>> {
    let records = explicit_records(&drafts)?;
    let mut directories = Directories::new(&drafts);
    let parents = directories.find_parents(&drafts, &records)?;
    let references = number(&drafts, &directories.implicit, &records)?;
    let resolve = |parent: Target| match parent {
        Target::Found(position) => references[position],
        Target::Reference(reference) => reference,
    };
    let names = resolve_names(&drafts, &parents, resolve);
    let implicit_names: Vec<_> = directories
        .implicit
        .iter()
        .map(|made| Name { parent: references[made.parent], units: made.units.clone(), namespace: POSIX })
        .collect();
    check_clashes(&drafts, &names, &directories.implicit, &implicit_names, &references)?;
    let first_implicit = FIRST_FILE + drafts.len();
    let explicit = drafts.into_iter().zip(names).zip(&references[FIRST_FILE..]);
    let mut files: Vec<File> =
        explicit.map(|((draft, names), reference)| File { reference: *reference, names, ..draft.file }).collect();
    let made = implicit_names.into_iter().zip(&references[first_implicit..]);
    files.extend(made.map(|(name, reference)| directory(*reference, name, time)));
    files.sort_by_key(|file| file.reference.record_number());
    Ok(files)
}

fn directory(reference: FileReference, name: Name, time: u64) -> File {
    File {
        reference,
        is_directory: true,
        is_deleted: false,
        names: vec![name],
        times: [time; 4],
        attributes: super::file::default_attributes(true),
        content: None,
        extra: None,
    }
}

/// The files that give their record number, by it.
fn explicit_records(drafts: &[Draft<'_>]) -> Read<HashMap<u64, usize>> {
    let mut records = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let Some((record, value)) = draft.record else { continue };
        let first: Option<usize> = records.insert(record, index);
        let first = first.and_then(|first| drafts[first].record);
        if let Some((_, first)) = first {
            return Err(value.wrong("a number that no other file has").clashing_with(first.offset()));
        }
    }
    Ok(records)
}

/// Where a name is.
#[derive(Clone, Copy)]
enum Target {
    Found(Position),
    Reference(FileReference),
}

/// Names by directory.
struct Directories<'a> {
    nodes: Vec<Node>,
    /// By directory, and by name as it is compared there.
    entries: HashMap<(Position, Box<[u16]>), Position>,
    /// Paths that were looked up.
    known_paths: HashMap<&'a str, Position>,
    implicit: Vec<Implicit<'a>>,
    file_count: usize,
}

impl<'a> Directories<'a> {
    fn new(drafts: &[Draft<'_>]) -> Self {
        let directory = Node { is_directory: true, is_deleted: false, is_case_sensitive: false };
        let files = drafts.iter().map(|draft| Node {
            is_directory: draft.file.is_directory,
            is_deleted: draft.file.is_deleted,
            is_case_sensitive: is_case_sensitive(&draft.file),
        });
        let nodes = [directory, directory].into_iter().chain(files).collect();
        let known_paths = HashMap::from([("", ROOT)]);
        let entries = HashMap::new();
        let mut this = Self { nodes, entries, known_paths, implicit: Vec::new(), file_count: drafts.len() };
        let extend: Vec<u16> = "$Extend".encode_utf16().collect();
        this.register(ROOT, &extend, EXTEND);
        this
    }

    /// The directory of every name of every file. Paths are looked up in the order of their depth, so that all that
    /// may be on the way is known.
    fn find_parents(&mut self, drafts: &[Draft<'a>], records: &HashMap<u64, usize>) -> Read<Vec<Vec<Target>>> {
        let mut parents: Vec<Vec<Target>> = Vec::with_capacity(drafts.len());
        let mut paths = Vec::new();
        for (index, draft) in drafts.iter().enumerate() {
            let mut targets = Vec::with_capacity(draft.names.len());
            for (name_index, name) in draft.names.iter().enumerate() {
                targets.push(match name.parent {
                    Parent::Reference(reference) => Target::Reference(reference),
                    Parent::Record(record, value) => {
                        let position = self.by_record(record, value, records)?;
                        self.register(position, &name.units, FIRST_FILE + index);
                        Target::Found(position)
                    }
                    Parent::Path(path) => {
                        paths.push((path.matches('\\').count(), path, index, name_index));
                        Target::Found(ROOT)
                    }
                });
            }
            parents.push(targets);
        }
        paths.sort_by_key(|(depth, ..)| *depth);
        for (_, path, index, name_index) in paths {
            let name = &drafts[index].names[name_index];
            let position = self.by_path(path, index, name.value)?;
            self.register(position, &name.units, FIRST_FILE + index);
            parents[index][name_index] = Target::Found(position);
        }
        Ok(parents)
    }

    fn by_record(&self, record: u64, value: Value<'_>, records: &HashMap<u64, usize>) -> Read<Position> {
        let position = match record {
            system::ROOT => Some(ROOT),
            system::EXTEND => Some(EXTEND),
            _ => records.get(&record).map(|index| FIRST_FILE + index),
        };
        let directory = position.filter(|position| self.nodes[*position].is_directory);
        directory.ok_or_else(|| {
            value.wrong("the `record` that a directory of this spec gives (or `\"number-sequence\"` for any other)")
        })
    }

    fn by_path(&mut self, path: &'a str, needed_by: usize, value: Value<'a>) -> Read<Position> {
        let position = match self.known_paths.get(path) {
            Some(position) => *position,
            None => {
                let mut position = ROOT;
                for component in path.split('\\').skip(1) {
                    position = self.step(position, component, needed_by, value)?;
                }
                self.known_paths.insert(path, position);
                position
            }
        };
        self.claim(position, needed_by);
        Ok(position)
    }

    /// The directory of this name in a directory; made where there is none.
    fn step(&mut self, directory: Position, name: &str, needed_by: usize, value: Value<'a>) -> Read<Position> {
        let units: Box<[u16]> = name.encode_utf16().collect();
        let key = (directory, as_compared(&units, self.nodes[directory].is_case_sensitive));
        match self.entries.get(&key) {
            Some(position) if self.nodes[*position].is_directory => return Ok(*position),
            Some(_) => {
                let found = format!("{}, which is a file", quoted(name));
                return Err(value.problem("a path through directories", found));
            }
            None => {}
        }
        let position = self.nodes.len();
        self.nodes.push(Node { is_directory: true, is_deleted: false, is_case_sensitive: false });
        self.implicit.push(Implicit { parent: directory, units, needed_by, value });
        self.entries.insert(key, position);
        Ok(position)
    }

    /// Notes which file is the first in a directory that was made, and in those made above it.
    fn claim(&mut self, mut position: Position, needed_by: usize) {
        while let Some(made) = position.checked_sub(FIRST_FILE + self.file_count).map(|index| &mut self.implicit[index])
        {
            if made.needed_by < needed_by {
                return;
            }
            made.needed_by = needed_by;
            position = made.parent;
        }
    }

    /// Lets paths go through a name. Of several, a live directory goes before a file, and that before a deleted
    /// directory; nothing goes through a deleted file.
    fn register(&mut self, directory: Position, units: &[u16], position: Position) {
        let Node { is_directory, is_deleted, .. } = self.nodes[position];
        if is_deleted && !is_directory {
            return;
        }
        let rank = |node: Node| (node.is_deleted, !node.is_directory);
        let key = (directory, as_compared(units, self.nodes[directory].is_case_sensitive));
        let entry = self.entries.entry(key).or_insert(position);
        if rank(self.nodes[position]) < rank(self.nodes[*entry]) {
            *entry = position;
        }
    }
}

/// A name as it is compared in a directory.
pub(super) fn as_compared(units: &[u16], is_case_sensitive: bool) -> Box<[u16]> {
    if is_case_sensitive { units.into() } else { UpCase::unicode().fold(units) }
}

/// The references by position. A file that gives no record number has the one after the highest so far that no other
/// gives.
fn number(drafts: &[Draft<'_>], implicit: &[Implicit<'_>], records: &HashMap<u64, usize>) -> Read<Vec<FileReference>> {
    let mut references = vec![system_reference(system::ROOT), system_reference(system::EXTEND)];
    references.resize(FIRST_FILE + drafts.len() + implicit.len(), FileReference(0));
    let mut made_first: Vec<usize> = (0..implicit.len()).collect();
    made_first.sort_by_key(|index| implicit[*index].needed_by);
    let mut made_first = made_first.into_iter().peekable();
    let mut next = system::FIRST_USER;
    for (index, draft) in drafts.iter().enumerate() {
        while let Some(made) = made_first.next_if(|made| implicit[*made].needed_by == index) {
            references[FIRST_FILE + drafts.len() + made] = FileReference::new(next_free(&mut next, records, draft)?, 1);
        }
        let sequence = draft.file.reference.sequence_number();
        let record = match draft.record {
            Some((record, _)) => record,
            None => next_free(&mut next, records, draft)?,
        };
        next = next.max(record + 1);
        references[FIRST_FILE + index] = FileReference::new(record, sequence);
    }
    Ok(references)
}

fn next_free(next: &mut u64, records: &HashMap<u64, usize>, draft: &Draft<'_>) -> Read<u64> {
    while records.contains_key(next) {
        *next += 1;
    }
    if *next > LAST_RECORD {
        let expected = format!("a record number up to {LAST_RECORD}");
        return Err(Problem::key(draft.offset, ("file", "record"), expected, format!("`{next}`, the next free one")));
    }
    *next += 1;
    Ok(*next - 1)
}

fn resolve_names(
    drafts: &[Draft<'_>],
    parents: &[Vec<Target>],
    resolve: impl Fn(Target) -> FileReference,
) -> Vec<Vec<Name>> {
    let name = |(name, parent): (&names::Draft<'_>, &Target)| Name {
        parent: resolve(*parent),
        units: name.units.clone(),
        namespace: name.namespace,
    };
    drafts.iter().zip(parents).map(|(draft, parents)| draft.names.iter().zip(parents).map(name).collect()).collect()
}

/// Finds two names that a live directory would hold as one.
fn check_clashes(
    drafts: &[Draft<'_>],
    names: &[Vec<Name>],
    implicit: &[Implicit<'_>],
    implicit_names: &[Name],
    references: &[FileReference],
) -> Read<()> {
    let mut clashes = Clashes::new();
    let live = drafts.iter().zip(references.iter().skip(FIRST_FILE)).filter(|(draft, _)| !draft.file.is_deleted);
    let directories = live.filter(|(draft, _)| draft.file.is_directory);
    clashes.directories.extend(directories.map(|(draft, reference)| (*reference, is_case_sensitive(&draft.file))));
    clashes.directories.extend(references[FIRST_FILE + drafts.len()..].iter().map(|reference| (*reference, false)));
    clashes.add_system_names();
    for (draft, names) in drafts.iter().zip(names).filter(|(draft, _)| !draft.file.is_deleted) {
        for (name_draft, name) in draft.names.iter().zip(names) {
            clashes.add(name, name_draft.value)?;
        }
    }
    for (made, name) in implicit.iter().zip(implicit_names) {
        clashes.add(name, made.value)?;
    }
    Ok(())
}

/// The names in live directories.
struct Clashes {
    /// Live directories, and whether they tell names apart by case.
    directories: HashMap<FileReference, bool>,
    /// The offset of each name, if it is not one of a system file.
    names: HashMap<(FileReference, Box<[u16]>), Option<usize>>,
}

impl Clashes {
    fn new() -> Self {
        let directories =
            HashMap::from([(system_reference(system::ROOT), false), (system_reference(system::EXTEND), false)]);
        Self { directories, names: HashMap::new() }
    }

    fn add_system_names(&mut self) {
        for (_, directory, name) in SYSTEM_FILES {
            let units: Vec<u16> = name.encode_utf16().collect();
            self.names.insert((system_reference(directory), as_compared(&units, false)), None);
        }
    }

    fn add(&mut self, name: &Name, value: Value<'_>) -> Read<()> {
        let Some(is_case_sensitive) = self.directories.get(&name.parent) else { return Ok(()) };
        let key = (name.parent, as_compared(&name.units, *is_case_sensitive));
        let Some(first) = self.names.insert(key, Some(value.offset())) else { return Ok(()) };
        let text = quoted(&String::from_utf16_lossy(&name.units));
        let Some(first) = first else {
            let expected = "a name that no file of the system has";
            return Err(value.problem(expected, text));
        };
        let expected = if *is_case_sensitive {
            "a name that its directory does not have yet"
        } else {
            "a name that its directory does not have yet in any case"
        };
        Err(value.problem(expected, format!("{text} again")).clashing_with(first))
    }
}
