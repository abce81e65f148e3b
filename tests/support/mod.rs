//! What the integration tests share: child processes with deadlines, the example server as a child,
//! and an FLV reader that shares no code with the one under test.
#![allow(dead_code, reason = "every test binary uses a part of it")]

pub(crate) mod example;
pub(crate) mod flv;
pub(crate) mod line;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod serve_flv;
pub(crate) mod tries;
