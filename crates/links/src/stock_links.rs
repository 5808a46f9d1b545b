//! The links that Windows itself makes: the compatibility links of Vista and later.
//!
//! Their names are in the language of the installation, so that they are known by where they are, what they say, and
//! their type. What they say is the system drive's letter and one of these paths.
//!
//! Source: reference D.1; Microsoft "Junction Points" (bb756982).

use format::UpCase;

use crate::components::Components;
use crate::link::LinkTarget;
use crate::paths::ROOT;
use crate::reparse_type::LinkType;
use crate::resolution::Base;
use crate::resolved_links::LinkEdge;
use crate::resolver::Resolver;
use crate::target_name::{Root, TargetName};
use crate::verdict::FileId;

/// One link of Windows. `*` is a directory of `\Users`, the same one in both paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StockLink {
    /// The directory that it is in.
    pub directory: &'static str,
    /// What it is called in English; `None` of what only other languages have.
    pub name: Option<&'static str>,
    /// Where it leads, from the root.
    pub target: &'static str,
    /// Which kind.
    pub link_type: LinkType,
    /// Whether every Windows since Vista has a link of this name there, though that of some leads elsewhere.
    pub is_in_every_version: bool,
}

const fn junction(directory: &'static str, name: &'static str, target: &'static str) -> StockLink {
    StockLink { directory, name: Some(name), target, link_type: LinkType::Junction, is_in_every_version: true }
}

/// A link that not every version has.
const fn at_times(directory: &'static str, name: &'static str, target: &'static str) -> StockLink {
    StockLink { is_in_every_version: false, ..junction(directory, name, target) }
}

/// A link that only other languages than English have.
const fn localized(directory: &'static str, target: &'static str) -> StockLink {
    StockLink { name: None, ..at_times(directory, "", target) }
}

/// Every link that Windows makes, in some version and language. Of those that share a name the newest is the last.
pub const STOCK_LINKS: &[StockLink] = &[
    junction(r"\", "Documents and Settings", r"\Users"),
    StockLink { link_type: LinkType::Symlink, ..junction(r"\Users", "All Users", r"\ProgramData") },
    junction(r"\Users", "Default User", r"\Users\Default"),
    junction(r"\ProgramData", "Application Data", r"\ProgramData"),
    junction(r"\ProgramData", "Desktop", r"\Users\Public\Desktop"),
    junction(r"\ProgramData", "Documents", r"\Users\Public\Documents"),
    at_times(r"\ProgramData", "Favorites", r"\Users\Public\Favorites"),
    junction(r"\ProgramData", "Start Menu", r"\ProgramData\Microsoft\Windows\Start Menu"),
    junction(r"\ProgramData", "Templates", r"\ProgramData\Microsoft\Windows\Templates"),
    junction(r"\Users\Public\Documents", "My Music", r"\Users\Public\Music"),
    junction(r"\Users\Public\Documents", "My Pictures", r"\Users\Public\Pictures"),
    junction(r"\Users\Public\Documents", "My Videos", r"\Users\Public\Videos"),
    localized(r"\ProgramData\Microsoft\Windows\Start Menu", r"\ProgramData\Microsoft\Windows\Start Menu\Programs"),
    localized(r"\Program Files", r"\Program Files\Common Files"),
    localized(r"\Program Files\Windows NT", r"\Program Files\Windows NT\Accessories"),
    // Of each user.
    junction(r"\Users\*", "Application Data", r"\Users\*\AppData\Roaming"),
    junction(r"\Users\*", "Cookies", r"\Users\*\AppData\Roaming\Microsoft\Windows\Cookies"),
    junction(r"\Users\*", "Cookies", r"\Users\*\AppData\Local\Microsoft\Windows\INetCookies"),
    junction(r"\Users\*", "Local Settings", r"\Users\*\AppData\Local"),
    junction(r"\Users\*", "My Documents", r"\Users\*\Documents"),
    junction(r"\Users\*", "NetHood", r"\Users\*\AppData\Roaming\Microsoft\Windows\Network Shortcuts"),
    junction(r"\Users\*", "PrintHood", r"\Users\*\AppData\Roaming\Microsoft\Windows\Printer Shortcuts"),
    junction(r"\Users\*", "Recent", r"\Users\*\AppData\Roaming\Microsoft\Windows\Recent"),
    junction(r"\Users\*", "SendTo", r"\Users\*\AppData\Roaming\Microsoft\Windows\SendTo"),
    junction(r"\Users\*", "Start Menu", r"\Users\*\AppData\Roaming\Microsoft\Windows\Start Menu"),
    junction(r"\Users\*", "Templates", r"\Users\*\AppData\Roaming\Microsoft\Windows\Templates"),
    junction(r"\Users\*\AppData\Local", "Application Data", r"\Users\*\AppData\Local"),
    junction(r"\Users\*\AppData\Local", "History", r"\Users\*\AppData\Local\Microsoft\Windows\History"),
    junction(
        r"\Users\*\AppData\Local",
        "Temporary Internet Files",
        r"\Users\*\AppData\Local\Microsoft\Windows\Temporary Internet Files",
    ),
    junction(
        r"\Users\*\AppData\Local",
        "Temporary Internet Files",
        r"\Users\*\AppData\Local\Microsoft\Windows\INetCache",
    ),
    at_times(
        r"\Users\*\AppData\Local\Microsoft\Windows",
        "Temporary Internet Files",
        r"\Users\*\AppData\Local\Microsoft\Windows\INetCache",
    ),
    at_times(
        r"\Users\*\AppData\Local\Microsoft\Windows\INetCache",
        "Content.IE5",
        r"\Users\*\AppData\Local\Microsoft\Windows\INetCache\IE",
    ),
    localized(
        r"\Users\*\AppData\Roaming\Microsoft\Windows\Start Menu",
        r"\Users\*\AppData\Roaming\Microsoft\Windows\Start Menu\Programs",
    ),
    junction(r"\Users\*\Documents", "My Music", r"\Users\*\Music"),
    junction(r"\Users\*\Documents", "My Pictures", r"\Users\*\Pictures"),
    junction(r"\Users\*\Documents", "My Videos", r"\Users\*\Videos"),
];

/// Directories between the root and one that has links of Windows, at most.
const DEEPEST: usize = 7;

impl StockLink {
    /// The names of the directory, from the root.
    pub fn directory_names(&self) -> impl Iterator<Item = &'static str> {
        names_in(self.directory)
    }
}

impl Resolver<'_> {
    /// The link of Windows that an edge is, if it is one: on a volume that has the letter that the link says.
    pub fn stock_link(&self, edge: &LinkEdge) -> Option<&'static StockLink> {
        self.stock_link_of_any_type(edge).filter(|stock| stock.link_type == edge.link_type)
    }

    /// The link of Windows that an edge is, or is like: in the same directory and with the same target.
    pub fn stock_link_of_any_type(&self, edge: &LinkEdge) -> Option<&'static StockLink> {
        let volume = edge.source.volume;
        let LinkTarget::Windows(TargetName::Absolute(Root::Drive(letter), target)) = &self.link_of(edge)?.target else {
            return None;
        };
        let view = self.view(volume).filter(|_| self.mounts.drive(volume, *letter) == Some(volume))?;
        let directory = self.names_from_root(self.directory_of(edge)?)?;
        let is_link = |stock: &&StockLink| {
            let user = matches(&view.files.up_case, stock.directory, &directory, None)?;
            matches(&view.files.up_case, stock.target, target, user)
        };
        STOCK_LINKS.iter().find(|stock| is_link(stock).is_some())
    }

    /// The names of the directories from the root to one, itself among them, unless that is deeper than any link of Windows.
    fn names_from_root(&self, directory: FileId) -> Option<Components> {
        let mut names: Vec<Vec<u16>> = Vec::new();
        for directory in self.directories_from(Base::Directory(directory)).take(DEEPEST + 1) {
            if directory.record == ROOT {
                return Some(names.iter().rev().collect());
            }
            names.push(self.file(directory)?.primary_name()?.text().units().collect());
        }
        None
    }
}

/// The names between the separators of a path.
fn names_in(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('\\').filter(|name| !name.is_empty())
}

/// The names of everything that [`STOCK_LINKS`] has.
pub(crate) fn names_of_stock_links() -> impl Iterator<Item = &'static str> {
    STOCK_LINKS.iter().flat_map(|stock| names_in(stock.directory).chain(names_in(stock.target)).chain(stock.name))
}

/// Whether names are those of a path of the table; answers the name that stands for `*`, which is `user` if that is given.
#[expect(clippy::option_option, reason = "whether it matches, and the user if the path has one")]
fn matches<'n>(
    up_case: &UpCase,
    path: &'static str,
    path_names: &'n Components,
    user: Option<&'n [u16]>,
) -> Option<Option<&'n [u16]>> {
    if names_in(path).count() != path_names.len() {
        return None;
    }
    let mut user = user;
    for (wanted, name) in names_in(path).zip(path_names.iter()) {
        let units = name.iter().copied();
        let is_same = match wanted {
            "*" => up_case.is_same(user.get_or_insert(name).iter().copied(), units),
            wanted => up_case.is_same(wanted.encode_utf16(), units),
        };
        if !is_same {
            return None;
        }
    }
    Some(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Components {
        Components::of_texts(path.split('\\').filter(|name| !name.is_empty()))
    }

    fn check(path: &'static str, text: &str, user: Option<&str>, expected: Option<Option<&str>>) {
        let text = names(text);
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

    #[test]
    fn no_directory_is_deeper_than_the_deepest() {
        let deepest = STOCK_LINKS.iter().map(|stock| stock.directory_names().count()).max();
        assert_eq!(deepest, Some(DEEPEST));
    }
}
