//! B-tree indexes: `$I30` of directories, and the view indexes `$SDH`, `$SII`, `$O`, `$Q` and `$R`.
//!
//! Entries arrive in collation order, one by one, and leave as `INDX` blocks as soon as a node is full, so that an
//! index of a million entries needs no more memory than one open node per level. Nodes are filled to the brim, and the
//! same entries give the same blocks on every run.
//!
//! An entry with a child stands behind all entries of that child, so when a full node closes, its last entry moves up
//! to the parent as the separator, and every node ends in an end entry whose child (above the leaves) holds what sorts
//! behind its last key.
//!
//! Source: libfsntfs "The index"; Microsoft DevNotes `INDEX_ROOT`, `INDEX_ALLOCATION_BUFFER`, `INDEX_ENTRY`;
//! `layout.h` of ntfs-3g, which alone names the fields of view indexes.

use std::io;

use format::FileReference;
use thiserror::Error;

use crate::attribute::{low_u16, low_u32};
use crate::record::{protect, update_sequence_words};

/// Length of the fixed part of an entry, and of an end entry without a child.
const ENTRY_HEADER_SIZE: usize = 0x10;
/// Length of the child VCN, which is the last field of an entry that has one.
const CHILD_SIZE: usize = 8;
/// Flag of an entry: it has a child.
const ENTRY_HAS_CHILD: u8 = 1;
/// Flag of an entry: it ends its node and has no key.
const ENTRY_IS_LAST: u8 = 2;
/// Flag of an index header: its entries have children.
const NODE_HAS_CHILDREN: u8 = 1;

/// Where the index header of an `$INDEX_ROOT` value lies.
const ROOT_INDEX_HEADER: usize = 0x10;
/// Length of an index header.
const INDEX_HEADER_SIZE: usize = 0x10;
/// The shortest root that can have a child: the end entry alone.
const SMALLEST_LARGE_ROOT: usize = ROOT_INDEX_HEADER + INDEX_HEADER_SIZE + ENTRY_HEADER_SIZE + CHILD_SIZE;

/// Where the index header of an `INDX` block lies; the offsets in that header count from here.
const BLOCK_INDEX_HEADER: usize = 0x18;
/// Where the update sequence array of an `INDX` block lies.
const UPDATE_SEQUENCE_OFFSET: usize = 0x28;

/// The collation of `$SDH`.
const SECURITY_HASH_COLLATION: u32 = 0x12;
/// What stands behind the data of an `$SDH` entry: "II" in UTF-16, not counted in the data's length.
///
/// Source: every `$SDH` that Windows or `mkntfs` wrote; ntfs-3g `layout.h` allows zeros, too.
const SECURITY_HASH_PADDING: [u8; 4] = *b"I\0I\0";

/// What an index holds and how it is sorted: the first two fields of `$INDEX_ROOT`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexKind {
    /// The type of the attribute whose values are the keys; 0 for a view.
    pub attribute_type: u32,
    /// The collation rule. The builder does not sort: it takes the order of its entries as this one.
    pub collation: u32,
}

impl IndexKind {
    /// `$I30` of a directory.
    pub const FILE_NAMES: Self = Self { attribute_type: 0x30, collation: 1 };
    /// `$SII` of `$Secure`, by security id.
    pub const SECURITY_IDS: Self = Self { attribute_type: 0, collation: 0x10 };
    /// `$SDH` of `$Secure`, by hash, then security id. Its entries end in "II", as those of Windows do.
    pub const SECURITY_HASHES: Self = Self { attribute_type: 0, collation: SECURITY_HASH_COLLATION };
    /// `$Q` of `$Quota`, by owner id.
    pub const QUOTAS: Self = Self { attribute_type: 0, collation: 0x10 };
    /// `$O` of `$Quota`, by SID.
    pub const OWNERS: Self = Self { attribute_type: 0, collation: 0x11 };
    /// `$O` of `$ObjId`, by object id.
    pub const OBJECT_IDS: Self = Self { attribute_type: 0, collation: 0x13 };
    /// `$R` of `$Reparse`, by tag, then file reference.
    pub const REPARSE_POINTS: Self = Self { attribute_type: 0, collation: 0x13 };
}

/// Sizes that an index depends on, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexSizes {
    /// Of an `INDX` block: a power of two from 512 to 32,768; Windows has 4,096.
    pub block: u32,
    /// Of a cluster: a power of two from 512.
    pub cluster: u32,
    /// The most that the `$INDEX_ROOT` value may have, at least 56.
    pub largest_root: usize,
}

/// One entry of an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry<'a> {
    /// Of a directory.
    File {
        /// The file that has the name.
        reference: FileReference,
        /// A `$FILE_NAME` value. Not looked into.
        key: &'a [u8],
    },
    /// Of a view.
    View {
        /// The key, as stored. Not looked into.
        key: &'a [u8],
        /// What it leads to, as stored; empty in `$R`.
        data: &'a [u8],
    },
}

/// An index whose blocks have been handed out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexTree {
    /// The whole `$INDEX_ROOT` value, its length a multiple of 8.
    pub root: Vec<u8>,
    /// The number of `INDX` blocks. Where it is 0, there is no `$INDEX_ALLOCATION` and no `$BITMAP`.
    pub block_count: u64,
}

/// Why an index could not be built.
#[derive(Debug, Error)]
pub enum IndexError {
    /// No index has such blocks.
    #[error("an index block of {block} bytes: expected a power of two from 512 to 32768")]
    BlockSize {
        /// In bytes.
        block: u32,
    },
    /// No volume has such clusters.
    #[error("a cluster of {cluster} bytes: expected a power of two from 512")]
    ClusterSize {
        /// In bytes.
        cluster: u32,
    },
    /// The root has no room for an end entry with a child.
    #[error("an index root of at most {largest_root} bytes: expected at least {SMALLEST_LARGE_ROOT}")]
    RootTooSmall {
        /// In bytes.
        largest_root: usize,
    },
    /// Fewer than two such entries fit into a node, so that no tree can be made of them.
    #[error("an index entry of {length} bytes: expected at most {longest} in blocks of {block} bytes")]
    EntryTooLong {
        /// Of the entry, in bytes, without a child.
        length: usize,
        /// The longest that is possible.
        longest: usize,
        /// Of an `INDX` block, in bytes.
        block: u32,
    },
    /// A block could not be handed out.
    #[error("index block {number}: {source}")]
    Write {
        /// The number of the block.
        number: u64,
        /// What went wrong.
        source: io::Error,
    },
}

/// Takes a finished `INDX` block, update sequence and all, and its number: its offset in `$INDEX_ALLOCATION` divided by
/// the size of a block. Numbers come in ascending order from 0.
pub type WriteBlock<'w> = dyn FnMut(u64, &[u8]) -> io::Result<()> + 'w;

/// Builds one index from entries in collation order.
pub struct IndexBuilder<'w> {
    kind: IndexKind,
    sizes: IndexSizes,
    layout: BlockLayout,
    write: &'w mut WriteBlock<'w>,
    /// The open node of each level, the leaf first.
    nodes: Vec<Node>,
    /// The entry that is being pushed; kept for its memory.
    entry: Vec<u8>,
    /// The block that is being closed; kept for its memory.
    block: Vec<u8>,
    block_count: u64,
}

/// What follows from the sizes of blocks and clusters.
#[derive(Clone, Copy)]
struct BlockLayout {
    /// Of a block, in bytes.
    size: usize,
    /// Where the first entry lies, in bytes from the start of the block.
    first_entry: usize,
    /// How many units of a VCN a block has: clusters or, where a cluster is larger than a block, 512 bytes.
    vcns: u8,
}

/// A node that still takes entries.
#[derive(Default)]
struct Node {
    /// Its entries as stored, without the end entry. Above the leaves, each has a child.
    entries: Vec<u8>,
    /// Where the last entry starts.
    last: usize,
}

impl<'w> IndexBuilder<'w> {
    /// An index without entries, whose blocks go to `write`.
    ///
    /// # Errors
    ///
    /// Sizes that no index has.
    pub fn new(kind: IndexKind, sizes: IndexSizes, write: &'w mut WriteBlock<'w>) -> Result<Self, IndexError> {
        let layout = BlockLayout::new(sizes.block, sizes.cluster)?;
        if sizes.largest_root < SMALLEST_LARGE_ROOT {
            return Err(IndexError::RootTooSmall { largest_root: sizes.largest_root });
        }
        let nodes = vec![Node::default()];
        Ok(Self { kind, sizes, layout, write, nodes, entry: Vec::new(), block: Vec::new(), block_count: 0 })
    }

    /// Adds the entry that sorts behind all entries so far. The order is not checked.
    ///
    /// # Errors
    ///
    /// An entry that is too long for the blocks, or a block that could not be handed out. The index is then lost.
    pub fn push(&mut self, entry: Entry<'_>) -> Result<(), IndexError> {
        let length = entry.length();
        let longest = self.layout.longest_entry();
        if length > longest {
            return Err(IndexError::EntryTooLong { length, longest, block: self.sizes.block });
        }
        let mut bytes = std::mem::take(&mut self.entry);
        bytes.clear();
        entry.store(self.kind.collation, &mut bytes);
        let result = self.append(0, &bytes);
        self.entry = bytes;
        result
    }

    /// Closes the open nodes and makes the root.
    ///
    /// Everything lies in the root where that has room for it. Otherwise the root holds the keys of the highest level
    /// or, where it has no room for those either, the end entry alone.
    ///
    /// # Errors
    ///
    /// A block that could not be handed out.
    pub fn finish(mut self) -> Result<IndexTree, IndexError> {
        let mut child = None;
        for level in 0..self.nodes.len() {
            let entries = self.nodes[level].entries.len();
            let root_length = ROOT_INDEX_HEADER + INDEX_HEADER_SIZE + entries + end_entry_length(child);
            if level + 1 == self.nodes.len() && root_length <= self.sizes.largest_root {
                let entries = std::mem::take(&mut self.nodes[level].entries);
                return Ok(self.tree(&entries, child));
            }
            child = Some(self.close(level, child)?);
        }
        Ok(self.tree(&[], child))
    }

    /// Adds a stored entry to the open node of a level, after closing that node if it is full.
    fn append(&mut self, level: usize, entry: &[u8]) -> Result<(), IndexError> {
        if level == self.nodes.len() {
            self.nodes.push(Node::default());
        }
        let end_entry = if level == 0 { ENTRY_HEADER_SIZE } else { ENTRY_HEADER_SIZE + CHILD_SIZE };
        if self.nodes[level].entries.len() + entry.len() + end_entry > self.layout.room() {
            self.split(level)?;
        }
        let node = &mut self.nodes[level];
        node.last = node.entries.len();
        node.entries.extend_from_slice(entry);
        Ok(())
    }

    /// Closes a full node, all but its last entry, which moves up with the closed node as its child.
    fn split(&mut self, level: usize) -> Result<(), IndexError> {
        let node = &mut self.nodes[level];
        let mut separator = node.entries.split_off(node.last);
        // What sorts between the node's last two keys is now behind its last key.
        let end_child = if level == 0 { None } else { Some(take_child(&mut separator)) };
        let vcn = self.close(level, end_child)?;
        put_child(&mut separator, vcn);
        self.append(level + 1, &separator)
    }

    /// Hands out the open node of a level as a block and says its VCN; the level then has an empty node.
    fn close(&mut self, level: usize, end_child: Option<u64>) -> Result<u64, IndexError> {
        let number = self.block_count;
        let vcn = number * u64::from(self.layout.vcns);
        let node = &mut self.nodes[level];
        self.layout.store(vcn, &node.entries, end_child, &mut self.block);
        node.entries.clear();
        (self.write)(number, &self.block).map_err(|source| IndexError::Write { number, source })?;
        self.block_count += 1;
        Ok(vcn)
    }

    /// The finished index, with a root of these entries.
    fn tree(&self, entries: &[u8], end_child: Option<u64>) -> IndexTree {
        let mut root = Vec::with_capacity(SMALLEST_LARGE_ROOT + entries.len());
        root.extend_from_slice(&self.kind.attribute_type.to_le_bytes());
        root.extend_from_slice(&self.kind.collation.to_le_bytes());
        root.extend_from_slice(&self.sizes.block.to_le_bytes());
        root.extend_from_slice(&[self.layout.vcns, 0, 0, 0]);
        let used = INDEX_HEADER_SIZE + entries.len() + end_entry_length(end_child);
        store_index_header(&mut root, INDEX_HEADER_SIZE, used, used, end_child);
        root.extend_from_slice(entries);
        store_end_entry(&mut root, end_child);
        IndexTree { root, block_count: self.block_count }
    }
}

impl BlockLayout {
    /// Of blocks of `block` bytes on a volume of clusters of `cluster` bytes.
    fn new(block: u32, cluster: u32) -> Result<Self, IndexError> {
        // At most 32,768: the number of VCNs is stored as a signed byte.
        if !block.is_power_of_two() || !(512..=32_768).contains(&block) {
            return Err(IndexError::BlockSize { block });
        }
        if !cluster.is_power_of_two() || cluster < 512 {
            return Err(IndexError::ClusterSize { cluster });
        }
        let vcns = if cluster <= block { block / cluster } else { block / 512 };
        let vcns = u8::try_from(vcns).map_err(|_| IndexError::BlockSize { block })?;
        let size = block as usize;
        let first_entry = (UPDATE_SEQUENCE_OFFSET + 2 * update_sequence_words(size)).next_multiple_of(8);
        Ok(Self { size, first_entry, vcns })
    }

    /// How many bytes of entries a block has room for, the end entry included.
    fn room(&self) -> usize {
        self.size - self.first_entry
    }

    /// The longest entry that every node has room for twice, beside the end entry, also with a child.
    ///
    /// A full node then has at least two entries, so that one is left when the other moves up.
    fn longest_entry(&self) -> usize {
        let each = (self.room() - ENTRY_HEADER_SIZE - CHILD_SIZE) / 2;
        each / 8 * 8 - CHILD_SIZE
    }

    /// Writes a whole block over whatever `block` holds.
    fn store(&self, vcn: u64, entries: &[u8], end_child: Option<u64>, block: &mut Vec<u8>) {
        block.clear();
        block.extend_from_slice(b"INDX");
        block.extend_from_slice(&low_u16(UPDATE_SEQUENCE_OFFSET));
        block.extend_from_slice(&low_u16(update_sequence_words(self.size)));
        block.extend_from_slice(&[0; 8]); // no record of it in $LogFile
        block.extend_from_slice(&vcn.to_le_bytes());
        let first_entry = self.first_entry - BLOCK_INDEX_HEADER;
        let used = first_entry + entries.len() + end_entry_length(end_child);
        store_index_header(block, first_entry, used, self.size - BLOCK_INDEX_HEADER, end_child);
        block.resize(self.first_entry, 0);
        block.extend_from_slice(entries);
        store_end_entry(block, end_child);
        block.resize(self.size, 0);
        protect(block);
    }
}

impl Entry<'_> {
    /// In bytes, without a child.
    fn length(&self) -> usize {
        let (key, data) = match self {
            Entry::File { key, .. } => (key.len(), 0),
            Entry::View { key, data } => (key.len(), data.len()),
        };
        (ENTRY_HEADER_SIZE + key + data).next_multiple_of(8)
    }

    /// Appends the entry, without a child.
    fn store(&self, collation: u32, bytes: &mut Vec<u8>) {
        let length = self.length();
        let (key, data) = match self {
            Entry::File { reference, key } => {
                bytes.extend_from_slice(&reference.0.to_le_bytes());
                (*key, [].as_slice())
            }
            Entry::View { key, data } => {
                bytes.extend_from_slice(&low_u16(ENTRY_HEADER_SIZE + key.len()));
                bytes.extend_from_slice(&low_u16(data.len()));
                bytes.extend_from_slice(&[0; 4]);
                (*key, *data)
            }
        };
        bytes.extend_from_slice(&low_u16(length));
        bytes.extend_from_slice(&low_u16(key.len()));
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(data);
        let padding = length - bytes.len();
        if collation == SECURITY_HASH_COLLATION && padding == SECURITY_HASH_PADDING.len() {
            bytes.extend_from_slice(&SECURITY_HASH_PADDING);
        }
        bytes.resize(length, 0);
    }
}

/// The value of `$BITMAP` of an index: one bit for each of `block_count` blocks, all in use. Its length is a multiple
/// of 8 bytes.
pub fn bitmap(block_count: u64) -> Vec<u8> {
    let mut value = Vec::new();
    let mut left = block_count;
    while left > 0 {
        let bits = left.min(64);
        value.extend_from_slice(&(u64::MAX >> (64 - bits)).to_le_bytes());
        left -= bits;
    }
    value
}

/// Appends an index header; offsets and lengths count from its own start.
fn store_index_header(bytes: &mut Vec<u8>, first_entry: usize, used: usize, allocated: usize, end_child: Option<u64>) {
    let flags = if end_child.is_some() { NODE_HAS_CHILDREN } else { 0 };
    bytes.extend_from_slice(&low_u32(first_entry));
    bytes.extend_from_slice(&low_u32(used));
    bytes.extend_from_slice(&low_u32(allocated));
    bytes.extend_from_slice(&[flags, 0, 0, 0]);
}

/// Length of an end entry, in bytes.
fn end_entry_length(child: Option<u64>) -> usize {
    if child.is_some() { ENTRY_HEADER_SIZE + CHILD_SIZE } else { ENTRY_HEADER_SIZE }
}

/// Appends an end entry.
fn store_end_entry(bytes: &mut Vec<u8>, child: Option<u64>) {
    let flags = if child.is_some() { ENTRY_IS_LAST | ENTRY_HAS_CHILD } else { ENTRY_IS_LAST };
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&low_u16(end_entry_length(child)));
    bytes.extend_from_slice(&[0, 0, flags, 0, 0, 0]);
    if let Some(vcn) = child {
        bytes.extend_from_slice(&vcn.to_le_bytes());
    }
}

/// Takes the child away from a stored entry, and says its VCN.
fn take_child(entry: &mut Vec<u8>) -> u64 {
    let vcn = entry.last_chunk().copied().map_or(0, u64::from_le_bytes);
    entry.truncate(entry.len() - CHILD_SIZE);
    vcn
}

/// Gives a child to a stored entry that has none.
fn put_child(entry: &mut Vec<u8>, vcn: u64) {
    entry.extend_from_slice(&vcn.to_le_bytes());
    let length = low_u16(entry.len());
    entry[8..10].copy_from_slice(&length);
    entry[12] |= ENTRY_HAS_CHILD;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Directory blocks of every Windows volume, on clusters of 4,096 bytes, under a root as in a 1,024-byte record.
    const SIZES: IndexSizes = IndexSizes { block: 4096, cluster: 4096, largest_root: 500 };

    /// An index and its blocks.
    struct Built {
        tree: IndexTree,
        blocks: Vec<Vec<u8>>,
        sizes: IndexSizes,
    }

    fn build<'a>(kind: IndexKind, sizes: IndexSizes, entries: impl IntoIterator<Item = Entry<'a>>) -> Built {
        let mut blocks = Vec::new();
        let mut write = |number: u64, block: &[u8]| {
            assert_eq!(number, blocks.len() as u64, "blocks come in ascending order");
            blocks.push(block.to_vec());
            Ok(())
        };
        let mut builder = IndexBuilder::new(kind, sizes, &mut write).unwrap();
        for entry in entries {
            builder.push(entry).unwrap();
        }
        let tree = builder.finish().unwrap();
        assert_eq!(tree.block_count, blocks.len() as u64);
        Built { tree, blocks, sizes }
    }

    // A reader that shares nothing with the builder. It follows the description of an index in libfsntfs ("The index")
    // and in the DevNotes.

    fn u16_at(bytes: &[u8], offset: usize) -> usize {
        usize::from(u16::from_le_bytes(bytes[offset..offset + 2].try_into().unwrap()))
    }

    fn u32_at(bytes: &[u8], offset: usize) -> usize {
        u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap()) as usize
    }

    fn u64_at(bytes: &[u8], offset: usize) -> u64 {
        u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
    }

    /// An entry as found: its first 8 bytes, the length of its key, and all from the key on, without the child.
    type Found = ([u8; 8], usize, Vec<u8>);

    /// What a walk of a whole tree finds.
    #[derive(Default)]
    struct Walk {
        /// In the order of the tree.
        entries: Vec<Found>,
        /// How many leaves there are at each depth; the root is depth 0.
        leaves: BTreeMap<usize, usize>,
        /// The VCNs that were visited.
        vcns: Vec<u64>,
    }

    /// Walks the tree and checks everything that holds for any index.
    fn walk(built: &Built) -> Walk {
        let root = &built.tree.root;
        assert!(root.len() <= built.sizes.largest_root);
        assert_eq!(u32_at(root, 8), built.sizes.block as usize);
        assert_eq!(u32_at(root, 0x14), root.len() - 0x10, "the used size of a root ends with the value");
        assert_eq!(u32_at(root, 0x18), root.len() - 0x10);
        assert_eq!(u32_at(root, 0x10), 0x10);
        let mut walk = Walk::default();
        walk_node(built, &root[0x10..], 0, &mut walk);
        walk.vcns.sort_unstable();
        let unit = if built.sizes.cluster <= built.sizes.block { built.sizes.cluster } else { 512 };
        let per_block = u64::from(built.sizes.block / unit);
        assert_eq!(u64::from(root[0xC]), per_block);
        let every: Vec<u64> = (0..built.blocks.len() as u64).map(|number| number * per_block).collect();
        assert_eq!(walk.vcns, every, "every block has one parent");
        assert_eq!(walk.leaves.len(), 1, "all leaves are equally deep");
        walk
    }

    /// `node` starts with its index header.
    fn walk_node(built: &Built, node: &[u8], depth: usize, walk: &mut Walk) {
        let used = u32_at(node, 4);
        let has_children = node[0xC] == 1;
        assert_eq!(node[0xC..0x10], [u8::from(has_children), 0, 0, 0]);
        let mut offset = u32_at(node, 0);
        loop {
            let length = u16_at(node, offset + 8);
            let key_length = u16_at(node, offset + 10);
            let flags = u16_at(node, offset + 12);
            assert_eq!(u16_at(node, offset + 14), 0);
            assert_eq!(length % 8, 0);
            assert_eq!(flags & 1 == 1, has_children);
            let entry = &node[offset..offset + length];
            let own = if has_children { &entry[..length - 8] } else { entry };
            if has_children {
                walk_block(built, u64_at(entry, length - 8), depth + 1, walk);
            }
            offset += length;
            if flags & 2 != 0 {
                assert_eq!((own.len(), key_length, u64_at(own, 0)), (0x10, 0, 0));
                break;
            }
            assert!(0x10 + key_length <= own.len());
            walk.entries.push((own[..8].try_into().unwrap(), key_length, own[0x10..].to_vec()));
        }
        assert_eq!(offset, used, "the end entry ends the used part");
        if !has_children {
            *walk.leaves.entry(depth).or_default() += 1;
        }
    }

    fn walk_block(built: &Built, vcn: u64, depth: usize, walk: &mut Walk) {
        walk.vcns.push(vcn);
        let size = built.sizes.block as usize;
        let unit = if built.sizes.cluster > built.sizes.block { 512 } else { u64::from(built.sizes.cluster) };
        let value_offset = usize::try_from(vcn * unit).unwrap();
        assert_eq!(value_offset % size, 0);
        let mut block = built.blocks[value_offset / size].clone();
        assert_eq!(block.len(), size);
        assert_eq!(&block[..4], b"INDX");
        assert_eq!((u16_at(&block, 4), u16_at(&block, 6)), (0x28, size / 512 + 1));
        for stride in 0..size / 512 {
            let tail = stride * 512 + 510;
            assert_eq!(block[tail..tail + 2], block[0x28..0x2A], "stride {stride} ends in the update sequence number");
            block.copy_within(0x2A + 2 * stride..0x2C + 2 * stride, tail);
        }
        assert_eq!(u64_at(&block, 0x10), vcn);
        let node = &block[0x18..];
        assert_eq!(u32_at(node, 8), node.len());
        assert!(u32_at(node, 4) <= node.len());
        assert_eq!(u32_at(node, 0) % 8, 0);
        assert!(u32_at(node, 0) + 0x18 >= 0x28 + 2 * u16_at(&block, 6), "entries follow the update sequence array");
        assert_ne!(u16_at(node, u32_at(node, 0) + 12) & 2, 2, "every block has an entry");
        assert!(node[u32_at(node, 4)..].iter().all(|byte| *byte == 0), "nothing is left behind the end entry");
        walk_node(built, node, depth, walk);
    }

    /// A small generator (xorshift), so that lengths vary and stay the same on every run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u64) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % limit).unwrap()
        }
    }

    /// Ascending keys as long as `$FILE_NAME` values: 66 bytes, then a name that starts with a counter.
    fn names(count: usize, longest: usize) -> Vec<Vec<u8>> {
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
        let key = |number: usize| {
            let units = 8 + numbers.below(longest as u64 - 7);
            let mut key = vec![0xEE; 66 + 2 * units];
            key[66..74].copy_from_slice(&(number as u64).to_be_bytes());
            key
        };
        (0..count).map(key).collect()
    }

    /// Builds a directory of such names, and checks that a walk finds them in order and nothing else.
    fn check_directory(sizes: IndexSizes, keys: &[Vec<u8>]) -> (Built, Walk) {
        let reference = |number: usize| FileReference::new(number as u64 + 64, 3);
        let entries = keys.iter().enumerate().map(|(number, key)| Entry::File { reference: reference(number), key });
        let built = build(IndexKind::FILE_NAMES, sizes, entries);
        let walk = walk(&built);
        assert_eq!(walk.entries.len(), keys.len());
        for (number, ((head, key_length, rest), key)) in walk.entries.iter().zip(keys).enumerate() {
            assert_eq!(u64::from_le_bytes(*head), reference(number).0);
            assert_eq!((*key_length, &rest[..*key_length]), (key.len(), &key[..]));
            assert!(rest.len() - key_length < 8, "no more padding than needed");
        }
        (built, walk)
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// The entries of a view, none with a child, whose keys and data all have the same lengths.
    fn entries_of(bytes: &[u8], key_length: usize, data_length: usize) -> Vec<Entry<'_>> {
        let length = (0x10 + key_length + data_length).next_multiple_of(8);
        assert_eq!(bytes.len() % length, 0);
        let stored = bytes.chunks_exact(length);
        stored
            .map(|entry| entry[0x10..].split_at(key_length))
            .map(|(key, rest)| Entry::View { key, data: &rest[..data_length] })
            .collect()
    }

    #[test]
    fn an_empty_index_is_a_root_with_an_end_entry() {
        // $Extend\$Reparse:$R of `ntfs-lastaccess` (msuhanov/ntfs-samples, CC0, Windows 10), without reparse points.
        let expected = hex("00000000 13000000 00100000 01000000 10000000 20000000 20000000 00000000 \
             00000000 00000000 10000000 02000000");
        let built = build(IndexKind::REPARSE_POINTS, SIZES, []);
        assert_eq!(built.tree, IndexTree { root: expected, block_count: 0 });
        assert!(walk(&built).entries.is_empty());
    }

    #[test]
    fn a_reparse_entry_has_the_bytes_that_windows_writes() {
        // Record 47, sequence 1, in $R of libfsntfs `tests/data/mft_metadata_file.1` (Windows 10): data offset 0x1C,
        // data length 0, entry length 0x20, key length 12, tag A0000003, reference, 4 bytes of padding.
        let entry = hex("1c00000000000000 20000c0000000000 030000a0 2f00000000000100 00000000");
        let built = build(IndexKind::REPARSE_POINTS, SIZES, [Entry::View { key: &entry[0x10..0x1C], data: &[] }]);
        assert_eq!(built.tree.root[0x20..0x40], entry);
        let end = hex("0000000000000000 1000000002000000");
        assert_eq!(built.tree.root[0x40..], end);
        // Index header: first entry, used, allocated, no children.
        assert_eq!(built.tree.root[0x10..0x20], hex("10000000 40000000 40000000 00000000"));
    }

    #[test]
    fn the_root_of_a_small_directory_has_the_bytes_that_windows_writes() {
        // Directory `test` (record 39) of `ntfs-lastaccess`: one file `1.txt`, record 43 sequence 1.
        let mut windows =
            hex("30000000010000000010000001000000100000008000000080000000000000002b0000000000010060004c0000000000 \
             270000000000010074653588bdd1d401e901998ebdd1d401e901998ebdd1d401e901998ebdd1d4019000000000000000 \
             8f000000000000002000000000000000050031002e007400780074006500780000000000000000001000000002000000");
        // Its four bytes of padding are left over from a longer name; ours are zeros.
        assert_eq!(windows[0x7C..0x80], hex("65007800"));
        windows[0x7C..0x80].fill(0);
        let entry = Entry::File { reference: FileReference::new(43, 1), key: &windows[0x30..0x30 + 0x4C] };
        assert_eq!(build(IndexKind::FILE_NAMES, SIZES, [entry]).tree, IndexTree { root: windows, block_count: 0 });
    }

    #[test]
    fn object_ids_have_the_bytes_that_windows_writes() {
        // $Extend\$ObjId:$O of `ntfs-lastaccess`: keys of 16 bytes, data of 56.
        let windows =
            hex("000000001300000000100000010000001000000028010000280100000000000020003800000000005800100000000000 \
             afef0363b03de911bd43525400123456270000000000010000000000000000000000000000000000afef0363b03de911 \
             bd435254001234560000000000000000000000000000000020003800000000005800100000000000b0ef0363b03de911 \
             bd43525400123456050000000000050000000000000000000000000000000000b0ef0363b03de911bd43525400123456 \
             0000000000000000000000000000000020003800000000005800100000000000b1ef0363b03de911bd43525400123456 \
             2b0000000000010000000000000000000000000000000000b1ef0363b03de911bd435254001234560000000000000000 \
             000000000000000000000000000000001000000002000000");
        let entries = entries_of(&windows[0x20..windows.len() - 0x10], 16, 56);
        assert_eq!(entries.len(), 3);
        let built = build(IndexKind::OBJECT_IDS, SIZES, entries);
        assert_eq!(built.tree, IndexTree { root: windows.clone(), block_count: 0 });
    }

    #[test]
    fn security_ids_have_the_bytes_that_windows_writes() {
        // $Secure:$SII of `ntfs-2m` (msuhanov/ntfs-samples, CC0, Windows 10), clusters of 2 MiB: a block has 8 VCNs.
        let windows =
            hex("000000001000000000100000080000001000000060010000600100000000000014001400000000002800040000000000 \
             00010000cbc6fe32000100000000000000000000780000001400140000000000280004000000000001010000f7c81434 \
             010100008000000000000000780000001400140000000000280004000000000002010000192276200201000000010000 \
             000000007800000014001400000000002800040000000000030100005922762003010000800100000000000078000000 \
             140014000000000028000400000000000401000091588e06040100000002000000000000740000001400140000000000 \
             280004000000000005010000b587d3230501000080020000000000005c00000014001400000000002800040000000000 \
             06010000629ba30a06010000e002000000000000600000001400140000000000280004000000000007010000f506d323 \
             0701000040030000000000005c00000000000000000000001000000002000000");
        let entries = entries_of(&windows[0x20..windows.len() - 0x10], 4, 20);
        assert_eq!(entries.len(), 8);
        let sizes = IndexSizes { cluster: 2 << 20, ..SIZES };
        let built = build(IndexKind::SECURITY_IDS, sizes, entries);
        assert_eq!(built.tree, IndexTree { root: windows.clone(), block_count: 0 });
    }

    #[test]
    fn security_hashes_in_a_block_have_the_bytes_that_windows_writes() {
        // $Secure:$SDH of `ntfs-2m`: the root has the end entry alone; the block is cut off behind its end entry.
        let root =
            hex("000000001200000000100000080000001000000028000000280000000100000000000000000000001800000003000000 \
             0000000000000000");
        let mut windows =
            hex("494e4458280009002c62200000000000000000000000000028000000b8010000e80f0000000000000200000000000000 \
             000000000000000000000000000000001800140000000000300008000000000091588e060401000091588e0604010000 \
             0002000000000000740000004900490018001400000000003000080000000000629ba30a06010000629ba30a06010000 \
             e00200000000000060000000490049001800140000000000300008000000000019227620020100001922762002010000 \
             000100000000000078000000490049001800140000000000300008000000000059227620030100005922762003010000 \
             8001000000000000780000004900490018001400000000003000080000000000f506d32307010000f506d32307010000 \
             40030000000000005c0000004900490018001400000000003000080000000000b587d32305010000b587d32305010000 \
             80020000000000005c0000004900490018001400000000003000080000000000cbc6fe3200010000cbc6fe3200010000 \
             0000000000000000780000004900490018001400000000003000080000000000f7c8143401010000f7c8143401010000 \
             8000000000000000780000004900490000000000000000001000000002000000");
        let entries = entries_of(&windows[0x40..windows.len() - 0x10], 8, 20);
        assert_eq!(entries.len(), 8);
        // Eight entries of 0x30 bytes: they would need a root of 432 bytes.
        let built =
            build(IndexKind::SECURITY_HASHES, IndexSizes { cluster: 2 << 20, largest_root: 424, ..SIZES }, entries);
        assert_eq!(built.tree, IndexTree { root, block_count: 1 });
        // What may differ: the LSN, the update sequence number, here 2.
        windows[8..16].fill(0);
        windows[0x28] = 1;
        assert_eq!(built.blocks[0][..windows.len()], windows);
        walk(&built);
    }

    #[test]
    fn entries_stay_in_the_root_up_to_its_last_byte() {
        // Sixteen $R entries of 0x20 bytes, behind 0x20 bytes of headers and before an end entry of 0x10.
        let keys: Vec<[u8; 12]> = (0..16).map(|number| [number; 12]).collect();
        let check = |largest_root, expected| {
            let entries = keys.iter().map(|key| Entry::View { key, data: &[] });
            let built = build(IndexKind::REPARSE_POINTS, IndexSizes { largest_root, ..SIZES }, entries);
            assert_eq!(walk(&built).entries.len(), 16);
            assert_eq!((built.tree.root.len(), built.tree.block_count), expected);
        };
        check(0x230, (0x230, 0));
        check(0x22F, (56, 1));
    }

    #[test]
    fn the_last_entry_of_a_full_leaf_becomes_the_separator() {
        // A block has 4,096 - 0x40 - 0x10 = 4,016 bytes for entries: 125 $R entries of 32 bytes and 16 to spare.
        let keys: Vec<[u8; 12]> = (0..126).map(|number| [number; 12]).collect();
        let check = |count: usize, expected: u64| {
            let entries = keys[..count].iter().map(|key| Entry::View { key, data: &[] });
            let built = build(IndexKind::REPARSE_POINTS, SIZES, entries);
            assert_eq!(walk(&built).entries.len(), count);
            assert_eq!(built.tree.block_count, expected);
            built
        };
        check(125, 1);
        let built = check(126, 2);
        // The root: the 125th entry, with block 0 as its child, then the end entry with block 1.
        let separator = format!("1c00000000000000 28000c0001000000 {} 00000000 0000000000000000", "7c".repeat(12));
        let end = "0000000000000000 1800000003000000 0100000000000000";
        assert_eq!(built.tree.root[0x20..], hex(&format!("{separator}{end}")));
        assert_eq!(u32_at(&built.blocks[0], 0x1C), 0x28 + 124 * 32 + 16);
        assert_eq!(u32_at(&built.blocks[1], 0x1C), 0x28 + 32 + 16);
    }

    #[test]
    fn directories_of_any_size_are_found_whole() {
        for count in [0, 1, 10, 100, 1000, 100_000] {
            check_directory(SIZES, &names(count, 255));
        }
        // Names of one length, at every count around the first splits.
        let keys = names(120, 8);
        for count in 0..keys.len() {
            check_directory(SIZES, &keys[..count]);
        }
    }

    #[test]
    fn a_small_root_makes_the_tree_one_level_deeper() {
        let keys = names(3000, 255);
        for largest_root in (200..=700).step_by(20).chain([56, 63, 64]) {
            for count in [1, 2, 5, 40, 300, 3000] {
                check_directory(IndexSizes { largest_root, ..SIZES }, &keys[..count]);
            }
        }
        // No key fits into 56 bytes: the root leads to a block that could have been the root.
        let depth = |largest_root| {
            let (_, walk) = check_directory(IndexSizes { largest_root, ..SIZES }, &keys[..20]);
            walk.leaves.into_keys().next().unwrap()
        };
        assert_eq!((depth(3000), depth(56)), (1, 2));
    }

    #[test]
    fn vcns_count_clusters_or_512_bytes() {
        // Clusters per block as `mkntfs` 2022.10.3 writes them into the root of volumes with these clusters.
        let expected = [(512, 8), (1024, 4), (2048, 2), (4096, 1), (8192, 8), (65_536, 8), (2 << 20, 8)];
        let keys = names(2000, 60);
        for (cluster, vcns) in expected {
            let (built, _) = check_directory(IndexSizes { cluster, ..SIZES }, &keys);
            assert_eq!(built.tree.root[0xC..0x10], [vcns, 0, 0, 0]);
            assert_eq!(u64_at(&built.blocks[5], 0x10), 5 * u64::from(vcns));
        }
    }

    #[test]
    fn other_block_sizes_hold_together() {
        for block in [512, 1024, 2048, 8192, 32_768] {
            for cluster in [512, 4096, 65_536] {
                // A name of 60 units makes an entry of 208 bytes, the longest in a block of 512.
                if block / cluster <= 64 {
                    check_directory(IndexSizes { block, cluster, largest_root: 300 }, &names(5000, 60));
                }
            }
        }
    }

    #[test]
    fn the_same_entries_give_the_same_bytes() {
        let keys = names(5000, 255);
        let (first, _) = check_directory(SIZES, &keys);
        let (second, _) = check_directory(SIZES, &keys);
        assert_eq!((first.tree, first.blocks), (second.tree, second.blocks));
    }

    #[test]
    fn the_bitmap_has_a_bit_for_each_block() {
        assert!(bitmap(0).is_empty());
        // $BITMAP:$I30 of a directory of 22 blocks that ntfs-3g made.
        assert_eq!(bitmap(22), hex("ffff3f0000000000"));
        assert_eq!(bitmap(1), hex("0100000000000000"));
        assert_eq!(bitmap(64), hex("ffffffffffffffff"));
        assert_eq!(bitmap(65), hex("ffffffffffffffff0100000000000000"));
    }

    /// What goes wrong with a directory of names of `units` units.
    fn failure(sizes: IndexSizes, units: usize, mut write: impl FnMut(u64, &[u8]) -> io::Result<()>) -> String {
        let mut run = || {
            let mut builder = IndexBuilder::new(IndexKind::FILE_NAMES, sizes, &mut write)?;
            for _ in 0..100 {
                builder.push(Entry::File { reference: FileReference(0), key: &vec![0; 66 + 2 * units] })?;
            }
            builder.finish()
        };
        run().unwrap_err().to_string()
    }

    #[test]
    fn what_no_index_can_hold_is_refused() {
        let nowhere = |_: u64, _: &[u8]| Ok(());
        let check = |sizes, units, expected: &str| assert_eq!(failure(sizes, units, nowhere), expected);
        for block in [0, 256, 3000, 65_536] {
            let message = format!("an index block of {block} bytes: expected a power of two from 512 to 32768");
            check(IndexSizes { block, ..SIZES }, 8, &message);
        }
        for cluster in [0, 256, 3000] {
            let message = format!("a cluster of {cluster} bytes: expected a power of two from 512");
            check(IndexSizes { cluster, ..SIZES }, 8, &message);
        }
        let message = "an index root of at most 55 bytes: expected at least 56";
        check(IndexSizes { largest_root: 55, ..SIZES }, 8, message);
        let message = "an index entry of 216 bytes: expected at most 208 in blocks of 512 bytes";
        check(IndexSizes { block: 512, ..SIZES }, 64, message);
    }

    #[test]
    fn a_block_that_cannot_be_written_ends_the_build() {
        let full = |number, _: &[u8]| if number == 1 { Err(io::Error::other("disk full")) } else { Ok(()) };
        assert_eq!(failure(SIZES, 100, full), "index block 1: disk full");
    }
}
