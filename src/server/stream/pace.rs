//! When a loop's next tick is.

use std::time::Instant;

use super::stream::{LoopKind, Order, ServerStream};
use crate::ticker::Ticker;

/// The rhythm of one loop: its first tick is at once, the further ones are those of the stream's
/// `render_rate` at that time.
#[derive(Debug)]
pub(crate) struct Pace<'a> {
    playback: &'a ServerStream,
    kind: LoopKind,
    /// When the loop last ran, and until when the handler asked to rest; none: it runs at once.
    last: Option<Last>,
    /// How often a tick at once had been called for when this loop ran last.
    jolts: u64,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    returned: Instant,
    rest_until: Option<Instant>,
}

impl<'a> Pace<'a> {
    pub(crate) const fn new(playback: &'a ServerStream, kind: LoopKind) -> Self {
        Self { playback, kind, last: None, jolts: 0 }
    }

    /// The loop has run.
    pub(crate) fn ran(&mut self, rest_until: Option<Instant>) {
        self.last = Some(Last { returned: Instant::now(), rest_until });
    }

    /// Waits for the next tick.
    pub(crate) fn wait(&mut self, is_suspended: impl Fn() -> bool) -> Order {
        let order = self.playback.wait_for_order(self.kind, |jolts| self.next(jolts), is_suspended);
        if let Order::Tick { jolts } = order {
            self.jolts = jolts;
        }
        order
    }

    fn next(&self, jolts: u64) -> Instant {
        let Some(last) = self.last.filter(|_| self.jolts == jolts) else { return Instant::now() };
        let rate = self.playback.stream.render_rate();
        let not_before = last.rest_until.map_or(last.returned, |rest| rest.max(last.returned));
        Ticker::new(self.playback.tick_origin(), rate).next_after(not_before)
    }
}
