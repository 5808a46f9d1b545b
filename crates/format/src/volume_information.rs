//! `$VOLUME_INFORMATION`: the volume's version and state, in record 3.

use std::io::Cursor;

use binrw::BinRead;
use bitflags::bitflags;

use crate::attribute_type::AttributeType;
use crate::bytes::offset32;
use crate::issue::{Issue, IssueKind};

bitflags! {
    /// State of the volume.
    ///
    /// Source: libfsntfs "Volume information attribute".
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct VolumeFlags: u16 {
        /// Not unmounted: indexes may be behind the log.
        const DIRTY = 0x1;
        const _ = !0;
    }
}

#[derive(BinRead)]
#[br(little)]
struct Layout {
    _reserved: u64,
    major: u8,
    minor: u8,
    flags: u16,
}

/// The value of `$VOLUME_INFORMATION`, as stored.
///
/// Source: libfsntfs "Volume information attribute".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VolumeInformation {
    /// 3 since Windows 2000.
    pub major_version: u8,
    /// 1 since Windows XP.
    pub minor_version: u8,
    /// Dirty, …
    pub flags: VolumeFlags,
}

impl VolumeInformation {
    /// Reads the value.
    ///
    /// # Errors
    /// The value is shorter than 12 bytes.
    pub fn decode(value: &[u8]) -> Result<Self, Issue> {
        let layout = Layout::read(&mut Cursor::new(value)).map_err(|_| {
            let type_code = AttributeType::VOLUME_INFORMATION;
            Issue::new(0, IssueKind::ValueTooShort { type_code, length: offset32(value.len()), needed: 12 })
        })?;
        Ok(Self {
            major_version: layout.major,
            minor_version: layout.minor,
            flags: VolumeFlags::from_bits_retain(layout.flags),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_flags_are_read() {
        // Eight reserved bytes, version 3.1, dirty and "8.3 creation disabled".
        let value = [0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0x81, 0];
        let decoded = VolumeInformation::decode(&value).expect("a value");
        assert_eq!((decoded.major_version, decoded.minor_version), (3, 1));
        assert!(decoded.flags.contains(VolumeFlags::DIRTY));
        let type_code = AttributeType::VOLUME_INFORMATION;
        let kind = IssueKind::ValueTooShort { type_code, length: 11, needed: 12 };
        assert_eq!(VolumeInformation::decode(&value[..11]), Err(Issue::new(0, kind)));
    }
}
