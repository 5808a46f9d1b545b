//! `$UpCase`, and the stream `$Info` beside it.

pub use format::UpCase;

/// The bits of the polynomial of [`checksum`], lowest power first. It is that of CRC-64/NVME.
const CHECKSUM_POLYNOMIAL: u64 = 0x9A6C_9329_AC4B_C9B5;

/// The stream `$Info`: a checksum of the table, and the version of Windows that made the volume, which is left 0 as `mkntfs`
/// leaves it.
///
/// Source: a volume made by Windows 10, whose checksum this is.
pub fn info(table: &UpCase) -> [u8; 32] {
    let mut info = [0; 32];
    info[..4].copy_from_slice(&32_u32.to_le_bytes()); // length
    info[8..16].copy_from_slice(&checksum(&table.bytes()).to_le_bytes());
    info
}

/// The checksum of a table: CRC-64, lowest bit first, of all ones at the start and inverted at the end.
fn checksum(bytes: &[u8]) -> u64 {
    let mut remainder = u64::MAX;
    for &byte in bytes {
        remainder ^= u64::from(byte);
        for _ in 0..8 {
            let carry = remainder & 1;
            remainder = (remainder >> 1) ^ (carry * CHECKSUM_POLYNOMIAL);
        }
    }
    !remainder
}

#[cfg(test)]
mod tests {
    use super::{UpCase, checksum, info};
    use crate::windows_image;

    /// `$Info` of the volume that Windows 10 (build 19041) made in `dfvfs-parent.vhd`. All 13 volumes of Windows 10 in
    /// the corpus and those of recent mkntfs have the same, but for version and build.
    const INFO: [u8; 32] = [
        0x20, 0, 0, 0, 0, 0, 0, 0, // length, reserved
        0x0C, 0x69, 0x1B, 0x6B, 0x77, 0x7E, 0xDC, 0xDA, // checksum
        10, 0, 0, 0, 0, 0, 0, 0, // version
        0x61, 0x4A, 0, 0, 0, 0, 0, 0, // build, service pack
    ];

    #[test]
    fn the_table_has_the_checksum_that_windows_stores() {
        // Fails too when a compiler's newer Unicode brings a pair: then `NEWER_PAIRS` lacks its upper-case letter.
        assert_eq!(info(UpCase::unicode())[..16], INFO[..16]);
    }

    #[test]
    fn the_table_is_that_of_a_windows_volume() {
        let Some(image) = windows_image::read() else { return };
        assert!(windows_image::holds(&image, &UpCase::unicode().bytes()));
    }

    #[test]
    fn the_info_of_a_windows_volume_has_this_length_and_checksum() {
        let Some(image) = windows_image::read() else { return };
        assert!(image.windows(INFO.len()).any(|bytes| bytes == INFO));
    }

    #[test]
    fn the_checksum_is_that_of_the_published_check_value() {
        // Catalogue of parametrised CRC algorithms, CRC-64/NVME: check.
        assert_eq!(checksum(b"123456789"), 0xAE8B_1486_0A79_9888);
    }
}
