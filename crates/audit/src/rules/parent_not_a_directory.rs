//! # parent-not-a-directory
//!
//! A name is in something that is no directory.
//!
//! ## What it finds
//!
//! A name of a file in use whose parent reference leads, sequence number included, to a record in use that is a file or
//! an extension record. The path of the name is unknown, and is written `\$Orphan\RECORD-SEQUENCE\name`. A name and its
//! 8.3 alias are one finding.
//!
//! ## Why it matters
//!
//! Windows never does that: it is consistent with damage, or with a record that was written by hand. No path leads to the
//! file, and tools that take any parent for a directory show one that does not exist.
//!
//! ## How to confirm by hand
//!
//! The parent reference is the first 8 bytes of the `$FILE_NAME` at the offset of the finding. `ntfslinks show IMAGE
//! RECORD` says what that record is: its flags at 0x16 have bit 0x2 if it is a directory, and its bytes at 0x20 are not
//! zero if it is an extension record.
//!
//! ## False positives
//!
//! A directory whose own record is damaged so that the directory flag is gone: then the parent is what is wrong.
//!
//! ## Sources
//!
//! Reference A.3, A.8; libfsntfs "MFT entry flags".

use format::WtfString;
use links::{FileId, LinkIssue, ParentIs};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::names::{NameProblem, finding_of_name, first_path, names_with_problems};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "parent-not-a-directory",
    severity: Severity::Warning,
    summary: "a name is in something that is no directory",
    source: include_str!("parent_not_a_directory.rs"),
    check: Check::Volume(check),
};

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let is_wanted = |issue: &LinkIssue| matches!(issue, LinkIssue::ParentNotADirectory { .. });
    for NameProblem { file, name, issue } in names_with_problems(context, volume, is_wanted) {
        let LinkIssue::ParentNotADirectory { parent, found } = issue else { continue };
        let id = FileId { volume, record: parent.record_number() };
        let parent_path = match found {
            ParentIs::File => parent_path(context, id),
            ParentIs::Extension => None,
        };
        let message = match &parent_path {
            Some(path) => format!("its parent is {}, which is {found}, not a directory", quoted(path.as_wtf8())),
            None => format!("its parent reference is {parent}, which is {found}, not a directory"),
        };
        let finding = finding_of_name(context, &RULE, volume, (&file, &name), message);
        let finding = finding.with("name", WtfString::from(name.text())).with("parent", parent.to_string());
        let is_file = *found == ParentIs::File;
        findings.push(finding.with_some("parent_path", parent_path).relating(is_file.then_some(id)));
    }
}

fn parent_path(context: &Context<'_>, id: FileId) -> Option<WtfString> {
    Some(first_path(context.graph(id.volume)?, &context.file(id)?))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const FILES: &str = r"
        [[file]]
        path = '\dir\a'

        [[file]]
        path = '\b'
        record = 40
    ";

    #[test]
    fn hit_the_parent_is_a_file() {
        let spec = format!("{FILES}[[damage]]\nkind = \"parent-is-file\"\nfile = '\\dir\\a'\nother = '\\b'\n");
        check(&RULE, &spec, &[r#"\$Orphan\40-1\a: its parent is "\b", which is a file, not a directory"#]);
    }

    #[test]
    fn hit_the_parent_is_an_extension_record() {
        // Record 41 becomes an extension record of record 40, which has no attribute list that would name it.
        let spec = format!(
            "{FILES}
            [[file]]
            path = '\\c'
            record = 41

            [[damage]]
            kind = \"wrong-parent\"
            file = '\\dir\\a'
            value = \"41-1\"

            [[damage]]
            kind = \"wrong-base-reference\"
            record = 41
            value = \"40-1\"
            "
        );
        let message = "its parent reference is 41-1, which is an extension record, not a directory";
        check(&RULE, &spec, &[&format!(r"\$Orphan\41-1\a: {message}")]);
    }

    #[test]
    fn near_miss_a_stale_reference_to_a_file_says_nothing_of_it() {
        let spec = format!("{FILES}[[damage]]\nkind = \"wrong-parent\"\nfile = '\\dir\\a'\nvalue = \"40-2\"\n");
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_directory_that_lost_its_flag_is_no_directory() {
        let spec = "
            [[file]]
            path = '\\dir'
            directory = true
            record = 40

            [[file]]
            path = '\\dir\\a'

            [[damage]]
            kind = \"index-without-directory-flag\"
            record = 40
        ";
        check(&RULE, spec, &[r#"\$Orphan\40-1\a: its parent is "\dir", which is a file, not a directory"#]);
    }
}
