//! Where a walk that follows links can go from each directory, and where it can come back.

use super::groups::Groups;
use super::index::{FollowedLink, ImpactIndex, Kind};

/// A way from one directory into another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Step {
    /// The place of the directory that it leads to.
    pub to: u32,
    /// The number of the link, if it is one and not just a directory in the other.
    pub link: Option<u32>,
}

/// All directories with all ways between them, and the parts of them in which every directory is reached from every
/// other.
#[derive(Debug)]
pub(crate) struct Walks {
    steps: Groups<Step>,
    /// For each place the number of its part.
    parts: Vec<u32>,
}

impl Walks {
    /// The ways of a walk that follows some of the links.
    pub fn new(index: &ImpactIndex, follows: impl Fn(&FollowedLink) -> bool) -> Walks {
        let count = index.tree.len();
        let mut pairs = Vec::new();
        for place in 0..format::bytes::offset32(count) {
            let Some(directory) = index.tree.node(place) else { continue };
            let children = index.children(directory).iter();
            let below = children.filter(|child| index.kind(**child) == Some(Kind::Directory));
            pairs.extend(below.map(|child| (place, Step { to: index.tree.place(*child), link: None })));
            let links = index.links_in(directory).iter().filter_map(|number| Some((*number, index.link(*number)?)));
            let followed = links.filter(|(_, link)| link.to_directory && follows(link));
            pairs.extend(
                followed.map(|(number, link)| (place, Step { to: index.tree.place(link.target), link: Some(number) })),
            );
        }
        let steps = Groups::new(count, &pairs);
        let parts = strongly_connected(count, &steps);
        Walks { steps, parts }
    }

    /// The ways out of the directory at a place.
    pub fn steps(&self, place: u32) -> &[Step] {
        self.steps.of(place)
    }

    /// The part that the directory at a place is in.
    pub fn part(&self, place: u32) -> Option<u32> {
        self.parts.get(place as usize).copied()
    }

    /// Whether a link leads back: from where it ends a walk gets to where it begins.
    pub fn leads_back(&self, from: u32, step: &Step) -> bool {
        step.link.is_some() && self.part(from) == self.part(step.to)
    }

    /// The ways from a directory to others of its part.
    pub fn steps_inside(&self, place: u32) -> impl Iterator<Item = &Step> {
        self.steps(place).iter().filter(move |step| self.part(step.to) == self.part(place))
    }

    /// How many directories there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }
}

const NO_PART: u32 = u32::MAX;

/// What is known of a directory while parts are found.
#[derive(Clone, Copy, Default)]
struct Visit {
    /// When it was reached first, from 1; 0 if it was not.
    reached: u32,
    /// The earliest directory, still without a part, that is reached from it.
    earliest: u32,
    /// How many of its ways were taken.
    taken: u32,
}

/// Parts while they are found.
struct Search {
    parts: Vec<u32>,
    next_part: u32,
    visits: Vec<Visit>,
    time: u32,
    /// Directories without a part, in the order in which they were reached.
    open: Vec<u32>,
    /// The directories that the walk is in.
    walk: Vec<u32>,
}

/// The number of the part of every directory: Tarjan's algorithm, without recursion, because a volume can have a million
/// directories in a row.
fn strongly_connected(count: usize, steps: &Groups<Step>) -> Vec<u32> {
    let (parts, visits) = (vec![NO_PART; count], vec![Visit::default(); count]);
    let mut search = Search { parts, next_part: 0, visits, time: 0, open: Vec::new(), walk: Vec::new() };
    for root in 0..format::bytes::offset32(count) {
        search.reach(root);
        while let Some(place) = search.walk.last().copied() {
            match search.next_step(place, steps) {
                Some(step) => search.take(place, step),
                None => search.leave(place),
            }
        }
    }
    search.parts
}

impl Search {
    fn visit(&self, place: u32) -> Visit {
        self.visits.get(place as usize).copied().unwrap_or_default()
    }

    /// Goes into a directory, if it was not reached before.
    fn reach(&mut self, place: u32) {
        let Some(visit) = self.visits.get_mut(place as usize).filter(|visit| visit.reached == 0) else { return };
        self.time += 1;
        *visit = Visit { reached: self.time, earliest: self.time, taken: 0 };
        self.open.push(place);
        self.walk.push(place);
    }

    fn next_step(&mut self, place: u32, steps: &Groups<Step>) -> Option<u32> {
        let visit = self.visits.get_mut(place as usize)?;
        let step = steps.of(place).get(visit.taken as usize)?;
        visit.taken += 1;
        Some(step.to)
    }

    fn take(&mut self, place: u32, to: u32) {
        let target = self.visit(to).reached;
        if target == 0 {
            self.reach(to);
        } else if self.parts.get(to as usize) == Some(&NO_PART) {
            self.note_earliest(place, target);
        }
    }

    fn note_earliest(&mut self, place: u32, earliest: u32) {
        let visit = self.visits.get_mut(place as usize);
        visit.into_iter().for_each(|visit| visit.earliest = visit.earliest.min(earliest));
    }

    /// Goes back to where the walk came from. What reaches nothing earlier than itself has a part complete.
    fn leave(&mut self, place: u32) {
        self.walk.pop();
        let Visit { reached, earliest, .. } = self.visit(place);
        if reached == earliest {
            while let Some(member) = self.open.pop() {
                self.parts.get_mut(member as usize).into_iter().for_each(|part| *part = self.next_part);
                if member == place {
                    break;
                }
            }
            self.next_part += 1;
        } else if let Some(above) = self.walk.last().copied() {
            self.note_earliest(above, earliest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_leads_to_each_other() {
        // 0 → 1 → 2 → 0, 2 → 3, 3 → 3, 4 → 0, 5 → 4 and back.
        let pairs = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 3), (4, 0), (4, 5), (5, 4)];
        let pairs = pairs.map(|(from, to)| (from, Step { to, link: None }));
        let parts = strongly_connected(6, &Groups::new(6, &pairs));
        let together = |one: usize, other: usize| parts[one] == parts[other];
        assert!(together(0, 1) && together(1, 2) && together(4, 5));
        assert!(!together(0, 3) && !together(0, 4) && !together(3, 4));
    }

    #[test]
    fn a_million_directories_in_a_row_are_no_trouble() {
        let pairs: Vec<(u32, Step)> = (0..999_999).map(|from| (from, Step { to: from + 1, link: None })).collect();
        let parts = strongly_connected(1_000_000, &Groups::new(1_000_000, &pairs));
        assert_ne!(parts[0], parts[999_999]);
    }
}
