//! Nothing is lost by being inert: every text of the image reads back from JSON as it was written.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::hostile::{BYTES, Images, hex, texts, units};
use crate::run;

/// The units of a string by the contract: those under `utf16` where it is no Unicode.
fn units_of(object: &Map<String, Value>, key: &str, text: &str) -> Vec<u16> {
    let Some(hex) = object.get("utf16").and_then(|lost| lost[key].as_str()) else { return units(text) };
    let units = (0..hex.len()).step_by(4).map(|start| u16::from_str_radix(&hex[start..start + 4], 16));
    units.map(|unit| unit.expect("hex").swap_bytes()).collect()
}

/// Every string of a document and of what it is made of, with its key, as units.
fn push_strings(value: &Value, strings: &mut BTreeSet<(String, Vec<u16>)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) => drop(strings.insert((key.clone(), units_of(object, key, text)))),
                    Value::Array(items) => {
                        let texts = items.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_str()?)));
                        strings.extend(
                            texts.map(|(index, text)| (key.clone(), units_of(object, &format!("{key}/{index}"), text))),
                        );
                    }
                    _ => {}
                }
                push_strings(value, strings);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| push_strings(item, strings)),
        _ => {}
    }
}

#[test]
fn every_text_reads_back_from_json_as_it_was_written() {
    let images = Images::build();
    let output = run(["scan".as_ref(), "--all".as_ref(), "-q".as_ref(), images.texts.as_os_str()]);
    let graph: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut strings = BTreeSet::new();
    push_strings(&graph, &mut strings);
    for text in texts() {
        let path = [&units("\\"), &text[..], &units("\\"), &text[..]].concat();
        let string: Vec<u16> = text.iter().copied().filter(|unit| *unit != 0).collect();
        for (key, expected) in [
            ("name", &text),
            ("paths", &path),
            ("substitute_name", &text),
            ("print_name", &text),
            ("target", &text),
            ("layer_path", &text),
            ("strings", &string),
        ] {
            let is_there = strings.contains(&(key.to_owned(), expected.clone()));
            assert!(is_there, "no {key} {:?}", String::from_utf16_lossy(expected));
        }
    }
    for bytes in BYTES {
        assert!(strings.contains(&("target".to_owned(), units(&hex(bytes)))), "no {bytes:x?}");
    }
}
