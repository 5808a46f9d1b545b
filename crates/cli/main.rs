//! `ntfslinks`: what is linked to what in an NTFS image.
//!
//! This is the command around the libraries: arguments, options made from them, one file per command, progress. Exit
//! status 0 is done, 1 done with a bad answer, 2 could not do it.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod describe;
mod failure;
mod options;
mod output;
mod progress;
mod user_path;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use image::OneLine;

use crate::args::{Args, Command};
use crate::commands::Outcome;
use crate::failure::Failure;

#[global_allocator]
static MEMORY: image::Memory = image::Memory;

fn main() -> ExitCode {
    image::end_when_bytes_are_gone();
    let outcome = run(arguments());
    let status = match outcome {
        Ok(Outcome::Good) => 0,
        Ok(Outcome::Bad) => 1,
        // Who reads our output has seen enough.
        Err(failure) if failure.is_broken_pipe() => 0,
        Err(failure) => {
            // Nothing is left to be done where even this cannot be written.
            let _ = writeln!(std::io::stderr(), "ntfslinks: {failure}");
            if failure.is_an_answer() { 1 } else { 2 }
        }
    };
    ExitCode::from(status)
}

/// The arguments; ends the program if they make no sense, or ask for help.
fn arguments() -> Args {
    Args::try_parse().unwrap_or_else(|error| {
        // What is said of them quotes them as they are, and they may come from the names in a directory (`scan *`).
        let escaped = std::env::args_os().map(|argument| OneLine(argument.display()).to_string());
        Args::try_parse_from(escaped).err().unwrap_or(error).exit()
    })
}

fn run(args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Scan(args) => commands::scan::run(args),
        Command::Links(args) => commands::links::run(args),
        Command::Show(args) => commands::show::run(args),
        Command::Resolve(args) => commands::resolve::run(args),
        Command::Refs(args) => commands::refs::run(args),
        Command::Audit(args) => commands::audit::run(args),
        Command::Rules(args) => commands::rules::run(&args),
        Command::Simulate(args) => commands::simulate::run(args),
        Command::Info(args) => commands::info::run(args),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Fixture(command) => commands::fixture::run(command),
        Command::Completions(args) => commands::help::completions(&args),
        Command::Man(args) => commands::help::man(&args),
    }
}
