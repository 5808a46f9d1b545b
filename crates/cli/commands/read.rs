//! Images in, one document of their volumes and graphs out.

use image::Image;
use links::{Problem, Selection, VolumeGraph, compare_with_second_reader};
use report::{Document, ImageDocument, SecondReaderResult, VolumeDocument};
use volume::{Volume, discover, discover_at};

use crate::failure::Failure;
use crate::options::Options;
use crate::progress::Progress;

/// A volume that was found and is wanted, before it is read.
struct Found<'i> {
    number: usize,
    image: usize,
    volume: Volume<'i>,
    problems: Vec<Problem>,
}

/// Finds and reads the volumes of all images.
///
/// # Errors
/// An image has none, or a volume that was asked for is not there.
pub fn read_document<'i>(
    images: &'i [Image],
    options: &Options,
    selection: Selection,
) -> Result<Document<'i>, Failure> {
    let mut document = Document::default();
    let mut found = Vec::new();
    for (index, image) in images.iter().enumerate() {
        let discovery = match options.offset {
            Some(offset) => discover_at(image, offset)?,
            None => discover(image)?,
        };
        let is_mft = discovery.volumes.iter().any(|(volume, _)| volume.boot.is_none());
        let of_table = discovery.partition_issues.into_iter().map(Problem::from);
        let mut problems: Vec<Problem> = of_table.chain(discovery.unreadable.into_iter().map(Problem::from)).collect();
        links::sort_problems(&mut problems);
        document.images.push(ImageDocument { image, is_mft, partitions: discovery.partitions, problems });
        for (volume, problems) in discovery.volumes {
            let problems = problems.into_iter().map(Problem::from).collect();
            found.push(Found { number: found.len(), image: index, volume, problems });
        }
    }
    narrow(&mut found, &options.volumes)?;
    let progress = Progress::start(found.iter().map(|found| found.volume.record_slots()).sum(), options.quiet);
    for Found { number, image, volume, problems } in found {
        let graph = VolumeGraph::build(&volume, problems, selection, &|records| progress.advance(records));
        document.volumes.push(VolumeDocument { number, image, volume, graph });
    }
    progress.finish();
    Ok(document)
}

/// Keeps the volumes that are wanted; all if none is named.
fn narrow(found: &mut Vec<Found<'_>>, wanted: &[usize]) -> Result<(), Failure> {
    if let Some(missing) = wanted.iter().find(|number| **number >= found.len()) {
        let known = (0..found.len()).map(|number| format!("v{number}")).collect();
        return Err(Failure::NoSuchVolume { wanted: format!("v{missing}"), known });
    }
    found.retain(|found| wanted.is_empty() || wanted.contains(&found.number));
    Ok(())
}

/// Has the second reader read every volume of a document, and adds what it finds.
pub fn add_second_reader(document: &mut Document<'_>) {
    let mut result = SecondReaderResult::default();
    for volume in &mut document.volumes {
        let comparison = compare_with_second_reader(&volume.volume, &volume.graph.files);
        result.records_compared += comparison.records_compared;
        result.differences += comparison.differences;
        result.failures += comparison.failures;
        volume.graph.add_problems(comparison.problems);
    }
    document.second_reader = Some(result);
}
