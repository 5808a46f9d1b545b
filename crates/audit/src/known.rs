//! What is ordinary on a Windows volume, though a rule finds it: each kind with the reason for which it is no concern.
//!
//! What an attacker could give the looks of the ordinary is not taken for it: a package manager's link that leads into a
//! guarded place is a link into a guarded place.

use format::{TagFamily, Wtf8, WtfString};
use links::{File, FileId, LinkEdge, LinkTarget, LinkType, Root, Target, TargetName};

use crate::context::Context;
use crate::folders::{begins_with, is_below, names_of};
use crate::guarded::{guarded_from, place_of_target};

const STOCK: &str = "Windows makes this link itself";
const APP_ALIAS: &str = "Windows makes aliases of Store apps like this";
const PACKAGE_LINK: &str = "package managers make node_modules of such links";
const COMPONENT_STORE: &str = "Windows' component store shares its files like this";
const PACKAGE_STORE: &str = "package managers share the files of their store with node_modules";
const ONE_DRIVE: &str = "OneDrive marks what it keeps in the cloud like this";

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
    let path = context.graph(edge.source.volume).and_then(|graph| graph.path_of_link(edge));
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
    let is_same = |(name, wanted): (&Vec<u16>, &&str)| String::from_utf16_lossy(name).eq_ignore_ascii_case(wanted);
    APPS.iter().any(|place| names.len() >= place.len() && names.iter().zip(*place).all(is_same))
}

/// A link among `node_modules` to a file of the same volume that its owner may write: pnpm's farm of links, and the
/// workspaces of npm and yarn.
fn is_package_link(context: &Context<'_>, edge: &LinkEdge) -> bool {
    let is_on_same_volume = matches!(edge.verdict.target, Target::File(file) if file.volume == edge.source.volume);
    let path = context.graph(edge.source.volume).and_then(|graph| graph.path_of_link(edge));
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

/// Why a reparse point that is no link is ordinary.
#[allow(dead_code, reason = "for the rule about content that is not here")]
pub(crate) fn ordinary_reparse_point(context: &Context<'_>, id: FileId, file: &File<'_>) -> Option<&'static str> {
    let family = file.reparse_point()?.tag.known()?.family;
    let path = context.path(id).filter(|_| family == TagFamily::Cloud)?;
    let folder = names_of(path.as_wtf8()).nth(2).filter(|_| begins_with(path.as_wtf8(), &["Users"]))?;
    // `OneDrive`, `OneDrive - Company`.
    let begins = folder.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case(b"OneDrive"));
    begins.then_some(ONE_DRIVE)
}
