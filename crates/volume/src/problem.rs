//! What could not be read as it should be, and where it lies.

use std::fmt;

use format::{AttributeType, BootSector, BootSectorError, FileReference, IssueKind};
use image::ImageOffset;

/// One thing that is wrong with a volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The file record number it concerns, if it concerns one.
    pub record: Option<u64>,
    /// Where it lies in the image.
    pub offset: Option<ImageOffset>,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong, by who noticed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// An on-disk structure.
    Structure(IssueKind),
    /// How structures of the volume fit together.
    Volume(VolumeIssue),
}

impl Cause {
    /// The stable code: one of [`format::ISSUE_CODES`] or [`VOLUME_CODES`].
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Structure(kind) => kind.code(),
            Cause::Volume(issue) => issue.code(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Structure(kind) => kind.fmt(f),
            Cause::Volume(issue) => issue.fmt(f),
        }
    }
}

/// What is wrong with how a volume's structures fit together. Sizes are in bytes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are the values that the message names")]
pub enum VolumeIssue {
    /// A partition claims to be NTFS but cannot be read.
    #[error("the NTFS volume here cannot be read: {reason}")]
    Unreadable { reason: OpenError },
    /// The boot sector cannot be used; its backup was.
    #[error("the backup boot sector was used, because in the boot sector the {reason}")]
    BackupBootSector { reason: BootSectorError },
    /// The boot sector names an MFT that is not there; its backup names one that is.
    #[error("the backup boot sector was used, because there is no MFT where the boot sector says")]
    BackupBootSectorForMft,
    /// The boot sector and its backup, both usable, disagree; the first is used.
    #[error(
        "the boot sector and its backup differ: {} bytes with the MFT at cluster {} here, {} bytes with it at cluster {} \
         there; the first is used",
        here.volume_size(), here.mft.0, there.volume_size(), there.mft.0
    )]
    BootSectorsDiffer { here: Box<BootSector>, there: Box<BootSector> },
    /// The file of the image became longer or shorter while it was read.
    #[error("the file had {before} bytes when it was opened, and has {now} now: something else writes it")]
    ImageChanged { before: u64, now: u64 },
    /// The volume goes on after the image's end.
    #[error("the volume has {volume_size} bytes but the image holds {available} of them")]
    VolumePastImage { volume_size: u64, available: u64 },
    /// The MFT's own record cannot be used; its copy in the mirror was.
    #[error("record 0 cannot be used; its copy in $MFTMirr was")]
    MirrorUsed,
    /// Record 0 of a bare MFT cannot be used.
    #[error("record 0 cannot be used; the size of the records was taken from the others")]
    FirstRecordUnusable,
    /// Bytes of the MFT lie past the image's end.
    #[error("{missing} bytes of the MFT lie past the end of the image")]
    MftPastImage { missing: u64 },
    /// No data run says where a part of the MFT lies.
    #[error("no data run tells where {missing} bytes of the MFT lie, from record {record} on")]
    MftExtentMissing { record: u64, missing: u64 },
    /// Two data runs claim the same part of the MFT.
    #[error("two data runs claim the part of the MFT from record {record} on; the first is used")]
    MftExtentTwice { record: u64 },
    /// The MFT's data runs are together larger than the image.
    #[error("the data runs of the MFT are together larger than the image; those past {limit} bytes are not read")]
    MftLargerThanImage { limit: u64 },
    /// An extension record of the MFT's own record cannot be used.
    #[error("extension record {holder} of the MFT's own record cannot be used")]
    MftExtensionUnusable { holder: FileReference },
    /// The last bytes of the MFT are less than a record.
    #[error("the last {bytes} bytes of the MFT are less than a record")]
    PartialRecord { bytes: u64 },
    /// A value lies in clusters, and a bare MFT has none.
    #[error("the value of {type_code} lies in clusters, which an extracted MFT does not have")]
    ValueNotHere { type_code: AttributeType },
    /// A value is larger than its kind can be.
    #[error("the value of {type_code} claims {size} bytes, expected at most {limit}")]
    ValueTooLarge { type_code: AttributeType, size: u64, limit: u64 },
    /// The clusters of a value are not all in the image.
    #[error("{found} of the {size} bytes of the value of {type_code} are in the image")]
    ValueCutShort { type_code: AttributeType, size: u64, found: u64 },
    /// The values that lie in clusters claim together more bytes than the image has.
    #[error("the value of {type_code} is not read: such values claim together more bytes than the image has")]
    ValuesLargerThanImage { type_code: AttributeType },
}

/// Every code of [`VolumeIssue::code`], with its meaning.
pub const VOLUME_CODES: &[(&str, &str)] = &[
    ("volume-unreadable", "a partition claims to be NTFS but cannot be read"),
    ("backup-boot-sector-used", "the boot sector cannot be used; its backup was"),
    ("boot-sectors-differ", "the boot sector and its backup, both usable, disagree; the first is used"),
    ("image-changed", "the file of the image became longer or shorter while it was read"),
    ("volume-past-image-end", "the volume goes on after the end of the image"),
    ("mft-mirror-used", "the MFT's own record cannot be used; its copy in the mirror was"),
    ("first-record-unusable", "record 0 of an extracted MFT cannot be used"),
    ("mft-past-image-end", "a part of the MFT lies past the end of the image"),
    ("mft-extent-missing", "no data run tells where a part of the MFT lies"),
    ("mft-extent-twice", "two data runs claim the same part of the MFT"),
    ("mft-larger-than-image", "the data runs of the MFT are together larger than the image"),
    ("mft-extension-unusable", "an extension record of the MFT's own record cannot be used"),
    ("mft-partial-record", "the last bytes of the MFT are less than a record"),
    ("value-not-here", "a value lies in clusters, which an extracted MFT does not have"),
    ("value-too-large", "a value is larger than its kind can be"),
    ("value-cut-short", "the clusters of a value are not all in the image"),
    ("values-larger-than-image", "values in clusters claim together more bytes than the image has"),
];

impl VolumeIssue {
    /// The stable code, one of [`VOLUME_CODES`].
    pub fn code(&self) -> &'static str {
        use VolumeIssue::*;
        match self {
            Unreadable { .. } => "volume-unreadable",
            BackupBootSector { .. } | BackupBootSectorForMft => "backup-boot-sector-used",
            BootSectorsDiffer { .. } => "boot-sectors-differ",
            ImageChanged { .. } => "image-changed",
            VolumePastImage { .. } => "volume-past-image-end",
            MirrorUsed => "mft-mirror-used",
            FirstRecordUnusable => "first-record-unusable",
            MftPastImage { .. } => "mft-past-image-end",
            MftExtentMissing { .. } => "mft-extent-missing",
            MftExtentTwice { .. } => "mft-extent-twice",
            MftLargerThanImage { .. } => "mft-larger-than-image",
            MftExtensionUnusable { .. } => "mft-extension-unusable",
            PartialRecord { .. } => "mft-partial-record",
            ValueNotHere { .. } => "value-not-here",
            ValueTooLarge { .. } => "value-too-large",
            ValueCutShort { .. } => "value-cut-short",
            ValuesLargerThanImage { .. } => "values-larger-than-image",
        }
    }
}

/// Why there is no volume to read at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// No boot sector that could be used, and no backup either.
    #[error("{0}; no backup boot sector was found")]
    BootSector(BootSectorError),
    /// A good boot sector, but no MFT at the places that it names.
    #[error(
        "no MFT at {mft} nor a mirror at {mirror}, where the boot sector says, expected a file record (\"FILE\") there"
    )]
    NoMft {
        /// Where the MFT should begin.
        mft: ImageOffset,
        /// Where its mirror should begin.
        mirror: ImageOffset,
    },
}
