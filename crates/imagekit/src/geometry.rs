//! Sizes of sectors, clusters, records and index blocks, and how the boot sector says them.

use thiserror::Error;

use crate::description::Geometry;

/// Largest cluster of Windows, in bytes.
///
/// Source: Microsoft "NTFS overview" (cluster sizes up to 2 MB since Windows Server 2019).
const LARGEST_CLUSTER: u32 = 2 << 20;

/// Sizes that no NTFS volume has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum GeometryError {
    /// Not 512, 1,024, 2,048 or 4,096.
    #[error("sector: expected 512, 1024, 2048 or 4096 bytes, found {0}")]
    Sector(u32),
    /// Not a power of two from the sector to 2 MiB.
    #[error("cluster: expected a power of two from {sector} (the sector) to 2097152 bytes, found {cluster}")]
    Cluster {
        /// Bytes in a sector.
        sector: u32,
        /// Bytes in a cluster.
        cluster: u32,
    },
    /// Not 1,024 or 4,096, or smaller than a sector.
    #[error("record: expected 1024 or 4096 bytes and no less than {sector} (the sector), found {record}")]
    Record {
        /// Bytes in a sector.
        sector: u32,
        /// Bytes in a file record segment.
        record: u32,
    },
}

impl Default for Geometry {
    /// What Windows makes of a small volume.
    fn default() -> Self {
        Self { sector: 512, cluster: 4096, record: 1024 }
    }
}

impl Geometry {
    /// Bytes in an index block, whatever the other sizes: what Windows and mkntfs write.
    pub const INDEX_BLOCK: u32 = 4096;

    /// Whether NTFS has volumes of these sizes.
    ///
    /// # Errors
    ///
    /// The first size that none has.
    pub fn check(&self) -> Result<(), GeometryError> {
        let Self { sector, cluster, record } = *self;
        if !matches!(sector, 512 | 1024 | 2048 | 4096) {
            return Err(GeometryError::Sector(sector));
        }
        if !cluster.is_power_of_two() || cluster < sector || cluster > LARGEST_CLUSTER {
            return Err(GeometryError::Cluster { sector, cluster });
        }
        if !matches!(record, 1024 | 4096) || record < sector {
            return Err(GeometryError::Record { sector, record });
        }
        Ok(())
    }

    /// So many clusters hold `bytes`.
    pub(crate) fn clusters(&self, bytes: u64) -> u64 {
        bytes.div_ceil(u64::from(self.cluster))
    }

    /// The offset from the start of the volume of a cluster.
    pub(crate) fn offset(&self, lcn: u64) -> u64 {
        // Past all volumes for what is refused once it is known how much it is.
        lcn.saturating_mul(u64::from(self.cluster))
    }

    /// How the boot sector says the size of a cluster: a count of sectors up to 128, else 256 less the exponent.
    ///
    /// Source: libfsntfs "The volume header", "Cluster block size"; reference A.1.
    pub(crate) fn sectors_per_cluster_code(&self) -> u8 {
        let sectors = self.cluster / self.sector;
        u8::try_from(sectors).ok().filter(|&sectors| sectors <= 128).unwrap_or_else(|| minus(sectors.ilog2()))
    }

    /// How the boot sector says a size of records or index blocks: a count of clusters, or less one exponent of two.
    ///
    /// Source: libfsntfs "The volume header", "MFT entry size".
    pub(crate) fn size_code(&self, bytes: u32) -> u8 {
        match u8::try_from(bytes / self.cluster) {
            Ok(clusters) if clusters > 0 => clusters,
            _ => minus(bytes.ilog2()),
        }
    }
}

/// `-exponent` as a signed byte.
fn minus(exponent: u32) -> u8 {
    0u32.wrapping_sub(exponent).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table "Size codes seen" of Windows' and mkntfs' volumes, reference A.1.
    #[test]
    fn size_codes_are_those_of_windows_and_mkntfs() {
        let seen = [
            (512, 512, 1024, 0x01, 0x02, 0x08),
            (512, 4096, 1024, 0x08, 0xF6, 0x01),
            (512, 65_536, 1024, 0x80, 0xF6, 0xF4),
            (512, 262_144, 1024, 0xF7, 0xF6, 0xF4),
            (512, 2 << 20, 1024, 0xF4, 0xF6, 0xF4),
            (4096, 4096, 4096, 0x01, 0x01, 0x01),
            (4096, 2 << 20, 4096, 0xF7, 0xF4, 0xF4),
        ];
        for (sector, cluster, record, cluster_code, record_code, index_code) in seen {
            let geometry = Geometry { sector, cluster, record };
            assert_eq!(geometry.check(), Ok(()));
            assert_eq!(geometry.sectors_per_cluster_code(), cluster_code, "{geometry:?}");
            assert_eq!(geometry.size_code(record), record_code, "{geometry:?}");
            assert_eq!(geometry.size_code(Geometry::INDEX_BLOCK), index_code, "{geometry:?}");
        }
    }

    #[test]
    fn sizes_that_no_volume_has_are_named() {
        let refused = |sector, cluster, record| Geometry { sector, cluster, record }.check().unwrap_err();
        assert_eq!(refused(520, 4096, 1024), GeometryError::Sector(520));
        assert_eq!(refused(512, 3072, 1024), GeometryError::Cluster { sector: 512, cluster: 3072 });
        assert_eq!(refused(4096, 2048, 4096), GeometryError::Cluster { sector: 4096, cluster: 2048 });
        assert_eq!(refused(512, 4 << 20, 1024), GeometryError::Cluster { sector: 512, cluster: 4 << 20 });
        assert_eq!(refused(4096, 4096, 1024), GeometryError::Record { sector: 4096, record: 1024 });
    }
}
