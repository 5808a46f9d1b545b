//! Random reparse points: of every kind that can be made, and some that are damaged.

use format::{Guid, ReparseTag};
use imagekit::foreign_link;
use imagekit::reparse::{Layout, NfsObject, PathNames, Reparse, WciTag, WofProvider, WslSpecial, volume_mount_point};

use crate::expected_reparse::{ExpectedReparse, VENDOR_TAGS, opaque_tags};
use crate::random::Random;
use crate::text::{hex, units};

/// The value of a `$REPARSE_POINT`, and what must be said of it.
pub fn reparse_value(random: &mut Random, may_be_damaged: bool) -> (Vec<u8>, ExpectedReparse) {
    loop {
        let reparse = reparse(random, may_be_damaged);
        // A few are too long, and some vendors' tags are not theirs: another one, then.
        let Ok(value) = reparse.encode() else { continue };
        if may_be_damaged && random.percent(40) && !has_optional_guid(&reparse) {
            return damaged(random, &reparse, value);
        }
        let expected = ExpectedReparse::of(&reparse, value.len());
        return (value, expected);
    }
}

fn reparse(random: &mut Random, may_be_damaged: bool) -> Reparse {
    match random.below(12) {
        0 => Reparse::MountPoint(path_names(random, may_be_damaged)),
        1 => volume_mount_point(Guid(random.array())),
        2 | 3 => {
            Reparse::Symlink { names: path_names(random, may_be_damaged), flags: random.pick(&[0, 1, 2, 0xC000_0001]) }
        }
        4 => Reparse::GlobalReparse { names: path_names(random, may_be_damaged), flags: random.pick(&[0, 1]) },
        5 => {
            let version = if may_be_damaged && random.percent(30) { random.pick(&[0, 1, 3]) } else { 2 };
            let bytes = String::from_utf16_lossy(&random.text(300)).into_bytes();
            Reparse::LxSymlink { version, target: if random.percent(70) { bytes } else { random.bytes(40) } }
        }
        6 => Reparse::WslSpecial(random.pick(&[
            WslSpecial::Socket,
            WslSpecial::Fifo,
            WslSpecial::Character,
            WslSpecial::Block,
        ])),
        7 => Reparse::Nfs(nfs_object(random)),
        8 => Reparse::AppExecLink { version: 3, strings: strings(random) },
        9 => container_or_overlay(random),
        10 => {
            let longest = random.pick(&[0, 100, 2000, 16_376]);
            Reparse::Microsoft { tag: ReparseTag(random.pick(&opaque_tags())), data: random.bytes(longest) }
        }
        _ => {
            let tags = if random.percent(80) { VENDOR_TAGS.to_vec() } else { opaque_tags() };
            Reparse::ThirdParty {
                tag: ReparseTag(random.pick(&tags)),
                guid: Guid(random.array()),
                data: random.bytes(300),
            }
        }
    }
}

fn path_names(random: &mut Random, may_be_empty: bool) -> PathNames {
    let layout = random.pick(&[
        Layout::SubstituteFirst,
        Layout::SubstituteFirstUnterminated,
        Layout::PrintFirst,
        Layout::Shared,
    ]);
    let longest = random.pick(&[20, 200, 2000]);
    let prefix = units(random.pick(&["", r"\??\C:\", r"\??\UNC\", r"\??\Volume{", "..\\"]));
    let mut substitute = [prefix, random.text(longest)].concat();
    if may_be_empty && random.percent(20) {
        substitute.clear();
    } else if substitute.is_empty() {
        substitute = units(".");
    }
    let print = match layout {
        Layout::Shared => substitute[random.below(substitute.len() + 1)..].to_vec(),
        _ if random.percent(20) => Vec::new(),
        _ => random.text(longest),
    };
    let after = if random.percent(20) { random.bytes(6) } else { Vec::new() };
    PathNames { after, ..PathNames::new(substitute, print, layout) }
}

fn nfs_object(random: &mut Random) -> NfsObject {
    let (major, minor) = (random.word(), random.word());
    match random.below(6) {
        0 => NfsObject::Character { major, minor },
        1 => NfsObject::Block { major, minor },
        2 => NfsObject::Fifo,
        3 => NfsObject::Socket,
        _ => NfsObject::Symlink(random.text(300)),
    }
}

fn strings(random: &mut Random) -> Vec<Vec<u16>> {
    (0..random.pick(&[0, 1, 4, 4, 4, 7])).map(|_| random.text(60)).collect()
}

fn container_or_overlay(random: &mut Random) -> Reparse {
    match random.below(3) {
        0 => Reparse::Wci {
            tag: random.pick(&[WciTag::Wci, WciTag::Wci1]),
            version: 1,
            layer: Guid(random.array()),
            path: random.text(200),
        },
        1 => Reparse::Wof(WofProvider::File { algorithm: random.pick(&[0, 1, 2, 3]) }),
        _ => Reparse::Wof(WofProvider::Wim {
            flags: random.word(),
            data_source: random.number(),
            content_hash: random.array(),
            table_hash: random.array(),
            size: random.number(),
            stored_size: random.number(),
            offset: random.number(),
        }),
    }
}

/// Whether a value has a GUID only because its length says so, so that no other length may be told.
fn has_optional_guid(reparse: &Reparse) -> bool {
    matches!(reparse, Reparse::ThirdParty { tag, .. } if tag.0 & 0x8000_0000 != 0)
}

/// A value with damage. Offsets of fields: MS-FSCC 2.1.2.
fn damaged(random: &mut Random, reparse: &Reparse, mut value: Vec<u8>) -> (Vec<u8>, ExpectedReparse) {
    let mut expected = ExpectedReparse::of(reparse, value.len());
    let names = match reparse {
        Reparse::MountPoint(names) | Reparse::Symlink { names, .. } | Reparse::GlobalReparse { names, .. } => {
            Some(names)
        }
        _ => None,
    };
    match random.below(5) {
        0 => {
            value.truncate(random.below(8));
            return (value.clone(), ExpectedReparse::of_short(&value));
        }
        // Bytes that the header does not count. Not 16, which would make the first 16 a GUID.
        1 => {
            value.extend([0x5A; 5]);
            expected.json.insert("value_length".to_owned(), value.len().into());
            expected.problems.insert(0, ("reparse-slack", 4));
        }
        // A header that counts bytes that are not there: what is there is data.
        2 => {
            let length = u16::from_le_bytes([value[4], value[5]]) + 1;
            value[4..6].copy_from_slice(&length.to_le_bytes());
            expected.json.insert("data_length".to_owned(), length.into());
            expected.problems.insert(0, ("reparse-data-too-long", 4));
        }
        3 if names.is_some_and(|names| !names.substitute.is_empty()) => {
            value[8..10].copy_from_slice(&0xFFF0_u16.to_le_bytes());
            lose(&mut expected, "substitute_name", 8);
        }
        _ if names.is_some_and(|names| !names.print.is_empty()) => {
            value[12..14].copy_from_slice(&0xFFF0_u16.to_le_bytes());
            lose(&mut expected, "print_name", 12);
        }
        _ => {}
    }
    (value, expected)
}

/// A name whose bytes are not in the path buffer: it is left out, and the type does not depend on it.
fn lose(expected: &mut ExpectedReparse, key: &'static str, offset: u64) {
    expected.json.remove(key);
    let lost = expected.json.get_mut("utf16").and_then(|utf16| utf16.as_object_mut());
    if lost.is_some_and(|utf16| utf16.remove(key).is_some() && utf16.is_empty()) {
        expected.json.remove("utf16");
    }
    if key == "substitute_name" && expected.json["type"] == "mount_point" {
        expected.json.insert("type".to_owned(), "junction".into());
    }
    expected.problems.push(("path-out-of-bounds", offset));
}

/// Content that Interix or Cygwin takes for a link or a device.
pub fn foreign_content(random: &mut Random) -> Vec<u8> {
    match random.below(6) {
        0 | 1 => foreign_link::interix_symlink(&random.text(120)),
        2 => foreign_link::interix_character(random.word().into(), random.word().into()),
        3 => foreign_link::interix_block(random.word().into(), random.word().into()),
        4 => foreign_link::cygwin_symlink(&random.text(60)),
        _ => foreign_link::cygwin_symlink_bytes(hex(&random.bytes(20)).as_bytes()),
    }
}
