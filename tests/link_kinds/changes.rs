//! What becomes of a link when it, what it leads to, or both are moved.

use serde_json::Value;

use crate::image::{LINK, TARGET, build, scan, verdict};
use crate::kinds::{Kind, OTHER_VOLUME};
use crate::readme;

/// What happens, as the columns of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Change {
    TargetRenamed,
    TargetMoved,
    TargetDeleted,
    LinkRenamed,
    LinkMoved,
    BothMoved,
    AnotherLetter,
}

const CHANGES: [Change; 7] = [
    Change::TargetRenamed,
    Change::TargetMoved,
    Change::TargetDeleted,
    Change::LinkRenamed,
    Change::LinkMoved,
    Change::BothMoved,
    Change::AnotherLetter,
];

/// What becomes of a link: it still leads to the same file or directory, or has another status.
type Outcome = &'static str;

const HOLDS: Outcome = "holds";
const DANGLES: Outcome = "`dangling`";
/// The letter is nobody's any more.
const EXTERNAL: Outcome = "`external`";
/// There is no such change.
const NOTHING: Outcome = "–";

/// Links that are alike, and what becomes of them at each change in the order of [`CHANGES`].
struct Row {
    name: &'static str,
    /// Each with its target, which stays as it was written.
    links: &'static [(Kind, &'static str)],
    expected: [Outcome; 7],
}

const ABSOLUTE: &str = r"C:\tree\data\target";
const RELATIVE: &str = r"..\data\target";

/// Reference C.8: nothing that happens to a target updates a link; absolute ones dangle, relative ones survive that the
/// whole tree moves and break when the link alone moves; a link that is moved or renamed keeps its data.
const OF_ABSOLUTE: [Outcome; 7] = [DANGLES, DANGLES, DANGLES, HOLDS, HOLDS, DANGLES, EXTERNAL];
const OF_RELATIVE: [Outcome; 7] = [DANGLES, DANGLES, DANGLES, HOLDS, DANGLES, HOLDS, HOLDS];

const ROWS: [Row; 7] = [
    // Reference C.9 and C.8: all names are equal, and deleting one of several keeps the data.
    Row { name: "hard link", links: &[(Kind::HardLink, "")], expected: [HOLDS; 7] },
    Row { name: "junction", links: &[(Kind::Junction, ABSOLUTE)], expected: OF_ABSOLUTE },
    // Reference C.2 and C.5: it names a volume by its GUID, and the root directory of a volume has no name. A volume that is
    // deleted is one that was not given.
    Row {
        name: "volume mount point",
        links: &[(Kind::MountPoint, "")],
        expected: [NOTHING, NOTHING, EXTERNAL, HOLDS, HOLDS, NOTHING, HOLDS],
    },
    Row {
        name: "symbolic link, relative",
        links: &[(Kind::FileSymlink, RELATIVE), (Kind::DirectorySymlink, RELATIVE)],
        expected: OF_RELATIVE,
    },
    Row {
        name: "symbolic link, absolute",
        links: &[(Kind::FileSymlink, ABSOLUTE), (Kind::DirectorySymlink, ABSOLUTE)],
        expected: OF_ABSOLUTE,
    },
    Row { name: "WSL link, relative", links: &[(Kind::WslLink, RELATIVE)], expected: OF_RELATIVE },
    // Below `/mnt` are the drives by their letters.
    Row { name: "WSL link, absolute", links: &[(Kind::WslLink, ABSOLUTE)], expected: OF_ABSOLUTE },
];

/// Where a link and its target are, and whether the target is still there. Of a hard link both are names of one file.
#[derive(Clone, Copy)]
struct Places {
    link: &'static str,
    target: &'static str,
    is_deleted: bool,
}

const BEFORE: Places = Places { link: r"\tree\links\link", target: r"\tree\data\target", is_deleted: false };

fn places_after(change: Change) -> Places {
    match change {
        Change::TargetRenamed => Places { target: r"\tree\data\renamed", ..BEFORE },
        Change::TargetMoved => Places { target: r"\tree\moved\target", ..BEFORE },
        Change::TargetDeleted => Places { is_deleted: true, ..BEFORE },
        Change::LinkRenamed => Places { link: r"\tree\links\renamed", ..BEFORE },
        Change::LinkMoved => Places { link: r"\moved\link", ..BEFORE },
        Change::BothMoved => Places { link: r"\moved\tree\links\link", target: r"\moved\tree\data\target", ..BEFORE },
        Change::AnotherLetter => BEFORE,
    }
}

/// The letters of the volumes: a link and its target are on C, and what is mounted is D.
fn drives(kind: Kind, change: Option<Change>) -> &'static [&'static str] {
    match (kind, change) {
        (Kind::MountPoint, Some(Change::TargetDeleted)) => &["--drive", "C=v0"],
        (Kind::MountPoint, Some(Change::AnotherLetter)) => &["--drive", "C=v0", "--drive", "E=v1"],
        (_, Some(Change::AnotherLetter)) => &["--drive", "E=v0", "--drive", "D=v1"],
        _ => &["--drive", "C=v0", "--drive", "D=v1"],
    }
}

fn spec(kind: Kind, text: &str, places: &Places) -> String {
    let files = match kind {
        Kind::HardLink => one_file(places),
        _ => link(kind, text, places) + &target(kind, places),
    };
    let other_volume = match kind {
        Kind::MountPoint if places.is_deleted => String::new(),
        _ => format!("[[volume]]\nid = \"{OTHER_VOLUME}\"\n"),
    };
    format!("[disk]\ntable = \"gpt\"\n[[volume]]\n{files}{other_volume}")
}

/// A file that has the link and its target for names, as long as they are there.
fn one_file(places: &Places) -> String {
    let others = if places.is_deleted { String::new() } else { format!("'{}'", places.target) };
    format!("[[volume.file]]\npath = '{}'\nrecord = 101\nnames = [{others}]\n", places.link)
}

fn link(kind: Kind, text: &str, places: &Places) -> String {
    format!("[[volume.file]]\npath = '{}'\nrecord = 100\n{}", places.link, kind.keys(text))
}

/// A mount point's target is on the other volume, and always there.
fn target(kind: Kind, places: &Places) -> String {
    let is_directory = match kind {
        Kind::Junction | Kind::DirectorySymlink => true,
        Kind::FileSymlink | Kind::WslLink | Kind::HardLink => false,
        Kind::MountPoint => return String::new(),
    };
    let Places { target, is_deleted, .. } = places;
    format!("[[volume.file]]\npath = '{target}'\nrecord = 101\ndirectory = {is_directory}\ndeleted = {is_deleted}\n")
}

/// Where a link leads: the id of a file or directory that is there, or the status.
fn reached(kind: Kind, graph: &Value, places: &Places) -> Result<String, String> {
    if kind == Kind::HardLink {
        let nodes = graph["nodes"].as_array().unwrap();
        let file = nodes.iter().find(|node| node["id"] == TARGET).expect("the file");
        let has_name = file["paths"].as_array().unwrap().iter().any(|path| path == places.link);
        return if has_name { Ok(TARGET.to_owned()) } else { Err("no name".to_owned()) };
    }
    let verdict = verdict(graph, LINK).expect("the edge of the link");
    assert_eq!(verdict.link_type, kind.edge_type());
    if verdict.is_reached() { Ok(verdict.target) } else { Err(verdict.status) }
}

/// Scans an image of before a change and one of after it.
fn observe(kind: Kind, text: &str, change: Change) -> String {
    let look = |places: &Places, change: Option<Change>| {
        reached(kind, &scan(drives(kind, change), &build(&spec(kind, text, places))), places)
    };
    let before = look(&BEFORE, None).unwrap_or_else(|status| panic!("{kind:?} to {text} before {change:?}: {status}"));
    match look(&places_after(change), Some(change)) {
        Ok(after) if after == before => HOLDS.to_owned(),
        Ok(after) => panic!("{kind:?} to {text} after {change:?}: leads to {after}, and no more to {before}"),
        Err(status) => format!("`{status}`"),
    }
}

#[test]
fn what_breaks_a_link() {
    let mut table = Vec::new();
    for Row { name, links, expected } in ROWS {
        let mut cells = vec![name.to_owned()];
        for (change, expected) in CHANGES.into_iter().zip(expected) {
            for (kind, text) in links.iter().filter(|_| expected != NOTHING) {
                assert_eq!(observe(*kind, text, change), expected, "{kind:?} to {text} after {change:?}");
            }
            cells.push(expected.to_owned());
        }
        table.push(cells);
    }
    let head = [
        "link",
        "target renamed",
        "target moved",
        "target deleted",
        "link renamed",
        "link moved",
        "both moved together",
        "another drive letter",
    ];
    readme::check("what breaks a link", &readme::table(&head, &table));
}
