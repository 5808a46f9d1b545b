//! `ntfslinks info`: partitions, volumes, geometry and counts.

use report::Info;

use super::Outcome;
use super::read::{read_volumes, resolver, write_answer};
use crate::args::{AnswerFormat, InfoArgs};
use crate::failure::Failure;
use crate::options::Options;

/// Runs the command.
///
/// # Errors
/// Nothing can be read, or the output cannot be written.
pub fn run(args: InfoArgs) -> Result<Outcome, Failure> {
    let (options, images) = Options::from_args(args.common)?;
    let mut document = read_volumes(&images, &options)?;
    let mounts = resolver(&document, &options, Vec::new())?.mounts().clone();
    document.mounts = mounts;
    let info = Info(&document);
    write_answer(&document, options.output.as_deref(), |out| match args.format {
        AnswerFormat::Text => info.write_text(out),
        AnswerFormat::Json => info.write_json(out),
    })?;
    Ok(Outcome::from_problems(options.strict, document.problem_count()))
}
