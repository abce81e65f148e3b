//! The numbers of publishers.

/// The number of a publisher. A later one has a higher number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PublisherId(u64);

impl PublisherId {
    pub(super) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
