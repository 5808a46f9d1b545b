//! `ntfs-3g` and `lowntfs-3g`: mounted, walked, changed.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use format::Guid;
use ntfslinks_imagekit::description::{File, Name, Volume};

use crate::builder::{DOS, WIN32, WIN32_AND_DOS};
use crate::facts::{Difference, Facts, Fault, attributes, compare, content, escaped, judge, paths, summary};
use crate::images::Images;
use crate::mount::can_mount;
use crate::programs::run;
use crate::volumes;

const READER: &str = "ntfs-3g 2022.10.3";

const FAULTS: &[Fault] = &[
    Fault {
        volumes: "everything-*",
        fact: "/object id * object id",
        expected: "64 bytes *",
        found: "nothing",
        because: "`ntfs_get_ntfs_object_id` takes an $OBJECT_ID of 16 bytes alone; libfsntfs \"The object identifier \
                  attribute\" (reference A.13) has one of 64 bytes, too, and ntfsinfo shows it",
    },
    Fault {
        volumes: "links-*",
        fact: "/here/much dos name",
        expected: "MUCH~1",
        found: "nothing",
        because: "the driver refuses (EMLINK) short names of files with further hard links; the DOS name has the parent \
                  and the neighbour of the Win32 name in the record (reference A.8)",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/slash listing",
        expected: "nothing",
        found: "Input/output error",
        because: "Linux refuses whole directories with a name that holds `/`; for NTFS it is a unit like any (A.8)",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/slash/sl/ash *",
        expected: "*",
        found: "nothing",
        because: "as the listing",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/nul/nul lookup",
        expected: "nothing",
        found: "No such file or directory",
        because: "the driver hands out names up to the first NUL; NTFS stores their length (A.8)",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/nul/nul\\u0000nul *",
        expected: "*",
        found: "nothing",
        because: "as the lookup",
    },
];

const LOW_FAULTS: &[Fault] = &[
    Fault {
        volumes: "everything-*",
        fact: "/\\u00E9\\u00E9*\\uD83D\\uDE00",
        expected: "57",
        found: "File name too long (os error 36)",
        because: "the driver takes names of up to 255 bytes of UTF-8; this one has 255 units (A.8)",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/nul/nul\\u0000nul",
        expected: "30",
        found: "file name contained an unexpected NUL byte",
        because: "no path of Linux holds a NUL",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/slash/sl/ash",
        expected: "28",
        found: "No such file or directory (os error 2)",
        because: "no path of Linux has a `/` in a name",
    },
];

#[test]
fn ntfs_3g_shows_what_is_described() {
    if !can_mount() {
        return;
    }
    let images = Images::build_apart(volumes::all());
    let mut differences = Vec::new();
    for volume in &images.volumes {
        let mount = volume.mount("ntfs-3g", "ro");
        // Where there are thousands of files, each is like the next.
        let detail = if volume.description.files.len() > 300 { Detail::Brief } else { Detail::Full };
        let expected = described(&volume.description, detail);
        differences.extend(compare(&volume.name, &expected, &shown(mount.path(), detail)));
    }
    judge(READER, &differences, FAULTS);
}

#[test]
fn lowntfs_3g_finds_names_in_the_wrong_case() {
    if !can_mount() {
        return;
    }
    let images = Images::build_apart(volumes::all());
    let mut differences: Vec<Difference> = Vec::new();
    // In a case-sensitive directory the wrong case is another name.
    for volume in images.volumes.iter().filter(|volume| volume.name != "case-sensitive") {
        let mount = volume.mount("lowntfs-3g", "ro,ignore_case");
        let (mut expected, mut found) = (Facts::new(), Facts::new());
        for (path, file, name) in paths(&volume.description) {
            let fact = fact_path(&path);
            expected.insert(fact.clone(), file.reference.record_number().to_string());
            let (_, above) = path.split_last().unwrap();
            let other = join(mount.path(), above).join(bytes_of(&wrong_case(&name.units)));
            found.insert(fact, record_at(&other));
        }
        differences.extend(compare(&volume.name, &expected, &found));
    }
    judge("lowntfs-3g 2022.10.3", &differences, LOW_FAULTS);
}

#[test]
fn each_of_100_000_entries_of_a_directory_is_found() {
    if !can_mount() {
        return;
    }
    let entries = 100_000;
    let images = Images::build(vec![volumes::crowded(entries)]);
    let mount = images.volumes[0].mount("ntfs-3g", "ro");
    let directory = mount.path().join("crowded");
    for number in 0..entries {
        let name = volumes::crowded_name(number);
        assert_eq!(record_at(&directory.join(&name)), (28 + number).to_string(), "{name}");
        let absent = directory.join(format!("{name}0"));
        assert!(number % 10 > 0 || !absent.exists(), "{name}0 is not there");
    }
    assert_eq!(fs::read_dir(directory).unwrap().count() as u64, entries);
}

/// How much is asked of a mount.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Kind, record, link count and content of each file.
    Brief,
    /// Times, attributes and streams, too.
    Full,
}

/// What `mounted.py` says of a mount.
pub fn shown(directory: &Path, detail: Detail) -> Facts {
    let helper = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/mounted.py");
    let (helper, directory) = (helper.display().to_string(), directory.display().to_string());
    let mut arguments = vec!["-B", &helper, &directory];
    if detail == Detail::Brief {
        arguments.push("--brief");
    }
    serde_json::from_str(&run("python3", &arguments)).expect("facts")
}

/// The same of a description.
fn described(volume: &Volume, detail: Detail) -> Facts {
    let mut facts = Facts::new();
    for (path, file, name) in paths(volume).into_iter().filter(|(_, _, name)| name.namespace != DOS) {
        let path = fact_path(&path);
        let mut fact = |name: &str, value: String| facts.insert(format!("{path} {name}"), value);
        add_file(file, &mut fact);
        if detail == Detail::Full {
            add_attributes(file, name, &mut fact);
        }
    }
    facts
}

type Add<'a> = dyn FnMut(&str, String) -> Option<String> + 'a;

fn add_file(file: &File, fact: &mut Add<'_>) {
    let extra = file.extra.as_deref();
    let kind = match (extra.and_then(|extra| extra.reparse.as_ref()), file.is_directory) {
        (Some(_), _) => "link",
        (None, true) => "directory",
        (None, false) => "file",
    };
    fact("kind", kind.to_owned());
    fact("record", file.reference.record_number().to_string());
    if kind != "directory" {
        fact("links", file.names.len().to_string());
    }
    if kind == "file" {
        // The driver opens a file if it has any $DATA, and shows the unnamed one.
        let unnamed = file.content.as_ref().map(content);
        let named = extra.is_some_and(|extra| !extra.streams.is_empty()).then(|| summary(b""));
        fact("data", unnamed.or(named).unwrap_or_else(|| "No such file or directory".to_owned()));
    }
}

fn add_attributes(file: &File, name: &Name, fact: &mut Add<'_>) {
    // The driver adds FILE_ATTRIBUTE_DIRECTORY, which is not stored.
    let directory = if file.is_directory { 0x10 } else { 0 };
    fact("attributes", format!("{:#x}", attributes(file) | directory));
    let [created, modified, changed, accessed] = file.times;
    fact("times", format!("{created} {modified} {accessed} {changed}"));
    let short = match name.namespace {
        WIN32_AND_DOS => Some(name),
        WIN32 => file.names.iter().find(|short| short.namespace == DOS),
        _ => None,
    };
    if let Some(short) = short {
        fact("dos name", escaped(&short.units));
    }
    let Some(extra) = &file.extra else { return };
    if let Some(reparse) = &extra.reparse {
        fact("reparse point", summary(&reparse.bytes));
    }
    if let Some((id, births)) = &extra.object_id {
        // The birth ids come from the index, which has the object id once more where the file has no others.
        let births = births.unwrap_or([Guid([0; 16]), *id, Guid([0; 16])]);
        fact("object id", summary(&[id.0, births[0].0, births[1].0, births[2].0].concat()));
    }
    if !extra.extended_attributes.is_empty() {
        fact("extended attributes", summary(&extended_attributes(file)));
    }
    // Linux itself keeps `user.` attributes of links to itself.
    let streams = extra.streams.iter().filter(|_| extra.reparse.is_none());
    for stream in streams {
        fact(&format!("stream {}", escaped(&stream.name)), content(&stream.content));
    }
}

/// `$EA` as libfsntfs "The extended attribute entry" has it.
fn extended_attributes(file: &File) -> Vec<u8> {
    let mut value = Vec::new();
    for attribute in file.extra.iter().flat_map(|extra| &extra.extended_attributes) {
        let length = (9 + attribute.name.len() + attribute.value.len()).next_multiple_of(4);
        let start = value.len();
        value.extend((length as u32).to_le_bytes());
        value.push(if attribute.is_needed { 0x80 } else { 0 });
        value.push(attribute.name.len() as u8);
        value.extend((attribute.value.len() as u16).to_le_bytes());
        value.extend(&attribute.name);
        value.push(0);
        value.extend(&attribute.value);
        value.resize(start + length, 0);
    }
    value
}

fn fact_path(parts: &[&[u16]]) -> String {
    parts.iter().map(|part| format!("/{}", escaped(part))).collect()
}

fn join(directory: &Path, parts: &[&[u16]]) -> PathBuf {
    parts.iter().fold(directory.to_owned(), |path, part| path.join(bytes_of(part)))
}

/// A name as the drivers show it: UTF-8, in which a surrogate without its other half has three bytes like any unit.
fn bytes_of(units: &[u16]) -> std::ffi::OsString {
    let mut bytes = Vec::new();
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            Err(error) => {
                let unit = error.unpaired_surrogate();
                bytes.extend([0xE0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8]);
            }
        }
    }
    std::ffi::OsString::from_vec(bytes)
}

/// Letters that have one other case in one unit, from which they come back; all other units stay.
fn wrong_case(units: &[u16]) -> Vec<u16> {
    units
        .iter()
        .map(|&unit| char::from_u32(unit.into()).and_then(other_case).map_or(unit, |other| other as u16))
        .collect()
}

fn other_case(letter: char) -> Option<char> {
    let swapped = if letter.is_lowercase() { upper(letter) } else { lower(letter) }?;
    let back = if letter.is_lowercase() { lower(swapped) } else { upper(swapped) };
    (back == Some(letter)).then_some(swapped)
}

fn upper(letter: char) -> Option<char> {
    let mut letters = letter.to_uppercase();
    letters.next().filter(|_| letters.next().is_none())
}

fn lower(letter: char) -> Option<char> {
    let mut letters = letter.to_lowercase();
    letters.next().filter(|_| letters.next().is_none())
}

/// The record that a path leads to, or why none.
fn record_at(path: &Path) -> String {
    fs::symlink_metadata(path).map_or_else(|error| error.to_string(), |metadata| metadata.ino().to_string())
}
