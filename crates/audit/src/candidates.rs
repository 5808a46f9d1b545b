//! Which directories may have what patterns of paths are about: told for all of a volume at once, so that no path has to be
//! put together for the names in all others.

use format::Wtf8;
use links::{Directory, File, Place, Prefix, VolumeGraph};

/// The names of the directories with which a pattern begins, from the root.
pub(crate) type Beginning = Vec<String>;

/// Beginnings that are told apart; with more, every directory may have something.
const MOST_BEGINNINGS: usize = 64;

/// The directories of a volume that may have something.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// By their indices.
    states: Vec<Option<State>>,
    /// Of what has no path from the root.
    elsewhere: State,
}

/// What is known of a directory's path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct State {
    /// It has a beginning's names, or more behind them.
    is_candidate: bool,
    /// The beginnings that go on with more names: a bit for each.
    open: u64,
    /// How many names it has, while some are open.
    depth: usize,
}

impl Candidates {
    /// Those of a volume. Each directory is looked at once, and its name only where some beginning goes on.
    pub fn find(graph: &VolumeGraph, beginnings: &[Beginning]) -> Candidates {
        let are_all = beginnings.len() > MOST_BEGINNINGS || beginnings.iter().any(Vec::is_empty);
        let elsewhere = State { is_candidate: are_all, open: 0, depth: 0 };
        let bits = (0_u32..).zip(beginnings).filter(|_| !are_all);
        let root = State { open: bits.fold(0, |open, (bit, _)| open | 1 << bit), ..elsewhere };
        let directories = graph.paths.directories();
        let mut candidates = Candidates { states: vec![None; directories.len()], elsewhere };
        let mut climb: Vec<(usize, &Directory)> = Vec::new();
        for start in 0..directories.len() {
            let mut next = start;
            // Up to one that is known, and down again.
            let mut state = loop {
                if let Some(known) = candidates.states.get(next).copied().flatten() {
                    break known;
                }
                let Some(directory) = directories.get(next) else { break elsewhere };
                match directory.prefix {
                    Prefix::Below { directory: above } => {
                        climb.push((next, directory));
                        next = above as usize;
                    }
                    Prefix::Root => break root,
                    Prefix::Orphan(_) | Prefix::Long(_) | Prefix::Nameless => break elsewhere,
                }
            };
            candidates.set(next, state);
            while let Some((index, directory)) = climb.pop() {
                state = below(graph, beginnings, state, directory);
                candidates.set(index, state);
            }
        }
        candidates
    }

    fn set(&mut self, index: usize, state: State) {
        self.states.get_mut(index).into_iter().for_each(|place| *place = Some(state));
    }

    /// Whether one of a file's names is in such a directory.
    pub fn have(&self, graph: &VolumeGraph, file: &File<'_>) -> bool {
        file.names().any(|name| {
            let state = match graph.place_of(file, &name) {
                Place::In(index) => self.states.get(index as usize).copied().flatten(),
                Place::Orphan(_) | Place::Long(_) => None,
            };
            state.unwrap_or(self.elsewhere).is_candidate
        })
    }
}

/// What is known of a directory by what is known of the one above.
fn below(graph: &VolumeGraph, beginnings: &[Beginning], above: State, directory: &Directory) -> State {
    let file = graph.files.file(directory.record).filter(|_| above.open != 0);
    let Some(name) = file.and_then(|file| file.primary_name()) else { return State { open: 0, ..above } };
    let mut state = State { open: 0, depth: above.depth.saturating_add(1), ..above };
    for (bit, beginning) in (0_u32..).zip(beginnings).filter(|(bit, _)| above.open >> bit & 1 == 1) {
        let goes_on = beginning.get(above.depth).is_some_and(|wanted| is_same(wanted, name.text()));
        match goes_on {
            true if beginning.len() == state.depth => state.is_candidate = true,
            true => state.open |= 1 << bit,
            false => {}
        }
    }
    state
}

fn is_same(wanted: &str, name: Wtf8<'_>) -> bool {
    name.as_bytes().eq_ignore_ascii_case(wanted.as_bytes())
}
