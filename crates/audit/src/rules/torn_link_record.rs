//! # torn-link-record
//!
//! A record that bears links was not written as a whole, or not the same to both of its places.
//!
//! ## What it finds
//!
//! A file in use that has several hard links, a reparse point or the link of another system, and of whose records, base or
//! extension, one is torn: a 512-byte stride does not end in the update sequence number, or Windows marked it `BAAD`.
//! Other torn records are among the `problems`.
//!
//! And a record of NTFS itself, one of the first four, that is not the same as its copy in `$MFTMirr`.
//!
//! ## Why it matters
//!
//! A part of the record is older than the rest. Names and targets in it may be those of another time, so that what other
//! rules say of the file is not to be relied on. Windows writes the copies in `$MFTMirr` with the records: where they
//! differ one of the two was changed alone, and drivers that go by the other see another volume.
//!
//! ## How to confirm by hand
//!
//! The two bytes before each multiple of 512 in the record must be those that the header leads to with the 16-bit number
//! at 0x04. Compare with a backup, or with the `$LogFile` of the volume. Of a record and its copy, compare the bytes from
//! `first_byte` on: the copy lies at `copy_offset` of the image. `ntfsfix --no-action` compares them as well.
//!
//! ## False positives
//!
//! None known for volumes that were unmounted. An image of a volume in use can have caught a write half done.
//!
//! ## Sources
//!
//! Reference A.2, A.3 "Multi-sector fixup", G rows 3 and 31; libfsntfs "The fix-up values" and "The MFT mirror".

use links::{File, FileId};
use volume::MirrorDifference;

use crate::context::Context;
use crate::finding::Finding;
use crate::names::a_few;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "torn-link-record",
    severity: Severity::Warning,
    summary: "a record that bears links was not written as a whole, or not to its mirror",
    source: include_str!("torn_link_record.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_in_use() {
        return;
    }
    findings.extend(torn(context, id, file).or_else(|| differs_from_mirror(context, id)));
}

fn torn(context: &Context<'_>, id: FileId, file: &File<'_>) -> Option<Finding> {
    // Very few files have one, and the rest of the question costs more.
    let first = file.torn_records().next()?;
    let what = what_it_bears(file)?;
    let count = file.torn_records().count();
    let records = a_few(file.torn_records().map(|record| record.to_string()), count);
    let noun = if count == 1 { "record" } else { "records" };
    let message = format!("torn {noun} {records}: what is known of its {what} may be of different times");
    let offset = context.volumes.get(id.volume).and_then(|source| source.volume.image_offset(first, 0));
    let finding = Finding { record: Some(first), offset, ..context.finding(&RULE, id, message) };
    Some(finding.with("torn_records", records).with("hard_links", file.non_dos_names()))
}

fn differs_from_mirror(context: &Context<'_>, id: FileId) -> Option<Finding> {
    let difference = context.volumes.get(id.volume)?.volume.mirror_difference(id.record)?;
    let MirrorDifference { copy, first_byte } = difference;
    let message = match first_byte {
        Some(first) => format!("record {} and its copy in $MFTMirr differ, from byte {first:#x} on", id.record),
        None => format!("the copy of record {} in $MFTMirr is torn, or no record", id.record),
    };
    let finding = context.finding(&RULE, id, message).with("copy_offset", copy.0);
    Some(match first_byte {
        Some(first) => finding.with("first_byte", u64::from(first)),
        None => finding,
    })
}

/// What makes the records of a file worth a finding.
fn what_it_bears(file: &File<'_>) -> Option<&'static str> {
    if file.is_reparse_point() {
        Some("reparse point and names")
    } else if file.foreign_link().is_some() {
        Some("target and names")
    } else if file.has_several_hard_links() {
        Some("hard links")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    fn torn(record: u64) -> String {
        format!("[[damage]]\nkind = \"torn-sector\"\nrecord = {record}\nsector = 0\n")
    }

    #[test]
    fn hit_hard_links() {
        let spec = format!("[[file]]\npath = '\\a'\nnames = ['\\b']\nrecord = 40\n{}", torn(40));
        check(&RULE, &spec, &[r"\a: torn record 40: what is known of its hard links may be of different times"]);
    }

    #[test]
    fn hit_a_reparse_point() {
        let spec = format!("[[file]]\npath = '\\a'\nsymlink = 'b'\nrecord = 40\n{}", torn(40));
        let message = "torn record 40: what is known of its reparse point and names may be of different times";
        check(&RULE, &spec, &[&format!(r"\a: {message}")]);
    }

    #[test]
    fn hit_the_link_of_another_system() {
        let spec = format!("[[file]]\npath = '\\a'\ninterix-symlink = 'b'\nrecord = 40\n{}", torn(40));
        let message = "torn record 40: what is known of its target and names may be of different times";
        check(&RULE, &spec, &[&format!(r"\a: {message}")]);
    }

    /// Twelve names do not fit in one record: extension record 41 has some of them.
    #[test]
    fn hit_an_extension_record() {
        let names = "['\\02', '\\03', '\\04', '\\05', '\\06', '\\07', '\\08', '\\09', '\\10', '\\11', '\\12']";
        let spec = format!("[[file]]\npath = '\\01'\nnames = {names}\nrecord = 40\n{}", torn(41));
        check(&RULE, &spec, &[r"\01: torn record 41: what is known of its hard links may be of different times"]);
    }

    /// Bytes 0x08 to 0x0F are the `$LogFile` sequence number.
    #[test]
    fn hit_a_mirror_that_is_older() {
        let damage = "[[damage]]\nkind = \"stale-mirror\"\nrecord = 0\n";
        check(&RULE, damage, &[r"\$MFT: record 0 and its copy in $MFTMirr differ, from byte 0x8 on"]);
    }

    #[test]
    fn hit_a_copy_that_is_torn() {
        let damage = format!("{}copy = \"mirror\"\n", torn(3));
        check(&RULE, &damage, &[r"\$Volume: the copy of record 3 in $MFTMirr is torn, or no record"]);
    }

    #[test]
    fn near_miss_a_torn_record_with_one_name() {
        check(&RULE, &format!("[[file]]\npath = '\\a'\nrecord = 40\n{}", torn(40)), &[]);
    }

    #[test]
    fn near_miss_a_deleted_file() {
        let file = "[[file]]\npath = '\\a'\nnames = ['\\b']\nrecord = 40\ndeleted = true\n";
        check(&RULE, &format!("{file}{}", torn(40)), &[]);
    }

    #[test]
    fn damaged_a_record_that_windows_found_torn() {
        let damage = "[[damage]]\nkind = \"bad-signature\"\nrecord = 40\n";
        let spec = format!("[[file]]\npath = '\\a'\nnames = ['\\b']\nrecord = 40\n{damage}");
        check(&RULE, &spec, &[r"\a: torn record 40: what is known of its hard links may be of different times"]);
    }
}
