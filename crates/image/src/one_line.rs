//! Paths in messages.

use std::fmt::{self, Write as _};
use std::path::Path;

/// Prints a path so that it stays on one line of a terminal and reads in one direction.
///
/// A file name may hold any byte but `/` and NUL. Control characters and the Unicode marks that turn text around are
/// written `\u{202e}`; bytes that are not UTF-8 become U+FFFD.
pub(crate) struct OneLine<'path>(pub &'path Path);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if disturbs_a_line(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Whether a terminal would end the line, act, or change direction at this character.
///
/// Source: Unicode Standard Annex #9, section 2 (directional formatting characters); line and paragraph separators
/// U+2028 and U+2029.
fn disturbs_a_line(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::OneLine;
    use std::path::Path;

    #[test]
    fn a_path_never_breaks_or_turns_the_line() {
        let printed = OneLine(Path::new("/tmp/a\nb\u{202e}gpj.c d")).to_string();
        assert_eq!(printed, "/tmp/a\\u{a}b\\u{202e}gpj.c d");
    }
}
