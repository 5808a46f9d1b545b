//! Text of others in lines of ours.

use std::fmt::{self, Write as _};

/// A name from an image, a path, or anything else that we did not write, as a message or a terminal may show it: it stays
/// on one line, does nothing, and reads in one direction.
///
/// Control characters, line ends, zero-width characters and the marks that turn text around are written `\u{202e}`. What a
/// path has beyond UTF-8 is for its own `Display` to replace.
///
/// Source: Unicode Standard Annex #9, section 2 (directional formatting characters).
pub struct OneLine<T>(pub T);

impl<T: fmt::Display> fmt::Display for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(EscapingWriter(f), "{}", self.0)
    }
}

struct EscapingWriter<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for EscapingWriter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| match character {
            character if disturbs_a_line(character) => write!(self.0, "{}", character.escape_unicode()),
            character => self.0.write_char(character),
        })
    }
}

/// Whether a terminal would end the line, act, hide something, or change direction at this character.
///
/// Source: Unicode Character Database: general categories Cc, Zl and Zp, and of Cf what is no part of a script.
pub fn disturbs_a_line(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(character, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
        || matches!(character, '\u{E0001}' | '\u{E0020}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::OneLine;
    use std::path::Path;

    #[test]
    fn a_path_never_breaks_or_turns_the_line() {
        let printed = OneLine(Path::new("/tmp/a\nb\u{202e}gpj.c d").display()).to_string();
        assert_eq!(printed, "/tmp/a\\u{a}b\\u{202e}gpj.c d");
    }

    #[test]
    fn escape_codes_and_hidden_characters_are_shown() {
        assert_eq!(OneLine("a\x1b[31m\u{200b}é").to_string(), r"a\u{1b}[31m\u{200b}é");
        assert_eq!(OneLine("a\u{ad}\u{e0041}").to_string(), r"a\u{ad}\u{e0041}");
    }
}
