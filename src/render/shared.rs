//! What the threads and the handle of a render loop share.

mod pictures;
#[cfg(feature = "web")]
mod still;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::cancel::{CancelLevel, Cancellation};
use super::canvas_pool::{CanvasPool, Picture};
use super::command_stages::{CommandStages, Executed, Full, Waiting};
use super::config::RenderLoopConfig;
use super::frame_pace::FramePace;
use super::loop_commands::{LoopCommands, LoopCommandsError};
use super::loop_property::{LoopProperties, LoopPropertyError};
use super::orders::{FrameOrder, RenderOrder, RenderPace};
use super::outputs::Outputs;
use super::sound_track::SoundSlot;
use super::triple_buffer::{Taken, TripleBuffer};
use super::watching::{IdleTimes, Watching};
use crate::handler::{CodecSlot, LoopFigures, MediaOut, VideoCodec};
use crate::hub::End;
use crate::media::Canvas;
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;
use crate::sync::{Condition, lock, wait, wait_timeout};
use crate::ticker::Ticker;

/// What the threads and the handle of a render loop share. Its live stream may call
/// [`set_viewers`](Self::set_viewers) with its own lock held, so it is never called from here.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    /// The instant from which the loop's clock and its ticks are counted.
    pub(crate) origin: Instant,
    idle_times: IdleTimes,
    control: Mutex<Control>,
    changed: Condition,
    /// The codec that encodes the pictures, if there is a renderer.
    pub(crate) codec: Arc<CodecSlot>,
    pub(crate) cancellation: Cancellation,
    pub(crate) sound: SoundSlot,
    pub(crate) outputs: Outputs,
    free: CanvasPool,
    pub(crate) figures: Figures,
}

#[derive(Debug)]
struct Control {
    watching: Watching,
    /// How many watch the further encodings.
    output_viewers: usize,
    rate: f64,
    /// The width and the height of the pictures that are rendered next.
    size: (u32, u32),
    /// A canvas of a size that no render has had yet.
    blank: Option<Canvas<'static>>,
    /// `None` if the application encodes by itself.
    pictures: Option<TripleBuffer>,
    commands: CommandStages,
    properties: LoopProperties,
    /// How often the frame thread has begun to rest.
    rests: u64,
    /// Whether a thread calls the renderer.
    has_renderer: bool,
    /// Whether nothing is at work on another picture.
    is_settled: bool,
    /// Whether the renderer must be called although it has finished.
    wants_render: bool,
    /// Whether the next render is the first after a command to start over.
    starts_over: bool,
    wants_key_frame: bool,
    ending: Option<End>,
}

/// What has been counted since the loop was made.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) renders: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) key_frames_asked_for: AtomicU64,
    pub(crate) commands: AtomicU64,
}

impl Shared {
    /// Makes the state of a loop. `is_rendered` tells whether frames are made of pictures, by the
    /// codec in use in `codec`.
    pub(crate) fn new(config: &RenderLoopConfig, is_rendered: bool, codec: CodecSlot) -> Self {
        Self::with(config, is_rendered, codec, Instant::now(), CanvasPool::default())
    }

    /// Makes the state of a further encoding of this loop, which has the same clock.
    pub(crate) fn another(&self, config: &RenderLoopConfig, codec: CodecSlot) -> Self {
        Self::with(config, true, codec, self.origin, self.free.clone())
    }

    fn with(
        config: &RenderLoopConfig,
        is_rendered: bool,
        codec: CodecSlot,
        origin: Instant,
        free: CanvasPool,
    ) -> Self {
        Self {
            name: config.name.clone(),
            origin,
            idle_times: config.idle_times,
            control: Mutex::new(Control {
                watching: Watching::new(Instant::now()),
                output_viewers: 0,
                rate: config.rate,
                size: config.size,
                blank: None,
                pictures: is_rendered.then(|| TripleBuffer::new(free.clone())),
                commands: CommandStages::new(config.waiting_commands),
                properties: config.properties.clone(),
                rests: 0,
                has_renderer: false,
                is_settled: true,
                wants_render: false,
                starts_over: false,
                wants_key_frame: false,
                ending: None,
            }),
            changed: Condition::new(),
            codec: Arc::new(codec),
            cancellation: Cancellation::default(),
            sound: SoundSlot::default(),
            outputs: Outputs::default(),
            free,
            figures: Figures::default(),
        }
    }

    pub(crate) fn video_codec(&self) -> Option<VideoCodec> {
        self.codec.encoder()
    }

    pub(crate) fn rate(&self) -> f64 {
        lock(&self.control).rate
    }

    pub(crate) fn set_rate(&self, rate: f64) {
        self.change(|control| control.rate = rate);
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        lock(&self.control).size
    }

    /// Renders on copies of `blank` from the next render on.
    pub(crate) fn set_size(&self, blank: Canvas<'static>) {
        self.change(|control| {
            control.size = (blank.width(), blank.height());
            control.blank = Some(blank);
            control.wants_render = true;
        });
    }

    pub(crate) fn properties(&self) -> LoopProperties {
        lock(&self.control).properties.clone()
    }

    /// Sets a property for the next render.
    pub(crate) fn set_property(&self, key: &str, value: Value) -> Result<(), LoopPropertyError> {
        self.change(|control| {
            control.properties.set(&self.name, key, value)?;
            control.wants_render = true;
            Ok(())
        })
    }

    pub(crate) fn viewers(&self) -> usize {
        lock(&self.control).watching.viewers()
    }

    pub(crate) fn set_viewers(&self, viewers: usize) {
        self.change(|control| {
            // The renderer may have finished, and the threads may miss that nothing was watched.
            control.wants_render |= !self.is_wanted(control, Instant::now());
            control.watching.set_viewers(viewers, Instant::now());
        });
    }

    /// Records that `after` instead of `before` viewers watch a further encoding.
    pub(crate) fn change_output_viewers(&self, before: usize, after: usize) {
        self.change(|control| {
            control.output_viewers = control.output_viewers.saturating_sub(before) + after;
            control.watching.keep_alive(Instant::now());
            if before == 0 {
                // It has no picture, and the renderer may have finished.
                control.rests += 1;
            }
        });
    }

    /// Counts the time without viewers from now on.
    pub(crate) fn keep_alive(&self) {
        self.change(|control| control.watching.keep_alive(Instant::now()));
    }

    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.control).ending.is_some()
    }

    /// Tells both threads to end. The first call decides how the loop ends.
    pub(crate) fn end(&self, ending: End) {
        self.change(|control| {
            if control.ending.is_none() {
                control.ending = Some(ending);
                self.cancellation.cancel(CancelLevel::StartOver);
            }
        });
        self.outputs.end(ending);
    }

    pub(crate) fn force_key_frame(&self) {
        self.change(|control| control.wants_key_frame = true);
    }

    /// Returns whether the application asked for a key frame since the last call.
    pub(crate) fn take_forced_key_frame(&self) -> bool {
        std::mem::take(&mut lock(&self.control).wants_key_frame)
    }

    /// Lets a renderer be called again that has finished.
    pub(crate) fn request_render(&self) {
        self.change(|control| control.wants_render = true);
    }

    /// Says that commands can run from now on.
    pub(crate) fn note_renderer(&self) {
        self.change(|control| {
            control.has_renderer = true;
            control.is_settled = false;
        });
    }

    /// Adds commands to those that wait. Returns their number.
    pub(crate) fn execute(&self, commands: LoopCommands) -> Result<u64, LoopCommandsError> {
        self.change(|control| {
            let name = || self.name.clone();
            if control.ending.is_some() {
                return Err(LoopCommandsError::Ended { name: name() });
            }
            if !control.has_renderer {
                return Err(LoopCommandsError::NoRenderer { name: name() });
            }
            let cancel = commands.cancel;
            let added = control.commands.add(commands);
            let id = added.map_err(|Full| LoopCommandsError::TooMany { name: name() })?;
            if let Some(level) = cancel {
                self.cancellation.cancel(level);
            }
            Ok(id)
        })
    }

    /// Keeps commands that have run until a frame shows them. Returns those that no frame will
    /// show, because the loop rests or ends.
    pub(crate) fn note_executed(&self, executed: Vec<Executed>) -> Vec<Executed> {
        self.figures.commands.fetch_add(executed.len() as u64, Ordering::Relaxed);
        let mut control = lock(&self.control);
        if control.ending.is_some() || !self.is_wanted(&control, Instant::now()) {
            return executed;
        }
        control.commands.note_executed(executed);
        Vec::new()
    }

    /// Takes commands that a frame has shown.
    pub(crate) fn take_shown(&self, shown: &[u64]) -> Vec<Executed> {
        lock(&self.control).commands.take_shown(shown)
    }

    /// Replies to all commands that the loop has ended. Call it once the loop has.
    pub(crate) fn refuse_commands(&self) {
        let (waiting, executed) = {
            let commands = &mut lock(&self.control).commands;
            (commands.take_waiting(), commands.take_executed())
        };
        waiting.into_iter().for_each(|waiting| waiting.refuse(&self.name));
        executed.into_iter().for_each(|executed| executed.refuse(&self.name));
    }

    pub(crate) fn media_out(&self, clock: Timestamp) -> MediaOut {
        MediaOut::new(clock, Arc::clone(&self.codec))
    }

    /// Waits until a frame is due. `last` is the picture of the last frame, which the next one
    /// shows again if there is no newer.
    pub(crate) fn wait_for_frame(
        &self,
        pace: &mut FramePace,
        rest_until: Option<Instant>,
        last: Option<Picture>,
    ) -> FrameOrder {
        let mut control = lock(&self.control);
        loop {
            let now = Instant::now();
            if let Some(ending) = self.ending(&mut control, now) {
                return FrameOrder::End(ending);
            }
            if !self.is_wanted(&control, now) {
                return Self::begin_rest(&mut control, last);
            }
            let ticker = self.ticker(&control);
            let is_new = control.pictures.as_ref().is_none_or(TripleBuffer::has_new);
            let due = pace.due(ticker, now, is_new);
            let due = due.map(|due| rest_until.map_or(due, |rest| rest.max(due)));
            if due.is_some_and(|due| due <= now) {
                pace.made(ticker, now, is_new);
                let Taken { picture, replaced } = match &mut control.pictures {
                    Some(pictures) => pictures.take_newest(last),
                    None => Taken::default(),
                };
                let shows = control.commands.begin_frame();
                let is_settled = control.is_settled;
                return FrameOrder::Make { picture, replaced, is_settled, is_new, shows };
            }
            let idle = control.watching.next_change(self.idle_times, now);
            control = self.wait_until(control, [due, idle].into_iter().flatten().min(), now);
        }
    }

    /// Takes what concerns former viewers alone: the next one cannot come before.
    fn begin_rest(control: &mut Control, last: Option<Picture>) -> FrameOrder {
        control.rests += 1;
        if let Some(pictures) = &mut control.pictures {
            pictures.retire(last);
        }
        FrameOrder::Rest { unshown: control.commands.take_executed() }
    }

    /// Waits until the loop is watched or ends.
    pub(crate) fn wait_for_viewers(&self) {
        let mut control = lock(&self.control);
        loop {
            let now = Instant::now();
            if self.ending(&mut control, now).is_some() {
                return;
            }
            if self.is_wanted(&control, now) {
                if !control.has_renderer {
                    control.pictures.iter_mut().for_each(TripleBuffer::restore);
                }
                return self.changed.notify_all();
            }
            let idle = control.watching.next_change(self.idle_times, now);
            control = self.wait_until(control, idle, now);
        }
    }

    /// Waits until commands must run or a render is due.
    pub(crate) fn wait_for_render(&self, pace: &mut RenderPace) -> RenderOrder {
        let mut control = lock(&self.control);
        loop {
            let now = Instant::now();
            if control.ending.is_some() {
                return RenderOrder::End;
            }
            let is_wanted = self.is_wanted(&control, now) || control.output_viewers > 0;
            if !is_wanted || pace.rests != control.rests {
                // The next viewer waits for a picture, so it is rendered at once.
                *pace = RenderPace { rests: control.rests, ..RenderPace::default() };
            }
            pace.is_finished &= !control.wants_render;
            let ticker = self.ticker(&control);
            let due = pace.last.map_or(now, |last| ticker.next_after(last));
            let has_turn = is_wanted && !pace.is_finished;
            let is_due = has_turn && due <= now;
            if control.commands.has_waiting() && !(is_due && pace.has_run_commands) {
                (pace.has_run_commands, pace.is_finished) = (true, false);
                let waiting = control.commands.take_waiting();
                control.starts_over |= waiting.iter().any(Waiting::starts_over);
                // It is cancelled by commands that wait, and no longer by these.
                self.cancellation.reset();
                return RenderOrder::Run(waiting);
            }
            if is_due {
                let last = Some(now);
                *pace = RenderPace { last, rests: pace.rests, ..RenderPace::default() };
                return Self::begin_render(&mut control);
            }
            control = self.wait_until(control, has_turn.then_some(due), now);
        }
    }

    fn begin_render(control: &mut Control) -> RenderOrder {
        control.commands.begin_render();
        control.wants_render = false;
        RenderOrder::Render {
            starts_over: std::mem::take(&mut control.starts_over),
            blank: control.blank.take(),
            properties: control.properties.clone(),
        }
    }

    pub(crate) fn figures(&self) -> LoopFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LoopFigures {
            viewers: self.viewers() as u64,
            rate: self.rate(),
            renders: count(&self.figures.renders),
            frames: count(&self.figures.frames),
            repeated_frames: count(&self.figures.repeated),
            late_frames: count(&self.figures.late),
            key_frames_asked_for: count(&self.figures.key_frames_asked_for),
            commands: count(&self.figures.commands),
        }
    }

    /// Returns how the loop ends, if it does. It does so too if nothing watched it for long.
    fn ending(&self, control: &mut Control, now: Instant) -> Option<End> {
        let is_idle =
            control.output_viewers == 0 && control.watching.must_end(self.idle_times, now);
        if control.ending.is_none() && is_idle {
            let who = format_args!("render loop {:?}", self.name);
            peer_log!(Info, who, "was not watched for long");
            control.ending = Some(End::Complete);
            self.cancellation.cancel(CancelLevel::StartOver);
            self.changed.notify_all();
        }
        control.ending
    }

    fn is_wanted(&self, control: &Control, now: Instant) -> bool {
        control.watching.is_wanted(self.idle_times, now)
    }

    fn ticker(&self, control: &Control) -> Ticker {
        Ticker::new(self.origin, control.rate)
    }

    /// Waits for a change, until `deadline` at most.
    fn wait_until<'a>(
        &'a self,
        control: MutexGuard<'a, Control>,
        deadline: Option<Instant>,
        now: Instant,
    ) -> MutexGuard<'a, Control> {
        match deadline {
            Some(deadline) => {
                wait_timeout(&self.changed, control, deadline.saturating_duration_since(now))
            }
            None => wait(&self.changed, control),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Control) -> T) -> T {
        let result = change(&mut lock(&self.control));
        self.changed.notify_all();
        result
    }
}
