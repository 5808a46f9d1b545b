//! What is wrong with the links of NTFS volumes, by rules.
//!
//! 1. [`RULES`] lists every rule; each is a file of `rules/`, which begins with its explanation.
//! 2. A [`Context`] has what they look at; [`run_rules`] runs them and answers [`Finding`]s.
//! 3. [`Simulation`] says what a copy carries, misses and carries twice.
//! 4. A [`Policy`] says which rules count, how much, and where they do not.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod candidates;
mod context;
mod finding;
mod fingerprint;
mod folders;
mod guarded;
mod impact;
mod known;
mod names;
mod odd_text;
mod policy;
mod registry;
mod reparse;
mod rule;
pub mod rules;
mod run;
mod severity;
mod simulation;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod windows_profile;

pub use context::Context;
pub use finding::{Evidence, Finding};
pub use fingerprint::fingerprint;
pub use impact::{Amount, Carried, HardLinkPolicy, Ownership, is_in_path_explosion};
pub use policy::{Policy, PolicyError, TEMPLATE as POLICY_TEMPLATE};
pub use registry::{RULES, find_rule, not_checked};
pub use rule::{Check, Rule};
pub use run::run_rules;
pub use severity::Severity;
pub use simulation::{CopyPolicy, Fate, LinkPolicy, Simulation};
