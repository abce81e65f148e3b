//! An encoder that returns its pictures later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;

use rendercast::client::Player;
use rendercast::media::codec::{
    CodecError, VideoCodecFactory, VideoData, VideoDataKind, VideoDecoder, VideoEncoder,
    VideoPlugin,
};
use rendercast::media::{Canvas, PixelType, VideoHeader};
use rendercast::{
    HandlerResult, LoopCanvas, LoopCommands, RenderLoop, RenderLoopConfig, Tag, TagKind, Timestamp,
};

use super::{CODEC, flicker, host_of};
use crate::support::{PATIENCE, Received};

/// From a picture to its presentation, in milliseconds.
const DELAY: i32 = 300;

/// A codec whose frames are the first byte of the picture before.
struct Late;

#[derive(Default)]
struct Encoder {
    /// The first byte and the time of the last picture.
    last: Option<(u8, Timestamp)>,
    frames: u32,
}

impl VideoPlugin for Late {
    fn name(&self) -> &str {
        CODEC
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some(Box::new(Encoder::default()))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        None
    }
}

impl Encoder {
    /// Returns the frame of the last picture, if there was one. `now` is the time of this call.
    fn frame(&mut self, now: Timestamp) -> Option<VideoData> {
        let (mark, drawn) = self.last?;
        let is_first = self.frames == 0;
        self.frames += 1;
        let kind = if is_first { VideoDataKind::KeyFrame } else { VideoDataKind::InterFrame };
        let shown = drawn.0.wrapping_sub(now.0).cast_signed() + DELAY;
        Some(VideoData::new(kind, vec![mark]).with_composition_time(shown))
    }
}

impl VideoEncoder for Encoder {
    fn init(&mut self, _: u32, _: u32) -> Result<Option<VideoData>, CodecError> {
        Ok(None)
    }

    fn set_parameter(&mut self, _: &str, _: &str) -> bool {
        false
    }

    fn parameter(&self, _: &str) -> Option<String> {
        None
    }

    fn supported_types(&self) -> &[PixelType] {
        // A renderer that says nothing gets no planes.
        &[PixelType::I420, PixelType::Grey8]
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let now = canvas.timestamp().ok_or_else(|| CodecError::Failed("no time".into()))?;
        let frame = self.frame(now);
        assert_eq!(canvas.pixel_type(), PixelType::Grey8);
        self.last = Some((canvas.bytes()[0], now));
        Ok(frame)
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        let now = self.last.map_or(Timestamp(0), |(_, drawn)| drawn);
        Ok(self.frame(now).into_iter().collect())
    }

    fn identifier(&self) -> &str {
        "late"
    }
}

/// Returns when a tag is shown, and its frame.
fn shown(tag: &Tag) -> (i64, u8) {
    let header = VideoHeader::parse(&tag.payload).expect("a whole header");
    let time = i64::from(tag.timestamp.0) + i64::from(header.composition_time);
    (time, tag.payload[header.length])
}

/// Starts a loop with this codec, 50 times a second.
fn late_loop(
    renderer: impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static,
) -> Arc<RenderLoop> {
    let factory = VideoCodecFactory::default();
    factory.add(Arc::new(Late)).expect("the name is free");
    let config = RenderLoopConfig::new("late").size(4, 2).rate(50.0);
    Arc::new(RenderLoop::new(config, &factory, CODEC, renderer).expect("it starts"))
}

#[test]
fn the_frame_that_shows_a_command_is_that_of_its_picture() {
    let scene = Arc::new(AtomicU8::new(1));
    let drawn = Arc::clone(&scene);
    let render_loop = late_loop(move |canvas| {
        canvas.row_mut(0).fill(drawn.load(Ordering::SeqCst));
        Ok(true)
    });
    let host = host_of(&render_loop);
    let mut client = host.client();
    client.play_new("scene");
    client.next_media();
    for new in 2..8 {
        let (scene, (tell, told)) = (Arc::clone(&scene), mpsc::channel());
        let set = move || Ok(u32::from(scene.swap(new, Ordering::SeqCst)).into());
        let commands = LoopCommands::of(set).wait_for_frame();
        let commands = commands.on_outcome(move |outcome| tell.send(outcome).expect("it waits"));
        render_loop.execute(commands).expect("there is room");
        let mut announced = None;
        let (frame, name) = client.until(|received| match received {
            Received::Data { name, timestamp, .. } if name == "onCommandsShown" => {
                assert_eq!(announced.replace(timestamp), None, "{new}: it comes once");
                None
            }
            Received::Media(media) if media.tag.kind == TagKind::Video => {
                let (_, mark) = shown(&media.tag);
                assert_eq!(mark == new, announced.is_some(), "{new}: just before its frame");
                (mark == new).then_some((media.tag.timestamp.0, announced))
            }
            _ => None,
        });
        assert_eq!(name, Some(frame), "{new}: the message has the time of the frame");
        let outcome = told.recv_timeout(PATIENCE).expect("an outcome").expect("the loop runs");
        assert!(outcome.frame.is_some(), "{new}");
    }
}

#[test]
fn pictures_are_shown_as_far_apart_as_they_were_drawn_and_the_last_one_too() {
    const FRAMES: usize = 30;
    let scene = late_loop(flicker());
    let host = host_of(&scene);
    let url = format!("rtmp://{}/live/scene", host.address);
    let mut tags = Player::open(&url).expect("it plays").map(|tag| tag.expect("it goes on"));
    let video = |tag: &Tag| tag.kind == TagKind::Video;
    let mut seen: Vec<Tag> = tags.by_ref().filter(video).take(FRAMES).collect();
    scene.end();
    seen.extend(tags.filter(video));

    // The first may be those that a viewer catches up with.
    let seen = &seen[10..];
    let (last, sent) = seen.split_last().expect("some");
    for three in sent.windows(3) {
        let [(_, _), (before, mark), (time, next)] = [&three[0], &three[1], &three[2]].map(shown);
        // A renderer that is late is shown again, and one that makes up for it leaves some out.
        assert!(next.wrapping_sub(mark) < 128, "pictures are shown in order: {mark} {next}");
        let drawn = three[1].timestamp.since(three[0].timestamp);
        assert_eq!(time - before, i64::from(drawn), "{before} {time}");
    }
    // What the encoder had left is sent at the end of the loop, however late that is. It says how
    // long after that its picture is shown.
    let before = sent.last().expect("some");
    assert_eq!(shown(last).0 - i64::from(last.timestamp.0), i64::from(DELAY), "{last:?}");
    assert!(shown(last).1.wrapping_sub(shown(before).1) < 128, "{before:?} {last:?}");
    assert!(last.timestamp.since(before.timestamp) > 0, "{before:?} {last:?}");
}
