//! `dissect.ntfs` (Python).

use std::path::Path;
use std::process::Command;

use format::Guid;
use ntfslinks_imagekit::description::Volume;

use crate::facts::{Difference, Facts, Fault, compare, judge, records};
use crate::images::Images;
use crate::programs::has_package;
use crate::volumes;

const FAULTS: &[Fault] = &[
    Fault {
        volumes: "surrogates",
        fact: "* attributes",
        expected: "0x20",
        found: "UnicodeDecodeError: *",
        because: "names are decoded strictly; a name is any 16-bit units (reference A.8)",
    },
    Fault {
        volumes: "surrogates",
        fact: "* *",
        expected: "*",
        found: "nothing",
        because: "as the attributes: the record is lost",
    },
    Fault {
        volumes: "surrogates",
        fact: "27 search *",
        expected: "nothing",
        found: "UnicodeDecodeError: *",
        because: "as the attributes",
    },
    Fault {
        volumes: "odd-names",
        fact: "27 search *",
        expected: "nothing",
        found: "KeyError: 'Value not found: *",
        because: "searches compare `str.upper` of Python by code points; $UpCase folds units one by one and compares units \
                  (libfsntfs \"The file name attribute collation\", reference A.10)",
    },
    Fault {
        volumes: "odd-names",
        fact: "27 search \\u01C6",
        expected: "nothing",
        found: "False",
        because: "as the others: for Python, U+01C5 is the same in upper case",
    },
    Fault {
        volumes: "case-sensitive",
        fact: "27 search *",
        expected: "nothing",
        found: "False",
        because: "searches ignore that a directory is case-sensitive: $STANDARD_INFORMATION 0x28 (reference A.6)",
    },
];

#[test]
fn dissect_reads_what_is_described() {
    if !has_package("dissect.ntfs", "3.16") {
        return;
    }
    let images = Images::build(volumes::all());
    let found = ask("dissect_reader.py", &images);
    let mut differences: Vec<Difference> = Vec::new();
    for (volume, found) in images.volumes.iter().zip(&found) {
        let mut expected = records(&volume.description);
        expected.extend(views(&volume.description));
        differences.extend(compare(&volume.name, &expected, found));
    }
    judge("dissect.ntfs 3.16", &differences, FAULTS);
}

/// The keys of `$R` and `$O` in the order of collation 0x13 (32-bit numbers from first to last), with what they lead to,
/// and the descriptors of `$SDS`.
///
/// Where a file has an object id alone, the index says that it was born with it: so do all 12 entries of files in the
/// `$ObjId` of five volumes made by Windows.
///
/// Source: reference A.13, A.14; libfsntfs "The reparse points index".
fn views(volume: &Volume) -> Facts {
    let live = || volume.files.iter().filter(|file| !file.is_deleted);
    let extras = || live().filter_map(|file| Some((file.reference, file.extra.as_deref()?)));
    let mut points: Vec<Vec<u8>> = extras()
        .filter_map(|(reference, extra)| Some((reference, extra.reparse.as_ref()?)))
        .map(|(reference, reparse)| [&reparse.bytes[..4], &reference.0.to_le_bytes()].concat())
        .collect();
    points.sort_by_key(|key| numbers(key));
    let mut ids: Vec<(Vec<u8>, Vec<u8>)> = extras()
        .filter_map(|(reference, extra)| Some((reference, extra.object_id?)))
        .map(|(reference, (id, births))| {
            let births = births.unwrap_or([Guid([0; 16]), id, Guid([0; 16])]).map(|birth| birth.0).concat();
            (id.0.to_vec(), [&reference.0.to_le_bytes()[..], &births].concat())
        })
        .collect();
    ids.sort_by_key(|(key, _)| numbers(key));
    let points: Vec<String> = points.iter().map(|key| hex(key)).collect();
    let ids: Vec<String> = ids.iter().map(|(key, data)| format!("{}={}", hex(key), hex(data))).collect();
    // Who owns system files, and who owns others, as `imagekit::secure` documents it.
    let (system, files) =
        ("owner S-1-5-18 group S-1-5-32-544 2 entries", "owner S-1-5-32-544 group S-1-5-32-544 2 entries");
    [
        ("reparse points", points.join(" ")),
        ("object ids", ids.join(" ")),
        ("security 0x100", system.to_owned()),
        ("security 0x101", files.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn numbers(key: &[u8]) -> Vec<u32> {
    key.chunks_exact(4).map(|number| u32::from_le_bytes(*number.first_chunk().unwrap())).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a helper in Python finds in each volume.
pub fn ask(helper: &str, images: &Images) -> Vec<Facts> {
    let helper = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers").join(helper);
    let mut command = Command::new("python3");
    // Without byte code beside the helpers.
    command.arg("-B").arg(helper);
    for volume in &images.volumes {
        command.arg(format!("{}:{}:{}", volume.start, volume.size, volume.path.display()));
    }
    let output = command.output().expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("facts")
}
