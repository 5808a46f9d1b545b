//! Why a command could not do what it was asked: one line each.

use std::io;
use std::path::{Path, PathBuf};

use image::OneLine;

/// Why nothing, or not all, could be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Open(#[from] image::OpenError),
    #[error(transparent)]
    Read(#[from] image::ReadError),
    #[error(transparent)]
    Discover(#[from] volume::DiscoverError),
    #[error("no volume {wanted}; the images have {}", known.join(", "))]
    NoSuchVolume { wanted: String, known: Vec<String> },
    #[error("--volume {}: expected v0, v1, …", OneLine(.0))]
    VolumeId(String),
    #[error("--offset {}: expected a number of bytes, decimal or 0x…", OneLine(.0))]
    Offset(String),
    #[error("--offset goes with one image, but {0} were given")]
    OffsetOfSeveral(usize),
    #[error("--drive {}: expected a letter and a volume or image, such as D=v1 or D=other.img", OneLine(.0))]
    Drive(String),
    #[error("--map-guid {}: expected a GUID and a volume or image, such as {{…}}=v1 or {{…}}=other.img", OneLine(.0))]
    MapGuid(String),
    #[error("{}: the image has {count} volumes; name one of them, such as {name}=v{first}", OneLine(.text))]
    NotOneVolume { text: String, name: String, count: usize, first: usize },
    #[error(r"--via-share {}: expected \\SERVER\SHARE=X:\DIR", OneLine(.0))]
    Share(String),
    #[error("--via-share {}: no such directory", OneLine(.0))]
    NoShareDirectory(String),
    #[error("--scope {}: expected a directory, found something else", OneLine(.0))]
    ScopeNotADirectory(String),
    #[error("--symlink-evaluation {}: expected L2L, L2R, R2L or R2R with :0 or :1, such as R2L:1", OneLine(.0))]
    SymlinkEvaluation(String),
    #[error(r"{}: expected a path such as \dir\file, /dir/file, C:\dir\file or v1:\dir\file", OneLine(.0))]
    Path(String),
    #[error(r"{}: expected a path such as \dir\file, /dir/file, C:\dir\file or v1:\dir\file, or a record such as 123 or 123-4", OneLine(.0))]
    Object(String),
    #[error("{}: not found: {}", OneLine(.path), OneLine(.reason))]
    PathNotFound { path: String, reason: String },
    #[error("{}: not found: {reason}", OneLine(.text))]
    RecordNotFound { text: String, reason: String },
    #[error("{}: no volume has the drive letter {letter}; say which with --drive {letter}=v0", OneLine(.text), letter = char::from(*.letter))]
    NoSuchDrive { text: String, letter: u8 },
    #[error("{}: there are {count} volumes; name one, such as v{first}:{}", OneLine(.text), OneLine(.text))]
    Ambiguous { text: String, count: usize, first: usize },
    #[error("--max-memory {}: expected a size such as 500M or 4G", OneLine(.0))]
    Size(String),
    #[error("memory cannot be limited: {0}")]
    MemoryLimit(io::Error),
    #[error("--threads {0}: expected 1 to 1024")]
    Threads(usize),
    #[error("threads cannot be started: {0}")]
    ThreadPool(#[from] rayon::ThreadPoolBuildError),
    #[error("{}: the output is one of the images; nothing was written", OneLine(.0.display()))]
    OutputIsImage(PathBuf),
    #[error("{}: the output is the spec; nothing was written", OneLine(.0.display()))]
    OutputIsSpec(PathBuf),
    #[error("{}: the output cannot be written: {error}", OneLine(path.display()))]
    Output { path: PathBuf, error: io::Error },
    #[error("standard output cannot be written: {0}")]
    StandardOutput(io::Error),
    #[error("standard error cannot be written: {0}")]
    StandardError(io::Error),
    #[error(transparent)]
    Spec(imagekit::spec::SpecError),
    #[error("{}: the spec cannot be read: {error}", OneLine(path.display()))]
    ReadSpec { path: PathBuf, error: io::Error },
    #[error("{}: the spec is not UTF-8 at byte {offset}", OneLine(path.display()))]
    SpecNotUtf8 { path: PathBuf, offset: usize },
    #[error("{}{error}", in_spec(spec.as_deref()))]
    Build { spec: Option<PathBuf>, error: imagekit::build_error::BuildError },
    #[error("{}damage {number}: {error}", in_spec(spec.as_deref()))]
    Damage { spec: Option<PathBuf>, number: usize, error: imagekit::damage::DamageError },
    #[error(transparent)]
    Policy(#[from] audit::PolicyError),
    #[error("{}: the baseline cannot be used: {}", OneLine(path.display()), OneLine(reason))]
    Baseline { path: PathBuf, reason: String },
    #[error("{}: the file cannot be read: {error}", OneLine(path.display()))]
    ReadFile { path: PathBuf, error: io::Error },
    #[error("no command {}; `ntfslinks --help` lists them", OneLine(.0))]
    NoSuchCommand(String),
}

fn in_spec(spec: Option<&Path>) -> String {
    spec.map(|path| format!("{}: ", OneLine(path.display()))).unwrap_or_default()
}

impl Failure {
    /// Whether the question was understood, and what it asks for is not there: that is an answer.
    pub fn is_an_answer(&self) -> bool {
        matches!(self, Failure::PathNotFound { .. } | Failure::RecordNotFound { .. })
    }

    /// Whether whoever reads our output stopped reading.
    pub fn is_broken_pipe(&self) -> bool {
        match self {
            Failure::StandardOutput(error) | Failure::StandardError(error) => error.kind() == io::ErrorKind::BrokenPipe,
            _ => false,
        }
    }
}
