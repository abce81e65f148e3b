//! A session against the bytes of a server.
