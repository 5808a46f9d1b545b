//! What a rule found: where, what is wrong, and the values that show it.

use format::WtfString;
use image::ImageOffset;
use links::FileId;

use crate::rule::Rule;
use crate::severity::Severity;

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The rule's, or the policy's, or a lower one for a case that the rule makes less of.
    pub severity: Severity,
    /// Index of the volume.
    pub volume: usize,
    /// The file that it is about.
    pub file: Option<FileId>,
    /// The record that shows it: the file's base record, or another of its records.
    pub record: Option<u64>,
    /// Where in the image it shows.
    pub offset: Option<ImageOffset>,
    /// The path that it is about.
    pub path: Option<WtfString>,
    /// Where the path leads, if that is part of what is wrong: with the rule and the path it makes the fingerprint.
    pub target: Option<WtfString>,
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// The values that show it.
    pub evidence: Vec<(&'static str, Evidence)>,
    /// Other files that have to do with it.
    pub related: Vec<FileId>,
    /// Why it is no concern.
    pub suppressed: Option<String>,
}

/// A value that shows a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// A number.
    Number(u64),
    /// A word of ours.
    Word(String),
    /// A text of the image's.
    Text(WtfString),
    /// Several of those.
    Texts(Vec<WtfString>),
    /// Whether something is so.
    Flag(bool),
}

impl Finding {
    /// A finding about a volume.
    pub fn of_volume(rule: &'static Rule, volume: usize, message: impl Into<String>) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            volume,
            file: None,
            record: None,
            offset: None,
            path: None,
            target: None,
            message: message.into(),
            evidence: Vec::new(),
            related: Vec::new(),
            suppressed: None,
        }
    }

    /// Adds a value that shows it.
    pub fn with(mut self, key: &'static str, evidence: impl Into<Evidence>) -> Finding {
        self.evidence.push((key, evidence.into()));
        self
    }

    /// Adds a value, if there is one.
    pub fn with_some(self, key: &'static str, evidence: Option<impl Into<Evidence>>) -> Finding {
        match evidence {
            Some(evidence) => self.with(key, evidence),
            None => self,
        }
    }

    /// Adds other files that have to do with it.
    pub fn relating(mut self, files: impl IntoIterator<Item = FileId>) -> Finding {
        self.related.extend(files);
        self
    }

    /// Makes less of it, or more.
    pub fn as_bad_as(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// Says why it is no concern.
    pub fn suppressed(mut self, reason: impl Into<String>) -> Finding {
        self.suppressed = Some(reason.into());
        self
    }

    /// Says where the path leads.
    pub fn leading_to(mut self, target: WtfString) -> Finding {
        self.target = Some(target);
        self
    }
}

impl From<u64> for Evidence {
    fn from(number: u64) -> Self {
        Evidence::Number(number)
    }
}

impl From<u16> for Evidence {
    fn from(number: u16) -> Self {
        Evidence::Number(number.into())
    }
}

impl From<usize> for Evidence {
    fn from(number: usize) -> Self {
        Evidence::Number(number as u64)
    }
}

impl From<bool> for Evidence {
    fn from(flag: bool) -> Self {
        Evidence::Flag(flag)
    }
}

impl From<&str> for Evidence {
    fn from(word: &str) -> Self {
        Evidence::Word(word.to_owned())
    }
}

impl From<String> for Evidence {
    fn from(word: String) -> Self {
        Evidence::Word(word)
    }
}

impl From<WtfString> for Evidence {
    fn from(text: WtfString) -> Self {
        Evidence::Text(text)
    }
}

impl From<Vec<WtfString>> for Evidence {
    fn from(texts: Vec<WtfString>) -> Self {
        Evidence::Texts(texts)
    }
}
