//! Damages of boot sectors, and of the image as a whole.

use super::block::{Place, Stored, number};
use super::error::DamageError;
use super::field::BootField;
use super::volume::Volume;
use super::{BootCopy, CutAt, Wound};

/// Length in bytes of what a boot sector says; the rest of the sector is zero.
const BOOT_SECTOR: usize = 512;

pub(super) fn field(
    volume: &Volume<'_>,
    copy: BootCopy,
    BootField(field): BootField,
    value: u64,
) -> Result<Wound, DamageError> {
    let sector = boot_sector(volume, copy)?;
    let before = number(&sector.bytes, field.offset, field.width).unwrap_or(0);
    let what = field.sentence(&sector.name, before, value);
    Ok(Wound::new(field.kind, None, what, sector.patch(field.offset, &field.bytes(value)?)?))
}

pub(super) fn zeroed(volume: &Volume<'_>, copy: BootCopy) -> Result<Wound, DamageError> {
    let sector = boot_sector(volume, copy)?;
    let what = format!("{}: all zeros", sector.name);
    Ok(Wound::new("zeroed-boot-sector", None, what, sector.patch(0, &[0; BOOT_SECTOR])?))
}

fn boot_sector(volume: &Volume<'_>, copy: BootCopy) -> Result<Stored, DamageError> {
    let built = volume.built;
    let (name, offset) = match copy {
        BootCopy::First => ("boot sector", built.start),
        BootCopy::Backup => ("backup boot sector", built.start + built.size - u64::from(built.geometry.sector)),
    };
    volume.stored(name.to_owned(), vec![vec![Place { offset, length: BOOT_SECTOR }]])
}

pub(super) fn cut_off(volume: &Volume<'_>, at: CutAt) -> Result<Wound, DamageError> {
    let size = volume.file.metadata()?.len();
    let length = match at {
        CutAt::Byte(byte) => byte,
        CutAt::Percent(percent) => u64::try_from(u128::from(size) * u128::from(percent) / 100).unwrap_or(u64::MAX),
    };
    let what = format!("image: ends after {length} of {size} bytes");
    let cut = Some(length).filter(|&length| length < size);
    Ok(Wound { cut, ..Wound::new("cut-off", None, what, Vec::new()) })
}
