//! What is wrapped around the bytes of the disk.

use std::fmt;
use std::io::Cursor;

use binrw::BinRead;

/// How the bytes of the disk stand in the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Container {
    /// As they are: byte *n* of the file is byte *n* of the disk.
    Raw,
    /// As they are, with a footer of 512 (in the oldest files 511) bytes behind them.
    ///
    /// Source: Microsoft "Virtual Hard Disk Image Format Specification", sections "Overview" and "Hard Disk Footer
    /// Format".
    FixedVhd,
}

impl Container {
    /// The word for this container in documents: `raw` or `vhd`.
    pub fn as_str(self) -> &'static str {
        match self {
            Container::Raw => "raw",
            Container::FixedVhd => "vhd",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A disk image container that is recognised by its first bytes but not read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnsupportedContainer {
    /// A VHD whose blocks are allocated as they are written (disk type 3).
    DynamicVhd,
    /// A VHD that holds the blocks that differ from another VHD (disk type 4).
    DifferencingVhd,
    /// A VHD with a disk type that its specification reserves.
    ReservedVhd {
        /// The disk type.
        disk_type: u32,
    },
    /// Hyper-V's second format.
    Vhdx,
    /// A VMware disk in one sparse file.
    SparseVmdk,
    /// The text file that names the parts of a VMware disk.
    VmdkDescriptor,
    /// A QEMU disk, version 1, 2 or 3.
    Qcow,
    /// A VirtualBox disk.
    Vdi,
    /// An Expert Witness (EnCase) image, version 1 or 2.
    Ewf,
    /// An Advanced Forensic Format image, version 1 to 3.
    Aff,
}

impl UnsupportedContainer {
    /// One command line that gives raw data, with `IN` and `OUT` for the two files.
    pub(crate) fn how_to_get_raw_data(self) -> &'static str {
        match self {
            UnsupportedContainer::Ewf => "ewfexport -f raw -t OUT IN, or xmount --in ewf IN MOUNT_POINT",
            UnsupportedContainer::Aff => "affcat IN > OUT",
            _ => "qemu-img convert -O raw IN OUT",
        }
    }
}

impl fmt::Display for UnsupportedContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            UnsupportedContainer::DynamicVhd => "a dynamic VHD (cookie \"conectix\", disk type 3)",
            UnsupportedContainer::DifferencingVhd => "a differencing VHD (cookie \"conectix\", disk type 4)",
            UnsupportedContainer::ReservedVhd { disk_type } => {
                return write!(f, "a VHD of the reserved disk type {disk_type} (cookie \"conectix\")");
            }
            UnsupportedContainer::Vhdx => "a VHDX (signature \"vhdxfile\")",
            UnsupportedContainer::SparseVmdk => "a sparse VMDK (signature \"KDMV\" or \"COWD\")",
            UnsupportedContainer::VmdkDescriptor => "a VMDK descriptor (\"# Disk DescriptorFile\")",
            UnsupportedContainer::Qcow => "a QCOW image (signature \"QFI\\xfb\")",
            UnsupportedContainer::Vdi => "a VDI (signature 7f 10 da be)",
            UnsupportedContainer::Ewf => "an EWF (EnCase) image (signature \"EVF\")",
            UnsupportedContainer::Aff => "an AFF image (signature \"AFF10\")",
        };
        f.write_str(text)
    }
}

/// A container that is not read, and where in the file it was recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RecognisedContainer {
    pub(crate) offset: usize,
    pub(crate) container: UnsupportedContainer,
}

/// How many bytes from either end of a file tell its container.
pub(crate) const TELLING_SIZE: usize = 512;

/// The container of a file of `size` bytes, by its first and its last [`TELLING_SIZE`] bytes, or all that it has; and the
/// size in bytes of the disk in it.
///
/// # Errors
/// A container that is known but not read.
pub(crate) fn unwrap_container(
    size: usize,
    first: &[u8],
    last: &[u8],
) -> Result<(Container, usize), RecognisedContainer> {
    if let Some(recognised) = unsupported_by_signature(first) {
        return Err(recognised);
    }
    // Dynamic and differencing VHDs repeat the footer at the start of the file; a fixed one has disk data there.
    if let Some(disk_type) = vhd_disk_type(first) {
        return Err(RecognisedContainer { offset: 0, container: unsupported_vhd(disk_type) });
    }
    for footer_size in VHD_FOOTER_SIZES {
        let (Some(offset), Some(start)) = (size.checked_sub(footer_size), last.len().checked_sub(footer_size)) else {
            continue;
        };
        match last.get(start..).and_then(vhd_disk_type) {
            Some(VHD_FIXED) => return Ok((Container::FixedVhd, offset)),
            Some(disk_type) => {
                return Err(RecognisedContainer { offset, container: unsupported_vhd(disk_type) });
            }
            None => {}
        }
    }
    Ok((Container::Raw, size))
}

/// Where the footer of a VHD begins, counted back from the end of the file. The second size is that of files written
/// before Virtual PC 2004.
///
/// Source: Microsoft "Virtual Hard Disk Image Format Specification", section "Hard Disk Footer Format".
const VHD_FOOTER_SIZES: [usize; 2] = [512, 511];

/// Disk type of a VHD with all its blocks in order.
const VHD_FIXED: u32 = 2;

/// The fields of a VHD footer that are used. Its checksum is not verified and its sizes are not compared with the
/// file: with a damaged footer the disk in front of it is still all there.
///
/// Source: Microsoft "Virtual Hard Disk Image Format Specification", section "Hard Disk Footer Format".
#[derive(BinRead)]
#[br(big)]
struct VhdFooter {
    /// `conectix`.
    cookie: [u8; 8],
    /// 2 fixed, 3 dynamic, 4 differencing; the others are reserved.
    #[br(pad_before = 52)]
    disk_type: u32,
}

/// The disk type in the VHD footer that bytes begin with, or `None` when there is no footer.
fn vhd_disk_type(bytes: &[u8]) -> Option<u32> {
    let footer = VhdFooter::read(&mut Cursor::new(bytes)).ok()?;
    (&footer.cookie == b"conectix").then_some(footer.disk_type)
}

fn unsupported_vhd(disk_type: u32) -> UnsupportedContainer {
    match disk_type {
        3 => UnsupportedContainer::DynamicVhd,
        4 => UnsupportedContainer::DifferencingVhd,
        disk_type => UnsupportedContainer::ReservedVhd { disk_type },
    }
}

/// Where each container has its signature.
///
/// Sources: MS-VHDX 2.2.1 "File Type Identifier"; VMware "Virtual Disk Format 5.0", "Hosted Sparse Extents" and "The
/// Descriptor File"; QEMU `docs/interop/qcow2.txt`, "Header"; VirtualBox `VDICore.h`; libewf "Expert Witness
/// Compression Format (EWF)", "File header", and "… version 2 (EWF2)", "File header"; AFFLIB `lib/afflib_i.h`.
const SIGNATURES: &[(usize, &[u8], UnsupportedContainer)] = &[
    (0, b"vhdxfile", UnsupportedContainer::Vhdx),
    (0, b"KDMV", UnsupportedContainer::SparseVmdk),
    (0, b"COWD", UnsupportedContainer::SparseVmdk),
    (0, b"# Disk DescriptorFile", UnsupportedContainer::VmdkDescriptor),
    (0, b"QFI\xfb", UnsupportedContainer::Qcow),
    (0x40, b"\x7f\x10\xda\xbe", UnsupportedContainer::Vdi),
    (0, b"EVF\x09\x0d\x0a\xff\x00", UnsupportedContainer::Ewf),
    (0, b"EVF2\x0d\x0a\x81\x00", UnsupportedContainer::Ewf),
    (0, b"AFF10\x0d\x0a\x00", UnsupportedContainer::Aff),
];

fn unsupported_by_signature(first: &[u8]) -> Option<RecognisedContainer> {
    SIGNATURES
        .iter()
        .find(|(offset, signature, _)| first.get(*offset..).is_some_and(|rest| rest.starts_with(signature)))
        .map(|(offset, _, container)| RecognisedContainer { offset: *offset, container: *container })
}

#[cfg(test)]
mod tests {
    use super::{Container, RecognisedContainer, TELLING_SIZE, UnsupportedContainer, unwrap_container};

    /// A VHD footer of 512 bytes.
    fn footer(disk_type: u8) -> Vec<u8> {
        let mut bytes = b"conectix".to_vec(); // cookie
        bytes.extend([0; 52]); // features … disk geometry
        bytes.extend([0, 0, 0, disk_type]); // big-endian
        bytes.resize(512, 0); // checksum, unique id, saved state, reserved
        bytes
    }

    fn check(parts: &[&[u8]], expected: Result<(Container, usize), (usize, UnsupportedContainer)>) {
        let expected = expected.map_err(|(offset, container)| RecognisedContainer { offset, container });
        let file = parts.concat();
        let first = file.get(..TELLING_SIZE).unwrap_or(&file);
        let last = file.get(file.len().saturating_sub(TELLING_SIZE)..).unwrap_or_default();
        assert_eq!(unwrap_container(file.len(), first, last), expected);
    }

    #[test]
    fn a_file_without_a_signature_is_raw() {
        check(&[&[0; 2048]], Ok((Container::Raw, 2048)));
        check(&[b"con"], Ok((Container::Raw, 3)));
        check(&[], Ok((Container::Raw, 0)));
    }

    #[test]
    fn the_footer_of_a_fixed_vhd_is_not_disk_data() {
        check(&[&[0; 1024], &footer(2)], Ok((Container::FixedVhd, 1024)));
    }

    #[test]
    fn the_oldest_footers_lack_a_byte() {
        check(&[&[0; 1024], footer(2).split_last().unwrap().1], Ok((Container::FixedVhd, 1024)));
    }

    #[test]
    fn other_kinds_of_vhd_are_named() {
        check(&[&footer(3), &[0; 1024]], Err((0, UnsupportedContainer::DynamicVhd)));
        check(&[&footer(4), &[0; 1024], &footer(4)], Err((0, UnsupportedContainer::DifferencingVhd)));
        check(&[&[0; 1024], &footer(3)], Err((1024, UnsupportedContainer::DynamicVhd)));
        check(&[&[0; 1024], &footer(5)], Err((1024, UnsupportedContainer::ReservedVhd { disk_type: 5 })));
    }

    #[test]
    fn containers_are_known_by_their_signatures() {
        check(&[b"vhdxfile", &[0; 1024]], Err((0, UnsupportedContainer::Vhdx)));
        check(&[b"KDMV\x01\x00\x00\x00", &[0; 1024]], Err((0, UnsupportedContainer::SparseVmdk)));
        check(&[b"# Disk DescriptorFile\nversion=1\n"], Err((0, UnsupportedContainer::VmdkDescriptor)));
        check(&[b"QFI\xfb\x00\x00\x00\x03", &[0; 1024]], Err((0, UnsupportedContainer::Qcow)));
        check(&[&[0; 0x40], b"\x7f\x10\xda\xbe", &[0; 1024]], Err((0x40, UnsupportedContainer::Vdi)));
        check(&[b"EVF\x09\x0d\x0a\xff\x00", &[0; 1024]], Err((0, UnsupportedContainer::Ewf)));
        check(&[b"EVF2\x0d\x0a\x81\x00", &[0; 1024]], Err((0, UnsupportedContainer::Ewf)));
        check(&[b"AFF10\x0d\x0a\x00", &[0; 1024]], Err((0, UnsupportedContainer::Aff)));
    }
}
