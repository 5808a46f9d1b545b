//! What a document is made from.

use image::{Image, Partition};
use links::{Problem, VolumeGraph};
use volume::Volume;

/// Everything that one command read.
#[derive(Debug, Default)]
pub struct Document<'i> {
    /// The images, in the order in which they were given.
    pub images: Vec<ImageDocument<'i>>,
    /// Their NTFS volumes, in disk order; `--volume` may have left some out.
    pub volumes: Vec<VolumeDocument<'i>>,
    /// What the second reader found, if it was asked for.
    pub second_reader: Option<SecondReaderResult>,
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
