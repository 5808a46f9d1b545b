//! How many damages there were, and what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::judge::{Answer, Outcome};

/// No image of a few megabytes may take longer than this.
const LONGEST: Duration = Duration::from_secs(10);

/// What all damages together came to.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<(String, Outcome), usize>,
    /// The codes of all problems.
    pub codes: BTreeSet<&'static str>,
    pub complaints: Vec<String>,
}

impl Tally {
    /// Adds one damage of something of a kind.
    pub fn add(&mut self, kind: &str, outcome: Outcome, answer: Option<&Answer>, complaints: Vec<String>) {
        *self.counts.entry((kind.to_owned(), outcome)).or_default() += 1;
        self.codes.extend(answer.iter().flat_map(|answer| &answer.problems).map(|notice| notice.0));
        self.complaints.extend(complaints);
    }

    /// How many there were with an outcome.
    pub fn count(&self, wanted: Outcome) -> usize {
        self.counts.iter().filter(|((_, outcome), _)| *outcome == wanted).map(|(_, count)| count).sum()
    }

    /// Says on standard error what came of it, for people who read the log of a test.
    pub fn report(&self, title: &str) {
        // Not by a macro: what those print is not shown of a test that passes.
        write!(io::stderr(), "{title}: {self}").expect("standard error");
    }

    /// # Panics
    /// There are complaints.
    pub fn check(&self) {
        let shown: Vec<&str> = self.complaints.iter().map(String::as_str).take(100).collect();
        assert!(shown.is_empty(), "{} complaints:\n{}", self.complaints.len(), shown.join("\n"));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tried: usize = self.counts.values().sum();
        let of = |outcome| self.count(outcome);
        writeln!(
            f,
            "{tried} tried: {} told as problems or findings, {} refused in one line, {} shown as they are, {} that change \
             nothing; {} codes of problems; no panic, none over {} s; peak {} MiB",
            of(Outcome::Noticed),
            of(Outcome::Refused),
            of(Outcome::Shown),
            of(Outcome::Unseen),
            self.codes.len(),
            LONGEST.as_secs(),
            peak_memory() >> 20,
        )
    }
}

/// The most memory that this process had at any time, in bytes.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).map_or(0, |kilobytes: u64| kilobytes << 10)
}

/// Hands every item to `look` on all processors, each with room of its own. A panic says on what.
pub fn on_each<T: Sync, R>(
    items: &[T],
    title: impl Fn(&T) -> String + Sync,
    room: impl Fn() -> R + Sync,
    look: impl Fn(&T, &R) + Sync,
) {
    let next = Mutex::new(items.iter());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let room = room();
                loop {
                    let item = next.lock().expect("no worker panics").next();
                    let Some(item) = item else { break };
                    let begun = Instant::now();
                    let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(item, &room)));
                    assert!(seen.is_ok(), "panicked: {}", title(item));
                    assert!(begun.elapsed() < LONGEST, "took {:?}: {}", begun.elapsed(), title(item));
                }
            });
        }
    });
}
