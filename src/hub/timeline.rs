//! From a loop's time line to a viewer's.

use crate::media::Tag;
use crate::protocol::Timestamp;

/// From a loop's time line to that of one viewer, which begins with its play and knows no pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    /// By how much the loop is ahead.
    ahead: u32,
    last: Timestamp,
}

impl Timeline {
    /// The loop is at `of_loop` when the viewer is at `of_viewer`.
    pub(crate) const fn new(of_loop: Timestamp, of_viewer: Timestamp) -> Self {
        Self { ahead: of_loop.0.wrapping_sub(of_viewer.0), last: of_viewer }
    }

    /// Tags of now.
    pub(crate) fn live(&mut self, tags: &[Tag]) -> Vec<Tag> {
        tags.iter().map(|tag| self.at(tag, self.place(tag.timestamp))).collect()
    }

    /// Tags of before now, which the viewer is to be through with at once: a millisecond apart.
    pub(crate) fn past(&mut self, tags: &[Tag]) -> Vec<Tag> {
        let mut first = true;
        tags.iter()
            .map(|tag| {
                let step = u32::from(!first && !tag.is_sequence_header());
                first &= tag.is_sequence_header();
                self.at(tag, self.last.plus(step))
            })
            .collect()
    }

    fn place(&self, of_loop: Timestamp) -> Timestamp {
        let place = Timestamp(of_loop.0.wrapping_sub(self.ahead));
        if place.since(self.last) < 0 { self.last } else { place }
    }

    fn at(&mut self, tag: &Tag, timestamp: Timestamp) -> Tag {
        self.last = timestamp;
        Tag { timestamp, ..tag.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::Timeline;
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn tags(kind: u8, times: &[u32]) -> Vec<Tag> {
        let tag = |time: &u32| Tag {
            kind: TagKind::Video,
            timestamp: Timestamp(*time),
            payload: vec![0x17, kind, 0, 0, 0].into(),
        };
        times.iter().map(tag).collect()
    }

    fn times(tags: &[Tag]) -> Vec<u32> {
        tags.iter().map(|tag| tag.timestamp.0).collect()
    }

    #[test]
    fn a_viewer_is_through_with_the_past_at_once_and_then_keeps_the_loops_distances() {
        let mut line = Timeline::new(Timestamp(10_000), Timestamp(7));
        let mut past = tags(0, &[1000]);
        past.extend(tags(1, &[9000, 9040, 9080]));
        assert_eq!(times(&line.past(&past)), [7, 7, 8, 9]);
        assert_eq!(times(&line.live(&tags(1, &[10_000, 10_040, 10_080]))), [9, 47, 87]);
    }

    #[test]
    fn it_wraps_as_time_lines_do_and_never_goes_back() {
        let mut line = Timeline::new(Timestamp(u32::MAX - 9), Timestamp(5));
        assert_eq!(times(&line.live(&tags(1, &[u32::MAX, 30]))), [14, 45]);
        assert_eq!(times(&line.live(&tags(1, &[20, 50]))), [45, 65]);
    }
}
