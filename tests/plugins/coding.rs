//! Encoding and decoding by plugins.

use libtest_mimic::Trial;
use rendercast::media::codec::{
    CodecError, VideoCodecFactory, VideoData, VideoDataKind, VideoEncoder,
};
use rendercast::media::{Canvas, PixelType, RowOrder};

use crate::build::{C_COMPILER, Workshop, run_length};
use crate::load;
use crate::need::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("coding::a_plugin_in_c_encodes", C_COMPILER, a_plugin_in_c_encodes),
        trial("coding::what_it_may_not_see_is_kept_from_it", C_COMPILER, what_it_may_not_see),
        trial("coding::what_it_fails_with_is_told", C_COMPILER, what_it_fails_with_is_told),
        trial("coding::its_parameters_are_set_and_read", C_COMPILER, its_parameters),
        trial("coding::a_plugin_in_c_decodes", C_COMPILER, a_plugin_in_c_decodes),
        trial("coding::a_plugin_in_rust_encodes_and_decodes", &[], a_plugin_in_rust),
        trial("coding::encoders_run_at_once", C_COMPILER, encoders_run_at_once),
    ]
}

/// Makes a factory with `sorenson.c` under this name. The library's file is already deleted.
fn with_sorenson(name: &str) -> VideoCodecFactory {
    let workshop = Workshop::open();
    let factory = VideoCodecFactory::default();
    let file = workshop.sorenson(name, &[]);
    let plugin = load(&factory, &file).expect("a plugin");
    assert_eq!((&*plugin.name, plugin.file), (name, file));
    factory
}

fn encoder_of(factory: &VideoCodecFactory, name: &str) -> Box<dyn VideoEncoder> {
    factory.create_video_encoder(name).expect("it encodes")
}

fn grey(pixels: &[u8]) -> Canvas<'_> {
    let height = u32::try_from(pixels.len()).expect("few");
    Canvas::borrowed(1, height, PixelType::Grey8, pixels).expect("a canvas")
}

fn a_plugin_in_c_encodes() {
    let factory = with_sorenson("encodes");
    let mut encoder = encoder_of(&factory, "encodes");
    assert_eq!(encoder.identifier(), "made-up sorenson 1.0");
    assert_eq!(encoder.supported_types(), [PixelType::Grey8, PixelType::Bgra8]);

    let header = encoder.init(1, 3).expect("it starts").expect("a header");
    assert_eq!((header.kind, &*header.bytes), (VideoDataKind::SequenceHeader, &b"head"[..]));
    for number in 0..6 {
        let pixels = [number, 2, 3];
        let (canvas, rows) = if number % 2 == 0 {
            (grey(&pixels), [number, number, 2, 3])
        } else {
            (grey(&pixels).with_row_order(RowOrder::BottomUp), [number, 3, 2, number])
        };
        let frame = encoder.encode_canvas(&canvas).expect("it encodes").expect("a frame");
        assert_eq!(*frame.bytes, rows);
        assert_eq!(frame.is_key_frame(), number % 4 == 0, "{number}");
    }
    assert_eq!(encoder.encode_canvas(&grey(&[0xff, 0, 0])), Ok(None), "left out");
    let bgra = Canvas::from_vec(1, 3, PixelType::Bgra8, (0..12).collect()).expect("a canvas");
    let frame = encoder.encode_canvas(&bgra).expect("it encodes").expect("a frame");
    assert_eq!(*frame.bytes, [&[6][..], &(0..12).collect::<Vec<_>>()].concat());

    let rest = encoder.close().expect("it closes");
    assert_eq!(rest, [VideoData::new(VideoDataKind::InterFrame, &b"rest"[..])]);
}

/// A plugin without checks must never get a canvas that it did not agree to.
fn what_it_may_not_see() {
    let factory = with_sorenson("unseeing");
    let mut encoder = encoder_of(&factory, "unseeing");
    assert_eq!(encoder.encode_canvas(&grey(&[1])), Err(CodecError::NotInitialised));
    assert_eq!(encoder.close(), Err(CodecError::NotInitialised));
    assert!(matches!(encoder.init(0, 1), Err(CodecError::InvalidParameters(_))));

    encoder.init(1, 2).expect("it starts");
    assert_eq!(encoder.init(1, 2), Err(CodecError::AlreadyInitialised));
    let rgb = Canvas::new(1, 2, PixelType::Rgb8).expect("a canvas");
    for canvas in [grey(&[1]), grey(&[1, 2, 3]), rgb] {
        let refused = encoder.encode_canvas(&canvas);
        assert!(matches!(refused, Err(CodecError::InvalidParameters(_))), "{refused:?}");
    }
    encoder.close().expect("it closes");
    assert_eq!(encoder.close(), Err(CodecError::NotInitialised));
    assert_eq!(encoder.encode_canvas(&grey(&[1, 2])), Err(CodecError::NotInitialised));
    assert_eq!(encoder.init(1, 2), Err(CodecError::AlreadyInitialised));
}

fn what_it_fails_with_is_told() {
    let factory = with_sorenson("failing");
    let mut encoder = encoder_of(&factory, "failing");
    let reason = "4096 is the widest (plugin \"failing\", code -2)".to_owned();
    let wanted = CodecError::Resolution { width: 5000, height: 2, reason };
    assert_eq!(encoder.init(5000, 2), Err(wanted));
    encoder.init(1, 2).expect("it may be tried again");

    let failed = |text: &str| Err(CodecError::Failed(text.to_owned()));
    for (pixel, wanted) in [
        (0xfe, failed("no pixel of 254 can be had (plugin \"failing\", code -4)")),
        (0xfd, failed("the plugin wrote through a null pointer, or more than 16777215 bytes")),
        (0xfc, failed("the plugin wrote through a null pointer, or more than 16777215 bytes")),
        (0xfb, failed("the plugin \"failing\" wrote data of kind 77, which does not exist")),
        (0xfa, failed("the plugin \"failing\" returned 12345 and gives no reason")),
    ] {
        assert_eq!(encoder.encode_canvas(&grey(&[pixel, 0])), wanted);
    }
    let frame = encoder.encode_canvas(&grey(&[1, 2])).expect("it goes on").expect("a frame");
    assert_eq!(*frame.bytes, [0, 1, 2]);
}

fn its_parameters() {
    let factory = with_sorenson("parameters");
    let mut encoder = encoder_of(&factory, "parameters");
    assert_eq!(encoder.parameter("keyframe_interval").as_deref(), Some("4"));
    assert!(encoder.set_parameter("keyframe_interval", "2"));
    assert_eq!(encoder.parameter("keyframe_interval").as_deref(), Some("2"));
    for (name, value) in [
        ("keyframe_interval", "0"),
        ("keyframe_interval", "none"),
        ("bitrate", "1"),
        ("keyframe_interval", "3\0"),
        ("keyframe_interval\0", "3"),
    ] {
        assert!(!encoder.set_parameter(name, value), "{name:?} {value:?}");
    }
    assert_eq!(encoder.parameter("keyframe_interval").as_deref(), Some("2"));
    assert_eq!(encoder.parameter("bitrate"), None);
    assert_eq!(encoder.parameter("bit\0rate"), None);
}

fn a_plugin_in_c_decodes() {
    let factory = with_sorenson("decodes");
    let mut decoder = factory.create_video_decoder("decodes").expect("it decodes");
    assert_eq!(decoder.identifier(), "decodes", "it has no identifier, so its name");
    assert_eq!(decoder.decode_canvas(&[0, 1]), Err(CodecError::NotInitialised));
    assert!(matches!(decoder.init(b"body"), Err(CodecError::InvalidData(_))));
    decoder.init(b"head").expect("it starts");
    assert_eq!(decoder.init(b"head"), Err(CodecError::AlreadyInitialised));

    assert_eq!(decoder.decode_canvas(&[7]), Ok(None));
    assert_eq!(decoder.format(), None);
    let canvas = decoder.decode_canvas(&[0, 4, 5, 6]).expect("it decodes").expect("a picture");
    assert_eq!((canvas.width(), canvas.height()), (1, 3));
    assert_eq!(canvas.rows().collect::<Vec<_>>(), [[4], [5], [6]]);
    let format = decoder.format().expect("that of the picture");
    assert_eq!((format.width, format.height), (1, 3));
    assert_eq!(format.pixel_type, PixelType::Grey8);

    assert!(matches!(decoder.decode_canvas(&[]), Err(CodecError::InvalidData(_))));
    let Err(CodecError::Failed(lie)) = decoder.decode_canvas(&[0xff, 1]) else {
        panic!("a picture that has no pixels")
    };
    assert!(lie.contains("rows of 1000 bytes cannot begin 3 bytes apart"), "{lie}");
    assert!(!decoder.set_parameter("any", "1"));
    assert_eq!(decoder.parameter("any"), None);
    decoder.close();
    decoder.close();
    assert_eq!(decoder.decode_canvas(&[0, 1]), Err(CodecError::NotInitialised));
}

fn a_plugin_in_rust() {
    let factory = VideoCodecFactory::default();
    let plugin = load(&factory, run_length()).expect("a plugin");
    assert_eq!(plugin.name, "run length");
    let mut encoder = encoder_of(&factory, "run length");
    let mut decoder = factory.create_video_decoder("run length").expect("it decodes");
    assert!(encoder.identifier().starts_with("run length "));
    assert_eq!(encoder.supported_types(), [PixelType::Grey8, PixelType::Rgb8]);
    assert!(matches!(encoder.init(9000, 1), Err(CodecError::Resolution { width: 9000, .. })));
    assert_eq!(encoder.init(3, 2), Ok(None));
    assert_eq!(decoder.init(&[]), Ok(()));
    assert_eq!(decoder.format(), None);

    let pixels = [[9; 12], [1, 2, 3, 4, 5, 6, 9, 9, 9, 9, 9, 9]].concat();
    let canvas = Canvas::borrowed(3, 2, PixelType::Rgb8, &pixels[..18]).expect("a canvas");
    let frame = encoder.encode_canvas(&canvas).expect("it encodes").expect("a frame");
    assert!(frame.is_key_frame());
    let runs = [4, 9, 9, 9, 1, 1, 2, 3, 1, 4, 5, 6];
    assert_eq!(*frame.bytes, [&[0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 3][..], &runs].concat());
    assert_eq!(decoder.decode_canvas(&frame.bytes), Ok(Some(canvas)));
    assert_eq!(decoder.format().map(|format| (format.width, format.height)), Some((3, 2)));

    assert!(encoder.set_parameter("longest_run", "2"));
    assert!(!encoder.set_parameter("longest_run", "0"));
    assert_eq!(encoder.parameter("longest_run").as_deref(), Some("2"));
    assert_eq!(encoder.parameter("bitrate"), None);
    let Err(CodecError::InvalidData(reason)) = decoder.decode_canvas(&[1, 2]) else {
        panic!("no frame")
    };
    assert!(reason.starts_with("the runs do not fill the picture"), "{reason}");
    assert_eq!(encoder.close(), Ok(Vec::new()));
}

fn encoders_run_at_once() {
    let factory = with_sorenson("at once");
    std::thread::scope(|scope| {
        for start in 0..4 {
            let factory = &factory;
            scope.spawn(move || {
                let mut encoder = encoder_of(factory, "at once");
                encoder.init(1, 2).expect("it starts");
                for number in 0..200 {
                    let frame = encoder.encode_canvas(&grey(&[start, 1]));
                    let frame = frame.expect("it encodes").expect("a frame");
                    assert_eq!(*frame.bytes, [number, start, 1]);
                }
            });
        }
    });
}
