//! # redirect-into-protected
//!
//! A link leads from where users may write to where they may not.
//!
//! ## What it finds
//!
//! A junction, volume mount point or symbolic link in a place of the policy's `user-writable` that leads into a place of its
//! `protected`, or into the profile of another user, whether something is there or not. Where the link leads in the end
//! counts, not what its text says. `system-folder-redirected` has what is worse.
//!
//! ## Why it matters
//!
//! A service or an administrator's program that writes, deletes or changes permissions by the path that the user owns does
//! it where the link leads. It is consistent with an attempt to gain rights (CWE-59, CWE-1386): anybody may make a
//! junction, and something need not be there for a file to be made there.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks resolve IMAGE PATH` shows each step. Look who owns the link, and when it was made; then which programs of the
//! system use the path that it is on.
//!
//! ## False positives
//!
//! People make such links for convenience, and installers do for old paths. Places are told by the policy's patterns alone:
//! access control entries are not read. Windows' own links are suppressed.
//!
//! ## Sources
//!
//! Reference E (privileged file writes); CWE-59, CWE-1386; Google Project Zero, symboliclink-testing-tools.

use links::{LinkEdge, LinkType};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::guarded::{guarded_from, place_of_target};
use crate::known::ordinary_link;
use crate::rule::{Check, Rule};
use crate::rules::system_folder_redirected::is_system_folder;
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "redirect-into-protected",
    severity: Severity::Error,
    summary: "a link leads from where users may write to where they may not",
    source: include_str!("redirect_into_protected.rs"),
    check: Check::Link(check),
};

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    let is_followed = matches!(edge.link_type, LinkType::Junction | LinkType::MountPoint | LinkType::Symlink);
    if !is_followed || !context.file(edge.source).is_some_and(|file| file.is_in_use()) {
        return;
    }
    let path = context.path_of_link(edge);
    let Some(path) = path.filter(|path| context.policy.user_writable.contain(path.as_wtf8())) else { return };
    let Some(target) = place_of_target(context, edge) else { return };
    let guarded = guarded_from(context.policy, path.as_wtf8(), target.as_wtf8());
    let Some(guarded) = guarded.filter(|_| !is_system_folder(context, edge)) else { return };
    let message = format!("leads to {}, {}, from where users may write", quoted(target.as_wtf8()), guarded.words());
    let finding = context.finding_of_link(&RULE, edge, message);
    let finding = finding.with("target", target.clone()).with("target_is", guarded.words()).leading_to(target);
    findings.push(match ordinary_link(context, edge) {
        Some(reason) => finding.suppressed(reason),
        None => finding,
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::{check, check_with};

    const SYSTEM32: &str = "
        [[file]]
        path = '\\Windows\\System32'
        directory = true
    ";

    #[test]
    fn hit() {
        let link = "[[file]]\npath = '\\Users\\Ann\\Logs'\njunction = 'C:\\Windows\\System32'\n";
        let expected =
            [r#"\Users\Ann\Logs: leads to "\Windows\System32", a protected place, from where users may write"#];
        check(&RULE, &format!("{SYSTEM32}{link}"), &expected);
    }

    #[test]
    fn hit_where_nothing_is_yet() {
        let link = "[[file]]\npath = '\\Users\\Ann\\log.txt'\nsymlink = 'C:\\Windows\\System32\\new.dll'\n";
        let expected = [
            r#"\Users\Ann\log.txt: leads to "\Windows\System32\new.dll", a protected place, from where users may write"#,
        ];
        check(&RULE, &format!("{SYSTEM32}{link}"), &expected);
    }

    #[test]
    fn hit_through_another_link_into_another_profile() {
        let spec = "
            [[file]]
            path = '\\Users\\Bob\\secret'
            directory = true

            [[file]]
            path = '\\hop'
            junction = 'C:\\Users\\Bob'

            [[file]]
            path = '\\Users\\Ann\\own'
            junction = 'C:\\hop\\secret'
        ";
        let expected =
            [r#"\Users\Ann\own: leads to "\Users\Bob\secret", another user's profile, from where users may write"#];
        check(&RULE, spec, &expected);
    }

    #[test]
    fn near_miss_the_link_is_where_users_may_not_write() {
        check(&RULE, &format!("{SYSTEM32}[[file]]\npath = '\\Logs'\njunction = 'C:\\Windows\\System32'\n"), &[]);
    }

    #[test]
    fn near_miss_users_may_write_there_too() {
        let spec = "
            [[file]]
            path = '\\Windows\\Temp'
            directory = true

            [[file]]
            path = '\\Windows\\Temp\\logs\\a'

            [[file]]
            path = '\\Users\\Ann\\Logs'
            junction = 'C:\\Windows\\Temp\\logs'
        ";
        check(&RULE, spec, &[]);
    }

    #[test]
    fn near_miss_the_policy_says_otherwise() {
        let policy = Policy::parse("p".as_ref(), "[places]\nprotected = ['\\Vault\\**']\n").unwrap();
        let link = "[[file]]\npath = '\\Users\\Ann\\Logs'\njunction = 'C:\\Windows\\System32'\n";
        check_with(&RULE, &format!("{SYSTEM32}{link}"), &policy, None, &[]);
    }

    #[test]
    fn near_miss_windows_makes_it_itself() {
        let spec = "
            [[file]]
            path = '\\ProgramData\\Microsoft\\Windows\\Templates'
            directory = true

            [[file]]
            path = '\\ProgramData\\Vorlagen'
            junction = 'C:\\ProgramData\\Microsoft\\Windows\\Templates'
        ";
        let expected = [concat!(
            r#"\ProgramData\Vorlagen: leads to "\ProgramData\Microsoft\Windows\Templates", a protected place, "#,
            "from where users may write (suppressed: Windows makes this link itself)",
        )];
        check(&RULE, spec, &expected);
    }

    #[test]
    fn damaged_a_target_whose_record_is_lost_is_a_place_all_the_same() {
        let spec = "
            [[file]]
            path = '\\Windows\\System32'
            directory = true
            record = 40

            [[file]]
            path = '\\Users\\Ann\\Logs'
            junction = 'C:\\Windows\\System32'

            [[damage]]
            kind = \"zeroed-record\"
            record = 40
        ";
        let expected =
            [r#"\Users\Ann\Logs: leads to "\Windows\System32", a protected place, from where users may write"#];
        check(&RULE, spec, &expected);
    }
}
