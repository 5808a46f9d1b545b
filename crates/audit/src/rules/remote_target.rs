//! # remote-target
//!
//! A link leads to another machine.
//!
//! ## What it finds
//!
//! Links whose own target is a share: `\??\UNC\server\share\…`. Windows has no junctions to shares; one that is there was
//! made by other means, and is not followed.
//!
//! ## Why it matters
//!
//! Whoever follows the link talks to that server, with the credentials at hand. A backup that follows it copies foreign
//! data, and a restore has the link and not what it stands for. Through a share, the client follows it, if its policy
//! allows that: remote-to-remote and remote-to-local are off by default.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH`; `fsutil behavior query SymlinkEvaluation` on the machine that follows it.
//!
//! ## False positives
//!
//! Links to servers that an administrator means.
//!
//! ## Sources
//!
//! Reference C.2, C.5 and C.7; Microsoft "Symbolic Link Effects on File Systems Functions".

use links::{LinkEdge, Notes, Status, Target};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "remote-target",
    severity: Severity::Warning,
    summary: "a link leads to another machine",
    source: include_str!("remote_target.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let verdict = &edge.verdict;
    let is_own = verdict.status == Status::Remote && verdict.via.is_empty();
    let Target::External(target) = &verdict.target else { return };
    if !is_own || !is_sound_link(context, edge) {
        return;
    }
    let is_invalid = verdict.notes.contains(Notes::INVALID_FOR_JUNCTION);
    let refused = if is_invalid { ", where no junction can lead" } else { "" };
    let message = format!("leads to {}, on another machine{refused}", quoted(target.as_wtf8()));
    let finding = context.finding_of_link(&RULE, edge, message).with("target", target.clone());
    findings.push(finding.with("invalid_for_junction", is_invalid).leading_to(target.clone()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn hit() {
        let spec = "[[file]]\npath = '\\link'\nsymlink = '\\\\server\\share\\x'\n";
        check(&RULE, spec, &[r#"\link: leads to "\\server\share\x", on another machine"#]);
    }

    #[test]
    fn hit_a_junction() {
        let reparse =
            r"reparse = { tag = 'MOUNT_POINT', substitute = '\??\UNC\server\share', print = '\\server\share' }";
        let spec = format!("[[file]]\npath = '\\j'\ndirectory = true\n{reparse}\n");
        check(&RULE, &spec, &[r#"\j: leads to "\\server\share", on another machine, where no junction can lead"#]);
    }

    #[test]
    fn near_miss_the_target_is_here() {
        check(&RULE, "[[file]]\npath = '\\link'\nsymlink = 'C:\\server\\share'\n", &[]);
    }

    #[test]
    fn near_miss_the_link_behind_it_is_the_one() {
        let spec = "
            [[file]]
            path = '\\first'
            symlink = 'second'

            [[file]]
            path = '\\second'
            symlink = '\\\\server\\share\\x'
        ";
        check(&RULE, spec, &[r#"\second: leads to "\\server\share\x", on another machine"#]);
    }

    #[test]
    fn damaged_a_link_whose_data_does_not_fit() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\link'\nvalue = 200\n";
        check(&RULE, &format!("[[file]]\npath = '\\link'\nsymlink = '\\\\server\\share\\x'\n{damage}"), &[]);
    }
}
