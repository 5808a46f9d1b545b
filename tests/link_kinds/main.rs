//! What links of each kind can lead to, what breaks them, and who follows them through a share: as tables.
//!
//! Links are built into images, and what a scan says of them fills the tables. What it must say stands beside each test,
//! from Microsoft's documents as reference C.2 to C.9 has them. The README has the same tables; `NTFSLINKS_UPDATE=1` writes
//! them there.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod changes;
mod image;
mod kinds;
mod readme;
mod share;
mod targets;
