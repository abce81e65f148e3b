//! Play: what is granted, and what is sent in which order.

use rendercast::amf::{Value, amf0};
use rendercast::{FrameOut, HandlerResult, PlayFrom, PlayOut, Refusal, Stream};

use crate::support::{Client, Host, Received, Told, frame_number, key_frame, on_streams};

/// Sends key frames, numbered from 1.
fn register_frames(stream: &Stream) {
    let mut frames = 0;
    stream.register_frame_event_handler(
        move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            frames += 1;
            out.video(key_frame(frames, 0));
            Ok(true)
        },
    );
}

/// Returns the status with which a play is refused.
fn refusal(client: &mut Client, stream: u32, name: &str) -> (String, String, String) {
    client.ask_to_play(stream, name);
    client.until(|received| match received {
        Received::Status { level, code, description, .. } => Some((level, code, description)),
        _ => None,
    })
}

#[test]
fn without_a_play_handler_every_play_is_allowed() {
    let host = Host::start(on_streams(register_frames));
    let mut client = host.client();
    let stream = client.play_new("anything");
    let media = client.next_media();
    assert_eq!((media.stream, frame_number(media.payload())), (stream, 1));
}

#[test]
fn a_refused_play_is_answered_with_its_reason_and_nothing_starts() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream| {
        let noted = noted.clone();
        stream.register_frame_event_handler(
            move |_: &Stream, _: &mut FrameOut, _: bool| -> HandlerResult {
                noted.note("frame");
                Ok(true)
            },
        );
        stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
            out.video(key_frame(1, 0));
            match stream.stream_name().as_str() {
                "false" => Ok(false),
                "error" => Err("The scene is too large.".into()),
                "absent" => Err(Refusal::stream_not_found("absent").into()),
                _ => Ok(true),
            }
        });
    }));
    let mut client = host.client();
    let stream = client.create_stream();
    for (name, code, description) in [
        ("false", "NetStream.Play.Failed", "The application refused the play."),
        ("error", "NetStream.Play.Failed", "The application failed."),
        ("absent", "NetStream.Play.StreamNotFound", "There is no stream named \"absent\"."),
    ] {
        let refused = refusal(&mut client, stream, name);
        assert_eq!(refused, ("error".to_owned(), code.to_owned(), description.to_owned()));
    }
    assert!(client.sync().is_empty());
    assert_eq!(told.count("frame"), 0);
    client.play(stream, "present");
    told.wait_for("frame");
}

#[test]
fn a_play_on_no_stream_is_refused_and_the_connection_lives() {
    let host = Host::start(on_streams(register_frames));
    let mut client = host.client();
    let (level, code, _) = refusal(&mut client, 5, "scene");
    assert_eq!((level.as_str(), code.as_str()), ("error", "NetStream.Play.Failed"));
    client.play_new("scene");
}

#[test]
fn the_start_of_play_is_told_in_the_order_that_players_need() {
    for is_recorded in [false, true] {
        let host = Host::start(on_streams(move |stream| {
            register_frames(stream);
            stream.register_play_event_handler(
                move |_: &Stream, out: &mut PlayOut| -> HandlerResult {
                    out.set_recorded(is_recorded);
                    let mut cue = Vec::new();
                    amf0::encode(&"onCuePoint".into(), &mut cue);
                    out.data(cue);
                    out.video(key_frame(0, 0));
                    Ok(true)
                },
            );
        }));
        let mut client = host.client();
        let stream = client.create_stream();
        client.ask_to_play(stream, "scene");
        let mut names = Vec::new();
        client.until(|received| {
            let is_first_of_loop = matches!(
                &received,
                Received::Media(media) if frame_number(media.payload()) == 1
            );
            names.push(received.name());
            is_first_of_loop.then_some(())
        });
        let mut expected = vec![
            "StreamBegin",
            "NetStream.Play.Reset",
            "NetStream.Play.Start",
            "|RtmpSampleAccess",
            "onCuePoint",
            "Video",
            "Video",
        ];
        if is_recorded {
            expected.insert(0, "StreamIsRecorded");
        }
        assert_eq!(names, expected);
    }
}

#[test]
fn what_the_client_asks_for_reaches_the_play_handler() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream| {
        let noted = noted.clone();
        stream.register_play_event_handler(
            move |stream: &Stream, _: &mut PlayOut| -> HandlerResult {
                let request = stream.play_request();
                assert_eq!(request.stream_name, stream.stream_name());
                let from = match request.from {
                    PlayFrom::Any => "any".to_owned(),
                    PlayFrom::Live => "live".to_owned(),
                    PlayFrom::At(position) => format!("{position:?}"),
                };
                let (name, length, reset) = (request.stream_name, request.duration, request.reset);
                noted.note(format!("{name} from {from} for {length:?}, reset {reset}"));
                Ok(true)
            },
        );
    }));
    let mut client = host.client();
    let stream = client.create_stream();
    let name = Value::from("mp4:a/b.mp4?k=1");
    client.request(stream, "play", &[name.clone(), (-2).into()]);
    client.request(stream, "play", &[name.clone(), (-1000).into(), (-1).into()]);
    client.request(stream, "play", &[name, 1500.into(), 2000.into(), false.into()]);
    let statuses = client.sync();
    assert_eq!(
        told.all(),
        [
            "mp4:a/b.mp4?k=1 from any for None, reset true",
            "mp4:a/b.mp4?k=1 from live for None, reset true",
            "mp4:a/b.mp4?k=1 from 1.5s for Some(2s), reset false",
        ]
    );
    // Only plays that ask for it reset a playlist.
    let resets = statuses.iter().filter(|received| received.has_code("NetStream.Play.Reset"));
    assert_eq!(resets.count(), 2, "{statuses:?}");
}

#[test]
fn a_client_can_do_without_audio_or_video_and_have_video_again_from_a_key_frame() {
    use crate::support::{inter_frame, is_key_frame};
    let host = Host::start(on_streams(|stream| {
        stream.set_property("render_rate", 500).expect("a valid rate");
        let mut frames = 0;
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                frames += 1;
                out.audio(vec![0xAF, 1, 0]);
                let is_key = frames % 8 == 1;
                out.video(if is_key { key_frame(frames, 0) } else { inter_frame(frames, 0) });
                Ok(true)
            },
        );
    }));
    let mut client = host.client();
    let stream = client.play_new("scene");
    client.request(stream, "receiveVideo", &[false.into()]);
    client.request(stream, "receiveAudio", &[false.into()]);
    client.sync();
    let rest = client.listen(std::time::Duration::from_millis(50));
    // One call of the frame handler, with audio and video, may have been running.
    assert!(rest.iter().filter(|received| received.is_media()).count() <= 2, "{rest:?}");
    client.request(stream, "receiveVideo", &[true.into()]);
    let first = client.next_media();
    assert!(is_key_frame(first.payload()), "{first:?}");
    let mut last = frame_number(first.payload());
    for _ in 0..20 {
        let number = frame_number(client.next_media().payload());
        assert_eq!(number, last + 1);
        last = number;
    }
}
