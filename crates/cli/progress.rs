//! The progress bar: on a terminal only.

use std::fmt;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// A bar that counts records, or nothing where standard error is no terminal.
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins to count up to `records`.
    pub fn start(records: u64, quiet: bool) -> Progress {
        if quiet || !std::io::stderr().is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(records);
        let template = "reading {wide_bar} {human_pos}/{human_len} records, {rate}/s, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A rate that cannot be written is not worth a word.
                let _ = write!(out, "{:.0}", state.per_sec());
            }));
        }
        Progress(bar)
    }

    /// Counts some more.
    pub fn advance(&self, records: u64) {
        self.0.inc(records);
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}
