//! Named damages of a built image: each breaks one thing, and says what and where.
//!
//! Damages are applied one after the other, each to what the one before left. One that needs a structure which is
//! broken already is refused, and so is one that would change nothing: a damage that was applied is there.
//!
//! What protects a structure (the update sequence) is put right again behind every damage that is not about it, so
//! that a reader gets as far as the damage.

mod attributes;
mod block;
mod boot;
mod error;
mod field;
mod indexes;
mod keys;
mod kinds;
mod lists;
mod names;
mod records;
mod reparse;
mod segment;
mod tables;
#[cfg(test)]
mod tests;
mod tree;
mod views;
mod volume;

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;

use format::{AttributeType, FileReference};

use self::block::{Place, Write};
pub use self::error::DamageError;
pub use self::field::{
    AttributeField, BootField, FileNameField, IndexBlockField, IndexEntryField, ListField, RecordField, ReparseField,
};
pub use self::keys::{KeyError, KeyInfo, KeyKind, KeyValue, Keys};
pub use self::kinds::{KINDS, KindInfo};
use self::volume::Volume;
use crate::build::Built;

/// One damage: what is broken, and on which volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damage {
    /// The index of the volume. Means nothing to damages of the image as a whole.
    pub volume: usize,
    /// Which copy of the record, where it has two.
    pub copy: RecordCopy,
    /// What is broken.
    pub fault: Fault,
}

/// Which copy of a file record segment. The first few have a second one in `$MFTMirr`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RecordCopy {
    /// The one of the MFT.
    #[default]
    Mft,
    /// The one of the mirror.
    Mirror,
    /// Both alike.
    Both,
}

/// An attribute of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeAt {
    /// The base record of the file. What it does not have itself is looked for where its attribute list leads.
    pub record: u64,
    /// The type.
    pub kind: AttributeType,
    /// The name in UTF-16 units, empty for a nameless one; any where `None`.
    pub name: Option<Vec<u16>>,
    /// Which one of those, in stored order from 0.
    pub position: usize,
}

/// An index of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexAt {
    /// The base record of the file.
    pub record: u64,
    /// `$I30`, `$R`, `$O`…
    pub name: Vec<u16>,
}

/// What is broken.
///
/// Numbers are written as they are given, also where the right one is given. "Record" is always a record number.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are what the variant's sentence names, in the types' own words")]
pub enum Fault {
    /// The last word of a 512-byte sector of the record is not the update sequence number: an interrupted write.
    TornSector { record: u64, sector: usize, value: u16 },
    /// The record begins with other bytes than "FILE".
    Signature { record: u64, signature: [u8; 4] },
    /// The record is all zeros.
    ZeroedRecord { record: u64 },
    /// A number of the record's header lies.
    Record { record: u64, field: RecordField, value: u64 },
    /// The used size ends where the end marker was, which is zero.
    MissingEndMarker { record: u64 },
    /// The record flag "directory" is set without `$I30`, or missing beside it.
    DirectoryFlag { record: u64, is_set: bool },
    /// A number of an attribute's header lies.
    Attribute { at: AttributeAt, field: AttributeField, value: u64 },
    /// A data run leads where it cannot. Counted from 0; nothing else of the attribute changes.
    Run { at: AttributeAt, run: usize, fault: RunFault },
    /// A number of the `position`th `$FILE_NAME` lies.
    FileName { record: u64, position: usize, field: FileNameField, value: u64 },
    /// The `position`th `$FILE_NAME` has a parent that is none.
    Parent { record: u64, position: usize, fault: ParentFault },
    /// Two directories are in each other, by all their names.
    ParentLoop { first: u64, second: u64 },
    /// A number of an attribute list's entry lies. The first entry that leads to an extension record where `None`.
    ListEntry { record: u64, entry: Option<usize>, field: ListField, value: u64 },
    /// An attribute list's entry leads to the record of the list itself or to `to`, with its right sequence number.
    ListLoop { record: u64, entry: Option<usize>, to: Option<u64> },
    /// `$STANDARD_INFORMATION` says "reparse point" without `$REPARSE_POINT`, or does not beside it.
    ReparseFlag { record: u64, is_set: bool },
    /// A number of `$REPARSE_POINT` lies.
    Reparse { record: u64, field: ReparseField, value: u64 },
    /// A name is missing in the index of its directory.
    MissingIndexEntry { directory: u64, name: Vec<u16> },
    /// A directory's index has a name that no file has, in its right place.
    ExtraIndexEntry { directory: u64, name: Vec<u16>, reference: FileReference },
    /// A number of an entry of a directory's index lies.
    IndexEntry { directory: u64, name: Vec<u16>, field: IndexEntryField, value: u64 },
    /// An entry of a directory's index spells its name with the case of its ASCII letters swapped.
    IndexNameCase { directory: u64, name: Vec<u16> },
    /// Two neighbours of a node of a directory's index, `name` and the one behind it, have changed places. The last of
    /// a node does so with the one before.
    IndexOrder { directory: u64, name: Vec<u16> },
    /// A leaf of the index leads to its own root block, so that there is no end to the way down.
    IndexLoop { index: IndexAt },
    /// The last word of a sector of an index block is not the update sequence number.
    TornIndexBlock { index: IndexAt, block: u64, sector: usize, value: u16 },
    /// A number of an index block's header lies.
    IndexBlock { index: IndexAt, block: u64, field: IndexBlockField, value: u64 },
    /// `$BITMAP` of the index says of a block the opposite of what is.
    IndexBitmap { index: IndexAt, block: u64 },
    /// `$Extend\$Reparse:$R` does not know a reparse point.
    MissingReparseEntry { record: u64 },
    /// `$R` knows a reparse point that is none.
    ExtraReparseEntry { tag: u32, reference: FileReference },
    /// `$R` has another tag for a reparse point, in the right place for that tag.
    ReparseEntryTag { record: u64, tag: u32 },
    /// `$Extend\$ObjId:$O` does not know the object id of a file.
    MissingObjectEntry { record: u64 },
    /// `$MFT:$BITMAP` says of a record the opposite of what is.
    RecordBitmap { record: u64 },
    /// `$Bitmap` says of a cluster the opposite of what is.
    ClusterBitmap { cluster: u64 },
    /// The mirror of a record has another `$LogFile` sequence number than the record: it missed a write.
    StaleMirror { record: u64 },
    /// A field of the boot sector, or of its backup, lies.
    Boot { copy: BootCopy, field: BootField, value: u64 },
    /// The boot sector, or its backup, is all zeros.
    ZeroedBoot { copy: BootCopy },
    /// `$VOLUME_INFORMATION` has these flags; 0x1 is "dirty".
    VolumeFlags { flags: u16 },
    /// The image ends here.
    CutOff { at: CutAt },
    /// These bytes instead of those that are there.
    Bytes { at: BytesAt, bytes: Vec<u8> },
}

/// Where a data run leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunFault {
    /// To the first cluster past the end of the volume.
    PastVolume,
    /// Over no cluster.
    NoLength,
    /// Over 2^60 clusters.
    Huge,
    /// To the first cluster of a file's first attribute in clusters.
    Onto {
        /// The base record of that file.
        record: u64,
    },
    /// To the boot sector.
    Boot,
}

/// What the parent of a name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParentFault {
    /// The file itself.
    Itself,
    /// The directory that it was, of another use of the record: the one before, or the next if this is the first.
    Stale,
    /// A record that is no directory.
    File(u64),
    /// The first record behind the MFT.
    Missing,
}

/// Which copy of the boot sector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BootCopy {
    /// The first sector of the volume.
    First,
    /// The last.
    Backup,
}

/// Where an image ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CutAt {
    /// After so many bytes.
    Byte(u64),
    /// After so many hundredths of its length.
    Percent(u64),
}

/// Where bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BytesAt {
    /// From the start of the image.
    Image(u64),
    /// From the start of a record, the words at the ends of its sectors in their places.
    Record {
        /// The record number.
        record: u64,
        /// In bytes.
        offset: usize,
    },
}

/// What a damage broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// The name of the kind, as in [`KINDS`].
    pub kind: &'static str,
    /// The index of the volume.
    pub volume: usize,
    /// The record that was hit, or the one whose index was.
    pub record: Option<u64>,
    /// One sentence for people.
    pub what: String,
    /// Every byte that changed, in ascending order; words of the update sequence among them.
    pub changes: Vec<Change>,
}

/// Bytes that changed. The first and the last did; up to seven in a row between them may have been the same before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// From the start of the image.
    pub offset: u64,
    /// In bytes.
    pub length: u64,
    /// The first of them as they were, at most [`SHOWN`](Self::SHOWN).
    pub before: Vec<u8>,
    /// The first of them as they are; none where the image was cut off.
    pub after: Vec<u8>,
}

impl fmt::Display for Broken {
    /// One line: what is broken, then each change by its image offset and length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (", self.kind, self.what)?;
        for (position, change) in self.changes.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{:#x}+{}", change.offset, change.length)?;
        }
        f.write_str(")")
    }
}

impl Change {
    /// How many bytes `before` and `after` have at most.
    pub const SHOWN: usize = 64;
}

/// What a damage is about to do.
struct Wound {
    kind: &'static str,
    record: Option<u64>,
    what: String,
    writes: Vec<Write>,
    /// The length of the image, if it is to be shorter.
    cut: Option<u64>,
}

impl Wound {
    fn new(kind: &'static str, record: impl Into<Option<u64>>, what: String, writes: Vec<Write>) -> Self {
        Self { kind, record: record.into(), what, writes, cut: None }
    }
}

/// Applies a damage to an image. The image is changed only if nothing is wrong with the whole damage.
///
/// # Errors
///
/// A damage of what the image does not have, or has in no state to be damaged so; an image that cannot be
/// read or written.
pub fn apply(file: &File, built: &Built, damage: &Damage) -> Result<Vec<Broken>, DamageError> {
    let volumes = built.volumes.len();
    let no_volume = DamageError::NoVolume { volume: damage.volume, volumes };
    let volume = Volume { file, built: built.volumes.get(damage.volume).ok_or(no_volume)?, copy: damage.copy };
    let wounds = plan(&volume, &damage.fault)?;
    let mut broken = Vec::new();
    for wound in &wounds {
        let changes = changes(&volume, wound)?;
        let Wound { kind, record, what, .. } = wound;
        broken.push(Broken { kind, volume: damage.volume, record: *record, what: what.clone(), changes });
    }
    for write in wounds.iter().flat_map(|wound| &wound.writes) {
        write_changed(&volume, write)?;
    }
    if let Some(length) = wounds.iter().find_map(|wound| wound.cut) {
        file.set_len(length)?;
    }
    Ok(broken)
}

/// What is to be written, and why.
fn plan(volume: &Volume<'_>, fault: &Fault) -> Result<Vec<Wound>, DamageError> {
    let wound = match fault {
        Fault::TornSector { record, sector, value } => records::torn_sector(volume, *record, *sector, *value),
        Fault::Signature { record, signature } => records::signature(volume, *record, *signature),
        Fault::ZeroedRecord { record } => records::zeroed(volume, *record),
        Fault::Record { record, field, value } => records::field(volume, *record, *field, *value),
        Fault::MissingEndMarker { record } => records::missing_end_marker(volume, *record),
        Fault::DirectoryFlag { record, is_set } => records::directory_flag(volume, *record, *is_set),
        Fault::Attribute { at, field, value } => attributes::field(volume, at, *field, *value),
        Fault::Run { at, run, fault } => attributes::run(volume, at, *run, *fault),
        Fault::FileName { record, position, field, value } => names::field(volume, *record, *position, *field, *value),
        Fault::Parent { record, position, fault } => names::parent(volume, *record, *position, *fault),
        Fault::ParentLoop { first, second } => return names::parent_loop(volume, *first, *second),
        Fault::ListEntry { record, entry, field, value } => lists::field(volume, *record, *entry, *field, *value),
        Fault::ListLoop { record, entry, to } => lists::list_loop(volume, *record, *entry, *to),
        Fault::ReparseFlag { record, is_set } => reparse::flag(volume, *record, *is_set),
        Fault::Reparse { record, field, value } => reparse::field(volume, *record, *field, *value),
        Fault::MissingIndexEntry { directory, name } => indexes::missing_entry(volume, *directory, name),
        Fault::ExtraIndexEntry { directory, name, reference } => {
            indexes::extra_entry(volume, *directory, name, *reference)
        }
        Fault::IndexEntry { directory, name, field, value } => {
            indexes::entry_field(volume, *directory, name, *field, *value)
        }
        Fault::IndexNameCase { directory, name } => indexes::name_case(volume, *directory, name),
        Fault::IndexOrder { directory, name } => indexes::order(volume, *directory, name),
        Fault::IndexLoop { index } => indexes::index_loop(volume, index),
        Fault::TornIndexBlock { index, block, sector, value } => {
            indexes::torn_block(volume, index, *block, *sector, *value)
        }
        Fault::IndexBlock { index, block, field, value } => indexes::block_field(volume, index, *block, *field, *value),
        Fault::IndexBitmap { index, block } => tables::index_bitmap(volume, index, *block),
        Fault::MissingReparseEntry { record } => views::missing_reparse(volume, *record),
        Fault::ExtraReparseEntry { tag, reference } => views::extra_reparse(volume, *tag, *reference),
        Fault::ReparseEntryTag { record, tag } => views::reparse_tag(volume, *record, *tag),
        Fault::MissingObjectEntry { record } => views::missing_object(volume, *record),
        Fault::RecordBitmap { record } => tables::record_bitmap(volume, *record),
        Fault::ClusterBitmap { cluster } => tables::cluster_bitmap(volume, *cluster),
        Fault::StaleMirror { record } => records::stale_mirror(volume, *record),
        Fault::Boot { copy, field, value } => boot::field(volume, *copy, *field, *value),
        Fault::ZeroedBoot { copy } => boot::zeroed(volume, *copy),
        Fault::VolumeFlags { flags } => tables::volume_flags(volume, *flags),
        Fault::CutOff { at } => boot::cut_off(volume, *at),
        Fault::Bytes { at, bytes } => records::bytes(volume, *at, bytes),
    };
    Ok(vec![wound?])
}

/// Fewer equal bytes than this between two that differ do not end a change.
const GAP: usize = 8;

/// The bytes that a wound changes, in ascending order.
fn changes(volume: &Volume<'_>, wound: &Wound) -> Result<Vec<Change>, DamageError> {
    let shown = |bytes: &[u8]| bytes[..bytes.len().min(Change::SHOWN)].to_vec();
    let mut changes = Vec::new();
    for Write { offset, bytes } in &wound.writes {
        let before = volume.read(&[Place { offset: *offset, length: bytes.len() }])?;
        for range in differences(&before, bytes) {
            let (offset, length) = (offset + range.start as u64, range.len() as u64);
            changes.push(Change { offset, length, before: shown(&before[range.clone()]), after: shown(&bytes[range]) });
        }
    }
    if let Some(offset) = wound.cut {
        let length = volume.file.metadata()?.len().saturating_sub(offset);
        let known = usize::try_from(length).unwrap_or(usize::MAX).min(Change::SHOWN);
        let before = volume.read(&[Place { offset, length: known }])?;
        changes.extend((length > 0).then_some(Change { offset, length, before, after: Vec::new() }));
    }
    if changes.is_empty() {
        return Err(DamageError::NoChange { what: wound.what.clone() });
    }
    changes.sort_by_key(|change| change.offset);
    Ok(changes)
}

/// Writes what differs, and leaves holes of the file alone.
fn write_changed(volume: &Volume<'_>, Write { offset, bytes }: &Write) -> Result<(), DamageError> {
    let before = volume.read(&[Place { offset: *offset, length: bytes.len() }])?;
    for range in differences(&before, bytes) {
        volume.file.write_all_at(&bytes[range.clone()], offset + range.start as u64)?;
    }
    Ok(())
}

/// Where two texts of the same length differ.
fn differences(before: &[u8], after: &[u8]) -> Vec<segment::Range> {
    let mut ranges: Vec<segment::Range> = Vec::new();
    for (position, _) in before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after) {
        match ranges.last_mut() {
            Some(last) if position < last.end + GAP => last.end = position + 1,
            _ => ranges.push(position..position + 1),
        }
    }
    ranges
}

impl AttributeAt {
    /// The first attribute of a type.
    pub fn first(record: u64, kind: AttributeType) -> Self {
        Self { record, kind, name: None, position: 0 }
    }
}

impl fmt::Display for AttributeAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(name) = self.name.as_ref().filter(|name| !name.is_empty()) {
            write!(f, " {:?}", String::from_utf16_lossy(name))?;
        }
        match self.position {
            0 => Ok(()),
            position => write!(f, " number {position} from 0"),
        }
    }
}
