//! `links`: one link a line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use image::OneLine;
use links::{File, FileId, LinkEdge, Resolver, Status};

use crate::document::Document;
use crate::link_json::LinkObjects;
use crate::link_text::{STATUS_WIDTH, TYPE_WIDTH, file_text, link_line, type_name};
use crate::query_json::write_answer;
use crate::text::count_text;

/// Which links are listed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LinkFilter {
    /// Those of these types alone; of all, if there are none.
    pub types: Vec<String>,
    /// Those with these statuses alone.
    pub statuses: Vec<Status>,
    /// Those in or below a directory alone.
    pub under: Option<FileId>,
    /// What is mostly in the way, too: reparse points that are no links, and the links that Windows makes.
    pub all: bool,
}

/// The word under which files with several names are listed.
pub const HARD_LINK: &str = "hard_link";

/// The links of a document that are listed, and how many are not.
#[derive(Debug)]
pub struct LinkList<'d, 'i> {
    document: &'d Document<'i>,
    edges: Vec<&'d LinkEdge>,
    /// Reparse points that are no links.
    others: Vec<(FileId, &'static str)>,
    /// Files with several names.
    hard_linked: Vec<FileId>,
    /// What is left out, by what it is.
    left_out: BTreeMap<&'static str, u64>,
}

/// What the links that Windows makes are counted as.
const WINDOWS_OWN: &str = "windows_own";

impl<'d, 'i> LinkList<'d, 'i> {
    /// The links of a document that a filter lets through.
    pub fn new(document: &'d Document<'i>, resolver: &Resolver<'_>, filter: &LinkFilter) -> Self {
        let empty = |edges| Self { document, edges, others: vec![], hard_linked: vec![], left_out: BTreeMap::new() };
        let mut list = empty(Vec::new());
        let is_wanted = |edge: &&LinkEdge| {
            filter.wants(edge.link_type.as_str())
                && (filter.statuses.is_empty() || filter.statuses.contains(&edge.verdict.status))
                && filter.under.is_none_or(|under| resolver.begins_below(edge, under))
        };
        let hides = |edge: &LinkEdge| !filter.all && filter.statuses.is_empty() && resolver.stock_link(edge).is_some();
        for edge in document.links.edges.iter().filter(is_wanted) {
            match hides(edge) {
                true => *list.left_out.entry(WINDOWS_OWN).or_default() += 1,
                false => list.edges.push(edge),
            }
        }
        if filter.statuses.is_empty() {
            list.add_files(resolver, filter);
        }
        list
    }

    /// Adds what is no link but is a reparse point, and files with several names.
    fn add_files(&mut self, resolver: &Resolver<'_>, filter: &LinkFilter) {
        for (volume, document) in self.document.volumes.iter().enumerate() {
            let files = &document.graph.files;
            for file in (0..files.chunk_count()).flat_map(|chunk| files.files_of_chunk(chunk)) {
                let id = FileId { volume, record: file.record() };
                if filter.under.is_none_or(|under| resolver.is_inside(id, under)) {
                    self.add_file(id, &file, filter);
                }
            }
        }
    }

    fn add_file(&mut self, id: FileId, file: &File<'_>, filter: &LinkFilter) {
        let is_hard_linked = !file.is_directory() && file.has_several_hard_links();
        if is_hard_linked && filter.types.iter().any(|wanted| wanted == HARD_LINK) {
            self.hard_linked.push(id);
        } else if is_hard_linked && filter.types.is_empty() {
            *self.left_out.entry(HARD_LINK).or_default() += 1;
        }
        let Some(kind) = type_name(file).filter(|kind| filter.wants(kind) && links::Link::of(file).is_none()) else {
            return;
        };
        match filter.all || !filter.types.is_empty() {
            true => self.others.push((id, kind)),
            false => *self.left_out.entry(kind).or_default() += 1,
        }
    }

    /// Writes the list as lines.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for edge in &self.edges {
            writeln!(out, "{}", link_line(self.document, edge))?;
        }
        for (id, kind) in &self.others {
            let none = "-";
            writeln!(out, "{kind:<TYPE_WIDTH$}{none:<STATUS_WIDTH$}{}", OneLine(file_text(self.document, *id)))?;
        }
        for id in &self.hard_linked {
            self.write_hard_links(*id, out)?;
        }
        for (kind, count) in &self.left_out {
            let (what, flag) = match *kind {
                WINDOWS_OWN => ("links that Windows makes", "--all"),
                HARD_LINK => ("files with several names", "--type hard_link"),
                _ => ("reparse points that are no links", "--all"),
            };
            let count = count_text(*count);
            writeln!(out, "{kind:<TYPE_WIDTH$}{count:<STATUS_WIDTH$}{what}, not listed: {flag} lists them")?;
        }
        Ok(())
    }

    /// Every name of a file, one a line.
    fn write_hard_links(&self, id: FileId, out: &mut dyn Write) -> io::Result<()> {
        let Some(volume) = self.document.volumes.get(id.volume) else { return Ok(()) };
        let Some(file) = self.document.file(id) else { return Ok(()) };
        let mut links = Vec::new();
        file.hard_links(&mut links);
        let target = self.document.file_id(id);
        for path in volume.graph.paths.paths_of(&volume.graph.files, &file, &links) {
            let (path, none) = (OneLine(path.as_wtf8()), "-");
            writeln!(out, "{HARD_LINK:<TYPE_WIDTH$}{none:<STATUS_WIDTH$}{path} → {target}")?;
        }
        Ok(())
    }

    /// Writes the list as a JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let objects = LinkObjects::new(self.document);
        let file = |id: FileId, kind: &str, object: &mut crate::json_writer::Object<'_>| {
            object.word("id", &self.document.file_id(id));
            object.word("type", kind);
            self.put_paths(id, object);
        };
        write_answer(
            self.document,
            "ntfslinks/links/1",
            |object| {
                object.objects("edges", &self.edges, |edge, object| objects.edge(edge, object));
                object.objects("reparse_points", &self.others, |(id, kind), object| file(*id, kind, object));
                object.objects("hard_linked_files", &self.hard_linked, |id, object| file(*id, HARD_LINK, object));
                object.objects("left_out", &self.left_out, |(kind, count), object| {
                    object.word("what", kind);
                    object.number("count", *count);
                });
            },
            out,
        )
    }

    fn put_paths(&self, id: FileId, object: &mut crate::json_writer::Object<'_>) {
        let Some(volume) = self.document.volumes.get(id.volume) else { return };
        let Some(file) = self.document.file(id) else { return };
        let mut links = Vec::new();
        file.hard_links(&mut links);
        object.texts("paths", &volume.graph.paths.paths_of(&volume.graph.files, &file, &links));
    }
}

impl LinkFilter {
    fn wants(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind)
    }
}
