//! What can be wrong with an on-disk structure: one kind per cause, with the values that show it.

use std::fmt;

use crate::attribute_type::AttributeType;

/// One thing that is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issue {
    /// In bytes from the start of the structure that was decoded (a file record, or one attribute's value).
    pub offset: u32,
    /// What is wrong there.
    pub kind: IssueKind,
}

impl Issue {
    /// An issue at `offset` bytes from the start of the structure.
    pub fn new(offset: u32, kind: IssueKind) -> Self {
        Self { offset, kind }
    }

    /// The same issue in the bytes that hold the structure `by` bytes after their start.
    #[must_use]
    pub fn shifted(self, by: u32) -> Self {
        Self { offset: self.offset.saturating_add(by), kind: self.kind }
    }
}

/// Which of the two names of a reparse point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathName {
    /// The path that the system uses.
    Substitute,
    /// The path that people are shown.
    Print,
}

impl fmt::Display for PathName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PathName::Substitute => "substitute name",
            PathName::Print => "print name",
        })
    }
}

/// What is wrong. Lengths and offsets are in bytes, offsets from the start of the structure that holds them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are the values that the message names")]
pub enum IssueKind {
    /// A slot holds neither a file record segment nor zeros.
    BadRecordSignature { found: [u8; 4] },
    /// Windows found the record torn and marked it `BAAD`.
    RecordMarkedBad,
    /// The update sequence array does not lie in the record's first 510 bytes.
    UpdateSequenceOutOfBounds { offset: u16, words: u16 },
    /// The update sequence array covers fewer 512-byte strides than the record has.
    UpdateSequenceTooShort { words: u16, needed: u16 },
    /// The last two bytes of a 512-byte stride are not the update sequence number: the write was interrupted.
    TornRecord { expected: u16, found: u16 },
    /// The first attribute does not lie in the record.
    FirstAttributeOutOfBounds { first: u16, limit: u32 },
    /// The header says that more bytes are used than the record has.
    UsedSizeOutOfBounds { used: u32, limit: u32 },
    /// The record carries the number of another record.
    RecordNumberDiffers { expected: u32, found: u32 },
    /// The attributes end without the end marker.
    AttributesNotEnded,
    /// The end marker stands before the end of the used bytes: what follows it is not read.
    BytesBehindEnd { count: u32 },
    /// An attribute of a type that NTFS does not have.
    UnknownAttributeType { type_code: AttributeType },
    /// An attribute's length does not fit: what follows it in the record is lost.
    AttributeLength { type_code: AttributeType, length: u32, limit: u32 },
    /// An attribute is too short for the header of its form.
    AttributeHeaderTooShort { type_code: AttributeType, length: u32, needed: u32 },
    /// An attribute's name does not lie in the attribute.
    AttributeNameOutOfBounds { type_code: AttributeType, end: u32, length: u32 },
    /// A resident value does not lie in its attribute.
    AttributeValueOutOfBounds { type_code: AttributeType, end: u32, length: u32 },
    /// The mapping pairs do not begin in their attribute.
    MappingPairsOutOfBounds { type_code: AttributeType, start: u32, length: u32 },
    /// An attribute that must be resident lies in clusters.
    MustBeResident { type_code: AttributeType },
    /// A value is shorter than its structure.
    ValueTooShort { type_code: AttributeType, length: u32, needed: u32 },
    /// A name does not lie in its `$FILE_NAME` value.
    FileNameOutOfBounds { end: u32, length: u32 },
    /// A `$FILE_NAME` without a name.
    EmptyFileName,
    /// A namespace other than 0 to 3.
    UnknownNamespace { found: u8 },
    /// A file has a second attribute of a type of which it may have one.
    SecondAttribute { type_code: AttributeType },
    /// An attribute list entry does not fit in the list.
    AttributeListEntryOutOfBounds { length: u16, limit: u32 },
    /// A data run's header gives sizes of more than eight bytes, or none for the length.
    DataRunHeader { header: u8 },
    /// A data run ends past the mapping pairs.
    DataRunOutOfBounds { needed: u32, left: u32 },
    /// A data run's length is not positive.
    DataRunLength { length: i64 },
    /// A data run begins before the volume's first cluster, or its numbers overflow.
    DataRunStart { lcn: i64 },
    /// A data run reaches past the volume's last cluster.
    DataRunPastVolume { lcn: u64, clusters: u64, volume_clusters: u64 },
    /// The data runs do not cover the clusters that the attribute header claims.
    DataRunsCount { expected: u64, found: u64 },
    /// A reparse point is shorter than its header.
    ReparseTooShort { length: u32, needed: u32 },
    /// A reparse point's data length is more than the attribute holds.
    ReparseDataTooLong { data_length: u16, available: u32 },
    /// A reparse point's attribute holds more than its header says.
    ReparseSlack { data_length: u16, available: u32 },
    /// A name of a reparse point does not lie in its path buffer.
    PathOutOfBounds { name: PathName, offset: u16, length: u16, buffer: u32 },
    /// A name of a reparse point begins or ends in the middle of a 16-bit unit.
    PathOdd { name: PathName, offset: u16, length: u16 },
    /// A link without a substitute name.
    EmptySubstituteName,
    /// The reparse data of a known tag is too short or of another version than documented.
    ReparseDataMalformed { tag: u32, length: u32, needed: u32 },
    /// An extended attribute does not fit in the value.
    ExtendedAttributeOutOfBounds { needed: u32, left: u32 },
    /// A time is after the year 9999 and cannot be written as RFC 3339.
    TimeOutOfRange { ticks: u64 },
    /// The body of an Interix or Cygwin link file is cut short.
    ForeignLinkMalformed { length: u32 },
    /// A record has more issues than are told apart.
    MoreIssues { count: u32 },
}

/// Every code of [`IssueKind::code`], with its meaning.
pub const ISSUE_CODES: &[(&str, &str)] = &[
    ("bad-record-signature", "a slot of the MFT holds neither a file record nor zeros"),
    ("record-marked-bad", "Windows found the record torn and marked it BAAD"),
    ("update-sequence-out-of-bounds", "the update sequence array does not lie in the record"),
    ("update-sequence-too-short", "the update sequence array does not protect the whole record"),
    ("torn-record", "a 512-byte stride does not end in the update sequence number: an interrupted write"),
    ("first-attribute-out-of-bounds", "the first attribute does not lie in the record"),
    ("used-size-out-of-bounds", "the record claims more used bytes than it has"),
    ("record-number-differs", "the record carries the number of another record"),
    ("attributes-not-ended", "the attributes end without the end marker"),
    ("bytes-behind-end", "the attributes end before the used bytes of the record do; what follows is not read"),
    ("unknown-attribute-type", "an attribute of a type that NTFS does not have; it is not read"),
    ("attribute-length", "an attribute's length does not fit; what follows it in the record is lost"),
    ("attribute-header-too-short", "an attribute is too short for its header"),
    ("attribute-name-out-of-bounds", "an attribute's name does not lie in the attribute"),
    ("attribute-value-out-of-bounds", "a resident value does not lie in its attribute"),
    ("mapping-pairs-out-of-bounds", "the mapping pairs do not lie in their attribute"),
    ("must-be-resident", "an attribute that must be resident lies in clusters"),
    ("value-too-short", "a value is shorter than its structure"),
    ("file-name-out-of-bounds", "a name does not lie in its $FILE_NAME value"),
    ("empty-file-name", "a $FILE_NAME without a name"),
    ("unknown-namespace", "a $FILE_NAME in a namespace other than 0 to 3"),
    ("second-attribute", "a file has a second attribute of a type of which it may have one"),
    ("attribute-list-entry-out-of-bounds", "an attribute list entry does not fit in the list"),
    ("data-run-header", "a data run's header gives impossible sizes"),
    ("data-run-out-of-bounds", "a data run ends past the mapping pairs"),
    ("data-run-length", "a data run's length is not positive"),
    ("data-run-start", "a data run begins before the volume's first cluster"),
    ("data-run-past-volume", "a data run reaches past the volume's last cluster"),
    ("data-runs-count", "the data runs do not cover what the attribute header claims"),
    ("reparse-too-short", "a reparse point is shorter than its header"),
    ("reparse-data-too-long", "a reparse point claims more data than the attribute holds"),
    ("reparse-slack", "a reparse point's attribute holds more than its header says"),
    ("path-out-of-bounds", "a name of a reparse point does not lie in its path buffer"),
    ("path-odd", "a name of a reparse point begins or ends in the middle of a 16-bit unit"),
    ("empty-substitute-name", "a link without a substitute name"),
    ("reparse-data-malformed", "the reparse data of a known tag is too short, or not of the documented version"),
    ("extended-attribute-out-of-bounds", "an extended attribute does not fit in the value"),
    ("time-out-of-range", "a time after the year 9999; the key is left out"),
    ("foreign-link-malformed", "the body of an Interix or Cygwin link file is cut short"),
    ("more-issues", "a record has more issues than are told apart"),
];

impl IssueKind {
    /// The stable code of this kind, one of [`ISSUE_CODES`].
    pub fn code(&self) -> &'static str {
        use IssueKind::*;
        match self {
            BadRecordSignature { .. } => "bad-record-signature",
            RecordMarkedBad => "record-marked-bad",
            UpdateSequenceOutOfBounds { .. } => "update-sequence-out-of-bounds",
            UpdateSequenceTooShort { .. } => "update-sequence-too-short",
            TornRecord { .. } => "torn-record",
            FirstAttributeOutOfBounds { .. } => "first-attribute-out-of-bounds",
            UsedSizeOutOfBounds { .. } => "used-size-out-of-bounds",
            RecordNumberDiffers { .. } => "record-number-differs",
            AttributesNotEnded => "attributes-not-ended",
            BytesBehindEnd { .. } => "bytes-behind-end",
            UnknownAttributeType { .. } => "unknown-attribute-type",
            AttributeLength { .. } => "attribute-length",
            AttributeHeaderTooShort { .. } => "attribute-header-too-short",
            AttributeNameOutOfBounds { .. } => "attribute-name-out-of-bounds",
            AttributeValueOutOfBounds { .. } => "attribute-value-out-of-bounds",
            MappingPairsOutOfBounds { .. } => "mapping-pairs-out-of-bounds",
            MustBeResident { .. } => "must-be-resident",
            ValueTooShort { .. } => "value-too-short",
            FileNameOutOfBounds { .. } => "file-name-out-of-bounds",
            EmptyFileName => "empty-file-name",
            UnknownNamespace { .. } => "unknown-namespace",
            SecondAttribute { .. } => "second-attribute",
            AttributeListEntryOutOfBounds { .. } => "attribute-list-entry-out-of-bounds",
            DataRunHeader { .. } => "data-run-header",
            DataRunOutOfBounds { .. } => "data-run-out-of-bounds",
            DataRunLength { .. } => "data-run-length",
            DataRunStart { .. } => "data-run-start",
            DataRunPastVolume { .. } => "data-run-past-volume",
            DataRunsCount { .. } => "data-runs-count",
            ReparseTooShort { .. } => "reparse-too-short",
            ReparseDataTooLong { .. } => "reparse-data-too-long",
            ReparseSlack { .. } => "reparse-slack",
            PathOutOfBounds { .. } => "path-out-of-bounds",
            PathOdd { .. } => "path-odd",
            EmptySubstituteName => "empty-substitute-name",
            ReparseDataMalformed { .. } => "reparse-data-malformed",
            ExtendedAttributeOutOfBounds { .. } => "extended-attribute-out-of-bounds",
            TimeOutOfRange { .. } => "time-out-of-range",
            ForeignLinkMalformed { .. } => "foreign-link-malformed",
            MoreIssues { .. } => "more-issues",
        }
    }
}

impl fmt::Display for IssueKind {
    /// One sentence: what, expected, found. The caller adds where.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use IssueKind::*;
        match self {
            BadRecordSignature { found } => {
                write!(f, "expected a file record (\"FILE\") or zeros, found \"{}\"", found.escape_ascii())
            }
            RecordMarkedBad => write!(f, "the record is marked BAAD: Windows found its write interrupted"),
            UpdateSequenceOutOfBounds { offset, words } => write!(
                f,
                "update sequence array of {words} words at byte {offset}; expected it to end by byte 510 of the record"
            ),
            UpdateSequenceTooShort { words, needed } => {
                write!(f, "update sequence array has {words} words but the record needs {needed}")
            }
            TornRecord { expected, found } => write!(
                f,
                "torn record: a 512-byte stride ends in {found:#06x}, expected the update sequence number {expected:#06x}"
            ),
            FirstAttributeOutOfBounds { first, limit } => {
                write!(f, "first attribute at byte {first}; expected it between bytes 42 and {limit}")
            }
            UsedSizeOutOfBounds { used, limit } => {
                write!(f, "header says {used} bytes are used but the record has {limit}")
            }
            RecordNumberDiffers { expected, found } => {
                write!(f, "the record carries the number {found} but lies in slot {expected}")
            }
            AttributesNotEnded => write!(f, "the attributes end without the end marker 0xffffffff"),
            BytesBehindEnd { count } => write!(f, "the attributes end here, {count} bytes before the used bytes do"),
            UnknownAttributeType { type_code } => {
                write!(f, "attribute of type {type_code}; expected a multiple of 0x10 from 0x10 to 0x100")
            }
            AttributeLength { type_code, length, limit } => {
                write!(f, "{type_code} attribute has length {length}; expected 16 to {limit}")
            }
            AttributeHeaderTooShort { type_code, length, needed } => {
                write!(f, "{type_code} attribute has {length} bytes but its header needs {needed}")
            }
            AttributeNameOutOfBounds { type_code, end, length } => {
                write!(f, "name of the {type_code} attribute ends at byte {end} but the attribute has {length} bytes")
            }
            AttributeValueOutOfBounds { type_code, end, length } => {
                write!(f, "value of the {type_code} attribute ends at byte {end} but the attribute has {length} bytes")
            }
            MappingPairsOutOfBounds { type_code, start, length } => {
                write!(f, "mapping pairs of the {type_code} attribute begin at byte {start} but it has {length} bytes")
            }
            MustBeResident { type_code } => write!(f, "{type_code} lies in clusters; expected it in the record"),
            ValueTooShort { type_code, length, needed } => {
                write!(f, "{type_code} value has {length} bytes, expected at least {needed}")
            }
            FileNameOutOfBounds { end, length } => {
                write!(f, "name ends at byte {end} but the $FILE_NAME value has {length} bytes")
            }
            EmptyFileName => write!(f, "$FILE_NAME without a name; expected 1 to 255 units"),
            UnknownNamespace { found } => write!(f, "namespace {found}; expected 0 to 3"),
            SecondAttribute { type_code } => {
                write!(f, "a second {type_code}; a file has at most one, the first is used")
            }
            AttributeListEntryOutOfBounds { length, limit } => {
                write!(f, "attribute list entry has length {length}; expected 26 to {limit}")
            }
            DataRunHeader { header } => write!(f, "data run header {header:#04x}; expected sizes of 1 to 8 bytes"),
            DataRunOutOfBounds { needed, left } => {
                write!(f, "data run needs {needed} bytes but {left} are left in the attribute")
            }
            DataRunLength { length } => write!(f, "data run of {length} clusters; expected a positive number"),
            DataRunStart { lcn } => write!(f, "data run begins at cluster {lcn}; expected a cluster of the volume"),
            DataRunPastVolume { lcn, clusters, volume_clusters } => write!(
                f,
                "data run of {clusters} clusters at cluster {lcn} ends past the volume, which has {volume_clusters}"
            ),
            DataRunsCount { expected, found } => {
                write!(f, "data runs cover {found} clusters but the attribute header says {expected}")
            }
            ReparseTooShort { length, needed } => {
                write!(f, "reparse point has {length} bytes, expected at least {needed}")
            }
            ReparseDataTooLong { data_length, available } => {
                write!(f, "reparse data length is {data_length} but the attribute holds {available}")
            }
            ReparseSlack { data_length, available } => {
                write!(
                    f,
                    "reparse data length is {data_length} and the attribute holds {available}: the rest is not used"
                )
            }
            PathOutOfBounds { name, offset, length, buffer } => {
                write!(f, "{name} is at {offset} with length {length} but the path buffer has {buffer} bytes")
            }
            PathOdd { name, offset, length } => {
                write!(f, "{name} is at {offset} with length {length}; expected even numbers")
            }
            EmptySubstituteName => write!(f, "the substitute name is empty: the link leads nowhere"),
            ReparseDataMalformed { tag, length, needed } => {
                write!(
                    f,
                    "reparse data of tag {tag:#010X} has {length} bytes, or another version; expected at least {needed}"
                )
            }
            ExtendedAttributeOutOfBounds { needed, left } => {
                write!(f, "extended attribute needs {needed} bytes but {left} are left")
            }
            TimeOutOfRange { ticks } => write!(f, "time {ticks:#x} is after the year 9999"),
            ForeignLinkMalformed { length } => write!(f, "link file of {length} bytes is cut short"),
            MoreIssues { count } => write!(f, "{count} more issues in this record"),
        }
    }
}
