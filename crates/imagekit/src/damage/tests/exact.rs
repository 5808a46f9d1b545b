//! Damages of one number: where it is, and what it is then.

use super::image::{A, B, Bytes, FIRST_EXTENSION, GONE, JUNCTION, LARGE, LINKED, OTHER, SMALL, subject};
use crate::damage::KINDS;

/// Where a number is.
#[derive(Clone, Copy)]
enum At {
    /// In a record, its protected words in their places.
    Record(u64, usize),
    /// In a record as it lies in the image.
    Raw(u64, usize),
    /// In the mirror of a record.
    Mirror(u64, usize),
    /// In a block of the index of a record.
    Block(u64, usize, usize),
    /// In the image.
    Image(usize),
}

impl At {
    fn find(self, bytes: &Bytes) -> (Bytes, usize) {
        let raw = |offset: usize| (Bytes(bytes.0[offset..offset + 64].to_vec()), 0);
        match self {
            At::Record(record, offset) => (bytes.record(record), offset),
            At::Raw(record, offset) => raw(bytes.record_at(record) + offset),
            At::Mirror(record, offset) => (bytes.unprotected(bytes.mirror_at(record), 1024), offset),
            At::Block(record, block, offset) => (bytes.unprotected(bytes.index_block_at(record, block), 4096), offset),
            At::Image(offset) => raw(offset),
        }
    }

    fn number(self, bytes: &Bytes, width: usize) -> u64 {
        let (block, offset) = self.find(bytes);
        block.number(offset, width)
    }
}

/// One damage that changes one number, from one value to another.
struct Row(&'static str, String, At, usize, u64, u64);

fn row(kind: &'static str, keys: impl Into<String>, at: At, width: usize, before: u64, after: u64) -> Row {
    Row(kind, keys.into(), at, width, before, after)
}

/// The header: reference A.3. `a.txt` has used 0x128 bytes: 0x38 of header, 0x60 of $STANDARD_INFORMATION, 0x68 of
/// $FILE_NAME, 0x20 of $DATA, 8 of the end marker.
fn headers() -> Vec<Row> {
    let keys = |value: &str| format!("record={A} value={value}");
    vec![
        row("torn-sector", format!("record={A} sector=1"), At::Raw(A, 1022), 2, 1, 0xDEAD),
        row("torn-sector", format!("record={A} sector=0 value=7"), At::Raw(A, 510), 2, 1, 7),
        row("bad-signature", format!("record={A}"), At::Raw(A, 0), 4, 0x454C_4946, 0x4441_4142),
        row("bad-signature", format!("record={A} bytes=#00000000"), At::Raw(A, 0), 4, 0x454C_4946, 0),
        row("lying-update-sequence-offset", keys("0x3FE"), At::Raw(A, 4), 2, 0x30, 0x3FE),
        row("lying-update-sequence-count", keys("2"), At::Raw(A, 6), 2, 3, 2),
        row("wrong-sequence", keys("9"), At::Record(A, 0x10), 2, 5, 9),
        row("wrong-link-count", keys("0"), At::Record(A, 0x12), 2, 1, 0),
        row("lying-first-attribute", keys("0x400"), At::Record(A, 0x14), 2, 0x38, 0x400),
        row("wrong-record-flags", keys("0x2001"), At::Record(A, 0x16), 2, 1, 0x2001),
        row("lying-used-size", keys("0x10000"), At::Record(A, 0x18), 4, 0x128, 0x10000),
        row("lying-allocated-size", keys("0"), At::Record(A, 0x1C), 4, 0x400, 0),
        row("wrong-base-reference", keys("0x100000000001B"), At::Record(A, 0x20), 8, 0, 0x1_0000_0000_001B),
        row("wrong-next-attribute-id", keys("0"), At::Record(A, 0x28), 2, 3, 0),
        row("wrong-record-number", keys("29"), At::Record(A, 0x2C), 4, 28, 29),
        row("missing-end-marker", format!("record={A}"), At::Record(A, 0x120), 4, 0xFFFF_FFFF, 0),
        row("directory-flag-without-index", format!("record={A}"), At::Record(A, 0x16), 2, 1, 3),
        row("index-without-directory-flag", format!("record={SMALL}"), At::Record(SMALL, 0x16), 2, 3, 1),
        row("wrong-sequence", format!("record={GONE} value=3"), At::Record(GONE, 0x10), 2, 4, 3),
    ]
}

/// Attribute headers: reference A.5. Of `a.txt`, $DATA at 0x100 is resident; of `b.txt`, it has 3 clusters at 0x140.
fn attributes() -> Vec<Row> {
    let a = |value: &str| format!("record={A} attribute=0x80 value={value}");
    let b = |value: &str| format!("record={B} attribute=0x80 value={value}");
    let index = |value: &str| format!("record={SMALL} attribute=0x90 name='$I30' value={value}");
    vec![
        row("unknown-attribute-type", a("0x42"), At::Record(A, 0x100), 4, 0x80, 0x42),
        row("lying-attribute-length", a("0"), At::Record(A, 0x104), 4, 0x20, 0),
        row("wrong-attribute-form", a("1"), At::Record(A, 0x108), 1, 0, 1),
        row("lying-name-length", index("255"), At::Record(SMALL, 0x109), 1, 4, 255),
        row("lying-name-offset", index("0x300"), At::Record(SMALL, 0x10A), 2, 0x18, 0x300),
        row("wrong-attribute-id", a("7"), At::Record(A, 0x10E), 2, 2, 7),
        row("lying-value-length", a("0xFFFFFFFF"), At::Record(A, 0x110), 4, 5, 0xFFFF_FFFF),
        row("lying-value-offset", a("0xFFF8"), At::Record(A, 0x114), 2, 0x18, 0xFFF8),
        row("wrong-lowest-vcn", b("1"), At::Record(B, 0x110), 8, 0, 1),
        row("wrong-highest-vcn", b("0x7FFFFFFFFFFFFFFF"), At::Record(B, 0x118), 8, 2, i64::MAX as u64),
        row("lying-mapping-pairs-offset", b("0xFFFF"), At::Record(B, 0x120), 2, 0x40, 0xFFFF),
        row("lying-value-allocated", b("4096"), At::Record(B, 0x128), 8, 12_288, 4096),
        row("lying-data-size", b("0x1000000000000"), At::Record(B, 0x130), 8, 10_000, 1 << 48),
        row("lying-initialized-size", b("10001"), At::Record(B, 0x138), 8, 10_000, 10_001),
    ]
}

/// Values: reference A.6, A.8, A.9, B.4. The value of the name of five units is at 0xB0. `point` has $INDEX_ROOT of
/// 0x50 bytes at 0x100, and $REPARSE_POINT behind it, its value at 0x168.
fn values() -> Vec<Row> {
    let name = |value: &str| format!("record={A} value={value}");
    let point = |value: &str| format!("record={JUNCTION} value={value}");
    let small = 1 << 48 | SMALL;
    let a = 5 << 48 | A;
    vec![
        row("wrong-parent", name("0x5000000000005"), At::Record(A, 0xB0), 8, small, 5 << 48 | 5),
        row("self-parent", format!("record={A}"), At::Record(A, 0xB0), 8, small, a),
        row("stale-parent-sequence", format!("record={A}"), At::Record(A, 0xB0), 8, small, 2 << 48 | SMALL),
        row("parent-is-file", format!("record={B} other={A}"), At::Record(B, 0xB0), 8, small, a),
        row("wrong-name-attributes", name("0x420"), At::Record(A, 0xE8), 4, 0x20, 0x420),
        row("wrong-name-tag", name("0xA000000C"), At::Record(A, 0xEC), 4, 0, 0xA000_000C),
        row("lying-file-name-length", name("255"), At::Record(A, 0xF0), 1, 5, 255),
        row("wrong-namespace", name("4"), At::Record(A, 0xF1), 1, 0, 4),
        row("reparse-flag-without-attribute", format!("record={A}"), At::Record(A, 0x70), 4, 0x20, 0x420),
        row("reparse-attribute-without-flag", format!("record={JUNCTION}"), At::Record(JUNCTION, 0x70), 4, 0x400, 0),
        row("wrong-reparse-tag", point("0xA000000C"), At::Record(JUNCTION, 0x168), 4, 0xA000_0003, 0xA000_000C),
        row("lying-reparse-length", point("0x4000"), At::Record(JUNCTION, 0x16C), 2, 0x28, 0x4000),
        row("lying-substitute-offset", point("0xFFFE"), At::Record(JUNCTION, 0x170), 2, 0, 0xFFFE),
        row("lying-substitute-length", point("0x13"), At::Record(JUNCTION, 0x172), 2, 0x14, 0x13),
        row("lying-print-offset", point("0x100"), At::Record(JUNCTION, 0x174), 2, 0x16, 0x100),
        row("lying-print-length", point("0x200"), At::Record(JUNCTION, 0x176), 2, 8, 0x200),
    ]
}

/// Attribute lists: reference A.7. That of `link00` lies in clusters; its first entry that leads elsewhere has to be
/// looked for, by its holder.
fn lists(before: &Bytes) -> Vec<Row> {
    let record = before.record(LINKED);
    let start = record.first_cluster(record.attribute(0x20)) * 4096;
    let entry = (start..).step_by(0x20).find(|entry| before.number(entry + 0x10, 6) != LINKED).unwrap();
    let holder = 1 << 48 | FIRST_EXTENSION;
    assert_eq!(before.number(entry + 0x10, 8), holder);
    let keys = |value: &str| format!("record={LINKED} value={value}");
    let id = before.number(entry + 0x18, 2);
    vec![
        row("wrong-list-type", keys("0x20"), At::Image(entry), 4, 0x30, 0x20),
        row("lying-list-entry-length", keys("0"), At::Image(entry + 4), 2, 0x20, 0),
        row("lying-list-entry-length", keys("0") + " entry=0", At::Image(start + 4), 2, 0x20, 0),
        row("wrong-list-lowest-vcn", keys("5"), At::Image(entry + 8), 8, 0, 5),
        row("wrong-list-holder", keys("0x1000000000000"), At::Image(entry + 0x10), 8, holder, 1 << 48),
        row("wrong-list-holder-sequence", keys("2"), At::Image(entry + 0x16), 2, 1, 2),
        row("wrong-list-attribute-id", keys("99"), At::Image(entry + 0x18), 2, id, 99),
        row("attribute-list-loop", format!("record={LINKED}"), At::Image(entry + 0x10), 8, holder, 1 << 48 | LINKED),
        row("attribute-list-loop", format!("record={LINKED} to={A}"), At::Image(entry + 0x10), 8, holder, 5 << 48 | A),
    ]
}

/// Indexes: reference A.10. The root of `small` has its first entry at 0x140, of `a.txt`; each has 0x60 bytes. The
/// third, of `other`, begins at 0x200. Block 0 of `large` begins with `f000`, at 0x40.
fn indexes() -> Vec<Row> {
    let a = |value: &str| format!("directory={SMALL} name='a.txt' value={value}");
    let f = |value: &str| format!("directory={LARGE} name='f000' value={value}");
    let block = |value: &str| format!("record={LARGE} block=1 value={value}");
    let reference = 5 << 48 | A;
    let at = |offset: usize| At::Record(SMALL, 0x140 + offset);
    vec![
        row("wrong-index-reference", a("0"), at(0), 8, reference, 0),
        row("wrong-index-sequence", a("4"), at(6), 2, 5, 4),
        row("lying-index-entry-length", a("0"), at(8), 2, 0x60, 0),
        row("lying-index-key-length", a("0xFFFF"), at(0xA), 2, 0x4C, 0xFFFF),
        row("wrong-index-entry-flags", a("3"), at(0xC), 2, 0, 3),
        row("wrong-index-parent", a("0x5000000000005"), at(0x10), 8, 1 << 48 | SMALL, 5 << 48 | 5),
        row("wrong-index-size", a("6"), at(0x40), 8, 5, 6),
        row("wrong-index-attributes", a("0x420"), at(0x48), 4, 0x20, 0x420),
        row("wrong-index-tag", a("0xA000000C"), at(0x4C), 4, 0, 0xA000_000C),
        row("lying-index-name-length", a("200"), at(0x50), 1, 5, 200),
        row("wrong-index-sequence", f("2"), At::Block(LARGE, 0, 0x40 + 6), 2, 1, 2),
        row(
            "wrong-index-name-case",
            format!("directory={SMALL} name='other'"),
            At::Record(SMALL, 0x252),
            8,
            0x65_0068_0074_006F,
            0x45_0048_0054_004F,
        ),
        row("wrong-index-block-vcn", block("7"), At::Block(LARGE, 1, 0x10), 8, 1, 7),
        row("lying-index-first-entry", block("0x1000"), At::Block(LARGE, 1, 0x18), 4, 0x28, 0x1000),
        row("lying-index-allocated-size", block("0x10000"), At::Block(LARGE, 1, 0x20), 4, 0xFE8, 0x10000),
    ]
}

/// The volume: reference A.1, A.9. $VOLUME_INFORMATION is looked for by its type.
fn volumes(before: &Bytes) -> Vec<Row> {
    let end = before.0.len() - 512;
    let volume = before.record(3);
    let flags = volume.attribute(0x70) + 0x18 + 0x0A;
    let (mft, mirror) = (before.number(0x30, 8), before.number(0x38, 8));
    let sectors = before.0.len() as u64 / 512 - 1;
    let boot = |field: &str, value: &str| format!("field={field} value={value}");
    vec![
        row("stale-mirror", "record=1", At::Mirror(1, 8), 8, 0, 1),
        row("wrong-sequence", "record=1 value=9 copy=mirror", At::Mirror(1, 0x10), 2, 1, 9),
        row("wrong-sequence", "record=1 value=9", At::Record(1, 0x10), 2, 1, 9),
        row("volume-flags", "", At::Record(3, flags), 2, 0, 1),
        row("volume-flags", "value=0x4000", At::Record(3, flags), 2, 0, 0x4000),
        row("wrong-boot-field", boot("oem-id", "0"), At::Image(3), 8, u64::from_le_bytes(*b"NTFS    "), 0),
        row("wrong-boot-field", boot("bytes-per-sector", "0"), At::Image(0x0B), 2, 512, 0),
        row("wrong-boot-field", boot("sectors-per-cluster", "0"), At::Image(0x0D), 1, 8, 0),
        row("wrong-boot-field", boot("total-sectors", "1"), At::Image(0x28), 8, sectors, 1),
        row("wrong-boot-field", boot("mft-cluster", "0"), At::Image(0x30), 8, mft, 0),
        row("wrong-boot-field", boot("mirror-cluster", "0"), At::Image(0x38), 8, mirror, 0),
        row("wrong-boot-field", boot("record-size", "0"), At::Image(0x40), 1, 0xF6, 0),
        row("wrong-boot-field", boot("index-block-size", "0"), At::Image(0x44), 1, 1, 0),
        row("wrong-boot-field", boot("serial", "2"), At::Image(0x48), 8, 1, 2),
        row("wrong-boot-field", boot("signature", "0"), At::Image(0x1FE), 2, 0xAA55, 0),
        row("wrong-boot-field", boot("serial", "2") + " boot-sector=backup", At::Image(end + 0x48), 8, 1, 2),
        row("zeroed-boot-sector", "", At::Image(3), 8, u64::from_le_bytes(*b"NTFS    "), 0),
        row("zeroed-boot-sector", "boot-sector=backup", At::Image(end + 3), 8, u64::from_le_bytes(*b"NTFS    "), 0),
        row("bytes", "offset=0x54 bytes=#CAFE", At::Image(0x54), 2, 0, 0xFECA),
        row("bytes", format!("record={A} offset=0x1FE bytes=#CAFE"), At::Record(A, 0x1FE), 2, 0, 0xFECA),
        row("zeroed-record", format!("record={A}"), At::Raw(A, 0), 8, 0x0003_0030_454C_4946, 0),
        row("zeroed-record", "record=0 copy=mirror", At::Image(before.mirror_at(0)), 4, 0x454C_4946, 0),
    ]
}

#[test]
fn one_number_changes_where_the_format_has_it() {
    let subject = subject();
    let before = &subject.before;
    let tables = [headers(), attributes(), values(), lists(before), indexes(), volumes(before)];
    for Row(kind, keys, at, width, old, new) in tables.into_iter().flatten() {
        assert_eq!(at.number(before, width), old, "{kind} {keys}: before");
        let (broken, after) = subject.damage(kind, &keys);
        assert_eq!(at.number(&after, width), new, "{kind} {keys}: after");
        let changed: u64 = broken[0].changes.iter().map(|change| change.length).sum();
        let is_large = matches!(kind, "zeroed-record" | "zeroed-boot-sector" | "missing-end-marker");
        assert!(is_large || changed <= 10, "{kind} {keys}: {broken:?}");
        subject.restore();
    }
}

#[test]
fn both_copies_of_a_record_change_alike() {
    let subject = subject();
    let (broken, after) = subject.damage("wrong-link-count", "record=0 value=7 copy=both");
    assert_eq!(broken[0].changes.len(), 2);
    assert_eq!(after.0[after.record_at(0)..][..1024], after.0[after.mirror_at(0)..][..1024]);
    let (record, mirror) = (after.record_at(0) + 0x12, after.mirror_at(0) + 0x12);
    let (first, second) = (record.min(mirror), record.max(mirror));
    let line = "wrong-link-count: record 0 and its mirror: link count is 0x7, was 0x1";
    assert_eq!(broken[0].to_string(), format!("{line} ({first:#x}+1, {second:#x}+1)"));
}

#[test]
fn a_word_at_the_end_of_a_sector_is_protected_again() {
    let subject = subject();
    let (broken, after) = subject.damage("bytes", &format!("record={A} offset=0x1FD bytes=#112233"));
    let record = after.record_at(A);
    // The array is at 0x30: the number, then the words of the two sectors.
    assert_eq!(after.0[record + 0x30..record + 0x36], [1, 0, 0x22, 0x33, 0, 0]);
    assert_eq!(after.0[record + 0x1FD..record + 0x200], [0x11, 1, 0]);
    let offsets: Vec<_> = broken[0].changes.iter().map(|change| change.offset - record as u64).collect();
    assert_eq!(offsets, [0x32, 0x1FD]);
}

/// How many records there are, by the size of the MFT: $DATA of record 0.
fn records(bytes: &Bytes) -> u64 {
    let mft = bytes.record(0);
    mft.number(mft.attribute(0x80) + 0x30, 8) / 1024
}

#[test]
fn a_missing_parent_is_the_first_record_behind_the_mft() {
    let subject = subject();
    let (_, after) = subject.damage("missing-parent", &format!("record={A}"));
    assert_eq!(after.record(A).number(0xB0, 8), 1 << 48 | records(&after));
}

#[test]
fn directories_in_each_other_have_each_other_for_parents() {
    let subject = subject();
    let (broken, after) = subject.damage("parent-loop", &format!("record={SMALL} other={LARGE}"));
    assert_eq!(after.record(SMALL).number(0xB0, 8), 1 << 48 | LARGE);
    assert_eq!(after.record(LARGE).number(0xB0, 8), 1 << 48 | SMALL);
    assert_eq!(broken.iter().map(|broken| broken.record).collect::<Vec<_>>(), [Some(SMALL), Some(LARGE)]);
    assert!(subject.try_damage("parent-loop", &format!("record={A} other={OTHER}")).is_err());
}

#[test]
fn a_cut_off_image_ends_where_it_is_cut() {
    let subject = subject();
    let (broken, after) = subject.damage("cut-off", "percent=50");
    assert_eq!(after.0.len(), subject.before.0.len() / 2);
    assert_eq!(broken[0].changes[0].offset, after.0.len() as u64);
    let (_, after) = subject.damage("cut-off", "at=1000");
    assert_eq!(after.0.len(), 1000);
    let error = subject.try_damage("wrong-sequence", &format!("record={A} value=1")).unwrap_err().to_string();
    assert!(error.ends_with("of the image, which has 1000"), "{error}");
}

#[test]
fn what_cannot_be_damaged_so_is_refused_and_stays_as_it_is() {
    let subject = subject();
    let check = |kind: &str, keys: &str, expected: &str| {
        assert_eq!(subject.try_damage(kind, keys).unwrap_err().to_string(), expected, "{kind} {keys}");
    };
    check("wrong-sequence", "record=28 value=5", "nothing changes: record 28: sequence number is 0x5, was 0x5");
    let outside = format!("record 999999: expected one of the first {} of the $MFT", records(&subject.before));
    check("wrong-sequence", "record=999999 value=5", &outside);
    check("stale-mirror", "record=4", "record 4: expected one of the first 4 of the $MFTMirr");
    check("torn-sector", "record=28 sector=2", "record 28: expected sector 2, counted from 0, found none");
    check("lying-reparse-length", "record=28 value=5", "record 28: expected $REPARSE_POINT, found none");
    check("wrong-lowest-vcn", "record=28 attribute=0x80 value=1", "record 28: expected $DATA in clusters, found none");
    check("directory-flag-without-index", "record=27", "record 27: expected a file without $I30, found none");
    check("parent-is-file", "record=28 other=27", "record 27: expected a file that is no directory, found none");
    check(
        "missing-index-entry",
        "directory=27 name='c.txt'",
        "record 27: expected an index entry \"c.txt\", found none",
    );
    subject.damage("torn-sector", "record=28 sector=1");
    let torn =
        "record 28: expected a sound update sequence; damages apply in order, and an earlier one may be in the way";
    check("wrong-sequence", "record=28 value=9", torn);
    // What needs nothing but the record's place goes on top.
    subject.damage("torn-sector", "record=28 sector=0");
    subject.damage("bad-signature", "record=28 bytes=#00000000");
}

/// Whatever is broken already, a damage is applied or refused: nothing here panics, and nothing runs away.
#[test]
fn damages_in_any_order_are_applied_or_refused() {
    let subject = subject();
    let before = &subject.before;
    let tables = [headers(), attributes(), values(), lists(before), indexes(), volumes(before)];
    let mut damages: Vec<(&str, String)> = tables.into_iter().flatten().map(|row| (row.0, row.1)).collect();
    for record in [SMALL, LARGE] {
        damages.push(("index-loop", format!("record={record}")));
        damages.push(("extra-index-entry", format!("directory={record} name='g' reference=0x100000000001C")));
    }
    damages.extend(["a.txt", "b.txt"].map(|name| ("missing-index-entry", format!("directory={SMALL} name='{name}'"))));
    damages.extend([("overlapping-run", format!("record={B} attribute=0x80 other={LARGE}"))]);
    // xorshift, so that every run is the same.
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    let mut applied = 0;
    for round in 0..6000 {
        let (mut kind, mut keys) = damages[below(damages.len())].clone();
        if round % 4 == 0 {
            let record = [A, B, SMALL, JUNCTION, LINKED, LARGE][below(6)];
            (kind, keys) = ("bytes", format!("record={record} offset={} bytes=#{:04x}", below(0x200), below(0x10000)));
        }
        applied += usize::from(subject.try_damage(kind, &keys).is_ok());
        if round % 12 == 11 {
            subject.restore();
        }
    }
    assert!(applied > 3000, "{applied} of 6000");
}

/// Damages of more than one number are in `structures`, or have a test of their own above.
#[test]
fn every_kind_has_a_test() {
    let here = [include_str!("exact.rs"), include_str!("structures.rs")].concat();
    for kind in KINDS {
        assert!(here.contains(&format!("\"{}\"", kind.name)), "{}", kind.name);
        let same = KINDS.iter().filter(|other| other.name == kind.name);
        assert_eq!(same.count(), 1, "{}", kind.name);
    }
}
