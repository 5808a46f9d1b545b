//! Why a damage cannot be applied.

use std::io;

use thiserror::Error;

/// Why a damage cannot be applied. The image is then as it was.
#[derive(Debug, Error)]
pub enum DamageError {
    /// The image has fewer volumes.
    #[error("volume {volume}: the image has {volumes}, counted from 0")]
    NoVolume {
        /// The index that was asked for.
        volume: usize,
        /// How many there are.
        volumes: usize,
    },
    /// The MFT, or its mirror, has fewer segments.
    #[error("record {record}: expected one of the first {records} of the {table}")]
    NoRecord {
        /// The record number that was asked for.
        record: u64,
        /// How many there are.
        records: u64,
        /// `$MFT` or `$MFTMirr`.
        table: &'static str,
    },
    /// The structure has nothing of the kind that is to be damaged.
    #[error("{structure}: expected {expected}, found none")]
    Missing {
        /// Where it was looked for.
        structure: String,
        /// What was looked for.
        expected: String,
    },
    /// An earlier damage left nothing to walk.
    #[error("{structure}: expected {expected}; damages apply in order, and an earlier one may be in the way")]
    DamagedAlready {
        /// Which one.
        structure: String,
        /// What would have been sound.
        expected: String,
    },
    /// What is to be added does not fit.
    #[error("{structure}: expected {needed} free bytes, found {free}")]
    NoRoom {
        /// Which one.
        structure: String,
        /// In bytes.
        needed: usize,
        /// In bytes.
        free: usize,
    },
    /// The value does not fit the field.
    #[error("{field}: expected at most {bytes} bytes, found {value:#x}")]
    TooLarge {
        /// Its name.
        field: &'static str,
        /// What was to be written.
        value: u64,
        /// Width of the field.
        bytes: usize,
    },
    /// The image is so already.
    #[error("nothing changes: {what}")]
    NoChange {
        /// The damage in words.
        what: String,
    },
    /// Bytes that the image does not have.
    #[error("expected {length} bytes at {offset:#x} of the image, which has {size}")]
    OutOfImage {
        /// Where they begin.
        offset: u64,
        /// How many.
        length: u64,
        /// Length of the image in bytes.
        size: u64,
    },
    /// The image cannot be read or written.
    #[error(transparent)]
    Image(#[from] io::Error),
}

/// What a damage needs is not there.
pub(super) fn missing(structure: impl Into<String>, expected: impl Into<String>) -> DamageError {
    DamageError::Missing { structure: structure.into(), expected: expected.into() }
}

/// What a damage has to walk cannot be walked.
pub(super) fn damaged_already(structure: impl Into<String>, expected: impl Into<String>) -> DamageError {
    DamageError::DamagedAlready { structure: structure.into(), expected: expected.into() }
}
