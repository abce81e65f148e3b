//! From samples to the audio of a loop, by an encoder.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::loop_frame_out::LoopFrameOut;
use super::loop_sound_event::{LoopSoundEventHandler, SoundOut};
use crate::handler::{HandlerResult, MediaOut};
use crate::media::audio::Codec;
use crate::media::codec::CodecError;
use crate::media::codec::sound::{AudioData, AudioEncoder, AudioFormat, Resampler};
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::amf::Object;
use crate::sync::lock;

/// Sound that is later than this is left out: the loop has rested meanwhile.
const LATEST: Duration = Duration::from_secs(1);

/// Counts what an encoder was given and what came out, in samples of one channel.
#[derive(Debug, Default)]
struct Places {
    given: u64,
    sent: u64,
    /// How much later decoders put out the sound.
    delay: u64,
    /// The places in what was given where a new time begins, and that time.
    times: VecDeque<(u64, u64)>,
}

impl Places {
    /// Says that the next sample that is given has this time.
    fn begin_at(&mut self, time: u64) {
        self.times.push_back((self.given, time));
    }

    /// Returns the time of the next frame, which has so many samples. If a new time begins within
    /// the frame, it counts: what is older is of no use any more.
    fn send(&mut self, samples: u32) -> u64 {
        let place = self.sent;
        self.sent += u64::from(samples);
        while self.times.get(1).is_some_and(|(begins_at, _)| *begins_at < self.sent) {
            self.times.pop_front();
        }
        let (begins_at, time) = self.times.front().copied().unwrap_or_default();
        (time + place).saturating_sub(begins_at + self.delay)
    }
}

/// The sound of a loop: its handler, and an encoder.
pub(crate) struct SoundTrack {
    handler: Box<dyn LoopSoundEventHandler>,
    encoder: Box<dyn AudioEncoder>,
    codec: Codec,
    /// The format of the handler.
    format: AudioFormat,
    /// The format of the encoder.
    encoded: AudioFormat,
    resampler: Resampler,
    /// What the encoder returned from `init`, until it is sent.
    header: Option<AudioData>,
    /// What the metadata say of the sound, until they are sent.
    metadata: Option<Object>,
    /// The next sample of the handler. `None` before the first frame.
    next_sample: Option<u64>,
    /// Where the sound goes on after a rest, and where it is sent.
    places: Places,
}

impl SoundTrack {
    /// Initialises the encoder.
    pub(crate) fn new(
        handler: Box<dyn LoopSoundEventHandler>,
        mut encoder: Box<dyn AudioEncoder>,
        codec: Codec,
        format: AudioFormat,
    ) -> Result<Self, CodecError> {
        let encoded = encoder.supported_format(format);
        let header = encoder.init(encoded)?;
        let places = Places { delay: encoder.delay().into(), ..Places::default() };
        let metadata = Object::new()
            .with("audiocodecid", codec.as_number())
            .with("audiosamplerate", encoded.sample_rate)
            .with("audiosamplesize", 16)
            .with("stereo", encoded.channels > 1);
        Ok(Self {
            handler,
            encoder,
            codec,
            format,
            encoded,
            resampler: Resampler::new(format, encoded),
            header,
            metadata: Some(metadata),
            next_sample: None,
            places,
        })
    }

    /// Returns what the metadata say of the sound, once.
    pub(crate) fn take_metadata(&mut self) -> Option<Object> {
        self.metadata.take()
    }

    /// Makes the sound up to `now`. `origin` is the start of the loop's clock. The first call
    /// returns the header alone: whoever waits for the first frame must know that there is sound.
    pub(crate) fn make(&mut self, origin: Instant, now: Instant) -> HandlerResult<Vec<Tag>> {
        let end = samples_in(now.saturating_duration_since(origin), self.format.sample_rate);
        let latest = samples_in(LATEST, self.format.sample_rate);
        let first = match self.next_sample {
            Some(next) if end.saturating_sub(next) <= latest => next,
            _ => {
                self.begin_at(end);
                end
            }
        };
        self.next_sample = Some(end.max(first));
        let mut data: Vec<AudioData> = self.header.take().into_iter().collect();
        if let Ok(count @ 1..) = usize::try_from(end.saturating_sub(first)) {
            data.extend(self.encode(origin, first, count)?);
        }
        Ok(data.iter().filter_map(|data| self.tag(data)).collect())
    }

    /// Lets the handler make so many samples, and encodes them.
    fn encode(
        &mut self,
        origin: Instant,
        first: u64,
        count: usize,
    ) -> HandlerResult<Vec<AudioData>> {
        let mut out = SoundOut::new(self.format, origin, first, count);
        if !self.handler.sound(&mut out)? {
            return Err("the handler said so".into());
        }
        let samples = self.resampler.convert(out.samples());
        self.places.given += samples.len() as u64 / u64::from(self.encoded.channels.max(1));
        Ok(self.encoder.encode(&samples)?)
    }

    /// Returns what is left when the loop ends.
    pub(crate) fn close(&mut self) -> HandlerResult<Vec<Tag>> {
        let data = self.encoder.close()?;
        Ok(data.iter().filter_map(|data| self.tag(data)).collect())
    }

    /// Begins at a sample of the handler.
    fn begin_at(&mut self, sample: u64) {
        let (from, to) = (self.format.sample_rate, self.encoded.sample_rate);
        self.places.begin_at(sample.saturating_mul(to.into()) / u64::from(from.max(1)));
        self.resampler = Resampler::new(self.format, self.encoded);
    }

    fn tag(&mut self, data: &AudioData) -> Option<Tag> {
        let samples = self.places.send(data.samples);
        let milliseconds =
            samples.saturating_mul(1000) / u64::from(self.encoded.sample_rate.max(1));
        // Timestamps wrap, so only the low bits count.
        #[allow(clippy::cast_possible_truncation, reason = "wraps as timestamps do")]
        let timestamp = Timestamp(milliseconds as u32);
        let payload = data.to_tag_body(self.codec, self.encoded)?;
        Some(Tag { kind: TagKind::Audio, timestamp, payload })
    }
}

/// The sound of a loop, if it has any.
#[derive(Debug, Default)]
pub(crate) struct SoundSlot(Mutex<Option<SoundTrack>>);

impl SoundSlot {
    /// Replaces the sound. Waits for a call of its handler.
    pub(crate) fn set(&self, sound: Option<SoundTrack>) {
        // Dropped without the lock: a handler's own drop may use the loop.
        let _former = std::mem::replace(&mut *lock(&self.0), sound);
    }

    /// Puts the sound up to `now`. `origin` is the start of the loop's clock. The lock is held
    /// while the handler runs.
    pub(crate) fn put(
        &self,
        out: &mut LoopFrameOut,
        origin: Instant,
        now: Instant,
    ) -> HandlerResult {
        if let Some(sound) = &mut *lock(&self.0) {
            out.tags(sound.make(origin, now)?);
            out.set_sound_metadata(sound.take_metadata());
        }
        Ok(true)
    }

    /// Puts what is left when the loop ends.
    pub(crate) fn close(&self, out: &mut MediaOut) -> HandlerResult {
        let sound = lock(&self.0).take();
        if let Some(mut sound) = sound {
            out.tags(sound.close()?);
        }
        Ok(true)
    }
}

impl std::fmt::Debug for SoundTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoundTrack").field("codec", &self.codec).finish_non_exhaustive()
    }
}

fn samples_in(duration: Duration, sample_rate: u32) -> u64 {
    let rate = u64::from(sample_rate);
    let rest = u64::from(duration.subsec_nanos()) * rate / 1_000_000_000;
    duration.as_secs().saturating_mul(rate).saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{AudioData, AudioEncoder, AudioFormat, CodecError, SoundOut, SoundTrack};
    use crate::media::codec::sound::{AudioDataKind, PcmEncoder, audio_carried_as};

    fn track(format: AudioFormat) -> SoundTrack {
        let encoder: Box<dyn AudioEncoder> = Box::new(PcmEncoder::new());
        // Each sample tells its second.
        let handler = move |out: &mut SoundOut| {
            let second = out.first_sample() / u64::from(format.sample_rate);
            out.samples_mut().fill(second as f32 / 100.0);
            Ok(true)
        };
        SoundTrack::new(Box::new(handler), encoder, audio_carried_as("pcm").unwrap(), format)
            .unwrap()
    }

    #[test]
    fn no_sample_is_lost_or_made_twice_whatever_the_distance_of_the_frames() {
        let origin = Instant::now();
        let mut track = track(AudioFormat { sample_rate: 44_100, channels: 1 });
        let start = Duration::from_millis(500);
        assert_eq!(track.make(origin, origin + start).unwrap(), []);
        let (mut bytes, mut now) = (0, start);
        for step in [40, 41, 0, 7, 900, 33, 1, 78].repeat(9) {
            now += Duration::from_millis(step);
            for tag in track.make(origin, origin + now).unwrap() {
                let expected = 500 + bytes as u32 / 2 * 10 / 441;
                assert_eq!(tag.timestamp.0, expected);
                bytes += tag.payload.len() - 1;
            }
        }
        let passed = now - start;
        assert_eq!(bytes / 2, passed.as_millis() as usize * 441 / 10);
    }

    #[test]
    fn after_a_rest_the_sound_goes_on_with_the_present() {
        let origin = Instant::now();
        let at = |ms| origin + Duration::from_millis(ms);
        let mut track = track(AudioFormat { sample_rate: 8_000, channels: 2 });
        track.make(origin, at(1_000)).unwrap();
        let first = track.make(origin, at(1_040)).unwrap();
        assert_eq!(first[0].timestamp.0, 1_000);
        assert_eq!(track.make(origin, at(90_000)).unwrap(), []);
        let next = track.make(origin, at(90_040)).unwrap();
        assert_eq!(next[0].timestamp.0, 90_000);
        // 44.1 kHz, 16 bits, stereo, and some samples that wait for those after them.
        assert_eq!(next[0].payload[0], 0x3f);
        let samples = (next[0].payload.len() - 1) / 4;
        assert!((1_600..=1_764).contains(&samples), "{samples}");
    }

    /// Frames of 100 samples at 1 kHz. A decoder puts the sound out 30 samples later.
    struct Late {
        waiting: usize,
    }

    impl AudioEncoder for Late {
        fn supported_format(&self, wanted: AudioFormat) -> AudioFormat {
            AudioFormat { sample_rate: 1_000, ..wanted }
        }

        fn init(&mut self, _: AudioFormat) -> Result<Option<AudioData>, CodecError> {
            let bytes = b"header".as_slice().into();
            Ok(Some(AudioData { kind: AudioDataKind::SequenceHeader, bytes, samples: 0 }))
        }

        fn set_parameter(&mut self, _: &str, _: &str) -> bool {
            false
        }

        fn parameter(&self, _: &str) -> Option<String> {
            None
        }

        fn delay(&self) -> u32 {
            30
        }

        fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
            let frame = AudioData {
                kind: AudioDataKind::Frame,
                bytes: b"frame".as_slice().into(),
                samples: 100,
            };
            let whole = self.waiting + samples.len();
            self.waiting = whole % 100;
            Ok(vec![frame; whole / 100])
        }

        fn close(&mut self) -> Result<Vec<AudioData>, CodecError> {
            Ok(Vec::new())
        }

        fn identifier(&self) -> &str {
            "late"
        }
    }

    #[test]
    fn frames_and_delay_of_an_encoder_move_no_sound() {
        let origin = Instant::now();
        let quiet = |_: &mut SoundOut| Ok(true);
        let format = AudioFormat { sample_rate: 1_000, channels: 1 };
        let opus = audio_carried_as("opus").unwrap();
        let encoder = Box::new(Late { waiting: 0 });
        let mut track = SoundTrack::new(Box::new(quiet), encoder, opus, format).unwrap();
        let mut at = |ms: u64| {
            let tags = track.make(origin, origin + Duration::from_millis(ms)).unwrap();
            tags.iter().map(|tag| (tag.timestamp.0, tag.payload[0])).collect::<Vec<_>>()
        };
        // The header goes first. It has the time of the frame that follows.
        assert_eq!(at(1_000), [(970, 0x90)]);
        assert_eq!(at(1_080), []);
        assert_eq!(at(1_240), [(970, 0x91), (1_070, 0x91)]);
        // After a rest, 40 samples from before it are still in the encoder.
        assert_eq!(at(9_000), []);
        assert_eq!(at(9_260), [(8_930, 0x91), (9_030, 0x91), (9_130, 0x91)]);
        assert_eq!(at(9_300), []);
    }
}
