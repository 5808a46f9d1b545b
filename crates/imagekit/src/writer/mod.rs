//! Lays out a volume: first without writing, to see how long its parts are, and then again to write them.

mod indexes;
mod plan;
mod system_files;

use format::FileReference;

pub(crate) use self::plan::Plan;
use self::system_files::Fixed;
use crate::attribute::{self, Attribute, NameFacts, kind, put};
use crate::build_error::BuildError;
use crate::clusters::{Clusters, Run, bitmap_bytes};
use crate::description::{Content, Extra, File, Geometry, REPARSE_POINT, Volume};
use crate::draft::{Draft, Value, make_room};
use crate::extended_attributes;
use crate::output::Output;
use crate::placement::{Placement, place};
use crate::record::{self, Header, capacity};
use crate::secure::{FILE_SECURITY_ID, SYSTEM_SECURITY_ID, Security, security};
use crate::tree::{Tree, is_view, system};
use crate::up_case::UpCase;

/// In `$FILE_NAME`: has `$I30`.
const HAS_FILE_NAME_INDEX: u32 = 0x1000_0000;
/// In `$FILE_NAME`, and in `$STANDARD_INFORMATION` of the same file: has another index.
const HAS_VIEW_INDEX: u32 = 0x2000_0000;

/// Finds the place of everything.
pub(crate) fn plan(volume: &Volume, tree: &Tree<'_>) -> Result<Plan, BuildError> {
    let mut writer = Writer::new(volume, tree, Output::nowhere(), None);
    writer.lay_out()?;
    writer.plan_rest()
}

/// Writes everything to its place.
pub(crate) fn write(volume: &Volume, tree: &Tree<'_>, plan: &Plan, output: Output<'_>) -> Result<(), BuildError> {
    let mut writer = Writer::new(volume, tree, output, Some(plan));
    writer.lay_out()?;
    // Takes the same clusters again, so that they are marked as taken.
    writer.plan_rest()?;
    writer.finish(plan)
}

struct Writer<'a> {
    volume: &'a Volume,
    geometry: Geometry,
    tree: &'a Tree<'a>,
    output: Output<'a>,
    plan: Option<&'a Plan>,
    clusters: Clusters,
    fixed: Fixed,
    security: Security,
    /// Length in clusters of each file's unnamed `$DATA`, in bytes, by the position of the file.
    allocated: Vec<u64>,
    /// The next segment for an extension record.
    next_extension: u64,
    /// `$MFT:$BITMAP`.
    in_use: Vec<u8>,
    /// The same for segments that have been written.
    written: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(volume: &'a Volume, tree: &'a Tree<'a>, output: Output<'a>, plan: Option<&'a Plan>) -> Self {
        let mut clusters = Clusters::default();
        let security = security();
        let fixed = Fixed::take(&volume.geometry, &mut clusters, security.sds_size);
        let after_last = volume.files.last().map_or(0, |file| file.reference.record_number() + 1);
        let bits = vec![0; usize::try_from(bitmap_bytes(plan.map_or(0, |plan| plan.records))).unwrap_or(0)];
        Self {
            volume,
            geometry: volume.geometry,
            tree,
            output,
            plan,
            clusters,
            fixed,
            security,
            allocated: vec![0; tree.len()],
            next_extension: after_last.max(system::FIRST_USER),
            in_use: bits.clone(),
            written: bits,
        }
    }

    /// Everything whose place does not depend on the size of the whole. Files come before directories, whose indexes
    /// repeat how long a file is in clusters.
    fn lay_out(&mut self) -> Result<(), BuildError> {
        for directories in [false, true] {
            for position in 0..self.tree.len() {
                let file = self.tree.file(position);
                if file.is_directory == directories && !is_left_for_last(file.reference) {
                    self.write_file(position)?;
                }
            }
        }
        Ok(())
    }

    /// Gives a file its clusters and its segments.
    fn write_file(&mut self, position: usize) -> Result<(), BuildError> {
        let file = self.tree.file(position);
        let number = file.reference.record_number();
        let start = self.clusters.end();
        let mut drafts = self.drafts(position)?;
        let room = capacity(self.geometry.record as usize);
        make_room(&mut drafts, room.saturating_sub(self.index_room(position)));
        self.add_indexes(position, &mut drafts)?;
        let (allocated, size) = self.data_sizes(number, &drafts);
        self.allocated[position] = allocated;
        name_sizes(&mut drafts, allocated, size);
        let attributes = self.finish_drafts(drafts)?;
        let placement = place(attributes, &self.geometry, &mut self.clusters)
            .map_err(|error| BuildError::TooManyAttributes { record: number, bytes: error.bytes })?;
        if file.is_deleted {
            let length = self.clusters.end() - start;
            self.clusters.release(&[Run { lcn: Some(start), length }]);
        }
        self.write_segments(file, placement)
    }

    /// The attributes of a file, indexes aside.
    fn drafts(&self, position: usize) -> Result<Vec<Draft<'a>>, BuildError> {
        let file = self.tree.file(position);
        let number = file.reference.record_number();
        let view = if is_view(number) { HAS_VIEW_INDEX } else { 0 };
        let information = attribute::standard_information(file, attributes(file) | view, security_id(number));
        let mut drafts = vec![Draft::made(kind::STANDARD_INFORMATION, information)];
        drafts.extend(self.names(position).into_iter().map(|name| Draft::made(kind::FILE_NAME, name)));
        drafts.extend(self.system_drafts(number));
        drafts.extend(file.content.as_ref().map(|content| Draft::data(&[], content)));
        if let Some(extra) = &file.extra {
            add_extra(extra, number, &mut drafts)?;
        }
        Ok(drafts)
    }

    /// The `$FILE_NAME` values of a file, in ascending order of their bytes: so Windows sorts attributes of one type that
    /// are indexed.
    ///
    /// Source: `ntfs_attr_find` of ntfs-3g, which gives up at a greater value; the file records of Windows' own volumes.
    fn names(&self, position: usize) -> Vec<Vec<u8>> {
        let facts = self.name_facts(position, false);
        let names = &self.tree.file(position).names;
        let mut values: Vec<Vec<u8>> = names.iter().map(|name| attribute::file_name(name, &facts)).collect();
        values.sort_unstable();
        values
    }

    /// The attributes in stored order, their values in clusters if that is where they go.
    fn finish_drafts(&mut self, mut drafts: Vec<Draft<'_>>) -> Result<Vec<Attribute>, BuildError> {
        drafts.sort_by_key(|draft| draft.kind);
        let (geometry, clusters, output) = (&self.geometry, &mut self.clusters, &mut self.output);
        let attributes = drafts.into_iter().map(|draft| draft.finish(geometry, clusters, output));
        Ok(attributes.collect::<Result<_, _>>()?)
    }

    /// How long the unnamed `$DATA` of a file is, in clusters and in bytes.
    fn data_sizes(&self, number: u64, drafts: &[Draft<'_>]) -> (u64, u64) {
        if number < system::FIRST_USER {
            return self.system_sizes(number);
        }
        let unnamed = drafts.iter().find(|draft| draft.kind == kind::DATA && draft.name.is_empty());
        let in_clusters = |size: u64| (self.geometry.offset(self.geometry.clusters(size)), size);
        match unnamed.map(|draft| &draft.value) {
            Some(Value::Given(bytes)) => (bytes.len().next_multiple_of(8) as u64, bytes.len() as u64),
            Some(Value::InClusters(bytes)) => in_clusters(bytes.len() as u64),
            Some(Value::Zeros(size)) => in_clusters(*size),
            Some(Value::Hole(size)) => (0, *size),
            _ => (0, 0),
        }
    }

    /// What a name of the file says beside itself. In an index it says that the file is a reparse point, and of which
    /// tag; in the MFT it was written before the file became one, as Windows does it (reference A.8).
    fn name_facts(&self, position: usize, in_index: bool) -> NameFacts {
        let file = self.tree.file(position);
        let number = file.reference.record_number();
        let index = match (is_view(number), file.is_directory) {
            (true, _) => HAS_VIEW_INDEX,
            (false, true) => HAS_FILE_NAME_INDEX,
            (false, false) => 0,
        };
        let attributes = attributes(file) | index;
        let size = match &file.content {
            Some(Content::Bytes(stored)) => stored.bytes.len() as u64,
            Some(Content::Zeros(size) | Content::Hole(size)) => *size,
            None => self.system_sizes(number).1,
        };
        let allocated =
            if number < system::FIRST_USER { self.system_sizes(number).0 } else { self.allocated[position] };
        NameFacts {
            times: file.times,
            allocated,
            size,
            attributes: if in_index { attributes } else { attributes & !REPARSE_POINT },
            tag_or_ea_size: if in_index { tag_or_ea_size(file) } else { 0 },
        }
    }

    /// Numbers the extension records, and writes all segments of a file.
    fn write_segments(&mut self, file: &File, mut placement: Placement) -> Result<(), BuildError> {
        let mut references = vec![file.reference];
        for _ in 1..placement.segments.len() {
            references.push(FileReference::new(self.next_extension, 1));
            self.next_extension += 1;
        }
        if let Some((lcn, list)) = placement.refer(&references) {
            self.output.write(self.geometry.offset(lcn), &list)?;
        }
        if self.plan.is_none() {
            return Ok(());
        }
        for (position, (segment, reference)) in placement.segments.iter().zip(&references).enumerate() {
            let header = header(file, *reference, position > 0);
            self.write_record(&header, segment)?;
        }
        Ok(())
    }

    /// Writes one segment, to the mirror as well if it is one of the first.
    fn write_record(&mut self, header: &Header, attributes: &[(u16, Attribute)]) -> Result<(), BuildError> {
        let Some(plan) = self.plan else { return Ok(()) };
        let bytes = record::encode(header, attributes, self.geometry.record as usize);
        let offset = header.number * u64::from(self.geometry.record);
        if header.number < self.fixed.mirror_records {
            self.output.write(self.geometry.offset(self.fixed.mirror.0) + offset, &bytes)?;
        }
        let mut written = 0;
        for (at, length) in plan.mft_pieces(&self.geometry, offset, bytes.len()) {
            self.output.write(at, &bytes[written..written + length])?;
            written += length;
        }
        set_bit(&mut self.written, header.number);
        if header.flags & record::IN_USE != 0 {
            set_bit(&mut self.in_use, header.number);
        }
        Ok(())
    }
}

/// System files that say how large the volume is, or where its parts are.
fn is_left_for_last(reference: FileReference) -> bool {
    let number = reference.record_number();
    number <= *system::RESERVED.end() && !matches!(number, system::ROOT | system::EXTEND | system::SECURE)
}

/// The attributes that few files have.
fn add_extra<'a>(extra: &'a Extra, record: u64, drafts: &mut Vec<Draft<'a>>) -> Result<(), BuildError> {
    if let Some((id, births)) = &extra.object_id {
        let births = births.iter().flatten().map(|guid| guid.0);
        drafts.push(Draft::made(kind::OBJECT_ID, [id.0].into_iter().chain(births).flatten().collect()));
    }
    let mut streams: Vec<_> = extra.streams.iter().collect();
    streams.sort_by(|left, right| UpCase::unicode().compare(&left.name, &right.name));
    drafts.extend(streams.into_iter().map(|stream| Draft::data(&stream.name, &stream.content)));
    drafts.extend(extra.reparse.as_ref().map(|reparse| Draft::stored(kind::REPARSE_POINT, &[], reparse)));
    if !extra.extended_attributes.is_empty() {
        let encoded = extended_attributes::encode(&extra.extended_attributes)
            .map_err(|source| BuildError::ExtendedAttributes { record, source })?;
        drafts.push(Draft::made(kind::EA_INFORMATION, encoded.information.to_vec()));
        drafts.push(Draft::made(kind::EXTENDED_ATTRIBUTES, encoded.entries));
    }
    Ok(())
}

/// Fills in the lengths in the names of a file, which are known when it is known what goes to clusters.
fn name_sizes(drafts: &mut [Draft<'_>], allocated: u64, size: u64) {
    for draft in drafts.iter_mut().filter(|draft| draft.kind == kind::FILE_NAME) {
        if let Value::Made(value) = &mut draft.value {
            put(value, 0x28, &allocated.to_le_bytes());
            put(value, 0x30, &size.to_le_bytes());
        }
    }
}

/// `$STANDARD_INFORMATION`'s attributes, with those that follow from what the file has.
fn attributes(file: &File) -> u32 {
    file.attributes | file.implied_attributes()
}

/// The reparse tag, or the packed size of the extended attributes: they share a field.
fn tag_or_ea_size(file: &File) -> u32 {
    let Some(extra) = &file.extra else { return 0 };
    if let Some(reparse) = &extra.reparse {
        return reparse_tag(&reparse.bytes);
    }
    let attributes = extended_attributes::encode(&extra.extended_attributes);
    attributes.map_or(0, |encoded| u32::from(u16::from_le_bytes([encoded.information[0], encoded.information[1]])))
}

/// The tag that the value of `$REPARSE_POINT` begins with; what is missing is zero.
fn reparse_tag(value: &[u8]) -> u32 {
    let mut tag = [0; 4];
    let length = value.len().min(4);
    put(&mut tag, 0, &value[..length]);
    u32::from_le_bytes(tag)
}

fn security_id(number: u64) -> u32 {
    if number < system::FIRST_USER && number != system::ROOT { SYSTEM_SECURITY_ID } else { FILE_SECURITY_ID }
}

/// The header of a file's base record or of one of its extension records. A freed segment has the next sequence number,
/// and 0 is never one.
fn header(file: &File, reference: FileReference, is_extension: bool) -> Header {
    let number = file.reference.record_number();
    let kind = match number {
        _ if is_extension => 0,
        system::SECURE => record::VIEW_INDEX,
        number if is_view(number) => record::VIEW_INDEX | record::IN_EXTEND,
        _ if file.is_directory => record::DIRECTORY,
        _ => 0,
    };
    let live = reference.sequence_number();
    Header {
        number: reference.record_number(),
        sequence: if file.is_deleted { live.checked_add(1).unwrap_or(1) } else { live },
        link_count: if is_extension { 0 } else { u16::try_from(file.names.len()).unwrap_or(u16::MAX) },
        flags: if file.is_deleted { kind } else { kind | record::IN_USE },
        base: if is_extension { file.reference.0 } else { 0 },
    }
}

/// Sets a bit of a bitmap that has it.
fn set_bit(bitmap: &mut [u8], bit: u64) {
    if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|byte| bitmap.get_mut(byte)) {
        *byte |= 1 << (bit % 8);
    }
}

/// Whether a bit is set.
fn bit(bitmap: &[u8], bit: u64) -> bool {
    let byte = usize::try_from(bit / 8).ok().and_then(|byte| bitmap.get(byte));
    byte.is_some_and(|byte| byte & 1 << (bit % 8) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::Name;

    /// So are all 7,798 records with several names in the MFTs of seven volumes made by Windows.
    #[test]
    fn names_are_stored_in_the_order_of_their_bytes() {
        let name = |parent, units: &str, namespace| Name {
            parent: FileReference::new(parent, 1),
            units: units.encode_utf16().collect(),
            namespace,
        };
        let file = File {
            reference: FileReference::new(27, 1),
            is_directory: false,
            is_deleted: false,
            names: vec![name(0x20, "Long name.txt", 1), name(0x20, "LONGNA~1.TXT", 2), name(0x105, "b", 0)],
            times: [0; 4],
            attributes: 0,
            content: None,
            extra: None,
        };
        let (geometry, files) = (Geometry::default(), vec![file]);
        let volume = Volume { geometry, label: vec![], serial: 1, flags: 0, size: None, time: 0, mft_pieces: 1, files };
        let tree = Tree::new(&volume);
        let writer = Writer::new(&volume, &tree, Output::nowhere(), None);
        let values = writer.names(tree.len() - 1);
        let parents_and_lengths: Vec<[u8; 3]> = values.iter().map(|value| [value[0], value[1], value[0x40]]).collect();
        assert_eq!(parents_and_lengths, [[5, 1, 1], [0x20, 0, 12], [0x20, 0, 13]]);
    }
}
