//! Looking through a share: the server follows junctions, the client symbolic links.
//!
//! Source: Microsoft "Symbolic Link Effects on File Systems Functions", "fsutil behavior" (SymlinkEvaluation), MS-SMB2
//! 2.2.2.2.1; reference C.5 and C.7.

use format::UpCase;

use crate::components::Components;
use crate::resolution::{Base, Position, Resolution, Stop};
use crate::resolver::Resolver;
use crate::rest::Rest;
use crate::target_name::TargetName;
use crate::verdict::{FileId, Notes};

/// A share, and the directory that it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// The name of the server, UTF-16 units.
    pub server: Vec<u16>,
    /// The name of the share, UTF-16 units.
    pub name: Vec<u16>,
    /// The directory.
    pub root: FileId,
}

/// Which symbolic links the machine that evaluates them follows: the first word says where the link is, the second where
/// it leads, both seen from that machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SymlinkEvaluation {
    /// Local links to what is local.
    pub local_to_local: bool,
    /// Local links to what is remote.
    pub local_to_remote: bool,
    /// Remote links to what is on the same machine as they.
    pub remote_to_local: bool,
    /// Remote links to what is on yet another machine.
    pub remote_to_remote: bool,
}

impl Default for SymlinkEvaluation {
    /// As Windows comes.
    fn default() -> Self {
        Self { local_to_local: true, local_to_remote: true, remote_to_local: false, remote_to_remote: false }
    }
}

impl Share {
    /// Whether a remote target is in this share: it begins with its server and name.
    fn begins(&self, names: &Components) -> bool {
        let is_same =
            |(name, own): (&[u16], &Vec<u16>)| UpCase::unicode().is_same(name.iter().copied(), own.iter().copied());
        names.len() >= 2 && names.iter().zip([&self.server, &self.name]).all(is_same)
    }
}

impl Resolver<'_> {
    /// The directory of the share, if a path that begins at `base` is one of its client's.
    pub(crate) fn share_root_above(&self, base: Base) -> Option<FileId> {
        let root = self.share.as_ref()?.root;
        self.is_at_or_below(base, root).then_some(root)
    }
}

impl<'r> Resolution<'r, '_> {
    /// Puts the target of a symbolic link in its place as a client of the share does, which was handed the link by the
    /// server.
    pub(crate) fn follow_as_client(
        &mut self,
        id: FileId,
        target: &'r TargetName,
        position: &mut Position,
        rest: &mut Rest<'r>,
    ) -> Result<(), Stop> {
        let evaluation = self.resolver.evaluation;
        let (names, of_share, share) = match (target, self.resolver.share.as_ref()) {
            (TargetName::Absolute(root, names), _) => {
                self.note_if(!evaluation.remote_to_local, Notes::CLASS_DISABLED);
                self.notes |= Notes::CLIENT_SIDE;
                return Err(Stop::External { root: *root, names: names.clone() }.with_rest(rest));
            }
            (TargetName::Relative { up, names }, _) => {
                self.note_relative_class();
                self.climb(id, position, *up)?;
                (names, 0, None)
            }
            (TargetName::Rooted(names), share) => {
                // The root of the share, or that of the volume behind it: Microsoft does not say.
                self.note_relative_class();
                self.notes |= Notes::ROUTE_DEPENDENT;
                (names, 0, share)
            }
            (TargetName::Remote(names), share) => {
                self.note_if(!evaluation.remote_to_remote, Notes::CLASS_DISABLED);
                match share.filter(|share| share.begins(names)) {
                    Some(share) => (names, 2, Some(share)),
                    None => return Err(Stop::Remote(names.clone()).with_rest(rest)),
                }
            }
            (TargetName::Device(text), _) => {
                self.notes |= Notes::CLIENT_SIDE;
                return Err(Stop::Device(text.clone()).with_rest(rest));
            }
            (TargetName::Malformed(..), _) => return Err(Stop::Malformed(id)),
        };
        if let Some(share) = share {
            *position = Position::new(Base::Directory(share.root));
        }
        rest.put_windows(names.with_streams().skip(of_share));
        Ok(())
    }

    /// A relative link through a share leads to the machine that it is on, by a path that is remote to the client: which
    /// of the two classes that is, Microsoft does not say. They mostly are switched alike.
    fn note_relative_class(&mut self) {
        let evaluation = self.resolver.evaluation;
        match (evaluation.remote_to_local, evaluation.remote_to_remote) {
            (false, false) => self.notes |= Notes::CLASS_DISABLED,
            (true, true) => {}
            _ => self.notes |= Notes::ROUTE_DEPENDENT,
        }
    }

    /// Notes a symbolic link whose class is switched off on the machine that it is on.
    pub(crate) fn note_local_class(&mut self, target: &TargetName) {
        let evaluation = self.resolver.evaluation;
        let is_on = match target {
            TargetName::Remote(_) => evaluation.local_to_remote,
            _ => evaluation.local_to_local,
        };
        self.note_if(!is_on, Notes::CLASS_DISABLED);
    }
}
