//! zlib, as screen video uses it: each block's data by itself.

use zlib_rs::adler32::adler32;
use zlib_rs::{Deflate, DeflateError, DeflateFlush, Inflate, InflateFlush, Status};

use crate::media::codec::CodecError;

/// 32 KiB, what every decoder has.
const WINDOW_BITS: u8 = 15;

const ADLER_OF_NOTHING: u32 = 1;

pub(super) struct Compressor {
    deflate: Deflate,
    level: i32,
}

impl Compressor {
    /// `level` is zlib's, 1 to 9.
    pub(super) fn new(level: i32) -> Self {
        Self { deflate: Deflate::new(level, true, WINDOW_BITS), level }
    }

    /// From the next block on.
    pub(super) fn set_level(&mut self, level: i32) -> Result<(), CodecError> {
        if level != self.level {
            self.deflate.reset();
            self.deflate.set_level(level).map_err(failed)?;
            self.level = level;
        }
        Ok(())
    }

    /// Writes what `bytes` become to the beginning of `out`, and says how long it is.
    pub(super) fn compress(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
        self.deflate.reset();
        match self.deflate.compress(bytes, out, DeflateFlush::Finish) {
            Ok(Status::StreamEnd) => {
                usize::try_from(self.deflate.total_out()).map_err(|_| CodecError::Allocation)
            }
            Ok(_) => store(bytes, out),
            Err(error) => Err(failed(error)),
        }
    }
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compressor").field("level", &self.level).finish_non_exhaustive()
    }
}

/// What cannot be compressed, as it is (RFC 1950 §2.2, RFC 1951 §3.2.4): one stored block, as the
/// pixels of a block are never more than that may hold.
fn store(bytes: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
    let too_large = || CodecError::Failed("a block is too large to be sent".to_owned());
    let length = u16::try_from(bytes.len()).map_err(|_| too_large())?;
    let [low, high] = length.to_le_bytes();
    let head = [0x78, 0x01, 0x01, low, high, !low, !high];
    let checksum = adler32(ADLER_OF_NOTHING, bytes).to_be_bytes();
    let parts = [&head[..], bytes, &checksum];
    let (mut rest, mut written) = (out, 0usize);
    for part in parts {
        let (place, after) = rest.split_at_mut_checked(part.len()).ok_or_else(too_large)?;
        place.copy_from_slice(part);
        rest = after;
        written = written.saturating_add(part.len());
    }
    Ok(written)
}

fn failed(error: DeflateError) -> CodecError {
    CodecError::Failed(format!("zlib: {}", error.as_str()))
}

pub(super) struct Decompressor {
    inflate: Inflate,
}

impl Decompressor {
    pub(super) fn new() -> Self {
        Self { inflate: Inflate::new(true, WINDOW_BITS) }
    }

    /// Fills `out` with what `bytes` were; they must be neither more nor less than that.
    pub(super) fn decompress(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let found = self.decompress_some(bytes, out)?;
        if found < out.len() {
            return Err(CodecError::InvalidData(format!(
                "a block has {found} bytes instead of {}",
                out.len()
            )));
        }
        Ok(())
    }

    /// Writes what `bytes` were to the beginning of `out`, and says how long it is.
    fn decompress_some(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
        self.inflate.reset(true);
        let reason = match self.inflate.decompress(bytes, out, InflateFlush::Finish) {
            Ok(Status::StreamEnd) => {
                return usize::try_from(self.inflate.total_out())
                    .map_err(|_| CodecError::Allocation);
            }
            Ok(_) => "it is cut off, or longer than the block",
            Err(error) => error.as_str(),
        };
        Err(CodecError::InvalidData(format!("a block's zlib data: {reason}")))
    }
}

impl std::fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}
