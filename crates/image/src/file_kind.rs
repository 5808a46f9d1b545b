//! What a path names, as far as it decides whether an image can be read there.

use std::fmt;
use std::fs::FileType;
use std::os::unix::fs::FileTypeExt as _;

/// A kind of file that cannot be an image, because it cannot be read at any offset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// A Unix domain socket.
    Socket,
    /// A character device, such as a terminal or a tape.
    CharacterDevice,
    /// None of the kinds that POSIX knows.
    Other,
}

impl FileKind {
    /// The kind of a file that is neither a regular file nor a block device; `None` for these two.
    pub(crate) fn not_an_image(file_type: FileType) -> Option<FileKind> {
        if file_type.is_file() || file_type.is_block_device() {
            return None;
        }
        Some(if file_type.is_dir() {
            FileKind::Directory
        } else if file_type.is_fifo() {
            FileKind::Fifo
        } else if file_type.is_socket() {
            FileKind::Socket
        } else if file_type.is_char_device() {
            FileKind::CharacterDevice
        } else {
            FileKind::Other
        })
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileKind::Directory => "a directory",
            FileKind::Fifo => "a FIFO",
            FileKind::Socket => "a socket",
            FileKind::CharacterDevice => "a character device",
            FileKind::Other => "a file of an unknown kind",
        })
    }
}
