//! NTFS on-disk structures: bytes in, values and issues out.
//!
//! This crate does no I/O, starts no thread, and never panics, whatever the bytes. A structure that is damaged yields
//! what can still be read *and* an [`Issue`] that says what was expected and what was found, with its offset in the
//! bytes that were given; the caller, who knows where those bytes lie in the image, makes that an image offset.
//!
//! 1. [`FileRecord::decode`] undoes the update sequence of one slot of the MFT and reads its header.
//! 2. [`FileRecord::attributes`] walks its attributes.
//! 3. One decoder per attribute value: [`StandardInformation`], [`FileName`], [`ReparsePoint`], [`AttributeListEntries`],
//!    [`ExtendedAttributes`], [`VolumeInformation`]; [`DataRuns`] for values that lie in clusters.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod attribute;
mod attribute_list;
mod attribute_type;
mod boot_sector;
pub mod bytes;
mod data_runs;
mod extended_attributes;
mod file_name;
mod file_record;
mod file_time;
mod foreign_link;
mod issue;
mod multi_sector;
mod reparse_point;
mod reparse_tag;
mod standard_information;
mod units;
mod up_case;
mod utf16;
mod volume_information;

pub use attribute::{Attribute, AttributeFlags, Attributes, Form, NonResident};
pub use attribute_list::{AttributeListEntries, AttributeListEntry, LARGEST_ATTRIBUTE_LIST};
pub use attribute_type::AttributeType;
pub use boot_sector::{BOOT_SECTOR_SIZE, BootSector, BootSectorError};
pub use data_runs::{DataRun, DataRuns};
pub use extended_attributes::{Device, ExtendedAttribute, ExtendedAttributes, LinuxMetadata};
pub use file_name::{FileName, Namespace};
pub use file_record::{
    FileRecord, FileRecordHeader, RecordFlags, SlotState, is_free_base_record, is_marked_bad, slot_state,
};
pub use file_time::{CivilTime, FileTime};
pub use foreign_link::{FOREIGN_LINK_MAGIC_SIZE, ForeignLink, ForeignTarget, has_foreign_link_magic};
pub use issue::{ISSUE_CODES, Issue, IssueKind, PathName};
pub use multi_sector::UPDATE_SEQUENCE_STRIDE;
pub use reparse_point::{NfsObject, ReparseData, ReparsePoint, Wof};
pub use reparse_tag::{KNOWN_TAGS, KnownTag, ReparseTag, TagFamily};
pub use standard_information::{FileAttributes, StandardInformation};
pub use units::{FileReference, Guid, Lcn, Vcn};
pub use up_case::UpCase;
pub use utf16::{Utf16, Wtf8, WtfString};
pub use volume_information::{VolumeFlags, VolumeInformation};
