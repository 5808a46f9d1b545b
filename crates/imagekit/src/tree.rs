//! The files of a volume, its own system files among them, and who is in which directory.

use format::FileReference;

use crate::description::{File, Name, Volume};
use crate::up_case::UpCase;

/// File record numbers of the system files.
///
/// Source: libfsntfs "The metadata files"; reference A.2.
pub(crate) mod system {
    pub const MFT: u64 = 0;
    pub const MFT_MIRROR: u64 = 1;
    pub const LOG_FILE: u64 = 2;
    pub const VOLUME: u64 = 3;
    pub const ATTR_DEF: u64 = 4;
    pub const ROOT: u64 = 5;
    pub const BITMAP: u64 = 6;
    pub const BOOT: u64 = 7;
    pub const BAD_CLUSTERS: u64 = 8;
    pub const SECURE: u64 = 9;
    pub const UP_CASE: u64 = 10;
    pub const EXTEND: u64 = 11;
    /// In use, without a name.
    pub const RESERVED: std::ops::RangeInclusive<u64> = 12..=15;
    /// Kept for extension records of `$MFT`.
    pub const MFT_EXTENSIONS: std::ops::RangeInclusive<u64> = 16..=23;
    pub const QUOTA: u64 = 24;
    pub const OBJECT_IDS: u64 = 25;
    pub const REPARSE_POINTS: u64 = 26;
    /// The first that a description may use.
    pub const FIRST_USER: u64 = crate::description::FIRST_RECORD;
}

/// Whether a system file has an index other than `$I30`.
pub(crate) fn is_view(number: u64) -> bool {
    matches!(number, system::SECURE | system::QUOTA | system::OBJECT_IDS | system::REPARSE_POINTS)
}

/// Hidden and system.
const SYSTEM_ATTRIBUTES: u32 = 0x06;

/// Record number, directory and name of the system files that have a name.
pub(crate) const SYSTEM_FILES: [(u64, u64, &str); 15] = [
    (system::MFT, system::ROOT, "$MFT"),
    (system::MFT_MIRROR, system::ROOT, "$MFTMirr"),
    (system::LOG_FILE, system::ROOT, "$LogFile"),
    (system::VOLUME, system::ROOT, "$Volume"),
    (system::ATTR_DEF, system::ROOT, "$AttrDef"),
    (system::ROOT, system::ROOT, "."),
    (system::BITMAP, system::ROOT, "$Bitmap"),
    (system::BOOT, system::ROOT, "$Boot"),
    (system::BAD_CLUSTERS, system::ROOT, "$BadClus"),
    (system::SECURE, system::ROOT, "$Secure"),
    (system::UP_CASE, system::ROOT, "$UpCase"),
    (system::EXTEND, system::ROOT, "$Extend"),
    (system::QUOTA, system::EXTEND, "$Quota"),
    (system::OBJECT_IDS, system::EXTEND, "$ObjId"),
    (system::REPARSE_POINTS, system::EXTEND, "$Reparse"),
];

/// The reference of a system file: up to record 15 the sequence number is the record number, and never 0.
///
/// Source: reference A.2.
pub(crate) fn system_reference(number: u64) -> FileReference {
    let sequence = if *system::RESERVED.end() < number { 1 } else { number.max(1) };
    FileReference(number | sequence << 48)
}

/// A name in a directory's index: which file, and which of its names.
#[derive(Clone, Copy)]
pub(crate) struct Child {
    directory: u32,
    pub file: u32,
    pub name: u32,
}

/// All files of a volume by position: the system files, then those of the description.
pub(crate) struct Tree<'a> {
    system: Vec<File>,
    user: &'a [File],
    /// Sorted by directory, then by file-name collation.
    children: Vec<Child>,
}

impl<'a> Tree<'a> {
    pub fn new(volume: &'a Volume) -> Self {
        let mut tree = Self { system: system_files(volume.time), user: &volume.files, children: Vec::new() };
        tree.children = tree.find_children();
        tree.sort_children();
        tree
    }

    pub fn len(&self) -> usize {
        self.system.len() + self.user.len()
    }

    pub fn file(&self, position: usize) -> &File {
        self.system.get(position).unwrap_or_else(|| &self.user[position - self.system.len()])
    }

    pub fn name(&self, child: Child) -> (&File, &Name) {
        let file = self.file(child.file as usize);
        (file, &file.names[child.name as usize])
    }

    /// The names in the index of the directory at `position`, in the order of the index.
    pub fn children(&self, position: usize) -> &[Child] {
        let directory = small(position);
        let start = self.children.partition_point(|child| child.directory < directory);
        let end = self.children.partition_point(|child| child.directory <= directory);
        &self.children[start..end]
    }

    fn find_children(&self) -> Vec<Child> {
        let mut children = Vec::with_capacity(self.len());
        for position in (0..self.len()).filter(|&position| !self.file(position).is_deleted) {
            for (name, facts) in self.file(position).names.iter().enumerate() {
                if let Some(directory) = self.live_directory(facts.parent) {
                    children.push(Child { directory: small(directory), file: small(position), name: small(name) });
                }
            }
        }
        children
    }

    fn sort_children(&mut self) {
        let up_case = UpCase::unicode();
        let mut children = std::mem::take(&mut self.children);
        children.sort_by(|left, right| {
            let order = left.directory.cmp(&right.directory);
            order.then_with(|| up_case.compare(&self.name(*left).1.units, &self.name(*right).1.units))
        });
        self.children = children;
    }

    fn live_directory(&self, reference: FileReference) -> Option<usize> {
        let position = match self.system.iter().position(|file| file.reference == reference) {
            Some(position) => position,
            None => {
                let number = |file: &File| file.reference.record_number();
                let position = self.user.binary_search_by_key(&reference.record_number(), number).ok()?;
                self.system.len() + position
            }
        };
        let directory = self.file(position);
        let is_live = directory.is_directory && !directory.is_deleted && directory.reference == reference;
        is_live.then_some(position)
    }
}

fn system_files(time: u64) -> Vec<File> {
    let file = |number, names| File {
        reference: system_reference(number),
        is_directory: matches!(number, system::ROOT | system::EXTEND),
        is_deleted: false,
        names,
        times: [time; 4],
        attributes: SYSTEM_ATTRIBUTES,
        content: None,
        extra: None,
    };
    let named = SYSTEM_FILES.iter().map(|&(number, parent, name)| {
        // One name for both: Win32 & DOS, as Windows has it.
        file(
            number,
            vec![Name { parent: system_reference(parent), units: name.encode_utf16().collect(), namespace: 3 }],
        )
    });
    let mut files: Vec<File> = named.chain(system::RESERVED.map(|number| file(number, Vec::new()))).collect();
    files.sort_by_key(|file| file.reference.record_number());
    files
}

/// Positions fit in 32 bits: the model of no machine holds 2^32 files.
fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
