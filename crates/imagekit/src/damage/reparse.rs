//! Damages of reparse points.

use format::AttributeType;

use super::block::number;
use super::error::{DamageError, missing};
use super::field::ReparseField;
use super::volume::Volume;
use super::{AttributeAt, Wound};

/// `FILE_ATTRIBUTE_REPARSE_POINT`.
const REPARSE_POINT: u64 = 0x400;
/// Where `$STANDARD_INFORMATION` has the file attributes.
const FILE_ATTRIBUTES: usize = 0x20;

pub(super) fn flag(volume: &Volume<'_>, record: u64, is_set: bool) -> Result<Wound, DamageError> {
    let has_attribute = volume.attribute(&AttributeAt::first(record, AttributeType::REPARSE_POINT)).is_ok();
    let mut information = volume.value(&AttributeAt::first(record, AttributeType::STANDARD_INFORMATION))?;
    if has_attribute == is_set {
        let expected = if is_set { "a file without $REPARSE_POINT" } else { "$REPARSE_POINT" };
        return Err(missing(information.name(), expected));
    }
    let before = number(information.bytes(), FILE_ATTRIBUTES, 4).unwrap_or(0);
    let after = if is_set { before | REPARSE_POINT } else { before & !REPARSE_POINT };
    information.put(FILE_ATTRIBUTES, &after.to_le_bytes()[..4])?;
    let (kind, beside) = match is_set {
        true => ("reparse-flag-without-attribute", "without $REPARSE_POINT"),
        false => ("reparse-attribute-without-flag", "beside $REPARSE_POINT"),
    };
    let what = format!(
        "{}: $STANDARD_INFORMATION has file attributes {after:#x} {beside}, was {before:#x}",
        information.name()
    );
    Ok(Wound::new(kind, record, what, information.writes()))
}

pub(super) fn field(
    volume: &Volume<'_>,
    record: u64,
    ReparseField(field): ReparseField,
    value: u64,
) -> Result<Wound, DamageError> {
    let mut point = volume.value(&AttributeAt::first(record, AttributeType::REPARSE_POINT))?;
    let before = number(point.bytes(), field.offset, field.width)
        .ok_or_else(|| missing(point.name(), format!("reparse data with a {}", field.name)))?;
    let what = field.sentence(&format!("{}: $REPARSE_POINT", point.name()), before, value);
    point.put(field.offset, &field.bytes(value)?)?;
    Ok(Wound::new(field.kind, record, what, point.writes()))
}
