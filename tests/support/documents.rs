//! The documents that the tests read, with the keys that they compare.

use serde::Deserialize;

/// `facts/NAME.json`.
#[derive(Deserialize, Debug)]
pub struct Facts {
    pub volumes: Vec<VolumeFacts>,
}

/// What the independent reader found in one volume; at most `offset` where it could read nothing.
#[derive(Deserialize, Debug)]
pub struct VolumeFacts {
    pub offset: Option<u64>,
    /// Why it could read nothing.
    pub unreadable_here: Option<String>,
    pub bytes_per_sector: Option<u64>,
    pub bytes_per_cluster: Option<u64>,
    pub bytes_per_record: Option<u64>,
    pub records: Option<u64>,
    pub label: Option<String>,
    pub ntfs_version: Option<String>,
    pub serial: Option<String>,
    #[serde(default)]
    pub counts: FactCounts,
    #[serde(default)]
    pub hard_links: Vec<HardLinkedFact>,
    #[serde(default)]
    pub reparse_points: Vec<ReparseFact>,
    #[serde(default)]
    pub interix_symlinks: Vec<InterixFact>,
}

#[derive(Deserialize, Debug, Default)]
pub struct FactCounts {
    pub in_use_files: u64,
    pub in_use_directories: u64,
    pub free_files: u64,
    pub free_directories: u64,
    pub bad_fixups: u64,
    pub bad_signatures: u64,
    pub link_count_mismatches: u64,
    pub stale_parents: u64,
    pub free_with_reparse: u64,
}

#[derive(Deserialize, Debug)]
pub struct HardLinkedFact {
    pub record: u64,
    pub sequence: u64,
    /// Full paths.
    pub names: Vec<String>,
}

#[derive(Deserialize, Debug)]
pub struct ReparseFact {
    pub record: u64,
    pub sequence: u64,
    pub path: String,
    /// Without `IO_REPARSE_TAG_`.
    pub tag: String,
    pub directory: bool,
    pub substitute_name: Option<String>,
    pub print_name: Option<String>,
}

#[derive(Deserialize, Debug)]
pub struct InterixFact {
    pub record: u64,
    pub target: String,
}

/// What `scan` writes.
#[derive(Deserialize, Debug)]
pub struct Graph {
    pub second_reader: Option<SecondReader>,
    pub volumes: Vec<Volume>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub problems: Vec<Problem>,
}

#[derive(Deserialize, Debug)]
pub struct SecondReader {
    pub records_compared: u64,
    pub differences: u64,
    pub failures: u64,
}

#[derive(Deserialize, Debug)]
pub struct Volume {
    pub id: String,
    pub partition: Partition,
    pub label: Option<String>,
    pub serial: Option<String>,
    pub ntfs_version: Option<String>,
    pub bytes_per_sector: Option<u64>,
    pub bytes_per_cluster: Option<u64>,
    pub bytes_per_record: u64,
    pub counts: Counts,
}

#[derive(Deserialize, Debug)]
pub struct Partition {
    pub offset: u64,
}

#[derive(Deserialize, Debug)]
pub struct Counts {
    pub records: u64,
    pub in_use: u64,
    pub directories: u64,
    pub files: u64,
    pub hard_linked_files: u64,
    pub reparse_points: u64,
    pub deleted: u64,
}

#[derive(Deserialize, Debug)]
pub struct Node {
    pub id: String,
    pub kind: String,
    pub volume: Option<String>,
    pub record: Option<u64>,
    pub sequence: Option<u64>,
    pub state: Option<String>,
    #[serde(default)]
    pub paths: Vec<String>,
    pub link_count: Option<u64>,
    pub hard_links: Option<u64>,
    pub reparse: Option<Reparse>,
    pub foreign_link: Option<ForeignLink>,
}

#[derive(Deserialize, Debug)]
pub struct Reparse {
    pub tag_name: Option<String>,
    pub substitute_name: Option<String>,
    pub print_name: Option<String>,
}

#[derive(Deserialize, Debug)]
pub struct ForeignLink {
    #[serde(rename = "type")]
    pub kind: String,
    pub target: Option<String>,
}

#[derive(Deserialize, Debug)]
pub struct Edge {
    #[serde(rename = "type")]
    pub kind: String,
    pub target: String,
    pub short_name: Option<String>,
}

#[derive(Deserialize, Debug)]
pub struct Problem {
    pub code: String,
    pub volume: Option<String>,
    pub record: Option<u64>,
    pub offset: Option<u64>,
}

impl Graph {
    /// Reads a document back.
    pub fn parse(json: &[u8]) -> Graph {
        serde_json::from_slice(json).expect("a graph")
    }

    /// The nodes of a volume that are records.
    pub fn records_of<'a>(&'a self, volume: &'a Volume) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(|node| node.record.is_some() && node.volume.as_ref() == Some(&volume.id))
    }

    /// The problems of a volume that have the code.
    pub fn problems_of<'a>(&'a self, volume: &'a Volume, code: &'a str) -> impl Iterator<Item = &'a Problem> {
        self.problems.iter().filter(move |problem| problem.code == code && problem.volume.as_ref() == Some(&volume.id))
    }
}
