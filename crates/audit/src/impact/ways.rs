//! In how many ways a walk that follows links gets to each directory, and what it carries.
//!
//! Links that lead back are not followed here, so that there is an end: what is counted is what a walk carries at least.

use super::index::{ImpactIndex, Kind, Node};
use super::outside::{Amount, Follows};
use super::walks::Walks;

/// How many ways lead to each directory from the one that a walk begins at.
#[derive(Debug)]
pub(crate) struct Ways {
    /// The places of those that are reached, each after those that lead to it.
    order: Vec<u32>,
    /// By place; 0 of what is not reached.
    ways: Vec<u64>,
    /// Links in what is reached that lead back, by their numbers, in order.
    pub loops: Vec<u32>,
}

/// What becomes of files with several hard links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HardLinkPolicy {
    /// Their content is carried once, and linked as it was.
    Keep,
    /// Each hard link becomes a file.
    Expand,
}

/// What a walk carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// Directories, that where it begins among them.
    pub directories: u64,
    /// Files with their content.
    pub content: Amount,
    /// Files that differ, however often they are carried.
    pub distinct: Amount,
    /// Hard links that are made to what is carried already.
    pub further_names: u64,
    /// What is carried again because a hard link became a file.
    pub by_hard_links: Amount,
}

/// How much of what is in a directory is in it alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ownership {
    /// Files of which every hard link is in it or below it: what deleting it frees.
    pub exclusive: Amount,
    /// Files that have hard links elsewhere as well.
    pub shared: Amount,
}

impl Ways {
    /// The ways from a directory.
    pub fn new(index: &ImpactIndex, walks: &Walks, start: Node) -> Ways {
        let order = order_from(walks, index.tree.place(start));
        let (mut ways, mut loops) = (vec![0_u64; walks.len()], Vec::new());
        ways.get_mut(index.tree.place(start) as usize).into_iter().for_each(|first| *first = 1);
        for place in &order {
            let Some(to_here) = ways.get(*place as usize).copied() else { continue };
            for step in walks.steps(*place) {
                if walks.leads_back(*place, step) {
                    loops.extend(step.link);
                } else if let Some(there) = ways.get_mut(step.to as usize) {
                    *there = there.saturating_add(to_here);
                }
            }
        }
        loops.sort_unstable();
        Ways { order, ways, loops }
    }

    /// Whether a link leads back.
    pub fn is_loop(&self, link: u32) -> bool {
        self.loops.binary_search(&link).is_ok()
    }

    /// In how many ways the directory at a place is reached.
    pub fn to(&self, place: u32) -> u64 {
        self.ways.get(place as usize).copied().unwrap_or(0)
    }

    /// The places of the directories that are reached.
    pub fn reached(&self) -> &[u32] {
        &self.order
    }

    /// What is carried by a walk that takes these ways, and the content that links to files lead to if it follows such.
    pub fn carried(&self, index: &ImpactIndex, follows: Option<Follows>, hard_links: HardLinkPolicy) -> Carried {
        let mut carried = Carried::default();
        for place in &self.order {
            carried.directories = carried.directories.saturating_add(self.to(*place));
        }
        self.files_met(index, follows).sum_up(hard_links, &mut carried);
        carried
    }

    /// How much of the content of a directory is its own: these are the ways from it that follow no link.
    pub fn ownership(&self, index: &ImpactIndex) -> Ownership {
        let mut ownership = Ownership::default();
        for Met { file, names, .. } in self.files_met(index, None).files {
            let Some(facts) = index.facts(file) else { continue };
            let is_exclusive = names == u64::from(facts.hard_links);
            let amount = if is_exclusive { &mut ownership.exclusive } else { &mut ownership.shared };
            amount.add(facts.size, 1);
        }
        ownership
    }

    fn files_met<'i>(&self, index: &'i ImpactIndex, follows: Option<Follows>) -> Tally<'i> {
        let mut files = Tally::new(index);
        for place in &self.order {
            let (Some(directory), ways) = (index.tree.node(*place), self.to(*place)) else { continue };
            for child in index.children(directory).iter().filter(|child| index.kind(**child) == Some(Kind::File)) {
                files.add(*child, ways, 1);
            }
            for link in index.links_in(directory).iter().filter_map(|number| index.link(*number)) {
                if !link.to_directory && follows.is_some_and(|follows| follows.includes(link)) {
                    files.add(link.target, ways, 0);
                }
            }
        }
        files
    }

    /// What is carried through each directory, by place: it and all that is reached from it, each way by itself. Files that
    /// are carried once anyway do not count.
    pub fn totals(&self, index: &ImpactIndex, walks: &Walks, hard_links: HardLinkPolicy) -> Vec<Amount> {
        let mut totals = vec![Amount::default(); self.ways.len()];
        for place in self.order.iter().rev() {
            let Some(directory) = index.tree.node(*place) else { continue };
            let mut total = Amount::default();
            for file in index.children(directory).iter().filter_map(|child| index.facts(*child)) {
                let is_once = hard_links == HardLinkPolicy::Keep && file.hard_links > 1;
                total.add(file.size, u64::from(file.kind == Kind::File && !is_once));
            }
            for step in walks.steps(*place).iter().filter(|step| !walks.leads_back(*place, step)) {
                let there = totals.get(step.to as usize).copied().unwrap_or_default();
                total.files = total.files.saturating_add(there.files);
                total.bytes = total.bytes.saturating_add(there.bytes);
            }
            totals.get_mut(*place as usize).into_iter().for_each(|entry| *entry = total);
        }
        totals
    }
}

/// Files while they are counted, each once.
struct Tally<'i> {
    index: &'i ImpactIndex,
    /// For each node its place among the files, from 1; 0 if it was not met.
    places: Vec<u32>,
    files: Vec<Met>,
}

/// A file that was met.
struct Met {
    file: Node,
    /// In how many ways.
    ways: u64,
    /// By how many of its hard links.
    names: u64,
}

impl<'i> Tally<'i> {
    fn new(index: &'i ImpactIndex) -> Tally<'i> {
        Tally { index, places: vec![0; index.len()], files: Vec::new() }
    }

    fn add(&mut self, file: Node, ways: u64, names: u64) {
        let Some(place) = self.places.get_mut(file.index()) else { return };
        if *place == 0 {
            self.files.push(Met { file, ways: 0, names: 0 });
            *place = format::bytes::offset32(self.files.len());
        }
        if let Some(met) = self.files.get_mut((*place - 1) as usize) {
            met.ways = met.ways.saturating_add(ways);
            met.names += names;
        }
    }

    fn sum_up(&self, hard_links: HardLinkPolicy, carried: &mut Carried) {
        for Met { file, ways, names } in &self.files {
            let Some(facts) = self.index.facts(*file) else { continue };
            carried.distinct.add(facts.size, 1);
            // What has but one hard link is not known again when it is met in another way.
            if hard_links == HardLinkPolicy::Keep && facts.hard_links > 1 {
                carried.content.add(facts.size, 1);
                carried.further_names = carried.further_names.saturating_add(ways.saturating_sub(1));
            } else {
                carried.content.add(facts.size, *ways);
                carried.by_hard_links.add(facts.size, names.saturating_sub(1));
            }
        }
    }
}

/// The places that are reached from one, each after those that lead to it; links that lead back aside.
fn order_from(walks: &Walks, start: u32) -> Vec<u32> {
    let mut is_reached = vec![false; walks.len()];
    let mut order = Vec::new();
    // The directories that the walk is in, and how many of their ways were taken.
    let mut walk: Vec<(u32, usize)> = Vec::new();
    let mut reach = |place: u32, walk: &mut Vec<(u32, usize)>| {
        if let Some(reached) = is_reached.get_mut(place as usize).filter(|reached| !**reached) {
            *reached = true;
            walk.push((place, 0));
        }
    };
    reach(start, &mut walk);
    while let Some((place, taken)) = walk.last_mut() {
        let place = *place;
        match walks.steps(place).get(*taken) {
            Some(step) => {
                *taken += 1;
                if !walks.leads_back(place, step) {
                    reach(step.to, &mut walk);
                }
            }
            None => {
                order.push(place);
                walk.pop();
            }
        }
    }
    order.reverse();
    order
}
