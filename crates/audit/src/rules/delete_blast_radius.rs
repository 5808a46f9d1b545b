//! # delete-blast-radius
//!
//! A recursive delete that follows links would destroy files outside the directory that it is asked for.
//!
//! ## What it finds
//!
//! Directories that junctions or symbolic links to directories leave, with the files that are gone once a delete of the
//! directory has followed every one of them: how many, how many bytes, and through which links. A file counts when none of
//! its hard links is left. Looked at are the directories that most links leave (threshold `blast-directories`); one whose
//! links all come out of a single directory in it is not told again. With `--scope` it is that directory alone. Large
//! volumes are counted up to a limit, and `at_least` then says so.
//!
//! ## Why it matters
//!
//! `rm -rf` of some tools, clean-up scripts, uninstallers and synchronisers follow junctions: profiles and other projects were
//! lost that way, 800 GB at a time. Remove the links themselves first (`rmdir LINK` removes a junction and not its target).
//!
//! ## How to confirm by hand
//!
//! `ntfslinks links IMAGE --under PATH` lists the links with where they lead; what lies there is what goes.
//!
//! ## False positives
//!
//! A delete that stops at reparse points, as that of Windows' own shell does, destroys nothing outside. Windows' own
//! compatibility links are suppressed: everyone is denied to list what they lead to.
//!
//! ## Sources
//!
//! anthropics/claude-code#75275, pnpm/pnpm#10707, nextcloud/desktop#4770, git-for-windows/git#607; reference C.9, D.1, E.

use crate::context::Context;
use crate::finding::Finding;
use crate::impact::{
    Explorer, Follows, ImpactIndex, Node, Outside, amount_text, counted, directories_left, first_link_paths,
};
use crate::known::ordinary_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "delete-blast-radius",
    severity: Severity::Error,
    summary: "a delete that follows links destroys files outside",
    source: include_str!("delete_blast_radius.rs"),
    check: Check::All(check),
};

/// Hard links and links that all walks together may look at: some tenths of a second.
const MOST_WORK: u64 = 1 << 23;

/// Why Windows' own links are no surprise.
const OF_WINDOWS: &str = "only through Windows' own compatibility links, which everyone is denied to list";

const ORDINARY: Follows = Follows { file_links: false, those_of_windows: false };
const ALL: Follows = Follows { file_links: false, those_of_windows: true };

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let index = context.impact();
    if index.links.is_empty() {
        return;
    }
    let candidates = candidates(context, index);
    let mut explorer = Explorer::new(index);
    let mut left = MOST_WORK;
    for (done, directory) in candidates.iter().enumerate() {
        // Each gets a share for its two walks, and what it leaves goes to the others.
        let mut share = left / (candidates.len() - done) as u64;
        left -= share;
        let mut found = [ORDINARY, ALL].into_iter().filter_map(|follows| {
            let outside = explorer.explore(*directory, follows, &mut share);
            finding(context, index, *directory, follows, &outside)
        });
        findings.extend(found.next());
        left += share;
    }
}

/// The scope, or the directories that links leave.
fn candidates(context: &Context<'_>, index: &ImpactIndex) -> Vec<Node> {
    if let Some(scope) = context.scope {
        return index.node(scope).into_iter().collect();
    }
    let most = usize::try_from(context.policy.thresholds.blast_directories).unwrap_or(usize::MAX);
    directories_left(index, |_| true).into_iter().take(most).map(|left| left.directory).collect()
}

fn finding(
    context: &Context<'_>,
    index: &ImpactIndex,
    directory: Node,
    follows: Follows,
    outside: &Outside,
) -> Option<Finding> {
    let destroyed = outside.destroyed(index, directory);
    if destroyed.files < context.policy.thresholds.blast_files.max(1) {
        return None;
    }
    let links = outside.links.len() as u64;
    let (at_least, through) = (if outside.at_least { "at least " } else { "" }, counted(links, "link"));
    let amount = amount_text(destroyed);
    let message = format!("a delete of it that follows links destroys {at_least}{amount} outside, through {through}");
    let finding = context
        .finding(&RULE, index.file(directory)?, message)
        .with("files", destroyed.files)
        .with("bytes", destroyed.bytes)
        .with("directories", outside.directories)
        .with("links", links)
        .with("through", first_link_paths(context, &outside.links))
        .with("at_least", outside.at_least);
    Some(match why_ordinary(context, index, &outside.links) {
        _ if follows.those_of_windows => finding.suppressed(OF_WINDOWS),
        Some(reason) => finding.suppressed(reason),
        None => finding,
    })
}

/// Why links are no surprise, if none of them is.
fn why_ordinary(context: &Context<'_>, index: &ImpactIndex, links: &[u32]) -> Option<&'static str> {
    let reason = |number: &u32| ordinary_link(context, context.links.edges.get(index.link(*number)?.edge)?);
    let reasons: Option<Vec<&'static str>> = links.iter().map(reason).collect();
    reasons?.first().copied()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::{check, check_with};

    const OTHER: &str = r"
        [[file]]
        path = '\other\one'
        zeros = 10
        [[file]]
        path = '\other\deep\two'
        zeros = 20
    ";

    const LINK: &str = r"
        [[file]]
        path = '\project\modules\link'
        junction = 'C:\other'
    ";

    fn line(directory: &str, amount: &str, through: &str) -> String {
        format!("{directory}: a delete of it that follows links destroys {amount} outside, through {through}")
    }

    #[test]
    fn hit() {
        let expected = line(r"\project\modules", "2 files (30 bytes)", "1 link");
        check(&RULE, &format!("{OTHER}{LINK}"), &[&expected]);
    }

    #[test]
    fn hit_in_a_scope_it_is_about_the_scope() {
        let expected = line(r"\project", "2 files (30 bytes)", "1 link");
        check_with(&RULE, &format!("{OTHER}{LINK}"), &Policy::default(), Some(r"\project"), &[&expected]);
    }

    #[test]
    fn hit_a_chain_is_followed_to_its_end_and_a_loop_once() {
        let spec = r"
            [[file]]
            path = '\a\to b'
            junction = 'C:\b'
            [[file]]
            path = '\b\one'
            zeros = 1
            [[file]]
            path = '\b\to c'
            symlink = '..\c'
            directory = true
            [[file]]
            path = '\c\two'
            zeros = 2
            [[file]]
            path = '\c\to b'
            junction = 'C:\b'
            [[file]]
            path = '\c\to a'
            junction = 'C:\a'
            [[file]]
            path = '\a\own'
            zeros = 4
        ";
        // From \a all that is in \b and \c goes; from \b what is in \c and \a; and so on.
        let expected = [
            line(r"\a", "2 files (3 bytes)", "1 link"),
            line(r"\b", "2 files (6 bytes)", "1 link"),
            line(r"\c", "2 files (5 bytes)", "2 links"),
        ];
        check(&RULE, spec, &expected.each_ref().map(String::as_str));
    }

    #[test]
    fn hit_what_is_reached_in_two_ways_is_destroyed_once() {
        // A diamond: \a leads to \b and \c, and both of those to \d.
        let junction = |path: &str, target: &str| format!("[[file]]\npath = '{path}'\njunction = 'C:{target}'\n");
        let spec = [(r"\a\1", r"\b"), (r"\a\2", r"\c"), (r"\b\3", r"\d"), (r"\c\4", r"\d")];
        let spec: String = spec.into_iter().map(|(path, target)| junction(path, target)).collect();
        let spec = format!("{spec}[[file]]\npath = '\\d\\file'\nzeros = 7\n");
        let expected = [r"\a", r"\b", r"\c"].map(|directory| {
            let through = if directory == r"\a" { "2 links" } else { "1 link" };
            line(directory, "1 file (7 bytes)", through)
        });
        check(&RULE, &spec, &expected.each_ref().map(String::as_str));
    }

    #[test]
    fn hit_what_links_of_two_directories_destroy_together_is_told_as_well() {
        let second = LINK.replace("modules", "tools").replace("other", r"other\deep");
        // \project comes first, by its record: it was made on the way to the first link.
        let expected = [
            line(r"\project", "2 files (30 bytes)", "2 links"),
            line(r"\project\modules", "2 files (30 bytes)", "1 link"),
            line(r"\project\tools", "1 file (20 bytes)", "1 link"),
        ];
        check(&RULE, &format!("{OTHER}{LINK}{second}"), &expected.each_ref().map(String::as_str));
    }

    #[test]
    fn near_miss_a_file_with_a_hard_link_elsewhere_stays() {
        let shared = |names: &str| format!("[[file]]\npath = '\\other\\one'\nzeros = 5\nnames = [{names}]\n{LINK}");
        let spec = shared(r"'\kept', '\other\deep\kept'");
        check(&RULE, &spec, &[]);
        // One name in what the link leads to, the other in the directory that is deleted.
        let spec = shared(r"'\project\mine'");
        check(&RULE, &spec, &[]);
        let expected = line(r"\project", "1 file (5 bytes)", "1 link");
        check_with(&RULE, &spec, &Policy::default(), Some(r"\project"), &[&expected]);
    }

    #[test]
    fn near_miss_the_target_is_below_as_well() {
        check(&RULE, &format!("{OTHER}[[file]]\npath = '\\other\\link'\njunction = 'C:\\other\\deep'\n"), &[]);
    }

    #[test]
    fn near_miss_a_link_to_a_file_goes_alone() {
        check(&RULE, &format!("{OTHER}[[file]]\npath = '\\a\\link'\nsymlink = '..\\other\\one'\n"), &[]);
    }

    #[test]
    fn near_miss_fewer_files_than_the_policy_minds() {
        let policy = Policy::parse(std::path::Path::new("p"), "[thresholds]\nblast-files = 3\n").unwrap();
        check_with(&RULE, &format!("{OTHER}{LINK}"), &policy, None, &[]);
    }

    #[test]
    fn links_of_windows_are_no_surprise() {
        let spec = r"
            [[file]]
            path = '\ProgramData\one'
            [[file]]
            path = '\Users\All Users'
            symlink = 'C:\ProgramData'
            directory = true
        ";
        let expected = line(r"\Users", "1 file (0 bytes)", "1 link");
        check(&RULE, spec, &[&format!("{expected} (suppressed: {})", super::OF_WINDOWS)]);
    }

    #[test]
    fn damaged_a_target_whose_record_is_lost_destroys_nothing() {
        let spec = format!("{OTHER}{LINK}[[damage]]\nkind = \"zeroed-record\"\nfile = '\\other'\n");
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn damaged_a_torn_file_counts_all_the_same() {
        let damage = "[[damage]]\nkind = \"torn-sector\"\nfile = '\\other\\one'\nsector = 1\n";
        let expected = line(r"\project\modules", "2 files (30 bytes)", "1 link");
        check(&RULE, &format!("{OTHER}{LINK}{damage}"), &[&expected]);
    }
}
