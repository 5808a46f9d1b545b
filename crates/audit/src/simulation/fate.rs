//! What becomes of a link in a copy.

use links::{Above, Components, FileId, LinkEdge, LinkTarget, PosixTarget, ROOT, TargetName};

use super::LinkPolicy;
use crate::context::Context;
use crate::impact::{FollowedLink, ImpactIndex};

/// What becomes of a link in a copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fate {
    /// It is not in the copy.
    Skipped,
    /// It leads to the same in the copy as in the original.
    Kept,
    /// It is absolute, and leads from the copy to what is in the original.
    PointsBack,
    /// It is absolute, and leads from the copy to what the original has outside.
    LeadsOut,
    /// It is relative, and leads to nothing or to something else from where the copy is.
    Breaks,
    /// It leads to no file that is known, in the original either.
    Unresolved,
    /// What it leads to is carried in its place.
    Followed,
    /// It leads to what it is in, so that following it has no end.
    LeadsBack,
    /// It is one that is not followed: it leads to no file, or Windows does not follow such links.
    NotFollowed,
}

impl Fate {
    /// Every fate.
    pub const ALL: [Fate; 9] = [
        Fate::Skipped,
        Fate::Kept,
        Fate::PointsBack,
        Fate::LeadsOut,
        Fate::Breaks,
        Fate::Unresolved,
        Fate::Followed,
        Fate::LeadsBack,
        Fate::NotFollowed,
    ];

    /// The word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::Skipped => "skipped",
            Fate::Kept => "kept",
            Fate::PointsBack => "points_back",
            Fate::LeadsOut => "leads_out",
            Fate::Breaks => "breaks",
            Fate::Unresolved => "unresolved",
            Fate::Followed => "followed",
            Fate::LeadsBack => "leads_back",
            Fate::NotFollowed => "not_followed",
        }
    }
}

/// From where the text of a link leads.
enum Form {
    /// From the link itself: so many directories up first.
    Relative(usize),
    /// From the root of the volume that the link is on.
    Rooted,
    /// From the root of a volume that it names.
    Absolute,
}

/// What becomes of a link that is in the scope. `followed` is what a walk does with it, if it can be followed, and whether it
/// leads back.
pub(super) fn fate_of(
    context: &Context<'_>,
    edge: &LinkEdge,
    scope: FileId,
    policy: LinkPolicy,
    followed: Option<(&FollowedLink, bool)>,
) -> Fate {
    match (policy, followed) {
        (LinkPolicy::Skip, _) => Fate::Skipped,
        (LinkPolicy::Copy, _) => fate_of_copy(context, edge, scope),
        (LinkPolicy::Follow, Some((_, false))) => Fate::Followed,
        (LinkPolicy::Follow, Some((_, true))) => Fate::LeadsBack,
        (LinkPolicy::Follow, None) => Fate::NotFollowed,
    }
}

fn fate_of_copy(context: &Context<'_>, edge: &LinkEdge, scope: FileId) -> Fate {
    let Some(reached) = &edge.verdict.reached else { return Fate::Unresolved };
    let is_inside = context.resolver.is_inside(reached.file, scope);
    match context.resolver.link_of(edge).map(|link| form_of(&link.target)) {
        Some(Form::Relative(up)) if climbs_out(context, edge, scope, up) => Fate::Breaks,
        Some(Form::Relative(_)) => Fate::Kept,
        // A copy of a whole volume is a volume, with a root of its own.
        Some(Form::Rooted) if scope.record == ROOT && is_inside => Fate::Kept,
        _ if is_inside => Fate::PointsBack,
        _ => Fate::LeadsOut,
    }
}

fn form_of(target: &LinkTarget) -> Form {
    match target {
        LinkTarget::Windows(TargetName::Relative { up, .. }) => Form::Relative(*up),
        LinkTarget::Windows(TargetName::Rooted(_)) | LinkTarget::Posix(PosixTarget::VolumeRoot(_)) => Form::Rooted,
        LinkTarget::Posix(PosixTarget::Relative(names)) => Form::Relative(most_up(names)),
        _ => Form::Absolute,
    }
}

/// How many directories the names of a path lead up at most.
fn most_up(names: &Components) -> usize {
    let (mut depth, mut most) = (0_usize, 0_usize);
    for name in names.iter() {
        match String::from_utf16_lossy(name).as_str() {
            ".." if depth > 0 => depth -= 1,
            ".." => most += 1,
            "." => {}
            _ => depth += 1,
        }
    }
    most
}

/// Whether a link that leads up some directories leads above the scope.
fn climbs_out(context: &Context<'_>, edge: &LinkEdge, scope: FileId, up: usize) -> bool {
    let index: &ImpactIndex = context.impact();
    let Some(Above::Directory(record)) = context.resolver.above_edge(edge) else { return true };
    let place = |file: FileId| index.node(file).map(|node| index.tree.place(node));
    let (Some(mut at), Some(top)) = (place(FileId { record, ..edge.source }), place(scope)) else { return true };
    for _ in 0..up {
        if at == top {
            return true;
        }
        at = index.tree.parent(at);
    }
    false
}
