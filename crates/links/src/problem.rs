//! What could not be decoded, or does not fit together: never silently dropped.

use std::fmt;

use crate::paths::MOST_UNITS;
use format::{FileReference, IssueKind, WtfString};
use image::{ImageOffset, PartitionIssue};
use volume::VolumeIssue;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The file record number it concerns, if it concerns one.
    pub record: Option<u64>,
    /// Where it lies in the image.
    pub offset: Option<ImageOffset>,
    /// What is wrong.
    pub cause: Cause,
}

impl From<volume::Problem> for Problem {
    fn from(problem: volume::Problem) -> Self {
        Self { record: problem.record, offset: problem.offset, cause: problem.cause.into() }
    }
}

impl From<PartitionIssue> for Problem {
    fn from(issue: PartitionIssue) -> Self {
        Self { record: None, offset: Some(issue.offset()), cause: Cause::Partition(issue) }
    }
}

/// Puts the problems of one volume, or of one image, in the order of documents: by record, offset, code.
pub fn sort_problems(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| (problem.record, problem.offset, problem.cause.code()));
}

/// What is wrong, by who noticed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The partition table.
    Partition(PartitionIssue),
    /// An on-disk structure.
    Structure(IssueKind),
    /// How structures of the volume fit together.
    Volume(VolumeIssue),
    /// How files and names fit together.
    Link(LinkIssue),
}

impl From<volume::Cause> for Cause {
    fn from(cause: volume::Cause) -> Self {
        match cause {
            volume::Cause::Structure(kind) => Cause::Structure(kind),
            volume::Cause::Volume(issue) => Cause::Volume(issue),
        }
    }
}

impl Cause {
    /// The stable code, one of those that [`problem_codes`] lists.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Partition(issue) => issue.code(),
            Cause::Structure(kind) => kind.code(),
            Cause::Volume(issue) => issue.code(),
            Cause::Link(issue) => issue.code(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Partition(issue) => issue.fmt(f),
            Cause::Structure(kind) => kind.fmt(f),
            Cause::Volume(issue) => issue.fmt(f),
            Cause::Link(issue) => issue.fmt(f),
        }
    }
}

/// What is wrong with how files and names fit together.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are the values that the message names")]
pub enum LinkIssue {
    /// An extension record whose base record is not the file it belonged to.
    #[error("extension record of {base}, {base_is}{}", names_held(.names))]
    OrphanedExtension { base: FileReference, base_is: BaseIs, names: Vec<WtfString> },
    /// An extension record that its base record's attribute list does not name.
    #[error("extension record of {base}, whose attribute list does not name it{}", names_held(.names))]
    ExtensionNotListed { base: FileReference, names: Vec<WtfString> },
    /// An attribute list names a record that is no extension record of the file.
    #[error("the attribute list names record {holder}, which is not an extension record of this file")]
    ListedRecordMissing { holder: FileReference },
    /// A file has a name in a directory whose record has been used again since.
    #[error("parent reference {parent}, but that record now has sequence number {found}")]
    StaleParent { parent: FileReference, found: u16 },
    /// A file has a name in a directory that is not in use, or not in the MFT.
    #[error("parent reference {parent}, but that record is not in use")]
    MissingParent { parent: FileReference },
    /// A file has a name in a file.
    #[error("parent reference {parent}, but that record is {found}, not a directory")]
    ParentNotADirectory { parent: FileReference, found: ParentIs },
    /// A directory is below itself.
    #[error("parent reference {parent} closes a cycle of parents; it is cut here, at its lowest record")]
    ParentCycle { parent: FileReference },
    /// A path is longer than Windows can name.
    #[error("path of {units} UTF-16 units, expected at most 32767; it is written from its parent on")]
    PathTooLong { units: u32 },
    /// The paths of one file are together longer than those of any sound one.
    #[error(
        "the paths of this file have together {units} UTF-16 units, expected at most {MOST_UNITS}; those past that are \
             written from their parents on"
    )]
    PathsTooLong { units: u64 },
    /// Following a link takes more work than all links of a sound volume.
    #[error("following this link was given up: it takes too many names to look up, or too long a path")]
    LinkGivenUp,
    /// The second reader sees something else.
    #[error("second reader differs in {what}: here {ours}, there {theirs}")]
    SecondReaderDiffers { what: &'static str, ours: String, theirs: String },
    /// The second reader cannot read the record, or the volume.
    #[error("second reader failed: {reason}")]
    SecondReaderFailed { reason: String },
}

/// What became of a base record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BaseIs {
    /// It is not in use, or not in the MFT.
    NotInUse,
    /// It is in use again.
    UsedAgain(u16),
    /// It is itself an extension record.
    Extension,
}

impl fmt::Display for BaseIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BaseIs::NotInUse => f.write_str("which is not in use"),
            BaseIs::UsedAgain(sequence) => write!(f, "which now has sequence number {sequence}"),
            BaseIs::Extension => f.write_str("which is an extension record itself"),
        }
    }
}

/// What a parent reference leads to, when that is no directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParentIs {
    /// A file.
    File,
    /// An extension record.
    Extension,
}

impl fmt::Display for ParentIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParentIs::File => "a file",
            ParentIs::Extension => "an extension record",
        })
    }
}

/// `; it holds the name "x"`, so that a former path is not lost.
fn names_held(names: &[WtfString]) -> String {
    const MOST: usize = 8;
    if names.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("\"{}\"", name.as_wtf8())).collect();
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    let noun = if names.len() == 1 { "name" } else { "names" };
    format!("; it holds the {noun} {}{more}", quoted.join(", "))
}

/// Every code of [`LinkIssue::code`], with its meaning.
const LINK_CODES: &[(&str, &str)] = &[
    ("orphaned-extension-record", "an extension record whose base record is not the file it belonged to"),
    ("extension-not-listed", "an extension record that its base record's attribute list does not name"),
    ("listed-record-missing", "an attribute list names a record that is no extension record of the file"),
    ("stale-parent-reference", "a name in a directory whose record has been used again since"),
    ("missing-parent", "a name in a directory that is not in use, or not in the MFT"),
    ("parent-not-a-directory", "a name in a file, or in an extension record"),
    ("parent-cycle", "a directory is below itself"),
    ("path-too-long", "a path of more than 32,767 UTF-16 units"),
    ("paths-too-long", "the paths of one file are together longer than those of any sound one"),
    ("link-given-up", "following a link takes too much work"),
    ("second-reader-differs", "the second reader sees something else"),
    ("second-reader-failed", "the second reader cannot read the record, or the volume"),
];

impl LinkIssue {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        use LinkIssue::*;
        match self {
            OrphanedExtension { .. } => "orphaned-extension-record",
            ExtensionNotListed { .. } => "extension-not-listed",
            ListedRecordMissing { .. } => "listed-record-missing",
            StaleParent { .. } => "stale-parent-reference",
            MissingParent { .. } => "missing-parent",
            ParentNotADirectory { .. } => "parent-not-a-directory",
            ParentCycle { .. } => "parent-cycle",
            PathTooLong { .. } => "path-too-long",
            PathsTooLong { .. } => "paths-too-long",
            LinkGivenUp => "link-given-up",
            SecondReaderDiffers { .. } => "second-reader-differs",
            SecondReaderFailed { .. } => "second-reader-failed",
        }
    }
}

/// The registry: every code that a problem can have, with its meaning.
pub fn problem_codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    [PartitionIssue::CODES, volume::VOLUME_CODES, format::ISSUE_CODES, LINK_CODES].into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_listed_twice() {
        let mut codes: Vec<&str> = problem_codes().map(|(code, _)| code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn codes_are_kebab_case() {
        for (code, meaning) in problem_codes() {
            assert!(
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{code}"
            );
            assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{meaning}");
        }
    }
}
