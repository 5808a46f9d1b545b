//! The arguments as they are typed; `options` checks them.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use links::{LinkType, ReparseType, Status};

/// What is linked to what in an NTFS image, and what would that do to you?
///
/// Reads raw volumes, whole disks (MBR, GPT), extracted $MFTs, fixed VHDs and block devices. The image is opened
/// read-only; nothing that it names is ever opened.
///
/// Exit status: 0 done; 1 done, and the answer is bad (--strict and there are problems); 2 could not do it.
#[derive(Parser, Debug)]
#[command(name = "ntfslinks", version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Print the link graph: hard links, junctions, symbolic links and all other reparse points
    Scan(ScanArgs),
    /// List links, one a line: type, status, path → where it leads
    Links(LinksArgs),
    /// Show everything about one file or directory: names, times, both names of a link, where each fact lies, what leads here
    Show(AskedArgs),
    /// Follow a path name by name and link by link, to the record it reaches or to where it stops
    Resolve(AskedArgs),
    /// List every link that leads to a path or below it, and which of them break if it is moved, renamed or deleted
    Refs(AskedArgs),
    /// Audit links: what is broken, dangerous, or does not agree with itself
    Audit(AuditArgs),
    /// List the rules of an audit, explain one, or print a policy to begin with
    Rules(RulesArgs),
    /// Say what a copy of a directory or volume carries, misses and carries twice, without making it
    Simulate(SimulateArgs),
    /// Show partitions, volumes, geometry and counts
    Info(InfoArgs),
    /// Print the JSON Schema of a document
    Schema(SchemaArgs),
    /// Build NTFS images from a text, for tests that need one
    #[command(subcommand)]
    Fixture(FixtureCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, of the program or of one command
    Man(ManArgs),
}

/// What every command takes that reads images.
#[derive(ClapArgs, Debug)]
pub struct CommonArgs {
    /// Image of a volume or a disk, an extracted $MFT, or a block device
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<PathBuf>,

    /// Write to FILE instead of standard output; it appears when it is complete
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Read only this volume, v0 being the first; repeatable
    #[arg(long = "volume", value_name = "ID")]
    pub volumes: Vec<String>,

    /// Read only the volume that begins at this byte of the image, whatever its partition table says (0x… for hex)
    #[arg(long, value_name = "BYTES", conflicts_with = "volumes")]
    pub offset: Option<String>,

    /// Take a drive letter for a volume: a volume of these images, or another image with one volume; repeatable
    #[arg(long = "drive", value_name = "X=v1|IMAGE")]
    pub drives: Vec<String>,

    /// Take a volume GUID for a volume, as --drive does; repeatable
    #[arg(long = "map-guid", value_name = "GUID=v1|IMAGE")]
    pub guids: Vec<String>,

    /// Follow links as a client of this share does: it sees the directory behind it, the server follows junctions, and the
    /// client symbolic links
    #[arg(long, value_name = r"\\SERVER\SHARE=X:\DIR")]
    pub via_share: Option<String>,

    /// Classes of symbolic links that are followed where they are evaluated, as `fsutil behavior` takes them: L2L, L2R, R2L,
    /// R2R (default: L2L:1,L2R:1,R2L:0,R2R:0)
    #[arg(long, value_name = "CLASS:0|1", value_delimiter = ',')]
    pub symlink_evaluation: Vec<String>,

    /// Take records that are not in use as well
    #[arg(long)]
    pub deleted: bool,

    /// Use this many threads (default: one per processor)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Read images piece by piece and do not map them: slower, for disks and networks that may fail meanwhile
    #[arg(long)]
    pub no_mmap: bool,

    /// Take at most this much memory, such as 500M or 4G, and end where it is not enough (default: 1 GiB, and 8 bytes for
    /// each that the images take on disk)
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<String>,

    /// Show no progress and no summary
    #[arg(short, long)]
    pub quiet: bool,

    /// Exit with status 1 if there are problems
    #[arg(long)]
    pub strict: bool,
}

#[derive(ClapArgs, Debug)]
pub struct ScanArgs {
    #[command(flatten)]
    pub common: CommonArgs,

    /// How to write the graph (default: json; on a terminal, a summary)
    #[arg(long, value_enum)]
    pub format: Option<ScanFormat>,

    /// Export every file in use, not only those that have to do with links
    #[arg(long)]
    pub all: bool,

    /// Have the independent `ntfs` crate read the same bytes, and report every difference
    #[arg(long)]
    pub second_reader: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScanFormat {
    /// One JSON document
    Json,
    /// One JSON object a line
    Ndjson,
}

#[derive(ClapArgs, Debug)]
pub struct LinksArgs {
    #[command(flatten)]
    pub common: CommonArgs,

    /// List links of this type alone, such as junction, symlink, hard_link or wof; repeatable
    #[arg(long = "type", value_name = "TYPE", value_parser = link_types())]
    pub types: Vec<String>,

    /// List links with this status alone; repeatable
    #[arg(long = "status", value_name = "STATUS", value_parser = statuses())]
    pub statuses: Vec<String>,

    /// List links in or below this directory alone
    #[arg(long, value_name = "PATH")]
    pub under: Option<String>,

    /// List what is otherwise counted: reparse points that are no links, and the links that Windows makes
    #[arg(long)]
    pub all: bool,

    /// How to write the list
    #[arg(long, value_enum, default_value = "text")]
    pub format: AnswerFormat,
}

fn link_types() -> Vec<&'static str> {
    let links = LinkType::ALL.map(LinkType::as_str);
    let others = [report::HARD_LINK].into_iter().chain(ReparseType::NO_LINKS);
    links.into_iter().chain(others).chain(["interix_char", "interix_block"]).collect()
}

fn statuses() -> Vec<&'static str> {
    Status::ALL.map(Status::as_str).to_vec()
}

/// What a command takes that is asked about one object.
#[derive(ClapArgs, Debug)]
pub struct AskedArgs {
    #[command(flatten)]
    pub common: CommonArgs,

    /// Path (\dir\file, /dir/file, C:\dir\file, v1:\dir\file); `show` and `refs` take a record as well (123, 123-4, v1:123)
    #[arg(value_name = "PATH", required = true)]
    pub object: String,

    /// How to write the answer
    #[arg(long, value_enum, default_value = "text")]
    pub format: AnswerFormat,
}

#[derive(ClapArgs, Debug)]
pub struct SimulateArgs {
    #[command(flatten)]
    pub common: CommonArgs,

    /// Copy this directory alone (default: every volume)
    #[arg(long, value_name = "PATH")]
    pub scope: Option<String>,

    /// What becomes of junctions and symbolic links
    #[arg(long, value_enum)]
    pub links: LinksChoice,

    /// What becomes of files with several hard links
    #[arg(long, value_enum)]
    pub hard_links: HardLinksChoice,

    /// How to write the answer
    #[arg(long, value_enum, default_value = "text")]
    pub format: AnswerFormat,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinksChoice {
    /// They are left out
    Skip,
    /// They are made again as they are
    Copy,
    /// What they lead to is copied in their place
    Follow,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum HardLinksChoice {
    /// The content is copied once, and linked as it was
    Keep,
    /// Each hard link becomes a file
    Expand,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerFormat {
    /// Lines for people
    Text,
    /// One JSON document
    Json,
}

#[derive(ClapArgs, Debug)]
pub struct AuditArgs {
    #[command(flatten)]
    pub common: CommonArgs,

    /// Which rules count and how much, what is allowed and why: a TOML file (`ntfslinks rules --policy-template`)
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// Run this rule alone; repeatable
    #[arg(long = "rule", value_name = "ID", value_parser = rule_ids())]
    pub rules: Vec<String>,

    /// The directory that a backup or a copy is of: what leads out of it, or only into it, is a finding
    #[arg(long, value_name = "PATH")]
    pub scope: Option<String>,

    /// Exit with status 1 if there is a finding this bad, or worse (default: never; with --baseline, warning)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,

    /// Findings that were known before, as `--format json` wrote them: they do not make the audit fail
    #[arg(long, value_name = "FINDINGS.json")]
    pub baseline: Option<PathBuf>,

    /// Write the findings to the baseline, so that all of them are known from now on
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,

    /// Show findings that are no concern as well, with the reason
    #[arg(long)]
    pub show_suppressed: bool,

    /// Show the values that prove each finding, and how to confirm it
    #[arg(short, long)]
    pub verbose: bool,

    /// How to write the findings
    #[arg(long, value_enum, default_value = "text")]
    pub format: FindingsFormat,
}

fn rule_ids() -> Vec<&'static str> {
    audit::RULES.iter().map(|rule| rule.id).collect()
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailOn {
    /// Dangerous, or damage
    Error,
    /// Wrong, or soon to be
    Warning,
    /// Worth to know
    Note,
    /// Whatever is found
    Never,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindingsFormat {
    /// Lines for people
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code-scanning dashboards
    Sarif,
    /// JUnit XML, for whatever shows the results of tests
    Junit,
}

#[derive(ClapArgs, Debug)]
pub struct RulesArgs {
    /// Explain this rule
    #[arg(value_name = "ID", value_parser = rule_ids(), conflicts_with = "policy_template")]
    pub id: Option<String>,

    /// Print a policy with every key, its default, and what it means
    #[arg(long)]
    pub policy_template: bool,
}

#[derive(ClapArgs, Debug)]
pub struct InfoArgs {
    #[command(flatten)]
    pub common: CommonArgs,

    /// How to write the overview
    #[arg(long, value_enum, default_value = "text")]
    pub format: AnswerFormat,
}

#[derive(ClapArgs, Debug)]
pub struct SchemaArgs {
    /// Which document
    #[arg(value_parser = report::schema_names().collect::<Vec<_>>())]
    pub document: String,
}

#[derive(Subcommand, Debug)]
pub enum FixtureCommand {
    /// Build the image that a spec describes
    ///
    /// The same spec gives the same bytes. The image is a sparse file; it appears when it is complete.
    Build(BuildArgs),
    /// Print an example of a spec; without a name, a list of them
    Example(ExampleArgs),
    /// Print the spec of an image: its tree and its links as text
    ///
    /// Building it again gives the same tree and links; of an image that was built from a spec, the same bytes. What a spec
    /// cannot say is listed in its first lines.
    Describe(DescribeArgs),
}

#[derive(ClapArgs, Debug)]
pub struct BuildArgs {
    /// The spec, a TOML file; with --records it may be left out, for a volume with nothing else
    #[arg(value_name = "SPEC", required_unless_present = "records")]
    pub spec: Option<PathBuf>,

    /// Write the image to FILE
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Fill the first volume up to N file records with the mix of files that a Windows disk has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MOST_RECORDS))]
    pub records: Option<u64>,

    /// With --records: other files for another number
    #[arg(long, value_name = "N", default_value_t = 1, requires = "records")]
    pub seed: u64,

    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// More file records than this take more memory than most machines have.
const MOST_RECORDS: u64 = 100_000_000;

#[derive(ClapArgs, Debug)]
pub struct ExampleArgs {
    /// Which example
    #[arg(value_parser = imagekit::spec::EXAMPLES.iter().map(|example| example.name).collect::<Vec<_>>())]
    pub name: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub struct DescribeArgs {
    /// Image of a volume or a disk, an extracted $MFT, or a block device
    #[arg(value_name = "IMAGE")]
    pub image: PathBuf,

    /// Write to FILE instead of standard output; it appears when it is complete
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Put zeros in the place of what files hold: for images that are not to be shown around
    #[arg(long)]
    pub no_contents: bool,

    /// Show no progress
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(ClapArgs, Debug)]
pub struct CompletionsArgs {
    /// For which shell
    pub shell: clap_complete::Shell,
}

#[derive(ClapArgs, Debug)]
pub struct ManArgs {
    /// Of which command, such as `scan` or `fixture build`; of the program if left out
    pub command: Vec<String>,
}
