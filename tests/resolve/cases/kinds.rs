//! C.5, C.6 and C.9: what kind of file a link is, and what kind it leads to.

use super::{OWN_GUID, check_all};
use crate::case::{absolute, case, file, junction, no_link, relative};
use crate::expected::{dangling, malformed, resolved};

const MISMATCH: &[&str] = &["type-mismatch"];

#[test]
fn junctions_are_absolute_directories() {
    let on_a_file = junction(r"\??\C:\data\dir").replace("directory = true\n", "directory = false\n");
    let mount_point = format!("volume-mount-point = '{OWN_GUID}'");
    check_all(&[
        case(
            "C.4, C.5: a junction on a file",
            r"\c5\file",
            on_a_file,
            malformed(r"\c5\file").of_type("junction").candidate(r"\data\dir"),
        ),
        case(
            "C.5: not relative",
            r"\c5\relative",
            junction(r"..\data\dir"),
            malformed(r"\c5\relative").candidate(r"\data\dir"),
        ),
        case(
            "C.5: an absolute local directory",
            r"\c5\1",
            junction(r"\??\C:\data\dir"),
            resolved(r"\data\dir").of_type("junction"),
        ),
        case(
            "C.5: its own volume's GUID leads to its own root",
            r"\c5\mount point",
            mount_point,
            resolved(r"\").of_type("mount_point").note(&["ancestor"]),
        ),
        case(
            "C.5: children of a link are unreachable",
            r"\c5\2",
            relative(r"full\hidden.txt"),
            dangling(r"\data\dir", "hidden.txt").via(&[r"\c5\full"]),
        )
        .with(file(r"\c5\full", junction(r"\??\C:\data\dir")))
        .with(file(r"\c5\full\hidden.txt", "")),
        case(
            "C.5: a directory symlink to anything",
            r"\c5\3",
            absolute(r"\??\C:\data\dir"),
            resolved(r"\data\dir").of_type("symlink"),
        )
        .directory(),
    ]);
}

#[test]
fn a_link_of_the_wrong_kind_is_a_mismatch() {
    check_all(&[
        case(
            "C.6: file symlink to a directory",
            r"\c6\1",
            relative(r"..\data\dir"),
            resolved(r"\data\dir").note(MISMATCH),
        ),
        case(
            "C.6: directory symlink to a file",
            r"\c6\2",
            relative(r"..\data\leaf.txt"),
            resolved(r"\data\leaf.txt").note(MISMATCH),
        )
        .directory(),
        case(
            "C.6: junction to a file",
            r"\c6\3",
            junction(r"\??\C:\data\leaf.txt"),
            resolved(r"\data\leaf.txt").note(MISMATCH),
        ),
        case(
            "C.6: the end counts, not the link between",
            r"\c6\4",
            relative("5"),
            resolved(r"\data\dir").via(&[r"\c6\5"]).note(MISMATCH),
        ),
        case("C.6: directory symlink to a directory", r"\c6\5", relative(r"..\data\dir"), resolved(r"\data\dir"))
            .directory(),
        case(
            "C.6: directory symlink to a stream",
            r"\c6\6",
            relative(r"..\data\leaf.txt:second"),
            resolved(r"\data\leaf.txt").by_path(r"\data\leaf.txt:second").note(MISMATCH),
        )
        .directory(),
        case(
            "C.6: file symlink to the root",
            r"\c6\7",
            relative(r"\"),
            resolved(r"\").note(&["ancestor", "type-mismatch"]),
        ),
    ]);
}

#[test]
fn a_hard_link_is_as_good_as_another() {
    check_all(&[
        case("C.9: the name that was asked for", r"\c9\1", relative("second"), resolved(r"\c9\second"))
            .with(file(r"\data\first", r"names = ['\c9\second']")),
        case(
            "C.9: the other name",
            r"\c9\2",
            relative(r"..\data\FIRST"),
            resolved(r"\c9\second").by_path(r"\data\first"),
        ),
    ]);
}

#[test]
fn what_only_has_a_reparse_point_is_no_link() {
    check_all(&[
        no_link("B.2: opaque", r"\b\cloud", "reparse = { tag = 'CLOUD', hex = '01 00 04 00' }"),
        no_link("B.2: special", r"\b\tombstone", "reparse = { tag = 'WCI_TOMBSTONE', hex = '' }"),
        no_link("B.7: no target", r"\b\fifo", "reparse = { tag = 'LX_FIFO', hex = '' }"),
        no_link("B.8: no target", r"\b\nfs", "reparse = { tag = 'NFS', object = 'socket' }"),
        no_link("B.2: opaque", r"\b\wof", "wof = 'lzx'"),
        no_link("F: a device", r"\b\device", "interix-character = [8, 1]"),
    ]);
}
