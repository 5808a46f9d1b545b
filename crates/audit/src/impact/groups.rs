//! Items by the group that they belong to, all in one array: a list for each of a million directories would be a million
//! allocations.

/// Items by their group, a small number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups<T> {
    /// For each group where its items begin; one more at the end.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Groups<T> {
    /// Puts pairs of group and item together by group, those of one group in the order in which they come. What is of no
    /// group below `count` is left out.
    pub fn new(count: usize, pairs: &[(u32, T)]) -> Groups<T> {
        let mut starts = vec![0; count + 1];
        for (group, _) in pairs.iter().filter(|(group, _)| (*group as usize) < count) {
            starts.get_mut(*group as usize).into_iter().for_each(|start| *start += 1);
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut items = vec![T::default(); total as usize];
        // Every start is its neighbour's for now, and is counted down to its own while the items come in, last to first.
        for (group, item) in pairs.iter().rev().filter(|(group, _)| (*group as usize) < count) {
            let Some(start) = starts.get_mut(*group as usize) else { continue };
            *start -= 1;
            items.get_mut(*start as usize).into_iter().for_each(|place| *place = *item);
        }
        Groups { starts, items }
    }

    /// The items of a group.
    #[inline]
    pub fn of(&self, group: u32) -> &[T] {
        self.range(group, group.saturating_add(1))
    }

    /// The items of the groups from one up to another.
    pub fn range(&self, first: u32, end: u32) -> &[T] {
        let start = |group: u32| self.starts.get(group as usize).map(|start| *start as usize);
        let (Some(first), Some(end)) = (start(first), start(end)) else { return &[] };
        self.items.get(first..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_put_together_by_group() {
        let groups = Groups::new(3, &[(2, 'a'), (0, 'b'), (2, 'c'), (7, 'd')]);
        assert_eq!([0, 1, 2, 3].map(|group| groups.of(group)), [&['b'][..], &[], &['a', 'c'], &[]]);
        assert_eq!(groups.range(0, 3), ['b', 'a', 'c']);
    }
}
