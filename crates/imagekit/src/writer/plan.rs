//! What can only be known when everything else has its place: where the MFT and the bitmaps are, and how large the volume.

use format::FileReference;

use super::{Writer, name_sizes};
use crate::attribute::{Attribute, InClusters, kind};
use crate::build_error::BuildError;
use crate::clusters::{Run, bitmap_bytes};
use crate::description::Geometry;
use crate::placement::{extents, place, place_with_list};
use crate::record::capacity;
use crate::tree::{system, system_reference};

/// What is left free on a volume whose size is not given: an eighth, and at least so many clusters.
const LEAST_FREE_CLUSTERS: u64 = 8;
/// Clusters that a volume has at most.
///
/// Source: Microsoft "NTFS overview" (2^32 - 1 clusters).
const MOST_CLUSTERS: u64 = 0xFFFF_FFFF;

/// Where the last parts of a volume are.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the MFT is.
    pub mft: Vec<Run>,
    /// First cluster of the mirror of the MFT.
    pub mirror: u64,
    /// Segments of the mirror.
    pub mirror_records: u64,
    /// First cluster of each run of the MFT, counted in the MFT.
    mft_starts: Vec<u64>,
    /// Segments of the MFT.
    pub records: u64,
    pub(super) mft_bitmap: Vec<Run>,
    pub(super) mft_segments: Vec<Vec<(u16, Attribute)>>,
    pub(super) bitmap: Vec<Run>,
    /// Clusters of the volume.
    pub clusters: u64,
    /// Length of the volume in bytes, its backup boot sector included.
    pub size: u64,
}

impl Plan {
    /// Where `length` bytes at `offset` of the MFT are on the volume: a segment may lie in several pieces.
    pub fn mft_pieces(&self, geometry: &Geometry, offset: u64, length: usize) -> Vec<(u64, usize)> {
        let mut pieces = Vec::new();
        let (mut offset, mut left) = (offset, length);
        while left > 0 {
            let vcn = offset / u64::from(geometry.cluster);
            let position = self.mft_starts.partition_point(|&start| start <= vcn).saturating_sub(1);
            let Some((run, lcn)) = self.mft.get(position).and_then(|run| Some((run, run.lcn?))) else { break };
            let start = geometry.offset(self.mft_starts[position]);
            let end = start + geometry.offset(run.length);
            let here = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX).min(left);
            if here == 0 {
                break;
            }
            pieces.push((geometry.offset(lcn) + (offset - start), here));
            offset += here as u64;
            left -= here;
        }
        pieces
    }
}

impl Writer<'_> {
    /// The MFT, its bitmap and the bitmap of the volume come last.
    pub(super) fn plan_rest(&mut self) -> Result<Plan, BuildError> {
        let geometry = self.geometry;
        self.check_count(self.clusters.end())?;
        let record = u64::from(geometry.record);
        let length = geometry.clusters(self.next_extension.max(self.fixed.mirror_records) * record);
        let records = geometry.offset(length) / record;
        let pieces = u64::from(self.volume.mft_pieces);
        // A piece holds a record at least: the boot sector says where record 0 begins, and nobody where it goes on.
        let most = length / geometry.clusters(record);
        if pieces == 0 || pieces > most {
            return Err(BuildError::MftPieces { pieces: self.volume.mft_pieces, most });
        }
        let mft = self.clusters.take_pieces(length, pieces);
        let mft_bitmap = self.clusters.take(geometry.clusters(bitmap_bytes(records)));
        let mft_segments = self.place_mft(&mft, &mft_bitmap, records)?;
        let (clusters, size) = self.volume_size()?;
        let bitmap = self.clusters.take(geometry.clusters(bitmap_bytes(clusters)));
        let mft_starts = starts(&mft);
        let (mirror, mirror_records) = (self.fixed.mirror.0, self.fixed.mirror_records);
        Ok(Plan { mft, mirror, mirror_records, mft_starts, records, mft_bitmap, mft_segments, bitmap, clusters, size })
    }

    fn check_count(&self, clusters: u64) -> Result<(), BuildError> {
        if clusters <= MOST_CLUSTERS {
            return Ok(());
        }
        Err(BuildError::TooLarge { clusters, most: MOST_CLUSTERS, cluster: self.geometry.cluster })
    }

    /// How many clusters the volume has, and its length in bytes, when all but its bitmap has its place.
    fn volume_size(&self) -> Result<(u64, u64), BuildError> {
        let sector = u64::from(self.geometry.sector);
        let with_bitmap = |clusters| self.clusters.end() + self.geometry.clusters(bitmap_bytes(clusters));
        let mut least = with_bitmap(0);
        while with_bitmap(least) > least {
            least = with_bitmap(least);
        }
        let Some(size) = self.volume.size else {
            let wanted = least + LEAST_FREE_CLUSTERS.max(least / 8);
            // The bitmap of the free clusters may itself need some.
            let clusters = wanted + with_bitmap(wanted) - with_bitmap(least);
            self.check_count(clusters)?;
            // One more for the backup boot sector, which stands behind the last cluster.
            return Ok((clusters, self.geometry.offset(clusters + 1)));
        };
        let clusters = (size / sector).saturating_sub(1) * sector / u64::from(self.geometry.cluster);
        self.check_count(clusters)?;
        if with_bitmap(clusters) > clusters {
            return Err(BuildError::TooSmall { size, needed: self.geometry.offset(least) + sector });
        }
        Ok((clusters, size / sector * sector))
    }

    /// The segments of `$MFT`, which needs extension records where its own cannot say where all pieces are.
    fn place_mft(
        &mut self,
        mft: &[Run],
        bitmap: &[Run],
        records: u64,
    ) -> Result<Vec<Vec<(u16, Attribute)>>, BuildError> {
        let attributes = self.mft_attributes(mft, bitmap, records)?;
        let placed = match attributes.len() {
            MFT_ATTRIBUTES => place(attributes, &self.geometry, &mut self.clusters),
            _ => place_with_list(attributes, &self.geometry, &mut self.clusters),
        };
        let too_many = |bytes| BuildError::TooManyAttributes { record: system::MFT, bytes };
        let mut placement = placed.map_err(|error| too_many(error.bytes))?;
        let references: Vec<FileReference> =
            [system::MFT].into_iter().chain(system::MFT_EXTENSIONS).map(system_reference).collect();
        if placement.segments.len() > references.len() {
            let most = (references.len() * mft.len() / placement.segments.len()) as u64;
            return Err(BuildError::MftPieces { pieces: self.volume.mft_pieces, most });
        }
        if let Some((lcn, list)) = placement.refer(&references) {
            self.output.write(self.geometry.offset(lcn), &list)?;
        }
        Ok(placement.segments)
    }

    /// The attributes of `$MFT`, its `$DATA` in as many extents as it takes.
    fn mft_attributes(&mut self, mft: &[Run], bitmap: &[Run], records: u64) -> Result<Vec<Attribute>, BuildError> {
        let Geometry { cluster, record, .. } = self.geometry;
        let room = capacity(record as usize);
        let size = records * u64::from(record);
        let data = Attribute::in_clusters(kind::DATA, InClusters::new(size, mft.to_vec(), cluster));
        let bits = InClusters::new(bitmap_bytes(records), bitmap.to_vec(), cluster);
        let bits = Attribute::in_clusters(kind::BITMAP, bits);
        let mut drafts = self.drafts(MFT_POSITION)?;
        name_sizes(&mut drafts, self.geometry.offset(self.geometry.clusters(size)), size);
        let mut attributes = self.finish_drafts(drafts)?;
        let beside = attributes.iter().map(Attribute::length).sum::<usize>() + bits.length();
        let list = 0x18 + 0x20 * (attributes.len() + 2 + system::MFT_EXTENSIONS.count());
        let first = if beside + data.length() <= room { room } else { room - beside - list };
        attributes.extend(extents(data, first, room));
        attributes.push(bits);
        Ok(attributes)
    }
}

/// The attributes of an `$MFT` that lies in few pieces: `$STANDARD_INFORMATION`, `$FILE_NAME`, `$DATA`, `$BITMAP`.
const MFT_ATTRIBUTES: usize = 4;

/// The position of `$MFT` among the files: the first.
const MFT_POSITION: usize = 0;

/// The first cluster of each run, counted from the first of all.
fn starts(runs: &[Run]) -> Vec<u64> {
    let lengths = runs.iter().scan(0, |next, run| {
        let start = *next;
        *next += run.length;
        Some(start)
    });
    lengths.collect()
}
