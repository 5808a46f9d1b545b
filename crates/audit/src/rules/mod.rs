//! One file per rule, named after its id.

pub mod dangling_target;
pub mod link_count_mismatch;
pub mod parent_cycle;
pub mod parent_not_a_directory;
pub mod stale_parent_reference;
