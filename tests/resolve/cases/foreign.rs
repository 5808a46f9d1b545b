//! F: the links of other systems; B.6, B.8, B.9, B.10: those that Windows keeps and does not follow.

use super::check_all;
use crate::case::{Case, absolute, case, file, junction, relative};
use crate::expected::{Expected, dangling, external, malformed, resolved};

const NOTE: &[&str] = &["not-followed-by-windows"];

fn leaf() -> Expected {
    resolved(r"\data\leaf.txt").note(NOTE)
}

#[test]
fn targets_of_unix_are_resolved_against_the_volume() {
    check_all(&[
        case(
            "F: Interix, relative",
            r"\f\1",
            "interix-symlink = '../data/leaf.txt'",
            leaf().of_type("interix_symlink"),
        ),
        case("F: Interix, absolute", r"\f\2", "interix-symlink = '/data/leaf.txt'", leaf()),
        case("F: WSL, relative", r"\f\3", "lx-symlink = '../data/leaf.txt'", leaf().of_type("wsl_symlink")),
        case("B.6: /mnt/c is drive C", r"\f\4", "lx-symlink = '/mnt/c/data/leaf.txt'", leaf()),
        case(
            "F: /cygdrive/c is drive C",
            r"\f\5",
            "cygwin-symlink = '/cygdrive/c/data/leaf.txt'",
            leaf().of_type("cygwin_symlink"),
        ),
        case("F: Cygwin, relative", r"\f\6", "cygwin-symlink = '../data/leaf.txt'", leaf()),
        case("F: NFS, relative", r"\f\7", "nfs-symlink = '../data/leaf.txt'", leaf().of_type("nfs_symlink")),
        case("F: empty components and dots", r"\f\8", "lx-symlink = './/../data/./leaf.txt'", leaf()),
        case("F: a directory", r"\f\9", "lx-symlink = '../data/dir/'", resolved(r"\data\dir").note(NOTE)),
        case(
            "F: its own directory",
            r"\f\a",
            "lx-symlink = '.'",
            resolved(r"\f").note(&["ancestor", "not-followed-by-windows"]),
        ),
        case("F: `..` at the root stays there", r"\f\b", "lx-symlink = '../../../data/leaf.txt'", leaf()),
    ]);
}

#[test]
fn targets_of_unix_on_no_volume_are_external() {
    check_all(&[
        case(
            "B.6: the Linux system's own files",
            r"\f\1",
            "lx-symlink = '/home/x'",
            external("wsl:/home/x").note(NOTE),
        ),
        case("F: NFS", r"\f\2", "nfs-symlink = '/srv/x'", external("nfs:/srv/x").note(NOTE)),
        case("F: Cygwin's own files", r"\f\3", "cygwin-symlink = '/usr/bin'", external("cygwin:/usr/bin").note(NOTE)),
        case(
            "B.6: a drive that nobody gave",
            r"\f\4",
            "lx-symlink = '/mnt/d/none/x'",
            external(r"D:\none\x").note(NOTE),
        ),
        case("B.6: no letter, no drive", r"\f\5", "lx-symlink = '/mnt/cd/x'", external("wsl:/mnt/cd/x").note(NOTE)),
        case("F: no target", r"\f\6", "lx-symlink = ''", malformed(r"\f\6").note(NOTE)),
        case("F: missing", r"\f\7", "lx-symlink = '../data/none/x'", dangling(r"\data", r"none\x").note(NOTE)),
    ]);
}

#[test]
fn unix_climbs_from_what_was_reached_and_knows_its_case() {
    let jump = file(r"\f\jump", junction(r"\??\C:\data\dir"));
    let turn = file(r"\f\turn", relative(r"..\data\dir") + "directory = true");
    check_all(&[
        case("F: `..` behind a junction", r"\f\1", "lx-symlink = 'jump/../leaf.txt'", leaf().via(&[r"\f\jump"]))
            .with(jump),
        case(
            "F: `..` behind a symbolic link",
            r"\f\2",
            "interix-symlink = 'turn/../leaf.txt'",
            leaf().via(&[r"\f\turn"]),
        )
        .with(turn),
        case("F: a symbolic link at the end", r"\f\3", "lx-symlink = 'leaf'", leaf().via(&[r"\f\leaf"]))
            .with(file(r"\f\leaf", relative(r"..\data\leaf.txt"))),
        case(
            "F: Interix has exact case",
            r"\f\4",
            "interix-symlink = '../DATA/leaf.txt'",
            dangling(r"\", r"DATA\leaf.txt").note(NOTE),
        ),
        case("F: WSL follows the directory's case", r"\f\5", "lx-symlink = '../DATA/Leaf.txt'", leaf()),
        case("F: one link after the other", r"\f\7", "lx-symlink = '5'", leaf().via(&[r"\f\5"])),
        case("F: in the middle as well", r"\f\8", "lx-symlink = '9/leaf.txt'", leaf().via(&[r"\f\9"])),
        case("F: a directory", r"\f\9", "lx-symlink = '../data'", resolved(r"\data").note(NOTE)),
        case("F: to Windows, an Interix link is a file", r"\f\6", relative("4"), resolved(r"\f\4")),
    ]);
}

#[test]
fn what_linux_drivers_and_tools_write() {
    let refused = |link: &str| malformed(link).note(&["linux-ntfs3"]);
    let ntfs3 = |target: &str| {
        format!(r"reparse = {{ tag = 'SYMLINK', substitute = '\??\{target}', print = '{target}', flags = 0 }}")
    };
    check_all(&[
        case("F: ntfs3, relative", r"\f\1", ntfs3(r"..\data\leaf.txt"), refused(r"\f\1").candidate(r"\data\leaf.txt")),
        case("F: ntfs3, absolute", r"\f\2", ntfs3(r"\data\leaf.txt"), refused(r"\f\2").candidate(r"\data\leaf.txt")),
        case("F: ntfs3, a file beside it", r"\f\3", ntfs3("1"), refused(r"\f\3")),
        case("F: ntfs3, nothing there", r"\f\4", ntfs3(r"\tmp\x"), refused(r"\f\4")),
        case(
            "F: wimlib makes absolute targets those of C:",
            r"\f\5",
            absolute(r"\??\C:\data\leaf.txt"),
            resolved(r"\data\leaf.txt"),
        ),
    ]);
}

#[test]
fn what_programs_of_windows_keep_in_reparse_points() {
    let app = |target: &str| format!("app-exec-link = {{ package = 'p', app = 'p!a', target = '{target}' }}");
    let global = |target: &str| {
        format!("reparse = {{ tag = 'GLOBAL_REPARSE', substitute = '{target}', print = '', flags = 0 }}")
    };
    let cases: [Case; 7] = [
        case(
            "B.9: a Win32 path",
            r"\b\1",
            app(r"C:\data\leaf.txt"),
            resolved(r"\data\leaf.txt").of_type("app_exec_link"),
        ),
        case("B.9: Win32 takes slashes and dots", r"\b\2", app("C:/data/dir/../leaf.txt"), resolved(r"\data\leaf.txt")),
        case("B.9: missing", r"\b\3", app(r"C:\data\gone.exe"), dangling(r"\data", "gone.exe")),
        case("B.9: not a full path", r"\b\4", app(r"data\leaf.txt"), malformed(r"\b\4")),
        case(
            "B.10: what it leads to is not documented",
            r"\b\5",
            "reparse = { tag = 'WCI_LINK', hex = '01 00' }",
            external(r"wci:v0:\b\5").of_type("wci_link"),
        ),
        case(
            "B.2: its body is that of a symbolic link",
            r"\b\6",
            global(r"\??\C:\data\leaf.txt"),
            leaf().of_type("global_reparse"),
        ),
        case(
            "B.2: its body is that of a symbolic link",
            r"\b\7",
            global(r"\??\C:\gone"),
            dangling(r"\", "gone").note(NOTE),
        ),
    ];
    check_all(&cases);
}
