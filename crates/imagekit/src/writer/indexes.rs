//! Indexes of the volume: directories and views.

use format::FileReference;

use super::{Writer, reparse_tag};
use crate::attribute::{InClusters, file_name, kind};
use crate::build_error::BuildError;
use crate::description::{File, Geometry};
use crate::draft::{Bytes, Draft, Value, length};
use crate::index::{Entry, IndexBuilder, IndexError, IndexKind, IndexSizes, bitmap};
use crate::output::Output;
use crate::record::capacity;
use crate::secure::{ADMINISTRATORS, ViewEntry};
use crate::tree::system;

static I30: [u16; 4] = units(b"$I30");
static SDH: [u16; 4] = units(b"$SDH");
static SII: [u16; 4] = units(b"$SII");
static O: [u16; 2] = units(b"$O");
static Q: [u16; 2] = units(b"$Q");
static R: [u16; 2] = units(b"$R");

/// The least that a large index's root is given: an end entry with a child, and a key or two.
const LEAST_ROOT: usize = 256;
/// What the attributes beside a large index's root take at most: `$INDEX_ALLOCATION` and `$BITMAP`, both in clusters.
const BESIDE_ROOT: usize = 2 * 0x60;
/// The header of `$INDEX_ROOT` with its name.
const ROOT_HEADER: usize = 0x20;
/// The value of `$INDEX_ROOT` of an empty index.
const EMPTY_ROOT: usize = 0x30;
/// The longest `$BITMAP` of an index that stays in the record.
const LARGEST_RESIDENT_BITMAP: usize = 0x40;
/// More names than a record has room for.
const MANY_NAMES: usize = 16;

impl<'a> Writer<'a> {
    /// Room in the record that a directory keeps for its index.
    pub(super) fn index_room(&self, position: usize) -> usize {
        if !self.tree.file(position).is_directory {
            return 0;
        }
        let children = self.tree.children(position);
        let names = children.iter().take(MANY_NAMES).map(|&child| self.tree.name(child).1);
        let entries: usize = names.map(|name| (16 + 0x42 + 2 * name.units.len()).next_multiple_of(8)).sum();
        if children.len() < MANY_NAMES && entries <= LEAST_ROOT {
            ROOT_HEADER + EMPTY_ROOT + entries
        } else {
            ROOT_HEADER + LEAST_ROOT + BESIDE_ROOT
        }
    }

    /// Adds the indexes that a file has.
    pub(super) fn add_indexes(&mut self, position: usize, drafts: &mut Vec<Draft<'a>>) -> Result<(), BuildError> {
        match self.tree.file(position).reference.record_number() {
            system::SECURE => {
                let (sdh, sii) = (self.security.sdh.clone(), self.security.sii.clone());
                self.add_view(&SDH, IndexKind::SECURITY_HASHES, &sdh, drafts)?;
                self.add_view(&SII, IndexKind::SECURITY_IDS, &sii, drafts)
            }
            system::QUOTA => {
                self.add_view(&O, IndexKind::OWNERS, &quota_owners(), drafts)?;
                self.add_view(&Q, IndexKind::QUOTAS, &quotas(self.volume.time), drafts)
            }
            system::OBJECT_IDS => self.add_view(&O, IndexKind::OBJECT_IDS, &object_ids(&self.volume.files), drafts),
            system::REPARSE_POINTS => {
                self.add_view(&R, IndexKind::REPARSE_POINTS, &reparse_points(&self.volume.files), drafts)
            }
            _ if self.tree.file(position).is_directory => self.add_directory(position, drafts),
            _ => Ok(()),
        }
    }

    fn add_view(
        &mut self,
        name: &'static [u16],
        kind: IndexKind,
        entries: &[ViewEntry],
        drafts: &mut Vec<Draft<'a>>,
    ) -> Result<(), BuildError> {
        self.add_index(name, kind, drafts, |_, index| {
            entries.iter().try_for_each(|entry| index.push(Entry::View { key: &entry.key, data: &entry.data }))
        })
    }

    fn add_directory(&mut self, position: usize, drafts: &mut Vec<Draft<'a>>) -> Result<(), BuildError> {
        self.add_index(&I30, IndexKind::FILE_NAMES, drafts, |writer, index| {
            writer.tree.children(position).iter().try_for_each(|&child| {
                let (file, name) = writer.tree.name(child);
                let key = file_name(name, &writer.name_facts(child.file as usize, true));
                index.push(Entry::File { reference: file.reference, key: &key })
            })
        })
    }

    /// Adds the two or three attributes of an index whose entries `push` pushes in order.
    fn add_index(
        &mut self,
        name: &'static [u16],
        kind: IndexKind,
        drafts: &mut Vec<Draft<'a>>,
        push: impl FnOnce(&Self, &mut IndexBuilder<'_>) -> Result<(), IndexError>,
    ) -> Result<(), BuildError> {
        let geometry = self.geometry;
        let largest_root = self.largest_root(length(drafts));
        let sizes = IndexSizes { block: Geometry::INDEX_BLOCK, cluster: geometry.cluster, largest_root };
        let start = geometry.offset(self.clusters.end());
        let mut output = std::mem::replace(&mut self.output, Output::nowhere());
        let mut write =
            |block: u64, bytes: &[u8]| output.write(start + block * u64::from(Geometry::INDEX_BLOCK), bytes);
        let mut index = IndexBuilder::new(kind, sizes, &mut write)?;
        push(self, &mut index)?;
        let tree = index.finish()?;
        self.output = output;
        drafts.push(Draft { kind: kind::INDEX_ROOT, name, value: Value::Made(tree.root) });
        if tree.block_count > 0 {
            self.add_blocks(name, tree.block_count, drafts);
        }
        Ok(())
    }

    /// What an index's root may take beside the attributes that are there. A view shares its record with another.
    fn largest_root(&self, others: usize) -> usize {
        let room = capacity(self.geometry.record as usize);
        room.saturating_sub(others + ROOT_HEADER + BESIDE_ROOT).max(LEAST_ROOT)
    }

    fn add_blocks(&mut self, name: &'static [u16], count: u64, drafts: &mut Vec<Draft<'a>>) {
        let size = count * u64::from(Geometry::INDEX_BLOCK);
        let runs = self.clusters.take(self.geometry.clusters(size));
        let blocks = Value::Written(InClusters::new(size, runs, self.geometry.cluster));
        drafts.push(Draft { kind: kind::INDEX_ALLOCATION, name, value: blocks });
        let bits = bitmap(count);
        let value = match bits.len() {
            0..=LARGEST_RESIDENT_BITMAP => Value::Made(bits),
            _ => Value::InClusters(Bytes::Made(bits)),
        };
        drafts.push(Draft { kind: kind::BITMAP, name, value });
    }
}

/// `$ObjId:$O`: where the file of each object id is. Sorted as four 32-bit numbers.
///
/// Windows stores 16 bytes in the file, and here the object id once more as that of its birth.
///
/// Source: libfsntfs "The object identifiers index"; reference A.13; the indexes of Windows' own volumes.
fn object_ids(files: &[File]) -> Vec<ViewEntry> {
    let ids = live(files).filter_map(|file| Some((file.reference, file.extra.as_ref()?.object_id?)));
    let mut entries: Vec<ViewEntry> = ids
        .map(|(reference, (id, births))| {
            let births = births.map_or([[0; 16], id.0, [0; 16]], |births| births.map(|guid| guid.0)).concat();
            ViewEntry { key: id.0.to_vec(), data: [&reference.0.to_le_bytes()[..], &births].concat() }
        })
        .collect();
    entries.sort_by_key(|entry| words(&entry.key));
    entries
}

/// `$Reparse:$R`: the tag and the reference of each reparse point.
///
/// Source: libfsntfs "The reparse points index"; reference A.14.
fn reparse_points(files: &[File]) -> Vec<ViewEntry> {
    let points = live(files).filter_map(|file| Some((file.reference, file.extra.as_ref()?.reparse.as_ref()?)));
    let mut keys: Vec<(u32, u32, u32)> = points
        .map(|(FileReference(reference), value)| {
            let [a, b, c, d, e, f, g, h] = reference.to_le_bytes();
            (reparse_tag(&value.bytes), u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
        })
        .collect();
    keys.sort_unstable();
    let key = |(tag, low, high): (u32, u32, u32)| [tag, low, high].map(u32::to_le_bytes).concat();
    keys.into_iter().map(|words| ViewEntry { key: key(words), data: Vec::new() }).collect()
}

fn live(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| !file.is_deleted)
}

/// A key as collation 0x13 compares it: 32-bit numbers from the first to the last.
fn words(key: &[u8]) -> Vec<u32> {
    key.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
}

/// The owner id that the administrators have: the first that may be given.
const FIRST_OWNER: u32 = 0x100;
/// The owner id under which the defaults stand.
const DEFAULT_OWNER: u32 = 1;

/// `$Quota:$O` of a volume without quotas: the owner id of the administrators.
///
/// Source: libfsntfs "The quotas"; what Windows and mkntfs write to a new volume.
fn quota_owners() -> Vec<ViewEntry> {
    vec![ViewEntry { key: ADMINISTRATORS.to_vec(), data: FIRST_OWNER.to_le_bytes().to_vec() }]
}

/// `$Quota:$Q` of a volume without quotas: no limit by default, and none for the administrators.
///
/// Source: as for `$O`.
fn quotas(time: u64) -> Vec<ViewEntry> {
    let quota = |owner: u32, sid: &[u8]| {
        let version_and_flags = [2u32, 1].map(u32::to_le_bytes).concat();
        let used_and_changed = [0, time].map(u64::to_le_bytes).concat();
        let limits = [u64::MAX, u64::MAX, 0].map(u64::to_le_bytes).concat();
        let data = [&version_and_flags[..], &used_and_changed, &limits, sid].concat();
        ViewEntry { key: owner.to_le_bytes().to_vec(), data }
    };
    vec![quota(DEFAULT_OWNER, &[]), quota(FIRST_OWNER, ADMINISTRATORS)]
}

/// ASCII in UTF-16.
pub(super) const fn units<const N: usize>(text: &[u8; N]) -> [u16; N] {
    let mut units = [0; N];
    let mut position = 0;
    while position < N {
        units[position] = text[position] as u16;
        position += 1;
    }
    units
}
