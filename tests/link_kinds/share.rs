//! Who follows a link: seen on its own machine, and through a share.

use std::sync::LazyLock;

use tempfile::NamedTempFile;

use crate::image::{Verdict, build, scan, verdict};
use crate::kinds::{Kind, OTHER_VOLUME};
use crate::readme;

/// Who follows a link that is seen through a share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Follower {
    Server,
    Client,
    /// Windows does not.
    Linux,
}

/// What becomes of a link, and which classes of SymlinkEvaluation decide whether it is followed.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Seen {
    status: String,
    classes: Vec<&'static str>,
    /// Whether the classes let it be followed where nobody changed them.
    is_on: bool,
    /// Whether it leads to what the client has under that name.
    is_on_client: bool,
    is_for_windows: bool,
}

/// One link in a shared directory.
struct Case {
    name: &'static str,
    kind: Kind,
    target: &'static str,
    /// On its own machine: status and classes.
    local: (&'static str, &'static [&'static str]),
    /// Through the share: the same.
    remote: (&'static str, &'static [&'static str]),
    follower: Follower,
}

/// Reference C.7: the classes, and whether they are on where nobody changed them. The first letter says where the link is,
/// seen from the machine that follows it, and the second where the target is.
const CLASSES: [(&str, bool); 4] = [("L2L", true), ("L2R", true), ("R2L", false), ("R2R", false)];

/// Reference C.5: junctions and mount points are evaluated on the server, symbolic links on the client; C.7: only symbolic
/// links have classes. Of what Microsoft does not say, which class a relative link has to a client, both count.
const CASES: [Case; 7] = [
    Case {
        name: "junction to what is not shared",
        kind: Kind::Junction,
        target: r"C:\private",
        local: ("resolved", &[]),
        remote: ("resolved", &[]),
        follower: Follower::Server,
    },
    Case {
        name: "volume mount point",
        kind: Kind::MountPoint,
        target: "",
        local: ("other_volume", &[]),
        remote: ("other_volume", &[]),
        follower: Follower::Server,
    },
    Case {
        name: r"symbolic link `..\data\file`",
        kind: Kind::FileSymlink,
        target: r"..\data\file",
        local: ("resolved", &["L2L"]),
        remote: ("resolved", &["R2L", "R2R"]),
        follower: Follower::Client,
    },
    Case {
        name: r"symbolic link `C:\shared\data`",
        kind: Kind::DirectorySymlink,
        target: r"C:\shared\data",
        local: ("resolved", &["L2L"]),
        remote: ("external", &["R2L"]),
        follower: Follower::Client,
    },
    Case {
        name: r"symbolic link `\\server\share\data`",
        kind: Kind::DirectorySymlink,
        target: r"\\server\share\data",
        local: ("remote", &["L2R"]),
        remote: ("resolved", &["R2R"]),
        follower: Follower::Client,
    },
    Case {
        name: r"symbolic link `\\another\share`",
        kind: Kind::DirectorySymlink,
        target: r"\\another\share",
        local: ("remote", &["L2R"]),
        remote: ("remote", &["R2R"]),
        follower: Follower::Client,
    },
    Case {
        name: "WSL link",
        kind: Kind::WslLink,
        target: r"..\data\file",
        local: ("resolved", &[]),
        remote: ("resolved", &[]),
        follower: Follower::Linux,
    },
];

/// Record of the first link.
const FIRST_LINK: usize = 100;

/// A shared directory with every link in it, and what they lead to.
fn spec() -> String {
    let mut spec = r"
        [disk]
        table = 'gpt'
        [[volume]]
        [[volume.file]]
        path = '\shared\data\file'
        [[volume.file]]
        path = '\private'
        directory = true
        "
    .to_owned();
    for (case, record) in CASES.iter().zip(FIRST_LINK..) {
        let link = case.kind.keys(case.target);
        spec += &format!("[[volume.file]]\npath = '\\shared\\links\\{record}'\nrecord = {record}\n{link}");
    }
    spec + &format!("[[volume]]\nid = '{OTHER_VOLUME}'\n")
}

/// The classes, all switched on.
const ALL_ON: &str = "--symlink-evaluation=L2L:1,L2R:1,R2L:1,R2R:1";

/// The verdict on every link.
fn look(image: &NamedTempFile, view: &[&str], evaluation: &[&str]) -> Vec<Verdict> {
    let graph = scan(&[view, &["--drive", "C=v0"], evaluation].concat(), image);
    let ids = (FIRST_LINK..FIRST_LINK + CASES.len()).map(|record| format!("v0:{record}-1"));
    ids.map(|id| verdict(&graph, &id).expect("the edge of the link")).collect()
}

/// What is seen of every link: a class decides on those that have other notes when it is switched off.
fn observe(view: &[&str]) -> Vec<Seen> {
    let image = build(&spec());
    let all_on = look(&image, view, &[ALL_ON]);
    let as_windows_comes = look(&image, view, &[]);
    let without = CLASSES.map(|(class, _)| {
        let evaluation = ALL_ON.replace(&format!("{class}:1"), &format!("{class}:0"));
        (class, look(&image, view, &[&evaluation]))
    });
    let seen = |(index, verdict): (usize, &Verdict)| Seen {
        status: verdict.status.clone(),
        classes: without.iter().filter(|(_, off)| off[index].notes != verdict.notes).map(|(class, _)| *class).collect(),
        is_on: as_windows_comes[index].notes == verdict.notes,
        is_on_client: verdict.has("client-side"),
        is_for_windows: !verdict.has("not-followed-by-windows"),
    };
    all_on.iter().enumerate().map(seen).collect()
}

static THROUGH_SHARE: LazyLock<Vec<Seen>> = LazyLock::new(|| observe(&["--via-share", r"\\server\share=C:\shared"]));

/// Who follows a link that is seen through a share. A client goes by its own classes, a server by none.
fn follower(remote: &Seen) -> Follower {
    match (remote.is_for_windows, remote.classes.is_empty()) {
        (false, _) => Follower::Linux,
        (true, true) => Follower::Server,
        (true, false) => Follower::Client,
    }
}

/// Who follows links of a kind, for the table of kinds.
pub fn followed_by(kind: Kind) -> &'static str {
    let Some(place) = CASES.iter().position(|case| case.kind == kind) else { return "–" };
    match follower(&THROUGH_SHARE[place]) {
        Follower::Server => "the machine that it is on",
        Follower::Client => "the machine that asks",
        Follower::Linux => "Linux",
    }
}

fn check(case: &Case, seen: &Seen, expected: (&str, &[&str])) {
    let (status, classes) = expected;
    assert_eq!((seen.status.as_str(), &seen.classes[..]), (status, classes), "{}", case.name);
    let is_on = |class: &str| CLASSES.iter().any(|(name, is_on)| *name == class && *is_on);
    assert_eq!(seen.is_on, classes.iter().all(|class| is_on(class)), "{} as Windows comes", case.name);
}

fn cells(seen: &Seen) -> [String; 2] {
    let place = if seen.is_on_client { ", on the client" } else { "" };
    let class = match (&seen.classes[..], seen.is_on) {
        ([], _) => "–".to_owned(),
        (classes, true) => format!("{}, on", classes.join(" or ")),
        (classes, false) => format!("{}, off", classes.join(" or ")),
    };
    [format!("`{}`{place}", seen.status), class]
}

#[test]
fn who_follows_a_link_through_a_share() {
    let mut rows = Vec::new();
    for ((case, local), remote) in CASES.iter().zip(observe(&[])).zip(&*THROUGH_SHARE) {
        check(case, &local, case.local);
        check(case, remote, case.remote);
        let follower = follower(remote);
        assert_eq!(follower, case.follower, "{}", case.name);
        let follower = match follower {
            Follower::Server => "the server",
            Follower::Client => "the client",
            Follower::Linux => "Linux",
        };
        let mut row = vec![case.name.to_owned()];
        row.extend(cells(&local));
        row.extend(cells(remote));
        row.push(follower.to_owned());
        rows.push(row);
    }
    let head = ["link", "on its machine", "class", "through a share", "class", "followed by"];
    readme::check("through a share", &readme::table(&head, &rows));
}
