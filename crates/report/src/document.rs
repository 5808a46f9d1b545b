//! What a document is made from.

use format::FileReference;
use image::{Image, Partition};
use links::{File, FileId, Mounts, Problem, ResolvedLinks, Target, VolumeGraph, VolumeNames, VolumeSource};
use volume::Volume;

/// Everything that one command read.
#[derive(Debug, Default)]
pub struct Document<'i> {
    /// The images, in the order in which they were given.
    pub images: Vec<ImageDocument<'i>>,
    /// Their NTFS volumes, in disk order; `--volume` may have left some out.
    pub volumes: Vec<VolumeDocument<'i>>,
    /// What the volumes are called.
    pub mounts: Mounts,
    /// Where all links lead.
    pub links: ResolvedLinks,
    /// What the second reader found, if it was asked for.
    pub second_reader: Option<SecondReaderResult>,
}

impl Document<'_> {
    /// The volumes, for whoever resolves links over them.
    pub fn sources(&self) -> Vec<VolumeSource<'_>> {
        self.volumes.iter().map(|volume| self.source(volume)).collect()
    }

    fn source<'d>(&'d self, document: &'d VolumeDocument<'_>) -> VolumeSource<'d> {
        let disk_signature = self.images.get(document.image).and_then(|image| image.disk_signature);
        VolumeSource { volume: &document.volume, graph: &document.graph, disk_signature }
    }

    /// How many problems there are.
    pub fn problem_count(&self) -> u64 {
        let of_images = self.images.iter().map(|image| image.problems.len());
        let of_volumes = self.volumes.iter().map(|volume| volume.graph.problems.len());
        of_images.chain(of_volumes).sum::<usize>() as u64
    }

    /// What a volume is called.
    pub fn names_of(&self, volume: &VolumeDocument<'_>) -> VolumeNames {
        let index = self.volumes.iter().position(|other| other.number == volume.number);
        index.map(|index| self.mounts.names_of(index)).unwrap_or_default()
    }

    /// A file by its id.
    pub fn file(&self, id: FileId) -> Option<File<'_>> {
        self.volumes.get(id.volume)?.graph.files.file(id.record)
    }

    /// `v0:40-2`
    pub fn file_id(&self, id: FileId) -> String {
        let volume = self.volumes.get(id.volume).map(VolumeDocument::id).unwrap_or_default();
        let reference = self.file(id).map_or(FileReference::new(id.record, 0), |file| file.reference());
        format!("{volume}:{reference}")
    }

    /// The id of the node that a link leads to.
    pub fn target_id(&self, target: &Target) -> String {
        let volume_id = |volume: usize| self.volumes.get(volume).map(VolumeDocument::id).unwrap_or_default();
        let reference = |id: &FileId| self.file(*id).map_or(FileReference::new(id.record, 0), |file| file.reference());
        match target {
            Target::File(file) => self.file_id(*file),
            Target::Missing(volume, path) => format!("{}:missing:{}", volume_id(*volume), path.as_wtf8()),
            Target::External(text) => format!("external:{}", text.as_wtf8()),
            Target::Layer(link) => format!("external:wci:{}", self.file_id(*link)),
            Target::Malformed(link) => format!("{}:malformed:{}", volume_id(link.volume), reference(link)),
        }
    }
}

/// One image.
#[derive(Debug)]
pub struct ImageDocument<'i> {
    /// The image.
    pub image: &'i Image,
    /// Whether it is an extracted MFT.
    pub is_mft: bool,
    /// Its partitions, in disk order.
    pub partitions: Vec<Partition>,
    /// What its MBR carries, by which Windows tells disks apart.
    pub disk_signature: Option<u32>,
    /// What is wrong with the image itself.
    pub problems: Vec<Problem>,
}

/// One volume.
#[derive(Debug)]
pub struct VolumeDocument<'i> {
    /// Its number through all images, also when others were left out.
    pub number: usize,
    /// Index of its image.
    pub image: usize,
    /// The volume.
    pub volume: Volume<'i>,
    /// Its graph.
    pub graph: VolumeGraph,
}

impl VolumeDocument<'_> {
    /// `v0`
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

/// What the second reader found in all volumes together.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecondReaderResult {
    /// Records that both read.
    pub records_compared: u64,
    /// Records on which they differ, each a problem.
    pub differences: u64,
    /// Records that the second reader could not read, each a problem.
    pub failures: u64,
}
