//! Running rules: one pass over the files and one over the links, for all of them together.

use std::collections::HashSet;

use format::{Wtf8, WtfString};
use links::{File, FileId};
use rayon::prelude::*;

use crate::context::Context;
use crate::finding::Finding;
use crate::rule::{Check, Rule};
use crate::rules::malformed_reparse_data;
use crate::severity::Severity;

/// Runs rules, and answers what they found in the order of documents: by volume, record, rule, path.
pub fn run_rules(context: &Context<'_>, rules: &[&'static Rule]) -> Vec<Finding> {
    let rules: Vec<&'static Rule> = rules.iter().copied().filter(|rule| !context.policy.is_off(rule)).collect();
    // What rules ask for on many threads at once, and what takes all of them to be built.
    context.explosions();
    let mut findings = look_at_files(context, &rules);
    findings.extend(look_at_links(context, &rules));
    for rule in &rules {
        let start = findings.len();
        match rule.check {
            Check::Volume(check) => (0..context.volumes.len()).for_each(|volume| check(context, volume, &mut findings)),
            Check::All(check) => check(context, &mut findings),
            Check::File(_) | Check::Link(_) => {}
        }
        let found: Vec<Finding> = findings.drain(start..).map(|finding| context.shorten(finding)).collect();
        findings.extend(found);
    }
    drop_replaced(&mut findings);
    findings.iter_mut().for_each(|finding| context.policy.apply(finding));
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.volume, finding.record, finding.rule.id);
        let [one_path, other_path] = [one, other].map(|finding| &finding.path).map(path_or_empty);
        key(one).cmp(&key(other)).then_with(|| one_path.compare_units(other_path))
    });
    findings
}

fn path_or_empty(path: &Option<WtfString>) -> Wtf8<'_> {
    path.as_ref().map(WtfString::as_wtf8).unwrap_or_default()
}

/// Of a link whose data are damaged nothing else is told that comes from them.
fn drop_replaced(findings: &mut Vec<Finding>) {
    let is_damage =
        |finding: &&Finding| finding.rule.id == malformed_reparse_data::RULE.id && finding.severity == Severity::Error;
    let damaged: HashSet<Option<FileId>> = findings.iter().filter(is_damage).map(|finding| finding.file).collect();
    let is_about_link = |finding: &Finding| matches!(finding.rule.check, Check::Link(_));
    findings.retain(|finding| !is_about_link(finding) || is_damage(&finding) || !damaged.contains(&finding.file));
}

fn look_at_files(context: &Context<'_>, rules: &[&'static Rule]) -> Vec<Finding> {
    let checks: Vec<_> = rules
        .iter()
        .filter_map(|rule| match rule.check {
            Check::File(check) => Some(check),
            _ => None,
        })
        .collect();
    if checks.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (volume, source) in context.volumes.iter().enumerate() {
        let files = &source.graph.files;
        let look = |file: File<'_>| {
            let mut found = Vec::new();
            let id = FileId { volume, record: file.record() };
            checks.iter().for_each(|check| check(context, id, &file, &mut found));
            found.into_iter().map(|finding| context.shorten(finding))
        };
        let of_chunk = |chunk| files.files_of_chunk(chunk).flat_map(look);
        let found: Vec<Finding> = (0..files.chunk_count()).into_par_iter().flat_map_iter(of_chunk).collect();
        findings.extend(found);
    }
    findings
}

fn look_at_links(context: &Context<'_>, rules: &[&'static Rule]) -> Vec<Finding> {
    let checks: Vec<_> = rules
        .iter()
        .filter_map(|rule| match rule.check {
            Check::Link(check) => Some(check),
            _ => None,
        })
        .collect();
    let look = |edge| {
        let mut found = Vec::new();
        checks.iter().for_each(|check| check(context, edge, &mut found));
        found.into_iter().map(|finding| context.shorten(finding))
    };
    context.links.edges.par_iter().flat_map_iter(look).collect()
}
