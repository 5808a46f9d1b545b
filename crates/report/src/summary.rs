//! What `scan` says when it is done.

use std::collections::BTreeMap;
use std::io::{self, Write};

use format::ReparseData;
use image::OneLine;
use links::{File, ReparseType, VolumeGraph};

use crate::document::{Document, VolumeDocument};
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

/// The type of a reparse point or link file.
fn type_name(file: &File<'_>) -> Option<&'static str> {
    use format::ForeignLink::*;
    if file.is_reparse_point() {
        let point = file.reparse_point();
        return Some(point.map_or("other", |point| ReparseType::of(point.tag, &point.data).as_str()));
    }
    file.foreign_link().map(|link| match link {
        InterixSymlink(_) => "interix_symlink",
        InterixCharacter(_) => "interix_char",
        InterixBlock(_) => "interix_block",
        CygwinSymlink(_) => "cygwin_symlink",
    })
}

/// Writes the first few links of a document as lines `TYPE PATH -> TARGET`, and says how many there are beyond them.
///
/// # Errors
/// Writing to `out` fails.
pub fn write_first_links(document: &Document<'_>, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let all = document.volumes.iter().flat_map(|volume| {
        files(&volume.graph).filter(File::is_in_use).filter_map(move |file| Some((volume, file, target_text(&file)?)))
    });
    let mut shown = 0;
    let mut count = 0;
    for (volume, file, target) in all {
        count += 1;
        if shown < most {
            shown += 1;
            let kind = type_name(&file).unwrap_or("other");
            writeln!(out, "{kind:<16} {} -> {}", OneLine(path_text(volume, &file)), OneLine(target))?;
        }
    }
    if count > shown {
        writeln!(out, "… and {} more", count_text((count - shown) as u64))?;
    }
    Ok(())
}

fn path_text(volume: &VolumeDocument<'_>, file: &File<'_>) -> String {
    let graph = &volume.graph;
    let mut links = Vec::new();
    file.hard_links(&mut links);
    let paths = graph.paths.paths_of(&graph.files, file, &links);
    paths.first().map_or_else(|| format!("record {}", file.reference()), |path| path.as_wtf8().to_string())
}

/// Where a link says it leads; `None` for what is no link.
fn target_text(file: &File<'_>) -> Option<String> {
    use format::{ForeignLink, ForeignTarget, NfsObject};
    let text = |text: format::Utf16<'_>| text.to_wtf8().as_wtf8().to_string();
    let bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(link) = file.foreign_link() {
        return match link {
            ForeignLink::InterixSymlink(target) | ForeignLink::CygwinSymlink(ForeignTarget::Utf16(target)) => {
                Some(text(target))
            }
            ForeignLink::CygwinSymlink(ForeignTarget::Bytes(target)) => Some(bytes(target)),
            ForeignLink::InterixCharacter(_) | ForeignLink::InterixBlock(_) => None,
        };
    }
    match file.reparse_point()?.data {
        ReparseData::MountPoint { substitute_name, .. } | ReparseData::Symlink { substitute_name, .. } => {
            substitute_name.map(text)
        }
        ReparseData::WslSymlink { target } => Some(bytes(target)),
        ReparseData::Nfs(NfsObject::Symlink(target)) => Some(text(target)),
        ReparseData::AppExecLink { strings } => strings.get(2).copied().map(text),
        _ => None,
    }
}
