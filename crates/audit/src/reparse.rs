//! What several rules ask of reparse data and of the text of links.

use format::{AttributeType, ForeignLink, ForeignTarget, IssueKind, NfsObject, ReparseData, ReparseTag, WtfString};
use links::{
    Cause, File, FileId, Link, LinkEdge, LinkTarget, LinkType, Mistake, Notes, PosixTarget, Problem, Status, Target,
    TargetName, VolumeGraph,
};

use crate::context::Context;

/// The tag of Cygwin's sockets.
pub(crate) const CYGWIN_SOCKET: ReparseTag = ReparseTag(0x6375);

/// What is wrong with the structure of a file's reparse data, by its records.
pub(crate) fn structure_problems<'a>(context: &Context<'a>, id: FileId, file: &File<'_>) -> Vec<&'a Problem> {
    let Some(graph) = context.graph(id.volume) else { return Vec::new() };
    let mut found: Vec<&Problem> = problems_of_record(graph, id.record).collect();
    if file.is_reparse_point() {
        let extensions = file.records().into_iter().skip(1);
        found.extend(extensions.flat_map(|record| problems_of_record(graph, record)));
    }
    found
}

fn problems_of_record(graph: &VolumeGraph, record: u64) -> impl Iterator<Item = &Problem> {
    let start = graph.problems.partition_point(|problem| problem.record < Some(record));
    let rest = graph.problems.get(start..).unwrap_or_default().iter();
    let of_record = rest.take_while(move |problem| problem.record == Some(record));
    of_record.filter(|problem| is_about_reparse_data(&problem.cause))
}

fn is_about_reparse_data(cause: &Cause) -> bool {
    let Cause::Structure(kind) = cause else { return false };
    match kind {
        IssueKind::ReparseTooShort { .. }
        | IssueKind::ReparseDataTooLong { .. }
        | IssueKind::ReparseSlack { .. }
        | IssueKind::PathOutOfBounds { .. }
        | IssueKind::PathOdd { .. }
        | IssueKind::EmptySubstituteName
        | IssueKind::ReparseDataMalformed { .. }
        | IssueKind::ForeignLinkMalformed { .. } => true,
        IssueKind::AttributeLength { type_code, .. }
        | IssueKind::AttributeHeaderTooShort { type_code, .. }
        | IssueKind::AttributeNameOutOfBounds { type_code, .. }
        | IssueKind::AttributeValueOutOfBounds { type_code, .. }
        | IssueKind::MappingPairsOutOfBounds { type_code, .. }
        | IssueKind::SecondAttribute { type_code } => *type_code == AttributeType::REPARSE_POINT,
        _ => false,
    }
}

/// Whether all that is wrong is that bytes are left over, which changes nothing.
pub(crate) fn is_slack(problem: &Problem) -> bool {
    matches!(problem.cause, Cause::Structure(IssueKind::ReparseSlack { .. }))
}

/// Whether the structure of a file's reparse data is damaged, so that nothing else is to be said of it.
fn is_damaged(context: &Context<'_>, id: FileId, file: &File<'_>) -> bool {
    structure_problems(context, id, file).into_iter().any(|problem| !is_slack(problem))
}

/// Whether rules that look at reparse data speak of a file: it is in use, and `malformed-reparse-data` has nothing to say.
pub(crate) fn is_sound_file(context: &Context<'_>, id: FileId, file: &File<'_>) -> bool {
    let has_mistake = || Link::of(file).is_some_and(|link| mistake_of_text(&link).is_some());
    let leads_nowhere = || edges_of(context, id).iter().any(leads_above_root);
    file.is_in_use() && !is_damaged(context, id, file) && !has_mistake() && !leads_nowhere()
}

/// Whether rules that look at where links lead speak of a link: it is in use, and its data is not damaged.
pub(crate) fn is_sound_link(context: &Context<'_>, edge: &LinkEdge) -> bool {
    let file = context.file(edge.source);
    file.is_some_and(|file| file.is_in_use() && !is_damaged(context, edge.source, &file))
}

/// What is wrong with the text of a link, if no rule tells it that knows it better than `malformed-reparse-data`.
pub(crate) fn mistake_of_text(link: &Link) -> Option<Mistake> {
    match &link.target {
        LinkTarget::Posix(PosixTarget::Empty) => Some(Mistake::Empty),
        LinkTarget::Windows(TargetName::Malformed(mistake, _)) => match mistake {
            Mistake::RelativeFlag | Mistake::LinuxNtfs3 | Mistake::NotADirectory => None,
            _ if lacks_relative_flag(link) => None,
            mistake => Some(*mistake),
        },
        _ => None,
    }
}

/// Whether a relative target has more `..` than there are directories above the link.
pub(crate) fn leads_above_root(edge: &LinkEdge) -> bool {
    let verdict = &edge.verdict;
    verdict.status == Status::Malformed
        && verdict.target == Target::Malformed(edge.source)
        && verdict.notes.contains(Notes::DOT_COMPONENT)
}

/// Whether a symbolic link has a relative target and is not marked so.
pub(crate) fn lacks_relative_flag(link: &Link) -> bool {
    let LinkTarget::Windows(TargetName::Malformed(Mistake::NoPrefix, Some(meant))) = &link.target else { return false };
    link.link_type == LinkType::Symlink && matches!(**meant, TargetName::Relative { .. })
}

/// The target of a link as it is stored.
pub(crate) fn stored_target(file: &File<'_>) -> Option<WtfString> {
    if let Some(point) = file.reparse_point() {
        return match point.data {
            ReparseData::MountPoint { substitute_name, .. } | ReparseData::Symlink { substitute_name, .. } => {
                substitute_name.map(|name| name.to_wtf8())
            }
            ReparseData::WslSymlink { target } => Some(text_of_bytes(target)),
            ReparseData::Nfs(NfsObject::Symlink(target)) => Some(target.to_wtf8()),
            ReparseData::AppExecLink { strings } => strings.get(2).map(|program| program.to_wtf8()),
            _ => None,
        };
    }
    match file.foreign_link()? {
        ForeignLink::InterixSymlink(target) | ForeignLink::CygwinSymlink(ForeignTarget::Utf16(target)) => {
            Some(target.to_wtf8())
        }
        ForeignLink::CygwinSymlink(ForeignTarget::Bytes(target)) => Some(text_of_bytes(target)),
        ForeignLink::InterixCharacter(_) | ForeignLink::InterixBlock(_) => None,
    }
}

fn text_of_bytes(bytes: &[u8]) -> WtfString {
    String::from_utf8_lossy(bytes).encode_utf16().collect()
}

/// The edges of one link, one for each of its names.
pub(crate) fn edges_of<'a>(context: &Context<'a>, id: FileId) -> &'a [LinkEdge] {
    let edges = &context.links.edges;
    let start = edges.partition_point(|edge| edge.source < id);
    let end = edges.partition_point(|edge| edge.source <= id);
    edges.get(start..end).unwrap_or_default()
}
