//! One `[[file]]`.

use format::Guid;

use super::super::file::{CASE_SENSITIVE, default_attributes};
use super::super::names::{DOS, NAMESPACES, POSIX, WIN32, is_spelled_as_string};
use super::super::reader::size_text;
use super::super::time;
use super::super::words::{ATTRIBUTES, flags_text, word_for};
use super::paths::{Paths, spelled};
use super::{Blocks, reparse, text};
use crate::description::{Content, ExtendedAttribute, Extra, File, Name, Stream};
use crate::extended_attributes::{lx_device, lx_gid, lx_mode, lx_uid};
use crate::foreign_link::SYSTEM;

/// Keys and values of a table.
type Keys = Vec<(&'static str, String)>;

fn inline_table(keys: &Keys) -> String {
    let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", keys.join(", "))
}

/// All names, the first as keys of the file itself.
pub(super) fn print_names(file: &File, paths: &Paths, blocks: &mut Blocks) {
    let mut names = Vec::new();
    let mut rest = &file.names[..];
    while let [name, after @ ..] = rest {
        let dos =
            after.first().filter(|dos| (name.namespace, dos.namespace) == (WIN32, DOS) && dos.parent == name.parent);
        names.push(name_keys(name, dos, paths));
        rest = if dos.is_some() { &after[1..] } else { after };
    }
    let Some((first, further)) = names.split_first() else {
        blocks.key("names", "[]");
        return;
    };
    for (key, value) in first {
        blocks.key(key, value);
    }
    let items = further.iter().map(|keys| match &keys[..] {
        [("path", path)] => path.clone(),
        _ => inline_table(keys),
    });
    print_array("names", items.collect(), blocks);
}

/// An array with a line for each item; nothing where it is empty.
fn print_array(key: &str, items: Vec<String>, blocks: &mut Blocks) {
    match &items[..] {
        [] => {}
        [only] => blocks.key(key, format_args!("[{only}]")),
        _ => {
            blocks.line(format_args!("{key} = ["));
            for item in items {
                blocks.line(format_args!("    {item},"));
            }
            blocks.line("]");
        }
    }
}

fn name_keys(name: &Name, dos: Option<&Name>, paths: &Paths) -> Keys {
    let mut keys = match (paths.of(name.parent), spelled(name)) {
        (Some(directory), Some(name)) => vec![("path", text::string(&format!("{directory}\\{name}")))],
        (Some(""), None) => vec![("parent", text::string("\\")), ("name", single_name(&name.units))],
        (Some(directory), None) => vec![("parent", text::string(directory)), ("name", single_name(&name.units))],
        (None, _) => vec![("parent", format!("\"{}\"", name.parent)), ("name", single_name(&name.units))],
    };
    let default = if dos.is_some() { WIN32 } else { POSIX };
    if name.namespace != default {
        keys.extend(word_for(NAMESPACES, &name.namespace).map(|word| ("namespace", format!("\"{word}\""))));
    }
    keys.extend(dos.map(|dos| ("dos", single_name(&dos.units))));
    keys
}

fn single_name(units: &[u16]) -> String {
    match String::from_utf16(units) {
        Ok(name) if is_spelled_as_string(&name) => text::string(&name),
        _ => text::utf16(units),
    }
}

/// Everything but names and record number; `time` is that of the volume.
pub(super) fn print_rest(file: &File, time: u64, blocks: &mut Blocks) {
    if file.reference.sequence_number() != 1 {
        blocks.key("sequence", file.reference.sequence_number());
    }
    if file.is_deleted {
        blocks.key("deleted", true);
    }
    let no_extra = Extra::default();
    let extra = file.extra.as_deref().unwrap_or(&no_extra);
    let link = link(file, extra);
    print_directory(file, extra, link.as_ref(), blocks);
    if let Some((key, value)) = &link {
        blocks.key(key, value);
    }
    if extra.reparse.as_ref().is_some_and(|reparse| reparse.in_clusters) {
        blocks.key("reparse-in-clusters", true);
    }
    let is_content_link = link.is_some() && extra.reparse.is_none();
    print_attributes(file, extra, is_content_link, blocks);
    if !is_content_link {
        print_content(file, blocks);
    }
    print_array("streams", extra.streams.iter().map(stream).collect(), blocks);
    if let Some(object_id) = extra.object_id {
        blocks.key("object-id", object_id_text(object_id));
    }
    print_extended_attributes(&extra.extended_attributes, blocks);
    print_times(file.times, time, blocks);
}

/// The reparse point, or the link that the content is.
fn link(file: &File, extra: &Extra) -> Option<(&'static str, String)> {
    if let Some(reparse) = &extra.reparse {
        return Some(reparse::key_and_value(&reparse.bytes));
    }
    match &file.content {
        Some(Content::Bytes(stored)) if !stored.in_clusters && file.attributes & SYSTEM != 0 => {
            reparse::content_key_and_value(&stored.bytes)
        }
        _ => None,
    }
}

fn print_directory(file: &File, extra: &Extra, link: Option<&(&str, String)>, blocks: &mut Blocks) {
    let is_implied = link.is_some_and(|(key, _)| matches!(*key, "junction" | "volume-mount-point"));
    if file.is_directory != is_implied || (file.is_directory && file.content.is_some()) {
        blocks.key("directory", file.is_directory);
    }
    if file.is_directory && extra.extra_flags & CASE_SENSITIVE != 0 {
        blocks.key("case-sensitive", true);
    }
}

fn print_attributes(file: &File, extra: &Extra, is_content_link: bool, blocks: &mut Blocks) {
    let implied = if is_content_link { SYSTEM } else { 0 };
    if file.attributes != default_attributes(file.is_directory) | implied {
        blocks.key("attributes", flags_text(file.attributes, ATTRIBUTES));
    }
    let named = if file.is_directory { CASE_SENSITIVE } else { 0 };
    if extra.extra_flags & !named != 0 {
        blocks.key("extra-flags", format_args!("{:#x}", extra.extra_flags));
    }
}

fn print_content(file: &File, blocks: &mut Blocks) {
    let Some(content) = &file.content else {
        if !file.is_directory {
            blocks.key("no-content", true);
        }
        return;
    };
    let keys = content_keys(content);
    if keys.is_empty() && file.is_directory {
        blocks.key("text", "''");
    }
    for (key, value) in keys {
        blocks.key(key, value);
    }
}

/// Nothing for empty content in the record.
fn content_keys(content: &Content) -> Keys {
    match content {
        Content::Zeros(length) => vec![("zeros", size_text(*length))],
        Content::Hole(length) => vec![("hole", size_text(*length))],
        Content::Bytes(stored) => {
            let mut keys = bytes_keys(&stored.bytes);
            if stored.in_clusters {
                if keys.is_empty() {
                    keys.push(("text", "''".to_owned()));
                }
                keys.push(("in-clusters", "true".to_owned()));
            }
            keys
        }
    }
}

/// `text` or `hex`, or neither where there are no bytes.
fn bytes_keys(bytes: &[u8]) -> Keys {
    match text::readable(bytes) {
        Some("") => Vec::new(),
        Some(readable) => vec![("text", text::string(readable))],
        None => vec![("hex", text::hex(bytes))],
    }
}

fn stream(stream: &Stream) -> String {
    let mut keys = vec![("name", text::units(&stream.name))];
    keys.extend(content_keys(&stream.content));
    inline_table(&keys)
}

fn object_id_text((id, births): (Guid, Option<[Guid; 3]>)) -> String {
    let Some(births) = births else { return format!("\"{id}\"") };
    let mut keys = vec![("id", format!("\"{id}\""))];
    for (key, birth) in ["birth-volume", "birth-object", "domain"].into_iter().zip(births) {
        if birth != Guid([0; 16]) {
            keys.push((key, format!("\"{birth}\"")));
        }
    }
    inline_table(&keys)
}

fn print_extended_attributes(attributes: &[ExtendedAttribute], blocks: &mut Blocks) {
    let (linux, rest) = linux(attributes);
    if !linux.is_empty() {
        blocks.key("lx", inline_table(&linux));
    }
    print_array("extended-attributes", rest.iter().map(extended_attribute).collect(), blocks);
}

/// What `lx` can say of the first attributes, and the others.
fn linux(attributes: &[ExtendedAttribute]) -> (Keys, &[ExtendedAttribute]) {
    let mut keys = Vec::new();
    let mut rest = attributes;
    for (key, make) in [("uid", lx_uid as fn(u32) -> ExtendedAttribute), ("gid", lx_gid), ("mode", lx_mode)] {
        let Some((first, after)) = rest.split_first() else { break };
        let Some(number) = first.value.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)) else { continue };
        if *first == make(number) {
            keys.push((key, if key == "mode" { format!("{number:#o}") } else { number.to_string() }));
            rest = after;
        }
    }
    if let Some((first, after)) = rest.split_first()
        && let ([major, minor], []) = first.value.as_chunks::<4>()
        && let [major, minor] = [*major, *minor].map(u32::from_le_bytes)
        && *first == lx_device(major, minor)
    {
        keys.push(("device", format!("[{major}, {minor}]")));
        rest = after;
    }
    (keys, rest)
}

fn extended_attribute(attribute: &ExtendedAttribute) -> String {
    let name = match std::str::from_utf8(&attribute.name) {
        Ok(name) if name.is_ascii() => text::string(name),
        _ => format!("{{ hex = {} }}", text::hex(&attribute.name)),
    };
    let mut keys = vec![("name", name)];
    keys.extend(bytes_keys(&attribute.value));
    if attribute.is_needed {
        keys.push(("needed", "true".to_owned()));
    }
    inline_table(&keys)
}

fn print_times(times: [u64; 4], default: u64, blocks: &mut Blocks) {
    if times == [times[0]; 4] && times[0] != default {
        blocks.key("time", time::text(times[0]));
        return;
    }
    for (key, ticks) in ["created", "modified", "changed", "accessed"].into_iter().zip(times) {
        if ticks != default {
            blocks.key(key, time::text(ticks));
        }
    }
}
