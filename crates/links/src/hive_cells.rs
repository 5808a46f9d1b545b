//! The cells of a registry hive, for a reader of keys that believes what cells say.

use std::cell::Cell;

use format::bytes::{array, slice};
use winreg_core::cell_reader::CellReader;
use winreg_core::error::HiveError;
use winreg_format::cells::{CellHeader, CellOffset};

/// Bytes of cells that are handed out for one question.
pub(crate) const MOST_BYTES: usize = 4 << 20;

/// Cells that begin as a list of lists and are handed out for one question. There is at most one such list in an honest
/// look-up, and values whose data begin alike; as many that name each other leave room on the stack.
const MOST_INDEX_ROOTS: usize = 256;

/// The cells of a hive, as far as one look-up of a key below the root may cost.
///
/// The reader of cells in `winreg-core` panics on one of less than four bytes, and its keys follow a list that names
/// itself until the stack overflows. With this one they cannot.
pub(crate) struct Cells<'h> {
    /// The hive behind its header.
    bins: &'h [u8],
    bytes_left: Cell<usize>,
    index_roots_left: Cell<usize>,
    is_overspent: Cell<bool>,
}

impl<'h> Cells<'h> {
    pub fn new(bins: &'h [u8]) -> Cells<'h> {
        Cells {
            bins,
            bytes_left: Cell::new(MOST_BYTES),
            index_roots_left: Cell::new(MOST_INDEX_ROOTS),
            is_overspent: Cell::new(false),
        }
    }

    /// Whether a cell was refused for what the look-up would cost.
    pub fn is_overspent(&self) -> bool {
        self.is_overspent.get()
    }

    /// Counts a cell with this content; `false` if it is one too many.
    fn spend(&self, body: &[u8]) -> bool {
        let index_roots = usize::from(body.starts_with(b"ri"));
        let index_roots_left = self.index_roots_left.get().checked_sub(index_roots);
        let bytes_left = self.bytes_left.get().checked_sub(body.len());
        let (Some(index_roots_left), Some(bytes_left)) = (index_roots_left, bytes_left) else {
            self.is_overspent.set(true);
            return false;
        };
        self.index_roots_left.set(index_roots_left);
        self.bytes_left.set(bytes_left);
        true
    }
}

impl CellReader for Cells<'_> {
    fn read_cell_raw(&self, offset: CellOffset) -> Result<(CellHeader, Vec<u8>), HiveError> {
        let start = usize::try_from(offset.0).unwrap_or(usize::MAX);
        let header = array(self.bins, start).map(|header| CellHeader::from_bytes(&header));
        let size = header.map_or(0, |header| header.size());
        let past_end = HiveError::CellOverflow { offset, cell_size: size, hbin_end: self.bins.len() as u64 };
        let Some(header) = header else { return Err(past_end) };
        if !header.is_allocated() {
            return Err(HiveError::UnallocatedCell { offset });
        }
        let cell = usize::try_from(size).ok().and_then(|size| slice(self.bins, start, size));
        let body = cell.and_then(|cell| cell.get(4..));
        match body {
            Some(body) if self.spend(body) => Ok((header, body.to_vec())),
            _ => Err(past_end),
        }
    }
}
