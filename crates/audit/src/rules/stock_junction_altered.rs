//! # stock-junction-altered
//!
//! A compatibility link that Windows makes is missing, leads elsewhere, or is something else.
//!
//! ## What it finds
//!
//! On a volume with a Windows since Vista: of the links with which Windows leads from the folder names of Windows XP to
//! today's (`\Documents and Settings`, `\ProgramData\Application Data` …) those that every version has and that are
//! missing, by whatever name; and what has the English name of one in its place, and is no link, or one of another type or
//! to another target. Those of users are missed only in directories of `\Users` that have an `NTUSER.DAT`.
//!
//! ## Why it matters
//!
//! Programs that use the old names fail, or write elsewhere. It is consistent with a copy or a restore that left links out
//! or followed them; and a link that leads elsewhere with tampering, because programs trust these names.
//!
//! ## How to confirm by hand
//!
//! Reference D.1 lists where each leads. `ntfslinks show IMAGE PATH` shows what is there, and `ntfslinks list` with every
//! link of the directory whether one has a name in another language.
//!
//! ## False positives
//!
//! People and clean-up tools delete these links, and some users move what they lead to. Nothing is missed on a volume where
//! no such link is left, nor where Windows' drive letter is not known (`--drive`), nor one that is there under any name.
//!
//! ## Sources
//!
//! Reference D.1; Microsoft "Junction Points" (bb756982).

use std::collections::{HashMap, HashSet};

use format::{UpCase, Wtf8, WtfString};
use links::{FileId, Link, LinkEdge, Prefix, STOCK_LINKS, StockLink};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::folders::{descend, folder};
use crate::guarded::place_of_target;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "stock-junction-altered",
    severity: Severity::Warning,
    summary: "a compatibility link that Windows makes is missing, leads elsewhere, or is something else",
    source: include_str!("stock_junction_altered.rs"),
    check: Check::Volume(check),
};

/// A directory in which Windows makes links.
#[derive(Clone, Debug)]
struct Home {
    folder: FileId,
    /// As the table of links has it.
    directory: &'static str,
    /// Who is meant by `*`.
    user: WtfString,
    /// Whether it is Windows' own, or a user's that Windows knows.
    is_complete: bool,
}

/// The homes of a volume, by record.
type Homes = HashMap<u64, Home>;

/// The links of one home that have the same name in English: in different versions they lead to different places.
#[derive(Clone, Debug)]
struct Slot {
    name: &'static str,
    links: Vec<&'static StockLink>,
}

/// A home, by its record, and a slot, by its name.
type Key = (u64, &'static str);

/// How a link stands to the slot that it is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// It is as Windows makes it.
    Own,
    /// It has the name, and is not.
    Altered,
    /// It has another name, and is as Windows makes it but for its type.
    OfAnotherType,
}

impl Slot {
    fn is_in_every_version(&self) -> bool {
        self.links.iter().any(|link| link.is_in_every_version)
    }
}

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let homes = homes_of(context, volume);
    let is_of_home =
        |edge: &&LinkEdge| context.resolver.directory_of(edge).is_some_and(|id| homes.contains_key(&id.record));
    let is_in_use = |edge: &&LinkEdge| context.file(edge.source).is_some_and(|file| file.is_in_use());
    let edges = context.links.edges.iter().filter(|edge| edge.source.volume == volume);
    let edges: Vec<&LinkEdge> = edges.filter(is_of_home).filter(is_in_use).collect();
    // Windows' drive letter is not known, or it is no Windows since Vista.
    if !edges.iter().any(|edge| context.resolver.stock_link(edge).is_some()) {
        return;
    }
    let mut settled: HashSet<Key> = HashSet::new();
    let mut alike: HashMap<Key, &LinkEdge> = HashMap::new();
    for edge in edges {
        let Some((home, slot, standing)) = slot_of(context, &homes, edge) else { continue };
        let key = (home.folder.record, slot.name);
        if standing == Standing::OfAnotherType {
            alike.entry(key).or_insert(edge);
            continue;
        }
        settled.insert(key);
        if standing == Standing::Altered {
            findings.push(altered(context, edge, home, &slot));
        }
    }
    let mut homes: Vec<&Home> = homes.values().filter(|home| home.is_complete).collect();
    homes.sort_by_key(|home| home.folder);
    for home in homes {
        for slot in slots_of(home).into_iter().filter(Slot::is_in_every_version) {
            let key = (home.folder.record, slot.name);
            match alike.get(&key) {
                _ if settled.contains(&key) => {}
                Some(edge) => findings.push(altered(context, edge, home, &slot)),
                None => findings.push(missing(context, home, &slot)),
            }
        }
    }
}

/// The directories of a volume in which Windows makes links, if it is a volume of Windows.
fn homes_of(context: &Context<'_>, volume: usize) -> Homes {
    let resolver = context.resolver;
    let system = folder(resolver, volume, &["Windows", "System32"]);
    let Some(users) = folder(resolver, volume, &["Users"]).filter(|_| system.is_some()) else { return Homes::new() };
    let mut homes = Homes::new();
    let mut add = |home: Home| {
        let is_plain =
            |id: FileId| context.file(id).is_some_and(|file| file.is_directory() && Link::of(&file).is_none());
        if is_plain(home.folder) {
            // `\Users\Public\Documents` is one of the system's, though it looks like one of a user's.
            homes.entry(home.folder.record).or_insert(home);
        }
    };
    let mut links: Vec<&StockLink> = STOCK_LINKS.iter().collect();
    links.dedup_by_key(|link| link.directory);
    let (of_users, of_system): (Vec<&StockLink>, Vec<&StockLink>) =
        links.into_iter().partition(|link| link.directory.contains('*'));
    for link in of_system {
        let names: Vec<&str> = link.directory_names().collect();
        let Some(folder) = folder(resolver, volume, &names) else { continue };
        add(Home { folder, directory: link.directory, user: WtfString::default(), is_complete: true });
    }
    for (profile, user) in directories_in(context, users) {
        let is_complete = resolver.child(profile, "NTUSER.DAT").is_some();
        for link in &of_users {
            // Behind `\Users` and `*`.
            let Some(folder) = descend(resolver, profile, link.directory_names().skip(2)) else { continue };
            add(Home { folder, directory: link.directory, user: user.clone(), is_complete });
        }
    }
    homes
}

/// The directories in one, with their names.
fn directories_in(context: &Context<'_>, folder: FileId) -> Vec<(FileId, WtfString)> {
    let Some(graph) = context.graph(folder.volume) else { return Vec::new() };
    let index = graph.paths.index_of(&graph.files, folder.record);
    let inside = graph.paths.directories().iter().filter(|directory| match directory.prefix {
        Prefix::Below { directory } => Some(directory) == index,
        _ => false,
    });
    let named = inside.filter_map(|directory| {
        let file = graph.files.file(directory.record).filter(links::File::is_in_use)?;
        let name = WtfString::from(file.primary_name()?.text());
        Some((FileId { record: directory.record, ..folder }, name))
    });
    named.collect()
}

/// What Windows makes in a directory.
fn slots_of(home: &Home) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for link in STOCK_LINKS.iter().filter(|link| link.directory == home.directory) {
        let Some(name) = link.name else { continue };
        match slots.last_mut().filter(|slot| slot.name == name) {
            Some(slot) => slot.links.push(link),
            None => slots.push(Slot { name, links: vec![link] }),
        }
    }
    slots
}

/// The slot of its home that a link is in, by its English name or else by its target, and how it stands to it.
fn slot_of<'h>(context: &Context<'_>, homes: &'h Homes, edge: &LinkEdge) -> Option<(&'h Home, Slot, Standing)> {
    let home = homes.get(&context.resolver.directory_of(edge)?.record)?;
    let like = context.resolver.stock_link_of_any_type(edge);
    let is_like = |slot: &Slot| like.is_some_and(|like| slot.links.contains(&like));
    let name = context.resolver.name_of(edge)?.text();
    let up_case = &context.graph(edge.source.volume)?.files.up_case;
    let mut slots = slots_of(home);
    let by_name = slots.iter().position(|slot| is_same(up_case, name, slot.name));
    let slot = slots.swap_remove(by_name.or_else(|| slots.iter().position(is_like))?);
    let is_own = is_like(&slot) && like.is_some_and(|like| like.link_type == edge.link_type);
    let standing = match by_name {
        _ if is_own => Standing::Own,
        Some(_) => Standing::Altered,
        None => Standing::OfAnotherType,
    };
    Some((home, slot, standing))
}

fn is_same(up_case: &UpCase, name: Wtf8<'_>, wanted: &str) -> bool {
    up_case.is_same(name.units(), wanted.encode_utf16())
}

/// A link that has the name of one of Windows', or its target, and is not as Windows makes it.
fn altered(context: &Context<'_>, edge: &LinkEdge, home: &Home, slot: &Slot) -> Finding {
    let wanted = targets(home, slot);
    let like = context.resolver.stock_link_of_any_type(edge).filter(|like| slot.links.contains(like));
    let (made, own) = (words_of(slot), edge.link_type.as_str());
    let target = place_of_target(context, edge);
    let message = match (like, &target) {
        (Some(_), _) => format!("this {own} is one that Windows makes as a {made}"),
        (None, Some(target)) => {
            format!("leads to {}, where Windows has a {made} to {}", quoted(target.as_wtf8()), alternatives(&wanted))
        }
        (None, None) => format!("leads elsewhere than Windows' own {made} to {}", alternatives(&wanted)),
    };
    let finding = context.finding_of_link(&RULE, edge, message).with_some("target", target.clone());
    Finding { target, ..finding }.with("windows_type", made).with("windows_targets", wanted)
}

/// A link of which nothing is left, whatever has its place.
fn missing(context: &Context<'_>, home: &Home, slot: &Slot) -> Finding {
    let wanted = targets(home, slot);
    let made = words_of(slot);
    let finding = match context.resolver.child(home.folder, slot.name) {
        Some(other) => {
            let is_directory = context.file(other).is_some_and(|file| file.is_directory());
            let own = if is_directory { "directory" } else { "file" };
            let message = format!("this {own} has the name of Windows' own {made} to {}", alternatives(&wanted));
            context.finding(&RULE, other, message)
        }
        None => {
            let message = format!("Windows' own {made} \"{}\" to {} is missing here", slot.name, alternatives(&wanted));
            context.finding(&RULE, home.folder, message)
        }
    };
    let target = wanted.first().cloned().unwrap_or_default();
    finding.with("windows_type", made).with("windows_targets", wanted).leading_to(target)
}

/// The type that Windows makes a link of.
fn words_of(slot: &Slot) -> &'static str {
    slot.links.first().map_or("link", |link| link.link_type.as_str())
}

/// Where Windows makes a link lead, in one version or another.
fn targets(home: &Home, slot: &Slot) -> Vec<WtfString> {
    let target = |link: &&StockLink| {
        let (before, after) = link.target.split_once('*').unwrap_or((link.target, ""));
        let user = home.user.as_wtf8().units().filter(|_| link.target.contains('*'));
        before.encode_utf16().chain(user).chain(after.encode_utf16()).collect()
    };
    slot.links.iter().map(target).collect()
}

fn alternatives(targets: &[WtfString]) -> String {
    let quoted: Vec<String> = targets.iter().map(|target| quoted(target.as_wtf8())).collect();
    quoted.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// A Windows with the links of the system, but for those that a test leaves out. None are in `\Users\Public`.
    fn windows(without: &str) -> String {
        let links = [
            (r"\Documents and Settings", r"C:\Users"),
            (r"\Users\Default User", r"C:\Users\Default"),
            (r"\ProgramData\Application Data", r"C:\ProgramData"),
            (r"\ProgramData\Desktop", r"C:\Users\Public\Desktop"),
            (r"\ProgramData\Documents", r"C:\Users\Public\Documents"),
            (r"\ProgramData\Start Menu", r"C:\ProgramData\Microsoft\Windows\Start Menu"),
            (r"\ProgramData\Templates", r"C:\ProgramData\Microsoft\Windows\Templates"),
        ];
        let mut spec = "[[file]]\npath = '\\Windows\\System32'\ndirectory = true\n".to_owned();
        spec += "[[file]]\npath = '\\Users\\All Users'\ndirectory = true\nsymlink = 'C:\\ProgramData'\n";
        for (path, target) in links.iter().filter(|(path, _)| *path != without) {
            spec += &format!("[[file]]\npath = '{path}'\njunction = '{target}'\n");
        }
        spec
    }

    #[test]
    fn near_miss_all_are_there() {
        check(&RULE, &windows(""), &[]);
    }

    #[test]
    fn hit_missing() {
        let message = r#"Windows' own junction "Desktop" to "\Users\Public\Desktop" is missing here"#;
        check(&RULE, &windows(r"\ProgramData\Desktop"), &[&format!(r"\ProgramData: {message}")]);
    }

    #[test]
    fn near_miss_it_has_a_name_in_another_language() {
        let link = "[[file]]\npath = '\\ProgramData\\Bureau'\njunction = 'C:\\Users\\Public\\Desktop'\n";
        check(&RULE, &(windows(r"\ProgramData\Desktop") + link), &[]);
    }

    #[test]
    fn hit_retargeted() {
        let link = "
            [[file]]
            path = '\\evil'
            directory = true

            [[file]]
            path = '\\ProgramData\\desktop'
            junction = 'C:\\evil'
        ";
        let message = r#"leads to "\evil", where Windows has a junction to "\Users\Public\Desktop""#;
        check(&RULE, &(windows(r"\ProgramData\Desktop") + link), &[&format!(r"\ProgramData\desktop: {message}")]);
    }

    #[test]
    fn hit_retargeted_to_another_drive_beside_a_localized_twin() {
        let link = "
            [[file]]
            path = '\\ProgramData\\Bureau'
            junction = 'C:\\Users\\Public\\Desktop'

            [[file]]
            path = '\\ProgramData\\Desktop'
            junction = 'Q:\\Users\\Public\\Desktop'
        ";
        let message = r#"leads elsewhere than Windows' own junction to "\Users\Public\Desktop""#;
        check(&RULE, &(windows(r"\ProgramData\Desktop") + link), &[&format!(r"\ProgramData\Desktop: {message}")]);
    }

    #[test]
    fn hit_of_another_type_by_any_name() {
        let link =
            "[[file]]\npath = '\\ProgramData\\Bureau'\ndirectory = true\nsymlink = 'C:\\Users\\Public\\Desktop'\n";
        let expected = [r"\ProgramData\Bureau: this symlink is one that Windows makes as a junction"];
        check(&RULE, &(windows(r"\ProgramData\Desktop") + link), &expected);
    }

    #[test]
    fn hit_a_plain_directory_in_its_place() {
        let directory = "[[file]]\npath = '\\Documents and Settings\\Ann\\a.txt'\n";
        let message = r#"this directory has the name of Windows' own junction to "\Users""#;
        let expected = format!(r"\Documents and Settings: {message}");
        check(&RULE, &(windows(r"\Documents and Settings") + directory), &[&expected]);
    }

    #[test]
    fn hit_those_of_a_user() {
        let profile = "[[file]]\npath = '\\Users\\Ann\\NTUSER.DAT'\n[[file]]\npath = '\\Users\\Ann\\Documents'\ndirectory = true\n";
        let missing = |home: &str, name: &str, target: &str| {
            format!(r#"{home}: Windows' own junction "{name}" to "{target}" is missing here"#)
        };
        let in_documents = |name: &str, target: &str| missing(r"\Users\Ann\Documents", name, target);
        let roaming = r"\Users\Ann\AppData\Roaming";
        let of_windows =
            |name: &str, folder: &str| missing(r"\Users\Ann", name, &format!(r"{roaming}\Microsoft\Windows\{folder}"));
        let cookies = r#"Cookies" or "\Users\Ann\AppData\Local\Microsoft\Windows\INetCookies"#;
        // Those of one directory are in the order of the table.
        let expected = [
            missing(r"\Users\Ann", "Application Data", roaming),
            of_windows("Cookies", cookies),
            missing(r"\Users\Ann", "Local Settings", r"\Users\Ann\AppData\Local"),
            missing(r"\Users\Ann", "My Documents", r"\Users\Ann\Documents"),
            of_windows("NetHood", "Network Shortcuts"),
            of_windows("PrintHood", "Printer Shortcuts"),
            of_windows("Recent", "Recent"),
            of_windows("SendTo", "SendTo"),
            of_windows("Start Menu", "Start Menu"),
            of_windows("Templates", "Templates"),
            in_documents("My Music", r"\Users\Ann\Music"),
            in_documents("My Pictures", r"\Users\Ann\Pictures"),
            in_documents("My Videos", r"\Users\Ann\Videos"),
        ];
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&RULE, &(windows("") + profile), &expected);
    }

    #[test]
    fn near_miss_a_directory_of_users_that_is_no_profile() {
        check(&RULE, &(windows("") + "[[file]]\npath = '\\Users\\Ann\\Documents'\ndirectory = true\n"), &[]);
    }

    #[test]
    fn near_miss_no_link_of_windows_is_there() {
        let spec = "
            [[file]]
            path = '\\Windows\\System32'
            directory = true

            [[file]]
            path = '\\Users\\Ann\\NTUSER.DAT'
        ";
        check(&RULE, spec, &[]);
    }

    #[test]
    fn damaged_a_link_whose_record_is_lost_is_missing() {
        let damage = "
            [[damage]]
            kind = \"zeroed-record\"
            file = '\\ProgramData\\Desktop'
        ";
        let message = r#"Windows' own junction "Desktop" to "\Users\Public\Desktop" is missing here"#;
        check(&RULE, &(windows("") + damage), &[&format!(r"\ProgramData: {message}")]);
    }
}
