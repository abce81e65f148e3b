//! A client's connection.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes};

use super::connect::connect;
use super::kept_events::KeptEvents;
use super::silence::Silence;
use super::{Config, Error, Url, Wait};
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::client_session::{self, ClientSession, Event, TransactionId};
use crate::protocol::deadline;
use crate::transport::{Held, Input, Interrupter, Transport, linger, receive};

/// How much is read at once: a second of video at 500 kbit/s.
const READ_BYTES: usize = 64 << 10;

/// A connection to an application of a server: calls its procedures, and answers its calls.
///
/// Every method that waits returns at a deadline; see [`Config`]. Dropping the connection closes
/// it.
///
/// ```
/// use rendercast::amf::{Object, Value};
/// use rendercast::{HandlerResult, Server, ServerConfig, client};
///
/// let server = Server::new(ServerConfig::default());
/// server.install(|connection: &rendercast::Connection, _: &Object, _: &[Value]| -> HandlerResult {
///     connection.register_remote_call_handler(
///         "double",
///         |_: &rendercast::Connection, _: &str, _: &Value, arguments: &[Value]| {
///             let number = arguments.first().and_then(Value::as_number);
///             let number = number.ok_or("a number, please")?;
///             Ok((2.0 * number).into())
///         },
///     );
///     Ok(true)
/// });
/// server.start("127.0.0.1:0")?;
///
/// let url = format!("{}/live", server.listen_addresses()[0]);
/// let mut connection = client::Connection::open(&url)?;
/// assert_eq!(connection.call("double", &[21.into()])?, [42.0.into()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    transport: Arc<dyn Transport>,
    pub(super) session: ClientSession,
    config: Config,
    buffer: Vec<u8>,
    /// How many bytes at the end of `buffer` the session has not read.
    unread: usize,
    kept: KeptEvents,
}

impl Connection {
    /// Connects to the application of `url` with the default [`Config`]. The URL may name a stream,
    /// which is left alone.
    ///
    /// # Errors
    /// [`Error::Url`], and those of [`open_with`](Self::open_with).
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::open_with(&url.parse()?, Config::default())
    }

    /// Connects to the application of `url`. Blocks until the server has answered `connect`, for
    /// [`Config::connect_timeout`] and [`Config::reply_timeout`] together at most.
    ///
    /// # Errors
    /// The reason why there is no connection. It is [`Error::Session`] if the application refuses.
    pub fn open_with(url: &Url, config: Config) -> Result<Self, Error> {
        Self::open_held(url, config, &Interrupter::default())
    }

    /// Connects as [`open_with`](Self::open_with) does. The interrupter ends that, and the waits
    /// that follow.
    pub(super) fn open_held(
        url: &Url,
        config: Config,
        interrupter: &Interrupter,
    ) -> Result<Self, Error> {
        let transport = connect(url, &config, interrupter);
        let transport = transport.inspect_err(|_| interrupter.release())?;
        interrupter.hold(Held::Transport(Arc::downgrade(&transport)));
        let session_config = client_session::Config::new(url.app.as_str(), url.tc_url())
            .flash_version(config.flash_version.as_str())
            .properties(config.connect_properties.clone())
            .arguments(config.connect_arguments.iter().cloned())
            .reply_timeout(config.reply_timeout);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let mut connection = Self {
            transport,
            session: ClientSession::new(session_config, seed),
            kept: KeptEvents::new(config.kept_bytes),
            config,
            buffer: Vec::with_capacity(READ_BYTES),
            unread: 0,
        };
        connection.wait_for(|event| matches!(event, Event::Connected { .. }).then_some(()))?;
        Ok(connection)
    }

    /// Calls a procedure of the server, and returns its values. Blocks for
    /// [`Config::reply_timeout`] at most. Other events are kept for
    /// [`next_event`](Self::next_event).
    ///
    /// # Errors
    /// [`Error::Status`] if the procedure failed, or the reason why there is no answer.
    pub fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        let call = self.session.call(Instant::now(), procedure, arguments)?;
        loop {
            match self.read_event(None)?.ok_or(Error::Closed)? {
                Event::CallResult { transaction, outcome } if transaction == call => {
                    return outcome.map_err(Error::from);
                }
                event => self.kept.push(event)?,
            }
        }
    }

    /// Calls a procedure of the server, and does not wait for the answer, which becomes an
    /// [`Event::CallResult`]. Any number of calls may wait for their answers at once.
    ///
    /// # Errors
    /// The reason why the call cannot be sent.
    pub fn begin_call(
        &mut self,
        procedure: &str,
        arguments: &[Value],
    ) -> Result<TransactionId, Error> {
        let call = self.session.call(Instant::now(), procedure, arguments)?;
        self.flush()?;
        Ok(call)
    }

    /// Answers an [`Event::Call`] of the server.
    ///
    /// # Errors
    /// The reason why the answer cannot be sent.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) -> Result<(), Error> {
        self.session.answer(transaction, value);
        self.flush()
    }

    /// Returns the next event: a status, a call, an answer or media. Returns `None` if the server
    /// has closed the connection. Blocks as long as the server sends other bytes, such as pings.
    ///
    /// # Errors
    /// The reason why there are no more events. A status of level `error` is an event, and no
    /// error.
    pub fn next_event(&mut self) -> Result<Option<Event>, Error> {
        match self.kept.pop() {
            Some(event) => Ok(Some(event)),
            None => self.read_event(None),
        }
    }

    /// Returns the next event that has arrived, without waiting. Returns `None` if there is none.
    pub(super) fn arrived_event(&mut self) -> Result<Option<Event>, Error> {
        if let Some(event) = self.kept.pop() {
            return Ok(Some(event));
        }
        loop {
            let event = self.parse_event()?;
            self.flush()?;
            let now = Instant::now();
            self.session.handle_timeout(now)?;
            if event.is_some() || !self.transport.has_input() {
                return Ok(event);
            }
            match self.fill_buffer(now)? {
                Input::Bytes(_) => {}
                Input::Nothing => return Ok(None),
                Input::End => return Err(Error::Unfinished),
            }
        }
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    /// Creates a stream. Blocks for [`Config::reply_timeout`] at most.
    pub(super) fn create_stream(&mut self) -> Result<MessageStreamId, Error> {
        self.session.create_stream(Instant::now());
        self.wait_for(|event| match event {
            Event::StreamCreated(stream) => Some(*stream),
            _ => None,
        })
    }

    /// Reads events until `found` returns a result for one, and keeps them all. Blocks for
    /// [`Config::reply_timeout`] at most.
    pub(super) fn wait_for<T>(&mut self, found: impl Fn(&Event) -> Option<T>) -> Result<T, Error> {
        let deadline = deadline::after(Instant::now(), self.config.reply_timeout);
        loop {
            let event = self.read_event(Some(deadline))?.ok_or(Error::Closed)?;
            match event {
                Event::Status { status, .. } if status.is_error() => return Err(status.into()),
                event => {
                    let result = found(&event);
                    self.kept.push(event)?;
                    if let Some(result) = result {
                        return Ok(result);
                    }
                }
            }
        }
    }

    /// Sends what the session has to say. Blocks for about [`Config::silence_timeout`] at most.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.send(Vec::new())
    }

    /// Sends what the session has to say, and then `chunks`. Blocks for about
    /// [`Config::silence_timeout`] at most.
    pub(super) fn send(&mut self, mut chunks: Vec<Bytes>) -> Result<(), Error> {
        let said = self.session.take_output();
        if !said.is_empty() {
            chunks.insert(0, said.into());
        }
        if chunks.is_empty() {
            return Ok(());
        }
        send_all(&*self.transport, &mut chunks, self.config.silence_timeout)
    }

    /// Tells the server that no more follows, and waits until it has read everything: for
    /// [`Config::reply_timeout`] at most.
    pub(super) fn finish(self) {
        let deadline = deadline::after(Instant::now(), self.config.reply_timeout);
        linger(&*self.transport, deadline, || true);
    }

    /// Reads until there is an event. Returns `None` if the server has closed the connection.
    fn read_event(&mut self, deadline: Option<Instant>) -> Result<Option<Event>, Error> {
        let silence_timeout = self.config.silence_timeout;
        let mut silence = Silence::new(Instant::now(), silence_timeout);
        loop {
            let event = self.parse_event()?;
            self.flush()?;
            // Checked here too: a server that never stops sending media lets no read time out.
            let now = Instant::now();
            self.session.handle_timeout(now)?;
            if event.is_some() {
                return Ok(event);
            }
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Err(Error::Timeout {
                    wait: Wait::Answer,
                    after: self.config.reply_timeout,
                });
            }
            if silence.is_over(now) {
                return Err(Error::Timeout { wait: Wait::Silence, after: silence_timeout });
            }
            if silence.must_ask(now) {
                self.session.ping();
                self.flush()?;
            }
            let deadlines = [deadline, self.session.deadline()];
            let until = deadlines.into_iter().flatten().fold(silence.due(), Instant::min);
            match self.fill_buffer(until)? {
                Input::Bytes(_) => silence = Silence::new(Instant::now(), silence_timeout),
                Input::Nothing => {}
                Input::End => return Ok(None),
            }
        }
    }

    /// Reads on in the buffer until there is an event.
    fn parse_event(&mut self) -> Result<Option<Event>, Error> {
        let read = self.buffer.len() - self.unread;
        let mut input = self.buffer.get(read..).unwrap_or_default();
        let event = self.session.read(Instant::now(), &mut input);
        self.unread = input.len();
        Ok(event?)
    }

    /// Replaces the buffer, which has been read, by the next bytes of the server.
    fn fill_buffer(&mut self, until: Instant) -> Result<Input, Error> {
        let timeout = until.saturating_duration_since(Instant::now());
        self.buffer.resize(READ_BYTES, 0);
        let received = receive(&*self.transport, &mut self.buffer, timeout);
        let length = match received {
            Ok(Input::Bytes(length)) => length,
            _ => 0,
        };
        self.buffer.truncate(length);
        self.unread = length;
        Ok(received?)
    }
}

/// Sends all of `chunks`. Blocks for about `timeout` at most.
fn send_all(
    transport: &dyn Transport,
    mut chunks: &mut [Bytes],
    timeout: Duration,
) -> Result<(), Error> {
    let deadline = deadline::after(Instant::now(), timeout);
    let timed_out = || Error::Timeout { wait: Wait::Write, after: timeout };
    while !chunks.is_empty() {
        match transport.send(chunks) {
            Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
            Ok(sent) => chunks = skip(chunks, sent),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::TimedOut => return Err(timed_out()),
            Err(error) => return Err(error.into()),
        }
        // A server that takes a few bytes at a time has no more time than one that takes none.
        if !chunks.is_empty() && Instant::now() >= deadline {
            return Err(timed_out());
        }
    }
    Ok(())
}

/// Leaves out the first `length` bytes.
fn skip(chunks: &mut [Bytes], mut length: usize) -> &mut [Bytes] {
    let whole = chunks.iter().position(|chunk| {
        let is_partial = chunk.len() > length;
        if !is_partial {
            length -= chunk.len();
        }
        is_partial
    });
    let whole = whole.unwrap_or(chunks.len());
    let chunks = &mut chunks[whole..];
    if let Some(first) = chunks.first_mut() {
        first.advance(length);
    }
    chunks
}

/// Closes the connection, in TLS with a notice.
impl Drop for Connection {
    fn drop(&mut self) {
        self.transport.stop_writing();
    }
}
