//! The connect handler that asks for name and password.

use std::fmt;
use std::time::Instant;

use super::challenge::{Answer, Challenges};
use crate::handler::{ConnectEventHandler, Connection, HandlerResult, Refusal};
use crate::protocol::amf::{Object, Value};

/// The property of a connection that names its user.
const USER: &str = "user_name";

/// How the texts for clients begin. FFmpeg and librtmp look for these very words.
const REJECT: &str = "[ AccessManager.Reject ] :";

/// Asks clients for name and password before another connect handler gets them: `authmod=adobe`,
/// which FFmpeg, OBS and librtmp know. They take both from the URL, as in
/// `rtmp://ann:secret@example.com/live/camera`.
///
/// A client connects three times: the first time it is told how to authenticate, the second time it
/// gets a challenge, and the third time it answers that. The password is never sent. But the method
/// is old and uses MD5, so use it with RTMPS.
///
/// ```
/// use rendercast::auth::AdobeAuth;
/// use rendercast::live::{LiveConfig, LiveHandler};
/// use rendercast::{Connection, Refusal, Server, ServerConfig};
///
/// let config = LiveConfig::default().publish_check(|connection: &Connection, _: &str, _: &str| {
///     match AdobeAuth::user(connection) {
///         Some(_) => Ok(()),
///         None => Err(Refusal::publish_denied("Give a name and a password in the URL.")),
///     }
/// });
/// let passwords = |user: &str| (user == "ann").then(|| "secret".to_owned());
/// let server = Server::new(ServerConfig::default());
/// server.install(AdobeAuth::new(passwords, LiveHandler::new(config))?.publishers_only());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct AdobeAuth<H> {
    inner: H,
    passwords: Box<Passwords>,
    challenges: Challenges,
    start: Instant,
    publishers_only: bool,
}

/// Returns the password of a user.
type Passwords = dyn Fn(&str) -> Option<String> + Send + Sync;

impl<H> AdobeAuth<H> {
    /// Lets `inner` get the clients that know a password. `passwords` returns that of a user, and
    /// is called on the thread of the connection. It may block: only this client waits.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(
        passwords: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        inner: H,
    ) -> std::io::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        Ok(Self {
            inner,
            passwords: Box::new(passwords),
            challenges: Challenges::new(secret),
            start: Instant::now(),
            publishers_only: false,
        })
    }

    /// Asks those alone that connect as publishers do, with the type `nonprivate`. All others pass
    /// without a name, so check [`user`](Self::user) before a client may publish.
    #[must_use]
    pub fn publishers_only(mut self) -> Self {
        self.publishers_only = true;
        self
    }

    /// Decides by the query of the app. Returns the user, or what the client is told.
    fn admit(&self, query: &str) -> Result<String, String> {
        let part = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let Some(user) = part("user").filter(|_| part("authmod") == Some("adobe")) else {
            return Err(format!("{REJECT} [ code=403 need auth; authmod=adobe ] : "));
        };
        let age = self.start.elapsed();
        let Some(response) = part("response") else {
            let (salt, challenge) =
                (self.challenges.salt(user), self.challenges.challenge(user, age));
            return Err(format!(
                "{REJECT} [ authmod=adobe ] : ?reason=needauth&user={user}&salt={salt}\
                 &challenge={challenge}&opaque={challenge}"
            ));
        };
        let answer = Answer {
            user,
            opaque: part("opaque").unwrap_or_default(),
            challenge: part("challenge").unwrap_or_default(),
            response,
        };
        let password = (self.passwords)(user);
        match password.is_some_and(|password| self.challenges.is_right(answer, &password, age)) {
            true => Ok(user.to_owned()),
            false => Err(format!("{REJECT} [ authmod=adobe ] : ?reason=authfailed")),
        }
    }
}

impl AdobeAuth<()> {
    /// Returns the user that a connection has proved to be. Returns `None` if it was not asked.
    #[must_use]
    pub fn user(connection: &Connection) -> Option<String> {
        connection.property(USER)?.as_str().map(str::to_owned)
    }
}

impl<H: ConnectEventHandler> ConnectEventHandler for AdobeAuth<H> {
    fn connect(
        &self,
        connection: &Connection,
        object: &Object,
        arguments: &[Value],
    ) -> HandlerResult {
        let query = connection.app().split_once('?').map_or("", |(_, query)| query);
        let publishes = object.get("type").and_then(Value::as_str) == Some("nonprivate");
        if !self.publishers_only || publishes || query.contains("authmod=") {
            let admitted = self.admit(query);
            let user =
                admitted.map_err(|text| Refusal::new("NetConnection.Connect.Rejected", text))?;
            connection.set_property(USER, user)?;
        }
        self.inner.connect(connection, object, arguments)
    }

    fn close(&self, connection: &Connection) {
        self.inner.close(connection);
    }
}

impl<H: fmt::Debug> fmt::Debug for AdobeAuth<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdobeAuth").field("inner", &self.inner).finish_non_exhaustive()
    }
}
