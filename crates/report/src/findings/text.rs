//! Findings for people: by rule, the worst first.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use audit::{Evidence, Rule, Severity};
use image::OneLine;

use super::{FindingsReport, Known, section};
use crate::text::count_text;

/// How findings are shown to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TextStyle {
    /// With the values that show them, and all of them.
    pub is_verbose: bool,
    /// In colour.
    pub is_coloured: bool,
}

/// Findings of one rule that are shown unless all are asked for.
const MOST_SHOWN: usize = 20;

impl FindingsReport<'_, '_> {
    /// Writes the findings for people.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
        for (rule, findings) in self.groups() {
            self.write_group(rule, &findings, style, out)?;
        }
        self.write_summary(out)
    }

    /// The findings that are shown, by rule: the rules with the worst findings first, then in their usual order.
    fn groups(&self) -> Vec<(&'static Rule, Vec<&Known>)> {
        let of_rule = |rule: &&'static Rule| {
            let mut findings: Vec<&Known> = self.shown().filter(|known| known.finding.rule.id == rule.id).collect();
            findings.sort_by_key(|known| std::cmp::Reverse(known.finding.severity));
            (*rule, findings)
        };
        let mut groups: Vec<_> = self.rules.iter().map(of_rule).filter(|(_, findings)| !findings.is_empty()).collect();
        groups.sort_by_key(|(_, findings)| std::cmp::Reverse(findings.first().map(|known| known.finding.severity)));
        groups
    }

    fn write_group(&self, rule: &Rule, findings: &[&Known], style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
        let worst = findings.first().map_or(rule.severity, |known| known.finding.severity);
        let colour = if style.is_coloured { colour(worst) } else { Style::new() };
        let count = count_text(findings.len() as u64);
        writeln!(out, "{colour}{worst}{colour:#} {}: {} ({count})", rule.id, rule.summary)?;
        let most = if style.is_verbose { usize::MAX } else { MOST_SHOWN };
        for known in findings.iter().take(most) {
            self.write_finding(known, worst, style, out)?;
        }
        if findings.len() > most {
            let more = count_text((findings.len() - most) as u64);
            writeln!(out, "  … and {more} more; --verbose shows them")?;
        }
        if style.is_verbose {
            writeln!(out, "  how to confirm: {}", section(rule, "How to confirm by hand"))?;
            writeln!(out, "  ntfslinks rules {} explains it", rule.id)?;
        }
        writeln!(out)
    }

    fn write_finding(&self, known: &Known, usual: Severity, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
        let finding = &known.finding;
        let place = match (&finding.path, finding.file) {
            (Some(path), _) => OneLine(path.as_wtf8()).to_string(),
            (None, Some(file)) => self.document.file_id(file),
            (None, None) => String::new(),
        };
        let volume = self.document.volumes.get(finding.volume).filter(|_| self.document.volumes.len() > 1);
        let volume = volume.map(|volume| format!("{}:", volume.id())).unwrap_or_default();
        let severity = if finding.severity == usual { String::new() } else { format!("{}: ", finding.severity) };
        let known_before = if self.is_new(known) { "" } else { " (known)" };
        writeln!(out, "  {volume}{place}: {severity}{}{known_before}", OneLine(&finding.message))?;
        if let Some(reason) = &finding.suppressed {
            writeln!(out, "      suppressed: {}", OneLine(reason))?;
        }
        if !style.is_verbose {
            return Ok(());
        }
        if let Some(record) = finding.record {
            let at = finding.offset.map(|offset| format!(" at {offset}")).unwrap_or_default();
            writeln!(out, "      record {record}{at}")?;
        }
        for (key, evidence) in &finding.evidence {
            writeln!(out, "      {key}: {}", evidence_text(evidence))?;
        }
        for file in &finding.related {
            writeln!(out, "      related: {}", OneLine(crate::link_text::file_text(self.document, *file)))?;
        }
        Ok(())
    }

    fn write_summary(&self, out: &mut dyn Write) -> io::Result<()> {
        let [errors, warnings, notes] = Severity::ALL.map(|severity| self.count(severity));
        writeln!(out, "{}, {}, {}", plural(errors, "error"), plural(warnings, "warning"), plural(notes, "note"))?;
        for (reason, count) in self.suppressed() {
            writeln!(out, "{} suppressed: {}", count_text(count), OneLine(reason))?;
        }
        if self.baseline.is_some() {
            let new = self.findings.iter().filter(|known| known.finding.suppressed.is_none() && self.is_new(known));
            writeln!(out, "{} not in the baseline", plural(new.count() as u64, "finding"))?;
        }
        if !self.not_checked.is_empty() {
            let rules = plural(self.not_checked.len() as u64, "rule");
            writeln!(out, "{rules} not checked: --format json says which, and why")?;
        }
        Ok(())
    }
}

fn plural(count: u64, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {noun}{end}", count_text(count))
}

fn colour(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Cyan,
    };
    colour.on_default().bold()
}

fn evidence_text(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Number(number) => count_text(*number),
        Evidence::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Evidence::Word(word) => OneLine(word).to_string(),
        Evidence::Text(text) => OneLine(text.as_wtf8()).to_string(),
        Evidence::Texts(texts) => {
            texts.iter().map(|text| OneLine(text.as_wtf8()).to_string()).collect::<Vec<_>>().join(", ")
        }
    }
}
