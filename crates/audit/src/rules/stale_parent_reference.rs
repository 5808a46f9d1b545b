//! # stale-parent-reference
//!
//! A name is in a directory that is no longer there.
//!
//! ## What it finds
//!
//! A name of a file in use whose parent reference has another sequence number than that record has now, or names a record
//! that is not in use or not in the MFT. Its path is unknown, and is written `\$Orphan\RECORD-SEQUENCE\name`. Sequence
//! number 0 means "do not check" and is no finding. A name and its 8.3 alias are one finding.
//!
//! ## Why it matters
//!
//! The file is in no directory, so nothing finds it by a path, and it takes up room. Tools that do not compare sequence
//! numbers show it in whatever directory uses the record now: a path that it never had.
//!
//! ## How to confirm by hand
//!
//! The parent reference is the first 8 bytes of the `$FILE_NAME` at the offset of the finding: 48 bits of record number,
//! 16 bits of sequence number. Compare the latter with the 16-bit number at 0x10 of that record.
//!
//! ## False positives
//!
//! A volume that was not unmounted: its log may hold a half-done delete or rename. A directory whose record is damaged or
//! outside a cut-off image is not there either.
//!
//! ## Sources
//!
//! Reference A.3 "File reference", A.8, E "Orphan names"; velociraptor #2110 and analyzeMFT #56 for wrong paths.

use format::WtfString;
use links::{FileId, LinkIssue};

use crate::context::Context;
use crate::finding::Finding;
use crate::names::{NameProblem, finding_of_name, names_with_problems};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "stale-parent-reference",
    severity: Severity::Warning,
    summary: "a name is in a directory that is no longer there",
    source: include_str!("stale_parent_reference.rs"),
    check: Check::Volume(check),
};

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let is_gone = |issue: &LinkIssue| matches!(issue, LinkIssue::StaleParent { .. } | LinkIssue::MissingParent { .. });
    for NameProblem { file, name, issue } in names_with_problems(context, volume, is_gone) {
        let parent = name.parent();
        let record = parent.record_number();
        let sequence = match issue {
            LinkIssue::StaleParent { found, .. } => Some(*found),
            _ => None,
        };
        let message = match sequence {
            Some(sequence) => {
                format!("its parent reference is {parent}, but record {record} has sequence number {sequence}")
            }
            None => format!("its parent reference is {parent}, but the MFT has no such record in use"),
        };
        let finding = finding_of_name(context, &RULE, volume, (&file, &name), message);
        let finding = finding.with("name", WtfString::from(name.text())).with("parent", parent.to_string());
        let now = FileId { volume, record };
        let user = sequence.map(|_| now).filter(|now| context.file(*now).is_some());
        findings.push(finding.with_some("sequence_now", sequence).relating(user));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::{check, with_findings};

    const FILE: &str = r"
        [[file]]
        path = '\dir'
        directory = true
        record = 40

        [[file]]
        path = '\dir\A long name.txt'
        dos = 'ALONGN~1.TXT'
    ";

    fn with_parent(position: u32, reference: &str) -> String {
        format!(
            "
            [[damage]]
            kind = \"wrong-parent\"
            file = '\\dir\\A long name.txt'
            position = {position}
            value = \"{reference}\"
            "
        )
    }

    #[test]
    fn hit_a_name_and_its_alias_are_one_finding() {
        let spec = format!("{FILE}{}{}", with_parent(0, "40-7"), with_parent(1, "40-7"));
        let message = "its parent reference is 40-7, but record 40 has sequence number 1";
        check(&RULE, &spec, &[&format!(r"\$Orphan\40-7\A long name.txt: {message}")]);
    }

    /// Twelve names do not fit in one record: extension record 41 has some of them, `\05` first.
    #[test]
    fn hit_a_name_in_an_extension_record_is_shown_there() {
        let names = (2..=12).map(|number| format!("'\\{number:02}', ")).collect::<String>();
        let file = format!("[[file]]\npath = '\\01'\nnames = [{names}]\nrecord = 40\n");
        let spec = format!("{file}[[damage]]\nkind = \"stale-parent-sequence\"\nrecord = 41\n");
        with_findings(&RULE, &spec, &Policy::default(), None, |findings| {
            let [finding] = findings else { panic!("one finding, not {}", findings.len()) };
            assert_eq!((finding.file.map(|file| file.record), finding.record), (Some(40), Some(41)));
            // The root is record 5 in its fifth use, and the damage takes the use before.
            assert_eq!(
                finding.path.as_ref().map(|path| path.as_wtf8().to_string()).as_deref(),
                Some(r"\$Orphan\5-4\05")
            );
        });
    }

    #[test]
    fn near_miss_sequence_number_0_is_not_to_be_checked() {
        check(&RULE, &format!("{FILE}{}{}", with_parent(0, "40-0"), with_parent(1, "40-0")), &[]);
    }

    #[test]
    fn near_miss_a_deleted_file_keeps_the_parent_that_it_had() {
        check(&RULE, &format!("{FILE}        deleted = true\n{}", with_parent(0, "40-7")), &[]);
    }

    #[test]
    fn damaged_a_lost_directory_is_not_in_use() {
        let spec = format!("{FILE}[[damage]]\nkind = \"zeroed-record\"\nrecord = 40\n");
        let message = "its parent reference is 40-1, but the MFT has no such record in use";
        check(&RULE, &spec, &[&format!(r"\$Orphan\40-1\A long name.txt: {message}")]);
    }
}
