//! The read-only map of an image: the only file with `unsafe`.

use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapOptions};

/// A file mapped into memory for reading.
///
/// Mapping reads nothing: a sparse image of hundreds of gigabytes costs address space only.
#[derive(Debug)]
pub(crate) struct Map(Mmap);

impl Map {
    /// Maps the first `size` bytes of `file`. The size is given because the metadata of a block device has none.
    ///
    /// # Errors
    /// What the operating system answers: some files, such as those below `/sys`, have a size but no map.
    #[allow(unsafe_code)]
    pub(crate) fn new(file: &File, size: usize) -> io::Result<Map> {
        // SAFETY: A map is sound as long as nobody changes or shortens the file under it. We open it read-only and
        // never write; for other processes the user answers, as the README says. If one shortens the image, reading
        // past the new end ends this process with a bus error; if one writes, we read a mix of old and new bytes,
        // which is no worse than a damaged image, because every value is copied out of the map before it is checked.
        let map = unsafe { MmapOptions::new().len(size).map(file) }?;
        Ok(Map(map))
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
