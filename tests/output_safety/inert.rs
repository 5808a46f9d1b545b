//! Whether output is inert, by its format. Shares nothing with the program: what it must not write is listed anew.

use serde_json::Value;

use crate::hostile::MARKER;

/// What a command writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Lines for people.
    Text,
    /// One document.
    Json,
    /// A document a line.
    Ndjson,
    Sarif,
    Junit,
}

/// Complains of the first thing that is not inert.
///
/// # Errors
/// What it is, and where.
pub fn check(format: Format, output: &[u8]) -> Result<(), String> {
    let text = check_text(output)?;
    match format {
        Format::Text => Ok(()),
        Format::Json => parse(text).map(drop),
        Format::Ndjson => check_ndjson(text),
        Format::Sarif => check_sarif(&parse(text)?),
        Format::Junit => check_junit(text),
    }
}

/// Checks what holds in all formats, since all are shown on terminals and in editors: it is UTF-8, nothing acts on a
/// terminal, turns text around or hides, no character but U+000A ends a line, and the program began every line.
pub fn check_text(output: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(output).map_err(|error| error.to_string())?;
    if let Some(place) = text.find(|character| character != '\n' && acts(character)) {
        return Err(format!("a character acts: {:?}", around(text, place)));
    }
    let begun =
        |line: &&str| line.trim_start_matches(|character: char| !character.is_alphanumeric()).starts_with(MARKER);
    match text.split('\n').find(begun) {
        Some(line) => Err(format!("the image began a line: {line:?}")),
        None => Ok(text),
    }
}

/// Control characters, the line ends of Unicode, what has no width, and what turns text around.
///
/// Source: Unicode Character Database, general categories Cc, Zl, Zp and Cf; Unicode Standard Annex #9, section 2.
fn acts(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}'
        | '\u{2028}' | '\u{2029}'
        | '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0001}' | '\u{E0020}'..='\u{E007F}'
        | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text around a place, to find it by.
fn around(text: &str, place: usize) -> String {
    let (before, after) = text.split_at(place);
    let start = before.char_indices().rev().nth(60).map_or(0, |(index, _)| index);
    before[start..].chars().chain(after.chars().take(20)).collect()
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// One object a line, with the words of the contract, and the end where it ends and nowhere else.
fn check_ndjson(text: &str) -> Result<(), String> {
    let lines = text.strip_suffix('\n').ok_or("the last line has no end")?.split('\n');
    let objects = lines.map(parse).collect::<Result<Vec<Value>, String>>()?;
    let kinds: Vec<&str> = objects.iter().map(|object| object["object"].as_str().unwrap_or("none")).collect();
    if let Some(kind) = kinds.iter().find(|kind| !["header", "volume", "node", "edge", "problem", "end"].contains(kind))
    {
        return Err(format!("a line is an object of kind {kind:?}"));
    }
    let ends = kinds.iter().filter(|kind| **kind == "end").count();
    if ends == 1 && kinds.last() == Some(&"end") { Ok(()) } else { Err(format!("{ends} ends")) }
}

/// Messages of SARIF are a small language: `{0}` is a placeholder, `{{` a brace, `[text](URI)` a link.
///
/// Source: SARIF 2.1.0, sections 3.11.5 and 3.11.6.
fn check_sarif(log: &Value) -> Result<(), String> {
    for result in log["runs"][0]["results"].as_array().ok_or("no results")? {
        let message = result["message"]["text"].as_str().ok_or("no message")?;
        let without_doubled = message.replace("{{", "").replace("}}", "");
        if without_doubled.contains(['{', '}']) || message.contains("](") {
            return Err(format!("a placeholder or a link: {message:?}"));
        }
    }
    Ok(())
}

/// Elements, and the attributes that each has.
const JUNIT: &[(&str, &[&str])] = &[
    ("testsuites", &["tests", "failures"]),
    ("testsuite", &["name", "tests", "failures"]),
    ("testcase", &["classname", "name"]),
    ("skipped", &["message"]),
    ("failure", &["type", "message"]),
    ("system-out", &[]),
];

/// Well-formed, and of our own elements and attributes alone; what text says is checked as it is read back.
fn check_junit(text: &str) -> Result<(), String> {
    // The rest of what is no character of XML is refused already.
    // Source: W3C "Extensible Markup Language (XML) 1.0", section 2.2.
    if text.contains(['\u{FFFE}', '\u{FFFF}']) {
        return Err("a character that XML forbids".to_owned());
    }
    let document = roxmltree::Document::parse(text).map_err(|error| format!("not XML: {error}"))?;
    for node in document.descendants() {
        if !matches!(
            node.node_type(),
            roxmltree::NodeType::Root | roxmltree::NodeType::Element | roxmltree::NodeType::Text
        ) {
            return Err(format!("a node of another kind: {node:?}"));
        }
        check_text(node.text().unwrap_or_default().as_bytes())?;
        if node.is_element() {
            check_element(node)?;
        }
    }
    Ok(())
}

fn check_element(element: roxmltree::Node<'_, '_>) -> Result<(), String> {
    let name = element.tag_name().name();
    let attributes: Vec<&str> = element.attributes().map(|attribute| attribute.name()).collect();
    if !JUNIT.contains(&(name, &attributes)) {
        return Err(format!("an element {name} with the attributes {attributes:?}"));
    }
    element.attributes().try_for_each(|attribute| check_text(attribute.value().as_bytes()).map(drop))
}

/// A checker that never complains proves nothing.
#[test]
fn what_is_not_inert_is_complained_of() {
    let is_refused = |format, text: &str| assert!(check(format, text.as_bytes()).is_err(), "{format:?} {text:?}");
    assert!(check(Format::Text, b"\x9b2J").is_err(), "no UTF-8");
    let characters =
        "\t\r\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}";
    for character in characters.chars() {
        is_refused(Format::Text, &format!("a{character}b"));
        is_refused(Format::Json, &format!("\"a{character}b\""));
    }
    is_refused(Format::Text, "  a\n# INJECTED");
    is_refused(Format::Json, "{\"a\": \"b\"\"}");
    is_refused(Format::Ndjson, "{\"object\":\"header\"}\n");
    is_refused(Format::Ndjson, "{\"object\":\"end\"}\n{\"object\":\"end\"}\n");
    for message in ["{0}", "[a](http://b)"] {
        is_refused(
            Format::Sarif,
            &serde_json::json!({"runs": [{"results": [{"message": {"text": message}}]}]}).to_string(),
        );
    }
    for junit in [
        "<testsuites>",
        "<testsuites tests=\"1\" failures=\"1\"><script/></testsuites>",
        "<testsuites tests=\"1\" failures=\"1\" onload=\"x\"/>",
        "<testsuites tests=\"&#x202e;\" failures=\"1\"/>",
        "<testsuites tests=\"1\" failures=\"1\">\u{fffe}</testsuites>",
        "<testsuites tests=\"1\" failures=\"1\"><!-- --></testsuites>",
    ] {
        is_refused(Format::Junit, junit);
    }
}
