//! Whole specs: what they describe, and what is wrong with bad ones.

use std::fs;
use std::path::Path;

use format::{FileReference, Guid};

use super::{EXAMPLES, file as file_table, parse, print, time, volume};
use crate::description::{Content, File, Image, Stored};
use crate::partition_table::TableKind;
use crate::reparse;

fn image(text: &str) -> Image {
    parse("spec.toml", text).unwrap_or_else(|error| panic!("{error}")).image
}

fn files(text: &str) -> Vec<File> {
    image(text).volumes.remove(0).files
}

/// The one file of a spec that has the given keys beside its path.
fn file(keys: &str) -> File {
    files(&format!("[[file]]\npath = '\\x'\n{keys}")).remove(0)
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Record number, parent's record number and name of every name.
fn tree(text: &str) -> Vec<(u64, u64, String)> {
    let mut tree = Vec::new();
    for file in files(text) {
        for name in &file.names {
            let text = String::from_utf16_lossy(&name.units);
            tree.push((file.reference.record_number(), name.parent.record_number(), text));
        }
    }
    tree
}

fn check_tree(text: &str, expected: &[(u64, u64, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(record, parent, name)| (*record, *parent, (*name).to_owned())).collect();
    assert_eq!(tree(text), expected);
}

#[test]
fn bad_specs_are_refused_with_one_line() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/bad-specs");
    let mut checked = 0;
    for entry in fs::read_dir(directory).expect("the bad specs") {
        let path = entry.expect("a directory entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a bad spec");
        let expected = fs::read_to_string(path.with_extension("error")).expect("its error");
        let file_name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let error = parse(file_name, &text).expect_err(file_name).to_string();
        assert_eq!(format!("{error}\n"), expected);
        assert!(!error.contains(char::is_control));
        checked += 1;
    }
    assert!(checked >= 30, "only {checked} bad specs");
}

#[test]
fn the_page_has_every_key_and_its_specs_are_specs() {
    let page = include_str!("../../SPEC.md");
    for key in [file_table::KEYS, volume::KEYS, &volume::MBR_KEYS, &volume::GPT_KEYS].concat() {
        assert!(page.contains(&format!("`{key}`")), "{key} is missing");
    }
    let blocks: Vec<_> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        image(block);
    }
}

#[test]
fn examples_are_read_and_printed_and_read_again() {
    for example in EXAMPLES {
        let spec = parse(example.name, example.text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(image(&print(&spec.image)), spec.image, "{}", example.name);
    }
}

#[test]
fn an_empty_spec_is_an_empty_volume() {
    let image = image("");
    assert_eq!(image.disk, None);
    let [volume] = &image.volumes[..] else { panic!("one volume") };
    let geometry = volume.geometry;
    assert_eq!((geometry.sector, geometry.cluster, geometry.record), (512, 4096, 1024));
    assert_eq!((volume.size, volume.flags, volume.mft_pieces, volume.files.len()), (None, 0, 1, 0));
    // date -u -d 2024-01-01 +%s: 1704067200
    assert_eq!(volume.time, (1_704_067_200 + 11_644_473_600) * 10_000_000);
}

#[test]
fn large_sectors_have_large_records() {
    let record = |text| image(text).volumes[0].geometry.record;
    assert_eq!(record("[volume]\nsector = 4096"), 4096);
    assert_eq!(record("[volume]\nsector = 2048"), 4096);
    assert_eq!(record("[volume]\nsector = 1024"), 1024);
}

#[test]
fn missing_directories_are_made_before_the_first_file_that_needs_them() {
    check_tree(
        "[[file]]\npath = '\\a\\b\\c'\n[[file]]\npath = '\\a\\d'\n[[file]]\npath = '\\e\\f'\n",
        &[(27, 5, "a"), (28, 27, "b"), (29, 28, "c"), (30, 27, "d"), (31, 5, "e"), (32, 31, "f")],
    );
    // `a` is made for `b`; `c` has a directory of the spec.
    check_tree(
        "[[file]]\npath = '\\a\\b\\c'\n[[file]]\npath = '\\a\\b'\ndirectory = true\n",
        &[(27, 29, "c"), (28, 5, "a"), (29, 28, "b")],
    );
}

#[test]
fn a_directory_may_come_after_what_is_in_it() {
    check_tree("[[file]]\npath = '\\A\\x'\n[[file]]\npath = '\\a'\ndirectory = true\n", &[(27, 28, "x"), (28, 5, "a")]);
}

#[test]
fn numbers_go_on_from_the_highest_and_leave_out_what_others_have() {
    let text = ["", "record = 40", "", "record = 30", "", "record = 42"].map(|record| record.to_owned());
    let text: Vec<_> =
        text.iter().enumerate().map(|(index, record)| format!("[[file]]\npath = '\\{index}'\n{record}\n")).collect();
    let expected = [(27, 5, "0"), (30, 5, "3"), (40, 5, "1"), (41, 5, "2"), (42, 5, "5"), (43, 5, "4")];
    check_tree(&text.concat(), &expected);
}

#[test]
fn paths_prefer_live_directories() {
    // Two deleted directories of one name: paths go through the first.
    let deleted = "[[file]]\npath = '\\d'\ndirectory = true\ndeleted = true\n";
    let child = "[[file]]\npath = '\\D\\x'\n";
    check_tree(&[deleted, deleted, child].concat(), &[(27, 5, "d"), (28, 5, "d"), (29, 27, "x")]);
    let live = "[[file]]\npath = '\\d'\ndirectory = true\n";
    check_tree(&[deleted, live, child].concat(), &[(27, 5, "d"), (28, 5, "d"), (29, 28, "x")]);
}

#[test]
fn case_sensitive_directories_tell_names_apart() {
    let directory = "[[file]]\npath = '\\d'\ndirectory = true\ncase-sensitive = true\n";
    check_tree(
        &[directory, "[[file]]\npath = '\\d\\a\\x'\n[[file]]\npath = '\\d\\A\\x'\n"].concat(),
        &[(27, 5, "d"), (28, 27, "a"), (29, 28, "x"), (30, 27, "A"), (31, 30, "x")],
    );
}

#[test]
fn a_parent_is_a_path_a_record_or_any_reference() {
    let text = "[[file]]\npath = '\\d'\ndirectory = true\nrecord = 40\nsequence = 7\n\
        [[file]]\nparent = '\\d'\nname = 'a'\n[[file]]\nparent = 40\nname = 'b'\n\
        [[file]]\nparent = '40-3'\nname = 'a'\n\
        [[file]]\nparent = '\\$Extend'\nname = '$RmMetadata'\n[[file]]\nparent = 5\nname = 'r'\n";
    let parents: Vec<_> = files(text).iter().map(|file| file.names[0].parent).collect();
    let reference = FileReference::new;
    assert_eq!(
        parents,
        [reference(5, 5), reference(40, 7), reference(40, 7), reference(40, 3), reference(11, 11), reference(5, 5)]
    );
}

#[test]
fn a_loop_of_parents_can_be_described() {
    check_tree(
        "[[file]]\nparent = 41\nname = 'a'\nrecord = 40\ndirectory = true\n\
         [[file]]\nparent = 40\nname = 'b'\nrecord = 41\ndirectory = true\n[[file]]\nparent = 42\nname = 'c'\n\
         record = 42\ndirectory = true\n",
        &[(40, 41, "a"), (41, 40, "b"), (42, 42, "c")],
    );
}

#[test]
fn names_come_in_the_order_of_the_spec_with_8_3_names_after_their_long_ones() {
    let file = file(
        "dos = 'X~1'\nnames = ['\\y', { path = '\\z', dos = 'Z~1' }, { parent = '\\', name = { utf16 = '5c00' }, \
         namespace = 'win32-and-dos' }]",
    );
    let names: Vec<_> = file.names.iter().map(|name| (String::from_utf16_lossy(&name.units), name.namespace)).collect();
    let expected = [("x", 1), ("X~1", 2), ("y", 0), ("z", 1), ("Z~1", 2), ("\\", 3)];
    assert_eq!(names, expected.map(|(name, namespace)| (name.to_owned(), namespace)));
}

#[test]
fn a_plain_file_is_empty_and_an_archive() {
    let file = file("");
    let empty = Content::Bytes(Stored { bytes: [].into(), in_clusters: false });
    assert_eq!((file.content, file.attributes, file.extra), (Some(empty), 0x20, None));
    assert_eq!((file.is_directory, file.is_deleted, file.times), (false, false, [time::DEFAULT; 4]));
    assert_eq!(file.reference, FileReference::new(27, 1));
}

#[test]
fn a_junction_is_a_directory_and_a_symbolic_link_is_not() {
    let junction = file("junction = 'C:\\x'");
    assert_eq!((junction.is_directory, junction.content, junction.attributes), (true, None, 0));
    let expected = reparse::junction(&units("C:\\x")).expect("a target").encode().expect("a value");
    let bytes = |file: &File| file.extra.as_ref().and_then(|extra| extra.reparse.clone()).map(|reparse| reparse.bytes);
    let on_a_file = file("directory = false\njunction = 'C:\\x'");
    assert_eq!(bytes(&on_a_file).as_deref(), Some(&expected[..]));
    assert!(!on_a_file.is_directory);
    // The directory symbolic link of a Windows 10 volume (libfsntfs sample), from `mklink /D`.
    let windows = "0c0000a04000000016001e00000016000000000078003a005c00740065007300740064006900720031005c003f003f005c00\
        78003a005c0074006500730074006400690072003100";
    let raw = file(&format!("directory = true\nreparse = {{ hex = '{windows}' }}"));
    assert_eq!(raw, file("directory = true\nsymlink = 'x:\\testdir1'"));
    assert_eq!(file("symlink = '..\\y'").attributes, 0x20);
}

#[test]
fn links_in_content_are_system_files() {
    let link = file("interix-symlink = '/x'\nattributes = ['hidden']");
    assert_eq!(link.attributes, 0x06);
    let content = Content::Bytes(Stored { bytes: b"IntxLNK\x01/\0x\0"[..].into(), in_clusters: false });
    assert_eq!(link.content, Some(content));
    assert_eq!(file("cygwin-symlink = '/x'").attributes, 0x24);
}

#[test]
fn content_is_text_hex_zeros_or_a_hole() {
    let bytes = |bytes: &[u8], in_clusters| Some(Content::Bytes(Stored { bytes: bytes.into(), in_clusters }));
    assert_eq!(file("text = 'é'").content, bytes(b"\xC3\xA9", false));
    assert_eq!(file("hex = '00 Ff'\nin-clusters = true").content, bytes(b"\x00\xFF", true));
    assert_eq!(file("zeros = 10_000").content, Some(Content::Zeros(10_000)));
    assert_eq!(file("hole = '10 MiB'").content, Some(Content::Hole(10 << 20)));
    assert_eq!(file("no-content = true").content, None);
    assert_eq!(file("directory = true").content, None);
    assert_eq!(file("directory = true\ntext = 'x'").content, bytes(b"x", false));
}

#[test]
fn times_go_from_the_volume_to_the_file_to_the_single_time() {
    let text = "[volume]\ntime = 1970-01-01T00:00:00Z\n[[file]]\npath = '\\a'\n[[file]]\npath = '\\b'\n\
        time = 1601-01-01T00:00:00.0000001Z\nchanged = '0xFFFFFFFFFFFFFFFF'\n";
    let epoch = 116_444_736_000_000_000;
    let times: Vec<_> = files(text).iter().map(|file| file.times).collect();
    assert_eq!(times, [[epoch; 4], [1, 1, u64::MAX, 1]]);
}

#[test]
fn linux_metadata_comes_before_other_extended_attributes() {
    let file =
        file("extended-attributes = [{ name = 'X', text = 'y', needed = true }]\nlx = { mode = 0o120777, uid = 1 }");
    let attributes = file.extra.expect("extra").extended_attributes;
    let expected = [("$LXUID", vec![1, 0, 0, 0]), ("$LXMOD", vec![0xFF, 0xA1, 0, 0]), ("X", b"y".to_vec())];
    let found: Vec<_> =
        attributes.iter().map(|one| (str::from_utf8(&one.name).expect("ASCII"), one.value.clone())).collect();
    assert_eq!(found, expected);
    assert!(attributes[2].is_needed && !attributes[0].is_needed);
}

#[test]
fn partitions_have_what_their_table_has() {
    let text = "[disk]\ntable = 'mbr'\nsignature = '1234ABCD'\nsector = 4096\n\
        [[volume]]\nstart = '2 MiB'\nlogical = true\ntype = 0x27\nsize = '16 MiB'\n[[volume.file]]\npath = '\\a'\n\
        [[volume]]\nsector = 512\n";
    let image = image(text);
    let disk = image.disk.expect("a disk");
    assert_eq!((disk.sector, disk.table), (4096, TableKind::Mbr { signature: 0x1234_ABCD }));
    let [first, second] = &disk.partitions[..] else { panic!("two partitions") };
    assert_eq!((first.start, first.is_logical, first.mbr_type, first.size), (Some(2 << 20), true, 0x27, 16 << 20));
    assert_eq!((second.start, second.is_logical, second.mbr_type, second.size), (None, false, 7, 0));
    let sectors: Vec<_> = image.volumes.iter().map(|volume| volume.geometry.sector).collect();
    assert_eq!(sectors, [4096, 512]);
    assert_eq!(image.volumes[0].files.len(), 1);
    assert_ne!(image.volumes[0].serial, image.volumes[1].serial);
}

#[test]
fn gpt_partitions_have_ids_and_names() {
    let text =
        "[disk]\ntable = 'gpt'\n[[volume]]\nname = 'System'\nid = '01234567-89ab-cdef-0123-456789abcdef'\n[[volume]]\n";
    let disk = image(text).disk.expect("a disk");
    assert_eq!(disk.partitions[0].name, units("System"));
    let id = [0x67, 0x45, 0x23, 0x01, 0xAB, 0x89, 0xEF, 0xCD, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF];
    assert_eq!(disk.partitions[0].id, Guid(id));
    assert!(disk.partitions[1].id != Guid([0; 16]) && TableKind::Gpt { disk: disk.partitions[1].id } != disk.table);
}
