//! What the corpus tests share: where the corpus is, how the program is run, the documents as they are read back, and
//! where records lie.

pub mod corpus;
pub mod documents;
pub mod record_places;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;

/// Runs `ntfslinks scan --quiet` on an image.
pub fn scan(arguments: &[&str], image: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntfslinks"));
    command.args(["scan", "--quiet"]).args(arguments).arg(image).output().expect("the program starts")
}

/// Hands every item to `check` on all processors, and fails with everything that any of them complained of.
pub fn check_each<T: Sync>(items: &[T], check: impl Fn(&T) -> Vec<String> + Sync) {
    let next = Mutex::new(items.iter());
    let complaints = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let item = next.lock().expect("no worker panics here").next();
                    let Some(item) = item else { break };
                    let found = check(item);
                    complaints.lock().expect("no worker panics here").extend(found);
                }
            });
        }
    });
    let complaints = complaints.into_inner().expect("no worker panics here");
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
