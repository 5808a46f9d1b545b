//! Documents against their published JSON Schemas, and what a schema cannot say of them: order, references between
//! objects, and that JSON and NDJSON hold the same.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod answers;
mod documents;
#[path = "../mft_builder/mod.rs"]
mod mft_builder;
mod order;

use std::collections::BTreeSet;
use std::ffi::OsString;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use documents::{Document, GRAPHS, INFOS, text};
use mft_builder::tight_schema::{assert_valid, declared_keys, definition, published, tightened, used_keys, validator};

/// Documents are valid, nothing in them is undeclared, and nothing is null.
fn check_documents(schema: &str, documents: &[Document]) {
    let published = published(schema);
    let (tolerant, tight) = (validator(&published), validator(&tightened(published)));
    for Document { arguments, value } in documents {
        assert_valid(&tolerant, value, &format!("{arguments:?}"));
        assert_valid(&tight, value, &format!("{arguments:?}, tightened"));
        assert_no_null(value, &format!("{arguments:?}"));
    }
}

fn assert_no_null(value: &Value, place: &str) {
    match value {
        Value::Null => panic!("null at {place}"),
        Value::Array(items) => items.iter().for_each(|item| assert_no_null(item, place)),
        Value::Object(keys) => keys.iter().for_each(|(key, value)| assert_no_null(value, &format!("{place} {key}"))),
        _ => {}
    }
}

/// The declarations under which no key was found.
fn unused_keys<'d>(
    declared: BTreeSet<String>,
    schema: &Validator,
    documents: impl Iterator<Item = &'d Value>,
) -> BTreeSet<String> {
    documents.fold(declared, |unused, document| &unused - &used_keys(schema, document))
}

#[test]
fn the_program_prints_the_schemas() {
    for name in ["graph", "info", "links", "show", "resolve", "refs"] {
        let printed: Value = serde_json::from_str(&text(&["schema", name].map(OsString::from))).expect("JSON");
        assert_eq!(printed, published(name));
        assert_eq!(printed["$id"], format!("ntfslinks/{name}/1"));
        assert_eq!(printed["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(printed["properties"]["schema"]["const"], printed["$id"]);
        // Also that every definition it refers to is there.
        validator(&printed);
        let closes = ["\"additionalProperties\":false", "\"unevaluatedProperties\":false"];
        assert!(closes.iter().all(|keyword| !printed.to_string().contains(keyword)), "readers tolerate unknown keys");
    }
}

#[test]
fn what_all_documents_hold_is_defined_alike() {
    let graph = published("graph");
    for name in ["info", "links", "show", "resolve", "refs"] {
        let schema = published(name);
        let definitions = schema["$defs"].as_object().expect("definitions");
        assert!(definitions.len() > 5, "{name}");
        assert!(definitions.iter().all(|(name, definition)| graph["$defs"][name] == *definition), "{name}");
    }
}

#[test]
fn every_graph_is_valid_and_has_no_undeclared_key() {
    check_documents("graph", &GRAPHS);
}

#[test]
fn every_info_is_valid_and_has_no_undeclared_key() {
    check_documents("info", &INFOS);
}

#[test]
fn what_is_not_declared_fails_the_tightened_schema_only() {
    let published = published("graph");
    let (tolerant, tight) = (validator(&published), validator(&tightened(published)));
    let place = json!({"id": "v0:missing:\\x", "kind": "missing", "volume": "v0"});
    let link = json!({"type": "symlink", "source": "v0:30-1", "target": "v0:missing:\\x", "status": "dangling"});
    check_future(&tolerant, &tight, "nodes", &place, &[("of_the_future", json!(1)), ("link_count", json!(1))]);
    let future = [("name", json!("a key of hard links")), ("status", json!("of_the_future")), ("note", json!(["new"]))];
    check_future(&tolerant, &tight, "edges", &link, &future);
}

/// Puts an object into an empty graph, as it is and with each of the keys of a future version.
fn check_future(tolerant: &Validator, tight: &Validator, list: &str, object: &Value, future: &[(&str, Value)]) {
    let mut graph = json!({
        "schema": "ntfslinks/graph/1", "directed": true, "multigraph": true,
        "generator": {"name": "ntfslinks", "version": "0"}, "images": [], "volumes": [], "edges": [], "problems": [],
        "nodes": [],
    });
    graph[list] = json!([object]);
    assert_valid(tight, &graph, "a graph of today");
    for (key, value) in future {
        graph[list] = json!([object]);
        graph[list][0][key] = value.clone();
        assert_valid(tolerant, &graph, "a graph of the future");
        assert!(!tight.is_valid(&graph), "{key}");
    }
}

/// What is declared for a later version.
const NOT_WRITTEN_YET: [&str; 1] = ["/$defs/image/properties/sha256"];

#[test]
fn every_declared_key_is_written_by_some_graph() {
    let schema = published("graph");
    let line = validator(&definition(&schema, "line"));
    let lines: Vec<Value> = GRAPHS.iter().flat_map(lines).collect();
    let declared = declared_keys(&schema);
    let unused = unused_keys(declared, &validator(&schema), GRAPHS.iter().map(|graph| &graph.value));
    let unused = unused_keys(unused, &line, lines.iter());
    assert_eq!(unused, NOT_WRITTEN_YET.map(str::to_owned).into());
}

/// The lines of a graph as NDJSON.
fn lines(graph: &Document) -> Vec<Value> {
    let text = text(&[&graph.arguments[..], &["--format", "ndjson"].map(OsString::from)].concat());
    assert!(text.ends_with('\n'));
    let is_kind_first = |line: &str| line.starts_with("{\"object\":\"");
    assert!(text.lines().all(is_kind_first), "{:?}: the kind is not the first key", graph.arguments);
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn ndjson_is_the_same_objects_one_a_line() {
    let line_schema = validator(&tightened(definition(&published("graph"), "line")));
    for graph in &*GRAPHS {
        let what = format!("{:?}", graph.arguments);
        let mut gathered = json!({"volumes": [], "nodes": [], "edges": [], "problems": []});
        let mut kinds = Vec::new();
        let mut end = Value::Null;
        for mut line in lines(graph) {
            assert_valid(&line_schema, &line, &what);
            let kind = line.as_object_mut().unwrap().remove("object").unwrap().as_str().unwrap().to_owned();
            match kind.as_str() {
                "header" => gathered.as_object_mut().unwrap().extend(line.as_object().unwrap().clone()),
                "end" => end = line,
                list => gathered[format!("{list}s")].as_array_mut().unwrap().push(line),
            }
            kinds.push(kind);
        }
        assert_eq!(gathered, graph.value, "{what}");
        kinds.dedup();
        let expected = ["header", "volume", "node", "edge", "problem", "end"];
        assert!(is_in_order(&kinds, &expected), "{what}: {kinds:?}");
        let count = |list: &str| Value::from(gathered[list].as_array().unwrap().len());
        let counts = ["volumes", "nodes", "edges", "problems"].map(|list| (list.to_owned(), count(list)));
        assert_eq!(end, Value::Object(Map::from_iter(counts)), "{what}");
    }
}

/// Whether all words are in `order`, in that order; the first and the last must be there.
fn is_in_order(words: &[String], order: &[&str]) -> bool {
    let places: Vec<_> = words.iter().map(|word| order.iter().position(|known| known == word)).collect();
    places.is_sorted() && places.first() == Some(&Some(0)) && places.last() == Some(&Some(order.len() - 1))
}
