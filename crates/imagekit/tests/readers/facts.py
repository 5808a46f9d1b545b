"""What the helpers of the readers share: how a fact is written. `facts.rs` is the other side."""

import json
import os
import sys
import zlib


class Part:
    """A part of a file as a file of its own."""

    def __init__(self, path, start, size):
        self.file = open(path, "rb")
        self.start, self.size, self.position = start, size, 0

    def seek(self, offset, whence=os.SEEK_SET):
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        self.position = base + offset
        return self.position

    def tell(self):
        return self.position

    def read(self, size=-1):
        left = max(self.size - self.position, 0)
        size = left if size is None or size < 0 else min(size, left)
        self.file.seek(self.start + self.position)
        data = self.file.read(size)
        self.position += len(data)
        return data

    def get_size(self):
        return self.size


def escaped(name):
    """UTF-16LE, text, or nothing: printable ASCII as it is, any other unit as \\u0041."""
    if name is None:
        return "none"
    if isinstance(name, str):
        name = name.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(name[at : at + 2], "little") for at in range(0, len(name), 2)]
    return "".join(chr(unit) if 0x20 <= unit <= 0x7E and unit != 0x5C else f"\\u{unit:04X}" for unit in units)


def reference(value):
    return f"{value & 0xFFFFFFFFFFFF}-{value >> 48}"


def summary(data):
    return f"{len(data)} bytes {zlib.crc32(data):08x}"


def main(facts_of):
    """Prints the facts of each volume that the command line names as START:SIZE:PATH."""
    found = []
    for argument in sys.argv[1:]:
        start, size, path = argument.split(":", 2)
        found.append(facts_of(Part(path, int(start), int(size))))
    json.dump(found, sys.stdout)
