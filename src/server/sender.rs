//! The sender thread of a connection (`rtmp-send-N`): born at its first congestion, and gone
//! with the connection.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::outbox::Outbox;

/// Starts the sender thread of a connection.
pub(super) fn spawn(
    connection_id: u64,
    stack_bytes: usize,
    outbox: Arc<Outbox>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(format!("rtmp-send-{connection_id}"))
        .stack_size(stack_bytes)
        .spawn(move || run(&outbox))
}

/// One message at a time, so that replies need not wait for all that is queued.
fn run(outbox: &Outbox) {
    while let Some(message) = outbox.next_message() {
        outbox.send_whole(message);
    }
}
