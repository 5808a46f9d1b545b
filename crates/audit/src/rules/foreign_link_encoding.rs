//! # foreign-link-encoding
//!
//! A link or special file that another system made in its own way.
//!
//! ## What it finds
//!
//! Symbolic links, sockets, pipes and devices of WSL and Server for NFS; files that Interix, ntfs-3g or Cygwin read as
//! links or devices, where the content is in the record; sockets of Cygwin; and symbolic links as the Linux driver ntfs3
//! wrote them up to version 6.16, with `\??\` before any target.
//!
//! ## Why it matters
//!
//! Windows does not follow them: it shows files of no or odd content, and fails to open the links of ntfs3.
//!
//! ## How to confirm by hand
//!
//! `ntfslinks show IMAGE PATH` prints tag and target, or the content's first bytes: `IntxLNK`, `!<symlink>`.
//!
//! ## False positives
//!
//! None: they are sound for the systems that made them. Programs of Windows make UNIX sockets too.
//!
//! ## Sources
//!
//! Reference B.6 to B.8 and F; ntfs-3g `reparse.c` and `layout.h`; Cygwin `winsup/cygwin/path.cc`; rmnscnce/ntfs3 #14.

use format::ForeignLink;
use links::{File, FileId, Link, LinkTarget, LinkType, Mistake, ReparseType, TargetName};

use crate::context::{Context, quoted};
use crate::finding::Finding;
use crate::reparse::{CYGWIN_SOCKET, is_sound_file, stored_target};
use crate::rule::{Check, Rule};
use crate::severity::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-link-encoding",
    severity: Severity::Note,
    summary: "a link or special file that another system made in its own way",
    source: include_str!("foreign_link_encoding.rs"),
    check: Check::File(check),
};

fn check(context: &Context<'_>, id: FileId, file: &File<'_>, findings: &mut Vec<Finding>) {
    let what = if file.is_reparse_point() { of_reparse_point(file) } else { file.foreign_link().map(of_content) };
    let Some(what) = what.filter(|_| is_sound_file(context, id, file)) else { return };
    let target = stored_target(file);
    let message = match &target {
        Some(target) => format!("{what} to {}", quoted(target.as_wtf8())),
        None => what.to_owned(),
    };
    let mut finding = context.finding_of_reparse(&RULE, id, message).with("encoding", what);
    finding.target.clone_from(&target);
    findings.push(finding.with_some("target", target));
}

fn of_reparse_point(file: &File<'_>) -> Option<&'static str> {
    let point = file.reparse_point()?;
    if point.tag == CYGWIN_SOCKET {
        return Some("a socket of Cygwin");
    }
    match ReparseType::of(point.tag, &point.data) {
        ReparseType::Link(LinkType::WslSymlink) => Some("a symbolic link of WSL"),
        ReparseType::Link(LinkType::NfsSymlink) => Some("a symbolic link of Server for NFS"),
        ReparseType::Link(LinkType::Symlink) if is_of_ntfs3(file) => {
            Some("a symbolic link of the Linux driver ntfs3, which Windows cannot follow,")
        }
        ReparseType::NotALink("nfs_special") => Some("a special file of Server for NFS"),
        ReparseType::NotALink("af_unix") => Some("a UNIX socket"),
        ReparseType::NotALink("wsl_fifo") => Some("a named pipe of WSL"),
        ReparseType::NotALink("wsl_char") => Some("a character device of WSL"),
        ReparseType::NotALink("wsl_block") => Some("a block device of WSL"),
        _ => None,
    }
}

fn is_of_ntfs3(file: &File<'_>) -> bool {
    let target = Link::of(file).map(|link| link.target);
    matches!(target, Some(LinkTarget::Windows(TargetName::Malformed(Mistake::LinuxNtfs3, _))))
}

fn of_content(link: ForeignLink<'_>) -> &'static str {
    match link {
        ForeignLink::InterixSymlink(_) => "a symbolic link of Interix or ntfs-3g",
        ForeignLink::InterixCharacter(_) => "a character device of Interix or ntfs-3g",
        ForeignLink::InterixBlock(_) => "a block device of Interix or ntfs-3g",
        ForeignLink::CygwinSymlink(_) => "a symbolic link of Cygwin",
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    fn check_file(keys: &str, expected: &[&str]) {
        check(&RULE, &format!("[[file]]\npath = '\\a'\n{keys}\n"), expected);
    }

    #[test]
    fn hit_reparse_points() {
        check_file("lx-symlink = '../x'", &[r#"\a: a symbolic link of WSL to "../x""#]);
        check_file("nfs-symlink = '../x'", &[r#"\a: a symbolic link of Server for NFS to "../x""#]);
        check_file("reparse = { tag = 'NFS', object = 'fifo' }", &[r"\a: a special file of Server for NFS"]);
        check_file("reparse = { tag = 'AF_UNIX', hex = '' }", &[r"\a: a UNIX socket"]);
        check_file("reparse = { tag = 'LX_FIFO', hex = '' }", &[r"\a: a named pipe of WSL"]);
        check_file("reparse = { tag = 'LX_CHR', hex = '' }", &[r"\a: a character device of WSL"]);
        check_file("reparse = { tag = 'LX_BLK', hex = '' }", &[r"\a: a block device of WSL"]);
        let guid = "01234567-89ab-cdef-0123-456789abcdef";
        check_file(&format!("reparse = {{ tag = 0x6375, guid = '{guid}', hex = '' }}"), &[r"\a: a socket of Cygwin"]);
    }

    #[test]
    fn hit_files_with_the_content_of_links() {
        check_file("interix-symlink = '../x'", &[r#"\a: a symbolic link of Interix or ntfs-3g to "../x""#]);
        check_file("interix-character = [8, 1]", &[r"\a: a character device of Interix or ntfs-3g"]);
        check_file("interix-block = [8, 1]", &[r"\a: a block device of Interix or ntfs-3g"]);
        check_file("cygwin-symlink = '../x'", &[r#"\a: a symbolic link of Cygwin to "../x""#]);
    }

    #[test]
    fn hit_a_link_of_the_linux_driver() {
        let link = r"reparse = { tag = 'SYMLINK', substitute = '\??\..\x', print = '..\x' }";
        let expected = r#"\a: a symbolic link of the Linux driver ntfs3, which Windows cannot follow, to "\??\..\x""#;
        check_file(link, &[expected]);
    }

    #[test]
    fn near_miss_a_link_of_windows() {
        check_file(r"symlink = '..\x'", &[]);
    }

    #[test]
    fn near_miss_content_of_a_file_that_is_no_system_file() {
        // "IntxLNK", 1, "x".
        check_file("hex = '496e74784c4e4b01 7800'", &[]);
    }

    #[test]
    fn damaged_a_link_whose_data_does_not_fit() {
        let damage = "[[damage]]\nkind = \"lying-reparse-length\"\nfile = '\\a'\nvalue = 99\n";
        check_file(&format!("lx-symlink = '../x'\n{damage}"), &[]);
    }
}
