//! The numbers of on-disk structures that damages change.
//!
//! Source of every offset: libfsntfs, "MFT entry header", "MFT attribute header", "The file name attribute", "The
//! attribute list", "The index", "The volume header"; reference A.1, A.3, A.5, A.7, A.8, A.10, B.3 to B.5.

use super::error::DamageError;

/// A little-endian number of a structure, and the kind of damage that changes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Field {
    pub kind: &'static str,
    pub name: &'static str,
    pub offset: usize,
    pub width: usize,
}

impl Field {
    const fn new(kind: &'static str, name: &'static str, offset: usize, width: usize) -> Self {
        Self { kind, name, offset, width }
    }

    /// The largest value that it holds.
    pub fn most(&self) -> u64 {
        u64::MAX >> (64 - 8 * self.width)
    }

    /// The bytes of a value.
    pub fn bytes(&self, value: u64) -> Result<Vec<u8>, DamageError> {
        if value > self.most() {
            return Err(DamageError::TooLarge { field: self.name, value, bytes: self.width });
        }
        Ok(value.to_le_bytes()[..self.width].to_vec())
    }

    /// What happened to it, in words.
    pub fn sentence(&self, structure: &str, before: u64, after: u64) -> String {
        format!("{structure}: {} is {after:#x}, was {before:#x}", self.name)
    }
}

/// A field of the header of a file record segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordField(pub(super) Field);

impl RecordField {
    /// Offset of the update sequence array. The sectors stay as they are.
    pub const UPDATE_SEQUENCE_OFFSET: Self =
        Self(Field::new("lying-update-sequence-offset", "update sequence offset", 0x04, 2));
    /// Words of the update sequence array. The sectors stay as they are.
    pub const UPDATE_SEQUENCE_COUNT: Self =
        Self(Field::new("lying-update-sequence-count", "update sequence count", 0x06, 2));
    /// The sequence number.
    pub const SEQUENCE: Self = Self(Field::new("wrong-sequence", "sequence number", 0x10, 2));
    /// The link count.
    pub const LINK_COUNT: Self = Self(Field::new("wrong-link-count", "link count", 0x12, 2));
    /// Where the first attribute is.
    pub const FIRST_ATTRIBUTE: Self = Self(Field::new("lying-first-attribute", "first attribute offset", 0x14, 2));
    /// The flags: 0x1 in use, 0x2 directory, 0x4 in `$Extend`, 0x8 view index.
    pub const FLAGS: Self = Self(Field::new("wrong-record-flags", "record flags", 0x16, 2));
    /// Bytes in use.
    pub const USED_SIZE: Self = Self(Field::new("lying-used-size", "used size", 0x18, 4));
    /// Bytes of the segment.
    pub const ALLOCATED_SIZE: Self = Self(Field::new("lying-allocated-size", "allocated size", 0x1C, 4));
    /// The reference of the base record; 0 in a base record.
    pub const BASE_REFERENCE: Self = Self(Field::new("wrong-base-reference", "base record reference", 0x20, 8));
    /// The attribute id that the next attribute gets.
    pub const NEXT_ATTRIBUTE_ID: Self = Self(Field::new("wrong-next-attribute-id", "next attribute id", 0x28, 2));
    /// The number of the record itself.
    pub const RECORD_NUMBER: Self = Self(Field::new("wrong-record-number", "record number", 0x2C, 4));
}

/// Which attributes have a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Any,
    Resident,
    InClusters,
}

/// A field of the header of an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttributeField(pub(super) Field, pub(super) Form);

impl AttributeField {
    /// The type.
    pub const TYPE: Self = Self(Field::new("unknown-attribute-type", "attribute type", 0x00, 4), Form::Any);
    /// The length, header included.
    pub const LENGTH: Self = Self(Field::new("lying-attribute-length", "attribute length", 0x04, 4), Form::Any);
    /// 0 for a resident value, 1 for one in clusters.
    pub const FORM: Self = Self(Field::new("wrong-attribute-form", "non-resident flag", 0x08, 1), Form::Any);
    /// The length of the name in units.
    pub const NAME_LENGTH: Self = Self(Field::new("lying-name-length", "name length", 0x09, 1), Form::Any);
    /// Where the name is.
    pub const NAME_OFFSET: Self = Self(Field::new("lying-name-offset", "name offset", 0x0A, 2), Form::Any);
    /// The attribute id.
    pub const ID: Self = Self(Field::new("wrong-attribute-id", "attribute id", 0x0E, 2), Form::Any);
    /// The length of a resident value.
    pub const VALUE_LENGTH: Self = Self(Field::new("lying-value-length", "value length", 0x10, 4), Form::Resident);
    /// Where a resident value is.
    pub const VALUE_OFFSET: Self = Self(Field::new("lying-value-offset", "value offset", 0x14, 2), Form::Resident);
    /// VCN of the first cluster.
    pub const LOWEST_VCN: Self = Self(Field::new("wrong-lowest-vcn", "lowest VCN", 0x10, 8), Form::InClusters);
    /// VCN of the last cluster.
    pub const HIGHEST_VCN: Self = Self(Field::new("wrong-highest-vcn", "highest VCN", 0x18, 8), Form::InClusters);
    /// Where the mapping pairs are.
    pub const PAIRS_OFFSET: Self =
        Self(Field::new("lying-mapping-pairs-offset", "mapping pairs offset", 0x20, 2), Form::InClusters);
    /// Length of the clusters in bytes.
    pub const ALLOCATED: Self =
        Self(Field::new("lying-value-allocated", "allocated length", 0x28, 8), Form::InClusters);
    /// Length of the value in bytes.
    pub const SIZE: Self = Self(Field::new("lying-data-size", "data size", 0x30, 8), Form::InClusters);
    /// Bytes that were ever written.
    pub const INITIALIZED: Self =
        Self(Field::new("lying-initialized-size", "initialised size", 0x38, 8), Form::InClusters);
}

/// A field of a `$FILE_NAME` value. The copy in the index stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileNameField(pub(super) Field);

impl FileNameField {
    /// The reference of the directory.
    pub const PARENT: Self = Self(Field::new("wrong-parent", "parent reference", 0x00, 8));
    /// File attributes.
    pub const ATTRIBUTES: Self = Self(Field::new("wrong-name-attributes", "file attributes of the name", 0x38, 4));
    /// Reparse tag, or packed size of the extended attributes.
    pub const TAG: Self = Self(Field::new("wrong-name-tag", "reparse tag of the name", 0x3C, 4));
    /// Units of the name.
    pub const LENGTH: Self = Self(Field::new("lying-file-name-length", "length of the file name", 0x40, 1));
    /// The namespace: 0 to 3 are valid.
    pub const NAMESPACE: Self = Self(Field::new("wrong-namespace", "namespace", 0x41, 1));
}

/// A field of a `$REPARSE_POINT` value. All but the first two are those of a symbolic link or mount point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReparseField(pub(super) Field);

impl ReparseField {
    /// The tag.
    pub const TAG: Self = Self(Field::new("wrong-reparse-tag", "reparse tag", 0x00, 4));
    /// Length of the data behind the header.
    pub const DATA_LENGTH: Self = Self(Field::new("lying-reparse-length", "reparse data length", 0x04, 2));
    /// Where the substitute name is, in bytes from the path buffer.
    pub const SUBSTITUTE_OFFSET: Self = Self(Field::new("lying-substitute-offset", "substitute name offset", 0x08, 2));
    /// Length of the substitute name in bytes; an odd one ends within a unit.
    pub const SUBSTITUTE_LENGTH: Self = Self(Field::new("lying-substitute-length", "substitute name length", 0x0A, 2));
    /// Where the print name is, in bytes from the path buffer.
    pub const PRINT_OFFSET: Self = Self(Field::new("lying-print-offset", "print name offset", 0x0C, 2));
    /// Length of the print name in bytes; an odd one ends within a unit.
    pub const PRINT_LENGTH: Self = Self(Field::new("lying-print-length", "print name length", 0x0E, 2));
}

/// A field of an entry of an attribute list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListField(pub(super) Field);

impl ListField {
    /// The type of the attribute.
    pub const TYPE: Self = Self(Field::new("wrong-list-type", "attribute type of the entry", 0x00, 4));
    /// The length of the entry.
    pub const LENGTH: Self = Self(Field::new("lying-list-entry-length", "length of the entry", 0x04, 2));
    /// VCN of the first cluster of the attribute.
    pub const LOWEST_VCN: Self = Self(Field::new("wrong-list-lowest-vcn", "lowest VCN of the entry", 0x08, 8));
    /// The reference of the record that has the attribute.
    pub const HOLDER: Self = Self(Field::new("wrong-list-holder", "holder of the entry", 0x10, 8));
    /// The sequence number in that reference.
    pub const HOLDER_SEQUENCE: Self =
        Self(Field::new("wrong-list-holder-sequence", "holder's sequence number of the entry", 0x16, 2));
    /// The attribute id.
    pub const ID: Self = Self(Field::new("wrong-list-attribute-id", "attribute id of the entry", 0x18, 2));
}

/// A field of an entry of a directory's index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexEntryField(pub(super) Field);

impl IndexEntryField {
    /// The reference of the file.
    pub const REFERENCE: Self = Self(Field::new("wrong-index-reference", "reference of the entry", 0x00, 8));
    /// The sequence number in that reference.
    pub const SEQUENCE: Self = Self(Field::new("wrong-index-sequence", "sequence number of the entry", 0x06, 2));
    /// The length of the entry.
    pub const LENGTH: Self = Self(Field::new("lying-index-entry-length", "length of the entry", 0x08, 2));
    /// The length of the key.
    pub const KEY_LENGTH: Self = Self(Field::new("lying-index-key-length", "key length of the entry", 0x0A, 2));
    /// Flags: 0x1 has a sub-node, 0x2 is the last.
    pub const FLAGS: Self = Self(Field::new("wrong-index-entry-flags", "flags of the entry", 0x0C, 2));
    /// The reference of the directory in the key.
    pub const PARENT: Self = Self(Field::new("wrong-index-parent", "parent reference of the entry", 0x10, 8));
    /// The size in the key.
    pub const SIZE: Self = Self(Field::new("wrong-index-size", "data size of the entry", 0x40, 8));
    /// The file attributes in the key.
    pub const ATTRIBUTES: Self = Self(Field::new("wrong-index-attributes", "file attributes of the entry", 0x48, 4));
    /// The reparse tag in the key.
    pub const TAG: Self = Self(Field::new("wrong-index-tag", "reparse tag of the entry", 0x4C, 4));
    /// Units of the name in the key.
    pub const NAME_LENGTH: Self = Self(Field::new("lying-index-name-length", "name length of the entry", 0x50, 1));
}

/// A field of an index block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexBlockField(pub(super) Field);

impl IndexBlockField {
    /// The VCN of the block itself.
    pub const VCN: Self = Self(Field::new("wrong-index-block-vcn", "VCN of the block", 0x10, 8));
    /// Where the first entry is, from the index header on.
    pub const FIRST_ENTRY: Self = Self(Field::new("lying-index-first-entry", "first entry offset", 0x18, 4));
    /// Bytes in use, from the index header on.
    pub const USED_SIZE: Self = Self(Field::new("lying-index-used-size", "used size of the node", 0x1C, 4));
    /// Bytes of the node, from the index header on.
    pub const ALLOCATED_SIZE: Self =
        Self(Field::new("lying-index-allocated-size", "allocated size of the node", 0x20, 4));
}

/// A field of the boot sector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BootField(pub(super) Field);

impl BootField {
    /// "NTFS" and four spaces.
    pub const OEM_ID: Self = Self(Field::boot("oem-id", 0x03, 8));
    /// Bytes in a sector.
    pub const BYTES_PER_SECTOR: Self = Self(Field::boot("bytes-per-sector", 0x0B, 2));
    /// Sectors in a cluster.
    pub const SECTORS_PER_CLUSTER: Self = Self(Field::boot("sectors-per-cluster", 0x0D, 1));
    /// Sectors of the volume.
    pub const TOTAL_SECTORS: Self = Self(Field::boot("total-sectors", 0x28, 8));
    /// First cluster of the MFT.
    pub const MFT: Self = Self(Field::boot("mft-cluster", 0x30, 8));
    /// First cluster of the mirror of the MFT.
    pub const MIRROR: Self = Self(Field::boot("mirror-cluster", 0x38, 8));
    /// Size code of file record segments.
    pub const RECORD_SIZE: Self = Self(Field::boot("record-size", 0x40, 1));
    /// Size code of index blocks.
    pub const INDEX_BLOCK_SIZE: Self = Self(Field::boot("index-block-size", 0x44, 1));
    /// The serial number.
    pub const SERIAL: Self = Self(Field::boot("serial", 0x48, 8));
    /// 0xAA55.
    pub const SIGNATURE: Self = Self(Field::boot("signature", 0x1FE, 2));

    /// All of them, by their names in a spec.
    pub(super) const ALL: [Self; 10] = [
        Self::OEM_ID,
        Self::BYTES_PER_SECTOR,
        Self::SECTORS_PER_CLUSTER,
        Self::TOTAL_SECTORS,
        Self::MFT,
        Self::MIRROR,
        Self::RECORD_SIZE,
        Self::INDEX_BLOCK_SIZE,
        Self::SERIAL,
        Self::SIGNATURE,
    ];
}

impl Field {
    const fn boot(name: &'static str, offset: usize, width: usize) -> Self {
        Self::new("wrong-boot-field", name, offset, width)
    }
}
