//! # case-twin-names
//!
//! Names in one directory differ by case only.
//!
//! ## What it finds
//!
//! Two names or more in one directory that are spelled differently and are the same once compared by the volume's own
//! `$UpCase`. Directories that are case-sensitive may have such names, and 8.3 aliases are left out.
//!
//! ## Why it matters
//!
//! Win32 finds only one of them, whatever the spelling, so that the others cannot be opened, and deleting or writing one
//! may hit another. Copies to another volume lose all but one. Linux drivers and POSIX programs make such names; they are
//! also consistent with something that was hidden.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD` for the records of the finding shows names with one parent. Bit 0 of the number at 0x28 of
//! the directory's `$STANDARD_INFORMATION` is set where it is case-sensitive.
//!
//! ## False positives
//!
//! A directory that was case-sensitive when the names were made, or a Windows that was told to be (`obcaseinsensitive`).
//!
//! ## Sources
//!
//! Reference A.6, A.8, E "Name tricks"; Microsoft "Adjust case sensitivity".

use format::{Namespace, UpCase, WtfString};
use links::{Above, File, FileId, Name, VolumeGraph};
use rayon::prelude::*;

use crate::context::Context;
use crate::finding::Finding;
use crate::names::{MOST_LISTED, a_few_names, finding_of_name};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "case-twin-names",
    severity: Severity::Note,
    summary: "names in one directory differ by case only",
    source: include_str!("case_twin_names.rs"),
    check: Check::Volume(check),
};

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let Some(graph) = context.graph(volume) else { return };
    let hashes = hashes_of_names(graph);
    for same in hashes.chunk_by(|one, other| one.hash == other.hash).filter(|same| same.len() > 1) {
        let mut names = names_with_hash(graph, same);
        names.sort_by(|one, other| {
            let by_spelling = || one.name.text().compare_units(other.name.text());
            one.key().cmp(&other.key()).then_with(by_spelling).then_with(|| one.file.record().cmp(&other.file.record()))
        });
        let groups = names.chunk_by(|one, other| one.key() == other.key());
        findings.extend(groups.filter_map(|twins| finding(context, volume, twins)));
    }
}

/// What is kept of every name: 8 bytes, for a volume may have millions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct NameHash {
    /// Of the parent's record number and the upper-case name.
    hash: u32,
    /// The record that holds the name.
    record: u32,
}

/// The hashes of all names of files in use, sorted.
fn hashes_of_names(graph: &VolumeGraph) -> Vec<NameHash> {
    let hash_of = |name: Name<'_>| {
        let record = u32::try_from(name.place().0).ok()?;
        is_compared(&name).then(|| NameHash { hash: hash_of(&graph.files.up_case, &name), record })
    };
    let of_chunk = |chunk| {
        let files = graph.files.files_of_chunk(chunk).filter(File::is_in_use);
        files.flat_map(|file| file.names()).filter_map(hash_of)
    };
    let mut hashes: Vec<NameHash> = (0..graph.files.chunk_count()).into_par_iter().flat_map_iter(of_chunk).collect();
    hashes.par_sort_unstable();
    hashes
}

/// An 8.3 alias is made so that it differs from all names.
fn is_compared(name: &Name<'_>) -> bool {
    name.namespace() != Namespace::Dos
}

/// A hash that names in one directory share if they are the same in any case. Most names are ASCII, whose units are their
/// bytes.
fn hash_of(up_case: &UpCase, name: &Name<'_>) -> u32 {
    let parent = name.parent().record_number();
    let bytes = name.text().as_bytes();
    if bytes.is_ascii() {
        hash_units(up_case, parent, bytes.iter().map(|byte| u16::from(*byte)))
    } else {
        hash_units(up_case, parent, name.text().units())
    }
}

/// Multiplied and rotated as rustc's own hasher does. The high bits are those that all units have had a part in.
fn hash_units(up_case: &UpCase, parent: u64, units: impl Iterator<Item = u16>) -> u32 {
    const FACTOR: u64 = 0x517C_C1B7_2722_0A95;
    let mix = |hash: u64, number: u64| (hash.rotate_left(5) ^ number).wrapping_mul(FACTOR);
    let hash = units.fold(mix(0, parent), |hash, unit| mix(hash, u64::from(up_case.to_upper(unit))));
    u32::try_from(hash >> 32).unwrap_or(0)
}

/// A name whose hash another one has.
struct Suspect<'a> {
    /// The record of the directory that it is in.
    directory: u64,
    /// The name in upper case.
    folded: Box<[u16]>,
    file: File<'a>,
    name: Name<'a>,
}

impl Suspect<'_> {
    /// What twins share.
    fn key(&self) -> (u64, &[u16]) {
        (self.directory, &self.folded)
    }
}

/// The names of some records that have one hash and are in directories where case does not count.
fn names_with_hash<'g>(graph: &'g VolumeGraph, same: &[NameHash]) -> Vec<Suspect<'g>> {
    let mut names = Vec::new();
    for of_record in same.chunk_by(|one, other| one.record == other.record) {
        let Some(NameHash { hash, record }) = of_record.first().copied() else { continue };
        let held = graph.files.names_of_record(u64::from(record)).filter(is_compared);
        let with_hash = held.filter(|name| hash_of(&graph.files.up_case, name) == hash);
        names.extend(with_hash.filter_map(|name| suspect(graph, name)));
    }
    names
}

fn suspect<'g>(graph: &'g VolumeGraph, name: Name<'g>) -> Option<Suspect<'g>> {
    let file = graph.files.file_with(&name)?;
    // Not the root's own name, and none whose directory is gone.
    let Above::Directory(directory) = graph.paths.above_name(&graph.files, &file, &name) else { return None };
    if graph.files.file(directory)?.is_case_sensitive() {
        return None;
    }
    let units: Vec<u16> = name.text().units().collect();
    Some(Suspect { directory, folded: graph.files.up_case.fold(&units), file, name })
}

/// A finding about names that are the same in any case, at the first of them by units, if they are spelled differently.
fn finding(context: &Context<'_>, volume: usize, twins: &[Suspect<'_>]) -> Option<Finding> {
    let (first, others) = twins.split_first()?;
    let is_spelled_otherwise = |twin: &&Suspect<'_>| twin.name.text() != first.name.text();
    let other = others.iter().find(is_spelled_otherwise)?;
    let names: Vec<WtfString> = twins.iter().take(MOST_LISTED).map(text_of).collect();
    let message = format!("names that differ by case only: {}", a_few_names(&names, twins.len()));
    let finding = finding_of_name(context, &RULE, volume, (&first.file, &first.name), message);
    let finding = finding.with("name", text_of(first)).with("twin", text_of(other)).with("count", twins.len());
    let related = others.iter().filter(|twin| twin.file.record() != first.file.record()).take(MOST_LISTED);
    Some(finding.relating(related.map(|twin| FileId { volume, record: twin.file.record() })))
}

fn text_of(twin: &Suspect<'_>) -> WtfString {
    WtfString::from(twin.name.text())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// Two directories with a file each. Images are not built with twins in one directory, so that the second file is
    /// moved to the first directory by a damage.
    fn files(first: &str, second: &str, more: &str) -> String {
        format!(
            "
            [[file]]
            path = '\\dir'
            directory = true
            record = 40
            {more}

            [[file]]
            path = '\\dir\\{first}'
            record = 41

            [[file]]
            path = '\\other\\{second}'
            record = 43

            [[damage]]
            kind = \"wrong-parent\"
            record = 43
            value = \"40-1\"
            "
        )
    }

    #[test]
    fn hit() {
        let expected = [r#"\dir\README: names that differ by case only: "README", "Readme""#];
        check(&RULE, &files("Readme", "README", ""), &expected);
    }

    /// Ä and ä are one letter to `$UpCase`.
    #[test]
    fn hit_letters_beyond_ascii() {
        let expected = [r#"\dir\Ä: names that differ by case only: "Ä", "ä""#];
        check(&RULE, &files("Ä", "ä", ""), &expected);
    }

    #[test]
    fn hit_two_names_of_one_file() {
        let spec = "
            [[file]]
            path = '\\dir'
            directory = true
            record = 40

            [[file]]
            path = '\\dir\\a'
            names = ['\\other\\A']
            record = 43

            [[damage]]
            kind = \"wrong-parent\"
            record = 43
            position = 1
            value = \"40-1\"
        ";
        check(&RULE, spec, &[r#"\dir\A: names that differ by case only: "A", "a""#]);
    }

    #[test]
    fn near_miss_other_directories() {
        check(&RULE, "[[file]]\npath = '\\dir\\a'\n[[file]]\npath = '\\other\\A'\n", &[]);
    }

    #[test]
    fn near_miss_a_case_sensitive_directory() {
        check(&RULE, &files("a", "A", "case-sensitive = true"), &[]);
    }

    /// ß has no capital letter in `$UpCase`, and the same spelling is no other one.
    #[test]
    fn near_miss_names_that_do_not_differ_by_case_only() {
        check(&RULE, &files("ß", "SS", ""), &[]);
        check(&RULE, &files("a", "a", ""), &[]);
    }

    #[test]
    fn near_miss_an_8_3_alias() {
        let spec = files("A~1", "a~1", "") + "[[damage]]\nkind = \"wrong-namespace\"\nrecord = 41\nvalue = 2\n";
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_twin_whose_record_is_lost_is_none() {
        let spec = files("a", "A", "") + "[[damage]]\nkind = \"zeroed-record\"\nrecord = 41\n";
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_twins_in_torn_records_are_twins() {
        let spec = files("a", "A", "") + "[[damage]]\nkind = \"torn-sector\"\nrecord = 41\nsector = 1\n";
        check(&RULE, &spec, &[r#"\dir\A: names that differ by case only: "A", "a""#]);
    }
}
