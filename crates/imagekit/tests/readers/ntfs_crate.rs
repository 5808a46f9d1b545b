//! The `ntfs` crate.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use ntfs::indexes::NtfsFileNameIndex;
use ntfs::structured_values::NtfsFileNamespace;
use ntfs::{Ntfs, NtfsError, NtfsIndex, NtfsReadSeek};

use crate::builder::root;
use crate::facts::{Difference, Facts, Fault, children, compare, content, escaped, judge, summary};
use crate::images::{BuiltVolume, Images};
use crate::volumes;

const FIRST_USER_RECORD: u64 = 27;

const INDEX_VCN: &str = "VCNs of an index count clusters for it; where a cluster is larger than a block they count 512 bytes \
                         (reference A.10)";
const STRADDLED: &str = "a record is read as one range of the volume; with clusters smaller than a record it may lie in two runs \
                         (reference A.18)";

const FAULTS: &[Fault] = &[
    Fault {
        volumes: "directories-512-65536-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "directories-512-65536-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "links-512-65536-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault { volumes: "links-512-65536-*", fact: "* entry *", expected: "*", found: "nothing", because: "as the index" },
    Fault {
        volumes: "views-512-65536-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault { volumes: "views-512-65536-*", fact: "* entry *", expected: "*", found: "nothing", because: "as the index" },
    Fault {
        volumes: "everything-2048-65536-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-2048-65536-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-4096-2097152-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-4096-2097152-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-4096-65536-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-4096-65536-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-512-131072-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-512-131072-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-512-2097152-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-512-2097152-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-512-524288-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-512-524288-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-512-65536-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-512-65536-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "everything-512-8192-*",
        fact: "* index",
        expected: "nothing",
        found: "The index allocation * references a Virtual Cluster Number (VCN) *",
        because: INDEX_VCN,
    },
    Fault {
        volumes: "everything-512-8192-*",
        fact: "* entry *",
        expected: "*",
        found: "nothing",
        because: "as the index",
    },
    Fault {
        volumes: "pieces-400-512-512-1024",
        fact: "upcase table",
        expected: "nothing",
        found: "Sector corruption: *should match the Update Sequence Number (USN) [1, 0], but they are [0, 0]",
        because: STRADDLED,
    },
    Fault {
        volumes: "pieces-400-512-512-1024",
        fact: "*",
        expected: "*",
        found: "nothing",
        because: "as the table, without which nothing is found",
    },
    Fault {
        volumes: "pieces-50-512-512-1024",
        fact: "upcase table",
        expected: "nothing",
        found: "Sector corruption: *should match the Update Sequence Number (USN) [1, 0], but they are [0, 0]",
        because: STRADDLED,
    },
    Fault {
        volumes: "pieces-50-512-512-1024",
        fact: "*",
        expected: "*",
        found: "nothing",
        because: "as the table, without which nothing is found",
    },
    Fault {
        volumes: "pieces-400-512-4096-1024",
        fact: "27 entry *",
        expected: "* namespace 0 20 bytes *",
        found: "* namespace 0 The requested NTFS File Record Number * is invalid",
        because: "of an MFT with an attribute list, the runs of record 0 alone are known (reference A.7)",
    },
    Fault {
        volumes: "case-sensitive",
        fact: "27 search *",
        expected: "nothing",
        found: "*",
        because: "searches ignore that a directory is case-sensitive: $STANDARD_INFORMATION 0x28 (reference A.6)",
    },
];

#[test]
fn the_ntfs_crate_reads_what_is_described() {
    let images = Images::build(volumes::all());
    let mut differences: Vec<Difference> = Vec::new();
    for volume in &images.volumes {
        differences.extend(compare(&volume.name, &described(volume), &read(volume)));
    }
    judge("ntfs 0.4.0", &differences, FAULTS);
}

/// Each entry of each directory, and the content behind it.
fn described(volume: &BuiltVolume) -> Facts {
    let mut facts = Facts::new();
    let geometry = volume.description.geometry;
    facts.insert("volume".to_owned(), format!("{geometry:?}, serial {:#x}", volume.description.serial));
    facts.insert("label".to_owned(), String::from_utf16(&volume.description.label).unwrap());
    for (directory, names) in children(&volume.description) {
        for (file, name) in names {
            let value = file.content.as_ref().map_or("no data".to_owned(), content);
            let entry = format!("{} namespace {} {value}", file.reference, name.namespace);
            facts.insert(format!("{directory} entry {}", escaped(&name.units)), entry);
        }
    }
    facts
}

fn read(volume: &BuiltVolume) -> Facts {
    let mut part = Part { file: File::open(&volume.path).unwrap(), start: volume.start, size: volume.size };
    part.rewind().unwrap();
    let mut facts = Facts::new();
    let mut ntfs = Ntfs::new(&mut part).unwrap();
    if let Err(error) = ntfs.read_upcase_table(&mut part) {
        facts.insert("upcase table".to_owned(), error.to_string());
        return facts;
    }
    let (sector, cluster, record) = (ntfs.sector_size().into(), ntfs.cluster_size(), ntfs.file_record_size());
    let geometry = ntfslinks_imagekit::description::Geometry { sector, cluster, record };
    facts.insert("volume".to_owned(), format!("{geometry:?}, serial {:#x}", ntfs.serial_number()));
    let label = ntfs.volume_name(&mut part).unwrap();
    facts.insert(
        "label".to_owned(),
        label.map_or_else(|error| error.to_string(), |label| label.name().to_string_lossy()),
    );
    let mut open = vec![root().record_number()];
    while let Some(directory) = open.pop() {
        read_directory(&ntfs, &mut part, directory, &mut facts, &mut open);
    }
    facts
}

/// A fault of the reader is a fact.
fn read_directory(ntfs: &Ntfs, part: &mut Part, directory: u64, facts: &mut Facts, open: &mut Vec<u64>) {
    let mut contents = BTreeMap::new();
    let result = (|| {
        let file = ntfs.file(part, directory)?;
        let index = file.directory_index(part)?;
        let mut entries = index.entries();
        let mut names = Vec::new();
        while let Some(entry) = entries.next(part) {
            let entry = entry?;
            let (reference, key) = (entry.file_reference(), entry.key().unwrap()?);
            let record = reference.file_record_number();
            if record < FIRST_USER_RECORD {
                continue;
            }
            if key.is_directory() && key.namespace() != NtfsFileNamespace::Dos {
                open.push(record);
            }
            let content = contents.entry(record).or_insert_with(|| data(ntfs, part, record));
            let namespace = key.namespace() as u8;
            let text = format!("{record}-{} namespace {namespace} {content}", reference.sequence_number());
            let units: Vec<u16> =
                key.name().0.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            facts.insert(format!("{directory} entry {}", escaped(&units)), text);
            names.push((units, record));
        }
        search(ntfs, part, directory, &index, &names, facts);
        Ok::<(), NtfsError>(())
    })();
    if let Err(error) = result {
        facts.insert(format!("{directory} index"), error.to_string());
    }
}

type Index<'n, 'f> = NtfsIndex<'n, 'f, NtfsFileNameIndex>;

/// Looks for each name of a directory.
fn search(
    ntfs: &Ntfs,
    part: &mut Part,
    directory: u64,
    index: &Index<'_, '_>,
    names: &[(Vec<u16>, u64)],
    facts: &mut Facts,
) {
    let mut record_of = |name: &str| {
        let mut finder = index.finder();
        let found = NtfsFileNameIndex::find(&mut finder, ntfs, part, name);
        found.map(|entry| entry.map(|entry| entry.file_reference().file_record_number()))
    };
    for (units, record) in names {
        let Ok(name) = String::from_utf16(units) else { continue };
        let found = match record_of(&name) {
            Some(Ok(found)) if found == *record => continue,
            Some(Ok(found)) => found.to_string(),
            Some(Err(error)) => error.to_string(),
            None => "not found".to_owned(),
        };
        facts.insert(format!("{directory} search {}", escaped(units)), found);
    }
    if let Some(Ok(record)) = record_of("no such name") {
        facts.insert(format!("{directory} search for a name that is not there"), record.to_string());
    }
}

/// The unnamed `$DATA` of a file.
fn data(ntfs: &Ntfs, part: &mut Part, record: u64) -> String {
    let result = (|| {
        let file = ntfs.file(part, record)?;
        let Some(item) = file.data(part, "") else { return Ok("no data".to_owned()) };
        let item = item?;
        let attribute = item.to_attribute()?;
        let mut value = attribute.value(part)?;
        let mut bytes = vec![0; usize::try_from(value.len()).unwrap()];
        value.read_exact(part, &mut bytes)?;
        Ok(summary(&bytes))
    })();
    result.unwrap_or_else(|error: NtfsError| error.to_string())
}

/// A volume as a file of its own.
struct Part {
    file: File,
    start: u64,
    size: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Part {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let position = match position {
            SeekFrom::Start(offset) => SeekFrom::Start(self.start + offset),
            SeekFrom::End(offset) => SeekFrom::Start((self.start + self.size).checked_add_signed(offset).unwrap()),
            SeekFrom::Current(offset) => SeekFrom::Current(offset),
        };
        Ok(self.file.seek(position)? - self.start)
    }
}
