//! The verdict on every link of every volume: one for each of its names.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};

use format::UpCase;
use rayon::prelude::*;
use volume::Volume;

use crate::deleted::find_deleted_targets;
use crate::files::{HardLink, Name, NameId};
use crate::judge::Seen;
use crate::link::{Link, LinkTarget};
use crate::paths::{Above, LONGEST_PATH};
use crate::problem::{Cause, LinkIssue, Problem};
use crate::reparse_type::LinkType;
use crate::resolution::Base;
use crate::resolver::Resolver;
use crate::target_name::TargetName;
use crate::verdict::{FileId, Notes, Target, Verdict};

/// A link, seen from one of its names, and where it leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkEdge {
    /// The link.
    pub source: FileId,
    /// Where the link stands among all links.
    link: usize,
    /// Which of its names; `None` of a link that has none.
    pub(crate) name: Option<NameId>,
    /// Which kind.
    pub link_type: LinkType,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Where its target stands among the places, if it is no file.
    pub place: Option<usize>,
}

/// Where all links lead.
#[derive(Debug, Default)]
pub struct ResolvedLinks {
    /// By source, then by the units of the name.
    pub edges: Vec<LinkEdge>,
    /// The first edge to each target that is no file.
    places: Vec<usize>,
}

impl ResolvedLinks {
    /// Targets that are no files, each once, in the order in which links lead to them.
    pub fn places(&self) -> impl Iterator<Item = &Target> {
        self.places.iter().filter_map(|edge| Some(&self.edges.get(*edge)?.verdict.target))
    }

    /// The records of a volume that links lead to, or would if they were read as meant: in order.
    pub fn targets_on(&self, volume: usize) -> Vec<u64> {
        let targets = self.edges.iter().flat_map(|edge| {
            let target = match edge.verdict.target {
                Target::File(file) => Some(file),
                _ => None,
            };
            target.into_iter().chain(edge.verdict.candidate)
        });
        let mut records: Vec<u64> = targets.filter(|file| file.volume == volume).map(|file| file.record).collect();
        records.sort_unstable();
        records.dedup();
        records
    }

    /// A problem for each link of a volume that was given up.
    pub fn problems_of(&self, volume: usize, source: &Volume<'_>) -> Vec<Problem> {
        let given_up = self.edges.iter().filter(|edge| edge.source.volume == volume && edge.verdict.is_cut_off);
        let mut records: Vec<u64> = given_up.map(|edge| edge.source.record).collect();
        records.dedup();
        let problem = |record| Problem {
            record: Some(record),
            offset: source.image_offset(record, 0),
            cause: Cause::Link(LinkIssue::LinkGivenUp),
        };
        records.into_iter().map(problem).collect()
    }
}

/// What may be done for one name of a link. All names of links share evenly in what a sound volume never needs, so that
/// there is an end to what a hostile one can ask for; but each gets enough for what sound links need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Names that are looked up and compared, and other work that costs as much.
    pub steps: u32,
    /// Bytes that a verdict may take for names and paths.
    pub text: usize,
}

impl Allowance {
    /// For a link on its own.
    pub const LARGEST: Allowance = Allowance { steps: 1 << 17, text: 1 << 20 };
    /// 63 links with a dozen names each, to be read and to be looked up; and a path as long as most programs make them.
    const LEAST: Allowance = Allowance { steps: 1 << 11, text: 1 << 11 };
    /// For all together.
    const MOST_STEPS: usize = 1 << 24;
    const MOST_TEXT: usize = 1 << 28;

    /// For each of so many names of links.
    fn shared_by(names: usize) -> Allowance {
        let (least, largest) = (Allowance::LEAST, Allowance::LARGEST);
        let steps = u32::try_from(Allowance::MOST_STEPS / names.max(1)).unwrap_or(u32::MAX);
        let text = Allowance::MOST_TEXT / names.max(1);
        Allowance { steps: steps.clamp(least.steps, largest.steps), text: text.clamp(least.text, largest.text) }
    }
}

/// More directories than this no path of Windows has above its last name.
const MOST_ABOVE: usize = LONGEST_PATH as usize / 2;

/// Names of links that a thread looks at in one go, at least.
const NAMES_AT_A_TIME: usize = 64;

impl<'g> Resolver<'g> {
    /// Resolves every link.
    pub fn resolve_links(&self) -> ResolvedLinks {
        let allowance = self.allowance();
        // Names first, so that every verdict, which is large, is then written where it stays.
        let links = self.links.par_iter().enumerate();
        let seen: Vec<(usize, Seen<'_, '_>)> = links
            .flat_map_iter(|(index, (id, link))| {
                self.seen_from_names(*id, link).into_iter().map(move |seen| (index, seen))
            })
            .collect();
        let edge = |(link, seen): (usize, Seen<'_, '_>)| LinkEdge {
            source: seen.id,
            link,
            name: seen.name.map(|name| name.id),
            link_type: seen.link.link_type,
            verdict: self.judge(&seen, allowance),
            place: None,
        };
        let mut edges: Vec<LinkEdge> = seen.into_par_iter().with_min_len(NAMES_AT_A_TIME).map(edge).collect();
        // Each of these has work that is done by one thread.
        let (deleted, (numbers, routes)) = rayon::join(
            || find_deleted_targets(self, &edges, allowance.steps),
            || rayon::join(|| PlaceNumbers::of(self, &edges), || self.route_dependent(&edges)),
        );
        for (index, file) in deleted {
            edges.get_mut(index).into_iter().for_each(|edge| edge.verdict.deleted_target = Some(file));
        }
        for index in routes {
            edges.get_mut(index).into_iter().for_each(|edge| edge.verdict.notes |= Notes::ROUTE_DEPENDENT);
        }
        edges.iter_mut().zip(numbers.of_edges).for_each(|(edge, place)| edge.place = place);
        ResolvedLinks { edges, places: numbers.first_edges }
    }

    /// What may be done for each name of a link.
    pub(crate) fn allowance(&self) -> Allowance {
        let names_of = |(id, _): &(FileId, Link)| self.file(*id).map_or(1, |file| file.names().count().max(1));
        Allowance::shared_by(self.links.par_iter().map(names_of).sum())
    }

    /// A link from each of its names, by their units.
    fn seen_from_names<'l>(&'l self, id: FileId, link: &'l Link) -> Vec<Seen<'l, 'g>> {
        let Some(file) = self.file(id) else { return Vec::new() };
        let mut names: Vec<HardLink<'_>> = Vec::new();
        file.hard_links(&mut names);
        names.sort_by(|one, two| one.name.text().compare_units(two.name.text()));
        let seen = |name| Seen { id, link, file, name };
        if names.is_empty() {
            vec![seen(None)]
        } else {
            names.iter().map(|hard_link| seen(Some(hard_link.name))).collect()
        }
    }

    /// The edges of links that lead elsewhere for whoever comes to them through a junction: relative ones whose `..` leave
    /// the directory that the junction leads to, and rooted ones where that is on another volume than the junction.
    fn route_dependent(&self, edges: &[LinkEdge]) -> Vec<usize> {
        let is_junction = |edge: &&LinkEdge| matches!(edge.link_type, LinkType::Junction | LinkType::MountPoint);
        let is_followed = |edge: &&LinkEdge| self.file(edge.source).is_some_and(|file| file.is_in_use());
        let (mut entered, mut entered_from_elsewhere) = (HashSet::new(), HashSet::new());
        for edge in edges.iter().filter(is_junction) {
            let Some(reached) = edge.verdict.reached.as_ref().filter(|_| is_followed(&edge)) else { continue };
            entered.insert(reached.file);
            if reached.file.volume != edge.source.volume {
                entered_from_elsewhere.insert(reached.file);
            }
        }
        // A hostile volume has millions of links at the bottom of one deep directory.
        let is_rooted = |edge: &&LinkEdge| matches!(self.windows_target(edge), Some(TargetName::Rooted(_)));
        let rooted_in: HashSet<FileId> =
            edges.iter().filter(is_rooted).filter_map(|edge| self.directory_of(edge)).collect();
        let leaves = |directory: &FileId| self.is_in_one_of(*directory, MOST_ABOVE, &entered_from_elsewhere);
        let leaving: HashSet<FileId> = rooted_in.into_par_iter().filter(leaves).collect();
        let depends = |edge: &LinkEdge| match self.windows_target(edge) {
            Some(TargetName::Relative { up, .. }) => self.leaves_one_of(edge, *up, &entered),
            Some(TargetName::Rooted(_)) => self.directory_of(edge).is_some_and(|above| leaving.contains(&above)),
            _ => false,
        };
        let symlinks = edges.par_iter().enumerate().filter(|(_, edge)| edge.link_type == LinkType::Symlink);
        symlinks.filter(|(_, edge)| depends(edge)).map(|(index, _)| index).collect()
    }

    /// The target of a link of Windows.
    fn windows_target(&self, edge: &LinkEdge) -> Option<&TargetName> {
        match &self.link_of(edge)?.target {
            LinkTarget::Windows(target) => Some(target),
            _ => None,
        }
    }

    /// How many directories a relative link of Windows climbs; `None` of any other.
    pub(crate) fn climb_of(&self, edge: &LinkEdge) -> Option<usize> {
        match self.windows_target(edge)? {
            TargetName::Relative { up, .. } => Some(*up),
            _ => None,
        }
    }

    /// The link that an edge begins at.
    pub fn link_of(&self, edge: &LinkEdge) -> Option<&Link> {
        self.links.get(edge.link).map(|(_, link)| link)
    }

    /// Whether a link that climbs `up` directories climbs out of one of some.
    pub(crate) fn leaves_one_of(&self, edge: &LinkEdge, up: usize, entered: &HashSet<FileId>) -> bool {
        self.directory_of(edge).is_some_and(|directory| self.is_in_one_of(directory, up, entered))
    }

    /// Whether a directory is one of some, or at most so many below one.
    fn is_in_one_of(&self, directory: FileId, depth: usize, some: &HashSet<FileId>) -> bool {
        !some.is_empty()
            && self.directories_from(Base::Directory(directory)).take(depth).any(|above| some.contains(&above))
    }

    /// The name that an edge begins at.
    pub fn name_of(&self, edge: &LinkEdge) -> Option<Name<'_>> {
        self.view(edge.source.volume)?.files.name(edge.name?)
    }

    /// The directory that the name is in that an edge begins at.
    pub fn directory_of(&self, edge: &LinkEdge) -> Option<FileId> {
        match self.above_edge(edge)? {
            Above::Directory(record) => Some(FileId { record, ..edge.source }),
            Above::Nothing | Above::Gone(_) => None,
        }
    }

    /// What is above the name that an edge begins at.
    pub fn above_edge(&self, edge: &LinkEdge) -> Option<Above> {
        let view = self.view(edge.source.volume)?;
        let (file, name) = (view.files.file(edge.source.record)?, view.files.name(edge.name?)?);
        Some(view.paths.above_name(view.files, &file, &name))
    }
}

/// The numbers of targets that are no files. Missing places that differ in case only are one, spelled as the first link
/// that leads there has it.
struct PlaceNumbers {
    /// The first edge to each place.
    first_edges: Vec<usize>,
    /// The place that each edge leads to, if its target is no file.
    of_edges: Vec<Option<usize>>,
}

impl PlaceNumbers {
    fn of(resolver: &Resolver<'_>, edges: &[LinkEdge]) -> PlaceNumbers {
        let hasher = RandomState::new();
        let key = |edge| PlaceKey::of(resolver, edge, hasher.build_hasher());
        let keys: Vec<Option<PlaceKey<'_>>> = edges.par_iter().map(key).collect();
        let mut numbers: HashMap<&PlaceKey<'_>, usize> = HashMap::with_capacity(keys.len());
        let (mut first_edges, mut of_edges) = (Vec::new(), Vec::with_capacity(keys.len()));
        for (edge, key) in keys.iter().enumerate() {
            let new = || {
                first_edges.push(edge);
                first_edges.len() - 1
            };
            of_edges.push(key.as_ref().map(|key| *numbers.entry(key).or_insert_with(new)));
        }
        PlaceNumbers { first_edges, of_edges }
    }
}

/// A place that an edge leads to, with a hash of what is the same for all edges that lead there.
struct PlaceKey<'e> {
    hash: u64,
    target: &'e Target,
    /// How names are compared on the volume of a missing place.
    up_case: &'e UpCase,
}

impl<'e> PlaceKey<'e> {
    /// The place that an edge leads to, if its target is no file.
    fn of(resolver: &'e Resolver<'_>, edge: &'e LinkEdge, mut hasher: impl Hasher) -> Option<PlaceKey<'e>> {
        let target = &edge.verdict.target;
        let mut up_case = UpCase::unicode();
        match target {
            Target::File(_) => return None,
            Target::Missing(volume, path) => {
                up_case = resolver.view(*volume).map_or(up_case, |view| &view.files.up_case);
                hasher.write_usize(*volume);
                up_case.hash_text(path.as_wtf8(), &mut hasher);
            }
            target => target.hash(&mut hasher),
        }
        Some(PlaceKey { hash: hasher.finish(), target, up_case })
    }
}

impl PartialEq for PlaceKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.target, other.target) {
            _ if self.hash != other.hash => false,
            (Target::Missing(volume, path), Target::Missing(other_volume, other_path)) => {
                let is_same = || self.up_case.is_same(path.as_wtf8().units(), other_path.as_wtf8().units());
                volume == other_volume && (path == other_path || is_same())
            }
            (target, other_target) => target == other_target,
        }
    }
}

impl Eq for PlaceKey<'_> {}

impl Hash for PlaceKey<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}
