//! A system volume as Windows 10 sets it up and people use it, in French, with one user whose language is English: no rule
//! may cry wolf over it.

use std::fmt::Write as _;

use crate::policy::Policy;
use crate::registry::RULES;
use crate::severity::Severity;
use crate::testing::{line, with_findings_of};

/// What is the same for everybody.
const SYSTEM: &str = include_str!("../tests/windows_profile.toml");

/// The links of a profile: where each is, in English and in French, and where it leads.
///
/// Source: reference D.1.
const LINKS: [(&str, &str, &str); 18] = [
    (r"Application Data", r"Application Data", r"AppData\Roaming"),
    (r"Cookies", r"Cookies", r"AppData\Local\Microsoft\Windows\INetCookies"),
    (r"Local Settings", r"Local Settings", r"AppData\Local"),
    (r"My Documents", r"Mes documents", r"Documents"),
    (r"NetHood", r"Voisinage réseau", r"AppData\Roaming\Microsoft\Windows\Network Shortcuts"),
    (r"PrintHood", r"Voisinage d'impression", r"AppData\Roaming\Microsoft\Windows\Printer Shortcuts"),
    (r"Recent", r"Recent", r"AppData\Roaming\Microsoft\Windows\Recent"),
    (r"SendTo", r"SendTo", r"AppData\Roaming\Microsoft\Windows\SendTo"),
    (r"Start Menu", r"Menu Démarrer", r"AppData\Roaming\Microsoft\Windows\Start Menu"),
    (r"Templates", r"Modèles", r"AppData\Roaming\Microsoft\Windows\Templates"),
    (r"AppData\Local\Application Data", r"AppData\Local\Application Data", r"AppData\Local"),
    (r"AppData\Local\History", r"AppData\Local\Historique", r"AppData\Local\Microsoft\Windows\History"),
    (
        r"AppData\Local\Temporary Internet Files",
        r"AppData\Local\Temporary Internet Files",
        r"AppData\Local\Microsoft\Windows\INetCache",
    ),
    (
        r"AppData\Local\Microsoft\Windows\Temporary Internet Files",
        r"AppData\Local\Microsoft\Windows\Temporary Internet Files",
        r"AppData\Local\Microsoft\Windows\INetCache",
    ),
    (
        r"AppData\Local\Microsoft\Windows\INetCache\Content.IE5",
        r"AppData\Local\Microsoft\Windows\INetCache\Content.IE5",
        r"AppData\Local\Microsoft\Windows\INetCache\IE",
    ),
    (r"Documents\My Music", r"Documents\Ma musique", r"Music"),
    (r"Documents\My Pictures", r"Documents\Mes images", r"Pictures"),
    (r"Documents\My Videos", r"Documents\Mes vidéos", r"Videos"),
];

/// The language of the names in a profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    French,
    /// That for new users has the names of both.
    Both,
}

/// The folders and links of a user.
fn profile(user: &str, language: Language) -> String {
    let home = format!(r"\Users\{user}");
    let mut spec = format!("[[file]]\npath = '{home}\\NTUSER.DAT'\nattributes = [\"hidden\", \"archive\"]\n");
    let programs = r"AppData\Roaming\Microsoft\Windows\Start Menu\Programs";
    let mut folders: Vec<&str> = LINKS.iter().map(|(_, _, target)| *target).chain([programs]).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        writeln!(spec, "[[file]]\npath = '{home}\\{folder}'\ndirectory = true").unwrap();
    }
    for (english, french, target) in LINKS {
        if language != Language::French {
            spec += &junction(&format!(r"{home}\{english}"), &format!(r"C:{home}\{target}"));
        }
        if language == Language::French || language == Language::Both && french != english {
            spec += &junction(&format!(r"{home}\{french}"), &format!(r"C:{home}\{target}"));
        }
    }
    if language != Language::English {
        let localized = format!(r"{home}\AppData\Roaming\Microsoft\Windows\Start Menu\Programmes");
        spec += &junction(&localized, &format!(r"C:{home}\{programs}"));
    }
    spec
}

/// A link as Windows makes it.
fn junction(path: &str, target: &str) -> String {
    let quoted = |path: &str| format!("\"{}\"", path.replace('\\', r"\\"));
    let attributes = r#"["hidden", "system", "not_content_indexed"]"#;
    format!("[[file]]\npath = {}\njunction = {}\nattributes = {attributes}\n", quoted(path), quoted(target))
}

fn windows() -> String {
    let users = [("Default", Language::Both), ("Alice", Language::English), ("Benoît", Language::French)];
    users.into_iter().fold(SYSTEM.to_owned(), |spec, (user, language)| spec + &profile(user, language))
}

#[test]
fn no_rule_warns_of_what_windows_makes() {
    let loud: Vec<String> = with_findings_of(RULES, &windows(), &Policy::default(), None, |findings| {
        let is_loud =
            findings.iter().filter(|finding| finding.severity != Severity::Note && finding.suppressed.is_none());
        is_loud.map(|finding| format!("{}: {}", finding.rule.id, line(finding))).collect()
    });
    assert_eq!(loud, Vec::<String>::new());
}

/// The volume has something of each kind that is told apart.
#[test]
fn what_is_ordinary_is_said_to_be() {
    let reasons: Vec<String> = with_findings_of(RULES, &windows(), &Policy::default(), None, |findings| {
        findings.iter().filter_map(|finding| finding.suppressed.clone()).collect()
    });
    for reason in ["Windows makes this link itself", "Windows' component store shares its files like this"] {
        assert!(reasons.iter().any(|known| known == reason), "{reason}");
    }
}
