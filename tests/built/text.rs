//! Strings as documents have them: an unpaired surrogate becomes U+FFFD, and the object that holds the string gains all
//! its units under `utf16`; bytes that are not UTF-8 are kept under `bytes`. In ids it is written `\u{d800}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub type Object = Map<String, Value>;

/// ASCII or any other text as UTF-16 units.
pub fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// UTF-16LE as units; an odd byte at the end is none.
pub fn stored_units(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a string.
pub fn put_text(object: &mut Object, key: &str, units: &[u16]) {
    object.insert(key.to_owned(), lossy(units));
    note_lost(object, key, units);
}

/// Adds a list of strings.
pub fn put_texts(object: &mut Object, key: &str, texts: &[Vec<u16>]) {
    object.insert(key.to_owned(), texts.iter().map(|units| lossy(units)).collect());
    for (index, units) in texts.iter().enumerate() {
        note_lost(object, &format!("{key}/{index}"), units);
    }
}

/// Adds a target that is bytes, UTF-8 by rule.
pub fn put_byte_text(object: &mut Object, key: &str, bytes: &[u8]) {
    object.insert(key.to_owned(), String::from_utf8_lossy(bytes).into());
    if std::str::from_utf8(bytes).is_err() {
        object.insert("bytes".to_owned(), json!(BTreeMap::from([(key, hex(bytes))])));
    }
}

/// A string of an object, as it was before it was added.
pub fn text_in(object: &Object, key: &str) -> Option<Vec<u16>> {
    let text = object.get(key)?.as_str()?;
    let Some(lost) = object.get("utf16").and_then(|lost| lost.get(key)).and_then(Value::as_str) else {
        return Some(units(text));
    };
    let digits: Vec<char> = lost.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).expect("hex digits");
    let stored: Vec<u8> = digits.chunks_exact(2).map(byte).collect();
    Some(stored_units(&stored))
}

/// A text as part of an id.
pub fn id_text(units: &[u16]) -> String {
    let characters = char::decode_utf16(units.iter().copied());
    let text = characters.map(|character| match character {
        Ok(character) => character.to_string(),
        Err(surrogate) => format!("\\u{{{:x}}}", surrogate.unpaired_surrogate()),
    });
    text.collect()
}

fn lossy(units: &[u16]) -> Value {
    String::from_utf16_lossy(units).into()
}

fn note_lost(object: &mut Object, place: &str, units: &[u16]) {
    if String::from_utf16(units).is_err() {
        let stored: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let lost = object.entry("utf16").or_insert_with(|| json!({}));
        lost[place] = hex(&stored).into();
    }
}
