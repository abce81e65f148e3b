//! What the conversion of a picture costs, beside the crate `yuv` and a plain copy.
//! `benches/conversions.sh` runs it beside FFmpeg's swscale.
//!
//! The feature `h264` converts to I420 with `yuv` itself. All other conversions are ours.
#![allow(missing_docs, reason = "criterion's macro makes public functions")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rendercast::media::{BgrRows, Canvas, PixelType, ToneMap};
use yuv::{
    YuvBiPlanarImage, YuvChromaSubsampling, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut,
    YuvRange, YuvStandardMatrix,
};

const SIZES: [(u32, u32); 2] = [(1280, 720), (1920, 1080)];

const LIMITED: YuvRange = YuvRange::Limited;
const BT709: YuvStandardMatrix = YuvStandardMatrix::Bt709;

/// Bytes that follow no pattern.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn to_i420(criterion: &mut Criterion) {
    for (width, height) in SIZES {
        let rgba = noise((width * height * 4) as usize);
        let mut planes = YuvPlanarImageMut::alloc(width, height, YuvChromaSubsampling::Yuv420);
        for (name, convert) in [
            ("rgba_to_i420", yuv::rgba_to_yuv420 as fn(&mut _, &_, _, _, _, _) -> _),
            ("bgra_to_i420", yuv::bgra_to_yuv420),
        ] {
            criterion.bench_function(&format!("{name}/{height}/yuv"), |bencher| {
                let mode = YuvConversionMode::Balanced;
                bencher.iter(|| {
                    let pixels = black_box(&rgba[..]);
                    convert(&mut planes, pixels, width * 4, LIMITED, BT709, mode)
                });
            });
        }
        let uv = &rgba[..(width * height / 2) as usize];
        let (mut u, mut v) = (vec![0; uv.len() / 2], vec![0; uv.len() / 2]);
        // As the encoder of H.264 does it. It takes Y as it is.
        criterion.bench_function(&format!("nv12_to_i420/{height}/rendercast"), |bencher| {
            bencher.iter(|| {
                let pairs = black_box(uv).as_chunks::<2>().0.iter();
                for (([from_u, from_v], u), v) in pairs.zip(&mut u).zip(&mut v) {
                    (*u, *v) = (*from_u, *from_v);
                }
                black_box((&mut u, &mut v));
            });
        });
        let mut copy = rgba.clone();
        criterion.bench_function(&format!("copy_of_rgba/{height}/memcpy"), |bencher| {
            bencher.iter(|| copy.copy_from_slice(black_box(&rgba)));
        });
    }
}

fn to_bgr(criterion: &mut Criterion) {
    for (width, height) in SIZES {
        let pixels = (width * height) as usize;
        let bytes = noise(pixels * 4);
        let floats: Vec<f32> =
            bytes.iter().map(|byte| (f32::from(*byte) / 200.0).powf(2.2)).collect();
        // From 1/16 to 1.2.
        let halves: Vec<u16> = bytes.iter().map(|byte| 0x2c00 + u16::from(*byte) * 17).collect();
        let floats = Canvas::borrowed_floats(width, height, PixelType::RgbaF32, &floats);
        let floats = floats.expect("a picture");
        let halves = Canvas::borrowed_half_floats(width, height, PixelType::RgbaF16, &halves);
        let halves = halves.expect("a picture");
        let reinhard = ToneMap::new(|row: &mut [[f32; 4]]| {
            for pixel in row {
                *pixel = pixel.map(|light| light / (1.0 + light));
            }
        });
        let of = |pixel_type, length| {
            Canvas::borrowed(width, height, pixel_type, &bytes[..length]).expect("a picture")
        };
        for (name, canvas) in [
            ("rgba_to_bgr", of(PixelType::Rgba8, pixels * 4)),
            ("f32_to_bgr", floats.clone()),
            ("f32_to_bgr_by_reinhard", floats.clone().with_tone_map(reinhard.clone())),
            ("f32_to_bgr_encoded", floats.clone().with_tone_map(ToneMap::encoded())),
            ("f16_to_bgr", halves.clone()),
            ("f16_to_bgr_by_reinhard", halves.clone().with_tone_map(reinhard)),
            ("i420_to_bgr", of(PixelType::I420, pixels * 3 / 2)),
            ("nv12_to_bgr", of(PixelType::Nv12, pixels * 3 / 2)),
        ] {
            let mut rows = BgrRows::default();
            let mut bgr = vec![0; pixels * 3];
            criterion.bench_function(&format!("{name}/{height}/rendercast"), |bencher| {
                bencher.iter(|| {
                    let lines = bgr.chunks_exact_mut(width as usize * 3);
                    for (line, row) in lines.zip(0..) {
                        rows.read(black_box(&canvas), row, line);
                    }
                    black_box(&mut bgr);
                });
            });
        }
        to_bgr_by_yuv(criterion, (width, height), &bytes);
    }
}

fn to_bgr_by_yuv(criterion: &mut Criterion, (width, height): (u32, u32), bytes: &[u8]) {
    let pixels = (width * height) as usize;
    let mut bgr = vec![0; pixels * 3];
    criterion.bench_function(&format!("rgba_to_bgr/{height}/yuv"), |bencher| {
        bencher.iter(|| {
            yuv::rgba_to_bgr(black_box(bytes), width * 4, &mut bgr, width * 3, width, height)
        });
    });
    let (y, rest) = bytes.split_at(pixels);
    let (u, v) = rest.split_at(pixels / 4);
    let planar = YuvPlanarImage {
        y_plane: y,
        y_stride: width,
        u_plane: u,
        u_stride: width / 2,
        v_plane: &v[..pixels / 4],
        v_stride: width / 2,
        width,
        height,
    };
    criterion.bench_function(&format!("i420_to_bgr/{height}/yuv"), |bencher| {
        bencher
            .iter(|| yuv::yuv420_to_bgr(black_box(&planar), &mut bgr, width * 3, LIMITED, BT709));
    });
    let interleaved = YuvBiPlanarImage {
        y_plane: y,
        y_stride: width,
        uv_plane: &rest[..pixels / 2],
        uv_stride: width,
        width,
        height,
    };
    criterion.bench_function(&format!("nv12_to_bgr/{height}/yuv"), |bencher| {
        let mode = YuvConversionMode::Balanced;
        bencher.iter(|| {
            let image = black_box(&interleaved);
            yuv::yuv_nv12_to_bgr(image, &mut bgr, width * 3, LIMITED, BT709, mode)
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = to_i420, to_bgr
}
criterion_main!(benches);
