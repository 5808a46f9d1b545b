//! Which letters and names Windows gave to which volumes: the key `MountedDevices` of a `SYSTEM` hive.
//!
//! The letters are those of the Windows that the hive belongs to. Changes that are only in the hive's logs, as those of
//! a machine that was not shut down, are not seen.

use format::Guid;
use format::bytes::{array, slice, u32_at, u64_at};
use winreg_core::key::Key;
use winreg_format::cells::CellOffset;

use crate::hive_cells::{Cells, MOST_BYTES};

/// One entry: what a volume is called, and where it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MountedDevice {
    /// What Windows calls the volume. It may have several names, of several entries with the same device.
    pub name: MountName,
    /// Where it is.
    pub device: DeviceId,
}

/// What Windows calls a volume.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MountName {
    /// An upper-case ASCII letter: `\DosDevices\C:`.
    DriveLetter(u8),
    /// `\??\Volume{GUID}`.
    Volume(Guid),
}

/// Where a volume is.
///
/// Source: libyal winreg-kb "Mounted devices".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DeviceId {
    /// A partition of an MBR disk.
    Mbr {
        /// The disk's signature, at 0x1B8 of its first sector.
        signature: u32,
        /// Where the partition begins, in bytes from the start of the disk.
        offset: u64,
    },
    /// The unique GUID of a GPT partition, or the id of a volume of dynamic disks, which looks the same.
    Gpt(Guid),
}

/// Why a hive says nothing of mounted devices.
#[derive(Debug, thiserror::Error)]
pub enum HiveError {
    /// It is none, or only the beginning of one.
    #[error("not a registry hive: expected a header of {HEADER_SIZE} bytes that begins with \"regf\"")]
    NotAHive,
    /// It belongs to something other than the machine, or the key is lost.
    #[error("the registry hive has no key {KEY}")]
    NoKey,
    /// A key or value on the way is damaged.
    #[error("the registry hive is damaged: {0}")]
    Damaged(winreg_core::error::HiveError),
    /// More values than there can be mounted devices.
    #[error("the key {KEY} of the registry hive claims {count} values, more than {MOST_VALUES}")]
    TooManyValues {
        /// How many it claims.
        count: u32,
    },
    /// Its lists are longer than those of any machine, or lead back to themselves.
    #[error("the lists of the registry hive lead back to themselves or to more than {MOST_BYTES} bytes")]
    TooCostly,
}

const KEY: &str = "MountedDevices";

/// Bytes of a hive before its first bin, from which places of cells are counted.
///
/// Source: libregf "File header".
const HEADER_SIZE: usize = 4096;

/// Values that are read at most: each letter, volume and removable drive that a machine ever had makes one or two.
const MOST_VALUES: u32 = 16 * 1024;

/// Reads the letters and volume names in the bytes of a `SYSTEM` hive, sorted: letters first, then GUIDs by their
/// stored bytes.
///
/// Entries of other forms are left out: removable drives, which go by a device path, and names such as `#{GUID}`. The
/// header's checksum and sequence numbers are not looked at: a hive that was in use is read as it lies.
///
/// # Errors
/// The bytes are no hive, or no key `MountedDevices` can be read from them.
pub fn mounted_devices(hive: &[u8]) -> Result<Vec<MountedDevice>, HiveError> {
    let bins = hive.get(HEADER_SIZE..).filter(|_| array(hive, 0) == Some(*b"regf")).ok_or(HiveError::NotAHive)?;
    let root = u32_at(hive, 0x24).map(CellOffset).ok_or(HiveError::NotAHive)?;
    let cells = Cells::new(bins);
    let mut devices = read(&cells, root).map_err(|error| match error {
        HiveError::Damaged(_) if cells.is_overspent() => HiveError::TooCostly,
        error => error,
    })?;
    devices.sort_unstable();
    devices.dedup();
    Ok(devices)
}

fn read(cells: &Cells<'_>, root: CellOffset) -> Result<Vec<MountedDevice>, HiveError> {
    let root = Key::from_cell_offset(cells, root).map_err(HiveError::Damaged)?;
    let key = root.subkey(KEY).map_err(HiveError::Damaged)?.ok_or(HiveError::NoKey)?;
    // Room is made for as many values as the key claims.
    let count = key.value_count();
    if count > MOST_VALUES {
        return Err(HiveError::TooManyValues { count });
    }
    let mut devices = Vec::new();
    for value in key.values().map_err(HiveError::Damaged)? {
        let Some(name) = MountName::parse(&value.name()) else { continue };
        // Room is made for as many bytes as the value claims.
        if DeviceId::SIZES.contains(&value.data_size()) {
            let data = value.raw_data().map_err(HiveError::Damaged)?;
            devices.extend(DeviceId::decode(&data).map(|device| MountedDevice { name, device }));
        }
    }
    Ok(devices)
}

impl MountName {
    /// The names of values are kept as they were written, but compared in any case.
    fn parse(name: &str) -> Option<MountName> {
        if let Some(letter) = strip_prefix(name, r"\DosDevices\") {
            let [letter, b':'] = letter.as_bytes() else { return None };
            return letter.is_ascii_alphabetic().then(|| MountName::DriveLetter(letter.to_ascii_uppercase()));
        }
        let guid = strip_prefix(name, r"\??\Volume{")?.strip_suffix('}')?;
        Guid::parse(guid).map(MountName::Volume)
    }
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

impl DeviceId {
    const MBR_SIZE: u32 = 12;
    const GPT_SIZE: u32 = 24;
    const SIZES: [u32; 2] = [Self::MBR_SIZE, Self::GPT_SIZE];

    fn decode(data: &[u8]) -> Option<DeviceId> {
        match u32::try_from(data.len()).ok()? {
            Self::MBR_SIZE => Some(DeviceId::Mbr { signature: u32_at(data, 0)?, offset: u64_at(data, 4)? }),
            Self::GPT_SIZE if slice(data, 0, 8)? == b"DMIO:ID:" => array(data, 8).map(|id| DeviceId::Gpt(Guid(id))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
