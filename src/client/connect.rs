//! From a URL to a transport.

use std::sync::Arc;
use std::time::Instant;

use super::{Config, Error, Scheme, Url, Wait};
use crate::protocol::deadline;
#[cfg(feature = "tunnel")]
use crate::transport::TunnelClient;
#[cfg(feature = "tls")]
use crate::transport::tls::Tls;
use crate::transport::{self, ConnectError, Interrupter, Socket, Transport};

/// Connects to the server of `url`. Blocks for [`Config::connect_timeout`] at most, or until the
/// interrupter ends that.
pub(super) fn connect(
    url: &Url,
    config: &Config,
    interrupter: &Interrupter,
) -> Result<Arc<dyn Transport>, Error> {
    let deadline = deadline::after(Instant::now(), config.connect_timeout);
    match url.scheme {
        Scheme::Rtmp => Ok(Arc::new(connect_socket(url, config, deadline, interrupter)?)),
        #[cfg(feature = "tls")]
        Scheme::Rtmps => Ok(Arc::new(connect_tls(url, config, deadline, interrupter)?)),
        #[cfg(feature = "tunnel")]
        Scheme::Rtmpt => {
            let socket = connect_socket(url, config, deadline, interrupter)?;
            Ok(Arc::new(open_tunnel(Box::new(socket), url, config, deadline)?))
        }
        #[cfg(all(feature = "tunnel", feature = "tls"))]
        Scheme::Rtmpts => {
            let tls = connect_tls(url, config, deadline, interrupter)?;
            Ok(Arc::new(open_tunnel(Box::new(tls), url, config, deadline)?))
        }
        #[cfg(not(feature = "tls"))]
        Scheme::Rtmps | Scheme::Rtmpts => {
            Err(Error::MissingFeature { scheme: url.scheme, feature: "tls" })
        }
        #[cfg(not(feature = "tunnel"))]
        Scheme::Rtmpt => Err(Error::MissingFeature { scheme: url.scheme, feature: "tunnel" }),
        #[cfg(all(feature = "tls", not(feature = "tunnel")))]
        Scheme::Rtmpts => Err(Error::MissingFeature { scheme: url.scheme, feature: "tunnel" }),
        Scheme::Http | Scheme::Https | Scheme::Auto | Scheme::Unix => {
            Err(Error::Scheme(url.scheme))
        }
    }
}

#[cfg(feature = "tls")]
fn connect_tls(
    url: &Url,
    config: &Config,
    deadline: Instant,
    interrupter: &Interrupter,
) -> Result<Tls, Error> {
    let socket = connect_socket(url, config, deadline, interrupter)?;
    Ok(transport::tls::connect(socket, &url.host, &config.trust, deadline)?)
}

#[cfg(feature = "tunnel")]
fn open_tunnel(
    below: Box<dyn Transport>,
    url: &Url,
    config: &Config,
    deadline: Instant,
) -> Result<TunnelClient, Error> {
    let timeout = config.silence_timeout;
    Ok(TunnelClient::open(below, url.authority(), timeout, deadline)?)
}

fn connect_socket(
    url: &Url,
    config: &Config,
    deadline: Instant,
    interrupter: &Interrupter,
) -> Result<Socket, Error> {
    let (host, port) = url.address();
    let timeout = config.silence_timeout;
    let connected = transport::connect((host, port), deadline, timeout, interrupter);
    connected.map_err(|error| match error {
        ConnectError::Resolve(cause) => Error::Resolve { host: host.to_owned(), cause },
        ConnectError::Refused(cause) => Error::Connect { host: host.to_owned(), port, cause },
        ConnectError::TimedOut => {
            Error::Timeout { wait: Wait::Connection, after: config.connect_timeout }
        }
        ConnectError::Interrupted => Error::Closed,
    })
}
