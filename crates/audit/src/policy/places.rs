//! Places on a volume, as policies name them.

use format::Wtf8;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::candidates::Beginning;

/// Paths by patterns: `*` and `?` stand for characters of a name, `**` for any directories, `{a,b}` for either. In any
/// case, with either separator.
#[derive(Clone, Debug)]
pub struct Places {
    matcher: GlobSet,
    beginnings: Vec<Beginning>,
}

/// The names of directories before the first that a pattern does not spell out, or that is not ASCII: its letters may have
/// other cases elsewhere.
fn beginning(pattern: &str) -> Beginning {
    let names: Vec<&str> = pattern.split('/').filter(|name| !name.is_empty()).collect();
    let directories = names.split_last().map_or(&[][..], |(_, above)| above);
    let is_plain = |name: &&&str| name.is_ascii() && !name.contains(['*', '?', '[', ']', '{', '}', '\\', '!']);
    directories.iter().take_while(is_plain).map(|name| (*name).to_owned()).collect()
}

/// One pattern of [`Places`].
#[derive(Clone, Debug)]
pub struct Glob {
    glob: globset::Glob,
}

/// Where Windows lets administrators alone write.
pub(super) const PROTECTED: &[&str] = &[
    r"\Windows",
    r"\Windows\**",
    r"\Program Files",
    r"\Program Files\**",
    r"\Program Files (x86)",
    r"\Program Files (x86)\**",
    r"\ProgramData\Microsoft\**",
    r"\Boot\**",
    r"\EFI\**",
];

/// Where Windows lets every user write something.
pub(super) const USER_WRITABLE: &[&str] = &[
    r"\Users\*\**",
    r"\ProgramData\*",
    r"\Windows\Temp\**",
    r"\Temp\**",
    r"\Windows\Tasks\**",
    r"\Windows\tracing\**",
    r"\Windows\System32\spool\drivers\color\**",
    r"\inetpub\wwwroot\**",
    r"\Recovery\**",
];

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is none: what is wrong, in words.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        let pattern = pattern.replace('\\', "/");
        let glob = GlobBuilder::new(&pattern).case_insensitive(true).literal_separator(true).build();
        glob.map(|glob| Glob { glob }).map_err(|error| error.kind().to_string())
    }
}

impl Places {
    /// The places of several patterns together.
    ///
    /// # Errors
    /// They are too large together: what is wrong, in words.
    pub fn new(globs: impl IntoIterator<Item = Glob>) -> Result<Places, String> {
        let mut builder = GlobSetBuilder::new();
        let mut beginnings = Vec::new();
        for glob in globs {
            beginnings.push(beginning(glob.glob.glob()));
            builder.add(glob.glob);
        }
        beginnings.sort_unstable();
        beginnings.dedup();
        builder.build().map(|matcher| Places { matcher, beginnings }).map_err(|error| error.kind().to_string())
    }

    /// Those of a list of ours, of which a test reads every pattern.
    pub(crate) fn of(patterns: &[&str]) -> Places {
        let globs = patterns.iter().filter_map(|pattern| Glob::new(pattern).ok());
        Places::new(globs).unwrap_or_else(|_| Places { matcher: GlobSet::empty(), beginnings: Vec::new() })
    }

    /// The directories that the paths are in or below, as far as patterns name them: each once.
    pub(crate) fn beginnings(&self) -> &[Beginning] {
        &self.beginnings
    }

    /// Whether a path, from the root of its volume, is one of those.
    pub fn contain(&self, path: Wtf8<'_>) -> bool {
        self.matcher.is_match(path.to_string().replace('\\', "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        let places = Places::new([Glob::new(pattern).unwrap()]).unwrap();
        assert_eq!(places.contain(Wtf8::from_wtf8(path.as_bytes())), expected, "{pattern} {path}");
    }

    #[test]
    fn patterns_are_of_paths() {
        check(r"\Users\*\AppData\**", r"\users\Ann\AppData\Local\x", true);
        check(r"\Users\*\AppData\**", r"\Users\Ann\Documents", false);
        check(r"\Users\*", r"\Users\Ann\Documents", false);
        check("/Windows/**", r"\Windows\System32\config", true);
        check(r"\*.txt", r"\a.txt", true);
        check(r"**\node_modules\**", r"\a\b\node_modules\c", true);
        assert!(Glob::new("[").is_err());
    }

    #[test]
    fn a_pattern_begins_with_the_directories_that_it_spells_out() {
        let check = |pattern: &str, expected: &[&str]| {
            let places = Places::new([Glob::new(pattern).unwrap()]).unwrap();
            assert_eq!(places.beginnings(), [expected], "{pattern}");
        };
        check(r"\Windows\Temp\**", &["Windows", "Temp"]);
        check(r"\Users\*\AppData\**", &["Users"]);
        check(r"\ProgramData\*", &["ProgramData"]);
        check(r"\{a,b}\c\d", &[]);
        check(r"\Windows", &[]);
        check(r"\Büro\a\**", &[]);
        check(r"**\node_modules\**", &[]);
    }

    #[test]
    fn every_pattern_of_ours_is_one() {
        for patterns in [PROTECTED, USER_WRITABLE] {
            assert_eq!(Places::of(patterns).matcher.len(), patterns.len());
        }
    }
}
