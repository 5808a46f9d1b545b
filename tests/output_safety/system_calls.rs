//! System calls, as `strace` logs them.

/// Calls that read what a path leads to, or say whether it leads anywhere. All others are taken to change something.
const READING: &[&str] = &[
    "access",
    "faccessat",
    "faccessat2",
    "getcwd",
    "lstat",
    "newfstatat",
    "open",
    "openat",
    "readlink",
    "readlinkat",
    "stat",
    "statfs",
    "statx",
];

/// Flags of `open` with which something may be written or made.
const WRITING: &[&str] = &["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];

/// A system call that has to do with a path or the network.
#[derive(PartialEq, Eq, Debug)]
pub struct Call {
    pub name: String,
    /// The strings among its arguments: paths, as `strace` prints them.
    pub paths: Vec<String>,
    /// Whether it could change something.
    pub changes: bool,
}

/// The call in a line of `strace -f -o`; `None` of what is none: a signal, an exit, the end of a call.
pub fn call(line: &str) -> Option<Call> {
    let line = line.trim_start_matches(|character: char| character.is_ascii_digit()).trim_start();
    let (name, arguments) = line.split_once('(')?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let (paths, rest) = strings(arguments);
    let changes = !READING.contains(&name) || WRITING.iter().any(|flag| rest.contains(flag));
    Some(Call { name: name.to_owned(), paths, changes })
}

/// The strings in quotes, and what is around them. An empty one stands for a file that is open already.
fn strings(arguments: &str) -> (Vec<String>, String) {
    let (mut strings, mut rest, mut string) = (Vec::new(), String::new(), None);
    let mut characters = arguments.chars();
    while let Some(character) = characters.next() {
        match (character, &mut string) {
            ('"', None) => string = Some(String::new()),
            ('"', Some(_)) => strings.extend(string.take().filter(|text| !text.is_empty())),
            ('\\', Some(text)) => text.extend(['\\'].into_iter().chain(characters.next())),
            (character, Some(text)) => text.push(character),
            (character, None) => rest.push(character),
        }
    }
    (strings, rest)
}

#[test]
fn lines_of_strace_are_read() {
    let read = |line: &str| call(line).map(|call| (call.name, call.paths, call.changes));
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let opened = r#"12 openat(AT_FDCWD, "/a\n\"b", O_RDONLY|O_CLOEXEC) = 3"#;
    assert_eq!(read(opened), Some(("openat".to_owned(), paths(&[r#"/a\n\"b"#]), false)));
    let written = r#"12 openat(AT_FDCWD, "/a", O_RDWR|O_CREAT|O_EXCL, 0600 <unfinished ...>"#;
    assert_eq!(read(written), Some(("openat".to_owned(), paths(&["/a"]), true)));
    let renamed = r#"12 rename("/a", "/b") = 0"#;
    assert_eq!(read(renamed), Some(("rename".to_owned(), paths(&["/a", "/b"]), true)));
    let connected = "12 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3";
    assert_eq!(read(connected), Some(("socket".to_owned(), paths(&[]), true)));
    let of_open = r#"12 newfstatat(3, "", {st_mode=S_IFREG|0644, st_size=1, ...}, AT_EMPTY_PATH) = 0"#;
    assert_eq!(read(of_open), Some(("newfstatat".to_owned(), paths(&[]), false)));
    for other in ["12 +++ exited with 0 +++", "12 <... openat resumed>) = 3", "12 --- SIGBUS {si_signo=SIGBUS} ---"] {
        assert_eq!(read(other), None);
    }
}
