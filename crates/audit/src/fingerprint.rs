//! What a finding is known by from one image to the next.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::finding::Finding;

/// Bytes of the hash that are kept.
const LENGTH: usize = 16;

/// The fingerprint of a finding: a hash of its rule, its path and where that leads, and of nothing that changes when an
/// image is built anew from the same content, so of no record number, offset or count. 32 hex digits.
///
/// Two findings of one rule about the same path have the same fingerprint. Volumes are told apart by their place among
/// the images.
pub fn fingerprint(finding: &Finding) -> String {
    if let Some(known_by) = &finding.fingerprint {
        return known_by.clone();
    }
    let mut hash = Sha256::new();
    hash.update(finding.rule.id);
    for text in [&finding.path, &finding.target] {
        // No text has a NUL byte of its own in front.
        hash.update([0]);
        hash.update(text.as_ref().map(|text| text.as_wtf8().as_bytes()).unwrap_or_default());
    }
    hash.update([0]);
    hash.update(finding.volume.to_string());
    let mut text = String::new();
    for byte in hash.finalize().iter().take(LENGTH) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
