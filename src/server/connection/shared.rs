//! What the threads of a server share of one connection.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};

use super::deferrals::{Deferrals, NotDeferred};
use super::dialect::Dialect;
use super::pending_calls::PendingCalls;
use super::verdict::status_of;
use crate::handler::backend::{ConnectionBackend, Deferral, ReplyHandler, StreamBackend};
use crate::handler::{
    CallError, ConnectionFigures, ConnectionHandle, HandlerResult, PeerAddress, Refusal,
};
use crate::peer_log::peer_log;
use crate::protocol::amf::Value;
use crate::protocol::message::status::code;
use crate::protocol::message::{ObjectEncoding, Status};
use crate::server::budget::Account;
use crate::server::connections::{Stop, Traffic};
use crate::server::eviction::Eviction;
use crate::server::send::connection_sender::{ConnectionSender, Gone};
use crate::sync::{lock, read, write};
use crate::transport::Transport;

/// The size of chunks until the client is told another (RTMP 1.0 §5.4.1), in bytes.
const INITIAL_CHUNK_SIZE: usize = 128;

/// What the threads of a server share of one connection.
#[derive(Debug)]
pub(crate) struct ConnectionShared {
    pub(crate) sender: Arc<ConnectionSender>,
    pub(crate) calls: PendingCalls,
    pub(crate) deferrals: Deferrals,
    transport: Arc<dyn Transport>,
    peer: PeerAddress,
    /// Held for reading while a call is encoded and handed to the sender, which never waits then.
    dialect: RwLock<Dialect>,
    is_closing: AtomicBool,
    /// Why the server closed the connection to save memory, if it did.
    eviction: OnceLock<Box<Eviction>>,
    /// Set once a connect handler has accepted the client.
    handle: OnceLock<ConnectionHandle>,
    streams: Mutex<Vec<Weak<dyn StreamBackend>>>,
    account: Arc<Account>,
    pub(crate) received: Received,
}

/// What came from the client so far. The connection's own thread alone writes it.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) bytes: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) acknowledged_bytes: AtomicU64,
    pub(crate) calls: AtomicU64,
}

impl ConnectionShared {
    pub(crate) fn new(
        sender: Arc<ConnectionSender>,
        transport: Arc<dyn Transport>,
        calls: PendingCalls,
        deferrals: Deferrals,
        peer: PeerAddress,
        received: Received,
        account: Arc<Account>,
    ) -> Self {
        Self {
            sender,
            calls,
            eviction: OnceLock::new(),
            handle: OnceLock::new(),
            streams: Mutex::default(),
            account,
            deferrals,
            transport,
            peer,
            dialect: RwLock::new(Dialect::Rtmp {
                chunk_size: INITIAL_CHUNK_SIZE,
                object_encoding: ObjectEncoding::Amf0,
                reconnects: false,
            }),
            is_closing: AtomicBool::new(false),
            received,
        }
    }

    /// Changes the dialect, and sends the replies that tell the client so. No message of another
    /// thread comes between the two.
    ///
    /// Waits for room if too many replies are queued. The dialect is not locked during that wait,
    /// so calls by other threads do not wait for the client.
    pub(crate) fn set_dialect(&self, dialect: Dialect, announcement: Vec<u8>) -> Result<(), Gone> {
        self.sender.wait_for_reply_room(announcement.len());
        let mut current = write(&self.dialect);
        *current = dialect;
        self.sender.queue_replies(announcement)
    }

    /// Puts the connection on the list of the server.
    pub(crate) fn set_accepted(&self, handle: ConnectionHandle) {
        let _ = self.handle.set(handle);
    }

    /// Replaces the list of the connection's streams.
    pub(crate) fn set_streams(&self, streams: Vec<Weak<dyn StreamBackend>>) {
        *lock(&self.streams) = streams;
    }

    /// Returns why the server closed the connection to save memory, or `None` if it did not.
    pub(crate) fn eviction(&self) -> Option<Eviction> {
        self.eviction.get().map(|eviction| **eviction)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Refuses further calls by the application.
    pub(crate) fn begin_to_close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    /// Sends the answer to a call of the client. Never waits: deferrals and the room for replies
    /// bound what is queued.
    fn send_answer(&self, transaction: f64, answer: Result<Value, Status>) -> Result<(), Gone> {
        let dialect = read(&self.dialect);
        self.sender.send_ahead(&dialect.answer(transaction, answer))
    }

    fn send_call(
        &self,
        procedure: &str,
        transaction: u32,
        arguments: &[Value],
    ) -> Result<(), CallError> {
        let dialect = read(&self.dialect);
        let call = dialect.call(procedure, transaction, arguments)?;
        match self.sender.try_send_ahead(&call) {
            Ok(true) => Ok(()),
            Ok(false) => Err(CallError::Congested),
            Err(Gone) => Err(CallError::Closed),
        }
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
        if !read(&self.dialect).takes_calls() {
            return Err(CallError::MediaOnly);
        }
        let transaction = reply.map(|reply| self.calls.add(reply)).transpose()?.unwrap_or(0);
        let Err(failure) = self.send_call(procedure_name, transaction, arguments) else {
            return Ok(());
        };
        // If the close has told the reply handler already, the error must not be told twice.
        if transaction != 0 && !self.calls.forget(transaction) {
            return Ok(());
        }
        Err(failure)
    }

    fn defer_reply(&self) -> HandlerResult<Deferral> {
        self.deferrals.defer().map_err(|error| match error {
            NotDeferred::TooMany => {
                Refusal::call_failed("Too many of your calls wait for an answer.").into()
            }
            NotDeferred::NoCall => "no call waits for an answer on this thread".into(),
        })
    }

    fn withdraw_deferral(&self, deferral: Deferral) -> bool {
        self.deferrals.withdraw(deferral)
    }

    fn answer_deferred(&self, deferral: Deferral, answer: HandlerResult<Value>) {
        self.deferrals.answered();
        let answer = answer.map_err(|error| {
            if error.is::<Refusal>() {
                peer_log!(Info, self.peer, "deferred reply: {error}");
            } else {
                peer_log!(Warn, self.peer, "deferred reply: {error}");
            }
            status_of(&*error, code::CALL_FAILED)
        });
        if deferral.transaction != 0.0 {
            // A client that is gone needs none.
            let _ = self.send_answer(deferral.transaction, answer);
        }
    }

    fn close(&self) {
        self.begin_to_close();
        self.sender.end_waits();
        self.transport.stop_reading();
    }

    fn ask_to_reconnect(&self, tc_url: Option<&str>, description: &str) -> bool {
        let mut status = Status::new(code::CONNECT_RECONNECT_REQUEST, description);
        if let Some(tc_url) = tc_url {
            status = status.with("tcUrl", tc_url);
        }
        let dialect = read(&self.dialect);
        let request = dialect.reconnect_request(&status).filter(|_| !self.is_closing());
        request.is_some_and(|request| self.sender.try_send_ahead(&request).unwrap_or(false))
    }

    fn is_open(&self) -> bool {
        !self.is_closing() && self.sender.failure().is_none()
    }

    fn take_memory(&self, bytes: usize) {
        self.account.take(bytes);
    }

    fn streams(&self) -> Vec<Weak<dyn StreamBackend>> {
        lock(&self.streams).clone()
    }

    fn figures(&self) -> ConnectionFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ConnectionFigures {
            bytes_in: count(&self.received.bytes),
            bytes_out: self.sender.bytes_sent(),
            messages_in: count(&self.received.messages),
            messages_out: self.sender.messages_sent(),
            bytes_acknowledged: count(&self.received.acknowledged_bytes),
            calls_in: count(&self.received.calls),
            calls_in_flight: self.calls.len() as u64,
            dropped_frames: self.sender.dropped(),
            outqueue_depth: self.sender.queued() as u64,
            is_congested: self.sender.is_congested(),
            ..ConnectionFigures::default()
        }
    }
}

impl Stop for ConnectionShared {
    /// Asks a client that knows it to connect again, before the connection closes.
    fn stop(&self) {
        self.ask_to_reconnect(None, "The server is shutting down.");
        self.close();
    }

    fn handle(&self) -> Option<ConnectionHandle> {
        self.handle.get().filter(|_| !self.is_closing()).cloned()
    }

    fn account(&self) -> Option<&Account> {
        Some(&self.account)
    }

    fn evict(&self, eviction: Eviction) {
        let _ = self.eviction.set(Box::new(eviction));
        self.close();
        self.sender.abandon();
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            bytes_in: self.received.bytes.load(Ordering::Relaxed),
            bytes_out: self.sender.bytes_sent(),
            dropped: self.sender.dropped(),
        }
    }
}
