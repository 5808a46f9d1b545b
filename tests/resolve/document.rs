//! The graph of a scan, with paths in place of references.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What `scan` wrote.
pub struct Document {
    value: Value,
    /// The first path of each record, by its id.
    paths: BTreeMap<String, String>,
}

/// A link of a volume by one of its names.
pub type LinkName = (String, String);

impl Document {
    pub fn parse(json: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(json).expect("a graph");
        let nodes = value["nodes"].as_array().expect("nodes").iter();
        let path = |node: &Value| Some((text(&node["id"])?, text(node["paths"].get(0)?)?));
        let paths = nodes.filter_map(path).collect();
        Self { value, paths }
    }

    /// What is said of the names of a volume.
    pub fn mount(&self, volume: usize) -> &Value {
        &self.value["volumes"][volume]["mount"]
    }

    /// The edges of all links but hard links, by volume and name: without source and name, and with a path for each
    /// record: `\x` on the volume of the link, `v1:\x` on another one.
    pub fn links(&self) -> BTreeMap<LinkName, Value> {
        let edges = self.value["edges"].as_array().expect("edges").iter();
        edges.filter(|edge| edge["type"] != "hard_link").map(|edge| self.link(edge)).collect()
    }

    /// The edge of a link of a volume.
    pub fn link_of(&self, volume: &str, path: &str) -> Value {
        let name = (volume.to_owned(), path.to_owned());
        self.links().remove(&name).unwrap_or_else(|| panic!("{volume} has no link {path}"))
    }

    fn link(&self, edge: &Value) -> (LinkName, Value) {
        let mut edge: Map<String, Value> = edge.as_object().cloned().expect("an object");
        let source = edge.remove("source").and_then(|source| text(&source)).expect("a source");
        let path = edge.remove("source_path").and_then(|path| text(&path)).expect("a name");
        let (volume, _) = source.split_once(':').expect("a reference of a volume");
        for key in ["target", "candidate", "deleted_target", "via", "members"] {
            edge.get_mut(key).into_iter().for_each(|value| self.put_places(value, volume));
        }
        if let Some(Value::Array(notes)) = edge.get_mut("note") {
            notes.sort_by_key(text);
        }
        ((volume.to_owned(), path), edge.into())
    }

    fn put_places(&self, value: &mut Value, volume: &str) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_places(item, volume)),
            Value::String(id) => {
                let place = self.place(id);
                *id = place.strip_prefix(&format!("{volume}:")).unwrap_or(&place).to_owned();
            }
            _ => {}
        }
    }

    /// A node's id with the path of the record that it names.
    fn place(&self, id: &str) -> String {
        if let Some(path) = self.paths.get(id) {
            let (volume, _) = id.split_once(':').expect("a reference of a volume");
            return format!("{volume}:{path}");
        }
        if let Some(link) = id.strip_prefix("external:wci:") {
            return format!("external:wci:{}", self.place(link));
        }
        match id.split_once(":malformed:") {
            Some((volume, reference)) => {
                let path = self.paths.get(&format!("{volume}:{reference}")).expect("the link is a node");
                format!("{volume}:malformed:{path}")
            }
            None => id.to_owned(),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
