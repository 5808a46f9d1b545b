//! The volumes of the images together, and what following a path in them can come to.

use crate::letters::Mount;
use crate::resolver::Step;
use crate::targets::{Start, Units};
use crate::tree::{Link, Record, Tree};

/// Every volume of the images, and under which names links find it.
pub struct World<'a> {
    pub trees: Vec<Tree<'a>>,
    pub mounts: Vec<Mount>,
}

impl World<'_> {
    pub fn link(&self, (volume, record): Record) -> Option<&Link> {
        self.trees[volume].links.get(&record)
    }

    pub fn is_directory(&self, (volume, record): Record) -> bool {
        self.trees[volume].bases[&record].is_directory
    }

    /// The volume that a link on another one names.
    pub fn volume_named(&self, volume: usize, start: &Start) -> Option<usize> {
        let is_named = |mount: &Mount| match start {
            Start::Drive(letter) => mount.letter == Some(*letter),
            Start::Volume(guid) => mount.guid.as_ref() == Some(guid),
            _ => false,
        };
        let is_own = matches!(start, Start::Drive(_)) && is_named(&self.mounts[volume]);
        let named: Vec<usize> = (0..self.mounts.len()).filter(|number| is_named(&self.mounts[*number])).collect();
        match &named[..] {
            _ if is_own => Some(volume),
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Where a path ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    Record(Record),
    /// A path in a volume.
    Missing(usize, Units),
    /// What stands behind `external:`.
    External(Units),
    /// The link that cannot be followed.
    Malformed(Record),
}

/// What a path came to.
#[derive(Debug)]
pub struct End {
    /// The word of the contract; `resolved` in whatever volume.
    pub status: &'static str,
    pub place: Place,
    /// The path of what was reached.
    pub path: Option<Units>,
    /// Whether what was reached is a directory, and no stream of one.
    pub is_directory: bool,
    pub missing_at: Option<Units>,
    /// The directory in which a name is missing, and the names from there; each with whether its case counts.
    pub missing: Option<(Record, Vec<(Units, bool)>)>,
    pub members: Vec<Record>,
    /// The way from the root of a volume that has no letter here.
    pub unmapped: Option<Vec<Step>>,
}

impl End {
    pub fn new(status: &'static str, place: Place) -> End {
        let (path, missing_at, missing, unmapped) = (None, None, None, None);
        End { status, place, path, is_directory: false, missing_at, missing, members: Vec::new(), unmapped }
    }
}

/// What a path came to, and how.
pub struct Walked {
    pub end: End,
    /// The links on the way, in order, without the first.
    pub crossed: Vec<Record>,
}
