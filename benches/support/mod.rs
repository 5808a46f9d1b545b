//! Volumes to measure on.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::Image;
use volume::{Volume, discover};

/// Images named by the user, separated by `:`, measured beside those that are made here.
const IMAGES_VARIABLE: &str = "NTFSLINKS_BENCH_IMAGES";

/// What to measure on: volumes of 10^4 and 10^5 records, made once with mkntfs and ntfs-3g's library, and any image named
/// in the environment.
pub fn images() -> Vec<(String, PathBuf)> {
    let mut images = vec![made("10^4", "256M", 10_000), made("10^5", "2G", 100_000)];
    let named = env::var(IMAGES_VARIABLE).unwrap_or_default();
    for path in named.split(':').filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        images.push((name, path));
    }
    images
}

fn made(name: &str, size: &str, records: u32) -> (String, PathBuf) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = directory.join(format!("bench-{records}.img"));
    if !path.exists() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/make-volume");
        let status = Command::new(script).arg(&path).arg(size).arg(records.to_string()).arg("1").status();
        let made = status.expect("scripts/make-volume starts (it needs python3 and ntfs-3g)").success();
        assert!(made, "scripts/make-volume makes {}", path.display());
    }
    (name.to_owned(), path)
}

/// An image opened for good, as benches want it.
pub fn open(path: &Path) -> &'static Image {
    Box::leak(Box::new(Image::open(path).expect("the image opens")))
}

/// The first volume of an image.
pub fn first_volume(image: &'static Image) -> Volume<'static> {
    let discovery = discover(image).expect("an NTFS volume");
    discovery.volumes.into_iter().next().expect("a volume").0
}
