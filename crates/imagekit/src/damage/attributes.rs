//! Damages of attribute headers and data runs.

use super::error::{DamageError, missing};
use super::field::{AttributeField, Form};
use super::segment::Spot;
use super::volume::Volume;
use super::{AttributeAt, RunFault, Wound};
use crate::clusters::{Run, mapping_pairs};

/// More clusters than any volume has.
const HUGE: u64 = 1 << 60;

pub(super) fn field(
    volume: &Volume<'_>,
    at: &AttributeAt,
    AttributeField(field, form): AttributeField,
    value: u64,
) -> Result<Wound, DamageError> {
    let (mut block, spot) = volume.attribute(at)?;
    check_form(block.name(), at, &spot, form)?;
    let offset = spot.offset + field.offset;
    let what = field.sentence(&format!("{}: {at}", block.name()), block.number(offset, field.width)?, value);
    block.put(offset, &field.bytes(value)?)?;
    Ok(Wound::new(field.kind, at.record, what, block.writes()))
}

fn check_form(name: &str, at: &AttributeAt, spot: &Spot, form: Form) -> Result<(), DamageError> {
    match (form, spot.is_resident) {
        (Form::Resident, false) => Err(missing(name, format!("{at} in the record"))),
        (Form::InClusters, true) => Err(missing(name, format!("{at} in clusters"))),
        _ => Ok(()),
    }
}

pub(super) fn run(
    volume: &Volume<'_>,
    at: &AttributeAt,
    position: usize,
    fault: RunFault,
) -> Result<Wound, DamageError> {
    let (mut block, spot) = volume.attribute(at)?;
    check_form(block.name(), at, &spot, Form::InClusters)?;
    let mut runs = volume.runs(&block, &spot)?;
    let run = runs.get_mut(position).ok_or_else(|| missing(block.name(), format!("run {position} of {at}")))?;
    let before = *run;
    let kind = match fault {
        RunFault::PastVolume => {
            run.lcn = Some(volume.clusters());
            "run-past-volume"
        }
        RunFault::NoLength => {
            run.length = 0;
            "run-without-length"
        }
        RunFault::Huge => {
            run.length = HUGE;
            "huge-run"
        }
        RunFault::Onto { record } => {
            run.lcn = Some(first_cluster(volume, record)?);
            "overlapping-run"
        }
        RunFault::Boot => {
            run.lcn = Some(0);
            "run-at-boot-sector"
        }
    };
    let what =
        format!("{}: run {position} of {at} has {}, expected {}", block.name(), in_words(*run), in_words(before));
    block.replace_pairs(&spot, &mapping_pairs(&runs))?;
    Ok(Wound::new(kind, at.record, what, block.writes()))
}

fn in_words(run: Run) -> String {
    match run.lcn {
        Some(lcn) => format!("{} clusters from cluster {lcn}", run.length),
        None => format!("{} clusters that lie nowhere", run.length),
    }
}

/// The first cluster of the first attribute in clusters that lies somewhere.
fn first_cluster(volume: &Volume<'_>, record: u64) -> Result<u64, DamageError> {
    let block = volume.segment(record)?;
    for spot in block.attributes()?.iter().filter(|spot| !spot.is_resident) {
        if let Some(lcn) = volume.runs(&block, spot)?.iter().find_map(|run| run.lcn) {
            return Ok(lcn);
        }
    }
    Err(missing(block.name(), "an attribute in clusters"))
}
