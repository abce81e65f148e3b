//! What a message's references stand for.
//!
//! A reference is resolved by reading again, at the place where it was first written, what it
//! stands for. So objects that nobody refers to cost nothing, and what references expand to is paid
//! from the budget value by value, as if it had been sent in full.

use super::Error;
use crate::protocol::wire::Reader;

/// A value that can be referred to.
#[derive(Clone, Debug)]
pub(super) struct Referent<'a> {
    /// Its type.
    pub(super) marker: u8,
    /// What follows its marker.
    pub(super) body: Reader<'a>,
    complete: bool,
}

/// All that can be referred to, in the order in which it was first sent.
#[derive(Debug, Default)]
pub(super) struct References<'a> {
    referents: Vec<Referent<'a>>,
    rereading: usize,
}

/// A referent that is being read; none where it is read again, and so has its number already.
#[derive(Debug)]
#[must_use = "a referent is cyclic until it is completed"]
pub(super) struct Pending(Option<usize>);

impl<'a> References<'a> {
    /// Numbers a value whose marker has just been read.
    pub(super) fn begin(&mut self, marker: u8, body: &Reader<'a>) -> Pending {
        if self.is_rereading() {
            return Pending(None);
        }
        self.referents.push(Referent { marker, body: body.clone(), complete: false });
        Pending(self.referents.len().checked_sub(1))
    }

    /// Lets a value that has been read be referred to.
    pub(super) fn complete(&mut self, pending: &Pending) {
        if let Some(referent) = pending.0.and_then(|index| self.referents.get_mut(index)) {
            referent.complete = true;
        }
    }

    /// What `index` stands for, to be read again until [`References::end_reread`]. The offset is
    /// where the reference ends, for the error.
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

    /// Whether what is read now has been read before, so that nothing in it gets a number again.
    pub(super) const fn is_rereading(&self) -> bool {
        self.rereading > 0
    }
}
