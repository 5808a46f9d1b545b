//! Where links of POSIX systems lead, as the system that wrote them would follow them: `..` is the directory above the one
//! that was really come to, and every other link on the way is followed.
//!
//! Source: POSIX.1-2017 "Pathname Resolution"; reference F.

use crate::files::File;
use crate::link::{Crossing, Link, LinkTarget};
use crate::paths::Above;
use crate::posix_target::PosixTarget;
use crate::reparse_type::LinkType;
use crate::resolution::{Base, Found, Position, Resolution, Stop, TraceStep, in_order, reversed};
use crate::target_name::{Components, Root, is_dot_dot};
use crate::verdict::{FileId, Notes};

impl Resolution<'_, '_> {
    /// Follows a POSIX link to its end, from the directory that it is in.
    pub fn follow_posix(
        &mut self,
        id: FileId,
        link_type: LinkType,
        target: &PosixTarget,
        mut here: Base,
    ) -> Result<Found, Stop> {
        self.notes |= Notes::NOT_FOLLOWED_BY_WINDOWS;
        let mut rest = Components::new();
        self.put_posix(id, target, &mut here, &mut rest)?;
        self.walk_posix(here, rest, link_type)
    }

    /// Puts a POSIX target in the place of its link.
    fn put_posix(
        &mut self,
        id: FileId,
        target: &PosixTarget,
        here: &mut Base,
        rest: &mut Components,
    ) -> Result<(), Stop> {
        let root = |volume| Position::root(volume).here();
        let names = match target {
            PosixTarget::Relative(names) => names,
            PosixTarget::VolumeRoot(names) => {
                *here = root(id.volume);
                names
            }
            PosixTarget::Drive(letter, names) => {
                let volume = self.resolver.mounts.drive(self.viewpoint, *letter);
                let external = || Stop::External { root: Root::Drive(*letter), names: names.clone() }.with_rest(rest);
                *here = root(volume.ok_or_else(external)?);
                names
            }
            PosixTarget::Elsewhere(system, text) => {
                let text = system.encode_utf16().chain([u16::from(b':')]).chain(text.iter().copied()).collect();
                return Err(Stop::Elsewhere(text).with_rest(rest));
            }
            PosixTarget::Empty => return Err(Stop::Malformed(id)),
        };
        rest.extend(reversed(names));
        Ok(())
    }

    fn walk_posix(&mut self, mut here: Base, mut rest: Components, walker: LinkType) -> Result<Found, Stop> {
        let mut found: Option<Found> = None;
        while let Some(name) = rest.pop() {
            if is_dot_dot(&name) {
                here = self.physically_above(here, found.take(), &rest)?;
                continue;
            }
            let file = self.enter(here, found.take(), &name, &rest)?;
            if walker == LinkType::InterixSymlink && !self.is_spelled(&file, &name) {
                return Err(missing(here, name, &rest));
            }
            self.trace.push(TraceStep::Entered(file.clone()));
            match self.posix_link(&file, walker) {
                None => {
                    here = Base::Directory(file.file);
                    found = Some(file);
                }
                Some(link) => {
                    let position = Position::new(here);
                    self.cross(file.file, rest.len(), &position)?;
                    if let LinkTarget::Posix(target) = &link.target {
                        self.put_posix(file.file, target, &mut here, &mut rest)?;
                    } else {
                        let end = self.follow_alone(file.file, &link, position, rest.len());
                        let end = end.map_err(|stop| stop.with_rest(&rest))?;
                        here = Base::Directory(end.file);
                        found = Some(end);
                    }
                }
            }
        }
        match (found, here) {
            (Some(found), _) => Ok(found),
            (None, Base::Directory(file)) => Ok(Found { file, name: None, stream: None }),
            (None, Base::Gone(volume, reference)) => Err(Stop::Gone { volume, reference, rest: Vec::new() }),
        }
    }

    /// Whether a name was found in the very spelling that was asked for: Interix and ntfs-3g tell names apart by case.
    fn is_spelled(&self, found: &Found, text: &[u16]) -> bool {
        let view = self.resolver.view(found.file.volume);
        let name = view.and_then(|view| view.files.name(found.name?));
        name.is_some_and(|name| name.text().units().eq(text.iter().copied()))
    }

    /// The directory above the one that was come to; above the root is the root.
    fn physically_above(&self, here: Base, at: Option<Found>, rest: &[Vec<u16>]) -> Result<Base, Stop> {
        let Base::Directory(directory) = here else { return Ok(here) };
        if !self.resolver.is_directory(directory) {
            let at = at.unwrap_or(Found { file: directory, name: None, stream: None });
            let rest = [vec![vec![u16::from(b'.'); 2]], in_order(rest)].concat();
            return Err(Stop::NotADirectory { at, rest });
        }
        Ok(match self.resolver.above(directory) {
            Above::Nothing => here,
            Above::Directory(record) => Base::Directory(FileId { record, ..directory }),
            Above::Gone(reference) => Base::Gone(directory.volume, reference),
        })
    }

    /// The link that a POSIX system takes a file for. Those whose links are files know each other's; WSL and Server for NFS
    /// see a plain file.
    fn posix_link(&self, found: &Found, walker: LinkType) -> Option<Link> {
        let file: File<'_> = self.resolver.file(found.file)?;
        if file.is_reparse_point() {
            return match Crossing::of(&file) {
                Crossing::Followed(link) => Some(link),
                _ => Link::of(&file).filter(|link| matches!(link.target, LinkTarget::Posix(_))),
            };
        }
        let knows_link_files = matches!(walker, LinkType::InterixSymlink | LinkType::CygwinSymlink);
        Link::of(&file).filter(|_| knows_link_files)
    }
}

/// Nothing is spelled so in a directory.
fn missing(here: Base, name: Vec<u16>, rest: &[Vec<u16>]) -> Stop {
    let rest = [vec![name], in_order(rest)].concat();
    match here {
        Base::Directory(file) => Stop::Missing { at: Found { file, name: None, stream: None }, rest },
        Base::Gone(volume, reference) => Stop::Gone { volume, reference, rest },
    }
}
