//! Links that lead back, and together make paths multiply.
//!
//! Where directories are reached from each other in more than one way, a walk that follows links chooses anew each time it
//! comes round, and the paths double with every round. How many fit into a length is told from below: by the ways to come
//! round from one directory, each the shortest that begins with its first step. Of `k` such ways none longer than `w`
//! units, `k` to the power of `L / w` fit into `L` units, all different.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use format::bytes::offset32;
use links::{FileId, LONGEST_PATH, LinkEdge};

use super::groups::Groups;
use super::index::FollowedLink;
use super::walks::{Step, Walks};
use crate::context::Context;

/// UTF-16 units of the longest path that programs take which know no others: 260 with the letter of the drive and the NUL
/// at the end.
///
/// Source: Microsoft "Maximum Path Length Limitation".
const LONGEST_CLASSIC_PATH: u32 = 260 - 3;

/// Directories of one part that are looked at as the one to come round to.
const MOST_CENTRES: usize = 16;
/// Ways between directories that are looked at for them; the first centre is looked at whatever it takes.
const MOST_STEPS: usize = 1 << 20;

/// Links that together make paths multiply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PathExplosion {
    /// The directory among those in question that has the shortest path.
    pub top: FileId,
    /// The edges of the links, by their indices.
    pub edges: Vec<usize>,
    /// There are at least 2 to this power of paths that are no longer than 260 units.
    pub power_of_classic: u64,
    /// The same of 32,767 units.
    pub power_of_longest: u64,
    /// Every one of the links is one that Windows makes.
    pub is_of_windows: bool,
}

/// All of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct PathExplosions {
    /// In the order of the top directories.
    pub found: Vec<PathExplosion>,
    /// The files of all links, in order.
    sources: Vec<FileId>,
}

/// A part of the directories in which paths multiply.
struct Part {
    /// Its directories, by place.
    members: Vec<u32>,
    /// UTF-16 units of the path of each.
    units: Vec<u32>,
    /// For each member the ways out of it: to which, and how many units they add to a path.
    ways_out: Groups<(u32, u32)>,
    /// For each member the ways into it: from which, and how many units they add.
    ways_in: Groups<(u32, u32)>,
    /// The numbers of its links.
    links: Vec<u32>,
}

/// The ways to come round to one directory.
struct Centre {
    /// UTF-16 units of its path.
    units: u32,
    /// UTF-16 units that each way adds, the shortest first.
    rounds: Vec<u32>,
}

/// Finds every part of the directories in which paths multiply.
pub(crate) fn find_explosions(context: &Context<'_>) -> PathExplosions {
    let index = context.impact();
    if !index.links.iter().any(|link| link.to_directory) {
        return PathExplosions::default();
    }
    let walks = context.walks();
    let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for link in index.links.iter().filter(|link| link.to_directory) {
        // Only parts with a link that leads back are of any interest.
        let (from, to) = (index.tree.place(link.directory), index.tree.place(link.target));
        if let Some(part) = walks.part(from).filter(|part| walks.part(to) == Some(*part)) {
            parts.entry(part).or_default();
        }
    }
    for place in 0..offset32(walks.len()) {
        let members = walks.part(place).and_then(|part| parts.get_mut(&part));
        members.into_iter().for_each(|members| members.push(place));
    }
    parts.retain(|_, members| {
        let steps: usize = members.iter().map(|place| walks.steps_inside(*place).count()).sum();
        steps > members.len()
    });
    let parts = parts.into_values().map(|members| Part::new(context, walks, members));
    let mut found: Vec<PathExplosion> = parts.filter_map(|part| part.explosion(context)).collect();
    found.sort_by_key(|explosion| explosion.top);
    let edges = found.iter().flat_map(|explosion| &explosion.edges);
    let mut sources: Vec<FileId> = edges.filter_map(|edge| Some(context.links.edges.get(*edge)?.source)).collect();
    sources.sort_unstable();
    PathExplosions { found, sources }
}

/// Whether a link is one of several that together make paths multiply: `path-explosion` tells of it.
pub fn is_in_path_explosion(context: &Context<'_>, edge: &LinkEdge) -> bool {
    context.explosions().sources.binary_search(&edge.source).is_ok()
}

impl Part {
    fn new(context: &Context<'_>, walks: &Walks, members: Vec<u32>) -> Part {
        let numbers: HashMap<u32, u32> = members.iter().copied().zip(0..).collect();
        let (mut ways_in, mut ways_out, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for (number, place) in (0..).zip(&members) {
            for step in walks.steps_inside(*place) {
                let Some(to) = numbers.get(&step.to).copied() else { continue };
                let units = units_of_step(context, step);
                ways_in.push((to, (number, units)));
                ways_out.push((number, (to, units)));
                links.extend(step.link);
            }
        }
        let ways_in = Groups::new(members.len(), &ways_in);
        let ways_out = Groups::new(members.len(), &ways_out);
        let units = members.iter().map(|place| units_of_path(context, *place)).collect();
        Part { members, units, ways_out, ways_in, links }
    }

    fn explosion(&self, context: &Context<'_>) -> Option<PathExplosion> {
        let index = context.impact();
        let (_, top) = self.units.iter().zip(&self.members).min()?;
        let centres = self.centres();
        let power = |longest: u32| centres.iter().map(|centre| centre.power(longest)).max().unwrap_or(0);
        let links: Vec<&FollowedLink> = self.links.iter().filter_map(|number| index.link(*number)).collect();
        Some(PathExplosion {
            top: index.file(index.tree.node(*top)?)?,
            edges: links.iter().map(|link| link.edge).collect(),
            power_of_classic: power(LONGEST_CLASSIC_PATH),
            power_of_longest: power(LONGEST_PATH),
            is_of_windows: links.iter().all(|link| link.is_of_windows),
        })
    }

    /// The directories with more than one way out that have the shortest paths.
    fn centres(&self) -> Vec<Centre> {
        let mut branching: Vec<(u32, u32)> =
            self.units.iter().copied().zip(0..).filter(|(_, number)| self.ways_out.of(*number).len() > 1).collect();
        branching.sort_unstable();
        let steps: usize = self.ways_out.range(0, offset32(self.members.len())).len();
        branching.truncate((MOST_STEPS / steps.max(1)).clamp(1, MOST_CENTRES));
        branching.into_iter().map(|(units, number)| self.centre(units, number)).collect()
    }

    fn centre(&self, units: u32, number: u32) -> Centre {
        let back = self.units_to(number);
        let round = |(to, units): &(u32, u32)| Some(units.saturating_add(*back.get(*to as usize)?));
        let mut rounds: Vec<u32> = self.ways_out.of(number).iter().filter_map(round).collect();
        rounds.sort_unstable();
        Centre { units, rounds }
    }

    /// For each member the least units that a way to one of them adds: Dijkstra's algorithm.
    fn units_to(&self, centre: u32) -> Vec<u32> {
        let mut least = vec![u32::MAX; self.members.len()];
        let mut next = BinaryHeap::from([Reverse((0_u32, centre))]);
        while let Some(Reverse((units, number))) = next.pop() {
            let Some(known) = least.get_mut(number as usize).filter(|known| units < **known) else { continue };
            *known = units;
            let ways = self.ways_in.of(number).iter();
            next.extend(ways.map(|(from, added)| Reverse((units.saturating_add(*added), *from))));
        }
        least
    }
}

impl Centre {
    /// Paths of some length there are at least 2 to this power of.
    #[expect(clippy::cast_possible_truncation, reason = "the power is less than 2^20")]
    fn power(&self, longest: u32) -> u64 {
        let room = longest.saturating_sub(self.units);
        let powers = (1_u32..).zip(&self.rounds).map(|(ways, units)| {
            let rounds = room / (*units).max(1);
            f64::from(rounds) * f64::from(ways).log2()
        });
        powers.fold(0.0, f64::max) as u64
    }
}

/// UTF-16 units that a step adds to a path: a separator, and the name of the link or the directory.
pub(super) fn units_of_step(context: &Context<'_>, step: &Step) -> u32 {
    let index = context.impact();
    let units = match step.link {
        Some(number) => index.link(number).and_then(|link| {
            let edge = context.links.edges.get(link.edge)?;
            Some(context.graph(edge.source.volume)?.name_of_link(edge)?.text().unit_count())
        }),
        None => index.tree.node(step.to).and_then(|node| index.file(node)).and_then(|id| {
            let directory = context.file(id)?;
            Some(directory.primary_name()?.text().unit_count())
        }),
    };
    1 + offset32(units.unwrap_or(0))
}

/// UTF-16 units of the path of the directory at a place.
pub(super) fn units_of_path(context: &Context<'_>, place: u32) -> u32 {
    let index = context.impact();
    let units = index.tree.node(place).and_then(|node| index.file(node)).and_then(|id| {
        let graph = context.graph(id.volume)?;
        let directory = graph.paths.index_of(&graph.files, id.record)?;
        Some(graph.paths.directory(directory)?.units)
    });
    units.unwrap_or(0)
}
