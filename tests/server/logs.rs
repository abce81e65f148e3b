//! What clients can write to the log.

use std::io::{Read as _, Write as _};
use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use log::{LevelFilter, Log, Metadata, Record};
use rendercast::amf::{Object, Value};
use rendercast::{Connection, HandlerResult, ServerConfig};

use crate::support::{Client, Host, PATIENCE, connect_from};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Whether the logger blocks at the line that asks for it.
static BLOCKS: Mutex<bool> = Mutex::new(true);
static RELEASED: Condvar = Condvar::new();

/// Keeps all lines. Panics or blocks at lines that say so.
struct Keeper;

impl Log for Keeper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        let panics = line.contains("panic of the logger");
        let blocks = line.contains("block of the logger");
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        assert!(!panics, "as the test wishes");
        if blocks {
            let blocks = BLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
            drop(RELEASED.wait_while(blocks, |blocks| *blocks));
        }
    }

    fn flush(&self) {}
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
    let mut client = Client::open_from([127, 0, 0, 6], host.address);
    client.connect("live", &[]).expect("the connection is claimed");
    client.call("block of the logger", &[]).expect_err("there is no such procedure");
    wait_for_line("block of the logger");
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

    *BLOCKS.lock().unwrap_or_else(PoisonError::into_inner) = false;
    RELEASED.notify_all();
    wait_for_line("lines were left out: the logger is too slow");
    wait_for_line("127.0.0.100:");
}

fn is_reset(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::ConnectionReset
}
