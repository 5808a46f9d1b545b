//! Where the fields of a sound image are that a damage can change: found by an own reading of its structures, which may
//! trust them, since the image was built for it.
//!
//! Source of the layouts: libfsntfs, "MFT entry header", "MFT attribute header", "The file name attribute", "The
//! attribute list", "The reparse point", "The extended attribute", "The volume header"; reference A.1 to A.8, B.3 to B.8.

use std::collections::BTreeMap;
use std::ops::Range;

use imagekit::build::{Built, BuiltVolume};

/// The stride of update sequences, in bytes.
const STRIDE: usize = 512;

/// Bytes of an image that make up one structure, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Offsets in the image.
    pub pieces: Vec<Range<u64>>,
    /// Whether an update sequence protects it, which is put right again behind the damage.
    pub is_protected: bool,
}

/// A number in an image, and what it could be instead.
#[derive(Clone, Debug)]
pub struct Spot {
    /// What it is a part of, such as `$FILE_NAME`.
    pub structure: String,
    /// Which part.
    pub field: &'static str,
    pub place: Place,
    /// From the start of the place, in bytes.
    pub offset: usize,
    /// In bytes, at most eight.
    pub width: usize,
    pub value: u64,
    /// The first value that leads out of what holds it.
    pub bound: Option<u64>,
    /// A value that leads into what something else has.
    pub overlap: Option<u64>,
    /// The value that leads to the field, or to what has it.
    pub itself: Option<u64>,
    /// The file that it belongs to: volume and base record.
    pub file: Option<(usize, u64)>,
    /// Whether it says where a value lies that is read.
    pub leads_to_clusters: bool,
    /// Where a problem of it may lie: the segments of its file, and the value in clusters that has it.
    pub holders: Vec<Range<u64>>,
    /// Names of that file that nothing of the damage touches, by their units.
    pub untouched_names: Vec<Vec<u16>>,
}

/// One field of a layout.
struct Field {
    name: &'static str,
    offset: usize,
    width: usize,
    bound: Option<u64>,
    overlap: Option<u64>,
    itself: Option<u64>,
}

/// A number that leads nowhere.
fn number(name: &'static str, offset: usize, width: usize) -> Field {
    Field { name, offset, width, bound: None, overlap: None, itself: None }
}

/// A length or count of which `bound` is too much, and `overlap` reaches into what follows.
fn length(name: &'static str, offset: usize, width: usize, bound: usize, overlap: usize) -> Field {
    Field { bound: Some(bound as u64), overlap: Some(overlap as u64), ..number(name, offset, width) }
}

/// An offset within something of `end` bytes that begins `origin` bytes before the structure; `over` is where something
/// else is.
fn leading(name: &'static str, offset: usize, width: usize, end: usize, over: usize, origin: usize) -> Field {
    let itself = Some((origin + offset) as u64);
    Field { bound: Some(end as u64), overlap: Some(over as u64), itself, ..number(name, offset, width) }
}

/// A reference to a record.
fn reference(name: &'static str, offset: usize, records: u64, itself: u64) -> Field {
    Field { bound: Some(records), overlap: Some(5), itself: Some(itself), ..number(name, offset, 8) }
}

/// All fields of an image, volume by volume, in the order of their structures.
pub fn find_spots(image: &[u8], built: &Built) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (index, volume) in built.volumes.iter().enumerate() {
        Walk { image, volume, index, spots: &mut spots }.volume();
    }
    spots
}

pub fn read(bytes: &[u8], offset: usize, width: usize) -> u64 {
    bytes[offset..offset + width].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn size(bytes: &[u8], offset: usize, width: usize) -> usize {
    read(bytes, offset, width) as usize
}

/// The bytes at a place, with their update sequence undone.
pub fn bytes_at(image: &[u8], place: &Place) -> Vec<u8> {
    let pieces = place.pieces.iter().map(|piece| &image[piece.start as usize..piece.end as usize]);
    let mut bytes: Vec<u8> = pieces.flatten().copied().collect();
    if place.is_protected {
        let array = size(&bytes, 4, 2);
        for sector in 1..=bytes.len() / STRIDE {
            bytes.copy_within(array + 2 * sector..array + 2 * sector + 2, sector * STRIDE - 2);
        }
    }
    bytes
}

/// Puts an update sequence back, whose array is where it was before anything was changed.
pub fn protect(bytes: &mut [u8], sound: &[u8]) {
    let array = size(sound, 4, 2);
    for sector in 1..=bytes.len() / STRIDE {
        bytes.copy_within(sector * STRIDE - 2..sector * STRIDE, array + 2 * sector);
        bytes.copy_within(array..array + 2, sector * STRIDE - 2);
    }
}

struct Walk<'a> {
    image: &'a [u8],
    volume: &'a BuiltVolume,
    index: usize,
    spots: &'a mut Vec<Spot>,
}

/// A segment, or a value of it in clusters.
struct Holder<'h> {
    place: &'h Place,
    /// The segment, where it is a value of it.
    segment: &'h [Range<u64>],
    bytes: &'h [u8],
    file: (usize, u64),
    /// Of the segment, sequence number included.
    reference: u64,
}

/// A name, and which bytes of which record have it.
struct NameAt {
    record: u64,
    range: Range<usize>,
    units: Vec<u16>,
}

/// One attribute of a segment.
struct Attribute {
    kind: u64,
    range: Range<usize>,
    name_length: usize,
    is_resident: bool,
}

impl Walk<'_> {
    fn volume(&mut self) {
        for (name, at) in [("boot sector", 0), ("backup boot sector", self.volume.size - 512)] {
            let start = self.volume.start + at;
            let place = Place { pieces: std::iter::once(start..start + 512).collect(), is_protected: false };
            self.boot_sector(name, &place);
        }
        let segments: Vec<(u64, Place)> =
            (0..self.volume.records).filter_map(|record| Some((record, self.segment_place(record)?))).collect();
        let names: Vec<(u64, NameAt)> =
            segments.iter().flat_map(|(record, place)| self.names_of(*record, place)).collect();
        let first = self.spots.len();
        for (record, place) in &segments {
            self.segment(*record, place, &names);
        }
        // Of a file in several records one of them may tell what is wrong with another.
        let mut of_files: BTreeMap<u64, Vec<Range<u64>>> = BTreeMap::new();
        for (record, place) in &segments {
            let base = Walk::base_of(*record, &bytes_at(self.image, place));
            of_files.entry(base).or_default().extend(place.pieces.iter().cloned());
        }
        for spot in &mut self.spots[first..] {
            let others = spot.file.and_then(|(_, record)| of_files.get(&record));
            spot.holders.extend(others.into_iter().flatten().cloned());
        }
    }

    /// Adds the fields of a structure that begins `start` bytes into its holder.
    fn add(&mut self, structure: &str, holder: &Holder<'_>, start: usize, fields: impl IntoIterator<Item = Field>) {
        for Field { name, offset, width, bound, overlap, itself } in fields {
            let offset = start + offset;
            if width == 0 || offset + width > holder.bytes.len() {
                continue;
            }
            self.spots.push(Spot {
                structure: structure.to_owned(),
                field: name,
                place: holder.place.clone(),
                offset,
                width,
                value: read(holder.bytes, offset, width),
                bound,
                overlap,
                itself,
                file: (holder.file.1 != u64::MAX).then_some(holder.file),
                holders: [&holder.place.pieces, holder.segment].concat(),
                leads_to_clusters: structure.ends_with("in clusters"),
                untouched_names: Vec::new(),
            });
        }
    }

    fn boot_sector(&mut self, name: &str, place: &Place) {
        let bytes = bytes_at(self.image, place);
        let clusters = self.volume.size / u64::from(self.volume.geometry.cluster);
        let cluster = |name, offset| Field { bound: Some(clusters), overlap: Some(0), ..number(name, offset, 8) };
        let fields = [
            number("OEM id", 0x03, 8),
            number("bytes per sector", 0x0B, 2),
            number("sectors per cluster", 0x0D, 1),
            Field { bound: Some(clusters * 8 + 8), ..number("total sectors", 0x28, 8) },
            cluster("cluster of the MFT", 0x30),
            cluster("cluster of the mirror", 0x38),
            number("size of records", 0x40, 1),
            number("size of index blocks", 0x44, 1),
            number("serial number", 0x48, 8),
            number("signature", 0x1FE, 2),
        ];
        let holder = Holder { place, segment: &[], bytes: &bytes, file: (self.index, u64::MAX), reference: 0 };
        self.add(name, &holder, 0, fields);
    }

    /// Where bytes of what lies in runs of clusters are.
    fn pieces(&self, runs: &[(Option<u64>, u64)], mut offset: u64, mut length: u64) -> Option<Vec<Range<u64>>> {
        let cluster = u64::from(self.volume.geometry.cluster);
        let mut pieces = Vec::new();
        for (lcn, count) in runs {
            let bytes = count * cluster;
            if offset < bytes && length > 0 {
                let here = length.min(bytes - offset);
                let start = self.volume.start + (*lcn)? * cluster + offset;
                pieces.push(start..start + here);
                (offset, length) = (0, length - here);
            } else {
                offset -= bytes.min(offset);
            }
        }
        (length == 0).then_some(pieces)
    }

    /// Where a segment is that holds a record.
    fn segment_place(&self, record: u64) -> Option<Place> {
        let bytes = u64::from(self.volume.geometry.record);
        let runs: Vec<(Option<u64>, u64)> = self.volume.mft.iter().map(|run| (run.lcn, run.length)).collect();
        let place = Place { pieces: self.pieces(&runs, record * bytes, bytes)?, is_protected: true };
        let start = place.pieces.first()?.start as usize;
        self.image[start..].starts_with(b"FILE").then_some(place)
    }

    /// The base record of a segment.
    fn base_of(record: u64, bytes: &[u8]) -> u64 {
        match read(bytes, 0x20, 6) {
            0 => record,
            base => base,
        }
    }

    /// The names that a segment holds, with the file that has them.
    fn names_of(&self, record: u64, place: &Place) -> Vec<(u64, NameAt)> {
        let bytes = bytes_at(self.image, place);
        let base = Walk::base_of(record, &bytes);
        let names = attributes(&bytes).into_iter().filter(|attribute| attribute.kind == 0x30);
        let name = |attribute: Attribute| {
            let value = attribute.range.start + size(&bytes, attribute.range.start + 0x14, 2);
            let units = bytes[value + 0x42..][..2 * size(&bytes, value + 0x40, 1)].as_chunks::<2>().0;
            let units = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
            (base, NameAt { record, range: attribute.range, units })
        };
        names.map(name).collect()
    }

    fn segment(&mut self, record: u64, place: &Place, names: &[(u64, NameAt)]) {
        let bytes = bytes_at(self.image, place);
        let base = Walk::base_of(record, &bytes);
        let own = record | read(&bytes, 0x10, 2) << 48;
        let holder = Holder { place, segment: &[], bytes: &bytes, file: (self.index, base), reference: own };
        let end = bytes.len();
        self.add(
            "record header",
            &holder,
            0,
            [
                number("signature", 0x00, 4),
                leading("update sequence offset", 0x04, 2, end, 0x18, 0),
                length("update sequence count", 0x06, 2, end / STRIDE + 2, 0x40),
                number("sequence number", 0x10, 2),
                number("link count", 0x12, 2),
                leading("first attribute", 0x14, 2, end, 0x20, 0),
                number("flags", 0x16, 2),
                length("used size", 0x18, 4, end + 1, 0x20),
                length("allocated size", 0x1C, 4, end + 1, 0x20),
                reference("base record", 0x20, self.volume.records, own),
                number("next attribute id", 0x28, 2),
                number("record number", 0x2C, 4),
            ],
        );
        self.update_sequence(&holder);
        for attribute in attributes(&bytes) {
            let first = self.spots.len();
            self.attribute(&holder, &attribute);
            let is_list = attribute.kind == 0x20;
            let is_untouched = |(owner, name): &&(u64, NameAt)| {
                *owner == base && !is_list && (name.record != record || name.range.end <= attribute.range.start)
            };
            let untouched: Vec<Vec<u16>> =
                names.iter().filter(is_untouched).map(|(_, name)| name.units.clone()).collect();
            self.spots[first..].iter_mut().for_each(|spot| spot.untouched_names.clone_from(&untouched));
        }
    }

    /// The words of an update sequence, as they are stored.
    fn update_sequence(&mut self, segment: &Holder<'_>) {
        let place = Place { is_protected: false, ..segment.place.clone() };
        let bytes = bytes_at(self.image, &place);
        let array = size(&bytes, 4, 2);
        let holder = Holder { place: &place, bytes: &bytes, ..*segment };
        let tail = bytes.len() - 2;
        let fields = [number("number", array, 2), number("first tail", STRIDE - 2, 2), number("last tail", tail, 2)];
        self.add("update sequence", &holder, 0, fields);
    }

    fn attribute(&mut self, segment: &Holder<'_>, attribute: &Attribute) {
        let Attribute { kind, range, name_length, is_resident } = attribute;
        let (start, length_of, rest) = (range.start, range.len(), segment.bytes.len() - range.start);
        let title = format!("header of {} {}", kind_name(*kind), if *is_resident { "resident" } else { "in clusters" });
        self.add(
            &title,
            segment,
            start,
            [
                number("type", 0x00, 4),
                length("length", 0x04, 4, rest + 1, length_of + 8),
                number("form", 0x08, 1),
                length("name length", 0x09, 1, length_of / 2, name_length + 4),
                leading("name offset", 0x0A, 2, length_of, 0x08, 0),
                number("flags", 0x0C, 2),
                number("id", 0x0E, 2),
            ],
        );
        if *is_resident {
            self.add(
                &title,
                segment,
                start,
                [
                    length("value length", 0x10, 4, length_of + 1, length_of),
                    leading("value offset", 0x14, 2, length_of, 0x08, 0),
                ],
            );
            let value = start + size(segment.bytes, start + 0x14, 2);
            let end = value + size(segment.bytes, start + 0x10, 4);
            return self.value(*kind, *name_length == 0, segment, value..end);
        }
        let clusters = self.volume.size / u64::from(self.volume.geometry.cluster);
        let bytes = self.volume.size;
        let count = |name, offset, bound| Field { bound: Some(bound), overlap: Some(8), ..number(name, offset, 8) };
        self.add(
            &title,
            segment,
            start,
            [
                count("lowest VCN", 0x10, clusters),
                count("highest VCN", 0x18, clusters),
                leading("mapping pairs offset", 0x20, 2, length_of, 0x10, 0),
                number("compression unit", 0x22, 2),
                count("allocated size", 0x28, bytes + 1),
                count("data size", 0x30, bytes + 1),
                count("initialised size", 0x38, bytes + 1),
            ],
        );
        let pairs = start + size(segment.bytes, start + 0x20, 2);
        let runs = self.mapping_pairs(segment, &title, pairs, clusters);
        let length = read(segment.bytes, start + 0x30, 8);
        // What a file holds is not a structure; $UpCase is.
        let is_read = matches!(kind, 0x20 | 0xC0 | 0xE0) || *kind == 0x80 && segment.file.1 == 10;
        if let Some(pieces) = self.pieces(&runs, 0, length).filter(|_| is_read) {
            let place = Place { pieces, is_protected: false };
            let bytes = bytes_at(self.image, &place);
            let holder = Holder { place: &place, segment: &segment.place.pieces, bytes: &bytes, ..*segment };
            self.value(*kind, true, &holder, 0..bytes.len());
        }
    }

    /// Adds the fields of mapping pairs, and answers the runs: first cluster, if there is one, and how many.
    fn mapping_pairs(
        &mut self,
        segment: &Holder<'_>,
        title: &str,
        mut at: usize,
        clusters: u64,
    ) -> Vec<(Option<u64>, u64)> {
        let title = title.replace("header of", "mapping pairs of");
        let (mut runs, mut lcn) = (Vec::new(), 0_u64);
        while segment.bytes[at] != 0 {
            let header = segment.bytes[at];
            let (count_width, lcn_width) = (usize::from(header & 15), usize::from(header >> 4));
            self.add(
                &title,
                segment,
                at,
                [
                    number("header", 0, 1),
                    Field { bound: Some(clusters + 1), ..number("length", 1, count_width) },
                    Field { bound: Some(clusters), ..number("start", 1 + count_width, lcn_width) },
                ],
            );
            let count = read(segment.bytes, at + 1, count_width);
            let step = read(segment.bytes, at + 1 + count_width, lcn_width);
            let unused = 64 - 8 * lcn_width as u32;
            lcn = lcn.wrapping_add(step.checked_shl(unused).map_or(0, |step| (step as i64 >> unused) as u64));
            runs.push(((lcn_width > 0).then_some(lcn), count));
            at += 1 + count_width + lcn_width;
        }
        self.add(&title, segment, at, [number("end", 0, 1)]);
        runs
    }

    fn value(&mut self, kind: u64, is_nameless: bool, holder: &Holder<'_>, range: Range<usize>) {
        let start = range.start;
        match kind {
            0x10 => self.add(
                "$STANDARD_INFORMATION",
                holder,
                start,
                [
                    number("created", 0x00, 8),
                    number("modified", 0x08, 8),
                    number("changed", 0x10, 8),
                    number("accessed", 0x18, 8),
                    number("attributes", 0x20, 4),
                    number("flags at 0x28", 0x28, 4),
                ],
            ),
            0x20 => self.attribute_list(holder, range),
            0x30 => self.file_name(holder, range),
            0x40 => self.add("$OBJECT_ID", holder, start, [number("first half", 0, 8), number("second half", 8, 8)]),
            0x60 => self.add("$VOLUME_NAME", holder, start, [number("first unit", 0, 2)]),
            0x70 => self.add(
                "$VOLUME_INFORMATION",
                holder,
                start,
                [number("major version", 8, 1), number("minor version", 9, 1), number("flags", 10, 2)],
            ),
            0xC0 => self.reparse_point(holder, range),
            0xE0 => self.extended_attributes(holder, range),
            0x80 if is_nameless && holder.file.1 == 10 => {
                let last = range.len() - 2;
                self.add("$UpCase", holder, start, [number("first unit", 0, 2), number("last unit", last, 2)]);
                self.add("$UpCase", holder, start, [number("unit of a", 2 * usize::from(b'a'), 2)]);
            }
            // The magic words of Interix and Cygwin links, and what follows them.
            0x80 if is_nameless && holder.bytes[range.clone()].starts_with(b"IntxLNK\x01") => {
                self.add("Interix link", holder, start, [number("magic", 0, 8), number("first unit", 8, 2)]);
            }
            0x80 if is_nameless && holder.bytes[range].starts_with(b"!<symlink>") => {
                self.add("Cygwin link", holder, start, [number("magic", 0, 8), number("first unit", 12, 2)]);
            }
            _ => {}
        }
    }

    fn file_name(&mut self, holder: &Holder<'_>, range: Range<usize>) {
        let units = size(holder.bytes, range.start + 0x40, 1);
        self.add(
            "$FILE_NAME",
            holder,
            range.start,
            [
                reference("parent", 0x00, self.volume.records, holder.reference),
                number("attributes", 0x38, 4),
                number("reparse tag", 0x3C, 4),
                length("name length", 0x40, 1, (range.len() - 0x42) / 2 + 1, units + 1),
                number("namespace", 0x41, 1),
                number("first unit", 0x42, 2),
                number("last unit", 0x40 + 2 * units, 2),
            ],
        );
    }

    fn attribute_list(&mut self, holder: &Holder<'_>, range: Range<usize>) {
        let mut at = range.start;
        while at + 0x1A <= range.end {
            let entry = size(holder.bytes, at + 4, 2);
            self.add(
                "$ATTRIBUTE_LIST",
                holder,
                at,
                [
                    number("type", 0x00, 4),
                    length("entry length", 0x04, 2, range.end - at + 1, entry + 8),
                    length("name length", 0x06, 1, entry / 2 + 1, entry / 2),
                    leading("name offset", 0x07, 1, entry, 0, 0),
                    number("lowest VCN", 0x08, 8),
                    reference("holder", 0x10, self.volume.records, holder.file.1 | 1 << 48),
                    number("sequence of the holder", 0x16, 2),
                    number("id", 0x18, 2),
                ],
            );
            at += entry;
        }
    }

    fn reparse_point(&mut self, holder: &Holder<'_>, range: Range<usize>) {
        let tag = read(holder.bytes, range.start, 4);
        let title = format!("$REPARSE_POINT {tag:#010x}");
        let data = range.len().saturating_sub(8);
        self.add(&title, holder, range.start, [number("tag", 0, 4), length("data length", 4, 2, data + 1, data + 2)]);
        let buffer = match tag {
            0xA000_0003 => 0x10,
            0xA000_000C => 0x14,
            // What is known of the others differs from tag to tag: their first words, whatever these are.
            _ => {
                let words = ["word 0", "word 1", "word 2", "word 3", "word 4", "word 5", "word 6"];
                let fields = (2..).zip(words).map(|(word, name)| number(name, 4 * word, 4));
                let fields = fields.filter(|field| field.offset + 4 <= range.len());
                return self.add(&title, holder, range.start, fields);
            }
        };
        let names = range.len().saturating_sub(buffer);
        self.add(
            &title,
            holder,
            range.start,
            [
                length("substitute name offset", 0x08, 2, names, 1),
                length("substitute name length", 0x0A, 2, names + 2, names),
                length("print name offset", 0x0C, 2, names, 1),
                length("print name length", 0x0E, 2, names + 2, names),
                number("first unit", buffer, 2),
            ],
        );
        if buffer == 0x14 {
            self.add(&title, holder, range.start, [number("flags", 0x10, 4)]);
        }
    }

    fn extended_attributes(&mut self, holder: &Holder<'_>, range: Range<usize>) {
        let mut at = range.start;
        while at + 8 <= range.end {
            let (entry, rest) = (size(holder.bytes, at, 4), range.end - at);
            let name = size(holder.bytes, at + 5, 1);
            self.add(
                "$EA",
                holder,
                at,
                [
                    length("entry length", 0, 4, rest + 1, entry + 4),
                    number("flags", 4, 1),
                    length("name length", 5, 1, rest, entry),
                    length("value length", 6, 2, rest, entry),
                    number("first letter", 8, 1),
                    number("first byte of the value", 9 + name, 1),
                ],
            );
            at += entry.max(8);
        }
    }
}

/// The attributes of a segment.
fn attributes(bytes: &[u8]) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    let mut at = size(bytes, 0x14, 2);
    while read(bytes, at, 4) != 0xFFFF_FFFF {
        let length = size(bytes, at + 4, 4);
        attributes.push(Attribute {
            kind: read(bytes, at, 4),
            range: at..at + length,
            name_length: size(bytes, at + 9, 1),
            is_resident: bytes[at + 8] == 0,
        });
        at += length;
    }
    attributes
}

fn kind_name(kind: u64) -> String {
    format::AttributeType(kind as u32).to_string()
}
