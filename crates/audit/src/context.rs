//! What rules look at.

use std::sync::OnceLock;

use format::{Wtf8, WtfString};
use image::{ImageOffset, OneLine};
use links::{File, FileId, HardLink, LinkEdge, Reached, ResolvedLinks, Resolver, VolumeGraph, VolumeSource};

use crate::finding::{Finding, TextLimit};
use crate::impact::{ImpactIndex, LongWalk, PathExplosions, Walks, find_explosions, find_long_walks};
use crate::policy::Policy;
use crate::rule::Rule;

/// Everything that was read, and the policy.
#[derive(Debug)]
pub struct Context<'a> {
    /// The volumes.
    pub volumes: &'a [VolumeSource<'a>],
    /// What resolves paths over them.
    pub resolver: &'a Resolver<'a>,
    /// Where all links lead.
    pub links: &'a ResolvedLinks,
    /// What the user says of rules.
    pub policy: &'a Policy,
    /// The directory that the audit is about, if it is not about everything.
    pub scope: Option<FileId>,
    /// Built when it is first asked for.
    impact: OnceLock<ImpactIndex>,
    walks: OnceLock<Walks>,
    explosions: OnceLock<PathExplosions>,
    long_walks: OnceLock<Vec<LongWalk>>,
    /// How long texts may be.
    text_limit: TextLimit,
}

impl<'a> Context<'a> {
    /// What rules look at, about everything.
    pub fn new(
        volumes: &'a [VolumeSource<'a>],
        resolver: &'a Resolver<'a>,
        links: &'a ResolvedLinks,
        policy: &'a Policy,
    ) -> Context<'a> {
        Context {
            volumes,
            resolver,
            links,
            policy,
            scope: None,
            impact: OnceLock::new(),
            walks: OnceLock::new(),
            explosions: OnceLock::new(),
            long_walks: OnceLock::new(),
            text_limit: TextLimit::shared_by(links.edges.len() + volumes.iter().map(names_of).sum::<usize>()),
        }
    }

    /// Narrows it to a directory, if there is one.
    pub fn in_scope(mut self, scope: Option<FileId>) -> Context<'a> {
        self.scope = scope;
        self
    }

    /// What a walk gets to. [`crate::run_rules`] has it built before it shares out work, which building it does as well.
    pub(crate) fn impact(&self) -> &ImpactIndex {
        self.impact.get_or_init(|| ImpactIndex::build(self.volumes, self.resolver, self.links))
    }

    /// Where a walk goes that follows every link.
    pub(crate) fn walks(&self) -> &Walks {
        self.walks.get_or_init(|| Walks::new(self.impact(), |_| true))
    }

    /// The links of a file through which paths get longer than Windows can name.
    pub(crate) fn long_walks(&self, source: FileId) -> &[LongWalk] {
        let all = self.long_walks.get_or_init(|| find_long_walks(self));
        let start = all.partition_point(|walk| walk.source < source);
        let rest = all.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|walk| walk.source == source)).unwrap_or_default()
    }

    /// Where links make paths multiply.
    pub(crate) fn explosions(&self) -> &PathExplosions {
        self.explosions.get_or_init(|| find_explosions(self))
    }

    /// A volume's files and directories.
    pub fn graph(&self, volume: usize) -> Option<&'a VolumeGraph> {
        self.volumes.get(volume).map(|source| source.graph)
    }

    /// A file by its id.
    pub fn file(&self, id: FileId) -> Option<File<'a>> {
        self.graph(id.volume)?.files.file(id.record)
    }

    /// Every path of a file.
    pub fn paths(&self, id: FileId) -> Vec<WtfString> {
        let (Some(graph), Some(file)) = (self.graph(id.volume), self.file(id)) else { return Vec::new() };
        let mut links: Vec<HardLink<'_>> = Vec::new();
        file.hard_links(&mut links);
        graph.paths.paths_of(&graph.files, &file, &links)
    }

    /// A finding with texts as long as it may have them. What the link holds that it is about it may have several times:
    /// as a target, as two names, in its message. What the policy says of its path it says of the whole.
    pub fn shorten(&self, mut finding: Finding) -> Finding {
        if finding.path.as_ref().is_some_and(|path| self.text_limit.is_exceeded(path)) {
            self.policy.suppress(&mut finding);
        }
        if self.text_limit.allows(&finding) {
            return finding;
        }
        let own = finding.file.and_then(|id| self.file(id)).and_then(|file| self.text_limit.of_own(&file));
        own.unwrap_or(self.text_limit).shorten_all(finding)
    }

    /// The first path of a file.
    pub fn path(&self, id: FileId) -> Option<WtfString> {
        let (graph, file) = (self.graph(id.volume)?, self.file(id)?);
        graph.paths.first_path_of(&graph.files, &file)
    }

    /// The path of the name that a link's edge begins at.
    pub fn path_of_link(&self, edge: &LinkEdge) -> Option<WtfString> {
        self.graph(edge.source.volume)?.path_of_link(edge)
    }

    /// The path of what was reached.
    pub fn path_of_reached(&self, reached: &Reached) -> WtfString {
        self.graph(reached.file.volume).map(|graph| graph.path_of_reached(reached)).unwrap_or_default()
    }

    /// Where a file's reparse data lie, or else its record.
    fn reparse_offset(&self, id: FileId) -> Option<ImageOffset> {
        let volume = self.volumes.get(id.volume)?.volume;
        let reparse = self.file(id).and_then(|file| file.reparse_offset(volume));
        reparse.or_else(|| volume.image_offset(id.record, 0))
    }

    /// A finding about a file.
    pub fn finding(&self, rule: &'static Rule, id: FileId, message: impl Into<String>) -> Finding {
        let offset = self.volumes.get(id.volume).and_then(|source| source.volume.image_offset(id.record, 0));
        let path = self.path(id);
        Finding {
            file: Some(id),
            record: Some(id.record),
            offset,
            path,
            ..Finding::of_volume(rule, id.volume, message)
        }
    }

    /// A finding about a file's reparse data, where that lies.
    pub fn finding_of_reparse(&self, rule: &'static Rule, id: FileId, message: impl Into<String>) -> Finding {
        Finding { offset: self.reparse_offset(id), ..self.finding(rule, id, message) }
    }

    /// A finding about a link, where its reparse point lies: of the name that its edge begins at, not of the file's
    /// other ones, which a file may have by the thousand.
    pub fn finding_of_link(&self, rule: &'static Rule, edge: &LinkEdge, message: impl Into<String>) -> Finding {
        let id = edge.source;
        let path = self.path_of_link(edge).or_else(|| self.path(id));
        let (record, offset) = (Some(id.record), self.reparse_offset(id));
        let finding = Finding { file: Some(id), record, offset, path, ..Finding::of_volume(rule, id.volume, message) };
        finding.with("type", edge.link_type.as_str()).with("status", edge.verdict.status.as_str())
    }
}

fn names_of(source: &VolumeSource<'_>) -> usize {
    usize::try_from(source.graph.counts.names).unwrap_or(usize::MAX)
}

/// A text of the image in a message: in quotes, on one line.
pub(crate) fn quoted(text: Wtf8<'_>) -> String {
    format!("\"{}\"", OneLine(text))
}
