//! How long paths get that go through links.
//!
//! From the directories that lead nowhere upwards, each is told the longest way down from it by those that it leads to:
//! every directory is looked at once, however many paths there are. Ways that lead back have no end, and are left out.

use format::bytes::offset32;
use links::{Above, FileId, HardLink, LONGEST_PATH};

use super::explosion::{units_of_path, units_of_step};
use super::index::FollowedLink;
use super::walks::{Step, Walks};
use crate::context::Context;

/// A link to a directory, through which a path gets longer than Windows can name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LongWalk {
    /// The link.
    pub source: FileId,
    /// The edge of the link, by its index.
    pub edge: usize,
    /// UTF-16 units of the longest path through it.
    pub units: u64,
}

/// A separator and the longest name.
const MOST_UNITS: u64 = 1 + 255;

/// Finds every such link, in the order of the links' files.
pub(crate) fn find_long_walks(context: &Context<'_>) -> Vec<LongWalk> {
    let index = context.impact();
    if !index.links.iter().any(|link| link.to_directory) {
        return Vec::new();
    }
    let walks = context.walks();
    // Hardly any volume is deep enough for the lengths of its names to matter.
    let most = longest_ways(walks, |_| MOST_UNITS, |_| MOST_UNITS);
    if long_walks(context, walks, &most).next().is_none() {
        return Vec::new();
    }
    let names = longest_names(context, walks.len());
    let longest_name = |place: u32| names.get(place as usize).copied().unwrap_or(0);
    let exact = longest_ways(walks, longest_name, |step| u64::from(units_of_step(context, step)));
    let mut found: Vec<LongWalk> = long_walks(context, walks, &exact).collect();
    found.sort_by_key(|walk| (walk.source, walk.edge));
    found
}

/// The links through which a path gets too long, if so many units lie below each directory.
fn long_walks<'c>(
    context: &'c Context<'_>,
    walks: &'c Walks,
    units_below: &'c [u64],
) -> impl Iterator<Item = LongWalk> + 'c {
    let index = context.impact();
    let to_directories = (0..).zip(&index.links).filter(|(_, link)| link.to_directory);
    to_directories.filter_map(move |(number, FollowedLink { edge, directory, target, .. })| {
        let step = Step { to: index.tree.place(*target), link: Some(number) };
        let from = index.tree.place(*directory);
        let below = units_below.get(step.to as usize).filter(|_| !walks.leads_back(from, &step))?;
        let units = u64::from(units_of_path(context, from)) + u64::from(units_of_step(context, &step)) + below;
        let source = context.links.edges.get(*edge)?.source;
        (units > u64::from(LONGEST_PATH)).then_some(LongWalk { source, edge: *edge, units })
    })
}

/// For each place the UTF-16 units of the longest way down from it: through directories and links, to a name.
fn longest_ways(walks: &Walks, longest_name: impl Fn(u32) -> u64, units: impl Fn(&Step) -> u64) -> Vec<u64> {
    let mut places: Vec<u32> = (0..offset32(walks.len())).collect();
    // Parts that lead to others have higher numbers than those.
    places.sort_by_key(|place| walks.part(*place));
    let mut longest = vec![0; walks.len()];
    for place in places {
        let steps_out = walks.steps(place).iter().filter(|step| walks.part(step.to) != walks.part(place));
        let ways = steps_out.map(|step| units(step) + longest.get(step.to as usize).copied().unwrap_or(0));
        let way = ways.max().unwrap_or(0).max(longest_name(place));
        longest.get_mut(place as usize).into_iter().for_each(|entry| *entry = way);
    }
    longest
}

/// For each place the UTF-16 units of the longest name in the directory, with a separator.
fn longest_names(context: &Context<'_>, places: usize) -> Vec<u64> {
    let index = context.impact();
    let mut longest = vec![0; places];
    let mut links: Vec<HardLink<'_>> = Vec::new();
    for (volume, source) in context.volumes.iter().enumerate() {
        let files = &source.graph.files;
        for file in (0..files.chunk_count()).flat_map(|chunk| files.files_of_chunk(chunk)) {
            file.hard_links(&mut links);
            for name in links.iter().map(|link| link.name).filter(|_| file.is_in_use()) {
                let above = source.graph.paths.above_name(files, &file, &name);
                let Above::Directory(record) = above else { continue };
                let place = index.node(FileId { volume, record }).map(|directory| index.tree.place(directory));
                let entry = place.and_then(|place| longest.get_mut(place as usize));
                let units = 1 + name.text().unit_count() as u64;
                entry.into_iter().for_each(|entry| *entry = units.max(*entry));
            }
        }
    }
    longest
}
