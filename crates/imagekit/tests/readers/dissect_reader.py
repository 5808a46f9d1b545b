"""What dissect.ntfs finds in volumes."""

import struct

from dissect.ntfs import NTFS
from dissect.ntfs.c_ntfs import ATTRIBUTE_TYPE_CODE as TYPE

from facts import escaped, main, reference, summary

FIRST_USER_RECORD = 27


def facts_of(volume):
    ntfs = NTFS(volume)
    facts = dict(view_facts(ntfs))
    for record in ntfs.mft.segments(FIRST_USER_RECORD):
        if struct.unpack_from("<Q", record.data, 0x20)[0] == 0:
            facts.update((f"{record.segment} {name}", value) for name, value in attempt_record(record))
    return facts


def attempt_record(record):
    try:
        return list(record_facts(record)) if len(record.attributes) else []
    except Exception as error:
        return [("attributes", f"{type(error).__name__}: {error}")]


def view_facts(ntfs):
    """The keys of views in order, and what they lead to."""
    yield "reparse points", " ".join(entry.key.hex() for entry in in_order(ntfs.mft.get("$Extend\\$Reparse").index("$R")))
    entries = in_order(ntfs.mft.get("$Extend\\$ObjId").index("$O"))
    yield "object ids", " ".join(f"{entry.key.hex()}={entry.data.hex()}" for entry in entries)
    for identifier in 0x100, 0x101:
        descriptor = ntfs.secure.lookup(identifier)
        yield f"security {identifier:#x}", f"owner {descriptor.owner} group {descriptor.group} {len(descriptor.dacl.ace)} entries"


def in_order(index):
    """All entries of an index, each behind its child."""

    def node(entries):
        for entry in entries:
            if entry.is_node:
                yield from node(index.index_buffer(entry.node_vcn).entries())
            if not entry.is_end:
                yield entry

    yield from node(index.root.entries())


def attempt(what, *arguments):
    """A fault of the reader is a fact."""
    try:
        return what(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def record_facts(record):
    header, attributes = record.header, record.attributes
    in_use = header.Flags & 1
    yield "sequence", str(header.SequenceNumber)
    yield "in use", str(bool(in_use)).lower()
    yield "directory", str(record.is_dir()).lower()
    yield "link count", str(header.ReferenceCount)
    information = attributes.STANDARD_INFORMATION.attr
    times = information.CreationTime, information.LastModificationTime, information.LastChangeTime, information.LastAccessTime
    yield "times", " ".join(map(str, times))
    yield "attributes", f"{int(information.FileAttributes):#x}"
    for name in attributes[TYPE.FILE_NAME]:
        value = name.header.data()
        parent = reference(struct.unpack_from("<Q", value)[0])
        yield f"name {parent} {escaped(value[0x42:])}", f"namespace {value[0x41]}"
    for name in dict.fromkeys(data.header.name for data in attributes[TYPE.DATA]):
        fact = f"stream {escaped(name)}" if name else "data"
        yield fact, attempt(lambda: summary(record.open(name).read()))
    for point in attributes[TYPE.REPARSE_POINT]:
        yield "reparse point", attempt(lambda: summary(point.header.data()))
    for identifier in attributes[TYPE.OBJECT_ID]:
        yield "object id", identifier.header.data().hex()
    for value in attributes[TYPE.EA]:
        yield from extended_attributes(value.header.data())
    if record.is_dir() and in_use:
        yield from index_facts(record)


def extended_attributes(value):
    offset = 0
    while offset < len(value):
        step, flags, name_length, value_length = struct.unpack_from("<IBBH", value, offset)
        name = value[offset + 8 : offset + 8 + name_length].decode()
        start = offset + 9 + name_length
        yield f"extended attribute {name}", f"{flags >> 7} {summary(value[start : start + value_length])}"
        offset += step


def index_facts(record):
    """Each entry of a directory, and whether looking for its name finds it."""
    index = record.index("$I30")
    entries = list(index.entries())
    for number, entry in enumerate(entries):
        name = entry.key[0x42:]
        size, attributes, tag = struct.unpack_from("<QII", entry.key, 0x30)
        target = reference(struct.unpack("<Q", entry.header.FileReference.dumps())[0])
        text = f"{target} namespace {entry.key[0x41]} size {size} attributes {attributes:#x} tag {tag:#x}"
        yield f"entry {escaped(name)}", text
        if number % (len(entries) // 50 + 1):
            continue
        found = attempt(lambda: index.search(name.decode("utf-16-le")).key == entry.key)
        if found is not True:
            yield f"search {escaped(name)}", str(found)
    found = attempt(lambda: index.search("no such name"))
    if "KeyError" not in str(found):
        yield "search for a name that is not there", str(found)


main(facts_of)
