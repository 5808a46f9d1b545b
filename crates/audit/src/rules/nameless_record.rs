//! # nameless-record
//!
//! A file in use has no name.
//!
//! ## What it finds
//!
//! A base record in use of which neither it nor its extension records hold a `$FILE_NAME` that could be read. Records 12
//! to 23 are kept for NTFS itself: the first four never have a name, and what the rest hold differs from formatter to
//! formatter.
//!
//! ## Why it matters
//!
//! The file is in no directory and in no listing of other tools, while it takes up room and may hold data. It is
//! consistent with a delete that was interrupted, with lost extension records, or with something hidden on purpose.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD` lists what the record has. The link count, the 16-bit number at 0x12, says how many names
//! there should be; `attribute-list-mismatch` says whether extension records are missing.
//!
//! ## False positives
//!
//! A file that was deleted while a program still had it open, on a volume that was not unmounted. A record so damaged that
//! its attributes cannot be read has no name either: `problems` says so.
//!
//! ## Sources
//!
//! Reference A.2, A.18; libfsntfs "Metadata files".

use std::ops::RangeInclusive;

use links::{File, FileId};

use crate::context::Context;
use crate::finding::Finding;
use crate::names::first_path;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "nameless-record",
    severity: Severity::Warning,
    summary: "a file in use has no name",
    source: include_str!("nameless_record.rs"),
    check: Check::File(check),
};

/// Records that NTFS keeps for itself. The first four are in use and never have a name; formatters fill the rest, which
/// are kept for extension records of the MFT's own, each in another way.
const RESERVED: RangeInclusive<u64> = 12..=23;

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_in_use() || file.names().next().is_some() || RESERVED.contains(&id.record) {
        return;
    }
    let finding = context.finding(&RULE, id, "it is in use, and has no name that could be read");
    let path = context.graph(id.volume).map(|graph| first_path(graph, file));
    let finding = Finding { path, ..finding };
    let kind = if file.is_directory() { "directory" } else { "file" };
    let finding = finding.with("kind", kind).with("link_count", file.link_count());
    findings.push(finding.with_some("size", file.size().map(|(size, _)| size)).with("torn", file.is_torn()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn hit() {
        let spec = "[[file]]\nnames = []\nrecord = 40\ntext = 'hidden'\n";
        check(&RULE, spec, &[r"\$Orphan\40-1: it is in use, and has no name that could be read"]);
    }

    #[test]
    fn near_miss_a_deleted_file_may_have_lost_its_names() {
        check(&RULE, "[[file]]\nnames = []\nrecord = 40\ndeleted = true\n", &[]);
    }

    /// Records 12 to 15 are in use without a name on every volume.
    #[test]
    fn near_miss_the_records_that_ntfs_keeps() {
        check(&RULE, "", &[]);
    }

    /// The record's attributes begin nowhere, so that the name in it cannot be read.
    #[test]
    fn damaged_a_record_whose_attributes_are_lost() {
        let spec = "
            [[file]]
            path = '\\a'
            record = 40

            [[damage]]
            kind = \"lying-first-attribute\"
            record = 40
            value = 8
        ";
        check(&RULE, spec, &[r"\$Orphan\40-1: it is in use, and has no name that could be read"]);
    }
}
