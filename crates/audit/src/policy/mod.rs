//! What a user says of rules: which count and how much, where they do not, and what places are to be guarded.
//!
//! A policy is a TOML file; [`TEMPLATE`] is one with every key, its default, and what it means.

mod file;
mod places;

use std::collections::BTreeMap;
use std::path::Path;

use format::Wtf8;

use crate::finding::Finding;
use crate::rule::Rule;
use crate::severity::Severity;

pub use file::{PolicyError, parse};
pub use places::Places;

/// A policy that says what holds anyway, with every key explained.
pub const TEMPLATE: &str = include_str!("template.toml");

/// What a user says of rules.
#[derive(Clone, Debug)]
pub struct Policy {
    /// For rules that are not as bad as they are by themselves, or worse; `None` for those that are off.
    severities: BTreeMap<String, Option<Severity>>,
    /// What is allowed.
    allowed: Vec<Allowed>,
    /// Numbers from which on things are worth a finding.
    pub thresholds: Thresholds,
    /// Where nobody but administrators may write.
    pub protected: Places,
    /// Where any user may write.
    pub user_writable: Places,
}

/// Findings that are no concern.
#[derive(Clone, Debug)]
struct Allowed {
    /// Of one rule; of every one if there is none.
    rule: Option<String>,
    path: Places,
    reason: String,
}

/// Numbers from which on things are worth a finding.
#[derive(Clone, Copy, PartialEq, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Thresholds {
    /// Hard links of a file, of the 1,024 that Windows allows.
    pub hard_links: u64,
    /// Files that a delete destroys outside the directory that it is asked for.
    pub blast_files: u64,
    /// How many times larger a copy is than what it is of.
    pub inflation: f64,
    /// UTF-16 units of a path.
    pub path_length: u64,
    /// Directories that `delete-blast-radius` looks at: those that links leave, by how many do.
    pub blast_directories: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { hard_links: 1000, blast_files: 1, inflation: 1.5, path_length: 260, blast_directories: 100 }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            severities: BTreeMap::new(),
            allowed: Vec::new(),
            thresholds: Thresholds::default(),
            protected: Places::of(places::PROTECTED),
            user_writable: Places::of(places::USER_WRITABLE),
        }
    }
}

impl Policy {
    /// Reads a policy file's text; `path` is for messages.
    ///
    /// # Errors
    /// It is no TOML, or says something that a policy cannot.
    pub fn parse(path: &Path, text: &str) -> Result<Policy, PolicyError> {
        parse(path, text)
    }

    /// Whether a rule is switched off.
    pub fn is_off(&self, rule: &Rule) -> bool {
        self.severities.get(rule.id) == Some(&None)
    }

    /// How bad what a rule finds is, by itself.
    pub fn severity(&self, rule: &Rule) -> Severity {
        self.severities.get(rule.id).copied().flatten().unwrap_or(rule.severity)
    }

    /// Whether only administrators may write at a path.
    pub fn is_protected(&self, path: Wtf8<'_>) -> bool {
        self.protected.contain(path) && !self.user_writable.contain(path)
    }

    /// Gives a finding the severity that the policy wants, and the reason for which it is allowed.
    ///
    /// A severity of the policy is that of all the rule finds, also of what the rule itself makes less of.
    pub(crate) fn apply(&self, finding: &mut Finding) {
        if let Some(Some(severity)) = self.severities.get(finding.rule.id) {
            finding.severity = *severity;
        }
        self.suppress(finding);
    }

    /// Suppresses a finding about a path where it is allowed.
    pub(crate) fn suppress(&self, finding: &mut Finding) {
        let Some(path) = finding.path.as_ref().filter(|_| finding.suppressed.is_none()) else { return };
        let is_of_rule = |allowed: &&Allowed| allowed.rule.as_ref().is_none_or(|rule| rule == finding.rule.id);
        let allowed = self.allowed.iter().filter(is_of_rule).find(|allowed| allowed.path.contain(path.as_wtf8()));
        finding.suppressed = allowed.map(|allowed| allowed.reason.clone());
    }
}
