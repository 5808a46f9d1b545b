//! Damaged images: nothing panics or hangs, damage is told, and what is not damaged is all there.
//!
//! `spots.rs` finds the fields of sound images, `cases.rs` gives each its wrong values, `judge.rs` compares what is read
//! of the damaged image with what was read of the sound one.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod cases;
mod judge;
mod matrix;
mod spots;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;
