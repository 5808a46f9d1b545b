//! # system-folder-redirected
//!
//! A folder of Windows is a link.
//!
//! ## What it finds
//!
//! On a volume with `\Windows`: that folder, its `System32`, `System32\config` and `Installer`, or `\Users`, `\ProgramData`,
//! `\Program Files`, `\Program Files (x86)`, `\Program Files (Arm)` or `\inetpub` as a reparse point that is a link, wherever
//! it leads.
//!
//! ## Why it matters
//!
//! Windows does not support it: servicing, upgrades and installers break, and some of it is needed before links are
//! followed. Whoever may write where it leads has what the system relies on.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` shows the link, `ntfslinks resolve IMAGE PATH` where it leads. Compare when it was made with
//! when Windows was installed.
//!
//! ## False positives
//!
//! People move `\Users` or `\ProgramData` to a larger drive like this, against Microsoft's advice. Volumes of containers
//! have such folders as placeholders of a layer, which are no links.
//!
//! ## Sources
//!
//! Reference E; Microsoft "Relocation of the Users directory and the ProgramData directory" (KB 949977).

use links::{FileId, LinkEdge, LinkType};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::folders::folder;
use crate::guarded::place_of_target;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "system-folder-redirected",
    severity: Severity::Error,
    summary: "a folder of Windows is a link",
    source: include_str!("system_folder_redirected.rs"),
    check: Check::Link(check),
};

/// The folders: the names above each, and its own.
const FOLDERS: [(&[&str], &str); 10] = [
    (&[], "Windows"),
    (&["Windows"], "System32"),
    (&["Windows", "System32"], "config"),
    (&["Windows"], "Installer"),
    (&[], "Users"),
    (&[], "ProgramData"),
    (&[], "Program Files"),
    (&[], "Program Files (x86)"),
    (&[], "Program Files (Arm)"),
    (&[], "inetpub"),
];

fn check(context: &Context<'_>, edge: &LinkEdge, findings: &mut Vec<Finding>) {
    if !context.file(edge.source).is_some_and(|file| file.is_in_use()) || !is_system_folder(context, edge) {
        return;
    }
    let target = place_of_target(context, edge);
    let message = match &target {
        Some(target) => format!("a folder of Windows is a link that leads to {}", quoted(target.as_wtf8())),
        None => "a folder of Windows is a link that leads elsewhere than to the volumes that were read".to_owned(),
    };
    let finding = context.finding_of_link(&RULE, edge, message).with_some("target", target.clone());
    findings.push(Finding { target, ..finding });
}

/// Whether a link stands where Windows has one of its folders.
pub(crate) fn is_system_folder(context: &Context<'_>, edge: &LinkEdge) -> bool {
    // Those are plain files to Windows.
    if matches!(edge.link_type, LinkType::InterixSymlink | LinkType::CygwinSymlink) {
        return false;
    }
    let (Some(name), Some(directory)) = (context.resolver.name_of(edge), context.resolver.directory_of(edge)) else {
        return false;
    };
    let is_named = |wanted: &str| name.text().as_bytes().eq_ignore_ascii_case(wanted.as_bytes());
    let mut folders = FOLDERS.iter().filter(|(_, name)| is_named(name));
    folders.any(|(above, _)| is_folder(context, directory, above)) && is_folder_of_windows(context, edge.source)
}

fn is_folder(context: &Context<'_>, directory: FileId, names: &[&str]) -> bool {
    folder(context.resolver, directory.volume, names) == Some(directory)
}

/// Whether the volume is one with Windows: data volumes may have a `\Users` of their own.
fn is_folder_of_windows(context: &Context<'_>, link: FileId) -> bool {
    folder(context.resolver, link.volume, &["Windows"]).is_some()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::redirect_into_protected;
    use crate::testing::check;

    const WINDOWS: &str = "
        [[file]]
        path = '\\Windows\\System32'
        directory = true
    ";

    #[test]
    fn hit() {
        let link = "
            [[file]]
            path = '\\data\\Users'
            directory = true

            [[file]]
            path = '\\users'
            junction = 'C:\\data\\Users'
        ";
        let expected = [r#"\users: a folder of Windows is a link that leads to "\data\Users""#];
        check(&RULE, &format!("{WINDOWS}{link}"), &expected);
    }

    #[test]
    fn hit_the_link_leads_to_another_drive() {
        let link = "[[file]]\npath = '\\Windows\\System32\\config'\njunction = 'Q:\\config'\n";
        let message = "a folder of Windows is a link that leads elsewhere than to the volumes that were read";
        check(&RULE, &format!("{WINDOWS}{link}"), &[&format!(r"\Windows\System32\config: {message}")]);
    }

    #[test]
    fn hit_windows_itself() {
        let spec = "[[file]]\npath = '\\Windows'\njunction = 'C:\\other'\n";
        check(&RULE, spec, &[r#"\Windows: a folder of Windows is a link that leads to "\other""#]);
    }

    #[test]
    fn near_miss_the_folder_is_elsewhere() {
        check(&RULE, &format!("{WINDOWS}[[file]]\npath = '\\old\\Users'\njunction = 'C:\\Windows'\n"), &[]);
    }

    #[test]
    fn near_miss_no_windows_is_there() {
        check(&RULE, "[[file]]\npath = '\\Users'\njunction = 'C:\\data'\n", &[]);
    }

    #[test]
    fn near_miss_a_provider_has_marked_it() {
        check(
            &RULE,
            "[[file]]\npath = '\\Windows'\ndirectory = true\nreparse = { tag = \"WCI_1\", hex = \"\" }\n",
            &[],
        );
    }

    #[test]
    fn nothing_is_said_twice() {
        let link = "[[file]]\npath = '\\Windows\\System32\\config'\njunction = 'C:\\Windows'\n";
        check(&redirect_into_protected::RULE, &format!("{WINDOWS}{link}"), &[]);
    }

    #[test]
    fn damaged_a_torn_record_is_a_link_all_the_same() {
        let spec = "
            [[file]]
            path = '\\Windows'
            junction = 'C:\\other'

            [[damage]]
            kind = \"torn-sector\"
            file = '\\Windows'
            sector = 1
        ";
        check(&RULE, spec, &[r#"\Windows: a folder of Windows is a link that leads to "\other""#]);
    }
}
