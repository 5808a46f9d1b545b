//! Copies of small volumes, with numbers that were computed by hand.

use links::FileId;

use super::*;
use crate::policy::Policy;
use crate::testing::with_context;

const KEEP: HardLinkPolicy = HardLinkPolicy::Keep;
const EXPAND: HardLinkPolicy = HardLinkPolicy::Expand;

fn file(path: &str, bytes: u64, names: &str) -> String {
    format!("[[file]]\npath = '{path}'\nzeros = {bytes}\nnames = [{names}]\n")
}

fn junction(path: &str, target: &str) -> String {
    format!("[[file]]\npath = '{path}'\njunction = 'C:{target}'\n")
}

fn symlink(path: &str, target: &str) -> String {
    format!("[[file]]\npath = '{path}'\nsymlink = '{target}'\n")
}

/// What a copy comes to, with the paths of links in the place of their numbers.
fn copy<T>(
    spec: &str,
    scope: &str,
    links: LinkPolicy,
    hard_links: HardLinkPolicy,
    look: impl FnOnce(&Simulation, &dyn Fn(usize) -> String) -> T,
) -> T {
    with_context(spec, &Policy::default(), Some(scope), |context| {
        let scope = context.scope.expect("a scope");
        let simulation = Simulation::new(context, scope, CopyPolicy { links, hard_links }).expect("a directory");
        let path = |edge: usize| context.path(context.links.edges[edge].source).unwrap().as_wtf8().to_string();
        look(&simulation, &path)
    })
}

fn amount(files: u64, bytes: u64) -> Amount {
    Amount { files, bytes }
}

#[test]
fn hard_links_across_the_border_are_shared() {
    let spec =
        file(r"\scope\a", 10, r"'\scope\b'") + &file(r"\scope\c", 100, r"'\outside'") + &file(r"\scope\d\e", 1, "");
    copy(&spec, r"\scope", LinkPolicy::Skip, KEEP, |copy, _| {
        let carried = Carried {
            directories: 2,
            content: amount(3, 111),
            distinct: amount(3, 111),
            further_names: 1,
            by_hard_links: amount(0, 0),
        };
        assert_eq!(copy.carried, carried);
        assert_eq!(copy.ownership, Ownership { exclusive: amount(2, 11), shared: amount(1, 100) });
    });
    copy(&spec, r"\scope", LinkPolicy::Skip, EXPAND, |copy, _| {
        assert_eq!((copy.carried.content, copy.carried.by_hard_links), (amount(4, 121), amount(1, 10)));
        assert_eq!(copy.carried.further_names, 0);
    });
}

#[test]
fn what_lies_behind_skipped_links_is_missed() {
    let spec = file(r"\scope\a", 1, r"'\data\same'")
        + &file(r"\data\b", 10, "")
        + &junction(r"\data\more", r"\further")
        + &file(r"\further\c", 100, "")
        + &junction(r"\scope\link", r"\data")
        + &junction(r"\scope\inner", r"\scope");
    for policy in [LinkPolicy::Skip, LinkPolicy::Copy] {
        copy(&spec, r"\scope", policy, KEEP, |copy, path| {
            assert_eq!((copy.carried.content, copy.missed), (amount(1, 1), amount(2, 110)));
            assert_eq!(copy.missed_through.iter().map(|edge| path(*edge)).collect::<Vec<_>>(), [r"\scope\link"]);
        });
    }
    copy(&spec, r"\scope", LinkPolicy::Follow, EXPAND, |copy, path| {
        assert_eq!((copy.carried.content, copy.carried.distinct), (amount(4, 112), amount(3, 111)));
        assert_eq!(
            (copy.missed, copy.loops.iter().map(|edge| path(*edge)).collect::<Vec<_>>()),
            (amount(0, 0), vec![r"\scope\inner".to_owned()])
        );
    });
}

#[test]
fn a_diamond_doubles_what_is_at_its_end() {
    let spec = junction(r"\a\1", r"\b")
        + &junction(r"\a\2", r"\c")
        + &junction(r"\b\3", r"\d")
        + &junction(r"\c\4", r"\d")
        + &file(r"\d\x", 10, "")
        + &file(r"\d\y", 5, r"'\elsewhere'");
    // \a, \b and \c once, \d twice.
    copy(&spec, r"\a", LinkPolicy::Follow, EXPAND, |copy, path| {
        assert_eq!((copy.carried.directories, copy.carried.content), (5, amount(4, 30)));
        let through: Vec<_> = copy.doubled_through.iter().map(|(edge, amount)| (path(*edge), *amount)).collect();
        assert_eq!(through, [(r"\b\3".to_owned(), amount(2, 15)), (r"\c\4".to_owned(), amount(2, 15))]);
    });
    // \d\y has another hard link, so that it is known again.
    copy(&spec, r"\a", LinkPolicy::Follow, KEEP, |copy, _| {
        assert_eq!((copy.carried.content, copy.carried.further_names), (amount(3, 25), 1));
        assert_eq!(copy.doubled_through.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [amount(1, 10); 2]);
    });
}

#[test]
fn links_are_kept_or_point_back_or_break() {
    let spec = file(r"\scope\in", 1, "")
        + &file(r"\out", 1, "")
        + &symlink(r"\scope\d\1 relative", r"..\in")
        + &symlink(r"\scope\d\2 up and back", r"..\..\scope\in")
        + &symlink(r"\scope\d\3 out", r"..\..\out")
        + &symlink(r"\scope\d\4 absolute", r"C:\scope\in")
        + &symlink(r"\scope\d\5 absolute out", r"C:\out")
        + &symlink(r"\scope\d\6 rooted", r"\scope\in")
        + &symlink(r"\scope\d\7 gone", "nothing");
    copy(&spec, r"\scope", LinkPolicy::Copy, KEEP, |copy, _| {
        use Fate::*;
        let fates: Vec<Fate> = copy.links.iter().map(|(_, fate)| *fate).collect();
        assert_eq!(fates, [Kept, Breaks, Breaks, PointsBack, LeadsOut, PointsBack, Unresolved]);
    });
    // Of a whole volume, all that is not absolute leads to the same in the copy.
    copy(&spec, r"\", LinkPolicy::Copy, KEEP, |copy, _| {
        use Fate::*;
        let fates: Vec<Fate> = copy.links.iter().map(|(_, fate)| *fate).collect();
        assert_eq!(fates, [Kept, Kept, Kept, PointsBack, PointsBack, Kept, Unresolved]);
    });
    copy(&spec, r"\scope", LinkPolicy::Follow, KEEP, |copy, _| {
        assert_eq!(copy.links.last().map(|(_, fate)| *fate), Some(Fate::NotFollowed));
        // Links to files are carried as files: \scope\in in five ways, \out in two.
        assert_eq!((copy.carried.content, copy.doubled_through.len()), (amount(7, 7), 4));
    });
}

#[test]
fn two_links_that_lead_back_are_done_at_once() {
    let spec = junction(r"\p\a", r"\p") + &junction(r"\p\b", r"\p") + &file(r"\p\x", 3, "");
    copy(&spec, r"\p", LinkPolicy::Follow, EXPAND, |copy, path| {
        assert_eq!(copy.loops.iter().map(|edge| path(*edge)).collect::<Vec<_>>(), [r"\p\a", r"\p\b"]);
        assert_eq!(copy.carried.content, amount(1, 3));
        assert_eq!(copy.links.iter().map(|(_, fate)| *fate).collect::<Vec<_>>(), [Fate::LeadsBack; 2]);
    });
}

#[test]
fn a_volume_is_copied_without_the_files_of_ntfs() {
    copy(&file(r"\a\b", 7, ""), r"\", LinkPolicy::Skip, KEEP, |copy, _| {
        assert_eq!((copy.carried.directories, copy.carried.content), (2, amount(1, 7)));
    });
}

#[test]
fn what_is_not_there_is_not_copied() {
    with_context("", &Policy::default(), None, |context| {
        let policy = CopyPolicy { links: LinkPolicy::Skip, hard_links: KEEP };
        assert_eq!(Simulation::new(context, FileId { volume: 0, record: 1_000 }, policy), None);
        assert_eq!(Simulation::new(context, FileId { volume: 9, record: 5 }, policy), None);
    });
}

/// Directories in rows of a hundred, each with links to several others: 20,000 links that all lead round.
#[test]
fn thousands_of_links_take_no_longer_than_thousands() {
    let mut spec = String::new();
    for number in 0..4_000_u32 {
        spec += &file(&format!(r"\{}\{number}\x", number % 100), 1, "");
        for (name, step) in [("a", 1), ("b", 7), ("c", 613), ("d", 2_111), ("e", 3_999)] {
            let target = (number + step) % 4_000;
            spec += &junction(&format!(r"\{}\{number}\{name}", number % 100), &format!(r"\{}\{target}", target % 100));
        }
    }
    with_context(&spec, &Policy::default(), None, |context| {
        let start = std::time::Instant::now();
        let rules = ["delete-blast-radius", "copy-inflation", "path-explosion"];
        let rules: Vec<_> = rules.iter().map(|id| crate::find_rule(id).unwrap()).collect();
        let findings = crate::run_rules(context, &rules);
        let of_rule = |id: &str| findings.iter().filter(|finding| finding.rule.id == id).count();
        // A hundred directories are looked at; the volume has no end; all links are in one knot.
        assert_eq!(rules.iter().map(|rule| of_rule(rule.id)).collect::<Vec<_>>(), [100, 1, 1]);
        let follow = CopyPolicy { links: LinkPolicy::Follow, hard_links: EXPAND };
        let root = FileId { volume: 0, record: links::ROOT };
        assert_eq!(Simulation::new(context, root, follow).unwrap().loops.len(), 20_000);
        // With every link looked at for every other it would be minutes.
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    });
}
