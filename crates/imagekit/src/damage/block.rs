//! File record segments and index blocks as bytes to change: what protects them is undone, and put back.

use super::error::{DamageError, damaged_already};
use crate::record::STRIDE;

/// Bytes of the image that lie together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// From the start of the image.
    pub offset: u64,
    pub length: usize,
}

/// Bytes to write at an offset of the image.
pub(super) struct Write {
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// A segment, an index block or a value in clusters as the image has it.
#[derive(Clone)]
pub(super) struct Stored {
    /// What it is, for people: "record 40".
    pub name: String,
    /// Where its bytes are; several times where it has copies that change with it.
    pub copies: Vec<Vec<Place>>,
    pub bytes: Vec<u8>,
}

impl Stored {
    /// The same with `bytes` at `offset`.
    pub fn patch(&self, offset: usize, bytes: &[u8]) -> Result<Vec<Write>, DamageError> {
        let mut changed = self.clone();
        put(&mut changed.bytes, offset, bytes, &self.name)?;
        Ok(changed.writes())
    }

    /// All its bytes, to all its copies.
    pub fn writes(&self) -> Vec<Write> {
        let mut writes = Vec::new();
        for places in &self.copies {
            let mut rest = &self.bytes[..];
            for place in places {
                let (here, after) = rest.split_at(place.length.min(rest.len()));
                writes.push(Write { offset: place.offset, bytes: here.to_vec() });
                rest = after;
            }
        }
        writes
    }

    /// The update sequence number.
    pub fn update_sequence_number(&self) -> Option<[u8; 2]> {
        let array = number(&self.bytes, 4, 2)?;
        let array = usize::try_from(array).ok()?;
        self.bytes.get(array..)?.first_chunk().copied()
    }

    /// Undoes the update sequence, which has to be sound.
    ///
    /// Source: libfsntfs "The fix-up values"; reference A.3 "Multi-sector fixup".
    pub fn unprotect(self) -> Result<Block, DamageError> {
        let sound = || damaged_already(&self.name, "a sound update sequence");
        let mut bytes = self.bytes.clone();
        let words = bytes.len() / STRIDE + 1;
        let array = number(&bytes, 4, 2).and_then(|array| usize::try_from(array).ok()).ok_or_else(sound)?;
        let kept = bytes.get(array..array + 2 * words).ok_or_else(sound)?.to_vec();
        if number(&bytes, 6, 2) != Some(words as u64) {
            return Err(sound());
        }
        for (sector, word) in kept.chunks_exact(2).enumerate().skip(1) {
            let tail = sector * STRIDE - 2..sector * STRIDE;
            if bytes[tail.clone()] != kept[..2] {
                return Err(sound());
            }
            bytes[tail].copy_from_slice(word);
        }
        Ok(Block { stored: self, bytes, array })
    }
}

/// A segment or an index block without its update sequence.
pub(super) struct Block {
    pub stored: Stored,
    pub bytes: Vec<u8>,
    /// Where the update sequence array is, whatever the header says by now.
    array: usize,
}

impl Block {
    /// What it is, for people.
    pub fn name(&self) -> &str {
        &self.stored.name
    }

    pub fn number(&self, offset: usize, width: usize) -> Result<u64, DamageError> {
        number(&self.bytes, offset, width).ok_or_else(|| damaged_already(self.name(), "offsets within it"))
    }

    /// A number that is an offset or a length.
    pub fn size(&self, offset: usize, width: usize) -> Result<usize, DamageError> {
        Ok(usize::try_from(self.number(offset, width)?).unwrap_or(usize::MAX))
    }

    pub fn put(&mut self, offset: usize, bytes: &[u8]) -> Result<(), DamageError> {
        put(&mut self.bytes, offset, bytes, &self.stored.name)
    }

    /// Protected again, by the same update sequence number.
    pub fn writes(&self) -> Vec<Write> {
        let mut bytes = self.bytes.clone();
        let number = &self.stored.bytes[self.array..self.array + 2];
        bytes[self.array..self.array + 2].copy_from_slice(number);
        for sector in 1..=bytes.len() / STRIDE {
            let tail = sector * STRIDE - 2;
            bytes.copy_within(tail..tail + 2, self.array + 2 * sector);
            bytes[tail..tail + 2].copy_from_slice(number);
        }
        Stored { bytes, ..self.stored.clone() }.writes()
    }
}

/// A little-endian number of up to eight bytes; `None` past the end.
pub(super) fn number(bytes: &[u8], offset: usize, width: usize) -> Option<u64> {
    let field = bytes.get(offset..offset.checked_add(width)?)?;
    Some(field.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

/// Copies `bytes` to `offset` of the structure `name`.
pub(super) fn put(target: &mut [u8], offset: usize, bytes: &[u8], name: &str) -> Result<(), DamageError> {
    let end = offset.saturating_add(bytes.len());
    let field = target.get_mut(offset..end).ok_or_else(|| damaged_already(name, "offsets within it"))?;
    field.copy_from_slice(bytes);
    Ok(())
}
