//! What a copy of a directory or volume carries, misses and carries twice, by how it treats links and hard links.

mod fate;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use links::{FileId, LinkEdge};

use crate::context::Context;
use crate::impact::{
    Amount, Carried, Explorer, FollowedLink, Follows, HardLinkPolicy, ImpactIndex, Node, Ownership, Walks, Ways,
};

pub use fate::Fate;
use fate::fate_of;

/// What becomes of links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkPolicy {
    /// They are left out.
    Skip,
    /// They are made again as they are.
    Copy,
    /// What they lead to is carried in their place.
    Follow,
}

/// How a copy is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CopyPolicy {
    /// What becomes of junctions and symbolic links.
    pub links: LinkPolicy,
    /// What becomes of files with several hard links.
    pub hard_links: HardLinkPolicy,
}

/// A copy that was not made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Simulation {
    /// The directory.
    pub scope: FileId,
    /// How it is copied.
    pub policy: CopyPolicy,
    /// What is carried; where it would never end, what it would be without the links that lead back.
    pub carried: Carried,
    /// How much of what is in the directory is in it alone.
    pub ownership: Ownership,
    /// Files that its links lead to, and that are not in the copy.
    pub missed: Amount,
    /// The edges of the links that lead to those, by their indices.
    pub missed_through: Vec<usize>,
    /// The edges of links through which something is carried that is carried in another way as well, and how much; the most
    /// bytes first.
    pub doubled_through: Vec<(usize, Amount)>,
    /// The edges of all links in the directory and below it, and what becomes of them.
    pub links: Vec<(usize, Fate)>,
    /// The edges of the links for which it would never end.
    pub loops: Vec<usize>,
}

/// Every link that Windows follows: a copy with the rights of a backup is denied nothing.
const FOLLOWED: Follows = Follows { file_links: true, those_of_windows: true };

impl Simulation {
    /// What a copy of a directory comes to; `None` if no such directory is in use.
    pub fn new(context: &Context<'_>, scope: FileId, policy: CopyPolicy) -> Option<Simulation> {
        let index = context.impact();
        let start = index.node(scope)?;
        let follows = (policy.links == LinkPolicy::Follow).then_some(FOLLOWED);
        let plain = Ways::new(index, &Walks::new(index, |_| false), start);
        let walks = Walks::new(index, |_| follows.is_some());
        let ways = Ways::new(index, &walks, start);
        let mut simulation = Simulation {
            scope,
            policy,
            carried: ways.carried(index, follows, policy.hard_links),
            ownership: plain.ownership(index),
            missed: Amount::default(),
            missed_through: Vec::new(),
            doubled_through: Vec::new(),
            links: links_in(context, scope, policy.links, &ways),
            loops: ways.loops.iter().filter_map(|number| Some(index.link(*number)?.edge)).collect(),
        };
        match policy.links {
            LinkPolicy::Follow => simulation.doubled_through = doubled(index, &walks, &ways, policy.hard_links),
            LinkPolicy::Skip | LinkPolicy::Copy => simulation.look_outside(index, start),
        }
        Some(simulation)
    }

    fn look_outside(&mut self, index: &ImpactIndex, start: Node) {
        // One walk, which is at no directory twice.
        let mut unlimited = u64::MAX;
        let outside = Explorer::new(index).explore(start, FOLLOWED, &mut unlimited);
        self.missed = outside.not_in(index, start);
        self.missed_through = outside.links.iter().filter_map(|number| Some(index.link(*number)?.edge)).collect();
    }
}

/// The links in a directory and below it.
fn links_in(context: &Context<'_>, scope: FileId, policy: LinkPolicy, ways: &Ways) -> Vec<(usize, Fate)> {
    let index = context.impact();
    let mut followed: Vec<(usize, &FollowedLink, bool)> =
        (0..).zip(&index.links).map(|(number, link)| (link.edge, link, ways.is_loop(number))).collect();
    followed.sort_by_key(|(edge, ..)| *edge);
    let is_there = |edge: &LinkEdge| {
        context.file(edge.source).is_some_and(|file| file.is_in_use()) && context.resolver.begins_below(edge, scope)
    };
    let edges = (0..).zip(&context.links.edges).filter(|(_, edge)| is_there(edge));
    let fate = |(number, edge): (usize, &LinkEdge)| {
        let place = followed.binary_search_by_key(&number, |(edge, ..)| *edge).ok();
        let link = place.and_then(|place| followed.get(place)).map(|(_, link, leads_back)| (*link, *leads_back));
        (number, fate_of(context, edge, scope, policy, link))
    };
    edges.map(fate).collect()
}

/// What is carried through links that lead to what is reached in another way as well.
fn doubled(index: &ImpactIndex, walks: &Walks, ways: &Ways, hard_links: HardLinkPolicy) -> Vec<(usize, Amount)> {
    let totals = ways.totals(index, walks, hard_links);
    let mut found = Vec::new();
    for place in ways.reached() {
        let (Some(directory), here) = (index.tree.node(*place), ways.to(*place)) else { continue };
        for number in index.links_in(directory).iter().filter(|number| !ways.is_loop(**number)) {
            let Some(link) = index.link(*number) else { continue };
            let amount = match link.to_directory {
                true => through_directory_link(index, ways, link, here, &totals),
                false => through_file_link(index, ways, link, here, hard_links),
            };
            found.extend(amount.filter(|amount| amount.files > 0).map(|amount| (link.edge, amount)));
        }
    }
    found.sort_by_key(|(edge, amount)| (Reverse((amount.bytes, amount.files)), *edge));
    found
}

fn through_directory_link(
    index: &ImpactIndex,
    ways: &Ways,
    link: &FollowedLink,
    here: u64,
    totals: &[Amount],
) -> Option<Amount> {
    let place = index.tree.place(link.target);
    let once = totals.get(place as usize).filter(|_| ways.to(place) > here)?;
    Some(Amount { files: once.files.saturating_mul(here), bytes: once.bytes.saturating_mul(here) })
}

fn through_file_link(
    index: &ImpactIndex,
    ways: &Ways,
    link: &FollowedLink,
    here: u64,
    hard_links: HardLinkPolicy,
) -> Option<Amount> {
    let facts = index.facts(link.target)?;
    let is_once = hard_links == HardLinkPolicy::Keep && facts.hard_links > 1;
    let is_there = index.parents(link.target).iter().any(|parent| ways.to(index.tree.place(*parent)) > 0);
    let mut amount = Amount::default();
    amount.add(facts.size, here);
    (is_there && !is_once).then_some(amount)
}
