//! Where one viewer stands in a file, and what of the file is due.

use std::sync::Arc;
use std::time::Duration;

use crate::media::{Tag, TagKind, flv};
use crate::protocol::Timestamp;
use crate::protocol::session::PlayFrom;

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
/// The time line that the viewer sees starts at 0 with the file's first frame, and goes on without
/// a step back when the file starts over. Times are told by the caller: `clock` is any clock in
/// milliseconds that stands still while the viewer has paused.
#[derive(Debug)]
pub(super) struct Playhead {
    file: Arc<flv::File>,
    repeats: bool,
    /// The number of the tag that is sent next.
    next: usize,
    /// Sent before it: the metadata, or the headers that decoders need.
    prelude: Vec<Tag>,
    /// What is added to the file's own times: the length of the passes before this one.
    passed: Timestamp,
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
        playhead.until =
            length.map(|length| Timestamp(milliseconds(start.saturating_add(length)).0));
        playhead
    }

    /// Moves to the key frame at or before `target` on the viewer's time line, and says where that
    /// is.
    pub(super) fn seek(&mut self, target: Timestamp) -> Timestamp {
        let length = milliseconds(self.file.duration()).0.max(1);
        let within = if self.repeats { target.0 % length } else { target.0.min(length) };
        self.passed = Timestamp(target.0.max(within) - within);
        if !self.repeats {
            self.passed = Timestamp(0);
        }
        self.next = self.file.key_frame_at_or_before(self.file.start().plus(within));
        self.position = self.time_of(self.next);
        self.positioned_at = None;
        self.last_sent = LastSent::default();
        self.put_headers();
        self.position
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
        if !self.repeats || length == 0 || self.file.first_media_tag().is_none() {
            return false;
        }
        self.passed = self.passed.plus(length);
        self.next = 0;
        true
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
        for tag in std::mem::take(&mut self.prelude) {
            let tag = self.timed(tag, self.position);
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
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Ten seconds of demo-like media: audio and video headers, then a video frame every 40 ms with
    /// a key frame every second, and an audio frame with each.
    fn file() -> Arc<flv::File> {
        let mut writer = flv::Writer::new(Vec::new(), true, true).unwrap();
        let mut put = |kind, at, payload: Vec<u8>| {
            let tag = Tag { kind, timestamp: Timestamp(at), payload: payload.into() };
            writer.write(&tag).unwrap();
        };
        put(TagKind::Video, 0, vec![0x17, 0, 0, 0, 0, 1]);
        put(TagKind::Audio, 0, vec![0xaf, 0, 0x12, 0x10]);
        for frame in 0..250_u32 {
            let first = if frame % 25 == 0 { 0x17 } else { 0x27 };
            let mut payload = vec![first, 1, 0, 0, 0];
            payload.extend(frame.to_be_bytes());
            put(TagKind::Video, frame * 40, payload.clone());
            payload.splice(..2, [0xaf, 1]);
            put(TagKind::Audio, frame * 40, payload);
        }
        Arc::new(flv::File::from_bytes(writer.into_inner().into()).unwrap())
    }

    /// Plays for `seconds`, asking every 40 ms, and returns what was sent at which clock.
    fn play(playhead: &mut Playhead, seconds: u32, buffer: Duration) -> Vec<(u32, Tag)> {
        let mut sent = Vec::new();
        for tick in 0..seconds * 25 {
            let due = playhead.due(Timestamp(tick * 40), buffer, 1 << 20);
            sent.extend(due.tags.into_iter().map(|tag| (tick * 40, tag)));
            if due.is_end {
                break;
            }
        }
        sent
    }

    fn media(sent: &[(u32, Tag)]) -> Vec<&Tag> {
        sent.iter().map(|(_, tag)| tag).filter(|tag| tag.kind != TagKind::Script).collect()
    }

    #[test]
    fn one_pass_sends_every_payload_once_and_in_order() {
        let file = file();
        let mut playhead = Playhead::new(file.clone(), false, PlayFrom::Any, None);
        let sent = play(&mut playhead, 60, Duration::from_secs(3));
        let expected: Vec<Tag> = (0..file.len()).filter_map(|index| file.tag(index)).collect();
        assert_eq!(sent[0].1.kind, TagKind::Script);
        assert_eq!(media(&sent), expected.iter().collect::<Vec<_>>());
        assert_eq!(sent.last().unwrap().0, 9960 - 3000);
    }

    #[test]
    fn nothing_is_sent_further_ahead_than_the_buffer_and_nothing_late() {
        for (buffer, ahead) in [(0, 3000), (100, 500), (3000, 3000), (36_000_000, 10_000)] {
            let mut playhead = Playhead::new(file(), true, PlayFrom::Any, None);
            let sent = play(&mut playhead, 30, Duration::from_millis(buffer));
            for (clock, tag) in &sent {
                let early = tag.timestamp.since(Timestamp(*clock));
                assert!(early <= ahead, "{early} ms ahead of a buffer of {buffer} ms");
                assert!(early > ahead - 40 || *clock == 0, "{early} ms ahead: late");
            }
        }
    }

    #[test]
    fn passes_follow_each_other_without_a_step_back_or_a_gap() {
        let file = file();
        let mut playhead = Playhead::new(file.clone(), true, PlayFrom::Any, None);
        let sent = play(&mut playhead, 35, Duration::from_secs(3));
        let mut times: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
        for tag in media(&sent).iter().filter(|tag| tag.payload[1] == 1) {
            times.entry(tag.payload[0] & 0x0f).or_default().push(tag.timestamp.0);
        }
        for (kind, times) in times {
            let steps: Vec<u32> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(steps.iter().all(|step| *step == 40), "{kind}: {steps:?}");
            assert!(*times.last().unwrap() > 37_000);
        }
        assert_eq!(sent.iter().filter(|(_, tag)| tag.kind == TagKind::Script).count(), 1);
    }

    #[test]
    fn a_seek_starts_at_the_key_frame_before_with_the_headers_sent_again() {
        let mut playhead = Playhead::new(file(), false, PlayFrom::Any, None);
        play(&mut playhead, 2, Duration::from_secs(3));
        assert_eq!(playhead.seek(Timestamp(7500)), Timestamp(7000));
        let due = playhead.due(Timestamp(2000), Duration::from_secs(1), 1 << 20);
        let first: Vec<(u32, &[u8])> =
            due.tags.iter().skip(1).map(|tag| (tag.timestamp.0, &tag.payload[..2])).collect();
        assert_eq!(
            first[..3],
            [(7000, &[0x17, 0][..]), (7000, &[0xaf, 0][..]), (7000, &[0x17, 1][..])]
        );
        assert_eq!(due.tags.last().unwrap().timestamp, Timestamp(8000));
        assert_eq!(playhead.seek(Timestamp(1_000_000)), Timestamp(9000));
    }

    #[test]
    fn a_seek_in_a_file_that_repeats_stays_on_the_viewers_time_line() {
        let mut playhead = Playhead::new(file(), true, PlayFrom::Any, None);
        assert_eq!(playhead.seek(Timestamp(25_300)), Timestamp(25_000));
        let sent = play(&mut playhead, 10, Duration::from_secs(1));
        assert_eq!(sent.last().unwrap().1.timestamp, Timestamp(25_000 + 9960 + 1000));
    }

    #[test]
    fn start_and_length_are_kept() {
        let from = PlayFrom::At(Duration::from_millis(3200));
        let length = Some(Duration::from_secs(2));
        let mut playhead = Playhead::new(file(), true, from, length);
        let sent = play(&mut playhead, 30, Duration::from_secs(1));
        assert_eq!(sent[0].1.timestamp, Timestamp(3000));
        assert_eq!(sent.last().unwrap().1.timestamp, Timestamp(5160));
    }

    #[test]
    fn a_clock_that_stands_still_fills_the_buffer_and_no_more() {
        let mut playhead = Playhead::new(file(), true, PlayFrom::Any, None);
        let buffer = Duration::from_secs(3);
        assert!(!playhead.due(Timestamp(0), buffer, 1 << 20).tags.is_empty());
        assert!(playhead.due(Timestamp(0), buffer, 1 << 20).tags.is_empty());
        let longer = playhead.due(Timestamp(0), Duration::from_secs(5), 1 << 20);
        assert_eq!(longer.tags.last().unwrap().timestamp, Timestamp(5000));
    }

    #[test]
    fn what_exceeds_the_room_comes_with_the_next_call() {
        let mut playhead = Playhead::new(file(), true, PlayFrom::Any, None);
        let due = playhead.due(Timestamp(0), Duration::from_secs(3), 90);
        assert_eq!(due.rest, Duration::ZERO);
        assert!(media_bytes(&due.tags) > 90 && media_bytes(&due.tags) < 110);
        let rest = playhead.due(Timestamp(0), Duration::from_secs(3), 1 << 20);
        assert_eq!(rest.tags.last().unwrap().timestamp, Timestamp(3000));
    }

    fn media_bytes(tags: &[Tag]) -> usize {
        tags.iter().filter(|tag| tag.kind != TagKind::Script).map(|tag| tag.payload.len()).sum()
    }

    #[test]
    fn a_file_without_frames_ends_at_once_even_if_it_repeats() {
        let mut writer = flv::Writer::new(Vec::new(), false, true).unwrap();
        let header = vec![0x17, 0, 0, 0, 0, 1];
        let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload: header.into() };
        writer.write(&tag).unwrap();
        let file = Arc::new(flv::File::from_bytes(writer.into_inner().into()).unwrap());
        let mut playhead = Playhead::new(file, true, PlayFrom::Any, None);
        assert_eq!(playhead.due(Timestamp(0), Duration::ZERO, 1 << 20).tags.len(), 2);
        assert!(playhead.due(Timestamp(40), Duration::ZERO, 1 << 20).is_end);
    }
}
