//! A second pair of eyes: what the `ntfs` crate reads from the same bytes.
//!
//! Examiners must confirm what a tool says with another. The `ntfs` crate shares no code with this project: it has its own
//! boot sector, its own update sequences, its own attribute lists. It is slow where this project is fast, and a record
//! that it cannot read is a failure of its own: it may even panic on damage, so each record is read behind
//! [`catch_unwind`].

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{Image, ImageOffset};
use ntfs::structured_values::{NtfsFileName, NtfsFileNamespace};
use ntfs::{Ntfs, NtfsAttributeType, NtfsError, NtfsFileFlags, NtfsReadSeek};

use crate::volume::Volume;

/// Which version of the `ntfs` crate this is: `Cargo.toml` asks for exactly that one.
pub const SECOND_READER_VERSION: &str = "0.4.0";

/// The largest reparse point there can be, in bytes.
const LARGEST_REPARSE_POINT: u64 = 16 * 1024;

/// The second reader of one volume.
#[derive(Debug)]
pub struct SecondReader<'i> {
    ntfs: Ntfs,
    bytes: VolumeBytes<'i>,
}

/// What the second reader says of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecondRecord {
    /// In use, directory.
    pub in_use: bool,
    /// Whether the directory flag is set.
    pub is_directory: bool,
    /// Its names in the order in which it found them.
    pub names: Vec<SecondName>,
    /// The bytes of its reparse point.
    pub reparse_point: Option<Vec<u8>>,
}

/// One name as the second reader sees it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SecondName {
    /// Record number and sequence number of the directory.
    pub parent: (u64, u16),
    /// 0 to 3, as stored.
    pub namespace: u8,
    /// The name's units.
    pub units: Vec<u16>,
}

/// Why the second reader has nothing to say.
#[derive(Debug, thiserror::Error)]
pub enum SecondReaderError {
    /// It reads volumes, not extracted MFTs.
    #[error("the second reader reads volumes, not extracted MFTs")]
    BareMft,
    /// Its own error.
    #[error("{0}")]
    Failed(NtfsError),
    /// It panicked.
    #[error("the second reader panicked")]
    Panicked,
}

impl<'i> SecondReader<'i> {
    /// Has the `ntfs` crate open a volume.
    ///
    /// # Errors
    /// It cannot.
    pub fn open(volume: &Volume<'i>) -> Result<SecondReader<'i>, SecondReaderError> {
        if volume.boot.is_none() {
            return Err(SecondReaderError::BareMft);
        }
        let mut bytes = VolumeBytes { image: volume.image, start: volume.partition.offset, position: 0 };
        let ntfs = guarded(|| Ntfs::new(&mut bytes))?;
        Ok(SecondReader { ntfs, bytes })
    }

    /// Reads one record, with the names and the reparse point in its extension records.
    ///
    /// # Errors
    /// It cannot, for reasons of its own.
    pub fn read(&mut self, record: u64) -> Result<SecondRecord, SecondReaderError> {
        let Self { ntfs, bytes } = self;
        guarded(|| read_record(ntfs, bytes, record))
    }
}

fn guarded<T>(read: impl FnOnce() -> Result<T, NtfsError>) -> Result<T, SecondReaderError> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| SecondReaderError::Panicked)?.map_err(SecondReaderError::Failed)
}

fn read_record(ntfs: &Ntfs, bytes: &mut VolumeBytes<'_>, record: u64) -> Result<SecondRecord, NtfsError> {
    let file = ntfs.file(bytes, record)?;
    let mut found = SecondRecord {
        in_use: file.flags().contains(NtfsFileFlags::IN_USE),
        is_directory: file.flags().contains(NtfsFileFlags::IS_DIRECTORY),
        names: Vec::new(),
        reparse_point: None,
    };
    let mut attributes = file.attributes();
    while let Some(item) = attributes.next(bytes) {
        let item = item?;
        let attribute = item.to_attribute()?;
        match attribute.ty()? {
            NtfsAttributeType::FileName => {
                let name: NtfsFileName = attribute.structured_value(bytes)?;
                found.names.push(second_name(&name));
            }
            NtfsAttributeType::ReparsePoint => {
                let mut value = attribute.value(bytes)?;
                let mut buffer = vec![0; value.len().min(LARGEST_REPARSE_POINT) as usize];
                value.read_exact(bytes, &mut buffer)?;
                found.reparse_point = Some(buffer);
            }
            _ => {}
        }
    }
    Ok(found)
}

fn second_name(name: &NtfsFileName) -> SecondName {
    let parent = name.parent_directory_reference();
    let namespace = match name.namespace() {
        NtfsFileNamespace::Posix => 0,
        NtfsFileNamespace::Win32 => 1,
        NtfsFileNamespace::Dos => 2,
        NtfsFileNamespace::Win32AndDos => 3,
    };
    SecondName {
        parent: (parent.file_record_number(), parent.sequence_number()),
        namespace,
        units: name.name().0.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect(),
    }
}

/// A volume as the reader that the `ntfs` crate wants.
#[derive(Debug)]
struct VolumeBytes<'i> {
    image: &'i Image,
    start: ImageOffset,
    position: u64,
}

impl Read for VolumeBytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(offset) = self.start.checked_add(self.position) else { return Ok(0) };
        let length = self.image.read_at(offset, buffer);
        self.position = self.position.saturating_add(length as u64);
        Ok(length)
    }
}

impl Seek for VolumeBytes<'_> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let end = self.image.size().saturating_sub(self.start.0);
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => end.checked_add_signed(distance),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
