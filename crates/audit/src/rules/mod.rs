//! One file per rule, named after its id.

pub mod attribute_list_mismatch;
pub mod case_twin_names;
pub mod dangling_target;
pub mod directory_with_several_names;
pub mod hard_link_limit_near;
pub mod link_count_mismatch;
pub mod nameless_record;
pub mod odd_name;
pub mod orphan_extension_name;
pub mod parent_cycle;
pub mod parent_not_a_directory;
pub mod reparse_flag_mismatch;
pub mod stale_parent_reference;
pub mod torn_link_record;
