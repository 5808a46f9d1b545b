//! What `scan` says when it is done.

use std::collections::BTreeMap;
use std::io::{self, Write};

use links::{File, VolumeGraph};

use crate::document::Document;
use crate::link_text::{link_line, type_name};
use crate::text::count_text;

/// Files with several names, reparse points by type, problems by code.
#[derive(Debug, Default)]
pub struct Summary {
    records: u64,
    hard_linked_files: u64,
    types: BTreeMap<&'static str, u64>,
    problems: BTreeMap<&'static str, u64>,
    second_reader: Option<String>,
}

impl Summary {
    /// Counts what a document holds.
    pub fn new(document: &Document<'_>) -> Summary {
        let mut summary = Summary::default();
        for volume in &document.volumes {
            let graph = &volume.graph;
            summary.records += graph.counts.in_use;
            summary.hard_linked_files += graph.counts.hard_linked_files;
            for file in files(graph).filter(File::is_in_use) {
                if let Some(name) = type_name(&file) {
                    *summary.types.entry(name).or_default() += 1;
                }
            }
        }
        let of_volumes = document.volumes.iter().flat_map(|volume| &volume.graph.problems);
        for problem in document.images.iter().flat_map(|image| &image.problems).chain(of_volumes) {
            *summary.problems.entry(problem.cause.code()).or_default() += 1;
        }
        summary.second_reader = document.second_reader.map(|result| {
            let [compared, differences, failures] =
                [result.records_compared, result.differences, result.failures].map(count_text);
            format!("{compared} records compared, {differences} differences, {failures} failures")
        });
        summary
    }

    /// How many problems there are.
    pub fn problem_count(&self) -> u64 {
        self.problems.values().sum()
    }

    /// Writes the summary, a few lines.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "records in use        {:>12}", count_text(self.records))?;
        writeln!(out, "files with 2+ names   {:>12}", count_text(self.hard_linked_files))?;
        writeln!(out, "reparse points, links {:>12}{}", count_text(self.types.values().sum()), list(&self.types))?;
        writeln!(out, "problems              {:>12}{}", count_text(self.problem_count()), list(&self.problems))?;
        match &self.second_reader {
            Some(result) => writeln!(out, "second reader         {result}"),
            None => Ok(()),
        }
    }
}

/// `  (junction 3, symlink 2)`, the most frequent first.
fn list(counts: &BTreeMap<&'static str, u64>) -> String {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
    let parts: Vec<String> = sorted.into_iter().map(|(name, count)| format!("{name} {}", count_text(*count))).collect();
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join(", ")) }
}

fn files(graph: &VolumeGraph) -> impl Iterator<Item = File<'_>> {
    (0..graph.files.chunk_count()).flat_map(|chunk| graph.files.files_of_chunk(chunk))
}

/// Writes the first few links of a document as lines, and says how many there are beyond them.
///
/// # Errors
/// Writing to `out` fails.
pub fn write_first_links(document: &Document<'_>, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let edges = &document.links.edges;
    for edge in edges.iter().take(most) {
        writeln!(out, "{}", link_line(document, edge))?;
    }
    match edges.len().checked_sub(most) {
        Some(more) if more > 0 => writeln!(out, "… and {} more: ntfslinks links lists them", count_text(more as u64)),
        _ => Ok(()),
    }
}
