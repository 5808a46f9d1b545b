//! What a link of each kind can lead to.

use crate::image::{LINK, build, scan, verdict};
use crate::kinds::{Kind, OTHER_VOLUME};
use crate::readme;
use crate::share::followed_by;

/// What a link may be asked to lead to, as the columns of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Aim {
    File,
    Directory,
    OtherVolume,
    Share,
    Relative,
}

const AIMS: [Aim; 5] = [Aim::File, Aim::Directory, Aim::OtherVolume, Aim::Share, Aim::Relative];

/// Whether Windows lets a link of a kind lead there, in the order of [`AIMS`].
///
/// Reference C.5 has the table of junctions, mount points and symbolic links, and C.6 says that the kind of a symbolic
/// link is set when it is made; C.9 that a hard link is a name of a file on the same volume. Those of WSL are paths of Linux
/// (reference B.6): any file that Linux has below `/mnt`, and no path of Windows' network.
const EXPECTED: [(Kind, [bool; 5]); 6] = [
    (Kind::HardLink, [true, false, false, false, false]),
    (Kind::Junction, [false, true, true, false, false]),
    (Kind::MountPoint, [false, false, true, false, false]),
    (Kind::FileSymlink, [true, false, true, true, true]),
    (Kind::DirectorySymlink, [false, true, true, true, true]),
    (Kind::WslLink, [true, true, true, false, true]),
];

/// The target as it is written into the link; `None` if the format has no way to say it.
fn text(kind: Kind, aim: Aim) -> Option<&'static str> {
    match (kind, aim) {
        // A name's parent is a record of the same volume; that directories have one name only is for Windows to refuse.
        (Kind::HardLink, Aim::File) => Some(""),
        (Kind::HardLink, _) => None,
        // A GUID without a path. With one, it is a junction.
        (Kind::MountPoint, Aim::OtherVolume) => Some(""),
        (Kind::MountPoint, _) => None,
        (_, Aim::File) => Some(r"C:\tree\data\file"),
        (_, Aim::Directory) => Some(r"C:\tree\data\directory"),
        (Kind::FileSymlink, Aim::OtherVolume) => Some(r"D:\file"),
        (_, Aim::OtherVolume) => Some(r"D:\directory"),
        (_, Aim::Share) => Some(r"\\server\share\directory"),
        (Kind::FileSymlink, Aim::Relative) => Some(r"..\data\file"),
        (_, Aim::Relative) => Some(r"..\data\directory"),
    }
}

/// Builds a link to something, and answers whether it leads there by Windows' rules, or Linux' for a link of WSL.
fn can_lead_to(kind: Kind, aim: Aim) -> bool {
    let Some(target) = text(kind, aim) else { return false };
    let image = build(&spec(kind, target));
    let graph = scan(&["--drive", "C=v0", "--drive", "D=v1"], &image);
    if kind == Kind::HardLink {
        let nodes = graph["nodes"].as_array().unwrap();
        return nodes.iter().any(|node| node["id"] == LINK && node["hard_links"] == 2);
    }
    let verdict = verdict(&graph, LINK).expect("the edge of the link");
    assert_eq!(verdict.link_type, kind.edge_type());
    let is_refused = ["type-mismatch", "invalid-for-junction"].iter().any(|note| verdict.has(note));
    !is_refused && (verdict.is_reached() || verdict.status == "remote")
}

fn spec(kind: Kind, target: &str) -> String {
    let link = match kind {
        Kind::HardLink => r"names = ['\tree\data\another name']".to_owned(),
        _ => kind.keys(target),
    };
    format!(
        r#"
        [disk]
        table = "gpt"

        [[volume]]

        [[volume.file]]
        path = '\tree\links\link'
        record = 100
        {link}
        [[volume.file]]
        path = '\tree\data\file'

        [[volume.file]]
        path = '\tree\data\directory'
        directory = true

        [[volume]]
        id = "{OTHER_VOLUME}"

        [[volume.file]]
        path = '\file'

        [[volume.file]]
        path = '\directory'
        directory = true
        "#
    )
}

#[test]
fn what_a_link_can_lead_to() {
    let mut rows = Vec::new();
    for (kind, expected) in EXPECTED {
        let observed = AIMS.map(|aim| can_lead_to(kind, aim));
        assert_eq!(observed, expected, "{kind:?} to {AIMS:?}");
        let words = observed.map(|can| if can { "yes" } else { "no" });
        let cells = [kind.name()].into_iter().chain(words).chain([followed_by(kind)]);
        rows.push(cells.map(str::to_owned).collect());
    }
    let head =
        ["link", "to a file", "to a directory", "to another volume", "to a share", "by a relative path", "followed by"];
    readme::check("link kinds", &readme::table(&head, &rows));
}
