//! What a command is asked about: a path or a record, found in a document.

use format::WtfString;
use links::{FileId, NotFound, Reached, Resolver};
use report::{Document, reached_text, status_words};

use super::read::{index_of_volume, the_only_volume, volume_of_path};
use crate::failure::Failure;
use crate::user_path::{UserObject, UserPath};

/// Spellings that are offered for one that is not there.
const MOST_SPELLINGS: usize = 3;

/// Finds what a command is asked about. A link is that itself, and not what it leads to.
///
/// # Errors
/// It is not there, or could be on several volumes.
pub fn find_object(document: &Document<'_>, resolver: &Resolver<'_>, object: &UserObject) -> Result<Reached, Failure> {
    match object {
        UserObject::Path(path) => find_path(document, resolver, path),
        UserObject::Record { text, volume, record, sequence } => {
            let volume = match volume {
                Some(number) => index_of_volume(document, *number)?,
                None => the_only_volume(document, text)?,
            };
            let id = FileId { volume, record: *record };
            let failure = |reason: String| Failure::RecordNotFound { text: text.clone(), reason };
            let file = document.file(id).ok_or_else(|| failure(not_a_file(document, id)))?;
            let now = file.reference().sequence_number();
            match sequence {
                Some(wanted) if *wanted != now => Err(failure(format!("the record has sequence number {now}"))),
                _ => Ok(Reached::of_file(id)),
            }
        }
    }
}

fn not_a_file(document: &Document<'_>, id: FileId) -> String {
    let slots = document.volumes.get(id.volume).map_or(0, |volume| volume.volume.record_slots());
    match id.record < slots {
        true => "no base record in use is there (--deleted takes others as well)".to_owned(),
        false => format!("the MFT has {slots} records"),
    }
}

/// Finds what is at a path.
///
/// # Errors
/// Nothing is there, or it could be on several volumes.
pub fn find_path(document: &Document<'_>, resolver: &Resolver<'_>, path: &UserPath) -> Result<Reached, Failure> {
    let volume = volume_of_path(document, resolver, path)?;
    resolver.find(volume, &path.names).map_err(|error| not_found(document, resolver, path, &error))
}

/// What is known of a path that leads nowhere: how far it goes, and what is there instead.
pub fn not_found(document: &Document<'_>, resolver: &Resolver<'_>, path: &UserPath, error: &NotFound) -> Failure {
    let reason = match (&error.deepest, error.rest.iter().next()) {
        (Some(at), Some(name)) => {
            let mut reason = format!(
                "{} exists, and has no {}",
                reached_text(document, at),
                quoted(&name.iter().copied().collect())
            );
            let nearest = resolver.nearest_names(at.file, name, MOST_SPELLINGS);
            if !nearest.is_empty() {
                reason += &format!("; nearest: {}", nearest.iter().map(quoted).collect::<Vec<_>>().join(", "));
            }
            reason
        }
        _ => format!("{}: {}", error.verdict.status.as_str(), status_words(error.verdict.status)),
    };
    Failure::PathNotFound { path: path.text.clone(), reason }
}

fn quoted(name: &WtfString) -> String {
    format!("\"{}\"", name.as_wtf8())
}
