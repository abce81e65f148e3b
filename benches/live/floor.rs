//! The floor: a loop of bare sends, of the same messages at the same times.

use std::io::{self, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rendercast::protocol::MessageStreamId;
use rendercast::protocol::chunk::SharedChunks;

use crate::media::Media;

const CHUNK_SIZE: usize = 65_536;

/// Sends to `viewers` connections from one thread, until one of them is gone. Merges what comes
/// within `merge_ms`, or sends each message by itself if that is 0.
pub(crate) fn serve(merge_ms: u64, viewers: usize) -> Result<()> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let mut sockets = Vec::new();
    for _ in 0..viewers {
        let (socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        sockets.push(socket);
    }
    let started = Instant::now();
    let mut media = Media::default();
    let mut due_ms = 0;
    loop {
        due_ms = if merge_ms == 0 { media.next_ms().into() } else { due_ms + merge_ms };
        thread::sleep(Duration::from_millis(due_ms).saturating_sub(started.elapsed()));
        let mut chunks = SharedChunks::new(CHUNK_SIZE, 1);
        loop {
            chunks.push(&media.next(0).into_message(MessageStreamId(1)));
            if merge_ms == 0 || u64::from(media.next_ms()) >= due_ms {
                break;
            }
        }
        let bytes = chunks.finish().concat();
        for socket in &mut sockets {
            match socket.write(&bytes) {
                // The round is over.
                Err(error) if is_gone(&error) => return Ok(()),
                sent => ensure!(sent? == bytes.len(), "a viewer does not keep up"),
            }
        }
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}
