//! # deleted-link
//!
//! A record that is not in use still holds a link.
//!
//! ## What it finds
//!
//! Records not in use with the reparse point of a link, or the content of an Interix or Cygwin link, of whatever kind.
//! Needs the records that are not in use to be read: `--deleted`.
//!
//! ## Why it matters
//!
//! It tells that there was a link, where, and where it led: evidence of what a program or person set up and removed.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD --deleted`. The flag 1 at 0x16 of the record's header is not set.
//!
//! ## False positives
//!
//! Windows and its updates make and delete links all the time. Names and parents of deleted records are consistent with
//! what was there, and prove nothing.
//!
//! ## Sources
//!
//! Reference A.3: a freed record keeps its attributes until it is used again.

use links::{File, FileId, Link};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::stored_target;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "deleted-link",
    severity: Severity::Note,
    summary: "a record that is not in use still holds a link",
    source: include_str!("deleted_link.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if file.is_in_use() {
        return;
    }
    let Some(link) = Link::of(file) else { return };
    let link_type = link.link_type.as_str();
    let target = stored_target(file);
    let message = match &target {
        Some(target) => format!("a deleted link ({link_type}) that led to {}", quoted(target.as_wtf8())),
        None => format!("a deleted link ({link_type})"),
    };
    let mut finding = context.finding_of_reparse(&RULE, id, message).with("type", link_type);
    finding.target.clone_from(&target);
    findings.push(finding.with_some("target", target).with("reference", file.reference().to_string()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn hit() {
        let spec = "[[file]]\npath = '\\j'\njunction = 'C:\\x'\ndeleted = true\n";
        check(&RULE, spec, &[r#"\j: a deleted link (junction) that led to "\??\C:\x""#]);
    }

    #[test]
    fn hit_content_of_another_system() {
        let spec = "[[file]]\npath = '\\i'\ninterix-symlink = '../x'\ndeleted = true\n";
        check(&RULE, spec, &[r#"\i: a deleted link (interix_symlink) that led to "../x""#]);
    }

    #[test]
    fn near_miss_it_is_in_use() {
        check(&RULE, "[[file]]\npath = '\\j'\njunction = 'C:\\x'\n", &[]);
    }

    #[test]
    fn near_miss_a_deleted_file_that_is_no_link() {
        check(&RULE, "[[file]]\npath = '\\w'\nwof = 'lzx'\nhole = 5000\ndeleted = true\n", &[]);
    }

    #[test]
    fn damaged_a_target_that_cannot_be_read() {
        let damage = "[[damage]]\nkind = \"lying-substitute-length\"\nrecord = 40\nvalue = 200\n";
        let spec = "[[file]]\npath = '\\j'\nrecord = 40\njunction = 'C:\\x'\ndeleted = true\n";
        check(&RULE, &format!("{spec}{damage}"), &[r"\j: a deleted link (junction)"]);
    }
}
