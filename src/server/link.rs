//! A connection, as handles and other threads reach it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::batch::{Batch, BatchBuilder};
use super::calls::PendingCalls;
use super::outbox::{Gone, Outbox};
use crate::handler::link::{ConnectionLink, ReplyHandler};
use crate::handler::{CallError, Statistics};
use crate::protocol::amf::Value;
use crate::protocol::message::{ObjectEncoding, in_band};
use crate::transport::Transport;

/// How chunks are cut before the client has been told otherwise (RTMP 1.0 §5.4.1).
const INITIAL_CHUNK_SIZE: usize = 128;

/// A connection, as handles and other threads reach it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) outbox: Arc<Outbox>,
    pub(super) calls: PendingCalls,
    transport: Arc<dyn Transport>,
    dialect: OnceLock<Dialect>,
    is_closing: AtomicBool,
    pub(super) received: Received,
}

/// How the client is to be spoken to, agreed upon as it connects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) chunk_size: usize,
    pub(super) object_encoding: ObjectEncoding,
}

/// What came from the client so far; written by the connection's thread.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) bytes: AtomicU64,
    pub(super) messages: AtomicU64,
    pub(super) acknowledged_bytes: AtomicU64,
    pub(super) calls: AtomicU64,
}

impl Link {
    pub(super) const fn new(
        outbox: Arc<Outbox>,
        transport: Arc<dyn Transport>,
        calls: PendingCalls,
        received: Received,
    ) -> Self {
        Self {
            outbox,
            calls,
            transport,
            dialect: OnceLock::new(),
            is_closing: AtomicBool::new(false),
            received,
        }
    }

    pub(super) fn set_dialect(&self, dialect: Dialect) {
        // A client connects once; the session sees to it.
        let _ = self.dialect.set(dialect);
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect.get().copied().unwrap_or(Dialect {
            chunk_size: INITIAL_CHUNK_SIZE,
            object_encoding: ObjectEncoding::Amf0,
        })
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Nobody can call from now on.
    pub(super) fn begin_to_close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    fn call_message(&self, procedure: &str, transaction: u32, arguments: &[Value]) -> Batch {
        let Dialect { chunk_size, object_encoding } = self.dialect();
        let transaction = f64::from(transaction);
        let mut batch = BatchBuilder::new(chunk_size);
        batch.push(&in_band::call(procedure, transaction, arguments.to_vec(), object_encoding));
        batch.finish()
    }
}

impl ConnectionLink for Link {
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
        let message = self.call_message(procedure_name, transaction, arguments);
        let failure = match self.outbox.try_send_message(message) {
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
