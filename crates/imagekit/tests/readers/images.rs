//! Built volumes, and the programs that read them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ntfslinks_imagekit::build::build;
use ntfslinks_imagekit::description::Volume;
use tempfile::TempDir;

use crate::mount::Mount;
use crate::volumes::Case;

/// A volume in an image file.
pub struct BuiltVolume {
    /// For messages.
    pub name: String,
    pub path: PathBuf,
    /// Where in the file the volume starts, in bytes.
    pub start: u64,
    pub size: u64,
    /// Segments of the MFT.
    pub records: u64,
    pub description: Volume,
}

impl BuiltVolume {
    /// Mounts it with one of the drivers of ntfs-3g.
    pub fn mount(&self, driver: &str, options: &str) -> Mount {
        assert_eq!(self.start, 0, "{} is not at the start of its file", self.name);
        Mount::new(driver, options, &self.path)
    }
}

/// Volumes that are gone when this is.
pub struct Images {
    pub directory: TempDir,
    pub volumes: Vec<BuiltVolume>,
}

impl Images {
    pub fn build(cases: Vec<Case>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let volumes = cases.into_iter().flat_map(|case| build_case(case, directory.path())).collect();
        Self { directory, volumes }
    }

    /// The same, each volume in a file of its own, for readers that look for one at the start of a file.
    pub fn build_apart(cases: Vec<Case>) -> Self {
        let mut images = Self::build(cases);
        for volume in images.volumes.iter_mut().filter(|volume| volume.name.contains('/')) {
            let path = images.directory.path().join(volume.name.replace('/', "-"));
            cut_out(volume, &path);
            (volume.path, volume.start) = (path, 0);
        }
        images
    }
}

fn build_case(case: Case, directory: &Path) -> Vec<BuiltVolume> {
    let path = directory.join(format!("{}.img", case.name));
    let file = File::create_new(&path).unwrap();
    let built = build(&case.image, &file).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    assert_eq!(file.metadata().unwrap().len(), built.size, "{}", case.name);
    let is_bare = case.image.disk.is_none();
    let volumes = case.image.volumes.into_iter().zip(built.volumes).enumerate();
    let volumes = volumes.map(|(number, (description, built))| BuiltVolume {
        name: if is_bare { case.name.clone() } else { format!("{}/{number}", case.name) },
        path: path.clone(),
        start: built.start,
        size: built.size,
        records: built.records,
        description,
    });
    volumes.collect()
}

/// Copies a volume to a file of its own, holes kept.
fn cut_out(volume: &BuiltVolume, path: &Path) {
    let mut from = File::open(&volume.path).unwrap();
    let mut to = File::create_new(path).unwrap();
    to.set_len(volume.size).unwrap();
    from.seek(SeekFrom::Start(volume.start)).unwrap();
    let mut from = from.take(volume.size);
    let mut piece = Vec::new();
    while (&mut from).take(1 << 16).read_to_end(&mut piece).unwrap() > 0 {
        if piece.iter().all(|&byte| byte == 0) {
            to.seek_relative(piece.len() as i64).unwrap();
        } else {
            to.write_all(&piece).unwrap();
        }
        piece.clear();
    }
}
