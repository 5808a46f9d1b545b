//! The paths of directories, escaped for JSON once, so that each of their children's paths is a copy and a name.

use format::{FileReference, Wtf8};
use links::{Files, Part, Paths, Place, VolumeGraph};

use crate::json_writer::{append_escaped, append_number};

/// Bytes of a path up to which it is always kept.
const SHORT: usize = 256;
/// Bytes of longer paths that are kept in all.
const LONG_BUDGET: usize = 64 * 1024 * 1024;

/// The escaped path of each directory of a volume that has edges.
///
/// A hostile image can have a million directories with paths of 96 KiB. So a long path is kept only where that of no
/// near ancestor is, and only within a budget; others are put together from the nearest one that is.
pub struct DirectoryPaths<'g> {
    files: &'g Files,
    paths: &'g Paths,
    text: Vec<u8>,
    /// For each directory where its path begins and ends in `text`; an end of 0 where it is not kept.
    ranges: Vec<(u32, u32)>,
}

impl<'g> DirectoryPaths<'g> {
    /// Escapes the paths of the directories of a graph.
    pub fn build(graph: &'g VolumeGraph) -> Self {
        let VolumeGraph { files, paths, .. } = graph;
        let count = paths.directories().len();
        let mut built = Self { files, paths, text: vec![0], ranges: vec![(0, 0); count] };
        let mut path = Vec::new();
        let mut long_bytes = 0;
        for (index, directory) in (0..).zip(paths.directories()) {
            if !graph.has_edges_from(directory.record) {
                continue;
            }
            path.clear();
            let added = built.append_directory(index, &mut path);
            let is_far = added > SHORT && long_bytes + path.len() <= LONG_BUDGET;
            if path.len() > SHORT && !is_far {
                continue;
            }
            if is_far {
                long_bytes += path.len();
            }
            let start = built.text.len();
            built.text.extend_from_slice(&path);
            let range = (u32::try_from(start), u32::try_from(built.text.len()));
            if let ((Ok(start), Ok(end)), Some(entry)) = (range, built.ranges.get_mut(index as usize)) {
                *entry = (start, end);
            }
        }
        built
    }

    fn kept(&self, index: u32) -> Option<&[u8]> {
        let (start, end) = *self.ranges.get(index as usize)?;
        if end == 0 { None } else { self.text.get(start as usize..end as usize) }
    }

    /// Appends a directory's escaped path as its children's paths begin with it, and answers how many of its bytes were
    /// put together rather than copied.
    fn append_directory(&self, index: u32, out: &mut Vec<u8>) -> usize {
        let mut copied = 0;
        self.paths.append_directory(
            self.files,
            index,
            |index| self.kept(index),
            |part| match part {
                Part::Ready(text) => {
                    copied = text.len();
                    out.extend_from_slice(text);
                }
                part => append_part(part, out),
            },
        );
        out.len().saturating_sub(copied)
    }

    /// Appends the escaped path of a name, without quotes.
    pub fn append_path(&self, place: Place, name: Wtf8<'_>, out: &mut Vec<u8>) {
        let known = |index| self.kept(index);
        self.paths.append_path(self.files, place, name, known, |part| append_part(part, out));
    }
}

fn append_part(part: Part<'_>, out: &mut Vec<u8>) {
    match part {
        Part::Ready(text) => out.extend_from_slice(text),
        Part::Reference(beginning, reference) => {
            append_escaped(out, Wtf8::from_wtf8(beginning.as_bytes()));
            append_reference(reference, out);
        }
        Part::Name(name) => {
            out.extend_from_slice(br"\\");
            append_escaped(out, name);
        }
    }
}

/// `40-2`
pub fn append_reference(reference: FileReference, out: &mut Vec<u8>) {
    append_number(out, reference.record_number());
    out.push(b'-');
    append_number(out, u64::from(reference.sequence_number()));
}
