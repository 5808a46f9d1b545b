//! `$REPARSE_POINT`: a tag, and what whoever owns the tag keeps with it.
//!
//! Source: MS-FSCC 2.1.2 "Reparse Point Data Structures", unless a type says otherwise.

use std::io::Cursor;

use binrw::BinRead;

use crate::bytes::{array, offset32, slice, u16_at, u32_at, u64_at};
use crate::extended_attributes::Device;
use crate::issue::{Issue, IssueKind, PathName};
use crate::reparse_tag::ReparseTag;
use crate::units::Guid;
use crate::utf16::Utf16;

/// Bytes of tag, data length and a reserved word.
const HEADER: usize = 8;
/// Bytes of that and the GUID of a tag that is not Microsoft's.
const GUID_HEADER: usize = 24;

/// A reparse point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReparsePoint<'a> {
    /// What kind.
    pub tag: ReparseTag,
    /// Bytes of data by the header, header and GUID not counted.
    pub data_length: u16,
    /// Bytes of the whole value by the attribute.
    pub value_length: u32,
    /// The owner of a tag that is not Microsoft's.
    pub guid: Option<Guid>,
    /// What the data says.
    pub data: ReparseData<'a>,
}

/// The data of a reparse point. A name that does not lie in the data is absent, and an issue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReparseData<'a> {
    /// A junction or a volume mount point.
    MountPoint {
        /// Where it leads.
        substitute_name: Option<Utf16<'a>>,
        /// What people are shown; may be empty or differ.
        print_name: Option<Utf16<'a>>,
    },
    /// A symbolic link of Windows, or a global reparse point, which shares its layout.
    Symlink {
        /// Where it leads.
        substitute_name: Option<Utf16<'a>>,
        /// What people are shown; may be empty or differ.
        print_name: Option<Utf16<'a>>,
        /// Whether the target is meant from where the link is.
        relative: bool,
    },
    /// A symbolic link of WSL: a path in POSIX form, UTF-8 by rule.
    WslSymlink {
        /// The target's bytes.
        target: &'a [u8],
    },
    /// An object of Server for NFS.
    Nfs(NfsObject<'a>),
    /// An app execution alias: package, entry point, executable, application type; fewer or more can occur.
    AppExecLink {
        /// The strings in stored order.
        strings: Vec<Utf16<'a>>,
    },
    /// A file whose content the Windows Overlay Filter makes up.
    Wof(Wof),
    /// A placeholder of a container layer.
    Wci {
        /// The layer that has the file.
        layer: Guid,
        /// Its path there.
        path: Utf16<'a>,
    },
    /// Data that is not decoded here, or could not be.
    Opaque(&'a [u8]),
}

/// What an NFS reparse point stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NfsObject<'a> {
    /// A symbolic link: a path in POSIX form.
    Symlink(Utf16<'a>),
    /// A character device.
    Character(Device),
    /// A block device.
    Block(Device),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// How the Windows Overlay Filter keeps a file.
///
/// Source: Windows SDK `WOF_EXTERNAL_INFO`, `FILE_PROVIDER_EXTERNAL_INFO_V1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wof {
    /// 1: in a WIM file; 2: compressed in a stream of the file.
    pub provider: u32,
    /// Of provider 2: 0 XPRESS4K, 1 LZX, 2 XPRESS8K, 3 XPRESS16K.
    pub algorithm: Option<u32>,
}

impl<'a> ReparsePoint<'a> {
    /// Reads a reparse point from the value of its attribute. What is wrong goes to `issues`, with offsets from the start
    /// of the value, and everything else is still read.
    ///
    /// Not checked: whether a target is one that Windows would follow.
    ///
    /// # Errors
    /// The value is shorter than the header.
    pub fn decode(value: &'a [u8], issues: &mut Vec<Issue>) -> Result<ReparsePoint<'a>, Issue> {
        let value_length = offset32(value.len());
        let too_short = |needed| Issue::new(0, IssueKind::ReparseTooShort { length: value_length, needed });
        let tag = u32_at(value, 0).map(ReparseTag).ok_or(too_short(8))?;
        let data_length = u16_at(value, 4).filter(|_| value.len() >= HEADER).ok_or(too_short(8))?;
        // A Microsoft tag may come with a GUID too; where the data has a layout of its own, the rest is slack instead.
        let decoder = decoder(tag);
        let guid_length = GUID_HEADER + usize::from(data_length);
        let has_guid = !tag.is_microsoft() || decoder.is_none() && value.len() == guid_length;
        let header = if has_guid { GUID_HEADER } else { HEADER };
        let available = value.get(header..).ok_or(too_short(24))?;
        let data = available.get(..usize::from(data_length)).unwrap_or(available);
        let available = offset32(available.len());
        if available < u32::from(data_length) {
            issues.push(Issue::new(4, IssueKind::ReparseDataTooLong { data_length, available }));
        } else if available > u32::from(data_length) {
            issues.push(Issue::new(4, IssueKind::ReparseSlack { data_length, available }));
        }
        let mut data_issues = Vec::new();
        let decoded = match decoder {
            Some((decode, needed)) => decode(data, &mut data_issues).unwrap_or_else(|| {
                let kind = IssueKind::ReparseDataMalformed { tag: tag.0, length: offset32(data.len()), needed };
                data_issues.push(Issue::new(0, kind));
                ReparseData::Opaque(data)
            }),
            None => ReparseData::Opaque(data),
        };
        issues.extend(data_issues.into_iter().map(|issue| issue.shifted(offset32(header))));
        let guid = has_guid.then(|| array(value, HEADER).map(Guid)).flatten();
        Ok(ReparsePoint { tag, data_length, value_length, guid, data: decoded })
    }
}

/// Reads the data of one tag; offsets of issues are from the start of the data. `None` if the data is too short for its
/// layout, or of another version.
type Decoder = for<'a> fn(&'a [u8], &mut Vec<Issue>) -> Option<ReparseData<'a>>;

/// How the data of a tag is read, and how many bytes that takes at least; `None` for a tag whose data is opaque.
fn decoder(tag: ReparseTag) -> Option<(Decoder, u32)> {
    Some(match tag {
        ReparseTag::MOUNT_POINT => (mount_point, 8),
        ReparseTag::SYMLINK | ReparseTag::GLOBAL_REPARSE => (symlink, 12),
        ReparseTag::LX_SYMLINK => (wsl_symlink, 4),
        ReparseTag::NFS => (nfs, 8),
        ReparseTag::APPEXECLINK => (app_exec_link, 4),
        ReparseTag::WOF => (wof, 16),
        ReparseTag::WCI | ReparseTag::WCI_1 => (wci, 26),
        _ => return None,
    })
}

/// The four numbers with which the data of mount points and symbolic links begins.
#[derive(BinRead, Clone, Copy)]
#[br(little)]
struct NameRanges {
    substitute_offset: u16,
    substitute_length: u16,
    print_offset: u16,
    print_length: u16,
}

/// Bytes of [`NameRanges`].
const NAME_RANGES: usize = 8;
/// Bytes of that and the flags of a symbolic link.
const SYMLINK_HEADER: usize = 12;

impl NameRanges {
    /// Both names in the path buffer, which begins `buffer_offset` bytes into the data.
    fn names<'a>(
        self,
        data: &'a [u8],
        buffer_offset: usize,
        issues: &mut Vec<Issue>,
    ) -> (Option<Utf16<'a>>, Option<Utf16<'a>>) {
        let buffer = data.get(buffer_offset..).unwrap_or_default();
        let mut name = |name, field, offset, length| {
            let found = path_name(buffer, name, offset, length);
            issues.extend(found.1.map(|kind| Issue::new(field, kind)));
            found.0
        };
        let substitute = name(PathName::Substitute, 0, self.substitute_offset, self.substitute_length);
        let print = name(PathName::Print, 4, self.print_offset, self.print_length);
        if substitute.is_some_and(Utf16::is_empty) {
            issues.push(Issue::new(2, IssueKind::EmptySubstituteName));
        }
        (substitute, print)
    }
}

/// One name of a path buffer; of an odd range, its whole units.
fn path_name(buffer: &[u8], name: PathName, offset: u16, length: u16) -> (Option<Utf16<'_>>, Option<IssueKind>) {
    let Some(found) = slice(buffer, usize::from(offset), usize::from(length)) else {
        // Windows itself leaves the offset of an empty print name past the buffer (PowerShell's junctions).
        if length == 0 {
            return (Some(Utf16::default()), None);
        }
        let buffer = offset32(buffer.len());
        return (None, Some(IssueKind::PathOutOfBounds { name, offset, length, buffer }));
    };
    let odd = (offset | length) & 1 != 0;
    (Some(Utf16::new(found)), odd.then_some(IssueKind::PathOdd { name, offset, length }))
}

fn mount_point<'a>(data: &'a [u8], issues: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let ranges = NameRanges::read(&mut Cursor::new(data)).ok()?;
    let (substitute_name, print_name) = ranges.names(data, NAME_RANGES, issues);
    Some(ReparseData::MountPoint { substitute_name, print_name })
}

fn symlink<'a>(data: &'a [u8], issues: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let ranges = NameRanges::read(&mut Cursor::new(data)).ok()?;
    let relative = u32_at(data, NAME_RANGES)? & 1 != 0;
    let (substitute_name, print_name) = ranges.names(data, SYMLINK_HEADER, issues);
    Some(ReparseData::Symlink { substitute_name, print_name, relative })
}

/// Version 2 keeps the target here; version 1 kept it in the file's content, and is not decoded.
///
/// Source: ntfs-3g `reparse.c`.
fn wsl_symlink<'a>(data: &'a [u8], _: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let target = data.get(4..)?;
    (u32_at(data, 0)? == 2).then_some(ReparseData::WslSymlink { target })
}

/// Source: MS-FSCC 2.1.2.6 "Network File System (NFS) Reparse Data Buffer".
fn nfs<'a>(data: &'a [u8], _: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let device = || Some(Device { major: u32_at(data, 8)?, minor: u32_at(data, 12)? });
    let object = match u64_at(data, 0)? {
        0x014B_4E4C => NfsObject::Symlink(Utf16::new(data.get(8..)?)),
        0x0052_4843 => NfsObject::Character(device()?),
        0x004B_4C42 => NfsObject::Block(device()?),
        0x4F46_4946 => NfsObject::Fifo,
        0x4B43_4F53 => NfsObject::Socket,
        _ => return None,
    };
    Some(ReparseData::Nfs(object))
}

/// NUL-terminated strings after a version, which is 3 wherever it was seen; the last one's NUL may be missing.
fn app_exec_link<'a>(data: &'a [u8], _: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let mut rest = data.get(4..)?;
    let mut strings = Vec::new();
    while rest.len() >= 2 {
        let end = 2 * Utf16::new(rest).units().take_while(|unit| *unit != 0).count();
        let (string, after) = rest.split_at_checked(end)?;
        strings.push(Utf16::new(string));
        rest = after.get(2..).unwrap_or_default();
    }
    Some(ReparseData::AppExecLink { strings })
}

fn wof<'a>(data: &'a [u8], _: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let provider = u32_at(data, 4).filter(|_| u32_at(data, 0) == Some(1))?;
    let algorithm = if provider == 2 { Some(u32_at(data, 12)?) } else { None };
    Some(ReparseData::Wof(Wof { provider, algorithm }))
}

/// Source: NtApiDotNet `ReparseBuffer`.
fn wci<'a>(data: &'a [u8], _: &mut Vec<Issue>) -> Option<ReparseData<'a>> {
    let layer = array(data, 8).map(Guid)?;
    let length = usize::from(u16_at(data, 0x18)?);
    Some(ReparseData::Wci { layer, path: Utf16::new(slice(data, 0x1A, length)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `030000a0…` to bytes.
    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn decode(value: &[u8]) -> (ReparsePoint<'_>, Vec<Issue>) {
        let mut issues = Vec::new();
        let decoded = ReparsePoint::decode(value, &mut issues).expect("a reparse point");
        (decoded, issues)
    }

    /// Substitute name, print name, relative.
    fn check_link(value: &[u8], substitute: &str, print: &str, expected_relative: Option<bool>) {
        let (found, issues) = decode(value);
        assert_eq!(issues, []);
        let (substitute_name, print_name, found_relative) = match found.data {
            ReparseData::MountPoint { substitute_name, print_name } => (substitute_name, print_name, None),
            ReparseData::Symlink { substitute_name, print_name, relative } => {
                (substitute_name, print_name, Some(relative))
            }
            other => panic!("a link, not {other:?}"),
        };
        let text = |name: Option<Utf16<'_>>| name.map(|name| name.to_wtf8().as_wtf8().to_string());
        assert_eq!(text(substitute_name).as_deref(), Some(substitute));
        assert_eq!(text(print_name).as_deref(), Some(print));
        assert_eq!(found_relative, expected_relative);
    }

    /// Made by `mklink /J` on Windows 10 (libfsntfs sample MFT, record 47).
    const JUNCTION: &str = "030000a0 40000000 0000 1e00 2000 1600 \
        5c003f003f005c0078003a005c0074006500730074006400690072003100 0000 \
        78003a005c0074006500730074006400690072003100 0000";

    #[test]
    fn a_junction_made_by_mklink() {
        check_link(&hex(JUNCTION), r"\??\x:\testdir1", r"x:\testdir1", None);
    }

    #[test]
    fn a_directory_symlink_made_by_mklink_has_its_print_name_first() {
        // libfsntfs sample MFT, record 48.
        let value = hex("0c0000a0 40000000 1600 1e00 0000 1600 00000000 \
            78003a005c0074006500730074006400690072003100 \
            5c003f003f005c0078003a005c0074006500730074006400690072003100");
        check_link(&value, r"\??\x:\testdir1", r"x:\testdir1", Some(false));
    }

    #[test]
    fn a_file_symlink_made_by_mklink() {
        // libfsntfs sample MFT, record 46.
        let value = hex("0c0000a0 68000000 2a00 3200 0000 2a00 00000000 \
            78003a005c00740065007300740064006900720031005c007400650073007400660069006c0065003100 \
            5c003f003f005c0078003a005c00740065007300740064006900720031005c007400650073007400660069006c0065003100");
        check_link(&value, r"\??\x:\testdir1\testfile1", r"x:\testdir1\testfile1", Some(false));
    }

    #[test]
    fn a_relative_symlink_to_its_own_directory() {
        // winfsp #454.
        let value = hex("0c0000a0 10000000 0200 0200 0000 0200 01000000 2e00 2e00");
        check_link(&value, ".", ".", Some(true));
    }

    #[test]
    fn a_junction_without_print_name_and_with_garbage_at_its_end() {
        // The X-Ways sample MFT: the data length counts two bytes after the NUL.
        let target = utf16(r"\??\P:\Pictures");
        let value = [hex("030000a0 2a000000 0000 1e00 2000 0000"), target, hex("0000 c5ff")].concat();
        check_link(&value, r"\??\P:\Pictures", "", None);
    }

    #[test]
    fn both_names_may_share_their_bytes() {
        let value = [hex("0c0000a0 12000000 0000 0600 0000 0600 01000000"), utf16(r"..\")].concat();
        check_link(&value, r"..\", r"..\", Some(true));
    }

    fn check_issue(value: &[u8], expected: &[Issue]) {
        assert_eq!(decode(value).1, expected);
    }

    #[test]
    fn a_name_past_the_path_buffer_is_absent_and_reported() {
        let mut value = hex(JUNCTION);
        value[0x0E] = 0x18; // print length: two bytes more than the buffer has after its NUL
        value[0x0C] = 0x22;
        let kind = IssueKind::PathOutOfBounds { name: PathName::Print, offset: 0x22, length: 0x18, buffer: 0x38 };
        check_issue(&value, &[Issue::new(12, kind)]);
        assert!(matches!(
            decode(&value).0.data,
            ReparseData::MountPoint { substitute_name: Some(_), print_name: None }
        ));
    }

    #[test]
    fn an_odd_range_is_reported_and_read() {
        let mut value = hex(JUNCTION);
        value[0x0A] = 0x1D;
        let kind = IssueKind::PathOdd { name: PathName::Substitute, offset: 0, length: 0x1D };
        check_issue(&value, &[Issue::new(8, kind)]);
    }

    #[test]
    fn an_empty_substitute_name_is_reported() {
        let mut value = hex(JUNCTION);
        value[0x0A] = 0;
        check_issue(&value, &[Issue::new(10, IssueKind::EmptySubstituteName)]);
    }

    #[test]
    fn a_data_length_other_than_the_attributes_is_reported() {
        let mut value = hex(JUNCTION);
        value[4] = 0x41;
        check_issue(&value, &[Issue::new(4, IssueKind::ReparseDataTooLong { data_length: 0x41, available: 0x40 })]);
        value[4] = 0x3E;
        check_issue(&value, &[Issue::new(4, IssueKind::ReparseSlack { data_length: 0x3E, available: 0x40 })]);
    }

    #[test]
    fn a_link_with_sixteen_bytes_of_slack_has_no_guid() {
        let value = [hex(JUNCTION), vec![0; 16]].concat();
        let (found, issues) = decode(&value);
        assert!(found.guid.is_none() && matches!(found.data, ReparseData::MountPoint { .. }));
        assert_eq!(issues, [Issue::new(4, IssueKind::ReparseSlack { data_length: 0x40, available: 0x50 })]);
    }

    #[test]
    fn a_value_shorter_than_its_header_is_an_error() {
        let check = |value: &[u8], needed| {
            let kind = IssueKind::ReparseTooShort { length: value.len() as u32, needed };
            assert_eq!(ReparsePoint::decode(value, &mut Vec::new()), Err(Issue::new(0, kind)));
        };
        check(&[], 8);
        check(&hex("030000a0 400000"), 8);
        check(&hex("0e000000 00000000 00000000"), 24); // a third-party tag without its GUID
    }

    #[test]
    fn data_shorter_than_its_layout_is_opaque_and_reported() {
        for (tag, needed) in
            [(0xA000_0003_u32, 8), (0xA000_000C, 12), (0xA000_001D, 4), (0x8000_0014, 8), (0x8000_001B, 4)]
        {
            let data = vec![0; needed as usize - 1];
            let value = [&tag.to_le_bytes()[..], &[needed as u8 - 1, 0, 0, 0], &data].concat();
            let kind = IssueKind::ReparseDataMalformed { tag, length: needed - 1, needed };
            check_issue(&value, &[Issue::new(8, kind)]);
            assert_eq!(decode(&value).0.data, ReparseData::Opaque(&data));
        }
    }

    #[test]
    fn a_wsl_symlink_is_bytes_to_the_end() {
        let value = [hex("1d0000a0 0b000000 02000000"), b"/mnt/\xFFa".to_vec()].concat();
        assert_eq!(decode(&value).0.data, ReparseData::WslSymlink { target: b"/mnt/\xFFa" });
        let first_version = hex("1d0000a0 04000000 01000000");
        assert_eq!(decode(&first_version).0.data, ReparseData::Opaque(&[1, 0, 0, 0]));
    }

    #[test]
    fn nfs_objects() {
        let target = utf16("../a");
        let value = [hex("14000080 10000000 4c4e4b0100000000"), target.clone()].concat();
        assert_eq!(decode(&value).0.data, ReparseData::Nfs(NfsObject::Symlink(Utf16::new(&target))));
        let value = hex("14000080 10000000 4348520000000000 05000000 01000000");
        assert_eq!(decode(&value).0.data, ReparseData::Nfs(NfsObject::Character(Device { major: 5, minor: 1 })));
        let value = hex("14000080 10000000 424c4b0000000000 08000000 00000000");
        assert_eq!(decode(&value).0.data, ReparseData::Nfs(NfsObject::Block(Device { major: 8, minor: 0 })));
        assert_eq!(decode(&hex("14000080 08000000 4649464f00000000")).0.data, ReparseData::Nfs(NfsObject::Fifo));
        assert_eq!(decode(&hex("14000080 08000000 534f434b00000000")).0.data, ReparseData::Nfs(NfsObject::Socket));
    }

    #[test]
    fn an_app_execution_link_is_a_list_of_strings() {
        let strings =
            ["Package_8wekyb3d8bbwe", "Package_8wekyb3d8bbwe!App", r"C:\Program Files\WindowsApps\a.exe", "0"];
        let data: Vec<u8> = strings.iter().flat_map(|text| [utf16(text), vec![0, 0]].concat()).collect();
        let length = (4 + data.len()) as u16;
        let value = [&hex("1b000080")[..], &length.to_le_bytes(), &[0, 0, 3, 0, 0, 0], &data].concat();
        let ReparseData::AppExecLink { strings: found } = decode(&value).0.data else {
            panic!("an app execution link")
        };
        let found: Vec<String> = found.iter().map(|text| text.to_wtf8().as_wtf8().to_string()).collect();
        assert_eq!(found, strings);
    }

    #[test]
    fn wof_tells_provider_and_algorithm() {
        // A file compressed by `compact` on Windows 10 (libfsntfs sample MFT).
        let value = hex("17000080 10000000 01000000 02000000 01000000 02000000");
        assert_eq!(decode(&value).0.data, ReparseData::Wof(Wof { provider: 2, algorithm: Some(2) }));
    }

    #[test]
    fn a_container_placeholder_names_layer_and_path() {
        let path = utf16(r"Files\x");
        let layer: Vec<u8> = (0..16).collect();
        let data = [&hex("01000000 00000000")[..], &layer, &[14, 0], &path].concat();
        let value = [&hex("18000080")[..], &(data.len() as u16).to_le_bytes(), &[0, 0], &data].concat();
        let expected = ReparseData::Wci { layer: Guid(layer.try_into().unwrap()), path: Utf16::new(&path) };
        assert_eq!(decode(&value), (ReparsePoint { data: expected, ..decode(&value).0 }, vec![]));
    }

    #[test]
    fn a_third_party_tag_carries_a_guid_that_its_length_does_not_count() {
        let value = [&hex("0e000000 02000000")[..], &(0..16).collect::<Vec<u8>>(), &[0xAB, 0xCD]].concat();
        let (found, issues) = decode(&value);
        assert_eq!(issues, []);
        assert_eq!(found.guid.map(|guid| guid.to_string()).as_deref(), Some("03020100-0504-0706-0809-0a0b0c0d0e0f"));
        assert_eq!(found.data, ReparseData::Opaque(&[0xAB, 0xCD]));
    }

    #[test]
    fn every_truncation_and_every_number_is_survived() {
        let value = hex(JUNCTION);
        for length in 0..value.len() {
            let _ = ReparsePoint::decode(&value[..length], &mut Vec::new());
        }
        for tag in crate::reparse_tag::KNOWN_TAGS {
            for fill in [0, 1, 0x7F, 0xFF] {
                for length in [8, 12, 16, 20, 24, 32, 64] {
                    let mut value = vec![fill; length];
                    value[0..4].copy_from_slice(&tag.tag.0.to_le_bytes());
                    let _ = ReparsePoint::decode(&value, &mut Vec::new());
                }
            }
        }
    }
}
