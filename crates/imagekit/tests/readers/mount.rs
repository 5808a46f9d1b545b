//! Mounts that are undone when they are dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::programs::{is_installed, run, skipped};

/// A volume that one of the drivers of ntfs-3g has mounted, in a directory of its own.
pub struct Mount {
    directory: TempDir,
    driver: Child,
}

impl Mount {
    /// Mounts a volume that starts at the start of its file.
    pub fn new(driver: &str, options: &str, image: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(driver);
        command.args(["-o", options, "-o", "no_detach"]).arg(image).arg(directory.path());
        let driver = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut mount = Self { directory, driver };
        mount.wait(image);
        mount
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    fn wait(&mut self, image: &Path) {
        let start = Instant::now();
        while !is_mount_point(self.path()) {
            let ended = self.driver.try_wait().unwrap();
            assert!(
                ended.is_none() && start.elapsed() < Duration::from_secs(30),
                "{} is not mounted: {ended:?}",
                image.display()
            );
            sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A test that fails must not leave a mount behind: nothing here stops before the driver has gone. Until then, the
        // image is not complete.
        let unmount = |options: &[&str]| {
            let status = Command::new("umount").args(options).arg(self.directory.path()).status();
            status.is_ok_and(|status| status.success())
        };
        if !unmount(&[]) && !unmount(&["--lazy"]) {
            let _ = self.driver.kill();
        }
        let _ = self.driver.wait();
    }
}

/// Whether something is mounted there.
fn is_mount_point(path: &Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let path: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    mounts.lines().any(|line| line.split(' ').nth(1) == path.to_str())
}

/// Whether volumes can be mounted here; where not, this says so.
pub fn can_mount() -> bool {
    let is_root = run("id", &["-u"]).trim() == "0";
    if !is_root || !Path::new("/dev/fuse").exists() {
        return skipped("mounts need root and /dev/fuse");
    }
    is_installed("ntfs-3g")
}
