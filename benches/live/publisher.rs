//! The publisher: one blocking connection, on a thread of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use rendercast::Timestamp;
use rendercast::media::Tag;
use rendercast::protocol::amf::{Object, Value, amf0};
use rendercast::protocol::chunk::{Message, MessageType, SharedChunks};
use rendercast::protocol::{ChunkStreamId, MessageStreamId};

use crate::media::{self, Media};

/// The chunk size before another is set (RTMP 1.0 §5.4.1).
const FIRST_CHUNK_SIZE: usize = 128;
const CHUNK_SIZE: usize = 60_000;
const STREAM: MessageStreamId = MessageStreamId(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// A publisher that is at work until it is dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// When each video message was published, in nanoseconds since the origin.
    stamps: Mutex<Vec<u64>>,
    must_stop: AtomicBool,
}

impl Publisher {
    /// Publishes `live/s`. The times in the video messages are nanoseconds since `origin`.
    pub(crate) fn start(server: SocketAddr, origin: Instant) -> Result<Self> {
        let mut socket = TcpStream::connect(server)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        begin(&mut socket).context("the server takes no publisher")?;
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            if let Err(error) = publish(&mut socket, origin, &of_thread) {
                eprintln!("the publisher: {error:#}");
            }
        });
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Returns how many video messages were published between two times, in nanoseconds since the
    /// origin.
    pub(crate) fn video_messages(&self, between: &Range<u64>) -> usize {
        let stamps = self.shared.stamps.lock().expect("it does not panic");
        stamps.iter().filter(|stamp| between.contains(stamp)).count()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.shared.must_stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Shakes hands and asks for the publishing, all without waiting for the answers between.
fn begin(socket: &mut TcpStream) -> Result<()> {
    let mut c0_c1 = vec![0; 1537];
    c0_c1[0] = 3;
    socket.write_all(&c0_c1)?;
    let mut answer = vec![0; 1 + 2 * 1536];
    socket.read_exact(&mut answer)?;
    socket.write_all(&answer[1..1537])?;
    let properties = Object::new()
        .with("app", "live")
        .with("type", "nonprivate")
        .with("tcUrl", "rtmp://127.0.0.1/live");
    let mut chunks = SharedChunks::new(FIRST_CHUNK_SIZE, 4);
    chunks.push(&command(MessageStreamId(0), &["connect".into(), 1.into(), properties.into()]));
    send(socket, chunks)?;
    wait_for(socket, "NetConnection.Connect.Success")?;
    let mut chunks = SharedChunks::new(FIRST_CHUNK_SIZE, 4);
    chunks.push(&command(MessageStreamId(0), &["createStream".into(), 2.into(), Value::Null]));
    let publish = ["publish".into(), 3.into(), Value::Null, "s".into(), "live".into()];
    chunks.push(&command(STREAM, &publish));
    let size = (CHUNK_SIZE as u32).to_be_bytes();
    chunks.push(&message(MessageType::SET_CHUNK_SIZE, MessageStreamId(0), &size));
    send(socket, chunks)?;
    wait_for(socket, "NetStream.Publish.Start")
}

fn command(stream: MessageStreamId, values: &[Value]) -> Message {
    let mut payload = Vec::new();
    values.iter().for_each(|value| amf0::encode(value, &mut payload));
    message(MessageType::COMMAND_AMF0, stream, &payload)
}

fn message(message_type: MessageType, message_stream_id: MessageStreamId, body: &[u8]) -> Message {
    let is_command = message_type == MessageType::COMMAND_AMF0;
    Message {
        chunk_stream_id: if is_command { ChunkStreamId::COMMAND } else { ChunkStreamId::CONTROL },
        message_stream_id,
        timestamp: Timestamp(0),
        message_type,
        payload: Bytes::copy_from_slice(body),
    }
}

fn wait_for(socket: &mut TcpStream, text: &str) -> Result<()> {
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    while !received.windows(text.len()).any(|window| window == text.as_bytes()) {
        match socket.read(&mut buffer)? {
            0 => bail!("the server closed the connection"),
            length => received.extend_from_slice(&buffer[..length]),
        }
    }
    Ok(())
}

fn publish(socket: &mut TcpStream, origin: Instant, shared: &Shared) -> Result<()> {
    let started = Instant::now();
    for tag in media::headers() {
        send_tag(socket, tag)?;
    }
    let mut media = Media::default();
    while !shared.must_stop.load(Ordering::Relaxed) {
        let due = Duration::from_millis(media.next_ms().into());
        thread::sleep(due.saturating_sub(started.elapsed()));
        let stamp = origin.elapsed().as_nanos() as u64;
        let tag = media.next(stamp);
        if tag.kind == rendercast::media::TagKind::Video {
            shared.stamps.lock().expect("it does not panic").push(stamp);
        }
        send_tag(socket, tag)?;
    }
    Ok(())
}

fn send_tag(socket: &mut TcpStream, tag: Tag) -> Result<()> {
    let mut chunks = SharedChunks::new(CHUNK_SIZE, 1);
    chunks.push(&tag.into_message(STREAM));
    send(socket, chunks)
}

fn send(socket: &mut TcpStream, chunks: SharedChunks) -> Result<()> {
    Ok(socket.write_all(&chunks.finish().concat())?)
}
