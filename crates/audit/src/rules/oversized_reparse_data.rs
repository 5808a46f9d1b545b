//! # oversized-reparse-data
//!
//! Reparse data lies in clusters, or is longer than Windows can make it.
//!
//! ## What it finds
//!
//! Reparse points whose attribute is not in a record, and those of more than 16,384 bytes.
//!
//! ## Why it matters
//!
//! Windows reads the first kind, and few other tools do: they show a plain file or directory. An extracted MFT does not
//! have the data. Windows refuses to write the second kind, and a buffer made for the limit is too small for it.
//!
//! ## How to confirm by hand
//!
//! The byte at 8 of the attribute's header is 1 if its value is in clusters; `ntfslinks show IMAGE PATH` prints the length.
//!
//! ## False positives
//!
//! None: a record that is full moves its longest attribute out, so that this can happen to a sound link.
//!
//! ## Sources
//!
//! Windows SDK `MAXIMUM_REPARSE_DATA_BUFFER_SIZE`; reference A.11 and A.19.

use links::{File, FileId};

use crate::context::Context;
use crate::finding::Finding;
use crate::reparse::is_sound_file;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "oversized-reparse-data",
    severity: Severity::Note,
    summary: "reparse data lies in clusters, or is longer than Windows can make it",
    source: include_str!("oversized_reparse_data.rs"),
    check: Check::File(check),
};

/// The most bytes that a reparse point can have, its header among them.
const LARGEST: u64 = 16_384;

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let is_in_clusters = file.is_reparse_in_clusters();
    let size = file.reparse_size();
    let is_too_long = size.is_some_and(|size| size > LARGEST);
    if !is_in_clusters && !is_too_long || !is_sound_file(context, id, file) {
        return;
    }
    let bytes = size.unwrap_or_default();
    let message = if is_too_long {
        format!("its reparse point claims {bytes} bytes, and Windows makes none of more than {LARGEST}")
    } else {
        format!("its reparse point of {bytes} bytes lies in clusters")
    };
    let finding = context.finding_of_reparse(&RULE, id, message).with("value_length", bytes);
    findings.push(finding.with("in_clusters", is_in_clusters));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// A header of 8 bytes, four numbers of 8, two NULs of 4, and names of 8 and 4 units.
    const JUNCTION: &str = "[[file]]\npath = '\\j'\njunction = 'C:\\x'\n";

    #[test]
    fn hit() {
        let expected = r"\j: its reparse point of 44 bytes lies in clusters";
        check(&RULE, &format!("{JUNCTION}reparse-in-clusters = true\n"), &[expected]);
    }

    #[test]
    fn near_miss_it_is_in_the_record() {
        check(&RULE, JUNCTION, &[]);
    }

    #[test]
    fn damaged_a_claim_of_more_than_there_can_be() {
        let damage = "
            [[damage]]
            kind = \"lying-data-size\"
            file = '\\j'
            attribute = \"REPARSE_POINT\"
            value = 0x100000000
        ";
        let expected = r"\j: its reparse point claims 4294967296 bytes, and Windows makes none of more than 16384";
        check(&RULE, &format!("{JUNCTION}reparse-in-clusters = true\n{damage}"), &[expected]);
    }
}
