//! # odd-name
//!
//! A name, or the target of a link, is not what it seems, or Win32 cannot reach it.
//!
//! ## What it finds
//!
//! Names of files in use, 8.3 aliases among them, and targets of links, that have an unpaired surrogate, a NUL, a control
//! character, a character without width or one that turns text around; that end in a dot or a space; or that Win32
//! reserves for a device (`CON`, `aux.txt`, `COM1`). Names with a separator, and names `.` and `..`, too. There is one
//! finding for each name or target, which lists all that is odd about it.
//!
//! ## Why it matters
//!
//! What people see is not what is there: `photo[U+202E]gpj.exe` is shown as a picture. Win32 drops dots and spaces at the
//! end and opens devices instead of files, so that such a file cannot be opened, copied or deleted by its path, or another
//! one is.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD` writes such characters as `\u{202e}`. On Windows a path with `\\?\` in front reaches names
//! that Win32 does not.
//!
//! ## False positives
//!
//! Characters without width join emoji and are ordinary in Persian and the scripts of India; names in Arabic and Hebrew may
//! have marks of direction. Windows 11 lets some device names with an extension through. Files of WSL and of macOS end in
//! whatever they like.
//!
//! ## Sources
//!
//! Reference A.8, C.3, E "Name tricks"; Microsoft "Naming Files, Paths, and Namespaces"; Unicode Standard Annex #9.

use format::{ForeignLink, ForeignTarget, NfsObject, ReparseData, Utf16, WtfString};
use links::{File, FileId, Name, ROOT};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::names::finding_of_name;
use crate::odd_text::{Oddity, oddities_of_name, oddities_of_target};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "odd-name",
    severity: Severity::Note,
    summary: "a name or target is not what it seems, or Win32 cannot reach it",
    source: include_str!("odd_name.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_in_use() {
        return;
    }
    for name in file.names().filter(|name| !is_root_in_itself(file, name)) {
        let oddities = oddities_of_name(name.text());
        if !oddities.is_empty() {
            let text = WtfString::from(name.text());
            let message = format!("the name {} {}", quoted(name.text()), in_words(&oddities));
            let finding = finding_of_name(context, &RULE, id.volume, (file, &name), message);
            findings.push(finding.with("name", text).with("odd", in_words(&oddities)));
        }
    }
    findings.extend(stored_target(file).and_then(|target| about_target(context, id, file, target)));
}

/// The root's only name is `.`, in itself.
fn is_root_in_itself(file: &File<'_>, name: &Name<'_>) -> bool {
    file.record() == ROOT && name.parent().record_number() == ROOT && name.text().as_bytes() == b"."
}

fn about_target(context: &Context<'_>, id: FileId, file: &File<'_>, target: WtfString) -> Option<Finding> {
    let oddities = oddities_of_target(target.as_wtf8());
    if oddities.is_empty() {
        return None;
    }
    let message = format!("the target {} {}", quoted(target.as_wtf8()), in_words(&oddities));
    let finding = context.finding(&RULE, id, message).with("target", target.clone()).with("odd", in_words(&oddities));
    let source = context.volumes.get(id.volume);
    let reparse = source.and_then(|source| file.reparse_offset(source.volume));
    Some(Finding { offset: reparse.or(finding.offset), ..finding }.leading_to(target))
}

fn in_words(oddities: &[Oddity]) -> String {
    let phrases: Vec<&str> = oddities.iter().map(|oddity| oddity.phrase()).collect();
    phrases.join(", ")
}

/// What a link says of where it leads, letter by letter; `None` of what is no link. A target that is UTF-8 by rule and is
/// none has U+FFFD in it.
fn stored_target(file: &File<'_>) -> Option<WtfString> {
    let of_bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).encode_utf16().collect();
    if !file.is_reparse_point() {
        return match file.foreign_link()? {
            ForeignLink::InterixSymlink(target) | ForeignLink::CygwinSymlink(ForeignTarget::Utf16(target)) => {
                Some(target.to_wtf8())
            }
            ForeignLink::CygwinSymlink(ForeignTarget::Bytes(target)) => Some(of_bytes(target)),
            ForeignLink::InterixCharacter(_) | ForeignLink::InterixBlock(_) => None,
        };
    }
    match file.reparse_point()?.data {
        ReparseData::MountPoint { substitute_name, .. } | ReparseData::Symlink { substitute_name, .. } => {
            substitute_name.map(Utf16::to_wtf8)
        }
        ReparseData::WslSymlink { target } => Some(of_bytes(target)),
        ReparseData::Nfs(NfsObject::Symlink(target)) => Some(target.to_wtf8()),
        ReparseData::AppExecLink { strings } => strings.get(2).copied().map(Utf16::to_wtf8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// The root's `.` and the names of NTFS's own files are on every volume.
    #[test]
    fn near_miss_names_of_every_volume() {
        check(&RULE, "", &[]);
    }

    #[test]
    fn hit_one_finding_lists_all_that_is_odd() {
        let spec = "[[file]]\nparent = '\\'\nname = \"aux.\\u202E \"\n";
        let message = r#"the name "aux.\u{202e} " has a character that turns text around, ends in a space, is reserved for a device"#;
        check(&RULE, spec, &[&format!("\\aux.\u{202e} : {message}")]);
    }

    #[test]
    fn hit_a_name_with_an_unpaired_surrogate() {
        let spec = "[[file]]\nparent = '\\'\nname = { utf16 = '61 00 00 d8' }\n";
        check(&RULE, spec, &[r#"\a\u{d800}: the name "a\u{d800}" has an unpaired surrogate"#]);
    }

    #[test]
    fn hit_a_separator_and_dots() {
        let spec =
            "[[file]]\nparent = '\\'\nname = '..'\n[[file]]\nparent = '\\'\nname = { utf16 = '61 00 2f 00 62 00' }\n";
        check(
            &RULE,
            spec,
            &[
                r#"\..: the name ".." stands for a directory and is no name"#,
                r#"\a/b: the name "a/b" has a path separator"#,
            ],
        );
    }

    #[test]
    fn hit_a_target() {
        let spec = "[[file]]\npath = '\\link'\nsymlink = 'dir.\\x'\n";
        check(&RULE, spec, &[r#"\link: the target "dir.\x" ends in a dot"#]);
    }

    #[test]
    fn near_miss_a_target_that_goes_up() {
        check(&RULE, "[[file]]\npath = '\\dir\\link'\nsymlink = '..\\x'\n", &[]);
    }

    #[test]
    fn near_miss_a_deleted_file() {
        check(&RULE, "[[file]]\nparent = '\\'\nname = 'aux'\ndeleted = true\n", &[]);
    }

    #[test]
    fn damaged_a_name_that_is_claimed_to_be_shorter_is_read_as_claimed() {
        let spec = "
            [[file]]
            path = '\\nul-1'
            record = 40

            [[damage]]
            kind = \"lying-file-name-length\"
            record = 40
            value = 3
        ";
        check(&RULE, spec, &[r#"\nul: the name "nul" is reserved for a device"#]);
    }

    #[test]
    fn damaged_a_target_that_cannot_be_read_is_not_looked_at() {
        let spec = "
            [[file]]
            path = '\\link'
            symlink = 'aux'

            [[damage]]
            kind = \"lying-substitute-offset\"
            file = '\\link'
            value = 0xFFF0
        ";
        check(&RULE, spec, &[]);
    }
}
