//! An index as nodes and entries, read whole, changed, and stored back into the nodes that it has.
//!
//! Source: libfsntfs "The index"; reference A.10.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use format::AttributeType;

use super::block::{Block, Stored, Write, number};
use super::error::{DamageError, damaged_already, missing};
use super::segment::Spot;
use super::volume::Volume;
use super::{AttributeAt, IndexAt};
use crate::attribute::{kind, low_u16, low_u32};
use crate::clusters::Run;

/// Where the index header of a root is in its value, and of a block in the block.
const ROOT_HEADER: usize = 0x10;
const BLOCK_HEADER: usize = 0x18;
/// Length of an entry without key and child.
const ENTRY_HEADER: usize = 0x10;
/// Length of the VCN of a child.
const CHILD: usize = 8;
/// Flags of an entry.
const HAS_CHILD: u8 = 1;
const IS_LAST: u8 = 2;

/// One entry of a node.
#[derive(Clone)]
pub(super) struct Entry {
    /// As stored, without the VCN of the child.
    pub bytes: Vec<u8>,
    child: Option<u64>,
    /// Where it was in the block when it was read.
    pub offset: usize,
}

impl Entry {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, child: None, offset: 0 }
    }

    /// A `$FILE_NAME` in a directory, what the view has in a view.
    pub fn key(&self) -> &[u8] {
        let length = number(&self.bytes, 0x0A, 2).and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        self.bytes.get(ENTRY_HEADER..ENTRY_HEADER + length).unwrap_or(&[])
    }

    /// The name in the index of a directory.
    pub fn name(&self) -> Vec<u16> {
        let units = self.key().get(0x42..).unwrap_or(&[]).as_chunks::<2>().0;
        units.iter().map(|unit| u16::from_le_bytes(*unit)).collect()
    }

    fn store(&self, body: &mut Vec<u8>) {
        let start = body.len();
        body.extend_from_slice(&self.bytes);
        body.extend(self.child.iter().flat_map(|vcn| vcn.to_le_bytes()));
        let length = low_u16(body.len() - start);
        body[start + 8..start + 10].copy_from_slice(&length);
        body[start + 12] = body[start + 12] & !HAS_CHILD | u8::from(self.child.is_some());
    }
}

/// A root or an index block.
pub(super) struct Node {
    /// The block, or the record that has the root.
    pub block: Block,
    /// Where the index header is in it.
    header: usize,
    /// The VCN; none of a root.
    vcn: Option<u64>,
    pub entries: Vec<Entry>,
    end: Entry,
}

/// An index.
pub(super) struct Tree {
    /// The root first.
    pub nodes: Vec<Node>,
    root: Spot,
    by_vcn: BTreeMap<u64, usize>,
    changed: BTreeSet<usize>,
}

/// Where the blocks of an index are.
struct Blocks {
    runs: Vec<Run>,
    /// Of a block, in bytes.
    size: usize,
    /// Bytes that a VCN counts.
    unit: u64,
}

fn attribute(index: &IndexAt, kind: u32) -> AttributeAt {
    AttributeAt { record: index.record, kind: AttributeType(kind), name: Some(index.name.clone()), position: 0 }
}

impl Blocks {
    /// `root` is the value of the root.
    fn find(volume: &Volume<'_>, index: &IndexAt, root: &[u8]) -> Result<Self, DamageError> {
        let (block, spot) = volume.attribute(&attribute(index, kind::INDEX_ALLOCATION))?;
        let size = number(root, 8, 4).unwrap_or(0);
        let cluster = u64::from(volume.built.geometry.cluster);
        let unit = if cluster > size { 512 } else { cluster };
        Ok(Self { runs: volume.runs(&block, &spot)?, size: usize::try_from(size).unwrap_or(0), unit })
    }

    fn stored(&self, volume: &Volume<'_>, index: &IndexAt, vcn: u64) -> Result<Stored, DamageError> {
        let offset = vcn.saturating_mul(self.unit);
        let name = format!("index block {} of record {}", offset / (self.size as u64).max(1), index.record);
        let places = volume.places(&self.runs, offset, self.size).filter(|_| self.size > 0);
        let places = places.ok_or_else(|| missing(format!("record {}", index.record), &name))?;
        volume.stored(name, vec![places])
    }
}

/// An index block as it is, by its number from 0.
pub(super) fn stored_block(volume: &Volume<'_>, index: &IndexAt, block: u64) -> Result<Stored, DamageError> {
    let root = volume.value(&attribute(index, kind::INDEX_ROOT))?;
    let blocks = Blocks::find(volume, index, root.bytes())?;
    blocks.stored(volume, index, block.saturating_mul(blocks.size as u64) / blocks.unit)
}

impl Tree {
    /// Reads an index.
    pub fn read(volume: &Volume<'_>, index: &IndexAt) -> Result<Self, DamageError> {
        let (block, root) = volume.attribute(&attribute(index, kind::INDEX_ROOT))?;
        let value = block.value_range(&root)?;
        let value_bytes = block.bytes[value.clone()].to_vec();
        let node = Node::read(block, value.start + ROOT_HEADER, None)?;
        let mut tree = Self { nodes: vec![node], root, by_vcn: BTreeMap::new(), changed: BTreeSet::new() };
        if tree.nodes[0].end.child.is_some() {
            let blocks = Blocks::find(volume, index, &value_bytes)?;
            tree.read_blocks(volume, index, &blocks)?;
        }
        Ok(tree)
    }

    fn read_blocks(&mut self, volume: &Volume<'_>, index: &IndexAt, blocks: &Blocks) -> Result<(), DamageError> {
        let mut next = 0;
        while next < self.nodes.len() {
            for vcn in self.nodes[next].children() {
                let block = blocks.stored(volume, index, vcn)?.unprotect()?;
                if self.by_vcn.insert(vcn, self.nodes.len()).is_some() {
                    return Err(damaged_already(block.name(), "one way that leads to it"));
                }
                self.nodes.push(Node::read(block, BLOCK_HEADER, Some(vcn))?);
            }
            next += 1;
        }
        Ok(())
    }

    /// The first entry that `is_it`, by node and position.
    pub fn find(&self, is_it: impl Fn(&Entry) -> bool) -> Option<(usize, usize)> {
        let positions = self.nodes.iter().map(|node| node.entries.iter().position(&is_it));
        positions.enumerate().find_map(|(node, position)| Some((node, position?)))
    }

    /// Takes an entry out. One that has a child leaves its place to the entry before it, which is in a leaf.
    pub fn remove(&mut self, node: usize, position: usize) -> Result<Entry, DamageError> {
        let removed = self.nodes[node].entries.remove(position);
        self.changed.insert(node);
        if let Some(child) = removed.child {
            let leaf = self.last_leaf(child)?;
            let before = self.nodes[leaf].entries.pop();
            let before = before.ok_or_else(|| missing(self.nodes[leaf].block.name(), "an entry"))?;
            self.nodes[node].entries.insert(position, Entry { child: Some(child), ..before });
            self.changed.insert(leaf);
        }
        Ok(Entry { child: None, ..removed })
    }

    /// Puts an entry before the first that is not less, in a leaf.
    pub fn insert(&mut self, entry: Entry, compare: impl Fn(&Entry) -> Ordering) -> Result<(), DamageError> {
        let mut node = 0;
        loop {
            let position = self.nodes[node].entries.partition_point(|other| compare(other).is_lt());
            let Node { entries, end, .. } = &self.nodes[node];
            match entries.get(position).unwrap_or(end).child {
                Some(vcn) => node = self.node(vcn)?,
                None => {
                    self.nodes[node].entries.insert(position, entry);
                    self.changed.insert(node);
                    return Ok(());
                }
            }
        }
    }

    /// Two entries of a node change places; children stay where they are.
    pub fn swap(&mut self, node: usize, first: usize, second: usize) {
        let entries = &mut self.nodes[node].entries;
        entries.swap(first, second);
        let child = entries[first].child;
        entries[first].child = std::mem::replace(&mut entries[second].child, child);
        self.changed.insert(node);
    }

    /// The end entry of the last leaf leads to the first block on the way to it. Says both VCNs.
    pub fn close_loop(&mut self) -> Result<(u64, u64), DamageError> {
        let top = self.nodes[0].end.child.ok_or_else(|| missing(self.nodes[0].block.name(), "an index block"))?;
        let leaf = self.last_leaf(top)?;
        self.nodes[leaf].end.child = Some(top);
        self.changed.insert(leaf);
        Ok((self.nodes[leaf].vcn.unwrap_or(0), top))
    }

    fn last_leaf(&self, vcn: u64) -> Result<usize, DamageError> {
        let mut node = self.node(vcn)?;
        while let Some(child) = self.nodes[node].end.child {
            node = self.node(child)?;
        }
        Ok(node)
    }

    fn node(&self, vcn: u64) -> Result<usize, DamageError> {
        let node = self.by_vcn.get(&vcn).copied();
        node.ok_or_else(|| damaged_already(self.nodes[0].block.name(), "index blocks that its index leads to"))
    }

    /// Stores the nodes that changed.
    pub fn writes(mut self) -> Result<Vec<Write>, DamageError> {
        let mut writes = Vec::new();
        for &position in &self.changed {
            let node = &mut self.nodes[position];
            match position {
                0 => node.store_root(&self.root)?,
                _ => node.store_block()?,
            }
            writes.extend(node.block.writes());
        }
        Ok(writes)
    }
}

impl Node {
    fn read(block: Block, header: usize, vcn: Option<u64>) -> Result<Self, DamageError> {
        if vcn.is_some() && !block.bytes.starts_with(b"INDX") {
            return Err(damaged_already(block.name(), "the signature \"INDX\""));
        }
        let end = (header + block.size(header + 4, 4)?).min(block.bytes.len());
        let mut offset = header + block.size(header, 4)?;
        let mut entries = Vec::new();
        loop {
            let (length, flags) = (block.size(offset + 8, 2)?, block.number(offset + 12, 1)?);
            let has_child = flags & u64::from(HAS_CHILD) != 0;
            let child_length = if has_child { CHILD } else { 0 };
            let sound = || damaged_already(block.name(), "entries whose lengths lead to the end entry");
            if length < ENTRY_HEADER + child_length || offset + length > end {
                return Err(sound());
            }
            let own = offset..offset + length - child_length;
            let child = if has_child { Some(block.number(own.end, CHILD)?) } else { None };
            let bytes = block.bytes.get(own).ok_or_else(sound)?.to_vec();
            let entry = Entry { bytes, child, offset };
            if flags & u64::from(IS_LAST) != 0 {
                return Ok(Self { block, header, vcn, entries, end: entry });
            }
            entries.push(entry);
            offset += length;
        }
    }

    fn children(&self) -> Vec<u64> {
        self.entries.iter().chain([&self.end]).filter_map(|entry| entry.child).collect()
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        self.entries.iter().chain([&self.end]).for_each(|entry| entry.store(&mut body));
        body
    }

    fn store_block(&mut self) -> Result<(), DamageError> {
        let body = self.body();
        let start = self.header + self.block.size(self.header, 4)?;
        let size = self.block.bytes.len();
        let used = (self.header + self.block.size(self.header + 4, 4)?).min(size);
        if start + body.len() > size {
            let (needed, free) = (start + body.len() - used, size.saturating_sub(used));
            return Err(DamageError::NoRoom { structure: self.block.name().to_owned(), needed, free });
        }
        self.block.put(start, &vec![0; used - start])?;
        self.block.put(start, &body)?;
        self.block.put(self.header + 4, &low_u32(start + body.len() - self.header))?;
        self.block.put(self.header + 12, &[u8::from(self.end.child.is_some())])
    }

    fn store_root(&mut self, spot: &Spot) -> Result<(), DamageError> {
        let body = self.body();
        let start = self.header + self.block.size(self.header, 4)?;
        let mut value = self.block.bytes[self.header - ROOT_HEADER..start].to_vec();
        value.extend_from_slice(&body);
        let used = low_u32(value.len() - ROOT_HEADER);
        value[ROOT_HEADER + 4..ROOT_HEADER + 8].copy_from_slice(&used);
        value[ROOT_HEADER + 8..ROOT_HEADER + 12].copy_from_slice(&used);
        self.block.replace_value(spot, &value)
    }
}
