//! Damage that other readers are known to stumble over.

use image::{Access, Image};
use links::compare_with_second_reader;

use crate::copies::Copy;
use crate::mft_builder::{ROOT, Record};
use crate::pipeline::Reading;
use crate::support::corpus::Corpus;
use crate::volume_builder::{Geometry, Volume};

const RECORD: usize = 1024;

/// A volume with files in records 39 to 41, of which 40 ends in an attribute of 16 bytes in its last 16 bytes: the length
/// is enough for the part of a header that all attributes have, and for no form of it. `ntfs` 0.4.0 reads the rest of the
/// header past the end of the record, and panics.
fn with_tiny_attribute(form: u8) -> Volume {
    let mut volume = Volume::new(Geometry::new(512, 1024, 1024), 200, &[(64, Some(8))]);
    for number in 39..42 {
        volume.put(&Record::file(number).name(ROOT, &format!("f{number}")), &[]);
    }
    let start = (8 + 40) * RECORD;
    let record = &mut volume.bytes[start..start + RECORD];
    let end = (0x38..RECORD).step_by(8).find(|at| record[*at..].starts_with(&[0xFF; 4])).expect("the end marker");
    // An unnamed attribute that nobody looks at, up to the last 16 bytes.
    let filler = RECORD - 16 - end;
    let header = [&0x100_u32.to_le_bytes()[..], &(filler as u32).to_le_bytes(), &[0, 0, 0x18, 0], &[0; 4]].concat();
    record[end..end + 16].copy_from_slice(&header);
    record[end + 0x10..end + 0x18].copy_from_slice(&[0, 0, 0, 0, 0x18, 0, 0, 0]);
    // The last two bytes are the update sequence's: the attribute ends in zeros, which it keeps.
    record[RECORD - 16..RECORD - 2].copy_from_slice(&[0x30, 0, 0, 0, 16, 0, 0, 0, form, 0, 0, 0, 0, 0]);
    record[0x18..0x1C].copy_from_slice(&(RECORD as u32).to_le_bytes());
    volume
}

#[test]
fn an_attribute_of_16_bytes_at_the_end_of_its_record() {
    for form in [0, 1] {
        let copy = Copy::of(&with_tiny_attribute(form).bytes);
        let image = Image::open_for(&copy.path, Access::Positioned).expect("an image");
        let reading = Reading::of(&image).expect("a volume");
        let problems: Vec<_> =
            reading.problems().map(|problem| (problem.cause.code(), problem.record, problem.offset)).collect();
        let offset = image::ImageOffset(((8 + 40) * RECORD + RECORD - 16) as u64);
        assert!(problems.contains(&("attribute-header-too-short", Some(40), Some(offset))), "{problems:?}");
        let graph = String::from_utf8(reading.graph()).expect("UTF-8");
        for name in ["f39", "f40", "f41"] {
            assert!(graph.contains(&format!("\"name\":\"{name}\"")), "{name} is lost");
        }
        // The second reader's panic is its failure, not ours.
        let volume = &reading.document.volumes[0];
        let comparison = compare_with_second_reader(&volume.volume, &volume.graph.files);
        assert_eq!(comparison.failures, 1, "{:?}", comparison.problems);
    }
}

/// Images whose damage is in what is not read: here, a bit of `$MFT:$BITMAP`.
const SOUND_TO_US: &[&str] = &["damaged-mft_bitmap_unset_mft_in_use.img"];

#[test]
fn damaged_images_of_the_corpus_are_data() {
    let Some(corpus) = Corpus::find() else { return };
    let damaged = corpus.names().into_iter().filter(|name| name.starts_with("damaged-"));
    let mut silent = Vec::new();
    for name in damaged {
        let image = Image::open(&corpus.image(&name)).expect("an image");
        match Reading::of(&image) {
            Ok(reading) => {
                reading.write_everything(&mut std::io::sink()).expect("nothing to write to");
                if reading.problems().next().is_none() && reading.findings().is_empty() {
                    silent.push(name);
                }
            }
            Err(error) => assert_eq!(error.lines().count(), 1, "{name}: {error}"),
        }
    }
    assert_eq!(silent, SOUND_TO_US);
}
