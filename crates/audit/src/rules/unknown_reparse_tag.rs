//! # unknown-reparse-tag
//!
//! A reparse point has a tag that is not in the table, or one of another vendor.
//!
//! ## What it finds
//!
//! Reparse points with a tag of Microsoft's that is not known by name, and those with a tag of anybody else, which carry
//! the vendor's GUID. Cygwin's sockets are told by `foreign-link-encoding`.
//!
//! ## Why it matters
//!
//! Without the driver that owns the tag Windows opens the file with error 1920, and a copy or restore to another machine
//! has only what that driver left behind: often no content.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints tag, GUID and data. On Windows, `fltmc` lists the filter drivers.
//!
//! ## False positives
//!
//! Tags of Windows versions newer than this table.
//!
//! ## Sources
//!
//! MS-FSCC 2.1.2.1 and 2.1.2.3; Windows SDK `winnt.h`; reference B.2.

use format::ReparsePoint;
use links::{File, FileId};

use crate::context::Context;
use crate::finding::Finding;
use crate::reparse::{CYGWIN_SOCKET, is_sound_file};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unknown-reparse-tag",
    severity: Severity::Note,
    summary: "a reparse point has a tag that is not in the table, or one of another vendor",
    source: include_str!("unknown_reparse_tag.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(point) = file.is_reparse_point().then(|| file.reparse_point()).flatten() else { return };
    let is_microsofts = point.tag.is_microsoft() && point.tag.known().is_some();
    if is_microsofts || point.tag == CYGWIN_SOCKET || !is_sound_file(context, id, file) {
        return;
    }
    let finding = context.finding_of_reparse(&RULE, id, message(&point)).with("tag", point.tag.to_string());
    let finding = finding.with_some("guid", point.guid.map(|guid| guid.to_string()));
    findings.push(finding.with("data_length", point.data_length).with("name_surrogate", point.tag.is_name_surrogate()));
}

fn message(point: &ReparsePoint<'_>) -> String {
    let name = point.tag.known().map(|known| format!(" ({})", known.name)).unwrap_or_default();
    match point.guid {
        Some(guid) if !point.tag.is_microsoft() => {
            format!("the reparse tag {}{name} is of another vendor, by the GUID {guid}", point.tag)
        }
        _ => format!("the reparse tag {}{name} is not known", point.tag),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const GUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    #[test]
    fn hit_a_tag_of_nobody() {
        let spec = "[[file]]\npath = '\\a'\nreparse = { tag = 0x80001234, hex = '00' }\n";
        check(&RULE, spec, &[r"\a: the reparse tag 0x80001234 is not known"]);
    }

    #[test]
    fn hit_a_tag_of_another_vendor() {
        let spec = format!("[[file]]\npath = '\\a'\nreparse = {{ tag = 0xE, guid = '{GUID}', hex = '00' }}\n");
        let expected = format!(
            r"\a: the reparse tag 0x0000000E (IO_REPARSE_TAG_COMMVAULT) is of another vendor, by the GUID {GUID}"
        );
        check(&RULE, &spec, &[&expected]);
    }

    #[test]
    fn near_miss_a_tag_of_windows() {
        check(&RULE, "[[file]]\npath = '\\a'\nreparse = { tag = 'WIM', hex = '00' }\n", &[]);
    }

    #[test]
    fn damaged_a_tag_that_is_wrong_is_one_of_nobody() {
        let spec = "[[file]]\npath = '\\a'\nreparse = { tag = 'WIM', hex = '00' }\n";
        let damage = "[[damage]]\nkind = \"wrong-reparse-tag\"\nfile = '\\a'\nvalue = 0x80004321\n";
        check(&RULE, &format!("{spec}{damage}"), &[r"\a: the reparse tag 0x80004321 is not known"]);
    }
}
