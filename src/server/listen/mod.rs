//! Where a server listens: addresses, schemes, and the sockets that are bound to them.

mod address;
pub(crate) mod proxy_address;
pub(crate) mod scheme;
pub(crate) mod socket;
mod unix_path;

pub use address::ListenAddress;
pub use proxy_address::{ProxyAddress, ProxyAddressError};
