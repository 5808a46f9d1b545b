//! The files in use and the directories that they are in, by small numbers.

use format::bytes::offset32;
use links::{Above, File, FileId, HardLink, Link, LinkType, ResolvedLinks, Resolver, VolumeGraph, VolumeSource};
use rayon::prelude::*;

use super::groups::Groups;
use super::tree::{NONE, Tree};

/// A file in use, by its number in the index: by volume, then by record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Node(u32);

impl Node {
    /// The node with a number.
    pub fn at(number: usize) -> Node {
        Node(offset32(number))
    }

    /// Its number, for tables with one entry a node.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Its number, as a group.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// What a file is to whoever walks directories.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// It has content.
    File,
    /// It has children.
    Directory,
    /// It stands for something else; what is in it itself cannot be reached.
    Link,
}

/// What the numbers need to know of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub kind: Kind,
    /// Of the unnamed `$DATA`, in bytes.
    pub size: u64,
    /// Wherever they are: also in directories that are gone.
    pub hard_links: u32,
}

/// A name of a link that Windows follows, to a file or directory of the volumes that were read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowedLink {
    /// Index of its edge.
    pub edge: usize,
    /// The directory that the name is in.
    pub directory: Node,
    /// Where it leads.
    pub target: Node,
    /// Whether it leads to a directory.
    pub to_directory: bool,
    /// Whether Windows itself makes such a link.
    pub is_of_windows: bool,
}

/// The files in use of all volumes, and how a walk gets from one to the other.
///
/// Files of NTFS itself, which no program opens, are in no directory here. A directory is in the one that its path says;
/// a file is in every directory that has a hard link to it.
#[derive(Debug)]
pub(crate) struct ImpactIndex {
    /// For each volume its first node; one more at the end.
    volumes: Vec<usize>,
    records: Vec<u64>,
    facts: Vec<Facts>,
    children: Groups<Node>,
    /// The directories that the hard links of files are in.
    parents: Groups<Node>,
    pub tree: Tree,
    /// By the place of their directory in the tree, then by edge.
    pub links: Vec<FollowedLink>,
    /// Indices of those by the place of their directory.
    links_in: Groups<u32>,
}

/// The last record of NTFS's own, the root directory aside.
///
/// Source: reference A.2.
const LAST_OF_NTFS: u64 = 15;

/// The files of one chunk of records.
#[derive(Default)]
struct ChunkFiles {
    records: Vec<u64>,
    facts: Vec<Facts>,
    /// Hard links: the record of the directory, and the place of the file in this chunk.
    entries: Vec<(u64, u32)>,
}

/// The files of all volumes so far.
#[derive(Default)]
struct Collected {
    volumes: Vec<usize>,
    records: Vec<u64>,
    facts: Vec<Facts>,
    entries: Vec<(u32, Node)>,
}

impl ImpactIndex {
    /// Builds the index. It uses every thread: not to be called from work that is shared out among them.
    pub fn build(volumes: &[VolumeSource<'_>], resolver: &Resolver<'_>, links: &ResolvedLinks) -> ImpactIndex {
        let mut collected = Collected::default();
        volumes.iter().for_each(|source| collected.add_volume(source.graph));
        collected.volumes.push(collected.records.len());
        let Collected { volumes: firsts, records, facts, mut entries } = collected;
        let kind = |number: u32| facts.get(number as usize).map(|facts| facts.kind);
        entries.retain(|(directory, _)| kind(*directory) == Some(Kind::Directory));
        let children = Groups::new(records.len(), &entries);
        let parents: Vec<(u32, Node)> =
            entries.iter().map(|(directory, file)| (file.number(), Node(*directory))).collect();
        let parents = Groups::new(records.len(), &parents);
        let is_directory: Vec<bool> = facts.iter().map(|facts| facts.kind == Kind::Directory).collect();
        let tree = Tree::new(&is_directory, &children);
        let (links_found, links_in) = (Vec::new(), Groups::default());
        let index =
            ImpactIndex { volumes: firsts, records, facts, children, parents, tree, links: links_found, links_in };
        index.with_links(resolver, links)
    }

    fn with_links(mut self, resolver: &Resolver<'_>, links: &ResolvedLinks) -> ImpactIndex {
        let found = (0..links.edges.len()).into_par_iter();
        let mut found: Vec<FollowedLink> = found.filter_map(|edge| self.followed_link(resolver, links, edge)).collect();
        found.sort_by_key(|link| (self.tree.place(link.directory), link.edge));
        let pairs: Vec<(u32, u32)> =
            (0..).zip(&found).map(|(number, link)| (self.tree.place(link.directory), number)).collect();
        self.links_in = Groups::new(self.tree.len(), &pairs);
        self.links = found;
        self
    }

    fn followed_link(&self, resolver: &Resolver<'_>, links: &ResolvedLinks, number: usize) -> Option<FollowedLink> {
        let edge = links.edges.get(number)?;
        let reached = edge.verdict.reached.as_ref().filter(|reached| reached.stream.is_none())?;
        if !matches!(edge.link_type, LinkType::Junction | LinkType::MountPoint | LinkType::Symlink) {
            return None;
        }
        let Above::Directory(record) = resolver.above_edge(edge)? else { return None };
        let directory = self.node(FileId { record, ..edge.source })?;
        let target = self.node(reached.file)?;
        // A file link to a directory, and the reverse, cannot be opened.
        let to_directory = self.kind(target)? == Kind::Directory;
        let is_sound = resolver.file(edge.source)?.is_directory() == to_directory;
        let is_there = self.node(edge.source).is_some() && self.kind(directory)? == Kind::Directory;
        let is_of_windows = resolver.stock_link(edge).is_some();
        let link = FollowedLink { edge: number, directory, target, to_directory, is_of_windows };
        (is_sound && is_there).then_some(link)
    }

    /// The node of a file; `None` if it is not in use.
    pub fn node(&self, file: FileId) -> Option<Node> {
        let (first, end) = (*self.volumes.get(file.volume)?, *self.volumes.get(file.volume + 1)?);
        let place = self.records.get(first..end)?.binary_search(&file.record).ok()?;
        Some(Node::at(first + place))
    }

    /// The file that a node stands for.
    pub fn file(&self, node: Node) -> Option<FileId> {
        let volume = self.volumes.partition_point(|first| *first <= node.index()).checked_sub(1)?;
        Some(FileId { volume, record: *self.records.get(node.index())? })
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// What is known of a file.
    #[inline]
    pub fn facts(&self, node: Node) -> Option<Facts> {
        self.facts.get(node.index()).copied()
    }

    /// What a file is.
    #[inline]
    pub fn kind(&self, node: Node) -> Option<Kind> {
        self.facts(node).map(|facts| facts.kind)
    }

    /// What is in a directory, once for each hard link.
    #[inline]
    pub fn children(&self, directory: Node) -> &[Node] {
        self.children.of(directory.number())
    }

    /// The directories that the hard links of a file are in.
    pub fn parents(&self, file: Node) -> &[Node] {
        self.parents.of(file.number())
    }

    /// Whether a file has a hard link in a directory or below it, or is a directory that is there.
    pub fn is_in(&self, node: Node, directory: Node) -> bool {
        match self.kind(node) {
            Some(Kind::Directory) => self.is_at_or_below(node, directory),
            _ => self.names_in(node, directory) > 0,
        }
    }

    /// How many hard links a file has in a directory or below it.
    pub fn names_in(&self, file: Node, directory: Node) -> u32 {
        let is_in = |parent: &&Node| self.is_at_or_below(**parent, directory);
        offset32(self.parents(file).iter().filter(is_in).count())
    }

    /// The links in a directory, by their numbers.
    #[inline]
    pub fn links_in(&self, directory: Node) -> &[u32] {
        self.links_in.of(self.tree.place(directory))
    }

    /// The links in a directory and those below it, by their numbers.
    pub fn links_below(&self, directory: Node) -> &[u32] {
        let below = self.tree.below(self.tree.place(directory));
        self.links_in.range(below.start, below.end)
    }

    /// A link by its number.
    pub fn link(&self, number: u32) -> Option<&FollowedLink> {
        self.links.get(number as usize)
    }

    /// Whether a directory is another, or below it.
    #[inline]
    pub fn is_at_or_below(&self, directory: Node, above: Node) -> bool {
        let place = self.tree.place(directory);
        place != NONE && self.tree.below(self.tree.place(above)).contains(&place)
    }
}

impl Collected {
    fn add_volume(&mut self, graph: &VolumeGraph) {
        let files = &graph.files;
        let chunks: Vec<ChunkFiles> =
            (0..files.chunk_count()).into_par_iter().map(|chunk| files_of_chunk(graph, chunk)).collect();
        let first = self.records.len();
        self.volumes.push(first);
        // For each position of a record its node.
        let mut nodes = vec![NONE; files.positions()];
        let records = chunks.iter().flat_map(|chunk| &chunk.records);
        for (node, record) in (offset32(first)..).zip(records) {
            let place = files.position(*record).and_then(|position| nodes.get_mut(position));
            place.into_iter().for_each(|place| *place = node);
        }
        for chunk in chunks {
            let before = self.records.len();
            for (directory, file) in chunk.entries {
                let directory = files.position(directory).and_then(|position| nodes.get(position).copied());
                self.entries.push((directory.unwrap_or(NONE), Node::at(before + file as usize)));
            }
            self.records.extend(chunk.records);
            self.facts.extend(chunk.facts);
        }
    }
}

fn files_of_chunk(graph: &VolumeGraph, chunk: usize) -> ChunkFiles {
    let mut found = ChunkFiles::default();
    let mut hard_links = Vec::new();
    for file in graph.files.files_of_chunk(chunk).filter(File::is_in_use) {
        let number = offset32(found.records.len());
        file.hard_links(&mut hard_links);
        found.records.push(file.record());
        found.facts.push(Facts {
            kind: kind_of(&file),
            size: file.size().map_or(0, |(size, _)| size),
            hard_links: offset32(hard_links.len()),
        });
        let mut add = |above| match above {
            Above::Directory(directory) => found.entries.push((directory, number)),
            Above::Nothing | Above::Gone(_) => {}
        };
        match file.is_directory() {
            _ if file.record() <= LAST_OF_NTFS => {}
            true => add(graph.paths.above(&graph.files, file.record())),
            false => hard_links.iter().for_each(|link: &HardLink<'_>| {
                add(graph.paths.above_name(&graph.files, &file, &link.name));
            }),
        }
    }
    found
}

fn kind_of(file: &File<'_>) -> Kind {
    if file.is_reparse_point() {
        // A directory that cannot be read is entered by nothing, and a file is not in the way of anything.
        let stands_for_another = match file.reparse_point() {
            Some(point) => point.tag.is_name_surrogate() || Link::of(file).is_some(),
            None => file.is_directory(),
        };
        if stands_for_another {
            return Kind::Link;
        }
    }
    if file.is_directory() { Kind::Directory } else { Kind::File }
}
