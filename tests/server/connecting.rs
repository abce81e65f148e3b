//! Which handler accepts a connection, and which is told that it is gone.

use rendercast::amf::{Object, Value};
use rendercast::config::ConnectionLimits;
use rendercast::{ConnectEventHandler, Connection, HandlerError, HandlerResult, Refusal};

use crate::support::{Client, Host, Told, patient};

/// Notes what it is asked and told, and always gives the same answer.
struct Doorman {
    name: &'static str,
    verdict: fn() -> HandlerResult,
    told: Told,
}

impl ConnectEventHandler for Doorman {
    fn connect(&self, _: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        self.told.note(format!("{} asked", self.name));
        (self.verdict)()
    }

    fn close(&self, _: &Connection) {
        self.told.note(format!("{} told of the close", self.name));
    }
}

fn doorman(name: &'static str, told: &Told, verdict: fn() -> HandlerResult) -> Doorman {
    Doorman { name, verdict, told: told.clone() }
}

/// Returns the code and the description of a refusal.
fn refusal(answer: Result<Value, Value>) -> (String, String) {
    let info = answer.expect_err("the connection is refused");
    let text = |name| info.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("code"), text("description"))
}

#[test]
fn handlers_are_asked_in_turn_and_the_one_that_claims_is_told_of_the_close() {
    let told = Told::default();
    let host = Host::start(doorman("first", &told, || Ok(false)));
    host.server.install(doorman("second", &told, || Err("no".into())));
    host.server.install(doorman("third", &told, || Ok(true)));
    host.server.install(doorman("fourth", &told, || Ok(true)));
    drop(host.client());
    told.wait_for("third told of the close");
    host.server.shutdown();
    assert_eq!(
        told.all(),
        ["first asked", "second asked", "third asked", "third told of the close"]
    );
}

#[test]
fn a_connection_that_nobody_claims_is_refused_and_closed() {
    let told = Told::default();
    let host = Host::start_empty(patient());
    for handlers in 0..2 {
        let mut client = Client::open(host.address);
        let (code, description) = refusal(client.connect("nowhere", &[]));
        assert_eq!(code, "NetConnection.Connect.Rejected", "{handlers} handlers");
        assert!(description.contains("nowhere"), "{description}");
        assert!(client.until_closed().is_empty());
        host.server.install(doorman("only", &told, || Ok(false)));
    }
    host.server.shutdown();
    assert_eq!(told.all(), ["only asked"]);
}

#[test]
fn the_words_of_a_refusal_reach_the_client() {
    fn refused() -> HandlerError {
        Refusal::new("NetConnection.Connect.Rejected", "Members only.").into()
    }
    for (verdict, words) in [
        ((|| Err(refused())) as fn() -> HandlerResult, "Members only."),
        (|| Err("The renderer is not ready.".into()), "The application failed."),
    ] {
        let host = Host::start(doorman("only", &Told::default(), verdict));
        let mut client = Client::open(host.address);
        let (code, description) = refusal(client.connect("live", &[]));
        assert_eq!(
            (code.as_str(), description.as_str()),
            ("NetConnection.Connect.Rejected", words)
        );
        assert!(client.until_closed().is_empty());
    }
}

#[test]
fn a_removed_handler_is_asked_no_more_and_still_told_of_the_close() {
    let told = Told::default();
    let host = Host::start_empty(patient());
    let first = host.server.install(doorman("first", &told, || Ok(true)));
    let client = host.client();
    assert!(host.server.remove(first));
    assert!(!host.server.remove(first));
    host.server.install(doorman("second", &told, || Ok(true)));
    let other = host.client();
    drop(client);
    told.wait_for("first told of the close");
    drop(other);
    told.wait_for("second told of the close");
    assert_eq!(told.all().len(), 4, "{told:?}");
}

#[test]
fn a_panic_of_a_connect_handler_ends_that_connection_alone() {
    let told = Told::default();
    let closes = told.clone();
    struct Panicking(Told);
    impl ConnectEventHandler for Panicking {
        fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
            assert_ne!(connection.app(), "panic", "as the client wishes");
            Ok(true)
        }
        fn close(&self, connection: &Connection) {
            self.0.note(format!("{} closed", connection.app()));
        }
    }
    let host = Host::start(Panicking(closes));
    let mut neighbour = host.client();
    let mut client = Client::open(host.address);
    client.ask_to_connect(Object::new().with("app", "panic"), &[]);
    assert!(client.until_closed().is_empty());
    neighbour.sync();
    host.client().sync();
    host.server.shutdown();
    assert_eq!(told.count("panic closed"), 0, "{told:?}");
    assert_eq!(told.count("live closed"), 2, "{told:?}");
}

#[test]
fn what_the_client_says_of_itself_reaches_the_handler() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(
        move |connection: &Connection, command: &Object, user: &[Value]| -> HandlerResult {
            noted.note(format!("{} {}", connection.app(), connection.tc_url()));
            noted.note(format!("{:?} {user:?}", command.get("flashVer").and_then(Value::as_str)));
            noted.note(format!("{:?}", connection.peer_address().ip()));
            Ok(true)
        },
    );
    let mut client = Client::open(host.address);
    let properties = Object::new()
        .with("app", "rooms/7")
        .with("tcUrl", "rtmp://test/rooms/7")
        .with("flashVer", "LNX 9,0,124,2");
    let user = [Value::from("secret"), Value::from(7)];
    client.connect_with(properties, &user).expect("the connection is claimed");
    assert_eq!(
        told.all(),
        [
            "rooms/7 rtmp://test/rooms/7".to_owned(),
            format!("Some(\"LNX 9,0,124,2\") {user:?}"),
            "Some(127.0.0.1)".to_owned()
        ]
    );
}

#[test]
fn more_connections_than_allowed_are_closed_at_once() {
    let host = Host::start_with(
        patient().connections(ConnectionLimits::default().total(1)),
        doorman("only", &Told::default(), || Ok(true)),
    );
    let mut client = host.client();
    let mut second = std::net::TcpStream::connect(host.address).expect("the server listens");
    second.set_read_timeout(Some(crate::support::PATIENCE)).expect("an open socket");
    let read = std::io::Read::read(&mut second, &mut [0; 16]);
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    client.sync();
    let refused = host.server.statistics().get("connections_refused").and_then(Value::as_number);
    assert_eq!(refused, Some(1.0));
}
