//! Where one viewer stands in a file, and what of the file is due.

use std::sync::Arc;
use std::time::Duration;

use crate::media::{Tag, TagKind, flv};
use crate::protocol::PlayFrom;
use crate::protocol::Timestamp;

/// How much is sent ahead to a client that does not say how much it buffers: what ffmpeg asks for.
const DEFAULT_AHEAD: Duration = Duration::from_secs(3);

/// The least that is sent ahead, so that a late wake-up is not seen.
const MIN_AHEAD: Duration = Duration::from_millis(500);

/// The most that is sent ahead: rtmpdump asks for ten hours.
const MAX_AHEAD: Duration = Duration::from_secs(10);

/// How much of what was sent ahead is played before more is sent: its fourth part, and at most this
/// long. The longer, the fewer wake-ups and system calls; nobody sees the difference.
const MAX_REST: Duration = Duration::from_secs(1);

/// How many tags are taken in one go. More would need large buffers for a moment, and leave holes of
/// their size in a heap that many viewers share.
const MAX_TAGS: usize = 96;

/// How long to wait for a client that takes no more.
const FULL_REST: Duration = Duration::from_millis(100);

/// Where one viewer stands in a file, and what of the file is due.
///
/// The time line that the viewer sees starts at 0 with the first frame that it gets, and goes on
/// without a step back when the file starts over. Times are told by the caller: `clock` is any clock in
/// milliseconds that stands still while the viewer has paused.
#[derive(Debug)]
pub(super) struct Playhead {
    file: Arc<flv::File>,
    repeats: bool,
    /// The number of the tag that is sent next.
    next: usize,
    /// Sent before it: the metadata, or the headers that decoders need.
    prelude: Vec<Tag>,
    /// Where this pass of the file starts on the viewer's time line.
    passed: Timestamp,
    /// How many passes there were before this one.
    passes: u32,
    /// This pass is the last one, whether or not the file repeats: something else is to follow.
    is_last_pass: bool,
    /// Where the viewer's time line stood when `clock` was that, or will be when it is next told.
    position: Timestamp,
    positioned_at: Option<Timestamp>,
    /// Where the viewer wants to stop.
    until: Option<Timestamp>,
    last_sent: LastSent,
}

/// The latest time that each kind of tag was sent with: times never go back.
#[derive(Clone, Copy, Debug, Default)]
struct LastSent {
    audio: Option<Timestamp>,
    video: Option<Timestamp>,
    script: Option<Timestamp>,
}

/// What is due.
#[derive(Debug, PartialEq)]
pub(super) struct Due {
    pub(super) tags: Vec<Tag>,
    /// How long nothing more will be due.
    pub(super) rest: Duration,
    /// This was all.
    pub(super) is_end: bool,
}

impl Playhead {
    pub(super) fn new(
        file: Arc<flv::File>,
        repeats: bool,
        from: PlayFrom,
        length: Option<Duration>,
    ) -> Self {
        let mut playhead = Self {
            prelude: vec![file.metadata_for_play()],
            file,
            repeats,
            next: 0,
            passed: Timestamp(0),
            passes: 0,
            is_last_pass: false,
            position: Timestamp(0),
            positioned_at: None,
            until: None,
            last_sent: LastSent::default(),
        };
        let start = match from {
            PlayFrom::At(start) if !start.is_zero() => {
                playhead.seek(milliseconds(start));
                start
            }
            _ => Duration::ZERO,
        };
        // What precedes the start is not on the viewer's time line: rtmpdump takes up a dump that
        // was broken off only where the times of what it asked for start at 0.
        let skipped = std::mem::take(&mut playhead.position).0;
        playhead.passed = Timestamp(playhead.passed.0.wrapping_sub(skipped));
        playhead.until = length.map(|length| {
            Timestamp(milliseconds(start.saturating_add(length)).0.saturating_sub(skipped))
        });
        playhead
    }

    /// Moves to the key frame at or before `target` on the viewer's time line, and says where that
    /// is.
    pub(super) fn seek(&mut self, target: Timestamp) -> Timestamp {
        let within = self.seek_pass(target);
        self.next = self.file.key_frame_at_or_before(self.file.start().plus(within));
        self.position = self.time_of(self.next);
        self.positioned_at = None;
        self.last_sent = LastSent::default();
        self.put_headers();
        self.position
    }

    /// What plays once this has come to its end, on the same time line and by the same clock.
    pub(super) fn followed_by(
        &self,
        file: Arc<flv::File>,
        repeats: bool,
        from: PlayFrom,
        length: Option<Duration>,
    ) -> Self {
        let mut next = Self::new(file, repeats, from, length);
        // Its own time line starts at the key frame that it starts with; ours has come to our end.
        let shift = self.end().0.wrapping_sub(next.position.0);
        next.passed = next.passed.plus(shift);
        next.until = next.until.map(|until| until.plus(shift));
        next.go_on_from(self);
        next
    }

    /// Makes `file` take over at its first key frame behind all that was sent, on the same time
    /// line: this plays up to there, and what is returned from there on. Where the file that
    /// repeats has no such key frame left, the next pass is that of the other one; otherwise there
    /// is none, and this plays on.
    pub(super) fn give_way_to(&mut self, file: Arc<flv::File>) -> Option<Self> {
        let sent = self.sent_until();
        let within = sent.since(self.passed).max(0).unsigned_abs();
        let length = milliseconds(self.file.duration());
        let key_frame = file.key_frame_at_or_after(file.start().plus(within));
        let (next, passed) = match key_frame {
            Some(next) => (next, self.passed),
            None if self.repeats => (0, self.passed.plus(length.0)),
            None => return None,
        };
        let mut other = Self { passed, next, ..Self::new(file, self.repeats, PlayFrom::Any, None) };
        let takes_over_at = other.time_of(next);
        if self.until.is_some_and(|until| takes_over_at.since(until) >= 0) {
            return None;
        }
        // Of another length, the passes before would not lie where seeks look for them.
        if other.file.duration() == self.file.duration() {
            other.passes = self.passes.wrapping_add(u32::from(key_frame.is_none()));
        }
        other.until = self.until.replace(takes_over_at);
        other.put_headers();
        Some(other)
    }

    /// Plays on as though `other`, which was to take over, had never been.
    pub(super) const fn keep_from(&mut self, other: &Self) {
        self.until = other.until;
    }

    /// Takes over the viewer's clock from `before`.
    pub(super) const fn go_on_from(&mut self, before: &Self) {
        self.position = before.position;
        self.positioned_at = before.positioned_at;
        self.last_sent = before.last_sent;
    }

    /// Whether a file that repeats ends with this pass, because something is to follow. One that
    /// was asked for with a duration plays that long all the same.
    pub(super) const fn set_last_pass(&mut self, is_last_pass: bool) {
        self.is_last_pass = is_last_pass;
    }

    /// What is due at `clock` for a viewer that buffers `buffer_length`, some `room` bytes of it.
    pub(super) fn due(&mut self, clock: Timestamp, buffer_length: Duration, room: usize) -> Due {
        let ahead = ahead(buffer_length);
        let positioned_at = *self.positioned_at.get_or_insert(clock);
        let now = self.position.plus(clock.since(positioned_at).max(0).unsigned_abs());
        let horizon = now.plus(milliseconds(ahead).0);
        let mut due = Due {
            tags: Vec::with_capacity(MAX_TAGS),
            rest: (ahead / 4).min(MAX_REST),
            is_end: false,
        };
        self.take_prelude(&mut due.tags);
        let mut bytes = 0;
        while bytes <= room && due.tags.len() < MAX_TAGS {
            match self.take_until(horizon) {
                Step::Tag(tag) => {
                    bytes += tag.payload.len();
                    due.tags.push(tag);
                }
                Step::NotDue => return due,
                Step::End => {
                    // A tick after the last frame: GStreamer's rtmp2src throws away what its
                    // pipeline has not taken yet when the end arrives.
                    due.is_end = due.tags.is_empty();
                    due.rest = Duration::ZERO;
                    return due;
                }
            }
        }
        // There is more, as soon as this is on its way.
        due.rest = Duration::ZERO;
        due
    }

    /// How long to wait where the client takes no more.
    pub(super) const fn rest_when_full() -> Duration {
        FULL_REST
    }

    fn take_until(&mut self, horizon: Timestamp) -> Step {
        loop {
            let Some(entry) = self.file.entry(self.next) else {
                if !self.start_over() {
                    return Step::End;
                }
                continue;
            };
            let time = self.time_of(self.next);
            if self.until.is_some_and(|until| time.since(until) >= 0) {
                return Step::End;
            }
            if time.since(horizon) > 0 {
                return Step::NotDue;
            }
            let is_told = entry.kind == TagKind::Script && self.is_metadata(self.next);
            self.next += 1;
            if let Some(tag) = self.file.tag(self.next - 1).filter(|_| !is_told) {
                return Step::Tag(self.timed(tag, time));
            }
        }
    }

    /// The file's own metadata are sent as the prelude, in the form that players want.
    fn is_metadata(&self, index: usize) -> bool {
        self.file.metadata_index() == Some(index)
    }

    /// Goes back to the file's first tag; false where the file is to be played once, or has nothing
    /// that takes time: that would never end.
    fn start_over(&mut self) -> bool {
        let length = milliseconds(self.file.duration()).0;
        let ends_here = !self.repeats || (self.is_last_pass && self.until.is_none());
        if ends_here || length == 0 || self.file.first_media_tag().is_none() {
            return false;
        }
        self.passed = self.passed.plus(length);
        self.passes = self.passes.wrapping_add(1);
        self.next = 0;
        true
    }

    /// Finds the pass that holds `target`, and says how far into it that is.
    fn seek_pass(&mut self, target: Timestamp) -> u32 {
        let length = milliseconds(self.file.duration()).0.max(1);
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
        // The time line wraps, and the number of passes with it.
        self.passed = Timestamp(start as u32);
        self.passes = (passes + passes_before) as u32;
        target.0.wrapping_sub(self.passed.0)
    }

    /// Where on the viewer's time line this ends, or would end if it did not repeat.
    fn end(&self) -> Timestamp {
        let end = self.passed.plus(milliseconds(self.file.duration()).0);
        self.until.filter(|until| until.since(end) < 0).unwrap_or(end)
    }

    /// Where on the viewer's time line the tag is that is sent next.
    fn sent_until(&self) -> Timestamp {
        if self.file.entry(self.next).is_some() { self.time_of(self.next) } else { self.end() }
    }

    fn time_of(&self, index: usize) -> Timestamp {
        let start = self.file.start();
        // Tags before the first frame, the metadata first of all, may bear any time.
        let time = self.file.entry(index).map_or(start, |entry| entry.timestamp);
        self.passed.plus(time.since(start).max(0).unsigned_abs())
    }

    fn put_headers(&mut self) {
        let headers = self.file.headers_at(self.next);
        let metadata = Some(self.file.metadata_for_play());
        self.prelude = [metadata, headers.video, headers.audio].into_iter().flatten().collect();
    }

    fn take_prelude(&mut self, tags: &mut Vec<Tag>) {
        let time = self.time_of(self.next);
        for tag in std::mem::take(&mut self.prelude) {
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

enum Step {
    Tag(Tag),
    NotDue,
    End,
}

fn ahead(buffer_length: Duration) -> Duration {
    if buffer_length.is_zero() {
        return DEFAULT_AHEAD;
    }
    buffer_length.clamp(MIN_AHEAD, MAX_AHEAD)
}

/// On the time line of RTMP, which ends after 49.7 days.
fn milliseconds(duration: Duration) -> Timestamp {
    Timestamp(u32::try_from(duration.as_millis()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
