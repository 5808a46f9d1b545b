//! `$ATTRIBUTE_LIST`: which records hold a file's attributes.

use crate::attribute_type::AttributeType;
use crate::bytes::{offset32, slice, u8_at, u16_at, u32_at, u64_at};
use crate::issue::{Issue, IssueKind};
use crate::units::{FileReference, Vcn};
use crate::utf16::Utf16;

/// One attribute (or one extent of it) and the record that holds it.
///
/// Source: libfsntfs "The attribute list"; Microsoft DevNotes `ATTRIBUTE_LIST_ENTRY`.
#[derive(Clone, Copy, Debug)]
pub struct AttributeListEntry<'a> {
    /// The attribute's type.
    pub type_code: AttributeType,
    /// The attribute's name; empty where that does not lie in the entry.
    pub name: Utf16<'a>,
    /// The first cluster of the extent; 0 for a resident attribute.
    pub lowest_vcn: Vcn,
    /// The record that holds the attribute: the base record or one of its extension records. Not checked.
    pub holder: FileReference,
    /// The attribute's id in that record.
    pub id: u16,
}

/// The largest attribute list that NTFS makes, in bytes.
///
/// Source: libfsntfs "The attribute list".
pub const LARGEST_ATTRIBUTE_LIST: u64 = 256 * 1024;

/// Bytes of an entry before its name.
const ENTRY_HEADER: usize = 0x1A;

/// Walks the entries of an attribute list in stored order.
///
/// Entries keep that order: sorting them by VCN mixes up `$MFT` on real volumes (libfsntfs #35). A length that does not
/// fit is an `Err` and the last item.
#[derive(Clone, Debug)]
pub struct AttributeListEntries<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> AttributeListEntries<'a> {
    /// The entries in the value of an `$ATTRIBUTE_LIST`.
    pub fn new(value: &'a [u8]) -> Self {
        Self { bytes: value, offset: 0 }
    }
}

impl<'a> Iterator for AttributeListEntries<'a> {
    type Item = Result<AttributeListEntry<'a>, Issue>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..).filter(|rest| !rest.is_empty())?;
        let at = offset32(self.offset);
        let length = u16_at(rest, 4).unwrap_or(0);
        let entry = slice(rest, 0, usize::from(length)).and_then(decode);
        match entry {
            Some(entry) => {
                self.offset += usize::from(length);
                Some(Ok(entry))
            }
            None => {
                self.bytes = &[];
                let kind = IssueKind::AttributeListEntryOutOfBounds { length, limit: offset32(rest.len()) };
                Some(Err(Issue::new(at, kind)))
            }
        }
    }
}

/// Decodes one entry; `None` if it is shorter than its fixed fields.
fn decode(entry: &[u8]) -> Option<AttributeListEntry<'_>> {
    let fixed = slice(entry, 0, ENTRY_HEADER)?;
    let name_bytes = 2 * usize::from(u8_at(fixed, 6)?);
    let name = slice(entry, usize::from(u8_at(fixed, 7)?), name_bytes).unwrap_or_default();
    Some(AttributeListEntry {
        type_code: AttributeType(u32_at(fixed, 0)?),
        name: Utf16::new(name),
        lowest_vcn: Vcn(u64_at(fixed, 8)?),
        holder: FileReference(u64_at(fixed, 0x10)?),
        id: u16_at(fixed, 0x18)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(type_code: u32, holder: FileReference, id: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(type_code.to_le_bytes());
        bytes.extend(32u16.to_le_bytes()); // length
        bytes.extend([0, 0x1A]); // no name
        bytes.extend(0u64.to_le_bytes()); // lowest VCN
        bytes.extend(holder.0.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend([0; 6]); // padding
        bytes
    }

    #[test]
    fn entries_come_in_stored_order() {
        let list = [entry(0x30, FileReference::new(70, 2), 4), entry(0x10, FileReference::new(64, 1), 0)].concat();
        let entries: Vec<_> = AttributeListEntries::new(&list).map(Result::unwrap).collect();
        let holders: Vec<_> = entries.iter().map(|entry| (entry.type_code.0, entry.holder.to_string())).collect();
        assert_eq!(holders, [(0x30, "70-2".to_owned()), (0x10, "64-1".to_owned())]);
    }

    #[test]
    fn a_length_that_does_not_fit_ends_the_list() {
        for length in [0_u16, 25, 33, 0xFFFF] {
            let mut list =
                [entry(0x30, FileReference::new(70, 2), 4), entry(0x80, FileReference::new(70, 2), 5)].concat();
            list[36..38].copy_from_slice(&length.to_le_bytes());
            let found: Vec<_> = AttributeListEntries::new(&list).collect();
            let kind = IssueKind::AttributeListEntryOutOfBounds { length, limit: 32 };
            assert!(matches!(&found[..], [Ok(_), Err(issue)] if *issue == Issue::new(32, kind)), "{found:?}");
        }
    }

    #[test]
    fn an_empty_list_has_no_entries() {
        assert_eq!(AttributeListEntries::new(&[]).count(), 0);
    }
}
