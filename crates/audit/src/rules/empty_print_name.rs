//! # empty-print-name
//!
//! A link has no name to show.
//!
//! ## What it finds
//!
//! Junctions and symbolic links with a substitute name and an empty print name. Volume mount points are left out: Windows
//! itself makes them so.
//!
//! ## Why it matters
//!
//! Windows follows it. Tools that go by the print name show no target, or lose the link when they copy it.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints both names. The length of the print name is the 16-bit number at 0x0E of the
//! attribute's value.
//!
//! ## False positives
//!
//! None: PowerShell's `New-Item -ItemType Junction` makes such junctions, and they are sound.
//!
//! ## Sources
//!
//! Reference B.4; go-winio #340.

use format::{ReparseData, Utf16};
use links::{File, FileId, LinkType, ReparseType};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_file;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "empty-print-name",
    severity: Severity::Note,
    summary: "a link has no name to show",
    source: include_str!("empty_print_name.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(point) = file.is_reparse_point().then(|| file.reparse_point()).flatten() else { return };
    let (ReparseData::MountPoint { substitute_name, print_name }
    | ReparseData::Symlink { substitute_name, print_name, .. }) = point.data
    else {
        return;
    };
    let ReparseType::Link(link_type) = ReparseType::of(point.tag, &point.data) else { return };
    let is_empty = print_name.is_some_and(Utf16::is_empty) && link_type != LinkType::MountPoint;
    let Some(substitute) = substitute_name.filter(|_| is_empty && is_sound_file(context, id, file)) else { return };
    let substitute = substitute.to_wtf8();
    let message = format!("leads to {} and shows nothing", quoted(substitute.as_wtf8()));
    let finding = context.finding_of_reparse(&RULE, id, message).with("type", link_type.as_str());
    findings.push(finding.with("substitute_name", substitute.clone()).leading_to(substitute));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    fn junction(print: &str) -> String {
        format!(
            "[[file]]\npath = '\\j'\ndirectory = true\n\
             reparse = {{ tag = 'MOUNT_POINT', substitute = '\\??\\C:\\x', print = '{print}' }}\n"
        )
    }

    #[test]
    fn hit() {
        check(&RULE, &junction(""), &[r#"\j: leads to "\??\C:\x" and shows nothing"#]);
    }

    #[test]
    fn near_miss_it_shows_something() {
        check(&RULE, &junction("x"), &[]);
    }

    #[test]
    fn near_miss_a_volume_mount_point() {
        let spec = "[[file]]\npath = '\\m'\nvolume-mount-point = '01234567-89ab-cdef-0123-456789abcdef'\n";
        check(&RULE, spec, &[]);
    }

    #[test]
    fn damaged_a_substitute_name_that_cannot_be_read() {
        let damage = "[[damage]]\nkind = \"lying-substitute-length\"\nfile = '\\j'\nvalue = 200\n";
        check(&RULE, &format!("{}{damage}", junction("")), &[]);
    }
}
