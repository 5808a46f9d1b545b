//! Documents: what every command writes. One file per format; JSON types live here and only here.
//!
//! * [`write_graph`] streams the link graph as JSON or NDJSON.
//! * [`Info`] is the overview of images, partitions and volumes, as JSON or as a table.
//! * [`LinkList`], [`ObjectReport`], [`PathReport`] and [`ReferencesReport`] answer questions.
//! * [`write_schema`] says of each JSON document what is in it.
//! * [`Summary`] is what `scan` says on standard error.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod directory_paths;
mod document;
mod findings;
mod graph_json;
mod info;
mod json_types;
mod json_writer;
mod link_json;
mod link_list;
mod link_text;
mod node_json;
mod object_report;
mod path_report;
mod query_json;
mod references_report;
mod schema;
mod simulation;
mod summary;
mod text;

pub use document::{Document, ImageDocument, SecondReaderResult, VolumeDocument};
pub use findings::{FindingsReport, Known, TextStyle};
pub use graph_json::{GraphFormat, write_graph};
pub use info::Info;
pub use link_list::{HARD_LINK, LinkFilter, LinkList};
pub use link_text::{reached_text, status_words};
pub use object_report::ObjectReport;
pub use path_report::PathReport;
pub use references_report::ReferencesReport;
pub use schema::{schema_names, write_schema};
pub use simulation::SimulationReport;
pub use summary::{Summary, write_first_links};
pub use text::bytes_text;
