//! Canvases of all kinds.

use super::*;

#[test]
fn pixels_that_do_not_fit_are_an_error_that_says_so() {
    let error = Canvas::borrowed(3, 2, PixelType::Rgb8, &[0; 17]).unwrap_err();
    assert_eq!(error.to_string(), "a picture of 3x2 Rgb8 takes 18 bytes, not 17");
    assert_eq!(
        Canvas::new(0, 2, PixelType::Grey8),
        Err(CanvasError::Dimensions { width: 0, height: 2 })
    );
    assert_eq!(
        Canvas::new(u32::MAX, u32::MAX, PixelType::RgbaF32),
        Err(CanvasError::Dimensions { width: u32::MAX, height: u32::MAX })
    );
    assert_eq!(
        Canvas::borrowed_floats(1, 1, PixelType::Rgb8, &[0.0; 3]),
        Err(CanvasError::NotFloats { pixel_type: PixelType::Rgb8, bits: 32 })
    );
}

#[test]
fn rows_are_counted_from_the_top() {
    let pixels = [1, 2, 3, 4, 5, 6];
    let canvas = Canvas::borrowed(2, 3, PixelType::Grey8, &pixels).unwrap();
    assert_eq!(canvas.rows().collect::<Vec<_>>(), [[1, 2], [3, 4], [5, 6]]);
    let canvas = canvas.with_row_order(RowOrder::BottomUp);
    assert_eq!(canvas.rows().collect::<Vec<_>>(), [[5, 6], [3, 4], [1, 2]]);
    assert!(canvas.row(3).is_empty());
}

#[test]
fn rows_may_have_gaps_between_them() {
    let pixels = [1, 2, 9, 3, 4, 9];
    let of = |bytes, stride| Canvas::borrowed_with_stride(2, 2, PixelType::Grey8, bytes, stride);
    let mut canvas = of(&pixels, 3).unwrap().with_row_order(RowOrder::BottomUp);
    assert_eq!(canvas.rows().collect::<Vec<_>>(), [[3, 4], [1, 2]]);
    assert_eq!(canvas.stride(), 3);
    canvas.row_mut(0).fill(7);
    assert_eq!(canvas.bytes(), [1, 2, 9, 7, 7, 9]);
    assert_eq!(of(&pixels, 1), Err(CanvasError::Stride { stride: 1, row_bytes: 2 }));
    assert!(matches!(of(&pixels, usize::MAX), Err(CanvasError::Dimensions { .. })));
}

#[test]
fn the_last_row_needs_no_gap_and_what_is_behind_it_is_left_out() {
    let bytes: Vec<u8> = (0..40).collect();
    // Width, height, stride, and how many bytes there are: those that remain, or those wanted.
    for ((width, height, stride), found, outcome) in [
        ((2, 2, 4), 5, Err(6)),
        ((2, 2, 4), 6, Ok(6)),
        ((2, 2, 4), 7, Ok(7)),
        ((2, 2, 4), 8, Ok(8)),
        ((2, 2, 4), 40, Ok(8)),
        ((3, 4, 3), 11, Err(12)),
        ((3, 4, 3), 40, Ok(12)),
        ((5, 1, 30), 4, Err(5)),
        ((5, 1, 30), 5, Ok(5)),
        ((5, 1, usize::MAX), 40, Ok(40)),
    ] {
        for row_order in [RowOrder::TopDown, RowOrder::BottomUp] {
            let found = &bytes[..found];
            let canvas =
                Canvas::borrowed_with_stride(width, height, PixelType::Grey8, found, stride);
            let canvas = canvas.map(|canvas| canvas.with_row_order(row_order));
            let length = canvas.as_ref().map(|canvas| canvas.bytes().len());
            assert_eq!(
                length.map_err(|error| match error {
                    CanvasError::Size { wanted, .. } => *wanted,
                    other => panic!("{other}"),
                }),
                outcome
            );
            let Ok(mut canvas) = canvas else { continue };
            let mut rows: Vec<_> = canvas.rows().map(<[u8]>::to_vec).collect();
            if row_order == RowOrder::BottomUp {
                rows.reverse();
            }
            for (row, start) in rows.iter().zip((0..).step_by(stride)) {
                assert_eq!(row[..], bytes[start..start + width as usize]);
            }
            assert_eq!(rows.len(), height as usize);
            canvas.row_mut(height - 1).fill(99);
            assert_eq!(canvas.row(height - 1), vec![99; width as usize]);
        }
    }
}

#[test]
fn planes_need_no_gap_behind_their_last_rows() {
    let bytes: Vec<u8> = (0..40).collect();
    let of = |y, u, v| {
        let planes = [(y, 8), (u, 5), (v, 2)];
        let planes = planes.map(|(length, stride)| Plane { bytes: &bytes[..length], stride });
        Canvas::borrowed_planes(3, 3, PixelType::I420, &planes)
    };
    let canvas = of(19, 7, 40).expect("they end with their rows, or later");
    assert_eq!([0, 1, 2].map(|plane| canvas.plane(plane).len()), [19, 7, 4]);
    assert_eq!([0, 1, 2].map(|plane| canvas.plane_rows(plane).count()), [3, 2, 2]);
    assert_eq!((canvas.row(2), canvas.plane_row(1, 1)), (&[16, 17, 18][..], &[5, 6][..]));
    for (lengths, short) in [((18, 7, 4), 0), ((19, 6, 4), 1), ((19, 7, 3), 2)] {
        let error = of(lengths.0, lengths.1, lengths.2).unwrap_err();
        assert!(matches!(error, CanvasError::PlaneSize { plane, .. } if plane == short), "{error}");
    }
}

#[test]
fn drawing_on_a_borrowed_canvas_leaves_the_lender_alone() {
    let pixels = [1, 2];
    let mut canvas = Canvas::borrowed(1, 2, PixelType::Grey8, &pixels).unwrap();
    canvas.row_mut(1).fill(9);
    assert_eq!(canvas.bytes(), [1, 9]);
    assert_eq!(pixels, [1, 2]);
    assert!(canvas.row_mut(2).is_empty());
}

#[test]
fn floats_are_taken_as_they_are() {
    let floats = [0.0, 0.5, 1.0];
    let canvas = Canvas::borrowed_floats(1, 1, PixelType::RgbF32, &floats).unwrap();
    assert_eq!(canvas.row(0)[4..8], 0.5f32.to_ne_bytes());
}

#[test]
fn planes_follow_each_other_or_have_strides_of_their_own() {
    let bytes: Vec<u8> = (0..17).collect();
    // Odd sides: U and V have 2x2 samples for 3x3 pixels.
    for (pixel_type, chroma) in [
        (PixelType::I420, [&[9, 10, 11, 12][..], &[13, 14, 15, 16]]),
        (PixelType::Nv12, [&[9, 10, 11, 12, 13, 14, 15, 16], &[]]),
    ] {
        let of = |bytes| Canvas::borrowed(3, 3, pixel_type, bytes);
        assert!(matches!(of(&bytes[1..]), Err(CanvasError::Size { wanted: 17, .. })));
        let canvas = of(&bytes).unwrap();
        let owned = Canvas::from_vec(3, 3, pixel_type, bytes.clone()).unwrap();
        assert_eq!(owned, canvas);
        assert_eq!(canvas.clone().into_owned(), canvas.borrow());
        assert_eq!((canvas.row(2), canvas.plane(0)), (&[6, 7, 8][..], &bytes[..9]));
        assert_eq!([canvas.plane(1), canvas.plane(2)], chroma);
        let half = chroma[0].len() / 2;
        assert_eq!(canvas.plane_row(1, 1), &chroma[0][half..]);
        assert!(canvas.plane_row(1, 2).is_empty() && canvas.plane_row(3, 0).is_empty());
        let mut upward = canvas.with_row_order(RowOrder::BottomUp);
        assert_eq!(upward.plane_row(1, 0), &chroma[0][half..]);
        upward.plane_row_mut(1, 0).fill(77);
        assert_eq!(upward.plane(1)[half..], vec![77; half]);
        assert_eq!(upward.plane_stride(1), half);
        assert!(upward.plane_row_mut(3, 0).is_empty());
    }
}

#[test]
fn black_is_black_in_each_range() {
    let full = ColourSpace { matrix: ColourMatrix::Bt601, range: ColourRange::Full };
    for (pixel_type, space, planes) in [
        (PixelType::I420, ColourSpace::default(), [&[16; 4][..], &[128], &[128]]),
        (PixelType::I420, full, [&[0; 4], &[128], &[128]]),
        (PixelType::Nv12, ColourSpace::default(), [&[16; 4], &[128; 2], &[]]),
        (PixelType::Nv12, full, [&[0; 4], &[128; 2], &[]]),
        (PixelType::Rgb8, full, [&[0; 12], &[], &[]]),
    ] {
        let canvas = Canvas::black(2, 2, pixel_type, space).unwrap();
        assert_eq!([0, 1, 2].map(|plane| canvas.plane(plane)), planes, "{pixel_type:?}");
        assert_eq!(canvas.colour_space(), space);
        let mut bgr = [7; 6];
        crate::media::BgrRows::default().read(&canvas, 1, &mut bgr);
        assert_eq!(bgr, [0; 6], "{pixel_type:?} {space:?}");
    }
    let canvas = Canvas::new(2, 2, PixelType::I420);
    assert_eq!(canvas, Canvas::black(2, 2, PixelType::I420, ColourSpace::default()));
}

#[test]
fn planes_that_do_not_fit_are_an_error_that_says_so() {
    let of = |pixel_type, planes: &[Plane<'_>]| {
        let error = Canvas::borrowed_planes(4, 4, pixel_type, planes).unwrap_err();
        error.to_string()
    };
    let plane = |bytes, stride| Plane { bytes, stride };
    let (y, uv) = (plane(&[0; 20][..], 5), plane(&[0; 8][..], 4));
    assert!(Canvas::borrowed_planes(4, 4, PixelType::Nv12, &[y, uv]).is_ok());
    assert_eq!(of(PixelType::Nv12, &[y]), "Nv12 has 2 planes, not 1");
    assert_eq!(of(PixelType::I420, &[y, uv]), "I420 has 3 planes, not 2");
    assert_eq!(of(PixelType::Rgb8, &[]), "Rgb8 has 1 planes, not 0");
    assert_eq!(
        of(PixelType::Nv12, &[y, plane(&[0; 7], 4)]),
        "plane 1 of a picture of 4x4 Nv12 has 2 rows that begin 4 bytes apart: 8 bytes or more, \
         not 7"
    );
    assert_eq!(
        of(PixelType::Nv12, &[y, plane(&[0; 6], 3)]),
        "rows of 4 bytes cannot begin 3 bytes apart"
    );
    let error = Canvas::borrowed_with_stride(4, 4, PixelType::I420, &[0; 24], 4).unwrap_err();
    assert_eq!(error.to_string(), "I420 has 3 planes, not 1");
    assert_eq!(
        Canvas::new(u32::MAX, u32::MAX, PixelType::I420),
        Err(CanvasError::Dimensions { width: u32::MAX, height: u32::MAX })
    );
    let error = Canvas::borrowed_half_floats(1, 1, PixelType::RgbaF32, &[0; 4]).unwrap_err();
    assert_eq!(error.to_string(), "RgbaF32 is not made of floats of 16 bits");
}
