//! The overview of images, partitions and volumes.

use std::io::{self, Write};

use image::OneLine;
use serde::Serialize;

use crate::document::{Document, VolumeDocument};
use crate::json_types::{Generator, ImageEntry, PartitionEntry, ProblemEntry, VolumeEntry};
use crate::json_writer::inert;
use crate::text::{bytes_text, count_text};

/// Problems that the table shows.
const FIRST_PROBLEMS: usize = 10;

/// The overview of a document, as JSON or as a table.
#[derive(Debug)]
pub struct Info<'d, 'i>(pub &'d Document<'i>);

#[derive(Serialize)]
struct InfoEntry {
    schema: &'static str,
    generator: Generator,
    images: Vec<InfoImage>,
    volumes: Vec<VolumeEntry>,
    problems: Vec<ProblemEntry>,
}

#[derive(Serialize)]
struct InfoImage {
    #[serde(flatten)]
    image: ImageEntry,
    /// Those of its table, NTFS or not.
    partitions: Vec<PartitionEntry>,
}

impl Info<'_, '_> {
    /// Writes the overview as one JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let document = self.0;
        let entry = InfoEntry {
            schema: "ntfslinks/info/1",
            generator: Generator::THIS,
            images: document
                .images
                .iter()
                .enumerate()
                .map(|(index, image)| InfoImage {
                    image: ImageEntry::new(index, image),
                    partitions: image.partitions.iter().map(PartitionEntry::new).collect(),
                })
                .collect(),
            volumes: document.volumes.iter().map(|volume| VolumeEntry::new(document, volume)).collect(),
            problems: ProblemEntry::all(document).collect(),
        };
        writeln!(out, "{}", inert(serde_json::to_string_pretty(&entry)?))
    }

    /// Writes the overview as a short table.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for (index, image) in self.0.images.iter().enumerate() {
            let format = if image.is_mft { "extracted $MFT" } else { image.image.container().as_str() };
            let path = OneLine(image.image.path().display());
            writeln!(out, "image i{index}  {path}  {format}, {}", bytes_text(image.image.size()))?;
            for partition in &image.partitions {
                write_partition(self.0, index, partition, out)?;
            }
        }
        for volume in &self.0.volumes {
            write_volume(volume, out)?;
        }
        let problems: Vec<ProblemEntry> = ProblemEntry::all(self.0).collect();
        if !problems.is_empty() {
            let plural = if problems.len() == 1 { "" } else { "s" };
            writeln!(out, "\n{} problem{plural}", count_text(problems.len() as u64))?;
        }
        for problem in problems.iter().take(FIRST_PROBLEMS) {
            writeln!(out, "  {}", OneLine(problem))?;
        }
        if problems.len() > FIRST_PROBLEMS {
            writeln!(out, "  … and more; `--format json` lists them all")?;
        }
        Ok(())
    }
}

fn write_partition(
    document: &Document<'_>,
    image: usize,
    partition: &image::Partition,
    out: &mut dyn Write,
) -> io::Result<()> {
    let holds =
        |volume: &&VolumeDocument<'_>| volume.image == image && volume.volume.partition.offset == partition.offset;
    let volume = document.volumes.iter().find(holds).map_or_else(|| "not NTFS".to_owned(), VolumeDocument::id);
    let number = partition.number.map(|number| number.to_string()).unwrap_or_default();
    let type_id = partition.type_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = partition.name.as_ref().map(|name| String::from_utf16_lossy(name)).unwrap_or_default();
    let (scheme, offset, size) = (partition.scheme.as_str(), partition.offset, bytes_text(partition.size));
    let line = format!("  {scheme} {number:>3}  at {offset:<14} {size:>10}  {volume:<9} {type_id} {}", OneLine(name));
    writeln!(out, "{}", line.trim_end())
}

fn write_volume(document: &VolumeDocument<'_>, out: &mut dyn Write) -> io::Result<()> {
    let volume = &document.volume;
    let label = volume.state.label.as_ref().map(|label| format!("\"{}\"", OneLine(label.as_wtf8())));
    let version = volume.state.ntfs_version.map(|(major, minor)| format!("NTFS {major}.{minor}"));
    let dirty = volume.state.dirty.unwrap_or(false).then(|| "dirty".to_owned());
    let title: Vec<String> = [label, version, dirty].into_iter().flatten().collect();
    writeln!(out, "\nvolume {}  at {}  {}", document.id(), volume.partition.offset, title.join(", "))?;
    if let Some(boot) = &volume.boot {
        let [sector, cluster, record] =
            [boot.bytes_per_sector, boot.bytes_per_cluster, boot.bytes_per_record].map(|size| bytes_text(size.into()));
        writeln!(out, "  sector {sector}, cluster {cluster}, record {record}, serial {:016X}", boot.serial)?;
    } else {
        writeln!(out, "  record {}", bytes_text(u64::from(volume.bytes_per_record())))?;
    }
    let counts = &document.graph.counts;
    let rows = [
        ("record slots", counts.records),
        ("in use", counts.in_use),
        ("  directories", counts.directories),
        ("  files", counts.files),
        ("extension records", counts.extension_records),
        ("names", counts.names),
        ("files with 2+ names", counts.hard_linked_files),
        ("reparse points", counts.reparse_points),
        ("deleted", counts.deleted),
        ("damaged", counts.damaged),
    ];
    for (name, count) in rows {
        writeln!(out, "  {name:<20} {:>14}", count_text(count))?;
    }
    Ok(())
}
