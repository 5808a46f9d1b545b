//! `show`: everything about one file or directory.

use std::io::{self, Write};

use format::{Namespace, ReparseData, Utf16};
use image::{ImageOffset, OneLine};
use links::{File, FileId, HardLink, LinkEdge};
use volume::Volume;

use crate::document::{Document, VolumeDocument};
use crate::json_writer::Object;
use crate::link_json::LinkObjects;
use crate::link_text::{arrow, file_text, link_line, status_words, type_name};
use crate::node_json::{GraphObjects, append_time, attribute_words};
use crate::query_json::write_answer;
use crate::text::{bytes_text, count_text};

/// One object of a document.
#[derive(Debug)]
pub struct ObjectReport<'d, 'i> {
    document: &'d Document<'i>,
    volume: &'d VolumeDocument<'i>,
    id: FileId,
    file: File<'d>,
}

/// Links that lead to the object which the text shows.
const MOST_SHOWN: usize = 20;

impl<'d, 'i> ObjectReport<'d, 'i> {
    /// The report on an object; `None` if there is no such file.
    pub fn new(document: &'d Document<'i>, id: FileId) -> Option<Self> {
        let volume = document.volumes.get(id.volume)?;
        Some(Self { document, volume, id, file: volume.graph.files.file(id.record)? })
    }

    fn own_edges(&self) -> impl Iterator<Item = &'d LinkEdge> {
        let id = self.id;
        self.document.links.edges.iter().filter(move |edge| edge.source == id)
    }

    /// Links that lead to the object, all the way.
    fn incoming(&self) -> Vec<&'d LinkEdge> {
        let leads_here =
            |edge: &&LinkEdge| edge.verdict.reached.as_ref().is_some_and(|reached| reached.file == self.id);
        self.document.links.edges.iter().filter(leads_here).collect()
    }

    fn objects(&self) -> GraphObjects<'d> {
        GraphObjects::new(&self.volume.graph, self.volume.number as u64)
    }

    /// Writes the report for people.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let file = &self.file;
        writeln!(out, "{}", OneLine(file_text(self.document, self.id)))?;
        let kind = if file.is_directory() { "directory" } else { "file" };
        let kind = type_name(file).map_or(kind.to_owned(), |link| format!("{kind}, {link}"));
        field(out, "what", &kind)?;
        let torn = if file.is_torn() { ", torn" } else { "" };
        let state = format!("{}, {}{torn}", self.document.file_id(self.id), self.objects().state(file));
        field(out, "record", &state)?;
        for record in file.records() {
            field(out, "", &format!("record {record} at {}", place(&self.volume.volume, record, 0)))?;
        }
        self.write_information(out)?;
        self.write_names(out)?;
        self.write_reparse_point(out)?;
        for edge in self.own_edges() {
            field(
                out,
                "leads to",
                &format!("{}: {}", edge.verdict.status.as_str(), status_words(edge.verdict.status)),
            )?;
            field(out, "", &arrow(self.document, edge))?;
            for link in &edge.verdict.via {
                field(out, "", &format!("through {}", OneLine(file_text(self.document, *link))))?;
            }
        }
        self.write_incoming(out)
    }

    fn write_information(&self, out: &mut dyn Write) -> io::Result<()> {
        let file = &self.file;
        for (name, time) in
            ["created", "modified", "changed", "accessed"].into_iter().zip(file.times().into_iter().flatten())
        {
            let text = time.civil().map_or("not a date".to_owned(), |civil| {
                let mut text = Vec::new();
                append_time(&civil, &mut text);
                String::from_utf8_lossy(&text).into_owned()
            });
            field(out, name, &text)?;
        }
        if let Some(attributes) = file.attributes() {
            field(out, "attributes", &attribute_words(attributes))?;
        }
        if file.is_case_sensitive() {
            field(out, "names", "told apart by case")?;
        }
        if let Some((size, allocated)) = file.size().filter(|_| !file.is_directory()) {
            let text = format!("{} bytes, {} on the disk", count_text(size), bytes_text(allocated));
            field(out, "size", &text)?;
        }
        match file.object_id() {
            Some(id) => field(out, "object id", &id.to_string()),
            None => Ok(()),
        }
    }

    fn write_names(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut links: Vec<HardLink<'_>> = Vec::new();
        self.file.hard_links(&mut links);
        let count = format!("{} (the record header counts {}, 8.3 names too)", links.len(), self.file.link_count());
        field(out, "hard links", &count)?;
        for link in &links {
            let graph = &self.volume.graph;
            let path = graph.paths.path_of(&graph.files, &self.file, &link.name);
            let (record, offset) = link.name.place();
            let short = link.short_name.map(|short| format!(", 8.3 {}", OneLine(short.text()))).unwrap_or_default();
            let namespace = link.name.namespace();
            let unpaired = if namespace == Namespace::Dos { ", without a long name" } else { "" };
            let at = place(&self.volume.volume, record, offset);
            let path = OneLine(path.as_wtf8());
            field(out, "", &format!("{path}  ({namespace}{short}{unpaired}; $FILE_NAME at {at})"))?;
        }
        Ok(())
    }

    fn write_reparse_point(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.file.is_reparse_point() {
            return Ok(());
        }
        let at = self.file.reparse_offset(&self.volume.volume).map_or("no place".to_owned(), |at| at.to_string());
        let Some(point) = self.file.reparse_point() else {
            let size = self.file.reparse_size().unwrap_or(0);
            return field(out, "reparse", &format!("{size} bytes that cannot be read, at {at}"));
        };
        let name = point.tag.known().map_or("an unknown tag", |known| known.name);
        field(out, "reparse", &format!("{} {name}, {} bytes at {at}", point.tag, point.value_length))?;
        if let Some(guid) = point.guid {
            field(out, "", &format!("GUID {guid}"))?;
        }
        match point.data {
            ReparseData::MountPoint { substitute_name, print_name } => {
                write_both_names(substitute_name, print_name, out)
            }
            ReparseData::Symlink { substitute_name, print_name, relative } => {
                write_both_names(substitute_name, print_name, out)?;
                field(out, "", if relative { "marked relative" } else { "marked absolute" })
            }
            _ => match crate::link_text::stored_target(&self.file) {
                Some(target) => field(out, "", &format!("target {}", OneLine(target))),
                None => Ok(()),
            },
        }
    }

    fn write_incoming(&self, out: &mut dyn Write) -> io::Result<()> {
        let incoming = self.incoming();
        field(out, "led to by", &format!("{} links", count_text(incoming.len() as u64)))?;
        for edge in incoming.iter().take(MOST_SHOWN) {
            field(out, "", &link_line(self.document, edge))?;
        }
        if incoming.len() > MOST_SHOWN {
            field(out, "", "… and more: ntfslinks refs lists them")?;
        }
        Ok(())
    }

    /// Writes the report as a JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let (objects, links) = (self.objects(), LinkObjects::new(self.document));
        let answer = |object: &mut Object<'_>| {
            object.objects("nodes", [self.file], |file, object| objects.node(&file, object));
            object.objects("hard_links", self.volume.graph.hard_link_edges(&self.file), |edge, object| {
                objects.edge(&edge, object);
            });
            object.objects("links", self.own_edges(), |edge, object| links.edge(edge, object));
            object.objects("incoming", self.incoming(), |edge, object| links.edge(edge, object));
            object.objects("places", self.places(), |place, object| place.put(object));
        };
        write_answer(self.document, "ntfslinks/show/1", answer, out)
    }

    /// Where each fact lies.
    fn places(&self) -> Vec<Fact> {
        let volume = &self.volume.volume;
        let record = |record| Fact { what: "record", record: Some(record), offset: volume.image_offset(record, 0) };
        let name = |(record, offset)| Fact {
            what: "$FILE_NAME",
            record: Some(record),
            offset: volume.image_offset(record, offset),
        };
        let mut facts: Vec<Fact> = self.file.records().into_iter().map(record).collect();
        facts.extend(self.file.names().map(|file_name| name(file_name.place())));
        let offset = self.file.reparse_offset(volume);
        facts.extend(offset.map(|_| Fact { what: "$REPARSE_POINT", record: None, offset }));
        facts
    }
}

/// One fact, and where it lies in the image.
struct Fact {
    what: &'static str,
    record: Option<u64>,
    offset: Option<ImageOffset>,
}

impl Fact {
    fn put(&self, object: &mut Object<'_>) {
        object.word("what", self.what);
        if let Some(record) = self.record {
            object.number("record", record);
        }
        if let Some(offset) = self.offset {
            object.number("offset", offset.0);
        }
    }
}

fn write_both_names(substitute: Option<Utf16<'_>>, print: Option<Utf16<'_>>, out: &mut dyn Write) -> io::Result<()> {
    for (what, name) in [("substitute name", substitute), ("print name     ", print)] {
        let text = match name {
            None => "cannot be read".to_owned(),
            Some(name) if name.is_empty() => "(empty)".to_owned(),
            Some(name) => OneLine(name.to_wtf8().as_wtf8()).to_string(),
        };
        field(out, "", &format!("{what}  {text}"))?;
    }
    Ok(())
}

fn field(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {name:<11} {text}")
}

/// `0xa000`, or that there is no such place.
fn place(volume: &Volume<'_>, record: u64, offset: u32) -> String {
    volume.image_offset(record, offset).map_or("no place".to_owned(), |offset| offset.to_string())
}
