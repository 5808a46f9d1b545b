//! The documents of the commands that answer questions: `links`, `show`, `resolve`, `refs`.

use std::collections::BTreeSet;
use std::ffi::OsString;

use serde_json::Value;

use crate::documents::{DISORDERLY_MFT, Document, GRAPHS, RARE_DISK, answer, document, fixture};
use crate::mft_builder::tight_schema::{declared_keys, published, validator};
use crate::{check_documents, unused_keys};

/// Images to ask about: the volume of each alone is meant by a path or a record without one.
fn images() -> Vec<Vec<OsString>> {
    let demo = ["--drive", "C=v0"].map(OsString::from).into_iter().chain([fixture("demo").into()]).collect();
    let links = ["--drive", "E=v0"].map(OsString::from).into_iter().chain([fixture("links").into()]).collect();
    vec![demo, links, vec!["--deleted".into(), fixture("deleted").into()], vec![DISORDERLY_MFT.clone()]]
}

/// The answers of a command about every string that the link edges of an image have under some keys.
fn answers(command: &str, keys: &[&str]) -> Vec<Document> {
    let mut answers = Vec::new();
    for images in images() {
        let graph = document(&[&["scan", "--quiet"]], &images).value;
        let edges = graph["edges"].as_array().unwrap().iter().filter(|edge| edge.get("status").is_some());
        let asked: BTreeSet<&str> =
            edges.flat_map(|edge| keys.iter().filter_map(|key| edge.get(key)?.as_str())).collect();
        answers.extend(asked.into_iter().filter_map(object_of).map(|object| answer(command, &images, object)));
    }
    answers
}

/// The argument that names a file by its id, or by its path; `None` of a place that is no file.
fn object_of(text: &str) -> Option<&str> {
    let after_volume = text.strip_prefix("v0:").unwrap_or(text);
    after_volume.starts_with(|first: char| first.is_ascii_digit() || first == '\\').then_some(after_volume)
}

/// Fails if a declaration of a schema's own, and not of the definitions that all share, is not in any of the documents.
fn check(schema: &str, documents: &[Document]) {
    check_documents(schema, documents);
    let published = published(schema);
    let own = declared_keys(&published).into_iter().filter(|place| !place.starts_with("/$defs")).collect();
    let unused = unused_keys(own, &validator(&published), documents.iter().map(|document| &document.value));
    assert!(unused.is_empty(), "no document has {unused:?}");
}

#[test]
fn every_list_of_links_is_valid() {
    let selections: [&[&str]; 4] = [&[], &["--all"], &["--type", "hard_link"], &["--status", "dangling"]];
    let mut documents = Vec::new();
    for images in images().into_iter().chain([vec![RARE_DISK.clone()]]) {
        documents.extend(selections.map(|selection| document(&[&["links", "--format", "json"], selection], &images)));
    }
    check("links", &documents);
}

#[test]
fn every_object_shown_is_valid() {
    check("show", &answers("show", &["source", "target"]));
}

#[test]
fn every_path_resolved_is_valid() {
    check("resolve", &answers("resolve", &["source_path", "resolved_path"]));
}

#[test]
fn all_references_to_an_object_are_valid() {
    check("refs", &answers("refs", &["source", "target"]));
}

#[test]
fn every_status_and_every_note_occurs() {
    let schema = published("graph");
    let declared = |name: &str| {
        let words = schema["$defs"][name]["anyOf"].as_array().unwrap();
        words.iter().filter_map(|word| word.get("const")?.as_str()).collect::<BTreeSet<_>>()
    };
    let edges = || GRAPHS.iter().flat_map(|graph| graph.value["edges"].as_array().unwrap());
    let statuses = edges().filter_map(|edge| edge.get("status")?.as_str()).collect();
    assert_eq!(declared("status"), statuses);
    let notes = edges().filter_map(|edge| edge.get("note")?.as_array()).flatten().filter_map(Value::as_str).collect();
    assert_eq!(declared("note"), notes);
}
