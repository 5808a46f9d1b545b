//! One link for each rule of the reference.

mod characters;
mod foreign;
mod grammar;
mod kinds;
mod middle;
mod steps;

use crate::case::{Case, check};

/// What the links lead to.
const SHARED: &str = r"
[[file]]
path = '\data\leaf.txt'
text = 'leaf'
streams = [{ name = 'second', text = 'more' }]

[[file]]
path = '\data\dir\below.txt'
text = 'below'
";

/// The volume GUID of the volume itself.
const OWN_GUID: &str = "11111111-2222-3333-4444-555555555555";
/// That of a volume which nobody gave.
const OTHER_GUID: &str = "0fedcba9-8765-4321-0fed-cba987654321";

fn check_all(cases: &[Case]) {
    check(SHARED, &["--deleted", "--drive", "C=v0", "--map-guid", &format!("{OWN_GUID}=v0")], cases);
}
