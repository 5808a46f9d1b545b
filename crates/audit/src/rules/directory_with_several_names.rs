//! # directory-with-several-names
//!
//! A directory has hard links.
//!
//! ## What it finds
//!
//! A directory in use with two names or more, in one parent or in several; its 8.3 alias is not counted.
//!
//! ## Why it matters
//!
//! NTFS forbids it: Windows makes no hard link to a directory. What walks the tree sees the content twice, deletes it
//! twice, or never comes to an end where one name is below another. Such a directory is consistent with damage, or with a
//! record that was written by hand.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD` lists the names with their places: `$FILE_NAME` attributes with different parent
//! references, or with the same and namespaces that are not Win32 and DOS.
//!
//! ## False positives
//!
//! A rename that was under way on a volume that was not unmounted.
//!
//! ## Sources
//!
//! Reference A.8, C.9; Microsoft `CreateHardLink`, which makes them for files only.

use format::WtfString;
use links::{File, FileId, HardLink};

use crate::context::Context;
use crate::finding::Finding;
use crate::names::{MOST_LISTED, a_few_names};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "directory-with-several-names",
    severity: Severity::Error,
    summary: "a directory has hard links",
    source: include_str!("directory_with_several_names.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_directory() || !file.is_in_use() || !file.has_several_hard_links() {
        return;
    }
    let Some(graph) = context.graph(id.volume) else { return };
    let mut links: Vec<HardLink<'_>> = Vec::new();
    file.hard_links(&mut links);
    let shown = links.iter().take(MOST_LISTED);
    let paths: Vec<WtfString> = shown.map(|link| graph.paths.path_of(&graph.files, file, &link.name)).collect();
    let in_words = a_few_names(&paths, links.len());
    let message = format!("a directory with {} names, which NTFS forbids: {in_words}", links.len());
    findings.push(context.finding(&RULE, id, message).with("names", links.len()).with("paths", paths));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// Two directories for names, and the directory that has them.
    const DIRECTORIES: &str = r"
        [[file]]
        path = '\a'
        directory = true
        record = 40

        [[file]]
        path = '\b'
        directory = true
        record = 41
    ";

    /// Names are stored in the order of their parents' record numbers, the root's being 5.
    const MESSAGE: &str = r#"a directory with 2 names, which NTFS forbids: "\one", "\a\two""#;

    #[test]
    fn hit() {
        let spec = format!("{DIRECTORIES}[[file]]\npath = '\\one'\ndirectory = true\nnames = ['\\a\\two']\n");
        check(&RULE, &spec, &[&format!(r"\a\two: {MESSAGE}")]);
    }

    #[test]
    fn near_miss_an_8_3_alias_is_no_second_name() {
        check(&RULE, "[[file]]\npath = '\\A long name'\ndos = 'ALONGN~1'\ndirectory = true\n", &[]);
    }

    #[test]
    fn near_miss_a_file_may_have_several() {
        check(&RULE, &format!("{DIRECTORIES}[[file]]\npath = '\\one'\nnames = ['\\a\\two']\n"), &[]);
    }

    #[test]
    fn damaged_an_alias_that_says_it_is_in_another_directory_is_a_name() {
        let spec = format!(
            "{DIRECTORIES}
            [[file]]
            path = '\\a\\A long name'
            dos = 'ALONGN~1'
            directory = true

            [[damage]]
            kind = \"wrong-parent\"
            file = '\\a\\A long name'
            position = 0
            value = \"41-1\"
            "
        );
        // The alias is the shorter of the two, and so the first.
        let message = r#"a directory with 2 names, which NTFS forbids: "\b\ALONGN~1", "\a\A long name""#;
        check(&RULE, &spec, &[&format!(r"\a\A long name: {message}")]);
    }
}
