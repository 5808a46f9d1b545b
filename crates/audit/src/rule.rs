//! A rule: what it is called, how bad what it finds is, and how it looks for it.

use links::{File, FileId, LinkEdge};

use crate::context::Context;
use crate::finding::Finding;
use crate::severity::Severity;

/// One rule. Its file begins with its explanation.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case, unique, never used again: it says what was found.
    pub id: &'static str,
    /// Unless a policy says otherwise.
    pub severity: Severity,
    /// One line: what it finds.
    pub summary: &'static str,
    /// The text of the rule's file, of which the comment at its beginning is the explanation.
    pub source: &'static str,
    /// How it looks.
    pub check: Check,
}

/// How a rule looks for what it finds: at each thing of a kind, so that all rules share one pass over them. A rule is a
/// function of what was read and of the policy alone.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// At every base record, those not in use among them if they were read.
    File(fn(&Context<'_>, FileId, &File<'_>, &mut Vec<Finding>)),
    /// At every link, seen from each of its names.
    Link(fn(&Context<'_>, &LinkEdge, &mut Vec<Finding>)),
    /// At each volume as a whole, by its index.
    Volume(fn(&Context<'_>, usize, &mut Vec<Finding>)),
    /// At everything together.
    All(fn(&Context<'_>, &mut Vec<Finding>)),
}

impl Rule {
    /// The explanation, as Markdown: What it finds · Why it matters · How to confirm by hand · False positives · Sources.
    pub fn explanation(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n") + "\n"
    }
}
