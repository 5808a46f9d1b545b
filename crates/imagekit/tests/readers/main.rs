//! Valid means: read back by others exactly as described. Volumes are built from descriptions, and readers that share
//! nothing with this crate say what is in them.
//!
//! Where a reader is wrong, a [`facts::Fault`] says what about, and which bytes and which section of the format decide;
//! a difference without a fault fails, and so does a fault without a difference. Readers that are not installed are
//! left out, and the test says so.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test may stop, may say why, and gives numbers that fit"
)]

mod builder;
mod changes;
mod dissect;
mod facts;
mod fsntfs;
mod images;
mod mount;
mod ntfs_3g;
mod ntfs_crate;
mod ntfsprogs;
mod programs;
mod sleuthkit;
mod volumes;
