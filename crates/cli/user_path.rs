//! Paths and records as people type them: by the rules of Win32, in the spelling of Windows or Unix.

use format::FileReference;
use links::Components;

use crate::failure::Failure;
use crate::options::{GivenShare, volume_number};

/// A path that was typed, without `.` and `..`, and what comes before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserPath {
    /// As it was typed.
    pub text: String,
    /// The volume, where the path says its number (`v1:\x`).
    pub volume: Option<usize>,
    /// The drive letter, upper case.
    pub letter: Option<u8>,
    /// The names below the root.
    pub names: Components,
}

/// What a command is asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UserObject {
    /// A path.
    Path(UserPath),
    /// A record of a volume, in any of its uses or in one of them.
    Record {
        /// As it was typed.
        text: String,
        /// The volume's number, where it is said.
        volume: Option<usize>,
        /// The record's number.
        record: u64,
        /// The sequence number, where it is said.
        sequence: Option<u16>,
    },
}

impl UserObject {
    /// Reads `123`, `123-4`, `v1:123-4`, or a path.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<UserObject, Failure> {
        let (volume, rest) = volume_and_rest(text);
        match record_and_sequence(rest) {
            Some((record, sequence)) => Ok(UserObject::Record { text: text.to_owned(), volume, record, sequence }),
            None => UserPath::parse(text).map(UserObject::Path).map_err(|_| Failure::Object(text.to_owned())),
        }
    }

    /// The names that finding it looks up.
    pub fn names(&self) -> Vec<Components> {
        match self {
            UserObject::Path(path) => vec![path.names.clone()],
            UserObject::Record { .. } => Vec::new(),
        }
    }
}

impl UserPath {
    /// Reads a path: `\a\b`, `/a/b`, `C:\a\b`, `v1:\a\b`.
    ///
    /// As Win32 does: `/` separates, `.` and `..` are done away with, and a name loses the dots and spaces at its end.
    ///
    /// # Errors
    /// It begins otherwise.
    ///
    /// Source: Microsoft "Naming Files, Paths, and Namespaces"; reference C.3.
    pub fn parse(text: &str) -> Result<UserPath, Failure> {
        let failure = || Failure::Path(text.to_owned());
        let (volume, rest) = volume_and_rest(text);
        let (letter, rest) = match rest.as_bytes() {
            [letter, b':', ..] if letter.is_ascii_alphabetic() && volume.is_none() => {
                (Some(letter.to_ascii_uppercase()), rest.get(2..).unwrap_or_default())
            }
            _ => (None, rest),
        };
        let below = rest.strip_prefix(['\\', '/']).or((rest.is_empty() && letter.is_some()).then_some(""));
        let names = names(below.ok_or_else(failure)?);
        Ok(UserPath { text: text.to_owned(), volume, letter, names })
    }
}

/// The number of `v1:`, and what follows.
fn volume_and_rest(text: &str) -> (Option<usize>, &str) {
    let parts = text.split_once(':').and_then(|(volume, rest)| Some((volume_number(volume)?, rest)));
    parts.map_or((None, text), |(volume, rest)| (Some(volume), rest))
}

/// `123` or `123-4`
fn record_and_sequence(text: &str) -> Option<(u64, Option<u16>)> {
    match text.split_once('-') {
        None => Some((text.parse().ok()?, None)),
        Some((record, sequence)) => Some((record.parse().ok()?, Some(sequence.parse().ok()?))),
    }
    .filter(|(record, _)| FileReference::new(*record, 0).record_number() == *record)
}

fn names(text: &str) -> Components {
    let mut names = Components::default();
    for name in text.split(['\\', '/']) {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(&units(without_trailing_dots(name))),
        }
    }
    names
}

/// A name of dots and spaces alone stays as it is.
fn without_trailing_dots(name: &str) -> &str {
    match name.trim_end_matches(['.', ' ']) {
        "" => name,
        trimmed => trimmed,
    }
}

/// Reads `\\SERVER\SHARE=C:\DIR`.
///
/// # Errors
/// It is something else.
pub fn parse_share(text: String) -> Result<GivenShare, Failure> {
    let parts = text.split_once('=').and_then(|(unc, path)| {
        let unc = unc.replace('/', "\\");
        let (server, name) = unc.strip_prefix(r"\\")?.split_once('\\')?;
        let name = name.strip_suffix('\\').unwrap_or(name);
        let is_whole = !server.is_empty() && !name.is_empty() && !name.contains('\\');
        is_whole.then(|| (units(server), units(name), path.to_owned()))
    });
    let Some((server, name, path)) = parts else { return Err(Failure::Share(text)) };
    Ok(GivenShare { text, server, name, path: UserPath::parse(&path)? })
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(text: &str) -> Vec<String> {
        let path = UserPath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        path.names.iter().map(String::from_utf16_lossy).collect()
    }

    #[test]
    fn paths_come_in_the_spelling_of_windows_or_unix() {
        for text in [r"\a\b c", "/a/b c", r"C:\a\b c", "c:/a//b c/", r"v1:\a\b c", r"\x\..\a\.\b c. "] {
            assert_eq!(names_of(text), ["a", "b c"], "{text}");
        }
        for root in [r"\", "/", "C:", r"C:\", r"v0:\", r"\a\..\..", "/."] {
            assert_eq!(names_of(root), [""; 0], "{root}");
        }
        assert_eq!(UserPath::parse(r"d:\a").unwrap().letter, Some(b'D'));
        assert_eq!(UserPath::parse(r"v12:\a").unwrap().volume, Some(12));
        for wrong in ["a", "", r"a\b", "v1:a", "C:a", "1:\\"] {
            assert!(UserPath::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_a_record() {
        let check = |text: &str, volume, record, sequence| {
            let expected = UserObject::Record { text: text.to_owned(), volume, record, sequence };
            assert_eq!(UserObject::parse(text).unwrap(), expected);
        };
        check("123", None, 123, None);
        check("123-4", None, 123, Some(4));
        check("v1:5-5", Some(1), 5, Some(5));
        assert!(matches!(UserObject::parse("/123").unwrap(), UserObject::Path(_)));
        assert!(UserObject::parse("123-").is_err());
    }

    #[test]
    fn a_share_shows_a_directory() {
        let share = parse_share(r"\\SERVER\c$=C:\dir".to_owned()).unwrap();
        assert_eq!((share.server, share.name), (units("SERVER"), units("c$")));
        assert_eq!((share.path.letter, share.path.names), (Some(b'C'), Components::from_iter([units("dir")])));
        for wrong in ["", r"\\SERVER=C:\", r"\\SERVER\a\b=C:\", r"\\SERVER\c$", r"SERVER\c$=C:\", r"\\SERVER\c$=dir"] {
            assert!(parse_share(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
