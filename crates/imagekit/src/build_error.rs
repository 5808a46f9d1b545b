//! Why an image cannot be built.

use std::io;

use thiserror::Error;

use crate::extended_attributes::ExtendedAttributesError;
use crate::geometry::GeometryError;
use crate::index::IndexError;
use crate::partition_table::PartitionTableError;

/// Why an image cannot be built: a description of what NTFS cannot hold, or an output that cannot be written.
#[derive(Debug, Error)]
pub enum BuildError {
    /// No volume has such sizes.
    #[error(transparent)]
    Geometry(#[from] GeometryError),
    /// The partition table cannot be laid out.
    #[error(transparent)]
    PartitionTable(#[from] PartitionTableError),
    /// An index cannot be laid out or written.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Extended attributes that do not fit their fields.
    #[error("record {record}: {source}")]
    ExtendedAttributes {
        /// Of the file.
        record: u64,
        /// What does not fit.
        source: ExtendedAttributesError,
    },
    /// The volume is smaller than what it is to hold.
    #[error("size: expected at least {needed} bytes, found {size}")]
    TooSmall {
        /// What was asked for, in bytes.
        size: u64,
        /// What the description needs, in bytes.
        needed: u64,
    },
    /// More clusters than NTFS counts.
    #[error("size: expected at most {most} clusters of {cluster} bytes, found {clusters}")]
    TooLarge {
        /// What the description needs or asks for.
        clusters: u64,
        /// What a volume can have.
        most: u64,
        /// Bytes in a cluster.
        cluster: u32,
    },
    /// The MFT has fewer clusters or records than pieces, or its records cannot say where so many pieces are.
    #[error("mft-pieces: expected 1 to {most}, found {pieces}")]
    MftPieces {
        /// What was asked for.
        pieces: u32,
        /// What this volume can have.
        most: u64,
    },
    /// More attributes than an attribute list has room for.
    #[error("record {record}: expected an attribute list of at most 262144 bytes, found {bytes}")]
    TooManyAttributes {
        /// Of the file.
        record: u64,
        /// The length that the list would have.
        bytes: usize,
    },
    /// A record number that is a system file's, or not higher than the one before.
    #[error("record {record}: expected a record number of at least {least}")]
    RecordNumber {
        /// What was found.
        record: u64,
        /// What was expected.
        least: u64,
    },
    /// A name that no attribute can hold.
    #[error("record {record}: expected a name of 1 to 255 UTF-16 units, found {units}")]
    NameLength {
        /// Of the file.
        record: u64,
        /// The length of the name.
        units: usize,
    },
    /// A label that `$VOLUME_NAME` cannot hold.
    #[error("label: expected at most 128 UTF-16 units, found {0}")]
    LabelLength(usize),
    /// The disk has another number of partitions than there are volumes.
    #[error("expected {volumes} partitions, one for each volume, found {partitions}")]
    Partitions {
        /// How many partitions.
        partitions: usize,
        /// How many volumes.
        volumes: usize,
    },
    /// The output cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}
