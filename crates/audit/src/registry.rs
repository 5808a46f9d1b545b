//! Every rule, in the order in which they are listed.

use crate::rule::Rule;
use crate::rules;

/// Every rule.
pub const RULES: &[&Rule] = &[
    // NTFS's redundant copies of a fact disagree.
    &rules::link_count_mismatch::RULE,
    // Where links lead.
    &rules::dangling_target::RULE,
    &rules::path_explosion::RULE,
    // Backup and handling.
    &rules::delete_blast_radius::RULE,
    &rules::copy_inflation::RULE,
    &rules::only_through_link::RULE,
    &rules::scope_escape::RULE,
    &rules::hard_link_group_straddles_scope::RULE,
];

/// The rule with an id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const HEADINGS: [&str; 5] =
        ["## What it finds", "## Why it matters", "## How to confirm by hand", "## False positives", "## Sources"];

    #[test]
    fn ids_are_unique_kebab_case_and_the_names_of_files() {
        let mut known = HashSet::new();
        for rule in RULES {
            assert!(known.insert(rule.id), "{}", rule.id);
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.id);
            let file = format!("{}/src/rules/{}.rs", env!("CARGO_MANIFEST_DIR"), rule.id.replace('-', "_"));
            assert_eq!(std::fs::read_to_string(&file).ok().as_deref(), Some(rule.source), "{file}");
        }
    }

    #[test]
    fn every_rule_explains_itself_under_the_same_headings() {
        for rule in RULES {
            let text = rule.explanation();
            let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(headings, HEADINGS, "{}", rule.id);
            assert!(text.starts_with(&format!("# {}\n", rule.id)), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_has_a_hit_a_near_miss_and_a_damaged_case() {
        for rule in RULES {
            for name in ["fn hit", "fn near_miss", "fn damaged"] {
                assert!(rule.source.contains(name), "{} has no test {name}…", rule.id);
            }
        }
    }
}
