//! `ntfslinks simulate`: what a copy comes to.

use audit::{Context, CopyPolicy, HardLinkPolicy, LinkPolicy, Policy, Simulation};
use links::{FileId, Link, ROOT, Resolver};
use report::{Document, SimulationReport};

use super::Outcome;
use super::find::find_path;
use super::read::{read_volumes, resolve, resolver, write_answer};
use crate::args::{AnswerFormat, HardLinksChoice, LinksChoice, SimulateArgs};
use crate::failure::Failure;
use crate::options::Options;
use crate::user_path::UserPath;

/// Runs the command.
///
/// # Errors
/// Nothing can be read, the scope is no directory, or the output cannot be written.
pub fn run(args: SimulateArgs) -> Result<Outcome, Failure> {
    let (options, images) = Options::from_args(args.common)?;
    let scope = args.scope.as_deref().map(UserPath::parse).transpose()?;
    let mut document = read_volumes(&images, &options)?;
    resolve(&mut document, &options)?;
    let resolver = resolver(&document, &options, scope.iter().map(|path| path.names.clone()).collect())?;
    let scopes = match scope {
        Some(path) => vec![find_scope(&document, &resolver, &path)?],
        None => (0..document.volumes.len()).map(|volume| FileId { volume, record: ROOT }).collect(),
    };
    let policy = CopyPolicy { links: links_policy(args.links), hard_links: hard_link_policy(args.hard_links) };
    let (sources, no_policy) = (document.sources(), Policy::default());
    let context = Context::new(&sources, &resolver, &document.links, &no_policy);
    let copies = scopes.into_iter().filter_map(|scope| Simulation::new(&context, scope, policy)).collect();
    let report = SimulationReport { document: &document, policy, copies };
    write_answer(&document, options.output.as_deref(), |out| match args.format {
        AnswerFormat::Text => report.write_text(out),
        AnswerFormat::Json => report.write_json(out),
    })?;
    Ok(Outcome::Good)
}

fn find_scope(document: &Document<'_>, resolver: &Resolver<'_>, path: &UserPath) -> Result<FileId, Failure> {
    let scope = find_path(document, resolver, path)?.file;
    let is_directory = document.file(scope).is_some_and(|file| file.is_directory() && Link::of(&file).is_none());
    if is_directory { Ok(scope) } else { Err(Failure::ScopeNotADirectory(path.text.clone())) }
}

fn links_policy(choice: LinksChoice) -> LinkPolicy {
    match choice {
        LinksChoice::Skip => LinkPolicy::Skip,
        LinksChoice::Copy => LinkPolicy::Copy,
        LinksChoice::Follow => LinkPolicy::Follow,
    }
}

fn hard_link_policy(choice: HardLinksChoice) -> HardLinkPolicy {
    match choice {
        HardLinksChoice::Keep => HardLinkPolicy::Keep,
        HardLinksChoice::Expand => HardLinkPolicy::Expand,
    }
}
