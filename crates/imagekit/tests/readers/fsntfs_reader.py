"""What libfsntfs finds in volumes."""

import pyfsntfs

from facts import escaped, main, reference, summary

FIRST_USER_RECORD = 27
FILE_NAME, OBJECT_ID, DATA, REPARSE_POINT = 0x30, 0x40, 0x80, 0xC0


def facts_of(file):
    volume = pyfsntfs.volume()
    error = attempt(volume.open_file_object, file)
    if error is not None:
        return {"volume": error}
    facts = {}
    for number in range(FIRST_USER_RECORD, volume.number_of_file_entries):
        entry = volume.get_file_entry(number)
        if entry.base_record_file_reference == 0:
            facts.update((f"{number} {name}", value) for name, value in entry_facts(entry))
    return facts


def attempt(what, *arguments):
    """A fault of the reader is a fact."""
    try:
        return what(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"


def entry_facts(entry):
    if entry.number_of_attributes == 0:
        return
    yield "sequence", str(entry.file_reference >> 48)
    yield "in use", str(entry.is_allocated()).lower()
    yield "directory", str(entry.has_directory_entries_index()).lower()
    times = (
        entry.get_creation_time_as_integer,
        entry.get_modification_time_as_integer,
        entry.get_entry_modification_time_as_integer,
        entry.get_access_time_as_integer,
    )
    yield "times", " ".join(str(time()) for time in times)
    yield "attributes", f"{entry.file_attribute_flags:#x}"
    for attribute in entry.attributes:
        yield from attribute_facts(attribute)
    if entry.has_default_data_stream():
        yield "data", attempt(lambda: summary(entry.read_buffer_at_offset(entry.size, 0) if entry.size else b""))
    for number in range(entry.number_of_alternate_data_streams):
        stream = entry.get_alternate_data_stream(number)
        name = f"stream {escaped(stream.name)}"
        yield name, attempt(lambda: summary(stream.read_buffer_at_offset(stream.size, 0) if stream.size else b""))
    if entry.has_directory_entries_index() and entry.is_allocated():
        for child in entry.sub_file_entries:
            yield f"entry {escaped(child.name)}", reference(child.file_reference)


def attribute_facts(attribute):
    if attribute.attribute_type == FILE_NAME:
        parent = reference(attribute.parent_file_reference)
        yield attempt(lambda: f"name {parent} {escaped(attribute.name)}"), f"namespace {attribute.name_space}"
    if attribute.attribute_type == REPARSE_POINT:
        yield "reparse point", attempt(lambda: f"{attribute.data_size} bytes, tag {attribute.tag:#x}")
    if attribute.attribute_type == OBJECT_ID:
        yield "object id", attribute.droid_file_identifier


main(facts_of)
