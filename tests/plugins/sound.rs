//! Plugins that encode sound.

use std::path::Path;

use libtest_mimic::Trial;
use rendercast::client::Player;
use rendercast::media::codec::CodecError;
use rendercast::media::codec::sound::{
    AudioCodecFactory, AudioData, AudioDataKind, AudioEncoder, AudioFormat,
};
use rendercast::plugin::{LoadedPlugin, PluginError};
use rendercast::{
    Connection, HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig, Server, ServerConfig,
    SoundOut, Stream, TagKind,
};

use crate::build::{C_COMPILER, Workshop, audible, root};
use crate::journal;
use crate::need::trial;
use crate::refusals::is_mapped;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("sound::a_plugin_in_c_encodes", C_COMPILER, a_plugin_in_c_encodes),
        trial("sound::what_it_fails_with_is_told", C_COMPILER, what_it_fails_with_is_told),
        trial("sound::a_plugin_in_rust_encodes", &[], a_plugin_in_rust_encodes),
        trial("sound::a_faulty_plugin_is_refused", C_COMPILER, a_faulty_plugin_is_refused),
        trial("sound::a_player_hears_a_plugin", C_COMPILER, a_player_hears_a_plugin),
    ]
}

fn load(factory: &AudioCodecFactory, file: &Path) -> Result<LoadedPlugin, PluginError> {
    // SAFETY: the tests' own libraries keep to the header, or fail before they could break it.
    unsafe { factory.load_plugin_library(file) }
}

fn encoder_of(factory: &AudioCodecFactory, name: &str) -> Box<dyn AudioEncoder> {
    factory.create_audio_encoder(name).expect("it encodes")
}

fn frame(bytes: &'static [u8], samples: u32) -> AudioData {
    AudioData { kind: AudioDataKind::Frame, bytes: bytes.into(), samples }
}

/// Builds `flac.c` as a plugin and a file of this name.
fn flac(workshop: &Workshop, name: &str, defines: &[&str]) -> std::path::PathBuf {
    let named = format!("-DNAME=\"{name}\"");
    let defines = [&[&*named], defines].concat();
    workshop.compile(&root().join("tests/plugins/flac.c"), name, &defines)
}

fn a_plugin_in_c_encodes() {
    let workshop = Workshop::open();
    let factory = AudioCodecFactory::default();
    let file = flac(&workshop, "sounds", &[]);
    let plugin = load(&factory, &file).expect("a plugin");
    assert_eq!((&*plugin.name, &plugin.file), ("sounds", &file));
    let mut encoder = encoder_of(&factory, "sounds");
    drop(factory);
    assert_eq!(encoder.identifier(), "made-up flac 1.0");
    let wanted = AudioFormat { sample_rate: 44_100, channels: 6 };
    let format = AudioFormat { sample_rate: 8_000, channels: 2 };
    assert_eq!(encoder.supported_format(wanted), format);
    assert!(encoder.set_parameter("bitrate", "7") && !encoder.set_parameter("bitrate", "12"));
    assert_eq!(encoder.parameter("bitrate").as_deref(), Some("7"));
    assert_eq!(encoder.parameter("quality"), None);

    assert_eq!(encoder.encode(&[0.0; 2]), Err(CodecError::NotInitialised));
    let header = encoder.init(format).expect("it starts").expect("a header");
    assert_eq!((header.kind, &*header.bytes), (AudioDataKind::SequenceHeader, &b"fLaC"[..]));
    assert_eq!(encoder.init(format), Err(CodecError::AlreadyInitialised));
    assert_eq!(encoder.delay(), 80);
    assert_eq!(encoder.encode(&[-1.0, 1.0]), Ok(Vec::new()));
    let frames = encoder.encode(&[0.0; 16]);
    assert_eq!(
        frames,
        Ok(vec![frame(&[0, 200, 100, 100, 100, 100, 100, 100], 4), frame(&[100; 8], 4)])
    );
    assert_eq!(encoder.encode(&[]), Ok(Vec::new()));
    assert!(matches!(encoder.encode(&[0.0; 3]), Err(CodecError::InvalidParameters(_))));
    assert_eq!(encoder.close(), Ok(vec![frame(&[100; 2], 1)]));
    assert_eq!(encoder.close(), Err(CodecError::NotInitialised));
    drop(encoder);
    assert_eq!(journal::of("sounds"), ["init", "closed", "destroyed", "exit"]);
    assert!(!is_mapped(&file));
}

fn what_it_fails_with_is_told() {
    let workshop = Workshop::open();
    let factory = AudioCodecFactory::default();
    load(&factory, &flac(&workshop, "unsound", &[])).expect("a plugin");
    let mut encoder = encoder_of(&factory, "unsound");
    let reason = "8000 is the only rate (plugin \"unsound\", code -1)".to_owned();
    let other = AudioFormat { sample_rate: 9_000, channels: 1 };
    assert_eq!(encoder.init(other), Err(CodecError::InvalidParameters(reason)));
    for (sample_rate, channels) in [(0, 1), (8_000, 0)] {
        let error = encoder.init(AudioFormat { sample_rate, channels });
        assert!(matches!(error, Err(CodecError::InvalidParameters(_))), "{error:?}");
    }
    encoder.init(AudioFormat { sample_rate: 8_000, channels: 1 }).expect("it may be tried again");
    let failed = |text: &str| Err(CodecError::Failed(text.to_owned()));
    let many = failed("the plugin wrote through a null pointer, or more than 16777215 bytes");
    let half = failed("no half can be had (plugin \"unsound\", code -4)");
    for (sample, wanted) in [(0.5, half), (0.25, many.clone()), (0.125, many)] {
        assert_eq!(encoder.encode(&[sample]), wanted);
    }
    assert_eq!(encoder.encode(&[0.0; 4]), Ok(vec![frame(&[100; 4], 4)]));
}

fn a_plugin_in_rust_encodes() {
    let factory = AudioCodecFactory::default();
    assert_eq!(load(&factory, audible()).expect("a plugin").name, "ac-3");
    let mut encoder = encoder_of(&factory, "AC-3");
    assert_eq!(encoder.identifier(), "audible 1");
    let wanted = AudioFormat { sample_rate: 1, channels: 9 };
    let format = AudioFormat { sample_rate: 48_000, channels: 6 };
    assert_eq!(encoder.supported_format(wanted), format);
    assert!(encoder.set_parameter("bitrate", "64000") && !encoder.set_parameter("other", "1"));
    assert_eq!(encoder.parameter("bitrate").as_deref(), Some("64000"));
    let Err(CodecError::NoDevice(reason)) = encoder.init(AudioFormat { channels: 5, ..format })
    else {
        panic!("five channels")
    };
    assert_eq!(reason, "five of what? (plugin \"ac-3\", code -4)");
    assert_eq!(encoder.init(AudioFormat { channels: 1, ..format }), Ok(None));
    assert_eq!(encoder.delay(), 256);
    let frames = encoder.encode(&[1.0, 0.0]);
    assert_eq!(frames, Ok(vec![frame(&[0x3f, 0x80, 0, 0], 1), frame(&[0; 4], 1)]));
    assert_eq!(encoder.close(), Ok(vec![frame(b"rest", 7)]));

    let mut broken = encoder_of(&factory, "ac-3");
    broken.init(format).expect("it starts");
    let Err(CodecError::Failed(reason)) = broken.encode(&[3.0; 6]) else { panic!("too loud") };
    assert!(reason.contains("panicked: too loud"), "{reason}");
    assert!(broken.encode(&[0.0; 6]).is_err(), "it is of no more use");
    assert!(journal::of("ac-3").iter().any(|line| line == "a new encoder"));
}

fn a_faulty_plugin_is_refused() {
    let workshop = Workshop::open();
    let factory = AudioCodecFactory::default();
    for (name, define, wanted) in [
        ("typed", "-DTYPE=\"video v1\"", "is of the type \"video v1\""),
        ("mute", "-DENCODER=0", "it has neither an encoder nor a decoder"),
        ("idle", "-DNO_ENCODE", "it has no function `encoder.encode`"),
    ] {
        let error = load(&factory, &flac(&workshop, name, &[define])).expect_err(name).to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let video = workshop.sorenson("seen", &[]);
    let error = load(&factory, &video).expect_err("a video plugin").to_string();
    assert!(error.contains("does not export rendercast_plugin_audio"), "{error}");
    let file = flac(&workshop, "pcm", &[]);
    let taken = load(&factory, &file).expect_err("the name is taken");
    assert!(matches!(taken, PluginError::NameTaken { .. }), "{taken}");
    // SAFETY: the libraries in the folder are those above.
    let outcome = unsafe { factory.load_plugins_from_directory(workshop.path()) };
    let outcome = outcome.expect("the folder can be read");
    assert_eq!((outcome.plugins.len(), outcome.errors.len()), (0, 5), "{outcome:?}");
}

fn a_player_hears_a_plugin() {
    let workshop = Workshop::open();
    let server = Server::new(ServerConfig::default());
    load(server.audio_codec_factory(), &flac(&workshop, "flac", &[])).expect("a plugin");
    let frames = |out: &mut LoopFrameOut, _: bool| -> HandlerResult {
        out.video(&b"\x17\x01\0\0\0"[..]);
        Ok(true)
    };
    let scene = RenderLoop::of_frames(RenderLoopConfig::new("heard"), frames);
    let scene = std::sync::Arc::new(scene.expect("threads"));
    let quiet = |_: &mut SoundOut| -> HandlerResult { Ok(true) };
    let format = AudioFormat { sample_rate: 16_000, channels: 1 };
    scene
        .register_sound_event_handler(server.audio_codec_factory(), "flac", format, quiet)
        .expect("it is loaded");
    server.install(move |connection: &Connection, _: &_, _: &[_]| -> HandlerResult {
        let scene = std::sync::Arc::clone(&scene);
        connection.register_stream_event_handler(move |stream: &Stream, _: &_| {
            stream.join(&scene);
            Ok(true)
        });
        Ok(true)
    });
    server.start("127.0.0.1:0").expect("a free port");
    let url = format!("{}/live/heard", server.listen_addresses()[0]);
    let tags = Player::open(&url).expect("it plays").map(|tag| tag.expect("it goes on"));
    let sound: Vec<_> = tags.filter(|tag| tag.kind == TagKind::Audio).take(20).collect();
    assert_eq!(sound[0].payload, &b"\x90fLaCfLaC"[..]);
    for tag in &sound[1..] {
        assert_eq!(tag.payload, &b"\x91fLaC\x64\x64\x64\x64"[..]);
    }
}
