//! A link in an image, the rule that it is an example of, and what follows from the rule.

use std::collections::BTreeSet;

use crate::expected::Expected;
use crate::images::Images;

/// One link.
pub struct Case {
    /// The section of the reference, and what it says.
    rule: &'static str,
    link: &'static str,
    /// What it is of the spec: the link, and what it needs.
    spec: String,
    /// Nothing if it is no link.
    expected: Option<Expected>,
}

/// A link that has these keys in the spec.
pub fn case(rule: &'static str, link: &'static str, keys: impl AsRef<str>, expected: Expected) -> Case {
    let spec = format!("[[file]]\npath = '{link}'\n{}\n", keys.as_ref());
    Case { rule, link, spec, expected: Some(expected) }
}

/// A link that another case has in the spec.
pub fn also(rule: &'static str, link: &'static str, expected: Expected) -> Case {
    Case { rule, link, spec: String::new(), expected: Some(expected) }
}

/// A file that is no link.
pub fn no_link(rule: &'static str, link: &'static str, keys: &str) -> Case {
    let spec = format!("[[file]]\npath = '{link}'\n{keys}\n");
    Case { rule, link, spec, expected: None }
}

impl Case {
    /// The link is a directory.
    pub fn directory(mut self) -> Self {
        self.spec += "directory = true\n";
        self
    }

    /// Further files.
    pub fn with(mut self, files: impl AsRef<str>) -> Self {
        self.spec += files.as_ref();
        self.spec.push('\n');
        self
    }
}

/// A file of the spec: its path and its other keys.
pub fn file(path: &str, keys: impl AsRef<str>) -> String {
    format!("[[file]]\npath = '{path}'\n{}\n", keys.as_ref())
}

/// A junction with this substitute name.
pub fn junction(substitute: &str) -> String {
    format!("directory = true\nreparse = {{ tag = 'MOUNT_POINT', substitute = '{substitute}', print = '' }}\n")
}

/// A symbolic link with this substitute name that is not marked relative.
pub fn absolute(substitute: &str) -> String {
    format!("reparse = {{ tag = 'SYMLINK', substitute = '{substitute}', print = '', flags = 0 }}\n")
}

/// A symbolic link with this substitute name that is marked relative.
pub fn relative(substitute: &str) -> String {
    format!("reparse = {{ tag = 'SYMLINK', substitute = '{substitute}', print = '', flags = 1 }}\n")
}

/// Builds one image of the cases and what they share, scans it, and fails with everything that differs.
pub fn check(shared: &str, arguments: &[&str], cases: &[Case]) {
    let specs = cases.iter().map(|case| case.spec.as_str());
    let spec: String = [shared].into_iter().chain(specs).collect();
    let images = Images::new();
    images.build("cases.img", &spec);
    let document = images.scan(&[arguments, &["cases.img"]].concat());
    let links = document.links();
    let mut complaints = Vec::new();
    for Case { rule, link, expected, .. } in cases {
        let found = links.get(&("v0".to_owned(), (*link).to_owned()));
        let complaint = match (expected, found) {
            (Some(expected), Some(found)) => expected.complaint(found),
            (Some(expected), None) => Some(format!("no link, expected {expected:?}")),
            (None, Some(found)) => Some(format!("no link is expected, found {found}")),
            (None, None) => None,
        };
        complaints.extend(complaint.map(|complaint| format!("{rule}\n  {link}: {complaint}")));
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    let paths: BTreeSet<&str> = cases.iter().map(|case| case.link).collect();
    assert_eq!(paths.len(), cases.len(), "a link has two cases");
}
