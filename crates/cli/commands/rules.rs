//! `ntfslinks rules`: the rules of an audit.

use audit::{POLICY_TEMPLATE, RULES, find_rule};

use super::Outcome;
use crate::args::RulesArgs;
use crate::failure::Failure;
use crate::output::write_document;

/// Runs the command: a list of the rules, the explanation of one, or a policy to begin with.
///
/// # Errors
/// The output cannot be written.
pub fn run(args: &RulesArgs) -> Result<Outcome, Failure> {
    write_document(None, |out| {
        if args.policy_template {
            return out.write_all(POLICY_TEMPLATE.as_bytes());
        }
        match args.id.as_deref().and_then(find_rule) {
            Some(rule) => {
                write!(out, "{}\nSeverity: {}, unless a policy says otherwise.\n", rule.explanation(), rule.severity)
            }
            None => RULES.iter().try_for_each(|rule| {
                let severity = rule.severity.as_str();
                writeln!(out, "{:<8} {:<32} {}", severity, rule.id, rule.summary)
            }),
        }
    })?;
    Ok(Outcome::Good)
}
