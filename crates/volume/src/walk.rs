//! The walk over the slots of the MFT.

use rayon::prelude::*;

use crate::volume::Volume;

/// Bytes that a worker copies out of the image at a time: 256 records of 1,024 bytes.
///
/// Measured best between 256 and 1,024 records; a copied chunk reads faster than a map touched record by record, and the
/// update sequences are undone in place.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Consecutive slots of the MFT, as they lie in the image.
#[derive(Debug)]
pub struct Chunk<'a> {
    /// Number of the first slot.
    pub first_record: u64,
    bytes: &'a mut [u8],
    bytes_per_record: usize,
}

impl Chunk<'_> {
    /// Each slot with its number. The bytes are a copy, so that their update sequence can be undone.
    pub fn slots(&mut self) -> impl Iterator<Item = (u64, &mut [u8])> {
        (self.first_record..).zip(self.bytes.chunks_exact_mut(self.bytes_per_record))
    }
}

impl Volume<'_> {
    /// How many slots the chunks of the walk have, the last one aside.
    pub fn records_per_chunk(&self) -> u64 {
        (CHUNK_BYTES / u64::from(self.mft.bytes_per_record)).max(1)
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
        let bytes_per_record = self.mft.bytes_per_record as usize;
        let per_chunk = self.records_per_chunk();
        let read_and_visit = |(buffer, room): &mut (Vec<u8>, R), index: u64| {
            let first_record = index * per_chunk;
            let count = per_chunk.min(self.mft.slots - first_record);
            let count_here = usize::try_from(count).unwrap_or(0);
            buffer.resize(count_here * bytes_per_record, 0);
            self.mft.stream.read_at(self.image, first_record * bytes_per_record as u64, buffer);
            let answer = visit(room, Chunk { first_record, bytes: buffer, bytes_per_record });
            progress(count);
            answer
        };
        self.chunks_in_image().into_par_iter().map_init(|| (Vec::new(), init()), read_and_visit).collect()
    }

    /// The chunks of which some byte is in the image, so that no claim about its size makes work.
    fn chunks_in_image(&self) -> Vec<u64> {
        let chunk_bytes = self.records_per_chunk() * u64::from(self.mft.bytes_per_record);
        let end = self.mft.slots * u64::from(self.mft.bytes_per_record);
        let mut chunks: Vec<u64> = Vec::new();
        for extent in self.mft.stream.extents() {
            let in_image = extent.bytes_in_image(self.image).min(end.saturating_sub(extent.start));
            if in_image == 0 {
                continue;
            }
            let first = extent.start / chunk_bytes;
            let last = (extent.start + in_image - 1) / chunk_bytes;
            let next = chunks.last().map_or(first, |last| first.max(last + 1));
            chunks.extend(next..=last);
        }
        chunks
    }
}
