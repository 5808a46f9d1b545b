//! # target-only-deleted
//!
//! A link leads to what a deleted record still remembers.
//!
//! ## What it finds
//!
//! Links whose target is not there, while a record that is not in use still has the names of that path, directories on the
//! way included. `dangling-target` does not say it again.
//!
//! ## Why it matters
//!
//! The target was deleted, and the link was left. The record, and with luck the content, can be recovered until something
//! else takes its place.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD --deleted` with the record of the evidence.
//!
//! ## False positives
//!
//! A directory's record that was used again in between can make another file's path look like this one. Names of deleted
//! records are consistent with what was there, and prove nothing.
//!
//! ## Sources
//!
//! Reference A.3 and A.8: a freed record keeps its attributes, and its sequence number counts on.

use links::{FileId, LinkEdge, Target};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "target-only-deleted",
    severity: Severity::Warning,
    summary: "a link leads to what a deleted record still remembers",
    source: include_str!("target_only_deleted.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let Some((volume, deleted)) = edge.verdict.deleted_target else { return };
    let Target::Missing(_, path) = &edge.verdict.target else { return };
    if !is_sound_link(context, edge) {
        return;
    }
    let text = quoted(path.as_wtf8());
    let message = format!("leads to {text}, which only the deleted record {deleted} still has");
    let finding = context.finding_of_link(&RULE, edge, message).leading_to(path.clone()).with("target", path.clone());
    let finding = finding.with("deleted_record", deleted.to_string());
    findings.push(finding.relating([FileId { volume, record: deleted.record_number() }]));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const LINK: &str = "[[file]]\npath = '\\link'\nsymlink = 'gone'\n";

    fn target(keys: &str) -> String {
        format!("{LINK}[[file]]\npath = '\\gone'\nrecord = 40\n{keys}\n")
    }

    #[test]
    fn hit() {
        // The sequence number 1 has counted on.
        let expected = r#"\link: leads to "\gone", which only the deleted record 40-2 still has"#;
        check(&RULE, &target("deleted = true"), &[expected]);
    }

    #[test]
    fn near_miss_the_target_is_in_use() {
        check(&RULE, &target(""), &[]);
    }

    #[test]
    fn near_miss_nothing_had_the_name() {
        check(&RULE, LINK, &[]);
    }

    #[test]
    fn damaged_a_deleted_record_that_is_overwritten_remembers_nothing() {
        let damage = "[[damage]]\nkind = \"zeroed-record\"\nrecord = 40\n";
        check(&RULE, &target(&format!("deleted = true\n{damage}")), &[]);
    }
}
