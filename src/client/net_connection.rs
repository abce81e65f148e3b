//! A client's connection on a blocking socket.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::{Error, Options, Scheme, Url, Wait};
use crate::protocol::amf::Value;
use crate::protocol::client_session::{ClientSession, Event, Settings, TransactionId};

/// How much is read at once; a second of video at 500 kbit/s.
const READ_BYTES: usize = 64 << 10;

/// A connection to an application of a server: calls procedures of it, and is called.
///
/// Dropping it hangs up.
///
/// ```
/// use rendercast::amf::{Object, Value};
/// use rendercast::client::NetConnection;
/// use rendercast::{Connection, HandlerResult, Server, ServerConfig};
///
/// let server = Server::new(ServerConfig::default());
/// server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
///     connection.register_remote_call_handler(
///         "double",
///         |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
///             let number = arguments.first().and_then(Value::as_number).ok_or("a number, please")?;
///             Ok((2.0 * number).into())
///         },
///     );
///     Ok(true)
/// });
/// server.start("127.0.0.1:0")?;
///
/// let url = format!("{}/live", server.listen_addresses()[0]);
/// let mut connection = NetConnection::open(&url)?;
/// assert_eq!(connection.call("double", &[21.into()])?, [42.0.into()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NetConnection {
    socket: TcpStream,
    pub(super) session: ClientSession,
    options: Options,
    buffer: Vec<u8>,
    unread: usize,
    waiting: Waiting,
}

/// Events that came while something else was waited for, and what their media takes.
#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    bytes: usize,
}

impl NetConnection {
    /// Connects to the application of `url`, which need not name a stream, with the default
    /// [`Options`].
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with), and [`Error::Url`].
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::open_with(&url.parse()?, Options::default())
    }

    /// Connects to the application of `url`. Blocks until the server lets us in.
    ///
    /// # Errors
    /// Whatever keeps us out: [`Error::Session`] where the application refuses, [`Error::Scheme`]
    /// where the URL is none of plain RTMP.
    pub fn open_with(url: &Url, options: Options) -> Result<Self, Error> {
        if url.scheme != Scheme::Rtmp {
            return Err(Error::Scheme(url.scheme));
        }
        let socket = connect(url, options.connect_timeout)?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(options.silence_timeout))?;
        let settings = Settings {
            reply_timeout: options.reply_timeout,
            ..Settings::new(url.app.as_str(), url.tc_url())
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let mut connection = Self {
            socket,
            session: ClientSession::new(settings, seed),
            options,
            buffer: Vec::with_capacity(READ_BYTES),
            unread: 0,
            waiting: Waiting::default(),
        };
        connection.wait_for(|event| matches!(event, Event::Connected { .. }).then_some(()))?;
        Ok(connection)
    }

    /// Calls a procedure of the server, and blocks for the values that it returns. What happens
    /// meanwhile is kept for [`next_event`](Self::next_event).
    ///
    /// # Errors
    /// [`Error::Status`] where the procedure failed, [`Error::Flooded`], or why there is no answer.
    pub fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        let call = self.session.call(Instant::now(), procedure, arguments);
        loop {
            match self.read_event()?.ok_or(Error::Closed)? {
                Event::CallResult { transaction, outcome } if transaction == call => {
                    return outcome.map_err(Error::from);
                }
                event => self.keep(event)?,
            }
        }
    }

    /// Calls a procedure of the server without waiting: the answer comes as
    /// [`Event::CallResult`]. Any number of calls may be under way.
    ///
    /// # Errors
    /// Why it cannot be called.
    pub fn begin_call(
        &mut self,
        procedure: &str,
        arguments: &[Value],
    ) -> Result<TransactionId, Error> {
        let call = self.session.call(Instant::now(), procedure, arguments);
        self.flush()?;
        Ok(call)
    }

    /// Answers a call of the server that came as [`Event::Call`].
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) -> Result<(), Error> {
        self.session.answer(transaction, value);
        self.flush()
    }

    /// Blocks for the next event: what the server says, calls, answers and media. None: the server
    /// has closed the connection.
    ///
    /// # Errors
    /// Why there are no more events. A status of level `error` is an event, not an error.
    pub fn next_event(&mut self) -> Result<Option<Event>, Error> {
        match self.waiting.take() {
            Some(event) => Ok(Some(event)),
            None => self.read_event(),
        }
    }

    pub(super) const fn options(&self) -> &Options {
        &self.options
    }

    /// Reads until `found` finds what it looks for; the events until then are kept, that one
    /// included.
    pub(super) fn wait_for<T>(&mut self, found: impl Fn(&Event) -> Option<T>) -> Result<T, Error> {
        loop {
            let event = self.read_event()?.ok_or(Error::Closed)?;
            match event {
                Event::Status { status, .. } if status.is_error() => return Err(status.into()),
                event => {
                    let result = found(&event);
                    self.keep(event)?;
                    if let Some(result) = result {
                        return Ok(result);
                    }
                }
            }
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let output = self.session.take_output();
        self.socket.write_all(&output).map_err(|error| {
            if is_timeout(&error) {
                Error::Timeout { wait: Wait::Write, after: self.options.silence_timeout }
            } else {
                error.into()
            }
        })
    }

    fn keep(&mut self, event: Event) -> Result<(), Error> {
        self.waiting.put(event);
        if self.waiting.bytes > self.options.waiting_bytes {
            return Err(Error::Flooded { limit: self.options.waiting_bytes });
        }
        Ok(())
    }

    fn read_event(&mut self) -> Result<Option<Event>, Error> {
        loop {
            let filled = self.buffer.len();
            let mut input = self.buffer.get(filled - self.unread..).unwrap_or_default();
            let event = self.session.read(Instant::now(), &mut input)?;
            self.unread = input.len();
            self.flush()?;
            // Here too, as media that flows without a gap never lets the socket time out.
            self.session.handle_timeout(Instant::now())?;
            if event.is_some() {
                return Ok(event);
            }
            if !self.receive()? {
                return Ok(None);
            }
        }
    }

    /// Reads from the socket; false where the server has closed it.
    fn receive(&mut self) -> Result<bool, Error> {
        let timeout = self.read_timeout();
        self.socket.set_read_timeout(Some(timeout))?;
        self.buffer.resize(READ_BYTES, 0);
        let received = self.socket.read(&mut self.buffer);
        self.buffer.truncate(*received.as_ref().unwrap_or(&0));
        self.unread = self.buffer.len();
        match received {
            Ok(received) => Ok(received > 0),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) if is_timeout(&error) => {
                self.session.handle_timeout(Instant::now())?;
                Err(Error::Timeout { wait: Wait::Silence, after: timeout })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// As long as the server may be silent, but not beyond the next deadline of an answer.
    fn read_timeout(&self) -> Duration {
        let left = self
            .session
            .deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A socket takes a timeout of nothing for an error, and may wake up a little before its time.
        left.map_or(self.options.silence_timeout, |left| {
            (left + Duration::from_millis(1)).min(self.options.silence_timeout)
        })
    }
}

impl Waiting {
    fn put(&mut self, event: Event) {
        self.bytes += size_of_event(&event);
        self.events.push_back(event);
    }

    fn take(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.bytes -= size_of_event(&event);
        Some(event)
    }
}

/// What an event holds: its media, and itself.
fn size_of_event(event: &Event) -> usize {
    let payload = match event {
        Event::Media(message) | Event::Data { message, .. } => message.payload.len(),
        _ => 0,
    };
    size_of::<Event>() + payload
}

/// Tries the addresses of the server one after the other.
fn connect(url: &Url, timeout: Duration) -> Result<TcpStream, Error> {
    let mut failure = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in url.address().to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error,
        }
    }
    if is_timeout(&failure) {
        return Err(Error::Timeout { wait: Wait::Connection, after: timeout });
    }
    Err(failure.into())
}

/// Whether a socket's timeout expired: Unix says `WouldBlock`, Windows says `TimedOut`.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
