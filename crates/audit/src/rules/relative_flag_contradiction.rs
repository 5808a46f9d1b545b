//! # relative-flag-contradiction
//!
//! A symbolic link is marked relative and has an absolute target, or the reverse.
//!
//! ## What it finds
//!
//! Symbolic links with the flag 1 whose target begins with `\??\` or a drive letter, and those without it whose target
//! begins with a name or `..`.
//!
//! ## Why it matters
//!
//! Windows refuses both. Other tools go by the flag or by the text, and follow it to different places.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints the target and the flag, which is the 32-bit number at 0x10 of the attribute's value.
//! `candidate` in the evidence is what it leads to by its text.
//!
//! ## False positives
//!
//! None known. A target like `\dir` without the flag is a path of the object manager: see `device-target`.
//!
//! ## Sources
//!
//! MS-FSCC 2.1.2.4; reference B.5 "Validation"; dotnet/runtime #58592.

use links::{File, FileId, Link, LinkTarget, Mistake, TargetName};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::{edges_of, is_sound_file, lacks_relative_flag, stored_target};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "relative-flag-contradiction",
    severity: Severity::Warning,
    summary: "a symbolic link is marked relative and has an absolute target, or the reverse",
    source: include_str!("relative_flag_contradiction.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(link) = file.is_reparse_point().then(|| Link::of(file)).flatten() else { return };
    let is_marked = matches!(link.target, LinkTarget::Windows(TargetName::Malformed(Mistake::RelativeFlag, _)));
    if !is_marked && !lacks_relative_flag(&link) || !is_sound_file(context, id, file) {
        return;
    }
    let target = stored_target(file).unwrap_or_default();
    let text = quoted(target.as_wtf8());
    let message = if is_marked {
        format!("its target {text} is absolute, and it is marked relative")
    } else {
        format!("its target {text} is relative, and it is not marked so")
    };
    let candidate = edges_of(context, id).iter().find_map(|edge| edge.verdict.candidate);
    let finding = context.finding_of_reparse(&RULE, id, message).with("target", target.clone());
    let finding = finding.with("marked_relative", is_marked).leading_to(target);
    findings.push(finding.with_some("candidate", candidate.and_then(|file| context.path(file))).relating(candidate));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    fn symlink(target: &str, flags: u32) -> String {
        format!(
            "[[file]]\npath = '\\x'\n[[file]]\npath = '\\link'\n\
             reparse = {{ tag = 'SYMLINK', substitute = '{target}', print = 'x', flags = {flags} }}\n"
        )
    }

    #[test]
    fn hit_absolute_and_marked_relative() {
        let expected = r#"\link: its target "\??\C:\x" is absolute, and it is marked relative"#;
        check(&RULE, &symlink(r"\??\C:\x", 1), &[expected]);
    }

    #[test]
    fn hit_relative_and_not_marked() {
        check(&RULE, &symlink("x", 0), &[r#"\link: its target "x" is relative, and it is not marked so"#]);
    }

    #[test]
    fn near_miss_the_other_flag() {
        check(&RULE, &symlink(r"\??\C:\x", 0), &[]);
        check(&RULE, &symlink("x", 1), &[]);
    }

    #[test]
    fn near_miss_a_junction_has_no_flag() {
        let reparse = "reparse = { tag = 'MOUNT_POINT', substitute = 'x', print = 'x' }";
        check(&RULE, &format!("[[file]]\npath = '\\j'\ndirectory = true\n{reparse}\n"), &[]);
    }

    #[test]
    fn damaged_a_print_name_outside_of_the_buffer_says_more() {
        let damage = "[[damage]]\nkind = \"lying-print-length\"\nfile = '\\link'\nvalue = 200\n";
        check(&RULE, &format!("{}{damage}", symlink("x", 0)), &[]);
    }
}
