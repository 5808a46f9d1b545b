//! Several volumes: which one a drive letter or a volume GUID means, and links from one to another.
//!
//! Source: reference C.2 and C.4 ("cross-volume"), D.2 and D.3.

use serde_json::{Value, json};

use crate::expected::{Expected, dangling, external, other_volume, resolved};
use crate::images::Images;

const GUID: &str = "0fedcba9-8765-4321-0fed-cba987654321";

/// A volume whose links lead to another one.
const FROM: &str = r"
[[file]]
path = '\box'
junction = 'D:\store\box'

[[file]]
path = '\file'
symlink = 'D:\STORE\file.txt'

[[file]]
path = '\gone'
symlink = 'D:\store\gone\x'

[[file]]
path = '\drive'
junction = 'D:\'

[[file]]
path = '\through'
symlink = 'drive\store\box\x'

[[file]]
path = '\rooted'
symlink = 'drive\deep\rooted'

[[file]]
path = '\mounted'
volume-mount-point = '0fedcba9-8765-4321-0fed-cba987654321'

[[file]]
path = '\by volume'
junction = '\\?\Volume{0fedcba9-8765-4321-0fed-cba987654321}\store'

[[file]]
path = '\there and back'
directory = true
symlink = 'D:\back\box'
";

/// The other one.
const TO: &str = r"
[[file]]
path = '\store\box\x'

[[file]]
path = '\store\file.txt'

[[file]]
path = '\deep\rooted'
symlink = '\store\file.txt'

[[file]]
path = '\back'
junction = 'C:\'
";

fn two_images() -> Images {
    let images = Images::new();
    images.build("from.img", FROM);
    images.build("to.img", TO);
    images
}

/// What links of two images are expected to be.
fn check(images: &Images, arguments: &[&str], expected: &[(&str, &str, Expected)]) {
    let document = images.scan(arguments);
    let complaints = expected.iter().filter_map(|(volume, link, expected)| {
        let complaint = expected.complaint(&document.link_of(volume, link))?;
        Some(format!("{arguments:?} {volume}:{link}: {complaint}"))
    });
    let complaints: Vec<String> = complaints.collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_letter_that_is_given_leads_to_the_other_image() {
    let images = two_images();
    let expected = [
        ("v0", r"\box", other_volume("v1", r"\store\box")),
        ("v0", r"\file", other_volume("v1", r"\store\file.txt")),
        ("v0", r"\gone", dangling(r"\store", r"gone\x").on_volume("v1")),
        ("v0", r"\drive", other_volume("v1", r"\")),
        ("v0", r"\through", other_volume("v1", r"\store\box\x").via(&[r"\drive"])),
        ("v0", r"\mounted", external(&format!(r"Volume{{{GUID}}}\"))),
    ];
    // An image that is only named in the option joins those that were given.
    for drive in ["D=to.img", "D:=to.img", "d=to.img"] {
        check(&images, &["from.img", "--drive", drive], &expected);
    }
    check(&images, &["from.img", "to.img", "--drive", "D=v1"], &expected);
    check(&images, &["from.img", "to.img", "--drive", "D=to.img"], &expected);
}

#[test]
fn a_letter_that_is_not_given_is_external() {
    let images = two_images();
    let expected = [
        ("v0", r"\box", external(r"D:\store\box")),
        ("v0", r"\through", external(r"D:\store\box\x").via(&[r"\drive"])),
        ("v1", r"\back", external(r"C:\").note(&["path-exists-on-this-volume"])),
    ];
    check(&images, &["from.img", "to.img"], &expected);
}

#[test]
fn a_volume_guid_that_is_given_leads_to_the_other_image() {
    let images = two_images();
    let expected = [
        ("v0", r"\mounted", other_volume("v1", r"\").of_type("mount_point")),
        ("v0", r"\by volume", other_volume("v1", r"\store").of_type("junction")),
        ("v0", r"\box", external(r"D:\store\box")),
    ];
    for guid in [GUID.to_owned(), format!("{{{GUID}}}"), format!("Volume{{{GUID}}}"), GUID.to_uppercase()] {
        for volume in ["v1", "to.img"] {
            check(&images, &["from.img", "to.img", "--map-guid", &format!("{guid}={volume}")], &expected);
        }
    }
}

#[test]
fn links_lead_there_and_back() {
    let images = two_images();
    let expected = [
        ("v1", r"\back", other_volume("v0", r"\")),
        ("v0", r"\there and back", other_volume("v1", r"\store\box").via(&[r"v1:\back", r"\box"])),
    ];
    check(&images, &["from.img", "to.img", "--drive", "C=v0", "--drive", "D=v1"], &expected);
}

/// Reference C.4: it is not known which volume's root a rooted target means behind a junction to another volume.
#[test]
fn a_rooted_link_behind_a_junction_to_its_volume_depends_on_the_route() {
    let images = two_images();
    let expected = resolved(r"\store\file.txt").note(&["route-dependent"]);
    let through =
        other_volume("v1", r"\store\file.txt").via(&[r"\drive", r"v1:\deep\rooted"]).note(&["route-dependent"]);
    let links = [("v1", r"\deep\rooted", expected), ("v0", r"\rooted", through)];
    check(&images, &["from.img", "--drive", "D=to.img"], &links);
    check(&images, &["to.img"], &[("v0", r"\deep\rooted", resolved(r"\store\file.txt"))]);
}

#[test]
fn what_does_not_say_which_volume_is_meant_is_refused() {
    let images = two_images();
    images.build("disk.img", "[disk]\ntable = 'mbr'\n[[volume]]\n[[volume]]\n");
    for arguments in [
        ["from.img", "--drive", "D=disk.img"],
        ["from.img", "--drive", "D=v7"],
        ["from.img", "--drive", "D=none.img"],
        ["from.img", "--drive", "DD=v0"],
        ["from.img", "--drive", "D"],
        ["from.img", "--map-guid", "0fedcba9=v0"],
        ["from.img", "--map-guid", "0fedcba9-8765-4321-0fed-cba987654321=disk.img"],
    ] {
        let message = images.refusal(&arguments);
        assert!(message.starts_with("ntfslinks: "), "{message}");
    }
    let document = images.scan(&["from.img", "disk.img", "--drive", "D=v2"]);
    assert_eq!(document.mount(2)["drive_letters"], json!(["D:"]));
}

/// A volume of a Windows: the compatibility links that Windows makes name the letter that it has to itself.
fn windows(letter: char) -> String {
    format!(
        r"
        [[file]]
        path = '\Documents and Settings'
        junction = '{letter}:\Users'
        [[file]]
        path = '\Users\All Users'
        directory = true
        symlink = '{letter}:\ProgramData'
        [[file]]
        path = '\ProgramData\Application Data'
        junction = '{letter}:\ProgramData'
        [[file]]
        path = '\data\to itself'
        junction = '{letter}:\Users'
        "
    )
}

fn assumed(letter: &str) -> Value {
    json!({"drive_letters": [letter], "source": "assumed"})
}

/// D.1: `C:\Documents and Settings`, `C:\Users\All Users`, `C:\ProgramData\Application Data`.
#[test]
fn a_windows_has_the_letter_that_its_own_links_name() {
    let images = Images::new();
    images.build("c.img", &windows('C'));
    images.build("e.img", &windows('E'));
    images.build("data.img", "[[file]]\npath = '\\data\\to c'\njunction = 'C:\\Users'\n");
    let document = images.scan(&["c.img", "e.img", "data.img"]);
    assert_eq!([document.mount(0), document.mount(1)], [&assumed("C:"), &assumed("E:")]);
    assert_eq!(document.mount(2), &Value::Null);
    let expected = [
        ("v0", r"\data\to itself", resolved(r"\Users")),
        ("v0", r"\Users\All Users", resolved(r"\ProgramData")),
        ("v1", r"\data\to itself", resolved(r"\Users")),
        ("v1", r"\ProgramData\Application Data", resolved(r"\ProgramData").note(&["ancestor"])),
    ];
    check(&images, &["c.img", "e.img", "data.img"], &expected);
}

/// D.3: a letter is only valid for the Windows that it belongs to.
#[test]
fn two_windows_are_c_to_themselves() {
    let images = Images::new();
    images.build("one.img", &windows('C'));
    images.build("other.img", &windows('C'));
    let document = images.scan(&["one.img", "other.img"]);
    assert_eq!([document.mount(0), document.mount(1)], [&assumed("C:"), &assumed("C:")]);
    let expected = ["v0", "v1"].map(|volume| (volume, r"\data\to itself", resolved(r"\Users")));
    check(&images, &["one.img", "other.img"], &expected);
}

/// D.2: on a GPT disk the GUID is often that of the partition; on an MBR disk it is made of signature and offset.
#[test]
fn a_partition_gives_its_volume_a_guid() {
    let images = Images::new();
    images.build(
        "gpt.img",
        r"
        [disk]
        table = 'gpt'
        [[volume]]
        [[volume.file]]
        path = '\mounted'
        volume-mount-point = '01234567-89ab-cdef-0123-456789abcdef'
        [[volume]]
        id = '01234567-89ab-cdef-0123-456789abcdef'
        ",
    );
    images.build(
        "mbr.img",
        r"
        [disk]
        table = 'mbr'
        signature = '1B2A4C3D'
        [[volume]]
        start = '1 MiB'
        [[volume.file]]
        path = '\mounted'
        volume-mount-point = '1b2a4c3d-0000-0000-0000-000100000000'
        [[volume]]
        start = '16 MiB'
        ",
    );
    for image in ["gpt.img", "mbr.img"] {
        check(&images, &[image], &[("v0", r"\mounted", other_volume("v1", r"\").of_type("mount_point"))]);
    }
    let document = images.scan(&["gpt.img"]);
    let guids = json!({"volume_guids": ["01234567-89ab-cdef-0123-456789abcdef"], "source": "assumed"});
    assert_eq!(document.mount(1), &guids);
}

/// Reference C.4: case does not count in a missing place, but the volume that it is missing on does.
#[test]
fn one_missing_path_on_two_volumes_is_two_places() {
    let images = Images::new();
    let links = r"
[[file]]
path = '\here'
symlink = 'C:\GONE'

[[file]]
path = '\here too'
symlink = 'C:\gone'

[[file]]
path = '\there'
symlink = 'D:\Gone'
";
    images.build("from.img", links);
    images.build("to.img", "");
    let expected = [
        ("v0", r"\here", dangling(r"\", "GONE")),
        ("v0", r"\here too", dangling(r"\", "GONE")),
        ("v0", r"\there", dangling(r"\", "Gone").on_volume("v1")),
    ];
    check(&images, &["from.img", "to.img", "--drive", "C=v0", "--drive", "D=v1"], &expected);
}
