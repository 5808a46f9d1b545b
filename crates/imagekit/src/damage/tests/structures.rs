//! Damages that move things: runs, indexes, bitmaps.

use format::FileReference;

use super::image::{
    A, B, FIRST_OF_LARGE, GONE, JUNCTION, LARGE, OBJECT, OTHER, SMALL, Subject, subject, subject_of, volume,
};
use crate::damage::{Damage, DamageError, Fault, RecordCopy, apply};

/// The mapping pairs of $DATA of `b.txt`, at 0x140 of its record: reference A.5 "Data runs".
fn pairs_of_b(kind: &str, keys: &str) -> Vec<u8> {
    let subject = subject();
    let (_, after) = subject.damage(kind, &format!("record={B} attribute=0x80 {keys}"));
    after.record(B).0[0x140..0x158].to_vec()
}

#[test]
fn data_runs_lead_where_they_cannot() {
    let subject = subject();
    let before = &subject.before;
    let record = before.record(B);
    let first = record.first_cluster(0x100);
    // One run: header 0x21 or 0x11, three clusters.
    assert_eq!(record.0[0x141], 3);
    let check = |kind: &str, keys: &str, length: usize, lcn: usize| {
        let pairs = pairs_of_b(kind, keys);
        let (length_size, lcn_size) = (usize::from(pairs[0] & 15), usize::from(pairs[0] >> 4));
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
        assert_eq!(number(&pairs[1..][..length_size]), length, "{kind}");
        assert_eq!(number(&pairs[1 + length_size..][..lcn_size]), lcn, "{kind}");
        assert_eq!(pairs[1 + length_size + lcn_size], 0, "{kind}");
    };
    // The volume ends before its last cluster, which has the backup boot sector at its end.
    check("run-past-volume", "", 3, before.0.len() / 4096 - 1);
    check("run-without-length", "", 0, first);
    check("huge-run", "", 1 << 60, first);
    check("run-at-boot-sector", "", 3, 0);
    let large = before.record(LARGE);
    check("overlapping-run", &format!("other={LARGE}"), 3, large.first_cluster(large.attribute(0xA0)));
    assert!(subject.try_damage("huge-run", &format!("record={B} attribute=0x80 run=1")).is_err());
    assert!(subject.try_damage("huge-run", &format!("record={A} attribute=0x80")).is_err());
}

/// The names of a directory's index, without their references.
fn names(subject: &Subject, after: &super::image::Bytes, record: u64) -> (Vec<String>, Vec<String>) {
    let names = |bytes: &super::image::Bytes| bytes.names(record).into_iter().map(|(name, _)| name).collect();
    (names(&subject.before), names(after))
}

#[test]
fn every_entry_of_a_large_index_can_go_missing() {
    let subject = subject();
    for number in 0..300 {
        let name = format!("f{number:03}");
        let (broken, after) = subject.damage("missing-index-entry", &format!("directory={LARGE} name='{name}'"));
        let (mut expected, found) = names(&subject, &after, LARGE);
        expected.retain(|other| *other != name);
        assert_eq!(found, expected);
        let record = FIRST_OF_LARGE + number;
        assert_eq!(broken[0].what, format!("record 34: the index has no entry {name:?}, a name of {record}-1"));
        subject.restore();
    }
}

#[test]
fn an_entry_goes_missing_in_a_root() {
    let subject = subject();
    let (_, after) = subject.damage("missing-index-entry", &format!("directory={SMALL} name='b.txt'"));
    assert_eq!(after.names(SMALL), [("a.txt".to_owned(), 5 << 48 | A), ("other".to_owned(), 1 << 48 | OTHER)]);
    let record = after.record(SMALL);
    // Two entries of 0x60 bytes and the end entry of 0x10 behind 0x20 bytes of headers; the end marker moved up.
    assert_eq!(record.size(0x110, 4), 0x20 + 2 * 0x60 + 0x10);
    assert_eq!(record.size(0x18, 4), 0x120 + 0x20 + 2 * 0x60 + 0x10 + 8);
    assert!(record.0[record.size(0x18, 4)..].iter().all(|byte| *byte == 0));
    // All of them, one after the other.
    subject.damage("missing-index-entry", &format!("directory={SMALL} name='a.txt'"));
    let (_, after) = subject.damage("missing-index-entry", &format!("directory={SMALL} name='other'"));
    assert!(after.names(SMALL).is_empty());
}

#[test]
fn an_extra_entry_is_in_its_place() {
    let subject = subject();
    let reference = 3 << 48 | GONE;
    let keys = format!("directory={SMALL} name='gone.txt' reference={reference}");
    let (_, after) = subject.damage("extra-index-entry", &keys);
    let found = after.names(SMALL);
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a.txt", "b.txt", "gone.txt", "other"]);
    assert_eq!(found[2].1, reference);
    // Upper case sorts among lower case; the key says which directory it is in.
    let keys = format!("directory={LARGE} name='F299B' reference=0x100000000001C");
    let (_, after) = subject.damage("extra-index-entry", &keys);
    assert_eq!(after.names(LARGE)[300], ("F299B".to_owned(), 1 << 48 | A));
    assert_eq!(after.index(LARGE)[300].1[..8], (1 << 48 | LARGE).to_le_bytes());
}

#[test]
fn an_extra_entry_needs_room_in_its_node() {
    let subject = subject();
    let damage = Damage {
        volume: 0,
        copy: RecordCopy::Mft,
        fault: Fault::ExtraIndexEntry {
            directory: SMALL,
            name: [u16::from(b'x'); 255].to_vec(),
            reference: FileReference::new(A, 5),
        },
    };
    let error = apply(&subject.file, &subject.built, &damage).unwrap_err();
    // 0x10 + 0x42 + 510 bytes, in a record of 1,024 that has three entries.
    assert!(matches!(error, DamageError::NoRoom { needed: 592, .. }), "{error}");
}

#[test]
fn neighbours_change_places() {
    let subject = subject();
    let (_, after) = subject.damage("wrong-index-order", &format!("directory={SMALL} name='a.txt'"));
    let (_, found) = names(&subject, &after, SMALL);
    assert_eq!(found, ["b.txt", "a.txt", "other"]);
    subject.damage("wrong-index-order", &format!("directory={SMALL} name='other'"));
    let (_, after) = subject.damage("wrong-index-order", &format!("directory={LARGE} name='f010'"));
    let (mut expected, found) = names(&subject, &after, LARGE);
    expected.swap(10, 11);
    assert_eq!(found, expected);
}

#[test]
fn an_index_leads_back_to_where_it_came_from() {
    let subject = subject();
    let (broken, after) = subject.damage("index-loop", &format!("record={LARGE}"));
    // The root's end entry leads to a block, and that one's to the last leaf: 300 entries of 0x60 bytes are 8 leaves.
    let root = subject.before.record(LARGE);
    let value = root.attribute(0x90) + 0x20;
    let top = root.size(value + 0x10 + root.size(value + 0x14, 4) - 8, 8);
    let block = subject.before.unprotected(subject.before.index_block_at(LARGE, top), 4096);
    let last = block.size(0x18 + block.size(0x1C, 4) - 8, 8);
    assert_eq!((top, last), (8, 7));
    // The end entry of the leaf now has a child.
    let block = after.unprotected(after.index_block_at(LARGE, last), 4096);
    let used = 0x18 + block.size(0x1C, 4);
    assert_eq!((block.0[0x24], block.size(used - 24 + 8, 2), block.0[used - 24 + 12]), (1, 24, 3));
    assert_eq!(block.size(used - 8, 8), top);
    assert_eq!(
        broken[0].what,
        format!("record 34: the index block of VCN {last} leads to VCN {top}, from which it is reached")
    );
    assert!(subject.try_damage("index-loop", &format!("record={SMALL}")).is_err());
}

#[test]
fn index_blocks_are_torn_and_lie() {
    let subject = subject();
    let at = subject.before.index_block_at(LARGE, 2);
    let (_, after) = subject.damage("torn-index-block", &format!("record={LARGE} block=2 sector=7"));
    assert_eq!(after.0[at + 4094..at + 4096], [0xAD, 0xDE]);
    subject.restore();
    let (_, after) = subject.damage("lying-index-used-size", &format!("record={LARGE} block=2 value=0xFFFFFFFF"));
    assert_eq!(after.0[at + 0x1C..at + 0x20], [0xFF; 4]);
    let error = subject.try_damage("torn-index-block", &format!("record={LARGE} block=99 sector=0")).unwrap_err();
    assert_eq!(error.to_string(), "record 34: expected index block 99 of record 34, found none");
}

#[test]
fn bitmaps_say_the_opposite() {
    let subject = subject();
    let before = &subject.before;
    let mft = before.record(0);
    let records = mft.first_cluster(mft.attribute(0xB0)) * 4096;
    let (broken, after) = subject.damage("wrong-record-bitmap", &format!("record={A}"));
    // Record 28 is bit 4 of byte 3.
    assert_eq!((before.0[records + 3], after.0[records + 3]), (0xFF, 0xEF));
    assert_eq!(broken[0].what, "record 28: free in $BITMAP of record 0");
    let (_, after) = subject.damage("wrong-record-bitmap", &format!("record={GONE}"));
    assert_eq!((before.0[records + 41], after.0[records + 41]), (0x7F, 0xFF));
    let bitmap = before.record(6);
    let clusters = bitmap.first_cluster(bitmap.attribute(0x80)) * 4096;
    let (_, after) = subject.damage("wrong-cluster-bitmap", "cluster=9");
    assert_eq!((before.0[clusters + 1], after.0[clusters + 1]), (0xFF, 0xFD));
    let large = before.record(LARGE);
    let bits = large.attribute(0xB0) + 0x20;
    let (_, after) = subject.damage("wrong-index-bitmap", &format!("record={LARGE} block=0"));
    assert_eq!(after.record(LARGE).0[bits], large.0[bits] & 0xFE);
    assert!(subject.try_damage("wrong-cluster-bitmap", "cluster=1000000").is_err());
}

/// $R: reference A.14. A key is a tag and a reference.
fn reparse_keys(bytes: &super::image::Bytes) -> Vec<(u32, u64)> {
    let key = |key: Vec<u8>| {
        assert_eq!(key.len(), 12);
        (u32::from_le_bytes(key[..4].try_into().unwrap()), u64::from_le_bytes(key[4..].try_into().unwrap()))
    };
    bytes
        .index(26)
        .into_iter()
        .map(|(head, bytes)| {
            assert_eq!(head, 0x1C);
            key(bytes)
        })
        .collect()
}

#[test]
fn the_index_of_reparse_points_lies() {
    let subject = subject();
    let (point, a) = (1 << 48 | JUNCTION, 5 << 48 | A);
    assert_eq!(reparse_keys(&subject.before), [(0xA000_0003, point)]);
    let (_, after) = subject.damage("extra-reparse-entry", &format!("tag=0xA0000003 reference={a}"));
    // By tag, then by the low half of the reference.
    assert_eq!(reparse_keys(&after), [(0xA000_0003, a), (0xA000_0003, point)]);
    let (broken, after) = subject.damage("wrong-reparse-entry-tag", &format!("record={JUNCTION} tag=0x8000001B"));
    assert_eq!(reparse_keys(&after), [(0x8000_001B, point), (0xA000_0003, a)]);
    assert_eq!(broken[0].what, "$Reparse:$R: the entry of record 31 has tag 0x8000001b, was 0xa0000003");
    let (_, after) = subject.damage("missing-reparse-entry", &format!("record={JUNCTION}"));
    assert_eq!(reparse_keys(&after), [(0xA000_0003, a)]);
    assert!(subject.try_damage("missing-reparse-entry", &format!("record={B}")).is_err());
}

#[test]
fn the_index_of_object_ids_lies() {
    let subject = subject();
    // Data at 0x20, 0x38 bytes of it; the key is the id.
    assert_eq!(subject.before.index(25), [(0x0038_0020, vec![0xAB; 16])]);
    let (_, after) = subject.damage("missing-object-entry", &format!("record={OBJECT}"));
    assert!(after.index(25).is_empty());
}

#[test]
fn records_of_an_mft_in_pieces_are_found() {
    // 348 records in seven pieces: the MFT has an attribute list only with many more.
    let subject = subject_of(crate::description::Volume { mft_pieces: 7, ..volume() });
    let before = &subject.before;
    // By the record number at 0x2C, since the MFT is not in one piece.
    let record = (0..before.0.len())
        .step_by(1024)
        .find(|&offset| before.0[offset..].starts_with(b"FILE") && before.number(offset + 0x2C, 4) == GONE);
    let (_, after) = subject.damage("wrong-link-count", &format!("record={GONE} value=7"));
    assert_eq!(after.number(record.unwrap() + 0x12, 2), 7);
}

#[test]
fn the_same_damages_give_the_same_image() {
    let image = || {
        let subject = subject();
        subject.damage("parent-loop", &format!("record={SMALL} other={LARGE}"));
        subject.damage("missing-index-entry", &format!("directory={LARGE} name='f042'"));
        subject.damage("index-loop", &format!("record={LARGE}"));
        subject.damage("cut-off", "percent=99").1.0
    };
    assert!(image() == image());
}
