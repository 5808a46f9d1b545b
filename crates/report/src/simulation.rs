//! `simulate`: what copies come to.

use std::io::{self, Write};

use audit::{Amount, CopyPolicy, Fate, HardLinkPolicy, LinkPolicy, Simulation};
use image::OneLine;
use links::LinkEdge;

use crate::document::Document;
use crate::json_writer::Object;
use crate::link_json::LinkObjects;
use crate::link_text::{arrow, file_text};
use crate::query_json::write_answer;
use crate::text::{bytes_text, count_text};

/// What copies of one or several directories come to, all made in one way.
#[derive(Debug)]
pub struct SimulationReport<'d, 'i> {
    /// What the ids belong to.
    pub document: &'d Document<'i>,
    /// How it is copied.
    pub policy: CopyPolicy,
    /// The copies.
    pub copies: Vec<Simulation>,
}

/// Links of one kind that the text lists.
const MOST_LINKS: usize = 10;

/// What becomes of links, for people: after their number, and before a list of them.
const FATE_WORDS: [(Fate, &str, Option<&str>); 9] = [
    (Fate::Skipped, "skipped", None),
    (Fate::Kept, "kept", None),
    (Fate::PointsBack, "pointing back", Some("leading from the copy back to the original")),
    (Fate::LeadsOut, "leading out", Some("leading from the copy to what the original has outside")),
    (Fate::Breaks, "broken", Some("broken, being relative to what is not copied")),
    (Fate::Unresolved, "unresolved", Some("unresolved in the original as well")),
    (Fate::Followed, "followed", None),
    (Fate::LeadsBack, "leading back", None),
    (Fate::NotFollowed, "not followed", Some("not followed, and not in the copy")),
];

impl SimulationReport<'_, '_> {
    /// Writes a table for each copy, and which tools copy like that.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for copy in &self.copies {
            writeln!(out, "{}: {}", OneLine(file_text(self.document, copy.scope)), policy_text(self.policy))?;
            self.write_carried(copy, out)?;
            self.write_missed(copy, out)?;
            self.write_links(copy, out)?;
            self.write_loops(copy, out)?;
        }
        writeln!(out, "Tools: {}", tools(self.policy))
    }

    fn write_carried(&self, copy: &Simulation, out: &mut dyn Write) -> io::Result<()> {
        let carried = &copy.carried;
        let at_least = if copy.loops.is_empty() { "" } else { "at least " };
        let directories = match carried.directories {
            1 => "1 directory".to_owned(),
            count => format!("{} directories", count_text(count)),
        };
        writeln!(out, "  {:<14}{at_least}{directories}, {}", "carried", amount_text(carried.content))?;
        if carried.further_names > 0 {
            let names = count_text(carried.further_names);
            writeln!(out, "  {:<14}{names} further hard links to files that are carried", "")?;
        }
        writeln!(out, "  {:<14}{} with every hard link in it", "its own", amount_text(copy.ownership.exclusive))?;
        writeln!(out, "  {:<14}{} with hard links elsewhere as well", "shared", amount_text(copy.ownership.shared))?;
        let doubled = more_than(carried.content, carried.distinct);
        writeln!(out, "  {:<14}{} more than once", "doubled", amount_text(doubled))?;
        if carried.by_hard_links.files > 0 {
            let by_hard_links = amount_text(carried.by_hard_links);
            writeln!(out, "  {:<14}  {by_hard_links} because hard links become files", "")?;
        }
        for (edge, amount) in copy.doubled_through.iter().take(MOST_LINKS) {
            let Some(edge) = self.edge(*edge) else { continue };
            writeln!(out, "  {:<14}  {} through {}", "", amount_text(*amount), arrow(self.document, edge))?;
        }
        write_rest(copy.doubled_through.len(), out)
    }

    fn write_missed(&self, copy: &Simulation, out: &mut dyn Write) -> io::Result<()> {
        let through = match copy.missed_through.len() {
            0 => String::new(),
            links => format!(" behind links that lead out, {} of them", count_text(links as u64)),
        };
        writeln!(out, "  {:<14}{}{through}", "missed", amount_text(copy.missed))?;
        self.write_edges(&copy.missed_through, out)
    }

    fn write_links(&self, copy: &Simulation, out: &mut dyn Write) -> io::Result<()> {
        let of_fate = |fate: Fate| -> Vec<usize> {
            copy.links.iter().filter(|(_, other)| *other == fate).map(|(edge, _)| *edge).collect()
        };
        let counts = FATE_WORDS.iter().map(|(fate, word, _)| (of_fate(*fate).len() as u64, word));
        let counts: Vec<String> = counts
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", count_text(count)))
            .collect();
        let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        writeln!(out, "  {:<14}{counts}", "links")?;
        for (fate, _, heading) in FATE_WORDS {
            let edges = of_fate(fate);
            if let Some(heading) = heading.filter(|_| !edges.is_empty()) {
                writeln!(out, "  {:<14}{heading}:", "")?;
                self.write_edges(&edges, out)?;
            }
        }
        Ok(())
    }

    fn write_loops(&self, copy: &Simulation, out: &mut dyn Write) -> io::Result<()> {
        if copy.loops.is_empty() {
            return Ok(());
        }
        writeln!(out, "  {:<14}these links lead back, and are not in the numbers:", "never ends")?;
        self.write_edges(&copy.loops, out)
    }

    fn write_edges(&self, edges: &[usize], out: &mut dyn Write) -> io::Result<()> {
        for edge in edges.iter().take(MOST_LINKS).filter_map(|edge| self.edge(*edge)) {
            writeln!(out, "  {:<14}  {}", "", arrow(self.document, edge))?;
        }
        write_rest(edges.len(), out)
    }

    fn edge(&self, number: usize) -> Option<&LinkEdge> {
        self.document.links.edges.get(number)
    }

    /// Writes the copies as a JSON document.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let links = LinkObjects::new(self.document);
        let answer = |object: &mut Object<'_>| {
            object.word("links", links_word(self.policy.links));
            object.word("hard_links", hard_links_word(self.policy.hard_links));
            object.objects("copies", &self.copies, |copy, object| self.copy(&links, copy, object));
            object.word("tools", &tools(self.policy));
        };
        write_answer(self.document, "ntfslinks/simulation/1", answer, out)
    }

    fn copy(&self, links: &LinkObjects<'_, '_>, copy: &Simulation, object: &mut Object<'_>) {
        object.word("scope", &self.document.file_id(copy.scope));
        object.text("path", links.path_of(&links::Reached::of_file(copy.scope)).as_wtf8());
        object.number("directories", copy.carried.directories);
        object.number("further_hard_links", copy.carried.further_names);
        let amounts = [
            ("carried", copy.carried.content),
            ("distinct", copy.carried.distinct),
            ("doubled_by_hard_links", copy.carried.by_hard_links),
            ("exclusive", copy.ownership.exclusive),
            ("shared", copy.ownership.shared),
            ("missed", copy.missed),
        ];
        amounts.into_iter().for_each(|(key, amount)| write_amount(key, amount, object));
        let edges = |numbers: &[usize]| numbers.iter().filter_map(|number| self.edge(*number)).collect::<Vec<_>>();
        object.objects("missed_through", edges(&copy.missed_through), |edge, object| links.edge(edge, object));
        let doubled = copy.doubled_through.iter().filter_map(|(edge, amount)| Some((self.edge(*edge)?, amount)));
        object.objects("doubled_through", doubled, |(edge, amount), object| {
            object.number("files", amount.files);
            object.number("bytes", amount.bytes);
            links.edge(edge, object);
        });
        let fates = copy.links.iter().filter_map(|(edge, fate)| Some((self.edge(*edge)?, fate)));
        object.objects("link_fates", fates, |(edge, fate), object| {
            object.word("fate", fate.as_str());
            links.edge(edge, object);
        });
        object.flag("never_ends", !copy.loops.is_empty());
        object.objects("loops", edges(&copy.loops), |edge, object| links.edge(edge, object));
    }
}

fn write_amount(key: &'static str, amount: Amount, object: &mut Object<'_>) {
    object.value(key, |out| {
        let mut object = Object::begin(out);
        object.number("files", amount.files);
        object.number("bytes", amount.bytes);
        object.end();
    });
}

fn write_rest(count: usize, out: &mut dyn Write) -> io::Result<()> {
    match count.saturating_sub(MOST_LINKS) {
        0 => Ok(()),
        rest => writeln!(out, "  {:<14}  … and {} more (--format json has them all)", "", count_text(rest as u64)),
    }
}

/// `2 files, 1.5 KiB (1,536 bytes)`
fn amount_text(amount: Amount) -> String {
    let files = count_text(amount.files);
    let files = if amount.files == 1 { format!("{files} file") } else { format!("{files} files") };
    match amount.bytes {
        0..1024 => format!("{files}, {} bytes", amount.bytes),
        bytes => format!("{files}, {} ({} bytes)", bytes_text(bytes), count_text(bytes)),
    }
}

fn more_than(all: Amount, once: Amount) -> Amount {
    Amount { files: all.files.saturating_sub(once.files), bytes: all.bytes.saturating_sub(once.bytes) }
}

fn policy_text(policy: CopyPolicy) -> &'static str {
    use HardLinkPolicy::{Expand, Keep};
    match (policy.links, policy.hard_links) {
        (LinkPolicy::Skip, Keep) => "a copy that skips links and keeps hard links",
        (LinkPolicy::Skip, Expand) => "a copy that skips links and makes files of hard links",
        (LinkPolicy::Copy, Keep) => "a copy that keeps links and hard links",
        (LinkPolicy::Copy, Expand) => "a copy that keeps links and makes files of hard links",
        (LinkPolicy::Follow, Keep) => "a copy that follows links and keeps hard links",
        (LinkPolicy::Follow, Expand) => "a copy that follows links and makes files of hard links",
    }
}

fn links_word(links: LinkPolicy) -> &'static str {
    match links {
        LinkPolicy::Skip => "skip",
        LinkPolicy::Copy => "copy",
        LinkPolicy::Follow => "follow",
    }
}

fn hard_links_word(hard_links: HardLinkPolicy) -> &'static str {
    match hard_links {
        HardLinkPolicy::Keep => "keep",
        HardLinkPolicy::Expand => "expand",
    }
}

/// Which options of which tools copy in a way like this.
///
/// Source: 2BrightSparks SyncBack help "Copy/Delete, Links"; Microsoft Learn "robocopy" (`/SL`, `/SJ`, `/XJ`; it follows by
/// default and has no option for hard links); rsync(1) "SYMBOLIC LINKS", `-l`, `-L`, `-H` (which takes junctions for
/// directories where the system shows them so).
fn tools(policy: CopyPolicy) -> String {
    let links = match policy.links {
        LinkPolicy::Skip => "links as SyncBack's ignore, robocopy /XJ, rsync without -l and -L",
        LinkPolicy::Copy => {
            "links as SyncBack's copy (its re-map turns those that point back), robocopy /SL /SJ, rsync -l"
        }
        LinkPolicy::Follow => "links as robocopy without /XJ, /SJ and /SL, rsync -L",
    };
    let hard_links = match policy.hard_links {
        HardLinkPolicy::Keep => "hard links as SyncBack's preserve file hard links, rsync -H",
        HardLinkPolicy::Expand => "hard links as robocopy, rsync without -H",
    };
    const SOURCES: &str = "2brightsparks.com/syncback/help/copydeletelinks.htm; Microsoft Learn, robocopy; rsync(1)";
    format!("{links}; {hard_links} ({SOURCES})")
}
