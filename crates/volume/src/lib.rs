//! NTFS volumes in an image: geometry, the MFT, and the parallel walk over its records.
//!
//! 1. [`discover()`] finds every NTFS volume of an image, or the bare `$MFT` that it is.
//! 2. [`Volume::walk`] hands out the slots of its MFT, chunk by chunk, on all threads.
//! 3. [`Volume::extents`] and [`Volume::append_value`] read values that lie in clusters.
//! 4. [`Volume::read_stream`] reads the content of a file.
//! 5. [`SecondReader`] has the `ntfs` crate read the same bytes, for a comparison.
//!
//! What is damaged is a [`Problem`]; an error means that there is nothing to read.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod clusters;
mod content;
mod discover;
mod mft;
mod mirror;
mod problem;
mod second_reader;
mod stream;
mod volume;
mod walk;

pub use content::StreamOf;
pub use discover::{DiscoverError, Discovery, discover, discover_at};
pub use mirror::MirrorDifference;
pub use problem::{Cause, OpenError, Problem, VOLUME_CODES, VolumeIssue};
pub use second_reader::{SECOND_READER_VERSION, SecondName, SecondReader, SecondReaderError, SecondRecord};
pub use stream::{Extent, Stream};
pub use volume::{Volume, VolumeState};
pub use walk::{Block, Chunk};
