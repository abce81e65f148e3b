//! Calls a procedure of an RTMP server and prints what it returns.

#[path = "shared/mod.rs"]
mod shared;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use lexopt::prelude::*;
use rendercast::amf::{self, Object};
use rendercast::client::{Config, Connection, Url};
use serde_json::Value as Json;

const HELP: &str = "\
Calls a procedure of an RTMP server and prints what it returns

Usage: call [OPTIONS] URL PROCEDURE [ARGUMENT]...
  call rtmp://127.0.0.1/live/scene move_camera 10 0

  URL                rtmp://HOST[:PORT]/APP; the name of a stream behind it is ignored
  PROCEDURE          the name of the procedure
  [ARGUMENT]...      JSON: 10, true, null, \"text\", [1, 2], {\"a\": 1}; anything else is text
  --timeout SECONDS  how long the server may take to answer [default: 10]
  -h, --help         print this";

/// The command line.
#[derive(Debug)]
struct Arguments {
    url: Url,
    procedure: String,
    arguments: Vec<Json>,
    timeout: Duration,
}

impl Arguments {
    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut url, mut procedure, mut arguments) = (None, None, Vec::new());
        let mut timeout = Duration::from_secs(10);
        loop {
            if let Some(number) = negative_number(&mut parser) {
                arguments.push(parse_argument(&number)?);
                continue;
            }
            match shared::next_argument(&mut parser, HELP)? {
                None => break,
                Some(Value(text)) if url.is_none() => url = Some(text.parse()?),
                Some(Value(text)) if procedure.is_none() => procedure = Some(text.string()?),
                Some(Value(text)) => arguments.push(parse_argument(&text.string()?)?),
                Some(Long("timeout")) => {
                    timeout = Duration::from_secs(parser.value()?.parse()?);
                }
                Some(argument) => return Err(argument.unexpected()),
            }
        }
        let url = url.ok_or("the URL is missing")?;
        let procedure = procedure.ok_or("the name of the procedure is missing")?;
        Ok(Self { url, procedure, arguments, timeout })
    }
}

/// Takes the next argument if it is a negative number, which looks like an option.
fn negative_number(parser: &mut lexopt::Parser) -> Option<String> {
    let mut rest = parser.try_raw_args()?;
    let number = rest.peek()?.to_str()?.to_owned();
    (number.starts_with('-') && number.parse::<f64>().is_ok()).then(|| {
        rest.next();
        number
    })
}

fn main() -> ExitCode {
    shared::run("call", Arguments::read, call)
}

fn call(arguments: &Arguments) -> Result<()> {
    let config = Config::default().reply_timeout(arguments.timeout);
    let mut connection = Connection::open_with(&arguments.url, config)
        .with_context(|| format!("cannot connect to {}", arguments.url))?;
    let values: Vec<amf::Value> = arguments.arguments.iter().map(to_amf).collect();
    let reply = connection
        .call(&arguments.procedure, &values)
        .with_context(|| format!("{} failed", arguments.procedure))?;
    for value in &reply {
        println!("{}", to_json(value)?);
    }
    Ok(())
}

fn parse_argument(text: &str) -> Result<Json, String> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        // A word needs no quotes, which shells remove. Text that begins like JSON must be JSON.
        Err(error) if text.trim_start().starts_with(['{', '[', '"']) => {
            Err(format!("{text} is not JSON: {error}"))
        }
        Err(_) => Ok(Json::String(text.to_owned())),
    }
}

fn to_amf(json: &Json) -> amf::Value {
    match json {
        Json::Null => amf::Value::Null,
        Json::Bool(truth) => amf::Value::Boolean(*truth),
        // AMF0 has only doubles.
        Json::Number(number) => amf::Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => amf::Value::String(text.clone()),
        Json::Array(elements) => amf::Value::StrictArray(elements.iter().map(to_amf).collect()),
        Json::Object(members) => members
            .iter()
            .fold(Object::new(), |object, (name, member)| {
                object.with(name.as_str(), to_amf(member))
            })
            .into(),
    }
}

fn to_json(value: &amf::Value) -> Result<Json> {
    Ok(match value {
        amf::Value::Null | amf::Value::Undefined => Json::Null,
        amf::Value::Boolean(truth) => Json::Bool(*truth),
        amf::Value::Integer(integer) => (*integer).into(),
        amf::Value::Number(number) => number_to_json(*number),
        amf::Value::String(text) | amf::Value::Xml(text) => text.clone().into(),
        amf::Value::StrictArray(elements) => {
            Json::Array(elements.iter().map(to_json).collect::<Result<_>>()?)
        }
        amf::Value::Object(members) | amf::Value::EcmaArray(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| Ok((name.to_owned(), to_json(member)?)))
                .collect::<Result<_>>()?,
        ),
        // JSON has no such value, so it becomes text.
        other => other.to_string().into(),
    })
}

/// Writes whole numbers without the `.0` of a double.
fn number_to_json(number: f64) -> Json {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT {
        return (number as i64).into();
    }
    serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Json::Number)
}
