//! `authmod=adobe`: what clients are told at each of their three connections.

use rendercast::amf::{Object, Value};
use rendercast::auth::AdobeAuth;
use rendercast::{Connection, HandlerResult};

use crate::support::{Client, Host};

fn host(publishers_only: bool) -> Host {
    let inner = |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        connection.set_property("user_seen", AdobeAuth::user(connection).unwrap_or_default())?;
        Ok(true)
    };
    let passwords = |user: &str| (user == "ann").then(|| "secret".to_owned());
    let auth = AdobeAuth::new(passwords, inner).expect("random numbers");
    Host::start(if publishers_only { auth.publishers_only() } else { auth })
}

/// Connects to that app. Returns what the client is told if it is refused.
fn connect(host: &Host, app: &str) -> Result<(), String> {
    let mut client = Client::open(host.address);
    match client.connect(app, &[]) {
        Ok(_) => Ok(()),
        Err(info) => Err(info.get("description").and_then(Value::as_str).unwrap_or("").to_owned()),
    }
}

#[test]
fn a_client_is_told_what_to_do_and_then_whether_it_was_right() {
    let host = host(false);
    let told = connect(&host, "live").expect_err("without a name");
    assert!(told.contains("code=403 need auth; authmod=adobe"), "{told}");
    let told = connect(&host, "live?authmod=adobe&user=ann").expect_err("without a password");
    for part in ["[ authmod=adobe ]", "?reason=needauth&user=ann&salt=", "&challenge=", "&opaque="]
    {
        assert!(told.contains(part), "{told}");
    }
    let (_, opaque) = told.split_once("&opaque=").expect("it is there");
    for (user, opaque, response) in
        [("ann", opaque, "d3Jvbmc="), ("bob", opaque, ""), ("ann", "0123", "x"), ("", "", "")]
    {
        let app = format!(
            "live?authmod=adobe&user={user}&challenge=1&response={response}&opaque={opaque}"
        );
        let told = connect(&host, &app).expect_err("a wrong answer");
        assert!(told.contains("?reason=authfailed"), "{told}");
    }
    // The right answer is what real clients give: tests/clients has them.
}

#[test]
fn players_may_pass_without_a_name() {
    let host = host(true);
    assert_eq!(connect(&host, "live"), Ok(()));
    assert!(connect(&host, "live?authmod=adobe&user=ann").is_err(), "who begins must go on");
    let mut publisher = Client::open(host.address);
    let properties = Object::new().with("app", "live").with("type", "nonprivate");
    assert!(publisher.connect_with(properties, &[]).is_err());
}
