//! HTTP, byte by byte.

mod requests;
mod responses;
