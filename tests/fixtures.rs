//! What `scan` writes of each fixture, compared with what its recipe (`scripts/make-fixtures`) did: `fixtures/NAME.json`
//! lists the files that have to do with links, and their names, with all facts that the recipe chose.
//!
//! Files are matched by their paths, in both directions. Keys that the recipe does not know (record numbers, most times,
//! what the writer adds) are not compared.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A string as its UTF-16 units, so that two that differ only in an unpaired surrogate are not the same.
type Text = Vec<u16>;

/// The image that is built from a spec: `fixture_command.rs` compares its bytes, `built` its graph.
const BUILT: &str = "demo.img";

/// Those of the project, or those that were built anew into the directory that the environment names.
fn fixtures() -> Vec<PathBuf> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let directory = std::env::var_os("NTFSLINKS_FIXTURES").map_or(committed, PathBuf::from);
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| path.extension().is_some_and(|end| end == "img") && !path.ends_with(BUILT);
    let mut images: Vec<PathBuf> = entries.filter(is_ours).collect();
    images.sort();
    assert!(images.len() >= 7, "fixtures are missing: {images:?}");
    images
}

/// Scans every fixture and compares it with the lists of its expectation that have these keys.
fn check(arguments: &[&str], node_lists: &[&str], edge_lists: &[&str]) {
    for image in fixtures() {
        let name = image.file_stem().unwrap().to_string_lossy().into_owned();
        let expected: Value =
            serde_json::from_slice(&std::fs::read(image.with_extension("json")).unwrap()).expect("an expectation");
        let output = Command::new(env!("CARGO_BIN_EXE_ntfslinks")).arg("scan").args(arguments).arg(&image).output();
        let found: Value = serde_json::from_slice(&output.unwrap().stdout).expect("a graph");
        let listed = |lists: &[&str]| -> Vec<Value> {
            lists.iter().filter_map(|list| expected[*list].as_array()).flatten().cloned().collect()
        };
        let mut differences = differences_of_volume(&expected["volume"], &found);
        differences.extend(differences_of_nodes(&listed(node_lists), &found));
        differences.extend(differences_of_edges(&listed(edge_lists), &found));
        assert!(differences.is_empty(), "{name} {arguments:?}:\n{}", differences.join("\n"));
    }
}

#[test]
fn every_link_of_every_fixture_is_as_its_recipe_made_it() {
    check(&[], &["nodes"], &["edges"]);
}

#[test]
fn what_was_deleted_is_found_with_its_names_and_targets() {
    check(&["--deleted"], &["nodes", "deleted_nodes"], &["edges", "deleted_edges"]);
}

/// The volume, and no problem: nothing in use is damaged. What a deleted file had in clusters, its attribute list, may
/// have been written over since they were freed.
fn differences_of_volume(expected: &Value, found: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("volume", expected, &found["volumes"][0], &mut differences);
    let nodes = found["nodes"].as_array().expect("nodes").iter();
    let deleted: BTreeSet<_> = nodes.filter(|node| node["state"] == "deleted").map(record).collect();
    let problems = found["problems"].as_array().expect("problems").iter();
    let of_files_in_use = problems.filter(|problem| !deleted.contains(&record(problem)));
    differences.extend(of_files_in_use.map(|problem| format!("not expected: {problem}")));
    differences
}

fn record(object: &Value) -> Option<u64> {
    object["record"].as_u64()
}

fn differences_of_nodes(expected: &[Value], found: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut ours: BTreeMap<Vec<Text>, &Value> = BTreeMap::new();
    // No paths: what a missing directory had, and the records that the formatter prepared and nothing used yet.
    let named = found["nodes"].as_array().expect("nodes").iter().filter(|node| node.get("paths").is_some());
    for node in named {
        if let Some(other) = ours.insert(paths(node), node) {
            differences.push(format!("two nodes have the same paths: {} and {}", other["id"], node["id"]));
        }
    }
    let mut matched = BTreeSet::new();
    for node in expected {
        let paths = paths(node);
        match ours.get(&paths) {
            Some(our_node) => compare(&node["paths"].to_string(), node, our_node, &mut differences),
            None => differences.push(format!("not found: {node}")),
        }
        matched.insert(paths);
    }
    let needed = needed_by_edges(found);
    for (_, node) in ours.iter().filter(|(paths, _)| !matched.contains(*paths)) {
        let is_needed = node["id"].as_str().is_some_and(|id| needed.contains(id));
        if is_about_links(node) || !is_needed {
            differences.push(format!("not expected: {node}"));
        }
    }
    differences
}

/// Whether the graph must have the node though no other node needs it.
fn is_about_links(node: &Value) -> bool {
    node["hard_links"].as_u64() >= Some(2)
        || node["state"] == "deleted"
        || ["reparse", "foreign_link"].iter().any(|key| node.get(key).is_some())
}

/// Reports every key of `expected` that `found` does not have with the same value. Other keys may be there, too.
fn compare(place: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(_)) => {
            for (key, value) in expected {
                compare(&format!("{place} {key}"), value, &found[key], differences);
            }
        }
        _ if expected == found => {}
        _ => differences.push(format!("{place}: expected {expected}, found {found}")),
    }
}

/// A name in a directory.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct NameInDirectory {
    parent: Text,
    name: Text,
    namespace: String,
    short_name: Option<String>,
    child: Text,
}

fn differences_of_edges(expected: &[Value], found: &Value) -> Vec<String> {
    let expected: Vec<NameInDirectory> = expected.iter().map(expected_name).collect();
    let ours = our_names(found);
    let only_in = |one: &[NameInDirectory], two: &[NameInDirectory], what: &str| -> Vec<String> {
        let two: BTreeSet<&NameInDirectory> = two.iter().collect();
        let only = one.iter().filter(|name| !two.contains(name));
        only.map(|name| {
            let [parent, child] = [&name.parent, &name.child].map(|text| String::from_utf16_lossy(text));
            format!("{what}: edge from {parent:?} to {child:?}, {} {:?}", name.namespace, name.short_name)
        })
        .collect()
    };
    let mut differences = only_in(&expected, &ours, "not found");
    differences.extend(only_in(&ours, &expected, "not expected"));
    if expected.len() != ours.len() {
        differences.push(format!("expected {} edges, found {}", expected.len(), ours.len()));
    }
    differences
}

fn expected_name(edge: &Value) -> NameInDirectory {
    assert_eq!(edge["type"], "hard_link");
    NameInDirectory {
        parent: text(edge, "parent"),
        name: text(edge, "name"),
        namespace: edge["namespace"].as_str().expect("a namespace").to_owned(),
        short_name: edge.get("short_name").and_then(Value::as_str).map(str::to_owned),
        child: text(edge, "child"),
    }
}

/// Our edges, with paths in place of ids. The child's path is its parent's and the name, and must be one of its paths.
fn our_names(found: &Value) -> Vec<NameInDirectory> {
    let nodes = found["nodes"].as_array().expect("nodes");
    let by_id: BTreeMap<&str, &Value> = nodes.iter().map(|node| (node["id"].as_str().expect("an id"), node)).collect();
    let edges = found["edges"].as_array().expect("edges").iter();
    edges
        // What is exported because a link leads to it has names that recipes do not list.
        .filter(|edge| edge["type"] == "hard_link" && is_about_links(by_id[edge["target"].as_str().expect("an id")]))
        .map(|edge| {
            let [source, target] = ["source", "target"].map(|key| by_id[edge[key].as_str().expect("an id")]);
            let parent = match paths(source).into_iter().next() {
                Some(path) => path,
                None => orphan(source["id"].as_str().expect("an id")),
            };
            let name = text(edge, "name");
            let mut child = if parent == [u16::from(b'\\')] { Text::new() } else { parent.clone() };
            child.push(u16::from(b'\\'));
            child.extend(&name);
            assert!(paths(target).contains(&child), "{} lacks the path of {edge}", target["id"]);
            let namespace = edge["namespace"].as_str().expect("a namespace").to_owned();
            let short_name = edge.get("short_name").and_then(Value::as_str).map(str::to_owned);
            NameInDirectory { parent, name, namespace, short_name, child }
        })
        .collect()
}

/// The ids from which edges lead, and to which links do.
fn needed_by_edges(found: &Value) -> BTreeSet<&str> {
    let edges = found["edges"].as_array().expect("edges");
    let sources = edges.iter().filter_map(|edge| edge["source"].as_str());
    let links = edges.iter().filter(|edge| edge.get("status").is_some());
    let targets = links.flat_map(|edge| ["target", "candidate"].map(|key| edge.get(key)));
    sources.chain(targets.flatten().filter_map(Value::as_str)).collect()
}

/// The path of what lay in `v0:30-3`, which is gone: `\$Orphan\30-3`.
fn orphan(id: &str) -> Text {
    let (_, reference) = id.split_once(':').expect("a volume");
    format!("\\$Orphan\\{reference}").encode_utf16().collect()
}

fn paths(node: &Value) -> Vec<Text> {
    let count = node.get("paths").and_then(Value::as_array).map_or(0, Vec::len);
    (0..count).map(|index| text(node, &format!("paths/{index}"))).collect()
}

/// The string under a key, or under a key and index, as `utf16` has it if it is not Unicode.
fn text(object: &Value, place: &str) -> Text {
    if let Some(hex) = object.pointer("/utf16").and_then(|utf16| utf16.get(place)).and_then(Value::as_str) {
        let unit = |digits: &[u8]| u16::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap().swap_bytes();
        return hex.as_bytes().chunks(4).map(unit).collect();
    }
    let string = object.pointer(&format!("/{place}")).and_then(Value::as_str);
    string.unwrap_or_else(|| panic!("no {place} in {object}")).encode_utf16().collect()
}
