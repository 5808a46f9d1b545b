//! A value that lies in pieces of the image, read as one.

use image::{Image, ImageOffset};

/// One piece of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// Its first byte in the value.
    pub start: u64,
    /// Bytes, at least 1.
    pub length: u64,
    /// Its first byte in the image; `None` for a sparse piece, which reads as zeros. May lie past the image's end.
    pub image_offset: Option<ImageOffset>,
}

impl Extent {
    /// The byte after its last one in the value. Whoever makes an extent has checked that there is such a number.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.length)
    }

    /// How many of its bytes are in the image; a sparse piece has none.
    pub fn bytes_in_image(&self, image: &Image) -> u64 {
        let after_start = |offset: ImageOffset| image.size().saturating_sub(offset.0);
        self.image_offset.map_or(0, |offset| self.length.min(after_start(offset)))
    }
}

/// The pieces of a value, by position and without overlap; between them there may be gaps, which read as zeros.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stream {
    extents: Vec<Extent>,
}

impl Stream {
    /// Adds a piece; `false`, and nothing added, if one of its bytes has a piece already.
    pub fn insert(&mut self, extent: Extent) -> bool {
        let position = self.extents.partition_point(|known| known.start < extent.start);
        let overlaps_next = self.extents.get(position).is_some_and(|next| next.start < extent.end());
        let before = position.checked_sub(1).and_then(|before| self.extents.get(before));
        if overlaps_next || before.is_some_and(|before| before.end() > extent.start) {
            return false;
        }
        self.extents.insert(position, extent);
        true
    }

    /// The pieces, by position.
    pub fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// The byte after the last piece.
    pub fn end(&self) -> u64 {
        self.extents.last().map_or(0, Extent::end)
    }

    /// How many bytes there are up to the first that no piece describes, or that the image does not have.
    pub fn available(&self, image: &Image) -> u64 {
        let mut available = 0;
        for extent in &self.extents {
            let here = extent.image_offset.map_or(extent.length, |_| extent.bytes_in_image(image));
            if extent.start != available {
                break;
            }
            available += here;
            if here < extent.length {
                break;
            }
        }
        available
    }

    /// Fills `buffer` from `offset` on, and says how many bytes came from the image; all others are zero.
    pub fn read_at(&self, image: &Image, offset: u64, buffer: &mut [u8]) -> u64 {
        let end = offset.saturating_add(buffer.len() as u64);
        let first = self.extents.partition_point(|extent| extent.end() <= offset);
        let mut from_image = 0;
        let mut rest = buffer;
        let mut position = offset;
        for extent in self.extents.iter().skip(first).take_while(|extent| extent.start < end) {
            let gap = to_usize(extent.start.saturating_sub(position)).min(rest.len());
            let (before, after) = rest.split_at_mut(gap);
            before.fill(0);
            position += gap as u64;
            let length = to_usize(extent.end().saturating_sub(position)).min(after.len());
            let (part, after) = after.split_at_mut(length);
            let place = extent.image_offset.and_then(|start| start.checked_add(position.saturating_sub(extent.start)));
            let found = place.map_or(0, |place| image.read_at(place, part));
            part.get_mut(found..).into_iter().for_each(|missing| missing.fill(0));
            from_image += found as u64;
            position += length as u64;
            rest = after;
        }
        rest.fill(0);
        from_image
    }

    /// Where a byte of the value lies in the image.
    pub fn image_offset(&self, offset: u64) -> Option<ImageOffset> {
        let position = self.extents.partition_point(|extent| extent.end() <= offset);
        let extent = self.extents.get(position)?;
        extent.image_offset?.checked_add(offset.checked_sub(extent.start)?)
    }
}

/// A length in memory; more than memory can have is as much as it can.
fn to_usize(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// An image of 2,048 bytes whose byte number n is n / 8.
    fn image() -> (tempfile::NamedTempFile, Image) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..2048_u32).map(|number| (number / 8) as u8).collect();
        file.write_all(&bytes).unwrap();
        let image = Image::open(file.path()).unwrap();
        (file, image)
    }

    fn extent(start: u64, length: u64, offset: Option<u64>) -> Extent {
        Extent { start, length, image_offset: offset.map(ImageOffset) }
    }

    #[test]
    fn pieces_are_read_as_one_value() {
        let (_file, image) = image();
        let mut stream = Stream::default();
        assert!(stream.insert(extent(16, 8, None)));
        assert!(stream.insert(extent(24, 8, Some(80))));
        assert!(stream.insert(extent(0, 16, Some(800))));
        let mut bytes = [0xEE; 24];
        assert_eq!(stream.read_at(&image, 12, &mut bytes), 4 + 8);
        assert_eq!(bytes[..4], [101; 4]); // 812 / 8
        assert_eq!(bytes[4..12], [0; 8]); // sparse
        assert_eq!(bytes[12..20], [10; 8]); // 80 / 8
        assert_eq!(bytes[20..], [0; 4]); // past the value
        assert_eq!(stream.available(&image), 32);
        assert_eq!(stream.image_offset(25), Some(ImageOffset(81)));
        assert_eq!(stream.image_offset(17), None);
        assert_eq!(stream.image_offset(32), None);
    }

    #[test]
    fn a_piece_that_overlaps_another_is_refused() {
        let mut stream = Stream::default();
        assert!(stream.insert(extent(10, 10, Some(0))));
        assert!(!stream.insert(extent(5, 6, Some(0))));
        assert!(!stream.insert(extent(19, 1, Some(0))));
        assert!(!stream.insert(extent(0, u64::MAX, Some(0))));
        assert!(stream.insert(extent(20, 1, Some(0))));
        assert!(stream.insert(extent(0, 10, Some(0))));
        assert_eq!(stream.end(), 21);
    }

    #[test]
    fn bytes_past_the_image_are_zero_and_not_counted() {
        let (_file, image) = image();
        let mut stream = Stream::default();
        stream.insert(extent(0, 64, Some(2040)));
        stream.insert(extent(64, 8, Some(u64::MAX)));
        let mut bytes = [0xEE; 72];
        assert_eq!(stream.read_at(&image, 0, &mut bytes), 8);
        assert_eq!((bytes[7], bytes[8]), (255, 0));
        assert_eq!(stream.extents()[0].bytes_in_image(&image), 8);
        assert_eq!(stream.available(&image), 8);
    }
}
