//! The tables of the README, each between two comments.

use std::fs;
use std::sync::Mutex;

/// Tests run side by side, and write to one file.
static README: Mutex<()> = Mutex::new(());

/// A table of Markdown.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let rows = rows.iter().map(|cells| line(cells.iter().map(String::as_str).collect()));
    [line(head.to_vec()), format!("|{}\n", "---|".repeat(head.len()))].into_iter().chain(rows).collect()
}

/// Fails if the README has another table between the comments of a name; or writes it there.
pub fn check(name: &str, table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let lock = README.lock().expect("no other test failed with the README in its hands");
    let readme = fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once(&format!("<!-- {name} -->\n")).expect("the comment before the table");
    let (found, after) = rest.split_once(&format!("<!-- /{name} -->\n")).expect("the comment after the table");
    if found == format!("\n{table}\n") {
        return;
    }
    if std::env::var_os("NTFSLINKS_UPDATE").is_some_and(|value| value == "1") {
        let written = format!("{before}<!-- {name} -->\n\n{table}\n<!-- /{name} -->\n{after}");
        return fs::write(path, written).unwrap();
    }
    drop(lock);
    panic!("the README has another table; NTFSLINKS_UPDATE=1 writes this one there:\n{table}\nfound:\n{found}");
}
