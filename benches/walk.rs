//! The walk over a whole MFT beside the floor and the peers, and the whole scan beside the floor: read the ratios within
//! one run, the machine's speed drifts.
#![allow(missing_docs, reason = "criterion's macros make items without docs")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "no image decides here"
)]

mod support;

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Cursor, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use audit::{Context, Finding, Policy, RULES, run_rules};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use links::{
    ExtractOptions, Mounts, ResolvedLinks, Resolver, Selection, SymlinkEvaluation, VolumeGraph, VolumeSource,
    read_files,
};
use ntfs::structured_values::NtfsFileName;
use ntfs::{Ntfs, NtfsAttributeType};
use report::{Document, GraphFormat, ImageDocument, VolumeDocument, write_graph};
use volume::{Extent, Volume};

fn benches(criterion: &mut Criterion) {
    for (name, path) in support::images() {
        let image = support::open(&path);
        let volume = support::first_volume(image);
        let file = File::open(&path).expect("the image opens");
        let extents = volume.mft_extents().to_vec();
        let mft_bytes: u64 = extents.iter().map(|extent| extent.length).sum();
        let mut group = criterion.benchmark_group(&name);
        group.throughput(Throughput::Bytes(mft_bytes));
        group.sample_size(10);
        group.bench_function("1 floor: read the MFT's bytes", |bencher| {
            bencher.iter(|| read_mft_bytes(&file, &extents));
        });
        group.bench_function("2 walk: facts of every record", |bencher| {
            bencher.iter_with_large_drop(|| read_files(&volume, ExtractOptions::default(), &|_| {}));
        });
        let graph = VolumeGraph::read(&volume, Vec::new(), ExtractOptions::default(), &|_| {});
        group.bench_function("3 resolve: where every link leads", |bencher| {
            bencher.iter_with_large_drop(|| resolve(&volume, &graph));
        });
        group.bench_function("4 scan to JSON, nothing kept", |bencher| {
            bencher.iter(|| scan(&path, Selection::default()));
        });
        group.bench_function("5 scan --all to JSON, nothing kept", |bencher| {
            bencher.iter(|| scan(&path, Selection { all: true }));
        });
        let (_, links) = resolve(&volume, &graph);
        group.bench_function("6 audit: every rule, nothing written", |bencher| {
            bencher.iter_with_large_drop(|| audit(&volume, &graph, &links));
        });
        if mft_bytes <= LARGEST_FOR_PEERS {
            group.bench_function("7 peer: ntfs crate, names of every record", |bencher| {
                bencher.iter(|| ntfs_crate_names(&path, volume.record_slots()));
            });
            let mft = extract_mft(&volume, &file);
            group.bench_function("8 peer: mft crate, attributes of every record", |bencher| {
                bencher.iter(|| mft_crate_attributes(&mft));
            });
        }
        group.finish();
    }
}

/// The floor: two threads read the extents of the MFT with positioned reads into buffers of 256 KiB, and touch every
/// cache line. Answers a sum, so that nothing of it can be left out.
fn read_mft_bytes(file: &File, extents: &[Extent]) -> u64 {
    const BUFFER: u64 = 256 * 1024;
    let pieces: Vec<(u64, u64)> = extents
        .iter()
        .filter_map(|extent| Some((extent.image_offset?.0, extent.length)))
        .flat_map(|(start, length)| {
            (0..length).step_by(BUFFER as usize).map(move |at| (start + at, BUFFER.min(length - at)))
        })
        .collect();
    let half = pieces.len().div_ceil(2).max(1);
    let read = |pieces: &[(u64, u64)]| {
        let mut buffer = vec![0; BUFFER as usize];
        let mut sum = 0_u64;
        for (offset, length) in pieces {
            let buffer = &mut buffer[..*length as usize];
            file.read_exact_at(buffer, *offset).expect("the MFT is in the image");
            sum += buffer.iter().step_by(64).map(|byte| u64::from(*byte)).sum::<u64>();
        }
        sum
    };
    thread::scope(|scope| {
        let workers: Vec<_> = pieces.chunks(half).map(|pieces| scope.spawn(move || read(pieces))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker ends")).sum()
    })
}

/// Peers take seconds beyond this.
const LARGEST_FOR_PEERS: u64 = 256 * 1024 * 1024;

/// All that comes after the walk and the paths, up to the verdicts: index of names, letters, links, what is deleted. Answers
/// what it made, so that it is not measured how long that takes to be thrown away: the walk's facts are not either.
fn resolve<'a>(volume: &'a Volume<'_>, graph: &'a VolumeGraph) -> (Resolver<'a>, ResolvedLinks) {
    let resolver = resolver(&[VolumeSource { volume, graph, disk_signature: None }]);
    let links = resolver.resolve_links();
    (resolver, links)
}

fn resolver<'a>(sources: &[VolumeSource<'a>]) -> Resolver<'a> {
    let mut mounts = Mounts::default();
    // Every target is looked up, whatever letter it begins with.
    (b'A'..=b'Z').for_each(|letter| mounts.give_letter(letter, 0));
    Resolver::new(sources, mounts, SymlinkEvaluation::default(), &[])
}

/// All that comes after the verdicts; and the resolver's own start, as the index of names is asked for candidates.
fn audit(volume: &Volume<'_>, graph: &VolumeGraph, links: &ResolvedLinks) -> Vec<Finding> {
    let sources = [VolumeSource { volume, graph, disk_signature: None }];
    let (resolver, policy) = (resolver(&sources), Policy::default());
    run_rules(&Context::new(&sources, &resolver, links, &policy), RULES)
}

fn scan(path: &Path, selection: Selection) {
    let image = image::Image::open(path).expect("the image opens");
    let volume = volume::discover(&image).expect("a volume").volumes.into_iter().next().expect("a volume").0;
    let mut graph = VolumeGraph::read(&volume, Vec::new(), ExtractOptions::default(), &|_| {});
    let (_, links) = resolve(&volume, &graph);
    graph.select(selection, &links.targets_on(0));
    let image = ImageDocument {
        image: &image,
        is_mft: false,
        partitions: Vec::new(),
        disk_signature: None,
        problems: Vec::new(),
    };
    let volumes = vec![VolumeDocument { number: 0, image: 0, volume, graph }];
    let document = Document { images: vec![image], volumes, links, ..Document::default() };
    let mut out = BufWriter::with_capacity(1 << 18, io::sink());
    write_graph(&document, GraphFormat::Json, &mut out).expect("a sink takes all");
    out.flush().expect("a sink takes all");
}

/// What a program does that has only the `ntfs` crate: every record, every name. Read from memory, which is its best case.
fn ntfs_crate_names(path: &Path, records: u64) -> u64 {
    let mut reader = io::BufReader::with_capacity(1 << 16, File::open(path).expect("the image opens"));
    let ntfs = Ntfs::new(&mut reader).expect("a volume");
    let mut names = 0;
    for record in 0..records {
        let Ok(file) = ntfs.file(&mut reader, record) else { continue };
        let mut attributes = file.attributes();
        while let Some(Ok(item)) = attributes.next(&mut reader) {
            let Ok(attribute) = item.to_attribute() else { continue };
            if attribute.ty().is_ok_and(|kind| kind == NtfsAttributeType::FileName) {
                let name: Result<NtfsFileName, _> = attribute.structured_value(&mut reader);
                names += u64::from(name.is_ok());
            }
        }
    }
    names
}

/// The MFT as a file, which is what the `mft` crate reads.
fn extract_mft(volume: &Volume<'_>, file: &File) -> PathBuf {
    let mut bytes = Vec::new();
    for extent in volume.mft_extents() {
        let mut piece = vec![0; extent.length as usize];
        if let Some(offset) = extent.image_offset {
            file.read_exact_at(&mut piece, offset.0).expect("the MFT is in the image");
        }
        bytes.append(&mut piece);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench.mft");
    std::fs::write(&path, bytes).expect("the target directory can be written");
    path
}

fn mft_crate_attributes(path: &Path) -> usize {
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).expect("the MFT can be read");
    let size = bytes.len() as u64;
    let mut parser = mft::MftParser::from_read_seek(Cursor::new(bytes), Some(size)).expect("an MFT");
    let entries: Vec<_> = parser.iter_entries().flatten().collect();
    black_box(entries.iter().map(|entry| entry.iter_attributes().flatten().count()).sum())
}

criterion_group!(all, benches);
criterion_main!(all);
