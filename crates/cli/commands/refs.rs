//! `ntfslinks refs`: what leads to an object.

use report::ReferencesReport;

use super::Outcome;
use super::find::find_object;
use super::read::{read_volumes, resolve, resolver, write_answer};
use crate::args::{AnswerFormat, AskedArgs};
use crate::failure::Failure;
use crate::options::Options;
use crate::user_path::UserObject;

/// Runs the command.
///
/// # Errors
/// Nothing can be read, the object is not there, or the output cannot be written.
pub fn run(args: AskedArgs) -> Result<Outcome, Failure> {
    let object = UserObject::parse(&args.object)?;
    let (options, images) = Options::from_args(args.common)?;
    let mut document = read_volumes(&images, &options)?;
    resolve(&mut document, &options)?;
    let resolver = resolver(&document, &options, object.names())?;
    let found = find_object(&document, &resolver, &object)?;
    let report = ReferencesReport {
        document: &document,
        object: &found,
        references: resolver.references(&document.links, &found),
        leading_out: resolver.links_out_of(&document.links, &found),
    };
    write_answer(&document, options.output.as_deref(), |out| match args.format {
        AnswerFormat::Text => report.write_text(out),
        AnswerFormat::Json => report.write_json(out),
    })?;
    Ok(Outcome::Good)
}
