//! # over-long-path
//!
//! A path is longer than most programs can take.
//!
//! ## What it finds
//!
//! Names whose path, from the root of the volume, has more UTF-16 units than `path-length` of the policy's `[thresholds]`
//! (260), where the directory's own path has not: what is below them is longer still, and not repeated. Names whose path
//! has more than the 32,767 units that Windows can name are reported one by one. Where the beginning of a path is lost,
//! what is left of it counts, from `\$Orphan` on.
//!
//! And junctions and symbolic links to directories through which paths get longer than the 32,767 units, though what they
//! lead to has a shorter path of its own. Links that lead back, by which every path gets longer for ever, are left to
//! `ancestor-link` and `path-explosion`.
//!
//! ## Why it matters
//!
//! Programs without long paths fail to open, copy or delete them, and tools for backups skip or cut them off. Data can be
//! hidden so. No program gets to the end of a path of more than 32,767 units: whoever follows links leaves files out.
//!
//! ## How to confirm by hand
//!
//! `dir \\?\C:\…` opens paths up to 32,767 units.
//!
//! ## False positives
//!
//! None; programs that are made for long paths take them. The classic limit counts the drive letter, the colon and a
//! final NUL as well: a `path-length` of 257 is that exactly.
//!
//! ## Sources
//!
//! Microsoft "Maximum Path Length Limitation"; reference A.19 and E "Over-long paths".

use links::{File, FileId, LONGEST_PATH, Name, Place, ROOT, VolumeGraph};

use crate::context::Context;
use crate::finding::Finding;
use crate::impact::LongWalk;
use crate::names::finding_of_name;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "over-long-path",
    severity: Severity::Note,
    summary: "a path is longer than most programs can take",
    source: include_str!("over_long_path.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_in_use() || id.record == ROOT {
        return;
    }
    let Some(graph) = context.graph(id.volume) else { return };
    if file.is_reparse_point() {
        findings.extend(context.long_walks(id).iter().filter_map(|walk| finding_of_walk(context, walk)));
    }
    let limit = context.policy.thresholds.path_length;
    for name in file.names().filter(|name| name.namespace() != format::Namespace::Dos) {
        let message = match excess(graph, file, &name, limit) {
            Some(Excess::Units(units)) => format!("path of {units} UTF-16 units, more than {limit}"),
            Some(Excess::BeyondWindows) => format!("path of more than the {LONGEST_PATH} UTF-16 units of Windows"),
            None => continue,
        };
        let finding = finding_of_name(context, &RULE, id.volume, (file, &name), message);
        findings.push(finding.with("limit", limit));
    }
}

fn finding_of_walk(context: &Context<'_>, walk: &LongWalk) -> Option<Finding> {
    let edge = context.links.edges.get(walk.edge)?;
    let units = walk.units;
    let message =
        format!("paths through this link have up to {units} UTF-16 units, more than the {LONGEST_PATH} of Windows");
    let finding = context.finding_of_link(&RULE, edge, message);
    Some(finding.with("units", units).with("limit", u64::from(LONGEST_PATH)))
}

enum Excess {
    Units(u64),
    BeyondWindows,
}

/// How long the path of a name is, if it is too long and that of its directory is not.
fn excess(graph: &VolumeGraph, file: &File<'_>, name: &Name<'_>, limit: u64) -> Option<Excess> {
    let VolumeGraph { files, paths, .. } = graph;
    let units = |index| paths.directory(index).map(|directory| u64::from(directory.units));
    let above = paths.index_of(files, name.parent().record_number()).and_then(units)?;
    // A name has no more units than bytes. What is not long is told by that, before anything is checked or counted.
    let most = above.saturating_add(1 + name.text().as_bytes().len() as u64);
    if most <= limit.min(LONGEST_PATH.into()) {
        return None;
    }
    let above = match graph.place_of(file, name) {
        Place::In(directory) => units(directory).filter(|above| *above <= limit)?,
        Place::Long(_) => return Some(Excess::BeyondWindows),
        Place::Orphan(_) => return None,
    };
    let units = above.saturating_add(1 + name.text().unit_count() as u64);
    (units > limit).then_some(Excess::Units(units))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::RULE;
    use crate::Policy;
    use crate::testing::{check, check_with, with_findings};

    fn spec(directory: usize, name: usize) -> String {
        format!("[[file]]\npath = '\\{}\\{}'\n", "d".repeat(directory), "n".repeat(name))
    }

    #[test]
    fn hit() {
        // Two separators.
        let path = format!(r"\{}\{}", "d".repeat(200), "n".repeat(59));
        check(&RULE, &spec(200, 59), &[&format!("{path}: path of 261 UTF-16 units, more than 260")]);
    }

    #[test]
    fn near_miss_exactly_the_limit() {
        check(&RULE, &spec(200, 58), &[]);
    }

    #[test]
    fn hit_what_is_below_is_not_repeated() {
        // More than the paths of the system's own files have.
        let policy = Policy::parse(Path::new("p.toml"), "[thresholds]\npath-length = 60\n").expect("a policy");
        let path = format!(r"\{}\b", "a".repeat(59));
        let expected = format!("{path}: path of 62 UTF-16 units, more than 60");
        check_with(&RULE, &format!("[[file]]\npath = '{path}\\c\\d'\n"), &policy, None, &[&expected]);
    }

    #[test]
    fn hit_a_path_that_windows_cannot_name() {
        let policy = Policy::parse(Path::new("p.toml"), "[thresholds]\npath-length = 40000\n").expect("a policy");
        // 129 names of 254 units, each behind a separator: 32,895 units.
        let path = format!(r"\{}", "d".repeat(254)).repeat(129);
        let messages = with_findings(&RULE, &format!("[[file]]\npath = '{path}'\n"), &policy, None, |findings| {
            findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
        });
        assert_eq!(messages, ["path of more than the 32767 UTF-16 units of Windows"]);
    }

    /// Below `\deep` lie `depth` directories of 254 units in each other; a link in the last of them leads to `\other`, with
    /// as many.
    fn two_deep_directories(depth: usize, target: &str) -> Vec<String> {
        let below = format!(r"\{}", "d".repeat(254)).repeat(depth);
        let directory = |top: &str| format!("[[file]]\npath = '{top}{below}\\x'\n");
        let link = format!("[[file]]\npath = '\\deep{below}\\link'\njunction = 'C:{target}'\n");
        let spec = [directory(r"\deep"), directory(r"\other"), link].concat();
        // Only what links make of it is asked for.
        let policy = Policy::parse(Path::new("p.toml"), "[thresholds]\npath-length = 40000\n").expect("a policy");
        with_findings(&RULE, &spec, &policy, None, |findings| {
            findings.iter().map(|finding| finding.message.clone()).collect()
        })
    }

    #[test]
    fn hit_a_path_through_a_link_that_windows_cannot_name() {
        // To the link 5 + 65 * 255 + 5 units, and behind it 65 * 255 + 2.
        let expected = "paths through this link have up to 33162 UTF-16 units, more than the 32767 of Windows";
        assert_eq!(two_deep_directories(65, r"\other"), [expected]);
    }

    #[test]
    fn near_miss_a_path_through_a_link_that_is_just_not_too_long() {
        // 5 + 64 * 255 + 5 units, and 64 * 255 + 2: 32,652.
        assert!(two_deep_directories(64, r"\other").is_empty());
    }

    #[test]
    fn near_miss_a_link_that_leads_back() {
        assert!(two_deep_directories(65, r"\deep").is_empty());
    }

    #[test]
    fn damaged_a_path_whose_beginning_is_lost_has_no_length() {
        let directory = "d".repeat(200);
        let damage =
            format!("[[damage]]\nkind = \"stale-parent-sequence\"\nfile = '\\{directory}\\{}'\n", "n".repeat(59));
        check(&RULE, &format!("{}{damage}", spec(200, 59)), &[]);
    }
}
