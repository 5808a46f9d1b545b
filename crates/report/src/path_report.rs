//! `resolve`: a path, name by name and link by link.

use std::io::{self, Write};

use image::OneLine;
use links::{FileId, Followed, Target, TraceStep};

use crate::document::Document;
use crate::json_writer::Object;
use crate::link_json::LinkObjects;
use crate::link_text::{file_text, reached_text, status_words, stored_target, type_name};
use crate::query_json::write_answer;

/// A path that was followed to its end.
#[derive(Debug)]
pub struct PathReport<'d, 'i> {
    /// What the ids belong to.
    pub document: &'d Document<'i>,
    /// The volume that the path begins on.
    pub volume: usize,
    /// As it was typed.
    pub path: &'d str,
    /// What happened on the way, and how it ended.
    pub followed: &'d Followed,
}

impl PathReport<'_, '_> {
    /// Writes each step on a line of its own: what a name is, or where a link leads.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let document = self.document;
        let root = FileId { volume: self.volume, record: links::ROOT };
        writeln!(out, "{:<12} {:<16} {}", document.file_id(root), "directory", OneLine(file_text(document, root)))?;
        for step in &self.followed.trace {
            match step {
                TraceStep::Entered(reached) => {
                    let (id, kind) = (document.file_id(reached.file), self.kind(reached.file));
                    writeln!(out, "{id:<12} {kind:<16} {}", OneLine(reached_text(document, reached)))?;
                }
                TraceStep::Followed(link) => {
                    let target = document.file(*link).and_then(|file| stored_target(&file)).unwrap_or_default();
                    writeln!(out, "{:<12} {:<16} → {}", "", "", OneLine(target))?;
                }
            }
        }
        let verdict = &self.followed.verdict;
        let end = self.end_text();
        writeln!(out, "{}: {}: {}", verdict.status.as_str(), OneLine(end), status_words(verdict.status))?;
        if let Some(at) = &verdict.missing_at {
            writeln!(out, "exists up to {}", OneLine(reached_text(document, at)))?;
        }
        let notes: Vec<&str> = verdict.notes.words().collect();
        if notes.is_empty() { Ok(()) } else { writeln!(out, "note: {}", notes.join(", ")) }
    }

    fn kind(&self, id: FileId) -> &'static str {
        match self.document.file(id) {
            Some(file) => type_name(&file).unwrap_or(if file.is_directory() { "directory" } else { "file" }),
            None => "file",
        }
    }

    fn end_text(&self) -> String {
        let verdict = &self.followed.verdict;
        match (&verdict.reached, &verdict.target) {
            (Some(reached), _) => reached_text(self.document, reached),
            (None, Target::Missing(_, path)) => path.as_wtf8().to_string(),
            (None, Target::External(text)) => text.as_wtf8().to_string(),
            (None, Target::File(file) | Target::Layer(file) | Target::Malformed(file)) => {
                file_text(self.document, *file)
            }
        }
    }

    /// Writes the steps and the verdict as a JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let links = LinkObjects::new(self.document);
        let answer = |object: &mut Object<'_>| {
            object.word("path", self.path);
            object.objects("steps", &self.followed.trace, |step, object| self.put_step(step, &links, object));
            object.word("target", &self.document.target_id(&self.followed.verdict.target));
            links.verdict(&self.followed.verdict, object);
        };
        write_answer(self.document, "ntfslinks/resolve/1", answer, out)
    }

    fn put_step(&self, step: &TraceStep, links: &LinkObjects<'_, '_>, object: &mut Object<'_>) {
        match step {
            TraceStep::Entered(reached) => {
                object.word("step", "name");
                object.word("id", &self.document.file_id(reached.file));
                object.word("type", self.kind(reached.file));
                object.text("path", links.path_of(reached).as_wtf8());
            }
            TraceStep::Followed(link) => {
                object.word("step", "link");
                object.word("id", &self.document.file_id(*link));
                object.word("type", self.kind(*link));
            }
        }
    }
}
