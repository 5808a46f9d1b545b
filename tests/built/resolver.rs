//! Where a path leads: one component after the other, through junctions and symbolic links.
//!
//! Source: reference C.4 "Evaluation algorithm".

use std::collections::VecDeque;

use crate::targets::{Start, Target, Units, collapsed};
use crate::text::units;
use crate::tree::{Crossing, Link, Position, Record, fold};
use crate::world::{End, Place, Walked, World};

/// How many links Windows follows in one path.
const MOST_LINKS: usize = 63;

/// By whose rules a component is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Walker {
    Windows,
    /// WSL or Server for NFS, whose links are reparse points.
    Posix,
    /// To whom files can be links as well.
    Cygwin,
    /// The same, and case counts in any directory.
    Interix,
}

impl Walker {
    fn of(system: Option<&str>) -> Walker {
        match system {
            None => Walker::Windows,
            Some("cygwin") => Walker::Cygwin,
            Some("interix") => Walker::Interix,
            Some(_) => Walker::Posix,
        }
    }

    pub fn is_exact(self) -> bool {
        self == Walker::Interix
    }

    /// What becomes of a path that comes upon a link; those of POSIX follow each other's as well.
    fn crossing(self, link: &Link) -> Crossing {
        let is_followed = match link.posix_system() {
            Some("wsl" | "nfs") => self != Walker::Windows,
            Some("cygwin" | "interix") => [Walker::Cygwin, Walker::Interix].contains(&self),
            _ => false,
        };
        if is_followed { Crossing::Followed } else { link.crossing() }
    }
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A component.
    Name(Units, Walker),
    /// `..` of other systems: the parent of the directory that was reached.
    Up,
    /// What follows the colon of a component.
    Stream(Units),
    /// Here ends the target of a junction: from now on the way is that of the junction itself.
    JunctionEnd(Position),
}

impl Step {
    /// Whether it leads out of what was reached, so that this must be a directory.
    fn leaves(&self) -> bool {
        matches!(self, Step::Name(..) | Step::Up)
    }
}

/// The steps of components. A stream without a name before it is one of the directory: `C:\:stream` is one of the root.
pub fn steps(names: &[Units], walker: Walker) -> Vec<Step> {
    let is_windows = walker == Walker::Windows;
    let mut steps = Vec::new();
    for name in names {
        let colon = name.iter().position(|unit| *unit == u16::from(b':')).filter(|_| is_windows);
        if let Some(colon) = colon {
            steps.extend((colon > 0).then(|| Step::Name(name[..colon].to_vec(), walker)));
            steps.push(Step::Stream(name[colon + 1..].to_vec()));
        } else if !is_windows && *name == units("..") {
            steps.push(Step::Up);
        } else {
            steps.push(Step::Name(name.clone(), walker));
        }
    }
    steps
}

/// Follows a link that stands in a directory.
pub fn follow_link(world: &World<'_>, link: Record, position: &Position, target: &Target) -> Walked {
    let system = world.link(link).and_then(Link::posix_system);
    let mut walk = Walk::new(world, position.clone(), Walker::of(system), link.0);
    let end = match walk.follow(link, target) {
        Some(end) => end,
        None => walk.finish(),
    };
    let crossed = walk.visits.iter().skip(1).map(|visit| visit.link).collect();
    Walked { end, crossed }
}

/// Whether a path from the root of a volume leads to a file, for who follows a link.
pub fn path_exists(world: &World<'_>, volume: usize, steps: &[Step], link: &Link) -> bool {
    let mut walk = Walk::new(world, Position::root(volume), Walker::of(link.posix_system()), volume);
    walk.rest.extend(steps.iter().cloned());
    walk.finish().status == "resolved"
}

/// A link, and how things stood when a path came upon it.
#[derive(Clone)]
struct Visit {
    link: Record,
    position: Position,
    rest: VecDeque<Step>,
    /// How many steps were left, ends of junctions aside.
    steps_left: usize,
    /// Whether the path has made one of these steps since.
    is_consumed: bool,
}

impl Visit {
    /// Whether the path comes to a link as it did before, and nothing that was left then has been part of coming back.
    fn is_same(&self, other: &Visit) -> bool {
        !self.is_consumed && self.link == other.link && self.rest == other.rest && self.position == other.position
    }
}

struct Walk<'w> {
    world: &'w World<'w>,
    /// Of the link that it began with.
    walker: Walker,
    /// The volume of the link that it began with, whose Windows gives drives their letters.
    viewpoint: usize,
    position: Position,
    /// The path of that directory by the name that was used for it, which may be its 8.3 name.
    path: Option<Units>,
    /// The file in that directory that was reached, and its path.
    file: Option<(Record, Units)>,
    rest: VecDeque<Step>,
    visits: Vec<Visit>,
}

impl<'w> Walk<'w> {
    fn new(world: &'w World<'w>, position: Position, walker: Walker, viewpoint: usize) -> Walk<'w> {
        Walk { world, walker, viewpoint, position, path: None, file: None, rest: VecDeque::new(), visits: Vec::new() }
    }

    fn finish(&mut self) -> End {
        while let Some(step) = self.rest.pop_front() {
            let steps_left = self.steps_left();
            for visit in self.visits.iter_mut().filter(|visit| visit.steps_left > steps_left) {
                visit.is_consumed = true;
            }
            let end = match step {
                Step::Name(name, walker) => self.enter(&name, walker),
                Step::Up => self.climb(),
                Step::Stream(text) => self.stream(&text),
                Step::JunctionEnd(position) => self.leave_junction(position),
            };
            if let Some(end) = end {
                return end;
            }
        }
        self.reached()
    }

    fn steps_left(&self) -> usize {
        self.rest.iter().filter(|step| !matches!(step, Step::JunctionEnd(_))).count()
    }

    /// Whether what is reached now must be a directory.
    fn goes_on(&self) -> bool {
        self.rest.iter().any(Step::leaves)
    }

    /// What is left of the path, as it was written.
    fn rest_text(&self) -> Units {
        let text = self.rest.iter().map(|step| match step {
            Step::Name(name, _) => [&units(r"\"), &name[..]].concat(),
            Step::Up => units(r"\.."),
            Step::Stream(text) => [&units(":"), &text[..]].concat(),
            Step::JunctionEnd(_) => Vec::new(),
        });
        text.collect::<Vec<Units>>().concat()
    }

    // Components ------------------------------------------------------------------------------------------------------

    fn enter(&mut self, name: &[u16], walker: Walker) -> Option<End> {
        let world = self.world;
        let found = self.position.directory().and_then(|(volume, directory)| {
            let (record, name) = world.trees[volume].lookup(directory, name, walker.is_exact())?;
            Some(((volume, record), name))
        });
        let Some((record, name)) = found else {
            self.rest.push_front(Step::Name(name.to_vec(), walker));
            return Some(self.dangling());
        };
        let link = world.link(record);
        let crossing = link.map_or(Crossing::Ordinary, |link| self.reader().crossing(link));
        if crossing == Crossing::Followed {
            let link = link.expect("a link");
            if walker != Walker::Windows || link.posix_system().is_some() {
                self.position = self.physical();
            }
            return self.follow(record, &link.target(world.is_directory(record)));
        }
        let path = world.trees[record.0].path(record.1, name);
        let blocked = |status| {
            let place = [&path[..], &self.rest_text()].concat();
            Some(End::new(status, Place::Missing(record.0, place)))
        };
        match world.is_directory(record) {
            _ if crossing == Crossing::Refused && self.goes_on() => return blocked("not_followable"),
            true => {
                self.position = self.position.clone().below(record, record);
                self.path = Some(world.trees[record.0].places.path(world.trees[record.0].bases[&record.1], name));
            }
            false if self.goes_on() => return blocked("not_a_directory"),
            false => self.file = Some((record, path)),
        }
        None
    }

    /// Who takes what was reached for a link or not: Windows, or the other system whose target it is the end of.
    fn reader(&self) -> Walker {
        match self.rest.iter().find(|step| !matches!(step, Step::JunctionEnd(_))) {
            Some(Step::Name(_, Walker::Windows) | Step::Stream(_)) => Walker::Windows,
            _ => self.walker,
        }
    }

    /// The same directory, by its own way: other systems do not care how they came there.
    fn physical(&self) -> Position {
        let own = |(volume, directory): Record| self.world.trees[volume].position(directory);
        self.position.directory().map_or_else(|| self.position.clone(), own)
    }

    /// `..` of other systems. At the root it stays there.
    fn climb(&mut self) -> Option<End> {
        if let Some((volume, _)) = self.position.directory() {
            self.position = self.physical().above(1).unwrap_or(Position::root(volume));
            self.path = None;
        }
        None
    }

    fn leave_junction(&mut self, position: Position) -> Option<End> {
        let directory = self.position.directory().expect("a junction leads below a root");
        self.position = position.leading_to(directory);
        None
    }

    /// What was reached: the file, or else the directory, and its path.
    fn current(&self) -> Option<(Record, Units)> {
        let directory =
            |(volume, directory): Record| ((volume, directory), self.world.trees[volume].directory_path(directory));
        self.file.clone().or_else(|| self.position.directory().map(directory))
    }

    fn reached(&self) -> End {
        let Some((record, path)) = self.current() else { return self.dangling() };
        let is_directory = self.world.is_directory(record);
        let path = self.path.clone().filter(|_| is_directory).unwrap_or(path);
        End { path: Some(path), is_directory, ..End::new("resolved", Place::Record(record)) }
    }

    fn dangling(&self) -> End {
        let Some((volume, directory)) = self.position.directory() else {
            let (volume, beginning) = self.position.unknown_beginning().expect("a directory that is gone");
            return End::new("dangling", Place::Missing(volume, [beginning, self.rest_text()].concat()));
        };
        let tree = &self.world.trees[volume];
        let place = [tree.places.beginning(directory), &self.rest_text()].concat();
        // Only a deleted link can be in a directory that is not there.
        let mut above = tree.position(directory).directories_up().into_iter();
        let existing = above.find(|(_, directory)| tree.bases[directory].is_in_use);
        let names = self.rest.iter().filter(|step| !matches!(step, Step::JunctionEnd(_))).map(|step| match step {
            Step::Name(name, walker) => Some((name.clone(), walker.is_exact())),
            _ => None,
        });
        End {
            missing_at: existing.map(|(_, directory)| tree.directory_path(directory)),
            missing: names.collect::<Option<Vec<(Units, bool)>>>().map(|names| ((volume, directory), names)),
            ..End::new("dangling", Place::Missing(volume, place))
        }
    }

    /// What follows a colon: a stream, or another word for what was reached.
    fn stream(&mut self, text: &[u16]) -> Option<End> {
        let (record, path) = self.current()?;
        let is_directory = self.world.is_directory(record);
        let text = &self.with_more(text)[..];
        let folded = fold(text);
        let is_index = is_directory && [r"$I30:$INDEX_ALLOCATION", ":$INDEX_ALLOCATION"].map(units).contains(&folded);
        let is_data = !is_directory && folded == units(":$DATA");
        let place = [&path[..], &units(":"), text].concat();
        if self.goes_on() {
            let rest = self.rest_text();
            let end = || End::new("not_a_directory", Place::Missing(record.0, [place, rest].concat()));
            return (!is_index).then(end);
        }
        let has_type = folded.ends_with(&units(":$DATA"));
        let name = if has_type { &text[..text.len() - ":$DATA".len()] } else { text };
        if is_index || is_data || self.world.trees[record.0].has_stream(record.1, name) {
            let end = End::new("resolved", Place::Record(record));
            let path = self.path.clone().filter(|_| is_directory).unwrap_or(path);
            return Some(End { path: Some([&path[..], &units(":"), text].concat()), is_directory: is_index, ..end });
        }
        Some(End { missing_at: Some(path), ..End::new("dangling", Place::Missing(record.0, place)) })
    }

    /// What follows a colon may do so because a link's target is there that ends in a stream itself.
    fn with_more(&mut self, text: &[u16]) -> Units {
        let mut whole = text.to_vec();
        let is_end = |step: &Step| matches!(step, Step::JunctionEnd(_));
        while let Some(next) = self.rest.iter().position(|step| !is_end(step))
            && let Step::Stream(more) = &self.rest[next]
        {
            whole.extend([&units(":"), &more[..]].concat());
            self.rest.remove(next);
        }
        whole
    }

    // Links -----------------------------------------------------------------------------------------------------------

    /// Goes on with the target of a link that stands in the directory where the path is.
    fn follow(&mut self, link: Record, target: &Target) -> Option<End> {
        let visit = self.visit(link);
        if let Some(first) = self.visits.iter().position(|before| before.is_same(&visit)) {
            let members = members(&self.visits[first..]);
            return Some(End { members, ..End::new("loop", Place::Record(link)) });
        }
        if self.visits.len() == MOST_LINKS {
            return Some(self.limit(visit));
        }
        self.visits.push(visit);
        match target {
            Target::Malformed(..) => Some(End::new("malformed", Place::Malformed(link))),
            Target::Elsewhere(text) => Some(self.elsewhere(text)),
            Target::Device(text) => {
                let rest = self.rest_text();
                let has_names = rest.starts_with(&units(r"\"));
                let text = text.strip_suffix(&units(r"\")[..]).filter(|_| has_names).unwrap_or(text);
                Some(End::new("device", Place::External([text, &rest].concat())))
            }
            Target::Path(start, names) => self.set_out(link, start, names),
        }
    }

    fn visit(&self, link: Record) -> Visit {
        Visit {
            link,
            position: self.position.clone(),
            rest: self.rest_behind(link),
            steps_left: self.steps_left(),
            is_consumed: false,
        }
    }

    /// The steps behind a link. Behind a junction they start from the junction itself, unless that is the last component
    /// of another junction's target: then they start from that one.
    fn rest_behind(&self, link: Record) -> VecDeque<Step> {
        let mut rest = self.rest.clone();
        let is_junction = self.world.link(link).is_some_and(Link::is_junction);
        if is_junction && self.goes_on() && !matches!(rest.front(), Some(Step::JunctionEnd(_))) {
            rest.push_front(Step::JunctionEnd(self.position.clone().below(link, link)));
        }
        rest
    }

    fn set_out(&mut self, link: Record, start: &Start, names: &[Units]) -> Option<End> {
        let system = self.world.link(link).and_then(Link::posix_system);
        let walker = if system.is_some() { self.walker } else { Walker::Windows };
        let (climbs, left) = if system.is_some() { (0, names.to_vec()) } else { collapsed(names) };
        let position = match start {
            Start::Link => self.position.clone().above(climbs),
            Start::Root => Some(Position::root(link.0)),
            start => self.world.volume_named(self.viewpoint, start).map(Position::root),
        };
        let Some(position) = position else { return Some(self.left_the_images(link, start, names, walker)) };
        let mut rest = self.rest_behind(link);
        for step in steps(&left, walker).into_iter().rev() {
            rest.push_front(step);
        }
        (self.position, self.path, self.rest) = (position, None, rest);
        None
    }

    /// In the tree of another system, whose paths have slashes; so have those that lead there.
    fn elsewhere(&self, text: &[u16]) -> End {
        let mut text = text.to_vec();
        for step in &self.rest {
            let name = match step {
                Step::Name(name, _) => name.clone(),
                Step::Up => units(".."),
                Step::Stream(_) | Step::JunctionEnd(_) => continue,
            };
            text.extend((!text.ends_with(&units("/"))).then_some(u16::from(b'/')));
            text.extend(name);
        }
        End::new("external", Place::External(text))
    }

    fn left_the_images(&self, link: Record, start: &Start, names: &[Units], walker: Walker) -> End {
        let below: Units = names.iter().flat_map(|name| [units(r"\"), name.clone()]).flatten().collect();
        let below = [below, self.rest_text()].concat();
        let root = |name: String| {
            let separator = if below.starts_with(&units(r"\")) { Vec::new() } else { units(r"\") };
            Place::External([units(&name), separator, below.clone()].concat())
        };
        match start {
            Start::Share => End::new("remote", Place::External([units(r"\"), below].concat())),
            Start::Volume(guid) => End::new("external", root(format!("Volume{{{guid}}}"))),
            Start::Drive(letter) => {
                let rest = self.rest.iter().filter(|step| !matches!(step, Step::JunctionEnd(_))).cloned();
                let unmapped = Some(steps(names, walker).into_iter().chain(rest).collect());
                End { unmapped, ..End::new("external", root(format!("{letter}:"))) }
            }
            // More `..` than there are directories.
            Start::Link | Start::Root => End::new("malformed", Place::Malformed(link)),
        }
    }

    /// No more links are followed. What comes back with everything left that was left before would do so forever.
    fn limit(&self, last: Visit) -> End {
        let link = last.link;
        let visits = [&self.visits[..], &[last]].concat();
        for (index, visit) in visits.iter().enumerate() {
            let is_before = |before: &Visit| before.link == visit.link && !before.is_consumed;
            if let Some(before) = visits[..index].iter().rposition(is_before) {
                let members = members(&visits[before..index]);
                return End { members, ..End::new("expanding_loop", Place::Record(visit.link)) };
            }
        }
        End::new("too_many_hops", Place::Record(link))
    }
}

/// The links of a loop, each once, from the lowest.
fn members(visits: &[Visit]) -> Vec<Record> {
    let links: Vec<Record> = visits.iter().map(|visit| visit.link).collect();
    let lowest = (0..links.len()).min_by_key(|index| links[*index]).unwrap_or(0);
    let mut members = Vec::new();
    for link in links.iter().cycle().skip(lowest).take(links.len()) {
        if !members.contains(link) {
            members.push(*link);
        }
    }
    members
}
