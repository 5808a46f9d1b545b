//! C.4: link after link, and where that ends.

use super::check_all;
use crate::case::{Case, absolute, also, case, file, junction, relative};
use crate::expected::{dangling, expanding_loop, looped, malformed, resolved, too_many_hops};

/// The example of C.4, "What `prefix` is when earlier components were links", with more links to the same directories.
#[test]
fn what_stands_before_a_link_depends_on_the_links_before() {
    let files = [file(r"\a\f", ""), file(r"\b\f", ""), file(r"\x\f", "")].concat();
    let links = [
        file(r"\a\j", junction(r"\??\C:\x\y")),
        file(r"\a\d", absolute(r"\??\C:\x\y") + "directory = true"),
        file(r"\b\to j", absolute(r"\??\C:\a\j") + "directory = true"),
        file(r"\b\twice", junction(r"\??\C:\a\j")),
    ]
    .concat();
    const ROUTE: &[&str] = &["route-dependent"];
    check_all(&[
        case("C.4: from the link's own directory", r"\x\y\s", relative(r"..\f"), resolved(r"\x\f").note(ROUTE))
            .with(files)
            .with(links),
        case("C.4: two directories up", r"\x\y\z\s", relative(r"..\..\f"), resolved(r"\x\f").note(ROUTE)),
        case(
            "C.4: a link that does not leave the directory",
            r"\x\y\z\t",
            relative(r"..\z\s"),
            resolved(r"\x\f").via(&[r"\x\y\z\s"]),
        ),
        case(
            "C.4: through a junction, the traversed path is kept",
            r"\by junction",
            absolute(r"\??\C:\a\j\s"),
            resolved(r"\a\f").via(&[r"\a\j", r"\x\y\s"]),
        ),
        case(
            "C.4: it is kept for every `..`",
            r"\by junction, deep",
            absolute(r"\??\C:\a\j\z\s"),
            resolved(r"\a\f").via(&[r"\a\j", r"\x\y\z\s"]),
        ),
        case(
            "C.4: through a directory symlink, the prefix is rewritten",
            r"\by symlink",
            absolute(r"\??\C:\a\d\s"),
            resolved(r"\x\f").via(&[r"\a\d", r"\x\y\s"]),
        ),
        case(
            "C.4: the prefix is rewritten to the junction's path, and that is kept",
            r"\by both",
            absolute(r"\??\C:\b\to j\s"),
            resolved(r"\a\f").via(&[r"\b\to j", r"\a\j", r"\x\y\s"]),
        ),
        case(
            "C.4: through two junctions, the path of the first is kept",
            r"\by two",
            absolute(r"\??\C:\b\twice\s"),
            resolved(r"\b\f").via(&[r"\b\twice", r"\a\j", r"\x\y\s"]),
        ),
    ]);
}

#[test]
fn dots_never_visit_what_stands_left_of_them() {
    let here = || resolved(r"\c4\here.txt");
    check_all(&[
        case("C.4: `a` may be a link", r"\c4\1", relative(r"jump\..\here.txt"), here())
            .with(file(r"\c4\here.txt", ""))
            .with(file(r"\c4\jump", junction(r"\??\C:\data\dir"))),
        case("C.4: `a` may be missing", r"\c4\2", relative(r"none\..\here.txt"), here()),
        case("C.4: only the component left of it matters", r"\c4\3", relative(r"x\y\..\..\here.txt"), here()),
        case("C.4: rooted", r"\c4\4", relative(r"\c4\here.txt"), here()),
        case(
            "C.4: a rooted link in the middle",
            r"\c4\5",
            relative(r"to data\leaf.txt"),
            resolved(r"\data\leaf.txt").via(&[r"\c4\to data"]),
        )
        .with(file(r"\c4\to data", relative(r"\data") + "directory = true")),
        case("C.4: the last component is followed as well", r"\c4\6", relative("4"), here().via(&[r"\c4\4"])),
    ]);
}

#[test]
fn what_is_missing_is_named_down_from_what_exists() {
    check_all(&[
        case("C.4: the last component is missing", r"\c4\1", absolute(r"\??\C:\DATA\Gone"), dangling(r"\data", "Gone")),
        case("C.4: one in the middle is", r"\c4\2", absolute(r"\??\C:\data\none\x"), dangling(r"\data", r"none\x")),
        case(
            "C.4: behind a link",
            r"\c4\3",
            relative(r"jump\none\x"),
            dangling(r"\data\dir", r"none\x").via(&[r"\c4\jump"]),
        )
        .with(file(r"\c4\jump", junction(r"\??\C:\data\dir"))),
        case(
            "C.4: behind a link that dangles",
            r"\c4\4",
            relative(r"3\y"),
            dangling(r"\data\dir", r"none\x\y").via(&[r"\c4\3", r"\c4\jump"]),
        ),
        case(
            "C.8: the target was deleted",
            r"\c4\5",
            relative(r"..\data\DELETED.txt"),
            dangling(r"\data", "DELETED.txt").deleted_target(r"\data\deleted.txt"),
        )
        .with(file(r"\data\deleted.txt", "deleted = true")),
    ]);
}

#[test]
fn a_loop_ends_where_it_comes_back() {
    let two = [r"\c4\one", r"\c4\two"];
    check_all(&[
        case("C.4: a link to itself", r"\c4\self", relative("self"), looped(r"\c4\self", &[r"\c4\self"])),
        case(
            "C.4: a junction to itself",
            r"\c4\jself",
            junction(r"\??\C:\c4\jself"),
            looped(r"\c4\jself", &[r"\c4\jself"]),
        ),
        case("C.4: two links", r"\c4\one", relative("two"), looped(two[0], &two).via(&[two[1]])),
        case("C.4: two links", r"\c4\two", relative("one"), looped(two[1], &two).via(&[two[0]])),
        case("C.4: a link into a loop", r"\c4\zero", relative("one"), looped(two[0], &two).via(&two)),
        case("C.4: a link through a loop", r"\c4\below", relative(r"one\x"), looped(two[0], &two).via(&two)),
        case(
            "C.4: junction and symbolic link",
            r"\c4\j",
            junction(r"\??\C:\c4\s"),
            looped(r"\c4\j", &[r"\c4\j", r"\c4\s"]).via(&[r"\c4\s"]),
        ),
        case(
            "C.4: junction and symbolic link",
            r"\c4\s",
            relative("j"),
            looped(r"\c4\s", &[r"\c4\j", r"\c4\s"]).via(&[r"\c4\j"]),
        )
        .directory(),
    ]);
}

#[test]
fn more_and_more_to_follow_is_a_loop_and_less_is_none() {
    let (one, two) = (r"\c4\one", r"\c4\two");
    // 63 links are followed, the link itself first; that is also the first to which it comes back.
    let grows = expanding_loop(r"\c4\grows", &[r"\c4\grows"]).via(&[r"\c4\grows"; 62]);
    let from_one = expanding_loop(one, &[one, two]).via(&[two, one].repeat(31));
    let from_two = expanding_loop(two, &[one, two]).via(&[one, two].repeat(31));
    check_all(&[
        case(
            "C.4: a self-containing junction resolves",
            r"\data\up",
            junction(r"\??\C:\data"),
            resolved(r"\data").note(&["ancestor"]),
        ),
        case(
            "C.4: the same link with less to follow is no loop",
            r"\c4\twice",
            absolute(r"\??\C:\data\up\up\leaf.txt"),
            resolved(r"\data\leaf.txt").via(&[r"\data\up", r"\data\up"]),
        ),
        case("C.4: `a` to `a\\b` expands", r"\c4\grows", relative(r"grows\b"), grows).directory(),
        case("C.4: two links that expand", one, relative(r"two\x"), from_one).directory(),
        case("C.4: two links that expand", two, relative("one"), from_two).directory(),
    ]);
}

/// Links to one another, the last to a file: from the first there are 64 to follow.
#[test]
fn no_more_than_63_links_are_followed() {
    let path = |number: usize| if number > 64 { r"\data\leaf.txt".to_owned() } else { format!(r"\c4\{number:02}") };
    let links: String = (1..=64).map(|number| file(&path(number), relative(&path(number + 1)))).collect();
    let paths: Vec<String> = (1..=64).map(path).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let leaf = |via: &[&str]| resolved(r"\data\leaf.txt").via(via);
    check_all(&[
        also("C.4: 64 links", r"\c4\01", too_many_hops(r"\c4\64").via(&paths[1..63])),
        also("C.4: 63 links", r"\c4\02", leaf(&paths[2..]).note(&["over-31-hops"])),
        also("C.4: 32 links fail on systems with a limit of 31", r"\c4\33", leaf(&paths[33..]).note(&["over-31-hops"])),
        also("C.4: 31 links", r"\c4\34", leaf(&paths[34..])).with(links),
    ]);
}

#[test]
fn every_name_of_a_link_has_a_verdict() {
    let one = "names = ['\\c9\\two', '\\c9\\deep\\three']\n";
    let up = "names = ['\\c9\\deep\\up']\n";
    let nowhere = malformed(r"\c9\deep\up");
    check_all(&[
        case(
            "C.9: relative, where it resolves",
            r"\data\one",
            one.to_owned() + &relative("leaf.txt"),
            resolved(r"\data\leaf.txt"),
        ),
        also("C.9: from another directory", r"\c9\two", dangling(r"\c9", "leaf.txt")),
        also("C.9: and from a third", r"\c9\deep\three", dangling(r"\c9\deep", "leaf.txt")),
        case(
            "C.9: up from the first",
            r"\c9\up",
            up.to_owned() + &relative(r"..\..\data"),
            nowhere.note(&["dot-component"]),
        ),
        also("C.9: up from the second", r"\c9\deep\up", resolved(r"\data").note(&["type-mismatch"])),
        case(
            "C.9: absolute",
            r"\c9\1",
            "names = ['\\data\\2']\n".to_owned() + &absolute(r"\??\C:\data\leaf.txt"),
            resolved(r"\data\leaf.txt"),
        ),
        also("C.9: absolute, by the other name", r"\data\2", resolved(r"\data\leaf.txt")),
    ]);
}

/// D.1, "AppData\Local\Application Data": what walks it without looking never ends.
#[test]
fn a_junction_to_its_own_parent_resolves() {
    const LOCAL: &str = r"\Users\me\AppData\Local";
    const SELF: &str = r"\Users\me\AppData\Local\Application Data";
    let cases: [Case; 3] = [
        case(
            "C.4: self-containing",
            SELF,
            junction(r"\??\C:\Users\me\AppData\Local"),
            resolved(LOCAL).note(&["ancestor"]),
        ),
        case(
            "C.4: self-containing, from above",
            r"\Users\me\AppData\Up",
            junction(r"\??\C:\Users\me"),
            resolved(r"\Users\me").note(&["ancestor"]),
        ),
        case(
            "C.4: through it twice",
            r"\twice",
            relative(&format!(r"{}\Application Data\x", &SELF[1..])),
            resolved(r"\Users\me\AppData\Local\x").via(&[SELF, SELF]),
        )
        .with(file(r"\Users\me\AppData\Local\x", "")),
    ];
    check_all(&cases);
}
