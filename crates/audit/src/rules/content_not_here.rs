//! # content-not-here
//!
//! A directory has files whose content is elsewhere.
//!
//! ## What it finds
//!
//! Files with the reparse tag of a cloud provider, data deduplication, hierarchical storage management, the single-instance
//! store or a projected file system, that have fewer bytes on the volume than they say. One finding for each directory,
//! with the number of such files, the bytes they should have, and those that are there. Nothing is concluded from
//! attributes: 0x40000 also means that a file has extended attributes.
//!
//! Cloud files of a user's OneDrive are a note: that is how it works.
//!
//! ## Why it matters
//!
//! The files look intact, with name, size and times, and are not in the image. A backup that does not ask the provider for
//! them saves empty shells; evidence has to be got from the provider.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints the tag, the size and the allocated bytes of each file. On Windows, Explorer shows a
//! cloud, and `fsutil reparsepoint query` the tag.
//!
//! ## False positives
//!
//! A sparse or compressed file that is all there takes less room than its size too. Deduplicated content is on the same
//! volume, in `\System Volume Information\Dedup`, for whoever can read that.
//!
//! ## Sources
//!
//! MS-FSCC 2.1.2.1; reference A.6, B.2 and B.11.

use std::collections::{BTreeMap, BTreeSet};

use format::TagFamily;
use links::{EdgeSource, File, FileId, VolumeGraph};
use rayon::prelude::*;

use crate::context::Context;
use crate::finding::Finding;
use crate::known::is_in_one_drive;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "content-not-here",
    severity: Severity::Warning,
    summary: "a directory has files whose content is elsewhere",
    source: include_str!("content_not_here.rs"),
    check: Check::Volume(check),
};

/// The files of one directory whose content is not here.
#[derive(Default)]
struct Absent {
    files: u64,
    bytes: u64,
    bytes_here: u64,
    providers: BTreeSet<&'static str>,
}

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let Some(graph) = context.graph(volume) else { return };
    let of_chunk = |chunk| graph.files.files_of_chunk(chunk).filter_map(|file| absent(graph, &file));
    let found: Vec<_> = (0..graph.files.chunk_count()).into_par_iter().flat_map_iter(of_chunk).collect();
    let mut directories: BTreeMap<u64, Absent> = BTreeMap::new();
    for (directory, provider, bytes, bytes_here) in found {
        let absent = directories.entry(directory).or_default();
        absent.files += 1;
        absent.bytes = absent.bytes.saturating_add(bytes);
        absent.bytes_here = absent.bytes_here.saturating_add(bytes_here);
        absent.providers.insert(provider);
    }
    let finding = |(record, absent)| finding(context, FileId { volume, record }, &absent);
    findings.extend(directories.into_iter().map(finding));
}

/// The directory of a file whose content is not here, who has that, its bytes, and those that are here. A file without a
/// directory stands for itself.
fn absent(graph: &VolumeGraph, file: &File<'_>) -> Option<(u64, &'static str, u64, u64)> {
    if !file.is_reparse_point() || !file.is_in_use() || file.is_directory() {
        return None;
    }
    let provider = provider(file.reparse_point()?.tag.known()?.family)?;
    let (bytes, allocated) = file.size().filter(|(bytes, allocated)| allocated < bytes)?;
    let directory = match file.primary_name().map(|name| graph.source_of(file, &name)) {
        Some(EdgeSource::Record(directory)) => directory,
        Some(EdgeSource::Missing(_)) | None => file.record(),
    };
    Some((directory, provider, bytes, allocated))
}

/// Who has the content of files with a tag, in the words of documents.
fn provider(family: TagFamily) -> Option<&'static str> {
    match family {
        TagFamily::Cloud => Some("cloud"),
        TagFamily::Dedup => Some("dedup"),
        TagFamily::Hsm => Some("hsm"),
        TagFamily::Sis => Some("sis"),
        TagFamily::Projfs => Some("projfs"),
        _ => None,
    }
}

fn finding(context: &Context<'_>, directory: FileId, absent: &Absent) -> Finding {
    let Absent { files, bytes, bytes_here, providers } = absent;
    let noun = if *files == 1 { "file" } else { "files" };
    let providers = providers.iter().copied().collect::<Vec<_>>().join(", ");
    let message = format!("{files} {noun} ({providers}) with {bytes_here} of {bytes} bytes on the volume");
    let finding = context.finding(&RULE, directory, message).with("files", *files).with("bytes", *bytes);
    let finding = finding.with("bytes_present", *bytes_here).with("providers", providers.clone());
    // What OneDrive does all the time is worth to know, and no more.
    let is_usual = providers == "cloud" && finding.path.as_ref().is_some_and(|path| is_in_one_drive(path.as_wtf8()));
    if is_usual { finding.as_bad_as(Severity::Note) } else { finding }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    fn file(path: &str, tag: &str, content: &str) -> String {
        format!(
            "[[file]]\npath = '{path}'\n{content}\nreparse = {{ tag = '{tag}', hex = '01000c00 46655270 00000000' }}\n"
        )
    }

    #[test]
    fn hit_one_finding_for_each_directory() {
        let one = file(r"\a\one", "CLOUD_6", "hole = 10000");
        let two = file(r"\a\two", "DEDUP", "hole = 500");
        let three = file(r"\b\three", "PROJFS", "hole = 7");
        let expected = [
            r"\a: 2 files (cloud, dedup) with 0 of 10500 bytes on the volume",
            r"\b: 1 file (projfs) with 0 of 7 bytes on the volume",
        ];
        check(&RULE, &format!("{one}{two}{three}"), &expected);
    }

    #[test]
    fn near_miss_a_cloud_file_that_is_here() {
        check(&RULE, &file(r"\a\one", "CLOUD_6", "zeros = 10000"), &[]);
    }

    #[test]
    fn near_miss_a_sparse_file_of_nobody() {
        check(&RULE, "[[file]]\npath = '\\a'\nhole = 10000\nattributes = 0x40000\n", &[]);
    }

    #[test]
    fn damaged_a_file_without_a_directory_stands_for_itself() {
        let damage = "[[damage]]\nkind = \"stale-parent-sequence\"\nfile = '\\a\\one'\n";
        let spec =
            format!("[[file]]\npath = '\\a'\ndirectory = true\nrecord = 40\n{}", file(r"\a\one", "HSM", "hole = 5"));
        let expected = r"\$Orphan\40-2\one: 1 file (hsm) with 0 of 5 bytes on the volume";
        check(&RULE, &format!("{spec}{damage}"), &[expected]);
    }
}
