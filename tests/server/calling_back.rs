//! Remote procedure calls to the client, from handlers and from other threads.

use std::slice;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::protocol::chunk::MessageType;
use rendercast::{
    CallError, ConnectEventHandler, Connection, ConnectionHandle, HandlerResult, ServerConfig,
};

use crate::support::{Client, Host, PATIENCE, Received, Told};

/// Passes on the handle of each connection. Tries a call at the close, and notes its result.
struct Reception {
    handles: Sender<ConnectionHandle>,
    told: Told,
}

impl ConnectEventHandler for Reception {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        let told = self.told.clone();
        connection.register_remote_call_handler(
            "ask_back",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let told = told.clone();
                connection
                    .call("where", arguments, move |reply| told.note(format!("{reply:?}")))?;
                Ok("asked".into())
            },
        );
        self.handles.send(connection.handle())?;
        Ok(true)
    }

    fn close(&self, connection: &Connection) {
        let late = self.told.clone();
        let outcome = connection.call("late", &[], move |reply| late.note(format!("{reply:?}")));
        self.told.note(format!("at the close: {outcome:?}"));
        self.told.note("closed");
    }
}

struct Fixture {
    host: Host,
    told: Told,
    handles: Receiver<ConnectionHandle>,
}

impl Fixture {
    fn new(config: ServerConfig) -> Self {
        let (sender, handles) = mpsc::channel();
        let told = Told::default();
        let reception = Reception { handles: sender, told: told.clone() };
        Self { host: Host::start_with(config, reception), told, handles }
    }

    fn client(&self) -> (Client, ConnectionHandle) {
        let client = self.host.client();
        (client, self.handles.recv_timeout(PATIENCE).expect("the handle of a connection"))
    }

    fn reply(&self) -> impl FnOnce(Result<Value, CallError>) + Send + use<> {
        let told = self.told.clone();
        move |reply| told.note(format!("{reply:?}"))
    }
}

/// Returns the transaction, the name and the arguments of the next call from the server.
fn next_call(client: &mut Client) -> (f64, String, Vec<Value>) {
    client.until(|received| match received {
        Received::Call { transaction, procedure, arguments, .. } => {
            Some((transaction, procedure, arguments))
        }
        _ => None,
    })
}

#[test]
fn a_call_from_a_handler_gets_the_client_s_answer() {
    let fixture = Fixture::new(ServerConfig::default());
    let (mut client, _) = fixture.client();
    for (answer, told) in [
        (Ok(Value::from("here")), "Ok(String(\"here\"))"),
        (Err(Value::from("lost")), "Err(Failed(String(\"lost\")))"),
    ] {
        assert_eq!(client.call("ask_back", &[7.into()]), Ok("asked".into()));
        let (transaction, procedure, arguments) = next_call(&mut client);
        assert_eq!((procedure.as_str(), arguments), ("where", vec![7.into()]));
        client.answer(transaction, answer.clone());
        // A second answer to the same call is ignored.
        client.answer(transaction, answer);
        client.sync();
        assert_eq!(fixture.told.count(told), 1, "{:?}", fixture.told);
    }
}

#[test]
fn a_client_of_amf3_is_called_in_its_own_kind() {
    let fixture = Fixture::new(ServerConfig::default());
    let mut client = Client::open(fixture.host.address);
    let properties = Object::new().with("app", "live").with("objectEncoding", 3);
    client.connect_with(properties, &[]).expect("the connection is claimed");
    let handle = fixture.handles.recv_timeout(PATIENCE).expect("the handle of a connection");
    // The handle is passed on before the client is accepted.
    client.sync();
    let bytes = Value::ByteArray(vec![1, 2, 3]);
    handle.call("take", slice::from_ref(&bytes), fixture.reply()).expect("the connection is open");
    let (transaction, arguments, called_in) = client.until(|received| match received {
        Received::Call { transaction, arguments, message_type, .. } => {
            Some((transaction, arguments, message_type))
        }
        _ => None,
    });
    assert_eq!((called_in, arguments), (MessageType::COMMAND_AMF3, vec![bytes.clone()]));
    client.answer(transaction, Ok(bytes));
    fixture.told.wait_for("Ok(ByteArray([1, 2, 3]))");
}

/// Fills the queue of replies to each client that connects, accepts it, and passes its handle on.
struct Filling(Sender<ConnectionHandle>);

impl ConnectEventHandler for Filling {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        let words = Value::from("x".repeat(50_000));
        while connection.handle().notify("words", slice::from_ref(&words)).is_ok() {}
        self.0.send(connection.handle())?;
        Ok(true)
    }
}

#[test]
fn calls_do_not_wait_for_a_client_that_does_not_read_the_answer_to_its_connect() {
    let (sender, handles) = mpsc::channel();
    let host = Host::start_with(ServerConfig::default(), Filling(sender));
    let mut client = Client::open_narrow(host.address);
    client.ask_to_connect(Object::new().with("app", "live"), &[]);
    let handle = handles.recv_timeout(PATIENCE).expect("the handle of a connection");
    let (done, is_done) = mpsc::channel();
    let caller = thread::spawn(move || {
        // With so many calls, the connection's thread waits for room during most of them.
        let refused = (0..20_000).filter(|_| handle.notify("more", &[]).is_err()).count();
        done.send(refused)
    });
    let refused = is_done.recv_timeout(PATIENCE).expect("no call waits for the client");
    assert_eq!(refused, 20_000);
    caller.join().expect("a call does not panic").expect("the test waits");
    client.reply_to(1.0).expect("the client is accepted once it reads");
}

#[test]
fn a_client_that_does_not_read_is_not_called_without_end() {
    let fixture = Fixture::new(ServerConfig::default());
    let mut client = fixture.host.narrow_client();
    let handle = fixture.handles.recv_timeout(PATIENCE).expect("the handle of a connection");
    let words = Value::from("x".repeat(50_000));
    let mut taken = 0;
    let refusal = loop {
        match handle.notify("words", slice::from_ref(&words)) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 1000, "50 MB are queued for a client that does not read");
    };
    assert_eq!(refusal, CallError::Congested);
    assert_eq!(handle.call("words", &[], fixture.reply()), Err(CallError::Congested));
    for _ in 0..taken {
        assert_eq!(next_call(&mut client).1, "words");
    }
    assert_eq!(client.call("ask_back", &[]), Ok("asked".into()));
    assert_eq!(next_call(&mut client).1, "where");
    assert!(fixture.told.all().is_empty(), "{:?}", fixture.told);
}

#[test]
fn a_handle_calls_and_notifies_from_another_thread() {
    let fixture = Fixture::new(ServerConfig::default());
    let (mut client, handle) = fixture.client();
    assert!(handle.is_open());
    let reply = fixture.reply();
    thread::spawn(move || {
        handle.notify("tick", &[1.into()]).expect("the connection is open");
        handle.call("where", &[], reply).expect("the connection is open");
    });
    assert_eq!(next_call(&mut client), (0.0, "tick".to_owned(), vec![1.into()]));
    let (transaction, ..) = next_call(&mut client);
    client.answer(transaction, Ok("here".into()));
    fixture.told.wait_for("Ok(String(\"here\"))");
}

#[test]
fn a_handle_is_inert_once_the_connection_is_gone_and_who_waits_is_told() {
    let fixture = Fixture::new(ServerConfig::default());
    let (mut client, handle) = fixture.client();
    handle.call("where", &[], fixture.reply()).expect("the connection is open");
    handle.call("where", &[], fixture.reply()).expect("the connection is open");
    next_call(&mut client);
    drop(client);
    fixture.told.wait_for("closed");
    assert!(!handle.is_open());
    assert_eq!(handle.call("where", &[], fixture.reply()), Err(CallError::Closed));
    assert_eq!(handle.notify("tick", &[]), Err(CallError::Closed));
    handle.close();
    fixture.host.server.shutdown();
    let closed = "Err(Closed)";
    let expected = [closed, closed, "at the close: Err(Closed)", "closed"];
    assert_eq!(fixture.told.all(), expected);
}

#[test]
fn a_handle_closes_its_connection() {
    let fixture = Fixture::new(ServerConfig::default());
    let (mut client, handle) = fixture.client();
    handle.close();
    client.until_closed();
    fixture.told.wait_for("closed");
    assert!(!handle.is_open());
}

#[test]
fn calls_that_wait_for_an_answer_are_limited_in_number() {
    let fixture =
        Fixture::new(ServerConfig::default().queues(Queues::default().calls_in_flight(2)));
    let (mut client, handle) = fixture.client();
    assert_eq!(handle.call("where", &[], fixture.reply()), Ok(()));
    assert_eq!(handle.call("where", &[], fixture.reply()), Ok(()));
    assert_eq!(handle.call("where", &[], fixture.reply()), Err(CallError::TooMany));
    assert_eq!(handle.notify("tick", &[]), Ok(()));
    let (transaction, ..) = next_call(&mut client);
    client.answer(transaction, Ok("here".into()));
    fixture.told.wait_for("Ok(String(\"here\"))");
    assert_eq!(handle.call("where", &[], fixture.reply()), Ok(()));
}

#[test]
fn a_thousand_calls_get_one_answer_each_and_each_its_own() {
    const CALLS: u32 = 1000;
    let fixture = Fixture::new(
        ServerConfig::default().queues(Queues::default().calls_in_flight(CALLS as usize)),
    );
    let (mut client, handle) = fixture.client();
    let (answered, answers) = mpsc::channel();
    let calling = thread::spawn(move || {
        for number in 0..CALLS {
            let answered = answered.clone();
            let reply = move |reply| answered.send((number, reply)).expect("the test waits");
            handle.call("square", &[number.into()], reply).expect("the connection is open");
        }
    });
    let mut calls: Vec<_> = (0..CALLS).map(|_| next_call(&mut client)).collect();
    calling.join().expect("every call is taken");
    calls.reverse();
    for (transaction, _, arguments) in calls {
        let number = arguments[0].as_number().expect("a number");
        client.answer(transaction, Ok((number * number).into()));
    }
    client.sync();
    let mut answers: Vec<_> = answers.try_iter().collect();
    answers.sort_by_key(|(number, _)| *number);
    let expected: Vec<_> =
        (0..CALLS).map(|number| (number, Ok(Value::from(number * number)))).collect();
    assert!(answers == expected, "{} answers", answers.len());
}

#[test]
fn a_reply_handler_that_panics_at_the_close_harms_nobody() {
    let fixture = Fixture::new(ServerConfig::default());
    let (client, handle) = fixture.client();
    for _ in 0..2 {
        let reply = fixture.reply();
        let panicking = move |outcome| {
            reply(outcome);
            panic!("as the test wishes");
        };
        handle.call("where", &[], panicking).expect("the connection is open");
    }
    drop(client);
    fixture.told.wait_for("closed");
    assert_eq!(fixture.told.count("Err(Closed)"), 2);
    let deadline = Instant::now() + PATIENCE;
    let open = || fixture.host.server.statistics().get("connections").and_then(Value::as_number);
    while open() != Some(0.0) {
        assert!(Instant::now() < deadline, "the connection is still counted");
        thread::yield_now();
    }
}

/// A call from another thread may fall between the server's words on how it will cut its messages
/// and their arrival: it must be cut by what the client knows.
#[test]
fn calls_made_while_the_client_is_being_let_in_arrive_whole() {
    let words = "x".repeat(5000);
    let sent = words.clone();
    let host =
        Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            let (handle, words) = (connection.handle(), sent.clone());
            let (began, begins) = mpsc::channel();
            thread::spawn(move || {
                for _ in 0..40 {
                    let _ = handle.notify("words", &[words.as_str().into()]);
                    let _ = began.send(());
                }
            });
            begins.recv()?;
            Ok(true)
        });
    for _ in 0..25 {
        let mut client = host.client();
        for _ in 0..40 {
            let (_, procedure, arguments) = next_call(&mut client);
            assert_eq!(procedure, "words");
            assert!(arguments == [words.as_str().into()], "the words came as others");
        }
    }
}
