//! `$EA`: extended attributes, where WSL keeps Linux owners, modes and device numbers.

use crate::bytes::{offset32, slice, u8_at, u16_at, u32_at};
use crate::issue::{Issue, IssueKind};

/// One extended attribute.
///
/// Source: libfsntfs "The extended attribute entry"; MS-FSCC 2.4.15 `FILE_FULL_EA_INFORMATION`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtendedAttribute<'a> {
    /// The name, ASCII by rule; not checked.
    pub name: &'a [u8],
    /// The value.
    pub value: &'a [u8],
    /// Whether a program that does not know the attribute must not open the file.
    pub is_needed: bool,
}

/// Walks the extended attributes in the value of an `$EA`; the first that does not fit is an `Err` and the last item.
///
/// The walk ends with the value, not at a distance of 0: the last entry mostly points to the end (ntfs-3g and Windows).
#[derive(Clone, Debug)]
pub struct ExtendedAttributes<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// Flag of an entry.
const NEED_EA: u8 = 0x80;

/// Bytes before an entry's name.
const ENTRY_HEADER: usize = 8;

impl<'a> ExtendedAttributes<'a> {
    /// The entries in the value of an `$EA`.
    pub fn new(value: &'a [u8]) -> Self {
        Self { bytes: value, offset: 0 }
    }
}

impl<'a> Iterator for ExtendedAttributes<'a> {
    type Item = Result<ExtendedAttribute<'a>, Issue>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..).filter(|rest| !rest.is_empty())?;
        let name_length = usize::from(u8_at(rest, 5).unwrap_or(0));
        let value_length = usize::from(u16_at(rest, 6).unwrap_or(0));
        // A NUL stands between name and value.
        let needed = ENTRY_HEADER + name_length + 1 + value_length;
        let name = slice(rest, ENTRY_HEADER, name_length);
        let value = slice(rest, ENTRY_HEADER + name_length + 1, value_length);
        let (Some(name), Some(value)) = (name, value) else {
            let kind = IssueKind::ExtendedAttributeOutOfBounds { needed: offset32(needed), left: offset32(rest.len()) };
            let issue = Issue::new(offset32(self.offset), kind);
            self.bytes = &[];
            return Some(Err(issue));
        };
        match u32_at(rest, 0) {
            Some(distance) if distance as usize >= needed => self.offset += distance as usize,
            _ => self.bytes = &[],
        }
        let is_needed = u8_at(rest, 4).is_some_and(|flags| flags & NEED_EA != 0);
        Some(Ok(ExtendedAttribute { name, value, is_needed }))
    }
}

/// Device numbers of a special file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// Which driver.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

/// What WSL (and the Linux drivers that follow it) keep of a file's Linux metadata; each part if present.
///
/// Source: Microsoft WSL documentation `file-permissions.md`; ntfs-3g `ea.c`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LinuxMetadata {
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Type and permissions, as `st_mode`.
    pub mode: Option<u32>,
    /// Device numbers.
    pub device: Option<Device>,
}

impl LinuxMetadata {
    /// Reads what the value of an `$EA` says of Linux, up to the first entry that does not fit, which is the issue.
    pub fn decode(value: &[u8]) -> (LinuxMetadata, Option<Issue>) {
        let mut metadata = LinuxMetadata::default();
        for attribute in ExtendedAttributes::new(value) {
            match attribute {
                Ok(attribute) => metadata.note(attribute),
                Err(issue) => return (metadata, Some(issue)),
            }
        }
        (metadata, None)
    }

    /// Takes in one extended attribute; others than those of Linux metadata change nothing.
    fn note(&mut self, attribute: ExtendedAttribute<'_>) {
        let number = |offset| u32_at(attribute.value, offset);
        match attribute.name {
            b"$LXUID" => self.uid = number(0),
            b"$LXGID" => self.gid = number(0),
            b"$LXMOD" => self.mode = number(0),
            b"$LXDEV" => self.device = number(0).zip(number(4)).map(|(major, minor)| Device { major, minor }),
            // The one attribute of the first WSL: u16 0, u16 1 (version), mode, uid, gid, device, then times.
            b"LXATTRB" if attribute.value.len() >= 20 && u16_at(attribute.value, 2) == Some(1) => {
                (self.mode, self.uid, self.gid) = (number(4), number(8), number(12));
            }
            _ => {}
        }
    }

    /// Whether no part is present.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One entry, padded to four bytes, whose distance reaches the end as ntfs-3g writes it.
    fn entry(name: &str, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0, 0, 0, name.len() as u8];
        bytes.extend((value.len() as u16).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let distance = bytes.len() as u32;
        bytes[0..4].copy_from_slice(&distance.to_le_bytes());
        bytes
    }

    #[test]
    fn wsl_attributes_are_read() {
        let device = [8_u32.to_le_bytes(), 1_u32.to_le_bytes()].concat();
        let value = [
            entry("$LXUID", &1000_u32.to_le_bytes()),
            entry("OTHER", b"x"),
            entry("$LXGID", &100_u32.to_le_bytes()),
            entry("$LXMOD", &0o060_644_u32.to_le_bytes()),
            entry("$LXDEV", &device),
        ]
        .concat();
        let expected = LinuxMetadata {
            uid: Some(1000),
            gid: Some(100),
            mode: Some(0o060_644),
            device: Some(Device { major: 8, minor: 1 }),
        };
        assert_eq!(LinuxMetadata::decode(&value), (expected, None));
    }

    #[test]
    fn a_distance_of_zero_ends_the_list() {
        let mut value = [entry("$LXUID", &[1, 0, 0, 0]), entry("$LXGID", &[2, 0, 0, 0])].concat();
        value[0..4].copy_from_slice(&[0; 4]);
        let (found, issue) = LinuxMetadata::decode(&value);
        assert_eq!((found.uid, found.gid, issue), (Some(1), None, None));
    }

    #[test]
    fn an_entry_that_does_not_fit_keeps_those_before_it() {
        let mut value = [entry("$LXUID", &[1, 0, 0, 0]), entry("$LXGID", &[2, 0, 0, 0])].concat();
        let second = entry("$LXUID", &[1, 0, 0, 0]).len();
        value[second + 6] = 200;
        let (found, issue) = LinuxMetadata::decode(&value);
        let kind = IssueKind::ExtendedAttributeOutOfBounds { needed: 215, left: 20 };
        assert_eq!((found.uid, issue), (Some(1), Some(Issue::new(20, kind))));
    }

    #[test]
    fn the_first_wsls_single_attribute_is_read() {
        let mut value = vec![0, 0, 1, 0];
        for number in [0o100_755_u32, 1000, 1001, 0] {
            value.extend(number.to_le_bytes());
        }
        value.resize(56, 0);
        let (found, _) = LinuxMetadata::decode(&entry("LXATTRB", &value));
        assert_eq!((found.mode, found.uid, found.gid), (Some(0o100_755), Some(1000), Some(1001)));
    }
}
