//! Which directories a spec can name by a path.

use std::collections::{HashMap, VecDeque};

use format::FileReference;

use super::super::is_case_sensitive;
use super::super::names::{DOS, is_spelled_in_path};
use super::super::place::as_compared;
use crate::description::{File, Name};
use crate::tree::{system, system_reference};

/// Longest path that is written, in bytes: a chain of very many directories would else take a square of space.
const LONGEST_PATH: usize = 2048;

/// The paths of directories, as reading the spec would look them up.
pub(super) struct Paths {
    by_reference: HashMap<FileReference, String>,
}

/// What is found under a name. The first is preferred: a live directory, a file, a deleted directory.
type Found = ((bool, bool), FileReference);

impl Paths {
    pub fn new(files: &[File]) -> Self {
        let directories = directories(files);
        let found = names_by_directory(files, &directories);
        let mut children: HashMap<FileReference, Vec<(&Name, FileReference)>> = HashMap::new();
        for file in files.iter().filter(|file| file.is_directory) {
            for name in file.names.iter().filter(|name| name.namespace != DOS) {
                children.entry(name.parent).or_default().push((name, file.reference));
            }
        }
        let root = (system_reference(system::ROOT), String::new());
        let extend = (system_reference(system::EXTEND), r"\$Extend".to_owned());
        let mut by_reference = HashMap::from([root.clone(), extend.clone()]);
        let mut queue = VecDeque::from([root, extend]);
        while let Some((parent, path)) = queue.pop_front() {
            let is_case_sensitive = directories[&parent];
            for (name, child) in children.remove(&parent).into_iter().flatten() {
                let Some(text) = spelled(name) else { continue };
                let key = (parent, as_compared(&name.units, is_case_sensitive));
                let leads_here = found.get(&key).is_some_and(|(_, found)| *found == child);
                let path = format!("{path}\\{text}");
                if leads_here && path.len() <= LONGEST_PATH && !by_reference.contains_key(&child) {
                    by_reference.insert(child, path.clone());
                    queue.push_back((child, path));
                }
            }
        }
        Self { by_reference }
    }

    /// The path of a directory: empty for the root.
    pub fn of(&self, directory: FileReference) -> Option<&str> {
        self.by_reference.get(&directory).map(String::as_str)
    }
}

/// A name as it may stand in a path.
pub(super) fn spelled(name: &Name) -> Option<String> {
    String::from_utf16(&name.units).ok().filter(|text| is_spelled_in_path(text))
}

/// All directories, and whether they tell names apart by case.
fn directories(files: &[File]) -> HashMap<FileReference, bool> {
    let mut directories =
        HashMap::from([(system_reference(system::ROOT), false), (system_reference(system::EXTEND), false)]);
    let files = files.iter().filter(|file| file.is_directory);
    directories.extend(files.map(|file| (file.reference, is_case_sensitive(file))));
    directories
}

/// What reading a spec finds under each name of each directory.
fn names_by_directory(
    files: &[File],
    directories: &HashMap<FileReference, bool>,
) -> HashMap<(FileReference, Box<[u16]>), Found> {
    let extend: Vec<u16> = "$Extend".encode_utf16().collect();
    let extend = (
        (system_reference(system::ROOT), as_compared(&extend, false)),
        ((false, false), system_reference(system::EXTEND)),
    );
    let mut found = HashMap::from([extend]);
    for file in files.iter().filter(|file| file.is_directory || !file.is_deleted) {
        let rank = (file.is_deleted, !file.is_directory);
        for name in &file.names {
            let Some(is_case_sensitive) = directories.get(&name.parent) else { continue };
            let key = (name.parent, as_compared(&name.units, *is_case_sensitive));
            let entry = found.entry(key).or_insert((rank, file.reference));
            if rank < entry.0 {
                *entry = (rank, file.reference);
            }
        }
    }
    found
}
