//! Hard links and paths, by the rules of the graph's contract.

use std::collections::{BTreeMap, BTreeSet};

use format::FileReference;
use imagekit::description::Name;

use crate::files::{Base, ROOT};
use crate::segments::Segments;
use crate::text::units;

/// The most units that a path has.
const LONGEST_PATH: usize = 32_767;

pub const WIN32: u8 = 1;
pub const DOS: u8 = 2;

/// One hard link: a name, and its 8.3 alias.
#[derive(Clone, Copy)]
pub struct HardLink<'a> {
    pub name: &'a Name,
    pub short_name: Option<&'a Name>,
}

/// Every name but the DOS names that belong to a Win32 name: in the same directory, the first with the first.
pub fn hard_links(names: &[Name]) -> Vec<HardLink<'_>> {
    let mut aliases = BTreeMap::new();
    let mut is_alias = vec![false; names.len()];
    for (index, long) in names.iter().enumerate().filter(|(_, name)| name.namespace == WIN32) {
        let is_partner = |short: &Name| short.namespace == DOS && short.parent == long.parent;
        let alias = (0..names.len()).find(|&short| !is_alias[short] && is_partner(&names[short]));
        if let Some(alias) = alias {
            is_alias[alias] = true;
            aliases.insert(index, &names[alias]);
        }
    }
    let links = names.iter().enumerate().filter(|(index, _)| !is_alias[*index]);
    links.map(|(index, name)| HardLink { name, short_name: aliases.get(&index).copied() }).collect()
}

/// What a parent reference leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parent {
    Directory(u64),
    /// A file, or a segment that is part of one.
    NotADirectory,
    /// The record has another sequence number now.
    Stale,
    /// Not in use, or not in the MFT.
    Missing,
}

/// The files of a volume that `scan` is asked for, and where they are.
pub struct Places<'a> {
    bases: &'a BTreeMap<u64, &'a Base<'a>>,
    segments: &'a Segments,
    /// The lowest directories of cycles.
    cut: BTreeSet<u64>,
    /// Of each directory, as its children's paths begin: nothing of the root.
    directories: BTreeMap<u64, Vec<u16>>,
}

impl<'a> Places<'a> {
    pub fn find(bases: &'a BTreeMap<u64, &'a Base<'a>>, segments: &'a Segments) -> Places<'a> {
        let mut places = Places { bases, segments, cut: BTreeSet::new(), directories: BTreeMap::new() };
        let directories: Vec<u64> =
            bases.iter().filter(|(_, base)| base.is_directory).map(|(number, _)| *number).collect();
        places.cut = directories.iter().copied().filter(|directory| places.is_lowest_of_cycle(*directory)).collect();
        for directory in directories {
            places.place_directory(directory);
        }
        places
    }

    /// What a parent reference of `child` leads to. Sequence number 0 is any.
    ///
    /// A directory that was freed has counted on, and is still the directory of what was freed as well.
    pub fn parent(&self, child: &Base<'_>, reference: FileReference) -> Parent {
        let (number, sequence) = (reference.record_number(), reference.sequence_number());
        let Some(parent) = self.bases.get(&number).filter(|parent| parent.is_in_use || !child.is_in_use) else {
            let mut extensions = self.segments.extensions().filter(|segment| segment.is_in_use);
            let is_extension = extensions.any(|segment| (segment.number, segment.sequence) == (number, sequence));
            return if is_extension { Parent::NotADirectory } else { Parent::Missing };
        };
        let counted_on = if parent.is_in_use { sequence } else { sequence.checked_add(1).unwrap_or(1) };
        match sequence == 0 || counted_on == parent.stored.sequence_number() {
            true if parent.is_directory => Parent::Directory(number),
            true => Parent::NotADirectory,
            false if parent.is_in_use => Parent::Stale,
            false => Parent::Missing,
        }
    }

    /// The lowest directories of cycles of parents, and the references that close the cycles there.
    pub fn cycles(&self) -> impl Iterator<Item = u64> {
        self.cut.iter().copied()
    }

    /// The path of one of a file's names; the root's is `\`.
    pub fn path(&self, base: &Base<'_>, name: &Name) -> Vec<u16> {
        if base.stored.record_number() == ROOT {
            return units(r"\");
        }
        let below = |beginning: &[u16]| [beginning, &units(r"\"), &name.units].concat();
        match self.directory_of(base, name) {
            None => below(&orphan(name.parent)),
            Some(directory) => {
                let path = below(&self.directories[&directory]);
                let long = || below(&units(&format!(r"\$Long\{}", name.parent)));
                if path.len() <= LONGEST_PATH { path } else { long() }
            }
        }
    }

    /// Whether a name's path would be too long.
    pub fn is_too_long(&self, base: &Base<'_>, name: &Name) -> bool {
        let directory = self.directory_of(base, name).filter(|_| base.stored.record_number() != ROOT);
        directory.is_some_and(|directory| self.directories[&directory].len() + 1 + name.units.len() > LONGEST_PATH)
    }

    /// How the paths of what a directory has in it begin: nothing for the root.
    pub fn beginning(&self, directory: u64) -> &[u16] {
        &self.directories[&directory]
    }

    /// The directory whose path a name's path begins with.
    pub fn directory_of(&self, base: &Base<'_>, name: &Name) -> Option<u64> {
        let closes_cycle = self.cut.contains(&base.stored.record_number())
            && primary_name(base).is_some_and(|primary| primary.parent == name.parent);
        match self.parent(base, name.parent) {
            Parent::Directory(directory) if !closes_cycle => Some(directory),
            _ => None,
        }
    }

    /// The directory above a directory, by the name that its path has.
    fn above(&self, directory: u64) -> Option<u64> {
        let base = self.bases[&directory];
        match self.parent(base, primary_name(base).filter(|_| directory != ROOT)?.parent) {
            Parent::Directory(above) => Some(above),
            _ => None,
        }
    }

    fn is_lowest_of_cycle(&self, directory: u64) -> bool {
        let mut lowest = directory;
        let mut at = directory;
        for _ in 0..self.bases.len() {
            let Some(above) = self.above(at) else { return false };
            at = above;
            lowest = lowest.min(at);
            if at == directory {
                return lowest == directory;
            }
        }
        false
    }

    fn place_directory(&mut self, directory: u64) {
        if self.directories.contains_key(&directory) {
            return;
        }
        if let Some(above) = self.above(directory).filter(|_| !self.cut.contains(&directory)) {
            self.place_directory(above);
        }
        let base = self.bases[&directory];
        let path = match primary_name(base) {
            _ if directory == ROOT => Vec::new(),
            Some(name) => self.path(base, name),
            None => orphan(base.stored),
        };
        self.directories.insert(directory, path);
    }
}

/// The name by which the path of a directory goes on to its children: its first, DOS names last.
pub fn primary_name<'b>(base: &'b Base<'_>) -> Option<&'b Name> {
    base.names.iter().find(|name| name.namespace != DOS).or(base.names.first())
}

/// How a path begins whose directory is gone.
pub fn orphan(reference: FileReference) -> Vec<u16> {
    units(&format!(r"\$Orphan\{reference}"))
}
