//! The attributes of a file record segment, found by walking it.

use super::block::Block;
use super::error::{DamageError, damaged_already};

/// The end marker, and the type that no attribute has.
const END: u32 = 0xFFFF_FFFF;
/// The end marker and the four bytes behind it, which the used size counts.
const END_LENGTH: usize = 8;
/// The shortest header of an attribute.
const SHORTEST: usize = 0x18;
/// The shortest header of one in clusters.
const SHORTEST_IN_CLUSTERS: usize = 0x40;

/// Where an attribute is in its segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Spot {
    /// Of the header, in bytes from the start of the segment.
    pub offset: usize,
    /// In bytes, header included.
    pub length: usize,
    pub kind: u32,
    pub name: Vec<u16>,
    pub is_resident: bool,
}

/// Offset and length of something in a structure.
pub(super) type Range = std::ops::Range<usize>;

impl Block {
    /// The attributes of a segment in stored order.
    pub fn attributes(&self) -> Result<Vec<Spot>, DamageError> {
        Ok(self.walk()?.0)
    }

    /// Where the end marker is.
    pub fn end_marker(&self) -> Result<usize, DamageError> {
        Ok(self.walk()?.1)
    }

    fn walk(&self) -> Result<(Vec<Spot>, usize), DamageError> {
        let mut spots = Vec::new();
        let mut offset = self.size(0x14, 2)?;
        loop {
            let kind = u32::try_from(self.number(offset, 4)?).unwrap_or(END);
            if kind == END {
                return Ok((spots, offset));
            }
            let length = self.size(offset + 4, 4)?;
            if length < SHORTEST || length > self.bytes.len() - offset {
                return Err(damaged_already(self.name(), "attributes whose lengths lead to the end marker"));
            }
            let name = self.attribute_name(offset)?;
            let is_resident = self.number(offset + 8, 1)? == 0;
            spots.push(Spot { offset, length, kind, name, is_resident });
            offset += length;
        }
    }

    fn attribute_name(&self, offset: usize) -> Result<Vec<u16>, DamageError> {
        let start = offset + self.size(offset + 10, 2)?;
        let units = (0..self.size(offset + 9, 1)?).map(|unit| self.number(start + 2 * unit, 2));
        units.map(|unit| Ok(u16::try_from(unit?).unwrap_or(0))).collect()
    }

    /// Where a resident value is in the segment.
    pub fn value_range(&self, spot: &Spot) -> Result<Range, DamageError> {
        let value_offset = self.size(spot.offset + 0x14, 2)?;
        let start = spot.offset + value_offset;
        let end = start.saturating_add(self.size(spot.offset + 0x10, 4)?);
        if !spot.is_resident || value_offset < SHORTEST || end > spot.offset + spot.length {
            return Err(damaged_already(self.name(), "a resident value within its attribute"));
        }
        Ok(start..end)
    }

    /// Where the mapping pairs are, with what follows them in the attribute.
    pub fn pairs_range(&self, spot: &Spot) -> Result<Range, DamageError> {
        let pairs_offset = self.size(spot.offset + 0x20, 2)?;
        let (start, end) = (spot.offset + pairs_offset, spot.offset + spot.length);
        if spot.is_resident || pairs_offset < SHORTEST_IN_CLUSTERS || start > end {
            return Err(damaged_already(self.name(), "mapping pairs within their attribute"));
        }
        Ok(start..end)
    }

    /// Puts another attribute in the place of one; its length is made a multiple of eight, and those behind it move.
    pub fn replace(&mut self, spot: &Spot, mut attribute: Vec<u8>) -> Result<(), DamageError> {
        attribute.resize(attribute.len().next_multiple_of(8), 0);
        let length = u32::try_from(attribute.len()).unwrap_or(u32::MAX);
        attribute[4..8].copy_from_slice(&length.to_le_bytes());
        let end = self.end_marker()? + END_LENGTH;
        let used = end - spot.length + attribute.len();
        let size = self.bytes.len();
        if used > size {
            let (needed, free) = (attribute.len().saturating_sub(spot.length), size.saturating_sub(end));
            return Err(DamageError::NoRoom { structure: self.name().to_owned(), needed, free });
        }
        self.bytes.splice(spot.offset..spot.offset + spot.length, attribute);
        self.bytes.truncate(used);
        self.bytes.resize(size, 0);
        self.put(0x18, &u32::try_from(used).unwrap_or(u32::MAX).to_le_bytes())
    }

    /// Gives a resident attribute another value.
    pub fn replace_value(&mut self, spot: &Spot, value: &[u8]) -> Result<(), DamageError> {
        let start = self.value_range(spot)?.start;
        let mut attribute = self.bytes[spot.offset..start].to_vec();
        attribute[0x10..0x14].copy_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        attribute.extend_from_slice(value);
        self.replace(spot, attribute)
    }

    /// Gives an attribute other mapping pairs, and leaves its length as it is if they fit.
    pub fn replace_pairs(&mut self, spot: &Spot, pairs: &[u8]) -> Result<(), DamageError> {
        let start = self.pairs_range(spot)?.start;
        let mut attribute = self.bytes[spot.offset..start].to_vec();
        attribute.extend_from_slice(pairs);
        attribute.resize(attribute.len().max(spot.length), 0);
        self.replace(spot, attribute)
    }
}
