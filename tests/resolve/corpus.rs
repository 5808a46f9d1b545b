//! Every link of every image of the corpus, and where it leads. Derived by hand: from the targets in `facts/`, and from
//! what Sleuth Kit's `fls -r -p` lists of each image, or the `$FILE_NAME`s of an extracted MFT.

use crate::document::Document;
use crate::expected::{Expected, dangling, external, malformed, resolved};
use crate::support::corpus::{Corpus, REFUSED};
use crate::support::{check_each, scan};

/// The links of an image, in a scan with these options.
struct Links {
    image: &'static str,
    options: &'static [&'static str],
    links: Vec<(&'static str, Expected)>,
}

fn links_of(image: &'static str, options: &'static [&'static str], links: &[(&'static str, Expected)]) -> Links {
    Links { image, options, links: links.to_vec() }
}

/// All of them. An image that is not here has none.
fn table() -> Vec<Links> {
    [absolute_links(), ntfs3_links(), interix_links()].into_iter().flatten().collect()
}

/// Links that Windows made. What they name is on their own volume, under a letter that only an option says.
fn absolute_links() -> Vec<Links> {
    let elsewhere = |place: &str| external(place).note(&["path-exists-on-this-volume"]);
    // Record 38 has two names.
    let file = resolved(r"\file_hardlink1").by_path(r"\testdir1\testfile1");
    let another_file = [(r"\a_link", resolved(r"\a_directory\another_file"))];
    let another_file_elsewhere = [(r"\a_link", elsewhere(r"X:\a_directory\another_file"))];
    vec![
        links_of(
            "libyal-links.mft",
            &[],
            &[
                (r"\file_symboliclink1", elsewhere(r"X:\testdir1\testfile1")),
                (r"\directory_junction1", elsewhere(r"X:\testdir1")),
                (r"\directory_symboliclink1", elsewhere(r"X:\testdir1")),
            ],
        ),
        links_of(
            "libyal-links.mft",
            &["--drive", "X=v0"],
            &[
                (r"\file_symboliclink1", file),
                (r"\directory_junction1", resolved(r"\testdir1")),
                (r"\directory_symboliclink1", resolved(r"\testdir1")),
            ],
        ),
        links_of("dfvfs-vss.raw", &[], &another_file_elsewhere),
        links_of("dfvfs-vss.raw", &["--drive", "X=v0"], &another_file),
        links_of("dfvfs-fixed.vhd", &[], &another_file_elsewhere),
        links_of("dfvfs-fixed.vhd", &["--drive", "X=v0"], &another_file),
        links_of("xways.mft", &[], &[(r"\Docs\Pictures", elsewhere(r"P:\Pictures"))]),
        links_of("xways.mft", &["--drive", "P=v0"], &[(r"\Docs\Pictures", resolved(r"\Pictures"))]),
    ]
}

/// Links of the Linux driver ntfs3: what Unix had stands behind the prefix of absolute targets. Reference F.
fn ntfs3_links() -> Vec<Links> {
    let refused = |link: &str| malformed(link).note(&["linux-ntfs3"]);
    let libtest = || {
        let link = r"\xfstests-ksmbd\lib\.libs\libtest.la";
        (link, refused(link).candidate(r"\xfstests-ksmbd\lib\libtest.la"))
    };
    // There is no \mnt.
    let temporary = || (r"\xfstests-ksmbd\tmp.PCTyauKY0F", refused(r"\xfstests-ksmbd\tmp.PCTyauKY0F"));
    // There is no \tmp.
    let syzkaller = |image| links_of(image, &[], &[(r"\file0\file1", refused(r"\file0\file1"))]);
    vec![
        links_of("damaged-paragon_ntfs_test1.img", &[], &[temporary(), libtest()]),
        links_of("damaged-paragon_ntfs_test2.img", &[], &[temporary(), libtest()]),
        links_of("damaged-paragon_ntfs_test3.img", &[], &[temporary()]),
        syzkaller("syzkaller-ntfs3-0.img"),
        syzkaller("syzkaller-ntfs3-1.img"),
        syzkaller("syzkaller-ntfs3-5.img"),
        syzkaller("syzkaller-ntfs3-10.img"),
        syzkaller("syzkaller-ntfs3-15.img"),
    ]
}

/// Links of ntfs-3g, files that begin with `IntxLNK`. Reference F.
fn interix_links() -> Vec<Links> {
    const NOTE: &[&str] = &["not-followed-by-windows"];
    // `/` is the root of the volume, which has no \tmp.
    let syzkaller = |image, number: &str| {
        let target = dangling(r"\", &format!(r"tmp\syz-imagegen{number}\file0\file0"));
        links_of(image, &[], &[(r"\file0\file1", target.note(NOTE).of_type("interix_symlink"))])
    };
    let relative = resolved(r"\a_directory\another_file").note(NOTE).of_type("interix_symlink");
    vec![
        links_of("dfvfs-interix.raw", &[], &[(r"\a_link", relative)]),
        syzkaller("syzkaller-ntfs3g-0.img", "3291402281"),
        syzkaller("syzkaller-ntfs3g-3.img", "3048098741"),
        syzkaller("syzkaller-ntfs3g-11.img", "1286415049"),
        syzkaller("syzkaller-ntfs3g-17.img", "3932184350"),
    ]
}

#[test]
fn every_link_of_the_corpus_leads_where_it_should() {
    let Some(corpus) = Corpus::find() else { return };
    let table = table();
    let names = corpus.names();
    let of_table = table.iter().map(|row| (row.image, row.options, &row.links[..]));
    let others = names.iter().map(String::as_str).filter(|name| table.iter().all(|row| row.image != *name));
    let others = others.map(|name| (name, &[][..], &[][..]));
    let scans: Vec<_> = of_table.chain(others).filter(|(image, ..)| !REFUSED.contains(image)).collect();
    assert!(scans.len() >= 54, "images are missing: {}", scans.len());
    check_each(&scans, |(image, options, links)| {
        let output = scan(options, &corpus.image(image));
        assert!(output.status.success(), "{image}: {}", String::from_utf8_lossy(&output.stderr));
        let complaints = complaints(&Document::parse(&output.stdout), links);
        complaints.into_iter().map(|complaint| format!("{image} {options:?}: {complaint}")).collect()
    });
}

fn complaints(document: &Document, expected: &[(&str, Expected)]) -> Vec<String> {
    let mut links = document.links();
    let mut complaints = Vec::new();
    for (link, expected) in expected {
        match links.remove(&("v0".to_owned(), (*link).to_owned())) {
            Some(found) => complaints.extend(expected.complaint(&found).map(|it| format!("{link}: {it}"))),
            None => complaints.push(format!("{link} is missing")),
        }
    }
    complaints.extend(links.iter().map(|(link, edge)| format!("{link:?} is not in the table: {edge}")));
    complaints
}
