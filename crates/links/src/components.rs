//! The names of a path.

use crate::stream_name::StreamName;

/// Names of a path, UTF-16 units: kept in one piece, since a volume can have millions of links.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Components {
    /// The names, one after the other.
    units: Vec<u16>,
    /// Where each ends in them.
    ends: Vec<usize>,
}

/// No names.
pub(crate) static NO_NAMES: Components = Components { units: Vec::new(), ends: Vec::new() };

impl Components {
    /// None, with room for so many names of so many units together.
    pub(crate) fn with_room_for(names: usize, units: usize) -> Components {
        Components { units: Vec::with_capacity(units), ends: Vec::with_capacity(names) }
    }

    /// Names of Unicode text.
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Components {
        texts.into_iter().map(|text| text.encode_utf16().collect::<Vec<u16>>()).collect()
    }

    /// Adds a name at the end.
    pub fn push(&mut self, name: &[u16]) {
        self.units.extend_from_slice(name);
        self.ends.push(self.units.len());
    }

    /// Takes away the last name, and answers whether there was one.
    pub fn pop(&mut self) -> bool {
        let had_one = self.ends.pop().is_some();
        self.units.truncate(self.ends.last().copied().unwrap_or(0));
        had_one
    }

    /// The names, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[u16]> + ExactSizeIterator + Clone {
        let name = |index: usize| {
            let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
            self.ends.get(index).and_then(|end| self.units.get(start..*end)).unwrap_or_default()
        };
        (0..self.len()).map(name)
    }

    /// The names, in order, each with what follows its first colon: to Windows a stream.
    pub(crate) fn with_streams(&self) -> impl DoubleEndedIterator<Item = (&[u16], Option<&[u16]>)> + ExactSizeIterator {
        // Few paths have a colon at all, which is found out faster for all names together.
        let has_colon = self.units.contains(&u16::from(b':'));
        self.iter().map(move |name| if has_colon { StreamName::split(name) } else { (name, None) })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many units they have together.
    pub(crate) fn units(&self) -> usize {
        self.units.len()
    }

    /// Bytes of memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.units[..]) + size_of_val(&self.ends[..])
    }
}

impl<N: AsRef<[u16]>> Extend<N> for Components {
    fn extend<I: IntoIterator<Item = N>>(&mut self, names: I) {
        names.into_iter().for_each(|name| self.push(name.as_ref()));
    }
}

impl<N: AsRef<[u16]>> FromIterator<N> for Components {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Components {
        let mut components = Components::default();
        components.extend(names);
        components
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_apart() {
        let mut names: Components = [&[1, 2][..], &[], &[3]].into_iter().collect();
        assert_eq!(names.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[3]]);
        assert_eq!(names.iter().next_back(), Some(&[3][..]));
        assert!(names.pop() && names.len() == 2);
        names.push(&[4]);
        assert_eq!(names.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[4]]);
        assert!(names.pop() && names.pop() && names.pop() && !names.pop());
        assert_eq!(names, Components::default());
    }

    #[test]
    fn a_stream_belongs_to_its_own_name() {
        let names = Components::of_texts(["one", "two:stream:more", ":root"]);
        let with_streams: Vec<(String, Option<String>)> = names
            .with_streams()
            .map(|(name, stream)| (String::from_utf16_lossy(name), stream.map(String::from_utf16_lossy)))
            .collect();
        let stream = |text: &str| Some(text.to_owned());
        let expected = [("one", None), ("two", stream("stream:more")), ("", stream("root"))];
        assert_eq!(with_streams, expected.map(|(name, stream)| (name.to_owned(), stream)));
    }
}
