//! Files of the host that an image names, and that nothing may touch.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::build;
use crate::hostile::{hex, text16, units};

/// The file in the directory of canaries.
const FILE: &str = "canary-file";

/// What the links of the image name: files that are there.
pub struct Canaries {
    directory: TempDir,
}

impl Canaries {
    pub fn new() -> Canaries {
        let directory = tempfile::Builder::new().prefix("canary").tempdir().expect("a directory");
        fs::write(directory.path().join(FILE), "").expect("a file");
        Canaries { directory }
    }

    /// The directory, in which the program is run.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Words that are in the paths of what must not be touched, and in no other path.
    pub fn words(&self) -> [&str; 3] {
        [self.directory.path().file_name().and_then(|name| name.to_str()).expect("a name"), FILE, "passwd"]
    }

    /// What the links say, in the spelling of the host.
    pub fn targets(&self) -> Vec<String> {
        let directory = self.directory.path().to_str().expect("UTF-8");
        let above = "../".repeat(20);
        vec![
            "/etc/passwd".to_owned(),
            format!("{above}etc/passwd"),
            directory.to_owned(),
            format!("{directory}/{FILE}"),
            format!("{above}{}/{FILE}", &directory[1..]),
            // Where the program is run.
            FILE.to_owned(),
            format!("./{FILE}"),
            format!("/proc/self/cwd/{FILE}"),
            "file:///etc/passwd".to_owned(),
        ]
    }

    /// An image with a link of every kind to each of them. It has files at the same paths, so that links go through.
    pub fn image(&self, place: &Path) -> PathBuf {
        let directory = self.directory.path().to_str().expect("UTF-8").replace('/', "\\");
        let mut spec = format!("[[file]]\npath = '\\etc\\passwd'\n[[file]]\npath = '{directory}\\{FILE}'\n");
        for (number, target) in self.targets().iter().enumerate() {
            for (kind, link) in links(target).iter().enumerate() {
                spec += &format!("[[file]]\npath = '\\links\\{number}-{kind}'\n{link}\n");
            }
        }
        build(place, "canaries.img".as_ref(), &spec)
    }
}

/// Links of every kind to a path of the host, as it is and in the spelling of Windows.
fn links(target: &str) -> Vec<String> {
    let windows = target.replace('/', "\\");
    let namespaces =
        ["", "C:", "\\??\\C:", "\\\\localhost\\C$\\", "\\??\\UNC\\localhost\\C$\\", "\\??\\GLOBALROOT\\??\\C:\\"];
    let of_windows = namespaces.map(|namespace| format!("{namespace}{windows}"));
    let texts = of_windows.into_iter().chain([target.to_owned()]);
    let of_text = texts.flat_map(|text| {
        let text = text16(&units(&text));
        [
            format!("reparse = {{ tag = 'SYMLINK', substitute = {text}, print = {text}, flags = 1 }}"),
            format!("reparse = {{ tag = 'SYMLINK', substitute = {text}, print = {text} }}"),
            format!("directory = true\nreparse = {{ tag = 'MOUNT_POINT', substitute = {text}, print = {text} }}"),
            format!("nfs-symlink = {text}"),
            format!("interix-symlink = {text}"),
            format!("cygwin-symlink = {text}"),
            format!("reparse = {{ tag = 'APPEXECLINK', strings = [{text}, {text}, {text}, '0'] }}"),
        ]
    });
    let of_wsl = format!("reparse = {{ tag = 'LX_SYMLINK', hex = '02000000{}' }}", hex(target.as_bytes()));
    of_text.chain([of_wsl]).collect()
}
