//! # scope-escape
//!
//! A link in the scope leads out of it.
//!
//! ## What it finds
//!
//! With `--scope PATH`: every link in the directory or below it whose target is there, on a volume that was read, and neither the
//! directory nor below it. App execution links are a note: their packages are installed, not copied.
//!
//! ## Why it matters
//!
//! A copy or archive of the directory that keeps the link still points at the live data: who deletes or changes what seems to be
//! the copy changes the original, and where the copy is restored elsewhere the link leads to nothing, or to something else.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks links IMAGE --under PATH` shows where each link leads.
//!
//! ## False positives
//!
//! Links that are meant to lead out, as those of a package manager to its store. Windows' own compatibility links are
//! suppressed.
//!
//! ## Sources
//!
//! Reference C.4 step 9 and E (escape from a backup root); rclone/rclone#3332, nextcloud/desktop#4770.

use links::{LinkEdge, LinkType};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope-escape",
    severity: Severity::Warning,
    summary: "a link in the scope leads out of it",
    source: include_str!("scope_escape.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let (Some(scope), Some(reached)) = (context.scope, &edge.verdict.reached) else { return };
    let is_in_use = context.file(edge.source).is_some_and(|file| file.is_in_use());
    if !is_in_use || !context.resolver.begins_below(edge, scope) || context.resolver.is_inside(reached.file, scope) {
        return;
    }
    let target = context.path_of_reached(reached);
    let message = format!("leads out of the scope, to {}", quoted(target.as_wtf8()));
    let finding = context.finding_of_link(&RULE, edge, message).leading_to(target.clone());
    let finding = finding.with("target", target).with_some("scope", context.path(scope)).relating([reached.file]);
    findings.push(match edge.link_type {
        LinkType::AppExecLink => finding.as_bad_as(Severity::Note),
        _ if context.resolver.stock_link(edge).is_some() => finding.suppressed("Windows' own compatibility link"),
        _ => finding,
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::check_with;

    fn check(spec: &str, expected: &[&str]) {
        check_with(&RULE, spec, &Policy::default(), Some(r"\Users"), expected);
    }

    #[test]
    fn hit() {
        let spec = r"
            [[file]]
            path = '\Users\link'
            symlink = '..\data\file'
            [[file]]
            path = '\data\file'
        ";
        check(spec, &[r#"\Users\link: leads out of the scope, to "\data\file""#]);
    }

    #[test]
    fn near_miss_the_target_is_in_the_scope() {
        check("[[file]]\npath = '\\Users\\a'\n[[file]]\npath = '\\Users\\b\\link'\njunction = 'C:\\Users'\n", &[]);
    }

    #[test]
    fn near_miss_the_link_is_outside_as_well() {
        check(
            "[[file]]\npath = '\\Users\\a'\n[[file]]\npath = '\\link'\nsymlink = '\\x'\n[[file]]\npath = '\\x'\n",
            &[],
        );
    }

    #[test]
    fn near_miss_the_target_has_another_hard_link_in_the_scope() {
        let spec =
            "[[file]]\npath = '\\Users\\link'\nsymlink = '\\x'\n[[file]]\npath = '\\x'\nnames = ['\\Users\\y']\n";
        check(spec, &[]);
    }

    #[test]
    fn links_of_windows_are_no_surprise() {
        let spec = r"
            [[file]]
            path = '\Users\All Users'
            symlink = 'C:\ProgramData'
            directory = true
            [[file]]
            path = '\ProgramData\x'
        ";
        let expected = r#"\Users\All Users: leads out of the scope, to "\ProgramData" (suppressed: Windows' own compatibility link)"#;
        check(spec, &[expected]);
    }

    #[test]
    fn damaged_a_link_to_a_lost_record_leads_nowhere() {
        let spec = r"
            [[file]]
            path = '\Users\link'
            symlink = '..\file'
            [[file]]
            path = '\file'
            [[damage]]
            kind = 'zeroed-record'
            file = '\file'
        ";
        check(spec, &[]);
    }
}
