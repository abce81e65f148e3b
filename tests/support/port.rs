//! Ports for servers whose port must be known before they start.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that systems give to sockets without a port of their own. So nobody gets one
/// between its choice and its use.
const FIRST: u16 = 12_000;
const COUNT: u16 = 18_000;

/// Returns a port of 127.0.0.1 that nothing uses, and another one each time.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at once begin at different ports.
    let start = std::process::id().wrapping_mul(97);
    let ports = (0..COUNT).map(|_| {
        let number = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        FIRST + (start.wrapping_add(number) % u32::from(COUNT)) as u16
    });
    ports
        .into_iter()
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// As [`free_port`], with the address.
pub(crate) fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}
