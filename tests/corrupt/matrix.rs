//! Every field of every structure with every wrong value.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Mutex;

use image::{Access, Image};
use imagekit::build::{Built, build};
use tempfile::TempDir;

use crate::cases::{Case, cases};
use crate::judge::{Answer, Outcome, judge};
use crate::spots::find_spots;
use crate::support::pipeline::Reading;

/// A sound image, its bytes, and a file with them that damages are written into.
struct Sound {
    name: &'static str,
    bytes: Vec<u8>,
    built: Built,
}

impl Sound {
    fn build(name: &'static str, spec: &str) -> Self {
        let image = imagekit::spec::parse(name, spec).unwrap_or_else(|error| panic!("{error}")).image;
        let file = tempfile::tempfile().expect("a temporary file");
        let built = build(&image, &file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut bytes = vec![0; built.size as usize];
        file.read_exact_at(&mut bytes, 0).expect("the image that was written");
        Self { name, bytes, built }
    }
}

/// A copy of a sound image that is damaged and made whole again.
struct Copy {
    _directory: TempDir,
    path: PathBuf,
    file: File,
}

impl Copy {
    fn of(bytes: &[u8]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("image");
        std::fs::write(&path, bytes).expect("a copy of the image");
        let file = File::options().write(true).open(&path).expect("the copy");
        Self { _directory: directory, path, file }
    }

    fn answer(&self, sound: Option<&Answer>) -> Result<Answer, String> {
        let image = Image::open_for(&self.path, Access::Positioned).map_err(|error| error.to_string())?;
        Ok(Answer::of(&Reading::of(&image)?, sound))
    }

    /// What is read while some bytes are others.
    fn damaged(&self, sound: &Sound, before: &Answer, writes: &[(u64, Vec<u8>)]) -> Result<Answer, String> {
        writes.iter().for_each(|(offset, bytes)| self.file.write_all_at(bytes, *offset).expect("the copy"));
        let answer = self.answer(Some(before));
        for (offset, bytes) in writes {
            let before = &sound.bytes[*offset as usize..][..bytes.len()];
            self.file.write_all_at(before, *offset).expect("the copy");
        }
        answer
    }
}

/// What all cases together came to.
#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<(String, Outcome), usize>,
    codes: BTreeSet<&'static str>,
    complaints: Vec<String>,
}

#[test]
fn every_field_with_every_wrong_value() {
    let all = std::env::var_os("NTFSLINKS_FULL").is_some();
    let tally = Mutex::new(Tally::default());
    for example in imagekit::spec::EXAMPLES {
        let sound = Sound::build(example.name, example.text);
        run(&sound, all, &tally);
    }
    let Tally { outcomes, codes, complaints } = tally.into_inner().expect("no worker panics");
    for ((structure, outcome), count) in &outcomes {
        println!("{structure:50} {outcome:?} {count}");
    }
    println!("{} codes: {codes:?}", codes.len());
    let count: usize = outcomes.values().sum();
    println!("{count} cases");
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

fn run(sound: &Sound, all: bool, tally: &Mutex<Tally>) {
    let spots = find_spots(&sound.bytes, &sound.built);
    let cases = cases(&spots, all);
    println!("{}: {} fields, {} cases", sound.name, spots.len(), cases.len());
    let before = Copy::of(&sound.bytes).answer(None).expect("a sound image");
    let next = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let copy = Copy::of(&sound.bytes);
                loop {
                    let case = next.lock().expect("no worker panics").next();
                    let Some(case) = case else { break };
                    run_case(case, sound, &before, &copy, tally);
                }
            });
        }
    });
}

fn run_case(case: &Case<'_>, sound: &Sound, before: &Answer, copy: &Copy, tally: &Mutex<Tally>) {
    let mut complaints = Vec::new();
    let answer = copy.damaged(sound, before, &case.writes(&sound.bytes));
    let outcome = match &answer {
        Ok(damaged) => judge(case, before, damaged, &mut complaints),
        Err(_) => Outcome::Refused,
    };
    let mut tally = tally.lock().expect("no worker panics");
    *tally.outcomes.entry((case.spot.structure.clone(), outcome)).or_default() += 1;
    tally.codes.extend(answer.iter().flat_map(|answer| &answer.problems).map(|notice| notice.0));
    tally.complaints.extend(complaints.into_iter().map(|complaint| format!("{}: {complaint}", sound.name)));
}
