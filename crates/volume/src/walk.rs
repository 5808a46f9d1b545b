//! The walk over the slots of the MFT.

use image::ImageOffset;
use rayon::prelude::*;

use crate::volume::Volume;

/// Bytes that a worker copies out of the image at a time: 256 records of 1,024 bytes.
///
/// Measured best between 256 and 1,024 records; a copied block reads faster than a map touched record by record, and the
/// update sequences are undone in place.
const BLOCK_BYTES: u64 = 256 * 1024;

/// Blocks that a worker visits in one go, where there are many.
///
/// What is kept of them is allocated together, and memory is the dearest part of the walk: every small allocation moves
/// the end of the heap, for which the operating system stops the other threads of the process.
const BLOCKS_PER_CHUNK: u64 = 4;

/// Chunks that there are at least, so that no thread is left without one while another has several to go.
const LEAST_CHUNKS: u64 = 64;

/// Blocks of slots of the MFT, by position, that one worker visits.
#[derive(Debug)]
pub struct Chunk<'a> {
    volume: &'a Volume<'a>,
    blocks: std::slice::Iter<'a, u64>,
    buffer: &'a mut Vec<u8>,
}

impl Chunk<'_> {
    /// The next block, read from the image.
    pub fn next_block(&mut self) -> Option<Block<'_>> {
        let index = *self.blocks.next()?;
        let (first_record, count) = self.volume.slots_of_block(index);
        let mft = &self.volume.mft;
        let bytes_per_record = mft.bytes_per_record as usize;
        self.buffer.resize(usize::try_from(count).unwrap_or(0) * bytes_per_record, 0);
        mft.stream.read_at(self.volume.image, first_record * u64::from(mft.bytes_per_record), self.buffer);
        Some(Block { first_record, bytes: self.buffer, bytes_per_record })
    }
}

/// Consecutive slots of the MFT, as they lie in the image.
#[derive(Debug)]
pub struct Block<'a> {
    /// Number of the first slot.
    pub first_record: u64,
    bytes: &'a mut [u8],
    bytes_per_record: usize,
}

impl Block<'_> {
    /// Each slot with its number. The bytes are a copy, so that their update sequence can be undone.
    pub fn slots(&mut self) -> impl Iterator<Item = (u64, &mut [u8])> {
        (self.first_record..).zip(self.bytes.chunks_exact_mut(self.bytes_per_record))
    }
}

impl Volume<'_> {
    /// How many slots the blocks of the walk have, the last one aside: a power of two, as are all sizes of records.
    pub fn records_per_block(&self) -> u64 {
        (BLOCK_BYTES / u64::from(self.mft.bytes_per_record)).max(1)
    }

    /// How many slots the chunks of the walk have, the last one aside: a power of two. Between their blocks may be blocks
    /// that the image does not have, and whose slots do not count.
    pub fn records_per_chunk(&self) -> u64 {
        self.records_per_block() * self.blocks_per_chunk()
    }

    /// The same for any number of threads, so that nothing that is said depends on it; a power of two, so that records are
    /// looked up by shifts.
    fn blocks_per_chunk(&self) -> u64 {
        let blocks = (self.mft.slots / self.records_per_block() / LEAST_CHUNKS).clamp(1, BLOCKS_PER_CHUNK);
        1 << blocks.ilog2()
    }

    /// Hands every slot that has a place in the image to `visit`, chunk by chunk on all threads of the current pool, and
    /// collects what it answers in record order. `visit` gets room of its own, made by `init`, that it may use for many
    /// chunks. `progress` is told the slots done with each chunk.
    pub fn walk<R, T: Send>(
        &self,
        progress: &(dyn Fn(u64) + Sync),
        init: impl Fn() -> R + Sync + Send,
        visit: impl Fn(&mut R, Chunk<'_>) -> T + Sync,
    ) -> Vec<T> {
        let read_and_visit = |(buffer, room): &mut (Vec<u8>, R), blocks: &[u64]| {
            let answer = visit(room, Chunk { volume: self, blocks: blocks.iter(), buffer });
            progress(blocks.iter().map(|index| self.slots_of_block(*index).1).sum());
            answer
        };
        let blocks = self.blocks_in_image();
        let per_chunk = usize::try_from(self.blocks_per_chunk()).unwrap_or(1);
        blocks.par_chunks(per_chunk).map_init(|| (Vec::new(), init()), read_and_visit).collect()
    }

    /// The first slot of a block, and how many it has.
    fn slots_of_block(&self, index: u64) -> (u64, u64) {
        let first_record = index * self.records_per_block();
        (first_record, self.records_per_block().min(self.mft.slots - first_record))
    }

    /// The blocks of which some byte is in the image, and in no hole of it, so that no claim about its size makes work.
    fn blocks_in_image(&self) -> Vec<u64> {
        let block_bytes = self.records_per_block() * u64::from(self.mft.bytes_per_record);
        let end = self.mft.slots * u64::from(self.mft.bytes_per_record);
        let mut blocks: Vec<u64> = Vec::new();
        for extent in self.mft.stream.extents() {
            let in_image = extent.bytes_in_image(self.image).min(end.saturating_sub(extent.start));
            let Some(offset) = extent.image_offset.filter(|_| in_image > 0) else { continue };
            let mut position = 0;
            while let Some(data) = self.image.next_data(ImageOffset(offset.0 + position)) {
                let start = data.start.0 - offset.0;
                if start >= in_image {
                    break;
                }
                let first = (extent.start + start) / block_bytes;
                let last = (extent.start + in_image.min(data.end.0 - offset.0) - 1) / block_bytes;
                let next = blocks.last().map_or(first, |last| first.max(last + 1));
                blocks.extend(next..=last);
                // What else is in the last block is read with it.
                position = ((last + 1) * block_bytes).saturating_sub(extent.start);
            }
        }
        blocks
    }
}
