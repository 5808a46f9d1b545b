//! What became of the undamaged part of an image, and who noticed the damage.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::cases::Case;
use crate::pipeline::Reading;

/// Something that a problem or a finding says: its code, the record, the offset in the image.
pub type Notice = (&'static str, Option<u64>, Option<u64>);

/// What one image comes to.
#[derive(Debug)]
pub struct Answer {
    /// The lines of the graph about files and links, by what they are about.
    objects: BTreeMap<Key, Vec<String>>,
    /// What each of these lines is about.
    keys: HashMap<String, Key>,
    pub problems: BTreeSet<Notice>,
    findings: BTreeSet<Notice>,
}

/// A file by its volume and its record. Which sequence number it has is one of the things that damage changes.
type FileAt = (usize, u64);

/// What a line of the graph is about: a file, one of its names, or where it leads as a link.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Key {
    File(FileAt),
    Name(FileAt, String),
    Link(FileAt),
}

impl Key {
    fn of(object: &Value) -> Option<Key> {
        let text = |key: &str| object[key].as_str().map(str::to_owned);
        let file = |key: &str| {
            let (volume, reference) = object[key].as_str()?.strip_prefix('v')?.split_once(':')?;
            Some((volume.parse().ok()?, reference.split_once('-')?.0.parse().ok()?))
        };
        match (object["object"].as_str()?, object["type"].as_str()) {
            ("node", _) if object["record"].is_number() => Some(Key::File(file("id")?)),
            ("edge", Some("hard_link")) => {
                // A name that is no Unicode is told from others by its units.
                let name = object["utf16"]["name"].as_str().map(str::to_owned).or_else(|| text("name"));
                Some(Key::Name(file("target")?, name?))
            }
            ("edge", _) => Some(Key::Link(file("source")?)),
            _ => None,
        }
    }

    /// The file: its volume and record.
    fn file(&self) -> FileAt {
        let (Key::File(file) | Key::Name(file, _) | Key::Link(file)) = self;
        *file
    }
}

impl Answer {
    /// What was read. Lines that `sound` has as well are not taken apart again.
    pub fn of(reading: &Reading<'_>, sound: Option<&Answer>) -> Self {
        let graph = String::from_utf8(reading.graph()).expect("JSON is UTF-8");
        let mut objects: BTreeMap<Key, Vec<String>> = BTreeMap::new();
        let mut keys = HashMap::new();
        for line in graph.lines() {
            let known = sound.and_then(|sound| sound.keys.get(line)).cloned();
            let read = || Key::of(&serde_json::from_str(line).expect("a line of NDJSON"));
            if let Some(key) = known.or_else(read) {
                objects.entry(key.clone()).or_default().push(line.to_owned());
                keys.insert(line.to_owned(), key);
            }
        }
        let offset = |offset: Option<image::ImageOffset>| offset.map(|offset| offset.0);
        let problem = |problem: &links::Problem| (problem.cause.code(), problem.record, offset(problem.offset));
        let finding = |finding: audit::Finding| (finding.rule.id, finding.record, offset(finding.offset));
        Self {
            objects,
            keys,
            problems: reading.problems().map(problem).collect(),
            findings: reading.findings().into_iter().map(finding).collect(),
        }
    }

    /// Whether there are problems or findings that another does not have.
    pub fn tells_more_than(&self, other: &Answer) -> bool {
        let more = self.problems.difference(&other.problems).next();
        more.or_else(|| self.findings.difference(&other.findings).next()).is_some()
    }

    /// Whether the graph is the same.
    pub fn is_same_graph(&self, other: &Answer) -> bool {
        self.objects == other.objects
    }

    /// Whether others depend on a file: it is a directory, or a link.
    fn is_way(&self, file: FileAt) -> bool {
        let is_directory = |lines: &Vec<String>| lines[0].contains("\"kind\":\"directory\"");
        self.objects.get(&Key::File(file)).is_some_and(is_directory) || self.objects.contains_key(&Key::Link(file))
    }

    /// Whether it is a file in use.
    fn is_in_use(&self, file: FileAt) -> bool {
        self.objects.get(&Key::File(file)).is_some_and(|lines| lines[0].contains("\"state\":\"in_use\""))
    }

    /// Whether lines of the graph name a file, or go by one of its names.
    fn is_on_way(&self, file: FileAt, lines: &[String]) -> bool {
        let id = format!("\"v{}:{}-", file.0, file.1);
        // What a name that is no Unicode looks like in a path is not looked for.
        let is_in = |key: &Key, line: &str| matches!(key, Key::Name(_, name) if line.contains(&format!("\\{name}")));
        let has_name =
            |line: &String| self.names(file).any(|(key, of_name)| of_name.contains("\"utf16\"") || is_in(key, line));
        lines.iter().any(|line| line.contains(&id) || has_name(line))
    }

    /// Whether a file is a link by what it holds, and not by a reparse point.
    fn is_foreign_link(&self, file: FileAt) -> bool {
        self.objects.get(&Key::File(file)).is_some_and(|lines| lines[0].contains("\"foreign_link\":"))
    }

    /// The names of a file.
    fn names(&self, file: FileAt) -> impl Iterator<Item = (&Key, &String)> {
        let of_file = self.objects.range(Key::Name(file, String::new())..);
        let of_file = of_file.take_while(move |(key, _)| matches!(key, Key::Name(..)) && key.file() == file);
        of_file.flat_map(|(key, lines)| lines.iter().map(move |line| (key, line)))
    }
}

/// Who noticed a damage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// The image was refused: there is nothing in it to read.
    Refused,
    /// A problem or a finding tells of it.
    Noticed,
    /// The wrong value is in the graph, where it is as good as any.
    Shown,
    /// Nothing is different: the field is not read, or its value does not matter.
    Unseen,
}

/// The last record of NTFS itself that others depend on; `$Extend` and what is in it come behind it.
const LAST_SYSTEM_RECORD: u64 = 11;

/// Compares what a damaged image comes to with what it was, and complains of what is lost or changed without a reason.
pub fn judge(case: &Case<'_>, sound: &Answer, damaged: &Answer, complaints: &mut Vec<String>) -> Outcome {
    let mut found = Vec::new();
    if let Some(file) = case.spot.file.filter(|(_, record)| *record > LAST_SYSTEM_RECORD) {
        other_files_are_as_they_were(file, sound, damaged, &mut found);
        names_before_the_damage_are_there(case, file, damaged, &mut found);
    }
    problems_are_where_the_damage_is(case, sound, damaged, &mut found);
    let is_noticed = damaged.tells_more_than(sound);
    if !is_noticed {
        nothing_is_lost(case, sound, damaged, &mut found);
    }
    complaints.extend(found.into_iter().map(|what| format!("{}: {what}", case.title())));
    match (is_noticed, !damaged.is_same_graph(sound)) {
        (true, _) => Outcome::Noticed,
        (false, true) => Outcome::Shown,
        (false, false) => Outcome::Unseen,
    }
}

/// Of a file that is no way to others nothing else depends on it. What is changed where others do depend on it is theirs
/// to tell; but everything must still be there.
fn other_files_are_as_they_were(file: FileAt, sound: &Answer, damaged: &Answer, found: &mut Vec<String>) {
    let is_way = sound.is_way(file) || damaged.is_way(file);
    for (key, before) in sound.objects.iter().filter(|(key, _)| key.file() != file) {
        match damaged.objects.get(key) {
            None => found.push(format!("lost {key:?}")),
            Some(now)
                if now != before && !is_way && !sound.is_on_way(file, before) && !damaged.is_on_way(file, now) =>
            {
                found.push(format!("changed {key:?}: {before:?} to {now:?}"));
            }
            Some(_) => {}
        }
    }
}

fn names_before_the_damage_are_there(case: &Case<'_>, file: FileAt, damaged: &Answer, found: &mut Vec<String>) {
    for name in &case.spot.untouched_names {
        let name = String::from_utf16_lossy(name);
        if !damaged.names(file).any(|(_, line)| has_name(line, &name)) {
            found.push(format!("lost the name {name:?}, which is in front of the damage"));
        }
    }
}

/// A problem of the damaged record lies in that record, or where the value is that was damaged. Where the clusters of a
/// value are damaged, it lies where they lead now.
fn problems_are_where_the_damage_is(case: &Case<'_>, sound: &Answer, damaged: &Answer, found: &mut Vec<String>) {
    let Some((_, record)) = case.spot.file.filter(|_| !case.spot.leads_to_clusters) else { return };
    let is_there = |offset: u64| case.spot.holders.iter().any(|piece| piece.contains(&offset));
    let of_record = damaged.problems.difference(&sound.problems).filter(|problem| problem.1 == Some(record));
    for problem in of_record.filter(|problem| !problem.2.is_none_or(is_there)) {
        found.push(format!("{problem:x?} is outside of {:x?}", case.spot.holders));
    }
}

/// What is gone without anybody telling. The damage of a name or a tag shows in its new value. Of a record not in use
/// nothing else in NTFS knows, so that nothing can contradict it.
fn nothing_is_lost(case: &Case<'_>, sound: &Answer, damaged: &Answer, found: &mut Vec<String>) {
    for key in sound.objects.keys().filter(|key| sound.is_in_use(key.file()) && !damaged.objects.contains_key(key)) {
        let file = key.file();
        let is_shown = match key {
            Key::File(_) => false,
            Key::Name(..) => damaged.names(file).count() == sound.names(file).count(),
            // To NTFS itself a link of Interix or Cygwin is a file like others: size and attributes show the change.
            Key::Link(_) => case.spot.field == "tag" || sound.is_foreign_link(file),
        };
        if !is_shown {
            found.push(format!("nobody tells that it lost {key:?}"));
        }
    }
}

/// Whether the edge of a hard link has a name, as far as it is Unicode.
fn has_name(line: &str, name: &str) -> bool {
    let edge: Value = serde_json::from_str(line).expect("a line of NDJSON");
    edge["name"] == *name || edge["short_name"] == *name
}
