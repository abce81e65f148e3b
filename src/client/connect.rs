//! From a URL to a transport.

use std::sync::Arc;
use std::time::Instant;

use super::{Config, Error, Scheme, Url, Wait};
use crate::protocol::deadline;
use crate::transport::{self, ConnectError, Socket, Transport};

/// Connects to the server of `url`. Blocks for [`Config::connect_timeout`] at most.
pub(super) fn connect(url: &Url, config: &Config) -> Result<Arc<dyn Transport>, Error> {
    let deadline = deadline::after(Instant::now(), config.connect_timeout);
    match url.scheme {
        Scheme::Rtmp => Ok(Arc::new(connect_socket(url, config, deadline)?)),
        #[cfg(feature = "tls")]
        Scheme::Rtmps => {
            let socket = connect_socket(url, config, deadline)?;
            let tls = transport::tls::connect(socket, &url.host, &config.trust, deadline)?;
            Ok(Arc::new(tls))
        }
        #[cfg(not(feature = "tls"))]
        Scheme::Rtmps => Err(Error::MissingFeature { scheme: url.scheme, feature: "tls" }),
        scheme => Err(Error::Scheme(scheme)),
    }
}

fn connect_socket(url: &Url, config: &Config, deadline: Instant) -> Result<Socket, Error> {
    let (host, port) = url.address();
    let connected = transport::connect(host, port, deadline, config.silence_timeout);
    connected.map_err(|error| match error {
        ConnectError::Resolve(cause) => Error::Resolve { host: host.to_owned(), cause },
        ConnectError::Refused(cause) => Error::Connect { host: host.to_owned(), port, cause },
        ConnectError::TimedOut => {
            Error::Timeout { wait: Wait::Connection, after: config.connect_timeout }
        }
    })
}
