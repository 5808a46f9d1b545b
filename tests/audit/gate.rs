//! Exit status, baselines and policies: what a CI job goes by.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use crate::{build, demo, run};

/// A volume with one dangling link, an error when it is told so.
const ONE_LINK: &str = "
    [[file]]
    path = '\\a\\link'
    symlink = 'gone'
";

/// The same, with another record number for the link, and one link more.
const TWO_LINKS: &str = "
    [[file]]
    path = '\\first'

    [[file]]
    path = '\\a\\link'
    symlink = 'gone'

    [[file]]
    path = '\\a\\other'
    symlink = 'gone too'
";

fn audit(image: &Path, options: &[&OsStr]) -> Output {
    run([&["audit".as_ref(), "-q".as_ref(), image.as_os_str()], options].concat())
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn words<'w>(words: &'w [&'w str]) -> Vec<&'w OsStr> {
    words.iter().map(OsStr::new).collect()
}

#[test]
fn fail_on_is_the_severity_from_which_on_the_status_is_1() {
    let directory = tempfile::tempdir().unwrap();
    let image = build(directory.path(), "one.img", ONE_LINK);
    for (severity, expected) in [("error", 0), ("warning", 1), ("note", 1), ("never", 0)] {
        assert_eq!(status(&audit(&image, &words(&["--fail-on", severity]))), expected, "{severity}");
    }
    assert_eq!(status(&audit(&image, &[])), 0);
}

#[test]
fn only_what_is_not_in_the_baseline_fails_and_a_rebuilt_image_has_the_same_fingerprints() {
    let directory = tempfile::tempdir().unwrap();
    let one = build(directory.path(), "one.img", ONE_LINK);
    let two = build(directory.path(), "two.img", TWO_LINKS);
    let baseline = directory.path().join("findings.json");
    let with_baseline = ["--baseline".as_ref(), baseline.as_os_str()];
    let updating = ["--baseline".as_ref(), baseline.as_os_str(), "--update-baseline".as_ref()];
    assert_eq!(status(&audit(&one, &with_baseline)), 2, "there is no baseline yet");
    assert_eq!(status(&audit(&one, &updating)), 0);
    assert_eq!(status(&audit(&one, &with_baseline)), 0);
    let output = audit(&two, &with_baseline);
    assert_eq!(status(&output), 1);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\\a\\link: leads to \"\\a\\gone\", which is not there (known)"), "{text}");
    assert!(text.contains("1 finding not in the baseline"), "{text}");
    assert_eq!(status(&audit(&two, &updating)), 0);
    assert_eq!(status(&audit(&two, &with_baseline)), 0);
}

#[test]
fn a_baseline_that_is_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = directory.path().join("b.json");
    for text in ["{", "{\"schema\": \"ntfslinks/graph/1\"}"] {
        std::fs::write(&baseline, text).unwrap();
        let output = audit(&demo(), &["--baseline".as_ref(), baseline.as_os_str()]);
        assert_eq!(status(&output), 2, "{text}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("the baseline cannot be used") && message.lines().count() == 1, "{message}");
    }
}

#[test]
fn a_policy_silences_promotes_and_allows() {
    let directory = tempfile::tempdir().unwrap();
    let image = build(directory.path(), "one.img", ONE_LINK);
    let policy = directory.path().join("policy.toml");
    let allowed = "[[allow]]\nrule = 'dangling-target'\npath = '\\A\\**'\nreason = 'made by the test'\n";
    let elsewhere = "[[allow]]\nrule = 'dangling-target'\npath = '\\b\\**'\nreason = 'made by the test'\n";
    let cases = [
        ("[rules]\ndangling-target = 'error'\n", "error", 1),
        ("[rules]\ndangling-target = 'note'\n", "warning", 0),
        ("[rules]\ndangling-target = 'off'\n", "note", 0),
        (allowed, "note", 0),
        (elsewhere, "warning", 1),
    ];
    for (text, severity, expected) in cases {
        std::fs::write(&policy, text).unwrap();
        let options = ["--policy".as_ref(), policy.as_os_str(), "--fail-on".as_ref(), severity.as_ref()];
        assert_eq!(status(&audit(&image, &options)), expected, "{text}");
    }
    std::fs::write(&policy, allowed).unwrap();
    let output = audit(&image, &["--policy".as_ref(), policy.as_os_str(), "--show-suppressed".as_ref()]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("suppressed: made by the test"));
}

#[test]
fn a_broken_policy_is_one_line_with_file_line_and_what_was_expected() {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("policy.toml");
    std::fs::write(&policy, "[rules]\ndangling-target = \"fatal\"\n").unwrap();
    let output = audit(&demo(), &["--policy".as_ref(), policy.as_os_str()]);
    assert_eq!(status(&output), 2);
    let message = String::from_utf8(output.stderr).unwrap();
    let expected = "policy.toml:2:19: expected \"error\", \"warning\", \"note\" or \"off\", found \"fatal\"\n";
    assert!(message.ends_with(expected) && message.lines().count() == 1, "{message}");
}

#[test]
fn the_policy_template_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("policy.toml");
    std::fs::write(&policy, run(["rules", "--policy-template"]).stdout).unwrap();
    let with_template = audit(&demo(), &["--policy".as_ref(), policy.as_os_str()]);
    assert_eq!(status(&with_template), 0, "{}", String::from_utf8_lossy(&with_template.stderr));
    assert_eq!(with_template.stdout, audit(&demo(), &[]).stdout);
}
