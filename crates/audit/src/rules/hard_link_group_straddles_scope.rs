//! # hard-link-group-straddles-scope
//!
//! A file has hard links in the scope and outside it.
//!
//! ## What it finds
//!
//! With `--scope PATH`: files of which some hard links are in the directory or below it and others are not. 8.3 names do not
//! count.
//!
//! ## Why it matters
//!
//! A copy of the directory has the content without its links to the rest: what was one file are two that change apart, and
//! need the room twice. Deleting the directory does not free what these files take.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` lists every hard link of a file.
//!
//! ## False positives
//!
//! Files of Windows share their content with the component store `\Windows\WinSxS`; they are suppressed.
//!
//! ## Sources
//!
//! Reference C.9, D.1; restic/restic#4320, SyncBack help "Copy/Delete, Links" (hard links are kept within the base folder only).

use links::{Above, File, FileId, HardLink};

use crate::context::Context;
use crate::finding::Finding;
use crate::impact::counted;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "hard-link-group-straddles-scope",
    severity: Severity::Note,
    summary: "a file has hard links in the scope and outside it",
    source: include_str!("hard_link_group_straddles_scope.rs"),
    check: Check::File(check),
};

/// Where Windows keeps every version of its files, in lower case.
const COMPONENT_STORE: &str = r"\windows\winsxs\";

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(scope) = context.scope.filter(|scope| scope.volume == id.volume) else { return };
    if !file.is_in_use() || file.is_directory() || !file.has_several_hard_links() {
        return;
    }
    let mut links = Vec::new();
    file.hard_links(&mut links);
    let inside = links.iter().filter(|link| is_inside(context, scope, file, link)).count();
    if inside == 0 || inside == links.len() {
        return;
    }
    let message = format!("{inside} of its {} are in the scope", counted(links.len() as u64, "hard link"));
    let paths = context.paths(id);
    let is_of_windows = paths.iter().any(|path| {
        let path = path.as_wtf8().to_string().to_ascii_lowercase();
        path.starts_with(COMPONENT_STORE)
    });
    let finding = context.finding(&RULE, id, message).with("hard_links", links.len()).with("in_scope", inside);
    let finding = finding.with("paths", paths).with_some("size", file.size().map(|(size, _)| size));
    findings.push(match is_of_windows {
        true => finding.suppressed("a file of Windows that its component store has as well"),
        false => finding,
    });
}

fn is_inside(context: &Context<'_>, scope: FileId, file: &File<'_>, link: &HardLink<'_>) -> bool {
    let Some(graph) = context.graph(scope.volume) else { return false };
    match graph.paths.above_name(&graph.files, file, &link.name) {
        Above::Directory(record) => context.resolver.is_inside(FileId { record, ..scope }, scope),
        Above::Nothing | Above::Gone(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::check_with;

    fn check(path: &str, more: &str, expected: &[&str]) {
        let spec = format!("[[file]]\npath = '\\scope\\deep\\x'\n[[file]]\npath = '{path}'\n{more}\n");
        check_with(&RULE, &spec, &Policy::default(), Some(r"\scope"), expected);
    }

    #[test]
    fn hit() {
        let more = r"names = ['\scope\deep\b', '\c']";
        check(r"\scope\a", more, &[r"\c: 2 of its 3 hard links are in the scope"]);
    }

    #[test]
    fn near_miss_all_are_in_the_scope() {
        check(r"\scope\a", r"names = ['\scope\deep\b']", &[]);
    }

    #[test]
    fn near_miss_none_is_in_the_scope() {
        check(r"\a", r"names = ['\scope2\b']", &[]);
    }

    #[test]
    fn near_miss_an_8_3_name_is_no_hard_link() {
        check(r"\scope\A long name.txt", "dos = 'ALONGN~1.TXT'", &[]);
    }

    #[test]
    fn files_of_windows_are_in_its_component_store_as_well() {
        let expected = r"\Windows\WinSxS\x\a.dll: 1 of its 2 hard links are in the scope (suppressed: a file of Windows that its component store has as well)";
        check(r"\scope\a.dll", r"names = ['\Windows\WinSxS\x\a.dll']", &[expected]);
    }

    #[test]
    fn damaged_a_directory_that_is_lost_is_not_the_scope() {
        let more = r"names = ['\gone\b']
            [[damage]]
            kind = 'zeroed-record'
            file = '\gone'";
        check(r"\scope\a", more, &[r"\$Orphan\30-1\b: 1 of its 2 hard links are in the scope"]);
    }
}
