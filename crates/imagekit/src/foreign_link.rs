//! Content that Interix and Cygwin read as a link or a device. It is one only in a file with the attribute
//! [`SYSTEM`] (of `$STANDARD_INFORMATION`), and its length is that of the unnamed `$DATA`.
//!
//! Source: ntfs-3g `layout.h` (Interix), Cygwin `winsup/cygwin/path.cc`.

/// `FILE_ATTRIBUTE_SYSTEM`: without it, a file with this content is an ordinary file.
pub const SYSTEM: u32 = 0x4;

/// A symbolic link as ntfs-3g writes it by default; `/` stands between components. Needs [`SYSTEM`].
pub fn interix_symlink(target: &[u16]) -> Vec<u8> {
    [&b"IntxLNK\x01"[..], &utf16(target)].concat()
}

/// A character device as ntfs-3g writes it by default. Needs [`SYSTEM`].
pub fn interix_character(major: u64, minor: u64) -> Vec<u8> {
    [*b"IntxCHR\0", major.to_le_bytes(), minor.to_le_bytes()].concat()
}

/// A block device as ntfs-3g writes it by default. Needs [`SYSTEM`].
pub fn interix_block(major: u64, minor: u64) -> Vec<u8> {
    [*b"IntxBLK\0", major.to_le_bytes(), minor.to_le_bytes()].concat()
}

/// A symbolic link as Cygwin writes it where it makes no reparse point: UTF-16LE after a byte order mark, NUL. Needs
/// [`SYSTEM`].
pub fn cygwin_symlink(target: &[u16]) -> Vec<u8> {
    [&b"!<symlink>\xFF\xFE"[..], &utf16(target), &[0, 0]].concat()
}

/// A symbolic link as older versions of Cygwin wrote it: bytes of the writer's character set, NUL. Needs [`SYSTEM`].
pub fn cygwin_symlink_bytes(target: &[u8]) -> Vec<u8> {
    [b"!<symlink>", target, &[0]].concat()
}

fn utf16(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    // Expected bytes: ntfs-3g 2022.10.3, `ln -s ../tgt/é`, `mknod c 4 64`, `mknod b 8 17`.
    #[test]
    fn links_and_devices_of_ntfs_3g() {
        let link = b"IntxLNK\x01.\0.\0/\0t\0g\0t\0/\0\xE9\0";
        assert_eq!(interix_symlink(&units("../tgt/é")), link);
        let character = b"IntxCHR\0\x04\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0";
        assert_eq!(interix_character(4, 64), character);
        let block = b"IntxBLK\0\x08\0\0\0\0\0\0\0\x11\0\0\0\0\0\0\0";
        assert_eq!(interix_block(8, 17), block);
    }

    // Expected bytes: `symlink_worker` and `check_sysfile` of Cygwin's `path.cc`; the NUL is written too.
    #[test]
    fn links_of_cygwin() {
        assert_eq!(cygwin_symlink(&units("/x")), b"!<symlink>\xFF\xFE/\0x\0\0\0");
        assert_eq!(cygwin_symlink_bytes(b"caf\xE9"), b"!<symlink>caf\xE9\0");
    }
}
