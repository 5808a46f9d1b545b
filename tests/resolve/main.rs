//! Links, and where the program says that they lead: images are built, the binary is run on them, and the edges of its
//! graph are compared with what the rules of Windows say, one by one.
//!
//! Expectations are derived from the reference by hand, and each names the rule that it follows from; or they are what
//! another driver does with the same link. None was printed by the program.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod case;
mod cases;
mod corpus;
mod document;
mod expected;
mod hive;
mod images;
#[path = "../../crates/imagekit/tests/readers/mount.rs"]
mod mount;
mod ntfs_3g;
mod ntfs_3g_links;
#[path = "../../crates/imagekit/tests/readers/programs.rs"]
#[allow(dead_code, reason = "no test needs every program")]
mod programs;
mod share;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "documents are compared as they are")]
mod support;
mod volumes;
