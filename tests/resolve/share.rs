//! Links as the client of a share sees them, and symbolic links of classes that are switched off.
//!
//! Source: reference C.5 ("evaluated over SMB") and C.7; MS-SMB2 2.2.2.2.1.

use crate::case::{Case, absolute, case, check, junction, relative};
use crate::expected::{Expected, dangling, external, malformed, remote, resolved};

const SHARED: &str = r"
[[file]]
path = '\data\leaf.txt'

[[file]]
path = '\data\dir\below.txt'
";

const DISABLED: &[&str] = &["class-disabled"];

fn check_share(share: &str, evaluation: &[&str], cases: &[Case]) {
    let arguments = ["--drive", "C=v0", "--via-share", share];
    check(SHARED, &[&arguments, evaluation].concat(), cases);
}

fn leaf() -> Expected {
    resolved(r"\data\leaf.txt")
}

#[test]
fn the_server_follows_junctions() {
    check_share(
        r"\\SERVER\c$=C:\",
        &[],
        &[
            case(
                "C.5: junctions are evaluated on the server",
                r"\s\1",
                junction(r"\??\C:\data\dir"),
                resolved(r"\data\dir"),
            ),
            case("C.5: missing on the server", r"\s\2", junction(r"\??\C:\data\gone"), dangling(r"\data", "gone")),
            case("C.5: another letter of the server", r"\s\3", junction(r"\??\E:\none"), external(r"E:\none")),
        ],
    );
}

#[test]
fn the_client_follows_absolute_links_to_its_own_drives() {
    const NOTES: &[&str] = &["class-disabled", "client-side"];
    let share = r"\\SERVER\c$=C:\";
    let tools = || external(r"C:\tools\x");
    check_share(
        share,
        &[],
        &[case("C.5, C.7: remote to local is off", r"\s\1", absolute(r"\??\C:\tools\x"), tools().note(NOTES))],
    );
    check_share(
        share,
        &["--symlink-evaluation", "R2L:1"],
        &[case("C.7: remote to local is on", r"\s\1", absolute(r"\??\C:\tools\x"), tools().note(&["client-side"]))],
    );
}

#[test]
fn links_to_a_share_are_remote_to_remote() {
    let cases = |own: Expected, other: Expected| {
        [
            case("C.7: into the same share", r"\s\1", absolute(r"\??\UNC\server\C$\data\leaf.txt"), own),
            case("C.7: into another one", r"\s\2", absolute(r"\??\UNC\server\other\x"), other),
        ]
    };
    let other = || remote(r"\\server\other\x");
    let share = r"\\SERVER\c$=C:\";
    check_share(share, &["--symlink-evaluation", "R2R:1"], &cases(leaf(), other()));
    check_share(share, &[], &cases(leaf().note(DISABLED), other().note(DISABLED)));
}

/// Which class a relative link is of, Microsoft does not say: remote to local and remote to remote are switched alike.
#[test]
fn relative_links_of_a_share_are_off_by_default() {
    let link = |expected| [case("C.7: relative", r"\s\1", relative(r"..\data\leaf.txt"), expected)];
    let share = r"\\SERVER\c$=C:\";
    check_share(share, &[], &link(leaf().note(DISABLED)));
    check_share(share, &["--symlink-evaluation", "R2L:1,R2R:1"], &link(leaf()));
}

#[test]
fn nothing_is_above_the_root_of_a_share() {
    let up = case(
        "C.4: too many `..`",
        r"\data\dir\up",
        relative(r"..\leaf.txt"),
        malformed(r"\data\dir\up").note(&["dot-component"]),
    );
    let cases = [
        up,
        case(
            "C.4: within the share",
            r"\data\dir\deep\up",
            relative(r"..\below.txt"),
            resolved(r"\data\dir\below.txt"),
        ),
        case("C.7: what is not below the share is local", r"\data\local", absolute(r"\??\C:\data\leaf.txt"), leaf()),
        case("C.7: what is not below the share is local", r"\data\near", relative("leaf.txt"), leaf()),
    ];
    check_share(r"\\SERVER\box=C:\data\dir", &["--symlink-evaluation", "R2L:1,R2R:1"], &cases);
}

/// C.7: only symbolic links are subject to the classes.
#[test]
fn local_classes_can_be_switched_off() {
    let cases = |local: &[&str], to_remote: &[&str]| {
        let note = |expected: Expected, notes: &[&str]| if notes.is_empty() { expected } else { expected.note(notes) };
        [
            case("C.7: local to local", r"\s\1", absolute(r"\??\C:\data\leaf.txt"), note(leaf(), local)),
            case("C.7: local to local, relative", r"\s\2", relative(r"..\data\leaf.txt"), note(leaf(), local)),
            case("C.7: local to remote", r"\s\3", absolute(r"\??\UNC\s\sh\x"), note(remote(r"\\s\sh\x"), to_remote)),
            case("C.7: junctions are not", r"\s\4", junction(r"\??\C:\data\dir"), resolved(r"\data\dir")),
        ]
    };
    for (evaluation, local, to_remote) in
        [("L2L:1", &[][..], &[][..]), ("L2L:0", DISABLED, &[]), ("L2R:0", &[], DISABLED), ("R2R:1", &[], &[])]
    {
        check(SHARED, &["--drive", "C=v0", "--symlink-evaluation", evaluation], &cases(local, to_remote));
    }
}
