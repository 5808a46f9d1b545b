//! What an image is to hold: plain values, in the order in which they are numbered and stored.

use format::{FileReference, Guid};

use crate::partition_table::Disk;

/// The first file record number that a file of a description may have; the builder makes the files below.
pub const FIRST_RECORD: u64 = 27;

/// One image: a bare volume, or a disk with one or several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// The partition table around the volumes; a single bare volume where `None`.
    pub disk: Option<Disk>,
    /// In the order of the partitions.
    pub volumes: Vec<Volume>,
}

/// One NTFS volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Volume {
    /// Sizes of sectors, clusters and records.
    pub geometry: Geometry,
    /// The label, UTF-16 units; may be empty.
    pub label: Vec<u16>,
    /// The serial number of the boot sector.
    pub serial: u64,
    /// Flags of `$VOLUME_INFORMATION`; 0x1 is "dirty".
    pub flags: u16,
    /// Length of the volume in bytes, its backup boot sector included; as small as it can be where `None`.
    pub size: Option<u64>,
    /// The time of the system files, in 100 ns since 1601-01-01 UTC.
    pub time: u64,
    /// In how many pieces the MFT lies; 1 is whole.
    pub mft_pieces: u32,
    /// Its files and directories, system files aside, in ascending order of their record numbers.
    pub files: Vec<File>,
}

/// Sizes in bytes. Not checked: [`Geometry::check`] says whether NTFS has such a volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Geometry {
    /// 512, 1,024, 2,048 or 4,096.
    pub sector: u32,
    /// A power of two from the sector up to 2 MiB.
    pub cluster: u32,
    /// Of a file record segment: 1,024 or 4,096.
    pub record: u32,
}

/// One file or directory, in use or deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// The base record number and the sequence number that references to the live file carry; the record of a deleted
    /// file has a sequence number that is one higher.
    pub reference: FileReference,
    /// Whether it has an `$I30` index.
    pub is_directory: bool,
    /// Whether its record is free; names, attributes and runs stay as they were.
    pub is_deleted: bool,
    /// Names in any order; stored in ascending order of the bytes of their attributes, as Windows stores them: by parent
    /// reference, length, namespace and units, all of them low byte first. Those of a live file whose parent is a live
    /// directory of the description are in that directory's index.
    pub names: Vec<Name>,
    /// Created, modified, MFT changed, accessed: 100 ns since 1601-01-01 UTC.
    pub times: [u64; 4],
    /// Of `$STANDARD_INFORMATION`. 0x400 is added for a reparse point, 0x200 for a stream without clusters.
    pub attributes: u32,
    /// The unnamed `$DATA`; none where `None`.
    pub content: Option<Content>,
    /// What few files have.
    pub extra: Option<Box<Extra>>,
}

/// `FILE_ATTRIBUTE_SPARSE_FILE`.
const SPARSE_FILE: u32 = 0x200;
/// `FILE_ATTRIBUTE_REPARSE_POINT`.
pub(crate) const REPARSE_POINT: u32 = 0x400;

impl File {
    /// The file attributes that follow from what the file has, which the builder adds to its `attributes`.
    pub fn implied_attributes(&self) -> u32 {
        let extra = self.extra.as_deref();
        let is_reparse_point = extra.is_some_and(|extra| extra.reparse.is_some());
        let streams = extra.into_iter().flat_map(|extra| &extra.streams).map(|stream| &stream.content);
        let is_sparse = self.content.iter().chain(streams).any(|content| matches!(content, Content::Hole(_)));
        (if is_reparse_point { REPARSE_POINT } else { 0 }) | if is_sparse { SPARSE_FILE } else { 0 }
    }
}

/// One `$FILE_NAME`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// The directory it is in. May be stale, missing, or no directory: then no index has it.
    pub parent: FileReference,
    /// 1 to 255 UTF-16 units.
    pub units: Box<[u16]>,
    /// 0 POSIX, 1 Win32, 2 DOS, 3 Win32 & DOS.
    pub namespace: u8,
}

/// What few files have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    /// The field at 0x28 of `$STANDARD_INFORMATION`; 0x1 makes a directory case-sensitive.
    pub extra_flags: u32,
    /// The whole value of `$REPARSE_POINT`, tag and length included.
    pub reparse: Option<Stored>,
    /// The value of `$OBJECT_ID`: the id, and the three birth ids where there are any. Where there are none, the index of
    /// object ids has the id as that of birth, as Windows writes it.
    pub object_id: Option<(Guid, Option<[Guid; 3]>)>,
    /// Extended attributes in stored order.
    pub extended_attributes: Vec<ExtendedAttribute>,
    /// Named streams; stored in the order of their names, as NTFS wants them.
    pub streams: Vec<Stream>,
}

/// One extended attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExtendedAttribute {
    /// ASCII, without the NUL.
    pub name: Vec<u8>,
    /// At most 65,535 bytes.
    pub value: Vec<u8>,
    /// Whether the flag `NEED_EA` is set.
    pub is_needed: bool,
}

/// A named `$DATA`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream {
    /// 1 to 255 UTF-16 units.
    pub name: Vec<u16>,
    /// What it holds.
    pub content: Content,
}

/// A value, and whether it must lie in clusters even where the record has room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// The bytes.
    pub bytes: Box<[u8]>,
    /// Non-resident whatever its length.
    pub in_clusters: bool,
}

/// What a stream holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Stored),
    /// So many zero bytes, in clusters; the host file keeps a hole.
    Zeros(u64),
    /// So many bytes of a sparse stream that has no clusters.
    Hole(u64),
}
