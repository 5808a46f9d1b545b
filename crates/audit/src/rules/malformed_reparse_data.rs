//! # malformed-reparse-data
//!
//! Reparse data, or the target in it, is not what its tag asks for.
//!
//! ## What it finds
//!
//! Reparse points whose lengths do not fit, whose names lie outside of their buffer or begin in the middle of a character,
//! or whose data is too short for the tag; Interix devices that are cut short; and links whose text is no target: with a
//! NUL, an empty name, `/`, a character that no name has, `.` or `..` behind a drive letter, or without `\??\`. Buffers of
//! cloud files in neither of the two layouts that were seen are a warning, and bytes left over behind the data a note.
//! Other rules about reparse data have nothing to say about such a link.
//!
//! ## Why it matters
//!
//! Windows refuses to follow it, other tools read past the buffer or crash, and no two tools agree on where it leads.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints what can be read of it. The value of the attribute 0xC0 begins with the tag, the
//! length of the data and two zero bytes; names of junctions are counted from byte 0x10, those of symbolic links from 0x14.
//!
//! ## False positives
//!
//! Microsoft does not document the buffers of cloud files: a third layout may be a sound one.
//!
//! ## Sources
//!
//! MS-FSCC 2.1.2; reference B.3 to B.11 and C.3.

use format::{ReparseData, ReparseTag, Wtf8};
use links::{File, FileId, Link, Mistake, Problem};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::{edges_of, is_slack, leads_above_root, mistake_of_text, stored_target, structure_problems};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "malformed-reparse-data",
    severity: Severity::Error,
    summary: "reparse data, or the target in it, is not what its tag asks for",
    source: include_str!("malformed_reparse_data.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_in_use() {
        return;
    }
    let problems = structure_problems(context, id, file);
    let damage = problems.iter().find(|problem| !is_slack(problem)).or(problems.first());
    if let Some(problem) = damage {
        findings.push(of_structure(context, id, &problems, problem));
    }
    // Only what is left over leaves the text as it is.
    if damage.is_none_or(|problem| is_slack(problem)) {
        findings.extend(of_text(context, id, file).or_else(|| of_cloud(context, id, file)));
    }
}

fn of_structure(context: &Context<'_>, id: FileId, problems: &[&Problem], problem: &Problem) -> Finding {
    let codes: Vec<&str> = problems.iter().map(|problem| problem.cause.code()).collect();
    let finding = context.finding(&RULE, id, problem.cause.to_string()).with("problems", codes.join(", "));
    let finding =
        Finding { record: problem.record.or(finding.record), offset: problem.offset.or(finding.offset), ..finding };
    if is_slack(problem) { finding.as_bad_as(Severity::Note) } else { finding }
}

/// A link whose text is no target.
fn of_text(context: &Context<'_>, id: FileId, file: &File<'_>) -> Option<Finding> {
    let link = Link::of(file)?;
    let text = stored_target(file).unwrap_or_default();
    if let Some(mistake) = mistake_of_text(&link) {
        let message = sentence(mistake, text.as_wtf8());
        let finding = context.finding_of_reparse(&RULE, id, message).with("type", link.link_type.as_str());
        return Some(finding.with("target", text.clone()).leading_to(text));
    }
    let edge = edges_of(context, id).iter().find(|edge| leads_above_root(edge))?;
    let message = format!("its target {} leads above the root of the volume", quoted(text.as_wtf8()));
    Some(context.finding_of_link(&RULE, edge, message).with("target", text.clone()).leading_to(text))
}

fn sentence(mistake: Mistake, text: Wtf8<'_>) -> String {
    let text = quoted(text);
    match mistake {
        Mistake::Empty => "it has no target".to_owned(),
        Mistake::Nul => format!("its target {text} has a NUL"),
        Mistake::EmptyComponent => format!("its target {text} lacks a name between two separators"),
        Mistake::Character => format!("its target {text} has a character that no name can have"),
        Mistake::ForwardSlash => format!("its target {text} has \"/\", which separates nothing in a target"),
        Mistake::NoPrefix => format!("its target {text} does not begin as that of an absolute link"),
        Mistake::NoRoot => format!("its target {text} names a volume's device and not its root directory"),
        Mistake::DotComponent => format!("its target {text} has \".\" or \"..\" where nothing has such a name"),
        // Other rules tell these.
        Mistake::RelativeFlag | Mistake::LinuxNtfs3 | Mistake::NotADirectory => format!("its target {text} is none"),
    }
}

/// The buffer of a cloud file in a layout that was never seen.
fn of_cloud(context: &Context<'_>, id: FileId, file: &File<'_>) -> Option<Finding> {
    let point = file.reparse_point().filter(|point| is_cloud_filter(point.tag))?;
    let ReparseData::Opaque(data) = point.data else { return None };
    if is_cloud_buffer(data) {
        return None;
    }
    let message = format!("the {} bytes of its cloud data have neither of the two known layouts", data.len());
    let finding = context.finding_of_reparse(&RULE, id, message).as_bad_as(Severity::Warning);
    Some(finding.with("tag", point.tag.to_string()).with("data_length", point.data_length))
}

/// Whether a tag is one of the cloud filter's sixteen.
fn is_cloud_filter(tag: ReparseTag) -> bool {
    tag.0 & 0xFFFF_0FFF == 0x9000_001A
}

/// Whether cloud data begins as a buffer of the cloud filter: version, length, then its signature, in the clear or as the
/// first bytes of a compressed chunk.
fn is_cloud_buffer(data: &[u8]) -> bool {
    const SIGNATURE: &[u8] = b"FeRp";
    let has_signature = |offset: usize| data.get(offset..).is_some_and(|rest| rest.starts_with(SIGNATURE));
    match data {
        [0x01, 0x00, low, high, ..] => has_signature(4) && usize::from(u16::from_le_bytes([*low, *high])) <= data.len(),
        // The header of an LZNT1 chunk that is compressed, and its first byte of flags.
        [0x01, 0x80, _, _, _, header, ..] => has_signature(7) && header >> 4 == 0xB,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::Policy;
    use crate::severity::Severity;
    use crate::testing::{check, with_findings};

    /// A symbolic link with a substitute name of 8 bytes after a print name of 8 bytes.
    const LINK: &str = "
        [[file]]
        path = '\\gone'

        [[file]]
        path = '\\link'
        symlink = 'gone'
    ";

    #[test]
    fn hit_a_name_outside_of_its_buffer() {
        let damage = "
            [[damage]]
            kind = \"lying-substitute-length\"
            file = '\\link'
            value = 200
        ";
        let expected = r"\link: substitute name is at 8 with length 200 but the path buffer has 16 bytes";
        check(&RULE, &format!("{LINK}{damage}"), &[expected]);
    }

    #[test]
    fn near_miss_names_that_fill_their_buffer() {
        check(&RULE, LINK, &[]);
    }

    /// The data of the tag is opaque; its length says 2 bytes, and 4 are there.
    #[test]
    fn hit_bytes_left_over() {
        let spec = "[[file]]\npath = '\\wim'\nreparse = { hex = '08000080 02000000 11223344' }\n";
        let expected = r"\wim: reparse data length is 2 and the attribute holds 4: the rest is not used";
        check(&RULE, spec, &[expected]);
    }

    #[test]
    fn hit_a_text_that_is_no_target() {
        let check_text = |substitute: &str, expected: &str| {
            let reparse =
                format!("reparse = {{ tag = 'MOUNT_POINT', substitute = '{substitute}', print = '{substitute}' }}");
            check(
                &RULE,
                &format!("[[file]]\npath = '\\j'\ndirectory = true\n{reparse}\n"),
                &[&format!(r"\j: its target {expected}")],
            );
        };
        check_text(r"C:\x", r#""C:\x" does not begin as that of an absolute link"#);
        check_text(r"\??\C:/x", r#""\??\C:/x" has "/", which separates nothing in a target"#);
        check_text(r"\??\C:", r#""\??\C:" names a volume's device and not its root directory"#);
        check_text(r"\??\C:\a\..\b", r#""\??\C:\a\..\b" has "." or ".." where nothing has such a name"#);
        check_text(r"\??\C:\a\\b", r#""\??\C:\a\\b" lacks a name between two separators"#);
        check_text(r"\??\C:\a*b", r#""\??\C:\a*b" has a character that no name can have"#);
    }

    #[test]
    fn hit_a_target_above_the_root() {
        let expected = r#"\d\link: its target "..\..\x" leads above the root of the volume"#;
        check(&RULE, "[[file]]\npath = '\\d\\link'\nsymlink = '..\\..\\x'\n", &[expected]);
    }

    #[test]
    fn near_miss_a_target_at_the_root() {
        check(&RULE, "[[file]]\npath = '\\d\\link'\nsymlink = '..\\x'\n", &[]);
    }

    /// Reference B.11: in the clear and compressed.
    #[test]
    fn near_miss_cloud_data_as_it_was_seen() {
        let clear = "[[file]]\npath = '\\a'\nreparse = { tag = 'CLOUD_6', hex = '01000c00 46655270 00000000' }\n";
        let packed = "[[file]]\npath = '\\b'\nreparse = { tag = 'CLOUD', hex = '01801000 0ab000 46655270 00' }\n";
        check(&RULE, &format!("{clear}{packed}"), &[]);
    }

    #[test]
    fn hit_cloud_data_as_it_never_was_seen() {
        let longer = "[[file]]\npath = '\\a'\nreparse = { tag = 'CLOUD_6', hex = '01000d00 46655270 00000000' }\n";
        let other = "[[file]]\npath = '\\b'\nreparse = { tag = 'CLOUD', hex = '01001000' }\n";
        let expected = [
            r"\a: the 12 bytes of its cloud data have neither of the two known layouts",
            r"\b: the 4 bytes of its cloud data have neither of the two known layouts",
        ];
        check(&RULE, &format!("{longer}{other}"), &expected);
    }

    #[test]
    fn what_is_left_over_or_never_was_seen_is_less_bad() {
        let severity = |reparse: &str| {
            let spec = format!("[[file]]\npath = '\\a'\nreparse = {{ {reparse} }}\n");
            with_findings(&RULE, &spec, &Policy::default(), None, |findings| {
                findings.iter().map(|finding| finding.severity).collect::<Vec<_>>()
            })
        };
        assert_eq!(severity("hex = '08000080 02000000 11223344'"), [Severity::Note]);
        assert_eq!(severity("tag = 'CLOUD', hex = '01001000'"), [Severity::Warning]);
        assert_eq!(severity("tag = 'LX_SYMLINK', hex = '0200'"), [Severity::Error]);
    }

    #[test]
    fn damaged_an_attribute_that_cannot_be_read_is_reported_too() {
        let damage = "
            [[damage]]
            kind = \"lying-value-length\"
            file = '\\link'
            attribute = \"REPARSE_POINT\"
            value = 4000
        ";
        // The header of the attribute has 24 bytes, the value 36, and the attribute a multiple of 8.
        let expected = r"\link: value of the $REPARSE_POINT attribute ends at byte 4024 but the attribute has 64 bytes";
        check(&RULE, &format!("{LINK}{damage}"), &[expected]);
    }
}
