"""What a mount of ntfs-3g shows: every name, what it leads to, its content, streams and NTFS attributes, and whether
looking it up by its path finds it. Prints facts by path, parts escaped.

mounted.py DIRECTORY            everything
mounted.py DIRECTORY --brief    without times, attributes and streams
"""

import ctypes
import errno
import json
import os
import stat
import sys

from facts import escaped, summary

KINDS = {stat.S_IFDIR: "directory", stat.S_IFREG: "file", stat.S_IFLNK: "link"}
NTFS_ATTRIBUTES = {
    "system.ntfs_attrib_be": "attributes",
    "system.ntfs_times_be": "times",
    "system.ntfs_reparse_data": "reparse point",
    "system.ntfs_ea": "extended attributes",
    "system.ntfs_object_id": "object id",
    "system.ntfs_dos_name": "dos name",
}
ABSENT = b"no such name"
LONGEST_VALUE = 1 << 16

lgetxattr = ctypes.CDLL(None).lgetxattr
lgetxattr.restype = ctypes.c_ssize_t


def shown(name):
    """A name as ntfs-3g shows it: UTF-8, surrogates too."""
    return escaped(name.decode("utf-8", "surrogatepass"))


def walk(directory, path, facts):
    try:
        entries = list(os.scandir(directory))
    except OSError as error:
        facts[f"{path} listing"] = error.strerror
        return
    for entry in entries:
        name = shown(entry.name)
        if path == "" and name.startswith("$"):
            continue
        here = path + "/" + name
        facts.update((f"{here} {fact}", value) for fact, value in facts_of(entry.path))
        if entry.is_dir(follow_symlinks=False):
            walk(entry.path, here, facts)
    absent(os.path.join(directory, ABSENT), path, facts)


def facts_of(path):
    try:
        status = os.lstat(path)
    except OSError as error:
        yield "lookup", error.strerror
        return
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "something else")
    yield "kind", kind
    yield "record", str(status.st_ino)
    if kind != "directory":
        yield "links", str(status.st_nlink)
    if kind == "file":
        yield "data", content(path)
    if not BRIEF:
        yield from attributes_of(path)


def content(path):
    try:
        with open(path, "rb") as file:
            return summary(file.read())
    except OSError as error:
        return error.strerror


def attributes_of(path):
    for attribute, fact in NTFS_ATTRIBUTES.items():
        value = extended_attribute(path, attribute)
        if value is None:
            continue
        if fact == "attributes":
            yield fact, f"{int.from_bytes(value, 'big'):#x}"
        elif fact == "times":
            yield fact, " ".join(str(int.from_bytes(value[at : at + 8], "big")) for at in range(0, len(value), 8))
        elif fact == "dos name":
            yield fact, escaped(value.decode())
        else:
            yield fact, summary(value)
    for stream in os.listxattr(path, follow_symlinks=False):
        if stream.startswith("user."):
            value = extended_attribute(path, stream)
            yield f"stream {escaped(stream.removeprefix('user.'))}", "unreadable" if value is None else summary(value)


def extended_attribute(path, attribute):
    """With room for the longest value at once: `os.getxattr` first tries with little, and ntfs-3g answers with more."""
    value = ctypes.create_string_buffer(LONGEST_VALUE)
    length = lgetxattr(path, os.fsencode(attribute), value, LONGEST_VALUE)
    return None if length < 0 else value.raw[:length]


def absent(path, shown_path, facts):
    try:
        os.lstat(path)
        facts[f"{shown_path}/{ABSENT.decode()} found"] = "true"
    except OSError as error:
        if error.errno != errno.ENOENT:
            facts[f"{shown_path}/{ABSENT.decode()} error"] = str(error)


BRIEF = sys.argv[2:] == ["--brief"]
found = {}
walk(os.fsencode(sys.argv[1]), "", found)
json.dump(found, sys.stdout)
