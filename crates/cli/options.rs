//! Options: arguments that were checked.

use std::path::PathBuf;

use format::Guid;
use image::{Access, Image, ImageOffset};
use links::{Components, SymlinkEvaluation};
use report::bytes_text;

use crate::args::CommonArgs;
use crate::failure::Failure;
use crate::output::refuse_image;
use crate::user_path::{UserPath, parse_share};

/// What every command that reads images goes by.
#[derive(Debug)]
pub struct Options {
    /// Where the document goes; standard output if absent.
    pub output: Option<PathBuf>,
    /// The numbers of the volumes to read; all if empty.
    pub volumes: Vec<usize>,
    /// Where the one volume to read begins.
    pub offset: Option<ImageOffset>,
    /// What volumes are called, by the user.
    pub mounts: Vec<GivenMount>,
    /// The share to look through.
    pub share: Option<GivenShare>,
    /// Which symbolic links are followed where they are evaluated.
    pub evaluation: SymlinkEvaluation,
    /// Records that are not in use as well.
    pub deleted: bool,
    /// Show no progress and no summary.
    pub quiet: bool,
    /// Problems are a bad outcome.
    pub strict: bool,
}

/// A letter or a GUID, and the volume that it means.
#[derive(Debug)]
pub struct GivenMount {
    /// As it was typed, for messages.
    pub text: String,
    pub name: GivenName,
    pub volume: GivenVolume,
}

/// What a volume is called.
#[derive(Clone, Copy, Debug)]
pub enum GivenName {
    Letter(u8),
    Guid(Guid),
}

/// A volume as a user names it.
#[derive(Debug)]
pub enum GivenVolume {
    /// By its number through all images.
    Number(usize),
    /// The only one of an image, by the image's index.
    OfImage(usize),
}

/// A share, and the directory that it shows.
#[derive(Debug)]
pub struct GivenShare {
    /// As it was typed, for messages.
    pub text: String,
    pub server: Vec<u16>,
    pub name: Vec<u16>,
    pub path: UserPath,
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
        let access = if args.no_mmap { Access::Positioned } else { Access::Mapped };
        let open = |path: &PathBuf| Image::open_for(path, access);
        let mut images = args.images.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let mut mounts = Vec::new();
        for text in args.drives {
            mounts.push(parse_mount(text, parse_letter, Failure::Drive, &mut images, access)?);
        }
        for text in args.guids {
            mounts.push(parse_mount(text, parse_guid, Failure::MapGuid, &mut images, access)?);
        }
        let max_memory = args.max_memory.map(parse_size).transpose()?;
        limit_memory(max_memory.unwrap_or_else(|| default_memory(&images)))?;
        if let Some(output) = &args.output {
            images.iter().try_for_each(|image| refuse_image(image, output))?;
        }
        let options = Options {
            output: args.output,
            volumes,
            offset,
            mounts,
            share: args.via_share.map(parse_share).transpose()?,
            evaluation: parse_evaluation(args.symlink_evaluation)?,
            deleted: args.deleted,
            quiet: args.quiet,
            strict: args.strict,
        };
        Ok((options, images))
    }

    /// The names of every path that the options have looked up.
    pub fn names(&self) -> Vec<Components> {
        self.share.iter().map(|share| share.path.names.clone()).collect()
    }
}

/// What no image may make the program take: it keeps less of a sound one than the image has itself, and a few times as
/// much of a hostile one; and every thread has a stack. Sizes that an image claims do not count.
fn default_memory(images: &[Image]) -> u64 {
    const ALWAYS: u64 = 1 << 30;
    const PER_BYTE: u64 = 8;
    const PER_THREAD: u64 = 8 << 20;
    let allocated: u64 = images.iter().map(Image::allocated_size).sum();
    let of_threads = PER_THREAD.saturating_mul(rayon::current_num_threads() as u64);
    allocated.saturating_mul(PER_BYTE).saturating_add(ALWAYS).saturating_add(of_threads)
}

fn limit_memory(bytes: u64) -> Result<(), Failure> {
    let limit = bytes_text(bytes);
    let message = format!("ntfslinks: more memory is needed than the limit of {limit}; --max-memory raises it");
    image::limit_memory(bytes, &message).map_err(Failure::MemoryLimit)
}

/// `500M` to 524,288,000: K, M, G and T count in powers of 1,024, and may be followed by `B` or `iB`.
fn parse_size(text: String) -> Result<u64, Failure> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
    let power = match &unit[..] {
        "" => Some(0),
        "K" | "KB" | "KIB" => Some(1),
        "M" | "MB" | "MIB" => Some(2),
        "G" | "GB" | "GIB" => Some(3),
        "T" | "TB" | "TIB" => Some(4),
        _ => None,
    };
    let size = power.and_then(|power| digits.parse::<u64>().ok()?.checked_mul(1024_u64.checked_pow(power)?));
    size.ok_or(Failure::Size(text))
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
    volume_number(&text).ok_or(Failure::VolumeId(text))
}

/// `v0` to 0.
pub fn volume_number(text: &str) -> Option<usize> {
    text.strip_prefix('v').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// `NAME=v0` or `NAME=IMAGE`; an image that is not among those given joins them.
fn parse_mount(
    text: String,
    parse_name: impl Fn(&str) -> Option<GivenName>,
    failure: fn(String) -> Failure,
    images: &mut Vec<Image>,
    access: Access,
) -> Result<GivenMount, Failure> {
    let Some((name, volume)) = text.split_once('=') else { return Err(failure(text)) };
    let Some(name) = parse_name(name).filter(|_| !volume.is_empty()) else { return Err(failure(text)) };
    let volume = match volume_number(volume) {
        Some(number) => GivenVolume::Number(number),
        None => GivenVolume::OfImage(index_of_image(volume.into(), images, access)?),
    };
    Ok(GivenMount { text, name, volume })
}

/// `C` or `C:`
fn parse_letter(text: &str) -> Option<GivenName> {
    match text.strip_suffix(':').unwrap_or(text).as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(GivenName::Letter(letter.to_ascii_uppercase())),
        _ => None,
    }
}

/// A GUID, in braces and behind `Volume` if they are there.
fn parse_guid(text: &str) -> Option<GivenName> {
    let text = text.strip_prefix("Volume").unwrap_or(text);
    let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    Guid::parse(bare).map(GivenName::Guid)
}

fn index_of_image(path: PathBuf, images: &mut Vec<Image>, access: Access) -> Result<usize, Failure> {
    for (index, image) in images.iter().enumerate() {
        // What cannot be told apart now cannot be opened either, and says so then.
        if image.is_same_file(&path).unwrap_or(false) {
            return Ok(index);
        }
    }
    images.push(Image::open_for(&path, access)?);
    Ok(images.len() - 1)
}

/// `L2L:1`, `R2R:0`, as `fsutil behavior set SymlinkEvaluation` takes them.
fn parse_evaluation(texts: Vec<String>) -> Result<SymlinkEvaluation, Failure> {
    let mut evaluation = SymlinkEvaluation::default();
    for text in texts {
        let class = text.split_once(':').map(|(class, value)| (class.to_ascii_uppercase(), value));
        let place = match class.as_ref().map(|(class, _)| class.as_str()) {
            Some("L2L") => &mut evaluation.local_to_local,
            Some("L2R") => &mut evaluation.local_to_remote,
            Some("R2L") => &mut evaluation.remote_to_local,
            Some("R2R") => &mut evaluation.remote_to_remote,
            _ => return Err(Failure::SymlinkEvaluation(text)),
        };
        *place = match class.map(|(_, value)| value) {
            Some("0") => false,
            Some("1") => true,
            _ => return Err(Failure::SymlinkEvaluation(text)),
        };
    }
    Ok(evaluation)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_have_units_of_1024() {
        for (text, expected) in
            [("4096", 4096), ("1k", 1 << 10), ("500M", 500 << 20), ("2GiB", 2 << 30), ("1TB", 1 << 40)]
        {
            assert_eq!(parse_size(text.to_owned()).ok(), Some(expected), "{text}");
        }
        for text in ["", "G", "4 G", "5BB", "7I", "-1", "1.5G", "1X", "99999999999T"] {
            assert!(parse_size(text.to_owned()).is_err(), "{text}");
        }
    }
}
