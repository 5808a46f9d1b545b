//! The grammar of a POSIX link's target: WSL, Server for NFS, Interix and Cygwin.
//!
//! Source: reference B.6, B.8 and F; WSL "Mount options" (`/mnt/c`), Cygwin "The cygdrive path prefix".

use crate::components::{Components, NO_NAMES};

/// Where the text of a POSIX link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PosixTarget {
    /// From the directory that the link is in.
    Relative(Components),
    /// From the root of the volume that the link is on.
    VolumeRoot(Components),
    /// From the root of a drive, by its upper-case letter.
    Drive(u8, Components),
    /// Into a tree that is not this volume's: whose, and the text.
    Elsewhere(&'static str, Vec<u16>),
    /// There is none.
    Empty,
}

const SLASH: u16 = b'/' as u16;

impl PosixTarget {
    /// A link of WSL: `/mnt/c` is drive C where nobody configured it otherwise.
    pub fn of_wsl(text: &[u16]) -> PosixTarget {
        with_drives("wsl", text)
    }

    /// A link of Server for NFS.
    pub fn of_nfs(text: &[u16]) -> PosixTarget {
        with_drives("nfs", text)
    }

    /// A link of Cygwin: `/cygdrive/c` is drive C.
    pub fn of_cygwin(text: &[u16]) -> PosixTarget {
        with_drives("cygwin", text)
    }

    /// A link of Interix or ntfs-3g, whose root is that of the volume.
    pub fn of_interix(text: &[u16]) -> PosixTarget {
        match text {
            [] => PosixTarget::Empty,
            [SLASH, below @ ..] => PosixTarget::VolumeRoot(components(below)),
            text => PosixTarget::Relative(components(text)),
        }
    }
}

impl PosixTarget {
    /// The names of the path.
    pub(crate) fn names(&self) -> &Components {
        match self {
            PosixTarget::Relative(names) | PosixTarget::VolumeRoot(names) | PosixTarget::Drive(_, names) => names,
            PosixTarget::Elsewhere(..) | PosixTarget::Empty => &NO_NAMES,
        }
    }
}

fn with_drives(system: &'static str, text: &[u16]) -> PosixTarget {
    match text {
        [] => PosixTarget::Empty,
        [SLASH, below @ ..] => {
            let names = components(below);
            match drive_and_rest(&names) {
                Some((letter, rest)) => PosixTarget::Drive(letter, rest),
                None => PosixTarget::Elsewhere(system, text.to_vec()),
            }
        }
        text => PosixTarget::Relative(components(text)),
    }
}

/// The drive of `/mnt/c/…` and `/cygdrive/c/…`, and what follows.
fn drive_and_rest(names: &Components) -> Option<(u8, Components)> {
    let mut names = names.iter();
    let prefix = names.next()?;
    let is_prefix = ["mnt", "cygdrive"].iter().any(|known| prefix.iter().copied().eq(known.encode_utf16()));
    let [letter] = names.next().filter(|_| is_prefix)? else { return None };
    let letter = u8::try_from(*letter).ok().filter(u8::is_ascii_alphabetic)?;
    Some((letter.to_ascii_uppercase(), names.collect()))
}

/// The names between slashes. Empty ones and `.` say nothing.
fn components(text: &[u16]) -> Components {
    let names = text.split(|&unit| unit == SLASH).filter(|name| !name.is_empty() && *name != [u16::from(b'.')]);
    names.collect()
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

    #[test]
    fn drives_are_below_mnt_and_cygdrive() {
        for of in [PosixTarget::of_wsl, PosixTarget::of_nfs, PosixTarget::of_cygwin] {
            assert_eq!(of(&units("/mnt/c/a//b/./..")), PosixTarget::Drive(b'C', names(&["a", "b", ".."])));
            assert_eq!(of(&units("/cygdrive/X")), PosixTarget::Drive(b'X', names(&[])));
        }
    }

    #[test]
    fn other_absolute_paths_lead_elsewhere() {
        for text in ["/home/x", "/mnt", "/mnt/cd", "/mnt/1/x", "/"] {
            assert_eq!(PosixTarget::of_wsl(&units(text)), PosixTarget::Elsewhere("wsl", units(text)), "{text}");
        }
        assert_eq!(PosixTarget::of_interix(&units("/home/x")), PosixTarget::VolumeRoot(names(&["home", "x"])));
        assert_eq!(PosixTarget::of_interix(&units("/mnt/c")), PosixTarget::VolumeRoot(names(&["mnt", "c"])));
    }

    #[test]
    fn the_rest_is_relative_but_nothing_is_nothing() {
        assert_eq!(PosixTarget::of_cygwin(&units("../a")), PosixTarget::Relative(names(&["..", "a"])));
        assert_eq!(PosixTarget::of_interix(&units("a/")), PosixTarget::Relative(names(&["a"])));
        assert_eq!(PosixTarget::of_wsl(&units(".")), PosixTarget::Relative(names(&[])));
        assert_eq!(PosixTarget::of_nfs(&[]), PosixTarget::Empty);
    }
}
