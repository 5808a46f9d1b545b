"""Writes real NTFS volumes without mounting them: `mkntfs` formats, and the library inside the ntfs-3g driver
(libntfs-3g) makes the files. Shared by `make-fixtures` and `make-volume`.

What the driver has no call for (the case-sensitive flag, a freed record as Windows leaves it) is written into the file
record segments of the closed image by `FileRecords`.

Nothing here is shared with the crates: two independent hands on one layout catch each other.
"""

import ctypes
import os
import shutil
import stat
import struct
import subprocess
import sys
import uuid
from contextlib import contextmanager

ROOT_DIRECTORY = 5

# Security id 0x100 is one that mkntfs puts into $Secure. A file that has one gets the 72-byte $STANDARD_INFORMATION
# of Windows; one without (0) gets the 48-byte form and a $SECURITY_DESCRIPTOR of its own.
SECURITY_ID = 0x100
NO_SECURITY_ID = 0

# The bits of $STANDARD_INFORMATION 0x20 by the words of the graph document.
FILE_ATTRIBUTES = {
    "read_only": 0x1,
    "hidden": 0x2,
    "system": 0x4,
    "directory": 0x10,
    "archive": 0x20,
    "temporary": 0x100,
    "sparse_file": 0x200,
    "reparse_point": 0x400,
    "compressed": 0x800,
    "offline": 0x1000,
    "not_content_indexed": 0x2000,
    "ea": 0x40000,
}

ATTRIBUTE_DATA = 0x80

# The only fields of the library's structure of an open file that are used (`struct _ntfs_inode` of libntfs-3g.so.89 on
# 64-bit machines).
INODE_RECORD_NUMBER, INODE_FILE_ATTRIBUTES = 0, 32
FILETIME_OF_1970 = 116_444_736_000_000_000


# Formatting ---------------------------------------------------------------------------------------------------------


def require_tools():
    """Installs ntfs-3g (which brings mkntfs and the library) when it is missing and we may; otherwise says so."""
    if shutil.which("mkntfs") and _library_name():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit("needs mkntfs and libntfs-3g: install the package ntfs-3g")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "ntfs-3g"]):
        subprocess.run(command, check=True, stdout=sys.stderr, env=environment)


def mkntfs_version():
    """The line in which mkntfs names its version and its library's, such as `mkntfs v2022.10.3 (libntfs-3g)`."""
    answer = subprocess.run(["mkntfs", "--version"], capture_output=True, text=True, check=True)
    return (answer.stdout + answer.stderr).strip().splitlines()[0]


def mkntfs_arguments(label, bytes_per_sector, bytes_per_cluster):
    """Everything that mkntfs would otherwise ask the machine for is given, so that a rebuild gives the same volume:
    partition start and disk geometry, and with `-T` the time, from which it also draws the serial number."""
    return [
        *["mkntfs", "-F", "-Q", "-q", "-T", "-I", "-L", label],
        *["-s", str(bytes_per_sector), "-c", str(bytes_per_cluster), "-p", "0", "-H", "0", "-S", "0"],
    ]


def format_volume(image, size, label, bytes_per_sector=512, bytes_per_cluster=4096):
    """Writes an empty volume of `size` bytes into the file `image`, replacing what was there."""
    with open(image, "wb") as file:
        file.truncate(size)
    command = mkntfs_arguments(label, bytes_per_sector, bytes_per_cluster) + [image]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"mkntfs refused {image}: {answer.stdout}{answer.stderr}")


# The driver's library -----------------------------------------------------------------------------------------------


def _library_name():
    # The calls and fields used below belong to this version of the library's interface.
    name = "libntfs-3g.so.89"
    try:
        ctypes.CDLL(name)
    except OSError:
        return None
    return name


def _load_library():
    library = ctypes.CDLL(_library_name(), use_errno=True)
    pointer, text, size, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32
    name = [text, ctypes.c_uint8]  # UTF-16 units and how many
    signatures = {
        "ntfs_mount": (pointer, [text, ctypes.c_ulong]),
        "ntfs_umount": (ctypes.c_int, [pointer, ctypes.c_int]),
        "ntfs_inode_open": (pointer, [pointer, ctypes.c_uint64]),
        "ntfs_inode_close": (ctypes.c_int, [pointer]),
        "ntfs_inode_close_in_dir": (ctypes.c_int, [pointer, pointer]),
        "ntfs_create": (pointer, [pointer, number, *name, number]),
        "ntfs_create_device": (pointer, [pointer, number, *name, number, ctypes.c_uint64]),
        "ntfs_create_symlink": (pointer, [pointer, number, *name, text, ctypes.c_int]),
        "ntfs_link": (ctypes.c_int, [pointer, pointer, *name]),
        "ntfs_delete": (ctypes.c_int, [pointer, text, pointer, pointer, *name]),
        "ntfs_set_ntfs_dos_name": (ctypes.c_int, [pointer, pointer, text, size, ctypes.c_int]),
        "ntfs_set_ntfs_reparse_data": (ctypes.c_int, [pointer, text, size, ctypes.c_int]),
        "ntfs_set_ntfs_ea": (ctypes.c_int, [pointer, text, size, ctypes.c_int]),
        "ntfs_set_ntfs_object_id": (ctypes.c_int, [pointer, text, size, ctypes.c_int]),
        "ntfs_set_ntfs_attrib": (ctypes.c_int, [pointer, text, size, ctypes.c_int]),
        "ntfs_inode_set_times": (ctypes.c_int, [pointer, text, size, ctypes.c_int]),
        "ntfs_attr_open": (pointer, [pointer, number, pointer, number]),
        "ntfs_attr_pwrite": (ctypes.c_int64, [pointer, ctypes.c_int64, ctypes.c_int64, text]),
        "ntfs_attr_close": (None, [pointer]),
    }
    for function, (result, arguments) in signatures.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    library.ntfs_log_set_handler.argtypes = [pointer]
    library.ntfs_log_set_handler(library.ntfs_log_handler_stderr)
    library.unnamed = ctypes.addressof(ctypes.c_uint16.in_dll(library, "AT_UNNAMED"))
    return library


def utf16(text):
    """The UTF-16LE units of `text`; unpaired surrogates stay as they are, because NTFS names may hold them."""
    return text.encode("utf-16-le", "surrogatepass")


class Volume:
    """An NTFS image opened with the driver's library, for writing. Files and directories are opened by record number.

    The library does not notice when one record is open twice, and writes one of the two copies over the other: a
    directory has to be closed before anything else may open it, and a new file is closed together with its directory.
    """

    def __init__(self, image, security_id=SECURITY_ID):
        self.library = _load_library()
        self.security_id = security_id
        self.handle = self._checked(self.library.ntfs_mount(os.fsencode(image), 0), f"open {image}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.handle:
            self._checked(self.library.ntfs_umount(self.handle, 0) == 0, "close the volume")
            self.handle = None

    def _checked(self, answer, action):
        if answer:
            return answer
        code = ctypes.get_errno()
        raise OSError(code, f"{os.strerror(code)}: ntfs-3g could not {action}")

    # Opening.

    @contextmanager
    def opened(self, record):
        inode = self.open(record)
        try:
            yield inode
        finally:
            self.close_inode(inode)

    def open(self, record):
        inode = self.library.ntfs_inode_open(self.handle, record)
        return self._checked(inode, f"open record {record}")

    def close_inode(self, inode):
        self._checked(self.library.ntfs_inode_close(inode) == 0, "close a file")

    def close_in(self, inode, directory):
        """Closes a file while its directory stays open."""
        self._checked(self.library.ntfs_inode_close_in_dir(inode, directory) == 0, "close a file")

    def record_number(self, inode):
        return ctypes.c_uint64.from_address(inode + INODE_RECORD_NUMBER).value

    # Making. `directory` and the result are open; `close_in` the result.

    def create_file(self, directory, name):
        return self._create(directory, name, stat.S_IFREG)

    def create_directory(self, directory, name):
        return self._create(directory, name, stat.S_IFDIR)

    def _create(self, directory, name, kind):
        units = utf16(name)
        inode = self.library.ntfs_create(directory, self.security_id, units, len(units) // 2, kind)
        return self._checked(inode, f"create {name!a}")

    def create_interix_symlink(self, directory, name, target):
        units, target_units = utf16(name), utf16(target)
        inode = self.library.ntfs_create_symlink(
            directory, self.security_id, units, len(units) // 2, target_units, len(target_units) // 2
        )
        return self._checked(inode, f"create {name!a}")

    def create_interix_device(self, directory, name, kind, major, minor):
        """`kind` is S_IFCHR or S_IFBLK, without permission bits."""
        units = utf16(name)
        inode = self.library.ntfs_create_device(
            directory, self.security_id, units, len(units) // 2, kind, os.makedev(major, minor)
        )
        return self._checked(inode, f"create {name!a}")

    # Changing.

    def link(self, inode, directory, name):
        units = utf16(name)
        answer = self.library.ntfs_link(inode, directory, units, len(units) // 2)
        self._checked(answer == 0, f"link {name!a}")

    def delete(self, inode, directory, name):
        """Removes one name, and the file with its last name. Closes both."""
        units = utf16(name)
        answer = self.library.ntfs_delete(self.handle, None, inode, directory, units, len(units) // 2)
        self._checked(answer == 0, f"delete {name!a}")

    def set_short_name(self, inode, directory, name):
        """Pairs the file's only name with an 8.3 alias. Closes both."""
        text = name.encode()
        answer = self.library.ntfs_set_ntfs_dos_name(inode, directory, text, len(text), 0)
        self._checked(answer == 0, f"set the short name {name}")

    def set_reparse_point(self, inode, value):
        answer = self.library.ntfs_set_ntfs_reparse_data(inode, value, len(value), 0)
        self._checked(answer == 0, f"set the reparse point {value[:16].hex()}")

    def allow_wsl_special_file(self, inode):
        """Sets file attribute 0x40000 in the open file; setting a reparse point then writes it. Without it the driver
        refuses the tags of WSL's sockets, fifos and devices, and it has no call for this bit."""
        ctypes.c_uint32.from_address(inode + INODE_FILE_ATTRIBUTES).value |= FILE_ATTRIBUTES["ea"]

    def set_extended_attributes(self, inode, value):
        self._checked(self.library.ntfs_set_ntfs_ea(inode, value, len(value), 0) == 0, "set extended attributes")

    def set_object_id(self, inode, value):
        self._checked(self.library.ntfs_set_ntfs_object_id(inode, value, len(value), 0) == 0, "set an object id")

    def set_file_attributes(self, inode, bits):
        value = struct.pack("<I", bits)
        self._checked(self.library.ntfs_set_ntfs_attrib(inode, value, len(value), 0) == 0, "set file attributes")

    def set_times(self, inode, created, modified, accessed):
        value = struct.pack("<3Q", created, modified, accessed)
        self._checked(self.library.ntfs_inode_set_times(inode, value, len(value), 0) == 0, "set times")

    def write(self, inode, data):
        attribute = self.library.ntfs_attr_open(inode, ATTRIBUTE_DATA, self.library.unnamed, 0)
        self._checked(attribute, "open the data")
        written = self.library.ntfs_attr_pwrite(attribute, 0, len(data), data)
        self.library.ntfs_attr_close(attribute)
        self._checked(written == len(data), "write the data")


# Reparse points -----------------------------------------------------------------------------------------------------

MOUNT_POINT = 0xA0000003
SYMLINK = 0xA000000C
LX_SYMLINK = 0xA000001D
WOF = 0x80000017


def reparse_value(tag, data, guid=None):
    """A whole $REPARSE_POINT value. The length in its header counts the data alone, not the GUID of other vendors."""
    owner = uuid.UUID(guid).bytes_le if guid else b""
    return struct.pack("<IHH", tag, len(data), 0) + owner + data


def mount_point_data(substitute_name, print_name, tail=b"\0\0"):
    """Data of a junction or mount point as `mklink /J` lays it out: substitute name, NUL, print name, NUL."""
    substitute, display = utf16(substitute_name), utf16(print_name)
    names = substitute + b"\0\0" + display + tail
    return struct.pack("<4H", 0, len(substitute), len(substitute) + 2, len(display)) + names


def symbolic_link_data(substitute_name, print_name, relative):
    """Data of a symbolic link as `mklink` lays it out: print name, then substitute name, without NULs."""
    substitute, display = utf16(substitute_name), utf16(print_name)
    header = struct.pack("<4HI", len(display), len(substitute), 0, len(display), int(relative))
    return header + display + substitute


# The closed image ---------------------------------------------------------------------------------------------------


class FileRecords:
    """The file record segments of an image that nobody has open, read and written through the $MFT's data runs."""

    STRIDE = 512  # of the update sequence array, whatever the sector size
    IN_USE = 0x0001

    def __init__(self, image):
        self.file = open(image, "r+b")
        boot = self.file.read(512)
        bytes_per_sector, sectors = struct.unpack_from("<HB", boot, 0x0B)
        self.bytes_per_cluster = bytes_per_sector * (sectors if sectors <= 128 else 1 << (256 - sectors))
        (first_cluster,) = struct.unpack_from("<Q", boot, 0x30)
        (code,) = struct.unpack_from("<b", boot, 0x40)
        self.size = code * self.bytes_per_cluster if code > 0 else 1 << -code
        # Record 0 starts the $MFT, so these clusters are enough to read where the rest is.
        self.runs = [(first_cluster, -(-self.size // self.bytes_per_cluster))]
        self.runs, self.count = self._mft_runs(self.read(0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def read(self, number):
        """A copy of the segment with the update sequence array already applied, or None where none was ever written."""
        record = bytearray()
        for offset, length in self._places(number):
            self.file.seek(offset)
            record += self.file.read(length)
        if record[:4] != b"FILE":
            return None
        for place, word in self._protected_words(record):
            record[place : place + 2] = record[word : word + 2]
        return record

    def write(self, number, record):
        """Writes the segment back under the next update sequence number."""
        record = bytearray(record)
        (array,) = struct.unpack_from("<H", record, 4)
        (last,) = struct.unpack_from("<H", record, array)
        update_sequence_number = struct.pack("<H", last % 0xFFFE + 1)  # never 0 or 0xFFFF
        record[array : array + 2] = update_sequence_number
        for place, word in self._protected_words(record):
            record[word : word + 2] = record[place : place + 2]
            record[place : place + 2] = update_sequence_number
        for offset, length in self._places(number):
            self.file.seek(offset)
            self.file.write(record[:length])
            del record[:length]

    def is_in_use(self, number):
        return bool(struct.unpack_from("<H", self.read(number), 0x16)[0] & self.IN_USE)

    def segments_of(self, base):
        """Numbers of the base record and of the extension records that name it."""
        (sequence,) = struct.unpack_from("<H", self.read(base), 0x10)
        reference = base | sequence << 48
        others = [number for number in range(self.count) if self._base_reference(number) == reference]
        return [base, *others]

    def attribute_value(self, record, wanted):
        """Offset of the value of the first resident attribute of that type."""
        for offset, kind in self._attributes(record):
            if kind == wanted:
                return offset + struct.unpack_from("<H", record, offset + 0x14)[0]
        raise LookupError(f"the record has no attribute {wanted:#x}")

    def _base_reference(self, number):
        record = self.read(number)
        return struct.unpack_from("<Q", record, 0x20)[0] if record else None

    def _attributes(self, record):
        (offset,) = struct.unpack_from("<H", record, 0x14)
        while True:
            kind, length = struct.unpack_from("<II", record, offset)
            if kind == 0xFFFFFFFF:
                return
            yield offset, kind
            offset += length

    def _mft_runs(self, record):
        for offset, kind in self._attributes(record):
            if kind == 0x20:
                raise NotImplementedError("the $MFT is too fragmented: it has an attribute list")
            if kind == ATTRIBUTE_DATA:
                (pairs,) = struct.unpack_from("<H", record, offset + 0x20)
                (initialised_size,) = struct.unpack_from("<Q", record, offset + 0x38)
                return list(self._mapping_pairs(record, offset + pairs)), initialised_size // self.size
        raise LookupError("the $MFT has no data")

    def _mapping_pairs(self, record, offset):
        cluster = 0
        while record[offset]:
            length_size, delta_size = record[offset] & 0xF, record[offset] >> 4
            middle = offset + 1 + length_size
            end = middle + delta_size
            cluster += int.from_bytes(record[middle:end], "little", signed=True)
            yield cluster, int.from_bytes(record[offset + 1 : middle], "little")
            offset = end

    def _places(self, number):
        """Image offset and length of each piece of a segment: it may straddle runs when clusters are smaller."""
        start, end = number * self.size, (number + 1) * self.size
        position = 0
        for cluster, clusters in self.runs:
            length = clusters * self.bytes_per_cluster
            first, last = max(start, position), min(end, position + length)
            if first < last:
                yield cluster * self.bytes_per_cluster + first - position, last - first
            position += length

    def _protected_words(self, record):
        array, count = struct.unpack_from("<HH", record, 4)
        for index in range(1, count):
            yield index * self.STRIDE - 2, array + 2 * index
