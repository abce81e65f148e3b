use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::{ServerStream, StreamSettings};
use crate::handler::backend::{ConnectionBackend, Deferral, ReplyHandler, StreamBackend};
use crate::handler::{
    CallError, Connection, ConnectionFigures, FrameOut, HandlerResult, MediaOut, PeerAddress,
    PlayEventHandler, PlayOut, Stream,
};
use crate::media::codec::VideoCodecFactory;
use crate::media::mux::{Format, TrackSupport};
use crate::protocol::amf::Value;
use crate::protocol::{Carrier, MessageStreamId};
use crate::server::budget::{Account, Budget};
use crate::server::send::connection_sender::ConnectionSender;
use crate::server::send::outqueue::Outqueue;
use crate::server::send::stream_sender::StreamSender;
use crate::threads::ThreadPool;
use crate::transport::{Kind, Socket, SocketOptions};

/// More than the address space has, so no thread can start.
const TOO_MANY_BYTES: usize = usize::MAX / 4;

/// A connection whose streams alone matter.
#[derive(Debug)]
struct NoBackend;

impl ConnectionBackend for NoBackend {
    fn call(&self, _: &str, _: &[Value], _: Option<ReplyHandler>) -> Result<(), CallError> {
        Err(CallError::Closed)
    }

    fn defer_reply(&self) -> HandlerResult<Deferral> {
        Err("there are no calls".into())
    }

    fn withdraw_deferral(&self, _: Deferral) -> bool {
        false
    }

    fn answer_deferred(&self, _: Deferral, _: HandlerResult<Value>) {}

    fn close(&self) {}

    fn ask_to_reconnect(&self, _: Option<&str>, _: &str) -> bool {
        false
    }

    fn is_open(&self) -> bool {
        true
    }

    fn take_memory(&self, _: usize) {}

    fn streams(&self) -> Vec<Weak<dyn StreamBackend>> {
        Vec::new()
    }

    fn figures(&self) -> ConnectionFigures {
        ConnectionFigures::default()
    }
}

struct CountStops(Arc<AtomicU32>);

impl PlayEventHandler for CountStops {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        Ok(true)
    }

    fn stop(&mut self, _: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }
}

#[test]
fn a_playback_without_a_thread_is_told_to_client_and_handler() {
    let (ours, mut client) = UnixStream::pair().expect("two sockets");
    let options = SocketOptions { write_timeout: Duration::from_secs(1), send_buffer_bytes: 0 };
    let socket = Socket::set(ours.into(), Kind::Unix, options);
    let transport = Arc::new(socket.expect("an open socket"));
    let account = Account::open(&Budget::new(1 << 20));
    let pool = ThreadPool::new(TOO_MANY_BYTES);
    let (its_pool, its_account) = (Arc::clone(&pool), Arc::clone(&account));
    let sender = Arc::new(ConnectionSender::new(1, transport, its_pool, 64 << 10, its_account));
    let connection = Connection::new(PeerAddress::Unix, Carrier::Unix, Arc::new(NoBackend));
    let id = MessageStreamId(1);
    let queue = Arc::new(Outqueue::new(id, 8, 1 << 20, account));
    let stream = ServerStream::new(
        id,
        Arc::new(connection),
        StreamSender::new(
            Arc::clone(&sender),
            queue,
            Format::Rtmp { chunk_size: 128, stream: MessageStreamId(1), tracks: TrackSupport::One },
            PeerAddress::Unix,
        ),
        VideoCodecFactory::default(),
        StreamSettings { connection_id: 1, tick_origin: Instant::now(), pool },
    );
    let stops = Arc::new(AtomicU32::new(0));
    stream.handle().register_play_event_handler(CountStops(Arc::clone(&stops)));
    let frame = |_: &Stream, _: &mut FrameOut, _: bool| -> HandlerResult { Ok(true) };
    stream.handle().register_frame_event_handler(frame);

    stream.start();
    assert!(!stream.is_playing());
    assert_eq!(stops.load(Ordering::Relaxed), 1);
    sender.close();
    let mut told = Vec::new();
    client.read_to_end(&mut told).expect("the end of the stream");
    let notice = b"NetStream.Play.Stop";
    assert!(told.windows(notice.len()).any(|window| window == notice));
}

/// Each viewer has one.
#[cfg(target_pointer_width = "64")]
#[test]
fn a_stream_is_small() {
    assert!(size_of::<ServerStream>() <= 768, "{}", size_of::<ServerStream>());
}
