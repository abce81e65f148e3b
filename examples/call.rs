//! Calls a procedure of any RTMP server, and prints what it returns.

#[path = "shared/mod.rs"]
mod shared;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use rendercast::amf::{Object, Value};
use rendercast::client::{Config, Connection, Url};
use serde_json::Value as Json;

/// Calls a procedure of an RTMP server, and prints what it returns, for example
/// call -- rtmp://127.0.0.1/live/scene move_camera 10 0
#[derive(Debug, Parser)]
#[command(name = "call")]
struct Arguments {
    /// rtmp://HOST[:PORT]/APP; a stream behind it is left out of account
    url: Url,

    /// The procedure's name
    procedure: String,

    /// JSON values: 10, true, null, "text", [1, 2], {"a": 1}; what is not JSON is text
    #[arg(allow_negative_numbers = true, value_parser = parse_argument)]
    arguments: Vec<Json>,

    /// How long the server may take for its answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
}

fn main() -> ExitCode {
    shared::run("call", call)
}

fn call(arguments: &Arguments) -> Result<()> {
    let reply_timeout = Duration::from_secs(arguments.timeout);
    let config = Config::default().reply_timeout(reply_timeout);
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

fn parse_argument(text: &str) -> Result<Json> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        // A word needs no quotes, which shells take away; what begins like JSON was meant to be it.
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
        // As AMF0 has it: a double, whatever the number.
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
        // JSON has nothing of the kind, and people can read it so.
        other => other.to_string().into(),
    })
}

/// Whole numbers without the `.0` of a double.
fn number_to_json(number: f64) -> Json {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT {
        return (number as i64).into();
    }
    serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Json::Number)
}
