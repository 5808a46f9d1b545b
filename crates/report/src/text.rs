//! Text for people: names of an image made safe for a terminal, numbers made readable.

use std::fmt::{self, Write as _};

/// A string of an image, or a path, as a terminal may show it: control characters, line ends, right-to-left overrides and
/// what else changes how text is laid out are written as `\u{202e}`.
pub struct Escaped<T>(pub T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(EscapingWriter(f), "{}", self.0)
    }
}

struct EscapingWriter<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for EscapingWriter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| match character {
            character if changes_layout(character) => write!(self.0, "\\u{{{:x}}}", u32::from(character)),
            character => self.0.write_char(character),
        })
    }
}

/// Control characters, line and paragraph separators, zero-width and directional characters.
fn changes_layout(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(character, '\u{061C}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// `12,345`
pub fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `4 KiB`, `1.5 GiB`
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut name = "B";
    for unit in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        name = unit;
    }
    match tenths % 10 {
        0 => format!("{} {name}", tenths / 10),
        tenth => format!("{}.{tenth} {name}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_layout_is_escaped() {
        assert_eq!(Escaped("a\u{202e}b\x1b[31m\n\u{200b}é").to_string(), r"a\u{202e}b\u{1b}[31m\u{a}\u{200b}é");
    }

    #[test]
    fn numbers_are_grouped_and_sizes_are_short() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count_text), ["0", "999", "1,000", "1,234,567"]);
        let sizes = [0, 1023, 1024, 1536, 2 << 20, u64::MAX];
        assert_eq!(sizes.map(bytes_text), ["0 B", "1023 B", "1 KiB", "1.5 KiB", "2 MiB", "15.9 EiB"]);
    }
}
