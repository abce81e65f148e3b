//! The frame loop of a stream (`rtmp-frame-N/S`).

use std::time::Instant;

use super::control::{LoopKind, Order};
use super::own_quality::OwnQuality;
use super::pace::Pace;
use super::shared::StreamShared;
use crate::handler::{Begun, FrameOut, Transition, call};
use crate::hub::End;
use crate::protocol::Timestamp;
use crate::protocol::message::in_band;
use crate::server::send::connection_sender::Gone;
use crate::sync::lock;
use crate::threads::StackTrim;

/// Calls the frame handler at the stream's rate.
///
/// Returns how the playback must end. Returns `None` if another thread ends it.
pub(crate) fn run(shared: &StreamShared) -> Option<End> {
    let mut pace = Pace::new(&shared.control, &shared.stream, LoopKind::Frame);
    let mut quality = OwnQuality::default();
    let mut stack = StackTrim::new(Instant::now());
    // The first tick goes deeper than those that follow: it opens what is played.
    stack.hurry();
    loop {
        match pace.wait(|| is_suspended(shared)) {
            Order::Return => return None,
            Order::End(ending) => return Some(ending),
            Order::Tick { .. } => {}
        }
        match tick(shared, &mut quality) {
            Ok(Outcome::Continue { rest_until }) => {
                pace.ran(rest_until);
                stack.touch(Instant::now());
                stack.trim_before(rest_until);
            }
            Ok(Outcome::End(ending)) => return Some(ending),
            // The connection's own thread cleans up.
            Err(Gone) => return None,
        }
    }
}

enum Outcome {
    Continue { rest_until: Option<Instant> },
    End(End),
}

fn is_suspended(shared: &StreamShared) -> bool {
    let stream = &shared.stream;
    !stream.handlers.frame.is_set() || stream.is_paused() && !stream.frames_run_while_paused()
}

fn tick(shared: &StreamShared, quality: &mut OwnQuality) -> Result<Outcome, Gone> {
    let _gate = lock(&shared.gate);
    let mut out = shared.frame_out();
    // Asked first, since it must see each frame.
    let is_full = quality.leaves_out(shared, Instant::now()) || shared.sender.is_full();
    let verdict = call(&shared.stream.handlers.frame, shared, "frame handler", |handler| {
        handler.frame(&shared.stream, &mut out, is_full)
    });
    match verdict {
        None => Ok(Outcome::Continue { rest_until: None }),
        Some(Ok(true)) => send(shared, &mut out),
        Some(_) => Ok(Outcome::End(End::Failed)),
    }
}

fn send(shared: &StreamShared, out: &mut FrameOut) -> Result<Outcome, Gone> {
    if let Some(begun) = out.take_begun() {
        announce(shared, begun, out.clock())?;
    }
    shared.sender.send(out.take_tags())?;
    if out.is_ended() {
        // With the gate held: a seek must know whether it still finds the loops running.
        shared.control.set_ending(End::Complete);
        return Ok(Outcome::End(End::Complete));
    }
    Ok(Outcome::Continue { rest_until: out.rest_until() })
}

/// Tells the client that an appended play or a switch begins with the next media.
fn announce(shared: &StreamShared, begun: Begun, clock: Timestamp) -> Result<(), Gone> {
    let stream = shared.stream.message_stream_id();
    let is_switch = begun.transition == Transition::Switch;
    let notices = in_band::play_begins(stream, clock, &begun.request.stream_name, is_switch);
    shared.stream.set_request(begun.request);
    shared.sender.send_notices(&notices)
}
