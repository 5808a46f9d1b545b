//! # attribute-list-mismatch
//!
//! An attribute list and extension records disagree.
//!
//! ## What it finds
//!
//! A file in use whose attribute list names records that are no extension records of it: not in use, of another file, or
//! in another use than the list says. Also an extension record in use that names a base record whose attribute list does
//! not name it, and one without names whose base record is no longer that of its file. One that still has names is
//! `orphan-extension-name`.
//!
//! ## Why it matters
//!
//! A file with many names, streams or pieces has them in extension records. Where the two disagree some are lost, and
//! tools that go by one of them only show another file than tools that go by the other.
//!
//! ## How to confirm by hand
//!
//! An entry of the `$ATTRIBUTE_LIST` has the reference of the holder at 0x10; an extension record has that of its base
//! record at 0x20. Each must name the other, sequence numbers included.
//!
//! ## False positives
//!
//! A volume that was not unmounted, and images that lack a part of the MFT. Lists in clusters cannot be read from a bare
//! MFT, and nothing is said of them.
//!
//! ## Sources
//!
//! Reference A.7, G rows 10 and 13; libfsntfs "The attribute list attribute"; plaso #3840.

use format::{FileReference, WtfString};
use links::{Cause, LinkIssue, Problem, VolumeGraph};

use crate::context::Context;
use crate::finding::Finding;
use crate::names::{MOST_LISTED, a_few, a_few_names, finding_of_problem};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "attribute-list-mismatch",
    severity: Severity::Warning,
    summary: "an attribute list and extension records disagree",
    source: include_str!("attribute_list_mismatch.rs"),
    check: Check::Volume(check),
};

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let Some(graph) = context.graph(volume) else { return };
    let mut listed = Vec::new();
    for problem in &graph.problems {
        let Cause::Link(issue) = &problem.cause else { continue };
        match issue {
            LinkIssue::ListedRecordMissing { holder } => listed.push((problem, *holder)),
            LinkIssue::ExtensionNotListed { base, names } => {
                findings.push(not_listed(graph, (volume, problem), *base, names));
            }
            LinkIssue::OrphanedExtension { base, base_is, names } if names.is_empty() => {
                let message = format!("an extension record of {base}, {base_is}");
                let finding = finding_of_problem(graph, &RULE, (volume, problem), None, message);
                findings.push(finding.with("base", base.to_string()));
            }
            _ => {}
        }
    }
    // Problems are in the order of records, so that those of one list follow each other.
    let of_lists = listed.chunk_by(|(one, _), (other, _)| one.record == other.record);
    findings.extend(of_lists.filter_map(|of_list| missing(graph, volume, of_list)));
}

/// A finding about a list that names records which are not the file's.
fn missing(graph: &VolumeGraph, volume: usize, of_list: &[(&Problem, FileReference)]) -> Option<Finding> {
    let (problem, _) = of_list.first()?;
    let file = graph.files.file(problem.record?)?;
    let holders: Vec<FileReference> = of_list.iter().map(|(_, holder)| *holder).collect();
    let in_words = a_few(holders.iter().map(FileReference::to_string), holders.len());
    let message = match holders.len() {
        1 => format!("its attribute list names {in_words}, which is no extension record of this file"),
        _ => format!("its attribute list names records that are no extension records of this file: {in_words}"),
    };
    let finding = finding_of_problem(graph, &RULE, (volume, problem), Some(&file), message);
    Some(finding.with("missing", holders.len()).with("holders", in_words))
}

/// A finding about an extension record that the attribute list of its base record does not name.
fn not_listed(
    graph: &VolumeGraph,
    (volume, problem): (usize, &Problem),
    base: FileReference,
    names: &[WtfString],
) -> Finding {
    let file = graph.files.file(base.record_number());
    let record = problem.record.unwrap_or_default();
    let held = match names {
        [] => String::new(),
        names => format!("; it holds {}", a_few_names(names, names.len())),
    };
    let message =
        format!("its attribute list does not name extension record {record}, which says it is of {base}{held}");
    let finding = finding_of_problem(graph, &RULE, (volume, problem), file.as_ref(), message);
    let names: Vec<WtfString> = names.iter().take(MOST_LISTED).cloned().collect();
    finding.with("base", base.to_string()).with("names", names)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// Twelve names of 96 bytes do not fit in one record. Beside the header, `$STANDARD_INFORMATION` and a list of 14
    /// entries there is room for four of them: extension record 41 has the others.
    const FILE: &str = r"
        [[file]]
        path = '\a'
        record = 39

        [[file]]
        path = '\01'
        names = ['\02', '\03', '\04', '\05', '\06', '\07', '\08', '\09', '\10', '\11', '\12']
        record = 40
    ";

    /// Ten streams of 80 bytes do not fit in one record. The only name stays in the base record, and extension record 41
    /// has streams.
    const STREAMS: &str = r"
        [[file]]
        path = '\a'
        record = 40
        streams = [
            { name = 's1', zeros = 4096 }, { name = 's2', zeros = 4096 }, { name = 's3', zeros = 4096 },
            { name = 's4', zeros = 4096 }, { name = 's5', zeros = 4096 }, { name = 's6', zeros = 4096 },
            { name = 's7', zeros = 4096 }, { name = 's8', zeros = 4096 }, { name = 's9', zeros = 4096 },
            { name = 's0', zeros = 4096 },
        ]
    ";

    #[test]
    fn hit_a_listed_record_is_lost() {
        let spec = format!("{FILE}[[damage]]\nkind = \"zeroed-record\"\nrecord = 41\n");
        check(&RULE, &spec, &[r"\01: its attribute list names 41-1, which is no extension record of this file"]);
    }

    #[test]
    fn hit_a_listed_record_says_it_is_of_another_file() {
        let spec = format!("{FILE}[[damage]]\nkind = \"wrong-base-reference\"\nrecord = 41\nvalue = \"39-1\"\n");
        let names = r#""05", "06", "07", "08", "09", "10", "11", "12""#;
        check(
            &RULE,
            &spec,
            &[
                r"\01: its attribute list names 41-1, which is no extension record of this file",
                &format!(
                    r"\a: its attribute list does not name extension record 41, which says it is of 39-1; it holds {names}"
                ),
            ],
        );
    }

    #[test]
    fn hit_an_extension_record_without_names_whose_file_is_gone() {
        let spec = format!("{STREAMS}[[damage]]\nkind = \"zeroed-record\"\nrecord = 40\n");
        check(&RULE, &spec, &[": an extension record of 40-1, which is not in use"]);
    }

    #[test]
    fn near_miss_they_agree() {
        check(&RULE, FILE, &[]);
        check(&RULE, STREAMS, &[]);
    }

    #[test]
    fn near_miss_what_remains_of_a_deleted_file_is_no_damage() {
        let spec = format!("{FILE}        deleted = true\n[[damage]]\nkind = \"zeroed-record\"\nrecord = 41\n");
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_torn_extension_record_is_still_that_of_its_file() {
        let spec = format!("{FILE}[[damage]]\nkind = \"torn-sector\"\nrecord = 41\nsector = 1\n");
        check(&RULE, &spec, &[]);
    }
}
