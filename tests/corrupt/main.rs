//! Damaged images: nothing panics or hangs, damage is told, and what is not damaged is all there.
//!
//! `spots.rs` finds the fields of sound images, `cases.rs` gives each its wrong values, `judge.rs` compares what is read
//! of the damaged image with what was read of the sound one. `codes.rs` sees to it that every code of a problem is
//! reached, and `mutants.rs` damages real images anywhere.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod cases;
mod codes;
mod copies;
mod judge;
mod known;
mod matrix;
#[path = "../mft_builder/mod.rs"]
mod mft_builder;
mod mutants;
#[allow(dead_code, reason = "everything is written elsewhere")]
#[path = "../support/pipeline.rs"]
mod pipeline;
#[allow(dead_code, reason = "few of them are needed here")]
#[path = "../built/random.rs"]
mod random;
mod spots;
#[allow(dead_code, reason = "only the corpus is used here")]
#[path = "../support/mod.rs"]
mod support;
mod tally;
#[path = "../volume_builder/mod.rs"]
mod volume_builder;

/// Whether all damages are tried, and not only some of each kind.
fn is_full() -> bool {
    std::env::var_os("NTFSLINKS_FULL").is_some()
}
