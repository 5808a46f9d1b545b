//! What is built for the readers.

use format::Guid;
use ntfslinks_imagekit::description::{Content, Geometry, Image, Volume};
use ntfslinks_imagekit::partition_table::{Disk, Partition, TableKind};

use crate::builder::{
    Builder, DOS, NEW_YEAR_2024, POSIX, WIN32, WIN32_AND_DOS, bytes, in_clusters, pattern, root, units,
};

/// An image with a name for messages.
pub struct Case {
    pub name: String,
    pub image: Image,
}

impl Case {
    pub fn new(name: impl Into<String>, volume: Volume) -> Self {
        Self { name: name.into(), image: Image { disk: None, volumes: vec![volume] } }
    }
}

const KIB: u32 = 1 << 10;
const MIB: u32 = 1 << 20;

const fn geometry(sector: u32, cluster: u32, record: u32) -> Geometry {
    Geometry { sector, cluster, record }
}

/// What Windows makes of a small volume.
pub const USUAL: Geometry = geometry(512, 4096, 1024);

/// Every cluster size with both sizes of records, and every sector size.
pub fn geometries() -> Vec<Geometry> {
    let clusters = [512, KIB, 2 * KIB, 4 * KIB, 8 * KIB, 64 * KIB, 128 * KIB, 512 * KIB, 2 * MIB];
    let mut all: Vec<Geometry> =
        clusters.iter().flat_map(|&cluster| [1024, 4096].map(|record| geometry(512, cluster, record))).collect();
    all.extend([KIB, 4 * KIB].map(|cluster| geometry(1024, cluster, 1024)));
    all.extend([2 * KIB, 64 * KIB].map(|cluster| geometry(2048, cluster, 4096)));
    all.extend([4 * KIB, 64 * KIB, 2 * MIB].map(|cluster| geometry(4096, cluster, 4096)));
    all
}

/// All but the largest, which [`crowded`] makes.
pub fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = geometries().into_iter().map(everything).collect();
    let some = [USUAL, geometry(512, 512, 1024), geometry(512, 64 * KIB, 1024), geometry(4096, 4096, 4096)];
    cases.extend(some.into_iter().map(|geometry| Case::new(named("directories", geometry), directories(geometry))));
    cases.extend(some.into_iter().map(|geometry| Case::new(named("links", geometry), hard_links(geometry))));
    cases.extend([some[0], some[2]].map(|geometry| Case::new(named("views", geometry), views(geometry))));
    cases.push(Case::new("sized", sized()));
    for geometry in [USUAL, some[1], some[3]] {
        for pieces in [2, 50, 400] {
            cases.push(Case::new(named(&format!("pieces-{pieces}"), geometry), in_pieces(geometry, pieces)));
        }
    }
    cases.push(Case::new("sparse", sparse()));
    cases.push(Case::new("surrogates", surrogates()));
    cases.push(Case::new("odd-names", odd_names()));
    cases.push(Case::new("unspeakable-names", unspeakable_names()));
    cases.push(Case::new("case-sensitive", case_sensitive()));
    cases.push(Case { name: "mbr".to_owned(), image: disk(TableKind::Mbr { signature: 0x1234_5678 }, 512) });
    cases.push(Case { name: "gpt".to_owned(), image: disk(TableKind::Gpt { disk: Guid([7; 16]) }, 512) });
    cases.push(Case { name: "gpt-4kn".to_owned(), image: disk(TableKind::Gpt { disk: Guid([8; 16]) }, 4096) });
    cases
}

/// Volumes of several kinds with room to change them.
pub fn roomy() -> Vec<Case> {
    let kinds = ["512-4096-1024", "512-512-1024", "512-65536-1024", "4096-4096-4096"];
    let kinds =
        ["everything", "links", "views", "pieces-50"].map(|what| kinds.map(|kind| format!("{what}-{kind}"))).concat();
    let mut cases: Vec<Case> = all().into_iter().filter(|case| kinds.contains(&case.name)).collect();
    for case in &mut cases {
        case.image.volumes[0].size = Some(32 << 20);
    }
    cases
}

fn named(what: &str, Geometry { sector, cluster, record }: Geometry) -> String {
    format!("{what}-{sector}-{cluster}-{record}")
}

/// A junction to `x:\testdir1` as `mklink /J` of Windows wrote it.
///
/// Source: libfsntfs `tests/data/mft_metadata_file.1`, record 47 (reference, Appendix 2).
const JUNCTION: &str = "030000a04000000000001e00200016005c003f003f005c0078003a005c0074006500730074006400690072003100\
                        000078003a005c00740065007300740064006900720031000000";
/// A symbolic link to `x:\testdir1\testfile1` as `mklink` of Windows wrote it.
///
/// Source: as for [`JUNCTION`], record 46.
const SYMLINK: &str = "0c0000a0680000002a00320000002a000000000078003a005c00740065007300740064006900720031005c007400\
                       650073007400660069006c00650031005c003f003f005c0078003a005c0074006500730074006400690072003100\
                       5c007400650073007400660069006c0065003100";

/// One of each thing that a volume can hold.
fn everything(geometry: Geometry) -> Case {
    let mut builder = Builder::new(geometry);
    contents(&mut builder, geometry);
    names(&mut builder);
    streams(&mut builder);
    reparse_points(&mut builder);
    extended_attributes(&mut builder);
    object_ids(&mut builder);
    builder.skip(3);
    deleted(&mut builder);
    Case::new(named("everything", geometry), builder.volume)
}

/// Every length that a value can have: none, in the record, one less and one more than a cluster.
fn contents(builder: &mut Builder, geometry: Geometry) {
    let cluster = geometry.cluster as usize;
    builder.file(root(), "empty.txt", bytes(b""));
    builder.file(root(), "empty in clusters.txt", in_clusters(b""));
    builder.add(root(), "no data", false);
    builder.file(root(), "one byte.txt", bytes(b"1"));
    builder.file(root(), "one byte in clusters.txt", in_clusters(b"1"));
    builder.file(root(), "almost the record.bin", bytes(&pattern(1, 600)));
    builder.file(root(), "too much for the record.bin", bytes(&pattern(2, geometry.record as usize)));
    for (name, length) in [("less", cluster - 1), ("exact", cluster), ("more", cluster + 1)] {
        builder.file(root(), &format!("cluster {name}.bin"), in_clusters(&pattern(3, length)));
    }
    builder.file(root(), "large.bin", bytes(&pattern(4, 100_003)));
    builder.file(root(), "zeros.bin", Content::Zeros(300_000));
    builder.file(root(), "hole.bin", Content::Hole(300_000));
    builder.file(root(), "no hole.bin", Content::Hole(0));
    builder.last().times = [0, 1, NEW_YEAR_2024 * 3, 116_444_736_000_000_000];
    for (name, attributes) in [("r", 0x1), ("h", 0x2), ("s", 0x4), ("rhsa", 0x27), ("t", 0x100), ("n", 0x2000)] {
        builder.file(root(), &format!("attributes {name}"), bytes(b"attributes"));
        builder.last().attributes = attributes;
    }
}

/// Names in every name space, of every length, and a directory in a directory.
fn names(builder: &mut Builder) {
    builder.directory(root(), "empty");
    let one = builder.directory(root(), "one");
    let deep = builder.directory(one, "deep");
    builder.directory(deep, "deeper");
    builder.file(deep, "a long name with a short one.text", bytes(b"8.3"));
    builder.short_name("ALONGN~1.TEX");
    builder.file(deep, "SHORT.TXT", bytes(b"Win32 & DOS"));
    builder.last().names[0].namespace = WIN32_AND_DOS;
    builder.file(deep, "Win32 alone.txt", bytes(b"Win32"));
    builder.last().names[0].namespace = WIN32;
    builder.directory(root(), "A directory with a short name");
    builder.short_name("ADIREC~1");
    builder.file(root(), "Straße ΑΒΓ ünïcödé ı ŉ 中文 😀.txt", bytes(b"unicode"));
    builder.file(root(), &"L".repeat(255), bytes(b"longest"));
    builder.file(root(), &("é".repeat(253) + "😀"), bytes(b"longest"));
    for name in ["con", "trailing dot.", "trailing space ", "que?stion*", "pi|pe<>\"", "tab\t", ".hidden", "..."] {
        builder.file(deep, name, bytes(name.as_bytes()));
    }
    builder.file(root(), "three names", bytes(b"three"));
    builder.link(one, "second", POSIX).link(deep, "third", WIN32);
}

fn streams(builder: &mut Builder) {
    builder.file(root(), "streams.txt", bytes(b"unnamed"));
    builder.stream("Zone.Identifier", bytes(b"[ZoneTransfer]\r\nZoneId=3\r\n"));
    builder.stream("empty", bytes(b""));
    builder.stream("in clusters", in_clusters(&pattern(5, 10_000)));
    builder.stream("hole", Content::Hole(60_000));
    builder.stream("ärger😀", bytes(b"!"));
    builder.directory(root(), "directory with a stream");
    builder.stream("on a directory", bytes(b"stream"));
    builder.add(root(), "a stream alone", false);
    builder.stream("alone", bytes(&pattern(6, 700)));
}

fn reparse_points(builder: &mut Builder) {
    let unknown = |length: usize| {
        let guid = [0x11; 16];
        let length_field = u16::try_from(length).unwrap().to_le_bytes();
        [&[0x42, 0, 0, 0][..], &length_field, &[0, 0], &guid, &pattern(7, length)].concat()
    };
    builder.directory(root(), "junction");
    builder.reparse(&hex(JUNCTION), false);
    builder.file(root(), "symlink", bytes(b""));
    builder.reparse(&hex(SYMLINK), false);
    builder.directory(root(), "junction in clusters");
    builder.reparse(&hex(JUNCTION), true);
    builder.file(root(), "unknown tag", bytes(b"beside"));
    builder.reparse(&unknown(5), false);
    builder.file(root(), "unknown tag, longest", bytes(b"beside"));
    builder.reparse(&unknown(16_384 - 24), false);
    builder.file(root(), "lx symlink", bytes(b""));
    builder.reparse(b"\x1D\0\0\xA0\x08\0\0\0\x02\0\0\0/tmp", false);
}

fn extended_attributes(builder: &mut Builder) {
    builder.file(root(), "extended attributes", bytes(b"EA"));
    builder.extended_attribute("$LXUID", &1000u32.to_le_bytes(), false);
    builder.extended_attribute("$LXGID", &1000u32.to_le_bytes(), false);
    builder.extended_attribute("$LXMOD", &0o100_644_u32.to_le_bytes(), false);
    builder.extended_attribute("NEEDED", b"", true);
    builder.file(root(), "long extended attribute", bytes(b"EA"));
    builder.extended_attribute("LONG", &pattern(8, 30_000), false);
    builder.directory(root(), "directory with an extended attribute");
    builder.extended_attribute("A", b"b", false);
}

/// More than one, so that their index has an order.
fn object_ids(builder: &mut Builder) {
    for seed in [9, 3, 200, 77] {
        builder.file(root(), &format!("object id {seed}"), bytes(b"id"));
        builder.object_id(seed, (seed > 50).then_some([seed, seed + 1, seed + 2]));
    }
    builder.directory(root(), "directory with an object id");
    builder.object_id(20, None);
}

/// Free records that keep what they had.
fn deleted(builder: &mut Builder) {
    builder.file(root(), "deleted.txt", in_clusters(&pattern(9, 5_000)));
    builder.last().is_deleted = true;
    let directory = builder.directory(root(), "deleted directory");
    builder.last().is_deleted = true;
    builder.file(directory, "deleted child.txt", bytes(b"gone"));
    builder.last().is_deleted = true;
    builder.file(root(), "after the deleted.txt", bytes(b"here"));
}

/// Directories of every depth that an index can have.
fn directories(geometry: Geometry) -> Volume {
    let mut builder = Builder::new(geometry);
    for count in [0, 1, 2, 10, 200] {
        let directory = builder.directory(root(), &format!("{count} entries"));
        for number in 0..count {
            builder.file(directory, &format!("Entry {number} é"), bytes(format!("{number}").as_bytes()));
        }
    }
    // Long names fill blocks quickly: three levels.
    let directory = builder.directory(root(), "1000 long entries");
    for number in 0..1000 {
        // Numbers that go up and down, so that the records are in another order than the names.
        let name = format!("{:04} {}", number * 617 % 1000, "long ".repeat(30));
        builder.file(directory, &name, bytes(format!("{number}").as_bytes()));
    }
    builder.volume
}

/// Files with one name and with as many as Windows allows: attribute lists in the record and in clusters.
fn hard_links(geometry: Geometry) -> Volume {
    let mut builder = Builder::new(geometry);
    let here = builder.directory(root(), "here");
    let there = builder.directory(root(), "there");
    let most: &[usize] = if geometry == USUAL { &[1000] } else { &[] };
    for &count in [1, 2, 5, 7, 9, 20, 100].iter().chain(most) {
        builder.file(here, &format!("{count} names"), bytes(&pattern(10, 300)));
        for number in 1..count {
            let parent = if number % 2 == 0 { here } else { there };
            builder.link(parent, &format!("{count} names, link {number}"), if number % 3 == 0 { WIN32 } else { POSIX });
        }
    }
    // Everything at once beside an attribute list.
    builder.file(here, "much", bytes(&pattern(11, 700)));
    for number in 0..40 {
        builder.link(there, &format!("much, link {number} {}", "with a long name ".repeat(8)), POSIX);
    }
    builder.last().names[0].namespace = WIN32;
    builder.link(here, "MUCH~1", DOS);
    for number in 0..20 {
        builder.stream(&format!("stream {number}"), bytes(&pattern(number, 200)));
    }
    builder.reparse(&hex(SYMLINK), false);
    builder.extended_attribute("A", &pattern(12, 500), false);
    builder.object_id(1, None);
    // A directory whose index is beside the names of the reparse point that it is.
    builder.directory(there, "directory with much");
    for number in 0..60 {
        builder.stream(&format!("stream {number}"), bytes(&pattern(number, 200)));
    }
    let full = builder.volume.files.last().unwrap().reference;
    for number in 0..100 {
        builder.file(full, &format!("child {number}"), bytes(b"child"));
    }
    builder.volume
}

/// So many reparse points and object ids that their views have blocks.
fn views(geometry: Geometry) -> Volume {
    let mut builder = Builder::new(geometry);
    let directory = builder.directory(root(), "directory");
    for number in 0..150u32 {
        builder.directory(directory, &format!("{number}"));
        // Microsoft's tags, whose length counts all data, and those of others, whose length leaves the GUID out.
        let (tag, length) = [(0x9000_601A, 16), (0x8000_0013, 16), (0x0000_0042 + number, 0)][number as usize % 3];
        let data = pattern(number, 16);
        builder.reparse(&[&u32::to_le_bytes(tag)[..], &[length, 0, 0, 0], &data].concat(), false);
        builder.object_id((number * 7 % 256) as u8, None);
    }
    builder.volume
}

/// Another label, flag and serial number, and a size that no cluster divides.
fn sized() -> Volume {
    let mut builder = Builder::new(USUAL);
    builder.file(root(), "file", bytes(b"file"));
    builder.volume.label = units(&"Ä".repeat(32));
    builder.volume.serial = 0xFEDC_BA98_0000_0001;
    builder.volume.size = Some((20 << 20) + 3 * 512 + 100);
    builder.volume
}

/// An MFT that lies in pieces.
fn in_pieces(geometry: Geometry, pieces: u32) -> Volume {
    let mut builder = Builder::new(geometry);
    builder.volume.mft_pieces = pieces;
    let records = u64::from(pieces) * u64::from(geometry.cluster.div_ceil(geometry.record));
    let directory = builder.directory(root(), "directory");
    for number in 0..records {
        builder.file(directory, &format!("file {number}"), bytes(&pattern(13, 20)));
    }
    builder.volume
}

/// A hole of more bytes than the volume has.
fn sparse() -> Volume {
    let mut builder = Builder::new(USUAL);
    builder.file(root(), "hole.bin", Content::Hole(20_000_000));
    builder.file(root(), "zeros.bin", Content::Zeros(1_000_000));
    builder.volume
}

/// Names that are not Unicode: surrogates without their other half.
fn surrogates() -> Volume {
    let mut builder = Builder::new(USUAL);
    let directory = builder.directory(root(), "surrogates");
    for units in [&[0xD800][..], &[0xDC00, 0x41], &[0x41, 0xDBFF], &[0xDC00, 0xD800], &[0xD83D, 0xDE00]] {
        builder.add_units(directory, units.to_vec(), false);
        builder.last().content = Some(bytes(b"odd"));
    }
    builder.volume
}

/// Names of units that no system lets through, and names that are sorted as only NTFS does it.
fn odd_names() -> Volume {
    let mut builder = Builder::new(USUAL);
    let directory = builder.directory(root(), "odd");
    for units in [&[0xFFFF][..], &[0xFFFE], &[0x5C, 0x41]] {
        builder.add_units(directory, units.to_vec(), false);
        builder.last().content = Some(bytes(b"odd"));
    }
    // Supplementary characters sort below U+E000 in UTF-16, above it in code points.
    for name in ["\u{E000}", "😀", "\u{FF21}", "\u{FB01}", "ſ", "ß", "İ", "ı", "ŉ", "ǆ", "ǅ", "Ω", "K"] {
        builder.file(directory, name, bytes(name.as_bytes()));
    }
    builder.volume
}

/// Names with what separates names on other systems, or ends them.
fn unspeakable_names() -> Volume {
    let mut builder = Builder::new(USUAL);
    let directory = builder.directory(root(), "slash");
    builder.file(directory, "sl/ash", bytes(b"/"));
    let directory = builder.directory(root(), "nul");
    builder.file(directory, "nul\0nul", bytes(b"0"));
    builder.volume
}

/// A directory in which names differ by case alone.
fn case_sensitive() -> Volume {
    let mut builder = Builder::new(USUAL);
    let directory = builder.directory(root(), "sensitive");
    builder.extra().extra_flags = 1;
    for name in ["Makefile", "makefile", "MAKEFILE", "other", "ä", "Ä"] {
        builder.file(directory, name, bytes(name.as_bytes()));
    }
    builder.volume
}

/// A disk with a volume of each of two sizes, and a third in a logical partition where there are such.
fn disk(table: TableKind, sector: u32) -> Image {
    let small = |geometry, name: &str| {
        let mut builder = Builder::new(geometry);
        let directory = builder.directory(root(), name);
        builder.file(directory, "file.bin", bytes(&pattern(14, 10_000)));
        builder.volume.label = units(name);
        builder.volume
    };
    let record = 1024.max(sector);
    let volumes = vec![
        small(geometry(sector, 4096, record), "first"),
        small(geometry(sector, 64 * KIB, 4096), "second"),
        small(geometry(sector, 4096, 4096), "third"),
    ];
    let is_mbr = matches!(table, TableKind::Mbr { .. });
    let partitions = (0..volumes.len()).map(|number| Partition {
        id: Guid([u8::try_from(number).unwrap() + 1; 16]),
        is_logical: is_mbr && number == 2,
        ..Partition::new(0)
    });
    Image { disk: Some(Disk { sector, alignment: 1 << 20, table, partitions: partitions.collect() }), volumes }
}

/// A directory of so many entries, with names that fold.
pub fn crowded(entries: u64) -> Case {
    let mut builder = Builder::new(USUAL);
    let directory = builder.directory(root(), "crowded");
    for number in 0..entries {
        builder.file(directory, &crowded_name(number), bytes(b"x"));
    }
    Case::new("crowded", builder.volume)
}

/// Neither in the order of records nor in one case.
pub fn crowded_name(number: u64) -> String {
    let scattered = number.wrapping_mul(2_654_435_761) % 4_294_967_296;
    let letter = ["a", "B", "é", "Ö", "я", "Ж"][usize::try_from(number % 6).unwrap()];
    format!("{letter}{scattered:08x} é.txt")
}

/// The bytes of hexadecimal digits.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().map(|digit| char::from(digit).to_digit(16).unwrap() as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
