//! Volumes from specs, and changes of them that take few bytes, so that a fuzzer need not carry a volume about.

use std::fs;
use std::sync::LazyLock;

use imagekit::build::{Built, build};
use imagekit::spec::{self, EXAMPLES, Spec};

use super::memory_file::MemoryFile;

/// Bytes of the pieces by which places are counted.
const SECTOR: usize = 512;

/// An image that is changed.
pub struct Base {
    /// The name of its spec.
    pub name: &'static str,
    /// What it was built from; its damages are not in the image.
    pub spec: Spec,
    pub image: Vec<u8>,
    pub built: Built,
    /// Offsets of the sectors that are not all zeros: the others are free, or content that nothing looks at.
    pub sectors: Vec<usize>,
}

/// All of them, in the order in which an input counts them. New ones go to the end, or inputs mean others.
pub static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let examples = EXAMPLES.iter().map(|example| (example.name, example.text));
    examples.chain([("disk", include_str!("../fuzz/disk.toml"))]).map(|(name, text)| Base::new(name, text)).collect()
});

impl Base {
    fn new(name: &'static str, text: &str) -> Base {
        let spec = spec::parse(name, text).expect("a sound spec");
        let file = MemoryFile::new();
        let built = build(&spec.image, file.file()).expect("an image");
        let image = fs::read(file.path()).expect("the image can be read");
        let sectors = image.chunks(SECTOR).enumerate().filter(|(_, sector)| sector.iter().any(|byte| *byte != 0));
        let sectors = sectors.map(|(number, _)| SECTOR * number).collect();
        Base { name, spec, image, built, sectors }
    }
}

/// One change: from a place on, other bytes, or none at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The position in [`Base::sectors`]; counted from their start again where there are fewer.
    pub sector: u16,
    /// Offset in the sector.
    pub offset: u16,
    /// Up to eight; the image ends here where there are none.
    pub bytes: Vec<u8>,
}

/// Where the word of a change that has its offset also has how many bytes follow.
const LENGTH_SHIFT: u32 = 12;

impl Change {
    /// The change as bytes: two words and the new bytes.
    pub fn encode(&self) -> Vec<u8> {
        let length = u16::try_from(self.bytes.len()).expect("few bytes");
        let place = self.offset | length << LENGTH_SHIFT;
        [&self.sector.to_le_bytes(), &place.to_le_bytes(), self.bytes.as_slice()].concat()
    }

    /// The first change in some bytes, and those that are left; any bytes are changes.
    fn decode(bytes: &[u8]) -> Option<(Change, &[u8])> {
        let (&[sector_low, sector_high, place_low, place_high], rest) = bytes.split_first_chunk::<4>()?;
        let place = u16::from_le_bytes([place_low, place_high]);
        let length = usize::from(place >> LENGTH_SHIFT).min(8).min(rest.len());
        let (new, rest) = rest.split_at(length);
        let sector = u16::from_le_bytes([sector_low, sector_high]);
        Some((Change { sector, offset: place % SECTOR as u16, bytes: new.to_vec() }, rest))
    }
}

/// An image with changes: a byte that says which of [`BASES`], then one change after the other.
pub fn changed_volume(bytes: &[u8]) -> Vec<u8> {
    let (which, mut rest) = bytes.split_first().unwrap_or((&0, bytes));
    let base = &BASES[usize::from(*which) % BASES.len()];
    let mut image = base.image.clone();
    while let Some((change, left)) = Change::decode(rest) {
        rest = left;
        let start = base.sectors[usize::from(change.sector) % base.sectors.len()] + usize::from(change.offset);
        if change.bytes.is_empty() {
            image.truncate(start);
        } else if let Some(place) = image.get_mut(start..start + change.bytes.len()) {
            place.copy_from_slice(&change.bytes);
        }
    }
    image
}
