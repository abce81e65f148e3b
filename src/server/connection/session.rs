//! The protocol that a client speaks: RTMP, or that of browsers.

use std::sync::Arc;
use std::time::Instant;

use super::dialect::Dialect;
use super::ended::Ended;
#[cfg(feature = "web")]
use crate::media::mux::{FlvFormat, Framing, Player};
use crate::media::mux::{Format, TrackSupport};
use crate::protocol::message::Status;
use crate::protocol::server_session::{
    self, Call, CallReply, CreateStream, Event, PlayStart, ServerSession,
};
#[cfg(feature = "web")]
use crate::protocol::web_session::{ImageType, Opening, WebSession};
#[cfg(feature = "web")]
use crate::protocol::websocket::CloseCode;
use crate::protocol::{Carrier, MessageStreamId, amf::Value};

/// What is spoken on a connection.
#[derive(Debug)]
pub(crate) enum Spoken {
    Rtmp,
    /// HTTP or WebSocket, and the request with which it began.
    #[cfg(feature = "web")]
    Web(Box<Opening>),
}

/// The session of a client, in the protocol that it speaks. The requests and answers of all
/// protocols are those of RTMP.
#[cfg_attr(
    feature = "web",
    expect(clippy::large_enum_variant, reason = "it is on the stack, where there is room")
)]
pub(crate) enum Session {
    Rtmp(ServerSession),
    #[cfg(feature = "web")]
    Web(WebSession),
}

/// Calls a method of whichever session there is.
macro_rules! forward {
    ($self:ident, $session:ident => $call:expr) => {
        match $self {
            Self::Rtmp($session) => $call,
            #[cfg(feature = "web")]
            Self::Web($session) => $call,
        }
    };
}

/// Calls a method that only RTMP has. A browser does not publish.
macro_rules! rtmp_only {
    ($self:ident, $session:ident => $call:expr) => {
        match $self {
            Self::Rtmp($session) => $call,
            #[cfg(feature = "web")]
            Self::Web(_) => {}
        }
    };
}

/// The part of a stream's query that names the player, for which media are chosen.
#[cfg(feature = "web")]
const FOR_MPEGTS_JS: &str = "for=mpegts.js";

impl Session {
    /// `seed` is random. `now` is the instant from which the deadline of the handshake is counted.
    pub(crate) fn new(
        spoken: Spoken,
        config: &Arc<server_session::Config>,
        #[cfg(feature = "web")] max_message: usize,
        seed: [u8; 32],
        now: Instant,
    ) -> Self {
        match spoken {
            Spoken::Rtmp => Self::Rtmp(ServerSession::new(Arc::clone(config), seed, now)),
            #[cfg(feature = "web")]
            Spoken::Web(opening) => Self::Web(WebSession::new(
                *opening,
                Arc::clone(config),
                max_message,
                Instant::now(),
            )),
        }
    }

    /// Returns whether a browser speaks, or another client of HTTP.
    pub(crate) const fn is_of_browser(&self) -> bool {
        !matches!(self, Self::Rtmp(_))
    }

    /// Returns what carries this session over a transport.
    pub(crate) fn carrier(&self, transport: Carrier) -> Carrier {
        match self {
            Self::Rtmp(_) => transport,
            #[cfg(feature = "web")]
            Self::Web(session) => match (session.is_websocket(), transport.is_encrypted()) {
                (true, true) => Carrier::Wss,
                (true, false) => Carrier::Ws,
                (false, true) => Carrier::Https,
                (false, false) => Carrier::Http,
            },
        }
    }

    /// Returns how other threads tell the client of calls.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Rtmp(session) => Dialect::Rtmp {
                chunk_size: session.chunk_size(),
                object_encoding: session.object_encoding(),
                reconnects: session.capabilities().reconnects(),
            },
            #[cfg(feature = "web")]
            Self::Web(session) if session.is_for_one_play() => Dialect::MediaOnly,
            #[cfg(feature = "web")]
            Self::Web(_) => Dialect::WebSocket,
        }
    }

    /// Returns the format in which a stream is sent.
    pub(crate) fn format(&self, stream: MessageStreamId) -> Format {
        match self {
            Self::Rtmp(session) => {
                let has_multitrack = session.capabilities().has_multitrack();
                let tracks = if has_multitrack { TrackSupport::All } else { TrackSupport::One };
                Format::Rtmp { chunk_size: session.chunk_size(), stream, tracks }
            }
            #[cfg(feature = "web")]
            Self::Web(session) if session.picture().is_some() => Format::Nothing,
            #[cfg(feature = "web")]
            Self::Web(session) => Format::Flv(flv_format(session)),
        }
    }

    /// Returns the session of a client that wants a picture instead of a play, and the picture's
    /// type.
    #[cfg(feature = "web")]
    pub(crate) fn for_picture(&mut self) -> Option<(ImageType, &mut WebSession)> {
        match self {
            Self::Rtmp(_) => None,
            Self::Web(session) => session.picture().map(|image_type| (image_type, session)),
        }
    }

    /// Returns whether the client wants a picture instead of a play.
    pub(crate) const fn is_for_picture(&self) -> bool {
        match self {
            Self::Rtmp(_) => false,
            #[cfg(feature = "web")]
            Self::Web(session) => session.picture().is_some(),
        }
    }

    pub(crate) fn read(&mut self, now: Instant, input: &mut &[u8]) -> Result<Option<Event>, Ended> {
        forward!(self, session => Ok(session.read(now, input)?))
    }

    /// Reads acknowledgements from `input`, and advances it.
    ///
    /// Returns `true` if nothing is left to answer. Otherwise [`Self::read`] must follow, even if
    /// `input` is empty. Needs much less of the stack than [`Self::read`].
    pub(crate) fn read_acknowledgements(
        &mut self,
        now: Instant,
        input: &mut &[u8],
    ) -> Result<bool, Ended> {
        match self {
            Self::Rtmp(session) => Ok(session.read_acknowledgements(now, input)?),
            #[cfg(feature = "web")]
            Self::Web(_) => Ok(false),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), Ended> {
        forward!(self, session => Ok(session.handle_timeout(now)?))
    }

    pub(crate) fn deadline(&self) -> Instant {
        forward!(self, session => session.deadline())
    }

    pub(crate) fn postpone_idle(&mut self, now: Instant) {
        forward!(self, session => session.postpone_idle(now));
    }

    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        forward!(self, session => session.take_output())
    }

    /// Returns how many bytes of unfinished messages have arrived.
    pub(crate) fn partial_bytes(&self) -> usize {
        forward!(self, session => session.partial_bytes())
    }

    pub(crate) const fn output_bytes(&self) -> usize {
        forward!(self, session => session.output_bytes())
    }

    pub(crate) const fn bytes_received(&self) -> u64 {
        forward!(self, session => session.bytes_received())
    }

    pub(crate) const fn messages_received(&self) -> u64 {
        forward!(self, session => session.messages_received())
    }

    pub(crate) const fn bytes_acknowledged(&self) -> u64 {
        match self {
            Self::Rtmp(session) => session.bytes_acknowledged(),
            #[cfg(feature = "web")]
            Self::Web(_) => 0,
        }
    }

    pub(crate) fn accept_connect(&mut self) {
        forward!(self, session => session.accept_connect());
    }

    pub(crate) fn refuse_connect(&mut self, description: &str) {
        forward!(self, session => session.refuse_connect(description));
    }

    pub(crate) fn accept_create_stream(&mut self, request: CreateStream) {
        forward!(self, session => session.accept_create_stream(request));
    }

    pub(crate) fn refuse_create_stream(&mut self, request: CreateStream, description: &str) {
        forward!(self, session => session.refuse_create_stream(request, description));
    }

    pub(crate) fn start_play(&mut self, stream: MessageStreamId, start: PlayStart<'_>) {
        match self {
            Self::Rtmp(session) => session.start_play(stream, start),
            #[cfg(feature = "web")]
            Self::Web(session) => session.start_play(start),
        }
    }

    pub(crate) fn refuse_play(&mut self, stream: MessageStreamId, status: &Status) {
        match self {
            Self::Rtmp(session) => session.refuse_play(stream, status),
            #[cfg(feature = "web")]
            Self::Web(session) => session.refuse_play(status),
        }
    }

    pub(crate) fn start_publish(&mut self, stream: MessageStreamId, name: &str) {
        rtmp_only!(self, session => session.start_publish(stream, name));
    }

    pub(crate) fn refuse_publish(&mut self, stream: MessageStreamId, status: &Status) {
        rtmp_only!(self, session => session.refuse_publish(stream, status));
    }

    pub(crate) fn end_publish(&mut self, stream: MessageStreamId, name: &str) {
        rtmp_only!(self, session => session.end_publish(stream, name));
    }

    pub(crate) fn notify_pause(&mut self, stream: MessageStreamId, paused: bool, name: &str) {
        match self {
            Self::Rtmp(session) => session.notify_pause(stream, paused, name),
            #[cfg(feature = "web")]
            Self::Web(session) => session.notify_pause(paused, name),
        }
    }

    pub(crate) fn notify_seek(&mut self, stream: MessageStreamId, position_ms: u32) {
        match self {
            Self::Rtmp(session) => session.notify_seek(stream, position_ms),
            #[cfg(feature = "web")]
            Self::Web(session) => session.notify_seek(position_ms),
        }
    }

    pub(crate) fn send_status(&mut self, stream: MessageStreamId, status: &Status) {
        match self {
            Self::Rtmp(session) => session.send_status(stream, status),
            #[cfg(feature = "web")]
            Self::Web(session) => session.send_status(status),
        }
    }

    pub(crate) fn answer_call(&mut self, call: CallReply, result: Result<&Value, &Status>) {
        forward!(self, session => session.answer_call(call, result));
    }

    /// Answers a call that RTMP's clients make of every server. Returns `false` for any other.
    pub(crate) fn answer_by_default(&mut self, call: &Call) -> bool {
        match self {
            Self::Rtmp(session) => session.answer_by_default(call),
            #[cfg(feature = "web")]
            Self::Web(_) => false,
        }
    }

    /// Tells the client of a WebSocket why the connection ends, unless the end of its play has
    /// told it.
    #[cfg(feature = "web")]
    pub(crate) fn close(&mut self, ended: &Ended) {
        let Self::Web(session) = self else { return };
        let (code, reason) = match ended {
            Ended::Complete => return,
            Ended::ByUs => (CloseCode::GOING_AWAY, "the server closes the connection"),
            Ended::Panicked | Ended::Bug(_) => (CloseCode::INTERNAL_ERROR, ""),
            _ => (CloseCode::NORMAL, ""),
        };
        session.close(code, reason);
    }
}

#[cfg(feature = "web")]
fn flv_format(session: &WebSession) -> FlvFormat {
    let framing = match (session.is_websocket(), session.is_for_one_play(), session.is_chunked()) {
        (true, false, _) => Framing::WebSocketWithEvents,
        (true, true, _) => Framing::WebSocket,
        (false, _, true) => Framing::Chunked,
        (false, _, false) => Framing::UntilClose,
    };
    let is_for_mpegts_js = session.stream_query().split('&').any(|part| part == FOR_MPEGTS_JS);
    let player = if is_for_mpegts_js { Player::MpegTsJs } else { Player::Plain };
    FlvFormat { framing, player }
}
