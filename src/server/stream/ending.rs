//! The end of a playback: the stop handler, the encoder's rest, and what the client is told.

use std::time::Duration;

use super::shared::StreamShared;
use crate::handler::{MediaOut, call};
use crate::hub::End;
use crate::media::Tag;
use crate::media::codec::{CodecError, VideoData};
use crate::panics;
use crate::peer_log::peer_log;
use crate::protocol::chunk::Message;
use crate::protocol::message::in_band;

/// What a client is sent at the end of a playback.
pub(crate) struct LastMessages {
    /// The output of the stop handler and of the encoder.
    pub(crate) media: Vec<Tag>,
    pub(crate) notices: Vec<Message>,
}

/// Ends a playback from a loop's or a source's thread. Calls the stop handler and closes the
/// encoder.
///
/// Returns `None` if another thread ends the playback.
pub(crate) fn end_from_loop(shared: &StreamShared, ending: End) -> Option<LastMessages> {
    if !shared.control.claim_stop() {
        return None;
    }
    let mut out = shared.media_out();
    // Only a client's request to stop can be refused. Here there is nothing left to play.
    call_stop_handler(shared, &mut out);
    end_loops(shared);
    out.video(retire_encoder(shared));
    let stream = shared.stream.message_stream_id();
    let name = shared.stream.stream_name();
    let mut notices = Vec::with_capacity(4);
    if ending == End::Unpublished {
        notices.push(in_band::unpublish_notify(stream, &name));
    }
    if ending != End::Failed {
        let clock = out.clock();
        let duration = Duration::from_millis(clock.0.into());
        let bytes = shared.sender.bytes_sent();
        notices.push(in_band::play_complete(stream, clock, &name, duration, bytes));
    }
    notices.push(in_band::play_stop(stream, &name));
    notices.push(in_band::stream_eof(stream));
    Some(LastMessages { media: out.take_tags(), notices })
}

/// Lets the loops return, and ends the subscription.
pub(crate) fn end_loops(shared: &StreamShared) {
    let seconds = shared.control.started().elapsed().as_secs_f64();
    peer_log!(Info, shared, "has played for {seconds:.1} s");
    shared.control.end_loops();
    shared.subscription.end();
}

/// Tells the play handler that the playback ends. Returns `false` if it refuses.
pub(crate) fn call_stop_handler(shared: &StreamShared, out: &mut MediaOut) -> bool {
    let stream = &shared.stream;
    let verdict = call(&stream.handlers.play, shared, "play handler, at the stop", |handler| {
        handler.stop(stream, out)
    });
    !matches!(verdict, Some(Ok(false)))
}

/// Closes the encoder of a playback that has ended, or never began. Returns what it had left.
pub(crate) fn retire_encoder(shared: &StreamShared) -> Vec<VideoData> {
    let Some(codec) = shared.stream.retire_codec() else { return Vec::new() };
    match panics::catch(|| codec.close()) {
        Ok(Ok(left)) => return left,
        // The application has closed it, or never initialised it.
        Ok(Err(CodecError::NotInitialised)) => {}
        Ok(Err(error)) => peer_log!(Warn, shared, "closing {codec:?}: {error}"),
        Err(panic) => peer_log!(Error, shared, "closing {codec:?}: it panicked: {panic}"),
    }
    Vec::new()
}
