//! What the graph must say of a reparse point, from what it was made of.
//!
//! Keys, types and words: the contract of the graph (`crates/report/schemas/graph.json`). Tags: Windows SDK `winnt.h`.
//! Which damage is which problem, and where: MS-FSCC 2.1.2 has the layouts; codes are those of the registry.

use format::{Guid, ReparseTag};
use imagekit::reparse::{Layout, NfsObject, PathNames, Reparse, WciTag, WofProvider, WslSpecial};
use serde_json::json;

use crate::opaque_tags::OPAQUE_TAGS;
use crate::segments::little_endian;
use crate::text::{Object, hex, put_byte_text, put_text, put_texts, stored_units};

/// A reparse point as the graph must have it.
#[derive(Clone, Debug)]
pub struct ExpectedReparse {
    /// The object under `reparse`.
    pub json: Object,
    /// Codes of problems, with their offsets from the start of the value.
    pub problems: Vec<(&'static str, u64)>,
}

/// Tags with a name that [`OPAQUE_TAGS`] has not, Microsoft's and 0x6375 of Cygwin; the cloud tags with a variant are not
/// listed.
const TAGS: &[(u32, &str, &str)] = &[
    (0xA000_0003, "MOUNT_POINT", "junction"),
    (0xA000_000C, "SYMLINK", "symlink"),
    (0xA000_001D, "LX_SYMLINK", "wsl_symlink"),
    (0xA000_0019, "GLOBAL_REPARSE", "global_reparse"),
    (0x8000_001B, "APPEXECLINK", "app_exec_link"),
    (0x8000_0014, "NFS", "nfs_special"),
    (0x8000_0017, "WOF", "wof"),
    (0x8000_0018, "WCI", "wci"),
    (0x9000_1018, "WCI_1", "wci"),
    (0x8000_0023, "AF_UNIX", "af_unix"),
    (0x8000_0024, "LX_FIFO", "wsl_fifo"),
    (0x8000_0025, "LX_CHR", "wsl_char"),
    (0x8000_0026, "LX_BLK", "wsl_block"),
    (0x0000_0009, "IFSTEST_CONGRUENT", "other"),
    (0x0000_000C, "ARKIVIO", "other"),
    (0x0000_000E, "COMMVAULT", "other"),
    (0x2000_000D, "SOLUTIONSOFT", "other"),
    (0x0000_6375, "CYGUNIX", "other"),
];

/// How many of [`TAGS`] have data with a layout: the first ones.
const WITH_LAYOUT: usize = 9;

/// Microsoft's tags whose data is given as it is.
pub fn opaque_tags() -> Vec<u32> {
    let listed = TAGS.iter().skip(WITH_LAYOUT).chain(OPAQUE_TAGS).map(|(tag, ..)| *tag);
    let listed = listed.filter(|tag| tag & 0x8000_0000 != 0);
    // One that nobody documents, and two variants of the cloud tag.
    listed.chain([0x8000_0ABC, 0x9000_101A, 0x9000_F01A]).collect()
}

/// Tags of other vendors, two that nobody documents among them.
pub const VENDOR_TAGS: [u32; 7] =
    [0x0000_0009, 0x0000_000C, 0x0000_000E, 0x2000_000D, 0x0000_6375, 0x0000_4E4C, 0x2000_4E4C];

/// Bytes of tag, data length and a reserved word; problems of the data count from there.
const HEADER: u64 = 8;
const GUID_BYTES: u64 = 16;

/// Name and type of a tag.
fn tag_words(tag: u32) -> (Option<String>, &'static str) {
    if tag & 0xFFFF_0FFF == 0x9000_001A && tag != 0x9000_001A {
        return (Some(format!("CLOUD_{:X}", tag >> 12 & 0xF)), "cloud");
    }
    match TAGS.iter().chain(OPAQUE_TAGS).find(|(known, ..)| *known == tag) {
        Some((_, name, kind)) => (Some((*name).to_owned()), kind),
        None => (None, "other"),
    }
}

impl ExpectedReparse {
    /// What must be said of a value that was made of `reparse` and has `value_length` bytes.
    pub fn of(reparse: &Reparse, value_length: usize) -> ExpectedReparse {
        let mut expected = ExpectedReparse { json: Object::new(), problems: Vec::new() };
        let (tag, guid) = match reparse {
            Reparse::ThirdParty { tag, guid, .. } => (tag.0, Some(guid)),
            reparse => (microsoft_tag(reparse), None),
        };
        let header = HEADER + if guid.is_some() { GUID_BYTES } else { 0 };
        expected.header(tag, guid, value_length as u64 - header, value_length);
        expected.data(reparse);
        expected
    }

    /// What must be said of a value too short to be read: its bytes, and nothing else.
    pub fn of_short(value: &[u8]) -> ExpectedReparse {
        let mut json = Object::new();
        json.insert("type".to_owned(), "other".into());
        json.insert("value_length".to_owned(), value.len().into());
        put_data(&mut json, value);
        ExpectedReparse { json, problems: vec![("reparse-too-short", 0)] }
    }

    fn header(&mut self, tag: u32, guid: Option<&Guid>, data_length: u64, value_length: usize) {
        let (name, kind) = tag_words(tag);
        let mut header = json!({
            "tag": format!("0x{tag:08X}"), "type": kind, "data_length": data_length, "value_length": value_length,
        });
        if let Some(name) = name {
            header["tag_name"] = format!("IO_REPARSE_TAG_{name}").into();
        }
        if let Some(guid) = guid {
            header["guid"] = guid.to_string().into();
        }
        self.json.extend(header.as_object().cloned().unwrap_or_default());
    }

    fn data(&mut self, reparse: &Reparse) {
        match reparse {
            Reparse::MountPoint(names) => {
                self.names(names);
                if is_volume_root(&names.substitute) {
                    self.json.insert("type".to_owned(), "mount_point".into());
                }
            }
            Reparse::Symlink { names, flags } | Reparse::GlobalReparse { names, flags } => {
                self.names(names);
                self.json.insert("relative".to_owned(), (flags & 1 == 1).into());
            }
            Reparse::LxSymlink { version: 2, target } => put_byte_text(&mut self.json, "target", target),
            Reparse::LxSymlink { version, target } => self.malformed(&[&version.to_le_bytes()[..], target].concat()),
            Reparse::WslSpecial(_) => {}
            Reparse::Nfs(object) => self.nfs(object),
            Reparse::AppExecLink { strings, .. } => put_texts(&mut self.json, "strings", strings),
            Reparse::Wci { layer, path, .. } => {
                self.json.insert("layer_guid".to_owned(), layer.to_string().into());
                put_text(&mut self.json, "layer_path", path);
            }
            Reparse::Wof(WofProvider::File { algorithm }) => {
                self.json.insert("wof".to_owned(), json!({"provider": 2, "algorithm": algorithm}));
            }
            Reparse::Wof(WofProvider::Wim { .. }) => {
                self.json.insert("wof".to_owned(), json!({"provider": 1}));
            }
            Reparse::Microsoft { data, .. } | Reparse::ThirdParty { data, .. } => put_data(&mut self.json, data),
            Reparse::Raw(_) => panic!("a raw value has no meaning of its own"),
        }
    }

    fn names(&mut self, names: &PathNames) {
        put_text(&mut self.json, "substitute_name", &names.substitute);
        put_text(&mut self.json, "print_name", &names.print);
        if names.substitute.is_empty() {
            self.problems.push(("empty-substitute-name", HEADER + 2));
        }
    }

    fn nfs(&mut self, object: &NfsObject) {
        match object {
            NfsObject::Symlink(target) => {
                self.json.insert("type".to_owned(), "nfs_symlink".into());
                put_text(&mut self.json, "target", target);
            }
            NfsObject::Character { major, minor } | NfsObject::Block { major, minor } => {
                self.json.insert("device".to_owned(), json!({"major": major, "minor": minor}));
            }
            NfsObject::Fifo | NfsObject::Socket => {}
        }
    }

    /// The data of a known tag in a version that is not documented.
    fn malformed(&mut self, data: &[u8]) {
        put_data(&mut self.json, data);
        self.problems.push(("reparse-data-malformed", HEADER));
    }
}

fn put_data(json: &mut Object, data: &[u8]) {
    if !data.is_empty() {
        json.insert("data".to_owned(), hex(data).into());
    }
}

fn microsoft_tag(reparse: &Reparse) -> u32 {
    match reparse {
        Reparse::MountPoint(_) => 0xA000_0003,
        Reparse::Symlink { .. } => 0xA000_000C,
        Reparse::GlobalReparse { .. } => 0xA000_0019,
        Reparse::LxSymlink { .. } => 0xA000_001D,
        Reparse::WslSpecial(WslSpecial::Socket) => 0x8000_0023,
        Reparse::WslSpecial(WslSpecial::Fifo) => 0x8000_0024,
        Reparse::WslSpecial(WslSpecial::Character) => 0x8000_0025,
        Reparse::WslSpecial(WslSpecial::Block) => 0x8000_0026,
        Reparse::Nfs(_) => 0x8000_0014,
        Reparse::AppExecLink { .. } => 0x8000_001B,
        Reparse::Wci { tag: WciTag::Wci, .. } => 0x8000_0018,
        Reparse::Wci { tag: WciTag::Wci1, .. } => 0x9000_1018,
        Reparse::Wof(_) => 0x8000_0017,
        Reparse::Microsoft { tag, .. } | Reparse::ThirdParty { tag, .. } => tag.0,
        Reparse::Raw(_) => panic!("a raw value has no tag of its own"),
    }
}

/// Whether a substitute name is exactly `\??\Volume{GUID}\`.
fn is_volume_root(substitute: &[u16]) -> bool {
    let text = String::from_utf16_lossy(substitute).to_ascii_lowercase();
    let guid = text.strip_prefix(r"\??\volume{").and_then(|rest| rest.strip_suffix(r"}\"));
    let is_digit = |byte: u8| byte.is_ascii_hexdigit();
    guid.is_some_and(|guid| {
        let groups: Vec<&str> = guid.split('-').collect();
        groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.concat().bytes().all(is_digit)
    })
}

// Reparse points of which only the bytes are known --------------------------------------------------------------------

/// What must be said of a value of which nothing but the bytes is known.
pub fn expected_of_value(value: &[u8]) -> ExpectedReparse {
    if value.len() < HEADER as usize {
        return ExpectedReparse::of_short(value);
    }
    if value == CUT_OFF_JUNCTION {
        let json = json!({
            "tag": "0xA0000003", "tag_name": "IO_REPARSE_TAG_MOUNT_POINT", "type": "junction",
            "data_length": 0xFF, "value_length": value.len(),
        });
        let problems = vec![("reparse-data-too-long", 4), ("path-out-of-bounds", 8), ("path-out-of-bounds", 12)];
        return ExpectedReparse { json: json.as_object().cloned().unwrap_or_default(), problems };
    }
    let made_of = made_of(value).unwrap_or_else(|| panic!("{}: a damaged reparse point", hex(value)));
    ExpectedReparse::of(&made_of, value.len())
}

/// The only damaged reparse point of the examples that has a tag: it counts 255 bytes of data and has 16, and neither
/// name lies in the 8 bytes of its path buffer.
const CUT_OFF_JUNCTION: &[u8] = b"\x03\0\0\xA0\xFF\0\0\0\0\0\x1E\0\x20\0\x16\0\\\0?\0?\0\\\0";

/// What an undamaged value was made of, by the documented layouts. Where the names lie in a path buffer is forgotten:
/// the graph does not say it.
///
/// Source: MS-FSCC 2.1.2; for app execution aliases and containers NtApiDotNet `ReparseBuffer`.
fn made_of(value: &[u8]) -> Option<Reparse> {
    let (tag, length) = (number(value, 0, 4)? as u32, number(value, 4, 2)? as usize);
    let data = value.get(HEADER as usize..)?;
    let has_layout = TAGS[..WITH_LAYOUT].iter().any(|(known, ..)| *known == tag);
    if !has_layout && data.len() == length + GUID_BYTES as usize {
        let (guid, data) = data.split_first_chunk()?;
        return Some(Reparse::ThirdParty { tag: ReparseTag(tag), guid: Guid(*guid), data: data.to_vec() });
    }
    if data.len() != length {
        return None;
    }
    Some(match tag {
        0xA000_0003 => Reparse::MountPoint(path_names(data, 8)?),
        0xA000_000C => Reparse::Symlink { names: path_names(data, 12)?, flags: number(data, 8, 4)? as u32 },
        0xA000_0019 => Reparse::GlobalReparse { names: path_names(data, 12)?, flags: number(data, 8, 4)? as u32 },
        0xA000_001D => Reparse::LxSymlink { version: number(data, 0, 4)? as u32, target: data.get(4..)?.to_vec() },
        0x8000_0014 => Reparse::Nfs(nfs_object(data)?),
        0x8000_001B => {
            // Every string ends with a NUL; the last one's may be missing.
            let text = stored_units(data.get(4..)?);
            let text = text.strip_suffix(&[0]).unwrap_or(&text);
            let strings =
                if data.len() == 4 { Vec::new() } else { text.split(|unit| *unit == 0).map(<[u16]>::to_vec).collect() };
            Reparse::AppExecLink { version: number(data, 0, 4)? as u32, strings }
        }
        0x8000_0017 => Reparse::Wof(match number(data, 4, 4)? {
            2 => WofProvider::File { algorithm: number(data, 12, 4)? as u32 },
            // The graph has nothing of an archive but that there is one.
            _ => WofProvider::Wim {
                flags: 0,
                data_source: 0,
                content_hash: [0; 20],
                table_hash: [0; 20],
                size: 0,
                stored_size: 0,
                offset: 0,
            },
        }),
        0x8000_0018 | 0x9000_1018 => Reparse::Wci {
            tag: if tag == 0x8000_0018 { WciTag::Wci } else { WciTag::Wci1 },
            version: number(data, 0, 4)? as u32,
            layer: Guid(*data.get(8..)?.first_chunk()?),
            path: stored_units(data.get(0x1A..)?),
        },
        _ => Reparse::Microsoft { tag: ReparseTag(tag), data: data.to_vec() },
    })
}

fn path_names(data: &[u8], buffer: usize) -> Option<PathNames> {
    let name = |field: usize| {
        let (offset, length) = (number(data, field, 2)? as usize, number(data, field + 2, 2)? as usize);
        data.get(buffer + offset..buffer + offset + length).map(stored_units)
    };
    Some(PathNames::new(name(0)?, name(4)?, Layout::PrintFirst))
}

fn nfs_object(data: &[u8]) -> Option<NfsObject> {
    let device = || Some((number(data, 8, 4)? as u32, number(data, 12, 4)? as u32));
    Some(match data.first_chunk()? {
        b"LNK\x01\0\0\0\0" => NfsObject::Symlink(stored_units(&data[8..])),
        b"CHR\0\0\0\0\0" => device().map(|(major, minor)| NfsObject::Character { major, minor })?,
        b"BLK\0\0\0\0\0" => device().map(|(major, minor)| NfsObject::Block { major, minor })?,
        b"FIFO\0\0\0\0" => NfsObject::Fifo,
        b"SOCK\0\0\0\0" => NfsObject::Socket,
        _ => return None,
    })
}

fn number(bytes: &[u8], start: usize, length: usize) -> Option<u64> {
    bytes.get(start..start + length).map(little_endian)
}
