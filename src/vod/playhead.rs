//! The position of one viewer in a file, and the tags that are due.

use std::time::Duration;

use crate::media::flv::{Next, Place, PlacedTag, Role};
use crate::media::{Film, FilmError, FilmReading, Tag, TagKind};
use crate::protocol::PlayFrom;
use crate::protocol::Timestamp;

/// How far to send ahead if the client does not say how much it buffers: ffmpeg's buffer.
const DEFAULT_AHEAD: Duration = Duration::from_secs(3);

/// The least to send ahead, so that a late wake-up of the thread does not show.
const MIN_AHEAD: Duration = Duration::from_millis(500);

/// The most to send ahead. rtmpdump says that it buffers ten hours.
const MAX_AHEAD: Duration = Duration::from_secs(10);

/// The longest pause between two sends. A fourth of what was sent ahead is played in a pause, if
/// that is less. Longer pauses need fewer wake-ups and system calls, and viewers see no difference.
const MAX_REST: Duration = Duration::from_secs(1);

/// The most tags in one send. More would need large buffers for a moment, and leave holes of that
/// size in a heap that many viewers share.
const MAX_TAGS: usize = 96;

/// The most tags in the first send. The client has its first picture sooner, and so have others
/// that come at the same time. The rest follows a tick later. Fewer than 17 would count as no burst
/// (`protocol/chunk/shared_chunks`), and take memory for copies.
const FIRST_TAGS: usize = 32;

/// How long to wait for a client that takes no more.
const FULL_REST: Duration = Duration::from_millis(100);

/// The longest duration that a client can ask for. Times of RTMP can be compared no further apart,
/// so a longer one counts as no limit.
const MAX_LENGTH: Duration = Duration::from_millis(1 << 30);

/// The position of one viewer in a file. Says which tags are due.
///
/// The viewer's time line starts at 0 with its first frame. It never steps back, also when the file
/// starts over. The caller tells the time: `clock` is any clock in milliseconds that stops while
/// the viewer has paused.
#[derive(Debug)]
pub(super) struct Playhead {
    file: Film,
    repeats: bool,
    /// The place of the tag to send next.
    next: Place,
    /// The file's metadata, until they are sent. They are sent once: FFmpeg takes those that come
    /// later for subtitles.
    metadata: Option<Tag>,
    /// Sent before `next`: headers that decoders need, and frames of a still picture.
    prelude: Vec<Tag>,
    /// Where this pass of the file starts on the viewer's time line.
    passed: Timestamp,
    /// The number of passes before this one.
    passes: u32,
    /// Whether the file has started over since the viewer came or sought.
    has_wrapped: bool,
    /// Whether this pass is the last one because another file waits.
    is_last_pass: bool,
    /// The viewer's time line at `clock`.
    position: Timestamp,
    /// The clock when it was last told. `None` until it is told again after a seek.
    clock: Option<Timestamp>,
    /// Where the viewer wants to stop.
    until: Option<Timestamp>,
    last_sent: LastSent,
}

/// The latest time of each kind of tag that was sent: times must not go back.
#[derive(Clone, Copy, Debug, Default)]
struct LastSent {
    audio: Option<Timestamp>,
    video: Option<Timestamp>,
    script: Option<Timestamp>,
}

/// The tags that are due.
#[derive(Debug)]
pub(super) struct DueTags {
    pub(super) tags: Vec<Tag>,
    /// How long nothing more will be due.
    pub(super) rest: Duration,
    /// Whether more is due already.
    pub(super) has_more: bool,
    /// Whether the file has ended.
    pub(super) is_end: bool,
    /// Why it has ended early: it can no longer be read.
    pub(super) failure: Option<FilmError>,
}

impl Playhead {
    pub(super) fn new(file: Film, repeats: bool, from: PlayFrom, length: Option<Duration>) -> Self {
        let mut playhead = Self {
            metadata: Some(file.metadata_for_play()),
            prelude: Vec::new(),
            file,
            repeats,
            next: Place::START,
            passed: Timestamp(0),
            passes: 0,
            has_wrapped: false,
            is_last_pass: false,
            position: Timestamp(0),
            clock: None,
            until: None,
            last_sent: LastSent::default(),
        };
        let start = match from {
            PlayFrom::At(start) if !start.is_zero() => playhead.start_within(start),
            _ => Timestamp(0),
        };
        if start.0 > 0 {
            playhead.seek(start);
        }
        // The viewer's time line starts here: rtmpdump resumes a broken download only if the times
        // of what it asked for start at 0.
        let skipped = std::mem::take(&mut playhead.position).0;
        playhead.passed = Timestamp(playhead.passed.0.wrapping_sub(skipped));
        playhead.until = length
            .filter(|length| *length < MAX_LENGTH)
            .map(|length| start.plus(milliseconds(length)).plus(0_u32.wrapping_sub(skipped)));
        playhead
    }

    /// Returns the point of the file that a start at `start` means.
    fn start_within(&self, start: Duration) -> Timestamp {
        let length = self.file.duration();
        let start = match start.as_millis().checked_rem(length.as_millis()) {
            Some(rest) if self.repeats => Duration::from_millis(rest as u64),
            _ => start.min(length),
        };
        Timestamp(milliseconds(start))
    }

    /// Moves to `target` on the viewer's time line, or to the key frame before it that is needed to
    /// show it. Returns the new position.
    pub(super) fn seek(&mut self, target: Timestamp) -> Timestamp {
        let within = self.seek_pass(target);
        // What cannot be read now cannot be read when it is due: that ends the file.
        let found = self.file.seek(Timestamp(within)).unwrap_or_default();
        self.next = found.place;
        self.position = self.passed.plus(found.position.0);
        self.clock = None;
        self.has_wrapped = false;
        self.last_sent = LastSent::default();
        self.put_headers();
        self.prelude.extend(found.pictures);
        self.position
    }

    /// Makes the playhead that follows at the end of this one, on the same time line.
    pub(super) fn followed_by(
        &self,
        file: Film,
        repeats: bool,
        from: PlayFrom,
        length: Option<Duration>,
    ) -> Self {
        let mut next = Self::new(file, repeats, from, length);
        // Its own time line starts at 0. It must start at the end of this one.
        let shift = self.end().0.wrapping_sub(next.position.0);
        next.passed = next.passed.plus(shift);
        next.until = next.until.map(|until| until.plus(shift));
        next.go_on_from(self);
        next
    }

    /// Makes `file` take over at its first key frame behind everything that was sent, on the same
    /// time line. This playhead then ends there, and the returned one goes on.
    ///
    /// If there is no such key frame, a file that repeats gives way at its next pass. Otherwise
    /// returns `None`, and this playhead goes on.
    pub(super) fn give_way_to(&mut self, file: Film) -> Option<Self> {
        let sent = self.next_time();
        let within = sent.since(self.passed).max(0).unsigned_abs();
        let length = milliseconds(self.file.duration());
        let key_frame = file.key_frame_at_or_after(Timestamp(within)).unwrap_or_default();
        let (next, passed) = match key_frame {
            Some(next) => (next, self.passed),
            None if self.repeats => (Place::START, self.passed.plus(length)),
            None => return None,
        };
        let mut other = Self { passed, next, ..Self::new(file, self.repeats, PlayFrom::Any, None) };
        let takes_over_at = other.next_time();
        if self.until.is_some_and(|until| takes_over_at.since(until) >= 0) {
            return None;
        }
        // Seeks look for former passes at multiples of this file's length.
        if other.file.duration() == self.file.duration() {
            other.passes = self.passes.wrapping_add(u32::from(key_frame.is_none()));
        }
        other.until = self.until.replace(takes_over_at);
        other.put_headers();
        Some(other)
    }

    /// Cancels that `other` takes over.
    pub(super) const fn keep_from(&mut self, other: &Self) {
        self.until = other.until;
    }

    /// Continues the viewer's clock and times of `before`.
    pub(super) const fn go_on_from(&mut self, before: &Self) {
        self.position = before.position;
        self.clock = before.clock;
        self.last_sent = before.last_sent;
    }

    /// Sets whether a file that repeats ends with this pass. One that was asked for with a duration
    /// plays that long in any case.
    pub(super) const fn set_last_pass(&mut self, is_last_pass: bool) {
        self.is_last_pass = is_last_pass;
    }

    /// Returns what is due at `clock` for a viewer that buffers `buffer_length`. Stops at the first
    /// tag beyond `room` bytes.
    pub(super) fn due(
        &mut self,
        clock: Timestamp,
        buffer_length: Duration,
        room: usize,
    ) -> DueTags {
        let ahead = ahead(buffer_length);
        let file = self.file.clone();
        file.read_ahead();
        // Step by step, as two times more than 24.8 days apart cannot be compared.
        let most_tags = if self.clock.is_none() { FIRST_TAGS } else { MAX_TAGS };
        let passed = self.clock.map_or(0, |before| clock.since(before).max(0).unsigned_abs());
        self.position = self.position.plus(passed);
        self.clock = Some(clock);
        let horizon = self.position.plus(milliseconds(ahead));
        let mut due = DueTags {
            tags: Vec::with_capacity(MAX_TAGS),
            rest: (ahead / 4).min(MAX_REST),
            has_more: false,
            is_end: false,
            failure: None,
        };
        let mut reading = file.reading();
        self.take_prelude(&mut reading, &mut due.tags);
        let mut bytes = 0;
        while bytes <= room && due.tags.len() < most_tags {
            let next = self.take_until(horizon, &mut reading).unwrap_or_else(|failure| {
                due.failure = Some(failure);
                NextTag::End
            });
            match next {
                NextTag::Due(tag) => {
                    bytes += tag.payload.len();
                    due.tags.push(tag);
                }
                NextTag::NotDue => return due,
                NextTag::End => {
                    // The end comes a tick after the last frame: GStreamer's rtmp2src discards
                    // what its pipeline has not taken when the end arrives.
                    due.is_end = due.tags.is_empty();
                    due.failure = due.failure.filter(|_| due.is_end);
                    due.rest = Duration::ZERO;
                    return due;
                }
            }
        }
        due.has_more = true;
        due.rest = Duration::ZERO;
        due
    }

    /// Returns how many bytes of the file are skipped, or `None` while another viewer reads it.
    pub(super) fn skipped_bytes(&self) -> Option<u64> {
        self.file.skipped_now().map(|skipped| skipped.bytes)
    }

    /// Returns how long to wait if the client takes no more.
    pub(super) const fn rest_when_full() -> Duration {
        FULL_REST
    }

    fn take_until(
        &mut self,
        horizon: Timestamp,
        reading: &mut FilmReading<'_>,
    ) -> Result<NextTag, FilmError> {
        loop {
            let found = match reading.tag_at(self.next)? {
                Next::Tag(found) => found,
                Next::Pending => return Ok(NextTag::NotDue),
                Next::End if self.start_over() => continue,
                Next::End => return Ok(NextTag::End),
            };
            let time = self.passed.plus(found.position.0);
            if self.until.is_some_and(|until| time.since(until) >= 0) {
                return Ok(NextTag::End);
            }
            if time.since(horizon) > 0 {
                return Ok(NextTag::NotDue);
            }
            self.next = found.next;
            if !self.is_known(&found) {
                return Ok(NextTag::Due(self.timed(found.tag, time)));
            }
        }
    }

    /// Returns whether the client has the tag already.
    fn is_known(&self, found: &PlacedTag) -> bool {
        match found.role {
            Role::Metadata => true,
            Role::SequenceHeader => self.file.repeats_header(found.place, self.has_wrapped),
            _ => false,
        }
    }

    /// Goes back to the file's first tag. Returns false if the file plays once, or takes no time:
    /// then it would repeat without end at once.
    fn start_over(&mut self) -> bool {
        let length = milliseconds(self.file.duration());
        let ends_here = !self.repeats || (self.is_last_pass && self.until.is_none());
        if ends_here || length == 0 || !self.file.has_media() {
            return false;
        }
        self.passed = self.passed.plus(length);
        self.passes = self.passes.wrapping_add(1);
        self.has_wrapped = true;
        self.next = Place::START;
        true
    }

    /// Goes to the pass that holds `target`. Returns how far into that pass it is, in milliseconds.
    fn seek_pass(&mut self, target: Timestamp) -> u32 {
        let length = milliseconds(self.file.duration()).max(1);
        let distance = target.since(self.passed);
        if !self.repeats {
            return distance.max(0).unsigned_abs().min(length);
        }
        let passes = i64::from(distance).div_euclid(length.into());
        let passes_before = i64::from(self.passes);
        if passes + passes_before < 0 {
            self.passed = Timestamp(self.passed.0.wrapping_sub(length.wrapping_mul(self.passes)));
            self.passes = 0;
            return 0;
        }
        let start = i64::from(self.passed.0) + passes * i64::from(length);
        // The time line wraps at 2^32 ms, and the number of passes with it.
        self.passed = Timestamp(start as u32);
        self.passes = (passes + passes_before) as u32;
        target.0.wrapping_sub(self.passed.0)
    }

    /// Returns where on the viewer's time line this ends, or would end if it did not repeat.
    fn end(&self) -> Timestamp {
        let end = self.passed.plus(milliseconds(self.file.duration()));
        self.until.filter(|until| until.since(end) < 0).unwrap_or(end)
    }

    /// Returns where on the viewer's time line the next tag is.
    fn next_time(&self) -> Timestamp {
        match self.file.reading().tag_at(self.next) {
            Ok(Next::Tag(found)) => self.passed.plus(found.position.0),
            Ok(Next::Pending | Next::End) | Err(_) => self.end(),
        }
    }

    fn put_headers(&mut self) {
        let headers = self.file.headers_at(self.next).unwrap_or_default();
        self.prelude = headers.video.into_iter().chain(headers.audio).collect();
    }

    fn take_prelude(&mut self, reading: &mut FilmReading<'_>, tags: &mut Vec<Tag>) {
        if self.metadata.is_none() && self.prelude.is_empty() {
            return;
        }
        let time = match reading.tag_at(self.next) {
            Ok(Next::Tag(found)) => self.passed.plus(found.position.0),
            _ => self.position,
        };
        for tag in self.metadata.take().into_iter().chain(std::mem::take(&mut self.prelude)) {
            let tag = self.timed(tag, time);
            tags.push(tag);
        }
    }

    fn timed(&mut self, tag: Tag, time: Timestamp) -> Tag {
        let last = match tag.kind {
            TagKind::Audio => &mut self.last_sent.audio,
            TagKind::Video => &mut self.last_sent.video,
            TagKind::Script => &mut self.last_sent.script,
        };
        let timestamp = last.filter(|last| time.since(*last) < 0).unwrap_or(time);
        *last = Some(timestamp);
        Tag { timestamp, ..tag }
    }
}

enum NextTag {
    Due(Tag),
    NotDue,
    End,
}

fn ahead(buffer_length: Duration) -> Duration {
    if buffer_length.is_zero() {
        return DEFAULT_AHEAD;
    }
    buffer_length.clamp(MIN_AHEAD, MAX_AHEAD)
}

/// Saturates after 49.7 days, where RTMP's time line wraps.
fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
