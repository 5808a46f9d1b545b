//! The rules of links by hand: small volumes, and what the reference says of their links. So says the second resolver
//! that makes the expectations, and so must the program.

use serde_json::{Value, json};

use crate::expected_graph::Described;
use crate::targets::{Start, Target, posix_target, windows_target};
use crate::text::units;
use crate::{EVERYTHING, expected_and_differences, reparse_points};

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
    let (document, differences) =
        expected_and_differences(&Described { reparse: reparse_points(&image), image }, EVERYTHING);
    assert!(differences.is_empty(), "{path} of {files}: {}", differences.join("\n"));
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

// Links that other links lead to --------------------------------------------------------------------------------------

/// A file, or a directory, that is a reparse point with these fields.
fn reparse_point(path: &str, fields: &str) -> String {
    format!("[[file]]\npath = '{path}'\nreparse = {{ {fields} }}\n")
}

fn directory_reparse_point(path: &str, fields: &str) -> String {
    format!("{}directory = true\n", reparse_point(path, fields))
}

const CONTAINER_LINK: &str = "tag = 'WCI_LINK', hex = '00'";

/// Reference C.4, step 5: such links are the end of a path, and never on the way.
#[test]
fn nothing_is_below_a_link_that_windows_does_not_follow() {
    let blocked = |path: &str| directory_reparse_point(path, CONTAINER_LINK);
    let refused = |target: &str, via: Value| json!({"status": "not_followable", "target": target, "via": via});
    let links = [blocked(r"\layer"), link(r"\j", "junction", r"C:\layer"), link(r"\link", "symlink", r"j\x")];
    check(&links, r"\link", &refused(r"v0:missing:\layer\x", json!([r"\j"])));
    for tag in ["tag = 'LX_FIFO'", "tag = 'LX_CHR'", "tag = 0x20004E4C, guid = '11111111-2222-3333-4444-555555555555'"]
    {
        let links = [reparse_point(r"\special", tag), link(r"\link", "symlink", r"special\x")];
        check(&links, r"\link", &json!({"status": "not_followable", "target": r"v0:missing:\special\x"}));
    }
    let links = [blocked(r"\layer"), link(r"\link", "lx-symlink", "layer/x")];
    let note = ["not-followed-by-windows"];
    let expected = json!({"status": "not_followable", "target": r"v0:missing:\layer\x", "note": note});
    check(&links, r"\link", &expected);
}

#[test]
fn other_systems_follow_their_own_links() {
    let note = ["not-followed-by-windows"];
    let links = [link(r"\1", "lx-symlink", "2"), link(r"\2", "symlink", "3"), link(r"\3", "lx-symlink", "data")];
    let expected = json!({
        "status": "resolved", "target": r"\data", "resolved_path": r"\data", "via": [r"\2", r"\3"], "note": note,
    });
    check(&links, r"\1", &expected);
    let links = [link(r"\1", "lx-symlink", "2"), link(r"\2", "lx-symlink", "1/x")];
    let via = [r"\2", r"\1"].repeat(31);
    let expected = json!({
        "status": "expanding_loop", "target": r"\1", "via": via, "members": [r"\1", r"\2"], "note": note,
    });
    check(&links, r"\1", &expected);
    let links = [link(r"\1", "lx-symlink", "2/x"), link(r"\2", "lx-symlink", "/home/me")];
    let expected = json!({"status": "external", "target": "external:wsl:/home/me/x", "via": [r"\2"], "note": note});
    check(&links, r"\1", &expected);
}

/// POSIX knows no path but the real one.
#[test]
fn other_systems_climb_from_where_a_junction_leads() {
    let links = [route(), vec![link(r"\wsl", "lx-symlink", "/mnt/c/a/j/s")]].concat();
    let expected = json!({
        "status": "resolved", "target": r"\x\f", "resolved_path": r"\x\f", "via": [r"\a\j", r"\x\y\s"],
        "note": ["not-followed-by-windows"],
    });
    check(&links, r"\wsl", &expected);
}

// Streams -------------------------------------------------------------------------------------------------------------

#[test]
fn a_stream_is_the_end_of_a_path() {
    let links = [link(r"\j", "junction", r"C:\data\leaf.txt:second"), link(r"\link", "symlink", r"j\x")];
    let expected =
        json!({"status": "not_a_directory", "target": r"v0:missing:\data\Leaf.txt:second\x", "via": [r"\j"]});
    check(&links, r"\link", &expected);
    let links = [link(r"\j", "junction", r"C:\data:none"), link(r"\link", "lx-symlink", "j/leaf.txt")];
    let expected = json!({
        "status": "not_a_directory", "target": r"v0:missing:\data:none\leaf.txt", "via": [r"\j"],
        "note": ["not-followed-by-windows"],
    });
    check(&links, r"\link", &expected);
}

#[test]
fn a_link_has_the_streams_of_its_target() {
    let links = [link(r"\s", "symlink", r"data\leaf.txt:second"), link(r"\link", "symlink", r"C:\s:$DATA")];
    let path = r"\data\Leaf.txt:second:$DATA";
    let target = r"\data\Leaf.txt";
    check(&links, r"\link", &json!({"status": "resolved", "target": target, "resolved_path": path, "via": [r"\s"]}));
    // But one that Windows does not follow has its own.
    let links = [link(r"\wsl", "lx-symlink", "data"), link(r"\link", "symlink", r"C:\wsl::$DATA")];
    let expected = json!({"status": "resolved", "target": r"\wsl", "resolved_path": r"\wsl::$DATA"});
    check(&links, r"\link", &expected);
}

#[test]
fn a_stream_without_a_name_is_one_of_the_directory() {
    let links = [link(r"\here", "symlink", r"C:\:none"), link(r"\there", "symlink", r"D:\:none")];
    check(&links, r"\here", &json!({"status": "dangling", "target": r"v0:missing:\:none", "missing_at": r"\"}));
    check(&links, r"\there", &json!({"status": "external", "target": r"external:D:\:none"}));
}

/// POSIX has names with colons and backslashes, which are no streams and no separators.
#[test]
fn names_of_other_systems_are_whole() {
    let note = ["not-followed-by-windows"];
    let links = [
        "[[file]]\npath = '\\data\\a:b'\nnamespace = 'posix'\n".to_owned(),
        link(r"\link", "lx-symlink", "data/a:b"),
        link(r"\other", "lx-symlink", r"data/x\/:y"),
    ];
    let path = r"\data\a:b";
    check(&links, r"\link", &json!({"status": "resolved", "target": path, "resolved_path": path, "note": note}));
    let place = r"v0:missing:\data\x\\:y";
    check(&links, r"\other", &json!({"status": "dangling", "target": place, "missing_at": r"\data", "note": note}));
}

// Names, letters and notes --------------------------------------------------------------------------------------------

/// Reference C.3: lookup considers 8.3 names. What is reached is named so; a place has one path.
#[test]
fn short_names_lead_to_where_the_long_ones_lead() {
    let directory = "[[file]]\npath = '\\A long directory'\ndos = 'ALONGD~1'\ndirectory = true\n".to_owned();
    let links = [directory, link(r"\link", "directory", "ALONGD~1"), link(r"\other", "symlink", r"ALONGD~1\x")];
    let found = json!({"status": "resolved", "target": r"\A long directory", "resolved_path": r"\ALONGD~1"});
    check(&links, r"\link", &found);
    let place = r"v0:missing:\A long directory\x";
    check(&links, r"\other", &json!({"status": "dangling", "target": place, "missing_at": r"\A long directory"}));
}

/// Only links that Windows itself makes tell its letter.
#[test]
fn a_letter_is_known_by_junctions_and_symbolic_links() {
    let program = |path: &str| reparse_point(path, r"tag = 'APPEXECLINK', strings = ['', '', 'D:\data', '']");
    let links = [program(r"\1"), program(r"\2"), program(r"\3"), link(r"\link", "symlink", r"C:\data\leaf.txt")];
    let found = json!({"status": "resolved", "target": r"\data\Leaf.txt", "resolved_path": r"\data\Leaf.txt"});
    check(&links, r"\link", &found);
}

#[test]
fn a_program_that_is_a_directory_is_no_mismatch() {
    let links = [reparse_point(r"\link", r"tag = 'APPEXECLINK', strings = ['', '', 'C:/data', '']")];
    check(&links, r"\link", &json!({"status": "resolved", "target": r"\data", "resolved_path": r"\data"}));
}

#[test]
fn windows_does_not_follow_other_systems_links_whatever_they_say() {
    let links = [reparse_point(r"\link", "tag = 'LX_SYMLINK', version = 1, target = 'data'")];
    let note = ["not-followed-by-windows"];
    check(&links, r"\link", &json!({"status": "malformed", "target": r"malformed:\link", "note": note}));
}

/// Reference C.3: names of the text count, also those that `..` takes away again.
#[test]
fn trailing_dots_are_noted_where_the_text_is_a_path() {
    let check_note = |substitute: &str, notes: &[&str]| {
        let links = [reparse_point(r"\link", &format!("tag = 'SYMLINK', substitute = '{substitute}', print = ''"))];
        let found = edge(&links.concat(), r"\link")["note"].clone();
        assert_eq!(found, json!(notes), "{substitute}");
    };
    check_note(r"\??\C:\old.\x", &["trailing-dot-or-space"]);
    check_note(r"\??\C:\old.\..\data", &["trailing-dot-or-space", "dot-component"]);
    check_note(r"\??\C:/old.", &["forward-slash"]);
}

/// The note is of the path as who follows the link walks it.
#[test]
fn another_drive_may_be_this_one_to_other_systems_too() {
    let links = [link(r"\link", "lx-symlink", "/mnt/d/data/../data/leaf.txt")];
    let note = ["not-followed-by-windows", "path-exists-on-this-volume"];
    let target = r"external:D:\data\..\data\leaf.txt";
    check(&links, r"\link", &json!({"status": "external", "target": target, "note": note}));
}

/// What was deleted had its name by the rules of its directory, and of who follows the link.
#[test]
fn case_counts_among_deleted_names_where_it_counts_among_others() {
    let deleted = || "[[file]]\npath = '\\case\\gone'\ndeleted = true\n".to_owned();
    let links = [deleted(), link(r"\link", "symlink", r"case\GONE")];
    let place = r"v0:missing:\case\GONE";
    check(&links, r"\link", &json!({"status": "dangling", "target": place, "missing_at": r"\case"}));
    let links = [deleted(), link(r"\link", "symlink", r"case\gone")];
    let (place, deleted) = (r"v0:missing:\case\gone", r"\case\gone");
    let expected = json!({"status": "dangling", "target": place, "missing_at": r"\case", "deleted_target": deleted});
    check(&links, r"\link", &expected);
}

// Texts ---------------------------------------------------------------------------------------------------------------

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
