//! `$Secure`: who may do what, once for all files that have the same security descriptor.

/// The security id of system files: SYSTEM and administrators may read them. Windows has the same descriptor under this
/// id for `$MFT`, `$UpCase` and others; other ids are free to choose.
pub const SYSTEM_SECURITY_ID: u32 = 0x100;

/// The security id of ordinary files and directories, the root among them: everyone may do everything, in a directory
/// with what is made in it.
pub const FILE_SECURITY_ID: u32 = 0x101;

/// How far behind an entry of `$SDS` its duplicate stands, in bytes. A block of entries is no longer than that.
const DUPLICATE_DISTANCE: u64 = 0x4_0000;

/// What the offset of an entry of `$SDS` is a multiple of, in bytes.
const ENTRY_ALIGNMENT: usize = 16;

/// How long the header of an entry of `$SDS` is, in bytes.
const HEADER_SIZE: usize = 20;

/// The control bits of a security descriptor: self-relative, with a DACL.
const CONTROL: u16 = 0x8004;

/// Read, for files: READ_CONTROL, SYNCHRONIZE, and the reading of data, attributes and extended attributes.
const MAY_READ: u32 = 0x0012_0089;

/// All rights there are for files.
const MAY_DO_EVERYTHING: u32 = 0x001F_01FF;

/// An entry is passed on to files and directories that are made in the directory.
const INHERITED_BY_ALL: u8 = 0x03;

/// S-1-5-18.
const LOCAL_SYSTEM: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

/// S-1-5-32-544.
pub(crate) const ADMINISTRATORS: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 0x02, 0, 0];

/// S-1-1-0.
const EVERYONE: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

/// An entry of a view index, without the lengths and the padding that its node gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ViewEntry {
    /// What the index is ordered by.
    pub key: Vec<u8>,
    /// What stands under the key.
    pub data: Vec<u8>,
}

/// The streams and indexes of `$Secure`.
///
/// Source: libfsntfs "Access control", whose table of `$SDS` counts offset and size 4 bytes too far: the file of a
/// volume made by Windows 10 has the 20 bytes that the table of `$SDH` has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Security {
    /// The pieces of `$SDS` and their offsets in bytes; there are zeros between them. The second is the duplicate.
    pub blocks: Vec<(u64, Vec<u8>)>,
    /// The length of `$SDS` in bytes: up to the end of the last duplicate, without its padding.
    pub sds_size: u64,
    /// `$SDH`, in ascending order of hash, then security id (collation 0x12). Windows has `II` in UTF-16 in the padding
    /// of entries that it makes while it formats, and zeros in that of later ones.
    pub sdh: Vec<ViewEntry>,
    /// `$SII`, in ascending order of security ids (collation 0x10).
    pub sii: Vec<ViewEntry>,
}

/// One right of an access control list: the entry type "allowed".
struct Allowed<'a> {
    who: &'a [u8],
    rights: u32,
    inheritance: u8,
}

/// What `$Secure` holds on a volume whose files have [`SYSTEM_SECURITY_ID`] or [`FILE_SECURITY_ID`].
pub fn security() -> Security {
    let descriptors = [(SYSTEM_SECURITY_ID, system_descriptor()), (FILE_SECURITY_ID, file_descriptor())];
    let mut block = Vec::new();
    let mut headers = Vec::new();
    for (security_id, descriptor) in descriptors {
        block.resize(block.len().next_multiple_of(ENTRY_ALIGNMENT), 0);
        let header = Header::new(security_id, block.len(), &descriptor);
        block.extend(header.bytes());
        block.extend(descriptor);
        headers.push(header);
    }
    let sii = headers.iter().map(Header::id_entry).collect();
    headers.sort_by_key(|header| (header.hash, header.security_id));
    let sdh = headers.iter().map(Header::hash_entry).collect();
    let sds_size = DUPLICATE_DISTANCE + block.len() as u64;
    Security { blocks: vec![(0, block.clone()), (DUPLICATE_DISTANCE, block)], sds_size, sdh, sii }
}

/// The hash by which NTFS finds a security descriptor: of its 32-bit words, of which it is a whole number.
///
/// Source: ntfs-3g `ntfs_security_hash`; the hashes that Windows stores.
fn security_hash(descriptor: &[u8]) -> u32 {
    let (words, _) = descriptor.as_chunks();
    words.iter().fold(0, |hash: u32, &word| hash.rotate_left(3).wrapping_add(u32::from_le_bytes(word)))
}

/// What stands before a descriptor in `$SDS`, and under its keys in the indexes.
struct Header {
    hash: u32,
    security_id: u32,
    /// Of the entry in `$SDS`, in bytes.
    offset: u64,
    /// Of header and descriptor, in bytes.
    size: [u8; 4],
}

impl Header {
    fn new(security_id: u32, offset: usize, descriptor: &[u8]) -> Self {
        let size = u32_bytes(HEADER_SIZE + descriptor.len());
        Self { hash: security_hash(descriptor), security_id, offset: offset as u64, size }
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { hash, security_id, offset, size } = self;
        [&hash.to_le_bytes()[..], &security_id.to_le_bytes(), &offset.to_le_bytes(), size].concat()
    }

    fn hash_entry(&self) -> ViewEntry {
        let key = [self.hash.to_le_bytes(), self.security_id.to_le_bytes()].concat();
        ViewEntry { key, data: self.bytes() }
    }

    fn id_entry(&self) -> ViewEntry {
        ViewEntry { key: self.security_id.to_le_bytes().to_vec(), data: self.bytes() }
    }
}

fn system_descriptor() -> Vec<u8> {
    let reader = |who| Allowed { who, rights: MAY_READ, inheritance: 0 };
    security_descriptor(LOCAL_SYSTEM, ADMINISTRATORS, &[reader(LOCAL_SYSTEM), reader(ADMINISTRATORS)])
}

/// Administrators have no more rights than everyone. They are there to make the entry as long as the one before it:
/// ntfssecaudit (of ntfs-3g 2022.10.3, `audit_sds`) takes what an entry before it left in its buffer for the header of
/// one more entry where the last is the shorter one, and reports an error.
fn file_descriptor() -> Vec<u8> {
    let master = |who| Allowed { who, rights: MAY_DO_EVERYTHING, inheritance: INHERITED_BY_ALL };
    security_descriptor(ADMINISTRATORS, ADMINISTRATORS, &[master(EVERYONE), master(ADMINISTRATORS)])
}

/// A self-relative security descriptor, its parts in the order in which Windows writes them.
///
/// Source: MS-DTYP 2.4.6 `SECURITY_DESCRIPTOR`.
fn security_descriptor(owner: &[u8], group: &[u8], rights: &[Allowed]) -> Vec<u8> {
    let dacl = access_control_list(rights);
    let dacl_offset = 20;
    let owner_offset = dacl_offset + dacl.len();
    let group_offset = owner_offset + owner.len();
    let mut bytes = vec![1, 0]; // revision, padding
    bytes.extend(CONTROL.to_le_bytes());
    bytes.extend(u32_bytes(owner_offset));
    bytes.extend(u32_bytes(group_offset));
    bytes.extend(u32_bytes(0)); // no SACL
    bytes.extend(u32_bytes(dacl_offset));
    bytes.extend([&dacl, owner, group].concat());
    bytes
}

/// Source: MS-DTYP 2.4.5 `ACL`, 2.4.4.2 `ACCESS_ALLOWED_ACE`.
fn access_control_list(rights: &[Allowed]) -> Vec<u8> {
    let mut entries = Vec::new();
    for Allowed { who, rights, inheritance } in rights {
        entries.extend([0, *inheritance]); // type: allowed
        entries.extend(u16_bytes(8 + who.len()));
        entries.extend(rights.to_le_bytes());
        entries.extend(*who);
    }
    let mut bytes = vec![2, 0]; // revision, padding
    bytes.extend(u16_bytes(8 + entries.len()));
    bytes.extend(u16_bytes(rights.len()));
    bytes.extend([0, 0]); // padding
    bytes.extend(entries);
    bytes
}

/// A length or a count that fits, as all in this module do.
fn u16_bytes(value: usize) -> [u8; 2] {
    let [first, second, ..] = value.to_le_bytes();
    [first, second]
}

/// As [`u16_bytes`].
fn u32_bytes(value: usize) -> [u8; 4] {
    let [first, second, third, fourth, ..] = value.to_le_bytes();
    [first, second, third, fourth]
}

#[cfg(test)]
mod tests {
    use super::{DUPLICATE_DISTANCE, Security, file_descriptor, security, security_hash, system_descriptor};
    use crate::windows_image;

    /// The first entry of `$SDS` in the volume that Windows 10 made in `dfvfs-parent.vhd`, id 0x100.
    const WINDOWS_ENTRY: [u8; 0x78] = [
        0xCB, 0xC6, 0xFE, 0x32, // hash
        0x00, 0x01, 0, 0, // security id
        0, 0, 0, 0, 0, 0, 0, 0, // offset in $SDS
        0x78, 0, 0, 0, // size
        // Descriptor.
        1, 0, 0x04, 0x80, // revision, control
        0x48, 0, 0, 0, // owner
        0x54, 0, 0, 0, // group
        0, 0, 0, 0, // SACL
        0x14, 0, 0, 0, // DACL
        // DACL.
        2, 0, 0x34, 0, // revision, size
        2, 0, 0, 0, // two entries
        0, 0, 0x14, 0, // allowed, not inherited, size
        0x89, 0, 0x12, 0, // read
        1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0, // S-1-5-18
        0, 0, 0x18, 0, // allowed, not inherited, size
        0x89, 0, 0x12, 0, // read
        1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, // S-1-5-32-544
        1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0, // owner S-1-5-18
        1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, // group S-1-5-32-544
    ];

    /// The descriptor of ordinary files, written down from MS-DTYP 2.4.6, 2.4.5 and 2.4.4.2.
    const FILE_DESCRIPTOR: [u8; 0x68] = [
        1, 0, 0x04, 0x80, // revision, control
        0x48, 0, 0, 0, // owner
        0x58, 0, 0, 0, // group
        0, 0, 0, 0, // SACL
        0x14, 0, 0, 0, // DACL
        2, 0, 0x34, 0, // revision, size
        2, 0, 0, 0, // two entries
        0, 3, 0x14, 0, // allowed, inherited by files and directories, size
        0xFF, 1, 0x1F, 0, // everything
        1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, // S-1-1-0
        0, 3, 0x18, 0, // allowed, inherited by files and directories, size
        0xFF, 1, 0x1F, 0, // everything
        1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, // S-1-5-32-544
        1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, // owner S-1-5-32-544
        1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, // group S-1-5-32-544
    ];

    #[test]
    fn the_system_entry_has_the_bytes_of_windows() {
        let Security { blocks, .. } = security();
        assert_eq!(blocks[0].1[..0x78], WINDOWS_ENTRY);
        assert_eq!(system_descriptor(), WINDOWS_ENTRY[20..]);
    }

    #[test]
    fn the_system_entry_is_in_a_windows_volume() {
        let Some(image) = windows_image::read() else { return };
        let Security { blocks, .. } = security();
        assert!(windows_image::holds(&image, &blocks[0].1[..0x80]));
    }

    #[test]
    fn the_file_descriptor_lets_everyone_do_everything() {
        assert_eq!(file_descriptor(), FILE_DESCRIPTOR);
    }

    #[test]
    fn the_block_stands_twice() {
        let Security { blocks, sds_size, .. } = security();
        assert_eq!(blocks[0].0, 0);
        assert_eq!(blocks[1].0, DUPLICATE_DISTANCE);
        assert_eq!(blocks[0].1, blocks[1].1);
        // 0x80 is the end of the first entry, 16-byte aligned; 20 is the header of the second.
        assert_eq!(sds_size, 0x4_0000 + 0x80 + 20 + 0x68);
    }

    /// Hashes that Windows 10 and mkntfs 2022.10.3 store with these descriptors, which differ in their owners.
    #[test]
    fn the_hash_is_that_of_windows_and_mkntfs() {
        assert_eq!(security_hash(&WINDOWS_ENTRY[20..]), 0x32FE_C6CB);
        let mkntfs_owner_and_group = [&[1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0][..]; 2].concat();
        let mut mkntfs = [&WINDOWS_ENTRY[20..0x5C], &mkntfs_owner_and_group].concat();
        mkntfs[8] = 0x58; // group, behind a longer owner
        assert_eq!(security_hash(&mkntfs), 0xF803_12F0);
    }

    /// Entries as Windows 10 has them for id 0x100, key then data.
    #[test]
    fn the_indexes_have_the_keys_and_data_of_windows() {
        let Security { sdh, sii, .. } = security();
        let by_id = &sii[0];
        assert_eq!(by_id.key, [0x00, 0x01, 0, 0]);
        assert_eq!(by_id.data, WINDOWS_ENTRY[..20]);
        let by_hash = sdh.iter().find(|entry| entry.data == by_id.data).unwrap();
        assert_eq!(by_hash.key, [0xCB, 0xC6, 0xFE, 0x32, 0x00, 0x01, 0, 0]);
    }

    #[test]
    fn the_indexes_are_in_the_order_of_their_collations() {
        let Security { sdh, sii, .. } = security();
        let number = |key: &[u8]| u32::from_le_bytes(key.try_into().unwrap());
        assert!(sii.is_sorted_by_key(|entry| number(&entry.key)));
        assert!(sdh.is_sorted_by_key(|entry| (number(&entry.key[..4]), number(&entry.key[4..]))));
        assert_eq!((sdh.len(), sii.len()), (2, 2));
    }
}
