//! A connection, as handles and other threads reach it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use super::calls::PendingCalls;
use crate::handler::backend::{ConnectionBackend, ReplyHandler};
use crate::handler::{CallError, Statistics};
use crate::media::mux::MessagesBuilder;
use crate::protocol::amf::Value;
use crate::protocol::chunk;
use crate::protocol::message::{ObjectEncoding, in_band};
use crate::server::send::connection_sender::{ConnectionSender, Gone};
use crate::sync::{read, write};
use crate::transport::Transport;

/// A connection, as handles and other threads reach it.
#[derive(Debug)]
pub(crate) struct ConnectionShared {
    pub(crate) outbox: Arc<ConnectionSender>,
    pub(crate) calls: PendingCalls,
    transport: Arc<dyn Transport>,
    dialect: RwLock<Dialect>,
    is_closing: AtomicBool,
    pub(crate) received: Received,
}

/// How the client is to be spoken to, agreed upon as it connects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) chunk_size: usize,
    pub(crate) object_encoding: ObjectEncoding,
}

/// What came from the client so far; written by the connection's thread.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) bytes: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) acknowledged_bytes: AtomicU64,
    pub(crate) calls: AtomicU64,
}

impl ConnectionShared {
    pub(crate) fn new(
        outbox: Arc<ConnectionSender>,
        transport: Arc<dyn Transport>,
        calls: PendingCalls,
        received: Received,
    ) -> Self {
        Self {
            outbox,
            calls,
            transport,
            dialect: RwLock::new(Dialect {
                chunk_size: chunk::INITIAL_CHUNK_SIZE,
                object_encoding: ObjectEncoding::Amf0,
            }),
            is_closing: AtomicBool::new(false),
            received,
        }
    }

    /// Changes the dialect together with `announce`, which sends the client the news: nothing that
    /// another thread says comes between the two.
    pub(crate) fn set_dialect<T>(&self, dialect: Dialect, announce: impl FnOnce() -> T) -> T {
        let mut current = write(&self.dialect);
        *current = dialect;
        announce()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        *self.speak()
    }

    /// The dialect, which does not change while the guard lives.
    fn speak(&self) -> RwLockReadGuard<'_, Dialect> {
        read(&self.dialect)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Nobody can call from now on.
    pub(crate) fn begin_to_close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    fn send_call(
        &self,
        procedure: &str,
        transaction: u32,
        arguments: &[Value],
    ) -> Result<bool, Gone> {
        let dialect = self.speak();
        let (transaction, encoding) = (f64::from(transaction), dialect.object_encoding);
        let mut messages = MessagesBuilder::new(dialect.chunk_size, 1);
        messages.push(&in_band::call(procedure, transaction, arguments.to_vec(), encoding));
        self.outbox.try_send_ahead(&messages.finish())
    }
}

impl ConnectionBackend for ConnectionShared {
    fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: Option<ReplyHandler>,
    ) -> Result<(), CallError> {
        if self.is_closing() {
            return Err(CallError::Closed);
        }
        let transaction = reply.map(|reply| self.calls.add(reply)).transpose()?.unwrap_or(0);
        let failure = match self.send_call(procedure_name, transaction, arguments) {
            Ok(true) => return Ok(()),
            Ok(false) => CallError::Congested,
            Err(Gone) => CallError::Closed,
        };
        // Whose end the close of the connection has told already is not told it twice.
        if transaction != 0 && !self.calls.forget(transaction) {
            return Ok(());
        }
        Err(failure)
    }

    fn close(&self) {
        self.begin_to_close();
        self.outbox.end_waits();
        self.transport.stop_reading();
    }

    fn is_open(&self) -> bool {
        !self.is_closing() && self.outbox.failure().is_none()
    }

    fn append_statistics(&self, statistics: &mut Statistics) {
        let figure = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        statistics.push("bytes_in", figure(&self.received.bytes));
        statistics.push("bytes_out", self.outbox.bytes_sent() as f64);
        statistics.push("messages_in", figure(&self.received.messages));
        statistics.push("messages_out", self.outbox.messages_sent() as f64);
        statistics.push("bytes_acknowledged", figure(&self.received.acknowledged_bytes));
        statistics.push("calls_in", figure(&self.received.calls));
        statistics.push("calls_in_flight", self.calls.len() as f64);
        statistics.push("dropped_frames", self.outbox.dropped() as f64);
        statistics.push("outqueue_depth", self.outbox.queued() as f64);
        statistics.push("is_congested", self.outbox.is_congested());
    }
}
