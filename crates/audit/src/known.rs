//! What is ordinary on a Windows volume, though a rule finds it: each kind with the reason for which it is no concern.
//!
//! What an attacker could give the looks of the ordinary is not taken for it: a package manager's link that leads into a
//! guarded place is a link into a guarded place.

use format::{Wtf8, WtfString};
use links::{LinkEdge, LinkTarget, LinkType, Root, Target, TargetName};

use crate::context::Context;
use crate::folders::{begins_with, is_below, names_of};
use crate::guarded::{guarded_from, place_of_target};

const STOCK: &str = "Windows makes this link itself";
const APP_ALIAS: &str = "Windows makes aliases of Store apps like this";
const PACKAGE_LINK: &str = "package managers make node_modules of such links";
const COMPONENT_STORE: &str = "Windows' component store shares its files like this";
const PACKAGE_STORE: &str = "package managers share the files of their store with node_modules";

/// Why a link is ordinary.
pub(crate) fn ordinary_link(context: &Context<'_>, edge: &LinkEdge) -> Option<&'static str> {
    if context.resolver.stock_link(edge).is_some() {
        return Some(STOCK);
    }
    match edge.link_type {
        LinkType::AppExecLink => is_app_alias(context, edge).then_some(APP_ALIAS),
        LinkType::Junction | LinkType::Symlink => is_package_link(context, edge).then_some(PACKAGE_LINK),
        _ => None,
    }
}

/// An alias where Windows keeps them, of a program where it keeps apps.
fn is_app_alias(context: &Context<'_>, edge: &LinkEdge) -> bool {
    let Some(LinkTarget::Windows(target)) = context.resolver.link_of(edge).map(|link| &link.target) else {
        return false;
    };
    let path = context.path_of_link(edge);
    path.is_some_and(|path| is_below(path.as_wtf8(), "WindowsApps")) && is_app(target)
}

/// Whether an alias leads to where Windows keeps apps, on whatever drive: to a program that only Windows can put there. Of
/// an app without a program of its own it leads to a launcher.
pub(crate) fn is_app(target: &TargetName) -> bool {
    const APPS: [&[&str]; 4] = [
        &["Program Files", "WindowsApps"],
        &["WindowsApps"],
        &["Windows", "SystemApps"],
        &["Windows", "System32", "SystemUWPLauncher.exe"],
    ];
    let TargetName::Absolute(Root::Drive(_), names) = target else { return false };
    let is_same = |(name, wanted): (&[u16], &&str)| String::from_utf16_lossy(name).eq_ignore_ascii_case(wanted);
    APPS.iter().any(|place| names.len() >= place.len() && names.iter().zip(*place).all(is_same))
}

/// A link among `node_modules` to a file of the same volume that its owner may write: pnpm's farm of links, and the
/// workspaces of npm and yarn.
fn is_package_link(context: &Context<'_>, edge: &LinkEdge) -> bool {
    let is_on_same_volume = matches!(edge.verdict.target, Target::File(file) if file.volume == edge.source.volume);
    let path = context.path_of_link(edge);
    let Some((path, target)) = path.zip(place_of_target(context, edge)).filter(|_| is_on_same_volume) else {
        return false;
    };
    is_below(path.as_wtf8(), "node_modules") && guarded_from(context.policy, path.as_wtf8(), target.as_wtf8()).is_none()
}

/// Why a file with some paths is ordinary, though it has several.
pub(crate) fn ordinary_hard_links(context: &Context<'_>, paths: &[WtfString]) -> Option<&'static str> {
    if is_of_component_store(context, paths) {
        return Some(COMPONENT_STORE);
    }
    is_of_package_store(context, paths).then_some(PACKAGE_STORE)
}

/// A file of the component store that Windows uses elsewhere under the same name. Of those that it uses where users may
/// write (color profiles, the start page of its web server), it uses each in one place only: where there are more names,
/// somebody made the other.
fn is_of_component_store(context: &Context<'_>, paths: &[WtfString]) -> bool {
    let (in_store, used): (Vec<Wtf8<'_>>, Vec<Wtf8<'_>>) =
        paths.iter().map(WtfString::as_wtf8).partition(|path| begins_with(*path, &["Windows", "WinSxS"]));
    let Some(stored) = in_store.first().filter(|_| !used.is_empty()) else { return false };
    let is_protected = |path: &Wtf8<'_>| context.policy.is_protected(*path);
    let name = |path: &Wtf8<'_>| names_of(*path).last().map(<[u8]>::to_ascii_lowercase);
    used.iter().all(is_protected) || used.len() == 1 && used.iter().all(|path| name(path) == name(stored))
}

/// Files of one user's packages, each in the store of a package manager and in the `node_modules` that have use for it.
fn is_of_package_store(context: &Context<'_>, paths: &[WtfString]) -> bool {
    const STORES: [&str; 6] = ["node_modules", ".pnpm-store", "pnpm", "pnpm-store", "Yarn", ".bun"];
    let Some(first) = paths.first().map(WtfString::as_wtf8) else { return false };
    let is_package = |path: Wtf8<'_>| STORES.iter().any(|store| is_below(path, store));
    let is_own = |path: Wtf8<'_>| guarded_from(context.policy, first, path).is_none();
    paths.iter().any(|path| is_below(path.as_wtf8(), "node_modules"))
        && paths.iter().map(WtfString::as_wtf8).all(|path| is_package(path) && is_own(path))
}

/// Whether a directory is one in which OneDrive keeps files that may be in the cloud alone: `OneDrive`, `OneDrive - Company`.
pub(crate) fn is_in_one_drive(directory: Wtf8<'_>) -> bool {
    let folder = names_of(directory).nth(2).filter(|_| begins_with(directory, &["Users"]));
    let begin = folder.and_then(|folder| folder.get(..8));
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(b"OneDrive"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::rule::{Check, Rule};
    use crate::severity::Severity;
    use crate::testing::check;

    const fn probe(check: Check) -> Rule {
        Rule { id: "probe", severity: Severity::Note, summary: "", source: "", check }
    }

    /// Finds every link.
    const LINKS: Rule = probe(Check::Link(|context, edge, findings| {
        let finding = context.finding_of_link(&LINKS, edge, "link");
        findings.push(Finding { suppressed: ordinary_link(context, edge).map(str::to_owned), ..finding });
    }));

    /// Finds every file with hard links.
    const HARD_LINKS: Rule = probe(Check::File(|context, id, file, findings| {
        if file.has_several_hard_links() {
            let reason = ordinary_hard_links(context, &context.paths(id)).map(str::to_owned);
            findings.push(Finding { suppressed: reason, ..context.finding(&HARD_LINKS, id, "file") });
        }
    }));

    fn check_link(spec: &str, expected: &str) {
        check(&LINKS, spec, &[expected]);
    }

    fn check_hard_links(paths: [&str; 3], expected: Option<&str>) {
        let [first, second, third] = paths;
        let spec = format!("[[file]]\npath = '{first}'\nnames = ['{second}', '{third}']\n");
        let lowest = paths.into_iter().min().unwrap();
        let suppressed = expected.map(|reason| format!(" (suppressed: {reason})")).unwrap_or_default();
        check(&HARD_LINKS, &spec, &[&format!("{lowest}: file{suppressed}")]);
    }

    #[test]
    fn a_link_of_windows() {
        let spec = "[[file]]\npath = '\\Dokumente und Einstellungen'\njunction = 'C:\\Users'\n";
        check_link(spec, r"\Dokumente und Einstellungen: link (suppressed: Windows makes this link itself)");
    }

    #[test]
    fn a_link_among_node_modules_unless_it_leads_into_a_guarded_place() {
        let farm = "
            [[file]]
            path = '\\p\\node_modules\\.pnpm\\a@1\\node_modules\\a\\index.js'

            [[file]]
            path = '\\p\\node_modules\\a'
            junction = 'C:\\p\\node_modules\\.pnpm\\a@1\\node_modules\\a'
        ";
        let expected = r"\p\node_modules\a: link (suppressed: package managers make node_modules of such links)";
        check_link(farm, expected);
        let disguised = "
            [[file]]
            path = '\\Windows\\System32\\a'

            [[file]]
            path = '\\p\\node_modules\\a'
            junction = 'C:\\Windows\\System32'
        ";
        check_link(disguised, r"\p\node_modules\a: link");
        check_link("[[file]]\npath = '\\p\\node_modules\\a'\njunction = 'C:\\gone'\n", r"\p\node_modules\a: link");
    }

    #[test]
    fn an_alias_of_an_app() {
        let alias = |target: &str| {
            let path = r"\Users\Ann\AppData\Local\Microsoft\WindowsApps\a.exe";
            format!("[[file]]\npath = '{path}'\napp-exec-link = {{ package = 'P', app = 'A', target = '{target}' }}\n")
        };
        let path = r"\Users\Ann\AppData\Local\Microsoft\WindowsApps\a.exe";
        let suppressed = format!("{path}: link (suppressed: Windows makes aliases of Store apps like this)");
        check_link(&alias(r"C:\Program Files\WindowsApps\P\a.exe"), &suppressed);
        check_link(&alias(r"C:\evil\a.exe"), &format!("{path}: link"));
    }

    #[test]
    fn files_of_the_component_store() {
        let stored = r"\Windows\WinSxS\x\a.dll";
        check_hard_links([stored, r"\Windows\System32\a.dll", r"\Program Files\b\a.dll"], Some(COMPONENT_STORE));
        check_hard_links([stored, r"\Windows\WinSxS\y\a.dll", r"\inetpub\wwwroot\a.dll"], Some(COMPONENT_STORE));
        check_hard_links([stored, r"\Windows\WinSxS\y\a.dll", r"\inetpub\wwwroot\b.dll"], None);
        check_hard_links([stored, r"\Windows\System32\a.dll", r"\Users\Ann\a.dll"], None);
    }

    #[test]
    fn files_of_a_package_store() {
        let module = r"\Users\Ann\p\node_modules\.pnpm\a\a.js";
        let stored = r"\Users\Ann\AppData\Local\pnpm\store\v3\files\00\11";
        check_hard_links([module, stored, r"\Users\Ann\q\node_modules\a\a.js"], Some(PACKAGE_STORE));
        check_hard_links([module, stored, r"\Users\Bob\q\node_modules\a\a.js"], None);
        check_hard_links([module, stored, r"\Windows\node_modules\a.js"], None);
        check_hard_links([module, stored, r"\Users\Ann\a.js"], None);
    }

    #[test]
    fn one_drive_is_below_the_home_of_a_user() {
        let check =
            |path: &str, expected| assert_eq!(is_in_one_drive(Wtf8::from_wtf8(path.as_bytes())), expected, "{path}");
        check(r"\Users\Ann\OneDrive - Firm\a", true);
        check(r"\users\Ann\onedrive", true);
        check(r"\Users\Ann\a", false);
        check(r"\Users\OneDrive", false);
        check(r"\OneDrive\a\b", false);
    }
}
