//! What is reached outside a directory by whoever follows the links in it.

use std::ops::ControlFlow;

use super::index::{FollowedLink, ImpactIndex, Kind, Node};

/// Which links are followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Follows {
    /// Links to files as well as those to directories.
    pub file_links: bool,
    /// Windows' own as well, which everyone is denied to list.
    pub those_of_windows: bool,
}

impl Follows {
    /// Whether a link is one of those.
    pub fn includes(self, link: &FollowedLink) -> bool {
        (link.to_directory || self.file_links) && (!link.is_of_windows || self.those_of_windows)
    }
}

/// What is reached outside a directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    /// How many directories.
    pub directories: u64,
    /// Files, each with how many of its hard links were seen outside.
    pub files: Vec<(Node, u32)>,
    /// The links that leave the directory, by their numbers.
    pub links: Vec<u32>,
    /// There may be more: the work was cut off.
    pub at_least: bool,
}

/// Files, bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amount {
    /// How many files.
    pub files: u64,
    /// Bytes of their unnamed streams.
    pub bytes: u64,
}

impl Amount {
    /// Adds a file, so many times.
    pub(crate) fn add(&mut self, size: u64, times: u64) {
        self.files = self.files.saturating_add(times);
        self.bytes = self.bytes.saturating_add(size.saturating_mul(times));
    }
}

/// Walks from directory after directory, with tables that are made once.
#[derive(Debug)]
pub(crate) struct Explorer<'i> {
    index: &'i ImpactIndex,
    /// Which walk was at a node last.
    last_walk: Vec<u32>,
    /// The place of a file in what that walk found.
    places: Vec<u32>,
    walk: u32,
    stack: Vec<Node>,
}

/// A walk under way.
struct Walk<'w> {
    inside: Node,
    follows: Follows,
    /// Children and links that may still be looked at.
    budget: &'w mut u64,
    found: Outside,
}

impl<'i> Explorer<'i> {
    /// Prepares to walk.
    pub fn new(index: &'i ImpactIndex) -> Explorer<'i> {
        let tables = || vec![0; index.len()];
        Explorer { index, last_walk: tables(), places: tables(), walk: 0, stack: Vec::new() }
    }

    /// Follows the links that leave a directory, and those that are met then. What is in the directory is not walked.
    /// `budget` is what may be looked at, and becomes what is left.
    pub fn explore(&mut self, inside: Node, follows: Follows, budget: &mut u64) -> Outside {
        self.walk += 1;
        self.stack.clear();
        let mut walk = Walk { inside, follows, budget, found: Outside::default() };
        let index = self.index;
        if self.leave(&mut walk, index.links_below(inside)).is_break() {
            walk.found.at_least = true;
        }
        while let Some(directory) = self.stack.pop() {
            walk.found.directories += 1;
            if self.enter(&mut walk, directory).is_break() {
                walk.found.at_least = true;
                break;
            }
        }
        walk.found
    }

    fn leave(&mut self, walk: &mut Walk<'_>, links: &[u32]) -> ControlFlow<()> {
        for number in links {
            walk.spend()?;
            let Some(link) = self.index.link(*number).filter(|link| walk.follows.includes(link)) else { continue };
            if self.follow(walk, link) {
                walk.found.links.push(*number);
            }
        }
        ControlFlow::Continue(())
    }

    fn enter(&mut self, walk: &mut Walk<'_>, directory: Node) -> ControlFlow<()> {
        for child in self.index.children(directory) {
            walk.spend()?;
            match self.index.kind(*child) {
                Some(Kind::File) => self.note_file(walk, *child),
                Some(Kind::Directory) => _ = self.visit(walk, *child),
                Some(Kind::Link) | None => {}
            }
        }
        for number in self.index.links_in(directory) {
            walk.spend()?;
            if let Some(link) = self.index.link(*number).filter(|link| walk.follows.includes(link)) {
                self.follow(walk, link);
            }
        }
        ControlFlow::Continue(())
    }

    /// Follows a link; answers whether it leads outside.
    fn follow(&mut self, walk: &mut Walk<'_>, link: &FollowedLink) -> bool {
        if link.to_directory {
            return self.visit(walk, link.target);
        }
        // Only its content is reached by a link to a file, and none of its names.
        let is_inside = self.index.is_in(link.target, walk.inside);
        if !is_inside {
            self.find_file(walk, link.target);
        }
        !is_inside
    }

    /// Goes into a directory, if no walk of this time was there; answers whether it is outside.
    fn visit(&mut self, walk: &Walk<'_>, directory: Node) -> bool {
        if self.index.is_at_or_below(directory, walk.inside) {
            return false;
        }
        let Some(last) = self.last_walk.get_mut(directory.index()) else { return false };
        if *last != self.walk {
            *last = self.walk;
            self.stack.push(directory);
        }
        true
    }

    fn note_file(&mut self, walk: &mut Walk<'_>, file: Node) {
        if let Some((_, names)) = self.find_file(walk, file) {
            *names += 1;
        }
    }

    /// The entry of a file in what was found.
    fn find_file<'f>(&mut self, walk: &'f mut Walk<'_>, file: Node) -> Option<&'f mut (Node, u32)> {
        let (last, place) = (self.last_walk.get_mut(file.index())?, self.places.get_mut(file.index())?);
        if *last != self.walk {
            *last = self.walk;
            *place = format::bytes::offset32(walk.found.files.len());
            walk.found.files.push((file, 0));
        }
        walk.found.files.get_mut(*place as usize)
    }
}

impl Walk<'_> {
    fn spend(&mut self) -> ControlFlow<()> {
        match self.budget.checked_sub(1) {
            Some(rest) => {
                *self.budget = rest;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }
}

impl Outside {
    /// The files of which no hard link is left once those outside and those in the directory are gone.
    pub fn destroyed(&self, index: &ImpactIndex, inside: Node) -> Amount {
        let mut amount = Amount::default();
        for (file, seen) in &self.files {
            let Some(facts) = index.facts(*file) else { continue };
            let is_lost = *seen == facts.hard_links || *seen + index.names_in(*file, inside) == facts.hard_links;
            if is_lost && *seen > 0 {
                amount.add(facts.size, 1);
            }
        }
        amount
    }

    /// The files that have no hard link in the directory.
    pub fn not_in(&self, index: &ImpactIndex, inside: Node) -> Amount {
        let mut amount = Amount::default();
        for (file, _) in self.files.iter().filter(|(file, _)| !index.is_in(*file, inside)) {
            amount.add(index.facts(*file).map_or(0, |facts| facts.size), 1);
        }
        amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::testing::with_context;

    #[test]
    fn work_that_is_cut_off_says_so() {
        let mut spec = "[[file]]\npath = '\\from\\link'\njunction = 'C:\\to'\n".to_owned();
        (0..9).for_each(|number| spec += &format!("[[file]]\npath = '\\to\\{number}'\n"));
        with_context(&spec, &Policy::default(), Some(r"\from"), |context| {
            let index = context.impact();
            let inside = index.node(context.scope.expect("a scope")).expect("a directory");
            let follows = Follows { file_links: false, those_of_windows: false };
            // The link and nine files are ten things to look at.
            for (budget, files, at_least) in [(10, 9, false), (4, 3, true), (0, 0, true)] {
                let mut left = budget;
                let outside = Explorer::new(index).explore(inside, follows, &mut left);
                assert_eq!((outside.files.len(), outside.at_least, left), (files, at_least, 0), "{budget}");
            }
        });
    }
}
