//! RTMP over TCP, as it is.

use std::io::{self, Read as _, Write as _};
use std::time::Instant;

use mio::net::TcpStream;

use super::Carrier;

#[derive(Debug)]
pub(super) struct Plain(pub(super) TcpStream);

impl Carrier for Plain {
    fn socket(&mut self) -> &mut TcpStream {
        &mut self.0
    }

    fn read(&mut self, _now: Instant, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    fn write(&mut self, _now: Instant, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
}
