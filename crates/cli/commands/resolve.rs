//! `ntfslinks resolve`: a path, name by name and link by link.

use report::PathReport;

use super::Outcome;
use super::find::not_found;
use super::read::{read_volumes, resolver, volume_of_path, write_answer};
use crate::args::{AnswerFormat, AskedArgs};
use crate::failure::Failure;
use crate::options::Options;
use crate::user_path::UserPath;

/// Runs the command. A path that leads to no file is a bad outcome.
///
/// # Errors
/// Nothing can be read, the path is none, or the output cannot be written.
pub fn run(args: AskedArgs) -> Result<Outcome, Failure> {
    let path = UserPath::parse(&args.object)?;
    let (options, images) = Options::from_args(args.common)?;
    let mut document = read_volumes(&images, &options)?;
    let mounts = resolver(&document, &options, Vec::new())?.mounts().clone();
    document.mounts = mounts;
    let resolver = resolver(&document, &options, vec![path.names.clone()])?;
    let volume = volume_of_path(&document, &resolver, &path)?;
    let followed = resolver.follow_path(volume, &path.names);
    let report = PathReport { document: &document, volume, path: &path.text, followed: &followed };
    write_answer(&document, options.output.as_deref(), |out| match args.format {
        AnswerFormat::Text => report.write_text(out),
        AnswerFormat::Json => report.write_json(out),
    })?;
    match resolver.find(volume, &path.names) {
        Err(error) => Err(not_found(&document, &resolver, &path, &error)),
        Ok(_) if followed.verdict.reached.is_some() => Ok(Outcome::Good),
        Ok(_) => Ok(Outcome::Bad),
    }
}
