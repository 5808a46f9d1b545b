//! The image file that is being written.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes gathered before they are written.
const GATHERED: usize = 1 << 20;

/// Where a volume is written, or nowhere: a volume is laid out once to see how long its parts are, and then written.
pub(crate) struct Output<'a> {
    file: Option<&'a File>,
    /// Offset of the volume in the file.
    start: u64,
    /// Writes that follow each other go out as one.
    gathered: Vec<u8>,
    gathered_at: u64,
}

impl<'a> Output<'a> {
    /// Writes nothing.
    pub fn nowhere() -> Self {
        Self { file: None, start: 0, gathered: Vec::new(), gathered_at: 0 }
    }

    /// Writes the volume that starts at `start` of `file`, where the file is all zero.
    pub fn to(file: &'a File, start: u64) -> Self {
        Self { file: Some(file), start, gathered: Vec::with_capacity(GATHERED), gathered_at: 0 }
    }

    /// Offset of the volume in the file.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Writes `bytes` at `offset` of the volume. Zeros are left out: the file is sparse.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() || bytes.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        let follows = self.gathered_at + self.gathered.len() as u64 == offset;
        if !follows || self.gathered.len() + bytes.len() > GATHERED {
            self.flush()?;
            self.gathered_at = offset;
        }
        self.gathered.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes what was gathered.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(file) = self.file {
            file.write_all_at(&self.gathered, self.start + self.gathered_at)?;
        }
        self.gathered.clear();
        Ok(())
    }
}
