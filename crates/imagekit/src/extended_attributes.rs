//! `$EA_INFORMATION` and `$EA`: extended attributes, and those in which WSL keeps Linux owners, modes and devices.
//!
//! Source: libfsntfs "The extended attribute entry"; MS-FSCC 2.4.15 `FILE_FULL_EA_INFORMATION`; linux-ntfs
//! "$EA_INFORMATION (0xD0)".

use thiserror::Error;

use crate::description::ExtendedAttribute;

/// Bytes of an entry before its name.
const ENTRY_HEADER: usize = 8;
/// Set in an entry without which the file cannot be understood.
const NEED_EA: u8 = 0x80;
/// Bytes of the longest `$EA`.
///
/// Source: linux-ntfs "$EA (0xE0)", after the `$AttrDef` of Windows.
const LARGEST_LIST: usize = 65_536;

/// The values of both attributes of a file that has extended attributes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encoded {
    /// The value of `$EA_INFORMATION`.
    pub information: [u8; 8],
    /// The value of `$EA`.
    pub entries: Vec<u8>,
}

/// Why extended attributes cannot be stored. They are counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ExtendedAttributesError {
    /// The length of a name is one byte, and 0 is no name.
    #[error("the name of extended attribute {index} has {length} bytes instead of 1 to 255")]
    NameLength {
        /// Which attribute.
        index: usize,
        /// Bytes of its name.
        length: usize,
    },
    /// The length of a value is two bytes.
    #[error("the value of extended attribute {index} has {length} bytes, but at most 65535 can be stored")]
    ValueTooLong {
        /// Which attribute.
        index: usize,
        /// Bytes of its value.
        length: usize,
    },
    /// All together are too long.
    #[error("the extended attributes have {length} bytes, but a file has room for 65536")]
    ListTooLong {
        /// Bytes of all entries.
        length: usize,
    },
}

/// Both values for a file with these extended attributes, in their order. A file without any has neither attribute.
///
/// Every entry, the last one too, ends at a multiple of four bytes and says how far the next one is: that is what
/// ntfs-3g and the Linux driver ntfs3 write.
///
/// Not checked: that names are ASCII, and differ.
///
/// # Errors
/// A name, a value or the whole is too long.
pub fn encode(attributes: &[ExtendedAttribute]) -> Result<Encoded, ExtendedAttributesError> {
    let mut entries = Vec::new();
    for (index, attribute) in attributes.iter().enumerate() {
        entries.extend(entry(index, attribute)?);
    }
    if entries.len() > LARGEST_LIST {
        return Err(ExtendedAttributesError::ListTooLong { length: entries.len() });
    }
    // As OS/2 packed an entry: a header of 4 bytes, no padding. Each is at least 4 bytes shorter than stored here, so
    // that their sum, and all the more their number, fits in 16 bits.
    let packed: usize = attributes.iter().map(|attribute| 5 + attribute.name.len() + attribute.value.len()).sum();
    let needed = attributes.iter().filter(|attribute| attribute.is_needed).count();
    let [a, b, ..] = packed.to_le_bytes();
    let [c, d, ..] = needed.to_le_bytes();
    let [e, f, g, h, ..] = entries.len().to_le_bytes();
    Ok(Encoded { information: [a, b, c, d, e, f, g, h], entries })
}

/// Distance to the next entry, flags, length of the name, length of the value, name, NUL, value, padding.
fn entry(index: usize, attribute: &ExtendedAttribute) -> Result<Vec<u8>, ExtendedAttributesError> {
    let ExtendedAttribute { name, value, is_needed } = attribute;
    let name_length = u8::try_from(name.len()).ok().filter(|length| *length > 0);
    let name_length = name_length.ok_or(ExtendedAttributesError::NameLength { index, length: name.len() })?;
    let too_long = ExtendedAttributesError::ValueTooLong { index, length: value.len() };
    let value_length = u16::try_from(value.len()).map_err(|_| too_long)?.to_le_bytes();
    let length = (ENTRY_HEADER + name.len() + 1 + value.len()).next_multiple_of(4);
    let [a, b, c, d, ..] = length.to_le_bytes();
    let flags = if *is_needed { NEED_EA } else { 0 };
    let mut entry = [&[a, b, c, d, flags, name_length][..], &value_length, name, &[0], value].concat();
    entry.resize(length, 0);
    Ok(entry)
}

// What WSL keeps. Source: Microsoft WSL documentation `file-permissions.md`; ntfs-3g `ea.c` ---------------------------

/// `$LXUID`: the owner of a file of WSL.
pub fn lx_uid(uid: u32) -> ExtendedAttribute {
    linux(b"$LXUID", &uid.to_le_bytes())
}

/// `$LXGID`: the group of a file of WSL.
pub fn lx_gid(gid: u32) -> ExtendedAttribute {
    linux(b"$LXGID", &gid.to_le_bytes())
}

/// `$LXMOD`: type and permissions of a file of WSL, as `st_mode`.
pub fn lx_mode(mode: u32) -> ExtendedAttribute {
    linux(b"$LXMOD", &mode.to_le_bytes())
}

/// `$LXDEV`: the device numbers of a special file of WSL.
pub fn lx_device(major: u32, minor: u32) -> ExtendedAttribute {
    linux(b"$LXDEV", &[major.to_le_bytes(), minor.to_le_bytes()].concat())
}

fn linux(name: &[u8], value: &[u8]) -> ExtendedAttribute {
    ExtendedAttribute { name: name.to_vec(), value: value.to_vec(), is_needed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `22000000…` to bytes; blanks are skipped.
    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn check(attributes: &[ExtendedAttribute], information: &str, entries: &str) {
        let encoded = encode(attributes).unwrap();
        assert_eq!(encoded.information.to_vec(), hex(information));
        assert_eq!(encoded.entries, hex(entries));
    }

    fn attribute(name: &[u8], value: &[u8]) -> ExtendedAttribute {
        ExtendedAttribute { name: name.to_vec(), value: value.to_vec(), is_needed: false }
    }

    // Expected bytes: ntfs-3g 2022.10.3 with `special_files=wsl`, `mknod c c 4 64`, `mknod b b 8 17`, `mkfifo f` under
    // umask 0133.
    #[test]
    fn special_files_of_ntfs_3g() {
        check(
            &[lx_mode(0o20_644), lx_device(4, 64)],
            "2200 0000 2c000000",
            "14000000 00 06 0400 244c584d4f44 00 a4210000 00 18000000 00 06 0800 244c58444556 00 04000000 40000000 00",
        );
        check(
            &[lx_mode(0o60_644), lx_device(8, 17)],
            "2200 0000 2c000000",
            "14000000 00 06 0400 244c584d4f44 00 a4610000 00 18000000 00 06 0800 244c58444556 00 08000000 11000000 00",
        );
        check(&[lx_mode(0o10_644)], "0f00 0000 14000000", "14000000 00 06 0400 244c584d4f44 00 a4110000 00");
    }

    // Expected bytes: the Linux driver ntfs3 (syzkaller's image ntfs3-0, the file at 0xB800).
    #[test]
    fn owner_mode_and_two_more_of_ntfs3() {
        check(
            &[lx_uid(0), lx_gid(0), lx_mode(0o100_755), attribute(b"user.xattr1", b"xattr1"), {
                attribute(b"user.xattr2", b"xattr2")
            }],
            "5900 0000 74000000",
            "14000000 00 06 0400 244c58554944 00 00000000 00 14000000 00 06 0400 244c58474944 00 00000000 00
             14000000 00 06 0400 244c584d4f44 00 ed810000 00
             1c000000 00 0b 0600 757365722e786174747231 00 786174747231 0000
             1c000000 00 0b 0600 757365722e786174747232 00 786174747232 0000",
        );
    }

    // Expected `$EA_INFORMATION`: ntfs-3g 2022.10.3, given this list through `system.ntfs_ea`.
    #[test]
    fn a_needed_attribute_is_counted() {
        let needed = ExtendedAttribute { is_needed: true, ..attribute(b"NEED", b"abc") };
        check(
            &[needed, lx_uid(1000), attribute(b"EMPTY", b"")],
            "2500 0100 34000000",
            "10000000 80 04 0300 4e454544 00 616263 14000000 00 06 0400 244c58554944 00 e8030000 00
             10000000 00 05 0000 454d505459 00 0000",
        );
    }

    #[test]
    fn no_attributes_are_no_bytes() {
        check(&[], "0000 0000 00000000", "");
    }

    #[test]
    fn the_longest_list_has_65536_bytes() {
        // 8 bytes of header, a name of 3 and its NUL before the value.
        let longest = vec![0x61; 65_536 - 12];
        let encoded = encode(&[attribute(b"EAS", &longest)]).unwrap();
        assert_eq!(encoded.entries.len(), 65_536);
        assert_eq!(encoded.information, [0xFC, 0xFF, 0, 0, 0, 0, 1, 0]); // 65,532 packed
        let error = encode(&[attribute(b"EAS", &longest), lx_uid(0)]).unwrap_err();
        assert_eq!(error, ExtendedAttributesError::ListTooLong { length: 65_556 });
    }

    #[test]
    fn what_does_not_fit_its_length_is_named() {
        let check = |attribute, message: &str| {
            assert_eq!(encode(&[lx_uid(0), attribute]).unwrap_err().to_string(), message);
        };
        check(attribute(b"", b"x"), "the name of extended attribute 1 has 0 bytes instead of 1 to 255");
        check(attribute(&[0x41; 256], b"x"), "the name of extended attribute 1 has 256 bytes instead of 1 to 255");
        check(
            attribute(b"A", &[0; 65_536]),
            "the value of extended attribute 1 has 65536 bytes, but at most 65535 can be stored",
        );
    }
}
