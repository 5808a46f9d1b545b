//! What an attribute is.

use std::fmt;

/// The type of an attribute.
///
/// Source: libfsntfs "The attribute types"; Microsoft DevNotes `ATTRIBUTE_TYPE_CODE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(pub u32);

impl AttributeType {
    /// Times, attributes and flags of the file.
    pub const STANDARD_INFORMATION: Self = Self(0x10);
    /// Which records hold the file's attributes.
    pub const ATTRIBUTE_LIST: Self = Self(0x20);
    /// One name of the file, with its parent.
    pub const FILE_NAME: Self = Self(0x30);
    /// The GUID by which shell links track the file.
    pub const OBJECT_ID: Self = Self(0x40);
    /// The label of the volume (record 3).
    pub const VOLUME_NAME: Self = Self(0x60);
    /// Version and flags of the volume (record 3).
    pub const VOLUME_INFORMATION: Self = Self(0x70);
    /// Content.
    pub const DATA: Self = Self(0x80);
    /// Root node of an index.
    pub const INDEX_ROOT: Self = Self(0x90);
    /// Tag and data of a reparse point.
    pub const REPARSE_POINT: Self = Self(0xC0);
    /// Extended attributes.
    pub const EXTENDED_ATTRIBUTES: Self = Self(0xE0);
    /// Not an attribute: the end of the list.
    pub const END: Self = Self(0xFFFF_FFFF);

    /// Whether NTFS has attributes of this type, or leaves the type to users.
    ///
    /// Source: libfsntfs "The attribute types"; `$AttrDef` reserves 0x1000 and up for users.
    pub(crate) fn is_known(self) -> bool {
        matches!(self.0, 0x10..=0x100 if self.0.is_multiple_of(0x10)) || self.0 >= 0x1000
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0x10 => "$STANDARD_INFORMATION",
            0x20 => "$ATTRIBUTE_LIST",
            0x30 => "$FILE_NAME",
            0x40 => "$OBJECT_ID",
            0x50 => "$SECURITY_DESCRIPTOR",
            0x60 => "$VOLUME_NAME",
            0x70 => "$VOLUME_INFORMATION",
            0x80 => "$DATA",
            0x90 => "$INDEX_ROOT",
            0xA0 => "$INDEX_ALLOCATION",
            0xB0 => "$BITMAP",
            0xC0 => "$REPARSE_POINT",
            0xD0 => "$EA_INFORMATION",
            0xE0 => "$EA",
            0xF0 => "$PROPERTY_SET",
            0x100 => "$LOGGED_UTILITY_STREAM",
            other => return write!(f, "{other:#x}"),
        })
    }
}

impl fmt::Debug for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
