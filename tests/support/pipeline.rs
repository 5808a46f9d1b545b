//! What the commands do with an image, one after the other in this process: find its volumes, read them, resolve their
//! links, judge them, write everything in every format.

use std::io::{self, Write};

use audit::{
    Context, CopyPolicy, Finding, HardLinkPolicy, LinkPolicy, Policy, RULES, Simulation, not_checked, run_rules,
};
use image::Image;
use links::{ExtractOptions, FileId, Problem, ROOT, Reached, Resolver, Selection, SymlinkEvaluation, VolumeGraph};
use report::{
    Document, FindingsReport, GraphFormat, ImageDocument, Info, Known, LinkFilter, LinkList, ObjectReport, PathReport,
    ReferencesReport, SimulationReport, Summary, TextStyle, VolumeDocument, write_first_links, write_graph,
};
use volume::discover;

/// Files of each volume that `show` and `refs` are asked of: the lowest records with a link or several names.
const MOST_SHOWN: usize = 4;

/// An image that was read, with its links resolved and everything selected for the graph, deleted files too.
#[derive(Debug)]
pub struct Reading<'i> {
    pub document: Document<'i>,
}

impl<'i> Reading<'i> {
    /// Reads all volumes of an image.
    ///
    /// # Errors
    /// What a command would say, with exit status 2.
    pub fn of(image: &'i Image) -> Result<Reading<'i>, String> {
        let discovery = discover(image).map_err(|error| error.to_string())?;
        let is_mft = discovery.volumes.iter().any(|(volume, _)| volume.boot.is_none());
        let issues = discovery.partition_issues.into_iter().map(Problem::from);
        let problems = issues.chain(discovery.unreadable.into_iter().map(Problem::from)).collect();
        let (partitions, disk_signature) = (discovery.partitions, discovery.disk_signature);
        let mut document = Document {
            images: vec![ImageDocument { image, is_mft, partitions, disk_signature, problems }],
            ..Document::default()
        };
        for (number, (volume, problems)) in discovery.volumes.into_iter().enumerate() {
            let problems = problems.into_iter().map(Problem::from).collect();
            let graph = VolumeGraph::read(&volume, problems, ExtractOptions { include_free: true }, &|_| ());
            document.volumes.push(VolumeDocument { number, image: 0, volume, graph });
        }
        let resolver = resolver(&document);
        let (links, mounts) = (resolver.resolve_links(), resolver.mounts().clone());
        drop(resolver);
        for (index, volume) in document.volumes.iter_mut().enumerate() {
            volume.graph.add_problems(links.problems_of(index, &volume.volume));
            volume.graph.select(Selection { all: true }, &links.targets_on(index));
        }
        (document.links, document.mounts) = (links, mounts);
        Ok(Reading { document })
    }

    /// Every problem, of the image and of its volumes.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        let of_images = self.document.images.iter().flat_map(|image| &image.problems);
        of_images.chain(self.document.volumes.iter().flat_map(|volume| &volume.graph.problems))
    }

    /// What all rules find.
    pub fn findings(&self) -> Vec<Finding> {
        let (sources, resolver, policy) = (self.document.sources(), resolver(&self.document), Policy::default());
        run_rules(&Context::new(&sources, &resolver, &self.document.links, &policy), RULES)
    }

    /// The graph as NDJSON.
    pub fn graph(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        write_graph(&self.document, GraphFormat::Ndjson, &mut graph).expect("memory can be written to");
        graph
    }

    /// Everything that any command prints of the image, in every format.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_everything(&self, out: &mut dyn Write) -> io::Result<()> {
        let document = &self.document;
        write_graph(document, GraphFormat::Json, out)?;
        write_graph(document, GraphFormat::Ndjson, out)?;
        Summary::new(document).write(out)?;
        write_first_links(document, usize::MAX, out)?;
        Info(document).write_text(out)?;
        Info(document).write_json(out)?;
        let resolver = resolver(document);
        let filter = LinkFilter { types: Vec::new(), statuses: Vec::new(), under: None, all: true };
        let list = LinkList::new(document, &resolver, &filter);
        list.write_text(out)?;
        list.write_json(out)?;
        self.write_answers(&resolver, out)?;
        self.write_judgement(&resolver, out)
    }

    /// What is said of single files.
    fn write_answers(&self, resolver: &Resolver<'_>, out: &mut dyn Write) -> io::Result<()> {
        let document = &self.document;
        for volume in 0..document.volumes.len() {
            let linked = document.links.edges.iter().map(|edge| edge.source).filter(|file| file.volume == volume);
            for file in [FileId { volume, record: ROOT }].into_iter().chain(linked.take(MOST_SHOWN)) {
                if let Some(report) = ObjectReport::new(document, file) {
                    report.write_text(out)?;
                    report.write_json(out)?;
                }
                let object = &Reached::of_file(file);
                let references = resolver.references(&document.links, object);
                let leading_out = resolver.links_out_of(&document.links, object);
                let report = ReferencesReport { document, object, references, leading_out };
                report.write_text(out)?;
                report.write_json(out)?;
            }
            let followed = &resolver.follow_path(volume, &links::Components::default());
            let report = PathReport { document, volume, path: "\\", followed };
            report.write_text(out)?;
            report.write_json(out)?;
        }
        Ok(())
    }

    /// What rules find, and what copies come to.
    fn write_judgement(&self, resolver: &Resolver<'_>, out: &mut dyn Write) -> io::Result<()> {
        let document = &self.document;
        let (sources, policy) = (document.sources(), Policy::default());
        let context = Context::new(&sources, resolver, &document.links, &policy);
        let report = FindingsReport {
            document,
            rules: RULES.to_vec(),
            findings: run_rules(&context, RULES).into_iter().map(Known::new).collect(),
            not_checked: not_checked(&context, RULES, true),
            show_suppressed: true,
            fail_on: None,
            baseline: None,
        };
        report.write_text(TextStyle { is_verbose: true, is_coloured: false }, out)?;
        report.write_json(out)?;
        report.write_sarif(out)?;
        report.write_junit(out)?;
        let policy = CopyPolicy { links: LinkPolicy::Follow, hard_links: HardLinkPolicy::Expand };
        let scopes = (0..document.volumes.len()).map(|volume| FileId { volume, record: ROOT });
        let copies = scopes.filter_map(|scope| Simulation::new(&context, scope, policy)).collect();
        let report = SimulationReport { document, policy, copies };
        report.write_text(out)?;
        report.write_json(out)
    }
}

fn resolver<'d>(document: &'d Document<'_>) -> Resolver<'d> {
    Resolver::new(&document.sources(), links::Mounts::default(), SymlinkEvaluation::default(), &[])
}
