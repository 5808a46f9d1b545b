//! Links that are no reparse points: ordinary system files whose content Interix and Cygwin read as a link.

use crate::bytes::{slice, u64_at};
use crate::extended_attributes::Device;
use crate::issue::{Issue, IssueKind};
use crate::utf16::Utf16;

const INTERIX_SYMLINK: &[u8; 8] = b"IntxLNK\x01";
const INTERIX_CHARACTER: &[u8; 8] = b"IntxCHR\0";
const INTERIX_BLOCK: &[u8; 8] = b"IntxBLK\0";
const CYGWIN_SYMLINK: &[u8; 10] = b"!<symlink>";

/// Bytes of content that tell whether a file may be such a link.
pub const FOREIGN_LINK_MAGIC_SIZE: usize = INTERIX_SYMLINK.len();

/// Whether content begins like that of a link file. Only files with the system attribute are such links.
#[inline]
pub fn has_foreign_link_magic(content: &[u8]) -> bool {
    match content.first_chunk() {
        Some(INTERIX_SYMLINK | INTERIX_CHARACTER | INTERIX_BLOCK) => true,
        _ => content.starts_with(CYGWIN_SYMLINK),
    }
}

/// A target as its writer stored it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForeignTarget<'a> {
    /// UTF-16LE.
    Utf16(Utf16<'a>),
    /// Bytes, in the writer's own character set.
    Bytes(&'a [u8]),
}

/// A link or device that is stored as an ordinary file.
///
/// Source: ntfs-3g `layout.h` (Interix), Cygwin `winsup/cygwin/path.cc` (`check_sysfile`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForeignLink<'a> {
    /// What ntfs-3g writes for a symbolic link: `/` between components.
    InterixSymlink(Utf16<'a>),
    /// A character device.
    InterixCharacter(Device),
    /// A block device.
    InterixBlock(Device),
    /// What Cygwin writes where it makes no reparse point.
    CygwinSymlink(ForeignTarget<'a>),
}

impl<'a> ForeignLink<'a> {
    /// Reads the content of a file that has the system attribute; `None` if it is no such link.
    ///
    /// # Errors
    /// The content begins like a device but holds no device numbers.
    pub fn decode(content: &'a [u8]) -> Option<Result<ForeignLink<'a>, Issue>> {
        if let Some(target) = content.strip_prefix(INTERIX_SYMLINK) {
            return Some(Ok(ForeignLink::InterixSymlink(Utf16::new(target))));
        }
        if let Some(target) = content.strip_prefix(CYGWIN_SYMLINK) {
            return Some(Ok(ForeignLink::CygwinSymlink(cygwin_target(target))));
        }
        let link = match content.first_chunk()? {
            INTERIX_CHARACTER => ForeignLink::InterixCharacter,
            INTERIX_BLOCK => ForeignLink::InterixBlock,
            _ => return None,
        };
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        Some(device(content).map(link).ok_or(Issue::new(8, IssueKind::ForeignLinkMalformed { length })))
    }
}

/// Two 64-bit device numbers, of which Linux uses 32 bits each.
fn device(content: &[u8]) -> Option<Device> {
    let number = |offset| u32::try_from(u64_at(content, offset)?).ok();
    Some(Device { major: number(8)?, minor: number(16)? })
}

/// UTF-16LE after a byte order mark, bytes otherwise; both end at the NUL if there is one.
fn cygwin_target(stored: &[u8]) -> ForeignTarget<'_> {
    if let Some(units) = stored.strip_prefix(&[0xFF, 0xFE]) {
        let end = Utf16::new(units).units().take_while(|unit| *unit != 0).count();
        return ForeignTarget::Utf16(Utf16::new(slice(units, 0, 2 * end).unwrap_or_default()));
    }
    let end = stored.iter().take_while(|byte| **byte != 0).count();
    ForeignTarget::Bytes(slice(stored, 0, end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn check(content: &[u8], expected: Option<Result<ForeignLink<'_>, Issue>>) {
        assert_eq!(ForeignLink::decode(content), expected);
        assert_eq!(has_foreign_link_magic(content), expected.is_some());
    }

    #[test]
    fn an_interix_symlink_is_utf16_to_its_end() {
        let target = utf16("../a b");
        let content = [&b"IntxLNK\x01"[..], &target].concat();
        check(&content, Some(Ok(ForeignLink::InterixSymlink(Utf16::new(&target)))));
    }

    #[test]
    fn interix_devices_have_two_numbers() {
        let content = [&b"IntxBLK\0"[..], &8u64.to_le_bytes(), &1u64.to_le_bytes()].concat();
        check(&content, Some(Ok(ForeignLink::InterixBlock(Device { major: 8, minor: 1 }))));
        let short = Issue::new(8, IssueKind::ForeignLinkMalformed { length: 23 });
        check(&content[..23], Some(Err(short)));
    }

    #[test]
    fn a_cygwin_symlink_is_utf16_after_its_mark_and_bytes_without() {
        let target = utf16("/cygdrive/c/x");
        let content = [&b"!<symlink>\xFF\xFE"[..], &target, &[0, 0]].concat();
        check(&content, Some(Ok(ForeignLink::CygwinSymlink(ForeignTarget::Utf16(Utf16::new(&target))))));
        let old = b"!<symlink>/usr/bin\0";
        check(old, Some(Ok(ForeignLink::CygwinSymlink(ForeignTarget::Bytes(b"/usr/bin")))));
    }

    #[test]
    fn other_content_is_no_link() {
        for content in [&b""[..], b"IntxLNK", b"IntxLNK\x02", b"!<symlink", b"plain text"] {
            check(content, None);
        }
    }
}
