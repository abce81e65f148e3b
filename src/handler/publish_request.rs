//! What a client's publish command asks for.

pub use crate::protocol::PublishKind;

/// What a client's publish command asks for.
///
/// ```
/// use rendercast::PublishRequest;
///
/// /// Returns the token in a name such as `camera?token=secret`.
/// fn token(request: &PublishRequest) -> Option<&str> {
///     request.query().split('&').find_map(|pair| pair.strip_prefix("token="))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishRequest {
    /// The name as the client sent it, with its query. OBS sends the stream key.
    pub stream_name: String,
    /// Whether the client asks for a recording.
    pub kind: PublishKind,
}

impl PublishRequest {
    /// Returns the part of the name behind the first `?`. Returns an empty string if there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.stream_name.split_once('?').map_or("", |(_, query)| query)
    }
}
