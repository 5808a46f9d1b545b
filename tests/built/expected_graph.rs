//! The document that `scan` must write of an image, derived from its description by the contract of the graph
//! (`crates/report/schemas/graph.json`) and from nothing that the program computes.
//!
//! The image itself is asked for what a description leaves to its builder: which segments extend a file, what lies in
//! clusters, and where in the image an attribute is that has a problem ([`Segments`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use format::FileReference;
use imagekit::build::{Built, BuiltVolume};
use imagekit::description::{Content, ExtendedAttribute, Image, Volume};
use imagekit::partition_table::{Disk, TableKind};
use serde_json::{Value, json};

use crate::expected_reparse::ExpectedReparse;
use crate::files::{Base, EXTEND, Information, Selection, bases};
use crate::letters::Mount;
use crate::link_edges::{LinkEdge, link_edges, place_id};
use crate::places::{DOS, HardLink, Parent, Places, hard_links};
use crate::segments::{FILE_NAME, Place, REPARSE_POINT, STANDARD_INFORMATION, Segments, little_endian};
use crate::text::{Object, put_byte_text, put_text, put_texts, stored_units, units};
use crate::tree::{Link, Record, Tree};
use crate::world::{Place as LinkPlace, World};

/// An image, and what must be said of its reparse points, by index of the volume and record number.
#[derive(Clone, Debug)]
pub struct Described {
    pub image: Image,
    pub reparse: BTreeMap<(usize, u64), ExpectedReparse>,
}

/// The document; its problems have no messages.
pub fn expected_graph(described: &Described, built: &Built, image: &File, path: &str, selection: Selection) -> Value {
    let mut order: Vec<usize> = (0..built.volumes.len()).collect();
    order.sort_by_key(|index| built.volumes[*index].start);
    let segments: Vec<Segments> = order.iter().map(|index| Segments::read(image, &built.volumes[*index])).collect();
    let all_bases: Vec<BTreeMap<u64, Base<'_>>> = order
        .iter()
        .zip(&segments)
        .map(|(index, segments)| bases(&described.image.volumes[*index], &built.volumes[*index], segments))
        .collect();
    let all: Vec<_> = all_bases.iter().map(|bases| selected(bases, EVERY_RECORD)).collect();
    let visible: Vec<_> = all_bases.iter().map(|bases| selected(bases, selection)).collect();
    let volume = |(number, index): (usize, &usize)| ExpectedVolume {
        number,
        index: *index,
        volume: &described.image.volumes[*index],
        built: &built.volumes[*index],
        segments: &segments[number],
        places: Places::find(&visible[number], &segments[number]),
        bases: &visible[number],
        all: &all[number],
        reparse: described.reparse.iter().filter(|(key, _)| key.0 == *index).map(|(key, it)| (key.1, it)).collect(),
        selection,
    };
    let volumes: Vec<ExpectedVolume<'_>> = order.iter().enumerate().map(volume).collect();
    let disk = described.image.disk.as_ref();
    let world = world(&volumes, disk);
    let mut graph = Graph::default();
    graph.add_all(&volumes, &world, selection);
    let entries = volumes.iter().zip(&world.mounts);
    let entries = entries.map(|(volume, mount)| volume.entry(partition(disk, volume.index, built), mount));
    let mut document = json!({
        "schema": "ntfslinks/graph/1", "directed": true, "multigraph": true,
        "generator": {"name": "ntfslinks", "version": env!("CARGO_PKG_VERSION")},
        "images": [{"id": "i0", "path": path, "format": "raw", "size": built.size}],
        "volumes": entries.collect::<Vec<Value>>(),
    });
    graph.finish(&mut document);
    document
}

const EVERY_RECORD: Selection = Selection { all: true, deleted: true };

/// The records of a volume that a selection looks at.
fn selected<'a>(bases: &'a BTreeMap<u64, Base<'a>>, selection: Selection) -> BTreeMap<u64, &'a Base<'a>> {
    let wanted = bases.iter().filter(|(_, base)| base.is_in_use || selection.deleted);
    wanted.map(|(number, base)| (*number, base)).collect()
}

/// The volumes as links find their way in them, whatever was selected.
fn world<'a>(volumes: &[ExpectedVolume<'a>], disk: Option<&Disk>) -> World<'a> {
    let trees: Vec<Tree<'a>> = volumes.iter().map(ExpectedVolume::tree).collect();
    let mounts = volumes.iter().zip(&trees).map(|(it, tree)| Mount::of(tree, disk, it.index, it.built)).collect();
    World { trees, mounts }
}

/// Where a volume lies, by the partition table that was asked for.
fn partition(disk: Option<&Disk>, index: usize, built: &Built) -> Value {
    let Some(disk) = disk else { return json!({"scheme": "none", "offset": 0, "size": built.size}) };
    let BuiltVolume { start, size, .. } = built.volumes[index];
    let partition = &disk.partitions[index];
    let mut entry = json!({"offset": start, "size": size.next_multiple_of(u64::from(disk.sector))});
    let object = entry.as_object_mut().expect("an object");
    if let TableKind::Mbr { .. } = disk.table {
        object.insert("scheme".to_owned(), "mbr".into());
        object.insert("number".to_owned(), mbr_number(disk, index, built).into());
        object.insert("type".to_owned(), format!("{:#04x}", partition.mbr_type).into());
        return entry;
    }
    object.insert("scheme".to_owned(), "gpt".into());
    object.insert("number".to_owned(), (index + 1).into());
    object.insert("type".to_owned(), partition.gpt_type.to_string().into());
    object.insert("guid".to_owned(), partition.id.to_string().into());
    if !partition.name.is_empty() {
        put_text(object, "name", &partition.name);
    }
    entry
}

/// Slots of an MBR are numbered from 1, the extended partition having that of its first logical one; logical partitions
/// from 5, by their places.
fn mbr_number(disk: &Disk, index: usize, built: &Built) -> usize {
    let is_logical = |other: &usize| disk.partitions[*other].is_logical;
    if is_logical(&index) {
        let start = built.volumes[index].start;
        let before = (0..disk.partitions.len()).filter(is_logical).filter(|it| built.volumes[*it].start < start);
        return 5 + before.count();
    }
    let primaries = (0..index).filter(|other| !is_logical(other)).count();
    primaries + 1 + usize::from((0..index).any(|other| is_logical(&other)))
}

/// A place in the order of nodes: records by volume and number, then what is no record by its id.
type NodeOrder = (bool, usize, u64, String);

#[derive(Default)]
struct Graph {
    nodes: BTreeMap<NodeOrder, Value>,
    /// By source, target, type and the units of the name.
    edges: BTreeMap<(NodeOrder, NodeOrder, String, Vec<u16>), Value>,
    /// Volume, record, offset, code.
    problems: Vec<(usize, u64, u64, &'static str)>,
}

impl Graph {
    fn add_all(&mut self, volumes: &[ExpectedVolume<'_>], world: &World<'_>, selection: Selection) {
        let links = link_edges(world, selection);
        let needed: BTreeSet<Record> = links.iter().flat_map(|link| link.needed.iter().copied()).collect();
        for volume in volumes {
            volume.add_to(self, &needed);
        }
        for link in links {
            self.add_link(world, link);
        }
    }

    fn add_link(&mut self, world: &World<'_>, link: LinkEdge) {
        let record = |(volume, record): Record| (false, volume, record, String::new());
        let (id, node) = place_id(world, &link.target);
        let target = match link.target {
            LinkPlace::Record(target) => record(target),
            _ => (true, 0, 0, id),
        };
        if let Some(node) = node {
            self.nodes.insert(target.clone(), node);
        }
        self.add_edge((record(link.source), target, link.kind, link.source_path), link.json.into());
    }

    fn add_edge(&mut self, order: (NodeOrder, NodeOrder, String, Vec<u16>), edge: Value) {
        let what = edge["target"].to_string();
        let before = self.edges.insert(order, edge);
        assert!(before.is_none(), "two edges to {what} are the same: their order is not defined");
    }

    fn finish(mut self, document: &mut Value) {
        self.problems.sort_unstable();
        document["nodes"] = self.nodes.into_values().collect();
        document["edges"] = self.edges.into_values().collect();
        let problem = |(volume, record, offset, code)| {
            let volume = format!("v{volume}");
            json!({"code": code, "volume": volume, "record": record, "offset": offset})
        };
        document["problems"] = self.problems.into_iter().map(problem).collect();
    }
}

struct ExpectedVolume<'a> {
    number: usize,
    /// In the description.
    index: usize,
    volume: &'a Volume,
    built: &'a BuiltVolume,
    segments: &'a Segments,
    /// Those that `scan` is asked for.
    bases: &'a BTreeMap<u64, &'a Base<'a>>,
    places: Places<'a>,
    /// Those that it is not asked for as well.
    all: &'a BTreeMap<u64, &'a Base<'a>>,
    reparse: BTreeMap<u64, &'a ExpectedReparse>,
    selection: Selection,
}

impl<'a> ExpectedVolume<'a> {
    fn tree(&self) -> Tree<'a> {
        let link = |base: &Base<'_>| {
            let reparse = self.reparse.get(&base.stored.record_number()).map(|expected| Link::of(&expected.json));
            reparse.or_else(|| Some(Link::of(&self.foreign_link(base)?)))
        };
        let links = self.all.iter().filter_map(|(record, base)| Some((*record, link(base)?))).collect();
        Tree { number: self.number, bases: self.all, places: Places::find(self.all, self.segments), links }
    }

    /// Adds what is asked for, and the records that links need.
    fn add_to(&self, graph: &mut Graph, needed: &BTreeSet<Record>) {
        let is_needed = |base: &Base<'_>| needed.contains(&(self.number, base.stored.record_number()));
        for base in self.bases.values().filter(|base| self.is_wanted(base) || is_needed(base)) {
            self.add_node(base, graph);
            for link in hard_links(&base.names) {
                self.add_edge(base, &link, graph);
            }
        }
        for base in self.bases.values() {
            self.add_problems(base, graph);
        }
        for directory in self.places.cycles() {
            graph.problems.push((self.number, directory, self.segments.image_offset(directory, 0), "parent-cycle"));
        }
    }

    /// Whether a file is exported though nothing else needs it.
    fn is_wanted(&self, base: &Base<'_>) -> bool {
        self.selection.all
            || !base.is_in_use
            || hard_links(&base.names).len() >= 2
            || is_reparse_point(base)
            || self.foreign_link(base).is_some()
    }

    fn id(&self, reference: FileReference) -> String {
        format!("v{}:{reference}", self.number)
    }

    fn order(&self, base: &Base<'_>) -> NodeOrder {
        (false, self.number, base.stored.record_number(), String::new())
    }

    // Nodes -----------------------------------------------------------------------------------------------------------

    fn add_node(&self, base: &Base<'_>, graph: &mut Graph) {
        graph.nodes.entry(self.order(base)).or_insert_with(|| self.node(base));
    }

    fn node(&self, base: &Base<'_>) -> Value {
        let links = hard_links(&base.names);
        let mut node = json!({
            "id": self.id(base.stored), "kind": if base.is_directory { "directory" } else { "file" },
            "volume": format!("v{}", self.number), "record": base.stored.record_number(),
            "sequence": base.stored.sequence_number(), "state": self.state(base),
            "link_count": base.names.len(), "hard_links": links.len(),
        });
        let object = node.as_object_mut().expect("an object");
        if !links.is_empty() {
            let mut paths: Vec<Vec<u16>> = links.iter().map(|link| self.places.path(base, link.name)).collect();
            paths.sort();
            put_texts(object, "paths", &paths);
        }
        if let Some((size, allocated)) = base.size.filter(|_| !base.is_directory) {
            object.insert("size".to_owned(), size.into());
            object.insert("allocated".to_owned(), allocated.into());
        }
        base.information.iter().for_each(|information| put_information(object, information, base.is_directory));
        self.put_rare(object, base);
        if let Some(link) = self.foreign_link(base) {
            object.insert("foreign_link".to_owned(), link.into());
        }
        node
    }

    fn state(&self, base: &Base<'_>) -> &'static str {
        let is_in_deleted = |name: &imagekit::description::Name| {
            let directory = self.bases.get(&name.parent.record_number());
            directory.is_some_and(|directory| directory.stored == name.parent && is_deleted_directory(directory))
        };
        match base.is_in_use {
            true if base.names.iter().any(is_in_deleted) => "delete_pending",
            true => "in_use",
            false => "deleted",
        }
    }

    /// What few files have.
    fn put_rare(&self, object: &mut Object, base: &Base<'_>) {
        let Some(extra) = base.described.and_then(|file| file.extra.as_deref()) else { return };
        if let Some((id, _)) = extra.object_id {
            object.insert("object_id".to_owned(), id.to_string().into());
        }
        let linux = linux_metadata(&extra.extended_attributes);
        if !linux.is_empty() {
            object.insert("wsl".to_owned(), linux.into());
        }
        if extra.reparse.is_some() {
            let expected = self.reparse[&base.stored.record_number()];
            object.insert("reparse".to_owned(), expected.json.clone().into());
        }
    }

    /// The link or device that a system file's content is to Interix or Cygwin. Content in clusters is not looked at.
    fn foreign_link(&self, base: &Base<'_>) -> Option<Object> {
        const SYSTEM: u32 = 4;
        let file =
            base.described.filter(|_| base.information.as_ref().is_some_and(|it| it.attributes & SYSTEM != 0))?;
        let Some(Content::Bytes(content)) = &file.content else { return None };
        let is_resident = self.segments.has_resident_data(file.reference.record_number());
        if is_resident { foreign_link(&content.bytes) } else { None }
    }

    // Edges -----------------------------------------------------------------------------------------------------------

    fn add_edge(&self, base: &Base<'_>, link: &HardLink<'_>, graph: &mut Graph) {
        let parent = link.name.parent;
        let source = match self.places.parent(base, parent) {
            Parent::Directory(directory) => self.bases.get(&directory).copied(),
            // The node that the reference names, though it is no directory, or no longer one.
            _ => self.bases.get(&parent.record_number()).copied().filter(|base| base.stored == parent),
        };
        let mut edge = json!({
            "type": "hard_link", "source": self.id(source.map_or(parent, |source| source.stored)),
            "target": self.id(base.stored), "namespace": namespace(link.name.namespace),
        });
        let object = edge.as_object_mut().expect("an object");
        put_text(object, "name", &link.name.units);
        if let Some(short_name) = link.short_name {
            put_text(object, "short_name", &short_name.units);
        }
        if source.is_some_and(|source| !source.is_in_use) {
            object.insert("deleted".to_owned(), true.into());
        }
        let source = match source {
            Some(source) => {
                self.add_node(source, graph);
                self.order(source)
            }
            None => self.add_missing_node(parent, graph),
        };
        graph.add_edge((source, self.order(base), "hard_link".to_owned(), link.name.units.to_vec()), edge);
    }

    fn add_missing_node(&self, reference: FileReference, graph: &mut Graph) -> NodeOrder {
        let id = self.id(reference);
        let order = (true, 0, 0, id.clone());
        let node = json!({"id": id, "kind": "missing", "volume": format!("v{}", self.number)});
        graph.nodes.insert(order.clone(), node);
        order
    }

    // Problems --------------------------------------------------------------------------------------------------------

    fn add_problems(&self, base: &Base<'_>, graph: &mut Graph) {
        let mut add = |record, offset, code| graph.problems.push((self.number, record, offset, code));
        for field in times_out_of_range(base) {
            let place = self.place(base, STANDARD_INFORMATION);
            add(place.record, place.value_offset(8 * field), "time-out-of-range");
        }
        for name in base.names.iter().filter(|_| base.is_in_use) {
            let code = match self.places.parent(base, name.parent) {
                Parent::Stale => "stale-parent-reference",
                Parent::Missing => "missing-parent",
                Parent::NotADirectory => "parent-not-a-directory",
                Parent::Directory(_) if self.places.is_too_long(base, name) => "path-too-long",
                Parent::Directory(_) => continue,
            };
            let place = self.place_of_name(base, name);
            add(place.record, place.attribute_offset(), code);
        }
        if is_reparse_point(base) {
            for (code, offset) in &self.reparse[&base.stored.record_number()].problems {
                let place = self.place(base, REPARSE_POINT);
                add(place.record, place.value_offset(*offset), code);
            }
        }
    }

    fn place(&self, base: &Base<'_>, kind: u32) -> Place<'_> {
        self.segments.find(base.stored.record_number(), kind, |_| true).expect("the attribute is in the image")
    }

    fn place_of_name(&self, base: &Base<'_>, name: &imagekit::description::Name) -> Place<'_> {
        let is_the_name = |value: &[u8]| {
            let stored = value[0x42..].chunks_exact(2).map(|unit| little_endian(unit) as u16);
            let place = (little_endian(&value[..8]), value[0x41]);
            place == (name.parent.0, name.namespace) && stored.eq(name.units.iter().copied())
        };
        let place = self.segments.find(base.stored.record_number(), FILE_NAME, |attribute| {
            attribute.resident_value().is_some_and(is_the_name)
        });
        place.expect("the name is in the image")
    }

    // The volume ------------------------------------------------------------------------------------------------------

    fn entry(&self, partition: Value, mount: &Mount) -> Value {
        let geometry = self.volume.geometry;
        let mut entry = json!({
            "id": format!("v{}", self.number), "image": "i0", "partition": partition,
            "serial": format!("{:016X}", self.volume.serial), "ntfs_version": "3.1",
            "dirty": self.volume.flags & 1 == 1,
            "bytes_per_sector": geometry.sector, "bytes_per_cluster": geometry.cluster,
            "bytes_per_record": geometry.record, "counts": self.counts(),
        });
        if let Some(mount) = mount.json() {
            entry["mount"] = mount;
        }
        if !self.volume.label.is_empty() {
            put_text(entry.as_object_mut().expect("an object"), "label", &self.volume.label);
        }
        entry
    }

    fn counts(&self) -> Value {
        let in_use: Vec<&Base<'_>> = self.all.values().copied().filter(|base| base.is_in_use).collect();
        let directories = in_use.iter().filter(|base| base.is_directory).count();
        let names = in_use.iter().flat_map(|base| &base.names).filter(|name| name.namespace != DOS).count();
        let is_hard_linked = |base: &Base<'_>| !base.is_directory && hard_links(&base.names).len() >= 2;
        // The only damage that a description can have inside of a slot, but for reparse data, which is judged later.
        let damaged = self.bases.values().filter(|base| times_out_of_range(base).next().is_some()).count();
        json!({
            "records": self.built.records, "in_use": in_use.len(), "directories": directories,
            "files": in_use.len() - directories,
            "extension_records": self.segments.extensions().filter(|segment| segment.is_in_use).count(),
            "names": names,
            "hard_linked_files": in_use.iter().filter(|base| is_hard_linked(base)).count(),
            "reparse_points": in_use.iter().filter(|base| is_reparse_point(base)).count(),
            "deleted": self.all.len() - in_use.len(), "damaged": damaged,
        })
    }
}

/// `\$Extend\$Deleted`, where Windows keeps what is deleted and still open.
fn is_deleted_directory(base: &Base<'_>) -> bool {
    let is_named = |name: &imagekit::description::Name| {
        name.parent.record_number() == EXTEND && *name.units == units("$Deleted")[..]
    };
    base.is_in_use && base.is_directory && base.names.iter().any(is_named)
}

fn is_reparse_point(base: &Base<'_>) -> bool {
    let extra = base.described.and_then(|file| file.extra.as_deref());
    extra.is_some_and(|extra| extra.reparse.is_some())
}

fn namespace(namespace: u8) -> &'static str {
    ["posix", "win32", "dos", "win32_and_dos"][usize::from(namespace)]
}

/// The fields of a file's times that RFC 3339 cannot say.
fn times_out_of_range(base: &Base<'_>) -> impl Iterator<Item = u64> {
    let times = base.information.as_ref().map(|information| information.times);
    let fields = (0..).zip(times.into_iter().flatten());
    fields.filter(|(_, time)| rfc_3339(*time).is_none()).map(|(field, _)| field)
}

fn put_information(object: &mut Object, information: &Information, is_directory: bool) {
    for (key, time) in ["created", "modified", "changed", "accessed"].into_iter().zip(information.times) {
        if let Some(text) = rfc_3339(time) {
            object.insert(key.to_owned(), text.into());
        }
    }
    object.insert("attributes".to_owned(), attribute_words(information.attributes).into());
    if is_directory && information.extra_flags & 1 != 0 {
        object.insert("case_sensitive".to_owned(), true.into());
    }
    let trust = information.extra_flags >> 4 & 3;
    if trust != 0 {
        object.insert("reparse_trust".to_owned(), trust.into());
    }
}

/// A time in ticks of 100 ns since 1601, with seven decimals; `None` after the year 9999. Days are counted one year and
/// one month after the other: slow, and hard to get wrong.
fn rfc_3339(time: u64) -> Option<String> {
    const TICKS: u64 = 10_000_000;
    let (mut days, second) = (time / TICKS / 86_400, time / TICKS % 86_400);
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1601;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
        if year > 9999 {
            return None;
        }
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let (day, ticks) = (days + 1, time % TICKS);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ticks:07}Z"))
}

/// Bit and word of each file attribute that has one.
///
/// Source: Windows SDK `winnt.h`, `FILE_ATTRIBUTE_…`; words of the contract.
const ATTRIBUTE_WORDS: [(u32, &str); 21] = [
    (0x1, "read_only"),
    (0x2, "hidden"),
    (0x4, "system"),
    (0x10, "directory"),
    (0x20, "archive"),
    (0x40, "device"),
    (0x80, "normal"),
    (0x100, "temporary"),
    (0x200, "sparse_file"),
    (0x400, "reparse_point"),
    (0x800, "compressed"),
    (0x1000, "offline"),
    (0x2000, "not_content_indexed"),
    (0x4000, "encrypted"),
    (0x8000, "integrity_stream"),
    (0x1_0000, "virtual"),
    (0x2_0000, "no_scrub_data"),
    (0x4_0000, "ea"),
    (0x8_0000, "pinned"),
    (0x10_0000, "unpinned"),
    (0x40_0000, "recall_on_data_access"),
];

/// Words from the lowest bit up, then the bits without one.
fn attribute_words(attributes: u32) -> Vec<String> {
    let has = |bit: u32| attributes & bit != 0;
    let words = ATTRIBUTE_WORDS.iter().filter(|(bit, _)| has(*bit)).map(|(_, word)| (*word).to_owned());
    let is_named = |bit: u32| ATTRIBUTE_WORDS.iter().any(|(named, _)| *named == bit);
    let others = (0..32).map(|place| 1 << place).filter(|bit| has(*bit) && !is_named(*bit));
    words.chain(others.map(|bit| format!("{bit:#x}"))).collect()
}

/// Owner, group, mode and device, as WSL keeps them.
///
/// Source: Microsoft WSL documentation `file-permissions.md`.
fn linux_metadata(attributes: &[ExtendedAttribute]) -> Object {
    let mut linux = Object::new();
    for ExtendedAttribute { name, value, .. } in attributes {
        let number = |start: usize| Some(little_endian(value.get(start..start + 4)?));
        let mut put = |key: &str, number: Option<u64>| number.map(|number| linux.insert(key.to_owned(), number.into()));
        match &name[..] {
            b"$LXUID" => put("uid", number(0)),
            b"$LXGID" => put("gid", number(0)),
            b"$LXMOD" => put("mode", number(0)),
            b"$LXDEV" => {
                let numbers = number(0).zip(number(4));
                numbers.map(|(major, minor)| linux.insert("device".to_owned(), json!({"major": major, "minor": minor})))
            }
            _ => continue,
        };
    }
    linux
}

/// What content is to Interix or Cygwin.
///
/// Source: ntfs-3g `layout.h`; Cygwin `winsup/cygwin/path.cc`.
fn foreign_link(content: &[u8]) -> Option<Object> {
    let mut link = Object::new();
    let until_nul = |units: Vec<u16>| units.into_iter().take_while(|unit| *unit != 0).collect::<Vec<u16>>();
    if let Some(target) = content.strip_prefix(b"IntxLNK\x01") {
        link.insert("type".to_owned(), "interix_symlink".into());
        put_text(&mut link, "target", &stored_units(target));
    } else if let Some(target) = content.strip_prefix(b"!<symlink>\xFF\xFE") {
        link.insert("type".to_owned(), "cygwin_symlink".into());
        put_text(&mut link, "target", &until_nul(stored_units(target)));
    } else if let Some(target) = content.strip_prefix(b"!<symlink>") {
        link.insert("type".to_owned(), "cygwin_symlink".into());
        let length = target.iter().position(|byte| *byte == 0).unwrap_or(target.len());
        put_byte_text(&mut link, "target", &target[..length]);
    } else {
        let kind = match content.first_chunk()? {
            b"IntxCHR\0" => "interix_char",
            b"IntxBLK\0" => "interix_block",
            _ => return None,
        };
        let [major, minor] = [8, 16].map(|start| little_endian(&content[start..start + 8]));
        link.insert("type".to_owned(), kind.into());
        link.insert("device".to_owned(), json!({"major": major, "minor": minor}));
    }
    Some(link)
}
