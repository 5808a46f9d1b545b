//! A disk image as bytes: opened read-only, its container unwrapped, its partitions found.
//!
//! 1. [`Image::open`] maps a file or a block device, and says why when it cannot be read; [`Image::open_for`] can do
//!    without a map, and [`end_when_bytes_are_gone`] sees to what a map does when its file fails.
//! 2. [`Image::read_at`] copies bytes out, from any thread.
//! 3. [`read_partitions`] reads an MBR or GPT partition table into [`Partition`]s and [`PartitionIssue`]s.
//! 4. [`recognise()`] names what stands at an offset, for the message "this is not NTFS but …".
//!
//! This crate knows no NTFS. It never writes, never opens a path that an image names, and takes every byte of an
//! image for what it may be: wrong. Damage is a value, not an error.

#![deny(unsafe_code)]

mod container;
mod file_kind;
mod gpt;
mod guid;
mod image;
mod map;
mod mbr;
mod offset;
mod one_line;
mod open_error;
mod partition;
mod partition_issue;
mod partition_table;
mod recognise;
mod source;
#[cfg(test)]
mod test_disk;
#[cfg(test)]
mod tool_tables;

pub use container::{Container, UnsupportedContainer};
pub use file_kind::FileKind;
pub use guid::Guid;
pub use image::Image;
pub use map::{Memory, end_when_bytes_are_gone, limit_memory, remove_if_ended};
pub use offset::ImageOffset;
pub use one_line::{OneLine, disturbs_a_line};
pub use open_error::OpenError;
pub use partition::{Partition, PartitionType, Scheme};
pub use partition_issue::{GptHeaderDefect, PartitionIssue};
pub use partition_table::{PartitionTable, read_partitions};
pub use recognise::{Recognised, recognise};
pub use source::{Access, ReadError};
