//! The inverse of [`parse`](super::parse()): the spec of an image, in the shortest form of every key.

mod file;
mod paths;
mod reparse;
#[cfg(test)]
mod tests;
mod text;

use std::fmt::{Display, Write as _};

use self::paths::Paths;
use super::error::Escaped;
use super::reader::size_text;
use super::volume::{self, DIRTY};
use super::words::{VOLUME_FLAGS, flags_text};
use super::{default_serial, time};
use crate::description::{Geometry, Image, Volume};
use crate::partition_table::{BASIC_DATA_TYPE, DEFAULT_ALIGNMENT, Disk, NTFS_TYPE, TableKind};
use crate::tree::system;

/// The spec of an image: reading it yields the same image.
///
/// Keys that have their default are left out. Sizes of partitions are left out too: they are those of their volumes.
/// Not checked: what reading a spec checks, so that an image that no spec describes (two files with one name in one
/// directory, for instance) yields a spec that is refused.
pub fn print(image: &Image) -> String {
    print_with_comment(image, "")
}

/// As [`print()`], with a comment in front, each line of it behind a `#`. Control characters in it are escaped.
pub fn print_with_comment(image: &Image, comment: &str) -> String {
    let mut blocks = Blocks::default();
    for line in comment.lines() {
        let space = if line.is_empty() { "" } else { " " };
        blocks.line(format_args!("#{space}{}", Escaped(line)));
    }
    if let Some(disk) = &image.disk {
        print_disk(disk, &mut blocks);
    }
    for (index, volume) in image.volumes.iter().enumerate() {
        print_volume(volume, index, image.disk.as_ref(), &mut blocks);
        let header = if image.disk.is_some() { "[[volume.file]]" } else { "[[file]]" };
        print_files(volume, header, &mut blocks);
    }
    blocks.text
}

/// Tables of a spec, with an empty line before each.
#[derive(Default)]
struct Blocks {
    text: String,
}

impl Blocks {
    fn line(&mut self, line: impl Display) {
        // Writing to a string never fails.
        let _ = writeln!(self.text, "{line}");
    }

    fn header(&mut self, header: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(header);
    }

    fn key(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{key} = {value}"));
    }
}

fn print_disk(disk: &Disk, blocks: &mut Blocks) {
    blocks.header("[disk]");
    match disk.table {
        TableKind::Mbr { signature } => {
            blocks.key("table", "\"mbr\"");
            if signature != volume::DEFAULT_SIGNATURE {
                blocks.key("signature", format_args!("\"{signature:08X}\""));
            }
        }
        TableKind::Gpt { disk } => {
            blocks.key("table", "\"gpt\"");
            if disk != volume::default_disk_id() {
                blocks.key("id", format_args!("\"{disk}\""));
            }
        }
    }
    if disk.sector != Geometry::default().sector {
        blocks.key("sector", disk.sector);
    }
    if disk.alignment != DEFAULT_ALIGNMENT {
        blocks.key("alignment", size_text(disk.alignment));
    }
}

fn print_volume(volume: &Volume, index: usize, disk: Option<&Disk>, blocks: &mut Blocks) {
    let mut keys = Blocks::default();
    if let Some(disk) = disk {
        print_partition(disk, index, &mut keys);
    }
    if !volume.label.is_empty() {
        keys.key("label", text::units(&volume.label));
    }
    if volume.serial != default_serial(index) {
        keys.key("serial", format_args!("\"{:016X}\"", volume.serial));
    }
    print_geometry(volume.geometry, disk, &mut keys);
    if let Some(size) = volume.size {
        keys.key("size", size_text(size));
    }
    if volume.time != time::DEFAULT {
        keys.key("time", time::text(volume.time));
    }
    match volume.flags {
        0 => {}
        DIRTY => keys.key("dirty", true),
        flags => keys.key("flags", flags_text(flags.into(), VOLUME_FLAGS)),
    }
    if volume.mft_pieces != 1 {
        keys.key("mft-pieces", volume.mft_pieces);
    }
    if disk.is_some() {
        blocks.header("[[volume]]");
    } else if !keys.text.is_empty() {
        blocks.header("[volume]");
    }
    blocks.text.push_str(&keys.text);
}

fn print_geometry(geometry: Geometry, disk: Option<&Disk>, keys: &mut Blocks) {
    let Geometry { sector, cluster, record } = geometry;
    if sector != disk.map_or(Geometry::default().sector, |disk| disk.sector) {
        keys.key("sector", sector);
    }
    if cluster != Geometry::default().cluster {
        keys.key("cluster", size_text(cluster.into()));
    }
    if record != volume::default_record(sector) {
        keys.key("record", record);
    }
}

fn print_partition(disk: &Disk, index: usize, keys: &mut Blocks) {
    let Some(partition) = disk.partitions.get(index) else { return };
    if let Some(start) = partition.start {
        keys.key("start", size_text(start));
    }
    if let TableKind::Mbr { .. } = disk.table {
        if partition.is_logical {
            keys.key("logical", true);
        }
        if partition.mbr_type != NTFS_TYPE {
            keys.key("type", format_args!("{:#04x}", partition.mbr_type));
        }
    } else {
        if partition.gpt_type != BASIC_DATA_TYPE {
            keys.key("type", format_args!("\"{}\"", partition.gpt_type));
        }
        if partition.id != volume::default_partition_id(index) {
            keys.key("id", format_args!("\"{}\"", partition.id));
        }
        if !partition.name.is_empty() {
            keys.key("name", text::units(&partition.name));
        }
    }
    if partition.is_bootable {
        keys.key("bootable", true);
    }
}

fn print_files(volume: &Volume, header: &str, blocks: &mut Blocks) {
    let paths = Paths::new(&volume.files);
    let mut next_record = system::FIRST_USER;
    for file in &volume.files {
        blocks.header(header);
        file::print_names(file, &paths, blocks);
        if file.reference.record_number() != next_record {
            blocks.key("record", file.reference.record_number());
        }
        next_record = file.reference.record_number() + 1;
        file::print_rest(file, volume.time, blocks);
    }
}
