//! C.3: the characters of a target are taken as they are.

use super::check_all;
use crate::case::{Case, absolute, case, file, junction, relative};
use crate::expected::{Expected, dangling, malformed, not_a_directory, resolved};

fn leaf() -> Expected {
    resolved(r"\data\leaf.txt")
}

#[test]
fn a_slash_is_a_character_that_no_name_has() {
    let slash = |link: &str| malformed(link).note(&["forward-slash"]).candidate(r"\data\leaf.txt");
    check_all(&[
        case("C.3: `t/f` fails", r"\slash", relative("data/leaf.txt"), slash(r"\slash")),
        case("C.3: so it does behind a drive", r"\c3\s", absolute(r"\??\C:\data/leaf.txt"), slash(r"\c3\s")),
        case(r"C.3: `.\x` works", r"\data\dot", relative(r".\leaf.txt"), leaf()),
        case(r"C.3: `..\x` works", r"\data\dir\up", relative(r"..\leaf.txt"), leaf()),
        case(r"C.3: `t\f` works", r"\down", relative(r"data\leaf.txt"), leaf()),
    ]);
}

#[test]
fn trailing_dots_and_spaces_are_literal() {
    const NOTE: &[&str] = &["trailing-dot-or-space"];
    let literal = [file(r"\c3\named.", ""), file(r"\c3\spaced ", ""), file(r"\c3\folder.\x", "")].concat();
    check_all(&[
        case(
            "C.3: `leaf.txt.`",
            r"\c3\1",
            absolute(r"\??\C:\data\leaf.txt."),
            dangling(r"\data", "leaf.txt.").note(NOTE),
        ),
        case(
            "C.3: `leaf.txt `",
            r"\c3\2",
            absolute(r"\??\C:\data\leaf.txt "),
            dangling(r"\data", "leaf.txt ").note(NOTE),
        ),
        case("C.3: an entry really named so", r"\c3\3", relative("named."), resolved(r"\c3\named.").note(NOTE))
            .with(literal),
        case("C.3: with a space", r"\c3\4", relative("spaced "), resolved(r"\c3\spaced ").note(NOTE)),
        case("C.3: in the middle", r"\c3\5", relative(r"folder.\x"), resolved(r"\c3\folder.\x").note(NOTE)),
        case("C.3: in the middle", r"\c3\6", relative(r"folder\x"), dangling(r"\c3", r"folder\x")),
    ]);
}

#[test]
fn dots_are_textual_in_relative_targets_and_refused_in_absolute_ones() {
    let dots = |link: &str| malformed(link).note(&["dot-component"]);
    check_all(&[
        case("C.3: `..` is resolved textually", r"\c3\1", relative(r"..\none\..\data\leaf.txt"), leaf()),
        case("C.4: the left component may be a file", r"\c3\2", relative(r"..\data\leaf.txt\..\leaf.txt"), leaf()),
        case("C.4: also in rooted targets", r"\c3\3", relative(r"\none\..\data\.\leaf.txt"), leaf()),
        case(
            "C.3: `..` in an absolute target",
            r"\c3\4",
            absolute(r"\??\C:\data\dir\..\leaf.txt"),
            dots(r"\c3\4").candidate(r"\data\leaf.txt"),
        ),
        case(
            "C.3: `.` in a junction's",
            r"\c3\5",
            junction(r"\??\C:\data\.\dir"),
            dots(r"\c3\5").candidate(r"\data\dir"),
        ),
        case("C.3: the candidate may be nothing", r"\c3\6", absolute(r"\??\C:\data\..\none"), dots(r"\c3\6")),
        case("C.4: too many `..` are an error", r"\c3\7", relative(r"..\..\data\leaf.txt"), dots(r"\c3\7")),
        case("C.4: also from the root", r"\c3\8", relative(r"\..\data\leaf.txt"), dots(r"\c3\8")),
    ]);
}

#[test]
fn separators_are_single() {
    check_all(&[
        case("C.3: an empty component is invalid", r"\c3\1", relative(r"..\data\\leaf.txt"), malformed(r"\c3\1")),
        case("C.3: also behind a drive", r"\c3\2", absolute(r"\??\C:\\data\leaf.txt"), malformed(r"\c3\2")),
        case("C.3: one at the end is accepted", r"\c3\3", junction(r"\??\C:\data\dir\"), resolved(r"\data\dir")),
        case("C.3: one at the end is accepted", r"\c3\4", relative(r"..\data\dir\"), resolved(r"\data\dir"))
            .directory(),
        case("C.3: two are not", r"\c3\5", junction(r"\??\C:\data\dir\\"), malformed(r"\c3\5")),
    ]);
}

#[test]
fn wildcards_are_invalid() {
    let links = [r"\c3\1", r"\c3\2", r"\c3\3", r"\c3\4", r"\c3\5", r"\c3\6"];
    let wildcards = ["*", "?", "<", ">", "\"", "|"];
    let cases = links.into_iter().zip(wildcards).map(|(link, wildcard)| {
        let target = absolute(&format!(r"\??\C:\data\lea{wildcard}.txt"));
        case("C.3: wildcards are invalid in components", link, target, malformed(link))
    });
    check_all(&cases.collect::<Vec<Case>>());
}

#[test]
fn a_colon_begins_a_stream() {
    let by = |path: &str| leaf().by_path(path);
    check_all(&[
        case("C.3: file:stream", r"\c3\1", relative(r"..\data\leaf.txt:second"), by(r"\data\leaf.txt:second")),
        case(
            "C.3: file:stream:$DATA",
            r"\c3\2",
            relative(r"..\data\leaf.txt:second:$DATA"),
            by(r"\data\leaf.txt:second:$DATA"),
        ),
        case(
            "C.3: names of streams fold",
            r"\c3\3",
            relative(r"..\data\leaf.txt:SECOND"),
            by(r"\data\leaf.txt:SECOND"),
        ),
        case(
            "C.3: file::$DATA is the file",
            r"\c3\4",
            relative(r"..\data\leaf.txt::$DATA"),
            by(r"\data\leaf.txt::$DATA"),
        ),
        case(
            "C.3: the base is there, the stream is not",
            r"\c3\5",
            relative(r"..\data\leaf.txt:third"),
            dangling(r"\data\leaf.txt", ":third"),
        ),
        case(
            "C.3: the base is not there",
            r"\c3\6",
            relative(r"..\data\gone:second"),
            dangling(r"\data", "gone:second"),
        ),
        case(
            "C.3: dir:$I30:$INDEX_ALLOCATION",
            r"\c3\7",
            relative(r"..\data\dir:$I30:$INDEX_ALLOCATION"),
            resolved(r"\data\dir").by_path(r"\data\dir:$I30:$INDEX_ALLOCATION"),
        )
        .directory(),
        case(
            "C.3: the directory in the middle by its index",
            r"\c3\8",
            relative(r"..\data\dir:$I30:$INDEX_ALLOCATION\below.txt"),
            resolved(r"\data\dir\below.txt"),
        ),
        case(
            "C.3: nothing is below a stream",
            r"\c3\9",
            relative(r"..\data\leaf.txt:second\x"),
            not_a_directory(r"\data\leaf.txt:second\x"),
        ),
    ]);
}

#[test]
fn names_are_found_in_every_namespace_and_case() {
    let long = file(r"\c3\A long directory\A long file.txt", "dos = 'ALONGF~1.TXT'");
    let long = [file(r"\c3\A long directory", "directory = true\ndos = 'ALONGD~1'"), long].concat();
    let letters = [file(r"\c3\ÿ", ""), file(r"\c3\straße", ""), file("\\c3\\\u{10428}", "")].concat();
    let sensitive = "directory = true\ncase-sensitive = true";
    let sensitive = [file(r"\c3\case", sensitive), file(r"\c3\case\Name", ""), file(r"\c3\case\NAME", "")].concat();
    let path = r"\c3\A long directory\ALONGF~1.TXT";
    check_all(&[
        case(
            "C.3: 8.3 components resolve",
            r"\c3\1",
            relative(r"ALONGD~1\alongf~1.txt"),
            resolved(r"\c3\A long directory\A long file.txt").by_path(path),
        )
        .with(long),
        case("C.3: $UpCase folding", r"\c3\2", absolute(r"\??\C:\DATA\Leaf.TXT"), leaf()).with(letters),
        case("A.10: $UpCase folds more than ASCII", r"\c3\3", relative("Ÿ"), resolved(r"\c3\ÿ")),
        case("A.10: it maps unit to unit", r"\c3\4", relative("STRASSE"), dangling(r"\c3", "STRASSE")),
        case("A.10: it has no pairs", r"\c3\5", relative("\u{10400}"), dangling(r"\c3", "\u{10400}")),
        case("C.3: raw in case-sensitive directories", r"\c3\6", relative(r"CASE\name"), dangling(r"\c3\case", "name"))
            .with(sensitive),
        case("C.3: raw in case-sensitive directories", r"\c3\7", relative(r"CASE\Name"), resolved(r"\c3\case\Name")),
        case("C.3: raw in case-sensitive directories", r"\c3\8", relative(r"case\NAME"), resolved(r"\c3\case\NAME")),
        case("C.3: a missing place folds", r"\c3\9", relative(r"..\data\Gone"), dangling(r"\data", "Gone")),
        case("C.3: a missing place folds", r"\c3\a", relative(r"..\DATA\GONE"), dangling(r"\data", "Gone")),
    ]);
}
