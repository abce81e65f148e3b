//! Frames to a client.

/// The kind of a frame (RFC 6455 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// A further part of a message.
    Continuation = 0,
    /// Text, or its first part.
    Text = 1,
    /// Bytes, or their first part.
    Binary = 2,
    /// The end of the connection.
    Close = 8,
    /// Asks whether the peer is there.
    Ping = 9,
    /// The answer to a ping.
    Pong = 10,
}

/// Why a connection is closed (RFC 6455 §7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// All is done.
    pub const NORMAL: Self = Self(1000);
    /// The server shuts down, or the application closed the connection.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// The peer sent a kind of data that is not taken.
    pub const UNSUPPORTED: Self = Self(1003);
    /// A text is not UTF-8.
    pub const INVALID_TEXT: Self = Self(1007);
    /// The peer was silent for too long.
    pub const POLICY: Self = Self(1008);
    /// A message is too long.
    pub const TOO_BIG: Self = Self(1009);
    /// The server failed.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The application refused the client. The number is one of those for private use.
    pub const REFUSED: Self = Self(4403);
}

/// The longest payload of a frame that is no text and no bytes.
pub(super) const MAX_CONTROL_BYTES: usize = 125;

/// The bit of a frame that ends its message.
pub(super) const FIN: u8 = 0x80;

impl Opcode {
    pub(super) const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Appends the head of a frame that is a whole message of `length` bytes: 2, 4 or 10 bytes.
pub fn write_head(opcode: Opcode, length: usize, out: &mut Vec<u8>) {
    out.push(FIN | opcode as u8);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..=125), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Appends a text message.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_head(Opcode::Text, text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends the frame that ends the connection, with a reason of at most 123 bytes. A longer one is
/// cut.
pub fn write_close(code: CloseCode, reason: &str, out: &mut Vec<u8>) {
    let mut end = reason.len().min(MAX_CONTROL_BYTES.saturating_sub(2));
    while !reason.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let reason = reason.get(..end).unwrap_or_default();
    write_head(Opcode::Close, reason.len().saturating_add(2), out);
    out.extend_from_slice(&code.0.to_be_bytes());
    out.extend_from_slice(reason.as_bytes());
}
