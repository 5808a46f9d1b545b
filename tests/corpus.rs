//! The corpus: real images, most of them damaged, some by years of use.
//!
//! `facts/NAME.json` says what an independent reader found in each. Where the program finds something else, a row of
//! [`EXCEPTIONS`] shows the bytes that decide and says why the program is right; a difference without a row fails, and so
//! does a row without a difference. The corpus lies beside the project, under its own licences; where it is not there,
//! these tests say so and pass.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a test may stop, and may say why"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use support::corpus::{Corpus, REFUSED, temporary_directory};
use support::documents::{Edge, Facts, Graph, Node, Volume, VolumeFacts};
use support::record_places::RecordPlaces;
use support::{check_each, scan};

/// A difference from the facts that is not a fault of the program.
struct Exception {
    image: &'static str,
    /// Position among the volumes of the image.
    volume: usize,
    /// The record that decides, if one does.
    record: Option<u64>,
    field: &'static str,
    /// What is expected instead of the fact.
    expected: &'static str,
    /// Where in the image the bytes that decide lie.
    offset: u64,
    /// These bytes.
    bytes: &'static [u8],
    why: &'static str,
    source: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        image: "xways.mft",
        volume: 0,
        record: Some(616),
        field: "torn records",
        expected: "9",
        offset: 616 * 1024 + 0x18,
        bytes: &[0x68, 0x01, 0x00, 0x00],
        why: "its second 512 bytes were not written with the first, but only the first 360 bytes of the record are used",
        source: "Microsoft DevNotes, FILE_RECORD_SEGMENT_HEADER: FirstFreeByte; libfsntfs, \"MFT entry header\"",
    },
    Exception {
        image: "damaged-zero_allocsize_on_non_resident_attr.img",
        volume: 0,
        record: Some(923),
        field: "deleted reparse points",
        expected: "418",
        // The attribute list of record 923: type 0xC0, in record 1938 with sequence number 1.
        offset: 961_800,
        bytes: &[0xC0, 0, 0, 0, 0x20, 0, 0, 0x1A, 0, 0, 0, 0, 0, 0, 0, 0, 0x92, 0x07, 0, 0, 0, 0, 0x01, 0, 0x01, 0],
        why: "the reparse point of this deleted file is in its extension record, where the other reader does not look",
        source: "libfsntfs, \"The attribute list attribute\"",
    },
    BACKUP_WAS_USED,
    Exception { image: "damaged-bs_filesystem_siganture.img", ..BACKUP_WAS_USED },
    Exception { image: "damaged-bs_sector_per_cluster.img", ..BACKUP_WAS_USED },
];

const BACKUP_WAS_USED: Exception = Exception {
    image: "damaged-bs_bytes_per_sector.img",
    volume: 0,
    record: None,
    field: UNREADABLE,
    expected: "backup-boot-sector-used at 10485248",
    offset: 10_485_248,
    bytes: &[0xEB, 0x52, 0x90, b'N', b'T', b'F', b'S', b' ', b' ', b' ', b' ', 0, 2, 8],
    why: "the boot sector is damaged, and the volume ends with a whole copy of it",
    source: "Microsoft, \"NTFS Technical Reference\": the backup boot sector; libfsntfs, \"The volume header\"",
};

const UNREADABLE: &str = "unreadable by the independent reader";

/// What fsstat 4.12 and dissect.ntfs 3.16 say of the images of [`BACKUP_WAS_USED`] when the backup is copied over the boot
/// sector.
const BEHIND_THE_BACKUP: &str = r#"{
    "offset": 0, "bytes_per_sector": 512, "bytes_per_cluster": 4096, "bytes_per_record": 1024, "records": 256,
    "label": "", "ntfs_version": "3.1", "serial": "DE46EEDE46EEB705",
    "counts": {"in_use_files": 22, "in_use_directories": 7, "free_files": 0, "free_directories": 0, "bad_fixups": 0,
        "bad_signatures": 0, "link_count_mismatches": 0, "stale_parents": 0, "free_with_reparse": 0}
}"#;

/// The corpus; ends the test where it is not there.
macro_rules! corpus {
    () => {
        match Corpus::find() {
            Some(corpus) => corpus,
            None => return,
        }
    };
}

fn readable_images(corpus: &Corpus) -> Vec<String> {
    corpus.names().into_iter().filter(|name| !REFUSED.contains(&name.as_str())).collect()
}

#[test]
fn every_image_is_read_as_the_independent_reader_read_it() {
    let corpus = corpus!();
    let images = readable_images(corpus);
    assert!(images.len() >= 54, "images are missing: {images:?}");
    check_each(&images, |image| check_facts(corpus, image));
}

#[test]
fn every_exception_names_an_image_and_its_bytes() {
    let corpus = corpus!();
    for row in EXCEPTIONS {
        let bytes = corpus.bytes(row.image, row.offset, row.bytes.len());
        assert_eq!(bytes, row.bytes, "{} at {}: {}", row.image, row.offset, row.why);
        assert!(readable_images(corpus).iter().any(|image| image == row.image), "{}", row.image);
        assert!(!row.source.is_empty());
    }
}

/// Scans an image with and without what is deleted, and says what differs from the facts without being excepted, and
/// which exceptions are not needed.
fn check_facts(corpus: &Corpus, image: &str) -> Vec<String> {
    let facts: Facts = serde_json::from_slice(&corpus.facts(image)).expect("facts");
    let [graph, with_deleted] = [&["--all"][..], &["--all", "--deleted"]].map(|arguments| {
        let output = scan(arguments, &corpus.image(image));
        assert!(output.status.success(), "{image}: {}", String::from_utf8_lossy(&output.stderr));
        Graph::parse(&output.stdout)
    });
    let mut exceptions: Vec<&Exception> = EXCEPTIONS.iter().filter(|row| row.image == image).collect();
    let mut complaints = Vec::new();
    if graph.volumes.len() != facts.volumes.len() {
        complaints.push(format!("{image}: {} volumes, expected {}", graph.volumes.len(), facts.volumes.len()));
    }
    for (volume, facts) in facts.volumes.iter().enumerate() {
        let differences = compare_volume(volume, facts, &graph, &with_deleted);
        for difference in differences {
            let is_excepted = |row: &&Exception| {
                row.volume == volume
                    && row.field == difference.field
                    && row.expected == difference.found
                    && (difference.record.is_none() || difference.record == row.record)
            };
            match exceptions.iter().position(is_excepted) {
                Some(row) => drop(exceptions.remove(row)),
                None => complaints.push(format!("{image} v{volume}: {difference}")),
            }
        }
    }
    complaints.extend(exceptions.iter().map(|row| format!("{image}: no difference in {}: {}", row.field, row.why)));
    complaints
}

/// A value that the independent reader sees in another way.
struct Difference {
    field: &'static str,
    record: Option<u64>,
    fact: String,
    found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, record, fact, found } = self;
        let record = record.map(|record| format!(" of record {record}")).unwrap_or_default();
        write!(f, "{field}{record}: the facts say {fact}, found {found}")
    }
}

/// What differs in one volume.
#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn compare<T: PartialEq + fmt::Display>(&mut self, field: &'static str, fact: T, found: T) {
        self.compare_debug(field, None, &fact.to_string(), &found.to_string());
    }

    fn compare_debug<T: PartialEq + fmt::Debug + ?Sized>(
        &mut self,
        field: &'static str,
        record: Option<u64>,
        fact: &T,
        found: &T,
    ) {
        if fact != found {
            // Texts of numbers are compared as such: they show without quotes.
            let show = |value: &T| format!("{value:?}").trim_matches('"').to_owned();
            self.0.push(Difference { field, record, fact: show(fact), found: show(found) });
        }
    }
}

fn compare_volume(index: usize, facts: &VolumeFacts, graph: &Graph, with_deleted: &Graph) -> Vec<Difference> {
    let mut differences = Differences::default();
    let Some(volume) = graph.volumes.get(index) else { return Vec::new() };
    if let Some(reason) = &facts.unreadable_here {
        let backup = graph.problems_of(volume, "backup-boot-sector-used").next();
        let found = backup.map(|problem| format!("{} at {}", problem.code, problem.offset.unwrap_or(0)));
        differences.compare(UNREADABLE, reason.clone(), found.unwrap_or("no backup boot sector".to_owned()));
        let facts: VolumeFacts = serde_json::from_str(BEHIND_THE_BACKUP).expect("facts");
        differences.0.extend(compare_volume(index, &facts, graph, with_deleted));
        return differences.0;
    }
    compare_geometry(facts, volume, &mut differences);
    compare_counts(facts, graph, volume, &mut differences);
    compare_deleted(facts, with_deleted, &with_deleted.volumes[index], &mut differences);
    compare_hard_links(facts, graph, volume, &mut differences);
    compare_reparse_points(facts, graph, volume, &mut differences);
    compare_interix_links(facts, graph, volume, &mut differences);
    differences.0
}

fn compare_geometry(facts: &VolumeFacts, volume: &Volume, differences: &mut Differences) {
    let label = volume.label.clone().or(Some(String::new()));
    differences.compare_debug("offset", None, &facts.offset, &Some(volume.partition.offset));
    differences.compare_debug("bytes per sector", None, &facts.bytes_per_sector, &volume.bytes_per_sector);
    differences.compare_debug("bytes per cluster", None, &facts.bytes_per_cluster, &volume.bytes_per_cluster);
    differences.compare_debug("bytes per record", None, &facts.bytes_per_record, &Some(volume.bytes_per_record));
    differences.compare_debug("label", None, &facts.label, &label);
    differences.compare_debug("version", None, &facts.ntfs_version, &volume.ntfs_version);
    differences.compare_debug("serial", None, &facts.serial, &volume.serial);
    differences.compare_debug("records", None, &facts.records, &Some(volume.counts.records));
}

fn compare_counts(facts: &VolumeFacts, graph: &Graph, volume: &Volume, differences: &mut Differences) {
    let (counts, found) = (&facts.counts, &volume.counts);
    differences.compare("files in use", counts.in_use_files, found.files);
    differences.compare("directories in use", counts.in_use_directories, found.directories);
    differences.compare("nodes in use", found.in_use, graph.records_of(volume).count() as u64);
    differences.compare("hard-linked files", facts.hard_links.len() as u64, found.hard_linked_files);
    differences.compare("reparse points", facts.reparse_points.len() as u64, found.reparse_points);
    differences.compare("deleted", counts.free_files + counts.free_directories, found.deleted);
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for Edge { target, short_name, .. } in graph.edges.iter().filter(|edge| edge.kind == "hard_link") {
        *names.entry(target).or_default() += 1 + u64::from(short_name.is_some());
    }
    let names_of = |node: &Node| names.get(node.id.as_str()).copied().unwrap_or(0);
    let mismatches = graph.records_of(volume).filter(|node| node.link_count != Some(names_of(node))).count() as u64;
    differences.compare("link count mismatches", counts.link_count_mismatches, mismatches);
    let stale_parents = graph.problems_of(volume, "stale-parent-reference").count() as u64;
    differences.compare("stale parents", counts.stale_parents, stale_parents);
}

/// Records that are not in use; and damage, which the facts count in these as well.
fn compare_deleted(facts: &VolumeFacts, graph: &Graph, volume: &Volume, differences: &mut Differences) {
    let counts = &facts.counts;
    let deleted: Vec<&Node> =
        graph.records_of(volume).filter(|node| node.state.as_deref() == Some("deleted")).collect();
    let directories = deleted.iter().filter(|node| node.kind == "directory").count() as u64;
    differences.compare("deleted nodes", counts.free_files + counts.free_directories, deleted.len() as u64);
    differences.compare("deleted directories", counts.free_directories, directories);
    let reparse_points = deleted.iter().filter(|node| node.reparse.is_some()).count() as u64;
    differences.compare("deleted reparse points", counts.free_with_reparse, reparse_points);
    let records_with = |codes: &[&str]| {
        let problems = codes.iter().flat_map(|code| graph.problems_of(volume, code));
        problems.map(|problem| problem.record).collect::<BTreeSet<_>>().len() as u64
    };
    differences.compare("torn records", counts.bad_fixups, records_with(&["torn-record"]));
    let bad_signatures = records_with(&["bad-record-signature", "record-marked-bad"]);
    differences.compare("bad signatures", counts.bad_signatures, bad_signatures);
}

fn compare_hard_links(facts: &VolumeFacts, graph: &Graph, volume: &Volume, differences: &mut Differences) {
    type Names = BTreeMap<(u64, u64), BTreeSet<String>>;
    let reference = |node: &Node| (node.record.unwrap_or(0), node.sequence.unwrap_or(0));
    let linked = graph.records_of(volume).filter(|node| node.hard_links >= Some(2));
    let found: Names = linked.map(|node| (reference(node), node.paths.iter().cloned().collect())).collect();
    let facts: Names = facts
        .hard_links
        .iter()
        .map(|fact| ((fact.record, fact.sequence), fact.names.iter().cloned().collect()))
        .collect();
    for reference in facts.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (fact, found) = (facts.get(reference), found.get(reference));
        differences.compare_debug("names", Some(reference.0), &fact, &found);
    }
}

fn compare_reparse_points(facts: &VolumeFacts, graph: &Graph, volume: &Volume, differences: &mut Differences) {
    let mut found: BTreeMap<u64, &Node> = graph
        .records_of(volume)
        .filter(|node| node.reparse.is_some())
        .map(|node| (node.record.unwrap_or(0), node))
        .collect();
    for fact in &facts.reparse_points {
        let record = Some(fact.record);
        let Some(node) = found.remove(&fact.record) else {
            differences.compare_debug("reparse point", record, "there", "missing");
            continue;
        };
        let reparse = node.reparse.as_ref().expect("a reparse point");
        let tag_name = Some(format!("IO_REPARSE_TAG_{}", fact.tag));
        differences.compare_debug("reparse tag", record, &tag_name, &reparse.tag_name);
        differences.compare_debug("substitute name", record, &fact.substitute_name, &reparse.substitute_name);
        differences.compare_debug("print name", record, &fact.print_name, &reparse.print_name);
        differences.compare_debug("path", record, &vec![fact.path.clone()], &node.paths);
        differences.compare_debug("is a directory", record, &fact.directory, &(node.kind == "directory"));
        differences.compare_debug("sequence", record, &Some(fact.sequence), &node.sequence);
    }
    for record in found.into_keys() {
        differences.compare_debug("reparse point", Some(record), "missing", "there");
    }
}

fn compare_interix_links(facts: &VolumeFacts, graph: &Graph, volume: &Volume, differences: &mut Differences) {
    let target_of = |node: &Node| {
        let link = node.foreign_link.as_ref().filter(|link| link.kind == "interix_symlink")?;
        Some((node.record?, link.target.clone()?))
    };
    let found: BTreeMap<u64, String> = graph.records_of(volume).filter_map(target_of).collect();
    let facts: BTreeMap<u64, String> =
        facts.interix_symlinks.iter().map(|fact| (fact.record, fact.target.clone())).collect();
    for record in facts.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        differences.compare_debug("Interix target", Some(*record), &facts.get(record), &found.get(record));
    }
}

/// Names whose parent is gone, by image: parent not in use, parent not a directory. Counted in the bytes with a script:
/// for each `$FILE_NAME` of a record in use, flags and base record of the record that its parent reference names. Stale
/// references are in the facts.
const PARENTS_GONE: &[(&str, usize, usize)] = &[
    ("damaged-attrlist_length_corrupted.img", 18, 0),
    ("damaged-has_wrong_parent_dir_in_extent_mft.img", 1, 0),
    ("damaged-mismatch_seqno_illegal_seek.img", 47, 15),
    ("damaged-same_name_entries_in_orphaned_file.img", 49, 1),
];

#[test]
fn a_name_whose_parent_is_gone_is_a_problem() {
    let corpus = corpus!();
    check_each(&readable_images(corpus), |image| {
        let row = PARENTS_GONE.iter().find(|(name, ..)| name == image).map_or((0, 0), |row| (row.1, row.2));
        let graph = Graph::parse(&scan(&["--all"], &corpus.image(image)).stdout);
        let count = |code: &str| graph.problems.iter().filter(|problem| problem.code == code).count();
        let found = (count("missing-parent"), count("parent-not-a-directory"));
        if found == row { Vec::new() } else { vec![format!("{image}: {found:?}, expected {row:?}")] }
    });
}

/// Damage that someone put into an image on purpose, or that broke a volume in use: where it lies and what is there.
struct Damage {
    image: &'static str,
    code: &'static str,
    record: u64,
    offset: u64,
    bytes: &'static [u8],
}

const DAMAGE: &[Damage] = &[
    // $EA_INFORMATION of 32 bytes with a value at byte 0 that claims 0x80000 bytes.
    Damage {
        image: "damaged-attr_value_offset_corrupted.img",
        code: "attribute-value-out-of-bounds",
        record: 27,
        offset: 44_296,
        bytes: &[0xD0, 0, 0, 0, 0x20, 0, 0, 0],
    },
    // 1,000,000 bytes of 1,024 in use.
    Damage {
        image: "damaged-mft_table_entry_corruption.img",
        code: "used-size-out-of-bounds",
        record: 0,
        offset: 16_408,
        bytes: &[0x40, 0x42, 0x0F, 0, 0, 4, 0, 0],
    },
    // $DATA of 0 bytes.
    Damage {
        image: "damaged-mft_attr_bad_fields.img",
        code: "attribute-length",
        record: 66,
        offset: 3_561_808,
        bytes: &[0x80, 0, 0, 0, 0, 0, 0, 0],
    },
    // $DATA in clusters of 40 bytes, where its header alone has 64.
    Damage {
        image: "damaged-mft_attr_bad_fields.img",
        code: "attribute-header-too-short",
        record: 67,
        offset: 3_562_832,
        bytes: &[0x80, 0, 0, 0, 0x28, 0, 0, 0, 1],
    },
    // $STANDARD_INFORMATION of 64 bytes with a value of 48 bytes at byte 24.
    Damage {
        image: "damaged-mft_attr_bad_fields.img",
        code: "attribute-value-out-of-bounds",
        record: 73,
        offset: 3_568_696,
        bytes: &[0x10, 0, 0, 0, 0x40, 0, 0, 0],
    },
];

#[test]
fn known_damage_is_reported_where_it_lies() {
    let corpus = corpus!();
    for damage in DAMAGE {
        let Damage { image, code, record, offset, bytes } = damage;
        assert_eq!(corpus.bytes(image, *offset, bytes.len()), *bytes, "{image} at {offset}");
        let graph = Graph::parse(&scan(&["--all"], &corpus.image(image)).stdout);
        let is_this = |problem: &support::documents::Problem| {
            problem.code == *code && problem.record == Some(*record) && problem.offset == Some(*offset)
        };
        assert!(graph.problems.iter().any(is_this), "{image}: no {code} at {offset} in {:?}", graph.problems);
    }
}

#[test]
fn containers_that_are_not_unwrapped_are_refused_in_one_line() {
    let corpus = corpus!();
    for image in REFUSED {
        let output = scan(&["--all"], &corpus.image(image));
        assert_refused(&output).unwrap_or_else(|complaint| panic!("{image}: {complaint}"));
    }
}

/// Status 2, one line on standard error, nothing on standard output.
fn assert_refused(output: &Output) -> Result<(), String> {
    let message = String::from_utf8_lossy(&output.stderr);
    let is_one_line = message.ends_with('\n') && message.lines().count() == 1 && message.starts_with("ntfslinks: ");
    match output.status.code() {
        Some(2) if is_one_line && output.stdout.is_empty() => Ok(()),
        status => Err(format!("status {status:?}, {} bytes of output, message {message:?}", output.stdout.len())),
    }
}

/// Images in good health, or damaged where the `ntfs` crate does not look, and how many records their facts count in use.
/// It reads no extracted MFTs; it mistakes the record of `ntfs-crate-testfs1.raw` that lies in two pieces for a torn one.
const SECOND_READER: &[(&str, u64)] = &[
    ("charlie.dd", 31),
    ("clusters-2m.raw", 31),
    ("damaged-formatted_on_windows.img", 31),
    ("damaged-idx_fn_mft_data_allocated_size_mismatch.img", 1705),
    ("damaged-mismatch_seqno_illegal_seek.img", 38_412),
    ("damaged-paragon_ntfs_test1.img", 7140),
    ("damaged-paragon_ntfs_test2.img", 4523),
    ("damaged-paragon_ntfs_test3.img", 2128),
    ("damaged-zero_allocsize_on_non_resident_attr.img", 72),
    ("dfvfs-fixed.vhd", 30),
    ("dfvfs-interix.raw", 24),
    ("dfvfs-parent.vhd", 25),
    ("dfvfs-vss.raw", 40),
    ("dftt7-undelete.dd", 21),
    ("grr-mbr.dd", 31),
    ("grr-nested.img", 33),
    ("last-access.raw", 36),
    ("orc-fixed.vhd", 34),
    ("plaso-two-partitions.vmdk", 48),
    ("syzkaller-ntfs3-0.img", 25),
    ("syzkaller-ntfs3-10.img", 25),
    ("syzkaller-ntfs3-15.img", 25),
    ("syzkaller-ntfs3g-11.img", 25),
    ("util-linux.img", 19),
];

#[test]
fn the_second_reader_sees_the_same_in_healthy_images() {
    let corpus = corpus!();
    check_each(SECOND_READER, |(image, in_use)| {
        let facts: Facts = serde_json::from_slice(&corpus.facts(image)).expect("facts");
        let counts = facts.volumes.iter().map(|volume| &volume.counts);
        assert_eq!(counts.map(|counts| counts.in_use_files + counts.in_use_directories).sum::<u64>(), *in_use);
        let output = scan(&["--second-reader"], &corpus.image(image));
        let result = Graph::parse(&output.stdout).second_reader.expect("the second reader's result");
        println!("{image}: {result:?}");
        let is_same = result.records_compared >= *in_use && result.differences == 0 && result.failures == 0;
        if is_same { Vec::new() } else { vec![format!("{image}: {result:?}, expected {in_use} records")] }
    });
}

#[test]
fn the_same_bytes_come_out_at_any_thread_count() {
    let corpus = corpus!();
    let images = [
        "damaged-attrlist_length_corrupted.img",
        "damaged-mismatch_seqno_illegal_seek.img",
        "damaged-paragon_ntfs_test1.img",
        "orc-xp.mft",
        "plaso-two-partitions.vmdk",
        "xways.mft",
    ];
    check_each(&images, |image| {
        let mut complaints = Vec::new();
        for format in ["json", "ndjson"] {
            let [one, two, seven] = ["1", "2", "7"].map(|threads| {
                let arguments = ["--all", "--deleted", "--format", format, "--threads", threads];
                scan(&arguments, &corpus.image(image)).stdout
            });
            if one.is_empty() || one != two || one != seven {
                complaints.push(format!("{image}: {format} depends on the number of threads"));
            }
        }
        complaints
    });
}

/// Images that are cut: extracted MFTs, volumes with the MFT in front and far behind, in one piece and in six, disks.
const CUT: &[&str] = &[
    "charlie.dd",
    "clusters-2m.raw",
    "damaged-attrlist_length_corrupted.img",
    "damaged-idx_fn_mft_data_allocated_size_mismatch.img",
    "dfvfs-fixed.vhd",
    "libyal-links.mft",
    "ntfs-crate-testfs1.raw",
    "plaso-two-partitions.vmdk",
    "syzkaller-ntfs3-15.img",
    "xways.mft",
];

/// Longest time for one scan of an image that is cut. They take a tenth of a second.
const TIME_LIMIT: Duration = Duration::from_secs(10);

#[test]
fn an_image_that_is_cut_short_still_gives_every_record_before_the_cut() {
    let corpus = corpus!();
    check_each(CUT, |image| check_cuts(corpus, image));
}

/// An image that can be cut, and what it holds when it is whole.
struct Whole {
    places: Vec<RecordPlaces>,
    graph: Graph,
    size: u64,
}

fn check_cuts(corpus: &Corpus, image: &str) -> Vec<String> {
    let path = corpus.image(image);
    let graph = Graph::parse(&scan(&["--all"], &path).stdout);
    let file = File::open(&path).expect("the image");
    let is_bare = image.ends_with(".mft");
    let places_of = |volume: &Volume| match is_bare {
        true => RecordPlaces::of_bare_mft(&file),
        false => RecordPlaces::of_volume(&file, volume.partition.offset),
    };
    let size = file.metadata().expect("the image has a size").len();
    let whole = Whole { places: graph.volumes.iter().map(places_of).collect(), graph, size };
    let directory = tempfile::tempdir_in(temporary_directory()).expect("a directory");
    let copy = directory.path().join(image);
    // A copy of 250 GB is one of some MiB if the holes stay holes.
    let status = Command::new("cp").args(["--sparse=always", "--no-preserve=mode"]).arg(&path).arg(&copy).status();
    assert!(status.expect("cp starts").success(), "{image} cannot be copied");
    let copied = File::options().write(true).open(&copy).expect("the copy");
    let cuts = cuts(&whole);
    assert!(cuts.len() >= 20, "{image}: {} cuts", cuts.len());
    let mut complaints = Vec::new();
    // From the longest to the shortest, so that one copy does for all.
    for cut in cuts.into_iter().rev() {
        copied.set_len(cut).expect("the copy can be cut");
        let found = check_cut(&whole, &copy, cut);
        complaints.extend(found.into_iter().map(|complaint| format!("{image} cut to {cut} bytes: {complaint}")));
    }
    complaints
}

/// Where to cut: next to sectors, at powers of two, at records, near the end, and anywhere.
fn cuts(whole: &Whole) -> BTreeSet<u64> {
    let mut cuts = BTreeSet::from([0, 511, 513, whole.size - 1, whole.size - 512, whole.size - 513]);
    cuts.extend((0..u64::BITS).map(|power| 1_u64 << power));
    for (places, volume) in whole.places.iter().zip(&whole.graph.volumes) {
        let records = volume.counts.records;
        for record in [0, 1, records / 4, records / 2, records - 1] {
            let end = places.end_of_record(record);
            cuts.extend([end - 513, end - 1, end]);
        }
    }
    // A linear congruential generator (Knuth's MMIX), seeded with the size, so that every run cuts at the same places.
    let mut state = whole.size;
    cuts.extend((0..8).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) % whole.size
    }));
    cuts.retain(|cut| *cut < whole.size);
    cuts
}

fn check_cut(whole: &Whole, copy: &Path, cut: u64) -> Vec<String> {
    let started = Instant::now();
    let output = scan(&["--all"], copy);
    let mut complaints = Vec::new();
    if started.elapsed() > TIME_LIMIT {
        complaints.push(format!("it took {:?}", started.elapsed()));
    }
    let is_readable = |places: &&RecordPlaces| places.readable_from <= cut && places.start + 512 <= cut;
    match output.status.code() {
        Some(0) => complaints.extend(check_cut_graph(whole, &Graph::parse(&output.stdout), cut)),
        _ => complaints.extend(assert_refused(&output).err()),
    }
    if output.status.code() == Some(2) && whole.places.iter().any(|places| is_readable(&places)) {
        complaints.push(format!("refused: {}", String::from_utf8_lossy(&output.stderr).trim_end()));
    }
    complaints
}

/// Every record before the cut is there, with the same header and no path that it did not have; and there is no other.
fn check_cut_graph(whole: &Whole, found: &Graph, cut: u64) -> Vec<String> {
    let mut complaints = Vec::new();
    if found.problems.is_empty() && whole.places.iter().any(|places| cut < places.end) {
        complaints.push("no problem is reported".to_owned());
    }
    for (places, volume) in whole.places.iter().zip(&whole.graph.volumes) {
        let same_place = |found: &&Volume| found.partition.offset == volume.partition.offset;
        let mut nodes: BTreeMap<Option<u64>, &Node> = match found.volumes.iter().find(same_place) {
            Some(volume) => found.records_of(volume).map(|node| (node.record, node)).collect(),
            None if places.readable_from <= cut => {
                complaints.push(format!("no volume at {}", places.start));
                continue;
            }
            None => continue,
        };
        let mut missing = Vec::new();
        for expected in whole.graph.records_of(volume) {
            let is_inside = places.end_of_record(expected.record.unwrap_or(0)) <= cut;
            match nodes.remove(&expected.record) {
                Some(node) => complaints.extend(check_cut_node(expected, node)),
                None if is_inside => missing.push(expected.id.as_str()),
                None => {}
            }
        }
        if !missing.is_empty() {
            complaints.push(format!("{} records are missing: {}", missing.len(), missing.join(", ")));
        }
        complaints.extend(nodes.values().map(|node| format!("{} is not in the whole image", node.id)));
    }
    complaints
}

fn check_cut_node(expected: &Node, found: &Node) -> Option<String> {
    let header = |node: &Node| (node.sequence, node.kind.clone(), node.state.clone(), node.link_count);
    let is_known = |path: &String| path.starts_with("\\$Orphan\\") || expected.paths.contains(path);
    let is_same = header(expected) == header(found) && found.paths.iter().all(is_known);
    (!is_same).then(|| format!("{found:?}, expected {expected:?}"))
}

#[test]
fn every_image_has_a_description_that_can_be_built() {
    let Some(corpus) = Corpus::find() else { return };
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_ntfslinks")).args(arguments).output().expect("the program starts")
    };
    check_each(&corpus.names(), |name| {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
        let (image, spec) = (corpus.image(name), path("x.toml"));
        let described = run(&["fixture", "describe", "-q", image.to_str().expect("UTF-8"), "-o", &spec]);
        // Some images have no volume, or are in a container that is not read.
        if described.status.code() != scan(&["-o", &path("x.json")], &image).status.code() {
            return vec![format!("{name}: {}", String::from_utf8_lossy(&described.stderr))];
        }
        if !described.status.success() {
            return Vec::new();
        }
        let built = run(&["fixture", "build", "-q", &spec, "-o", &path("x.img")]);
        let complaint = format!("{name}: {}", String::from_utf8_lossy(&built.stderr));
        if built.status.success() { Vec::new() } else { vec![complaint] }
    });
}
