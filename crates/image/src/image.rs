//! One opened image.

use std::fs::{self, File, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::container::{Container, TELLING_SIZE, unwrap_container};
use crate::file_kind::FileKind;
use crate::offset::ImageOffset;
use crate::open_error::OpenError;
use crate::source::{Access, ReadError, Source};

/// The smallest sector of a disk, in bytes, and so the smallest image.
const SMALLEST_SECTOR: usize = 512;

/// What the operating system counts the blocks of a file in, whatever the file system has.
///
/// Source: POSIX.1-2017 `<sys/stat.h>`, and Linux, which has 512 there.
const BLOCK_BYTES: u64 = 512;

/// A disk image, opened for reading only.
///
/// Opening reads a few sectors of the file; it costs the same for an image of any size. Many threads may read at once.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    identity: FileIdentity,
    container: Container,
    source: Source,
    /// Bytes of the file that are disk data: all, or all but the footer. Never more than it has.
    disk_size: usize,
    allocated_size: u64,
}

impl Image {
    /// Opens the regular file or block device at `path` and maps it; symbolic links in `path` are followed.
    ///
    /// # Errors
    /// Those of [`Image::open_for`].
    pub fn open(path: &Path) -> Result<Image, OpenError> {
        Image::open_for(path, Access::Mapped)
    }

    /// Opens the regular file or block device at `path`; symbolic links in `path` are followed.
    ///
    /// Not checked: whether it holds a partition table or a file system.
    ///
    /// # Errors
    /// There is no such file, it may not be read, it is of a kind that cannot be read at any offset (found out
    /// before opening it, so that a FIFO does not block), it has less than one sector, or it is a container that is
    /// not read.
    pub fn open_for(path: &Path, access: Access) -> Result<Image, OpenError> {
        let metadata = fs::metadata(path).map_err(|error| OpenError::system(path, "look at", error))?;
        if let Some(kind) = FileKind::not_an_image(metadata.file_type()) {
            return Err(OpenError::NotAFile { path: path.to_path_buf(), kind });
        }
        let file = File::open(path).map_err(|error| OpenError::system(path, "open", error))?;
        let source = Source::new(path, file, access)?;
        let size = source.size();
        let (mut first, mut last) = ([0; TELLING_SIZE], [0; TELLING_SIZE]);
        let first_count = source.read_at(0, &mut first);
        let last_count = source.read_at(size.saturating_sub(TELLING_SIZE), &mut last);
        let (first, last) = (first.get(..first_count), last.get(..last_count));
        let (container, disk_size) = unwrap_container(size, first.unwrap_or_default(), last.unwrap_or_default())
            .map_err(|recognised| OpenError::UnsupportedContainer {
                path: path.to_path_buf(),
                offset: recognised.offset as u64,
                container: recognised.container,
            })?;
        if disk_size < SMALLEST_SECTOR {
            return Err(OpenError::TooShort { path: path.to_path_buf(), size: disk_size as u64 });
        }
        // Neither a device nor a file system in user space may say what it takes; and no image is all hole.
        let allocated_size = match metadata.blocks().saturating_mul(BLOCK_BYTES) {
            0 => size as u64,
            allocated => allocated,
        };
        let (path, identity) = (path.to_path_buf(), FileIdentity::of(&metadata));
        Ok(Image { path, identity, container, source, disk_size, allocated_size })
    }

    /// The path as it was given to [`Image::open`].
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the disk in bytes, at least 512. The footer of a VHD is not counted.
    pub fn size(&self) -> u64 {
        self.disk_size as u64
    }

    /// How the bytes of the disk stand in the file.
    pub fn container(&self) -> Container {
        self.container
    }

    /// Whether `other` names the file (or block device) of this image, by whatever path or hard link. A name that
    /// does not exist is not the same file.
    ///
    /// # Errors
    /// What the operating system answers when `other` exists but cannot be looked at.
    pub fn is_same_file(&self, other: &Path) -> io::Result<bool> {
        match fs::metadata(other) {
            Ok(metadata) => Ok(FileIdentity::of(&metadata) == self.identity),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Copies disk data from `offset` on into `buffer` and returns how many bytes were copied: fewer than `buffer`
    /// has only where the image ends, 0 at and past its end. The rest of `buffer` is left as it was.
    ///
    /// Bytes that were there when the image was opened and cannot be read any more are zeros, and [`Image::check`] tells of
    /// them; those of a map end the process (see [`crate::end_when_bytes_are_gone`]).
    pub fn read_at(&self, offset: ImageOffset, buffer: &mut [u8]) -> usize {
        let start = usize::try_from(offset.0).unwrap_or(usize::MAX);
        let count = self.disk_size.saturating_sub(start).min(buffer.len());
        self.source.read_at(start, buffer.get_mut(..count).unwrap_or_default())
    }

    /// The next piece of the disk from `offset` on that is in no hole of the file, so that a sparse image costs what it
    /// holds; `None` if there is none. Holes read as zeros.
    pub fn next_data(&self, offset: ImageOffset) -> Option<Range<ImageOffset>> {
        let data = self.source.next_data(usize::try_from(offset.0).ok()?)?;
        let (start, end) = (data.start as u64, data.end.min(self.disk_size) as u64);
        (start < end).then_some(ImageOffset(start)..ImageOffset(end))
    }

    /// Whether every byte that was asked for was read.
    ///
    /// # Errors
    /// The first that was not.
    pub fn check(&self) -> Result<(), ReadError> {
        self.source.check(&self.path)
    }

    /// Bytes that the file takes on its disk, which are fewer than it has where it has holes; all of them where that is not told.
    pub fn allocated_size(&self) -> u64 {
        self.allocated_size
    }

    /// Bytes of the file when it was opened and now, if that differs: something else writes it.
    pub fn size_change(&self) -> Option<(u64, u64)> {
        let before = self.source.size() as u64;
        let now = self.source.size_now().ok().filter(|now| *now != before)?;
        Some((before, now))
    }

    /// The `N` bytes at `offset`, or `None` where the image does not have them all.
    pub(crate) fn read_array<const N: usize>(&self, offset: ImageOffset) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        (self.read_at(offset, &mut bytes) == N).then_some(bytes)
    }
}

/// What makes two names the same file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FileIdentity {
    /// A file system and a file in it.
    File { device: u64, inode: u64 },
    /// A device, which may have several nodes in `/dev`.
    BlockDevice { device: u64 },
}

impl FileIdentity {
    fn of(metadata: &Metadata) -> FileIdentity {
        if metadata.file_type().is_block_device() {
            FileIdentity::BlockDevice { device: metadata.rdev() }
        } else {
            FileIdentity::File { device: metadata.dev(), inode: metadata.ino() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Image;
    use crate::container::Container;
    use crate::offset::ImageOffset;
    use std::fs::{self, File};
    use std::io::Write as _;
    use std::os::unix::fs::FileExt as _;
    use std::os::unix::net::UnixListener;
    use std::path::{Path, PathBuf};
    use tempfile::TempDir;

    fn file_with(bytes: &[u8]) -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("disk.raw");
        File::create(&path).unwrap().write_all(bytes).unwrap();
        (directory, path)
    }

    /// Opens `path` and compares the message that comes instead of an image, without the path at its start.
    fn check_refused(path: &Path, expected: &str) {
        let message = Image::open(path).unwrap_err().to_string();
        assert_eq!(message.strip_prefix(&path.display().to_string()), Some(expected));
        assert_eq!(message.lines().count(), 1);
    }

    #[test]
    fn reading_stops_at_the_end_of_the_image() {
        let (_directory, path) = file_with(&[&[1; 511][..], &[2]].concat());
        let image = Image::open(&path).unwrap();
        let mut buffer = [9; 4];
        assert_eq!(image.read_at(ImageOffset(510), &mut buffer), 2);
        assert_eq!(buffer, [1, 2, 9, 9]);
        assert_eq!(image.read_at(ImageOffset(0), &mut buffer), 4);
        assert_eq!(image.read_at(ImageOffset(512), &mut buffer), 0);
        assert_eq!(image.read_at(ImageOffset(u64::MAX), &mut buffer), 0);
        assert_eq!(image.read_at(ImageOffset(0), &mut []), 0);
    }

    #[test]
    fn an_image_says_what_it_is() {
        let (_directory, path) = file_with(&[0; 1024]);
        let image = Image::open(&path).unwrap();
        assert_eq!((image.path(), image.size(), image.container()), (path.as_path(), 1024, Container::Raw));
    }

    #[test]
    fn an_image_can_be_read_from_many_threads() {
        fn needs_sync<T: Send + Sync>() {}
        needs_sync::<Image>();
    }

    #[test]
    fn every_name_of_the_file_is_the_same_file() {
        let (directory, path) = file_with(&[0; 512]);
        let image = Image::open(&path).unwrap();
        let hard_link = directory.path().join("hard");
        let symbolic_link = directory.path().join("symbolic");
        let copy = directory.path().join("copy");
        fs::hard_link(&path, &hard_link).unwrap();
        std::os::unix::fs::symlink(&path, &symbolic_link).unwrap();
        fs::copy(&path, &copy).unwrap();
        for (other, expected) in [(&path, true), (&hard_link, true), (&symbolic_link, true), (&copy, false)] {
            assert_eq!(image.is_same_file(other).unwrap(), expected, "{other:?}");
        }
        assert!(!image.is_same_file(&directory.path().join("absent")).unwrap());
        assert!(image.is_same_file(&path.join("below a file")).is_err());
    }

    #[test]
    fn a_sparse_image_of_terabytes_opens_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sparse.raw");
        File::create(&path).unwrap().set_len(1 << 42).unwrap();
        let image = Image::open(&path).unwrap();
        assert_eq!(image.size(), 1 << 42);
        assert_eq!(image.read_array(ImageOffset((1 << 42) - 2)), Some([0, 0]));
    }

    #[test]
    fn holes_are_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sparse.raw");
        let file = File::create(&path).unwrap();
        file.set_len(1 << 42).unwrap();
        file.write_at(b"data", 1 << 41).unwrap();
        let image = Image::open(&path).unwrap();
        let data = image.next_data(ImageOffset(0)).unwrap();
        // A file system has whole blocks; some have no holes at all.
        assert!(data.contains(&ImageOffset(1 << 41)));
        let before = image.next_data(ImageOffset(0)).unwrap().start.0;
        assert!(before == 0 || (1 << 41) - before < 1 << 20, "{before:#x}");
        assert!(image.allocated_size() < 1 << 20 || before == 0);
    }

    #[test]
    fn what_is_not_a_file_is_refused_before_it_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let reason = "an image must be a regular file or a block device, because it is read at random";
        check_refused(directory.path(), &format!(": is a directory; {reason}"));
        check_refused(&socket, &format!(": is a socket; {reason}"));
        check_refused(Path::new("/dev/null"), &format!(": is a character device; {reason}"));
    }

    #[test]
    fn a_fifo_is_refused_without_waiting_for_its_writer() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        check_refused(
            &fifo,
            ": is a FIFO; an image must be a regular file or a block device, because it is read at random",
        );
    }

    #[test]
    fn a_missing_file_is_refused() {
        check_refused(Path::new("/nonexistent/disk.raw"), ": no such file: expected a disk image");
    }

    #[test]
    fn a_file_without_a_sector_is_refused() {
        let (_directory, path) = file_with(&[]);
        check_refused(&path, ": is empty: expected at least one sector of 512 bytes");
        let (_directory, path) = file_with(&[0; 511]);
        check_refused(
            &path,
            ": at offset 0x0: expected at least one sector of 512 bytes, found 511 bytes of disk data",
        );
    }

    #[test]
    fn a_file_that_cannot_be_mapped_is_refused() {
        // The kernel makes it up as it is read: it has no size, or none that can be sought.
        let message = Image::open(Path::new("/proc/version")).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1);
    }

    #[test]
    fn a_container_that_is_not_read_comes_with_the_way_to_raw_data() {
        let (_directory, path) = file_with(b"QFI\xfb\x00\x00\x00\x03");
        check_refused(
            &path,
            ": at offset 0x0: expected raw disk data or a fixed VHD, found a QCOW image (signature \"QFI\\xfb\"); \
             to get raw data: qemu-img convert -O raw IN OUT",
        );
        let (_directory, path) = file_with(b"EVF\x09\x0d\x0a\xff\x00");
        check_refused(
            &path,
            ": at offset 0x0: expected raw disk data or a fixed VHD, found an EWF (EnCase) image (signature \
             \"EVF\"); to get raw data: ewfexport -f raw -t OUT IN, or xmount --in ewf IN MOUNT_POINT",
        );
    }
}
