//! The keys that make a file a link, or give it another reparse point.

use format::Guid;

use super::content;
use super::error::Problem;
use super::reader::{Read, Table, Value};
use super::reparse_table::{self, device, refused};
use crate::description::{Content, Stored};
use crate::foreign_link;
use crate::reparse::{self, LARGEST_VALUE, NfsObject, Reparse, TargetError, WofProvider};

/// The keys of links, which exclude each other.
pub(super) const KINDS: [&str; 12] = [
    "junction",
    "volume-mount-point",
    "symlink",
    "lx-symlink",
    "nfs-symlink",
    "interix-symlink",
    "interix-character",
    "interix-block",
    "cygwin-symlink",
    "app-exec-link",
    "wof",
    "reparse",
];

/// Shortest value of `$REPARSE_POINT`: one that has a tag.
const SHORTEST_VALUE: usize = 4;

/// What a key of a link makes of its file.
pub(super) struct Link<'a> {
    /// The key.
    pub value: Value<'a>,
    pub kind: LinkKind,
}

/// Where a link keeps its target.
pub(super) enum LinkKind {
    /// In a reparse point.
    Reparse(Stored),
    /// In the content of a file that has the attribute "system".
    Content(Content),
}

impl Link<'_> {
    /// Whether only a directory is such a link, by the rules of Windows.
    pub fn is_directory_link(&self) -> bool {
        matches!(self.value.key(), "junction" | "volume-mount-point")
    }
}

/// The link of a file, if it is one.
pub(super) fn read<'a>(table: &Table<'a>) -> Read<Option<Link<'a>>> {
    let in_clusters = table.boolean("reparse-in-clusters")?;
    let link = table.at_most_one(&KINDS)?;
    let is_content = |value: &Value<'_>| matches!(value.key().split('-').next(), Some("interix" | "cygwin"));
    if let (Some(in_clusters), true) = (table.get("reparse-in-clusters"), link.is_none_or(|link| is_content(&link))) {
        return Err(in_clusters.problem("`reparse-in-clusters` only beside a reparse point", "it without one"));
    }
    let Some(value) = link else { return Ok(None) };
    let kind = if is_content(&value) {
        LinkKind::Content(content::bytes(foreign_content(value)?, false))
    } else {
        let bytes = encode(value, &reparse_point(value)?)?;
        LinkKind::Reparse(Stored { bytes: bytes.into(), in_clusters })
    };
    Ok(Some(Link { value, kind }))
}

fn foreign_content(value: Value<'_>) -> Read<Vec<u8>> {
    match value.key() {
        "interix-symlink" => Ok(foreign_link::interix_symlink(&value.units()?)),
        "cygwin-symlink" => Ok(foreign_link::cygwin_symlink(&value.units()?)),
        key => {
            let [major, minor] = device(value)?.map(u64::from);
            let write = match key {
                "interix-character" => foreign_link::interix_character,
                _ => foreign_link::interix_block,
            };
            Ok(write(major, minor))
        }
    }
}

fn reparse_point(value: Value<'_>) -> Read<Reparse> {
    match value.key() {
        "junction" => windows_link(value, reparse::junction),
        "symlink" => windows_link(value, reparse::symlink),
        "volume-mount-point" => Ok(reparse::volume_mount_point(value.guid()?)),
        "lx-symlink" => Ok(Reparse::LxSymlink { version: 2, target: value.string()?.as_bytes().to_vec() }),
        "nfs-symlink" => Ok(Reparse::Nfs(NfsObject::Symlink(value.units()?))),
        "app-exec-link" => app_exec_link(value),
        "wof" => Ok(Reparse::Wof(WofProvider::File { algorithm: reparse_table::wof_algorithm(value)? })),
        _ => reparse_table::read(value),
    }
}

/// A link as one of Windows' own tools makes it of a target.
fn windows_link(value: Value<'_>, make: fn(&[u16]) -> Result<Reparse, TargetError>) -> Read<Reparse> {
    let target = value.units()?;
    make(&target).map_err(|error| {
        let expected = format!("a target that `mklink` takes, or `reparse` instead of `{}`", value.key());
        value.problem(expected, refused(&String::from_utf16_lossy(&target), error))
    })
}

fn app_exec_link(value: Value<'_>) -> Read<Reparse> {
    let table = value.table("file.app-exec-link", &["package", "app", "target", "type"])?;
    let string = |key| {
        let value = table.get(key).ok_or_else(|| table.missing(key, "a string"))?;
        value.units()
    };
    let kind = table.read("type", Value::units)?.unwrap_or_else(|| vec![u16::from(b'0')]);
    Ok(Reparse::AppExecLink { version: 3, strings: vec![string("package")?, string("app")?, string("target")?, kind] })
}

fn encode(value: Value<'_>, reparse: &Reparse) -> Read<Vec<u8>> {
    let problem = |why: String| value.problem("a reparse point that NTFS can keep", format!("another: {why}"));
    let bytes = reparse.encode().map_err(|error| problem(error.to_string()))?;
    let lengths = SHORTEST_VALUE..=LARGEST_VALUE;
    if lengths.contains(&bytes.len()) {
        return Ok(bytes);
    }
    Err(problem(format!("it has {} bytes, but {SHORTEST_VALUE} to {LARGEST_VALUE} can be", bytes.len())))
}

/// `object-id`: a GUID, or a table with the three birth ids too.
pub(super) fn object_id(value: Value<'_>) -> Read<(Guid, Option<[Guid; 3]>)> {
    if !value.is_table() {
        return Ok((value.guid()?, None));
    }
    let table = value.table("file.object-id", &["id", "birth-volume", "birth-object", "domain"])?;
    let id = table.get("id").ok_or_else(|| table.missing("id", "a GUID"))?.guid()?;
    let birth = |key| Ok::<_, Problem>(table.read(key, Value::guid)?.unwrap_or(Guid([0; 16])));
    Ok((id, Some([birth("birth-volume")?, birth("birth-object")?, birth("domain")?])))
}
