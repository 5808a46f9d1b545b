//! Attributes of a file before it is decided which values go to clusters.

use crate::attribute::{Attribute, Body, InClusters, kind};
use crate::clusters::Clusters;
use crate::description::{Content, Geometry, Stored};
use crate::output::Output;

/// Room that a header of a value in clusters takes besides its name: 0x40 bytes, and 16 for the mapping pairs of one run.
const IN_CLUSTERS_LENGTH: usize = 0x50;

/// An attribute, and what its value is.
pub(crate) struct Draft<'a> {
    pub kind: u32,
    pub name: &'a [u16],
    pub value: Value<'a>,
}

/// What an attribute's value is.
pub(crate) enum Value<'a> {
    /// Made here; in the record.
    Made(Vec<u8>),
    /// From the description, in the record.
    Given(&'a [u8]),
    /// In clusters.
    InClusters(Bytes<'a>),
    /// Already written to clusters.
    Written(InClusters),
    /// So many zeros in clusters.
    Zeros(u64),
    /// So many bytes that lie nowhere.
    Hole(u64),
}

/// Bytes that are made here, or of the description.
pub(crate) enum Bytes<'a> {
    Made(Vec<u8>),
    Given(&'a [u8]),
}

impl std::ops::Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Made(bytes) => bytes,
            Bytes::Given(bytes) => bytes,
        }
    }
}

impl<'a> Draft<'a> {
    /// A nameless attribute whose value was made here.
    pub fn made(kind: u32, value: Vec<u8>) -> Self {
        Self { kind, name: &[], value: Value::Made(value) }
    }

    /// The value that a description stores.
    pub fn stored(kind: u32, name: &'a [u16], stored: &'a Stored) -> Self {
        let value = match stored.in_clusters {
            true => Value::InClusters(Bytes::Given(&stored.bytes)),
            false => Value::Given(&stored.bytes),
        };
        Self { kind, name, value }
    }

    /// A `$DATA`.
    pub fn data(name: &'a [u16], content: &'a Content) -> Self {
        let value = match content {
            Content::Bytes(stored) => return Self::stored(kind::DATA, name, stored),
            Content::Zeros(size) => Value::Zeros(*size),
            Content::Hole(size) => Value::Hole(*size),
        };
        Self { kind: kind::DATA, name, value }
    }

    /// Bytes that the attribute takes in a record at most.
    pub fn length(&self) -> usize {
        match &self.value {
            Value::Made(bytes) => self.resident_length(bytes.len()),
            Value::Given(bytes) => self.resident_length(bytes.len()),
            _ => self.in_clusters_length(),
        }
    }

    fn resident_length(&self, value: usize) -> usize {
        ((0x18 + 2 * self.name.len()).next_multiple_of(8) + value).next_multiple_of(8)
    }

    fn in_clusters_length(&self) -> usize {
        let sparse = if matches!(self.value, Value::Hole(_)) { 8 } else { 0 };
        (IN_CLUSTERS_LENGTH + sparse + 2 * self.name.len()).next_multiple_of(8)
    }

    /// Bytes of the record that would be free if the value went to clusters; none where it cannot or has to stay.
    fn saving(&self) -> usize {
        let may_go = matches!(self.kind, kind::DATA | kind::REPARSE_POINT | kind::EXTENDED_ATTRIBUTES);
        if may_go { self.length().saturating_sub(self.in_clusters_length()) } else { 0 }
    }

    fn send_to_clusters(&mut self) {
        let value = std::mem::replace(&mut self.value, Value::Zeros(0));
        self.value = match value {
            Value::Made(bytes) => Value::InClusters(Bytes::Made(bytes)),
            Value::Given(bytes) => Value::InClusters(Bytes::Given(bytes)),
            other => other,
        };
    }

    /// The attribute, its value written to clusters if that is where it goes.
    pub fn finish(
        self,
        geometry: &Geometry,
        clusters: &mut Clusters,
        output: &mut Output<'_>,
    ) -> std::io::Result<Attribute> {
        let mut take = |size| InClusters::new(size, clusters.take(geometry.clusters(size)), geometry.cluster);
        let body = match self.value {
            Value::Made(bytes) => Body::Resident(bytes),
            Value::Given(bytes) => Body::Resident(bytes.to_vec()),
            Value::Written(value) => Body::InClusters(value),
            Value::Zeros(size) => Body::InClusters(take(size)),
            Value::Hole(size) => Body::InClusters(InClusters::hole(size, geometry.cluster)),
            Value::InClusters(bytes) => {
                let value = take(bytes.len() as u64);
                if let Some(lcn) = value.runs.first().and_then(|run| run.lcn) {
                    output.write(geometry.offset(lcn), &bytes)?;
                }
                Body::InClusters(value)
            }
        };
        Ok(Attribute { kind: self.kind, name: self.name.to_vec(), body })
    }
}

/// Sends values to clusters, the one that frees most first, until the attributes fit in `room` bytes or no more may go.
pub(crate) fn make_room(drafts: &mut [Draft<'_>], room: usize) {
    while length(drafts) > room {
        // The first of equals: `max_by_key` would take the last.
        let Some(draft) = drafts.iter_mut().rev().max_by_key(|draft| draft.saving()) else { return };
        if draft.saving() == 0 {
            return;
        }
        draft.send_to_clusters();
    }
}

/// Bytes that the attributes take in a record at most.
pub(crate) fn length(drafts: &[Draft<'_>]) -> usize {
    drafts.iter().map(Draft::length).sum()
}
