//! Calls a procedure of an RTMP server and prints what it returns.

#[path = "shared/mod.rs"]
mod shared;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use lexopt::prelude::*;
use rendercast::amf::{self, Object};
use rendercast::client::{self, Config, Connection, Url};
#[cfg(feature = "tls")]
use rendercast::tls::Trust;
use serde_json::Value as Json;

const HELP: &str = "\
Calls a procedure of an RTMP server and prints what it returns

Usage: call [OPTIONS] URL PROCEDURE [ARGUMENT]...
  call rtmp://127.0.0.1/live/scene move_camera 10 0

  URL                rtmp://HOST[:PORT]/APP, or rtmps://; the name of a stream is ignored
  PROCEDURE          the name of the procedure
  [ARGUMENT]...      JSON: 10, true, null, \"text\", [1, 2], {\"a\": 1}; anything else is text
  --timeout SECONDS  how long the server may take to answer [default: 10]
  --tls-ca FILE      trust the authorities in this PEM file at rtmps://, not the system's
  --tls-insecure     accept any certificate at rtmps://, an attacker's too: for tests only
  -h, --help         print this
  --version          print the version";

/// The command line.
#[derive(Debug)]
struct Arguments {
    url: Url,
    procedure: String,
    arguments: Vec<Json>,
    config: Config,
}

impl Arguments {
    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut url, mut procedure, mut arguments) = (None, None, Vec::new());
        let mut config = Config::default();
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
                    let seconds = parser.value()?.parse()?;
                    config = config.reply_timeout(Duration::from_secs(seconds));
                }
                #[cfg(feature = "tls")]
                Some(Long("tls-ca")) => {
                    config = config.trust(Trust::authorities_file(parser.value()?));
                }
                #[cfg(feature = "tls")]
                Some(Long("tls-insecure")) => {
                    config = config.trust(Trust::dangerously_accept_any_certificate());
                }
                Some(argument) => return Err(argument.unexpected()),
            }
        }
        let url = url.ok_or("the URL is missing")?;
        let procedure = procedure.ok_or("the name of the procedure is missing")?;
        Ok(Self { url, procedure, arguments, config })
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
    let mut connection = Connection::open_with(&arguments.url, arguments.config.clone())
        .map_err(explain)
        .with_context(|| format!("cannot connect to {}", arguments.url))?;
    let values: Vec<amf::Value> = arguments.arguments.iter().map(to_amf).collect();
    let reply = connection
        .call(&arguments.procedure, &values)
        .with_context(|| format!("{} failed", arguments.procedure))?;
    for value in &reply {
        shared::say(to_json(value)?);
    }
    Ok(())
}

/// Names the option of this example in the error.
#[cfg(feature = "tls")]
fn explain(error: client::Error) -> anyhow::Error {
    use rendercast::tls::TlsError;

    match error {
        client::Error::Tls(TlsError::UnknownAuthority { server }) => anyhow::anyhow!(
            "no authority that is trusted here has signed the certificate of {server}: pass the \
             authority, or the certificate itself, with --tls-ca"
        ),
        error => error.into(),
    }
}

#[cfg(not(feature = "tls"))]
fn explain(error: client::Error) -> anyhow::Error {
    error.into()
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
