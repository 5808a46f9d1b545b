//! The kinds of damage by name, with the keys that a spec gives them.

use format::{AttributeType, FileReference};

use super::field::{
    AttributeField, BootField, Field, FileNameField, IndexBlockField, IndexEntryField, ListField, RecordField,
    ReparseField,
};
use super::keys::{KeyError, KeyInfo, KeyKind, Keys};
use super::{AttributeAt, BootCopy, BytesAt, CutAt, Damage, Fault, IndexAt, ParentFault, RecordCopy, RunFault};

/// A kind of damage.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// Its name.
    pub name: &'static str,
    /// What is wrong afterwards, in one sentence.
    pub summary: &'static str,
    /// The keys that it takes.
    pub keys: &'static [KeyInfo],
    make: fn(&Keys) -> Result<Fault, KeyError>,
}

impl Damage {
    /// A damage by the name of its kind.
    ///
    /// # Errors
    ///
    /// The first key that is missing, unknown, or has no value that it can have. The key is `kind` where the kind is
    /// unknown.
    pub fn from_keys(kind: &str, volume: usize, keys: &Keys) -> Result<Self, KeyError> {
        let info = KINDS.iter().find(|info| info.name == kind);
        let info = info.ok_or_else(|| KeyError::new("kind", "a kind of damage"))?;
        if let Some(key) = info.keys.iter().find(|key| key.is_required && !keys.has(key.name)) {
            return Err(KeyError::new(key.name, key.what));
        }
        if let Some(key) = keys.0.keys().find(|key| info.keys.iter().all(|info| info.name != **key)) {
            return Err(KeyError::new(key, "a key of this kind"));
        }
        let copy = match keys.word("copy") {
            Some("mirror") => RecordCopy::Mirror,
            Some("both") => RecordCopy::Both,
            _ => RecordCopy::Mft,
        };
        Ok(Self { volume, copy, fault: (info.make)(keys)? })
    }
}

const fn required(name: &'static str, kind: KeyKind, what: &'static str) -> KeyInfo {
    KeyInfo { name, what, kind, is_required: true }
}

const fn optional(name: &'static str, kind: KeyKind, what: &'static str) -> KeyInfo {
    KeyInfo { name, what, kind, is_required: false }
}

const RECORD: KeyInfo = required("record", KeyKind::Record, "the record number of the file, or `file`, its path");
const COPY: KeyInfo =
    optional("copy", KeyKind::Word(&["mft", "mirror", "both"]), "which copy of a record that has two (default: mft)");
const OTHER: KeyInfo = required("other", KeyKind::Record, "record number or path of the other file or directory");
const VALUE: KeyInfo = required("value", KeyKind::Integer, "the number to write");
const REFERENCE_VALUE: KeyInfo =
    required("value", KeyKind::Reference, "the reference to write, such as `47-3`, or 64 bits as a number");
const POSITION: KeyInfo = optional(
    "position",
    KeyKind::Integer,
    "which of the file's names, in the order of the record, from 0 (default: 0)",
);
const SECTOR: KeyInfo = required("sector", KeyKind::Integer, "which 512 bytes, from 0");
const TORN: KeyInfo = optional("value", KeyKind::Integer, "the last word of the sector (default: 0xDEAD)");
const TYPE: KeyInfo =
    required("attribute", KeyKind::AttributeType, "the type of the attribute, such as `DATA` or 0x80");
const STREAM: KeyInfo =
    optional("name", KeyKind::Name, "the name of the attribute, empty for a nameless one (default: any)");
const NTH: KeyInfo = optional("position", KeyKind::Integer, "which of those attributes, from 0 (default: 0)");
const RUN: KeyInfo = optional("run", KeyKind::Integer, "which data run, from 0 (default: 0)");
const ENTRY: KeyInfo = optional(
    "entry",
    KeyKind::Integer,
    "which entry of the attribute list, from 0 (default: the first that leads to an extension record)",
);
const DIRECTORY: KeyInfo = required("directory", KeyKind::Record, "record number or path of the directory");
const NAME: KeyInfo = required("name", KeyKind::Name, "the name in the directory");
const REFERENCE: KeyInfo =
    required("reference", KeyKind::Reference, "the reference that the entry has, such as `47-3`");
const INDEX: KeyInfo = optional("index", KeyKind::Name, "the name of the index (default: `$I30`)");
const BLOCK: KeyInfo = required("block", KeyKind::Integer, "which index block, from 0");
const TAG: KeyInfo = required("tag", KeyKind::Tag, "a reparse tag by name or number");
const BOOT: KeyInfo =
    optional("boot-sector", KeyKind::Word(&["first", "backup"]), "which boot sector (default: first)");
const OFFSET: KeyInfo =
    required("offset", KeyKind::Size, "where, from the start of the image or, beside `record`, of the record");

const IN_RECORD: &[KeyInfo] = &[RECORD, COPY];
const RECORD_VALUE: &[KeyInfo] = &[RECORD, VALUE, COPY];
const IN_ATTRIBUTE: &[KeyInfo] = &[RECORD, TYPE, STREAM, NTH, VALUE, COPY];
const IN_RUN: &[KeyInfo] = &[RECORD, TYPE, STREAM, NTH, RUN, COPY];
const IN_NAME: &[KeyInfo] = &[RECORD, POSITION, VALUE, COPY];
const PARENT: &[KeyInfo] = &[RECORD, POSITION, COPY];
const IN_LIST: &[KeyInfo] = &[RECORD, ENTRY, VALUE];
const ENTRY_OF: &[KeyInfo] = &[DIRECTORY, NAME];
const IN_ENTRY: &[KeyInfo] = &[DIRECTORY, NAME, VALUE];
const IN_BLOCK: &[KeyInfo] = &[RECORD, INDEX, BLOCK, VALUE];
const OF_RECORD: &[KeyInfo] = &[RECORD];

/// A row of [`KINDS`].
const fn kind(
    name: &'static str,
    summary: &'static str,
    keys: &'static [KeyInfo],
    make: fn(&Keys) -> Result<Fault, KeyError>,
) -> KindInfo {
    KindInfo { name, summary, keys, make }
}

/// Every kind of damage, in the order of what it breaks.
pub const KINDS: &[KindInfo] = &[
    // File record segments.
    kind(
        "torn-sector",
        "a sector of a record does not end in the update sequence number",
        &[RECORD, SECTOR, TORN, COPY],
        |keys| Ok(Fault::TornSector { record: record(keys)?, sector: keys.position("sector")?, value: torn(keys)? }),
    ),
    kind(
        "bad-signature",
        "a record begins with other bytes than \"FILE\"",
        &[RECORD, optional("bytes", KeyKind::Hex, "four bytes (default: 42414144, \"BAAD\")"), COPY],
        |keys| Ok(Fault::Signature { record: record(keys)?, signature: signature(keys)? }),
    ),
    kind("zeroed-record", "a record is all zeros", IN_RECORD, |keys| Ok(Fault::ZeroedRecord { record: record(keys)? })),
    kind("lying-update-sequence-offset", "the header leads elsewhere for the update sequence", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::UPDATE_SEQUENCE_OFFSET)
    }),
    kind("lying-update-sequence-count", "the header has another number of protected words", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::UPDATE_SEQUENCE_COUNT)
    }),
    kind("wrong-sequence", "the record has another sequence number than references to it", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::SEQUENCE)
    }),
    kind("wrong-link-count", "the record has another link count than names", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::LINK_COUNT)
    }),
    kind("lying-first-attribute", "the header leads elsewhere for the first attribute", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::FIRST_ATTRIBUTE)
    }),
    kind("wrong-record-flags", "the record has these flags", RECORD_VALUE, |keys| in_record(keys, RecordField::FLAGS)),
    kind("lying-used-size", "the header claims another used size", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::USED_SIZE)
    }),
    kind("lying-allocated-size", "the header claims another size of the record", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::ALLOCATED_SIZE)
    }),
    kind("wrong-base-reference", "the record says that it extends another", &[RECORD, REFERENCE_VALUE, COPY], |keys| {
        in_record(keys, RecordField::BASE_REFERENCE)
    }),
    kind("wrong-next-attribute-id", "the header has another next attribute id", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::NEXT_ATTRIBUTE_ID)
    }),
    kind("wrong-record-number", "the record carries the number of another", RECORD_VALUE, |keys| {
        in_record(keys, RecordField::RECORD_NUMBER)
    }),
    kind("missing-end-marker", "the used size ends where the end marker was, which is zero", IN_RECORD, |keys| {
        Ok(Fault::MissingEndMarker { record: record(keys)? })
    }),
    kind("directory-flag-without-index", "a file without $I30 has the directory flag", IN_RECORD, |keys| {
        Ok(Fault::DirectoryFlag { record: record(keys)?, is_set: true })
    }),
    kind("index-without-directory-flag", "a directory lacks the directory flag", IN_RECORD, |keys| {
        Ok(Fault::DirectoryFlag { record: record(keys)?, is_set: false })
    }),
    kind("stale-mirror", "the mirror of a record has another $LogFile sequence number", OF_RECORD, |keys| {
        Ok(Fault::StaleMirror { record: record(keys)? })
    }),
    // Attributes.
    kind("unknown-attribute-type", "an attribute has another type", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::TYPE)
    }),
    kind("lying-attribute-length", "an attribute claims another length", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::LENGTH)
    }),
    kind("wrong-attribute-form", "an attribute claims to be resident, or not to be", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::FORM)
    }),
    kind("lying-name-length", "an attribute claims another length of its name, in units", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::NAME_LENGTH)
    }),
    kind("lying-name-offset", "an attribute leads elsewhere for its name", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::NAME_OFFSET)
    }),
    kind("wrong-attribute-id", "an attribute has another id than its list says", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::ID)
    }),
    kind("lying-value-length", "a resident attribute claims another length of its value", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::VALUE_LENGTH)
    }),
    kind("lying-value-offset", "a resident attribute leads elsewhere for its value", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::VALUE_OFFSET)
    }),
    kind("wrong-lowest-vcn", "an attribute in clusters begins elsewhere in the value", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::LOWEST_VCN)
    }),
    kind("wrong-highest-vcn", "an attribute in clusters ends elsewhere in the value", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::HIGHEST_VCN)
    }),
    kind("lying-mapping-pairs-offset", "an attribute leads elsewhere for its data runs", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::PAIRS_OFFSET)
    }),
    kind("lying-value-allocated", "an attribute claims another length of its clusters", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::ALLOCATED)
    }),
    kind("lying-data-size", "an attribute in clusters claims another length of its value", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::SIZE)
    }),
    kind("lying-initialized-size", "an attribute claims that more was written than there is", IN_ATTRIBUTE, |keys| {
        in_attribute(keys, AttributeField::INITIALIZED)
    }),
    kind("run-past-volume", "a data run begins at the end of the volume", IN_RUN, |keys| {
        run(keys, RunFault::PastVolume)
    }),
    kind("run-without-length", "a data run has no clusters", IN_RUN, |keys| run(keys, RunFault::NoLength)),
    kind("huge-run", "a data run has 2^60 clusters", IN_RUN, |keys| run(keys, RunFault::Huge)),
    kind("run-at-boot-sector", "a data run begins at cluster 0", IN_RUN, |keys| run(keys, RunFault::Boot)),
    kind(
        "overlapping-run",
        "a data run begins at the first cluster of another file",
        &[RECORD, TYPE, STREAM, NTH, RUN, OTHER, COPY],
        |keys| run(keys, RunFault::Onto { record: keys.integer("other")? }),
    ),
    // Names and parents.
    kind("wrong-parent", "a name has this parent", &[RECORD, POSITION, REFERENCE_VALUE, COPY], |keys| {
        in_name(keys, FileNameField::PARENT)
    }),
    kind("self-parent", "a name has its own file for a parent", PARENT, |keys| parent(keys, ParentFault::Itself)),
    kind("stale-parent-sequence", "a name's parent is another use of its record", PARENT, |keys| {
        parent(keys, ParentFault::Stale)
    }),
    kind("missing-parent", "a name's parent is behind the MFT", PARENT, |keys| parent(keys, ParentFault::Missing)),
    kind("parent-is-file", "a name's parent is no directory", &[RECORD, POSITION, OTHER, COPY], |keys| {
        parent(keys, ParentFault::File(keys.integer("other")?))
    }),
    kind("parent-loop", "two directories are in each other", &[RECORD, OTHER], |keys| {
        Ok(Fault::ParentLoop { first: record(keys)?, second: keys.integer("other")? })
    }),
    kind("wrong-name-attributes", "a name in the MFT has other file attributes", IN_NAME, |keys| {
        in_name(keys, FileNameField::ATTRIBUTES)
    }),
    kind("wrong-name-tag", "a name in the MFT has this reparse tag", IN_NAME, |keys| in_name(keys, FileNameField::TAG)),
    kind("lying-file-name-length", "a name in the MFT claims another length, in units", IN_NAME, |keys| {
        in_name(keys, FileNameField::LENGTH)
    }),
    kind("wrong-namespace", "a name in the MFT is in another namespace", IN_NAME, |keys| {
        in_name(keys, FileNameField::NAMESPACE)
    }),
    // Attribute lists.
    kind(
        "attribute-list-loop",
        "an entry of the attribute list leads to the list's own record, or to that of another file",
        &[RECORD, ENTRY, optional("to", KeyKind::Record, "record number or path of the other file (default: itself)")],
        |keys| Ok(Fault::ListLoop { record: record(keys)?, entry: entry(keys)?, to: keys.integer("to").ok() }),
    ),
    kind("wrong-list-type", "an entry of the attribute list has another type", IN_LIST, |keys| {
        in_list(keys, ListField::TYPE)
    }),
    kind("lying-list-entry-length", "an entry of the attribute list claims another length", IN_LIST, |keys| {
        in_list(keys, ListField::LENGTH)
    }),
    kind("wrong-list-lowest-vcn", "an entry of the attribute list has another lowest VCN", IN_LIST, |keys| {
        in_list(keys, ListField::LOWEST_VCN)
    }),
    kind(
        "wrong-list-holder",
        "an entry of the attribute list leads to this record",
        &[RECORD, ENTRY, REFERENCE_VALUE],
        |keys| in_list(keys, ListField::HOLDER),
    ),
    kind("wrong-list-holder-sequence", "an entry of the attribute list has another sequence number", IN_LIST, |keys| {
        in_list(keys, ListField::HOLDER_SEQUENCE)
    }),
    kind("wrong-list-attribute-id", "an entry of the attribute list has another attribute id", IN_LIST, |keys| {
        in_list(keys, ListField::ID)
    }),
    // Reparse points.
    kind("reparse-flag-without-attribute", "a file that is no reparse point says it is one", IN_RECORD, |keys| {
        Ok(Fault::ReparseFlag { record: record(keys)?, is_set: true })
    }),
    kind("reparse-attribute-without-flag", "a reparse point does not say it is one", IN_RECORD, |keys| {
        Ok(Fault::ReparseFlag { record: record(keys)?, is_set: false })
    }),
    kind("wrong-reparse-tag", "the reparse point has another tag than the indexes say", RECORD_VALUE, |keys| {
        in_reparse(keys, ReparseField::TAG)
    }),
    kind("lying-reparse-length", "the reparse point claims another length of its data", RECORD_VALUE, |keys| {
        in_reparse(keys, ReparseField::DATA_LENGTH)
    }),
    kind("lying-substitute-offset", "the substitute name is claimed elsewhere", RECORD_VALUE, |keys| {
        in_reparse(keys, ReparseField::SUBSTITUTE_OFFSET)
    }),
    kind("lying-substitute-length", "the substitute name claims another length, in bytes", RECORD_VALUE, |keys| {
        in_reparse(keys, ReparseField::SUBSTITUTE_LENGTH)
    }),
    kind("lying-print-offset", "the print name is claimed elsewhere", RECORD_VALUE, |keys| {
        in_reparse(keys, ReparseField::PRINT_OFFSET)
    }),
    kind("lying-print-length", "the print name claims another length, in bytes", RECORD_VALUE, |keys| {
        in_reparse(keys, ReparseField::PRINT_LENGTH)
    }),
    kind("missing-reparse-entry", "$Extend\\$Reparse:$R does not know a reparse point", OF_RECORD, |keys| {
        Ok(Fault::MissingReparseEntry { record: record(keys)? })
    }),
    kind("extra-reparse-entry", "$R knows a reparse point that is none", &[TAG, REFERENCE], |keys| {
        Ok(Fault::ExtraReparseEntry { tag: tag(keys)?, reference: FileReference(keys.integer("reference")?) })
    }),
    kind("wrong-reparse-entry-tag", "$R has another tag for a reparse point", &[RECORD, TAG], |keys| {
        Ok(Fault::ReparseEntryTag { record: record(keys)?, tag: tag(keys)? })
    }),
    kind("missing-object-entry", "$Extend\\$ObjId:$O does not know a file's object id", OF_RECORD, |keys| {
        Ok(Fault::MissingObjectEntry { record: record(keys)? })
    }),
    // Indexes.
    kind("missing-index-entry", "a directory's index lacks a name", ENTRY_OF, |keys| {
        Ok(Fault::MissingIndexEntry { directory: keys.integer("directory")?, name: keys.units("name")? })
    }),
    kind("extra-index-entry", "a directory's index has a name too many", &[DIRECTORY, NAME, REFERENCE], |keys| {
        let reference = FileReference(keys.integer("reference")?);
        Ok(Fault::ExtraIndexEntry { directory: keys.integer("directory")?, name: keys.units("name")?, reference })
    }),
    kind("wrong-index-reference", "an index entry leads to this file", &[DIRECTORY, NAME, REFERENCE_VALUE], |keys| {
        in_entry(keys, IndexEntryField::REFERENCE)
    }),
    kind("wrong-index-sequence", "an index entry has another sequence number", IN_ENTRY, |keys| {
        in_entry(keys, IndexEntryField::SEQUENCE)
    }),
    kind("lying-index-entry-length", "an index entry claims another length", IN_ENTRY, |keys| {
        in_entry(keys, IndexEntryField::LENGTH)
    }),
    kind("lying-index-key-length", "an index entry claims another length of its key", IN_ENTRY, |keys| {
        in_entry(keys, IndexEntryField::KEY_LENGTH)
    }),
    kind(
        "wrong-index-entry-flags",
        "an index entry has other flags: 1 has a sub-node, 2 ends the node",
        IN_ENTRY,
        |keys| in_entry(keys, IndexEntryField::FLAGS),
    ),
    kind(
        "wrong-index-parent",
        "an index entry has another parent than its directory",
        &[DIRECTORY, NAME, REFERENCE_VALUE],
        |keys| in_entry(keys, IndexEntryField::PARENT),
    ),
    kind("wrong-index-size", "an index entry has another size", IN_ENTRY, |keys| in_entry(keys, IndexEntryField::SIZE)),
    kind("wrong-index-attributes", "an index entry has other file attributes", IN_ENTRY, |keys| {
        in_entry(keys, IndexEntryField::ATTRIBUTES)
    }),
    kind("wrong-index-tag", "an index entry has another reparse tag", IN_ENTRY, |keys| {
        in_entry(keys, IndexEntryField::TAG)
    }),
    kind("lying-index-name-length", "an index entry claims another length of its name, in units", IN_ENTRY, |keys| {
        in_entry(keys, IndexEntryField::NAME_LENGTH)
    }),
    kind("wrong-index-name-case", "an index entry spells its ASCII letters in the other case", ENTRY_OF, |keys| {
        Ok(Fault::IndexNameCase { directory: keys.integer("directory")?, name: keys.units("name")? })
    }),
    kind("wrong-index-order", "an index entry has changed places with its neighbour", ENTRY_OF, |keys| {
        Ok(Fault::IndexOrder { directory: keys.integer("directory")?, name: keys.units("name")? })
    }),
    kind("index-loop", "the last leaf of an index leads back to a block above it", &[RECORD, INDEX], |keys| {
        Ok(Fault::IndexLoop { index: index(keys)? })
    }),
    kind(
        "torn-index-block",
        "a sector of an index block does not end in the update sequence number",
        &[RECORD, INDEX, BLOCK, SECTOR, TORN],
        |keys| {
            let (index, block, sector) = (index(keys)?, keys.integer("block")?, keys.position("sector")?);
            Ok(Fault::TornIndexBlock { index, block, sector, value: torn(keys)? })
        },
    ),
    kind("wrong-index-block-vcn", "an index block has another VCN than its place", IN_BLOCK, |keys| {
        in_block(keys, IndexBlockField::VCN)
    }),
    kind("lying-index-first-entry", "an index block leads elsewhere for its first entry", IN_BLOCK, |keys| {
        in_block(keys, IndexBlockField::FIRST_ENTRY)
    }),
    kind("lying-index-used-size", "an index block claims another used size", IN_BLOCK, |keys| {
        in_block(keys, IndexBlockField::USED_SIZE)
    }),
    kind("lying-index-allocated-size", "an index block claims another size of its node", IN_BLOCK, |keys| {
        in_block(keys, IndexBlockField::ALLOCATED_SIZE)
    }),
    kind("wrong-index-bitmap", "an index's bitmap says the opposite of a block", &[RECORD, INDEX, BLOCK], |keys| {
        Ok(Fault::IndexBitmap { index: index(keys)?, block: keys.integer("block")? })
    }),
    // The volume.
    kind("wrong-record-bitmap", "$MFT:$BITMAP says the opposite of a record", OF_RECORD, |keys| {
        Ok(Fault::RecordBitmap { record: record(keys)? })
    }),
    kind(
        "wrong-cluster-bitmap",
        "$Bitmap says the opposite of a cluster",
        &[required("cluster", KeyKind::Integer, "the number of the cluster")],
        |keys| Ok(Fault::ClusterBitmap { cluster: keys.integer("cluster")? }),
    ),
    kind(
        "volume-flags",
        "the volume has these flags; 1 is \"dirty\"",
        &[optional("value", KeyKind::Integer, "the flags (default: 1)"), COPY],
        |keys| Ok(Fault::VolumeFlags { flags: low_u16(keys.integer_or("value", 1, u64::from(u16::MAX))?) }),
    ),
    kind(
        "wrong-boot-field",
        "a field of the boot sector lies",
        &[required("field", KeyKind::Word(BOOT_FIELDS), "the name of the field"), VALUE, BOOT],
        boot_field,
    ),
    kind("zeroed-boot-sector", "the boot sector, or its backup, is all zeros", &[BOOT], |keys| {
        Ok(Fault::ZeroedBoot { copy: boot_copy(keys) })
    }),
    kind(
        "cut-off",
        "the image ends early",
        &[
            optional("at", KeyKind::Size, "after so many bytes"),
            optional("percent", KeyKind::Integer, "after so many hundredths of its length"),
        ],
        cut_off,
    ),
    kind(
        "bytes",
        "these bytes instead of those that are there",
        &[
            required("bytes", KeyKind::Hex, "the bytes to write"),
            OFFSET,
            optional("record", KeyKind::Record, "the record, which is protected again"),
            COPY,
        ],
        bytes,
    ),
];

/// The words of `field`, as [`BootField::ALL`] has them.
const BOOT_FIELDS: &[&str] = &{
    let mut names = [""; BootField::ALL.len()];
    let mut position = 0;
    while position < names.len() {
        names[position] = BootField::ALL[position].0.name;
        position += 1;
    }
    names
};

fn record(keys: &Keys) -> Result<u64, KeyError> {
    keys.integer("record")
}

/// The number to write, if it fits.
fn value(keys: &Keys, field: &Field) -> Result<u64, KeyError> {
    let value = keys.integer("value")?;
    if value > field.most() {
        return Err(KeyError::new("value", format!("an integer from 0 to {:#x}", field.most())));
    }
    Ok(value)
}

fn low_u16(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

fn torn(keys: &Keys) -> Result<u16, KeyError> {
    Ok(low_u16(keys.integer_or("value", 0xDEAD, u64::from(u16::MAX))?))
}

fn tag(keys: &Keys) -> Result<u32, KeyError> {
    let tag = u32::try_from(keys.integer("tag")?);
    tag.map_err(|_| KeyError::new("tag", "a reparse tag of 32 bits"))
}

fn signature(keys: &Keys) -> Result<[u8; 4], KeyError> {
    if !keys.has("bytes") {
        return Ok(*b"BAAD");
    }
    keys.bytes("bytes")?.try_into().map_err(|_| KeyError::new("bytes", "four bytes"))
}

fn in_record(keys: &Keys, field: RecordField) -> Result<Fault, KeyError> {
    Ok(Fault::Record { record: record(keys)?, field, value: value(keys, &field.0)? })
}

fn attribute(keys: &Keys) -> Result<AttributeAt, KeyError> {
    let kind = u32::try_from(keys.integer("attribute")?);
    let kind = AttributeType(kind.map_err(|_| KeyError::new("attribute", "a type of 32 bits"))?);
    let name = if keys.has("name") { Some(keys.units("name")?) } else { None };
    Ok(AttributeAt { record: record(keys)?, kind, name, position: keys.position("position")? })
}

fn in_attribute(keys: &Keys, field: AttributeField) -> Result<Fault, KeyError> {
    Ok(Fault::Attribute { at: attribute(keys)?, field, value: value(keys, &field.0)? })
}

fn run(keys: &Keys, fault: RunFault) -> Result<Fault, KeyError> {
    Ok(Fault::Run { at: attribute(keys)?, run: keys.position("run")?, fault })
}

fn in_name(keys: &Keys, field: FileNameField) -> Result<Fault, KeyError> {
    let (record, position) = (record(keys)?, keys.position("position")?);
    Ok(Fault::FileName { record, position, field, value: value(keys, &field.0)? })
}

fn parent(keys: &Keys, fault: ParentFault) -> Result<Fault, KeyError> {
    Ok(Fault::Parent { record: record(keys)?, position: keys.position("position")?, fault })
}

fn entry(keys: &Keys) -> Result<Option<usize>, KeyError> {
    if keys.has("entry") { keys.position("entry").map(Some) } else { Ok(None) }
}

fn in_list(keys: &Keys, field: ListField) -> Result<Fault, KeyError> {
    Ok(Fault::ListEntry { record: record(keys)?, entry: entry(keys)?, field, value: value(keys, &field.0)? })
}

fn in_reparse(keys: &Keys, field: ReparseField) -> Result<Fault, KeyError> {
    Ok(Fault::Reparse { record: record(keys)?, field, value: value(keys, &field.0)? })
}

fn in_entry(keys: &Keys, field: IndexEntryField) -> Result<Fault, KeyError> {
    let (directory, name) = (keys.integer("directory")?, keys.units("name")?);
    Ok(Fault::IndexEntry { directory, name, field, value: value(keys, &field.0)? })
}

fn index(keys: &Keys) -> Result<IndexAt, KeyError> {
    let name = if keys.has("index") { keys.units("index")? } else { "$I30".encode_utf16().collect() };
    Ok(IndexAt { record: record(keys)?, name })
}

fn in_block(keys: &Keys, field: IndexBlockField) -> Result<Fault, KeyError> {
    let (index, block) = (index(keys)?, keys.integer("block")?);
    Ok(Fault::IndexBlock { index, block, field, value: value(keys, &field.0)? })
}

fn boot_copy(keys: &Keys) -> BootCopy {
    if keys.word("boot-sector") == Some("backup") { BootCopy::Backup } else { BootCopy::First }
}

fn boot_field(keys: &Keys) -> Result<Fault, KeyError> {
    let name = keys.word("field").unwrap_or_default();
    let field = BootField::ALL.into_iter().find(|field| field.0.name == name);
    let field = field.ok_or_else(|| KeyError::new("field", BOOT_FIELDS.join(", ")))?;
    Ok(Fault::Boot { copy: boot_copy(keys), field, value: value(keys, &field.0)? })
}

fn cut_off(keys: &Keys) -> Result<Fault, KeyError> {
    let at = match (keys.has("at"), keys.has("percent")) {
        (true, false) => CutAt::Byte(keys.integer("at")?),
        (false, true) => CutAt::Percent(keys.integer_or("percent", 0, 100)?),
        _ => return Err(KeyError::new("at", "either `at` or `percent`")),
    };
    Ok(Fault::CutOff { at })
}

fn bytes(keys: &Keys) -> Result<Fault, KeyError> {
    let offset = keys.integer("offset")?;
    let at = match keys.has("record") {
        true => BytesAt::Record { record: record(keys)?, offset: keys.position("offset")? },
        false => BytesAt::Image(offset),
    };
    Ok(Fault::Bytes { at, bytes: keys.bytes("bytes")? })
}
