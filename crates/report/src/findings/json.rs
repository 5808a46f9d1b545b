//! Findings as the JSON document `findings/1`.

use std::io::{self, Write};

use audit::{Evidence, Severity};

use super::{FindingsReport, Known, section};
use crate::json_types::ProblemEntry;
use crate::json_writer::{Object, inert};
use crate::query_json::write_answer;

impl FindingsReport<'_, '_> {
    /// Writes the findings as one JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let problems: Vec<ProblemEntry> = ProblemEntry::all(self.document).collect();
        let problems = inert(serde_json::to_string(&problems)?);
        let answer = |object: &mut Object<'_>| {
            object.objects("findings", self.shown(), |known, object| self.put(known, object));
            object.objects("not_checked", &self.not_checked, |(rule, reason), object| {
                object.word("rule", rule);
                object.word("reason", reason);
            });
            object.object("summary", |object| self.put_summary(object));
            object.value("problems", |out| out.extend_from_slice(problems.as_bytes()));
        };
        write_answer(self.document, "ntfslinks/findings/1", answer, out)
    }

    fn put(&self, known: &Known, object: &mut Object<'_>) {
        let finding = &known.finding;
        object.word("rule", finding.rule.id);
        object.word("severity", finding.severity.as_str());
        object.word("fingerprint", &known.fingerprint);
        if let Some(file) = finding.file {
            object.word("node", &self.document.file_id(file));
        }
        if let Some(volume) = self.document.volumes.get(finding.volume) {
            object.word("volume", &volume.id());
        }
        if let Some(record) = finding.record {
            object.number("record", record);
        }
        if let Some(offset) = finding.offset {
            object.number("offset", offset.0);
        }
        if let Some(path) = &finding.path {
            object.text("path", path.as_wtf8());
        }
        object.word("message", &finding.message);
        object.object("evidence", |object| {
            finding.evidence.iter().for_each(|(key, evidence)| put_evidence(key, evidence, object));
        });
        let related: Vec<String> = finding.related.iter().map(|file| self.document.file_id(*file)).collect();
        object.words("related", related.iter().map(String::as_str));
        object.word("help", &section(finding.rule, "How to confirm by hand"));
        if let Some(reason) = &finding.suppressed {
            object.word("suppressed", reason);
        }
        if self.baseline.is_some() {
            object.flag("new", self.is_new(known));
        }
    }

    fn put_summary(&self, object: &mut Object<'_>) {
        for severity in Severity::ALL {
            object.number(severity.as_str(), self.count(severity));
        }
        object.number("suppressed", self.suppressed().values().sum());
        object.object("rules", |object| {
            self.by_rule().into_iter().for_each(|(rule, count)| object.number(rule, count));
        });
    }
}

fn put_evidence(key: &'static str, evidence: &Evidence, object: &mut Object<'_>) {
    match evidence {
        Evidence::Number(number) => object.number(key, *number),
        Evidence::Flag(flag) => object.flag(key, *flag),
        Evidence::Word(word) => object.word(key, word),
        Evidence::Text(text) => object.text(key, text.as_wtf8()),
        Evidence::Texts(texts) => object.texts(key, texts),
    }
}
