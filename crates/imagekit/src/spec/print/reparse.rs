//! The shortest key for a reparse point, or for content that is a link.
//!
//! Bytes are taken apart on a guess, and the guess holds only if putting it together again makes the same bytes.

use format::{Guid, ReparseTag};

use super::super::reader::guid;
use super::super::reparse_table::{LAYOUTS, WOF_ALGORITHMS, tag_text};
use super::super::words::word_for;
use super::text;
use crate::foreign_link;
use crate::reparse::{self, Layout, NfsObject, PathNames, Reparse, WciTag, WofProvider};

/// A key with its value.
type Entry = (&'static str, String);

/// The key of a file that makes this value of `$REPARSE_POINT`.
pub(super) fn key_and_value(bytes: &[u8]) -> Entry {
    let guess = || {
        let tag = ReparseTag(u32_at(bytes, 0)?);
        let data = bytes.get(8..)?;
        let known = match tag {
            ReparseTag::MOUNT_POINT => mount_point(data, bytes),
            ReparseTag::SYMLINK | ReparseTag::GLOBAL_REPARSE => symlink(tag, data, bytes),
            ReparseTag::LX_SYMLINK => lx_symlink(data, bytes),
            ReparseTag::NFS => nfs(data, bytes),
            ReparseTag::APPEXECLINK => app_exec_link(data, bytes),
            ReparseTag::WCI => container(tag, WciTag::Wci, data, bytes),
            ReparseTag::WCI_1 => container(tag, WciTag::Wci1, data, bytes),
            ReparseTag::WOF => wof(data, bytes),
            _ => None,
        };
        known.or_else(|| any(tag, data, bytes))
    };
    guess().unwrap_or_else(|| ("reparse", format!("{{ hex = {} }}", text::hex(bytes))))
}

/// An entry, if it says these bytes.
fn proven(reparse: &Reparse, bytes: &[u8], entry: impl FnOnce() -> Entry) -> Option<Entry> {
    (reparse.encode().as_deref() == Ok(bytes)).then(entry)
}

/// `reparse` with a tag and further keys.
fn table(tag: ReparseTag, keys: &[Option<(&str, String)>]) -> Entry {
    let keys: String = keys.iter().flatten().map(|(key, value)| format!(", {key} = {value}")).collect();
    ("reparse", format!("{{ tag = {}{keys} }}", tag_text(tag)))
}

fn any(tag: ReparseTag, data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let hex = |data: &[u8]| (!data.is_empty()).then(|| ("hex", text::hex(data)));
    let microsoft = || {
        // Without a key beside the tag, a tag with a layout of its own would want its keys.
        let data_key = hex(data).or_else(|| has_layout(tag).then(|| ("hex", text::hex(data))));
        proven(&Reparse::Microsoft { tag, data: data.to_vec() }, bytes, || table(tag, &[data_key]))
    };
    let third_party = || {
        let (guid, data) = data.split_first_chunk()?;
        let guid = Guid(*guid);
        let guid_key = Some(("guid", format!("\"{guid}\"")));
        proven(&Reparse::ThirdParty { tag, guid, data: data.to_vec() }, bytes, || table(tag, &[guid_key, hex(data)]))
    };
    microsoft().or_else(third_party)
}

fn has_layout(tag: ReparseTag) -> bool {
    matches!(
        tag,
        ReparseTag::MOUNT_POINT
            | ReparseTag::SYMLINK
            | ReparseTag::GLOBAL_REPARSE
            | ReparseTag::LX_SYMLINK
            | ReparseTag::NFS
            | ReparseTag::APPEXECLINK
            | ReparseTag::WCI
            | ReparseTag::WCI_1
            | ReparseTag::WOF
    )
}

fn mount_point(data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let (ranges, buffer) = data.split_first_chunk::<8>()?;
    let (substitute, print) = names(ranges, buffer)?;
    let junction = || {
        let reparse = reparse::junction(&print).ok()?;
        proven(&reparse, bytes, || ("junction", text::units(&print)))
    };
    let volume = || {
        let text = String::from_utf16(&substitute).ok()?;
        let volume = guid(text.strip_prefix(r"\??\Volume")?.strip_suffix('\\')?)?;
        proven(&reparse::volume_mount_point(volume), bytes, || ("volume-mount-point", format!("\"{volume}\"")))
    };
    let general = |layout: Layout| {
        let names = path_names(&substitute, &print, layout, buffer)?;
        let entry = || table(ReparseTag::MOUNT_POINT, &names_keys(&names, Layout::SubstituteFirst));
        proven(&Reparse::MountPoint(names.clone()), bytes, entry)
    };
    junction().or_else(volume).or_else(|| LAYOUTS.iter().find_map(|(_, layout)| general(*layout)))
}

fn symlink(tag: ReparseTag, data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let (ranges, after_ranges) = data.split_first_chunk::<8>()?;
    let (flags, buffer) = after_ranges.split_first_chunk()?;
    let flags = u32::from_le_bytes(*flags);
    let (substitute, print) = names(ranges, buffer)?;
    let short = || {
        let reparse = reparse::symlink(&print).ok()?;
        proven(&reparse, bytes, || ("symlink", text::units(&print)))
    };
    let general = |layout: Layout| {
        let names = path_names(&substitute, &print, layout, buffer)?;
        let flags_key = (flags != 0).then(|| ("flags", format!("{flags:#x}")));
        let keys = [names_keys(&names, Layout::PrintFirst).to_vec(), vec![flags_key]].concat();
        let reparse = match tag {
            ReparseTag::SYMLINK => Reparse::Symlink { names, flags },
            _ => Reparse::GlobalReparse { names, flags },
        };
        proven(&reparse, bytes, || table(tag, &keys))
    };
    let layouts = [Layout::PrintFirst].into_iter().chain(LAYOUTS.iter().map(|(_, layout)| *layout));
    short().or_else(|| layouts.into_iter().find_map(general))
}

/// Substitute name and print name, from their offsets and lengths in the path buffer.
fn names(ranges: &[u8; 8], buffer: &[u8]) -> Option<(Vec<u16>, Vec<u16>)> {
    let number = |index: usize| usize::from(u16::from_le_bytes([ranges[index], ranges[index + 1]]));
    let name = |offset: usize, length: usize| {
        let (units, odd) = buffer.get(offset..offset + length)?.as_chunks::<2>();
        odd.is_empty().then(|| units.iter().map(|unit| u16::from_le_bytes(*unit)).collect())
    };
    Some((name(number(0), number(2))?, name(number(4), number(6))?))
}

/// The names with what is after them in the buffer, if they have this layout.
fn path_names(substitute: &[u16], print: &[u16], layout: Layout, buffer: &[u8]) -> Option<PathNames> {
    let length = match layout {
        Layout::SubstituteFirst => 2 * (substitute.len() + print.len()) + 4,
        Layout::SubstituteFirstUnterminated => 2 * (substitute.len() + print.len()) + 2,
        Layout::PrintFirst => 2 * (substitute.len() + print.len()),
        Layout::Shared => 2 * substitute.len(),
    };
    let after = buffer.get(length..)?.to_vec();
    Some(PathNames { substitute: substitute.to_vec(), print: print.to_vec(), layout, after })
}

fn names_keys(names: &PathNames, default_layout: Layout) -> [Option<(&'static str, String)>; 4] {
    let layout = (names.layout != default_layout).then(|| word_for(LAYOUTS, &names.layout)).flatten();
    [
        Some(("substitute", text::units(&names.substitute))),
        (!names.print.is_empty()).then(|| ("print", text::units(&names.print))),
        layout.map(|layout| ("layout", format!("\"{layout}\""))),
        (!names.after.is_empty()).then(|| ("after", text::hex(&names.after))),
    ]
}

fn lx_symlink(data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let (version, target) = data.split_first_chunk()?;
    let version = u32::from_le_bytes(*version);
    let text = text::string(std::str::from_utf8(target).ok()?);
    proven(&Reparse::LxSymlink { version, target: target.to_vec() }, bytes, || match version {
        2 => ("lx-symlink", text),
        _ => table(ReparseTag::LX_SYMLINK, &[Some(("version", version.to_string())), Some(("target", text))]),
    })
}

fn nfs(data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let (_, rest) = data.split_first_chunk::<8>()?;
    let object = |kind: &str, device: Option<String>| {
        let device = device.map(|device| ("device", device));
        table(ReparseTag::NFS, &[Some(("object", format!("\"{kind}\""))), device])
    };
    let symlink = || {
        let target = units_of(rest)?;
        let value = text::units(&target);
        proven(&Reparse::Nfs(NfsObject::Symlink(target)), bytes, || ("nfs-symlink", value))
    };
    let device = || {
        let (major, minor) = (u32_at(rest, 0)?, u32_at(rest, 4)?);
        let numbers = format!("[{major}, {minor}]");
        let character = Reparse::Nfs(NfsObject::Character { major, minor });
        let block = Reparse::Nfs(NfsObject::Block { major, minor });
        proven(&character, bytes, || object("character", Some(numbers.clone())))
            .or_else(|| proven(&block, bytes, || object("block", Some(numbers.clone()))))
    };
    let fifo = || proven(&Reparse::Nfs(NfsObject::Fifo), bytes, || object("fifo", None));
    let socket = || proven(&Reparse::Nfs(NfsObject::Socket), bytes, || object("socket", None));
    symlink().or_else(device).or_else(fifo).or_else(socket)
}

fn app_exec_link(data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let (version, rest) = data.split_first_chunk()?;
    let version = u32::from_le_bytes(*version);
    let mut strings: Vec<Vec<u16>> = units_of(rest)?.split(|unit| *unit == 0).map(<[u16]>::to_vec).collect();
    // After the last NUL there is nothing.
    strings.pop();
    let reparse = Reparse::AppExecLink { version, strings: strings.clone() };
    let texts: Vec<String> = strings.iter().map(|string| text::units(string)).collect();
    proven(&reparse, bytes, || match (&texts[..], version) {
        ([package, app, target, kind], 3) => {
            let kind = if kind == "'0'" { String::new() } else { format!(", type = {kind}") };
            ("app-exec-link", format!("{{ package = {package}, app = {app}, target = {target}{kind} }}"))
        }
        _ => {
            let version = (version != 3).then(|| ("version", version.to_string()));
            table(ReparseTag::APPEXECLINK, &[version, Some(("strings", format!("[{}]", texts.join(", "))))])
        }
    })
}

fn container(tag: ReparseTag, wci: WciTag, data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let version = u32_at(data, 0)?;
    let layer = Guid(*data.get(8..)?.first_chunk()?);
    let path = units_of(data.get(26..)?)?;
    let version_key = (version != 1).then(|| ("version", version.to_string()));
    let keys = [version_key, Some(("layer", format!("\"{layer}\""))), Some(("path", text::units(&path)))];
    proven(&Reparse::Wci { tag: wci, version, layer, path }, bytes, || table(tag, &keys))
}

fn wof(data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let number = u32_at(data, 12)?;
    let file = Reparse::Wof(WofProvider::File { algorithm: number });
    let name = word_for(WOF_ALGORITHMS, &number).map_or_else(|| number.to_string(), |name| format!("\"{name}\""));
    proven(&file, bytes, || ("wof", name)).or_else(|| wim(number, data, bytes))
}

fn wim(flags: u32, data: &[u8], bytes: &[u8]) -> Option<Entry> {
    let number = |offset: usize| Some(u64::from_le_bytes(*data.get(offset..)?.first_chunk()?));
    let hash = |offset: usize| Some(*data.get(offset..)?.first_chunk::<20>()?);
    let (data_source, content_hash, table_hash) = (number(16)?, hash(24)?, hash(44)?);
    let (size, stored_size, offset) = (number(64)?, number(72)?, number(80)?);
    let provider = WofProvider::Wim { flags, data_source, content_hash, table_hash, size, stored_size, offset };
    let text = format!(
        "{{ flags = {flags}, data-source = {data_source}, content-hash = {}, table-hash = {}, size = {size}, \
         stored-size = {stored_size}, offset = {offset} }}",
        text::hex(&content_hash),
        text::hex(&table_hash),
    );
    proven(&Reparse::Wof(provider), bytes, || table(ReparseTag::WOF, &[Some(("wim", text))]))
}

/// The key of a system file that makes this content.
pub(super) fn content_key_and_value(content: &[u8]) -> Option<Entry> {
    let target = |prefix: &[u8]| units_of(content.strip_prefix(prefix)?);
    let interix = || {
        let target = target(b"IntxLNK\x01")?;
        (foreign_link::interix_symlink(&target) == content).then(|| ("interix-symlink", text::units(&target)))
    };
    let cygwin = || {
        let mut target = target(b"!<symlink>\xFF\xFE")?;
        target.pop();
        (foreign_link::cygwin_symlink(&target) == content).then(|| ("cygwin-symlink", text::units(&target)))
    };
    let device = || {
        let (major, minor) = (u32_at(content, 8)?, u32_at(content, 16)?);
        let numbers = format!("[{major}, {minor}]");
        let is_made_by = |make: fn(u64, u64) -> Vec<u8>| make(major.into(), minor.into()) == content;
        let character = is_made_by(foreign_link::interix_character).then(|| ("interix-character", numbers.clone()));
        character.or_else(|| is_made_by(foreign_link::interix_block).then(|| ("interix-block", numbers.clone())))
    };
    interix().or_else(cygwin).or_else(device)
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn units_of(bytes: &[u8]) -> Option<Vec<u16>> {
    let (units, odd) = bytes.as_chunks::<2>();
    odd.is_empty().then(|| units.iter().map(|unit| u16::from_le_bytes(*unit)).collect())
}
