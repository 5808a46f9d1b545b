//! The link graph as one JSON document, or as NDJSON: one object a line.
//!
//! Both are streamed: objects are serialised piece by piece on all threads, and written in order.

use std::io::{self, Write};
use std::ops::Range;

use links::HardLink;
use rayon::prelude::*;
use serde::Serialize;

use crate::document::Document;
use crate::json_types::{EndCounts, GraphHeader, ProblemEntry, VolumeEntry};
use crate::json_writer::Object;
use crate::node_json::GraphObjects;

/// How the graph is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GraphFormat {
    /// One document.
    Json,
    /// One object a line, each with its kind as first key.
    Ndjson,
}

/// Pieces serialised at a time, for each thread: enough to keep it busy, and few enough that their text is small.
const PIECES_PER_THREAD: usize = 4;
/// Files or edges that are serialised as one piece of work.
const OBJECTS_PER_PIECE: usize = 256;

/// Writes the link graph of a document.
///
/// # Errors
/// Writing to `out` fails.
pub fn write_graph(document: &Document<'_>, format: GraphFormat, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = GraphWriter { out, format, counts: EndCounts::default(), is_first: true };
    let objects: Vec<GraphObjects<'_>> =
        document.volumes.iter().map(|volume| GraphObjects::new(&volume.graph, volume.number as u64)).collect();
    writer.header(&GraphHeader::new(document))?;
    writer.begin_list("volumes")?;
    for volume in &document.volumes {
        writer.counts.volumes += 1;
        writer.small_object("volume", &VolumeEntry::new(volume))?;
    }
    writer.end_list()?;
    writer.nodes(document, &objects)?;
    writer.edges(document, &objects)?;
    writer.begin_list("problems")?;
    for problem in ProblemEntry::all(document) {
        writer.counts.problems += 1;
        writer.small_object("problem", &problem)?;
    }
    writer.end_list()?;
    writer.end()
}

/// Puts objects into the frame of the format.
struct GraphWriter<'w> {
    out: &'w mut dyn Write,
    format: GraphFormat,
    counts: EndCounts,
    /// No object of the list at hand has been written.
    is_first: bool,
}

impl GraphWriter<'_> {
    fn header(&mut self, header: &GraphHeader) -> io::Result<()> {
        match self.format {
            GraphFormat::Json => {
                let text = serde_json::to_string(header)?;
                // The document's arrays follow where the header's own brace would close.
                self.out.write_all(text.strip_suffix('}').unwrap_or(&text).as_bytes())
            }
            GraphFormat::Ndjson => self.small_object("header", header),
        }
    }

    fn begin_list(&mut self, key: &str) -> io::Result<()> {
        self.is_first = true;
        match self.format {
            GraphFormat::Json => write!(self.out, ",\n\"{key}\":["),
            GraphFormat::Ndjson => Ok(()),
        }
    }

    fn end_list(&mut self) -> io::Result<()> {
        match self.format {
            GraphFormat::Json => self.out.write_all(b"\n]"),
            GraphFormat::Ndjson => Ok(()),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self.format {
            GraphFormat::Json => self.out.write_all(b"}\n"),
            GraphFormat::Ndjson => self.small_object("end", &self.counts.clone()),
        }
    }

    /// An object of which there are few.
    fn small_object(&mut self, kind: &'static str, object: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(object)?;
        let framed = match self.format {
            GraphFormat::Json => format!(",\n{text}"),
            // The kind is the first key.
            GraphFormat::Ndjson => format!("{{\"object\":\"{kind}\",{}\n", text.strip_prefix('{').unwrap_or(&text)),
        };
        self.framed(framed.as_bytes())
    }

    /// Objects with their frame; the comma before a list's first is left out.
    fn framed(&mut self, objects: &[u8]) -> io::Result<()> {
        if objects.is_empty() {
            return Ok(());
        }
        let is_first = std::mem::take(&mut self.is_first) && self.format == GraphFormat::Json;
        let skipped = usize::from(is_first);
        self.out.write_all(objects.get(skipped..).unwrap_or_default())
    }

    /// Serialises what has the numbers up to `end`, piece by piece on all threads, and writes what they give in order.
    fn pieces(&mut self, end: usize, serialise: impl Fn(Range<usize>, &mut Vec<u8>) -> u64 + Sync) -> io::Result<u64> {
        let mut objects = 0;
        let mut pieces = vec![(Vec::new(), 0); PIECES_PER_THREAD * rayon::current_num_threads()];
        for first in (0..end).step_by(pieces.len() * OBJECTS_PER_PIECE) {
            pieces.par_iter_mut().enumerate().for_each(|(index, (text, count))| {
                let start = end.min(first + index * OBJECTS_PER_PIECE);
                text.clear();
                *count = serialise(start..end.min(start + OBJECTS_PER_PIECE), text);
            });
            for (text, count) in &pieces {
                objects += count;
                self.framed(text)?;
            }
        }
        Ok(objects)
    }

    fn nodes(&mut self, document: &Document<'_>, objects: &[GraphObjects<'_>]) -> io::Result<()> {
        self.begin_list("nodes")?;
        let format = self.format;
        for (volume, objects) in document.volumes.iter().zip(objects) {
            let graph = &volume.graph;
            self.counts.nodes += self.pieces(graph.files.positions(), |positions, out| {
                let mut links: Vec<HardLink<'_>> = Vec::new();
                let files = graph.exported_files(positions);
                format.objects("node", out, files, |file, object| objects.node(&file, &mut links, object))
            })?;
        }
        let mut missing: Vec<(String, usize, format::FileReference)> = Vec::new();
        for (index, volume) in document.volumes.iter().enumerate() {
            let id = volume.id();
            let references = volume.graph.missing_parents();
            missing.extend(references.into_iter().map(|reference| (format!("{id}:{reference}"), index, reference)));
        }
        // By the bytes of their ids, through all volumes.
        missing.sort();
        let mut text = Vec::new();
        let nodes = missing.into_iter().filter_map(|(_, index, reference)| Some((objects.get(index)?, reference)));
        self.counts.nodes += format.objects("node", &mut text, nodes, |(objects, reference), object| {
            objects.missing_node(reference, object);
        });
        self.framed(&text)?;
        self.end_list()
    }

    fn edges(&mut self, document: &Document<'_>, objects: &[GraphObjects<'_>]) -> io::Result<()> {
        self.begin_list("edges")?;
        let format = self.format;
        for (volume, objects) in document.volumes.iter().zip(objects) {
            let graph = &volume.graph;
            self.counts.edges += self.pieces(graph.directory_edge_count(), |numbers, out| {
                let edges = graph.directory_edges(numbers);
                format.objects("edge", out, edges, |edge, object| objects.edge(&edge, object))
            })?;
        }
        // Volume ids are in order up to v9; beyond, `v10` comes before `v2` among ids that are no records.
        let mut volumes: Vec<_> = document.volumes.iter().zip(objects).collect();
        volumes.sort_by_key(|(volume, _)| format!("{}:", volume.id()));
        for (volume, objects) in volumes {
            let mut text = Vec::new();
            let edges = volume.graph.missing_parent_edges();
            self.counts.edges += format.objects("edge", &mut text, edges, |edge, object| objects.edge(&edge, object));
            self.framed(&text)?;
        }
        self.end_list()
    }
}

impl GraphFormat {
    /// Appends many objects, and answers how many.
    fn objects<T>(
        self,
        kind: &'static str,
        out: &mut Vec<u8>,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(T, &mut Object<'_>),
    ) -> u64 {
        let mut count = 0;
        for item in items {
            count += 1;
            if self == GraphFormat::Json {
                out.extend_from_slice(b",\n");
            }
            let mut object = Object::begin(out);
            if self == GraphFormat::Ndjson {
                object.word("object", kind);
            }
            write(item, &mut object);
            object.end();
            if self == GraphFormat::Ndjson {
                out.push(b'\n');
            }
        }
        count
    }
}
