//! # only-through-link
//!
//! What links in the scope lead to is not in it: a backup that skips links misses it.
//!
//! ## What it finds
//!
//! With `--scope PATH`: the files that are reached from the directory by following junctions and symbolic links and that
//! have no hard link in it or below it, with how many bytes they have and through which links. Only what is on the volumes
//! that were read is counted; links that lead elsewhere are told of by rules of their own. Windows' own compatibility links
//! are left out.
//!
//! ## Why it matters
//!
//! Programs open the data by paths in the scope and find it; a backup of the scope that skips links, or keeps them as
//! links, does not have it. It is missed when it is too late.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks simulate IMAGE --scope PATH --links skip` lists the links with what is missed through each.
//!
//! ## False positives
//!
//! Another backup may hold the data that the links lead to.
//!
//! ## Sources
//!
//! restic/restic#2158 (years of photos missing), restic/restic#3674, kopia/kopia#3807, rclone/rclone#3332; SyncBack help
//! "Copy/Delete, Links".

use crate::context::Context;
use crate::finding::Finding;
use crate::impact::{Explorer, Follows, amount_text, counted, first_link_paths};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "only-through-link",
    severity: Severity::Warning,
    summary: "data in the scope that a backup which skips links misses",
    source: include_str!("only_through_link.rs"),
    check: Check::All(check),
};

const FOLLOWED: Follows = Follows { file_links: true, those_of_windows: false };

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(scope) = context.scope else { return };
    let index = context.impact();
    let Some(node) = index.node(scope) else { return };
    // One walk, which is at no directory twice.
    let mut unlimited = u64::MAX;
    let outside = Explorer::new(index).explore(node, FOLLOWED, &mut unlimited);
    let missed = outside.not_in(index, node);
    if missed.files == 0 {
        return;
    }
    let links = outside.links.len() as u64;
    let through = counted(links, "link");
    let message = format!("through {through} it has {} that a backup which skips links misses", amount_text(missed));
    let finding = context.finding(&RULE, scope, message).with("files", missed.files).with("bytes", missed.bytes);
    findings.push(finding.with("links", links).with("through", first_link_paths(context, &outside.links)));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::check_with;

    const SCOPE: &str = r"
        [[file]]
        path = '\scope\own'
        zeros = 1
        [[file]]
        path = '\scope\link'
        junction = 'C:\data'
        [[file]]
        path = '\data\one'
        zeros = 10
        [[file]]
        path = '\data\to file'
        symlink = '..\far'
        [[file]]
        path = '\far'
        zeros = 100
    ";

    fn check(spec: &str, expected: &[&str]) {
        check_with(&RULE, spec, &Policy::default(), Some(r"\scope"), expected);
    }

    #[test]
    fn hit() {
        let expected = r"\scope: through 1 link it has 2 files (110 bytes) that a backup which skips links misses";
        check(SCOPE, &[expected]);
    }

    #[test]
    fn near_miss_without_a_scope_there_is_nothing_to_miss() {
        check_with(&RULE, SCOPE, &Policy::default(), None, &[]);
    }

    #[test]
    fn near_miss_the_files_have_hard_links_in_the_scope() {
        let spec = SCOPE.replace(
            r"path = '\data\one'",
            r"path = '\data\one'
            names = ['\scope\same']",
        );
        let spec = spec.replace(
            r"path = '\far'",
            r"path = '\far'
            names = ['\scope\deep\far']",
        );
        check(&spec, &[]);
    }

    #[test]
    fn near_miss_the_links_lead_to_what_is_in_the_scope() {
        check(&SCOPE.replace(r"C:\data", r"C:\scope\below").replace(r"'\data\", r"'\scope\below\"), &[]);
    }

    #[test]
    fn damaged_a_target_whose_record_is_lost_cannot_be_missed() {
        check(&format!("{SCOPE}[[damage]]\nkind = \"zeroed-record\"\nfile = '\\data'\n"), &[]);
    }
}
