//! What a schema cannot say of a graph: that ids are unique and edges join nodes, and the order of everything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::documents::{Document, GRAPHS};

fn list<'g>(graph: &'g Document, key: &str) -> &'g [Value] {
    graph.value[key].as_array().unwrap_or_else(|| panic!("{:?}: no {key}", graph.arguments))
}

#[test]
fn every_id_is_unique_and_every_edge_joins_two_nodes() {
    for graph in &*GRAPHS {
        let (nodes, arguments) = (list(graph, "nodes"), &graph.arguments);
        let ids: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), nodes.len(), "{arguments:?}: an id occurs twice");
        for edge in list(graph, "edges") {
            // What a link would reach is a node, too; a record that once had its path need not be.
            let ends = ["source", "target", "candidate"].into_iter().filter_map(|end| edge.get(end)?.as_str());
            let crossed = ["via", "members"].into_iter().filter_map(|ids| edge.get(ids)?.as_array()).flatten();
            for id in ends.chain(crossed.filter_map(Value::as_str)) {
                assert!(ids.contains(id), "{arguments:?}: {id} is no node, and is in {edge}");
            }
        }
        let volumes: Vec<&Value> = list(graph, "volumes").iter().map(|volume| &volume["id"]).collect();
        assert!(nodes.iter().filter_map(|node| node.get("volume")).all(|volume| volumes.contains(&volume)));
    }
}

#[test]
fn ids_say_volume_record_and_sequence() {
    for graph in &*GRAPHS {
        for node in list(graph, "nodes").iter().filter(|node| node.get("record").is_some()) {
            let volume = node["volume"].as_str().unwrap();
            let id = format!("{volume}:{}-{}", node["record"], node["sequence"]);
            assert_eq!(node["id"], id, "{:?}", graph.arguments);
        }
    }
}

#[test]
fn nodes_are_in_order() {
    for graph in &*GRAPHS {
        let (nodes, arguments) = (list(graph, "nodes"), &graph.arguments);
        assert!(nodes.iter().map(node_order).is_sorted(), "{arguments:?}");
        for node in nodes {
            let count = node.get("paths").and_then(Value::as_array).map_or(0, Vec::len);
            let paths: Vec<Vec<u16>> = (0..count).map(|index| units(node, &format!("paths/{index}"))).collect();
            assert!(paths.is_sorted(), "{arguments:?}: paths of {}", node["id"]);
        }
    }
}

/// Records first, by volume, record and sequence as numbers; then the others by the bytes of their id.
fn node_order(node: &Value) -> (bool, [Option<u64>; 3], String) {
    match node.get("record") {
        Some(record) => (false, [volume_number(node), record.as_u64(), node["sequence"].as_u64()], String::new()),
        None => (true, [None; 3], node["id"].as_str().unwrap().to_owned()),
    }
}

fn volume_number(object: &Value) -> Option<u64> {
    object["volume"].as_str().and_then(|id| id.strip_prefix('v')?.parse().ok())
}

#[test]
fn edges_are_in_order() {
    for graph in &*GRAPHS {
        let nodes = list(graph, "nodes").iter();
        let places: BTreeMap<&str, usize> = nodes.map(|node| node["id"].as_str().unwrap()).zip(0..).collect();
        let order = |edge: &Value| {
            let [source, target] = ["source", "target"].map(|end| places[edge[end].as_str().unwrap()]);
            let name = ["name", "source_path"].into_iter().find(|key| edge.get(key).is_some());
            (source, target, edge["type"].as_str().unwrap().to_owned(), name.map(|key| units(edge, key)))
        };
        assert!(list(graph, "edges").iter().map(order).is_sorted(), "{:?}", graph.arguments);
    }
}

#[test]
fn problems_are_in_order() {
    for graph in &*GRAPHS {
        let order = |problem: &Value| {
            let [record, offset] = ["record", "offset"].map(|key| problem[key].as_u64());
            (volume_number(problem), record, offset, problem["code"].as_str().unwrap().to_owned())
        };
        assert!(list(graph, "problems").iter().map(order).is_sorted(), "{:?}", graph.arguments);
    }
}

/// The UTF-16 units of the string under a key, or under a key and index, as `utf16` has them if it is not Unicode.
fn units(object: &Value, place: &str) -> Vec<u16> {
    if let Some(hex) = object["utf16"][place].as_str() {
        let unit = |digits: &[u8]| u16::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap().swap_bytes();
        return hex.as_bytes().chunks(4).map(unit).collect();
    }
    object.pointer(&format!("/{place}")).and_then(Value::as_str).unwrap().encode_utf16().collect()
}
