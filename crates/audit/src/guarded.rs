//! Places that are guarded from users, as far as paths say: not by their access control entries, which are not read.

use format::{Wtf8, WtfString};
use links::{LinkEdge, Target};

use crate::context::Context;
use crate::folders::{begins_with, names_of};
use crate::policy::Policy;

/// Why a user may not write at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Guarded {
    /// Only administrators may.
    Protected,
    /// It is another user's.
    Profile,
    /// It is part of the registry.
    Hive,
}

impl Guarded {
    /// What it is, in a message.
    pub fn words(self) -> &'static str {
        match self {
            Guarded::Protected => "a protected place",
            Guarded::Profile => "another user's profile",
            Guarded::Hive => "a registry hive",
        }
    }
}

/// Why a user who may write at one place may not at another.
pub(crate) fn guarded_from(policy: &Policy, own: Wtf8<'_>, other: Wtf8<'_>) -> Option<Guarded> {
    if policy.is_protected(other) {
        return Some(Guarded::Protected);
    }
    let owner = profile(other)?;
    let is_own = profile(own).is_some_and(|own| own.eq_ignore_ascii_case(owner));
    (!is_own).then_some(Guarded::Profile)
}

/// The name of the user whose profile a path is in; that of `Public` is nobody's.
pub(crate) fn profile(path: Wtf8<'_>) -> Option<&[u8]> {
    let user = names_of(path).nth(1).filter(|_| begins_with(path, &["Users"]));
    user.filter(|user| !user.eq_ignore_ascii_case(b"Public"))
}

/// Hives of the system, in `\Windows\System32\config`.
///
/// Source: Microsoft "Registry Hives".
const SYSTEM_HIVES: [&str; 7] = ["SAM", "SECURITY", "SYSTEM", "SOFTWARE", "DEFAULT", "COMPONENTS", "DRIVERS"];

/// Whether a path is that of a part of the registry.
pub(crate) fn is_hive(path: Wtf8<'_>) -> bool {
    let own = names_of(path).last().unwrap_or_default();
    let is_named = |wanted: &str| own.eq_ignore_ascii_case(wanted.as_bytes());
    let depth = names_of(path).count();
    if begins_with(path, &["Windows", "System32", "config"]) {
        return depth == 4 && SYSTEM_HIVES.iter().any(|hive| is_named(hive));
    }
    begins_with(path, &["Users"]) && (depth == 3 && is_named("NTUSER.DAT") || depth == 7 && is_named("UsrClass.dat"))
}

/// Where a link leads on the volumes that were read, whether something is there or not.
pub(crate) fn place_of_target(context: &Context<'_>, edge: &LinkEdge) -> Option<WtfString> {
    match &edge.verdict.target {
        Target::File(_) => edge.verdict.reached.as_ref().map(|reached| context.path_of_reached(reached)),
        Target::Missing(_, path) => Some(path.clone()),
        Target::External(_) | Target::Layer(_) | Target::Malformed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: &str, other: &str, expected: Option<Guarded>) {
        let [own_path, other_path] = [own, other].map(|path| Wtf8::from_wtf8(path.as_bytes()));
        assert_eq!(guarded_from(&Policy::default(), own_path, other_path), expected, "{own} {other}");
    }

    #[test]
    fn what_others_may_write_is_not_guarded() {
        check(r"\Users\Ann\x", r"\Windows\System32\x", Some(Guarded::Protected));
        check(r"\Users\Ann\x", r"\Windows", Some(Guarded::Protected));
        check(r"\Users\Ann\x", r"\Windows\Temp\x", None);
        check(r"\Users\Ann\x", r"\Users\ann\y", None);
        check(r"\Users\Ann\x", r"\Users\Bob", Some(Guarded::Profile));
        check(r"\Users\Ann\x", r"\Users\Public\y", None);
        check(r"\Temp\x", r"\Users\Bob\y", Some(Guarded::Profile));
        check(r"\Temp\x", r"\data\y", None);
    }

    #[test]
    fn hives_are_known_by_their_places() {
        let check = |path: &str, expected| assert_eq!(is_hive(Wtf8::from_wtf8(path.as_bytes())), expected, "{path}");
        check(r"\Windows\System32\config\sam", true);
        check(r"\Windows\System32\config\BCD-Template", false);
        check(r"\Windows\System32\config\RegBack\SAM", false);
        check(r"\Users\Ann\NTUSER.DAT", true);
        check(r"\Users\Ann\old\NTUSER.DAT", false);
        check(r"\Users\Ann\AppData\Local\Microsoft\Windows\UsrClass.dat", true);
    }
}
