//! `ntfslinks audit`: what is wrong with links.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal as _};
use std::path::Path;

use audit::{Context, Policy, RULES, Rule, Severity, not_checked, run_rules};
use report::{FindingsReport, Known, TextStyle};
use serde_json::Value;

use super::Outcome;
use super::find::find_path;
use super::read::{read_volumes, resolve, resolver, write_answer};
use crate::args::{AuditArgs, FailOn, FindingsFormat};
use crate::failure::Failure;
use crate::options::Options;
use crate::user_path::UserPath;

/// Runs the command.
///
/// # Errors
/// Nothing can be read, the policy, the baseline or the scope cannot be used, or the output cannot be written.
pub fn run(args: AuditArgs) -> Result<Outcome, Failure> {
    let policy = args.policy.as_deref().map_or_else(|| Ok(Policy::default()), read_policy)?;
    let known_before = read_baseline(&args)?;
    let scope = args.scope.as_deref().map(UserPath::parse).transpose()?;
    let (options, images) = Options::from_args(args.common)?;
    let mut document = read_volumes(&images, &options)?;
    resolve(&mut document, &options)?;
    let resolver = resolver(&document, &options, scope.iter().map(|path| path.names.clone()).collect())?;
    let scope = scope.map(|path| find_path(&document, &resolver, &path)).transpose()?.map(|reached| reached.file);
    let volumes = document.sources();
    let is_wanted = |rule: &&'static Rule| args.rules.is_empty() || args.rules.iter().any(|id| id == rule.id);
    let rules: Vec<&'static Rule> = RULES.iter().copied().filter(is_wanted).collect();
    let context = Context::new(&volumes, &resolver, &document.links, &policy).in_scope(scope);
    let findings = run_rules(&context, &rules).into_iter().map(Known::new).collect();
    let report = FindingsReport {
        document: &document,
        findings,
        not_checked: not_checked(&context, &rules, options.deleted),
        rules,
        show_suppressed: args.show_suppressed,
        fail_on: fail_on(args.fail_on, args.baseline.is_some()),
        baseline: known_before,
    };
    if let Some(baseline) = args.baseline.as_deref().filter(|_| args.update_baseline) {
        write_answer(&document, Some(baseline), |out| report.write_json(out))?;
    }
    let is_coloured = options.output.is_none() && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = TextStyle { is_verbose: args.verbose, is_coloured };
    write_answer(&document, options.output.as_deref(), |out| match args.format {
        FindingsFormat::Text => report.write_text(style, out),
        FindingsFormat::Json => report.write_json(out),
        FindingsFormat::Sarif => report.write_sarif(out),
        FindingsFormat::Junit => report.write_junit(out),
    })?;
    let fails = report.failing() > 0 && !args.update_baseline;
    Ok(if fails { Outcome::Bad } else { Outcome::from_problems(options.strict, document.problem_count()) })
}

fn fail_on(wanted: Option<FailOn>, has_baseline: bool) -> Option<Severity> {
    match wanted {
        Some(FailOn::Error) => Some(Severity::Error),
        Some(FailOn::Warning) => Some(Severity::Warning),
        Some(FailOn::Note) => Some(Severity::Note),
        Some(FailOn::Never) => None,
        None => has_baseline.then_some(Severity::Warning),
    }
}

fn read_policy(path: &Path) -> Result<Policy, Failure> {
    Ok(Policy::parse(path, &read_text(path)?)?)
}

/// The fingerprints of the baseline; none yet, if it is to be made.
fn read_baseline(args: &AuditArgs) -> Result<Option<HashSet<String>>, Failure> {
    let Some(path) = &args.baseline else { return Ok(None) };
    if args.update_baseline && matches!(fs::metadata(path), Err(error) if error.kind() == ErrorKind::NotFound) {
        return Ok(Some(HashSet::new()));
    }
    let failure = |reason: String| Failure::Baseline { path: path.clone(), reason };
    let document: Value = serde_json::from_str(&read_text(path)?).map_err(|error| failure(error.to_string()))?;
    let schema = document.get("schema").and_then(Value::as_str).unwrap_or_default();
    if schema != "ntfslinks/findings/1" {
        return Err(failure(format!("expected a document with the schema ntfslinks/findings/1, found \"{schema}\"")));
    }
    let findings = document.get("findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let fingerprint = |finding: &Value| finding.get("fingerprint").and_then(Value::as_str).map(str::to_owned);
    Ok(Some(findings.iter().filter_map(fingerprint).collect()))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::ReadFile { path: path.to_owned(), error })
}
