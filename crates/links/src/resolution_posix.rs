//! Where links of POSIX systems lead, as the system that wrote them would follow them: `..` is the directory above the one
//! that was really come to, and every other link on the way is followed.
//!
//! Source: POSIX.1-2017 "Pathname Resolution"; reference F.

use crate::components::Components;
use crate::link::{Crossing, LinkTarget};
use crate::paths::Above;
use crate::posix_target::PosixTarget;
use crate::reparse_type::LinkType;
use crate::resolution::{Base, Beyond, Found, Position, Resolution, Stop, TraceStep};
use crate::resolver::Resolver;
use crate::rest::{Rest, Step};
use crate::target_name::{Root, is_dot_dot};
use crate::verdict::FileId;

impl Resolver<'_> {
    /// Walks names from the root of a volume, as the system does whose links are of a kind.
    pub(crate) fn walk_posix_from_root(
        &self,
        volume: usize,
        names: &Components,
        walker: LinkType,
        most_steps: u32,
    ) -> Result<Found, Stop> {
        let rest = Rest::of_posix(names.iter());
        Resolution::new(self, volume, most_steps).walk_posix(Position::root(volume).here(), rest, walker)
    }
}

impl<'r> Resolution<'r, '_> {
    /// Follows a POSIX link to its end, from the directory that it is in.
    pub fn follow_posix(
        &mut self,
        id: FileId,
        link_type: LinkType,
        target: &'r PosixTarget,
        mut here: Base,
    ) -> Result<Found, Stop> {
        self.posix_walker = Some(link_type);
        let mut rest = Rest::default();
        self.put_posix(id, target, &mut here, &mut rest)?;
        self.walk_posix(here, rest, link_type)
    }

    /// Puts a POSIX target in the place of its link.
    fn put_posix(
        &mut self,
        id: FileId,
        target: &'r PosixTarget,
        here: &mut Base,
        rest: &mut Rest<'r>,
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
        self.take_steps(names.len())?;
        rest.put_posix(names.iter());
        Ok(())
    }

    fn walk_posix(&mut self, mut here: Base, mut rest: Rest<'r>, walker: LinkType) -> Result<Found, Stop> {
        let mut found: Option<Found> = None;
        while let Some(step) = rest.pop() {
            // No path of POSIX has streams.
            let (Step::Name(name) | Step::Stream(name)) = step;
            if is_dot_dot(name) {
                here = self.physically_above(here, found.take(), &rest)?;
                continue;
            }
            let file = self.enter(here, found.take(), name, &rest)?;
            if walker == LinkType::InterixSymlink && !self.is_spelled(&file, name) {
                return Err(missing(here, name, &rest));
            }
            self.note_step(|| TraceStep::Entered(file.clone()));
            found = self.arrive(file, &mut here, &mut rest, walker)?;
        }
        match (found, here) {
            (Some(found), _) => Ok(found),
            (None, Base::Directory(file)) => Ok(Found { file, name: None, stream: None }),
            (None, Base::Gone(volume, reference)) => Err(Stop::Gone { volume, reference, rest: Components::default() }),
        }
    }

    /// Goes on to what a name was found to be: through every link, to a file or to the directory where a target begins.
    fn arrive(
        &mut self,
        mut file: Found,
        here: &mut Base,
        rest: &mut Rest<'r>,
        walker: LinkType,
    ) -> Result<Option<Found>, Stop> {
        loop {
            let link = match self.posix_crossing(&file, walker) {
                Crossing::Blocked if !rest.is_empty() => {
                    return Err(Stop::NotFollowable { at: file, rest: rest.names() });
                }
                Crossing::Blocked | Crossing::Ordinary => {
                    *here = Base::Directory(file.file);
                    return Ok(Some(file));
                }
                Crossing::Followed(link) => link,
            };
            let position = Position::new(*here);
            self.cross(file.file, rest.len(), &position)?;
            if let LinkTarget::Posix(target) = &link.target {
                self.put_posix(file.file, target, here, rest)?;
                return Ok(None);
            }
            // What a link of Windows leads to can be one that only a POSIX system follows.
            let beyond = if rest.is_empty() { Beyond::Nothing } else { Beyond::Posix };
            let end = self.follow_before(beyond, file.file, link, position, rest.len());
            file = end.map_err(|stop| stop.with_rest(rest))?;
            *here = self.directory_of(&file);
        }
    }

    /// The directory that a file was found in.
    fn directory_of(&self, found: &Found) -> Base {
        let above = || {
            let view = self.resolver.view(found.file.volume)?;
            let (file, name) = (view.files.file(found.file.record)?, view.files.name(found.name?)?);
            Some(view.paths.above_name(view.files, &file, &name))
        };
        match above() {
            Some(Above::Directory(record)) => Base::Directory(FileId { record, ..found.file }),
            Some(Above::Gone(reference)) => Base::Gone(found.file.volume, reference),
            Some(Above::Nothing) | None => Base::Directory(found.file),
        }
    }

    /// Whether a name was found in the very spelling that was asked for: Interix and ntfs-3g tell names apart by case.
    fn is_spelled(&self, found: &Found, text: &[u16]) -> bool {
        let view = self.resolver.view(found.file.volume);
        let name = view.and_then(|view| view.files.name(found.name?));
        name.is_some_and(|name| name.text().has_units(text))
    }

    /// The directory above the one that was come to; above the root is the root.
    fn physically_above(&self, here: Base, at: Option<Found>, rest: &Rest<'_>) -> Result<Base, Stop> {
        let Base::Directory(directory) = here else { return Ok(here) };
        if !self.resolver.is_directory(directory) {
            let at = at.unwrap_or(Found { file: directory, name: None, stream: None });
            let rest = rest.names_from(Step::Name(&[u16::from(b'.'); 2]));
            return Err(Stop::NotADirectory { at, rest });
        }
        Ok(match self.resolver.above(directory) {
            Above::Nothing => here,
            Above::Directory(record) => Base::Directory(FileId { record, ..directory }),
            Above::Gone(reference) => Base::Gone(directory.volume, reference),
        })
    }

    /// How a POSIX system takes a file on a path. Those whose links are files know each other's; to WSL and Server for NFS
    /// they are plain files.
    fn posix_crossing(&self, found: &Found, walker: LinkType) -> Crossing<'r> {
        let Some(file) = self.resolver.file(found.file) else { return Crossing::Ordinary };
        let crossing = self.resolver.crossing(found.file);
        let knows_link_files = matches!(walker, LinkType::InterixSymlink | LinkType::CygwinSymlink);
        let is_posix_link = match crossing {
            // A link of Windows can lead to a stream of a link file.
            _ if found.stream.is_some() => false,
            Crossing::Followed(_) => false,
            Crossing::Blocked => true,
            Crossing::Ordinary => knows_link_files && !file.is_reparse_point(),
        };
        let link = is_posix_link.then(|| self.resolver.link(found.file)).flatten();
        let link = link.filter(|link| matches!(link.target, LinkTarget::Posix(_)));
        link.map_or(crossing, Crossing::Followed)
    }
}

/// Nothing is spelled so in a directory.
fn missing(here: Base, name: &[u16], rest: &Rest<'_>) -> Stop {
    let rest = rest.names_from(Step::Name(name));
    match here {
        Base::Directory(file) => Stop::Missing { at: Found::of_file(file), rest },
        Base::Gone(volume, reference) => Stop::Gone { volume, reference, rest },
    }
}
