//! The facts about links that an NTFS volume holds, and the graph they make.
//!
//! 1. [`read_files`] walks a volume and keeps, of every record, what has to do with links.
//! 2. [`Paths::build`] finds the place of every directory; [`VolumeGraph::read`] does both.
//! 3. [`Resolver::resolve_links`] follows every link of all volumes together; [`Resolver::find`] and others answer what a
//!    person asks.
//! 4. [`VolumeGraph::select`] selects what is exported.
//! 5. [`compare_with_second_reader`] has the `ntfs` crate confirm what was read.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod components;
mod deleted;
mod details;
mod directory_tree;
mod extract;
mod facts;
mod files;
mod graph;
mod hive_cells;
mod join;
mod judge;
mod known_places;
mod link;
mod mounted_devices;
mod mounts;
mod name_hash;
mod name_index;
mod paths;
mod posix_target;
mod problem;
mod query;
mod read;
mod reparse_type;
mod resolution;
mod resolution_posix;
mod resolved_links;
mod resolver;
mod rest;
mod second_reader;
mod share;
mod stock_links;
mod stream_name;
mod target_name;
mod values;
mod verdict;
mod visits;

pub use components::Components;
pub use extract::ExtractOptions;
pub use files::{File, Files, HardLink, Name};
pub use graph::{Counts, EdgeSource, HardLinkEdge, Selection, VolumeGraph};
pub use link::{Link, LinkTarget};
pub use mounted_devices::{DeviceId, HiveError, MountName, MountedDevice, mounted_devices};
pub use mounts::{MountSource, Mounts, VolumeNames};
pub use paths::{Above, Directory, LONG, LONGEST_PATH, MOST_UNITS, ORPHANS, Parent, Part, Paths, Place, Prefix, ROOT};
pub use posix_target::PosixTarget;
pub use problem::{BaseIs, Cause, LinkIssue, ParentIs, Problem, problem_codes, sort_problems};
pub use query::{Followed, NotFound, Reference};
pub use read::read_files;
pub use reparse_type::{LinkType, ReparseType};
pub use resolution::TraceStep;
pub use resolved_links::{LinkEdge, ResolvedLinks};
pub use resolver::{Resolver, VolumeSource};
pub use second_reader::{Comparison, compare_with_second_reader};
pub use share::{Share, SymlinkEvaluation};
pub use stock_links::{STOCK_LINKS, StockLink};
pub use target_name::{Mistake, Root, TargetName};
pub use verdict::{FileId, Notes, Reached, Status, Target, Verdict};
