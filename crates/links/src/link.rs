//! What a link file says: which kind of link it is, and where its text leads.

use format::{ForeignLink, ForeignTarget, NfsObject, ReparseData, ReparsePoint, TagFamily, Utf16};

use crate::components::{Components, NO_NAMES};
use crate::files::File;
use crate::posix_target::PosixTarget;
use crate::reparse_type::{LinkType, ReparseType};
use crate::target_name::{Mistake, TargetName, has_trailing_dot_or_space};

/// A link, before anything is looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Which kind.
    pub link_type: LinkType,
    /// Where its text leads.
    pub target: LinkTarget,
    /// Whether its text is a path of Windows with a name that ends in a dot or a space.
    pub has_trailing_dot_or_space: bool,
}

/// Where the text of a link leads, in the terms of the system that wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkTarget {
    /// By the rules of Windows.
    Windows(TargetName),
    /// By those of POSIX.
    Posix(PosixTarget),
    /// Into a container layer, in a form that nobody documents.
    Layer,
}

impl Link {
    /// The link that a file is, if it is one.
    pub fn of(file: &File<'_>) -> Option<Link> {
        if let Some(point) = file.reparse_point() {
            return link_of_reparse_point(&point, file.is_directory());
        }
        match file.foreign_link().filter(|_| !file.is_reparse_point())? {
            ForeignLink::InterixSymlink(target) => {
                Some(posix(LinkType::InterixSymlink, PosixTarget::of_interix(&units(target))))
            }
            ForeignLink::CygwinSymlink(ForeignTarget::Utf16(target)) => {
                Some(posix(LinkType::CygwinSymlink, PosixTarget::of_cygwin(&units(target))))
            }
            ForeignLink::CygwinSymlink(ForeignTarget::Bytes(target)) => {
                Some(posix(LinkType::CygwinSymlink, PosixTarget::of_cygwin(&byte_units(target))))
            }
            ForeignLink::InterixCharacter(_) | ForeignLink::InterixBlock(_) => None,
        }
    }
}

impl LinkTarget {
    /// Every name that following the link may look up.
    pub(crate) fn names(&self) -> &Components {
        match self {
            LinkTarget::Windows(target) => target.names(),
            LinkTarget::Posix(target) => target.names(),
            LinkTarget::Layer => &NO_NAMES,
        }
    }
}

/// What becomes of a path that has a file as one of its components.
#[derive(Clone, Copy)]
pub(crate) enum Crossing<'l> {
    /// It goes on in the file itself.
    Ordinary,
    /// It goes on where the link leads.
    Followed(&'l Link),
    /// It ends here: nothing but a program made for it follows such a file.
    Blocked,
}

/// Whether Windows follows such links where they are on a path.
pub(crate) fn is_followed_by_windows(link_type: LinkType) -> bool {
    matches!(link_type, LinkType::Junction | LinkType::MountPoint | LinkType::Symlink)
}

/// Whether a reparse point that is no link ends a path: what stands for another entity does (the bit that Windows' own
/// tools go by), and what WSL and Server for NFS keep. Cloud files, compressed ones and the like are ordinary.
pub(crate) fn is_blocking(point: &ReparsePoint<'_>) -> bool {
    let family = point.tag.known().map_or(TagFamily::Other, |known| known.family);
    let is_special =
        matches!(family, TagFamily::Nfs | TagFamily::WslFifo | TagFamily::WslCharacter | TagFamily::WslBlock);
    is_special || point.tag.is_name_surrogate()
}

fn link_of_reparse_point(point: &ReparsePoint<'_>, is_directory: bool) -> Option<Link> {
    let ReparseType::Link(link_type) = ReparseType::of(point.tag, &point.data) else { return None };
    let target = match &point.data {
        ReparseData::MountPoint { substitute_name, .. } => {
            let text = optional_units(*substitute_name);
            let link = windows(link_type, &text, TargetName::of_mount_point(&text));
            return Some(if is_directory { link } else { refused(link, Mistake::NotADirectory) });
        }
        ReparseData::Symlink { substitute_name, relative, .. } => {
            let text = optional_units(*substitute_name);
            return Some(windows(link_type, &text, TargetName::of_symlink(&text, *relative)));
        }
        ReparseData::WslSymlink { target } => LinkTarget::Posix(PosixTarget::of_wsl(&byte_units(target))),
        ReparseData::Nfs(NfsObject::Symlink(target)) => LinkTarget::Posix(PosixTarget::of_nfs(&units(*target))),
        ReparseData::AppExecLink { strings } => {
            LinkTarget::Windows(TargetName::of_program(&optional_units(strings.get(2).copied())))
        }
        _ if link_type == LinkType::WciLink => LinkTarget::Layer,
        // A tag whose data is too short for its layout.
        _ => LinkTarget::Windows(TargetName::Malformed(Mistake::Empty, None)),
    };
    Some(Link { link_type, target, has_trailing_dot_or_space: false })
}

fn windows(link_type: LinkType, text: &[u16], target: TargetName) -> Link {
    // Dots are a mistake in a text that is a path all the same.
    let is_path = !matches!(target, TargetName::Malformed(..) | TargetName::Device(_))
        || matches!(target, TargetName::Malformed(Mistake::DotComponent, _));
    let has_trailing_dot_or_space = is_path && has_trailing_dot_or_space(text);
    Link { link_type, target: LinkTarget::Windows(target), has_trailing_dot_or_space }
}

/// The same link, which Windows refuses for another reason than its text.
fn refused(link: Link, mistake: Mistake) -> Link {
    match link.target {
        LinkTarget::Windows(target) => Link { target: LinkTarget::Windows(target.refused(mistake)), ..link },
        _ => link,
    }
}

fn posix(link_type: LinkType, target: PosixTarget) -> Link {
    Link { link_type, target: LinkTarget::Posix(target), has_trailing_dot_or_space: false }
}

fn units(text: Utf16<'_>) -> Vec<u16> {
    text.units().collect()
}

/// The units of a name; none of one that cannot be read.
fn optional_units(text: Option<Utf16<'_>>) -> Vec<u16> {
    text.map(units).unwrap_or_default()
}

/// The units of a text that is UTF-8 by rule. What is not names nothing on NTFS.
fn byte_units(text: &[u8]) -> Vec<u16> {
    String::from_utf8_lossy(text).encode_utf16().collect()
}
