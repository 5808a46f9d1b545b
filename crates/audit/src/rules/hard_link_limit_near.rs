//! # hard-link-limit-near
//!
//! A file has nearly as many hard links as Windows allows.
//!
//! ## What it finds
//!
//! A file in use with as many hard links as the policy's threshold `hard-links`, by default 1,000; Windows allows 1,024.
//! 8.3 aliases are no hard links.
//!
//! ## Why it matters
//!
//! The next link fails with error 1142 (`ERROR_TOO_MANY_LINKS`). Package stores and backups that link one file many times
//! come to that, and not all of them then make a copy. Linux drivers allow more.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` lists the hard links; on Windows `fsutil hardlink list PATH` does.
//!
//! ## False positives
//!
//! None: it is a count. Whether another link will ever be made is another question.
//!
//! ## Sources
//!
//! Reference A.19; Microsoft `CreateHardLink` ("The maximum number of hard links that can be created with this function is
//! 1023 per file", beside the name it has).

use links::{File, FileId};

use crate::context::Context;
use crate::finding::Finding;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "hard-link-limit-near",
    severity: Severity::Note,
    summary: "a file has nearly as many hard links as Windows allows",
    source: include_str!("hard_link_limit_near.rs"),
    check: Check::File(check),
};

/// Names of a file that Windows makes.
const LIMIT: u64 = 1024;

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let threshold = context.policy.thresholds.hard_links;
    let hard_links = file.non_dos_names();
    if !file.is_in_use() || file.is_directory() || hard_links < threshold {
        return;
    }
    let message = match hard_links {
        0..LIMIT => format!("it has {hard_links} hard links, of the {LIMIT} that Windows allows"),
        LIMIT => format!("it has {hard_links} hard links, all that Windows allows"),
        _ => format!("it has {hard_links} hard links, more than the {LIMIT} that Windows allows"),
    };
    let finding = context.finding(&RULE, id, message).with("hard_links", hard_links);
    findings.push(finding.with("limit", LIMIT).with("threshold", threshold));
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::{check, check_with};

    /// A file with so many hard links.
    fn file(count: usize) -> String {
        let mut spec = "[[file]]\npath = '\\0001'\nnames = [".to_owned();
        for number in 2..=count {
            write!(spec, "'\\{number:04}', ").expect("writing to a string does not fail");
        }
        spec + "]\n"
    }

    #[test]
    fn hit() {
        check(&RULE, &file(1000), &[r"\0001: it has 1000 hard links, of the 1024 that Windows allows"]);
        check(&RULE, &file(1024), &[r"\0001: it has 1024 hard links, all that Windows allows"]);
        check(&RULE, &file(1025), &[r"\0001: it has 1025 hard links, more than the 1024 that Windows allows"]);
    }

    #[test]
    fn near_miss() {
        check(&RULE, &file(999), &[]);
    }

    fn policy(hard_links: u64) -> Policy {
        let mut policy = Policy::default();
        policy.thresholds.hard_links = hard_links;
        policy
    }

    #[test]
    fn hit_the_threshold_of_the_policy() {
        let expected = [r"\0001: it has 3 hard links, of the 1024 that Windows allows"];
        check_with(&RULE, &file(3), &policy(3), None, &expected);
    }

    #[test]
    fn near_miss_an_8_3_alias_is_no_hard_link() {
        let spec = "[[file]]\npath = '\\A long name.txt'\ndos = 'ALONGN~1.TXT'\nnames = ['\\b']\n";
        check_with(&RULE, spec, &policy(3), None, &[]);
    }

    #[test]
    fn damaged_names_count_and_not_what_the_record_says() {
        let damage = "[[damage]]\nkind = \"wrong-link-count\"\nfile = '\\0001'\nvalue = 1000\n";
        check(&RULE, &format!("{}{damage}", file(3)), &[]);
    }
}
