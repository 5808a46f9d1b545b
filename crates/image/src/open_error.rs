//! Why an image could not be opened.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::container::UnsupportedContainer;
use crate::file_kind::FileKind;
use crate::one_line::OneLine;

/// Why an image could not be opened.
///
/// Each message is one line: the path, the byte offset where there is one, what was expected, what was found, and
/// what to do about it where that is known.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Nothing has this name.
    #[error("{}: no such file: expected a disk image", OneLine(path.display()))]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// The file or a directory above it may not be read by this user.
    #[error("{}: permission denied: an image must be readable, nothing more", OneLine(path.display()))]
    PermissionDenied {
        /// The path as given.
        path: PathBuf,
    },
    /// The path names something that cannot be read at any offset.
    #[error(
        "{}: is {kind}; an image must be a regular file or a block device, because it is read at random",
        OneLine(path.display())
    )]
    NotAFile {
        /// The path as given.
        path: PathBuf,
        /// What it is.
        kind: FileKind,
    },
    /// The operating system could not look at, open, measure or map the file for any other reason.
    #[error("{}: could not {step} the image: {error}", OneLine(path.display()))]
    System {
        /// The path as given.
        path: PathBuf,
        /// What was asked of the operating system: "open", "map" and so on.
        step: &'static str,
        /// What it answered. Part of the message already, and therefore not its source.
        error: io::Error,
    },
    /// The file has no bytes.
    #[error("{}: is empty: expected at least one sector of 512 bytes", OneLine(path.display()))]
    Empty {
        /// The path as given.
        path: PathBuf,
    },
    /// The disk in the file is shorter than the smallest sector.
    #[error(
        "{}: at offset 0x0: expected at least one sector of 512 bytes, found {size} bytes of disk data",
        OneLine(path.display())
    )]
    TooShort {
        /// The path as given.
        path: PathBuf,
        /// Size of the disk in bytes, without the footer of a VHD.
        size: u64,
    },
    /// The file is larger than the address space of this machine.
    #[error("{}: has {size} bytes, more than this machine can map: use a 64-bit machine", OneLine(path.display()))]
    TooLarge {
        /// The path as given.
        path: PathBuf,
        /// Size of the file in bytes.
        size: u64,
    },
    /// The file is a disk image in a container that is known but not read.
    #[error(
        "{}: at offset {offset:#x}: expected raw disk data or a fixed VHD, found {container}; to get raw data: {}",
        OneLine(path.display()),
        container.how_to_get_raw_data()
    )]
    UnsupportedContainer {
        /// The path as given.
        path: PathBuf,
        /// Where in the file it was recognised, in bytes.
        offset: u64,
        /// Which container.
        container: UnsupportedContainer,
    },
}

impl OpenError {
    /// The error for a `step` that the operating system refused.
    pub(crate) fn system(path: &Path, step: &'static str, error: io::Error) -> OpenError {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::NotFound => OpenError::NotFound { path },
            io::ErrorKind::PermissionDenied => OpenError::PermissionDenied { path },
            _ => OpenError::System { path, step, error },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OpenError;
    use std::io;
    use std::path::Path;

    #[test]
    fn a_refusal_of_the_operating_system_names_the_path_and_the_cause() {
        let check = |kind: io::ErrorKind, expected: &str| {
            let error = OpenError::system(Path::new("disk.raw"), "open", io::Error::from(kind));
            assert_eq!(error.to_string(), expected);
        };
        check(io::ErrorKind::NotFound, "disk.raw: no such file: expected a disk image");
        check(io::ErrorKind::PermissionDenied, "disk.raw: permission denied: an image must be readable, nothing more");
        check(io::ErrorKind::TimedOut, "disk.raw: could not open the image: timed out");
    }
}
