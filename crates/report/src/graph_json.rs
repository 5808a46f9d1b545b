//! The link graph as one JSON document, or as NDJSON: one object a line.
//!
//! Both are streamed: objects are serialised piece by piece on all threads, and written in order.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use links::{HardLinkEdge, LinkEdge, Target, VolumeGraph};
use rayon::prelude::*;
use serde::Serialize;

use crate::document::Document;
use crate::json_types::{EndCounts, GraphHeader, ProblemEntry, VolumeEntry};
use crate::json_writer::{Object, inert};
use crate::link_json::LinkObjects;
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
/// Bytes of a piece from which on it is written before it goes on: a hostile image has paths of 96 KiB.
const FULL_PIECE: usize = 1024 * 1024;

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
        writer.small_object("volume", &VolumeEntry::new(document, volume))?;
    }
    writer.end_list()?;
    let links = LinkObjects::new(document);
    writer.nodes(document, &objects, &links)?;
    writer.edges(document, &objects, &links)?;
    writer.begin_list("problems")?;
    for problem in ProblemEntry::all(document) {
        writer.counts.problems += 1;
        writer.small_object("problem", &problem)?;
    }
    writer.end_list()?;
    writer.end()
}

/// A node that is no record.
enum Other<'d> {
    /// Where links lead.
    Place(&'d Target),
    /// A parent reference of a volume that leads nowhere.
    Parent(String),
}

fn missing_parent(id: &str, volume: &str, object: &mut Object<'_>) {
    object.word("id", id);
    object.word("kind", "missing");
    object.word("volume", volume);
}

/// The edges that begin at records of one volume, in order.
struct MergedEdges<'d> {
    graph: &'d VolumeGraph,
    /// Links, each with its number among all edges.
    links: Vec<(usize, &'d LinkEdge)>,
}

/// A part of what is serialised.
#[derive(Clone, Default)]
struct Piece {
    text: Vec<u8>,
    count: u64,
    /// The numbers of what is still to come.
    rest: Range<usize>,
}

enum Edge<'d> {
    HardLink(HardLinkEdge<'d>),
    Link(&'d LinkEdge),
}

impl<'d> MergedEdges<'d> {
    fn count(&self) -> usize {
        self.graph.directory_edge_count() + self.links.len()
    }

    /// The edges with some numbers, each with its number.
    fn edges(&self, numbers: Range<usize>) -> impl Iterator<Item = (usize, Edge<'d>)> {
        let links_before = |number| self.links.partition_point(|(of_link, _)| *of_link < number);
        let (first, end) = (links_before(numbers.start), links_before(numbers.end));
        let mut links = self.links.get(first..end).unwrap_or_default().iter().peekable();
        let mut hard_links = self.graph.directory_edges(numbers.start - first..numbers.end - end);
        numbers.filter_map(move |number| {
            let edge = match links.next_if(|(of_link, _)| *of_link == number) {
                Some((_, edge)) => Edge::Link(edge),
                None => Edge::HardLink(hard_links.next()?),
            };
            Some((number, edge))
        })
    }
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
                let text = inert(serde_json::to_string(header)?);
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
        let text = inert(serde_json::to_string(object)?);
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
    fn pieces(&mut self, end: usize, fill: impl Fn(&mut Piece) + Sync) -> io::Result<u64> {
        let mut objects = 0;
        let mut pieces = vec![Piece::default(); PIECES_PER_THREAD * rayon::current_num_threads()];
        for first in (0..end).step_by(pieces.len() * OBJECTS_PER_PIECE) {
            pieces.par_iter_mut().enumerate().for_each(|(index, piece)| {
                let start = end.min(first + index * OBJECTS_PER_PIECE);
                piece.rest = start..end.min(start + OBJECTS_PER_PIECE);
                fill(piece);
            });
            for piece in &mut pieces {
                self.framed(&piece.text)?;
                objects += piece.count;
                while !piece.rest.is_empty() {
                    fill(piece);
                    self.framed(&piece.text)?;
                    objects += piece.count;
                }
            }
        }
        Ok(objects)
    }

    fn nodes(
        &mut self,
        document: &Document<'_>,
        objects: &[GraphObjects<'_>],
        links: &LinkObjects<'_, '_>,
    ) -> io::Result<()> {
        self.begin_list("nodes")?;
        let format = self.format;
        for (volume, objects) in document.volumes.iter().zip(objects) {
            let graph = &volume.graph;
            self.counts.nodes += self.pieces(graph.files.positions(), |piece| {
                let files = graph.exported_files(piece.rest.clone());
                format.fill("node", piece, files, |file, object| objects.node(&file, object));
            })?;
        }
        self.others(document, links)?;
        self.end_list()
    }

    /// The nodes that are no records, by the bytes of their ids, through all volumes.
    fn others(&mut self, document: &Document<'_>, links: &LinkObjects<'_, '_>) -> io::Result<()> {
        let mut others: Vec<(Cow<'_, str>, Other<'_>)> =
            links.places().map(|(id, place)| (Cow::Borrowed(id), Other::Place(place))).collect();
        for volume in &document.volumes {
            let id = volume.id();
            let references = volume.graph.missing_parents().into_iter();
            others.extend(references.map(|reference| (format!("{id}:{reference}").into(), Other::Parent(id.clone()))));
        }
        others.sort_by(|(one, _), (other, _)| one.cmp(other));
        others.dedup_by(|(one, _), (other, _)| one == other);
        let format = self.format;
        self.counts.nodes += self.pieces(others.len(), |piece| {
            let others = piece.rest.clone().zip(others.get(piece.rest.clone()).unwrap_or_default());
            format.fill("node", piece, others, |(id, other), object| match other {
                Other::Place(place) => links.place(id, place, object),
                Other::Parent(volume) => missing_parent(id, volume, object),
            });
        })?;
        Ok(())
    }

    fn edges(
        &mut self,
        document: &Document<'_>,
        objects: &[GraphObjects<'_>],
        links: &LinkObjects<'_, '_>,
    ) -> io::Result<()> {
        self.begin_list("edges")?;
        let format = self.format;
        for (index, (volume, objects)) in document.volumes.iter().zip(objects).enumerate() {
            let merged = MergedEdges { graph: &volume.graph, links: links.edges_of(index) };
            self.counts.edges += self.pieces(merged.count(), |piece| {
                let edges = merged.edges(piece.rest.clone());
                format.fill("edge", piece, edges, |edge, object| match edge {
                    Edge::HardLink(edge) => objects.edge(&edge, object),
                    Edge::Link(edge) => links.edge(edge, object),
                });
            })?;
        }
        // Volume ids are in order up to v9; beyond, `v10` comes before `v2` among ids that are no records.
        let mut volumes: Vec<_> = document.volumes.iter().zip(objects).collect();
        volumes.sort_by_key(|(volume, _)| format!("{}:", volume.id()));
        for (volume, objects) in volumes {
            let edges: Vec<HardLinkEdge<'_>> = volume.graph.missing_parent_edges().collect();
            self.counts.edges += self.pieces(edges.len(), |piece| {
                let edges = piece.rest.clone().zip(edges.get(piece.rest.clone()).unwrap_or_default());
                format.fill("edge", piece, edges, |edge, object| objects.edge(edge, object));
            })?;
        }
        self.end_list()
    }
}

impl GraphFormat {
    /// Fills a piece with numbered objects until none is left, or it is full.
    fn fill<T>(
        self,
        kind: &'static str,
        piece: &mut Piece,
        items: impl Iterator<Item = (usize, T)>,
        write: impl Fn(T, &mut Object<'_>),
    ) {
        piece.text.clear();
        piece.count = 0;
        for (number, item) in items {
            self.object(kind, &mut piece.text, |object| write(item, object));
            piece.count += 1;
            if piece.text.len() >= FULL_PIECE {
                piece.rest.start = number + 1;
                return;
            }
        }
        piece.rest.start = piece.rest.end;
    }

    /// Appends an object.
    fn object(self, kind: &'static str, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        if self == GraphFormat::Json {
            out.extend_from_slice(b",\n");
        }
        let mut object = Object::begin(out);
        if self == GraphFormat::Ndjson {
            object.word("object", kind);
        }
        write(&mut object);
        object.end();
        if self == GraphFormat::Ndjson {
            out.push(b'\n');
        }
    }
}
