//! Feeds one target of `tests/support/fuzz_targets.rs`: the one that `NTFSLINKS_FUZZ_TARGET` names.
#![no_main]

#[path = "../support/fuzz_targets.rs"]
#[allow(dead_code, reason = "what the corpus is made with is for the tests")]
mod fuzz_targets;

use std::env;
use std::sync::LazyLock;

use fuzz_targets::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = env::var("NTFSLINKS_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("NTFSLINKS_FUZZ_TARGET is no target: {name:?}")).1
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
