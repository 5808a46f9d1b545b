//! Files that are in memory and have no name: nothing is left of them, however a process ends.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

/// A file system in memory, where the machine has one.
const MEMORY: &str = "/dev/shm";

/// A file, and the path by which this process can open it again.
pub struct MemoryFile {
    file: File,
    path: PathBuf,
}

impl MemoryFile {
    /// An empty file.
    pub fn new() -> MemoryFile {
        let file = tempfile::tempfile_in(MEMORY).or_else(|_| tempfile::tempfile()).expect("a temporary file");
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        MemoryFile { file, path }
    }

    /// A file with these bytes.
    pub fn holding(bytes: &[u8]) -> MemoryFile {
        let mut memory = MemoryFile::new();
        memory.file.write_all(bytes).expect("the file can be written");
        memory
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
