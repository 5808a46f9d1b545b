//! `refs`: what leads to an object.

use std::io::{self, Write};

use image::OneLine;
use links::{LinkEdge, Reached, Reference};

use crate::document::Document;
use crate::json_writer::Object;
use crate::link_json::LinkObjects;
use crate::link_text::{file_text, link_line, reached_text};
use crate::query_json::write_answer;
use crate::text::count_text;

/// Every link that has to do with an object.
#[derive(Debug)]
pub struct ReferencesReport<'d, 'i> {
    /// What the ids belong to.
    pub document: &'d Document<'i>,
    /// The object.
    pub object: &'d Reached,
    /// The links that lead to it, through it or to what is below it.
    pub references: Vec<Reference<'d>>,
    /// The relative links that break when it is moved to another directory: itself, or such that lead out of it.
    pub leading_out: Vec<&'d LinkEdge>,
}

impl ReferencesReport<'_, '_> {
    /// Writes the links as lines, those first that break.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let path = OneLine(reached_text(self.document, self.object)).to_string();
        let breaking = self.references.iter().filter(|reference| reference.breaks).count();
        let [all, breaking] = [self.references.len(), breaking].map(|count| count_text(count as u64));
        writeln!(out, "{path}: {all} links lead here; {breaking} break if it is moved, renamed or deleted")?;
        for word in ["breaks", "keeps", "broken"] {
            for reference in self.references.iter().filter(|reference| becomes(reference) == word) {
                writeln!(out, "{word:<8}{}", link_line(self.document, reference.edge))?;
                for link in &reference.edge.verdict.via {
                    writeln!(out, "{:<8}  through {}", "", OneLine(file_text(self.document, *link)))?;
                }
            }
        }
        if !self.leading_out.is_empty() {
            writeln!(out, "Relative links that break if it is moved to another directory:")?;
        }
        self.leading_out.iter().try_for_each(|edge| writeln!(out, "{:<8}{}", "", link_line(self.document, edge)))
    }

    /// Writes the links as a JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let links = LinkObjects::new(self.document);
        let answer = |object: &mut Object<'_>| {
            object.word("id", &self.document.file_id(self.object.file));
            object.text("path", links.path_of(self.object).as_wtf8());
            object.objects("references", &self.references, |reference, object| {
                object.flag("breaks", reference.breaks);
                links.edge(reference.edge, object);
            });
            object.objects("leading_out", &self.leading_out, |edge, object| links.edge(edge, object));
        };
        write_answer(self.document, "ntfslinks/refs/1", answer, out)
    }
}

/// What becomes of a link when the object loses its name; one that leads to no file has nothing to lose.
fn becomes(reference: &Reference<'_>) -> &'static str {
    match (reference.breaks, &reference.edge.verdict.reached) {
        (true, _) => "breaks",
        (false, Some(_)) => "keeps",
        (false, None) => "broken",
    }
}
