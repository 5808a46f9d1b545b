//! What a rule found: where, what is wrong, and the values that show it.

use format::WtfString;
use image::ImageOffset;
use links::{File, FileId};

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

/// How many bytes each text of a finding may have: all findings share in what those of a sound image never need. Otherwise
/// a hostile one has a path of 96 KiB in each of millions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextLimit {
    bytes: usize,
}

impl TextLimit {
    /// Where findings may be about so many names and links.
    pub fn shared_by(count: usize) -> TextLimit {
        const FOR_ALL: usize = 1 << 25;
        const LEAST: usize = 1 << 10;
        TextLimit { bytes: (FOR_ALL / count.max(1)).max(LEAST) }
    }

    /// For what is about a link: four times what its reparse point has, shared by its names, if that is more. They are not
    /// all counted, which each of them would do again.
    pub fn of_own(self, file: &File<'_>) -> Option<TextLimit> {
        let own = 4 * file.reparse_bytes()?.len();
        let names = file.names().take(own / self.bytes + 1).count();
        Some(TextLimit { bytes: self.bytes.max(own / names.max(1)) })
    }

    /// Whether nothing of a finding is too long.
    pub fn allows(self, finding: &Finding) -> bool {
        let is_short = |text: &WtfString| !self.is_exceeded(text);
        let is_short_evidence = |evidence: &Evidence| match evidence {
            Evidence::Text(text) => is_short(text),
            Evidence::Texts(texts) => texts.iter().all(is_short),
            Evidence::Word(word) => !self.is_exceeded_by_words(word),
            Evidence::Number(_) | Evidence::Flag(_) => true,
        };
        finding.path.iter().chain(&finding.target).all(is_short)
            && !self.is_exceeded_by_words(&finding.message)
            && finding.evidence.iter().all(|(_, evidence)| is_short_evidence(evidence))
    }

    /// Whether words of ours are too long, which say something of their own beside a text.
    fn is_exceeded_by_words(self, words: &str) -> bool {
        words.len() > 2 * self.bytes
    }

    /// Whether a text is too long.
    pub fn is_exceeded(self, text: &WtfString) -> bool {
        text.as_wtf8().as_bytes().len() > self.bytes
    }

    /// A text without its middle, if it is too long.
    pub fn shorten(self, text: WtfString) -> WtfString {
        if !self.is_exceeded(&text) {
            return text;
        }
        let all: Vec<u32> = text.as_wtf8().code_points().collect();
        let (first, last) = self.ends(&all);
        let kept = first.iter().copied().chain([u32::from('…')]).chain(last.iter().copied());
        kept.flat_map(units_of).collect()
    }

    /// Of a text that is too long the first and last characters, which have up to four bytes: half of what it may have each.
    fn ends<T>(self, all: &[T]) -> (&[T], &[T]) {
        let kept = (self.bytes / 8).min(all.len() / 2);
        (all.get(..kept).unwrap_or_default(), all.get(all.len() - kept..).unwrap_or_default())
    }

    /// A finding whose texts are short enough. It is known by what they were.
    pub fn shorten_all(self, finding: Finding) -> Finding {
        let is_long = |text: &Option<WtfString>| text.as_ref().is_some_and(|text| self.is_exceeded(text));
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
        if !self.is_exceeded_by_words(&words) {
            return words;
        }
        let all: Vec<char> = words.chars().collect();
        let (first, last) = self.ends(&all);
        first.iter().chain(&['…']).chain(last).collect()
    }
}

/// A code point, or an unpaired surrogate, as UTF-16.
fn units_of(code_point: u32) -> Vec<u16> {
    match char::from_u32(code_point) {
        Some(character) => character.encode_utf16(&mut [0; 2]).to_vec(),
        None => u16::try_from(code_point).into_iter().collect(),
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

#[cfg(test)]
mod tests {
    use super::{Evidence, Finding, TextLimit, fingerprint};
    use crate::RULES;

    fn text(length: usize) -> format::WtfString {
        ("a".repeat(length - 1) + "z").encode_utf16().collect()
    }

    #[test]
    fn texts_share_what_there_is_and_keep_their_ends() {
        let limit = TextLimit::shared_by(1 << 20);
        assert_eq!(limit.shorten(text(1_024)), text(1_024));
        let short = limit.shorten(text(1_025)).as_wtf8().to_string();
        assert_eq!(short, format!("{0}…{1}z", "a".repeat(128), "a".repeat(127)));
        assert_eq!(TextLimit::shared_by(10).shorten(text(100_000)), text(100_000));
    }

    #[test]
    fn a_finding_with_shorter_texts_is_known_by_those_it_had() {
        let rule = RULES.first().expect("a rule");
        let long = Finding { path: Some(text(5_000)), ..Finding::of_volume(rule, 0, "m".repeat(5_000)) };
        let long = long.with("name", text(5_000)).with("count", 7_u64);
        let short = TextLimit::shared_by(1 << 20).shorten_all(long.clone());
        assert_eq!(fingerprint(&short), fingerprint(&long));
        assert!(short.message.len() < 2_048 && short.path.is_some_and(|path| path.as_wtf8().as_bytes().len() < 1_024));
        let [("name", Evidence::Text(name)), ("count", Evidence::Number(7))] = &short.evidence[..] else {
            panic!("{:?}", short.evidence)
        };
        assert!(name.as_wtf8().as_bytes().len() < 1_024);
    }
}
