//! Which directories are below which, and the nearest directory above two of them: told at once, however deep they are.

use super::groups::Groups;
use super::index::Node;

/// No place: what is no directory has none, and nothing is above a root.
pub(crate) const NONE: u32 = u32::MAX;

/// Directories by their places: the order of a walk that goes down first, so that those below one follow it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// For each node its place, if it is a directory.
    places: Vec<u32>,
    /// By place.
    directories: Vec<Branch>,
}

/// A directory in the tree.
#[derive(Clone, Copy, Debug)]
struct Branch {
    node: Node,
    /// The place of the directory above it.
    parent: u32,
    /// The place of the first directory behind it that is not below it.
    end: u32,
    /// The first directory of the path that it is on: paths go from a directory to the child that has the most below it,
    /// so that from anywhere to the root there are no more of them than the number of directories has bits.
    head: u32,
    /// That child.
    next: u32,
}

/// Where two directories part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fork {
    /// The nearest directory that is either, or above either.
    pub common: u32,
    /// The directory in it that is the first of the two, or above that; `NONE` if the first is the common one.
    pub branch: u32,
}

impl Tree {
    /// The tree of the directories among some nodes; `children` are theirs.
    pub fn new(is_directory: &[bool], children: &Groups<Node>) -> Tree {
        let mut tree = Tree { places: vec![NONE; is_directory.len()], directories: Vec::new() };
        let is_directory = |node: Node| is_directory.get(node.index()).copied().unwrap_or(false);
        let mut is_root: Vec<bool> = (0..tree.places.len()).map(|index| is_directory(Node::at(index))).collect();
        let below = |node: Node| children.of(node.number()).iter().copied().filter(|child| is_directory(*child));
        for child in (0..tree.places.len()).map(Node::at).filter(|node| is_directory(*node)).flat_map(below) {
            is_root.get_mut(child.index()).into_iter().for_each(|root| *root = false);
        }
        let mut walk: Vec<(Node, u32)> = Vec::new();
        for root in (0..is_root.len()).filter(|index| is_root.get(*index) == Some(&true)) {
            walk.push((Node::at(root), NONE));
            while let Some((node, parent)) = walk.pop() {
                let place = tree.enter(node, parent);
                // The last comes out first.
                walk.extend(below(node).rev().map(|child| (child, place)));
            }
        }
        tree.close();
        tree.find_heads();
        tree
    }

    fn enter(&mut self, node: Node, parent: u32) -> u32 {
        let place = format::bytes::offset32(self.directories.len());
        self.places.get_mut(node.index()).into_iter().for_each(|entry| *entry = place);
        self.directories.push(Branch { node, parent, end: place + 1, head: place, next: NONE });
        place
    }

    /// Finds where those below each directory end, from the last directory on.
    fn close(&mut self) {
        for place in (0..self.directories.len()).rev() {
            let Some(Branch { parent, end, .. }) = self.directories.get(place).copied() else { continue };
            if let Some(above) = self.directories.get_mut(parent as usize) {
                above.end = above.end.max(end);
            }
        }
    }

    fn find_heads(&mut self) {
        let size = |tree: &Tree, place: u32| tree.branch(place).map_or(0, |branch| branch.end - place);
        let places = 0..format::bytes::offset32(self.directories.len());
        for place in places.clone() {
            let parent = self.parent(place);
            let Some(known) = self.branch(parent).map(|above| above.next) else { continue };
            if size(self, place) > size(self, known) {
                self.directories.get_mut(parent as usize).into_iter().for_each(|above| above.next = place);
            }
        }
        for place in places {
            let above = self.branch(self.parent(place));
            let Some(head) = above.filter(|above| above.next == place).map(|above| above.head) else { continue };
            self.directories.get_mut(place as usize).into_iter().for_each(|branch| branch.head = head);
        }
    }

    fn branch(&self, place: u32) -> Option<&Branch> {
        self.directories.get(place as usize)
    }

    /// How many directories there are.
    pub fn len(&self) -> usize {
        self.directories.len()
    }

    /// The place of a directory; `NONE` of what is none.
    #[inline]
    pub fn place(&self, node: Node) -> u32 {
        self.places.get(node.index()).copied().unwrap_or(NONE)
    }

    /// The directory at a place.
    pub fn node(&self, place: u32) -> Option<Node> {
        self.branch(place).map(|branch| branch.node)
    }

    /// The place of the directory above the one at a place.
    pub fn parent(&self, place: u32) -> u32 {
        self.branch(place).map_or(NONE, |branch| branch.parent)
    }

    /// The places of a directory and those below it.
    pub fn below(&self, place: u32) -> std::ops::Range<u32> {
        self.branch(place).map_or(0..0, |branch| place..branch.end)
    }

    /// Where two directories part, by their places; `None` if nothing is above both.
    pub fn fork(&self, first: u32, second: u32) -> Option<Fork> {
        let (mut first, mut second, mut branch) = (first, second, NONE);
        loop {
            let (first_head, second_head) = (self.branch(first)?.head, self.branch(second)?.head);
            if first_head == second_head {
                break;
            }
            // What is above a directory comes before it, so that the later head has nothing of the other in its path.
            if first_head > second_head {
                branch = first_head;
                first = self.parent(first_head);
            } else {
                second = self.parent(second_head);
            }
        }
        if first <= second {
            return Some(Fork { common: first, branch });
        }
        // The first is further down the path that both are on.
        Some(Fork { common: second, branch: self.branch(second)?.next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 has 1 and 2; 1 has 3 and 4; 4 has 5; 6 is a root of its own.
    fn tree() -> Tree {
        let pairs = [(0, 1), (0, 2), (1, 3), (1, 4), (4, 5)].map(|(parent, child)| (parent, Node::at(child)));
        Tree::new(&[true; 7], &Groups::new(7, &pairs))
    }

    fn check(first: usize, second: usize, expected: Option<(usize, Option<usize>)>) {
        let tree = tree();
        let place = |node: usize| tree.place(Node::at(node));
        let fork = tree.fork(place(first), place(second));
        let node = |place: u32| tree.node(place).map(Node::index);
        assert_eq!(fork.map(|fork| (node(fork.common).unwrap(), node(fork.branch))), expected, "{first} {second}");
    }

    #[test]
    fn two_directories_part_at_the_nearest_above_both() {
        check(5, 3, Some((1, Some(4))));
        check(3, 5, Some((1, Some(3))));
        check(5, 2, Some((0, Some(1))));
        check(2, 5, Some((0, Some(2))));
        check(5, 1, Some((1, Some(4))));
        check(1, 5, Some((1, None)));
        check(4, 4, Some((4, None)));
        check(5, 6, None);
    }

    #[test]
    fn those_below_follow() {
        let tree = tree();
        let below = |node: usize| {
            let mut nodes: Vec<usize> =
                tree.below(tree.place(Node::at(node))).filter_map(|place| tree.node(place)).map(Node::index).collect();
            nodes.sort_unstable();
            nodes
        };
        assert_eq!([below(1), below(2), below(6)], [vec![1, 3, 4, 5], vec![2], vec![6]]);
    }
}
