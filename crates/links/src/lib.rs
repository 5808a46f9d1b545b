//! The facts about links that an NTFS volume holds, and the graph they make.
//!
//! 1. [`read_files`] walks a volume and keeps, of every record, what has to do with links.
//! 2. [`Paths::build`] finds the place of every directory.
//! 3. [`VolumeGraph::build`] does both, and selects what is exported.
//! 4. [`compare_with_second_reader`] has the `ntfs` crate confirm it.
//! 5. [`mounted_devices()`] reads drive letters out of a registry hive.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod details;
mod extract;
mod facts;
mod files;
mod graph;
mod hive_cells;
mod join;
mod mounted_devices;
mod paths;
mod problem;
mod read;
mod reparse_type;
mod second_reader;
mod target_name;
mod values;

pub use extract::ExtractOptions;
pub use files::{File, Files, HardLink, Name};
pub use graph::{Counts, EdgeSource, HardLinkEdge, Selection, VolumeGraph};
pub use mounted_devices::{DeviceId, HiveError, MountName, MountedDevice, mounted_devices};
pub use paths::{Directory, LONG, LONGEST_PATH, ORPHANS, Parent, Part, Paths, Place, Prefix, ROOT};
pub use problem::{BaseIs, Cause, LinkIssue, ParentIs, Problem, problem_codes, sort_problems};
pub use read::read_files;
pub use reparse_type::ReparseType;
pub use second_reader::{Comparison, compare_with_second_reader};
pub use target_name::{Components, Mistake, Root, TargetName};
