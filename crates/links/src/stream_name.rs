//! What a path has after a colon.

use format::UpCase;

/// A stream as the last name of a path names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StreamName<'n> {
    /// A `$DATA`, by its name; the unnamed one is that of the file itself.
    Data(&'n [u16]),
    /// The index of a directory's names: the directory itself.
    DirectoryIndex,
}

const COLON: u16 = b':' as u16;
/// What a stream begins with where it stands among the names of a path. No name of any system has a slash, and those of
/// POSIX may begin with a colon.
const MARK: u16 = b'/' as u16;

/// A stream as one of the names of a path.
pub(crate) fn marked(stream: &[u16]) -> Vec<u16> {
    [&[MARK], stream].concat()
}

/// The stream that a name of a path is, if it is one.
pub(crate) fn unmarked(name: &[u16]) -> Option<&[u16]> {
    name.strip_prefix(&[MARK])
}

impl<'n> StreamName<'n> {
    /// The name of a file, and what follows the first colon.
    pub fn split(name: &'n [u16]) -> (&'n [u16], Option<&'n [u16]>) {
        match name.iter().position(|&unit| unit == COLON) {
            Some(colon) => (name.get(..colon).unwrap_or_default(), name.get(colon + 1..)),
            None => (name, None),
        }
    }

    /// Reads `stream` or `stream:type`; `None` if no stream is called so.
    ///
    /// Source: Microsoft "File Streams (Local File Systems)", MS-FSCC 2.1.4 "Alternate Data Streams".
    pub fn parse(text: &'n [u16]) -> Option<StreamName<'n>> {
        let (name, kind) = StreamName::split(text);
        let is = |text: &[u16], word: &str| {
            let upper = |unit: u16| UpCase::unicode().to_upper(unit);
            text.iter().map(|unit| upper(*unit)).eq(word.encode_utf16())
        };
        match kind {
            None if name.is_empty() => None,
            None => Some(StreamName::Data(name)),
            Some(kind) if is(kind, "$DATA") => Some(StreamName::Data(name)),
            Some(kind) if is(kind, "$INDEX_ALLOCATION") && (name.is_empty() || is(name, "$I30")) => {
                Some(StreamName::DirectoryIndex)
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<StreamName<'_>>) {
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(StreamName::parse(&units), expected, "{text}");
    }

    #[test]
    fn a_stream_has_a_name_and_a_type() {
        let name: Vec<u16> = "second".encode_utf16().collect();
        check("second", Some(StreamName::Data(&name)));
        check("second:$data", Some(StreamName::Data(&name)));
        check(":$DATA", Some(StreamName::Data(&[])));
        check("$I30:$INDEX_ALLOCATION", Some(StreamName::DirectoryIndex));
        check(":$Index_Allocation", Some(StreamName::DirectoryIndex));
        check("", None);
        check("second:$BITMAP", None);
        check("second:", None);
        check("$R:$INDEX_ALLOCATION", None);
    }
}
