//! Streams that use a codec: the header that the server puts in front, and the encoder's life.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rendercast::amf::{Object, Value};
use rendercast::client::Player;
use rendercast::media::codec::{
    CodecError, VideoCodecFactory, VideoData, VideoDataKind, VideoDecoder, VideoEncoder,
    VideoPlugin,
};
use rendercast::media::{Canvas, PixelType};
use rendercast::{FrameOut, HandlerResult, PlayOut, Server, ServerConfig, Stream, Tag, TagKind};

use crate::support::{Host, Received, Told, on_streams};

/// A codec with numbered encoders that tell what is asked of them.
struct Numbered {
    name: &'static str,
    encoders: AtomicU8,
    told: Told,
}

struct Encoder {
    number: u8,
    state: State,
    frames: u8,
    told: Told,
}

#[derive(PartialEq)]
enum State {
    New,
    Open,
    Closed,
}

/// An encoder returns its own number, and the number of the frame or one of these.
const SEQUENCE_HEADER: u8 = b'h';
const LEFT: u8 = b'l';

impl VideoPlugin for Numbered {
    fn name(&self) -> &str {
        self.name
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        let number = self.encoders.fetch_add(1, Ordering::Relaxed) + 1;
        Some(Box::new(Encoder { number, state: State::New, frames: 0, told: self.told.clone() }))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        None
    }
}

impl Encoder {
    fn data(&self, kind: VideoDataKind, what: u8) -> Option<VideoData> {
        Some(VideoData::new(kind, vec![self.number, what]))
    }
}

impl VideoEncoder for Encoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        if self.state != State::New {
            return Err(CodecError::AlreadyInitialised);
        }
        self.state = State::Open;
        self.told.note(format!("{}: init {width}x{height}", self.number));
        Ok(self.data(VideoDataKind::SequenceHeader, SEQUENCE_HEADER))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.told.note(format!("{}: {name} = {value}", self.number));
        name == "quality"
    }

    fn parameter(&self, _: &str) -> Option<String> {
        None
    }

    fn supported_types(&self) -> &[PixelType] {
        &[PixelType::Grey8]
    }

    fn encode_canvas(&mut self, _: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        if self.state != State::Open {
            return Err(CodecError::NotInitialised);
        }
        self.frames += 1;
        match self.frames {
            1 => Ok(self.data(VideoDataKind::KeyFrame, 1)),
            // One frame is left out.
            2 => Ok(None),
            number => Ok(self.data(VideoDataKind::InterFrame, number)),
        }
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        if self.state != State::Open {
            return Err(CodecError::NotInitialised);
        }
        self.state = State::Closed;
        self.told.note(format!("{}: close", self.number));
        Ok(self.data(VideoDataKind::InterFrame, LEFT).into_iter().collect())
    }

    fn identifier(&self) -> &str {
        "numbers, version 1"
    }
}

fn canvas() -> Canvas<'static> {
    Canvas::new(4, 2, PixelType::Grey8).expect("a size")
}

/// Starts a server whose streams use a codec of that name. They begin it at the play, and encode
/// from then on.
fn host_with(codec: &'static str, told: &Told) -> Host {
    let host = Host::start(on_streams(move |stream| {
        assert!(stream.use_codec(codec), "{codec}");
        register_play(stream);
        register_frames(stream);
    }));
    add(host.server.video_codec_factory(), codec, told);
    host
}

fn add(factory: &VideoCodecFactory, name: &'static str, told: &Told) {
    let plugin = Numbered { name, encoders: AtomicU8::new(0), told: told.clone() };
    factory.add(Arc::new(plugin)).expect("the name is free");
}

fn register_play(stream: &Stream) {
    stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
        let codec = stream.video_codec().ok_or("no codec")?;
        out.video(codec.init(4, 2)?);
        Ok(true)
    });
}

fn register_frames(stream: &Stream) {
    stream.register_frame_event_handler(
        |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            let codec = stream.video_codec().ok_or("no codec")?;
            out.video(codec.encode_canvas(&canvas())?);
            Ok(true)
        },
    );
}

/// Returns the first `count` video tags that a player gets.
fn watch(host: &Host, count: usize) -> Vec<Tag> {
    let player = Player::open(&format!("rtmp://{}/live/scene", host.address)).expect("it plays");
    let tags = player.map(|tag| tag.expect("the server goes on"));
    tags.filter(|tag| tag.kind == TagKind::Video).take(count).collect()
}

fn payloads(tags: &[Tag]) -> Vec<&[u8]> {
    tags.iter().map(|tag| &tag.payload[..]).collect()
}

#[test]
fn the_server_puts_the_codecs_header_in_front() {
    let table: [(&'static str, &[&[u8]]); 3] = [
        // A codec for which FLV has no sequence header gets none.
        ("sorenson", &[b"\x12\x01\x01", b"\x22\x01\x03"]),
        ("h264", &[b"\x17\0\0\0\0\x01h", b"\x17\x01\0\0\0\x01\x01", b"\x27\x01\0\0\0\x01\x03"]),
        ("hevc", &[b"\x90hvc1\x01h", b"\x93hvc1\x01\x01", b"\xa3hvc1\x01\x03"]),
    ];
    let bundled = VideoCodecFactory::default().names();
    for (codec, expected) in table {
        if bundled.iter().any(|name| name == codec) {
            continue;
        }
        let host = host_with(codec, &Told::default());
        assert_eq!(payloads(&watch(&host, expected.len())), expected, "{codec}");
    }
}

#[test]
fn a_codec_that_is_not_there_or_cannot_be_carried_is_not_used() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream| {
        assert!(stream.video_codec().is_none());
        for name in ["sorenson", "no such codec", "mjpeg", "", "vp6", "VP6"] {
            noted.note(format!("{name}: {}", stream.use_codec(name)));
        }
        // Later settings have not changed it.
        assert!(!stream.use_codec("sorenson"));
        let codec = stream.video_codec().expect("the last one that there is");
        noted.note(format!("{} {}", codec.name(), codec.identifier()));
        assert_eq!(codec.supported_types(), [PixelType::Grey8]);
    }));
    let factory = host.server.video_codec_factory();
    add(factory, "vp6", &Told::default());
    // The codec is registered, but RTMP has no number for it.
    add(factory, "mjpeg", &Told::default());
    assert!(factory.create_video_encoder("mjpeg").is_some());
    host.client().create_stream();
    let expected = [
        "sorenson: false",
        "no such codec: false",
        "mjpeg: false",
        ": false",
        "vp6: true",
        "VP6: true",
        "VP6 numbers, version 1",
    ];
    assert_eq!(told.all(), expected);
}

#[test]
fn each_stream_and_each_playing_has_an_encoder_of_its_own() {
    let told = Told::default();
    let host = host_with("hevc", &told);
    let mut client = host.client();
    let [first, second] = [client.play_new("one"), client.play_new("two")];
    let encoder_of = |media: &[u8]| media[5];
    let mut seen = Vec::new();
    client.until(|received| {
        if let Received::Media(media) = received {
            seen.push((media.stream, encoder_of(media.payload())));
        }
        let has = |stream| seen.iter().filter(|(other, _)| *other == stream).count() > 2;
        (has(first) && has(second)).then_some(())
    });
    assert!(seen.iter().all(|seen| [(first, 1), (second, 2)].contains(seen)), "{seen:?}");
    // The same stream plays again, with the codec that was set.
    client.play(first, "three");
    told.wait_for("3: init 4x2");
    assert_eq!(told.count("1: close"), 1);
    assert_eq!(told.count("2: close"), 0);
    client.until(|received| match received {
        Received::Media(media) => (encoder_of(media.payload()) == 3).then_some(()),
        _ => None,
    });
}

#[test]
fn the_stop_closes_the_encoder_and_sends_what_it_has_left() {
    let told = Told::default();
    let host = Host::start(on_streams(|stream| {
        assert!(stream.use_codec("hevc"));
        register_play(stream);
        stream.register_frame_event_handler(
            |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                let codec = stream.video_codec().ok_or("no codec")?;
                out.video(codec.encode_canvas(&canvas())?);
                out.end();
                Ok(true)
            },
        );
    }));
    add(host.server.video_codec_factory(), "hevc", &told);
    let player = Player::open(&format!("rtmp://{}/live/scene", host.address)).expect("it plays");
    let tags: Vec<_> = player.map(|tag| tag.expect("the stream ends in order")).collect();
    let video: Vec<_> = tags.into_iter().filter(|tag| tag.kind == TagKind::Video).collect();
    assert_eq!(payloads(&video), [b"\x90hvc1\x01h", b"\x93hvc1\x01\x01", b"\xa3hvc1\x01l"]);
    assert_eq!(told.all(), ["1: init 4x2", "1: close"]);
}

#[test]
fn whichever_way_a_stream_goes_its_encoder_is_closed() {
    let told = Told::default();
    let host = host_with("hevc", &told);
    let mut client = host.client();
    let stream = client.play_new("scene");
    client.close_stream(stream);
    told.wait_for("1: close");
    client.play(stream, "scene");
    client.delete_stream(stream);
    told.wait_for("2: close");
    client.play_new("scene");
    drop(client);
    told.wait_for("3: close");
    host.client().play_new("scene");
    host.server.shutdown();
    assert_eq!(told.count("4: close"), 1);
}

#[test]
fn a_refused_play_leaves_nothing_open() {
    let told = Told::default();
    let host = Host::start(on_streams(|stream| {
        assert!(stream.use_codec("hevc"));
        stream.register_play_event_handler(|stream: &Stream, _: &mut PlayOut| -> HandlerResult {
            stream.video_codec().ok_or("no codec")?.init(4, 2)?;
            Ok(false)
        });
    }));
    add(host.server.video_codec_factory(), "hevc", &told);
    let mut client = host.client();
    let stream = client.create_stream();
    for _ in 0..2 {
        client.ask_to_play(stream, "scene");
        client.wait_for_code("NetStream.Play.Failed");
    }
    assert_eq!(told.all(), ["1: init 4x2", "1: close", "2: init 4x2", "2: close"]);
}

#[test]
fn another_codec_takes_the_place_of_the_former_which_is_closed() {
    let told = Told::default();
    let host = Host::start(on_streams(|stream| {
        stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
            assert!(stream.use_codec("hevc"));
            let former = stream.video_codec().ok_or("no codec")?;
            out.video(former.init(4, 2)?);
            assert!(stream.use_codec("vp9"));
            assert_eq!(former.encode_canvas(&canvas()), Err(CodecError::NotInitialised));
            let codec = stream.video_codec().ok_or("no codec")?;
            out.video(codec.init(2, 2)?);
            assert!(codec.set_parameter("quality", "9") && !codec.set_parameter("x", ""));
            Ok(true)
        });
    }));
    let factory = host.server.video_codec_factory();
    add(factory, "hevc", &told);
    add(factory, "vp9", &told);
    assert_eq!(payloads(&watch(&host, 2)), [b"\x90hvc1\x01h", b"\x90vp09\x01h"]);
    let expected = ["1: init 4x2", "1: close", "1: init 2x2", "1: quality = 9", "1: x = "];
    assert_eq!(told.all()[..5], expected);
}

#[test]
fn without_a_codec_all_goes_out_as_it_is() {
    let host = Host::start(on_streams(|stream| {
        stream.register_play_event_handler(|_: &Stream, out: &mut PlayOut| -> HandlerResult {
            out.video(vec![0x17, 1, 0, 0, 0, 7]);
            let bytes = vec![0x13, 8];
            out.video(VideoData::new(VideoDataKind::KeyFrame, bytes));
            out.video(None);
            out.video(&[0x23, 9][..]);
            Ok(true)
        });
    }));
    let expected: [&[u8]; 3] = [&[0x17, 1, 0, 0, 0, 7], &[0x13, 8], &[0x23, 9]];
    assert_eq!(payloads(&watch(&host, 3)), expected);
}

#[test]
fn with_a_codec_whole_tags_go_out_as_they_are_and_plain_bytes_as_no_key_frame() {
    let host = Host::start(on_streams(|stream| {
        assert!(stream.use_codec("hevc"));
        stream.register_play_event_handler(|_: &Stream, out: &mut PlayOut| -> HandlerResult {
            let payload = vec![0x17, 1, 0, 0, 0, 7].into();
            let timestamp = out.clock();
            out.tag(Tag { kind: TagKind::Video, timestamp, payload });
            out.video(vec![8]);
            Ok(true)
        });
    }));
    add(host.server.video_codec_factory(), "hevc", &Told::default());
    let expected: [&[u8]; 2] = [&[0x17, 1, 0, 0, 0, 7], b"\xa3hvc1\x08"];
    assert_eq!(payloads(&watch(&host, 2)), expected);
}

#[test]
fn servers_have_factories_of_their_own() {
    let [one, other] = [(); 2].map(|()| Server::new(ServerConfig::default()));
    add(one.video_codec_factory(), "hevc", &Told::default());
    assert!(one.video_codec_factory().create_video_encoder("hevc").is_some());
    assert!(other.video_codec_factory().create_video_encoder("hevc").is_none());
}

#[test]
fn players_are_told_what_comes_unless_the_application_tells_them() {
    for data in [None, Some(&b"\x02\0\x01x"[..])] {
        let host = Host::start(on_streams(move |stream| {
            assert!(stream.use_codec("vp6"));
            stream.register_play_event_handler(
                move |stream: &Stream, out: &mut PlayOut| -> HandlerResult {
                    out.video(stream.video_codec().ok_or("no codec")?.init(4, 2)?);
                    if let Some(data) = data {
                        out.data(data);
                    }
                    Ok(true)
                },
            );
            register_frames(stream);
        }));
        add(host.server.video_codec_factory(), "vp6", &Told::default());
        let mut client = host.client();
        client.play_new("scene");
        let (name, values) = client.until(|received| match received {
            Received::Data { name, values, .. } if name != "|RtmpSampleAccess" => {
                Some((name, values))
            }
            _ => None,
        });
        if data.is_some() {
            assert_eq!(name, "x");
            continue;
        }
        let told = Object::new()
            .with("width", 4)
            .with("height", 2)
            .with("videocodecid", 4)
            .with("encoder", "numbers, version 1")
            .with("framerate", 25);
        assert_eq!((name.as_str(), values), ("onMetaData", vec![Value::EcmaArray(told)]));
    }
}
