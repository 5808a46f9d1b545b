//! What the text of a link says, before anything is looked up.
//!
//! Windows takes the text as it is: only `\` parts components, and trailing dots and spaces count.
//!
//! Source: reference C.2 "Grammar of substitute names", C.3 "Character rules inside the stored target", F "How other
//! software stores symlinks on NTFS".

use crate::text::units;

pub type Units = Vec<u16>;

/// Where a path begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// The directory that the link is in.
    Link,
    /// The root of the volume that the link is on.
    Root,
    /// The root of the volume with this letter, upper case.
    Drive(char),
    /// The root of the volume with this GUID, lower case.
    Volume(String),
    /// Another machine: the first components are the server and the share.
    Share,
}

/// Where a link leads by its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Components as they stand, `.` and `..` among them.
    Path(Start, Vec<Units>),
    /// An object that is no file: the text.
    Device(Units),
    /// A place of another system, as documents name it after `external:`.
    Elsewhere(Units),
    /// Nothing that can be opened: the note that says why, and what its writer meant if that is clear.
    Malformed(Option<&'static str>, Option<Box<Target>>),
}

const BACKSLASH: u16 = b'\\' as u16;
const SLASH: u16 = b'/' as u16;

/// The directory of drive letters, as the object manager knows it.
const DEVICE_DIRECTORIES: [&str; 3] = [r"\??\", r"\DosDevices\", r"\GLOBAL??\"];
/// The spellings of Win32, which mean nothing in a reparse point.
const WIN32_PREFIXES: [&str; 2] = [r"\\?\", r"\\.\"];
/// How devices begin that are in the directory of drive letters and are no drives.
const DEVICES: [&str; 16] = [
    "GLOBALROOT",
    "GLOBAL",
    "BootPartition",
    "PhysicalDrive",
    "Harddisk",
    "HarddiskVolumeShadowCopy",
    "CdRom",
    "Tape",
    "pipe",
    "mailslot",
    "NUL",
    "CON",
    "PRN",
    "AUX",
    "COM",
    "LPT",
];

// Windows -------------------------------------------------------------------------------------------------------------

/// The substitute name of a link; junctions are never marked relative.
pub fn windows_target(text: &[u16], is_marked_relative: bool) -> Target {
    match is_marked_relative {
        _ if text.is_empty() || text.contains(&0) => Target::Malformed(None, None),
        true => marked_relative(text),
        false => absolute(text),
    }
}

fn marked_relative(text: &[u16]) -> Target {
    if after_any(text, &DEVICE_DIRECTORIES).is_some() {
        return refused(None, absolute(text));
    }
    if let Some((letter, rest)) = drive_letter(text) {
        return refused(None, on_volume(Start::Drive(letter), rest));
    }
    match after(text, r"\").or_else(|| after(text, "/")) {
        Some(rest) => path(Start::Root, rest),
        None => path(Start::Link, text),
    }
}

fn absolute(text: &[u16]) -> Target {
    if let Some(rest) = after_any(text, &DEVICE_DIRECTORIES) {
        return below_device_directory(text, rest);
    }
    if let Some(rest) = after_any(text, &WIN32_PREFIXES) {
        return refused(None, below_device_directory(text, rest));
    }
    if let Some((letter, rest)) = drive_letter(text) {
        return refused(None, on_volume(Start::Drive(letter), rest));
    }
    if let Some(rest) = after(text, r"\\") {
        return refused(None, share(rest));
    }
    match text[0] {
        BACKSLASH => Target::Device(text.to_vec()),
        SLASH => refused(Some("forward-slash"), Target::Path(Start::Root, meant_names(text))),
        _ => refused(None, Target::Path(Start::Link, meant_names(text))),
    }
}

/// What follows `\??\`.
fn below_device_directory(text: &[u16], rest: &[u16]) -> Target {
    if let Some((letter, below)) = drive_letter(rest) {
        return on_volume(Start::Drive(letter), below);
    }
    if let Some((guid, below)) = volume_guid(rest) {
        return on_volume(Start::Volume(guid), below);
    }
    if let Some(below) = after(rest, r"UNC\") {
        return share(below);
    }
    if let Some(below) = after_any(rest, &WIN32_PREFIXES) {
        return refused(None, below_device_directory(text, below));
    }
    if after_any(rest, &DEVICES).is_some() {
        return Target::Device(text.to_vec());
    }
    let start = if rest.first() == Some(&BACKSLASH) { Start::Root } else { Start::Link };
    refused(Some("linux-ntfs3"), Target::Path(start, meant_names(rest)))
}

/// What follows the name of a volume. Without a separator that is the device, and not its root.
fn on_volume(start: Start, rest: &[u16]) -> Target {
    match rest.first() {
        None => refused(None, Target::Path(start, Vec::new())),
        Some(&BACKSLASH) => path(start, &rest[1..]),
        Some(&SLASH) => refused(Some("forward-slash"), Target::Path(start, meant_names(rest))),
        Some(_) => Target::Malformed(None, None),
    }
}

fn share(rest: &[u16]) -> Target {
    match path(Start::Share, rest) {
        Target::Path(_, names) if names.len() < 2 => Target::Malformed(None, None),
        target => target,
    }
}

/// Components between backslashes, one of which may stand at the end.
fn path(start: Start, text: &[u16]) -> Target {
    if text.contains(&SLASH) {
        return refused(Some("forward-slash"), Target::Path(start, meant_names(text)));
    }
    let text = text.strip_suffix(&[BACKSLASH]).unwrap_or(text);
    if text.is_empty() {
        return Target::Path(start, Vec::new());
    }
    let names: Vec<Units> = text.split(|unit| *unit == BACKSLASH).map(<[u16]>::to_vec).collect();
    let is_refused = |name: &Units| name.is_empty() || name.iter().any(|unit| *unit < 0x20 || is_wildcard(*unit));
    if names.iter().any(is_refused) { Target::Malformed(None, None) } else { Target::Path(start, names) }
}

fn is_wildcard(unit: u16) -> bool {
    units("\"*<>?|").contains(&unit)
}

/// The components that a writer meant who took `/` for a separator, and did not care how many.
fn meant_names(text: &[u16]) -> Vec<Units> {
    let names = text.split(|unit| [SLASH, BACKSLASH].contains(unit));
    names.filter(|name| !name.is_empty()).map(<[u16]>::to_vec).collect()
}

fn refused(note: Option<&'static str>, meant: Target) -> Target {
    match meant {
        Target::Malformed(_, meant) => Target::Malformed(note, meant),
        meant => Target::Malformed(note, Some(Box::new(meant))),
    }
}

fn drive_letter(text: &[u16]) -> Option<(char, &[u16])> {
    let letter = char::from_u32((*text.first()?).into()).filter(char::is_ascii_alphabetic)?;
    Some((letter.to_ascii_uppercase(), after(&text[1..], ":")?))
}

fn volume_guid(text: &[u16]) -> Option<(String, &[u16])> {
    let rest = after(text, "Volume{")?;
    let guid = String::from_utf16_lossy(rest.get(..36)?).to_ascii_lowercase();
    let groups: Vec<&str> = guid.split('-').collect();
    let is_guid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit());
    let rest = after(&rest[36..], "}").filter(|_| is_guid)?;
    Some((guid, rest))
}

/// What follows an ASCII prefix, in any case.
fn after<'t>(text: &'t [u16], prefix: &str) -> Option<&'t [u16]> {
    let start = text.get(..prefix.len())?;
    let is_prefix = String::from_utf16_lossy(start).eq_ignore_ascii_case(prefix);
    is_prefix.then(|| &text[prefix.len()..])
}

fn after_any<'t>(text: &'t [u16], prefixes: &[&str]) -> Option<&'t [u16]> {
    prefixes.iter().find_map(|prefix| after(text, prefix))
}

/// The path of a program as Win32 takes it: absolute, with either separator, and dots cancel out.
pub fn win32_target(text: &[u16]) -> Target {
    let text: Units = text.iter().map(|unit| if *unit == SLASH { BACKSLASH } else { *unit }).collect();
    match drive_letter(&text) {
        Some((letter, rest)) if rest.first() == Some(&BACKSLASH) => {
            Target::Path(Start::Drive(letter), collapsed(&meant_names(rest)).1)
        }
        _ => Target::Malformed(None, None),
    }
}

/// Applies `.` and `..` to the text: how many `..` are left over at its start, and the names after them.
pub fn collapsed(names: &[Units]) -> (usize, Vec<Units>) {
    let mut climbs = 0;
    let mut left: Vec<Units> = Vec::new();
    for name in names {
        if *name == units("..") {
            if left.pop().is_none() {
                climbs += 1;
            }
        } else if *name != units(".") {
            left.push(name.clone());
        }
    }
    (climbs, left)
}

// Other systems -------------------------------------------------------------------------------------------------------

/// The target of a link of `wsl`, `nfs`, `cygwin` or `interix`.
pub fn posix_target(system: &str, text: &[u16]) -> Target {
    let names = text.split(|unit| *unit == SLASH).filter(|name| !name.is_empty() && *name != units("."));
    let names: Vec<Units> = names.map(<[u16]>::to_vec).collect();
    match text.first() {
        None => return Target::Malformed(None, None),
        Some(&SLASH) => {}
        Some(_) => return Target::Path(Start::Link, names),
    }
    if system == "interix" {
        return Target::Path(Start::Root, names);
    }
    if let [mount, drive, rest @ ..] = &names[..]
        && [units("mnt"), units("cygdrive")].contains(mount)
        && let Some((letter, [])) = drive_letter(&[&drive[..], &units(":")].concat())
    {
        return Target::Path(Start::Drive(letter), rest.to_vec());
    }
    Target::Elsewhere([&units(&format!("{system}:")), text].concat())
}
