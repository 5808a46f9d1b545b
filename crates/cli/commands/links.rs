//! `ntfslinks links`: one link a line.

use links::Status;
use report::{LinkFilter, LinkList};

use super::Outcome;
use super::find::find_path;
use super::read::{read_volumes, resolve, resolver, write_answer};
use crate::args::{AnswerFormat, LinksArgs};
use crate::failure::Failure;
use crate::options::Options;
use crate::user_path::UserPath;

/// Runs the command.
///
/// # Errors
/// Nothing can be read, there is no such directory, or the output cannot be written.
pub fn run(args: LinksArgs) -> Result<Outcome, Failure> {
    let (options, images) = Options::from_args(args.common)?;
    let under = args.under.as_deref().map(UserPath::parse).transpose()?;
    let mut document = read_volumes(&images, &options)?;
    resolve(&mut document, &options)?;
    let resolver = resolver(&document, &options, under.iter().map(|path| path.names.clone()).collect())?;
    let under = under.map(|path| find_path(&document, &resolver, &path)).transpose()?;
    let is_wanted = |status: &Status| args.statuses.iter().any(|word| word == status.as_str());
    let filter = LinkFilter {
        types: args.types,
        statuses: Status::ALL.into_iter().filter(is_wanted).collect(),
        under: under.map(|reached| reached.file),
        all: args.all,
    };
    let list = LinkList::new(&document, &resolver, &filter);
    write_answer(&document, options.output.as_deref(), |out| match args.format {
        AnswerFormat::Text => list.write_text(out),
        AnswerFormat::Json => list.write_json(out),
    })?;
    Ok(Outcome::Good)
}
