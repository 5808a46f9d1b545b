//! `ntfslinks schema`: the JSON Schema of a document.

use report::SCHEMAS;

use super::Outcome;
use crate::args::SchemaArgs;
use crate::failure::Failure;
use crate::output::write_document;

/// Runs the command.
///
/// # Errors
/// The output cannot be written.
pub fn run(args: &SchemaArgs) -> Result<Outcome, Failure> {
    let schema = SCHEMAS.iter().find(|(name, _)| *name == args.document).map_or("", |(_, schema)| *schema);
    write_document(None, |out| out.write_all(schema.as_bytes()))?;
    Ok(Outcome::Good)
}
