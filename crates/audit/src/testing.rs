//! Images for the tests of rules: a spec in, the findings of one rule out.

use image::Image;
use links::{Components, ExtractOptions, Mounts, Problem, Resolver, SymlinkEvaluation, VolumeGraph, VolumeSource};
use volume::discover;

use crate::context::Context;
use crate::finding::Finding;
use crate::policy::Policy;
use crate::rule::Rule;
use crate::run::run_rules;

/// Builds the image that a spec describes, and compares what a rule finds with lines `PATH: MESSAGE`. The image's own
/// volume is drive C. What is suppressed ends in ` (suppressed: REASON)`.
pub(crate) fn check(rule: &'static Rule, spec: &str, expected: &[&str]) {
    check_with(rule, spec, &Policy::default(), None, expected);
}

/// The same with a policy, and in a scope, which is a path.
pub(crate) fn check_with(rule: &'static Rule, spec: &str, policy: &Policy, scope: Option<&str>, expected: &[&str]) {
    let lines = with_findings(rule, spec, policy, scope, |findings| findings.iter().map(line).collect::<Vec<_>>());
    assert_eq!(lines, expected, "{}", rule.id);
}

/// Hands the findings of a rule to `look`.
pub(crate) fn with_findings<T>(
    rule: &'static Rule,
    spec: &str,
    policy: &Policy,
    scope: Option<&str>,
    look: impl FnOnce(&[Finding]) -> T,
) -> T {
    with_findings_of(&[rule], spec, policy, scope, look)
}

/// Hands the findings of several rules to `look`.
pub(crate) fn with_findings_of<T>(
    rules: &[&'static Rule],
    spec: &str,
    policy: &Policy,
    scope: Option<&str>,
    look: impl FnOnce(&[Finding]) -> T,
) -> T {
    with_context(spec, policy, scope, |context| look(&run_rules(context, rules)))
}

/// Hands what was read of the image to `look`.
pub(crate) fn with_context<T>(
    spec: &str,
    policy: &Policy,
    scope: Option<&str>,
    look: impl FnOnce(&Context<'_>) -> T,
) -> T {
    let spec = imagekit::spec::parse("spec", spec).unwrap_or_else(|error| panic!("{error}"));
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let built = imagekit::build::build(&spec.image, file.as_file()).unwrap_or_else(|error| panic!("{error}"));
    for damage in &spec.damages {
        imagekit::damage::apply(file.as_file(), &built, damage).unwrap_or_else(|error| panic!("{error}"));
    }
    let image = Image::open(file.path()).expect("the image opens");
    let discovery = discover(&image).expect("the image has a volume");
    let read = discovery.volumes.into_iter().map(|(volume, problems)| {
        let problems = problems.into_iter().map(Problem::from).collect();
        // Rules about what is deleted need it; others pass it over.
        let graph = VolumeGraph::read(&volume, problems, ExtractOptions { include_free: true }, &|_| {});
        (volume, graph)
    });
    let read: Vec<_> = read.collect();
    let disk_signature = discovery.disk_signature;
    let sources: Vec<VolumeSource<'_>> =
        read.iter().map(|(volume, graph)| VolumeSource { volume, graph, disk_signature }).collect();
    let mut mounts = Mounts::default();
    mounts.give_letter(b'C', 0);
    let scope_names = scope.map(names).unwrap_or_default();
    let resolver = Resolver::new(&sources, mounts, SymlinkEvaluation::default(), std::slice::from_ref(&scope_names));
    let links = resolver.resolve_links();
    let scope = scope.map(|_| resolver.find(0, &scope_names).expect("the scope is there").file);
    look(&Context::new(&sources, &resolver, &links, policy).in_scope(scope))
}

fn names(path: &str) -> Components {
    Components::of_texts(path.split('\\').filter(|name| !name.is_empty()))
}

/// A finding as `check` compares it.
pub(crate) fn line(finding: &Finding) -> String {
    let path = finding.path.as_ref().map(|path| path.as_wtf8().to_string()).unwrap_or_default();
    let suppressed = finding.suppressed.as_ref().map(|reason| format!(" (suppressed: {reason})")).unwrap_or_default();
    format!("{path}: {}{suppressed}", finding.message)
}
