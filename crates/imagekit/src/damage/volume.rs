//! The volume that is being damaged: where its segments, attributes and values are.

use std::fs::File;
use std::os::unix::fs::FileExt;

use format::AttributeType;

use super::block::{Block, Place, Stored, Write, number, put};
use super::error::{DamageError, damaged_already, missing};
use super::segment::Spot;
use super::{AttributeAt, RecordCopy};
use crate::build::BuiltVolume;
use crate::clusters::Run;

/// A volume of the image as a damage finds it. Nothing is written here.
pub(super) struct Volume<'a> {
    pub file: &'a File,
    pub built: &'a BuiltVolume,
    pub copy: RecordCopy,
}

/// The value of an attribute.
pub(super) enum Value {
    /// In a segment, from `start` on.
    Resident {
        block: Block,
        start: usize,
        length: usize,
    },
    InClusters(Stored),
}

impl Volume<'_> {
    /// Bytes of the image.
    pub fn read(&self, places: &[Place]) -> Result<Vec<u8>, DamageError> {
        let size = self.file.metadata()?.len();
        let mut bytes = Vec::new();
        for &Place { offset, length } in places {
            if offset.saturating_add(length as u64) > size {
                return Err(DamageError::OutOfImage { offset, length: length as u64, size });
            }
            let start = bytes.len();
            bytes.resize(start + length, 0);
            self.file.read_exact_at(&mut bytes[start..], offset)?;
        }
        Ok(bytes)
    }

    /// Where `length` bytes at `offset` of what lies in `runs` are; `None` where the runs do not reach, or lie nowhere.
    pub fn places(&self, runs: &[Run], mut offset: u64, mut length: usize) -> Option<Vec<Place>> {
        let cluster = u64::from(self.built.geometry.cluster);
        let mut places = Vec::new();
        for run in runs {
            let bytes = run.length.checked_mul(cluster)?;
            if offset < bytes && length > 0 {
                let here = usize::try_from(bytes - offset).unwrap_or(usize::MAX).min(length);
                let lcn = run.lcn?.checked_mul(cluster)?;
                places.push(Place { offset: self.built.start.checked_add(lcn)?.checked_add(offset)?, length: here });
                length -= here;
                offset = 0;
            } else {
                offset = offset.saturating_sub(bytes);
            }
        }
        (length == 0).then_some(places)
    }

    /// A structure in clusters as it is.
    pub fn stored(&self, name: String, copies: Vec<Vec<Place>>) -> Result<Stored, DamageError> {
        let bytes = self.read(copies.first().map_or(&[], |places| &places[..]))?;
        Ok(Stored { name, copies, bytes })
    }

    /// A segment as it is, of the MFT or of its mirror.
    pub fn stored_segment(&self, record: u64) -> Result<Stored, DamageError> {
        let mft = self.segment_places("$MFT", self.built.records, &self.built.mft, record);
        let mirror = || {
            let run = Run { lcn: Some(self.built.mirror), length: u64::MAX / u64::from(self.built.geometry.cluster) };
            self.segment_places("$MFTMirr", self.built.mirror_records, &[run], record)
        };
        let (name, copies) = match self.copy {
            RecordCopy::Mft => (format!("record {record}"), vec![mft?]),
            RecordCopy::Mirror => (format!("mirror record {record}"), vec![mirror()?]),
            RecordCopy::Both => (format!("record {record} and its mirror"), vec![mft?, mirror()?]),
        };
        self.stored(name, copies)
    }

    fn segment_places(
        &self,
        table: &'static str,
        records: u64,
        runs: &[Run],
        record: u64,
    ) -> Result<Vec<Place>, DamageError> {
        let size = self.built.geometry.record;
        let outside = || DamageError::NoRecord { record, records, table };
        let offset = record.checked_mul(u64::from(size)).filter(|_| record < records).ok_or_else(outside)?;
        self.places(runs, offset, size as usize).ok_or_else(outside)
    }

    /// A segment without its update sequence.
    pub fn segment(&self, record: u64) -> Result<Block, DamageError> {
        let block = self.stored_segment(record)?.unprotect()?;
        if !block.bytes.starts_with(b"FILE") {
            return Err(damaged_already(block.name(), "the signature \"FILE\""));
        }
        Ok(block)
    }

    /// An attribute of a file, and the segment that has it: the base record, else the first extension record.
    pub fn attribute(&self, at: &AttributeAt) -> Result<(Block, Spot), DamageError> {
        let base = self.segment(at.record)?;
        let mut position = at.position;
        if let Some(spot) = find(&base, at, &mut position)? {
            return Ok((base, spot));
        }
        for record in self.extension_records(&base, at.record)? {
            let block = self.segment(record)?;
            if let Some(spot) = find(&block, at, &mut position)? {
                return Ok((block, spot));
            }
        }
        Err(missing(base.name(), at.to_string()))
    }

    /// The extension records that the attribute list of a base record names, in its order.
    fn extension_records(&self, base: &Block, record: u64) -> Result<Vec<u64>, DamageError> {
        let list = AttributeType::ATTRIBUTE_LIST.0;
        let Some(spot) = base.attributes()?.into_iter().find(|spot| spot.kind == list) else { return Ok(Vec::new()) };
        let value = self.value_of(self.segment(record)?, spot)?;
        let mut records = Vec::new();
        for range in list_entries(value.bytes(), base.name())? {
            let holder = number(value.bytes(), range.start + 0x10, 6).unwrap_or(0);
            if holder != record && !records.contains(&holder) {
                records.push(holder);
            }
        }
        Ok(records)
    }

    /// The value of an attribute.
    pub fn value(&self, at: &AttributeAt) -> Result<Value, DamageError> {
        let (block, spot) = self.attribute(at)?;
        self.value_of(block, spot)
    }

    /// The value of an attribute that was found.
    pub fn value_of(&self, block: Block, spot: Spot) -> Result<Value, DamageError> {
        if spot.is_resident {
            let range = block.value_range(&spot)?;
            return Ok(Value::Resident { start: range.start, length: range.len(), block });
        }
        let runs = self.runs(&block, &spot)?;
        let size = block.size(spot.offset + 0x30, 8)?;
        let name = format!("{} of {}", AttributeType(spot.kind), block.name());
        let places = self.places(&runs, 0, size).ok_or_else(|| damaged_already(&name, "runs on the volume"))?;
        Ok(Value::InClusters(self.stored(name, vec![places])?))
    }

    /// The runs of an attribute in clusters.
    pub fn runs(&self, block: &Block, spot: &Spot) -> Result<Vec<Run>, DamageError> {
        let pairs = &block.bytes[block.pairs_range(spot)?];
        decode_pairs(pairs).ok_or_else(|| damaged_already(block.name(), "sound mapping pairs"))
    }

    /// How many clusters the volume has: the backup boot sector is behind the last.
    pub fn clusters(&self) -> u64 {
        let sector = u64::from(self.built.geometry.sector);
        (self.built.size / sector).saturating_sub(1) * sector / u64::from(self.built.geometry.cluster)
    }
}

/// Counts down to the attribute that is asked for.
fn find(block: &Block, at: &AttributeAt, position: &mut usize) -> Result<Option<Spot>, DamageError> {
    for spot in block.attributes()? {
        if spot.kind == at.kind.0 && at.name.as_ref().is_none_or(|name| *name == spot.name) {
            if *position == 0 {
                return Ok(Some(spot));
            }
            *position -= 1;
        }
    }
    Ok(None)
}

/// Where the entries of an attribute list are.
///
/// Source: libfsntfs "The attribute list"; reference A.7.
pub(super) fn list_entries(value: &[u8], name: &str) -> Result<Vec<super::segment::Range>, DamageError> {
    let mut entries = Vec::new();
    let mut offset = 0;
    while offset < value.len() {
        let length = number(value, offset + 4, 2).and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if length < 0x1A || length > value.len() - offset {
            return Err(damaged_already(name, "an attribute list whose entry lengths lead to its end"));
        }
        entries.push(offset..offset + length);
        offset += length;
    }
    Ok(entries)
}

impl Value {
    pub fn bytes(&self) -> &[u8] {
        match self {
            // The range was checked when the value was found, and stays where it is.
            Value::Resident { block, start, length, .. } => &block.bytes[*start..start + length],
            Value::InClusters(stored) => &stored.bytes,
        }
    }

    /// What has it, for people.
    pub fn name(&self) -> String {
        match self {
            Value::Resident { block, .. } => block.name().to_owned(),
            Value::InClusters(stored) => stored.name.clone(),
        }
    }

    pub fn put(&mut self, offset: usize, bytes: &[u8]) -> Result<(), DamageError> {
        let name = self.name();
        match self {
            Value::Resident { block, start, length, .. } => {
                put(&mut block.bytes[*start..*start + *length], offset, bytes, &name)
            }
            Value::InClusters(stored) => put(&mut stored.bytes, offset, bytes, &name),
        }
    }

    pub fn writes(&self) -> Vec<Write> {
        match self {
            Value::Resident { block, .. } => block.writes(),
            Value::InClusters(stored) => stored.writes(),
        }
    }
}

/// The runs that mapping pairs say; `None` where they make no sense.
///
/// Source: libfsntfs "Data runs"; reference A.5 "Data runs".
fn decode_pairs(pairs: &[u8]) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    let (mut offset, mut lcn) = (0, 0i64);
    while let Some(&header) = pairs.get(offset).filter(|&&header| header != 0) {
        let (length_size, distance_size) = (usize::from(header & 15), usize::from(header >> 4));
        let length = signed(pairs, offset + 1, length_size)?;
        let distance = signed(pairs, offset + 1 + length_size, distance_size)?;
        lcn = lcn.checked_add(distance)?;
        let lies_somewhere = distance_size > 0;
        let place = if lies_somewhere { Some(u64::try_from(lcn).ok()?) } else { None };
        runs.push(Run { lcn: place, length: u64::try_from(length).ok()? });
        offset += 1 + length_size + distance_size;
    }
    Some(runs)
}

/// A signed little-endian number of up to eight bytes; 0 where it has none.
fn signed(bytes: &[u8], offset: usize, width: usize) -> Option<i64> {
    if width > 8 {
        return None;
    }
    let unused = u32::try_from(64 - 8 * width).ok()?;
    let value = number(bytes, offset, width)?.checked_shl(unused).unwrap_or(0).cast_signed();
    Some(value.checked_shr(unused).unwrap_or(0))
}
