//! The JSON Schemas of the documents.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Deserialize;
use serde_json::value::RawValue;

/// The schema of the graph, and the definitions of what all documents are made of.
const GRAPH: &str = include_str!("../schemas/graph.json");

/// The schema of each document by the name that `ntfslinks schema` takes: those after the first without definitions.
const SCHEMAS: [(&str, &str); 8] = [
    ("graph", GRAPH),
    ("info", include_str!("../schemas/info.json")),
    ("links", include_str!("../schemas/links.json")),
    ("show", include_str!("../schemas/show.json")),
    ("resolve", include_str!("../schemas/resolve.json")),
    ("refs", include_str!("../schemas/refs.json")),
    ("findings", include_str!("../schemas/findings.json")),
    ("simulation", include_str!("../schemas/simulation.json")),
];

/// The names that [`write_schema`] takes.
pub fn schema_names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.into_iter().map(|(name, _)| name)
}

/// Writes the JSON Schema of a document; nothing if there is no such document.
///
/// # Errors
/// Writing to `out` fails.
pub fn write_schema(name: &str, out: &mut dyn Write) -> io::Result<()> {
    let schema = SCHEMAS.iter().find(|(known, _)| *known == name).map_or("", |(_, schema)| schema);
    match schema.strip_suffix("\n}\n").filter(|_| name != "graph") {
        Some(unclosed) => write_with_definitions(unclosed, out),
        None => out.write_all(schema.as_bytes()),
    }
}

/// Writes a schema that has no closing brace yet, with the definitions that it needs: a schema stands on its own.
fn write_with_definitions(unclosed: &str, out: &mut dyn Write) -> io::Result<()> {
    let all: Definitions<'_> = serde_json::from_str(GRAPH)?;
    let needed = all.needed_by(unclosed);
    let definitions: Vec<String> = needed.iter().map(|(name, text)| format!("    \"{name}\": {text}")).collect();
    writeln!(out, "{unclosed},\n  \"$defs\": {{\n{}\n  }}\n}}", definitions.join(",\n"))
}

/// The definitions of a schema, as they are written there.
#[derive(Deserialize)]
struct Definitions<'a> {
    #[serde(rename = "$defs", borrow)]
    by_name: BTreeMap<&'a str, &'a RawValue>,
}

impl<'a> Definitions<'a> {
    /// Those that a schema refers to, and those that they refer to, by name.
    fn needed_by(&self, schema: &str) -> BTreeMap<&'a str, &'a str> {
        let mut needed = BTreeMap::new();
        let mut names: BTreeSet<&str> = references(schema).collect();
        while let Some(name) = names.pop_last() {
            let Some((name, definition)) = self.by_name.get_key_value(name) else { continue };
            if needed.insert(*name, definition.get()).is_none() {
                names.extend(references(definition.get()));
            }
        }
        needed
    }
}

/// The names of the definitions that a text refers to.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("\"#/$defs/").skip(1).filter_map(|rest| rest.split('"').next())
}
