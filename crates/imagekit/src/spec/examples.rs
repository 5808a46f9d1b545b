//! Specs to learn from, and to build.

/// One example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Its name, of lower-case letters.
    pub name: &'static str,
    /// What it shows, in one line.
    pub summary: &'static str,
    /// The spec.
    pub text: &'static str,
}

/// All examples.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "links",
        summary: "links of every kind and status, and what else can hang on a file",
        text: include_str!("../../specs/links.toml"),
    },
    Example {
        name: "windows",
        summary: "a Windows-like system volume: compatibility junctions, cloud files, app aliases, hard links",
        text: include_str!("../../specs/windows.toml"),
    },
    Example {
        name: "hostile",
        summary: "what no Windows would write: names, targets and loops that mislead tools and people",
        text: include_str!("../../specs/hostile.toml"),
    },
    Example {
        name: "damaged",
        summary: "a small volume and what can be wrong with one: damages, each of one thing",
        text: include_str!("../../specs/damaged.toml"),
    },
];
