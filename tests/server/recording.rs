//! Recordings: what is in the files, what they are called, and what becomes of the stream when they
//! cannot be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rendercast::live::{LiveConfig, LiveHandler, RecordedStreams};
use rendercast::media::{Tag, TagKind, flv};
use rendercast::protocol::chunk::MessageType;
use rendercast::record::{ExistingFile, RecordConfig, RecordEvent, Recorder};
use rendercast::{End, LiveStream, LiveStreamConfig, Timestamp};

use crate::support::{Client, Host, PATIENCE, inter_frame, key_frame, wait_until};

const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 2, 3];
const SOUND: &[u8] = &[0xaf, 1, 9];

/// A folder, and the events of the recordings in it.
struct Recordings {
    folder: tempfile::TempDir,
    config: RecordConfig,
    events: Receiver<RecordEvent>,
}

impl Recordings {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let config = RecordConfig::new(folder.path());
        Self::with(folder, config)
    }

    fn with(folder: tempfile::TempDir, config: RecordConfig) -> Self {
        let (sender, events) = channel();
        let config = config.on_event(move |event| {
            let _ = sender.send(event.clone());
        });
        Self { folder, config, events }
    }

    /// The path of the next file that is complete.
    #[track_caller]
    fn next_complete(&self) -> PathBuf {
        loop {
            match self.events.recv_timeout(PATIENCE).expect("a file is completed") {
                RecordEvent::Completed { path, .. } => return path,
                RecordEvent::Started { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    #[track_caller]
    fn next_failure(&self) -> (PathBuf, String) {
        loop {
            match self.events.recv_timeout(PATIENCE).expect("the recording fails") {
                RecordEvent::Failed { path, reason } => return (path, reason),
                RecordEvent::Started { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder can be read");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }
}

fn video(time: u32, payload: impl Into<bytes::Bytes>) -> Tag {
    Tag { kind: TagKind::Video, timestamp: Timestamp(time), payload: payload.into() }
}

fn audio(time: u32) -> Tag {
    Tag { kind: TagKind::Audio, timestamp: Timestamp(time), payload: SOUND.into() }
}

/// The tags of a file behind its metadata, each with its time.
fn read(path: &Path) -> Vec<(u32, bytes::Bytes)> {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let tags = flv::Reader::new(file).expect("an FLV file").map(|tag| tag.expect("whole tags"));
    tags.skip(1).map(|tag| (tag.timestamp.0, tag.payload)).collect()
}

fn payloads(path: &Path) -> Vec<bytes::Bytes> {
    read(path).into_iter().map(|(_, payload)| payload).collect()
}

/// `seconds` of a stream with a key frame each second, from `start` on.
fn film(start: u32, seconds: u32) -> Vec<Tag> {
    let second = |second: u32| {
        let at = start.wrapping_add(second * 1000);
        let key = video(at, key_frame(second, 1000));
        let inter = [200, 400, 600, 800].map(|late| video(at + late, inter_frame(second, 100)));
        let sound = [0, 500].map(|late| audio(at + late));
        let mut tags: Vec<Tag> = [key].into_iter().chain(inter).chain(sound).collect();
        tags.sort_by_key(|tag| tag.timestamp.0);
        tags
    };
    (0..seconds).flat_map(second).collect()
}

#[test]
fn a_recording_has_the_payloads_of_the_stream_and_can_be_sought_in() {
    let recordings = Recordings::new();
    let live = LiveStream::new(LiveStreamConfig::default());
    let recorder = Recorder::start(&live, "scene", recordings.config.clone()).expect("a thread");
    let mut sent = vec![video(70_000, HEADER)];
    sent.extend(film(70_000, 5));
    for tag in &sent {
        live.send(vec![tag.clone()], Instant::now());
    }
    recorder.stop();
    let path = recordings.next_complete();
    assert_eq!(path, recordings.folder.path().join("scene.flv"));
    assert_eq!(recordings.names(), ["scene.flv"]);
    let expected: Vec<_> =
        sent.iter().map(|tag| (tag.timestamp.0 - 70_000, tag.payload.clone())).collect();
    assert_eq!(read(&path), expected);
    let mut reader = flv::Reader::new(fs::File::open(&path).expect("it is there")).expect("FLV");
    let key_frames = reader.key_frames_from_metadata().expect("readable").expect("a right table");
    let times: Vec<u32> = key_frames.iter().map(|key| key.timestamp.0).collect();
    assert_eq!(times, [0, 1000, 2000, 3000, 4000]);
}

#[test]
fn a_recording_begins_with_the_last_key_frame_and_ends_with_the_stream() {
    let recordings = Recordings::new();
    let live = LiveStream::new(LiveStreamConfig::default());
    let past = film(0, 2);
    live.send(past.clone(), Instant::now());
    let recorder = Recorder::start(&live, "scene", recordings.config.clone()).expect("a thread");
    live.end(End::Complete);
    let expected: Vec<_> = past[7..].iter().map(|tag| tag.payload.clone()).collect();
    assert_eq!(payloads(&recordings.next_complete()), expected);
    wait_until("it has stopped", || recorder.has_stopped());
    let figures = recorder.figures();
    assert_eq!((figures.files, figures.tags, figures.dropped), (1, 7, 0));
}

#[test]
fn a_file_that_is_long_enough_is_followed_by_another_from_a_key_frame_on() {
    for limit in ["duration", "bytes"] {
        let recordings = Recordings::new();
        let config = match limit {
            "duration" => recordings.config.clone().max_duration(Duration::from_millis(1500)),
            _ => recordings.config.clone().max_bytes(40_000),
        };
        let live = LiveStream::new(LiveStreamConfig::default());
        let recorder = Recorder::start(&live, "scene", config).expect("a thread");
        live.send(vec![video(0, HEADER)], Instant::now());
        let sent = film(0, 6);
        live.send(sent.clone(), Instant::now());
        recorder.stop();
        let mut all = Vec::new();
        for name in ["scene.flv", "scene~2.flv", "scene~3.flv"] {
            let path = recordings.folder.path().join(name);
            let mut tags = read(&path);
            assert_eq!(tags[0], (0, HEADER.into()), "{limit}: {name}");
            assert_eq!((tags[1].0, tags[1].1[0]), (0, 0x17), "{limit}: {name} begins");
            all.extend(tags.drain(1..).map(|(_, payload)| payload));
            if limit == "bytes" {
                // One file holds all that is written before the next key frame.
                break;
            }
        }
        let sent: Vec<_> = sent.iter().map(|tag| tag.payload.clone()).collect();
        assert!(sent.starts_with(&all), "{limit}");
        assert!(limit == "bytes" || sent == all, "{limit}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_stops_the_recording_and_not_the_stream() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("file");
    fs::write(&file, "no folder").expect("it can be written");
    let config = RecordConfig::new(file.join("recordings"));
    let recordings = Recordings::with(folder, config);
    let live = LiveHandler::new(
        LiveConfig::default().record(recordings.config.clone(), RecordedStreams::All),
    );
    let host = Host::start(live);
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    send(&mut publisher, stream, 0, &[key_frame(1, 10)]);
    let (path, reason) = recordings.next_failure();
    assert!(path.ends_with("recordings/live+key.flv"), "{path:?}");
    assert!(!reason.is_empty());
    send(&mut publisher, stream, 40, &[key_frame(2, 10)]);
    for number in 1..=2 {
        assert_eq!(*viewer.next_media().payload(), key_frame(number, 10));
    }
}

fn send(client: &mut Client, stream: u32, start: u32, frames: &[bytes::Bytes]) {
    for (frame, timestamp) in frames.iter().zip((start..).step_by(40)) {
        client.send_media(stream, MessageType::VIDEO, timestamp, frame.clone());
    }
}

/// Publishes frames as `kind`, and ends.
fn publish(host: &Host, name: &str, kind: &str, start: u32, frames: &[bytes::Bytes]) {
    let mut client = host.client();
    let stream = client.create_stream();
    client.request(stream, "publish", &[name.into(), kind.into()]);
    client.wait_for_code("NetStream.Publish.Start");
    send(&mut client, stream, start, frames);
    client.close_stream(stream);
    client.wait_for_code("NetStream.Unpublish.Success");
}

fn host(recordings: &Recordings, streams: RecordedStreams, continues: bool) -> Host {
    let config = LiveConfig::default()
        .record(recordings.config.clone(), streams)
        .record_continues(continues);
    Host::start(LiveHandler::new(config))
}

#[test]
fn each_publisher_has_a_file_of_its_own() {
    let recordings = Recordings::new();
    let host = host(&recordings, RecordedStreams::All, false);
    let mut viewer = host.client();
    viewer.play_new("key");
    for number in 0..2 {
        let frames = [key_frame(number, 10), inter_frame(number, 10)];
        publish(&host, "key", "live", 5000 * number, &frames);
        assert_eq!(payloads(&recordings.next_complete()), frames, "{number}");
    }
    assert_eq!(recordings.names(), ["live+key.flv", "live+key~2.flv"]);
}

#[test]
fn a_publisher_that_returns_continues_its_file_if_that_is_asked_for() {
    let recordings = Recordings::new();
    let host = host(&recordings, RecordedStreams::All, true);
    publish(&host, "key", "live", 0, &[key_frame(1, 10)]);
    publish(&host, "key", "live", 3_000_000_000, &[inter_frame(2, 10), key_frame(3, 10)]);
    host.server.shutdown();
    drop(host);
    let tags = read(&recordings.next_complete());
    let all: Vec<_> = tags.iter().map(|(_, payload)| payload.clone()).collect();
    assert_eq!(all, [key_frame(1, 10), key_frame(3, 10)]);
    assert!(tags[1].0 < 60_000, "{tags:?} go on where the first ceased");
    assert_eq!(recordings.names(), ["live+key.flv"]);
}

#[test]
fn a_stream_that_code_publishes_is_recorded() {
    let recordings = Recordings::new();
    let config = LiveConfig::default().record(recordings.config.clone(), RecordedStreams::All);
    let live = LiveHandler::new(config);
    let source = live.publish("live/camera").expect("the name is free");
    let film = film(0, 2);
    source.send(film.clone(), Instant::now()).expect("it is not replaced");
    drop(source);
    let expected: Vec<_> = film.iter().map(|tag| tag.payload.clone()).collect();
    assert_eq!(payloads(&recordings.next_complete()), expected);
}

#[test]
fn the_recordings_that_wait_for_their_publishers_are_bounded() {
    let recordings = Recordings::new();
    let config = LiveConfig::default()
        .record(recordings.config.clone(), RecordedStreams::All)
        .record_continues(true)
        // No recording ends because its publisher stays away.
        .grace(4 * PATIENCE);
    let host = Host::start(LiveHandler::new(config));
    for number in 0..80 {
        publish(&host, &format!("key{number}"), "live", 0, &[key_frame(1, 10)]);
    }
    let is_complete = |name: &&String| name.ends_with(".flv");
    let complete = || recordings.names().iter().filter(is_complete).count();
    wait_until("those that had to end are complete", || complete() >= 80 - 64);
    assert_eq!(complete(), 80 - 64, "{:?}", recordings.names());
}

#[test]
fn the_type_of_publishing_asks_for_a_recording() {
    let recordings = Recordings::new();
    let host = host(&recordings, RecordedStreams::Asked, false);
    publish(&host, "key", "live", 0, &[key_frame(1, 10)]);
    publish(&host, "key", "record", 0, &[key_frame(2, 10)]);
    assert_eq!(payloads(&recordings.next_complete()), [key_frame(2, 10)]);
    publish(&host, "key", "append", 0, &[key_frame(3, 10)]);
    let tags = read(&recordings.next_complete());
    assert_eq!(tags, [(0, key_frame(2, 10)), (1, key_frame(3, 10))]);
    publish(&host, "key", "record", 0, &[key_frame(4, 10)]);
    assert_eq!(payloads(&recordings.next_complete()), [key_frame(4, 10)]);
    assert_eq!(recordings.names(), ["live+key.flv"]);
}

/// Records some frames of a live stream, and returns the path of the file.
fn record(recordings: &Recordings, existing: ExistingFile, tags: Vec<Tag>) -> PathBuf {
    let live = LiveStream::new(LiveStreamConfig::default());
    let config = recordings.config.clone().existing(existing);
    let recorder = Recorder::start(&live, "scene", config).expect("a thread");
    live.send(tags, Instant::now());
    recorder.stop();
    recordings.next_complete()
}

#[test]
fn a_file_goes_on_where_it_is() {
    let recordings = Recordings::new();
    let path = record(&recordings, ExistingFile::Keep, film(0, 3));
    let before = fs::read(&path).expect("it can be read");
    // A reader that has opened the file before sees what comes, so it is no copy.
    let reader = fs::File::open(&path).expect("it can be read");
    let live = LiveStream::new(LiveStreamConfig::default());
    let config = recordings.config.clone().existing(ExistingFile::Append);
    let recorder = Recorder::start(&live, "scene", config.clone()).expect("a thread");
    live.send(film(90_000, 1), Instant::now());
    let length = || reader.metadata().expect("an open file").len();
    wait_until("the file grows", || length() > before.len() as u64);
    assert_eq!(recordings.names(), ["scene.flv"], "there is no other file");
    // What a process leaves that is killed now.
    let killed = fs::read(&path).expect("it can be read");
    assert_eq!(killed[..before.len()], before[..], "what was there stays as it was");

    // A second recording of the same name must not write in between.
    let another = Recorder::start(&live, "scene", config).expect("a thread");
    live.send(film(91_000, 1), Instant::now());
    another.stop();
    assert_eq!(recordings.next_complete(), recordings.folder.path().join("scene~2.flv"));
    recorder.stop();
    assert_eq!(recordings.next_complete(), path);
    assert_eq!(reader.metadata().expect("an open file").len(), fs::metadata(&path).unwrap().len());

    let all = [film(0, 3), film(90_000, 1), film(91_000, 1)].concat();
    let expected: Vec<_> = all.iter().map(|tag| tag.payload.clone()).collect();
    assert!(payloads(&path) == expected, "not the payloads of both recordings");
    assert_eq!(key_frames(&path), 5);

    // The killed one goes on behind its last whole tag.
    fs::remove_file(recordings.folder.path().join("scene~2.flv")).expect("it is there");
    fs::write(&path, &killed[..killed.len() - 9]).expect("it can be written");
    record(&recordings, ExistingFile::Append, film(0, 1));
    let all = payloads(&path);
    assert!(all.len() > 7 * 4 - 3 && all.len() < 7 * 5, "{} frames", all.len());
    assert_eq!(key_frames(&path), 5);
}

/// The number of key frames in a file's metadata, which must be right.
fn key_frames(path: &Path) -> usize {
    let mut reader = flv::Reader::new(fs::File::open(path).expect("a file")).expect("an FLV file");
    reader.key_frames_from_metadata().expect("it can be read").expect("a right table").len()
}

#[test]
fn a_file_of_another_program_is_copied_to_go_on() {
    let recordings = Recordings::new();
    let path = recordings.folder.path().join("scene.flv");
    let mut writer = flv::Writer::new(Vec::new(), true, true).expect("it is in memory");
    for tag in film(0, 2) {
        writer.write(&tag).expect("it is in memory");
    }
    fs::write(&path, writer.into_inner()).expect("it can be written");
    assert_eq!(record(&recordings, ExistingFile::Append, film(70_000, 1)), path);
    assert_eq!(key_frames(&path), 3);
    assert_eq!(recordings.names(), ["scene.flv"]);
}

#[test]
fn names_of_clients_stay_in_the_folder() {
    let recordings = Recordings::new();
    let host = host(&recordings, RecordedStreams::All, false);
    for name in ["../../../escape", "/etc/escape", "..", "a\0b", &"long/".repeat(150)] {
        publish(&host, name, "record", 0, &[key_frame(1, 10)]);
        let path = recordings.next_complete();
        assert_eq!(path.parent(), Some(recordings.folder.path()), "{name:?}: {path:?}");
    }
    assert_eq!(recordings.names().len(), 5);
}

#[test]
fn a_file_that_cannot_be_continued_stays() {
    let recordings = Recordings::new();
    let damaged = recordings.folder.path().join("scene.flv");
    fs::write(&damaged, "no FLV file").expect("it can be written");
    let config = recordings.config.clone().existing(ExistingFile::Append);
    let live = LiveStream::new(LiveStreamConfig::default());
    let recorder = Recorder::start(&live, "scene", config).expect("a thread");
    live.send(film(0, 1), Instant::now());
    recorder.stop();
    assert_eq!(recordings.next_complete(), recordings.folder.path().join("scene~2.flv"));
    assert_eq!(fs::read(&damaged).expect("it is there"), b"no FLV file");
}
