//! The links that Windows itself makes: the compatibility links of Vista and later.
//!
//! Their names are in the language of the installation, so that they are known by where they are, what they say, and
//! their type. What they say is the system drive's letter and one of these paths.
//!
//! Source: reference D.1; Microsoft "Junction Points" (bb756982).

use format::UpCase;

use crate::link::LinkTarget;
use crate::paths::Above;
use crate::reparse_type::LinkType;
use crate::resolved_links::LinkEdge;
use crate::resolver::Resolver;
use crate::target_name::{Root, TargetName};

/// One link of Windows. `*` is a directory of `\Users`, the same one in both paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StockLink {
    /// The directory that it is in.
    pub directory: &'static str,
    /// Where it leads, from the root.
    pub target: &'static str,
    /// Which kind.
    pub link_type: LinkType,
}

const fn junction(directory: &'static str, target: &'static str) -> StockLink {
    StockLink { directory, target, link_type: LinkType::Junction }
}

/// Every link that Windows makes, in some version and language.
pub const STOCK_LINKS: &[StockLink] = &[
    junction(r"\", r"\Users"),
    StockLink { directory: r"\Users", target: r"\ProgramData", link_type: LinkType::Symlink },
    junction(r"\Users", r"\Users\Default"),
    junction(r"\ProgramData", r"\ProgramData"),
    junction(r"\ProgramData", r"\Users\Public\Desktop"),
    junction(r"\ProgramData", r"\Users\Public\Documents"),
    junction(r"\ProgramData", r"\Users\Public\Favorites"),
    junction(r"\ProgramData", r"\ProgramData\Microsoft\Windows\Start Menu"),
    junction(r"\ProgramData", r"\ProgramData\Microsoft\Windows\Templates"),
    junction(r"\Users\Public\Documents", r"\Users\Public\Music"),
    junction(r"\Users\Public\Documents", r"\Users\Public\Pictures"),
    junction(r"\Users\Public\Documents", r"\Users\Public\Videos"),
    // Only in other languages than English.
    junction(r"\ProgramData\Microsoft\Windows\Start Menu", r"\ProgramData\Microsoft\Windows\Start Menu\Programs"),
    junction(r"\Program Files", r"\Program Files\Common Files"),
    junction(r"\Program Files\Windows NT", r"\Program Files\Windows NT\Accessories"),
    // Of each user.
    junction(r"\Users\*", r"\Users\*\AppData\Roaming"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\Cookies"),
    junction(r"\Users\*", r"\Users\*\AppData\Local\Microsoft\Windows\INetCookies"),
    junction(r"\Users\*", r"\Users\*\AppData\Local"),
    junction(r"\Users\*", r"\Users\*\Documents"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\Network Shortcuts"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\Printer Shortcuts"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\Recent"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\SendTo"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\Start Menu"),
    junction(r"\Users\*", r"\Users\*\AppData\Roaming\Microsoft\Windows\Templates"),
    junction(r"\Users\*\AppData\Local", r"\Users\*\AppData\Local"),
    junction(r"\Users\*\AppData\Local", r"\Users\*\AppData\Local\Microsoft\Windows\History"),
    junction(r"\Users\*\AppData\Local", r"\Users\*\AppData\Local\Microsoft\Windows\Temporary Internet Files"),
    junction(r"\Users\*\AppData\Local", r"\Users\*\AppData\Local\Microsoft\Windows\INetCache"),
    junction(r"\Users\*\AppData\Local\Microsoft\Windows", r"\Users\*\AppData\Local\Microsoft\Windows\INetCache"),
    junction(
        r"\Users\*\AppData\Local\Microsoft\Windows\INetCache",
        r"\Users\*\AppData\Local\Microsoft\Windows\INetCache\IE",
    ),
    junction(
        r"\Users\*\AppData\Roaming\Microsoft\Windows\Start Menu",
        r"\Users\*\AppData\Roaming\Microsoft\Windows\Start Menu\Programs",
    ),
    junction(r"\Users\*\Documents", r"\Users\*\Music"),
    junction(r"\Users\*\Documents", r"\Users\*\Pictures"),
    junction(r"\Users\*\Documents", r"\Users\*\Videos"),
];

impl Resolver<'_> {
    /// The link of Windows that an edge is, if it is one: on a volume that has the letter that the link says.
    pub fn stock_link(&self, edge: &LinkEdge) -> Option<&'static StockLink> {
        let volume = edge.source.volume;
        let LinkTarget::Windows(TargetName::Absolute(Root::Drive(letter), target)) = &self.link_of(edge)?.target else {
            return None;
        };
        let view = self.view(volume).filter(|_| self.mounts.drive(volume, *letter) == Some(volume))?;
        let directory: Vec<Vec<u16>> = match self.above_edge(edge)? {
            Above::Directory(record) => names(view.paths.path_of_directory(view.files, record).as_wtf8().units()),
            Above::Nothing | Above::Gone(_) => return None,
        };
        let is_link = |stock: &&StockLink| {
            let user = matches(view.up_case, stock.directory, &directory, None)?;
            matches(view.up_case, stock.target, target, user)
        };
        STOCK_LINKS.iter().find(|stock| stock.link_type == edge.link_type && is_link(stock).is_some())
    }
}

/// Whether names are those of a path of the table; answers the name that stands for `*`, which is `user` if that is given.
#[expect(clippy::option_option, reason = "whether it matches, and the user if the path has one")]
fn matches<'n>(
    up_case: &UpCase,
    path: &str,
    path_names: &'n [Vec<u16>],
    user: Option<&'n [u16]>,
) -> Option<Option<&'n [u16]>> {
    let wanted = names(path.encode_utf16());
    if wanted.len() != path_names.len() {
        return None;
    }
    let mut user = user;
    for (wanted, name) in wanted.iter().zip(path_names) {
        let is_user = *wanted == [u16::from(b'*')];
        let wanted: &[u16] = if is_user { user.get_or_insert(name) } else { wanted };
        if up_case.fold(wanted) != up_case.fold(name) {
            return None;
        }
    }
    Some(user)
}

/// The names between the separators of a path.
fn names(path: impl Iterator<Item = u16>) -> Vec<Vec<u16>> {
    let path: Vec<u16> = path.collect();
    path.split(|&unit| unit == u16::from(b'\\')).filter(|name| !name.is_empty()).map(<[u16]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, user: Option<&str>, expected: Option<Option<&str>>) {
        let text = names(text.encode_utf16());
        let user: Option<Vec<u16>> = user.map(|user| user.encode_utf16().collect());
        let expected: Option<Option<Vec<u16>>> = expected.map(|user| user.map(|user| user.encode_utf16().collect()));
        let found = matches(UpCase::unicode(), path, &text, user.as_deref());
        assert_eq!(found.map(|user| user.map(<[u16]>::to_vec)), expected);
    }

    #[test]
    fn a_user_is_the_same_in_both_paths() {
        check(r"\Users\*", r"\users\Ann", None, Some(Some("Ann")));
        check(r"\Users\*\AppData", r"\Users\ANN\appdata", Some("Ann"), Some(Some("Ann")));
        check(r"\Users\*\AppData", r"\Users\Bob\AppData", Some("Ann"), None);
        check(r"\ProgramData", r"\ProgramData", None, Some(None));
        check(r"\", "", None, Some(None));
        check(r"\Users", r"\Users\Ann", None, None);
    }
}
