//! The general key `reparse`: every kind of reparse point, field by field or as bytes.

use format::{Guid, ReparseTag};

use super::error::quoted;
use super::reader::{Read, Table, Value};
use crate::reparse::{Layout, NfsObject, PathNames, Reparse, WciTag, WofProvider, name_of, tag_by_name};

/// Words of `layout`.
pub(super) const LAYOUTS: &[(&str, Layout)] = &[
    ("substitute-first", Layout::SubstituteFirst),
    ("substitute-first-unterminated", Layout::SubstituteFirstUnterminated),
    ("print-first", Layout::PrintFirst),
    ("shared", Layout::Shared),
];

/// Words of `wof` and `algorithm`.
pub(super) const WOF_ALGORITHMS: &[(&str, u32)] = &[("xpress4k", 0), ("lzx", 1), ("xpress8k", 2), ("xpress16k", 3)];

/// Words of `object`.
#[derive(Clone, Copy)]
enum NfsKind {
    Symlink,
    Character,
    Block,
    Fifo,
    Socket,
}

const NFS_KINDS: &[(&str, NfsKind)] = &[
    ("symlink", NfsKind::Symlink),
    ("character", NfsKind::Character),
    ("block", NfsKind::Block),
    ("fifo", NfsKind::Fifo),
    ("socket", NfsKind::Socket),
];

/// Every key that some tag takes.
const KEYS: &[&str] = &[
    "tag",
    "hex",
    "guid",
    "substitute",
    "print",
    "layout",
    "after",
    "flags",
    "version",
    "target",
    "object",
    "device",
    "strings",
    "layer",
    "path",
    "algorithm",
    "wim",
];

const NAME: &str = "file.reparse";

/// The reparse point of `reparse = { … }`.
pub(super) fn read(value: Value<'_>) -> Read<Reparse> {
    let table = value.table(NAME, KEYS)?;
    let Some(tag_value) = table.get("tag") else {
        let table = table.allow(&["hex"])?;
        return match table.get("hex") {
            Some(hex) => Ok(Reparse::Raw(hex.hex()?)),
            None => Err(table.missing("tag", "a reparse tag, or `hex` with the whole value")),
        };
    };
    let tag = read_tag(tag_value)?;
    if table.get("hex").is_some() || table.get("guid").is_some() {
        return bytes(tag, table);
    }
    match tag {
        ReparseTag::MOUNT_POINT => mount_point(table),
        ReparseTag::SYMLINK => {
            let (names, flags) = symlink(table)?;
            Ok(Reparse::Symlink { names, flags })
        }
        ReparseTag::GLOBAL_REPARSE => {
            let (names, flags) = symlink(table)?;
            Ok(Reparse::GlobalReparse { names, flags })
        }
        ReparseTag::LX_SYMLINK => lx_symlink(table),
        ReparseTag::NFS => nfs(table),
        ReparseTag::APPEXECLINK => app_exec_link(table),
        ReparseTag::WCI => container(table, WciTag::Wci),
        ReparseTag::WCI_1 => container(table, WciTag::Wci1),
        ReparseTag::WOF => wof(table),
        _ => bytes(tag, table),
    }
}

/// A reparse tag: its name in Microsoft's headers, with or without `IO_REPARSE_TAG_`, or a number.
pub(super) fn read_tag(value: Value<'_>) -> Read<ReparseTag> {
    let number = || value.as_integer().and_then(|number| u32::try_from(number).ok()).map(ReparseTag);
    let tag = value.as_str().map_or_else(number, tag_by_name);
    tag.ok_or_else(|| value.wrong("a reparse tag such as `\"SYMLINK\"` or `0xA000000C`"))
}

/// The inverse of the above.
pub(super) fn tag_text(tag: ReparseTag) -> String {
    name_of(tag).map_or_else(|| format!("0x{:08X}", tag.0), |name| format!("\"{name}\""))
}

/// Data as it is, behind a GUID where one is given.
fn bytes(tag: ReparseTag, table: Table<'_>) -> Read<Reparse> {
    let table = table.allow(&["tag", "hex", "guid"])?;
    let data = table.read("hex", Value::hex)?.unwrap_or_default();
    match table.read("guid", Value::guid)? {
        Some(guid) => Ok(Reparse::ThirdParty { tag, guid, data }),
        None if tag.is_microsoft() => Ok(Reparse::Microsoft { tag, data }),
        None => Err(table.missing("guid", format!("a GUID, because tag {tag} is not Microsoft's"))),
    }
}

fn mount_point(table: Table<'_>) -> Read<Reparse> {
    let table = table.allow(&["tag", "substitute", "print", "layout", "after"])?;
    Ok(Reparse::MountPoint(path_names(table, Layout::SubstituteFirst)?))
}

fn symlink(table: Table<'_>) -> Read<(PathNames, u32)> {
    let table = table.allow(&["tag", "substitute", "print", "layout", "after", "flags"])?;
    let flags = table.read("flags", Value::integer_u32)?.unwrap_or(0);
    Ok((path_names(table, Layout::PrintFirst)?, flags))
}

fn path_names(table: Table<'_>, default_layout: Layout) -> Read<PathNames> {
    let substitute = table.get("substitute").ok_or_else(|| table.missing("substitute", "a string, or `hex`"))?;
    Ok(PathNames {
        substitute: substitute.units()?,
        print: table.read("print", Value::units)?.unwrap_or_default(),
        layout: table.read("layout", |value| value.word(LAYOUTS))?.unwrap_or(default_layout),
        after: table.read("after", Value::hex)?.unwrap_or_default(),
    })
}

fn lx_symlink(table: Table<'_>) -> Read<Reparse> {
    let table = table.allow(&["tag", "version", "target"])?;
    let version = table.read("version", Value::integer_u32)?.unwrap_or(2);
    let target = table.get("target").ok_or_else(|| table.missing("target", "a string, or `hex`"))?;
    Ok(Reparse::LxSymlink { version, target: target.string()?.as_bytes().to_vec() })
}

fn nfs(table: Table<'_>) -> Read<Reparse> {
    let object = table.get("object").ok_or_else(|| table.missing("object", "a kind of object, or `hex`"))?;
    let kind = object.word(NFS_KINDS)?;
    let table = table.allow(match kind {
        NfsKind::Symlink => &["tag", "object", "target"],
        NfsKind::Character | NfsKind::Block => &["tag", "object", "device"],
        NfsKind::Fifo | NfsKind::Socket => &["tag", "object"],
    })?;
    let device = || {
        let value =
            table.get("device").ok_or_else(|| table.missing("device", "two device numbers such as `[8, 1]`"))?;
        device(value)
    };
    Ok(Reparse::Nfs(match kind {
        NfsKind::Symlink => {
            let target = table.get("target").ok_or_else(|| table.missing("target", "a string"))?;
            NfsObject::Symlink(target.units()?)
        }
        NfsKind::Character => device().map(|[major, minor]| NfsObject::Character { major, minor })?,
        NfsKind::Block => device().map(|[major, minor]| NfsObject::Block { major, minor })?,
        NfsKind::Fifo => NfsObject::Fifo,
        NfsKind::Socket => NfsObject::Socket,
    }))
}

/// Two device numbers, the major one first.
pub(super) fn device(value: Value<'_>) -> Read<[u32; 2]> {
    let numbers = value.array()?.map(Value::integer_u32).collect::<Read<Vec<_>>>()?;
    let count = numbers.len();
    <[u32; 2]>::try_from(numbers)
        .map_err(|_| value.problem("two device numbers such as `[8, 1]`", format!("{count} numbers")))
}

fn app_exec_link(table: Table<'_>) -> Read<Reparse> {
    let table = table.allow(&["tag", "version", "strings"])?;
    let version = table.read("version", Value::integer_u32)?.unwrap_or(3);
    let strings = table.get("strings").ok_or_else(|| table.missing("strings", "an array of strings, or `hex`"))?;
    let strings = strings.array()?.map(Value::units).collect::<Read<Vec<_>>>()?;
    Ok(Reparse::AppExecLink { version, strings })
}

fn container(table: Table<'_>, tag: WciTag) -> Read<Reparse> {
    let table = table.allow(&["tag", "version", "layer", "path"])?;
    Ok(Reparse::Wci {
        tag,
        version: table.read("version", Value::integer_u32)?.unwrap_or(1),
        layer: table.read("layer", Value::guid)?.unwrap_or(Guid([0; 16])),
        path: table.read("path", Value::units)?.unwrap_or_default(),
    })
}

fn wof(table: Table<'_>) -> Read<Reparse> {
    let table = table.allow(&["tag", "algorithm", "wim"])?;
    match table.at_most_one(&["algorithm", "wim"])? {
        Some(value) if value.key() == "wim" => Ok(Reparse::Wof(wim(value)?)),
        Some(value) => Ok(Reparse::Wof(WofProvider::File { algorithm: wof_algorithm(value)? })),
        None => Err(table.missing("algorithm", "an algorithm such as `\"lzx\"`, or `wim`, or `hex`")),
    }
}

/// An algorithm by name or number.
pub(super) fn wof_algorithm(value: Value<'_>) -> Read<u32> {
    if value.as_str().is_some() { value.word(WOF_ALGORITHMS) } else { value.integer_u32() }
}

fn wim(value: Value<'_>) -> Read<WofProvider> {
    let allowed = ["flags", "data-source", "content-hash", "table-hash", "size", "stored-size", "offset"];
    let table = value.table("file.reparse.wim", &allowed)?;
    let number = |key| Ok(table.read(key, |value| value.integer(0, u64::MAX))?.unwrap_or(0));
    let hash = |key| Ok(table.read(key, sha1)?.unwrap_or([0; 20]));
    Ok(WofProvider::Wim {
        flags: table.read("flags", Value::integer_u32)?.unwrap_or(0),
        data_source: number("data-source")?,
        content_hash: hash("content-hash")?,
        table_hash: hash("table-hash")?,
        size: number("size")?,
        stored_size: number("stored-size")?,
        offset: number("offset")?,
    })
}

fn sha1(value: Value<'_>) -> Read<[u8; 20]> {
    let bytes = value.hex()?;
    let count = bytes.len();
    <[u8; 20]>::try_from(bytes).map_err(|_| value.problem("the 20 bytes of a SHA-1 in hex", format!("{count} bytes")))
}

/// What a refused target looks like in an error.
pub(super) fn refused(text: &str, why: impl std::fmt::Display) -> String {
    format!("{} ({why})", quoted(text))
}
