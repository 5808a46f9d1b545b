//! Specs: descriptions of images as TOML text, read and written.
//!
//! `SPEC.md` beside this crate documents every key.

mod content;
mod damage;
mod error;
mod examples;
mod extended;
mod file;
mod link;
mod names;
mod place;
mod print;
mod reader;
mod reparse_table;
#[cfg(test)]
mod tests;
mod time;
mod volume;
mod words;

use toml::de::DeTable;

use self::error::Problem;
pub use self::error::{SpecError, SpecErrorCause};
pub use self::examples::{EXAMPLES, Example};
pub use self::print::{print, print_with_comment};
use self::reader::{Read, Table, Value};
use crate::damage::Damage;
use crate::description::{File, Image};

/// What a spec says.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The image before anything is damaged.
    pub image: Image,
    /// What to damage, in this order.
    pub damages: Vec<Damage>,
}

/// Reads a spec. `file_name` is for error messages only.
///
/// # Errors
/// The first thing that is wrong with the spec. Whether the image can be built (whether it has room for its files, for
/// instance) is not checked.
pub fn parse(file_name: &str, text: &str) -> Result<Spec, SpecError> {
    let document = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        Problem::syntax(offset, error.message()).in_file(file_name, text)
    })?;
    read(document.get_ref()).map_err(|problem| problem.in_file(file_name, text))
}

fn read(document: &DeTable<'_>) -> Read<Spec> {
    let table = Table::whole(document).allow(&["disk", "volume", "file", "damage"])?;
    let image = image(table)?;
    let damages = table.read("damage", |value| damage::read_all(value, &image.volumes))?;
    Ok(Spec { image, damages: damages.unwrap_or_default() })
}

fn image(table: Table<'_>) -> Read<Image> {
    let volume = table.get("volume");
    if let Some(disk) = table.get("disk") {
        let disk = volume::disk(disk)?;
        if let Some(file) = table.get("file") {
            return Err(file.problem("`[[volume.file]]` beside `[disk]`", "`[[file]]`"));
        }
        let volumes = volume.ok_or_else(|| table.missing("volume", "`[[volume]]` beside `[disk]`"))?;
        let (disk, volumes) = volume::on_disk(disk, volumes)?;
        return Ok(Image { disk: Some(disk), volumes });
    }
    if let Some(volume) = volume.filter(Value::is_array) {
        return Err(volume.problem("`[volume]`, or `[disk]` beside `[[volume]]`", "`[[volume]]`"));
    }
    let volume = volume.map(|volume| volume.table("volume", volume::KEYS)).transpose()?;
    let volume = volume::bare(volume, table.get("file"))?;
    Ok(Image { disk: None, volumes: vec![volume] })
}

/// The serial number of a volume that gives none, by its index.
fn default_serial(index: usize) -> u64 {
    let [low, ..] = index.to_le_bytes();
    0x4E54_4653_4C4E_4B00 | u64::from(low)
}

fn is_case_sensitive(file: &File) -> bool {
    file.extra.as_ref().is_some_and(|extra| extra.extra_flags & file::CASE_SENSITIVE != 0)
}
