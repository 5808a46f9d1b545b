//! # reparse-flag-mismatch
//!
//! A file says it is a reparse point and is none, or the reverse.
//!
//! ## What it finds
//!
//! A file in use whose attribute 0x400 (reparse point) in `$STANDARD_INFORMATION` and whose `$REPARSE_POINT` disagree: one
//! is there and the other is not. The copy of the attribute in `$FILE_NAME` is as old as the name, and is not compared.
//!
//! ## Why it matters
//!
//! It is consistent with a link that was half made or half removed, or that was hidden. Tools that go by the attribute see
//! a plain file where tools that look for `$REPARSE_POINT` see a link, or the reverse.
//!
//! ## How to confirm by hand
//!
//! The attributes are the 32-bit number at 0x20 of the value of `$STANDARD_INFORMATION` (attribute 0x10); `$REPARSE_POINT`
//! is attribute 0xC0. `ntfslinks show IMAGE PATH` shows both.
//!
//! ## False positives
//!
//! A record so damaged that one of the two cannot be read: `problems` says so. On a volume that was not unmounted the
//! change may be half done.
//!
//! ## Sources
//!
//! Reference A.6, A.8 "Staleness", E "Hidden link"; Microsoft MS-FSCC 2.6 `FILE_ATTRIBUTE_REPARSE_POINT`.

use format::FileAttributes;
use links::{File, FileId};

use crate::context::Context;
use crate::finding::Finding;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "reparse-flag-mismatch",
    severity: Severity::Warning,
    summary: "a file says it is a reparse point and is none, or the reverse",
    source: include_str!("reparse_flag_mismatch.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(attributes) = file.attributes().filter(|_| file.is_in_use()) else { return };
    let has_flag = attributes.contains(FileAttributes::REPARSE_POINT);
    let message = match (has_flag, file.is_reparse_point()) {
        (true, false) => "$STANDARD_INFORMATION says it is a reparse point, and it has no $REPARSE_POINT",
        (false, true) => "it has a $REPARSE_POINT, and $STANDARD_INFORMATION does not say so",
        (true, true) | (false, false) => return,
    };
    let finding = context.finding(&RULE, id, message);
    let source = context.volumes.get(id.volume);
    let reparse = source.and_then(|source| file.reparse_offset(source.volume));
    let finding = Finding { offset: reparse.or(finding.offset), ..finding };
    let tag = file.reparse_point().map(|point| format!("{:#010X}", point.tag.0));
    let finding = finding.with("attributes", format!("{:#x}", attributes.bits())).with_some("tag", tag);
    findings.push(finding.with("flag", has_flag).with("torn", file.is_torn()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const FILES: &str = r"
        [[file]]
        path = '\a'

        [[file]]
        path = '\link'
        symlink = 'a'
    ";

    #[test]
    fn hit_the_flag_alone() {
        let spec = format!("{FILES}[[damage]]\nkind = \"reparse-flag-without-attribute\"\nfile = '\\a'\n");
        let message = "$STANDARD_INFORMATION says it is a reparse point, and it has no $REPARSE_POINT";
        check(&RULE, &spec, &[&format!(r"\a: {message}")]);
    }

    #[test]
    fn hit_the_attribute_alone() {
        let spec = format!("{FILES}[[damage]]\nkind = \"reparse-attribute-without-flag\"\nfile = '\\link'\n");
        check(&RULE, &spec, &[r"\link: it has a $REPARSE_POINT, and $STANDARD_INFORMATION does not say so"]);
    }

    /// The copy in `$FILE_NAME` has bit 0x400, as Windows never writes it.
    #[test]
    fn near_miss_the_copy_beside_the_name_does_not_count() {
        let spec = format!("{FILES}[[damage]]\nkind = \"wrong-name-attributes\"\nfile = '\\a'\nvalue = 0x420\n");
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_reparse_point_that_cannot_be_decoded_is_one() {
        let spec = format!("{FILES}[[damage]]\nkind = \"lying-reparse-length\"\nfile = '\\link'\nvalue = 65535\n");
        check(&RULE, &spec, &[]);
    }
}
