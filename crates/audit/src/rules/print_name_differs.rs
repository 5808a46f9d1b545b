//! # print-name-differs
//!
//! A link shows another target than the one that it leads to.
//!
//! ## What it finds
//!
//! Junctions and symbolic links whose print name, which `dir` and Explorer show, is not their substitute name, which
//! Windows follows. `\??\`, `\\?\`, `UNC\` for `\\`, either separator, letter case (by the volume's own table) and a final
//! `\` make no difference. An empty print name is another rule.
//!
//! ## Why it matters
//!
//! Whoever looks at the link sees a harmless place, while everything that opens it goes to another: consistent with
//! spoofing, and with a tool that changed one of the names only. The Linux driver ntfs3 follows the print name.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints both; on Windows `fsutil reparsepoint query` does.
//!
//! ## False positives
//!
//! Windows keeps as the print name what was typed: a program that made the link by a path with `..`, or relative to its
//! own directory, leaves another spelling of the same place.
//!
//! ## Sources
//!
//! MS-FSCC 2.1.2.4 and 2.1.2.5; reference C.1, C.4 step 10 and E "Print-name spoofing".

use format::{ReparseData, UpCase, Utf16};
use links::{File, FileId};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_file;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "print-name-differs",
    severity: Severity::Error,
    summary: "a link shows another target than the one that it leads to",
    source: include_str!("print_name_differs.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(point) = file.is_reparse_point().then(|| file.reparse_point()).flatten() else { return };
    let (ReparseData::MountPoint { substitute_name: Some(substitute), print_name: Some(print) }
    | ReparseData::Symlink { substitute_name: Some(substitute), print_name: Some(print), .. }) = point.data
    else {
        return;
    };
    let Some(graph) = context.graph(id.volume) else { return };
    if print.is_empty() || is_shown(&graph.files.up_case, substitute, print) || !is_sound_file(context, id, file) {
        return;
    }
    let (substitute, print) = (substitute.to_wtf8(), print.to_wtf8());
    let message = format!("shows {} and leads to {}", quoted(print.as_wtf8()), quoted(substitute.as_wtf8()));
    let finding = context.finding_of_reparse(&RULE, id, message).with("substitute_name", substitute.clone());
    findings.push(finding.with("print_name", print).leading_to(substitute));
}

/// Whether a print name says what a substitute name does.
fn is_shown(up_case: &UpCase, substitute: Utf16<'_>, print: Utf16<'_>) -> bool {
    let substitute: Vec<u16> = substitute.units().collect();
    let print: Vec<u16> = print.units().map(|unit| if unit == SLASH { SEPARATOR } else { unit }).collect();
    let is_same = |one: &[u16], other: &[u16]| up_case.is_same(one.iter().copied(), other.iter().copied());
    // Container links are shown with a Win32 prefix before the path of the object manager.
    let below_prefix = print.strip_prefix(&WIN32_MARK).unwrap_or_default();
    is_same(&as_shown(up_case, &substitute), &as_shown(up_case, &print)) || is_same(&substitute, below_prefix)
}

const SEPARATOR: u16 = b'\\' as u16;
const SLASH: u16 = b'/' as u16;
const MARK: u16 = b'?' as u16;
/// `\??\`
const DEVICE_PREFIX: [u16; 4] = [SEPARATOR, MARK, MARK, SEPARATOR];
/// `\\?`
const WIN32_MARK: [u16; 3] = [SEPARATOR, SEPARATOR, MARK];
/// `\\?\`
const WIN32_PREFIX: [u16; 4] = [SEPARATOR, SEPARATOR, MARK, SEPARATOR];

/// A path as people are shown it: without what only the system needs.
fn as_shown(up_case: &UpCase, path: &[u16]) -> Vec<u16> {
    let prefix = [DEVICE_PREFIX, WIN32_PREFIX].into_iter().find(|prefix| path.starts_with(prefix));
    let path = path.get(prefix.map_or(0, |prefix| prefix.len())..).unwrap_or_default();
    let path = path.strip_suffix(&[SEPARATOR]).unwrap_or(path);
    let unc: Vec<u16> = r"UNC\".encode_utf16().collect();
    let share = path
        .split_at_checked(unc.len())
        .filter(|(start, _)| prefix.is_some() && up_case.is_same(start.iter().copied(), unc.iter().copied()));
    match share {
        Some((_, share)) => [&[SEPARATOR; 2], share].concat(),
        None => path.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    fn junction(substitute: &str, print: &str) -> String {
        format!(
            "[[file]]\npath = '\\j'\ndirectory = true\n\
             reparse = {{ tag = 'MOUNT_POINT', substitute = '{substitute}', print = '{print}' }}\n"
        )
    }

    #[test]
    fn hit() {
        let expected = r#"\j: shows "C:\safe" and leads to "\??\C:\other""#;
        check(&RULE, &junction(r"\??\C:\other", r"C:\safe"), &[expected]);
    }

    #[test]
    fn hit_another_drive() {
        check(&RULE, &junction(r"\??\D:\x", r"C:\x"), &[r#"\j: shows "C:\x" and leads to "\??\D:\x""#]);
    }

    #[test]
    fn near_miss_the_same_place_in_other_words() {
        for (substitute, print) in [
            (r"\??\C:\Dir\", r"c:\dir"),
            (r"\??\C:\dir", r"C:/dir"),
            (r"\??\C:\dir", r"\\?\C:\dir"),
            (r"\??\C:\é", r"C:\É"),
            (r"\??\UNC\server\share\x", r"\\server\share\x"),
            (r"\??\UNC\server\share\x", r"\\?\UNC\server\share\x"),
            (
                r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\",
                r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\",
            ),
            (
                r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\",
                r"\\?\Volume{01234567-89ab-cdef-0123-456789abcdef}\",
            ),
            (r"\ContainerMappedDirectories\{A}", r"\\?\ContainerMappedDirectories\{A}"),
        ] {
            check(&RULE, &junction(substitute, print), &[]);
        }
    }

    #[test]
    fn near_miss_nothing_is_shown() {
        check(&RULE, &junction(r"\??\C:\other", ""), &[]);
    }

    #[test]
    fn near_miss_what_was_typed_is_shown() {
        check(&RULE, "[[file]]\npath = '\\a'\nsymlink = '..\\x'\n[[file]]\npath = '\\b'\nsymlink = 'C:\\x'\n", &[]);
    }

    #[test]
    fn damaged_a_name_that_cannot_be_read_differs_from_nothing() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\j'\nvalue = 9\n";
        check(&RULE, &format!("{}{damage}", junction(r"\??\C:\other", r"C:\safe")), &[]);
    }
}
