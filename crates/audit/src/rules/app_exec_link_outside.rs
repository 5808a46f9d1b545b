//! # app-exec-link-outside
//!
//! An app execution link leads to a program that is no Store app.
//!
//! ## What it finds
//!
//! An app execution link whose target is not below `\Program Files\WindowsApps`, `\WindowsApps` or `\Windows\SystemApps` of
//! some drive, and is not `\Windows\System32\SystemUWPLauncher.exe`, by which apps without a program of their own start.
//!
//! ## Why it matters
//!
//! These links are in the search path of every user: to type the name of the app starts whatever the link says. A link that
//! says something else is consistent with hijacking the name.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` shows the package, the entry point and the target. Compare the package with what is below
//! `\Program Files\WindowsApps`, and the publisher's hash at the end of its name with other apps of that publisher.
//!
//! ## False positives
//!
//! Developers who register an app from where they build it have links to there.
//!
//! ## Sources
//!
//! Reference B.9; Microsoft does not document what the target may be. Links of Windows 10 lead to the two places above.

use format::{ReparseData, WtfString};
use links::{Link, LinkEdge, LinkTarget, LinkType};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::known::is_app;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "app-exec-link-outside",
    severity: Severity::Warning,
    summary: "an app execution link leads to a program that is no Store app",
    source: include_str!("app_exec_link_outside.rs"),
    check: Check::Link(check),
};

/// Which string of an app execution link is what.
const PACKAGE: usize = 0;
const TARGET: usize = 2;

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    if edge.link_type != LinkType::AppExecLink {
        return;
    }
    let Some(file) = context.file(edge.source).filter(links::File::is_in_use) else { return };
    let Some(Link { target: LinkTarget::Windows(target), .. }) = Link::of(&file) else { return };
    let Some(ReparseData::AppExecLink { strings }) = file.reparse_point().map(|point| point.data) else { return };
    let text = |index: usize| strings.get(index).map(|text| text.to_wtf8());
    // Without a target the data is malformed, which is another rule's.
    let is_given = |text: &WtfString| text.as_wtf8().unit_count() > 0;
    let Some(program) = text(TARGET).filter(is_given).filter(|_| !is_app(&target)) else { return };
    let message = format!("leads to {}, which is no place of Store apps", quoted(program.as_wtf8()));
    let finding = context.finding_of_link(&RULE, edge, message).with("target", program.clone());
    findings.push(finding.with_some("package", text(PACKAGE)).leading_to(program));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const ALIAS: &str = r"\Users\Ann\AppData\Local\Microsoft\WindowsApps\a.exe";

    fn alias(target: &str) -> String {
        format!("[[file]]\npath = '{ALIAS}'\napp-exec-link = {{ package = 'P', app = 'P!A', target = '{target}' }}\n")
    }

    #[test]
    fn hit() {
        let expected = format!(r#"{ALIAS}: leads to "C:\Users\Ann\evil.exe", which is no place of Store apps"#);
        check(&RULE, &alias(r"C:\Users\Ann\evil.exe"), &[&expected]);
    }

    #[test]
    fn hit_a_directory_that_is_only_called_so() {
        let expected =
            format!(r#"{ALIAS}: leads to "C:\Users\Ann\WindowsApps\a.exe", which is no place of Store apps"#);
        check(&RULE, &alias(r"C:\Users\Ann\WindowsApps\a.exe"), &[&expected]);
    }

    #[test]
    fn hit_another_machine() {
        let expected = format!(r#"{ALIAS}: leads to "\\server\share\a.exe", which is no place of Store apps"#);
        check(&RULE, &alias(r"\\server\share\a.exe"), &[&expected]);
    }

    #[test]
    fn near_miss_an_app_of_some_drive() {
        check(&RULE, &alias(r"c:\program files\windowsapps\P_1.0\a.exe"), &[]);
        check(&RULE, &alias(r"D:\WindowsApps\P_1.0\a.exe"), &[]);
        check(&RULE, &alias(r"C:\WINDOWS\system32\SystemUWPLauncher.exe"), &[]);
    }

    #[test]
    fn hit_up_and_away() {
        let target = r"C:\Program Files\WindowsApps\..\..\evil.exe";
        check(&RULE, &alias(target), &[&format!(r#"{ALIAS}: leads to "{target}", which is no place of Store apps"#)]);
    }

    #[test]
    fn damaged_data_without_a_target_is_left_to_others() {
        let spec = "
            [[file]]
            path = '\\a.exe'
            reparse = { tag = \"APPEXECLINK\", strings = [\"P\"] }
        ";
        check(&RULE, spec, &[]);
    }
}
