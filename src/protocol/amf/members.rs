//! The members of unfinished objects.

use std::mem;

use super::name::Name;
use super::object::Member;
use super::{Error, Object, Value};
use crate::protocol::buffers::OBJECT_MEMBERS;

/// The members of all unfinished objects. Those of a nested object come after those of the outer
/// one. So an object's own list is made once its length is known, and takes no more memory than it
/// needs.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<Member>);

impl Members {
    /// Returns the start of the members of an object that begins now.
    pub(super) fn begin(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of members of the object that began at `start`.
    pub(super) fn count(&self, start: usize) -> usize {
        self.0.len().saturating_sub(start)
    }

    /// Appends a member, or returns the error of its value. A function of its own, so that the
    /// stack frames of the recursive decoders stay small.
    pub(super) fn push(&mut self, name: Name, value: Result<Value, Error>) -> Result<(), Error> {
        let value = value?;
        if self.0.capacity() == 0 {
            self.0.reserve_exact(OBJECT_MEMBERS);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Removes the members of the object that began at `start`, and returns the object.
    pub(super) fn finish(&mut self, start: usize, class_name: Option<String>) -> Object {
        if start == 0 && self.0.len() >= OBJECT_MEMBERS / 4 {
            // Nearly always it is soon gone, and the thread keeps nothing of such a large list.
            return Object::from_members(class_name, mem::take(&mut self.0));
        }
        let start = start.min(self.0.len());
        Object::from_members(class_name, self.0.drain(start..).collect())
    }
}
