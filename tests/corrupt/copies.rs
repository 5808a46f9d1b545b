//! Images that are built, and copies of them that are damaged and made whole again.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use image::{Access, Image};
use imagekit::build::{Built, build};
use imagekit::description;
use tempfile::TempDir;

use crate::judge::Answer;
use crate::pipeline::Reading;

/// Bytes to write at offsets.
pub type Writes = Vec<(u64, Vec<u8>)>;

/// The bytes of an image of a description, and where everything is in it.
pub fn built(image: &description::Image) -> (Vec<u8>, Built) {
    let file = tempfile::tempfile().expect("a temporary file");
    let built = build(image, &file).unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = vec![0; built.size as usize];
    file.read_exact_at(&mut bytes, 0).expect("the image that was written");
    (bytes, built)
}

/// A file with an image that is damaged and made whole again.
pub struct Copy {
    _directory: TempDir,
    pub path: PathBuf,
    file: File,
    length: u64,
}

impl Copy {
    pub fn of(bytes: &[u8]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("image");
        std::fs::write(&path, bytes).expect("a copy of the image");
        let file = File::options().write(true).open(&path).expect("the copy");
        Self { _directory: directory, path, file, length: bytes.len() as u64 }
    }

    /// What is read of it; lines that `sound` has as well are not taken apart again.
    ///
    /// # Errors
    /// What a command would say, with exit status 2.
    pub fn answer(&self, sound: Option<&Answer>) -> Result<Answer, String> {
        let image = Image::open_for(&self.path, Access::Positioned).map_err(|error| error.to_string())?;
        Ok(Answer::of(&Reading::of(&image)?, sound))
    }

    /// What `look` makes of it while some bytes are others, and it ends at `length`.
    pub fn while_damaged<T>(
        &self,
        sound: &[u8],
        writes: &Writes,
        length: Option<u64>,
        look: impl FnOnce(&Copy) -> T,
    ) -> T {
        writes.iter().for_each(|(offset, bytes)| self.file.write_all_at(bytes, *offset).expect("the copy"));
        length.iter().for_each(|length| self.file.set_len(*length).expect("the copy"));
        let seen = look(self);
        for (offset, bytes) in writes {
            let before = &sound[*offset as usize..][..bytes.len()];
            self.file.write_all_at(before, *offset).expect("the copy");
        }
        if let Some(length) = length {
            self.file.set_len(self.length).expect("the copy");
            self.file.write_all_at(&sound[length as usize..], length).expect("the copy");
        }
        seen
    }
}
