//! Which directories are below which, told at once.
//!
//! A hostile volume can have a million directories in a row, each with a link: to climb from every one of them would take
//! days.

use crate::files::Files;
use crate::paths::{Above, Paths};

/// The directories of a volume in the order of a walk that goes down first, so that those below one follow it.
#[derive(Debug)]
pub(crate) struct DirectoryTree {
    /// For each directory, by its index, its place in the walk, and that of the first behind it that is not below it.
    places: Vec<(u32, u32)>,
}

impl DirectoryTree {
    /// The tree of a volume's directories, each below the one above its first name.
    pub fn build(files: &Files, paths: &Paths) -> DirectoryTree {
        let count = paths.directories().len();
        let parents: Vec<Option<usize>> = paths
            .directories()
            .iter()
            .map(|directory| match paths.above(files, directory.record) {
                Above::Directory(record) => paths.index_of(files, record).map(|index| index as usize),
                Above::Nothing | Above::Gone(_) => None,
            })
            .collect();
        let (starts, children) = children(&parents);
        let mut tree = DirectoryTree { places: vec![(0, 0); count] };
        let mut next = 0;
        // Directories to go into, and, behind what is below them, to come back to.
        let mut walk: Vec<(usize, bool)> = Vec::new();
        for root in (0..count).filter(|index| parents.get(*index).is_some_and(Option::is_none)) {
            walk.push((root, false));
            while let Some((directory, is_done)) = walk.pop() {
                let Some(place) = tree.places.get_mut(directory) else { continue };
                if is_done {
                    place.1 = next;
                    continue;
                }
                place.0 = next;
                next += 1;
                walk.push((directory, true));
                let below = starts.get(directory).zip(starts.get(directory + 1));
                let below = below.and_then(|(start, end)| children.get(*start..*end)).unwrap_or_default();
                walk.extend(below.iter().map(|child| (*child, false)));
            }
        }
        tree
    }

    /// Whether a directory is another one, or below it; both by their indices.
    pub fn is_at_or_below(&self, directory: u32, above: u32) -> bool {
        let place = |index: u32| self.places.get(index as usize);
        let (Some((place, _)), Some((start, end))) = (place(directory), place(above)) else { return false };
        (start..end).contains(&place)
    }
}

/// The children of every directory: where its own begin among all of them.
fn children(parents: &[Option<usize>]) -> (Vec<usize>, Vec<usize>) {
    let mut starts = vec![0; parents.len() + 1];
    for parent in parents.iter().flatten() {
        starts.get_mut(*parent).into_iter().for_each(|count| *count += 1);
    }
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    let mut children = vec![0; total];
    for (child, parent) in parents.iter().enumerate().rev() {
        let Some(start) = parent.and_then(|parent| starts.get_mut(parent)) else { continue };
        *start -= 1;
        children.get_mut(*start).into_iter().for_each(|place| *place = child);
    }
    (starts, children)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_put_together_by_parent() {
        let (starts, all) = children(&[Some(2), None, Some(1), Some(2)]);
        assert_eq!((starts, all), (vec![0, 0, 1, 3, 3], vec![2, 0, 3]));
    }
}
