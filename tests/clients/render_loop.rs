//! Render loops whose frames ffmpeg and ffplay decode: the frame that shows a call, another size,
//! and sound.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rendercast::amf::{Limits, Object, Value, amf0};
use rendercast::client::Player;
use rendercast::media::codec::sound::AudioFormat;
use rendercast::media::flv::Writer;
use rendercast::media::{PixelType, VideoHeader};
use rendercast::{
    Connection, HandlerResult, LoopCanvas, LoopCommands, RenderLoop, RenderLoopConfig, Server,
    ServerConfig, SoundOut, Stream, Tag, TagKind,
};

use super::film::SLACK;
use super::need::{Need, patient_trial, trial};
use super::support::process::Process;

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];
#[cfg(feature = "h264")]
const FFPLAY: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffplay")];

const WIDTH: usize = 64;
const HEIGHT: usize = 48;

/// How many calls change the colour.
const CALLS: u8 = 6;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("render_loop::the_frame_named_shows_the_call_in_screen_video", FFMPEG, || {
            the_frame_named_is_the_first_that_shows_the_call("screen video");
        }),
        trial("render_loop::the_frame_named_shows_the_call_in_screen_video_2", FFMPEG, || {
            the_frame_named_is_the_first_that_shows_the_call("screen video 2");
        }),
        #[cfg(feature = "h264")]
        trial("render_loop::the_frame_named_shows_the_call_in_h264", FFMPEG, || {
            the_frame_named_is_the_first_that_shows_the_call("h264");
        }),
        #[cfg(feature = "h264")]
        trial("render_loop::players_follow_another_size", FFPLAY, players_follow_another_size),
        patient_trial(
            "render_loop::flash_and_click_come_together",
            FFMPEG,
            flash_and_click_come_together,
        ),
    ]
}

/// Starts a server of one loop, which it keeps.
fn serve(server: &Server, scene: Arc<RenderLoop>, grey: &Arc<AtomicU8>) -> String {
    let grey = Arc::clone(grey);
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let shown = Arc::clone(&scene);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&shown);
            Ok(true)
        });
        let (scene, grey) = (Arc::clone(&scene), Arc::clone(&grey));
        connection.register_remote_call_handler(
            "set_grey",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let new = arguments[0].as_number().ok_or("a number")? as u8;
                let grey = Arc::clone(&grey);
                let set = move || Ok(u32::from(grey.swap(new, Ordering::SeqCst)).into());
                scene.answer(connection, LoopCommands::of(set).wait_for_frame())
            },
        );
        Ok(true)
    });
    server.start("127.0.0.1:0").expect("a free port");
    format!("{}/live/scene", server.listen_addresses()[0])
}

/// Returns the colour after so many calls. Neighbours are far apart.
const fn grey_after(calls: u8) -> u8 {
    20 + calls * 35
}

fn the_frame_named_is_the_first_that_shows_the_call(codec: &str) {
    let server = Server::new(ServerConfig::default());
    let grey = Arc::new(AtomicU8::new(grey_after(0)));
    let drawn = Arc::clone(&grey);
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        let grey = drawn.load(Ordering::SeqCst);
        (0..canvas.height()).for_each(|row| canvas.row_mut(row).fill(grey));
        Ok(true)
    };
    let config = RenderLoopConfig::new("named").size(WIDTH as u32, HEIGHT as u32).rate(50.0);
    let config = config.pixel_type(PixelType::Rgb8);
    let scene = RenderLoop::new(config, server.video_codec_factory(), codec, draw);
    let url = serve(&server, Arc::new(scene.expect("it can encode")), &grey);
    let mut player = Player::open(&url).expect("it plays");
    let (mut tags, mut named) = (take(&mut player, 10), Vec::new());
    for call in 1..=CALLS {
        let answer =
            player.call("set_grey", &[u32::from(grey_after(call)).into()]).expect("it is answered");
        let frame = answer.last().and_then(|answer| answer.get("frame")?.as_number());
        named.push(frame.expect("a frame is named"));
        tags.extend(take(&mut player, 7));
    }
    tags.extend(take(&mut player, 10));
    drop(player);

    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let pictures = decoded(&tags, folder.path());
    let frames: Vec<u32> =
        tags.iter().filter(|tag| is_frame(tag)).map(|tag| tag.timestamp.0).collect();
    assert_eq!(pictures.len(), frames.len(), "ffmpeg decodes each frame");
    let announced = announced(&tags);
    for (call, named) in (1..=CALLS).zip(named) {
        let timestamp = announced[&(named as u64)];
        let is_new = |grey: &u8| grey.abs_diff(grey_after(call)) < 9;
        let first = pictures.iter().position(is_new).expect("the colour comes");
        assert_eq!(frames[first], timestamp, "call {call}: {pictures:?} at {frames:?}");
    }
}

/// Returns the next tags.
fn take(player: &mut Player, count: usize) -> Vec<Tag> {
    player.take(count).map(|tag| tag.expect("the loop goes on")).collect()
}

fn is_frame(tag: &Tag) -> bool {
    let header = VideoHeader::parse(&tag.payload);
    tag.kind == TagKind::Video && header.is_some_and(|header| !header.is_sequence_header())
}

/// Returns the timestamp of each `onCommandsShown` by the time of the loop that it tells.
fn announced(tags: &[Tag]) -> HashMap<u64, u32> {
    let data = tags.iter().filter(|tag| tag.kind == TagKind::Script);
    let found = data.filter_map(|tag| {
        let mut decoder = amf0::Decoder::new(&tag.payload, Limits::default());
        let name = decoder.decode().ok()??;
        let values = decoder.decode().ok()??;
        (name == "onCommandsShown".into()).then_some(())?;
        Some((values.get("time")?.as_number()? as u64, tag.timestamp.0))
    });
    found.collect()
}

/// Returns the colour of each picture that ffmpeg decodes.
fn decoded(tags: &[Tag], folder: &Path) -> Vec<u8> {
    let (file, raw) = (folder.join("tags.flv"), folder.join("pictures.rgb"));
    let output = File::create(&file).expect("a file");
    let mut writer = Writer::new(output, false, true).expect("it can be written");
    tags.iter().for_each(|tag| writer.write(tag).expect("it can be written"));
    drop(writer);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-i"]).arg(&file);
    ffmpeg.args(["-fps_mode", "passthrough", "-enc_time_base", "0.001"]);
    ffmpeg.args(["-pix_fmt", "rgb24", "-f", "rawvideo"]).arg(&raw);
    Process::spawn(&mut ffmpeg).wait(SLACK).expect_success();
    let bytes = fs::read(&raw).expect("ffmpeg has written it");
    bytes.chunks_exact(WIDTH * HEIGHT * 3).map(|picture| picture[picture.len() / 2]).collect()
}

#[cfg(feature = "h264")]
fn players_follow_another_size() {
    let server = Server::new(ServerConfig::default());
    let mut grey: u8 = 0;
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        grey = grey.wrapping_add(3);
        (0..canvas.height()).for_each(|row| canvas.row_mut(row).fill(grey));
        Ok(true)
    };
    let config = RenderLoopConfig::new("resized").size(320, 180);
    let scene = RenderLoop::new(config, server.video_codec_factory(), "h264", draw);
    let scene = Arc::new(scene.expect("it can encode"));
    let url = serve(&server, Arc::clone(&scene), &Arc::default());
    let decode = |program: &str, more: &[&str]| {
        let mut command = Command::new(program);
        command.args(["-hide_banner", "-nostats", "-loglevel", "level+info"]);
        command.args(["-analyzeduration", "100000"]).args(more);
        command.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
        Process::spawn(&mut command)
    };
    let own_times = ["-fps_mode", "passthrough", "-enc_time_base", "0.001"];
    let input = ["-nostdin", "-i", &url, "-vf", "showinfo"];
    let null = [&input[..], &own_times, &["-f", "null", "-"]].concat();
    let players =
        [decode("ffmpeg", &null), decode("ffplay", &["-vf", "showinfo", "-autoexit", &url])];
    let wait_for = |size: &str| {
        for player in &players {
            let shown = |text: &str| (text.matches(size).count() > 20).then_some(());
            let found = player.wait_for_stderr(0, SLACK, shown);
            assert!(found.is_some(), "no pictures of {size}: {player}");
        }
    };
    wait_for(" s:320x180 ");
    for (width, height) in [(160, 96), (640, 360)] {
        scene.set_size(width, height).expect("the encoder takes it");
        wait_for(&format!(" s:{width}x{height} "));
    }
    for player in players {
        scene.end();
        let ended = player.wait(SLACK);
        ended.expect_success();
        let error = ended.stderr.lines().find(|line| line.contains("[error]"));
        assert_eq!(error, None, "of {ended}");
    }
}

/// How often a flash comes with a click, and how long it lasts.
const EVERY: Duration = Duration::from_millis(600);
const FLASH: Duration = Duration::from_millis(200);

fn flash_and_click_come_together() {
    let server = Server::new(ServerConfig::default());
    let start = Instant::now();
    let is_on = move |instant: Instant| {
        let since = instant.saturating_duration_since(start).as_micros();
        since % EVERY.as_micros() < FLASH.as_micros()
    };
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        let grey = if is_on(Instant::now()) { 255 } else { 0 };
        (0..canvas.height()).for_each(|row| canvas.row_mut(row).fill(grey));
        Ok(true)
    };
    let click = move |out: &mut SoundOut| -> HandlerResult {
        let (first, rate) = (out.instant(), out.format().sample_rate);
        for (number, sample) in (0u32..).zip(out.samples_mut()) {
            let instant = first + Duration::from_secs(1) * number / rate;
            let wave = if number % 40 < 20 { 0.5 } else { -0.5 };
            *sample = if is_on(instant) { wave } else { 0.0 };
        }
        Ok(true)
    };
    let config = RenderLoopConfig::new("clap").size(WIDTH as u32, HEIGHT as u32).rate(50.0);
    let scene = RenderLoop::new(config, server.video_codec_factory(), "screen video", draw);
    let scene = Arc::new(scene.expect("it can encode"));
    let format = AudioFormat { sample_rate: 48_000, channels: 1 };
    scene
        .register_sound_event_handler(server.audio_codec_factory(), "pcm", format, click)
        .expect("PCM is always there");
    let url = serve(&server, scene, &Arc::default());

    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("clap.flv");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]);
    ffmpeg.args(["-i", &url, "-t", "6", "-c", "copy"]).arg(&file);
    Process::spawn(&mut ffmpeg).wait(SLACK).expect_success();
    let flashes = rises(
        &file,
        &["-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-"],
        100.0,
    );
    let loudness = "asetnsamples=441,astats=metadata=1:reset=1,\
                    ametadata=print:key=lavfi.astats.Overall.Peak_level:file=-";
    let clicks = rises(&file, &["-af", loudness], -20.0);
    assert!(flashes.len() >= 5 && clicks.len() >= 5, "{flashes:?} {clicks:?}");
    let to_click =
        |flash: &f64| clicks.iter().map(|click| (click - flash).abs()).fold(f64::MAX, f64::min);
    let mut distances: Vec<f64> = flashes.iter().map(to_click).collect();
    distances.sort_by(f64::total_cmp);
    // A busy machine may render one of them late.
    let median = distances[distances.len() / 2];
    assert!(median < 0.04, "flashes at {flashes:?}, clicks at {clicks:?}");
}

/// Returns when the value that a filter of ffmpeg prints comes to be above `limit`, in seconds.
fn rises(file: &Path, filter: &[&str], limit: f64) -> Vec<f64> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-copyts", "-i"]).arg(file);
    ffmpeg.args(filter).args(["-f", "null", "-"]);
    let ended = Process::spawn(&mut ffmpeg).wait(SLACK);
    ended.expect_success();
    let (mut times, mut time, mut was_above) = (Vec::new(), 0.0, true);
    for line in ended.stdout.lines() {
        if let Some((_, text)) = line.split_once("pts_time:") {
            time = text.trim().parse().expect("a number of seconds");
        } else if let Some((_, text)) = line.split_once('=') {
            let is_above = text.parse().is_ok_and(|value: f64| value > limit);
            if is_above && !was_above {
                times.push(time);
            }
            was_above = is_above;
        }
    }
    times
}
