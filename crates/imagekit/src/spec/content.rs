//! What a stream holds: `text`, `hex`, `zeros` or `hole`.

use super::reader::{Read, Table, Value};
use crate::description::{Content, Stored};

/// The keys of content that exclude each other.
pub(super) const KINDS: [&str; 4] = ["text", "hex", "zeros", "hole"];

/// The content that a table gives; `None` where it gives none.
pub(super) fn read(table: &Table<'_>) -> Read<Option<Content>> {
    let kind = table.at_most_one(&KINDS)?;
    let is_bytes = kind.is_some_and(|value| matches!(value.key(), "text" | "hex"));
    let in_clusters = table.boolean("in-clusters")?;
    if let (Some(value), true, false) = (table.get("in-clusters"), in_clusters, is_bytes) {
        return Err(value.problem("`in-clusters` only beside `text` or `hex`", "it without them"));
    }
    let read = |value: Value<'_>| match value.key() {
        "zeros" => value.size().map(Content::Zeros),
        "hole" => value.size().map(Content::Hole),
        _ => Ok(bytes(stored_bytes(value)?, in_clusters)),
    };
    kind.map(read).transpose()
}

/// Bytes as `text` or `hex` has them.
pub(super) fn stored_bytes(value: Value<'_>) -> Read<Vec<u8>> {
    if value.key() == "hex" { value.hex() } else { Ok(value.string()?.as_bytes().to_vec()) }
}

/// Content of these bytes.
pub(super) fn bytes(bytes: Vec<u8>, in_clusters: bool) -> Content {
    Content::Bytes(Stored { bytes: bytes.into(), in_clusters })
}
