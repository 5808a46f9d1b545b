//! The corpus: structures cut out of the images that are changed, one of each shape, and a few of what those do not have.

use std::collections::BTreeMap;
use std::fs;

use format::{
    Attribute, AttributeType, FileName, FileRecord, Form, ReparseData, ReparsePoint, Utf16, has_foreign_link_magic,
};
use imagekit::build::{Built, BuiltVolume, build};
use imagekit::damage::apply;
use imagekit::spec;
use regf::{DataType, HiveBuilder};

use crate::fuzz_targets::changed_volume::{BASES, Base, Change};
use crate::fuzz_targets::memory_file::MemoryFile;
use crate::fuzz_targets::{HIVE_HEADER, HIVE_ROOT};

/// Inputs by target and name.
type Seeds = BTreeMap<(&'static str, String), Vec<u8>>;

const SECTOR: usize = 512;

/// System records of each MFT: `$MFT` itself, `$Volume`, the root directory.
const SYSTEM_RECORDS: [usize; 3] = [0, 3, 5];
/// The first record of a file that is not the system's.
const FIRST_RECORD: usize = 27;
/// Records of files in an MFT of the corpus, and how many such MFTs there are of one image.
const FILES_OF_MFT: usize = 16;
const MFTS_OF_IMAGE: usize = 2;

/// All of them.
pub fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    for (number, base) in BASES.iter().enumerate() {
        for (volume, built) in base.built.volumes.iter().enumerate() {
            let name = format!("{}-{volume}", base.name);
            structures(&mut seeds, &name, &base.image, built);
        }
        changes(&mut seeds, number as u8, base);
    }
    partition_tables(&mut seeds);
    add(&mut seeds, "registry_hive", "letters", registry_hive());
    let table = [utf16("aAbB"), vec![0; 4], utf16("Name"), utf16("nAmE")].concat();
    add(&mut seeds, "up_case", "changed", table);
    add(&mut seeds, "up_case", "usual", [vec![0; 4], utf16("Straße ǅ Σίσυφος")].concat());
    add(&mut seeds, "text", "surrogates", utf16("a\u{1F600}é\u{FFFF}").into_iter().chain([0, 0xD8, 0, 0xDC]).collect());
    add(&mut seeds, "text", "unpaired", vec![0x61, 0, 0, 0xDC, 0, 0xD8]);
    seeds
}

fn add(seeds: &mut Seeds, target: &'static str, name: &str, bytes: Vec<u8>) {
    seeds.insert((target, name.to_owned()), bytes);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The boot sector of a volume, its records, and what is in them.
fn structures(seeds: &mut Seeds, name: &str, image: &[u8], built: &BuiltVolume) {
    let start = built.start as usize;
    add(seeds, "boot_sector", name, image[start..start + SECTOR].to_vec());
    let cluster = u64::from(built.geometry.cluster);
    let mut mft = Vec::new();
    for run in &built.mft {
        let first = built.start + run.lcn.expect("the MFT has no holes") * cluster;
        mft.extend(&image[first as usize..(first + run.length * cluster) as usize]);
    }
    let records: Vec<&[u8]> = mft.chunks_exact(built.geometry.record as usize).map(used).collect();
    for record in &records {
        cut_out(seeds, name, record);
    }
    let files: Vec<&[u8]> = records.iter().skip(FIRST_RECORD).copied().filter(|record| !record.is_empty()).collect();
    for (number, files) in files.chunks(FILES_OF_MFT).take(MFTS_OF_IMAGE).enumerate() {
        let system = SYSTEM_RECORDS.map(|record| records[record]);
        add(
            seeds,
            "bare_mft",
            &format!("{name}-{number}"),
            [&system.concat(), &files.concat()].map(Vec::as_slice).concat(),
        );
    }
}

/// A record up to its used size, without zeros at its end; nothing of an empty slot.
fn used(record: &[u8]) -> &[u8] {
    let used = u32::from_le_bytes([record[0x18], record[0x19], record[0x1A], record[0x1B]]) as usize;
    if record.starts_with(b"FILE") { without_zeros(&record[..used.min(record.len())]) } else { &[] }
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
}

/// A record, and the values in it, each where nothing of its shape was cut out before.
fn cut_out(seeds: &mut Seeds, name: &str, record: &[u8]) {
    let mut slot = record.to_vec();
    slot.resize(1024, 0);
    let Some(decoded) = FileRecord::decode(&mut slot, &mut Vec::new()) else { return };
    let number = decoded.header.own_number.unwrap_or(0);
    let mut shape = String::new();
    for attribute in decoded.attributes().flatten() {
        let form = if matches!(attribute.form, Form::Resident { .. }) { "" } else { "n" };
        shape += &format!("-{:x}{form}", attribute.type_code.0);
        cut_out_value(seeds, &attribute);
    }
    let name = format!("{name}-{number}");
    let mut shapes = seeds.keys().filter(|(target, _)| *target == "file_record");
    if !shapes.any(|(_, known)| known.ends_with(&format!("_{shape}"))) {
        add(seeds, "file_record", &format!("{name}_{shape}"), record.to_vec());
    }
}

/// The value of an attribute, under the name of its shape: the first of each stays.
fn cut_out_value(seeds: &mut Seeds, attribute: &Attribute<'_>) {
    let value = match attribute.form {
        Form::NonResident(clusters) => {
            let runs = without_zeros(clusters.mapping_pairs);
            return keep(seeds, "data_runs", format!("{}-bytes", runs.len()), &[&[0; 8], runs].concat());
        }
        Form::Resident { value, .. } => value,
    };
    let length = value.len();
    match attribute.type_code {
        AttributeType::STANDARD_INFORMATION => {
            keep(
                seeds,
                "standard_information",
                format!("{length}-bytes-{:02x}-{:02x}", value[0x20], value[0x28]),
                value,
            );
        }
        AttributeType::ATTRIBUTE_LIST => keep(seeds, "attribute_list", format!("{length}-bytes"), value),
        AttributeType::VOLUME_INFORMATION => keep(seeds, "volume_information", format!("{length}-bytes"), value),
        AttributeType::EXTENDED_ATTRIBUTES => keep(seeds, "extended_attributes", format!("{length}-bytes"), value),
        AttributeType::DATA if has_foreign_link_magic(value) => {
            keep(seeds, "foreign_link", format!("{}-{length}", value[..4].escape_ascii()), value);
        }
        AttributeType::FILE_NAME => {
            let Ok(name) = FileName::decode(value, &mut Vec::new()) else { return };
            keep(seeds, "file_name", format!("{}-{}", name.namespace, length / 16), value);
            if !name.name.to_wtf8().as_wtf8().as_bytes().is_ascii() {
                keep(seeds, "text", format!("name-of-{length}"), name.name.as_bytes());
            }
        }
        AttributeType::REPARSE_POINT => cut_out_reparse_point(seeds, value),
        _ => {}
    }
}

fn cut_out_reparse_point(seeds: &mut Seeds, value: &[u8]) {
    let Ok(point) = ReparsePoint::decode(value, &mut Vec::new()) else { return };
    keep(seeds, "reparse_point", format!("{:08x}-{}", point.tag.0, value.len() / 16), value);
    if let ReparseData::MountPoint { substitute_name, .. } | ReparseData::Symlink { substitute_name, .. } = point.data {
        let target = substitute_name.map(Utf16::as_bytes).unwrap_or_default();
        let start: String =
            String::from_utf8_lossy(target).chars().filter(char::is_ascii_alphanumeric).take(6).collect();
        keep(seeds, "target_name", format!("{start}-{}", target.len() / 8), target);
    }
}

fn keep(seeds: &mut Seeds, target: &'static str, shape: String, bytes: &[u8]) {
    seeds.entry((target, shape)).or_insert_with(|| bytes.to_vec());
}

/// An image as it is, and with each damage of its spec: what the damage writes, as changes.
fn changes(seeds: &mut Seeds, number: u8, base: &Base) {
    add(seeds, "volume", base.name, vec![number]);
    for (index, damage) in base.spec.damages.iter().enumerate() {
        let file = MemoryFile::holding(&base.image);
        apply(file.file(), &base.built, damage).expect("a damage of this image");
        let damaged = fs::read(file.path()).expect("the image can be read");
        let mut bytes = vec![number];
        for (sector, &start) in base.sectors.iter().enumerate() {
            let (before, after) = (&base.image[start..start + SECTOR], &damaged[start..start + SECTOR]);
            bytes.extend(changes_of_sector(sector as u16, before, after));
        }
        add(seeds, "volume", &format!("{}-damage-{index}", base.name), bytes);
    }
}

fn changes_of_sector(sector: u16, before: &[u8], after: &[u8]) -> Vec<u8> {
    let pieces = before.chunks(8).zip(after.chunks(8)).enumerate().filter(|(_, (before, after))| before != after);
    let changes = pieces.map(|(piece, (_, after))| Change { sector, offset: 8 * piece as u16, bytes: after.to_vec() });
    changes.flat_map(|change| change.encode()).collect()
}

/// The first sectors of disks, and the last one, where the other header of a GPT is.
fn partition_tables(seeds: &mut Seeds) {
    for (name, text) in [
        ("mbr", include_str!("../fuzz/disk.toml")),
        ("gpt", include_str!("../schema/rare.toml")),
        ("gpt-4096", "[disk]\ntable = 'gpt'\nsector = 4096\n[[volume]]\ncluster = 4096\n"),
    ] {
        let spec = spec::parse(name, text).expect("a sound spec");
        let file = MemoryFile::new();
        let built: Built = build(&spec.image, file.file()).expect("an image");
        let image = fs::read(file.path()).expect("the image can be read");
        let sector = spec.image.disk.as_ref().map_or(SECTOR, |disk| disk.sector as usize);
        let (first, last) = (&image[..3 * sector], &image[built.size as usize - sector..]);
        let first = &first[..without_zeros(first).len().next_multiple_of(SECTOR)];
        add(seeds, "partition_table", name, [first, &last[..SECTOR]].concat());
    }
    add(seeds, "partition_table", "logical", logical_partitions());
}

/// An MBR with an extended partition in its second sector, whose two records follow each other.
fn logical_partitions() -> Vec<u8> {
    let mut disk = vec![0; 3 * SECTOR];
    // Type, first sector, sectors; both of the latter from the start of the disk or of the extended partition.
    let slots = [(0, 0, 0x05, 1_u32), (1, 0, 0x07, 8), (1, 1, 0x05, 1), (2, 0, 0x07, 16)];
    for (sector, slot, kind, first) in slots {
        let start = SECTOR * sector + 0x1BE + 16 * slot;
        disk[start + 4] = kind;
        disk[start + 8..start + 12].copy_from_slice(&first.to_le_bytes());
        disk[start + 12..start + 16].copy_from_slice(&8_u32.to_le_bytes());
    }
    for sector in disk.chunks_mut(SECTOR) {
        sector[SECTOR - 2..].copy_from_slice(&[0x55, 0xAA]);
    }
    disk
}

/// A `SYSTEM` hive with letters and a GUID, as its target wants it.
fn registry_hive() -> Vec<u8> {
    let mut builder = HiveBuilder::new_with_name("SYSTEM").expect("a hive");
    let key = builder.add_key(builder.root_offset(), "MountedDevices").expect("a key");
    let gpt = [b"DMIO:ID:".as_slice(), &[7; 16]].concat();
    let guid = r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}";
    for (name, data) in [(r"\DosDevices\C:", &[3; 12][..]), (r"\DosDevices\D:", &gpt), (guid, &gpt), ("#{x}", &[1])] {
        builder.add_value(key, name, DataType::Binary, data).expect("a value");
    }
    let mut hive = builder.to_bytes().expect("a hive");
    // The only bin and each key carry the time at which they were written: another one each time the corpus is made.
    hive[HIVE_HEADER + 0x14..HIVE_HEADER + 0x1C].fill(0);
    for cell in (HIVE_HEADER..hive.len() - 16).step_by(8) {
        if hive[cell + 4..].starts_with(b"nk") {
            hive[cell + 8..cell + 16].fill(0);
        }
    }
    [&hive[HIVE_ROOT..HIVE_ROOT + 4], without_zeros(&hive[HIVE_HEADER..])].concat()
}
