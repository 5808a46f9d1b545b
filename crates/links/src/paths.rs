//! Where each directory is: computed once, from parent references whose sequence numbers are checked.
//!
//! A path is never guessed. Where a parent is gone, is no directory, or is below its own child, the path begins with
//! `\$Orphan\` and the reference that leads nowhere; a path longer than Windows can name begins with `\$Long\` and its
//! parent's reference. A directory has one path, that of its first name, though each of its names is a path of its own:
//! otherwise a hostile image could multiply paths with every level.

use format::{FileReference, Wtf8, WtfString};

use crate::files::{File, Files, HardLink, Name, Segment, next_sequence};
use crate::problem::ParentIs;

/// The most UTF-16 units that a path can have.
///
/// Source: Microsoft "Maximum Path Length Limitation".
pub const LONGEST_PATH: u32 = 32_767;

/// The root directory's file record number.
pub const ROOT: u64 = 5;

/// What a parent reference leads to.
#[derive(Clone, Copy, Debug)]
pub enum Parent<'a> {
    /// A directory, in the use that the reference names.
    Directory(File<'a>),
    /// A record in that use that is no directory.
    NotADirectory(ParentIs),
    /// A record that has been used again since; its sequence number now.
    Stale(u16),
    /// A record that is not in use, or that the MFT does not have.
    Missing,
}

impl Files {
    /// What a parent reference of `child` leads to.
    ///
    /// A record that is not in use has counted on its sequence number: to the names that were freed with it, it is still
    /// the directory that it was.
    pub fn parent(&self, child: &File<'_>, reference: FileReference) -> Parent<'_> {
        let (record, sequence) = (reference.record_number(), reference.sequence_number());
        let Some(parent) = self.file(record) else {
            let is_named = |segment: &Segment<'_>| segment.is_in_use() && segment.facts.sequence_number == sequence;
            let is_extension = self.segment(record).as_ref().is_some_and(is_named);
            return if is_extension { Parent::NotADirectory(ParentIs::Extension) } else { Parent::Missing };
        };
        let now = parent.reference().sequence_number();
        let reaches = match (parent.is_in_use(), child.is_in_use()) {
            (true, _) => sequence == now || sequence == 0,
            (false, false) => next_sequence(sequence) == now || sequence == 0,
            (false, true) => false,
        };
        match (reaches, parent.is_in_use()) {
            (true, _) if parent.is_directory() => Parent::Directory(parent),
            (true, _) => Parent::NotADirectory(ParentIs::File),
            (false, true) => Parent::Stale(now),
            (false, false) => Parent::Missing,
        }
    }
}

/// How a directory's path begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prefix {
    /// It is the root.
    Root,
    /// Its first name, below another directory.
    Below {
        /// Index of that directory.
        directory: u32,
    },
    /// Its first name, below a reference that leads nowhere.
    Orphan(FileReference),
    /// Its first name, below the reference of a directory whose path is too long.
    Long(FileReference),
    /// It has no name: the path is its own reference, as that of an orphan.
    Nameless,
}

/// One directory's place.
#[derive(Clone, Copy, Debug)]
pub struct Directory {
    /// Its file record number.
    pub record: u64,
    /// How its path begins.
    pub prefix: Prefix,
    /// UTF-16 units of its path, as its children's paths begin with it: 0 for the root.
    pub units: u32,
}

/// What is above a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Above {
    /// Nothing: it is the root.
    Nothing,
    /// Another directory, by its file record number.
    Directory(u64),
    /// A reference that leads nowhere.
    Gone(FileReference),
}

/// The places of all directories of a volume.
#[derive(Debug)]
pub struct Paths {
    directories: Vec<Directory>,
    /// For each position of [`Files`] the index of its directory plus one; 0 for what is no directory.
    index: Vec<u32>,
    /// The lowest records of cycles of parents, with the reference that closes each.
    pub(crate) cycles: Vec<(u64, FileReference)>,
}

/// How the path of a name begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The path of a directory, by its index.
    In(u32),
    /// `\$Orphan\` and the reference.
    Orphan(FileReference),
    /// `\$Long\` and the reference.
    Long(FileReference),
}

impl Paths {
    /// Finds the place of every directory.
    pub fn build(files: &Files) -> Paths {
        let mut paths = Paths { directories: Vec::new(), index: vec![0; files.positions()], cycles: Vec::new() };
        for file in (0..files.chunk_count()).flat_map(|chunk| files.files_of_chunk(chunk)) {
            if !file.is_directory() {
                continue;
            }
            let record = file.record();
            paths.directories.push(Directory { record, prefix: Prefix::Nameless, units: UNKNOWN });
            let index = format::bytes::offset32(paths.directories.len());
            let entry = files.position(record).and_then(|position| paths.index.get_mut(position));
            entry.into_iter().for_each(|entry| *entry = index);
        }
        let mut climb = Vec::new();
        for index in 0..paths.directories.len() {
            paths.place(files, index, &mut climb);
        }
        paths
    }

    /// A directory by its index.
    pub fn directory(&self, index: u32) -> Option<&Directory> {
        self.directories.get(index as usize)
    }

    /// All directories, in record order.
    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// The index of the directory whose base record has this number.
    pub fn index_of(&self, files: &Files, record: u64) -> Option<u32> {
        self.index.get(files.position(record)?)?.checked_sub(1)
    }

    /// What is above the directory whose base record has this number: by its first name, as in its path.
    pub fn above(&self, files: &Files, record: u64) -> Above {
        let directory = self.index_of(files, record).and_then(|index| self.directory(index));
        match directory.map(|directory| directory.prefix) {
            Some(Prefix::Root) => Above::Nothing,
            Some(Prefix::Below { directory }) => {
                self.directory(directory).map_or(Above::Nothing, |directory| Above::Directory(directory.record))
            }
            Some(Prefix::Long(reference)) => Above::Directory(reference.record_number()),
            Some(Prefix::Orphan(reference)) => Above::Gone(reference),
            Some(Prefix::Nameless) => Above::Gone(files.file(record).map_or(FileReference(0), |file| file.reference())),
            None => Above::Nothing,
        }
    }

    /// What is above a name of a file.
    pub fn above_name(&self, files: &Files, file: &File<'_>, name: &Name<'_>) -> Above {
        match self.place_of(files, file, name) {
            _ if file.record() == ROOT => Above::Nothing,
            Place::In(index) => {
                self.directory(index).map_or(Above::Nothing, |directory| Above::Directory(directory.record))
            }
            Place::Long(reference) => Above::Directory(reference.record_number()),
            Place::Orphan(reference) => Above::Gone(reference),
        }
    }

    /// How the path of one of a file's names begins.
    pub fn place_of(&self, files: &Files, file: &File<'_>, name: &Name<'_>) -> Place {
        let reference = name.parent();
        if file.record() == ROOT && reference.record_number() == ROOT {
            return Place::In(self.index_of(files, ROOT).unwrap_or(0));
        }
        let Parent::Directory(parent) = files.parent(file, reference) else { return Place::Orphan(reference) };
        let Some(index) = self.index_of(files, parent.record()) else { return Place::Orphan(reference) };
        // A cycle is cut for all names of its lowest record that are in it: its place says so.
        let own = self.index_of(files, file.record()).and_then(|own| self.directory(own));
        if own.is_some_and(|own| own.prefix == Prefix::Orphan(reference)) {
            return Place::Orphan(reference);
        }
        let units = self.directory(index).map_or(0, |directory| directory.units);
        if is_too_long(units, name.text()) { Place::Long(reference) } else { Place::In(index) }
    }

    /// Finds the place of one directory, and of those above it that have none yet.
    fn place(&mut self, files: &Files, start: usize, climb: &mut Vec<usize>) {
        climb.clear();
        let mut next = Some(start);
        while let Some(index) = next.filter(|index| self.units(*index) == UNKNOWN) {
            climb.push(index);
            if let Some(directory) = self.directories.get_mut(index) {
                directory.units = ON_CLIMB;
            }
            next = self.parent_index(files, index);
        }
        if let Some(index) = next.filter(|index| self.units(*index) == ON_CLIMB) {
            self.cut_cycle(files, index, climb);
        }
        while let Some(index) = climb.pop() {
            if self.units(index) == ON_CLIMB {
                self.settle(files, index);
            }
        }
    }

    fn units(&self, index: usize) -> u32 {
        self.directories.get(index).map_or(0, |directory| directory.units)
    }

    /// The directory above one, if its first name leads to one.
    fn parent_index(&self, files: &Files, index: usize) -> Option<usize> {
        let file = self.file(files, index)?;
        let name = file.primary_name().filter(|_| file.record() != ROOT)?;
        let Parent::Directory(parent) = files.parent(&file, name.parent()) else { return None };
        self.index_of(files, parent.record()).map(|index| index as usize)
    }

    fn file<'f>(&self, files: &'f Files, index: usize) -> Option<File<'f>> {
        files.file(self.directories.get(index)?.record)
    }

    /// Cuts the cycle that `climb` ends in at its lowest record, and puts the climb in an order in which each directory
    /// comes after (is popped before) those below it.
    fn cut_cycle(&mut self, files: &Files, entry: usize, climb: &mut Vec<usize>) {
        let Some(first) = climb.iter().position(|index| *index == entry) else { return };
        let Some(cycle) = climb.get_mut(first..) else { return };
        // Directories are in record order, so the lowest index is the lowest record.
        let Some(lowest) = (0..).zip(cycle.iter()).min_by_key(|(_, index)| **index).map(|(place, _)| place) else {
            return;
        };
        cycle.rotate_left(lowest + 1);
        let Some(index) = climb.pop() else { return };
        let reference = self.file(files, index).and_then(|file| Some(file.primary_name()?.parent()));
        if let (Some(reference), Some(directory)) = (reference, self.directories.get(index)) {
            self.cycles.push((directory.record, reference));
            self.set(files, index, Prefix::Orphan(reference));
        }
    }

    /// Gives a directory its place; the one above it has its own.
    fn settle(&mut self, files: &Files, index: usize) {
        let Some(file) = self.file(files, index) else { return };
        let prefix = match file.primary_name() {
            _ if file.record() == ROOT => Prefix::Root,
            None => Prefix::Nameless,
            Some(name) => match self.parent_index(files, index) {
                None => Prefix::Orphan(name.parent()),
                Some(parent) if is_too_long(self.units(parent), name.text()) => Prefix::Long(name.parent()),
                Some(parent) => Prefix::Below { directory: format::bytes::offset32(parent) },
            },
        };
        self.set(files, index, prefix);
    }

    fn set(&mut self, files: &Files, index: usize, prefix: Prefix) {
        let Some(file) = self.file(files, index) else { return };
        let own = file.primary_name().map_or(0, |name| units(name.text()));
        let above = match prefix {
            Prefix::Root | Prefix::Nameless => 0,
            Prefix::Below { directory } => self.units(directory as usize),
            Prefix::Orphan(reference) | Prefix::Long(reference) => reference_units(reference),
        };
        let units = match prefix {
            Prefix::Root => 0,
            Prefix::Nameless => reference_units(file.reference()),
            _ => above + 1 + own,
        };
        if let Some(directory) = self.directories.get_mut(index) {
            (directory.prefix, directory.units) = (prefix, units);
        }
    }
}

/// No place found yet.
const UNKNOWN: u32 = u32::MAX;
/// On the way up from a directory whose place is being found.
const ON_CLIMB: u32 = u32::MAX - 1;

fn units(name: Wtf8<'_>) -> u32 {
    format::bytes::offset32(name.unit_count())
}

/// Units of `\$Orphan\30-3`, the longer of the two forms.
fn reference_units(reference: FileReference) -> u32 {
    format::bytes::offset32(ORPHANS.len() + reference.to_string().len())
}

/// Whether a name in a directory with a path of `above` units makes a path that is too long.
fn is_too_long(above: u32, name: Wtf8<'_>) -> bool {
    const LONGEST_NAME: u32 = 255;
    // Counting the units of a name is left for where it can matter.
    above >= LONGEST_PATH - LONGEST_NAME && above + 1 + units(name) > LONGEST_PATH
}

/// Units that the paths of one file have together at most, before the others are written as too long ones are: four times
/// what 1,024 hard links have, the most that Windows makes, with paths of 256 units.
pub const MOST_UNITS: u64 = 1 << 20;

/// How the path of a name begins whose parent is gone.
pub const ORPHANS: &str = r"\$Orphan\";
/// How a path begins that would be too long.
pub const LONG: &str = r"\$Long\";

impl Paths {
    /// Appends the path of a directory as its children's paths begin with it, in WTF-8: nothing for the root.
    ///
    /// `known` may hold paths that are ready; those between the directory and the nearest of them are put together.
    pub fn append_directory<'p>(
        &self,
        files: &Files,
        index: u32,
        known: impl Fn(u32) -> Option<&'p [u8]>,
        mut append: impl FnMut(Part<'_>),
    ) {
        let mut climb = Vec::new();
        let mut next = Some(index);
        while let Some(index) = next {
            if let Some(ready) = known(index) {
                append(Part::Ready(ready));
                break;
            }
            climb.push(index);
            next = match self.directory(index).map(|directory| directory.prefix) {
                Some(Prefix::Below { directory }) => Some(directory),
                _ => None,
            };
        }
        for index in climb.into_iter().rev() {
            self.append_own(files, index, &mut append);
        }
    }

    /// The last part of a directory's path, with the beginning if that is not another directory's.
    fn append_own(&self, files: &Files, index: u32, append: &mut impl FnMut(Part<'_>)) {
        let Some(directory) = self.directory(index) else { return };
        let Some(file) = files.file(directory.record) else { return };
        match directory.prefix {
            Prefix::Root => return,
            Prefix::Nameless => return append(Part::Reference(ORPHANS, file.reference())),
            Prefix::Orphan(reference) => append(Part::Reference(ORPHANS, reference)),
            Prefix::Long(reference) => append(Part::Reference(LONG, reference)),
            Prefix::Below { .. } => {}
        }
        if let Some(name) = file.primary_name() {
            append(Part::Name(name.text()));
        }
    }
}

/// A piece of a path.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// The path of a directory, put together before.
    Ready(&'a [u8]),
    /// [`ORPHANS`] or [`LONG`], and the reference that follows it.
    Reference(&'static str, FileReference),
    /// A backslash and a name.
    Name(Wtf8<'a>),
}

impl Paths {
    /// Appends the whole path of a name, in the pieces and with the help of [`Paths::append_directory`].
    pub fn append_path<'p>(
        &self,
        files: &Files,
        place: Place,
        name: Wtf8<'_>,
        known: impl Fn(u32) -> Option<&'p [u8]>,
        mut append: impl FnMut(Part<'_>),
    ) {
        match place {
            Place::In(directory) => self.append_directory(files, directory, known, &mut append),
            Place::Orphan(reference) => append(Part::Reference(ORPHANS, reference)),
            Place::Long(reference) => append(Part::Reference(LONG, reference)),
        }
        append(Part::Name(name));
    }

    /// The whole path of one of a file's names. The root's is `\`.
    pub fn path_of(&self, files: &Files, file: &File<'_>, name: &Name<'_>) -> WtfString {
        if file.record() == ROOT {
            return WtfString::from(Wtf8::from_wtf8(br"\"));
        }
        self.path_at(files, self.place_of(files, file, name), name)
    }

    /// The path of one of a file's names, each of which may be asked for: where all of them together would be too long if
    /// they were as long as this one, it is written as one that is too long itself.
    pub fn path_of_one(&self, files: &Files, file: &File<'_>, name: &Name<'_>) -> WtfString {
        match self.has_room_for_all(files, file, name) {
            true => self.path_of(files, file, name),
            false => self.path_at(files, Place::Long(name.parent()), name),
        }
    }

    /// The first path of a file in the order of their UTF-16 units. Of a file with very many names it is that of its first
    /// name, since it may be asked for as often as there are names.
    pub fn first_path_of(&self, files: &Files, file: &File<'_>) -> Option<WtfString> {
        if let Some(first) = file.primary_name().filter(|first| !self.has_room_for_all(files, file, first)) {
            return Some(self.path_of(files, file, &first));
        }
        let mut links = Vec::new();
        file.hard_links(&mut links);
        self.paths_of(files, file, &links).into_iter().next()
    }

    /// Whether as many paths as a file has names would have room together, if all were as long as that of one name.
    fn has_room_for_all(&self, files: &Files, file: &File<'_>, name: &Name<'_>) -> bool {
        let most_names = MOST_UNITS / self.units_of(files, file, name).max(1);
        file.names().nth(usize::try_from(most_names).unwrap_or(usize::MAX)).is_none()
    }

    fn path_at(&self, files: &Files, place: Place, name: &Name<'_>) -> WtfString {
        let above = match place {
            Place::In(index) => self.directory(index).map_or(0, |directory| directory.units as usize),
            Place::Orphan(_) | Place::Long(_) => 0,
        };
        let mut path = Vec::with_capacity(above + 1 + name.text().as_bytes().len());
        self.append_path(files, place, name.text(), |_| None, |part| append_part(part, &mut path));
        WtfString::from_wtf8(path)
    }

    /// The whole path of a directory, by its first name. The root's is `\`.
    pub fn path_of_directory(&self, files: &Files, record: u64) -> WtfString {
        let mut path = Vec::new();
        if let Some(index) = self.index_of(files, record) {
            path.reserve(self.directory(index).map_or(0, |directory| directory.units as usize));
            self.append_directory(files, index, |_| None, |part| append_part(part, &mut path));
        }
        if path.is_empty() {
            path.push(b'\\');
        }
        WtfString::from_wtf8(path)
    }

    /// The whole path of each of a file's hard links, in the order of their UTF-16 units. The root's is `\`.
    pub fn paths_of(&self, files: &Files, file: &File<'_>, links: &[HardLink<'_>]) -> Vec<WtfString> {
        if file.record() == ROOT {
            return vec![WtfString::from(Wtf8::from_wtf8(br"\"))];
        }
        self.named_paths_of(files, file, links).into_iter().map(|(path, _)| path).collect()
    }

    /// The whole path of each of a file's hard links with the name that it ends in, in the order of their UTF-16 units.
    pub fn named_paths_of<'f>(
        &self,
        files: &Files,
        file: &File<'_>,
        links: &[HardLink<'f>],
    ) -> Vec<(WtfString, Name<'f>)> {
        let mut units = 0;
        let path = |link: &HardLink<'f>| {
            units += self.units_of(files, file, &link.name);
            let is_too_much = links.len() > 1 && units > MOST_UNITS;
            let own_place = || self.place_of(files, file, &link.name);
            let place = if is_too_much { Place::Long(link.name.parent()) } else { own_place() };
            (self.path_at(files, place, &link.name), link.name)
        };
        let mut paths: Vec<(WtfString, Name<'f>)> = links.iter().map(path).collect();
        paths.sort_by(|(one, _), (two, _)| one.as_wtf8().compare_units(two.as_wtf8()));
        paths
    }

    /// Units that all paths of a file have together, if they are more than [`MOST_UNITS`].
    pub fn excess_units(&self, files: &Files, file: &File<'_>) -> Option<u64> {
        let most_names = MOST_UNITS / u64::from(LONGEST_PATH);
        file.names().nth(usize::try_from(most_names).unwrap_or(usize::MAX))?;
        let mut links = Vec::new();
        file.hard_links(&mut links);
        let units: u64 = links.iter().map(|link| self.units_of(files, file, &link.name)).sum();
        (units > MOST_UNITS).then_some(units)
    }

    /// Units of the path of a name.
    fn units_of(&self, files: &Files, file: &File<'_>, name: &Name<'_>) -> u64 {
        let above = match self.place_of(files, file, name) {
            Place::In(index) => self.directory(index).map_or(0, |directory| directory.units),
            Place::Orphan(reference) | Place::Long(reference) => reference_units(reference),
        };
        u64::from(above) + 1 + u64::from(units(name.text()))
    }
}

fn append_part(part: Part<'_>, out: &mut Vec<u8>) {
    match part {
        Part::Ready(text) => out.extend_from_slice(text),
        Part::Reference(beginning, reference) => {
            out.extend_from_slice(beginning.as_bytes());
            out.extend_from_slice(reference.to_string().as_bytes());
        }
        Part::Name(name) => {
            out.push(b'\\');
            out.extend_from_slice(name.as_bytes());
        }
    }
}
