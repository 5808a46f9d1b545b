//! Damages of file record segments as a whole, and of their headers.

use format::AttributeType;

use super::block::{Place, number};
use super::error::{DamageError, damaged_already, missing};
use super::field::RecordField;
use super::volume::Volume;
use super::{AttributeAt, BytesAt, RecordCopy, Wound};
use crate::record::{DIRECTORY, STRIDE};

/// Length of the part of the header that says where the update sequence is.
const PROTECTION_FIELDS: usize = 8;
/// Where the flags are.
const FLAGS: usize = 0x16;
/// Where the `$LogFile` sequence number is.
const LOG_FILE_SEQUENCE: usize = 0x08;

pub(super) fn torn_sector(volume: &Volume<'_>, record: u64, sector: usize, value: u16) -> Result<Wound, DamageError> {
    torn("torn-sector", volume.stored_segment(record)?, record, sector, value)
}

/// A sector of a segment or index block does not end as its update sequence has it.
pub(super) fn torn(
    kind: &'static str,
    stored: super::block::Stored,
    record: u64,
    sector: usize,
    value: u16,
) -> Result<Wound, DamageError> {
    let sectors = stored.bytes.len() / STRIDE;
    if sector >= sectors {
        return Err(missing(&stored.name, format!("sector {sector}, counted from 0")));
    }
    let number = stored.update_sequence_number();
    let number = number.ok_or_else(|| damaged_already(&stored.name, "an update sequence number"))?;
    let what = format!(
        "{}: the last word of sector {sector} is {value:#06x}, expected the update sequence number {:#06x}",
        stored.name,
        u16::from_le_bytes(number)
    );
    Ok(Wound::new(kind, record, what, stored.patch((sector + 1) * STRIDE - 2, &value.to_le_bytes())?))
}

pub(super) fn signature(volume: &Volume<'_>, record: u64, signature: [u8; 4]) -> Result<Wound, DamageError> {
    let stored = volume.stored_segment(record)?;
    let what = format!("{}: begins with \"{}\", expected \"FILE\"", stored.name, signature.escape_ascii());
    Ok(Wound::new("bad-signature", record, what, stored.patch(0, &signature)?))
}

pub(super) fn zeroed(volume: &Volume<'_>, record: u64) -> Result<Wound, DamageError> {
    let stored = volume.stored_segment(record)?;
    let what = format!("{}: all zeros", stored.name);
    Ok(Wound::new("zeroed-record", record, what, stored.patch(0, &vec![0; stored.bytes.len()])?))
}

pub(super) fn field(
    volume: &Volume<'_>,
    record: u64,
    RecordField(field): RecordField,
    value: u64,
) -> Result<Wound, DamageError> {
    let stored = volume.stored_segment(record)?;
    let before = number(&stored.bytes, field.offset, field.width).unwrap_or(0);
    let what = field.sentence(&stored.name, before, value);
    let bytes = field.bytes(value)?;
    if field.offset < PROTECTION_FIELDS {
        // What protects the record stays where it is: only the header lies about it.
        return Ok(Wound::new(field.kind, record, what, stored.patch(field.offset, &bytes)?));
    }
    let mut block = stored.unprotect()?;
    block.put(field.offset, &bytes)?;
    Ok(Wound::new(field.kind, record, what, block.writes()))
}

pub(super) fn missing_end_marker(volume: &Volume<'_>, record: u64) -> Result<Wound, DamageError> {
    let mut block = volume.segment(record)?;
    let marker = block.end_marker()?;
    block.put(marker, &[0; 4])?;
    block.put(0x18, &u32::try_from(marker).unwrap_or(u32::MAX).to_le_bytes())?;
    let what = format!("{}: no end marker, and the used size ends at byte {marker}, where it was", block.name());
    Ok(Wound::new("missing-end-marker", record, what, block.writes()))
}

pub(super) fn directory_flag(volume: &Volume<'_>, record: u64, is_set: bool) -> Result<Wound, DamageError> {
    let mut block = volume.segment(record)?;
    let name = Some("$I30".encode_utf16().collect());
    let index = AttributeAt { record, kind: AttributeType::INDEX_ROOT, name, position: 0 };
    let has_index = volume.attribute(&index).is_ok();
    let kind = if is_set { "directory-flag-without-index" } else { "index-without-directory-flag" };
    if has_index == is_set {
        let expected = if is_set { "a file without $I30" } else { "a directory with $I30" };
        return Err(missing(block.name(), expected));
    }
    let low = u16::try_from(block.number(FLAGS, 2)?).unwrap_or(0);
    let flags = if is_set { low | DIRECTORY } else { low & !DIRECTORY };
    block.put(FLAGS, &flags.to_le_bytes())?;
    let what = match is_set {
        true => format!("{}: the record flag \"directory\" is set, and there is no $I30", block.name()),
        false => format!("{}: the record flag \"directory\" is not set beside $I30", block.name()),
    };
    Ok(Wound::new(kind, record, what, block.writes()))
}

pub(super) fn stale_mirror(volume: &Volume<'_>, record: u64) -> Result<Wound, DamageError> {
    let mirror = Volume { copy: RecordCopy::Mirror, ..*volume };
    let mut block = mirror.segment(record)?;
    let before = block.number(LOG_FILE_SEQUENCE, 8)?;
    let after = before.wrapping_add(1);
    block.put(LOG_FILE_SEQUENCE, &after.to_le_bytes())?;
    let what = format!("{}: $LogFile sequence number is {after:#x}, $MFT has {before:#x}", block.name());
    Ok(Wound::new("stale-mirror", record, what, block.writes()))
}

pub(super) fn bytes(volume: &Volume<'_>, at: BytesAt, bytes: &[u8]) -> Result<Wound, DamageError> {
    match at {
        BytesAt::Image(offset) => {
            let place = Place { offset, length: bytes.len() };
            let mut stored = volume.stored("image".to_owned(), vec![vec![place]])?;
            stored.bytes.copy_from_slice(bytes);
            let what = format!("image: other bytes at {offset:#x}");
            Ok(Wound::new("bytes", None, what, stored.writes()))
        }
        BytesAt::Record { record, offset } => {
            let mut block = volume.segment(record)?;
            block.put(offset, bytes)?;
            let what = format!("{}: other bytes at byte {offset:#x}", block.name());
            Ok(Wound::new("bytes", record, what, block.writes()))
        }
    }
}
