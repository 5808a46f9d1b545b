//! Where documents go.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::failure::Failure;

const BUFFER_BYTES: usize = 256 * 1024;

/// Has `write` write a document to a file, or to standard output.
///
/// A file is written beside its name and renamed when it is complete, so that there is never half of one.
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

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().permissions(permissions()).tempfile_in(directory)?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file.as_file_mut());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Those of any new file, which the user's mask then narrows; temporary files are private otherwise.
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}
