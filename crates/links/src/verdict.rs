//! What becomes of a link: where it leads, by which way, and what is to be known of that.

use bitflags::bitflags;
use format::{Guid, WtfString};

use crate::components::Components;
use crate::files::{Files, Name, NameId};
use crate::paths::Paths;
use crate::stream_name::unmarked;
use crate::target_name::Root;

/// One file of one of the volumes that were read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId {
    /// Index of the volume.
    pub volume: usize,
    /// File record number.
    pub record: u64,
}

/// How it ends to follow a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// At a file of its own volume.
    Resolved,
    /// At a file of another volume that was read.
    OtherVolume,
    /// Where nothing is.
    Dangling,
    /// At a file that would have to be a directory.
    NotADirectory,
    /// Never: the links lead back to each other.
    Loop,
    /// Never: the links lead back to each other, with more to go each time.
    ExpandingLoop,
    /// After 63 links.
    TooManyHops,
    /// At a link in the middle that Windows does not follow.
    NotFollowable,
    /// On a volume that was not given.
    External,
    /// On another machine.
    Remote,
    /// At a device, or another object that is no file.
    Device,
    /// At once: its text is no target.
    Malformed,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 12] = [
        Status::Resolved,
        Status::OtherVolume,
        Status::Dangling,
        Status::NotADirectory,
        Status::Loop,
        Status::ExpandingLoop,
        Status::TooManyHops,
        Status::NotFollowable,
        Status::External,
        Status::Remote,
        Status::Device,
        Status::Malformed,
    ];

    /// The word that documents use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Resolved => "resolved",
            Status::OtherVolume => "other_volume",
            Status::Dangling => "dangling",
            Status::NotADirectory => "not_a_directory",
            Status::Loop => "loop",
            Status::ExpandingLoop => "expanding_loop",
            Status::TooManyHops => "too_many_hops",
            Status::NotFollowable => "not_followable",
            Status::External => "external",
            Status::Remote => "remote",
            Status::Device => "device",
            Status::Malformed => "malformed",
        }
    }
}

bitflags! {
    /// What qualifies a verdict.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub struct Notes: u32 {
        /// It leads to a directory that it is in.
        const ANCESTOR = 1;
        /// A link to a directory that leads to a file, or the reverse.
        const TYPE_MISMATCH = 1 << 1;
        /// It depends on the way to the link, or on what Microsoft does not say.
        const ROUTE_DEPENDENT = 1 << 2;
        /// The target has `/`, which separates nothing there.
        const FORWARD_SLASH = 1 << 3;
        /// A name of the target ends in a dot or a space, which counts there and nowhere else.
        const TRAILING_DOT_OR_SPACE = 1 << 4;
        /// The target has `.` or `..` where no such thing is allowed, or leads above the root.
        const DOT_COMPONENT = 1 << 5;
        /// Windows does not follow such links.
        const NOT_FOLLOWED_BY_WINDOWS = 1 << 6;
        /// A Unix path as the Linux driver ntfs3 wrote it.
        const LINUX_NTFS3 = 1 << 7;
        /// A target that symbolic links can have and junctions cannot.
        const INVALID_FOR_JUNCTION = 1 << 8;
        /// More than 31 links, which older Windows does not follow.
        const OVER_31_HOPS = 1 << 9;
        /// The class of link is switched off where it is evaluated.
        const CLASS_DISABLED = 1 << 10;
        /// The letter is not known, but this volume has the path.
        const PATH_EXISTS_ON_THIS_VOLUME = 1 << 11;
        /// The target is one of the client's that looks through a share.
        const CLIENT_SIDE = 1 << 12;
    }
}

/// The words that documents use, in the order of the contract.
const NOTE_WORDS: [(Notes, &str); 13] = [
    (Notes::ANCESTOR, "ancestor"),
    (Notes::TYPE_MISMATCH, "type-mismatch"),
    (Notes::ROUTE_DEPENDENT, "route-dependent"),
    (Notes::FORWARD_SLASH, "forward-slash"),
    (Notes::TRAILING_DOT_OR_SPACE, "trailing-dot-or-space"),
    (Notes::DOT_COMPONENT, "dot-component"),
    (Notes::NOT_FOLLOWED_BY_WINDOWS, "not-followed-by-windows"),
    (Notes::LINUX_NTFS3, "linux-ntfs3"),
    (Notes::INVALID_FOR_JUNCTION, "invalid-for-junction"),
    (Notes::OVER_31_HOPS, "over-31-hops"),
    (Notes::CLASS_DISABLED, "class-disabled"),
    (Notes::PATH_EXISTS_ON_THIS_VOLUME, "path-exists-on-this-volume"),
    (Notes::CLIENT_SIDE, "client-side"),
];

impl Notes {
    /// The words that documents use.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        NOTE_WORDS.into_iter().filter(move |(note, _)| self.contains(*note)).map(|(_, word)| word)
    }
}

/// A file that a path leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reached {
    /// The file.
    pub file: FileId,
    /// The name by which it was found; `None` of a directory that was reached otherwise.
    pub(crate) name: Option<NameId>,
    /// What the path has after a colon: a stream of the file.
    pub stream: Option<Vec<u16>>,
}

impl Reached {
    /// A file that was asked for by its record.
    pub fn of_file(file: FileId) -> Reached {
        Reached { file, name: None, stream: None }
    }

    /// Its path, with the stream that it is. `files` and `paths` are those of its volume.
    pub(crate) fn path(&self, files: &Files, paths: &Paths) -> WtfString {
        let of_name = |name: Name<'_>| Some(paths.path_of(files, &files.file(self.file.record)?, &name));
        let path = self.name.and_then(|name| files.name(name)).and_then(of_name);
        let path = path.unwrap_or_else(|| first_path(files, paths, self.file.record));
        match &self.stream {
            None => path,
            Some(stream) => path.as_wtf8().units().chain([u16::from(b':')]).chain(stream.iter().copied()).collect(),
        }
    }
}

/// The path of a directory, or of the first name of a file.
fn first_path(files: &Files, paths: &Paths, record: u64) -> WtfString {
    let file = files.file(record).filter(|file| !file.is_directory());
    match file.and_then(|file| Some((file, file.primary_name()?))) {
        Some((file, name)) => paths.path_of(files, &file, &name),
        None => paths.path_of_directory(files, record),
    }
}

/// Where a link finally leads.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// A file.
    File(FileId),
    /// A place on a volume where nothing is, by its path.
    Missing(usize, WtfString),
    /// A place outside the volumes that were read, by its text.
    External(WtfString),
    /// In the container layer that a link leads into.
    Layer(FileId),
    /// What the text of a link that is no target stands for.
    Malformed(FileId),
}

/// What becomes of a link, seen from one of its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// How it ends.
    pub status: Status,
    /// Where it leads.
    pub target: Target,
    /// The file it leads to, if it leads to one.
    pub reached: Option<Reached>,
    /// The volume it ends on, when that is not its own.
    pub target_volume: Option<usize>,
    /// Of a dangling link: the deepest directory (or, for a stream, file) on the way that exists.
    pub missing_at: Option<Reached>,
    /// The directory that has not the first of these names; it need not be in use.
    pub(crate) missing: Option<(FileId, Components)>,
    /// The links crossed, in order, itself aside.
    pub via: Vec<FileId>,
    /// The links of the loop, the lowest first, in the order in which they lead to each other.
    pub members: Vec<FileId>,
    /// The file it would lead to if it were read as its writer meant.
    pub candidate: Option<FileId>,
    /// A file not in use that once was there.
    pub deleted_target: Option<(usize, format::FileReference)>,
    /// What else is to be known.
    pub notes: Notes,
    /// It took too long, and was given up.
    pub is_cut_off: bool,
}

impl Verdict {
    /// Bytes that its names and paths take.
    pub(crate) fn text_bytes(&self) -> usize {
        let missing = self.missing.as_ref().map_or(0, |(_, names)| names.bytes());
        missing
            + match &self.target {
                Target::Missing(_, text) | Target::External(text) => text.as_wtf8().as_bytes().len(),
                Target::File(_) | Target::Layer(_) | Target::Malformed(_) => 0,
            }
    }

    /// A verdict of which nothing else is known.
    pub(crate) fn new(status: Status, target: Target) -> Verdict {
        Verdict {
            status,
            target,
            reached: None,
            target_volume: None,
            missing_at: None,
            missing: None,
            via: Vec::new(),
            members: Vec::new(),
            candidate: None,
            deleted_target: None,
            notes: Notes::empty(),
            is_cut_off: false,
        }
    }
}

/// The text of a place that begins with the name of a volume that was not given: `D:\x`, `Volume{…}\x`.
pub(crate) fn volume_text(root: Root, below: &Components) -> Vec<u16> {
    let name = match root {
        Root::Drive(letter) => format!("{}:\\", char::from(letter)),
        Root::Volume(guid) => volume_name(guid),
    };
    let mut text: Vec<u16> = name.encode_utf16().collect();
    text.extend(join(below));
    text
}

fn volume_name(guid: Guid) -> String {
    format!("Volume{{{guid}}}\\")
}

/// Names with separators between them, and streams behind the names that they are of.
pub(crate) fn join(names: &Components) -> Vec<u16> {
    let mut text = Vec::new();
    names.iter().for_each(|name| append_name(&mut text, name));
    text.strip_prefix(&[SEPARATOR]).map(<[u16]>::to_vec).unwrap_or(text)
}

/// Appends a name to a path, or a stream to a name.
pub(crate) fn append_name(path: &mut Vec<u16>, name: &[u16]) {
    if let Some(stream) = unmarked(name) {
        path.push(COLON);
        path.extend(stream);
        return;
    }
    // Only the root's own path ends in a separator; what ends so otherwise is a name of POSIX.
    if *path != [SEPARATOR] {
        path.push(SEPARATOR);
    }
    path.extend(name);
}

const SEPARATOR: u16 = b'\\' as u16;
const COLON: u16 = b':' as u16;
