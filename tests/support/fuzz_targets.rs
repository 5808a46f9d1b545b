//! What is fuzzed: a function for each structure, from its bytes to everything that is read of them, and some for whole
//! images. `tests/fuzz` calls them with what a fuzzer makes up, `tests/fuzz_replay.rs` with what is committed.
//!
//! None may panic, and what is asserted here holds for any bytes.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a fuzzed target is to stop")]

#[path = "changed_volume.rs"]
pub mod changed_volume;
#[path = "memory_file.rs"]
pub mod memory_file;
#[path = "pipeline.rs"]
#[allow(dead_code, reason = "fuzzing needs the documents only")]
mod pipeline;

use std::fmt::{Debug, Display};
use std::hash::{DefaultHasher, Hasher as _};
use std::hint::black_box;
use std::sync::LazyLock;

use format::{
    Attribute, AttributeListEntries, AttributeType, BootSector, DataRuns, ExtendedAttributes, FileName, FileRecord,
    FileTime, ForeignLink, ForeignTarget, Form, Issue, LinuxMetadata, NfsObject, ReparseData, ReparsePoint,
    StandardInformation, UPDATE_SEQUENCE_STRIDE, UpCase, Utf16, Vcn, VolumeInformation, Wtf8, WtfString,
    has_foreign_link_magic, is_free_base_record, is_marked_bad, slot_state,
};
use image::{Access, Image, read_partitions, recognise};
use links::{PosixTarget, ReparseType, TargetName, mounted_devices};
use rayon::{ThreadPool, ThreadPoolBuilder};

use changed_volume::changed_volume;
use memory_file::MemoryFile;
use pipeline::Reading;

/// What is done with the bytes.
pub type Target = fn(&[u8]);

/// All targets, by name. `tests/fuzz/corpus` has a directory for each.
pub const TARGETS: &[(&str, Target)] = &[
    ("access", access),
    ("attribute_list", attribute_list),
    ("bare_mft", bare_mft),
    ("boot_sector", boot_sector),
    ("data_runs", data_runs),
    ("extended_attributes", extended_attributes),
    ("file_name", file_name),
    ("file_record", file_record),
    ("foreign_link", foreign_link),
    ("partition_table", partition_table),
    ("registry_hive", registry_hive),
    ("reparse_point", reparse_point),
    ("standard_information", standard_information),
    ("target_name", target_name),
    ("text", text),
    ("threads", threads),
    ("up_case", up_case),
    ("volume", volume),
    ("volume_information", volume_information),
];

/// Reads all of a value, so that nothing of it is left unread, or optimised away.
fn use_up(value: impl Debug) {
    black_box(format!("{value:?}"));
}

/// As [`use_up`], with the words that people are shown.
fn show(value: impl Display) {
    black_box(value.to_string());
}

fn show_issues(issues: &[Issue]) {
    for issue in issues {
        black_box(issue.kind.code());
        show(issue.kind);
    }
}

/// What a decoder made of its bytes, and what it had to put up with.
fn use_decoded<T: Debug>(decoded: Result<T, Issue>, issues: &[Issue]) {
    match decoded {
        Ok(value) => use_up(value),
        Err(issue) => show_issues(&[issue]),
    }
    show_issues(issues);
}

pub fn boot_sector(bytes: &[u8]) {
    match BootSector::decode(bytes) {
        Ok(sector) => {
            assert!(sector.clusters() > 0, "a volume of no cluster: {sector:?}");
            use_up((sector, sector.volume_size()));
        }
        Err(error) => {
            black_box(error.claims_ntfs());
            show(error);
        }
    }
}

/// A slot as it is, and one that was a record: its signature and update sequence are put right, so that changes of the
/// rest are reached.
pub fn file_record(bytes: &[u8]) {
    walk_slot(bytes.to_vec());
    walk_slot(sound_record(bytes));
}

fn walk_slot(mut slot: Vec<u8>) {
    use_up((slot_state(&slot), is_free_base_record(&slot), is_marked_bad(&slot)));
    let mut issues = Vec::new();
    if let Some(record) = FileRecord::decode(&mut slot, &mut issues) {
        use_up((&record.header, record.torn));
        issues.extend(record.check_own_number(30));
        for attribute in record.attributes() {
            match attribute {
                Ok(attribute) => walk_attribute(&attribute),
                Err(issue) => issues.push(issue),
            }
        }
    }
    show_issues(&issues);
}

fn walk_attribute(attribute: &Attribute<'_>) {
    use_up(attribute);
    check_text(attribute.name);
    match attribute.form {
        Form::NonResident(clusters) => check_runs(clusters.data_runs()),
        Form::Resident { value, .. } => match attribute.type_code {
            AttributeType::STANDARD_INFORMATION => standard_information(value),
            AttributeType::ATTRIBUTE_LIST => attribute_list(value),
            AttributeType::FILE_NAME => file_name(value),
            AttributeType::VOLUME_INFORMATION => volume_information(value),
            AttributeType::VOLUME_NAME => check_text(Utf16::new(value)),
            AttributeType::DATA => foreign_link(value),
            AttributeType::REPARSE_POINT => reparse_point(value),
            AttributeType::EXTENDED_ATTRIBUTES => extended_attributes(value),
            _ => {}
        },
    }
}

/// Where the update sequence array of a sound record is: behind the longest header.
const UPDATE_SEQUENCE_ARRAY: usize = 0x30;

/// Bytes of a record, cut short or filled up with zeros.
const RECORD_SIZE: usize = 1024;

/// A record of these bytes, with a signature, and an update sequence that fits.
fn sound_record(bytes: &[u8]) -> Vec<u8> {
    let mut record = bytes.to_vec();
    record.resize(RECORD_SIZE, 0);
    record[..4].copy_from_slice(b"FILE");
    record[4..8].copy_from_slice(&[0x30, 0, 3, 0]);
    let number = [record[UPDATE_SEQUENCE_ARRAY], record[UPDATE_SEQUENCE_ARRAY + 1]];
    for end in [UPDATE_SEQUENCE_STRIDE, 2 * UPDATE_SEQUENCE_STRIDE] {
        record[end - 2..end].copy_from_slice(&number);
    }
    record
}

pub fn standard_information(bytes: &[u8]) {
    let decoded = StandardInformation::decode(bytes);
    if let Ok(value) = &decoded {
        for time in [value.created, value.modified, value.changed, value.accessed] {
            check_time(time);
        }
        use_up((value.is_case_sensitive(), value.reparse_trust()));
    }
    use_decoded(decoded, &[]);
}

fn check_time(time: FileTime) {
    assert_eq!(time.civil().is_none(), time.is_out_of_range(), "{time:?}");
    if let Some(civil) = time.civil() {
        let is_sound = (1601..=9999).contains(&civil.year)
            && (1..=12).contains(&civil.month)
            && (1..=31).contains(&civil.day)
            && civil.hour < 24
            && civil.minute < 60
            && civil.second < 60;
        assert!(is_sound, "{civil:?}");
    }
}

pub fn attribute_list(bytes: &[u8]) {
    let mut issues = Vec::new();
    for entry in AttributeListEntries::new(bytes) {
        match entry {
            Ok(entry) => {
                use_up(entry);
                check_text(entry.name);
            }
            Err(issue) => issues.push(issue),
        }
    }
    show_issues(&issues);
}

/// Eight bytes for the first cluster of the value, then mapping pairs.
pub fn data_runs(bytes: &[u8]) {
    let (lowest, mapping_pairs) = bytes.split_first_chunk().unwrap_or((&[0; 8], bytes));
    check_runs(DataRuns::new(mapping_pairs, Vcn(u64::from_le_bytes(*lowest))));
}

/// Runs follow each other without a gap, none is empty, and a damaged one is the last.
fn check_runs(runs: DataRuns<'_>) {
    let mut next_vcn = None;
    let mut is_ended = false;
    for run in runs {
        assert!(!is_ended, "a run after a damaged one: {run:?}");
        match run {
            Ok(run) => {
                assert!(run.clusters > 0 && next_vcn.is_none_or(|next| run.vcn.0 == next), "{run:?} at {next_vcn:?}");
                next_vcn = Some(run.vcn.0.checked_add(run.clusters).expect("the end of a run is a cluster number"));
            }
            Err(issue) => {
                is_ended = true;
                show_issues(&[issue]);
            }
        }
    }
}

pub fn file_name(bytes: &[u8]) {
    let mut issues = Vec::new();
    let decoded = FileName::decode(bytes, &mut issues);
    if let Ok(name) = &decoded {
        check_text(name.name);
        show(name.namespace);
    }
    use_decoded(decoded, &issues);
}

pub fn volume_information(bytes: &[u8]) {
    use_decoded(VolumeInformation::decode(bytes), &[]);
}

/// As a string of the disk, and as one of memory that is not what it must be.
pub fn text(bytes: &[u8]) {
    let (left, right) = bytes.split_at(bytes.len() / 2);
    check_text(Utf16::new(bytes));
    let [left, right] = [left, right].map(Utf16::new);
    let expected = left.units().cmp(right.units());
    assert_eq!(left.to_wtf8().as_wtf8().compare_units(right.to_wtf8().as_wtf8()), expected, "{left:?} and {right:?}");
    let damaged = Wtf8::from_wtf8(bytes);
    use_up((damaged, damaged.unit_count(), damaged.units().count(), damaged.as_str()));
}

/// No unit is lost on the way from the disk to memory.
fn check_text(stored: Utf16<'_>) {
    let units: Vec<u16> = stored.units().collect();
    let owned = stored.to_wtf8();
    let text = owned.as_wtf8();
    assert!(text.has_units(&units) && text.units().eq(units.iter().copied()), "{units:x?} as {:x?}", text.as_bytes());
    assert_eq!((text.unit_count(), stored.is_empty()), (units.len(), units.is_empty()), "{units:x?}");
    assert_eq!(text.as_str().is_none(), stored.append_wtf8(&mut Vec::new()), "{units:x?}");
    assert_eq!(units.iter().copied().collect::<WtfString>(), owned, "{units:x?}");
    show(text);
}

pub fn reparse_point(bytes: &[u8]) {
    let mut issues = Vec::new();
    let decoded = ReparsePoint::decode(bytes, &mut issues);
    if let Ok(point) = &decoded {
        use_up((point.tag.known(), point.tag.is_name_surrogate()));
        black_box(ReparseType::of(point.tag, &point.data).as_str());
        walk_targets(&point.data);
    }
    use_decoded(decoded, &issues);
}

fn walk_targets(data: &ReparseData<'_>) {
    match data {
        ReparseData::MountPoint { substitute_name, print_name }
        | ReparseData::Symlink { substitute_name, print_name, .. } => {
            [substitute_name, print_name].into_iter().flatten().for_each(|name| target_of_units(*name));
        }
        ReparseData::AppExecLink { strings } => strings.iter().for_each(|string| target_of_units(*string)),
        ReparseData::Wci { path, .. } => target_of_units(*path),
        ReparseData::Nfs(NfsObject::Symlink(target)) => target_of_units(*target),
        ReparseData::WslSymlink { target } => target_of_bytes(target),
        ReparseData::Nfs(_) | ReparseData::Wof(_) | ReparseData::Opaque(_) => {}
    }
}

/// The text of a target in UTF-16LE, in every grammar.
pub fn target_name(bytes: &[u8]) {
    target_of_units(Utf16::new(bytes));
}

fn target_of_units(text: Utf16<'_>) {
    check_text(text);
    let units: Vec<u16> = text.units().collect();
    use_up([TargetName::of_symlink(&units, false), TargetName::of_symlink(&units, true)]);
    use_up([TargetName::of_mount_point(&units), TargetName::of_program(&units)]);
    let grammars = [PosixTarget::of_wsl, PosixTarget::of_nfs, PosixTarget::of_cygwin, PosixTarget::of_interix];
    use_up(grammars.map(|read| read(&units)));
}

fn target_of_bytes(target: &[u8]) {
    let units: Vec<u8> = String::from_utf8_lossy(target).encode_utf16().flat_map(u16::to_le_bytes).collect();
    target_of_units(Utf16::new(&units));
}

pub fn extended_attributes(bytes: &[u8]) {
    for attribute in ExtendedAttributes::new(bytes) {
        use_decoded(attribute, &[]);
    }
    let (metadata, issue) = LinuxMetadata::decode(bytes);
    use_up((metadata, metadata.is_empty()));
    show_issues(issue.as_slice());
}

pub fn foreign_link(bytes: &[u8]) {
    let Some(decoded) = ForeignLink::decode(bytes) else { return };
    assert!(has_foreign_link_magic(bytes), "a link without the magic: {decoded:?}");
    match decoded {
        Ok(ForeignLink::InterixSymlink(target) | ForeignLink::CygwinSymlink(ForeignTarget::Utf16(target))) => {
            target_of_units(target);
        }
        Ok(ForeignLink::CygwinSymlink(ForeignTarget::Bytes(target))) => target_of_bytes(target),
        Ok(ForeignLink::InterixCharacter(_) | ForeignLink::InterixBlock(_)) | Err(_) => {}
    }
    use_decoded(decoded, &[]);
}

/// The usual table as it is stored.
static USUAL_UPPER_CASE: LazyLock<Vec<u8>> = LazyLock::new(|| UpCase::unicode().bytes());

/// Pairs of a unit and its upper-case unit up to a pair of zeros, which change the usual table; then two names.
pub fn up_case(bytes: &[u8]) {
    use_up(UpCase::from_bytes(bytes).map(|table| table.is_usual_in_ascii()));
    let (pairs, _) = bytes.as_chunks::<4>();
    let count = pairs.iter().take_while(|pair| **pair != [0; 4]).count();
    let mut stored = USUAL_UPPER_CASE.clone();
    for [low, high, upper @ ..] in &pairs[..count] {
        let place = 2 * usize::from(u16::from_le_bytes([*low, *high]));
        stored[place..place + 2].copy_from_slice(upper);
    }
    let table = UpCase::from_bytes(&stored).expect("the table has its length");
    let names: Vec<u16> = Utf16::new(bytes.get(4 * (count + 1)..).unwrap_or_default()).units().collect();
    let (left, right) = names.split_at(names.len() / 2);
    assert_eq!(table.compare(left, right), table.compare(right, left).reverse(), "{left:x?} and {right:x?}");
    let folded = table.fold(left);
    let is_same = table.is_same(left.iter().copied(), right.iter().copied());
    assert_eq!(is_same, folded == table.fold(right), "{left:x?} and {right:x?}");
    let hash = |units: &[u16]| {
        let (text, mut hasher): (WtfString, _) = (units.iter().copied().collect(), DefaultHasher::new());
        table.hash_text(text.as_wtf8(), &mut hasher);
        hasher.finish()
    };
    assert_eq!(is_same, hash(left) == hash(right), "{left:x?} and {right:x?}");
}

/// Where the bins of a hive begin, by which cells are counted.
pub const HIVE_HEADER: usize = 4096;
/// Where a hive's header has the place of the root key.
pub const HIVE_ROOT: usize = 0x24;

/// Four bytes for the place of the root key, then the bins of a hive.
pub fn registry_hive(bytes: &[u8]) {
    let (root, bins) = bytes.split_first_chunk::<4>().unwrap_or((&[0; 4], bytes));
    let mut hive = vec![0; HIVE_HEADER];
    hive[..4].copy_from_slice(b"regf");
    hive[HIVE_ROOT..HIVE_ROOT + 4].copy_from_slice(root);
    hive.extend(bins);
    match mounted_devices(&hive) {
        Ok(devices) => use_up(devices),
        Err(error) => show(error),
    }
}

/// The first sectors of a disk.
pub fn partition_table(bytes: &[u8]) {
    let file = MemoryFile::holding(bytes);
    let image = match Image::open(file.path()) {
        Ok(image) => image,
        Err(error) => return show(error),
    };
    let table = read_partitions(&image);
    table.issues.iter().for_each(show);
    for partition in &table.partitions {
        partition.type_id.iter().for_each(show);
        show(recognise(&image, partition.offset));
    }
    use_up(table);
}

/// How many slots an MFT of [`mft_of_records`] has at most.
const MOST_SLOTS: usize = 256;

/// An extracted `$MFT` out of records that begin with their signature and have no zeros at their end. Each is put right,
/// and lies where its own number says.
pub fn mft_of_records(bytes: &[u8]) -> Vec<u8> {
    let mut mft = Vec::new();
    let starts = bytes.windows(4).enumerate().filter(|(_, four)| four == b"FILE");
    let starts: Vec<usize> = starts.map(|(start, _)| start).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    for (start, end) in starts.iter().zip(ends) {
        let record = sound_record(&bytes[*start..end]);
        let own_number = u16::from_le_bytes([record[0x2C], record[0x2D]]);
        let place = RECORD_SIZE * (usize::from(own_number) % MOST_SLOTS);
        mft.resize(mft.len().max(place + RECORD_SIZE), 0);
        mft[place..place + RECORD_SIZE].copy_from_slice(&record);
    }
    mft
}

pub fn bare_mft(bytes: &[u8]) {
    black_box(documents_of(&mft_of_records(bytes)));
}

/// A volume with changes; see [`changed_volume`].
pub fn volume(bytes: &[u8]) {
    black_box(documents_of(&changed_volume(bytes)));
}

/// As [`volume`]: a map and positioned reads give the same documents.
pub fn access(bytes: &[u8]) {
    let file = MemoryFile::holding(&changed_volume(bytes));
    let [mapped, positioned] = [Access::Mapped, Access::Positioned].map(|access| documents(&file, access, &ONE_THREAD));
    assert_same("with a map and without", &mapped, &positioned);
}

/// As [`volume`]: any number of threads gives the same documents.
pub fn threads(bytes: &[u8]) {
    let file = MemoryFile::holding(&changed_volume(bytes));
    let [alone, together] = [&ONE_THREAD, &THREE_THREADS].map(|pool| documents(&file, Access::Mapped, pool));
    assert_same("on one thread and on three", &alone, &together);
}

static ONE_THREAD: LazyLock<ThreadPool> = LazyLock::new(|| pool(1));
static THREE_THREADS: LazyLock<ThreadPool> = LazyLock::new(|| pool(3));

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// All that any command says of an image, or why there is nothing to say.
pub fn documents_of(image: &[u8]) -> Vec<u8> {
    documents(&MemoryFile::holding(image), Access::Mapped, &ONE_THREAD)
}

fn documents(file: &MemoryFile, access: Access, pool: &ThreadPool) -> Vec<u8> {
    let image = match Image::open_for(file.path(), access) {
        Ok(image) => image,
        Err(error) => return error.to_string().into_bytes(),
    };
    pool.install(|| match Reading::of(&image) {
        Ok(reading) => {
            let mut documents = Vec::new();
            reading.write_everything(&mut documents).expect("memory can be written to");
            documents
        }
        Err(message) => message.into_bytes(),
    })
}

fn assert_same(how: &str, one: &[u8], other: &[u8]) {
    if one == other {
        return;
    }
    let lines = |documents: &[u8]| String::from_utf8_lossy(documents).lines().map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (lines(one), lines(other));
    let different = one.iter().zip(&other).find(|(one, other)| one != other);
    panic!("the documents {how} differ in length or here: {different:#?}");
}
