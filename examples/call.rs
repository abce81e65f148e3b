//! Calls a procedure of any RTMP server, and prints what it returns.

#[path = "shared/mod.rs"]
mod shared;

#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use rendercast::amf::{Object, Value};
use rendercast::client::{Config, Connection, Url};
#[cfg(feature = "tls")]
use rendercast::tls::Trust;
use serde_json::Value as Json;

/// Calls a procedure of an RTMP server, and prints what it returns, for example
/// call -- rtmp://127.0.0.1/live/scene move_camera 10 0
#[derive(Debug, Parser)]
#[command(name = "call")]
struct Arguments {
    /// rtmp://HOST[:PORT]/APP, or rtmps://...; a stream after APP is ignored
    url: Url,

    /// The procedure's name
    procedure: String,

    /// JSON values: 10, true, null, "text", [1, 2], {"a": 1}; anything else is text
    #[arg(allow_negative_numbers = true, value_parser = parse_argument)]
    arguments: Vec<Json>,

    /// How long the server may take to answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,

    /// Trust the certificate authorities in this PEM file at rtmps:// URLs, not the system's
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,

    /// Accept any certificate at rtmps:// URLs, an attacker's too: for tests only
    #[cfg(feature = "tls")]
    #[arg(long, conflicts_with = "tls_ca")]
    tls_insecure: bool,
}

fn main() -> ExitCode {
    shared::run("call", call)
}

fn call(arguments: &Arguments) -> Result<()> {
    let reply_timeout = Duration::from_secs(arguments.timeout);
    let config = Config::default().reply_timeout(reply_timeout);
    #[cfg(feature = "tls")]
    let config = config.trust(trust(arguments));
    let mut connection = Connection::open_with(&arguments.url, config)
        .with_context(|| format!("cannot connect to {}", arguments.url))?;
    let values: Vec<Value> = arguments.arguments.iter().map(to_amf).collect();
    let reply = connection
        .call(&arguments.procedure, &values)
        .with_context(|| format!("{} failed", arguments.procedure))?;
    for value in &reply {
        println!("{}", to_json(value)?);
    }
    Ok(())
}

#[cfg(feature = "tls")]
fn trust(arguments: &Arguments) -> Trust {
    match &arguments.tls_ca {
        Some(path) => Trust::authorities_file(path),
        None if arguments.tls_insecure => Trust::dangerously_accept_any_certificate(),
        None => Trust::system(),
    }
}

fn parse_argument(text: &str) -> Result<Json> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        // Shells remove quotes, so a word needs none. A text that begins like JSON is meant as JSON.
        Err(error) if text.trim_start().starts_with(['{', '[', '"']) => {
            bail!("{text} is not JSON: {error}")
        }
        Err(_) => Ok(Json::String(text.to_owned())),
    }
}

fn to_amf(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Boolean(*truth),
        // Every number of AMF0 is a double.
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(elements) => Value::StrictArray(elements.iter().map(to_amf).collect()),
        Json::Object(members) => members
            .iter()
            .fold(Object::new(), |object, (name, member)| {
                object.with(name.as_str(), to_amf(member))
            })
            .into(),
    }
}

fn to_json(value: &Value) -> Result<Json> {
    Ok(match value {
        Value::Null | Value::Undefined => Json::Null,
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Integer(integer) => (*integer).into(),
        Value::Number(number) => number_to_json(*number),
        Value::String(text) | Value::Xml(text) => text.clone().into(),
        Value::StrictArray(elements) => {
            Json::Array(elements.iter().map(to_json).collect::<Result<_>>()?)
        }
        Value::Object(members) | Value::EcmaArray(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| Ok((name.to_owned(), to_json(member)?)))
                .collect::<Result<_>>()?,
        ),
        // JSON has no such values, so they become text.
        other => other.to_string().into(),
    })
}

/// Returns a number of JSON, without the `.0` of a double if it is whole.
fn number_to_json(number: f64) -> Json {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT {
        return (number as i64).into();
    }
    serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Json::Number)
}
