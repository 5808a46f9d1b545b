//! # dangling-target
//!
//! A link leads to nothing.
//!
//! ## What it finds
//!
//! A link whose target is on a volume that was read, and is not there; or that leads through a file. App execution links
//! are a note: their packages come and go. What `target-only-deleted` says is not said again.
//!
//! ## Why it matters
//!
//! Whatever opens it fails. It is what is left when a target was moved, deleted or not restored.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks resolve IMAGE PATH` follows it name by name to the directory that lacks the next one.
//!
//! ## False positives
//!
//! A volume that another Windows knows by another letter: say which with `--drive`.
//!
//! ## Sources
//!
//! Reference C.4; Microsoft "Symbolic Link Effects on File Systems Functions" (error 2 or 3).

use links::{LinkEdge, LinkType, Status, Target};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "dangling-target",
    severity: Severity::Warning,
    summary: "a link leads to nothing",
    source: include_str!("dangling_target.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let verdict = &edge.verdict;
    let is_dangling = matches!(verdict.status, Status::Dangling | Status::NotADirectory);
    let Target::Missing(_, path) = &verdict.target else { return };
    if !is_dangling || verdict.deleted_target.is_some() || !is_sound_link(context, edge) {
        return;
    }
    let message = match verdict.status {
        Status::NotADirectory => format!("leads to {}, through a file", quoted(path.as_wtf8())),
        _ => format!("leads to {}, which is not there", quoted(path.as_wtf8())),
    };
    let exists = verdict.missing_at.as_ref().map(|at| context.path_of_reached(at));
    let finding = context.finding_of_link(&RULE, edge, message).leading_to(path.clone());
    let finding = finding.with("target", path.clone()).with_some("exists_up_to", exists);
    let is_app = edge.link_type == LinkType::AppExecLink;
    findings.push(if is_app { finding.as_bad_as(Severity::Note) } else { finding });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn hit() {
        let spec = "[[file]]\npath = '\\link'\nsymlink = 'gone'\n";
        check(&RULE, spec, &[r#"\link: leads to "\gone", which is not there"#]);
    }

    #[test]
    fn near_miss_the_target_is_there() {
        check(&RULE, "[[file]]\npath = '\\gone'\n[[file]]\npath = '\\link'\nsymlink = 'gone'\n", &[]);
    }

    #[test]
    fn near_miss_another_volume_is_not_known() {
        check(&RULE, "[[file]]\npath = '\\link'\nsymlink = 'Q:\\gone'\n", &[]);
    }

    #[test]
    fn near_miss_the_link_itself_is_deleted() {
        check(&RULE, "[[file]]\npath = '\\link'\nsymlink = 'gone'\ndeleted = true\n", &[]);
    }

    #[test]
    fn damaged_a_target_whose_record_is_lost_is_not_there() {
        let spec = "
            [[file]]
            path = '\\gone'
            record = 40

            [[file]]
            path = '\\link'
            symlink = 'gone'

            [[damage]]
            kind = \"zeroed-record\"
            record = 40
        ";
        check(&RULE, spec, &[r#"\link: leads to "\gone", which is not there"#]);
    }
}
