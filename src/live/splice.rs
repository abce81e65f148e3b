//! One publisher after the other, as one stream.

use std::time::Instant;

use super::continuity::Continuity;
use super::sequel::Sequel;
use crate::media::{Tag, TagClass};

/// Makes one stream of what one publisher after the other sends: one timeline, and each begins with
/// a key frame.
#[derive(Debug)]
pub(crate) struct Splice {
    continuity: Continuity,
    sequel: Sequel,
}

impl Splice {
    pub(crate) fn new() -> Self {
        Self { continuity: Continuity::new(), sequel: Sequel::default() }
    }

    /// Begins with another publisher, or with the same again.
    pub(crate) fn begin(&mut self) {
        self.continuity.begin();
        self.sequel.begin();
    }

    /// Returns the tag as viewers get it. Returns `None` if they do not.
    pub(crate) fn continue_with(&mut self, mut tag: Tag, now: Instant) -> Option<Tag> {
        let class = TagClass::of(&tag);
        if !self.sequel.passes(class, &tag) {
            return None;
        }
        tag.timestamp = match class {
            TagClass::Metadata
            | TagClass::Script
            | TagClass::AudioHeader(_)
            | TagClass::VideoHeader(_) => self.continuity.place_aside(tag.timestamp, now),
            _ => self.continuity.place(tag.kind, tag.timestamp, now),
        };
        Some(tag)
    }

    /// Returns how many timestamps were repaired.
    pub(crate) const fn repairs(&self) -> u64 {
        self.continuity.repairs()
    }
}
