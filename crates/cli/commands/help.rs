//! `ntfslinks completions` and `ntfslinks man`: what clap knows of the arguments, for shells and for `man`.

use clap::CommandFactory as _;

use super::Outcome;
use crate::args::{Args, CompletionsArgs, ManArgs};
use crate::failure::Failure;
use crate::output::write_document;

/// Prints a completion script.
///
/// # Errors
/// The output cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "ntfslinks", &mut script);
    write_document(None, |out| out.write_all(&script))?;
    Ok(Outcome::Good)
}

/// Prints a manual page.
///
/// # Errors
/// There is no such command, or the output cannot be written.
pub fn man(args: &ManArgs) -> Result<Outcome, Failure> {
    let mut program = Args::command();
    program.build();
    let mut command = &program;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| Failure::NoSuchCommand(args.command.join(" ")))?;
    }
    let command = command.clone();
    write_document(None, |out| clap_mangen::Man::new(command).render(out))?;
    Ok(Outcome::Good)
}
