//! What is wrong with a spec, in one line: where, which key, what was expected, what was found.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use thiserror::Error;

/// A spec that describes no image. Displays as one line without control characters, whatever the spec holds.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{}:{line}:{column}: {cause}", Escaped(.file_name))]
pub struct SpecError {
    /// The name of the spec as it was given.
    pub file_name: String,
    /// Of the key or value that is wrong, from 1.
    pub line: usize,
    /// Of its first character in that line, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub cause: SpecErrorCause,
}

/// What is wrong in one place of a spec.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SpecErrorCause {
    /// The text is not TOML.
    #[error("not TOML: {message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// A key, or the lack of one.
    #[error("key `{key}`: expected {expected}, found {found}")]
    Key {
        /// The key with the names of the tables around it, such as `volume.cluster`.
        key: String,
        /// What the key takes.
        expected: String,
        /// What stands there.
        found: String,
    },
}

/// A problem at a byte offset of the text, before anybody counts lines.
#[derive(Debug)]
pub(crate) struct Problem {
    pub offset: usize,
    pub cause: SpecErrorCause,
    /// The offset of something earlier that it clashes with.
    pub clashes_with: Option<usize>,
}

impl Problem {
    pub fn key(
        offset: usize,
        (table, key): (&str, &str),
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Self {
        let dot = if table.is_empty() || key.is_empty() { "" } else { "." };
        let key = format!("{table}{dot}{}", Escaped(key));
        let cause = SpecErrorCause::Key { key, expected: expected.into().into_owned(), found: found.into() };
        Self { offset, cause, clashes_with: None }
    }

    pub fn syntax(offset: usize, message: &str) -> Self {
        let cause = SpecErrorCause::Syntax { message: Escaped(message).to_string() };
        Self { offset, cause, clashes_with: None }
    }

    pub fn clashing_with(self, offset: usize) -> Self {
        Self { clashes_with: Some(offset), ..self }
    }

    /// The error to show, with the lines of `text` counted.
    pub fn in_file(self, file_name: &str, text: &str) -> SpecError {
        let (line, column) = line_and_column(text, self.offset);
        let mut cause = self.cause;
        if let (Some(first), SpecErrorCause::Key { found, .. }) = (self.clashes_with, &mut cause) {
            // Writing to a string never fails.
            let _ = write!(found, " (the first is in line {})", line_and_column(text, first).0);
        }
        SpecError { file_name: file_name.to_owned(), line, column, cause }
    }
}

/// Line and column of a byte offset, both from 1; the column counts characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// Most characters of a text that an error shows.
const LONGEST_QUOTE: usize = 60;

/// A text between backquotes as an error shows it: cut where it is long, and safe for a terminal.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        None => format!("`{}`", Escaped(text)),
        Some((end, _)) => format!("`{}…`", Escaped(&text[..end])),
    }
}

/// Displays a text with its control characters, bidirectional controls and the like as `\u{202e}`.
pub(crate) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                // What `escape_debug` would escape because of Rust's own quotes.
                '\\' | '"' | '\'' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_in_characters() {
        assert_eq!(line_and_column("", 0), (1, 1));
        assert_eq!(line_and_column("ab\ncd", 2), (1, 3));
        assert_eq!(line_and_column("ab\ncd", 3), (2, 1));
        assert_eq!(line_and_column("é = x", 5), (1, 5));
        assert_eq!(line_and_column("ab", 99), (1, 3));
    }

    #[test]
    fn nothing_of_a_spec_steers_a_terminal() {
        assert_eq!(quoted("\\a'\u{1b}[2J\u{202e}"), "`\\a'\\u{1b}[2J\\u{202e}`");
        let error = Problem::syntax(0, "a\nb").in_file("x\u{1b}.toml", "");
        assert_eq!(error.to_string(), "x\\u{1b}.toml:1:1: not TOML: a\\nb");
        assert_eq!(quoted(&"x".repeat(70)), format!("`{}…`", "x".repeat(60)));
    }
}
