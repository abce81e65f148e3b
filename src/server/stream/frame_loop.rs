//! The frame loop of a stream (`rtmp-frame-N/S`).

use std::time::Instant;

use super::pace::Pace;
use super::stream::{LoopKind, Order, ServerStream};
use crate::handler::guarded;
use crate::handler::{Begun, FrameOut, Transition};
use crate::hub::End;
use crate::protocol::Timestamp;
use crate::protocol::message::in_band;
use crate::server::send::connection_sender::Gone;
use crate::sync::lock;

/// Calls the frame handler at the stream's rate until the playing ends.
pub(crate) fn run(playback: &ServerStream) {
    let mut pace = Pace::new(playback, LoopKind::Frame);
    loop {
        match pace.wait(|| is_suspended(playback)) {
            Order::Return => return,
            Order::End(ending) => return playback.finish(ending),
            Order::Tick { .. } => {}
        }
        match tick(playback) {
            Ok(Outcome::GoOn { rest_until }) => pace.ran(rest_until),
            Ok(Outcome::End(ending)) => return playback.finish(ending),
            // The connection's own thread cleans up.
            Err(Gone) => return,
        }
    }
}

enum Outcome {
    GoOn { rest_until: Option<Instant> },
    End(End),
}

fn is_suspended(playback: &ServerStream) -> bool {
    let handlers = &playback.stream.handlers;
    if !playback.stream.is_paused() {
        return !handlers.frame.is_set();
    }
    !handlers.frame.get().is_some_and(|handler| lock(&handler).runs_while_paused())
}

fn tick(playback: &ServerStream) -> Result<Outcome, Gone> {
    let _gate = lock(&playback.gate);
    let Some(handler) = playback.stream.handlers.frame.get() else {
        return Ok(Outcome::GoOn { rest_until: None });
    };
    let mut out = playback.frame_out();
    let is_full = playback.outlet.is_full();
    let verdict = guarded(|| lock(&handler).frame(&playback.stream, &mut out, is_full));
    if let Err(error) = &verdict {
        log::warn!("{}: frame handler: {error}", playback.log_name());
    }
    if !matches!(verdict, Ok(true)) {
        return Ok(Outcome::End(End::Failed));
    }
    send(playback, &mut out)
}

fn send(playback: &ServerStream, out: &mut FrameOut) -> Result<Outcome, Gone> {
    if let Some(begun) = out.take_begun() {
        begin(playback, begun, out.clock())?;
    }
    playback.outlet.send(out.take_tags())?;
    Ok(match out.ended() {
        Some(end) => {
            let ending = end;
            // Within the gate: a seek must know whether it still finds the loops running.
            playback.set_ending(ending);
            Outcome::End(ending)
        }
        None => Outcome::GoOn { rest_until: out.rest_until() },
    })
}

/// Tells the client that what was asked for while something else was playing plays now.
fn begin(playback: &ServerStream, begun: Begun, clock: Timestamp) -> Result<(), Gone> {
    let stream = playback.stream.message_stream_id();
    let is_switch = begun.transition == Transition::Switch;
    let name = &begun.request.stream_name;
    let notices = in_band::play_begins(stream, clock, name, is_switch);
    playback.stream.set_request(begun.request);
    playback.outlet.send_notices(&notices)
}
