//! Random links that lead somewhere: to files that are there, to each other, through each other, and just beside.
//!
//! A volume gets a few directories and files with plain names, and links all over them.

use format::{FileReference, Guid, ReparseTag};
use imagekit::description::{Content, Extra, File, Name, Stored, Stream};
use imagekit::foreign_link;
use imagekit::reparse::{Layout, NfsObject, PathNames, Reparse, volume_mount_point};

use crate::expected_reparse::ExpectedReparse;
use crate::files::ROOT;
use crate::places::{DOS, WIN32};
use crate::random::Random;
use crate::random_description::{ordinary, system_directory};
use crate::random_targets::{Aim, posix_text, windows_text};
use crate::targets::Units;
use crate::text::units;

/// Components from the root.
pub type Path = Vec<Units>;

/// A directory that can hold links.
#[derive(Clone)]
struct Directory {
    path: Path,
    reference: FileReference,
}

/// A link whose target is still to be chosen.
struct Planned {
    /// Its place among the files.
    index: usize,
    kind: &'static str,
    directory: Path,
    /// Where it is to lead; anywhere if there is none.
    target: Option<Path>,
}

struct LinkMaker<'r> {
    random: &'r mut Random,
    files: &'r mut Vec<File>,
    directories: Vec<Directory>,
    aim: Aim,
}

/// Kinds of links, the usual ones more often.
const KINDS: [&str; 28] = [
    "junction",
    "junction",
    "junction",
    "junction",
    "junction",
    "junction on a file",
    "mount_point",
    "symlink",
    "symlink",
    "symlink",
    "symlink",
    "symlink",
    "symlink",
    "directory symlink",
    "directory symlink",
    "directory symlink",
    "directory symlink",
    "directory symlink",
    "directory symlink",
    "global_reparse",
    "wci_link",
    "app_exec_link",
    "wsl_symlink",
    "wsl_symlink",
    "nfs_symlink",
    "interix_symlink",
    "interix_symlink",
    "cygwin_symlink",
];

/// Adds files and links to a volume, and answers what must be said of the reparse points, by record number. Of the
/// other volumes of the disk the GUIDs are known.
pub fn add_links(random: &mut Random, files: &mut Vec<File>, guids: Vec<Guid>) -> Vec<(u64, ExpectedReparse)> {
    let letter = random.pick(&['C', 'C', 'C', 'D', 'E']);
    let root = Directory { path: Vec::new(), reference: system_directory(ROOT) };
    let aim = Aim { letter, guids, paths: vec![Vec::new()], links: Vec::new() };
    let mut maker = LinkMaker { random, files, directories: vec![root], aim };
    maker.note_files();
    maker.add_files();
    let windows_links = maker.add_links_of_windows();
    let mut planned = Vec::new();
    for number in 0..maker.random.between(4, 24) {
        let kind = maker.random.pick(&KINDS);
        planned.push(maker.plan(kind, &format!("link {number}")));
    }
    planned.extend(maker.plan_ring());
    let aimed = planned.iter().filter_map(|planned| maker.aim_at_random(planned)).collect::<Vec<_>>();
    windows_links.into_iter().chain(aimed).collect()
}

impl LinkMaker<'_> {
    // Files -----------------------------------------------------------------------------------------------------------

    /// Paths of the files that are there already, as far as they are short, and of directories above them.
    fn note_files(&mut self) {
        const LONGEST: usize = 300;
        for file in self.files.iter().filter(|file| !file.is_deleted) {
            for name in &file.names {
                let above = self.directories.iter().find(|directory| directory.reference == name.parent);
                let Some(above) = above else { continue };
                let path = [&above.path[..], &[name.units.to_vec()]].concat();
                if path.concat().len() > LONGEST {
                    continue;
                }
                if file.is_directory {
                    self.directories.push(Directory { path: path.clone(), reference: file.reference });
                }
                self.aim.paths.push(path);
            }
        }
    }

    /// Files with plain names, which links lead to more often than to others.
    fn add_files(&mut self) {
        let root = self.directories[0].clone();
        self.directories = if self.random.percent(30) { self.directories.clone() } else { vec![root.clone()] };
        if self.random.percent(70) {
            let users = self.add_directory(&root, "Users");
            self.add_directory(&users, "home");
        }
        if self.random.percent(30) {
            let windows = self.add_directory(&root, "Windows");
            self.add_directory(&windows, "System32");
        }
        if self.random.percent(30) {
            self.add_directory(&root, "ProgramData");
        }
        let data = self.add_directory(&root, "data");
        let deep = self.add_directory(&data, "deep");
        self.add_file(&deep, "end");
        self.add_file(&data, "trailing.");
        self.add_file_with_stream(&data);
        self.add_file_with_short_name(&data);
        self.add_deleted(&data);
        if self.random.percent(40) {
            self.add_case_sensitive_directory(&data);
        }
    }

    fn add_directory(&mut self, above: &Directory, name: &str) -> Directory {
        let file = ordinary(self.files, true, above.reference, units(name));
        let path = [&above.path[..], &[units(name)]].concat();
        let directory = Directory { path: path.clone(), reference: file.reference };
        self.files.push(file);
        self.aim.paths.push(path);
        self.directories.push(directory.clone());
        directory
    }

    fn add_file(&mut self, above: &Directory, name: &str) -> &mut File {
        let file = ordinary(self.files, false, above.reference, units(name));
        self.aim.paths.push([&above.path[..], &[units(name)]].concat());
        self.files.push(file);
        self.files.last_mut().expect("the file")
    }

    fn add_file_with_stream(&mut self, above: &Directory) {
        let content = Content::Bytes(Stored { bytes: Box::from(*b"more"), in_clusters: false });
        let stream = Stream { name: units("second"), content };
        self.add_file(above, "Leaf.txt").extra = Some(Box::new(Extra { streams: vec![stream], ..Extra::default() }));
    }

    fn add_file_with_short_name(&mut self, above: &Directory) {
        let file = self.add_file(above, "A long name.txt");
        file.names[0].namespace = WIN32;
        let short = Name { units: units("ALONGN~1.TXT").into(), namespace: DOS, ..file.names[0].clone() };
        file.names.push(short);
        self.aim.paths.push([&above.path[..], &[units("ALONGN~1.TXT")]].concat());
    }

    /// A file, and a directory with a file, that are no more.
    fn add_deleted(&mut self, above: &Directory) {
        self.add_file(above, "gone.txt").is_deleted = true;
        let old = self.add_directory(above, "old");
        self.add_file(&old, "inner").is_deleted = true;
        let is_old = |file: &&mut File| file.reference == old.reference;
        self.files.iter_mut().filter(is_old).for_each(|file| file.is_deleted = true);
        // Most links are to be in directories that are still there.
        let keeps_old = self.random.percent(20);
        self.directories.retain(|directory| keeps_old || directory.reference != old.reference);
    }

    fn add_case_sensitive_directory(&mut self, above: &Directory) {
        let directory = self.add_directory(above, "case");
        let file = self.files.last_mut().expect("the directory");
        file.extra = Some(Box::new(Extra { extra_flags: 1, ..Extra::default() }));
        self.add_file(&directory, "readme");
        if self.random.percent(50) {
            self.add_file(&directory, "README");
        }
    }

    // Links -----------------------------------------------------------------------------------------------------------

    /// The junctions by which a volume's letter is known, and one by which a path can be made as long as one likes.
    fn add_links_of_windows(&mut self) -> Vec<(u64, ExpectedReparse)> {
        let mut links = Vec::new();
        let root = self.directories[0].clone();
        for name in ["Documents and Settings", "All Users", "Application Data"].into_iter().take(self.random.below(4)) {
            links.push(self.add_junction(&root, name, r"data\deep"));
        }
        let data = self.directories.iter().find(|directory| directory.path == [units("data")]).cloned();
        if let Some(data) = data.filter(|_| self.random.percent(50)) {
            links.push(self.add_junction(&data, "up", "data"));
        }
        links
    }

    fn add_junction(&mut self, above: &Directory, name: &str, below_root: &str) -> (u64, ExpectedReparse) {
        let target = units(&format!(r"\??\{}:\{below_root}", self.aim.letter));
        self.add_directory(above, name);
        // No other link is to be in it.
        self.directories.pop();
        let file = self.files.last_mut().expect("the junction");
        let reparse = Reparse::MountPoint(PathNames::new(target, Vec::new(), Layout::SubstituteFirst));
        let expected = make_reparse_point(file, &reparse).expect("a short target");
        (file.reference.record_number(), expected)
    }

    /// A link with a name or two, which others can lead to before it leads anywhere.
    fn plan(&mut self, kind: &'static str, name: &str) -> Planned {
        let directory = self.directories[self.random.below(self.directories.len())].clone();
        let is_directory = ["junction", "mount_point", "directory symlink"].contains(&kind);
        let mut file = ordinary(self.files, is_directory, directory.reference, units(name));
        file.is_deleted = self.random.percent(8);
        let other = self.directories[self.random.below(self.directories.len())].clone();
        if !is_directory && self.random.percent(25) && other.reference != directory.reference {
            file.names.push(Name { parent: other.reference, ..file.names[0].clone() });
        }
        let path = [&directory.path[..], &[units(name)]].concat();
        if is_directory && !file.is_deleted && self.random.percent(5) {
            self.directories.push(Directory { path: path.clone(), reference: file.reference });
        }
        self.aim.links.push(path);
        self.files.push(file);
        Planned { index: self.files.len() - 1, kind, directory: directory.path, target: None }
    }

    /// Links that lead to each other, or further and further below each other.
    fn plan_ring(&mut self) -> Vec<Planned> {
        let count = if self.random.percent(45) { self.random.between(1, 3) } else { 0 };
        let kinds = ["junction", "directory symlink", "symlink"];
        let mut ring = Vec::new();
        for number in 0..count {
            let kind = self.random.pick(&kinds);
            ring.push(self.plan(kind, &format!("ring {number}")));
        }
        let mut paths = self.aim.links[self.aim.links.len() - count..].to_vec();
        paths.rotate_left(usize::from(count > 0));
        for (planned, mut path) in ring.iter_mut().zip(paths) {
            path.extend(self.random.percent(30).then(|| units("below")));
            planned.target = Some(path);
        }
        ring
    }

    fn aim_at_random(&mut self, planned: &Planned) -> Option<(u64, ExpectedReparse)> {
        let path = planned.target.clone().unwrap_or_else(|| self.aim.path(self.random));
        let file = &mut self.files[planned.index];
        if let Some(system) = planned.kind.strip_suffix("_symlink") {
            let target = posix_text(self.random, &self.aim, path, system, &planned.directory);
            return make_posix_link(file, system, &target);
        }
        let may_be_relative = !planned.kind.starts_with("junction");
        let (text, flags) = windows_text(self.random, &self.aim, path, &planned.directory, may_be_relative);
        let names = || PathNames::new(text.clone(), Vec::new(), Layout::SubstituteFirst);
        let reparse = match planned.kind {
            "junction" | "junction on a file" => Reparse::MountPoint(names()),
            "mount_point" => volume_mount_point(self.aim.guid(self.random)),
            "symlink" | "directory symlink" => Reparse::Symlink { names: names(), flags },
            "global_reparse" => Reparse::GlobalReparse { names: names(), flags },
            "wci_link" => Reparse::Microsoft { tag: ReparseTag(0xA000_0027), data: vec![1, 0, 0, 0] },
            _ => {
                let target = text.strip_prefix(&units(r"\??\")[..]).unwrap_or(&text).to_vec();
                Reparse::AppExecLink { version: 3, strings: vec![units("package"), units("app"), target, units("0")] }
            }
        };
        Some((file.reference.record_number(), make_reparse_point(file, &reparse)?))
    }
}

fn make_posix_link(file: &mut File, system: &str, target: &[u16]) -> Option<(u64, ExpectedReparse)> {
    let content = match system {
        "interix" => foreign_link::interix_symlink(target),
        "cygwin" => foreign_link::cygwin_symlink(target),
        _ => {
            let bytes = String::from_utf16_lossy(target).into_bytes();
            let reparse = match system {
                "wsl" => Reparse::LxSymlink { version: 2, target: bytes },
                _ => Reparse::Nfs(NfsObject::Symlink(target.to_vec())),
            };
            return Some((file.reference.record_number(), make_reparse_point(file, &reparse)?));
        }
    };
    file.attributes |= foreign_link::SYSTEM;
    file.content = Some(Content::Bytes(Stored { bytes: content.into_boxed_slice(), in_clusters: false }));
    None
}

/// Makes a file a link, unless the target is too long.
fn make_reparse_point(file: &mut File, reparse: &Reparse) -> Option<ExpectedReparse> {
    let value = reparse.encode().ok()?;
    let expected = ExpectedReparse::of(reparse, value.len());
    let reparse = Some(Stored { bytes: value.into_boxed_slice(), in_clusters: false });
    file.extra = Some(Box::new(Extra { reparse, ..Extra::default() }));
    Some(expected)
}
