//! # device-target
//!
//! A link leads to a device, or to another object that is no file.
//!
//! ## What it finds
//!
//! Links whose own target is a path of the object manager: `\RPC Control`, `\BaseNamedObjects`, `\Device\…`, `GLOBALROOT`,
//! a shadow copy, a physical drive, a pipe. Links to `\ContainerMappedDirectories\{…}`, which container images have, are a
//! note.
//!
//! ## Why it matters
//!
//! A junction to an object directory that anybody may write to, and a symbolic link in that, lead a privileged program
//! to any file: the classic way to more rights. Device numbers and shadow copies are others after the next start, and
//! where they lead cannot be told from an image.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints the target as it is stored. On the machine, WinObj shows whether there is such an
//! object, and who may write to its directory.
//!
//! ## False positives
//!
//! Links to shadow copies that an administrator made with `mklink /D`, and some that tools for backups leave. A target like
//! `\dir` of a link that is not marked relative counts as one, though its maker may have meant the root of the volume.
//!
//! ## Sources
//!
//! Reference C.2 and E; Project Zero symboliclink-testing-tools; CWE-59, CWE-1386.

use format::{Guid, WtfString};
use links::{LinkEdge, Status, Target};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "device-target",
    severity: Severity::Error,
    summary: "a link leads to a device, or to another object that is no file",
    source: include_str!("device_target.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let verdict = &edge.verdict;
    let is_own = verdict.status == Status::Device && verdict.via.is_empty();
    let Target::External(target) = &verdict.target else { return };
    if !is_own || !is_sound_link(context, edge) {
        return;
    }
    let kind = Kind::of(target);
    let message = format!("leads to {}, {}", quoted(target.as_wtf8()), kind.words());
    let finding =
        context.finding_of_link(&RULE, edge, message).with("target", target.clone()).leading_to(target.clone());
    findings.push(if kind == Kind::Container { finding.as_bad_as(Severity::Note) } else { finding });
}

/// What a path of the object manager is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Container,
    ShadowCopy,
    Device,
    Object,
}

/// Names with which the paths of devices begin, in upper case.
const DEVICES: [&str; 4] = [r"\DEVICE\", r"\??\", r"\DOSDEVICES\", r"\GLOBAL??\"];

impl Kind {
    fn of(target: &WtfString) -> Kind {
        let text = target.as_wtf8().to_string().to_ascii_uppercase();
        if is_container_directory(&text) {
            Kind::Container
        } else if text.contains("HARDDISKVOLUMESHADOWCOPY") {
            Kind::ShadowCopy
        } else if DEVICES.iter().any(|prefix| text.starts_with(prefix)) {
            Kind::Device
        } else {
            Kind::Object
        }
    }

    fn words(self) -> &'static str {
        match self {
            Kind::Container => "a directory that a host gives to its container",
            Kind::ShadowCopy => "a shadow copy",
            Kind::Device => "a device",
            Kind::Object => "an object of the object manager and no file",
        }
    }
}

/// Whether a path, in upper case, is below `\ContainerMappedDirectories\{GUID}`.
fn is_container_directory(text: &str) -> bool {
    let rest = text.strip_prefix(r"\CONTAINERMAPPEDDIRECTORIES\{").and_then(|rest| rest.split_once('}'));
    rest.is_some_and(|(guid, below)| Guid::parse(guid).is_some() && (below.is_empty() || below.starts_with('\\')))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::severity::Severity;
    use crate::testing::{check, with_findings};

    fn junction(target: &str) -> String {
        let reparse = format!("reparse = {{ tag = 'MOUNT_POINT', substitute = '{target}', print = '' }}");
        format!("[[file]]\npath = '\\j'\ndirectory = true\n{reparse}\n")
    }

    fn check_target(target: &str, expected: &str) {
        check(&RULE, &junction(target), &[&format!(r#"\j: leads to "{target}", {expected}"#)]);
    }

    #[test]
    fn hit() {
        check_target(r"\RPC Control\x", "an object of the object manager and no file");
        check_target(r"\Device\HarddiskVolume3\x", "a device");
        check_target(r"\??\GLOBALROOT\Device\HarddiskVolume3\x", "a device");
        check_target(r"\??\GLOBALROOT\Device\HarddiskVolumeShadowCopy1\", "a shadow copy");
    }

    #[test]
    fn hit_a_directory_of_a_container_is_a_note() {
        let target = r"\ContainerMappedDirectories\{01234567-89AB-CDEF-0123-456789ABCDEF}";
        check_target(target, "a directory that a host gives to its container");
        let severities = |target: &str| {
            with_findings(&RULE, &junction(target), &crate::Policy::default(), None, |findings| {
                findings.iter().map(|finding| finding.severity).collect::<Vec<_>>()
            })
        };
        assert_eq!(severities(target), [Severity::Note]);
        assert_eq!(severities(r"\ContainerMappedDirectories\{0}"), [Severity::Error]);
    }

    #[test]
    fn near_miss_a_drive() {
        check(&RULE, &junction(r"\??\C:\RPC Control\x"), &[]);
    }

    #[test]
    fn near_miss_the_link_behind_it_is_the_one() {
        let link = "[[file]]\npath = '\\link'\nsymlink = 'j\\x'\n";
        let expected = r#"\j: leads to "\RPC Control", an object of the object manager and no file"#;
        check(&RULE, &format!("{}{link}", junction(r"\RPC Control")), &[expected]);
    }

    #[test]
    fn damaged_a_link_whose_data_does_not_fit() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\j'\nvalue = 200\n";
        check(&RULE, &format!("{}{damage}", junction(r"\RPC Control")), &[]);
    }
}
