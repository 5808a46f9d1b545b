//! Partition tables that were written by the usual tools. The expected values are those given to the tools, and what
//! they print when they list the table.
//!
//! `testdata/*.hex` has the sectors that are not zero, as `xxd -g1` prints them, below a comment that says which tool
//! wrote them and how. Each disk has 64 MiB.

use crate::image::Image;
use crate::partition::{Partition, Scheme};
use crate::partition_table::{PartitionTable, read_partitions};
use crate::test_disk::image_with;

fn disk_from_hex(dump: &str) -> Image {
    let lines: Vec<(u64, Vec<u8>)> = dump.lines().filter(|line| !line.starts_with('#')).map(offset_and_bytes).collect();
    let parts: Vec<(u64, &[u8])> = lines.iter().map(|(offset, bytes)| (*offset, bytes.as_slice())).collect();
    image_with(64 << 20, &parts)
}

/// One line of a dump: `000001b0: 00 00 …`.
fn offset_and_bytes(line: &str) -> (u64, Vec<u8>) {
    let (offset, bytes) = line.split_once(':').unwrap();
    let byte = |text: &str| u8::from_str_radix(text, 16).unwrap();
    (u64::from_str_radix(offset, 16).unwrap(), bytes.split_whitespace().map(byte).collect())
}

/// Number, first sector, number of sectors and type of each partition.
fn summary(table: &PartitionTable, sector_size: u64) -> Vec<(u32, u64, u64, String)> {
    let summarise = |partition: &Partition| {
        let (offset, size) = (partition.offset.0 / sector_size, partition.size / sector_size);
        (partition.number.unwrap(), offset, size, partition.type_id.unwrap().to_string())
    };
    table.partitions.iter().map(summarise).collect()
}

fn check(dump: &str, sector_size: u64, scheme: Scheme, partitions: &[(u32, u64, u64, &str)]) -> PartitionTable {
    let table = read_partitions(&disk_from_hex(dump));
    let expected: Vec<_> = partitions
        .iter()
        .map(|(number, offset, size, type_id)| (*number, *offset, *size, type_id.to_string()))
        .collect();
    assert_eq!(table.scheme, scheme);
    assert_eq!(summary(&table, sector_size), expected);
    assert_eq!(table.issues, []);
    table
}

/// Types of a GPT, as `sgdisk -i` prints them (in lower case here).
const EFI_SYSTEM: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
const MICROSOFT_RESERVED: &str = "e3c9e316-0b5c-4db8-817d-f92df00215ae";
const BASIC_DATA: &str = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7";

#[test]
fn an_mbr_written_by_sfdisk() {
    let table = check(
        include_str!("../testdata/sfdisk-mbr.hex"),
        512,
        Scheme::Mbr,
        &[
            (1, 2048, 8192, "0x07"),
            (2, 10240, 20480, "0x83"),
            (5, 32768, 4096, "0x07"),
            (6, 40960, 8192, "0x27"),
            (7, 53248, 4096, "0x83"),
        ],
    );
    assert_eq!(table.disk_signature, Some(0x1234_ABCD));
}

#[test]
fn an_mbr_written_by_fdisk_for_sectors_of_4096_bytes() {
    let table = check(
        include_str!("../testdata/fdisk-mbr-4096.hex"),
        4096,
        Scheme::Mbr,
        &[(1, 256, 2048, "0x07"), (5, 4352, 1024, "0x07"), (6, 5632, 1024, "0x83")],
    );
    assert_eq!(table.disk_signature, Some(0xE594_0172));
}

#[test]
fn a_gpt_written_by_sgdisk() {
    let table = check(
        include_str!("../testdata/sgdisk-gpt.hex"),
        512,
        Scheme::Gpt,
        &[(1, 2048, 2048, EFI_SYSTEM), (2, 4096, 4096, MICROSOFT_RESERVED), (3, 8192, 57345, BASIC_DATA)],
    );
    let names: Vec<_> =
        table.partitions.iter().map(|partition| partition.name.as_deref().map(String::from_utf16_lossy)).collect();
    assert_eq!(names, [Some("EFI system partition".to_string()), None, Some("Données".to_string())]);
    let last_guid = table.partitions.last().unwrap().guid.unwrap();
    assert_eq!(last_guid.to_string(), "aaaaaaaa-bbbb-cccc-dddd-000000000003");
}

#[test]
fn a_gpt_written_by_fdisk_for_sectors_of_4096_bytes() {
    check(include_str!("../testdata/fdisk-gpt-4096.hex"), 4096, Scheme::Gpt, &[(1, 256, 2048, BASIC_DATA)]);
}
