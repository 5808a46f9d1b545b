//! `audit`: what was found, in every format.

mod json;
mod junit;
mod sarif;
mod text;

use std::collections::{BTreeMap, HashSet};

use audit::{Finding, Rule, Severity, fingerprint};

use crate::document::Document;

pub use text::TextStyle;

/// What an audit found, and what of it counts.
#[derive(Debug)]
pub struct FindingsReport<'d, 'i> {
    /// What the ids belong to.
    pub document: &'d Document<'i>,
    /// The rules that ran.
    pub rules: Vec<&'static Rule>,
    /// In the order of documents.
    pub findings: Vec<Known>,
    /// The rules that did not run, and why.
    pub not_checked: Vec<(&'static str, String)>,
    /// What is suppressed is shown too.
    pub show_suppressed: bool,
    /// The severity from which on a finding counts, unless it was known before.
    pub fail_on: Option<Severity>,
    /// Fingerprints of findings that were known before; `None` if nothing was.
    pub baseline: Option<HashSet<String>>,
}

/// A finding with its fingerprint.
#[derive(Debug)]
pub struct Known {
    /// The finding.
    pub finding: Finding,
    /// What it is known by.
    pub fingerprint: String,
}

impl Known {
    /// A finding, and its fingerprint.
    pub fn new(finding: Finding) -> Known {
        Known { fingerprint: fingerprint(&finding), finding }
    }
}

impl FindingsReport<'_, '_> {
    /// The findings that are shown.
    fn shown(&self) -> impl Iterator<Item = &Known> {
        self.findings.iter().filter(|known| self.show_suppressed || known.finding.suppressed.is_none())
    }

    /// Whether a finding makes the audit fail.
    fn fails(&self, known: &Known) -> bool {
        let is_bad = self.fail_on.is_some_and(|least| known.finding.severity >= least);
        is_bad && known.finding.suppressed.is_none() && self.is_new(known)
    }

    fn is_new(&self, known: &Known) -> bool {
        self.baseline.as_ref().is_none_or(|baseline| !baseline.contains(&known.fingerprint))
    }

    /// How many findings make the audit fail.
    pub fn failing(&self) -> usize {
        self.findings.iter().filter(|known| self.fails(known)).count()
    }

    fn count(&self, severity: Severity) -> u64 {
        let is_of = |known: &&Known| known.finding.severity == severity && known.finding.suppressed.is_none();
        self.findings.iter().filter(is_of).count() as u64
    }

    /// How many findings are suppressed, by the reason.
    fn suppressed(&self) -> BTreeMap<&str, u64> {
        let mut reasons = BTreeMap::new();
        for reason in self.findings.iter().filter_map(|known| known.finding.suppressed.as_deref()) {
            *reasons.entry(reason).or_default() += 1;
        }
        reasons
    }

    /// How many findings that are not suppressed there are of each rule.
    fn by_rule(&self) -> BTreeMap<&'static str, u64> {
        let mut rules = BTreeMap::new();
        for known in self.findings.iter().filter(|known| known.finding.suppressed.is_none()) {
            *rules.entry(known.finding.rule.id).or_default() += 1;
        }
        rules
    }
}

/// The words of one section of a rule's explanation, on one line.
fn section(rule: &Rule, heading: &str) -> String {
    let text = rule.explanation();
    let lines = text.lines().skip_while(|line| *line != format!("## {heading}")).skip(1);
    let words = lines.take_while(|line| !line.starts_with("## ")).flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}
