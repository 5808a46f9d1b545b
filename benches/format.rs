//! Decoding one record of each kind: nanoseconds and bytes a second, without any I/O.
#![allow(missing_docs, reason = "criterion's macros make items without docs")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "no image decides here"
)]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use format::{FileName, FileRecord, Form, ReparsePoint, SlotState, slot_state};

/// Slots of a real volume, as they lie in the image.
fn slots() -> Vec<Vec<u8>> {
    let images = support::images();
    let volume = support::first_volume(support::open(&images[0].1));
    let mut slot = Vec::new();
    let read = |record| {
        volume.read_slot(record, &mut slot);
        slot.clone()
    };
    (64..1088).map(read).filter(|slot| slot_state(slot) == SlotState::InUse).collect()
}

fn decode_records(criterion: &mut Criterion) {
    let slots = slots();
    let bytes: usize = slots.iter().map(Vec::len).sum();
    let mut group = criterion.benchmark_group("format");
    group.throughput(Throughput::Bytes(bytes as u64));
    let mut room = slots[0].clone();
    let mut issues = Vec::new();
    group.bench_function(format!("copy {} records", slots.len()), |bencher| {
        bencher.iter(|| slots.iter().for_each(|slot| room.copy_from_slice(slot)));
    });
    group.bench_function(format!("copy {} records, undo update sequences, walk attributes", slots.len()), |bencher| {
        bencher.iter(|| {
            let mut attributes = 0;
            for slot in &slots {
                room.copy_from_slice(slot);
                let record = FileRecord::decode(&mut room, &mut issues).expect("a record");
                attributes += record.attributes().filter(Result::is_ok).count();
            }
            attributes
        });
    });
    group.bench_function(format!("and decode names and reparse points of {} records", slots.len()), |bencher| {
        let mut text = Vec::new();
        bencher.iter(|| {
            text.clear();
            for slot in &slots {
                room.copy_from_slice(slot);
                let record = FileRecord::decode(&mut room, &mut issues).expect("a record");
                for attribute in record.attributes().flatten() {
                    let Form::Resident { value, .. } = attribute.form else { continue };
                    match attribute.type_code.0 {
                        0x30 => {
                            let name = FileName::decode(value, &mut issues).expect("a name");
                            name.name.append_wtf8(&mut text);
                        }
                        0xC0 => drop(ReparsePoint::decode(value, &mut issues)),
                        _ => {}
                    }
                }
            }
            text.len()
        });
    });
    group.finish();
}

criterion_group!(benches, decode_records);
criterion_main!(benches);
