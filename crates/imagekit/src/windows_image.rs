//! A volume that Windows made, for tests: of the corpus beside the project, which is not everywhere.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

/// Made by Windows 10, build 19041; small, and with clusters of 4,096 bytes.
const NAME: &str = "dfvfs-parent.vhd";

/// The image; `None`, said aloud, where there is no corpus.
pub fn read() -> Option<Vec<u8>> {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let packed = packed.join(format!("{NAME}.tar.xz"));
    if !packed.exists() {
        // Not by a macro: what those print is not shown of a test that passes.
        writeln!(io::stderr(), "SKIPPED: no {}", packed.display()).expect("standard error");
        return None;
    }
    let output = Command::new("tar").arg("-xJOf").arg(&packed).output().expect("tar starts");
    assert!(output.status.success(), "{}: {}", packed.display(), String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// Whether these bytes stand somewhere at the start of a sector, in one piece.
pub fn holds(image: &[u8], bytes: &[u8]) -> bool {
    let mut sectors = (0..image.len()).step_by(512);
    sectors.any(|offset| image[offset..].starts_with(bytes))
}
