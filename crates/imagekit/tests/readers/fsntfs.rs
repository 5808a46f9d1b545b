//! `libfsntfs` through `pyfsntfs` (Python).

use ntfslinks_imagekit::description::Volume;

use crate::builder::DOS;
use crate::dissect::ask;
use crate::facts::{Difference, Facts, Fault, children, compare, escaped, judge, records};
use crate::images::Images;
use crate::programs::has_package;
use crate::volumes;

const FAULTS: &[Fault] = &[
    Fault {
        volumes: "everything-*",
        fact: "* reparse point",
        expected: "* bytes, tag *",
        found: "* bytes, tag 0x0",
        because: "reparse points in clusters are not read; `$AttrDef` allows them (reference A.11)",
    },
    Fault {
        volumes: "links-*",
        fact: "* reparse point",
        expected: "112 bytes, tag 0xa000000c",
        found: "112 bytes, tag 0x0",
        because: "as those of the others; this one had to go to clusters",
    },
    Fault {
        volumes: "*-512-65536-1024",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "indexes with blocks below blocks are empty where a cluster is larger than a block: there a VCN counts 512 \
                  bytes (reference A.10); a volume of mkntfs and ntfs-3g with such clusters reads as empty, too",
    },
    Fault {
        volumes: "pieces-400-512-512-1024",
        fact: "volume",
        expected: "nothing",
        found: "OSError: *size value out of bounds*unable to read attributes of MFT entry: 9*",
        because: "record 9 lies in two runs, one cluster of 512 bytes in each, and the second half is read behind the \
                  first; runs are of clusters, not of records (reference A.18)",
    },
    Fault {
        volumes: "pieces-400-512-512-1024",
        fact: "*",
        expected: "*",
        found: "nothing",
        because: "as the volume, which is not opened",
    },
    Fault {
        volumes: "odd-names",
        fact: "29 name 27-3 *",
        expected: "*",
        found: "*",
        because: "a name of U+FFFE alone is taken for a byte order mark; a name is any units (reference A.8)",
    },
    Fault { volumes: "odd-names", fact: "27 entry *", expected: "*", found: "*", because: "as the name" },
    Fault {
        volumes: "unspeakable-names",
        fact: "* nul*",
        expected: "*",
        found: "*",
        because: "names end at the first NUL; NTFS stores their length (reference A.8)",
    },
];

#[test]
fn libfsntfs_reads_what_is_described() {
    if !has_package("libfsntfs-python", "20260827") {
        return;
    }
    let images = Images::build(volumes::all());
    let found = ask("fsntfs_reader.py", &images);
    let mut differences: Vec<Difference> = Vec::new();
    for (volume, found) in images.volumes.iter().zip(&found) {
        differences.extend(compare(&volume.name, &described(&volume.description), found));
    }
    judge("libfsntfs 20260827", &differences, FAULTS);
}

/// What `pyfsntfs` has no function for, and entries, of which it says less.
const LEFT_OUT: [&str; 3] = ["link count", "extended attribute ", "entry "];

/// What `pyfsntfs` has functions for.
fn described(volume: &Volume) -> Facts {
    let mut facts = records(volume);
    facts.retain(|fact, _| {
        !LEFT_OUT.iter().any(|word| fact.split_once(' ').is_some_and(|(_, fact)| fact.starts_with(word)))
    });
    for file in &volume.files {
        let number = file.reference.record_number();
        let extra = file.extra.as_deref();
        if let Some(reparse) = extra.and_then(|extra| extra.reparse.as_ref()) {
            let tag = u32::from_le_bytes(*reparse.bytes.first_chunk().unwrap());
            facts.insert(format!("{number} reparse point"), format!("{} bytes, tag {tag:#x}", reparse.bytes.len()));
        }
        if let Some((id, _)) = extra.and_then(|extra| extra.object_id) {
            facts.insert(format!("{number} object id"), id.to_string());
        }
    }
    // An 8.3 name and the long name beside it are one entry for it.
    for (directory, names) in children(volume).into_iter().filter(|(directory, _)| *directory != 5) {
        for (file, name) in names.into_iter().filter(|(_, name)| name.namespace != DOS) {
            facts.insert(format!("{directory} entry {}", escaped(&name.units)), file.reference.to_string());
        }
    }
    facts
}
