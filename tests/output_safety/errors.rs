//! Messages about what cannot be done quote paths, names, files and arguments.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::hostile::{Images, TEXTS, host_name, text16, units};
use crate::inert::check_text;
use crate::run;

/// Runs a command that does not do what it is asked; answers what it says of that, which is inert.
fn refusal<A: AsRef<OsStr> + std::fmt::Debug>(arguments: &[A]) -> String {
    let Output { status, stdout, stderr } = run(arguments);
    assert!(matches!(status.code(), Some(1 | 2)), "{arguments:?}: {status:?}");
    assert!(stdout.is_empty(), "{arguments:?}");
    match check_text(&stderr) {
        Ok(message) => message.to_owned(),
        Err(complaint) => panic!("{arguments:?}: {complaint}"),
    }
}

/// A refusal of our own words, not of the command line's parser: one line.
fn check_line<A: AsRef<OsStr> + std::fmt::Debug>(arguments: &[A]) -> String {
    let message = refusal(arguments);
    assert!(message.starts_with("ntfslinks: ") && message.lines().count() == 1, "{arguments:?}: {message}");
    message
}

/// All texts in one, as an argument can hold it.
fn all_texts() -> String {
    TEXTS.join(" ").replace('\0', "")
}

#[test]
fn a_path_that_is_not_there_and_its_nearest_spellings_are_quoted() {
    let images = Images::build();
    let image = images.texts.to_str().expect("UTF-8");
    let mut with_spellings = 0;
    for text in TEXTS.iter().filter(|text| !text.contains(['\0', '\\', '/'])) {
        let path = format!("\\{text}\\{text}x");
        for command in ["show", "refs"] {
            let message = check_line(&[command, image, &path]);
            assert!(message.contains("not found"), "{message}");
            with_spellings += usize::from(message.contains("; nearest: "));
        }
    }
    // Of a name with two letters, another letter is too far to be near.
    assert!(with_spellings >= TEXTS.len(), "{with_spellings} with spellings");
}

#[test]
fn arguments_are_quoted() {
    let images = Images::build();
    let image = images.texts.to_str().expect("UTF-8");
    let text = all_texts();
    for option in ["--volume", "--offset", "--drive", "--map-guid", "--via-share", "--symlink-evaluation"] {
        check_line(&["info", option, &text, image]);
    }
    check_line(&["info", "--drive", &format!("C={text}"), image]);
    check_line(&["info", "--via-share", &format!("\\\\s\\h=C:\\{text}"), image]);
    check_line(&["links", "--under", &format!("\\{text}"), image]);
    check_line(&["audit", "--scope", &format!("\\{text}"), image]);
    check_line(&["show", image, &text]);
    check_line(&["show", image, &format!("Z:\\{text}")]);
    check_line(&["man", &text]);
}

/// The parser of the command line quotes arguments as well.
#[test]
fn a_command_line_that_makes_no_sense_is_quoted() {
    let text = all_texts();
    let option = format!("--{text}");
    for arguments in [
        &[text.as_str()][..],
        &["info", option.as_str(), "x"],
        &["info", "--format", text.as_str(), "x"],
        &["info", "--threads", text.as_str(), "x"],
        &["links", "--type", text.as_str(), "x"],
        &["audit", "--rule", text.as_str(), "x"],
        &["schema", text.as_str()],
        &["fixture", text.as_str()],
        &["fixture", "describe", "x", text.as_str()],
    ] {
        assert!(refusal(arguments).starts_with("error: "));
    }
    refusal(&[OsStr::new("info"), &host_name("")]);
    refusal(&[OsStr::new("info"), "--format".as_ref(), &host_name("")]);
}

#[test]
fn files_of_the_host_are_quoted() {
    let images = Images::build();
    let (image, directory) = (images.texts.as_os_str(), images.directory());
    let file = directory.join(host_name(".txt"));
    let missing = directory.join(host_name(""));
    let below_missing = missing.join("x");
    fs::write(&file, "no image").expect("a file");
    for command in ["scan", "links", "audit", "info"] {
        for path in [&file, &missing, &below_missing] {
            check_line(&[command.as_ref(), path.as_os_str()]);
        }
    }
    let info = |options: &[&OsStr]| check_line(&[&["info".as_ref()], options].concat());
    info(&["-o".as_ref(), below_missing.as_ref(), image]);
    info(&["-o".as_ref(), images.disk.as_ref(), images.disk.as_ref()]);
    for option in ["--policy", "--baseline"] {
        for path in [&file, &missing] {
            check_line(&["audit".as_ref(), option.as_ref(), path.as_ref(), image]);
        }
    }
    for spec in [&file, &missing] {
        check_line(&["fixture".as_ref(), "build".as_ref(), spec.as_ref(), "-o".as_ref(), missing.as_os_str()]);
    }
    check_line(&["fixture".as_ref(), "describe".as_ref(), file.as_os_str()]);
}

#[test]
fn what_files_of_users_hold_is_quoted() {
    let images = Images::build();
    let directory = images.directory();
    let text = all_texts();
    // JSON and TOML have the same escapes for what is in these texts.
    let quoted = serde_json::to_string(&text).expect("JSON").replace('\u{7f}', "\\u007f");
    let audit = |option: &str, content: &str| {
        let file = directory.join("of user");
        fs::write(&file, content).expect("a file");
        check_line(&["audit".as_ref(), option.as_ref(), file.as_os_str(), images.texts.as_os_str()]);
    };
    audit("--baseline", &text);
    audit("--baseline", &format!("{{\"schema\": {quoted}}}"));
    audit("--policy", &text);
    audit("--policy", &format!("{quoted} = 1\n"));
    audit("--policy", &format!("[rules]\n{quoted} = 'off'\n"));
    audit("--policy", &format!("[rules]\nlink-loop = {quoted}\n"));
    audit("--policy", &format!("[[allow]]\nrule = {quoted}\npath = '**'\nreason = 'x'\n"));
    audit("--policy", &format!("[places]\nprotected = [{quoted}, '[']\n"));
    let name = text16(&units(TEXTS[0]));
    for spec in [
        text.clone(),
        format!("{quoted} = 1\n"),
        format!("[volume]\nsize = {quoted}\n"),
        format!("[[file]]\npath = {quoted}\n"),
        format!("[[file]]\nparent = {quoted}\nname = 'x'\n"),
        format!("[[file]]\npath = '\\a'\nreparse = {{ tag = {quoted} }}\n"),
        format!("[[file]]\nparent = 5\nname = {name}\n[[file]]\nparent = 5\nname = {name}\n"),
        format!("[[damage]]\nkind = {quoted}\n"),
        format!("[[damage]]\nkind = 'missing-index-entry'\ndirectory = 5\nname = {quoted}\n"),
        format!("[[damage]]\nkind = 'torn-sector'\nfile = {quoted}\nsector = 0\n"),
    ] {
        check_spec(directory, &spec);
    }
}

fn check_spec(directory: &Path, spec: &str) {
    let (file, image) = (directory.join("of user.toml"), directory.join("of user.img"));
    fs::write(&file, spec).expect("a file");
    check_line(&["fixture".as_ref(), "build".as_ref(), file.as_os_str(), "-o".as_ref(), image.as_os_str()]);
}
