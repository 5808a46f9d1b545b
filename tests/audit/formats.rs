//! The documents of an audit: valid by their schemas, the same findings in each, and inert whatever names are called.

use serde_json::Value;

use crate::tight_schema::{assert_valid, published, tightened, validator};
use crate::{build, demo, run};

/// The schema that OASIS publishes with the standard (oasis-tcs/sarif-spec, `sarif-schema-2.1.0.json`).
const SARIF: &str = include_str!("sarif-schema-2.1.0.json");

fn document(options: &[&str]) -> Value {
    let demo = demo();
    let output = run([&["audit", "-q"], options, &[demo.to_str().expect("a path in UTF-8")]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn json_is_valid_by_its_published_schema() {
    let schema = validator(&tightened(published("findings")));
    for options in [&["--format", "json"][..], &["--format", "json", "--show-suppressed", "--deleted"]] {
        let document = document(options);
        assert!(!document["findings"].as_array().unwrap().is_empty());
        assert_valid(&schema, &document, &format!("{options:?}"));
    }
}

#[test]
fn simulations_are_valid_by_their_published_schema() {
    let schema = validator(&tightened(published("simulation")));
    let demo = demo();
    for links in ["skip", "copy", "follow"] {
        for hard_links in ["keep", "expand"] {
            let options = ["simulate", "-q", "--format", "json", "--links", links, "--hard-links", hard_links];
            let output = run([&options[..], &[demo.to_str().expect("a path in UTF-8")]].concat());
            let document = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_valid(&schema, &document, &format!("{links} {hard_links}"));
        }
    }
}

#[test]
fn sarif_is_valid_by_the_schema_of_the_standard() {
    // Two patterns of the published schema, for languages, close a bracket that they did not open.
    let broken = "\"pattern\": \"^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$\"";
    assert_eq!(SARIF.matches(broken).count(), 2);
    let mended = SARIF.replace(broken, "\"pattern\": \"^[a-zA-Z]{2}(-[a-zA-Z]{2})?$\"");
    let schema = validator(&serde_json::from_str(&mended).expect("the schema is JSON"));
    for options in [&["--format", "sarif"][..], &["--format", "sarif", "--show-suppressed"]] {
        assert_valid(&schema, &document(options), &format!("{options:?}"));
    }
}

#[test]
fn every_format_has_the_same_findings() {
    let json = document(&["--format", "json"]);
    let fingerprints = |findings: &Value, key: &dyn Fn(&Value) -> String| -> Vec<String> {
        findings.as_array().expect("a list").iter().map(key).collect()
    };
    let of_json = fingerprints(&json["findings"], &|finding| finding["fingerprint"].to_string());
    let sarif = document(&["--format", "sarif"]);
    let of_sarif =
        fingerprints(&sarif["runs"][0]["results"], &|result| result["partialFingerprints"]["ntfslinks/v1"].to_string());
    assert_eq!(of_json, of_sarif);
    let demo = demo();
    let junit = run(["audit", "-q", "--format", "junit", "--fail-on", "note", demo.to_str().unwrap()]);
    let junit = String::from_utf8(junit.stdout).expect("UTF-8");
    assert_eq!(junit.matches("<failure ").count(), of_json.len());
}

/// Names and targets that act on a terminal, break a line or end an element.
#[test]
fn names_of_the_image_do_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let spec = "
        [[file]]
        parent = 5
        name = \"\\u001B[31m<b>\\u202Egpj.exe\\n\\\"&\"
        symlink = \"\\u001B[2J</script>\\u0007\"
    ";
    let image = build(directory.path(), "names.img", spec);
    for format in ["text", "json", "sarif", "junit"] {
        let output = run(["audit", "-q", "-v", "--format", format, image.to_str().unwrap()]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{format}: {text}");
        if format != "json" && format != "sarif" {
            assert!(!text.contains('\u{202e}'), "{format}");
        }
        if format == "junit" {
            assert!(
                !text.contains("gpj.exe\n") && text.matches("</failure>").count() == text.matches("<failure ").count()
            );
        }
    }
}

#[test]
fn a_rule_is_explained_and_listed() {
    let list = String::from_utf8(run(["rules"]).stdout).unwrap();
    assert!(list.lines().count() >= 40, "{list}");
    for line in list.lines() {
        let id = line.split_whitespace().nth(1).expect("an id");
        let text = String::from_utf8(run(["rules", id]).stdout).unwrap();
        assert!(text.starts_with(&format!("# {id}\n")) && text.contains("## Sources"), "{id}");
    }
}
