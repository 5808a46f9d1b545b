//! Which clusters of the volume are taken.

/// Clusters that lie together; `lcn` is `None` for clusters of a sparse value that lie nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// First cluster on the volume.
    pub lcn: Option<u64>,
    /// How many.
    pub length: u64,
}

/// Takes clusters one after the other from the start of the volume, so that the same description gets the same ones.
#[derive(Default)]
pub(crate) struct Clusters {
    next: u64,
    /// Runs below `next` that nothing in use holds, in ascending order of first cluster once sorted.
    free: Vec<(u64, u64)>,
}

impl Clusters {
    /// Takes the next `length` clusters; no run where there are none to take.
    pub fn take(&mut self, length: u64) -> Vec<Run> {
        if length == 0 {
            return Vec::new();
        }
        let run = Run { lcn: Some(self.next), length };
        // Too many for any volume are refused when all are taken.
        self.next = self.next.saturating_add(length);
        vec![run]
    }

    /// Takes `length` clusters in `pieces` with a free cluster between any two.
    ///
    /// None of the pieces is empty as long as there are at least as many clusters as pieces.
    pub fn take_pieces(&mut self, length: u64, pieces: u64) -> Vec<Run> {
        let mut runs = Vec::new();
        for piece in 0..pieces {
            if piece > 0 {
                self.free.push((self.next, 1));
                self.next += 1;
            }
            runs.extend(self.take(length * (piece + 1) / pieces - length * piece / pieces));
        }
        runs
    }

    /// Gives clusters back: those of deleted files keep their content and are free.
    pub fn release(&mut self, runs: &[Run]) {
        self.free.extend(runs.iter().filter_map(|run| run.lcn.map(|lcn| (lcn, run.length))));
    }

    /// The first cluster that nothing has taken yet.
    pub fn end(&self) -> u64 {
        self.next
    }

    /// The value of `$Bitmap` for a volume of `total` clusters, in pieces of `PIECE` bytes that are not all zero: a bit a
    /// cluster, the bits past the end set, as Windows leaves them.
    pub fn bitmap(&mut self, total: u64) -> impl Iterator<Item = (u64, Vec<u8>)> {
        self.free.sort_unstable();
        let bytes = bitmap_bytes(total);
        (0..bytes).step_by(PIECE).map(move |start| {
            let length = (bytes - start).min(PIECE as u64);
            (start, self.bitmap_piece(start * 8..(start + length) * 8, total))
        })
    }

    fn bitmap_piece(&self, bits: std::ops::Range<u64>, total: u64) -> Vec<u8> {
        let mut piece = Bits::new(bits);
        piece.set(0..self.next, true);
        let (start, end) = (piece.range.start, piece.range.end);
        let first = self.free.partition_point(|&(lcn, length)| lcn + length <= start);
        for &(lcn, length) in self.free[first..].iter().take_while(|&&(lcn, _)| lcn < end) {
            piece.set(lcn..lcn + length, false);
        }
        piece.set(total..u64::MAX, true);
        piece.bytes
    }
}

/// Bytes of the bitmap that are made at once.
const PIECE: usize = 1 << 16;

/// Length in bytes of a bitmap of so many bits: whole 64-bit words, as Windows has it.
pub(crate) fn bitmap_bytes(bits: u64) -> u64 {
    bits.div_ceil(64) * 8
}

/// Part of a bitmap.
struct Bits {
    range: std::ops::Range<u64>,
    bytes: Vec<u8>,
}

impl Bits {
    fn new(range: std::ops::Range<u64>) -> Self {
        let length = usize::try_from((range.end - range.start) / 8).unwrap_or(0);
        Self { range, bytes: vec![0; length] }
    }

    /// Sets or clears what of `bits` lies in this part.
    fn set(&mut self, bits: std::ops::Range<u64>, value: bool) {
        let start = bits.start.clamp(self.range.start, self.range.end) - self.range.start;
        let end = bits.end.clamp(self.range.start, self.range.end) - self.range.start;
        let mut bit = start;
        while bit < end {
            let byte = usize::try_from(bit / 8).unwrap_or(usize::MAX);
            let (mask, step) = if bit.is_multiple_of(8) && end - bit >= 8 { (0xFF, 8) } else { (1 << (bit % 8), 1) };
            if value {
                self.bytes[byte] |= mask;
            } else {
                self.bytes[byte] &= !mask;
            }
            bit += step;
        }
    }
}

/// The mapping pairs of `runs`: a header byte, the length, the distance from the last cluster number; a zero ends them.
///
/// Source: libfsntfs "Data runs"; reference A.5 "Data runs".
pub(crate) fn mapping_pairs(runs: &[Run]) -> Vec<u8> {
    let mut pairs = Vec::new();
    let mut previous = 0;
    for run in runs {
        let length = shortest(run.length.cast_signed());
        let distance = match run.lcn {
            Some(lcn) => shortest(lcn.cast_signed() - previous),
            None => Vec::new(),
        };
        previous = run.lcn.map_or(previous, u64::cast_signed);
        pairs.push(low_byte(distance.len()) << 4 | low_byte(length.len()));
        pairs.extend(length);
        pairs.extend(distance);
    }
    pairs.push(0);
    pairs
}

/// The fewest bytes that say `value` with its sign.
fn shortest(value: i64) -> Vec<u8> {
    let length = (1..8).find(|bytes| value << (64 - 8 * bytes) >> (64 - 8 * bytes) == value).unwrap_or(8);
    value.to_le_bytes()[..length].to_vec()
}

/// The low byte of a small number.
fn low_byte(value: usize) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(lcn: u64, length: u64) -> Run {
        Run { lcn: Some(lcn), length }
    }

    /// By hand from the format: header, length, signed distance.
    #[test]
    fn mapping_pairs_are_as_short_as_they_can_be() {
        assert_eq!(mapping_pairs(&[]), [0]);
        assert_eq!(mapping_pairs(&[run(4, 24)]), [0x11, 24, 4, 0]);
        // 0x80 clusters take two bytes: one byte would be negative.
        assert_eq!(mapping_pairs(&[run(0x1234, 0x80)]), [0x22, 0x80, 0x00, 0x34, 0x12, 0]);
        // Backwards, and past clusters that lie nowhere, which do not move the cluster that the next counts from.
        let backwards = [run(100, 1), Run { lcn: None, length: 16 }, run(90, 2)];
        assert_eq!(mapping_pairs(&backwards), [0x11, 1, 100, 0x01, 16, 0x11, 2, 0xF6, 0]);
    }

    #[test]
    fn pieces_have_a_free_cluster_between_them() {
        let mut clusters = Clusters::default();
        clusters.take(10);
        assert_eq!(clusters.take_pieces(7, 3), [run(10, 2), run(13, 2), run(16, 3)]);
        assert_eq!(clusters.end(), 19);
        let bitmap: Vec<_> = clusters.bitmap(21).collect();
        // 0..12 taken, 12 free, 13..15 taken, 15 free, 16..19 taken, 19 and 20 free, set past the end.
        assert_eq!(bitmap, [(0, vec![0xFF, 0x6F, 0xE7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])]);
    }

    #[test]
    fn released_clusters_are_free_in_whatever_piece_of_the_bitmap() {
        let mut clusters = Clusters::default();
        clusters.take(2_000_000);
        clusters.release(&[run(524_280, 16)]);
        let pieces: Vec<_> = clusters.bitmap(2_000_000).collect();
        assert_eq!(pieces.len(), 4);
        assert_eq!(pieces[0].1[65_535], 0);
        assert_eq!(pieces[1].1[..2], [0, 0xFF]);
        assert_eq!(pieces.iter().flat_map(|(_, bytes)| bytes).map(|byte| byte.count_zeros()).sum::<u32>(), 16);
    }
}
