//! Every rule, in the order in which they are listed.

use crate::context::Context;
use crate::rule::Rule;
use crate::rules;

/// Every rule.
pub const RULES: &[&Rule] = &[
    // NTFS's redundant copies of a fact disagree.
    &rules::link_count_mismatch::RULE,
    &rules::stale_parent_reference::RULE,
    &rules::parent_not_a_directory::RULE,
    &rules::parent_cycle::RULE,
    &rules::nameless_record::RULE,
    &rules::attribute_list_mismatch::RULE,
    &rules::orphan_extension_name::RULE,
    &rules::directory_with_several_names::RULE,
    &rules::hard_link_limit_near::RULE,
    &rules::reparse_flag_mismatch::RULE,
    &rules::torn_link_record::RULE,
    &rules::odd_name::RULE,
    &rules::case_twin_names::RULE,
    // Reparse data.
    &rules::malformed_reparse_data::RULE,
    &rules::print_name_differs::RULE,
    &rules::empty_print_name::RULE,
    &rules::relative_flag_contradiction::RULE,
    &rules::target_type_mismatch::RULE,
    &rules::unknown_reparse_tag::RULE,
    &rules::oversized_reparse_data::RULE,
    &rules::foreign_link_encoding::RULE,
    // Where links lead.
    &rules::dangling_target::RULE,
    &rules::target_only_deleted::RULE,
    &rules::volume_not_supplied::RULE,
    &rules::remote_target::RULE,
    &rules::device_target::RULE,
    &rules::ancestor_link::RULE,
    &rules::path_explosion::RULE,
    &rules::link_loop::RULE,
    &rules::drive_letter_target::RULE,
    &rules::absolute_target_in_scope::RULE,
    &rules::stock_junction_altered::RULE,
    // Security.
    &rules::redirect_into_protected::RULE,
    &rules::hard_link_to_protected::RULE,
    &rules::system_folder_redirected::RULE,
    &rules::app_exec_link_outside::RULE,
    &rules::unexpected_provider_tag::RULE,
    // Backup and handling.
    &rules::delete_blast_radius::RULE,
    &rules::copy_inflation::RULE,
    &rules::only_through_link::RULE,
    &rules::scope_escape::RULE,
    &rules::hard_link_group_straddles_scope::RULE,
    &rules::content_not_here::RULE,
    &rules::wof_without_data::RULE,
    &rules::over_long_path::RULE,
    // What is deleted.
    &rules::deleted_link::RULE,
];

/// The rule with an id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Rules that look at nothing without a scope.
const NEED_SCOPE: [&str; 4] =
    ["absolute-target-in-scope", "only-through-link", "scope-escape", "hard-link-group-straddles-scope"];

/// Rules that look at records not in use alone.
const NEED_DELETED: [&str; 1] = ["deleted-link"];

/// Rules that look into the indexes of directories, or at a second input; none is there yet.
const NOT_YET: [(&str, &str); 12] = [
    ("name-not-in-index", INDEXES),
    ("index-entry-without-name", INDEXES),
    ("reparse-tag-mismatch", INDEXES),
    ("reparse-index-mismatch", INDEXES),
    ("object-id-index-mismatch", INDEXES),
    ("hidden-children", INDEXES),
    ("link-became-copy", SECOND_IMAGE),
    ("hard-link-group-changed", SECOND_IMAGE),
    ("target-changed", SECOND_IMAGE),
    ("link-added", SECOND_IMAGE),
    ("link-removed", SECOND_IMAGE),
    ("link-history-only", "the journal is not read yet"),
];

const INDEXES: &str = "indexes of directories and of the volume are not read yet";
const SECOND_IMAGE: &str = "images are not compared yet";

/// The rules that could not run, and why: those of `rules` that lack what they look at, and those that are to come.
pub fn not_checked(context: &Context<'_>, rules: &[&'static Rule], with_deleted: bool) -> Vec<(&'static str, String)> {
    let reason = |rule: &&'static Rule| {
        let lacks_scope = context.scope.is_none() && NEED_SCOPE.contains(&rule.id);
        let lacks_deleted = !with_deleted && NEED_DELETED.contains(&rule.id);
        match (lacks_scope, lacks_deleted) {
            _ if context.policy.is_off(rule) => Some((rule.id, "the policy switches it off".to_owned())),
            (true, _) => Some((rule.id, "it needs --scope".to_owned())),
            (_, true) => Some((rule.id, "it needs --deleted".to_owned())),
            (false, false) => None,
        }
    };
    let missing = NOT_YET.iter().filter(|_| rules.len() == RULES.len()).map(|(id, reason)| (*id, (*reason).to_owned()));
    rules.iter().filter_map(reason).chain(missing).collect()
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
