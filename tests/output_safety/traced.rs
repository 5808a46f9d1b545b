//! The system calls of every command: the program opens what it was told to open, and writes where it was told to.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::canaries::Canaries;
use crate::commands::{CommandLine, every_command};
use crate::system_calls::{Call, call};
use crate::{SPEC, support};

/// What the program may look at beside what it was told to, by how the path begins.
const OF_THE_SYSTEM: &[&str] = &[
    // The loader, and the libraries that the program is linked to: the C library, and that which unwinds.
    "/etc/ld.so.",
    "/lib/",
    "/lib64/",
    "/usr/lib/",
    "/usr/lib64/",
    // The standard library asks how many processors the process may use, of its control group.
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/sys/fs/cgroup/",
    // The C library asks, too, where an older one: for how many arenas `malloc` is to have.
    "/sys/devices/system/cpu/",
    // It asks whether memory that is given back may be missing later.
    "/proc/sys/vm/overcommit_memory",
    // The standard library asks where the stack of the main thread ends.
    "/proc/self/maps",
];

/// Where commands run under `strace`.
struct Place {
    canaries: Canaries,
    directory: TempDir,
    image: PathBuf,
    /// How many were run.
    runs: AtomicUsize,
    /// How many have a file to write to.
    outputs: AtomicUsize,
}

/// What one command is told: its arguments, what it is to read, and where it may write, if anywhere.
struct Told {
    arguments: Vec<OsString>,
    input: PathBuf,
    output: Option<PathBuf>,
}

impl Place {
    /// `None`, said aloud, where nothing can be traced.
    fn new() -> Option<Place> {
        let works = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
        if !works.is_ok_and(|status| status.success()) {
            // Not by a macro: what those print is not shown of a test that passes.
            writeln!(io::stderr(), "SKIPPED: no strace, or it may not trace").expect("standard error");
            return None;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let canaries = Canaries::new();
        let image = canaries.image(directory.path());
        Some(Place { canaries, directory, image, runs: AtomicUsize::new(0), outputs: AtomicUsize::new(0) })
    }

    /// Runs a command beside the canaries; answers what the program called.
    fn trace(&self, arguments: &[OsString]) -> Vec<Call> {
        let log = self.directory.path().join(format!("log {}", self.runs.fetch_add(1, Ordering::Relaxed)));
        let mut strace = Command::new("strace");
        strace.args(["-f", "-e", "trace=%file,%network", "-o"]).arg(&log).arg(env!("CARGO_BIN_EXE_ntfslinks"));
        // The loader would try the paths of cargo's libraries.
        strace.args(arguments).current_dir(self.canaries.directory()).env_remove("LD_LIBRARY_PATH");
        let output = strace.output().expect("strace starts");
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let log = fs::read_to_string(&log).expect("the log");
        let mut calls = log.lines().filter_map(call);
        // How strace itself starts the program.
        assert_eq!(calls.next().expect("a call").name, "execve");
        calls.collect()
    }

    /// Complains of every call that the program was not told to make.
    fn complaints(&self, told: &Told) -> Vec<String> {
        let calls = self.trace(&told.arguments);
        let wrong = calls.iter().filter_map(|call| Some((call, self.complaint(call, told)?)));
        let mut complaints: Vec<String> =
            wrong.map(|(call, complaint)| format!("{:?}: {complaint}: {call:?}", told.arguments)).collect();
        // That the rest means anything: reading and writing are seen.
        let expected = [Some(&told.input), told.output.as_ref()];
        for path in expected.into_iter().flatten() {
            if !calls.iter().any(|call| call.paths.iter().any(|other| Path::new(other) == path)) {
                complaints.push(format!("{:?}: no call has {}", told.arguments, path.display()));
            }
        }
        complaints
    }

    fn complaint(&self, call: &Call, told: &Told) -> Option<&'static str> {
        let words = self.canaries.words();
        let is_canary = |path: &String| words.iter().any(|word| path.contains(word));
        // The output's name is a temporary one at first.
        let is_output =
            |path: &String| told.output.as_ref().is_some_and(|output| Path::new(path).parent() == output.parent());
        let may_read = |path: &String| {
            Path::new(path) == told.input
                || is_output(path)
                || OF_THE_SYSTEM.iter().any(|start| path.starts_with(start))
        };
        if call.paths.iter().any(is_canary) {
            Some("it has a path that the image names")
        } else if call.changes && (call.paths.is_empty() || !call.paths.iter().all(is_output)) {
            Some("it may change something that is not the output")
        } else if !call.paths.iter().all(may_read) {
            Some("it has a path that the program was not told")
        } else {
            None
        }
    }

    /// Every command, once to write to standard output and once to a file.
    fn tellings(&self) -> Vec<Told> {
        let (image, spec) = (&self.image, self.directory.path().join(SPEC));
        let mut tellings = vec![
            self.with_output(&["fixture".into(), "build".into(), spec.clone().into()], "-o", &spec),
            self.with_output(&["audit".into(), "--update-baseline".into(), image.into()], "--baseline", image),
        ];
        for CommandLine { arguments, .. } in every_command(image) {
            tellings.push(self.with_output(&arguments, "-o", image));
            tellings.push(Told { arguments, input: image.clone(), output: None });
        }
        tellings
    }

    /// A command with a file to write to, in a directory of its own.
    fn with_output(&self, arguments: &[OsString], option: &str, input: &Path) -> Told {
        let number = self.outputs.fetch_add(1, Ordering::Relaxed);
        let directory = self.directory.path().join(format!("out {number}"));
        fs::create_dir(&directory).expect("a directory");
        let output = directory.join("file");
        let arguments = [arguments, &[option.into(), output.clone().into()]].concat();
        Told { arguments, input: input.to_owned(), output: Some(output) }
    }
}

#[test]
fn the_program_opens_only_what_it_was_told_to_and_writes_only_where_it_was_told_to() {
    let Some(place) = Place::new() else { return };
    support::check_each(&place.tellings(), |told| place.complaints(told));
}

/// A path that is typed is one of the image, also if the host has it.
#[test]
fn a_path_that_is_asked_for_is_not_looked_up_on_the_host() {
    let Some(place) = Place::new() else { return };
    let asked = |command: &str, path: &str| Told {
        arguments: vec![command.into(), place.image.clone().into(), path.into()],
        input: place.image.clone(),
        output: None,
    };
    let paths: Vec<String> = place.canaries.targets().into_iter().filter(|path| path.starts_with('/')).collect();
    support::check_each(&paths, |path| {
        ["show", "resolve", "refs"].iter().flat_map(|command| place.complaints(&asked(command, path))).collect()
    });
}

/// A checker that never complains proves nothing.
#[test]
fn what_the_program_was_not_told_to_do_is_complained_of() {
    let Some(place) = Place::new() else { return };
    let output = place.directory.path().join("out/file");
    let told = Told { arguments: Vec::new(), input: place.image.clone(), output: Some(output.clone()) };
    let complaint = |line: &str| place.complaint(&call(line).expect("a call"), &told);
    for line in [
        r#"1 openat(AT_FDCWD, "canary-file", O_RDONLY|O_CLOEXEC) = 3"#,
        r#"1 readlink("/etc/passwd", 0x7ffe, 100) = -1 EINVAL (Invalid argument)"#,
        r#"1 statx(AT_FDCWD, "C:\\x", AT_STATX_SYNC_AS_STAT, STATX_ALL, 0x7ffe) = -1 ENOENT (No such file)"#,
        r#"1 openat(AT_FDCWD, "/tmp/x", O_WRONLY|O_CREAT, 0666) = 3"#,
        r#"1 mkdir("/lib/x", 0777) = 0"#,
        r#"1 execve("/usr/lib/x", ["x"], 0x7ffe /* 35 vars */) = 0"#,
        r#"1 connect(3, {sa_family=AF_INET, sin_port=htons(445), sin_addr=inet_addr("127.0.0.1")}, 16) = 0"#,
        "1 socket(AF_UNIX, SOCK_STREAM, 0) = 3",
    ] {
        assert!(complaint(line).is_some(), "{line}");
    }
    let written = format!("1 openat(AT_FDCWD, {:?}, O_RDWR|O_CREAT|O_EXCL, 0666) = 3", output.with_file_name(".tmp"));
    let opened = format!("1 openat(AT_FDCWD, {:?}, O_RDONLY|O_CLOEXEC) = 3", place.image);
    for line in [&written, &opened] {
        assert_eq!(complaint(line), None, "{line}");
    }
}
