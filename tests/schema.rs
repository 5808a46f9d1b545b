//! Documents against their published JSON Schemas, and what a schema cannot say of them: order, references between
//! objects, and that JSON and NDJSON hold the same.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod mft_builder;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use mft_builder::tight_schema::{assert_valid, definition, published, tightened, validator};
use mft_builder::{Mft, ROOT, Record, reference};

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ntfslinks")).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "img")).collect()
}

/// The selections in which a graph is written.
const SELECTIONS: [&[&str]; 3] = [&[], &["--all"], &["--all", "--deleted", "--second-reader"]];

/// Hands `check` the graph of every fixture in every selection, with the arguments that gave it; then one of twelve
/// volumes with names that are not Unicode, parents that are gone, and problems.
fn check_graphs(check: impl Fn(&Value, &[&str])) {
    let check_images = |images: &[&str]| {
        for selection in SELECTIONS {
            let arguments = [&["scan", "--quiet"], selection, images].concat();
            let graph = serde_json::from_str(&run(&arguments)).expect("JSON");
            check(&graph, &arguments);
        }
    };
    for image in fixtures() {
        check_images(&[image.to_str().expect("a path")]);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mft");
    std::fs::write(&path, disorderly_mft().bytes()).unwrap();
    check_images(&[path.to_str().expect("a path"); 12]);
}

fn disorderly_mft() -> Mft {
    let file = ["\u{FF61}", "\u{1F600}", "B"].iter().fold(Record::file(41), |file, name| file.name(ROOT, name));
    Mft::new()
        .with(file.name_units(0, ROOT, &[0xD800]))
        .with(Record::file(40).name(reference(30, 7), "b").name(reference(4, 10), "x").name(reference(4, 9), "x"))
        .with(Record::directory(42).name_units(0, reference(1, 1), &[0x61, 0xDC00, 0x62]))
        .with(Record::file(43).name(reference(42, 1), "below").name(reference(42, 1), "a"))
        .with(Record::directory(44).name(reference(44, 1), "cycle").name(reference(42, 1), "again"))
        .with(Record::file(45).name(reference(42, 1), "gone").freed(2))
        .with(Record::extension(46, reference(45, 1)).name(ROOT, "orphaned"))
        .with(
            Record::file(47)
                .name(ROOT, "link")
                .attribute(0xC0, vec![3, 0, 0, 0xA0, 8, 0, 0, 0, 4, 0, 6, 0, 9, 0, 3, 0]),
        )
}

#[test]
fn the_program_prints_the_schemas() {
    for (name, id) in [("graph", "ntfslinks/graph/1"), ("info", "ntfslinks/info/1")] {
        let printed: Value = serde_json::from_str(&run(&["schema", name])).expect("JSON");
        assert_eq!(printed, published(name));
        assert_eq!(printed["$id"], id);
        assert_eq!(printed["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(printed["properties"]["schema"]["const"], id);
        validator(&printed);
        assert!(!printed.to_string().contains("\"additionalProperties\":false"), "readers tolerate unknown keys");
    }
}

#[test]
fn what_both_documents_hold_is_defined_alike() {
    let (graph, info) = (published("graph"), published("info"));
    let mut shared = 0;
    for (name, defined) in info["$defs"].as_object().expect("definitions").iter().filter(|(name, _)| *name != "image") {
        let mut in_graph = graph["$defs"][name].clone();
        // The first key of a line of NDJSON, which `info` does not write.
        in_graph.get_mut("properties").and_then(Value::as_object_mut).and_then(|keys| keys.remove("object"));
        assert_eq!(&in_graph, defined, "{name}");
        shared += 1;
    }
    assert!(shared > 5);
}

#[test]
fn every_graph_is_valid_and_has_no_undeclared_key() {
    let published = published("graph");
    let (tolerant, tight) = (validator(&published), validator(&tightened(published)));
    check_graphs(|graph, arguments| {
        assert_valid(&tolerant, graph, &format!("{arguments:?}"));
        assert_valid(&tight, graph, &format!("{arguments:?}, tightened"));
    });
}

#[test]
fn a_key_that_is_not_declared_fails_the_tightened_schema_only() {
    let published = published("graph");
    let (tolerant, tight) = (validator(&published), validator(&tightened(published)));
    let graph = json!({
        "schema": "ntfslinks/graph/1", "directed": true, "multigraph": true,
        "generator": {"name": "ntfslinks", "version": "0"}, "images": [], "volumes": [], "edges": [], "problems": [],
        "nodes": [{"id": "v0:missing:\\x", "kind": "missing", "volume": "v0", "of_the_future": 1}],
    });
    assert_valid(&tolerant, &graph, "a graph of the future");
    assert!(!tight.is_valid(&graph));
}

#[test]
fn every_info_is_valid_and_has_no_undeclared_key() {
    let published = published("info");
    let (tolerant, tight) = (validator(&published), validator(&tightened(published)));
    for image in fixtures() {
        let path = image.to_str().expect("a path");
        let info = serde_json::from_str(&run(&["info", "--format", "json", path])).expect("JSON");
        assert_valid(&tolerant, &info, path);
        assert_valid(&tight, &info, path);
        assert_no_null(&info, path);
    }
}

#[test]
fn ndjson_is_the_same_objects_one_a_line() {
    let tight = tightened(published("graph"));
    let line_schema = validator(&definition(&tight, "line"));
    check_graphs(|graph, arguments| {
        let text = run(&[arguments, &["--format", "ndjson"]].concat());
        assert!(text.ends_with('\n'));
        let mut gathered = json!({"volumes": [], "nodes": [], "edges": [], "problems": []});
        let mut kinds = Vec::new();
        let mut end = Value::Null;
        for line in text.lines() {
            assert!(line.starts_with("{\"object\":\""), "the kind is not the first key: {line}");
            let mut object: Value = serde_json::from_str(line).expect("JSON");
            assert_valid(&line_schema, &object, line);
            let kind = object.as_object_mut().unwrap().remove("object").unwrap().as_str().unwrap().to_owned();
            match kind.as_str() {
                "header" => gathered.as_object_mut().unwrap().extend(object.as_object().unwrap().clone()),
                "end" => end = object,
                list => gathered[format!("{list}s")].as_array_mut().unwrap().push(object),
            }
            kinds.push(kind);
        }
        assert_eq!(&gathered, graph, "{arguments:?}");
        kinds.dedup();
        let expected = ["header", "volume", "node", "edge", "problem", "end"];
        assert!(is_in_order(&kinds, &expected), "{arguments:?}: {kinds:?}");
        let count = |list: &str| Value::from(graph[list].as_array().unwrap().len());
        let counts = ["volumes", "nodes", "edges", "problems"].map(|list| (list.to_owned(), count(list)));
        assert_eq!(end, Value::Object(Map::from_iter(counts)), "{arguments:?}");
    });
}

/// Whether all words are in `order`, in that order; the first and the last must be there.
fn is_in_order(words: &[String], order: &[&str]) -> bool {
    let places: Vec<_> = words.iter().map(|word| order.iter().position(|known| known == word)).collect();
    places.is_sorted() && places.first() == Some(&Some(0)) && places.last() == Some(&Some(order.len() - 1))
}

#[test]
fn nothing_is_null() {
    check_graphs(|graph, arguments| assert_no_null(graph, &format!("{arguments:?}")));
}

fn assert_no_null(value: &Value, place: &str) {
    match value {
        Value::Null => panic!("null at {place}"),
        Value::Array(items) => items.iter().for_each(|item| assert_no_null(item, place)),
        Value::Object(keys) => keys.iter().for_each(|(key, value)| assert_no_null(value, &format!("{place} {key}"))),
        _ => {}
    }
}

#[test]
fn every_id_is_unique_and_every_edge_joins_two_nodes() {
    check_graphs(|graph, arguments| {
        let nodes = graph["nodes"].as_array().unwrap();
        let ids: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), nodes.len(), "{arguments:?}: an id occurs twice");
        for edge in graph["edges"].as_array().unwrap() {
            for end in ["source", "target"] {
                assert!(ids.contains(edge[end].as_str().unwrap()), "{arguments:?}: no node is the {end} of {edge}");
            }
        }
        let volumes: Vec<&Value> = graph["volumes"].as_array().unwrap().iter().map(|volume| &volume["id"]).collect();
        assert!(nodes.iter().filter_map(|node| node.get("volume")).all(|volume| volumes.contains(&volume)));
    });
}

#[test]
fn ids_say_volume_record_and_sequence() {
    check_graphs(|graph, arguments| {
        for node in graph["nodes"].as_array().unwrap().iter().filter(|node| node.get("record").is_some()) {
            let volume = node["volume"].as_str().unwrap();
            assert_eq!(node["id"], format!("{volume}:{}-{}", node["record"], node["sequence"]), "{arguments:?}");
        }
    });
}

#[test]
fn nodes_are_in_order() {
    check_graphs(|graph, arguments| {
        let nodes = graph["nodes"].as_array().unwrap();
        assert!(nodes.iter().map(node_order).is_sorted(), "{arguments:?}");
        for node in nodes {
            let count = node.get("paths").and_then(Value::as_array).map_or(0, Vec::len);
            let paths: Vec<Vec<u16>> = (0..count).map(|index| units(node, &format!("paths/{index}"))).collect();
            assert!(paths.is_sorted(), "{arguments:?}: paths of {}", node["id"]);
        }
    });
}

/// Records first, by volume, record and sequence as numbers; then the others by the bytes of their id.
fn node_order(node: &Value) -> (bool, [Option<u64>; 3], String) {
    let volume = node["volume"].as_str().and_then(|id| id.strip_prefix('v')?.parse().ok());
    match node.get("record") {
        Some(record) => (false, [volume, record.as_u64(), node["sequence"].as_u64()], String::new()),
        None => (true, [None; 3], node["id"].as_str().unwrap().to_owned()),
    }
}

#[test]
fn edges_are_in_order() {
    check_graphs(|graph, arguments| {
        let nodes = graph["nodes"].as_array().unwrap().iter();
        let places: BTreeMap<&str, usize> = nodes.map(|node| node["id"].as_str().unwrap()).zip(0..).collect();
        let order = |edge: &Value| {
            let [source, target] = ["source", "target"].map(|end| places[edge[end].as_str().unwrap()]);
            let name = edge.get("name").map(|_| units(edge, "name"));
            (source, target, edge["type"].as_str().unwrap().to_owned(), name)
        };
        assert!(graph["edges"].as_array().unwrap().iter().map(order).is_sorted(), "{arguments:?}");
    });
}

#[test]
fn problems_are_in_order() {
    check_graphs(|graph, arguments| {
        let order = |problem: &Value| {
            let volume: Option<u64> = problem["volume"].as_str().and_then(|id| id.strip_prefix('v')?.parse().ok());
            let [record, offset] = ["record", "offset"].map(|key| problem[key].as_u64());
            (volume, record, offset, problem["code"].as_str().unwrap().to_owned())
        };
        assert!(graph["problems"].as_array().unwrap().iter().map(order).is_sorted(), "{arguments:?}");
    });
}

/// The UTF-16 units of the string under a key, or under a key and index, as `utf16` has them if it is not Unicode.
fn units(object: &Value, place: &str) -> Vec<u16> {
    if let Some(hex) = object["utf16"][place].as_str() {
        let unit = |digits: &[u8]| u16::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap().swap_bytes();
        return hex.as_bytes().chunks(4).map(unit).collect();
    }
    object.pointer(&format!("/{place}")).and_then(Value::as_str).unwrap().encode_utf16().collect()
}
