//! Render loops by name.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::config::RenderLoopConfig;
use super::encodings::choose;
use super::error::RenderLoopError;
use super::loop_commands::LoopCommands;
use super::loop_render_event::LoopRenderEventHandler;
use super::render_loop::RenderLoop;
use crate::handler::{Connection, HandlerResult, PlayOut, Refusal, Stream};
use crate::media::codec::VideoCodecFactory;
use crate::protocol::amf::{Object, Value};
use crate::sync::lock;

/// Render loops by name. [`Server::render_loops`](crate::Server::render_loops) has those of a
/// server. A clone is the same table, so handlers of any connection may keep one.
///
/// A loop that has ended is no longer found, and its name is free.
///
/// ```
/// use rendercast::amf::{Object, Value};
/// use rendercast::{
///     Connection, HandlerResult, LoopCanvas, RenderLoopConfig, Server, ServerConfig, Stream,
/// };
///
/// let server = Server::new(ServerConfig::default());
/// let loops = server.render_loops();
/// # #[cfg(feature = "screen-video")]
/// loops.start(RenderLoopConfig::new("dawn"), "screen video", |canvas: &mut LoopCanvas| {
///     canvas.row_mut(0).fill(128);
///     Ok(true)
/// })?;
/// let loops = loops.clone();
/// server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
///     loops.register_remote_calls(connection);
///     let loops = loops.clone();
///     connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
///         loops.show_by_name(stream);
///         Ok(true)
///     });
///     Ok(true)
/// });
/// # Ok::<(), rendercast::RenderLoopError>(())
/// ```
#[derive(Clone, Default)]
pub struct RenderLoops(Arc<Table>);

#[derive(Default)]
struct Table {
    codecs: VideoCodecFactory,
    /// In the order of their starts. Those that have ended stay until their threads have, so that
    /// no call waits for a render.
    loops: Mutex<Vec<Arc<RenderLoop>>>,
}

impl RenderLoops {
    /// Makes a table without loops, whose loops take their codecs from `codecs`.
    #[must_use]
    pub fn new(codecs: VideoCodecFactory) -> Self {
        Self(Arc::new(Table { codecs, loops: Mutex::default() }))
    }

    /// Starts a loop as [`RenderLoop::new`] does, and keeps it until it ends.
    ///
    /// # Errors
    /// [`RenderLoopError`].
    pub fn start(
        &self,
        config: RenderLoopConfig,
        codec_name: &str,
        renderer: impl LoopRenderEventHandler + 'static,
    ) -> Result<Arc<RenderLoop>, RenderLoopError> {
        if self.find(&config.name).is_some() {
            return Err(RenderLoopError::NameTaken { name: config.name });
        }
        let render_loop = Arc::new(RenderLoop::new(config, &self.0.codecs, codec_name, renderer)?);
        self.add(Arc::clone(&render_loop))?;
        Ok(render_loop)
    }

    /// Keeps a loop that was made otherwise until it ends.
    ///
    /// # Errors
    /// [`RenderLoopError::NameTaken`].
    pub fn add(&self, render_loop: Arc<RenderLoop>) -> Result<(), RenderLoopError> {
        let mut loops = lock(&self.0.loops);
        let (finished, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *loops).into_iter().partition(|other| other.is_finished());
        let name = render_loop.name();
        let is_taken = others.iter().any(|other| !other.has_ended() && other.name() == name);
        let name = name.to_owned();
        if !is_taken {
            others.push(render_loop);
        }
        *loops = others;
        drop(loops);
        // A renderer's own drop may use this table.
        drop(finished);
        if is_taken { Err(RenderLoopError::NameTaken { name }) } else { Ok(()) }
    }

    /// Returns the loop of that name, if it has not ended.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<RenderLoop>> {
        self.list().into_iter().find(|render_loop| render_loop.name() == name)
    }

    /// Returns the loops that have not ended, in the order of their starts.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<RenderLoop>> {
        let loops = lock(&self.0.loops);
        loops.iter().filter(|render_loop| !render_loop.has_ended()).cloned().collect()
    }

    /// Ends the loop of that name, without waiting for a render. Returns `false` if there is none.
    pub fn end(&self, name: &str) -> bool {
        let found = self.find(name);
        found.inspect(|render_loop| render_loop.end()).is_some()
    }

    /// Ends all loops, and waits for their threads.
    pub fn shut_down(&self) {
        let loops = std::mem::take(&mut *lock(&self.0.loops));
        loops.iter().for_each(|render_loop| render_loop.end());
        loops.iter().for_each(|render_loop| render_loop.join());
    }

    /// Lets a stream show the loop whose name the client plays. The client of an unknown name is
    /// told `NetStream.Play.StreamNotFound`.
    ///
    /// A query behind the name chooses among the [encodings](crate::RenderLoop::add_encoding):
    /// `scene?codec=h264&bitrate=1000` is the encoding in H.264 of at most 1,000 kbit/s, or the
    /// lowest. `scene?encoding=low` is the one of that name. In the name of a codec, `+` or `_`
    /// stands for a space. Other parts of a query are ignored.
    ///
    /// It registers the play handler of the stream.
    pub fn show_by_name(&self, stream: &Stream) {
        let loops = self.clone();
        stream.register_play_event_handler(move |stream: &Stream, _: &mut PlayOut| {
            let name = stream.stream_name();
            let (name, query) = name.split_once('?').unwrap_or((&name[..], ""));
            let found = loops.find(name).and_then(|found| choose(&found, query));
            stream.join(&*found.ok_or_else(|| Refusal::stream_not_found(name))?);
            Ok(true)
        });
    }

    /// Registers procedures by which a client lists the loops, and lists and sets their properties:
    ///
    /// - `render_loops()` returns an array of objects with `name`, `viewers`, `rate`, `width` and
    ///   `height`.
    /// - `render_loop_properties(loop)` returns an array of what
    ///   [`LoopProperty::to_object`](crate::LoopProperty::to_object) makes of each.
    /// - `set_render_loop_property(loop, property, value)` sets a property for the next render. It
    ///   is answered as [`LoopCommands::answer`] says, with the frame that shows it.
    pub fn register_remote_calls(&self, connection: &Connection) {
        let loops = self.clone();
        connection.register_remote_call_handler(
            "render_loops",
            move |_: &Connection, _: &str, _: &Value, _: &[Value]| Ok(loops.described()),
        );
        let loops = self.clone();
        connection.register_remote_call_handler(
            "render_loop_properties",
            move |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let properties = loops.named(arguments.first())?.properties();
                let objects = properties.iter().map(|(property, value)| property.to_object(value));
                Ok(objects.map(Value::from).collect::<Vec<_>>().into())
            },
        );
        let loops = self.clone();
        connection.register_remote_call_handler(
            "set_render_loop_property",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                loops.set_property(connection, arguments)
            },
        );
    }

    fn described(&self) -> Value {
        let objects = self.list().into_iter().map(|render_loop| {
            let (width, height) = render_loop.size();
            let object = Object::new()
                .with("name", render_loop.name())
                .with("viewers", render_loop.viewers() as f64)
                .with("rate", render_loop.rate())
                .with("width", width)
                .with("height", height);
            Value::from(object)
        });
        objects.collect::<Vec<_>>().into()
    }

    fn set_property(&self, connection: &Connection, arguments: &[Value]) -> HandlerResult<Value> {
        let [name, Value::String(key), value] = arguments else {
            let usage = "set_render_loop_property takes the names of a loop and a property, and a \
                         value";
            return Err(Refusal::call_failed(usage).into());
        };
        let render_loop = self.named(Some(name))?;
        let (key, value) = (key.clone(), value.clone());
        // Only a weak one: a command of the loop must not be the last that holds it.
        let target = Arc::downgrade(&render_loop);
        let set = move || {
            let target = target.upgrade().ok_or("the render loop has ended")?;
            target
                .set_property(&key, value)
                .map_err(|error| Refusal::call_failed(error.to_string()))?;
            Ok(Value::Null)
        };
        render_loop.answer(connection, LoopCommands::of(set).wait_for_frame())
    }

    fn named(&self, name: Option<&Value>) -> Result<Arc<RenderLoop>, Refusal> {
        let name = name.and_then(Value::as_str).unwrap_or_default();
        let found = self.find(name);
        found.ok_or_else(|| Refusal::call_failed(format!("There is no render loop {name:?}.")))
    }
}

impl fmt::Debug for RenderLoops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loops = self.list();
        f.debug_set().entries(loops.iter().map(|render_loop| render_loop.name())).finish()
    }
}
