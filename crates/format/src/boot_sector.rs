//! The boot sector: the volume's geometry.

use std::io::Cursor;

use binrw::BinRead;

use crate::units::Lcn;

/// Bytes of a boot sector that are read, on every sector size.
pub const BOOT_SECTOR_SIZE: usize = 512;

const OEM_ID: [u8; 8] = *b"NTFS    ";
const LARGEST_CLUSTER: u32 = 2 * 1024 * 1024;
const LARGEST_RECORD: u32 = 64 * 1024;

/// The fields as they lie on disk.
///
/// Source: libfsntfs "The volume header"; Microsoft "BPB and extended BPB fields on NTFS volumes".
#[derive(BinRead)]
#[br(little)]
struct Layout {
    _jump: [u8; 3],
    oem_id: [u8; 8],
    bytes_per_sector: u16,
    sectors_per_cluster: u8,
    _unused: [u8; 14],
    _hidden_sectors: u32,
    _unused_too: [u8; 8],
    total_sectors: u64,
    mft: u64,
    mft_mirror: u64,
    record_size_code: i8,
    _unused_three: [u8; 3],
    _index_size_code: i8,
    _unused_four: [u8; 3],
    serial: u64,
}

/// An NTFS boot sector whose geometry can be true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BootSector {
    /// 256 to 4,096.
    pub bytes_per_sector: u32,
    /// 512 bytes to 2 MiB.
    pub bytes_per_cluster: u32,
    /// 512 bytes to 64 KiB; 1,024 or 4,096 on what Windows makes.
    pub bytes_per_record: u32,
    /// One less than the partition has; not checked against the image.
    pub total_sectors: u64,
    /// First cluster of the MFT; not checked against the volume.
    pub mft: Lcn,
    /// First cluster of the MFT mirror; not checked against the volume.
    pub mft_mirror: Lcn,
    /// The serial number, all 64 bits.
    pub serial: u64,
}

/// Why bytes are no NTFS boot sector that can be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are the values that the message names")]
pub enum BootSectorError {
    /// Fewer than 512 bytes.
    #[error("{length} bytes, expected a boot sector of 512")]
    TooShort { length: usize },
    /// The OEM id at byte 3 is not NTFS's.
    #[error("OEM id at byte 3 is \"{}\", expected \"NTFS    \"", .found.escape_ascii())]
    OemId { found: [u8; 8] },
    /// The sector size is no power of two from 256 to 4,096.
    #[error("bytes per sector at byte 11 is {found}, expected a power of two from 256 to 4096")]
    BytesPerSector { found: u16 },
    /// The cluster size is no power of two up to 2 MiB.
    #[error("sectors per cluster at byte 13 is {found:#04x}, expected a power of two up to 2 MiB per cluster")]
    SectorsPerCluster { found: u8 },
    /// The volume has no sectors.
    #[error("total sectors at byte 40 is {found}, expected at least one cluster")]
    TotalSectors { found: u64 },
    /// The record size is no power of two from 512 bytes to 64 KiB.
    #[error("file record size code at byte 64 is {found}, expected one for a power of two from 512 bytes to 64 KiB")]
    RecordSize { found: i8 },
}

impl BootSectorError {
    /// Whether the bytes claim to be NTFS, so that something is damaged rather than something else.
    pub fn claims_ntfs(&self) -> bool {
        !matches!(self, BootSectorError::TooShort { .. } | BootSectorError::OemId { .. })
    }
}

impl BootSector {
    /// Reads a boot sector and checks that its numbers can be true together.
    ///
    /// Not checked: the closing `55 AA`, which says nothing that the rest does not; where the MFT lies.
    ///
    /// # Errors
    /// The first field that cannot be true.
    pub fn decode(bytes: &[u8]) -> Result<BootSector, BootSectorError> {
        let too_short = BootSectorError::TooShort { length: bytes.len() };
        let sector = bytes.first_chunk::<BOOT_SECTOR_SIZE>().ok_or(too_short)?;
        let layout = Layout::read(&mut Cursor::new(sector)).map_err(|_| too_short)?;
        if layout.oem_id != OEM_ID {
            return Err(BootSectorError::OemId { found: layout.oem_id });
        }
        let bytes_per_sector = u32::from(layout.bytes_per_sector);
        if !bytes_per_sector.is_power_of_two() || !(256..=4096).contains(&bytes_per_sector) {
            return Err(BootSectorError::BytesPerSector { found: layout.bytes_per_sector });
        }
        let code = layout.sectors_per_cluster;
        let sectors_per_cluster = sectors_per_cluster(code);
        let bytes_per_cluster = sectors_per_cluster.and_then(|sectors| sectors.checked_mul(bytes_per_sector));
        let bytes_per_cluster = bytes_per_cluster
            .filter(|bytes| *bytes <= LARGEST_CLUSTER)
            .ok_or(BootSectorError::SectorsPerCluster { found: code })?;
        let total_sectors = layout.total_sectors;
        let total_bytes = total_sectors.checked_mul(u64::from(bytes_per_sector));
        if total_bytes.is_none_or(|bytes| bytes < u64::from(bytes_per_cluster)) {
            return Err(BootSectorError::TotalSectors { found: total_sectors });
        }
        let bytes_per_record = record_size(layout.record_size_code, bytes_per_cluster)
            .ok_or(BootSectorError::RecordSize { found: layout.record_size_code })?;
        Ok(BootSector {
            bytes_per_sector,
            bytes_per_cluster,
            bytes_per_record,
            total_sectors,
            mft: Lcn(layout.mft),
            mft_mirror: Lcn(layout.mft_mirror),
            serial: layout.serial,
        })
    }

    /// Bytes of the volume by this sector, the backup boot sector after them not counted.
    pub fn volume_size(&self) -> u64 {
        self.total_sectors * u64::from(self.bytes_per_sector)
    }

    /// Clusters of the volume.
    pub fn clusters(&self) -> u64 {
        self.volume_size() / u64::from(self.bytes_per_cluster)
    }
}

/// Up to 0x80 the number itself, a power of two; above, 2 to the power of 256 minus the byte.
///
/// 0x80 is 128 sectors: read as a negative number it is a classic mistake.
fn sectors_per_cluster(code: u8) -> Option<u32> {
    match code {
        0..=0x80 => code.is_power_of_two().then_some(u32::from(code)),
        _ => 1_u32.checked_shl(256 - u32::from(code)),
    }
}

/// A positive code counts clusters, a negative one is the negated logarithm of the size in bytes.
fn record_size(code: i8, bytes_per_cluster: u32) -> Option<u32> {
    let size = match u32::try_from(code) {
        Ok(clusters) => bytes_per_cluster.checked_mul(clusters)?,
        Err(_) => 1_u32.checked_shl(u32::from(code.unsigned_abs()))?,
    };
    (size.is_power_of_two() && (512..=LARGEST_RECORD).contains(&size)).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a boot sector of a 512-byte-sector, 4 KiB-cluster volume.
    fn sector() -> Vec<u8> {
        let mut sector = vec![0; 512];
        sector[0..3].copy_from_slice(&[0xEB, 0x52, 0x90]);
        sector[3..11].copy_from_slice(b"NTFS    ");
        sector[0x0B..0x0D].copy_from_slice(&512u16.to_le_bytes());
        sector[0x0D] = 8;
        sector[0x28..0x30].copy_from_slice(&204_799u64.to_le_bytes());
        sector[0x30..0x38].copy_from_slice(&8533u64.to_le_bytes());
        sector[0x38..0x40].copy_from_slice(&2u64.to_le_bytes());
        sector[0x40] = 0xF6; // 1,024
        sector[0x44] = 1;
        sector[0x48..0x50].copy_from_slice(&0xC29C_D4EF_9CD4_DECB_u64.to_le_bytes());
        sector[510..512].copy_from_slice(&[0x55, 0xAA]);
        sector
    }

    #[test]
    fn geometry_is_read() {
        let boot = BootSector::decode(&sector()).expect("a boot sector");
        assert_eq!((boot.bytes_per_sector, boot.bytes_per_cluster, boot.bytes_per_record), (512, 4096, 1024));
        assert_eq!((boot.mft, boot.mft_mirror, boot.serial), (Lcn(8533), Lcn(2), 0xC29C_D4EF_9CD4_DECB));
        assert_eq!((boot.volume_size(), boot.clusters()), (204_799 * 512, 25_599));
    }

    #[test]
    fn every_cluster_and_record_size_that_was_seen() {
        let check = |sector_size: u16, cluster_code, record_code, cluster, record| {
            let mut bytes = sector();
            bytes[0x0B..0x0D].copy_from_slice(&sector_size.to_le_bytes());
            bytes[0x0D] = cluster_code;
            bytes[0x40] = record_code;
            let boot = BootSector::decode(&bytes).expect("a boot sector");
            assert_eq!((boot.bytes_per_cluster, boot.bytes_per_record), (cluster, record));
        };
        check(512, 0x01, 0x02, 512, 1024);
        check(512, 0x08, 0xF6, 4096, 1024);
        check(512, 0x80, 0xF6, 64 << 10, 1024);
        check(512, 0xF8, 0xF6, 128 << 10, 1024);
        check(512, 0xF7, 0xF6, 256 << 10, 1024);
        check(512, 0xF5, 0xF6, 1 << 20, 1024);
        check(512, 0xF4, 0xF6, 2 << 20, 1024);
        check(4096, 0x01, 0x01, 4096, 4096);
        check(4096, 0xF7, 0xF4, 2 << 20, 4096);
    }

    fn check_error(change: impl Fn(&mut Vec<u8>), expected: BootSectorError) {
        let mut bytes = sector();
        change(&mut bytes);
        assert_eq!(BootSector::decode(&bytes), Err(expected));
    }

    #[test]
    fn each_field_that_cannot_be_true_is_named() {
        check_error(|bytes| bytes.truncate(511), BootSectorError::TooShort { length: 511 });
        check_error(|bytes| bytes[3..11].copy_from_slice(b"-FVE-FS-"), BootSectorError::OemId { found: *b"-FVE-FS-" });
        for size in [0_u16, 128, 500, 8192] {
            let expected = BootSectorError::BytesPerSector { found: size };
            check_error(|bytes| bytes[0x0B..0x0D].copy_from_slice(&size.to_le_bytes()), expected);
        }
        for code in [0, 3, 0x81, 0xF3] {
            check_error(|bytes| bytes[0x0D] = code, BootSectorError::SectorsPerCluster { found: code });
        }
        for total in [0_u64, 7, u64::MAX] {
            let expected = BootSectorError::TotalSectors { found: total };
            check_error(|bytes| bytes[0x28..0x30].copy_from_slice(&total.to_le_bytes()), expected);
        }
        for code in [0_i8, 3, 32, -8, -17, -128] {
            check_error(|bytes| bytes[0x40] = code as u8, BootSectorError::RecordSize { found: code });
        }
    }
}
