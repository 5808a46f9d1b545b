//! One file per command, and what they share.

pub mod audit;
mod find;
pub mod fixture;
pub mod help;
pub mod info;
pub mod links;
mod read;
pub mod refs;
pub mod resolve;
pub mod rules;
pub mod scan;
pub mod schema;
pub mod show;

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Done.
    Good,
    /// Done, and the answer is no, or bad.
    Bad,
}

impl Outcome {
    /// Bad under `--strict` if there are problems.
    fn from_problems(strict: bool, problems: u64) -> Outcome {
        if strict && problems > 0 { Outcome::Bad } else { Outcome::Good }
    }
}
