//! Files, played over the server by the library's own handlers.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::media::TagKind;
use rendercast::vod::{FileHandler, Library};
use rendercast::{
    Connection, HandlerResult, Refusal, ServerConfig, Stream, StreamEventHandler as _,
};

use crate::support::{Client, Host, Media, Received};

#[allow(dead_code, reason = "other test binaries use the rest of it")]
#[path = "../support/flv.rs"]
mod flv;

use flv::{Kind, Tag};

/// A buffer longer than the files, so that all of a file is sent at once.
const WHOLE_FILE_MS: u32 = 10_000;

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

fn asset(name: &str) -> Vec<Tag> {
    flv::read(&assets().join(name).with_extension("flv"))
}

fn host(repeats: bool) -> Host {
    let library = Library::folder(assets()).expect("the folder is there");
    Host::start_with(ServerConfig::default(), FileHandler::new(library).repeat(repeats))
}

/// Plays `name` with a buffer of that length.
fn play(client: &mut Client, name: &str, buffer_ms: u32) -> u32 {
    let stream = client.create_stream();
    client.set_buffer_length(stream, buffer_ms);
    client.play(stream, name);
    stream
}

/// Returns the audio and video tags of the file, in order.
fn media_of(file: &[Tag]) -> Vec<&Tag> {
    file.iter().filter(|tag| tag.kind != Kind::Script).collect()
}

const fn kind_of(media: &Media) -> Kind {
    match media.tag.kind {
        TagKind::Audio => Kind::Audio,
        TagKind::Video => Kind::Video,
        TagKind::Script => Kind::Script,
    }
}

fn is_of(media: &Media, tag: &Tag) -> bool {
    kind_of(media) == tag.kind && media.payload()[..] == tag.payload[..]
}

fn is_header(media: &Media) -> bool {
    let kind = kind_of(media);
    Tag { kind, timestamp: 0, payload: media.payload().to_vec() }.is_sequence_header()
}

fn is_key_frame(media: &Media) -> bool {
    let kind = kind_of(media);
    Tag { kind, timestamp: 0, payload: media.payload().to_vec() }.is_key_frame()
}

#[test]
fn a_buffer_is_filled_at_once_however_rare_the_ticks_are() {
    const PERIOD: Duration = Duration::from_secs(60);
    let files = FileHandler::new(Library::folder(assets()).expect("the folder is there"));
    let host =
        Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            let mut files = files.clone();
            connection.register_stream_event_handler(move |stream: &Stream, options: &Value| {
                stream.set_render_rate(1.0 / PERIOD.as_secs_f64())?;
                files.create(stream, options)
            });
            Ok(true)
        });
    let mut client = host.client();
    let start = Instant::now();
    play(&mut client, "h264_aac", WHOLE_FILE_MS);
    let mut left = media_of(&asset("h264_aac")).len();
    client.until(|received| {
        left -= usize::from(matches!(received, Received::Media(_)));
        (left == 0).then_some(())
    });
    assert!(start.elapsed() < PERIOD / 2, "{:?}", start.elapsed());
}

#[test]
fn one_pass_is_every_payload_of_the_file_once_and_in_order() {
    let host = host(false);
    for name in ["h264_aac", "sorenson_mp3", "screen", "aac_only"] {
        let file = asset(name);
        let mut client = host.client();
        let stream = play(&mut client, name, WHOLE_FILE_MS);
        let mut played = Vec::new();
        let mut names = Vec::new();
        client.until(|received| {
            names.push(received.name());
            match received {
                Received::Media(media) => played.push(media),
                Received::StreamEof(ended) if ended == stream => return Some(()),
                _ => {}
            }
            None
        });
        let expected = media_of(&file);
        assert_eq!(played.len(), expected.len(), "{name}");
        let start = expected.iter().map(|tag| tag.timestamp).min().unwrap_or_default();
        for (media, tag) in played.iter().zip(expected) {
            assert!(is_of(media, tag), "{name}: {media:?} is not {tag:?}");
            assert_eq!(media.tag.timestamp.0, tag.timestamp - start, "{name}");
        }
        assert_eq!(names[1], "onMetaData", "{name}: {names:?}");
        let end = ["onPlayStatus", "NetStream.Play.Stop", "StreamEOF"];
        assert_eq!(names[names.len() - 3..], end, "{name}");
        // The connection stays open, and plays again.
        client.play(stream, name);
        client.next_media();
    }
}

#[test]
fn a_loop_goes_on_where_the_pass_before_it_ended() {
    const PASSES: u32 = 4;
    let host = host(true);
    for name in ["h264_aac", "sorenson_mp3", "screen", "aac_only"] {
        let file = asset(name);
        let expected = media_of(&file);
        let start = expected.iter().map(|tag| tag.timestamp).min().unwrap_or_default();
        let last = expected.iter().map(|tag| tag.timestamp).max().unwrap_or_default();
        let mut client = host.client();
        play(&mut client, name, WHOLE_FILE_MS);
        let mut length = 0;
        for pass in 0..PASSES {
            for tag in &expected {
                if pass > 0 && tag.is_sequence_header() {
                    continue; // the decoder has it
                }
                let media = client.next_media();
                let time = media.tag.timestamp.0;
                if pass == 1 && length == 0 {
                    // The last frame is shown for at most a tenth of a second.
                    length = time + start - tag.timestamp;
                    assert!((1..=100).contains(&(length + start - last)), "{name}: {length} ms");
                }
                assert!(is_of(&media, tag), "{name}, pass {pass}: {media:?} is not {tag:?}");
                assert_eq!(time, pass * length + tag.timestamp - start, "{name}, pass {pass}");
            }
        }
    }
}

#[test]
fn no_more_is_sent_ahead_than_the_client_buffers() {
    let host = host(true);
    let mut client = host.client();
    let started = Instant::now();
    play(&mut client, "h264_aac", 1000);
    let mut last = 0;
    while last < 900 {
        last = client.next_media().tag.timestamp.0;
    }
    let burst = client.listen(Duration::from_millis(100));
    last = last_time(&burst).unwrap_or(last);
    // It has played for that long, and a frame is longer than nothing.
    let most = 1000 + started.elapsed().as_millis() + 100;
    assert!(u128::from(last) <= most, "{last} ms of {most}");
}

#[test]
fn a_seek_is_answered_and_goes_on_with_headers_and_a_key_frame() {
    let host = host(false);
    let mut client = host.client();
    let stream = play(&mut client, "h264_aac", 500);
    client.next_media();
    client.request(stream, "seek", &[1500.into()]);
    client.wait_for_code("NetStream.Seek.Notify");
    let mut after = Vec::new();
    client.until(|received| {
        let is_frame = matches!(&received, Received::Media(media) if !is_header(media));
        after.push(received);
        is_frame.then_some(())
    });
    let names: Vec<_> = after.iter().map(Received::name).collect();
    assert_eq!(names, ["NetStream.Play.Start", "Video", "Audio", "Video"]);
    let media: Vec<_> = after
        .iter()
        .filter_map(|received| match received {
            Received::Media(media) => Some(media),
            _ => None,
        })
        .collect();
    assert!(is_header(media[0]) && is_header(media[1]) && is_key_frame(media[2]), "{after:?}");
    assert!((900..=1500).contains(&media[2].tag.timestamp.0), "{after:?}");
}

#[test]
fn a_pause_fills_the_buffer_and_no_more_and_the_resume_goes_on() {
    let host = host(true);
    let mut client = host.client();
    let started = Instant::now();
    let stream = play(&mut client, "h264_aac", 500);
    client.next_media();
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    let played = started.elapsed().as_millis();
    client.set_buffer_length(stream, 2500);
    let mut filled = 0;
    while filled < 2400 {
        filled = client.next_media().tag.timestamp.0;
    }
    // Nothing comes that the buffer does not hold.
    filled = last_time(&client.listen(Duration::from_millis(600))).unwrap_or(filled);
    assert!(u128::from(filled) <= 2500 + played + 100, "{filled} ms, of which {played} played");
    client.pause(stream, false);
    client.wait_for_code("NetStream.Unpause.Notify");
    let next = client.next_media().tag.timestamp.0;
    assert!(next.abs_diff(filled) < 300, "on from {filled} at {next}");
}

fn last_time(received: &[Received]) -> Option<u32> {
    received.iter().rev().find_map(|received| match received {
        Received::Media(media) => Some(media.tag.timestamp.0),
        _ => None,
    })
}

#[test]
fn names_are_found_as_clients_write_them_and_others_are_not_found() {
    let host = host(true);
    let mut client = host.client();
    for name in ["screen", "screen.flv", "flv:screen", "mp4:screen.mp4", "screen?token=1"] {
        let stream = client.play_new(name);
        client.next_media();
        client.delete_stream(stream);
    }
    let stream = client.create_stream();
    for name in ["nothing", "", "../assets/screen", "..", "/etc/passwd", "screen/../screen"] {
        client.ask_to_play(stream, name);
        client.wait_for_code("NetStream.Play.StreamNotFound");
    }
    client.play(stream, "screen");
}

#[test]
fn the_length_of_a_file_that_is_played_once_is_told() {
    let host = host(false);
    let mut client = host.client();
    let length = client.call("getStreamLength", &["screen".into()]).expect("it is a procedure");
    let length = length.as_number().expect("a number");
    assert!((1.8..2.3).contains(&length), "{length}");
}

/// Asks for `name` as a live stream, as `rtmpdump -v` does.
fn ask_for_live(client: &mut Client, name: &str) -> u32 {
    let stream = client.create_stream();
    client.request(stream, "play", &[name.into(), Value::from(-1000)]);
    stream
}

#[test]
fn a_file_that_repeats_plays_to_clients_that_want_live_streams_alone() {
    let host = host(true);
    let mut client = host.client();
    ask_for_live(&mut client, "screen");
    client.wait_for_code("NetStream.Play.Start");
    client.next_media();
    ask_for_live(&mut client, "nothing");
    client.wait_for_code("NetStream.Play.StreamNotFound");
}

#[test]
fn a_file_is_refused_as_a_live_stream_if_it_plays_once_or_the_server_is_strict() {
    let library = || Library::folder(assets()).expect("the folder is there");
    for files in
        [FileHandler::new(library()).repeat(false), FileHandler::new(library()).refuse_live(true)]
    {
        let host = Host::start_with(ServerConfig::default(), files);
        let mut client = host.client();
        let stream = ask_for_live(&mut client, "screen");
        client.wait_for_code("NetStream.Play.StreamNotFound");
        client.play(stream, "screen");
    }
}

#[test]
fn a_check_sees_the_file_s_one_name_however_it_is_asked_for() {
    let library = Library::folder(assets()).expect("the folder is there");
    let files = FileHandler::new(library).check(|_, name| {
        if name == "screen.flv" {
            Err(Refusal::new("NetStream.Play.Failed", "No."))
        } else {
            Ok(())
        }
    });
    let host = Host::start_with(ServerConfig::default(), files);
    let mut client = host.client();
    let stream = client.create_stream();
    for name in ["screen", "screen.flv", "flv:screen", "mp4:screen.mp4", "screen?x=1", "%73creen"] {
        client.ask_to_play(stream, name);
        client.wait_for_code("NetStream.Play.Failed");
        let length = client.call("getStreamLength", &[name.into()]).expect("a procedure");
        assert_eq!(length.as_number(), Some(0.0), "{name}");
    }
    client.play(stream, "h264_aac");
}

/// A film of that many pictures of 2 KB, 40 ms apart.
fn film(pictures: u32) -> Vec<u8> {
    use rendercast::media::{Tag, flv::Writer};
    let mut writer = Writer::new(Vec::new(), false, true).expect("memory takes all");
    for number in 0..pictures {
        let mut payload = vec![if number % 25 == 0 { 0x13 } else { 0x23 }; 2_000];
        payload[1..5].copy_from_slice(&number.to_be_bytes());
        let timestamp = rendercast::protocol::Timestamp(number * 40);
        let tag = Tag { kind: TagKind::Video, timestamp, payload: payload.into() };
        writer.write(&tag).expect("memory takes all");
    }
    writer.into_inner()
}

fn host_of(folder: &Path) -> Host {
    let library = Library::folder(folder).expect("the folder is there");
    Host::start_with(ServerConfig::default(), FileHandler::new(library).repeat(false))
}

#[test]
fn a_recording_is_played_while_it_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("recording.flv");
    let whole = film(200);
    std::fs::write(&path, &whole[..whole.len() / 2 + 77]).expect("it can be written");
    let host = host_of(folder.path());
    let mut client = host.client();
    play(&mut client, "recording", WHOLE_FILE_MS);
    for number in 0..100_u32 {
        assert_eq!(client.next_media().payload()[1..5], number.to_be_bytes());
        if number == 80 {
            let file = std::fs::OpenOptions::new().append(true).open(&path);
            let mut file = file.expect("it is there");
            file.write_all(&whole[whole.len() / 2 + 77..]).expect("it can be written");
        }
    }
    for number in 100..200_u32 {
        assert_eq!(client.next_media().payload()[1..5], number.to_be_bytes());
    }
}

#[test]
fn a_file_that_is_cut_off_while_it_plays_ends_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.flv");
    std::fs::write(&path, film(3_000)).expect("it can be written");
    let host = host_of(folder.path());
    let mut client = host.client();
    let stream = play(&mut client, "film", 1_000);
    client.next_media();
    std::fs::write(&path, b"FLV").expect("it can be written");
    client.set_buffer_length(stream, WHOLE_FILE_MS);
    client.wait_for_code("NetStream.Play.Stop");
    // The server plays on, also under that name.
    std::fs::write(&path, film(10)).expect("it can be written");
    play(&mut client, "film", 1_000);
    client.wait_for_code("NetStream.Play.Stop");
}

#[test]
fn a_film_that_is_replaced_while_it_plays_is_played_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.flv");
    std::fs::write(&path, film(200)).expect("it can be written");
    let host = host_of(folder.path());
    let mut client = host.client();
    let stream = play(&mut client, "film", 1_000);
    client.next_media();
    let other = folder.path().join("other");
    std::fs::write(&other, film(50)).expect("it can be written");
    std::fs::rename(other, &path).expect("it can be replaced");
    client.set_buffer_length(stream, WHOLE_FILE_MS);
    for number in 1..200_u32 {
        assert_eq!(client.next_media().payload()[1..5], number.to_be_bytes());
    }
}
