//! # target-type-mismatch
//!
//! A link for directories leads to a file, or the reverse.
//!
//! ## What it finds
//!
//! Symbolic links of directories that lead to files, those of files that lead to directories, junctions that lead to a
//! file or are one, and app execution links that lead to a directory.
//!
//! ## Why it matters
//!
//! Opening it fails: error 267 for a directory link to a file, access denied for a file link to a directory from Windows
//! 10 1803 on. Updates of Windows stopped at such links. The kind of a link is fixed when it is made, and does not follow
//! its target.
//!
//! ## How to confirm by hand
//!
//! `dir` shows `<SYMLINKD>` or `<JUNCTION>` for the first kind and `<SYMLINK>` for the second; `ntfslinks show IMAGE PATH`
//! has the kind of the target.
//!
//! ## False positives
//!
//! Links that programs read and never open.
//!
//! ## Sources
//!
//! Reference C.4 steps 7 and 8, and C.6; git-for-windows #1646.

use links::{FileId, Link, LinkEdge, LinkTarget, LinkType, Mistake, Notes, TargetName};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::{is_sound_link, stored_target};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "target-type-mismatch",
    severity: Severity::Error,
    summary: "a link for directories leads to a file, or the reverse",
    source: include_str!("target_type_mismatch.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let leads_to_other_type = edge.verdict.notes.contains(Notes::TYPE_MISMATCH);
    let is_on_file = context.resolver.link_of(edge).is_some_and(is_refused_on_file);
    if !leads_to_other_type && !is_on_file || !is_sound_link(context, edge) {
        return;
    }
    if is_on_file {
        let target = context.file(edge.source).and_then(|file| stored_target(&file)).unwrap_or_default();
        let message = format!("a junction to {} on a file, not on a directory", quoted(target.as_wtf8()));
        findings.push(context.finding_of_link(&RULE, edge, message).with("target", target.clone()).leading_to(target));
        return;
    }
    let Some(reached) = &edge.verdict.reached else { return };
    let target = context.path_of_reached(reached);
    let (link, kind) = kinds(edge.link_type, is_directory(context, edge.source));
    let message = format!("{link} leads to {}, which is {kind}", quoted(target.as_wtf8()));
    let finding = context.finding_of_link(&RULE, edge, message).with("target", target.clone()).leading_to(target);
    findings.push(finding.with("is_directory", is_directory(context, edge.source)).relating([reached.file]));
}

/// Whether a link is a junction whose only fault is to be on a file.
fn is_refused_on_file(link: &Link) -> bool {
    matches!(link.target, LinkTarget::Windows(TargetName::Malformed(Mistake::NotADirectory, _)))
}

fn is_directory(context: &Context<'_>, id: FileId) -> bool {
    context.file(id).is_some_and(|file| file.is_directory())
}

/// What a link is that does not fit its target, and what that is.
fn kinds(link_type: LinkType, is_directory: bool) -> (&'static str, &'static str) {
    match link_type {
        LinkType::Junction | LinkType::MountPoint => ("a junction", "a file"),
        LinkType::AppExecLink => ("an app execution link", "a directory"),
        _ if is_directory => ("a link for directories", "a file"),
        _ => ("a link for files", "a directory"),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const TARGETS: &str = "[[file]]\npath = '\\f'\n[[file]]\npath = '\\d'\ndirectory = true\n";

    fn check_link(link: &str, expected: &[&str]) {
        check(&RULE, &format!("{TARGETS}[[file]]\npath = '\\link'\n{link}\n"), expected);
    }

    #[test]
    fn hit() {
        check_link("symlink = 'd'", &[r#"\link: a link for files leads to "\d", which is a directory"#]);
        let directory = "symlink = 'f'\ndirectory = true";
        check_link(directory, &[r#"\link: a link for directories leads to "\f", which is a file"#]);
        check_link("junction = 'C:\\f'", &[r#"\link: a junction leads to "\f", which is a file"#]);
    }

    #[test]
    fn hit_a_junction_on_a_file() {
        let expected = r#"\link: a junction to "\??\C:\d" on a file, not on a directory"#;
        check_link("junction = 'C:\\d'\ndirectory = false", &[expected]);
    }

    #[test]
    fn near_miss_the_types_agree() {
        check_link("symlink = 'f'", &[]);
        check_link("symlink = 'd'\ndirectory = true", &[]);
        check_link("junction = 'C:\\d'", &[]);
    }

    #[test]
    fn damaged_a_target_that_lost_its_directory_flag_is_a_file() {
        let damage = "[[damage]]\nkind = \"index-without-directory-flag\"\nfile = '\\d'\n";
        check_link(&format!("junction = 'C:\\d'\n{damage}"), &[r#"\link: a junction leads to "\d", which is a file"#]);
    }
}
