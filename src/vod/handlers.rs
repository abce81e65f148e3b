//! The handlers that play files: built of what every application has.

use std::sync::Arc;

use super::deck::Deck;
use super::playhead::{Due, Playhead};
use super::playlist::{Playlist, Step};
use super::{FindError, Library};
use crate::handler::{
    ConnectEventHandler, Connection, FrameEventHandler, FrameOut, HandlerResult, PlayEventHandler,
    PlayFrom, PlayOut, PlayRequest, Refusal, Stream, StreamEventHandler, Transition,
};
use crate::media::flv;
use crate::protocol::Timestamp;
use crate::protocol::amf::{Object, Value};

/// Plays the files of a [`Library`]: a connect handler that claims every connection, and a stream
/// handler for connect handlers that choose for themselves.
///
/// ```no_run
/// use rendercast::vod::{FileHandler, Library};
/// use rendercast::{Server, ServerConfig};
///
/// let server = Server::new(ServerConfig::default());
/// server.install(FileHandler::new(Library::folder("films")?));
/// server.start("")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A viewer gets its file at the pace of its clock, after a first burst of as much as it says that
/// it buffers (0.5 to 10 s; 3 s where it does not say), from where it asks for. It may pause and
/// seek, append files to the one that plays (`play` without reset) and switch to another rendition of
/// it (`play2`). All who play a file share one copy of it in memory.
#[derive(Clone, Debug)]
#[must_use]
pub struct FileHandler {
    library: Arc<Library>,
    repeats: bool,
    waiting_plays: usize,
}

/// Plays one file on one stream: the frame handler alone, for streams whose play handler has chosen
/// the file.
///
/// Pauses with the stream; starts where the client's play command asks for.
///
/// ```
/// use std::sync::Arc;
///
/// use rendercast::amf::Value;
/// use rendercast::media::flv;
/// use rendercast::vod::FlvFrameHandler;
/// use rendercast::{HandlerResult, Stream};
///
/// /// A stream handler for whom every name means one file.
/// fn stream_handler(
///     file: Arc<flv::File>,
/// ) -> impl FnMut(&Stream, &Value) -> HandlerResult + Send {
///     move |stream, _| {
///         stream.register_frame_event_handler(FlvFrameHandler::new(Arc::clone(&file), true));
///         Ok(true)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct FlvFrameHandler {
    deck: Deck,
}

/// Plays the files of a library on one stream.
#[derive(Debug)]
struct FilePlayHandler {
    files: FileHandler,
    deck: Deck,
}

impl FileHandler {
    /// Plays the files of `library`, each over and over again.
    pub fn new(library: Library) -> Self {
        Self { library: Arc::new(library), repeats: true, waiting_plays: 16 }
    }

    /// Whether files start over at their end, without a break (the default), or end the stream.
    pub const fn repeat(mut self, repeats: bool) -> Self {
        self.repeats = repeats;
        self
    }

    /// How many plays that were appended may wait for their turn on a stream; one more is refused with
    /// `NetStream.Play.Failed`. Each keeps its file in memory, and its name, of up to
    /// [`stream_name_bytes`](crate::ServerConfig::stream_name_bytes). Defaults to 16.
    pub const fn waiting_plays(mut self, plays: usize) -> Self {
        self.waiting_plays = plays;
        self
    }

    /// getStreamLength, which ffmpeg asks for before it plays: the same as the metadata say, that
    /// of one pass of a file that repeats.
    fn register_stream_length(&self, connection: &Connection) {
        let library = Arc::clone(&self.library);
        connection.register_remote_call_handler(
            "getStreamLength",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let name = arguments.first().and_then(Value::as_str).unwrap_or_default();
                let length = library.find(connection.app(), name).map(|file| file.duration());
                Ok(Value::Number(length.unwrap_or_default().as_secs_f64()))
            },
        );
    }
}

impl ConnectEventHandler for FileHandler {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        self.register_stream_length(connection);
        connection.register_stream_event_handler(self.clone());
        Ok(true)
    }
}

impl StreamEventHandler for FileHandler {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        let deck = Deck::default();
        stream.register_play_event_handler(FilePlayHandler {
            files: self.clone(),
            deck: deck.clone(),
        });
        let sought = deck.clone();
        stream.register_seek_event_handler(move |_: &Stream, position: Timestamp| {
            Ok(sought.lock().as_mut().map(|playlist| playlist.seek(position)))
        });
        stream.register_frame_event_handler(FlvFrameHandler { deck });
        Ok(true)
    }
}

impl FilePlayHandler {
    fn find(&self, stream: &Stream, request: &PlayRequest) -> Result<Arc<flv::File>, Refusal> {
        let name = &request.stream_name;
        if request.from == PlayFrom::Live {
            return Err(Refusal::stream_not_found(name));
        }
        self.files
            .library
            .find(stream.connection().app(), name)
            .inspect_err(|error| log::info!("{}: {error}", stream.connection().peer_address()))
            .map_err(|error| refusal(&error, name))
    }
}

impl PlayEventHandler for FilePlayHandler {
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
        let request = stream.play_request();
        let file = self.find(stream, &request)?;
        out.set_recorded(true);
        *self.deck.lock() = Some(Playlist::new(file, self.files.repeats, &request));
        Ok(true)
    }

    fn transition(
        &mut self,
        stream: &Stream,
        request: &PlayRequest,
        transition: Transition,
    ) -> HandlerResult {
        let file = self.find(stream, request)?;
        let mut deck = self.deck.lock();
        let Some(playlist) = deck.as_mut() else { return Ok(false) };
        match transition {
            Transition::Append => playlist
                .append(request.clone(), file, self.files.waiting_plays)
                .map_err(|full| Refusal::new("NetStream.Play.Failed", full.to_string()).into()),
            Transition::Switch => Ok(playlist.switch(request.clone(), file)),
        }
    }
}

impl FlvFrameHandler {
    /// Plays `file` from its beginning, over and over again where it `repeats`.
    #[must_use]
    pub fn new(file: Arc<flv::File>, repeats: bool) -> Self {
        Self { deck: Deck::new(Playlist::new(file, repeats, &PlayRequest::default())) }
    }
}

impl FrameEventHandler for FlvFrameHandler {
    fn frame(
        &mut self,
        stream: &Stream,
        out: &mut FrameOut,
        outqueue_is_full: bool,
    ) -> HandlerResult {
        if outqueue_is_full {
            // Nothing is lost by waiting: the file does not run away.
            out.rest(Playhead::rest_when_full());
            return Ok(true);
        }
        let mut deck = self.deck.lock();
        let Some(playlist) = deck.as_mut() else { return Ok(false) };
        let Step { due: Due { tags, rest, is_end }, begun } =
            playlist.due(out.clock(), stream.buffer_length(), out.room_bytes());
        if let Some((request, transition)) = begun {
            out.begin(request, transition);
        }
        out.tags(tags);
        if is_end {
            out.end();
        }
        if !rest.is_zero() {
            out.rest(rest);
        }
        Ok(true)
    }

    /// A client that pauses goes on filling its buffer: ffplay needs that to get out of its pause.
    fn runs_while_paused(&self) -> bool {
        true
    }
}

/// What a client is told; where a file lies on the server is none of its business.
fn refusal(error: &FindError, name: &str) -> Refusal {
    match error {
        FindError::Unreadable { .. } => Refusal::new(
            "NetStream.Play.Failed",
            format!("The file of the stream {name:?} cannot be played."),
        ),
        _ => Refusal::stream_not_found(name),
    }
}
