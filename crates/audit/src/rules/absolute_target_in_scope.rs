//! # absolute-target-in-scope
//!
//! A link inside of the scope names a target inside of it by the whole path.
//!
//! ## What it finds
//!
//! With `--scope PATH` only: junctions and symbolic links below that directory whose target is absolute and ends below it
//! too. Windows' own compatibility links are suppressed.
//!
//! ## Why it matters
//!
//! When the tree is moved, copied or restored elsewhere, the link still leads to the old place: to nothing, or to live
//! data. A relative symbolic link would move with it.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints the target; it begins with the path that the scope has now.
//!
//! ## False positives
//!
//! Junctions cannot be relative. A tree that always returns to the same place is safe.
//!
//! ## Sources
//!
//! Reference C.5, C.8 and E "Escape from backup/restore root".

use links::{FileId, LinkEdge, LinkTarget, LinkType, TargetName};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::{is_sound_link, stored_target};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "absolute-target-in-scope",
    severity: Severity::Note,
    summary: "a link inside of the scope names a target inside of it by the whole path",
    source: include_str!("absolute_target_in_scope.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let Some(scope) = context.scope else { return };
    if !is_absolute(context, edge) || !stays_below(context, edge, scope) || !is_sound_link(context, edge) {
        return;
    }
    let target = context.file(edge.source).and_then(|file| stored_target(&file)).unwrap_or_default();
    let message = format!("leads to {}, inside of the scope, by the whole path", quoted(target.as_wtf8()));
    let finding = context.finding_of_link(&RULE, edge, message).with("target", target.clone()).leading_to(target);
    findings.push(match context.resolver.stock_link(edge) {
        Some(_) => finding.suppressed("one of Windows' own compatibility links"),
        None => finding,
    });
}

fn is_absolute(context: &Context<'_>, edge: &LinkEdge) -> bool {
    let is_of_windows = matches!(edge.link_type, LinkType::Junction | LinkType::MountPoint | LinkType::Symlink);
    let target = context.resolver.link_of(edge).map(|link| &link.target);
    is_of_windows && matches!(target, Some(LinkTarget::Windows(TargetName::Absolute(..))))
}

/// Whether a link begins below a directory, and ends in it or below, or would if the last names were there.
fn stays_below(context: &Context<'_>, edge: &LinkEdge, scope: FileId) -> bool {
    let verdict = &edge.verdict;
    let end = verdict.reached.as_ref().or(verdict.missing_at.as_ref());
    let is_inside = |end: FileId| end.volume == scope.volume && context.resolver.is_inside(end, scope);
    context.resolver.begins_below(edge, scope) && end.is_some_and(|end| is_inside(end.file))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::Policy;
    use crate::testing::check_with;

    const TREE: &str = "
        [[file]]
        path = '\\tree\\x'

        [[file]]
        path = '\\other\\x'
    ";

    fn check_link(link: &str, scope: Option<&str>, expected: &[&str]) {
        let spec = format!("{TREE}[[file]]\npath = '\\tree\\link'\n{link}\n");
        check_with(&RULE, &spec, &Policy::default(), scope, expected);
    }

    #[test]
    fn hit() {
        let expected = r#"\tree\link: leads to "\??\C:\tree\x", inside of the scope, by the whole path"#;
        check_link("symlink = 'C:\\tree\\x'", Some(r"\tree"), &[expected]);
    }

    #[test]
    fn hit_a_target_that_is_not_there() {
        let expected = r#"\tree\link: leads to "\??\C:\tree\gone", inside of the scope, by the whole path"#;
        check_link("junction = 'C:\\tree\\gone'", Some(r"\tree"), &[expected]);
    }

    #[test]
    fn hit_a_link_of_windows_is_suppressed() {
        let spec = "
            [[file]]
            path = '\\Users\\Default'
            directory = true

            [[file]]
            path = '\\Users\\Default User'
            junction = 'C:\\Users\\Default'
        ";
        let expected = r#"\Users\Default User: leads to "\??\C:\Users\Default", inside of the scope, by the whole path (suppressed: one of Windows' own compatibility links)"#;
        check_with(&RULE, spec, &Policy::default(), Some(r"\Users"), &[expected]);
    }

    #[test]
    fn near_miss_a_relative_target() {
        check_link("symlink = 'x'", Some(r"\tree"), &[]);
    }

    #[test]
    fn near_miss_a_target_outside() {
        check_link("symlink = 'C:\\other\\x'", Some(r"\tree"), &[]);
    }

    #[test]
    fn near_miss_no_scope() {
        check_link("symlink = 'C:\\tree\\x'", None, &[]);
    }

    #[test]
    fn damaged_a_link_whose_data_does_not_fit() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\tree\\link'\nvalue = 200\n";
        check_link(&format!("symlink = 'C:\\tree\\x'\n{damage}"), Some(r"\tree"), &[]);
    }
}
