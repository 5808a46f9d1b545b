//! `-o` writes a file of that name, and never through a link of that name.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{SPEC, build, run};

/// A directory for output, and beside it a file that must stay as it is.
struct Place {
    directory: TempDir,
    image: PathBuf,
    spec: PathBuf,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().expect("a directory");
        let image = build(directory.path(), "small.img".as_ref(), "[[file]]\npath = '\\link'\njunction = 'C:\\x'\n");
        let spec = directory.path().join(SPEC);
        for name in ["elsewhere", "out"] {
            fs::create_dir(directory.path().join(name)).expect("a directory");
        }
        Place { image, spec, directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The commands that write a file, with the options that say which.
    fn commands(&self, output: &Path) -> Vec<Vec<PathBuf>> {
        let command = |words: &str, file: &Path, option: &str| {
            let words = words.split(' ').map(PathBuf::from);
            words.chain([file.to_owned(), option.into(), output.to_owned()]).collect()
        };
        vec![
            command("scan -q", &self.image, "-o"),
            command("audit -q --format junit", &self.image, "--output"),
            command("audit -q --update-baseline", &self.image, "--baseline"),
            command("fixture describe -q", &self.image, "-o"),
            command("fixture build -q", &self.spec, "-o"),
        ]
    }
}

/// Has every command write where a symbolic link of the host is. Afterwards a file is there, and what the link led to
/// is as it was.
fn check(target: &str, before: Option<&str>) {
    let place = Place::new();
    let (link, target) = (place.path("out/link"), place.path(target));
    for command in place.commands(&link) {
        if let Some(text) = before {
            fs::write(&target, text).expect("a file");
        }
        symlink(&target, &link).expect("a link");
        let output = run(&command);
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(link.symlink_metadata().expect("the output").is_file(), "{command:?} left the link");
        assert_eq!(fs::read_to_string(&target).ok().as_deref(), before, "{command:?} wrote through the link");
        let left = fs::read_dir(place.path("out")).expect("the directory").count();
        assert_eq!(left, 1, "{command:?} left something beside its output");
        fs::remove_file(&link).expect("the output");
    }
}

#[test]
fn a_link_in_the_place_of_the_output_is_replaced_and_not_followed() {
    // What a baseline may hold already.
    check("elsewhere/canary", Some("{\"schema\": \"ntfslinks/findings/1\", \"findings\": []}"));
}

#[test]
fn a_link_that_leads_nowhere_makes_nothing_there() {
    check("elsewhere/new", None);
}
