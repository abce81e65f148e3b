//! What clients can write to the log.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, Once, PoisonError, mpsc};
use std::time::{Duration, Instant};

use log::{LevelFilter, Log, Metadata, Record};
use rendercast::amf::{Object, Value};
use rendercast::live::{LiveConfig, LiveHandler, RecordedStreams};
use rendercast::protocol::chunk::MessageType;
use rendercast::record::{RecordConfig, RecordEvent};
use rendercast::relay::{Push, RelayConfig};
use rendercast::vod::{FileHandler, Library};
use rendercast::{
    ConnectEventHandler, Connection, HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig,
    ServerConfig,
};

use crate::support::{Client, Host, PATIENCE, connect_from, frame_number, key_frame};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Whether the logger blocks.
static BLOCKS: Mutex<bool> = Mutex::new(false);
static RELEASED: Condvar = Condvar::new();

/// Keeps all lines. Panics at lines that say so. Blocks before each line while a [`Block`] lives.
struct Keeper;

impl Log for Keeper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        let panics = line.contains("panic of the logger");
        let blocks = BLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
        drop(RELEASED.wait_while(blocks, |blocks| *blocks));
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        assert!(!panics, "as the test wishes");
    }

    fn flush(&self) {}
}

/// Blocks the logger until it is dropped.
struct Block;

impl Block {
    fn begin() -> Self {
        *BLOCKS.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Self
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        *BLOCKS.lock().unwrap_or_else(PoisonError::into_inner) = false;
        RELEASED.notify_all();
    }
}

fn keep_lines() {
    static KEEPER: Once = Once::new();
    KEEPER.call_once(|| {
        log::set_logger(&Keeper).expect("the only logger");
        log::set_max_level(LevelFilter::Info);
    });
}

fn lines_with(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(text)).cloned().collect()
}

fn wait_for_line(text: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(line) = lines_with(text).pop() {
            return line;
        }
        assert!(Instant::now() < deadline, "no line has {text:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn accept(_: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
    Ok(true)
}

#[test]
fn lines_are_short_and_tell_no_tickets() {
    keep_lines();
    let host = Host::start_alone(ServerConfig::default(), accept);
    let mut client = Client::open_from([127, 0, 0, 3], host.address);
    let url = "rtmp://me:pass@localhost/short-lines?token=secret";
    let command = Object::new().with("app", "short-lines").with("tcUrl", url);
    client.connect_with(command, &[]).expect("the connection is claimed");
    let line = wait_for_line("/short-lines?");
    assert!(!line.contains("secret") && !line.contains("me:pass"), "{line}");

    let name = format!("long-name-{}", "x".repeat(1 << 20));
    let error = client.call(&name, &[]).expect_err("there is no such procedure");
    let description = error.get("description").and_then(Value::as_str).expect("a description");
    assert!(description.len() < 200, "{}", description.len());
    let line = wait_for_line("long-name-");
    assert!(line.len() < 1100, "{}", line.len());
}

#[test]
fn a_client_writes_so_many_lines_a_second_and_no_more() {
    keep_lines();
    let host = Host::start_alone(ServerConfig::default(), accept);
    let mut client = Client::open_from([127, 0, 0, 4], host.address);
    client.connect("live", &[]).expect("the connection is claimed");
    let since = Instant::now();
    for _ in 0..500 {
        client.begin_call("again-and-again", &[]);
    }
    client.call("the last", &[]).expect_err("there is no such procedure");
    let seconds = usize::try_from(since.elapsed().as_secs()).expect("a few seconds");
    let lines = lines_with("again-and-again").len();
    assert!(lines <= 100 * (seconds + 2), "{lines} lines");
}

#[test]
fn what_is_skipped_of_a_damaged_film_is_told() {
    const DAMAGED: usize = 3000;
    keep_lines();
    let folder = tempfile::tempdir().expect("a folder");
    let film = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/h264_aac.flv");
    let mut film = fs::read(film).expect("it is there");
    let middle = film.len() / 2;
    film[middle..middle + DAMAGED].fill(0);
    fs::write(folder.path().join("zeros-in-the-middle.flv"), film).expect("it can be written");
    let library = || Library::folder(folder.path()).expect("a folder");
    let host = Host::start_alone(ServerConfig::default(), FileHandler::new(library()));
    let mut client = Client::open_from([127, 0, 0, 7], host.address);
    client.connect("live", &[]).expect("the connection is claimed");
    client.play_new("zeros-in-the-middle");
    let line = wait_for_line("zeros-in-the-middle.flv: is damaged");
    assert!(line.contains("in 1 places, the first at byte"), "{line}");
    let found = library().find("live", "zeros-in-the-middle").expect("it is there");
    let skipped = found.file.skipped();
    assert_eq!(skipped.places, 1);
    let near = middle as u64 - DAMAGED as u64..(middle + DAMAGED) as u64;
    assert!(skipped.bytes > 0 && near.contains(&skipped.first), "{skipped:?}, not at {middle}");
    assert!(line.contains(&format!("{} bytes are skipped", skipped.bytes)), "{line}");
}

#[test]
fn a_logger_that_panics_ends_no_connection() {
    keep_lines();
    let host = Host::start_alone(ServerConfig::default(), accept);
    let mut client = Client::open_from([127, 0, 0, 5], host.address);
    client.connect("live", &[]).expect("the connection is claimed");
    client.call("panic of the logger", &[]).expect_err("there is no such procedure");
    client.sync();
}

#[test]
fn a_logger_that_blocks_stops_nothing_but_the_log() {
    const PEERS_PER_ADDRESS: u8 = 60;
    keep_lines();
    let host = Host::start_alone(ServerConfig::default(), accept);
    let block = Block::begin();
    let mut client = Client::open_from([127, 0, 0, 6], host.address);
    client.connect("live", &[]).expect("the connection is claimed");
    // More lines than may wait.
    for address in 100..125 {
        for _ in 0..PEERS_PER_ADDRESS {
            let mut garbage = connect_from([127, 0, 0, address], host.address).expect("a peer");
            garbage.set_read_timeout(Some(PATIENCE)).expect("a socket");
            let _ = garbage.write_all(&[0xa5; 2000]);
            let read = garbage.read(&mut [0; 16]);
            assert!(matches!(read, Ok(0)) || read.is_err_and(|error| is_reset(&error)));
        }
    }
    client.sync();
    host.client();
    // It returns, although the logger still blocks.
    host.server.shutdown();
    assert_eq!(lines_with("127.0.0.100:"), [""; 0], "the logger blocks");

    drop(block);
    wait_for_line("lines were left out: the logger is too slow");
    wait_for_line("127.0.0.100:");
}

/// A live stream, its recording, a relay, a render loop and a damaged film, each with lines on
/// threads that somebody waits for.
#[test]
fn a_logger_that_blocks_stops_no_thread_of_any_room() {
    keep_lines();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let files = Library::folder(damaged_film(&folder)).expect("a folder");
    let files = FileHandler::new(files).repeat(false);
    let (note, completed) = mpsc::channel();
    let record = RecordConfig::new(folder.path()).on_event(move |event| {
        if matches!(event, RecordEvent::Completed { .. }) {
            let _ = note.send(());
        }
    });
    let live = LiveHandler::new(LiveConfig::default().record(record, RecordedStreams::All));
    let host = Host::start_alone(ServerConfig::default(), PerApp { files, live });
    let block = Block::begin();

    let mut publisher = host.client();
    let stream = publisher.publish_new("blocked");
    let mut viewer = host.client();
    viewer.play_new("blocked");
    for (number, timestamp) in [(0, 0), (1, 40), (2, 20), (3, 4_000_000_000)] {
        publisher.send_media(stream, MessageType::VIDEO, timestamp, key_frame(number, 10));
        assert_eq!(frame_number(viewer.next_media().payload()), number);
    }
    publisher.delete_stream(stream);
    completed.recv_timeout(PATIENCE).expect("the recording is completed");

    let frames = |out: &mut LoopFrameOut, _: bool| -> HandlerResult {
        out.video(key_frame(7, 10));
        Ok(true)
    };
    let scene = RenderLoop::of_frames(RenderLoopConfig::new("blocked scene"), frames);
    let scene = scene.expect("a loop");
    let url = format!("rtmp://{}/live/pushed", host.address);
    viewer.play_new("pushed");
    let push = Push::start(scene.live_stream(), &url, RelayConfig::default()).expect("a push");
    assert_eq!(frame_number(viewer.next_media().payload()), 7);
    push.close();
    drop(scene);

    let mut viewer = Client::open(host.address);
    viewer.connect("films", &[]).expect("the connection is claimed");
    let stream = viewer.create_stream();
    // Longer than the film, so that it is sent at once.
    viewer.set_buffer_length(stream, 60_000);
    viewer.play(stream, "damaged");
    viewer.wait_for_code("NetStream.Play.Stop");
    host.server.shutdown();
    assert_eq!(lines_with("blocked"), [""; 0], "the logger blocks");

    drop(block);
    for line in [
        "publishes the live stream \"live/blocked\"",
        "live stream \"live/blocked\": repaired",
        "live stream \"live/blocked\": recorded",
        "render loop \"blocked scene\": ends",
        "push to rtmp://127.0.0.1",
        "damaged.flv: is damaged in 1 places",
    ] {
        wait_for_line(line);
    }
}

/// Plays files to clients of the application `films`, and live streams to all others.
struct PerApp {
    files: FileHandler,
    live: LiveHandler,
}

impl ConnectEventHandler for PerApp {
    fn connect(
        &self,
        connection: &Connection,
        properties: &Object,
        arguments: &[Value],
    ) -> HandlerResult {
        if connection.app() == "films" {
            self.files.connect(connection, properties, arguments)
        } else {
            self.live.connect(connection, properties, arguments)
        }
    }
}

/// Makes a film with zeros in its middle. Returns its folder.
fn damaged_film(folder: &tempfile::TempDir) -> PathBuf {
    let asset = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/h264_aac.flv");
    let mut film = fs::read(asset).expect("the file is there");
    let middle = film.len() / 2;
    film[middle..middle + 3000].fill(0);
    let films = folder.path().join("films");
    fs::create_dir(&films).expect("a folder");
    fs::write(films.join("damaged.flv"), film).expect("it can be written");
    films
}

fn is_reset(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::ConnectionReset
}
