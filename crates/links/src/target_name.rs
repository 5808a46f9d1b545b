//! The grammar of a Windows link's target: what its text says, before anything is looked up.
//!
//! After a reparse there is no Win32 normalisation: the text is taken as it is, as that of a `\\?\` path. Only `\` parts
//! components, `/` is a character that no name has, and trailing dots and spaces count.
//!
//! Source: Microsoft MS-FSCC 2.1.2.4 and 2.1.2.5, Win32 "Naming Files, Paths, and Namespaces"; reference C.2 and C.3.

use format::Guid;

use crate::components::{Components, NO_NAMES};

/// Where the text of a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TargetName {
    /// In the place of the link: so many directories up from the one that the link is in, then down.
    Relative {
        /// How many `..` are left once each has cancelled the name before it, whatever that is.
        up: usize,
        /// What follows them, without `.` and `..`.
        names: Components,
    },
    /// From the root of the volume that the link is on.
    Rooted(Components),
    /// From the root of a volume.
    Absolute(Root, Components),
    /// On another machine: server, share, and what follows.
    Remote(Components),
    /// A device or another object that is no file: the text.
    Device(Vec<u16>),
    /// What Windows refuses, and what its writer meant if that is clear.
    Malformed(Mistake, Option<Box<TargetName>>),
}

/// The volume that an absolute target names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Root {
    /// A drive letter, upper case.
    Drive(u8),
    /// A volume GUID.
    Volume(Guid),
}

/// What is wrong with a target. The first thing found counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake {
    /// There is none.
    Empty,
    /// It has a NUL.
    Nul,
    /// It has an empty component: `\\` in the middle.
    EmptyComponent,
    /// It has a character that no name has: `"*<>?|` or a control.
    Character,
    /// It has `/`, which Windows takes for a character (error 123).
    ForwardSlash,
    /// It is absolute and does not begin as the object manager wants it.
    NoPrefix,
    /// It has the prefix of absolute targets and is marked relative.
    RelativeFlag,
    /// A Unix path behind the prefix of absolute targets, as the Linux driver ntfs3 writes it up to 6.16.
    LinuxNtfs3,
    /// `\??\C:` without a final separator: the device, and not its root.
    NoRoot,
    /// It is absolute and has `.` or `..`, or it leads above the root. What stands behind a volume's name is looked up as
    /// it is, and nothing has such a name.
    DotComponent,
    /// It is a junction's, and the junction is not a directory.
    NotADirectory,
}

const SEPARATOR: u16 = b'\\' as u16;
const SLASH: u16 = b'/' as u16;

/// The prefixes of the object manager that stand for the caller's drive letters; the first is the usual one.
const DEVICE_DIRECTORIES: [&str; 3] = [r"\??\", r"\DosDevices\", r"\GLOBAL??\"];
/// What Win32 has in its place, which means nothing in a reparse point (AlphaFS #516).
const WIN32_PREFIXES: [&str; 2] = [r"\\?\", r"\\.\"];
/// Names in the directory of drive letters that are no drives, or begin with one.
const DEVICE_NAMES: [&str; 16] = [
    "GLOBALROOT",
    "GLOBAL",
    "BootPartition",
    "PhysicalDrive",
    "Harddisk",
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
    "HarddiskVolumeShadowCopy",
];

impl TargetName {
    /// Reads the substitute name of a symbolic link, which has a flag for relative targets.
    pub fn of_symlink(text: &[u16], relative: bool) -> TargetName {
        if let Some(mistake) = mistake_of_text(text) {
            return TargetName::Malformed(mistake, None);
        }
        if relative { relative_target(text) } else { absolute_target(text) }
    }

    /// Reads the substitute name of a junction or a volume mount point, which is always absolute.
    pub fn of_mount_point(text: &[u16]) -> TargetName {
        match mistake_of_text(text) {
            Some(mistake) => TargetName::Malformed(mistake, None),
            None => absolute_target(text),
        }
    }

    /// Reads the program of an app execution link, which is a path as programs give it to Win32: `/` separates too, and
    /// nothing is above the root.
    pub fn of_program(text: &[u16]) -> TargetName {
        if let Some(mistake) = mistake_of_text(text) {
            return TargetName::Malformed(mistake, None);
        }
        match drive_and_rest(text) {
            Some((letter, [SEPARATOR | SLASH, below @ ..])) => {
                let root = Root::Drive(letter);
                unix_target(below, |names| TargetName::Absolute(root, collapsed(names).1))
            }
            _ => TargetName::Malformed(Mistake::NoPrefix, None),
        }
    }

    /// The names of the path, or of the one that was meant.
    pub(crate) fn names(&self) -> &Components {
        match self {
            TargetName::Relative { names, .. }
            | TargetName::Rooted(names)
            | TargetName::Absolute(_, names)
            | TargetName::Remote(names) => names,
            TargetName::Device(_) | TargetName::Malformed(_, None) => &NO_NAMES,
            TargetName::Malformed(_, Some(meant)) => meant.names(),
        }
    }

    /// The same target, on a link that Windows refuses for another reason than its text.
    pub(crate) fn refused(self, mistake: Mistake) -> TargetName {
        match self {
            malformed @ TargetName::Malformed(..) => malformed,
            target => TargetName::Malformed(mistake, Some(Box::new(target))),
        }
    }
}

fn mistake_of_text(text: &[u16]) -> Option<Mistake> {
    match text {
        [] => Some(Mistake::Empty),
        text if text.contains(&0) => Some(Mistake::Nul),
        _ => None,
    }
}

/// A target that is marked relative: from the link's directory, or from the root of its volume.
fn relative_target(text: &[u16]) -> TargetName {
    if DEVICE_DIRECTORIES.iter().any(|prefix| after(text, prefix).is_some()) {
        return TargetName::Malformed(Mistake::RelativeFlag, candidate(absolute_target(text)));
    }
    if drive_and_rest(text).is_some() {
        return TargetName::Malformed(Mistake::RelativeFlag, candidate(drive_target(text)));
    }
    match text {
        [SEPARATOR | SLASH, rest @ ..] => with_components(text, rest, rooted),
        text => with_components(text, text, relative),
    }
}

/// A target that is not marked relative: a path of the object manager.
fn absolute_target(text: &[u16]) -> TargetName {
    if let Some(rest) = DEVICE_DIRECTORIES.iter().find_map(|prefix| after(text, prefix)) {
        return below_device_directory(text, rest);
    }
    if let Some(rest) = WIN32_PREFIXES.iter().find_map(|prefix| after(text, prefix)) {
        return TargetName::Malformed(Mistake::NoPrefix, candidate(below_device_directory(text, rest)));
    }
    if drive_and_rest(text).is_some() {
        return TargetName::Malformed(Mistake::NoPrefix, candidate(drive_target(text)));
    }
    if let Some(rest) = after(text, r"\\") {
        return TargetName::Malformed(Mistake::NoPrefix, candidate(remote_target(text, rest)));
    }
    match text {
        [SEPARATOR, ..] => TargetName::Device(text.to_vec()),
        [SLASH, rest @ ..] => TargetName::Malformed(Mistake::ForwardSlash, candidate(unix_target(rest, rooted))),
        _ => TargetName::Malformed(Mistake::NoPrefix, candidate(unix_target(text, relative))),
    }
}

/// What follows `\??\`: a drive, a volume, another machine, or a device.
fn below_device_directory(text: &[u16], rest: &[u16]) -> TargetName {
    if drive_and_rest(rest).is_some() {
        return drive_target(rest);
    }
    if let Some((guid, below)) = volume_and_rest(rest) {
        return rooted_at(Root::Volume(guid), below, text);
    }
    if let Some(below) = after(rest, r"UNC\") {
        return remote_target(text, below);
    }
    if let Some(again) = WIN32_PREFIXES.iter().find_map(|prefix| after(rest, prefix)) {
        return TargetName::Malformed(Mistake::NoPrefix, candidate(below_device_directory(text, again)));
    }
    if DEVICE_NAMES.iter().any(|name| after(rest, name).is_some()) {
        return TargetName::Device(text.to_vec());
    }
    let meant = match after(rest, r"\") {
        Some(below) => unix_target(below, rooted),
        None => unix_target(rest, relative),
    };
    TargetName::Malformed(Mistake::LinuxNtfs3, candidate(meant))
}

/// `C:\x`, which begins with its letter.
fn drive_target(text: &[u16]) -> TargetName {
    match drive_and_rest(text) {
        Some((letter, rest)) => rooted_at(Root::Drive(letter), rest, text),
        None => TargetName::Malformed(Mistake::NoPrefix, None),
    }
}

/// What follows the name of a volume: nothing, which is the device itself, or a path from its root.
fn rooted_at(root: Root, rest: &[u16], text: &[u16]) -> TargetName {
    match rest {
        [] => TargetName::Malformed(Mistake::NoRoot, candidate(TargetName::Absolute(root, Components::default()))),
        [SEPARATOR, below @ ..] => with_components(text, below, |names| absolute(root, names)),
        [SLASH, below @ ..] => {
            let meant = unix_target(below, |names| absolute(root, names));
            TargetName::Malformed(Mistake::ForwardSlash, candidate(meant))
        }
        _ => TargetName::Malformed(Mistake::NoPrefix, None),
    }
}

/// Names from the link's directory, each `..` having cancelled the name before it: the text counts, not what is there.
fn relative(names: Components) -> TargetName {
    let (up, names) = collapsed(names);
    TargetName::Relative { up, names }
}

/// Names from the root of the link's volume.
fn rooted(names: Components) -> TargetName {
    match collapsed(names) {
        (0, names) => TargetName::Rooted(names),
        _ => TargetName::Malformed(Mistake::DotComponent, None),
    }
}

/// Names from the root of a volume, among which dots are a mistake.
fn absolute(root: Root, names: Components) -> TargetName {
    if !names.iter().any(|name| is_dot(name) || is_dot_dot(name)) {
        return TargetName::Absolute(root, names);
    }
    let meant = match collapsed(names) {
        (0, names) => Some(Box::new(TargetName::Absolute(root, names))),
        _ => None,
    };
    TargetName::Malformed(Mistake::DotComponent, meant)
}

/// Names without `.` and `..`, and how many `..` nothing before them was left for.
pub(crate) fn collapsed(names: Components) -> (usize, Components) {
    if !names.iter().any(|name| is_dot(name) || is_dot_dot(name)) {
        return (0, names);
    }
    let (mut up, mut kept) = (0, Components::with_room_for(names.len(), names.units()));
    for name in names.iter() {
        if is_dot_dot(name) {
            up += usize::from(!kept.pop());
        } else if !is_dot(name) {
            kept.push(name);
        }
    }
    (up, kept)
}

fn is_dot(name: &[u16]) -> bool {
    name == [u16::from(b'.')]
}

pub(crate) fn is_dot_dot(name: &[u16]) -> bool {
    name == [u16::from(b'.'); 2]
}

/// Whether a name between separators ends in a dot or a space: `.` and `..` are no names.
pub(crate) fn has_trailing_dot_or_space(text: &[u16]) -> bool {
    let is_dot_or_space = |unit: u16| unit == u16::from(b'.') || unit == u16::from(b' ');
    let ends_so = |name: &[u16]| name.last().is_some_and(|unit| is_dot_or_space(*unit));
    // Few texts have one in front of a separator, which is found out many units at a time.
    let pairs = text.iter().zip(text.iter().skip(1));
    let may_end_so = pairs.fold(false, |found, (one, two)| found | (is_dot_or_space(*one) & (*two == SEPARATOR)));
    (may_end_so || ends_so(text))
        && text.split(|&unit| unit == SEPARATOR).any(|name| ends_so(name) && !is_dot(name) && !is_dot_dot(name))
}

/// What follows `\??\UNC\`: at least a server and a share.
fn remote_target(text: &[u16], rest: &[u16]) -> TargetName {
    match with_components(text, rest, TargetName::Remote) {
        TargetName::Remote(names) if names.len() < 2 => TargetName::Malformed(Mistake::EmptyComponent, None),
        target => target,
    }
}

/// A path whose separators are slashes, as its writer meant it.
fn unix_target(text: &[u16], make: impl FnOnce(Components) -> TargetName) -> TargetName {
    let names = text.split(|&unit| unit == SEPARATOR || unit == SLASH).filter(|name| !name.is_empty());
    make(names.collect())
}

/// The names of `path`, or what is wrong with one of them. A single separator may stand at the end.
fn with_components(text: &[u16], path: &[u16], make: impl FnOnce(Components) -> TargetName) -> TargetName {
    if text.contains(&SLASH) {
        return TargetName::Malformed(Mistake::ForwardSlash, candidate(unix_target(path, make)));
    }
    let path = path.strip_suffix(&[SEPARATOR]).unwrap_or(path);
    if path.is_empty() {
        return make(Components::default());
    }
    let separators = path.iter().filter(|unit| **unit == SEPARATOR).count();
    let mut names = Components::with_room_for(separators + 1, path.len() - separators);
    names.extend(path.split(|&unit| unit == SEPARATOR));
    if names.iter().any(<[u16]>::is_empty) {
        return TargetName::Malformed(Mistake::EmptyComponent, None);
    }
    // To the end, without a way out, so that it is done many units at a time.
    if path.iter().fold(false, |found, unit| found | is_forbidden(*unit)) {
        return TargetName::Malformed(Mistake::Character, None);
    }
    make(names)
}

/// Characters that Windows lets no name have; `:` ends a name and begins a stream.
fn is_forbidden(unit: u16) -> bool {
    const FORBIDDEN: [u8; 6] = [b'"', b'*', b'<', b'>', b'?', b'|'];
    FORBIDDEN.iter().fold(unit < 0x20, |found, forbidden| found | (unit == u16::from(*forbidden)))
}

/// What was meant, unless that is malformed too.
fn candidate(target: TargetName) -> Option<Box<TargetName>> {
    match target {
        TargetName::Malformed(_, inner) => inner,
        target => Some(Box::new(target)),
    }
}

/// The upper-case letter of `C:`, and what follows.
fn drive_and_rest(text: &[u16]) -> Option<(u8, &[u16])> {
    let [letter, colon, rest @ ..] = text else { return None };
    let letter = u8::try_from(*letter).ok().filter(u8::is_ascii_alphabetic)?;
    (*colon == u16::from(b':')).then_some((letter.to_ascii_uppercase(), rest))
}

/// The GUID of `Volume{…}`, and what follows.
fn volume_and_rest(text: &[u16]) -> Option<(Guid, &[u16])> {
    let rest = after(text, "Volume{")?;
    let end = rest.iter().position(|&unit| unit == u16::from(b'}'))?;
    let (guid, rest) = rest.split_at_checked(end)?;
    Some((Guid::parse(&String::from_utf16(guid).ok()?)?, rest.get(1..)?))
}

/// What follows an ASCII prefix, in any case.
fn after<'t>(text: &'t [u16], prefix: &str) -> Option<&'t [u16]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    let same = |(&unit, byte): (&u16, u8)| u8::try_from(unit).is_ok_and(|unit| unit.eq_ignore_ascii_case(&byte));
    start.iter().zip(prefix.bytes()).all(same).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn names(names: &[&str]) -> Components {
        names.iter().map(|name| units(name)).collect()
    }

    fn drive(letter: u8, below: &[&str]) -> TargetName {
        TargetName::Absolute(Root::Drive(letter), names(below))
    }

    fn relative_to(up: usize, below: &[&str]) -> TargetName {
        TargetName::Relative { up, names: names(below) }
    }

    fn malformed(mistake: Mistake, meant: TargetName) -> TargetName {
        TargetName::Malformed(mistake, Some(Box::new(meant)))
    }

    fn check_absolute(text: &str, expected: &TargetName) {
        assert_eq!(&TargetName::of_mount_point(&units(text)), expected, "{text}");
        assert_eq!(&TargetName::of_symlink(&units(text), false), expected, "{text}");
    }

    fn check_relative(text: &str, expected: &TargetName) {
        assert_eq!(&TargetName::of_symlink(&units(text), true), expected, "{text}");
    }

    const GUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    /// Reference C.2, the forms that Windows makes.
    #[test]
    fn absolute_targets_name_a_drive_a_volume_a_share_or_a_device() {
        check_absolute(r"\??\C:\dir\x", &drive(b'C', &["dir", "x"]));
        check_absolute(r"\??\c:\dir\", &drive(b'C', &["dir"]));
        check_absolute(r"\??\C:\", &drive(b'C', &[]));
        check_absolute(r"\DosDevices\C:\x", &drive(b'C', &["x"]));
        check_absolute(r"\GLOBAL??\C:\x", &drive(b'C', &["x"]));
        let volume = Root::Volume(Guid::parse(GUID).unwrap());
        check_absolute(&format!(r"\??\Volume{{{GUID}}}\"), &TargetName::Absolute(volume, names(&[])));
        check_absolute(&format!(r"\??\volume{{{GUID}}}\x"), &TargetName::Absolute(volume, names(&["x"])));
        check_absolute(r"\??\UNC\server\share\x", &TargetName::Remote(names(&["server", "share", "x"])));
        for device in [
            r"\Device\HarddiskVolume3\x",
            r"\??\GLOBALROOT\Device\HarddiskVolume3",
            r"\??\PhysicalDrive0",
            r"\RPC Control\x",
            r"\ContainerMappedDirectories\{01234567-89ab-cdef-0123-456789abcdef}",
        ] {
            check_absolute(device, &TargetName::Device(units(device)));
        }
    }

    /// Reference C.2 and C.3: names are as they stand, trailing dots among them; reference C.4: `..` is textual.
    #[test]
    fn relative_targets_count_from_the_link_or_from_the_root() {
        check_relative(r"..\x", &relative_to(1, &["x"]));
        check_relative(".", &relative_to(0, &[]));
        check_relative(r"x\y\", &relative_to(0, &["x", "y"]));
        check_relative(r"foo. \bar", &relative_to(0, &["foo. ", "bar"]));
        check_relative("file:stream", &relative_to(0, &["file:stream"]));
        check_relative(r"a\..\..\.\b\..\c", &relative_to(1, &["c"]));
        check_relative(r"\x\y", &TargetName::Rooted(names(&["x", "y"])));
        check_relative(r"\", &TargetName::Rooted(names(&[])));
    }

    /// Reference C.2 "mis-made", C.3 and F: what no open follows, with what its writer meant.
    #[test]
    fn what_windows_refuses_says_what_was_meant() {
        check_absolute(r"C:\dir", &malformed(Mistake::NoPrefix, drive(b'C', &["dir"])));
        check_absolute(r"\\?\C:\x", &malformed(Mistake::NoPrefix, drive(b'C', &["x"])));
        check_absolute(r"\??\\\?\C:\x", &malformed(Mistake::NoPrefix, drive(b'C', &["x"])));
        check_absolute(
            r"\\server\share",
            &malformed(Mistake::NoPrefix, TargetName::Remote(names(&["server", "share"]))),
        );
        check_absolute(r"\??\C:/x", &malformed(Mistake::ForwardSlash, drive(b'C', &["x"])));
        check_absolute(r"\??\C:\a/b", &malformed(Mistake::ForwardSlash, drive(b'C', &["a", "b"])));
        check_absolute(r"\??\C:", &malformed(Mistake::NoRoot, drive(b'C', &[])));
        check_absolute("/x/y", &malformed(Mistake::ForwardSlash, TargetName::Rooted(names(&["x", "y"]))));
        check_relative("/x/y", &malformed(Mistake::ForwardSlash, TargetName::Rooted(names(&["x", "y"]))));
        check_relative("t/f", &malformed(Mistake::ForwardSlash, relative_to(0, &["t", "f"])));
        check_relative(r"\??\C:\x", &malformed(Mistake::RelativeFlag, drive(b'C', &["x"])));
        check_relative(r"C:\x", &malformed(Mistake::RelativeFlag, drive(b'C', &["x"])));
    }

    /// Reference C.3: no name is `.` or `..`, and nothing is above the root.
    #[test]
    fn dots_behind_the_name_of_a_volume_are_a_mistake() {
        check_absolute(r"\??\C:\a\..\b", &malformed(Mistake::DotComponent, drive(b'C', &["b"])));
        check_absolute(r"\??\C:\.", &malformed(Mistake::DotComponent, drive(b'C', &[])));
        check_absolute(r"\??\C:\..", &TargetName::Malformed(Mistake::DotComponent, None));
        check_relative(r"\a\..\b", &TargetName::Rooted(names(&["b"])));
        check_relative(r"\..\b", &TargetName::Malformed(Mistake::DotComponent, None));
    }

    #[test]
    fn the_program_of_an_app_execution_link_is_a_win32_path() {
        let check =
            |text: &str, expected: TargetName| assert_eq!(TargetName::of_program(&units(text)), expected, "{text}");
        check(r"c:\Program Files/a.exe", drive(b'C', &["Program Files", "a.exe"]));
        check(r"C:\a\..\b.exe", drive(b'C', &["b.exe"]));
        check("a.exe", TargetName::Malformed(Mistake::NoPrefix, None));
    }

    /// Reference F: the Linux driver ntfs3 up to 6.16 puts its prefix before any target.
    #[test]
    fn unix_paths_of_the_linux_driver_are_told_apart() {
        check_absolute(r"\??\..\x", &malformed(Mistake::LinuxNtfs3, relative_to(1, &["x"])));
        check_absolute(r"\??\\home\x", &malformed(Mistake::LinuxNtfs3, TargetName::Rooted(names(&["home", "x"]))));
    }

    #[test]
    fn what_means_nothing_means_nothing() {
        let nothing = |mistake| TargetName::Malformed(mistake, None);
        check_absolute("", &nothing(Mistake::Empty));
        check_absolute("\\??\\C:\\x\0y", &nothing(Mistake::Nul));
        check_absolute(r"\??\C:\a\\b", &nothing(Mistake::EmptyComponent));
        check_absolute(r"\??\C:\a*b", &nothing(Mistake::Character));
        check_absolute(r"\??\C:x", &nothing(Mistake::NoPrefix));
        check_absolute(r"\??\UNC\server", &nothing(Mistake::EmptyComponent));
        check_relative(r"a\\b", &nothing(Mistake::EmptyComponent));
        check_relative(r"\\b", &nothing(Mistake::EmptyComponent));
    }

    #[test]
    fn no_text_is_too_much() {
        let alphabet = units("\\\\??C:/.{}Vu\u{D7FF}");
        let mut state = 1_u64;
        for length in 0..60 {
            for _ in 0..200 {
                let text: Vec<u16> = (0..length)
                    .map(|_| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        alphabet[(state >> 33) as usize % alphabet.len()]
                    })
                    .collect();
                TargetName::of_mount_point(&text);
                TargetName::of_symlink(&text, true);
            }
        }
    }
}
