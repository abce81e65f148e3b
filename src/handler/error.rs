//! What handlers return.

use std::error::Error;

/// Any error: `?` works on `anyhow`, `std::io` and all others. The server logs it with the peer's
/// address and treats it as the handler's `false`.
///
/// ```
/// use rendercast::{HandlerError, Refusal};
///
/// let plain: HandlerError = "the scene is not loaded yet".into();
/// let system: HandlerError = std::io::Error::from(std::io::ErrorKind::NotFound).into();
/// let for_the_client: HandlerError = Refusal::stream_not_found("scene").into();
/// println!("{plain}; {system}; {for_the_client}");
/// ```
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// A handler's verdict: `Ok(true)`, the SDK's `true`; `Ok(false)`, its `false`; or an error, which
/// counts as `false` and says why.
///
/// ```
/// use rendercast::{HandlerResult, Stream};
///
/// fn render(stream: &Stream) -> HandlerResult {
///     let settings = std::fs::read_to_string("scene.json")?; // an error stops the stream
///     println!("{}: {} bytes of settings", stream.stream_name(), settings.len());
///     Ok(true)
/// }
/// ```
pub type HandlerResult<T = bool> = Result<T, HandlerError>;

/// A refusal in the protocol's terms: an error that the client gets to read, code and all.
///
/// ```
/// use rendercast::{HandlerResult, PlayOut, Refusal, Stream};
///
/// fn play(stream: &Stream, _out: &mut PlayOut) -> HandlerResult {
///     if stream.stream_name() != "camera" {
///         return Err(Refusal::stream_not_found(&stream.stream_name()).into());
///     }
///     Ok(true)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct Refusal {
    code: String,
    description: String,
}

impl Refusal {
    /// A refusal with a code of the protocol ("NetStream.Play.Failed") and a sentence for people.
    #[must_use]
    pub fn new(code: impl Into<String>, description: impl Into<String>) -> Self {
        Self { code: code.into(), description: description.into() }
    }

    /// `NetStream.Play.StreamNotFound`: players end at once instead of waiting.
    #[must_use]
    pub fn stream_not_found(name: &str) -> Self {
        Self::new("NetStream.Play.StreamNotFound", format!("There is no stream named {name:?}."))
    }

    /// The code, dots and all.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sentence for people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}
