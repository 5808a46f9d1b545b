//! What the second reader sees, compared with the facts.

use format::{FileReference, Namespace};
use volume::{SecondName, SecondReader, SecondRecord, Volume};

use crate::files::{File, Files};
use crate::problem::{Cause, LinkIssue, Problem};

/// The outcome of a comparison.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Records in use that both read.
    pub records_compared: u64,
    /// Differences, each a problem.
    pub differences: u64,
    /// Records, or the whole volume, that the second reader could not read, each a problem.
    pub failures: u64,
    /// The differences and failures.
    pub problems: Vec<Problem>,
}

/// Compares names, parents, flags and reparse bytes of every base record in use with what the second reader sees.
///
/// The second reader may panic on damage; that is caught, and its message kept off standard error.
pub fn compare_with_second_reader(volume: &Volume<'_>, files: &Files) -> Comparison {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let comparison = compare(volume, files);
    std::panic::set_hook(hook);
    comparison
}

fn compare(volume: &Volume<'_>, files: &Files) -> Comparison {
    let mut comparison = Comparison::default();
    let mut reader = match SecondReader::open(volume) {
        Ok(reader) => reader,
        Err(error) => {
            comparison.failed(None, error.to_string());
            return comparison;
        }
    };
    for file in (0..files.chunk_count()).flat_map(|chunk| files.files_of_chunk(chunk)).filter(File::is_in_use) {
        match reader.read(file.record()) {
            Ok(theirs) => {
                comparison.records_compared += 1;
                comparison.compare_record(volume, &file, theirs);
            }
            Err(error) => {
                let place = Some((file.record(), volume));
                comparison.failed(place, error.to_string());
            }
        }
    }
    comparison
}

impl Comparison {
    fn failed(&mut self, place: Option<(u64, &Volume<'_>)>, reason: String) {
        self.failures += 1;
        let cause = Cause::Link(LinkIssue::SecondReaderFailed { reason });
        let offset = place.and_then(|(record, volume)| volume.image_offset(record, 0));
        self.problems.push(Problem { record: place.map(|(record, _)| record), offset, cause });
    }

    fn compare_record(&mut self, volume: &Volume<'_>, file: &File<'_>, mut theirs: SecondRecord) {
        let mut names: Vec<SecondName> = file.names().map(|name| as_second_name(&name)).collect();
        // It reads extension records through the attribute list, in the order of that list.
        names.sort();
        theirs.names.sort();
        let reparse_point = file.reparse_bytes().map(<[u8]>::to_owned);
        let mut differ = |what, is_same: bool, ours: String, theirs: String| {
            if !is_same {
                let cause = Cause::Link(LinkIssue::SecondReaderDiffers { what, ours, theirs });
                let offset = volume.image_offset(file.record(), 0);
                self.problems.push(Problem { record: Some(file.record()), offset, cause });
                self.differences += 1;
            }
        };
        let flags = |in_use: bool, directory: bool| format!("in use {in_use}, directory {directory}");
        let ours = (file.is_in_use(), file.is_directory());
        let (in_use, is_directory) = (theirs.in_use, theirs.is_directory);
        differ("flags", ours == (in_use, is_directory), flags(ours.0, ours.1), flags(in_use, is_directory));
        differ("names", names == theirs.names, describe_names(&names), describe_names(&theirs.names));
        let same_reparse = reparse_point == theirs.reparse_point;
        differ("reparse point", same_reparse, describe_bytes(&reparse_point), describe_bytes(&theirs.reparse_point));
    }
}

fn as_second_name(name: &crate::Name<'_>) -> SecondName {
    let parent = name.parent();
    SecondName {
        parent: (parent.record_number(), parent.sequence_number()),
        namespace: name.namespace() as u8,
        units: name.text().units().collect(),
    }
}

fn describe_names(names: &[SecondName]) -> String {
    let describe = |name: &SecondName| {
        let namespace = Namespace::from_byte(name.namespace).unwrap_or(Namespace::Posix);
        let parent = FileReference::new(name.parent.0, name.parent.1);
        format!("\"{}\" in {parent} ({namespace})", String::from_utf16_lossy(&name.units))
    };
    if names.is_empty() { "none".to_owned() } else { names.iter().map(describe).collect::<Vec<_>>().join(", ") }
}

fn describe_bytes(bytes: &Option<Vec<u8>>) -> String {
    match bytes {
        None => "none".to_owned(),
        Some(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
