//! Random texts of links: most lead to a file, some beside it, and some are written as they should not be.

use format::Guid;

use crate::random::Random;
use crate::random_links::Path;
use crate::targets::Units;
use crate::text::units;

/// What links can lead to.
pub struct Aim {
    /// The letter that the volume is to have.
    pub letter: char,
    /// Of all volumes of the disk.
    pub guids: Vec<Guid>,
    pub paths: Vec<Path>,
    /// Paths of links.
    pub links: Vec<Path>,
}

impl Aim {
    /// The GUID of a volume, or of none.
    pub fn guid(&self, random: &mut Random) -> Guid {
        let is_known = random.percent(85) && !self.guids.is_empty();
        if is_known { random.pick(&self.guids) } else { Guid(random.array()) }
    }

    /// A path to a file, to a link, through a link, or to nothing.
    pub fn path(&self, random: &mut Random) -> Path {
        let paths = &self.paths[self.paths.len().saturating_sub(random.pick(&[20, 20, 20, 1000]))..];
        let some = |random: &mut Random, paths: &[Path]| paths[random.below(paths.len())].clone();
        let mut path = match random.below(10) {
            0..=4 => some(random, paths),
            5 => {
                let times = random.pick(&[1, 2, 29, 31, 62, 63, 80]);
                return [vec![units("data")], vec![units("up"); times]].concat();
            }
            6 | 7 => some(random, &self.links),
            _ => {
                let below = random.pick(&["deep", "Leaf.txt", r"deep\end", "below", r"none\below", "ALONGN~1.TXT"]);
                let below: Path = below.split('\\').map(units).collect();
                return [some(random, &self.links), below].concat();
            }
        };
        if random.percent(12) {
            let more = random.pick(&["x", "gone.txt", "Gone", "old", r"old\inner"]);
            path.extend(more.split('\\').map(units));
        }
        path
    }
}

/// The same path, written in another way: in another case, with dots, with a stream.
fn rewritten(random: &mut Random, mut path: Path) -> Path {
    const STREAMS: [&str; 8] = [
        ":second",
        ":SECOND:$data",
        "::$DATA",
        ":none",
        ":",
        ":$I30:$INDEX_ALLOCATION",
        "::$INDEX_ALLOCATION",
        ":second:$OTHER",
    ];
    let letters = |unit: &mut u16| *unit = u8::try_from(*unit).map_or(*unit, |byte| byte.to_ascii_uppercase().into());
    if random.percent(12) {
        path.iter_mut().flatten().for_each(letters);
    }
    let Some(last) = path.len().checked_sub(1) else { return path };
    match random.below(25) {
        0 => path[last].extend(units(random.pick(&[".", " ", ". "]))),
        1 | 2 => path[last].extend(units(random.pick(&STREAMS))),
        3 => path[random.below(last + 1)].extend(units(":second")),
        4 => path.insert(random.below(last + 1), units(".")),
        5 => drop(path.splice(last..last, [units("none"), units("..")])),
        _ => {}
    }
    path
}

fn joined(path: &[Units], separator: &str) -> Units {
    path.join(&units(separator)[..])
}

/// The path from a directory: down, or up to the root first, or even further.
fn relative(random: &mut Random, directory: &Path, path: Path) -> Path {
    if let Some(below) = path.strip_prefix(&directory[..]).filter(|below| !below.is_empty()) {
        return below.to_vec();
    }
    let further = usize::from(random.percent(6));
    [vec![units(".."); directory.len() + further], path].concat()
}

// Windows -------------------------------------------------------------------------------------------------------------

/// The substitute name of a link in a directory to a path, and the flags of a symbolic link.
pub fn windows_text(
    random: &mut Random,
    aim: &Aim,
    path: Path,
    directory: &Path,
    may_be_relative: bool,
) -> (Units, u32) {
    let path = rewritten(random, path);
    let absolute = |root: &str| [&units(root), &joined(&path, r"\")[..]].concat();
    let end = if random.percent(5) { units(r"\") } else { Vec::new() };
    let letter = aim.letter;
    let (text, flags) = match random.below(100) {
        0..30 if may_be_relative => (joined(&relative(random, directory, path), r"\"), 1),
        30..38 if may_be_relative => (absolute(r"\"), 1),
        38..44 => (absolute(&format!(r"\??\{}:\", random.pick(&['C', 'D', 'E', 'q']))), 0),
        44..56 => (absolute(&format!(r"\??\Volume{{{}}}\", aim.guid(random))), 0),
        56..72 => return odd(random, letter, &path),
        _ => (absolute(&format!(r"\??\{letter}:\")), 0),
    };
    // No text at all would be a problem of its own.
    if text.is_empty() { (units("."), flags) } else { ([text, end].concat(), flags) }
}

/// Texts that lead out of all volumes, and texts that Windows cannot follow, most of which are meant well.
fn odd(random: &mut Random, letter: char, path: &Path) -> (Units, u32) {
    let (with_slashes, with_backslashes) = (joined(path, "/"), joined(path, r"\"));
    let after = |prefix: &str, text: &Units| [&units(prefix), &text[..]].concat();
    match random.below(17) {
        0 => (after(&format!("{letter}:\\"), &with_backslashes), random.pick(&[0, 1])),
        1 => (after(&format!(r"\\?\{letter}:\"), &with_backslashes), 0),
        2 => (after(&format!(r"\??\{letter}:/"), &with_slashes), 0),
        3 => (after("./", &with_slashes), 1),
        4 => (after(r"\??\..\", &with_backslashes), 0),
        5 => (after(r"\??\\", &with_backslashes), 0),
        6 => (units(&format!(r"\??\{letter}:")), 0),
        7 => (after(&format!(r"\??\{letter}:\data\..\"), &with_backslashes), 0),
        8 => (after(r"..\..\..\..\..\..\..\..\..\", &with_backslashes), 1),
        9 => (after(&format!(r"\??\{letter}:\data\\"), &with_backslashes), 0),
        10 | 11 => (after(r"\??\UNC\server\share\", &with_backslashes), 0),
        12 | 13 => (after(r"\Device\HarddiskVolume3\", &with_backslashes), 0),
        14 => (units(r"\??\UNC\server"), 0),
        15 => (after(&format!(r"\DosDevices\{letter}:\"), &with_backslashes), 0),
        _ => (after(&format!(r"\??\{letter}:\..\"), &with_backslashes), 0),
    }
}

// Other systems -------------------------------------------------------------------------------------------------------

/// The target of a link of another system in a directory to a path.
pub fn posix_text(random: &mut Random, aim: &Aim, mut path: Path, system: &str, directory: &Path) -> Units {
    if random.percent(15) {
        path.extend(["..", ".", "data", "..", "data"].into_iter().take(random.between(1, 5)).map(units));
    }
    let letter = aim.letter.to_ascii_lowercase();
    let absolute = |root: &str| [&units(root), &joined(&path, "/")[..]].concat();
    match random.below(10) {
        _ if random.percent(3) => Vec::new(),
        0 => absolute(random.pick(&["/home/", "//", "/mnt/", "/mnt/cc/"])),
        1 => absolute(random.pick(&["/mnt/d/", "/cygdrive/q/", "/mnt/C/"])),
        2 | 3 => absolute(&format!("/cygdrive/{letter}/")),
        4 | 5 if system == "interix" => absolute("/"),
        4 | 5 => absolute(&format!("/mnt/{letter}/")),
        _ => joined(&relative(random, directory, path), "/"),
    }
}
