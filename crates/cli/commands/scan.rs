//! `ntfslinks scan`: the link graph.

use std::io::{self, IsTerminal as _, Write};

use links::Selection;
use report::{Document, GraphFormat, Summary, write_first_links, write_graph};

use super::Outcome;
use super::read::{add_second_reader, read_volumes, resolve, select, write_answer};
use crate::args::{ScanArgs, ScanFormat};
use crate::failure::Failure;
use crate::options::Options;

/// Links that are shown on a terminal.
const FIRST_LINKS: usize = 20;

/// Runs the command.
///
/// # Errors
/// Nothing can be read, or the output cannot be written.
pub fn run(args: ScanArgs) -> Result<Outcome, Failure> {
    let (options, images) = Options::from_args(args.common)?;
    let mut document = read_volumes(&images, &options)?;
    resolve(&mut document, &options)?;
    select(&mut document, Selection { all: args.all });
    if args.second_reader {
        add_second_reader(&mut document);
    }
    let summary = Summary::new(&document);
    let for_a_person = args.format.is_none() && options.output.is_none() && io::stdout().is_terminal();
    if for_a_person {
        write_answer(&document, None, |out| write_overview(&document, &summary, out))?;
    } else {
        let format = match args.format {
            Some(ScanFormat::Ndjson) => GraphFormat::Ndjson,
            Some(ScanFormat::Json) | None => GraphFormat::Json,
        };
        write_answer(&document, options.output.as_deref(), |out| write_graph(&document, format, out))?;
        if !options.quiet {
            summary.write(&mut io::stderr().lock()).map_err(Failure::StandardError)?;
        }
    }
    Ok(Outcome::from_problems(options.strict, summary.problem_count()))
}

/// What a person sees on a terminal instead of megabytes of JSON.
fn write_overview(document: &Document<'_>, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    summary.write(out)?;
    writeln!(out)?;
    write_first_links(document, FIRST_LINKS, out)?;
    writeln!(out, "\nFor the graph as JSON, add `-o graph.json`, `--format json`, or pipe it: ntfslinks scan … | jq .")
}
