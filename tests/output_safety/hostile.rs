//! Images whose every text is hostile.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::build;

/// What follows each line end in a text. No line of any output begins with it.
pub const MARKER: &str = "INJECTED";

/// Names and targets that act on whatever reads them, or on whoever does.
pub const TEXTS: &[&str] = &[
    // Clears a terminal and sets its title, in seven bits and by C1 controls.
    "a\u{1b}[2J\u{1b}]0;owned\u{7}",
    "a\u{9b}2J\u{9d}0;owned\u{9c}\u{90}",
    // Line ends, by anybody's rules.
    "a\nINJECTED",
    "a\rINJECTED",
    "a\r\nINJECTED",
    "a\u{b}INJECTED\u{c}INJECTED\u{1c}INJECTED",
    "a\u{85}INJECTED",
    "a\u{2028}INJECTED\u{2029}INJECTED",
    // The end of an NDJSON document, to whoever splits lines as Unicode does.
    "a\u{2028}{\"object\":\"end\",\"INJECTED\":1}\u{2028}",
    // What overwrites, and what ends a string in C.
    "a\tb\u{8}\u{8}\u{7f}",
    "cut\0INJECTED",
    // Overrides, embeddings, isolates and marks of direction.
    "ann\u{202e}txt.exe",
    "a\u{202a}b\u{202b}c\u{202c}d\u{202d}e",
    "a\u{2066}b\u{2067}c\u{2068}d\u{2069}",
    "a\u{200e}b\u{200f}c\u{61c}",
    // What nobody sees.
    "a\u{ad}\u{180e}\u{200b}\u{200d}\u{2060}\u{feff}\u{e0041}",
    // Ends of elements, attributes, strings and scripts.
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> '&amp;`",
    "a]]>b<![CDATA[c<!--",
    "a\",\"b\":\"c\\",
    // No character of XML.
    "a\u{fffe}\u{ffff}",
    // Formulas, and commands of a shell.
    "=HYPERLINK(\"http://evil.example\",\"click\")",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "$(reboot) `reboot`\n%COMSPEC%",
    // A link and placeholders in a message of SARIF.
    "[click](http://evil.example)",
    "{0} {1}",
    // The end of a string of TOML, and a table.
    "a''' \"\"\"\n[[INJECTED]]",
];

/// Texts that are no UTF-16: an unpaired surrogate, and two the wrong way round before a line end and the marker.
const UNPAIRED: &[&[u16]] = &[&[0xD800], &[0xDC00, 0xD800, 0x0A, 0x49, 0x4E, 0x4A, 0x45, 0x43, 0x54, 0x45, 0x44]];

/// What a link of WSL may hold beside the texts: no UTF-8, neither by its bytes nor by what they would stand for.
pub const BYTES: &[&[u8]] = &[b"/a\xff\x1b[2J\nINJECTED", b"/\xed\xa0\x80\xc0\xaf\xf8", b"\x9b2J"];

/// A label and a partition's name with a bit of everything: there is one of each, and of 36 units.
const MIXTURE: &str = "a\u{1b}[2J\u{9b}2J\nINJECTED\r\u{202e}\u{2028}\t<&\"'>]]>\u{ffff}";

/// The directory of the first text: that of each next one is the next record.
pub const FIRST_DIRECTORY: usize = 300;

/// The name of the image that has every text.
pub const TEXTS_IMAGE: &str = "texts.img";

/// Every text as NTFS stores it.
pub fn texts() -> Vec<Vec<u16>> {
    let unpaired = UNPAIRED.iter().map(|units| units.to_vec());
    TEXTS.iter().map(|text| units(text)).chain(unpaired).collect()
}

pub fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A file name of the host that is neither inert nor UTF-8.
pub fn host_name(end: &str) -> OsString {
    let mut name = OsString::from_vec(b"b\xff".to_vec());
    name.push(format!("a\u{1b}[2J\u{9b}2J\nINJECTED\r\u{202e}\u{2028}<&\"'>]](x){{0}}{end}"));
    name
}

/// The images, in a directory that goes with them.
pub struct Images {
    directory: TempDir,
    /// The example of a hostile volume.
    pub example: PathBuf,
    /// A volume with every text wherever a text can be.
    pub texts: PathBuf,
    /// A disk whose partitions and volumes have hostile names, in a file that has one too.
    pub disk: PathBuf,
}

impl Images {
    pub fn build() -> Images {
        let directory = tempfile::tempdir().expect("a directory");
        let example = include_str!("../../crates/imagekit/specs/hostile.toml");
        Images {
            example: build(directory.path(), "example.img".as_ref(), example),
            texts: build(directory.path(), TEXTS_IMAGE.as_ref(), &spec_of_texts()),
            disk: build(directory.path(), &host_name(".img"), &spec_of_disk()),
            directory,
        }
    }

    pub fn all(&self) -> [&Path; 3] {
        [&self.example, &self.texts, &self.disk]
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

fn spec_of_texts() -> String {
    let mut spec = format!("[volume]\nlabel = {}\n", text16(&units(MIXTURE)));
    for (text, directory) in texts().iter().zip(FIRST_DIRECTORY..) {
        push_files(text, directory, &mut spec);
    }
    for (number, target) in BYTES.iter().enumerate() {
        write!(spec, "[[file]]\npath = '\\bytes\\{number}'\n{}", lx_symlink(target)).expect("a string");
    }
    spec + &damages()
}

/// A text as the name of a directory, of a file in it with a second name, of a stream and of a deleted file, and as the
/// target of links of every kind.
fn push_files(text: &[u16], directory: usize, spec: &mut String) {
    let name = text16(text);
    let mut file = |parent: usize, name: &str, rest: &str| {
        write!(spec, "[[file]]\nparent = {parent}\nname = {name}\n{rest}").expect("a string");
    };
    file(5, &name, &format!("record = {directory}\ndirectory = true\n"));
    let names = format!("names = [{{ parent = 5, name = 'second {directory}' }}]\n");
    file(directory, &name, &format!("{names}streams = [{{ name = {name}, text = 'x' }}]\n"));
    file(directory, "'deleted'", &format!("deleted = true\nsymlink = {name}\n"));
    let links = links_to(text);
    for (number, link) in links.iter().enumerate() {
        file(directory, &format!("'link {number}'"), link);
    }
}

/// Links to a text, of every kind that has one.
fn links_to(text: &[u16]) -> Vec<String> {
    let name = text16(text);
    let path = text16(&[&units("\\??\\C:\\"), text].concat());
    let reparse = |fields: String| format!("reparse = {{ {fields} }}\n");
    // Strings of an app execution link end at a NUL.
    let string: Vec<u16> = text.iter().copied().filter(|unit| *unit != 0).collect();
    let (string, program) = (text16(&string), text16(&[&units("C:\\"), &string[..]].concat()));
    vec![
        format!("directory = true\n{}", reparse(format!("tag = 'MOUNT_POINT', substitute = {path}, print = {name}"))),
        reparse(format!("tag = 'SYMLINK', substitute = {path}, print = {name}")),
        reparse(format!("tag = 'SYMLINK', substitute = {name}, print = {name}, flags = 1")),
        reparse(format!("tag = 'GLOBAL_REPARSE', substitute = {name}, print = {path}")),
        format!("nfs-symlink = {name}\n"),
        format!("interix-symlink = {name}\n"),
        format!("cygwin-symlink = {name}\n"),
        lx_symlink(String::from_utf16_lossy(text).as_bytes()),
        reparse(format!("tag = 'APPEXECLINK', strings = [{string}, {string}, {program}, '0']")),
        reparse(format!("tag = 'WCI_1', layer = '01234567-89ab-cdef-0123-456789abcdef', path = {name}")),
    ]
}

/// A link of WSL, which holds bytes behind its version.
fn lx_symlink(target: &[u8]) -> String {
    format!("reparse = {{ tag = 'LX_SYMLINK', hex = '02000000{}' }}\n", hex(target))
}

/// Damages whose problems quote the image: a record's signature, and names in extension records of a lost base record.
fn damages() -> String {
    let names: Vec<String> =
        texts().iter().map(|text| format!("{{ parent = 251, name = {} }}", text16(text))).collect();
    let names = names.join(", ");
    format!(
        "[[file]]\npath = '\\lost'\ndirectory = true\nrecord = 251\n
         [[file]]\npath = '\\lost\\name'\nrecord = 252\nnames = [{names}]\n
         [[damage]]\nkind = 'zeroed-record'\nrecord = 252\n
         [[damage]]\nkind = 'bad-signature'\nrecord = 251\nbytes = '1b5b324a'\n"
    )
}

/// Two partitions, so that the second can have an unpaired surrogate in its name and label.
fn spec_of_disk() -> String {
    let volume = |name: &[u16], files: &str| format!("[[volume]]\nname = {0}\nlabel = {0}\n{files}", text16(name));
    let mixture = units(MIXTURE);
    let file = format!("[[volume.file]]\nparent = 5\nname = {}\njunction = 'D:\\x'\n", text16(&mixture));
    format!("[disk]\ntable = 'gpt'\n{}{}", volume(&mixture, &file), volume(UNPAIRED[1], &file))
}

/// A text in a spec, whatever it holds: its units.
pub fn text16(units: &[u16]) -> String {
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    format!("{{ utf16 = '{}' }}", hex(&bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
