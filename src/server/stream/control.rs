//! The state that the loops of a stream follow, and their wait for the next tick.

use std::sync::Mutex;
use std::time::Instant;

use super::clock::Clock;
use crate::hub::End;
use crate::protocol::Timestamp;
use crate::sync::{Condition, lock, wait, wait_timeout};

/// The state that the loops of a stream follow. Its lock is never held while a handler runs.
#[derive(Debug)]
pub(crate) struct LoopControl {
    state: Mutex<State>,
    /// Notified after every change of `state`, and after changes that `is_suspended` depends on.
    changed: Condition,
    /// The instant from which the ticks of all loops of the server are counted.
    tick_origin: Instant,
}

#[derive(Debug)]
struct State {
    activity: Activity,
    /// Set while one thread ends the playback, so that no other thread does.
    is_stopping: bool,
    /// Whether the play handler is asked about a transition, and so cannot be told of an end.
    is_in_transition: bool,
    ending: Option<End>,
    clock: Clock,
    /// Counts the requests for an immediate tick of both loops: pause, resume, seek.
    wake_requests: u64,
    /// Counts the requests for an immediate tick of the frame loop alone.
    frame_requests: u64,
}

/// What a stream is used for at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Idle,
    Playing,
}

/// Identifies one of the two loops of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    Frame,
    Render,
}

/// What a loop must do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Run once. `wake_requests` counts the requests for an immediate tick so far.
    Tick { wake_requests: u64 },
    /// End the playback.
    End(End),
    /// Return, because another thread has ended the playback.
    Return,
}

impl LoopControl {
    pub(crate) fn new(tick_origin: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                activity: Activity::Idle,
                is_stopping: false,
                is_in_transition: false,
                ending: None,
                clock: Clock::start(Instant::now()),
                wake_requests: 0,
                frame_requests: 0,
            }),
            changed: Condition::new(),
            tick_origin,
        }
    }

    pub(crate) const fn tick_origin(&self) -> Instant {
        self.tick_origin
    }

    pub(crate) fn is_playing(&self) -> bool {
        lock(&self.state).activity == Activity::Playing
    }

    /// Begins a playback, with a clock that starts at zero.
    pub(crate) fn start(&self) {
        let mut state = lock(&self.state);
        state.activity = Activity::Playing;
        state.is_stopping = false;
        state.ending = None;
        state.clock = Clock::start(Instant::now());
    }

    /// Returns when the playback began.
    pub(crate) fn started(&self) -> Instant {
        lock(&self.state).clock.started()
    }

    /// Lets the loops return.
    pub(crate) fn end_loops(&self) {
        self.change(|state| state.activity = Activity::Idle);
    }

    /// Reserves the end of the playback for the calling thread. Returns `false` if nothing plays,
    /// or if another thread ends it.
    pub(crate) fn claim_stop(&self) -> bool {
        let mut state = lock(&self.state);
        let is_claimed = state.activity == Activity::Playing && !state.is_stopping;
        state.is_stopping |= is_claimed;
        is_claimed
    }

    /// Gives up [`claim_stop`](Self::claim_stop), so that the playback continues. Returns `false`
    /// if a loop has meanwhile asked for the end.
    pub(crate) fn withdraw_stop(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_stopping = state.ending.is_some();
        !state.is_stopping
    }

    /// Lets the ends that sources report wait until [`end_transition`](Self::end_transition).
    pub(crate) fn begin_transition(&self) {
        lock(&self.state).is_in_transition = true;
    }

    /// Returns how a source has ended the playback since
    /// [`begin_transition`](Self::begin_transition).
    pub(crate) fn end_transition(&self) -> Option<End> {
        let mut state = lock(&self.state);
        state.is_in_transition = false;
        state.ending
    }

    /// Returns whether a transition is under way. Records the end that a source has reported then,
    /// so that a loop or the end of the transition sees to it.
    pub(crate) fn is_put_off(&self, ending: End) -> bool {
        let is_put_off = lock(&self.state).is_in_transition;
        if is_put_off {
            self.set_ending(ending);
        }
        is_put_off
    }

    /// Records how the playback ends, unless that is recorded already. The loops end it.
    pub(crate) fn set_ending(&self, ending: End) {
        self.change(|state| {
            state.ending.get_or_insert(ending);
        });
    }

    /// Forgets how the last playback ended: a seek does not start it again.
    pub(crate) fn clear_ending(&self) {
        lock(&self.state).ending = None;
    }

    /// Returns whether the frame handler ended the playback in order, and no client has stopped it.
    /// A seek can then start it again.
    pub(crate) fn has_completed(&self) -> bool {
        lock(&self.state).ending == Some(End::Complete)
    }

    /// Stops or restarts the clock, and lets both loops tick at once.
    pub(crate) fn set_paused(&self, is_paused: bool) {
        self.change(|state| {
            let now = Instant::now();
            if is_paused {
                state.clock.pause(now);
            } else {
                state.clock.resume(now);
            }
            state.wake_requests = state.wake_requests.wrapping_add(1);
        });
    }

    /// Lets both loops tick at once.
    pub(crate) fn wake_loops(&self) {
        self.change(|state| state.wake_requests = state.wake_requests.wrapping_add(1));
    }

    /// Lets the frame loop tick at once.
    pub(crate) fn wake_frame_loop(&self) {
        self.change(|state| state.frame_requests = state.frame_requests.wrapping_add(1));
    }

    /// Lets the loops look again at what they depend on: handlers, the rate.
    pub(crate) fn recheck(&self) {
        self.change(|_| ());
    }

    pub(crate) fn clock(&self) -> Timestamp {
        lock(&self.state).clock.read(Instant::now())
    }

    /// Waits until the instant that `next_tick` returns, and while `is_suspended` returns `true`.
    ///
    /// Both are called again after each change, with the lock held, so they must not block.
    /// `next_tick` gets the number of requests for an immediate tick so far.
    pub(crate) fn wait_for_order(
        &self,
        kind: LoopKind,
        next_tick: impl Fn(u64) -> Instant,
        is_suspended: impl Fn() -> bool,
    ) -> Order {
        let mut state = lock(&self.state);
        loop {
            if state.activity != Activity::Playing {
                return Order::Return;
            }
            if let Some(ending) = state.ending {
                return Order::End(ending);
            }
            if is_suspended() {
                state = wait(&self.changed, state);
                continue;
            }
            let wake_requests = state.wake_requests_of(kind);
            let left = next_tick(wake_requests).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Order::Tick { wake_requests };
            }
            state = wait_timeout(&self.changed, state, left);
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }
}

impl State {
    const fn wake_requests_of(&self, kind: LoopKind) -> u64 {
        match kind {
            LoopKind::Frame => self.wake_requests.wrapping_add(self.frame_requests),
            LoopKind::Render => self.wake_requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{End, LoopControl, LoopKind, Order};

    fn order(control: &LoopControl, kind: LoopKind) -> Order {
        control.wait_for_order(kind, |_| Instant::now(), || false)
    }

    #[test]
    fn one_thread_alone_ends_a_playback() {
        let control = LoopControl::new(Instant::now());
        assert!(!control.claim_stop(), "nothing plays");
        control.start();
        assert!(control.claim_stop());
        assert!(!control.claim_stop());
        assert!(control.withdraw_stop());
        assert!(control.claim_stop());
        control.set_ending(End::Failed);
        assert!(!control.withdraw_stop(), "a loop has asked for the end");
        control.end_loops();
        assert!(!control.is_playing());
    }

    #[test]
    fn the_first_ending_counts_and_a_new_playback_forgets_it() {
        let control = LoopControl::new(Instant::now());
        control.start();
        control.set_ending(End::Complete);
        control.set_ending(End::Failed);
        assert_eq!(order(&control, LoopKind::Frame), Order::End(End::Complete));
        control.end_loops();
        assert_eq!(order(&control, LoopKind::Frame), Order::Return);
        assert!(control.has_completed());
        control.start();
        assert!(!control.has_completed());
    }

    #[test]
    fn a_request_for_a_frame_wakes_the_frame_loop_alone() {
        let control = LoopControl::new(Instant::now());
        control.start();
        control.wake_loops();
        control.wake_frame_loop();
        assert_eq!(order(&control, LoopKind::Frame), Order::Tick { wake_requests: 2 });
        assert_eq!(order(&control, LoopKind::Render), Order::Tick { wake_requests: 1 });
    }
}
