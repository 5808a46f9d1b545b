//! The edges of links: where each name of each link leads, and what is to be said of that.

use std::collections::{BTreeMap, BTreeSet};

use imagekit::description::Name;
use serde_json::{Value, json};

use crate::files::{Base, Selection};
use crate::places::hard_links;
use crate::resolver::{follow_link, path_exists};
use crate::targets::{Start, Target, Units, collapsed, windows_target};
use crate::text::{Object, id_text, put_text, units};
use crate::tree::{Link, Position, Record, fold};
use crate::world::{Place, Walked, World};

/// An edge, and what it needs beside itself.
pub struct LinkEdge {
    pub source: Record,
    pub source_path: Units,
    pub kind: String,
    pub target: Place,
    pub json: Object,
    /// The records that must be nodes.
    pub needed: Vec<Record>,
}

/// One name of a link, and what following it came to.
struct Followed<'a> {
    source: Record,
    base: &'a Base<'a>,
    name: Option<&'a Name>,
    link: &'a Link,
    position: Position,
    target: Target,
    walked: Walked,
}

/// The edges of all links that `scan` is asked for.
pub fn link_edges(world: &World<'_>, selection: Selection) -> Vec<LinkEdge> {
    let mut followed = Vec::new();
    for tree in &world.trees {
        for (record, link) in tree.links.iter().filter(|(_, link)| link.is_link()) {
            let base = tree.bases[record];
            if base.is_in_use || selection.deleted {
                followed
                    .extend(names_of(base).into_iter().map(|name| follow(world, (tree.number, *record), link, name)));
            }
        }
    }
    let junctions = junction_ends(&followed);
    let spellings = spellings(world, &followed);
    let edge = |followed: &Followed<'_>| edge(world, followed, &junctions, &spellings);
    followed.iter().map(edge).collect()
}

/// A link without any name has one edge as well.
fn names_of<'a>(base: &'a Base<'_>) -> Vec<Option<&'a Name>> {
    let links = hard_links(&base.names);
    if links.is_empty() { vec![None] } else { links.iter().map(|link| Some(link.name)).collect() }
}

fn follow<'a>(world: &'a World<'_>, source: Record, link: &'a Link, name: Option<&'a Name>) -> Followed<'a> {
    let tree = &world.trees[source.0];
    let base = tree.bases[&source.1];
    let position = tree.position_of(base, name);
    let target = match &link.kind[..] {
        "wci_link" => Target::Elsewhere(units(&format!("wci:{}", id(world, source)))),
        _ => link.target(base.is_directory),
    };
    let walked = follow_link(world, source, &position, &target);
    Followed { source, base, name, link, position, target, walked }
}

pub fn id(world: &World<'_>, (volume, record): Record) -> String {
    format!("v{volume}:{}", world.trees[volume].bases[&record].stored)
}

/// Id of a place, and its node unless it is a record.
pub fn place_id(world: &World<'_>, place: &Place) -> (String, Option<Value>) {
    let (id, kind, volume) = match place {
        Place::Record(record) => return (id(world, *record), None),
        Place::Missing(volume, path) => (format!("v{volume}:missing:{}", id_text(path)), "missing", Some(*volume)),
        Place::External(text) => (format!("external:{}", id_text(text)), "external", None),
        Place::Malformed(link) => {
            let stored = world.trees[link.0].bases[&link.1].stored;
            (format!("v{}:malformed:{stored}", link.0), "malformed", None)
        }
    };
    let mut node = json!({"id": id, "kind": kind});
    if let Some(volume) = volume {
        node["volume"] = format!("v{volume}").into();
    }
    (id, Some(node))
}

/// Where the junctions lead that are in use, each with the volume it is on.
fn junction_ends(followed: &[Followed<'_>]) -> BTreeSet<(usize, Record)> {
    let junctions = followed.iter().filter(|it| it.base.is_in_use && it.link.is_junction());
    let ends = junctions.filter(|it| it.walked.end.is_directory).filter_map(|it| match it.walked.end.place {
        Place::Record(record) => Some((it.source.0, record)),
        _ => None,
    });
    ends.collect()
}

/// How each missing place is spelled: as by the first link that leads there.
fn spellings(world: &World<'_>, followed: &[Followed<'_>]) -> BTreeMap<(usize, Units), Units> {
    let mut in_order: Vec<&Followed<'_>> = followed.iter().collect();
    in_order.sort_by_key(|it| (it.source, it.name.map(|name| name.units.clone()), source_path(world, it)));
    let mut spellings = BTreeMap::new();
    for followed in in_order {
        if let Place::Missing(volume, path) = &followed.walked.end.place {
            spellings.entry((*volume, fold(path))).or_insert_with(|| path.clone());
        }
    }
    spellings
}

fn source_path(world: &World<'_>, followed: &Followed<'_>) -> Units {
    let places = &world.trees[followed.source.0].places;
    followed.name.map_or(Vec::new(), |name| places.path(followed.base, name))
}

fn edge(
    world: &World<'_>,
    followed: &Followed<'_>,
    junctions: &BTreeSet<(usize, Record)>,
    spellings: &BTreeMap<(usize, Units), Units>,
) -> LinkEdge {
    let target = match &followed.walked.end.place {
        Place::Missing(volume, path) => Place::Missing(*volume, spellings[&(*volume, fold(path))].clone()),
        place => place.clone(),
    };
    let reached = if let Place::Record(record) = target { Some(record) } else { None };
    let candidate = candidate(world, followed);
    let edge = json!({
        "type": followed.link.kind, "source": id(world, followed.source), "target": place_id(world, &target).0,
        "status": status(followed),
    });
    let mut json = edge.as_object().cloned().unwrap_or_default();
    put_lists(&mut json, world, followed, notes(world, followed, junctions));
    put_paths(&mut json, world, followed);
    put_ids(&mut json, world, followed, candidate);
    if !followed.base.is_in_use {
        json.insert("deleted".to_owned(), true.into());
    }
    LinkEdge {
        source: followed.source,
        source_path: source_path(world, followed),
        kind: followed.link.kind.clone(),
        target,
        json,
        needed: reached.into_iter().chain(candidate).collect(),
    }
}

/// Lists that are absent where they are empty.
fn put_lists(json: &mut Object, world: &World<'_>, followed: &Followed<'_>, notes: Vec<&'static str>) {
    let ids = |records: &[Record]| records.iter().map(|record| id(world, *record)).collect::<Vec<String>>();
    let Walked { end, crossed } = &followed.walked;
    let notes = notes.into_iter().map(str::to_owned).collect();
    for (key, list) in [("via", ids(crossed)), ("members", ids(&end.members)), ("note", notes)] {
        if !list.is_empty() {
            json.insert(key.to_owned(), list.into());
        }
    }
}

fn put_paths(json: &mut Object, world: &World<'_>, followed: &Followed<'_>) {
    let end = &followed.walked.end;
    let source_path = followed.name.map(|_| source_path(world, followed));
    let paths = [("source_path", &source_path), ("resolved_path", &end.path), ("missing_at", &end.missing_at)];
    for (key, path) in paths {
        if let Some(path) = path {
            put_text(json, key, path);
        }
    }
}

fn put_ids(json: &mut Object, world: &World<'_>, followed: &Followed<'_>, candidate: Option<Record>) {
    let volume = volume_of(&followed.walked.end.place).filter(|volume| *volume != followed.source.0);
    let ids = [
        ("target_volume", volume.map(|volume| format!("v{volume}"))),
        ("candidate", candidate.map(|record| id(world, record))),
        ("deleted_target", deleted_target(world, followed).map(|record| id(world, record))),
    ];
    for (key, id) in ids {
        if let Some(id) = id {
            json.insert(key.to_owned(), id.into());
        }
    }
}

fn volume_of(place: &Place) -> Option<usize> {
    match place {
        Place::Record((volume, _)) | Place::Malformed((volume, _)) | Place::Missing(volume, _) => Some(*volume),
        Place::External(_) => None,
    }
}

fn status(followed: &Followed<'_>) -> &'static str {
    let end = &followed.walked.end;
    match end.status {
        "resolved" if volume_of(&end.place) != Some(followed.source.0) => "other_volume",
        status => status,
    }
}

/// The file that a malformed link would reach if it said what its writer meant.
fn candidate(world: &World<'_>, followed: &Followed<'_>) -> Option<Record> {
    let Target::Malformed(_, Some(meant)) = &followed.target else { return None };
    match follow_link(world, followed.source, &followed.position, meant).end {
        end if end.status != "resolved" => None,
        end => {
            if let Place::Record(record) = end.place {
                Some(record)
            } else {
                None
            }
        }
    }
}

fn deleted_target(world: &World<'_>, followed: &Followed<'_>) -> Option<Record> {
    let ((volume, directory), names) = followed.walked.end.missing.as_ref()?;
    Some((*volume, world.trees[*volume].deleted_at(*directory, names)?))
}

// Notes ---------------------------------------------------------------------------------------------------------------

/// What is to be said of a link beside its status, in the order of the contract.
fn notes(world: &World<'_>, followed: &Followed<'_>, junctions: &BTreeSet<(usize, Record)>) -> Vec<&'static str> {
    let Followed { link, target, walked, .. } = followed;
    let end = &walked.end;
    let is_reached = end.status == "resolved";
    let own_note = if let Target::Malformed(note, _) = target { *note } else { None };
    let unmapped = end.unmapped.as_ref();
    let notes = [
        ("ancestor", is_reached && leads_to_ancestor(followed)),
        ("type-mismatch", is_reached && is_mismatch(followed)),
        ("route-dependent", depends_on_route(followed, junctions)),
        ("forward-slash", own_note == Some("forward-slash")),
        ("trailing-dot-or-space", has_trailing_dot_or_space(link)),
        ("dot-component", own_note == Some("dot-component") || climbs_above_root(followed)),
        ("not-followed-by-windows", link.posix_system().is_some() || link.kind == "global_reparse"),
        ("linux-ntfs3", own_note == Some("linux-ntfs3")),
        ("invalid-for-junction", link.is_junction() && matches!(target, Target::Path(Start::Share, _))),
        // The link itself is one of them.
        ("over-31-hops", is_reached && 1 + walked.crossed.len() > 31),
        (
            "path-exists-on-this-volume",
            unmapped.is_some_and(|steps| path_exists(world, followed.source.0, steps, link)),
        ),
    ];
    notes.into_iter().filter(|(_, applies)| *applies).map(|(note, _)| note).collect()
}

fn leads_to_ancestor(followed: &Followed<'_>) -> bool {
    let end = &followed.walked.end;
    let above = followed.position.directories_up();
    end.is_directory && above.iter().any(|directory| end.place == Place::Record(*directory))
}

/// Whether a link of directories leads to a file, or one of files to a directory.
fn is_mismatch(followed: &Followed<'_>) -> bool {
    let leads_to_directory = followed.walked.end.is_directory;
    match &followed.link.kind[..] {
        "junction" | "mount_point" => !leads_to_directory,
        "symlink" => leads_to_directory != followed.base.is_directory,
        _ => false,
    }
}

/// Whether a relative link leads elsewhere for those who come to it through a junction: it climbs out of the directory
/// that the junction stands for. What the root of the volume is then is not known, if the junction is on another one.
fn depends_on_route(followed: &Followed<'_>, junctions: &BTreeSet<(usize, Record)>) -> bool {
    let Target::Path(start, names) = &followed.target else { return false };
    let above = followed.position.directories_up();
    let volume = followed.source.0;
    match start {
        _ if followed.link.kind != "symlink" => false,
        Start::Link => {
            let left_behind: Vec<&Record> = above.iter().take(collapsed(names).0).collect();
            junctions.iter().any(|(_, end)| left_behind.contains(&end))
        }
        Start::Root => junctions.iter().any(|(from, end)| *from != volume && above.contains(end)),
        _ => false,
    }
}

fn has_trailing_dot_or_space(link: &Link) -> bool {
    let is_windows = link.is_junction() || ["symlink", "global_reparse"].contains(&&link.kind[..]);
    let Some(text) = link.text.as_ref().filter(|_| is_windows) else { return false };
    let Target::Path(_, names) = windows_target(text, link.is_marked_relative) else { return false };
    let is_dots = |name: &Units| [units("."), units("..")].contains(name);
    let ends_so = |name: &Units| name.ends_with(&units(".")) || name.ends_with(&units(" "));
    names.iter().any(|name| ends_so(name) && !is_dots(name))
}

/// Whether a relative link itself has more `..` than there are directories above it.
fn climbs_above_root(followed: &Followed<'_>) -> bool {
    let is_path = matches!(followed.target, Target::Path(..));
    is_path && followed.walked.crossed.is_empty() && followed.walked.end.status == "malformed"
}
