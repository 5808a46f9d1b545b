//! One file per rule, named after its id.

pub mod copy_inflation;
pub mod dangling_target;
pub mod delete_blast_radius;
pub mod hard_link_group_straddles_scope;
pub mod link_count_mismatch;
pub mod only_through_link;
pub mod path_explosion;
pub mod scope_escape;
