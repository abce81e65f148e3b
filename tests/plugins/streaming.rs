//! A player of a stream that uses a plugin's codec.

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use rendercast::VideoCodec;
use rendercast::amf::{Object, Value};
use rendercast::client::Player;
use rendercast::media::codec::CodecError;
use rendercast::media::{Canvas, PixelType};
use rendercast::{
    Connection, FrameOut, HandlerResult, PlayOut, Server, ServerConfig, Stream, Tag, TagKind,
};

use crate::build::{C_COMPILER, Workshop};
use crate::need::trial;
use crate::refusals::is_mapped;
use crate::{journal, load};

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("streaming::a_player_gets_a_plugins_frames", C_COMPILER, a_player_gets_frames)]
}

/// The codec of the last stream, which outlives its server.
type Kept = Arc<Mutex<Option<VideoCodec>>>;

fn a_player_gets_frames() {
    let workshop = Workshop::open();
    let file = workshop.sorenson("sorenson", &[]);
    let server = Server::new(ServerConfig::default());
    let kept = Kept::default();
    install(&server, &kept);
    let plugin = load(server.video_codec_factory(), &file).expect("a plugin");
    assert_eq!(plugin.name, "sorenson");
    server.start("127.0.0.1:0").expect("a free port");

    let url = format!("{}/live/scene", server.listen_addresses()[0]);
    let tags = Player::open(&url).expect("it plays").map(|tag| tag.expect("it goes on"));
    let video: Vec<_> = tags.filter(|tag| tag.kind == TagKind::Video).take(5).collect();
    let payloads: Vec<_> = video.iter().map(|tag: &Tag| &*tag.payload).collect();
    // FLV's byte for Sorenson, then the plugin's data: every second frame is a key frame.
    let wanted = [0x12, 0x22, 0x12, 0x22, 0x12].iter().zip(0..);
    let wanted: Vec<_> = wanted.map(|(header, number)| vec![*header, number, 7, 8]).collect();
    assert_eq!(payloads, wanted);

    drop(server);
    let codec = kept.lock().expect("no panic").take().expect("there was a stream");
    assert_eq!(journal::of("sorenson"), ["init", "encoder closed"], "closed, and loaded still");
    assert_eq!(codec.identifier(), "made-up sorenson 1.0");
    assert_eq!(codec.encode_canvas(&canvas()), Err(CodecError::NotInitialised));
    drop(codec);
    let told = journal::of("sorenson");
    assert_eq!(told, ["init", "encoder closed", "encoder destroyed", "exit"]);
    assert!(!is_mapped(&file));
}

fn install(server: &Server, kept: &Kept) {
    let kept = Arc::clone(kept);
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let kept = Arc::clone(&kept);
        connection.register_stream_event_handler(
            move |stream: &Stream, _: &Value| -> HandlerResult {
                let codec = use_sorenson(stream)?;
                *kept.lock().map_err(|_| "a panic")? = Some(codec);
                Ok(true)
            },
        );
        Ok(true)
    });
}

fn use_sorenson(stream: &Stream) -> HandlerResult<VideoCodec> {
    if !stream.use_codec("sorenson") {
        return Err("no such codec".into());
    }
    let codec = stream.video_codec().ok_or("no codec")?;
    assert!(codec.set_parameter("keyframe_interval", "2"));
    stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
        out.video(stream.video_codec().ok_or("no codec")?.init(1, 2)?);
        Ok(true)
    });
    stream.register_frame_event_handler(
        |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            let codec = stream.video_codec().ok_or("no codec")?;
            out.video(codec.encode_canvas(&canvas())?);
            Ok(true)
        },
    );
    Ok(codec)
}

fn canvas() -> Canvas<'static> {
    Canvas::from_vec(1, 2, PixelType::Grey8, vec![7, 8]).expect("a canvas")
}
