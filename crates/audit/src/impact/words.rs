//! Numbers and links in messages.

use format::WtfString;

use super::outside::Amount;
use crate::context::Context;

/// Links that evidence lists; how many there are is a number beside them.
const MOST_LINKS: usize = 10;

/// `1 file`, `2 files`
pub(crate) fn counted(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

/// `2 files (30 bytes)`
pub(crate) fn amount_text(amount: Amount) -> String {
    format!("{} ({})", counted(amount.files, "file"), counted(amount.bytes, "byte"))
}

/// The paths of the first of some links, by their numbers.
pub(crate) fn first_link_paths(context: &Context<'_>, links: &[u32]) -> Vec<WtfString> {
    let index = context.impact();
    let path = |number: &u32| {
        let edge = context.links.edges.get(index.link(*number)?.edge)?;
        context.path_of_link(edge)
    };
    links.iter().take(MOST_LINKS).filter_map(path).collect()
}
