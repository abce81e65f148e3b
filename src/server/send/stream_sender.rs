//! The sending half of a stream: from media to messages on their way.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::connection_sender::{ConnectionSender, Delivery, Gone};
use super::filter::{Filter, Passed};
#[cfg(feature = "web")]
use super::opening::Opening;
use super::outqueue::Outqueue;
use super::rate_limit::RateLimit;
use crate::handler::{PeerAddress, StreamFigures};
use crate::hub::{Frame, Frames, Line, LineMeter, Reception};
use crate::media::mux::{Format, Messages};
use crate::media::{Tag, TagClass, TagKind};
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;
use crate::protocol::chunk::Message;
use crate::sync::lock;

/// By how much the round trips of a free line differ at least.
const LEAST_SPREAD: Duration = Duration::from_millis(5);

/// The sending half of a stream.
#[derive(Debug)]
pub(crate) struct StreamSender {
    touched: Touched,
    queue: Arc<Outqueue>,
    /// The client, for the log.
    peer: PeerAddress,
    filter: Mutex<Filter>,
    /// The beginning of FLV, until it is sent.
    #[cfg(feature = "web")]
    opening: Mutex<Option<Box<Opening>>>,
    dropped: AtomicU64,
    /// Made when the line is measured for the first time.
    meter: Mutex<Option<Box<LineMeter>>>,
    rate_limit: Mutex<Option<Box<RateLimit>>>,
}

/// What each send touches, in one cache line. With hundreds of viewers none of it is in the cache,
/// and the wait for it is most of what a send costs outside of the system.
#[derive(Debug)]
#[repr(align(64))]
struct Touched {
    connection: Arc<ConnectionSender>,
    format: Format,
    /// The timestamp of the last media sent, in milliseconds. It may be a little ahead of the
    /// clock.
    reached: AtomicU32,
    /// Whether the filter lets all frames pass.
    passes_all: AtomicBool,
    /// Whether there is a limit of the rate.
    is_limited: AtomicBool,
    messages: AtomicU64,
    bytes: AtomicU64,
}

/// How frames went through the filter of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passage {
    /// All passed and were delivered, so that nothing is missing.
    Unfiltered,
    /// Some were left out or lost, or were before.
    Filtered,
}

/// What is left out if the queue of a stream is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenFull {
    DropAll,
    /// All but sound, which goes on while the client catches up.
    KeepSound,
}

impl StreamSender {
    pub(crate) fn new(
        connection: Arc<ConnectionSender>,
        queue: Arc<Outqueue>,
        format: Format,
        peer: PeerAddress,
    ) -> Self {
        connection.add_queue(Arc::clone(&queue));
        let filter = Filter::default();
        Self {
            touched: Touched {
                connection,
                format,
                reached: AtomicU32::new(0),
                passes_all: AtomicBool::new(filter.passes_all()),
                is_limited: AtomicBool::new(false),
                messages: AtomicU64::new(0),
                bytes: AtomicU64::new(0),
            },
            queue,
            peer,
            filter: Mutex::new(filter),
            #[cfg(feature = "web")]
            opening: Mutex::default(),
            dropped: AtomicU64::new(0),
            meter: Mutex::default(),
            rate_limit: Mutex::default(),
        }
    }

    /// Reads the memory that the next send needs.
    pub(crate) fn prefetch(&self) {
        self.touched.connection.prefetch();
    }

    /// Does `change` to the filter.
    fn filter<T>(&self, change: impl FnOnce(&mut Filter) -> T) -> T {
        let mut filter = lock(&self.filter);
        let result = change(&mut filter);
        self.touched.passes_all.store(filter.passes_all(), Ordering::Relaxed);
        result
    }

    fn passes_all(&self) -> bool {
        self.touched.passes_all.load(Ordering::Relaxed)
    }

    /// Resets the timeline for another playback.
    pub(crate) fn rewind(&self) {
        self.touched.reached.store(0, Ordering::Relaxed);
    }

    /// Returns the timestamp of the last media that were sent with
    /// [`send_shared`](Self::send_shared).
    pub(crate) fn reached(&self) -> Timestamp {
        Timestamp(self.touched.reached.load(Ordering::Relaxed))
    }

    fn note_reached(&self, timestamp: Timestamp) {
        if timestamp.since(self.reached()) > 0 {
            self.touched.reached.store(timestamp.0, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.queue.is_full() || !self.is_within_rate()
    }

    /// Limits what is sent, in bit/s. `None` ends the limit.
    pub(crate) fn limit_rate(&self, bits_per_second: Option<u32>) {
        let limit = bits_per_second.map(|bits| Box::new(RateLimit::new(bits, Instant::now())));
        self.touched.is_limited.store(limit.is_some(), Ordering::Relaxed);
        *lock(&self.rate_limit) = limit;
    }

    fn is_within_rate(&self) -> bool {
        !self.touched.is_limited.load(Ordering::Relaxed)
            || lock(&self.rate_limit).as_mut().is_none_or(|limit| limit.has_room(Instant::now()))
    }

    pub(crate) fn room_bytes(&self) -> usize {
        self.queue.room_bytes()
    }

    /// Sends or queues the tags of a handler, in order. Never blocks.
    ///
    /// If the queue is full, all of them are dropped. The video then goes on at a key frame, behind
    /// the headers that were among them. Tags that no message can carry are dropped and logged.
    pub(crate) fn send(&self, mut tags: Vec<Tag>) -> Result<(), Gone> {
        if tags.iter().any(Tag::is_too_long) {
            tags.retain(|tag| self.fits(tag));
        }
        if self.is_opening() || !self.passes_all() {
            let frames: Vec<Frame> = tags.into_iter().map(Frame::from).collect();
            let format = self.touched.format;
            let encode_all = |_| Arc::new(encode(format, &frames, 0));
            return self.send_frames(&frames, 0, WhenFull::DropAll, encode_all).map(drop);
        }
        let messages = self.touched.format.encode(tags.iter(), 0);
        if self.deliver(&messages)? == Delivery::Refused {
            let frames: Vec<Frame> = tags.into_iter().map(Frame::from).collect();
            self.leave_out(&frames, 0, WhenFull::DropAll)?;
        }
        Ok(())
    }

    /// Returns whether a message can carry the tag. If not, counts and logs it as dropped.
    fn fits(&self, tag: &Tag) -> bool {
        if tag.is_too_long() {
            let (kind, bytes, most) = (tag.kind, tag.payload.len(), Tag::MAX_PAYLOAD_BYTES);
            peer_log!(
                Warn,
                self.peer,
                "is not sent {kind:?} of {bytes} bytes: a message has at most {most}"
            );
            self.count_dropped(1);
            if kind == TagKind::Video {
                self.await_key_frame();
            }
        }
        !tag.is_too_long()
    }

    /// Sends or queues frames of a stream of media whose timestamps are `offset` milliseconds
    /// ahead. Never blocks.
    ///
    /// If the queue is full, the video goes on as [`send`](Self::send) says. Sound goes on at once,
    /// unless a header of it was lost.
    pub(crate) fn send_shared(&self, frames: &Frames, offset: u32) -> Reception {
        if let Some(last) = frames.last() {
            self.note_reached(Timestamp(last.tag.timestamp.0.wrapping_sub(offset)));
        }
        let encode_all = |format| frames.encode(format, offset);
        match self.send_frames(frames, offset, WhenFull::KeepSound, encode_all) {
            Err(Gone) => Reception::Gone,
            Ok(Passage::Unfiltered) => Reception::Ok,
            Ok(Passage::Filtered) if self.misses_key_frame() => Reception::MissesKeyFrame,
            Ok(Passage::Filtered) => Reception::Ok,
        }
    }

    fn send_frames(
        &self,
        frames: &[Frame],
        offset: u32,
        when_full: WhenFull,
        encode_all: impl FnOnce(Format) -> Arc<Messages>,
    ) -> Result<Passage, Gone> {
        let passed = if self.passes_all() {
            Passed::All
        } else {
            self.filter(|filter| filter.apply(frames))
        };
        match passed {
            #[cfg(feature = "web")]
            Passed::All if self.is_opening() => self.send_opening(frames, offset)?,
            #[cfg(feature = "web")]
            Passed::Some { frames, undecodable } if self.is_opening() => {
                self.count_dropped(undecodable);
                self.send_opening(&frames, offset)?;
            }
            Passed::All => {
                if self.deliver(&encode_all(self.touched.format))? == Delivery::Taken {
                    return Ok(Passage::Unfiltered);
                }
                self.leave_out(frames, offset, when_full)?;
            }
            Passed::Some { frames, undecodable } => {
                self.count_dropped(undecodable);
                let messages = encode(self.touched.format, &frames, offset);
                if self.deliver(&messages)? == Delivery::Refused {
                    self.leave_out(&frames, offset, when_full)?;
                }
            }
        }
        Ok(Passage::Filtered)
    }

    /// Returns whether the beginning of FLV has not been sent.
    fn is_opening(&self) -> bool {
        #[cfg(feature = "web")]
        if matches!(self.touched.format, Format::Flv(_)) {
            return lock(&self.opening).is_some();
        }
        false
    }

    /// Sends the beginning of FLV with these frames, or holds them until it can be sent.
    #[cfg(feature = "web")]
    fn send_opening(&self, frames: &[Frame], offset: u32) -> Result<(), Gone> {
        let mut place = lock(&self.opening);
        let Some(opening) = place.as_mut() else { return Ok(()) };
        opening.hold(frames, offset);
        if !opening.is_ready() {
            return Ok(());
        }
        if self.deliver(&opening.encode())? == Delivery::Refused {
            opening.clear();
            self.filter(|filter| filter.lost(frames));
            return Ok(());
        }
        if let Some(codecs) = opening.left_out() {
            peer_log!(Warn, self.peer, "is not sent what its player does not know: {codecs}");
        }
        *place = None;
        Ok(())
    }

    /// Sends the last tags of a playback, and those that wait for the beginning of FLV.
    pub(crate) fn send_last(&self, tags: Vec<Tag>) -> Result<(), Gone> {
        self.send(tags)?;
        #[cfg(feature = "web")]
        if let Some(opening) = lock(&self.opening).take_if(|opening| !opening.is_empty()) {
            self.deliver(&opening.encode())?;
        }
        Ok(())
    }

    /// Records that frames had no room, and sends those that have.
    fn leave_out(&self, frames: &[Frame], offset: u32, when_full: WhenFull) -> Result<(), Gone> {
        let kept = self.filter(|filter| {
            filter.lost(frames);
            match when_full {
                WhenFull::KeepSound if !filter.owes_audio_header() => sound_of(frames),
                WhenFull::KeepSound | WhenFull::DropAll => Vec::new(),
            }
        });
        self.count_dropped((frames.len() - kept.len()) as u64);
        if kept.is_empty() {
            return Ok(());
        }
        let messages = encode(self.touched.format, &kept, offset);
        let delivery = self.touched.connection.send_sound(&messages, &self.queue)?;
        if delivery == Delivery::Refused {
            self.count_dropped(messages.len() as u64);
        }
        self.count_delivered(&messages, delivery);
        Ok(())
    }

    fn deliver(&self, messages: &Messages) -> Result<Delivery, Gone> {
        if messages.len() == 0 {
            return Ok(Delivery::Taken);
        }
        if !self.is_within_rate() {
            return Ok(Delivery::Refused);
        }
        let delivery = self.touched.connection.send_media(messages, &self.queue)?;
        self.count_delivered(messages, delivery);
        Ok(delivery)
    }

    fn count_delivered(&self, messages: &Messages, delivery: Delivery) {
        if delivery == Delivery::Taken {
            self.touched.messages.fetch_add(messages.len() as u64, Ordering::Relaxed);
            self.touched.bytes.fetch_add(messages.bytes() as u64, Ordering::Relaxed);
            if self.touched.is_limited.load(Ordering::Relaxed)
                && let Some(limit) = &mut *lock(&self.rate_limit)
            {
                limit.sent(messages.bytes());
            }
        }
    }

    fn count_dropped(&self, messages: u64) {
        if messages > 0 {
            self.dropped.fetch_add(messages, Ordering::Relaxed);
            self.touched.connection.count_dropped(messages);
        }
    }

    /// Sends notices behind all that is queued. Waits for room, since they must not be lost.
    pub(crate) fn send_notices(&self, notices: &[Message]) -> Result<(), Gone> {
        self.touched
            .connection
            .send_media_waiting(&self.touched.format.notices(notices), &self.queue)
    }

    /// Ends the connection if it was made for one play, which has ended.
    pub(crate) fn complete(&self) {
        if self.touched.format.is_for_one_play() {
            self.touched.connection.complete();
        }
    }

    /// Sends notices without waiting. If there is no room, what is queued is dropped. A connection
    /// that cannot take them even then is not told.
    pub(crate) fn send_notices_at_once(&self, notices: &[Message]) -> Result<(), Gone> {
        let notices = self.touched.format.notices(notices);
        if self.touched.connection.send_media(&notices, &self.queue)? == Delivery::Refused {
            self.drop_queued();
            self.touched.connection.send_media(&notices, &self.queue)?;
        }
        Ok(())
    }

    /// Drops what is queued, as before a seek or another play.
    pub(crate) fn drop_queued(&self) {
        self.touched.connection.drop_queued(&self.queue);
    }

    pub(crate) fn want_audio(&self, wants: bool) {
        self.filter(|filter| filter.want_audio(wants));
    }

    /// Returns whether the value has changed.
    pub(crate) fn want_video(&self, wants: bool) -> bool {
        self.filter(|filter| filter.want_video(wants))
    }

    /// Leaves out video until the next key frame.
    pub(crate) fn await_key_frame(&self) {
        self.filter(Filter::await_key_frame);
    }

    /// Returns whether the client could go on now with a key frame, and with nothing else.
    pub(crate) fn misses_key_frame(&self) -> bool {
        !self.passes_all() && lock(&self.filter).misses_key_frame() && !self.is_full()
    }

    /// Begins another playback, of which nothing is missing.
    pub(crate) fn restart(&self) {
        self.filter(Filter::restart);
        #[cfg(feature = "web")]
        if let Format::Flv(format) = self.touched.format {
            *lock(&self.opening) = Some(Box::new(Opening::new(format)));
        }
    }

    /// Returns how the line keeps up. Call it before each frame, or never.
    pub(crate) fn line(&self, now: Instant) -> Line {
        let waiting = self.touched.connection.waiting_bytes(&self.queue) as u64;
        let put = self.bytes_sent();
        let round_trip = || Some(self.touched.connection.round_trip()?.at_most(LEAST_SPREAD));
        let mut meter = lock(&self.meter);
        let line = meter.get_or_insert_default().measure(now, put, waiting, round_trip);
        drop(meter);
        let limit = lock(&self.rate_limit).as_mut().map(|limit| limit.line(now));
        limit.map_or(line, |limit| line.worst(limit))
    }

    /// Returns the figures that the sender knows.
    pub(crate) fn figures(&self) -> StreamFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StreamFigures {
            messages_sent: count(&self.touched.messages),
            bytes_sent: count(&self.touched.bytes),
            dropped_frames: count(&self.dropped),
            outqueue_depth: self.queue.depth() as u64,
            outqueue_bytes: self.queue.bytes() as u64,
            ..StreamFigures::default()
        }
    }

    pub(crate) fn bytes_sent(&self) -> u64 {
        self.touched.bytes.load(Ordering::Relaxed)
    }

    /// Returns the format of what is sent.
    pub(crate) const fn format(&self) -> Format {
        self.touched.format
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        self.touched.connection.remove_queue(&self.queue);
    }
}

fn sound_of(frames: &[Frame]) -> Vec<Frame> {
    frames.iter().filter(|frame| frame.class == TagClass::Audio).cloned().collect()
}

fn encode(format: Format, frames: &[Frame], offset: u32) -> Messages {
    format.encode(frames.iter().map(|frame| &frame.tag), offset)
}
