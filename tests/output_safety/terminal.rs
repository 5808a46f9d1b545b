//! What people see on a terminal, which is more and in colour.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use crate::hostile::Images;
use crate::inert::check_text;
use crate::run;

/// What a command writes on a terminal; `None`, said aloud, where there is nothing to make one with.
fn on_terminal(words: &str, image: &Path) -> Option<String> {
    let image = image.to_str().expect("UTF-8");
    let command = format!("'{}' {words} '{image}'", env!("CARGO_BIN_EXE_ntfslinks"));
    let Ok(output) = Command::new("script").args(["-q", "-e", "-c", &command, "/dev/null"]).output() else {
        // Not by a macro: what those print is not shown of a test that passes.
        writeln!(io::stderr(), "SKIPPED: no script").expect("standard error");
        return None;
    };
    assert!(output.status.success(), "{words}");
    // A terminal takes the line feed alone for a step down, so its driver puts a carriage return before it.
    Some(String::from_utf8(output.stdout).expect("UTF-8").replace("\r\n", "\n"))
}

/// A text without the colours and weights that the program gives to severities.
fn without_styles(text: &str) -> String {
    let styles = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[36m"];
    styles.iter().fold(text.to_owned(), |text, style| text.replace(style, ""))
}

/// The images whose own names a shell takes as they are.
fn images_to_type(images: &Images) -> [&Path; 2] {
    [&images.example, &images.texts]
}

#[test]
fn the_overview_of_a_scan_is_inert() {
    let images = Images::build();
    for image in images_to_type(&images) {
        let Some(text) = on_terminal("scan --quiet", image) else { return };
        assert!(text.contains(" → ") && text.contains("records in use"), "{text}");
        check_text(text.as_bytes()).unwrap_or_else(|complaint| panic!("{complaint}"));
    }
}

#[test]
fn a_terminal_gets_nothing_that_acts_but_colours() {
    let images = Images::build();
    for image in images_to_type(&images) {
        for words in ["audit --quiet --verbose", "links --quiet --all", "info --quiet"] {
            let Some(text) = on_terminal(words, image) else { return };
            let piped = run(words.split(' ').map(AsRef::as_ref).chain([image.as_os_str()]));
            assert_eq!(without_styles(&text).as_bytes(), piped.stdout, "{words}");
        }
    }
}
