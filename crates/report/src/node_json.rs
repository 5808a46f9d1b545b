//! Nodes and edges as JSON objects.

use format::{
    CivilTime, FileAttributes, FileReference, FileTime, ForeignLink, ForeignTarget, LinuxMetadata, NfsObject,
    ReparseData, ReparsePoint, Utf16, Wtf8,
};
use links::{EdgeSource, File, HardLink, HardLinkEdge, ReparseType, VolumeGraph};

use crate::directory_paths::{DirectoryPaths, append_reference};
use crate::json_writer::{Object, append_number, append_string};

/// Writes the nodes and edges of one volume.
pub struct GraphObjects<'g> {
    graph: &'g VolumeGraph,
    number: u64,
    directories: DirectoryPaths<'g>,
}

impl<'g> GraphObjects<'g> {
    /// The objects of the volume that is called `v` and `number`.
    pub fn new(graph: &'g VolumeGraph, number: u64) -> Self {
        Self { graph, number, directories: DirectoryPaths::build(graph) }
    }

    /// Adds the keys of a file's node.
    pub fn node(&self, file: &File<'g>, object: &mut Object<'_>) {
        let reference = file.reference();
        self.id("id", reference, object);
        object.word("kind", if file.is_directory() { "directory" } else { "file" });
        object.value("volume", |out| self.append_volume(out));
        object.number("record", reference.record_number());
        object.number("sequence", u64::from(reference.sequence_number()));
        object.word("state", self.state(file));
        let mut links = Vec::new();
        file.hard_links(&mut links);
        self.paths(file, &links, object);
        object.number("link_count", u64::from(file.link_count()));
        object.number("hard_links", links.len() as u64);
        if let Some((size, allocated)) = file.size().filter(|_| !file.is_directory()) {
            object.number("size", size);
            object.number("allocated", allocated);
        }
        standard_information(file, object);
        if let Some(id) = file.object_id() {
            object.word("object_id", &id.to_string());
        }
        if let Some(linux) = file.linux_metadata() {
            object.value("wsl", |out| wsl(&linux, out));
        }
        if file.is_torn() {
            object.flag("torn", true);
        }
        if file.is_reparse_point() {
            object.value("reparse", |out| reparse(file, out));
        }
        if let Some(link) = file.foreign_link() {
            object.value("foreign_link", |out| foreign_link(&link, out));
        }
    }

    /// Adds the keys of a hard link's edge.
    pub fn edge(&self, edge: &HardLinkEdge<'_>, object: &mut Object<'_>) {
        let source = match edge.source {
            EdgeSource::Record(record) => self.graph.files.file(record),
            EdgeSource::Missing(_) => None,
        };
        let missing = match edge.source {
            EdgeSource::Record(record) => FileReference::new(record, 0),
            EdgeSource::Missing(reference) => reference,
        };
        object.word("type", "hard_link");
        self.id("source", source.map_or(missing, |source| source.reference()), object);
        self.id("target", edge.target.reference(), object);
        object.text("name", edge.link.name.text());
        object.word("namespace", namespace(edge.link.name.namespace()));
        if let Some(short_name) = edge.link.short_name {
            object.text("short_name", short_name.text());
        }
        if source.is_some_and(|source| !source.is_in_use()) {
            object.flag("deleted", true);
        }
    }

    fn append_volume(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"v");
        append_number(out, self.number);
        out.push(b'"');
    }

    fn id(&self, key: &'static str, reference: FileReference, object: &mut Object<'_>) {
        object.value(key, |out| {
            out.extend_from_slice(b"\"v");
            append_number(out, self.number);
            out.push(b':');
            append_reference(reference, out);
            out.push(b'"');
        });
    }

    /// Whether it is in use, by the word of the contract.
    pub fn state(&self, file: &File<'_>) -> &'static str {
        match file.is_in_use() {
            true if self.graph.is_delete_pending(file) => "delete_pending",
            true => "in_use",
            false => "deleted",
        }
    }

    /// Every path in the order of UTF-16 units; absent without names.
    fn paths(&self, file: &File<'_>, links: &[HardLink<'_>], object: &mut Object<'_>) {
        let is_root = file.record() == links::ROOT;
        match links {
            [] => {}
            // Nearly every file: no order to find, and the directory's path is a copy.
            [link] if !is_root && !link.name.has_unpaired_surrogate() => {
                let place = self.graph.place_of(file, &link.name);
                let mut unpaired_above = false;
                object.value("paths", |out| {
                    out.extend_from_slice(b"[\"");
                    let start = out.len();
                    self.directories.append_path(place, link.name.text(), out);
                    unpaired_above = out.get(start..).is_some_and(has_replacement);
                    out.extend_from_slice(b"\"]");
                });
                // A directory above may have such a name, or really have U+FFFD in it.
                if unpaired_above {
                    object.note_lost_texts("paths", &self.graph.paths.paths_of(&self.graph.files, file, links));
                }
            }
            links => {
                let paths = self.graph.paths.paths_of(&self.graph.files, file, links);
                object.texts("paths", &paths);
            }
        }
    }
}

/// Whether escaped text holds U+FFFD, which may stand for an unpaired surrogate.
fn has_replacement(text: &[u8]) -> bool {
    text.contains(&0xEF) && text.windows(3).any(|three| three == [0xEF, 0xBF, 0xBD])
}

fn namespace(namespace: format::Namespace) -> &'static str {
    match namespace {
        format::Namespace::Posix => "posix",
        format::Namespace::Win32 => "win32",
        format::Namespace::Dos => "dos",
        format::Namespace::Win32AndDos => "win32_and_dos",
    }
}

fn standard_information(file: &File<'_>, object: &mut Object<'_>) {
    let (Some(times), Some(attributes)) = (file.times(), file.attributes()) else { return };
    for (key, time) in ["created", "modified", "changed", "accessed"].into_iter().zip(times) {
        self::time(key, time, object);
    }
    object.value("attributes", |out| self::attributes(attributes, out));
    if file.is_case_sensitive() {
        object.flag("case_sensitive", true);
    }
    if file.reparse_trust() != 0 {
        object.number("reparse_trust", u64::from(file.reparse_trust()));
    }
}

/// Absent after the year 9999.
fn time(key: &'static str, time: FileTime, object: &mut Object<'_>) {
    let Some(civil) = time.civil() else { return };
    object.value(key, |out| {
        out.push(b'"');
        append_time(&civil, out);
        out.push(b'"');
    });
}

/// RFC 3339, UTC, with 7 decimals.
pub fn append_time(civil: &CivilTime, out: &mut Vec<u8>) {
    append_digits::<4>(civil.year, out);
    for (mark, number) in
        [(b'-', civil.month), (b'-', civil.day), (b'T', civil.hour), (b':', civil.minute), (b':', civil.second)]
    {
        out.push(mark);
        append_digits::<2>(number, out);
    }
    out.push(b'.');
    append_digits::<7>(civil.ticks, out);
    out.push(b'Z');
}

fn append_digits<const N: usize>(mut number: u32, out: &mut Vec<u8>) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.saturating_add(u8::try_from(number % 10).unwrap_or(0));
        number /= 10;
    }
    out.extend_from_slice(&digits);
}

/// The words of the contract, by bit.
const ATTRIBUTE_NAMES: &[(FileAttributes, &str)] = &[
    (FileAttributes::READ_ONLY, "read_only"),
    (FileAttributes::HIDDEN, "hidden"),
    (FileAttributes::SYSTEM, "system"),
    (FileAttributes::DIRECTORY, "directory"),
    (FileAttributes::ARCHIVE, "archive"),
    (FileAttributes::DEVICE, "device"),
    (FileAttributes::NORMAL, "normal"),
    (FileAttributes::TEMPORARY, "temporary"),
    (FileAttributes::SPARSE_FILE, "sparse_file"),
    (FileAttributes::REPARSE_POINT, "reparse_point"),
    (FileAttributes::COMPRESSED, "compressed"),
    (FileAttributes::OFFLINE, "offline"),
    (FileAttributes::NOT_CONTENT_INDEXED, "not_content_indexed"),
    (FileAttributes::ENCRYPTED, "encrypted"),
    (FileAttributes::INTEGRITY_STREAM, "integrity_stream"),
    (FileAttributes::VIRTUAL, "virtual"),
    (FileAttributes::NO_SCRUB_DATA, "no_scrub_data"),
    (FileAttributes::EA, "ea"),
    (FileAttributes::PINNED, "pinned"),
    (FileAttributes::UNPINNED, "unpinned"),
    (FileAttributes::RECALL_ON_DATA_ACCESS, "recall_on_data_access"),
];

fn attributes(attributes: FileAttributes, out: &mut Vec<u8>) {
    out.push(b'[');
    let mut unnamed = attributes;
    let mut comma = "";
    for (bit, name) in ATTRIBUTE_NAMES.iter().filter(|(bit, _)| attributes.contains(*bit)) {
        unnamed.remove(*bit);
        out.extend_from_slice(comma.as_bytes());
        append_string(out, Wtf8::from_wtf8(name.as_bytes()));
        comma = ",";
    }
    for bit in (0..u32::BITS).map(|bit| 1_u32 << bit).filter(|bit| unnamed.bits() & bit != 0) {
        out.extend_from_slice(format!("{comma}\"{bit:#x}\"").as_bytes());
        comma = ",";
    }
    out.push(b']');
}

/// The words of the attributes, with spaces between them.
pub fn attribute_words(file_attributes: FileAttributes) -> String {
    let mut list = Vec::new();
    attributes(file_attributes, &mut list);
    String::from_utf8_lossy(&list).replace(['[', ']', '"'], "").replace(',', " ")
}

fn wsl(linux: &LinuxMetadata, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    for (key, number) in [("uid", linux.uid), ("gid", linux.gid), ("mode", linux.mode)] {
        if let Some(number) = number {
            object.number(key, u64::from(number));
        }
    }
    if let Some(device) = linux.device {
        object.value("device", |out| self::device(device, out));
    }
    object.end();
}

fn device(device: format::Device, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.number("major", u64::from(device.major));
    object.number("minor", u64::from(device.minor));
    object.end();
}

/// A reparse point; one whose bytes cannot be read has a type and sizes only.
fn reparse(file: &File<'_>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    match file.reparse_point() {
        Some(point) => decoded_reparse(&point, &mut object),
        None => {
            object.word("type", "other");
            object.number("value_length", file.reparse_size().unwrap_or(0));
            if let Some(bytes) = file.reparse_bytes().filter(|bytes| !bytes.is_empty()) {
                object.hex("data", bytes);
            }
        }
    }
    object.end();
}

fn decoded_reparse(point: &ReparsePoint<'_>, object: &mut Object<'_>) {
    object.word("tag", &point.tag.to_string());
    if let Some(known) = point.tag.known() {
        object.word("tag_name", known.name);
    }
    object.word("type", ReparseType::of(point.tag, &point.data).as_str());
    object.number("data_length", u64::from(point.data_length));
    object.number("value_length", u64::from(point.value_length));
    if let Some(guid) = point.guid {
        object.word("guid", &guid.to_string());
    }
    match &point.data {
        ReparseData::MountPoint { substitute_name, print_name } => names(*substitute_name, *print_name, object),
        ReparseData::Symlink { substitute_name, print_name, relative } => {
            names(*substitute_name, *print_name, object);
            object.flag("relative", *relative);
        }
        ReparseData::WslSymlink { target } => byte_target(target, object),
        ReparseData::Nfs(NfsObject::Symlink(target)) => utf16_text("target", *target, object),
        ReparseData::Nfs(NfsObject::Character(numbers) | NfsObject::Block(numbers)) => {
            object.value("device", |out| device(*numbers, out));
        }
        ReparseData::Nfs(NfsObject::Fifo | NfsObject::Socket) => {}
        ReparseData::AppExecLink { strings } => app_exec_link(strings, object),
        ReparseData::Wof(wof) => object.value("wof", |out| {
            let mut object = Object::begin(out);
            object.number("provider", u64::from(wof.provider));
            if let Some(algorithm) = wof.algorithm {
                object.number("algorithm", u64::from(algorithm));
            }
            object.end();
        }),
        ReparseData::Wci { layer, path } => {
            object.word("layer_guid", &layer.to_string());
            utf16_text("layer_path", *path, object);
        }
        ReparseData::Opaque([]) => {}
        ReparseData::Opaque(data) => object.hex("data", data),
    }
}

fn names(substitute: Option<Utf16<'_>>, print: Option<Utf16<'_>>, object: &mut Object<'_>) {
    for (key, name) in [("substitute_name", substitute), ("print_name", print)] {
        if let Some(name) = name {
            utf16_text(key, name, object);
        }
    }
}

fn utf16_text(key: &'static str, text: Utf16<'_>, object: &mut Object<'_>) {
    object.text(key, text.to_wtf8().as_wtf8());
}

fn app_exec_link(strings: &[Utf16<'_>], object: &mut Object<'_>) {
    let strings: Vec<format::WtfString> = strings.iter().map(|text| text.to_wtf8()).collect();
    object.texts("strings", &strings);
}

/// A target that is bytes: UTF-8 by rule, and with its bytes as hex where it is not.
fn byte_target(target: &[u8], object: &mut Object<'_>) {
    let text = String::from_utf8_lossy(target);
    object.word("target", &text);
    if text.as_bytes() != target {
        object.value("bytes", |out| {
            let mut object = Object::begin(out);
            object.hex("target", target);
            object.end();
        });
    }
}

fn foreign_link(link: &ForeignLink<'_>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    match link {
        ForeignLink::InterixSymlink(target) => {
            object.word("type", "interix_symlink");
            utf16_text("target", *target, &mut object);
        }
        ForeignLink::CygwinSymlink(target) => {
            object.word("type", "cygwin_symlink");
            match target {
                ForeignTarget::Utf16(target) => utf16_text("target", *target, &mut object),
                ForeignTarget::Bytes(target) => byte_target(target, &mut object),
            }
        }
        ForeignLink::InterixCharacter(numbers) => {
            object.word("type", "interix_char");
            object.value("device", |out| device(*numbers, out));
        }
        ForeignLink::InterixBlock(numbers) => {
            object.word("type", "interix_block");
            object.value("device", |out| device(*numbers, out));
        }
    }
    object.end();
}
