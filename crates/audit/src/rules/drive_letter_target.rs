//! # drive-letter-target
//!
//! A link leads to another volume by a drive letter.
//!
//! ## What it finds
//!
//! Links whose own target begins with a drive letter that is not the one of their own volume, whether that drive was given
//! or not; links of WSL and Cygwin to `/mnt/d` and `/cygdrive/d` too.
//!
//! ## Why it matters
//!
//! Whatever has that letter next is what the link leads to: another disk after a restore, a USB stick, the examiner's own
//! drive. A target by volume GUID would keep its meaning on the same machine.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks info IMAGE` tells which letters are known and from where. Say with `--drive` which volume has the letter.
//!
//! ## False positives
//!
//! The letter may be that of the link's own volume, where no registry hive says so: the message says if the path exists
//! there.
//!
//! ## Sources
//!
//! Reference C.2, D.2, D.3 and E "Cross-volume after restore".

use links::{FileId, Link, LinkEdge, LinkTarget, Notes, PosixTarget, Root, TargetName};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::{is_sound_link, stored_target};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "drive-letter-target",
    severity: Severity::Note,
    summary: "a link leads to another volume by a drive letter",
    source: include_str!("drive_letter_target.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let Some(letter) = context.resolver.link_of(edge).and_then(letter_of) else { return };
    let own_volume = edge.source.volume;
    let volume = context.resolver.mounts().drive(own_volume, letter);
    if volume == Some(own_volume) || !is_sound_link(context, edge) {
        return;
    }
    let target = context.file(edge.source).and_then(|file| stored_target(&file)).unwrap_or_default();
    let exists_here = edge.verdict.notes.contains(Notes::PATH_EXISTS_ON_THIS_VOLUME);
    let which = match volume {
        Some(_) => "another of the volumes given",
        None if exists_here => "which was not given; this volume has such a path",
        None => "which was not given",
    };
    let message = format!("leads to {} on drive {}, {which}", quoted(target.as_wtf8()), char::from(letter));
    let finding = context.finding_of_link(&RULE, edge, message).with("target", target.clone()).leading_to(target);
    let root = volume.map(|volume| FileId { volume, record: links::ROOT });
    findings.push(finding.with("drive", char::from(letter).to_string()).relating(root));
}

/// The drive letter with which a link's own target begins.
fn letter_of(link: &Link) -> Option<u8> {
    match &link.target {
        LinkTarget::Windows(TargetName::Absolute(Root::Drive(letter), _))
        | LinkTarget::Posix(PosixTarget::Drive(letter, _)) => Some(*letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn hit_a_drive_that_was_not_given() {
        let expected = r#"\j: leads to "\??\D:\x" on drive D, which was not given"#;
        check(&RULE, "[[file]]\npath = '\\j'\njunction = 'D:\\x'\n", &[expected]);
    }

    #[test]
    fn hit_this_volume_may_be_the_one() {
        let expected = r#"\j: leads to "\??\D:\x" on drive D, which was not given; this volume has such a path"#;
        check(&RULE, "[[file]]\npath = '\\x\\y'\n[[file]]\npath = '\\j'\njunction = 'D:\\x'\n", &[expected]);
    }

    #[test]
    fn hit_a_link_of_wsl() {
        let expected = r#"\w: leads to "/mnt/d/x" on drive D, which was not given"#;
        check(&RULE, "[[file]]\npath = '\\w'\nlx-symlink = '/mnt/d/x'\n", &[expected]);
    }

    #[test]
    fn near_miss_its_own_drive() {
        check(&RULE, "[[file]]\npath = '\\j'\njunction = 'C:\\x'\n", &[]);
    }

    #[test]
    fn near_miss_a_volume_by_its_guid() {
        let spec = "[[file]]\npath = '\\m'\nvolume-mount-point = '01234567-89ab-cdef-0123-456789abcdef'\n";
        check(&RULE, spec, &[]);
    }

    #[test]
    fn damaged_a_link_whose_data_does_not_fit() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\j'\nvalue = 200\n";
        check(&RULE, &format!("[[file]]\npath = '\\j'\njunction = 'D:\\x'\n{damage}"), &[]);
    }
}
