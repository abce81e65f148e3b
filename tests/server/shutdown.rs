//! The end of a server: it is quick, all clients and handlers are told, and no thread is left.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::{
    CallError, ConnectEventHandler, Connection, ConnectionHandle, FrameOut, HandlerResult,
    MediaOut, PlayEventHandler, PlayOut, Stream, StreamEventHandler,
};

use crate::support::{
    Client, Host, PATIENCE, Received, Told, ensure, key_frame, one_of_several, patient, wait_until,
};

/// The longest time that a shutdown may take, on a machine that is not busy.
const SOON: Duration = Duration::from_secs(2);

/// Notes each end, and plays frames of `frame_bytes`.
#[derive(Clone)]
struct Application {
    told: Told,
    frame_bytes: usize,
    handles: mpsc::Sender<ConnectionHandle>,
}

impl ConnectEventHandler for Application {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        connection.register_stream_event_handler(self.clone());
        self.handles.send(connection.handle())?;
        Ok(true)
    }

    fn close(&self, _: &Connection) {
        self.told.note("close");
    }
}

impl StreamEventHandler for Application {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        stream.register_play_event_handler(self.clone());
        stream.register_render_event_handler(|_: &Stream| Ok(true));
        let (told, frame_bytes) = (self.told.clone(), self.frame_bytes);
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, is_full: bool| -> HandlerResult {
                if is_full {
                    told.note("full");
                } else {
                    out.video(key_frame(0, frame_bytes));
                }
                Ok(true)
            },
        );
        Ok(true)
    }

    fn remove(&mut self, _: &Stream) {
        self.told.note("remove");
    }
}

impl PlayEventHandler for Application {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        Ok(true)
    }

    fn stop(&mut self, _: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.told.note("stop");
        Ok(true)
    }
}

struct Fixture {
    host: Host,
    told: Told,
    handles: mpsc::Receiver<ConnectionHandle>,
}

impl Fixture {
    fn new(frame_bytes: usize) -> Self {
        let told = Told::default();
        let (sender, handles) = mpsc::channel();
        let application = Application { told: told.clone(), frame_bytes, handles: sender };
        let queues = Queues::default().outqueue_length(2);
        let config = patient().queues(queues);
        let host = Host::start_alone(config, application);
        if cfg!(target_os = "linux") {
            // Servers of other tests may have been dropped by their own threads.
            wait_until("only this server is there", || server_threads().len() == 1);
        }
        Self { host, told, handles }
    }

    /// Shuts down the server of `viewers`, and checks that this was complete. Returns how long it
    /// took.
    #[track_caller]
    fn check_shutdown(&self, viewers: usize) -> Duration {
        let started = Instant::now();
        self.host.server.shutdown();
        let took = started.elapsed();
        // Whatever could hold it up would do so for minutes.
        assert!(took < PATIENCE, "{took:?}");
        for what in ["stop", "remove", "close"] {
            assert_eq!(self.told.count(what), viewers, "{what}");
        }
        assert_eq!(server_threads(), [""; 0]);
        took
    }
}

/// Returns the names of the servers' threads in this process. Those of tests that need no server do
/// not count, and neither does the writer of the log.
#[cfg(target_os = "linux")]
fn server_threads() -> Vec<String> {
    const OURS: [&str; 5] =
        ["rtmp-accept", "rtmp-conn-", "rtmp-frame-", "rtmp-render-", "rtmp-send-"];
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists a process's threads");
    // A thread that ends meanwhile has no such file.
    let threads = tasks.filter_map(|task| {
        let status = std::fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
        let (_, rest) = status.split_once('(')?;
        let (name, rest) = rest.rsplit_once(") ")?;
        // The state, five numbers, and the flags.
        let flags: u32 = rest.split(' ').nth(6)?.parse().ok()?;
        // One that was joined is listed until the kernel has removed it.
        (flags & IS_EXITING == 0).then(|| name.to_owned())
    });
    threads.filter(|name| OURS.iter().any(|ours| name.starts_with(ours))).collect()
}

/// `PF_EXITING` of Linux.
#[cfg(target_os = "linux")]
const IS_EXITING: u32 = 4;

/// Other systems have no list of threads.
#[cfg(not(target_os = "linux"))]
fn server_threads() -> Vec<String> {
    Vec::new()
}

#[test]
fn two_hundred_playing_viewers_are_told_and_let_go_in_time() {
    one_of_several(|| {
        let took = let_two_hundred_go();
        ensure(took < SOON, || format!("{took:?}"))
    });
}

fn let_two_hundred_go() -> Duration {
    const VIEWERS: usize = 200;
    let fixture = Fixture::new(1000);
    let mut clients: Vec<Client> = (0..VIEWERS).map(|_| fixture.host.client()).collect();
    for client in &mut clients {
        client.play_new("scene");
    }
    for client in &mut clients {
        client.next_media();
    }
    if cfg!(target_os = "linux") {
        // One thread accepts. Each viewer has a connection, a frame loop and a render loop.
        wait_until("all threads run", || server_threads().len() == 1 + 3 * VIEWERS);
    }
    let took = fixture.check_shutdown(VIEWERS);
    for client in &mut clients {
        let last: Vec<_> = client.until_closed().iter().map(Received::name).collect();
        assert!(last.ends_with(&["NetStream.Play.Stop".into(), "StreamEOF".into()]), "{last:?}");
    }
    took
}

#[test]
fn viewers_that_do_not_read_and_handles_that_are_kept_hold_nothing_up() {
    const VIEWERS: usize = 5;
    let fixture = Fixture::new(200_000);
    let mut clients: Vec<Client> = (0..VIEWERS).map(|_| fixture.host.narrow_client()).collect();
    for client in &mut clients {
        client.play_new("scene");
    }
    // On average, each outqueue has been full more than once.
    fixture.told.wait_for_times("full", 4 * VIEWERS);
    let handles: Vec<_> = fixture.handles.try_iter().collect();
    assert_eq!(handles.len(), VIEWERS);
    fixture.check_shutdown(VIEWERS);
    for handle in handles {
        assert!(!handle.is_open());
        assert_eq!(handle.notify("tick", &[]), Err(CallError::Closed));
    }
}

#[test]
fn clients_in_every_state_of_connecting_are_closed() {
    let fixture = Fixture::new(1000);
    let silent = std::net::TcpStream::connect(fixture.host.address).expect("the server listens");
    let mut shaken = Client::open(fixture.host.address);
    let mut connected = fixture.host.client();
    let mut created = fixture.host.client();
    created.create_stream();
    let started = Instant::now();
    fixture.host.server.shutdown();
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    // These connections were accepted. Their threads end in any order.
    let mut told = fixture.told.all();
    told.sort();
    assert_eq!(told, ["close", "close", "remove"]);
    for client in [&mut shaken, &mut connected, &mut created] {
        assert!(client.until_closed().is_empty());
    }
    drop(silent);
    assert_eq!(server_threads(), [""; 0]);
}

#[test]
fn a_request_that_is_being_handled_is_served_to_its_end() {
    let told = Told::default();
    let noted = told.clone();
    let claim = move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let noted = noted.clone();
        connection.register_remote_call_handler(
            "work",
            move |_: &Connection, _: &str, _: &Value, _: &[Value]| {
                noted.note("begun");
                std::thread::sleep(Duration::from_millis(200));
                Ok("done".into())
            },
        );
        Ok(true)
    };
    let host = Host::start(claim);
    let mut client = host.client();
    let call = client.begin_call("work", &[]);
    told.wait_for("begun");
    host.server.shutdown();
    assert_eq!(client.reply_to(call), Ok("done".into()));
    assert!(client.until_closed().is_empty());
}

#[test]
fn each_of_several_shutdowns_returns_once_all_is_done() {
    const VIEWERS: usize = 20;
    let fixture = Fixture::new(1000);
    let mut clients: Vec<Client> = (0..VIEWERS).map(|_| fixture.host.client()).collect();
    for client in &mut clients {
        client.play_new("scene");
    }
    let (server, told) = (&fixture.host.server, &fixture.told);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                server.shutdown();
                assert_eq!(told.count("close"), VIEWERS);
            });
        }
    });
    fixture.check_shutdown(VIEWERS);
}

#[test]
fn threads_of_connections_that_end_by_themselves_end_too() {
    let fixture = Fixture::new(1000);
    for round in 1..=10 {
        let mut client = fixture.host.client();
        client.play_new("scene");
        client.next_media();
        drop(client);
        fixture.told.wait_for_times("close", round);
    }
    if cfg!(target_os = "linux") {
        // The thread of the last connection ends by itself.
        wait_until("the accept thread alone is left", || server_threads().len() == 1);
    }
    fixture.check_shutdown(10);
}
