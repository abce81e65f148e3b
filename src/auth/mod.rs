//! Names and passwords of publishers, as Flash Media Live Encoder asks for them.
//!
//! | file | concept |
//! |---|---|
//! | `adobe_auth` | the connect handler that asks for name and password |
//! | `challenge` | challenges that need no memory, and the answers to them |

mod adobe_auth;
mod challenge;

pub use adobe_auth::AdobeAuth;
