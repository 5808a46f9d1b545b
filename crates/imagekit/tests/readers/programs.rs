//! Programs that tests run, and what is said where one is not there.

use std::io::Write;
use std::process::{Command, Output};

/// Readers whose faults are known: how they say their version, and the version that has the faults.
const KNOWN_VERSIONS: [(&str, &str, &str); 4] = [
    ("fls", "-V", "4.11.1"),
    ("ntfs-3g", "--version", "2022.10.3"),
    ("ntfsfix", "--version", "2022.10.3"),
    ("ntfsinfo", "--version", "2022.10.3"),
];

/// Whether a program is there, in the version whose faults are known if it has some; where it is not, this says so, and
/// the test that asks for it is left out.
pub fn is_installed(program: &str) -> bool {
    let known = KNOWN_VERSIONS.iter().find(|(name, ..)| *name == program);
    // Other programs differ in what they think of `--version`: that they start is enough.
    let option = known.map_or("--version", |(_, option, _)| option);
    match (Command::new(program).arg(option).output(), known) {
        (Err(_), _) => skipped(&format!("{program} is not installed")),
        (Ok(output), Some((_, _, version))) if !said(&output).contains(version) => {
            skipped(&format!("{program} is not {version}, the version whose faults are known"))
        }
        (Ok(_), _) => true,
    }
}

/// The same of a package of Python.
pub fn has_package(package: &str, version: &str) -> bool {
    let question = format!("import importlib.metadata as m; assert m.version('{package}') == '{version}'");
    let output = Command::new("python3").args(["-c", &question]).output();
    let is_there = output.is_ok_and(|output| output.status.success());
    is_there || skipped(&format!("Python has no {package} {version}, the version whose faults are known"))
}

/// Says why something is left out, past the harness, which hides what a test that passes prints.
pub fn skipped(why: &str) -> bool {
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).unwrap();
    false
}

/// What a program says, which has to succeed.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = output(program, arguments);
    let text = said(&output);
    assert!(output.status.success(), "{program} {}: {}\n{text}", arguments.join(" "), output.status);
    text
}

/// What became of a program.
pub fn output(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What a program said, errors at the end.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
