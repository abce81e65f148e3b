//! What requests are answered with, and its bytes.

use bytes::Bytes;

use super::TunnelId;
use crate::protocol::http::{Status, response};

/// The first byte of answers, which tells Flash Player how long to wait before it asks again.
///
/// Other servers let it grow up to 0x21 while there is nothing to fetch. ffmpeg and librtmp skip
/// the byte, so the shortest interval is as good as any: a request that finds nothing is held.
const POLLING_INTERVAL: u8 = 1;

/// What a request is answered with. The bytes of RTMP stay shared with those who sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The first byte of the body.
    pub first: u8,
    /// The bytes of RTMP that follow it.
    pub parts: Vec<Bytes>,
}

impl Answer {
    /// Makes an answer of bytes of RTMP, or of none.
    #[must_use]
    pub const fn new(parts: Vec<Bytes>) -> Self {
        Self { first: POLLING_INTERVAL, parts }
    }

    /// Makes the answer to a close.
    #[must_use]
    pub const fn closed() -> Self {
        Self { first: 0, parts: Vec::new() }
    }

    /// Returns the length of the body, its first byte included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.iter().fold(1, |sum: usize, part| sum.saturating_add(part.len()))
    }
}

/// Writes the head of an answer, and the first byte of its body. The parts follow as they are.
#[must_use]
pub fn head(answer: &Answer, is_last: bool) -> Vec<u8> {
    let mut head = ok(answer.bytes(), is_last).into_bytes();
    head.push(answer.first);
    head
}

/// Writes the response to an open. librtmp drops the last byte of the name, so a line ends there.
#[must_use]
pub fn opened(id: TunnelId, is_last: bool) -> Vec<u8> {
    let body = format!("{id}\n");
    let head = ok(body.len(), is_last);
    (head + &body).into_bytes()
}

fn ok(length: usize, is_last: bool) -> String {
    let fields = [("Cache-Control", "no-cache")];
    response::head(Status::Ok, "application/x-fcs", length, &fields, is_last)
}
