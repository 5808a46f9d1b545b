//! Findings as SARIF 2.1.0, for code-scanning dashboards: the image is the artifact, the path in it a logical location.
//!
//! Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use std::io::{self, Write};

use audit::Rule;
use image::OneLine;
use serde::Serialize;
use serde_json::{Value, json};

use super::{FindingsReport, Known, section};
use crate::json_writer::inert;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The name of our fingerprints among those of a result. A change in how they are made changes it.
const FINGERPRINT: &str = "ntfslinks/v1";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Value; 1],
}

impl FindingsReport<'_, '_> {
    /// Writes the findings as SARIF.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_sarif(&self, out: &mut dyn Write) -> io::Result<()> {
        let uris = self.document.images.iter().map(|image| uri(image.image.path().as_os_str().as_encoded_bytes()));
        let uris: Vec<String> = uris.collect();
        let artifacts: Vec<Value> = uris.iter().map(|uri| json!({"location": {"uri": uri}})).collect();
        let run = json!({
            "tool": {"driver": {
                "name": "ntfslinks",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": self.rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "artifacts": artifacts,
            "columnKind": "unicodeCodePoints",
            "results": self.shown().map(|known| self.result(known, &uris)).collect::<Vec<_>>(),
        });
        let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
        writeln!(out, "{}", inert(serde_json::to_string(&log)?))
    }

    fn result<'r>(&self, known: &'r Known, uris: &'r [String]) -> SarifResult<'r> {
        let finding = &known.finding;
        let image = self.document.volumes.get(finding.volume).map_or(0, |volume| volume.image);
        let path = finding.path.as_ref().map(|path| OneLine(path.as_wtf8()).to_string());
        let place = path.or_else(|| finding.file.map(|file| self.document.file_id(file)));
        let text = match &place {
            Some(place) => format!("{place}: {}", finding.message),
            None => finding.message.clone(),
        };
        let suppression = |reason| json!({"kind": "external", "justification": reason});
        SarifResult {
            rule_id: finding.rule.id,
            rule_index: self.rules.iter().position(|rule| rule.id == finding.rule.id),
            level: finding.severity.as_str(),
            message: json!({"text": message_text(&text)}),
            locations: [Location {
                physical_location: json!({
                    "artifactLocation": {"uri": uris.get(image), "index": image},
                    "region": Region { start_line: 1, byte_offset: finding.offset.map(|offset| offset.0) },
                }),
                logical_locations: place
                    .map(|place| json!({"fullyQualifiedName": place, "kind": "resource"}))
                    .into_iter()
                    .collect(),
            }],
            partial_fingerprints: json!({FINGERPRINT: known.fingerprint}),
            suppressions: finding.suppressed.as_ref().map(suppression).into_iter().collect(),
            baseline_state: self.baseline.as_ref().map(|_| if self.is_new(known) { "new" } else { "unchanged" }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'r> {
    rule_id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'r str,
    message: Value,
    locations: [Location; 1],
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    /// Dashboards of source code want a line.
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_offset: Option<u64>,
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": section(rule, "Why it matters")},
        "help": {"text": section(rule, "How to confirm by hand"), "markdown": rule.explanation()},
        "defaultConfiguration": {"level": rule.severity.as_str()},
    })
}

/// A text as a message of plain text that has no placeholders, `{0}`, and no links, `[text](URI)`: names of the image may
/// look like both. Braces are doubled, as the standard asks for. It has no escape for links, and viewers do not agree on
/// one; so the parenthesis is written as other characters are that act.
///
/// Source: SARIF 2.1.0, sections 3.11.5 and 3.11.6.
fn message_text(text: &str) -> String {
    OneLine(text).to_string().replace("](", "]\\u{28}").replace('{', "{{").replace('}', "}}")
}

/// A path as a relative or absolute reference of a URI.
fn uri(path: &[u8]) -> String {
    let mut uri = String::new();
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::{message_text, uri};

    #[test]
    fn messages_have_no_placeholders_and_no_links() {
        assert_eq!(message_text("{0}: \u{202e}"), r"{{0}}: \u{{202e}}");
        assert_eq!(message_text("[a](http://b)"), r"[a]\u{{28}}http://b)");
    }

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("a b/ü.img".as_bytes()), "a%20b/%C3%BC.img");
        assert_eq!(uri(b"/x:y%"), "/x%3Ay%25");
    }
}
