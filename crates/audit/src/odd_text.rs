//! What is odd in a name: characters that people do not see or that turn text around, and names that Win32 cannot reach.

use format::Wtf8;

/// Something odd about a name or the text of a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Oddity {
    /// Half a surrogate pair: the text is not valid UTF-16.
    UnpairedSurrogate,
    /// U+0000.
    Nul,
    /// `\` or `/` in a name.
    Separator,
    /// A control character, or a Unicode line or paragraph separator.
    Control,
    /// A character without width.
    ZeroWidth,
    /// A character that turns text around.
    Direction,
    /// `.` or `..`.
    Dots,
    /// A dot at the end.
    TrailingDot,
    /// A space at the end.
    TrailingSpace,
    /// The name of a device, whatever its extension.
    Reserved,
}

impl Oddity {
    /// For messages: what a name has or is.
    pub fn phrase(self) -> &'static str {
        match self {
            Oddity::UnpairedSurrogate => "has an unpaired surrogate",
            Oddity::Nul => "has a NUL",
            Oddity::Separator => "has a path separator",
            Oddity::Control => "has a control character",
            Oddity::ZeroWidth => "has a character without width",
            Oddity::Direction => "has a character that turns text around",
            Oddity::Dots => "stands for a directory and is no name",
            Oddity::TrailingDot => "ends in a dot",
            Oddity::TrailingSpace => "ends in a space",
            Oddity::Reserved => "is reserved for a device",
        }
    }
}

/// What is odd about a name, each thing once.
pub(crate) fn oddities_of_name(name: Wtf8<'_>) -> Vec<Oddity> {
    let bytes = name.as_bytes();
    let mut found = oddities_of_characters(name);
    if bytes.iter().any(|byte| is_separator(*byte)) {
        found.push(Oddity::Separator);
    }
    if matches!(bytes, b"." | b"..") {
        found.push(Oddity::Dots);
    }
    found.extend(ending(bytes));
    found.extend(is_reserved(bytes).then_some(Oddity::Reserved));
    found
}

/// What is odd about the text of a target, each thing once: separators and `..` are not.
pub(crate) fn oddities_of_target(target: Wtf8<'_>) -> Vec<Oddity> {
    let mut found = oddities_of_characters(target);
    for component in target.as_bytes().split(|byte| is_separator(*byte)) {
        let reserved = is_reserved(component).then_some(Oddity::Reserved);
        for oddity in ending(component).into_iter().chain(reserved) {
            if !found.contains(&oddity) {
                found.push(oddity);
            }
        }
    }
    found
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'\\' | b'/')
}

/// What is odd about single characters. In most names nothing is, and they are ASCII.
fn oddities_of_characters(text: Wtf8<'_>) -> Vec<Oddity> {
    // All of a name is looked at without a way out, many bytes at a time.
    let is_plain = |byte: &u8| (0x20..=0x7E).contains(byte);
    if text.as_bytes().iter().fold(true, |plain, byte| plain & is_plain(byte)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for oddity in text.code_points().filter_map(oddity_of) {
        if !found.contains(&oddity) {
            found.push(oddity);
        }
    }
    found
}

/// What is odd about a character.
///
/// Source: Unicode Character Database, general categories Cc, Cf, Zl and Zp; Unicode Standard Annex #9, section 2
/// (directional formatting characters).
fn oddity_of(code_point: u32) -> Option<Oddity> {
    Some(match code_point {
        0 => Oddity::Nul,
        0x01..=0x1F | 0x7F..=0x9F | 0x2028 | 0x2029 => Oddity::Control,
        0xD800..=0xDFFF => Oddity::UnpairedSurrogate,
        0x061C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069 => Oddity::Direction,
        0x00AD | 0x180E | 0x200B..=0x200D | 0x2060..=0x2065 | 0x206A..=0x206F => Oddity::ZeroWidth,
        0xFEFF | 0xFFF9..=0xFFFB | 0xE0001 | 0xE0020..=0xE007F => Oddity::ZeroWidth,
        _ => return None,
    })
}

/// What is odd about the end of a name.
fn ending(name: &[u8]) -> Option<Oddity> {
    match name {
        b"." | b".." => None,
        [.., b'.'] => Some(Oddity::TrailingDot),
        [.., b' '] => Some(Oddity::TrailingSpace),
        _ => None,
    }
}

/// Whether Win32 takes a name for that of a device: whatever follows its first dot, and in any case.
///
/// Source: Microsoft "Naming Files, Paths, and Namespaces".
fn is_reserved(name: &[u8]) -> bool {
    // Nearly every name goes on with another character after the third.
    if name.get(3).is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let base = name.split(|byte| *byte == b'.').next().unwrap_or_default().trim_ascii_end();
    match base.split_at_checked(3) {
        Some((device, [])) => ["CON", "PRN", "AUX", "NUL"].iter().any(|known| is_ascii_same(device, known)),
        Some((device, port)) => ["COM", "LPT"].iter().any(|known| is_ascii_same(device, known)) && is_port(port),
        None => false,
    }
}

fn is_ascii_same(text: &[u8], known: &str) -> bool {
    text.eq_ignore_ascii_case(known.as_bytes())
}

/// A digit from 1 to 9, or one of the superscript digits that are in Latin-1.
fn is_port(text: &[u8]) -> bool {
    matches!(text, [b'1'..=b'9']) || ["¹", "²", "³"].iter().any(|digit| text == digit.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name(name: &str, expected: &[Oddity]) {
        assert_eq!(oddities_of_name(Wtf8::from_wtf8(name.as_bytes())), expected, "{name:?}");
    }

    fn check_target(target: &str, expected: &[Oddity]) {
        assert_eq!(oddities_of_target(Wtf8::from_wtf8(target.as_bytes())), expected, "{target:?}");
    }

    #[test]
    fn ordinary_names_are_not_odd() {
        for name in ["a.txt", ".profile", "...a", "Ünï cödé 😀", "文件", "العربية", "$MFT", "a~1"] {
            check_name(name, &[]);
        }
    }

    #[test]
    fn characters_that_are_not_seen_are_odd() {
        check_name("a\0b", &[Oddity::Nul]);
        check_name("a\u{1b}[31m", &[Oddity::Control]);
        check_name("a\u{85}", &[Oddity::Control]);
        check_name("a\u{200b}b\u{feff}", &[Oddity::ZeroWidth]);
        check_name("photo\u{202e}gpj.exe", &[Oddity::Direction]);
        check_name("a\\b/c", &[Oddity::Separator]);
        // U+D800 alone, as WTF-8 has it.
        assert_eq!(oddities_of_name(Wtf8::from_wtf8(b"a\xED\xA0\x80")), [Oddity::UnpairedSurrogate]);
    }

    #[test]
    fn names_that_win32_cannot_reach_are_odd() {
        check_name("a.", &[Oddity::TrailingDot]);
        check_name("...", &[Oddity::TrailingDot]);
        check_name("a ", &[Oddity::TrailingSpace]);
        check_name(".", &[Oddity::Dots]);
        check_name("..", &[Oddity::Dots]);
        for name in ["CON", "aux.txt", "nul.tar.gz", "Prn ", "COM1", "lpt9.x", "com²", "LPT³.txt", "nul .txt"] {
            assert!(oddities_of_name(Wtf8::from_wtf8(name.as_bytes())).contains(&Oddity::Reserved), "{name}");
        }
        for name in ["CON1", "COM", "COM0", "COM10", "LPT", "com⁴", "auxiliary", "x.aux", "CO", "NULL"] {
            check_name(name, &[]);
        }
    }

    #[test]
    fn a_target_has_separators_and_dots() {
        check_target(r"..\a\.\b", &[]);
        check_target(r"\??\C:\", &[]);
        check_target(r"\??\C:\dir.\a \b.", &[Oddity::TrailingDot, Oddity::TrailingSpace]);
        check_target("/mnt/c/aux.d/x", &[Oddity::Reserved]);
        check_target("C:\\a\u{202e}b", &[Oddity::Direction]);
    }
}
