//! What a stream of a file holds, read when it is asked for.

use format::{Attribute, AttributeFlags, AttributeType, FileRecord, Form, NonResident, UpCase};

use crate::stream::Stream;
use crate::volume::Volume;

/// The record of `$UpCase`.
///
/// Source: libfsntfs "The metadata files".
const UP_CASE_RECORD: u64 = 10;

/// Which `$DATA` of a file.
#[derive(Clone, Copy, Debug)]
pub struct StreamOf<'a> {
    /// The base record's number, then those of its extension records, in the order of the attribute list. That they
    /// belong together is not checked.
    pub records: &'a [u64],
    /// The stream's name, UTF-16 units; empty for the unnamed `$DATA`.
    pub name: &'a [u16],
    /// The table by which names of streams are compared.
    pub up_case: &'a UpCase,
}

impl StreamOf<'_> {
    fn is(&self, attribute: &Attribute<'_>) -> bool {
        attribute.type_code == AttributeType::DATA
            && self.up_case.is_same(attribute.name.units(), self.name.iter().copied())
    }
}

/// What was found of a stream.
enum Found {
    /// All of it, in a record.
    Resident(Vec<u8>),
    InClusters(Pieces),
    /// Encrypted or compressed, longer than it may be, or in clusters of an extracted MFT, which has none.
    Unreadable,
}

/// A stream in clusters, being put together from attributes of several records.
#[derive(Default)]
struct Pieces {
    stream: Stream,
    /// Bytes of the stream, and how many of them were ever written: known from the extent with the first cluster.
    sizes: Option<(u64, u64)>,
}

impl Volume<'_> {
    /// Whether a file has a stream, readable or not.
    pub fn has_stream(&self, wanted: StreamOf<'_>) -> bool {
        self.find_stream(wanted, 0).is_some()
    }

    /// The content of a stream of at most `limit` bytes, up to the first that no extent describes or that the image
    /// does not have. Sparse runs, and what was never written, are zeros.
    ///
    /// `None` if there is no such stream, and if it is longer than `limit` or than the image, compressed or encrypted,
    /// or lies in clusters of an extracted MFT. What Windows keeps compressed in another stream (the tag WOF) is zeros
    /// here. Torn records are read like others: what is wrong with records is reported by the walk.
    pub fn read_stream(&self, wanted: StreamOf<'_>, limit: u64) -> Option<Vec<u8>> {
        let limit = limit.min(self.image.size());
        match self.find_stream(wanted, limit)? {
            Found::Resident(value) => Some(value),
            Found::InClusters(pieces) => pieces.read(self, limit),
            Found::Unreadable => None,
        }
    }

    /// The volume's own table of upper-case units, which on Windows XP is not the usual one.
    ///
    /// `None` of an extracted MFT, and if the table is not whole or folds ASCII as no table of Windows does: by one that
    /// is overwritten with zeros all names of a length would be the same.
    pub fn up_case(&self) -> Option<UpCase> {
        let wanted = StreamOf { records: &[UP_CASE_RECORD], name: &[], up_case: UpCase::unicode() };
        let table = UpCase::from_bytes(&self.read_stream(wanted, UpCase::SIZE as u64)?)?;
        let is_as_usual = |byte: u8| table.to_upper(u16::from(byte)) == u16::from(byte.to_ascii_uppercase());
        (0..0x80).all(is_as_usual).then_some(table)
    }

    /// Looks for a stream in the records of its file; `limit` is for what is copied out of a record.
    fn find_stream(&self, wanted: StreamOf<'_>, limit: u64) -> Option<Found> {
        let mut found: Option<Pieces> = None;
        let mut slot = Vec::new();
        for number in wanted.records {
            self.read_slot(*number, &mut slot);
            // Its damage is reported by the walk, which reads it again.
            let Some(record) = FileRecord::decode(&mut slot, &mut Vec::new()) else { continue };
            for attribute in record.attributes().flatten().filter(|attribute| wanted.is(attribute)) {
                match attribute.form {
                    // A stream is in one record or in clusters; of a damaged one that is both, the first is taken.
                    Form::Resident { .. } if found.is_some() => {}
                    Form::Resident { value, .. } => return Some(resident(&attribute, value, limit)),
                    Form::NonResident(value) => {
                        let pieces = found.get_or_insert_default();
                        if !is_plain(&attribute) || !pieces.add(self, &value) {
                            return Some(Found::Unreadable);
                        }
                    }
                }
            }
        }
        found.map(Found::InClusters)
    }
}

impl Pieces {
    /// Adds what one attribute describes; `false` if there are no clusters.
    fn add(&mut self, volume: &Volume<'_>, value: &NonResident<'_>) -> bool {
        let Some((extents, _)) = volume.extents(value) else { return false };
        if value.lowest_vcn.0 == 0 {
            self.sizes.get_or_insert((value.data_size, value.initialized_size));
        }
        // Of two extents that claim the same part the first counts, as everywhere.
        for extent in extents {
            self.stream.insert(extent);
        }
        true
    }

    fn read(&self, volume: &Volume<'_>, limit: u64) -> Option<Vec<u8>> {
        let (size, initialized) = self.sizes.filter(|(size, _)| *size <= limit)?;
        let mut bytes = Vec::new();
        volume.append_value(&self.stream, size, &mut bytes);
        let initialized = usize::try_from(initialized).unwrap_or(usize::MAX);
        bytes.iter_mut().skip(initialized).for_each(|byte| *byte = 0);
        Some(bytes)
    }
}

/// The flag "compressed" says nothing of a value in a record, which never is.
fn resident(attribute: &Attribute<'_>, value: &[u8], limit: u64) -> Found {
    let is_readable = !attribute.flags.contains(AttributeFlags::ENCRYPTED) && value.len() as u64 <= limit;
    if is_readable { Found::Resident(value.to_owned()) } else { Found::Unreadable }
}

/// Whether the clusters of a stream hold its bytes as they are.
fn is_plain(attribute: &Attribute<'_>) -> bool {
    !attribute.flags.intersects(AttributeFlags::COMPRESSED | AttributeFlags::ENCRYPTED)
}
