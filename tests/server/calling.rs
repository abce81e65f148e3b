//! Remote procedure calls from the client.

use rendercast::amf::{Object, Value};
use rendercast::protocol::chunk::MessageType;
use rendercast::{Connection, HandlerResult, Refusal};

use crate::support::{Client, Host, Received, Told};

fn start(register: impl Fn(&Connection) + Send + Sync + 'static) -> Host {
    Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        register(connection);
        Ok(true)
    })
}

/// Returns its arguments.
fn echo(_: &Connection, _: &str, _: &Value, arguments: &[Value]) -> HandlerResult<Value> {
    Ok(Value::StrictArray(arguments.to_vec()))
}

/// Returns the name of the called procedure.
fn name_of(_: &Connection, name: &str, _: &Value, _: &[Value]) -> HandlerResult<Value> {
    Ok(format!("default: {name}").into())
}

#[track_caller]
fn assert_fails(client: &mut Client, procedure: &str, code: &str, words: &str) {
    let error = client.call(procedure, &[]).expect_err("the call fails");
    assert_eq!(error.get("level"), Some(&"error".into()));
    assert_eq!(error.get("code"), Some(&code.into()));
    let description = error.get("description").and_then(Value::as_str).unwrap_or_default();
    assert!(description.contains(words), "{description}");
}

#[test]
fn a_call_reaches_the_handler_of_its_name_or_else_the_default() {
    let host = start(|connection| {
        connection.register_remote_call_handler("echo", echo);
        connection.register_remote_call_handler(None, name_of);
    });
    let mut client = host.client();
    let arguments =
        [Value::from(1.5), "two".into(), Value::Null, Object::new().with("x", 3).into()];
    assert_eq!(client.call("echo", &arguments), Ok(Value::StrictArray(arguments.to_vec())));
    assert_eq!(client.call("move_camera", &[]), Ok("default: move_camera".into()));
    // The calls that every client makes by itself are still answered.
    assert_eq!(client.call("_checkbw", &[]), Ok(Value::Null));
}

#[test]
fn a_call_that_nobody_handles_fails_and_the_connection_lives() {
    let host = start(|_| {});
    let mut client = host.client();
    for _ in 0..3 {
        assert_fails(&mut client, "move_camera", "NetConnection.Call.Failed", "move_camera");
    }
    client.create_stream();
}

#[test]
fn a_handler_s_error_stays_here_and_a_refusal_is_the_answer() {
    let host = start(|connection| {
        connection.register_remote_call_handler(
            "fail",
            |_: &Connection, _: &str, _: &Value, _: &[Value]| Err("The disk is full.".into()),
        );
        connection.register_remote_call_handler(
            "refuse",
            |_: &Connection, _: &str, _: &Value, _: &[Value]| {
                Err(Refusal::new("Scene.Locked", "Somebody edits it.").into())
            },
        );
    });
    let mut client = host.client();
    assert_fails(&mut client, "fail", "NetConnection.Call.Failed", "The application failed.");
    assert_fails(&mut client, "refuse", "Scene.Locked", "Somebody edits it.");
}

#[test]
fn a_call_that_wants_no_answer_gets_none() {
    let told = Told::default();
    let noted = told.clone();
    let host = start(move |connection| {
        let noted = noted.clone();
        connection.register_remote_call_handler(
            "note",
            move |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                noted.note(arguments[0].as_str().unwrap_or_default());
                Err("nobody reads this".into())
            },
        );
    });
    let mut client = host.client();
    client.request(0, "note", &["one".into()]);
    client.request(0, "note", &["two".into()]);
    client.request(0, "nothing", &[]);
    let seen = client.sync();
    assert!(seen.is_empty(), "{seen:?}");
    assert_eq!(told.all(), ["one", "two"]);
}

#[test]
fn a_handler_may_register_and_remove_handlers_and_itself_while_it_is_called() {
    let host = start(|connection| {
        connection.register_remote_call_handler(
            "grow",
            |connection: &Connection, _: &str, _: &Value, _: &[Value]| {
                connection.register_remote_call_handler("echo", echo);
                connection.register_remote_call_handler("grow", name_of);
                Ok("grown".into())
            },
        );
        connection.register_remote_call_handler(
            "once",
            |connection: &Connection, name: &str, _: &Value, _: &[Value]| {
                connection.unregister_remote_call_handler(name);
                Ok("done".into())
            },
        );
    });
    let mut client = host.client();
    assert!(client.call("echo", &[]).is_err());
    assert_eq!(client.call("grow", &[]), Ok("grown".into()));
    assert_eq!(client.call("grow", &[]), Ok("default: grow".into()));
    assert_eq!(client.call("echo", &[1.into()]), Ok(Value::StrictArray(vec![1.into()])));
    assert_eq!(client.call("once", &[]), Ok("done".into()));
    assert_fails(&mut client, "once", "NetConnection.Call.Failed", "once");
}

#[test]
fn a_panic_of_a_call_handler_ends_that_connection_alone() {
    let host = start(|connection| {
        connection.register_remote_call_handler("echo", echo);
        connection.register_remote_call_handler(
            "panic",
            |_: &Connection, _: &str, _: &Value, _: &[Value]| panic!("as the test wishes"),
        );
    });
    let mut neighbour = host.client();
    let mut client = host.client();
    client.request(0, "panic", &[]);
    client.until_closed();
    assert!(neighbour.call("echo", &[]).is_ok());
}

#[test]
fn a_thousand_calls_at_once_are_answered_once_each_and_in_order() {
    let host = start(|connection| connection.register_remote_call_handler("echo", echo));
    let mut client = host.client();
    let calls: Vec<_> = (0..1000).map(|n| (n, client.begin_call("echo", &[n.into()]))).collect();
    let mut answers = Vec::new();
    client.until(|received| {
        if let Received::Reply { transaction, outcome, .. } = received {
            answers.push((transaction, outcome));
        }
        (answers.len() == calls.len()).then_some(())
    });
    for ((n, call), (transaction, outcome)) in calls.into_iter().zip(answers) {
        assert_eq!((transaction, outcome), (call, Ok(Value::StrictArray(vec![n.into()]))));
    }
    assert!(client.sync().is_empty());
}

#[test]
fn a_client_of_amf3_is_answered_in_its_own_kind() {
    let host = start(|connection| {
        connection.register_remote_call_handler("echo", echo);
        connection.register_remote_call_handler(
            "bytes",
            |_: &Connection, _: &str, _: &Value, _: &[Value]| Ok(Value::ByteArray(vec![1, 2, 3])),
        );
    });
    let mut client = Client::open(host.address);
    let properties = Object::new().with("app", "live").with("objectEncoding", 3);
    let info = client.connect_with(properties, &[]).expect("the connection is claimed");
    assert_eq!(info.get("objectEncoding").and_then(Value::as_number), Some(3.0));
    let arguments = [Value::ByteArray(vec![9; 300]), Value::Integer(7), "text".into()];
    for (procedure, expected) in [
        ("echo", Value::StrictArray(arguments.to_vec())),
        ("bytes", Value::ByteArray(vec![1, 2, 3])),
    ] {
        let call = client.begin_call(procedure, &arguments);
        let (answer, answered_in) = client.until(|received| match received {
            Received::Reply { transaction, outcome, message_type } if transaction == call => {
                Some((outcome, message_type))
            }
            _ => None,
        });
        assert_eq!(answered_in, MessageType::COMMAND_AMF3);
        // AMF0, in which the outer values are written, has no integers.
        let text = format!("{answer:?}").replace("Number(7.0)", "Integer(7)");
        assert_eq!(text, format!("{:?}", Ok::<_, Value>(expected)));
    }
    assert!(client.call("nothing", &[]).is_err());
}
