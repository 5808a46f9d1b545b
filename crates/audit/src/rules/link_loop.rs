//! # link-loop
//!
//! Links lead back to each other, or there are too many of them.
//!
//! ## What it finds
//!
//! Each loop of links once, at its link with the lowest record; links that merely lead into it are counted. Chains of more
//! than 63 links once, at the link from which on it is too many. A link that takes more work to follow than all links of a
//! sound volume was given up, and is reported too.
//!
//! ## Why it matters
//!
//! None of them can be opened: error 1921. Tools that follow links on their own may not stop.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks resolve IMAGE PATH` shows the way, link by link.
//!
//! ## False positives
//!
//! None known. Windows XP and Server 2003 stop after 31 links already.
//!
//! ## Sources
//!
//! Microsoft "Reparse Points and File Operations"; reference A.19 and C.4 step 4.

use std::collections::BTreeMap;

use links::{FileId, LinkEdge, Status};

use crate::context::Context;
use crate::finding::Finding;
use crate::reparse::is_sound_link;
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "link-loop",
    severity: Severity::Warning,
    summary: "links lead back to each other, or there are too many of them",
    source: include_str!("link_loop.rs"),
    check: Check::All(check),
};

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let is_too_many = |edge: &&LinkEdge| edge.verdict.status == Status::TooManyHops;
    // In order, as edges are.
    let too_many: Vec<FileId> = context.links.edges.iter().filter(is_too_many).map(|edge| edge.source).collect();
    let mut loops: BTreeMap<&[FileId], Vec<&LinkEdge>> = BTreeMap::new();
    for edge in &context.links.edges {
        let verdict = &edge.verdict;
        let is_loop = matches!(verdict.status, Status::Loop | Status::ExpandingLoop);
        if !is_loop && !is_too_many(&edge) || !is_sound_link(context, edge) {
            continue;
        }
        // A link that comes by another that is too many by itself adds nothing.
        let is_told = |link: &FileId| *link != edge.source && too_many.binary_search(link).is_ok();
        if is_loop {
            loops.entry(&verdict.members).or_default().push(edge);
        } else if !verdict.via.iter().any(is_told) {
            findings.push(of_chain(context, edge));
        }
    }
    findings.extend(loops.into_iter().filter_map(|(members, edges)| of_loop(context, members, &edges)));
}

/// A loop, with all the links that end in it.
fn of_loop(context: &Context<'_>, members: &[FileId], edges: &[&LinkEdge]) -> Option<Finding> {
    let is_lowest = |edge: &&&LinkEdge| members.first() == Some(&edge.source);
    // A member may lead elsewhere when it is opened by itself: then whichever is lowest of those that do not.
    let edge = edges.iter().find(is_lowest).or(edges.first())?;
    let others = members.iter().filter(|member| **member != edge.source).copied();
    let through = match members.len() {
        0 | 1 => String::new(),
        2 => " through another link".to_owned(),
        count => format!(" through {} others", count - 1),
    };
    let more = if edge.verdict.status == Status::ExpandingLoop { ", with more to go each time" } else { "" };
    let leads_in = edges.iter().filter(|edge| !members.contains(&edge.source)).count();
    let finding = context.finding_of_link(&RULE, edge, format!("leads back to itself{through}{more}"));
    Some(finding.with("links", members.len()).with("links_that_lead_in", leads_in).relating(others))
}

fn of_chain(context: &Context<'_>, edge: &LinkEdge) -> Finding {
    let message = if edge.verdict.is_cut_off {
        "takes too much work to follow, and was given up"
    } else {
        "leads through more than 63 links, which Windows does not follow"
    };
    context.finding_of_link(&RULE, edge, message).with("links", edge.verdict.via.len())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    /// Links `\0`, `\1` and so on, each to the next; the last leads to `\end`.
    fn chain(links: usize) -> String {
        let target = |index: usize| if index + 1 == links { "end".to_owned() } else { (index + 1).to_string() };
        let link = |index: usize| format!("[[file]]\npath = '\\{index}'\nsymlink = '{}'\n", target(index));
        (0..links).map(link).collect::<String>() + "[[file]]\npath = '\\end'\n"
    }

    #[test]
    fn hit_two_links_and_one_that_leads_in() {
        let spec = "
            [[file]]
            path = '\\in'
            symlink = 'two'

            [[file]]
            path = '\\one'
            symlink = 'two'

            [[file]]
            path = '\\two'
            symlink = 'one'
        ";
        check(&RULE, spec, &[r"\one: leads back to itself through another link"]);
    }

    #[test]
    fn hit_a_link_to_itself() {
        check(&RULE, "[[file]]\npath = '\\a'\nsymlink = 'a'\n", &[r"\a: leads back to itself"]);
        let expected = r"\a: leads back to itself, with more to go each time";
        check(&RULE, "[[file]]\npath = '\\a'\nsymlink = 'a\\b'\n", &[expected]);
    }

    #[test]
    fn hit_a_chain_once() {
        // From \3 on, 64 links of 67 are left.
        let expected = r"\3: leads through more than 63 links, which Windows does not follow";
        check(&RULE, &chain(67), &[expected]);
    }

    #[test]
    fn near_miss_63_links() {
        check(&RULE, &chain(63), &[]);
    }

    #[test]
    fn damaged_a_loop_that_lost_a_link_is_none() {
        let spec = "
            [[file]]
            path = '\\one'
            symlink = 'two'

            [[file]]
            path = '\\two'
            record = 40
            symlink = 'one'

            [[damage]]
            kind = \"zeroed-record\"
            record = 40
        ";
        check(&RULE, spec, &[]);
    }
}
