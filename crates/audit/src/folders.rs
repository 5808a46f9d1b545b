//! Where Windows' own folders are.

use format::Wtf8;
use links::{FileId, ROOT, Resolver};

/// The folder that some names lead to from the root of a volume, links not followed. Names that no link of the volume has
/// in its target, and that Windows' own links do not have either, are not found.
pub(crate) fn folder(resolver: &Resolver<'_>, volume: usize, names: &[&str]) -> Option<FileId> {
    descend(resolver, FileId { volume, record: ROOT }, names.iter().copied())
}

/// The folder that some names lead to from another.
pub(crate) fn descend<'n>(
    resolver: &Resolver<'_>,
    from: FileId,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<FileId> {
    names.into_iter().try_fold(from, |folder, name| resolver.child(folder, name))
}

/// The names of a path, from the root.
pub(crate) fn names_of(path: Wtf8<'_>) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'\\').filter(|name| !name.is_empty())
}

/// Whether a path begins with some names, in any case.
pub(crate) fn begins_with(path: Wtf8<'_>, names: &[&str]) -> bool {
    let mut own = names_of(path);
    names.iter().all(|name| own.next().is_some_and(|own| own.eq_ignore_ascii_case(name.as_bytes())))
}

/// Whether one of the directories on a path has a name, in any case.
pub(crate) fn is_below(path: Wtf8<'_>, directory: &str) -> bool {
    let count = names_of(path).count();
    let mut above = names_of(path).take(count.saturating_sub(1));
    above.any(|name| name.eq_ignore_ascii_case(directory.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_by_their_names_in_any_case() {
        let path = Wtf8::from_wtf8(br"\Users\Ann\project\Node_Modules\left-pad");
        assert!(begins_with(path, &["users", "Ann"]) && !begins_with(path, &["Users", "An"]));
        assert!(is_below(path, "node_modules") && !is_below(path, "left-pad"));
        assert_eq!(names_of(Wtf8::from_wtf8(br"\")).count(), 0);
    }
}
