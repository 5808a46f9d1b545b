//! # parent-cycle
//!
//! A directory is below itself.
//!
//! ## What it finds
//!
//! Directories in use whose parent references, sequence numbers included, lead from each to the next and back to the
//! first; or one that is its own parent. There is one finding for each cycle, at the directory with the lowest record
//! number: there its paths are cut, and begin with `\$Orphan\` and the reference that closes the cycle.
//!
//! ## Why it matters
//!
//! No path from the root leads to any of the directories, or to what is below them. Tools that follow parents without
//! keeping count never come to an end.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD` names the parent of each directory: follow them from the record of the finding until it
//! comes again.
//!
//! ## False positives
//!
//! None known. Windows refuses to move a directory into itself; on a volume that was not unmounted the log may not have
//! been played back.
//!
//! ## Sources
//!
//! Reference A.8; graph format, "Places that are not records": a cycle of parents is cut at its lowest record.

use format::FileReference;
use links::{Above, Cause, FileId, LinkIssue, VolumeGraph};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::names::{MOST_LISTED, finding_of_name, first_path};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "parent-cycle",
    severity: Severity::Error,
    summary: "a directory is below itself",
    source: include_str!("parent_cycle.rs"),
    check: Check::Volume(check),
};

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let Some(graph) = context.graph(volume) else { return };
    let cycles = graph.problems.iter().filter_map(|problem| match &problem.cause {
        Cause::Link(LinkIssue::ParentCycle { parent }) => Some((problem.record?, *parent)),
        _ => None,
    });
    findings.extend(cycles.filter_map(|(lowest, parent)| finding(context, volume, lowest, parent)));
}

fn finding(context: &Context<'_>, volume: usize, lowest: u64, parent: FileReference) -> Option<Finding> {
    let graph = context.graph(volume)?;
    let directory = graph.files.file(lowest)?;
    let members = members_of(graph, lowest, parent);
    let parent_path = first_path(graph, &graph.files.file(parent.record_number())?);
    let message = match members.len() {
        1 => "it is its own parent".to_owned(),
        count => format!(
            "it is below itself: its parent is {}, the last of {count} directories that are in each other",
            quoted(parent_path.as_wtf8())
        ),
    };
    let finding = finding_of_name(context, &RULE, volume, (&directory, &directory.primary_name()?), message);
    let finding = finding.with("parent", parent.to_string()).with("parent_path", parent_path);
    let others = members.iter().filter(|record| **record != lowest).take(MOST_LISTED);
    let others = others.map(|record| FileId { volume, record: *record });
    Some(finding.with("directories", members.len()).relating(others))
}

/// The directories of a cycle, from the parent of the lowest up to that. No directory is in two cycles.
fn members_of(graph: &VolumeGraph, lowest: u64, parent: FileReference) -> Vec<u64> {
    let mut members = vec![parent.record_number()];
    let mut here = parent.record_number();
    while here != lowest && members.len() <= graph.paths.directories().len() {
        let Above::Directory(above) = graph.paths.above(&graph.files, here) else { break };
        members.push(above);
        here = above;
    }
    members
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const DIRECTORIES: &str = r"
        [[file]]
        path = '\a'
        directory = true
        record = 40

        [[file]]
        path = '\a\b'
        directory = true
        record = 41
    ";

    #[test]
    fn hit() {
        let spec = format!("{DIRECTORIES}[[damage]]\nkind = \"parent-loop\"\nfile = '\\a'\nother = '\\a\\b'\n");
        let message = r#"it is below itself: its parent is "\$Orphan\41-1\a\b", the last of 2 directories that are in each other"#;
        check(&RULE, &spec, &[&format!(r"\$Orphan\41-1\a: {message}")]);
    }

    #[test]
    fn hit_a_directory_in_itself() {
        let spec = format!("{DIRECTORIES}[[damage]]\nkind = \"self-parent\"\nrecord = 41\n");
        check(&RULE, &spec, &[r"\$Orphan\41-1\b: it is its own parent"]);
    }

    #[test]
    fn near_miss_the_reference_that_would_close_it_is_stale() {
        let spec = format!("{DIRECTORIES}[[damage]]\nkind = \"wrong-parent\"\nrecord = 40\nvalue = \"41-2\"\n");
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_cycle_with_a_torn_record_is_one_all_the_same() {
        let damages = "
            [[damage]]
            kind = \"self-parent\"
            record = 41

            [[damage]]
            kind = \"torn-sector\"
            record = 41
            sector = 1
        ";
        check(&RULE, &format!("{DIRECTORIES}{damages}"), &[r"\$Orphan\41-1\b: it is its own parent"]);
    }
}
