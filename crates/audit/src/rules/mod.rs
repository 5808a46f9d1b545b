//! One file per rule, named after its id.

pub mod absolute_target_in_scope;
pub mod ancestor_link;
pub mod content_not_here;
pub mod dangling_target;
pub mod deleted_link;
pub mod device_target;
pub mod drive_letter_target;
pub mod empty_print_name;
pub mod foreign_link_encoding;
pub mod link_count_mismatch;
pub mod link_loop;
pub mod malformed_reparse_data;
pub mod over_long_path;
pub mod oversized_reparse_data;
pub mod print_name_differs;
pub mod relative_flag_contradiction;
pub mod remote_target;
pub mod target_only_deleted;
pub mod target_type_mismatch;
pub mod unknown_reparse_tag;
pub mod volume_not_supplied;
pub mod wof_without_data;
