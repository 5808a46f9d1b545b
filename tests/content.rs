//! What streams hold, as read out of a volume: in records, in clusters, in extents that lie in several records; and the
//! table of upper-case units, which is such a stream.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::cast_possible_truncation, reason = "tests give numbers that fit")]

mod mft_builder;
#[allow(dead_code, reason = "only the corpus is used here")]
mod support;
mod volume_builder;

use std::path::Path;

use format::UpCase;
use image::Image;
use volume::{StreamOf, discover};

use mft_builder::{DATA, Mft, ROOT, Record, reference};
use support::corpus::Corpus;
use volume_builder::{Geometry, Run, Stored, Volume};

/// The file that the tests read, and its extension records.
const RECORDS: [u64; 3] = [30, 31, 32];
const CLUSTER: usize = 1024;

/// Asks a volume of an image.
fn ask<T>(path: &Path, question: impl Fn(&volume::Volume<'_>) -> T) -> T {
    let image = Image::open(path).unwrap();
    let discovery = discover(&image).unwrap();
    question(&discovery.volumes[0].0)
}

fn ask_bytes<T>(image: &[u8], question: impl Fn(&volume::Volume<'_>) -> T) -> T {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), image).unwrap();
    ask(file.path(), question)
}

/// What a stream of records holds, and whether it is there.
fn read(volume: &volume::Volume<'_>, records: &[u64], name: &str, limit: u64) -> (Option<Vec<u8>>, bool) {
    let name: Vec<u16> = name.encode_utf16().collect();
    let wanted = StreamOf { records, name: &name, up_case: UpCase::unicode() };
    (volume.read_stream(wanted, limit), volume.has_stream(wanted))
}

/// The unnamed stream of [`RECORDS`] is there, and holds this.
fn check(image: &[u8], expected: Option<&[u8]>) {
    let (found, is_there) = ask_bytes(image, |volume| read(volume, &RECORDS, "", u64::MAX));
    assert!(is_there);
    assert!(
        found.as_deref() == expected,
        "{:?} bytes, not {:?}",
        found.map(|found| found.len()),
        expected.map(<[u8]>::len)
    );
}

/// A volume of 200 clusters whose cluster number n is full of bytes n, from 100 on; the MFT is before.
fn volume() -> Volume {
    let mut volume = Volume::new(Geometry::new(512, CLUSTER, 1024), 200, &[(64, Some(8))]);
    (100..200).for_each(|lcn| volume.put_clusters(lcn, &[lcn as u8; CLUSTER]));
    volume
}

fn file() -> Record {
    Record::file(30).name(ROOT, "file")
}

/// A volume with a file of one attribute in clusters.
fn with_data(data: &Stored) -> Volume {
    let mut volume = volume();
    volume.put(&file(), std::slice::from_ref(data));
    volume
}

/// The bytes of clusters, one after the other.
fn clusters(numbers: &[u8]) -> Vec<u8> {
    numbers.iter().flat_map(|number| [*number; CLUSTER]).collect()
}

// In one record -------------------------------------------------------------------------------------------------------

#[test]
fn content_in_the_record_is_read() {
    let mut volume = volume();
    volume.put(&file().attribute(DATA, b"short".to_vec()), &[]);
    check(&volume.bytes, Some(b"short"));
}

#[test]
fn content_in_the_record_needs_no_volume() {
    let mft = Mft::new().with(file().attribute(DATA, b"short".to_vec()));
    check(&mft.bytes(), Some(b"short"));
}

#[test]
fn a_torn_record_is_read() {
    let mut volume = volume();
    volume.put(&file().attribute(DATA, vec![b'x'; 600]), &[]);
    let tail = volume.place(30, 510) as usize;
    volume.bytes[tail] = b'x';
    let (found, _) = ask_bytes(&volume.bytes, |volume| read(volume, &RECORDS, "", u64::MAX));
    assert_eq!(found.unwrap().len(), 600);
}

#[test]
fn runs_are_read_in_their_order_and_sparse_ones_as_zeros() {
    let runs: [Run; 3] = [(2, Some(150)), (1, None), (1, Some(120))];
    let volume = with_data(&Stored::new(DATA, &runs, 4 * CLUSTER as u64 - 24));
    let mut expected = clusters(&[150, 151, 0, 120]);
    expected.truncate(4 * CLUSTER - 24);
    check(&volume.bytes, Some(&expected));
}

#[test]
fn what_was_never_written_is_zeros() {
    let volume = with_data(&Stored::new(DATA, &[(2, Some(150))], 2 * CLUSTER as u64).initialized(1000));
    let mut expected = vec![150; 1000];
    expected.resize(2 * CLUSTER, 0);
    check(&volume.bytes, Some(&expected));
}

// In several records --------------------------------------------------------------------------------------------------

#[test]
fn extents_in_extension_records_are_put_in_order() {
    let mut volume = volume();
    volume.put(&file(), &[Stored::new(DATA, &[(1, Some(150))], 4 * CLUSTER as u64)]);
    volume.put(&Record::extension(31, reference(30, 1)), &[Stored::from_vcn(3, DATA, &[(1, Some(101))])]);
    volume.put(&Record::extension(32, reference(30, 1)), &[Stored::from_vcn(1, DATA, &[(2, Some(120))])]);
    check(&volume.bytes, Some(&clusters(&[150, 120, 121, 101])));
}

#[test]
fn all_of_a_stream_may_be_in_extension_records() {
    let mut volume = volume();
    volume.put(&file(), &[]);
    volume.put(&Record::extension(31, reference(30, 1)), &[Stored::new(DATA, &[(1, Some(150))], 2 * CLUSTER as u64)]);
    volume.put(&Record::extension(32, reference(30, 1)), &[Stored::from_vcn(1, DATA, &[(1, Some(120))])]);
    check(&volume.bytes, Some(&clusters(&[150, 120])));
}

#[test]
fn content_ends_where_an_extent_is_missing() {
    let mut volume = volume();
    volume.put(&file(), &[Stored::new(DATA, &[(1, Some(150))], 4 * CLUSTER as u64)]);
    volume.put(&Record::extension(32, reference(30, 1)), &[Stored::from_vcn(2, DATA, &[(2, Some(120))])]);
    check(&volume.bytes, Some(&clusters(&[150])));
}

#[test]
fn a_stream_whose_first_extent_is_missing_has_no_length() {
    let mut volume = volume();
    volume.put(&file(), &[]);
    volume.put(&Record::extension(31, reference(30, 1)), &[Stored::from_vcn(2, DATA, &[(2, Some(120))])]);
    check(&volume.bytes, None);
}

// What is refused, or not there ---------------------------------------------------------------------------------------

#[test]
fn content_ends_where_the_image_ends() {
    let mut volume = with_data(&Stored::new(DATA, &[(2, Some(150)), (1, Some(120))], 3 * CLUSTER as u64));
    volume.bytes.truncate(151 * CLUSTER + 7);
    let expected = &clusters(&[150, 151])[..CLUSTER + 7];
    check(&volume.bytes, Some(expected));
}

#[test]
fn content_longer_than_the_limit_or_the_image_is_refused() {
    let volume = with_data(&Stored::new(DATA, &[(1, Some(150))], CLUSTER as u64));
    for (limit, is_read) in [(CLUSTER as u64, true), (CLUSTER as u64 - 1, false)] {
        let (found, is_there) = ask_bytes(&volume.bytes, |volume| read(volume, &RECORDS, "", limit));
        assert_eq!((found.is_some(), is_there), (is_read, true));
    }
    check(&with_data(&Stored::new(DATA, &[(1 << 30, None)], 1 << 40)).bytes, None);
    check(&with_data(&Stored::new(DATA, &[(1, Some(150))], u64::MAX)).bytes, None);
}

#[test]
fn compressed_and_encrypted_clusters_are_refused_and_sparse_ones_are_not() {
    for (flags, is_read) in [(0x0001_u16, false), (0x4000, false), (0x8001, false), (0x8000, true)] {
        let mut volume = with_data(&Stored::new(DATA, &[(1, Some(150))], CLUSTER as u64));
        // The flags of the third attribute: it follows those of 0x48 and 0x60 bytes, which begin at 0x38.
        let place = volume.place(30, 0x38 + 0x48 + 0x68 + 0x0C) as usize;
        assert_eq!(volume.bytes[place - 0x0C], DATA as u8);
        volume.bytes[place..place + 2].copy_from_slice(&flags.to_le_bytes());
        let expected = clusters(&[150]);
        check(&volume.bytes, is_read.then_some(&expected));
    }
}

#[test]
fn a_file_without_the_stream_has_none() {
    let mut volume = volume();
    volume.put(&file(), &[]);
    let nothing = (None, false);
    assert_eq!(ask_bytes(&volume.bytes, |volume| read(volume, &RECORDS, "", u64::MAX)), nothing);
    // Slots past the end of the MFT.
    assert_eq!(ask_bytes(&volume.bytes, |volume| read(volume, &[64, u64::MAX], "", u64::MAX)), nothing);
}

// By another hand -----------------------------------------------------------------------------------------------------

/// Names of 100 units fill the base record, so that the streams go to an extension record.
fn built() -> tempfile::NamedTempFile {
    let name = |number: u32| format!(r"'\{number:0>100}'");
    let names: Vec<String> = (1..4).map(name).collect();
    let spec = format!(
        "[[file]]\npath = {}\nnames = [{}]\nrecord = 40\ntext = '{}'\nstreams = [\n\
         {{ name = 'Short', text = 'resident' }},\n\
         {{ name = 'Long', text = 'in clusters', in-clusters = true }},\n\
         {{ name = 'Zeros', zeros = '3 KiB' }},\n\
         {{ name = 'Hole', hole = '8 KiB' }},\n]\n",
        name(0),
        names.join(", "),
        "unnamed ".repeat(30),
    );
    let spec = imagekit::spec::parse("spec", &spec).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    imagekit::build::build(&spec.image, file.as_file()).unwrap();
    file
}

/// The records of a file from its graph.
fn extension_records(image: &Path) -> Vec<u64> {
    let holds_more = |volume: &volume::Volume<'_>, record: u64| {
        let mut slot = Vec::new();
        volume.read_slot(record, &mut slot);
        let record = format::FileRecord::decode(&mut slot, &mut Vec::new());
        record.is_some_and(|record| record.header.base_record.record_number() == 40)
    };
    ask(image, |volume| (0..volume.record_slots()).filter(|record| holds_more(volume, *record)).collect())
}

#[test]
fn streams_are_found_by_name_in_any_case_and_in_extension_records() {
    let image = built();
    let extensions = extension_records(image.path());
    assert!(!extensions.is_empty(), "the names leave room for the streams");
    let records = [vec![40], extensions].concat();
    let unnamed = "unnamed ".repeat(30);
    let streams: [(&str, &[u8]); 5] = [
        ("", unnamed.as_bytes()),
        ("sHORT", b"resident"),
        ("Long", b"in clusters"),
        ("zeros", &[0; 3072]),
        ("hole", &[0; 8192]),
    ];
    for (name, expected) in streams {
        let (found, is_there) = ask(image.path(), |volume| read(volume, &records, name, u64::MAX));
        assert!(is_there && found.as_deref() == Some(expected), "{name}: {found:?}");
    }
    assert_eq!(ask(image.path(), |volume| read(volume, &records, "shor", u64::MAX)), (None, false));
}

// $UpCase -------------------------------------------------------------------------------------------------------------

/// How many units of a volume's table differ from the usual one; `None` if the volume has no table.
fn differences(volume: &volume::Volume<'_>) -> Option<usize> {
    let table = volume.up_case()?;
    let differs = |unit: &u16| table.to_upper(*unit) != UpCase::unicode().to_upper(*unit);
    Some((0..=u16::MAX).filter(differs).count())
}

#[test]
fn a_built_volume_has_the_usual_table() {
    assert_eq!(ask(built().path(), differences), Some(0));
}

#[test]
fn a_table_that_is_cut_short_or_overwritten_is_none() {
    let size = UpCase::SIZE as u64;
    let cluster_count = size / CLUSTER as u64;
    let mut volume = Volume::new(Geometry::new(512, CLUSTER, 1024), 400, &[(64, Some(8))]);
    let record = Record::file(10).sequence(10).name(ROOT, "$UpCase");
    volume.put(&record, &[Stored::new(DATA, &[(cluster_count, Some(100))], size)]);
    assert_eq!(ask_bytes(&volume.bytes, differences), None, "zeros");
    volume.put_clusters(100, &UpCase::unicode().bytes());
    assert_eq!(ask_bytes(&volume.bytes, differences), Some(0));
    volume.bytes.truncate(150 * CLUSTER);
    assert_eq!(ask_bytes(&volume.bytes, differences), None, "cut short");
}

#[test]
fn an_extracted_mft_has_no_table() {
    assert_eq!(ask_bytes(&Mft::new().bytes(), differences), None);
}

/// Expected: how many units differ where a search for the table in the bytes of the images finds it.
#[test]
fn tables_of_real_volumes_are_read() {
    let Some(corpus) = Corpus::find() else { return };
    let volumes = [
        ("dfvfs-vss.raw", Some(0)),
        ("charlie.dd", Some(0)),
        ("grr-mbr.dd", Some(109)),
        ("util-linux.img", Some(109)),
        ("dftt7-undelete.dd", Some(339)),
        ("xways.mft", None),
    ];
    for (name, expected) in volumes {
        assert_eq!(ask(&corpus.image(name), differences), expected, "{name}");
    }
}
