//! C.1 and C.2: what the text of a target says; B.4 and B.5: what cannot be one.

use super::{OTHER_GUID, OWN_GUID, check_all};
use crate::case::{Case, absolute, case, junction, relative};
use crate::expected::{dangling, device, external, malformed, remote, resolved};

#[test]
fn the_substitute_name_counts() {
    let both = |tag: &str, substitute: &str, print: &str| {
        format!("reparse = {{ tag = '{tag}', substitute = '{substitute}', print = '{print}' }}")
    };
    check_all(&[
        case(
            "C.1: the print name may be stale",
            r"\c1\stale print",
            both("SYMLINK", r"\??\C:\data\leaf.txt", r"C:\gone"),
            resolved(r"\data\leaf.txt"),
        ),
        case(
            "C.1: the print name may be a lie, and does not help",
            r"\c1\print exists",
            both("SYMLINK", r"\??\C:\data\gone", r"C:\data\leaf.txt"),
            dangling(r"\data", "gone"),
        ),
        case(
            "C.1: the print name may be empty",
            r"\c1\no print",
            both("MOUNT_POINT", r"\??\C:\data\dir", ""),
            resolved(r"\data\dir"),
        )
        .directory(),
        case(
            "C.1: the print name of another drive is for display",
            r"\c1\other letter",
            both("MOUNT_POINT", r"\??\C:\data\dir", r"D:\data\dir"),
            resolved(r"\data\dir"),
        )
        .directory(),
    ]);
}

#[test]
fn absolute_targets_name_a_volume() {
    check_all(&drives());
    check_all(&volume_guids());
}

fn drives() -> Vec<Case> {
    let leaf = || resolved(r"\data\leaf.txt");
    vec![
        case("C.2: DOS-device path", r"\c2\path", absolute(r"\??\C:\data\leaf.txt"), leaf()),
        case("C.2: DOS-device path of a junction", r"\c2\dir", junction(r"\??\C:\data\dir"), resolved(r"\data\dir")),
        case("C.2: case-insensitive letter", r"\c2\letter", absolute(r"\??\c:\data\leaf.txt"), leaf()),
        case("C.2: drive root", r"\c2\root", junction(r"\??\C:\"), resolved(r"\").note(&["ancestor"])),
        case(
            "C.2: without the final separator it is the device, not the root directory",
            r"\c2\no separator",
            junction(r"\??\C:"),
            malformed(r"\c2\no separator").candidate(r"\"),
        ),
        case("C.2: NT alias DosDevices", r"\c2\alias", absolute(r"\DosDevices\C:\data\leaf.txt"), leaf()),
        case("C.2: in any case", r"\c2\alias case", absolute(r"\dosdevices\C:\data\leaf.txt"), leaf()),
        case("C.2: NT alias GLOBAL??", r"\c2\global", absolute(r"\GLOBAL??\C:\data\leaf.txt"), leaf()),
        case("C.4: a letter that is not mapped", r"\c2\unmapped", absolute(r"\??\D:\none\x"), external(r"D:\none\x")),
        case(
            "C.4: a letter that is not mapped, in lower case",
            r"\c2\unmapped lower",
            absolute(r"\??\d:\none\X"),
            external(r"D:\none\X"),
        ),
        case(
            "C.4: a letter that is not mapped, for a path that is here as well",
            r"\c2\elsewhere",
            absolute(r"\??\D:\data\leaf.txt"),
            external(r"D:\data\leaf.txt").note(&["path-exists-on-this-volume"]),
        ),
    ]
}

fn volume_guids() -> Vec<Case> {
    let of = |guid: &str, below: &str| format!(r"\??\Volume{{{guid}}}\{below}");
    vec![
        case(
            "C.2: nothing after the final separator is a volume mount point",
            r"\c2\mount point",
            junction(&of(OTHER_GUID, "")),
            external(&format!(r"Volume{{{OTHER_GUID}}}\")).of_type("mount_point"),
        ),
        case(
            "C.2: else a junction by GUID",
            r"\c2\by guid",
            junction(&of(OTHER_GUID, "data")),
            external(&format!(r"Volume{{{OTHER_GUID}}}\data")).of_type("junction"),
        ),
        case(
            "C.2: prefixes are compared in any case, and GUIDs are",
            r"\c2\guid case",
            junction(&of(OTHER_GUID, "Data").to_uppercase()),
            external(&format!(r"Volume{{{OTHER_GUID}}}\DATA")),
        ),
        case(
            "C.2: a volume GUID that is mapped",
            r"\c2\own guid",
            junction(&of(OWN_GUID, r"data\dir")),
            resolved(r"\data\dir"),
        ),
        case(
            "C.5: a symbolic link to anything",
            r"\c2\symlink by guid",
            absolute(&of(OWN_GUID, r"data\leaf.txt")),
            resolved(r"\data\leaf.txt"),
        ),
    ]
}

#[test]
fn targets_that_are_no_files_of_a_volume() {
    let object = |text: &'static str| (absolute(text), device(text));
    let [volume, globalroot, boot, drive] = [
        r"\Device\HarddiskVolume3\x",
        r"\??\GLOBALROOT\Device\HarddiskVolume3\x",
        r"\??\BootPartition\x",
        r"\??\PhysicalDrive0",
    ]
    .map(object);
    let [rpc, named, container] = [
        r"\RPC Control\x",
        r"\BaseNamedObjects\x",
        r"\ContainerMappedDirectories\{0fedcba9-8765-4321-0fed-cba987654321}",
    ]
    .map(object);
    check_all(&[
        case("C.2: UNC", r"\c2\unc", absolute(r"\??\UNC\server\share\x"), remote(r"\\server\share\x")),
        case("C.2: UNC in any case", r"\c2\unc case", absolute(r"\??\unc\server\share"), remote(r"\\server\share")),
        case(
            "C.2, C.5: UNC is for symbolic links only",
            r"\c2\unc junction",
            junction(r"\??\UNC\server\share\x"),
            remote(r"\\server\share\x").note(&["invalid-for-junction"]),
        ),
        case("C.2: raw device", r"\c2\device", volume.0, volume.1),
        case("C.2: raw device of a junction", r"\c2\device junction", junction(r"\Device\X"), device(r"\Device\X")),
        case("C.2: GLOBALROOT is the root of all objects", r"\c2\globalroot", globalroot.0, globalroot.1),
        case("C.2: other names of devices", r"\c2\boot", boot.0, boot.1),
        case("C.2: other names of devices", r"\c2\physical drive", drive.0, drive.1),
        case("C.2: object paths", r"\c2\rpc", rpc.0, rpc.1),
        case("C.2: object paths", r"\c2\named objects", named.0, named.1),
        case("C.2: containers", r"\c2\container", container.0, container.1),
    ]);
}

#[test]
fn relative_targets_begin_at_the_link_or_at_the_root() {
    let leaf = || resolved(r"\data\leaf.txt");
    check_all(&[
        case("C.2: relative", r"\c2\up", relative(r"..\data\leaf.txt"), leaf()),
        case("C.2: relative, down", r"\down", relative(r"data\leaf.txt"), leaf()),
        case("C.2: relative, here", r"\c2\here", relative("."), resolved(r"\c2").note(&["ancestor"])).directory(),
        case("C.2: rooted", r"\c2\rooted", relative(r"\data\leaf.txt"), leaf()),
        case("C.2: the root itself", r"\c2\root", relative(r"\"), resolved(r"\").note(&["ancestor"])).directory(),
    ]);
}

#[test]
fn mis_made_targets_do_not_resolve() {
    let win32_guid = format!(r"\??\\\?\Volume{{{OWN_GUID}}}\data\dir");
    let leaf = |link: &str| malformed(link).candidate(r"\data\leaf.txt");
    let ntfs3 = |link: &str| leaf(link).note(&["linux-ntfs3"]);
    let slash = |link: &str| leaf(link).note(&["forward-slash"]);
    check_all(&[
        case("C.2: Win32 prefix", r"\mis\win32", absolute(r"\\?\C:\data\leaf.txt"), leaf(r"\mis\win32")),
        case(
            "C.2: Win32 prefix of devices",
            r"\mis\win32 device",
            absolute(r"\\.\C:\data\leaf.txt"),
            leaf(r"\mis\win32 device"),
        ),
        case(
            "C.2: Win32 prefix behind the right one",
            r"\mis\both prefixes",
            junction(&win32_guid),
            malformed(r"\mis\both prefixes").candidate(r"\data\dir"),
        ),
        case("C.2: no prefix", r"\mis\bare", absolute(r"C:\data\leaf.txt"), leaf(r"\mis\bare")),
        case("C.2: drive-relative", r"\mis\drive", absolute(r"C:data\leaf.txt"), malformed(r"\mis\drive")),
        case(
            "C.2: relative text behind the prefix",
            r"\mis\3up",
            absolute(r"\??\..\data\leaf.txt"),
            ntfs3(r"\mis\3up"),
        ),
        case(
            "C.2: rooted text behind the prefix",
            r"\mis\3root",
            absolute(r"\??\\data\leaf.txt"),
            ntfs3(r"\mis\3root"),
        ),
        case("C.2: a Unix path", r"\mis\unix", absolute("/data/leaf.txt"), slash(r"\mis\unix")),
        case("C.2: slashes behind the prefix", r"\mis\slash", absolute(r"\??\C:/data/leaf.txt"), slash(r"\mis\slash")),
        case("C.2: a doubled separator before ??", r"\mis\4", absolute(r"\\??\C:\data\leaf.txt"), malformed(r"\mis\4")),
        case(
            "B.5: marked relative, it does not begin with the prefix",
            r"\mis\flag",
            relative(r"\??\C:\data\leaf.txt"),
            leaf(r"\mis\flag"),
        ),
        case(
            "B.5: else it begins with a separator",
            r"\mis\no flag",
            absolute(r"..\data\leaf.txt"),
            leaf(r"\mis\no flag"),
        ),
        case("B.5: it is not empty", r"\mis\empty", absolute(""), malformed(r"\mis\empty")),
        case(
            "B.4: it has no NUL",
            r"\mis\nul",
            "directory = true\nreparse = { tag = 'MOUNT_POINT', print = '', substitute = \"\\\\??\\\\C:\\\\data\\u0000\" }",
            malformed(r"\mis\nul"),
        ),
    ]);
}

#[test]
fn a_unix_path_that_is_marked_relative_is_meant_from_the_root() {
    check_all(&[case(
        "C.2: a Unix path, marked relative as a rooted target is",
        r"\mis\unix",
        relative("/data/leaf.txt"),
        malformed(r"\mis\unix").note(&["forward-slash"]).candidate(r"\data\leaf.txt"),
    )]);
}
