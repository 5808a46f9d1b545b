//! # copy-inflation
//!
//! A copy gets much larger than what it is of, once hard links become files and links are followed.
//!
//! ## What it finds
//!
//! For each volume, or the directory that `--scope` names: the bytes and files of a faithful copy; of one that makes a file of
//! each hard link; and of one that also follows junctions and symbolic links, wherever on the volumes they lead. It is told when
//! the last is larger than the first by the factor of the threshold `inflation`, or has no end because a link leads back.
//! Where it has none, links that lead back are left out of the numbers. Windows' own compatibility links are not followed.
//!
//! ## Why it matters
//!
//! Backups and restores that do not know links no longer fit on the disk that the data came from, or never come to an end.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks simulate IMAGE --links follow --hard-links expand` shows what is carried, and through what it is doubled.
//!
//! ## False positives
//!
//! Named streams are not counted. Sparse and compressed files count with their full size, as most copies write them.
//!
//! ## Sources
//!
//! restic/restic#4320 (16.5 GB became 150), windirstat#340, Cadzow "Robocopy: Problems with Junction Points"; rsync(1)
//! `--hard-links`, `--copy-links`.

use std::cmp::Ordering;

use links::{FileId, ROOT};

use crate::context::Context;
use crate::finding::Finding;
use crate::impact::{Amount, Follows, HardLinkPolicy, Node, Walks, Ways, amount_text, first_link_paths};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "copy-inflation",
    severity: Severity::Warning,
    summary: "a copy gets much larger than what it is of",
    source: include_str!("copy_inflation.rs"),
    check: Check::All(check),
};

const FOLLOWED: Follows = Follows { file_links: true, those_of_windows: false };

/// The ways of walks, which are the same for all that is copied.
struct Copies {
    plain: Walks,
    following: Walks,
}

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let index = context.impact();
    let following = Walks::new(index, |link| FOLLOWED.includes(link));
    let copies = Copies { plain: Walks::new(index, |_| false), following };
    let roots = (0..context.volumes.len()).map(|volume| FileId { volume, record: ROOT });
    let starts = context.scope.map_or_else(|| roots.collect(), |scope| vec![scope]);
    for file in starts {
        let start = index.node(file);
        findings.extend(start.and_then(|start| finding(context, &copies, file, start)));
    }
}

fn finding(context: &Context<'_>, copies: &Copies, file: FileId, start: Node) -> Option<Finding> {
    let index = context.impact();
    let plain = Ways::new(index, &copies.plain, start);
    let following = Ways::new(index, &copies.following, start);
    let names = plain.carried(index, None, HardLinkPolicy::Expand);
    let followed = following.carried(index, Some(FOLLOWED), HardLinkPolicy::Expand).content;
    let (faithful, expanded) = (names.distinct, names.content);
    let loops = &following.loops;
    if loops.is_empty() && !is_inflated(faithful, followed, context.policy.thresholds.inflation) {
        return None;
    }
    let message = match loops.is_empty() {
        true => format!(
            "a copy that makes files of hard links and follows links has {} instead of {}",
            amount_text(followed),
            amount_text(faithful)
        ),
        false => format!(
            "a copy that follows links never ends; without those that lead back, it has {} instead of {}",
            amount_text(followed),
            amount_text(faithful)
        ),
    };
    let finding = context
        .finding(&RULE, file, message)
        .with("files", faithful.files)
        .with("bytes", faithful.bytes)
        .with("files_with_hard_links_expanded", expanded.files)
        .with("bytes_with_hard_links_expanded", expanded.bytes)
        .with("files_with_links_followed", followed.files)
        .with("bytes_with_links_followed", followed.bytes)
        .with_some("factor_with_hard_links_expanded", factor(faithful, expanded))
        .with_some("factor_with_links_followed", factor(faithful, followed))
        .with("unbounded", !loops.is_empty());
    Some(match loops.is_empty() {
        true => finding,
        false => finding.with("loops", first_link_paths(context, loops)),
    })
}

/// Whether a copy is larger by the factor. Of nothing, anything is.
fn is_inflated(faithful: Amount, copied: Amount, factor: f64) -> bool {
    let wanted = faithful.bytes as f64 * factor;
    let order = (copied.bytes as f64).partial_cmp(&wanted);
    copied.bytes > faithful.bytes && matches!(order, Some(Ordering::Greater | Ordering::Equal))
}

fn factor(faithful: Amount, copied: Amount) -> Option<String> {
    (faithful.bytes > 0).then(|| format!("{:.2}", copied.bytes as f64 / faithful.bytes as f64))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Evidence;
    use crate::policy::Policy;
    use crate::testing::{check, check_with, with_findings};

    fn file(path: &str, bytes: u64, names: &str) -> String {
        format!("[[file]]\npath = '{path}'\nzeros = {bytes}\nnames = [{names}]\n")
    }

    fn junction(path: &str, target: &str) -> String {
        format!("[[file]]\npath = '{path}'\njunction = 'C:{target}'\n")
    }

    fn larger(scope: &str, followed: &str, faithful: &str) -> String {
        format!("{scope}: a copy that makes files of hard links and follows links has {followed} instead of {faithful}")
    }

    #[test]
    fn hit() {
        // 10 bytes by three names, and 6 more that a link leads to once more: 3 * 10 + 2 * 6 instead of 16.
        let spec = file(r"\a", 10, r"'\b', '\c'") + &file(r"\d\e", 6, "") + &junction(r"\f", r"\d");
        check(&RULE, &spec, &[&larger(r"\", "5 files (42 bytes)", "2 files (16 bytes)")]);
        let evidence = [
            ("bytes_with_hard_links_expanded", Evidence::Number(36)),
            ("factor_with_hard_links_expanded", Evidence::Word("2.25".to_owned())),
            ("factor_with_links_followed", Evidence::Word("2.62".to_owned())),
            ("unbounded", Evidence::Flag(false)),
        ];
        with_findings(&RULE, &spec, &Policy::default(), None, |findings| {
            evidence.iter().for_each(|value| assert!(findings[0].evidence.contains(value), "{value:?}"));
        });
    }

    #[test]
    fn hit_ways_multiply() {
        // A row of diamonds: from each directory two links to the next, the last of which has one byte: 2^20 of them.
        let links = |level: u32| {
            let (here, next) = (format!(r"\{level}"), format!(r"\{}", level + 1));
            junction(&format!(r"{here}\a"), &next) + &junction(&format!(r"{here}\b"), &next)
        };
        let spec: String = (0..20).map(links).collect();
        let spec = spec + &file(r"\20\x", 1, "");
        // From \0 alone, to be hand-computable.
        let expected = larger(r"\0", "1048576 files (1048576 bytes)", "0 files (0 bytes)");
        check_with(&RULE, &spec, &Policy::default(), Some(r"\0"), &[&expected]);
    }

    #[test]
    fn hit_a_loop_has_no_end() {
        let spec = file(r"\a\x", 3, r"'\a\y'") + &junction(r"\a\back", r"\a");
        let expected = r"\: a copy that follows links never ends; without those that lead back, it has 2 files (6 bytes) instead of 1 file (3 bytes)";
        check(&RULE, &spec, &[expected]);
    }

    #[test]
    fn near_miss_less_than_the_factor() {
        // 149 bytes instead of 100.
        let spec = file(r"\a", 51, "") + &file(r"\b", 49, r"'\c'");
        check(&RULE, &spec, &[]);
        let spec = file(r"\a", 50, "") + &file(r"\b", 50, r"'\c'");
        check(&RULE, &spec, &[&larger(r"\", "3 files (150 bytes)", "2 files (100 bytes)")]);
    }

    #[test]
    fn near_miss_the_hard_links_are_outside_the_scope() {
        let spec = file(r"\scope\a", 10, r"'\b', '\c'");
        check_with(&RULE, &spec, &Policy::default(), Some(r"\scope"), &[]);
    }

    #[test]
    fn near_miss_links_of_windows_have_no_end_either_and_are_not_followed() {
        let spec = file(r"\ProgramData\x", 10, "") + &junction(r"\ProgramData\Application Data", r"\ProgramData");
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_lost_record_is_copied_by_nobody() {
        let spec = file(r"\a", 10, r"'\b', '\c'") + "[[damage]]\nkind = \"zeroed-record\"\nfile = '\\a'\n";
        check(&RULE, &spec, &[]);
    }
}
