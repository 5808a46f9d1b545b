//! The rules of links by hand: small volumes, and what the reference says of their links. Only expectations are made
//! here, no program runs.

use serde_json::{Value, json};

use crate::expected_graph::{Described, expected_graph};
use crate::targets::{Start, Target, posix_target, windows_target};
use crate::text::units;
use crate::{EVERYTHING, built, reparse_points};

/// A volume that Windows calls C:, with a few files and the ones given.
fn volume(files: &str) -> String {
    let common = r"
        [volume]
        label = 'Test'
        [[file]]
        path = '\Users\home'
        junction = 'C:\data'
        [[file]]
        path = '\data\Leaf.txt'
        text = 'leaf'
        streams = [{ name = 'second', text = 'more' }]
        [[file]]
        path = '\data\was here.txt'
        deleted = true
        [[file]]
        path = '\case'
        directory = true
        case-sensitive = true
        [[file]]
        path = '\case\readme'
    ";
    format!("{common}\n{files}")
}

/// A file of a spec that is a link, and a directory too if the key is `directory`.
fn link(path: &str, key: &str, target: &str) -> String {
    let (key, rest) = if key == "directory" { ("symlink", "directory = true\n") } else { (key, "") };
    format!("[[file]]\npath = '{path}'\n{key} = '{target}'\n{rest}")
}

/// What is expected of the link that has this path: the edge without its source, and with paths in place of references.
fn edge(files: &str, path: &str) -> Value {
    let image = imagekit::spec::parse("test", &volume(files)).unwrap_or_else(|error| panic!("{error}")).image;
    let (file, built) = built(&image);
    let described = Described { reparse: reparse_points(&image), image };
    let document = expected_graph(&described, &built, file.as_file(), "test", EVERYTHING);
    let edges = document["edges"].as_array().expect("edges");
    let found = edges.iter().find(|edge| edge["source_path"] == path).expect("the edge of the link");
    let mut edge = found.as_object().cloned().expect("an object");
    for key in ["type", "source", "source_path"] {
        edge.remove(key);
    }
    edge.values_mut().for_each(|value| *value = with_paths(value, &document));
    edge.into()
}

fn with_paths(value: &Value, document: &Value) -> Value {
    let path_of_record = |id: &str| {
        let node = document["nodes"].as_array().expect("nodes").iter().find(|node| node["id"] == id);
        node.and_then(|node| node["paths"].get(0)?.as_str()).map(str::to_owned)
    };
    let path = |value: &Value| {
        let Some(id) = value.as_str() else { return value.clone() };
        let malformed = id.strip_prefix("v0:malformed:").and_then(|link| path_of_record(&format!("v0:{link}")));
        let malformed = malformed.map(|path| format!("malformed:{path}"));
        malformed.or_else(|| path_of_record(id)).map_or(value.clone(), Value::from)
    };
    match value {
        Value::Array(items) => items.iter().map(path).collect(),
        value => path(value),
    }
}

fn check(files: &[String], path: &str, expected: &Value) {
    assert_eq!(&edge(&files.join("\n"), path), expected, "{path} of {files:?}");
}

/// Reference C.4, the example under "What `prefix` is when earlier components were links".
fn route() -> Vec<String> {
    let file = |path: &str| format!("[[file]]\npath = '{path}'\n");
    vec![
        file(r"\a\f"),
        file(r"\x\f"),
        link(r"\a\j", "junction", r"C:\x\y"),
        link(r"\a\d", "directory", r"C:\x\y"),
        link(r"\x\y\s", "symlink", r"..\f"),
        link(r"\by junction", "symlink", r"C:\a\j\s"),
        link(r"\by symlink", "symlink", r"C:\a\d\s"),
        link(r"\direct", "symlink", r"x\y\s"),
    ]
}

#[test]
fn a_relative_link_behind_a_junction_counts_from_the_junction() {
    let found = json!({"status": "resolved", "target": r"\a\f", "resolved_path": r"\a\f", "via": [r"\a\j", r"\x\y\s"]});
    check(&route(), r"\by junction", &found);
}

#[test]
fn a_relative_link_behind_a_symbolic_link_counts_from_where_that_leads() {
    let found = |via: Value| json!({"status": "resolved", "target": r"\x\f", "resolved_path": r"\x\f", "via": via});
    check(&route(), r"\by symlink", &found(json!([r"\a\d", r"\x\y\s"])));
    check(&route(), r"\direct", &found(json!([r"\x\y\s"])));
}

#[test]
fn a_relative_link_that_climbs_out_of_a_junction_depends_on_the_route() {
    let found = json!({"status": "resolved", "target": r"\x\f", "resolved_path": r"\x\f", "note": ["route-dependent"]});
    check(&route(), r"\x\y\s", &found);
}

/// Reference C.4: `..` is textual, so that what stands left of it need not be there.
#[test]
fn dots_cancel_in_the_text() {
    let links = [link(r"\data\link", "symlink", r".\none\..\leaf.txt")];
    let found = json!({"status": "resolved", "target": r"\data\Leaf.txt", "resolved_path": r"\data\Leaf.txt"});
    check(&links, r"\data\link", &found);
    let links = [link(r"\link", "symlink", r"..\data")];
    let refused = json!({"status": "malformed", "target": r"malformed:\link", "note": ["dot-component"]});
    check(&links, r"\link", &refused);
}

#[test]
fn a_loop_ends_where_it_comes_back() {
    let links = [link(r"\1", "junction", r"C:\2"), link(r"\2", "junction", r"C:\1"), link(r"\0", "symlink", "1")];
    let members = json!([r"\1", r"\2"]);
    check(&links, r"\2", &json!({"status": "loop", "target": r"\2", "via": [r"\1"], "members": members}));
    check(&links, r"\0", &json!({"status": "loop", "target": r"\1", "via": [r"\1", r"\2"], "members": members}));
}

#[test]
fn a_path_that_grows_for_ever_is_an_expanding_loop() {
    let links = [link(r"\grows", "directory", r"grows\below")];
    let via = vec![r"\grows"; 62];
    let expected = json!({"status": "expanding_loop", "target": r"\grows", "via": via, "members": [r"\grows"]});
    check(&links, r"\grows", &expected);
}

/// Reference C.4: more than 63 links; and some systems follow no more than 31.
#[test]
fn no_more_than_63_links_are_followed() {
    let links = |times: usize| {
        [
            link(r"\data\up", "junction", r"C:\data"),
            link(r"\link", "directory", &format!("data{}", r"\up".repeat(times))),
        ]
    };
    let resolved = |times: usize, note: Value| {
        let (path, via) = (r"\data", vec![r"\data\up"; times]);
        let mut edge = json!({"status": "resolved", "target": path, "resolved_path": path, "via": via, "note": note});
        edge.as_object_mut().expect("an object").retain(|_, value| *value != json!([]));
        edge
    };
    check(&links(30), r"\link", &resolved(30, json!([])));
    check(&links(31), r"\link", &resolved(31, json!(["over-31-hops"])));
    check(&links(62), r"\link", &resolved(62, json!(["over-31-hops"])));
    let too_many = json!({"status": "too_many_hops", "target": r"\data\up", "via": vec![r"\data\up"; 62]});
    check(&links(63), r"\link", &too_many);
}

#[test]
fn what_is_missing_is_named_as_the_disk_has_it_as_far_as_it_goes() {
    let links = [link(r"\link", "symlink", r"C:\DATA\Gone\X")];
    let place = r"v0:missing:\data\Gone\X";
    check(&links, r"\link", &json!({"status": "dangling", "target": place, "missing_at": r"\data"}));
    let links = [link(r"\link", "symlink", r"C:\data\WAS HERE.TXT")];
    let deleted = json!({
        "status": "dangling", "target": r"v0:missing:\data\WAS HERE.TXT", "missing_at": r"\data",
        "deleted_target": r"\data\was here.txt",
    });
    check(&links, r"\link", &deleted);
}

/// Reference A.10: ordinary directories fold names, case-sensitive ones do not.
#[test]
fn case_counts_in_case_sensitive_directories() {
    let links = [link(r"\link", "symlink", r"C:\CASE\README")];
    let place = r"v0:missing:\case\README";
    check(&links, r"\link", &json!({"status": "dangling", "target": place, "missing_at": r"\case"}));
    let links = [link(r"\link", "symlink", r"C:\CASE\readme")];
    let found = json!({"status": "resolved", "target": r"\case\readme", "resolved_path": r"\case\readme"});
    check(&links, r"\link", &found);
}

#[test]
fn a_file_in_the_middle_is_no_directory() {
    let links = [link(r"\link", "symlink", r"C:\data\leaf.txt\x")];
    check(&links, r"\link", &json!({"status": "not_a_directory", "target": r"v0:missing:\data\Leaf.txt\x"}));
    let links = [link(r"\link", "symlink", r"wsl\x"), link(r"\wsl", "lx-symlink", "data")];
    check(&links, r"\link", &json!({"status": "not_followable", "target": r"v0:missing:\wsl\x"}));
}

#[test]
fn streams_are_found_in_their_files() {
    let links = [link(r"\link", "symlink", r"C:\data\leaf.txt:SECOND")];
    let path = r"\data\Leaf.txt:SECOND";
    check(&links, r"\link", &json!({"status": "resolved", "target": r"\data\Leaf.txt", "resolved_path": path}));
    let links = [link(r"\link", "symlink", r"C:\data\leaf.txt:third")];
    let expected = json!({
        "status": "dangling", "target": r"v0:missing:\data\Leaf.txt:third", "missing_at": r"\data\Leaf.txt",
    });
    check(&links, r"\link", &expected);
}

#[test]
fn other_systems_climb_to_the_parent_of_what_was_reached() {
    let links = [link(r"\link", "lx-symlink", "/mnt/c/Users/home/../case/readme")];
    let expected = json!({
        "status": "resolved", "target": r"\case\readme", "resolved_path": r"\case\readme", "via": [r"\Users\home"],
        "note": ["not-followed-by-windows"],
    });
    check(&links, r"\link", &expected);
    let links = [link(r"\link", "lx-symlink", "/home/me")];
    let note = ["not-followed-by-windows"];
    check(&links, r"\link", &json!({"status": "external", "target": "external:wsl:/home/me", "note": note}));
}

#[test]
fn a_drive_that_no_image_has_may_have_the_same_path_here() {
    let links = [link(r"\data\link", "symlink", r"D:\data\leaf.txt"), link(r"\data\other", "symlink", r"D:\none")];
    let note = ["path-exists-on-this-volume"];
    check(&links, r"\data\link", &json!({"status": "external", "target": r"external:D:\data\leaf.txt", "note": note}));
    check(&links, r"\data\other", &json!({"status": "external", "target": r"external:D:\none"}));
}

/// Reference C.9: each name of a relative link counts from its own directory.
#[test]
fn a_link_with_two_names_leads_to_two_places() {
    let links = ["[[file]]\npath = '\\data\\one'\nnames = ['\\case\\two']\nsymlink = 'leaf.txt'\n".to_owned()];
    let found = json!({"status": "resolved", "target": r"\data\Leaf.txt", "resolved_path": r"\data\Leaf.txt"});
    check(&links, r"\data\one", &found);
    let place = r"v0:missing:\case\leaf.txt";
    check(&links, r"\case\two", &json!({"status": "dangling", "target": place, "missing_at": r"\case"}));
}

#[test]
fn a_malformed_link_names_what_its_writer_meant() {
    let links = [link(r"\link", "reparse", "")]
        .map(|text| text.replace("''", r"{ tag = 'SYMLINK', substitute = '\??\..\data\Leaf.txt', print = '' }"));
    let refused = json!({"status": "malformed", "target": r"malformed:\link", "note": ["linux-ntfs3"]});
    check(&links, r"\link", &refused);
    let links = [links[0].replace(r"\link", r"\case\link")];
    let refused = json!({
        "status": "malformed", "target": r"malformed:\case\link", "note": ["linux-ntfs3"],
        "candidate": r"\data\Leaf.txt",
    });
    check(&links, r"\case\link", &refused);
}

/// Reference C.2, "mis-made", and F, "ntfs3".
#[test]
fn texts_are_read_as_the_reference_has_it() {
    let names = |names: &[&str]| names.iter().map(|name| units(name)).collect::<Vec<_>>();
    let path = |start: Start, below: &[&str]| Target::Path(start, names(below));
    let refused = |note, meant: Target| Target::Malformed(note, Some(Box::new(meant)));
    for (text, is_relative, expected) in [
        (r"\??\c:\a\..\b\", false, path(Start::Drive('C'), &["a", "..", "b"])),
        (r"\??\UNC\s\sh\x", false, path(Start::Share, &["s", "sh", "x"])),
        (r"\Device\X", false, Target::Device(units(r"\Device\X"))),
        (r"\??\..\x", false, refused(Some("linux-ntfs3"), path(Start::Link, &["..", "x"]))),
        (r"\??\\a\b", false, refused(Some("linux-ntfs3"), path(Start::Root, &["a", "b"]))),
        (r"\??\C:/a", false, refused(Some("forward-slash"), path(Start::Drive('C'), &["a"]))),
        (r"\??\C:", false, refused(None, path(Start::Drive('C'), &[]))),
        (r"\x\y", true, path(Start::Root, &["x", "y"])),
        (r"C:\x", true, refused(None, path(Start::Drive('C'), &["x"]))),
        (r"a\\b", true, Target::Malformed(None, None)),
    ] {
        assert_eq!(windows_target(&units(text), is_relative), expected, "{text}");
    }
    assert_eq!(posix_target("wsl", &units("/mnt/c//a/.")), path(Start::Drive('C'), &["a"]));
    assert_eq!(posix_target("interix", &units("/mnt/c")), path(Start::Root, &["mnt", "c"]));
}
