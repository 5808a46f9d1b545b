//! Positions in an image.

use std::fmt;

/// Byte offset in the image, counted in the bytes of the disk: a container (a VHD, for instance) is unwrapped first.
///
/// Printed in hexadecimal, `0x14038`. Not checked against the size of the image: an offset may lie past its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ImageOffset(pub u64);

impl ImageOffset {
    /// The offset `bytes` further on, or `None` when that is past what 64 bits can count.
    pub fn checked_add(self, bytes: u64) -> Option<ImageOffset> {
        self.0.checked_add(bytes).map(ImageOffset)
    }
}

impl fmt::Display for ImageOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ImageOffset;

    #[test]
    fn offsets_are_printed_in_hexadecimal() {
        assert_eq!(ImageOffset(0x14038).to_string(), "0x14038");
        assert_eq!(ImageOffset(0).to_string(), "0x0");
    }

    #[test]
    fn adding_past_64_bits_gives_nothing() {
        assert_eq!(ImageOffset(1).checked_add(2), Some(ImageOffset(3)));
        assert_eq!(ImageOffset(u64::MAX).checked_add(1), None);
    }
}
