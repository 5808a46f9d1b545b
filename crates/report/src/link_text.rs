//! Links in lines for people.

use format::{ForeignLink, ForeignTarget, NfsObject, ReparseData, Utf16};
use image::OneLine;
use links::{File, FileId, LinkEdge, Reached, ReparseType, Status, Target};

use crate::document::Document;

/// Width of the column of types: the longest, `interix_symlink`, and a space.
pub const TYPE_WIDTH: usize = 16;
/// Width of the column of statuses: the longest, `not_a_directory`, and a space.
pub const STATUS_WIDTH: usize = 16;

/// `symlink  resolved  \a → \b`
pub fn link_line(document: &Document<'_>, edge: &LinkEdge) -> String {
    let (kind, status) = (edge.link_type.as_str(), edge.verdict.status.as_str());
    format!("{kind:<TYPE_WIDTH$}{status:<STATUS_WIDTH$}{}", arrow(document, edge))
}

/// `\a → \b  (ancestor)`
pub fn arrow(document: &Document<'_>, edge: &LinkEdge) -> String {
    let notes: Vec<&str> = edge.verdict.notes.words().collect();
    let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join(", ")) };
    format!("{} → {}{notes}", OneLine(source_text(document, edge)), OneLine(target_text(document, edge)))
}

/// The path of the name that an edge begins at; of a link without a name its record.
pub fn source_text(document: &Document<'_>, edge: &LinkEdge) -> String {
    let volume = document.volumes.get(edge.source.volume);
    match volume.and_then(|volume| volume.graph.path_of_link(edge)) {
        Some(path) => with_volume(document, edge.source.volume, &path.as_wtf8().to_string()),
        None => document.file_id(edge.source),
    }
}

/// Where a link ends, in words.
pub fn target_text(document: &Document<'_>, edge: &LinkEdge) -> String {
    if let Some(reached) = &edge.verdict.reached {
        return reached_text(document, reached);
    }
    match &edge.verdict.target {
        Target::File(file) => file_text(document, *file),
        Target::Missing(volume, path) => with_volume(document, *volume, &path.as_wtf8().to_string()),
        Target::External(text) => text.as_wtf8().to_string(),
        Target::Layer(_) => "a container layer".to_owned(),
        // Its own text, or that of a link on the way.
        Target::Malformed(link) => match document.file(*link).and_then(|file| stored_target(&file)) {
            Some(text) if *link == edge.source => text,
            Some(text) => format!("{} → {text}", file_text(document, *link)),
            None => "no target".to_owned(),
        },
    }
}

/// The path of what was found, by the name that was used.
pub fn reached_text(document: &Document<'_>, reached: &Reached) -> String {
    let volume = document.volumes.get(reached.file.volume);
    let path = volume.map(|volume| volume.graph.path_of_reached(reached)).unwrap_or_default();
    with_volume(document, reached.file.volume, &path.as_wtf8().to_string())
}

/// The first path of a file, or its record if it has none.
pub fn file_text(document: &Document<'_>, id: FileId) -> String {
    let path = document
        .volumes
        .get(id.volume)
        .zip(document.file(id))
        .and_then(|(volume, file)| volume.graph.paths.first_path_of(&volume.graph.files, &file));
    match path {
        Some(path) => with_volume(document, id.volume, &path.as_wtf8().to_string()),
        None => document.file_id(id),
    }
}

/// The path, with its volume where there are several.
fn with_volume(document: &Document<'_>, volume: usize, path: &str) -> String {
    match document.volumes.get(volume) {
        Some(volume) if document.volumes.len() > 1 => format!("{}:{path}", volume.id()),
        _ => path.to_owned(),
    }
}

/// The type of a reparse point or link file.
pub fn type_name(file: &File<'_>) -> Option<&'static str> {
    use ForeignLink::*;
    if file.is_reparse_point() {
        let point = file.reparse_point();
        return Some(point.map_or("other", |point| ReparseType::of(point.tag, &point.data).as_str()));
    }
    file.foreign_link().map(|link| match link {
        InterixSymlink(_) => "interix_symlink",
        InterixCharacter(_) => "interix_char",
        InterixBlock(_) => "interix_block",
        CygwinSymlink(_) => "cygwin_symlink",
    })
}

/// What a link says of where it leads; `None` of what is no link.
pub fn stored_target(file: &File<'_>) -> Option<String> {
    let text = |text: Utf16<'_>| text.to_wtf8().as_wtf8().to_string();
    let bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(link) = file.foreign_link() {
        return match link {
            ForeignLink::InterixSymlink(target) | ForeignLink::CygwinSymlink(ForeignTarget::Utf16(target)) => {
                Some(text(target))
            }
            ForeignLink::CygwinSymlink(ForeignTarget::Bytes(target)) => Some(bytes(target)),
            ForeignLink::InterixCharacter(_) | ForeignLink::InterixBlock(_) => None,
        };
    }
    match file.reparse_point()?.data {
        ReparseData::MountPoint { substitute_name, .. } | ReparseData::Symlink { substitute_name, .. } => {
            substitute_name.map(text)
        }
        ReparseData::WslSymlink { target } => Some(bytes(target)),
        ReparseData::Nfs(NfsObject::Symlink(target)) => Some(text(target)),
        ReparseData::AppExecLink { strings } => strings.get(2).copied().map(text),
        _ => None,
    }
}

/// What a status means, for people.
pub fn status_words(status: Status) -> &'static str {
    match status {
        Status::Resolved => "is there",
        Status::OtherVolume => "is there, on another volume",
        Status::Dangling => "nothing is there",
        Status::NotADirectory => "a file is in the way",
        Status::Loop => "the links lead back to each other",
        Status::ExpandingLoop => "the links lead back to each other, with more to go each time",
        Status::TooManyHops => "more than 63 links",
        Status::NotFollowable => "a link is in the way that Windows does not follow",
        Status::External => "on a volume that was not given",
        Status::Remote => "on another machine",
        Status::Device => "a device, or another object that is no file",
        Status::Malformed => "no target by the rules of Windows",
    }
}
