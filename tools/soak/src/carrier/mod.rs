//! What carries a viewer's bytes. To the viewer all carriers are alike: a socket that does not
//! block.

mod plain;
mod tls;
mod tunnel;

use std::fmt;
use std::io;
use std::time::Instant;

use mio::net::TcpStream;
use rendercast::client::Scheme;

use crate::target::Door;

/// The bytes of one viewer's conversation, both ways; nothing in it waits.
pub(crate) trait Carrier: fmt::Debug + Send {
    /// The socket to poll.
    fn socket(&mut self) -> &mut TcpStream;

    /// Reads what has arrived: as [`std::io::Read`], with `WouldBlock` where nothing has.
    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> io::Result<usize>;

    /// Sends what fits: as [`std::io::Write`], with `WouldBlock` where nothing does.
    fn write(&mut self, now: Instant, bytes: &[u8]) -> io::Result<usize>;

    /// Whether there may be something to do at times when the socket has nothing to say.
    fn keeps_time(&self) -> bool {
        false
    }
}

/// Starts to connect to `door`.
pub(crate) fn connect(door: &Door) -> io::Result<Box<dyn Carrier>> {
    let socket = TcpStream::connect(door.address)?;
    socket.set_nodelay(true)?;
    match door.speech.scheme() {
        Scheme::Rtmp | Scheme::Http => Ok(Box::new(plain::Plain(socket))),
        Scheme::Rtmps => Ok(Box::new(tls::Tls::new(socket, door)?)),
        Scheme::Rtmpt => Ok(Box::new(tunnel::Tunnel::new(Box::new(plain::Plain(socket)), door))),
        Scheme::Rtmpts => {
            Ok(Box::new(tunnel::Tunnel::new(Box::new(tls::Tls::new(socket, door)?), door)))
        }
        scheme => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("this build has no viewers for {scheme}"),
        )),
    }
}
