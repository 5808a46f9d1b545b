//! Options: arguments that were checked.

use std::path::PathBuf;

use image::{Image, ImageOffset};

use crate::args::CommonArgs;
use crate::failure::Failure;
use crate::output::refuse_image;

/// What every command that reads images goes by.
#[derive(Debug)]
pub struct Options {
    /// Where the document goes; standard output if absent.
    pub output: Option<PathBuf>,
    /// The numbers of the volumes to read; all if empty.
    pub volumes: Vec<usize>,
    /// Where the one volume to read begins.
    pub offset: Option<ImageOffset>,
    /// Show no progress and no summary.
    pub quiet: bool,
    /// Problems are a bad outcome.
    pub strict: bool,
}

impl Options {
    /// Checks the arguments, opens the images, and starts the threads.
    ///
    /// # Errors
    /// An argument makes no sense, or an image cannot be opened.
    pub fn from_args(args: CommonArgs) -> Result<(Options, Vec<Image>), Failure> {
        let offset = args.offset.map(parse_offset).transpose()?;
        if offset.is_some() && args.images.len() > 1 {
            return Err(Failure::OffsetOfSeveral(args.images.len()));
        }
        let volumes = args.volumes.into_iter().map(parse_volume).collect::<Result<Vec<_>, _>>()?;
        if let Some(threads) = args.threads {
            if !(1..=1024).contains(&threads) {
                return Err(Failure::Threads(threads));
            }
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
        }
        let images = args.images.iter().map(|path| Image::open(path)).collect::<Result<Vec<_>, _>>()?;
        if let Some(output) = &args.output {
            images.iter().try_for_each(|image| refuse_image(image, output))?;
        }
        let options = Options { output: args.output, volumes, offset, quiet: args.quiet, strict: args.strict };
        Ok((options, images))
    }
}

fn parse_offset(text: String) -> Result<ImageOffset, Failure> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map(ImageOffset).map_err(|_| Failure::Offset(text))
}

/// `v0` to 0.
fn parse_volume(text: String) -> Result<usize, Failure> {
    text.strip_prefix('v').and_then(|number| number.parse().ok()).ok_or(Failure::VolumeId(text))
}
