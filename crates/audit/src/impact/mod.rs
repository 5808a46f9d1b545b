//! What links do to whoever walks directories: numbers over records and link edges, never over expanded paths.
//!
//! A volume with a million files and fifty thousand links has more paths than atoms if links are followed. Here every
//! directory is visited once: [`ImpactIndex`] says what is in which, [`Explorer`] what is reached by leaving one, and
//! [`Ways`] in how many ways.

mod explosion;
mod groups;
mod index;
mod leaving;
mod long_walks;
mod outside;
mod tree;
mod walks;
mod ways;
mod words;

pub use explosion::is_in_path_explosion;
pub(crate) use explosion::{PathExplosion, PathExplosions, find_explosions};
pub(crate) use index::{FollowedLink, ImpactIndex, Node};
pub(crate) use leaving::directories_left;
pub(crate) use long_walks::{LongWalk, find_long_walks};
pub use outside::Amount;
pub(crate) use outside::{Explorer, Follows, Outside};
pub(crate) use walks::Walks;
pub(crate) use ways::Ways;
pub use ways::{Carried, HardLinkPolicy, Ownership};
pub(crate) use words::{amount_text, counted, first_link_paths};
