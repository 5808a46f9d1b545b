//! # hard-link-to-protected
//!
//! A file has one name where users may write, and another where they may not.
//!
//! ## What it finds
//!
//! A file with a name in a place of the policy's `user-writable`, and another in one of its `protected`, or in the profile
//! of another user; and a registry hive (`SAM` and its like, `NTUSER.DAT`) with any name outside protected places beside its own.
//!
//! ## Why it matters
//!
//! Both names are the same file with the same permissions. A service that changes permissions or content by the name that
//! the user owns does it to the other (CWE-59), and a copy of the user's folder takes the content along. It is consistent
//! with an attempt to gain rights or to read passwords' hashes.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE RECORD` lists all names with their places. Compare the time of record change with that of creation:
//! making a hard link changes the record.
//!
//! ## False positives
//!
//! Places are told by the policy's patterns alone: access control entries are not read. Files that Windows' component store
//! has in such a place (color profiles, the start page of the web server) are suppressed, and so are the stores of package
//! managers. Backup tools and tools that replace duplicates by hard links make such files.
//!
//! ## Sources
//!
//! Reference E (hard link abuse); CWE-59, CWE-65; Windows 10 lets only those who may write a file link it, older ones anybody.

use format::WtfString;
use links::{File, FileId, HardLink, Name};
use rayon::prelude::*;

use crate::candidates::Candidates;
use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::guarded::{Guarded, is_hive, profile};
use crate::known::ordinary_hard_links;
use crate::names::finding_of_name;
use crate::policy::Policy;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "hard-link-to-protected",
    severity: Severity::Error,
    summary: "a file has one name where users may write, and another where they may not",
    source: include_str!("hard_link_to_protected.rs"),
    check: Check::Volume(check),
};

/// Where hives are that may have no second name anywhere.
const CONFIG: [&str; 3] = ["Windows", "System32", "config"];

fn check(context: &Context<'_>, volume: usize, findings: &mut Vec<Finding>) {
    let Some(graph) = context.graph(volume) else { return };
    let mut beginnings = context.policy.user_writable.beginnings().to_vec();
    beginnings.push(CONFIG.map(str::to_owned).to_vec());
    // Windows has a hundred thousand such files where users may not write.
    let candidates = Candidates::find(graph, &beginnings);
    let is_candidate = |file: &File<'_>| {
        file.is_in_use() && !file.is_directory() && file.has_several_hard_links() && candidates.have(graph, file)
    };
    let of_chunk = |chunk| {
        let files = graph.files.files_of_chunk(chunk).filter(is_candidate);
        let found = files.filter_map(|file| finding(context, FileId { volume, record: file.record() }, &file));
        // There may be as many as files.
        found.map(|finding| context.shorten(finding))
    };
    findings.par_extend((0..graph.files.chunk_count()).into_par_iter().flat_map_iter(of_chunk));
}

fn finding(context: &Context<'_>, id: FileId, file: &File<'_>) -> Option<Finding> {
    let named = paths_and_names(context, id, file);
    let paths: Vec<WtfString> = named.iter().map(|(path, _)| path.clone()).collect();
    let pair = find_pair(context.policy, &paths)?;
    let message = format!("the file is also {}, {}", quoted(pair.guarded.as_wtf8()), pair.guarded_is.words());
    let (_, open) = named.iter().find(|(path, _)| path == pair.open)?;
    let finding = finding_of_name(context, &RULE, id.volume, (file, open), message).with("name", pair.open.clone());
    let finding = finding.with("guarded_name", pair.guarded.clone()).with("guarded_name_is", pair.guarded_is.words());
    let finding = finding.with("hard_links", paths.len()).leading_to(pair.guarded.clone());
    Some(match ordinary_hard_links(context, &paths) {
        Some(reason) => finding.suppressed(reason),
        None => finding,
    })
}

/// The paths of a file with their names, in the order of their units.
fn paths_and_names<'g>(context: &Context<'g>, id: FileId, file: &File<'g>) -> Vec<(WtfString, Name<'g>)> {
    let Some(graph) = context.graph(id.volume) else { return Vec::new() };
    let mut links: Vec<HardLink<'g>> = Vec::new();
    file.hard_links(&mut links);
    graph.paths.named_paths_of(&graph.files, file, &links)
}

/// Two names of one file.
struct Pair<'p> {
    /// Where users may write.
    open: &'p WtfString,
    /// Where they may not.
    guarded: &'p WtfString,
    /// Why not.
    guarded_is: Guarded,
}

/// The first two names that do not go together, the worst kind first.
fn find_pair<'p>(policy: &Policy, paths: &'p [WtfString]) -> Option<Pair<'p>> {
    let is_protected = |path: &&WtfString| policy.is_protected(path.as_wtf8());
    if let Some(hive) = paths.iter().find(|path| is_hive(path.as_wtf8())) {
        let open = paths.iter().find(|path| *path != hive && !is_protected(path))?;
        return Some(Pair { open, guarded: hive, guarded_is: Guarded::Hive });
    }
    let open = paths.iter().find(|path| policy.user_writable.contain(path.as_wtf8()))?;
    if let Some(guarded) = paths.iter().find(is_protected) {
        return Some(Pair { open, guarded, guarded_is: Guarded::Protected });
    }
    let owner = |path: &WtfString| profile(path.as_wtf8()).map(<[u8]>::to_ascii_lowercase);
    let own = owner(open);
    let guarded = paths.iter().find(|path| owner(path).is_some_and(|owner| Some(owner) != own))?;
    Some(Pair { open, guarded, guarded_is: Guarded::Profile })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::Policy;
    use crate::testing::{check, check_with};

    fn file(path: &str, names: &str) -> String {
        format!("[[file]]\npath = '{path}'\nnames = [{names}]\n")
    }

    #[test]
    fn hit() {
        let spec = file(r"\Windows\System32\drivers\etc\hosts", r"'\Users\Ann\hosts.txt'");
        let expected =
            [r#"\Users\Ann\hosts.txt: the file is also "\Windows\System32\drivers\etc\hosts", a protected place"#];
        check(&RULE, &spec, &expected);
    }

    #[test]
    fn hit_a_hive_wherever_its_other_name_is() {
        let spec = file(r"\Windows\System32\config\SAM", r"'\a\b.txt'");
        check(&RULE, &spec, &[r#"\a\b.txt: the file is also "\Windows\System32\config\SAM", a registry hive"#]);
    }

    #[test]
    fn hit_the_file_of_another_user() {
        let spec = file(r"\Users\Bob\secret.txt", r"'\Users\Ann\mine.txt'");
        let expected = [r#"\Users\Ann\mine.txt: the file is also "\Users\Bob\secret.txt", another user's profile"#];
        check(&RULE, &spec, &expected);
    }

    #[test]
    fn hit_a_third_name_of_a_file_of_the_component_store() {
        let spec = file(
            r"\Windows\WinSxS\amd64_x\a.dll",
            r"'\Windows\System32\a.dll', '\Windows\System32\spool\drivers\color\a.dll'",
        );
        let path = r"\Windows\System32\spool\drivers\color\a.dll";
        let expected = format!(r#"{path}: the file is also "\Windows\System32\a.dll", a protected place"#);
        check(&RULE, &spec, &[&expected]);
    }

    #[test]
    fn near_miss_one_user_has_both() {
        check(&RULE, &file(r"\Users\Ann\a", r"'\Users\Ann\b', '\Users\Public\c'"), &[]);
    }

    #[test]
    fn near_miss_both_are_protected() {
        check(&RULE, &file(r"\Windows\WinSxS\amd64_x\a.dll", r"'\Windows\System32\a.dll'"), &[]);
    }

    #[test]
    fn near_miss_the_short_name_of_one() {
        check(&RULE, "[[file]]\npath = '\\Users\\Ann\\A long name.txt'\ndos = 'ALONGN~1.TXT'\n", &[]);
    }

    #[test]
    fn near_miss_windows_has_it_there() {
        let spec = file(r"\Windows\WinSxS\amd64_x\srgb.icm", r"'\Windows\System32\spool\drivers\color\srgb.icm'");
        let expected = [concat!(
            r#"\Windows\System32\spool\drivers\color\srgb.icm: the file is also "\Windows\WinSxS\amd64_x\srgb.icm", "#,
            "a protected place (suppressed: Windows' component store shares its files like this)",
        )];
        check(&RULE, &spec, &expected);
    }

    #[test]
    fn hit_where_a_policy_says_that_users_may_write() {
        let rules = "[places]\nuser-writable = ['**\\public\\**']\n";
        let policy = Policy::parse("p".as_ref(), rules).unwrap();
        let expected = [r#"\a\Public\b: the file is also "\Windows\b", a protected place"#];
        check_with(&RULE, &file(r"\Windows\b", r"'\a\Public\b'"), &policy, None, &expected);
    }

    #[test]
    fn damaged_a_name_whose_directory_is_lost_is_nowhere() {
        let damage = "
            [[damage]]
            kind = \"zeroed-record\"
            file = '\\Windows\\System32'
        ";
        let spec = file(r"\Windows\System32\a.dll", r"'\Users\Ann\a.dll'");
        check(&RULE, &format!("{spec}{damage}"), &[]);
    }
}
