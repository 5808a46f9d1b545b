//! `ntfslinks fixture`: images from specs, and specs from images.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use imagekit::spec::EXAMPLES;
use serde_json::Value;
use tempfile::TempDir;

/// A directory of its own with the program in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
        command.current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    /// Runs a command that succeeds; answers what it prints.
    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that fails with one line, and leaves no image behind.
    fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
        assert!(!self.path("x.img").exists(), "{arguments:?} left an image");
        errors.strip_prefix("ntfslinks: ").unwrap().trim_end().to_owned()
    }

    /// Builds `NAME.img` from `NAME.toml`.
    fn build(&self, name: &str) {
        self.succeed(&["fixture", "build", "-q", &format!("{name}.toml"), "-o", &format!("{name}.img")]);
    }

    /// Describes `NAME.img` as `described.toml`, and builds that.
    fn describe_and_build(&self, name: &str) {
        let image = format!("{name}.img");
        self.succeed(&["fixture", "describe", "-q", &image, "-o", "described.toml"]);
        self.build("described");
    }

    fn is_same(&self, one: &str, other: &str) -> bool {
        fs::read(self.path(one)).unwrap() == fs::read(self.path(other)).unwrap()
    }
}

#[test]
fn every_example_is_listed_printed_and_built() {
    let place = Place::new();
    let list = place.succeed(&["fixture", "example"]);
    let listed: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, EXAMPLES.iter().map(|example| example.name).collect::<Vec<_>>());
    for example in EXAMPLES {
        assert_eq!(place.succeed(&["fixture", "example", example.name]), example.text);
        place.write("example.toml", example.text);
        place.build("example");
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    let place = Place::new();
    for example in EXAMPLES {
        place.write("one.toml", example.text);
        place.write("other.toml", example.text);
        place.build("one");
        place.build("other");
        assert!(place.is_same("one.img", "other.img"), "{}", example.name);
    }
}

#[test]
fn the_demo_image_is_the_example_of_links() {
    let place = Place::new();
    place.write("links.toml", &place.succeed(&["fixture", "example", "links"]));
    place.build("links");
    let demo = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.img")).unwrap();
    assert!(demo == fs::read(place.path("links.img")).unwrap(), "build fixtures/demo.img anew: see fixtures/demo.txt");
}

#[test]
fn a_built_image_that_is_described_and_built_again_is_the_same_image() {
    let place = Place::new();
    let undamaged = EXAMPLES.iter().filter(|example| !example.text.contains("[[damage]]"));
    let examples: Vec<(&str, &str)> = undamaged.map(|example| (example.name, example.text)).collect();
    assert!(examples.len() >= 2);
    for (name, text) in examples.into_iter().chain(SPECS) {
        place.write("x.toml", text);
        place.build("x");
        place.describe_and_build("x");
        assert!(place.is_same("x.img", "described.img"), "{name}");
    }
}

/// What the examples have none of.
const SPECS: [(&str, &str); 5] = [
    ("nothing at all", ""),
    ("a hole of no bytes", "[[file]]\npath = '\\a'\nhole = 0\n"),
    (
        "an MFT in many pieces, with clusters smaller than a record",
        "[volume]\ncluster = 512\nmft-pieces = 25\n[[file]]\npath = '\\a'\ntext = \"x\"\n",
    ),
    (
        "a GPT disk with two volumes",
        "[disk]\ntable = \"gpt\"\nid = \"01234567-89ab-cdef-0123-456789abcdef\"\n[[volume]]\nlabel = 'one'\n\
         [[volume.file]]\npath = '\\a'\nzeros = \"1 MiB\"\n[[volume]]\nlabel = 'two'\ncluster = \"64 KiB\"\n",
    ),
    (
        "an MBR disk with a logical partition",
        "[disk]\ntable = \"mbr\"\nsignature = \"1234ABCD\"\n[[volume]]\n[[volume]]\nlogical = true\n[[volume]]\nlogical = true\n",
    ),
];

#[test]
fn a_volume_filled_from_a_seed_is_described_and_built_again_as_it_was() {
    let place = Place::new();
    place.succeed(&["fixture", "build", "-q", "--records", "3000", "--seed", "7", "-o", "filled.img"]);
    place.describe_and_build("filled");
    assert!(place.is_same("filled.img", "described.img"));
    place.succeed(&["fixture", "build", "-q", "--records", "3000", "--seed", "8", "-o", "other.img"]);
    assert!(!place.is_same("filled.img", "other.img"));
}

/// With `scripts/check --full` only: it takes a gigabyte and most of a minute.
#[test]
fn a_volume_of_a_million_records_passes_ntfsfix_and_is_scanned() {
    if std::env::var_os("NTFSLINKS_FULL").is_none() {
        writeln!(io::stderr(), "SKIPPED: a million records, without NTFSLINKS_FULL").unwrap();
        return;
    }
    let place = Place::new();
    place.succeed(&["fixture", "build", "-q", "--records", "1000000", "--seed", "1", "-o", "million.img"]);
    let ntfsfix = Command::new("ntfsfix").arg("-n").arg(place.path("million.img")).output().expect("ntfsfix");
    assert!(ntfsfix.status.success(), "{}", String::from_utf8_lossy(&ntfsfix.stdout));
    place.succeed(&["scan", "-q", "--strict", "million.img", "-o", "million.json"]);
    let info: Value = serde_json::from_str(&place.succeed(&["info", "--format", "json", "million.img"])).unwrap();
    let counts = &info["volumes"][0]["counts"];
    let [records, extensions] = ["records", "extension_records"].map(|key| counts[key].as_u64().unwrap());
    assert!(records - extensions >= 1_000_000, "{counts}");
    assert_eq!(counts["damaged"], 0);
}

#[test]
fn what_other_programs_wrote_is_described_with_the_same_tree_and_links() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for name in ["links", "many-names", "deleted", "geometry-512", "geometry-4kn"] {
        let place = Place::new();
        fs::copy(fixtures.join(format!("{name}.img")), place.path("found.img")).unwrap();
        place.describe_and_build("found");
        let (found, built) = (place.user_nodes("found.img"), place.user_nodes("described.img"));
        assert!(!found.is_empty());
        for (id, node) in &found {
            assert_eq!(Some(node), built.get(id), "{name}");
        }
        assert_eq!(found.len(), built.len(), "{name}");
    }
}

impl Place {
    /// What `scan` says of each file that is not the system's, by its id, but for what depends on where things lie.
    fn user_nodes(&self, image: &str) -> BTreeMap<String, Value> {
        let graph: Value = serde_json::from_str(&self.succeed(&["scan", "-q", "--all", image])).unwrap();
        let nodes = graph["nodes"].as_array().unwrap().iter().filter(|node| node["record"].as_u64() >= Some(27));
        let nodes = nodes.map(|node| {
            let mut node = node.clone();
            node.as_object_mut().unwrap().remove("offset");
            (node["id"].as_str().unwrap().to_owned(), node)
        });
        nodes.collect()
    }
}

/// What the builder has to be able to make again, however damaged it was.
#[test]
fn what_is_described_of_a_damaged_image_can_be_built() {
    let damage = |keys: &str| format!("[[file]]\npath = '\\a'\nsymlink = 'C:\\x'\n[[damage]]\n{keys}\n");
    let disk = |keys: &str| {
        format!("[disk]\ntable = 'mbr'\n[[volume]]\n[[volume]]\n[[damage]]\nkind = 'wrong-boot-field'\n{keys}\n")
    };
    let specs = [
        damage("kind = 'wrong-sequence'\nrecord = 27\nvalue = 0"),
        damage("kind = 'lying-value-length'\nrecord = 27\nattribute = 'REPARSE_POINT'\nvalue = 3"),
        // Sectors of 512 bytes: 2^63 bytes.
        damage("kind = 'wrong-boot-field'\nfield = 'total-sectors'\nvalue = 0x40_0000_0000_0000"),
        damage("kind = 'wrong-boot-field'\nfield = 'total-sectors'\nvalue = 0x20_0000_0000_0000"),
        disk("field = 'total-sectors'\nvalue = 10000"),
        disk("field = 'total-sectors'\nvalue = 0x100_0000_0000"),
        "[[file]]\npath = '\\a'\nin-clusters = true\ntext = 'x'\n[[damage]]\nkind = 'lying-data-size'\nrecord = 27\n\
         attribute = 'DATA'\nvalue = 0x4000_0000_0000_0000\n"
            .to_owned(),
    ];
    for spec in specs {
        let place = Place::new();
        place.write("x.toml", &spec);
        place.build("x");
        place.describe_and_build("x");
    }
}

#[test]
fn what_no_file_can_have_twice_is_described_once() {
    let place = Place::new();
    place.write(
        "x.toml",
        "[[file]]\npath = '\\a'\nstreams = [{ name = 'once', text = '1' }, { name = 'more', text = '2' }]\n",
    );
    place.build("x");
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut image = fs::read(place.path("x.img")).unwrap();
    let at = image.windows(8).position(|bytes| bytes == utf16("more")).unwrap();
    image[at..at + 8].copy_from_slice(&utf16("ONCE"));
    fs::write(place.path("x.img"), image).unwrap();
    place.describe_and_build("x");
    let described = fs::read_to_string(place.path("described.toml")).unwrap();
    assert!(described.contains("#   streams that their file has already: 1"), "{described}");
}

/// Segments of any number can name the same base record, and none of them needs an entry in its list.
#[test]
fn more_names_than_an_attribute_list_has_room_for_are_left_out() {
    let names = |letter: char| (0..5000).map(|number| format!("'\\{letter}{number}',")).collect::<String>();
    let place = Place::new();
    place.write(
        "x.toml",
        &format!(
            "[[file]]\npath = '\\a'\nnames = [{}]\n[[file]]\npath = '\\b'\nnames = [{}]\n",
            names('a'),
            names('b')
        ),
    );
    place.build("x");
    let mut image = fs::read(place.path("x.img")).unwrap();
    let [of_a, of_b] = [27_u64, 28].map(|record| (record | 1 << 48).to_le_bytes());
    for segment in image.chunks_exact_mut(1024).filter(|segment| segment.starts_with(b"FILE")) {
        if segment[0x20..0x28] == of_b {
            segment[0x20..0x28].copy_from_slice(&of_a);
        }
    }
    fs::write(place.path("x.img"), image).unwrap();
    place.describe_and_build("x");
    let described = fs::read_to_string(place.path("described.toml")).unwrap();
    assert!(described.contains("#   names and streams that are too many for one file: "), "{described}");
}

#[test]
fn without_contents_a_description_keeps_lengths_and_links() {
    let place = Place::new();
    place.write(
        "x.toml",
        "[[file]]\npath = '\\secret.txt'\ntext = 'my secret'\n[[file]]\npath = '\\l'\ninterix-symlink = '/x'\n",
    );
    place.build("x");
    let described = place.succeed(&["fixture", "describe", "-q", "--no-contents", "x.img"]);
    assert!(!described.contains("my secret"), "{described}");
    assert!(described.contains("interix-symlink = '/x'"), "{described}");
    assert!(described.contains("# Left out:\n#   contents"), "{described}");
}

#[test]
fn a_bad_spec_is_one_line_with_file_line_and_key() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/imagekit/testdata/bad-specs");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let specs: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    assert!(specs.len() >= 30);
    let place = Place::new();
    for spec in specs {
        let name = spec.file_name().unwrap().to_str().unwrap();
        fs::copy(&spec, place.path(name)).unwrap();
        let expected = fs::read_to_string(spec.with_extension("error")).unwrap();
        assert_eq!(place.fail(&["fixture", "build", name, "-o", "x.img"]), expected.trim_end());
    }
}

#[test]
fn what_cannot_be_built_or_read_is_one_line() {
    let place = Place::new();
    place.write("small.toml", "[volume]\nsize = \"256 KiB\"\n");
    place.write("pieces.toml", "[volume]\ncluster = \"64 KiB\"\nmft-pieces = 9\n");
    fs::write(place.path("latin1.toml"), b"[volume]\nlabel = '\xE9'\n").unwrap();
    place.write("clusters.toml", "[volume]\nsize = \"16777216 MiB\"\ncluster = 2048\n");
    place.write("zeros.toml", "[[file]]\npath = '\\a'\nzeros = 0x7FFF_FFFF_FFFF_FFFF\n");
    let cases: [(&[&str], &str); 9] = [
        (&["fixture", "build", "--records", "99", "-o", "."], ".: the output cannot be written: expected a file"),
        (&["fixture", "build", "small.toml", "-o", "x.img"], "small.toml: size: expected at least "),
        (
            &["fixture", "build", "clusters.toml", "-o", "x.img"],
            "clusters.toml: size: expected at most 4294967295 clusters of 2048 bytes, found 8589934591",
        ),
        (
            &["fixture", "build", "zeros.toml", "-o", "x.img"],
            "zeros.toml: size: expected at most 4294967295 clusters of 4096 bytes, found 2251799813685",
        ),
        (&["fixture", "build", "pieces.toml", "-o", "x.img"], "pieces.toml: mft-pieces: expected 1 to 1, found 9"),
        (&["fixture", "build", "latin1.toml", "-o", "x.img"], "latin1.toml: the spec is not UTF-8 at byte 18"),
        (&["fixture", "build", "none.toml", "-o", "x.img"], "none.toml: the spec cannot be read: No such file"),
        (
            &["fixture", "build", "--records", "99", "-o", "none/x.img"],
            "none/x.img: the output cannot be written: No such",
        ),
        (
            &["fixture", "describe", "small.toml", "-o", "x.img"],
            "small.toml: at offset 0x0: expected at least one sector",
        ),
    ];
    for (arguments, expected) in cases {
        let error = place.fail(arguments);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn building_an_image_never_writes_over_the_spec() {
    let place = Place::new();
    place.write("x.toml", "");
    let error = place.fail(&["fixture", "build", "x.toml", "-o", "./x.toml"]);
    assert_eq!(error, "./x.toml: the output is the spec; nothing was written");
    assert_eq!(fs::read(place.path("x.toml")).unwrap(), b"");
}

#[test]
fn the_least_size_that_is_asked_for_is_enough_and_no_sector_less_is() {
    let place = Place::new();
    for (sector, cluster) in [(512, 512), (512, 65536), (4096, 65536)] {
        let build = |size: u64| {
            let volume = format!("[volume]\nsector = {sector}\ncluster = {cluster}\nsize = {size}\n");
            place.write("x.toml", &(volume + "[[file]]\npath = '\\a'\nzeros = 3333333\n"));
        };
        build(sector);
        let error = place.fail(&["fixture", "build", "x.toml", "-o", "x.img"]);
        let least: u64 = error.split_whitespace().nth(5).and_then(|size| size.parse().ok()).expect(&error);
        build(least - sector);
        place.fail(&["fixture", "build", "x.toml", "-o", "x.img"]);
        build(least);
        place.build("x");
        fs::remove_file(place.path("x.img")).unwrap();
    }
}

#[test]
fn describing_an_image_never_writes_over_it() {
    let place = Place::new();
    place.succeed(&["fixture", "build", "-q", "--records", "40", "-o", "same.img"]);
    let before = fs::read(place.path("same.img")).unwrap();
    let error = place.fail(&["fixture", "describe", "same.img", "-o", "same.img"]);
    assert_eq!(error, "same.img: the output is one of the images; nothing was written");
    assert_eq!(fs::read(place.path("same.img")).unwrap(), before);
}
