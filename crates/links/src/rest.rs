//! What is left to go of a path that is being walked.

use crate::stream_name::{StreamName, marked};
use crate::target_name::Components;

/// The next thing of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step<'p> {
    /// A name in the directory that the path has come to.
    Name(&'p [u16]),
    /// What follows a colon: a stream of the file that the path has come to.
    Stream(&'p [u16]),
}

/// Names and streams that are left to go, the next one last.
#[derive(Clone, Default, Debug)]
pub(crate) struct Rest<'p>(Vec<Step<'p>>);

impl<'p> Rest<'p> {
    /// The names of a path of Windows.
    pub fn of_windows(names: &'p [Vec<u16>]) -> Rest<'p> {
        let mut rest = Rest::default();
        rest.put_windows(names);
        rest
    }

    /// The names of a path of POSIX.
    pub fn of_posix(names: &'p [Vec<u16>]) -> Rest<'p> {
        let mut rest = Rest::default();
        rest.put_posix(names);
        rest
    }

    /// Puts names of Windows before the rest: what follows a colon is a stream.
    pub fn put_windows(&mut self, names: &'p [Vec<u16>]) {
        self.0.reserve(names.len());
        for name in names.iter().rev() {
            let (name, stream) = StreamName::split(name);
            self.0.extend(stream.map(Step::Stream));
            // Without a name it is a stream of the directory: `C:\:stream` is one of the root.
            self.0.extend((!name.is_empty()).then_some(Step::Name(name)));
        }
    }

    /// Puts names of POSIX before the rest, of which a colon is part.
    pub fn put_posix(&mut self, names: &'p [Vec<u16>]) {
        self.0.extend(names.iter().rev().map(|name| Step::Name(name)));
    }

    /// Takes the next thing.
    pub fn pop(&mut self) -> Option<Step<'p>> {
        self.0.pop()
    }

    /// Takes the next thing, if it is a stream.
    pub fn pop_stream(&mut self) -> Option<&'p [u16]> {
        match self.0.last() {
            Some(Step::Stream(stream)) => {
                let stream = *stream;
                self.0.pop();
                Some(stream)
            }
            _ => None,
        }
    }

    /// Takes the streams that come next, in their order.
    pub fn split_streams(&mut self) -> Rest<'p> {
        let count = self.0.iter().rev().take_while(|step| matches!(step, Step::Stream(_))).count();
        Rest(self.0.split_off(self.0.len() - count))
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is more to go than a stream.
    pub fn has_names(&self) -> bool {
        self.0.iter().any(|step| matches!(step, Step::Name(_)))
    }

    /// The next thing, if it is a name and not a stream.
    pub fn next_is_name(&self) -> bool {
        matches!(self.0.last(), Some(Step::Name(_)))
    }

    /// What is left, in order.
    pub fn iter(&self) -> impl Iterator<Item = Step<'p>> {
        self.0.iter().rev().copied()
    }

    /// What is left, in order, as the names of a path.
    pub fn names(&self) -> Components {
        self.iter().map(Step::to_name).collect()
    }

    /// A step that was taken, and what is left behind it.
    pub fn names_from(&self, taken: Step<'_>) -> Components {
        std::iter::once(taken.to_name()).chain(self.iter().map(Step::to_name)).collect()
    }
}

impl Step<'_> {
    /// As one of the names of a path.
    pub fn to_name(self) -> Vec<u16> {
        match self {
            Step::Name(name) => name.to_vec(),
            Step::Stream(stream) => marked(stream),
        }
    }
}
