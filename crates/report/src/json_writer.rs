//! JSON objects written straight into a buffer.
//!
//! Nodes and edges are half a gigabyte for a million records. Written through serde they took three times as long as
//! with keys that are copied rather than escaped each time, numbers without the formatting machinery, and directory paths
//! that are escaped once; everything else goes through serde.
//!
//! Beyond what JSON asks for, strings have what would disturb a line escaped as `\u202e`. To a reader of JSON that is the
//! same string; but a terminal acts on some of these characters, and who takes NDJSON apart by the line ends of Unicode,
//! as `str.splitlines` of Python does, would find lines that a name of the image begins.

use std::io;

use format::{Wtf8, WtfString};
use image::disturbs_a_line;
use serde::Serialize;

use crate::json_types::utf16_hex;

/// An object being written. A string that JSON cannot hold is written with U+FFFD, and its units are added under `utf16`
/// when the object ends.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
    utf16: Vec<(String, String)>,
}

impl<'o> Object<'o> {
    /// Begins an object.
    pub fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true, utf16: Vec::new() }
    }

    /// Ends the object.
    pub fn end(mut self) {
        if !self.utf16.is_empty() {
            let lost = std::mem::take(&mut self.utf16);
            self.value("utf16", |out| {
                let mut object = Object::begin(out);
                for (key, hex) in &lost {
                    object.comma();
                    append_string(object.out, Wtf8::from_wtf8(key.as_bytes()));
                    object.out.push(b':');
                    append_string(object.out, Wtf8::from_wtf8(hex.as_bytes()));
                }
                object.end();
            });
        }
        self.out.push(b'}');
    }

    #[inline]
    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
    }

    /// Writes a key and has `write` append its value. Keys are words of ours, and need no escaping.
    #[inline]
    pub fn value(&mut self, key: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        write(self.out);
    }

    /// A string of ours: a word, a number in hex, an id.
    #[inline]
    pub fn word(&mut self, key: &'static str, word: &str) {
        self.value(key, |out| append_string(out, Wtf8::from_wtf8(word.as_bytes())));
    }

    /// A string of the image's.
    pub fn text(&mut self, key: &'static str, text: Wtf8<'_>) {
        if text.as_str().is_none() {
            self.note_lost(key.to_owned(), text);
        }
        self.value(key, |out| append_string(out, text));
    }

    /// Remembers the units of a string that was written under `key`.
    pub fn note_lost(&mut self, key: String, text: Wtf8<'_>) {
        self.utf16.push((key, utf16_hex(text)));
    }

    /// A number.
    #[inline]
    pub fn number(&mut self, key: &'static str, number: u64) {
        self.value(key, |out| append_number(out, number));
    }

    /// A list of strings of the image's.
    pub fn texts(&mut self, key: &'static str, texts: &[WtfString]) {
        self.value(key, |out| append_list(texts.iter().map(WtfString::as_wtf8), out));
        self.note_lost_texts(key, texts);
    }

    /// Remembers the units of those strings that were written in a list and lost something.
    pub fn note_lost_texts(&mut self, key: &'static str, texts: &[WtfString]) {
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.as_wtf8().as_str().is_none()) {
            self.note_lost(format!("{key}/{index}"), text.as_wtf8());
        }
    }

    /// A list of strings of ours.
    pub fn words<'w>(&mut self, key: &'static str, words: impl Iterator<Item = &'w str>) {
        self.value(key, |out| append_list(words.map(|word| Wtf8::from_wtf8(word.as_bytes())), out));
    }

    /// A value that serde writes, of which there are few.
    ///
    /// # Errors
    /// It cannot be serialised.
    pub fn json(&mut self, key: &'static str, value: &impl Serialize) -> io::Result<()> {
        let text = inert(serde_json::to_string(value)?);
        self.value(key, |out| out.extend_from_slice(text.as_bytes()));
        Ok(())
    }

    /// An object with its own keys.
    pub fn object(&mut self, key: &'static str, write: impl FnOnce(&mut Object<'_>)) {
        self.value(key, |out| {
            let mut object = Object::begin(out);
            write(&mut object);
            object.end();
        });
    }

    /// A list of objects, each with its own keys.
    pub fn objects<T>(
        &mut self,
        key: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(T, &mut Object<'_>),
    ) {
        self.value(key, |out| {
            out.push(b'[');
            for (index, item) in items.into_iter().enumerate() {
                out.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
                let mut object = Object::begin(out);
                write(item, &mut object);
                object.end();
            }
            out.push(b']');
        });
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str, flag: bool) {
        self.value(key, |out| out.extend_from_slice(if flag { b"true" } else { b"false" }));
    }

    /// Bytes as hex.
    pub fn hex(&mut self, key: &'static str, bytes: &[u8]) {
        self.value(key, |out| {
            out.push(b'"');
            out.extend(bytes.iter().flat_map(|byte| [hex_digit(byte >> 4), hex_digit(byte & 15)]));
            out.push(b'"');
        });
    }
}

/// Appends a decimal number.
#[inline]
pub fn append_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends a string with its quotes.
#[inline]
pub fn append_string(out: &mut Vec<u8>, text: Wtf8<'_>) {
    out.push(b'"');
    append_escaped(out, text);
    out.push(b'"');
}

/// Appends a list of strings.
pub fn append_list<'t>(texts: impl Iterator<Item = Wtf8<'t>>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, text) in texts.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append_string(out, text);
    }
    out.push(b']');
}

/// Appends a string as it stands between quotes; unpaired surrogates become U+FFFD.
#[inline]
pub fn append_escaped(out: &mut Vec<u8>, text: Wtf8<'_>) {
    let mut rest = text.as_bytes();
    loop {
        let plain = rest.iter().take_while(|byte| !needs_a_look(**byte)).count();
        let (copied, special) = rest.split_at(plain);
        out.extend_from_slice(copied);
        let Some(code_point) = Wtf8::from_wtf8(special).code_points().next() else { return };
        rest = special.get(append_special(out, code_point)..).unwrap_or_default();
    }
}

/// Quotes, backslashes, control characters, and what may begin a surrogate or another character that disturbs a line.
#[inline]
fn needs_a_look(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7F | 0xC2 | 0xD8 | 0xE1 | 0xE2 | 0xED | 0xEF | 0xF3)
}

/// Appends a code point, and answers how many bytes of WTF-8 it was.
fn append_special(out: &mut Vec<u8>, code_point: u32) -> usize {
    let Some(character) = char::from_u32(code_point) else {
        out.extend_from_slice("\u{FFFD}".as_bytes());
        return SURROGATE_BYTES;
    };
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        character if disturbs_a_line(character) => out.extend_from_slice(unicode_escape(character).as_bytes()),
        character => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    character.len_utf8()
}

/// WTF-8 stores an unpaired surrogate in as many bytes.
const SURROGATE_BYTES: usize = 3;

/// `\u202e`, or two of them for what UTF-16 has two units for.
fn unicode_escape(character: char) -> String {
    character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// JSON as serde writes it, with what disturbs a line escaped: that is in strings only, line ends aside.
pub fn inert(json: String) -> String {
    let disturbs = |character: char| character != '\n' && disturbs_a_line(character);
    if !json.contains(disturbs) {
        return json;
    }
    let mut inert = String::with_capacity(json.len());
    for character in json.chars() {
        if disturbs(character) { inert.push_str(&unicode_escape(character)) } else { inert.push(character) }
    }
    inert
}

/// A digit from 0 to f.
fn hex_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value.saturating_sub(10),
    }
}

#[cfg(test)]
mod tests {
    use format::Utf16;

    use super::*;

    fn wtf8(units: &[u16]) -> WtfString {
        let stored: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        Utf16::new(&stored).to_wtf8()
    }

    #[test]
    fn every_unit_reads_back_from_json() {
        for unit in 0..=u16::MAX {
            let mut out = Vec::new();
            append_string(&mut out, wtf8(&[0x61, unit, 0x62]).as_wtf8());
            let read: String = serde_json::from_slice(&out).expect("JSON");
            let expected = char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
            assert_eq!(read, format!("a{expected}b"));
        }
    }

    #[test]
    fn nothing_in_json_disturbs_a_line() {
        let text: String = ('\0'..=char::MAX).collect();
        let mut out = Vec::new();
        append_string(&mut out, Wtf8::from_wtf8(text.as_bytes()));
        let of_serde = inert(serde_json::to_string(&text).expect("JSON"));
        for json in [String::from_utf8(out).expect("UTF-8"), of_serde] {
            assert!(!json.contains(disturbs_a_line));
            assert!(serde_json::from_str::<String>(&json).expect("JSON") == text);
        }
    }

    #[test]
    fn what_json_cannot_hold_is_added_as_hex() {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.text("name", wtf8(&[0x61, 0xD800]).as_wtf8());
        object.number("record", 7);
        object.flag("torn", true);
        object.hex("data", &[0xAB, 0x01]);
        object.end();
        let expected =
            "{\"name\":\"a\u{FFFD}\",\"record\":7,\"torn\":true,\"data\":\"ab01\",\"utf16\":{\"name\":\"610000d8\"}}";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_empty_object_has_no_comma() {
        let mut out = Vec::new();
        Object::begin(&mut out).end();
        assert_eq!(out, b"{}");
    }
}
