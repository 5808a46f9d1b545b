//! `ntfsfix`, `ntfsresize` and `ntfsinfo` of ntfs-3g.

use std::collections::BTreeMap;

use ntfslinks_imagekit::description::{Content, File};

use crate::facts::{Difference, Facts, Fault, attributes, compare, escaped, judge};
use crate::images::{BuiltVolume, Images};
use crate::programs::{is_installed, run};
use crate::volumes;

const FAULTS: &[Fault] = &[
    Fault {
        volumes: "everything-*",
        fact: "* Birth * ID",
        expected: "*-*-*-*-*",
        found: "nothing",
        because: "`ntfs_guid_is_zero` of libntfs-3g has it the wrong way round; the value has 64 bytes (reference A.13)",
    },
    Fault {
        volumes: "everything-*",
        fact: "* Domain ID",
        expected: "*-*-*-*-*",
        found: "nothing",
        because: "as the birth ids",
    },
    Fault {
        volumes: "surrogates",
        fact: "* name 27 *",
        expected: "*",
        found: "*",
        because: "surrogates without their other half are printed as three bytes that are not UTF-8",
    },
    Fault {
        volumes: "unspeakable-names",
        fact: "30 name 29 nul*",
        expected: "*",
        found: "*",
        because: "names are printed up to the first NUL; NTFS stores their length (reference A.8)",
    },
];

#[test]
fn ntfsfix_and_ntfsresize_find_nothing_to_mend() {
    if !is_installed("ntfsfix") {
        return;
    }
    for volume in &Images::build_apart(volumes::all()).volumes {
        check_consistency(volume);
    }
}

/// `ntfsfix -n` looks at boot sectors, the MFT and its mirror; `ntfsresize` counts the clusters of all files against
/// `$Bitmap`.
pub fn check_consistency(volume: &BuiltVolume) {
    let path = volume.path.display().to_string();
    let said = run("ntfsfix", &["-n", &path]);
    let name = &volume.name;
    assert!(said.contains("was processed successfully"), "{name}: {said}");
    for part in ["Mounting volume", "Checking the alternate boot sector"] {
        assert!(said.contains(&format!("{part}... OK")), "{name}: {said}");
    }
    let said = run("ntfsresize", &["--info", "--force", "--no-progress-bar", &path]);
    assert!(said.contains("Accounting clusters ...\nSpace in use"), "{name}: {said}");
}

#[test]
fn ntfsinfo_reads_what_is_described() {
    if !is_installed("ntfsinfo") {
        return;
    }
    let mut differences: Vec<Difference> = Vec::new();
    for volume in &Images::build_apart(volumes::all()).volumes {
        let mut expected = described_sizes(volume);
        let said = run("ntfsinfo", &["-m", &volume.path.display().to_string()]);
        let mut found = fields(&said, &expected.keys().map(String::as_str).collect::<Vec<_>>());
        if volume.description.files.len() < 100 {
            // The library opens records in use alone.
            for file in volume.description.files.iter().filter(|file| !file.is_deleted) {
                let number = file.reference.record_number();
                let said = run("ntfsinfo", &["-v", "-i", &number.to_string(), &volume.path.display().to_string()]);
                let prefixed =
                    |facts: Facts| facts.into_iter().map(move |(name, value)| (format!("{number} {name}"), value));
                expected.extend(prefixed(described_record(file)));
                found.extend(prefixed(read_record(&said)));
            }
        }
        differences.extend(compare(&volume.name, &expected, &found));
    }
    judge("ntfsinfo 2022.10.3", &differences, FAULTS);
}

fn described_sizes(volume: &BuiltVolume) -> Facts {
    let description = &volume.description;
    let geometry = description.geometry;
    let facts = [
        ("Volume Name", String::from_utf16(&description.label).unwrap()),
        ("Volume Flags", format!("{:#06x}", description.flags)),
        ("Volume Version", "3.1".to_owned()),
        ("Sector Size", geometry.sector.to_string()),
        ("Cluster Size", geometry.cluster.to_string()),
        ("Index Block Size", "4096".to_owned()),
        ("MFT Record Size", geometry.record.to_string()),
    ];
    facts.map(|(name, value)| (name.to_owned(), value)).into()
}

/// `TAB Name: value` of each line with one of these names.
fn fields(said: &str, names: &[&str]) -> Facts {
    let lines = said.lines().filter_map(|line| line.trim().split_once(':'));
    let lines = lines.filter(|(name, _)| names.contains(&name.trim()));
    lines.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// What it says of a record.
fn described_record(file: &File) -> Facts {
    let mut facts = Facts::new();
    let mut fact = |name: String, value: String| facts.insert(name, value);
    fact("sequence".to_owned(), (file.reference.sequence_number() + u16::from(file.is_deleted)).to_string());
    fact("links".to_owned(), file.names.len().to_string());
    fact("attributes".to_owned(), format!("{:#010x}", attributes(file)));
    for name in &file.names {
        let namespace = ["POSIX", "Win32", "DOS", "Win32 & DOS"][usize::from(name.namespace)];
        fact(format!("name {} {}", name.parent.record_number(), escaped(&name.units)), namespace.to_owned());
    }
    let size = |content: &Content| match content {
        Content::Bytes(stored) => stored.bytes.len().to_string(),
        Content::Zeros(size) | Content::Hole(size) => size.to_string(),
    };
    if let Some(content) = &file.content {
        fact("data".to_owned(), size(content));
    }
    let Some(extra) = &file.extra else { return facts };
    for stream in &extra.streams {
        fact(format!("stream {}", escaped(&stream.name)), size(&stream.content));
    }
    if let Some(reparse) = &extra.reparse {
        let tag = u32::from_le_bytes(*reparse.bytes.first_chunk().unwrap());
        fact("reparse point".to_owned(), format!("{} bytes, tag {tag:#010x}", reparse.bytes.len()));
    }
    if let Some((id, births)) = &extra.object_id {
        fact("object id".to_owned(), id.to_string());
        for (name, birth) in ["Birth Volume ID", "Birth Object ID", "Domain ID"].iter().zip(births.iter().flatten()) {
            fact((*name).to_owned(), birth.to_string());
        }
    }
    for attribute in &extra.extended_attributes {
        let name = String::from_utf8(attribute.name.clone()).unwrap();
        let flags = if attribute.is_needed { "NEED_EA" } else { "NONE" };
        fact(format!("extended attribute {name}"), format!("{flags} {} bytes", attribute.value.len()));
    }
    facts
}

/// The same of what it says.
fn read_record(said: &str) -> Facts {
    let (header, rest) = said.split_once("Dumping attribute ").unwrap_or((said, ""));
    let mut facts = Facts::new();
    let header = pairs(header);
    facts.insert("sequence".to_owned(), first_word(&header, "MFT Record Seq. Numb."));
    facts.insert("links".to_owned(), first_word(&header, "Number of Hard Links"));
    for attribute in rest.split("Dumping attribute ") {
        read_attribute(attribute, &mut facts);
    }
    facts
}

fn read_attribute(said: &str, facts: &mut Facts) {
    let pairs = pairs(said);
    let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let quoted = |name: &str| escaped_text(text(name).trim_matches('\''));
    let mut fact = |name: String, value: String| facts.insert(name, value);
    // Of several extents, the first alone says how long the value is.
    let size = first_word(&pairs, "Data size");
    match said.split(' ').next().unwrap_or_default() {
        "$STANDARD_INFORMATION" => {
            let attributes = text("File attributes");
            fact("attributes".to_owned(), attributes.rsplit('(').next().unwrap().trim_end_matches(')').to_owned());
        }
        "$FILE_NAME" => {
            let parent = first_word(&pairs, "Parent directory");
            fact(format!("name {parent} {}", quoted("Filename")), text("Namespace"));
        }
        "$DATA" if pairs.contains_key("Attribute name") => {
            fact(format!("stream {}", quoted("Attribute name")), size);
        }
        "$DATA" => {
            fact("data".to_owned(), size);
        }
        "$REPARSE_POINT" => {
            fact("reparse point".to_owned(), format!("{size} bytes, tag {}", first_word(&pairs, "Reparse tag")));
        }
        "$OBJECT_ID" => {
            fact("object id".to_owned(), text("Object ID"));
            for birth in ["Birth Volume ID", "Birth Object ID", "Domain ID"] {
                if text(birth) != "missing" {
                    fact(birth.to_owned(), text(birth));
                }
            }
        }
        "$EA" => read_extended_attributes(said, facts),
        _ => {}
    }
}

/// `EA flags`, `Name length`, `Value length`, `Name`, `Value` for each.
fn read_extended_attributes(said: &str, facts: &mut Facts) {
    for entry in said.split("EA flags:").skip(1) {
        let flags = entry.split_whitespace().next().unwrap();
        let pairs = pairs(entry);
        let name = pairs["Name"].trim_matches('\'').to_owned();
        let length = first_word(&pairs, "Value length");
        facts.insert(format!("extended attribute {name}"), format!("{flags} {length} bytes"));
    }
}

/// Names and values of lines, the first of each name.
fn pairs(said: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for (name, value) in said.lines().filter_map(|line| line.split_once(':')) {
        // A tab or a space stands before a value; a name may end in others.
        let value = value.trim_start_matches(['\t', ' ']);
        pairs.entry(name.trim().to_owned()).or_insert_with(|| value.to_owned());
    }
    pairs
}

fn first_word(pairs: &BTreeMap<String, String>, name: &str) -> String {
    pairs.get(name).and_then(|value| value.split_whitespace().next()).unwrap_or_default().to_owned()
}

fn escaped_text(text: &str) -> String {
    escaped(&text.encode_utf16().collect::<Vec<u16>>())
}
