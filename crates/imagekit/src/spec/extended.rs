//! Extended attributes: `lx` and `extended-attributes`.

use super::content;
use super::error::quoted;
use super::reader::{Read, Table, Value};
use super::reparse_table::device;
use crate::description::ExtendedAttribute;
use crate::extended_attributes::{encode, lx_device, lx_gid, lx_mode, lx_uid};

/// The extended attributes of a file: those of `lx` first.
pub(super) fn read(table: &Table<'_>) -> Read<Vec<ExtendedAttribute>> {
    let mut attributes = table.read("lx", linux)?.unwrap_or_default();
    if let Some(value) = table.get("extended-attributes") {
        for table in value.tables("file.extended-attributes", &["name", "text", "hex", "needed"])? {
            attributes.push(extended_attribute(&table?)?);
        }
    }
    let place = table.get("extended-attributes").or_else(|| table.get("lx"));
    if let (Some(place), Err(error)) = (place, encode(&attributes)) {
        return Err(place.problem("extended attributes that NTFS can keep", format!("others: {error}")));
    }
    Ok(attributes)
}

/// What WSL keeps, in the order in which it writes it.
fn linux(value: Value<'_>) -> Read<Vec<ExtendedAttribute>> {
    let table = value.table("file.lx", &["uid", "gid", "mode", "device"])?;
    let mut attributes = Vec::new();
    attributes.extend(table.read("uid", Value::integer_u32)?.map(lx_uid));
    attributes.extend(table.read("gid", Value::integer_u32)?.map(lx_gid));
    attributes.extend(table.read("mode", Value::integer_u32)?.map(lx_mode));
    attributes.extend(table.read("device", device)?.map(|[major, minor]| lx_device(major, minor)));
    Ok(attributes)
}

fn extended_attribute(table: &Table<'_>) -> Read<ExtendedAttribute> {
    let name = table.get("name").ok_or_else(|| table.missing("name", "an ASCII name"))?;
    let value = table.at_most_one(&["text", "hex"])?.map(content::stored_bytes).transpose()?;
    Ok(ExtendedAttribute {
        name: name_bytes(name)?,
        value: value.unwrap_or_default(),
        is_needed: table.boolean("needed")?,
    })
}

/// An ASCII name, or any bytes as `{ hex = "…" }`.
fn name_bytes(value: Value<'_>) -> Read<Vec<u8>> {
    let bytes = if value.is_table() {
        let table = value.table("file.extended-attributes.name", &["hex"])?;
        table.get("hex").ok_or_else(|| table.missing("hex", "hex digits"))?.hex()?
    } else {
        let name = value.string()?;
        if !name.is_ascii() {
            return Err(value.problem("an ASCII name, or `{ hex = \"…\" }`", quoted(name)));
        }
        name.as_bytes().to_vec()
    };
    let length = bytes.len();
    if (1..=255).contains(&length) {
        Ok(bytes)
    } else {
        Err(value.problem("1 to 255 bytes", format!("{length} bytes")))
    }
}
