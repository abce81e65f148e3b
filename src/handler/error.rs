//! The results of handlers.

use std::error::Error;

/// Any error, so that `?` works in every handler. The server logs it with the address of the peer,
/// and treats it as `false`. The client is not told its text, unless it is a [`Refusal`].
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

/// The answer of a handler: the SDK's `true` or `false`, or an error, which counts as `false` and
/// says why.
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

/// An error whose code and description the client is told.
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
    /// Makes a refusal of a code of the protocol ("NetStream.Play.Failed") and a sentence for
    /// people.
    #[must_use]
    pub fn new(code: impl Into<String>, description: impl Into<String>) -> Self {
        Self { code: code.into(), description: description.into() }
    }

    /// Makes a `NetStream.Play.StreamNotFound`, at which players end at once.
    #[must_use]
    pub fn stream_not_found(name: &str) -> Self {
        Self::new("NetStream.Play.StreamNotFound", format!("There is no stream named {name:?}."))
    }

    /// Makes a `NetStream.Publish.BadName`, which tells a publisher that the name is in use or
    /// cannot be published.
    #[must_use]
    pub fn bad_name(description: impl Into<String>) -> Self {
        Self::new("NetStream.Publish.BadName", description)
    }

    /// Makes a `NetStream.Publish.Denied`, which tells a publisher that it lacks the permission.
    #[must_use]
    pub fn publish_denied(description: impl Into<String>) -> Self {
        Self::new("NetStream.Publish.Denied", description)
    }

    /// Makes a `NetConnection.Call.Failed`, which tells a caller what is wrong with its call.
    #[must_use]
    pub fn call_failed(description: impl Into<String>) -> Self {
        Self::new("NetConnection.Call.Failed", description)
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the sentence for people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}
