//! # orphan-extension-name
//!
//! An extension record has a name, and the file it belonged to is gone.
//!
//! ## What it finds
//!
//! Every name in an extension record in use whose base record is not in use, is in another use, or is an extension record
//! itself; 8.3 aliases aside. The path of the finding is what the name's own parent reference makes.
//!
//! ## Why it matters
//!
//! It is consistent with a path that a file once had: names of files with many hard links are in extension records, and
//! outlive a base record that was lost or written over. No other tool lists them.
//!
//! ## How to confirm by hand
//!
//! The reference of the base record is at 0x20 of the extension record. `ntfslinks show IMAGE RECORD` shows what has that
//! record now.
//!
//! ## False positives
//!
//! The name may never have been that of the file which has the base record now, and another file may have the same path
//! today. On a volume that was not unmounted a delete may be half done.
//!
//! ## Sources
//!
//! Reference A.3 "File reference", A.7, G row 13; plaso #3840.

use format::{FileReference, Namespace, WtfString};
use links::{BaseIs, Cause, FileId, LinkIssue, Name, Problem};

use crate::context::Context;
use crate::finding::Finding;
use crate::names::path_without_file;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "orphan-extension-name",
    severity: Severity::Note,
    summary: "an extension record has a name, and the file it belonged to is gone",
    source: include_str!("orphan_extension_name.rs"),
    check: Check::Volume(check),
};

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let Some(graph) = context.graph(volume) else { return };
    for problem in &graph.problems {
        let Cause::Link(LinkIssue::OrphanedExtension { base, base_is, .. }) = &problem.cause else { continue };
        let Some(record) = problem.record else { continue };
        let names: Vec<Name<'_>> = graph.files.names_of_record(record).collect();
        let without_aliases = names.iter().filter(|name| !is_alias(name, &names));
        findings.extend(without_aliases.map(|name| finding(context, (volume, problem), name, (*base, *base_is))));
    }
}

/// Whether a name is the 8.3 alias of another of the few that one record has.
fn is_alias(name: &Name<'_>, names: &[Name<'_>]) -> bool {
    let is_long = |other: &Name<'_>| other.namespace() == Namespace::Win32 && other.parent() == name.parent();
    name.namespace() == Namespace::Dos && names.iter().any(is_long)
}

fn finding(
    context: &Context<'_>,
    (volume, problem): (usize, &Problem),
    name: &Name<'_>,
    (base, base_is): (FileReference, BaseIs),
) -> Finding {
    let (record, offset) = name.place();
    let message =
        format!("a name in an extension record of {base}, {base_is}: consistent with a former path of a file");
    let source = context.volumes.get(volume);
    let finding = Finding {
        record: Some(record),
        offset: source.and_then(|source| source.volume.image_offset(record, offset)).or(problem.offset),
        path: source.map(|source| path_without_file(source.graph, name)),
        ..Finding::of_volume(&RULE, volume, message)
    };
    let finding = finding.with("name", WtfString::from(name.text())).with("parent", name.parent().to_string());
    let now = FileId { volume, record: base.record_number() };
    let user = matches!(base_is, BaseIs::UsedAgain(_)).then_some(now);
    finding.with("base", base.to_string()).relating(user)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// Seven names of 96 bytes and two of 120 do not fit in one record. Beside the header, `$STANDARD_INFORMATION` and a
    /// list of 11 entries there is room for five: extension record 41 has the others, the longer ones last.
    const FILE: &str = r"
        [[file]]
        path = '\dir'
        directory = true
        record = 39

        [[file]]
        path = '\dir\01'
        names = [
            '\dir\02', '\dir\03', '\dir\04', '\dir\05', '\dir\06', '\dir\07',
            { path = '\dir\A long name.txt', dos = 'ALONGN~1.TXT' },
        ]
        record = 40
    ";

    const LOST_BASE: &str = "[[damage]]\nkind = \"zeroed-record\"\nrecord = 40\n";

    fn check_names(damages: &str, directory: &str, base_is: &str) {
        let message =
            format!("a name in an extension record of 40-1, {base_is}: consistent with a former path of a file");
        let lines = ["06", "07", "A long name.txt"].map(|name| format!("{directory}\\{name}: {message}"));
        check(&RULE, &format!("{FILE}{damages}"), &lines.each_ref().map(String::as_str));
    }

    #[test]
    fn hit_the_base_record_is_lost() {
        check_names(LOST_BASE, r"\dir", "which is not in use");
    }

    #[test]
    fn hit_the_base_record_is_used_again() {
        let damage = "[[damage]]\nkind = \"wrong-sequence\"\nrecord = 40\nvalue = 3\n";
        check_names(damage, r"\dir", "which now has sequence number 3");
    }

    #[test]
    fn near_miss_the_file_is_there() {
        check(&RULE, FILE, &[]);
    }

    #[test]
    fn near_miss_the_extension_record_is_free_as_well() {
        check(&RULE, &format!("{FILE}        deleted = true\n{LOST_BASE}"), &[]);
    }

    #[test]
    fn damaged_a_lost_directory_leaves_the_reference_to_it() {
        let damages = format!("{LOST_BASE}[[damage]]\nkind = \"zeroed-record\"\nrecord = 39\n");
        check_names(&damages, r"\$Orphan\39-1", "which is not in use");
    }
}
