//! Links that are made on a mount of ntfs-3g, what that driver makes of them, and what Windows does.

use crate::expected::{Expected, dangling, external, looped, malformed, not_a_directory, remote, resolved};

/// How a link is made.
pub enum Made {
    /// `ln -s`
    Interix(&'static str),
    /// `ln -s` on a mount with `special_files=wsl`
    Wsl(&'static str),
    /// A directory with a reparse point: the substitute name.
    Junction(&'static str),
    /// A file with one that is marked relative.
    Relative(&'static str),
    /// A file with one that is not.
    Absolute(&'static str),
    /// A directory with one that is marked relative.
    RelativeDirectory(&'static str),
    /// `ln`: another name of a link that was made before.
    HardLink(&'static str),
}

/// What `stat -L` finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    /// The file that has this path.
    File(&'static str),
    /// ENOENT
    Nothing,
    /// ELOOP
    Loop,
    /// ENOTDIR
    NotADirectory,
}

/// One link.
pub struct Row {
    pub path: &'static str,
    pub made: Made,
    /// What `readlink` says; `MOUNT` is where the volume is mounted.
    pub text: &'static str,
    pub reached: Reached,
    pub expected: Expected,
    /// Why the driver finds something else, if it does: the section of the reference that decides.
    pub why: Option<&'static str>,
}

fn row(path: &'static str, made: Made, text: &'static str, reached: Reached, expected: Expected) -> Row {
    Row { path, made, text, reached, expected, why: None }
}

impl Row {
    fn differs(mut self, why: &'static str) -> Self {
        self.why = Some(why);
        self
    }
}

const LEAF: Reached = Reached::File("data/leaf.txt");
const DIRECTORY: Reached = Reached::File("data/dir");
const NOT_FOLLOWED: &[&str] = &["not-followed-by-windows"];

const ANY_LETTER: &str = "C.4, F: a letter means a volume by the table of letters; the driver has none, and takes any \
                          letter for its own volume if that has the path, else looks in .NTFS-3G";
const NOT_GIVEN: &str = "C.4: a volume that was not given is not known to lack the path";
const TEXTUAL: &str = "C.4: `..` cancels what stands left of it in the text; the driver looks it up";
const ITS_KIND: &str = "C.6: the kind of a link does not adapt to its target; the driver refuses one of the other kind";
const OF_LINUX: &str = "F: the target is one of the volume, or names a drive; on the mount it is one of the machine";
const NOT_OF_WINDOWS: &str = "F: to Windows it is a file; the driver follows its own links";

/// What `readlink` says of what the driver does not decode or find.
const NO_SYMLINK: &str = "unsupported reparse tag 0xa000000c";

fn leaf() -> Expected {
    resolved(r"\data\leaf.txt")
}

/// Absolute targets.
pub fn absolute_links() -> Vec<Row> {
    let directory = || resolved(r"\data\dir");
    let loops = |link, other| looped(link, &[r"\links\ring a", r"\links\ring b"]).via(&[other]);
    let guid = "0fedcba9-8765-4321-0fed-cba987654321";
    vec![
        row("links/j", Made::Junction(r"\??\C:\data\dir"), "MOUNT/data/dir", DIRECTORY, directory()),
        row("links/j case", Made::Junction(r"\??\c:\DATA\Dir"), "MOUNT/data/dir", DIRECTORY, directory()),
        row(
            "links/j gone",
            Made::Junction(r"\??\C:\gone"),
            "MOUNT/.NTFS-3G/C:/gone",
            Reached::Nothing,
            dangling(r"\", "gone"),
        ),
        row(
            "links/j root",
            Made::Junction(r"\??\C:\"),
            "MOUNT/.NTFS-3G/C:/",
            Reached::Nothing,
            resolved(r"\").note(&["ancestor"]),
        )
        .differs(ANY_LETTER),
        row(
            "links/j other",
            Made::Junction(r"\??\D:\data\dir"),
            "MOUNT/data/dir",
            DIRECTORY,
            external(r"D:\data\dir").note(&["path-exists-on-this-volume"]),
        )
        .differs(ANY_LETTER),
        row(
            "links/j other gone",
            Made::Junction(r"\??\D:\none"),
            "MOUNT/.NTFS-3G/D:/none",
            Reached::Nothing,
            external(r"D:\none"),
        )
        .differs(NOT_GIVEN),
        row(
            "links/mounted",
            Made::Junction(r"\??\Volume{0fedcba9-8765-4321-0fed-cba987654321}\"),
            "MOUNT/.NTFS-3G/Volume{0fedcba9-8765-4321-0fed-cba987654321}",
            Reached::Nothing,
            external(&format!(r"Volume{{{guid}}}\")).of_type("mount_point"),
        )
        .differs(NOT_GIVEN),
        row(
            "links/by volume",
            Made::Junction(r"\??\Volume{0fedcba9-8765-4321-0fed-cba987654321}\data"),
            "unsupported reparse tag 0xa0000003",
            Reached::Nothing,
            external(&format!(r"Volume{{{guid}}}\data")),
        )
        .differs(NOT_GIVEN),
        row(
            "links/j j",
            Made::Junction(r"\??\C:\links\j"),
            "MOUNT/links/j",
            DIRECTORY,
            directory().via(&[r"\links\j"]),
        ),
        row(
            "links/ring a",
            Made::Junction(r"\??\C:\links\ring b"),
            "MOUNT/links/ring b",
            Reached::Loop,
            loops(r"\links\ring a", r"\links\ring b"),
        ),
        row(
            "links/ring b",
            Made::Junction(r"\??\C:\links\ring a"),
            "MOUNT/links/ring a",
            Reached::Loop,
            loops(r"\links\ring b", r"\links\ring a"),
        ),
        row("links/a", Made::Absolute(r"\??\C:\data\leaf.txt"), "MOUNT/data/leaf.txt", LEAF, leaf()),
        row(
            "links/a through j",
            Made::Absolute(r"\??\C:\links\j\below.txt"),
            "MOUNT/links/j/below.txt",
            Reached::File("data/dir/below.txt"),
            resolved(r"\data\dir\below.txt").via(&[r"\links\j"]),
        ),
        row("links/unc", Made::Absolute(r"\??\UNC\s\share\x"), NO_SYMLINK, Reached::Nothing, remote(r"\\s\share\x"))
            .differs(NOT_GIVEN),
        row(
            "links/ntfs3",
            Made::Absolute(r"\??\..\data\leaf.txt"),
            NO_SYMLINK,
            Reached::Nothing,
            malformed(r"\links\ntfs3").note(&["linux-ntfs3"]).candidate(r"\data\leaf.txt"),
        ),
    ]
}

/// Targets from the link's directory or from the root of its volume.
pub fn relative_links() -> Vec<Row> {
    let below = || resolved(r"\data\dir\below.txt");
    const BELOW: Reached = Reached::File("data/dir/below.txt");
    vec![
        row("links/r", Made::Relative(r"..\data\leaf.txt"), "../data/leaf.txt", LEAF, leaf()),
        row("links/r case", Made::Relative(r"..\DATA\Leaf.TXT"), "../data/leaf.txt", LEAF, leaf()),
        row("links/r dot", Made::Relative(r".\r"), "./r", LEAF, leaf().via(&[r"\links\r"])),
        row("links/rooted", Made::Relative(r"\data\leaf.txt"), "MOUNT/data/leaf.txt", LEAF, leaf()),
        row("links/r d", Made::RelativeDirectory(r"..\data\dir"), "../data/dir", DIRECTORY, resolved(r"\data\dir")),
        row(
            "links/r d end",
            Made::RelativeDirectory(r"..\data\dir\"),
            "../data/dir/",
            DIRECTORY,
            resolved(r"\data\dir"),
        ),
        row(
            "links/here",
            Made::RelativeDirectory("."),
            ".",
            Reached::File("links"),
            resolved(r"\links").note(&["ancestor"]),
        ),
        row("links/through j", Made::Relative(r"j\below.txt"), "j/below.txt", BELOW, below().via(&[r"\links\j"])),
        row("links/through d", Made::Relative(r"r d\below.txt"), "r d/below.txt", BELOW, below().via(&[r"\links\r d"])),
        row("links/self", Made::Relative("self"), "self", Reached::Loop, looped(r"\links\self", &[r"\links\self"])),
        row("links/gone", Made::Relative(r"..\data\gone"), NO_SYMLINK, Reached::Nothing, dangling(r"\data", "gone")),
        row(
            "links/no directory",
            Made::Relative(r"..\data\leaf.txt\x"),
            "../data/leaf.txt/x",
            Reached::NotADirectory,
            not_a_directory(r"\data\leaf.txt\x"),
        ),
        row(
            "links/dot at the end",
            Made::Relative(r"..\data\leaf.txt."),
            NO_SYMLINK,
            Reached::Nothing,
            dangling(r"\data", "leaf.txt.").note(&["trailing-dot-or-space"]),
        ),
        row(
            "links/slashes",
            Made::Relative("../data/leaf.txt"),
            NO_SYMLINK,
            Reached::Nothing,
            malformed(r"\links\slashes").note(&["forward-slash"]).candidate(r"\data\leaf.txt"),
        ),
        row(
            "links/two separators",
            Made::Relative(r"..\data\\leaf.txt"),
            NO_SYMLINK,
            Reached::Nothing,
            malformed(r"\links\two separators"),
        ),
        row(
            "links/too far up",
            Made::Relative(r"..\..\data\leaf.txt"),
            NO_SYMLINK,
            Reached::Nothing,
            malformed(r"\links\too far up").note(&["dot-component", "route-dependent"]),
        ),
        row("links/textual", Made::Relative(r"..\data\gone\..\leaf.txt"), NO_SYMLINK, Reached::Nothing, leaf())
            .differs(TEXTUAL),
        row("links/back", Made::Relative(r"j\..\r"), r"j/..\r", Reached::Nothing, leaf().via(&[r"\links\r"]))
            .differs(TEXTUAL),
        row(
            "links/file to dir",
            Made::Relative(r"..\data\dir"),
            NO_SYMLINK,
            Reached::Nothing,
            resolved(r"\data\dir").note(&["type-mismatch"]),
        )
        .differs(ITS_KIND),
        row(
            "links/dir to file",
            Made::RelativeDirectory(r"..\data\leaf.txt"),
            NO_SYMLINK,
            Reached::Nothing,
            leaf().note(&["type-mismatch"]),
        )
        .differs(ITS_KIND),
        row("links/named thrice", Made::Relative(r"..\data\leaf.txt"), "../data/leaf.txt", LEAF, leaf()),
        row("data/other name", Made::HardLink("links/named thrice"), "../data/leaf.txt", LEAF, leaf()),
        row(
            "data/dir/third name",
            Made::HardLink("links/named thrice"),
            "../data/leaf.txt",
            Reached::Nothing,
            dangling(r"\data", r"data\leaf.txt").note(&["route-dependent"]),
        ),
        row(
            "links/short",
            Made::Relative(r"..\data\ALONGN~1.TXT"),
            "../data/ALONGN~1.TXT",
            Reached::File("data/A long name.txt"),
            resolved(r"\data\A long name.txt").by_path(r"\data\ALONGN~1.TXT"),
        ),
    ]
}

/// Links that Windows does not follow.
pub fn links_of_linux() -> Vec<Row> {
    let foreign = |expected: Expected| expected.note(NOT_FOLLOWED);
    vec![
        row("links/i", Made::Interix("../data/leaf.txt"), "../data/leaf.txt", LEAF, foreign(leaf())),
        row(
            "links/i case",
            Made::Interix("../DATA/leaf.txt"),
            "../DATA/leaf.txt",
            Reached::Nothing,
            foreign(dangling(r"\", r"DATA\leaf.txt")),
        ),
        row("links/i gone", Made::Interix("none"), "none", Reached::Nothing, foreign(dangling(r"\links", "none"))),
        row("links/i back", Made::Interix("j/../leaf.txt"), "j/../leaf.txt", LEAF, foreign(leaf().via(&[r"\links\j"]))),
        row("links/i r", Made::Interix("r"), "r", LEAF, foreign(leaf().via(&[r"\links\r"]))),
        row("links/i rooted", Made::Interix("/data/leaf.txt"), "/data/leaf.txt", Reached::Nothing, foreign(leaf()))
            .differs(OF_LINUX),
        row("links/i i", Made::Interix("i"), "i", LEAF, foreign(leaf().via(&[r"\links\i"]))),
        row(
            "links/i self",
            Made::Interix("i self"),
            "i self",
            Reached::Loop,
            foreign(looped(r"\links\i self", &[r"\links\i self"])),
        ),
        row("links/r i", Made::Relative("i"), "i", LEAF, resolved(r"\links\i")).differs(NOT_OF_WINDOWS),
        row("links/w", Made::Wsl("../data/leaf.txt"), "../data/leaf.txt", LEAF, foreign(leaf())),
        row("links/w gone", Made::Wsl("../none/x"), "../none/x", Reached::Nothing, foreign(dangling(r"\", r"none\x"))),
        row(
            "links/w drive",
            Made::Wsl("/mnt/c/data/leaf.txt"),
            "/mnt/c/data/leaf.txt",
            Reached::Nothing,
            foreign(leaf()),
        )
        .differs(OF_LINUX),
        row("links/w back", Made::Wsl("j/../leaf.txt"), "j/../leaf.txt", LEAF, foreign(leaf().via(&[r"\links\j"]))),
        row("links/r w", Made::Relative("w"), "w", LEAF, resolved(r"\links\w")).differs(NOT_OF_WINDOWS),
    ]
}
