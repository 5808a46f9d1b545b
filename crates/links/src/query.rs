//! What people ask: what is at a path, hop by hop, and what leads there.

use std::collections::HashSet;

use format::WtfString;
use rayon::prelude::*;

use crate::components::Components;
use crate::files::{File, Name, NameId};
use crate::judge::Seen;
use crate::paths::{Above, ROOT};
use crate::resolution::{Base, Beyond, Position, Resolution, Stop, TraceStep};
use crate::resolved_links::{Allowance, LinkEdge, ResolvedLinks};
use crate::resolver::Resolver;
use crate::rest::Rest;
use crate::stream_name::unmarked;
use crate::verdict::{FileId, Reached, Target, Verdict};

/// Names that may be looked up for one path that a person asks for.
const MOST_STEPS: u32 = Allowance::LARGEST.steps;

/// A path that leads to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotFound {
    /// The last thing on the way that exists, if it is on one of the volumes.
    pub deepest: Option<Reached>,
    /// What was looked for next, and then.
    pub rest: Components,
    /// The verdict on the path.
    pub verdict: Box<Verdict>,
}

/// A path followed to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// What happened on the way.
    pub trace: Vec<TraceStep>,
    /// How it ended.
    pub verdict: Verdict,
}

impl Resolver<'_> {
    /// What is at a path of a volume: links on the way are followed, and the last name is not.
    ///
    /// # Errors
    /// Nothing is there.
    pub fn find(&self, volume: usize, names: &Components) -> Result<Reached, NotFound> {
        let mut resolution = Resolution::new(self, volume, MOST_STEPS);
        let mut position = Position::root(volume);
        let above = names.with_streams().take(names.len().saturating_sub(1));
        let found = match names.iter().next_back() {
            None => resolution.walk(&mut position, None, Rest::default(), 0),
            // Below a link that nothing follows is nothing.
            Some(last) => resolution
                .walk_before(Beyond::Windows, &mut position, Rest::of_windows(above), 1)
                .map_err(|stop| stop.with_rest(&Rest::of_posix(std::iter::once(last))))
                .and_then(|found| resolution.enter(position.here(), Some(found), last, &Rest::default())),
        };
        found.map_err(|stop| self.not_found(volume, stop, &resolution))
    }

    fn not_found(&self, volume: usize, stop: Stop, resolution: &Resolution<'_, '_>) -> NotFound {
        let (deepest, rest) = match &stop {
            Stop::Missing { at, rest } | Stop::NotADirectory { at, rest } | Stop::NotFollowable { at, rest } => {
                (Some(at.clone()), rest.clone())
            }
            Stop::MissingStream { at, stream } => (Some(at.clone()), Components::from_iter([stream])),
            _ => (None, Components::default()),
        };
        let rest = rest.iter().map(|name| unmarked(name).unwrap_or(name)).collect();
        let verdict = self.stopped(root_of(volume), stop, resolution);
        NotFound { deepest, rest, verdict: Box::new(verdict) }
    }

    /// Follows a path of a volume to its end, as an open does.
    pub fn follow_path(&self, volume: usize, names: &Components) -> Followed {
        let mut resolution = Resolution::new(self, volume, MOST_STEPS);
        let mut position = Position::root(volume);
        resolution.trace = Some(Vec::new());
        resolution.client_root = self.share_root_above(position.here());
        let root = root_of(volume);
        let outcome = resolution.walk(&mut position, None, Rest::of_windows(names.with_streams()), 0);
        let mut verdict = match outcome {
            Ok(found) => self.reached(root, found),
            Err(stop) => self.stopped(root, stop, &resolution),
        };
        verdict.notes |= resolution.notes;
        verdict.via = resolution.via;
        Followed { trace: resolution.trace.unwrap_or_default(), verdict }
    }

    /// The names in a directory, each once, that are the least different from a text; at most `most`.
    ///
    /// Case does not count, and what is more different than alike is left out.
    pub fn nearest_names(&self, directory: FileId, text: &[u16], most: usize) -> Vec<WtfString> {
        let Some(view) = self.view(directory.volume) else { return Vec::new() };
        let wanted = String::from_utf16_lossy(&view.files.up_case.fold(text));
        let in_directory = |file: &File<'_>| {
            let names = file.names().filter(|name| name.parent().record_number() == directory.record);
            let alive = names.filter(|name| match view.paths.above_name(view.files, file, name) {
                Above::Directory(record) => record == directory.record,
                _ => false,
            });
            alive.map(|name| WtfString::from(name.text())).collect::<Vec<_>>()
        };
        let of_chunk =
            |chunk| view.files.files_of_chunk(chunk).filter(File::is_in_use).flat_map(|file| in_directory(&file));
        let names: Vec<WtfString> = (0..view.files.chunk_count()).into_par_iter().flat_map_iter(of_chunk).collect();
        let longest = wanted.chars().count();
        let mut ranked: Vec<(usize, WtfString)> = names
            .into_iter()
            .map(|name| {
                let units: Vec<u16> = name.as_wtf8().units().collect();
                let upper = String::from_utf16_lossy(&view.files.up_case.fold(&units));
                (strsim::osa_distance(&wanted, &upper), name)
            })
            .filter(|(distance, _)| *distance * 2 <= longest.max(2))
            .collect();
        ranked.sort_by(|(one, one_name), (other, other_name)| {
            one.cmp(other).then_with(|| one_name.as_wtf8().compare_units(other_name.as_wtf8()))
        });
        ranked.truncate(most);
        ranked.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether a file is a directory, or has a name in it or below it.
    pub fn is_inside(&self, file: FileId, directory: FileId) -> bool {
        let Some((view, found)) = self.view(file.volume).zip(self.file(file)) else { return false };
        let is_below = |name: Name<'_>| match view.paths.above_name(view.files, &found, &name) {
            Above::Directory(record) => self.is_at_or_below(Base::Directory(FileId { record, ..file }), directory),
            Above::Nothing | Above::Gone(_) => false,
        };
        file == directory || found.names().any(is_below)
    }

    /// Whether the name that a link's edge begins at is below a directory.
    pub fn begins_below(&self, edge: &LinkEdge, directory: FileId) -> bool {
        let Some(Above::Directory(record)) = self.above_edge(edge) else { return false };
        self.is_at_or_below(Base::Directory(FileId { record, ..edge.source }), directory)
    }

    /// Every link that leads to an object or to what is below it, directly or through other links, and every one that goes
    /// through it; each with whether it breaks when the object is moved, renamed or deleted.
    pub fn references<'l>(&self, links: &'l ResolvedLinks, object: &Reached) -> Vec<Reference<'l>> {
        let files_of = |edge: &'l LinkEdge| {
            let end = match edge.verdict.target {
                Target::File(file) => Some(file),
                _ => edge.verdict.missing_at.as_ref().map(|at| at.file),
            };
            end.into_iter().chain(edge.verdict.via.iter().copied())
        };
        // A file may have very many names, and be on the way of very many links.
        let files: HashSet<FileId> = links.edges.iter().flat_map(files_of).collect();
        let is_inside = |file: &FileId| file.volume == object.file.volume && self.is_inside(*file, object.file);
        let inside: HashSet<FileId> = files.into_par_iter().filter(is_inside).collect();
        let leads_there = |edge: &&'l LinkEdge| files_of(edge).any(|file| inside.contains(&file));
        let (hidden, allowance) = (self.names_of(object), self.allowance());
        let breaks = |edge| self.breaks_without(edge, &hidden, allowance);
        let reference = |edge: &'l LinkEdge| Reference { edge, breaks: breaks(edge) };
        links.edges.par_iter().filter(leads_there).map(reference).collect()
    }

    /// The relative links that break when an object is moved to another directory: itself, or those below it that lead out
    /// of it.
    pub fn links_out_of<'l>(&self, links: &'l ResolvedLinks, object: &Reached) -> Vec<&'l LinkEdge> {
        let moved = HashSet::from([object.file]);
        let breaks = |edge: &&LinkEdge| match self.climb_of(edge) {
            Some(_) if edge.source == object.file => true,
            Some(up) => self.leaves_one_of(edge, up, &moved),
            None => false,
        };
        links.edges.iter().filter(breaks).collect()
    }

    /// The names by which an object is found: the one that was used, or all of a directory's.
    fn names_of(&self, object: &Reached) -> HashSet<(usize, NameId)> {
        let Some(file) = self.file(object.file) else { return HashSet::new() };
        let all = file.names().map(|name| name.id);
        let is_hidden = |name: &NameId| file.is_directory() || object.name.is_none_or(|used| used == *name);
        all.filter(is_hidden).map(|name| (object.file.volume, name)).collect()
    }

    /// Whether a link ends elsewhere where names are not looked up.
    fn breaks_without(&self, edge: &LinkEdge, hidden: &HashSet<(usize, NameId)>, allowance: Allowance) -> bool {
        let Some(view) = self.view(edge.source.volume) else { return false };
        let (Some(link), Some(file)) = (self.link_of(edge), self.file(edge.source)) else { return false };
        let name = edge.name.and_then(|name| view.files.name(name));
        let seen = Seen { id: edge.source, link, file, name };
        self.judge_without(&seen, allowance, Some(hidden)).target != edge.verdict.target
    }
}

fn root_of(volume: usize) -> FileId {
    FileId { volume, record: ROOT }
}

/// A link that leads to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference<'l> {
    /// The link.
    pub edge: &'l LinkEdge,
    /// It leads elsewhere, or nowhere, once the object has lost the name by which it is found.
    pub breaks: bool,
}
