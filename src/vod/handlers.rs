//! The handlers that play files. They use the crate's public traits alone.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::playhead::{DueTags, Playhead};
use super::playlist::{Playlist, Step};
use super::viewings::{OpenViewing, ViewingHandler, Viewings};
use super::{FindError, Found, Library};
use crate::handler::{
    ConnectEventHandler, Connection, FrameEventHandler, FrameOut, HandlerResult, MediaOut,
    PlayEventHandler, PlayFrom, PlayOut, PlayRequest, Refusal, Stream, StreamEventHandler,
    Transition,
};
use crate::media::{Film, FilmError};
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;
use crate::protocol::amf::{Object, Value};
use crate::sync::lock;

/// Below this many ticks a second, a file that has more to send does not wait for the next one.
const SLOW_RATE: f64 = 10.0;

/// Plays the files of a [`Library`]. Install it as the server's connect handler, which claims every
/// connection, or register it as a stream handler from a connect handler that chooses.
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
/// A client gets its file from where it asks for. After a burst of as much as it buffers (0.5 to
/// 10 s; 3 s if it does not say), the file comes at the pace of the client's clock. The client may
/// pause and seek, append files to the one that plays (`play` without reset), and switch to another
/// rendition of it (`play2`). Files stay on disk: see [`Library`].
#[derive(Clone, Debug)]
#[must_use]
pub struct FileHandler(Arc<Settings>);

/// What all connections and streams of a handler share.
#[derive(Clone, Debug)]
struct Settings {
    library: Arc<Library>,
    repeats: bool,
    refuses_live: bool,
    waiting_plays: usize,
    check: Check,
    viewings: Viewings,
}

/// Decides whether a connection may play a file of that name.
#[derive(Clone)]
struct Check(Arc<CheckFn>);

type CheckFn = dyn Fn(&Connection, &str) -> Result<(), Refusal> + Send + Sync;

/// Plays one file on one stream: the frame handler alone, for streams whose play handler has chosen
/// the file.
///
/// Pauses with the stream. Starts at the beginning of the file.
///
/// ```
/// use rendercast::amf::Value;
/// use rendercast::media::Film;
/// use rendercast::vod::FilmFrameHandler;
/// use rendercast::{HandlerResult, Stream};
///
/// /// Makes a stream handler that plays one film under every name.
/// fn stream_handler(film: Film) -> impl FnMut(&Stream, &Value) -> HandlerResult + Send {
///     move |stream, _| {
///         stream.register_frame_event_handler(FilmFrameHandler::new(film.clone(), true));
///         Ok(true)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct FilmFrameHandler {
    playlist: SharedPlaylist,
}

/// What plays on one stream, shared by the stream's handlers. `None` before the first play.
type SharedPlaylist = Arc<Mutex<Option<Playlist>>>;

/// Plays the files of a library on one stream.
#[derive(Debug)]
struct FilePlayHandler {
    files: FileHandler,
    playlist: SharedPlaylist,
    /// What the client watches: one file, or several that were appended.
    viewings: Vec<StreamViewing>,
}

impl FileHandler {
    /// Plays the files of `library`, each over and over again.
    pub fn new(library: Library) -> Self {
        Self(Arc::new(Settings {
            library: Arc::new(library),
            repeats: true,
            refuses_live: false,
            waiting_plays: 16,
            check: Check(Arc::new(|_, _| Ok(()))),
            viewings: Viewings::default(),
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Sets whether files start over at their end, without a break, or end the stream. Defaults to
    /// true.
    pub fn repeat(self, repeats: bool) -> Self {
        self.with(|settings| settings.repeats = repeats)
    }

    /// Sets whether to refuse clients that ask for a live stream only, such as `rtmpdump -v` and
    /// `ffmpeg -rtmp_live live`. Files that play once are always refused to them. Files that repeat
    /// are played by default, since they never end.
    pub fn refuse_live(self, refuses: bool) -> Self {
        self.with(|settings| settings.refuses_live = refuses)
    }

    /// Sets a check that is called before a client gets a file or its length. It gets the file's
    /// one name, as [`Library::names`] has it, however the client wrote it. Defaults to none.
    ///
    /// Called on the connection's thread, after the file is found. May block: only this client
    /// waits.
    ///
    /// ```
    /// use rendercast::vod::{FileHandler, Library};
    /// use rendercast::{Connection, Refusal};
    ///
    /// let library = Library::memory([]);
    /// let files = FileHandler::new(library).check(|_: &Connection, name: &str| {
    ///     match name.starts_with("internal/") {
    ///         true => Err(Refusal::stream_not_found(name)),
    ///         false => Ok(()),
    ///     }
    /// });
    /// # drop(files);
    /// ```
    pub fn check(
        self,
        check: impl Fn(&Connection, &str) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.with(|settings| settings.check = Check(Arc::new(check)))
    }

    /// Sets what is told who watches which file, from where, for how long and how many bytes. It
    /// may refuse. Defaults to none.
    ///
    /// A file that is appended, or switched to, is a viewing of its own from then on. A switch ends
    /// the viewing before it; the end of the play ends all.
    pub fn observe(self, handler: impl ViewingHandler + 'static) -> Self {
        let viewings = self.0.viewings.clone().observed_by(Arc::new(handler));
        self.with(|settings| settings.viewings = viewings)
    }

    /// Sets how many clients may watch one file at a time. A further one is refused with
    /// `NetStream.Play.Failed`. Defaults to no bound.
    pub fn viewers_per_file(self, viewers: usize) -> Self {
        let viewings = self.0.viewings.clone().per_file(viewers);
        self.with(|settings| settings.viewings = viewings)
    }

    /// Sets how many appended plays may wait on a stream. One more is refused with
    /// `NetStream.Play.Failed`. Each keeps its file open, and its name, of up to
    /// [`stream_name_bytes`](crate::config::SessionConfig::stream_name_bytes). Defaults to 16.
    pub fn waiting_plays(self, plays: usize) -> Self {
        self.with(|settings| settings.waiting_plays = plays)
    }

    /// Registers getStreamLength, which ffmpeg calls before it plays. It returns the same length as
    /// the metadata, that of one pass of a file that repeats, or 0 if there is no such file.
    fn register_stream_length(&self, connection: &Connection) {
        let files = self.clone();
        connection.register_remote_call_handler(
            "getStreamLength",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let name = arguments.first().and_then(Value::as_str).unwrap_or_default();
                let length = files.find(connection, name).map(|found| found.file.duration());
                Ok(Value::Number(length.unwrap_or_default().as_secs_f64()))
            },
        );
    }

    fn find(&self, connection: &Connection, name: &str) -> Result<Found, Refusal> {
        let found = self
            .0
            .library
            .find(connection.app(), name)
            .inspect_err(|error| peer_log!(Info, connection.peer_address(), "{error}"))
            .map_err(|error| refusal(&error, name))?;
        (self.0.check.0)(connection, &found.name)?;
        Ok(found)
    }

    fn find_for(&self, stream: &Stream, request: &PlayRequest) -> Result<Found, Refusal> {
        let connection = stream.connection();
        if request.from == PlayFrom::Live && (self.0.refuses_live || !self.0.repeats) {
            return Err(recorded(&request.stream_name));
        }
        let found = self.find(connection, &request.stream_name)?;
        peer_log!(Info, connection.peer_address(), "plays the file {:?}", found.name);
        Ok(found)
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
        let playlist = SharedPlaylist::default();
        stream.register_play_event_handler(FilePlayHandler {
            files: self.clone(),
            playlist: Arc::clone(&playlist),
            viewings: Vec::new(),
        });
        let sought = Arc::clone(&playlist);
        stream.register_seek_event_handler(move |_: &Stream, position: Timestamp| {
            Ok(lock(&sought).as_mut().map(|playlist| playlist.seek(position)))
        });
        stream.register_frame_event_handler(FilmFrameHandler { playlist });
        Ok(true)
    }
}

/// A viewing of a stream.
#[derive(Debug)]
struct StreamViewing {
    viewing: OpenViewing,
    /// How many bytes the stream had sent when it began.
    bytes_before: u64,
}

impl FilePlayHandler {
    // Out of line, so that its frame is not below that of the search for the file.
    #[inline(never)]
    fn begin(&self, file: Film, request: &PlayRequest) {
        *lock(&self.playlist) = Some(Playlist::new(file, self.files.0.repeats, request));
    }

    // Out of line, as above.
    #[inline(never)]
    fn view(&self, stream: &Stream, file: &str, from: PlayFrom) -> Result<StreamViewing, Refusal> {
        let from = match from {
            PlayFrom::At(position) => position,
            PlayFrom::Any | PlayFrom::Live => Duration::ZERO,
        };
        let viewer = stream.connection().peer_address();
        let viewing = self.files.0.viewings.begin(viewer, file, from)?;
        Ok(StreamViewing { viewing, bytes_before: stream.figures().bytes_sent })
    }

    /// Ends all viewings of the stream.
    fn end_viewings(&mut self, stream: &Stream) {
        let bytes = stream.figures().bytes_sent;
        for StreamViewing { mut viewing, bytes_before } in self.viewings.drain(..) {
            viewing.note_sent(bytes.saturating_sub(bytes_before));
        }
    }
}

impl PlayEventHandler for FilePlayHandler {
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
        let request = stream.play_request();
        let found = self.files.find_for(stream, &request)?;
        let viewing = self.view(stream, &found.name, request.from)?;
        // Few viewers append further files, so there is room for one.
        self.viewings.reserve_exact(1);
        self.viewings.push(viewing);
        out.set_recorded(request.from != PlayFrom::Live);
        self.begin(found.file, &request);
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.end_viewings(stream);
        Ok(true)
    }

    fn transition(
        &mut self,
        stream: &Stream,
        request: &PlayRequest,
        transition: Transition,
    ) -> HandlerResult {
        let Found { file, name, .. } = self.files.find_for(stream, request)?;
        let viewing = self.view(stream, &name, request.from)?;
        {
            let mut playlist = lock(&self.playlist);
            let Some(playlist) = playlist.as_mut() else { return Ok(false) };
            let joins = match transition {
                Transition::Append => playlist
                    .append(request.clone(), file, self.files.0.waiting_plays)
                    .map_err(|full| Refusal::new("NetStream.Play.Failed", full.to_string()))?,
                Transition::Switch => playlist.switch(request.clone(), file),
            };
            if !joins {
                return Ok(false);
            }
        }
        if transition == Transition::Switch {
            self.end_viewings(stream);
        }
        self.viewings.push(viewing);
        Ok(true)
    }
}

impl FilmFrameHandler {
    /// Plays `film` from its beginning, over and over again if it `repeats`.
    #[must_use]
    pub fn new(film: impl Into<Film>, repeats: bool) -> Self {
        let playlist = Playlist::new(film.into(), repeats, &PlayRequest::default());
        Self { playlist: Arc::new(Mutex::new(Some(playlist))) }
    }
}

impl FrameEventHandler for FilmFrameHandler {
    fn frame(
        &mut self,
        stream: &Stream,
        out: &mut FrameOut,
        outqueue_is_full: bool,
    ) -> HandlerResult {
        if outqueue_is_full {
            // A file can wait: nothing is lost.
            out.rest(Playhead::rest_when_full());
            return Ok(true);
        }
        let mut playlist = lock(&self.playlist);
        let Some(playlist) = playlist.as_mut() else { return Ok(false) };
        let Step { due: DueTags { tags, rest, has_more, is_end, failure }, begun } =
            playlist.due(out.clock(), stream.buffer_length(), out.room_bytes());
        if let Some(failure) = failure {
            report_failure(stream, &failure);
        }
        if let Some(bytes) = playlist.skipped_bytes() {
            stream.set_skipped_bytes(bytes);
        }
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
        if has_more && stream.render_rate() < SLOW_RATE {
            // The client's buffer must not run dry before the next tick.
            stream.request_frame();
        }
        Ok(true)
    }

    /// Returns true: a paused client goes on filling its buffer. ffplay needs that to resume.
    fn runs_while_paused(&self) -> bool {
        true
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").finish_non_exhaustive()
    }
}

/// Says that a file cannot be played on. Kept apart, so that it takes no stack unless it is called.
#[inline(never)]
fn report_failure(stream: &Stream, failure: &FilmError) {
    let name = stream.play_request().stream_name;
    let peer = stream.connection().peer_address();
    peer_log!(Warn, peer, "the file of the stream {name:?} ends early: {failure}");
}

/// Returns what the client is told. It does not get to know paths of the server.
fn refusal(error: &FindError, name: &str) -> Refusal {
    match error {
        FindError::Unreadable { .. } => Refusal::new(
            "NetStream.Play.Failed",
            format!("The file of the stream {name:?} cannot be played."),
        ),
        _ => Refusal::stream_not_found(name),
    }
}

fn recorded(name: &str) -> Refusal {
    Refusal::new(
        "NetStream.Play.StreamNotFound",
        format!("No live stream is named {name:?}: files are played to clients that ask for them."),
    )
}
