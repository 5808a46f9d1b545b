//! `$FILE_NAME`: one name of a file, with the directory it is in.

use std::fmt;

use crate::attribute_type::AttributeType;
use crate::bytes::{offset32, slice, u8_at, u64_at};
use crate::issue::{Issue, IssueKind};
use crate::units::FileReference;
use crate::utf16::Utf16;

/// The namespace of a name.
///
/// Source: libfsntfs "The namespace".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Namespace {
    /// Any units but NUL and `/`. Ordinary: Windows gives it to every name for which it makes no 8.3 alias.
    Posix = 0,
    /// A long name that has an 8.3 alias of its own in the same directory.
    Win32 = 1,
    /// An 8.3 alias.
    Dos = 2,
    /// A name that is its own 8.3 alias.
    Win32AndDos = 3,
}

impl Namespace {
    /// The namespace that a byte of the disk says, if it says one.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Namespace::Posix,
            1 => Namespace::Win32,
            2 => Namespace::Dos,
            3 => Namespace::Win32AndDos,
            _ => return None,
        })
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Namespace::Posix => "posix",
            Namespace::Win32 => "win32",
            Namespace::Dos => "dos",
            Namespace::Win32AndDos => "win32_and_dos",
        })
    }
}

/// One name of a file.
///
/// The times, sizes, attributes and reparse tag that the structure also holds are not read: in the MFT they are as old as
/// the name, and no rule may conclude from them.
///
/// Source: libfsntfs "The file name attribute"; Microsoft DevNotes `FILE_NAME`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileName<'a> {
    /// The directory that the name is in. Not checked.
    pub parent: FileReference,
    /// The name's namespace; a name of an unknown one counts as POSIX.
    pub namespace: Namespace,
    /// The name, 1 to 255 units; unpaired surrogates and any other unit can occur.
    pub name: Utf16<'a>,
}

/// Bytes before the name.
const HEADER: usize = 0x42;

impl<'a> FileName<'a> {
    /// Reads the value of a `$FILE_NAME`. An unknown namespace and an empty name go to `issues`, and the name counts.
    ///
    /// # Errors
    /// The value is shorter than the structure, or the name does not lie in it.
    #[inline]
    pub fn decode(value: &'a [u8], issues: &mut Vec<Issue>) -> Result<FileName<'a>, Issue> {
        let length = offset32(value.len());
        let Some(header) = value.first_chunk::<HEADER>() else {
            let type_code = AttributeType::FILE_NAME;
            return Err(Issue::new(0, IssueKind::ValueTooShort { type_code, length, needed: 0x42 }));
        };
        let units = u8_at(header, 0x40).unwrap_or(0);
        let name_bytes = 2 * usize::from(units);
        let Some(name) = slice(value, HEADER, name_bytes) else {
            let end = offset32(HEADER + name_bytes);
            return Err(Issue::new(0x40, IssueKind::FileNameOutOfBounds { end, length }));
        };
        if units == 0 {
            issues.push(Issue::new(0x40, IssueKind::EmptyFileName));
        }
        let byte = u8_at(header, 0x41).unwrap_or(0);
        let namespace = Namespace::from_byte(byte).unwrap_or_else(|| {
            issues.push(Issue::new(0x41, IssueKind::UnknownNamespace { found: byte }));
            Namespace::Posix
        });
        Ok(FileName { parent: FileReference(u64_at(header, 0).unwrap_or(0)), namespace, name: Utf16::new(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> Vec<u8> {
        let mut value = vec![0; HEADER];
        value[0..8].copy_from_slice(&0x0005_0000_0000_0005_u64.to_le_bytes()); // parent: the root
        value[0x40] = 2; // units
        value[0x41] = 3; // Win32 & DOS
        value.extend([b'A', 0, b'b', 0]);
        value
    }

    fn check(value: &[u8], expected: Result<(), Issue>, noted: &[Issue]) {
        let mut issues = Vec::new();
        assert_eq!(FileName::decode(value, &mut issues).map(drop), expected);
        assert_eq!(issues, noted);
    }

    #[test]
    fn parent_namespace_and_name_are_read() {
        let value = value();
        let name = FileName::decode(&value, &mut Vec::new()).expect("a name");
        assert_eq!(name.parent.to_string(), "5-5");
        assert_eq!(name.namespace, Namespace::Win32AndDos);
        assert!(name.name.is_ascii_text("Ab"));
    }

    #[test]
    fn a_value_shorter_than_the_structure_is_an_error() {
        let kind = |length| IssueKind::ValueTooShort { type_code: AttributeType::FILE_NAME, length, needed: 0x42 };
        check(&value()[..0x41], Err(Issue::new(0, kind(0x41))), &[]);
        check(&[], Err(Issue::new(0, kind(0))), &[]);
    }

    #[test]
    fn a_name_past_the_value_is_an_error() {
        let mut long = value();
        long[0x40] = 255;
        let kind = IssueKind::FileNameOutOfBounds { end: 0x42 + 510, length: 0x46 };
        check(&long, Err(Issue::new(0x40, kind)), &[]);
    }

    #[test]
    fn an_unknown_namespace_and_an_empty_name_are_noted() {
        let mut odd = value();
        odd[0x40] = 0;
        odd[0x41] = 4;
        let noted =
            [Issue::new(0x40, IssueKind::EmptyFileName), Issue::new(0x41, IssueKind::UnknownNamespace { found: 4 })];
        check(&odd, Ok(()), &noted);
    }
}
