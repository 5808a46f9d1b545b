//! Images in, one document of their volumes and graphs out.

use std::io::{self, Write};
use std::path::Path;

use image::Image;
use links::{
    Cause, Components, ExtractOptions, Mounts, Problem, Resolver, Selection, Share, VolumeGraph,
    compare_with_second_reader,
};
use report::{Document, ImageDocument, SecondReaderResult, VolumeDocument};
use volume::{Volume, VolumeIssue, discover, discover_at};

use crate::failure::Failure;
use crate::options::{GivenMount, GivenName, GivenShare, GivenVolume, Options};
use crate::output::write_document;
use crate::progress::Progress;
use crate::user_path::UserPath;

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
pub fn read_volumes<'i>(images: &'i [Image], options: &Options) -> Result<Document<'i>, Failure> {
    let mut document = Document::default();
    let mut found = Vec::new();
    for (index, image) in images.iter().enumerate() {
        let discovery = match options.offset {
            // Images that other options name are read whole.
            Some(offset) if index == 0 => discover_at(image, offset),
            _ => discover(image),
        };
        // What was not read looks like zeros.
        image.check()?;
        let discovery = discovery?;
        let is_mft = discovery.volumes.iter().any(|(volume, _)| volume.boot.is_none());
        let of_table = discovery.partition_issues.into_iter().map(Problem::from);
        let mut problems: Vec<Problem> = of_table.chain(discovery.unreadable.into_iter().map(Problem::from)).collect();
        links::sort_problems(&mut problems);
        let (partitions, disk_signature) = (discovery.partitions, discovery.disk_signature);
        document.images.push(ImageDocument { image, is_mft, partitions, disk_signature, problems });
        for (volume, problems) in discovery.volumes {
            let problems = problems.into_iter().map(Problem::from).collect();
            found.push(Found { number: found.len(), image: index, volume, problems });
        }
    }
    narrow(&mut found, &options.volumes)?;
    let progress = Progress::start(found.iter().map(|found| found.volume.record_slots()).sum(), options.quiet);
    let extract = ExtractOptions { include_free: options.deleted };
    for Found { number, image, volume, problems } in found {
        let graph = VolumeGraph::read(&volume, problems, extract, &|records| progress.advance(records));
        document.volumes.push(VolumeDocument { number, image, volume, graph });
    }
    progress.finish();
    check_images(&mut document)?;
    Ok(document)
}

/// Notes images that became longer or shorter while they were read.
///
/// # Errors
/// A byte of an image could not be read.
fn check_images(document: &mut Document<'_>) -> Result<(), Failure> {
    for ImageDocument { image, problems, .. } in &mut document.images {
        image.check()?;
        let is_changed = |problem: &Problem| matches!(problem.cause, Cause::Volume(VolumeIssue::ImageChanged { .. }));
        let change = image.size_change().filter(|_| !problems.iter().any(is_changed));
        problems.extend(change.map(|(before, now)| {
            let cause = Cause::Volume(VolumeIssue::ImageChanged { before, now });
            Problem { record: None, offset: None, cause }
        }));
        links::sort_problems(problems);
    }
    Ok(())
}

/// What resolves links and paths over the volumes of a document. `names` are those of paths that will be asked for.
///
/// # Errors
/// An option names a volume that was not read, or a share that shows no directory.
pub fn resolver<'d>(
    document: &'d Document<'_>,
    options: &Options,
    mut names: Vec<Components>,
) -> Result<Resolver<'d>, Failure> {
    names.extend(options.names());
    let mounts = given_mounts(document, options)?;
    let mut resolver = Resolver::new(&document.sources(), mounts, options.evaluation, &names);
    if let Some(GivenShare { text, server, name, path }) = &options.share {
        let volume = volume_of_path(document, &resolver, path)?;
        let root = resolver.find(volume, &path.names).ok().map(|reached| reached.file);
        let root = root.filter(|root| resolver.file(*root).is_some_and(|file| file.is_directory()));
        let root = root.ok_or_else(|| Failure::NoShareDirectory(text.clone()))?;
        resolver.look_through(Share { server: server.clone(), name: name.clone(), root });
    }
    Ok(resolver)
}

/// Resolves every link of a document.
///
/// # Errors
/// Those of [`resolver`], or a byte of an image could not be read.
pub fn resolve(document: &mut Document<'_>, options: &Options) -> Result<(), Failure> {
    let resolver = resolver(document, options, Vec::new())?;
    let (links, mounts) = (resolver.resolve_links(), resolver.mounts().clone());
    drop(resolver);
    for (index, volume) in document.volumes.iter_mut().enumerate() {
        volume.graph.add_problems(links.problems_of(index, &volume.volume));
    }
    (document.links, document.mounts) = (links, mounts);
    check_images(document)
}

/// Writes what was found in a document, unless a byte of an image could not be read meanwhile.
///
/// # Errors
/// That, or it cannot be written.
pub fn write_answer(
    document: &Document<'_>,
    output: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    document.images.iter().try_for_each(|image| image.image.check())?;
    write_document(output, write)
}

/// Selects what a graph exports.
pub fn select(document: &mut Document<'_>, selection: Selection) {
    for (index, volume) in document.volumes.iter_mut().enumerate() {
        volume.graph.select(selection, &document.links.targets_on(index));
    }
}

/// The index of the volume that a path is on: by its number, its letter, or because there is no other.
///
/// # Errors
/// There is no such volume, or more than one.
pub fn volume_of_path(document: &Document<'_>, resolver: &Resolver<'_>, path: &UserPath) -> Result<usize, Failure> {
    if let Some(number) = path.volume {
        return index_of_volume(document, number);
    }
    match path.letter {
        Some(letter) => {
            let mounts = resolver.mounts();
            // A volume on its own that nothing gives a letter is the one that is meant, by whatever letter.
            let is_alone = document.volumes.len() == 1 && mounts.names_of(0).letters.is_empty();
            let volume = mounts.drive(0, letter).or(is_alone.then_some(0));
            volume.ok_or_else(|| Failure::NoSuchDrive { text: path.text.clone(), letter })
        }
        None => the_only_volume(document, &path.text),
    }
}

/// The index of the only volume.
///
/// # Errors
/// There are several.
pub fn the_only_volume(document: &Document<'_>, text: &str) -> Result<usize, Failure> {
    match &document.volumes[..] {
        [first, _, ..] => {
            Err(Failure::Ambiguous { text: text.to_owned(), count: document.volumes.len(), first: first.number })
        }
        _ => Ok(0),
    }
}

/// The index of the volume with a number.
///
/// # Errors
/// It was not read.
pub fn index_of_volume(document: &Document<'_>, number: usize) -> Result<usize, Failure> {
    let index = document.volumes.iter().position(|volume| volume.number == number);
    index.ok_or_else(|| Failure::NoSuchVolume {
        wanted: format!("v{number}"),
        known: document.volumes.iter().map(VolumeDocument::id).collect(),
    })
}

fn given_mounts(document: &Document<'_>, options: &Options) -> Result<Mounts, Failure> {
    let mut mounts = Mounts::default();
    for GivenMount { text, name, volume } in &options.mounts {
        let index = match volume {
            GivenVolume::Number(number) => index_of_volume(document, *number)?,
            GivenVolume::OfImage(image) => only_volume_of(document, *image, text)?,
        };
        match name {
            GivenName::Letter(letter) => mounts.give_letter(*letter, index),
            GivenName::Guid(guid) => mounts.give_guid(*guid, index),
        }
    }
    Ok(mounts)
}

fn only_volume_of(document: &Document<'_>, image: usize, text: &str) -> Result<usize, Failure> {
    let indices = (0..).zip(&document.volumes).filter(|(_, volume)| volume.image == image);
    let indices: Vec<(usize, &VolumeDocument<'_>)> = indices.collect();
    match indices[..] {
        [(index, _)] => Ok(index),
        _ => {
            let name = text.split_once('=').map_or(text, |(name, _)| name).to_owned();
            let first = indices.first().map_or(0, |(_, volume)| volume.number);
            Err(Failure::NotOneVolume { text: text.to_owned(), name, count: indices.len(), first })
        }
    }
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
