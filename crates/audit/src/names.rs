//! Names as findings are about them: where they lie, which path they make, and what is said of several at once.

use std::collections::HashSet;

use format::{FileReference, Wtf8, WtfString};
use links::{Cause, File, FileId, LinkIssue, Name, ORPHANS, Problem, ROOT, VolumeGraph, VolumeSource};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::rule::Rule;

/// Names, records and the like that a message or the evidence lists: a hostile image has any number.
pub(crate) const MOST_LISTED: usize = 8;

/// A name that a problem of its volume is about.
#[derive(Clone, Copy)]
pub(crate) struct NameProblem<'a> {
    /// The file.
    pub file: File<'a>,
    /// One of its names.
    pub name: Name<'a>,
    /// What is wrong.
    pub issue: &'a LinkIssue,
}

/// The names that problems of a volume are about, those wanted, in the order of files. An 8.3 alias shares what is wrong
/// with its name, and is left out.
pub(crate) fn names_with_problems<'a>(
    context: &Context<'a>,
    volume: usize,
    is_wanted: fn(&LinkIssue) -> bool,
) -> Vec<NameProblem<'a>> {
    let Some(source) = context.volumes.get(volume) else { return Vec::new() };
    let wanted = source.graph.problems.iter().filter_map(|problem| match &problem.cause {
        Cause::Link(issue) if is_wanted(issue) => name_with_problem(source, problem, issue),
        _ => None,
    });
    let mut found: Vec<NameProblem<'_>> = wanted.collect();
    found.sort_by_key(|problem| (problem.file.record(), problem.name.place()));
    without_aliases(&found)
}

fn name_with_problem<'a>(
    source: &VolumeSource<'a>,
    problem: &Problem,
    issue: &'a LinkIssue,
) -> Option<NameProblem<'a>> {
    let files = &source.graph.files;
    let is_here = |name: &Name<'_>| {
        let (record, offset) = name.place();
        source.volume.image_offset(record, offset) == problem.offset
    };
    let name = files.names_of_record(problem.record?).find(is_here)?;
    Some(NameProblem { file: files.file_with(&name)?, name, issue })
}

/// Leaves out 8.3 aliases, file by file: a hostile file has tens of thousands of names.
fn without_aliases<'a>(found: &[NameProblem<'a>]) -> Vec<NameProblem<'a>> {
    let mut links = Vec::new();
    let mut kept = Vec::new();
    for of_file in found.chunk_by(|one, other| one.file.record() == other.file.record()) {
        of_file.iter().take(1).for_each(|problem| problem.file.hard_links(&mut links));
        let aliases: HashSet<(u64, u32)> =
            links.iter().filter_map(|link| link.short_name).map(|alias| alias.place()).collect();
        kept.extend(of_file.iter().filter(|problem| !aliases.contains(&problem.name.place())));
    }
    kept
}

/// A finding about one name of a file, where that lies.
pub(crate) fn finding_of_name(
    context: &Context<'_>,
    rule: &'static Rule,
    volume: usize,
    (file, name): (&File<'_>, &Name<'_>),
    message: impl Into<String>,
) -> Finding {
    let (record, offset) = name.place();
    let source = context.volumes.get(volume);
    Finding {
        file: Some(FileId { volume, record: file.record() }),
        record: Some(record),
        offset: source.and_then(|source| source.volume.image_offset(record, offset)),
        path: source.map(|source| source.graph.paths.path_of_one(&source.graph.files, file, name)),
        ..Finding::of_volume(rule, volume, message)
    }
}

/// A finding about what a problem of a volume says of a file, which goes by its first name.
pub(crate) fn finding_of_problem(
    graph: &VolumeGraph,
    rule: &'static Rule,
    (volume, problem): (usize, &Problem),
    file: Option<&File<'_>>,
    message: impl Into<String>,
) -> Finding {
    Finding {
        file: file.map(|file| FileId { volume, record: file.record() }),
        record: problem.record,
        offset: problem.offset,
        path: file.map(|file| first_path(graph, file)),
        ..Finding::of_volume(rule, volume, message)
    }
}

/// The path of a file's first name; of a file that has none its own reference, as the paths of what is in it begin.
pub(crate) fn first_path(graph: &VolumeGraph, file: &File<'_>) -> WtfString {
    match file.primary_name() {
        Some(name) => graph.paths.path_of(&graph.files, file, &name),
        None => orphan(file.reference()),
    }
}

fn orphan(reference: FileReference) -> WtfString {
    WtfString::from(Wtf8::from_wtf8(format!("{ORPHANS}{reference}").as_bytes()))
}

/// The path that a name in use makes by its parent reference alone, when its file is gone.
pub(crate) fn path_without_file(graph: &VolumeGraph, name: &Name<'_>) -> WtfString {
    let reference = name.parent();
    let parent = graph.files.file(reference.record_number()).filter(|parent| {
        let is_same_use = [parent.reference().sequence_number(), 0].contains(&reference.sequence_number());
        parent.is_in_use() && parent.is_directory() && is_same_use
    });
    let above = match parent {
        Some(parent) if parent.record() == ROOT => WtfString::default(),
        Some(parent) => graph.paths.path_of_directory(&graph.files, parent.record()),
        None => orphan(reference),
    };
    above.as_wtf8().units().chain([u16::from(b'\\')]).chain(name.text().units()).collect()
}

/// The first of `count` things in words, and how many more there are.
pub(crate) fn a_few(words: impl Iterator<Item = String>, count: usize) -> String {
    let words: Vec<String> = words.take(MOST_LISTED).collect();
    match count.saturating_sub(words.len()) {
        0 => words.join(", "),
        more => format!("{} and {more} more", words.join(", ")),
    }
}

/// The first of `count` names, in quotes.
pub(crate) fn a_few_names(names: &[WtfString], count: usize) -> String {
    a_few(names.iter().map(|name| quoted(name.as_wtf8())), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_has_an_end() {
        let check = |count: usize, expected: &str| {
            assert_eq!(a_few((1..=count).map(|number| number.to_string()), count), expected);
        };
        check(1, "1");
        check(8, "1, 2, 3, 4, 5, 6, 7, 8");
        check(10, "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    }
}
