//! Which directories links leave: found for all of them together.

use super::index::{FollowedLink, ImpactIndex, Node};
use super::tree::NONE;

/// A directory that links leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Left {
    /// The directory.
    pub directory: Node,
    /// How many links in it or below it lead to directories that are not.
    pub links: u64,
}

/// What is known of each directory, by place.
#[derive(Clone, Default)]
struct Counts {
    /// Links that leave: what is summed up from below.
    leaving: i64,
    /// Links in the directory itself that leave it.
    own: u64,
    /// Links that leave this directory and no other above it.
    stopping: i64,
    /// Directories in this one with links that leave both.
    branches: u64,
}

/// The directories that some links leave, those first that most leave.
///
/// Where all that leave a directory come out of one directory in it, that one tells it all, and this one is left out: what
/// a link destroys is not told again for every directory above it.
pub(crate) fn directories_left(index: &ImpactIndex, counts: impl Fn(&FollowedLink) -> bool) -> Vec<Left> {
    let mut places = vec![Counts::default(); index.tree.len()];
    for link in index.links.iter().filter(|link| link.to_directory && counts(link)) {
        count(index, link, &mut places);
    }
    let mut left = Vec::new();
    for place in (0..format::bytes::offset32(places.len())).rev() {
        // Those below it come behind it, and are done.
        let Some(Counts { leaving, own, stopping, branches }) = places.get(place as usize).cloned() else { continue };
        if let Some(above) = places.get_mut(index.tree.parent(place) as usize) {
            above.leaving += leaving;
            above.branches += u64::from(leaving > stopping);
        }
        let links = u64::try_from(leaving).unwrap_or(0);
        let tells_more = own > 0 || branches > 1;
        if let Some(directory) = index.tree.node(place).filter(|_| links > 0 && tells_more) {
            left.push(Left { directory, links });
        }
    }
    left.sort_by_key(|left| (std::cmp::Reverse(left.links), left.directory));
    left
}

/// Counts a link for every directory that it leaves: those above its own, up to the nearest that is also above its target.
fn count(index: &ImpactIndex, link: &FollowedLink, places: &mut [Counts]) {
    let (from, to) = (index.tree.place(link.directory), index.tree.place(link.target));
    let fork = index.tree.fork(from, to);
    if fork.is_some_and(|fork| fork.branch == NONE) {
        return;
    }
    if let Some(own) = places.get_mut(from as usize) {
        own.leaving += 1;
        own.own += 1;
    }
    let Some(fork) = fork else { return };
    places.get_mut(fork.common as usize).into_iter().for_each(|common| common.leaving -= 1);
    places.get_mut(fork.branch as usize).into_iter().for_each(|branch| branch.stopping += 1);
}
