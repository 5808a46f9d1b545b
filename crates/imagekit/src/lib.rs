//! NTFS images from a description, byte for byte the same on every run, without Windows, root or a mount.
//!
//! It shares plain types with `format` and never its decoders: what this crate writes and what the decoders read come
//! from two independent readings of the format, so that each can prove the other wrong.
#![forbid(unsafe_code)]
#![allow(clippy::indexing_slicing, reason = "what is indexed here was made here, not read from an image")]

pub mod attr_def;
mod attribute;
pub mod build;
pub mod build_error;
pub mod clusters;
pub mod damage;
pub mod description;
mod draft;
pub mod extended_attributes;
pub mod filler;
pub mod foreign_link;
pub mod geometry;
pub mod index;
mod output;
pub mod partition_table;
mod placement;
mod record;
pub mod reparse;
pub mod secure;
pub mod spec;
mod tree;
pub mod up_case;
#[cfg(test)]
mod windows_image;
mod writer;
