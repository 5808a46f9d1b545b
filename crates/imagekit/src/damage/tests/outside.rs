//! What other programs say of damaged images, where they are installed.

use std::io::{self, Write as _};
use std::process::Command;

use super::image::{A, B, LARGE, LINKED, Subject, subject, subject_of, volume};
use crate::description::{Geometry, Volume};

/// Standard output and error of a program over the image; `None`, said aloud, where there is no such program.
fn run(subject: &Subject, program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let output = match Command::new(program).args(arguments).arg(&subject.path).output() {
        Ok(output) => output,
        Err(error) => {
            writeln!(io::stderr(), "SKIPPED: {program}: {error}").unwrap();
            return None;
        }
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn ntfsfix_finds_a_stale_mirror() {
    let subject = subject();
    let Some((is_fine, text)) = run(&subject, "ntfsfix", &["-n"]) else { return };
    assert!(is_fine, "{text}");
    subject.damage("stale-mirror", "record=1");
    let (is_fine, text) = run(&subject, "ntfsfix", &["-n"]).unwrap();
    assert!(!is_fine || text.contains("FAILED"), "{text}");
    assert!(text.contains("$MFTMirr does not match $MFT"), "{text}");
}

#[test]
fn ntfsinfo_refuses_a_volume_without_a_boot_sector_or_mft() {
    for (kind, keys) in [("zeroed-boot-sector", ""), ("zeroed-record", "record=0")] {
        let subject = subject();
        let Some((is_fine, text)) = run(&subject, "ntfsinfo", &["-m"]) else { return };
        assert!(is_fine, "{text}");
        subject.damage(kind, keys);
        let (is_fine, text) = run(&subject, "ntfsinfo", &["-m"]).unwrap();
        assert!(!is_fine, "{kind}: {text}");
    }
}

#[test]
fn ntfsinfo_sees_the_dirty_flag() {
    let subject = subject();
    subject.damage("volume-flags", "copy=both");
    let Some((_, text)) = run(&subject, "ntfsinfo", &["-f", "-m"]) else { return };
    assert!(text.contains("DIRTY"), "{text}");
}

#[test]
fn ntfsls_does_not_see_a_name_that_the_index_lacks() {
    let subject = subject();
    // The first separator among them, wherever it is.
    for number in [0, 41, 42, 43, 44, 45, 299] {
        subject.damage("missing-index-entry", &format!("directory={LARGE} name='f{number:03}'"));
    }
    let Some((is_fine, text)) = run(&subject, "ntfsls", &["-p", "large"]) else { return };
    assert!(is_fine, "{text}");
    let names: Vec<_> = text.lines().filter(|line| line.starts_with('f')).collect();
    assert_eq!(names.len(), 293, "{text}");
    assert!(!names.contains(&"f042"));
}

/// Records in two clusters, index blocks in eight, VCNs of 512 bytes, records and sectors of 4,096 bytes.
#[test]
fn damages_find_their_way_on_every_geometry() {
    let geometries = [(512, 512, 1024), (512, 65_536, 1024), (4096, 4096, 4096), (2048, 2 << 20, 4096)];
    for (sector, cluster, record) in geometries {
        let geometry = Geometry { sector, cluster, record };
        let subject = subject_of(Volume { geometry, mft_pieces: 1, ..volume() });
        for number in [0, 41, 42, 43, 299] {
            subject.damage("missing-index-entry", &format!("directory={LARGE} name='f{number:03}'"));
        }
        let Some((is_fine, text)) = run(&subject, "ntfsls", &["-p", "large"]) else { return };
        assert!(is_fine, "{geometry:?}: {text}");
        assert_eq!(text.lines().filter(|line| line.starts_with('f')).count(), 295, "{geometry:?}: {text}");
        subject.damage("huge-run", &format!("record={B} attribute=0x80"));
        subject.damage("attribute-list-loop", &format!("record={LINKED}"));
        subject.damage("torn-index-block", &format!("record={LARGE} block=1 sector=7"));
        subject.damage("torn-sector", &format!("record={LARGE} sector=1"));
        subject.damage("zeroed-boot-sector", "boot-sector=backup");
        subject.damage("stale-mirror", "record=0");
        let (is_fine, text) = run(&subject, "ntfsls", &["-p", "large"]).unwrap_or_default();
        assert!(!is_fine || text.lines().filter(|line| line.starts_with('f')).count() < 295, "{geometry:?}: {text}");
    }
}

#[test]
fn istat_shows_what_the_header_says() {
    let subject = subject();
    subject.damage("wrong-link-count", &format!("record={A} value=7"));
    subject.damage("wrong-sequence", &format!("record={A} value=9"));
    let output = match Command::new("istat").args([subject.path.as_os_str(), "28".as_ref()]).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => return writeln!(io::stderr(), "SKIPPED: istat: {error}").unwrap(),
    };
    assert!(output.contains("Sequence: 9") && output.contains("Links: 7"), "{output}");
}
