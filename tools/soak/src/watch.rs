//! What one viewer sees of its stream, from the first SYN on.

use std::time::{Duration, Instant};

use rendercast::protocol::Timestamp;
use rendercast::protocol::chunk::{Message, MessageType};

use crate::clock;

/// A viewer that hears nothing for so long, and has nothing left to show, stalls.
const STALL: Duration = Duration::from_secs(3);

/// A step of so much media time, in milliseconds, is a hole.
const HOLE: i32 = 1000;

/// How far a viewer may lag behind before it counts: a frame, a sweep, and the scheduler.
const TOLERANCE: f64 = 0.25;

/// What one viewer has seen.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    started: Instant,
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
    /// From the start to the first frame that can be shown.
    pub(crate) first_key_frame: Option<Duration>,
    pub(crate) jumps_back: u64,
    pub(crate) holes: u64,
    pub(crate) stalls: u64,
    is_stalled: bool,
    first: Option<(Instant, Timestamp)>,
    pub(crate) heard: Instant,
    /// For how many seconds there was nothing to show, after the first.
    dry: f64,
    /// The last timestamp of audio and of video.
    last: [Option<Timestamp>; 2],
    /// Media time received, in milliseconds.
    reached: i32,
    /// How old frames were, and when they came, if that is noted.
    pub(crate) ages: Option<Vec<(Instant, Duration)>>,
}

impl Watch {
    /// A viewer that starts to connect now.
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            started: now,
            bytes: 0,
            messages: 0,
            first_key_frame: None,
            jumps_back: 0,
            holes: 0,
            stalls: 0,
            is_stalled: false,
            first: None,
            heard: now,
            dry: 0.0,
            last: [None; 2],
            reached: 0,
            ages: None,
        }
    }

    /// Notes a message of audio or video.
    pub(crate) fn media(&mut self, now: Instant, message: &Message) {
        self.messages += 1;
        self.heard = now;
        self.is_stalled = false;
        let is_video = message.message_type == MessageType::VIDEO;
        if let Some(ages) = &mut self.ages {
            ages.extend(clock::age(&message.payload).map(|age| (now, age)));
        }
        let content = Content::of(is_video, &message.payload);
        if content == Content::Configuration {
            return;
        }
        if content == Content::KeyFrame && self.first_key_frame.is_none() {
            self.first_key_frame = Some(now - self.started);
        }
        let (_, start) = *self.first.get_or_insert((now, message.timestamp));
        self.dry = self.dry_until(now);
        self.reached = self.reached.max(message.timestamp.since(start));
        self.step(usize::from(is_video), message.timestamp);
    }

    fn step(&mut self, track: usize, timestamp: Timestamp) {
        if let Some(last) = self.last[track].replace(timestamp) {
            let step = timestamp.since(last);
            self.jumps_back += u64::from(step < 0);
            self.holes += u64::from(step > HOLE);
        }
    }

    /// Notes a stall, once, where there is one.
    pub(crate) fn check(&mut self, now: Instant) {
        if !self.is_stalled && now - self.heard > STALL && self.lead(now).is_none_or(|s| s < 0.0) {
            self.is_stalled = true;
            self.stalls += 1;
        }
    }

    /// How many seconds of media are left to show, for a viewer that shows each piece as soon as it
    /// can; none before the first.
    fn lead(&self, now: Instant) -> Option<f64> {
        let (start, _) = self.first?;
        Some(f64::from(self.reached) / 1000.0 - (now - start).as_secs_f64())
    }

    /// How long a viewer that goes on as soon as it can has had nothing to show: its clock falls
    /// behind by the largest lag that there was. What is made up for later stays late.
    fn dry_until(&self, now: Instant) -> f64 {
        self.lead(now).map_or(0.0, |lead| self.dry.max(-lead))
    }

    /// For which part of the time since the first media there was something to show, from 0 to 1.
    pub(crate) fn delivered(&self, now: Instant) -> f64 {
        let Some((start, _)) = self.first else { return 0.0 };
        let (passed, dry) = ((now - start).as_secs_f64(), self.dry_until(now));
        if dry <= TOLERANCE { 1.0 } else { (1.0 - dry / passed).max(0.0) }
    }
}

/// What the first two bytes of a payload say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// For the decoder, not for the viewer: its timestamp says nothing.
    Configuration,
    KeyFrame,
    Other,
}

impl Content {
    /// Reads the tag headers of FLV and of enhanced RTMP.
    fn of(is_video: bool, payload: &[u8]) -> Self {
        let [first, second, ..] = *payload else { return Self::Other };
        let is_configuration = match (is_video, first) {
            (true, 0x80..) | (false, 0x90..=0x9f) => first & 0x0f == 0,
            (true, _) => first & 0x0f == 7 && second == 0,
            (false, _) => first >> 4 == 10 && second == 0,
        };
        if is_configuration {
            Self::Configuration
        } else if is_video && first >> 4 & 7 == 1 {
            Self::KeyFrame
        } else {
            Self::Other
        }
    }
}

/// Whether a video payload is a frame that can be shown without those before it.
pub(crate) fn is_key_frame(payload: &[u8]) -> bool {
    Content::of(true, payload) == Content::KeyFrame
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use bytes::Bytes;
    use rendercast::protocol::chunk::{Message, MessageType};
    use rendercast::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

    use super::Watch;

    const KEY_FRAME: [u8; 2] = [0x17, 1];
    const INTER_FRAME: [u8; 2] = [0x27, 1];
    const CONFIGURATION: [u8; 2] = [0x17, 0];

    /// What is seen of frames that arrive some milliseconds after the first SYN.
    fn watch(frames: &[(u64, u32, [u8; 2])]) -> (Instant, Watch) {
        let start = Instant::now();
        let mut watch = Watch::new(start);
        for &(at, timestamp, payload) in frames {
            let message = Message {
                chunk_stream_id: ChunkStreamId::VIDEO,
                message_stream_id: MessageStreamId(1),
                timestamp: Timestamp(timestamp),
                message_type: MessageType::VIDEO,
                payload: Bytes::copy_from_slice(&payload),
            };
            watch.media(start + Duration::from_millis(at), &message);
        }
        (start, watch)
    }

    #[test]
    fn a_burst_covers_a_silence_of_its_own_length_and_no_more() {
        let burst = [(100, 7000, KEY_FRAME), (100, 10_000, INTER_FRAME)];
        let (start, mut seen) = watch(&burst);
        let after = |seconds| start + Duration::from_millis(100) + Duration::from_secs(seconds);
        assert!((seen.delivered(after(3)) - 1.0).abs() < 1e-9);
        assert!((seen.delivered(after(6)) - 0.5).abs() < 1e-9, "3 s of media in 6 s");
        seen.check(after(3));
        assert_eq!(seen.stalls, 0);
        seen.check(after(4));
        seen.check(after(5));
        assert_eq!(seen.stalls, 1, "one stall, however long");
    }

    #[test]
    fn what_comes_late_stays_late_when_it_is_made_up_for() {
        let frames = [(0, 0, KEY_FRAME), (4000, 0, INTER_FRAME), (4000, 10_000, INTER_FRAME)];
        let (start, seen) = watch(&frames);
        assert!((seen.delivered(start + Duration::from_secs(8)) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn steps_back_and_over_a_second_are_counted() {
        let frames = [(1, 0, KEY_FRAME), (2, 1000, INTER_FRAME), (3, 2001, INTER_FRAME)];
        let (_, seen) = watch(&frames);
        assert_eq!((seen.jumps_back, seen.holes), (0, 1));
        let (_, seen) = watch(&[(1, 40, KEY_FRAME), (2, 0, INTER_FRAME), (3, 0, INTER_FRAME)]);
        assert_eq!((seen.jumps_back, seen.holes), (1, 0));
    }

    #[test]
    fn a_decoders_configuration_is_neither_a_key_frame_nor_a_point_in_time() {
        let frames = [(1, 0, CONFIGURATION), (2, 90_000, INTER_FRAME), (9, 90_040, KEY_FRAME)];
        let (_, seen) = watch(&frames);
        assert_eq!(seen.first_key_frame, Some(Duration::from_millis(9)));
        assert_eq!(seen.holes, 0);
    }

    #[test]
    fn a_viewer_that_never_sees_anything_has_stalled_and_got_nothing() {
        let (start, mut seen) = watch(&[]);
        let end = start + Duration::from_secs(4);
        seen.check(end);
        assert_eq!((seen.stalls, seen.delivered(end)), (1, 0.0));
    }
}
