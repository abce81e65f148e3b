//! What clients can write to the log.

use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use log::{LevelFilter, Log, Metadata, Record};
use rendercast::amf::{Object, Value};
use rendercast::{Connection, HandlerResult, ServerConfig};

use crate::support::{Client, Host, PATIENCE};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps all lines. Panics at lines that say so.
struct Keeper;

impl Log for Keeper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        let panics = line.contains("panic of the logger");
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        assert!(!panics, "as the test wishes");
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
