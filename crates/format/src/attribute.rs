//! Attributes: what a file record segment is made of.

use bitflags::bitflags;

use crate::attribute_type::AttributeType;
use crate::bytes::{offset32, slice, u8_at, u16_at, u32_at, u64_at};
use crate::data_runs::DataRuns;
use crate::issue::{Issue, IssueKind};
use crate::units::Vcn;
use crate::utf16::Utf16;

bitflags! {
    /// Flags of an attribute.
    ///
    /// Source: libfsntfs "MFT attribute data flags".
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct AttributeFlags: u16 {
        /// The value is compressed (on an index root: children of the directory will be).
        const COMPRESSED = 0x0001;
        /// The value is encrypted.
        const ENCRYPTED = 0x4000;
        /// Runs of zeros take no clusters.
        const SPARSE = 0x8000;
        const _ = !0;
    }
}

/// One attribute, its ranges checked.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// In bytes from the start of the record.
    pub offset: u32,
    /// What the attribute is.
    pub type_code: AttributeType,
    /// The instance number, unique in the record.
    pub id: u16,
    /// Compressed, encrypted, sparse.
    pub flags: AttributeFlags,
    /// The name: that of a stream or an index; mostly empty.
    pub name: Utf16<'a>,
    /// Where the value is.
    pub form: Form<'a>,
}

/// Where an attribute's value is.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    /// In the record.
    Resident {
        /// The value.
        value: &'a [u8],
        /// In bytes from the start of the record.
        value_offset: u32,
    },
    /// In clusters.
    NonResident(NonResident<'a>),
}

/// Where a non-resident value, or one extent of it, lies.
///
/// The sizes are as stored; they are meaningful only where `lowest_vcn` is 0.
///
/// Source: libfsntfs "Non-resident MFT attribute".
#[derive(Clone, Copy, Debug)]
pub struct NonResident<'a> {
    /// The first cluster of the value that these runs describe.
    pub lowest_vcn: Vcn,
    /// The last one, inclusive; −1 (all bits set) for an empty value.
    pub highest_vcn: u64,
    /// Bytes of the clusters of the value, sparse ones included.
    pub allocated_size: u64,
    /// Bytes of the value.
    pub data_size: u64,
    /// Bytes of the value that were ever written; the rest reads as zeros.
    pub initialized_size: u64,
    /// Bytes of the clusters really taken: only of compressed and sparse values.
    pub total_allocated: Option<u64>,
    /// The encoded data runs.
    pub mapping_pairs: &'a [u8],
    /// In bytes from the start of the record.
    pub mapping_pairs_offset: u32,
}

impl<'a> NonResident<'a> {
    /// The data runs in stored order.
    pub fn data_runs(&self) -> DataRuns<'a> {
        DataRuns::new(self.mapping_pairs, self.lowest_vcn)
    }
}

/// The end marker, and what fills it up to 8 bytes.
const END_SIZE: usize = 8;

/// Walks the attributes of a record in stored order.
///
/// An attribute that is damaged inside its length is an `Err`, and the walk goes on; a length that does not fit ends it.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    bytes: &'a [u8],
    offset: usize,
    /// Whether the bytes end where the record says that they do.
    is_whole: bool,
}

impl<'a> Attributes<'a> {
    /// The attributes in `bytes` (a record cut to its used size), from `offset` on; at offset 0 there are none.
    pub(crate) fn new(bytes: &'a [u8], offset: usize, is_whole: bool) -> Self {
        Self { bytes: if offset == 0 { &[] } else { bytes }, offset, is_whole }
    }

    fn end(&mut self) {
        self.bytes = &[];
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Issue>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let offset = self.offset;
        let Some(type_code) = u32_at(self.bytes, offset).map(AttributeType) else {
            self.end();
            return Some(Err(Issue::new(offset32(offset), IssueKind::AttributesNotEnded)));
        };
        if type_code == AttributeType::END {
            let left = self.bytes.len() - offset;
            self.end();
            let kind = IssueKind::BytesBehindEnd { count: offset32(left.saturating_sub(END_SIZE)) };
            return (self.is_whole && left > END_SIZE).then(|| Err(Issue::new(offset32(offset), kind)));
        }
        let length = u32_at(self.bytes, offset + 4).unwrap_or(0);
        let attribute = slice(self.bytes, offset, length as usize).filter(|attribute| attribute.len() >= 16);
        let Some(attribute) = attribute else {
            let limit = offset32(self.bytes.len() - offset);
            self.end();
            let kind = IssueKind::AttributeLength { type_code, length, limit };
            return Some(Err(Issue::new(offset32(offset), kind)));
        };
        self.offset += attribute.len();
        if !type_code.is_known() {
            return Some(Err(Issue::new(offset32(offset), IssueKind::UnknownAttributeType { type_code })));
        }
        Some(decode(attribute, offset32(offset), type_code))
    }
}

/// Decodes one attribute, `bytes` being all of it.
#[inline]
fn decode(bytes: &[u8], offset: u32, type_code: AttributeType) -> Result<Attribute<'_>, Issue> {
    let length = offset32(bytes.len());
    let issue = |kind| Issue::new(offset, kind);
    let field = |at| u16_at(bytes, at).unwrap_or(0);
    let is_resident = u8_at(bytes, 8) == Some(0);
    let name_bytes = 2 * usize::from(u8_at(bytes, 9).unwrap_or(0));
    let name = match name_bytes {
        0 => Utf16::default(),
        _ => {
            let end = u32::from(field(0x0A)) + offset32(name_bytes);
            let name = slice(bytes, usize::from(field(0x0A)), name_bytes);
            Utf16::new(name.ok_or(issue(IssueKind::AttributeNameOutOfBounds { type_code, end, length }))?)
        }
    };
    let form = if is_resident {
        resident(bytes, offset, type_code)?
    } else {
        Form::NonResident(non_resident(bytes, offset, type_code)?)
    };
    Ok(Attribute {
        offset,
        type_code,
        id: field(0x0E),
        flags: AttributeFlags::from_bits_retain(field(0x0C)),
        name,
        form,
    })
}

#[inline]
fn resident(bytes: &[u8], offset: u32, type_code: AttributeType) -> Result<Form<'_>, Issue> {
    let length = offset32(bytes.len());
    let (Some(value_length), Some(value_offset)) = (u32_at(bytes, 0x10), u16_at(bytes, 0x14)) else {
        return Err(Issue::new(offset, IssueKind::AttributeHeaderTooShort { type_code, length, needed: 0x18 }));
    };
    // An empty value may begin at the very end of its attribute (ColinFinck/ntfs #6).
    match slice(bytes, usize::from(value_offset), value_length as usize) {
        Some(value) => Ok(Form::Resident { value, value_offset: offset + u32::from(value_offset) }),
        None => {
            let end = value_length.saturating_add(u32::from(value_offset));
            Err(Issue::new(offset, IssueKind::AttributeValueOutOfBounds { type_code, end, length }))
        }
    }
}

#[inline]
fn non_resident(bytes: &[u8], offset: u32, type_code: AttributeType) -> Result<NonResident<'_>, Issue> {
    let length = offset32(bytes.len());
    let Some(header) = bytes.first_chunk::<0x40>() else {
        return Err(Issue::new(offset, IssueKind::AttributeHeaderTooShort { type_code, length, needed: 0x40 }));
    };
    let field = |at| u64_at(header, at).unwrap_or(0);
    let start = u16_at(header, 0x20).unwrap_or(0);
    let Some(mapping_pairs) = bytes.get(usize::from(start)..).filter(|_| start >= 0x40) else {
        let start = u32::from(start);
        return Err(Issue::new(offset, IssueKind::MappingPairsOutOfBounds { type_code, start, length }));
    };
    let compression_unit = u8_at(header, 0x22).unwrap_or(0);
    Ok(NonResident {
        lowest_vcn: Vcn(field(0x10)),
        highest_vcn: field(0x18),
        allocated_size: field(0x28),
        data_size: field(0x30),
        initialized_size: field(0x38),
        total_allocated: if compression_unit == 0 { None } else { u64_at(bytes, 0x40) },
        mapping_pairs,
        mapping_pairs_offset: offset + u32::from(start),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A resident $FILE_NAME attribute (0x20 bytes) with a value of 3 bytes, then the end marker.
    fn resident_attribute() -> Vec<u8> {
        let mut bytes = vec![0; 0x10]; // stands for the record header
        bytes.extend(0x30u32.to_le_bytes()); // type
        bytes.extend(0x20u32.to_le_bytes()); // length
        bytes.extend([0, 0]); // resident, no name
        bytes.extend(0u16.to_le_bytes()); // name offset
        bytes.extend(0u16.to_le_bytes()); // flags
        bytes.extend(3u16.to_le_bytes()); // id
        bytes.extend(3u32.to_le_bytes()); // value length
        bytes.extend(0x18u16.to_le_bytes()); // value offset
        bytes.extend([1, 0]); // indexed
        bytes.extend([0xAA, 0xBB, 0xCC, 0, 0, 0, 0, 0]); // value, padding
        bytes.extend([0xFF; 8]); // end marker
        bytes
    }

    fn walk(bytes: &[u8]) -> Vec<Result<Attribute<'_>, Issue>> {
        Attributes::new(bytes, 0x10, true).collect()
    }

    fn check_issue(bytes: &[u8], expected: IssueKind) {
        let found: Vec<Issue> = walk(bytes).into_iter().filter_map(Result::err).collect();
        assert_eq!(found, [Issue::new(0x10, expected)]);
    }

    const FILE_NAME: AttributeType = AttributeType::FILE_NAME;

    #[test]
    fn a_resident_value_is_found() {
        let bytes = resident_attribute();
        let found = walk(&bytes);
        let [Ok(attribute)] = &found[..] else { panic!("one attribute, not {found:?}") };
        assert_eq!((attribute.type_code, attribute.id, attribute.offset), (FILE_NAME, 3, 0x10));
        assert!(matches!(attribute.form, Form::Resident { value: [0xAA, 0xBB, 0xCC], value_offset: 0x28 }));
    }

    #[test]
    fn an_empty_value_may_begin_at_the_end_of_its_attribute() {
        let mut bytes = resident_attribute();
        bytes[0x20..0x24].copy_from_slice(&0u32.to_le_bytes());
        bytes[0x24] = 0x20;
        assert!(matches!(walk(&bytes)[..], [Ok(Attribute { form: Form::Resident { value: [], .. }, .. })]));
    }

    #[test]
    fn a_value_past_its_attribute_is_an_issue() {
        let mut bytes = resident_attribute();
        bytes[0x20] = 9;
        check_issue(&bytes, IssueKind::AttributeValueOutOfBounds { type_code: FILE_NAME, end: 0x21, length: 0x20 });
        bytes[0x20..0x24].copy_from_slice(&u32::MAX.to_le_bytes());
        let end = u32::MAX;
        check_issue(&bytes, IssueKind::AttributeValueOutOfBounds { type_code: FILE_NAME, end, length: 0x20 });
    }

    #[test]
    fn a_length_that_does_not_fit_ends_the_walk() {
        for length in [0_u32, 15, 0x29, u32::MAX] {
            let mut bytes = resident_attribute();
            bytes[0x14..0x18].copy_from_slice(&length.to_le_bytes());
            check_issue(&bytes, IssueKind::AttributeLength { type_code: FILE_NAME, length, limit: 0x28 });
        }
    }

    #[test]
    fn an_attribute_of_no_known_type_is_an_issue_and_does_not_hide_the_next() {
        let mut bytes = resident_attribute();
        let second: Vec<u8> = bytes[0x10..0x30].to_vec();
        bytes.splice(0x30..0x30, second);
        bytes[0x10] = 0;
        let type_code = AttributeType(0);
        check_issue(&bytes, IssueKind::UnknownAttributeType { type_code });
        assert!(matches!(walk(&bytes)[..], [Err(_), Ok(_)]));
    }

    #[test]
    fn a_sixteen_byte_attribute_has_no_room_for_its_header() {
        let mut bytes = resident_attribute();
        bytes[0x14..0x18].copy_from_slice(&16u32.to_le_bytes());
        bytes.truncate(0x20);
        bytes.extend([0xFF; 8]);
        check_issue(&bytes, IssueKind::AttributeHeaderTooShort { type_code: FILE_NAME, length: 16, needed: 0x18 });
        bytes[0x18] = 1; // non-resident
        check_issue(&bytes, IssueKind::AttributeHeaderTooShort { type_code: FILE_NAME, length: 16, needed: 0x40 });
    }

    #[test]
    fn a_name_past_its_attribute_is_an_issue() {
        let mut bytes = resident_attribute();
        bytes[0x19] = 5;
        bytes[0x1A] = 0x17;
        check_issue(&bytes, IssueKind::AttributeNameOutOfBounds { type_code: FILE_NAME, end: 0x21, length: 0x20 });
    }

    #[test]
    fn a_damaged_attribute_does_not_hide_the_next() {
        let mut bytes = resident_attribute();
        let second: Vec<u8> = bytes[0x10..0x30].to_vec();
        bytes[0x20] = 9;
        bytes.splice(0x30..0x30, second);
        assert!(matches!(walk(&bytes)[..], [Err(_), Ok(_)]));
    }

    /// A non-resident $DATA attribute of 0x48 bytes with one run of 4 clusters at cluster 0x20.
    fn non_resident_attribute() -> Vec<u8> {
        let mut bytes = vec![0; 0x10];
        bytes.extend(0x80u32.to_le_bytes()); // type
        bytes.extend(0x48u32.to_le_bytes()); // length
        bytes.extend([1, 0]); // non-resident, no name
        bytes.extend([0; 4]); // name offset, flags
        bytes.extend(1u16.to_le_bytes()); // id
        bytes.extend(0u64.to_le_bytes()); // lowest VCN
        bytes.extend(3u64.to_le_bytes()); // highest VCN
        bytes.extend(0x40u16.to_le_bytes()); // mapping pairs
        bytes.extend([0; 6]); // compression unit, reserved
        bytes.extend(0x4000u64.to_le_bytes()); // allocated
        bytes.extend(0x3800u64.to_le_bytes()); // data size
        bytes.extend(0x3000u64.to_le_bytes()); // initialised
        bytes.extend([0x11, 4, 0x20, 0, 0, 0, 0, 0]);
        bytes.extend([0xFF; 8]);
        bytes
    }

    #[test]
    fn a_non_resident_value_gives_its_sizes_and_runs() {
        let bytes = non_resident_attribute();
        let found = walk(&bytes);
        let [Ok(Attribute { form: Form::NonResident(value), .. })] = &found[..] else { panic!("{found:?}") };
        assert_eq!((value.allocated_size, value.data_size, value.initialized_size), (0x4000, 0x3800, 0x3000));
        assert_eq!((value.highest_vcn, value.total_allocated, value.mapping_pairs_offset), (3, None, 0x50));
        assert_eq!(value.data_runs().count(), 1);
    }

    #[test]
    fn mapping_pairs_outside_the_attribute_are_an_issue() {
        for start in [0_u16, 0x3F, 0x49, 0xFFFF] {
            let mut bytes = non_resident_attribute();
            bytes[0x30..0x32].copy_from_slice(&start.to_le_bytes());
            let start = u32::from(start);
            let type_code = AttributeType::DATA;
            check_issue(&bytes, IssueKind::MappingPairsOutOfBounds { type_code, start, length: 0x48 });
        }
    }
}
