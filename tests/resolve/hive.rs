//! Drive letters out of the registry of the Windows on a volume.
//!
//! Source: reference D.3. The hives are written by the `regf` crate, which shares nothing with what reads them here.

use std::fmt::Write as _;

use regf::{DataType, HiveBuilder};
use serde_json::{Value, json};

use crate::expected::{Expected, other_volume, resolved};
use crate::images::Images;

/// The disk signature 0x1B2A4C3D and 1 MiB; the same disk and 16 MiB.
const MBR: [[u8; 12]; 2] =
    [[0x3D, 0x4C, 0x2A, 0x1B, 0, 0, 0x10, 0, 0, 0, 0, 0], [0x3D, 0x4C, 0x2A, 0x1B, 0, 0, 0, 1, 0, 0, 0, 0]];

/// The partitions {01234567-89ab-cdef-0123-456789abcdef} and {11234567-…}: the first three numbers are little-endian.
const GPT: [[u8; 24]; 2] = [gpt(0x01), gpt(0x11)];

const fn gpt(first: u8) -> [u8; 24] {
    let [d, m, i, o, colon] = *b"DMIO:";
    #[rustfmt::skip]
    let data = [
        d, m, i, o, colon, b'I', b'D', b':',
        0x67, 0x45, 0x23, first, 0xAB, 0x89, 0xEF, 0xCD, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
    ];
    data
}

/// A `SYSTEM` hive that gives the first volume the letter C, and the second D and a GUID that follows from nothing.
fn system_hive([first, second]: [&[u8]; 2]) -> Vec<u8> {
    let mut builder = HiveBuilder::new_with_name("SYSTEM").expect("a hive");
    let root = builder.root_offset();
    let [_, key, _] =
        ["ControlSet001", "MountedDevices", "Select"].map(|name| builder.add_key(root, name).expect("a key"));
    let volume = format!(r"\??\Volume{{{RANDOM_GUID}}}");
    for (name, data) in [(r"\DosDevices\C:", first), (r"\DosDevices\D:", second), (&volume, second)] {
        builder.add_value(key, name, DataType::Binary, data).expect("a value");
    }
    builder.to_bytes().expect("a hive")
}

const RANDOM_GUID: &str = "fedcba98-7654-3210-fedc-ba9876543210";

/// A disk with a Windows on its first volume, and links to both.
fn disk(table: &str, volumes: [&str; 2], hive: &[u8]) -> String {
    let mut hex = String::new();
    hive.iter().for_each(|byte| write!(hex, "{byte:02x}").expect("text"));
    let [first, second] = volumes;
    format!(
        r"
        [disk]
        {table}
        [[volume]]
        {first}
        [[volume.file]]
        path = '\Windows\System32\config\SYSTEM'
        hex = '{hex}'
        [[volume.file]]
        path = '\links\to data'
        junction = 'D:\data'
        [[volume.file]]
        path = '\links\to itself'
        junction = 'C:\Windows'
        [[volume.file]]
        path = '\links\mounted'
        volume-mount-point = '{RANDOM_GUID}'
        [[volume]]
        {second}
        [[volume.file]]
        path = '\data\leaf.txt'
        [[volume.file]]
        path = '\links\to system'
        symlink = 'C:\Windows\System32\config\SYSTEM'
        "
    )
}

const MBR_TABLE: &str = "table = 'mbr'\nsignature = '1B2A4C3D'";
const MBR_VOLUMES: [&str; 2] = ["start = '1 MiB'", "start = '16 MiB'"];
const GPT_TABLE: &str = "table = 'gpt'";
const GPT_VOLUMES: [&str; 2] =
    ["id = '01234567-89ab-cdef-0123-456789abcdef'", "id = '11234567-89ab-cdef-0123-456789abcdef'"];

fn letters() -> [(&'static str, &'static str, Expected); 4] {
    [
        ("v0", r"\links\to data", other_volume("v1", r"\data")),
        ("v0", r"\links\to itself", resolved(r"\Windows")),
        ("v0", r"\links\mounted", other_volume("v1", r"\")),
        ("v1", r"\links\to system", other_volume("v0", r"\Windows\System32\config\SYSTEM")),
    ]
}

/// Scans a disk, and compares what its volumes are called and where its links lead.
fn check(spec: &str, mounts: [Value; 2]) {
    let images = Images::new();
    images.build("disk.img", spec);
    let document = images.scan(&["disk.img"]);
    for (volume, mount) in mounts.iter().enumerate() {
        assert_eq!(document.mount(volume), mount, "v{volume}");
    }
    for (volume, link, expected) in letters() {
        assert_eq!(expected.complaint(&document.link_of(volume, link)), None, "{volume}:{link}");
    }
}

/// A volume's letter, and the GUIDs that it has: from the hive, and as D.2 makes one of its partition.
fn mount(letter: &str, of_hive: Option<&str>, of_partition: &str) -> Value {
    let guids: Vec<&str> = [of_partition].into_iter().chain(of_hive).collect();
    let mut sources = json!({letter: "hive", of_partition: "assumed"});
    of_hive.into_iter().for_each(|guid| sources[guid] = "hive".into());
    json!({"drive_letters": [letter], "volume_guids": guids, "source": "hive", "sources": sources})
}

#[test]
fn letters_of_an_mbr_disk_go_by_signature_and_offset() {
    let hive = system_hive([&MBR[0], &MBR[1]]);
    check(
        &disk(MBR_TABLE, MBR_VOLUMES, &hive),
        [
            mount("C:", None, "1b2a4c3d-0000-0000-0000-100000000000"),
            mount("D:", Some(RANDOM_GUID), "1b2a4c3d-0000-0000-0000-000100000000"),
        ],
    );
}

#[test]
fn letters_of_a_gpt_disk_go_by_the_partition() {
    let hive = system_hive([&GPT[0], &GPT[1]]);
    check(
        &disk(GPT_TABLE, GPT_VOLUMES, &hive),
        [
            mount("C:", None, "01234567-89ab-cdef-0123-456789abcdef"),
            mount("D:", Some(RANDOM_GUID), "11234567-89ab-cdef-0123-456789abcdef"),
        ],
    );
}

/// D.3: another disk with the same offsets is another disk.
#[test]
fn letters_of_another_disk_mean_nothing_here() {
    let images = Images::new();
    let hive = system_hive([&MBR[0], &MBR[1]]);
    images.build("disk.img", &disk("table = 'mbr'\nsignature = '00000001'", MBR_VOLUMES, &hive));
    let document = images.scan(&["disk.img"]);
    assert_eq!(document.mount(0).get("drive_letters"), None);
    assert_eq!(document.link_of("v0", r"\links\to data")["status"], "external");
}

#[test]
fn the_user_outweighs_the_registry() {
    let images = Images::new();
    let hive = system_hive([&MBR[0], &MBR[1]]);
    images.build("disk.img", &disk(MBR_TABLE, MBR_VOLUMES, &hive));
    let document = images.scan(&["disk.img", "--drive", "D=v0"]);
    let found = document.link_of("v0", r"\links\to data");
    assert_eq!((&found["status"], &found["target_volume"]), (&"dangling".into(), &Value::Null));
}

#[test]
fn a_damaged_hive_gives_no_letters_and_stops_nothing() {
    let images = Images::new();
    let mut hive = system_hive([&MBR[0], &MBR[1]]);
    hive.truncate(4096);
    images.build("disk.img", &disk(MBR_TABLE, MBR_VOLUMES, &hive));
    let document = images.scan(&["disk.img"]);
    assert_eq!(document.mount(0).get("drive_letters"), None);
    assert_eq!(document.link_of("v0", r"\links\to data")["status"], "external");
}
