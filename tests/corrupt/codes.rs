//! Every code that a problem can have, reached: by the damages of single fields, or by an image made for it here.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;

use format::BOOT_SECTOR_SIZE;
use image::{Access, Image};
use links::{compare_with_second_reader, problem_codes};

use crate::copies::{Copy, built};
use crate::mft_builder::{
    ATTRIBUTE_LIST, DATA, EXTENDED_ATTRIBUTES, Mft, OBJECT_ID, ROOT, Record, STANDARD_INFORMATION, reference,
};
use crate::pipeline::Reading;
use crate::volume_builder::{Geometry, MIRROR_LCN, Run, Stored, Volume};

const FILE_NAME: u32 = 0x30;
const REPARSE_POINT: u32 = 0xC0;
const MFT: u64 = reference(0, 1);

/// The codes of the problems of an image.
fn codes_of(what: &str, image: &[u8]) -> BTreeSet<&'static str> {
    let copy = Copy::of(image);
    let image = Image::open_for(&copy.path, Access::Positioned).expect("an image");
    let reading = Reading::of(&image).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut codes: BTreeSet<&str> = reading.problems().map(|problem| problem.cause.code()).collect();
    for volume in &reading.document.volumes {
        let comparison = compare_with_second_reader(&volume.volume, &volume.graph.files);
        codes.extend(comparison.problems.iter().map(|problem| problem.cause.code()));
    }
    codes
}

/// Checks that an image has problems with these codes, and adds all that it has.
fn reach(what: &str, expected: &[&str], image: &[u8], reached: &mut BTreeSet<&'static str>) {
    let found = codes_of(what, image);
    for code in expected {
        assert!(found.contains(code), "{what}: expected {code}, found {found:?}");
    }
    reached.extend(found);
}

/// Adds the codes that images made for them have.
pub fn reach_by_images(reached: &mut BTreeSet<&'static str>) {
    records(reached);
    links(reached);
    volumes(reached);
    mbr_disks(reached);
    gpt_disks(reached);
    reached.insert(changed_image());
}

/// Complains of every code of the registry that was not reached.
pub fn check_all_reached(reached: &BTreeSet<&'static str>) -> Vec<String> {
    let missing = problem_codes().filter(|(code, _)| !reached.contains(code));
    missing.map(|(code, _)| format!("no image reaches the code {code}")).collect()
}

/// An extracted MFT with one damaged file in record 40.
fn with_file(damage: impl Fn(&mut [u8])) -> Vec<u8> {
    let link = [&0xA000_000C_u32.to_le_bytes()[..], &[20, 0, 0, 0], &[0; 20]].concat();
    let file = Record::file(40).name(ROOT, "a").attribute(OBJECT_ID, vec![1; 16]).attribute(REPARSE_POINT, link);
    let mut image = Mft::new().with(file).bytes();
    damage(&mut image[40 * 1024..41 * 1024]);
    image
}

fn put(bytes: &mut [u8], offset: usize, field: &[u8]) {
    bytes[offset..][..field.len()].copy_from_slice(field);
}

/// Where the first attribute of a type begins in a record.
fn attribute(record: &[u8], type_code: u32) -> usize {
    (0x38..record.len()).step_by(8).find(|at| record[*at..].starts_with(&type_code.to_le_bytes())).expect("it is there")
}

fn records(reached: &mut BTreeSet<&'static str>) {
    reach("BAAD", &["record-marked-bad"], &with_file(|record| put(record, 0, b"BAAD")), reached);
    // The time at 0x20 of the attribute is where mapping pairs begin.
    let in_clusters = with_file(|record| {
        let at = attribute(record, STANDARD_INFORMATION);
        put(record, at + 8, &[1]);
        put(record, at + 0x20, &[0x40, 0]);
    });
    reach("times in clusters", &["must-be-resident"], &in_clusters, reached);
    let many = (0..25).fold(Record::file(40).name(ROOT, "a"), |record, _| record.attribute(OBJECT_ID, Vec::new()));
    reach("25 empty object ids", &["more-issues", "value-too-short"], &Mft::new().with(many).bytes(), reached);
    let cut = Record::file(40).name(ROOT, "a").file_attributes(4).attribute(DATA, b"IntxBLK\0\x08".to_vec());
    reach("half a device of Interix", &["foreign-link-malformed"], &Mft::new().with(cut).bytes(), reached);
    let with_more =
        (1..16).fold(Mft::new(), |mft, number| if number == 5 { mft } else { mft.with(Record::file(number)) });
    let mut first_lost = with_more.bytes();
    first_lost[..1024].fill(0xEE);
    reach("record 0 is lost", &["first-record-unusable"], &first_lost, reached);
}

/// An image of a spec.
fn described(spec: &str) -> Vec<u8> {
    built(&imagekit::spec::parse("spec", spec).unwrap_or_else(|error| panic!("{error}")).image).0
}

fn links(reached: &mut BTreeSet<&'static str>) {
    let directories = |count: usize| vec!["d".repeat(255); count].join("\\");
    let long = format!("[[file]]\npath = '\\{}'\n", directories(130));
    reach("a path of 33,000 units", &["path-too-long"], &described(&long), reached);
    let deep = directories(120);
    let names: Vec<String> = (0..40).map(|number| format!("'\\{deep}\\{number}'")).collect();
    let many = format!("[[file]]\npath = '\\{deep}\\first'\nnames = [{}]\n", names.join(", "));
    reach("41 paths of 30,000 units", &["paths-too-long"], &described(&many), reached);
    // Links that each go down a thousand directories to the next.
    let way = vec!["d"; 1_100].join("\\");
    let link = |number: usize| {
        let target = format!("substitute = '\\{way}\\{}', print = '', flags = 1", number + 1);
        format!("[[file]]\npath = '\\{way}\\{number}'\nreparse = {{ tag = 'SYMLINK', {target} }}\n")
    };
    let chain: String = (0..63).map(link).collect();
    reach("63 links down 1,100 directories", &["link-given-up"], &described(&chain), reached);
}

fn small_volume() -> Volume {
    Volume::new(Geometry::new(512, 1024, 1024), 200, &[(64, Some(8))])
}

/// An MFT whose record 0 has its first 20 clusters; entries of its list are first cluster and holder.
fn split_volume(list: &[(u64, u64)], extensions: &[(u64, u64, Run)]) -> Volume {
    let mut volume = Volume::new(Geometry::new(512, 1024, 1024), 200, &[(20, Some(8)), (44, Some(60))]);
    for (number, vcn, run) in extensions {
        volume.put(&Record::extension(*number, MFT), &[Stored::from_vcn(*vcn, DATA, &[*run])]);
    }
    let own = [(STANDARD_INFORMATION, 0, MFT, 0), (FILE_NAME, 0, MFT, 2), (DATA, 0, MFT, 3)];
    let others = list.iter().map(|(vcn, holder)| (DATA, *vcn, reference(*holder, 1), 0));
    let first = Stored::new(DATA, &volume.mft_runs[..1], 64 * 1024);
    volume.put_mft(&[first], &own.into_iter().chain(others).collect::<Vec<_>>());
    volume
}

fn volumes(reached: &mut BTreeSet<&'static str>) {
    // What was never written of a value reads as zeros; the second reader answers what is there.
    let mut unwritten = small_volume();
    let stored = Stored::new(REPARSE_POINT, &[(1, Some(100))], 600).initialized(8);
    unwritten.put(&Record::file(40).name(ROOT, "a"), &[stored]);
    unwritten.bytes[100 * 1024..][..600].fill(0xA0);
    reach("an unwritten value", &["second-reader-differs"], &unwritten.bytes, reached);
    let missing = split_volume(&[(20, 15)], &[]);
    reach("an extension that is not there", &["mft-extension-unusable", "mft-extent-missing"], &missing.bytes, reached);
    let (half, twice) = ((20, Some(60)), (20, Some(120)));
    let twice = split_volume(&[(20, 15), (20, 16)], &[(15, 20, half), (16, 20, twice)]);
    reach("two runs for one part", &["mft-extent-twice"], &twice.bytes, reached);
    // The whole volume once more, and again.
    let all = (200, Some(0));
    let large = split_volume(&[(20, 15), (220, 16)], &[(15, 20, all), (16, 220, all)]);
    reach("runs of more than the image", &["mft-larger-than-image"], &large.bytes, reached);
    let mut cut = small_volume();
    cut.bytes.truncate(60 * 1024);
    reach("an image that ends in the MFT", &["mft-past-image-end", "volume-past-image-end"], &cut.bytes, reached);
    // The header of the run says eight bytes each, and the attribute ends before.
    let mut short = small_volume();
    short.put(&Record::file(40).name(ROOT, "a"), &[Stored::new(REPARSE_POINT, &[(1, Some(100))], 600)]);
    let start = (8 + 40) * 1024;
    let record = &mut short.bytes[start..start + 1024];
    let pairs = attribute(record, REPARSE_POINT) + 0x40;
    record[pairs] = 0x88;
    reach("a run past its attribute", &["data-run-out-of-bounds"], &short.bytes, reached);
    reached.extend(values(reached));
}

/// Values in clusters that an extracted MFT does not have, and that are more than the image.
fn values(reached: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    let mut more = reached.clone();
    let mut volume = small_volume();
    for number in 30..60 {
        let list = Stored::new(ATTRIBUTE_LIST, &[(150, Some(0))], 150 * 1024);
        volume.put(&Record::file(number).name(ROOT, "a"), &[list]);
    }
    let extracted = &volume.bytes[8 * 1024..72 * 1024];
    reach("an extracted MFT", &["value-not-here"], extracted, &mut more);
    // Thirty lists in the same clusters.
    reach("thirty lists of all clusters", &["values-larger-than-image"], &volume.bytes, &mut more);
    let attributes = Record::file(40).name(ROOT, "a").attribute(EXTENDED_ATTRIBUTES, vec![0xFF; 16]);
    reach(
        "attributes of 4 GiB",
        &["extended-attribute-out-of-bounds"],
        &Mft::new().with(attributes).bytes(),
        &mut more,
    );
    let mut unusable = small_volume();
    // Neither record 0 nor its mirror.
    for start in [8 * 1024, MIRROR_LCN as usize * 1024] {
        unusable.bytes[start..][..1024].fill(0xEE);
    }
    let sound = small_volume();
    let disk = mbr_disk(&[(7, 64, &sound.bytes), (7, 4_096, &unusable.bytes)]);
    reach("a volume without an MFT", &["volume-unreadable"], &disk, &mut more);
    more
}

/// A disk of 512-byte sectors with an MBR: type, first sector and content of its partitions.
fn mbr_disk(partitions: &[(u8, u32, &[u8])]) -> Vec<u8> {
    let mut disk = vec![0; 512];
    put(&mut disk, 0x1FE, &[0x55, 0xAA]);
    for (slot, (kind, first, content)) in partitions.iter().enumerate() {
        let sectors = content.len().div_ceil(512);
        let entry = [&[0, 0, 0, 0, *kind, 0, 0, 0][..], &first.to_le_bytes(), &(sectors as u32).to_le_bytes()].concat();
        put(&mut disk, 0x1BE + 16 * slot, &entry);
        let start = 512 * *first as usize;
        disk.resize(disk.len().max(start + 512 * sectors), 0);
        put(&mut disk, start, content);
    }
    disk
}

/// An extended boot record: where the next one is, from the start of the extended partition.
fn extended(next: u32) -> Vec<u8> {
    let mut record = vec![0; 512];
    put(&mut record, 0x1FE, &[0x55, 0xAA]);
    put(&mut record, 0x1CE, &[&[0, 0, 0, 0, 5, 0, 0, 0][..], &next.to_le_bytes(), &1_u32.to_le_bytes()].concat());
    record
}

fn mbr_disks(reached: &mut BTreeSet<&'static str>) {
    const EXTENDED: u8 = 5;
    let volume = small_volume().bytes;
    let with = |kind, first, content: &[u8]| mbr_disk(&[(7, 64, &volume), (kind, first, content)]);
    let mut odd = with(7, 4_096, &[1; 512]);
    odd[0x1CE] = 0x12;
    reach("status 0x12", &["mbr-slot-status"], &odd, reached);
    reach("two partitions in one place", &["partitions-overlap"], &with(7, 65, &[0; 512]), reached);
    let mut cut = with(7, 4_096, &[1; 512]);
    cut.truncate(4_096 * 512 - 512);
    reach("a partition behind the end", &["partition-beyond-image"], &cut, reached);
    reach("no signature", &["ebr-signature"], &with(EXTENDED, 4_096, &[1; 512]), reached);
    reach("one that leads to itself", &["ebr-chain-loop"], &with(EXTENDED, 4_096, &extended(0)), reached);
    reach("one that leads away", &["ebr-beyond-image"], &with(EXTENDED, 4_096, &extended(1 << 30)), reached);
    let chain: Vec<u8> = (1..5_000).flat_map(extended).collect();
    reach("5,000 of them", &["ebr-chain-too-long"], &with(EXTENDED, 4_096, &chain), reached);
}

/// A GPT disk with one volume, and what is changed in the header and entries of both tables, whose checksums are made
/// right again.
fn gpt_disk(change: impl Fn(&mut [u8], &mut [u8])) -> Vec<u8> {
    let spec = "[disk]\ntable = 'gpt'\n[[volume]]\nname = 'a'\n[[volume.file]]\npath = '\\a'\n";
    let image = imagekit::spec::parse("gpt", spec).expect("a spec").image;
    let mut disk = built(&image).0;
    let last = disk.len() - 512;
    for header_at in [512, last] {
        let mut header = disk[header_at..header_at + 92].to_vec();
        let sector = u64::from_le_bytes(header[72..80].try_into().expect("eight bytes"));
        let entries_at = 512 * sector as usize;
        let mut entries = disk[entries_at..entries_at + 128 * 128].to_vec();
        change(&mut header, &mut entries);
        let checksum = crc32fast::hash(&entries);
        put(&mut header, 88, &checksum.to_le_bytes());
        put(&mut header, 16, &[0; 4]);
        let checksum = crc32fast::hash(&header);
        put(&mut header, 16, &checksum.to_le_bytes());
        put(&mut disk, header_at, &header);
        put(&mut disk, entries_at, &entries);
    }
    disk
}

fn gpt_disks(reached: &mut BTreeSet<&'static str>) {
    let sound = gpt_disk(|_, _| ());
    assert_eq!(codes_of("a sound GPT disk", &sound), BTreeSet::new(), "what is changed below is sound");
    let with = |at: usize, bytes: &[u8]| {
        let mut disk = sound.clone();
        put(&mut disk, at, bytes);
        disk
    };
    let announced = with(0, &[0; BOOT_SECTOR_SIZE]);
    reach("no protective MBR", &["gpt-protective-mbr-missing"], &announced, reached);
    reach("no first header", &["gpt-primary-header-bad", "gpt-backup-used"], &with(512, &[0; 92]), reached);
    reach("no last header", &["gpt-backup-header-bad"], &with(sound.len() - 512, &[0; 92]), reached);
    reach("another name of an entry", &["gpt-entries-checksum"], &with(1024 + 56, b"b"), reached);
    let number = |at: usize, value: u32| gpt_disk(move |header, _| put(header, at, &value.to_le_bytes()));
    reach("a million entries", &["gpt-entries-cut-short"], &number(80, 1 << 20), reached);
    let range = gpt_disk(|_, entries| {
        let second = [&entries[..32], &9_u64.to_le_bytes(), &8_u64.to_le_bytes()].concat();
        put(entries, 128, &second);
    });
    reach("an entry that ends before it begins", &["gpt-entry-range"], &range, reached);
    // No entry is read then: the volume is another's, in the protective MBR.
    let mut size = number(84, 100);
    let first_sector = u32::try_from(start_of_volume(&sound) / 512).expect("a small disk");
    let count = u32::try_from(sound.len() / 512).expect("a small disk") - first_sector;
    let slot = [&[0, 0, 0, 0, 7, 0, 0, 0][..], &first_sector.to_le_bytes(), &count.to_le_bytes()].concat();
    put(&mut size, 0x1CE, &slot);
    let copy = Copy::of(&size);
    let image = Image::open_for(&copy.path, Access::Positioned).expect("an image");
    let table = image::read_partitions(&image);
    let found: BTreeSet<&str> = table.issues.iter().map(image::PartitionIssue::code).collect();
    assert!(found.contains("gpt-entry-size"), "{found:?}");
    reached.extend(found);
}

/// Where the first NTFS boot sector of a disk is.
fn start_of_volume(disk: &[u8]) -> usize {
    (0..disk.len()).step_by(512).find(|at| disk[at + 3..].starts_with(b"NTFS    ")).expect("a volume")
}

/// An image that grows while it is open.
fn changed_image() -> &'static str {
    let copy = Copy::of(&small_volume().bytes);
    let image = Image::open_for(&copy.path, Access::Positioned).expect("an image");
    let mut file = OpenOptions::new().append(true).open(&copy.path).expect("the copy");
    file.write_all(&[0; 512]).expect("the copy");
    let (before, now) = image.size_change().expect("it is longer");
    volume::VolumeIssue::ImageChanged { before, now }.code()
}
