//! The manual's plugin in C is built and loaded as it stands there.

use std::fs;

use libtest_mimic::Trial;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::media::{Canvas, PixelType};

use crate::build::{C_COMPILER, Workshop, root};
use crate::load;
use crate::need::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("manual::its_plugin_in_c_works", C_COMPILER, its_plugin_in_c_works)]
}

fn its_plugin_in_c_works() {
    let page = fs::read_to_string(root().join("src/manual/plugins.rs")).expect("the page");
    let (_, rest) = page.split_once("//! ```c\n").expect("a plugin in C");
    let (code, _) = rest.split_once("//! ```\n").expect("its end");
    let code: String = code.lines().map(|line| line[3..].to_owned() + "\n").collect();
    let workshop = Workshop::open();
    let source = workshop.path().join("raw.c");
    fs::write(&source, code).expect("a file");

    let factory = VideoCodecFactory::default();
    let library = workshop.compile(&source, "raw", &["-Werror"]);
    assert_eq!(load(&factory, &library).expect("a plugin").name, "raw");
    let mut encoder = factory.create_video_encoder("raw").expect("it encodes");
    assert_eq!(encoder.init(2, 1), Ok(None));
    let canvas = Canvas::from_vec(2, 1, PixelType::Rgb8, (0..6).collect()).expect("a canvas");
    let frame = encoder.encode_canvas(&canvas).expect("it encodes").expect("a frame");
    assert!(frame.is_key_frame());
    assert_eq!(*frame.bytes, [0, 1, 2, 3, 4, 5]);
}
