//! What `ntfs-3g` changes on a built volume stays right: bitmaps, indexes, free records, security descriptors and the
//! views have to be such that a driver can go on with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::facts::{Facts, compare, judge};
use crate::images::{BuiltVolume, Images};
use crate::mount::can_mount;
use crate::ntfs_3g::{Detail, shown};
use crate::ntfsprogs::check_consistency;
use crate::programs::{is_installed, run};
use crate::volumes;

const NEW_FILES: usize = 300;

#[test]
fn ntfs_3g_goes_on_with_what_is_built() {
    if !can_mount() || !is_installed("setfattr") {
        return;
    }
    let images = Images::build(volumes::roomy());
    let mut differences = Vec::new();
    for volume in &images.volumes {
        let before = shown(volume.mount("ntfs-3g", "ro").path(), Detail::Brief);
        let mut expected = before.clone();
        change(volume.mount("ntfs-3g", "permissions").path(), &mut expected);
        check_consistency(volume);
        let mount = volume.mount("ntfs-3g", "ro");
        let mut after = shown(mount.path(), Detail::Brief);
        check_new(mount.path(), volume);
        after.retain(|fact, _| !fact.starts_with("/new"));
        differences.extend(compare(&volume.name, &expected, &after));
        drop(mount);
        tidy_up(volume.mount("ntfs-3g", "permissions").path());
        check_consistency(volume);
    }
    judge("ntfs-3g, after changes", &differences, &[]);
}

/// Creates, links, renames and deletes files, and says what is expected then outside of `/new`.
fn change(root: &Path, expected: &mut Facts) {
    let new = root.join("new");
    fs::create_dir(&new).unwrap();
    for number in 0..NEW_FILES {
        fs::write(new.join(file_name(number)), content(number)).unwrap();
    }
    for number in (0..NEW_FILES).filter(|number| number % 3 == 0) {
        fs::remove_file(new.join(file_name(number))).unwrap();
    }
    fs::hard_link(new.join(file_name(1)), new.join("hard link")).unwrap();
    fs::set_permissions(new.join(file_name(2)), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(new.join("reparse point")).unwrap();
    // Neither the tag nor the id is there yet: both views get an entry.
    set_attribute(
        "system.ntfs_reparse_data",
        "0x4200000002000000111111111111111111111111111111112a2a",
        &new.join("reparse point"),
    );
    set_attribute("system.ntfs_object_id", "0x0102030405060708090a0b0c0d0e0f10", &new.join(file_name(4)));
    if root.join("large.bin").exists() {
        change_originals(root, expected);
    }
}

/// Changes files that the description has.
fn change_originals(root: &Path, expected: &mut Facts) {
    let mut forget = |path: &str| expected.retain(|fact, _| !fact.starts_with(&format!("{path} ")));
    for name in ["large.bin", "streams.txt", "object id 9", "extended attributes", "unknown tag"] {
        fs::remove_file(root.join(name)).unwrap();
        forget(&format!("/{name}"));
    }
    fs::remove_dir(root.join("directory with an object id")).unwrap();
    forget("/directory with an object id");
    fs::rename(root.join("empty.txt"), root.join("new/renamed")).unwrap();
    forget("/empty.txt");
    fs::remove_file(root.join("three names")).unwrap();
    forget("/three names");
    for path in ["/one/second", "/one/deep/third"] {
        expected.insert(format!("{path} links"), "2".to_owned());
    }
}

fn check_new(root: &Path, volume: &BuiltVolume) {
    let new = root.join("new");
    for number in 0..NEW_FILES {
        let found = fs::read_to_string(new.join(file_name(number))).ok();
        assert_eq!(found, (number % 3 != 0).then(|| content(number)), "{}: {}", volume.name, file_name(number));
    }
    assert_eq!(fs::read_to_string(new.join("hard link")).unwrap(), content(1), "{}", volume.name);
}

/// Deletes everything that [`change`] made.
fn tidy_up(root: &Path) {
    fs::remove_dir_all(root.join("new")).unwrap();
}

fn file_name(number: usize) -> String {
    format!("New file {number} with a name that is not short")
}

fn content(number: usize) -> String {
    format!("{number} ").repeat(number * 5)
}

fn set_attribute(name: &str, value: &str, path: &Path) {
    run("setfattr", &["-h", "-n", name, "-v", value, &path.display().to_string()]);
}
