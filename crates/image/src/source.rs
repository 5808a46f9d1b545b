//! Where the bytes of an image come from.

use std::fs::File;
use std::io::{self, ErrorKind, Seek as _, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::map::Map;
use crate::one_line::OneLine;
use crate::open_error::OpenError;

/// How an image is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Access {
    /// Through a map of the file into memory.
    #[default]
    Mapped,
    /// With a system call for each piece, which is slower, and can fail without an end to the process.
    Positioned,
}

/// Bytes of an image that were there when it was opened, and cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: at offset {offset:#x}: cannot be read: {error}", OneLine(path.display()))]
pub struct ReadError {
    path: PathBuf,
    offset: u64,
    error: io::Error,
}

/// An opened file of known size.
#[derive(Debug)]
pub(crate) struct Source {
    file: File,
    size: usize,
    /// `None` if it is read with positioned reads.
    map: Option<Map>,
    /// The first bytes that could not be read: where, and why.
    failure: OnceLock<(u64, io::Error)>,
}

impl Source {
    /// Measures a file, and maps it if that is asked for; `path` is its name, for messages.
    pub fn new(path: &Path, mut file: File, access: Access) -> Result<Source, OpenError> {
        // The metadata of a block device has no size; the end of both kinds of file can be sought.
        let size = file.seek(SeekFrom::End(0)).map_err(|error| OpenError::system(path, "measure", error))?;
        if size == 0 {
            // An empty map is an error to the operating system.
            return Err(OpenError::Empty { path: path.to_path_buf() });
        }
        let Ok(mappable_size) = usize::try_from(size) else {
            return Err(OpenError::TooLarge { path: path.to_path_buf(), size });
        };
        let map = match access {
            Access::Mapped => {
                let map = Map::new(path, &file, mappable_size);
                Some(map.map_err(|error| OpenError::system(path, "map", error))?)
            }
            Access::Positioned => None,
        };
        Ok(Source { file, size: mappable_size, map, failure: OnceLock::new() })
    }

    /// Bytes of the file when it was opened.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Bytes of the file now.
    pub fn size_now(&self) -> io::Result<u64> {
        (&self.file).seek(SeekFrom::End(0))
    }

    /// Where the next byte is from `offset` on that is in no hole of the file, and where the next hole begins behind it;
    /// `None` if there is none. On file systems that do not tell, all is one piece without a hole.
    pub fn next_data(&self, offset: usize) -> Option<Range<usize>> {
        let seek = |to| usize::try_from(rustix::fs::seek(&self.file, to).ok()?).ok();
        let start = match rustix::fs::seek(&self.file, rustix::fs::SeekFrom::Data(offset as u64)) {
            Ok(start) => usize::try_from(start).ok()?,
            Err(rustix::io::Errno::NXIO) => return None,
            Err(_) => offset,
        };
        let end = seek(rustix::fs::SeekFrom::Hole(start as u64)).filter(|end| *end > start).unwrap_or(self.size);
        (start < self.size).then_some(start..end.min(self.size))
    }

    /// Copies bytes from `offset` on, and answers how many: those that the file had when it was opened. Those that cannot
    /// be read are zeros, and a failure.
    pub fn read_at(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let count = self.size.saturating_sub(offset).min(buffer.len());
        let target = buffer.get_mut(..count).unwrap_or_default();
        match &self.map {
            Some(map) => {
                let found = map.bytes().get(offset..offset + count).unwrap_or_default();
                target.copy_from_slice(found);
            }
            None => {
                if let Err(error) = self.file.read_exact_at(target, offset as u64) {
                    target.fill(0);
                    let error = if error.kind() == ErrorKind::UnexpectedEof { cut_short() } else { error };
                    self.failure.get_or_init(|| (offset as u64, error));
                }
            }
        }
        count
    }

    /// Whether every byte that was asked for was read.
    pub fn check(&self, path: &Path) -> Result<(), ReadError> {
        let Some((offset, error)) = self.failure.get() else { return Ok(()) };
        let error = io::Error::new(error.kind(), error.to_string());
        Err(ReadError { path: path.to_path_buf(), offset: *offset, error })
    }
}

fn cut_short() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was read")
}
