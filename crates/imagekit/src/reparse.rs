//! The value of `$REPARSE_POINT`: tag, length of the data, a reserved word, the GUID of a tag that is not Microsoft's,
//! data.
//!
//! Source: MS-FSCC 2.1.2 "Reparse Point Data Structures", unless an item says otherwise.

use std::fmt;

use format::{Guid, KNOWN_TAGS, ReparseTag};
use thiserror::Error;

/// Bytes of the longest value that NTFS keeps, header and GUID included.
///
/// Source: Windows SDK `winnt.h`, `MAXIMUM_REPARSE_DATA_BUFFER_SIZE`.
pub const LARGEST_VALUE: usize = 16_384;

/// What all names in `winnt.h` begin with.
const NAME_PREFIX: &str = "IO_REPARSE_TAG_";

/// A reparse point as it is to be stored.
///
/// Not checked: whether Windows would follow a target, whether it would allow the tag on this kind of file, whether a
/// version is one that somebody knows. What none of the others can say, lengths that lie included, is [`Self::Raw`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reparse {
    /// A junction or a volume mount point.
    MountPoint(PathNames),
    /// A symbolic link of Windows.
    Symlink {
        /// Where it leads, and what people are shown.
        names: PathNames,
        /// 0x1 is "relative"; no other bit has been seen on disk.
        flags: u32,
    },
    /// The layout of a symbolic link, in the object namespace; not expected on disk.
    ///
    /// Source: NtApiDotNet `ReparseBuffer`.
    GlobalReparse {
        /// Where it leads, and what people are shown.
        names: PathNames,
        /// As those of a symbolic link.
        flags: u32,
    },
    /// A symbolic link of WSL.
    ///
    /// Source: ntfs-3g `reparse.c`.
    LxSymlink {
        /// 2; of 1 the target is the content of the file, and none is here.
        version: u32,
        /// A path in POSIX form, UTF-8 by rule, no NUL at its end.
        target: Vec<u8>,
    },
    /// A special file of WSL. It has no data: mode and device numbers are extended attributes.
    WslSpecial(WslSpecial),
    /// An object of Server for NFS.
    Nfs(NfsObject),
    /// An app execution alias.
    ///
    /// Source: NtApiDotNet `ReparseBuffer`; `fsutil` listings of Windows 10.
    AppExecLink {
        /// 3 wherever it was seen.
        version: u32,
        /// Package, entry point, executable, application type ("0" or "1"); a NUL is stored after each.
        strings: Vec<Vec<u16>>,
    },
    /// A placeholder of a container layer.
    ///
    /// Source: NtApiDotNet `ReparseBuffer`.
    Wci {
        /// Which of the two tags.
        tag: WciTag,
        /// 1 wherever it was seen.
        version: u32,
        /// The layer that has the file.
        layer: Guid,
        /// Its path there.
        path: Vec<u16>,
    },
    /// A file whose content the Windows Overlay Filter makes up.
    Wof(WofProvider),
    /// Any of Microsoft's tags, with data as it is.
    Microsoft {
        /// Must have bit 31.
        tag: ReparseTag,
        /// What follows the header.
        data: Vec<u8>,
    },
    /// Any tag in the form that has a GUID: that of other vendors, which Microsoft's tags may have too.
    ThirdParty {
        /// Windows expects one without bit 31, and without the reserved bit 30.
        tag: ReparseTag,
        /// The vendor; Windows refuses zeros.
        guid: Guid,
        /// What follows the GUID.
        data: Vec<u8>,
    },
    /// The whole value, header included. Nothing of it is checked, nor its length.
    Raw(Vec<u8>),
}

/// The two names of a mount point or a symbolic link, and where they lie in the path buffer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathNames {
    /// Where the link leads, as the kernel reads it.
    pub substitute: Vec<u16>,
    /// What people are shown; may be empty or differ.
    pub print: Vec<u16>,
    /// Where they lie.
    pub layout: Layout,
    /// Bytes of the data after both names, which no reader looks at.
    pub after: Vec<u8>,
}

impl PathNames {
    /// Two names with nothing after them.
    pub fn new(substitute: Vec<u16>, print: Vec<u16>, layout: Layout) -> Self {
        Self { substitute, print, layout, after: Vec::new() }
    }
}

/// Where the two names lie in the path buffer. The format allows any order and overlap: readers are to go by offsets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Substitute name, NUL, print name, NUL: what `mklink /J` writes, PowerShell's `New-Item -ItemType Junction` with
    /// an empty print name, and the setup of Windows 7 for the symbolic link `All Users`, with two zero bytes after.
    SubstituteFirst,
    /// The same without the last NUL, which no length counts. What the tool behind the X-Ways sample wrote, with two
    /// bytes of anything after.
    SubstituteFirstUnterminated,
    /// Print name, substitute name, no NUL: what `mklink` and `mklink /D` write, and the Linux driver ntfs3.
    PrintFirst,
    /// The substitute name alone: the print name is the whole of it, or its end.
    Shared,
}

/// A special file of WSL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WslSpecial {
    /// A UNIX socket; Windows makes these too.
    Socket,
    /// A named pipe.
    Fifo,
    /// A character device.
    Character,
    /// A block device.
    Block,
}

impl WslSpecial {
    fn tag(self) -> ReparseTag {
        ReparseTag(match self {
            WslSpecial::Socket => 0x8000_0023,
            WslSpecial::Fifo => 0x8000_0024,
            WslSpecial::Character => 0x8000_0025,
            WslSpecial::Block => 0x8000_0026,
        })
    }
}

/// An object of Server for NFS.
///
/// Source: MS-FSCC 2.1.2.6 "Network File System (NFS) Reparse Data Buffer".
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NfsObject {
    /// A symbolic link: a path in POSIX form, no NUL at its end.
    Symlink(Vec<u16>),
    /// A character device.
    Character {
        /// Which driver.
        major: u32,
        /// Which of its devices.
        minor: u32,
    },
    /// A block device.
    Block {
        /// Which driver.
        major: u32,
        /// Which of its devices.
        minor: u32,
    },
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

impl NfsObject {
    /// The type, then what belongs to it.
    fn data(&self) -> Vec<u8> {
        let (kind, rest): (u64, Vec<u8>) = match self {
            NfsObject::Symlink(target) => (0x014B_4E4C, bytes_of(target)),
            NfsObject::Character { major, minor } => (0x0052_4843, numbers(&[*major, *minor])),
            NfsObject::Block { major, minor } => (0x004B_4C42, numbers(&[*major, *minor])),
            NfsObject::Fifo => (0x4F46_4946, Vec::new()),
            NfsObject::Socket => (0x4B43_4F53, Vec::new()),
        };
        [&kind.to_le_bytes()[..], &rest].concat()
    }
}

/// Which of the tags with the layout of a container placeholder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WciTag {
    /// `IO_REPARSE_TAG_WCI`.
    Wci,
    /// `IO_REPARSE_TAG_WCI_1`: a directory with it may have children.
    Wci1,
}

/// Where the Windows Overlay Filter finds the content of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WofProvider {
    /// Provider 2: compressed, in the stream `WofCompressedData` of the file, whose unnamed stream is sparse.
    ///
    /// Source: Windows SDK `FILE_PROVIDER_EXTERNAL_INFO_V1`.
    File {
        /// 0 XPRESS4K, 1 LZX, 2 XPRESS8K, 3 XPRESS16K.
        algorithm: u32,
    },
    /// Provider 1: in a WIM archive.
    ///
    /// Source: wimlib `wof.h`; Microsoft documents the first three fields only (`WIM_PROVIDER_EXTERNAL_INFO`).
    Wim {
        /// 0 while the archive is there.
        flags: u32,
        /// The number by which the volume knows the archive.
        data_source: u64,
        /// SHA-1 of the unnamed stream.
        content_hash: [u8; 20],
        /// SHA-1 of the archive's blob table.
        table_hash: [u8; 20],
        /// Bytes of the unnamed stream.
        size: u64,
        /// Bytes of it in the archive.
        stored_size: u64,
        /// Where they begin in the archive, in bytes.
        offset: u64,
    },
}

impl WofProvider {
    fn data(&self) -> Vec<u8> {
        match self {
            WofProvider::File { algorithm } => numbers(&[1, 2, 1, *algorithm]),
            WofProvider::Wim { flags, data_source, content_hash, table_hash, size, stored_size, offset } => [
                &numbers(&[1, 1, 2, *flags])[..],
                &data_source.to_le_bytes(),
                content_hash,
                table_hash,
                &size.to_le_bytes(),
                &stored_size.to_le_bytes(),
                &offset.to_le_bytes(),
            ]
            .concat(),
        }
    }
}

/// A part of a reparse point that has no length of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// Where a link leads.
    SubstituteName,
    /// What people are shown.
    PrintName,
    /// Bytes after both names.
    After,
    /// The target of a WSL or NFS link.
    Target,
    /// One string of an app execution alias, counted from 0.
    String(usize),
    /// The path in a container layer.
    LayerPath,
    /// Data that has no layout here.
    Data,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::SubstituteName => f.write_str("the substitute name"),
            Field::PrintName => f.write_str("the print name"),
            Field::After => f.write_str("what comes after the names"),
            Field::Target => f.write_str("the target"),
            Field::String(index) => write!(f, "string {index}"),
            Field::LayerPath => f.write_str("the path in the layer"),
            Field::Data => f.write_str("the data"),
        }
    }
}

/// Why something is no reparse point that NTFS keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ReparseError {
    /// The value would be longer than [`LARGEST_VALUE`].
    #[error("{field} has {length} bytes, but beside the rest of the reparse point there is room for {limit}")]
    TooLong {
        /// The longest part of the value.
        field: Field,
        /// Its length in bytes.
        length: usize,
        /// How many bytes of it would fit.
        limit: usize,
    },
    /// Readers would take the first 16 bytes of data for a GUID.
    #[error("tag {0} is not Microsoft's (bit 31 is clear), so it needs a GUID before its data")]
    GuidMissing(ReparseTag),
    /// With [`Layout::Shared`], the print name must be the end of the substitute name.
    #[error("the print name is not the end of the substitute name, so they cannot share their bytes")]
    NotShared,
    /// A string of an app execution alias would be read as two.
    #[error("{field} has a NUL at unit {position}, which would end it there")]
    Nul {
        /// Which string.
        field: Field,
        /// Where in it, in UTF-16 units.
        position: usize,
    },
}

/// Why a target is none that Windows' tools would store; [`Reparse::MountPoint`] and [`Reparse::Symlink`] store any.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum TargetError {
    /// There is no text.
    #[error("the target is empty")]
    Empty,
    /// `C:x` or `C:`.
    #[error(r"the target is relative to the current directory of a drive: write an absolute path, C:\x")]
    DriveRelative,
    /// Windows would turn it into a backslash.
    #[error(r"the absolute target has a '/' at unit {0}: write '\'")]
    Slash(usize),
    /// `mklink` stores it as a relative target, and Windows cannot follow that (dotnet/runtime #58592).
    #[error(r"the target begins with \??\, which no tool stores as given: write it without, or give both names")]
    NtPath,
    /// Not `C:\x` and not `\\?\x`: relative, or on another machine.
    #[error(r"the target of a junction is an absolute path of a drive, C:\x, or a \\?\ path")]
    NotLocal,
}

impl Reparse {
    /// The value of the attribute.
    ///
    /// # Errors
    /// NTFS has no room for it, or readers would not find in it what it was made of. Never for [`Self::Raw`].
    pub fn encode(&self) -> Result<Vec<u8>, ReparseError> {
        let (tag, guid) = match self {
            Self::Raw(value) => return Ok(value.clone()),
            Self::ThirdParty { tag, guid, .. } => (*tag, &guid.0[..]),
            _ => (self.microsoft_tag(), &[][..]),
        };
        if guid.is_empty() && !tag.is_microsoft() {
            return Err(ReparseError::GuidMissing(tag));
        }
        let data = self.data()?;
        let length = u16_bytes(data.len());
        let value = [&tag.0.to_le_bytes()[..], &length, &[0, 0], guid, &data].concat();
        if value.len() > LARGEST_VALUE { Err(self.too_long(value.len())) } else { Ok(value) }
    }

    /// The tag of a form that has no GUID.
    fn microsoft_tag(&self) -> ReparseTag {
        match self {
            Self::MountPoint(_) => ReparseTag::MOUNT_POINT,
            Self::Symlink { .. } => ReparseTag::SYMLINK,
            Self::GlobalReparse { .. } => ReparseTag::GLOBAL_REPARSE,
            Self::LxSymlink { .. } => ReparseTag::LX_SYMLINK,
            Self::WslSpecial(special) => special.tag(),
            Self::Nfs(_) => ReparseTag::NFS,
            Self::AppExecLink { .. } => ReparseTag::APPEXECLINK,
            Self::Wci { tag: WciTag::Wci, .. } => ReparseTag::WCI,
            Self::Wci { tag: WciTag::Wci1, .. } => ReparseTag::WCI_1,
            Self::Wof(_) => ReparseTag::WOF,
            Self::Microsoft { tag, .. } | Self::ThirdParty { tag, .. } => *tag,
            Self::Raw(_) => ReparseTag(0),
        }
    }

    /// What follows the header, or the GUID where there is one. Offsets and lengths in it wrap where the whole is too
    /// long, which only the caller can see.
    fn data(&self) -> Result<Vec<u8>, ReparseError> {
        Ok(match self {
            Self::MountPoint(names) => {
                let (ranges, buffer) = names.encode()?;
                [&ranges[..], &buffer].concat()
            }
            Self::Symlink { names, flags } | Self::GlobalReparse { names, flags } => {
                let (ranges, buffer) = names.encode()?;
                [&ranges[..], &flags.to_le_bytes(), &buffer].concat()
            }
            Self::LxSymlink { version, target } => [&version.to_le_bytes()[..], target].concat(),
            Self::WslSpecial(_) => Vec::new(),
            Self::Nfs(object) => object.data(),
            Self::AppExecLink { version, strings } => app_exec_link(*version, strings)?,
            Self::Wci { version, layer, path, .. } => {
                let path = bytes_of(path);
                [&numbers(&[*version, 0])[..], &layer.0, &u16_bytes(path.len()), &path].concat()
            }
            Self::Wof(provider) => provider.data(),
            Self::Microsoft { data, .. } | Self::ThirdParty { data, .. } | Self::Raw(data) => data.clone(),
        })
    }

    /// Which part of a value of this many bytes is too long.
    fn too_long(&self, value_length: usize) -> ReparseError {
        // Of equally long parts the first is named.
        let longest = self.parts().into_iter().rev().max_by_key(|(_, length)| *length);
        let (field, length) = longest.unwrap_or((Field::Data, value_length));
        ReparseError::TooLong { field, length, limit: LARGEST_VALUE.saturating_sub(value_length - length) }
    }

    /// The parts that have no length of their own, with their lengths in bytes.
    fn parts(&self) -> Vec<(Field, usize)> {
        match self {
            Self::MountPoint(names) | Self::Symlink { names, .. } | Self::GlobalReparse { names, .. } => names.parts(),
            Self::LxSymlink { target, .. } => vec![(Field::Target, target.len())],
            Self::Nfs(NfsObject::Symlink(target)) => vec![(Field::Target, 2 * target.len())],
            Self::AppExecLink { strings, .. } => {
                strings.iter().enumerate().map(|(index, string)| (Field::String(index), 2 * string.len())).collect()
            }
            Self::Wci { path, .. } => vec![(Field::LayerPath, 2 * path.len())],
            Self::Microsoft { data, .. } | Self::ThirdParty { data, .. } => vec![(Field::Data, data.len())],
            Self::WslSpecial(_) | Self::Nfs(_) | Self::Wof(_) | Self::Raw(_) => Vec::new(),
        }
    }
}

impl PathNames {
    /// Four numbers, offset and length of the substitute name, then of the print name, in bytes; and the path buffer.
    fn encode(&self) -> Result<([u8; 8], Vec<u8>), ReparseError> {
        let (substitute, print) = (bytes_of(&self.substitute), bytes_of(&self.print));
        let (nul, after) = (&[0, 0][..], &self.after[..]);
        let (substitute_offset, print_offset, buffer) = match self.layout {
            Layout::SubstituteFirst => (0, substitute.len() + 2, [&substitute, nul, &print, nul, after].concat()),
            Layout::SubstituteFirstUnterminated => {
                (0, substitute.len() + 2, [&substitute, nul, &print, after].concat())
            }
            Layout::PrintFirst => (print.len(), 0, [&print, &substitute, after].concat()),
            Layout::Shared => {
                let start = self.substitute.strip_suffix(&self.print[..]).ok_or(ReparseError::NotShared)?;
                (0, 2 * start.len(), [&substitute, after].concat())
            }
        };
        let [a, b] = u16_bytes(substitute_offset);
        let [c, d] = u16_bytes(substitute.len());
        let [e, f] = u16_bytes(print_offset);
        let [g, h] = u16_bytes(print.len());
        Ok(([a, b, c, d, e, f, g, h], buffer))
    }

    /// As [`Reparse::parts`].
    fn parts(&self) -> Vec<(Field, usize)> {
        // A shared print name takes no room of its own.
        let print = if self.layout == Layout::Shared { 0 } else { 2 * self.print.len() };
        vec![
            (Field::SubstituteName, 2 * self.substitute.len()),
            (Field::PrintName, print),
            (Field::After, self.after.len()),
        ]
    }
}

/// A version and strings that each end with a NUL.
fn app_exec_link(version: u32, strings: &[Vec<u16>]) -> Result<Vec<u8>, ReparseError> {
    let mut data = version.to_le_bytes().to_vec();
    for (index, string) in strings.iter().enumerate() {
        if let Some(position) = string.iter().position(|unit| *unit == 0) {
            return Err(ReparseError::Nul { field: Field::String(index), position });
        }
        data.extend(bytes_of(string));
        data.extend([0, 0]);
    }
    Ok(data)
}

// The links that Windows' own tools make ------------------------------------------------------------------------------

/// The junction that `mklink /J` makes: of `C:\x`, the substitute name `\??\C:\x`; of `\\?\Volume{…}\x`, the substitute
/// name `\??\Volume{…}\x`; the print name is the target as given.
///
/// Not checked: the characters of the target. `mklink` itself makes a relative target absolute, which takes a current
/// directory.
///
/// # Errors
/// The target is not an absolute one on this machine.
///
/// Source: a Windows 10 volume (libfsntfs sample), AlphaFS #516 for `\\?\`.
pub fn junction(target: &[u16]) -> Result<Reparse, TargetError> {
    let substitute = match TargetForm::of(target)? {
        TargetForm::Drive => prefixed(r"\??\", target),
        TargetForm::Device => prefixed(r"\??\", &target[DEVICE_PREFIX_UNITS..]),
        TargetForm::Unc | TargetForm::Relative => return Err(TargetError::NotLocal),
    };
    Ok(Reparse::MountPoint(PathNames::new(substitute, target.to_vec(), Layout::SubstituteFirst)))
}

/// The mount point that `mountvol` makes: the substitute name `\??\Volume{…}\` and an empty print name.
///
/// That the print name is empty follows from Windows' `dir`, which shows `[\??\Volume{…}\]` for such a directory, and
/// the print name wherever there is one (Microsoft's document of `dir`); ReactOS stores `\\?\Volume{…}\`.
pub fn volume_mount_point(volume: Guid) -> Reparse {
    let substitute = format!(r"\??\Volume{{{volume}}}\").encode_utf16().collect();
    Reparse::MountPoint(PathNames::new(substitute, Vec::new(), Layout::SubstituteFirst))
}

/// The symbolic link that `mklink` makes: of `C:\x`, the substitute name `\??\C:\x`; of `\\server\share`,
/// `\??\UNC\server\share`; of `\\?\x`, `\??\x`; anything else is relative, and both names are the target as given. The
/// print name is always the target as given.
///
/// Not checked: the characters of the target; `.` and `..` are not taken out of an absolute one. A file and a directory
/// link differ by nothing here, but by the file that has the reparse point.
///
/// # Errors
/// The target is empty, or one of which `mklink` makes something else.
///
/// Source: a Windows 10 volume (libfsntfs sample), winfsp #454.
pub fn symlink(target: &[u16]) -> Result<Reparse, TargetError> {
    let (substitute, flags) = match TargetForm::of(target)? {
        TargetForm::Drive => (prefixed(r"\??\", target), 0),
        TargetForm::Device => (prefixed(r"\??\", &target[DEVICE_PREFIX_UNITS..]), 0),
        TargetForm::Unc => (prefixed(r"\??\UNC", &target[1..]), 0),
        TargetForm::Relative => (target.to_vec(), 1),
    };
    Ok(Reparse::Symlink { names: PathNames::new(substitute, target.to_vec(), Layout::PrintFirst), flags })
}

/// Units of `\\?\` and `\\.\`.
const DEVICE_PREFIX_UNITS: usize = 4;

/// What kind of path a target is to Win32.
enum TargetForm {
    /// `C:\x`
    Drive,
    /// `\\?\x` or `\\.\x`
    Device,
    /// `\\server\share`
    Unc,
    /// `x` or `\x`
    Relative,
}

impl TargetForm {
    fn of(target: &[u16]) -> Result<Self, TargetError> {
        let text = String::from_utf16_lossy(&target[..target.len().min(DEVICE_PREFIX_UNITS)]);
        let form = match text.as_bytes() {
            [] => return Err(TargetError::Empty),
            br"\??\" => return Err(TargetError::NtPath),
            br"\\?\" | br"\\.\" => TargetForm::Device,
            [b'\\', b'\\', ..] => TargetForm::Unc,
            [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic() => TargetForm::Drive,
            [letter, b':', ..] if letter.is_ascii_alphabetic() => return Err(TargetError::DriveRelative),
            _ => return Ok(TargetForm::Relative),
        };
        // In a relative target a slash is stored as it is (and then not found); here Windows would change it.
        match target.iter().position(|unit| *unit == u16::from(b'/')) {
            Some(position) => Err(TargetError::Slash(position)),
            None => Ok(form),
        }
    }
}

fn prefixed(prefix: &str, target: &[u16]) -> Vec<u16> {
    prefix.encode_utf16().chain(target.iter().copied()).collect()
}

// Names of tags -------------------------------------------------------------------------------------------------------

/// The tag of this name in Microsoft's headers, with or without `IO_REPARSE_TAG_`.
pub fn tag_by_name(name: &str) -> Option<ReparseTag> {
    let name = name.strip_prefix(NAME_PREFIX).unwrap_or(name);
    KNOWN_TAGS.iter().map(|known| known.tag).find(|tag| name_of(*tag) == Some(name))
}

/// The name of a tag without `IO_REPARSE_TAG_`, if it has one.
pub fn name_of(tag: ReparseTag) -> Option<&'static str> {
    tag.known().map(|known| known.name.strip_prefix(NAME_PREFIX).unwrap_or(known.name))
}

// Bytes ---------------------------------------------------------------------------------------------------------------

/// An offset or a length as it is stored, modulo 2^16.
fn u16_bytes(number: usize) -> [u8; 2] {
    let [low, high, ..] = number.to_le_bytes();
    [low, high]
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// UTF-16LE.
fn bytes_of(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    /// `030000a0…` to bytes; blanks are skipped.
    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn check(reparse: &Reparse, expected: &str) {
        assert_eq!(reparse.encode(), Ok(hex(expected)));
    }

    /// A value whose text is easier to read as text.
    fn check_text(reparse: &Reparse, header: &str, text: &str) {
        assert_eq!(reparse.encode(), Ok([hex(header), bytes_of(&units(text))].concat()));
    }

    const GUID: Guid =
        Guid([0x78, 0x56, 0x34, 0x12, 0xBC, 0x9A, 0xF0, 0xDE, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]);

    // Bytes of Windows ------------------------------------------------------------------------------------------------

    // Expected bytes: Windows 10, `mklink` (libfsntfs sample MFT, records 47, 48 and 46).
    #[test]
    fn links_of_mklink_on_windows_10() {
        check(
            &junction(&units(r"x:\testdir1")).unwrap(),
            "030000a04000000000001e00200016005c003f003f005c0078003a005c0074006500730074006400690072003100000078003a00
             5c0074006500730074006400690072003100 0000",
        );
        check(
            &symlink(&units(r"x:\testdir1")).unwrap(),
            "0c0000a04000000016001e00000016000000000078003a005c00740065007300740064006900720031005c003f003f005c007800
             3a005c0074006500730074006400690072003100",
        );
        check(
            &symlink(&units(r"x:\testdir1\testfile1")).unwrap(),
            "0c0000a0680000002a00320000002a000000000078003a005c00740065007300740064006900720031005c007400650073007400
             660069006c00650031005c003f003f005c0078003a005c00740065007300740064006900720031005c0074006500730074006600
             69006c0065003100",
        );
    }

    // Expected bytes: Windows, `mklink /D dot .` (winfsp #454).
    #[test]
    fn a_relative_link_of_mklink() {
        check(&symlink(&units(".")).unwrap(), "0c0000a010000000 02000200000002000100 0000 2e002e00");
    }

    // Expected bytes: an older Windows (X-Ways sample MFT, 0x65800).
    #[test]
    fn a_junction_without_a_print_name_and_with_garbage_at_its_end() {
        let names = PathNames {
            after: vec![0xC5, 0xFF],
            ..PathNames::new(units(r"\??\P:\Pictures"), vec![], Layout::SubstituteFirstUnterminated)
        };
        check(
            &Reparse::MountPoint(names),
            "030000a02a00000000001e00200000005c003f003f005c0050003a005c00500069006300740075007200650073000000c5ff",
        );
    }

    // Expected bytes: data length 0x2A by PowerShell's source, `CreateJunction`: name, and 12 for the rest.
    #[test]
    fn a_junction_of_powershell() {
        let names = PathNames::new(units(r"\??\P:\Pictures"), vec![], Layout::SubstituteFirst);
        check_text(
            &Reparse::MountPoint(names),
            "030000a02a000000 00001e0020000000",
            &format!("{}\0\0", r"\??\P:\Pictures"),
        );
    }

    // Expected bytes: Windows 7, `C:\Users\All Users`: its four numbers, flags 0 and data length 0x52.
    #[test]
    fn the_link_of_windows_7s_own_setup() {
        let names = PathNames {
            after: vec![0, 0],
            ..PathNames::new(units(r"\??\C:\ProgramData"), units(r"C:\ProgramData"), Layout::SubstituteFirst)
        };
        check_text(
            &Reparse::Symlink { names, flags: 0 },
            "0c0000a052000000 0000240026001c00 00000000",
            &format!("{}\0{}\0\0", r"\??\C:\ProgramData", r"C:\ProgramData"),
        );
    }

    // Expected header: a Windows container's link to a volume (golang/go #15978): data length 0x116.
    #[test]
    fn a_link_of_a_windows_container() {
        let target = r"\ContainerMappedDirectories\E6D5FEDF-2F70-4B5C-A1C7-37D30F8E8ECE";
        let print = format!(r"\\?{target}");
        let names = PathNames::new(units(target), units(&print), Layout::SubstituteFirst);
        check_text(
            &Reparse::Symlink { names, flags: 0 },
            "0c0000a016010000 0000800082008600 00000000",
            &format!("{target}\0{print}\0"),
        );
    }

    // Expected bytes: Windows 10, `compact /exe:xpress8k` (libfsntfs sample MFT, 0xA400).
    #[test]
    fn a_compressed_file() {
        check(&Reparse::Wof(WofProvider::File { algorithm: 2 }), "1700008010000000 01000000020000000100000002000000");
    }

    // Expected bytes: the first 0xBE of the data of `winget.exe` on Windows 10 (ansible.windows #232).
    #[test]
    fn an_app_execution_alias() {
        let package = "Microsoft.DesktopAppInstaller_8wekyb3d8bbwe";
        let strings = vec![units(package), units(&format!("{package}!winget")), units(r"C:\x.exe"), units("0")];
        let value = Reparse::AppExecLink { version: 3, strings }.encode().unwrap();
        let start =
            hex("030000004d006900630072006f0073006f00660074002e004400650073006b0074006f00700041007000700049006e00
             7300740061006c006c00650072005f003800770065006b0079006200330064003800620062007700650000004d006900
             630072006f0073006f00660074002e004400650073006b0074006f00700041007000700049006e007300740061006c00
             6c00650072005f003800770065006b007900620033006400380062006200770065002100770069006e0067006500");
        assert_eq!(value[8..8 + start.len()], start);
        // The rest by the same rule: every string has a NUL, the last one too.
        assert!(value.ends_with(&bytes_of(&units("!winget\0C:\\x.exe\x000\0"))));
    }

    // Bytes of other writers ------------------------------------------------------------------------------------------

    // Expected bytes: ntfs-3g 2022.10.3 with `special_files=wsl`: `ln -s ../tgt/é`, `mknod`, `mkfifo`, a bound socket.
    #[test]
    fn links_and_special_files_of_wsl() {
        let target = "../tgt/é".into();
        check(&Reparse::LxSymlink { version: 2, target }, "1d0000a00d000000020000002e2e2f7467742fc3a9");
        check(&Reparse::WslSpecial(WslSpecial::Character), "2500008000000000");
        check(&Reparse::WslSpecial(WslSpecial::Block), "2600008000000000");
        check(&Reparse::WslSpecial(WslSpecial::Fifo), "2400008000000000");
        check(&Reparse::WslSpecial(WslSpecial::Socket), "2300008000000000");
    }

    // Expected bytes: the Linux driver ntfs3 (an image of ntfsprogs-plus, 0x45B800); Windows cannot follow it.
    #[test]
    fn a_relative_link_of_ntfs3() {
        let names = PathNames::new(units(r"\??\..\libtest.la"), units(r"..\libtest.la"), Layout::PrintFirst);
        check(
            &Reparse::Symlink { names, flags: 0 },
            "0c0000a0480000001a00220000001a0000000000
             2e002e005c006c006900620074006500730074002e006c006100
             5c003f003f005c002e002e005c006c006900620074006500730074002e006c006100",
        );
    }

    // Layouts of documents --------------------------------------------------------------------------------------------

    // MS-FSCC 2.1.2.4: both names may lie anywhere in the buffer.
    #[test]
    fn names_may_share_their_bytes() {
        let names = PathNames::new(units("main.c"), units("main.c"), Layout::Shared);
        check_text(&Reparse::Symlink { names, flags: 1 }, "0c0000a018000000 00000c0000000c00 01000000", "main.c");
        // The print name begins after the four units of \??\.
        let names = PathNames::new(units(r"\??\C:\x"), units(r"C:\x"), Layout::Shared);
        check_text(&Reparse::MountPoint(names), "030000a018000000 0000100008000800", r"\??\C:\x");
        let names = PathNames::new(units("main.c"), units("main"), Layout::Shared);
        assert_eq!(Reparse::MountPoint(names).encode(), Err(ReparseError::NotShared));
    }

    // NtApiDotNet `ReparseBuffer`: the layout of a symbolic link.
    #[test]
    fn a_global_reparse_point() {
        let names = PathNames::new(units("a"), units("b"), Layout::PrintFirst);
        check(&Reparse::GlobalReparse { names, flags: 0 }, "190000a010000000 0200020000000200 00000000 62006100");
    }

    // MS-FSCC 2.1.2.6.
    #[test]
    fn objects_of_server_for_nfs() {
        check(&Reparse::Nfs(NfsObject::Symlink(units("../x"))), "1400008010000000 4c4e4b0100000000 2e002e002f007800");
        check(
            &Reparse::Nfs(NfsObject::Character { major: 4, minor: 64 }),
            "1400008010000000 4348520000000000 0400000040000000",
        );
        check(
            &Reparse::Nfs(NfsObject::Block { major: 8, minor: 17 }),
            "1400008010000000 424c4b0000000000 0800000011000000",
        );
        check(&Reparse::Nfs(NfsObject::Fifo), "1400008008000000 4649464f00000000");
        check(&Reparse::Nfs(NfsObject::Socket), "1400008008000000 534f434b00000000");
    }

    // NtApiDotNet `ReparseBuffer`.
    #[test]
    fn a_container_placeholder() {
        for (tag, stored) in [(WciTag::Wci, "18000080"), (WciTag::Wci1, "18100090")] {
            check(
                &Reparse::Wci { tag, version: 1, layer: GUID, path: units(r"F\x") },
                &format!("{stored}20000000 01000000 00000000 78563412bc9af0de1122334455667788 0600 46005c007800"),
            );
        }
    }

    // wimlib `wof.h`, `struct wim_provider_rpdata`.
    #[test]
    fn a_file_in_a_wim_archive() {
        let provider = WofProvider::Wim {
            flags: 0,
            data_source: 7,
            content_hash: [0xAA; 20],
            table_hash: [0xBB; 20],
            size: 0x1000,
            stored_size: 0x800,
            offset: 0xD0,
        };
        let hashes = ["aa".repeat(20), "bb".repeat(20)].concat();
        check(
            &Reparse::Wof(provider),
            &format!(
                "1700008058000000 0100000001000000 02000000000000000700000000000000 {hashes}
                 0010000000000000 0008000000000000 d000000000000000"
            ),
        );
    }

    // MS-FSCC 2.1.2.3 `REPARSE_GUID_DATA_BUFFER`: the length does not count the GUID.
    #[test]
    fn tags_with_data_as_it_is() {
        check(&Reparse::Microsoft { tag: ReparseTag(0x8000_0013), data: vec![1, 2, 3] }, "1300008003000000 010203");
        for tag in [0x0000_000E, 0x2000_000D, 0x8000_0013] {
            let stored = u32::swap_bytes(tag);
            check(
                &Reparse::ThirdParty { tag: ReparseTag(tag), guid: GUID, data: vec![0xAB] },
                &format!("{stored:08x}01000000 78563412bc9af0de1122334455667788 ab"),
            );
        }
        let error = Reparse::Microsoft { tag: ReparseTag(0x2000_000D), data: vec![] }.encode().unwrap_err();
        assert_eq!(
            error.to_string(),
            "tag 0x2000000D is not Microsoft's (bit 31 is clear), so it needs a GUID before its data"
        );
    }

    #[test]
    fn raw_bytes_are_the_value() {
        for length in [0, 1, LARGEST_VALUE + 1] {
            assert_eq!(Reparse::Raw(vec![7; length]).encode(), Ok(vec![7; length]));
        }
    }

    // Limits ----------------------------------------------------------------------------------------------------------

    /// Fits with `longest` units of the last field, and not with one more.
    fn check_limit(make: impl Fn(usize) -> Reparse, longest: usize, field: Field) {
        assert!(make(longest).encode().is_ok_and(|value| value.len() == LARGEST_VALUE));
        let error = ReparseError::TooLong { field, length: 2 * longest + 2, limit: 2 * longest };
        assert_eq!(make(longest + 1).encode(), Err(error));
        // Offsets in the data would not even fit in 16 bits.
        assert!(make(70_000).encode().is_err());
    }

    #[test]
    fn a_value_has_at_most_16384_bytes() {
        let text = |length| vec![0x61; length];
        // Header, four numbers, two NULs, a print name of 5 units.
        let junction = |length| Reparse::MountPoint(PathNames::new(text(length), text(5), Layout::SubstituteFirst));
        check_limit(junction, (16_384 - 8 - 8 - 4 - 10) / 2, Field::SubstituteName);
        // Header, four numbers, flags, a substitute name of 5 units.
        let symlink =
            |length| Reparse::Symlink { names: PathNames::new(text(5), text(length), Layout::PrintFirst), flags: 0 };
        check_limit(symlink, (16_384 - 8 - 12 - 10) / 2, Field::PrintName);
        // One range, counted once.
        let shared = |length| Reparse::MountPoint(PathNames::new(text(length), text(length), Layout::Shared));
        check_limit(shared, (16_384 - 8 - 8) / 2, Field::SubstituteName);
        check_limit(|length| Reparse::Nfs(NfsObject::Symlink(text(length))), (16_384 - 16) / 2, Field::Target);
        // Header, version, "a", NUL, NUL of the second.
        let alias = |length| Reparse::AppExecLink { version: 3, strings: vec![text(1), text(length)] };
        check_limit(alias, (16_384 - 8 - 4 - 4 - 2) / 2, Field::String(1));
        let placeholder = |length| Reparse::Wci { tag: WciTag::Wci, version: 1, layer: GUID, path: text(length) };
        check_limit(placeholder, (16_384 - 0x22) / 2, Field::LayerPath);
        let vendor = |length| Reparse::ThirdParty { tag: ReparseTag(0xE), guid: GUID, data: vec![0; 2 * length] };
        check_limit(vendor, (16_384 - 24) / 2, Field::Data);
    }

    #[test]
    fn an_error_says_what_is_too_long_and_what_would_fit() {
        let error = Reparse::LxSymlink { version: 2, target: vec![b'a'; 20_000] }.encode().unwrap_err();
        let expected = "the target has 20000 bytes, but beside the rest of the reparse point there is room for 16372";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_string_of_an_alias_has_no_nul() {
        let strings = vec![units("a"), units("b\0c")];
        let error = Reparse::AppExecLink { version: 3, strings }.encode().unwrap_err();
        assert_eq!(error.to_string(), "string 1 has a NUL at unit 1, which would end it there");
    }

    // Targets ---------------------------------------------------------------------------------------------------------

    fn names_of(reparse: Result<Reparse, TargetError>) -> Result<(String, String, Option<u32>), TargetError> {
        let (names, flags) = match reparse? {
            Reparse::MountPoint(names) => (names, None),
            Reparse::Symlink { names, flags } => (names, Some(flags)),
            other => panic!("a link, not {other:?}"),
        };
        Ok((String::from_utf16(&names.substitute).unwrap(), String::from_utf16(&names.print).unwrap(), flags))
    }

    // Expected names: fsutil listings in AlphaFS #516, winfsp #454 and smbj #663; Win32 "Naming Files" for the forms.
    #[test]
    fn targets_of_mklink() {
        let symlinks = [
            (r"C:\", r"\??\C:\", 0),
            (r"c:\Program Files", r"\??\c:\Program Files", 0),
            (r"\\hostname\Test", r"\??\UNC\hostname\Test", 0),
            (r"\\?\Volume{x}\y", r"\??\Volume{x}\y", 0),
            (r"..\..\Environment\MOUNT_POINT", r"..\..\Environment\MOUNT_POINT", 1),
            (r"\Environment", r"\Environment", 1),
            ("t/f", "t/f", 1),
            ("CC:x", "CC:x", 1),
        ];
        for (target, substitute, flags) in symlinks {
            let expected = (substitute.to_owned(), target.to_owned(), Some(flags));
            assert_eq!(names_of(symlink(&units(target))), Ok(expected), "{target}");
        }
        let volume = r"Volume{01234567-89ab-cdef-0123-456789abcdef}\foo\";
        let expected = (format!(r"\??\{volume}"), format!(r"\\?\{volume}"), None);
        assert_eq!(names_of(junction(&units(&format!(r"\\?\{volume}")))), Ok(expected));
    }

    #[test]
    fn targets_that_mklink_stores_otherwise_are_refused() {
        let cases = [
            ("", TargetError::Empty, TargetError::Empty),
            ("C:", TargetError::DriveRelative, TargetError::DriveRelative),
            ("C:x", TargetError::DriveRelative, TargetError::DriveRelative),
            ("C:/x", TargetError::Slash(2), TargetError::Slash(2)),
            (r"\\?\C:\a/b", TargetError::Slash(8), TargetError::Slash(8)),
            (r"\??\C:\x", TargetError::NtPath, TargetError::NtPath),
        ];
        for (target, of_junction, of_symlink) in cases {
            assert_eq!(junction(&units(target)), Err(of_junction), "{target}");
            assert_eq!(symlink(&units(target)), Err(of_symlink), "{target}");
        }
        for target in ["x", r"..\x", r"\x", r"\\server\share"] {
            assert_eq!(junction(&units(target)), Err(TargetError::NotLocal), "{target}");
        }
    }

    #[test]
    fn unpaired_surrogates_stay() {
        let target = [0x61, 0xD800, 0x62];
        let names = PathNames::new(target.to_vec(), target.to_vec(), Layout::PrintFirst);
        assert_eq!(symlink(&target), Ok(Reparse::Symlink { names, flags: 1 }));
    }

    // Expected names: Windows' `dir` (see the function); the format of volume names: Win32 "Naming a Volume".
    #[test]
    fn a_volume_mount_point() {
        let expected = (r"\??\Volume{12345678-9abc-def0-1122-334455667788}\".to_owned(), String::new(), None);
        assert_eq!(names_of(Ok(volume_mount_point(GUID))), Ok(expected));
    }

    // Names -----------------------------------------------------------------------------------------------------------

    #[test]
    fn every_known_tag_has_a_name_that_finds_it() {
        for known in KNOWN_TAGS {
            assert_eq!(tag_by_name(known.name), Some(known.tag));
            assert_eq!(name_of(known.tag).and_then(tag_by_name), Some(known.tag));
        }
        assert_eq!(tag_by_name("STORAGE_SYNC_FOLDER"), Some(ReparseTag(0x9000_0027))); // `winnt.h`
        assert_eq!(name_of(ReparseTag(0x8000_0023)), Some("AF_UNIX"));
        assert_eq!((tag_by_name("STORAGE"), tag_by_name(""), name_of(ReparseTag(3))), (None, None, None));
    }
}
