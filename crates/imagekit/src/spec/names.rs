//! Names of files as a spec gives them: `path`, `parent` with `name`, `dos`, `names`.

use format::FileReference;

use super::error::Problem;
use super::file::check_length;
use super::reader::{Read, Table, Value};

/// Words of `namespace`.
pub(super) const NAMESPACES: &[(&str, u8)] = &[("posix", POSIX), ("win32", WIN32), ("dos", DOS), ("win32-and-dos", 3)];

/// The namespace of a name without an 8.3 name, on volumes where Windows makes none.
pub(super) const POSIX: u8 = 0;
/// The namespace of a name that has an 8.3 name beside it.
pub(super) const WIN32: u8 = 1;
/// The namespace of an 8.3 name.
pub(super) const DOS: u8 = 2;

/// A name whose directory is not looked up yet.
pub(super) struct Draft<'a> {
    pub parent: Parent<'a>,
    pub units: Box<[u16]>,
    pub namespace: u8,
    /// The key that gives the name.
    pub value: Value<'a>,
}

/// How a spec says which directory a name is in.
#[derive(Clone, Copy)]
pub(super) enum Parent<'a> {
    /// The path of a directory: empty for the root, else with a backslash before each name. It is made where it is
    /// missing.
    Path(&'a str),
    /// The record of a directory of the spec.
    Record(u64, Value<'a>),
    /// Anything, whether it is there or not.
    Reference(FileReference),
}

/// All names of a file in the order of the spec.
pub(super) fn read<'a>(table: &Table<'a>) -> Read<Vec<Draft<'a>>> {
    let mut names = Vec::new();
    let further = table.get("names");
    let is_nameless = ["path", "parent", "name", "dos", "namespace"].iter().all(|key| table.get(key).is_none());
    if !(is_nameless && further.is_some()) {
        pair(table, &mut names)?;
    }
    for value in further.map(Value::array).transpose()?.into_iter().flatten() {
        if value.is_table() {
            pair(&value.table("file.names", &["path", "parent", "name", "namespace", "dos"])?, &mut names)?;
        } else {
            let (parent, units) = path(value)?;
            names.push(Draft { parent, units, namespace: POSIX, value });
        }
    }
    Ok(names)
}

/// A name, and its 8.3 name right after it where there is one.
fn pair<'a>(table: &Table<'a>, names: &mut Vec<Draft<'a>>) -> Read<()> {
    let (parent, units, value) = place(table)?;
    let dos = table.get("dos");
    let namespace = table.read("namespace", |value| Ok((value.word(NAMESPACES)?, value)))?;
    if let (Some(_), Some((namespace, value))) = (dos, namespace)
        && namespace != WIN32
    {
        return Err(value.wrong("`win32` beside `dos`"));
    }
    let default = if dos.is_some() { WIN32 } else { POSIX };
    names.push(Draft { parent, units, namespace: namespace.map_or(default, |(namespace, _)| namespace), value });
    if let Some(value) = dos {
        names.push(Draft { parent, units: name(value)?, namespace: DOS, value });
    }
    Ok(())
}

/// `path`, or `parent` and `name`.
fn place<'a>(table: &Table<'a>) -> Read<(Parent<'a>, Box<[u16]>, Value<'a>)> {
    match (table.get("path"), table.get("parent"), table.get("name")) {
        (Some(value), None, None) => {
            let (parent, units) = path(value)?;
            Ok((parent, units, value))
        }
        (Some(_), Some(other), _) | (Some(_), None, Some(other)) => {
            Err(other.problem("either `path`, or `parent` and `name`", format!("`path` and `{}`", other.key())))
        }
        (None, Some(parent), Some(value)) => Ok((read_parent(parent)?, name(value)?, value)),
        (None, Some(_), None) => Err(table.missing("name", "the name in the directory `parent`")),
        (None, None, Some(_)) => Err(table.missing("parent", "the directory of `name`")),
        (None, None, None) => {
            Err(table.missing("path", r"a path such as `'\directory\file.txt'`, or `parent` and `name`"))
        }
    }
}

fn path<'a>(value: Value<'a>) -> Read<(Parent<'a>, Box<[u16]>)> {
    let text = value.string()?;
    let last_separator = text.rfind('\\').filter(|_| text.starts_with('\\'));
    let last_separator = last_separator.ok_or_else(|| value.wrong(r"a path that begins with `\`"))?;
    let (directory, _) = text.split_at(last_separator);
    for component in text.split('\\').skip(1) {
        check_component(component, value)?;
    }
    Ok((Parent::Path(directory), text[last_separator + 1..].encode_utf16().collect()))
}

/// The directory of a name: its path, its record number, or any reference as `"number-sequence"`.
fn read_parent<'a>(value: Value<'a>) -> Read<Parent<'a>> {
    if let Some(number) = value.as_integer() {
        return Ok(Parent::Record(number, value));
    }
    let expected = r#"a path that begins with `\`, a record number, or `"number-sequence"`"#;
    let text = value.as_str().ok_or_else(|| value.wrong(expected))?;
    if let Some(reference) = reference(text) {
        return Ok(Parent::Reference(reference));
    }
    if !text.starts_with('\\') {
        return Err(value.wrong(expected));
    }
    if text == "\\" {
        return Ok(Parent::Path(""));
    }
    for component in text.split('\\').skip(1) {
        check_component(component, value)?;
    }
    Ok(Parent::Path(text))
}

/// `47-3`
pub(super) fn reference(text: &str) -> Option<FileReference> {
    let (number, sequence) = text.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(number) || !digits(sequence) {
        return None;
    }
    let number: u64 = number.parse().ok().filter(|number| *number < 1 << 48)?;
    Some(FileReference::new(number, sequence.parse().ok()?))
}

/// One name by itself, which needs no separators.
fn name(value: Value<'_>) -> Read<Box<[u16]>> {
    let units = value.units()?;
    if let Some(text) = value.as_str()
        && !is_spelled_as_string(text)
    {
        return Err(value.wrong(r#"one name (with `\`, `/` or NUL in it, as `{ utf16 = "hex" }`)"#));
    }
    check_length(&units, value)?;
    Ok(units.into())
}

/// Whether a name by itself is written as a string.
pub(super) fn is_spelled_as_string(name: &str) -> bool {
    !name.contains(['\\', '/', '\0'])
}

/// Whether a name may be part of a path.
pub(super) fn is_spelled_in_path(name: &str) -> bool {
    is_spelled_as_string(name) && !matches!(name, "" | "." | "..")
}

fn check_component(component: &str, value: Value<'_>) -> Result<(), Problem> {
    let problem = match component {
        "" => Some(r"a name after every `\`"),
        "." | ".." => Some("a path without `.` and `..` (or `parent` and `name` for such a name)"),
        _ if component.contains('/') => Some(r"`\` between names (or `parent` and `name` for a name with `/` in it)"),
        _ if component.contains('\0') => Some("a path without NUL (or `parent` and `name` for a name with NUL in it)"),
        _ => None,
    };
    if let Some(expected) = problem {
        return Err(value.wrong(expected));
    }
    // A name of so few bytes has no more units, which need not be counted then.
    let units = if component.len() <= 255 { 1 } else { component.encode_utf16().count() };
    if units <= 255 {
        Ok(())
    } else {
        Err(value.problem("names of 1 to 255 UTF-16 units", format!("one of {units} units")))
    }
}
