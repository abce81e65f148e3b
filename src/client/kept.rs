//! What came while an answer was waited for.

use std::collections::VecDeque;

use super::Error;
use crate::protocol::client_session::Event;

/// An event, and how many bytes the server sent for it.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) event: Event,
    pub(super) bytes: usize,
}

/// Events that came while an answer was waited for, in order.
#[derive(Debug)]
pub(super) struct Kept {
    events: VecDeque<Heard>,
    bytes: usize,
    max: usize,
}

impl Kept {
    /// Nothing yet, and room for `max` bytes.
    pub(super) const fn new(max: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, max }
    }

    pub(super) fn push(&mut self, heard: Heard) -> Result<(), Error> {
        let size = self.bytes.saturating_add(cost(&heard));
        if size > self.max {
            return Err(Error::TooMuchKept { size, max: self.max });
        }
        self.bytes = size;
        self.events.push_back(heard);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let heard = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(cost(&heard));
        Some(heard.event)
    }
}

/// Many events may come of a few bytes: the parts of an aggregate message.
const fn cost(heard: &Heard) -> usize {
    heard.bytes.saturating_add(size_of::<Heard>())
}
