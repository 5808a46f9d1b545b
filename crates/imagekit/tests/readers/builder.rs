//! Descriptions in few words: records are numbered in order, and everything that is not said has a usual value.

use format::{FileReference, Guid};
use ntfslinks_imagekit::description::{
    Content, ExtendedAttribute, Extra, File, Geometry, Name, Stored, Stream, Volume,
};

/// POSIX names, as Windows writes them where 8.3 names are off.
pub const POSIX: u8 = 0;
pub const WIN32: u8 = 1;
pub const DOS: u8 = 2;
pub const WIN32_AND_DOS: u8 = 3;

/// 2024-01-01 00:00:00 UTC, in 100 ns since 1601.
pub const NEW_YEAR_2024: u64 = 133_485_408_000_000_000;

/// The root directory.
pub fn root() -> FileReference {
    FileReference::new(5, 5)
}

pub fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A volume under construction.
pub struct Builder {
    pub volume: Volume,
    next: u64,
}

impl Builder {
    pub fn new(geometry: Geometry) -> Self {
        let volume = Volume {
            geometry,
            label: units("Grüße"),
            serial: 0x0123_4567_89AB_CDEF,
            flags: 0,
            size: None,
            time: NEW_YEAR_2024,
            mft_pieces: 1,
            files: Vec::new(),
        };
        Self { volume, next: 27 }
    }

    /// Leaves records free.
    pub fn skip(&mut self, records: u64) {
        self.next += records;
    }

    /// A file without content, or a directory; everything about it can then be changed.
    pub fn add(&mut self, parent: FileReference, name: &str, is_directory: bool) -> FileReference {
        self.add_units(parent, units(name), is_directory)
    }

    pub fn add_units(&mut self, parent: FileReference, name: Vec<u16>, is_directory: bool) -> FileReference {
        let number = self.next;
        self.next += 1;
        let reference = FileReference::new(number, u16::try_from(number % 5 + 1).unwrap());
        let minute = 600_000_000 * number;
        self.volume.files.push(File {
            reference,
            is_directory,
            is_deleted: false,
            names: vec![Name { parent, units: name.into(), namespace: POSIX }],
            // Four times that differ, with all their seven decimals.
            times: [1, 2, 3, 4].map(|hour| NEW_YEAR_2024 + hour * 36_000_000_000 + minute + 1_234_567),
            attributes: if is_directory { 0 } else { 0x20 },
            content: None,
            extra: None,
        });
        reference
    }

    pub fn directory(&mut self, parent: FileReference, name: &str) -> FileReference {
        self.add(parent, name, true)
    }

    pub fn file(&mut self, parent: FileReference, name: &str, content: Content) -> FileReference {
        let reference = self.add(parent, name, false);
        self.last().content = Some(content);
        reference
    }

    /// The file that was added last.
    pub fn last(&mut self) -> &mut File {
        self.volume.files.last_mut().unwrap()
    }

    /// What few files have, of the file that was added last.
    pub fn extra(&mut self) -> &mut Extra {
        self.last().extra.get_or_insert_default()
    }

    /// One more name of the file that was added last.
    pub fn link(&mut self, parent: FileReference, name: &str, namespace: u8) -> &mut Self {
        self.last().names.push(Name { parent, units: units(name).into(), namespace });
        self
    }

    /// The file that was added last gets a Win32 name with an 8.3 name beside it.
    pub fn short_name(&mut self, short: &str) {
        let name = &mut self.last().names[0];
        name.namespace = WIN32;
        let parent = name.parent;
        self.link(parent, short, DOS);
    }

    pub fn stream(&mut self, name: &str, content: Content) {
        self.extra().streams.push(Stream { name: units(name), content });
    }

    pub fn reparse(&mut self, value: &[u8], in_clusters: bool) {
        self.extra().reparse = Some(stored(value, in_clusters));
    }

    pub fn extended_attribute(&mut self, name: &str, value: &[u8], is_needed: bool) {
        let attribute = ExtendedAttribute { name: name.into(), value: value.to_vec(), is_needed };
        self.extra().extended_attributes.push(attribute);
    }

    pub fn object_id(&mut self, seed: u8, births: Option<[u8; 3]>) {
        let guid = |seed: u8| Guid(std::array::from_fn(|byte| seed.wrapping_mul(37).wrapping_add(byte as u8 * 11)));
        self.extra().object_id = Some((guid(seed), births.map(|births| births.map(guid))));
    }
}

pub fn stored(bytes: &[u8], in_clusters: bool) -> Stored {
    Stored { bytes: bytes.into(), in_clusters }
}

/// Bytes that go where there is room.
pub fn bytes(bytes: &[u8]) -> Content {
    Content::Bytes(stored(bytes, false))
}

/// Bytes that lie in clusters.
pub fn in_clusters(bytes: &[u8]) -> Content {
    Content::Bytes(stored(bytes, true))
}

/// Bytes that differ from place to place and from seed to seed.
pub fn pattern(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| step()).collect()
}
