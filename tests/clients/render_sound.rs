//! The sound of render loops, by each encoder: players hear what was made, together with the
//! picture that belongs to it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rendercast::amf::{Object, Value};
use rendercast::media::codec::sound::AudioFormat;
use rendercast::{
    Connection, HandlerResult, LoopCanvas, LoopSoundEventHandler, RenderLoop, RenderLoopConfig,
    Server, ServerConfig, SoundOut, Stream,
};

use super::film::SLACK;
use super::need::{Need, new_ffmpeg, patient_trial, trial};
use super::support::process::Process;
use super::support::tries::one_of_several;
#[cfg(all(feature = "aac", feature = "h264"))]
use super::vlc::cvlc;

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];
#[cfg(feature = "opus")]
const NEW_FFMPEG: &[Need] = &[Need::Program("ffmpeg"), Need::NewFfmpeg];
#[cfg(feature = "aac")]
const FFPLAY: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffplay")];
#[cfg(all(feature = "aac", feature = "h264"))]
const GSTREAMER: &[Need] = &[
    Need::Program("ffmpeg"),
    Need::Program("gst-launch-1.0"),
    Need::GstElement("rtmp2src"),
    Need::GstElement("openh264dec"),
    Need::GstElement("faad"),
];
#[cfg(all(feature = "aac", feature = "h264"))]
const VLC: &[Need] = &[Need::Program("ffmpeg"), Need::Program("cvlc"), Need::Program("setpriv")];

/// How many seconds the flashes are recorded for, if not 6: `RENDERCAST_CLAP_SECONDS=600 cargo test
/// --workspace --all-features --test clients flash_and_click_in`.
const SECONDS: &str = "RENDERCAST_CLAP_SECONDS";

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;

/// How often a flash comes with a click, and how long it lasts.
const EVERY: Duration = Duration::from_millis(600);
const FLASH: Duration = Duration::from_millis(200);

/// How far they may be apart.
const TOGETHER: f64 = 0.04;

/// The tones of the two channels in Hz, and how loud they are.
const TONES: [u32; 2] = [440, 1_000];
const LOUDNESS: f32 = 0.25;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("render_sound::flash_and_click_in_pcm", FFMPEG, || {
            one_of_several(|| flash_and_click("pcm"));
        }),
        patient_trial("render_sound::tones_come_back_from_pcm", FFMPEG, || tones_come_back("pcm")),
        #[cfg(feature = "aac")]
        trial("render_sound::flash_and_click_in_aac", FFMPEG, || {
            one_of_several(|| flash_and_click("aac"));
        }),
        #[cfg(feature = "aac")]
        patient_trial("render_sound::tones_come_back_from_aac", FFMPEG, || tones_come_back("aac")),
        #[cfg(feature = "opus")]
        trial("render_sound::flash_and_click_in_opus", NEW_FFMPEG, || {
            one_of_several(|| flash_and_click("opus"));
        }),
        #[cfg(feature = "opus")]
        patient_trial("render_sound::tones_come_back_from_opus", NEW_FFMPEG, || {
            tones_come_back("opus");
        }),
        #[cfg(feature = "aac")]
        patient_trial("render_sound::ffplay_plays_both", FFPLAY, ffplay_plays_both),
        #[cfg(all(feature = "aac", feature = "h264"))]
        trial("render_sound::flash_and_click_by_gstreamer", GSTREAMER, || {
            one_of_several(flash_and_click_by_gstreamer);
        }),
        #[cfg(all(feature = "aac", feature = "h264"))]
        trial("render_sound::flash_and_click_by_vlc", VLC, || {
            one_of_several(flash_and_click_by_vlc);
        }),
    ]
}

/// A running server of one loop.
struct Stage {
    server: Server,
    scene: Arc<RenderLoop>,
    url: String,
}

impl Stage {
    /// Starts a loop that draws pictures of one grey.
    fn start(
        codecs: [&str; 2],
        mut grey: impl FnMut() -> u8 + Send + 'static,
        format: AudioFormat,
        sound: impl LoopSoundEventHandler + 'static,
    ) -> Self {
        let server = Server::new(ServerConfig::default());
        let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
            let grey = grey();
            (0..canvas.height()).for_each(|row| canvas.row_mut(row).fill(grey));
            Ok(true)
        };
        let [video, audio] = codecs;
        let config = RenderLoopConfig::new("stage").size(WIDTH, HEIGHT).rate(50.0);
        let scene = RenderLoop::new(config, server.video_codec_factory(), video, draw);
        let scene = Arc::new(scene.expect("it can encode"));
        scene
            .register_sound_event_handler(server.audio_codec_factory(), audio, format, sound)
            .expect("there is such a codec");
        let shown = Arc::clone(&scene);
        server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            let shown = Arc::clone(&shown);
            connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
                stream.join(&shown);
                Ok(true)
            });
            Ok(true)
        });
        server.start("127.0.0.1:0").expect("a free port");
        let url = format!("{}/live/stage", server.listen_addresses()[0]);
        Self { server, scene, url }
    }

    /// Starts a loop that flashes and clicks at once.
    fn clap(codecs: [&str; 2]) -> Self {
        let start = Instant::now();
        let is_on = move |instant: Instant| {
            let since = instant.saturating_duration_since(start).as_micros();
            since % EVERY.as_micros() < FLASH.as_micros()
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
        let format = AudioFormat { sample_rate: 48_000, channels: 1 };
        Self::start(codecs, move || if is_on(Instant::now()) { 255 } else { 0 }, format, click)
    }
}

/// Returns a command of the FFmpeg that knows the codec.
fn ffmpeg(codec: &str) -> Command {
    let program = (codec == "opus").then(|| new_ffmpeg().expect("it is installed"));
    let mut command = Command::new(program.unwrap_or_else(|| "ffmpeg".into()));
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]);
    command
}

/// Records as FFmpeg does, and reads the recording.
fn flash_and_click(codec: &str) -> Result<(), String> {
    let seconds: u64 = std::env::var(SECONDS).map_or(6, |text| text.parse().expect(SECONDS));
    let stage = Stage::clap(["screen video", codec]);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("clap.flv");
    let mut recorder = ffmpeg(codec);
    recorder.args(["-i", &stage.url, "-t", &seconds.to_string(), "-c", "copy"]).arg(&file);
    Process::spawn(&mut recorder).wait(Duration::from_secs(seconds) + SLACK).expect_success();
    let wanted = Duration::from_secs(seconds - 1).as_millis() / EVERY.as_millis();
    stage.server.shutdown();
    check_together(&file, codec, wanted as usize)
}

/// Returns an error unless each flash of the recording begins with a click, at its start and at its
/// end. It should have `wanted` of them. Half are enough: a busy machine may rest for seconds.
fn check_together(file: &Path, codec: &str, wanted: usize) -> Result<(), String> {
    let flashes = rises(
        file,
        codec,
        &["-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-"],
        100.0,
    );
    let loudness = "asetnsamples=441,astats=metadata=1:reset=1,\
                    ametadata=print:key=lavfi.astats.Overall.Peak_level:file=-";
    let clicks = rises(file, codec, &["-af", loudness], -20.0);
    let count = flashes.len().min(clicks.len());
    if count < wanted.div_ceil(2) {
        return Err(format!("{wanted} are missing of {flashes:?} and {clicks:?}"));
    }
    let to_click =
        |flash: &f64| clicks.iter().map(|click| (click - flash).abs()).fold(f64::MAX, f64::min);
    let some = count.min(10);
    for (name, part) in [("start", &flashes[..some]), ("end", &flashes[flashes.len() - some..])] {
        let mut distances: Vec<f64> = part.iter().map(to_click).collect();
        distances.sort_by(f64::total_cmp);
        // A busy machine renders some of them late.
        let distance = distances[distances.len() / 4];
        println!("{codec}: {:.0} ms apart at the {name}: {distances:.3?}", distance * 1e3);
        if distance > TOGETHER {
            return Err(format!("at the {name}: flashes {flashes:?}, clicks {clicks:?}"));
        }
    }
    Ok(())
}

/// Returns when the value that a filter of FFmpeg prints comes to be above `limit`, in seconds.
fn rises(file: &Path, codec: &str, filter: &[&str], limit: f64) -> Vec<f64> {
    let mut reader = ffmpeg(codec);
    reader.args(["-copyts", "-i"]).arg(file).args(filter).args(["-f", "null", "-"]);
    let ended = Process::spawn(&mut reader).wait(3 * SLACK);
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

fn tones_come_back(codec: &str) {
    let tones = |out: &mut SoundOut| -> HandlerResult {
        let (first, rate) = (out.first_sample(), u64::from(out.format().sample_rate));
        for (number, frame) in (first..).zip(out.samples_mut().chunks_exact_mut(2)) {
            for (sample, hertz) in frame.iter_mut().zip(TONES) {
                let turns = (number * u64::from(hertz) % rate) as f32 / rate as f32;
                *sample = (turns * std::f32::consts::TAU).sin() * LOUDNESS;
            }
        }
        Ok(true)
    };
    // No codec takes this rate as it is.
    let format = AudioFormat { sample_rate: 37_800, channels: 2 };
    let stage = Stage::start(["screen video", codec], || 128, format, tones);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("tones.f32");
    let mut decoder = ffmpeg(codec);
    decoder
        .args(["-i", &stage.url, "-vn", "-fs", "800000", "-ar", "48000", "-f", "f32le"])
        .arg(&file);
    Process::spawn(&mut decoder).wait(3 * SLACK).expect_success();
    let bytes = fs::read(&file).expect("FFmpeg has written it");
    let values: Vec<f32> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        // The first half second is left out: encoders begin with silence.
        .skip(48_000)
        .take(96_000)
        .collect();
    assert_eq!(values.len(), 96_000, "samples of a second in two channels");
    for (channel, hertz) in TONES.into_iter().enumerate() {
        let samples: Vec<f32> = values.iter().skip(channel).step_by(2).copied().collect();
        let rises = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        // On a busy machine the loop may rest, and then the tone does not go on where it was.
        assert!(rises.abs_diff(hertz as usize) <= 4, "{rises} Hz instead of {hertz}");
        let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / 48_000.0;
        let loudness = (power * 2.0).sqrt();
        assert!((loudness / LOUDNESS - 1.0).abs() < 0.05, "{loudness} instead of {LOUDNESS}");
    }
    stage.server.shutdown();
}

#[cfg(feature = "aac")]
fn ffplay_plays_both() {
    let stage = Stage::clap(["screen video", "aac"]);
    let mut ffplay = Command::new("ffplay");
    ffplay.args(["-hide_banner", "-nostats", "-loglevel", "level+info", "-autoexit"]);
    ffplay.args(["-vf", "showinfo", "-af", "ashowinfo", &stage.url]);
    ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
    let player = Process::spawn(&mut ffplay);
    for mark in ["Parsed_showinfo", "Parsed_ashowinfo"] {
        let shown = |text: &str| (text.matches(mark).count() > 100).then_some(());
        let found = player.wait_for_stderr(0, 2 * SLACK, shown);
        assert!(found.is_some(), "no {mark}: {player}");
    }
    stage.scene.end();
    let ended = player.wait(2 * SLACK);
    ended.expect_success();
    let error = ended.stderr.lines().find(|line| line.contains("[error]"));
    assert_eq!(error, None, "of {ended}");
}

/// What it plays is recorded as it is, for ffmpeg to read.
#[cfg(all(feature = "aac", feature = "h264"))]
fn flash_and_click_by_gstreamer() -> Result<(), String> {
    let stage = Stage::clap(["h264", "aac"]);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("clap.mkv");
    let pipeline = format!(
        "-q -e rtmp2src location={} ! flvdemux name=demux \
         demux.video ! queue ! h264parse ! openh264dec ! queue ! mux.video_0 \
         demux.audio ! queue ! faad ! audioconvert ! audio/x-raw,format=S16LE ! queue ! \
         mux.audio_0 matroskamux name=mux ! filesink location={}",
        stage.url,
        file.display()
    );
    let mut gst = Command::new("gst-launch-1.0");
    gst.args(pipeline.split_whitespace());
    record_by(&stage, &mut gst, &file)
}

#[cfg(all(feature = "aac", feature = "h264"))]
fn flash_and_click_by_vlc() -> Result<(), String> {
    let stage = Stage::clap(["h264", "aac"]);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("clap.ts");
    let mut vlc = cvlc(folder.path(), &stage.url);
    let output = format!(
        "--sout=#transcode{{vcodec=mp2v,vb=2000,acodec=mpga,ab=192}}\
         :std{{access=file,mux=ts,dst={}}}",
        file.display()
    );
    record_by(&stage, vlc.arg(output), &file)
}

/// Lets a player record until it has what is wanted, and looks at that.
#[cfg(all(feature = "aac", feature = "h264"))]
fn record_by(stage: &Stage, player: &mut Command, file: &Path) -> Result<(), String> {
    let player = Process::spawn(player);
    let deadline = Instant::now() + 3 * SLACK;
    while stage.scene.viewers() == 0 {
        assert!(Instant::now() < deadline, "it does not come: {player}");
        std::thread::sleep(Duration::from_millis(50));
    }
    // The recording lasts as long as it does, so that it has ten flashes.
    std::thread::sleep(10 * EVERY);
    stage.scene.end();
    player.wait(3 * SLACK).expect_success();
    check_together(file, "decoded", 6)
}
