//! The calls of a library's `init` and `exit`, and its unloading.

use libtest_mimic::Trial;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::media::{Canvas, PixelType};

use crate::build::{C_COMPILER, Workshop};
use crate::need::trial;
use crate::refusals::is_mapped;
use crate::{journal, load};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("lifetimes::an_encoder_keeps_its_library", C_COMPILER, an_encoder_keeps_its_library),
        trial("lifetimes::a_decoder_keeps_its_library", C_COMPILER, a_decoder_keeps_its_library),
        trial("lifetimes::a_plugin_that_nobody_uses_ends", C_COMPILER, a_plugin_that_nobody_uses),
        trial("lifetimes::factories_share_a_library", C_COMPILER, factories_share_a_library),
        trial("lifetimes::it_is_loaded_and_unloaded_by_many", C_COMPILER, loaded_by_many),
    ]
}

fn an_encoder_keeps_its_library() {
    let workshop = Workshop::open();
    let file = workshop.sorenson("kept", &[]);
    let factory = VideoCodecFactory::default();
    load(&factory, &file).expect("a plugin");
    let mut encoder = factory.create_video_encoder("kept").expect("it encodes");
    let other = factory.create_video_encoder("kept").expect("it encodes");
    drop(factory);

    let canvas = Canvas::new(1, 1, PixelType::Grey8).expect("a canvas");
    encoder.init(1, 1).expect("it starts");
    let frame = encoder.encode_canvas(&canvas).expect("it encodes").expect("a frame");
    assert_eq!(*frame.bytes, [0, 0]);
    drop(other);
    assert_eq!(journal::of("kept"), ["init", "encoder destroyed"]);
    // Another thread drops the last one, as in a server.
    std::thread::spawn(move || drop(encoder)).join().expect("no panic");
    assert_eq!(
        journal::of("kept"),
        ["init", "encoder destroyed", "encoder destroyed", "exit"],
        "once, after the last"
    );
    assert!(!is_mapped(&file));
    assert_eq!(*frame.bytes, [0, 0], "data outlives the library");
}

fn a_decoder_keeps_its_library() {
    let workshop = Workshop::open();
    let file = workshop.sorenson("held", &[]);
    let factory = VideoCodecFactory::default();
    load(&factory, &file).expect("a plugin");
    let mut decoder = factory.create_video_decoder("held").expect("it decodes");
    drop(factory);
    decoder.init(b"head").expect("it starts");
    let canvas = decoder.decode_canvas(&[0, 5]).expect("it decodes").expect("a picture");
    assert_eq!(canvas.row(0), [5]);
    let kept = canvas.into_owned();
    assert_eq!(journal::of("held"), ["init"]);
    drop(decoder);
    assert_eq!(journal::of("held"), ["init", "exit"]);
    assert!(!is_mapped(&file));
    assert_eq!(kept.row(0), [5]);
}

fn a_plugin_that_nobody_uses() {
    let workshop = Workshop::open();
    let file = workshop.sorenson("unused", &[]);
    let factory = VideoCodecFactory::default();
    load(&factory, &file).expect("a plugin");
    let same = factory.clone();
    drop(factory);
    assert_eq!(journal::of("unused"), ["init"]);
    assert!(is_mapped(&file));
    drop(same);
    assert_eq!(journal::of("unused"), ["init", "exit"]);
    assert!(!is_mapped(&file));
}

/// With two servers in a process, the system loads the file once and `init` is called once.
fn factories_share_a_library() {
    let workshop = Workshop::open();
    let file = workshop.sorenson("shared", &[]);
    let link = workshop.library("link");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let factories = [VideoCodecFactory::default(), VideoCodecFactory::default()];
    load(&factories[0], &file).expect("a plugin");
    load(&factories[1], &link).expect("the same plugin");
    let [first, second] = factories;
    drop(first);
    assert!(second.create_video_encoder("shared").is_some());
    assert_eq!(journal::of("shared"), ["init", "encoder destroyed"]);
    drop(second);
    assert_eq!(journal::of("shared"), ["init", "encoder destroyed", "exit"]);

    let third = VideoCodecFactory::default();
    load(&third, &file).expect("once more");
    drop(third);
    assert_eq!(journal::of("shared")[3..], ["init", "exit"]);
    assert!(!is_mapped(&file));
}

fn loaded_by_many() {
    const TIMES: usize = 50;
    let workshop = Workshop::open();
    let file = workshop.sorenson("many", &[]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..TIMES {
                    let factory = VideoCodecFactory::default();
                    load(&factory, &file).expect("a plugin");
                    assert!(factory.create_video_decoder("many").is_some());
                }
            });
        }
    });
    let told = journal::of("many");
    assert!(!told.is_empty() && told.len().is_multiple_of(2), "{told:?}");
    for turn in told.chunks(2) {
        assert_eq!(turn, ["init", "exit"], "never two at once: {told:?}");
    }
    assert!(!is_mapped(&file));
}
