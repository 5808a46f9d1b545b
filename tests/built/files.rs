//! The base records that a volume must have by its description: its own system files, the files described, and segments
//! that nothing uses.

use std::collections::BTreeMap;

use format::FileReference;
use imagekit::build::BuiltVolume;
use imagekit::description::{Content, File, Name, Volume};

use crate::segments::Segments;
use crate::text::units;

pub const ROOT: u64 = 5;
pub const EXTEND: u64 = 11;

/// Which files `scan` is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    /// `--all`
    pub all: bool,
    /// `--deleted`
    pub deleted: bool,
}

/// One base record.
pub struct Base<'a> {
    /// Number and sequence number as the record has them.
    pub stored: FileReference,
    pub is_in_use: bool,
    pub is_directory: bool,
    /// In stored order.
    pub names: Vec<Name>,
    /// Times and attributes; none of a segment that nothing uses.
    pub information: Option<Information>,
    /// Size and allocated size of the unnamed `$DATA`.
    pub size: Option<(u64, u64)>,
    /// The file described, if it is one.
    pub described: Option<&'a File>,
}

/// `$STANDARD_INFORMATION`.
pub struct Information {
    pub times: [u64; 4],
    pub attributes: u32,
    pub extra_flags: u32,
}

/// The system files that have a name, and the directory that they are in.
///
/// Source: libfsntfs "The metadata files"; the three in `$Extend` are where mkntfs and Windows XP have them.
const SYSTEM_NAMES: [(u64, u64, &str); 15] = [
    (0, ROOT, "$MFT"),
    (1, ROOT, "$MFTMirr"),
    (2, ROOT, "$LogFile"),
    (3, ROOT, "$Volume"),
    (4, ROOT, "$AttrDef"),
    (5, ROOT, "."),
    (6, ROOT, "$Bitmap"),
    (7, ROOT, "$Boot"),
    (8, ROOT, "$BadClus"),
    (9, ROOT, "$Secure"),
    (10, ROOT, "$UpCase"),
    (11, ROOT, "$Extend"),
    (24, EXTEND, "$Quota"),
    (25, EXTEND, "$ObjId"),
    (26, EXTEND, "$Reparse"),
];

/// In use, and without a name.
const RESERVED: std::ops::RangeInclusive<u64> = 12..=15;

/// Every base record of a volume, by number.
pub fn bases<'a>(volume: &'a Volume, built: &BuiltVolume, segments: &Segments) -> BTreeMap<u64, Base<'a>> {
    let system = SYSTEM_NAMES.map(|(number, directory, name)| {
        let parent = system_reference(directory);
        let name = Name { parent, units: units(name).into_boxed_slice(), namespace: 3 };
        system_file(volume, built, number, vec![name])
    });
    let reserved = RESERVED.map(|number| system_file(volume, built, number, Vec::new()));
    let described = volume.files.iter().map(|file| described(file, volume, segments));
    let taken = system.into_iter().chain(reserved).chain(described);
    let mut bases: BTreeMap<u64, Base<'a>> = taken.map(|base| (base.stored.record_number(), base)).collect();
    let extensions: Vec<u64> = segments.extensions().map(|segment| segment.number).collect();
    for number in (0..built.records).filter(|number| !extensions.contains(number)) {
        bases.entry(number).or_insert_with(|| never_used(number));
    }
    bases
}

/// The reference of a system file. Up to record 15 the sequence number is the record number, and never 0.
fn system_reference(number: u64) -> FileReference {
    let sequence = if number > *RESERVED.end() { 1 } else { number.max(1) };
    FileReference::new(number, sequence as u16)
}

fn system_file<'a>(volume: &Volume, built: &BuiltVolume, number: u64, names: Vec<Name>) -> Base<'a> {
    const HIDDEN_AND_SYSTEM: u32 = 6;
    const VIEW_INDEX: u32 = 0x2000_0000;
    let has_views = matches!(number, 9 | 24..=26);
    let attributes = HIDDEN_AND_SYSTEM | if has_views { VIEW_INDEX } else { 0 };
    let cluster = u64::from(volume.geometry.cluster);
    Base {
        stored: system_reference(number),
        is_in_use: true,
        is_directory: matches!(number, ROOT | EXTEND),
        names,
        information: Some(Information { times: [volume.time; 4], attributes, extra_flags: 0 }),
        size: system_size(volume, built, number).map(|size| (size, size.next_multiple_of(cluster))),
        described: None,
    }
}

/// Bytes of the unnamed `$DATA` of a system file.
///
/// Source: the lengths are those of Windows and mkntfs; that of the log is as mkntfs has it on small volumes.
fn system_size(volume: &Volume, built: &BuiltVolume, number: u64) -> Option<u64> {
    let geometry = volume.geometry;
    let (sector, cluster, record) =
        (u64::from(geometry.sector), u64::from(geometry.cluster), u64::from(geometry.record));
    // The backup boot sector is behind the volume's last counted sector.
    let clusters = (built.size / sector - 1) * sector / cluster;
    match number {
        0 => Some(built.records * record),
        1 => Some(cluster.max(4 * record)),
        2 => Some(256 << 10),
        4 => Some(16 * 0xA0),
        // A bit a cluster, in words of 64.
        6 => Some(clusters.div_ceil(64) * 8),
        7 => Some(8192),
        10 => Some(2 << 16),
        // `$Volume`, `$BadClus`, whose clusters are in a named stream, and the reserved ones are empty.
        3 | 8 | 12..=15 => Some(0),
        // Directories and views.
        _ => None,
    }
}

fn described<'a>(file: &'a File, volume: &Volume, segments: &Segments) -> Base<'a> {
    let number = file.reference.record_number();
    let live = file.reference.sequence_number();
    // A record that is freed counts on, and skips 0.
    let sequence = if file.is_deleted { live.checked_add(1).unwrap_or(1) } else { live };
    let extra = file.extra.as_deref();
    let streams = extra.into_iter().flat_map(|extra| &extra.streams).map(|stream| &stream.content);
    let is_sparse = file.content.iter().chain(streams).any(|content| matches!(content, Content::Hole(_)));
    let is_reparse_point = extra.is_some_and(|extra| extra.reparse.is_some());
    let implied = if is_sparse { 0x200 } else { 0 } | if is_reparse_point { 0x400 } else { 0 };
    let is_resident = segments.has_resident_data(number);
    Base {
        stored: FileReference::new(number, sequence),
        is_in_use: !file.is_deleted,
        is_directory: file.is_directory,
        names: in_stored_order(&file.names),
        information: Some(Information {
            times: file.times,
            attributes: file.attributes | implied,
            extra_flags: extra.map_or(0, |extra| extra.extra_flags),
        }),
        size: file.content.as_ref().map(|content| sizes(content, is_resident, u64::from(volume.geometry.cluster))),
        described: Some(file),
    }
}

/// Names in ascending order of the bytes of their attributes, as Windows stores them. What is between the parent and the
/// length is the same for all names of a file.
fn in_stored_order(names: &[Name]) -> Vec<Name> {
    let mut names = names.to_vec();
    names.sort_by_key(|name| {
        let units: Vec<[u8; 2]> = name.units.iter().map(|unit| unit.to_le_bytes()).collect();
        (name.parent.0.to_le_bytes(), name.units.len(), name.namespace, units)
    });
    names
}

/// Size and allocated size. Bytes lie in clusters where the description or the size of the record wants it.
fn sizes(content: &Content, is_resident: bool, cluster: u64) -> (u64, u64) {
    match content {
        Content::Bytes(stored) => {
            let size = stored.bytes.len() as u64;
            assert!(!(stored.in_clusters && is_resident), "what must lie in clusters lies in the record");
            // An attribute is a multiple of 8 bytes.
            (size, size.next_multiple_of(if is_resident { 8 } else { cluster }))
        }
        Content::Zeros(size) => (*size, size.next_multiple_of(cluster)),
        Content::Hole(size) => (*size, 0),
    }
}

/// A segment that was formatted and has never held a file.
fn never_used<'a>(number: u64) -> Base<'a> {
    Base {
        stored: FileReference::new(number, 1),
        is_in_use: false,
        is_directory: false,
        names: Vec::new(),
        information: None,
        size: None,
        described: None,
    }
}
