//! A client that publishes one stream.

use std::time::Instant;

use bytes::{BufMut as _, Bytes, BytesMut};

use super::moves::Moves;
use super::{Config, Connection, Error, Url};
use crate::media::{Tag, TagClass};
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk::SharedChunks;
use crate::protocol::client_session::{Event, TooLong};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::transport::Interrupter;

/// The size of the chunks that are sent: that of OBS, which every server takes.
const CHUNK_BYTES: u32 = 4096;

/// The most headers that are kept: metadata, and the headers of the tracks.
const MAX_HEADERS: usize = 33;

/// The AMF0 string before metadata: asks the server to give them to later viewers too.
const SET_DATA_FRAME: &[u8] = b"\x02\x00\x0d@setDataFrame";

/// Publishes one stream to a server, as OBS and `ffmpeg -f flv` do.
///
/// The tags are those of an FLV file or of an encoder: `onMetaData`, the sequence headers, then
/// frames. Their timestamps should advance in real time, since servers forward them as they come.
///
/// A publisher must hear the server: pings, acknowledgements and refusals.
/// [`send`](Self::send) does so. Call [`poll`](Self::poll) while there is nothing to send.
///
/// If the server asks its clients to connect again, the publisher does so before the next key
/// frame, and sends the headers there first; see [`Config::obey_reconnect`].
///
/// ```
/// use rendercast::client::Publisher;
/// use rendercast::live::{LiveConfig, LiveHandler};
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::{Server, ServerConfig, Timestamp};
///
/// let server = Server::new(ServerConfig::default());
/// server.install(LiveHandler::new(LiveConfig::default()));
/// server.start("127.0.0.1:0")?;
///
/// let url = format!("{}/live/scene", server.listen_addresses()[0]);
/// let mut publisher = Publisher::open(&url)?;
/// for frame in 0..3 {
///     let payload = vec![0x17, 1, 0, 0, 0 /* , what your encoder returns */].into();
///     let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(frame * 40), payload };
///     publisher.send(&[tag])?;
/// }
/// publisher.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Publisher {
    connection: Connection,
    stream: MessageStreamId,
    moves: Moves,
    /// Metadata and the headers of decoders: the last of each kind. Sent first after a move.
    headers: Vec<(TagClass, Tag)>,
}

impl Publisher {
    /// Connects to the server of `url` and publishes under its name, with the default [`Config`].
    ///
    /// # Errors
    /// [`Error::Url`], and those of [`Publisher::open_with`].
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::open_with(&url.parse()?, Config::default())
    }

    /// Connects to the server of `url` and publishes under its name. Blocks until the server grants
    /// it: for [`Config::connect_timeout`] and three times [`Config::reply_timeout`] at most.
    ///
    /// # Errors
    /// The reason why nothing can be published. It is [`Error::Status`] or [`Error::Session`] if
    /// the server refuses.
    pub fn open_with(url: &Url, config: Config) -> Result<Self, Error> {
        Self::open_held(url, config, &Interrupter::default())
    }

    /// Opens as [`open_with`](Self::open_with) does. The interrupter is that of
    /// [`Connection::open_held`].
    pub(crate) fn open_held(
        url: &Url,
        config: Config,
        interrupter: &Interrupter,
    ) -> Result<Self, Error> {
        url.require_name()?;
        let moves = Moves::new(url.clone(), config.clone());
        let mut connection = Connection::open_held(url, config, interrupter)?;
        connection.session.set_chunk_size(CHUNK_BYTES);
        connection.session.announce_publish(&url.name);
        let stream = connection.create_stream()?;
        let kind = connection.config().publish_kind;
        connection.session.publish(Instant::now(), stream, &url.name, kind);
        connection.wait_for(|event| match event {
            Event::Status { status, .. } => (status.code == code::PUBLISH_START).then_some(()),
            _ => None,
        })?;
        Ok(Self { connection, stream, moves, headers: Vec::new() })
    }

    /// Returns the message stream on which it publishes.
    #[must_use]
    pub const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    /// Sends tags, in order, and reads what the server has said. Blocks while the socket has no
    /// room, for [`Config::silence_timeout`] at most.
    ///
    /// # Errors
    /// The reason why the stream cannot go on. It is [`Error::Status`] if the server says so, and
    /// [`Error::Unfinished`] if it has closed the connection.
    ///
    /// [`Error::TooLong`] if a payload exceeds [`Tag::MAX_PAYLOAD_BYTES`]. Nothing is sent then,
    /// and the publisher can go on with other tags.
    pub fn send(&mut self, tags: &[Tag]) -> Result<(), Error> {
        if let Some(tag) = tags.iter().find(|tag| tag.is_too_long()) {
            return Err(TooLong { bytes: tag.payload.len() }.into());
        }
        self.poll()?;
        let mut sent = 0;
        for (at, tag) in tags.iter().enumerate() {
            let class = TagClass::of(tag);
            if class == TagClass::KeyFrame
                && let Some(url) = self.moves.take_obeyed()
            {
                self.send_all(tags.get(sent..at).unwrap_or_default())?;
                sent = at;
                self.move_to(&url, tag)?;
            }
            self.keep_header(class, tag);
        }
        self.send_all(tags.get(sent..).unwrap_or_default())
    }

    /// Reads what the server has said, and answers it. Does not wait for anything to come.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn poll(&mut self) -> Result<(), Error> {
        while let Some(event) = self.connection.arrived_event()? {
            match event {
                Event::Status { status, .. } if self.moves.note(&status) => {}
                Event::Status { status, .. } => note(status)?,
                Event::Call { transaction, .. } => {
                    self.connection.session.refuse(transaction, "A publisher has no procedures.");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Calls a procedure of the server, as [`Connection::call`] does.
    ///
    /// # Errors
    /// Those of [`Connection::call`].
    pub fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        self.connection.call(procedure, arguments)
    }

    /// Ends the stream, and waits until the server has read all of it: for
    /// [`Config::silence_timeout`] and [`Config::reply_timeout`] at most.
    ///
    /// A drop closes the connection at once. Then the last tags may be lost.
    ///
    /// # Errors
    /// The reason why the end cannot be told.
    pub fn close(mut self) -> Result<(), Error> {
        self.unpublish()?;
        self.connection.finish();
        Ok(())
    }

    /// Returns where the server wants this client to connect again, once for each request.
    pub(crate) const fn take_move(&mut self) -> Option<Url> {
        self.moves.take()
    }

    fn send_all(&mut self, tags: &[Tag]) -> Result<(), Error> {
        let mut chunks = SharedChunks::new(self.connection.session.chunk_size(), tags.len());
        for tag in tags {
            chunks.push(&as_published(tag).into_message(self.stream));
        }
        self.connection.send(chunks.finish())
    }

    fn unpublish(&mut self) -> Result<(), Error> {
        self.connection.session.unpublish(self.stream, &self.moves.url.name);
        self.connection.flush()
    }

    /// Keeps the last of each kind of header.
    fn keep_header(&mut self, class: TagClass, tag: &Tag) {
        if !class.is_header() && class != TagClass::Metadata {
            return;
        }
        if let Some((_, kept)) = self.headers.iter_mut().find(|(kept, _)| *kept == class) {
            kept.clone_from(tag);
        } else if self.headers.len() < MAX_HEADERS {
            self.headers.push((class, tag.clone()));
        }
    }

    /// Publishes at `url` from `first` on, behind the headers. Publishes on here if that fails.
    fn move_to(&mut self, url: &Url, first: &Tag) -> Result<(), Error> {
        let mut publisher = match Self::open_with(url, self.moves.config.clone()) {
            Ok(publisher) => publisher,
            Err(error) => {
                Moves::stay(&error);
                return Ok(());
            }
        };
        // The server that asked may be gone by now.
        let _ = self.unpublish();
        publisher.headers = std::mem::take(&mut self.headers);
        let at_first =
            |(_, tag): &(TagClass, Tag)| Tag { timestamp: first.timestamp, ..tag.clone() };
        let headers: Vec<Tag> = publisher.headers.iter().map(at_first).collect();
        *self = publisher;
        self.send_all(&headers)
    }
}

/// Puts `@setDataFrame` before metadata, if a message can carry both.
fn as_published(tag: &Tag) -> Tag {
    let length = SET_DATA_FRAME.len().saturating_add(tag.payload.len());
    if TagClass::of(tag) != TagClass::Metadata || length > Tag::MAX_PAYLOAD_BYTES {
        return tag.clone();
    }
    let mut payload = BytesMut::with_capacity(length);
    payload.put_slice(SET_DATA_FRAME);
    payload.put_slice(&tag.payload);
    Tag { payload: Bytes::from(payload), ..tag.clone() }
}

/// Returns an error if the server ends the stream, by an error or by saying so.
fn note(status: Status) -> Result<(), Error> {
    let is_end = [code::UNPUBLISH_SUCCESS, code::PUBLISH_IDLE].contains(&status.code.as_ref());
    if status.is_error() || is_end { Err(status.into()) } else { Ok(()) }
}
