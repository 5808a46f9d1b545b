//! Under which drive letters and GUIDs links find the volumes of the images.

use std::collections::BTreeMap;

use format::Guid;
use imagekit::build::BuiltVolume;
use imagekit::partition_table::{Disk, TableKind};
use serde_json::{Value, json};

use crate::files::ROOT;
use crate::targets::{Start, Target};
use crate::text::units;
use crate::tree::{Link, Tree};

/// What a volume is known by.
pub struct Mount {
    pub letter: Option<char>,
    /// Lower case.
    pub guid: Option<String>,
}

impl Mount {
    pub fn of(tree: &Tree<'_>, disk: Option<&Disk>, index: usize, built: &BuiltVolume) -> Mount {
        Mount { letter: assumed_letter(tree), guid: disk.map(|disk| volume_guid(disk, index, built).to_string()) }
    }

    /// As the graph has it; `None` if the volume is known by nothing.
    pub fn json(&self) -> Option<Value> {
        let mut mount = json!({"source": "assumed"});
        if let Some(letter) = self.letter {
            mount["drive_letters"] = json!([format!("{letter}:")]);
        }
        if let Some(guid) = &self.guid {
            mount["volume_guids"] = json!([guid]);
        }
        (self.letter.is_some() || self.guid.is_some()).then_some(mount)
    }
}

/// The GUID by which Windows names the volume in a partition.
fn volume_guid(disk: &Disk, index: usize, built: &BuiltVolume) -> Guid {
    match disk.table {
        TableKind::Gpt { .. } => disk.partitions[index].id,
        TableKind::Mbr { signature } => mbr_volume_guid(signature, built.start),
    }
}

/// The GUID that Windows makes of the disk's signature and the partition's first byte.
///
/// Source: reference D.2 "Volume GUIDs".
pub fn mbr_volume_guid(signature: u32, start: u64) -> Guid {
    let mut guid = [0; 16];
    guid[..4].copy_from_slice(&signature.to_le_bytes());
    guid[8..].copy_from_slice(&start.to_le_bytes());
    Guid(guid)
}

/// The letter that the links of Windows itself have in their targets.
fn assumed_letter(tree: &Tree<'_>) -> Option<char> {
    let directory = |above: u64, name: &str| {
        let (record, _) = tree.lookup(above, &units(name), false)?;
        tree.bases[&record].is_directory.then_some(record)
    };
    let users = directory(ROOT, "Users");
    users.or_else(|| directory(directory(ROOT, "Windows")?, "System32"))?;
    let mut homes: Vec<u64> = [Some(ROOT), users, directory(ROOT, "ProgramData")].into_iter().flatten().collect();
    let profiles = tree.bases.iter().filter(|(_, base)| base.is_directory).map(|(record, _)| *record);
    homes.extend(profiles.filter(|record| is_in(tree, *record, users.as_slice())));
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    let links = tree.links.iter().filter(|(record, _)| is_in(tree, **record, &homes));
    for letter in links.filter_map(|(record, link)| letter_of(link, tree.bases[record].is_directory)) {
        *counts.entry(letter).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(letter, _)| letter)
}

/// Whether one of the names of a file in use is in one of these directories.
fn is_in(tree: &Tree<'_>, record: u64, directories: &[u64]) -> bool {
    let base = tree.bases[&record];
    let mut above = base.names.iter().filter_map(|name| tree.places.directory_of(base, name));
    base.is_in_use && above.any(|directory| directories.contains(&directory))
}

/// The letter of the root that a link of Windows itself leads to.
fn letter_of(link: &Link, is_directory: bool) -> Option<char> {
    match link.target(is_directory) {
        Target::Path(Start::Drive(letter), _) if ["junction", "symlink"].contains(&&link.kind[..]) => Some(letter),
        _ => None,
    }
}
