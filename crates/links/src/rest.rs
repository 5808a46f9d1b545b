//! What is left to go of a path that is being walked.

use crate::components::Components;
use crate::stream_name::marked;

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
    pub fn of_windows(names: impl DoubleEndedIterator<Item = (&'p [u16], Option<&'p [u16]>)>) -> Rest<'p> {
        let mut rest = Rest::default();
        rest.put_windows(names);
        rest
    }

    /// The names of a path of POSIX.
    pub fn of_posix(names: impl DoubleEndedIterator<Item = &'p [u16]>) -> Rest<'p> {
        let mut rest = Rest::default();
        rest.put_posix(names);
        rest
    }

    /// Puts names of Windows before the rest: what follows a colon is a stream.
    pub fn put_windows(&mut self, names: impl DoubleEndedIterator<Item = (&'p [u16], Option<&'p [u16]>)>) {
        self.0.reserve(names.size_hint().0);
        for (name, stream) in names.rev() {
            self.0.extend(stream.map(Step::Stream));
            // Without a name it is a stream of the directory: `C:\:stream` is one of the root.
            self.0.extend((!name.is_empty()).then_some(Step::Name(name)));
        }
    }

    /// Puts names of POSIX before the rest, of which a colon is part.
    pub fn put_posix(&mut self, names: impl DoubleEndedIterator<Item = &'p [u16]>) {
        self.0.extend(names.rev().map(Step::Name));
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
    pub fn iter(&self) -> impl Iterator<Item = Step<'p>> + Clone {
        self.0.iter().rev().copied()
    }

    /// What is left, in order, as the names of a path.
    pub fn names(&self) -> Components {
        names_of(self.iter())
    }

    /// A step that was taken, and what is left behind it.
    pub fn names_from(&self, taken: Step<'_>) -> Components {
        names_of(std::iter::once(taken).chain(self.iter()))
    }
}

/// Steps as the names of a path.
fn names_of<'s>(steps: impl Iterator<Item = Step<'s>> + Clone) -> Components {
    let units = steps.clone().map(Step::units).sum();
    let mut names = Components::with_room_for(steps.clone().count(), units);
    steps.for_each(|step| step.append_to(&mut names));
    names
}

impl Step<'_> {
    /// How many units it has, as one of the names of a path.
    fn units(self) -> usize {
        match self {
            Step::Name(name) => name.len(),
            Step::Stream(stream) => stream.len() + 1,
        }
    }

    /// Adds it to the names of a path, as one of them.
    pub fn append_to(self, names: &mut Components) {
        match self {
            Step::Name(name) => names.push(name),
            Step::Stream(stream) => names.push(&marked(stream)),
        }
    }
}
