//! The targets of a message's references.
//!
//! A reference is resolved by reading its target again from the target's own bytes. So an object
//! without references costs nothing. The expansion of a reference is charged to the budget value by
//! value, as if it had been sent in full.

use super::Error;
use crate::protocol::buffers::brief_list;
use crate::protocol::wire::Reader;

/// The target of a reference.
#[derive(Clone, Debug)]
pub(super) struct Referent<'a> {
    /// Its type.
    pub(super) marker: u8,
    /// The bytes after its marker.
    pub(super) body: Reader<'a>,
    complete: bool,
}

/// All targets, in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct References<'a> {
    referents: Vec<Referent<'a>>,
    rereading: usize,
}

/// A target that is being read. `None` if it is read again, and so has its number already.
#[derive(Debug)]
#[must_use = "a referent is cyclic until it is completed"]
pub(super) struct Pending(Option<usize>);

impl<'a> References<'a> {
    /// Numbers a value whose marker was just read.
    pub(super) fn begin(&mut self, marker: u8, body: &Reader<'a>) -> Pending {
        if self.is_rereading() {
            return Pending(None);
        }
        if self.referents.capacity() == 0 {
            self.referents = brief_list(0);
        }
        self.referents.push(Referent { marker, body: body.clone(), complete: false });
        Pending(self.referents.len().checked_sub(1))
    }

    /// Allows references to a value that has been read.
    pub(super) fn complete(&mut self, pending: &Pending) {
        if let Some(referent) = pending.0.and_then(|index| self.referents.get_mut(index)) {
            referent.complete = true;
        }
    }

    /// Returns the target of `index`, to read again until [`References::end_reread`]. `offset`, the
    /// end of the reference, is for the error.
    pub(super) fn begin_reread(
        &mut self,
        index: usize,
        offset: usize,
    ) -> Result<Referent<'a>, Error> {
        let referent =
            self.referents.get(index).ok_or(Error::UnknownReference { index, offset })?;
        if !referent.complete {
            return Err(Error::CyclicReference { index, offset });
        }
        self.rereading = self.rereading.saturating_add(1);
        Ok(referent.clone())
    }

    /// Ends what [`References::begin_reread`] began.
    pub(super) const fn end_reread(&mut self) {
        self.rereading = self.rereading.saturating_sub(1);
    }

    /// Returns whether a target is read again, so that nothing in it gets another number.
    pub(super) const fn is_rereading(&self) -> bool {
        self.rereading > 0
    }
}
