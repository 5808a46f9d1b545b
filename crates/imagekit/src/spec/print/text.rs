//! TOML strings.

use std::fmt::Write as _;

/// A TOML string: in single quotes where nothing needs an escape, so that backslashes stay single.
pub(super) fn string(text: &str) -> String {
    if text.chars().all(|character| character != '\'' && !needs_escape(character)) {
        return format!("'{text}'");
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            character if needs_escape(character) => push_escape(character, &mut quoted),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character would not be seen, or would change how others are.
fn needs_escape(character: char) -> bool {
    !matches!(character, '"' | '\'' | '\\') && character.escape_debug().len() > 1
}

fn push_escape(character: char, out: &mut String) {
    let number = u32::from(character);
    // Writing to a string never fails.
    let _ = if number <= 0xFFFF { write!(out, "\\u{number:04X}") } else { write!(out, "\\U{number:08X}") };
}

/// UTF-16 units as a string, or as `{ utf16 = "hex" }` where they are none.
pub(super) fn units(units: &[u16]) -> String {
    String::from_utf16(units).map_or_else(|_| utf16(units), |text| string(&text))
}

/// UTF-16 units as hex digits.
pub(super) fn utf16(units: &[u16]) -> String {
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    format!("{{ utf16 = {} }}", hex(&bytes))
}

/// Bytes as hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len() + 2);
    digits.push('"');
    for byte in bytes {
        // Writing to a string never fails.
        let _ = write!(digits, "{byte:02x}");
    }
    digits.push('"');
    digits
}

/// Bytes as a text that a reader may like to see, if they are one.
pub(super) fn readable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_readable = |character: char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
    text.chars().all(is_readable).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_literal_where_they_can_be() {
        assert_eq!(string(r"\a\b c.txt"), r"'\a\b c.txt'");
        assert_eq!(string(""), "''");
        assert_eq!(string(r"it's \x"), r#""it's \\x""#);
        assert_eq!(string("\u{1b}[2J\n\u{202e}\u{1f600}"), "\"\\u001B[2J\\n\\u202E\u{1f600}\"");
        assert_eq!(string("\u{e0001}"), "\"\\U000E0001\"");
    }

    #[test]
    fn an_unpaired_surrogate_takes_hex() {
        assert_eq!(units(&[0x61, 0xD800]), "{ utf16 = \"610000d8\" }");
        assert_eq!(units(&[0xD83D, 0xDE00]), "'\u{1f600}'");
    }
}
