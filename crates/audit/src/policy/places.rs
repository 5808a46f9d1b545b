//! Places on a volume, as policies name them.

use format::Wtf8;
use globset::{GlobBuilder, GlobMatcher};

/// Paths by a pattern: `*` and `?` stand for characters of a name, `**` for any directories, `{a,b}` for either. In any
/// case, with either separator.
#[derive(Clone, Debug)]
pub struct Glob {
    matcher: GlobMatcher,
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

/// The patterns of a list of ours.
pub(super) fn globs(patterns: &[&str]) -> Vec<Glob> {
    patterns.iter().filter_map(|pattern| Glob::new(pattern).ok()).collect()
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is none: what is wrong, in words.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        let pattern = pattern.replace('\\', "/");
        let glob = GlobBuilder::new(&pattern).case_insensitive(true).literal_separator(true).build();
        glob.map(|glob| Glob { matcher: glob.compile_matcher() }).map_err(|error| error.kind().to_string())
    }

    /// Whether a path, from the root of its volume, is one of those.
    pub fn matches(&self, path: Wtf8<'_>) -> bool {
        self.matcher.is_match(path.to_string().replace('\\', "/"))
    }
}

/// Whether a path is one of those of some patterns.
pub(crate) fn matches_any(globs: &[Glob], path: Wtf8<'_>) -> bool {
    globs.iter().any(|glob| glob.matches(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        let glob = Glob::new(pattern).unwrap();
        assert_eq!(glob.matches(Wtf8::from_wtf8(path.as_bytes())), expected, "{pattern} {path}");
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
    fn every_pattern_of_ours_is_one() {
        assert_eq!(globs(PROTECTED).len(), PROTECTED.len());
        assert_eq!(globs(USER_WRITABLE).len(), USER_WRITABLE.len());
    }
}
