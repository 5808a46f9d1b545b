//! Where documents go.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use image::Image;
use tempfile::NamedTempFile;

use crate::failure::Failure;

const BUFFER_BYTES: usize = 256 * 1024;

/// Has `write` write a document to a file, or to standard output.
///
/// A file is written beside its name and renamed when it is complete, so that there is never half of one. A device or a
/// pipe is written to as it is.
///
/// # Errors
/// It cannot be written.
pub fn write_document(
    output: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    match output {
        Some(path) => write_file(path, write).map_err(|error| Failure::Output { path: path.to_owned(), error }),
        None => {
            let mut out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
            write(&mut out).and_then(|()| out.flush()).map_err(Failure::StandardOutput)
        }
    }
}

/// Has `write` write an image to an empty file, which gets its name when it is complete.
///
/// # Errors
/// Those of `write`, or the file cannot be made or renamed.
pub fn write_image<T>(path: &Path, write: impl FnOnce(&File) -> Result<T, Failure>) -> Result<T, Failure> {
    let failure = |error| Failure::Output { path: path.to_owned(), error };
    if is_special(path) {
        return Err(failure(io::Error::other("expected a file, found something else")));
    }
    let file = temporary_beside(path).map_err(failure)?;
    let written = write(file.as_file())?;
    persist(file, path).map_err(failure)?;
    Ok(written)
}

/// Refuses to write over the image that is read.
///
/// # Errors
/// It is that image, or that cannot be told.
pub fn refuse_image(image: &Image, output: &Path) -> Result<(), Failure> {
    match image.is_same_file(output) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Failure::OutputIsImage(output.to_owned())),
        Err(error) => Err(Failure::Output { path: output.to_owned(), error }),
    }
}

/// Whether there is something that is no file: a renamed file would take the place of the device or pipe itself.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file())
}

fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().permissions(permissions()).tempfile_in(directory)?;
    image::remove_if_ended(Some(file.path()));
    Ok(file)
}

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if is_special(path) {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::options().write(true).open(path)?);
        return write(&mut out).and_then(|()| out.flush());
    }
    let mut file = temporary_beside(path)?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file.as_file_mut());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    persist(file, path)
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map_err(|error| error.error)?;
    image::remove_if_ended(None);
    Ok(())
}

/// Those of any new file, which the user's mask then narrows; temporary files are private otherwise.
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}
