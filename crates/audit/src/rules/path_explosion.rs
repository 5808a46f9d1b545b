//! # path-explosion
//!
//! Links that lead back make paths multiply: whoever follows them never gets to an end.
//!
//! ## What it finds
//!
//! Directories that are reached from each other in more than one way, because two or more junctions or symbolic links lead
//! back to what they are in. Each round has a choice, so that paths double and double again. One finding for all links
//! that work together, at the directory with the shortest path; it says how many paths there are at least that are no
//! longer than 260 and 32,767 characters, as powers of two. `ancestor-link` does not tell of these links again.
//!
//! ## Why it matters
//!
//! Virus scanners, backup and search that follow links hang, and never see what lies beside them. Two junctions suffice,
//! and any user can make them; the trick is published under the name GhostTree.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks resolve IMAGE PATH` for each of the links in the evidence: they lead to directories above them.
//!
//! ## False positives
//!
//! Programs that know a directory again by its file id, or that do not follow links, are not troubled. Windows' own
//! compatibility links are suppressed: everyone is denied to list what they lead to.
//!
//! ## Sources
//!
//! Varonis "GhostTree" (varonis.com/blog/ghosttree-ntfs-trick); golang/go#10424, FastCopyLab/FastCopy#333; reference E.

use format::WtfString;

use crate::context::Context;
use crate::finding::Finding;
use crate::impact::{PathExplosion, counted};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "path-explosion",
    severity: Severity::Error,
    summary: "links that lead back make paths multiply",
    source: include_str!("path_explosion.rs"),
    check: Check::All(check),
};

/// Why Windows' own links are no concern.
const OF_WINDOWS: &str = "Windows' own compatibility links, which everyone is denied to list";
/// Links that evidence lists; how many there are is a number beside them.
const MOST_LINKS: usize = 10;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(context.explosions().found.iter().map(|explosion| finding(context, explosion)));
}

fn finding(context: &Context<'_>, explosion: &PathExplosion) -> Finding {
    let PathExplosion { top, edges, power_of_classic, power_of_longest, is_of_windows } = explosion;
    let links = counted(edges.len() as u64, "link");
    let message = format!(
        "{links} lead back, and paths multiply: at least 2^{power_of_classic} within 260 characters, \
         2^{power_of_longest} within 32,767"
    );
    let edges = edges.iter().filter_map(|edge| context.links.edges.get(*edge));
    let paths = edges.clone().filter_map(|edge| context.path_of_link(edge));
    let first: Vec<WtfString> = paths.take(MOST_LINKS).collect();
    let finding = context
        .finding(&RULE, *top, message)
        .with("links", explosion.edges.len())
        .with("through", first)
        .with("power_within_260", *power_of_classic)
        .with("power_within_32767", *power_of_longest)
        .with("at_least", true)
        .relating(edges.map(|edge| edge.source));
    if *is_of_windows { finding.suppressed(OF_WINDOWS) } else { finding }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::impact::is_in_path_explosion;
    use crate::policy::Policy;
    use crate::testing::{check, with_context};

    fn junctions(links: &[(&str, &str)]) -> String {
        let junction = |(path, target): &(&str, &str)| format!("[[file]]\npath = '{path}'\njunction = 'C:{target}'\n");
        links.iter().map(junction).collect()
    }

    fn line(directory: &str, links: u64, classic: u64, longest: u64) -> String {
        format!(
            "{directory}: {links} links lead back, and paths multiply: at least 2^{classic} within 260 characters, \
             2^{longest} within 32,767"
        )
    }

    #[test]
    fn hit() {
        // `C:\p` and a NUL leave 255 of 260 units, and each `\a` or `\b` takes two; of 32,767 units, 32,765 are left.
        let spec = junctions(&[(r"\p\a", r"\p"), (r"\p\b", r"\p")]);
        check(&RULE, &spec, &[&line(r"\p", 2, 127, 16_382)]);
    }

    #[test]
    fn hit_three_links_are_three_choices() {
        // 127 rounds with three choices: 127 times 1.585 is 201.3; 16,382 times 1.58496 is 25,964.8.
        let spec = junctions(&[(r"\p\a", r"\p"), (r"\p\b", r"\p"), (r"\p\c", r"\p")]);
        check(&RULE, &spec, &[&line(r"\p", 3, 201, 25_964)]);
    }

    #[test]
    fn hit_links_in_different_directories_work_together() {
        // From \p round by \x\back is 7 units, by \y\back as well: (257 - 2) / 7 is 36, (32,767 - 2) / 7 is 4,680.
        let spec = junctions(&[(r"\p\x\back", r"\p"), (r"\p\y\back", r"\p")]);
        check(&RULE, &spec, &[&line(r"\p", 2, 36, 4_680)]);
    }

    #[test]
    fn hit_links_that_lead_to_each_other_twice() {
        // From \b round by \x\1 or by \y\1, `\x` being in \b and `\1` in \a: 4 units; (257 - 2) / 4 is 63.
        let spec = junctions(&[(r"\a\1", r"\b"), (r"\b\x", r"\a"), (r"\b\y", r"\a")]);
        check(&RULE, &spec, &[&line(r"\a", 3, 63, 8_191)]);
    }

    #[test]
    fn hit_it_covers_its_links_and_no_others() {
        let spec = junctions(&[(r"\p\a", r"\p"), (r"\p\b", r"\p"), (r"\q\a", r"\q"), (r"\p\out", r"\q")]);
        with_context(&spec, &Policy::default(), None, |context| {
            let covered = context.links.edges.iter().filter(|edge| is_in_path_explosion(context, edge));
            let paths: Vec<String> =
                covered.filter_map(|edge| Some(context.path(edge.source)?.as_wtf8().to_string())).collect();
            assert_eq!(paths, [r"\p\a", r"\p\b"]);
        });
    }

    #[test]
    fn near_miss_one_link_that_leads_back() {
        check(&RULE, &junctions(&[(r"\p\a", r"\p")]), &[]);
    }

    #[test]
    fn near_miss_two_loops_of_which_one_leads_to_the_other() {
        check(&RULE, &junctions(&[(r"\p\a", r"\p"), (r"\p\q\b", r"\p\q")]), &[]);
    }

    #[test]
    fn near_miss_two_links_down() {
        check(&RULE, &junctions(&[(r"\p\a", r"\p\q\r"), (r"\p\b", r"\p\q\r"), (r"\p\q\r\s\c", r"\t")]), &[]);
    }

    #[test]
    fn links_of_windows_are_no_concern() {
        // As on a system in another language than English: the same link by two names.
        let target = r"\ProgramData";
        let spec = junctions(&[(r"\ProgramData\Application Data", target), (r"\ProgramData\Anwendungsdaten", target)]);
        // Of 257 - 12 units, 17 go with each round: 14; of 32,767 - 12, 1,926.
        let expected = format!("{} (suppressed: {})", line(target, 2, 14, 1_926), super::OF_WINDOWS);
        check(&RULE, &spec, &[&expected]);
    }

    #[test]
    fn damaged_a_link_whose_record_is_lost_multiplies_nothing() {
        let spec = junctions(&[(r"\p\a", r"\p"), (r"\p\b", r"\p")]);
        check(&RULE, &format!("{spec}[[damage]]\nkind = \"zeroed-record\"\nfile = '\\p\\a'\n"), &[]);
    }
}
