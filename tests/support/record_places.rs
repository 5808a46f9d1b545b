//! Where the records of a volume lie in its image: a reading of boot sector and record 0 that shares nothing with the
//! program, just enough for volumes in good health whose record 0 holds all data runs of the MFT.

use std::fs::File;

use super::corpus::read_at;

/// Where the records of a volume lie.
#[derive(Debug)]
pub struct RecordPlaces {
    /// The first byte of the volume.
    pub start: u64,
    /// The byte after its last counted sector, or after the last record of an extracted MFT.
    pub end: u64,
    /// Nothing can be read unless the image reaches to here.
    pub readable_from: u64,
    bytes_per_record: u64,
    /// Length and place of each piece of the MFT, in bytes of the image.
    pieces: Vec<(u64, u64)>,
}

impl RecordPlaces {
    /// Those of an extracted MFT of 1,024-byte records. One sector is enough to see that it is one.
    pub fn of_bare_mft(file: &File) -> RecordPlaces {
        let size = file.metadata().expect("the image has a size").len();
        RecordPlaces { start: 0, end: size, readable_from: 512, bytes_per_record: 1024, pieces: vec![(size, 0)] }
    }

    /// Those of the volume that begins at `start`.
    pub fn of_volume(file: &File, start: u64) -> RecordPlaces {
        let boot = read_at(file, start, 512);
        assert_eq!(boot[3..11], *b"NTFS    ", "a volume in good health begins at {start}");
        let bytes_per_sector = number(&boot[11..13]);
        let bytes_per_cluster = bytes_per_sector * power_or_count(boot[13], 1);
        let bytes_per_record = power_or_count(boot[0x40], bytes_per_cluster);
        let first_record = start + number(&boot[0x30..0x38]) * bytes_per_cluster;
        let record = restored(read_at(file, first_record, bytes_per_record as usize));
        let pieces = data_runs(&record)
            .into_iter()
            .map(|(clusters, cluster)| (clusters * bytes_per_cluster, start + cluster * bytes_per_cluster))
            .collect();
        RecordPlaces {
            start,
            end: start + number(&boot[0x28..0x30]) * bytes_per_sector,
            readable_from: first_record + bytes_per_record,
            bytes_per_record,
            pieces,
        }
    }

    /// The byte after the last one of a record; the highest where it lies in two pieces.
    pub fn end_of_record(&self, record: u64) -> u64 {
        let first = self.place(record * self.bytes_per_record);
        let last = self.place((record + 1) * self.bytes_per_record - 1);
        first.max(last) + 1
    }

    fn place(&self, mut position: u64) -> u64 {
        for (length, place) in &self.pieces {
            if position < *length {
                return place + position;
            }
            position -= length;
        }
        u64::MAX - 1
    }
}

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A count of units; or, as a negative signed byte, the exponent of a count of bytes.
fn power_or_count(byte: u8, unit: u64) -> u64 {
    match byte as i8 {
        exponent @ -31..0 => 1 << -exponent,
        // Up to 128 sectors per cluster are a count.
        _ => u64::from(byte) * unit,
    }
}

/// A record with the last two bytes of each 512 put back.
fn restored(mut record: Vec<u8>) -> Vec<u8> {
    let array = number(&record[4..6]) as usize;
    let strides = number(&record[6..8]) as usize - 1;
    for stride in 1..=strides {
        let saved = [record[array + 2 * stride], record[array + 2 * stride + 1]];
        record[512 * stride - 2..512 * stride].copy_from_slice(&saved);
    }
    record
}

/// Length and first cluster of each run of the unnamed `$DATA`.
fn data_runs(record: &[u8]) -> Vec<(u64, u64)> {
    let mut attribute = number(&record[0x14..0x16]) as usize;
    while number(&record[attribute..attribute + 4]) != 0x80 {
        attribute += number(&record[attribute + 4..attribute + 8]) as usize;
    }
    let mut position = attribute + number(&record[attribute + 0x20..attribute + 0x22]) as usize;
    let mut cluster = 0_i64;
    let mut runs = Vec::new();
    while record[position] != 0 {
        let length_bytes = usize::from(record[position] & 15);
        let offset_bytes = usize::from(record[position] >> 4);
        let offset_at = position + 1 + length_bytes;
        let offset = number(&record[offset_at..offset_at + offset_bytes]);
        // The offset is signed, in as few bytes as it needs.
        let unused_bits = 64 - 8 * offset_bytes as u32;
        cluster += (offset as i64) << unused_bits >> unused_bits;
        runs.push((number(&record[position + 1..offset_at]), cluster as u64));
        position = offset_at + offset_bytes;
    }
    runs
}
