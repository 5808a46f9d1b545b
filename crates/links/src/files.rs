//! The files of a volume: facts of base records and their extension records, put together.

use format::{
    FileAttributes, FileReference, FileTime, ForeignLink, Guid, LinuxMetadata, Namespace, ReparsePoint, UpCase, Wtf8,
    WtfString,
};
use image::ImageOffset;
use volume::Volume;

use crate::details::Details;
use crate::facts::{ChunkFacts, Extra, FreeName, Marks, NameFact, Rare, SegmentFacts, Value, indices};
use crate::problem::Problem;

/// Every file of a volume, by file record number.
#[derive(Debug)]
pub struct Files {
    pub(crate) chunks: Vec<ChunkFacts>,
    /// How names are compared.
    pub up_case: UpCase,
    /// For each block of the MFT its place among those that the image has plus one; 0 where it does not have it.
    block_places: Vec<u32>,
    /// Binary logarithms of how many slots a block and a chunk have.
    block_bits: u32,
    chunk_bits: u32,
    /// Base record and extension record, by base record, then in the order of its attribute list.
    pub(crate) extensions: Vec<(u32, u32)>,
    /// What was read out of clusters, in batches.
    pub(crate) read_batches: Vec<Vec<u8>>,
    /// What does not fit together, beside what each chunk found in its own records.
    pub(crate) problems: Vec<Problem>,
}

impl Files {
    /// A table of the facts that the walk found. `records_per_block` and `records_per_chunk` are powers of two: a record is
    /// looked up too often to divide.
    pub(crate) fn new(
        chunks: Vec<ChunkFacts>,
        up_case: UpCase,
        records_per_block: u64,
        records_per_chunk: u64,
    ) -> Files {
        Files {
            block_places: block_places(&chunks, records_per_block),
            chunks,
            up_case,
            block_bits: records_per_block.ilog2(),
            chunk_bits: records_per_chunk.ilog2(),
            extensions: Vec::new(),
            read_batches: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// How many positions there are: every slot that is in the image has one, in record order.
    pub fn positions(&self) -> usize {
        self.chunks.last().map_or(0, |last| ((self.chunks.len() - 1) << self.chunk_bits) + last.slots.len())
    }

    /// The position of a record's slot, for tables with one entry a slot.
    #[inline]
    pub fn position(&self, record: u64) -> Option<usize> {
        let block = usize::try_from(record >> self.block_bits).ok()?;
        let place = self.block_places.get(block)?.checked_sub(1)?;
        let in_block = record & ((1 << self.block_bits) - 1);
        usize::try_from(u64::from(place) << self.block_bits | in_block).ok()
    }

    /// The record at a position.
    pub fn record_at(&self, position: usize) -> Option<u64> {
        let (chunk, slot) = self.locate(position)?;
        let in_block = slot & ((1 << self.block_bits) - 1);
        Some(chunk.blocks.get(slot >> self.block_bits)? + in_block as u64)
    }

    /// The chunk of a position, and the slot in it.
    #[inline]
    fn locate(&self, position: usize) -> Option<(&ChunkFacts, usize)> {
        Some((self.chunks.get(position >> self.chunk_bits)?, position & ((1 << self.chunk_bits) - 1)))
    }

    /// The segment of a record, base or extension.
    #[inline]
    pub(crate) fn segment(&self, record: u64) -> Option<Segment<'_>> {
        let (chunk, slot) = self.locate(self.position(record)?)?;
        let facts = chunk.segments.get(usize::from(*chunk.slots.get(slot)?).checked_sub(1)?)?;
        Some(Segment { record, chunk, facts })
    }

    /// The few segments of a chunk that have more than most, in record order.
    pub(crate) fn segments_with_extra<'a>(
        &'a self,
        chunk: &'a ChunkFacts,
    ) -> impl Iterator<Item = (Segment<'a>, &'a Extra)> {
        chunk.extras.iter().filter_map(|extra| Some((self.segment(extra.record)?, extra)))
    }

    /// The file whose base record has this number, in use or (if such were asked for) not.
    #[inline]
    pub fn file(&self, record: u64) -> Option<File<'_>> {
        self.file_of_base(self.segment(record)?)
    }

    /// How many chunks the facts are kept in, each of consecutive records.
    pub fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    /// The files of one chunk, in record order.
    pub fn files_of_chunk(&self, chunk: usize) -> impl Iterator<Item = File<'_>> {
        self.segments_of_chunk(chunk).filter_map(|segment| self.file_of_base(segment))
    }

    /// The file of a base record; `None` of an extension record.
    pub(crate) fn file_of_base<'a>(&'a self, base: Segment<'a>) -> Option<File<'a>> {
        (!base.is_extension()).then_some(File { files: self, base })
    }

    /// The segments of one chunk, in record order.
    pub(crate) fn segments_of_chunk(&self, chunk: usize) -> impl Iterator<Item = Segment<'_>> {
        self.slots_of_chunk(chunk).filter_map(|(record, chunk, slot)| {
            let facts = chunk.segments.get(usize::from(slot).checked_sub(1)?)?;
            Some(Segment { record, chunk, facts })
        })
    }

    /// The few files of one chunk that have more than most, in record order: reparse points, attribute lists.
    pub(crate) fn files_with_extra(&self, chunk: usize) -> impl Iterator<Item = File<'_>> {
        let segments = self.chunks.get(chunk).into_iter().flat_map(|chunk| self.segments_with_extra(chunk));
        segments.filter_map(|(segment, _)| self.file_of_base(segment))
    }

    /// The names of the records of one chunk that are not in use, in record order.
    pub(crate) fn free_names_of_chunk(&self, chunk: usize) -> &[FreeName] {
        self.chunks.get(chunk).map(|chunk| &chunk.free_names[..]).unwrap_or_default()
    }

    /// The slots of one chunk: their records, and what the chunk says of each.
    fn slots_of_chunk(&self, chunk: usize) -> impl Iterator<Item = (u64, &ChunkFacts, u16)> {
        let per_block = 1 << self.block_bits;
        self.chunks.get(chunk).into_iter().flat_map(move |chunk| {
            let records = chunk.blocks.iter().flat_map(move |first| *first..first.saturating_add(per_block));
            records.zip(&chunk.slots).map(move |(record, slot)| (record, chunk, *slot))
        })
    }

    /// Extension records in use.
    pub(crate) fn extension_records(&self) -> u64 {
        let is_extension = |(segment, extra): &(Segment<'_>, &Extra)| extra.base().is_some() && segment.is_in_use();
        self.chunks.iter().flat_map(|chunk| self.segments_with_extra(chunk)).filter(is_extension).count() as u64
    }

    /// Base records not in use that decode.
    pub(crate) fn free_bases(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.free_bases).sum()
    }

    /// Slots with problems of their own.
    pub(crate) fn damaged_slots(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.damaged).sum()
    }

    /// Every problem found so far, which are then no longer kept here.
    pub(crate) fn take_problems(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.extend(self.chunks.iter_mut().flat_map(|chunk| std::mem::take(&mut chunk.problems)));
        problems
    }

    /// The bytes of a value of a chunk, if they are at hand.
    pub(crate) fn value_bytes<'a>(&'a self, chunk: &'a ChunkFacts, value: &Value) -> Option<&'a [u8]> {
        chunk.resident_bytes(value).or_else(|| {
            let read = chunk.cluster_value(value)?.bytes.as_ref()?;
            self.read_batches.get(read.batch as usize)?.get(indices(&read.range))
        })
    }

    /// A name by where it is kept.
    pub(crate) fn name(&self, id: NameId) -> Option<Name<'_>> {
        let segment = self.segment(u64::from(id.record))?;
        let fact = segment.chunk.names_of(segment.facts).get(usize::from(id.index))?;
        Some(Name { chunk: segment.chunk, fact, id })
    }

    /// The names that one record holds, base or extension, whether that was joined to a file or not.
    pub fn names_of_record(&self, record: u64) -> impl Iterator<Item = Name<'_>> {
        self.segment(record).into_iter().flat_map(|segment| segment.names())
    }

    /// The file that has a name. It is asked only for names that [`File::names`] answered.
    pub fn file_with(&self, name: &Name<'_>) -> Option<File<'_>> {
        self.file_of_name(name.id)
    }

    /// The file that has a name. It is asked only for names of files, so that an extension record is one that was joined.
    pub(crate) fn file_of_name(&self, id: NameId) -> Option<File<'_>> {
        let holder = self.segment(u64::from(id.record))?;
        let base = holder.extra().and_then(Extra::base).map_or(holder.record, |base| base.record_number());
        self.file(base)
    }

    fn extensions_of(&self, base: u64) -> &[(u32, u32)] {
        let start = self.extensions.partition_point(|(known, _)| u64::from(*known) < base);
        let rest = self.extensions.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|(known, _)| u64::from(*known) == base).count();
        rest.get(..count).unwrap_or_default()
    }
}

/// The sequence number of a record after it is freed; 0 is skipped.
pub(crate) fn next_sequence(sequence: u16) -> u16 {
    sequence.checked_add(1).unwrap_or(1)
}

fn block_places(chunks: &[ChunkFacts], records_per_block: u64) -> Vec<u32> {
    let index = |first: u64| usize::try_from(first / records_per_block).unwrap_or(usize::MAX);
    let last = chunks.last().and_then(|chunk| chunk.blocks.last());
    let mut places = vec![0; last.map_or(0, |last| index(*last) + 1)];
    for (place, first) in (1..).zip(chunks.iter().flat_map(|chunk| &chunk.blocks)) {
        places.get_mut(index(*first)).into_iter().for_each(|entry| *entry = place);
    }
    places
}

/// One file record segment with its facts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub record: u64,
    pub chunk: &'a ChunkFacts,
    pub facts: &'a SegmentFacts,
}

impl<'a> Segment<'a> {
    pub fn extra(&self) -> Option<&'a Extra> {
        self.chunk.extra_of(self.facts)
    }

    pub fn is_extension(&self) -> bool {
        self.extra().is_some_and(|extra| extra.base().is_some())
    }

    pub fn is_in_use(&self) -> bool {
        self.facts.marks.contains(Marks::IN_USE)
    }

    pub fn names(&self) -> impl Iterator<Item = Name<'a>> + use<'a> {
        let (chunk, record) = (self.chunk, u32::try_from(self.record).unwrap_or(u32::MAX));
        (0..).zip(chunk.names_of(self.facts)).map(move |(index, fact)| Name {
            chunk,
            fact,
            id: NameId { record, index },
        })
    }

    /// The hashes of its names.
    pub fn name_hashes(&self) -> &'a [u32] {
        self.chunk.name_hashes_of(self.facts)
    }

    pub fn name_texts(&self) -> Vec<WtfString> {
        self.names().map(|name| WtfString::from(name.text())).collect()
    }
}

/// Which name of which segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct NameId {
    pub record: u32,
    pub index: u16,
}

/// One `$FILE_NAME` of a file.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    chunk: &'a ChunkFacts,
    fact: &'a NameFact,
    pub(crate) id: NameId,
}

impl<'a> Name<'a> {
    /// The name.
    pub fn text(&self) -> Wtf8<'a> {
        self.chunk.name_text(self.fact)
    }

    /// The directory that the name is in, as stored.
    pub fn parent(&self) -> FileReference {
        self.fact.parent
    }

    /// The namespace.
    pub fn namespace(&self) -> Namespace {
        self.fact.namespace()
    }

    /// Whether the name is not valid UTF-16.
    pub fn has_unpaired_surrogate(&self) -> bool {
        self.fact.has_unpaired_surrogate()
    }

    /// The record that holds the attribute, and where in it the attribute begins.
    pub fn place(&self) -> (u64, u32) {
        (u64::from(self.id.record), u32::from(self.fact.attribute_offset))
    }
}

/// One hard link: a name, with the 8.3 alias that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct HardLink<'a> {
    /// The name.
    pub name: Name<'a>,
    /// Its alias, in the same directory.
    pub short_name: Option<Name<'a>>,
}

/// One file or directory.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    files: &'a Files,
    base: Segment<'a>,
}

impl<'a> File<'a> {
    /// Its base record's number.
    pub fn record(&self) -> u64 {
        self.base.record
    }

    /// Its base record's number and sequence number, as stored.
    pub fn reference(&self) -> FileReference {
        FileReference::new(self.base.record, self.base.facts.sequence_number)
    }

    /// Whether the record is in use.
    pub fn is_in_use(&self) -> bool {
        self.base.is_in_use()
    }

    /// Whether the record has the directory flag.
    pub fn is_directory(&self) -> bool {
        self.base.facts.marks.contains(Marks::DIRECTORY)
    }

    /// Whether an update sequence of one of its records did not match.
    pub fn is_torn(&self) -> bool {
        self.torn_records().next().is_some()
    }

    /// The numbers of its records of which an update sequence did not match.
    pub fn torn_records(&self) -> impl Iterator<Item = u64> + use<'a> {
        let torn = self.segments().filter(|segment| segment.facts.marks.contains(Marks::TORN));
        torn.map(|segment| segment.record)
    }

    /// The count in the record header, DOS names included.
    pub fn link_count(&self) -> u16 {
        self.base.facts.link_count
    }

    /// The numbers of its records: the base record, then its extension records in the order of the attribute list.
    pub fn records(&self) -> Vec<u64> {
        self.segments().map(|segment| segment.record).collect()
    }

    /// The base record, then its extension records in the order of the attribute list.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'a>> + use<'a> {
        let files = self.files;
        // Only a record with an attribute list has extension records, and few have one.
        let has_list = self.base.extra().is_some_and(|extra| !extra.attribute_list.is_absent());
        let extensions = if has_list { files.extensions_of(self.base.record) } else { &[] };
        let others = extensions.iter().filter_map(|(_, record)| files.segment(u64::from(*record)));
        std::iter::once(self.base).chain(others)
    }

    /// Every `$FILE_NAME`, DOS names included, in stored order.
    pub fn names(&self) -> impl Iterator<Item = Name<'a>> + use<'a> {
        self.segments().flat_map(|segment| segment.names())
    }

    /// How many `$FILE_NAME`s there are outside the DOS namespace.
    pub fn non_dos_names(&self) -> u64 {
        self.names().filter(|name| name.namespace() != Namespace::Dos).count() as u64
    }

    /// The name by which a directory's own path goes: the first outside the DOS namespace, else the first.
    pub fn primary_name(&self) -> Option<Name<'a>> {
        self.names().find(|name| name.namespace() != Namespace::Dos).or_else(|| self.names().next())
    }

    /// Puts the hard links into `links`, in stored order: every name that is not the 8.3 alias of another.
    ///
    /// A Win32 name and a DOS name are a pair if they have the same parent reference.
    pub fn hard_links(&self, links: &mut Vec<HardLink<'a>>) {
        links.clear();
        links.extend(self.names().map(|name| HardLink { name, short_name: None }));
        if links.iter().any(|link| link.name.namespace() == Namespace::Dos) {
            pair_short_names(links);
        }
    }

    /// Whether the file has two hard links or more.
    pub fn has_several_hard_links(&self) -> bool {
        let mut names = self.names();
        let (Some(one), Some(two)) = (names.next(), names.next()) else { return false };
        if names.next().is_none() {
            return !is_pair(&one, &two) && !is_pair(&two, &one);
        }
        let mut links = Vec::new();
        self.hard_links(&mut links);
        links.len() >= 2
    }

    /// Creation, modification, record change and access time; `None` without `$STANDARD_INFORMATION`.
    pub fn times(&self) -> Option<[FileTime; 4]> {
        self.details_with(Marks::STANDARD_INFORMATION).map(|details| details.times)
    }

    /// File attributes; `None` without `$STANDARD_INFORMATION`.
    pub fn attributes(&self) -> Option<FileAttributes> {
        self.details_with(Marks::STANDARD_INFORMATION).map(|details| details.attributes)
    }

    /// Whether names in this directory are told apart by case.
    pub fn is_case_sensitive(&self) -> bool {
        self.is_directory() && self.segment_with(Marks::CASE_SENSITIVE).is_some()
    }

    /// The two bits of reparse trust in `$STANDARD_INFORMATION`; 0 if nothing is recorded.
    pub fn reparse_trust(&self) -> u32 {
        let bit = |mark| u32::from(self.segment_with(mark).is_some());
        bit(Marks::TRUST_1) | bit(Marks::TRUST_2) << 1
    }

    /// Size and allocated size of the unnamed `$DATA`, in bytes.
    pub fn size(&self) -> Option<(u64, u64)> {
        self.details_with(Marks::DATA).map(|details| (details.size, details.allocated))
    }

    fn details_with(&self, mark: Marks) -> Option<Details> {
        self.segment_with(mark).map(|segment| segment.chunk.details_of(segment.facts))
    }

    fn segment_with(&self, mark: Marks) -> Option<Segment<'a>> {
        self.segments().find(|segment| segment.facts.marks.contains(mark))
    }

    pub(crate) fn extras(&self) -> impl Iterator<Item = (Segment<'a>, &'a Extra)> + use<'a> {
        self.segments().filter_map(|segment| Some((segment, segment.extra()?)))
    }

    fn rare(&self) -> impl Iterator<Item = (Segment<'a>, &'a Rare)> + use<'a> {
        self.extras().filter_map(|(segment, extra)| Some((segment, extra.rare.as_deref()?)))
    }

    /// The object id.
    pub fn object_id(&self) -> Option<Guid> {
        self.rare().find_map(|(_, rare)| rare.object_id)
    }

    /// What WSL keeps of owner, mode and device.
    pub fn linux_metadata(&self) -> Option<LinuxMetadata> {
        self.rare().map(|(_, rare)| rare.linux).find(|linux| !linux.is_empty())
    }

    /// Whether the file has a `$REPARSE_POINT`, decodable or not.
    pub fn is_reparse_point(&self) -> bool {
        // Without anything that few have, it has no extension records either.
        self.base.extra().is_some() && self.extras().any(|(_, extra)| !extra.reparse_point.is_absent())
    }

    /// Bytes of the reparse point, if they are at hand.
    pub fn reparse_bytes(&self) -> Option<&'a [u8]> {
        self.extras().find_map(|(segment, extra)| self.files.value_bytes(segment.chunk, &extra.reparse_point))
    }

    /// The reparse point, decoded; what is wrong with it is a problem of [`Files`] already.
    pub fn reparse_point(&self) -> Option<ReparsePoint<'a>> {
        ReparsePoint::decode(self.reparse_bytes()?, &mut Vec::new()).ok()
    }

    /// Bytes that the attribute header claims for the reparse point.
    pub fn reparse_size(&self) -> Option<u64> {
        self.extras().find_map(|(segment, extra)| match &extra.reparse_point {
            Value::Absent => None,
            Value::Resident { range, .. } => Some(indices(range).len() as u64),
            value @ Value::Clusters { .. } => segment.chunk.cluster_value(value)?.size,
            Value::Unreadable { size } => Some(*size),
        })
    }

    /// Whether the reparse point lies in clusters and not in a record.
    pub fn is_reparse_in_clusters(&self) -> bool {
        let in_clusters = |value: &Value| matches!(value, Value::Clusters { .. } | Value::Unreadable { .. });
        self.extras().any(|(_, extra)| in_clusters(&extra.reparse_point))
    }

    /// Where the reparse point begins in the image, if its bytes are there.
    pub fn reparse_offset(&self, volume: &Volume<'_>) -> Option<ImageOffset> {
        self.extras().find_map(|(segment, extra)| match &extra.reparse_point {
            Value::Resident { offset, .. } => volume.image_offset(segment.record, u32::from(*offset)),
            value @ Value::Clusters { .. } => segment.chunk.extents_of(value).first()?.image_offset,
            Value::Absent | Value::Unreadable { .. } => None,
        })
    }

    /// The link that an Interix or Cygwin file is, though it is no reparse point.
    pub fn foreign_link(&self) -> Option<ForeignLink<'a>> {
        let (segment, rare) = self.rare().find(|(_, rare)| !rare.foreign_link.is_absent())?;
        let is_system = self.attributes().is_some_and(|attributes| attributes.contains(FileAttributes::SYSTEM));
        let content = segment.chunk.resident_bytes(&rare.foreign_link).filter(|_| is_system)?;
        ForeignLink::decode(content)?.ok()
    }
}

/// Whether two names are a Win32 name and its 8.3 alias.
fn is_pair(long: &Name<'_>, short: &Name<'_>) -> bool {
    long.namespace() == Namespace::Win32 && short.namespace() == Namespace::Dos && long.parent() == short.parent()
}

/// Gives every Win32 name the DOS name with the same parent, in stored order, and takes those DOS names out.
///
/// Both are sorted by parent rather than searched, so that a hostile file with tens of thousands of names costs no more.
fn pair_short_names(links: &mut Vec<HardLink<'_>>) {
    let in_namespace = |links: &[HardLink<'_>], wanted| -> Vec<usize> {
        let mut found: Vec<usize> =
            (0..).zip(links).filter(|(_, link)| link.name.namespace() == wanted).map(|(index, _)| index).collect();
        found.sort_by_key(|index| links.get(*index).map(|link| link.name.parent()));
        found
    };
    let long = in_namespace(links, Namespace::Win32);
    let mut short = in_namespace(links, Namespace::Dos).into_iter().peekable();
    let mut paired = vec![false; links.len()];
    for index in long {
        let Some(parent) = links.get(index).map(|link| link.name.parent()) else { continue };
        let parent_of = |index: &usize| links.get(*index).map(|link| link.name.parent());
        while short.next_if(|index| parent_of(index) < Some(parent)).is_some() {}
        let alias = short.next_if(|index| parent_of(index) == Some(parent));
        if let Some((alias, name)) = alias.and_then(|alias| Some((alias, links.get(alias)?.name))) {
            paired.get_mut(alias).into_iter().for_each(|paired| *paired = true);
            links.get_mut(index).into_iter().for_each(|link| link.short_name = Some(name));
        }
    }
    let mut paired = paired.into_iter();
    links.retain(|_| !paired.next().unwrap_or(false));
}
