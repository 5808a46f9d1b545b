//! What a rule found: where, what is wrong, and the values that show it.

use format::WtfString;
use image::ImageOffset;
use links::FileId;

use crate::fingerprint::fingerprint;
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
    /// What it is known by, where that does not follow from its texts any more, because they were too long.
    pub(crate) fingerprint: Option<String>,
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
            fingerprint: None,
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

/// How much text a finding may have of one kind: all findings share in what those of a sound image never need. Otherwise a
/// hostile one has a path of 96 KiB in each of millions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextLimit(usize);

impl TextLimit {
    /// Where findings may be about so many names and links.
    pub fn shared_by(count: usize) -> TextLimit {
        const FOR_ALL: usize = 1 << 25;
        const LEAST: usize = 1 << 10;
        TextLimit((FOR_ALL / count.max(1)).max(LEAST))
    }

    /// So many bytes, if that is more.
    pub fn or(self, bytes: usize) -> TextLimit {
        TextLimit(self.0.max(bytes))
    }

    /// A text without its middle, if it is too long.
    pub fn shorten(self, text: WtfString) -> WtfString {
        if text.as_wtf8().as_bytes().len() <= self.0 {
            return text;
        }
        let units: Vec<u16> = text.as_wtf8().units().collect();
        // A unit has up to three bytes.
        let kept = self.0 / 6;
        let (first, last) = (units.iter().take(kept), units.iter().skip(units.len() - kept));
        first.chain(&[ELLIPSIS]).chain(last).copied().collect()
    }

    /// A finding whose texts are short enough. It is known by what they were.
    pub fn shorten_all(self, finding: Finding) -> Finding {
        let is_long =
            |text: &Option<WtfString>| text.as_ref().is_some_and(|text| text.as_wtf8().as_bytes().len() > self.0);
        let is_known_by_long = is_long(&finding.path) || is_long(&finding.target);
        let known_by = is_known_by_long.then(|| fingerprint(&finding)).or_else(|| finding.fingerprint.clone());
        let shorten = |evidence| match evidence {
            Evidence::Text(text) => Evidence::Text(self.shorten(text)),
            Evidence::Texts(texts) => Evidence::Texts(texts.into_iter().map(|text| self.shorten(text)).collect()),
            Evidence::Word(word) => Evidence::Word(self.shorten_words(word)),
            other => other,
        };
        Finding {
            path: finding.path.map(|path| self.shorten(path)),
            target: finding.target.map(|target| self.shorten(target)),
            message: self.shorten_words(finding.message),
            evidence: finding.evidence.into_iter().map(|(key, evidence)| (key, shorten(evidence))).collect(),
            fingerprint: known_by,
            ..finding
        }
    }

    /// Words of ours, which may hold texts of the image.
    fn shorten_words(self, words: String) -> String {
        if words.len() <= 2 * self.0 {
            return words;
        }
        let characters = words.chars().count();
        let kept = self.0 / 4;
        let (first, last) = (words.chars().take(kept), words.chars().skip(characters - kept));
        first.chain(['…']).chain(last).collect()
    }
}

/// `…`
const ELLIPSIS: u16 = 0x2026;

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
