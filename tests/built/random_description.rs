//! Random descriptions of images: a seed gives the same one everywhere.
//!
//! Half of the volumes are in good health; the others have what a description can have wrong: parents that are gone,
//! times that RFC 3339 cannot say, reparse points that are damaged.

use std::collections::{BTreeMap, BTreeSet};

use format::{FileReference, Guid};
use imagekit::description::{Content, ExtendedAttribute, Extra, File, Geometry, Image, Name, Stored, Stream, Volume};
use imagekit::extended_attributes::{lx_device, lx_gid, lx_mode, lx_uid};
use imagekit::partition_table::{BASIC_DATA_TYPE, Disk, Partition, TableKind};

use crate::expected_graph::Described;
use crate::expected_reparse::ExpectedReparse;
use crate::files::{EXTEND, ROOT};
use crate::letters::mbr_volume_guid;
use crate::places::{DOS, WIN32};
use crate::random::Random;
use crate::random_links::add_links;
use crate::random_reparse::{foreign_content, reparse_value};
use crate::text::units;

const POSIX: u8 = 0;
const WIN32_AND_DOS: u8 = 3;

/// The first record number that a description may use.
const FIRST_RECORD: u64 = 27;

/// Room that each partition of a disk gets when it has a start of its own.
const PARTITION_DISTANCE: u64 = 8 << 30;

/// 10000-01-01, the first time that RFC 3339 cannot say.
const YEAR_10000: u64 = 2_650_467_744_000_000_000;

/// Every geometry that Windows or mkntfs makes.
pub fn geometries() -> Vec<Geometry> {
    let mut geometries = Vec::new();
    for sector in [512, 1024, 2048, 4096] {
        for cluster in (9..=21).map(|exponent| 1 << exponent).filter(|cluster| *cluster >= sector) {
            for record in [1024, 4096].into_iter().filter(|record| *record >= sector) {
                geometries.push(Geometry { sector, cluster, record });
            }
        }
    }
    geometries
}

/// An image of a seed.
pub fn random_description(seed: u64) -> Described {
    let mut random = Random::new(seed);
    let geometries = geometries();
    let count = if random.percent(75) { 0 } else { random.between(1, 3) };
    let mut described = Described { image: Image { disk: None, volumes: Vec::new() }, reparse: BTreeMap::new() };
    if count > 0 {
        described.image.disk = Some(disk(&mut random, count));
    }
    for index in 0..count.max(1) {
        let geometry = if random.percent(40) { Geometry::default() } else { random.pick(&geometries) };
        add_volume(&mut random, geometry, index, &mut described);
    }
    described
}

/// A bare volume of a seed, with these sizes.
pub fn random_volume(seed: u64, geometry: Geometry) -> Described {
    let mut described = Described { image: Image { disk: None, volumes: Vec::new() }, reparse: BTreeMap::new() };
    add_volume(&mut Random::new(seed), geometry, 0, &mut described);
    described
}

fn disk(random: &mut Random, count: usize) -> Disk {
    let table = match random.percent(50) {
        true => TableKind::Mbr { signature: random.word() },
        false => TableKind::Gpt { disk: Guid(random.array()) },
    };
    let is_mbr = matches!(table, TableKind::Mbr { .. });
    let sector = random.pick(&[512, 4096]);
    let has_starts = random.percent(30);
    let from_the_end = has_starts && random.percent(50);
    let mut partitions = Vec::new();
    for index in 0..count {
        let place = if from_the_end { count - index } else { index + 1 } as u64;
        partitions.push(Partition {
            start: has_starts.then_some(place * PARTITION_DISTANCE),
            is_logical: is_mbr && random.percent(40),
            // NTFS, hidden NTFS, and what is no NTFS by its type.
            mbr_type: random.pick(&[0x07, 0x07, 0x27, 0x83, 0x0C]),
            gpt_type: if random.percent(80) { BASIC_DATA_TYPE } else { Guid(random.array()) },
            id: Guid(random.array()),
            name: random.text(36).into_iter().filter(|unit| *unit != 0).collect(),
            is_bootable: random.percent(20),
            ..Partition::new(0)
        });
    }
    // A primary partition may not lie between two logical ones.
    if count == 3 {
        partitions[1].is_logical = partitions[1].is_logical || partitions[0].is_logical && partitions[2].is_logical;
    }
    Disk { sector, alignment: random.pick(&[1 << 20, 64 << 10, 4096]), table, partitions }
}

/// The GUIDs of the volumes on a disk, as far as they are known before it is built.
fn volume_guids(disk: &Disk) -> Vec<Guid> {
    let guid = |partition: &Partition| match disk.table {
        TableKind::Gpt { .. } => Some(partition.id),
        TableKind::Mbr { signature } => Some(mbr_volume_guid(signature, partition.start?)),
    };
    disk.partitions.iter().filter_map(guid).collect()
}

// Volumes -------------------------------------------------------------------------------------------------------------

/// One file of the plan, before it has names and content.
#[derive(Clone, Copy)]
struct Planned {
    reference: FileReference,
    is_directory: bool,
    is_deleted: bool,
}

struct VolumeMaker<'r> {
    random: &'r mut Random,
    /// Whether there is to be anything that is a problem.
    is_damaged: bool,
    planned: Vec<Planned>,
    /// Every name so far: no two are the same. That two differ only in case is no trouble to whoever reads the MFT.
    names: BTreeSet<Vec<u16>>,
    cluster: u64,
}

fn add_volume(random: &mut Random, geometry: Geometry, index: usize, described: &mut Described) {
    let is_damaged = random.percent(50);
    let planned = plan(random);
    let last = planned.last().map_or(FIRST_RECORD, |last| last.reference.record_number());
    let mut maker =
        VolumeMaker { random, is_damaged, planned, names: BTreeSet::new(), cluster: u64::from(geometry.cluster) };
    let mut files = Vec::new();
    for position in 0..maker.planned.len() {
        let (file, expected) = maker.file(position);
        if let Some(expected) = expected {
            described.reparse.insert((index, file.reference.record_number()), expected);
        }
        files.push(file);
    }
    maker.add_rare_directories(&mut files);
    if maker.random.percent(70) {
        let guids = described.image.disk.as_ref().map_or(Vec::new(), volume_guids);
        let links = add_links(maker.random, &mut files, guids);
        described.reparse.extend(links.into_iter().map(|(record, expected)| ((index, record), expected)));
    }
    let random = maker.random;
    // No more than clusters or records; few, or so many that the MFT needs extension records of its own.
    let mft_pieces = (last + 1) * u64::from(geometry.record) / u64::from(geometry.cluster.max(geometry.record));
    let most_pieces = mft_pieces.clamp(1, random.pick(&[40, 40, 700])) as usize;
    described.image.volumes.push(Volume {
        geometry,
        label: if random.percent(30) { Vec::new() } else { random.text(128) },
        serial: random.number(),
        flags: random.pick(&[0, 0, 1, 0x80, 0x8001, 0x4000]),
        size: if random.percent(80) { None } else { Some((2 << 30) + random.below(1 << 30) as u64) },
        time: time(random, false),
        mft_pieces: if random.percent(70) { 1 } else { random.between(1, most_pieces) as u32 },
        files,
    });
}

/// Numbers, with gaps, and what is a directory and what was deleted.
fn plan(random: &mut Random) -> Vec<Planned> {
    let mut record = FIRST_RECORD - 1;
    let count = random.between(1, 60);
    (0..count)
        .map(|_| {
            record += match random.below(20) {
                0 => random.between(2, 300) as u64,
                1..=4 => random.between(2, 6) as u64,
                _ => 1,
            };
            let sequence = random.pick(&[1, 1, 1, 2, 3, 7, 300, 0xFFFE, 0xFFFF]);
            Planned {
                reference: FileReference::new(record, sequence),
                is_directory: random.percent(40),
                is_deleted: random.percent(15),
            }
        })
        .collect()
}

fn time(random: &mut Random, may_be_out_of_range: bool) -> u64 {
    match random.below(20) {
        0 => 0,
        1 => YEAR_10000 - 1,
        2 => random.number() % YEAR_10000,
        3 if may_be_out_of_range => random.pick(&[YEAR_10000, u64::MAX, 1 << 63]),
        // From 2010 to 2040.
        _ => 129_067_776_000_000_000 + random.number() % 9_467_280_000_000_000,
    }
}

pub fn system_directory(record: u64) -> FileReference {
    FileReference::new(record, record as u16)
}

impl VolumeMaker<'_> {
    fn file(&mut self, position: usize) -> (File, Option<ExpectedReparse>) {
        let Planned { reference, is_directory, is_deleted } = self.planned[position];
        let is_foreign = !is_directory && self.random.percent(6);
        let (extra, expected) = self.extra(is_directory);
        let may_be_out_of_range = self.is_damaged && self.random.percent(10);
        let file = File {
            reference,
            is_directory,
            is_deleted,
            names: self.names(position),
            times: std::array::from_fn(|_| time(self.random, may_be_out_of_range)),
            attributes: self.attributes() | if is_foreign { 4 } else { 0 },
            content: self.content(is_directory, is_foreign),
            extra,
        };
        (file, expected)
    }

    fn attributes(&mut self) -> u32 {
        match self.random.below(10) {
            0 => self.random.word(),
            1 | 2 => self.random.word() & self.random.word() & 0x5F_FFEF,
            _ => 0x20,
        }
    }

    // Names -----------------------------------------------------------------------------------------------------------

    fn names(&mut self, position: usize) -> Vec<Name> {
        let is_directory = self.planned[position].is_directory;
        let count = match (is_directory, self.random.below(100)) {
            (_, 0) => 0,
            (false, 1..=3) => self.random.between(20, 300),
            (false, 4..=25) => self.random.between(2, 5),
            (true, 1..=4) if self.is_damaged => self.random.between(2, 3),
            _ => 1,
        };
        let mut names = Vec::new();
        for _ in 0..count {
            let parent = self.parent(position);
            let name = self.name(parent);
            let alias = self.short_name(parent);
            match self.random.below(12) {
                0 | 1 => names.extend([name(WIN32), alias]),
                2 => names.extend([alias, name(WIN32)]),
                3..=5 => names.push(name(WIN32_AND_DOS)),
                6 => names.push(name(WIN32)),
                7 => names.push(alias),
                _ => names.push(name(POSIX)),
            }
        }
        names
    }

    fn name(&mut self, parent: FileReference) -> impl Fn(u8) -> Name + use<> {
        let longest = self.random.pick(&[3, 8, 20, 60, 240]);
        let mut name = self.random.text(longest);
        if self.random.percent(2) {
            name.resize(255, u16::from(b'x'));
        }
        while name.is_empty() || !self.names.insert(name.clone()) {
            name.truncate(254);
            name.push(self.random.between(0x30, 0x7A) as u16);
        }
        move |namespace| Name { parent, units: name.clone().into_boxed_slice(), namespace }
    }

    fn short_name(&mut self, parent: FileReference) -> Name {
        let name = units(&format!("A~{}.TXT", self.names.len()));
        self.names.insert(name.clone());
        Name { parent, units: name.into_boxed_slice(), namespace: DOS }
    }

    fn parent(&mut self, position: usize) -> FileReference {
        if self.is_damaged && self.random.percent(8) {
            return self.strange_parent(position);
        }
        if self.random.percent(3) {
            return system_directory(EXTEND);
        }
        let is_deleted = self.planned[position].is_deleted;
        let above = &self.planned[..position];
        let directories = above.iter().filter(|above| above.is_directory && (is_deleted || !above.is_deleted));
        let directories: Vec<FileReference> = directories.map(|directory| directory.reference).collect();
        let wants_root = self.random.percent(20);
        if directories.is_empty() || wants_root { system_directory(ROOT) } else { self.random.pick(&directories) }
    }

    /// A parent that is gone, is no directory, or is below the file itself.
    fn strange_parent(&mut self, position: usize) -> FileReference {
        let own = self.planned[position].reference;
        let other = self.random.pick(&self.planned).reference;
        let (record, sequence) = (other.record_number(), other.sequence_number());
        match self.random.below(10) {
            // Itself, or a directory that may be below it.
            0 => own,
            1 => {
                let below = self.planned[position..].iter().filter(|below| below.is_directory);
                let below: Vec<FileReference> = below.map(|below| below.reference).collect();
                if below.is_empty() { own } else { self.random.pick(&below) }
            }
            // Any directory or file, deleted or not.
            2 => other,
            3 => FileReference::new(record, sequence.wrapping_add(1)),
            4 => FileReference::new(record, sequence.wrapping_sub(1)),
            // Sequence number 0: any.
            5 => FileReference::new(record, 0),
            6 => FileReference::new(self.random.pick(&[ROOT, EXTEND, 9, 12, 16]), self.random.pick(&[0, 1, 5, 9, 12])),
            7 => FileReference::new(record + 1, self.random.pick(&[0, 1, 2, 0xFFFF])),
            8 => FileReference::new(own.record_number() + (1 << 40), self.random.pick(&[0, 1, 2, 0xFFFF])),
            _ => {
                let last = self.planned[self.planned.len() - 1].reference.record_number();
                FileReference::new(last + self.random.between(1, 200) as u64, self.random.pick(&[0, 1, 2, 9]))
            }
        }
    }

    // Content ---------------------------------------------------------------------------------------------------------

    fn content(&mut self, is_directory: bool, is_foreign: bool) -> Option<Content> {
        if is_foreign {
            let bytes = foreign_content(self.random).into_boxed_slice();
            return Some(Content::Bytes(Stored { bytes, in_clusters: self.random.percent(5) }));
        }
        if self.random.percent(if is_directory { 95 } else { 5 }) { None } else { Some(self.any_content()) }
    }

    fn any_content(&mut self) -> Content {
        match self.random.below(10) {
            0 => Content::Zeros(self.random.number() % (4 * self.cluster)),
            1 => Content::Hole(self.random.number() >> self.random.between(24, 60)),
            2..=4 => Content::Bytes(self.stored(6000)),
            _ => Content::Bytes(self.stored(200)),
        }
    }

    fn stored(&mut self, longest: usize) -> Stored {
        Stored { bytes: self.random.bytes(longest).into_boxed_slice(), in_clusters: self.random.percent(15) }
    }

    fn extra(&mut self, is_directory: bool) -> (Option<Box<Extra>>, Option<ExpectedReparse>) {
        let mut extra = Extra::default();
        if self.random.percent(10) {
            extra.extra_flags = self.random.pick(&[1, 1, 0x10, 0x20, 0x31, 0xF3F]);
        }
        let mut expected = None;
        if self.random.percent(25) {
            let is_damaged = self.is_damaged && self.random.percent(50);
            let (value, says) = reparse_value(self.random, is_damaged);
            // An empty value in clusters is nowhere, so that `scan` has no place for its problem, and no problem.
            let in_clusters = self.random.percent(15) && !value.is_empty();
            extra.reparse = Some(Stored { bytes: value.into_boxed_slice(), in_clusters });
            expected = Some(says);
        }
        if self.random.percent(6) {
            let births = self.random.percent(50).then(|| std::array::from_fn(|_| Guid(self.random.array())));
            extra.object_id = Some((Guid(self.random.array()), births));
        }
        if self.random.percent(12) {
            extra.extended_attributes = self.extended_attributes();
        }
        let streams =
            if self.random.percent(if is_directory { 3 } else { 12 }) { self.random.between(1, 5) } else { 0 };
        for number in 0..streams {
            let name = [self.random.text(40), units(&format!("{number}"))].concat();
            extra.streams.push(Stream { name, content: self.any_content() });
        }
        let is_ordinary = extra == Extra::default();
        ((!is_ordinary).then(|| Box::new(extra)), expected)
    }

    fn extended_attributes(&mut self) -> Vec<ExtendedAttribute> {
        let mut attributes = Vec::new();
        let wants: [bool; 4] = std::array::from_fn(|_| self.random.percent(50));
        let linux = [
            lx_uid(self.random.word()),
            lx_gid(self.random.word()),
            lx_mode(self.random.word()),
            lx_device(self.random.word(), self.random.word()),
        ];
        attributes.extend(linux.into_iter().zip(wants).filter(|(_, wanted)| *wanted).map(|(attribute, _)| attribute));
        for number in 0..self.random.below(4) {
            let longest = self.random.pick(&[0, 20, 300, 8000]);
            attributes.push(ExtendedAttribute {
                name: format!("USER.{number}").into_bytes(),
                value: self.random.bytes(longest),
                is_needed: self.random.percent(30),
            });
        }
        if attributes.len() > 1 {
            let middle = self.random.below(attributes.len());
            attributes.rotate_left(middle);
        }
        attributes
    }

    // Files beside the planned ones -----------------------------------------------------------------------------------

    fn add_rare_directories(&mut self, files: &mut Vec<File>) {
        if self.random.percent(10) {
            self.add_directory_of_deleted(files);
        }
        if self.random.percent(10) {
            self.add_case_sensitive_directory(files);
        }
        if self.random.percent(5) {
            self.add_deep_directories(files);
        }
    }

    /// `\$Extend\$Deleted`, with files that are deleted and still open.
    fn add_directory_of_deleted(&mut self, files: &mut Vec<File>) {
        let directory = ordinary(files, true, system_directory(EXTEND), units("$Deleted"));
        let parent = directory.reference;
        files.push(directory);
        for number in 0..self.random.below(4) {
            let mut file = ordinary(files, false, parent, units(&format!("{number:016X}")));
            if self.random.percent(30) {
                file.names.push(Name { parent: system_directory(ROOT), ..file.names[0].clone() });
            }
            files.push(file);
        }
    }

    /// A directory with names that differ in nothing but case.
    fn add_case_sensitive_directory(&mut self, files: &mut Vec<File>) {
        let mut directory = ordinary(files, true, system_directory(ROOT), units("case sensitive"));
        directory.extra = Some(Box::new(Extra { extra_flags: 1, ..Extra::default() }));
        let parent = directory.reference;
        files.push(directory);
        for name in ["makefile", "Makefile", "MAKEFILE", "\u{e9}", "\u{c9}"] {
            let file = ordinary(files, self.random.percent(20), parent, units(name));
            files.push(file);
        }
    }

    /// Directories in each other until the path is longer than any may be, with a file at the end.
    fn add_deep_directories(&mut self, files: &mut Vec<File>) {
        let mut parent = system_directory(ROOT);
        for level in 0..132 {
            let unit = self.random.pick(&[0x61, 0xE9, 0x3042, 0xD800]);
            let name = [vec![unit; self.random.between(250, 252)], units(&format!("{level:03}"))].concat();
            let file = ordinary(files, level < 131, parent, name);
            parent = file.reference;
            files.push(file);
        }
    }
}

/// A file or directory with one name, behind the others.
pub fn ordinary(files: &[File], is_directory: bool, parent: FileReference, name: Vec<u16>) -> File {
    let record = files.last().map_or(FIRST_RECORD, |last| last.reference.record_number() + 1);
    File {
        reference: FileReference::new(record, 1),
        is_directory,
        is_deleted: false,
        names: vec![Name { parent, units: name.into_boxed_slice(), namespace: POSIX }],
        times: [129_067_776_000_000_000; 4],
        attributes: 0x20,
        content: None,
        extra: None,
    }
}
