//! URLs and addresses, as servers listen on them and clients connect to them.

mod authority;
mod error;
mod rtmp_url;
mod scheme;

pub(crate) use authority::Authority;
pub use error::UrlError;
pub use rtmp_url::Url;
pub use scheme::{DEFAULT_PORT, Scheme};
