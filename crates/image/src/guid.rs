//! Identifiers of GPT partitions and partition types.

use std::fmt;

/// A GUID as its 16 bytes stand on the disk.
///
/// Printed the way Windows writes it in `\\?\Volume{…}`: the first three groups are little-endian numbers, the last
/// two are bytes in order, in lower case, without braces.
///
/// Source: UEFI 2.10, appendix A "GUID and Time Formats".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Whether every byte is 0, which marks an unused GPT entry.
    pub fn is_zero(self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, e0, e1, e2, e3, e4, e5] = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{d0:02x}{d1:02x}-{e0:02x}{e1:02x}{e2:02x}{e3:02x}{e4:02x}{e5:02x}",
            u32::from_le_bytes([a0, a1, a2, a3]),
            u16::from_le_bytes([b0, b1]),
            u16::from_le_bytes([c0, c1]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Guid;

    /// The type of a Windows basic data partition as it stands in a GPT; the text is from UEFI 2.10, table 5.7.
    #[test]
    fn a_guid_is_printed_as_windows_writes_it() {
        let basic_data =
            Guid([0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7]);
        assert_eq!(basic_data.to_string(), "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
        assert!(!basic_data.is_zero());
        assert!(Guid([0; 16]).is_zero());
    }
}
