//! Which volume a drive letter or a volume GUID means.
//!
//! A letter is only worth something to the Windows that gave it, so that it is asked for from a volume: two images of
//! system disks in one graph both are C to themselves.

use std::collections::BTreeMap;

use format::Guid;

/// Where an entry comes from, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MountSource {
    /// The user said so.
    Option,
    /// The registry of the Windows on one of the volumes says so.
    Hive,
    /// It follows from what the volume holds, or from where it lies.
    Assumed,
}

impl MountSource {
    /// The word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            MountSource::Option => "option",
            MountSource::Hive => "hive",
            MountSource::Assumed => "assumed",
        }
    }
}

/// The letters and GUIDs that one Windows, or the user, gives to volumes. Volumes are indices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Table {
    letters: BTreeMap<u8, usize>,
    guids: BTreeMap<[u8; 16], usize>,
}

impl Table {
    fn names(&self, volume: usize) -> bool {
        self.letters.values().any(|named| *named == volume)
    }
}

/// The drive letters and volume GUIDs of all volumes of a graph.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mounts {
    given: Table,
    /// By the volume whose registry it is.
    hives: BTreeMap<usize, Table>,
    /// The letter that each volume seems to have to its own Windows.
    assumed_letters: BTreeMap<usize, u8>,
    assumed_guids: BTreeMap<[u8; 16], usize>,
}

/// What one volume is called.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VolumeNames {
    /// Upper-case letters.
    pub letters: Vec<(u8, MountSource)>,
    /// Volume GUIDs, in the order of their texts.
    pub guids: Vec<(Guid, MountSource)>,
}

impl Mounts {
    /// Takes the user's word for a letter.
    pub fn give_letter(&mut self, letter: u8, volume: usize) {
        self.given.letters.insert(letter.to_ascii_uppercase(), volume);
    }

    /// Takes the user's word for a GUID.
    pub fn give_guid(&mut self, guid: Guid, volume: usize) {
        self.given.guids.insert(guid.0, volume);
    }

    /// Takes a letter from the registry on a volume.
    pub(crate) fn add_hive_letter(&mut self, hive: usize, letter: u8, volume: usize) {
        self.hives.entry(hive).or_default().letters.insert(letter.to_ascii_uppercase(), volume);
    }

    /// Takes a GUID from the registry on a volume.
    pub(crate) fn add_hive_guid(&mut self, hive: usize, guid: Guid, volume: usize) {
        self.hives.entry(hive).or_default().guids.insert(guid.0, volume);
    }

    /// Assumes a letter.
    pub(crate) fn assume_letter(&mut self, volume: usize, letter: u8) {
        self.assumed_letters.insert(volume, letter.to_ascii_uppercase());
    }

    /// Assumes a GUID; that of two volumes is nobody's.
    pub(crate) fn assume_guid(&mut self, guid: Guid, volume: usize) {
        self.assumed_guids.entry(guid.0).and_modify(|known| *known = usize::MAX).or_insert(volume);
    }

    /// The volume that a letter means to the Windows that `from` belongs to.
    ///
    /// The user's word counts first; then the registry of the Windows that the volume belongs to, its own or one that
    /// gives it a letter; then the letter that the volume seems to have itself; then that of the only volume that has it.
    pub fn drive(&self, from: usize, letter: u8) -> Option<usize> {
        let letter = letter.to_ascii_uppercase();
        if let Some(volume) = self.given.letters.get(&letter) {
            return Some(*volume);
        }
        if let Some(table) = self.hive_of(from) {
            return table.letters.get(&letter).copied();
        }
        if self.assumed_letters.get(&from) == Some(&letter) {
            return Some(from);
        }
        let mut others = self.assumed_letters.iter().filter(|(_, known)| **known == letter);
        let (volume, _) = others.next()?;
        others.next().is_none().then_some(*volume)
    }

    /// The volume that a GUID means.
    pub fn volume(&self, guid: Guid) -> Option<usize> {
        let given = self.given.guids.get(&guid.0);
        let of_hives = self.hives.values().find_map(|table| table.guids.get(&guid.0));
        let found = given.or(of_hives).or(self.assumed_guids.get(&guid.0));
        found.copied().filter(|volume| *volume != usize::MAX)
    }

    fn hive_of(&self, volume: usize) -> Option<&Table> {
        self.hives.get(&volume).or_else(|| self.hives.values().find(|table| table.names(volume)))
    }

    /// What a volume is called, by the strongest source of each name.
    pub fn names_of(&self, volume: usize) -> VolumeNames {
        let mut letters = BTreeMap::new();
        let mut guids = BTreeMap::new();
        let of_hive = self.hive_of(volume).map(|table| (table, MountSource::Hive));
        for (table, source) in [(&self.given, MountSource::Option)].into_iter().chain(of_hive) {
            for (letter, _) in table.letters.iter().filter(|(_, named)| **named == volume) {
                letters.entry(*letter).or_insert(source);
            }
            for (guid, _) in table.guids.iter().filter(|(_, named)| **named == volume) {
                guids.entry(*guid).or_insert(source);
            }
        }
        if let Some(letter) = self.assumed_letters.get(&volume) {
            letters.entry(*letter).or_insert(MountSource::Assumed);
        }
        // A weaker source may give the volume a letter that a stronger one gives to another.
        letters.retain(|letter, _| self.drive(volume, *letter) == Some(volume));
        for (guid, _) in self.assumed_guids.iter().filter(|(_, named)| **named == volume) {
            guids.entry(*guid).or_insert(MountSource::Assumed);
        }
        let mut guids: Vec<(Guid, MountSource)> =
            guids.into_iter().map(|(guid, source)| (Guid(guid), source)).collect();
        guids.sort_by_key(|(guid, _)| guid.to_string());
        VolumeNames { letters: letters.into_iter().collect(), guids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_asked_for_from_a_volume() {
        let mut mounts = Mounts::default();
        mounts.assume_letter(0, b'C');
        assert_eq!(mounts.drive(0, b'c'), Some(0));
        // A data disk has no letter of its own, and there is only one C.
        assert_eq!(mounts.drive(1, b'C'), Some(0));
        assert_eq!(mounts.drive(0, b'D'), None);
        // Two systems are C to themselves, and to nobody else.
        mounts.assume_letter(2, b'C');
        assert_eq!((mounts.drive(0, b'C'), mounts.drive(2, b'C'), mounts.drive(1, b'C')), (Some(0), Some(2), None));
    }

    #[test]
    fn the_registry_outweighs_what_is_assumed_and_the_user_the_registry() {
        let mut mounts = Mounts::default();
        mounts.assume_letter(0, b'C');
        mounts.add_hive_letter(0, b'E', 0);
        mounts.add_hive_letter(0, b'D', 1);
        assert_eq!((mounts.drive(0, b'E'), mounts.drive(0, b'C')), (Some(0), None));
        // The second disk belongs to the Windows that gives it a letter.
        assert_eq!((mounts.drive(1, b'D'), mounts.drive(1, b'E')), (Some(1), Some(0)));
        mounts.give_letter(b'd', 2);
        assert_eq!(mounts.drive(1, b'D'), Some(2));
        assert_eq!(mounts.names_of(2).letters, [(b'D', MountSource::Option)]);
        assert_eq!(mounts.names_of(0).letters, [(b'E', MountSource::Hive)]);
    }

    #[test]
    fn a_guid_that_two_volumes_have_is_nobodys() {
        let mut mounts = Mounts::default();
        let guid = Guid([7; 16]);
        mounts.assume_guid(guid, 0);
        assert_eq!(mounts.volume(guid), Some(0));
        mounts.assume_guid(guid, 1);
        assert_eq!(mounts.volume(guid), None);
        mounts.give_guid(guid, 1);
        assert_eq!(mounts.volume(guid), Some(1));
    }
}
