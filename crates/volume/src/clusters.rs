//! Clusters: from the numbers of the volume to places in the image.

use format::{DataRun, Issue, IssueKind, Lcn, NonResident};
use image::{Image, ImageOffset};

use crate::stream::Extent;

/// Where the clusters of a volume lie in the image.
#[derive(Clone, Copy, Debug)]
pub struct ClusterMap<'i> {
    /// The image.
    pub image: &'i Image,
    /// The volume's first byte.
    pub start: ImageOffset,
    /// A power of two from 512 bytes to 2 MiB.
    pub bytes_per_cluster: u32,
    /// Clusters of the volume.
    pub clusters: u64,
}

impl ClusterMap<'_> {
    /// Where a cluster begins in the image; not checked against the volume's size.
    pub fn offset(&self, lcn: Lcn) -> Option<ImageOffset> {
        self.start.checked_add(lcn.0.checked_mul(u64::from(self.bytes_per_cluster))?)
    }

    /// Where a value (or an extent of one) lies, run by run up to the first that is damaged. Issues have their offset
    /// from the start of the record.
    pub fn extents(&self, value: &NonResident<'_>) -> (Vec<Extent>, Vec<Issue>) {
        let mut extents = Vec::new();
        let mut issues = Vec::new();
        let mut next_vcn = value.lowest_vcn.0;
        for run in value.data_runs() {
            let extent = run.map_err(|issue| issue.shifted(value.mapping_pairs_offset)).and_then(|run| {
                next_vcn = run.vcn.0.saturating_add(run.clusters);
                self.extent(&run).map_err(|kind| Issue::new(value.mapping_pairs_offset, kind))
            });
            match extent {
                Ok(extent) => extents.push(extent),
                Err(issue) => {
                    issues.push(issue);
                    return (extents, issues);
                }
            }
        }
        let found = next_vcn.wrapping_sub(value.lowest_vcn.0);
        let expected = value.highest_vcn.wrapping_add(1).wrapping_sub(value.lowest_vcn.0);
        if found != expected {
            let kind = IssueKind::DataRunsCount { expected, found };
            issues.push(Issue::new(value.mapping_pairs_offset, kind));
        }
        (extents, issues)
    }

    fn extent(&self, run: &DataRun) -> Result<Extent, IssueKind> {
        let cluster_size = u64::from(self.bytes_per_cluster);
        let past_volume = |lcn| {
            let (clusters, volume_clusters) = (run.clusters, self.clusters);
            IssueKind::DataRunPastVolume { lcn, clusters, volume_clusters }
        };
        let lcn = run.lcn.map_or(0, |lcn| lcn.0);
        let start = run.vcn.0.checked_mul(cluster_size).ok_or(past_volume(lcn))?;
        let length = run.clusters.checked_mul(cluster_size).ok_or(past_volume(lcn))?;
        start.checked_add(length).ok_or(past_volume(lcn))?;
        let image_offset = match run.lcn {
            None => None,
            Some(lcn) => {
                let end = lcn.0.checked_add(run.clusters).filter(|end| *end <= self.clusters);
                end.ok_or(past_volume(lcn.0))?;
                Some(self.offset(lcn).ok_or(past_volume(lcn.0))?)
            }
        };
        Ok(Extent { start, length, image_offset })
    }
}
