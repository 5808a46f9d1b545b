//! Every command in every format.

use std::ffi::OsString;
use std::path::Path;

use crate::hostile::{FIRST_DIRECTORY, TEXTS_IMAGE, texts};
use crate::inert::Format;

/// A command that reads an image, and what it writes.
#[derive(Clone, Debug)]
pub struct CommandLine {
    pub arguments: Vec<OsString>,
    pub format: Format,
}

/// Commands about all of an image: their words and the format.
const OF_IMAGES: &[(&str, Format)] = &[
    ("scan", Format::Json),
    ("scan --all --deleted --second-reader --format json", Format::Json),
    ("scan --all --deleted --second-reader --format ndjson", Format::Ndjson),
    ("info", Format::Text),
    ("info --deleted --format json", Format::Json),
    ("links --all --deleted", Format::Text),
    ("links --type hard_link", Format::Text),
    ("links --all --deleted --format json", Format::Json),
    ("audit", Format::Text),
    ("audit --verbose --show-suppressed --deleted", Format::Text),
    ("audit --verbose --show-suppressed --deleted --format json", Format::Json),
    ("audit --verbose --show-suppressed --deleted --format sarif", Format::Sarif),
    ("audit --show-suppressed --deleted --format junit", Format::Junit),
    ("audit --fail-on note --deleted --format junit", Format::Junit),
    ("audit --verbose --scope v0:\\", Format::Text),
    ("simulate --links follow --hard-links expand", Format::Text),
    ("simulate --links follow --hard-links expand --format json", Format::Json),
    ("simulate --links copy --hard-links keep", Format::Text),
    ("simulate --links skip --hard-links keep --format json", Format::Json),
    ("fixture describe", Format::Text),
];

/// Commands about one object.
const OF_OBJECTS: &[(&str, Format)] = &[
    ("show --deleted", Format::Text),
    ("show --deleted --format json", Format::Json),
    ("resolve", Format::Text),
    ("resolve --format json", Format::Json),
    ("refs --deleted", Format::Text),
    ("refs --deleted --format json", Format::Json),
];

/// Every command that reads an image.
pub fn every_command(image: &Path) -> Vec<CommandLine> {
    let of_image = OF_IMAGES.iter().map(|(words, format)| command(words, image, None, *format));
    of_image.chain(objects(image).iter().flat_map(|object| of_object(object, image))).collect()
}

/// Every command that is asked about an object. Only a path can be resolved.
fn of_object(object: &str, image: &Path) -> Vec<CommandLine> {
    let is_record = object.starts_with(|first: char| first.is_ascii_digit());
    let asked = OF_OBJECTS.iter().filter(|(words, _)| !(is_record && words.starts_with("resolve")));
    asked.map(|(words, format)| command(words, image, Some(object), *format)).collect()
}

/// The root, and what the image of all texts has, by record and by path.
fn objects(image: &Path) -> Vec<String> {
    let mut objects = vec!["v0:\\".to_owned()];
    if image.ends_with(TEXTS_IMAGE) {
        let directories = (0..texts().len()).map(|number| FIRST_DIRECTORY + number);
        // What lies in the first directory comes after the last one: a file, a deleted one, and the links.
        let files_of_first = (0..12).map(|number| FIRST_DIRECTORY + texts().len() + number);
        objects.extend(directories.chain(files_of_first).map(|record| record.to_string()));
        objects.extend(texts().into_iter().filter_map(path_of));
    }
    objects
}

/// The path of the file that has the name of its directory, if it can be typed.
fn path_of(text: Vec<u16>) -> Option<String> {
    let name = String::from_utf16(&text).ok().filter(|name| !name.contains(['\0', '/', '\\', ':']))?;
    Some(format!("\\{name}\\{name}"))
}

fn command(words: &str, image: &Path, object: Option<&str>, format: Format) -> CommandLine {
    let words = words.split(' ').map(OsString::from);
    let arguments = words.chain([image.into()]).chain(object.map(OsString::from)).collect();
    CommandLine { arguments, format }
}
