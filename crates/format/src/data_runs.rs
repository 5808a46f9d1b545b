//! Data runs: where the clusters of a non-resident value lie.

use crate::bytes::{offset32, slice};
use crate::issue::{Issue, IssueKind};
use crate::units::{Lcn, Vcn};

/// One run of clusters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataRun {
    /// Its first cluster in the value.
    pub vcn: Vcn,
    /// How many clusters, at least 1.
    pub clusters: u64,
    /// Its first cluster on the volume; `None` for a sparse run, which reads as zeros. Not checked against the
    /// volume's size, which this crate does not know.
    pub lcn: Option<Lcn>,
}

/// Decodes mapping pairs, run by run; the first that is damaged is an `Err` and the last item.
///
/// Each run: a byte whose low nibble is the size of the length and whose high nibble that of the offset; the length,
/// signed; the signed distance of its first cluster from that of the previous run that was not sparse. A zero byte, or
/// the end of the attribute, ends the list.
///
/// Source: libfsntfs "The data runs".
#[derive(Clone, Debug)]
pub struct DataRuns<'a> {
    bytes: &'a [u8],
    offset: usize,
    vcn: u64,
    lcn: i64,
}

impl<'a> DataRuns<'a> {
    /// The runs in `mapping_pairs`, the first of which describes the value from `lowest_vcn` on.
    pub fn new(mapping_pairs: &'a [u8], lowest_vcn: Vcn) -> Self {
        Self { bytes: mapping_pairs, offset: 0, vcn: lowest_vcn.0, lcn: 0 }
    }

    fn decode(&mut self, header: u8) -> Result<DataRun, IssueKind> {
        let length_size = usize::from(header & 0x0F);
        let offset_size = usize::from(header >> 4);
        if length_size == 0 || length_size > 8 || offset_size > 8 {
            return Err(IssueKind::DataRunHeader { header });
        }
        let start = self.offset + 1;
        let needed = offset32(1 + length_size + offset_size);
        let left = offset32(self.bytes.len() - self.offset);
        let length = slice(self.bytes, start, length_size);
        let distance = slice(self.bytes, start + length_size, offset_size);
        let (Some(length), Some(distance)) = (length, distance) else {
            return Err(IssueKind::DataRunOutOfBounds { needed, left });
        };
        let length = signed(length);
        let clusters = u64::try_from(length).ok().filter(|clusters| *clusters > 0);
        let clusters = clusters.ok_or(IssueKind::DataRunLength { length })?;
        let lcn = if distance.is_empty() { None } else { Some(self.first_cluster(signed(distance))?) };
        let vcn = Vcn(self.vcn);
        self.vcn = self.vcn.checked_add(clusters).ok_or(IssueKind::DataRunLength { length })?;
        self.offset = start + length_size + offset_size;
        Ok(DataRun { vcn, clusters, lcn })
    }

    fn first_cluster(&mut self, distance: i64) -> Result<Lcn, IssueKind> {
        let lcn = self.lcn.checked_add(distance).ok_or(IssueKind::DataRunStart { lcn: distance })?;
        self.lcn = lcn;
        u64::try_from(lcn).map(Lcn).map_err(|_| IssueKind::DataRunStart { lcn })
    }
}

impl Iterator for DataRuns<'_> {
    type Item = Result<DataRun, Issue>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = *self.bytes.get(self.offset)?;
        if header == 0 {
            return None;
        }
        let at = offset32(self.offset);
        let run = self.decode(header).map_err(|kind| Issue::new(at, kind));
        if run.is_err() {
            self.bytes = &[];
        }
        Some(run)
    }
}

/// Up to eight little-endian bytes, sign-extended.
fn signed(bytes: &[u8]) -> i64 {
    let sign = if bytes.last().is_some_and(|last| last & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().rev().fold(sign, |value: i64, byte| (value << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], runs: &[(u64, u64, Option<u64>)], issue: Option<Issue>) {
        let found: Vec<_> = DataRuns::new(bytes, Vcn(0)).collect();
        let good: Vec<_> =
            found.iter().flatten().map(|run| (run.vcn.0, run.clusters, run.lcn.map(|lcn| lcn.0))).collect();
        assert_eq!(good, runs);
        assert_eq!(found.into_iter().find_map(Result::err), issue);
    }

    #[test]
    fn runs_follow_each_other_and_distances_add_up() {
        // 0x18 clusters at 0x5634; 0x10 sparse; 4 clusters at 0x5634 - 0x20.
        let bytes = [0x21, 0x18, 0x34, 0x56, 0x01, 0x10, 0x11, 0x04, 0xE0, 0x00, 0xFF];
        check(&bytes, &[(0, 0x18, Some(0x5634)), (0x18, 0x10, None), (0x28, 4, Some(0x5614))], None);
    }

    #[test]
    fn the_attributes_end_ends_the_runs_too() {
        check(&[0x11, 0x01, 0x05], &[(0, 1, Some(5))], None);
        check(&[], &[], None);
    }

    #[test]
    fn a_size_of_nine_bytes_or_none_for_the_length_is_an_issue() {
        for header in [0x10, 0x19, 0x91, 0xFF] {
            check(&[header, 1, 1], &[], Some(Issue::new(0, IssueKind::DataRunHeader { header })));
        }
    }

    #[test]
    fn a_run_that_is_cut_off_keeps_those_before_it() {
        let issue = Issue::new(3, IssueKind::DataRunOutOfBounds { needed: 5, left: 3 });
        check(&[0x11, 0x01, 0x05, 0x22, 0x01, 0x05], &[(0, 1, Some(5))], Some(issue));
    }

    #[test]
    fn a_length_that_is_not_positive_is_an_issue() {
        check(&[0x11, 0x00, 0x05], &[], Some(Issue::new(0, IssueKind::DataRunLength { length: 0 })));
        check(&[0x11, 0xFF, 0x05], &[], Some(Issue::new(0, IssueKind::DataRunLength { length: -1 })));
    }

    #[test]
    fn a_run_before_the_volume_is_an_issue() {
        check(&[0x11, 0x01, 0x80], &[], Some(Issue::new(0, IssueKind::DataRunStart { lcn: -128 })));
    }

    #[test]
    fn numbers_that_overflow_are_an_issue() {
        let huge =
            [0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        let twice: Vec<u8> = huge.iter().chain(&huge).copied().collect();
        let issue = Issue::new(17, IssueKind::DataRunStart { lcn: i64::MAX });
        check(&twice, &[(0, i64::MAX as u64, Some(i64::MAX as u64))], Some(issue));
    }
}
