//! Link edges, and the places that they lead to, as JSON objects.

use format::WtfString;
use links::{FileId, LinkEdge, Reached, Target, Verdict};

use crate::document::Document;
use crate::json_writer::Object;

/// Writes the link edges of a document and the nodes that are no records.
pub struct LinkObjects<'d, 'i> {
    document: &'d Document<'i>,
    /// The ids of the places, by their numbers.
    place_ids: Vec<String>,
}

/// Where an edge leads, in the order of nodes: records by volume and number, then the others by their ids.
type TargetOrder<'o> = (bool, usize, u64, &'o str);

impl<'d, 'i> LinkObjects<'d, 'i> {
    /// The objects of a document.
    pub fn new(document: &'d Document<'i>) -> Self {
        let place_ids = document.links.places().map(|place| document.target_id(place)).collect();
        Self { document, place_ids }
    }

    /// The places that links lead to, each with its id.
    pub fn places(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.place_ids.iter().map(String::as_str).zip(self.document.links.places())
    }

    /// The link edges of one volume, each with its number among all edges of the volume that begin at records.
    pub fn edges_of(&self, volume: usize) -> Vec<(usize, &'d LinkEdge)> {
        let edges = &self.document.links.edges;
        let start = edges.partition_point(|edge| edge.source.volume < volume);
        let end = edges.partition_point(|edge| edge.source.volume <= volume);
        let mut edges: Vec<&LinkEdge> = edges.get(start..end).unwrap_or_default().iter().collect();
        let key = |edge: &'d LinkEdge| (edge.source, self.order(edge), edge.link_type.as_str());
        edges.sort_by(|one, other| key(one).cmp(&key(other)));
        for names in edges.chunk_by_mut(|one, other| key(one) == key(other)).filter(|names| names.len() > 1) {
            self.sort_by_path(names);
        }
        // Hard links' edges come between them.
        (0..).zip(edges).map(|(before, edge)| (before + self.number_after(edge), edge)).collect()
    }

    /// Puts edges of one link into the order of its paths. Where these are too long together the order of the names has
    /// to do, which they have already.
    fn sort_by_path(&self, edges: &mut [&'d LinkEdge]) {
        let Some(LinkEdge { source, .. }) = edges.first() else { return };
        let graph = self.document.volumes.get(source.volume).map(|volume| &volume.graph);
        let file = graph.and_then(|graph| Some((graph, graph.files.file(source.record)?)));
        if file.is_some_and(|(graph, file)| graph.paths.excess_units(&graph.files, &file).is_some()) {
            return;
        }
        let path = |edge: &'d LinkEdge| self.source_path(edge).unwrap_or_default();
        let mut by_path: Vec<_> = edges.iter().map(|edge| (path(edge), *edge)).collect();
        by_path.sort_by(|(one, _), (other, _)| one.as_wtf8().compare_units(other.as_wtf8()));
        edges.iter_mut().zip(by_path).for_each(|(edge, (_, sorted))| *edge = sorted);
    }

    fn order(&self, edge: &LinkEdge) -> TargetOrder<'_> {
        match (&edge.verdict.target, edge.place.and_then(|place| self.place_ids.get(place))) {
            (Target::File(FileId { volume, record }), _) => (false, *volume, *record, ""),
            (_, id) => (true, 0, 0, id.map_or("", String::as_str)),
        }
    }

    /// The number of the first hard link's edge that comes after a link's edge.
    fn number_after(&self, edge: &LinkEdge) -> usize {
        let Some(volume) = self.document.volumes.get(edge.source.volume) else { return 0 };
        let comes_before = |target: u64| match edge.verdict.target {
            Target::File(file) if file.volume == edge.source.volume => {
                (target, "hard_link") < (file.record, edge.link_type.as_str())
            }
            Target::File(file) => edge.source.volume < file.volume,
            _ => true,
        };
        volume.graph.count_edges_before(edge.source.record, comes_before)
    }

    fn source_path(&self, edge: &LinkEdge) -> Option<WtfString> {
        self.document.volumes.get(edge.source.volume)?.graph.path_of_link(edge)
    }

    /// Adds the keys of a link's edge.
    pub fn edge(&self, edge: &LinkEdge, object: &mut Object<'_>) {
        let verdict = &edge.verdict;
        object.word("type", edge.link_type.as_str());
        object.word("source", &self.document.file_id(edge.source));
        match edge.place.and_then(|place| self.place_ids.get(place)) {
            Some(id) => object.word("target", id),
            None => object.word("target", &self.document.target_id(&verdict.target)),
        }
        self.text("source_path", self.source_path(edge), object);
        self.verdict(verdict, object);
        if self.document.file(edge.source).is_some_and(|source| !source.is_in_use()) {
            object.flag("deleted", true);
        }
    }

    /// Adds the keys that say what becomes of a path.
    pub fn verdict(&self, verdict: &Verdict, object: &mut Object<'_>) {
        object.word("status", verdict.status.as_str());
        self.text("resolved_path", verdict.reached.as_ref().map(|reached| self.path_of(reached)), object);
        if let Some(volume) = verdict.target_volume.and_then(|volume| self.document.volumes.get(volume)) {
            object.word("target_volume", &volume.id());
        }
        self.text("missing_at", verdict.missing_at.as_ref().map(|at| self.path_of(at)), object);
        self.ids("via", &verdict.via, object);
        self.ids("members", &verdict.members, object);
        if let Some(candidate) = verdict.candidate {
            object.word("candidate", &self.document.file_id(candidate));
        }
        if let Some((volume, reference)) = verdict.deleted_target
            && let Some(volume) = self.document.volumes.get(volume)
        {
            object.word("deleted_target", &format!("{}:{reference}", volume.id()));
        }
        if !verdict.notes.is_empty() {
            object.words("note", verdict.notes.words());
        }
    }

    /// The path of what a link leads to.
    pub fn path_of(&self, reached: &Reached) -> WtfString {
        let volume = self.document.volumes.get(reached.file.volume);
        volume.map(|volume| volume.graph.path_of_reached(reached)).unwrap_or_default()
    }

    fn text(&self, key: &'static str, text: Option<WtfString>, object: &mut Object<'_>) {
        if let Some(text) = text {
            object.text(key, text.as_wtf8());
        }
    }

    fn ids(&self, key: &'static str, files: &[FileId], object: &mut Object<'_>) {
        if !files.is_empty() {
            let ids: Vec<String> = files.iter().map(|file| self.document.file_id(*file)).collect();
            object.words(key, ids.iter().map(String::as_str));
        }
    }

    /// Adds the keys of the node of a place.
    pub fn place(&self, id: &str, place: &Target, object: &mut Object<'_>) {
        object.word("id", id);
        match place {
            Target::Missing(volume, _) => {
                object.word("kind", "missing");
                if let Some(volume) = self.document.volumes.get(*volume) {
                    object.word("volume", &volume.id());
                }
            }
            Target::External(_) | Target::Layer(_) => object.word("kind", "external"),
            Target::Malformed(_) | Target::File(_) => object.word("kind", "malformed"),
        }
    }
}
