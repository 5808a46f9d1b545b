//! One path, walked by the rules of Windows: over records, never over expanded paths.
//!
//! A path is walked name by name from a directory. The way there is kept as Windows keeps it: through a junction the
//! path as it was written goes on, so that a later `..` leaves the junction's own directory; a symbolic link puts its
//! target in the place of what was written. Links of POSIX systems are in [`crate::resolution_posix`].
//!
//! Source: MS-SMB2 2.2.2.2.1.1, Win32 "Symbolic Link Effects on File Systems Functions"; reference C.4.

use std::collections::HashSet;

use format::FileReference;
use volume::StreamOf;

use crate::components::Components;
use crate::files::NameId;
use crate::link::{Crossing, Link, LinkTarget};
use crate::paths::{Above, ROOT};
use crate::reparse_type::LinkType;
use crate::resolver::Resolver;
use crate::rest::{Rest, Step};
use crate::stream_name::{StreamName, marked};
use crate::target_name::{Root, TargetName};
use crate::verdict::{FileId, Notes, Reached, append_name};
use crate::visits::Visits;

/// A path so far: a directory, and what was crossed since.
///
/// Of a path that is that of a directory itself, nothing is crossed: so the same path is always the same position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    base: Base,
    /// What each further name of the path led to: of a junction, its target.
    names: Vec<FileId>,
}

/// Where a path begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    Directory(FileId),
    /// The directory that a reference on a volume meant, which leads nowhere.
    Gone(usize, FileReference),
}

impl Position {
    pub fn new(base: Base) -> Position {
        Position { base, names: Vec::new() }
    }

    pub fn root(volume: usize) -> Position {
        Position::new(Base::Directory(FileId { volume, record: ROOT }))
    }

    /// Where the path has come to.
    pub fn here(&self) -> Base {
        self.names.last().map_or(self.base, |file| Base::Directory(*file))
    }

    fn volume(&self) -> usize {
        match self.base {
            Base::Directory(FileId { volume, .. }) | Base::Gone(volume, _) => volume,
        }
    }
}

/// A file that was found, or a directory that was come to without its name.
pub(crate) type Found = Reached;

/// Why a path ends early.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// Nothing has the first of these names in a directory.
    Missing { at: Found, rest: Components },
    /// A file has no such stream.
    MissingStream { at: Found, stream: Vec<u16> },
    /// What would be in a directory that a reference meant, which leads nowhere.
    Gone { volume: usize, reference: FileReference, rest: Components },
    /// There is more to go below a file.
    NotADirectory { at: Found, rest: Components },
    /// There is more to go below a link that nothing follows there.
    NotFollowable { at: Found, rest: Components },
    /// Links lead back to each other; `at` is the first that was met again.
    Loop { at: FileId, members: Vec<FileId>, is_expanding: bool },
    /// The link that was one too many.
    TooManyHops(FileId),
    /// The link at which it had taken too long.
    CutOff,
    /// A volume that was not given.
    External { root: Root, names: Components },
    /// A tree that is no volume's, by its text.
    Elsewhere(Vec<u16>),
    /// A container layer.
    Layer,
    /// Another machine.
    Remote(Components),
    /// A device, by its text.
    Device(Vec<u16>),
    /// A link whose text is no target.
    Malformed(FileId),
}

impl Stop {
    /// The same end, for a path that goes on behind it.
    pub fn with_rest(mut self, rest: &Rest<'_>) -> Stop {
        match &mut self {
            Stop::Missing { rest: names, .. }
            | Stop::Gone { rest: names, .. }
            | Stop::NotADirectory { rest: names, .. }
            | Stop::NotFollowable { rest: names, .. }
            | Stop::External { names, .. }
            | Stop::Remote(names) => rest.iter().for_each(|step| step.append_to(names)),
            Stop::Elsewhere(text) => {
                for name in rest.names().iter() {
                    text.extend((text.last() != Some(&SLASH)).then_some(SLASH));
                    text.extend(name);
                }
            }
            Stop::Device(text) => {
                if text.ends_with(&[SEPARATOR]) && rest.next_is_name() {
                    text.pop();
                }
                rest.names().iter().for_each(|name| append_name(text, name));
            }
            // Nothing goes on behind a stream: that there is none would be said otherwise.
            Stop::MissingStream { .. }
            | Stop::Loop { .. }
            | Stop::TooManyHops(_)
            | Stop::CutOff
            | Stop::Layer
            | Stop::Malformed(_) => {}
        }
        self
    }
}

/// What happened on the way, for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TraceStep {
    /// A name was found in a directory.
    Entered(Reached),
    /// A link is followed.
    Followed(FileId),
}

/// Who goes on behind a path that is followed for another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Beyond {
    Nothing,
    Windows,
    Posix,
}

/// One path being resolved.
pub(crate) struct Resolution<'r, 'g> {
    pub resolver: &'r Resolver<'g>,
    /// The volume whose Windows gives the letters their meaning.
    pub viewpoint: usize,
    /// Links crossed, in order.
    pub via: Vec<FileId>,
    pub notes: Notes,
    /// What happened on the way, if that is asked for.
    pub trace: Option<Vec<TraceStep>>,
    visits: Visits,
    steps_left: u32,
    beyond: Beyond,
    /// The kind of POSIX link that it began with, by whose rules it goes.
    pub posix_walker: Option<LinkType>,
    /// The directory that a client cannot leave, if it looks through a share.
    pub client_root: Option<FileId>,
    /// Names of volumes that are not looked up.
    pub hidden: Option<&'r HashSet<(usize, NameId)>>,
}

impl<'r, 'g> Resolution<'r, 'g> {
    pub fn new(resolver: &'r Resolver<'g>, viewpoint: usize, most_steps: u32) -> Self {
        Self {
            resolver,
            viewpoint,
            via: Vec::new(),
            notes: Notes::default(),
            trace: None,
            visits: Visits::default(),
            steps_left: most_steps,
            beyond: Beyond::Nothing,
            posix_walker: None,
            client_root: None,
            hidden: None,
        }
    }

    /// How many links were followed.
    pub fn hops(&self) -> usize {
        self.visits.count()
    }

    /// The link that is followed at last.
    pub fn last_link(&self) -> Option<FileId> {
        self.visits.last_link()
    }

    /// Follows a link to its end, from the directory that one of its names is in. `waiting` names are left behind it.
    pub fn follow_to_end(
        &mut self,
        id: FileId,
        link: &'r Link,
        position: Position,
        waiting: usize,
    ) -> Result<Found, Stop> {
        self.visits.add(id, waiting, &position)?;
        match &link.target {
            LinkTarget::Posix(target) => self.follow_posix(id, link.link_type, target, position.here()),
            LinkTarget::Windows(_) | LinkTarget::Layer => {
                self.follow_before(Beyond::Nothing, id, link, position, waiting)
            }
        }
    }

    /// Follows a link of Windows, which is counted already, for a path that goes on behind it.
    pub fn follow_before(
        &mut self,
        beyond: Beyond,
        id: FileId,
        link: &'r Link,
        mut position: Position,
        waiting: usize,
    ) -> Result<Found, Stop> {
        self.beyond = beyond;
        let mut rest = Rest::default();
        let found = self.follow(id, link, &mut position, &mut rest, waiting)?;
        let found = self.walk(&mut position, found, rest, waiting);
        self.beyond = Beyond::Nothing;
        found
    }

    /// Walks `rest` from `position` on. `found` is what it has come to by name.
    pub fn walk(
        &mut self,
        position: &mut Position,
        mut found: Option<Found>,
        mut rest: Rest<'r>,
        waiting: usize,
    ) -> Result<Found, Stop> {
        while let Some(step) = rest.pop() {
            // What follows a colon is looked for in the file that the name before it leads to.
            let name = match step {
                Step::Name(name) => name,
                Step::Stream(stream) => {
                    let stream = with_more(stream, &mut rest);
                    found = Some(self.enter_stream(position.here(), found.take(), &stream, &rest)?);
                    continue;
                }
            };
            let file = self.enter(position.here(), found.take(), name, &rest)?;
            self.note_step(|| TraceStep::Entered(file.clone()));
            match self.resolver.crossing(file.file) {
                Crossing::Ordinary => {
                    self.descend(position, file.file);
                    found = Some(file);
                }
                Crossing::Blocked if self.is_passed(&rest) => {
                    return Err(Stop::NotFollowable { at: file, rest: rest.names() });
                }
                Crossing::Blocked => found = Some(file),
                Crossing::Followed(link) => {
                    self.cross(file.file, waiting + rest.len(), position)?;
                    found = self.follow(file.file, link, position, &mut rest, waiting)?;
                }
            }
        }
        match (found, position.here()) {
            (Some(found), _) => Ok(found),
            (None, Base::Directory(file)) => Ok(Found { file, name: None, stream: None }),
            (None, Base::Gone(volume, reference)) => Err(Stop::Gone { volume, reference, rest: Components::default() }),
        }
    }

    /// Goes on to what a name was found to be.
    fn descend(&self, position: &mut Position, file: FileId) {
        let above = match self.resolver.above(file) {
            Above::Directory(record) if self.resolver.is_directory(file) => Some(FileId { record, ..file }),
            _ => None,
        };
        match above {
            Some(above) if position.names.is_empty() && position.base == Base::Directory(above) => {
                position.base = Base::Directory(file);
            }
            _ => position.names.push(file),
        }
    }

    /// Whether a path of Windows goes through what it has come to, and not to it.
    fn is_passed(&self, rest: &Rest<'_>) -> bool {
        match self.beyond {
            Beyond::Nothing => rest.has_names(),
            Beyond::Windows => true,
            // The other system may follow what Windows does not, but has no streams.
            Beyond::Posix => !rest.is_empty(),
        }
    }

    /// Looks up a name in the directory that a path has come to.
    pub fn enter(&mut self, here: Base, before: Option<Found>, name: &[u16], rest: &Rest<'_>) -> Result<Found, Stop> {
        let directory = match here {
            Base::Directory(directory) => directory,
            Base::Gone(volume, reference) => {
                return Err(Stop::Gone { volume, reference, rest: rest.names_from(Step::Name(name)) });
            }
        };
        let at = before.unwrap_or(Found { file: directory, name: None, stream: None });
        if !self.resolver.is_directory(directory) {
            return Err(Stop::NotADirectory { at, rest: rest.names_from(Step::Name(name)) });
        }
        match self.look_up(directory, name)? {
            Some((file, name)) => Ok(Found { file, name: Some(name), stream: None }),
            // A directory has one path, by whichever of its names it was come to.
            None => Err(Stop::Missing { at: Found::of_file(directory), rest: rest.names_from(Step::Name(name)) }),
        }
    }

    fn look_up(&mut self, directory: FileId, name: &[u16]) -> Result<Option<(FileId, NameId)>, Stop> {
        let view = self.resolver.view(directory.volume);
        let view_and_file = view.and_then(|view| Some((view, view.files.file(directory.record)?)));
        let Some((view, file)) = view_and_file else { return Ok(None) };
        let (found, compared) = view.names.find(view.files, &file, name);
        self.take_steps(compared.max(1))?;
        let is_hidden = |name: &NameId| self.hidden.is_some_and(|hidden| hidden.contains(&(directory.volume, *name)));
        let found = found.filter(|name| !is_hidden(name));
        Ok(found.and_then(|name| {
            let file = view.files.file_of_name(name)?;
            Some((FileId { record: file.record(), ..directory }, name))
        }))
    }

    /// Counts work, and stops where it is too much: a name to compare, a name of a target, a record to look into.
    pub fn take_steps(&mut self, count: usize) -> Result<(), Stop> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.steps_left = self.steps_left.checked_sub(count).ok_or(Stop::CutOff)?;
        Ok(())
    }

    /// A stream of the file that a path has come to, or the index of a directory, which is the directory.
    fn enter_stream(
        &mut self,
        here: Base,
        before: Option<Found>,
        stream: &[u16],
        rest: &Rest<'_>,
    ) -> Result<Found, Stop> {
        let file = match (before, here) {
            (Some(found), _) => found,
            (None, Base::Directory(directory)) => Found::of_file(directory),
            (None, Base::Gone(volume, reference)) => {
                let rest = rest.names_from(Step::Stream(stream));
                return Err(Stop::Gone { volume, reference, rest });
            }
        };
        let with_stream = Found { stream: Some(stream.to_vec()), ..file.clone() };
        let parsed = StreamName::parse(stream);
        let is_directory = self.resolver.is_directory(file.file);
        let is_last = rest.is_empty() && self.beyond == Beyond::Nothing;
        if parsed == Some(StreamName::DirectoryIndex) && is_directory {
            return Ok(if is_last { with_stream } else { file });
        }
        if !is_last {
            return Err(Stop::NotADirectory { at: with_stream, rest: rest.names() });
        }
        let exists = match parsed {
            Some(StreamName::Data([])) => !is_directory,
            Some(StreamName::Data(name)) => self.has_stream(file.file, name)?,
            Some(StreamName::DirectoryIndex) | None => false,
        };
        if exists { Ok(with_stream) } else { Err(Stop::MissingStream { at: file, stream: stream.to_vec() }) }
    }

    fn has_stream(&mut self, id: FileId, name: &[u16]) -> Result<bool, Stop> {
        let Some(view) = self.resolver.view(id.volume) else { return Ok(false) };
        let records = view.files.file(id.record).map(|file| file.records()).unwrap_or_default();
        self.take_steps(records.len())?;
        Ok(view.volume.has_stream(StreamOf { records: &records, name, up_case: &view.files.up_case }))
    }

    /// Puts a link's target in its place: `position` and `rest` are those of the path that goes on, and what is answered
    /// is what that has come to by name. A junction keeps its place in the path, and is followed to its end.
    fn follow(
        &mut self,
        id: FileId,
        link: &'r Link,
        position: &mut Position,
        rest: &mut Rest<'r>,
        waiting: usize,
    ) -> Result<Option<Found>, Stop> {
        let LinkTarget::Windows(target) = &link.target else { return Err(Stop::Layer) };
        let is_symlink = link.link_type == LinkType::Symlink;
        self.take_steps(target.names().len())?;
        if self.client_root.is_some() && is_symlink {
            return self.follow_as_client(id, target, position, rest).map(|()| None);
        }
        if is_symlink {
            self.note_local_class(target);
        }
        match target {
            TargetName::Absolute(root, names) => {
                let volume = self.resolver.volume_of(self.viewpoint, *root);
                let external = || Stop::External { root: *root, names: names.clone() }.with_rest(rest);
                let volume = volume.ok_or_else(external)?;
                if link.link_type == LinkType::Junction || link.link_type == LinkType::MountPoint {
                    let found = self.cross_junction(volume, names, position, rest, waiting);
                    return found.map(Some).map_err(|stop| stop.with_rest(rest));
                }
                *position = Position::root(volume);
                rest.put_windows(names.with_streams());
            }
            TargetName::Relative { up, names } => {
                self.climb(id, position, *up)?;
                rest.put_windows(names.with_streams());
            }
            TargetName::Rooted(names) => {
                // Whether it is this volume's root or that of the junction on the way here, Microsoft does not say.
                self.note_if(position.volume() != id.volume, Notes::ROUTE_DEPENDENT);
                *position = Position::root(id.volume);
                rest.put_windows(names.with_streams());
            }
            TargetName::Remote(names) => return Err(Stop::Remote(names.clone()).with_rest(rest)),
            TargetName::Device(text) => return Err(Stop::Device(text.clone()).with_rest(rest)),
            TargetName::Malformed(..) => return Err(Stop::Malformed(id)),
        }
        Ok(None)
    }

    /// The path goes on in the target, and keeps the junction's own place. Its target is the server's business, whoever
    /// looks.
    fn cross_junction(
        &mut self,
        volume: usize,
        names: &'r Components,
        position: &mut Position,
        rest: &mut Rest<'r>,
        waiting: usize,
    ) -> Result<Found, Stop> {
        // A stream behind the junction is one of its target.
        let mut inner = rest.split_streams();
        inner.put_windows(names.with_streams());
        let beyond = if rest.is_empty() { self.beyond } else { Beyond::Windows };
        let found = self.walk_before(beyond, &mut Position::root(volume), inner, waiting + rest.len())?;
        position.names.push(found.file);
        Ok(found)
    }

    /// Walks names behind which others wait.
    pub fn walk_before(
        &mut self,
        beyond: Beyond,
        position: &mut Position,
        rest: Rest<'r>,
        waiting: usize,
    ) -> Result<Found, Stop> {
        let before = std::mem::replace(&mut self.beyond, beyond);
        let found = self.walk(position, None, rest, waiting);
        self.beyond = before;
        found
    }

    /// Takes so many names off the end of a path; what was crossed for them does not matter.
    pub fn climb(&mut self, link: FileId, position: &mut Position, up: usize) -> Result<(), Stop> {
        for _ in 0..up {
            self.take_steps(1)?;
            let before = position.here();
            if position.names.pop().is_none() {
                let Some(above) = self.above_base(position.base) else {
                    self.note_if(self.hops() == 1, Notes::DOT_COMPONENT);
                    return Err(Stop::Malformed(link));
                };
                position.base = above;
            }
            // Whether a link may climb out of a volume that is mounted in a directory, Microsoft does not say.
            if let (Base::Directory(before), Base::Directory(now)) = (before, position.here()) {
                self.note_if(before.volume != now.volume, Notes::ROUTE_DEPENDENT);
            }
        }
        Ok(())
    }

    /// What is above a directory; `None` of the root, and of what a client cannot leave.
    fn above_base(&self, base: Base) -> Option<Base> {
        let Base::Directory(directory) = base else { return Some(base) };
        if self.client_root == Some(directory) {
            return None;
        }
        match self.resolver.above(directory) {
            Above::Nothing => None,
            Above::Directory(record) => Some(Base::Directory(FileId { record, ..directory })),
            Above::Gone(reference) => Some(Base::Gone(directory.volume, reference)),
        }
    }

    pub fn note_if(&mut self, is_so: bool, note: Notes) {
        if is_so {
            self.notes |= note;
        }
    }

    /// Counts a link that is on the way.
    pub fn cross(&mut self, link: FileId, left: usize, position: &Position) -> Result<(), Stop> {
        self.visits.add(link, left, position)?;
        self.via.push(link);
        self.note_step(|| TraceStep::Followed(link));
        Ok(())
    }

    /// Tells what happened, if that is asked for.
    pub fn note_step(&mut self, step: impl FnOnce() -> TraceStep) {
        if let Some(trace) = &mut self.trace {
            trace.push(step());
        }
    }
}

const SEPARATOR: u16 = b'\\' as u16;
const SLASH: u16 = b'/' as u16;

/// A stream with what else follows a colon behind it: `file:stream` and `:$DATA` are `file:stream:$DATA`.
fn with_more(stream: &[u16], rest: &mut Rest<'_>) -> Vec<u16> {
    let mut whole = stream.to_vec();
    while let Some(more) = rest.pop_stream() {
        append_name(&mut whole, &marked(more));
    }
    whole
}
