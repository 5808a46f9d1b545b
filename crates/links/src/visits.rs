//! The links that a path has come upon, and whether they lead back to each other.
//!
//! Source: reference C.4, step 4.

use crate::resolution::{Position, Stop};
use crate::verdict::FileId;

/// How many links Windows follows in one path.
///
/// Source: Microsoft "Reparse Points and File Operations".
pub(crate) const MOST_HOPS: usize = 63;

/// A link that is being followed.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Visit {
    link: FileId,
    /// How many names are left behind it, those of the paths that wait for it among them.
    left: usize,
    position: Position,
}

/// The links followed so far, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Visits(Vec<Visit>);

impl Visits {
    /// How many links were followed.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The link that is followed at last.
    pub fn last_link(&self) -> Option<FileId> {
        self.0.last().map(|visit| visit.link)
    }

    /// Adds a link, with so many names left behind it, and stops where following it would never end.
    pub fn add(&mut self, link: FileId, left: usize, position: &Position) -> Result<(), Stop> {
        if let Some(before) = self.same_before(link, left, position) {
            let members = members(self.links().skip(before));
            return Err(Stop::Loop { at: link, members, is_expanding: false });
        }
        if self.0.len() >= MOST_HOPS {
            return Err(self.limit(link, left));
        }
        self.0.push(Visit { link, left, position: position.clone() });
        Ok(())
    }

    fn links(&self) -> impl Iterator<Item = FileId> + Clone {
        self.0.iter().map(|visit| visit.link)
    }

    /// When the link was followed before from the same position, with the same names left behind it: as many, and none of
    /// them walked since.
    fn same_before(&self, link: FileId, left: usize, position: &Position) -> Option<usize> {
        let untouched = self.0.iter().enumerate().rev().take_while(|(_, visit)| visit.left >= left);
        let mut same = untouched.filter(|(_, visit)| visit.link == link && visit.left == left);
        same.find(|(_, visit)| visit.position == *position).map(|(index, _)| index)
    }

    /// No more links are followed. One that came again before anything was walked that was left behind it comes again for
    /// ever, with more left each time: what was left has no part in it. It need not be the last one.
    fn limit(&self, link: FileId, left: usize) -> Stop {
        let mut least = left;
        let mut is_untouched: Vec<bool> = Vec::with_capacity(MOST_HOPS);
        for visit in self.0.iter().rev() {
            is_untouched.push(visit.left <= least);
            least = least.min(visit.left);
        }
        is_untouched.reverse();
        for (index, again) in self.links().chain([link]).enumerate() {
            let untouched = self.links().zip(&is_untouched).take(index).enumerate();
            let came_before = untouched.filter(|(_, (link, is_untouched))| *link == again && **is_untouched).last();
            if let Some((before, _)) = came_before {
                let members = members(self.links().take(index).skip(before));
                return Stop::Loop { at: again, members, is_expanding: true };
            }
        }
        Stop::TooManyHops(link)
    }
}

/// The links of a loop: each once, the lowest first, in the order in which they lead to each other.
fn members(round: impl Iterator<Item = FileId> + Clone) -> Vec<FileId> {
    let lowest = round.clone().min();
    let from_lowest = round.clone().skip_while(|link| Some(*link) != lowest);
    let up_to_lowest = round.take_while(|link| Some(*link) != lowest);
    let mut members = Vec::new();
    for link in from_lowest.chain(up_to_lowest) {
        if !members.contains(&link) {
            members.push(link);
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(record: u64) -> FileId {
        FileId { volume: 0, record }
    }

    /// Follows links, each with so many names left behind it, from one position.
    fn follow(links: impl IntoIterator<Item = (u64, usize)>) -> Result<(), Stop> {
        let mut visits = Visits::default();
        let position = Position::root(0);
        links.into_iter().try_for_each(|(record, left)| visits.add(file(record), left, &position))
    }

    fn round(at: u64, members: &[u64], is_expanding: bool) -> Result<(), Stop> {
        Err(Stop::Loop { at: file(at), members: members.iter().copied().map(file).collect(), is_expanding })
    }

    /// Where link 3 comes with nothing left, what was left behind link 2 has been walked: it is there a second time.
    #[test]
    fn a_link_that_comes_again_is_a_loop_if_nothing_behind_it_was_walked() {
        assert_eq!(follow([(1, 0), (2, 1), (3, 2), (2, 1)]), round(2, &[2, 3], false));
        assert_eq!(follow([(1, 2), (2, 1), (3, 0), (2, 1)]), Ok(()));
    }

    #[test]
    fn members_are_in_the_order_in_which_they_lead_to_each_other() {
        let links = [(7, 0), (5, 1), (4, 1), (5, 2), (6, 2), (7, 0)];
        assert_eq!(follow(links), round(7, &[4, 5, 6, 7], false));
    }

    /// Link 2 comes again, each time through link 9 and with more left, and the 64th is a 9 with a name behind it to go.
    #[test]
    fn a_loop_that_grows_need_not_end_at_a_link_of_its_own() {
        let rounds = (0..31).flat_map(|round| [(9, round + 1), (2, round)]);
        let links = [(1, 0)].into_iter().chain(rounds).chain([(9, 40)]);
        assert_eq!(follow(links), round(2, &[2, 9], true));
        let rounds = (0..63).map(|times| (2, times));
        assert_eq!(follow(rounds.chain([(9, 70)])), round(2, &[2], true));
    }

    /// A long path through the same link, which comes again because the path has it again.
    #[test]
    fn a_path_with_a_link_64_times_is_no_loop() {
        assert_eq!(follow((0..64).map(|times| (2, 63 - times))), Err(Stop::TooManyHops(file(2))));
    }
}
