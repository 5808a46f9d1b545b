//! Every reparse tag that is documented, with the data that its document gives: what the graph says of it; then each
//! layout broken field by field: what the problem says, and that the rest is still there.
//!
//! Tags and names: Windows SDK `winnt.h`; layouts: MS-FSCC 2.1.2, `WOF_EXTERNAL_INFO`, ntfs-3g `reparse.c`, NtApiDotNet
//! `ReparseBuffer` (containers), Cygwin `winsup/cygwin/path.cc`. Values marked "Windows" were copied from public images.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod mft_builder;
#[path = "support/opaque_tags.rs"]
mod opaque_tags;

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use mft_builder::tight_schema::{assert_valid, published, tightened, validator};
use mft_builder::{DATA, Mft, REPARSE_POINT, ROOT, Record, utf16};
use opaque_tags::OPAQUE_TAGS;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| validator(&tightened(published("graph"))));

/// The file attribute with which Interix and Cygwin mark their link files.
const SYSTEM: u32 = 4;
const RECORD: u64 = 40;

/// Scans an MFT with `record`, and answers its node; the problems must be these: code, and offset in the file.
fn scan(record: Record, problems: &[(&str, u64)]) -> Value {
    let graph = Mft::new().with(record).scan(&["--all"]);
    assert_valid(&SCHEMA, &graph, "the graph");
    let found = graph["problems"].as_array().unwrap().iter();
    let found: Vec<(&str, u64)> =
        found.map(|problem| (problem["code"].as_str().unwrap(), problem["offset"].as_u64().unwrap())).collect();
    assert_eq!(found, problems);
    let nodes = graph["nodes"].as_array().unwrap();
    nodes.iter().find(|node| node["record"] == RECORD).expect("the node").clone()
}

/// Compares what the graph says of a file with this `$REPARSE_POINT`; the lengths are added to `expected`. Problems have
/// their offset from the start of the value.
fn check_with_problems(value: &[u8], mut expected: Value, problems: &[(&str, u64)]) {
    expected["data_length"] = u16::from_le_bytes([value[4], value[5]]).into();
    check_value(value, expected, problems);
}

fn check_value(value: &[u8], mut expected: Value, problems: &[(&str, u64)]) {
    let record = Record::file(RECORD).name(ROOT, "link").attribute(REPARSE_POINT, value.to_vec());
    let start = record.value_offset(REPARSE_POINT, 0);
    let problems: Vec<_> = problems.iter().map(|(code, offset)| (*code, start + offset)).collect();
    expected["value_length"] = value.len().into();
    assert_eq!(scan(record, &problems)["reparse"], expected);
}

fn check(value: &[u8], expected: Value) {
    check_with_problems(value, expected, &[]);
}

/// A reparse point of Microsoft's: tag, data length, reserved word, data.
fn microsoft(tag: u32, data: &[u8]) -> Vec<u8> {
    [&tag.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), &[0, 0], data].concat()
}

const VENDOR: &str = "12345678-9abc-def0-1122-334455667788";
const VENDOR_BYTES: [u8; 16] =
    [0x78, 0x56, 0x34, 0x12, 0xBC, 0x9A, 0xF0, 0xDE, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];

/// One of another vendor: the GUID stands between, and is not counted.
fn third_party(tag: u32, data: &[u8]) -> Vec<u8> {
    [&tag.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), &[0, 0], &VENDOR_BYTES, data].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn units(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

/// `030000a0…` to bytes; blanks are skipped.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

// Tags whose data is not decoded --------------------------------------------------------------------------------------

/// Tags whose points have no data, here with some that they should not have.
const WITHOUT_DATA: &[(u32, &str, &str)] = &[
    (0x8000_0023, "AF_UNIX", "af_unix"),
    (0x8000_0024, "LX_FIFO", "wsl_fifo"),
    (0x8000_0025, "LX_CHR", "wsl_char"),
    (0x8000_0026, "LX_BLK", "wsl_block"),
];

#[test]
fn data_that_is_not_decoded_is_given_as_hex() {
    for (tag, name, kind) in OPAQUE_TAGS.iter().chain(WITHOUT_DATA) {
        let expected = json!({
            "tag": format!("0x{tag:08X}"), "tag_name": format!("IO_REPARSE_TAG_{name}"), "type": kind,
            "data": "0102fe",
        });
        check(&microsoft(*tag, &[1, 2, 0xFE]), expected);
    }
}

#[test]
fn every_variant_of_the_cloud_tag_is_known() {
    for variant in 1..=0xF_u32 {
        let tag = 0x9000_001A | variant << 12;
        let expected = json!({
            "tag": format!("0x{tag:08X}"), "tag_name": format!("IO_REPARSE_TAG_CLOUD_{variant:X}"), "type": "cloud",
            "data": "0180200046655270",
        });
        check(&microsoft(tag, b"\x01\x80\x20\0FeRp"), expected);
    }
}

#[test]
fn a_tag_without_data_has_no_data() {
    for (tag, name, kind) in OPAQUE_TAGS.iter().chain(WITHOUT_DATA) {
        let expected =
            json!({"tag": format!("0x{tag:08X}"), "tag_name": format!("IO_REPARSE_TAG_{name}"), "type": kind});
        check(&microsoft(*tag, &[]), expected);
    }
}

#[test]
fn a_tag_of_another_vendor_has_its_guid() {
    let tags = [
        (0x0000_0009, Some("IO_REPARSE_TAG_IFSTEST_CONGRUENT")),
        (0x0000_000C, Some("IO_REPARSE_TAG_ARKIVIO")),
        (0x0000_000E, Some("IO_REPARSE_TAG_COMMVAULT")),
        (0x2000_000D, Some("IO_REPARSE_TAG_SOLUTIONSOFT")),
        (0x0000_6375, Some("IO_REPARSE_TAG_CYGUNIX")), // Cygwin `path.h`
        (0x0000_4E4C, None),
        (0x2000_4E4C, None),
    ];
    for (tag, name) in tags {
        let mut expected =
            json!({"tag": format!("0x{tag:08X}"), "type": "other", "guid": VENDOR, "data": "7469636b6574"});
        if let Some(name) = name {
            expected["tag_name"] = name.into();
        }
        check(&third_party(tag, b"ticket"), expected);
    }
}

#[test]
fn a_tag_that_nobody_documents_is_other() {
    check(&microsoft(0x8000_0ABC, b"?"), json!({"tag": "0x80000ABC", "type": "other", "data": "3f"}));
    // The low bits are those of WCI_LINK and STORAGE_SYNC_FOLDER, the tag is neither.
    check(&microsoft(0x8000_0027, b"?"), json!({"tag": "0x80000027", "type": "other", "data": "3f"}));
}

#[test]
fn a_tag_of_microsofts_may_have_a_guid_too() {
    // Accepted where the value is just so much longer.
    let expected = json!({
        "tag": "0x80000013", "tag_name": "IO_REPARSE_TAG_DEDUP", "type": "dedup", "guid": VENDOR, "data": "0708",
    });
    check(&third_party(0x8000_0013, &[7, 8]), expected);
}

// Mount points and symbolic links -------------------------------------------------------------------------------------

const MOUNT_POINT: u32 = 0xA000_0003;
const SYMLINK: u32 = 0xA000_000C;

/// As mklink writes it: substitute name, NUL, print name, NUL.
fn mount_point(substitute: &[u8], print: &[u8]) -> Vec<u8> {
    let (first, second) = (substitute.len() as u16, print.len() as u16);
    let data = [&units(&[0, first, first + 2, second]), substitute, &[0, 0], print, &[0, 0]].concat();
    microsoft(MOUNT_POINT, &data)
}

/// As mklink writes it: print name, substitute name, no NUL.
fn symlink(tag: u32, substitute: &[u8], print: &[u8], flags: u32) -> Vec<u8> {
    let (first, second) = (substitute.len() as u16, print.len() as u16);
    microsoft(
        tag,
        &[units(&[second, first, 0, second]), numbers(&[flags]), print.to_vec(), substitute.to_vec()].concat(),
    )
}

fn junction_of(substitute: &str, print: &str) -> Value {
    json!({
        "tag": "0xA0000003", "tag_name": "IO_REPARSE_TAG_MOUNT_POINT", "type": "junction",
        "substitute_name": substitute, "print_name": print,
    })
}

fn symlink_of(substitute: &str, print: &str, relative: bool) -> Value {
    json!({
        "tag": "0xA000000C", "tag_name": "IO_REPARSE_TAG_SYMLINK", "type": "symlink",
        "substitute_name": substitute, "print_name": print, "relative": relative,
    })
}

#[test]
fn a_junction_of_windows() {
    let value =
        hex("030000a04000000000001e0020001600 5c003f003f005c0078003a005c0074006500730074006400690072003100 0000
        78003a005c0074006500730074006400690072003100 0000");
    check(&value, junction_of(r"\??\x:\testdir1", r"x:\testdir1"));
}

#[test]
fn symbolic_links_of_windows() {
    let directory = hex("0c0000a04000000016001e000000160000000000 78003a005c0074006500730074006400690072003100
        5c003f003f005c0078003a005c0074006500730074006400690072003100");
    check(&directory, symlink_of(r"\??\x:\testdir1", r"x:\testdir1", false));
    let file = hex("0c0000a0680000002a00320000002a0000000000
        78003a005c00740065007300740064006900720031005c007400650073007400660069006c0065003100
        5c003f003f005c0078003a005c00740065007300740064006900720031005c007400650073007400660069006c0065003100");
    check(&file, symlink_of(r"\??\x:\testdir1\testfile1", r"x:\testdir1\testfile1", false));
    // winfsp #454
    let dot = hex("0c0000a010000000 02000200000002000100 0000 2e002e00");
    check(&dot, symlink_of(".", ".", true));
}

#[test]
fn a_print_name_may_be_empty_anywhere() {
    // The X-Ways sample: two bytes of anything where the NUL of the empty print name would be.
    let target = utf16(r"\??\P:\Pictures");
    let value = [hex("030000a02a000000 00001e0020000000"), target.clone(), hex("0000c5ff")].concat();
    check(&value, junction_of(r"\??\P:\Pictures", ""));
    // PowerShell's ends with the NUL of the substitute name.
    let value = [hex("030000a028000000 00001e0020000000"), target, hex("0000")].concat();
    check(&value, junction_of(r"\??\P:\Pictures", ""));
}

#[test]
fn a_substitute_name_that_is_a_volume_and_nothing_else_is_a_mount_point() {
    let volume = r"\??\Volume{3f2a9c1e-7b64-4d0f-9a58-2c1d6e8b4f70}";
    let root = format!("{volume}\\");
    let mut expected = junction_of(&root, "");
    expected["type"] = "mount_point".into();
    check(&mount_point(&utf16(&root), b""), expected);
    for junction in [volume.to_owned(), format!("{volume}\\x"), r"\??\C:\".to_owned(), format!("{volume}\\\\")] {
        check(&mount_point(&utf16(&junction), b""), junction_of(&junction, ""));
    }
}

#[test]
fn the_relative_bit_is_the_lowest_flag_alone() {
    for (flags, relative) in [(0, false), (1, true), (2, false), (0xC000_0001, true)] {
        check(&symlink(SYMLINK, &utf16("a"), &utf16("b"), flags), symlink_of("a", "b", relative));
    }
}

#[test]
fn names_may_lie_anywhere_in_the_buffer() {
    // All Users of Windows 7: substitute first, NULs, and two more zero bytes inside the data.
    let (substitute, print) = (utf16(r"\??\C:\ProgramData"), utf16(r"C:\ProgramData"));
    let data = [units(&[0, 0x24, 0x26, 0x1C]), numbers(&[0]), substitute, vec![0; 2], print, vec![0; 4]].concat();
    assert_eq!(data.len(), 0x52);
    check(&microsoft(SYMLINK, &data), symlink_of(r"\??\C:\ProgramData", r"C:\ProgramData", false));
    // One range for both.
    let data = [units(&[0, 12, 0, 12]), numbers(&[1]), utf16("main.c")].concat();
    check(&microsoft(SYMLINK, &data), symlink_of("main.c", "main.c", true));
}

#[test]
fn a_global_reparse_point_has_the_layout_of_a_symbolic_link() {
    let mut expected = symlink_of(r"\??\C:\x", "x", false);
    expected["tag"] = "0xA0000019".into();
    expected["tag_name"] = "IO_REPARSE_TAG_GLOBAL_REPARSE".into();
    expected["type"] = "global_reparse".into();
    check(&symlink(0xA000_0019, &utf16(r"\??\C:\x"), &utf16("x"), 0), expected);
}

#[test]
fn a_name_outside_the_buffer_is_a_problem_and_the_other_is_there() {
    // Where the four numbers stand in the value: offset and length of the substitute name, then of the print name.
    let value = mount_point(&utf16("a"), &utf16("b")); // a path buffer of 8 bytes
    for (field, number) in [(0x08, 8_u16), (0x0A, 10), (0x08, 0xFFFE), (0x0A, 0xFFFE)] {
        let mut broken = value.clone();
        broken[field..field + 2].copy_from_slice(&number.to_le_bytes());
        let mut expected = junction_of("", "b");
        expected.as_object_mut().unwrap().remove("substitute_name");
        check_with_problems(&broken, expected, &[("path-out-of-bounds", 0x08)]);
    }
    for (field, number) in [(0x0C, 8_u16), (0x0E, 6), (0x0E, 0xFFFE)] {
        let mut broken = symlink(SYMLINK, &utf16("a"), &utf16("b"), 1); // a path buffer of 4 bytes
        broken[field..field + 2].copy_from_slice(&number.to_le_bytes());
        let mut expected = symlink_of("a", "", true);
        expected.as_object_mut().unwrap().remove("print_name");
        check_with_problems(&broken, expected, &[("path-out-of-bounds", 0x0C)]);
    }
}

#[test]
fn an_odd_length_is_a_problem_and_whole_units_are_there() {
    let mut value = mount_point(&utf16("ab"), &utf16("c"));
    value[0x0A] = 3;
    check_with_problems(&value, junction_of("a", "c"), &[("path-odd", 0x08)]);
    let mut value = symlink(SYMLINK, &utf16("c"), &utf16("ab"), 0);
    value[0x0E] = 3;
    check_with_problems(&value, symlink_of("c", "a", false), &[("path-odd", 0x0C)]);
}

#[test]
fn an_empty_substitute_name_is_a_problem() {
    check_with_problems(&mount_point(b"", &utf16("x")), junction_of("", "x"), &[("empty-substitute-name", 0x0A)]);
    let value = symlink(SYMLINK, b"", &utf16("x"), 1);
    check_with_problems(&value, symlink_of("", "x", true), &[("empty-substitute-name", 0x0A)]);
}

#[test]
fn an_unpaired_surrogate_in_a_name_is_kept() {
    let (high, low) = (units(&[0x61, 0xD800]), units(&[0xDC00, 0x62]));
    let mut expected = junction_of("a\u{FFFD}", "\u{FFFD}b");
    expected["utf16"] = json!({"substitute_name": "610000d8", "print_name": "00dc6200"});
    check(&mount_point(&high, &low), expected);
    let mut expected = symlink_of("\u{FFFD}b", "a\u{FFFD}", false);
    expected["utf16"] = json!({"substitute_name": "00dc6200", "print_name": "610000d8"});
    check(&symlink(SYMLINK, &low, &high, 0), expected);
    // A pair is one character, and U+FFFD itself is nothing lost.
    let pair = units(&[0xD83D, 0xDE00, 0xFFFD]);
    check(&symlink(SYMLINK, &pair, b"", 0), symlink_of("\u{1F600}\u{FFFD}", "", false));
}

#[test]
fn quotes_and_control_characters_in_a_name_are_kept() {
    let text = "\"\\\u{0}\u{1}\u{1f}\n\u{7f}\u{2028}\u{202e}";
    check(&symlink(SYMLINK, &utf16(text), &utf16(text), 1), symlink_of(text, text, true));
}

// WSL -----------------------------------------------------------------------------------------------------------------

const LX_SYMLINK: u32 = 0xA000_001D;

fn wsl_symlink_of(key: &str, value: &str) -> Value {
    json!({"tag": "0xA000001D", "tag_name": "IO_REPARSE_TAG_LX_SYMLINK", "type": "wsl_symlink", key: value})
}

#[test]
fn a_wsl_symlink_is_utf_8_after_its_version() {
    for target in ["/mnt/c/Users", "кафе/☕", "", "a\nb\"c"] {
        let value = microsoft(LX_SYMLINK, &[&numbers(&[2]), target.as_bytes()].concat());
        check(&value, wsl_symlink_of("target", target));
    }
}

#[test]
fn a_wsl_target_that_is_not_utf_8_is_kept_as_bytes() {
    let value = microsoft(LX_SYMLINK, &[&numbers(&[2])[..], b"caf\xE9/\xED\xA0\x80"].concat());
    // Latin-1, and a surrogate that UTF-8 does not allow: three bytes, none of which is a character.
    let mut expected = wsl_symlink_of("target", "caf\u{FFFD}/\u{FFFD}\u{FFFD}\u{FFFD}");
    expected["bytes"] = json!({"target": "636166e92feda080"});
    check(&value, expected);
}

#[test]
fn a_wsl_symlink_of_another_version_is_a_problem_and_its_data_is_there() {
    for (data, shown) in [(&b"\x01\0\0\0x"[..], "0100000078"), (b"\x02\0\0", "020000")] {
        let value = microsoft(LX_SYMLINK, data);
        check_with_problems(&value, wsl_symlink_of("data", shown), &[("reparse-data-malformed", 8)]);
    }
}

#[test]
fn device_numbers_of_wsl_files_are_extended_attributes() {
    let tags = [
        (0x8000_0023, "AF_UNIX", "af_unix"),
        (0x8000_0024, "LX_FIFO", "wsl_fifo"),
        (0x8000_0025, "LX_CHR", "wsl_char"),
        (0x8000_0026, "LX_BLK", "wsl_block"),
    ];
    for (tag, name, kind) in tags {
        let record = Record::file(RECORD).name(ROOT, "special").attribute(REPARSE_POINT, microsoft(tag, &[]));
        let record = record.extended_attributes(&[
            ("$LXUID", &numbers(&[1000])),
            ("$LXGID", &numbers(&[100])),
            ("$LXMOD", &numbers(&[0o20_666])),
            ("$LXDEV", &numbers(&[4, 64])),
        ]);
        let node = scan(record, &[]);
        let expected = json!({"uid": 1000, "gid": 100, "mode": 0o20_666, "device": {"major": 4, "minor": 64}});
        assert_eq!(node["wsl"], expected);
        let expected = json!({
            "tag": format!("0x{tag:08X}"), "tag_name": format!("IO_REPARSE_TAG_{name}"), "type": kind,
            "data_length": 0, "value_length": 8,
        });
        assert_eq!(node["reparse"], expected);
    }
}

// Server for NFS ------------------------------------------------------------------------------------------------------

/// The data: a type of 64 bits and what follows it.
fn nfs(kind: u64, rest: &[u8]) -> Vec<u8> {
    microsoft(0x8000_0014, &[&kind.to_le_bytes(), rest].concat())
}

fn nfs_of(kind: &str) -> Value {
    json!({"tag": "0x80000014", "tag_name": "IO_REPARSE_TAG_NFS", "type": kind})
}

const NFS_LINK: u64 = 0x014B_4E4C;
const NFS_CHARACTER: u64 = 0x0052_4843;
const NFS_BLOCK: u64 = 0x004B_4C42;

#[test]
fn nfs_objects_are_told_apart() {
    let mut expected = nfs_of("nfs_symlink");
    expected["target"] = "../данные".into();
    check(&nfs(NFS_LINK, &utf16("../данные")), expected);
    for kind in [NFS_CHARACTER, NFS_BLOCK] {
        let mut expected = nfs_of("nfs_special");
        expected["device"] = json!({"major": 4, "minor": 0x0100_0040});
        check(&nfs(kind, &numbers(&[4, 0x0100_0040])), expected);
    }
    check(&nfs(0x4F46_4946, b""), nfs_of("nfs_special")); // FIFO
    check(&nfs(0x4B43_4F53, b""), nfs_of("nfs_special")); // socket
}

#[test]
fn an_unpaired_surrogate_in_an_nfs_target_is_kept() {
    let mut expected = nfs_of("nfs_symlink");
    expected["target"] = "\u{FFFD}/x".into();
    expected["utf16"] = json!({"target": "00dc2f007800"});
    check(&nfs(NFS_LINK, &units(&[0xDC00, 0x2F, 0x78])), expected);
}

#[test]
fn an_nfs_object_that_is_cut_short_or_unknown_is_a_problem_and_its_data_is_there() {
    let cases = [
        (nfs(NFS_CHARACTER, &numbers(&[4])), "434852000000000004000000"),
        (nfs(0x5858, b"x"), "585800000000000078"),
        (microsoft(0x8000_0014, b"LNK"), "4c4e4b"),
    ];
    for (value, data) in cases {
        let mut expected = nfs_of("nfs_special");
        expected["data"] = data.into();
        check_with_problems(&value, expected, &[("reparse-data-malformed", 8)]);
    }
}

// App execution aliases, the overlay filter, containers ----------------------------------------------------------------

fn app_exec_link(strings: &[u8]) -> Vec<u8> {
    microsoft(0x8000_001B, &[&numbers(&[3]), strings].concat())
}

fn app_exec_link_of(key: &str, value: impl Into<Value>) -> Value {
    json!({
        "tag": "0x8000001B", "tag_name": "IO_REPARSE_TAG_APPEXECLINK", "type": "app_exec_link", key: value.into(),
    })
}

#[test]
fn an_app_execution_alias_is_its_strings() {
    let path = r"C:\Program Files\WindowsApps\App_1.0_x64__8wekyb3d8bbwe\app.exe";
    let strings = utf16(&format!("App_8wekyb3d8bbwe\0App_8wekyb3d8bbwe!App\0{path}\x000\0"));
    let expected = json!(["App_8wekyb3d8bbwe", "App_8wekyb3d8bbwe!App", path, "0"]);
    check(&app_exec_link(&strings), app_exec_link_of("strings", expected));
    // Fewer, more, and without the last NUL.
    check(&app_exec_link(&utf16("one\0")), app_exec_link_of("strings", json!(["one"])));
    check(
        &app_exec_link(&utf16("1\x002\x003\x004\x005")),
        app_exec_link_of("strings", json!(["1", "2", "3", "4", "5"])),
    );
    check(&app_exec_link(&utf16("a\0\0b\0")), app_exec_link_of("strings", json!(["a", "", "b"])));
}

#[test]
fn an_unpaired_surrogate_in_an_alias_is_kept_by_its_index() {
    let strings = units(&[0x61, 0, 0xD800, 0, 0x62, 0, 0xDFFF, 0x63, 0]);
    let mut expected = app_exec_link_of("strings", json!(["a", "\u{FFFD}", "b", "\u{FFFD}c"]));
    expected["utf16"] = json!({"strings/1": "00d8", "strings/3": "ffdf6300"});
    check(&app_exec_link(&strings), expected);
}

#[test]
fn an_alias_without_a_version_is_a_problem_and_its_data_is_there() {
    let value = microsoft(0x8000_001B, &[3, 0]);
    check_with_problems(&value, app_exec_link_of("data", "0300"), &[("reparse-data-malformed", 8)]);
}

fn wof_of(key: &str, value: Value) -> Value {
    json!({"tag": "0x80000017", "tag_name": "IO_REPARSE_TAG_WOF", "type": "wof", key: value})
}

#[test]
fn the_overlay_filter_says_how_it_keeps_a_file() {
    // Windows: provider 2, XPRESS8K.
    let value = hex("1700008010000000 01000000020000000100000002000000");
    check(&value, wof_of("wof", json!({"provider": 2, "algorithm": 2})));
    for algorithm in 0..=3 {
        let value = microsoft(0x8000_0017, &numbers(&[1, 2, 1, algorithm]));
        check(&value, wof_of("wof", json!({"provider": 2, "algorithm": algorithm})));
    }
    // In a WIM archive: version 2, flags, 64 bits of data source, a hash of 20 bytes.
    let in_archive = [numbers(&[1, 1, 2, 0, 7, 0]), (0..20).collect()].concat();
    check(&microsoft(0x8000_0017, &in_archive), wof_of("wof", json!({"provider": 1})));
}

#[test]
fn an_overlay_that_is_cut_short_or_of_another_version_is_a_problem_and_its_data_is_there() {
    let cases = [
        (numbers(&[1, 2, 1]), "010000000200000001000000"),
        (numbers(&[9, 2, 1, 0]), "09000000020000000100000000000000"),
        (vec![1, 0], "0100"),
    ];
    for (data, shown) in cases {
        let problems = [("reparse-data-malformed", 8)];
        check_with_problems(&microsoft(0x8000_0017, &data), wof_of("data", shown.into()), &problems);
    }
}

/// Version 1, a reserved word, the layer, the length of the path in bytes, the path.
fn container(tag: u32, length: u16, path: &[u8]) -> Vec<u8> {
    microsoft(tag, &[&numbers(&[1, 0])[..], &VENDOR_BYTES, &length.to_le_bytes(), path].concat())
}

#[test]
fn a_container_placeholder_names_its_layer_and_the_path_there() {
    let path = utf16(r"Windows\System32\drivers\etc\hosts");
    for (tag, name) in [(0x8000_0018, "WCI"), (0x9000_1018, "WCI_1")] {
        let expected = json!({
            "tag": format!("0x{tag:08X}"), "tag_name": format!("IO_REPARSE_TAG_{name}"), "type": "wci",
            "layer_guid": VENDOR, "layer_path": r"Windows\System32\drivers\etc\hosts",
        });
        check(&container(tag, path.len() as u16, &path), expected);
    }
}

#[test]
fn an_unpaired_surrogate_in_a_layer_path_is_kept() {
    let expected = json!({
        "tag": "0x80000018", "tag_name": "IO_REPARSE_TAG_WCI", "type": "wci",
        "layer_guid": VENDOR, "layer_path": "x\u{FFFD}", "utf16": {"layer_path": "780000d8"},
    });
    check(&container(0x8000_0018, 4, &units(&[0x78, 0xD800])), expected);
}

#[test]
fn a_container_placeholder_that_is_cut_short_is_a_problem_and_its_data_is_there() {
    let value = container(0x8000_0018, 10, &utf16("abcd"));
    let data = "010000000000000078563412bc9af0de11223344556677880a006100620063006400";
    let expected = json!({"tag": "0x80000018", "tag_name": "IO_REPARSE_TAG_WCI", "type": "wci", "data": data});
    check_with_problems(&value, expected, &[("reparse-data-malformed", 8)]);
}

// The header, of any tag ----------------------------------------------------------------------------------------------

#[test]
fn a_value_shorter_than_its_header_is_a_problem_and_its_bytes_are_there() {
    for length in 1..8 {
        let value = &mount_point(&utf16("a"), b"")[..length];
        let shown = &"030000a00e0000"[..2 * length];
        check_value(value, json!({"type": "other", "data": shown}), &[("reparse-too-short", 0)]);
    }
    check_value(b"", json!({"type": "other"}), &[("reparse-too-short", 0)]);
    // The GUID of another vendor's tag is part of the header.
    let value = &third_party(0x0000_4E4C, b"")[..20];
    let shown = "4c4e00000000000078563412bc9af0de11223344";
    check_value(value, json!({"type": "other", "data": shown}), &[("reparse-too-short", 0)]);
}

#[test]
fn a_data_length_past_the_value_is_a_problem_and_what_is_there_is_decoded() {
    let mut value = mount_point(&utf16(r"\??\C:\x"), b"");
    value[4] += 1;
    check_with_problems(&value, junction_of(r"\??\C:\x", ""), &[("reparse-data-too-long", 4)]);
    let mut value = third_party(0x0000_4E4C, b"abc");
    value[4..6].copy_from_slice(&[0xFF, 0xFF]);
    let expected = json!({"tag": "0x00004E4C", "type": "other", "guid": VENDOR, "data": "616263"});
    check_with_problems(&value, expected, &[("reparse-data-too-long", 4)]);
}

#[test]
fn bytes_after_the_data_are_a_problem_and_not_data() {
    let value = [microsoft(0x8000_0013, b"data"), b"slack".to_vec()].concat();
    let expected = json!({
        "tag": "0x80000013", "tag_name": "IO_REPARSE_TAG_DEDUP", "type": "dedup", "data": "64617461",
    });
    check_with_problems(&value, expected, &[("reparse-slack", 4)]);
}

#[test]
fn a_link_too_short_for_its_four_numbers_is_a_problem_and_its_data_is_there() {
    let expected = json!({
        "tag": "0xA0000003", "tag_name": "IO_REPARSE_TAG_MOUNT_POINT", "type": "junction", "data": "00000000000000",
    });
    check_with_problems(&microsoft(MOUNT_POINT, &[0; 7]), expected, &[("reparse-data-malformed", 8)]);
    let expected = json!({
        "tag": "0xA000000C", "tag_name": "IO_REPARSE_TAG_SYMLINK", "type": "symlink", "data": "0000000000000000000000",
    });
    check_with_problems(&microsoft(SYMLINK, &[0; 11]), expected, &[("reparse-data-malformed", 8)]);
}

#[test]
fn of_two_reparse_points_the_first_counts_and_the_second_is_a_problem() {
    let record = Record::file(RECORD).name(ROOT, "x").attribute(REPARSE_POINT, microsoft(0x8000_0013, b"1"));
    let record = record.attribute(REPARSE_POINT, microsoft(0x8000_0017, b"2"));
    let offset = record.value_offset(REPARSE_POINT, 1) - 0x18; // the attribute
    assert_eq!(scan(record, &[("second-attribute", offset)])["reparse"]["tag"], "0x80000013");
}

// Links that are no reparse points ------------------------------------------------------------------------------------

/// Compares what the graph says of a system file with this content. Problems have their offset in the content.
fn check_foreign(content: &[u8], expected: Value, problems: &[(&str, u64)]) {
    let record = Record::file(RECORD).name(ROOT, "link").file_attributes(SYSTEM).attribute(DATA, content.to_vec());
    let start = record.value_offset(DATA, 0);
    let problems: Vec<_> = problems.iter().map(|(code, offset)| (*code, start + offset)).collect();
    assert_eq!(scan(record, &problems).get("foreign_link").cloned().unwrap_or_default(), expected);
}

#[test]
fn interix_links_and_devices_are_system_files() {
    let symlink = [&b"IntxLNK\x01"[..], &utf16("../app/☃")].concat();
    check_foreign(&symlink, json!({"type": "interix_symlink", "target": "../app/☃"}), &[]);
    for (magic, kind) in [(b"IntxCHR\0", "interix_char"), (b"IntxBLK\0", "interix_block")] {
        let device = [&magic[..], &numbers(&[8, 0, 17, 0])].concat();
        check_foreign(&device, json!({"type": kind, "device": {"major": 8, "minor": 17}}), &[]);
    }
}

#[test]
fn cygwin_links_are_utf_16_after_a_mark_and_bytes_without() {
    let marked = [&b"!<symlink>\xFF\xFE"[..], &utf16("/usr/bin\0")].concat();
    check_foreign(&marked, json!({"type": "cygwin_symlink", "target": "/usr/bin"}), &[]);
    check_foreign(b"!<symlink>../x\0", json!({"type": "cygwin_symlink", "target": "../x"}), &[]);
}

#[test]
fn targets_of_foreign_links_come_back_whole() {
    let interix = [&b"IntxLNK\x01"[..], &units(&[0xD83D, 0x2F])].concat();
    let expected = json!({"type": "interix_symlink", "target": "\u{FFFD}/", "utf16": {"target": "3dd82f00"}});
    check_foreign(&interix, expected, &[]);
    let cygwin = [&b"!<symlink>\xFF\xFE"[..], &units(&[0xDE00, 0])].concat();
    let expected = json!({"type": "cygwin_symlink", "target": "\u{FFFD}", "utf16": {"target": "00de"}});
    check_foreign(&cygwin, expected, &[]);
    let expected = json!({"type": "cygwin_symlink", "target": "caf\u{FFFD}", "bytes": {"target": "636166e9"}});
    check_foreign(b"!<symlink>caf\xE9\0", expected, &[]);
}

#[test]
fn an_interix_device_that_is_cut_short_is_a_problem() {
    let short = [&b"IntxBLK\0"[..], &numbers(&[8, 0, 17])].concat();
    check_foreign(&short, Value::Null, &[("foreign-link-malformed", 8)]);
}

#[test]
fn the_same_content_without_the_system_attribute_is_an_ordinary_file() {
    for content in [&b"IntxLNK\x01x\0"[..], b"!<symlink>x\0", b"IntxBLK\0"] {
        let record = Record::file(RECORD).name(ROOT, "file").attribute(DATA, content.to_vec());
        assert_eq!(scan(record, &[]).get("foreign_link"), None);
    }
}
