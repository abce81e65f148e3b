//! What renderers and other threads say about pictures: show, keep, finish, publish, size.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rendercast::media::{Canvas, PixelType};
use rendercast::{
    HandlerResult, LoopCanvas, LoopCommands, LoopFrameOut, RenderLoop, RenderLoopConfig,
    RenderLoopError,
};

use super::{
    CODEC, Numbers, check_decodable, flicker, host_of, is_header, is_key_frame, marks_until,
    next_mark,
};
use crate::support::{PATIENCE, Received};

/// More than a tick of the loops in these tests.
const A_WHILE: Duration = Duration::from_millis(100);

fn config(name: &str) -> RenderLoopConfig {
    RenderLoopConfig::new(name).rate(100.0)
}

#[test]
fn a_progressive_render_shows_what_it_has() {
    let (go, steps) = mpsc::channel::<()>();
    let scene = Numbers::default().render_loop(config("steps"), move |canvas: &mut LoopCanvas| {
        for step in 1..=3 {
            canvas.row_mut(0).fill(step);
            canvas.show();
            steps.recv_timeout(PATIENCE)?;
        }
        canvas.row_mut(0).fill(4);
        canvas.finish();
        Ok(true)
    });
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    for step in 1..=3 {
        assert!(marks_until(&mut client, step).len() <= 1);
        go.send(()).expect("it renders");
    }
    marks_until(&mut client, 4);
    assert_eq!(scene.figures().renders, 4);
}

#[test]
fn a_renderer_that_has_finished_is_called_again_only_when_something_changes() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let scene = Numbers::default().render_loop(config("done"), move |canvas: &mut LoopCanvas| {
        let call = counted.fetch_add(1, Ordering::SeqCst) + 1;
        canvas.row_mut(0).fill(call as u8);
        canvas.finish();
        Ok(true)
    });
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    marks_until(&mut client, 1);
    for _ in 0..20 {
        assert_eq!(next_mark(&mut client), 1, "nothing has changed");
    }
    scene.execute(LoopCommands::of(|| Ok(1.into()))).expect("it runs");
    marks_until(&mut client, 2);
    scene.request_render();
    marks_until(&mut client, 3);
    for _ in 0..20 {
        assert_eq!(next_mark(&mut client), 3);
    }
    client.close_stream(stream);
    client.sync();
    client.play(stream, "scene");
    // A viewer that comes is shown the present. A loop that has not noticed its absence goes on.
    let before = marks_until(&mut client, 4);
    assert!([&[3][..], &[]].contains(&&*before), "{before:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

#[test]
fn a_picture_that_is_kept_is_the_last_one_whatever_the_canvas_holds() {
    let goes_on = Arc::new(AtomicBool::new(false));
    let (mut calls, shows_another) = (0u8, Arc::clone(&goes_on));
    let scene = Numbers::default().render_loop(config("kept"), move |canvas: &mut LoopCanvas| {
        calls = calls.saturating_add(1);
        let mark = match calls {
            1 | 2 => calls,
            _ if shows_another.load(Ordering::SeqCst) => 100,
            _ => {
                canvas.keep_last();
                99
            }
        };
        canvas.row_mut(0).fill(mark);
        Ok(true)
    });
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    marks_until(&mut client, 2);
    for _ in 0..20 {
        assert_eq!(next_mark(&mut client), 2);
    }
    assert_eq!(scene.figures().renders, 2, "nothing else was shown");
    // A viewer that comes after a rest is shown the picture that was kept.
    client.close_stream(stream);
    client.sync();
    client.listen(A_WHILE);
    client.play(stream, "scene");
    assert_eq!(next_mark(&mut client), 2);
    goes_on.store(true, Ordering::SeqCst);
    marks_until(&mut client, 100);
}

#[test]
fn pictures_can_be_published_from_any_thread() {
    let codec = Numbers::default();
    let config = config("published").size(4, 2).pixel_type(PixelType::Grey8);
    let scene = RenderLoop::of_pictures(config, &codec.factory(), CODEC).expect("it can encode");
    let scene = Arc::new(scene);
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    let picture =
        |mark| Canvas::from_vec(4, 2, PixelType::Grey8, vec![mark; 8]).expect("eight bytes");
    let publisher = Arc::clone(&scene);
    let thread = thread::spawn(move || publisher.publish(picture(1)).map(drop));
    assert_eq!(next_mark(&mut client), 1);
    assert_eq!(next_mark(&mut client), 1, "it is repeated");
    thread.join().expect("a thread").expect("the picture fits");
    scene.publish(picture(2)).expect("the picture fits");
    marks_until(&mut client, 2);
    let freed = scene.publish(picture(3)).expect("the picture fits").expect("a free canvas");
    assert_eq!(freed.row(0)[0], 1, "the first is free");
    // The last picture is there when the loop is watched again.
    client.close_stream(stream);
    client.sync();
    client.listen(A_WHILE);
    client.play(stream, "scene");
    marks_until(&mut client, 3);

    let wide = Canvas::new(8, 4, PixelType::Grey8).expect("a size");
    let error = scene.publish(wide).expect_err("it is too wide");
    let text = "a picture of (8, 4) pixels for render loop \"published\", whose size is (4, 2)";
    assert_eq!(error.to_string(), text);
    let blue = Canvas::new(4, 2, PixelType::Bgra8).expect("a size");
    assert!(matches!(scene.publish(blue), Err(RenderLoopError::PixelType { .. })));
    let nothing = |_: &mut LoopFrameOut, _: bool| -> HandlerResult { Ok(true) };
    let frames = RenderLoop::of_frames(RenderLoopConfig::new("frames"), nothing).expect("a loop");
    assert!(matches!(frames.publish(picture(4)), Err(RenderLoopError::NoEncoder { .. })));
}

#[test]
fn a_change_of_the_size_begins_with_metadata_a_header_and_a_key_frame() {
    let scene = Numbers::default().render_loop(config("size"), flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    check_decodable(&[client.next_media().tag, client.next_media().tag]);
    let error = scene.set_size(5, 2).expect_err("the encoder does not take it");
    assert!(matches!(error, RenderLoopError::Encoder { .. }), "{error}");
    assert!(matches!(scene.set_size(0, 4), Err(RenderLoopError::Canvas { .. })));
    assert_eq!(scene.size(), (4, 2));
    scene.set_size(8, 4).expect("the encoder takes it");
    assert_eq!(scene.size(), (8, 4));
    let width = client.until(|received| match received {
        Received::Data { name, values, .. } if name == "onMetaData" => {
            values[0].get("width").filter(|width| **width != 4.into()).cloned()
        }
        _ => None,
    });
    assert_eq!(width, 8.into());
    let tags = [client.next_media().tag, client.next_media().tag, client.next_media().tag];
    assert!(is_header(&tags[0]) && is_key_frame(&tags[1]), "{tags:?}");
    check_decodable(&tags);
    // A viewer that comes now is sent the same.
    let mut late = host.client();
    late.play_new("scene");
    check_decodable(&[late.next_media().tag, late.next_media().tag]);
}

#[test]
fn no_two_frames_have_the_same_time() {
    let config = RenderLoopConfig::new("fast").rate(1000.0);
    let scene = Numbers::default().render_loop(config, flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    let mut last = None;
    for _ in 0..500 {
        let tag = client.next_media().tag;
        if !is_header(&tag) {
            assert!(last.is_none_or(|last| tag.timestamp.since(last) > 0), "{last:?} {tag:?}");
            last = Some(tag.timestamp);
        }
    }
}
