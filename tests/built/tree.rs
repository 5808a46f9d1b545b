//! A volume as links find their way in it: which directory has which names, and which file is what kind of link.

use std::collections::{BTreeMap, BTreeSet};

use format::{FileReference, UpCase};
use imagekit::description::Name;

use crate::files::{Base, ROOT};
use crate::places::{Places, orphan, primary_name};
use crate::targets::{Start, Target, Units, collapsed, posix_target, win32_target, windows_target};
use crate::text::{Object, text_in, units};

/// Number of the volume, and number of the record in it.
pub type Record = (usize, u64);

/// A directory, and the way that led there: what a later `..` of a relative link goes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    top: Top,
    /// From the top down.
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Top {
    /// The root of a volume.
    Root(usize),
    /// A directory that is gone, which a reference of a file in this volume names.
    Unknown(usize, FileReference),
}

/// One directory of the way.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    /// The directory, or the junction that stands for it.
    own: Record,
    leads_to: Record,
}

impl Position {
    pub fn root(volume: usize) -> Position {
        Position { top: Top::Root(volume), entries: Vec::new() }
    }

    fn unknown(volume: usize, reference: FileReference) -> Position {
        Position { top: Top::Unknown(volume, reference), entries: Vec::new() }
    }

    /// One directory further down; the junction `own` stands for another directory.
    pub fn below(mut self, own: Record, leads_to: Record) -> Position {
        self.entries.push(Entry { own, leads_to });
        self
    }

    /// The same way, whose last entry leads to this directory.
    pub fn leading_to(mut self, directory: Record) -> Position {
        self.entries.last_mut().expect("the junction").leads_to = directory;
        self
    }

    /// So many steps back; none from the root of a volume. Above a directory that is gone nothing is known either.
    pub fn above(mut self, climbs: usize) -> Option<Position> {
        for _ in 0..climbs {
            if self.entries.pop().is_none() && matches!(self.top, Top::Root(_)) {
                return None;
            }
        }
        Some(self)
    }

    /// The directory; `None` if it is gone.
    pub fn directory(&self) -> Option<Record> {
        match (self.entries.last(), &self.top) {
            (Some(entry), _) => Some(entry.leads_to),
            (None, Top::Root(volume)) => Some((*volume, ROOT)),
            (None, Top::Unknown(..)) => None,
        }
    }

    /// The volume, and how paths begin in the directory that is gone.
    pub fn unknown_beginning(&self) -> Option<(usize, Units)> {
        match &self.top {
            Top::Unknown(volume, reference) if self.entries.is_empty() => Some((*volume, orphan(*reference))),
            _ => None,
        }
    }

    /// The directories of the way, from the last one up.
    pub fn directories_up(&self) -> Vec<Record> {
        let entries = self.entries.iter().rev().map(|entry| entry.leads_to);
        let root = match self.top {
            Top::Root(volume) => Some((volume, ROOT)),
            Top::Unknown(..) => None,
        };
        entries.chain(root).collect()
    }
}

/// What a path does that comes upon a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Crossing {
    /// A file or directory, whatever else it is.
    Ordinary,
    /// It goes on where the link leads.
    Followed,
    /// A link that Windows does not follow.
    Refused,
}

/// A reparse point, or another link.
#[derive(Clone, Debug)]
pub struct Link {
    /// The type in the graph.
    pub kind: String,
    /// The text that says where it leads, if there is one.
    pub text: Option<Units>,
    pub is_marked_relative: bool,
    /// Whether its tag says that the file stands for another.
    is_name_surrogate: bool,
    /// Whether it is a reparse point too short for a tag.
    is_unreadable: bool,
}

const LINK_KINDS: [&str; 10] = [
    "junction",
    "mount_point",
    "symlink",
    "wsl_symlink",
    "nfs_symlink",
    "app_exec_link",
    "wci_link",
    "global_reparse",
    "interix_symlink",
    "cygwin_symlink",
];

impl Link {
    /// What the graph says under `reparse` or `foreign_link`.
    pub fn of(object: &Object) -> Link {
        const NAME_SURROGATE: u32 = 0x2000_0000;
        let tag = object.get("tag").and_then(|tag| u32::from_str_radix(tag.as_str()?.strip_prefix("0x")?, 16).ok());
        Link {
            kind: object["type"].as_str().expect("a type").to_owned(),
            text: text_in(object, "substitute_name").or(text_in(object, "target")).or(third_string(object)),
            is_marked_relative: object.get("relative").is_some_and(|relative| *relative == true),
            is_unreadable: object["type"] == "other" && tag.is_none(),
            is_name_surrogate: tag.is_some_and(|tag| tag & NAME_SURROGATE != 0),
        }
    }

    pub fn is_link(&self) -> bool {
        LINK_KINDS.contains(&&self.kind[..])
    }

    pub fn is_junction(&self) -> bool {
        ["junction", "mount_point"].contains(&&self.kind[..])
    }

    /// Which other system the link belongs to, whose paths have slashes.
    pub fn posix_system(&self) -> Option<&str> {
        self.kind.strip_suffix("_symlink")
    }

    pub fn crossing(&self) -> Crossing {
        match &self.kind[..] {
            "junction" | "mount_point" | "symlink" => Crossing::Followed,
            "wsl_symlink" | "nfs_symlink" | "nfs_special" | "app_exec_link" | "wci_link" | "global_reparse" => {
                Crossing::Refused
            }
            "wsl_fifo" | "wsl_char" | "wsl_block" => Crossing::Refused,
            // Nothing follows what nothing can read.
            _ if self.is_name_surrogate || self.is_unreadable => Crossing::Refused,
            _ => Crossing::Ordinary,
        }
    }

    /// Where the link leads that a file or directory is.
    pub fn target(&self, is_directory: bool) -> Target {
        let Some(text) = &self.text else { return Target::Malformed(None, None) };
        let target = match &self.kind[..] {
            "app_exec_link" => win32_target(text),
            _ if let Some(system) = self.posix_system() => posix_target(system, text),
            _ => without_dots(windows_target(text, self.is_marked_relative)),
        };
        match target {
            Target::Malformed(..) => target,
            // Only a directory can be a junction.
            target if self.is_junction() && !is_directory => Target::Malformed(None, Some(Box::new(target))),
            target => target,
        }
    }
}

fn third_string(object: &Object) -> Option<Units> {
    let mut third = Object::new();
    third.insert("third".to_owned(), object.get("strings")?.get(2)?.clone());
    if let Some(lost) = object.get("utf16").and_then(|lost| lost.get("strings/2")) {
        third.insert("utf16".to_owned(), serde_json::json!({"third": lost}));
    }
    text_in(&third, "third")
}

/// An absolute path has no dots, and nothing is above the root of a volume. So it is with what a writer meant.
fn without_dots(target: Target) -> Target {
    if let Target::Malformed(note, Some(meant)) = target {
        return match without_dots(*meant) {
            Target::Malformed(_, meant) => Target::Malformed(note, meant),
            meant => Target::Malformed(note, Some(Box::new(meant))),
        };
    }
    let Target::Path(start @ (Start::Drive(_) | Start::Volume(_) | Start::Root), names) = target else { return target };
    let (climbs, left) = collapsed(&names);
    let is_allowed = if start == Start::Root { climbs == 0 } else { left.len() == names.len() };
    if is_allowed {
        return Target::Path(start, names);
    }
    let meant = (climbs == 0).then(|| Box::new(Target::Path(start, left)));
    Target::Malformed(Some("dot-component"), meant)
}

/// One volume.
pub struct Tree<'a> {
    pub number: usize,
    /// Those not in use as well.
    pub bases: &'a BTreeMap<u64, &'a Base<'a>>,
    pub places: Places<'a>,
    /// Of each record that is one.
    pub links: BTreeMap<u64, Link>,
}

impl Tree<'_> {
    /// The directory that a name is in; of a file without any name nothing is known.
    pub fn position_of(&self, base: &Base<'_>, name: Option<&Name>) -> Position {
        let Some(name) = name else { return Position::unknown(self.number, base.stored) };
        match self.places.directory_of(base, name) {
            Some(directory) => self.position(directory),
            None => Position::unknown(self.number, name.parent),
        }
    }

    /// The way to a directory by its own path.
    pub fn position(&self, directory: u64) -> Position {
        if directory == ROOT {
            return Position::root(self.number);
        }
        let base = self.bases[&directory];
        let record = (self.number, directory);
        self.position_of(base, primary_name(base)).below(record, record)
    }

    /// The file of this name in a directory, and the name as it is on the disk.
    pub fn lookup(&self, directory: u64, wanted: &[u16], is_exact: bool) -> Option<(u64, &Name)> {
        let mut found: Vec<(&Name, u64)> = Vec::new();
        for (record, base) in self.bases.iter().filter(|(record, base)| base.is_in_use && **record != ROOT) {
            let names = base.names.iter().filter(|name| self.fits(directory, &name.units, wanted, is_exact));
            let names = names.filter(|name| self.places.directory_of(base, name) == Some(directory));
            found.extend(names.map(|name| (name, *record)));
        }
        found.sort_by_key(|(name, record)| (*name.units != *wanted, name.units.clone(), *record));
        found.first().map(|(name, record)| (*record, *name))
    }

    /// The files not in use that had this name in one of these directories.
    fn deleted_below(&self, directories: &BTreeSet<u64>, wanted: &[u16], is_exact: bool) -> BTreeSet<u64> {
        let was_there = |base: &Base<'_>, name: &Name| {
            let directory = self.places.directory_of(base, name);
            directory.is_some_and(|it| directories.contains(&it) && self.fits(it, &name.units, wanted, is_exact))
        };
        let deleted = self.bases.iter().filter(|(_, base)| !base.is_in_use);
        let found = deleted.filter(|(_, base)| base.names.iter().any(|name| was_there(base, name)));
        found.map(|(record, _)| *record).collect()
    }

    /// The file not in use that had this path below a directory; each name comes with whether its case counts.
    pub fn deleted_at(&self, directory: u64, names: &[(Units, bool)]) -> Option<u64> {
        let mut found = BTreeSet::from([directory]);
        for (name, is_exact) in names {
            found = self.deleted_below(&found, name, *is_exact);
        }
        found.first().copied()
    }

    fn fits(&self, directory: u64, name: &[u16], wanted: &[u16], is_exact: bool) -> bool {
        if name.len() != wanted.len() {
            return false;
        }
        let information = self.bases[&directory].information.as_ref();
        let is_case_sensitive = information.is_some_and(|information| information.extra_flags & 1 != 0);
        if is_exact || is_case_sensitive { name == wanted } else { fold(name) == fold(wanted) }
    }

    /// Whether a file has this named stream, of those that a description gives it.
    pub fn has_stream(&self, record: u64, name: &[u16]) -> bool {
        let extra = self.bases[&record].described.and_then(|file| file.extra.as_deref());
        let mut streams = extra.into_iter().flat_map(|extra| &extra.streams);
        !name.contains(&u16::from(b':')) && streams.any(|stream| fold(&stream.name) == fold(name))
    }

    /// The path of a file by this name; a directory has only one.
    pub fn path(&self, record: u64, name: &Name) -> Units {
        let base = self.bases[&record];
        if base.is_directory { self.directory_path(record) } else { self.places.path(base, name) }
    }

    pub fn directory_path(&self, directory: u64) -> Units {
        if directory == ROOT { units(r"\") } else { self.places.beginning(directory).to_vec() }
    }
}

/// A text as names are compared.
pub fn fold(text: &[u16]) -> Units {
    UpCase::unicode().fold(text).into_vec()
}
