//! Random numbers that are the same on every machine, and texts made of them.

/// SplitMix64.
///
/// Source: Steele, Lea, Flood "Fast Splittable Pseudorandom Number Generators" (2014); constants as in Java's
/// `SplittableRandom`.
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// From 0 up to and without `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    pub fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last - first + 1)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    pub fn word(&mut self) -> u32 {
        self.number() as u32
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.number() as u8)
    }

    pub fn bytes(&mut self, longest: usize) -> Vec<u8> {
        (0..self.below(longest + 1)).map(|_| self.number() as u8).collect()
    }

    /// Up to `longest` units of one kind of text: plain, of any script, or what readers trip over.
    pub fn text(&mut self, longest: usize) -> Vec<u16> {
        let kind = self.below(10);
        (0..self.below(longest + 1)).map(|_| self.unit(kind)).collect()
    }

    fn unit(&mut self, kind: usize) -> u16 {
        // Quotes, a colon, spaces, dots, controls, line ends, line and paragraph separators, text direction, byte
        // order marks, U+FFFD itself, letters whose upper case is elsewhere.
        const ODD: [u16; 28] = [
            0x22, 0x27, 0x3A, 0x20, 0x2E, 0x5C, 0x3F, 0x2A, 0x01, 0x1F, 0x7F, 0x0A, 0x0D, 0x09, 0x85, 0x2028, 0x2029,
            0x202E, 0x200F, 0xFEFF, 0xFFFE, 0xFFFF, 0xFFFD, 0xDF, 0x131, 0x149, 0xAC00, 0xE000,
        ];
        match kind {
            0..=4 => u16::from(self.pick(b"abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-. ")),
            5 | 6 => self.between(0xA1, 0xD7FF) as u16,
            7 => self.pick(&ODD),
            // Surrogates, mostly in no pair, and pairs by chance.
            8 => self.between(0xD800, 0xDFFF) as u16,
            _ => match self.between(1, 0xFFFF) as u16 {
                // The only character that NTFS has in no name, but for NUL.
                0x2F => 0x5C,
                unit => unit,
            },
        }
    }
}
