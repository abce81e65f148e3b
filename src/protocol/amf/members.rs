//! The members of objects that are being read.

use super::object::Member;
use super::{Error, Object, Value};
use crate::protocol::buffers::OBJECT_MEMBERS;

/// The members of the objects that are being read: those of an object in another follow on those of
/// the latter. So an object's own list is made when their number is known, and takes no more room
/// than they do.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<Member>);

impl Members {
    /// Where the members of an object that begins now will start.
    pub(super) fn begin(&self) -> usize {
        self.0.len()
    }

    /// How many members there are of the object that began at `start`.
    pub(super) fn count(&self, start: usize) -> usize {
        self.0.len().saturating_sub(start)
    }

    /// Appends a member that has been read, if it could be. A function of its own, so that the frames
    /// of those who read objects in objects need no room for what it does.
    pub(super) fn push(&mut self, name: String, value: Result<Value, Error>) -> Result<(), Error> {
        let value = value?;
        if self.0.capacity() == 0 {
            self.0.reserve_exact(OBJECT_MEMBERS);
        }
        self.0.push((name.into(), value));
        Ok(())
    }

    /// The object that began at `start`.
    pub(super) fn finish(&mut self, start: usize, class_name: Option<String>) -> Object {
        let start = start.min(self.0.len());
        Object::from_members(class_name, self.0.drain(start..).collect())
    }
}
