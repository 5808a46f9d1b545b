//! The frame of the documents that answer a question.

use std::io::{self, Write};

use crate::document::Document;
use crate::json_types::{Generator, ImageEntry, VolumeEntry};
use crate::json_writer::Object;

/// Writes a document with the keys that all have, and those that `answer` adds.
///
/// # Errors
/// Writing to `out` fails.
pub fn write_answer(
    document: &Document<'_>,
    schema: &str,
    answer: impl FnOnce(&mut Object<'_>),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut text = Vec::new();
    let mut object = Object::begin(&mut text);
    object.word("schema", schema);
    object.json("generator", &Generator::THIS)?;
    let images = document.images.iter().enumerate().map(|(index, image)| ImageEntry::new(index, image));
    object.json("images", &images.collect::<Vec<_>>())?;
    let volumes = document.volumes.iter().map(|volume| VolumeEntry::new(document, volume));
    object.json("volumes", &volumes.collect::<Vec<_>>())?;
    answer(&mut object);
    object.end();
    text.push(b'\n');
    out.write_all(&text)
}
