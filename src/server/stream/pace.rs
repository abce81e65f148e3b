//! The instants of one loop's ticks.

use std::time::Instant;

use super::control::{LoopControl, LoopKind, Order};
use crate::handler::Stream;
use crate::ticker::Ticker;

/// The instants of one loop's ticks. The first is at once. The others are those of the stream's
/// `render_rate`, which may change at any time.
#[derive(Debug)]
pub(crate) struct Pace<'a> {
    control: &'a LoopControl,
    stream: &'a Stream,
    kind: LoopKind,
    /// The last run of the loop. `None` before the first.
    last: Option<Run>,
    /// The number of requests for an immediate tick at the last run.
    wake_requests: u64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    returned: Instant,
    /// The instant before which the handler asked not to be called.
    rest_until: Option<Instant>,
}

impl<'a> Pace<'a> {
    pub(crate) const fn new(control: &'a LoopControl, stream: &'a Stream, kind: LoopKind) -> Self {
        Self { control, stream, kind, last: None, wake_requests: 0 }
    }

    /// Records that the loop has run.
    pub(crate) fn ran(&mut self, rest_until: Option<Instant>) {
        self.last = Some(Run { returned: Instant::now(), rest_until });
    }

    /// Waits for the next tick.
    pub(crate) fn wait(&mut self, is_suspended: impl Fn() -> bool) -> Order {
        let order = self.control.wait_for_order(
            self.kind,
            |wake_requests| self.next_tick(wake_requests),
            is_suspended,
        );
        if let Order::Tick { wake_requests } = order {
            self.wake_requests = wake_requests;
        }
        order
    }

    fn next_tick(&self, wake_requests: u64) -> Instant {
        let Some(last) = self.last.filter(|_| self.wake_requests == wake_requests) else {
            return Instant::now();
        };
        let not_before = last.rest_until.map_or(last.returned, |rest| rest.max(last.returned));
        Ticker::new(self.control.tick_origin(), self.stream.render_rate()).next_after(not_before)
    }
}
