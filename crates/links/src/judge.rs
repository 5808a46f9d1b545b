//! From the end of a path to a verdict on the link that it began with.

use std::collections::HashSet;

use format::WtfString;

use crate::components::{Components, NO_NAMES};
use crate::files::{File, Name, NameId};
use crate::link::{Link, LinkTarget};
use crate::paths::{Above, ORPHANS};
use crate::reparse_type::LinkType;
use crate::resolution::{Base, Found, Position, Resolution, Stop};
use crate::resolved_links::Allowance;
use crate::resolver::Resolver;
use crate::stream_name::{StreamName, unmarked};
use crate::target_name::{Mistake, Root, TargetName};
use crate::verdict::{FileId, Notes, Status, Target, Verdict, join, volume_text};

/// More links than these Windows XP and Server 2003 do not follow.
const MOST_OLD_HOPS: usize = 31;

/// A link, seen from one of its names.
pub(crate) struct Seen<'l, 'g> {
    pub id: FileId,
    pub link: &'l Link,
    pub file: File<'g>,
    pub name: Option<Name<'g>>,
}

impl Resolver<'_> {
    /// Follows a link, and says what becomes of it.
    pub(crate) fn judge(&self, seen: &Seen<'_, '_>, allowance: Allowance) -> Verdict {
        self.judge_without(seen, allowance, None)
    }

    /// Follows a link as if some names were not there.
    pub(crate) fn judge_without(
        &self,
        seen: &Seen<'_, '_>,
        allowance: Allowance,
        hidden: Option<&HashSet<(usize, NameId)>>,
    ) -> Verdict {
        let base = self.base_of(seen);
        let mut resolution = Resolution::new(self, seen.id.volume, allowance.steps);
        resolution.hidden = hidden;
        resolution.client_root = self.share_root_above(base);
        let outcome = resolution.follow_to_end(seen.id, seen.link, Position::new(base), 0);
        let mut verdict = match outcome {
            Ok(found) => self.reached(seen.id, found),
            Err(stop) => self.stopped(seen.id, stop, &resolution),
        };
        if verdict.text_bytes() > allowance.text && !has_own_room(seen, verdict.text_bytes()) {
            verdict = self.stopped(seen.id, Stop::CutOff, &resolution);
        }
        verdict.notes |= resolution.notes | notes_of_link(seen.link);
        if verdict.reached.is_some() {
            verdict.notes.set(Notes::OVER_31_HOPS, resolution.hops() > MOST_OLD_HOPS);
            verdict.notes.set(Notes::ANCESTOR, self.is_ancestor(&verdict, base));
            verdict.notes.set(Notes::TYPE_MISMATCH, self.is_mismatch(seen, &verdict));
        }
        verdict.target_volume = volume_of_target(&verdict.target).filter(|volume| *volume != seen.id.volume);
        verdict.candidate = self.candidate(seen, base, allowance.steps);
        verdict.via = resolution.via;
        verdict
    }

    /// The directory that a link's name is in. For a link without a name it is what its own reference stands for.
    fn base_of(&self, seen: &Seen<'_, '_>) -> Base {
        let above_name = |name: &Name<'_>| {
            let view = self.view(seen.id.volume)?;
            Some(view.paths.above_name(view.files, &seen.file, name))
        };
        match seen.name.as_ref().and_then(above_name) {
            Some(Above::Directory(record)) => Base::Directory(FileId { record, ..seen.id }),
            Some(Above::Nothing) => Base::Directory(seen.id),
            Some(Above::Gone(reference)) => Base::Gone(seen.id.volume, reference),
            None => Base::Gone(seen.id.volume, seen.file.reference()),
        }
    }

    /// What a link leads to whose text is no target, if its writer's meaning is clear and leads to a file.
    fn candidate(&self, seen: &Seen<'_, '_>, base: Base, most_steps: u32) -> Option<FileId> {
        let LinkTarget::Windows(TargetName::Malformed(_, Some(meant))) = &seen.link.target else { return None };
        let meant = Link { target: LinkTarget::Windows((**meant).clone()), ..*seen.link };
        let mut resolution = Resolution::new(self, seen.id.volume, most_steps);
        resolution.follow_to_end(seen.id, &meant, Position::new(base), 0).ok().map(|found| found.file)
    }

    pub(crate) fn reached(&self, id: FileId, found: Found) -> Verdict {
        let is_elsewhere = found.file.volume != id.volume;
        let status = if is_elsewhere { Status::OtherVolume } else { Status::Resolved };
        Verdict { reached: Some(found.clone()), ..Verdict::new(status, Target::File(found.file)) }
    }

    pub(crate) fn stopped(&self, id: FileId, stop: Stop, resolution: &Resolution<'_, '_>) -> Verdict {
        match stop {
            Stop::Missing { at, rest } => {
                let verdict = self.below(Status::Dangling, &at, &rest);
                Verdict { missing_at: self.in_use(at.file), missing: Some((at.file, rest)), ..verdict }
            }
            Stop::MissingStream { at, stream } => {
                let path = Found { stream: Some(stream), ..at.clone() };
                let verdict = self.below(Status::Dangling, &path, &NO_NAMES);
                Verdict { missing_at: Some(self.as_place(&at)), ..verdict }
            }
            Stop::Gone { volume, reference, rest } => {
                let directory = WtfString::from(format!("{ORPHANS}{reference}"));
                Verdict::new(Status::Dangling, Target::Missing(volume, path_below(directory, &rest)))
            }
            Stop::NotADirectory { at, rest } => self.below(Status::NotADirectory, &at, &rest),
            Stop::NotFollowable { at, rest } => self.below(Status::NotFollowable, &at, &rest),
            Stop::Loop { at, members, is_expanding } => {
                let status = if is_expanding { Status::ExpandingLoop } else { Status::Loop };
                Verdict { members, ..Verdict::new(status, Target::File(at)) }
            }
            Stop::TooManyHops(link) => Verdict::new(Status::TooManyHops, Target::File(link)),
            Stop::CutOff => {
                let last = resolution.last_link().unwrap_or(id);
                Verdict { is_cut_off: true, ..Verdict::new(Status::TooManyHops, Target::File(last)) }
            }
            Stop::External { root, names } => self.external(id, root, &names, resolution),
            Stop::Elsewhere(text) => Verdict::new(Status::External, outside(&text)),
            Stop::Layer => Verdict::new(Status::External, Target::Layer(id)),
            Stop::Remote(names) => {
                Verdict::new(Status::Remote, outside(&[&[SEPARATOR; 2][..], &join(&names)].concat()))
            }
            Stop::Device(text) => Verdict::new(Status::Device, outside(&text)),
            Stop::Malformed(link) => Verdict::new(Status::Malformed, Target::Malformed(link)),
        }
    }

    /// A directory, or the nearest above it that is in use.
    fn in_use(&self, at: FileId) -> Option<Found> {
        let is_in_use = |directory: &FileId| self.file(*directory).is_some_and(|file| file.is_in_use());
        self.directories_from(Base::Directory(at)).find(is_in_use).map(Found::of_file)
    }

    /// A place below something that has no such thing below it.
    fn below(&self, status: Status, at: &Found, rest: &Components) -> Verdict {
        let path = path_below(self.path_of(&self.as_place(at)), rest);
        Verdict::new(status, Target::Missing(at.file.volume, path))
    }

    /// What the path of a place begins with. A directory has one path, by whichever of its names it was come to.
    fn as_place(&self, at: &Found) -> Found {
        let name = at.name.filter(|_| !self.is_directory(at.file));
        Found { name, ..at.clone() }
    }

    /// A volume that was not given. Where it has but a letter, the link's own volume may be the one.
    fn external(&self, id: FileId, root: Root, names: &Components, resolution: &Resolution<'_, '_>) -> Verdict {
        const MOST_STEPS: u32 = 1 << 10;
        let is_letter = matches!(root, Root::Drive(_)) && !resolution.notes.contains(Notes::CLIENT_SIDE);
        let mut verdict = Verdict::new(Status::External, outside(&volume_text(root, names)));
        let exists_here = is_letter
            && match resolution.posix_walker {
                Some(walker) => self.walk_posix_from_root(id.volume, names, walker, MOST_STEPS).is_ok(),
                None => self.walk_from_root(id.volume, names, MOST_STEPS).is_ok(),
            };
        verdict.notes.set(Notes::PATH_EXISTS_ON_THIS_VOLUME, exists_here);
        verdict
    }

    /// Whether a link leads to the directory that it is in, or to one above that.
    fn is_ancestor(&self, verdict: &Verdict, base: Base) -> bool {
        let Target::File(target) = verdict.target else { return false };
        self.is_directory(target) && self.is_at_or_below(base, target)
    }

    /// Whether Windows finds a file where the link is for a directory, or the reverse.
    fn is_mismatch(&self, seen: &Seen<'_, '_>, verdict: &Verdict) -> bool {
        let Some(reached) = &verdict.reached else { return false };
        let stream = reached.stream.as_deref().map(StreamName::parse);
        let is_directory =
            self.is_directory(reached.file) && stream.is_none_or(|stream| stream == Some(StreamName::DirectoryIndex));
        match seen.link.link_type {
            LinkType::Junction | LinkType::MountPoint => !is_directory,
            LinkType::Symlink => is_directory != seen.file.is_directory(),
            _ => false,
        }
    }
}

/// Whether a verdict of so many bytes has room in what the image itself has for it: eight for each byte of a reparse point,
/// since a name of one letter takes four there, with its separator, and twelve here, where it ends and as part of a path.
/// The names of a link share them; they are not all counted, which each of them would do again.
fn has_own_room(seen: &Seen<'_, '_>, bytes: usize) -> bool {
    let stored = seen.file.reparse_bytes().unwrap_or_default().len();
    let most_names = 8 * stored / bytes.max(1);
    most_names > 0 && seen.file.names().nth(most_names).is_none()
}

fn volume_of_target(target: &Target) -> Option<usize> {
    match target {
        Target::File(file) | Target::Layer(file) | Target::Malformed(file) => Some(file.volume),
        Target::Missing(volume, _) => Some(*volume),
        Target::External(_) => None,
    }
}

const SEPARATOR: u16 = b'\\' as u16;
const COLON: u16 = b':' as u16;

/// What a link itself gives to note, wherever it leads.
fn notes_of_link(link: &Link) -> Notes {
    let mut notes = match &link.target {
        LinkTarget::Windows(TargetName::Malformed(Mistake::ForwardSlash, _)) => Notes::FORWARD_SLASH,
        LinkTarget::Windows(TargetName::Malformed(Mistake::LinuxNtfs3, _)) => Notes::LINUX_NTFS3,
        LinkTarget::Windows(TargetName::Malformed(Mistake::DotComponent, _)) => Notes::DOT_COMPONENT,
        _ => Notes::empty(),
    };
    let is_junction = matches!(link.link_type, LinkType::Junction | LinkType::MountPoint);
    let is_remote = matches!(link.target, LinkTarget::Windows(TargetName::Remote(_)));
    notes.set(Notes::INVALID_FOR_JUNCTION, is_junction && is_remote);
    notes.set(Notes::TRAILING_DOT_OR_SPACE, link.has_trailing_dot_or_space);
    notes.set(Notes::NOT_FOLLOWED_BY_WINDOWS, is_of_other_systems(link.link_type));
    notes
}

/// Whether Windows does not follow such links, or not without a program made for them.
fn is_of_other_systems(link_type: LinkType) -> bool {
    use LinkType::{CygwinSymlink, GlobalReparse, InterixSymlink, NfsSymlink, WslSymlink};
    matches!(link_type, WslSymlink | NfsSymlink | InterixSymlink | CygwinSymlink | GlobalReparse)
}

/// A path and names below it.
fn path_below(mut path: WtfString, rest: &Components) -> WtfString {
    path.reserve(rest.iter().map(|name| name.len() + 1).sum());
    for name in rest.iter() {
        // Only the root's own path ends in a separator.
        let is_root = path.as_wtf8().as_bytes() == br"\";
        let (separator, name) = match unmarked(name) {
            Some(stream) => (&[COLON][..], stream),
            None if is_root => (&[][..], name),
            None => (&[SEPARATOR][..], name),
        };
        path.push_units(separator);
        path.push_units(name);
    }
    path
}

fn outside(text: &[u16]) -> Target {
    let mut path = WtfString::default();
    path.push_units(text);
    Target::External(path)
}
