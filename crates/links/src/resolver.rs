//! What links and paths are looked up in: all volumes together, and what they are called.

use format::WtfString;
use rayon::prelude::*;
use volume::Volume;

use crate::components::Components;
use crate::directory_tree::DirectoryTree;
use crate::files::{File, Files};
use crate::graph::VolumeGraph;
use crate::known_places::{KNOWN_NAMES, discover_mounts};
use crate::link::{Crossing, Link, is_blocking, is_followed_by_windows};
use crate::mounts::Mounts;
use crate::name_index::{NameFilter, NameIndex};
use crate::paths::{Above, Paths};
use crate::resolution::{Base, Found, Position, Resolution, Stop};
use crate::rest::Rest;
use crate::share::{Share, SymlinkEvaluation};
use crate::stock_links::names_of_stock_links;
use crate::target_name::Root;
use crate::verdict::FileId;

/// A volume and what was read of it.
#[derive(Clone, Copy, Debug)]
pub struct VolumeSource<'g> {
    /// The volume.
    pub volume: &'g Volume<'g>,
    /// Its files and directories.
    pub graph: &'g VolumeGraph,
    /// What the MBR of its disk carries, by which Windows tells disks apart.
    pub disk_signature: Option<u32>,
}

/// Resolves links and paths over all volumes that were read, which go by their indices.
#[derive(Debug)]
pub struct Resolver<'g> {
    pub(crate) volumes: Vec<VolumeView<'g>>,
    pub(crate) mounts: Mounts,
    /// Every link, by volume and record.
    pub(crate) links: Vec<(FileId, Link)>,
    /// The share through which a client looks.
    pub(crate) share: Option<Share>,
    /// Which symbolic links are followed where they are evaluated.
    pub(crate) evaluation: SymlinkEvaluation,
}

/// One volume to look up names in.
#[derive(Debug)]
pub(crate) struct VolumeView<'g> {
    pub volume: &'g Volume<'g>,
    pub files: &'g Files,
    pub paths: &'g Paths,
    pub names: NameIndex,
    pub tree: DirectoryTree,
    pub disk_signature: Option<u32>,
}

impl<'g> Resolver<'g> {
    /// Prepares to look up every target of every link, and the names in `asked_for`. `given` is what the user says of
    /// letters and GUIDs; what the volumes say themselves is added.
    pub fn new(
        sources: &[VolumeSource<'g>],
        given: Mounts,
        evaluation: SymlinkEvaluation,
        asked_for: &[Components],
    ) -> Resolver<'g> {
        let links: Vec<(FileId, Link)> =
            sources.iter().enumerate().flat_map(|(volume, source)| links_of(volume, &source.graph.files)).collect();
        let known = KNOWN_NAMES.into_iter().chain(names_of_stock_links());
        let known = Components::of_texts(known);
        let view = |source: &VolumeSource<'g>| {
            let VolumeGraph { files, paths, .. } = source.graph;
            let targets = links.par_iter().map(|(_, link)| link.target.names());
            let asked = targets.chain(asked_for).chain([&known]);
            let wanted = NameFilter::of_paths(&files.up_case, asked);
            let index = || NameIndex::build(files, paths, &wanted);
            let (names, tree) = rayon::join(index, || DirectoryTree::build(files, paths));
            let VolumeSource { volume, disk_signature, .. } = *source;
            VolumeView { volume, files, paths, names, tree, disk_signature }
        };
        let volumes: Vec<VolumeView<'g>> = sources.iter().map(view).collect();
        let mut resolver = Resolver { volumes, mounts: given, links, share: None, evaluation };
        discover_mounts(&mut resolver);
        resolver
    }

    /// Looks from now on as a client of a share does.
    pub fn look_through(&mut self, share: Share) {
        self.share = Some(share);
    }

    /// What the volumes are called.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    pub(crate) fn view(&self, volume: usize) -> Option<&VolumeView<'g>> {
        self.volumes.get(volume)
    }

    /// A file by its id.
    pub fn file(&self, id: FileId) -> Option<File<'g>> {
        self.view(id.volume)?.files.file(id.record)
    }

    /// What has a name in a directory, links not followed. Only of names that a link's target has, or that Windows gives
    /// its links and what they lead to: no other is looked up.
    pub fn child(&self, directory: FileId, name: &str) -> Option<FileId> {
        let view = self.view(directory.volume)?;
        let name: Vec<u16> = name.encode_utf16().collect();
        let found = view.names.find(view.files, &self.file(directory)?, &name).0?;
        Some(FileId { record: view.files.file_of_name(found)?.record(), ..directory })
    }

    /// The link that a file is.
    pub fn link(&self, id: FileId) -> Option<&Link> {
        let index = self.links.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.links.get(index).map(|(_, link)| link)
    }

    /// How Windows takes a file on a path. Link files of Interix and Cygwin are plain files to it.
    pub(crate) fn crossing(&self, id: FileId) -> Crossing<'_> {
        let Some(file) = self.file(id).filter(File::is_reparse_point) else { return Crossing::Ordinary };
        match self.link(id) {
            Some(link) if is_followed_by_windows(link.link_type) => Crossing::Followed(link),
            Some(_) => Crossing::Blocked,
            // Nothing follows what nothing can read.
            None if file.reparse_point().is_none_or(|point| is_blocking(&point)) => Crossing::Blocked,
            None => Crossing::Ordinary,
        }
    }

    pub(crate) fn is_directory(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| file.is_directory())
    }

    /// What is above a directory.
    pub(crate) fn above(&self, id: FileId) -> Above {
        self.view(id.volume).map_or(Above::Nothing, |view| view.paths.above(view.files, id.record))
    }

    /// Whether a path that begins at `base` is in a directory or below it.
    pub(crate) fn is_at_or_below(&self, base: Base, directory: FileId) -> bool {
        let Base::Directory(file) = base else { return false };
        if file.volume != directory.volume {
            return false;
        }
        let Some(view) = self.view(file.volume) else { return false };
        let index = |file: FileId| view.paths.index_of(view.files, file.record);
        index(file).zip(index(directory)).is_some_and(|(file, above)| view.tree.is_at_or_below(file, above))
    }

    /// A directory and all that are above it, up to the root or to what is gone.
    pub(crate) fn directories_from(&self, base: Base) -> impl Iterator<Item = FileId> {
        let file = |base| match base {
            Base::Directory(file) => Some(file),
            Base::Gone(..) => None,
        };
        std::iter::successors(file(base), |directory| match self.above(*directory) {
            Above::Directory(record) => Some(FileId { record, ..*directory }),
            Above::Nothing | Above::Gone(_) => None,
        })
    }

    /// The volume that the beginning of an absolute target means, seen from a volume.
    pub(crate) fn volume_of(&self, from: usize, root: Root) -> Option<usize> {
        match root {
            Root::Drive(letter) => self.mounts.drive(from, letter),
            Root::Volume(guid) => self.mounts.volume(guid),
        }
    }

    /// Walks names from the root of a volume, as Windows does.
    pub(crate) fn walk_from_root(&self, volume: usize, names: &Components, most_steps: u32) -> Result<Found, Stop> {
        let rest = Rest::of_windows(names.with_streams());
        Resolution::new(self, volume, most_steps).walk(&mut Position::root(volume), None, rest, 0)
    }

    /// The path of what was found, with the stream that it is.
    pub(crate) fn path_of(&self, found: &Found) -> WtfString {
        self.view(found.file.volume).map(|view| found.path(view.files, view.paths)).unwrap_or_default()
    }
}

/// The links of one volume, by record.
fn links_of(volume: usize, files: &Files) -> Vec<(FileId, Link)> {
    let of_chunk = |chunk| {
        let files = files.files_with_extra(chunk);
        files.filter_map(|file| Some((FileId { volume, record: file.record() }, Link::of(&file)?)))
    };
    (0..files.chunk_count()).into_par_iter().flat_map_iter(of_chunk).collect()
}
