//! # volume-not-supplied
//!
//! A link leads to a volume that was not given.
//!
//! ## What it finds
//!
//! Links to a volume by its GUID that is none of the volumes given, and links into container layers. Those by drive letter
//! are told by `drive-letter-target`. A link that gets there through another one is not reported beside it.
//!
//! ## Why it matters
//!
//! Whether the target exists cannot be said without that volume: unresolved is not dangling. A restore needs it too, and
//! another disk has another GUID.
//!
//! ## How to confirm by hand
//!
//! `mountvol` on the machine lists its volumes. Give the volume as a further image, or say with `--map-guid` which one it is.
//!
//! ## False positives
//!
//! A volume that was given and whose GUID no registry hive among the images names.
//!
//! ## Sources
//!
//! Reference C.2, C.4 step 6 and D.2.

use links::{LinkEdge, LinkTarget, Root, Status, Target, TargetName};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "volume-not-supplied",
    severity: Severity::Note,
    summary: "a link leads to a volume that was not given",
    source: include_str!("volume_not_supplied.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let verdict = &edge.verdict;
    if verdict.status != Status::External || !verdict.via.is_empty() || !is_sound_link(context, edge) {
        return;
    }
    let finding = match (&verdict.target, context.resolver.link_of(edge).map(|link| &link.target)) {
        (Target::Layer(_), _) => {
            context.finding_of_link(&RULE, edge, "leads into a container layer, which was not given")
        }
        (Target::External(text), Some(LinkTarget::Windows(TargetName::Absolute(Root::Volume(guid), _)))) => {
            let message = format!("leads to {}, on a volume that was not given", quoted(text.as_wtf8()));
            let finding = context.finding_of_link(&RULE, edge, message).with("volume_guid", guid.to_string());
            finding.with("target", text.clone()).leading_to(text.clone())
        }
        _ => return,
    };
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const GUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    #[test]
    fn hit_a_volume_mount_point() {
        let expected = format!(r#"\m: leads to "Volume{{{GUID}}}\", on a volume that was not given"#);
        check(&RULE, &format!("[[file]]\npath = '\\m'\nvolume-mount-point = '{GUID}'\n"), &[&expected]);
    }

    #[test]
    fn hit_a_container_layer() {
        let spec = "[[file]]\npath = '\\l'\nreparse = { tag = 'WCI_LINK', hex = '00' }\n";
        check(&RULE, spec, &[r"\l: leads into a container layer, which was not given"]);
    }

    #[test]
    fn near_miss_a_drive_letter() {
        check(&RULE, "[[file]]\npath = '\\j'\njunction = 'Q:\\x'\n", &[]);
    }

    #[test]
    fn near_miss_the_link_behind_it_is_the_one() {
        let mount = format!("[[file]]\npath = '\\m'\nvolume-mount-point = '{GUID}'\n");
        let expected = format!(r#"\m: leads to "Volume{{{GUID}}}\", on a volume that was not given"#);
        check(&RULE, &format!("{mount}[[file]]\npath = '\\link'\nsymlink = 'm\\x'\n"), &[&expected]);
    }

    #[test]
    fn damaged_a_mount_point_whose_data_does_not_fit() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\m'\nvalue = 200\n";
        check(&RULE, &format!("[[file]]\npath = '\\m'\nvolume-mount-point = '{GUID}'\n{damage}"), &[]);
    }
}
