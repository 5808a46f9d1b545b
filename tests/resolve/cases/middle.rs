//! C.4: what stands in the middle of a path, and what at its end.

use super::{OTHER_GUID, check_all};
use crate::case::{Case, absolute, case, file, junction, relative};
use crate::expected::{device, external, malformed, not_a_directory, not_followable, remote, resolved};

const CHILD: &str = "directory = true";

/// Something with a reparse point, a file below it, and a link that leads through.
fn through(rule: &'static str, middle: &str, keys: &str, link: &'static str) -> Case {
    let found = resolved(&format!(r"{middle}\x"));
    case(rule, link, absolute(&format!(r"\??\C:{middle}\x")), found)
        .with(file(middle, format!("{CHILD}\n{keys}")))
        .with(file(&format!(r"{middle}\x"), ""))
}

#[test]
fn tags_that_stand_for_nothing_else_are_ordinary() {
    let archive = format!("reparse = {{ tag = 0x0000000C, guid = '{OTHER_GUID}', hex = '00' }}");
    let cloud = "reparse = { tag = 'CLOUD', hex = '01 00 04 00' }";
    check_all(&[
        through("C.4: cloud directories are ordinary", r"\c4\cloud", cloud, r"\c4\1"),
        through("C.4: a variant of the tag", r"\c4\cloud 6", "reparse = { tag = 0x9000601A, hex = '01 00' }", r"\c4\2"),
        through("C.4: projected directories", r"\c4\projected", "reparse = { tag = 'PROJFS', hex = '' }", r"\c4\3"),
        through("B.2: no name-surrogate bit: ordinary content", r"\c4\archive", &archive, r"\c4\4"),
        through(
            "C.4: a container's placeholder",
            r"\c4\layer",
            "reparse = { tag = 'WCI_1', layer = '0fedcba9-8765-4321-0fed-cba987654321', path = 'x' }",
            r"\c4\5",
        ),
        case("C.4: a compressed file", r"\c4\6", relative("wof"), resolved(r"\c4\wof"))
            .with(file(r"\c4\wof", "wof = 'xpress4k'")),
        case("C.4: a deduplicated file", r"\c4\7", relative("dedup"), resolved(r"\c4\dedup"))
            .with(file(r"\c4\dedup", "reparse = { tag = 'DEDUP', hex = '01 00' }")),
        case("C.4: through a compressed file", r"\c4\8", relative(r"wof\x"), not_a_directory(r"\c4\wof\x")),
    ]);
}

/// What Windows does not follow: its path, and what makes it in a spec.
const NOT_FOLLOWED: [(&str, &str); 10] = [
    (r"\not\lx", "lx-symlink = '/mnt/c/data/dir'"),
    (r"\not\fifo", "reparse = { tag = 'LX_FIFO', hex = '' }"),
    (r"\not\character", "reparse = { tag = 'LX_CHR', hex = '' }"),
    (r"\not\nfs", "nfs-symlink = '../data/dir'"),
    (r"\not\nfs fifo", "reparse = { tag = 'NFS', object = 'fifo' }"),
    (r"\not\app", r"app-exec-link = { package = 'p', app = 'p!a', target = 'C:\data\leaf.txt' }"),
    (r"\not\wci", "reparse = { tag = 'WCI_LINK', hex = '01 00 00 00' }"),
    (r"\not\tombstone", "reparse = { tag = 'WCI_TOMBSTONE', hex = '' }"),
    (r"\not\global", r"reparse = { tag = 'GLOBAL_REPARSE', substitute = '\??\C:\data\dir', print = '', flags = 0 }"),
    (r"\not\third", "reparse = { tag = 0x2000000D, guid = '0fedcba9-8765-4321-0fed-cba987654321', hex = '' }"),
];

const MIDDLE_LINKS: [&str; 10] =
    [r"\m\0", r"\m\1", r"\m\2", r"\m\3", r"\m\4", r"\m\5", r"\m\6", r"\m\7", r"\m\8", r"\m\9"];
const LAST_LINKS: [&str; 10] =
    [r"\l\0", r"\l\1", r"\l\2", r"\l\3", r"\l\4", r"\l\5", r"\l\6", r"\l\7", r"\l\8", r"\l\9"];

#[test]
fn links_that_windows_does_not_follow_are_an_end_and_no_way() {
    let mut cases = Vec::new();
    for (index, (path, keys)) in NOT_FOLLOWED.into_iter().enumerate() {
        let place = format!(r"{path}\x");
        let middle = case(
            "C.4: as an intermediate it is not followable; B.2: nor is any other name surrogate",
            MIDDLE_LINKS[index],
            relative(&format!(r"..{place}")),
            not_followable(&place),
        );
        let last = case("C.4: final only", LAST_LINKS[index], relative(&format!(r"..{path}")), resolved(path));
        cases.extend([middle.with(file(path, keys)), last]);
    }
    check_all(&cases);
}

#[test]
fn a_file_is_no_directory() {
    check_all(&[
        case(
            "C.4: a plain file in the middle",
            r"\c4\1",
            absolute(r"\??\C:\DATA\LEAF.TXT\x\y"),
            not_a_directory(r"\data\leaf.txt\x\y"),
        ),
        case(
            "C.4: a link to one",
            r"\c4\2",
            relative(r"leaf\x"),
            not_a_directory(r"\data\leaf.txt\x").via(&[r"\c4\leaf"]),
        )
        .with(file(r"\c4\leaf", relative(r"..\data\leaf.txt"))),
        case(
            "F: what only other systems follow is a file",
            r"\c4\3",
            relative(r"interix\x"),
            not_a_directory(r"\c4\interix\x"),
        )
        .with(file(r"\c4\interix", "interix-symlink = '../data/dir'")),
        case("B.7: a socket has no surrogate bit", r"\c4\4", relative(r"socket\x"), not_a_directory(r"\c4\socket\x"))
            .with(file(r"\c4\socket", "reparse = { tag = 'AF_UNIX', hex = '' }")),
    ]);
}

#[test]
fn a_malformed_link_spoils_every_path_through_it() {
    let bad = || malformed(r"\c4\bad");
    check_all(&[
        case("C.2: no prefix", r"\c4\bad", junction(r"C:\data\dir"), bad().candidate(r"\data\dir")),
        case("C.4: malformed in the middle", r"\c4\1", relative(r"bad\below.txt"), bad().via(&[r"\c4\bad"])),
        case("C.4: malformed at the end", r"\c4\2", relative("bad"), bad().via(&[r"\c4\bad"])).directory(),
        case("C.4: behind another link", r"\c4\3", relative(r"2\below.txt"), bad().via(&[r"\c4\2", r"\c4\bad"])),
    ]);
}

#[test]
fn paths_that_leave_the_volume_keep_their_rest() {
    let volume = format!(r"\??\Volume{{{OTHER_GUID}}}\");
    let unc = absolute(r"\??\UNC\server\share\dir") + CHILD;
    check_all(&[
        case(
            "C.4: cross-volume in the middle",
            r"\c4\1",
            relative(r"drive\box"),
            external(r"D:\store\box").via(&[r"\c4\drive"]),
        )
        .with(file(r"\c4\drive", junction(r"\??\D:\store"))),
        case(
            "C.4: a mount point in the middle",
            r"\c4\2",
            relative(r"mounted\box"),
            external(&format!(r"Volume{{{OTHER_GUID}}}\box")).via(&[r"\c4\mounted"]),
        )
        .with(file(r"\c4\mounted", junction(&volume))),
        case(
            "C.4: remote in the middle",
            r"\c4\3",
            relative(r"remote\x"),
            remote(r"\\server\share\dir\x").via(&[r"\c4\remote"]),
        )
        .with(file(r"\c4\remote", unc)),
        case(
            "C.4: a device in the middle",
            r"\c4\4",
            relative(r"device\x"),
            device(r"\Device\Disk\x").via(&[r"\c4\device"]),
        )
        .with(file(r"\c4\device", junction(r"\Device\Disk"))),
    ]);
}
