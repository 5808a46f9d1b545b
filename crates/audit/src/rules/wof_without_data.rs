//! # wof-without-data
//!
//! A file is compressed by Windows, and the compressed data is gone.
//!
//! ## What it finds
//!
//! Files with the tag WOF of the provider for single files (2) whose records have no stream `WofCompressedData`. Files of
//! WIM images (provider 1) have none, and are passed over; so are empty files.
//!
//! ## Why it matters
//!
//! The unnamed stream of such a file is all zeros without clusters: with the other stream its content is gone. It is what
//! is left when a tool copied the file without its streams, or took the reparse point for the content.
//!
//! ## How to confirm by hand
//!
//! `dir /r` lists the streams of files; on Windows `compact /q FILE` says whether a file is compressed.
//!
//! ## False positives
//!
//! A stream in an extension record that is damaged or lost is not seen; such records are problems of their own.
//!
//! ## Sources
//!
//! Windows SDK `FILE_PROVIDER_EXTERNAL_INFO_V1`; reference A.16.

use format::{ReparseData, Wof};
use links::{File, FileId};
use volume::StreamOf;

use crate::context::Context;
use crate::finding::Finding;
use crate::reparse::is_sound_file;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "wof-without-data",
    severity: Severity::Error,
    summary: "a file is compressed by Windows, and the compressed data is gone",
    source: include_str!("wof_without_data.rs"),
    check: Check::File(check),
};

/// The provider that compresses single files.
const FILE_PROVIDER: u32 = 2;
/// The stream in which it keeps them.
const STREAM: &str = "WofCompressedData";

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let Some(point) = file.is_reparse_point().then(|| file.reparse_point()).flatten() else { return };
    let ReparseData::Wof(Wof { provider: FILE_PROVIDER, algorithm }) = point.data else { return };
    let Some((size, allocated)) = file.size().filter(|(size, _)| *size > 0) else { return };
    if has_data(context, id, file) || !is_sound_file(context, id, file) {
        return;
    }
    let message = format!("is compressed, and its {size} bytes are gone: it has no stream {STREAM}");
    let finding = context.finding_of_reparse(&RULE, id, message).with("size", size).with("allocated", allocated);
    findings.push(finding.with_some("algorithm", algorithm.map(u64::from)));
}

/// Whether a file has the stream, or it cannot be told.
fn has_data(context: &Context<'_>, id: FileId, file: &File<'_>) -> bool {
    let Some(source) = context.volumes.get(id.volume) else { return true };
    let name: Vec<u16> = STREAM.encode_utf16().collect();
    let records = file.records();
    source.volume.has_stream(StreamOf { records: &records, name: &name, up_case: &source.graph.files.up_case })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const FILE: &str = "[[file]]\npath = '\\a'\nwof = 'lzx'\nhole = 5000\n";

    #[test]
    fn hit() {
        let expected = r"\a: is compressed, and its 5000 bytes are gone: it has no stream WofCompressedData";
        check(&RULE, FILE, &[expected]);
    }

    #[test]
    fn near_miss_the_stream_is_there() {
        check(&RULE, &format!("{FILE}streams = [{{ name = 'wofcompresseddata', hex = '00' }}]\n"), &[]);
    }

    #[test]
    fn near_miss_a_file_of_a_wim_image() {
        let provider = "reparse = { tag = 'WOF', hex = '01000000 01000000 00000000 00000000' }";
        check(&RULE, &format!("[[file]]\npath = '\\a'\nhole = 5000\n{provider}\n"), &[]);
    }

    #[test]
    fn damaged_a_torn_record_has_its_stream_all_the_same() {
        let stream = "streams = [{ name = 'WofCompressedData', hex = '00' }]";
        let damage = "[[damage]]\nkind = \"torn-sector\"\nfile = '\\a'\nsector = 1\n";
        check(&RULE, &format!("{FILE}{stream}\n{damage}"), &[]);
    }
}
