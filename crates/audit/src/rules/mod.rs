//! One file per rule, named after its id.

pub mod dangling_target;
pub mod empty_print_name;
pub mod foreign_link_encoding;
pub mod link_count_mismatch;
pub mod malformed_reparse_data;
pub mod oversized_reparse_data;
pub mod print_name_differs;
pub mod relative_flag_contradiction;
pub mod target_type_mismatch;
pub mod unknown_reparse_tag;
