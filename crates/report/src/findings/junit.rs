//! Findings as JUnit XML, for whatever shows the results of tests: each rule is a test, each finding of it a failure.

use std::io::{self, Write};

use image::OneLine;

use super::{FindingsReport, Known};

impl FindingsReport<'_, '_> {
    /// Writes the findings as JUnit XML. Those that do not make the audit fail are passed tests with a text.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_junit(&self, out: &mut dyn Write) -> io::Result<()> {
        let silent = self.rules.iter().filter(|rule| !self.shown().any(|known| known.finding.rule.id == rule.id));
        let silent: Vec<&str> = silent.map(|rule| rule.id).collect();
        let tests = silent.len() + self.shown().count();
        let failures = self.shown().filter(|known| self.fails(known)).count();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites tests=\"{tests}\" failures=\"{failures}\">")?;
        let images = self.document.images.iter().map(|image| image.image.path().display().to_string());
        let name = escaped(&images.collect::<Vec<_>>().join(" "));
        writeln!(out, "  <testsuite name=\"ntfslinks audit {name}\" tests=\"{tests}\" failures=\"{failures}\">")?;
        for rule in silent {
            writeln!(out, "    <testcase classname=\"{rule}\" name=\"{rule}\"/>")?;
        }
        self.shown().try_for_each(|known| self.write_case(known, out))?;
        writeln!(out, "  </testsuite>\n</testsuites>")
    }

    fn write_case(&self, known: &Known, out: &mut dyn Write) -> io::Result<()> {
        let finding = &known.finding;
        let path = finding.path.as_ref().map(|path| path.as_wtf8().to_string());
        let name = escaped(&path.or_else(|| finding.file.map(|file| self.document.file_id(file))).unwrap_or_default());
        let (rule, severity, message) = (finding.rule.id, finding.severity, escaped(&finding.message));
        writeln!(out, "    <testcase classname=\"{rule}\" name=\"{name}\">")?;
        match &finding.suppressed {
            Some(reason) => writeln!(out, "      <skipped message=\"{}\"/>", escaped(reason))?,
            None if self.fails(known) => {
                writeln!(out, "      <failure type=\"{severity}\" message=\"{message}\">{name}: {message}</failure>")?;
            }
            None => writeln!(out, "      <system-out>{severity}: {message}</system-out>")?,
        }
        writeln!(out, "    </testcase>")
    }
}

/// A text as XML takes it, in attributes and elsewhere: on one line, without what XML 1.0 cannot hold.
///
/// Source: W3C "Extensible Markup Language (XML) 1.0", sections 2.2 and 2.4.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in OneLine(text).to_string().chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => escaped.extend(character.escape_unicode()),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_ends_an_attribute_or_an_element() {
        assert_eq!(escaped("a\"b<c>&\n\u{202e}\u{FFFE}"), "a&quot;b&lt;c&gt;&amp;\\u{a}\\u{202e}\\u{fffe}");
    }
}
