//! `ntfslinks schema`: the JSON Schema of a document.

use report::write_schema;

use super::Outcome;
use crate::args::SchemaArgs;
use crate::failure::Failure;
use crate::output::write_document;

/// Runs the command.
///
/// # Errors
/// The output cannot be written.
pub fn run(args: &SchemaArgs) -> Result<Outcome, Failure> {
    write_document(None, |out| write_schema(&args.document, out))?;
    Ok(Outcome::Good)
}
