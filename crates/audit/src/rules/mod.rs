//! One file per rule, named after its id.

pub mod dangling_target;
pub mod link_count_mismatch;
