//! The file of a policy: TOML, checked, with the place of what is wrong.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use image::OneLine;
use serde::Deserialize;
use toml::Spanned;

use super::places::{Glob, Places};
use super::{Allowed, Policy, Thresholds};
use crate::registry::{RULES, find_rule};
use crate::severity::Severity;

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}:{column}: {}", OneLine(path.display()), OneLine(reason))]
pub struct PolicyError {
    /// The file.
    path: PathBuf,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// What was expected, and what is there.
    reason: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct PolicyFile {
    rules: BTreeMap<Spanned<String>, Spanned<String>>,
    allow: Vec<AllowEntry>,
    thresholds: Thresholds,
    places: PlacesEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowEntry {
    rule: Option<Spanned<String>>,
    path: Spanned<String>,
    reason: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct PlacesEntry {
    protected: Option<Vec<Spanned<String>>>,
    user_writable: Option<Vec<Spanned<String>>>,
}

/// Where in the text something is wrong, and what.
type Wrong = (Range<usize>, String);

/// Reads the text of a policy file; `path` is for messages.
///
/// # Errors
/// It is no TOML, or says something that a policy cannot.
pub fn parse(path: &Path, text: &str) -> Result<Policy, PolicyError> {
    let file: Result<PolicyFile, Wrong> = toml::from_str(text)
        .map_err(|error: toml::de::Error| (error.span().unwrap_or_default(), error.message().to_owned()));
    file.and_then(checked).map_err(|(span, reason)| {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        PolicyError { path: path.to_owned(), line, column, reason }
    })
}

fn checked(file: PolicyFile) -> Result<Policy, Wrong> {
    let default = Policy::default();
    let mut policy = Policy { thresholds: file.thresholds, ..default };
    for (rule, severity) in &file.rules {
        let wanted = severity_of(severity)?;
        policy.severities.insert(rule_id(rule)?, wanted);
    }
    for entry in file.allow {
        if entry.reason.get_ref().trim().is_empty() {
            return Err((entry.reason.span(), "expected the reason why this is allowed, found nothing".to_owned()));
        }
        let rule = entry.rule.as_ref().map(rule_id).transpose()?;
        let path = places(std::slice::from_ref(&entry.path))?;
        policy.allowed.push(Allowed { rule, path, reason: entry.reason.into_inner() });
    }
    if let Some(patterns) = &file.places.protected {
        policy.protected = places(patterns)?;
    }
    if let Some(patterns) = &file.places.user_writable {
        policy.user_writable = places(patterns)?;
    }
    Ok(policy)
}

fn severity_of(severity: &Spanned<String>) -> Result<Option<Severity>, Wrong> {
    let word = severity.get_ref().as_str();
    if word == "off" {
        return Ok(None);
    }
    let known = Severity::ALL.into_iter().find(|severity| severity.as_str() == word);
    known.map(Some).ok_or_else(|| {
        (severity.span(), format!("expected \"error\", \"warning\", \"note\" or \"off\", found \"{word}\""))
    })
}

fn rule_id(rule: &Spanned<String>) -> Result<String, Wrong> {
    let id = rule.get_ref();
    if find_rule(id).is_some() {
        return Ok(id.clone());
    }
    let nearest = RULES.iter().min_by_key(|known| strsim::osa_distance(known.id, id));
    let nearest = nearest.map(|rule| format!("; the nearest is \"{}\"", rule.id)).unwrap_or_default();
    Err((rule.span(), format!("expected the id of a rule, found \"{id}\"{nearest} (ntfslinks rules lists them)")))
}

fn places(patterns: &[Spanned<String>]) -> Result<Places, Wrong> {
    let globs: Vec<Glob> = patterns.iter().map(glob).collect::<Result<_, _>>()?;
    let span = patterns.first().map(Spanned::span).unwrap_or_default();
    Places::new(globs).map_err(|reason| (span, format!("expected fewer patterns: {reason}")))
}

fn glob(pattern: &Spanned<String>) -> Result<Glob, Wrong> {
    Glob::new(pattern.get_ref()).map_err(|reason| {
        (pattern.span(), format!("expected a pattern of paths, found \"{}\": {reason}", pattern.get_ref()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::TEMPLATE;

    fn error(text: &str) -> String {
        parse(Path::new("p.toml"), text).expect_err("something is wrong").to_string()
    }

    #[test]
    fn the_template_says_what_holds_anyway() {
        let policy = parse(Path::new("template"), TEMPLATE).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(policy.thresholds, Thresholds::default());
        assert!(policy.severities.iter().all(|(id, severity)| find_rule(id).map(|rule| rule.severity) == *severity));
    }

    #[test]
    fn what_is_wrong_is_one_line_with_its_place() {
        let check = |text: &str, expected: &str| assert_eq!(error(text), expected);
        check(
            "[rules]\ndangling-targe = \"off\"\n",
            "p.toml:2:1: expected the id of a rule, found \"dangling-targe\"; the nearest is \"dangling-target\" (ntfslinks rules lists them)",
        );
        check(
            "[rules]\ndangling-target = \"bad\"\n",
            "p.toml:2:19: expected \"error\", \"warning\", \"note\" or \"off\", found \"bad\"",
        );
        check(
            "[[allow]]\npath = '\\a'\nreason = \" \"\n",
            "p.toml:3:10: expected the reason why this is allowed, found nothing",
        );
        assert!(error("[[allow]]\npath = '\\a'\n").starts_with("p.toml:1:1: missing field `reason`"));
        assert!(error("[thresholds]\nhard-link = 3\n").starts_with("p.toml:2:1: unknown field `hard-link`, expected"));
        assert!(error("[rules\n").starts_with("p.toml:1:7: "));
        assert!(
            error("[[allow]]\npath = '['\nreason = 'x'\n")
                .starts_with("p.toml:2:8: expected a pattern of paths, found \"[\"")
        );
    }
}
