//! Input that is missing, is something else, is damaged, or is a disk with partitions: exit status, the one line on
//! standard error, and what is read all the same.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A directory for one test, with the images that it writes.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The names of everything in it.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn scan(arguments: &[&str], image: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    command.args(["scan", "--quiet"]).args(arguments).arg(image).output().unwrap()
}

/// The image cannot be read: status 2, nothing on standard output, and one line with the path and all of `parts`.
fn check_refused(arguments: &[&str], image: &Path, parts: &[&str]) {
    let path = image.display().to_string();
    check_failed(arguments, image, &[&[path.as_str()], parts].concat());
}

/// Nothing could be done: status 2, and one line with all of `parts`.
fn check_failed(arguments: &[&str], image: &Path, parts: &[&str]) {
    let output = scan(arguments, image);
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(output.stdout.is_empty());
    assert!(line.starts_with("ntfslinks: ") && line.ends_with('\n') && line.lines().count() == 1, "{line:?}");
    for part in parts {
        assert!(line.contains(part), "no {part:?} in {line:?}");
    }
}

/// The image can be read: status 0, nothing on standard error, and this graph.
fn check_read(arguments: &[&str], image: &Path) -> Value {
    let output = scan(arguments, image);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(0) && errors.is_empty(), "{}: {errors}", output.status);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn fixture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.img"))
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixture_path(name)).unwrap()
}

/// The smallest committed volume, on sectors of 512 bytes and clusters of 512.
const SMALL: &str = "geometry-512";
/// One on sectors of 4,096 bytes.
const LARGE_SECTORS: &str = "geometry-4kn";

fn codes(graph: &Value) -> Vec<&str> {
    graph["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect()
}

/// Nodes and edges, which do not depend on where the volume lies.
fn content(graph: &Value) -> String {
    assert!(graph["edges"].as_array().unwrap().len() > 60, "a fixture has more edges");
    format!("{}{}", graph["nodes"], graph["edges"])
}

/// Scheme, number and offset of each volume's partition.
fn partitions(graph: &Value) -> Vec<String> {
    let volumes = graph["volumes"].as_array().unwrap().iter();
    let describe = |volume: &Value| {
        let partition = &volume["partition"];
        format!("{} {} {} {}", volume["id"], partition["scheme"], partition["number"], partition["offset"])
    };
    volumes.map(|volume| describe(volume).replace('"', "")).collect()
}

// No image ------------------------------------------------------------------------------------------------------------

#[test]
fn what_is_not_there_is_refused() {
    let folder = Folder::new();
    check_refused(&[], &folder.path("absent.img"), &["no such file"]);
    check_refused(&[], &folder.path("absent/absent.img"), &["no such file"]);
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = Folder::new();
    check_refused(&[], folder.0.path(), &["directory", "must be a regular file"]);
    let fifo = folder.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    check_refused(&[], &fifo, &["FIFO", "must be a regular file"]);
}

#[test]
fn what_is_shorter_than_a_sector_is_refused() {
    let folder = Folder::new();
    check_refused(&[], &folder.file("empty", b""), &["empty", "expected at least one sector"]);
    let short = folder.file("short", &[b'x'; 100]);
    check_refused(&[], &short, &["at offset 0x0", "expected at least one sector of 512 bytes", "found 100 bytes"]);
}

#[test]
fn what_is_something_else_is_named() {
    let folder = Folder::new();
    let check = |name: &str, bytes: &[u8], found: &str| {
        let expected = ["expected an NTFS boot sector or a file record at 0x0", &format!("found {found}")];
        check_refused(&[], &folder.file(name, bytes), &expected);
    };
    check("notes.txt", "All work and no play.\n".repeat(100).as_bytes(), "text");
    check("zeros", &vec![0; 1 << 20], "only zeros");
    let mut bitlocker = vec![0xFF; 1 << 16];
    bitlocker[..11].copy_from_slice(b"\xEB\x58\x90-FVE-FS-");
    bitlocker[510..512].copy_from_slice(&[0x55, 0xAA]);
    check("bitlocker", &bitlocker, "a BitLocker-encrypted volume");
    check("noise", &(0..4096_u32).map(|byte| (byte * 7 + 200) as u8).collect::<Vec<u8>>(), "unknown data");
}

#[test]
fn another_file_system_is_named() {
    let folder = Folder::new();
    let path = folder.file("ext4.img", &vec![0; 1 << 20]);
    let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&path).output();
    if !made.is_ok_and(|made| made.status.success()) {
        // The magic number of its superblock, and the feature that ext3 does not have: extents.
        let mut superblock = vec![0; 1 << 20];
        superblock[0x438..0x43A].copy_from_slice(&[0x53, 0xEF]);
        superblock[0x460] = 0x40;
        folder.file("ext4.img", &superblock);
    }
    check_refused(&[], &path, &["expected an NTFS boot sector", "found an ext4 file system"]);
}

#[test]
fn a_message_is_one_line_whatever_the_path() {
    let folder = Folder::new();
    let name = "two\nlines\u{1b}[31m\u{202e}.img";
    let escaped = "two\\u{a}lines\\u{1b}[31m\\u{202e}.img";
    check_failed(&[], &folder.path(name), &[escaped, "no such file"]);
    check_failed(&[], &folder.file(name, "text\n".repeat(200).as_bytes()), &[escaped, "found text"]);
}

#[test]
fn a_message_about_a_damaged_volume_is_one_line_whatever_the_path() {
    let folder = Folder::new();
    let mut image = fixture(SMALL);
    image.truncate(8192); // the boot sector, and no MFT
    let path = folder.file("two\nlines.img", &image);
    check_failed(&[], &path, &["two\\u{a}lines.img", "cannot be read"]);
}

// A damaged volume ----------------------------------------------------------------------------------------------------

/// Where the boot sector has the first cluster of the MFT, and of its mirror.
const MFT_FIELD: usize = 0x30;
const MIRROR_FIELD: usize = 0x38;

/// Where the MFT, or its mirror, begins on a volume with clusters of 512 bytes.
fn cluster_offset(image: &[u8], field: usize) -> usize {
    u64::from_le_bytes(image[field..field + 8].try_into().unwrap()) as usize * 512
}

fn backup_boot_sector(image: &[u8]) -> usize {
    image.len() - 512
}

#[test]
fn an_mft_beyond_the_end_is_refused_with_where_it_should_be() {
    let folder = Folder::new();
    let mut image = fixture(SMALL);
    for sector in [0, backup_boot_sector(&fixture(SMALL))] {
        image[sector + MFT_FIELD..][..8].copy_from_slice(&0x10_0000_u64.to_le_bytes());
        image[sector + MIRROR_FIELD..][..8].copy_from_slice(&0x20_0000_u64.to_le_bytes());
    }
    let path = folder.file("beyond.img", &image);
    // Clusters of 512 bytes.
    check_refused(&[], &path, &["at 0x0", "0x20000000", "0x40000000", "expected a file record"]);
    // An overflow of any size.
    for sector in [0, backup_boot_sector(&image)] {
        image[sector + MFT_FIELD..][..16].fill(0xFF);
    }
    check_refused(&[], &folder.file("overflow.img", &image), &["at 0x0", "expected a file record"]);
}

#[test]
fn a_boot_sector_that_names_another_mft_than_its_backup_gives_way_to_it() {
    let folder = Folder::new();
    let mut image = fixture(SMALL);
    image[MFT_FIELD..MFT_FIELD + 8].copy_from_slice(&3_u64.to_le_bytes());
    image[MIRROR_FIELD..MIRROR_FIELD + 8].copy_from_slice(&5_u64.to_le_bytes());
    let graph = check_read(&[], &folder.file("lying.img", &image));
    assert_eq!(codes(&graph), ["backup-boot-sector-used"]);
    assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(SMALL))));
}

#[test]
fn a_geometry_that_cannot_be_is_refused_with_the_field() {
    let folder = Folder::new();
    let backup = backup_boot_sector(&fixture(SMALL));
    for (field, value, expected) in [
        (0x0B, 7, "bytes per sector at byte 11 is 7, expected a power of two from 256 to 4096"),
        (0x0D, 3, "sectors per cluster at byte 13 is 0x03, expected a power of two"),
        (0x40, 0, "file record size code at byte 64 is 0, expected one"),
    ] {
        let mut image = fixture(SMALL);
        image[backup..].fill(0);
        image[field] = value;
        image[field + 1] = if field == 0x0B { 0 } else { image[field + 1] };
        check_refused(&[], &folder.file("geometry.img", &image), &["at 0x0", expected]);
    }
}

#[test]
fn without_its_boot_sector_a_volume_is_read_by_the_backup() {
    let folder = Folder::new();
    for name in [SMALL, LARGE_SECTORS] {
        let mut image = fixture(name);
        image[..512].fill(0);
        let graph = check_read(&[], &folder.file("no-boot.img", &image));
        assert_eq!(codes(&graph), ["backup-boot-sector-used"]);
        assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(name))));
    }
}

#[test]
fn without_record_0_a_volume_is_read_by_the_mirror() {
    let folder = Folder::new();
    let mut image = fixture(SMALL);
    let mft = cluster_offset(&image, MFT_FIELD);
    image[mft..mft + 1024].fill(0);
    let graph = check_read(&[], &folder.file("no-record-0.img", &image));
    assert_eq!(codes(&graph), ["mft-mirror-used"]);
    assert_eq!(graph["problems"][0]["offset"], mft);
    assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(SMALL))));
    // And without the boot sector as well.
    image[..512].fill(0);
    let graph = check_read(&[], &folder.file("neither.img", &image));
    assert_eq!(
        codes(&graph).iter().filter(|code| **code != "mft-mirror-used").collect::<Vec<_>>(),
        [&"backup-boot-sector-used"]
    );
    assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(SMALL))));
}

#[test]
fn without_record_0_and_its_mirror_a_volume_is_refused() {
    let folder = Folder::new();
    let mut image = fixture(SMALL);
    for field in [MFT_FIELD, MIRROR_FIELD] {
        let record = cluster_offset(&image, field);
        image[record..record + 1024].fill(0);
    }
    let mft = format!("{:#x}", cluster_offset(&image, MFT_FIELD));
    let path = folder.file("no-mft.img", &image);
    check_refused(&[], &path, &["at 0x0", &mft, "expected a file record"]);
}

#[test]
fn an_image_that_is_cut_off_anywhere_is_read_or_refused() {
    let folder = Folder::new();
    for name in [SMALL, LARGE_SECTORS] {
        let whole = fixture(name);
        let around = |place: usize| [place - 1, place, place + 1];
        let places = [512, 1024, 8192, whole.len() / 2, whole.len() - 512, whole.len() - 4096].into_iter();
        let lengths = (1..60).map(|step| step * 34_567 + 11).chain(places.flat_map(around)).chain([whole.len() - 1]);
        for length in lengths {
            let path = folder.file("cut.img", &whole[..length]);
            match scan(&[], &path).status.code() {
                Some(0) => {
                    let graph = check_read(&[], &path);
                    assert!(!codes(&graph).is_empty() || length >= whole.len() - 4096, "{name} cut at {length}");
                }
                _ => check_refused(&[], &path, &[]),
            }
        }
    }
}

#[test]
fn without_the_last_sector_only_the_backup_is_gone() {
    let folder = Folder::new();
    let mut image = fixture(SMALL);
    image.truncate(image.len() - 512);
    let graph = check_read(&[], &folder.file("no-backup.img", &image));
    assert_eq!(codes(&graph), [""; 0]);
    assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(SMALL))));
}

// Disks ---------------------------------------------------------------------------------------------------------------

/// Writes bytes at a place of a disk, which grows as it must.
fn put(disk: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    disk.resize(disk.len().max(offset + bytes.len()), 0);
    disk[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// A boot record: for each used slot its number, type, first sector, sector count.
fn boot_record(slots: &[(usize, u8, u32, u32)]) -> [u8; 512] {
    let mut record = [0; 512];
    for (number, type_id, first, count) in slots {
        let slot = &mut record[0x1BE + 16 * (number - 1)..][..16];
        slot[4] = *type_id;
        slot[8..12].copy_from_slice(&first.to_le_bytes());
        slot[12..16].copy_from_slice(&count.to_le_bytes());
    }
    record[510..].copy_from_slice(&[0x55, 0xAA]);
    record
}

fn sectors(bytes: &[u8], sector_size: usize) -> u32 {
    (bytes.len() / sector_size) as u32
}

/// A disk with an MBR and these volumes at these sectors.
fn mbr_disk(sector_size: usize, volumes: &[(u32, &[u8])]) -> Vec<u8> {
    let slots: Vec<_> =
        (1..).zip(volumes).map(|(number, (first, volume))| (number, 7, *first, sectors(volume, sector_size))).collect();
    let mut disk = boot_record(&slots).to_vec();
    for (first, volume) in volumes {
        put(&mut disk, *first as usize * sector_size, volume);
    }
    disk
}

const BASIC_DATA: [u8; 16] =
    [0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7];
const ENTRIES: usize = 128 * 128;

/// A GPT header in sector `own`, with the other one in `other` and the entries at `entries_at`.
fn gpt_header(own: u64, other: u64, entries_at: u64, entries: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 92];
    header[..8].copy_from_slice(b"EFI PART");
    header[8..12].copy_from_slice(&0x1_0000_u32.to_le_bytes()); // revision
    header[12..16].copy_from_slice(&92_u32.to_le_bytes()); // size
    header[24..32].copy_from_slice(&own.to_le_bytes());
    header[32..40].copy_from_slice(&other.to_le_bytes());
    header[72..80].copy_from_slice(&entries_at.to_le_bytes());
    header[80..84].copy_from_slice(&128_u32.to_le_bytes()); // count
    header[84..88].copy_from_slice(&128_u32.to_le_bytes()); // bytes of each
    header[88..92].copy_from_slice(&crc32fast::hash(entries).to_le_bytes());
    let checksum = crc32fast::hash(&header);
    header[16..20].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// A disk with a GPT, its backup, and these volumes at these sectors, named `p1`, `p2` and so on.
fn gpt_disk(sector_size: usize, volumes: &[(u32, &[u8])]) -> Vec<u8> {
    let mut entries = vec![0; ENTRIES];
    let mut disk = boot_record(&[(1, 0xEE, 1, u32::MAX)]).to_vec();
    for (index, (first, volume)) in volumes.iter().enumerate() {
        let last = first + sectors(volume, sector_size) - 1;
        let entry = &mut entries[128 * index..][..128];
        entry[..16].copy_from_slice(&BASIC_DATA);
        entry[16..32].fill(index as u8 + 1); // identity
        entry[32..40].copy_from_slice(&u64::from(*first).to_le_bytes());
        entry[40..48].copy_from_slice(&u64::from(last).to_le_bytes());
        entry[56..60].copy_from_slice(&[b'p', 0, b'1' + index as u8, 0]);
        put(&mut disk, *first as usize * sector_size, volume);
    }
    let backup_entries = (disk.len() / sector_size) as u64;
    let backup = backup_entries + (ENTRIES / sector_size) as u64;
    put(&mut disk, sector_size, &gpt_header(1, backup, 2, &entries));
    put(&mut disk, 2 * sector_size, &entries);
    put(&mut disk, backup_entries as usize * sector_size, &entries);
    put(&mut disk, backup as usize * sector_size, &gpt_header(backup, 1, backup_entries, &entries));
    disk.resize((backup as usize + 1) * sector_size, 0);
    disk
}

/// The disk has these volumes, the first with the content of that fixture, and no problem but these.
fn check_disk(disk: &[u8], name: &str, expected: &[&str], problems: &[&str]) -> Value {
    let folder = Folder::new();
    let graph = check_read(&[], &folder.file("disk.img", disk));
    assert_eq!(partitions(&graph), expected);
    assert_eq!(codes(&graph), problems);
    if expected.len() == 1 {
        assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(name))));
    }
    graph
}

#[test]
fn a_volume_is_found_through_an_mbr() {
    let volume = fixture(SMALL);
    check_disk(&mbr_disk(512, &[(2048, &volume)]), SMALL, &["v0 mbr 1 1048576"], &[]);
    // An odd sector, as older systems have it.
    check_disk(&mbr_disk(512, &[(63, &volume)]), SMALL, &["v0 mbr 1 32256"], &[]);
}

#[test]
fn a_volume_is_found_through_an_mbr_on_sectors_of_4096_bytes() {
    let disk = mbr_disk(4096, &[(17, &fixture(LARGE_SECTORS))]);
    check_disk(&disk, LARGE_SECTORS, &["v0 mbr 1 69632"], &[]);
}

#[test]
fn a_volume_is_found_through_a_gpt() {
    for (sector_size, name, first, offset) in [(512, SMALL, 99, 50_688), (4096, LARGE_SECTORS, 7, 28_672)] {
        let disk = gpt_disk(sector_size, &[(first, &fixture(name))]);
        let graph = check_disk(&disk, name, &[&format!("v0 gpt 1 {offset}")], &[]);
        let partition = &graph["volumes"][0]["partition"];
        assert_eq!(partition["name"], "p1");
        assert_eq!(partition["type"], "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
        assert_eq!(partition["guid"], "01010101-0101-0101-0101-010101010101");
        assert_eq!(partition["size"], fixture(name).len());
    }
}

#[test]
fn volumes_are_numbered_in_disk_order() {
    let volume = fixture(SMALL);
    let after = 100 + sectors(&volume, 512);
    let expected = ["v0 mbr 2 51200", "v1 mbr 1 2148352"];
    check_disk(&mbr_disk(512, &[(after, &volume), (100, &volume)]), SMALL, &expected, &[]);
    let expected = ["v0 gpt 2 51200", "v1 gpt 1 2148352"];
    check_disk(&gpt_disk(512, &[(after, &volume), (100, &volume)]), SMALL, &expected, &[]);
}

#[test]
fn a_logical_partition_is_found() {
    let volume = fixture(SMALL);
    let count = sectors(&volume, 512);
    // The extended partition at sector 100 holds a boot record whose volume begins 63 sectors behind it.
    let mut disk = boot_record(&[(2, 0x0F, 100, 63 + count)]).to_vec();
    put(&mut disk, 100 * 512, &boot_record(&[(1, 7, 63, count)]));
    put(&mut disk, 163 * 512, &volume);
    check_disk(&disk, SMALL, &["v0 mbr 5 83456"], &[]);
}

#[test]
fn a_damaged_primary_gpt_gives_way_to_the_backup() {
    let mut disk = gpt_disk(512, &[(99, &fixture(SMALL))]);
    let backup = disk.len() - 512;
    disk[512 + 40] ^= 1; // a byte that the checksum covers
    let graph = check_disk(&disk, SMALL, &["v0 gpt 1 50688"], &["gpt-primary-header-bad", "gpt-backup-used"]);
    let offsets: Vec<_> = graph["problems"].as_array().unwrap().iter().map(|problem| &problem["offset"]).collect();
    assert_eq!(offsets, [&Value::from(512), &Value::from(backup)]);
    assert!(graph["problems"].as_array().unwrap().iter().all(|problem| problem.get("volume").is_none()));
}

#[test]
fn problems_of_a_table_are_in_the_order_of_their_offsets() {
    let volume = fixture(SMALL);
    let count = sectors(&volume, 512);
    let mut disk = mbr_disk(512, &[(100, &volume)]);
    // Slots 2 and 3 go past the end of the image; the one in slot 3 comes first on the disk.
    disk[..512].copy_from_slice(&boot_record(&[(1, 7, 100, count), (2, 7, 900_000, 9), (3, 7, 800_000, 9)]));
    let problems = ["partition-beyond-image", "partition-beyond-image"];
    let graph = check_disk(&disk, SMALL, &["v0 mbr 1 51200"], &problems);
    let offsets: Vec<_> = graph["problems"].as_array().unwrap().iter().map(|problem| &problem["offset"]).collect();
    assert_eq!(offsets, [0x1CE, 0x1DE]);
}

#[test]
fn a_damaged_volume_beside_a_good_one_is_a_problem() {
    let volume = fixture(SMALL);
    let mut damaged = volume.clone();
    for field in [MFT_FIELD, MIRROR_FIELD] {
        let record = cluster_offset(&damaged, field);
        damaged[record..record + 1024].fill(0);
    }
    let second = 100 + sectors(&volume, 512);
    let folder = Folder::new();
    let disk = mbr_disk(512, &[(100, &volume), (second, &damaged)]);
    let graph = check_read(&[], &folder.file("disk.img", &disk));
    assert_eq!(partitions(&graph), ["v0 mbr 1 51200"]);
    let problems = graph["problems"].as_array().unwrap();
    assert!(
        problems.iter().any(|problem| problem["offset"] == u64::from(second) * 512),
        "what cannot be read is a problem, never silently dropped: {problems:?}"
    );
}

#[test]
fn a_disk_without_ntfs_says_how_many_partitions_it_has() {
    let folder = Folder::new();
    let disk = mbr_disk(512, &[(64, &[b'x'; 4096]), (128, &[b'y'; 4096])]);
    let path = folder.file("disk.img", &disk);
    check_refused(&[], &path, &["0x8000", "found text", "2 partitions"]);
}

#[test]
fn an_offset_names_the_volume_whatever_the_table_says() {
    let folder = Folder::new();
    let mut disk = mbr_disk(512, &[(99, &fixture(SMALL))]);
    disk[0x1BE..0x1FE].fill(0xA5);
    let path = folder.file("disk.img", &disk);
    for offset in ["50688", "0xc600", "0xC600"] {
        let graph = check_read(&["--offset", offset], &path);
        assert_eq!(partitions(&graph), ["v0 none null 50688"]);
        assert_eq!(content(&graph), content(&check_read(&[], &fixture_path(SMALL))));
    }
    check_refused(&["--offset", "512"], &path, &["expected an NTFS boot sector", "at 0x200", "found"]);
    check_refused(&["--offset", "0xffffffffffffffff"], &path, &["at 0xffffffffffffffff", "ends before it"]);
    for nonsense in ["x", "-1", "0x", "1K", "99999999999999999999"] {
        check_failed(&[&format!("--offset={nonsense}")], &path, &[nonsense, "expected a number of bytes"]);
    }
}

#[test]
fn a_volume_can_be_picked_and_keeps_its_number() {
    let folder = Folder::new();
    let volume = fixture(SMALL);
    let disk = mbr_disk(512, &[(100, &volume), (100 + sectors(&volume, 512), &volume)]);
    let path = folder.file("disk.img", &disk);
    let graph = check_read(&["--volume", "v1"], &path);
    assert_eq!(partitions(&graph), ["v1 mbr 2 2148352"]);
    // Places on volumes that were not given belong to none.
    let nodes = graph["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] != "external");
    assert!(nodes.into_iter().all(|node| node["id"].as_str().unwrap().starts_with("v1:")));
    let both = check_read(&["--volume", "v1", "--volume", "v0"], &path);
    assert_eq!(both, check_read(&[], &path));
    check_failed(&["--volume", "v9"], &path, &["no volume v9", "v0, v1"]);
    for nonsense in ["1", "v", "vx", "v-1"] {
        check_failed(&[&format!("--volume={nonsense}")], &path, &[nonsense, "expected v0, v1"]);
    }
}

// Output files --------------------------------------------------------------------------------------------------------

#[test]
fn an_output_that_is_the_image_is_refused_by_whatever_name() {
    let folder = Folder::new();
    let bytes = fixture(SMALL);
    let image = folder.file("image", &bytes);
    std::fs::hard_link(&image, folder.path("hard")).unwrap();
    symlink(&image, folder.path("symbolic")).unwrap();
    let before = folder.names();
    for name in ["image", "hard", "symbolic", "./image"] {
        let output = folder.path(name).display().to_string();
        check_failed(&["-o", &output], &image, &[&output, "the output is one of the images"]);
    }
    assert_eq!(folder.names(), before);
    assert_eq!(std::fs::read(&image).unwrap(), bytes);
    // Neither if the image itself is given by another name.
    let output = image.display().to_string();
    check_failed(&["-o", &output], &folder.path("symbolic"), &["the output is one of the images"]);
    assert_eq!(std::fs::read(&image).unwrap(), bytes);
}

#[test]
fn an_output_in_a_directory_that_is_missing_is_refused() {
    let folder = Folder::new();
    let output = folder.path("missing/graph.json").display().to_string();
    check_failed(&["-o", &output], &fixture_path(SMALL), &[&output, "cannot be written"]);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn an_output_that_is_a_directory_is_refused_and_nothing_is_left() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("directory")).unwrap();
    let output = folder.path("directory").display().to_string();
    check_failed(&["-o", &output], &fixture_path(SMALL), &[&output, "cannot be written"]);
    assert_eq!(folder.names(), ["directory"]);
}

#[test]
fn a_failure_leaves_no_output_and_the_old_one_as_it_was() {
    let folder = Folder::new();
    let text = folder.file("text.img", "text\n".repeat(200).as_bytes());
    let output = folder.path("graph.json").display().to_string();
    check_refused(&["-o", &output], &text, &["found text"]);
    assert_eq!(folder.names(), ["text.img"]);
    folder.file("graph.json", b"old");
    check_refused(&["-o", &output], &text, &["found text"]);
    assert_eq!(std::fs::read(&output).unwrap(), b"old");
    assert_eq!(folder.names(), ["graph.json", "text.img"]);
}

#[test]
fn an_output_replaces_the_old_one_as_a_whole() {
    let folder = Folder::new();
    let output = folder.file("graph.json", &vec![b'x'; 1 << 20]).display().to_string();
    let written = scan(&["-o", &output], &fixture_path(SMALL));
    assert!(written.status.success() && written.stdout.is_empty());
    assert_eq!(std::fs::read(&output).unwrap(), scan(&[], &fixture_path(SMALL)).stdout);
    assert_eq!(folder.names(), ["graph.json"]);
}

#[test]
fn one_bad_image_of_several_is_a_failure() {
    let output = Command::new(env!("CARGO_BIN_EXE_ntfslinks"))
        .arg("scan")
        .args([&fixture_path(SMALL), &fixture_path("absent")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let line = String::from_utf8_lossy(&output.stderr);
    assert!(line.contains("absent.img") && line.lines().count() == 1, "{line}");
}
