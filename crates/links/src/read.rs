//! From a volume to its files: the walk, and what can only be done when it is over.

use format::UpCase;
use volume::{Chunk, Volume};

use crate::extract::{ExtractOptions, extract};
use crate::facts::ChunkFacts;
use crate::files::Files;
use crate::join::join_extensions;
use crate::values::{ValueKind, check_reparse_points, read_cluster_values};

/// Reads the files of a volume. `progress` is told the slots done with each chunk.
pub fn read_files(volume: &Volume<'_>, options: ExtractOptions, progress: &(dyn Fn(u64) + Sync)) -> Files {
    let up_case = volume.up_case().unwrap_or_else(|| UpCase::unicode().clone());
    let extract = |room: &mut ChunkFacts, chunk: Chunk<'_>| extract(volume, &up_case, options, room, chunk);
    let chunks = volume.walk(progress, ChunkFacts::default, extract);
    let mut files = Files::new(chunks, up_case, volume.records_per_block(), volume.records_per_chunk());
    read_cluster_values(volume, &mut files, &[ValueKind::AttributeList]);
    let mut joined = join_extensions(volume, &files);
    files.extensions = joined.extensions;
    files.problems.append(&mut joined.problems);
    // Their extents may be in extension records.
    read_cluster_values(volume, &mut files, &[ValueKind::ReparsePoint, ValueKind::ExtendedAttributes]);
    check_reparse_points(volume, &mut files);
    files
}
