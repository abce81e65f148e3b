//! zlib as screen video uses it: for each block alone, or primed with a key frame's block.

use zlib_rs::adler32::adler32;
use zlib_rs::{Deflate, DeflateError, DeflateFlush, Inflate, InflateFlush, Status};

use crate::media::codec::CodecError;

/// 32 KiB, which every decoder supports.
const WINDOW_BITS: u8 = 15;

/// The first bytes of a stream without a prime (RFC 1950 §2.2).
const HEADER: [u8; 2] = [0x78, 0x9c];

const ADLER_OF_NOTHING: u32 = 1;

pub(super) struct Compressor {
    deflate: Deflate,
    level: i32,
}

impl Compressor {
    /// `level` is zlib's, 1 to 9.
    pub(super) fn new(level: i32) -> Self {
        // Without zlib's frame, since its checksum does not cover a prime.
        Self { deflate: Deflate::new(level, false, WINDOW_BITS), level }
    }

    /// Sets the level from the next block on.
    pub(super) fn set_level(&mut self, level: i32) -> Result<(), CodecError> {
        if level != self.level {
            self.deflate.reset();
            self.deflate.set_level(level).map_err(failed)?;
            self.level = level;
        }
        Ok(())
    }

    /// Compresses `bytes` to the beginning of `out`. Returns the length. With a prime, the result
    /// continues a stream of which the prime is the first part.
    pub(super) fn compress(
        &mut self,
        bytes: &[u8],
        prime: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<usize, CodecError> {
        let header = if prime.is_some() { &[][..] } else { &HEADER };
        let checksum = checksum(prime, bytes).to_be_bytes();
        self.deflate.reset();
        if let Some(prime) = prime {
            self.deflate.set_dictionary(prime).map_err(failed)?;
        }
        let body = out.get_mut(header.len()..).unwrap_or_default();
        let room = body.len();
        let status = self.deflate.compress(bytes, body, DeflateFlush::Finish).map_err(failed)?;
        let length = usize::try_from(self.deflate.total_out()).unwrap_or(usize::MAX);
        let mut out = Slots::new(out);
        if status == Status::StreamEnd && length.saturating_add(checksum.len()) <= room {
            out.put(header)?;
            out.skip(length)?;
        } else {
            out.put(header)?;
            out.put(&stored_header(bytes)?)?;
            out.put(bytes)?;
        }
        out.put(&checksum)?;
        Ok(out.written)
    }
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compressor").field("level", &self.level).finish_non_exhaustive()
    }
}

/// The header of bytes that cannot be compressed (RFC 1951 §3.2.4). A block's pixels always fit
/// one stored block.
fn stored_header(bytes: &[u8]) -> Result<[u8; 5], CodecError> {
    let length = u16::try_from(bytes.len()).map_err(|_| too_large())?;
    let [low, high] = length.to_le_bytes();
    Ok([0x01, low, high, !low, !high])
}

fn checksum(prime: Option<&[u8]>, bytes: &[u8]) -> u32 {
    adler32(adler32(ADLER_OF_NOTHING, prime.unwrap_or_default()), bytes)
}

fn too_large() -> CodecError {
    CodecError::Failed("a block is too large to be sent".to_owned())
}

fn failed(error: DeflateError) -> CodecError {
    CodecError::Failed(format!("zlib: {}", error.as_str()))
}

/// Writes into a slice from its beginning.
struct Slots<'a> {
    rest: &'a mut [u8],
    written: usize,
}

impl<'a> Slots<'a> {
    const fn new(rest: &'a mut [u8]) -> Self {
        Self { rest, written: 0 }
    }

    /// Keeps the bytes that are there.
    fn skip(&mut self, length: usize) -> Result<&'a mut [u8], CodecError> {
        let rest = std::mem::take(&mut self.rest);
        let (place, after) = rest.split_at_mut_checked(length).ok_or_else(too_large)?;
        self.rest = after;
        self.written = self.written.saturating_add(length);
        Ok(place)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.skip(bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }
}

pub(super) struct Decompressor {
    inflate: Inflate,
}

impl Decompressor {
    pub(super) fn new() -> Self {
        Self { inflate: Inflate::new(true, WINDOW_BITS) }
    }

    /// Decompresses `bytes`, which must fill `out` exactly.
    pub(super) fn decompress(
        &mut self,
        bytes: &[u8],
        prime: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), CodecError> {
        let (found, wanted) = (self.decompress_some(bytes, prime, out)?, out.len());
        if found < wanted {
            let reason = format!("a block has {found} bytes instead of {wanted}");
            return Err(CodecError::InvalidData(reason));
        }
        Ok(())
    }

    /// Decompresses `bytes` to the beginning of `out`. Returns the length.
    pub(super) fn decompress_some(
        &mut self,
        bytes: &[u8],
        prime: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<usize, CodecError> {
        self.inflate.reset(prime.is_none());
        if let Some(prime) = prime {
            self.inflate.set_dictionary(prime).map_err(|error| invalid(error.as_str()))?;
        }
        match self.inflate.decompress(bytes, out, InflateFlush::Finish) {
            Ok(Status::StreamEnd) => {}
            Ok(_) => return Err(invalid("it is cut off, or longer than the block")),
            Err(error) => return Err(invalid(error.as_str())),
        }
        let [read, written] = [self.inflate.total_in(), self.inflate.total_out()]
            .map(|total| usize::try_from(total).unwrap_or(usize::MAX));
        // Without zlib's frame, its checksum was not checked yet.
        if prime.is_some() {
            let found = bytes.get(read..).and_then(<[u8]>::first_chunk).copied();
            let wanted = checksum(prime, out.get(..written).unwrap_or_default());
            if found.map(u32::from_be_bytes) != Some(wanted) {
                return Err(invalid("its checksum is wrong"));
            }
        }
        Ok(written)
    }
}

fn invalid(reason: &str) -> CodecError {
    CodecError::InvalidData(format!("a block's zlib data: {reason}"))
}

impl std::fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_comes_back_with_and_without_a_prime() {
        let noise = |count, mut seed: u32| -> Vec<u8> {
            let next = |_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            };
            (0..count).map(next).collect()
        };
        let (mut out, mut back) = (vec![0; 65_535], vec![0; 62_208]);
        let mut decompressor = Decompressor::new();
        for level in 1..=9 {
            let mut compressor = Compressor::new(1);
            compressor.set_level(level).unwrap();
            for length in [0, 1, 12_288, 62_208] {
                for prime in [None, Some(noise(length, 1)), Some(noise(62_208, 2)), Some(vec![])] {
                    for bytes in [noise(length, 1), vec![7; length]] {
                        let prime = prime.as_deref();
                        let packed = compressor.compress(&bytes, prime, &mut out).unwrap();
                        let back = &mut back[..length];
                        decompressor.decompress(&out[..packed], prime, back).unwrap();
                        assert!(*back == bytes, "level {level}, {length} bytes");
                    }
                }
            }
        }
    }

    #[test]
    fn a_prime_spares_what_it_holds() {
        let prime: Vec<u8> = (0..9_000u32).map(|i| ((i * i) >> 5) as u8).collect();
        let mut out = [0; 65_535];
        let packed = Compressor::new(6).compress(&prime, Some(&prime), &mut out).unwrap();
        assert!(packed < 100, "{packed}");
        let mut back = vec![0; prime.len()];
        let mut decompressor = Decompressor::new();
        decompressor.decompress(&out[..packed], Some(&prime), &mut back).unwrap();
        assert!(back == prime);

        // With another prime the data are damaged.
        let mut other = prime.clone();
        other[4_000] ^= 1;
        let error = decompressor.decompress(&out[..packed], Some(&other), &mut back).unwrap_err();
        assert_eq!(error, invalid("its checksum is wrong"));
    }
}
