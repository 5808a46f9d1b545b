//! # ancestor-link
//!
//! A link leads to a directory that it is in.
//!
//! ## What it finds
//!
//! Links to their own directory or to one above it, by whatever way. Windows' own, such as `Application Data` in
//! `\ProgramData`, are suppressed. Links that Windows does not follow are a note.
//!
//! ## Why it matters
//!
//! Whatever descends into links goes round until its path is too long: copies fill the disk, scans take for ever, deletes
//! go up instead of down. Two of them together multiply the paths: see `path-explosion`.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks resolve IMAGE PATH` ends in a directory that the path begins with.
//!
//! ## False positives
//!
//! Links that are meant to lead up, as some trees of sources have: harmless to what does not descend into links.
//!
//! ## Sources
//!
//! Reference C.4 step 4 and E "Recursion"; duplicati PR 3014.

use links::{LinkEdge, Notes};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::impact::is_in_path_explosion;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "ancestor-link",
    severity: Severity::Error,
    summary: "a link leads to a directory that it is in",
    source: include_str!("ancestor_link.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let verdict = &edge.verdict;
    let reached = verdict.reached.as_ref().filter(|_| verdict.notes.contains(Notes::ANCESTOR));
    let Some(reached) = reached.filter(|_| is_sound_link(context, edge)) else { return };
    // Several of them are told together.
    if is_in_path_explosion(context, edge) {
        return;
    }
    let target = context.path_of_reached(reached);
    let message = format!("leads to {}, which it is in", quoted(target.as_wtf8()));
    let finding = context.finding_of_link(&RULE, edge, message).with("target", target.clone()).leading_to(target);
    let finding = finding.relating([reached.file]);
    let finding = match context.resolver.stock_link(edge) {
        Some(_) => finding.suppressed("one of Windows' own compatibility links"),
        None => finding,
    };
    let is_followed = !verdict.notes.contains(Notes::NOT_FOLLOWED_BY_WINDOWS);
    findings.push(if is_followed { finding } else { finding.as_bad_as(Severity::Note) });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn hit_its_own_directory_and_one_above() {
        let spec = "
            [[file]]
            path = '\\a\\b\\own'
            junction = 'C:\\a\\b'

            [[file]]
            path = '\\c\\d\\up'
            symlink = '..\\..\\c'
            directory = true
        ";
        check(
            &RULE,
            spec,
            &[r#"\a\b\own: leads to "\a\b", which it is in"#, r#"\c\d\up: leads to "\c", which it is in"#],
        );
    }

    #[test]
    fn near_miss_two_that_multiply_are_a_path_explosion() {
        let spec = "
            [[file]]
            path = '\\a\\one'
            junction = 'C:\\a'

            [[file]]
            path = '\\a\\other'
            junction = 'C:\\a'
        ";
        check(&RULE, spec, &[]);
    }

    #[test]
    fn hit_a_link_of_windows_is_suppressed() {
        let spec = "[[file]]\npath = '\\ProgramData\\Application Data'\njunction = 'C:\\ProgramData'\n";
        let expected = r#"\ProgramData\Application Data: leads to "\ProgramData", which it is in (suppressed: one of Windows' own compatibility links)"#;
        check(&RULE, spec, &[expected]);
    }

    #[test]
    fn near_miss_a_directory_beside_it() {
        check(
            &RULE,
            "[[file]]\npath = '\\ab'\ndirectory = true\n[[file]]\npath = '\\a\\j'\njunction = 'C:\\ab'\n",
            &[],
        );
    }

    #[test]
    fn damaged_a_directory_whose_parent_is_gone_is_above_nothing() {
        let spec = "[[file]]\npath = '\\a\\b\\j'\njunction = 'C:\\a'\n";
        let damage = "[[damage]]\nkind = \"stale-parent-sequence\"\nfile = '\\a\\b'\n";
        check(&RULE, &format!("{spec}{damage}"), &[]);
    }
}
