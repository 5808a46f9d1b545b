//! Images for tests, built from bytes.

use std::io::{Seek as _, SeekFrom, Write as _};

use tempfile::NamedTempFile;

use crate::image::Image;

/// An image that holds `bytes`. Its file is gone, its map stays.
pub(crate) fn image_of(bytes: &[u8]) -> Image {
    image_with(bytes.len() as u64, &[(0, bytes)])
}

/// A sparse image of `size` bytes with each of `parts` at its offset.
pub(crate) fn image_with(size: u64, parts: &[(u64, &[u8])]) -> Image {
    let mut file = NamedTempFile::new().unwrap();
    file.as_file().set_len(size).unwrap();
    for (offset, part) in parts {
        file.seek(SeekFrom::Start(*offset)).unwrap();
        file.write_all(part).unwrap();
    }
    Image::open(file.path()).unwrap()
}

/// A slot of a boot record.
pub(crate) fn slot(status: u8, type_id: u8, first_sector: u32, sector_count: u32) -> [u8; 16] {
    let mut bytes = [0; 16]; // bytes 1 to 3 and 5 to 7: cylinder, head, sector
    bytes[0] = status;
    bytes[4] = type_id;
    bytes[8..12].copy_from_slice(&first_sector.to_le_bytes());
    bytes[12..].copy_from_slice(&sector_count.to_le_bytes());
    bytes
}

/// A boot record with up to four slots, without boot code or disk signature.
pub(crate) fn boot_record(slots: &[[u8; 16]]) -> [u8; 512] {
    let mut bytes = [0; 512];
    for (target, slot) in bytes[0x1BE..0x1FE].chunks_exact_mut(16).zip(slots) {
        target.copy_from_slice(slot);
    }
    bytes[510..].copy_from_slice(&[0x55, 0xAA]);
    bytes
}
