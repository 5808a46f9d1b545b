//! # unexpected-provider-tag
//!
//! A file is marked for a provider where that provider keeps nothing.
//!
//! ## What it finds
//!
//! Container tags (`WCI`, `WCI_LINK`, their tombstones, and `UNHANDLED`, which containers use for what they leave to the
//! host) outside `\ProgramData\Microsoft\Windows\Containers`, `\ProgramData\Docker`, `\ProgramData\containerd` and the
//! packages of apps; and tags of projected files (`PROJFS`) that are not below a directory with such a tag. What is below a
//! directory that is marked likewise is not reported again.
//!
//! ## Why it matters
//!
//! Without the provider's driver, opening such a file fails with "can't access file" (error 1920) for users, backups and
//! virus scanners alike. It is consistent with data that was hidden from tools, and with a copy of a container's files that
//! lost its layers.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` shows the tag and, of container tags, the layer and the path in it. Look whether the
//! directory belongs to a container, a sandbox or a virtualised repository.
//!
//! ## False positives
//!
//! Likely where such software keeps its files elsewhere: a data root of Docker that was moved, sandboxes of other makers,
//! build machines. Volumes of a container itself, which have `\WcSandboxState`, are passed over, and so are the roots of
//! projected directories, which may be anywhere but in protected places.
//!
//! ## Sources
//!
//! Reference B.2, B.10; Microsoft "Windows Projected File System", hcsshim (`WcSandboxState`).

use std::sync::LazyLock;

use format::{ReparseTag, TagFamily, WtfString};
use links::{Directory, File, FileId, Place, Prefix};

use crate::context::Context;
use crate::finding::Finding;
use crate::folders::folder;
use crate::policy::Places;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unexpected-provider-tag",
    severity: Severity::Warning,
    summary: "a file is marked for a provider where that provider keeps nothing",
    source: include_str!("unexpected_provider_tag.rs"),
    check: Check::File(check),
};

/// Who marks files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Provider {
    Containers,
    ProjectedFiles,
}

const UNHANDLED: ReparseTag = ReparseTag(0x8000_0020);

/// Where containers, and the apps of Windows 10's first versions, keep what they mark.
static CONTAINER_ROOTS: LazyLock<Places> = LazyLock::new(|| Places::of(&CONTAINER_PATTERNS));

const CONTAINER_PATTERNS: [&str; 6] = [
    r"\ProgramData\Microsoft\Windows\Containers\**",
    r"\ProgramData\Docker\**",
    r"\ProgramData\containerd\**",
    r"\ProgramData\Packages\**",
    r"\Users\*\AppData\Local\Docker\**",
    r"\Users\*\AppData\Local\Packages\**",
];

/// Directories above a file that are looked at.
const MOST_LEVELS: usize = 64;

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    if !file.is_in_use() || !file.is_reparse_point() {
        return;
    }
    let Some(tag) = file.reparse_point().map(|point| point.tag) else { return };
    let Some(provider) = provider_of(tag) else { return };
    let paths = context.paths(id);
    if is_expected(context, id, file, provider, &paths) {
        return;
    }
    let message = match provider {
        Provider::Containers => "marked for containers, outside the places where they keep files",
        Provider::ProjectedFiles => "marked as a projected file, and not below a directory of such",
    };
    let offset = context.volumes.get(id.volume).and_then(|source| file.reparse_offset(source.volume));
    let finding = context.finding(&RULE, id, message);
    let finding = Finding { offset: offset.or(finding.offset), ..finding };
    findings.push(finding.with("tag", tag.to_string()).with_some("tag_name", tag.known().map(|known| known.name)));
}

fn provider_of(tag: ReparseTag) -> Option<Provider> {
    match tag.known()?.family {
        TagFamily::Wci | TagFamily::WciLink => Some(Provider::Containers),
        TagFamily::Projfs => Some(Provider::ProjectedFiles),
        _ => (tag == UNHANDLED).then_some(Provider::Containers),
    }
}

fn is_expected(context: &Context<'_>, id: FileId, file: &File<'_>, provider: Provider, paths: &[WtfString]) -> bool {
    if is_below_marked(context, id, file, provider) {
        return true;
    }
    match provider {
        Provider::Containers => {
            let is_in_container = folder(context.resolver, id.volume, &["WcSandboxState"]).is_some();
            is_in_container || paths.iter().any(|path| CONTAINER_ROOTS.contain(path.as_wtf8()))
        }
        Provider::ProjectedFiles => {
            file.is_directory() && !paths.iter().any(|path| context.policy.is_protected(path.as_wtf8()))
        }
    }
}

/// Whether a directory above one of a file's names has a tag of the same provider.
fn is_below_marked(context: &Context<'_>, id: FileId, file: &File<'_>, provider: Provider) -> bool {
    let Some(graph) = context.graph(id.volume) else { return false };
    let directories = |index: u32| {
        let above = |directory: &&Directory| match directory.prefix {
            Prefix::Below { directory } => graph.paths.directory(directory),
            _ => None,
        };
        std::iter::successors(graph.paths.directory(index), above).take(MOST_LEVELS)
    };
    let is_marked = |directory: &Directory| {
        let tag = graph.files.file(directory.record).and_then(|file| Some(file.reparse_point()?.tag));
        tag.and_then(provider_of) == Some(provider)
    };
    file.names().any(|name| match graph.place_of(file, &name) {
        Place::In(index) => directories(index).any(is_marked),
        Place::Orphan(_) | Place::Long(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    const CONTAINERS: &str = "marked for containers, outside the places where they keep files";

    fn file(path: &str, tag: &str) -> String {
        format!("[[file]]\npath = '{path}'\nreparse = {{ tag = \"{tag}\", hex = \"\" }}\n")
    }

    fn directory(path: &str, tag: &str) -> String {
        format!("{}directory = true\n", file(path, tag))
    }

    #[test]
    fn hit() {
        check(&RULE, &file(r"\Users\Ann\a", "WCI_TOMBSTONE"), &[&format!(r"\Users\Ann\a: {CONTAINERS}")]);
        check(&RULE, &file(r"\Users\Ann\a", "UNHANDLED"), &[&format!(r"\Users\Ann\a: {CONTAINERS}")]);
    }

    #[test]
    fn hit_the_highest_directory_alone() {
        let spec = directory(r"\hidden", "WCI_1") + &file(r"\hidden\a", "WCI_1");
        check(&RULE, &spec, &[&format!(r"\hidden: {CONTAINERS}")]);
    }

    #[test]
    fn hit_a_projected_file_without_a_root() {
        let expected = [r"\src\a: marked as a projected file, and not below a directory of such"];
        check(&RULE, &file(r"\src\a", "PROJFS"), &expected);
    }

    #[test]
    fn near_miss_the_provider_is_at_home() {
        check(&RULE, &file(r"\ProgramData\Docker\windowsfilter\1\Files\a", "WCI_1"), &[]);
        check(&RULE, &(directory(r"\src", "PROJFS") + &file(r"\src\a", "PROJFS")), &[]);
    }

    #[test]
    fn near_miss_the_volume_is_a_containers() {
        let spec = directory(r"\Windows", "WCI_1") + "[[file]]\npath = '\\WcSandboxState\\Hives'\ndirectory = true\n";
        check(&RULE, &spec, &[]);
    }

    #[test]
    fn near_miss_other_providers() {
        check(&RULE, &(file(r"\a", "CLOUD_6") + &file(r"\b", "DEDUP")), &[]);
    }

    #[test]
    fn damaged_a_torn_record_is_marked_all_the_same() {
        let damage = "
            [[damage]]
            kind = \"torn-sector\"
            file = '\\a'
            sector = 1
        ";
        check(&RULE, &format!("{}{damage}", file(r"\a", "WCI")), &[&format!(r"\a: {CONTAINERS}")]);
    }
}
