//! Plugins in Rust that panic: no panic leaves the library.

use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::Trial;
use rendercast::media::codec::{CodecError, VideoCodecFactory};
use rendercast::media::{Canvas, PixelType};

use crate::build::{Workshop, faulty};
use crate::need::trial;
use crate::process::Process;
use crate::{journal, load};

/// The failure of `faulty_plugin.rs`, in the environment of a child process.
const FAULTY: &str = "RENDERCAST_FAULTY";

/// Locked by tests that read what `faulty` logs.
static ALONE: Mutex<()> = Mutex::new(());

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("panics::an_encoder_that_panics_is_an_error", &[], an_encoder_that_panics),
        trial("panics::errors_keep_their_kind_and_reason", &[], errors_keep_their_kind),
        trial("panics::a_plugin_that_cannot_be_made", &[], a_plugin_that_cannot_be_made),
    ]
}

fn canvas(pixel: u8) -> Canvas<'static> {
    Canvas::from_vec(1, 1, PixelType::Grey8, vec![pixel]).expect("a canvas")
}

fn an_encoder_that_panics() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let workshop = Workshop::open();
    let factory = VideoCodecFactory::default();
    load(&factory, &workshop.copy(faulty(), "faulty")).expect("a plugin");
    assert!(factory.create_video_decoder("faulty").is_none(), "its making panics");

    let mut encoder = factory.create_video_encoder("faulty").expect("it encodes");
    encoder.init(1, 1).expect("it starts");
    let failed =
        Err(CodecError::Failed("panicked: a pixel of 9 (plugin \"faulty\", code -4)".to_owned()));
    assert_eq!(encoder.encode_canvas(&canvas(9)), failed);
    assert_eq!(encoder.encode_canvas(&canvas(0)), failed, "it is of no more use");
    assert!(encoder.supported_types().contains(&PixelType::Grey8));

    let mut other = factory.create_video_encoder("faulty").expect("others are");
    other.init(1, 1).expect("it starts");
    assert_eq!(other.encode_canvas(&canvas(0)), Ok(None));
    assert!(!other.set_parameter("panic", "1"));
    drop((encoder, other, factory));
    let told = journal::of("faulty");
    let end = &told[told.len() - 2..];
    assert_eq!(end, ["dropped", "panicked: in the drop"], "and still it ends in order");
    assert_eq!(
        journal::level_of("faulty: faulty 1 panicked: a pixel of 9"),
        Some(log::Level::Error)
    );
}

fn errors_keep_their_kind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let workshop = Workshop::open();
    let factory = VideoCodecFactory::default();
    load(&factory, &workshop.copy(faulty(), "errors")).expect("a plugin");
    let mut encoder = factory.create_video_encoder("faulty").expect("it encodes");
    assert_eq!(
        encoder.init(13, 1),
        Err(CodecError::NoDevice("unplugged (plugin \"faulty\", code -4)".to_owned()))
    );
    assert!(matches!(encoder.init(1, 13), Err(CodecError::Resolution { .. })));
    let header = encoder.init(1, 1).expect("it starts").expect("a header");
    assert_eq!(*header.bytes, *b"header");
    assert_eq!(
        encoder.encode_canvas(&canvas(1)),
        Err(CodecError::Failed("a one (plugin \"faulty\", code -4)".to_owned()))
    );
    assert_eq!(encoder.encode_canvas(&canvas(2)), Err(CodecError::Allocation));
    assert_eq!(encoder.parameter("nul").as_deref(), Some("a\u{fffd}b"));
    let rest = encoder.close().expect("it closes");
    let rest: Vec<_> = rest.iter().map(|it| (&*it.bytes, it.composition_time)).collect();
    assert_eq!(rest, [(&b"the "[..], -40), (b"rest", 80)]);
}

fn a_plugin_that_cannot_be_made() {
    let this = std::env::current_exe().expect("a program");
    for (how, line) in [("error", "the licence has expired"), ("panic", "panicked: no licence")] {
        let child = Process::spawn(Command::new(&this).env(FAULTY, how).env("FILE", faulty()));
        let finished = child.wait(Duration::from_secs(60));
        finished.expect_success();
        let told = &finished.stdout;
        assert!(told.contains("(\"faulty\") does not start: its init returned -5"), "{told}");
        assert!(told.contains(line), "{told}");
    }
}

pub(crate) fn is_child() -> bool {
    std::env::var_os(FAULTY).is_some()
}

/// Prints why the plugin is not loaded, and its log lines.
pub(crate) fn child() -> ExitCode {
    let file = std::env::var_os("FILE").expect("the parent says which");
    let outcome = load(&VideoCodecFactory::default(), file.as_ref());
    println!("{}", outcome.expect_err("it should fail"));
    println!("{:?}", journal::of("faulty"));
    ExitCode::SUCCESS
}
