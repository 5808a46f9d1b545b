//! One file per rule, named after its id.

pub mod app_exec_link_outside;
pub mod dangling_target;
pub mod hard_link_to_protected;
pub mod link_count_mismatch;
pub mod redirect_into_protected;
pub mod stock_junction_altered;
pub mod system_folder_redirected;
pub mod unexpected_provider_tag;
