//! `fsstat`, `fls`, `istat` and `icat` of The Sleuth Kit.

use ntfslinks_imagekit::description::File;

use crate::builder::DOS;
use crate::facts::{Difference, Facts, Fault, compare, content, escaped, judge, paths, summary};
use crate::images::{BuiltVolume, Images};
use crate::programs::{is_installed, output, run, said};
use crate::volumes::{self, USUAL};

const LAST_CHARACTER: &str = "a name of 510 bytes of UTF-8 loses its last character where a cluster is larger than an index \
                              block; it is in the record and in the index (A.8, A.10)";

const FAULTS: &[Fault] = &[
    Fault {
        volumes: "everything-512-131072-*",
        fact: "volume",
        expected: "nothing",
        found: "Invalid magic value (Not a NTFS file system (invalid cluster size 248))",
        because: "clusters of more than 128 sectors are refused; from there on the boot sector has 256 less the exponent (A.1), as \
                  Windows writes it",
    },
    Fault {
        volumes: "everything-512-524288-*",
        fact: "volume",
        expected: "nothing",
        found: "Invalid magic value (Not a NTFS file system (invalid cluster size 246))",
        because: "clusters of more than 128 sectors are refused; from there on the boot sector has 256 less the exponent (A.1), as \
                  Windows writes it",
    },
    Fault {
        volumes: "everything-512-2097152-*",
        fact: "volume",
        expected: "nothing",
        found: "Invalid magic value (Not a NTFS file system (invalid cluster size 244))",
        because: "clusters of more than 128 sectors are refused; from there on the boot sector has 256 less the exponent (A.1), as \
                  Windows writes it",
    },
    Fault {
        volumes: "everything-512-8192-*",
        fact: "/\\u00E9\\u00E9*\\uD83D\\uDE00",
        expected: "r 57",
        found: "nothing",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-512-8192-*",
        fact: "/\\u00E9\\u00E9*\\u00E9",
        expected: "nothing",
        found: "r 57",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-512-65536-*",
        fact: "/\\u00E9\\u00E9*\\uD83D\\uDE00",
        expected: "r 57",
        found: "nothing",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-512-65536-*",
        fact: "/\\u00E9\\u00E9*\\u00E9",
        expected: "nothing",
        found: "r 57",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-2048-65536-*",
        fact: "/\\u00E9\\u00E9*\\uD83D\\uDE00",
        expected: "r 57",
        found: "nothing",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-2048-65536-*",
        fact: "/\\u00E9\\u00E9*\\u00E9",
        expected: "nothing",
        found: "r 57",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-4096-65536-*",
        fact: "/\\u00E9\\u00E9*\\uD83D\\uDE00",
        expected: "r 57",
        found: "nothing",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-4096-65536-*",
        fact: "/\\u00E9\\u00E9*\\u00E9",
        expected: "nothing",
        found: "r 57",
        because: LAST_CHARACTER,
    },
    Fault {
        volumes: "everything-4096-2097152-*",
        fact: "volume",
        expected: "nothing",
        found: "Invalid magic value (Not a NTFS file system (invalid cluster size 247))",
        because: "as the other large clusters",
    },
    Fault {
        volumes: "sparse",
        fact: "27 *",
        expected: "*",
        found: "*",
        because: "a hole of more clusters than the volume has is refused (\"Run length is larger than file system\"); it takes \
                  none of them (reference A.5, data runs)",
    },
    Fault {
        volumes: "surrogates",
        fact: "/surrogates/*",
        expected: "*",
        found: "*",
        because: "surrogates without their other half are left out, or shown as `^`; a name is any units (A.8)",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "/nul/nul*",
        expected: "*",
        found: "*",
        because: "names end at the first NUL; NTFS stores their length (A.8)",
    },
];

#[test]
fn sleuthkit_reads_what_is_described() {
    if !is_installed("fls") {
        return;
    }
    let images = Images::build(volumes::all());
    let mut differences: Vec<Difference> = Vec::new();
    for volume in &images.volumes {
        let (mut expected, mut found) = (described_tree(volume), read_sizes(volume));
        if found.contains_key("volume") {
            differences.extend(compare(&volume.name, &Facts::new(), &found));
            continue;
        }
        read_tree(volume, &mut found);
        // Each record costs processes: those of one volume of each kind will do.
        if volume.description.geometry == USUAL && volume.description.files.len() < 100 {
            expected.extend(described_records(volume));
            found.extend(read_records(volume));
        }
        differences.extend(compare(&volume.name, &expected, &found));
    }
    judge("sleuthkit 4.11.1", &differences, FAULTS);
}

#[test]
fn mmls_finds_the_partitions() {
    if !is_installed("mmls") {
        return;
    }
    for volume in Images::build(volumes::all()).volumes.iter().filter(|volume| volume.start > 0) {
        let size = sector(volume);
        let said = run("mmls", &["-b", &size.to_string(), &volume.path.display().to_string()]);
        // `002:  000:000   0000002048   0000003007   0000000960   NTFS / exFAT (0x07)`
        let place = [volume.start, volume.start + volume.size - 1].map(|at| format!("{:010}", at / u64::from(size)));
        assert!(said.contains(&place.join("   ")), "{}: {place:?} is not in\n{said}", volume.name);
    }
}

/// What `fsstat` and `fls` are to say.
fn described_tree(volume: &BuiltVolume) -> Facts {
    let description = &volume.description;
    let geometry = description.geometry;
    let mut facts = Facts::new();
    let mut fact = |name: &str, value: String| facts.insert(name.to_owned(), value);
    fact("Volume Serial Number", format!("{:016X}", description.serial));
    fact("Volume Name", String::from_utf16(&description.label).unwrap());
    fact("Size of MFT Entries", format!("{} bytes", geometry.record));
    fact("Size of Index Records", "4096 bytes".to_owned());
    fact("Sector Size", geometry.sector.to_string());
    fact("Cluster Size", geometry.cluster.to_string());
    // It counts a record of its own for orphaned files.
    fact("Range", format!("0 - {}", volume.records));
    for (path, file, _) in paths(description).into_iter().filter(|(_, _, name)| name.namespace != DOS) {
        // It shows a line for each $DATA of a file: none without its stream where there is no unnamed one.
        if is_streams_alone(file) {
            continue;
        }
        let kind = if file.is_directory { 'd' } else { 'r' };
        let path: String = path.iter().map(|part| format!("/{}", escaped(&printable(part)))).collect();
        facts.insert(path, format!("{kind} {}", file.reference.record_number()));
    }
    for file in description.files.iter().filter(|file| file.is_deleted) {
        let kind = if file.is_directory { 'd' } else { 'r' };
        let number = file.reference.record_number();
        facts.insert(format!("deleted {}", escaped(&file.names[0].units)), format!("{kind} {number}"));
    }
    facts
}

fn is_streams_alone(file: &File) -> bool {
    let has_streams = file.extra.as_ref().is_some_and(|extra| !extra.streams.is_empty());
    !file.is_directory && file.content.is_none() && has_streams
}

/// It prints `^` for control characters.
fn printable(units: &[u16]) -> Vec<u16> {
    units.iter().map(|&unit| if unit < 0x20 { u16::from(b'^') } else { unit }).collect()
}

/// What `fsstat` says.
fn read_sizes(volume: &BuiltVolume) -> Facts {
    let known = [
        "Volume Serial Number",
        "Volume Name",
        "Size of MFT Entries",
        "Size of Index Records",
        "Sector Size",
        "Cluster Size",
        "Range",
    ];
    let said = ask("fsstat", &[], volume, None);
    if said.starts_with("Invalid") {
        return Facts::from([("volume".to_owned(), said.trim().to_owned())]);
    }
    let lines = said.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| known.contains(name));
    lines.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

/// What `fls -r` says: a line for each name, `d/d 70-144-2:` TAB path, system files and streams among them.
fn read_tree(volume: &BuiltVolume, facts: &mut Facts) {
    for line in ask("fls", &["-r", "-p", "-a"], volume, None).lines() {
        let Some((what, path)) = line.split_once(":\t") else { panic!("{}: {line}", volume.name) };
        let (kind, address) = what.split_once(' ').unwrap();
        let is_deleted = address.starts_with('*');
        let number: u64 = address.trim_start_matches("* ").split(['-', '(']).next().unwrap().parse().unwrap();
        let last = path.rsplit('/').next().unwrap();
        let is_system = number < 27 || kind.starts_with('V') || last == "." || last == "..";
        if is_system || is_stream(volume, number, last) {
            continue;
        }
        let kind = kind.chars().last().unwrap();
        let name = if is_deleted {
            format!("deleted {}", escaped_text(last))
        } else {
            path.split('/').map(|part| format!("/{}", escaped_text(part))).collect()
        };
        facts.insert(name, format!("{kind} {number}"));
    }
}

fn escaped_text(text: &str) -> String {
    escaped(&text.encode_utf16().collect::<Vec<u16>>())
}

/// Whether what `fls` shows is a stream, behind a colon that no name in these descriptions has.
fn is_stream(volume: &BuiltVolume, number: u64, last: &str) -> bool {
    let file = volume.description.files.iter().find(|file| file.reference.record_number() == number);
    last.contains(':') && file.is_some_and(|file| file.extra.is_some())
}

/// What `istat` and `icat` are to say of each record.
fn described_records(volume: &BuiltVolume) -> Facts {
    let mut facts = Facts::new();
    for file in &volume.description.files {
        let number = file.reference.record_number();
        let mut fact = |name: &str, value: String| facts.insert(format!("{number} {name}"), value);
        let sequence = file.reference.sequence_number() + u16::from(file.is_deleted);
        fact("Sequence", sequence.to_string());
        fact("Allocated", (!file.is_deleted).to_string());
        fact("Links", file.names.len().to_string());
        if let Some(unnamed) = &file.content {
            fact("content", content(unnamed));
        }
        for stream in file.extra.iter().flat_map(|extra| &extra.streams) {
            fact(&format!("stream {}", escaped(&stream.name)), content(&stream.content));
        }
        if let Some(reparse) = file.extra.as_ref().and_then(|extra| extra.reparse.as_ref()) {
            fact("reparse point", summary(&reparse.bytes));
        }
    }
    facts
}

fn read_records(volume: &BuiltVolume) -> Facts {
    let mut facts = Facts::new();
    for file in &volume.description.files {
        let number = file.reference.record_number();
        let said = ask("istat", &[], volume, Some(&number.to_string()));
        let mut fact = |name: &str, value: String| facts.insert(format!("{number} {name}"), value);
        let after = |word: &str| said.split_once(word).and_then(|(_, rest)| rest.split_whitespace().next());
        fact("Sequence", after("Sequence:").unwrap_or_default().to_owned());
        fact(
            "Allocated",
            ["File", "Directory"].iter().any(|kind| said.contains(&format!("\nAllocated {kind}"))).to_string(),
        );
        fact("Links", after("\nLinks:").unwrap_or_default().to_owned());
        // `Type: $DATA (128-2)   Name: N/A   Resident   size: 8`
        for line in said.lines().filter(|line| line.starts_with("Type: $")) {
            let (address, rest) = line.split_once('(').unwrap().1.split_once(')').unwrap();
            let name = rest.split_once("Name: ").unwrap().1.split_once("   ").unwrap().0;
            let fact_name = match address.split_once('-').unwrap().0 {
                "128" if rest.contains("Name: N/A") => "content".to_owned(),
                "128" => format!("stream {}", escaped_text(name)),
                "192" => "reparse point".to_owned(),
                _ => continue,
            };
            fact(&fact_name, value_of(volume, &format!("{number}-{address}")));
        }
    }
    facts
}

/// What `icat` copies.
fn value_of(volume: &BuiltVolume, address: &str) -> String {
    let start = (volume.start / u64::from(sector(volume))).to_string();
    let (size, path) = (sector(volume).to_string(), volume.path.display().to_string());
    let output = output("icat", &["-o", &start, "-b", &size, &path, address]);
    if output.status.success() { summary(&output.stdout) } else { said(&output) }
}

/// Asks a program of a volume, where it lies in its image.
fn ask(program: &str, options: &[&str], volume: &BuiltVolume, record: Option<&str>) -> String {
    let start = (volume.start / u64::from(sector(volume))).to_string();
    let (size, path) = (sector(volume).to_string(), volume.path.display().to_string());
    let mut arguments = options.to_vec();
    arguments.extend(["-f", "ntfs", "-o", &start, "-b", &size, &path]);
    arguments.extend(record);
    said(&output(program, &arguments))
}

fn sector(volume: &BuiltVolume) -> u32 {
    volume.description.geometry.sector
}
